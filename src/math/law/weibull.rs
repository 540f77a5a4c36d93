//! The Weibull law: a hazard that is a power of age.

use super::{
    Family, InvalidLaw, Law, PhaseType, QuantilePoint, describe_by_quantiles, not_negative,
    positive, two_positive_quantiles,
};
use crate::base::human;
use crate::math::numeric;
use crate::math::rng::{Stream, exp1};

/// The Weibull law (1951): survival `exp(-((x - location) / scale)^shape)` beyond its location.
///
/// A shape below 1 is infant mortality, above 1 is wear-out; 1 is exponential.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Weibull {
    // Invariant: shape and scale positive, location not negative, all finite.
    shape: f64,
    scale: f64,
    location: f64,
}

impl Weibull {
    /// The law with this shape and this scale: the duration that 63.2 % do not exceed.
    ///
    /// # Errors
    ///
    /// Fails unless both are positive and finite.
    pub fn with_shape_and_scale(shape: f64, scale: f64) -> Result<Weibull, InvalidLaw> {
        Ok(Weibull {
            shape: positive("the shape", shape)?,
            scale: positive("the scale", scale)?,
            location: 0.0,
        })
    }

    /// The law with this shape and this mean.
    ///
    /// # Errors
    ///
    /// Fails unless both are positive and finite, and for a shape below 0.006, where the mean is
    /// more than 1e308 scales.
    pub fn with_shape_and_mean(shape: f64, mean: f64) -> Result<Weibull, InvalidLaw> {
        let shape = positive("the shape", shape)?;
        let mean = positive("the mean", mean)?;
        Weibull::with_shape_and_scale(shape, mean / libm::tgamma(1.0 + 1.0 / shape)).map_err(|_| {
            InvalidLaw::Unattainable {
                family: "Weibull",
                parameter: "a mean and a shape of",
                value: shape,
                reason: "the scale would be 0",
            }
        })
    }

    /// The law with this mean and coefficient of variation (standard deviation over mean).
    ///
    /// # Errors
    ///
    /// Fails unless both are positive and finite, and for coefficients of variation outside 1e-6 to
    /// 1e9.
    pub fn with_mean_and_cv(mean: f64, cv: f64) -> Result<Weibull, InvalidLaw> {
        let cv = positive("the coefficient of variation", cv)?;
        if !(1e-6..=1e9).contains(&cv) {
            return Err(InvalidLaw::Unattainable {
                family: "Weibull",
                parameter: "a coefficient of variation of",
                value: cv,
                reason: "it must be between 1e-6 and 1e9",
            });
        }
        let target = libm::log1p(cv * cv);
        let inverse_shape = numeric::least_crossing(
            |u| ln_second_moment_ratio(u) - target,
            0.0,
            1e3,
            cv.min(3.0),
        );
        Weibull::with_shape_and_mean(1.0 / inverse_shape, mean)
    }

    /// The law through two quantiles.
    ///
    /// # Errors
    ///
    /// Fails unless both are positive and increase with their probabilities.
    pub fn with_quantiles(
        first: QuantilePoint,
        second: QuantilePoint,
    ) -> Result<Weibull, InvalidLaw> {
        let (low, high) = two_positive_quantiles(first, second)?;
        let ln_hazards = [low, high].map(|point| libm::log(-libm::log1p(-point.probability)));
        let shape = (ln_hazards[1] - ln_hazards[0]) / libm::log(high.value / low.value);
        Weibull::with_shape_and_scale(shape, high.value * libm::exp(-ln_hazards[1] / shape))
    }

    /// The same law, later by `location`: nothing ends before that (the three-parameter law).
    ///
    /// # Errors
    ///
    /// Fails unless the location is finite and not negative.
    pub fn with_location(self, location: f64) -> Result<Weibull, InvalidLaw> {
        Ok(Weibull {
            location: not_negative("the location", location)?,
            ..self
        })
    }

    /// The shape.
    pub fn shape(self) -> f64 {
        self.shape
    }

    /// The scale, also called the characteristic life.
    pub fn scale(self) -> f64 {
        self.scale
    }

    /// The location, also called the failure-free time.
    pub fn location(self) -> f64 {
        self.location
    }

