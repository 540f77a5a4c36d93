//! What a sweep says on the screen: its points, and which of them meet all targets.

use super::{SLICES_MAX, SweepRow, SweepTable};
use crate::base::human;
use crate::base::text::clean;
use crate::report::RunFacts;
use crate::report::summary::{Ink, WIDTH, table as aligned};
use crate::report::words::{Unit, counted, fit, fit_end, fit_middle, wrap};
use crate::stats::{Verdict, WhyStopped};

/// Rows in the table on the console.
const ROWS_MAX: usize = 40;
/// A blank at which a line is not broken.
const NO_BREAK: &str = "\u{a0}";
/// Points that are named one by one.
const NAMED_MAX: usize = 8;

impl SweepTable {
    /// The sweep as text for a terminal: the points, and which of them meet all targets. With
    /// `color`, it holds ANSI escapes.
    pub fn text(&self, facts: &RunFacts, color: bool) -> String {
        let ink = Ink { color };
        let blocks = [
            self.head(facts, ink),
            self.points(ink),
            self.changes(ink),
            self.end(facts, ink),
        ];
        let blocks: Vec<String> = blocks
            .iter()
            .filter(|lines| !lines.is_empty())
            .map(|lines| lines.join("\n"))
            .collect();
        blocks.join("\n\n") + "\n"
    }

    fn head(&self, facts: &RunFacts, ink: Ink) -> Vec<String> {
        let name = clean(&facts.scenario_name);
        let first = match &facts.question {
            Some(question) => {
                let question = fit(question, WIDTH.saturating_sub(name.chars().count() + 3));
                format!("{}   {question}", ink.strong(&name))
            }
            None => ink.strong(&fit(&name, WIDTH)),
        };
        let trials: Vec<u64> = self.rows.iter().map(|row| row.trials).collect();
        let trials = match (trials.iter().min(), trials.iter().max()) {
            (Some(least), Some(most)) if least == most => counted(*most, "trial"),
            (Some(least), Some(most)) => {
                format!("{} to {}", human::count(*least), counted(*most, "trial"))
            }
            _ => "no trials".to_owned(),
        };
        let mut rest = format!(
            "seed {}   {} of {trials}",
            facts.seed,
            counted(self.rows.len() as u64, "point")
        );
        if let Some(elapsed) = facts.elapsed_s {
            rest += &format!("   {}", human::duration(elapsed));
        }
        let path = fit(
            &facts.scenario_path,
            WIDTH.saturating_sub(rest.chars().count() + 3),
        );
        vec![first, ink.faint(&format!("{path}   {rest}"))]
    }

    fn points(&self, ink: Ink) -> Vec<String> {
        let has_targets = self.has_targets();
        let several = self.services.len() > 1;
        let level = format!("{} interval", self.level);
        let mut heads = Vec::new();
        if has_targets {
            heads.push("TARGETS".to_owned());
        }
        heads.extend(self.axes.iter().map(|axis| fit_end(&axis.name, 20)));
        if several {
            heads.push("service".to_owned());
        }
        heads.extend(["availability", &level, "down a year", &level].map(str::to_owned));
        let at = heads.len() - 4;
        if self.currency().is_some() {
            heads.extend(["cost a year", &level].map(str::to_owned));
        }
        let mut few = false;
        let mut verdicts = Vec::new();
        let mut rows = Vec::new();
        // The best points first is not asked for: the order of the sweep shows the trend.
        for (row, index, figures) in self.figures().take(ROWS_MAX) {
            let mut cells = Vec::new();
            if has_targets {
                cells.push(
                    match figures.verdict() {
                        Some(Verdict::Met) => "  ok",
                        Some(Verdict::Missed) => "  MISS",
                        Some(Verdict::Undecided) => "  ?",
                        None => "",
                    }
                    .to_owned(),
                );
            }
            cells.extend((0..self.axes.len()).map(|axis| {
                self.value(row, axis)
                    .map_or("?".to_owned(), |value| fit_middle(&value.text, 20))
            }));
            if several {
                cells.push(fit(self.service_name(index), 20));
            }
            for (unit, value) in [
                (Unit::Ratio, &figures.availability),
                (Unit::SecondsPerYear, &figures.down),
            ] {
                match value {
                    Some(interval) => {
                        let mark = if interval.is_reliable() { "" } else { " *" };
                        few |= !interval.is_reliable();
                        let range = unit.range(interval) + mark;
                        cells.extend([unit.estimate(interval), range]);
                    }
                    None => cells.extend(["-".to_owned(), "-".to_owned()]),
                }
            }
            if let Some(currency) = self.currency() {
                let unit = Unit::MoneyPerYear(currency);
                cells.extend(match &row.cost {
                    Some((_, cost)) => [unit.estimate(cost), unit.range(cost)],
                    None => ["-".to_owned(), "-".to_owned()],
                });
            }
            rows.push(cells);
            verdicts.push(figures.verdict());
        }
        let mut lines = aligned(&heads, &rows, &[at, at + 2, at + 4]);
        if lines
            .iter()
            .any(|line| line.trim_end().chars().count() > WIDTH)
        {
            // The interval of the downtime says as much as that of the availability.
            heads.remove(at + 1);
            rows.iter_mut().for_each(|row| drop(row.remove(at + 1)));
            // What costs is an amount that everybody can compare; its interval is in sweep.csv.
            if self.currency().is_some() {
                heads.pop();
                rows.iter_mut().for_each(|row| drop(row.pop()));
            }
            lines = aligned(&heads, &rows, &[at, at + 1, at + 3]);
        }
        lines[0] = ink.strong(&fit_line(&lines[0]));
        for (line, verdict) in lines[1..].iter_mut().zip(verdicts) {
            *line = fit_line(line);
            if let (true, Some(verdict)) = (has_targets, verdict) {
                // The verdict is the first word, within its own column.
                let (mark, rest) = line.split_at("TARGETS".len());
                *line = ink.verdict(verdict, mark) + rest;
            }
        }
        let left = self.figures().count().saturating_sub(ROWS_MAX);
        if left > 0 {
            lines.push(format!(
                "  and {}, all of them in sweep.csv",
                counted(left as u64, "more row")
            ));
        }
        if few {
            lines.push(ink.warning(
                "  * unreliable: rests on few trials with an outage; such an interval is often too narrow",
            ));
        }
        lines
    }

