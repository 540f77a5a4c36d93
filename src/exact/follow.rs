//! What follows when a clock fires: every branch, and what happens at the same moment after it.

use std::collections::HashMap;

use super::clocks::{ClockLaw, ClockLaws};
use super::{NoExact, Obstacle};
use crate::base::intern::QuickState;
use crate::behaviour::{
    AtLoad, Behaviour, BranchId, ClockId, Interpreter, Note, Replica, State, StopwatchId,
};
use crate::model::ServiceId;

/// A state of the chain, or one on the way to it.
#[derive(Clone, Debug)]
pub(super) struct Moment {
    pub(super) state: State,
    /// What runs in each slot: a number of a tick.
    pub(super) clocks: Vec<u32>,
    /// Of coming here from where a clock has fired.
    pub(super) probability: f64,
    /// What has been counted on the way: what, and how much.
    pub(super) counted: Vec<(u32, f64)>,
}

/// A moment at which more is to happen before time goes on.
struct Pending {
    moment: Moment,
    /// The clock that fires now.
    due: ClockId,
    /// Clocks that fire at the same moment, after it.
    started: Vec<Started>,
}

/// Nothing runs in this slot.
pub(super) const RESTS: u32 = u32::MAX;
/// What runs in this slot has been started by the present event, and its phase is still open.
const STARTED: u32 = u32::MAX - 1;

/// The phase of a clock that will fire as soon as it goes on.
pub(super) const AT_ONCE: u32 = u32::MAX;

/// A clock that has been started at this very moment.
#[derive(Clone, Copy, Debug)]
struct Started {
    clock: ClockId,
    speed: f64,
    /// It has been found to fire at once.
    is_due: bool,
}

/// A running clock in a phase, at a speed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Tick {
    pub(super) clock: ClockId,
    pub(super) phase: u32,
    pub(super) speed_bits: u64,
}

impl Tick {
    pub(super) fn speed(self) -> f64 {
        f64::from_bits(self.speed_bits)
    }
}

/// Numbers for the ticks that have occurred.
#[derive(Debug, Default)]
struct Ticks {
    ticks: Vec<Tick>,
    numbers: HashMap<Tick, u32, QuickState>,
}

impl Ticks {
    fn number(&mut self, tick: Tick) -> u32 {
        *self.numbers.entry(tick).or_insert_with(|| {
            self.ticks.push(tick);
            self.ticks.len() as u32 - 1
        })
    }
}

/// What is counted when something happens, and how much it counts for.
pub type Count<'a> = &'a dyn Fn(Note) -> Option<(u32, f64)>;

/// Moments on the way, with the clocks that are due in each.
type Open = Vec<(Moment, Vec<ClockId>)>;

/// Follows events through all their branches, in room that is used again and again.
pub(super) struct Follower<'a> {
    pub(super) behaviour: &'a Behaviour,
    laws: &'a ClockLaws,
    count: Count<'a>,
    ticks: Ticks,
    todo: Vec<Pending>,
    open: Open,
    next: Open,
    started: Vec<Started>,
    free: Vec<Moment>,
    free_numbers: Vec<Vec<u32>>,
}

