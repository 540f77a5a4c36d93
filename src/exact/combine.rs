//! Independent parts, solved apart and put together by the structure of each service.
//!
//! A part contributes the levels of its groups. Parts that a structure names once are combined by
//! counting, from the leaves up; for those that it names several times, every combination of their
//! levels is considered, so that what is shared counts once.

use super::compose;
use super::downtime::Alone;
use super::explore::{Lumped, explore};
use super::measures::too_long;
use super::{
    Effort, Exact, LongRun, MissionAnswer, NoExact, Obstacle, ServiceAnswer, name_all, prepare,
    start_of_missions,
};
use crate::base::{Id, IdVec};
use crate::math::law::Detail;
use crate::math::markov::{Chain, Integrals, integrals, long_run, mean_time_to, transient};
use crate::model::{GroupId, Level, ServiceId, Structure, System};

/// Largest number of combinations of the levels of shared parts.
const COMBINATIONS_MAX: usize = 100_000;

/// The parts of a system, each as a chain.
pub(super) struct Parts {
    /// The parts that differ. What holds for one of them holds for all that are like it.
    kinds: Vec<Part>,
    /// Of which kind each part is.
    kind_of: Vec<usize>,
    /// Part of each group, and its place among the groups of the part.
    place: Vec<(usize, usize)>,
    fitted: Vec<Obstacle>,
    /// How many states have been enumerated.
    explored: usize,
}

/// What a group does, as far as structures ask for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Doing {
    level: Level,
    /// Seats that give full service, and that give any, if they count each for itself.
    serving: Option<(u32, u32)>,
}

impl Doing {
    /// Number of seats below a level.
    pub(super) fn seats_below(self, seats: usize, level: Level) -> usize {
        let (full, some) = self.serving.expect("seats that count are in the patterns");
        seats
            - match level {
                Level::Up => full as usize,
                Level::Degraded => some as usize,
                Level::Down => seats,
            }
    }
}

/// A part: its chain, and what the groups do in each state.
#[derive(PartialEq)]
pub(super) struct Part {
    pub(super) chain: Chain,
    /// How many states there were before those were taken together that nothing tells apart.
    explored: usize,
    pub(super) initial: Vec<f64>,
    /// The combinations of what groups do that occur.
    pub(super) patterns: Vec<Vec<Doing>>,
    /// The pattern of each state.
    pub(super) pattern_of: Vec<u32>,
}

impl Part {
    fn of(solved: Lumped<Vec<Doing>>, explored: usize) -> Part {
        let mut patterns = solved.labels.clone();
        patterns.sort();
        patterns.dedup();
        let number = |label| patterns.binary_search(label).expect("each label is listed") as u32;
        Part {
            pattern_of: solved.labels.iter().map(number).collect(),
            patterns,
            explored,
            chain: solved.chain,
            initial: solved.initial,
        }
    }

    /// Probabilities of the patterns, from those of the states.
    fn weights(&self, states: &[f64]) -> Vec<f64> {
        let mut weights = vec![0.0; self.patterns.len()];
        for (&pattern, probability) in self.pattern_of.iter().zip(states) {
            weights[pattern as usize] += probability;
        }
        weights
    }

    /// Rates at which one pattern turns into another, from the probabilities of the states.
    fn flows(&self, states: &[f64]) -> Vec<(usize, usize, f64)> {
        let count = self.patterns.len();
        let mut flows = vec![0.0; count * count];
        for (state, probability) in states.iter().enumerate() {
            let from = self.pattern_of[state] as usize;
            for (to, rate) in self.chain.row(state) {
                flows[from * count + self.pattern_of[to] as usize] += probability * rate;
            }
        }
        (0..count * count)
            .filter(|&at| at / count != at % count && flows[at] > 0.0)
            .map(|at| (at / count, at % count, flows[at]))
            .collect()
    }
}

/// A structure over the groups of parts.
pub(super) enum Node {
    /// A group: its part, and its place there.
    Leaf(usize, usize),
    /// The serving members of a group, each for itself: its part, its place there, and its seats.
    Each(usize, usize, usize),
    /// At least `k` of the children.
    AtLeast(usize, Vec<Node>),
    /// Degraded at worst.
    Soft(Box<Node>),
}

