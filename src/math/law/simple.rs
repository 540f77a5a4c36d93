//! Laws whose formulas fit on a line: constant, exponential, uniform, triangular, never.

use super::{
    AT_MOST, Atom, Family, InvalidLaw, LESS_THAN, Law, PhaseType, QuantilePoint, not_negative,
    ordered, positive, two_quantiles,
};
use crate::base::human;
use crate::math::rng::{Stream, exp1, uniform_open};

/// Always the same duration.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Constant {
    // Invariant: finite, not negative.
    value: f64,
}

impl Constant {
    /// Always `value`.
    ///
    /// # Errors
    ///
    /// Fails unless the value is finite and not negative.
    pub fn new(value: f64) -> Result<Constant, InvalidLaw> {
        Ok(Constant {
            value: not_negative("the value", value)?,
        })
    }

    /// The duration.
    pub fn value(self) -> f64 {
        self.value
    }
}

impl Family for Constant {
    fn mean(&self) -> f64 {
        self.value
    }

    fn variance(&self) -> f64 {
        0.0
    }

    fn support(&self) -> (f64, f64) {
        (self.value, self.value)
    }

    fn cdf(&self, x: f64) -> f64 {
        if x < self.value { 0.0 } else { 1.0 }
    }

    fn survival(&self, x: f64) -> f64 {
        1.0 - self.cdf(x)
    }

    fn pdf(&self, _: f64) -> f64 {
        0.0
    }

    fn cumulative_hazard(&self, x: f64) -> f64 {
        if x < self.value { 0.0 } else { f64::INFINITY }
    }

    fn inverse_cumulative_hazard(&self, _: f64) -> f64 {
        self.value
    }

    #[inline]
    fn sample(&self, _: &mut Stream) -> f64 {
        self.value
    }

    fn sample_residual(&self, age: f64, _: &mut Stream) -> f64 {
        (self.value - age).max(0.0)
    }

    fn scaled(&self, factor: f64) -> Law {
        Constant {
            value: self.value * factor,
        }
        .into()
    }

    fn atoms(&self) -> Vec<Atom> {
        vec![Atom {
            at: self.value,
            probability: 1.0,
        }]
    }

    fn phase_type(&self) -> Option<PhaseType> {
        (self.value == 0.0).then(PhaseType::zero)
    }

    fn describe(&self) -> String {
        format!("always {}", human::duration(self.value))
    }
}

/// A duration without memory: however old, it is as good as new.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Exponential {
    // Invariant: positive, finite.
    mean: f64,
}

impl Exponential {
    /// The exponential law with this mean, which is the inverse of its rate.
    ///
    /// # Errors
    ///
    /// Fails unless the mean is positive and finite.
    pub fn with_mean(mean: f64) -> Result<Exponential, InvalidLaw> {
        Ok(Exponential {
            mean: positive("the mean", mean)?,
        })
    }

    /// The exponential law with this rate per unit of time.
    ///
    /// # Errors
    ///
    /// Fails unless the rate and its inverse are positive and finite.
    pub fn with_rate(rate: f64) -> Result<Exponential, InvalidLaw> {
        Exponential::with_mean(1.0 / positive("the rate", rate)?)
    }

    /// The mean.
    pub fn mean(self) -> f64 {
        self.mean
    }

    /// The rate, which is the constant hazard.
    pub fn rate(self) -> f64 {
        1.0 / self.mean
    }
}

impl Family for Exponential {
    fn mean(&self) -> f64 {
        self.mean
    }

    fn variance(&self) -> f64 {
        self.mean * self.mean
    }

    fn third_moment(&self) -> f64 {
        6.0 * self.mean * self.mean * self.mean
    }

    fn support(&self) -> (f64, f64) {
        (0.0, f64::INFINITY)
    }

    fn cdf(&self, x: f64) -> f64 {
        -libm::expm1(-x / self.mean)
    }

    fn survival(&self, x: f64) -> f64 {
        libm::exp(-x / self.mean)
    }

    fn pdf(&self, x: f64) -> f64 {
        self.survival(x) / self.mean
    }

    fn hazard(&self, _: f64) -> f64 {
        self.rate()
    }

    fn cumulative_hazard(&self, x: f64) -> f64 {
        x / self.mean
    }

    fn inverse_cumulative_hazard(&self, h: f64) -> f64 {
        h * self.mean
    }

    #[inline]
    fn sample(&self, rng: &mut Stream) -> f64 {
        self.mean * exp1(rng)
    }

    #[inline]
    fn sample_residual(&self, _: f64, rng: &mut Stream) -> f64 {
        self.mean * exp1(rng)
    }

    fn scaled(&self, factor: f64) -> Law {
        Exponential {
            mean: self.mean * factor,
        }
        .into()
    }

    fn phase_type(&self) -> Option<PhaseType> {
        Some(PhaseType::stages(1, self.rate()))
    }

    fn describe(&self) -> String {
        format!("exponential, mean {}", human::duration(self.mean))
    }
}

/// Any duration between two bounds is as likely as another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Uniform {
    // Invariant: `0 <= low < high`, finite.
    low: f64,
    high: f64,
}