impl<'a> Follower<'a> {
    pub(super) fn new(
        behaviour: &'a Behaviour,
        laws: &'a ClockLaws,
        count: Count<'a>,
    ) -> Follower<'a> {
        Follower {
            behaviour,
            laws,
            count,
            ticks: Ticks::default(),
            todo: Vec::new(),
            open: Vec::new(),
            next: Vec::new(),
            started: Vec::new(),
            free: Vec::new(),
            free_numbers: Vec::new(),
        }
    }

    pub(super) fn tick(&self, number: u32) -> Tick {
        self.ticks.ticks[number as usize]
    }

    pub(super) fn number(&mut self, tick: Tick) -> u32 {
        self.ticks.number(tick)
    }

    /// Whether this clock is what runs in its slot.
    pub(super) fn runs(&self, moment: &Moment, clock: ClockId) -> bool {
        let number = moment.clocks[self.behaviour.clocks[clock].slot as usize];
        number != RESTS && self.tick(number).clock == clock
    }

    pub(super) fn copy_of(&mut self, moment: &Moment) -> Moment {
        copy_of(&mut self.free, moment)
    }

    /// Takes a moment that is no longer needed, for its room.
    pub(super) fn give_back(&mut self, moment: Moment) {
        self.free.push(moment);
    }

    /// An empty list.
    pub(super) fn numbers(&mut self) -> Vec<u32> {
        self.free_numbers.pop().unwrap_or_default()
    }

    pub(super) fn give_back_numbers(&mut self, mut numbers: Vec<u32>) {
        numbers.clear();
        self.free_numbers.push(numbers);
    }

    /// Lets the clocks of replicas change places with them.
    pub(super) fn permute(
        &mut self,
        replicas: &[Replica],
        moves: &[(usize, usize)],
        moment: &mut Moment,
    ) {
        let slot = |clock: ClockId| self.behaviour.clocks[clock].slot as usize;
        let mut moved = Vec::new();
        for &(to, from) in moves {
            for (&new, &old) in replicas[to].clocks.iter().zip(&replicas[from].clocks) {
                if self.runs(moment, old) {
                    let tick = self.tick(moment.clocks[slot(old)]);
                    moved.push((slot(new), Tick { clock: new, ..tick }));
                }
            }
        }
        for &(to, _) in moves {
            for &clock in &replicas[to].clocks {
                moment.clocks[slot(clock)] = RESTS;
            }
        }
        for (slot, tick) in moved {
            moment.clocks[slot] = self.ticks.number(tick);
        }
    }

    /// What follows, with which probability, when a clock fires; without one, at the start.
    pub(super) fn follow(
        &mut self,
        before: &Moment,
        due: Option<ClockId>,
        ends: &mut Vec<Moment>,
    ) -> Result<(), NoExact> {
        self.happen(before, due, &[], ends)?;
        let mut rounds = 0_u32;
        while let Some(Pending {
            moment,
            due,
            started,
        }) = self.todo.pop()
        {
            rounds += 1;
            if rounds > 100_000 {
                return Err(NoExact::Endless);
            }
            self.happen(&moment, Some(due), &started, ends)?;
            self.free.push(moment);
        }
        Ok(())
    }

    /// Follows the branches of one event.
    fn happen(
        &mut self,
        before: &Moment,
        due: Option<ClockId>,
        pending: &[Started],
        ends: &mut Vec<Moment>,
    ) -> Result<(), NoExact> {
        let mut scripts: Vec<Vec<usize>> = Vec::new();
        let mut next = Some(Vec::new());
        while let Some(script) = next {
            let mut after = copy_of(&mut self.free, before);
            let mut started = std::mem::take(&mut self.started);
            started.clear();
            started.extend_from_slice(pending);
            let mut run = Run {
                behaviour: self.behaviour,
                laws: self.laws,
                count: self.count,
                counted: std::mem::take(&mut after.counted),
                ticks: &mut self.ticks,
                clocks: std::mem::take(&mut after.clocks),
                started,
                script,
                taken: 0,
                probability: after.probability,
                forks: Vec::new(),
                obstacle: None,
            };
            match due {
                Some(clock) => self.behaviour.fire(&mut after.state, clock, &mut run),
                None => self.behaviour.begin(&mut after.state, &mut run),
            }
            if let Some(obstacle) = run.obstacle {
                return Err(NoExact::NotMarkov(vec![obstacle]));
            }
            scripts.extend(run.forks);
            after.clocks = run.clocks;
            after.probability = run.probability;
            after.counted = run.counted;
            let started = run.started;
            self.begin_phases(after, &started, due.is_none(), ends)?;
            self.started = started;
            next = scripts.pop();
        }
        Ok(())
    }

    /// Draws the phases of the clocks that an event has started. Those that fire at once go on.
    fn begin_phases(
        &mut self,
        after: Moment,
        started: &[Started],
        at_start: bool,
        ends: &mut Vec<Moment>,
    ) -> Result<(), NoExact> {
        let laws = self.laws;
        self.open.push((after, Vec::new()));
        for &Started {
            clock,
            speed,
            is_due,
        } in started
        {
            let slot = self.behaviour.clocks[clock].slot as usize;
            if is_due {
                self.open.iter_mut().for_each(|(_, due)| due.push(clock));
                continue;
            }
            let phases = match &laws.laws[clock] {
                ClockLaw::Never => {
                    self.open
                        .iter_mut()
                        .for_each(|(moment, _)| moment.clocks[slot] = RESTS);
                    continue;
                }
                ClockLaw::Phases(phases) => phases,
                ClockLaw::Unknown(obstacle) => {
                    return Err(NoExact::NotMarkov(vec![obstacle.clone()]));
                }
            };
            let aged = if at_start {
                laws.aged.get(&clock)
            } else {
                None
            };
            let initial = aged.map_or(phases.initial(), Vec::as_slice);
            let at_once = match aged {
                Some(_) => 0.0,
                None => phases.mass_at_zero(),
            };
            let mut choices = initial
                .iter()
                .enumerate()
                .filter(|&(_, &probability)| probability > 0.0);
            if at_once == 0.0
                && let (Some((phase, &probability)), None) = (choices.next(), choices.next())
            {
                let number = self.ticks.number(Tick {
                    clock,
                    phase: phase as u32,
                    speed_bits: speed.to_bits(),
                });
                for (moment, _) in &mut self.open {
                    moment.probability *= probability;
                    moment.clocks[slot] = number;
                }
                continue;
            }
            for (moment, due) in self.open.drain(..) {
                for (phase, &probability) in initial.iter().enumerate() {
                    if probability > 0.0 {
                        let mut moment = copy_of(&mut self.free, &moment);
                        moment.probability *= probability;
                        moment.clocks[slot] = self.ticks.number(Tick {
                            clock,
                            phase: phase as u32,
                            speed_bits: speed.to_bits(),
                        });
                        self.next.push((moment, due.clone()));
                    }
                }
                let (mut moment, mut due) = (moment, due);
                if at_once == 0.0 {
                    self.free.push(moment);
                    continue;
                }
                moment.probability *= at_once;
                if speed == 0.0 {
                    // That it is over is remembered until it goes on.
                    moment.clocks[slot] = self.ticks.number(Tick {
                        clock,
                        phase: AT_ONCE,
                        speed_bits: speed.to_bits(),
                    });
                } else {
                    moment.clocks[slot] = STARTED;
                    due.push(clock);
                }
                self.next.push((moment, due));
            }
            std::mem::swap(&mut self.open, &mut self.next);
        }
        for (mut moment, mut due) in self.open.drain(..) {
            // As in a simulation: by rank, then in order of scheduling.
            let rank = |clock: ClockId| self.behaviour.clocks[clock].event.rank();
            let Some(first) = (0..due.len()).min_by_key(|&at| rank(due[at])) else {
                ends.push(moment);
                continue;
            };
            let clock = due.remove(first);
            moment.clocks[self.behaviour.clocks[clock].slot as usize] = RESTS;
            self.todo.push(Pending {
                moment,
                due: clock,
                started: due
                    .into_iter()
                    .map(|clock| Started {
                        clock,
                        speed: 1.0,
                        is_due: true,
                    })
                    .collect(),
            });
        }
        Ok(())
    }
}