/// A service's structure, and the parts that it names more than once.
struct Tree {
    root: Node,
    shared: Vec<usize>,
    parts: Vec<usize>,
}

impl Parts {
    pub(super) fn of(
        system: &System,
        sets: &[Vec<GroupId>],
        effort: &Effort,
        detail: Option<Detail>,
    ) -> Result<Parts, NoExact> {
        let mut parts = Parts {
            kinds: Vec::new(),
            kind_of: Vec::new(),
            place: vec![(0, 0); system.groups.len()],
            fitted: Vec::new(),
            explored: 0,
        };
        let mut missing = Vec::new();
        let mut explored_systems: Vec<(System, Vec<bool>, Option<usize>)> = Vec::new();
        let mut counted = Vec::new();
        for service in system.services.iter() {
            counted_groups(&service.up, &mut counted);
        }
        for groups in sets {
            for (at, group) in groups.iter().enumerate() {
                parts.place[group.index()] = (parts.kind_of.len(), at);
            }
            let part = system.part(groups);
            let is_counted: Vec<bool> =
                groups.iter().map(|group| counted.contains(group)).collect();
            let nameless = part.nameless();
            let known = explored_systems
                .iter()
                .find(|(other, counted, _)| *other == nameless && *counted == is_counted);
            if let Some(&(_, _, kind)) = known {
                // Of what stands in the way nothing is known, and it has been named.
                parts.kind_of.extend(kind);
                continue;
            }
            let (behaviour, laws) = prepare(&part, detail);
            let (matters, limits) = (effort.matters(false, false), effort.limits);
            let found = explore(&part, &behaviour, &laws, matters, limits, |state| {
                let groups = part.groups.ids();
                groups
                    .zip(&is_counted)
                    .map(|(group, &counts)| Doing {
                        level: state.group_level(group),
                        serving: counts.then(|| state.seats_serving(group)),
                    })
                    .collect::<Vec<Doing>>()
            })
            .map_err(|error| name_all(error, &laws));
            parts.fitted.extend(laws.fitted);
            let kind = match found {
                Ok(explored) => {
                    let count = explored.labels.len();
                    parts.explored += count;
                    let mut solved = explored.lumped();
                    let initial = std::mem::take(&mut solved.initial);
                    solved.initial =
                        start_of_missions(system, &solved.chain, initial, &solved.marks)?;
                    let part = Part::of(solved, count);
                    let known = parts.kinds.iter().position(|kind| *kind == part);
                    let kind = known.unwrap_or(parts.kinds.len());
                    if known.is_none() {
                        parts.kinds.push(part);
                    }
                    parts.kind_of.push(kind);
                    Some(kind)
                }
                // What is in the way of other parts is to be named too.
                Err(NoExact::NotMarkov(obstacles)) => {
                    missing.extend(obstacles);
                    None
                }
                Err(error) => return Err(error),
            };
            explored_systems.push((nameless, is_counted, kind));
        }
        if !missing.is_empty() {
            missing.sort();
            missing.dedup();
            return Err(NoExact::NotMarkov(missing));
        }
        parts.fitted.sort();
        parts.fitted.dedup();
        Ok(parts)
    }

    /// Number of states that all parts together would be enumerated in.
    pub(super) fn joint_state_count(&self) -> f64 {
        self.parts().map(|part| part.explored as f64).product()
    }

    pub(super) fn part_count(&self) -> usize {
        self.kind_of.len()
    }

    pub(super) fn part(&self, part: usize) -> &Part {
        &self.kinds[self.kind_of[part]]
    }

    /// All parts, in order.
    fn parts(&self) -> impl Iterator<Item = &Part> {
        self.kind_of.iter().map(|&kind| &self.kinds[kind])
    }

