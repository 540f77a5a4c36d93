//! Laws made of other laws: mixed, delayed, and cut off.

use super::{
    Atom, Family, InvalidLaw, LESS_THAN, Law, PhaseType, hazard_of, not_negative, ordered, weights,
};
use crate::base::human;
use crate::math::numeric;
use crate::math::rng::{Stream, uniform_open};

/// One of several laws, chosen by chance: ninety short repairs, ten long ones.
#[derive(Clone, Debug, PartialEq)]
pub struct Mixture {
    // Invariant: as many as laws, positive, sum 1.
    weights: Vec<f64>,
    laws: Vec<Law>,
}

impl Mixture {
    /// Each of `laws` with the probability at the same place in `weights`.
    ///
    /// # Errors
    ///
    /// Fails unless the lists are equally long and not empty, and the weights are not negative and
    /// add up to 1 within 1e-9. Laws of weight 0 are left out.
    pub fn new(given: Vec<f64>, laws: Vec<Law>) -> Result<Mixture, InvalidLaw> {
        if given.len() != laws.len() {
            return Err(InvalidLaw::Lengths {
                left_name: "weights",
                left: given.len(),
                right_name: "laws",
                right: laws.len(),
            });
        }
        let (weights, laws) = weights("the weights", given)?
            .into_iter()
            .zip(laws)
            .filter(|(weight, _)| *weight > 0.0)
            .unzip();
        Ok(Mixture { weights, laws })
    }

    /// The probabilities of the laws.
    pub fn weights(&self) -> &[f64] {
        &self.weights
    }

    /// The laws.
    pub fn laws(&self) -> &[Law] {
        &self.laws
    }

    fn pairs(&self) -> impl Iterator<Item = (f64, &Law)> {
        self.weights.iter().copied().zip(&self.laws)
    }

    fn average(&self, f: impl Fn(&Law) -> f64) -> f64 {
        self.pairs().map(|(weight, law)| weight * f(law)).sum()
    }

    /// What remains on average after `age`: of each part, as it is left. An integral over the whole
    /// would meet the kinks and jumps of all parts.
    pub(super) fn mean_residual(&self, age: f64) -> f64 {
        let (parts, _) = self.survivors(age);
        let left = parts
            .iter()
            .zip(&self.laws)
            .filter(|(part, _)| **part > 0.0);
        let rest: f64 = left.map(|(part, law)| part * law.mean_residual(age)).sum();
        rest / parts.iter().sum::<f64>()
    }

    /// The weights times the survivals at `x`, relative to the greatest survival; and minus the
    /// logarithm of that.
    fn survivors(&self, x: f64) -> (Vec<f64>, f64) {
        let hazards: Vec<f64> = self
            .laws
            .iter()
            .map(|law| law.cumulative_hazard(x))
            .collect();
        let least = hazards.iter().copied().fold(f64::INFINITY, f64::min);
        if least.is_infinite() {
            return (vec![0.0; hazards.len()], least);
        }
        let parts = self.weights.iter().zip(&hazards);
        (
            parts
                .map(|(weight, h)| weight * libm::exp(least - h))
                .collect(),
            least,
        )
    }
}

/// An index with a probability proportional to its part.
pub(super) fn choose(parts: &[f64], rng: &mut Stream) -> usize {
    let mut u = uniform_open(rng) * parts.iter().sum::<f64>();
    let mut last = 0;
    for (index, part) in parts.iter().enumerate() {
        if *part > 0.0 {
            if u < *part {
                return index;
            }
            u -= part;
            last = index;
        }
    }
    last
}

impl Family for Mixture {
    fn mean(&self) -> f64 {
        self.average(Law::mean)
    }

    fn variance(&self) -> f64 {
        let mean = self.mean();
        if mean.is_infinite() {
            return f64::INFINITY;
        }
        self.average(|law| law.variance() + (law.mean() - mean) * (law.mean() - mean))
    }

    fn support(&self) -> (f64, f64) {
        let supports = self.laws.iter().map(Law::support);
        supports.fold((f64::INFINITY, 0.0), |(min, max), (a, b)| {
            (min.min(a), max.max(b))
        })
    }

    fn cdf(&self, x: f64) -> f64 {
        self.average(|law| law.cdf(x)).min(1.0)
    }

