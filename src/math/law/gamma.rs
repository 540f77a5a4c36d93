//! Sums of exponential stages: the gamma law and, with a whole number of stages, the Erlang law.

use super::{
    Family, InvalidLaw, Law, PhaseType, QuantilePoint, describe_by_quantiles, positive,
    two_positive_quantiles,
};
use crate::base::human;
use crate::math::numeric::least_crossing;
use crate::math::rng::{Stream, exp1, gamma_at_least_one, gamma_spread};
use crate::math::special;

/// The gamma law: the sum of `shape` exponential stages, each with mean `scale`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gamma {
    // Invariant: shape and scale positive and finite.
    shape: f64,
    scale: f64,
    // The sampler's constant, of the shape or, if that is below 1, of the shape plus 1.
    spread: f64,
}

impl Gamma {
    /// The law with this shape and this scale. (Its rate is the inverse of the scale.)
    ///
    /// # Errors
    ///
    /// Fails unless both are positive and finite.
    pub fn with_shape_and_scale(shape: f64, scale: f64) -> Result<Gamma, InvalidLaw> {
        let shape = positive("the shape", shape)?;
        let scale = positive("the scale", scale)?;
        Ok(Gamma {
            shape,
            scale,
            spread: gamma_spread(if shape < 1.0 { shape + 1.0 } else { shape }),
        })
    }

    /// The law with this mean and coefficient of variation (standard deviation over mean).
    ///
    /// # Errors
    ///
    /// Fails unless both are positive and finite.
    pub fn with_mean_and_cv(mean: f64, cv: f64) -> Result<Gamma, InvalidLaw> {
        let mean = positive("the mean", mean)?;
        let cv = positive("the coefficient of variation", cv)?;
        Gamma::with_shape_and_scale(1.0 / (cv * cv), mean * cv * cv)
    }

    /// The law through two quantiles.
    ///
    /// # Errors
    ///
    /// Fails unless both are positive and increase with their probabilities, and if they are so
    /// close or so far apart that the shape would be outside 1e-3 to 1e8.
    pub fn with_quantiles(
        first: QuantilePoint,
        second: QuantilePoint,
    ) -> Result<Gamma, InvalidLaw> {
        let (low, high) = two_positive_quantiles(first, second)?;
        let target = libm::log(high.value / low.value);
        // The ratio of two quantiles falls as the shape rises.
        let short = |shape: f64| {
            let ratio = special::gamma_quantile(shape, high.probability)
                / special::gamma_quantile(shape, low.probability);
            target - libm::log(ratio)
        };
        let (least, greatest) = (1e-3, 1e8);
        let shape = if short(greatest) < 0.0 {
            greatest
        } else {
            least_crossing(short, least, greatest, 1.0)
        };
        if shape <= least || shape >= greatest {
            return Err(InvalidLaw::Unattainable {
                family: "gamma",
                parameter: "a ratio of the two quantiles of",
                value: high.value / low.value,
                reason: "the shape would be outside 1e-3 to 1e8",
            });
        }
        let scale = high.value / special::gamma_quantile(shape, high.probability);
        Gamma::with_shape_and_scale(shape, scale)
    }

    /// The shape.
    pub fn shape(self) -> f64 {
        self.shape
    }

    /// The scale.
    pub fn scale(self) -> f64 {
        self.scale
    }
}

impl Family for Gamma {
    fn mean(&self) -> f64 {
        self.shape * self.scale
    }

    fn variance(&self) -> f64 {
        self.shape * self.scale * self.scale
    }

    fn third_moment(&self) -> f64 {
        (self.shape + 1.0) * (self.shape + 2.0) * self.scale * self.scale * self.mean()
    }

    fn support(&self) -> (f64, f64) {
        (0.0, f64::INFINITY)
    }

    fn cdf(&self, x: f64) -> f64 {
        special::gamma_tails(self.shape, x / self.scale).lower
    }