    /// The duration beyond the location at which the cumulative hazard is `h`.
    #[inline]
    fn excess_at(self, h: f64) -> f64 {
        if self.shape == 1.0 {
            self.scale * h
        } else {
            self.scale * crate::math::exp(libm::log(h) / self.shape)
        }
    }
}

/// `ln(E[X^2] / E[X]^2)` of the Weibull law with shape `1/u`.
fn ln_second_moment_ratio(u: f64) -> f64 {
    if u > 0.04 {
        return libm::lgamma(1.0 + 2.0 * u) - 2.0 * libm::lgamma(1.0 + u);
    }
    // The power series of ln gamma(1 + u): the terms of first order cancel.
    const ZETA: [f64; 12] = [
        1.644_934_066_848_226_4,
        1.202_056_903_159_594_2,
        1.082_323_233_711_138_2,
        1.036_927_755_143_37,
        1.017_343_061_984_449,
        1.008_349_277_381_923,
        1.004_077_356_197_944_3,
        1.002_008_392_826_082_2,
        1.000_994_575_127_818,
        1.000_494_188_604_119_5,
        1.000_246_086_553_308,
        1.000_122_713_347_578_5,
    ];
    let (mut sum, mut power, mut two_power) = (0.0, -u, 2.0);
    for (index, zeta) in ZETA.iter().enumerate() {
        power *= -u;
        two_power *= 2.0;
        sum += zeta * power * (two_power - 2.0) / (index + 2) as f64;
    }
    sum
}

impl Family for Weibull {
    fn mean(&self) -> f64 {
        self.location + self.scale * libm::tgamma(1.0 + 1.0 / self.shape)
    }

    fn variance(&self) -> f64 {
        let mean = self.scale * libm::tgamma(1.0 + 1.0 / self.shape);
        mean * mean * libm::expm1(ln_second_moment_ratio(1.0 / self.shape))
    }

    fn support(&self) -> (f64, f64) {
        (self.location, f64::INFINITY)
    }

    fn cdf(&self, x: f64) -> f64 {
        -libm::expm1(-self.cumulative_hazard(x))
    }

    fn survival(&self, x: f64) -> f64 {
        libm::exp(-self.cumulative_hazard(x))
    }

    fn pdf(&self, x: f64) -> f64 {
        let (hazard, survival) = (self.hazard(x), self.survival(x));
        if survival == 0.0 {
            0.0
        } else {
            hazard * survival
        }
    }

    fn hazard(&self, x: f64) -> f64 {
        let y = (x - self.location) / self.scale;
        if y < 0.0 {
            0.0
        } else if self.shape == 1.0 {
            1.0 / self.scale
        } else {
            self.shape / self.scale * libm::exp((self.shape - 1.0) * libm::log(y))
        }
    }

    fn cumulative_hazard(&self, x: f64) -> f64 {
        let y = (x - self.location) / self.scale;
        if y <= 0.0 {
            0.0
        } else if self.shape == 1.0 {
            y
        } else {
            libm::exp(self.shape * libm::log(y))
        }
    }

    fn inverse_cumulative_hazard(&self, h: f64) -> f64 {
        self.location + self.excess_at(h)
    }

    #[inline]
    fn sample(&self, rng: &mut Stream) -> f64 {
        self.location + self.excess_at(exp1(rng))
    }

    fn sample_residual(&self, age: f64, rng: &mut Stream) -> f64 {
        let old = age - self.location;
        if old <= 0.0 {
            return self.sample(rng) - age;
        }
        let (spent, draw) = (self.cumulative_hazard(age), exp1(rng));
        if spent == 0.0 {
            return self.excess_at(draw);
        }
        // Not a difference of two long lives, which would have no digits left.
        let ratio = draw / spent;
        if ratio.is_infinite() {
            return (self.excess_at(spent + draw) - old).max(0.0);
        }
        old * libm::expm1(libm::log1p(ratio) / self.shape)
    }

    fn scaled(&self, factor: f64) -> Law {
        Weibull {
            shape: self.shape,
            scale: self.scale * factor,
            location: self.location * factor,
        }
        .into()
    }

    fn phase_type(&self) -> Option<PhaseType> {
        (self.shape == 1.0 && self.location == 0.0).then(|| PhaseType::stages(1, 1.0 / self.scale))
    }

    fn describe(&self) -> String {
        let shape = human::significant(self.shape, 3);
        describe_by_quantiles(&format!("Weibull with shape {shape}"), self)
    }
}