    fn survival(&self, x: f64) -> f64 {
        self.average(|law| law.survival(x)).min(1.0)
    }

    fn pdf(&self, x: f64) -> f64 {
        self.average(|law| law.pdf(x))
    }

    fn hazard(&self, x: f64) -> f64 {
        let (parts, least) = self.survivors(x);
        if least.is_infinite() {
            return 0.0;
        }
        let dying = parts
            .iter()
            .zip(&self.laws)
            .filter(|(part, _)| **part > 0.0);
        dying.map(|(part, law)| part * law.hazard(x)).sum::<f64>() / parts.iter().sum::<f64>()
    }

    fn cumulative_hazard(&self, x: f64) -> f64 {
        let cdf = self.cdf(x);
        if cdf < 0.5 {
            return hazard_of(cdf, 1.0 - cdf);
        }
        let (parts, least) = self.survivors(x);
        if least.is_infinite() {
            least
        } else {
            least - libm::log(parts.iter().sum())
        }
    }

    fn sample(&self, rng: &mut Stream) -> f64 {
        self.laws[choose(&self.weights, rng)].sample(rng)
    }

    fn sample_residual(&self, age: f64, rng: &mut Stream) -> f64 {
        let (parts, least) = self.survivors(age);
        if least.is_infinite() {
            return 0.0;
        }
        self.laws[choose(&parts, rng)].sample_residual(age, rng)
    }

    fn scaled(&self, factor: f64) -> Law {
        let laws = self.laws.iter().map(|law| law.scaled(factor)).collect();
        Mixture {
            weights: self.weights.clone(),
            laws,
        }
        .into()
    }

    fn atoms(&self) -> Vec<Atom> {
        let mut all: Vec<Atom> = Vec::new();
        for (weight, law) in self.pairs() {
            let weighted = |atom: Atom| Atom {
                probability: weight * atom.probability,
                ..atom
            };
            all.extend(law.atoms().into_iter().map(weighted));
        }
        all.sort_by(|a, b| a.at.total_cmp(&b.at));
        all.dedup_by(|next, kept| {
            let same = next.at == kept.at;
            if same {
                kept.probability += next.probability;
            }
            same
        });
        all
    }

    fn phase_type(&self) -> Option<PhaseType> {
        let parts = self
            .laws
            .iter()
            .map(Law::phase_type)
            .collect::<Option<Vec<PhaseType>>>()?;
        Some(PhaseType::mixture(&self.weights, &parts))
    }

    fn describe(&self) -> String {
        let parts: Vec<String> = self
            .pairs()
            .map(|(weight, law)| format!("{}: {}", human::percent(weight), law.describe()))
            .collect();
        format!("mixture of {}", parts.join("; "))
    }
}

/// Another law after a fixed delay: a reboot takes two minutes and then some.
#[derive(Clone, Debug, PartialEq)]
pub struct Shifted {
    // Invariant: finite, not negative.
    offset: f64,
    law: Law,
}

impl Shifted {
    /// `offset` longer than `law`.
    ///
    /// # Errors
    ///
    /// Fails unless the offset is finite and not negative.
    pub fn new(law: Law, offset: f64) -> Result<Shifted, InvalidLaw> {
        Ok(Shifted {
            law,
            offset: not_negative("the offset", offset)?,
        })
    }

    /// The delay.
    pub fn offset(&self) -> f64 {
        self.offset
    }

    /// What comes after the delay.
    pub fn law(&self) -> &Law {
        &self.law
    }
}

impl Family for Shifted {
    fn mean(&self) -> f64 {
        self.offset + self.law.mean()
    }

    fn variance(&self) -> f64 {
        self.law.variance()
    }

    fn support(&self) -> (f64, f64) {
        let (min, max) = self.law.support();
        (self.offset + min, self.offset + max)
    }

    fn cdf(&self, x: f64) -> f64 {
        self.law.cdf(x - self.offset)
    }

    fn survival(&self, x: f64) -> f64 {
        self.law.survival(x - self.offset)
    }

    fn pdf(&self, x: f64) -> f64 {
        self.law.pdf(x - self.offset)
    }

    fn hazard(&self, x: f64) -> f64 {
        self.law.hazard(x - self.offset)
    }

    fn cumulative_hazard(&self, x: f64) -> f64 {
        self.law.cumulative_hazard(x - self.offset)
    }

