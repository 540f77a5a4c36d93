//! Every state that a system can come to, and the rates between them.
//!
//! The rules are those of the simulation. Here they are interpreted by following every branch and
//! letting every running clock fire. A state of the chain is a state of the system together with the
//! phase and the speed of each clock that runs; states that differ only in which of several alike
//! units has failed count as one.

use std::collections::{BTreeMap, HashMap};

use super::clocks::{ClockLaw, ClockLaws};
use super::{NoExact, Obstacle};
use crate::behaviour::{
    AtLoad, Behaviour, BranchId, ClockId, Interpreter, Replica, State, StopwatchId,
};
use crate::math::markov::{Chain, lumping};
use crate::model::{ServiceId, SpareId, System};

/// How far an exploration may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Number of states.
    pub states_max: usize,
    /// Number of times that a clock fires, over all states.
    pub firings_max: u64,
}

/// A system laid open: its states, with what the caller wants to know of each, and the rates
/// between them, per second.
#[derive(Clone, Debug)]
pub struct Explored<L> {
    /// What the caller wants to know of each state.
    pub labels: Vec<L>,
    /// Rates from one state to another; several between the same two add up.
    pub transitions: Vec<(u32, u32, f64)>,
    /// The states that the mission may start in, with their probabilities.
    pub initial: Vec<(u32, f64)>,
}

/// A system laid open, with states taken together that nobody could tell apart.
#[derive(Clone, Debug)]
pub struct Lumped<L> {
    /// The rates between what is left.
    pub chain: Chain,
    /// What the caller wants to know of each state.
    pub labels: Vec<L>,
    /// Their probabilities at the start.
    pub initial: Vec<f64>,
}

impl<L: Clone> Explored<L> {
    /// The chain of as few states as the labels allow.
    pub fn lumped(self) -> Lumped<L>
    where
        L: Ord,
    {
        self.lumped_by(L::clone)
    }

    /// The same for labels that differ where their keys do.
    pub fn lumped_by<K: Ord>(self, key: impl Fn(&L) -> K) -> Lumped<L> {
        let chain = Chain::new(self.labels.len(), self.transitions);
        let mut kinds: BTreeMap<K, u32> = BTreeMap::new();
        let within: Vec<u32> = self
            .labels
            .iter()
            .map(|label| {
                let next = kinds.len() as u32;
                *kinds.entry(key(label)).or_insert(next)
            })
            .collect();
        let (classes, count) = lumping(&chain, &within);
        let mut labels = Vec::with_capacity(count);
        for (label, &class) in self.labels.iter().zip(&classes) {
            // Classes are numbered in the order of their first states.
            if class as usize == labels.len() {
                labels.push(label.clone());
            }
        }
        let mut initial = vec![0.0; count];
        for (state, probability) in self.initial {
            initial[classes[state as usize] as usize] += probability;
        }
        Lumped {
            chain: chain.lumped(&classes, count),
            labels,
            initial,
        }
    }
}

/// Explores a system from its start. `label` says what is worth keeping of a state.
pub fn explore<L>(
    system: &System,
    behaviour: &Behaviour,
    laws: &ClockLaws,
    causes_matter: bool,
    limits: Limits,
    label: impl Fn(&State) -> L,
) -> Result<Explored<L>, NoExact> {
    let mut explorer = Explorer {
        behaviour,
        laws,
        causes_matter,
        limits,
        ticks: Ticks::default(),
        classes: behaviour.interchangeable(system),
        spares: system.spares.ids().collect(),
        known: HashMap::new(),
        todo: Vec::new(),
        firings: 0,
    };
    let mut explored = Explored {
        labels: Vec::new(),
        transitions: Vec::new(),
        initial: Vec::new(),
    };
    let start = Moment {
        state: behaviour.initial_state(),
        clocks: vec![RESTS; behaviour.slot_count],
        probability: 1.0,
    };
    let beginnings = explorer.follow(&start, |state, run| behaviour.begin(state, run), true)?;
    for moment in beginnings {
        let probability = moment.probability;
        let id = explorer.number(moment, &mut explored.labels, &label)?;
        explored.initial.push((id, probability));
    }
    let mut next = 0;
    while next < explorer.todo.len() {
        let moment = explorer.todo[next].take().expect("each state is left once");
        explorer.leave(next as u32, &moment, &mut explored, &label)?;
        next += 1;
    }
    Ok(explored)
}

/// A state of the chain, or one on the way to it.
#[derive(Clone, Debug)]
struct Moment {
    state: State,
    /// What runs in each slot: an index into [`Ticks`].
    clocks: Vec<u32>,
    /// Of coming here from where a clock has fired.
    probability: f64,
}

