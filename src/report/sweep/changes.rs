//! What the points of a sweep bring instead of the first one, and which of those that meet the targets
//! is the cheapest.
//!
//! A difference is known far better than the two figures, because both points live through the same
//! fate: two points whose intervals overlap can differ for sure.

use super::console::fit_line;
use super::{SweepRow, SweepTable};
use crate::report::summary::{Ink, WIDTH, table as aligned};
use crate::report::words::{Unit, counted, fit, fit_end, fit_middle, is_none_seen};
use crate::stats::{Interval, Verdict, independent_difference};

/// Rows in the table on the console.
const ROWS_MAX: usize = 40;
/// Columns for a name or a value where a table is too wide.
const NARROW: usize = 10;

/// An amount with its sign; no difference has none.
fn signed(unit: Unit, value: f64) -> String {
    let sign = if value > 0.0 { "+" } else { "" };
    format!("{sign}{}", unit.text(value))
}

/// Two ends of an interval, with what amounts of money are paid in said once.
fn between(unit: Unit, low: &str, high: &str) -> String {
    if low == high {
        return format!("about {low}");
    }
    let low = match unit {
        Unit::MoneyPerYear(currency) => low.trim_end_matches(currency.code()).trim_end(),
        Unit::Seconds | Unit::SecondsPerYear | Unit::PerYear | Unit::Ratio => low,
    };
    format!("{low} .. {high}")
}

/// The values of a difference that the data leave possible.
fn range(unit: Unit, interval: &Interval) -> String {
    if is_none_seen(interval) {
        return format!("no trial differs, {} at most", unit.text(interval.high));
    }
    match (interval.low.is_finite(), interval.high.is_finite()) {
        (true, true) => between(
            unit,
            &signed(unit, interval.low),
            &signed(unit, interval.high),
        ),
        (true, false) => format!("at least {}", signed(unit, interval.low)),
        (false, true) => format!("at most {}", signed(unit, interval.high)),
        (false, false) => "unknown".to_owned(),
    }
}

/// What a difference says: less, more, or that it cannot be told which.
fn word(interval: &Interval) -> &'static str {
    if is_none_seen(interval) {
        "same"
    } else if interval.high < 0.0 {
        "less"
    } else if interval.low > 0.0 {
        "more"
    } else {
        "?"
    }
}

impl SweepTable {
    /// What each point brings instead of the first one, and what that rests on; nothing if there is no
    /// other.
    pub(super) fn changes(&self, ink: Ink) -> Vec<String> {
        let several = self.services.len() > 1;
        let level = format!("{} interval", self.level);
        let mut heads = vec!["CHANGE".to_owned()];
        heads.extend(self.axes.iter().map(|axis| fit_end(&axis.name, 20)));
        if several {
            heads.push("service".to_owned());
        }
        let at = heads.len();
        heads.extend(["down a year", &level].map(str::to_owned));
        let money = self.currency().map(Unit::MoneyPerYear);
        if money.is_some() {
            heads.extend(["cost a year", &level].map(str::to_owned));
        }
        let mut few = false;
        let mut rows = Vec::new();
        for (row, index, _) in self.figures() {
            let Some(change) = &row.change else {
                continue;
            };
            let down = change.down.get(index).copied().flatten();
            let mut cells = vec![format!("  {}", down.as_ref().map_or("", word))];
            cells.extend((0..self.axes.len()).map(|axis| {
                self.value(row, axis)
                    .map_or("?".to_owned(), |value| fit_middle(&value.text, 20))
            }));
            if several {
                cells.push(fit(self.service_name(index), 20));
            }
            let mut push = |unit, interval: Option<Interval>| match interval {
                Some(interval) => {
                    let mark = if interval.is_reliable() { "" } else { " *" };
                    few |= !interval.is_reliable();
                    cells.extend([
                        signed(unit, interval.estimate),
                        range(unit, &interval) + mark,
                    ]);
                }
                None => cells.extend(["-".to_owned(), "-".to_owned()]),
            };
            push(Unit::SecondsPerYear, down);
            if let Some(money) = money {
                push(money, change.cost);
            }
            rows.push(cells);
        }
        if rows.is_empty() {
            return Vec::new();
        }
        let left = rows.len().saturating_sub(ROWS_MAX);
        rows.truncate(ROWS_MAX);
        let mut lines = aligned(&heads, &rows, &[at, at + 2]);
        let is_wide = |line: &String| line.chars().count() > WIDTH;
        if lines.iter().any(is_wide) {
            // A name that is known from the table above can be cut before a figure is.
            for head in &mut heads[1..at] {
                *head = fit_end(head, NARROW);
            }
            for cell in rows.iter_mut().flat_map(|row| &mut row[1..at]) {
                *cell = fit(cell, NARROW);
            }
            lines = aligned(&heads, &rows, &[at, at + 2]);
        }
        if money.is_some() && lines.iter().any(is_wide) {
            // Its interval is in sweep.csv.
            heads.pop();
            rows.iter_mut().for_each(|row| drop(row.pop()));
            lines = aligned(&heads, &rows, &[at, at + 2]);
        }
        lines.iter_mut().for_each(|line| *line = fit_line(line));
        lines[0] = ink.strong(&lines[0]);
        if left > 0 {
            lines.push(format!(
                "  and {}, all of them in sweep.csv",
                counted(left as u64, "more row")
            ));
        }
        if few {
            lines.push(ink.warning(
                "  * unreliable: few trials differ; such an interval is often too narrow",
            ));
        }
        lines.extend(
            self.rests_on()
                .map(|text| format!("  {}", fit(&text, WIDTH - 2))),
        );
        lines
    }

