//! The PERT law: an expert's minimum, most likely value and maximum on a smooth curve.

use super::simple::min_mode_max;
use super::{Family, InvalidLaw, Law};
use crate::base::human;
use crate::math::numeric::least_crossing;
use crate::math::rng::{Stream, exp1, gamma_at_least_one, gamma_spread};
use crate::math::special;

/// The PERT law (Malcolm and others 1959; Vose 2000): a beta law between the minimum and the
/// maximum with mean `(min + 4 mode + max) / 6`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pert {
    // Invariant: `0 <= min <= mode <= max`, `min < max`, finite.
    min: f64,
    mode: f64,
    max: f64,
    // The exponents of the beta law, and the sampler's constants for them.
    a: f64,
    b: f64,
    spread_a: f64,
    spread_b: f64,
}

impl Pert {
    /// The PERT law with this minimum, most likely value and maximum.
    ///
    /// # Errors
    ///
    /// Fails unless `0 <= min <= mode <= max` and `min < max`, all finite.
    pub fn with_min_mode_max(min: f64, mode: f64, max: f64) -> Result<Pert, InvalidLaw> {
        let (min, mode, max) = min_mode_max(min, mode, max)?;
        let (a, b) = (
            1.0 + 4.0 * (mode - min) / (max - min),
            1.0 + 4.0 * (max - mode) / (max - min),
        );
        Ok(Pert {
            min,
            mode,
            max,
            a,
            b,
            spread_a: gamma_spread(a),
            spread_b: gamma_spread(b),
        })
    }

    /// The least duration.
    pub fn min(&self) -> f64 {
        self.min
    }

    /// The most likely duration.
    pub fn mode(&self) -> f64 {
        self.mode
    }

    /// The greatest duration.
    pub fn max(&self) -> f64 {
        self.max
    }

    fn width(&self) -> f64 {
        self.max - self.min
    }

    /// Cdf and survival.
    fn tails(&self, x: f64) -> special::Tails {
        // Near the maximum the distance from there has more digits.
        let from_max = (self.max - x) / self.width();
        if from_max < 0.5 {
            let mirrored = special::beta_tails(self.b, self.a, from_max.max(0.0));
            special::Tails {
                lower: mirrored.upper,
                upper: mirrored.lower,
            }
        } else {
            special::beta_tails(self.a, self.b, ((x - self.min) / self.width()).max(0.0))
        }
    }
}

fn gamma(shape: f64, spread: f64, rng: &mut Stream) -> f64 {
    if shape > 1.0 {
        gamma_at_least_one(shape, spread, rng)
    } else {
        exp1(rng)
    }
}

impl Family for Pert {
    fn mean(&self) -> f64 {
        (self.min + 4.0 * self.mode + self.max) / 6.0
    }

    fn variance(&self) -> f64 {
        self.width() * self.width() * self.a * self.b / 252.0
    }

    fn support(&self) -> (f64, f64) {
        (self.min, self.max)
    }

    fn cdf(&self, x: f64) -> f64 {
        self.tails(x).lower
    }

    fn survival(&self, x: f64) -> f64 {
        self.tails(x).upper
    }

    fn pdf(&self, x: f64) -> f64 {
        let y = (x - self.min) / self.width();
        let at_end = |exponent: f64| if exponent == 1.0 { 5.0 } else { 0.0 };
        if !(0.0..=1.0).contains(&y) {
            0.0
        } else if y == 0.0 {
            at_end(self.a) / self.width()
        } else if y == 1.0 {
            at_end(self.b) / self.width()
        } else {
            special::beta_pdf(self.a, self.b, y) / self.width()
        }
    }

    fn inverse_cumulative_hazard(&self, h: f64) -> f64 {
        // Searched from the nearer end, so that the distance from it has all its digits.
        if h < std::f64::consts::LN_2 {
            let ln_target = libm::log(-libm::expm1(-h));
            let y = least_crossing(
                |y| libm::log(special::beta_tails(self.a, self.b, y).lower) - ln_target,
                0.0,
                1.0,
                0.5,
            );
            self.min + self.width() * y
        } else {
            let y = least_crossing(
                |y| libm::log(special::beta_tails(self.b, self.a, y).lower) + h,
                0.0,
                1.0,
                0.5,
            );
            self.max - self.width() * y
        }
    }

    fn sample(&self, rng: &mut Stream) -> f64 {
        let left = gamma(self.a, self.spread_a, rng);
        let right = gamma(self.b, self.spread_b, rng);
        self.min + self.width() * (left / (left + right))
    }

    fn scaled(&self, factor: f64) -> Law {
        Pert {
            min: self.min * factor,
            mode: self.mode * factor,
            max: self.max * factor,
            ..*self
        }
        .into()
    }

    fn describe(&self) -> String {
        format!(
            "PERT, {} to {}, most likely {}",
            human::duration(self.min),
            human::duration(self.max),
            human::duration(self.mode)
        )
    }
}
