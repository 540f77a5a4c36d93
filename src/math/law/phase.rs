//! Absorption times of Markov chains: what exact methods can follow without approximation.

use super::compound::choose;
use super::{
    Family, InvalidLaw, Law, describe_by_quantiles, hazard_of, not_negative, positive, weights,
};
use crate::base::human;
use crate::math::rng::{Stream, exp1, uniform_open};

/// One of several exponential laws, chosen by chance: more variable than an exponential law.
#[derive(Clone, Debug, PartialEq)]
pub struct HyperExponential {
    // Invariant: equally many; weights positive, sum 1; means positive, finite.
    weights: Vec<f64>,
    means: Vec<f64>,
}

impl HyperExponential {
    /// An exponential law with each of `means`, with the probability at the same place in `weights`.
    ///
    /// # Errors
    ///
    /// Fails unless the lists are equally long and not empty, the weights add up to 1 within 1e-9,
    /// and the means are positive and finite.
    pub fn with_weights_and_means(
        given: Vec<f64>,
        means: Vec<f64>,
    ) -> Result<HyperExponential, InvalidLaw> {
        if given.len() != means.len() {
            return Err(InvalidLaw::Lengths {
                left_name: "weights",
                left: given.len(),
                right_name: "means",
                right: means.len(),
            });
        }
        for mean in &means {
            positive("the mean", *mean)?;
        }
        let (weights, means) = weights("the weights", given)?
            .into_iter()
            .zip(means)
            .filter(|(weight, _)| *weight > 0.0)
            .unzip();
        Ok(HyperExponential { weights, means })
    }

    /// The law with this mean and coefficient of variation that has two branches, each of which
    /// contributes half of the mean ("balanced means", Whitt 1982).
    ///
    /// # Errors
    ///
    /// Fails unless the mean is positive and the coefficient of variation at least 1: less variable
    /// than an exponential law it cannot be.
    pub fn with_mean_and_cv(mean: f64, cv: f64) -> Result<HyperExponential, InvalidLaw> {
        let mean = positive("the mean", mean)?;
        let cv = positive("the coefficient of variation", cv)?;
        if cv < 1.0 {
            return Err(InvalidLaw::Unattainable {
                family: "hyperexponential",
                parameter: "a coefficient of variation of",
                value: cv,
                reason: "it must be at least 1",
            });
        }
        let square = cv * cv;
        let root = ((square - 1.0) / (square + 1.0)).sqrt();
        // The lesser weight without cancellation: (1 - root) (1 + root) = 2 / (square + 1).
        let rare = 1.0 / ((square + 1.0) * (1.0 + root));
        let common = 1.0 - rare;
        HyperExponential::with_weights_and_means(
            vec![common, rare],
            vec![0.5 * mean / common, 0.5 * mean / rare],
        )
    }

    /// The probabilities of the branches.
    pub fn weights(&self) -> &[f64] {
        &self.weights
    }

    /// The means of the branches.
    pub fn means(&self) -> &[f64] {
        &self.means
    }

    fn average(&self, f: impl Fn(f64) -> f64) -> f64 {
        self.weights
            .iter()
            .zip(&self.means)
            .map(|(weight, mean)| weight * f(*mean))
            .sum()
    }

    /// The weights times the survivals at `x`, relative to that of the branch with the greatest mean;
    /// and minus the logarithm of that.
    fn survivors(&self, x: f64) -> (Vec<f64>, f64) {
        let slowest = self.means.iter().copied().fold(0.0, f64::max);
        let part = |(weight, mean): (&f64, &f64)| weight * libm::exp(x / slowest - x / mean);
        (
            self.weights.iter().zip(&self.means).map(part).collect(),
            x / slowest,
        )
    }
}

impl Family for HyperExponential {
    fn mean(&self) -> f64 {
        self.average(|mean| mean)
    }

    fn variance(&self) -> f64 {
        let whole = self.mean();
        self.average(|mean| mean * mean + (mean - whole) * (mean - whole))
    }

    fn support(&self) -> (f64, f64) {
        (0.0, f64::INFINITY)
    }

    fn cdf(&self, x: f64) -> f64 {
        self.average(|mean| -libm::expm1(-x / mean)).min(1.0)
    }

    fn survival(&self, x: f64) -> f64 {
        self.average(|mean| libm::exp(-x / mean)).min(1.0)
    }

    fn pdf(&self, x: f64) -> f64 {
        self.average(|mean| libm::exp(-x / mean) / mean)
    }

