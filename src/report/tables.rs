//! Tables: the same rows as CSV for spreadsheets and scripts, and as JSON for programs.
//!
//! A table is made once, as cells, and then written in either format, so that the two cannot differ.
//! Each is tidy: one observation a row, `snake_case` headers that end in the SI unit, an empty cell
//! where there is no value. New columns go last. CSV is as in RFC 4180; numbers are written with the
//! fewest digits that read back as the same number. An end of an interval is missing where the data
//! set no limit.

use serde_json::{Map, Value};

use super::Report;
use super::words::{self, Unit};
use crate::base::text::cell;
use crate::base::units::NANOS_PER_SECOND;
use crate::model::Metric;
use crate::stats::{Interval, Level, Method, NoInterval, Verdict};
use crate::trials::{Contribution, Estimates, TargetResult};

/// A value of a table.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// There is none.
    Missing,
    /// Words.
    Text(String),
    /// A measured number. One that is not finite is written like a missing one.
    Number(f64),
    /// A whole number.
    Count(u64),
    /// Yes or no.
    Truth(bool),
}

impl From<&str> for Cell {
    fn from(text: &str) -> Cell {
        Cell::Text(text.to_owned())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Cell {
        Cell::Text(text)
    }
}

impl From<f64> for Cell {
    fn from(number: f64) -> Cell {
        if number.is_finite() {
            Cell::Number(number)
        } else {
            Cell::Missing
        }
    }
}

impl From<u64> for Cell {
    fn from(count: u64) -> Cell {
        Cell::Count(count)
    }
}

impl From<bool> for Cell {
    fn from(truth: bool) -> Cell {
        Cell::Truth(truth)
    }
}

impl<T: Into<Cell>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Cell {
        value.map_or(Cell::Missing, Into::into)
    }
}

impl Cell {
    fn csv(&self) -> String {
        match self {
            Cell::Missing => String::new(),
            Cell::Text(text) => cell(text),
            Cell::Number(number) => number_text(*number),
            Cell::Count(count) => count.to_string(),
            Cell::Truth(truth) => truth.to_string(),
        }
    }

    fn json(&self) -> Value {
        match self {
            Cell::Missing => Value::Null,
            Cell::Text(text) => Value::from(text.as_str()),
            Cell::Number(number) => Value::from(*number),
            Cell::Count(count) => Value::from(*count),
            Cell::Truth(truth) => Value::from(*truth),
        }
    }
}

/// The fewest digits that read back as the same number.
fn number_text(number: f64) -> String {
    let size = number.abs();
    if number == 0.0 {
        "0".to_owned()
    } else if (1e-5..1e16).contains(&size) {
        format!("{number}")
    } else {
        format!("{number:e}")
    }
}

/// Rows under named columns.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// Names of the columns.
    pub columns: Vec<String>,
    /// The rows, each with a cell for every column.
    pub rows: Vec<Vec<Cell>>,
}

impl Table {
    /// A table without rows.
    pub fn new<S: Into<String>>(columns: impl IntoIterator<Item = S>) -> Table {
        Table {
            columns: columns.into_iter().map(Into::into).collect(),
            rows: Vec::new(),
        }
    }

    /// Adds a row.
    pub fn push(&mut self, row: Vec<Cell>) {
        assert_eq!(
            row.len(),
            self.columns.len(),
            "a row has a cell for every column"
        );
        self.rows.push(row);
    }

    /// The table as CSV.
    pub fn csv(&self) -> Vec<u8> {
        let mut writer = csv::WriterBuilder::new()
            .terminator(csv::Terminator::CRLF)
            .from_writer(Vec::new());
        let header = writer.write_record(self.columns.iter().map(|column| cell(column)));
        let rows = self
            .rows
            .iter()
            .try_for_each(|row| writer.write_record(row.iter().map(Cell::csv)));
        header
            .and(rows)
            .expect("rows of equal length can be written to memory");
        writer.into_inner().expect("memory can be flushed")
    }

    /// The table as a list of objects.
    pub fn json(&self) -> Value {
        let object = |row: &Vec<Cell>| -> Value {
            self.columns
                .iter()
                .cloned()
                .zip(row.iter().map(Cell::json))
                .collect::<Map<String, Value>>()
                .into()
        };
        self.rows.iter().map(object).collect()
    }
}

/// Seconds of a count of nanoseconds.
fn seconds(nanos: u64) -> Cell {
    Cell::Number(nanos as f64 / NANOS_PER_SECOND)
}

