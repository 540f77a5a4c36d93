//! The lognormal law: the logarithm of the duration is normal.

use super::{
    Family, InvalidLaw, Law, QuantilePoint, describe_by_quantiles, finite, positive,
    two_positive_quantiles,
};
use crate::math::rng::{Stream, normal_excess, standard_normal};
use crate::math::special;

/// The lognormal law: many factors multiplied, as in repair times.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LogNormal {
    // Invariant: finite, sigma positive.
    mu: f64,
    sigma: f64,
}

impl LogNormal {
    /// The law whose logarithm has mean `mu` and standard deviation `sigma`.
    ///
    /// # Errors
    ///
    /// Fails unless both are finite and sigma is positive.
    pub fn with_mu_and_sigma(mu: f64, sigma: f64) -> Result<LogNormal, InvalidLaw> {
        Ok(LogNormal {
            mu: finite("mu", mu)?,
            sigma: positive("sigma", sigma)?,
        })
    }

    /// The law with this median, whose logarithm has standard deviation `sigma`.
    ///
    /// # Errors
    ///
    /// Fails unless both are positive and finite.
    pub fn with_median_and_sigma(median: f64, sigma: f64) -> Result<LogNormal, InvalidLaw> {
        LogNormal::with_mu_and_sigma(libm::log(positive("the median", median)?), sigma)
    }

    /// The law with this mean and coefficient of variation (standard deviation over mean).
    ///
    /// # Errors
    ///
    /// Fails unless both are positive and finite.
    pub fn with_mean_and_cv(mean: f64, cv: f64) -> Result<LogNormal, InvalidLaw> {
        let mean = positive("the mean", mean)?;
        let cv = positive("the coefficient of variation", cv)?;
        let variance = libm::log1p(cv * cv);
        LogNormal::with_mu_and_sigma(libm::log(mean) - 0.5 * variance, variance.sqrt())
    }

    /// The law through two quantiles.
    ///
    /// # Errors
    ///
    /// Fails unless both are positive and increase with their probabilities.
    pub fn with_quantiles(
        first: QuantilePoint,
        second: QuantilePoint,
    ) -> Result<LogNormal, InvalidLaw> {
        let (low, high) = two_positive_quantiles(first, second)?;
        let [z_low, z_high] = [low, high].map(|point| special::normal_quantile(point.probability));
        let sigma = libm::log(high.value / low.value) / (z_high - z_low);
        LogNormal::with_mu_and_sigma(libm::log(low.value) - sigma * z_low, sigma)
    }

    /// The mean of the logarithm.
    pub fn mu(self) -> f64 {
        self.mu
    }

    /// The standard deviation of the logarithm.
    pub fn sigma(self) -> f64 {
        self.sigma
    }

    fn z(self, x: f64) -> f64 {
        (libm::log(x) - self.mu) / self.sigma
    }
}

impl Family for LogNormal {
    fn mean(&self) -> f64 {
        libm::exp(self.mu + 0.5 * self.sigma * self.sigma)
    }

    fn variance(&self) -> f64 {
        let mean = self.mean();
        mean * mean * libm::expm1(self.sigma * self.sigma)
    }

    fn third_moment(&self) -> f64 {
        libm::exp(3.0 * self.mu + 4.5 * self.sigma * self.sigma)
    }

    fn support(&self) -> (f64, f64) {
        (0.0, f64::INFINITY)
    }

    fn cdf(&self, x: f64) -> f64 {
        special::normal_survival(-self.z(x))
    }

    fn survival(&self, x: f64) -> f64 {
        special::normal_survival(self.z(x))
    }

    fn pdf(&self, x: f64) -> f64 {
        if x == 0.0 {
            0.0
        } else {
            special::normal_pdf(self.z(x)) / self.sigma / x
        }
    }

    fn hazard(&self, x: f64) -> f64 {
        if x == 0.0 {
            0.0
        } else {
            special::normal_hazard(self.z(x)) / self.sigma / x
        }
    }

    fn cumulative_hazard(&self, x: f64) -> f64 {
        special::normal_cumulative_hazard(self.z(x))
    }

    fn inverse_cumulative_hazard(&self, h: f64) -> f64 {
        libm::exp(self.mu + self.sigma * special::normal_inverse_cumulative_hazard(h))
    }

    #[inline]
    fn sample(&self, rng: &mut Stream) -> f64 {
        crate::math::exp(self.mu + self.sigma * standard_normal(rng))
    }

    fn sample_residual(&self, age: f64, rng: &mut Stream) -> f64 {
        let z = self.z(age);
        if z < -37.0 {
            // So young that the condition excludes nothing that could be drawn.
            return (self.sample(rng) - age).max(0.0);
        }
        age * libm::expm1(self.sigma * normal_excess(z, rng))
    }

    fn scaled(&self, factor: f64) -> Law {
        LogNormal {
            mu: self.mu + libm::log(factor),
            sigma: self.sigma,
        }
        .into()
    }

    fn describe(&self) -> String {
        describe_by_quantiles("lognormal", self)
    }
}
