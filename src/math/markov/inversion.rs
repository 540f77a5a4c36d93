//! Where a large chain is at a moment, from its Laplace transform.
//!
//! The distribution at a time is an integral of resolvents along a path around all rates of the chain,
//! and some dozen points of a good path are enough for ten digits (Talbot 1979; Weideman 2006), however
//! many time scales there are. Each point is one system of linear equations, much like that of the
//! long run; all are solved together, so that a rate is read once for all of them. Values are kept
//! relative to how often a state is visited at all: then what is rare has as many digits as what is not.
//!
//! Two paths of different width are followed. What lies between them, an oscillation that has not faded,
//! shows as a difference. What lies beyond both is missed by both; but at some earlier moment it was
//! between them, so earlier moments are looked at until none is left that could matter: see [`oscillates`].

use super::Chain;
use super::complex::Complex;
use super::levels::{Level, Levels, PLAIN_SWEEPS, Watch, by_distance, settle};
use super::reversal::frequency_max;
use super::transient::Transient;

/// Points of the path that is believed, and of the one that it is compared with.
const POINTS: [usize; 2] = [24, 20];
/// Each point has one that is conjugate to it, which need not be solved.
const PAIRS: usize = (POINTS[0] + POINTS[1]) / 2;
/// Real parts, then imaginary parts.
const WIDTH: usize = 2 * PAIRS;
/// Relative precision of the sum of each mark.
const PRECISION: f64 = 1e-11;
/// Rounds after which nothing more is hoped for.
const ROUNDS_MAX: usize = 200;
/// Coarsest chains up to this size are solved directly.
const DIRECT_MAX: usize = 480;

/// A complex number for each point.
type Values = [f64; WIDTH];

/// What has faded by e to this power is gone.
const FADED: f64 = 20.0;
/// Where paths of 24 and of 20 points differ by 0.1 % of an oscillation, or more: while its phase is within
/// a factor of `SCAN` from this one on.
const SEEN_FROM: f64 = 4.0;
/// From one moment to the next one that is looked at.
const SCAN: f64 = 3.0;
/// Two paths that differ by less than this part of what is found at the end have seen no oscillation.
const UNSEEN: f64 = 1e-9;
/// Short steps that take the place of a long one, where they have; and by how much of what is found at the
/// end they may differ from it.
const STEPS: u32 = 6;
const MISSED: f64 = 1e-7;

/// How many earlier moments have to be looked at for an oscillation.
///
/// An eigenvalue of a chain that is left at the rate r at most is in the circle of radius r around -r. So an
/// oscillation of frequency w fades at w^2 / 2r at least, and one that is fast enough has faded. A chain
/// of n states has no oscillation that fades by less than 2 pi tan(pi / n) in a period (Dmitriev and
/// Dynkin 1945). And one that runs backward as it runs forward has none at all.
pub(super) fn scan_count(chain: &Chain, horizon: f64) -> u32 {
    let by_rate = libm::sqrt(2.0 * FADED * chain.total_max() * horizon);
    let by_size = FADED * chain.len() as f64 / std::f64::consts::PI;
    let mut phase = by_rate.min(by_size);
    if phase > SEEN_FROM * SCAN {
        phase = phase.min(frequency_max(chain) * horizon);
    }
    let mut count = 0;
    while phase > SEEN_FROM * SCAN {
        phase /= SCAN;
        count += 1;
    }
    count
}