    fn survival(&self, x: f64) -> f64 {
        special::gamma_tails(self.shape, x / self.scale).upper
    }

    fn pdf(&self, x: f64) -> f64 {
        special::gamma_pdf(self.shape, x / self.scale) / self.scale
    }

    fn hazard(&self, x: f64) -> f64 {
        gamma_hazard(self.shape, x / self.scale) / self.scale
    }

    fn cumulative_hazard(&self, x: f64) -> f64 {
        special::gamma_cumulative_hazard(self.shape, x / self.scale)
    }

    fn inverse_cumulative_hazard(&self, h: f64) -> f64 {
        self.scale * gamma_at_hazard(self.shape, h)
    }

    #[inline]
    fn sample(&self, rng: &mut Stream) -> f64 {
        if self.shape > 1.0 {
            self.scale * gamma_at_least_one(self.shape, self.spread, rng)
        } else if self.shape == 1.0 {
            self.scale * exp1(rng)
        } else {
            // A variate of the next shape times a power of a uniform one (Marsaglia and Tsang).
            let next = gamma_at_least_one(self.shape + 1.0, self.spread, rng);
            self.scale * next * libm::exp(-exp1(rng) / self.shape)
        }
    }

    fn sample_residual(&self, age: f64, rng: &mut Stream) -> f64 {
        let draw = |rng: &mut Stream| self.sample(rng) / self.scale;
        self.scale * gamma_residual(self.shape, age / self.scale, draw, rng)
    }

    fn scaled(&self, factor: f64) -> Law {
        Gamma {
            shape: self.shape,
            scale: self.scale * factor,
            spread: self.spread,
        }
        .into()
    }

    fn phase_type(&self) -> Option<PhaseType> {
        let whole = self.shape == self.shape.round() && self.shape <= MANY_PHASES;
        whole.then(|| PhaseType::stages(self.shape as usize, 1.0 / self.scale))
    }

    fn describe(&self) -> String {
        let shape = human::significant(self.shape, 3);
        describe_by_quantiles(&format!("gamma with shape {shape}"), self)
    }
}

/// Chains with more phases than this are of no use to an exact method.
const MANY_PHASES: f64 = 1000.0;

fn gamma_hazard(shape: f64, x: f64) -> f64 {
    let density = special::gamma_pdf(shape, x);
    if density > 0.0 {
        let survival = special::gamma_tails(shape, x).upper;
        if survival > 0.0 {
            return density / survival;
        }
    }
    // In the far tail the hazard approaches 1; far left there is none.
    if x > shape {
        1.0 - (shape - 1.0) / x
    } else {
        0.0
    }
}

fn gamma_at_hazard(shape: f64, h: f64) -> f64 {
    if h < std::f64::consts::LN_2 {
        return special::gamma_quantile(shape, -libm::expm1(-h));
    }
    let hazard = |x: f64| special::gamma_cumulative_hazard(shape, x) - h;
    least_crossing(hazard, 0.0, f64::INFINITY, shape + h)
}

/// The remaining life of the gamma law with scale 1; `draw` samples the whole life.
fn gamma_residual(
    shape: f64,
    age: f64,
    draw: impl Fn(&mut Stream) -> f64,
    rng: &mut Stream,
) -> f64 {
    if age > 2.0 * shape {
        // In the tail the rest is almost exponential: accept a draw below the tangent of the
        // logarithm of the density (shape above 1) or below its limit (shape below 1).
        let rate = if shape > 1.0 {
            1.0 - (shape - 1.0) / age
        } else {
            1.0
        };
        loop {
            let rest = exp1(rng) / rate;
            if -exp1(rng) < (shape - 1.0) * libm::log1p(rest / age) - (1.0 - rate) * rest {
                return rest;
            }
        }
    }
    let spent = special::gamma_cumulative_hazard(shape, age);
    if spent > 2.0 {
        return (gamma_at_hazard(shape, spent + exp1(rng)) - age).max(0.0);
    }
    loop {
        let rest = draw(rng) - age;
        if rest > 0.0 {
            return rest;
        }
    }
}