    /// What the parts say about the services.
    pub(super) fn answer(
        &self,
        system: &System,
        effort: &Effort,
        mission_s: f64,
    ) -> Result<Exact, NoExact> {
        let mut imbalance = None;
        let mut long_runs: Vec<Vec<f64>> = Vec::new();
        for kind in &self.kinds {
            let settled =
                long_run(&kind.chain, &kind.initial, &kind.pattern_of).ok_or(NoExact::Unsettled)?;
            imbalance = imbalance
                .into_iter()
                .chain(settled.imbalance)
                .reduce(f64::max);
            long_runs.push(settled.probabilities);
        }
        let mut readings = Vec::new();
        for service in system.services.ids() {
            let tree = self.tree(system, service)?;
            let links = self.links(&tree);
            readings.push((tree, links));
        }
        let read = |(tree, links): &(Tree, Option<Vec<Link>>), states: &[&[f64]]| match links {
            Some(links) => self.series_at(links, states),
            None => self.tree_at(tree, states),
        };
        let chains: Vec<(&Chain, &[f64])> = self
            .kinds
            .iter()
            .map(|kind| (&kind.chain, kind.initial.as_slice()))
            .collect();
        let mut is_counted = vec![true; readings.len()];
        let course = integrals(&chains, mission_s, effort.multiplications_max, |states| {
            let services = readings.iter().zip(&mut is_counted);
            services
                .flat_map(|(reading, is_counted)| {
                    let at = read(reading, states);
                    *is_counted &= at.outage_rate.is_some();
                    [at.down, at.reduced, at.outage_rate.unwrap_or(0.0)]
                })
                .collect()
        });
        let mut services = IdVec::<ServiceId, ServiceAnswer>::new();
        for (at, (service, reading)) in system.services.iter().zip(&readings).enumerate() {
            let mut notes = Vec::new();
            let mission = course
                .as_ref()
                .map(|course| of_mission(course, 3 * at, is_counted[at], mission_s));
            if mission.is_none() {
                let states = self.kinds.iter().map(|kind| kind.chain.len()).max();
                notes.push(too_long(states.unwrap_or(0)));
            }
            let (tree, links) = reading;
            let (any_outage, first) = match &links {
                Some(links) => (
                    self.any_outage(links, mission_s, effort),
                    self.time_to_first_outage(links, effort),
                ),
                None => match compose::until_down(self, &tree.root, effort) {
                    Some((chain, start)) => {
                        let down = chain.len() - 1;
                        let course = transient(
                            &chain,
                            &start,
                            mission_s,
                            &last_alone(chain.len()),
                            effort.multiplications_max,
                        );
                        (
                            course.map(|course| course.at_end[down]),
                            mean_time_to(&chain, &start, |state| state == down),
                        )
                    }
                    None => {
                        notes.push(
                            "Its parts live apart and it survives the outage of some, so the time \
                             to the first outage would take too many of their states together."
                                .to_owned(),
                        );
                        (None, None)
                    }
                },
            };
            let states: Vec<&[f64]> = long_runs.iter().map(Vec::as_slice).collect();
            let settled = read(reading, &states);
            services.push(ServiceAnswer {
                name: service.name.clone(),
                long_run: LongRun {
                    unavailability: settled.down,
                    degraded: (settled.reduced - settled.down).max(0.0),
                    served: None,
                    outages_per_s: settled.outage_rate,
                },
                mission: mission.map(|mission| MissionAnswer {
                    any_outage,
                    ..mission
                }),
                time_to_first_outage_s: first,
                notes,
            });
        }
        Ok(Exact {
            services,
            mission_s,
            explored: self.explored,
            part_states: self.parts().map(|part| part.chain.len()).collect(),
            transition_count: self.parts().map(|part| part.chain.transition_count()).sum(),
            imbalance,
            fitted: self.fitted.clone(),
        })
    }

    /// The chain that a service alone lives, up or down, if it has not too many states.
    pub(super) fn alone(
        &self,
        system: &System,
        service: ServiceId,
        states_max: usize,
    ) -> Option<Alone> {
        let root = self.node(system, &system.services[service].up);
        compose::alone(self, &root, states_max)
    }

    fn tree(&self, system: &System, service: ServiceId) -> Result<Tree, NoExact> {
        let root = self.node(system, &system.services[service].up);
        let mut named = vec![0_usize; self.kind_of.len()];
        count_leaves(&root, &mut named);
        let shared: Vec<usize> = (0..named.len()).filter(|&part| named[part] > 1).collect();
        let combinations: f64 = shared
            .iter()
            .map(|&part| self.part(part).patterns.len() as f64)
            .product();
        if combinations > COMBINATIONS_MAX as f64 {
            return Err(NoExact::TooManyStates {
                limit: COMBINATIONS_MAX,
            });
        }
        Ok(Tree {
            root,
            shared,
            parts: (0..named.len()).filter(|&part| named[part] > 0).collect(),
        })
    }