    fn hazard(&self, x: f64) -> f64 {
        let (parts, _) = self.survivors(x);
        let dying: f64 = parts
            .iter()
            .zip(&self.means)
            .map(|(part, mean)| part / mean)
            .sum();
        dying / parts.iter().sum::<f64>()
    }

    fn cumulative_hazard(&self, x: f64) -> f64 {
        let cdf = self.cdf(x);
        if cdf < 0.5 {
            return hazard_of(cdf, 1.0 - cdf);
        }
        let (parts, least) = self.survivors(x);
        least - libm::log(parts.iter().sum())
    }

    #[inline]
    fn sample(&self, rng: &mut Stream) -> f64 {
        self.means[choose(&self.weights, rng)] * exp1(rng)
    }

    fn sample_residual(&self, age: f64, rng: &mut Stream) -> f64 {
        self.means[choose(&self.survivors(age).0, rng)] * exp1(rng)
    }

    fn scaled(&self, factor: f64) -> Law {
        let means = self.means.iter().map(|mean| mean * factor).collect();
        HyperExponential {
            weights: self.weights.clone(),
            means,
        }
        .into()
    }

    fn phase_type(&self) -> Option<PhaseType> {
        let parts: Vec<PhaseType> = self
            .means
            .iter()
            .map(|mean| PhaseType::stages(1, 1.0 / mean))
            .collect();
        Some(PhaseType::mixture(&self.weights, &parts))
    }

    fn describe(&self) -> String {
        describe_by_quantiles("hyperexponential", self)
    }
}

/// The time until a Markov chain with finitely many phases is absorbed (Neuts 1981).
///
/// The chain may have loops, may be absorbed at time zero, and may never be absorbed.
#[derive(Clone, Debug, PartialEq)]
pub struct PhaseType {
    // Invariant: not negative, the sum at most 1; what is missing is absorbed at once.
    initial: Vec<f64>,
    // Invariant: square, row by row, not negative, zero on the diagonal.
    rates: Vec<f64>,
    // Invariant: the rates of absorption, not negative.
    exits: Vec<f64>,
    // The sums of the rows of rates and exits.
    totals: Vec<f64>,
}

/// Where the chain is at some time.
struct Whereabouts {
    /// Proportional to the probabilities of the phases.
    phases: Vec<f64>,
    /// The logarithm of the factor that makes them probabilities.
    ln_scale: f64,
    /// The probability of having been absorbed.
    absorbed: f64,
}

impl PhaseType {
    /// The chain that starts in phase i with probability `initial[i]` (what is missing from 1 is
    /// absorbed at once) and has the sub-generator `generator`: rates per unit of time off the
    /// diagonal, and on it minus the total rate of leaving. What a row lacks to zero is the rate of
    /// absorption.
    ///
    /// # Errors
    ///
    /// Fails on an empty chain, a matrix that is not square, negative probabilities or rates, a
    /// total above 1, and rows that add up to more than 0 (beyond rounding).
    pub fn new(initial: Vec<f64>, generator: &[Vec<f64>]) -> Result<PhaseType, InvalidLaw> {
        let order = initial.len();
        let mut rates = Vec::with_capacity(order * order);
        let mut exits = Vec::with_capacity(order);
        for (phase, row) in generator.iter().enumerate() {
            let mut leaving = 0.0;
            for (to, rate) in row.iter().enumerate() {
                let rate = if to == phase {
                    0.0
                } else {
                    not_negative("a rate", *rate)?
                };
                leaving += rate;
                rates.push(rate);
            }
            let total = -row.get(phase).copied().unwrap_or(f64::NAN);
            let total = not_negative("a total rate, minus a diagonal element,", total)?;
            if leaving > total * (1.0 + 1e-9) {
                return Err(InvalidLaw::Order {
                    lesser_name: "the sum of a phase's rates",
                    lesser: leaving,
                    relation: super::AT_MOST,
                    greater_name: "minus its diagonal element",
                    greater: total,
                });
            }
            // A rest that is only rounding is not an exit.
            let exit = total - leaving;
            exits.push(if exit > total * 1e-14 { exit } else { 0.0 });
        }
        PhaseType::with_rates(initial, rates, exits)
    }

