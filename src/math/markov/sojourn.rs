//! How the time that a chain spends in some of its states by the end of a span is distributed.
//!
//! By the end of a span T more than d has been spent *inside* exactly if the time outside had not
//! reached T - d before the time inside exceeded d. So the clock that runs is the one of the time outside,
//! and stays inside are jumps of the other: their Laplace transform makes a matrix M(s) over the states
//! outside, and exp(M(s) u) that of the time inside until u has been spent outside (Takács 1957, for one
//! unit). It is worked out by squaring, which no rate is too fast for, and inverted along a line by the
//! Fourier series of Abate and Whitt (1995), which sums what decays or alternates.
//!
//! Nothing is subtracted that matters: what is worked out is the transform of the probability to exceed d,
//! which has as many digits when that is tiny. Along a line of exponent A the series gives that of d and a part
//! exp(-A) of that of 3 d, which two lines are free of; what they give is compared with what two others
//! give, which tells what rounding does.

use super::Chain;
use super::complex::{Complex, Matrix};
use super::sparse::Pattern;

/// Exponents of the lines that are believed, and of those that they are compared with: everywhere, and far out
/// in the tail, where that of 3 d is next to nothing, and rounding is what matters.
const LINES: [[[f64; 2]; 2]; 2] = [[[21.0, 17.0], [19.0, 15.0]], [[7.0, 4.0], [6.0, 3.0]]];
/// The one of the search for a quantile.
const SEARCH: f64 = 23.0;
/// Terms of the series that are weighed by binomials, and of those before them.
const WEIGHED: usize = 12;
const TERMS: usize = 10;
/// Terms after which a series is given up, and by which it goes on.
const TERMS_MAX: usize = 600;
const TERMS_MORE: usize = 8;
/// Relative difference of two sums that ends a series, and that by which a term is rounded.
const SUMMED: f64 = 1e-11;
const ROUNDED: f64 = 1e-16;
/// What two lines may differ by, and by what they need not be tried again elsewhere.
const DIFFERENCE_GOOD: f64 = 1e-10;
const DIFFERENCE_MAX: f64 = 1e-8;
/// Steps of the search for a quantile, and its relative precision.
const SEARCH_MAX: usize = 60;
const SEARCHED: f64 = 1e-10;

/// The time that a chain spends in some of its states, by the end of a span.
#[derive(Clone, Debug)]
pub struct Sojourn {
    /// Rates from a state to another: outside to outside, to inside, and back.
    out_out: Vec<(usize, usize, f64)>,
    out_in: Vec<(usize, usize, f64)>,
    in_out: Vec<(usize, usize, f64)>,
    /// How states inside are eliminated, and the rates between them, by where their entries are kept.
    pattern: Pattern,
    in_in: Vec<(usize, f64)>,
    /// The rates at which states are left.
    totals_outside: Vec<f64>,
    totals_inside: Vec<f64>,
    /// Probabilities at the start.
    start_outside: Vec<f64>,
    start_inside: Vec<f64>,
    horizon: f64,
    multiplications_left: f64,
}

/// A figure, and by which part of it a second line of inversion differs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Inverted {
    /// The figure.
    pub value: f64,
    /// Relative difference.
    pub difference: f64,
}

impl Sojourn {
    /// The time spent in states for which `is_inside` holds, from the probabilities at the start until
    /// `horizon`. All questions together may take about `multiplications_max` multiplications.
    pub fn new(
        chain: &Chain,
        initial: &[f64],
        is_inside: impl Fn(usize) -> bool,
        horizon: f64,
        multiplications_max: f64,
    ) -> Sojourn {
        let mut place = vec![0_usize; chain.len()];
        let (mut outside, mut inside) = (Vec::new(), Vec::new());
        for (state, place) in place.iter_mut().enumerate() {
            let of = if is_inside(state) {
                &mut inside
            } else {
                &mut outside
            };
            *place = of.len();
            of.push(state as u32);
        }
        let pattern = Pattern::of(chain, &inside);
        for (at, &state) in pattern.order.iter().enumerate() {
            place[state as usize] = at;
        }
        let pick = |of: &[u32], from: &dyn Fn(usize) -> f64| -> Vec<f64> {
            of.iter().map(|&state| from(state as usize)).collect()
        };
        let rates = |of: &[u32], to_inside: bool| -> Vec<(usize, usize, f64)> {
            let rows = of.iter().flat_map(|&state| {
                let row = chain.row(state as usize);
                row.map(move |(to, rate)| (state as usize, to, rate))
            });
            rows.filter(|&(_, to, _)| is_inside(to) == to_inside)
                .map(|(from, to, rate)| (place[from], place[to], rate))
                .collect()
        };
        Sojourn {
            out_out: rates(&outside, false),
            out_in: rates(&outside, true),
            in_out: rates(&pattern.order, false),
            in_in: rates(&pattern.order, true)
                .into_iter()
                .map(|(from, to, rate)| (pattern.position(from, to), rate))
                .collect(),
            totals_outside: pick(&outside, &|state| chain.total(state)),
            totals_inside: pick(&pattern.order, &|state| chain.total(state)),
            start_outside: pick(&outside, &|state| initial[state]),
            start_inside: pick(&pattern.order, &|state| initial[state]),
            pattern,
            horizon,
            multiplications_left: multiplications_max,
        }
    }