type Measured = Result<Interval, NoInterval>;

/// Value and both ends.
fn three(value: &Measured) -> [Cell; 3] {
    match value {
        Ok(interval) => [
            interval.estimate.into(),
            interval.low.into(),
            interval.high.into(),
        ],
        Err(_) => [Cell::Missing, Cell::Missing, Cell::Missing],
    }
}

/// The columns that say what a value rests on: `ci_level,trials,events,method,reliable,remark`.
fn grounds(value: &Measured, estimates: &Estimates) -> [Cell; 6] {
    grounds_of(value, estimates.level, estimates.trial_count)
}

fn grounds_of(value: &Measured, level: Level, trials: u64) -> [Cell; 6] {
    let (level, trials) = (level.get().into(), trials.into());
    match value {
        Ok(interval) => [
            level,
            trials,
            interval.support.events.into(),
            interval.method.to_string().into(),
            interval.is_reliable().into(),
            remark(interval).into(),
        ],
        Err(reason) => [
            level,
            trials,
            Cell::Missing,
            Cell::Missing,
            false.into(),
            reason.to_string().into(),
        ],
    }
}

const GROUNDS: [&str; 6] = [
    "ci_level", "trials", "events", "method", "reliable", "remark",
];

fn remark(interval: &Interval) -> Option<&'static str> {
    if words::is_none_seen(interval) {
        Some("none seen")
    } else if !interval.is_reliable() {
        Some("rests on too few events")
    } else if interval.method == Method::AllAlike {
        Some("all trials alike")
    } else {
        None
    }
}

/// The names of columns, followed by those that say what a value rests on.
fn with_grounds(columns: &[&str]) -> Table {
    Table::new(columns.iter().chain(&GROUNDS).copied())
}

/// All figures: `scenario,point,scope,metric,unit,statistic,value,ci_low,ci_high,ci_level,trials,..`.
/// The point is that of a sweep and empty in a single run; the scope is the service, and empty for
/// what concerns the whole system.
pub fn summary(report: &Report<'_>) -> Table {
    let mut table = with_grounds(&[
        "scenario",
        "point",
        "scope",
        "metric",
        "unit",
        "statistic",
        "value",
        "ci_low",
        "ci_high",
    ]);
    for service in &report.study.estimates.services {
        for quantity in &service.quantities {
            let [value, mut low, mut high] = three(&quantity.value);
            if quantity.statistic == "max" {
                // The largest value of a sample estimates nothing.
                (low, high) = (Cell::Missing, Cell::Missing);
            }
            let mut row = vec![
                report.facts.scenario_name.as_str().into(),
                Cell::Missing,
                service.name.as_str().into(),
                quantity.metric.into(),
                quantity.unit.into(),
                quantity.statistic.into(),
                value,
                low,
                high,
            ];
            row.extend(grounds(&quantity.value, &report.study.estimates));
            table.push(row);
        }
    }
    if let Some(cost) = &report.study.estimates.cost {
        let unit = Unit::MoneyPerYear(cost.currency).name();
        for (statistic, value) in &cost.total {
            let [estimate, mut low, mut high] = three(value);
            if *statistic == "max" {
                (low, high) = (Cell::Missing, Cell::Missing);
            }
            let mut row = vec![
                report.facts.scenario_name.as_str().into(),
                Cell::Missing,
                Cell::Missing,
                "cost".into(),
                unit.as_str().into(),
                (*statistic).into(),
                estimate,
                low,
                high,
            ];
            row.extend(grounds(value, &report.study.estimates));
            table.push(row);
        }
    }
    table
}

/// What money is spent on: one row for each item of the system, and of each service. The shares add
/// up to 1.
pub fn costs(report: &Report<'_>) -> Table {
    let mut table = with_grounds(&[
        "scope",
        "item",
        "unit",
        "cost_share_ratio",
        "value",
        "ci_low",
        "ci_high",
    ]);
    if let Some(cost) = &report.study.estimates.cost {
        let unit = Unit::MoneyPerYear(cost.currency).name();
        for share in &cost.items {
            let scope = share.item.service();
            let mut row: Vec<Cell> = vec![
                scope
                    .map(|service| report.study.system.services[service].name.clone())
                    .into(),
                share.item.name().into(),
                unit.as_str().into(),
                share.share.into(),
            ];
            row.extend(three(&share.per_year));
            row.extend(grounds(&share.per_year, &report.study.estimates));
            table.push(row);
        }
    }
    table
}

