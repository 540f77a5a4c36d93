//! Estimates as people read them: value and interval with the same digits, and never more of them
//! than the sample knows.

use std::collections::BTreeMap;

pub(super) use crate::base::human::{below_one, short_duration};
use crate::base::text::clean;
use crate::base::units::NANOS_PER_SECOND;
use crate::base::{Currency, human};
use crate::behaviour::{Behaviour, Mechanism};
use crate::model::{Comparison, Metric, MissionStart, Statistic, System, Target, WarmUp};
use crate::stats::{Interval, Method};
use crate::trials::{Contribution, Estimates, FALSE_ALARMS_ONE_IN};

/// How missions of a system begin, if not with everything new, as part of a sentence.
pub(super) fn begins(system: &System) -> Option<String> {
    let settling = Behaviour::of(system).settling?;
    let told = |nanos: u64| human::duration(nanos as f64 / NANOS_PER_SECOND);
    let warm_up = told(settling.warm_up);
    let called_for = told(settling.called_for);
    let why = match system.start {
        MissionStart::Settled {
            warm_up: WarmUp::Found(_),
        } => format!(": pilot trials drifted after {called_for}"),
        MissionStart::Settled {
            warm_up: WarmUp::Given(_),
        } if settling.called_for > settling.warm_up => {
            format!(", as the scenario says; its times call for {called_for}")
        }
        MissionStart::Settled { .. } | MissionStart::New => String::new(),
    };
    Some(format!(
        "in the long run, after a warm-up of {warm_up}{why}"
    ))
}

/// That missions which should begin in the long run do not, and what to do about it.
pub(super) fn unsettled(system: &System, estimates: &Estimates) -> Option<String> {
    let drift = estimates.drift?;
    let settling = Behaviour::of(system).settling?;
    let of = |seconds| human::duration(seconds);
    let stretch = of(drift.stretch_s);
    let service = clean(&system.services[drift.service].name);
    let what = if drift.is_downtime {
        "downtime"
    } else {
        "outages"
    };
    let how_much = if drift.excess.is_finite() {
        let more = if drift.excess < 0.0 { "less" } else { "more" };
        let percent = human::significant(100.0 * drift.excess.abs(), 2);
        format!("{percent} % {more} {what} in the first {stretch} of a mission than in the last")
    } else {
        format!("{what} in the first {stretch} of a mission and none in the last")
    };
    let wanted = settling.called_for.max(2 * settling.warm_up);
    Some(format!(
        "not in the long run yet after a warm-up of {}: `{service}` has {how_much} (z = {:+.1}; by chance one \
         settled run in {} says so). Write warm_up = \"{}\" and see what changes.",
        of(settling.warm_up as f64 / NANOS_PER_SECOND),
        drift.distance,
        human::count(FALSE_ALARMS_ONE_IN.into()),
        round_time(wanted as f64 / NANOS_PER_SECOND),
    ))
}

/// A time that is not shorter, in whole days, hours, minutes or seconds as a scenario can say them.
fn round_time(seconds: f64) -> String {
    let units = [(86_400.0, "d"), (3_600.0, "h"), (60.0, "min"), (1.0, "s")];
    let fits = |unit: &&(f64, &str)| seconds >= 2.0 * unit.0;
    let (size, name) = units.iter().find(fits).unwrap_or(&units[3]);
    format!("{} {name}", (seconds / size).ceil())
}

/// What a number measures, which decides how it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    /// Seconds.
    Seconds,
    /// Seconds in a year.
    SecondsPerYear,
    /// A number in a year.
    PerYear,
    /// A part of a whole, 0 to 1.
    Ratio,
    /// Money in a year.
    MoneyPerYear(Currency),
}

impl Unit {
    /// The unit that a quantity names.
    pub(super) fn named(name: &str) -> Unit {
        match name {
            "s" => Unit::Seconds,
            "s_per_year" => Unit::SecondsPerYear,
            "ratio" => Unit::Ratio,
            _ => Unit::PerYear,
        }
    }

    /// Its name in files.
    pub(super) fn name(self) -> String {
        match self {
            Unit::Seconds => "s".to_owned(),
            Unit::SecondsPerYear => "s_per_year".to_owned(),
            Unit::PerYear => "per_year".to_owned(),
            Unit::Ratio => "ratio".to_owned(),
            Unit::MoneyPerYear(currency) => {
                format!("{}_per_year", currency.code().to_ascii_lowercase())
            }
        }
    }

