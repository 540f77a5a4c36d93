//! Where a chain is at a moment, and how long it has been in each state until then.
//!
//! Rates of seconds beside missions of years are the rule, so steps of the size of the fastest rate
//! are out of the question. A small chain goes by doubling: a matrix of transition probabilities for
//! a time, squared, is the matrix for twice the time, and a mission is some 25 squarings away from
//! the fastest rate. All entries are sums of products of probabilities, and rows are made to add up
//! to 1 after each squaring, which keeps the error of rounding from doubling with the time. A larger
//! chain goes by uniformisation (Jensen 1953), until it has come to rest, and one that would take too many
//! steps by the inversion of its Laplace transform, unless it is found to oscillate.

use super::Chain;
use super::inversion::{by_inversion, oscillates, scan_count};

/// A chain at the end of a span of time.
#[derive(Clone, Debug, PartialEq)]
pub struct Transient {
    /// Probability of each state at the end.
    pub at_end: Vec<f64>,
    /// Mean time spent in each state.
    pub occupancy: Vec<f64>,
    /// Largest relative difference from what a second path of inversion says of a mark; 0 for methods
    /// that need no such check.
    pub difference: f64,
}

/// Largest number of states for which matrices are squared.
const MATRIX_LEN_MAX: usize = 1500;
/// Uniformisation takes blocks of so many mean steps.
const BLOCK: f64 = 256.0;
/// A chain rests when its distribution has changed by less than this ratio while its age doubled.
const REST: f64 = 1e-12;

/// What two paths of inversion may differ by.
const DIFFERENCE_MAX: f64 = 1e-7;
/// Multiplications that an inversion takes for each rate, about.
const INVERSION: f64 = 500.0;

/// Where the chain is after `horizon`, from the probabilities at the start; `None` if that takes more
/// than about `multiplications_max` multiplications. The sum over the states of each mark is precise
/// relative to itself.
pub fn transient(
    chain: &Chain,
    initial: &[f64],
    horizon: f64,
    marks: &[u32],
    multiplications_max: f64,
) -> Option<Transient> {
    let matrix_cost = matrix_cost(chain, horizon);
    let step_cost = step_cost(chain, horizon);
    if matrix_cost <= multiplications_max && matrix_cost <= step_cost {
        return Some(by_doubling(chain, initial, horizon));
    }
    let cost_max = step_cost.min(multiplications_max);
    let inversion_cost = INVERSION * chain.transition_count() as f64;
    if inversion_cost < cost_max {
        let scans = scan_count(chain, horizon);
        if inversion_cost * f64::from(1 + scans) < cost_max
            && let Some(found) = by_inversion(chain, initial, horizon, marks)
            && found.difference <= DIFFERENCE_MAX
            && !oscillates(chain, initial, horizon, marks, &found, scans)
        {
            return Some(found);
        }
    }
    by_uniformisation(chain, initial, horizon, multiplications_max)
}

pub(super) fn matrix_cost(chain: &Chain, horizon: f64) -> f64 {
    if chain.len() > MATRIX_LEN_MAX {
        return f64::INFINITY;
    }
    let len = chain.len() as f64;
    // Rows are added up some four numbers at a time.
    (f64::from(doublings(chain.total_max() * horizon)) + 4.0) * len * len * len / 4.0
}

pub(super) fn step_cost(chain: &Chain, horizon: f64) -> f64 {
    let steps = (chain.total_max() * horizon).max(BLOCK) * 1.3;
    steps * (chain.transition_count() + chain.len()) as f64
}

/// How often a span of one mean step must be doubled to reach that many steps.
pub(super) fn doublings(steps: f64) -> u32 {
    let mut count = 0;
    while steps > f64::from(count).exp2() {
        count += 1;
    }
    count
}