    /// The probability that more than `limit` is spent inside; `None` if that takes too many
    /// multiplications, or if two lines of inversion do not agree.
    pub fn exceeds(&mut self, limit: f64) -> Option<Inverted> {
        if limit >= self.horizon {
            return Some(Inverted {
                value: 0.0,
                difference: 0.0,
            });
        }
        let mut along = |[one, other]: [f64; 2]| -> Option<f64> {
            let (value, rough) = (self.along(limit, one)?, self.along(limit, other)?);
            Some(value - (rough - value) / libm::expm1(one - other))
        };
        let mut best: Option<Inverted> = None;
        for [believed, compared] in LINES {
            let (value, other) = (along(believed)?, along(compared)?);
            let difference = if value == other {
                0.0
            } else {
                ((value - other) / value).abs()
            };
            if value >= 0.0 && best.is_none_or(|best| difference < best.difference) {
                best = Some(Inverted { value, difference });
            }
            if difference <= DIFFERENCE_GOOD {
                break;
            }
        }
        best.filter(|best| best.difference <= DIFFERENCE_MAX)
    }

    /// The time that is exceeded with probability `beyond`, which is less than that of any time inside at
    /// all; `None` as for [`Sojourn::exceeds`]. `guess` is a time to begin with.
    pub fn quantile(&mut self, beyond: f64, guess: f64) -> Option<Inverted> {
        let horizon = self.horizon;
        let mut at = |ln_limit: f64| -> Option<f64> {
            let exceeds = self.along(libm::exp(ln_limit), SEARCH)?;
            Some(libm::log(exceeds.max(1e-300)) - libm::log(beyond))
        };
        let largest = libm::log(horizon) + libm::log1p(-1e-12);
        let mut low = libm::log(guess).min(largest);
        let mut f_low = at(low)?;
        let (mut high, mut f_high) = (low, f_low);
        let mut factor = 0.7;
        while f_low < 0.0 {
            (high, f_high) = (low, f_low);
            low -= factor;
            factor *= 2.0;
            if low < libm::log(horizon) - 100.0 {
                return None;
            }
            f_low = at(low)?;
        }
        while f_high > 0.0 {
            if high == largest {
                // All of the span, with more than this probability.
                return Some(Inverted {
                    value: horizon,
                    difference: 0.0,
                });
            }
            (low, f_low) = (high, f_high);
            high = (high + factor).min(largest);
            factor *= 2.0;
            f_high = at(high)?;
        }
        // Regula falsi, with the weight of an end that stays halved (Dowell and Jarratt 1971).
        let mut side = 0;
        for _ in 0..SEARCH_MAX {
            if high - low <= SEARCHED {
                break;
            }
            let mut middle = (low * f_high - high * f_low) / (f_high - f_low);
            if !(middle > low && middle < high) {
                middle = 0.5 * (low + high);
            }
            let f = at(middle)?;
            if f == 0.0 || (middle - low).min(high - middle) <= 0.1 * SEARCHED {
                (low, high) = (middle, middle);
            } else if f > 0.0 {
                (low, f_low) = (middle, f);
                if side == 1 {
                    f_high /= 2.0;
                }
                side = 1;
            } else {
                (high, f_high) = (middle, f);
                if side == -1 {
                    f_low /= 2.0;
                }
                side = -1;
            }
        }
        let value = libm::exp(0.5 * (low + high));
        let there = self.exceeds(value)?;
        Some(Inverted { value, ..there })
    }

