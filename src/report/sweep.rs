//! A sweep: the same question for many variants of a scenario, side by side.

use super::pictures::{Plot, estimate, footnote};
use super::plots::{
    Heading, HeatCell, Quantity, SweepHeat, SweepLine, SweepSeries, SweepValues, Target,
    Verdict as Drawn,
};
use super::summary::{Ink, WIDTH, table as aligned};
use super::tables::{self, Cell, Table};
use super::words::{Unit, counted, fit, fit_end, listed, wrap};
use super::{Files, RunFacts, json_bytes, manifest};
use crate::base::text::{clean, slug};
use crate::base::{Currency, human};
use crate::model;
use crate::stats::{Interval, Level, Verdict, WhyStopped};
use crate::trials::{Estimates, ServiceEstimates, TargetResult};

/// The answers at the points of a sweep.
#[derive(Clone, Debug, PartialEq)]
pub struct SweepTable {
    /// The parameters that were varied.
    pub axes: Vec<Axis>,
    /// The services, in the order of their answers at each point.
    pub services: Vec<String>,
    /// Level of the intervals.
    pub level: Level,
    /// One row for each point that was run, in order. The last axis varies fastest.
    pub rows: Vec<SweepRow>,
}

/// A parameter that was varied.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Axis {
    /// What the user calls it.
    pub name: String,
    /// Its values, in order.
    pub values: Vec<AxisValue>,
    /// The unit of the numbers, as it ends the name of a column: `s`, `ratio`; none for counts.
    pub unit: Option<String>,
}

/// A value of a varied parameter.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AxisValue {
    /// As the user wrote it.
    pub text: String,
    /// As a number in the unit of its axis, if it is one.
    pub number: Option<f64>,
}

/// The answers at one point.
#[derive(Clone, Debug, PartialEq)]
pub struct SweepRow {
    /// The position of its value on each axis.
    pub point: Vec<usize>,
    /// Number of trials.
    pub trials: u64,
    /// Why there are no more of them.
    pub why_stopped: WhyStopped,
    /// What the scenario says here and does not at the first point: dotted paths and values.
    pub changes: Vec<(String, serde_json::Value)>,
    /// The answer for each service.
    pub services: Vec<SweepFigures>,
    /// What a year of the whole system costs, if anything costs money.
    pub cost: Option<(Currency, Interval)>,
}

/// The answer for one service at one point.
#[derive(Clone, Debug, PartialEq)]
pub struct SweepFigures {
    /// Mean downtime in seconds per year, if it could be estimated.
    pub down: Option<Interval>,
    /// Mean availability, 0 to 1.
    pub availability: Option<Interval>,
    /// Outages per year.
    pub outages: Option<Interval>,
    /// How its targets stand, in the same order at every point.
    pub targets: Vec<TargetResult>,
}

/// All targets together: met if every one is, missed if one is. Without targets nothing is met.
fn together<'a>(targets: impl IntoIterator<Item = &'a TargetResult>) -> Option<Verdict> {
    targets.into_iter().fold(None, |worst, target| {
        Some(match (worst, target.verdict) {
            (Some(Verdict::Missed), _) | (_, Verdict::Missed) => Verdict::Missed,
            (Some(Verdict::Undecided), _) | (_, Verdict::Undecided) => Verdict::Undecided,
            (Some(Verdict::Met) | None, Verdict::Met) => Verdict::Met,
        })
    })
}

impl SweepFigures {
    fn of(service: &ServiceEstimates) -> SweepFigures {
        let mean = |metric| {
            service
                .quantity(metric, "mean")?
                .value
                .as_ref()
                .ok()
                .copied()
        };
        SweepFigures {
            down: mean("downtime"),
            availability: mean("availability"),
            outages: mean("outages"),
            targets: service.targets.clone(),
        }
    }

    /// How its targets stand together, if it has any.
    pub fn verdict(&self) -> Option<Verdict> {
        together(&self.targets)
    }
}

