//! A sweep: the same question for many variants of a scenario, side by side.

use super::pictures::{Plot, estimate, footnote};
use super::plots::{
    Heading, HeatCell, Quantity, SweepHeat, SweepLine, SweepSeries, SweepValues, Target,
    Verdict as Drawn,
};
use super::tables::{Cell, Table};
use super::words::{Unit, counted, fit, listed};
use super::{Files, RunFacts};
use crate::base::human;
use crate::base::text::{clean, slug};
use crate::model;
use crate::stats::{Interval, Verdict};

/// The answers at all points of a sweep.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SweepTable {
    /// The parameters that were varied.
    pub axes: Vec<Axis>,
    /// One row for each point, in order.
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

/// The answer at one point.
#[derive(Clone, Debug, PartialEq)]
pub struct SweepRow {
    /// The position of its value on each axis.
    pub point: Vec<usize>,
    /// Number of trials.
    pub trials: u64,
    /// Mean downtime in seconds per year, if it could be estimated.
    pub down: Option<Interval>,
    /// Mean availability, 0 to 1.
    pub availability: Option<Interval>,
    /// Outages per year.
    pub outages: Option<Interval>,
    /// How the targets stand, in the same order at every point.
    pub targets: Vec<SweepTarget>,
}

/// How a target stands at a point.
#[derive(Clone, Debug, PartialEq)]
pub struct SweepTarget {
    /// The target.
    pub target: model::Target,
    /// Whether it is met.
    pub verdict: Verdict,
}

impl SweepRow {
    /// All targets together: met if every one is, missed if one is. Without targets nothing is met.
    pub fn verdict(&self) -> Verdict {
        let any = |verdict| self.targets.iter().any(|target| target.verdict == verdict);
        if any(Verdict::Missed) {
            Verdict::Missed
        } else if any(Verdict::Undecided) || self.targets.is_empty() {
            Verdict::Undecided
        } else {
            Verdict::Met
        }
    }
}

