//! Changes from the command line: one value (`web=5`) or several to try (`web=3..6`).

use super::quantity;
use crate::base::human;

/// A change of one value: a param by its name, or any dotted path of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Override {
    /// The change as it was given.
    pub(crate) text: String,
    /// The path, in parts.
    pub(crate) path: Vec<String>,
    /// Where the path ends in `text`.
    pub(crate) path_end: usize,
    /// Where the value begins in `text`.
    pub(crate) value_at: usize,
    /// The option that it was given with, which names it in messages.
    pub(crate) option: &'static str,
}

/// What keeps a text from being a change, or several.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidOverride {
    /// It has no `=`, or nothing before or after it.
    #[error("`{0}` is not a change")]
    NoValue(String),
    /// A dotted path has an empty part or a quote without an end.
    #[error("`{0}` is not a path")]
    Path(String),
    /// The ends of a range, or its step, are not numbers.
    #[error("`{0}` is not a range")]
    Range(String),
    /// The last value of a range is before its first one.
    #[error("the range `{0}` is empty: it ends before it begins")]
    EmptyRange(String),
    /// A range whose values have a unit has no step.
    #[error("the range `{0}` has no step")]
    NoStep(String),
    /// The step of a range is zero or negative.
    #[error("the step of the range `{0}` is not above zero")]
    Step(String),
    /// The parts of a range have different units.
    #[error("the parts of the range `{0}` have different units")]
    MixedUnits(String),
    /// A range has more values than anybody means.
    #[error("the range `{0}` has {1} values")]
    TooManyValues(String, String),
    /// A value is there twice.
    #[error("the value `{0}` is there twice")]
    Twice(String),
}

impl InvalidOverride {
    /// What to do about it, as a full sentence.
    pub fn help(&self) -> String {
        match self {
            InvalidOverride::NoValue(_) => {
                "Write PATH=VALUE, such as web=5 or groups.db.units=3.".to_owned()
            }
            InvalidOverride::Path(_) => {
                "Write names with dots between them, such as groups.db.units.".to_owned()
            }
            InvalidOverride::Range(_) => {
                "Write FIRST..LAST or FIRST..LAST..STEP, such as 3..6 or 1s..9s..2s.".to_owned()
            }
            InvalidOverride::EmptyRange(_) => "Write the smaller value first.".to_owned(),
            InvalidOverride::NoStep(range) => {
                format!("Add one with its unit, such as {range}..1s, or list the values.")
            }
            InvalidOverride::Step(_) => "Write a step above zero.".to_owned(),
            InvalidOverride::MixedUnits(_) => {
                "Write all of them in the same unit, such as 60s..300s..60s.".to_owned()
            }
            InvalidOverride::TooManyValues(..) => {
                format!("Take a larger step; at most {VALUES_MAX} values can be tried.")
            }
            InvalidOverride::Twice(_) => "Leave one of them out.".to_owned(),
        }
    }
}

/// The most values that a variation can have.
const VALUES_MAX: u32 = 10_000;

impl Override {
    /// Reads `PATH=VALUE`. The value is TOML; what is not is a text, so quotes can be left out.
    ///
    /// # Errors
    ///
    /// Fails where there is no path or no value. Whether the path exists turns out when the scenario
    /// is loaded.
    pub fn parse(text: &str) -> Result<Override, InvalidOverride> {
        let no_value = || InvalidOverride::NoValue(text.to_owned());
        let equals = find_outside_quotes(text, '=').ok_or_else(no_value)?;
        let path_end = text[..equals].trim_end().len();
        let value = text[equals + 1..].trim_start();
        if path_end == 0 || value.is_empty() {
            return Err(no_value());
        }
        let path = split_path(&text[..path_end])?;
        Ok(Override {
            text: text.to_owned(),
            path,
            path_end,
            value_at: text.len() - value.len(),
            option: "--set",
        })
    }

