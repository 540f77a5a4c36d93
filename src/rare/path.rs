//! One path of the system that can be copied at any moment and continued in many ways.
//!
//! It interprets the same rules as the engine. What differs is how a failure comes about: a *rare
//! clock* (a failure, a false alarm) is kept as a hazard that grows with age, and the path can either
//! draw its time in advance, as plain simulation does, or leave it open, so that a branch may decide
//! anew what fails next and weigh that decision. Everything else is a duration, drawn when it
//! starts. Age is kept in both cases, and so is the virtual age that repairs leave.

use super::agenda::{Agenda, Entry};
use super::clockwork::{Clockwork, Draw};
use super::stretch::Stretched;
use super::watch::Watch;
use crate::base::{Id, Instant};
use crate::behaviour::{
    AtLoad, BranchId, ClockId, Flow, Interpreter, LagId, LagRange, Loss, Note, ServiceState, State,
    StopwatchId,
};
use crate::engine::{Chronicle, DataLoss, Settled};
use crate::math::rng::{Stream, Streams, uniform_open};
use crate::model::{GroupId, KindId, ServiceId};

impl Clockwork {
    /// A path with buffers of its own.
    pub(super) fn path(&self) -> Path<'_> {
        Path {
            state: self.initial.clone(),
            run: Run {
                work: self,
                now: 0,
                sequence: 0,
                is_foretold: true,
                agenda: Agenda::default(),
                fated: Agenda::default(),
                rares: vec![Rare::IDLE; self.rares.len()],
                running: Vec::with_capacity(self.rares.len()),
                rates: Vec::with_capacity(self.rares.len()),
                ages: vec![Age::default(); self.ageing.len()],
                speeds: vec![
                    Speed {
                        speed: 0.0,
                        remaining: u64::MAX
                    };
                    if self.changes_speed {
                        self.clocks.len()
                    } else {
                        0
                    }
                ],
                stopwatches: vec![0; self.behaviour.stopwatch_count],
                fault_count: 0,
                event_count: 0,
                rng: Streams::new(0).stream(0, 0),
                watch: Watch::default(),
                chronicle: None,
                bias: Bias {
                    is_off: true,
                    ..Bias::default()
                },
            },
        }
    }
}

/// A path: where it is, and what runs.
#[derive(Debug)]
pub(super) struct Path<'a> {
    pub(super) state: State,
    pub(super) run: Run<'a>,
}

/// The interpreter of a path.
#[derive(Debug)]
pub(super) struct Run<'a> {
    work: &'a Clockwork,
    pub(super) now: u64,
    sequence: u32,
    /// Rare clocks have drawn their times, which are in `fated`.
    is_foretold: bool,
    /// Durations that run.
    pub(super) agenda: Agenda,
    fated: Agenda,
    pub(super) rares: Vec<Rare>,
    /// Rare clocks that have been started and have not fired.
    pub(super) running: Vec<u32>,
    /// Their hazards, of those that have no memory; 0 of others.
    pub(super) rates: Vec<f64>,
    ages: Vec<Age>,
    /// Of clocks that are not rare and change their speed.
    speeds: Vec<Speed>,
    stopwatches: Vec<u64>,
    /// Faults that are not mended.
    pub(super) fault_count: u32,
    pub(super) event_count: u64,
    pub(super) rng: Stream,
    pub(super) watch: Watch,
    /// Of a main path that is a plain trial: all that happens on it.
    pub(super) chronicle: Option<Box<Chronicle<'a>>>,
    pub(super) bias: Bias,
}

/// A rare clock.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rare {
    /// Virtual age at `since`.
    age: f64,
    /// Virtual age at the last start.
    start_age: f64,
    since: u64,
    pub(super) speed: f64,
    /// It has been started and has not fired.
    pub(super) runs: bool,
    /// Its place among those that run.
    place: u32,
    /// It has been started before, so that the next start follows a life.
    has_lived: bool,
    /// Of a foretold clock that stands still: what is left at speed 1.
    remaining: u64,
    fate: Option<Entry>,
}

