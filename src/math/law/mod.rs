//! Laws of durations: how long something takes, or lives, when that is up to chance.
//!
//! A law is data. The one idea behind all of them is the cumulative hazard: a lifetime is the
//! moment at which it has eaten up an exponential variate with mean 1. It stays accurate where
//! probabilities run out of digits (a chance of 1e-300, an availability of thirteen nines), and the
//! remaining life of something old is the same computation started later.
//!
//! The unit of time is the caller's: [`Law::scaled`] changes it, so that a simulator can work in
//! nanoseconds. Only the words of [`Law::describe`] take it to be seconds. Samples are the same
//! bytes on every machine, because only `libm` computes logarithms and exponentials here.
//!
//! ```
//! use failsim::law::{Exponential, Law, LogNormal};
//!
//! let repair: Law = LogNormal::with_median_and_sigma(4.0, 0.7)?.into();
//! assert!((repair.cdf(4.0) - 0.5).abs() < 1e-9);
//! let life: Law = Exponential::with_mean(500.0)?.into();
//! assert_eq!(life.mean(), 500.0);
//! # Ok::<(), failsim::law::InvalidLaw>(())
//! ```
//!
//! A family lives in its own file and implements the private trait `Family`; adding one touches its
//! file, the list and [`Law::is_memoryless`] in this one, and [`Law::examples`].

mod compound;
mod empirical;
mod equilibrium;
mod examples;
mod fit;
mod gamma;
mod invalid;
mod log_logistic;
mod log_normal;
mod normal;
mod pareto;
mod periodic;
mod pert;
mod phase;
mod piecewise;
mod quantiles;
mod simple;
mod weibull;

use std::fmt;

use self::invalid::{AT_MOST, LESS_THAN, finite, not_negative, ordered, positive, weights};
use self::quantiles::{describe_by_quantiles, two_positive_quantiles, two_quantiles};
use super::numeric;
use super::rng::{Stream, exp1};

pub use compound::{Mixture, Shifted, Truncated};
pub use empirical::Empirical;
pub use equilibrium::Equilibrium;
pub use fit::Detail;
pub use gamma::{Erlang, Gamma};
pub use invalid::InvalidLaw;
pub use log_logistic::LogLogistic;
pub use log_normal::LogNormal;
pub use normal::NormalTruncated;
pub use pareto::Pareto;
pub use periodic::PeriodicCheck;
pub use pert::Pert;
pub use phase::{HyperExponential, PhaseType};
pub use piecewise::{Bathtub, HazardPiece, PiecewiseHazard};
pub use quantiles::QuantilePoint;
pub use simple::{Constant, Exponential, Never, Triangular, Uniform};
pub use weibull::Weibull;