    fn node(&self, system: &System, structure: &Structure) -> Node {
        match structure {
            Structure::Group(group) => {
                let (part, at) = self.place[group.index()];
                Node::Leaf(part, at)
            }
            Structure::Each(group) => {
                let (part, at) = self.place[group.index()];
                Node::Each(part, at, system.groups[*group].active)
            }
            Structure::Service(service) => self.node(system, &system.services[*service].up),
            Structure::Soft(part) => Node::Soft(Box::new(self.node(system, part))),
            Structure::AtLeast { k, of } => {
                Node::AtLeast(*k, of.iter().map(|part| self.node(system, part)).collect())
            }
        }
    }

    /// Probabilities of the patterns of each kind.
    fn weights(&self, states: &[&[f64]]) -> Vec<Vec<f64>> {
        self.kinds
            .iter()
            .zip(states)
            .map(|(kind, states)| kind.weights(states))
            .collect()
    }

    /// What a service does at a moment, from the probabilities of the states of each kind.
    fn tree_at(&self, tree: &Tree, states: &[&[f64]]) -> At {
        let weights = self.weights(states);
        At {
            down: self.below(tree, &weights, Level::Degraded),
            reduced: self.below(tree, &weights, Level::Up),
            outage_rate: self.outage_rate(tree, states, &weights),
        }
    }

    /// Probability that a service is below a level, from the probabilities of the patterns.
    fn below(&self, tree: &Tree, weights: &[Vec<f64>], level: Level) -> f64 {
        let mut fixed = vec![None; self.kind_of.len()];
        self.below_given(tree, weights, level, &mut fixed)
    }

    /// The same, given the patterns of some parts.
    fn below_given(
        &self,
        tree: &Tree,
        weights: &[Vec<f64>],
        level: Level,
        fixed: &mut [Option<usize>],
    ) -> f64 {
        let open = tree
            .shared
            .iter()
            .copied()
            .find(|&part| fixed[part].is_none());
        let Some(part) = open else {
            return self.node_below(&tree.root, weights, level, fixed);
        };
        let mut sum = 0.0;
        let of_part = &weights[self.kind_of[part]];
        for (pattern, &weight) in of_part.iter().enumerate() {
            if weight > 0.0 {
                fixed[part] = Some(pattern);
                sum += weight * self.below_given(tree, weights, level, fixed);
            }
        }
        fixed[part] = None;
        sum
    }

    fn node_below(
        &self,
        node: &Node,
        weights: &[Vec<f64>],
        level: Level,
        fixed: &[Option<usize>],
    ) -> f64 {
        match node {
            &Node::Leaf(part, at) => {
                let is_below = |pattern: usize| self.part(part).patterns[pattern][at].level < level;
                match fixed[part] {
                    Some(pattern) => f64::from(u8::from(is_below(pattern))),
                    None => {
                        let weights = weights[self.kind_of[part]].iter().enumerate();
                        weights
                            .filter(|&(pattern, _)| is_below(pattern))
                            .map(|(_, weight)| weight)
                            .fold(0.0, |sum, part| sum + part)
                    }
                }
            }
            Node::Soft(child) => match level {
                Level::Up => self.node_below(child, weights, level, fixed),
                Level::Degraded | Level::Down => 0.0,
            },
            Node::Each(..) => unreachable!("members count only where a number is enough"),
            Node::AtLeast(k, children) => {
                let below = |child: &Node| self.node_below(child, weights, level, fixed);
                let total: usize = children.iter().map(Node::part_count).sum();
                if total != children.len() {
                    return self.counted_below(*k, total, children, weights, level, fixed);
                }
                if *k == children.len() {
                    // A series: one link is enough.
                    return children
                        .iter()
                        .fold(0.0, |sum, child| sum + (1.0 - sum) * below(child));
                }
                if *k == 1 {
                    return children.iter().map(below).product();
                }
                // Probabilities of how many of the children so far are below.
                let mut counts = vec![1.0];
                for child in children {
                    let below = below(child);
                    counts.push(0.0);
                    for count in (0..counts.len()).rev() {
                        let more = if count > 0 {
                            counts[count - 1] * below
                        } else {
                            0.0
                        };
                        counts[count] = counts[count] * (1.0 - below) + more;
                    }
                }
                let enough = (children.len() + 1).saturating_sub(*k);
                counts[enough..].iter().fold(0.0, |sum, part| sum + part)
            }
        }
    }