    /// The probability to exceed a limit, along one line.
    fn along(&mut self, limit: f64, exponent: f64) -> Option<f64> {
        let spent_outside = self.horizon - limit;
        let point = |term: usize| {
            Complex(
                exponent / (2.0 * limit),
                std::f64::consts::PI * term as f64 / limit,
            )
        };
        let scale = libm::exp(exponent / 2.0) / limit;
        // Sums of ever more terms; the last ones are weighed.
        let mut sums: Vec<f64> = Vec::new();
        let mut sum = 0.0;
        let mut largest: f64 = 0.0;
        let mut last = f64::NAN;
        let mut target = TERMS + WEIGHED;
        loop {
            while sums.len() <= target {
                let term = sums.len();
                let value = self.transform(point(term), spent_outside)?;
                let part = match term {
                    0 => 0.5,
                    _ if term.is_multiple_of(2) => 1.0,
                    _ => -1.0,
                };
                sum += part * value * scale;
                largest = largest.max(value.abs() * scale);
                sums.push(sum);
            }
            let weighed = weighed(&sums[target - WEIGHED..=target]);
            if (weighed - last).abs() <= SUMMED * weighed.abs() + ROUNDED * largest {
                return Some(weighed);
            }
            if target >= TERMS_MAX {
                return None;
            }
            last = weighed;
            target += TERMS_MORE;
        }
    }

    /// The real part of the Laplace transform, by the time inside, of the probability that it exceeds this
    /// before `spent_outside` has been spent outside.
    fn transform(&mut self, s: Complex, spent_outside: f64) -> Option<f64> {
        let (outer, inner) = (self.start_outside.len(), self.start_inside.len());
        let pace = self.totals_outside.iter().copied().fold(0.0, f64::max);
        let squarings = squarings(pace * spent_outside);
        let cubes = (outer * outer * outer) as f64;
        let [factored, solved] = self.pattern.multiplications();
        let stays = factored + solved * (outer + 1) as f64;
        let work = 4.0 * (cubes * f64::from(squarings + SERIES) + stays);
        self.multiplications_left -= work;
        if self.multiplications_left < 0.0 {
            return None;
        }
        // Stays inside: (s - Q) h = 1, and where they lead to.
        let mut stays = vec![Complex(0.0, 0.0); self.pattern.entry_count()];
        for (state, &total) in self.totals_inside.iter().enumerate() {
            stays[state] = Complex(s.0 + total, s.1);
        }
        for &(at, rate) in &self.in_in {
            stays[at].0 -= rate;
        }
        self.pattern.factor(&mut stays);
        let mut ends = Matrix::zero(inner, outer + 1);
        for state in 0..inner {
            ends.set(state, outer, Complex(1.0, 0.0));
        }
        for &(from, to, rate) in &self.in_out {
            ends.add(from, to, rate);
        }
        self.pattern.solve(&stays, &mut ends);
        // What goes on outside, with stays inside as jumps: the last column is what they add.
        let mut moves = Matrix::zero(outer, outer + 1);
        for (state, &total) in self.totals_outside.iter().enumerate() {
            moves.add(state, state, -total);
        }
        for &(from, to, rate) in &self.out_out {
            moves.add(from, to, rate);
        }
        for &(from, to, rate) in &self.out_in {
            moves.add_row(from, &ends, to, rate);
        }
        let added = exceeding(moves, s, spent_outside, squarings);
        let mut value = 0.0;
        for (start, added) in self.start_outside.iter().zip(&added) {
            value += start * added.0;
        }
        for (state, start) in self.start_inside.iter().enumerate() {
            if *start > 0.0 {
                let mut of_state = ends.get(state, outer);
                for (to, added) in added.iter().enumerate() {
                    of_state = of_state.plus(ends.get(state, to).times(*added));
                }
                value += start * of_state.0;
            }
        }
        Some(value)
    }
}

/// Terms of the series for a short step, which is 1/16 of the fastest rate.
const SERIES: u32 = 9;

fn squarings(steps: f64) -> u32 {
    let mut count = 4;
    while steps > libm::exp2(f64::from(count) - 4.0) {
        count += 1;
    }
    count
}

