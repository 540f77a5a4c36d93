//! Quantities as people write them: `30 s`, `1e6 h`, `8_760 h`, `1 h 30 min`, `2 /y`, `99.95 %`.
//!
//! A number without a unit is refused, because everybody reads another unit into it.

use crate::base::units::SECONDS_PER_YEAR;
use crate::base::{Currency, Money, MoneyRate, human};

/// Units of time and their seconds.
pub(crate) const TIME_UNITS: &[(&str, f64)] = &[
    ("ns", 1e-9),
    ("us", 1e-6),
    ("ms", 1e-3),
    ("s", 1.0),
    ("min", 60.0),
    ("h", 3600.0),
    ("d", 86_400.0),
    ("w", 7.0 * 86_400.0),
    ("mo", SECONDS_PER_YEAR / 12.0),
    ("y", SECONDS_PER_YEAR),
];

/// Simulated time goes on in steps of this many seconds.
const NANOSECOND: f64 = 1e-9;

/// Other spellings that people try, and the unit that they mean.
const ALIASES: &[(&str, &str)] = &[
    ("µs", "us"),
    ("μs", "us"),
    ("msec", "ms"),
    ("millisecond", "ms"),
    ("sec", "s"),
    ("second", "s"),
    ("minute", "min"),
    ("hr", "h"),
    ("hour", "h"),
    ("day", "d"),
    ("wk", "w"),
    ("week", "w"),
    ("month", "mo"),
    ("yr", "y"),
    ("a", "y"),
    ("year", "y"),
];

/// What keeps a text from being a quantity.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Error {
    /// It has no number where one is needed.
    NotANumber,
    /// It is infinite or NaN.
    NotFinite,
    /// It is not zero, but too small to be told from it.
    TooSmall,
    /// It is a time that is not zero, but shorter than the steps in which time goes on.
    BelowNanosecond,
    /// It is a rate of more events than there are steps of time.
    TooOften,
    /// It is finite, but too large to be stored.
    TooLarge,
    /// It has a number and no unit.
    NoUnit,
    /// The unit does not exist here; the one that was meant, if that can be guessed.
    UnknownUnit(String, Option<&'static str>),
    /// It is below zero.
    Negative,
}

impl Error {
    /// What is wrong with `text`.
    pub(crate) fn message(&self, text: &str) -> String {
        match self {
            Error::NotANumber => format!("`{text}` is not a quantity"),
            Error::NotFinite => format!("`{text}` is not a finite number"),
            Error::TooSmall => format!("`{text}` is too small a number to be told from zero"),
            Error::BelowNanosecond => {
                format!("`{text}` is less than a nanosecond, the step in which time goes on here")
            }
            Error::TooOften => format!(
                "`{text}` is more than one event in a nanosecond, the step in which time goes on here"
            ),
            Error::TooLarge => format!("`{text}` is too large a number to be stored"),
            Error::NoUnit => format!("`{text}` has no unit"),
            Error::UnknownUnit(unit, _) => format!("`{unit}` is not a unit that fits here"),
            Error::Negative => format!("`{text}` is negative"),
        }
    }

    /// What to do about it.
    pub(crate) fn help(&self) -> &'static str {
        match self {
            Error::NotANumber => "Write a number and a unit, such as \"30 s\".",
            Error::NotFinite => "Write a finite number; what never happens is \"never\".",
            Error::TooSmall => "Write 0 if you mean zero.",
            Error::BelowNanosecond => "Write \"0 s\" for no time at all, or at least \"1 ns\".",
            Error::TooOften => "Write a lower rate, or leave out what takes no time.",
            Error::TooLarge => "Write a smaller number.",
            Error::NoUnit => "Add a unit, such as \"30 s\".",
            Error::UnknownUnit(..) => "Units of time are ns, us, ms, s, min, h, d, w, mo and y.",
            Error::Negative => "Write zero or a positive number.",
        }
    }
}