    /// What the differences are to, and how they were made.
    fn rests_on(&self) -> Option<String> {
        let first = self.describe(self.rows.first()?);
        let changes = self.rows.iter().filter_map(|row| row.change.as_ref());
        let pairs: Vec<Option<u64>> = changes.map(|change| change.pairs).collect();
        let how = match (pairs.iter().min()?, pairs.iter().max()?) {
            (Some(least), Some(most)) if least == most => {
                format!("each of {} against the same one", counted(*most, "trial"))
            }
            (Some(_), Some(_)) => "trial by trial".to_owned(),
            (None, Some(_)) => "trial by trial where both have plain trials".to_owned(),
            (_, None) => "from both intervals, as not each trial counts alike".to_owned(),
        };
        Some(format!("against {first}: {how}"))
    }

    /// What the second of two points brings, as a sentence.
    pub(super) fn verdict_of_two(&self) -> Option<String> {
        let ([first, second], [_]) = (self.rows.as_slice(), self.services.as_slice()) else {
            return None;
        };
        let change = second.change.as_ref()?;
        let down = change.down.first().copied().flatten()?;
        let (first, second) = (self.describe(first), self.describe(second));
        let amount = |unit: Unit, interval: &Interval, than: &str| {
            let amount = unit.text(interval.estimate.abs());
            let (low, high) = match word(interval) {
                "less" => (-interval.high, -interval.low),
                _ => (interval.low, interval.high),
            };
            format!(
                "{amount} a year {}{than} ({} interval {})",
                word(interval),
                self.level,
                between(unit, &unit.text(low), &unit.text(high))
            )
        };
        let unit = Unit::SecondsPerYear;
        let mut text = match word(&down) {
            "same" => {
                format!("no trial of {second} is down for longer or shorter than with {first}")
            }
            "?" => format!(
                "by downtime {second} cannot be told from {first}: {} a year",
                range(unit, &down)
            ),
            _ => {
                let amount = amount(unit, &down, &format!(" than {first}"));
                format!("{second} is down {amount}")
            }
        };
        if let (Some(currency), Some(cost)) = (self.currency(), &change.cost) {
            let unit = Unit::MoneyPerYear(currency);
            text += &match word(cost) {
                "same" => "; it costs the same".to_owned(),
                "?" => format!(
                    "; by cost they cannot be told apart: {} a year",
                    range(unit, cost)
                ),
                _ => format!("; it costs {}", amount(unit, cost, "")),
            };
        }
        Some(text)
    }

    /// The cheapest of the points that meet all targets, or of all points if there are no targets.
    pub(super) fn cheapest(&self) -> Option<Cheapest<'_>> {
        let unit = Unit::MoneyPerYear(self.currency()?);
        // Of what a point costs that tells no prices, nothing is known.
        self.rows
            .iter()
            .all(|row| row.cost.is_some())
            .then_some(())?;
        let wanted = |row: &&SweepRow| !self.has_targets() || row.verdict() == Some(Verdict::Met);
        let candidates: Vec<(&SweepRow, Interval)> = self
            .rows
            .iter()
            .filter(wanted)
            .filter_map(|row| Some((row, row.cost?.1)))
            .collect();
        let order = |a: &&(&SweepRow, Interval), b: &&(&SweepRow, Interval)| {
            a.1.estimate.total_cmp(&b.1.estimate)
        };
        let (best, cost) = candidates.iter().min_by(order)?;
        let ties = candidates
            .iter()
            .filter(|(row, _)| row.point != best.point)
            .filter(|(row, other)| {
                // Trial by trial where one of the two is what all are set against.
                let change = |row: &SweepRow| row.change.as_ref()?.cost;
                match (change(row), change(best)) {
                    (Some(dearer), None) => dearer.low <= 0.0,
                    (None, Some(cheaper)) => cheaper.high >= 0.0,
                    _ => independent_difference(other, cost).low <= 0.0,
                }
            })
            .map(|(row, _)| *row);
        Some(Cheapest {
            best,
            cost: unit.estimate(cost),
            ties: ties.collect(),
            is_selected: self.has_targets() && self.rows.len() > candidates.len(),
        })
    }

    /// The cheapest point in words, with those that may be as cheap.
    pub(super) fn cheapest_in_words(&self) -> Option<String> {
        let cheapest = self.cheapest()?;
        let of = if cheapest.is_selected {
            ", of those that meet all targets"
        } else {
            ""
        };
        let ties = match self.listed(&cheapest.ties) {
            Some(ties) => format!("; as cheap may be: {ties}"),
            None => String::new(),
        };
        Some(format!(
            "{} at {} a year{of}{ties}",
            self.describe(cheapest.best),
            cheapest.cost
        ))
    }
}

/// The cheapest of some points.
pub(super) struct Cheapest<'a> {
    pub(super) best: &'a SweepRow,
    /// What a year of it costs.
    pub(super) cost: String,
    /// Those that may be as cheap.
    pub(super) ties: Vec<&'a SweepRow>,
    /// Some points were left out, as they do not meet all targets.
    pub(super) is_selected: bool,
}