impl SweepRow {
    /// What `estimates` say at a point.
    pub fn of(
        point: Vec<usize>,
        estimates: &Estimates,
        changes: Vec<(String, serde_json::Value)>,
    ) -> SweepRow {
        SweepRow {
            point,
            trials: estimates.trial_count,
            why_stopped: estimates.why_stopped,
            changes,
            services: estimates.services.iter().map(SweepFigures::of).collect(),
            cost: estimates.cost.as_ref().and_then(|cost| {
                let (_, mean) = cost.total.iter().find(|(name, _)| *name == "mean")?;
                Some((cost.currency, *mean.as_ref().ok()?))
            }),
        }
    }

    /// How the targets of all services stand together, if there are any.
    pub fn verdict(&self) -> Option<Verdict> {
        together(self.services.iter().flat_map(|figures| &figures.targets))
    }
}

/// Rows in the table on the console.
const ROWS_MAX: usize = 40;
/// A blank at which a line is not broken.
const NO_BREAK: &str = "\u{a0}";
/// Points that are named one by one.
const NAMED_MAX: usize = 8;
/// So many combinations of the values of the axes after the second have pictures.
const SLICES_MAX: usize = 12;

impl SweepTable {
    fn value(&self, row: &SweepRow, axis: usize) -> Option<&AxisValue> {
        self.axes.get(axis)?.values.get(*row.point.get(axis)?)
    }

    /// A point in words: `web = 4, heartbeat = 1 s`.
    pub fn describe(&self, row: &SweepRow) -> String {
        let part = |(index, axis): (usize, &Axis)| {
            let value = self.value(row, index).map_or("?", |value| &value.text);
            format!("{} = {}", clean(&axis.name), clean(value))
        };
        self.axes
            .iter()
            .enumerate()
            .map(part)
            .collect::<Vec<_>>()
            .join(", ")
    }

    /// The number of points that were asked for.
    pub fn point_count(&self) -> usize {
        self.axes.iter().map(|axis| axis.values.len()).product()
    }

    /// Whether every point was run to its end.
    pub fn is_complete(&self) -> bool {
        let interrupted = |row: &SweepRow| row.why_stopped == WhyStopped::Interrupted;
        self.rows.len() == self.point_count() && !self.rows.iter().any(interrupted)
    }

    /// The points that stand so with respect to all targets.
    fn standing(&self, verdict: Verdict) -> Vec<&SweepRow> {
        self.rows
            .iter()
            .filter(|row| row.verdict() == Some(verdict))
            .collect()
    }

    /// The points that meet all targets with confidence.
    pub fn meeting(&self) -> Vec<&SweepRow> {
        self.standing(Verdict::Met)
    }

    /// The currency of what the points cost, if they cost anything.
    fn currency(&self) -> Option<Currency> {
        self.rows
            .iter()
            .find_map(|row| row.cost.map(|(currency, _)| currency))
    }

    fn has_targets(&self) -> bool {
        self.rows.iter().any(|row| row.verdict().is_some())
    }

    /// The varied parameters as the first columns of a table.
    fn axis_columns(&self) -> Vec<String> {
        let column = |axis: &Axis| {
            let name = slug(&axis.name).replace('-', "_");
            axis.unit
                .as_ref()
                .map_or(name.clone(), |unit| format!("{name}_{unit}"))
        };
        self.axes.iter().map(column).collect()
    }

    fn axis_cells(&self, row: &SweepRow) -> Vec<Cell> {
        let cell = |axis| match self.value(row, axis) {
            Some(AxisValue {
                number: Some(number),
                ..
            }) => (*number).into(),
            Some(AxisValue { text, number: None }) => text.as_str().into(),
            None => Cell::Missing,
        };
        (0..self.axes.len()).map(cell).collect()
    }

    /// One row for each point and service: the varied parameters, then what was measured with its
    /// interval, then the verdict on all targets of the service.
    pub fn table(&self) -> Table {
        self.table_of(None)
    }

