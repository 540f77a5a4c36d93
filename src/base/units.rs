//! Time and probability as types.
//!
//! There are two kinds of time. The parameters of a law are real numbers of seconds, [`Span`].
//! Simulated time is a whole number of nanoseconds since the start of the mission, [`Instant`], so
//! that coincidences are exact and sums of durations do not depend on their order.

use std::fmt;
use std::ops::{Add, Sub};

/// Nanoseconds in a second.
pub const NANOS_PER_SECOND: f64 = 1e9;
/// Seconds in a year of 365.25 days, the year of every scenario (8766 h).
pub const SECONDS_PER_YEAR: f64 = 8766.0 * 3600.0;

/// A number that cannot be the quantity it was meant to be.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum InvalidQuantity {
    /// A time that is negative or not a number.
    #[error("a time must be zero or positive, not {0} s")]
    Time(f64),
    /// A probability outside 0 to 1, or not a number.
    #[error("a probability must be between 0 and 1, not {0}")]
    Probability(f64),
}

/// A length of simulated time in real seconds: never negative, never NaN, possibly
/// [`Span::FOREVER`].
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Span {
    // Invariant: `0.0 <= secs`, so never NaN.
    secs: f64,
}

impl Span {
    /// No time at all.
    pub const ZERO: Span = Span { secs: 0.0 };
    /// Longer than any mission.
    pub const FOREVER: Span = Span {
        secs: f64::INFINITY,
    };

    /// A span of `secs` seconds.
    ///
    /// # Errors
    ///
    /// Fails on a negative number and on NaN.
    pub fn from_secs(secs: f64) -> Result<Span, InvalidQuantity> {
        if secs >= 0.0 {
            Ok(Span { secs })
        } else {
            Err(InvalidQuantity::Time(secs))
        }
    }

    /// A span of `hours` hours, the unit of most failure data.
    ///
    /// # Errors
    ///
    /// Fails on a negative number and on NaN.
    pub fn from_hours(hours: f64) -> Result<Span, InvalidQuantity> {
        Span::from_secs(hours * 3600.0)
    }

    /// The span in seconds.
    pub fn as_secs(self) -> f64 {
        self.secs
    }

    /// The span in years of 8766 hours.
    pub fn as_years(self) -> f64 {
        self.secs / SECONDS_PER_YEAR
    }

    /// The span as a count of nanoseconds, rounded; [`Instant::NEVER`]'s count if it is too long.
    pub fn as_nanos(self) -> u64 {
        // The cast saturates, so FOREVER becomes the count that means never.
        (self.secs * NANOS_PER_SECOND).round() as u64
    }
}

/// A moment of simulated time: nanoseconds since the start of the mission.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(
    /// Nanoseconds since the start of the mission.
    pub u64,
);

impl Instant {
    /// The start of the mission.
    pub const START: Instant = Instant(0);
    /// A moment that no mission reaches.
    pub const NEVER: Instant = Instant(u64::MAX);

    /// The moment in seconds since the start of the mission.
    pub fn as_secs(self) -> f64 {
        self.0 as f64 / NANOS_PER_SECOND
    }
}

impl Add<u64> for Instant {
    type Output = Instant;

    /// The moment `nanos` later, or never.
    fn add(self, nanos: u64) -> Instant {
        Instant(self.0.saturating_add(nanos))
    }
}

impl Sub for Instant {
    type Output = u64;

    /// Nanoseconds from the earlier `other` to this moment.
    fn sub(self, other: Instant) -> u64 {
        debug_assert!(self >= other, "time runs forward");
        self.0 - other.0
    }
}

/// A number between 0 and 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Probability {
    // Invariant: `0.0 <= value <= 1.0`, so never NaN.
    value: f64,
}

impl Probability {
    /// The impossible.
    pub const ZERO: Probability = Probability { value: 0.0 };
    /// The certain.
    pub const ONE: Probability = Probability { value: 1.0 };

    /// The probability `value`.
    ///
    /// # Errors
    ///
    /// Fails outside 0 to 1 and on NaN.
    pub fn new(value: f64) -> Result<Probability, InvalidQuantity> {
        if (0.0..=1.0).contains(&value) {
            Ok(Probability { value })
        } else {
            Err(InvalidQuantity::Probability(value))
        }
    }

    /// The probability as a number between 0 and 1.
    pub fn get(self) -> f64 {
        self.value
    }

    /// The probability of the contrary.
    pub fn complement(self) -> Probability {
        Probability {
            value: 1.0 - self.value,
        }
    }
}

impl fmt::Display for Probability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&super::human::percent(self.value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_a_time_is_refused() {
        assert!(Span::from_secs(-1.0).is_err());
        assert!(Span::from_secs(f64::NAN).is_err());
        assert_eq!(Span::from_hours(2.0).map(Span::as_secs), Ok(7200.0));
    }

    #[test]
    fn forever_is_never() {
        assert_eq!(Span::FOREVER.as_nanos(), Instant::NEVER.0);
        assert_eq!(Instant(5) + u64::MAX, Instant::NEVER);
    }

    #[test]
    fn what_is_not_a_probability_is_refused() {
        assert!(Probability::new(1.000_001).is_err());
        assert!(Probability::new(f64::NAN).is_err());
        assert!(Probability::new(1.0).is_ok());
    }
}