    /// One of several changes: the same path with another value.
    fn with_value(&self, value: &str) -> Override {
        let text = format!("{}={value}", &self.text[..self.path_end]);
        Override {
            text,
            value_at: self.path_end + 1,
            option: "--vary",
            ..self.clone()
        }
    }

    /// The change as it was given.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The path as it was given.
    pub fn path(&self) -> &str {
        &self.text[..self.path_end]
    }

    /// The value as it was given.
    pub fn value(&self) -> &str {
        self.text[self.value_at..].trim_end()
    }
}

/// Several values for the same path.
#[derive(Clone, Debug, PartialEq)]
pub struct Variation {
    /// The path as it was given, which names the axis.
    pub path: String,
    /// The unit of the numbers: `s`, `per_s`, `ratio`, or empty for plain numbers and for words.
    pub unit: &'static str,
    /// The values, in the order given.
    pub points: Vec<VariedValue>,
}

/// One value of a variation.
#[derive(Clone, Debug, PartialEq)]
pub struct VariedValue {
    /// The change that makes it.
    pub change: Override,
    /// The value as it was given.
    pub label: String,
    /// Its number in [`Variation::unit`], if it is a number or a quantity.
    pub number: Option<f64>,
}

impl Variation {
    /// Reads `PATH=VALUES`, where the values are a list, `3,5,8`, of which each part may be a range,
    /// `3..6` or `1s..9s..2s`.
    ///
    /// # Errors
    ///
    /// Fails where there is no path, no value, a range without values, or a value twice.
    pub fn parse(text: &str) -> Result<Variation, InvalidOverride> {
        let change = Override::parse(text)?;
        let mut labels = Vec::new();
        for part in split_list(change.value()) {
            match range(&part) {
                Some(values) => labels.extend(values?),
                None => labels.push(part),
            }
        }
        if labels.is_empty() {
            return Err(InvalidOverride::NoValue(text.to_owned()));
        }
        let readings: Vec<Option<(f64, &str)>> =
            labels.iter().map(|label| measure(label)).collect();
        let mut units = readings.iter().flatten().map(|(_, unit)| *unit);
        let unit = units.next().unwrap_or("");
        // Numbers of different kinds are words to a plot.
        let common = readings
            .iter()
            .all(|reading| reading.is_some_and(|(_, own)| own == unit));
        for (index, label) in labels.iter().enumerate() {
            let same = |other: usize| {
                labels[other] == *label || (common && readings[other] == readings[index])
            };
            if (0..index).any(same) {
                return Err(InvalidOverride::Twice(label.clone()));
            }
        }
        let points = labels
            .into_iter()
            .zip(&readings)
            .map(|(label, reading)| VariedValue {
                change: change.with_value(&label),
                number: reading.filter(|_| common).map(|(number, _)| number),
                label,
            })
            .collect();
        let unit = match unit {
            "s" if common => "s",
            "per_s" if common => "per_s",
            "ratio" if common => "ratio",
            _ => "",
        };
        Ok(Variation {
            path: change.path().to_owned(),
            unit,
            points,
        })
    }
}

/// The number and the unit of a value.
fn measure(label: &str) -> Option<(f64, &'static str)> {
    let label = label.trim_matches('"');
    let plain = || quantity::number(label).ok().map(|number| (number, ""));
    let seconds = || quantity::seconds(label).ok().map(|number| (number, "s"));
    let rate = || {
        quantity::per_second(label)
            .ok()
            .map(|number| (number, "per_s"))
    };
    let ratio = || quantity::ratio(label).ok().map(|number| (number, "ratio"));
    plain().or_else(seconds).or_else(rate).or_else(ratio)
}

/// The values of a range; `None` if it is none.
fn range(text: &str) -> Option<Result<Vec<String>, InvalidOverride>> {
    if text.starts_with(['"', '\'', '[', '{']) || !text.contains("..") {
        return None;
    }
    let parts: Vec<&str> = text.split("..").map(str::trim).collect();
    Some(match parts.as_slice() {
        [first, last] => steps(text, first, last, None),
        [first, last, step] => steps(text, first, last, Some(step)),
        _ => Err(InvalidOverride::Range(text.to_owned())),
    })
}

