//! One path of the system that can be copied at any moment and continued in many ways.
//!
//! It interprets the same rules as the engine. What differs is how a failure comes about: a *rare
//! clock* (a failure, a false alarm) is kept as a hazard that grows with age, and the path can either
//! draw its time in advance, as plain simulation does, or leave it open, so that a branch may decide
//! anew what fails next and weigh that decision. Everything else is a duration, drawn when it
//! starts. Age is kept in both cases, and so is the virtual age that repairs leave.
//!
//! * `open` keeps the rare clocks.
//! * `rules` does what the rules say.

mod open;
mod rules;

use self::open::Rare;
pub(super) use self::rules::index_by;
use super::agenda::{Agenda, Entry};
use super::clockwork::{Clockwork, Draw};
use super::watch::Watch;
use crate::base::Id;
use crate::behaviour::{ClockId, State};
use crate::engine::{Chronicle, Cut, EVENTS_BETWEEN_LOOKS, Guard, Settled};
use crate::math::rng::{Stream, Streams, uniform_open};
use crate::model::ServiceId;

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
                guard: Guard::default(),
                cut: None,
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
    guard: Guard,
    /// Why the path ends before its end, if it does.
    pub(super) cut: Option<Cut>,
    pub(super) rng: Stream,
    pub(super) watch: Watch,
    /// Of a main path that is a plain trial: all that happens on it.
    pub(super) chronicle: Option<Box<Chronicle<'a>>>,
    pub(super) bias: Bias,
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

impl Bias {
    /// Begins a branch, which follows the true law if it is so drawn.
    pub(super) fn begin(&mut self, truly: bool, stretched: f64) {
        self.is_off = false;
        self.truly = truly;
        self.stretched = stretched;
        self.log_weight = 0.0;
        self.hazard_max = 0.0;
        self.tail_max = 0.0;
        self.script.clear();
    }
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
    /// Starts a mission in which a service is recorded, also if it is down from the start. With `foretold`,
    /// rare clocks draw their times.
    pub(super) fn begin(&mut self, foretold: bool, service: ServiceId, rng: Stream) {
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
            *rare = Rare::new(plan.initial);
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
        run.guard = Guard::default();
        run.cut = None;
        run.rng = rng;
        run.bias.is_off = true;
        run.watch.begin(service, work.behaviour.service_count());
        if let Some(chronicle) = &mut run.chronicle {
            chronicle.begin();
        }
        work.behaviour.begin(&mut self.state, run);
    }

    /// Starts a main path: its rare clocks are foretold, and it begins in the long run where missions do.
    pub(super) fn begin_main(&mut self, rng: Stream) {
        self.begin(false, ServiceId::from_index(0), rng);
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
        run.guard = Guard::default();
        run.cut = None;
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

    /// The next event within the mission, of a foretold path that is not cut.
    #[inline]
    pub(super) fn next(&self) -> Option<Entry> {
        let (run, mission) = (&self.run, self.run.work.mission);
        let next = match (run.agenda.first(), run.fated.first()) {
            (Some(a), Some(b)) => a.min(b),
            (Some(a), None) => a,
            (None, Some(b)) => b,
            (None, None) => return None,
        };
        (next.time() < mission && run.cut.is_none()).then_some(next)
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
        let run = &mut self.run;
        run.event_count += 1;
        if run.event_count.is_multiple_of(EVENTS_BETWEEN_LOOKS) {
            run.cut = run.cut.or(run.guard.look(run.now));
        }
        let behaviour = &self.run.work.behaviour;
        behaviour.fire(&mut self.state, clock, &mut self.run);
    }

    /// Whether nothing is wrong and nothing is under way, as far as the state tells.
    #[inline]
    pub(super) fn is_quiet(&self) -> bool {
        self.run.fault_count == 0 && self.state.is_quiet(&self.run.work.behaviour)
    }

    /// Whether an episode is over: all is quiet, and nothing more takes place in this instant. What does may
    /// take a service down that has just come up, and then that is one outage.
    #[inline]
    pub(super) fn is_over(&self) -> bool {
        self.is_quiet() && !self.is_more_now()
    }

    /// Whether the next scheduled event takes place in this instant.
    pub(super) fn is_more_now(&self) -> bool {
        let next = self.run.agenda.first();
        next.is_some_and(|entry| entry.time() == self.run.now)
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
                    self.place_aged(index, age, left as u64);
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
}