/// Declares the families once: the enum, the conversions into it and the dispatch.
macro_rules! families {
    ($($(#[$meta:meta])* $name:ident($stored:ty),)*) => {
        /// The law of a duration: non-negative, possibly infinite.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Law {
            $($(#[$meta])* $name($stored),)*
        }

        $(impl From<$name> for Law {
            fn from(family: $name) -> Law {
                Law::$name(family.into())
            }
        })*

        /// Evaluates an expression with the family inside a law.
        macro_rules! each {
            ($law:expr, $family:ident => $body:expr) => {
                match $law {
                    $(Law::$name($family) => $body,)*
                }
            };
        }
    };
}

// What is drawn often is stored in place, the rest behind a box: a law is 32 bytes.
families! {
    /// Always the same duration.
    Constant(Constant),
    /// Without memory: a constant hazard.
    Exponential(Exponential),
    /// A hazard that rises or falls with a power of age.
    Weibull(Weibull),
    /// The logarithm is normal: most repair times.
    LogNormal(LogNormal),
    /// A continuous number of exponential stages.
    Gamma(Gamma),
    /// A whole number of equal exponential stages.
    Erlang(Erlang),
    /// One of several exponential laws, chosen by chance: more variable than one.
    HyperExponential(Box<HyperExponential>),
    /// The time a Markov chain takes to be absorbed.
    PhaseType(Box<PhaseType>),
    /// A normal law, given that it is not negative.
    NormalTruncated(NormalTruncated),
    /// Anything between two bounds.
    Uniform(Uniform),
    /// Minimum, most likely value and maximum, joined by straight lines.
    Triangular(Triangular),
    /// Minimum, most likely value and maximum, joined by a smooth curve.
    Pert(Box<Pert>),
    /// The logarithm is logistic: like lognormal with a heavier tail.
    LogLogistic(LogLogistic),
    /// A minimum and a power tail.
    Pareto(Pareto),
    /// One of several laws, chosen by chance.
    Mixture(Box<Mixture>),
    /// Another law after a fixed delay.
    Shifted(Box<Shifted>),
    /// Another law, given that it falls between two bounds.
    Truncated(Box<Truncated>),
    /// A constant hazard on each of several intervals of age: a bathtub.
    PiecewiseHazard(Box<PiecewiseHazard>),
    /// One of the observed durations, each as likely as the other.
    Empirical(Box<Empirical>),
    /// The time until a periodic check finds what happened at a random moment.
    PeriodicCheck(PeriodicCheck),
    /// It does not happen.
    Never(Never),
}

/// A duration that a law takes with a positive probability.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Atom {
    /// The duration; infinite for the chance that it never ends.
    pub at: f64,
    /// Its probability.
    pub probability: f64,
}

/// What every family can do. Arguments are finite and not negative: [`Law`] sees to that.
pub(crate) trait Family {
    fn mean(&self) -> f64;
    fn variance(&self) -> f64;
    /// The least and the greatest duration.
    fn support(&self) -> (f64, f64);
    fn cdf(&self, x: f64) -> f64;
    fn survival(&self, x: f64) -> f64;
    fn pdf(&self, x: f64) -> f64;
    fn sample(&self, rng: &mut Stream) -> f64;
    fn scaled(&self, factor: f64) -> Law;
    fn describe(&self) -> String;

    fn hazard(&self, x: f64) -> f64 {
        let (density, survival) = (self.pdf(x), self.survival(x));
        if density == 0.0 {
            0.0
        } else {
            density / survival
        }
    }

    /// `-ln` of the survival, from whichever of cdf and survival has the digits.
    fn cumulative_hazard(&self, x: f64) -> f64 {
        hazard_of(self.cdf(x), self.survival(x))
    }

    /// The least duration whose cumulative hazard is at least `h` (positive and finite).
    fn inverse_cumulative_hazard(&self, h: f64) -> f64 {
        let (min, max) = self.support();
        numeric::least_crossing(|x| self.cumulative_hazard(x) - h, min, max, self.mean())
    }

    fn sample_residual(&self, age: f64, rng: &mut Stream) -> f64 {
        let spent = self.cumulative_hazard(age);
        if spent.is_infinite() {
            return 0.0;
        }
        (self.inverse_cumulative_hazard(spent + exp1(rng)) - age).max(0.0)
    }

    /// `E X^3` of a law with a positive mean and a finite variance; infinite where it does not exist.
    fn third_moment(&self) -> f64 {
        // Far out the integrand falls unless the moment is infinite.
        let mean = self.mean();
        let part = |h: f64| {
            let ratio = self.inverse_cumulative_hazard(h) / mean;
            ratio * ratio * ratio * libm::exp(-h)
        };
        if part(600.0) > part(300.0) && part(600.0) > 0.0 {
            return f64::INFINITY;
        }
        numeric::integrate_pieces(&numeric::SURVIVAL_CUTS, part) * (mean * mean * mean)
    }

    fn atoms(&self) -> Vec<Atom> {
        Vec::new()
    }

    fn phase_type(&self) -> Option<PhaseType> {
        None
    }
}

impl Law {
    /// No time at all.
    pub fn zero() -> Law {
        Constant::new(0.0).expect("zero is a duration").into()
    }

    /// The mean duration; infinite where the tail is too heavy or the end may never come.
    pub fn mean(&self) -> f64 {
        each!(self, law => law.mean())
    }

    /// The variance of the duration, in squared time; infinite where it does not exist.
    pub fn variance(&self) -> f64 {
        each!(self, law => law.variance())
    }

    /// The least and the greatest possible duration (infimum and supremum).
    pub fn support(&self) -> (f64, f64) {
        each!(self, law => law.support())
    }

    /// The probability that the duration is at most `x`.
    pub fn cdf(&self, x: f64) -> f64 {
        if x < 0.0 {
            0.0
        } else if x == f64::INFINITY {
            1.0
        } else {
            each!(self, law => law.cdf(x))
        }
    }

    /// The probability that the duration exceeds `x`, with all its digits however small it is.
    pub fn survival(&self, x: f64) -> f64 {
        if x < 0.0 {
            1.0
        } else if x == f64::INFINITY {
            0.0
        } else {
            each!(self, law => law.survival(x))
        }
    }

    /// The density of the continuous part at `x`, per unit of time. [`Law::atoms`] are not in it;
    /// it may be infinite at 0.
    pub fn pdf(&self, x: f64) -> f64 {
        if !(0.0..f64::INFINITY).contains(&x) {
            0.0
        } else {
            each!(self, law => law.pdf(x))
        }
    }

    /// The rate at which what has lasted until `x` ends: density over survival, per unit of time.
    /// Atoms are not in it; 0 where nothing is left.
    pub fn hazard(&self, x: f64) -> f64 {
        if !(0.0..f64::INFINITY).contains(&x) {
            0.0
        } else {
            each!(self, law => law.hazard(x))
        }
    }

    /// Minus the logarithm of [`Law::survival`], accurate for tiny and for huge values.
    pub fn cumulative_hazard(&self, x: f64) -> f64 {
        if x < 0.0 {
            0.0
        } else if x == f64::INFINITY {
            f64::INFINITY
        } else {
            each!(self, law => law.cumulative_hazard(x))
        }
    }

    /// The least duration whose cumulative hazard is at least `h`; infinite if there is none.
    pub fn inverse_cumulative_hazard(&self, h: f64) -> f64 {
        if h <= 0.0 {
            self.support().0
        } else if h == f64::INFINITY {
            self.support().1
        } else {
            each!(self, law => law.inverse_cumulative_hazard(h))
        }
    }

    /// The least duration that is not exceeded with probability `p` (between 0 and 1).
    pub fn quantile(&self, p: f64) -> f64 {
        self.inverse_cumulative_hazard(-libm::log1p(-p))
    }

    /// A duration at random.
    #[inline]
    pub fn sample(&self, rng: &mut Stream) -> f64 {
        // Most draws are of this law, and its code is as short as the dispatch to the others.
        if let Law::Exponential(law) = self {
            law.sample(rng)
        } else {
            self.sample_any(rng)
        }
    }

    #[inline(never)]
    fn sample_any(&self, rng: &mut Stream) -> f64 {
        each!(self, law => law.sample(rng))
    }

    /// What remains, at random, of a duration that has lasted `age` (finite, not negative) and not
    /// ended. It is 0 where the law does not last that long. Age 0 is a fresh start: what may take
    /// no time at all still may.
    #[inline]
    pub fn sample_residual(&self, age: f64, rng: &mut Stream) -> f64 {
        debug_assert!(
            (0.0..f64::INFINITY).contains(&age),
            "an age is a finite time"
        );
        if age == 0.0 {
            each!(self, law => law.sample(rng))
        } else {
            each!(self, law => law.sample_residual(age, rng))
        }
    }

    /// What remains, on average, of a duration that has lasted `age` and not ended: 0 where the law
    /// does not last that long. Accurate to about 1e-9.
    pub fn mean_residual(&self, age: f64) -> f64 {
        let spent = self.cumulative_hazard(age);
        if spent.is_infinite() {
            return 0.0;
        }
        if self.mean().is_infinite() {
            return f64::INFINITY;
        }
        if let Law::Mixture(mixture) = self {
            return mixture.mean_residual(age);
        }
        numeric::integrate_pieces(&numeric::SURVIVAL_CUTS, |h| {
            (self.inverse_cumulative_hazard(spent + h) - age) * libm::exp(-h)
        })
    }

    /// How much rare long durations matter in sums: E X^3 / (E X^2)^(3/2), which is 1 for a constant,
    /// 2.1 for an exponential and 4.5 and 29 for lognormal laws with sigma 1 and 1.5. Infinite where
    /// the third moment is, and for what may never end.
    ///
    /// A sum of a Poisson number of durations with mean n has this over the root of n as its skewness.
    pub fn tail_weight(&self) -> f64 {
        let mean = self.mean();
        if !mean.is_finite() || !self.variance().is_finite() {
            return f64::INFINITY;
        }
        if mean == 0.0 {
            return 0.0;
        }
        let second = 1.0 + self.variance() / (mean * mean);
        each!(self, law => law.third_moment()) / (mean * mean * mean * second * second.sqrt())
    }

    /// The law of the duration times `factor`, which must be positive and finite: the same
    /// durations in another unit.
    #[must_use]
    pub fn scaled(&self, factor: f64) -> Law {
        assert!(
            factor > 0.0 && factor.is_finite(),
            "a factor between units is positive"
        );
        each!(self, law => law.scaled(factor))
    }

    /// Whether the age does not matter: the remaining life has the law of the whole.
    pub fn is_memoryless(&self) -> bool {
        match self {
            Law::Exponential(_) | Law::Never(_) => true,
            Law::Constant(constant) => constant.value() == 0.0,
            Law::Weibull(weibull) => weibull.shape() == 1.0 && weibull.location() == 0.0,
            Law::Gamma(gamma) => gamma.shape() == 1.0,
            Law::Erlang(erlang) => erlang.stages() == 1,
            Law::HyperExponential(mix) => mix.means().windows(2).all(|pair| pair[0] == pair[1]),
            Law::PhaseType(phases) => phases.order() == 1 && phases.mass_at_zero() == 0.0,
            Law::Mixture(mixture) => match mixture.laws() {
                [only] => only.is_memoryless(),
                _ => false,
            },
            Law::Shifted(shifted) => shifted.offset() == 0.0 && shifted.law().is_memoryless(),
            Law::Truncated(truncated) => {
                truncated.low() == 0.0
                    && truncated.high() == f64::INFINITY
                    && truncated.law().is_memoryless()
            }
            Law::PiecewiseHazard(hazard) => hazard
                .pieces()
                .windows(2)
                .all(|pair| pair[0].rate == pair[1].rate),
            Law::LogNormal(_)
            | Law::NormalTruncated(_)
            | Law::Uniform(_)
            | Law::Triangular(_)
            | Law::Pert(_)
            | Law::LogLogistic(_)
            | Law::Pareto(_)
            | Law::Empirical(_)
            | Law::PeriodicCheck(_) => false,
        }
    }

    /// The law as the absorption time of a Markov chain, if it is one exactly.
    pub fn phase_type(&self) -> Option<PhaseType> {
        each!(self, law => law.phase_type())
    }

    /// The durations with a positive probability, in increasing order.
    pub fn atoms(&self) -> Vec<Atom> {
        each!(self, law => law.atoms())
    }

    /// The law in words, taking the unit of time to be the second:
    /// `lognormal, median 4 h, 95 % below 12 h`.
    pub fn describe(&self) -> String {
        each!(self, law => law.describe())
    }
}

impl fmt::Display for Law {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.describe())
    }
}

/// `-ln` of a survival of which the complement is known too.
fn hazard_of(cdf: f64, survival: f64) -> f64 {
    if cdf < 0.5 {
        -libm::log1p(-cdf)
    } else {
        -libm::log(survival)
    }
}

#[cfg(test)]
mod tests;
