//! The mean and the variance of the time that a chain spends in some of its states by the end of a span.
//!
//! The mean square is that of two moments inside, one after the other. A small chain goes by doubling, with
//! a matrix of the time inside beside that of the probabilities; all entries are sums of products of
//! positive numbers. A larger one goes by the inversion of the Laplace transform.

use super::Chain;
use super::inversion::{by_inversion, moments_by_inversion, oscillates, scan_count};
use super::transient::{Matrix, doublings, matrix_cost};

/// Multiplications that the inversions take for each rate, about.
const INVERSIONS: f64 = 10_000.0;

/// The variance of the time spent in states for which `is_inside` holds, from the probabilities at the start
/// until `horizon`; `None` if that takes more than about `multiplications_max` multiplications.
pub fn variance_of_time_in(
    chain: &Chain,
    initial: &[f64],
    is_inside: impl Fn(usize) -> bool,
    horizon: f64,
    multiplications_max: f64,
) -> Option<f64> {
    let (mean, half_square) = if 3.0 * matrix_cost(chain, horizon) <= multiplications_max {
        by_doubling(chain, initial, &is_inside, horizon)
    } else if INVERSIONS * chain.transition_count() as f64 <= multiplications_max {
        let marks: Vec<u32> = (0..chain.len())
            .map(|state| u32::from(is_inside(state)))
            .collect();
        if !marks.contains(&1) {
            return Some(0.0);
        }
        let found = by_inversion(chain, initial, horizon, &marks)?;
        let scans = scan_count(chain, horizon);
        if oscillates(chain, initial, horizon, &marks, &found, scans) {
            return None;
        }
        moments_by_inversion(chain, initial, horizon, &marks)?
    } else {
        return None;
    };
    Some((2.0 * half_square - mean * mean).max(0.0))
}

/// The mean, and half the mean square.
fn by_doubling(
    chain: &Chain,
    initial: &[f64],
    is_inside: &impl Fn(usize) -> bool,
    horizon: f64,
) -> (f64, f64) {
    let len = chain.len();
    let count = doublings(chain.total_max() * horizon);
    let step = horizon / libm::exp2(f64::from(count));
    let mut moves = Matrix::of_step(chain, step);
    // The time inside and where the chain is then, from each state; its mean, and half its mean square.
    let mut times = Matrix::zero(len);
    let (mut means, mut squares) = (Vec::with_capacity(len), Vec::with_capacity(len));
    for state in 0..len {
        let [time, square] = of_step(chain, state, is_inside, step);
        means.push(time.iter().sum());
        squares.push(square.iter().sum());
        times.set_row(state, &time);
    }
    for doubling in 0..count {
        let (more, later, twice) = (
            moves.applied(&means),
            moves.applied(&squares),
            times.applied(&means),
        );
        for state in 0..len {
            squares[state] += later[state] + twice[state];
            means[state] += more[state];
        }
        if doubling + 1 < count {
            times = moves.times(&times).plus(&times.times(&moves));
            moves = moves.squared();
        }
    }
    let mean_of = |values: &[f64]| -> f64 {
        let values = values.iter().zip(initial);
        values.map(|(value, start)| value * start).sum()
    };
    (mean_of(&means), mean_of(&squares))
}

/// Of a short span from a state: the time inside and half its square, by where the chain is then (Jensen).
fn of_step(
    chain: &Chain,
    start: usize,
    is_inside: &impl Fn(usize) -> bool,
    span: f64,
) -> [Vec<f64>; 2] {
    let len = chain.len();
    let pace = chain.total_max().max(1.0 / span);
    let mean = pace * span;
    let mut terms = [vec![0.0; len], vec![0.0; len], vec![0.0; len]];
    terms[0][start] = 1.0;
    let mut sums = [vec![0.0; len], vec![0.0; len]];
    let mut weight = libm::exp(-mean);
    let mut count = 0.0;
    while count < 60.0 {
        for (sum, term) in sums.iter_mut().zip(&terms[1..]) {
            sum.iter_mut()
                .zip(term)
                .for_each(|(sum, term)| *sum += weight * term);
        }
        let mut next = [vec![0.0; len], vec![0.0; len], vec![0.0; len]];
        for state in 0..len {
            for (term, next) in terms.iter().zip(&mut next) {
                let at = term[state];
                if at > 0.0 {
                    next[state] += at * (1.0 - chain.total(state) / pace);
                    for (to, rate) in chain.row(state) {
                        next[to] += at * (rate / pace);
                    }
                }
            }
            if is_inside(state) {
                next[1][state] += terms[0][state] / pace;
                next[2][state] += terms[1][state] / pace;
            }
        }
        terms = next;
        count += 1.0;
        weight *= mean / count;
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::markov::tests::machines;

    fn close(found: f64, truth: f64, precision: f64) {
        assert!(
            (found - truth).abs() <= precision * truth.abs(),
            "{found:e} against {truth:e}"
        );
    }

    /// One machine that starts up: with u its unavailability and k the sum of both rates, it is down at s
    /// and at t > s with probability u (1 - exp(-k s)) (u + (1 - u) exp(-k (t - s))), which is integrated.
    fn one_machine(fail: f64, repair: f64, horizon: f64) -> f64 {
        let (pace, u) = (fail + repair, fail / (fail + repair));
        let x = pace * horizon;
        let e = libm::exp(-x);
        let mean = u / pace * (x + libm::expm1(-x));
        // Over s < t: of u, of (1 - u) exp(-(t - s)), each with 1 and with exp(-s).
        let constant = u * (x * x / 2.0 - (x + libm::expm1(-x)));
        let fading = (1.0 - u) * ((x + libm::expm1(-x)) - (-libm::expm1(-x) - x * e));
        2.0 * u / (pace * pace) * (constant + fading) - mean * mean
    }

    #[test]
    fn both_ways_agree_with_one_machine() {
        for (fail, repair, horizon) in [
            (1.0 / 2000.0, 0.25, 8760.0),
            (1e-9, 0.25, 8760.0),
            (0.5, 2.0, 3.0),
            (1.0 / 2000.0, 3600.0, 8760.0),
        ] {
            let chain = machines(1, fail, repair, 1);
            let truth = one_machine(fail, repair, horizon);
            let initial = [1.0, 0.0];
            let (mean, half) = by_doubling(&chain, &initial, &|state| state == 1, horizon);
            close(2.0 * half - mean * mean, truth, 1e-10);
            let (mean, half) = moments_by_inversion(&chain, &initial, horizon, &[0, 1]).unwrap();
            close(2.0 * half - mean * mean, truth, 1e-9);
        }
    }

    /// Independent chains of several states: by doubling and by inversion, which share nothing.
    #[test]
    fn both_ways_agree_with_each_other() {
        let chain = machines(40, 1e-3, 0.25, 2);
        let mut initial = vec![0.0; chain.len()];
        initial[0] = 1.0;
        for least in [1, 3, 6] {
            let is_inside = |state: usize| state >= least;
            let marks: Vec<u32> = (0..chain.len())
                .map(|at| u32::from(is_inside(at)))
                .collect();
            let one = by_doubling(&chain, &initial, &is_inside, 8760.0);
            let other = moments_by_inversion(&chain, &initial, 8760.0, &marks).unwrap();
            close(one.0, other.0, 1e-9);
            close(one.1, other.1, 1e-9);
        }
    }
}
