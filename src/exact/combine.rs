//! Independent parts, solved apart and put together by the structure of each service.
//!
//! A part contributes the levels of its groups. Parts that a structure names once are combined by
//! counting, from the leaves up; for those that it names several times, every combination of their
//! levels is considered, so that what is shared counts once.

use super::explore::explore;
use super::measures::too_long;
use super::{
    Effort, Exact, LongRun, MissionAnswer, NoExact, Obstacle, ServiceAnswer, name_all, prepare,
};
use crate::base::{Id, IdVec};
use crate::math::law::Detail;
use crate::math::markov::{Chain, Course, TimeGrid, course, long_run, mean_time_to, transient};
use crate::model::{GroupId, Level, ServiceId, Structure, System};

/// Largest number of combinations of the levels of shared parts.
const COMBINATIONS_MAX: usize = 100_000;

/// The parts of a system, each as a chain.
pub(super) struct Parts {
    parts: Vec<Part>,
    /// Part of each group, and its place among the groups of the part.
    place: Vec<(usize, usize)>,
    fitted: Vec<Obstacle>,
}

/// A part: its chain, and what the groups do in each state.
struct Part {
    chain: Chain,
    initial: Vec<f64>,
    /// The combinations of levels that occur.
    patterns: Vec<Vec<Level>>,
    /// The pattern of each state.
    pattern_of: Vec<u32>,
}

