//! Markov chains in continuous time: where they are in the long run, where they are at a moment,
//! and how long they take to get somewhere.
//!
//! What matters in high availability are the tiny probabilities, so nothing here subtracts: the long
//! run and the passage times come from eliminating states one by one (Grassmann, Taksar and Heyman
//! 1985), and a distribution at a moment from matrices without a negative entry. An unavailability
//! of 1e-15 has as many correct digits as one of 0.1.
//!
//! A [`Chain`] is a table of rates. It knows nothing about what its states mean.

mod complex;
mod elimination;
mod integral;
mod inversion;
mod levels;
mod lumping;
mod recurrence;
mod reversal;
mod sojourn;
mod sparse;
mod transient;
mod variance;

pub use elimination::{Stationary, long_run, mean_time_to};
pub use integral::{Integrals, integrals};
pub use lumping::lumping;
pub use recurrence::goes_on;
pub use sojourn::{Inverted, Sojourn};
pub use transient::{Transient, transient};
pub use variance::variance_of_time_in;

/// The rates between the states of a Markov chain, in rows without a diagonal.
#[derive(Clone, Debug, PartialEq)]
pub struct Chain {
    // Invariant: one more than there are states, increasing.
    starts: Vec<usize>,
    // Invariant: each row in increasing order and without its own state; rates positive, finite.
    targets: Vec<u32>,
    rates: Vec<f64>,
    totals: Vec<f64>,
}

impl Chain {
    /// The chain of `len` states with these rates from one state to another, per unit of time. Rates
    /// between the same two states add up; those from a state to itself and zeros are dropped.
    pub fn new(len: usize, mut transitions: Vec<(u32, u32, f64)>) -> Chain {
        transitions.retain(|&(from, to, rate)| from != to && rate > 0.0);
        transitions.sort_by_key(|&(from, to, _)| (from, to));
        let mut chain = Chain {
            starts: Vec::with_capacity(len + 1),
            targets: Vec::with_capacity(transitions.len()),
            rates: Vec::with_capacity(transitions.len()),
            totals: vec![0.0; len],
        };
        let mut previous = None;
        for (from, to, rate) in transitions {
            assert!(rate.is_finite(), "a rate is finite");
            while chain.starts.len() <= from as usize {
                chain.starts.push(chain.targets.len());
            }
            if previous == Some((from, to)) {
                *chain.rates.last_mut().expect("there is a previous rate") += rate;
            } else {
                chain.targets.push(to);
                chain.rates.push(rate);
            }
            chain.totals[from as usize] += rate;
            previous = Some((from, to));
        }
        while chain.starts.len() <= len {
            chain.starts.push(chain.targets.len());
        }
        chain
    }

    /// Number of states.
    pub fn len(&self) -> usize {
        self.totals.len()
    }

    /// Whether there is no state.
    pub fn is_empty(&self) -> bool {
        self.totals.is_empty()
    }

    /// Number of pairs of states with a rate between them.
    pub fn transition_count(&self) -> usize {
        self.targets.len()
    }

    /// Where a state leads to, and at which rates.
    pub fn row(&self, state: usize) -> impl Iterator<Item = (usize, f64)> + '_ {
        let range = self.starts[state]..self.starts[state + 1];
        self.targets[range.clone()]
            .iter()
            .zip(&self.rates[range])
            .map(|(&to, &rate)| (to as usize, rate))
    }

    /// The rate from a state to another, if there is one.
    fn rate(&self, from: usize, to: usize) -> Option<f64> {
        let range = self.starts[from]..self.starts[from + 1];
        let at = self.targets[range.clone()].binary_search(&(to as u32));
        Some(self.rates[range][at.ok()?])
    }

    /// The rate at which a state is left.
    pub fn total(&self, state: usize) -> f64 {
        self.totals[state]
    }

    /// The largest rate at which a state is left.
    pub fn total_max(&self) -> f64 {
        self.totals.iter().copied().fold(0.0, f64::max)
    }

    /// The chain of the classes of states of a lumping: see [`lumping()`].
    pub fn lumped(&self, classes: &[u32], class_count: usize) -> Chain {
        let mut is_known = vec![false; class_count];
        let mut transitions = Vec::new();
        for state in 0..self.len() {
            let class = classes[state];
            if !std::mem::replace(&mut is_known[class as usize], true) {
                let row = self.row(state);
                transitions.extend(row.map(|(to, rate)| (class, classes[to], rate)));
            }
        }
        Chain::new(class_count, transitions)
    }

    /// The chain that stays for ever once it has come to a state for which `is_end` holds: all these
    /// become the last state, one more than before, and are no longer left.
    pub fn ending(&self, is_end: impl Fn(usize) -> bool) -> Chain {
        let len = self.len();
        let mut transitions = Vec::with_capacity(self.transition_count());
        for from in (0..len).filter(|&from| !is_end(from)) {
            for (to, rate) in self.row(from) {
                let to = if is_end(to) { len } else { to };
                transitions.push((from as u32, to as u32, rate));
            }
        }
        Chain::new(len + 1, transitions)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Failures at rate `fail` each while up, repairs at rate `repair` by `crews`: the state is how
    /// many of `units` are down.
    pub(crate) fn machines(units: u32, fail: f64, repair: f64, crews: u32) -> Chain {
        let mut transitions = Vec::new();
        for down in 0..units {
            transitions.push((down, down + 1, f64::from(units - down) * fail));
            transitions.push((down + 1, down, f64::from((down + 1).min(crews)) * repair));
        }
        Chain::new(units as usize + 1, transitions)
    }

    /// A machine that is new at 0, over many scales of time: its chain, the mission, and how long it is down
    /// in that and how probably at its end: f/(f + r) (1 - exp(-(f + r) t)) at t.
    pub(crate) fn one_machine() -> impl Iterator<Item = (Chain, f64, [f64; 2])> {
        let cases = [
            (1e-3, 0.25, 1.0),
            (1e-3, 0.25, 1e5),
            (1e-12, 3600.0, 1e5),
            (1e-9, 1e-2, 50.0),
            (2.0, 3.0, 1e-9),
        ];
        cases.into_iter().map(|(fail, repair, mission)| {
            let pace = fail + repair;
            let x = pace * mission;
            let faded = -libm::expm1(-x);
            // 1 - (1 - exp(-x)) / x by its series where it would cancel.
            let share = if x < 1e-4 {
                x / 2.0 - x * x / 6.0
            } else {
                1.0 - faded / x
            };
            let down = [fail / pace * mission * share, fail / pace * faded];
            (machines(1, fail, repair, 1), mission, down)
        })
    }

    #[test]
    fn rates_between_the_same_states_add_up() {
        let chain = Chain::new(3, vec![(2, 0, 1.0), (0, 1, 2.0), (2, 0, 0.5), (1, 1, 9.0)]);
        assert_eq!(chain.row(2).collect::<Vec<_>>(), [(0, 1.5)]);
        assert_eq!(chain.row(1).count(), 0);
        assert_eq!((chain.total(0), chain.total(2), chain.len()), (2.0, 1.5, 3));
    }

    #[test]
    fn an_ending_chain_has_one_more_state() {
        let chain = machines(3, 1.0, 10.0, 1).ending(|down| down >= 2);
        assert_eq!(chain.len(), 5);
        assert_eq!(chain.row(1).collect::<Vec<_>>(), [(0, 10.0), (4, 2.0)]);
        assert_eq!(chain.row(2).count() + chain.row(4).count(), 0);
    }
}