    fn end(&self, facts: &RunFacts, ink: Ink) -> Vec<String> {
        let mut lines = Vec::new();
        let mut say = |label: &str, text: &str| {
            let text = wrap(text, 0, 0, WIDTH - 11);
            for (index, line) in text.lines().enumerate() {
                let label = if index == 0 { label } else { "" };
                let line = line.replace(NO_BREAK, " ");
                lines.push(format!("{}{line}", ink.strong(&format!("{label:<11}"))));
            }
        };
        if !self.is_complete() {
            let partial = self
                .rows
                .last()
                .filter(|row| row.why_stopped == WhyStopped::Interrupted);
            let last = partial.map_or(String::new(), |row| {
                format!(", the last one after {}", counted(row.trials, "trial"))
            });
            say(
                "INCOMPLETE",
                &format!(
                    "interrupted after {} of {}{last}",
                    self.rows.len(),
                    counted(self.point_count() as u64, "point")
                ),
            );
        }
        let unsettled = self.rows.iter().filter(|row| row.is_unsettled).count();
        if unsettled > 0 {
            say(
                "WARNING",
                &format!(
                    "{} not in the long run yet after the warm-up: `failsim run` of one says what to do",
                    counted(unsettled as u64, "point")
                ),
            );
        }
        if self.has_targets() {
            for (label, verdict, nothing) in [
                (
                    "MEET",
                    Verdict::Met,
                    Some("no point meets all targets for sure"),
                ),
                ("UNDECIDED", Verdict::Undecided, None),
            ] {
                let points = self.standing(verdict);
                if let Some(text) = self.names(&points).or(nothing.map(str::to_owned)) {
                    say(label, &text);
                }
            }
        }
        let of_two = self.verdict_of_two();
        if of_two.is_some() || !self.has_targets() {
            say("RESULT", &of_two.unwrap_or_else(|| self.title(0)));
        }
        if let Some(cheapest) = self.cheapest_in_words() {
            say("CHEAPEST", &cheapest);
        }
        let slices = self.slice_count();
        if slices > SLICES_MAX {
            say(
                "PLOTS",
                &format!(
                    "of the first {SLICES_MAX} of {slices} combinations of {}",
                    self.further_axes()
                ),
            );
        } else if slices > 1 {
            say(
                "PLOTS",
                &format!("for each value of {}", self.further_axes()),
            );
        }
        if let Some(results) = &facts.results {
            say("FILES", &clean(results));
        }
        lines
    }

    /// Some points in words; nothing if there are none.
    fn names(&self, points: &[&SweepRow]) -> Option<String> {
        if points.is_empty() {
            return None;
        }
        if points.len() == self.rows.len() && points.len() > 1 {
            return Some(match points.len() {
                2 => "both points".to_owned(),
                all => format!("all {all} points"),
            });
        }
        Some(format!(
            "{} of {}: {}",
            points.len(),
            counted(self.rows.len() as u64, "point"),
            self.listed(points)?
        ))
    }

    /// Some points one by one, the first of many; nothing if there are none.
    pub(super) fn listed(&self, points: &[&SweepRow]) -> Option<String> {
        let several = self.axes.len() > 1;
        let shown: Vec<String> = points
            .iter()
            .take(NAMED_MAX)
            .map(|row| {
                let mut text = self.describe(row);
                // What is longer than a line must be broken somewhere.
                if text.chars().count() < WIDTH / 2 {
                    text = text.replace(' ', NO_BREAK);
                }
                if several { format!("({text})") } else { text }
            })
            .collect();
        let more = match points.len() - shown.len() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        (!shown.is_empty()).then(|| shown.join(", ") + &more)
    }
}

/// A line of a table, cut where the screen ends.
pub(super) fn fit_line(line: &str) -> String {
    let line = line.trim_end();
    if line.chars().count() <= WIDTH {
        return line.to_owned();
    }
    line.chars().take(WIDTH - 2).collect::<String>() + ".."
}
