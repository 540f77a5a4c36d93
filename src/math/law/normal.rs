//! The normal law, given that it is not negative.

use super::{
    Family, InvalidLaw, Law, QuantilePoint, describe_by_quantiles, finite, positive,
    two_positive_quantiles,
};
use crate::math::numeric::{kronrod, least_crossing};
use crate::math::rng::{Stream, normal_excess};
use crate::math::special;

/// A normal law conditioned on being at least 0.
///
/// Its mean and standard deviation are not those of the normal law that it is cut from, which is
/// called its parent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NormalTruncated {
    // Invariant: finite, `parent_sd` positive.
    parent_mean: f64,
    parent_sd: f64,
}

impl NormalTruncated {
    /// The law cut from the normal law with this mean (of any sign) and standard deviation.
    ///
    /// # Errors
    ///
    /// Fails unless both are finite and the standard deviation is positive, and if the mean is more
    /// than a million standard deviations below zero.
    pub fn with_parent_mean_and_sd(
        parent_mean: f64,
        parent_sd: f64,
    ) -> Result<NormalTruncated, InvalidLaw> {
        let law = NormalTruncated {
            parent_mean: finite("the mean", parent_mean)?,
            parent_sd: positive("the standard deviation", parent_sd)?,
        };
        if law.cut() > 1e6 {
            return Err(InvalidLaw::Unattainable {
                family: "truncated normal",
                parameter: "a parent mean of",
                value: parent_mean,
                reason: "it must be at most a million standard deviations below zero",
            });
        }
        Ok(law)
    }

    /// The truncated law through two quantiles (the law itself, not its parent).
    ///
    /// # Errors
    ///
    /// Fails unless both are positive and increase with their probabilities, and if they are
    /// farther apart than those of an exponential law, or too close.
    pub fn with_quantiles(
        first: QuantilePoint,
        second: QuantilePoint,
    ) -> Result<NormalTruncated, InvalidLaw> {
        let (low, high) = two_positive_quantiles(first, second)?;
        let [h_low, h_high] = [low, high].map(|point| -libm::log1p(-point.probability));
        let target = high.value / low.value;
        // Their ratio rises with the cut, from 1 up to that of an exponential law.
        let excess = |cut: f64, h: f64| {
            let spent = special::normal_cumulative_hazard(cut);
            special::normal_inverse_cumulative_hazard(spent + h) - cut
        };
        let ratio = |cut: f64| excess(cut, h_high) / excess(cut, h_low);
        // The cut has any sign, the search takes positive numbers.
        let (least, greatest) = (-1e3, 1e3);
        let cut = least
            + least_crossing(
                |shifted| ratio(least + shifted) - target,
                0.0,
                greatest - least,
                -least,
            );
        if cut <= least || cut >= greatest {
            return Err(InvalidLaw::Unattainable {
                family: "truncated normal",
                parameter: "a ratio of the two quantiles of",
                value: target,
                reason: "it must be above 1 and below that of an exponential law",
            });
        }
        let parent_sd = low.value / excess(cut, h_low);
        NormalTruncated::with_parent_mean_and_sd(-cut * parent_sd, parent_sd)
    }

    /// The mean of the normal law before it is cut.
    pub fn parent_mean(self) -> f64 {
        self.parent_mean
    }

    /// The standard deviation of the normal law before it is cut.
    pub fn parent_sd(self) -> f64 {
        self.parent_sd
    }

    /// Where zero is, in standard deviations from the parent's mean.
    #[inline]
    fn cut(self) -> f64 {
        -self.parent_mean / self.parent_sd
    }

    fn z(self, x: f64) -> f64 {
        (x - self.parent_mean) / self.parent_sd
    }

    /// The density at `cut + excess` in units of the parent's standard deviation.
    fn standard_pdf(self, excess: f64) -> f64 {
        let cut = self.cut();
        if cut > 0.0 {
            special::normal_hazard(cut) * libm::exp(-excess * (0.5 * excess + cut))
        } else {
            special::normal_pdf(cut + excess) / special::normal_survival(cut)
        }
    }
}

impl Family for NormalTruncated {
    fn mean(&self) -> f64 {
        self.parent_sd * special::normal_mean_excess(self.cut())
    }

    fn variance(&self) -> f64 {
        let cut = self.cut();
        let excess = special::normal_mean_excess(cut);
        let standard = if cut > 30.0 {
            // 1 - (cut + excess) excess, expanded in 1/cut^2 so that nothing cancels.
            let y = 1.0 / (cut * cut);
            y * (1.0 - y * (6.0 - y * (50.0 - y * (518.0 - y * (6354.0 - y * 89_782.0)))))
        } else {
            1.0 - (cut + excess) * excess
        };
        self.parent_sd * self.parent_sd * standard
    }

    fn support(&self) -> (f64, f64) {
        (0.0, f64::INFINITY)
    }

    fn cdf(&self, x: f64) -> f64 {
        let excess = x / self.parent_sd;
        if excess * (1.0 + self.cut().abs()) < 0.5 {
            // Near zero the difference of two cumulative hazards has no digits.
            kronrod(0.0, excess, &|e| self.standard_pdf(e)).0
        } else {
            -libm::expm1(-self.cumulative_hazard(x))
        }
    }

    fn survival(&self, x: f64) -> f64 {
        libm::exp(-self.cumulative_hazard(x))
    }

    fn pdf(&self, x: f64) -> f64 {
        self.standard_pdf(x / self.parent_sd) / self.parent_sd
    }

    fn hazard(&self, x: f64) -> f64 {
        special::normal_hazard(self.z(x)) / self.parent_sd
    }

    fn cumulative_hazard(&self, x: f64) -> f64 {
        let excess = x / self.parent_sd;
        if excess * (1.0 + self.cut().abs()) < 0.5 {
            -libm::log1p(-self.cdf(x))
        } else {
            let spent = special::normal_cumulative_hazard(self.cut());
            special::normal_cumulative_hazard(self.cut() + excess) - spent
        }
    }

    fn inverse_cumulative_hazard(&self, h: f64) -> f64 {
        least_crossing(
            |x| self.cumulative_hazard(x) - h,
            0.0,
            f64::INFINITY,
            self.mean(),
        )
    }

    #[inline]
    fn sample(&self, rng: &mut Stream) -> f64 {
        self.parent_sd * normal_excess(self.cut(), rng)
    }

    fn sample_residual(&self, age: f64, rng: &mut Stream) -> f64 {
        self.parent_sd * normal_excess(self.z(age), rng)
    }

    fn scaled(&self, factor: f64) -> Law {
        NormalTruncated {
            parent_mean: self.parent_mean * factor,
            parent_sd: self.parent_sd * factor,
        }
        .into()
    }

    fn describe(&self) -> String {
        describe_by_quantiles("normal above zero", self)
    }
}