impl Uniform {
    /// Between the first and the second bound.
    ///
    /// # Errors
    ///
    /// Fails unless `0 <= low < high`, both finite.
    pub fn with_low_and_high(low: f64, high: f64) -> Result<Uniform, InvalidLaw> {
        let low = not_negative("the lower bound", low)?;
        let high = not_negative("the upper bound", high)?;
        ordered(
            ("the lower bound", low),
            LESS_THAN,
            ("the upper bound", high),
        )?;
        Ok(Uniform { low, high })
    }

    /// The uniform law with this mean and coefficient of variation.
    ///
    /// # Errors
    ///
    /// Fails unless the mean is positive and the coefficient of variation is positive and at most
    /// `1/sqrt(3)`: a wider law would reach below zero.
    pub fn with_mean_and_cv(mean: f64, cv: f64) -> Result<Uniform, InvalidLaw> {
        let mean = positive("the mean", mean)?;
        let half = positive("the coefficient of variation", cv)? * 3f64.sqrt();
        if half > 1.0 + 1e-12 {
            return Err(InvalidLaw::Unattainable {
                family: "uniform",
                parameter: "a coefficient of variation of",
                value: cv,
                reason: "above 0.577 it would reach below zero",
            });
        }
        Uniform::with_low_and_high(mean * (1.0 - half).max(0.0), mean * (1.0 + half))
    }

    /// The uniform law through two quantiles.
    ///
    /// # Errors
    ///
    /// Fails unless the quantiles increase with their probabilities, and if the law would reach
    /// below zero.
    pub fn with_quantiles(
        first: QuantilePoint,
        second: QuantilePoint,
    ) -> Result<Uniform, InvalidLaw> {
        let (low, high) = two_quantiles(first, second)?;
        let width = (high.value - low.value) / (high.probability - low.probability);
        let min = low.value - low.probability * width;
        if min < -1e-12 * width {
            return Err(InvalidLaw::Unattainable {
                family: "uniform",
                parameter: "an upper quantile of",
                value: high.value,
                reason: "with the lower one it would reach below zero",
            });
        }
        Uniform::with_low_and_high(min.max(0.0), high.value + (1.0 - high.probability) * width)
    }

    /// The lower bound.
    pub fn low(self) -> f64 {
        self.low
    }

    /// The upper bound.
    pub fn high(self) -> f64 {
        self.high
    }
}

impl Family for Uniform {
    fn mean(&self) -> f64 {
        0.5 * (self.low + self.high)
    }

    fn variance(&self) -> f64 {
        let width = self.high - self.low;
        width * width / 12.0
    }

    fn support(&self) -> (f64, f64) {
        (self.low, self.high)
    }

    fn cdf(&self, x: f64) -> f64 {
        ((x - self.low) / (self.high - self.low)).clamp(0.0, 1.0)
    }

    fn survival(&self, x: f64) -> f64 {
        ((self.high - x) / (self.high - self.low)).clamp(0.0, 1.0)
    }

    fn pdf(&self, x: f64) -> f64 {
        if self.low <= x && x <= self.high {
            1.0 / (self.high - self.low)
        } else {
            0.0
        }
    }

    fn hazard(&self, x: f64) -> f64 {
        if self.low <= x && x < self.high {
            1.0 / (self.high - x)
        } else {
            0.0
        }
    }

    fn inverse_cumulative_hazard(&self, h: f64) -> f64 {
        (self.low - libm::expm1(-h) * (self.high - self.low)).min(self.high)
    }

    #[inline]
    fn sample(&self, rng: &mut Stream) -> f64 {
        self.low + (self.high - self.low) * uniform_open(rng)
    }

    fn sample_residual(&self, age: f64, rng: &mut Stream) -> f64 {
        if age <= self.low {
            self.sample(rng) - age
        } else {
            (self.high - age).max(0.0) * uniform_open(rng)
        }
    }

    fn scaled(&self, factor: f64) -> Law {
        Uniform {
            low: self.low * factor,
            high: self.high * factor,
        }
        .into()
    }

    fn describe(&self) -> String {
        format!(
            "uniform, {} to {}",
            human::duration(self.low),
            human::duration(self.high)
        )
    }
}

/// A density that rises in a straight line to the most likely duration and falls in another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Triangular {
    // Invariant: `0 <= min <= mode <= max`, `min < max`, finite.
    min: f64,
    mode: f64,
    max: f64,
}

impl Triangular {
    /// The triangular law with this minimum, most likely value and maximum.
    ///
    /// # Errors
    ///
    /// Fails unless `0 <= min <= mode <= max` and `min < max`, all finite.
    pub fn with_min_mode_max(min: f64, mode: f64, max: f64) -> Result<Triangular, InvalidLaw> {
        let (min, mode, max) = min_mode_max(min, mode, max)?;
        Ok(Triangular { min, mode, max })
    }

    /// The least duration.
    pub fn min(self) -> f64 {
        self.min
    }

    /// The most likely duration.
    pub fn mode(self) -> f64 {
        self.mode
    }

    /// The greatest duration.
    pub fn max(self) -> f64 {
        self.max
    }
}