/// A finite number, with `_` between digits allowed.
pub(crate) fn number(text: &str) -> Result<f64, Error> {
    let digits: String = text.chars().filter(|c| *c != '_').collect();
    let misplaced = text.starts_with('_') || text.ends_with('_') || text.contains("__");
    let unsigned = digits.trim_start_matches(['+', '-']).to_ascii_lowercase();
    if matches!(unsigned.as_str(), "inf" | "nan" | "infinity") {
        return Err(Error::NotFinite);
    }
    let plain = digits
        .chars()
        .all(|c| c.is_ascii_digit() || matches!(c, '+' | '-' | '.' | 'e' | 'E'));
    let value: f64 = match digits.parse() {
        Ok(value) if plain && !misplaced => value,
        _ => return Err(Error::NotANumber),
    };
    let mantissa = unsigned.split('e').next().unwrap_or("");
    if value.is_infinite() {
        Err(Error::TooLarge)
    } else if !value.is_normal() && mantissa.contains(|c: char| ('1'..='9').contains(&c)) {
        Err(Error::TooSmall)
    } else {
        Ok(value)
    }
}

/// Splits `1e6 h` into the number and the unit. The unit may be empty.
pub(crate) fn split(text: &str) -> (&str, &str) {
    let text = text.trim();
    let bytes = text.as_bytes();
    let mut end = 0;
    while end < bytes.len() {
        let exponent = matches!(bytes[end], b'e' | b'E')
            && end > 0
            && match bytes.get(end + 1) {
                Some(b'+' | b'-') => bytes.get(end + 2).is_some_and(u8::is_ascii_digit),
                Some(digit) => digit.is_ascii_digit(),
                None => false,
            };
        let sign = matches!(bytes[end], b'+' | b'-')
            && (end == 0 || matches!(bytes[end - 1], b'e' | b'E'));
        if bytes[end].is_ascii_digit() || matches!(bytes[end], b'.' | b'_') || exponent || sign {
            end += 1;
        } else {
            break;
        }
    }
    let lower = text.trim_start_matches(['+', '-']).to_ascii_lowercase();
    if end <= 1 {
        // Words for what is no number come before a unit too.
        for word in ["infinity", "inf", "nan"] {
            if lower.starts_with(word) {
                end = text.len() - lower.len() + word.len();
                break;
            }
        }
    }
    (&text[..end], text[end..].trim())
}

fn time_unit(unit: &str) -> Result<f64, Error> {
    if let Some((_, seconds)) = TIME_UNITS.iter().find(|(name, _)| *name == unit) {
        return Ok(*seconds);
    }
    let lower = unit.to_lowercase();
    let singular = lower.strip_suffix('s').unwrap_or(&lower);
    let meant = ALIASES
        .iter()
        .find(|(alias, _)| *alias == lower || *alias == singular)
        .map(|(_, name)| *name)
        .or_else(|| {
            TIME_UNITS
                .iter()
                .find(|(name, _)| *name == lower)
                .map(|(name, _)| *name)
        });
    Err(Error::UnknownUnit(unit.to_owned(), meant))
}

/// Seconds of a day.
pub(crate) const DAY: f64 = 86_400.0;

/// Seconds of a time of day such as `18:30`, or of a week such as `Sun 2:00`, and after how long it
/// comes again. None if it is not written like one.
pub(crate) fn clock(text: &str) -> Option<(f64, f64)> {
    let mut words = text.split_whitespace();
    let last = words.next_back()?;
    let weekday = match words.next() {
        None => None,
        Some(name) => {
            let is_it = |day: &&str| name.len() >= 3 && day.starts_with(name);
            Some(human::WEEKDAYS.iter().position(is_it)?)
        }
    };
    let (hours, minutes) = last.split_once(':')?;
    let digits = |text: &str, most: u32| {
        let is_number = matches!(text.len(), 1 | 2) && text.bytes().all(|b| b.is_ascii_digit());
        text.parse()
            .ok()
            .filter(|&number: &u32| is_number && number < most)
    };
    let of_day = f64::from(digits(hours, 24)? * 3600 + digits(minutes, 60)? * 60);
    if words.next().is_some() || minutes.len() != 2 {
        return None;
    }
    Some(match weekday {
        None => (of_day, DAY),
        Some(days) => (days as f64 * DAY + of_day, 7.0 * DAY),
    })
}

