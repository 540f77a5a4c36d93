//! What began the outages of a service, by a solved chain.
//!
//! An outage keeps the root with which it began. Where every state knows it, the chain tells all; where it is told
//! of each state apart, as with a service that is down because it serves too little, the chain is lived once more
//! with the root as a part of the state.

use std::collections::BTreeMap;

use super::measures::RootAnswer;
use crate::math::markov::{Chain, Transient};
use crate::model::Root;

/// A chain whose states tell what began the outage that goes on.
pub(super) struct Rooted {
    pub(super) chain: Chain,
    pub(super) initial: Vec<f64>,
    pub(super) marks: Vec<u32>,
    /// Of each state: what began the outage, if the service is down.
    roots: Vec<Option<Root>>,
}

impl Rooted {
    /// The chain in which each outage keeps its root, given what its beginning in each state would be.
    pub(super) fn of(
        chain: &Chain,
        initial: &[f64],
        marks: &[u32],
        fresh: &[Option<Root>],
    ) -> Rooted {
        let mut found = Found::default();
        for (state, root) in fresh.iter().enumerate() {
            found.number((state, *root));
        }
        let mut transitions = Vec::new();
        let mut next = 0;
        while let Some(&(state, root)) = found.states.get(next) {
            for (to, rate) in chain.row(state) {
                let kept = fresh[to].map(|began| root.unwrap_or(began));
                transitions.push((next as u32, found.number((to, kept)), rate));
            }
            next += 1;
        }
        let mut start = initial.to_vec();
        start.resize(found.states.len(), 0.0);
        Rooted {
            chain: Chain::new(found.states.len(), transitions),
            initial: start,
            marks: found
                .states
                .iter()
                .map(|&(state, _)| marks[state])
                .collect(),
            roots: found.states.iter().map(|&(_, root)| root).collect(),
        }
    }

    /// Whether it is no larger than the chain that it is made of.
    pub(super) fn is_plain(chain: &Chain, fresh: &[Option<Root>]) -> bool {
        (0..chain.len()).all(|from| {
            let before = fresh[from];
            let keeps = |(to, _): (usize, f64)| {
                before.is_none() || fresh[to].is_none() || before == fresh[to]
            };
            chain.row(from).all(keeps)
        })
    }

    /// The downtime and the outages of a mission by what began them, the most downtime first.
    pub(super) fn answers(&self, course: &Transient) -> Vec<RootAnswer> {
        sums(&self.chain, &self.initial, &self.roots, course)
    }
}

/// The same of a chain whose states tell what began each outage.
pub(super) fn sums(
    chain: &Chain,
    initial: &[f64],
    roots: &[Option<Root>],
    course: &Transient,
) -> Vec<RootAnswer> {
    let mut by_root: BTreeMap<Root, (f64, f64)> = BTreeMap::new();
    for (state, root) in roots.iter().enumerate() {
        let time = course.occupancy[state];
        match root {
            Some(root) => {
                let (down, outages) = by_root.entry(*root).or_default();
                *down += time;
                *outages += initial[state];
            }
            None => {
                for (to, rate) in chain.row(state) {
                    if let Some(root) = roots[to] {
                        by_root.entry(root).or_default().1 += time * rate;
                    }
                }
            }
        }
    }
    let answers = by_root.into_iter();
    let answers = answers.map(|(root, (down_s, outages))| RootAnswer {
        root,
        down_s,
        outages,
    });
    let mut answers: Vec<RootAnswer> = answers.filter(|of| of.outages > 0.0).collect();
    answers.sort_by(|a, b| b.down_s.total_cmp(&a.down_s));
    answers
}

/// States with their roots, in the order in which they were found.
#[derive(Default)]
struct Found {
    numbers: BTreeMap<(usize, Option<Root>), u32>,
    states: Vec<(usize, Option<Root>)>,
}

impl Found {
    fn number(&mut self, state: (usize, Option<Root>)) -> u32 {
        let next = self.states.len() as u32;
        *self.numbers.entry(state).or_insert_with(|| {
            self.states.push(state);
            next
        })
    }
}
