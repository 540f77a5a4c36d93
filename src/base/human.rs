//! Quantities as people write them: two units at most, no digit that means nothing.

use super::units::SECONDS_PER_YEAR;

/// Days of the week, of which a mission begins on the first.
pub const WEEKDAYS: [&str; 7] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];

/// A duration of `secs` seconds in at most two units: `2 h 22 min`, `45.2 s`, `3.1 ms`, `4.2 y`.
pub fn duration(secs: f64) -> String {
    if secs.is_nan() {
        return "unknown".to_owned();
    }
    if secs.is_infinite() {
        return "for ever".to_owned();
    }
    let (sign, s) = if secs < 0.0 { ("-", -secs) } else { ("", secs) };
    let text = if s == 0.0 {
        "0 s".to_owned()
    } else if s < 0.999_5e-6 {
        format!("{} ns", significant(s * 1e9, 3))
    } else if s < 0.999_5e-3 {
        format!("{} us", significant(s * 1e6, 3))
    } else if s < 0.999_5 {
        format!("{} ms", significant(s * 1e3, 3))
    } else if s < 59.95 {
        format!("{} s", significant(s, 3))
    } else if s < 3599.5 {
        two_units(s, 60.0, "min", "s")
    } else if s < 86_370.0 {
        two_units(s / 60.0, 60.0, "h", "min")
    } else if s < SECONDS_PER_YEAR {
        two_units(s / 3600.0, 24.0, "d", "h")
    } else {
        format!("{} y", significant(s / SECONDS_PER_YEAR, 3))
    };
    format!("{sign}{text}")
}

fn two_units(small: f64, ratio: f64, large_name: &str, small_name: &str) -> String {
    let whole = small.round();
    let (large, rest) = ((whole / ratio).floor(), whole % ratio);
    if rest == 0.0 || large >= 100.0 {
        format!("{large} {large_name}")
    } else {
        format!("{large} {large_name} {rest} {small_name}")
    }
}

/// `value` with `digits` significant digits, without trailing zeros after the point, in
/// exponential notation only where the plain one is hard to read.
pub fn significant(value: f64, digits: usize) -> String {
    if value == 0.0 || !value.is_finite() {
        return value.to_string();
    }
    let exponent = value.abs().log10().floor() as i32;
    if !(-4..15).contains(&exponent) {
        return format!("{value:.*e}", digits.saturating_sub(1));
    }
    let decimals = (digits as i32 - 1 - exponent).max(0) as usize;
    let text = format!("{value:.decimals$}");
    let text = if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.')
    } else {
        &text
    };
    group_thousands(text)
}

/// A whole number with commas between thousands.
pub fn count(value: u64) -> String {
    group_thousands(&value.to_string())
}

fn group_thousands(text: &str) -> String {
    let (sign, unsigned) = text
        .strip_prefix('-')
        .map_or(("", text), |rest| ("-", rest));
    let (whole, fraction) = unsigned
        .split_once('.')
        .map_or((unsigned, None), |(w, f)| (w, Some(f)));
    let mut grouped = String::from(sign);
    for (position, digit) in whole.chars().enumerate() {
        if position > 0 && (whole.len() - position).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    if let Some(fraction) = fraction {
        grouped.push('.');
        grouped.push_str(fraction);
    }
    grouped
}

/// A duration with `m` for minutes, which saves a table its width.
pub(crate) fn short_duration(secs: f64) -> String {
    duration(secs).replace(" min", " m")
}

/// A share that is not the whole, however near.
pub(crate) fn below_one(ratio: f64) -> String {
    percent(ratio.min(1.0 - 1e-14))
}

/// A ratio as a percentage with enough digits to tell it from 100 % (or from 0 %): the part that is
/// missing from the nearer end keeps three significant digits.
///
/// Only an exact 1 prints as 100 %.
pub fn percent(ratio: f64) -> String {
    if !ratio.is_finite() {
        return "unknown".to_owned();
    }
    let percent = ratio * 100.0;
    let missing = percent.abs().min((100.0 - percent).abs());
    if missing == 0.0 {
        return format!("{percent:.0} %");
    }
    let decimals = (2 - missing.log10().floor() as i32).clamp(0, 12) as usize;
    let text = format!("{percent:.decimals$}");
    let text = if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.')
    } else {
        &text
    };
    format!("{text} %")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_two_units_at_most() {
        for (secs, text) in [
            (0.0, "0 s"),
            (0.0031, "3.1 ms"),
            (45.2, "45.2 s"),
            (59.99, "1 min"),
            (90.0, "1 min 30 s"),
            (8520.0, "2 h 22 min"),
            (86_399.0, "1 d"),
            (100.0 * 3600.0, "4 d 4 h"),
            (SECONDS_PER_YEAR * 4.2, "4.2 y"),
            (-90.0, "-1 min 30 s"),
        ] {
            assert_eq!(duration(secs), text);
        }
    }

    #[test]
    fn a_percentage_never_rounds_to_certainty() {
        assert_eq!(percent(0.999_999_999), "99.9999999 %");
        assert_eq!(percent(0.999_731), "99.9731 %");
        assert_eq!(percent(0.24), "24 %");
        assert_eq!(percent(1.0), "100 %");
        assert_eq!(percent(1e-9), "0.0000001 %");
    }

    #[test]
    fn numbers_keep_their_significant_digits() {
        assert_eq!(significant(24_400.0, 3), "24,400");
        assert_eq!(significant(1.31, 3), "1.31");
        assert_eq!(significant(2.1e-7, 2), "2.1e-7");
        assert_eq!(count(1_234_567), "1,234,567");
    }
}