fn by_doubling(chain: &Chain, initial: &[f64], horizon: f64) -> Transient {
    let count = doublings(chain.total_max() * horizon);
    let step = horizon / f64::from(count).exp2();
    // The time spent until 2^k steps is (1 + P)(1 + P^2)(1 + P^4)... of that until the first.
    let mut at_end = initial.to_vec();
    let mut reached = initial.to_vec();
    if count > 0 {
        let mut matrix = Matrix::of_step(chain, step);
        for doubling in 0..count {
            let further = matrix.after(&reached);
            reached
                .iter_mut()
                .zip(further)
                .for_each(|(sum, more)| *sum += more);
            if doubling + 1 < count {
                matrix = matrix.squared();
            }
        }
        at_end = matrix.after(&matrix.after(&at_end));
    }
    let first = uniformised(chain, &reached, step);
    if count == 0 {
        at_end = first.at_end;
    }
    Transient {
        at_end,
        occupancy: first.occupancy,
        difference: 0.0,
    }
}

/// In blocks of steps, until the chain rests: then it stays as it is, but for what is absorbed at a
/// constant rate. `None` if it has not come to rest within the multiplications allowed.
pub(super) fn by_uniformisation(
    chain: &Chain,
    initial: &[f64],
    horizon: f64,
    multiplications_max: f64,
) -> Option<Transient> {
    let blocks = (chain.total_max() * horizon / BLOCK).ceil().max(1.0);
    let blocks_max = multiplications_max / step_cost(chain, horizon / blocks);
    let step = horizon / blocks;
    let mut now = initial.to_vec();
    let mut occupancy = vec![0.0; chain.len()];
    let mut checked = now.clone();
    let mut check_at = 1;
    for block in 1..=blocks as u64 {
        if block as f64 > blocks_max {
            return None;
        }
        let next = uniformised(chain, &now, step);
        now = next.at_end;
        occupancy
            .iter_mut()
            .zip(next.occupancy)
            .for_each(|(sum, more)| *sum += more);
        if block == check_at {
            check_at *= 2;
            if rests(chain, &checked, &now) {
                let rest = (blocks - block as f64) * step;
                stay(chain, &mut now, &mut occupancy, rest);
                break;
            }
            checked.clone_from(&now);
        }
    }
    Some(Transient {
        at_end: now,
        occupancy,
        difference: 0.0,
    })
}

/// Whether the distribution over the states that can be left has kept its shape.
fn rests(chain: &Chain, before: &[f64], now: &[f64]) -> bool {
    let is_left = |&state: &usize| chain.total(state) > 0.0;
    let alive = |at: &[f64]| {
        (0..chain.len())
            .filter(is_left)
            .map(|state| at[state])
            .sum::<f64>()
    };
    let ratio = alive(before) / alive(now);
    (0..chain.len())
        .filter(is_left)
        .all(|state| (before[state] - ratio * now[state]).abs() <= REST * before[state])
}

/// Lets a distribution that rests go on for a time: what is absorbed goes at a constant rate.
fn stay(chain: &Chain, now: &mut [f64], occupancy: &mut [f64], rest: f64) {
    let mut absorbed = vec![0.0; chain.len()];
    let mut alive = 0.0;
    for state in (0..chain.len()).filter(|&state| chain.total(state) > 0.0) {
        alive += now[state];
        for (to, rate) in chain.row(state) {
            if chain.total(to) == 0.0 {
                absorbed[to] += now[state] * rate;
            }
        }
    }
    let pace: f64 = absorbed.iter().sum::<f64>() / alive.max(f64::MIN_POSITIVE);
    let x = pace * rest;
    let left = libm::exp(-x);
    // (1 - exp(-x)) / x, and the part of the rest after absorption, without cancellation.
    let (mean, after) = if x < 1e-5 {
        (1.0 - x / 2.0 + x * x / 6.0, 0.5 - x / 6.0)
    } else {
        let mean = -libm::expm1(-x) / x;
        (mean, (1.0 - mean) / x)
    };
    for state in 0..chain.len() {
        if chain.total(state) > 0.0 {
            occupancy[state] += now[state] * rest * mean;
            now[state] *= left;
        } else {
            occupancy[state] += now[state] * rest + absorbed[state] * rest * rest * after;
            now[state] += absorbed[state] * rest * mean;
        }
    }
}