    /// A value without an interval to take its digits from.
    pub(super) fn text(self, value: f64) -> String {
        match self {
            Unit::Seconds | Unit::SecondsPerYear => short_duration(value),
            Unit::PerYear => human::significant(value, 3),
            Unit::Ratio => human::percent(value),
            Unit::MoneyPerYear(currency) => money(value, currency),
        }
    }

    /// An estimate with the digits that its interval leaves meaning.
    pub(super) fn estimate(self, interval: &Interval) -> String {
        if is_none_seen(interval) {
            // An availability without an outage is 1; of other shares, nothing may have been seen either.
            return match self {
                Unit::Ratio if interval.estimate > 0.5 => "no outage".to_owned(),
                Unit::Ratio if is_certain(interval) => "0 %".to_owned(),
                _ => "none seen".to_owned(),
            };
        }
        // All trials of so many, which is not all that there can be.
        if self == Unit::Ratio && interval.estimate >= 1.0 && is_share_of_trials(interval) {
            return "no outage".to_owned();
        }
        if is_certain(interval) {
            return match self {
                Unit::PerYear => human::significant(interval.estimate, 5),
                Unit::Ratio => human::percent(interval.estimate),
                Unit::Seconds | Unit::SecondsPerYear | Unit::MoneyPerYear(_) => {
                    self.text(interval.estimate)
                }
            };
        }
        match self {
            Unit::Seconds | Unit::SecondsPerYear => short_duration(interval.estimate),
            Unit::PerYear => number(interval.estimate, interval),
            Unit::Ratio => ratio(interval.estimate, decimals(interval, 100.0)),
            Unit::MoneyPerYear(currency) => money(interval.estimate, currency),
        }
    }

    /// The values that the data leave possible.
    pub(super) fn range(self, interval: &Interval) -> String {
        let Interval { low, high, .. } = *interval;
        if is_certain(interval) {
            return "nothing is random".to_owned();
        }
        if !high.is_finite() {
            return format!("at least {}", self.text(low));
        }
        match self {
            Unit::Seconds | Unit::SecondsPerYear if is_none_seen(interval) => {
                format!("at most {}", short_duration(high))
            }
            Unit::Seconds | Unit::SecondsPerYear => {
                let (low, high) = (short_duration(low), short_duration(high));
                if low == high {
                    format!("about {low}")
                } else {
                    format!("{low} .. {high}")
                }
            }
            Unit::MoneyPerYear(currency) => {
                let (low, high) = (money(low, currency), money(high, currency));
                if low == high {
                    return format!("about {low}");
                }
                let low = low.trim_end_matches(currency.code()).trim_end().to_owned();
                format!("{low} .. {high}")
            }
            Unit::PerYear if is_none_seen(interval) => {
                format!("at most {}", human::significant(high, 2))
            }
            Unit::PerYear => {
                format!("{} .. {}", number(low, interval), number(high, interval))
            }
            // A share that may be the whole: the interval has one end only.
            Unit::Ratio if high >= 1.0 => format!("at least {}", below_one(low)),
            Unit::Ratio if low <= 0.0 => format!("at most {}", human::percent(high)),
            Unit::Ratio => {
                let digits = decimals(interval, 100.0);
                let end = format!("{:.digits$}", high * 100.0);
                if end.starts_with("100") {
                    // What is missing is too little for the number.
                    return format!("at least {}", below_one(low));
                }
                format!("{:.digits$} .. {end} %", low * 100.0)
            }
        }
    }
}

/// Whether an interval is a bound to something that did not happen in any trial.
pub(super) fn is_none_seen(interval: &Interval) -> bool {
    interval.method == Method::NoneSeen
        || (interval.support.events == 0 && interval.estimate == 0.0)
}

/// Whether it is the share of trials that were never down.
fn is_share_of_trials(interval: &Interval) -> bool {
    interval.method == Method::ClopperPearson
}

/// Whether nothing is random, so that the value is known.
pub(super) fn is_certain(interval: &Interval) -> bool {
    let is_alone = interval.low == interval.high;
    interval.method == Method::Certain || (interval.method == Method::NoneSeen && is_alone)
}

/// Decimal places at which the half-width, times `factor`, shows one or two digits, and at which no
/// end of a percentage looks like 0 or 100.
fn decimals(interval: &Interval, factor: f64) -> usize {
    let half_width = factor * interval.half_width();
    if !half_width.is_finite() {
        return 2;
    }
    let mut places = 0;
    if half_width > 0.0 {
        let exponent = libm::log10(half_width).floor();
        let leading = half_width / libm::exp10(exponent);
        places = -(exponent as i32) + i32::from(leading < 3.55);
    }
    if factor == 100.0 {
        for end in [interval.estimate, interval.low, interval.high] {
            let missing = (100.0 * end).min(100.0 * (1.0 - end));
            if missing > 0.0 {
                places = places.max(-(libm::log10(missing).floor() as i32));
            }
        }
    }
    places.clamp(0, 12) as usize
}