    /// The chain with these probabilities of starting, these rates between phases (row by row, the
    /// diagonal ignored) and these rates of absorption.
    ///
    /// # Errors
    ///
    /// Fails on an empty chain, lists that do not match, negative probabilities or rates, and a
    /// total probability above 1.
    pub fn with_rates(
        mut initial: Vec<f64>,
        mut rates: Vec<f64>,
        exits: Vec<f64>,
    ) -> Result<PhaseType, InvalidLaw> {
        let order = initial.len();
        if order == 0 {
            return Err(InvalidLaw::Empty {
                parameter: "the list of phases",
            });
        }
        for (right_name, right, left) in [
            ("rates", rates.len(), order * order),
            ("rates of absorption", exits.len(), order),
        ] {
            if left != right {
                let left_name = "phases, their rates in a square,";
                return Err(InvalidLaw::Lengths {
                    left_name,
                    left: order,
                    right_name,
                    right,
                });
            }
        }
        for phase in 0..order {
            rates[phase * order + phase] = 0.0;
            initial[phase] = not_negative("an initial probability", initial[phase])?;
            not_negative("a rate of absorption", exits[phase])?;
        }
        for rate in &rates {
            not_negative("a rate", *rate)?;
        }
        let sum: f64 = initial.iter().sum();
        if sum > 1.0 + 1e-9 {
            return Err(InvalidLaw::Sum {
                parameter: "the initial probabilities",
                sum,
            });
        }
        if sum > 1.0 - 1e-9 {
            initial
                .iter_mut()
                .for_each(|probability| *probability /= sum);
        }
        Ok(PhaseType::trusted(initial, rates, exits))
    }

    fn trusted(initial: Vec<f64>, rates: Vec<f64>, exits: Vec<f64>) -> PhaseType {
        let rows = rates.chunks_exact(initial.len());
        let totals = rows
            .zip(&exits)
            .map(|(row, exit)| row.iter().sum::<f64>() + exit)
            .collect();
        PhaseType {
            initial,
            rates,
            exits,
            totals,
        }
    }

    /// `count` phases one after the other, each with this rate.
    pub(super) fn stages(count: usize, rate: f64) -> PhaseType {
        let mut initial = vec![0.0; count];
        let mut exits = vec![0.0; count];
        let mut rates = vec![0.0; count * count];
        initial[0] = 1.0;
        exits[count - 1] = rate;
        for phase in 1..count {
            rates[(phase - 1) * count + phase] = rate;
        }
        PhaseType::trusted(initial, rates, exits)
    }

    /// Absorbed at once.
    pub(super) fn zero() -> PhaseType {
        PhaseType::trusted(vec![0.0], vec![0.0], vec![1.0])
    }

    /// One of several chains, chosen by chance.
    pub(super) fn mixture(weights: &[f64], parts: &[PhaseType]) -> PhaseType {
        let order: usize = parts.iter().map(PhaseType::order).sum();
        let mut rates = vec![0.0; order * order];
        let (mut initial, mut exits) = (Vec::new(), Vec::new());
        for (weight, part) in weights.iter().zip(parts) {
            let start = initial.len();
            for (phase, row) in part.rates.chunks_exact(part.order()).enumerate() {
                let at = (start + phase) * order + start;
                rates[at..at + row.len()].copy_from_slice(row);
            }
            initial.extend(part.initial.iter().map(|probability| weight * probability));
            exits.extend(&part.exits);
        }
        PhaseType::trusted(initial, rates, exits)
    }

    /// The number of phases.
    pub fn order(&self) -> usize {
        self.initial.len()
    }

    /// The probabilities of starting in each phase.
    pub fn initial(&self) -> &[f64] {
        &self.initial
    }

    /// The probability of being absorbed at once.
    pub fn mass_at_zero(&self) -> f64 {
        let missing = 1.0 - self.initial.iter().sum::<f64>();
        // Rounding is not a mass.
        if missing > 1e-14 { missing } else { 0.0 }
    }

    /// The rate from one phase to another; 0 from a phase to itself.
    pub fn rate(&self, from: usize, to: usize) -> f64 {
        self.rates[from * self.order() + to]
    }

    /// The rate at which a phase is left for absorption.
    pub fn exit_rate(&self, phase: usize) -> f64 {
        self.exits[phase]
    }

    /// The rate at which a phase is left at all.
    pub fn total_rate(&self, phase: usize) -> f64 {
        self.totals[phase]
    }

    /// The probabilities of the phases at `age`, given that the chain has not been absorbed by then;
    /// those at the start where it cannot have lasted that long.
    pub fn given_age(&self, age: f64) -> Vec<f64> {
        let there = self.at(age).phases;
        let alive: f64 = there.iter().sum();
        if alive > 0.0 {
            there.iter().map(|part| part / alive).collect()
        } else {
            self.initial.clone()
        }
    }