/// A short span by Jensen's series: the number of steps is a Poisson variate.
fn uniformised(chain: &Chain, initial: &[f64], span: f64) -> Transient {
    let pace = chain.total_max();
    let len = chain.len();
    if pace == 0.0 {
        return Transient {
            at_end: initial.to_vec(),
            occupancy: initial.iter().map(|at| at * span).collect(),
            difference: 0.0,
        };
    }
    let mean = pace * span;
    let mut term = initial.to_vec();
    let (mut at_end, mut occupancy) = (vec![0.0; len], vec![0.0; len]);
    let mut weight = libm::exp(-mean);
    // Probability of more steps than so far: the upper tail, which needs no more digits than the
    // probabilities that it weighs.
    let mut more = -libm::expm1(-mean);
    let mut count = 0.0;
    loop {
        // What has just been reached for the first time is small, and no rounding.
        let mut is_settled = true;
        for state in 0..len {
            let part = weight * term[state];
            at_end[state] += part;
            occupancy[state] += more * term[state];
            is_settled &= part <= at_end[state] * 1e-17;
        }
        count += 1.0;
        weight *= mean / count;
        more = if count > mean {
            // Beyond the mean the tail is summed by itself, as differences run out of digits.
            poisson_tail(mean, count, weight)
        } else {
            more - weight
        };
        if count > mean && is_settled {
            break;
        }
        let mut next = vec![0.0; len];
        for state in 0..len {
            let at = term[state];
            if at == 0.0 {
                continue;
            }
            next[state] += at * (1.0 - chain.total(state) / pace);
            let pace_of_state = at / pace;
            for (to, rate) in chain.row(state) {
                next[to] += pace_of_state * rate;
            }
        }
        term = next;
    }
    occupancy.iter_mut().for_each(|time| *time /= pace);
    Transient {
        at_end,
        occupancy,
        difference: 0.0,
    }
}

/// Probability that a Poisson variate exceeds `count`, from the probability of `count`.
fn poisson_tail(mean: f64, count: f64, weight: f64) -> f64 {
    let (mut term, mut sum, mut at) = (weight, 0.0, count);
    loop {
        at += 1.0;
        term *= mean / at;
        sum += term;
        if term <= sum * 1e-17 || term == 0.0 {
            return sum;
        }
    }
}

/// Transition probabilities over a span of time, row by row.
pub(super) struct Matrix {
    len: usize,
    entries: Vec<f64>,
}

impl Matrix {
    /// The matrix for a span of about one mean step.
    pub(super) fn of_step(chain: &Chain, span: f64) -> Matrix {
        let len = chain.len();
        let mut entries = Vec::with_capacity(len * len);
        let mut initial = vec![0.0; len];
        for state in 0..len {
            initial[state] = 1.0;
            entries.extend(uniformised(chain, &initial, span).at_end);
            initial[state] = 0.0;
        }
        let mut matrix = Matrix { len, entries };
        matrix.add_up();
        matrix
    }

    /// Makes each row add up to 1.
    fn add_up(&mut self) {
        for row in self.entries.chunks_exact_mut(self.len) {
            let sum: f64 = row.iter().sum();
            row.iter_mut().for_each(|entry| *entry /= sum);
        }
    }

    /// The matrix for twice the time.
    pub(super) fn squared(&self) -> Matrix {
        let mut matrix = self.times(self);
        matrix.add_up();
        matrix
    }

    pub(super) fn zero(len: usize) -> Matrix {
        Matrix {
            len,
            entries: vec![0.0; len * len],
        }
    }

    pub(super) fn set_row(&mut self, row: usize, entries: &[f64]) {
        self.entries[row * self.len..(row + 1) * self.len].copy_from_slice(entries);
    }

    pub(super) fn times(&self, other: &Matrix) -> Matrix {
        let len = self.len;
        let mut product = Matrix::zero(len);
        let rows = self.entries.chunks_exact(len);
        for (row, sums) in rows.zip(product.entries.chunks_exact_mut(len)) {
            for (&weight, other) in row.iter().zip(other.entries.chunks_exact(len)) {
                if weight != 0.0 {
                    sums.iter_mut()
                        .zip(other)
                        .for_each(|(sum, entry)| *sum += weight * entry);
                }
            }
        }
        product
    }

    pub(super) fn plus(mut self, other: &Matrix) -> Matrix {
        let pairs = self.entries.iter_mut().zip(&other.entries);
        pairs.for_each(|(entry, other)| *entry += other);
        self
    }