impl Part {
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
enum Node {
    /// A group: its part, and its place there.
    Leaf(usize, usize),
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
            parts: Vec::new(),
            place: vec![(0, 0); system.groups.len()],
            fitted: Vec::new(),
        };
        let mut missing = Vec::new();
        for groups in sets {
            for (at, group) in groups.iter().enumerate() {
                parts.place[group.index()] = (parts.parts.len(), at);
            }
            let part = system.part(groups);
            let (behaviour, laws) = prepare(&part, detail);
            let found = explore(&part, &behaviour, &laws, false, effort.limits, |state| {
                let groups = part.groups.ids();
                groups
                    .map(|group| state.group_level(group))
                    .collect::<Vec<Level>>()
            })
            .map_err(|error| name_all(error, &laws));
            parts.fitted.extend(laws.fitted);
            let explored = match found {
                Ok(explored) => explored,
                // What is in the way of other parts is to be named too.
                Err(NoExact::NotMarkov(obstacles)) => {
                    missing.extend(obstacles);
                    continue;
                }
                Err(error) => return Err(error),
            };
            let mut patterns = explored.labels.clone();
            patterns.sort();
            patterns.dedup();
            let pattern_of = explored
                .labels
                .iter()
                .map(|label| patterns.binary_search(label).expect("each label is listed") as u32)
                .collect();
            let chain = Chain::new(explored.labels.len(), explored.transitions);
            let mut initial = vec![0.0; chain.len()];
            for (state, probability) in explored.initial {
                initial[state as usize] += probability;
            }
            parts.parts.push(Part {
                chain,
                initial,
                patterns,
                pattern_of,
            });
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

    /// Number of states of all parts together.
    pub(super) fn joint_state_count(&self) -> f64 {
        self.parts
            .iter()
            .map(|part| part.chain.len() as f64)
            .product()
    }

    /// What the parts say about the services.
    pub(super) fn answer(&self, system: &System, effort: &Effort) -> Result<Exact, NoExact> {
        let mission_s = system.mission.as_secs();
        let pace = self
            .parts
            .iter()
            .map(|part| part.chain.total_max())
            .fold(0.0, f64::max);
        let grid = TimeGrid::new(mission_s, pace);
        let long_runs: Vec<Vec<f64>> = self
            .parts
            .iter()
            .map(|part| long_run(&part.chain, &part.initial))
            .collect();
        let courses: Option<Vec<Course>> = self
            .parts
            .iter()
            .map(|part| {
                course(
                    &part.chain,
                    &part.initial,
                    &grid,
                    effort.multiplications_max,
                )
            })
            .collect();
        let mut services = IdVec::<ServiceId, ServiceAnswer>::new();
        for (id, service) in system.services.iter_ids() {
            let tree = self.tree(system, id)?;
            let mut notes = Vec::new();
            let mission = match &courses {
                Some(courses) => Some(self.mission(&tree, courses, &grid, mission_s)),
                None => {
                    let states = self.parts.iter().map(|part| part.chain.len()).max();
                    notes.push(too_long(states.unwrap_or(0)));
                    None
                }
            };
            let series = self.series(&tree);
            if series.is_none() {
                notes.push(
                    "Its parts live apart and it survives the outage of some, so the time to the \
                     first outage would take all their states together."
                        .to_owned(),
                );
            }
            let (any_outage, first) = match &series {
                Some(series) => (
                    self.any_outage(series, mission_s, effort),
                    self.time_to_first_outage(series, effort),
                ),
                None => (None, None),
            };
            let at = |thresholds: Level| self.below(&tree, &self.weights(&long_runs), thresholds);
            let down = at(Level::Degraded);
            services.push(ServiceAnswer {
                name: service.name.clone(),
                long_run: LongRun {
                    unavailability: down,
                    degraded: (at(Level::Up) - down).max(0.0),
                    served: None,
                    outages_per_s: self.outage_rate(&tree, &long_runs),
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
            part_states: self.parts.iter().map(|part| part.chain.len()).collect(),
            transition_count: self
                .parts
                .iter()
                .map(|part| part.chain.transition_count())
                .sum(),
            fitted: self.fitted.clone(),
        })
    }

    fn tree(&self, system: &System, service: ServiceId) -> Result<Tree, NoExact> {
        let root = self.node(system, &system.services[service].up);
        let mut named = vec![0_usize; self.parts.len()];
        count_leaves(&root, &mut named);
        let shared: Vec<usize> = (0..named.len()).filter(|&part| named[part] > 1).collect();
        let combinations: f64 = shared
            .iter()
            .map(|&part| self.parts[part].patterns.len() as f64)
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
            Structure::Service(service) => self.node(system, &system.services[*service].up),
            Structure::Soft(part) => Node::Soft(Box::new(self.node(system, part))),
            Structure::AtLeast { k, of } => {
                Node::AtLeast(*k, of.iter().map(|part| self.node(system, part)).collect())
            }
        }
    }

    /// Probabilities of the patterns of each part.
    fn weights(&self, states: &[Vec<f64>]) -> Vec<Vec<f64>> {
        self.parts
            .iter()
            .zip(states)
            .map(|(part, states)| part.weights(states))
            .collect()
    }

    /// Probability that a service is below a level, from the probabilities of the patterns.
    fn below(&self, tree: &Tree, weights: &[Vec<f64>], level: Level) -> f64 {
        let mut fixed = vec![None; self.parts.len()];
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
        for pattern in 0..self.parts[part].patterns.len() {
            if weights[part][pattern] > 0.0 {
                fixed[part] = Some(pattern);
                sum += weights[part][pattern] * self.below_given(tree, weights, level, fixed);
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
                let is_below = |pattern: usize| self.parts[part].patterns[pattern][at] < level;
                match fixed[part] {
                    Some(pattern) => f64::from(u8::from(is_below(pattern))),
                    None => {
                        let weights = weights[part].iter().enumerate();
                        weights
                            .filter(|&(pattern, _)| is_below(pattern))
                            .map(|(_, weight)| weight)
                            .sum()
                    }
                }
            }
            Node::Soft(child) => match level {
                Level::Up => self.node_below(child, weights, level, fixed),
                Level::Degraded | Level::Down => 0.0,
            },
            Node::AtLeast(k, children) => {
                let below = |child: &Node| self.node_below(child, weights, level, fixed);
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
                counts[enough..].iter().sum()
            }
        }
    }

    /// Outages per second, from the probabilities of the states of each part; `None` if a part gains
    /// one group and loses another at the same moment.
    fn outage_rate(&self, tree: &Tree, states: &[Vec<f64>]) -> Option<f64> {
        let weights = self.weights(states);
        let mut rate = 0.0;
        for &part in &tree.parts {
            let patterns = &self.parts[part].patterns;
            let mut below = vec![None; patterns.len()];
            let mut given = |pattern: usize| {
                *below[pattern].get_or_insert_with(|| {
                    let mut fixed = vec![None; self.parts.len()];
                    fixed[part] = Some(pattern);
                    self.below_given(tree, &weights, Level::Degraded, &mut fixed)
                })
            };
            for (from, to, flow) in self.parts[part].flows(&states[part]) {
                let is_up = |level: &Level| *level > Level::Down;
                let pairs = || {
                    patterns[from]
                        .iter()
                        .map(is_up)
                        .zip(patterns[to].iter().map(is_up))
                };
                let loses = pairs().any(|(before, after)| before && !after);
                let gains = pairs().any(|(before, after)| !before && after);
                match (loses, gains) {
                    (true, false) => rate += flow * (given(to) - given(from)).max(0.0),
                    (true, true) => return None,
                    (false, _) => {}
                }
            }
        }
        Some(rate)
    }

    fn mission(
        &self,
        tree: &Tree,
        courses: &[Course],
        grid: &TimeGrid,
        mission_s: f64,
    ) -> MissionAnswer {
        let moments = courses.first().map_or(0, Vec::len);
        let (mut down, mut degraded, mut rates) = (Vec::new(), Vec::new(), Vec::new());
        for moment in 0..moments {
            let states: Vec<Vec<f64>> = courses
                .iter()
                .map(|course| course[moment].clone())
                .collect();
            let weights = self.weights(&states);
            let below = self.below(tree, &weights, Level::Degraded);
            down.push(below);
            degraded.push((self.below(tree, &weights, Level::Up) - below).max(0.0));
            rates.push(self.outage_rate(tree, &states));
        }
        let rates: Option<Vec<f64>> = rates.into_iter().collect();
        MissionAnswer {
            unavailability: grid.integral(&down) / mission_s,
            degraded: grid.integral(&degraded) / mission_s,
            served: None,
            unavailability_at_end: down[moments - 1],
            outages: rates.map(|rates| grid.integral(&rates) + down[0]),
            any_outage: None,
            contributions: None,
        }
    }

    /// The service as a series of structures that depend on one part each: it is down as soon as one
    /// of them is. `None` if it is no such series.
    fn series<'t>(&self, tree: &'t Tree) -> Option<Vec<(usize, Vec<&'t Node>)>> {
        let mut links = Vec::new();
        flatten(&tree.root, &mut links);
        let mut series: Vec<(usize, Vec<&Node>)> = Vec::new();
        for link in links {
            let mut named = vec![0; self.parts.len()];
            count_leaves(link, &mut named);
            let mut parts = (0..named.len()).filter(|&part| named[part] > 0);
            let part = parts.next()?;
            if parts.next().is_some() {
                return None;
            }
            match series.iter_mut().find(|(other, _)| *other == part) {
                Some((_, nodes)) => nodes.push(link),
                None => series.push((part, vec![link])),
            }
        }
        Some(series)
    }

    /// Whether the links that depend on a part are broken in one of its states.
    fn is_broken(&self, part: usize, links: &[&Node], state: usize) -> bool {
        let mut fixed = vec![None; self.parts.len()];
        fixed[part] = Some(self.parts[part].pattern_of[state] as usize);
        links
            .iter()
            .any(|link| self.node_below(link, &[], Level::Degraded, &fixed) > 0.5)
    }

    /// The chain of a part until its links break, with the probabilities at the start.
    fn until_broken(&self, part: usize, links: &[&Node]) -> (Chain, Vec<f64>) {
        let Part { chain, initial, .. } = &self.parts[part];
        let broken: Vec<bool> = (0..chain.len())
            .map(|state| self.is_broken(part, links, state))
            .collect();
        let mut start = initial.clone();
        let mut ended = 0.0;
        for (probability, &broken) in start.iter_mut().zip(&broken) {
            if broken {
                ended += std::mem::take(probability);
            }
        }
        start.push(ended);
        (chain.ending(|state| broken[state]), start)
    }

    fn any_outage(
        &self,
        series: &[(usize, Vec<&Node>)],
        mission_s: f64,
        effort: &Effort,
    ) -> Option<f64> {
        let mut ln_survival = 0.0;
        for (part, links) in series {
            let (chain, start) = self.until_broken(*part, links);
            let course = transient(&chain, &start, mission_s, effort.multiplications_max)?;
            ln_survival += libm::log1p(-course.at_end[chain.len() - 1].min(1.0));
        }
        Some(-libm::expm1(ln_survival))
    }

    fn time_to_first_outage(&self, series: &[(usize, Vec<&Node>)], effort: &Effort) -> Option<f64> {
        let chains: Vec<(Chain, Vec<f64>)> = series
            .iter()
            .map(|(part, links)| self.until_broken(*part, links))
            .collect();
        let alone: Vec<f64> = chains
            .iter()
            .map(|(chain, start)| mean_time_to(chain, start, |state| state + 1 == chain.len()))
            .collect();
        let least = alone.iter().copied().fold(f64::INFINITY, f64::min);
        if alone.len() == 1 || least == f64::INFINITY {
            return Some(least);
        }
        // All survive together; the one that is soonest bounds how long that matters.
        let horizon = 60.0 * least;
        let pace = chains
            .iter()
            .map(|(chain, _)| chain.total_max())
            .fold(0.0, f64::max);
        let grid = TimeGrid::new(horizon, pace);
        let courses: Vec<Course> = chains
            .iter()
            .map(|(chain, start)| course(chain, start, &grid, effort.multiplications_max))
            .collect::<Option<_>>()?;
        let survival: Vec<f64> = (0..grid.times().len())
            .map(|moment| {
                courses
                    .iter()
                    .map(|course| course[moment].iter().rev().skip(1).sum::<f64>())
                    .product()
            })
            .collect();
        Some(grid.integral(&survival))
    }
}

fn count_leaves(node: &Node, named: &mut [usize]) {
    match node {
        Node::Leaf(part, _) => named[*part] += 1,
        Node::Soft(child) => count_leaves(child, named),
        Node::AtLeast(_, children) => {
            children.iter().for_each(|child| count_leaves(child, named));
        }
    }
}

/// The links of a series: all of them must be up.
fn flatten<'t>(node: &'t Node, links: &mut Vec<&'t Node>) {
    match node {
        Node::AtLeast(k, children) if *k == children.len() => {
            children.iter().for_each(|child| flatten(child, links));
        }
        // What is degraded at worst never breaks a series.
        Node::Soft(_) => {}
        Node::AtLeast(..) | Node::Leaf(..) => links.push(node),
    }
}