/// More decimal places than this are hard to read.
const PLACES_MAX: usize = 9;

/// A number of which an interval tells how many digits mean something.
fn number(value: f64, interval: &Interval) -> String {
    let places = decimals(interval, 1.0);
    if places <= PLACES_MAX || value == 0.0 {
        return decimal(value, places);
    }
    let told = libm::log10(interval.estimate / interval.half_width()).floor() as i32;
    human::significant(value, (told + 2).clamp(2, 5) as usize)
}

fn decimal(value: f64, digits: usize) -> String {
    if value.abs() >= 1000.0 && digits == 0 {
        return human::count(value.abs().round() as u64);
    }
    format!("{value:.digits$}")
}

fn ratio(value: f64, digits: usize) -> String {
    if value >= 1.0 {
        // Nothing is certain; what is missing is too little for the number.
        return format!("over {}", below_one(value));
    }
    let text = format!("{:.digits$} %", 100.0 * value);
    if text.starts_with("100") && value > 0.99 {
        return format!("over {}", below_one(value));
    }
    text
}

/// The shares of mechanisms in the whole, whoever brings them, largest first.
pub(super) fn by_mechanism(parts: &[Contribution]) -> Vec<(Mechanism, f64)> {
    let mut sums: BTreeMap<Mechanism, f64> = BTreeMap::new();
    for part in parts {
        if let Some(mechanism) = part.mechanism {
            *sums.entry(mechanism).or_default() += part.share;
        }
    }
    let mut sums: Vec<(Mechanism, f64)> = sums.into_iter().collect();
    sums.sort_by(|a, b| b.1.total_cmp(&a.1));
    sums
}

/// An amount of money, without what is less than a thousandth of it.
pub(super) fn money(amount: f64, currency: Currency) -> String {
    let number = if amount.abs() >= 1000.0 {
        human::significant(amount, 4)
    } else if amount == 0.0 {
        "0".to_owned()
    } else {
        human::significant(amount, 3)
    };
    format!("{number} {currency}")
}

/// The number of nines of an unavailability: 3 for 0.1 %. What is down all the time has none.
pub(super) fn nines(unavailability: f64) -> Option<String> {
    let nines = -libm::log10(unavailability);
    (nines.is_finite() && nines > 0.0).then(|| format!("{nines:.1} nines"))
}

/// How many of something, in the singular or the plural.
pub(super) fn counted(count: u64, singular: &str) -> String {
    match (count, singular.strip_suffix('y')) {
        (1, _) => format!("1 {singular}"),
        (_, Some(stem)) if !stem.ends_with(['a', 'e', 'o']) => {
            format!("{} {stem}ies", human::count(count))
        }
        _ => format!("{} {singular}s", human::count(count)),
    }
}

/// `text` on one line of at most `width` characters.
pub(super) fn fit(text: &str, width: usize) -> String {
    let text = clean(text);
    if text.chars().count() <= width {
        return text;
    }
    let mut cut: String = text.chars().take(width.saturating_sub(2)).collect();
    cut.truncate(cut.trim_end().len());
    cut + ".."
}

/// The beginning and the end of `text` on one line of at most `width` characters: names of a series differ
/// in their ends.
pub(super) fn fit_middle(text: &str, width: usize) -> String {
    let text = clean(text);
    let letters: Vec<char> = text.chars().collect();
    if letters.len() <= width {
        return text;
    }
    let kept = width.saturating_sub(2);
    let start: String = letters[..kept - kept / 2].iter().collect();
    let end: String = letters[letters.len() - kept / 2..].iter().collect();
    format!("{start}..{end}")
}

/// The end of `text` on one line of at most `width` characters: of a dotted path, the end tells more.
pub(super) fn fit_end(text: &str, width: usize) -> String {
    let text = clean(text);
    let count = text.chars().count();
    if count <= width {
        return text;
    }
    let kept: String = text.chars().skip(count - width.saturating_sub(2)).collect();
    format!("..{}", kept.trim_start_matches('.'))
}

/// `text` in lines of at most `width` characters, the first one indented by `first` and the others by
/// `rest` blanks.
pub(super) fn wrap(text: &str, first: usize, rest: usize, width: usize) -> String {
    let mut out = String::new();
    let mut line = " ".repeat(first);
    let mut is_empty = true;
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        if !is_empty && line.chars().count() + 1 + word.chars().count() > width {
            out.push_str(&line);
            out.push('\n');
            line = " ".repeat(rest);
            is_empty = true;
        }
        if !is_empty {
            line.push(' ');
        }
        line.push_str(word);
        is_empty = false;
    }
    out + &line + "\n"
}

