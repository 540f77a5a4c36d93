//! Whether a chain runs backward as it runs forward.
//!
//! Where the flow between any two states is the same in both directions, for suitable weights of the states,
//! the rates are those of a symmetric matrix in disguise: all eigenvalues are real, and nothing oscillates
//! (Kolmogorov 1936). Units that share no repairer are so, and queues; a failover, which is never undone
//! step by step, is not. States that are never left are no part of it: what is lost to them only fades.

use super::Chain;

/// A bound of how fast anything in a chain oscillates, in radians per unit of time: the part of the rates
/// that is not symmetric. Infinite if a state leads to another that does not lead back.
pub(super) fn frequency_max(chain: &Chain) -> f64 {
    let Some(ln_weights) = ln_weights(chain) else {
        return f64::INFINITY;
    };
    let (mut skew, mut pairs, mut edges) = (0.0_f64, 0_usize, 0_usize);
    for from in (0..chain.len()).filter(|&state| chain.total(state) > 0.0) {
        for (to, rate) in chain.row(from) {
            if chain.total(to) == 0.0 {
                continue;
            }
            edges += 1;
            if from < to
                && let Some(back) = chain.rate(to, from)
            {
                pairs += 1;
                let ratio = rate / back * libm::exp(ln_weights[from] - ln_weights[to]);
                skew = skew.max((ratio - 1.0).abs()).max((1.0 / ratio - 1.0).abs());
            }
        }
    }
    if edges == 2 * pairs {
        skew * chain.total_max() / 2.0
    } else {
        f64::INFINITY
    }
}

/// Logarithms of weights with which the flows along a tree are the same in both directions; `None` if
/// there are none.
fn ln_weights(chain: &Chain) -> Option<Vec<f64>> {
    let mut ln_weights = vec![f64::NAN; chain.len()];
    let mut open = Vec::new();
    for root in (0..chain.len()).filter(|&state| chain.total(state) > 0.0) {
        if ln_weights[root].is_nan() {
            ln_weights[root] = 0.0;
            open.push(root);
        }
        while let Some(from) = open.pop() {
            for (to, rate) in chain.row(from) {
                if chain.total(to) > 0.0 && ln_weights[to].is_nan() {
                    let back = chain.rate(to, from)?;
                    ln_weights[to] = ln_weights[from] + libm::log(rate / back);
                    open.push(to);
                }
            }
        }
    }
    Some(ln_weights)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::markov::tests::machines;

    #[test]
    fn what_is_born_and_dies_does_not_oscillate() {
        let chain = machines(40, 1e-4, 0.25, 2);
        assert!(frequency_max(&chain) <= 1e-12);
        assert!(frequency_max(&chain.ending(|down| down == 7)) <= 1e-12);
    }

    /// Three states in a circle, a little faster in one direction: the eigenvalues are known.
    #[test]
    fn a_circle_oscillates_by_what_its_directions_differ() {
        for excess in [0.0, 1e-6, 0.1, 1.0] {
            let (one, other) = (1.0 + excess, 1.0);
            let around = |at: u32| [(at, (at + 1) % 3, one), (at, (at + 2) % 3, other)];
            let chain = Chain::new(3, (0..3).flat_map(around).collect());
            let frequency = excess * libm::sqrt(3.0) / 2.0;
            let bound = frequency_max(&chain);
            assert!(bound >= frequency, "{bound:e} is less than {frequency:e}");
            // The weights of a tree put all of the difference into one pair.
            assert!(bound <= 20.0 * frequency + 1e-14, "{bound:e} {frequency:e}");
        }
    }

    #[test]
    fn what_does_not_lead_back_may_oscillate() {
        let next = |at: u32| (at, (at + 1) % 5, 1.0);
        let circle = Chain::new(5, (0..5).map(next).collect());
        assert_eq!(frequency_max(&circle), f64::INFINITY);
        let chain = Chain::new(4, vec![(0, 1, 1.0), (1, 2, 1.0), (2, 1, 1.0), (2, 3, 1.0)]);
        assert_eq!(frequency_max(&chain), f64::INFINITY);
    }
}
