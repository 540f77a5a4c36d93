//! How the clocks of a trial begin whose mission begins in the long run.

use crate::behaviour::{Beginning, Behaviour, ClockId, Settling, Timing};
use crate::math::Law;
use crate::math::law::Equilibrium;
use crate::math::rng::{Stream, uniform_open};

/// What is lived before a mission, and how that begins.
#[derive(Debug)]
pub(crate) struct Settled {
    /// How long that is, in nanoseconds.
    pub(crate) warm_up: u64,
    /// Laws of lives with the ages at which they are met; most clocks have the same few.
    lives: Vec<(Law, Equilibrium)>,
    clocks: Vec<(ClockId, Kept)>,
}

/// How a clock begins, the law by its index.
#[derive(Clone, Copy, Debug)]
enum Kept {
    Aged { life: usize, now: f64 },
    Scheduled { every: u64, first: u64 },
}

/// The first time of a clock.
#[derive(Clone, Copy, Debug)]
pub(crate) enum First<'s> {
    /// It begins at an age, or, with this probability, what it tells of has just happened.
    Aged(&'s Law, &'s Equilibrium, f64),
    /// It fires at the first time, and again and again with this distance.
    Scheduled {
        /// The distance.
        every: u64,
        /// The first time.
        first: u64,
    },
}

impl Settled {
    /// How the clocks of a behaviour begin.
    pub(crate) fn of(behaviour: &Behaviour, settling: &Settling) -> Settled {
        let mut lives: Vec<(Law, Equilibrium)> = Vec::new();
        let mut clocks = Vec::new();
        for &(clock, beginning) in &settling.beginnings {
            let kept = match beginning {
                Beginning::Scheduled { every, first } => Kept::Scheduled { every, first },
                Beginning::Aged { now } => {
                    let (Timing::Law(law) | Timing::Ageing { law, .. }) =
                        &behaviour.clocks[clock].timing
                    else {
                        continue;
                    };
                    let known = lives.iter().position(|(other, _)| other == law);
                    let life = known.or_else(|| {
                        lives.push((law.clone(), Equilibrium::of(law)?));
                        Some(lives.len() - 1)
                    });
                    match life {
                        Some(life) => Kept::Aged { life, now },
                        None => continue,
                    }
                }
            };
            clocks.push((clock, kept));
        }
        Settled {
            warm_up: settling.warm_up,
            lives,
            clocks,
        }
    }

    /// The clocks that do not begin afresh.
    pub(crate) fn firsts(&self) -> impl Iterator<Item = (ClockId, First<'_>)> {
        self.clocks.iter().map(|&(clock, kept)| {
            let first = match kept {
                Kept::Aged { life, now } => {
                    let (law, ages) = &self.lives[life];
                    First::Aged(law, ages, now)
                }
                Kept::Scheduled { every, first } => First::Scheduled { every, first },
            };
            (clock, first)
        })
    }
}

impl First<'_> {
    /// Age and what is left, in nanoseconds; the phase, from 0 to 1, is the same for all that goes by a
    /// schedule.
    pub(crate) fn draw(self, phase: f64, rng: &mut Stream) -> (f64, f64) {
        match self {
            First::Scheduled { every, first } => {
                let shift = (phase * every as f64) as u64;
                (0.0, (first.saturating_add(shift) % every.max(1)) as f64)
            }
            First::Aged(law, ages, now) => {
                let age = ages.sample_age(law, rng);
                if now > 0.0 && uniform_open(rng) < now {
                    return (age, 0.0);
                }
                (age, law.sample_residual(age, rng))
            }
        }
    }
}