/// Whether something oscillates beyond both paths after `horizon`, where `found` is what they agree on.
///
/// At an earlier moment its phase was less, and it had faded less: there the paths differ by what it was,
/// which is more than what it is. What fades fast makes them differ too; whether it does is seen when that
/// time is gone through in short steps, by which it could not be missed. `scans` is the [`scan_count`].
pub(super) fn oscillates(
    chain: &Chain,
    initial: &[f64],
    horizon: f64,
    marks: &[u32],
    found: &Transient,
    scans: u32,
) -> bool {
    let by_mark = |of: &[f64]| {
        let mut sums = vec![0.0; marks.iter().max().map_or(0, |&last| last as usize + 1)];
        for (value, &mark) in of.iter().zip(marks) {
            sums[mark as usize] += value;
        }
        sums
    };
    let at_end = by_mark(&found.at_end);
    let exceed = |gaps: &[f64], part: f64| {
        let mut pairs = gaps.iter().zip(&at_end);
        pairs.any(|(gap, at_end)| *gap > part * at_end)
    };
    let mut later = (horizon, by_mark(&found.at_end));
    for _ in 0..scans {
        let moment = later.0 / SCAN;
        let Some((at_moment, gaps)) = both_paths(chain, initial, moment, marks) else {
            return true;
        };
        if exceed(&gaps, UNSEEN) {
            let mut now = initial.to_vec();
            for _ in 0..STEPS {
                match by_inversion(chain, &now, later.0 / f64::from(STEPS), marks) {
                    Some(next) => now = next.at_end,
                    None => return true,
                }
            }
            let pairs = by_mark(&now).into_iter().zip(&later.1);
            let missed: Vec<f64> = pairs.map(|(one, other)| (one - other).abs()).collect();
            if exceed(&missed, MISSED) {
                return true;
            }
        }
        later = (moment, by_mark(&at_moment.at_end));
    }
    false
}

/// Where the chain is after `horizon`; `None` if the equations do not settle.
pub(super) fn by_inversion(
    chain: &Chain,
    initial: &[f64],
    horizon: f64,
    marks: &[u32],
) -> Option<Transient> {
    both_paths(chain, initial, horizon, marks).map(|(found, _)| found)
}

/// The same, and by how much the second path differs in the probability of each mark at the end.
fn both_paths(
    chain: &Chain,
    initial: &[f64],
    horizon: f64,
    marks: &[u32],
) -> Option<(Transient, Vec<f64>)> {
    let equations = Equations::new(chain, initial, horizon, marks)?;
    let values = equations.started(initial)?;
    let (one, other) = (equations.figures(&values, 0), equations.figures(&values, 1));
    let at_ends = one.iter().zip(&other).step_by(2);
    let gaps = at_ends.map(|(one, other)| (one - other).abs()).collect();
    let pairs = one.into_iter().zip(other);
    let difference = pairs
        .filter(|(one, _)| one.abs() >= f64::MIN_POSITIVE)
        .map(|(one, other)| ((one - other) / one).abs())
        .fold(0.0, f64::max);
    let mut transient = Transient {
        at_end: vec![0.0; chain.len()],
        occupancy: vec![0.0; chain.len()],
        difference,
    };
    for (value, &state) in values[1..].iter().zip(&equations.order) {
        let [at_end, occupancy] = equations.path.read(value, 0);
        transient.at_end[state as usize] = at_end.max(0.0);
        transient.occupancy[state as usize] = occupancy.max(0.0);
    }
    Some((transient, gaps))
}

/// The mean of the time that is spent in states of mark 1 by the end of a span, and half the mean of its
/// square; `None` if the equations do not settle, or if two paths do not agree.
///
/// From the start to a moment inside, and from there to a later one: the equations are solved once more,
/// with what is inside as the start.
pub(super) fn moments_by_inversion(
    chain: &Chain,
    initial: &[f64],
    horizon: f64,
    marks: &[u32],
) -> Option<(f64, f64)> {
    let equations = Equations::new(chain, initial, horizon, marks)?;
    let first = equations.started(initial)?;
    let is_inside = |state: usize| equations.marks[state] == 1;
    let mut inside = [0.0; WIDTH];
    for (_, value) in first.iter().enumerate().filter(|&(at, _)| is_inside(at)) {
        inside
            .iter_mut()
            .zip(value)
            .for_each(|(sum, value)| *sum += value);
    }
    let from_inside = |state: usize, sum: &mut Values| {
        if is_inside(state) {
            sum.iter_mut()
                .zip(&first[state])
                .for_each(|(sum, value)| *sum += value);
        }
    };
    let second = equations.solve(from_inside, &inside)?;
    let times = [&first, &second].map(|values| {
        let [one, other] = [0, 1].map(|which| equations.figures(values, which)[3]);
        ((one - other).abs() <= MISSED * one.abs()).then_some(one)
    });
    Some((times[0]?, times[1]?))
}

/// The equations for all points of both paths.
struct Equations {
    /// The states in the order of the equations, of which the first is the restart.
    order: Vec<u32>,
    position: Vec<u32>,
    /// By equation; the restart has one more than there are.
    marks: Vec<u32>,
    levels: Levels,
    path: Path,
    restart: f64,
}