/// Points in the table on the console.
const ROWS_MAX: usize = 24;
const WIDTH: usize = 100;

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

    /// The points that meet all targets with confidence, by position in the rows.
    pub fn meeting(&self) -> Vec<usize> {
        (0..self.rows.len())
            .filter(|&row| self.rows[row].verdict() == Verdict::Met)
            .collect()
    }

    /// One row for each point: the varied parameters, then what was measured with its interval, then
    /// the verdict on each target.
    pub fn table(&self) -> Table {
        let parameter = |axis: &Axis| {
            let name = slug(&axis.name).replace('-', "_");
            axis.unit
                .as_ref()
                .map_or(name.clone(), |unit| format!("{name}_{unit}"))
        };
        let mut columns: Vec<String> = self.axes.iter().map(parameter).collect();
        for metric in [
            "downtime_s_per_year",
            "availability_ratio",
            "outages_per_year",
        ] {
            columns.extend(["mean", "ci_low", "ci_high"].map(|end| format!("{metric}_{end}")));
        }
        columns.extend(["trials", "ci_level", "verdict"].map(str::to_owned));
        let targets = self.rows.first().map_or(&[][..], |row| &row.targets);
        columns.extend(
            targets
                .iter()
                .map(|target| format!("verdict: {}", target.target.text)),
        );
        let mut table = Table::new(columns);
        for row in &self.rows {
            let mut cells: Vec<Cell> = (0..self.axes.len())
                .map(|axis| match self.value(row, axis) {
                    Some(AxisValue {
                        number: Some(number),
                        ..
                    }) => (*number).into(),
                    Some(AxisValue { text, number: None }) => text.as_str().into(),
                    None => Cell::Missing,
                })
                .collect();
            for value in [&row.down, &row.availability, &row.outages] {
                cells.push(value.map(|interval| interval.estimate).into());
                cells.push(value.map(|interval| interval.low).into());
                cells.push(value.map(|interval| interval.high).into());
            }
            cells.push(row.trials.into());
            cells.push(row.down.map(|interval| interval.level.get()).into());
            cells.push(if row.targets.is_empty() {
                Cell::Missing
            } else {
                row.verdict().to_string().into()
            });
            for index in 0..targets.len() {
                cells.push(
                    row.targets
                        .get(index)
                        .map(|target| target.verdict.to_string())
                        .into(),
                );
            }
            table.push(cells);
        }
        table
    }

    /// The sweep as text for a terminal: the points, and which of them meet all targets.
    pub fn text(&self) -> String {
        let has_targets = self.rows.iter().any(|row| !row.targets.is_empty());
        let level = self
            .rows
            .iter()
            .find_map(|row| row.down)
            .map_or(String::new(), |down| format!("{} interval", down.level));
        let mut heads: Vec<String> = self.axes.iter().map(|axis| fit(&axis.name, 20)).collect();
        heads.extend([
            "availability".to_owned(),
            level.clone(),
            "down a year".to_owned(),
            level,
            "targets".to_owned(),
        ]);
        let mut lines = vec![heads];
        // The best points first is not asked for: the order of the sweep shows the trend.
        for row in self.rows.iter().take(ROWS_MAX) {
            let mut cells: Vec<String> = (0..self.axes.len())
                .map(|axis| {
                    self.value(row, axis)
                        .map_or("?".to_owned(), |value| fit(&value.text, 20))
                })
                .collect();
            for (unit, value) in [
                (Unit::Ratio, &row.availability),
                (Unit::SecondsPerYear, &row.down),
            ] {
                match value {
                    Some(interval) => cells.extend([unit.estimate(interval), unit.range(interval)]),
                    None => cells.extend(["-".to_owned(), "-".to_owned()]),
                }
            }
            cells.push(match (has_targets, row.verdict()) {
                (false, _) => String::new(),
                (true, Verdict::Met) => "ok".to_owned(),
                (true, Verdict::Missed) => "MISS".to_owned(),
                (true, Verdict::Undecided) => "?".to_owned(),
            });
            lines.push(cells);
        }
        if !has_targets {
            lines
                .iter_mut()
                .for_each(|line| line.truncate(self.axes.len() + 4));
        }
        let columns = lines[0].len();
        let width = |column: usize| {
            lines
                .iter()
                .map(|line| line[column].chars().count())
                .max()
                .unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        let mut text = String::new();
        for line in &lines {
            let cells: Vec<String> = line
                .iter()
                .zip(&widths)
                .map(|(cell, &width)| format!("{cell:<width$}"))
                .collect();
            text += &fit(cells.join("  ").trim_end(), WIDTH);
            text.push('\n');
        }
        if self.rows.len() > ROWS_MAX {
            text += &format!(
                "and {} more, all of them in sweep.csv\n",
                counted((self.rows.len() - ROWS_MAX) as u64, "point")
            );
        }
        if has_targets {
            text += &format!("\n{}\n", self.conclusion());
        }
        text
    }

    /// Which points meet all targets.
    fn conclusion(&self) -> String {
        let meeting = self.meeting();
        let undecided = self
            .rows
            .iter()
            .filter(|row| row.verdict() == Verdict::Undecided)
            .count();
        let open = match undecided {
            0 => String::new(),
            1 => "; 1 point is undecided".to_owned(),
            many => format!("; {many} points are undecided"),
        };
        let total = self.rows.len();
        match meeting.as_slice() {
            [] => format!("No point of {total} meets all targets for sure{open}."),
            [only] => format!(
                "Only {} meets all targets{open}.",
                self.describe(&self.rows[*only])
            ),
            many if many.len() == total => format!("All {total} points meet all targets."),
            many => {
                let shown: Vec<String> = many
                    .iter()
                    .take(3)
                    .map(|&row| format!("({})", self.describe(&self.rows[row])))
                    .collect();
                let more = if many.len() > 3 { ", .." } else { "" };
                format!(
                    "{} of {total} points meet all targets: {}{more}{open}.",
                    many.len(),
                    shown.join(", ")
                )
            }
        }
    }

    /// The files of a sweep: the table and its pictures.
    pub fn files(&self, facts: &RunFacts) -> Files {
        let mut files = vec![("sweep.csv".to_owned(), self.table().csv())];
        for plot in self.pictures(facts) {
            files.extend(plot.files());
        }
        files
    }

    /// Lines over the first axis, and a map of the first two if there are two.
    pub fn pictures(&self, facts: &RunFacts) -> Vec<Plot> {
        match self.axes.as_slice() {
            [only] => vec![self.line(facts, only, None)],
            [across, up] => vec![
                self.line(facts, across, Some(up)),
                self.heat(facts, across, up),
            ],
            _ => Vec::new(),
        }
    }

    fn at(&self, point: &[usize]) -> Option<&SweepRow> {
        self.rows.iter().find(|row| row.point == point)
    }

    /// The target that the axis of availability or downtime can show.
    fn shown_target(&self) -> (bool, Option<Target>) {
        let targets = self.rows.first().map_or(&[][..], |row| &row.targets);
        let found =
            |wanted: model::Metric| targets.iter().find(|target| target.target.metric == wanted);
        let drawn = |target: &SweepTarget| Target {
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

    fn line(&self, facts: &RunFacts, across: &Axis, series: Option<&Axis>) -> Plot {
        let (availability, target) = self.shown_target();
        let value = |row: &SweepRow| {
            if availability {
                row.availability
            } else {
                row.down
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
                    self.at(&point)
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
        let title = self.title();
        let (metric_name, metric) = if availability {
            ("mean availability", Quantity::Availability)
        } else {
            ("mean downtime a year", Quantity::Duration)
        };
        let plot = SweepLine {
            heading: Heading {
                title: title.clone(),
                subtitle: format!("{metric_name} at each point{}", self.level()),
                footnote: footnote(facts, None),
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
            stem: "sweep".to_owned(),
            title,
            picture: plot.draw(),
            data: self.table(),
        }
    }

    fn heat(&self, facts: &RunFacts, across: &Axis, up: &Axis) -> Plot {
        let title = self.title();
        let cell = |x: usize, y: usize| {
            let row = self.at(&[x, y])?;
            let verdict = (!row.targets.is_empty()).then(|| match row.verdict() {
                Verdict::Met => Drawn::Met,
                Verdict::Missed => Drawn::Missed,
                Verdict::Undecided => Drawn::Undecided,
            });
            Some(HeatCell {
                estimate: estimate(&row.down?),
                verdict,
            })
        };
        let targets = self.rows.first().map_or(&[][..], |row| &row.targets);
        let texts: Vec<String> = targets
            .iter()
            .map(|target| clean(&target.target.text))
            .collect();
        let texts_of = |axis: &Axis| axis.values.iter().map(|value| clean(&value.text)).collect();
        let plot = SweepHeat {
            heading: Heading {
                title: title.clone(),
                subtitle: format!("mean downtime a year at each point{}", self.level()),
                footnote: footnote(facts, None),
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
            target: (!texts.is_empty()).then(|| listed(&texts)),
        };
        Plot {
            stem: "sweep-map".to_owned(),
            title,
            picture: plot.draw(),
            data: self.table(),
        }
    }

    fn level(&self) -> String {
        let level = self
            .rows
            .iter()
            .find_map(|row| row.down)
            .map(|down| down.level);
        level.map_or(String::new(), |level| format!(", {level} interval"))
    }

    /// What the sweep says: which points keep the targets, or else how far apart the points are.
    fn title(&self) -> String {
        if self.rows.iter().any(|row| !row.targets.is_empty()) {
            let text = self.conclusion();
            return text.trim_end_matches('.').to_owned();
        }
        let down = |row: &&SweepRow| row.down.map(|down| down.estimate);
        let known = || self.rows.iter().filter(|row| row.down.is_some());
        let least =
            known().min_by(|a, b| down(a).unwrap_or(0.0).total_cmp(&down(b).unwrap_or(0.0)));
        let most = known().max_by(|a, b| down(a).unwrap_or(0.0).total_cmp(&down(b).unwrap_or(0.0)));
        match (least, most) {
            (Some(least), Some(most)) => {
                let (low, high) = (least.down.as_ref(), most.down.as_ref());
                let apart = low.zip(high).is_some_and(|(low, high)| low.high < high.low);
                let text = |down: Option<&Interval>| {
                    down.map_or(String::new(), |down| human::duration(down.estimate))
                };
                if apart {
                    format!(
                        "{} is best: {} down a year, against {} at worst",
                        self.describe(least),
                        text(low),
                        text(high)
                    )
                } else {
                    "The points cannot be told apart yet".to_owned()
                }
            }
            _ => "There is no estimate at any point".to_owned(),
        }
    }
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
            targets: vec![SweepTarget {
                target: samples::targets()[0].target.clone(),
                verdict,
            }],
        };
        SweepTable {
            axes: vec![
                Axis {
                    name: "web".to_owned(),
                    values: vec![value("3", 3.0), value("4", 4.0)],
                    unit: None,
                },
                Axis {
                    name: "=heartbeat".to_owned(),
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
        let text = sweep().text();
        println!("{text}");
        assert_eq!(text, "");
    }

    #[test]
    fn a_column_for_each_parameter_and_each_end() {
        let text = String::from_utf8(sweep().table().csv()).expect("text");
        println!("{text}");
        assert_eq!(text, "");
    }

    #[test]
    fn pictures_tell_the_same() {
        let plots = sweep().pictures(&samples::facts());
        let stems: Vec<&str> = plots.iter().map(|plot| plot.stem.as_str()).collect();
        assert_eq!(stems, ["sweep", "sweep-map"]);
    }
}