    fn inverse_cumulative_hazard(&self, h: f64) -> f64 {
        self.offset + self.law.inverse_cumulative_hazard(h)
    }

    fn sample(&self, rng: &mut Stream) -> f64 {
        self.offset + self.law.sample(rng)
    }

    fn sample_residual(&self, age: f64, rng: &mut Stream) -> f64 {
        if age < self.offset {
            (self.offset - age) + self.law.sample(rng)
        } else {
            self.law.sample_residual(age - self.offset, rng)
        }
    }

    fn scaled(&self, factor: f64) -> Law {
        Shifted {
            offset: self.offset * factor,
            law: self.law.scaled(factor),
        }
        .into()
    }

    fn atoms(&self) -> Vec<Atom> {
        let later = |atom: Atom| Atom {
            at: self.offset + atom.at,
            ..atom
        };
        self.law.atoms().into_iter().map(later).collect()
    }

    fn phase_type(&self) -> Option<PhaseType> {
        if self.offset == 0.0 {
            self.law.phase_type()
        } else {
            None
        }
    }

    fn describe(&self) -> String {
        format!(
            "{} plus {}",
            human::duration(self.offset),
            self.law.describe()
        )
    }
}

/// Another law, given that the duration falls between two bounds, both included.
#[derive(Clone, Debug, PartialEq)]
pub struct Truncated {
    law: Law,
    // Invariant: `0 <= low < high`, low finite, and the law falls between them with a probability
    // that is not 0.
    low: f64,
    high: f64,
    // The law's cumulative hazard just before `low` and at `high`.
    hazard_low: f64,
    hazard_high: f64,
    // Whether `low` itself has a probability.
    atom_at_low: bool,
}

impl Truncated {
    /// `law`, given that it is at least `low` and at most `high`, which may be infinite.
    ///
    /// # Errors
    ///
    /// Fails unless `0 <= low < high`, and if the law never falls between them.
    pub fn with_low_and_high(law: Law, low: f64, high: f64) -> Result<Truncated, InvalidLaw> {
        let low = not_negative("the lower bound", low)?;
        if high != f64::INFINITY {
            not_negative("the upper bound", high)?;
        }
        ordered(
            ("the lower bound", low),
            LESS_THAN,
            ("the upper bound", high),
        )?;
        let at_low: f64 = law
            .atoms()
            .iter()
            .filter(|atom| atom.at == low)
            .map(|atom| atom.probability)
            .sum();
        let before = if at_low > 0.0 {
            law.survival(low) + at_low
        } else {
            1.0
        };
        let hazard_low = if at_low > 0.0 {
            hazard_of((law.cdf(low) - at_low).max(0.0), before.min(1.0))
        } else {
            law.cumulative_hazard(low)
        };
        let hazard_high = law.cumulative_hazard(high);
        if hazard_low < hazard_high {
            Ok(Truncated {
                law,
                low,
                high,
                hazard_low,
                hazard_high,
                atom_at_low: at_low > 0.0,
            })
        } else {
            Err(InvalidLaw::Unattainable {
                family: "truncated",
                parameter: "a lower bound of",
                value: low,
                reason: "what it is cut from never falls between the bounds",
            })
        }
    }

    /// The law that this is cut from.
    pub fn law(&self) -> &Law {
        &self.law
    }

    /// The lower bound.
    pub fn low(&self) -> f64 {
        self.low
    }

    /// The upper bound, possibly infinite.
    pub fn high(&self) -> f64 {
        self.high
    }

    /// The probability of being at most `high`, given at least `low`.
    fn kept(&self) -> f64 {
        -libm::expm1(self.hazard_low - self.hazard_high)
    }

    /// The law's cumulative hazard at `x` since `low`.
    fn spent(&self, x: f64) -> f64 {
        (self.law.cumulative_hazard(x) - self.hazard_low).max(0.0)
    }

    fn moment(&self, f: impl Fn(f64) -> f64) -> f64 {
        numeric::integrate_pieces(&numeric::SURVIVAL_CUTS, |h| {
            f(self.inverse_cumulative_hazard(h)) * libm::exp(-h)
        })
    }
}

impl Family for Truncated {
    fn mean(&self) -> f64 {
        if self.high.is_infinite() && self.law.mean().is_infinite() {
            return f64::INFINITY;
        }
        let min = self.support().0;
        min + self.moment(|x| x - min)
    }