    /// The same for one service.
    fn table_of(&self, only: Option<usize>) -> Table {
        let mut columns = self.axis_columns();
        for metric in [
            "downtime_s_per_year",
            "availability_ratio",
            "outages_per_year",
        ] {
            columns.extend(["mean", "ci_low", "ci_high"].map(|end| format!("{metric}_{end}")));
        }
        columns
            .extend(["trials", "ci_level", "verdict", "service", "why_stopped"].map(str::to_owned));
        let currency = self.currency();
        if let Some(currency) = currency {
            let name = Unit::MoneyPerYear(currency).name();
            columns.extend(["mean", "ci_low", "ci_high"].map(|end| format!("cost_{name}_{end}")));
        }
        let mut table = Table::new(columns);
        for (row, index, figures) in self.figures() {
            if only.is_some_and(|only| only != index) {
                continue;
            }
            let mut cells = self.axis_cells(row);
            for value in [&figures.down, &figures.availability, &figures.outages] {
                cells.push(value.map(|interval| interval.estimate).into());
                cells.push(value.map(|interval| interval.low).into());
                cells.push(value.map(|interval| interval.high).into());
            }
            cells.push(row.trials.into());
            cells.push(self.level.get().into());
            cells.push(figures.verdict().map(|verdict| verdict.to_string()).into());
            cells.push(self.service_name(index).into());
            cells.push(row.why_stopped.to_string().into());
            if currency.is_some() {
                let cost = row.cost.map(|(_, cost)| cost);
                cells.push(cost.map(|cost| cost.estimate).into());
                cells.push(cost.map(|cost| cost.low).into());
                cells.push(cost.map(|cost| cost.high).into());
            }
            table.push(cells);
        }
        table
    }

    /// One row for each point and target, with the measured value.
    pub fn targets(&self) -> Table {
        let mut columns = self.axis_columns();
        columns.extend(tables::target_columns());
        let mut table = Table::new(columns);
        for (row, index, figures) in self.figures() {
            for target in &figures.targets {
                let mut cells = self.axis_cells(row);
                let service = self.service_name(index);
                cells.extend(tables::target_row(service, target, self.level, row.trials));
                table.push(cells);
            }
        }
        table
    }

    /// All answers, point by point, with the number of their service.
    fn figures(&self) -> impl Iterator<Item = (&SweepRow, usize, &SweepFigures)> {
        self.rows.iter().flat_map(|row| {
            let services = row.services.iter().enumerate();
            services.map(move |(index, figures)| (row, index, figures))
        })
    }

    fn service_name(&self, index: usize) -> &str {
        self.services.get(index).map_or("", String::as_str)
    }

