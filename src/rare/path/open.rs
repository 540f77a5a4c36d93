//! The rare clocks of a path: what each has of age, and whether its time is drawn in advance or left open.

use super::Run;
use crate::rare::agenda::Entry;

/// A rare clock.
#[derive(Clone, Copy, Debug)]
pub(in crate::rare) struct Rare {
    /// Virtual age at `since`.
    age: f64,
    /// Virtual age at the last start.
    start_age: f64,
    since: u64,
    pub(in crate::rare) speed: f64,
    /// It has been started and has not fired.
    pub(in crate::rare) runs: bool,
    /// Its place among those that run.
    place: u32,
    /// It has been started before, so that the next start follows a life.
    has_lived: bool,
    /// Of a foretold clock that stands still: what is left at speed 1.
    remaining: u64,
    fate: Option<Entry>,
}

impl Rare {
    pub(super) const IDLE: Rare = Rare {
        age: 0.0,
        start_age: 0.0,
        since: 0,
        speed: 0.0,
        runs: false,
        place: 0,
        has_lived: false,
        remaining: u64::MAX,
        fate: None,
    };

    /// One that has not been started, of a unit of this age.
    pub(super) fn new(age: f64) -> Rare {
        Rare {
            start_age: age,
            ..Rare::IDLE
        }
    }

    /// Virtual age at a time.
    #[inline]
    pub(in crate::rare) fn age_at(&self, now: u64) -> f64 {
        self.age + self.speed * (now - self.since) as f64
    }
}

impl Run<'_> {
    /// Hazard of a running clock that has no memory; 0 of others.
    pub(in crate::rare) fn open_rate(&self, index: usize) -> f64 {
        self.rates[self.rares[index].place as usize]
    }

    /// Sum of the hazards of running clocks that have no memory.
    pub(in crate::rare) fn rate_sum(&self) -> f64 {
        // Four sums side by side are faster than one.
        let mut sums = [0.0; 4];
        let (fours, rest) = self.rates.as_chunks::<4>();
        for four in fours {
            for (sum, rate) in sums.iter_mut().zip(four) {
                *sum += rate;
            }
        }
        sums.iter().chain(rest).sum()
    }

    /// A rare clock stands still for good, at its present age.
    pub(super) fn halt(&mut self, index: usize) {
        let rare = &mut self.rares[index];
        rare.age = rare.age_at(self.now);
        rare.since = self.now;
        rare.speed = 0.0;
        if rare.runs {
            rare.runs = false;
            let place = rare.place as usize;
            self.running.swap_remove(place);
            self.rates.swap_remove(place);
            if let Some(&moved) = self.running.get(place) {
                self.rares[moved as usize].place = place as u32;
            }
        }
        let rare = &mut self.rares[index];
        if let Some(entry) = rare.fate.take()
            && self.is_foretold
        {
            self.fated.remove(entry);
        }
    }

    pub(super) fn start_rare(&mut self, index: usize, speed: f64) {
        let plan = &self.work.rares[index];
        let rare = self.rares[index];
        let age = match plan.renewal {
            None => 0.0,
            Some(_) if !rare.has_lived => rare.start_age,
            Some(renewal) => {
                renewal.age_after(rare.start_age, rare.age_at(self.now) - rare.start_age)
            }
        };
        if rare.runs {
            self.halt(index);
        }
        self.rares[index] = Rare {
            age,
            start_age: age,
            since: self.now,
            speed,
            runs: true,
            place: self.running.len() as u32,
            has_lived: true,
            remaining: u64::MAX,
            fate: None,
        };
        self.running.push(index as u32);
        self.rates.push(plan.rate.map_or(0.0, |rate| rate * speed));
        if self.is_foretold {
            self.foretell_one(index);
        }
    }

    pub(super) fn foretell_one(&mut self, index: usize) {
        let age = self.rares[index].age_at(self.now);
        let life = self.work.rares[index]
            .law
            .sample_residual(age, &mut self.rng) as u64;
        self.place_rare(index, life);
    }

    /// The next start of a rare clock is that of a new unit.
    pub(super) fn renew_rare(&mut self, index: usize) {
        let rare = &mut self.rares[index];
        rare.start_age = 0.0;
        rare.has_lived = false;
    }

    /// A foretold rare clock is of this age, and has so much left.
    pub(super) fn place_aged(&mut self, index: usize, age: f64, left: u64) {
        let rare = &mut self.rares[index];
        (rare.age, rare.start_age) = (age, age);
        if let Some(entry) = rare.fate.take() {
            self.fated.remove(entry);
        }
        self.place_rare(index, left);
    }

    /// Puts the time of a foretold rare clock on the list, `remaining` being what is left at speed 1.
    fn place_rare(&mut self, index: usize, remaining: u64) {
        let speed = self.rares[index].speed;
        let after = if speed == 0.0 || remaining == u64::MAX {
            u64::MAX
        } else if speed == 1.0 {
            remaining
        } else {
            (remaining as f64 / speed).round() as u64
        };
        let clock = self.work.rares[index].clock;
        let fate = self.entry(clock, after);
        if let Some(entry) = fate {
            self.fated.insert(entry);
        }
        let rare = &mut self.rares[index];
        rare.fate = fate;
        rare.remaining = remaining;
    }

    pub(super) fn set_rare_speed(&mut self, index: usize, speed: f64) {
        let rare = &mut self.rares[index];
        let before = rare.speed;
        if before == speed {
            return;
        }
        rare.age = rare.age_at(self.now);
        rare.since = self.now;
        rare.speed = speed;
        if rare.runs {
            let rate = self.work.rares[index].rate;
            self.rates[rare.place as usize] = rate.map_or(0.0, |rate| rate * speed);
        }
        if self.is_foretold {
            let rare = self.rares[index];
            let remaining = match rare.fate {
                None => rare.remaining,
                Some(entry) => {
                    self.fated.remove(entry);
                    ((entry.time() - self.now) as f64 * before).round() as u64
                }
            };
            self.place_rare(index, remaining);
        }
    }
}