/// The Erlang law: the sum of a whole number of exponential stages with the same mean.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Erlang {
    // Invariant: positive and finite.
    stage_mean: f64,
    // Invariant: positive.
    stages: u32,
}

impl Erlang {
    /// The law of `stages` stages that take `mean` altogether. Its coefficient of variation is
    /// `1 / sqrt(stages)`.
    ///
    /// # Errors
    ///
    /// Fails without a stage, and unless the mean is positive and finite.
    pub fn with_stages_and_mean(stages: u32, mean: f64) -> Result<Erlang, InvalidLaw> {
        if stages == 0 {
            return Err(InvalidLaw::NotPositive {
                parameter: "the number of stages",
                value: 0.0,
            });
        }
        let mean = positive("the mean", mean)?;
        Ok(Erlang {
            stage_mean: positive("the mean of a stage", mean / f64::from(stages))?,
            stages,
        })
    }

    /// The number of stages.
    pub fn stages(self) -> u32 {
        self.stages
    }

    /// The mean of one stage.
    pub fn stage_mean(self) -> f64 {
        self.stage_mean
    }

    fn shape(self) -> f64 {
        f64::from(self.stages)
    }
}

/// Up to so many stages, adding exponential variates is faster than the gamma sampler.
const FEW_STAGES: u32 = 3;

impl Family for Erlang {
    fn mean(&self) -> f64 {
        self.shape() * self.stage_mean
    }

    fn variance(&self) -> f64 {
        self.mean() * self.stage_mean
    }

    fn support(&self) -> (f64, f64) {
        (0.0, f64::INFINITY)
    }

    fn cdf(&self, x: f64) -> f64 {
        special::gamma_tails(self.shape(), x / self.stage_mean).lower
    }

    fn survival(&self, x: f64) -> f64 {
        special::gamma_tails(self.shape(), x / self.stage_mean).upper
    }

    fn pdf(&self, x: f64) -> f64 {
        special::gamma_pdf(self.shape(), x / self.stage_mean) / self.stage_mean
    }

    fn hazard(&self, x: f64) -> f64 {
        gamma_hazard(self.shape(), x / self.stage_mean) / self.stage_mean
    }

    fn cumulative_hazard(&self, x: f64) -> f64 {
        special::gamma_cumulative_hazard(self.shape(), x / self.stage_mean)
    }

    fn inverse_cumulative_hazard(&self, h: f64) -> f64 {
        self.stage_mean * gamma_at_hazard(self.shape(), h)
    }

    #[inline]
    fn sample(&self, rng: &mut Stream) -> f64 {
        let sum = if self.stages <= FEW_STAGES {
            (0..self.stages).map(|_| exp1(rng)).sum()
        } else {
            gamma_at_least_one(self.shape(), gamma_spread(self.shape()), rng)
        };
        self.stage_mean * sum
    }

    fn sample_residual(&self, age: f64, rng: &mut Stream) -> f64 {
        let draw = |rng: &mut Stream| self.sample(rng) / self.stage_mean;
        self.stage_mean * gamma_residual(self.shape(), age / self.stage_mean, draw, rng)
    }

    fn scaled(&self, factor: f64) -> Law {
        Erlang {
            stages: self.stages,
            stage_mean: self.stage_mean * factor,
        }
        .into()
    }

    fn phase_type(&self) -> Option<PhaseType> {
        (self.shape() <= MANY_PHASES)
            .then(|| PhaseType::stages(self.stages as usize, 1.0 / self.stage_mean))
    }

    fn describe(&self) -> String {
        let stages = if self.stages == 1 { "stage" } else { "stages" };
        describe_by_quantiles(&format!("Erlang with {} {stages}", self.stages), self)
    }
}