/// Seconds of a duration: `30 s`, or several parts such as `1 h 30 min`.
pub(crate) fn seconds(text: &str) -> Result<f64, Error> {
    let mut rest = text.trim();
    let mut total = 0.0;
    loop {
        let (digits, after) = split(rest);
        if digits.is_empty() {
            return Err(Error::NotANumber);
        }
        let value = number(digits)?;
        let end = after
            .find(|c: char| c.is_whitespace() || c.is_ascii_digit())
            .unwrap_or(after.len());
        let unit = &after[..end];
        if unit.is_empty() {
            return Err(Error::NoUnit);
        }
        let part = value * time_unit(unit)?;
        if value < 0.0 {
            return Err(Error::Negative);
        }
        if value != 0.0 && !part.is_normal() {
            return Err(if part == 0.0 {
                Error::TooSmall
            } else {
                Error::TooLarge
            });
        }
        total += part;
        rest = after[end..].trim_start();
        if rest.is_empty() {
            // What is a nanosecond in other units may be a little less by rounding.
            return if 0.0 < total && total < (1.0 - 1e-9) * NANOSECOND {
                Err(Error::BelowNanosecond)
            } else {
                Ok(total)
            };
        }
    }
}

/// Events per second: `2 /y`.
pub(crate) fn per_second(text: &str) -> Result<f64, Error> {
    let (digits, unit) = split(text);
    if digits.is_empty() {
        return Err(Error::NotANumber);
    }
    let value = number(digits)?;
    let unit = match unit.strip_prefix('/').or_else(|| unit.strip_prefix("per ")) {
        Some(unit) => unit.trim(),
        None if unit.is_empty() => return Err(Error::NoUnit),
        None => return Err(Error::UnknownUnit(unit.to_owned(), None)),
    };
    let rate = value / time_unit(unit)?;
    if value < 0.0 {
        return Err(Error::Negative);
    }
    if value != 0.0 && !rate.is_normal() {
        return Err(Error::TooSmall);
    }
    if rate * NANOSECOND > 1.0 + 1e-9 {
        return Err(Error::TooOften);
    }
    Ok(rate)
}

/// An amount of money and its currency: `300 EUR`.
pub(crate) fn money(text: &str) -> Result<(Money, Currency), Error> {
    let (digits, unit) = split(text);
    let (amount, currency) = amount(digits, unit)?;
    Ok((Money::new(amount).map_err(|_| Error::TooLarge)?, currency))
}

/// Money in a year and its currency: `100_000 EUR` or `100_000 EUR/y`.
pub(crate) fn money_of_a_year(text: &str) -> Result<(Money, Currency), Error> {
    let text = text.trim_end();
    let amount = text
        .strip_suffix("/y")
        .or_else(|| text.strip_suffix("per y"));
    money(amount.unwrap_or(text))
}

/// Money per time and its currency: `0.50 EUR/h`.
pub(crate) fn money_rate(text: &str) -> Result<(MoneyRate, Currency), Error> {
    let (digits, unit) = split(text);
    let parts = unit.split_once('/').or_else(|| unit.split_once(" per "));
    let (currency, time) = match parts {
        Some((currency, time)) => (currency.trim(), time.trim()),
        None if unit.is_empty() => return Err(Error::NoUnit),
        None => return Err(Error::UnknownUnit(unit.to_owned(), None)),
    };
    let (amount, currency) = amount(digits, currency)?;
    let per_hour = amount / (time_unit(time)? / 3600.0);
    let per_hour = Money::new(per_hour).map_err(|_| Error::TooLarge)?;
    Ok((MoneyRate::per_hour(per_hour), currency))
}

fn amount(digits: &str, currency: &str) -> Result<(f64, Currency), Error> {
    if digits.is_empty() {
        return Err(Error::NotANumber);
    }
    let value = number(digits)?;
    if currency.is_empty() {
        return Err(Error::NoUnit);
    }
    let unknown = || Error::UnknownUnit(currency.to_owned(), None);
    let currency = Currency::named(currency).ok_or_else(unknown)?;
    if value < 0.0 {
        return Err(Error::Negative);
    }
    Ok((value, currency))
}