/// A moment at which more is to happen before time goes on.
struct Pending {
    moment: Moment,
    /// The clock that fires now; at first the event itself takes place.
    due: Option<ClockId>,
    /// Clocks that fire at the same moment, after it.
    started: Vec<Started>,
}

/// Nothing runs in this slot.
const RESTS: u32 = u32::MAX;
/// What runs in this slot has been started by the present event, and its phase is still open.
const STARTED: u32 = u32::MAX - 1;

/// The phase of a clock that will fire as soon as it goes on.
const AT_ONCE: u32 = u32::MAX;

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
struct Tick {
    clock: ClockId,
    phase: u32,
    speed_bits: u64,
}

impl Tick {
    fn speed(self) -> f64 {
        f64::from_bits(self.speed_bits)
    }
}

/// Numbers for the ticks that have occurred.
#[derive(Debug, Default)]
struct Ticks {
    ticks: Vec<Tick>,
    numbers: HashMap<Tick, u32>,
}

impl Ticks {
    fn number(&mut self, tick: Tick) -> u32 {
        *self.numbers.entry(tick).or_insert_with(|| {
            self.ticks.push(tick);
            self.ticks.len() as u32 - 1
        })
    }
}

struct Explorer<'a> {
    behaviour: &'a Behaviour,
    laws: &'a ClockLaws,
    causes_matter: bool,
    limits: Limits,
    ticks: Ticks,
    classes: Vec<Vec<Replica>>,
    spares: Vec<SpareId>,
    known: HashMap<(State, Box<[u32]>), u32>,
    /// The states by number, until they have been left.
    todo: Vec<Option<Moment>>,
    firings: u64,
}