/// The targets and how they stand: `target,scope,metric,op,limit,unit,value,ci_low,ci_high,verdict,..`.
pub fn targets(report: &Report<'_>) -> Table {
    let mut table = Table::new(target_columns());
    let estimates = &report.study.estimates;
    for service in &estimates.services {
        for result in &service.targets {
            table.push(target_row(
                &service.name,
                result,
                estimates.level,
                estimates.trial_count,
            ));
        }
    }
    table
}

const TARGET_COLUMNS: [&str; 18] = [
    "target",
    "scope",
    "metric",
    "op",
    "limit",
    "unit",
    "value",
    "ci_low",
    "ci_high",
    "verdict",
    "statistic",
    "trials_to_decide",
    "year_breach_ratio",
    "year_breach_ci_low",
    "year_breach_ci_high",
    "month_breach_ratio",
    "month_breach_ci_low",
    "month_breach_ci_high",
];

/// The columns of a table of targets.
pub(super) fn target_columns() -> Vec<String> {
    let mut columns = with_grounds(&TARGET_COLUMNS).columns;
    columns.extend(BREACH_COLUMNS.map(str::to_owned));
    columns
}

/// Columns that came later, so that they are last.
const BREACH_COLUMNS: [&str; 3] = [
    "takeover_breach_ratio",
    "takeover_breach_ci_low",
    "takeover_breach_ci_high",
];

/// The row of a target.
pub(super) fn target_row(
    service: &str,
    result: &TargetResult,
    level: Level,
    trials: u64,
) -> Vec<Cell> {
    let TargetResult { target, value, .. } = result;
    let (metric, statistic, unit) = words::metric(target);
    let mut row: Vec<Cell> = vec![
        target.text.as_str().into(),
        service.into(),
        metric.into(),
        words::comparison(target.comparison).into(),
        target.limit.into(),
        unit.name().into(),
    ];
    row.extend(three(value));
    row.push(result.verdict.to_string().into());
    row.push(statistic.into());
    row.push(result.trials_to_decide.into());
    for breach in [&result.year_breach, &result.month_breach] {
        let none = [Cell::Missing, Cell::Missing, Cell::Missing];
        row.extend(breach.as_ref().map_or(none, three));
    }
    row.extend(grounds_of(value, level, trials));
    let none = [Cell::Missing, Cell::Missing, Cell::Missing];
    row.extend(result.takeover_breach.as_ref().map_or(none, three));
    row
}

/// One row for each recorded trial and service.
pub fn trials(report: &Report<'_>) -> Table {
    let mut table = Table::new([
        "trial",
        "scope",
        "down_time_s",
        "degraded_time_s",
        "outages",
        "longest_outage_s",
        "time_to_first_outage_s",
    ]);
    for record in report.study.plain().iter().flat_map(|tally| &tally.trials) {
        table.push(vec![
            record.trial.into(),
            report.study.system.services[record.service]
                .name
                .as_str()
                .into(),
            seconds(record.down),
            seconds(record.degraded),
            record.outages.into(),
            seconds(record.longest),
            record.first.map(seconds).unwrap_or(Cell::Missing),
        ]);
    }
    table
}

/// One row for each outage of a recorded trial. The parts of its duration are the time until the
/// failure was noticed, the stages of takeovers, and the time that nobody was left to take over. What began it
/// and through which group it came is told beside what its first time is put down to.
pub fn outages(report: &Report<'_>) -> Table {
    let mut table = Table::new([
        "trial",
        "start_s",
        "duration_s",
        "detect_s",
        "takeover_s",
        "exhausted_s",
        "mechanism",
        "scope",
        "culprit",
        "root_cause",
        "through",
    ]);
    for outage in report.study.plain().iter().flat_map(|tally| &tally.outages) {
        table.push(vec![
            outage.trial.into(),
            seconds(outage.start),
            seconds(outage.duration),
            seconds(outage.detect),
            seconds(outage.takeover),
            seconds(outage.exhausted),
            outage.mechanism.name().into(),
            report.study.system.services[outage.service]
                .name
                .as_str()
                .into(),
            report.study.system.culprit_name(outage.culprit).into(),
            report.study.system.culprit_name(outage.root.culprit).into(),
            report.study.system.groups[outage.root.through]
                .name
                .as_str()
                .into(),
        ]);
    }
    table
}