/// Words as a list: `a, b and c`.
pub(super) fn listed(words: &[String]) -> String {
    match words {
        [] => "nothing".to_owned(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// The name of the metric of a target in files, its statistic and its unit.
pub(super) fn metric(target: &Target) -> (&'static str, String, Unit) {
    let of = |statistic: Statistic| match statistic {
        Statistic::Mean => "mean".to_owned(),
        Statistic::Quantile(order) => format!("p{}", human::significant(100.0 * order, 6)),
    };
    let mean = || "mean".to_owned();
    match target.metric {
        Metric::Cost(statistic) => {
            let unit = target.currency.map_or(Unit::PerYear, Unit::MoneyPerYear);
            ("cost", of(statistic), unit)
        }
        Metric::Availability => ("availability", mean(), Unit::Ratio),
        Metric::ServedRequests => ("served_requests", mean(), Unit::Ratio),
        Metric::TimeBelowDemand => ("time_below_demand", mean(), Unit::SecondsPerYear),
        Metric::Downtime(statistic) => ("downtime", of(statistic), Unit::SecondsPerYear),
        Metric::Outages(statistic) => ("outages", of(statistic), Unit::PerYear),
        Metric::LongestOutage(statistic) => ("longest_outage", of(statistic), Unit::Seconds),
        Metric::OutageDuration(statistic) => ("outage_duration", of(statistic), Unit::Seconds),
        Metric::DataLoss(statistic) => ("data_loss", of(statistic), Unit::Seconds),
        Metric::DataLost(statistic) => ("data_lost", of(statistic), Unit::SecondsPerYear),
        Metric::NeverDown => ("never_down", "share".to_owned(), Unit::Ratio),
    }
}

/// How a comparison is written.
pub(super) fn comparison(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::AtLeast => ">=",
        Comparison::AtMost => "<=",
    }
}

/// A mechanism as the end of a sentence: `mostly exhausted, under repair`.
pub(super) fn plainly(mechanism: Mechanism) -> String {
    mechanism.describe().replace(':', ",")
}

/// A mechanism in one or two words, for long lists.
pub(super) fn shortly(mechanism: Mechanism) -> String {
    mechanism.name().replace('_', " ")
}

#[cfg(test)]
mod tests {
    use super::super::samples::interval;
    use super::*;

    #[test]
    fn an_interval_decides_the_digits() {
        let availability = interval(0.999_731_2, 0.999_718, 0.999_743, 500);
        assert_eq!(Unit::Ratio.estimate(&availability), "99.9731 %");
        assert_eq!(Unit::Ratio.range(&availability), "99.9718 .. 99.9743 %");
        let outages = interval(1.312, 1.305, 1.319, 500);
        assert_eq!(Unit::PerYear.estimate(&outages), "1.312");
        assert_eq!(Unit::PerYear.range(&outages), "1.305 .. 1.319");
    }

    #[test]
    fn nothing_is_certain() {
        let perfect = Interval {
            method: Method::NoneSeen,
            ..interval(1.0, 0.9997, 1.0, 0)
        };
        assert_eq!(Unit::Ratio.estimate(&perfect), "no outage");
        assert_eq!(Unit::Ratio.range(&perfect), "at least 99.97 %");
        let nearly = interval(0.999_999_9, 0.999_999_5, 0.999_999_99, 5);
        assert_eq!(Unit::Ratio.estimate(&nearly), "99.999990 %");
        // What is missing is less than the number can hold.
        let over = interval(1.0, 1.0, 1.0, 5);
        assert_eq!(Unit::Ratio.estimate(&over), "over 99.999999999999 %");
        assert_eq!(Unit::Ratio.range(&over), "at least 99.999999999999 %");
    }

    #[test]
    fn names_of_a_series_can_be_told_apart() {
        assert_eq!(fit_middle("frontend-web-server-17", 14), "fronte..ver-17");
        assert_eq!(fit_middle("web-17", 14), "web-17");
    }

    #[test]
    fn lines_are_wrapped_at_words() {
        assert_eq!(
            wrap("one two three four", 1, 3, 9),
            " one two\n   three\n   four\n"
        );
        assert_eq!(fit("a long\nname", 6), "a lo..");
        assert_eq!(counted(2, "entry"), "2 entries");
        assert_eq!(counted(2, "day"), "2 days");
    }
}