    /// The sweep as text for a terminal: the points, and which of them meet all targets. With
    /// `color`, it holds ANSI escapes.
    pub fn text(&self, facts: &RunFacts, color: bool) -> String {
        let ink = Ink { color };
        let blocks = [
            self.head(facts, ink),
            self.points(ink),
            self.end(facts, ink),
        ];
        let blocks: Vec<String> = blocks.iter().map(|lines| lines.join("\n")).collect();
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
                    .map_or("?".to_owned(), |value| fit(&value.text, 20))
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
        } else {
            say("RESULT", &self.title(0));
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

    /// The number of trials of every point, if they have the same.
    fn trials(&self) -> Option<u64> {
        let first = self.rows.first()?.trials;
        self.rows
            .iter()
            .all(|row| row.trials == first)
            .then_some(first)
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
        let several = self.axes.len() > 1;
        let shown: Vec<String> = points
            .iter()
            .take(NAMED_MAX)
            .map(|row| {
                let text = self.describe(row).replace(' ', NO_BREAK);
                if several { format!("({text})") } else { text }
            })
            .collect();
        let more = match points.len() - shown.len() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        Some(format!(
            "{} of {}: {}{more}",
            points.len(),
            counted(self.rows.len() as u64, "point"),
            shown.join(", ")
        ))
    }

    /// The files of a sweep: what was run, the tables and the pictures.
    pub fn files(&self, facts: &RunFacts) -> Files {
        let mut files = vec![
            (
                "run.json".to_owned(),
                json_bytes(&manifest::sweep(facts, self)),
            ),
            ("sweep.csv".to_owned(), self.table().csv()),
            ("targets.csv".to_owned(), self.targets().csv()),
        ];
        for plot in self.pictures(facts) {
            files.extend(plot.files());
        }
        files
    }

    /// For each service: lines over the first axis, and a map of the first two if there are two. If
    /// there are more, this is done for each combination of the values of the others.
    pub fn pictures(&self, facts: &RunFacts) -> Vec<Plot> {
        let [_, _, _, ..] = self.axes.as_slice() else {
            return self.slice_pictures(facts, "");
        };
        (0..self.slice_count().min(SLICES_MAX))
            .flat_map(|index| {
                let (slice, fixed) = self.slice(index);
                slice.slice_pictures(facts, &fixed)
            })
            .collect()
    }

    /// The pictures of one or two axes, with what the other axes are fixed at.
    fn slice_pictures(&self, facts: &RunFacts, fixed: &str) -> Vec<Plot> {
        let mut plots = Vec::new();
        for service in 0..self.services.len() {
            match self.axes.as_slice() {
                [only] => plots.push(self.line(facts, service, fixed, only, None)),
                [across, up] => {
                    plots.push(self.line(facts, service, fixed, across, Some(up)));
                    plots.push(self.heat(facts, service, fixed, across, up));
                }
                _ => {}
            }
        }
        plots
    }

    /// Combinations of the values of the axes after the second.
    fn slice_count(&self) -> usize {
        let further = self.axes.iter().skip(2);
        further.map(|axis| axis.values.len()).product()
    }

    /// The names of the axes after the second.
    fn further_axes(&self) -> String {
        let names: Vec<String> = self.axes.iter().skip(2).map(|a| clean(&a.name)).collect();
        listed(&names)
    }

    /// The part of the table at a combination of values of the axes after the second, and these
    /// values in words.
    fn slice(&self, index: usize) -> (SweepTable, String) {
        let mut fixed = Vec::new();
        let mut rest = index;
        for axis in self.axes[2..].iter().rev() {
            fixed.insert(0, rest % axis.values.len());
            rest /= axis.values.len();
        }
        let rows = self.rows.iter().filter(|row| row.point[2..] == fixed);
        let words: Vec<String> = self.axes[2..]
            .iter()
            .zip(&fixed)
            .map(|(axis, &at)| format!("{} = {}", clean(&axis.name), clean(&axis.values[at].text)))
            .collect();
        let slice = SweepTable {
            axes: self.axes[..2].to_vec(),
            rows: rows
                .map(|row| SweepRow {
                    point: row.point[..2].to_vec(),
                    ..row.clone()
                })
                .collect(),
            services: self.services.clone(),
            level: self.level,
        };
        (slice, words.join(", "))
    }

    /// The end of the names of the files of a service, with what other axes are fixed at.
    fn suffix(&self, service: usize, fixed: &str) -> String {
        let mut suffix = String::new();
        if self.services.len() > 1 {
            suffix = format!("-{}", slug(self.service_name(service)));
        }
        if !fixed.is_empty() {
            suffix = format!("{suffix}-{}", slug(fixed));
        }
        suffix
    }

    /// `shop, heartbeat = 1 s: `: the service, where there are several, and what other axes are fixed
    /// at.
    fn lead(&self, service: usize, fixed: &str) -> String {
        let name = (self.services.len() > 1).then(|| clean(self.service_name(service)));
        let parts: Vec<String> = name
            .into_iter()
            .chain((!fixed.is_empty()).then(|| fixed.to_owned()))
            .collect();
        if parts.is_empty() {
            String::new()
        } else {
            format!("{}: ", parts.join(", "))
        }
    }

    fn at(&self, service: usize, point: &[usize]) -> Option<&SweepFigures> {
        let row = self.rows.iter().find(|row| row.point == point)?;
        row.services.get(service)
    }

    /// The targets of a service; they are the same at every point, unless they are varied.
    fn targets_of(&self, service: usize) -> &[TargetResult] {
        let figures = self.rows.first().and_then(|row| row.services.get(service));
        figures.map_or(&[], |figures| &figures.targets)
    }

    /// The target that the axis of availability or downtime can show, and whether it is availability.
    fn shown_target(&self, service: usize) -> (bool, Option<Target>) {
        let targets = self.targets_of(service);
        let found =
            |wanted: model::Metric| targets.iter().find(|target| target.target.metric == wanted);
        let drawn = |target: &TargetResult| Target {
            label: clean(&target.target.text),
            value: target.target.limit,
        };
        match (
            found(model::Metric::Availability),
            found(model::Metric::Downtime(model::Statistic::Mean)),
        ) {
            (Some(target), _) => (true, Some(drawn(target))),
            (None, Some(target)) => (false, Some(drawn(target))),
            (None, None) => (true, None),
        }
    }

    fn line(
        &self,
        facts: &RunFacts,
        service: usize,
        fixed: &str,
        across: &Axis,
        series: Option<&Axis>,
    ) -> Plot {
        let (availability, target) = self.shown_target(service);
        let value = |figures: &SweepFigures| {
            if availability {
                figures.availability
            } else {
                figures.down
            }
        };
        let numbers: Option<Vec<f64>> = across.values.iter().map(|value| value.number).collect();
        let values = match numbers {
            Some(values) => {
                let quantity = match across.unit.as_deref() {
                    Some("s") => Quantity::Duration,
                    Some("ratio") => Quantity::Ratio,
                    Some(_) => Quantity::Number,
                    None if values.iter().all(|value| value.fract() == 0.0) => Quantity::Count,
                    None => Quantity::Number,
                };
                SweepValues::Numbers { values, quantity }
            }
            None => SweepValues::Names(
                across
                    .values
                    .iter()
                    .map(|value| clean(&value.text))
                    .collect(),
            ),
        };
        let along = |rest: &[usize]| -> Vec<_> {
            (0..across.values.len())
                .map(|x| {
                    let point: Vec<usize> =
                        std::iter::once(x).chain(rest.iter().copied()).collect();
                    self.at(service, &point)
                        .and_then(value)
                        .map(|interval| estimate(&interval))
                })
                .collect()
        };
        let lines = match series {
            None => vec![SweepSeries {
                name: String::new(),
                estimates: along(&[]),
            }],
            Some(series) => series
                .values
                .iter()
                .enumerate()
                .map(|(y, value)| SweepSeries {
                    name: clean(&value.text),
                    estimates: along(&[y]),
                })
                .collect(),
        };
        let title = self.title(service);
        let (metric_name, metric) = if availability {
            ("mean availability", Quantity::Availability)
        } else {
            ("mean downtime a year", Quantity::Duration)
        };
        let plot = SweepLine {
            heading: Heading {
                title: title.clone(),
                subtitle: format!(
                    "{}{metric_name} at each point, {} interval",
                    self.lead(service, fixed),
                    self.level
                ),
                footnote: footnote(facts, self.trials()),
            },
            metric_name: metric_name.to_owned(),
            metric,
            parameter: clean(&across.name),
            values,
            series_parameter: series.map(|series| clean(&series.name)),
            series: lines,
            target,
        };
        Plot {
            stem: format!("sweep{}", self.suffix(service, fixed)),
            title,
            picture: plot.draw(),
            data: self.table_of(Some(service)),
        }
    }

    fn heat(
        &self,
        facts: &RunFacts,
        service: usize,
        fixed: &str,
        across: &Axis,
        up: &Axis,
    ) -> Plot {
        let title = self.title(service);
        let cell = |x: usize, y: usize| {
            let figures = self.at(service, &[x, y])?;
            let verdict = figures.verdict().map(|verdict| match verdict {
                Verdict::Met => Drawn::Met,
                Verdict::Missed => Drawn::Missed,
                Verdict::Undecided => Drawn::Undecided,
            });
            Some(HeatCell {
                estimate: estimate(&figures.down?),
                verdict,
            })
        };
        let targets = self.targets_of(service);
        let texts: Vec<String> = targets
            .iter()
            .map(|target| clean(&target.target.text))
            .collect();
        let texts_of = |axis: &Axis| axis.values.iter().map(|value| clean(&value.text)).collect();
        let plot = SweepHeat {
            heading: Heading {
                title: title.clone(),
                subtitle: format!(
                    "{}mean downtime a year at each point, {} interval",
                    self.lead(service, fixed),
                    self.level
                ),
                footnote: footnote(facts, self.trials()),
            },
            metric_name: "mean downtime a year".to_owned(),
            metric: Quantity::Duration,
            across_parameter: clean(&across.name),
            across: texts_of(across),
            up_parameter: clean(&up.name),
            up: texts_of(up),
            cells: (0..up.values.len())
                .map(|y| (0..across.values.len()).map(|x| cell(x, y)).collect())
                .collect(),
            target: match texts.as_slice() {
                [] => None,
                [only] => Some(only.clone()),
                [_, _] => Some("both targets".to_owned()),
                several => Some(format!("all {} targets", several.len())),
            },
        };
        Plot {
            stem: format!("sweep-map{}", self.suffix(service, fixed)),
            title,
            picture: plot.draw(),
            data: self.table_of(Some(service)),
        }
    }

    /// Points that are one end of the only axis: `from web = 4 on`.
    fn stretch(&self, points: &[&SweepRow]) -> Option<String> {
        let [axis] = self.axes.as_slice() else {
            return None;
        };
        let numbers: Vec<f64> = axis
            .values
            .iter()
            .filter_map(|value| value.number)
            .collect();
        let (first, last) = (points.first()?, points.last()?);
        let (low, high) = (*first.point.first()?, *last.point.first()?);
        let rises = numbers.len() == axis.values.len() && numbers.is_sorted();
        if !rises || high - low + 1 != points.len() || !self.is_complete() {
            return None;
        }
        if high + 1 == axis.values.len() {
            Some(format!("from {} on", self.describe(first)))
        } else if low == 0 {
            Some(format!("up to {}", self.describe(last)))
        } else {
            Some(format!(
                "from {} to {}",
                self.describe(first),
                clean(&axis.values[high].text)
            ))
        }
    }

    /// What the sweep says of a service: which points keep its targets, or else how far apart the
    /// points are.
    fn title(&self, service: usize) -> String {
        let verdict = |row: &SweepRow| row.services.get(service)?.verdict();
        let total = self.rows.len();
        let meeting: Vec<&SweepRow> = self
            .rows
            .iter()
            .filter(|row| verdict(row) == Some(Verdict::Met))
            .collect();
        if self.rows.iter().any(|row| verdict(row).is_some()) {
            let open = self
                .rows
                .iter()
                .filter(|row| verdict(row) == Some(Verdict::Undecided))
                .count();
            let open = match open {
                0 => String::new(),
                open => format!("; {open} undecided"),
            };
            return match meeting.as_slice() {
                [] => format!("No point of {total} meets the targets for sure{open}"),
                all if all.len() == total => format!("All {total} points meet the targets"),
                [only] => format!("Only {} meets the targets{open}", self.describe(only)),
                some => match self.stretch(some) {
                    Some(stretch) => format!("The targets are met {stretch}{open}"),
                    None => format!("{} of {total} points meet the targets{open}", some.len()),
                },
            };
        }
        let known = self.rows.iter().filter_map(|row| {
            let down = row.services.get(service)?.down?;
            Some((row, down))
        });
        let order = |a: &(&SweepRow, Interval), b: &(&SweepRow, Interval)| {
            a.1.estimate.total_cmp(&b.1.estimate)
        };
        match (known.clone().min_by(order), known.max_by(order)) {
            (Some((least, low)), Some((_, high))) if low.high < high.low => format!(
                "{} is best: {} down a year, against {} at worst",
                self.describe(least),
                human::duration(low.estimate),
                human::duration(high.estimate)
            ),
            (Some(_), Some(_)) => "The points cannot be told apart yet".to_owned(),
            _ => "There is no estimate at any point".to_owned(),
        }
    }
}

/// A line of a table, cut where the screen ends.
fn fit_line(line: &str) -> String {
    let line = line.trim_end();
    if line.chars().count() <= WIDTH {
        return line.to_owned();
    }
    line.chars().take(WIDTH - 2).collect::<String>() + ".."
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    fn sweep() -> SweepTable {
        let value = |text: &str, number| AxisValue {
            text: text.to_owned(),
            number: Some(number),
        };
        let row = |x: usize, y: usize, down: f64, verdict| SweepRow {
            point: vec![x, y],
            trials: 1000,
            why_stopped: WhyStopped::TrialsDone,
            changes: Vec::new(),
            cost: None,
            services: vec![SweepFigures {
                down: Some(samples::interval(down, 0.9 * down, 1.1 * down, 400)),
                availability: {
                    let part = |down: f64| 1.0 - down / 31_557_600.0;
                    Some(samples::interval(
                        part(down),
                        part(1.1 * down),
                        part(0.9 * down),
                        400,
                    ))
                },
                outages: Some(samples::interval(1.3, 1.2, 1.4, 400)),
                targets: vec![TargetResult {
                    verdict,
                    ..samples::targets()[0].clone()
                }],
            }],
        };
        SweepTable {
            services: vec!["shop".to_owned()],
            level: Level::USUAL,
            axes: vec![
                Axis {
                    name: "web".to_owned(),
                    values: vec![value("3", 3.0), value("4", 4.0)],
                    unit: None,
                },
                Axis {
                    name: "heartbeat".to_owned(),
                    values: vec![value("500 ms", 0.5), value("1 s", 1.0)],
                    unit: Some("s".to_owned()),
                },
            ],
            rows: vec![
                row(0, 0, 20_000.0, Verdict::Missed),
                row(0, 1, 15_000.0, Verdict::Undecided),
                row(1, 0, 8_000.0, Verdict::Met),
                row(1, 1, 9_000.0, Verdict::Met),
            ],
        }
    }

    #[test]
    fn the_console_shows_which_points_meet_the_targets() {
        let text = sweep().text(&samples::facts(), false);
        assert_eq!(
            text,
            "\
web shop   Does a second database pay?
scenarios/web-shop.toml   seed 42   4 points of 1,000 trials

TARGETS  web  heartbeat  availability  95 % interval         down a year  95 % interval
  MISS   3    500 ms         99.937 %  99.930 .. 99.943 %       5 h 33 m  5 h .. 6 h 7 m
  ?      3    1 s            99.952 %  99.948 .. 99.957 %       4 h 10 m  3 h 45 m .. 4 h 35 m
  ok     4    500 ms        99.9746 %  99.9721 .. 99.9772 %     2 h 13 m  2 h .. 2 h 27 m
  ok     4    1 s           99.9715 %  99.9686 .. 99.9743 %     2 h 30 m  2 h 15 m .. 2 h 45 m

MEET       2 of 4 points: (web = 4, heartbeat = 500 ms), (web = 4, heartbeat = 1 s)
UNDECIDED  1 of 4 points: (web = 3, heartbeat = 1 s)
"
        );
    }

    #[test]
    fn a_column_for_each_parameter_and_each_end() {
        let text = String::from_utf8(sweep().table().csv()).expect("text");
        assert_eq!(
            text,
            "\
web,heartbeat_s,downtime_s_per_year_mean,downtime_s_per_year_ci_low,downtime_s_per_year_ci_high,availability_ratio_mean,availability_ratio_ci_low,availability_ratio_ci_high,outages_per_year_mean,outages_per_year_ci_low,outages_per_year_ci_high,trials,ci_level,verdict,service,why_stopped\r
3,0.5,20000,18000,22000,0.9993662382437194,0.9993028620680914,0.9994296144193475,1.3,1.2,1.4,1000,0.95,missed,shop,all trials done\r
3,1,15000,13500,16500,0.9995246786827896,0.9994771465510686,0.9995722108145106,1.3,1.2,1.4,1000,0.95,undecided,shop,all trials done\r
4,0.5,8000,7200,8800,0.9997464952974877,0.9997211448272365,0.999771845767739,1.3,1.2,1.4,1000,0.95,met,shop,all trials done\r
4,1,9000,8100,9900,0.9997148072096738,0.9996862879306411,0.9997433264887063,1.3,1.2,1.4,1000,0.95,met,shop,all trials done\r
"
        );
    }

    #[test]
    fn names_are_cleaned_for_spreadsheets() {
        let mut sweep = sweep();
        sweep.axes[0].name = "=cmd()".to_owned();
        sweep.axes[0].values[1] = AxisValue {
            text: "=1+1".to_owned(),
            number: None,
        };
        sweep.services[0] = "@shop".to_owned();
        let text = String::from_utf8(sweep.table().csv()).expect("text");
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[0].starts_with("cmd,heartbeat_s,"), "{}", lines[0]);
        assert!(lines[3].starts_with("'=1+1,0.5,"), "{}", lines[3]);
        assert!(lines[3].contains(",'@shop,"), "{}", lines[3]);
    }