fn steps(
    text: &str,
    first: &str,
    last: &str,
    step: Option<&str>,
) -> Result<Vec<String>, InvalidOverride> {
    let whole = || text.to_owned();
    // What has no unit of its own is in that of the others: 1..5min..1 is read as people read it.
    let (first_digits, first_unit) = quantity::split(first);
    let (last_digits, last_unit) = quantity::split(last);
    let (step_digits, step_unit) = quantity::split(step.unwrap_or("1"));
    let units = [first_unit, last_unit, step_unit];
    let unit = units
        .into_iter()
        .find(|unit| !unit.is_empty())
        .unwrap_or("");
    let number = |digits| quantity::number(digits).map_err(|_| InvalidOverride::Range(whole()));
    let (from, to, by) = (
        number(first_digits)?,
        number(last_digits)?,
        number(step_digits)?,
    );
    if units.iter().any(|own| !own.is_empty() && *own != unit) {
        return Err(InvalidOverride::MixedUnits(whole()));
    }
    // A quantity has no natural step.
    if step.is_none() && !unit.is_empty() {
        return Err(InvalidOverride::NoStep(whole()));
    }
    if by <= 0.0 {
        return Err(InvalidOverride::Step(whole()));
    }
    if to < from {
        return Err(InvalidOverride::EmptyRange(whole()));
    }
    let count = ((to - from) / by * (1.0 + 1e-12)).floor();
    if count >= f64::from(VALUES_MAX) {
        let values = human::significant(count + 1.0, 3);
        return Err(InvalidOverride::TooManyValues(whole(), values));
    }
    let decimals = [first_digits, step_digits]
        .iter()
        .map(|digits| {
            digits
                .split_once('.')
                .map_or(0, |(_, fraction)| fraction.len())
        })
        .max()
        .unwrap_or(0);
    let values = (0..=count as u32).map(|index| {
        let value = from + f64::from(index) * by;
        let blank = if unit.is_empty() { "" } else { " " };
        format!("{value:.decimals$}{blank}{unit}")
    });
    Ok(values.collect())
}

/// Splits at commas that are not inside brackets or quotes.
fn split_list(text: &str) -> Vec<String> {
    let (mut parts, mut start, mut depth, mut quote) = (Vec::new(), 0, 0, None);
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (Some(open), _) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '[' | '{' | '(') => depth += 1,
            (None, ']' | '}' | ')') => depth -= 1,
            (None, ',') if depth == 0 => {
                parts.push(text[start..at].trim().to_owned());
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(text[start..].trim().to_owned());
    parts.retain(|part| !part.is_empty());
    parts
}

fn find_outside_quotes(text: &str, wanted: char) -> Option<usize> {
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if c == '"' || c == '\'' => quote = Some(c),
            None if c == wanted => return Some(at),
            None => {}
        }
    }
    None
}

