//! Every state that a system can come to, and the rates between them.
//!
//! The rules are those of the simulation. Here they are interpreted by following every branch and
//! letting every running clock fire. A state of the chain is a state of the system together with the
//! phase and the speed of each clock that runs; states that differ only in which of several alike
//! units has failed count as one.

use std::collections::BTreeMap;

use super::clocks::{ClockLaw, ClockLaws};
use super::follow::{AT_ONCE, Count, Follower, Moment, RESTS, Tick};
use super::{NoExact, gauge};
use crate::base::intern::Interner;
use crate::behaviour::{
    Alike, Behaviour, Bond, ClockId, Matters, Places, Replica, State, StateStore,
};
use crate::math::markov::{Chain, lumping};
use crate::model::{GroupId, SpareId, System};

/// How far an exploration may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Number of states.
    pub states_max: usize,
    /// Number of times that a clock fires, over all states.
    pub firings_max: u64,
    /// Bytes of memory, about: for the states, and for the rates as often as solving needs them.
    pub bytes_max: usize,
}

/// Rates that differ by less than this many of the last bits are the same.
const ROUNDED: u64 = 1 << 10;
/// Bytes that a rate takes until it has been solved for: as it is found, in a chain, and by what it leads
/// to.
const RATE_BYTES: usize = 56;
/// Bytes that a state takes in the vectors of a solution.
const STATE_BYTES: usize = 500;

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
    /// What is counted: in which state, what, and how much per second; several of the same add up.
    pub counts: Vec<(u32, u32, f64)>,
}

/// A system laid open, with states taken together that nobody could tell apart.
#[derive(Clone, Debug)]
pub struct Lumped<L> {
    /// The rates between what is left.
    pub chain: Chain,
    /// What the caller wants to know of each state.
    pub labels: Vec<L>,
    /// For each state the number of its label among those that differ.
    pub marks: Vec<u32>,
    /// Their probabilities at the start.
    pub initial: Vec<f64>,
}

impl<L> Default for Explored<L> {
    fn default() -> Explored<L> {
        Explored {
            labels: Vec::new(),
            transitions: Vec::new(),
            initial: Vec::new(),
            counts: Vec::new(),
        }
    }
}

impl<L> Explored<L> {
    /// The same with other labels.
    pub fn with_labels<M>(self, labels: Vec<M>) -> Explored<M> {
        Explored {
            labels,
            transitions: self.transitions,
            initial: self.initial,
            counts: self.counts,
        }
    }

    /// What is counted in each state, per second, in order; rounded, so that states do not differ by the
    /// order in which it has been added up.
    pub fn counts_by_state(&self) -> Vec<Vec<(u32, u64)>> {
        let mut by_state: Vec<BTreeMap<u32, f64>> = vec![BTreeMap::new(); self.labels.len()];
        for &(state, what, rate) in &self.counts {
            *by_state[state as usize].entry(what).or_default() += rate;
        }
        let rounded = |rate: f64| (rate.to_bits() + ROUNDED / 2) & !(ROUNDED - 1);
        by_state
            .into_iter()
            .map(|counts| {
                let counts = counts.into_iter();
                counts.map(|(what, rate)| (what, rounded(rate))).collect()
            })
            .collect()
    }
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
        let (mut labels, mut marks) = (Vec::with_capacity(count), Vec::with_capacity(count));
        for (at, (label, &class)) in self.labels.iter().zip(&classes).enumerate() {
            // Classes are numbered in the order of their first states.
            if class as usize == labels.len() {
                labels.push(label.clone());
                marks.push(within[at]);
            }
        }
        let mut initial = vec![0.0; count];
        for (state, probability) in self.initial {
            initial[classes[state as usize] as usize] += probability;
        }
        Lumped {
            chain: chain.lumped(&classes, count),
            labels,
            marks,
            initial,
        }
    }
}

/// Explores a system from its start. `label` says what is worth keeping of a state.
pub fn explore<L>(
    system: &System,
    behaviour: &Behaviour,
    laws: &ClockLaws,
    matters: Matters,
    limits: Limits,
    label: impl Fn(&State) -> L,
) -> Result<Explored<L>, NoExact> {
    explore_counting(system, behaviour, laws, matters, limits, label, &|_| None)
}

