//! A sweep: the same question for many variants of a scenario, side by side.

mod changes;
mod console;
mod pictures;

use super::tables::{self, Cell, Table};
use super::words::Unit;
use super::{Files, RunFacts, json_bytes, manifest};
use crate::base::text::{clean, slug};
use crate::base::{Currency, human};
use crate::stats::{Interval, Level, Verdict, WhyStopped};
use crate::trials::{Change, Estimates, ServiceEstimates, TargetResult, mean_cost};

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
    /// Whether its values tell by themselves what they are, as the names of scenarios do.
    pub is_plain: bool,
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
    /// Whether missions that should begin in the long run do not.
    pub is_unsettled: bool,
    /// What the scenario says here and does not at the first point: dotted paths and values.
    pub changes: Vec<(String, serde_json::Value)>,
    /// The answer for each service.
    pub services: Vec<SweepFigures>,
    /// What a year of the whole system costs, if anything costs money.
    pub cost: Option<(Currency, Interval)>,
    /// What it brings instead of the first point; nothing at that point itself.
    pub change: Option<Change>,
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
        let mean = |metric| service.value(metric, "mean").copied();
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
        change: Option<Change>,
    ) -> SweepRow {
        SweepRow {
            point,
            trials: estimates.trial_count,
            why_stopped: estimates.why_stopped,
            is_unsettled: estimates.drift.is_some(),
            changes,
            services: estimates.services.iter().map(SweepFigures::of).collect(),
            cost: estimates
                .cost
                .as_ref()
                .and_then(|cost| Some((cost.currency, mean_cost(cost)?))),
            change,
        }
    }

    /// How the targets of all services stand together, if there are any.
    pub fn verdict(&self) -> Option<Verdict> {
        together(self.services.iter().flat_map(|figures| &figures.targets))
    }
}

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
            if axis.is_plain {
                return clean(value);
            }
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
        let changes = ["mean", "ci_low", "ci_high"];
        columns.extend(changes.map(|end| format!("downtime_change_s_per_year_{end}")));
        if let Some(currency) = currency {
            let name = Unit::MoneyPerYear(currency).name();
            columns.extend(changes.map(|end| format!("cost_change_{name}_{end}")));
        }
        columns.push("change_trials".to_owned());
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
            let change = row.change.as_ref();
            let mut push = |interval: Option<Interval>| {
                cells.push(interval.map(|interval| interval.estimate).into());
                cells.push(interval.map(|interval| interval.low).into());
                cells.push(interval.map(|interval| interval.high).into());
            };
            push(change.and_then(|change| change.down.get(index).copied().flatten()));
            if currency.is_some() {
                push(change.and_then(|change| change.cost));
            }
            cells.push(change.and_then(|change| change.pairs).into());
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

    /// The number of trials of every point, if they have the same.
    fn trials(&self) -> Option<u64> {
        let first = self.rows.first()?.trials;
        self.rows
            .iter()
            .all(|row| row.trials == first)
            .then_some(first)
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
                [_, _] if total == 2 => "Both points meet the targets".to_owned(),
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
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;
    use crate::stats::Method;

    fn sweep() -> SweepTable {
        let value = |text: &str, number| AxisValue {
            text: text.to_owned(),
            number: Some(number),
        };
        let row = |x: usize, y: usize, down: f64, verdict| SweepRow {
            point: vec![x, y],
            trials: 1000,
            why_stopped: WhyStopped::TrialsDone,
            is_unsettled: false,
            changes: Vec::new(),
            cost: None,
            change: None,
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
                    is_plain: false,
                },
                Axis {
                    name: "heartbeat".to_owned(),
                    values: vec![value("500 ms", 0.5), value("1 s", 1.0)],
                    unit: Some("s".to_owned()),
                    is_plain: false,
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

    /// The sweep with the second point of one axis set against the first one.
    fn two_points(down: Interval, cost: Option<(Interval, Interval)>) -> SweepTable {
        let euro = Currency::named("EUR").expect("a currency");
        let mut sweep = sweep();
        sweep.axes.pop();
        sweep.rows.truncate(2);
        for (index, row) in sweep.rows.iter_mut().enumerate() {
            row.point = vec![index];
            row.services[0].targets[0].verdict = Verdict::Met;
            row.cost = cost.map(|(cost, _)| (euro, cost));
        }
        sweep.rows[1].change = Some(Change {
            down: vec![Some(down)],
            cost: cost.map(|(_, change)| change),
            pairs: Some(1000),
        });
        sweep
    }

    #[test]
    fn what_the_second_point_brings_is_said_with_its_interval() {
        let less = samples::interval(-600.0, -660.0, -540.0, 400);
        let cost = samples::interval(12_000.0, 11_000.0, 13_000.0, 400);
        let more = samples::interval(40.0, 30.0, 50.0, 400);
        let text = two_points(less, Some((cost, more))).text(&samples::facts(), false);
        let said = "\
CHANGE  web  down a year  95 % interval  cost a year  95 % interval
  less  4          -10 m  -11 m .. -9 m      +40 EUR  +30 .. +50 EUR
  against web = 3: each of 1,000 trials against the same one

MEET       both points
RESULT     web = 4 is down 10 m a year less than web = 3 (95 % interval 9 m .. 11 m); it costs 40
           EUR a year more (95 % interval 30 .. 50 EUR)
CHEAPEST   web = 3 at 12,000 EUR a year
";
        assert!(text.ends_with(said), "{text}");
    }

    #[test]
    fn what_cannot_be_told_apart_is_said() {
        let open = samples::interval(-60.0, -180.0, 60.0, 400);
        let cost = samples::interval(12_000.0, 11_000.0, 13_000.0, 400);
        let perhaps = samples::interval(-10.0, -30.0, 10.0, 400);
        let text = two_points(open, Some((cost, perhaps))).text(&samples::facts(), false);
        let said = "\
RESULT     by downtime web = 4 cannot be told from web = 3: -3 m .. +1 m a year; by cost they cannot
           be told apart: -30 .. +10 EUR a year
CHEAPEST   web = 3 at 12,000 EUR a year; as cheap may be: web = 4
";
        assert!(text.ends_with(said), "{text}");
        assert!(text.contains("\n  ?     4 "), "{text}");
    }

    #[test]
    fn long_names_leave_the_figures_whole() {
        let less = samples::interval(-245_000.0, -246_000.0, -244_000.0, 400);
        let cost = samples::interval(120_000.0, 110_000.0, 130_000.0, 400);
        let more = samples::interval(-40_000.0, -50_000.0, -30_000.0, 400);
        let mut sweep = two_points(less, Some((cost, more)));
        for name in ["kinds.server.fail.mean", "groups.database.units"] {
            sweep.axes.push(Axis {
                name: name.to_owned(),
                is_plain: false,
                values: vec![AxisValue {
                    text: "a value that is rather long".to_owned(),
                    number: None,
                }],
                unit: None,
            });
        }
        sweep
            .rows
            .iter_mut()
            .for_each(|row| row.point.extend([0, 0]));
        let text = sweep.text(&samples::facts(), false);
        let widest = text.lines().map(|line| line.chars().count()).max();
        assert!(widest <= Some(super::super::summary::WIDTH), "{text}");
        assert!(text.contains("-40,000 EUR"), "{text}");
    }

    #[test]
    fn what_points_cost_has_a_picture_where_it_is_known() {
        let less = samples::interval(-600.0, -660.0, -540.0, 400);
        let cost = samples::interval(12_000.0, 11_000.0, 13_000.0, 400);
        let more = samples::interval(40.0, 30.0, 50.0, 400);
        let titles = |sweep: &SweepTable| -> Vec<(String, String)> {
            let plots = sweep.pictures(&samples::facts()).into_iter();
            plots.map(|plot| (plot.stem, plot.title)).collect()
        };
        let mut priced = two_points(less, Some((cost, more)));
        let told = "web = 3 is the cheapest: 12,000 EUR a year";
        assert_eq!(
            titles(&priced)[1],
            ("sweep-cost".to_owned(), told.to_owned())
        );
        priced.rows[0].services[0].targets[0].verdict = Verdict::Missed;
        let told = "web = 4 is the cheapest that meets the targets: 12,000 EUR a year";
        assert_eq!(titles(&priced)[1].1, told);
        assert_eq!(titles(&two_points(less, None)).len(), 1);
    }

    #[test]
    fn what_changes_nothing_is_the_same_in_every_trial() {
        let same = Interval {
            method: Method::NoneSeen,
            ..samples::interval(0.0, -116_000.0, 116_000.0, 0)
        };
        let text = two_points(same, None).text(&samples::facts(), false);
        assert!(
            text.contains("\n  same  4            0 s  no trial differs, 1 d 8 h at most\n"),
            "{text}"
        );
        assert!(
            text.contains("no trial of web = 4 is down for longer or shorter than with web = 3"),
            "{text}"
        );
    }

    #[test]
    fn points_without_prices_are_not_called_dearer() {
        let less = samples::interval(-600.0, -660.0, -540.0, 400);
        let cost = samples::interval(12_000.0, 11_000.0, 13_000.0, 400);
        let mut sweep = two_points(less, Some((cost, cost)));
        assert!(sweep.text(&samples::facts(), false).contains("CHEAPEST"));
        sweep.rows[0].cost = None;
        assert!(!sweep.text(&samples::facts(), false).contains("CHEAPEST"));
    }

    #[test]
    fn a_difference_that_rests_on_little_is_marked() {
        let few = samples::interval(-600.0, -660.0, -540.0, 3);
        let text = two_points(few, None).text(&samples::facts(), false);
        assert!(
            text.contains("-11 m .. -9 m *\n  * unreliable: few trials differ"),
            "{text}"
        );
    }

    #[test]
    fn a_column_for_each_parameter_and_each_end() {
        let text = String::from_utf8(sweep().table().csv()).expect("text");
        assert_eq!(
            text,
            "\
web,heartbeat_s,downtime_s_per_year_mean,downtime_s_per_year_ci_low,downtime_s_per_year_ci_high,availability_ratio_mean,availability_ratio_ci_low,availability_ratio_ci_high,outages_per_year_mean,outages_per_year_ci_low,outages_per_year_ci_high,trials,ci_level,verdict,service,why_stopped,downtime_change_s_per_year_mean,downtime_change_s_per_year_ci_low,downtime_change_s_per_year_ci_high,change_trials\r
3,0.5,20000,18000,22000,0.9993662382437194,0.9993028620680914,0.9994296144193475,1.3,1.2,1.4,1000,0.95,missed,shop,all trials done,,,,\r
3,1,15000,13500,16500,0.9995246786827896,0.9994771465510686,0.9995722108145106,1.3,1.2,1.4,1000,0.95,undecided,shop,all trials done,,,,\r
4,0.5,8000,7200,8800,0.9997464952974877,0.9997211448272365,0.999771845767739,1.3,1.2,1.4,1000,0.95,met,shop,all trials done,,,,\r
4,1,9000,8100,9900,0.9997148072096738,0.9996862879306411,0.9997433264887063,1.3,1.2,1.4,1000,0.95,met,shop,all trials done,,,,\r
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
            is_plain: false,
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