/// The transform of the time inside, less than 1 by how much, over s: from each state outside, after `span`
/// there. The last column of `moves` is what stays inside add.
///
/// With E = exp(M t) and v = (1 - E 1) / s, twice the time has E E and v + E v. Rows of E add up to
/// 1 - s v, and are kept at that: errors would double with each squaring.
fn exceeding(moves: Matrix, s: Complex, span: f64, squarings: u32) -> Vec<Complex> {
    let step = span / libm::exp2(f64::from(squarings));
    let (matrix, rates) = moves.split_last_column();
    let len = rates.len();
    // E = 1 + X (1 + X/2 (1 + X/3 ...)), and v = (1 + X/2 (1 + X/3 ...)) rates step.
    let mut power = Matrix::unit(len);
    for term in (2..=SERIES).rev() {
        power = matrix.times(&power);
        power.scale(step / f64::from(term));
        power.add_unit();
    }
    let mut added: Vec<Complex> = power.applied(&rates);
    added
        .iter_mut()
        .for_each(|added| *added = Complex(added.0 * step, added.1 * step));
    let mut whole = matrix.times(&power);
    whole.scale(step);
    whole.add_unit();
    for _ in 0..squarings {
        keep_whole(&mut whole, s, &added);
        let more = whole.applied(&added);
        for (added, more) in added.iter_mut().zip(more) {
            *added = added.plus(more);
        }
        whole = whole.times(&whole);
    }
    added
}

/// Makes the rows add up to 1 - s v, where that is not about nothing.
fn keep_whole(matrix: &mut Matrix, s: Complex, added: &[Complex]) {
    for (row, added) in added.iter().enumerate() {
        let of = s.times(*added);
        let wanted = Complex(1.0 - of.0, -of.1);
        if wanted.size() > 0.25 {
            matrix.scale_row(row, wanted.over(matrix.row_sum(row)));
        }
    }
}