/// The same; `count` says how much it counts for when something happens.
pub fn explore_counting<L>(
    system: &System,
    behaviour: &Behaviour,
    laws: &ClockLaws,
    matters: Matters,
    limits: Limits,
    label: impl Fn(&State) -> L,
    count: Count<'_>,
) -> Result<Explored<L>, NoExact> {
    let mut explorer = Explorer::new(system, behaviour, laws, matters, limits, label, count);
    while let Err(stop) = explorer.explore() {
        match stop {
            Stop::NoExact(none) => return Err(none),
            // Once more from the start, with all of them told apart.
            Stop::OrderMatters(group) => explorer.tell_apart(group),
        }
    }
    Ok(explorer.found)
}

/// Why an exploration has not come to its end.
enum Stop {
    NoExact(NoExact),
    /// The members of this group are not interchangeable after all.
    OrderMatters(GroupId),
}

impl From<NoExact> for Stop {
    fn from(none: NoExact) -> Stop {
        Stop::NoExact(none)
    }
}

/// What may change places, with the slots of the clocks of each.
struct Class {
    alike: Alike,
    slots: Vec<Vec<usize>>,
}

impl Class {
    fn all(system: &System, behaviour: &Behaviour) -> Vec<Class> {
        let classes = behaviour.interchangeable(system).into_iter();
        classes
            .map(|alike| {
                let slots = alike.replicas.iter().map(|replica| {
                    let clocks = replica.clocks.iter();
                    let mut slots: Vec<usize> = clocks
                        .map(|&clock| behaviour.clocks[clock].slot as usize)
                        .collect();
                    slots.sort_unstable();
                    slots.dedup();
                    slots
                });
                Class {
                    slots: slots.collect(),
                    alike,
                }
            })
            .collect()
    }
}

/// Slots of a piece of what the clocks do.
const PIECE: usize = 8;

/// All states found so far.
#[derive(Default)]
struct Pieces {
    states: StateStore,
    clocks: Interner<u32>,
    /// The numbers of the pieces of each state, by its number.
    keys: Interner<u32>,
}

impl Pieces {
    /// The numbers of the pieces of a state, many of which `near` may have too.
    fn key(&mut self, moment: &Moment, near: &[u32], key: &mut Vec<u32>) {
        key.clear();
        self.states.number(&moment.state, near, key);
        for piece in moment.clocks.chunks(PIECE) {
            let near = near.get(key.len()).copied();
            let number = match near {
                Some(near) if self.clocks.get(near) == piece => near,
                _ => self.clocks.number(piece),
            };
            key.push(number);
        }
    }

    fn bytes(&self) -> usize {
        self.states.bytes() + self.clocks.bytes() + self.keys.bytes()
    }

    fn restore(&self, id: u32, moment: &mut Moment) {
        let rest = self.states.restore(self.keys.get(id), &mut moment.state);
        for (piece, &number) in moment.clocks.chunks_mut(PIECE).zip(rest) {
            piece.copy_from_slice(self.clocks.get(number));
        }
    }
}

/// A state with what has been found out about it.
struct Known {
    moment: Moment,
    key: Vec<u32>,
    places: Places,
    /// The numbers of the features of each replica of each class, in increasing order.
    features: Vec<Vec<u32>>,
}

impl Known {
    fn of(moment: Moment) -> Known {
        Known {
            moment,
            key: Vec::new(),
            places: Places::new(),
            features: Vec::new(),
        }
    }
}

struct Explorer<'a, L, F> {
    behaviour: &'a Behaviour,
    laws: &'a ClockLaws,
    matters: Matters,
    limits: Limits,
    follower: Follower<'a>,
    classes: Vec<Class>,
    /// The groups with standbys among them.
    seated: Vec<GroupId>,
    spares: Vec<SpareId>,
    pieces: Pieces,
    /// The state that is being left.
    here: Known,
    /// Where processes wait in the state that has been come to.
    places: Places,
    features: Interner<u32>,
    /// Room for the features of one replica.
    feature: Vec<u32>,
    firings: u64,
    found: Explored<L>,
    label: F,
}

