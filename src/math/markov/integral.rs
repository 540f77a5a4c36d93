//! Integrals over time of what depends on where several chains are that know nothing of each other.
//!
//! The time is cut into panels, each into 32 parts, and integrated by Romberg's rule. Moments are dense
//! where things are fast: each panel is as long as all before it, as long as what happens in it allows. That
//! is seen by leaving out every other moment. What swings so fast that the moments of a panel miss it has
//! swung in an earlier panel of shorter parts, where leaving out moments showed it: then later ones are as
//! short, until it has faded.

use super::Chain;
use super::transient::{Matrix, by_uniformisation, doublings, matrix_cost, step_cost};

/// Parts of a panel.
const PARTS: usize = 32;
/// By which part of the whole integral that of a panel may change when every other moment is left out. With
/// all of them it is some digits better.
const AGREES: f64 = 1e-9;
/// Memory for the matrices of all chains, in bytes.
const BYTES_MAX: f64 = 2e9;

/// Integrals over a span of time of some functions of where chains are.
#[derive(Clone, Debug, PartialEq)]
pub struct Integrals {
    /// Of each function, its integral.
    pub wholes: Vec<f64>,
    /// Its value at the start.
    pub at_start: Vec<f64>,
    /// Its value at the end.
    pub at_end: Vec<f64>,
}

/// The integrals from 0 to `horizon` of the functions that `at` tells from the probabilities of the states
/// of each chain, which are never negative. Of each chain its probabilities at the start are given. `None`
/// if that takes more than about `multiplications_max` multiplications for one chain.
pub fn integrals(
    chains: &[(&Chain, &[f64])],
    horizon: f64,
    multiplications_max: f64,
    mut at: impl FnMut(&[&[f64]]) -> Vec<f64>,
) -> Option<Integrals> {
    let paces = chains.iter().map(|(chain, _)| chain.total_max());
    let doublings = doublings(paces.fold(0.0, f64::max) * horizon);
    if doublings >= u64::BITS {
        return None;
    }
    let span = Span {
        step: horizon / f64::from(doublings).exp2() / PARTS as f64,
        panels: 1 << doublings,
    };
    let bytes_max = BYTES_MAX / chains.len().max(1) as f64;
    let mut walkers: Vec<Walker<'_>> = chains
        .iter()
        .map(|(chain, start)| {
            let bytes = 8.0 * f64::from(doublings + 1) * (chain.len() as f64).powi(2);
            let by_matrix = matrix_cost(chain, horizon) <= multiplications_max;
            Walker {
                chain,
                start,
                step: span.step,
                matrices: (by_matrix && bytes <= bytes_max).then(Vec::new),
                left: multiplications_max,
            }
        })
        .collect();
    let (found, gaps) = span.integrate(&mut walkers, &mut at, None)?;
    let mut pairs = gaps.iter().zip(&found.wholes);
    if pairs.all(|(gap, whole)| *gap <= AGREES * whole) {
        return Some(found);
    }
    let (found, _) = span.integrate(&mut walkers, &mut at, Some(&found.wholes))?;
    Some(found)
}

/// A span of time in panels of the shortest length.
struct Span {
    /// Length of a part of such a panel: 1/32 of the mean time between the fastest steps, or less.
    step: f64,
    panels: u64,
}

impl Span {
    /// The integrals, and the largest of how much that of a panel changes when every other moment is left
    /// out. Where it is known how large the integrals are, panels are made short enough.
    fn integrate(
        &self,
        walkers: &mut [Walker<'_>],
        at: &mut impl FnMut(&[&[f64]]) -> Vec<f64>,
        sizes: Option<&[f64]>,
    ) -> Option<(Integrals, Vec<f64>)> {
        let mut at = |now: &[Vec<f64>]| {
            let now: Vec<&[f64]> = now.iter().map(Vec::as_slice).collect();
            at(&now)
        };
        let mut now: Vec<Vec<f64>> = walkers.iter().map(|of| of.start.to_vec()).collect();
        let at_start = at(&now);
        let mut at_end = at_start.clone();
        let mut wholes = vec![0.0; at_start.len()];
        let mut gaps = wholes.clone();
        let (mut passed, mut level, mut has_failed) = (0, 0, false);
        while passed < self.panels {
            while 1 << level > self.panels - passed {
                level -= 1;
            }
            let mut then = now.clone();
            let mut values = vec![at_end.clone()];
            for _ in 0..PARTS {
                for (walker, then) in walkers.iter_mut().zip(&mut then) {
                    *then = walker.after(then, level)?;
                }
                values.push(at(&then));
            }
            let length = self.step * PARTS as f64 * f64::from(level).exp2();
            let panel = |skip: usize, of: usize| {
                let values: Vec<f64> = values.iter().step_by(skip).map(|at| at[of]).collect();
                length * romberg(&values)
            };
            let panels: Vec<f64> = (0..wholes.len()).map(|of| panel(1, of)).collect();
            let gaps_here: Vec<f64> = panels
                .iter()
                .enumerate()
                .map(|(of, fine)| (fine - panel(2, of)).abs())
                .collect();
            let agrees = |sizes: &[f64]| {
                let mut pairs = gaps_here.iter().zip(sizes);
                pairs.all(|(gap, size)| *gap <= AGREES * size)
            };
            // In a panel of the shortest length even the fastest rate does hardly anything.
            if level > 0 && sizes.is_some_and(|sizes| !agrees(sizes)) {
                level -= 1;
                has_failed = true;
                continue;
            }
            for of in 0..wholes.len() {
                wholes[of] += panels[of];
                gaps[of] = gaps[of].max(gaps_here[of]);
            }
            passed += 1 << level;
            // The first two are of the same length, so that each of the others is as long as all before it.
            if passed > 1 && !has_failed {
                level += 1;
            }
            has_failed = false;
            now = then;
            at_end = values.pop().expect("there are several moments");
        }
        let found = Integrals {
            wholes,
            at_start,
            at_end,
        };
        Some((found, gaps))
    }
}

/// A chain that goes on step by step.
struct Walker<'c> {
    chain: &'c Chain,
    start: &'c [f64],
    /// Length of a step of level 0; each level doubles it.
    step: f64,
    /// By level, as far as they have been needed; `None` where matrices would take too much.
    matrices: Option<Vec<Matrix>>,
    /// Multiplications that are left.
    left: f64,
}