/// Splits a dotted path; a part in quotes may have dots in it.
pub(crate) fn split_path(path: &str) -> Result<Vec<String>, InvalidOverride> {
    let wrong = || InvalidOverride::Path(path.to_owned());
    let (mut parts, mut rest) = (Vec::new(), path.trim());
    loop {
        let (part, after) = match rest.chars().next() {
            Some(quote @ ('"' | '\'')) => {
                let end = rest[1..].find(quote).ok_or_else(wrong)?;
                (&rest[1..=end], &rest[end + 2..])
            }
            _ => rest.split_at(rest.find('.').unwrap_or(rest.len())),
        };
        if part.is_empty() {
            return Err(wrong());
        }
        parts.push(part.to_owned());
        match after.strip_prefix('.') {
            Some(next) => rest = next,
            None if after.is_empty() => return Ok(parts),
            None => return Err(wrong()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_may_have_quoted_parts() {
        let path = |text: &str| Override::parse(text).map(|change| change.path);
        let owned = |parts: &[&str]| Ok(parts.iter().map(|part| (*part).to_owned()).collect());
        assert_eq!(path("web=5"), owned(&["web"]));
        assert_eq!(
            path("targets.\"downtime.p95\"=<= 8 h"),
            owned(&["targets", "downtime.p95"])
        );
        for wrong in ["web", "=5", "web=", "a..b=1", "a.\"b=1", "a.=1"] {
            assert!(path(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn variations_are_ranges_or_lists() {
        let labels = |text: &str| -> Vec<String> {
            let variation = Variation::parse(text).expect("it is valid");
            variation
                .points
                .into_iter()
                .map(|point| point.label)
                .collect()
        };
        assert_eq!(labels("web=3..6"), ["3", "4", "5", "6"]);
        assert_eq!(labels("web=3..9..2"), ["3", "5", "7", "9"]);
        assert_eq!(labels("x=0.1..0.3..0.1"), ["0.1", "0.2", "0.3"]);
        assert_eq!(labels("t=1 s..9 s..4 s"), ["1 s", "5 s", "9 s"]);
        assert_eq!(labels("standby=hot,cold"), ["hot", "cold"]);
        assert_eq!(labels("law={uniform=[\"1 s\",\"2 s\"]},\"3 s\"").len(), 2);
        assert_eq!(labels("web=1,3..5,10"), ["1", "3", "4", "5", "10"]);
        assert_eq!(labels("t=1..5min..2"), ["1 min", "3 min", "5 min"]);
    }

    #[test]
    fn a_wrong_range_says_what_is_wrong_with_it() {
        let said = |text: &str| {
            let error = Variation::parse(text).expect_err("it is wrong");
            format!("{error}. {}", error.help())
        };
        for (text, expected) in [
            (
                "web",
                "`web` is not a change. Write PATH=VALUE, such as web=5 or groups.db.units=3.",
            ),
            (
                "web=,",
                "`web=,` is not a change. Write PATH=VALUE, such as web=5 or groups.db.units=3.",
            ),
            (
                "web=6..3",
                "the range `6..3` is empty: it ends before it begins. Write the smaller value first.",
            ),
            (
                "web=a..b",
                "`a..b` is not a range. Write FIRST..LAST or FIRST..LAST..STEP, such as 3..6 or 1s..9s..2s.",
            ),
            (
                "web=1..",
                "`1..` is not a range. Write FIRST..LAST or FIRST..LAST..STEP, such as 3..6 or 1s..9s..2s.",
            ),
            (
                "web=1..2..3..4",
                "`1..2..3..4` is not a range. Write FIRST..LAST or FIRST..LAST..STEP, such as 3..6 or 1s..9s..2s.",
            ),
            (
                "t=1s..5s",
                "the range `1s..5s` has no step. Add one with its unit, such as 1s..5s..1s, or list the values.",
            ),
            (
                "t=1s..5min..1s",
                "the parts of the range `1s..5min..1s` have different units. Write all of them in the same unit, such as 60s..300s..60s.",
            ),
            (
                "t=1..5..0",
                "the step of the range `1..5..0` is not above zero. Write a step above zero.",
            ),
            (
                "n=1..1e9",
                "the range `1..1e9` has 1,000,000,000 values. Take a larger step; at most 10000 values can be tried.",
            ),
            (
                "t=1s,2s,1000ms",
                "the value `1000ms` is there twice. Leave one of them out.",
            ),
        ] {
            assert_eq!(said(text), expected, "{text}");
        }
    }

    #[test]
    fn an_axis_has_numbers_in_one_unit() {
        let variation = Variation::parse("heartbeat=0.5s,1s,5 s").expect("it is valid");
        assert_eq!(variation.unit, "s");
        assert_eq!(variation.points[2].number, Some(5.0));
        assert_eq!(variation.points[2].change.text(), "heartbeat=5 s");
        let words = Variation::parse("groups.db.standby=hot,cold").expect("it is valid");
        assert_eq!((words.unit, words.points[0].number), ("", None));
    }
}