/// Where the downtime comes from: one row for each culprit (a group or a shared
/// cause) and mechanism. The shares of one service
/// add up to 1.
pub fn contributions(report: &Report<'_>) -> Table {
    let mut table = with_grounds(&[
        "scope",
        "culprit",
        "mechanism",
        "downtime_share_ratio",
        "downtime_s_per_year",
        "ci_low",
        "ci_high",
    ]);
    for service in &report.study.estimates.services {
        for part in &service.contributions {
            table.push(contribution(report, &service.name, part));
        }
    }
    table
}

/// The same by culprit alone, with intervals of their own.
pub fn culprits(report: &Report<'_>) -> Table {
    let mut table = with_grounds(&[
        "scope",
        "culprit",
        "downtime_share_ratio",
        "downtime_s_per_year",
        "ci_low",
        "ci_high",
    ]);
    for service in &report.study.estimates.services {
        for part in &service.culprits {
            table.push(contribution(report, &service.name, part));
        }
    }
    table
}

/// What began the outages, whatever kept the service down then, and through which group of the service it came:
/// how many outages, and how much downtime. Both kinds of shares of one service add up to 1.
pub fn root_causes(report: &Report<'_>) -> Table {
    let mut table = with_grounds(&[
        "scope",
        "root_cause",
        "through",
        "outages_share_ratio",
        "outages_per_year",
        "outages_ci_low",
        "outages_ci_high",
        "downtime_share_ratio",
        "downtime_s_per_year",
        "ci_low",
        "ci_high",
    ]);
    for service in &report.study.estimates.services {
        for part in &service.roots {
            let mut row: Vec<Cell> = vec![
                service.name.as_str().into(),
                report.study.system.sum_name(part.root.culprit).into(),
                report.study.system.groups[part.root.through]
                    .name
                    .as_str()
                    .into(),
                part.outages_share.into(),
            ];
            row.extend(three(&part.outages));
            row.push(part.share.into());
            row.extend(three(&part.down));
            row.extend(grounds(&part.down, &report.study.estimates));
            table.push(row);
        }
    }
    table
}

/// Where requests are lost while a service is up, in seconds of its full load: one row for each
/// culprit and mechanism. The shares of one service add up to 1.
pub fn lost_requests(report: &Report<'_>) -> Table {
    let mut table = with_grounds(&[
        "scope",
        "culprit",
        "mechanism",
        "lost_share_ratio",
        "lost_s_per_year",
        "ci_low",
        "ci_high",
    ]);
    for service in &report.study.estimates.services {
        for part in &service.lost_by {
            table.push(contribution(report, &service.name, part));
        }
    }
    table
}

fn contribution(report: &Report<'_>, scope: &str, part: &Contribution) -> Vec<Cell> {
    let mut row: Vec<Cell> = vec![
        scope.into(),
        report.study.system.sum_name(part.culprit).into(),
    ];
    row.extend(part.mechanism.map(|mechanism| Cell::from(mechanism.name())));
    row.push(part.share.into());
    row.extend(three(&part.down));
    row.extend(grounds(&part.down, &report.study.estimates));
    row
}

/// Availability in equal parts of the mission.
pub fn availability(report: &Report<'_>) -> Table {
    let mut table = with_grounds(&[
        "scope",
        "start_s",
        "end_s",
        "availability_ratio",
        "ci_low",
        "ci_high",
    ]);
    for service in &report.study.estimates.services {
        for (start, end, value) in &service.over_time {
            let mut row: Vec<Cell> =
                vec![service.name.as_str().into(), (*start).into(), (*end).into()];
            row.extend(three(value));
            row.extend(grounds(value, &report.study.estimates));
            table.push(row);
        }
    }
    table
}

/// What is served in each part of the period of a demand that changes.
pub fn served_by_part(report: &Report<'_>) -> Table {
    let mut table = with_grounds(&[
        "scope",
        "start_s",
        "end_s",
        "demand",
        "served_requests_ratio",
        "ci_low",
        "ci_high",
    ]);
    for service in &report.study.estimates.services {
        for part in &service.by_part {
            let mut row: Vec<Cell> = vec![
                service.name.as_str().into(),
                part.start_s.into(),
                part.end_s.into(),
                part.load.into(),
            ];
            row.extend(three(&part.served));
            row.extend(grounds(&part.served, &report.study.estimates));
            table.push(row);
        }
    }
    table
}