/// A copy of a moment in the room of one that is no longer needed.
fn copy_of(free: &mut Vec<Moment>, moment: &Moment) -> Moment {
    let Some(mut copy) = free.pop() else {
        return moment.clone();
    };
    copy.state.copy_from(&moment.state);
    copy.clocks.clone_from(&moment.clocks);
    copy.probability = moment.probability;
    copy.counted.clone_from(&moment.counted);
    copy
}

/// The interpreter: notes which clocks an event starts, and takes the branches of a script.
struct Run<'e> {
    behaviour: &'e Behaviour,
    laws: &'e ClockLaws,
    count: Count<'e>,
    counted: Vec<(u32, f64)>,
    ticks: &'e mut Ticks,
    clocks: Vec<u32>,
    /// Clocks that have been started, in order.
    started: Vec<Started>,
    script: Vec<usize>,
    taken: usize,
    probability: f64,
    /// Scripts that go another way where this one went its own.
    forks: Vec<Vec<usize>>,
    obstacle: Option<Obstacle>,
}

impl Run<'_> {
    fn slot(&self, clock: ClockId) -> usize {
        self.behaviour.clocks[clock].slot as usize
    }

    /// Whether this clock is what runs in its slot.
    fn runs(&self, clock: ClockId) -> bool {
        match self.clocks[self.slot(clock)] {
            RESTS => false,
            STARTED => self.started.iter().any(|started| started.clock == clock),
            number => self.ticks.ticks[number as usize].clock == clock,
        }
    }

    /// Takes one of several branches: the first possible one, unless the script says otherwise.
    fn branch(&mut self, weights: &[f64]) -> usize {
        if self.taken == self.script.len() {
            let mut possible = (0..weights.len()).filter(|&at| weights[at] > 0.0);
            let first = possible.next().expect("one of the branches is possible");
            for other in possible {
                let mut fork = self.script.clone();
                fork.push(other);
                self.forks.push(fork);
            }
            self.script.push(first);
        }
        let taken = self.script[self.taken];
        self.taken += 1;
        self.probability *= weights[taken];
        taken
    }
}

