//! Changes from the command line: one value (`web=5`) or several to try (`web=3..6`).

use super::quantity;

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
}

/// What keeps a text from being a change.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidOverride {
    /// It has no `=`, or nothing before or after it.
    #[error("`{0}` is not a change: write PATH=VALUE, such as web=5 or groups.db.units=3")]
    NoValue(String),
    /// A dotted path has an empty part or a quote without an end.
    #[error("`{0}` is not a path: write names with dots between them, such as groups.db.units")]
    Path(String),
    /// A range has no numbers, no end, or no values between them.
    #[error(
        "`{0}` is not a range: write FIRST..LAST or FIRST..LAST..STEP, such as 3..6 or 1s..9s..2s"
    )]
    Range(String),
}

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
        })
    }

    /// The same change with another value.
    fn with_value(&self, value: &str) -> Override {
        let text = format!("{}={value}", &self.text[..self.path_end]);
        Override {
            text,
            value_at: self.path_end + 1,
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
    /// Reads `PATH=FIRST..LAST`, `PATH=FIRST..LAST..STEP` or `PATH=VALUE,VALUE,...`.
    ///
    /// # Errors
    ///
    /// Fails where there is no path, no value, or a range without values.
    pub fn parse(text: &str) -> Result<Variation, InvalidOverride> {
        let change = Override::parse(text)?;
        let labels = match range(change.value()) {
            Some(labels) => {
                labels.ok_or_else(|| InvalidOverride::Range(change.value().to_owned()))?
            }
            None => split_list(change.value()),
        };
        let readings: Vec<Option<(f64, &str)>> =
            labels.iter().map(|label| measure(label)).collect();
        let mut units = readings.iter().flatten().map(|(_, unit)| *unit);
        let unit = units.next().unwrap_or("");
        // Numbers of different kinds are words to a plot.
        let common = readings
            .iter()
            .all(|reading| reading.is_some_and(|(_, own)| own == unit));
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

/// The values of a range: `None` if it is no range, `Some(None)` if it is a wrong one.
fn range(text: &str) -> Option<Option<Vec<String>>> {
    if text.starts_with(['"', '\'', '[', '{']) || !text.contains("..") {
        return None;
    }
    let parts: Vec<&str> = text.split("..").map(str::trim).collect();
    Some(match parts.as_slice() {
        [first, last] => steps(first, last, None),
        [first, last, step] => steps(first, last, Some(step)),
        _ => None,
    })
}

fn steps(first: &str, last: &str, step: Option<&str>) -> Option<Vec<String>> {
    // All in the unit of the first, so that 1..5 min is read as people read it.
    let (first_digits, first_unit) = quantity::split(first);
    let (last_digits, last_unit) = quantity::split(last);
    let (step_digits, step_unit) = quantity::split(step.unwrap_or("1"));
    let unit = if first_unit.is_empty() {
        last_unit
    } else {
        first_unit
    };
    let same = [first_unit, last_unit, step_unit]
        .iter()
        .all(|own| own.is_empty() || *own == unit);
    let [from, to, by] =
        [first_digits, last_digits, step_digits].map(|digits| quantity::number(digits).ok());
    let (from, to, by) = (from?, to?, by?);
    // A quantity has no natural step.
    if !same || by <= 0.0 || to < from || (step.is_none() && !unit.is_empty()) {
        return None;
    }
    let count = ((to - from) / by * (1.0 + 1e-12)).floor();
    if count > 10_000.0 {
        return None;
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
    Some(values.collect())
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
        for wrong in [
            "web=6..3",
            "web=a..b",
            "web=1..",
            "t=1s..5s",
            "web=1..2..3..4",
        ] {
            assert!(Variation::parse(wrong).is_err(), "{wrong}");
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
