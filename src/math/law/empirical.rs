//! Observed durations, resampled.

use super::{Atom, Family, InvalidLaw, Law, describe_by_quantiles, not_negative};
use crate::base::human;
use crate::math::rng::{Stream, index_below};

/// Each of the observed durations is as likely as another; nothing in between happens.
#[derive(Clone, Debug, PartialEq)]
pub struct Empirical {
    // Invariant: in increasing order, not empty, finite, not negative.
    values: Vec<f64>,
}

impl Empirical {
    /// The law of these durations, in any order, repeated ones counting as often as they occur.
    ///
    /// # Errors
    ///
    /// Fails without a value, and unless all are finite and not negative.
    pub fn new(mut values: Vec<f64>) -> Result<Empirical, InvalidLaw> {
        if values.is_empty() {
            return Err(InvalidLaw::Empty {
                parameter: "the list of durations",
            });
        }
        for value in &mut values {
            *value = not_negative("a duration", *value)?;
        }
        values.sort_by(f64::total_cmp);
        Ok(Empirical { values })
    }

    /// The durations in increasing order.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// How many durations are at most `x`.
    fn count_until(&self, x: f64) -> usize {
        self.values.partition_point(|value| *value <= x)
    }

    fn len(&self) -> f64 {
        self.values.len() as f64
    }
}

impl Family for Empirical {
    fn mean(&self) -> f64 {
        self.values.iter().sum::<f64>() / self.len()
    }

    fn variance(&self) -> f64 {
        let mean = self.mean();
        self.values
            .iter()
            .map(|value| (value - mean) * (value - mean))
            .sum::<f64>()
            / self.len()
    }

    fn support(&self) -> (f64, f64) {
        (self.values[0], self.values[self.values.len() - 1])
    }

    fn cdf(&self, x: f64) -> f64 {
        self.count_until(x) as f64 / self.len()
    }

    fn survival(&self, x: f64) -> f64 {
        (self.values.len() - self.count_until(x)) as f64 / self.len()
    }

    fn pdf(&self, _: f64) -> f64 {
        0.0
    }

    fn inverse_cumulative_hazard(&self, h: f64) -> f64 {
        // So many values are needed; rounding must not ask for one more.
        let needed = -libm::expm1(-h) * self.len();
        let index = (needed * (1.0 - 1e-14)).ceil() as usize;
        self.values[index.clamp(1, self.values.len()) - 1]
    }

    #[inline]
    fn sample(&self, rng: &mut Stream) -> f64 {
        self.values[index_below(self.values.len(), rng)]
    }

    fn sample_residual(&self, age: f64, rng: &mut Stream) -> f64 {
        let over = self.count_until(age);
        if over == self.values.len() {
            return 0.0;
        }
        self.values[over + index_below(self.values.len() - over, rng)] - age
    }

    fn scaled(&self, factor: f64) -> Law {
        Empirical {
            values: self.values.iter().map(|value| value * factor).collect(),
        }
        .into()
    }

    fn atoms(&self) -> Vec<Atom> {
        let mut atoms: Vec<Atom> = Vec::new();
        for value in &self.values {
            match atoms.last_mut() {
                Some(last) if last.at == *value => last.probability += 1.0 / self.len(),
                Some(_) | None => atoms.push(Atom {
                    at: *value,
                    probability: 1.0 / self.len(),
                }),
            }
        }
        atoms
    }

    fn describe(&self) -> String {
        let count = human::count(self.values.len() as u64);
        describe_by_quantiles(&format!("one of {count} observed durations"), self)
    }
}