    /// What a value at the end is worth in each state, the span before.
    pub(super) fn applied(&self, values: &[f64]) -> Vec<f64> {
        let rows = self.entries.chunks_exact(self.len);
        rows.map(|row| {
            row.iter()
                .zip(values)
                .map(|(entry, value)| entry * value)
                .sum()
        })
        .collect()
    }

    /// A distribution, the span later.
    pub(super) fn after(&self, initial: &[f64]) -> Vec<f64> {
        let mut sums = vec![0.0; self.len];
        for (&weight, row) in initial.iter().zip(self.entries.chunks_exact(self.len)) {
            if weight != 0.0 {
                sums.iter_mut()
                    .zip(row)
                    .for_each(|(sum, entry)| *sum += weight * entry);
            }
        }
        sums
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::markov::tests::{machines, one_machine};

    fn close(found: f64, truth: f64, precision: f64) {
        assert!(
            (found - truth).abs() <= precision * truth.abs(),
            "{found:e} against {truth:e}"
        );
    }

    #[test]
    fn one_machine_over_many_time_scales() {
        for (chain, horizon, [down, at_end]) in one_machine() {
            for found in [
                by_doubling(&chain, &[1.0, 0.0], horizon),
                by_uniformisation(&chain, &[1.0, 0.0], horizon, 1e12).expect("enough"),
            ] {
                close(found.at_end[1], at_end, 1e-10);
                close(found.occupancy[1], down, 1e-10);
            }
        }
    }

    /// The probability of having been in a rare state, however small: doubling and uniformisation,
    /// which share nothing, agree.
    #[test]
    fn rare_ends_keep_their_digits() {
        let chain = machines(6, 1e-4, 0.25, 2).ending(|down| down == 5);
        let mut initial = vec![0.0; chain.len()];
        initial[0] = 1.0;
        let horizon = 2000.0;
        let (one, two) = (
            by_doubling(&chain, &initial, horizon),
            by_uniformisation(&chain, &initial, horizon, 1e12).expect("enough"),
        );
        assert!(one.at_end[7] < 1e-9 && one.at_end[7] > 0.0);
        for state in 0..chain.len() {
            close(one.at_end[state], two.at_end[state], 1e-10);
            close(one.occupancy[state], two.occupancy[state], 1e-10);
        }
        let total: f64 = one.occupancy.iter().sum();
        close(total, horizon, 1e-12);
    }

    /// A life of 200 phases in a circle comes round more and more irregularly. It is in its first phase
    /// when a Poisson variate is a multiple of 200, and after 8 rounds that is still eight times as
    /// likely at some moments as at others. Both paths of an inversion miss that, and agree.
    #[test]
    fn what_oscillates_is_not_inverted() {
        const PHASES: u32 = 200;
        let next = |at: u32| (at, (at + 1) % PHASES, 1.0);
        let chain = Chain::new(PHASES as usize, (0..PHASES).map(next).collect());
        let mut initial = vec![0.0; chain.len()];
        initial[0] = 1.0;
        let marks: Vec<u32> = (0..PHASES).map(|at| u32::from(at == 0)).collect();
        let mut misled = 0;
        for horizon in [200.0, 500.0, 800.0, 1300.0, 1600.0, 1700.0, 6000.0] {
            let pmf = |count: f64| {
                libm::exp(count * libm::log(horizon) - horizon - libm::lgamma(count + 1.0))
            };
            let rounds = (0..60).map(|round| f64::from(PHASES * round));
            let truth: f64 = rounds.map(pmf).sum();
            let inverted = by_inversion(&chain, &initial, horizon, &marks).expect("it settles");
            let is_wrong = (inverted.at_end[0] / truth - 1.0).abs() > 1e-6;
            misled += u32::from(is_wrong && inverted.difference <= DIFFERENCE_MAX);
            let found = transient(&chain, &initial, horizon, &marks, 1e9).expect("it is small");
            close(found.at_end[0], truth, 1e-10);
        }
        assert!(misled >= 3, "the second path has seen all but {misled}");
    }

    #[test]
    fn nothing_happens_without_rates() {
        let chain = Chain::new(2, Vec::new());
        let found = transient(&chain, &[0.25, 0.75], 10.0, &[0; 2], 1e6).expect("nothing to do");
        assert_eq!(found.at_end, [0.25, 0.75]);
        assert_eq!(found.occupancy, [2.5, 7.5]);
    }
}
