//! What a number on an axis is, which decides its scale, its ticks and its words.

use crate::base::human;

/// The kind of a plotted number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    /// A length of time in seconds, or seconds of downtime per year.
    Duration,
    /// An availability between 0 and 1: drawn by its nines, printed in percent.
    Availability,
    /// Another ratio between 0 and 1, printed in percent.
    Ratio,
    /// A whole number.
    Count,
    /// Any other number.
    Number,
}

/// A value and the interval around it, in the same unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The point estimate.
    pub value: f64,
    /// The lower end of the interval.
    pub low: f64,
    /// The upper end of the interval.
    pub high: f64,
}

impl Estimate {
    /// Whether a mark can be drawn for it at all.
    pub(super) fn is_drawable(self) -> bool {
        self.value.is_finite()
    }

    /// The lower end, or the value where there is no usable lower end.
    pub(super) fn low_end(self) -> f64 {
        if self.low.is_nan() {
            self.value
        } else {
            self.low.min(self.value)
        }
    }

    /// The upper end, or the value where there is no usable upper end.
    pub(super) fn high_end(self) -> f64 {
        if self.high.is_nan() {
            self.value
        } else {
            self.high.max(self.value)
        }
    }
}

impl Quantity {
    /// `value` in the words of this quantity.
    pub(super) fn text(self, value: f64) -> String {
        if !value.is_finite() {
            return "unknown".to_owned();
        }
        match self {
            Quantity::Duration => human::duration(value),
            Quantity::Availability | Quantity::Ratio => human::percent(value),
            Quantity::Count if (0.0..1e15).contains(&value) && value.fract() == 0.0 => {
                human::count(value as u64)
            }
            Quantity::Count | Quantity::Number => human::significant(value, 4),
        }
    }

    /// Both ends of the interval of `estimate`.
    pub(super) fn interval_text(self, estimate: Estimate) -> String {
        format!(
            "{} – {}",
            self.text(estimate.low_end()),
            self.text(estimate.high_end())
        )
    }
}