impl<'a, L, F: Fn(&State) -> L> Explorer<'a, L, F> {
    fn new(
        system: &System,
        behaviour: &'a Behaviour,
        laws: &'a ClockLaws,
        matters: Matters,
        limits: Limits,
        label: F,
        count: Count<'a>,
    ) -> Explorer<'a, L, F> {
        let classes = if matters.all {
            Vec::new()
        } else {
            Class::all(system, behaviour)
        };
        let mut seated: Vec<GroupId> = classes
            .iter()
            .filter_map(|class| class.alike.seated)
            .collect();
        seated.dedup();
        Explorer {
            behaviour,
            laws,
            matters,
            limits,
            follower: Follower::new(behaviour, laws, count),
            classes,
            seated,
            spares: system.spares.ids().collect(),
            pieces: Pieces::default(),
            here: Known::of(start_of(behaviour)),
            places: Places::new(),
            features: Interner::default(),
            feature: Vec::new(),
            firings: 0,
            found: Explored::default(),
            label,
        }
    }

    fn explore(&mut self) -> Result<(), Stop> {
        let start = start_of(self.behaviour);
        let mut ends = Vec::new();
        self.follower.follow(&start, None, &mut ends)?;
        for moment in ends.drain(..) {
            let probability = moment.probability;
            let id = self.number(moment)?;
            self.found.initial.push((id, probability));
        }
        let mut next = 0;
        while next < self.pieces.keys.len() {
            self.go_to(next as u32);
            if let Some(group) = self.group_in_order() {
                return Err(Stop::OrderMatters(group));
            }
            self.leave(next as u32, &mut ends)?;
            next += 1;
            if next.is_multiple_of(256) {
                gauge::set(self.pieces.keys.len(), next);
            }
        }
        gauge::set(next, next);
        Ok(())
    }

    /// Begins anew, with the members and the seats of a group told apart.
    fn tell_apart(&mut self, group: GroupId) {
        self.classes
            .retain(|class| class.alike.seated != Some(group));
        self.seated.retain(|&other| other != group);
        self.pieces = Pieces::default();
        self.here = Known::of(start_of(self.behaviour));
        self.features = Interner::default();
        self.firings = 0;
        self.found = Explored::default();
    }

    /// The first group in which it makes a difference, in the state at hand, which of its members comes
    /// first.
    fn group_in_order(&self) -> Option<GroupId> {
        let Known {
            moment: Moment { state, .. },
            features,
            ..
        } = &self.here;
        let mut classes = self.classes.iter().zip(features);
        let of_standbys = |(class, features): (&Class, &Vec<u32>)| {
            let group = class.alike.seated?;
            let mut standing_by = class
                .alike
                .replicas
                .iter()
                .zip(features)
                .filter(|(replica, _)| state.stands_by(replica))
                .map(|(_, &number)| unbound(self.features.get(number)));
            let first = standing_by.next();
            let differ = standing_by.any(|other| Some(other) != first);
            (differ || state.order_matters(self.behaviour, group, self.matters)).then_some(group)
        };
        classes.find_map(of_standbys)
    }

    /// The number of a state, new or known.
    fn number(&mut self, mut moment: Moment) -> Result<u32, NoExact> {
        self.make_canonical(&mut moment);
        let mut key = self.follower.numbers();
        self.pieces.key(&moment, &self.here.key, &mut key);
        let count = self.pieces.keys.len();
        let id = self.pieces.keys.number(&key);
        self.follower.give_back_numbers(key);
        if id as usize == count {
            if count >= self.limits.states_max {
                return Err(NoExact::TooManyStates {
                    limit: self.limits.states_max,
                });
            }
            self.found.labels.push((self.label)(&moment.state));
            if count.is_multiple_of(4096) && self.bytes() > self.limits.bytes_max {
                return Err(NoExact::TooMuchMemory {
                    states: count,
                    bytes: self.limits.bytes_max,
                });
            }
        }
        self.follower.give_back(moment);
        Ok(id)
    }

    /// Bytes of memory that what has been found will take.
    fn bytes(&self) -> usize {
        self.pieces.bytes()
            + self.found.transitions.len() * RATE_BYTES
            + self.found.labels.len() * (STATE_BYTES + size_of::<L>())
    }

    /// Turns to a state.
    fn go_to(&mut self, id: u32) {
        let here = &mut self.here;
        here.key.clear();
        here.key.extend_from_slice(self.pieces.keys.get(id));
        self.pieces.restore(id, &mut here.moment);
        if self.classes.is_empty() {
            return;
        }
        here.moment.state.places(self.behaviour, &mut here.places);
        here.features.resize(self.classes.len(), Vec::new());
        for class in 0..self.classes.len() {
            let mut features = std::mem::take(&mut self.here.features[class]);
            features.clear();
            for replica in 0..self.classes[class].alike.replicas.len() {
                let (moment, places) = (&self.here.moment, &self.here.places);
                features.push(feature(
                    &self.follower,
                    moment,
                    (&self.classes, class, replica),
                    places,
                    self.matters,
                    &mut self.feature,
                    &mut self.features,
                ));
            }
            self.here.features[class] = features;
        }
    }

    /// Lets each running clock leave the state that is at hand.
    fn leave(&mut self, from: u32, ends: &mut Vec<Moment>) -> Result<(), NoExact> {
        let laws = self.laws;
        for (slot, times) in self.clocks_to_fire() {
            let number = self.here.moment.clocks[slot];
            let tick = self.follower.tick(number);
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
                    let mut other = self.follower.copy_of(&self.here.moment);
                    other.clocks[slot] = self.follower.number(Tick {
                        phase: next as u32,
                        ..tick
                    });
                    let to = self.number(other)?;
                    self.found.transitions.push((from, to, rate));
                }
            }
            let rate = phases.exit_rate(phase) * pace;
            if rate > 0.0 {
                self.firings += 1;
                if self.firings > self.limits.firings_max {
                    return Err(NoExact::TooManyStates {
                        limit: self.pieces.keys.len(),
                    });
                }
                let here = &mut self.here.moment;
                here.probability = 1.0;
                here.counted.clear();
                here.clocks[slot] = RESTS;
                self.follower.follow(here, Some(tick.clock), ends)?;
                here.clocks[slot] = number;
                for outcome in ends.drain(..) {
                    let part = outcome.probability;
                    let counted = outcome.counted.iter();
                    let counts = counted.map(|&(what, times)| (from, what, rate * part * times));
                    self.found.counts.extend(counts);
                    let to = self.number(outcome)?;
                    if to != from {
                        self.found.transitions.push((from, to, rate * part));
                    }
                }
            }
        }
        Ok(())
    }

    /// The slots of clocks that may fire, each with how many alike ones it stands for.
    fn clocks_to_fire(&self) -> Vec<(usize, f64)> {
        let Known {
            moment, features, ..
        } = &self.here;
        let mut times = vec![1.0; moment.clocks.len()];
        for (class, features) in self.classes.iter().zip(features) {
            // Replicas are in order of their features, so equal ones are neighbours.
            let mut first = 0;
            for at in 1..features.len() {
                if features[at] != features[first] || is_bound(self.features.get(features[at])) {
                    first = at;
                    continue;
                }
                let clocks = |replica: usize| class.alike.replicas[replica].clocks.iter();
                for (&stands, &counted) in clocks(first).zip(clocks(at)) {
                    let slot = |clock: ClockId| self.behaviour.clocks[clock].slot as usize;
                    if self.follower.runs(moment, stands) {
                        times[slot(stands)] += 1.0;
                        times[slot(counted)] = 0.0;
                    }
                }
            }
        }
        let running = |&(slot, times): &(usize, f64)| times > 0.0 && moment.clocks[slot] != RESTS;
        times.into_iter().enumerate().filter(running).collect()
    }

    /// Of all states that are the same to the future, takes one.
    fn make_canonical(&mut self, moment: &mut Moment) {
        moment.probability = 1.0;
        if self.matters.all {
            return;
        }
        moment.state.forget_the_past(self.behaviour, self.matters);
        for &group in &self.seated {
            moment
                .state
                .forget_places(self.behaviour, group, self.matters);
        }
        if !self.classes.is_empty() {
            moment.state.places(self.behaviour, &mut self.places);
        }
        let mut has_moved = false;
        for class in 0..self.classes.len() {
            has_moved |= self.sort_class(class, moment);
        }
        if has_moved {
            moment.state.sort_queues(self.behaviour);
            for &group in &self.seated {
                moment
                    .state
                    .forget_places(self.behaviour, group, self.matters);
            }
        }
        for spare in 0..self.spares.len() {
            self.order_orders(self.spares[spare], moment);
        }
    }

    /// Brings the replicas of a class into the order of their features, and tells whether any of them
    /// has moved.
    fn sort_class(&mut self, at: usize, moment: &mut Moment) -> bool {
        let class = &self.classes[at];
        let mut features = self.follower.numbers();
        for (index, replica) in class.alike.replicas.iter().enumerate() {
            let here = &self.here;
            // Most are as they were in the state that is being left.
            let known = here.features.get(at).filter(|_| {
                let slots = class.slots[index].iter();
                slots
                    .copied()
                    .all(|slot| moment.clocks[slot] == here.moment.clocks[slot])
                    && moment.state.has_equal(
                        replica,
                        &self.places,
                        &here.moment.state,
                        &here.places,
                    )
            });
            features.push(match known {
                Some(known) => known[index],
                None => feature(
                    &self.follower,
                    moment,
                    (&self.classes, at, index),
                    &self.places,
                    self.matters,
                    &mut self.feature,
                    &mut self.features,
                ),
            });
        }
        if features.is_sorted() {
            self.follower.give_back_numbers(features);
            return false;
        }
        // Those that are where one like them belongs stay: of each kind few move.
        let mut sorted = self.follower.numbers();
        sorted.extend_from_slice(&features);
        sorted.sort_unstable();
        let mut moves: Vec<(usize, usize)> = Vec::new();
        let mut sources: Vec<(u32, usize)> = (0..features.len())
            .filter(|&replica| features[replica] != sorted[replica])
            .map(|replica| (features[replica], replica))
            .collect();
        let targets: Vec<usize> = sources.iter().map(|&(_, replica)| replica).collect();
        sources.sort_unstable();
        moves.extend(
            targets
                .into_iter()
                .zip(sources)
                .map(|(to, (_, from))| (to, from)),
        );
        moment
            .state
            .permute(&class.alike.replicas, &moves, self.behaviour);
        self.follower.permute(&class.alike.replicas, &moves, moment);
        self.follower.give_back_numbers(features);
        self.follower.give_back_numbers(sorted);
        true
    }

    /// Gives the orders that are under way to the first order clocks.
    fn order_orders(&mut self, spare: SpareId, moment: &mut Moment) {
        let orders: Vec<ClockId> = self.behaviour.orders(spare).collect();
        let slot = |clock: ClockId| self.behaviour.clocks[clock].slot as usize;
        let mut running: Vec<Tick> = orders
            .iter()
            .map(|&clock| moment.clocks[slot(clock)])
            .filter(|&tick| tick != RESTS)
            .map(|tick| self.follower.tick(tick))
            .collect();
        running.sort_by_key(|tick| (tick.phase, tick.speed_bits));
        for (at, &clock) in orders.iter().enumerate() {
            moment.clocks[slot(clock)] = match running.get(at) {
                Some(&tick) => self.follower.number(Tick { clock, ..tick }),
                None => RESTS,
            };
        }
        let idle = orders[running.len()..].iter().rev().copied().collect();
        moment.state.set_idle_orders(spare, idle);
    }
}