    fn variance(&self) -> f64 {
        if self.high.is_infinite() && self.law.variance().is_infinite() {
            return f64::INFINITY;
        }
        let mean = self.mean();
        self.moment(|x| (x - mean) * (x - mean))
    }

    fn support(&self) -> (f64, f64) {
        let (min, max) = self.law.support();
        (min.max(self.low), max.min(self.high))
    }

    fn cdf(&self, x: f64) -> f64 {
        if x < self.low {
            0.0
        } else if x >= self.high {
            1.0
        } else {
            (-libm::expm1(-self.spent(x)) / self.kept()).min(1.0)
        }
    }

    fn survival(&self, x: f64) -> f64 {
        if x < self.low {
            1.0
        } else if x >= self.high {
            0.0
        } else {
            let spent = self.spent(x);
            let left = (self.hazard_high - self.hazard_low - spent).max(0.0);
            libm::exp(-spent) * (-libm::expm1(-left) / self.kept())
        }
    }

    fn pdf(&self, x: f64) -> f64 {
        if x < self.low || x > self.high {
            return 0.0;
        }
        let hazard = self.law.hazard(x);
        if hazard == 0.0 {
            0.0
        } else {
            hazard * libm::exp(-self.spent(x)) / self.kept()
        }
    }

    fn hazard(&self, x: f64) -> f64 {
        if x < self.low || x >= self.high {
            return 0.0;
        }
        let left = self.hazard_high - self.hazard_low - self.spent(x);
        let hazard = self.law.hazard(x);
        if hazard == 0.0 {
            0.0
        } else {
            hazard / -libm::expm1(-left)
        }
    }

    fn cumulative_hazard(&self, x: f64) -> f64 {
        if x < self.low {
            return 0.0;
        }
        if self.high.is_infinite() && self.hazard_high.is_infinite() {
            return self.spent(x);
        }
        hazard_of(self.cdf(x), self.survival(x))
    }

    fn inverse_cumulative_hazard(&self, h: f64) -> f64 {
        let kept = self.kept();
        let ended = kept * -libm::expm1(-h);
        let spent = if self.hazard_high.is_infinite() {
            h
        } else if ended < 0.5 {
            -libm::log1p(-ended)
        } else {
            -libm::log(libm::exp(self.hazard_low - self.hazard_high) + kept * libm::exp(-h))
        };
        self.law
            .inverse_cumulative_hazard(self.hazard_low + spent)
            .clamp(self.low, self.high)
    }

    fn sample(&self, rng: &mut Stream) -> f64 {
        if libm::exp(-self.hazard_low) * self.kept() < 0.2 {
            // Without an upper bound this is the remaining life at the lower one (unless that has a
            // probability of its own, which a remaining life leaves out).
            let tail = self.high.is_infinite() && self.hazard_high.is_infinite();
            if tail && !self.atom_at_low {
                return self.low + self.law.sample_residual(self.low, rng);
            }
            return self.inverse_cumulative_hazard(-libm::log(uniform_open(rng)));
        }
        loop {
            let value = self.law.sample(rng);
            if self.low <= value && value <= self.high {
                return value;
            }
        }
    }

    fn scaled(&self, factor: f64) -> Law {
        Truncated {
            law: self.law.scaled(factor),
            low: self.low * factor,
            high: self.high * factor,
            hazard_low: self.hazard_low,
            hazard_high: self.hazard_high,
            atom_at_low: self.atom_at_low,
        }
        .into()
    }

    fn atoms(&self) -> Vec<Atom> {
        let kept = libm::exp(-self.hazard_low) * self.kept();
        let inside = |atom: &Atom| self.low <= atom.at && atom.at <= self.high;
        let given = |atom: Atom| Atom {
            probability: atom.probability / kept,
            ..atom
        };
        self.law
            .atoms()
            .into_iter()
            .filter(inside)
            .map(given)
            .collect()
    }

    fn phase_type(&self) -> Option<PhaseType> {
        let whole = self.low == 0.0 && self.high == f64::INFINITY;
        if whole { self.law.phase_type() } else { None }
    }

    fn describe(&self) -> String {
        format!(
            "between {} and {} of {}",
            human::duration(self.low),
            human::duration(self.high),
            self.law.describe()
        )
    }
}
