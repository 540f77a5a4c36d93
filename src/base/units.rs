//! Time, probability and money as types.
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

/// Seconds in a day.
pub const SECONDS_PER_DAY: f64 = 24.0 * 3600.0;

/// A number that cannot be the quantity it was meant to be.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum InvalidQuantity {
    /// A time that is negative or not a number.
    #[error("a time must be zero or positive, not {0} s")]
    Time(f64),
    /// A probability outside 0 to 1, or not a number.
    #[error("a probability must be between 0 and 1, not {0}")]
    Probability(f64),
    /// An amount of money that is negative, above [`Money::MOST`] or not a number.
    #[error("an amount of money must be between 0 and 1e9, not {0}")]
    Money(f64),
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
    /// As likely as not.
    pub const HALF: Probability = Probability { value: 0.5 };

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

/// A currency, by its code of three letters (ISO 4217).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency {
    // Invariant: capital letters of ASCII.
    code: [u8; 3],
}

/// Signs that people write for a currency, and its code.
const CURRENCY_SIGNS: [(&str, [u8; 3]); 4] = [
    ("\u{20ac}", *b"EUR"),
    ("$", *b"USD"),
    ("\u{a3}", *b"GBP"),
    ("\u{a5}", *b"JPY"),
];

impl Currency {
    /// The currency of a code such as `EUR`, or of one of the signs of euro, dollar, pound and yen.
    pub fn named(text: &str) -> Option<Currency> {
        if let Some((_, code)) = CURRENCY_SIGNS.iter().find(|(sign, _)| *sign == text) {
            return Some(Currency { code: *code });
        }
        let code: [u8; 3] = text.as_bytes().try_into().ok()?;
        let is_code = code.iter().all(u8::is_ascii_uppercase);
        is_code.then_some(Currency { code })
    }

    /// Its code.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.code).expect("letters of ASCII are text")
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// An amount of money in the currency of its scenario: never negative, at most [`Money::MOST`].
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Money {
    // Invariant: `0.0 <= amount <= Money::MOST`, so never NaN.
    amount: f64,
}

impl Money {
    /// No money.
    pub const ZERO: Money = Money { amount: 0.0 };
    /// What nothing costs more than.
    pub const MOST: f64 = 1e9;

    /// So much in the currency's unit.
    ///
    /// # Errors
    ///
    /// Fails on a negative amount, on one above [`Money::MOST`] and on NaN.
    pub fn new(amount: f64) -> Result<Money, InvalidQuantity> {
        if (0.0..=Money::MOST).contains(&amount) {
            Ok(Money { amount })
        } else {
            Err(InvalidQuantity::Money(amount))
        }
    }

    /// The amount in the currency's unit.
    pub fn get(self) -> f64 {
        self.amount
    }
}

/// Money per time.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct MoneyRate {
    per_hour: Money,
}

impl MoneyRate {
    /// Nothing, however long.
    pub const ZERO: MoneyRate = MoneyRate {
        per_hour: Money::ZERO,
    };

    /// So much in an hour.
    pub fn per_hour(amount: Money) -> MoneyRate {
        MoneyRate { per_hour: amount }
    }

    /// What an hour costs.
    pub fn of_an_hour(self) -> f64 {
        self.per_hour.get()
    }

    /// What a time of so many seconds costs.
    pub fn of_secs(self, secs: f64) -> f64 {
        self.per_hour.get() * (secs / 3600.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_currency_is_a_code_or_a_sign() {
        for (text, code) in [("EUR", "EUR"), ("\u{20ac}", "EUR"), ("$", "USD")] {
            assert_eq!(
                Currency::named(text).map(|found| found.to_string()),
                Some(code.to_owned())
            );
        }
        for wrong in ["", "eur", "EURO", "E", "%"] {
            assert_eq!(Currency::named(wrong), None, "{wrong}");
        }
        assert!(Money::new(-1.0).is_err() && Money::new(f64::NAN).is_err());
        let rate = Money::new(30.0).map(MoneyRate::per_hour);
        assert_eq!(rate.map(|rate| rate.of_secs(60.0)), Ok(0.5));
    }

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
