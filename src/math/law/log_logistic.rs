//! The log-logistic law: like lognormal, with a tail that falls as a power.

use std::f64::consts::PI;

use super::{
    Family, InvalidLaw, Law, QuantilePoint, describe_by_quantiles, positive, two_positive_quantiles,
};
use crate::math::numeric;
use crate::math::rng::{Stream, exp1};

/// The log-logistic law: survival `1 / (1 + (x / median)^shape)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LogLogistic {
    // Invariant: both positive and finite.
    shape: f64,
    median: f64,
}

impl LogLogistic {
    /// The law with this shape and this median, which is its scale.
    ///
    /// # Errors
    ///
    /// Fails unless both are positive and finite.
    pub fn with_shape_and_median(shape: f64, median: f64) -> Result<LogLogistic, InvalidLaw> {
        Ok(LogLogistic {
            shape: positive("the shape", shape)?,
            median: positive("the median", median)?,
        })
    }

    /// The law with this mean and coefficient of variation (standard deviation over mean).
    ///
    /// # Errors
    ///
    /// Fails unless both are positive and finite, and for a coefficient of variation outside 1e-6
    /// to 1e6.
    pub fn with_mean_and_cv(mean: f64, cv: f64) -> Result<LogLogistic, InvalidLaw> {
        let mean = positive("the mean", mean)?;
        let cv = positive("the coefficient of variation", cv)?;
        if !(1e-6..=1e6).contains(&cv) {
            return Err(InvalidLaw::Unattainable {
                family: "log-logistic",
                parameter: "a coefficient of variation of",
                value: cv,
                reason: "it must be between 1e-6 and 1e6",
            });
        }
        let b = numeric::least_crossing(|b| squared_cv(b) - cv * cv, 0.0, 0.5 * PI, cv.min(1.4));
        LogLogistic::with_shape_and_median(PI / b, mean * libm::sin(b) / b)
    }

    /// The law through two quantiles.
    ///
    /// # Errors
    ///
    /// Fails unless both are positive and increase with their probabilities.
    pub fn with_quantiles(
        first: QuantilePoint,
        second: QuantilePoint,
    ) -> Result<LogLogistic, InvalidLaw> {
        let (low, high) = two_positive_quantiles(first, second)?;
        let [low_logit, high_logit] =
            [low, high].map(|point| libm::log(point.probability) - libm::log1p(-point.probability));
        let shape = (high_logit - low_logit) / libm::log(high.value / low.value);
        LogLogistic::with_shape_and_median(shape, low.value * libm::exp(-low_logit / shape))
    }

    /// The shape: the power with which the tail falls.
    pub fn shape(self) -> f64 {
        self.shape
    }

    /// The median.
    pub fn median(self) -> f64 {
        self.median
    }

    /// The odds of having ended by `x`.
    fn odds(self, x: f64) -> f64 {
        if x == 0.0 {
            0.0
        } else {
            libm::exp(self.shape * libm::log(x / self.median))
        }
    }
}

/// The squared coefficient of variation, `tan(b) / b - 1`, of the law with shape `PI / b`.
fn squared_cv(b: f64) -> f64 {
    if b >= 0.5 * PI {
        return f64::INFINITY;
    }
    if b > 0.03 {
        return libm::tan(b) / b - 1.0;
    }
    let y = b * b;
    y * (1.0 / 3.0
        + y * (2.0 / 15.0 + y * (17.0 / 315.0 + y * (62.0 / 2835.0 + y * (1382.0 / 155_925.0)))))
}

impl Family for LogLogistic {
    fn mean(&self) -> f64 {
        let b = PI / self.shape;
        if self.shape <= 1.0 {
            f64::INFINITY
        } else {
            self.median * b / libm::sin(b)
        }
    }

    fn variance(&self) -> f64 {
        let mean = self.mean();
        if self.shape <= 2.0 {
            f64::INFINITY
        } else {
            mean * mean * squared_cv(PI / self.shape)
        }
    }

    fn support(&self) -> (f64, f64) {
        (0.0, f64::INFINITY)
    }

    fn cdf(&self, x: f64) -> f64 {
        1.0 / (1.0 + 1.0 / self.odds(x))
    }

    fn survival(&self, x: f64) -> f64 {
        1.0 / (1.0 + self.odds(x))
    }

    fn pdf(&self, x: f64) -> f64 {
        let survival = self.survival(x);
        if survival == 0.0 {
            0.0
        } else {
            self.hazard(x) * survival
        }
    }

    fn hazard(&self, x: f64) -> f64 {
        if x > 0.0 {
            return self.shape / x * self.cdf(x);
        }
        if self.shape == 1.0 {
            1.0 / self.median
        } else if self.shape < 1.0 {
            f64::INFINITY
        } else {
            0.0
        }
    }

    fn cumulative_hazard(&self, x: f64) -> f64 {
        let odds = self.odds(x);
        if odds.is_finite() {
            libm::log1p(odds)
        } else {
            self.shape * libm::log(x / self.median)
        }
    }

    fn inverse_cumulative_hazard(&self, h: f64) -> f64 {
        // ln(e^h - 1) without overflow and without cancellation.
        let ln_odds = if h < 1.0 {
            libm::log(libm::expm1(h))
        } else {
            h + libm::log1p(-libm::exp(-h))
        };
        self.median * libm::exp(ln_odds / self.shape)
    }

    #[inline]
    fn sample(&self, rng: &mut Stream) -> f64 {
        // A ratio of two exponential variates has the odds' law.
        self.median * crate::math::exp(libm::log(exp1(rng) / exp1(rng)) / self.shape)
    }

    fn sample_residual(&self, age: f64, rng: &mut Stream) -> f64 {
        let growth = (1.0 + 1.0 / self.odds(age)) * libm::expm1(exp1(rng));
        if growth.is_finite() {
            age * libm::expm1(libm::log1p(growth) / self.shape)
        } else {
            self.sample(rng)
        }
    }

    fn scaled(&self, factor: f64) -> Law {
        LogLogistic {
            shape: self.shape,
            median: self.median * factor,
        }
        .into()
    }

    fn describe(&self) -> String {
        describe_by_quantiles("log-logistic", self)
    }
}