impl Equations {
    fn new(chain: &Chain, initial: &[f64], horizon: f64, marks: &[u32]) -> Option<Equations> {
        // Anew from the start at moments that come once in a horizon: how often each state is visited.
        let restart = 1.0 / horizon;
        let starts: Vec<usize> = (0..chain.len()).filter(|&at| initial[at] > 0.0).collect();
        let (order, position) = by_distance(chain, &starts);
        let finest = Level::new(order.len() + 1, |edge| {
            for &state in &starts {
                edge(0, position[state] + 1, initial[state]);
            }
            for (at, &state) in order.iter().enumerate() {
                edge(at as u32 + 1, 0, restart);
                for (to, rate) in chain.row(state as usize) {
                    edge(at as u32 + 1, position[to] + 1, rate);
                }
            }
        });
        let mark_count = marks.iter().max().map_or(0, |&last| last + 1);
        let marks: Vec<u32> = std::iter::once(mark_count)
            .chain(order.iter().map(|&state| marks[state as usize]))
            .collect();
        let settled = settle(finest, &marks, 1e-4)?;
        let mut levels = settled.levels;
        if levels.levels.len() == 1 {
            levels = Levels::of(levels.levels.swap_remove(0), &settled.values);
        }
        Some(Equations {
            order,
            position,
            marks,
            levels,
            path: Path::new(horizon),
            restart,
        })
    }

    /// The resolvents of the probabilities at the start.
    fn started(&self, initial: &[f64]) -> Option<Vec<Values>> {
        let mut start = vec![0.0; self.order.len() + 1];
        for (state, &probability) in initial.iter().enumerate() {
            if probability > 0.0 {
                start[self.position[state] as usize + 1] = probability;
            }
        }
        let from_start = |state: usize, sum: &mut Values| {
            sum[..PAIRS].iter_mut().for_each(|re| *re += start[state]);
        };
        let mut one = [0.0; WIDTH];
        one[..PAIRS].fill(1.0);
        self.solve(from_start, &one)
    }

    /// The solution for a right side `b` that adds up to `whole`.
    fn solve(&self, b: impl Fn(usize, &mut Values) + Copy, whole: &Values) -> Option<Vec<Values>> {
        let solver = Solver::new(&self.levels, &self.path, self.restart);
        let mut values = vec![[0.0; WIDTH]; self.order.len() + 1];
        solver.sweep(0, &mut values, b);
        let mut watch = Watch::new(self.figures(&values, 0), PRECISION);
        let mut is_slow = false;
        for round in 0..ROUNDS_MAX {
            if is_slow {
                solver.correct(0, &mut values, b);
                // What the aggregates get wrong in rare states takes some sweeps to settle.
                solver.sweep(0, &mut values, b);
            }
            solver.sweep(0, &mut values, b);
            self.path.normalise(&mut values, whole);
            if watch.has_settled(self.figures(&values, 0)) {
                return Some(values);
            }
            if round + 1 == PLAIN_SWEEPS && watch.is_slow() {
                is_slow = true;
                watch.start_again();
            }
        }
        None
    }

    /// By mark: at the end and on the way, by one of the paths.
    fn figures(&self, values: &[Values], which: usize) -> Vec<f64> {
        let mut sums = vec![0.0; 2 * self.marks[0] as usize];
        for (value, &mark) in values.iter().zip(&self.marks).skip(1) {
            let [at_end, occupancy] = self.path.read(value, which);
            sums[2 * mark as usize] += at_end;
            sums[2 * mark as usize + 1] += occupancy;
        }
        sums
    }
}

/// The points of both paths and what they count for.
struct Path {
    /// Of each point above the real axis.
    points: Values,
    at_end: Values,
    occupancy: Values,
}