/// The three numbers of an estimate in order, as triangular and PERT laws need them.
pub(super) fn min_mode_max(min: f64, mode: f64, max: f64) -> Result<(f64, f64, f64), InvalidLaw> {
    let min = not_negative("the minimum", min)?;
    let mode = not_negative("the mode", mode)?;
    let max = not_negative("the maximum", max)?;
    ordered(("the minimum", min), AT_MOST, ("the mode", mode))?;
    ordered(("the mode", mode), AT_MOST, ("the maximum", max))?;
    ordered(("the minimum", min), LESS_THAN, ("the maximum", max))?;
    Ok((min, mode, max))
}

/// The area, of a whole of `near + far`, within `length` of the end that is `near` to the peak.
fn area_until(length: f64, near: f64, far: f64) -> f64 {
    if length <= near {
        length * (length / near)
    } else {
        let beyond = length - near;
        near + beyond * ((2.0 * far - beyond) / far)
    }
}

/// The inverse of [`area_until`].
fn length_of(area: f64, near: f64, far: f64) -> f64 {
    if area <= near {
        (area * near).sqrt()
    } else {
        let rest = (area - near) * far;
        near + rest / (far + (far * far - rest).max(0.0).sqrt())
    }
}

impl Family for Triangular {
    fn mean(&self) -> f64 {
        (self.min + self.mode + self.max) / 3.0
    }

    fn variance(&self) -> f64 {
        let (left, right) = (self.mode - self.min, self.max - self.mode);
        (left * left + right * right + left * right) / 18.0
    }

    fn support(&self) -> (f64, f64) {
        (self.min, self.max)
    }

    fn cdf(&self, x: f64) -> f64 {
        let (left, right) = (self.mode - self.min, self.max - self.mode);
        if x <= self.min {
            0.0
        } else if x >= self.max {
            1.0
        } else {
            area_until(x - self.min, left, right) / (self.max - self.min)
        }
    }

    fn survival(&self, x: f64) -> f64 {
        let (left, right) = (self.mode - self.min, self.max - self.mode);
        if x <= self.min {
            1.0
        } else if x >= self.max {
            0.0
        } else {
            area_until(self.max - x, right, left) / (self.max - self.min)
        }
    }

    fn pdf(&self, x: f64) -> f64 {
        let peak = 2.0 / (self.max - self.min);
        if x < self.min || x > self.max {
            0.0
        } else if x < self.mode {
            peak * ((x - self.min) / (self.mode - self.min))
        } else if x > self.mode {
            peak * ((self.max - x) / (self.max - self.mode))
        } else {
            peak
        }
    }

    fn inverse_cumulative_hazard(&self, h: f64) -> f64 {
        let (left, right) = (self.mode - self.min, self.max - self.mode);
        let (p, width) = (-libm::expm1(-h), self.max - self.min);
        if p <= 0.5 {
            self.min + length_of(p * width, left, right)
        } else {
            self.max - length_of(libm::exp(-h) * width, right, left)
        }
    }

    fn sample(&self, rng: &mut Stream) -> f64 {
        let (left, width) = (self.mode - self.min, self.max - self.min);
        let u = uniform_open(rng) * width;
        if u <= left {
            self.min + (u * left).sqrt()
        } else {
            self.max - ((width - u) * (self.max - self.mode)).sqrt()
        }
    }

    fn scaled(&self, factor: f64) -> Law {
        Triangular {
            min: self.min * factor,
            mode: self.mode * factor,
            max: self.max * factor,
        }
        .into()
    }

    fn describe(&self) -> String {
        format!(
            "triangular, {} to {}, most likely {}",
            human::duration(self.min),
            human::duration(self.max),
            human::duration(self.mode)
        )
    }
}

/// It does not happen: an infinite duration.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Never;

impl Family for Never {
    fn mean(&self) -> f64 {
        f64::INFINITY
    }

    fn variance(&self) -> f64 {
        f64::INFINITY
    }

    fn support(&self) -> (f64, f64) {
        (f64::INFINITY, f64::INFINITY)
    }

    fn cdf(&self, _: f64) -> f64 {
        0.0
    }

    fn survival(&self, _: f64) -> f64 {
        1.0
    }

    fn pdf(&self, _: f64) -> f64 {
        0.0
    }

    fn cumulative_hazard(&self, _: f64) -> f64 {
        0.0
    }

    fn inverse_cumulative_hazard(&self, _: f64) -> f64 {
        f64::INFINITY
    }

    #[inline]
    fn sample(&self, _: &mut Stream) -> f64 {
        f64::INFINITY
    }

    fn sample_residual(&self, _: f64, _: &mut Stream) -> f64 {
        f64::INFINITY
    }

    fn scaled(&self, _: f64) -> Law {
        Never.into()
    }

    fn atoms(&self) -> Vec<Atom> {
        vec![Atom {
            at: f64::INFINITY,
            probability: 1.0,
        }]
    }

    fn phase_type(&self) -> Option<PhaseType> {
        Some(PhaseType::stages(1, 0.0))
    }

    fn describe(&self) -> String {
        "never".to_owned()
    }
}
