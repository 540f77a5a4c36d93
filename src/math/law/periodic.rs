//! The time until a periodic check finds something.

use super::{Family, InvalidLaw, Law, not_negative, positive};
use crate::base::human;
use crate::math::rng::{Stream, exp1, uniform_open};

/// The time from a random moment until a check finds what happened then: `offset + interval (U + G)`
/// with a uniform phase U and a geometric number G of checks that miss it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PeriodicCheck {
    // Invariant: interval positive, `0 < probability <= 1`, offset not negative, all finite.
    interval: f64,
    probability: f64,
    offset: f64,
}

impl PeriodicCheck {
    /// A check every `interval`, each of which finds it.
    ///
    /// # Errors
    ///
    /// Fails unless the interval is positive and finite.
    pub fn with_interval(interval: f64) -> Result<PeriodicCheck, InvalidLaw> {
        let interval = positive("the check interval", interval)?;
        Ok(PeriodicCheck {
            interval,
            probability: 1.0,
            offset: 0.0,
        })
    }

    /// The same checks, each of which finds it only with `probability`, independently.
    ///
    /// # Errors
    ///
    /// Fails unless the probability is above 0 and at most 1.
    pub fn with_probability(self, probability: f64) -> Result<PeriodicCheck, InvalidLaw> {
        // A chance below 1e-12 would be the same as never, with less precision.
        if !(1e-12..=1.0).contains(&probability) {
            return Err(InvalidLaw::NotProbability {
                parameter: "the detection probability of a check",
                range: "[1e-12, 1]",
                value: probability,
            });
        }
        Ok(PeriodicCheck {
            probability,
            ..self
        })
    }

    /// The same checks, whose verdict takes `offset` longer: a timeout, or a number of retries.
    ///
    /// # Errors
    ///
    /// Fails unless the offset is finite and not negative.
    pub fn with_offset(self, offset: f64) -> Result<PeriodicCheck, InvalidLaw> {
        Ok(PeriodicCheck {
            offset: not_negative("the offset", offset)?,
            ..self
        })
    }

    /// The time between two checks.
    pub fn interval(self) -> f64 {
        self.interval
    }

    /// The probability that a check finds it.
    pub fn probability(self) -> f64 {
        self.probability
    }

    /// The time that is added to each verdict.
    pub fn offset(self) -> f64 {
        self.offset
    }

    /// The cumulative hazard of one missed check; infinite if none is missed.
    fn miss_hazard(self) -> f64 {
        -libm::log1p(-self.probability)
    }

    /// Whole intervals after the offset, and the part of the next one.
    fn phase(self, x: f64) -> (f64, f64) {
        let y = ((x - self.offset) / self.interval).max(0.0);
        (y.floor(), y - y.floor())
    }
}

impl Family for PeriodicCheck {
    fn mean(&self) -> f64 {
        let missed = (1.0 - self.probability) / self.probability;
        self.offset + self.interval * (0.5 + missed)
    }

    fn variance(&self) -> f64 {
        let p = self.probability;
        self.interval * self.interval * (1.0 / 12.0 + (1.0 - p) / (p * p))
    }

    fn support(&self) -> (f64, f64) {
        let max = if self.probability < 1.0 {
            f64::INFINITY
        } else {
            self.offset + self.interval
        };
        (self.offset, max)
    }

    fn cdf(&self, x: f64) -> f64 {
        -libm::expm1(-self.cumulative_hazard(x))
    }

    fn survival(&self, x: f64) -> f64 {
        libm::exp(-self.cumulative_hazard(x))
    }

    fn pdf(&self, x: f64) -> f64 {
        let (missed, _) = self.phase(x);
        if x < self.offset || (missed > 0.0 && self.probability == 1.0) {
            return 0.0;
        }
        let before = if missed == 0.0 {
            0.0
        } else {
            missed * self.miss_hazard()
        };
        self.probability / self.interval * libm::exp(-before)
    }

    fn hazard(&self, x: f64) -> f64 {
        let (missed, part) = self.phase(x);
        if x < self.offset || (missed > 0.0 && self.probability == 1.0) {
            return 0.0;
        }
        self.probability / (1.0 - self.probability * part) / self.interval
    }

    fn cumulative_hazard(&self, x: f64) -> f64 {
        let (missed, part) = self.phase(x);
        let before = if missed == 0.0 {
            0.0
        } else {
            missed * self.miss_hazard()
        };
        before - libm::log1p(-self.probability * part)
    }

    fn inverse_cumulative_hazard(&self, h: f64) -> f64 {
        let miss = self.miss_hazard();
        let missed = if miss.is_finite() {
            (h / miss).floor()
        } else {
            0.0
        };
        let rest = if missed > 0.0 {
            (h - missed * miss).max(0.0)
        } else {
            h
        };
        let part = (-libm::expm1(-rest) / self.probability).min(1.0);
        self.offset + self.interval * (missed + part)
    }

    #[inline]
    fn sample(&self, rng: &mut Stream) -> f64 {
        let mut missed = 0.0;
        if self.probability > 0.1 {
            while uniform_open(rng) > self.probability {
                missed += 1.0;
            }
        } else {
            missed = (exp1(rng) / self.miss_hazard()).floor();
        }
        self.offset + self.interval * (missed + uniform_open(rng))
    }

    fn sample_residual(&self, age: f64, rng: &mut Stream) -> f64 {
        if age < self.offset {
            return self.sample(rng) - age;
        }
        let (missed, part) = self.phase(age);
        if missed > 0.0 && self.probability == 1.0 {
            return 0.0;
        }
        let ended = -libm::expm1(-exp1(rng));
        let rest = (1.0 - self.probability * part) / self.probability * ended;
        if rest <= 1.0 - part {
            self.interval * rest
        } else {
            // Missed in this interval: the next one starts anew.
            self.interval * (1.0 - part) + (self.sample(rng) - self.offset)
        }
    }

    fn scaled(&self, factor: f64) -> Law {
        PeriodicCheck {
            interval: self.interval * factor,
            probability: self.probability,
            offset: self.offset * factor,
        }
        .into()
    }

    fn describe(&self) -> String {
        let mut text = format!("found by a check every {}", human::duration(self.interval));
        if self.probability < 1.0 {
            text += &format!(" with probability {}", human::percent(self.probability));
        }
        if self.offset > 0.0 {
            text += &format!(", {} later", human::duration(self.offset));
        }
        text
    }
}