/// A ratio from a percentage: `99.95 %` is 0.9995.
pub(crate) fn ratio(text: &str) -> Result<f64, Error> {
    let (digits, unit) = split(text);
    if digits.is_empty() {
        return Err(Error::NotANumber);
    }
    let value = number(digits)?;
    match unit {
        "%" => Ok(percent(digits, value)),
        "" => Err(Error::NoUnit),
        _ => Err(Error::UnknownUnit(unit.to_owned(), Some("%"))),
    }
}

/// `value` percent. The decimal point is moved in the text, because dividing by 100 would round:
/// `99.95 %` is the number 0.9995, and not its neighbour.
fn percent(digits: &str, value: f64) -> f64 {
    let plain: String = digits.chars().filter(|c| *c != '_').collect();
    let (mantissa, exponent) = match plain.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().unwrap_or(0)),
        None => (plain.as_str(), 0),
    };
    format!("{mantissa}e{}", exponent - 2)
        .parse()
        .unwrap_or(value / 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_read_as_people_write_them() {
        for (text, expected) in [
            ("30 s", 30.0),
            ("30s", 30.0),
            ("1e6 h", 3.6e9),
            ("8_760 h", 8760.0 * 3600.0),
            ("5 y", 5.0 * SECONDS_PER_YEAR),
            ("1 mo", 730.5 * 3600.0),
            ("200 ms", 0.2),
            ("1.5e-3 s", 1.5e-3),
            ("1 h 30 min", 5400.0),
            ("1h30min", 5400.0),
            ("0 s", 0.0),
            ("2 d", 172_800.0),
        ] {
            assert_eq!(seconds(text), Ok(expected), "{text}");
        }
        assert_eq!(per_second("3600 /h"), Ok(1.0));
        assert_eq!(per_second("2 per y"), Ok(2.0 / SECONDS_PER_YEAR));
        assert_eq!(ratio("99.95 %"), Ok(0.9995));
        assert_eq!(ratio("1e-4%"), Ok(1e-6));
    }

    #[test]
    fn times_of_day_and_week() {
        let hours = |text| clock(text).map(|(at, again)| (at / 3600.0, again / DAY));
        assert_eq!(hours("18:30"), Some((18.5, 1.0)));
        assert_eq!(hours(" 0:00 "), Some((0.0, 1.0)));
        assert_eq!(hours("Mon 2:00"), Some((2.0, 7.0)));
        assert_eq!(hours("Sunday 23:59"), Some((168.0 - 1.0 / 60.0, 7.0)));
        for wrong in [
            "24:00",
            "2:60",
            "2:5",
            "2",
            "S 2:00",
            "sun 2:00",
            "Sun Mon 2:00",
            "-1:00",
            "2 h",
            "2:00:00",
            "",
        ] {
            assert_eq!(clock(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn what_is_no_quantity_is_refused_with_its_reason() {
        let unknown = |unit: &str, meant| Err(Error::UnknownUnit(unit.to_owned(), meant));
        for (text, expected) in [
            ("30", Err(Error::NoUnit)),
            ("s", Err(Error::NotANumber)),
            ("", Err(Error::NotANumber)),
            ("-3 s", Err(Error::Negative)),
            ("inf h", Err(Error::NotFinite)),
            ("nan s", Err(Error::NotFinite)),
            ("1e-400 s", Err(Error::TooSmall)),
            ("1e400 s", Err(Error::TooLarge)),
            ("3 hours", unknown("hours", Some("h"))),
            ("3 m", unknown("m", None)),
            ("3 S", unknown("S", Some("s"))),
            ("3 %", unknown("%", None)),
            ("1 h 30", Err(Error::NoUnit)),
            ("1__0 s", Err(Error::NotANumber)),
        ] {
            assert_eq!(seconds(text), expected, "{text}");
        }
        assert_eq!(ratio("0.5"), Err(Error::NoUnit));
        assert_eq!(per_second("2 y"), unknown("y", None));
    }
}