    #[test]
    fn what_is_missing_is_said() {
        let mut sweep = sweep();
        sweep.rows.truncate(2);
        sweep.rows[1].why_stopped = WhyStopped::Interrupted;
        assert!(!sweep.is_complete());
        let text = sweep.text(&samples::facts(), false);
        let said = "INCOMPLETE interrupted after 2 of 4 points, the last one after 1,000 trials\n\
                    MEET       no point meets all targets for sure\n\
                    UNDECIDED  1 of 2 points: (web = 3, heartbeat = 1 s)\n";
        assert!(text.ends_with(said), "{text}");
    }

    #[test]
    fn one_axis_says_from_where_on() {
        let mut sweep = sweep();
        sweep.axes.pop();
        sweep.rows.truncate(2);
        for (index, row) in sweep.rows.iter_mut().enumerate() {
            row.point = vec![index];
        }
        sweep.rows[1].services[0].targets[0].verdict = Verdict::Met;
        assert_eq!(sweep.title(0), "Only web = 4 meets the targets");
        sweep.axes[0].values.push(AxisValue {
            text: "5".to_owned(),
            number: Some(5.0),
        });
        let more = SweepRow {
            point: vec![2],
            ..sweep.rows[1].clone()
        };
        sweep.rows.push(more);
        assert_eq!(sweep.title(0), "The targets are met from web = 4 on");
    }