    /// Probability that too many of `total` parts are below a level, where children may be several.
    fn counted_below(
        &self,
        k: usize,
        total: usize,
        children: &[Node],
        weights: &[Vec<f64>],
        level: Level,
        fixed: &[Option<usize>],
    ) -> f64 {
        // Probabilities of how many of the parts so far are below.
        let mut counts = vec![1.0];
        for child in children {
            let mut of_child = vec![0.0; child.part_count() + 1];
            if let &Node::Each(part, at, seats) = child {
                let below = |pattern: usize| {
                    self.part(part).patterns[pattern][at].seats_below(seats, level)
                };
                match fixed[part] {
                    Some(pattern) => of_child[below(pattern)] = 1.0,
                    None => {
                        let weights = weights[self.kind_of[part]].iter();
                        for (pattern, weight) in weights.enumerate() {
                            of_child[below(pattern)] += weight;
                        }
                    }
                }
            } else {
                let below = self.node_below(child, weights, level, fixed);
                (of_child[0], of_child[1]) = (1.0 - below, below);
            }
            let mut sums = vec![0.0; counts.len() + of_child.len() - 1];
            for (count, before) in counts.iter().enumerate() {
                for (more, probability) in of_child.iter().enumerate() {
                    sums[count + more] += before * probability;
                }
            }
            counts = sums;
        }
        let enough = (total + 1).saturating_sub(k);
        counts[enough..].iter().fold(0.0, |sum, part| sum + part)
    }

    /// Outages per second, from the probabilities of the states of each part; `None` if a part gains
    /// one group and loses another at the same moment.
    fn outage_rate(&self, tree: &Tree, states: &[&[f64]], weights: &[Vec<f64>]) -> Option<f64> {
        let mut rate = 0.0;
        for &part in &tree.parts {
            let patterns = &self.part(part).patterns;
            let mut below = vec![None; patterns.len()];
            let mut given = |pattern: usize| {
                *below[pattern].get_or_insert_with(|| {
                    let mut fixed = vec![None; self.kind_of.len()];
                    fixed[part] = Some(pattern);
                    self.below_given(tree, weights, Level::Degraded, &mut fixed)
                })
            };
            for (from, to, flow) in self.part(part).flows(states[self.kind_of[part]]) {
                let gives = |at: &Doing| {
                    (
                        u32::from(at.level > Level::Down),
                        at.serving.map_or(0, |(_, some)| some),
                    )
                };
                let pairs = || {
                    patterns[from]
                        .iter()
                        .map(gives)
                        .zip(patterns[to].iter().map(gives))
                };
                let loses = pairs().any(|(before, after)| before.0 > after.0 || before.1 > after.1);
                let gains = pairs().any(|(before, after)| before.0 < after.0 || before.1 < after.1);
                match (loses, gains) {
                    (true, false) => rate += flow * (given(to) - given(from)).max(0.0),
                    (true, true) => return None,
                    (false, _) => {}
                }
            }
        }
        Some(rate)
    }

