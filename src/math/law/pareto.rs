//! The Pareto law: a minimum, and a tail that falls as a power.

use super::{
    Family, InvalidLaw, Law, QuantilePoint, describe_by_quantiles, positive, two_positive_quantiles,
};
use crate::math::rng::{Stream, exp1};

/// The Pareto law of type I: survival `(x / minimum)^-shape` beyond its minimum, which is its scale.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pareto {
    // Invariant: both positive and finite.
    shape: f64,
    minimum: f64,
}

impl Pareto {
    /// The law with this shape (tail index) and this minimum.
    ///
    /// # Errors
    ///
    /// Fails unless both are positive and finite.
    pub fn with_shape_and_minimum(shape: f64, minimum: f64) -> Result<Pareto, InvalidLaw> {
        Ok(Pareto {
            shape: positive("the shape", shape)?,
            minimum: positive("the minimum", minimum)?,
        })
    }

    /// The law with this mean and coefficient of variation (standard deviation over mean).
    ///
    /// # Errors
    ///
    /// Fails unless both are positive and finite.
    pub fn with_mean_and_cv(mean: f64, cv: f64) -> Result<Pareto, InvalidLaw> {
        let mean = positive("the mean", mean)?;
        let cv = positive("the coefficient of variation", cv)?;
        let root = (1.0 + 1.0 / (cv * cv)).sqrt();
        Pareto::with_shape_and_minimum(1.0 + root, mean * root / (1.0 + root))
    }

    /// The law through two quantiles.
    ///
    /// # Errors
    ///
    /// Fails unless both are positive and increase with their probabilities.
    pub fn with_quantiles(
        first: QuantilePoint,
        second: QuantilePoint,
    ) -> Result<Pareto, InvalidLaw> {
        let (low, high) = two_positive_quantiles(first, second)?;
        let [h_low, h_high] = [low, high].map(|point| -libm::log1p(-point.probability));
        let shape = (h_high - h_low) / libm::log(high.value / low.value);
        Pareto::with_shape_and_minimum(shape, low.value * libm::exp(-h_low / shape))
    }

    /// The shape, also called tail index.
    pub fn shape(self) -> f64 {
        self.shape
    }

    /// The least duration.
    pub fn minimum(self) -> f64 {
        self.minimum
    }
}

impl Family for Pareto {
    fn mean(&self) -> f64 {
        if self.shape <= 1.0 {
            f64::INFINITY
        } else {
            self.minimum * (self.shape / (self.shape - 1.0))
        }
    }

    fn variance(&self) -> f64 {
        if self.shape <= 2.0 {
            f64::INFINITY
        } else {
            let mean = self.mean();
            mean * mean / (self.shape * (self.shape - 2.0))
        }
    }

    fn support(&self) -> (f64, f64) {
        (self.minimum, f64::INFINITY)
    }

    fn cdf(&self, x: f64) -> f64 {
        -libm::expm1(-self.cumulative_hazard(x))
    }

    fn survival(&self, x: f64) -> f64 {
        libm::exp(-self.cumulative_hazard(x))
    }

    fn pdf(&self, x: f64) -> f64 {
        self.hazard(x) * self.survival(x)
    }

    fn hazard(&self, x: f64) -> f64 {
        if x < self.minimum {
            0.0
        } else {
            self.shape / x
        }
    }

    fn cumulative_hazard(&self, x: f64) -> f64 {
        let excess = x - self.minimum;
        if excess <= 0.0 {
            0.0
        } else if excess < self.minimum {
            self.shape * libm::log1p(excess / self.minimum)
        } else {
            self.shape * libm::log(x / self.minimum)
        }
    }

    fn inverse_cumulative_hazard(&self, h: f64) -> f64 {
        self.minimum * libm::exp(h / self.shape)
    }

    #[inline]
    fn sample(&self, rng: &mut Stream) -> f64 {
        self.minimum * crate::math::exp(exp1(rng) / self.shape)
    }

    fn sample_residual(&self, age: f64, rng: &mut Stream) -> f64 {
        if age <= self.minimum {
            self.sample(rng) - age
        } else {
            age * libm::expm1(exp1(rng) / self.shape)
        }
    }

    fn scaled(&self, factor: f64) -> Law {
        Pareto {
            shape: self.shape,
            minimum: self.minimum * factor,
        }
        .into()
    }

    fn describe(&self) -> String {
        describe_by_quantiles("Pareto", self)
    }
}