impl Walker<'_> {
    fn after(&mut self, now: &[f64], level: u32) -> Option<Vec<f64>> {
        let Some(matrices) = &mut self.matrices else {
            let span = self.step * f64::from(level).exp2();
            self.left -= step_cost(self.chain, span);
            return Some(by_uniformisation(self.chain, now, span, self.left)?.at_end);
        };
        while matrices.len() <= level as usize {
            matrices.push(match matrices.last() {
                None => Matrix::of_step(self.chain, self.step),
                Some(last) => last.squared(),
            });
        }
        self.left -= (now.len() * now.len()) as f64;
        (self.left >= 0.0).then(|| matrices[level as usize].after(now))
    }
}

/// The mean of values at equal distances: the trapezium rule at each halving of the step, freed of one
/// power of it after the other (Romberg 1955).
fn romberg(values: &[f64]) -> f64 {
    let count = values.len() - 1;
    let mut means = Vec::new();
    let mut step = count;
    while step > 0 {
        let ends = (values[0] + values[count]) / 2.0;
        let inner: f64 = values[step..count].iter().step_by(step).sum();
        means.push((ends + inner) * step as f64 / count as f64);
        step /= 2;
    }
    let mut power = 1.0;
    while means.len() > 1 {
        power *= 4.0;
        means = means
            .windows(2)
            .map(|pair| (power * pair[1] - pair[0]) / (power - 1.0))
            .collect();
    }
    means[0]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::markov::tests::one_machine;
    use crate::math::markov::transient;

    fn close(found: f64, truth: f64, precision: f64) {
        assert!(
            (found - truth).abs() <= precision * truth.abs(),
            "{found:e} against {truth:e}"
        );
    }

    #[test]
    fn one_machine_over_many_time_scales() {
        for (chain, horizon, [down, at_end]) in one_machine() {
            let of = |states: &[&[f64]]| vec![states[0][1]];
            let start: &[f64] = &[1.0, 0.0];
            let found = integrals(&[(&chain, start)], horizon, 1e12, of).expect("enough");
            close(found.wholes[0], down, 1e-11);
            close(found.at_end[0], at_end, 1e-10);
            assert_eq!(found.at_start, [0.0]);
        }
    }

    /// A circle of phases, and how long it is in its first one: what swings for many rounds, against steps
    /// that are counted one by one.
    #[test]
    fn what_swings_is_followed() {
        for (phases, horizon) in [(200, 1e3), (200, 3e4), (40, 2e4), (1000, 7e3)] {
            let next = |at: u32| (at, (at + 1) % phases, 1.0);
            let chain = Chain::new(phases as usize, (0..phases).map(next).collect());
            let mut start = vec![0.0; phases as usize];
            start[0] = 1.0;
            let marks: Vec<u32> = (0..phases).map(|at| u32::from(at == 0)).collect();
            let truth = by_uniformisation(&chain, &start, horizon, 1e12).expect("enough");
            let plain = transient(&chain, &start, horizon, &marks, 1e12).expect("enough");
            close(plain.occupancy[0], truth.occupancy[0], 1e-9);
            let of = |states: &[&[f64]]| vec![states[0][0]];
            let found = integrals(&[(&chain, &start)], horizon, 1e12, of).expect("enough");
            close(found.wholes[0], truth.occupancy[0], 1e-9);
            close(found.at_end[0], truth.at_end[0], 1e-9);
        }
    }

    /// Too much work is refused: what swings through thousands of rounds would take as many panels.
    #[test]
    fn too_many_rounds_are_refused() {
        const PHASES: u32 = 1000;
        let next = |at: u32| (at, (at + 1) % PHASES, 1.0);
        let chain = Chain::new(PHASES as usize, (0..PHASES).map(next).collect());
        let mut start = vec![0.0; PHASES as usize];
        start[0] = 1.0;
        let of = |states: &[&[f64]]| vec![states[0][0]];
        let cost = matrix_cost(&chain, 1e6);
        assert_eq!(integrals(&[(&chain, &start)], 1e6, cost, of), None);
    }
}