    #[test]
    fn further_axes_have_pictures_for_each_value() {
        let mut sweep = sweep();
        let third = Axis {
            name: "disks".to_owned(),
            values: ["1", "2"]
                .map(|text| AxisValue {
                    text: text.to_owned(),
                    number: None,
                })
                .into(),
            unit: None,
        };
        sweep.axes.push(third);
        sweep.rows = sweep
            .rows
            .iter()
            .flat_map(|row| {
                (0..2).map(|disks| SweepRow {
                    point: row.point.iter().copied().chain([disks]).collect(),
                    ..row.clone()
                })
            })
            .collect();
        let plots = sweep.pictures(&samples::facts());
        let stems: Vec<&str> = plots.iter().map(|plot| plot.stem.as_str()).collect();
        let one = ["sweep-disks-1", "sweep-map-disks-1"];
        let two = ["sweep-disks-2", "sweep-map-disks-2"];
        assert_eq!(stems, [one, two].concat());
        let (slice, fixed) = sweep.slice(1);
        assert_eq!((slice.rows.len(), fixed.as_str()), (4, "disks = 2"));
        let text = sweep.text(&samples::facts(), false);
        assert!(
            text.ends_with("PLOTS      for each value of disks\n"),
            "{text}"
        );
    }

    #[test]
    fn pictures_tell_the_same() {
        let plots = sweep().pictures(&samples::facts());
        let stems: Vec<&str> = plots.iter().map(|plot| plot.stem.as_str()).collect();
        assert_eq!(stems, ["sweep", "sweep-map"]);
    }
}