/// The state before anything has begun.
fn start_of(behaviour: &Behaviour) -> Moment {
    Moment {
        state: behaviour.initial_state(),
        clocks: vec![RESTS; behaviour.slot_count],
        probability: 1.0,
        counted: Vec::new(),
    }
}

/// The number of all that is known of a replica, its clocks included; it is given by its class, and its
/// place there.
///
/// The features begin with the number of those that say how it is bound to seats, which come last, and
/// whether it is bound to what goes on there, so that it has to be told from others that look the same.
fn feature(
    follower: &Follower<'_>,
    moment: &Moment,
    (classes, class, at): (&[Class], usize, usize),
    places: &Places,
    matters: Matters,
    features: &mut Vec<u32>,
    numbers: &mut Interner<u32>,
) -> u32 {
    let replica = &classes[class].alike.replicas[at];
    features.clear();
    features.extend([0, 0]);
    moment
        .state
        .features(replica, follower.behaviour, places, features);
    add_clocks(follower, moment, replica, features);
    let own = features.len();
    match moment.state.bond(replica, follower.behaviour, matters) {
        None | Some(Bond::Free) => {}
        Some(Bond::Serves(seat)) => {
            // The seats of a group come after its members.
            let seat = &classes[class + 1].alike.replicas[seat];
            features.extend(moment.state.occupation(seat));
            add_clocks(follower, moment, seat, features);
        }
        Some(Bond::Bound(words)) => {
            features[1] = 1;
            features.extend(words);
        }
    }
    features[0] = (features.len() - own) as u32;
    numbers.number(features)
}

/// What features say of a replica itself.
fn unbound(features: &[u32]) -> &[u32] {
    &features[2..features.len() - features[0] as usize]
}

/// Whether what has these features depends on what goes on at seats.
fn is_bound(features: &[u32]) -> bool {
    features[1] != 0
}

fn add_clocks(
    follower: &Follower<'_>,
    moment: &Moment,
    replica: &Replica,
    features: &mut Vec<u32>,
) {
    for &clock in &replica.clocks {
        if follower.runs(moment, clock) {
            let slot = follower.behaviour.clocks[clock].slot as usize;
            let Tick {
                phase, speed_bits, ..
            } = follower.tick(moment.clocks[slot]);
            let phase = phase.wrapping_add(1);
            features.extend([phase, (speed_bits >> 32) as u32, speed_bits as u32]);
        } else {
            features.push(0);
        }
    }
}