/// The mean downtime of the first service as the trials went on.
pub fn convergence(report: &Report<'_>) -> Table {
    let mut table = Table::new([
        "trials",
        "scope",
        "downtime_s_per_year",
        "ci_low",
        "ci_high",
        "ci_level",
        "events",
    ]);
    let scope = report
        .study
        .estimates
        .services
        .first()
        .map(|service| service.name.clone());
    for point in report.study.convergence() {
        let down = point.down;
        table.push(vec![
            point.trials.into(),
            scope.clone().into(),
            down.estimate.into(),
            down.low.into(),
            down.high.into(),
            down.level.get().into(),
            down.support.events.into(),
        ]);
    }
    table
}

/// The targets as test cases of JUnit: a missed one fails, an undecided one is an error, because what
/// is not known does not pass.
pub fn junit(report: &Report<'_>) -> String {
    let services = report.study.estimates.services.iter();
    let results = services.flat_map(|service| {
        service.targets.iter().map(move |result| {
            let (_, _, unit) = words::metric(&result.target);
            let found = measured(unit, &result.value);
            let (name, text) = (service.name.as_str(), result.target.text.as_str());
            (name, text, result.verdict, found)
        })
    });
    let doubts = report.study.estimates.not_established();
    junit_of(
        &report.facts.scenario_name,
        &results.collect::<Vec<_>>(),
        &doubts,
    )
}

/// The same of targets that are told by service, text, verdict, and what was found; and of what nobody
/// should believe.
pub(super) fn junit_of(
    scenario: &str,
    results: &[(&str, &str, Verdict, String)],
    doubts: &[String],
) -> String {
    let count = |verdict| {
        results
            .iter()
            .filter(|(_, _, of, _)| *of == verdict)
            .count()
    };
    let suite = xml(scenario);
    let counts = format!(
        "tests=\"{}\" failures=\"{}\" errors=\"{}\"",
        results.len() + doubts.len(),
        count(Verdict::Missed),
        count(Verdict::Undecided) + doubts.len()
    );
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"failsim\" {counts}>\n  \
         <testsuite name=\"{suite}\" {counts}>\n"
    );
    for (service, target, verdict, found) in results {
        let name = format!(
            "name=\"{}\" classname=\"{suite}.{}\"",
            xml(target),
            xml(service)
        );
        let found = xml(found);
        text += &match verdict {
            Verdict::Met => format!(
                "    <testcase {name}>\n      <system-out>{found}</system-out>\n    </testcase>\n"
            ),
            Verdict::Missed => format!(
                "    <testcase {name}>\n      <failure type=\"missed\" message=\"missed: {found}\"/>\n    </testcase>\n"
            ),
            Verdict::Undecided => format!(
                "    <testcase {name}>\n      <error type=\"undecided\" message=\"undecided: {found}\"/>\n    </testcase>\n"
            ),
        };
    }
    for reason in doubts {
        text += &format!(
            "    <testcase name=\"established\" classname=\"{suite}\">\n      <error type=\"not-established\" \
             message=\"{}\"/>\n    </testcase>\n",
            xml(reason)
        );
    }
    text + "  </testsuite>\n</testsuites>\n"
}

/// A value with its interval in one phrase.
fn measured(unit: Unit, value: &Measured) -> String {
    match value {
        Ok(interval) => {
            format!(
                "{} ({} interval {})",
                unit.estimate(interval),
                interval.level,
                unit.range(interval)
            )
        }
        Err(reason) => reason.to_string(),
    }
}

/// Text within XML, in an attribute or between tags.
fn xml(text: &str) -> String {
    let text = crate::base::text::clean(text);
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// How intervals were made, by metric, in words: for the description of a run.
pub(super) fn interval_methods(estimates: &Estimates) -> Map<String, Value> {
    let mut methods = Map::new();
    for quantity in estimates
        .services
        .iter()
        .flat_map(|service| &service.quantities)
    {
        if let (Ok(interval), false) = (&quantity.value, quantity.statistic == "max") {
            let key = format!("{}.{}", quantity.metric, quantity.statistic);
            methods
                .entry(key)
                .or_insert_with(|| interval.method.to_string().into());
        }
    }
    methods
}

/// Whether a metric is one that downtime gives, and not a count or a length.
pub(super) fn is_availability(metric: Metric) -> bool {
    matches!(metric, Metric::Availability | Metric::ServedRequests)
}