    fn row(&self, phase: usize) -> &[f64] {
        &self.rates[phase * self.order()..][..self.order()]
    }

    /// The time until absorption from `phase`, at random.
    fn wander(&self, mut phase: usize, rng: &mut Stream) -> f64 {
        let mut time = 0.0;
        loop {
            let total = self.totals[phase];
            if total == 0.0 {
                return f64::INFINITY;
            }
            time += exp1(rng) / total;
            if self.exits[phase] == total {
                return time;
            }
            let mut u = uniform_open(rng) * total - self.exits[phase];
            if u < 0.0 {
                return time;
            }
            let mut next = phase;
            for (to, rate) in self.row(phase).iter().enumerate() {
                if *rate > 0.0 {
                    next = to;
                    if u < *rate {
                        break;
                    }
                    u -= rate;
                }
            }
            phase = next;
        }
    }

    /// Whether absorption may fail to happen.
    fn may_never_end(&self) -> bool {
        let hopeless = self.hopeless();
        let mut reached: Vec<bool> = self.initial.iter().map(|p| *p > 0.0).collect();
        for _ in 0..self.order() {
            for phase in 0..self.order() {
                if reached[phase] {
                    for (to, rate) in self.row(phase).iter().enumerate() {
                        reached[to] |= *rate > 0.0;
                    }
                }
            }
        }
        reached
            .iter()
            .zip(&hopeless)
            .any(|(reached, hopeless)| *reached && *hopeless)
    }

    /// The phases from which absorption cannot be reached.
    fn hopeless(&self) -> Vec<bool> {
        let mut hopeless: Vec<bool> = self.exits.iter().map(|exit| *exit == 0.0).collect();
        for _ in 0..self.order() {
            for phase in 0..self.order() {
                let leads_out = |(to, rate): (usize, &f64)| *rate > 0.0 && !hopeless[to];
                if hopeless[phase] && self.row(phase).iter().enumerate().any(leads_out) {
                    hopeless[phase] = false;
                }
            }
        }
        hopeless
    }

    /// The expected cost until absorption from each phase, at a cost per unit of time for each.
    /// Phases are eliminated one by one without a subtraction (Grassmann, Taksar and Heyman 1985).
    fn accumulated(&self, mut cost: Vec<f64>) -> Vec<f64> {
        let order = self.order();
        let mut rates = self.rates.clone();
        let mut exits = self.exits.clone();
        let hopeless = self.hopeless();
        let mut leaving = vec![0.0; order];
        for last in (0..order).rev() {
            if hopeless[last] {
                // Never reached, or the caller would not ask.
                exits[last] = 1.0;
            }
            leaving[last] = exits[last] + rates[last * order..][..last].iter().sum::<f64>();
            for phase in 0..last {
                let share = rates[phase * order + last] / leaving[last];
                if share > 0.0 {
                    exits[phase] += share * exits[last];
                    cost[phase] += share * cost[last];
                    for to in 0..last {
                        if to != phase {
                            rates[phase * order + to] += share * rates[last * order + to];
                        }
                    }
                }
            }
        }
        for phase in 0..order {
            let onward: f64 = (0..phase)
                .map(|to| rates[phase * order + to] * cost[to])
                .sum();
            cost[phase] = (cost[phase] + onward) / leaving[phase];
        }
        cost
    }

    fn average_over_start(&self, costs: &[f64]) -> f64 {
        self.initial
            .iter()
            .zip(costs)
            .map(|(probability, cost)| probability * cost)
            .sum()
    }

    /// Where the chain is at time `t`: by uniformisation (Jensen 1953), which adds positive numbers
    /// only, in steps that are renormalised; by repeated squaring where that takes fewer operations.
    fn at(&self, t: f64) -> Whereabouts {
        let start = Whereabouts {
            phases: self.initial.clone(),
            ln_scale: 0.0,
            absorbed: self.mass_at_zero(),
        };
        let fastest = self.totals.iter().copied().fold(0.0, f64::max);
        let jumps = fastest * t;
        if jumps == 0.0 {
            start
        } else if jumps < 20.0 * (self.order() + 5) as f64 {
            let steps = (jumps / 30.0).ceil();
            (0..steps as usize).fold(start, |here, _| self.step(here, fastest, jumps / steps))
        } else {
            self.leap(start, fastest, t)
        }
    }