/// The sum of an alternating series from its last partial sums (Euler).
fn weighed(sums: &[f64]) -> f64 {
    let mut row: Vec<f64> = sums.to_vec();
    while row.len() > 1 {
        row = row
            .windows(2)
            .map(|pair| 0.5 * (pair[0] + pair[1]))
            .collect();
    }
    row[0]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::markov::tests::machines;

    fn close(what: &str, found: f64, truth: f64, precision: f64) {
        assert!(
            (found - truth).abs() <= precision * truth.abs(),
            "{what}: {found:.15e} against {truth:.15e}"
        );
    }

    /// One machine (Takács 1957): given that it has been up for u = T - d, it has failed a Poisson number
    /// of times, and n repairs take more than d with the probability of less than n events in d.
    fn takacs(fail: f64, repair: f64, horizon: f64, limit: f64) -> f64 {
        let (x, y) = (fail * (horizon - limit), repair * limit);
        let pmf = |mean: f64, count: f64| {
            libm::exp(count * libm::log(mean) - mean - libm::lgamma(count + 1.0))
        };
        let (mut sum, mut fewer) = (0.0, 0.0);
        for count in 1..4000 {
            let count = f64::from(count);
            fewer += pmf(y, count - 1.0);
            sum += pmf(x, count) * fewer.min(1.0);
        }
        sum
    }

    #[test]
    fn one_machine_over_many_time_scales() {
        for (fail, repair, horizon) in [
            (1.0 / 2000.0, 0.25, 8760.0),
            (1e-6, 0.25, 8760.0),
            (1e-12, 0.25, 8760.0),
            (1.0 / 2000.0, 3600.0, 8760.0),
            (0.2, 2.0, 1000.0),
            (1.0, 3.0, 600.0),
        ] {
            let chain = machines(1, fail, repair, 1);
            let mut sojourn = Sojourn::new(&chain, &[1.0, 0.0], |state| state == 1, horizon, 1e12);
            let mean: f64 = fail / (fail + repair) * horizon;
            for limit in [
                0.1 / repair,
                1.0 / repair,
                5.0 / repair,
                0.5 * mean,
                mean,
                1.2 * mean,
            ] {
                let truth = takacs(fail, repair, horizon, limit);
                if truth > 1e-6 * fail.min(1.0) * horizon.min(1.0 / fail) {
                    let found = sojourn.exceeds(limit).expect("it is small");
                    close("exceeds", found.value, truth, 1e-9);
                }
            }
            let limit = 1.1 * mean;
            let beyond = takacs(fail, repair, horizon, limit);
            if beyond > 1e-6 * fail.min(1.0) * horizon.min(1.0 / fail) {
                let found = sojourn.quantile(beyond, 3.0 * mean).expect("it is small");
                let there = takacs(fail, repair, horizon, found.value);
                close("quantile", there, beyond, 5e-10);
            }
        }
    }

    /// Stays of fifty equal phases, nearly of the same length, once in a while: Poisson many, each an
    /// Erlang variate.
    #[test]
    fn stays_of_nearly_the_same_length() {
        const PHASES: u32 = 50;
        let (fail, horizon, mean_stay) = (1e-3, 5000.0, 10.0);
        let pace = f64::from(PHASES) / mean_stay;
        let chain = Chain::new(
            PHASES as usize + 1,
            (0..=PHASES)
                .map(|at| {
                    let rate = if at == 0 { fail } else { pace };
                    (at, (at + 1) % (PHASES + 1), rate)
                })
                .collect(),
        );
        let mut initial = vec![0.0; chain.len()];
        initial[0] = 1.0;
        let mut sojourn = Sojourn::new(&chain, &initial, |state| state > 0, horizon, 1e12);
        for limit in [2.0, 8.0, 10.0, 12.0, 35.0, 60.0, 90.0] {
            let (x, y) = (fail * (horizon - limit), pace * limit);
            let pmf = |mean: f64, count: f64| {
                libm::exp(count * libm::log(mean) - mean - libm::lgamma(count + 1.0))
            };
            let (mut truth, mut fewer) = (0.0, 0.0);
            for count in 1..60 {
                for phase in 0..PHASES {
                    fewer += pmf(y, f64::from((count - 1) * PHASES + phase));
                }
                truth += pmf(x, f64::from(count)) * fewer.min(1.0);
            }
            let found = sojourn.exceeds(limit).expect("it is small");
            close("exceeds", found.value, truth, 1e-9);
        }
    }

    /// Two machines and one crew, from the state in which both are down: against the sum over the
    /// number of steps of a uniformised chain that are spent inside (de Souza e Silva and Gail 1986).
    #[test]
    fn counted_steps_agree() {
        let chain = machines(2, 0.3, 1.0, 1);
        let horizon = 6.0;
        let initial = [0.3, 0.2, 0.5];
        let mut sojourn = Sojourn::new(&chain, &initial, |state| state == 2, horizon, 1e12);
        for limit in [0.2, 1.0, 3.0, 5.5] {
            let truth = by_counting(&chain, &initial, &[false, false, true], horizon, limit);
            let found = sojourn.exceeds(limit).expect("it is small");
            close("exceeds", found.value, truth, 1e-9);
        }
    }

    /// Of n steps, k + 1 of whose n + 1 stretches are inside, more than a part x of the span is inside with
    /// the probability of at most k of n uniform points below x.
    fn by_counting(
        chain: &Chain,
        initial: &[f64],
        is_inside: &[bool],
        horizon: f64,
        limit: f64,
    ) -> f64 {
        const STEPS: usize = 120;
        let pace = chain.total_max() * 1.01;
        let x = limit / horizon;
        // By number of stretches inside so far, and state.
        let mut now = vec![vec![0.0; chain.len()]; STEPS + 2];
        for (state, probability) in initial.iter().enumerate() {
            now[usize::from(is_inside[state])][state] += probability;
        }
        let mut sum = 0.0;
        for steps in 0..STEPS {
            let n = steps as f64;
            let mean = pace * horizon;
            let weight = libm::exp(n * libm::log(mean) - mean - libm::lgamma(n + 1.0));
            let mut at_most = 0.0;
            for k in 0..=steps {
                let (k, ways) = (k as f64, libm::lgamma(n + 1.0));
                let ways = ways - libm::lgamma(k + 1.0) - libm::lgamma(n - k + 1.0);
                at_most += libm::exp(ways + k * libm::log(x) + (n - k) * libm::log1p(-x));
                let part: f64 = now[k as usize + 1].iter().sum();
                let exceeds = if k == n { 1.0 } else { at_most };
                sum += weight * part * exceeds;
            }
            let mut next = vec![vec![0.0; chain.len()]; STEPS + 2];
            for inside in 0..=steps + 1 {
                for state in 0..chain.len() {
                    let at = now[inside][state];
                    if at == 0.0 {
                        continue;
                    }
                    let stays = 1.0 - chain.total(state) / pace;
                    next[inside + usize::from(is_inside[state])][state] += at * stays;
                    for (to, rate) in chain.row(state) {
                        next[inside + usize::from(is_inside[to])][to] += at * rate / pace;
                    }
                }
            }
            now = next;
        }
        sum
    }
}
