//! Independent parts as one chain, for what only their common history knows: when a service that
//! survives the outage of some of them is down for the first time.
//!
//! The chain grows along the structure, from the leaves up. After each step states are taken together
//! that nothing above could tell apart: of three alike computers, each of several parts, what is left
//! is how far each of them is from its end, and not which of them that is.

use super::Effort;
use super::combine::{Node, Parts, count_leaves};
use super::downtime::Alone;
use super::explore::Lumped;
use crate::math::markov::{Chain, lumping};
use crate::model::Level;

/// The chain of all parts of a structure until it is down for the first time, which is the last state,
/// and its probabilities at the start. `None` if it has too many states on the way there, or if parts
/// are named in several places of a structure of several parts.
pub(super) fn until_down(parts: &Parts, root: &Node, effort: &Effort) -> Option<(Chain, Vec<f64>)> {
    let whole = module(parts, root, effort.limits.states_max)?;
    let is_down = |state: usize| whole.labels[state] == 0;
    let mut start = whole.initial.clone();
    let mut ended = 0.0;
    for (state, probability) in start.iter_mut().enumerate() {
        if is_down(state) {
            ended += std::mem::take(probability);
        }
    }
    start.push(ended);
    Some((whole.chain.ending(is_down), start))
}

/// The chain of a structure, up or down; `None` if it has too many states on the way there, or if parts
/// are named in several places of a structure of several parts.
pub(super) fn alone(parts: &Parts, root: &Node, states_max: usize) -> Option<Alone> {
    let whole = module(parts, root, states_max)?;
    let is_down: Vec<u32> = whole.labels.iter().map(|&up| u32::from(up == 0)).collect();
    Some(Alone::of(&whole.chain, &is_down, &whole.initial))
}

/// A part of a structure as a chain. The label of a state is how many of what it counts for are up.
type Module = Lumped<u32>;

fn module(parts: &Parts, node: &Node, states_max: usize) -> Option<Module> {
    match node {
        Node::Leaf(..) | Node::Each(..) => {
            let part = parts.parts_of(&[node]).next()?;
            Some(of_part(parts, part, &[node]))
        }
        Node::Soft(_) => Some(Module {
            chain: Chain::new(1, Vec::new()),
            labels: vec![1],
            marks: vec![0],
            initial: vec![1.0],
        }),
        Node::AtLeast(k, children) => {
            let mut whole: Option<Module> = None;
            for together in sharing(parts, children) {
                let next = match *together.as_slice() {
                    [child] => module(parts, child, states_max)?,
                    _ => {
                        let mut named = parts.parts_of(&together);
                        let part = named.next()?;
                        if named.next().is_some() {
                            return None;
                        }
                        of_part(parts, part, &together)
                    }
                };
                whole = Some(match whole {
                    None => next,
                    Some(before) => product(&before, &next, states_max)?,
                });
            }
            let whole = whole?;
            let labels = whole.labels.iter();
            let is_up = labels.map(|&up| u32::from(up as usize >= *k)).collect();
            Some(lumped(whole.chain, is_up, &whole.initial))
        }
    }
}

/// Children in sets that name the same parts.
fn sharing<'n>(parts: &Parts, children: &'n [Node]) -> Vec<Vec<&'n Node>> {
    let mut sets: Vec<(Vec<usize>, Vec<&Node>)> = Vec::new();
    for child in children {
        let mut named: Vec<usize> = parts.parts_of(&[child]).collect();
        let mut nodes = vec![child];
        let meets = |(other, _): &mut (Vec<usize>, Vec<&Node>)| {
            other.iter().any(|part| named.contains(part))
        };
        let met: Vec<(Vec<usize>, Vec<&Node>)> = sets.extract_if(.., meets).collect();
        for (other, before) in met.into_iter().rev() {
            named.extend(other);
            nodes.splice(0..0, before);
        }
        sets.push((named, nodes));
    }
    sets.into_iter().map(|(_, nodes)| nodes).collect()
}

/// The chain of one part, with how many of some nodes are up that depend on it alone.
fn of_part(parts: &Parts, part: usize, nodes: &[&Node]) -> Module {
    let kind = parts.part(part);
    let up: Vec<u32> = (0..kind.patterns.len())
        .map(|pattern| {
            nodes
                .iter()
                .map(|node| parts.up_in(node, part, pattern))
                .sum()
        })
        .collect();
    let labels = kind.pattern_of.iter();
    let labels = labels.map(|&pattern| up[pattern as usize]).collect();
    lumped(kind.chain.clone(), labels, &kind.initial)
}

/// Two chains that know nothing of each other.
fn product(one: &Module, two: &Module, states_max: usize) -> Option<Module> {
    let (rows, width) = (one.chain.len(), two.chain.len());
    if rows.checked_mul(width)? > states_max {
        return None;
    }
    let at = |i: usize, j: usize| (i * width + j) as u32;
    let mut transitions = Vec::with_capacity(
        one.chain.transition_count() * width + two.chain.transition_count() * rows,
    );
    let (mut labels, mut initial) = (Vec::new(), Vec::new());
    for i in 0..rows {
        for j in 0..width {
            labels.push(one.labels[i] + two.labels[j]);
            initial.push(one.initial[i] * two.initial[j]);
            let first = one
                .chain
                .row(i)
                .map(|(to, rate)| (at(i, j), at(to, j), rate));
            let second = two
                .chain
                .row(j)
                .map(|(to, rate)| (at(i, j), at(i, to), rate));
            transitions.extend(first.chain(second));
        }
    }
    Some(lumped(
        Chain::new(rows * width, transitions),
        labels,
        &initial,
    ))
}

fn lumped(chain: Chain, labels: Vec<u32>, initial: &[f64]) -> Module {
    let (classes, count) = lumping(&chain, &labels);
    let mut module = Module {
        chain: chain.lumped(&classes, count),
        marks: vec![0; count],
        labels: vec![0; count],
        initial: vec![0.0; count],
    };
    for (state, &class) in classes.iter().enumerate() {
        module.labels[class as usize] = labels[state];
        module.marks[class as usize] = labels[state];
        module.initial[class as usize] += initial[state];
    }
    module
}

impl Parts {
    /// The parts that nodes name, each once.
    fn parts_of(&self, nodes: &[&Node]) -> impl Iterator<Item = usize> + use<> {
        let mut named = vec![0; self.part_count()];
        nodes.iter().for_each(|node| count_leaves(node, &mut named));
        (0..named.len()).filter(move |&part| named[part] > 0)
    }

    /// As how many up parts a node counts that depends on one part alone, in a pattern of that.
    fn up_in(&self, node: &Node, part: usize, pattern: usize) -> u32 {
        if let &Node::Each(_, at, seats) = node {
            let below = self.part(part).patterns[pattern][at].seats_below(seats, Level::Degraded);
            return (seats - below) as u32;
        }
        u32::from(!self.is_below(node, part, pattern, Level::Degraded))
    }
}