    /// The chain's row vector after one jump of the chain that jumps at rate `fastest` everywhere,
    /// with the absorbed part at the end.
    fn jump(&self, from: &[f64], fastest: f64) -> Vec<f64> {
        let order = self.order();
        let mut to = vec![0.0; order + 1];
        to[order] = from[order];
        for phase in 0..order {
            let mass = from[phase] / fastest;
            if mass > 0.0 {
                for (next, rate) in self.row(phase).iter().enumerate() {
                    to[next] += mass * rate;
                }
                to[phase] += mass * (fastest - self.totals[phase]).max(0.0);
                to[order] += mass * self.exits[phase];
            }
        }
        to
    }

    fn step(&self, here: Whereabouts, fastest: f64, jumps: f64) -> Whereabouts {
        let order = self.order();
        let mut mass = here.phases.clone();
        mass.push(0.0);
        let mut weight = libm::exp(-jumps);
        let mut sum: Vec<f64> = mass.iter().map(|part| part * weight).collect();
        let mut count = 0;
        loop {
            count += 1;
            mass = self.jump(&mass, fastest);
            weight *= jumps / f64::from(count);
            for (part, more) in sum.iter_mut().zip(&mass) {
                *part += weight * more;
            }
            // What is left out is less than the weight, on either side.
            let alive: f64 = sum[..order].iter().sum();
            let least = if sum[order] > 0.0 {
                alive.min(sum[order])
            } else {
                alive
            };
            let enough = count as usize > order && f64::from(count) > jumps;
            if enough && (weight <= 1e-18 * least || f64::from(count) > jumps + 400.0) {
                break;
            }
        }
        let absorbed = here.absorbed + sum[order] * libm::exp(here.ln_scale);
        sum.truncate(order);
        let alive: f64 = sum.iter().sum();
        if alive > 0.0 {
            sum.iter_mut().for_each(|part| *part /= alive);
        }
        Whereabouts {
            phases: sum,
            ln_scale: here.ln_scale + libm::log(alive),
            absorbed,
        }
    }

    fn leap(&self, start: Whereabouts, fastest: f64, t: f64) -> Whereabouts {
        let order = self.order();
        let mut doublings = 0;
        let mut length = t;
        while fastest * length > 1.0 {
            length *= 0.5;
            doublings += 1;
        }
        // Row by row: from each phase to each phase, divided by a scale, and to absorption.
        let mut between = vec![0.0; order * order];
        let mut absorbed = vec![0.0; order];
        for phase in 0..order {
            let mut unit = vec![0.0; order];
            unit[phase] = 1.0;
            let from = Whereabouts {
                phases: unit,
                ln_scale: 0.0,
                absorbed: 0.0,
            };
            let reached = self.step(from, fastest, fastest * length);
            let scale = libm::exp(reached.ln_scale);
            for (to, part) in reached.phases.iter().enumerate() {
                between[phase * order + to] = part * scale;
            }
            absorbed[phase] = reached.absorbed;
        }
        let mut ln_scale = 0.0;
        for _ in 0..doublings {
            let scale = libm::exp(ln_scale);
            let mut squared = vec![0.0; order * order];
            let mut later = absorbed.clone();
            for from in 0..order {
                for via in 0..order {
                    let part = between[from * order + via];
                    if part > 0.0 {
                        later[from] += scale * part * absorbed[via];
                        for to in 0..order {
                            squared[from * order + to] += part * between[via * order + to];
                        }
                    }
                }
            }
            // Mass is neither made nor lost: without this, rounding would double with the time.
            for (row, ended) in squared.chunks_exact_mut(order).zip(&later) {
                let mass = row.iter().sum::<f64>() * scale * scale;
                if *ended < 0.5 && mass > 0.0 {
                    row.iter_mut()
                        .for_each(|part| *part *= (1.0 - ended) / mass);
                }
            }
            let greatest = squared.iter().copied().fold(0.0, f64::max);
            squared.iter_mut().for_each(|part| *part /= greatest);
            ln_scale = 2.0 * ln_scale + libm::log(greatest);
            (between, absorbed) = (squared, later);
        }
        let phases = (0..order)
            .map(|to| {
                (0..order)
                    .map(|from| start.phases[from] * between[from * order + to])
                    .sum()
            })
            .collect();
        let ended: f64 = start
            .phases
            .iter()
            .zip(&absorbed)
            .map(|(mass, part)| mass * part)
            .sum();
        Whereabouts {
            phases,
            ln_scale,
            absorbed: (start.absorbed + ended).min(1.0),
        }
    }
}