impl Interpreter for Run<'_> {
    fn start(&mut self, clock: ClockId, speed: f64) {
        let slot = self.slot(clock);
        let behaviour = self.behaviour;
        self.started
            .retain(|started| behaviour.clocks[started.clock].slot as usize != slot);
        self.clocks[slot] = STARTED;
        self.started.push(Started {
            clock,
            speed,
            is_due: false,
        });
    }

    fn stop(&mut self, clock: ClockId) {
        if self.runs(clock) {
            let slot = self.slot(clock);
            self.clocks[slot] = RESTS;
            self.started.retain(|started| started.clock != clock);
        }
    }

    fn set_speed(&mut self, clock: ClockId, speed: f64) {
        if !self.runs(clock) {
            return;
        }
        let slot = self.slot(clock);
        if self.clocks[slot] == STARTED {
            for started in &mut self.started {
                if started.clock == clock {
                    started.speed = speed;
                }
            }
        } else {
            let tick = self.ticks.ticks[self.clocks[slot] as usize];
            if tick.phase == AT_ONCE && speed > 0.0 {
                self.clocks[slot] = STARTED;
                return self.started.push(Started {
                    clock,
                    speed,
                    is_due: true,
                });
            }
            self.clocks[slot] = self.ticks.number(Tick {
                speed_bits: speed.to_bits(),
                ..tick
            });
        }
    }

    fn renew(&mut self, clock: ClockId, speed: f64) {
        self.start(clock, speed);
    }

    fn start_longer(&mut self, clock: ClockId, _stopwatch: StopwatchId, factor: f64) {
        if factor > 0.0 {
            self.obstacle = Some(self.laws.growing(clock));
        }
        self.start(clock, 1.0);
    }

    fn start_at_load(&mut self, clock: ClockId, service: ServiceId, at: AtLoad) {
        let asked = self.behaviour.asked(service);
        let (demand, _) = asked.expect("a group that may collapse serves what is asked");
        if !demand.is_constant() {
            self.obstacle = Some(self.laws.changing(clock));
        } else if self.behaviour.leads_clients(service)
            && matches!(at, AtLoad::Above(_)) == at.holds(demand.peak())
        {
            // It would be otherwise with fewer clients, and here one of them is followed.
            self.obstacle = Some(self.laws.led(clock));
        }
        self.start(clock, 1.0);
        if at.holds(demand.peak()) {
            self.started.last_mut().expect("it has been started").is_due = true;
        } else {
            self.stop(clock);
        }
    }

    fn tell(&mut self, note: Note) {
        self.counted.extend((self.count)(note));
    }

    fn reset(&mut self, _stopwatch: StopwatchId) {}

    fn choose(&mut self, _branch: BranchId, probability: f64) -> bool {
        self.branch(&[probability, 1.0 - probability]) == 0
    }

    fn pick(&mut self, _branch: BranchId, weights: &[f64]) -> usize {
        self.branch(weights)
    }
}