impl Explorer<'_> {
    /// The number of a state, new or known.
    fn number<L>(
        &mut self,
        mut moment: Moment,
        labels: &mut Vec<L>,
        label: impl Fn(&State) -> L,
    ) -> Result<u32, NoExact> {
        self.make_canonical(&mut moment);
        let key = (
            moment.state.clone(),
            moment.clocks.clone().into_boxed_slice(),
        );
        if let Some(&id) = self.known.get(&key) {
            return Ok(id);
        }
        if self.todo.len() >= self.limits.states_max {
            return Err(NoExact::TooManyStates {
                limit: self.limits.states_max,
            });
        }
        let id = self.todo.len() as u32;
        labels.push(label(&moment.state));
        self.known.insert(key, id);
        self.todo.push(Some(moment));
        Ok(id)
    }

    /// Lets each running clock leave the state.
    fn leave<L>(
        &mut self,
        from: u32,
        moment: &Moment,
        explored: &mut Explored<L>,
        label: impl Fn(&State) -> L,
    ) -> Result<(), NoExact> {
        let laws = self.laws;
        for (slot, times) in self.clocks_to_fire(moment) {
            let tick = self.ticks.ticks[moment.clocks[slot] as usize];
            let ClockLaw::Phases(phases) = &laws.laws[tick.clock] else {
                unreachable!("only a clock with phases runs");
            };
            if tick.phase == AT_ONCE {
                continue;
            }
            let pace = times * tick.speed();
            let phase = tick.phase as usize;
            for next in 0..phases.order() {
                let rate = phases.rate(phase, next) * pace;
                if rate > 0.0 {
                    let mut other = moment.clone();
                    other.clocks[slot] = self.ticks.number(Tick {
                        phase: next as u32,
                        ..tick
                    });
                    let to = self.number(other, &mut explored.labels, &label)?;
                    explored.transitions.push((from, to, rate));
                }
            }
            let rate = phases.exit_rate(phase) * pace;
            if rate > 0.0 {
                self.firings += 1;
                if self.firings > self.limits.firings_max {
                    return Err(NoExact::TooManyStates {
                        limit: self.todo.len(),
                    });
                }
                for outcome in self.fire(moment, tick.clock)? {
                    let part = outcome.probability;
                    let to = self.number(outcome, &mut explored.labels, &label)?;
                    if to != from {
                        explored.transitions.push((from, to, rate * part));
                    }
                }
            }
        }
        Ok(())
    }

    /// The slots of clocks that may fire, each with how many alike ones it stands for.
    fn clocks_to_fire(&self, moment: &Moment) -> Vec<(usize, f64)> {
        let mut times = vec![1.0; moment.clocks.len()];
        for class in &self.classes {
            // Replicas are in order of their features, so equal ones are neighbours.
            let features: Vec<Vec<u32>> = class
                .iter()
                .map(|replica| self.features(moment, replica))
                .collect();
            let mut first = 0;
            for at in 1..class.len() {
                if features[at] != features[first] {
                    first = at;
                    continue;
                }
                for (&stands, &counted) in class[first].clocks.iter().zip(&class[at].clocks) {
                    let slot = |clock: ClockId| self.behaviour.clocks[clock].slot as usize;
                    let runs = |clock: ClockId| {
                        let tick = moment.clocks[slot(clock)];
                        tick != RESTS && self.ticks.ticks[tick as usize].clock == clock
                    };
                    if runs(stands) {
                        times[slot(stands)] += 1.0;
                        times[slot(counted)] = 0.0;
                    }
                }
            }
        }
        let running = |&(slot, times): &(usize, f64)| times > 0.0 && moment.clocks[slot] != RESTS;
        times.into_iter().enumerate().filter(running).collect()
    }

    /// What follows, with which probability, when a clock fires.
    fn fire(&mut self, moment: &Moment, clock: ClockId) -> Result<Vec<Moment>, NoExact> {
        let behaviour = self.behaviour;
        let mut before = moment.clone();
        before.probability = 1.0;
        before.clocks[behaviour.clocks[clock].slot as usize] = RESTS;
        self.follow(
            &before,
            |state, run| behaviour.fire(state, clock, run),
            false,
        )
    }

    /// Follows every branch of an event, and of those that follow at the same time.
    fn follow(
        &mut self,
        before: &Moment,
        event: impl Fn(&mut State, &mut Run<'_>),
        at_start: bool,
    ) -> Result<Vec<Moment>, NoExact> {
        let behaviour = self.behaviour;
        let mut ends = Vec::new();
        let mut todo = vec![Pending {
            moment: before.clone(),
            due: None,
            started: Vec::new(),
        }];
        let mut rounds = 0_u32;
        while let Some(Pending {
            moment,
            due,
            started: pending,
        }) = todo.pop()
        {
            rounds += 1;
            if rounds > 100_000 {
                return Err(NoExact::Endless);
            }
            let mut scripts: Vec<Vec<usize>> = vec![Vec::new()];
            while let Some(script) = scripts.pop() {
                let mut after = moment.clone();
                let mut run = Run {
                    behaviour,
                    laws: self.laws,
                    ticks: &mut self.ticks,
                    clocks: std::mem::take(&mut after.clocks),
                    started: pending.clone(),
                    script,
                    taken: 0,
                    probability: after.probability,
                    forks: Vec::new(),
                    obstacle: None,
                };
                match due {
                    Some(clock) => behaviour.fire(&mut after.state, clock, &mut run),
                    None => event(&mut after.state, &mut run),
                }
                if let Some(obstacle) = run.obstacle {
                    return Err(NoExact::NotMarkov(vec![obstacle]));
                }
                scripts.extend(run.forks);
                after.clocks = run.clocks;
                after.probability = run.probability;
                let started = run.started;
                let is_start = at_start && due.is_none();
                self.begin_phases(after, &started, is_start, &mut ends, &mut todo)?;
            }
        }
        Ok(ends)
    }

    /// Draws the phases of the clocks that an event has started. Those that fire at once go on.
    fn begin_phases(
        &mut self,
        after: Moment,
        started: &[Started],
        at_start: bool,
        ends: &mut Vec<Moment>,
        todo: &mut Vec<Pending>,
    ) -> Result<(), NoExact> {
        let laws = self.laws;
        let mut open = vec![(after, Vec::new())];
        for &Started {
            clock,
            speed,
            is_due,
        } in started
        {
            let slot = self.behaviour.clocks[clock].slot as usize;
            if is_due {
                open.iter_mut().for_each(|(_, due)| due.push(clock));
                continue;
            }
            let phases = match &laws.laws[clock] {
                ClockLaw::Never => {
                    open.iter_mut()
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
            let mut next = Vec::new();
            for (moment, due) in open {
                for (phase, &probability) in initial.iter().enumerate() {
                    if probability > 0.0 {
                        let mut moment = moment.clone();
                        moment.probability *= probability;
                        moment.clocks[slot] = self.ticks.number(Tick {
                            clock,
                            phase: phase as u32,
                            speed_bits: speed.to_bits(),
                        });
                        next.push((moment, due.clone()));
                    }
                }
                if at_once > 0.0 {
                    let (mut moment, mut due) = (moment, due);
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
                    next.push((moment, due));
                }
            }
            open = next;
        }
        for (mut moment, mut due) in open {
            // As in a simulation: by rank, then in order of scheduling.
            let rank = |clock: ClockId| self.behaviour.clocks[clock].event.rank();
            let Some(first) = (0..due.len()).min_by_key(|&at| rank(due[at])) else {
                ends.push(moment);
                continue;
            };
            let clock = due.remove(first);
            moment.clocks[self.behaviour.clocks[clock].slot as usize] = RESTS;
            todo.push(Pending {
                moment,
                due: Some(clock),
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

    /// Of all states that are the same to the future, takes one.
    fn make_canonical(&mut self, moment: &mut Moment) {
        moment.probability = 1.0;
        moment
            .state
            .forget_the_past(self.behaviour, self.causes_matter);
        let mut is_sorted = true;
        for class in 0..self.classes.len() {
            let class = &self.classes[class];
            let features: Vec<Vec<u32>> = class
                .iter()
                .map(|replica| self.features(moment, replica))
                .collect();
            let mut order: Vec<usize> = (0..class.len()).collect();
            order.sort_by(|&a, &b| features[a].cmp(&features[b]));
            if order.iter().enumerate().all(|(to, &from)| to == from) {
                continue;
            }
            moment.state.permute(class, &order, self.behaviour);
            is_sorted = false;
            let before = moment.clocks.clone();
            for (to, &from) in class.iter().zip(&order) {
                for &clock in &to.clocks {
                    moment.clocks[self.behaviour.clocks[clock].slot as usize] = RESTS;
                }
                for (&new, &old) in to.clocks.iter().zip(&class[from].clocks) {
                    let tick = before[self.behaviour.clocks[old].slot as usize];
                    if tick != RESTS && self.ticks.ticks[tick as usize].clock == old {
                        let tick = self.ticks.ticks[tick as usize];
                        moment.clocks[self.behaviour.clocks[new].slot as usize] =
                            self.ticks.number(Tick { clock: new, ..tick });
                    }
                }
            }
        }
        if !is_sorted {
            moment.state.sort_queues(self.behaviour);
        }
        for spare in 0..self.spares.len() {
            self.order_orders(self.spares[spare], moment);
        }
    }

    /// Gives the orders that are under way to the first order clocks.
    fn order_orders(&mut self, spare: SpareId, moment: &mut Moment) {
        let orders: Vec<ClockId> = self.behaviour.orders(spare).collect();
        let slot = |clock: ClockId| self.behaviour.clocks[clock].slot as usize;
        let mut running: Vec<Tick> = orders
            .iter()
            .map(|&clock| moment.clocks[slot(clock)])
            .filter(|&tick| tick != RESTS)
            .map(|tick| self.ticks.ticks[tick as usize])
            .collect();
        running.sort_by_key(|tick| (tick.phase, tick.speed_bits));
        for (at, &clock) in orders.iter().enumerate() {
            moment.clocks[slot(clock)] = match running.get(at) {
                Some(&tick) => self.ticks.number(Tick { clock, ..tick }),
                None => RESTS,
            };
        }
        let idle = orders[running.len()..].iter().rev().copied().collect();
        moment.state.set_idle_orders(spare, idle);
    }

    fn features(&self, moment: &Moment, replica: &Replica) -> Vec<u32> {
        let mut features = Vec::new();
        moment
            .state
            .features(replica, self.behaviour, &mut features);
        for &clock in &replica.clocks {
            let tick = moment.clocks[self.behaviour.clocks[clock].slot as usize];
            if tick != RESTS && self.ticks.ticks[tick as usize].clock == clock {
                let Tick {
                    phase, speed_bits, ..
                } = self.ticks.ticks[tick as usize];
                let phase = phase.wrapping_add(1);
                features.extend([phase, (speed_bits >> 32) as u32, speed_bits as u32]);
            } else {
                features.push(0);
            }
        }
        features
    }
}

/// The interpreter: notes which clocks an event starts, and takes the branches of a script.
struct Run<'e> {
    behaviour: &'e Behaviour,
    laws: &'e ClockLaws,
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
        }
        self.start(clock, 1.0);
        if at.holds(demand.peak()) {
            self.started.last_mut().expect("it has been started").is_due = true;
        } else {
            self.stop(clock);
        }
    }

    fn reset(&mut self, _stopwatch: StopwatchId) {}

    fn choose(&mut self, _branch: BranchId, probability: f64) -> bool {
        self.branch(&[probability, 1.0 - probability]) == 0
    }

    fn pick(&mut self, _branch: BranchId, weights: &[f64]) -> usize {
        self.branch(weights)
    }
}