    /// The service as a series of links, each of which depends on one part: it is down as soon as one
    /// of them is. `None` if it is no such series.
    fn links(&self, tree: &Tree) -> Option<Vec<Link>> {
        let mut nodes = Vec::new();
        flatten(&tree.root, true, &mut nodes);
        let mut of_part: Vec<(usize, Vec<(&Node, bool)>)> = Vec::new();
        for (node, breaks) in nodes {
            let mut named = vec![0; self.kind_of.len()];
            count_leaves(node, &mut named);
            let mut parts = (0..named.len()).filter(|&part| named[part] > 0);
            let part = parts.next()?;
            if parts.next().is_some() {
                return None;
            }
            match of_part.iter_mut().find(|(other, _)| *other == part) {
                Some((_, nodes)) => nodes.push((node, breaks)),
                None => of_part.push((part, vec![(node, breaks)])),
            }
        }
        let mut links: Vec<Link> = Vec::new();
        for (part, nodes) in of_part {
            let below = |pattern: usize, level: Level| {
                nodes
                    .iter()
                    .filter(|(_, breaks)| *breaks || level == Level::Up)
                    .any(|(node, _)| self.is_below(node, part, pattern, level))
            };
            let patterns = 0..self.part(part).patterns.len();
            let link = Link {
                kind: self.kind_of[part],
                is_broken: patterns
                    .clone()
                    .map(|at| below(at, Level::Degraded))
                    .collect(),
                is_reduced: patterns.map(|at| below(at, Level::Up)).collect(),
                count: 1,
            };
            let alike = |other: &&mut Link| {
                Link {
                    count: 1,
                    ..(**other).clone()
                } == link
            };
            match links.iter_mut().find(alike) {
                Some(known) => known.count += 1,
                None => links.push(link),
            }
        }
        Some(links)
    }

    /// Whether a node that depends on one part alone is below a level in a pattern of that.
    pub(super) fn is_below(&self, node: &Node, part: usize, pattern: usize, level: Level) -> bool {
        let mut fixed = vec![None; self.kind_of.len()];
        fixed[part] = Some(pattern);
        self.node_below(node, &[], level, &fixed) > 0.5
    }

    /// What a series does at a moment, from the probabilities of the states of each kind.
    fn series_at(&self, links: &[Link], states: &[&[f64]]) -> At {
        let weights = self.weights(states);
        // Logarithms of the probabilities that all links are whole.
        let (mut ln_up, mut ln_full, mut hazard) = (0.0, 0.0, 0.0);
        for link in links {
            let kind = &self.kinds[link.kind];
            let share = |of: &[bool]| -> f64 {
                let weights = weights[link.kind].iter().zip(of);
                weights
                    .filter(|(_, of)| **of)
                    .map(|(weight, _)| weight)
                    .fold(0.0, |sum, part| sum + part)
            };
            let breaks: f64 = kind
                .flows(states[link.kind])
                .into_iter()
                .filter(|&(from, to, _)| !link.is_broken[from] && link.is_broken[to])
                .map(|(_, _, flow)| flow)
                .fold(0.0, |sum, part| sum + part);
            let whole = 1.0 - share(&link.is_broken).min(1.0);
            let count = link.count as f64;
            ln_up += count * libm::log1p(-share(&link.is_broken).min(1.0));
            ln_full += count * libm::log1p(-share(&link.is_reduced).min(1.0));
            // Of what is broken for certain nothing breaks, but for rounding.
            if breaks > 0.0 && whole > 0.0 {
                hazard += count * breaks / whole;
            }
        }
        At {
            down: -libm::expm1(ln_up),
            reduced: -libm::expm1(ln_full),
            outage_rate: Some(hazard * libm::exp(ln_up)),
        }
    }

    /// The chain of a link until it breaks, with the probabilities at the start.
    fn until_broken(&self, link: &Link) -> (Chain, Vec<f64>) {
        let kind = &self.kinds[link.kind];
        let is_broken = |state: usize| link.is_broken[kind.pattern_of[state] as usize];
        let mut start = kind.initial.clone();
        let mut ended = 0.0;
        for (state, probability) in start.iter_mut().enumerate() {
            if is_broken(state) {
                ended += std::mem::take(probability);
            }
        }
        start.push(ended);
        (kind.chain.ending(is_broken), start)
    }

    fn any_outage(&self, links: &[Link], mission_s: f64, effort: &Effort) -> Option<f64> {
        let mut ln_survival = 0.0;
        for link in links {
            let (chain, start) = self.until_broken(link);
            let marks = last_alone(chain.len());
            let course = transient(
                &chain,
                &start,
                mission_s,
                &marks,
                effort.multiplications_max,
            )?;
            let broken = course.at_end[chain.len() - 1].min(1.0);
            ln_survival += link.count as f64 * libm::log1p(-broken);
        }
        Some(-libm::expm1(ln_survival))
    }