impl Rare {
    const IDLE: Rare = Rare {
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

    /// Virtual age at a time.
    #[inline]
    pub(super) fn age_at(&self, now: u64) -> f64 {
        self.age + self.speed * (now - self.since) as f64
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct Age {
    age: f64,
    life: Option<f64>,
}

#[derive(Clone, Copy, Debug)]
struct Speed {
    speed: f64,
    remaining: u64,
}

/// How a branch bends the draws of rules, and what that has cost.
#[derive(Clone, Debug, Default)]
pub(super) struct Bias {
    /// Rules draw by their laws and nothing is weighed.
    pub(super) is_off: bool,
    /// The branch follows the true law, but is weighed as part of the mixture.
    pub(super) truly: bool,
    /// How durations are stretched that each group waits for.
    pub(super) stretching: Vec<Stretching>,
    /// The same for those that no single group waits for.
    pub(super) stretching_else: Stretching,
    /// Branches that the next rule takes, in order, already weighed.
    pub(super) script: Vec<usize>,
    pub(super) script_at: usize,
    /// Logarithm of true over used density.
    pub(super) log_weight: f64,
    /// Share of the durations that matter most that are stretched.
    pub(super) stretched: f64,
    /// The largest cumulative hazard of a stretched duration so far, and the largest probability with which
    /// one is extreme in the story of an outage.
    pub(super) hazard_max: f64,
    pub(super) tail_max: f64,
}

/// How much longer durations are made.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Stretching {
    /// The power of the length by which longer ones are likelier.
    pub(super) power: f64,
    /// How likely the duration is to be part of the story of an outage at all.
    pub(super) relevance: f64,
}

impl<'a> Path<'a> {
    /// Starts a mission. With `foretold`, rare clocks draw their times.
    pub(super) fn begin(&mut self, foretold: bool, rng: Stream) {
        let run = &mut self.run;
        let work = run.work;
        self.state.copy_from(&work.initial);
        run.now = 0;
        run.sequence = 0;
        run.is_foretold = foretold;
        run.agenda.clear();
        run.fated.clear();
        run.running.clear();
        run.rates.clear();
        for (rare, plan) in run.rares.iter_mut().zip(&work.rares) {
            *rare = Rare {
                start_age: plan.initial,
                ..Rare::IDLE
            };
        }
        for (age, plan) in run.ages.iter_mut().zip(&work.ageing) {
            *age = Age {
                age: plan.initial,
                life: None,
            };
        }
        run.stopwatches.fill(0);
        run.fault_count = 0;
        run.event_count = 0;
        run.rng = rng;
        run.bias.is_off = true;
        run.watch
            .begin(ServiceId::from_index(0), work.behaviour.service_count());
        if let Some(chronicle) = &mut run.chronicle {
            chronicle.begin();
        }
        work.behaviour.begin(&mut self.state, run);
    }

    /// Starts a main path: its rare clocks are foretold, and it begins in the long run where missions do.
    pub(super) fn begin_main(&mut self, rng: Stream) {
        self.begin(false, rng);
        self.foretell();
        if let Some(settled) = &self.run.work.settled {
            self.run.settle(settled);
        }
    }

    /// Becomes a copy of another path, its rare clocks left open, with draws of its own.
    pub(super) fn branch_from(&mut self, other: &Path<'_>, rng: Stream) {
        self.state.copy_from(&other.state);
        let (run, from) = (&mut self.run, &other.run);
        run.now = from.now;
        run.sequence = from.sequence;
        run.is_foretold = false;
        run.agenda.copy_from(&from.agenda);
        run.fated.clear();
        run.rares.copy_from_slice(&from.rares);
        run.running.clone_from(&from.running);
        run.rates.clone_from(&from.rates);
        run.ages.copy_from_slice(&from.ages);
        run.speeds.copy_from_slice(&from.speeds);
        run.stopwatches.copy_from_slice(&from.stopwatches);
        run.fault_count = from.fault_count;
        run.event_count = 0;
        run.rng = rng;
    }

    /// Becomes a copy of another path.
    pub(super) fn copy_from(&mut self, other: &Path<'_>) {
        self.branch_from(other, other.run.rng.clone());
        let (run, from) = (&mut self.run, &other.run);
        run.is_foretold = from.is_foretold;
        run.fated.copy_from(&from.fated);
        run.watch.clone_from(&from.watch);
    }

    /// Draws the times of all rare clocks anew that have not fired.
    pub(super) fn foretell_anew(&mut self, rng: Stream) {
        self.run.rng = rng;
        self.run.fated.clear();
        self.foretell();
    }

    /// Draws the times of all rare clocks that were left open.
    pub(super) fn foretell(&mut self) {
        let run = &mut self.run;
        run.is_foretold = true;
        for at in 0..run.running.len() {
            run.foretell_one(run.running[at] as usize);
        }
    }

    /// The next event within the mission, of a foretold path.
    #[inline]
    pub(super) fn next(&self) -> Option<Entry> {
        let (run, mission) = (&self.run, self.run.work.mission);
        let next = match (run.agenda.first(), run.fated.first()) {
            (Some(a), Some(b)) => a.min(b),
            (Some(a), None) => a,
            (None, Some(b)) => b,
            (None, None) => return None,
        };
        (next.time() < mission).then_some(next)
    }

    /// Lets the clock of an entry fire.
    #[inline]
    pub(super) fn take(&mut self, entry: Entry) {
        let clock = entry.clock();
        self.run.now = entry.time();
        match self.run.work.rare_of(clock) {
            Some(rare) => self.fire_rare(rare),
            None => {
                // It is the first.
                self.run.agenda.pop();
                self.fire(clock);
            }
        }
    }

    /// Lets a rare clock fire now.
    pub(super) fn fire_rare(&mut self, index: usize) {
        self.run.halt(index);
        self.fire(self.run.work.rares[index].clock);
    }

    fn fire(&mut self, clock: ClockId) {
        self.run.event_count += 1;
        let behaviour = &self.run.work.behaviour;
        behaviour.fire(&mut self.state, clock, &mut self.run);
    }

    /// Whether nothing is wrong and nothing is under way.
    #[inline]
    pub(super) fn is_quiet(&self) -> bool {
        self.run.fault_count == 0 && self.state.is_quiet(&self.run.work.behaviour)
    }
}

impl Run<'_> {
    /// The time of the mission, which stands still at its beginning until that: what happens before has no
    /// length, and what goes on is cut there.
    #[inline]
    pub(super) fn told_now(&self) -> u64 {
        self.now.saturating_sub(self.work.warm_up)
    }

    /// Whether the mission has not begun.
    pub(super) fn is_before(&self) -> bool {
        self.now < self.work.warm_up
    }

    /// Lets clocks that have been started afresh begin as they are met in the long run.
    fn settle(&mut self, settled: &Settled) {
        let phase = uniform_open(&mut self.rng);
        for (clock, first) in settled.firsts() {
            if let Some(index) = self.work.rare_of(clock) {
                if self.rares[index].runs {
                    let (age, left) = first.draw(phase, &mut self.rng);
                    let rare = &mut self.rares[index];
                    (rare.age, rare.start_age) = (age, age);
                    if let Some(entry) = rare.fate.take() {
                        self.fated.remove(entry);
                    }
                    self.place_rare(index, left as u64);
                }
                continue;
            }
            let plan = &self.work.clocks[clock.index()];
            let ran = self.agenda.remove_clock(clock).is_some();
            let speed = if plan.changes_speed {
                self.speeds[clock.index()].speed
            } else {
                1.0
            };
            if !ran && speed > 0.0 {
                continue;
            }
            let (age, left) = first.draw(phase, &mut self.rng);
            if let Draw::Ageing(index) = plan.draw {
                self.ages[index as usize] = Age {
                    age,
                    life: Some(left),
                };
            }
            self.schedule(clock, left as u64, speed);
        }
    }

    /// Hazard of a running clock that has no memory; 0 of others.
    pub(super) fn open_rate(&self, index: usize) -> f64 {
        self.rates[self.rares[index].place as usize]
    }

    /// Sum of the hazards of running clocks that have no memory.
    pub(super) fn rate_sum(&self) -> f64 {
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
    fn halt(&mut self, index: usize) {
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

    fn start_rare(&mut self, index: usize, speed: f64) {
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

    fn foretell_one(&mut self, index: usize) {
        let age = self.rares[index].age_at(self.now);
        let life = self.work.rares[index]
            .law
            .sample_residual(age, &mut self.rng) as u64;
        self.place_rare(index, life);
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

    fn set_rare_speed(&mut self, index: usize, speed: f64) {
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

    /// An entry for a clock that is to fire after a time; none if it does not fire at all.
    fn entry(&mut self, clock: ClockId, after: u64) -> Option<Entry> {
        let time = self.now.saturating_add(after);
        let sequence = self.sequence;
        self.sequence += 1;
        (time < u64::MAX)
            .then(|| Entry::new(time, self.work.clocks[clock.index()].rank, sequence, clock))
    }

    fn schedule(&mut self, clock: ClockId, remaining: u64, speed: f64) {
        self.agenda.remove_clock(clock);
        let after = if self.work.clocks[clock.index()].changes_speed {
            self.speeds[clock.index()] = Speed { speed, remaining };
            if speed == 0.0 || remaining == u64::MAX {
                u64::MAX
            } else if speed == 1.0 {
                remaining
            } else {
                (remaining as f64 / speed).round() as u64
            }
        } else {
            remaining
        };
        if let Some(entry) = self.entry(clock, after) {
            self.agenda.insert(entry);
        }
    }

    /// How long a clock that is not rare is to run.
    fn draw(&mut self, clock: ClockId) -> u64 {
        let work = self.work;
        let plan = &work.clocks[clock.index()];
        match &plan.draw {
            Draw::Law(law) => match plan.stretch {
                Some(stretch) if !self.bias.is_off => {
                    let stretching = match plan.group {
                        Some(group) => self.bias.stretching[group.index()],
                        None => self.bias.stretching_else,
                    };
                    if stretching.power <= 0.0 || stretching.relevance == 0.0 {
                        return law.sample(&mut self.rng) as u64;
                    }
                    let share = self.bias.stretched * stretching.relevance;
                    let Stretched {
                        duration,
                        log_weight,
                        hazard,
                        tail,
                    } = work.stretches[stretch as usize].sample(
                        law,
                        stretching.power,
                        share,
                        self.bias.truly,
                        &mut self.rng,
                    );
                    let bias = &mut self.bias;
                    bias.log_weight += log_weight;
                    bias.hazard_max = bias.hazard_max.max(hazard);
                    bias.tail_max = bias.tail_max.max(stretching.relevance * tail);
                    duration as u64
                }
                _ => law.sample(&mut self.rng) as u64,
            },
            &Draw::Ageing(index) => {
                let ageing = &work.ageing[index as usize];
                let Age { age, life } = self.ages[index as usize];
                let age = life.map_or(age, |life| ageing.renewal.age_after(age, life));
                let life = ageing.law.sample_residual(age, &mut self.rng);
                self.ages[index as usize] = Age {
                    age,
                    life: Some(life),
                };
                life as u64
            }
            &Draw::Window(index) => {
                let (window, ahead) = work.windows[index as usize];
                window.until_open(Instant(self.now + ahead))
            }
            Draw::Rare(_) => unreachable!("rare clocks are started apart"),
        }
    }

    fn draw_lag(&mut self, lag: LagId, range: LagRange) -> u64 {
        let laws = &self.work.behaviour.lags[lag].laws;
        laws[range as usize].sample(&mut self.rng) as u64
    }

    /// The next branch of a script, if one has been written.
    fn scripted(&mut self) -> Option<usize> {
        let taken = self.bias.script.get(self.bias.script_at).copied();
        self.bias.script_at += usize::from(taken.is_some());
        taken
    }
}

/// An index by weights, which add up to 1.
pub(super) fn index_by(weights: &[f64], rng: &mut Stream) -> usize {
    let mut at = uniform_open(rng);
    let last = weights.len() - 1;
    for (index, weight) in weights[..last].iter().enumerate() {
        if at < *weight {
            return index;
        }
        at -= weight;
    }
    last
}

impl Interpreter for Run<'_> {
    #[inline]
    fn start(&mut self, clock: ClockId, speed: f64) {
        match self.work.rare_of(clock) {
            Some(index) => self.start_rare(index, speed),
            None => {
                let time = self.draw(clock);
                self.schedule(clock, time, speed);
            }
        }
    }

    #[inline]
    fn stop(&mut self, clock: ClockId) {
        match self.work.rare_of(clock) {
            Some(index) => {
                if self.rares[index].runs {
                    self.halt(index);
                }
            }
            None => {
                self.agenda.remove_clock(clock);
            }
        }
    }

    fn set_speed(&mut self, clock: ClockId, speed: f64) {
        if let Some(index) = self.work.rare_of(clock) {
            return self.set_rare_speed(index, speed);
        }
        let Speed {
            speed: before,
            remaining,
        } = self.speeds[clock.index()];
        if before == speed {
            return;
        }
        let remaining = match self.agenda.remove_clock(clock) {
            Some(time) if before > 0.0 && remaining != u64::MAX => {
                ((time - self.now) as f64 * before).round() as u64
            }
            _ => remaining,
        };
        self.schedule(clock, remaining, speed);
    }

    fn renew(&mut self, clock: ClockId, speed: f64) {
        match &self.work.clocks[clock.index()].draw {
            &Draw::Rare(index) => {
                let rare = &mut self.rares[index as usize];
                rare.start_age = 0.0;
                rare.has_lived = false;
            }
            &Draw::Ageing(index) => self.ages[index as usize] = Age::default(),
            Draw::Law(_) | Draw::Window(_) => {}
        }
        self.start(clock, speed);
    }

    fn start_longer(&mut self, clock: ClockId, stopwatch: StopwatchId, factor: f64) {
        let elapsed = (self.now - self.stopwatches[stopwatch.index()]) as f64;
        let time = self
            .draw(clock)
            .saturating_add((elapsed * factor).round() as u64);
        self.schedule(clock, time, 1.0);
    }

    fn start_at_load(&mut self, _: ClockId, _: ServiceId, _: AtLoad) {
        unreachable!("where a demand is told there are no rare trials");
    }

    fn reset(&mut self, stopwatch: StopwatchId) {
        self.stopwatches[stopwatch.index()] = self.now;
    }

    #[inline]
    fn choose(&mut self, branch: BranchId, probability: f64) -> bool {
        let _ = branch;
        match self.scripted() {
            Some(taken) => taken == 0,
            None => uniform_open(&mut self.rng) < probability,
        }
    }

    #[inline]
    fn pick(&mut self, branch: BranchId, weights: &[f64]) -> usize {
        let _ = branch;
        match self.scripted() {
            Some(taken) => taken,
            None => index_by(weights, &mut self.rng),
        }
    }

    #[inline]
    fn service_changed(&mut self, service: ServiceId, state: ServiceState) {
        let now = self.told_now();
        self.watch.changed(service, state, now);
        if let Some(chronicle) = &mut self.chronicle {
            chronicle.changed(service, state, now);
        }
    }

    fn data_lost(&mut self, group: GroupId, loss: Loss) {
        let lost = match loss {
            Loss::Nothing => 0,
            Loss::Lag(lag, range) => self.draw_lag(lag, range),
            Loss::Behind { left, stopped, lag } => {
                let [left, stopped] = [left, stopped].map(|at| self.stopwatches[at.index()]);
                let before = lag.map_or(0, |lag| self.draw_lag(lag, LagRange::Any));
                stopped.saturating_sub(left).saturating_add(before)
            }
            Loss::Part { since, share } => {
                ((self.now - self.stopwatches[since.index()]) as f64 * share).round() as u64
            }
        };
        if self.is_before() {
            return;
        }
        let at = Instant(self.told_now());
        let loss = DataLoss { at, group, lost };
        self.watch.record.losses.push(loss);
        if let Some(chronicle) = &mut self.chronicle {
            chronicle.lost(loss);
        }
    }

    fn scaled(&mut self, group: GroupId, serve: bool) {
        let now = self.told_now();
        if let Some(chronicle) = &mut self.chronicle {
            chronicle.scaled(group, serve, now);
        }
    }

    fn repaired(&mut self, kind: KindId) {
        let is_told = !self.is_before();
        if let Some(chronicle) = self.chronicle.as_mut().filter(|_| is_told) {
            chronicle.repaired(kind);
        }
    }

    #[inline]
    fn served_changed(&mut self, service: ServiceId, flow: Flow, state: &State) {
        // Where a demand is told, there are no rare trials.
        let (behaviour, now) = (&self.work.behaviour, self.told_now());
        self.watch.served(behaviour, service, flow, state, now);
        if let Some(chronicle) = &mut self.chronicle {
            chronicle.served(service, flow, state, now);
        }
    }

    #[inline]
    fn tell(&mut self, note: Note) {
        match note {
            Note::Failure(..) => self.fault_count += 1,
            Note::Restoration(..) => self.fault_count -= 1,
            Note::Notice(..)
            | Note::SpareWait(..)
            | Note::CrewWait(..)
            | Note::RepairStart(..)
            | Note::FoundDead(..)
            | Note::FalseAlarm(..)
            | Note::StageStart(..)
            | Note::StageFailure(..)
            | Note::HeldDown(..)
            | Note::PeopleWait(..)
            | Note::PeopleCome(..)
            | Note::Exhausted(..)
            | Note::Serving(..)
            | Note::Rejoining(..)
            | Note::StandingBy(..)
            | Note::FailbackStart(..)
            | Note::SplitStart(..)
            | Note::ReconcileStart(..)
            | Note::ScaleOrder(_)
            | Note::ScaleUp(_)
            | Note::ScaleFailure(_)
            | Note::Collapse(_)
            | Note::Recovery(_)
            | Note::LagsBehind(..)
            | Note::WritesStall(..)
            | Note::Unreplicated(..)
            | Note::InStep(..)
            | Note::StateEntered(..)
            | Note::ChangeStart(..)
            | Note::SwitchoverStart(..)
            | Note::WorkStart(..)
            | Note::ChangeBad(..)
            | Note::ChangeEnd(..)
            | Note::CauseStart(..)
            | Note::CauseEnd(..) => {}
        }
    }
}