impl Path {
    /// The cotangent paths with the constants of Weideman (2006).
    fn new(horizon: f64) -> Path {
        let mut path = Path {
            points: [0.0; WIDTH],
            at_end: [0.0; WIDTH],
            occupancy: [0.0; WIDTH],
        };
        let mut at = 0;
        for count in POINTS {
            let n = count as f64;
            for point in 0..count / 2 {
                let angle = (2 * point + 1) as f64 * std::f64::consts::PI / n;
                let (sin, cos) = (libm::sin(0.6407 * angle), libm::cos(0.6407 * angle));
                let cot = cos / sin;
                let z = Complex(n * (0.5017 * angle * cot - 0.6122), n * 0.2645 * angle);
                let slope = Complex(
                    n * 0.5017 * (cot - 0.6407 * angle / (sin * sin)),
                    n * 0.2645,
                );
                let grown = libm::exp(z.0);
                let power = Complex(grown * libm::cos(z.1), grown * libm::sin(z.1));
                // 2 / (i N) of the sum, and the conjugates are in the factor 2.
                let weight = power.times(slope).times(Complex(0.0, -2.0 / n));
                let at_end = Complex(weight.0 / horizon, weight.1 / horizon);
                let occupancy = weight.over(z);
                for (table, value) in [
                    (&mut path.points, Complex(z.0 / horizon, z.1 / horizon)),
                    (&mut path.at_end, at_end),
                    (&mut path.occupancy, occupancy),
                ] {
                    table[at] = value.0;
                    table[PAIRS + at] = value.1;
                }
                at += 1;
            }
        }
        path
    }

    /// Makes the values add up to `whole` over the point, which rounding would not see to where the
    /// horizon is long.
    fn normalise(&self, values: &mut [Values], whole: &Values) {
        let mut sums = [0.0; WIDTH];
        for value in values.iter() {
            sums.iter_mut()
                .zip(value)
                .for_each(|(sum, value)| *sum += value);
        }
        let mut scales = [Complex(0.0, 0.0); PAIRS];
        for (at, scale) in scales.iter_mut().enumerate() {
            let point = Complex(self.points[at], self.points[PAIRS + at]);
            let sum = Complex(sums[at], sums[PAIRS + at]);
            *scale = Complex(whole[at], whole[PAIRS + at]).over(sum.times(point));
        }
        for value in values {
            for (at, scale) in scales.iter().enumerate() {
                let (re, im) = (value[at], value[PAIRS + at]);
                value[at] = re * scale.0 - im * scale.1;
                value[PAIRS + at] = re * scale.1 + im * scale.0;
            }
        }
    }

    /// The probability at the end and the time until then, from the resolvents, by one of the paths.
    fn read(&self, value: &Values, which: usize) -> [f64; 2] {
        let range = match which {
            0 => 0..POINTS[0] / 2,
            _ => POINTS[0] / 2..PAIRS,
        };
        [&self.at_end, &self.occupancy].map(|weights| {
            range
                .clone()
                .map(|at| weights[at] * value[at] - weights[PAIRS + at] * value[PAIRS + at])
                .sum()
        })
    }
}

/// Solves (z + total) x = inflow of x + b for all points z.
struct Solver<'a> {
    levels: &'a Levels,
    /// The points, less the rate of the restart, which the totals contain.
    points: Values,
    /// The coarsest chain, eliminated for each point; empty if it is too large.
    direct: Vec<Vec<Complex>>,
}