    fn time_to_first_outage(&self, links: &[Link], effort: &Effort) -> Option<f64> {
        let chains: Vec<(Chain, Vec<f64>)> =
            links.iter().map(|link| self.until_broken(link)).collect();
        let alone: Vec<f64> = chains
            .iter()
            .map(|(chain, start)| mean_time_to(chain, start, |state| state + 1 == chain.len()))
            .collect::<Option<_>>()?;
        let least = alone.iter().copied().fold(f64::INFINITY, f64::min);
        let is_single = links.len() == 1 && links[0].count == 1;
        if is_single || least == f64::INFINITY {
            return Some(least);
        }
        // All survive together; the one that is soonest bounds how long that matters.
        let horizon = 60.0 * least;
        let survival = |states: &[&[f64]]| {
            let of_links = states.iter().zip(links).map(|(states, link)| {
                let whole: f64 = states
                    .iter()
                    .rev()
                    .skip(1)
                    .fold(0.0, |sum, part| sum + part);
                libm::pow(whole, link.count as f64)
            });
            vec![of_links.product()]
        };
        let chains: Vec<(&Chain, &[f64])> = chains
            .iter()
            .map(|(chain, start)| (chain, start.as_slice()))
            .collect();
        let found = integrals(&chains, horizon, effort.multiplications_max, survival)?;
        Some(found.wholes[0])
    }
}

/// The marks of a chain of which only the last state matters.
fn last_alone(len: usize) -> Vec<u32> {
    (0..len).map(|state| u32::from(state + 1 == len)).collect()
}

/// What a service does at a moment.
struct At {
    down: f64,
    /// Probability that it is degraded or down.
    reduced: f64,
    /// Outages per second; `None` where only the common history of the parts could count them.
    outage_rate: Option<f64>,
}

/// Links of a series that are alike: what breaks them, and what reduces them.
#[derive(Clone, PartialEq)]
struct Link {
    kind: usize,
    /// By pattern.
    is_broken: Vec<bool>,
    is_reduced: Vec<bool>,
    count: usize,
}

/// A mission, from the integrals of what a service does, which begin at a place.
fn of_mission(course: &Integrals, first: usize, is_counted: bool, mission_s: f64) -> MissionAnswer {
    let [down, reduced, outages] = [0, 1, 2].map(|at| course.wholes[first + at]);
    MissionAnswer {
        unavailability: down / mission_s,
        degraded: (reduced - down).max(0.0) / mission_s,
        served: None,
        unavailability_at_end: course.at_end[first],
        outages: is_counted.then_some(outages + course.at_start[first]),
        any_outage: None,
        contributions: None,
        roots: None,
        down_time: None,
    }
}

impl Node {
    /// As how many parts it counts.
    fn part_count(&self) -> usize {
        match self {
            Node::Each(_, _, seats) => *seats,
            Node::Leaf(..) | Node::AtLeast(..) | Node::Soft(_) => 1,
        }
    }
}

/// The groups whose serving members count each for itself.
fn counted_groups(structure: &Structure, found: &mut Vec<GroupId>) {
    match structure {
        Structure::Each(group) => found.push(*group),
        Structure::Group(_) | Structure::Service(_) => {}
        Structure::Soft(part) => counted_groups(part, found),
        Structure::AtLeast { of, .. } => of.iter().for_each(|part| counted_groups(part, found)),
    }
}

pub(super) fn count_leaves(node: &Node, named: &mut [usize]) {
    match node {
        Node::Leaf(part, _) | Node::Each(part, ..) => named[*part] += 1,
        Node::Soft(child) => count_leaves(child, named),
        Node::AtLeast(_, children) => {
            children.iter().for_each(|child| count_leaves(child, named));
        }
    }
}

/// The links of a series: all of them must be up. Of each, whether it breaks the series: what is
/// degraded at worst only reduces it.
fn flatten<'t>(node: &'t Node, breaks: bool, links: &mut Vec<(&'t Node, bool)>) {
    match node {
        Node::AtLeast(k, children)
            if *k == children.len() && children.iter().all(|child| child.part_count() == 1) =>
        {
            let children = children.iter();
            children.for_each(|child| flatten(child, breaks, links));
        }
        Node::Soft(child) => flatten(child, false, links),
        Node::AtLeast(..) | Node::Leaf(..) | Node::Each(..) => links.push((node, breaks)),
    }
}