impl Whereabouts {
    fn ln_alive(&self) -> f64 {
        self.ln_scale + libm::log(self.phases.iter().sum())
    }
}

impl Family for PhaseType {
    fn mean(&self) -> f64 {
        if self.may_never_end() {
            return f64::INFINITY;
        }
        self.average_over_start(&self.accumulated(vec![1.0; self.order()]))
    }

    fn variance(&self) -> f64 {
        if self.may_never_end() {
            return f64::INFINITY;
        }
        let means = self.accumulated(vec![1.0; self.order()]);
        let mean = self.average_over_start(&means);
        2.0 * self.average_over_start(&self.accumulated(means)) - mean * mean
    }

    fn support(&self) -> (f64, f64) {
        if self.initial.iter().all(|probability| *probability == 0.0) {
            return (0.0, 0.0);
        }
        let hopeless = self.hopeless();
        let starts = self.initial.iter().zip(&hopeless);
        let can_end =
            self.mass_at_zero() > 0.0 || starts.clone().any(|(p, lost)| *p > 0.0 && !lost);
        (if can_end { 0.0 } else { f64::INFINITY }, f64::INFINITY)
    }

    fn cdf(&self, x: f64) -> f64 {
        self.at(x).absorbed.min(1.0)
    }

    fn survival(&self, x: f64) -> f64 {
        libm::exp(self.at(x).ln_alive()).min(1.0)
    }

    fn pdf(&self, x: f64) -> f64 {
        let here = self.at(x);
        let rate: f64 = here
            .phases
            .iter()
            .zip(&self.exits)
            .map(|(mass, exit)| mass * exit)
            .sum();
        rate * libm::exp(here.ln_scale)
    }

    fn hazard(&self, x: f64) -> f64 {
        let here = self.at(x);
        let alive: f64 = here.phases.iter().sum();
        let rate: f64 = here
            .phases
            .iter()
            .zip(&self.exits)
            .map(|(mass, exit)| mass * exit)
            .sum();
        if alive > 0.0 { rate / alive } else { 0.0 }
    }

    fn cumulative_hazard(&self, x: f64) -> f64 {
        let here = self.at(x);
        if here.absorbed < 0.5 {
            -libm::log1p(-here.absorbed)
        } else {
            -here.ln_alive()
        }
    }

    fn sample(&self, rng: &mut Stream) -> f64 {
        let mut u = uniform_open(rng);
        for (phase, probability) in self.initial.iter().enumerate() {
            if u < *probability {
                return self.wander(phase, rng);
            }
            u -= probability;
        }
        if self.mass_at_zero() > 0.0 {
            return 0.0;
        }
        // Rounding led past the last phase.
        self.wander(choose(&self.initial, rng), rng)
    }

    fn sample_residual(&self, age: f64, rng: &mut Stream) -> f64 {
        let here = self.at(age);
        if here.phases.iter().sum::<f64>() > 0.0 {
            self.wander(choose(&here.phases, rng), rng)
        } else {
            0.0
        }
    }

    fn scaled(&self, factor: f64) -> Law {
        let slower = |rates: &[f64]| rates.iter().map(|rate| rate / factor).collect();
        PhaseType::trusted(
            self.initial.clone(),
            slower(&self.rates),
            slower(&self.exits),
        )
        .into()
    }

    fn atoms(&self) -> Vec<super::Atom> {
        let mut atoms = Vec::new();
        if self.mass_at_zero() > 0.0 {
            atoms.push(super::Atom {
                at: 0.0,
                probability: self.mass_at_zero(),
            });
        }
        if self.may_never_end() {
            // A cost of 1 for each visit to a phase from which there is no way out.
            let hopeless = self.hopeless();
            let order = self.order();
            let mut hopeful = self.clone();
            let mut cost = vec![0.0; order];
            for phase in 0..order {
                if hopeless[phase] {
                    hopeful.exits[phase] = 1.0;
                    hopeful.rates[phase * order..][..order].fill(0.0);
                    cost[phase] = 1.0;
                }
            }
            let probability = hopeful.average_over_start(&hopeful.accumulated(cost));
            atoms.push(super::Atom {
                at: f64::INFINITY,
                probability,
            });
        }
        atoms
    }

    fn phase_type(&self) -> Option<PhaseType> {
        Some(self.clone())
    }

    fn describe(&self) -> String {
        let count = human::count(self.order() as u64);
        describe_by_quantiles(&format!("phase-type of order {count}"), self)
    }
}