impl<'a> Solver<'a> {
    fn new(levels: &'a Levels, path: &Path, restart: f64) -> Solver<'a> {
        let mut points = path.points;
        points[..PAIRS].iter_mut().for_each(|re| *re -= restart);
        let coarsest = levels.levels.last().expect("there is a finest level");
        let direct = if coarsest.len() <= DIRECT_MAX {
            (0..PAIRS)
                .map(|at| factored(coarsest, Complex(points[at], points[PAIRS + at])))
                .collect()
        } else {
            Vec::new()
        };
        Solver {
            levels,
            points,
            direct,
        }
    }

    /// What flows into a state, and `b`.
    #[inline]
    fn inflow(
        level: &Level,
        values: &[Values],
        state: usize,
        b: &impl Fn(usize, &mut Values),
    ) -> Values {
        let mut sum = [0.0; WIDTH];
        for (from, rate) in level.into(state) {
            for (sum, value) in sum.iter_mut().zip(&values[from]) {
                *sum += rate * value;
            }
        }
        b(state, &mut sum);
        sum
    }

    /// One sweep of Gauss and Seidel. The first state is the restart, which is not part of the equations.
    fn sweep(&self, at: usize, values: &mut [Values], b: impl Fn(usize, &mut Values)) {
        let level = &self.levels.levels[at];
        for state in 1..level.len() {
            let sum = Self::inflow(level, values, state, &b);
            let total = level.totals[state];
            let value = &mut values[state];
            for point in 0..PAIRS {
                let (re, im) = (total + self.points[point], self.points[PAIRS + point]);
                let scale = 1.0 / (re * re + im * im);
                let (a, b) = (sum[point], sum[PAIRS + point]);
                value[point] = (a * re + b * im) * scale;
                value[PAIRS + point] = (b * re - a * im) * scale;
            }
        }
    }

    /// What is missing in each equation, added up by aggregate.
    fn rest(&self, at: usize, values: &[Values], b: impl Fn(usize, &mut Values)) -> Vec<Values> {
        let level = &self.levels.levels[at];
        let mut rests = vec![[0.0; WIDTH]; self.levels.levels[at + 1].len()];
        for state in 1..level.len() {
            let sum = Self::inflow(level, values, state, &b);
            let (total, value) = (level.totals[state], &values[state]);
            let rest = &mut rests[level.aggregate[state] as usize];
            for point in 0..PAIRS {
                let (re, im) = (total + self.points[point], self.points[PAIRS + point]);
                let (a, b) = (value[point], value[PAIRS + point]);
                rest[point] += sum[point] - (a * re - b * im);
                rest[PAIRS + point] += sum[PAIRS + point] - (b * re + a * im);
            }
        }
        rests
    }

    /// One round: what the aggregates say of the error is added, and a sweep follows.
    fn correct(&self, at: usize, values: &mut [Values], b: impl Fn(usize, &mut Values)) {
        if at + 1 < self.levels.levels.len() {
            self.sweep(at, values, &b);
            let rests = self.rest(at, values, &b);
            let errors = self.solve(at + 1, &rests);
            self.add(at, values, &errors);
        } else if !self.direct.is_empty() {
            return self.solve_directly(values, b);
        }
        self.sweep(at, values, b);
    }

    fn add(&self, at: usize, values: &mut [Values], errors: &[Values]) {
        let level = &self.levels.levels[at];
        let shares = level.share.iter().zip(&level.aggregate);
        for (value, (&share, &of)) in values.iter_mut().zip(shares).skip(1) {
            for (value, error) in value.iter_mut().zip(&errors[of as usize]) {
                *value += share * error;
            }
        }
    }

    /// The solution for the coarsest chain.
    fn solve_directly(&self, values: &mut [Values], b: impl Fn(usize, &mut Values)) {
        let b: Vec<Values> = (0..values.len())
            .map(|state| {
                let mut sum = [0.0; WIDTH];
                b(state, &mut sum);
                sum
            })
            .collect();
        let mut x = vec![Complex(0.0, 0.0); values.len()];
        for (point, matrix) in self.direct.iter().enumerate() {
            for (x, b) in x.iter_mut().zip(&b) {
                *x = Complex(b[point], b[PAIRS + point]);
            }
            substitute(matrix, &mut x);
            for (value, x) in values.iter_mut().zip(&x).skip(1) {
                (value[point], value[PAIRS + point]) = (x.0, x.1);
            }
        }
    }

    /// About the solution for a coarser chain.
    fn solve(&self, at: usize, b: &[Values]) -> Vec<Values> {
        let level = &self.levels.levels[at];
        let mut values = vec![[0.0; WIDTH]; level.len()];
        let add = |state: usize, sum: &mut Values| {
            sum.iter_mut().zip(&b[state]).for_each(|(sum, b)| *sum += b);
        };
        if at + 1 < self.levels.levels.len() {
            for _ in 0..2 {
                self.correct(at, &mut values, add);
            }
        } else if self.direct.is_empty() {
            for _ in 0..20 {
                self.sweep(at, &mut values, add);
            }
        } else {
            self.solve_directly(&mut values, add);
        }
        values
    }
}

/// The equations of a small chain, factored: rows are the states that flow comes to. The first state is
/// left out. The diagonal outweighs each column, so no rows need to change places.
fn factored(level: &Level, point: Complex) -> Vec<Complex> {
    let len = level.len();
    let mut matrix = vec![Complex(0.0, 0.0); len * len];
    for to in 1..len {
        for (from, rate) in level.into(to) {
            matrix[to * len + from].0 -= rate;
        }
        matrix[to * len + to] = Complex(level.totals[to] + point.0, point.1);
    }
    for pivot in 1..len {
        let (above, below) = matrix.split_at_mut((pivot + 1) * len);
        let upper = &above[pivot * len..];
        for row in below.chunks_exact_mut(len) {
            if row[pivot] == Complex(0.0, 0.0) {
                continue;
            }
            let factor = row[pivot].over(upper[pivot]);
            row[pivot] = factor;
            for (entry, other) in row[pivot + 1..].iter_mut().zip(&upper[pivot + 1..]) {
                let product = factor.times(*other);
                entry.0 -= product.0;
                entry.1 -= product.1;
            }
        }
    }
    matrix
}

fn substitute(matrix: &[Complex], x: &mut [Complex]) {
    let len = x.len();
    let minus = |sum: &mut Complex, product: Complex| {
        sum.0 -= product.0;
        sum.1 -= product.1;
    };
    for row in 1..len {
        let mut sum = x[row];
        (1..row).for_each(|at| minus(&mut sum, matrix[row * len + at].times(x[at])));
        x[row] = sum;
    }
    for row in (1..len).rev() {
        let mut sum = x[row];
        (row + 1..len).for_each(|at| minus(&mut sum, matrix[row * len + at].times(x[at])));
        x[row] = sum.over(matrix[row * len + row]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::markov::{Chain, tests::machines, transient};

    /// Independent units of which one changes a hundred thousand times as seldom as the others, so that
    /// sweeps alone would not settle: each is down with its own probability at any time.
    #[test]
    fn what_seldom_changes_settles() {
        let count = 10;
        let rates = |unit: u32| match unit {
            4 => (1e-5, 2e-5),
            _ => (1e-3 * f64::from(unit + 1), 1.0 + f64::from(unit)),
        };
        let mut transitions = Vec::new();
        for state in 0..1_u32 << count {
            for unit in 0..count {
                let other = state ^ (1 << unit);
                let (fail, repair) = rates(unit);
                let rate = if other > state { fail } else { repair };
                transitions.push((state, other, rate));
            }
        }
        let chain = Chain::new(1 << count, transitions);
        let marks: Vec<u32> = (0..1_u32 << count).map(u32::count_ones).collect();
        let mut initial = vec![0.0; chain.len()];
        initial[0] = 1.0;
        for horizon in [1e3, 3e4, 1e6] {
            let found = by_inversion(&chain, &initial, horizon, &marks).expect("it settles");
            for (state, &found) in found.at_end.iter().enumerate() {
                let truth: f64 = (0..count)
                    .map(|unit| {
                        let (fail, repair) = rates(unit);
                        let faded = -libm::expm1(-(fail + repair) * horizon);
                        let down = fail / (fail + repair) * faded;
                        if state >> unit & 1 == 1 {
                            down
                        } else {
                            1.0 - down
                        }
                    })
                    .product();
                assert!(
                    (found - truth).abs() <= 1e-9 * truth,
                    "{horizon}, {state}: {found:e} against {truth:e}"
                );
            }
        }
    }

    /// Machines whose times are hours to years, at moments on all scales: against squared matrices, to
    /// nine digits of probabilities down to 1e-30, for what comes back and for what ends.
    #[test]
    fn all_time_scales_agree_with_squared_matrices() {
        let plain = machines(12, 1e-4, 0.25, 2);
        let ending = machines(12, 1e-4, 0.25, 2).ending(|down| down == 4);
        for (chain, name) in [(plain, "plain"), (ending, "ending")] {
            let marks: Vec<u32> = (0..chain.len() as u32).collect();
            let mut initial = vec![0.0; chain.len()];
            initial[0] = 1.0;
            for horizon in [50.0, 2e3, 1e5, 1e8] {
                let truth = transient(&chain, &initial, horizon, &marks, 1e12).unwrap();
                let found = by_inversion(&chain, &initial, horizon, &marks).expect("it settles");
                assert!(found.difference <= 1e-7, "{name}: {:e}", found.difference);
                for state in 0..chain.len() {
                    for (found, truth) in [
                        (found.at_end[state], truth.at_end[state]),
                        (found.occupancy[state], truth.occupancy[state]),
                    ] {
                        assert!(
                            (found - truth).abs() <= 1e-9 * truth,
                            "{name}, {horizon}, {state}: {found:e} against {truth:e}"
                        );
                    }
                }
            }
        }
    }
}
