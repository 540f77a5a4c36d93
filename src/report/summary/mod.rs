//! What a run says, on one screen: the targets first, then the figures, then where the downtime
//! comes from, then what all of it rests on.
//!
//! At most [`LINES_MAX`] lines of at most [`WIDTH`] columns. Colour only repeats what the words say.

mod causes;
mod figures;

use anstyle::{AnsiColor, Style};

use super::words::{self, Unit, below_one, counted, fit, is_none_seen, short_duration, wrap};
use super::{Report, RunFacts};
use crate::base::human;
use crate::base::text::clean;
use crate::base::units::SECONDS_PER_YEAR;
use crate::model::{Comparison, System};
use crate::rare::follows_demand;
use crate::stats::{Interval, NoInterval, Verdict, WhyStopped};
use crate::study::ExactAnswer;
use crate::trials::{Estimates, ServiceEstimates, TargetResult, Way};

/// The summary is not wider than this.
pub const WIDTH: usize = 100;
/// The room for the labels of its last lines.
const LABEL: usize = 10;
/// The summary is not longer than this.
pub const LINES_MAX: usize = 30;

/// Lines for the causes, the rest of them among these, however many targets there are.
const CAUSES_MIN: usize = 5;
/// The summary of a run as text for a terminal. With `color`, it holds ANSI escapes.
pub fn summary(report: &Report<'_>, color: bool) -> String {
    let page = Page {
        facts: report.facts,
        system: &report.study.system,
        estimates: &report.study.estimates,
        checks: &report.study.checks,
        ink: Ink { color },
    };
    let (head, services, end) = (page.head(), page.services(), page.end());
    let costs = page.costs();
    let lost = page.lost();
    // What cannot be folded comes first; targets and causes share the lines that are left.
    let gaps = 4 + usize::from(!costs.is_empty());
    let left = LINES_MAX.saturating_sub(
        head.len() + services.len() + costs.len() + usize::from(lost.is_some()) + end.len() + gaps,
    );
    let targets = page.targets(left.saturating_sub(CAUSES_MIN + 1));
    let mut origins = page.origins(left.saturating_sub(targets.len()));
    origins.extend(lost);
    let blocks = [head, targets, services, costs, origins, end];
    let blocks: Vec<String> = blocks
        .into_iter()
        .filter(|lines| !lines.is_empty())
        .map(|lines| lines.join("\n"))
        .collect();
    blocks.join("\n\n") + "\n"
}

/// Puts colour around text, or leaves it as it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ink {
    pub(super) color: bool,
}

impl Ink {
    fn paint(self, style: Style, text: &str) -> String {
        if self.color {
            format!("{style}{text}{style:#}")
        } else {
            text.to_owned()
        }
    }

    pub(super) fn strong(self, text: &str) -> String {
        self.paint(Style::new().bold(), text)
    }

    pub(super) fn faint(self, text: &str) -> String {
        self.paint(Style::new().dimmed(), text)
    }

    pub(super) fn verdict(self, verdict: Verdict, text: &str) -> String {
        let color = match verdict {
            Verdict::Met => AnsiColor::Green,
            Verdict::Missed => AnsiColor::Red,
            Verdict::Undecided => AnsiColor::Yellow,
        };
        self.paint(color.on_default().bold(), text)
    }

    pub(super) fn warning(self, text: &str) -> String {
        self.paint(AnsiColor::Yellow.on_default(), text)
    }

    fn bar(self, text: &str) -> String {
        self.paint(AnsiColor::Blue.on_default(), text)
    }
}

struct Page<'a> {
    facts: &'a RunFacts,
    system: &'a System,
    estimates: &'a Estimates,
    checks: &'a [ExactAnswer],
    ink: Ink,
}

impl Page<'_> {
    fn level(&self) -> String {
        self.estimates.level.to_string()
    }

    /// The service of which most is said: the one that is down most.
    fn worst(&self) -> Option<&ServiceEstimates> {
        let down = |service: &ServiceEstimates| {
            service
                .value("downtime", "mean")
                .map_or(0.0, |down| down.estimate)
        };
        self.estimates
            .services
            .iter()
            .rev()
            .max_by(|a, b| down(a).total_cmp(&down(b)))
    }

    fn head(&self) -> Vec<String> {
        let facts = self.facts;
        let name = clean(&facts.scenario_name);
        let mut lines = vec![match &facts.question {
            Some(question) => {
                let question = fit(question, WIDTH.saturating_sub(name.chars().count() + 3));
                format!("{}   {question}", self.ink.strong(&name))
            }
            None => self.ink.strong(&fit(&name, WIDTH)),
        }];
        let estimates = self.estimates;
        let mut parts = vec![
            format!("seed {}", facts.seed),
            format!(
                "{} of {}",
                counted(estimates.trial_count, "trial"),
                human::duration(estimates.mission_s)
            ),
        ];
        if let Some(elapsed) = facts.elapsed_s {
            let speed = estimates.trial_count as f64 / elapsed.max(1e-9);
            let mut took = format!(
                "{} ({} trials/s",
                human::duration(elapsed),
                human::significant(speed, 3)
            );
            if let Some(threads) = facts.threads {
                took += &format!(", {}", counted(threads as u64, "thread"));
            }
            parts.push(took + ")");
        }
        let rest = parts.join("   ");
        let path = fit(
            &facts.scenario_path,
            WIDTH.saturating_sub(rest.chars().count() + 3),
        );
        lines.push(self.ink.faint(&format!("{path}   {rest}")));
        for reason in estimates.not_established() {
            let label = "NOT ESTABLISHED   ";
            let told = wrap(&reason, label.len(), LABEL, WIDTH);
            let text = format!("{label}{}", told.trim());
            lines.extend(text.lines().map(|line| self.ink.warning(line)));
        }
        lines
    }

    // ---- targets ----

    /// The targets in at most `room` lines, but always the worst of them.
    fn targets(&self, room: usize) -> Vec<String> {
        let several = self.estimates.services.len() > 1;
        let mut rows: Vec<(&ServiceEstimates, &TargetResult)> = self
            .estimates
            .services
            .iter()
            .flat_map(|service| service.targets.iter().map(move |target| (service, target)))
            .collect();
        if rows.is_empty() {
            return Vec::new();
        }
        let total = rows.len();
        let shown = room.saturating_sub(2).clamp(1, total);
        // A line that says that one is hidden could as well show it.
        let shown = if total < room || total == shown + 1 {
            total
        } else {
            shown
        };
        if total > shown {
            // What needs attention is shown; what is met may be folded.
            rows.sort_by_key(|(_, result)| match result.verdict {
                Verdict::Missed => 0,
                Verdict::Undecided => 1,
                Verdict::Met => 2,
            });
        }
        let hidden = rows.split_off(shown);
        let cells: Vec<Vec<String>> = rows
            .iter()
            .map(|(service, result)| {
                let mark = match result.verdict {
                    Verdict::Met => "ok  ",
                    Verdict::Missed => "MISS",
                    Verdict::Undecided => "?   ",
                };
                let (name, limit) = split_target(result);
                let name = if several {
                    format!("{}: {name}", clean(&service.name))
                } else {
                    name
                };
                let (_, _, unit) = words::metric(&result.target);
                let (value, range) = match &result.value {
                    Ok(interval) => (unit.estimate(interval), unit.range(interval)),
                    Err(_) => ("-".to_owned(), "-".to_owned()),
                };
                vec![
                    format!("  {mark}  {}", fit(&name, 26)),
                    limit,
                    value,
                    range,
                    remark(result),
                ]
            })
            .collect();
        let heads = [
            "TARGETS",
            "",
            "measured",
            &format!("{} interval", self.level()),
            "",
        ];
        let mut lines = table(&heads.map(str::to_owned), &cells, &[2]);
        for (position, line) in lines.iter_mut().enumerate() {
            *line = fit(line, WIDTH);
            *line = match position.checked_sub(1).map(|row| rows[row].1.verdict) {
                None => line.replacen("TARGETS", &self.ink.strong("TARGETS"), 1),
                Some(verdict) => {
                    format!("  {}{}", self.ink.verdict(verdict, &line[2..6]), &line[6..])
                }
            };
        }
        if !hidden.is_empty() {
            lines.push(format!(
                "        and {} more, all of them in targets.csv",
                counted(hidden.len() as u64, "target")
            ));
        }
        lines
    }

    // ---- what it rests on ----

    fn end(&self) -> Vec<String> {
        let estimates = self.estimates;
        let mut lines = Vec::new();
        if let Some(service) = self.worst() {
            lines.extend(self.rests_on(service));
        }
        for exact in self.checks {
            let found = estimates
                .services
                .iter()
                .find(|service| service.name == exact.service);
            if !exact.agrees() {
                let text = fit(&format!("CHECK     {}", exact.difference()), WIDTH);
                lines.push(self.ink.warning(&text));
            } else if let Some(interval) =
                found.and_then(|service| service.value("availability", "mean"))
            {
                let mut check = |found: String, distance: Option<f64>| {
                    let z = distance.map_or(String::new(), |z| {
                        // What rounds to nothing has no sign.
                        format!(" (z = {:+.1})", (10.0 * z).round() / 10.0 + 0.0)
                    });
                    lines.push(fit(&format!("CHECK     {found}{z}: agree"), WIDTH));
                };
                let availability = below_one(exact.availability);
                let simulated = Unit::Ratio.estimate(interval);
                check(
                    format!("exact {availability} against simulated {simulated}"),
                    exact.distance,
                );
                if let Some(known) = exact.outages.filter(|known| known.per_year > 0.0)
                    && let Some(outages) =
                        found.and_then(|service| service.value("outages", "mean"))
                {
                    let found = format!(
                        "exact {} outages a year against simulated {}",
                        human::significant(known.per_year, 4),
                        Unit::PerYear.estimate(outages)
                    );
                    check(found, known.distance);
                }
                for beyond in &exact.beyond {
                    let found = format!(
                        "exact {} down for more than {} a year, simulated {}",
                        human::percent(beyond.probability),
                        short_duration(beyond.limit_s_per_year),
                        human::percent(beyond.share),
                    );
                    check(found, beyond.distance);
                }
            }
        }
        if let Some(begins) = words::begins(self.system) {
            lines.push(fit(&format!("MISSION   begins {begins}"), WIDTH));
        }
        if let Some(unsettled) = words::unsettled(self.system, estimates) {
            let lines_of = wrap(&unsettled, LABEL, LABEL, WIDTH);
            let text = format!("{:<LABEL$}{}", "WARNING", lines_of.trim());
            lines.extend(text.lines().map(|line| self.ink.warning(line)));
        }
        let is_otherwise = |(name, value): &(String, String)| name == "method" && value == "rare";
        let is_instead = |why: &String| why.contains("not established");
        let method = match &estimates.way {
            Way::Rare { why: Some(why), .. } => Some(format!("rare trials: {why}")),
            Way::Plain { why: Some(why) }
                if is_instead(why) || self.facts.options.iter().any(is_otherwise) =>
            {
                Some(format!("plain trials: {why}"))
            }
            Way::Rare { .. } | Way::Plain { .. } | Way::Splitting { .. } => None,
        };
        if let Some(method) = method {
            let lines_of = wrap(&method, LABEL, LABEL, WIDTH);
            lines.push(format!("{:<LABEL$}{}", "METHOD", lines_of.trim()));
        }
        let stopped = format!("STOPPED   {}", estimates.why_stopped);
        match estimates.why_stopped {
            // As it was asked.
            WhyStopped::TrialsDone => {}
            WhyStopped::PrecisionReached | WhyStopped::TimeBudgetSpent => lines.push(stopped),
            WhyStopped::TrialLimit | WhyStopped::WorkLimit => {
                lines.push(self.ink.warning(&stopped));
            }
            WhyStopped::Interrupted => lines.push(
                self.ink
                    .warning(&format!("{stopped}: these results are incomplete")),
            ),
        }
        lines.push(self.conclusion());
        if let Some(folder) = &self.facts.results {
            lines.push(fit(&format!("FILES     {folder}"), WIDTH));
        }
        lines
    }

    fn rests_on(&self, service: &ServiceEstimates) -> Option<String> {
        let estimates = self.estimates;
        if let Way::Rare { remarks, .. } | Way::Splitting { remarks } = &estimates.way {
            let failed = |remark: &&String| remark.contains("not established");
            let text = remarks.iter().find(failed).or(remarks.first())?;
            let lines = wrap(text, LABEL, LABEL, WIDTH);
            let line = format!("{:<LABEL$}{}", "RESTS ON", lines.trim());
            return Some(if text.contains("not established") {
                self.ink.warning(&line)
            } else {
                line
            });
        }
        let down = service.value("downtime", "mean")?;
        if is_none_seen(down) {
            return None;
        }
        if words::is_certain(down) {
            return Some("RESTS ON  nothing is random: all trials are alike".to_owned());
        }
        let outages = super::outage_count(estimates, service);
        let mut text = format!(
            "RESTS ON  {} in {} of {}",
            counted(outages, "outage"),
            human::count(down.support.events),
            counted(estimates.trial_count, "trial")
        );
        let largest = down.support.share_of_largest;
        if largest > 0.1 && down.support.events > 1 {
            text += &format!("; one trial alone holds {} of the downtime", share(largest));
            return Some(self.ink.warning(&fit(&text, WIDTH)));
        }
        Some(text)
    }

    fn conclusion(&self) -> String {
        let verdicts: Vec<Verdict> = self
            .estimates
            .services
            .iter()
            .flat_map(|service| service.targets.iter().map(|target| target.verdict))
            .collect();
        let count = |verdict| verdicts.iter().filter(|&&other| other == verdict).count();
        let (missed, undecided) = (count(Verdict::Missed), count(Verdict::Undecided));
        let total = verdicts.len();
        let (verdict, text) = match (total, missed, undecided) {
            (0, _, _) => return "RESULT    no targets were set".to_owned(),
            (1, 0, 0) => (Verdict::Met, "the target is met".to_owned()),
            (1, 1, _) => (Verdict::Missed, "the target is missed".to_owned()),
            (1, _, _) => (Verdict::Undecided, "the target is undecided".to_owned()),
            (_, 0, 0) => (Verdict::Met, format!("all {total} targets are met")),
            (_, 0, _) => (
                Verdict::Undecided,
                format!("{undecided} of {total} targets undecided, none missed"),
            ),
            (_, _, 0) => (
                Verdict::Missed,
                format!("{missed} of {total} targets missed"),
            ),
            (_, _, _) => (
                Verdict::Missed,
                format!("{missed} of {total} targets missed, {undecided} undecided"),
            ),
        };
        let line = format!("RESULT    {}", self.ink.verdict(verdict, &text));
        if undecided == 0 {
            return line;
        }
        let is_plain = matches!(self.estimates.way, Way::Plain { .. });
        let mut services = self.estimates.services.iter();
        let is_open = |target: &TargetResult| {
            let is_rare = target
                .trials_to_decide
                .is_some_and(|trials| trials > TRIALS_MANY);
            let bound = target.value.as_ref().is_ok_and(is_none_seen);
            target.verdict == Verdict::Undecided && (is_rare || bound)
        };
        let is_rare = services.any(|service| service.targets.iter().any(is_open));
        if is_plain && is_rare && !follows_demand(self.system) {
            return format!("{line}   next: failsim run .. --method rare");
        }
        format!("{line}   next: failsim run .. --until decided")
    }
}

/// Columns of equal width. The columns in `right` are flush right.
pub(super) fn table(heads: &[String], rows: &[Vec<String>], right: &[usize]) -> Vec<String> {
    let widths: Vec<usize> = (0..heads.len())
        .map(|column| {
            let cells = rows.iter().map(|row| row[column].chars().count());
            cells
                .chain([heads[column].chars().count()])
                .max()
                .unwrap_or(0)
        })
        .collect();
    let line = |row: &[String]| {
        let mut text = String::new();
        for (column, (cell, &width)) in row.iter().zip(&widths).enumerate() {
            if width == 0 {
                continue;
            }
            if column > 0 {
                text.push_str("  ");
            }
            text += &if right.contains(&column) {
                format!("{cell:>width$}")
            } else {
                format!("{cell:<width$}")
            };
        }
        text.trim_end().to_owned()
    };
    std::iter::once(line(heads))
        .chain(rows.iter().map(|row| line(row)))
        .collect()
}

/// The name and the limit of a target as the scenario states it.
fn split_target(result: &TargetResult) -> (String, String) {
    let text = clean(&result.target.text);
    match text.find(['<', '>']) {
        Some(at) => (text[..at].trim().to_owned(), text[at..].trim().to_owned()),
        None => (text, String::new()),
    }
}

/// What there is to say about a verdict.
fn remark(result: &TargetResult) -> String {
    let Ok(interval) = &result.value else {
        return result
            .value
            .as_ref()
            .err()
            .map_or(String::new(), NoInterval::to_string);
    };
    let (limit, (_, _, unit)) = (result.target.limit, words::metric(&result.target));
    match result.verdict {
        Verdict::Met => breach(result).unwrap_or_default(),
        Verdict::Missed => {
            let excess = (interval.estimate - limit).abs();
            let excess = if super::tables::is_availability(result.target.metric) {
                format!("{}/y", short_duration(excess * SECONDS_PER_YEAR))
            } else {
                unit.text(excess)
            };
            match result.target.comparison {
                Comparison::AtLeast => format!("short by {excess}"),
                Comparison::AtMost => format!("over by {excess}"),
            }
        }
        Verdict::Undecided => match result.trials_to_decide {
            Some(trials) if trials > TRIALS_MANY => "too rare for plain trials".to_owned(),
            Some(trials) if interval.is_reliable() => {
                format!("~{} more trials", human::count(rounded(trials)))
            }
            _ if is_none_seen(interval) => "the bound is too weak yet".to_owned(),
            _ if !interval.is_reliable() => {
                format!("rests on {}", counted(interval.support.events, "trial"))
            }
            _ => "too close to tell".to_owned(),
        },
    }
}

/// Nobody runs more trials than this: outages have to be sought.
const TRIALS_MANY: u64 = 1_000_000_000;

/// How likely a single year, or else a month, breaks a target that is met on the whole.
fn breach(result: &TargetResult) -> Option<String> {
    let odds = |value: &Option<Result<Interval, NoInterval>>| {
        let interval = value.as_ref()?.as_ref().ok()?;
        (interval.estimate > 0.0).then(|| human::significant(100.0 * interval.estimate, 2))
    };
    let year = odds(&result.year_breach).map(|odds| format!("{odds} % of years miss"));
    if let Some(takeovers) = odds(&result.takeover_breach) {
        return Some(format!("{takeovers} % exceed it"));
    }
    year.or_else(|| odds(&result.month_breach).map(|odds| format!("{odds} % of months miss")))
}

/// A number of which only the first two digits mean something.
fn rounded(count: u64) -> u64 {
    let mut step = 1;
    while count / step >= 100 {
        step *= 10;
    }
    count.div_ceil(step) * step
}

fn share(share: f64) -> String {
    let percent = 100.0 * share;
    if percent >= 0.5 || percent == 0.0 {
        format!("{percent:.0} %")
    } else {
        "< 1 %".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;
    use crate::study::Study;

    fn check(facts: &RunFacts, services: Vec<ServiceEstimates>, expected: &str) {
        check_with(facts, Vec::new(), services, expected);
    }

    fn check_with(
        facts: &RunFacts,
        checks: Vec<ExactAnswer>,
        services: Vec<ServiceEstimates>,
        expected: &str,
    ) {
        let study = Study {
            checks,
            ..samples::study(services)
        };
        let study = &study;
        let text = summary(&Report { facts, study }, false);
        if text != expected {
            println!("{text}");
        }
        assert_eq!(text, expected);
        assert!(
            text.lines().count() <= LINES_MAX,
            "{} lines",
            text.lines().count()
        );
        for line in text.lines() {
            assert!(line.chars().count() <= WIDTH, "{line}");
        }
    }

    #[test]
    fn one_service() {
        let service = ServiceEstimates {
            targets: samples::targets(),
            ..samples::service("shop", 1.0, 75_900)
        };
        let facts = RunFacts {
            elapsed_s: Some(4.1),
            threads: Some(2),
            results: Some("results/web-shop-5f3a91c2/".to_owned()),
            ..samples::facts()
        };
        let exact = ExactAnswer {
            outages: None,
            simulated_availability: 0.99973,
            beyond: Vec::new(),
            service: "shop".to_owned(),
            availability: 0.99973,
            distance: Some(0.3),
        };
        check_with(
            &facts,
            vec![exact],
            vec![service],
            "\
web shop   Does a second database pay?
scenarios/web-shop.toml   seed 42   100,000 trials of 1 y   4.1 s (24,390 trials/s, 2 threads)

TARGETS                               measured  95 % interval
  ok    availability  >= 99.95 %     99.9730 %  99.9717 .. 99.9743 %  5.1 % of years miss
  MISS  downtime.p95  <= 8 h          9 h 14 m  9 h 3 m .. 9 h 25 m   over by 1 h 14 m
  ?     downtime.p95  <= 9 h 10 min   9 h 14 m  9 h 3 m .. 9 h 25 m   ~62,000 more trials

SERVICE shop   99.9730 % available (3.6 nines)   95 % interval 99.9717 .. 99.9744 %
                         mean  95 % interval               p50       p95        p99       max
  downtime per year  2 h 22 m  2 h 15 m .. 2 h 29 m  56 m 48 s  9 h 28 m  21 h 18 m  3 d 23 h
  outages per year       1.31  1.24 .. 1.38                  1         5         12        52
  longest outage     1 h 54 m  1 h 48 m .. 1 h 59 m  45 m 26 s  7 h 34 m   17 h 2 m   3 d 4 h
  length of outages  1 h 48 m  1 h 43 m .. 1 h 53 m  43 m 10 s  7 h 12 m  16 h 11 m       3 d
  never down in 1 y   24.10 %  23.83 .. 24.37 %

WHERE THE DOWNTIME COMES FROM    share                  per year, 95 % interval
  db   exhausted: under repair    41 %  ##############  52 m 24 s .. 1 h 4 m
  db   takeover failed, manual    27 %  #########       34 m 30 s .. 42 m 10 s
  web  failure not yet detected   19 %  ######          24 m 17 s .. 29 m 41 s
  db   promoting a standby         9 %  ###             11 m 30 s .. 14 m 3 s
  web  redirecting clients         2 %  #               2 m 33 s .. 3 m 7 s
  web  deciding on a takeover      1 %  #               1 m 24 s .. 1 m 43 s
  web  failback                    1 %  #               1 m 9 s .. 1 m 24 s

RESTS ON  131,000 outages in 75,900 of 100,000 trials
CHECK     exact 99.973 % against simulated 99.9730 % (z = +0.3): agree
RESULT    1 of 3 targets missed, 1 undecided   next: failsim run .. --until decided
FILES     results/web-shop-5f3a91c2/
",
        );
    }

    #[test]
    fn no_outage() {
        check(
            &samples::facts(),
            vec![samples::perfect("shop", 100_000)],
            "\
web shop   Does a second database pay?
scenarios/web-shop.toml   seed 42   100,000 trials of 1 y

TARGETS                            measured  95 % interval
  ok    availability  >= 99.99 %  no outage  at least 99.99631 %

SERVICE shop   no outage seen in 100,000 trials of 1 y
  downtime       at most 19 m 24 s a year (95 %)
  availability   at least 99.99631 % (95 %)
  an outage      in at most 0.0037 % of trials (95 %)
  These are bounds, not estimates: more trials would give closer ones.

RESULT    the target is met
",
        );
    }

    #[test]
    fn several() {
        let few = samples::service("a-service-with-a-long-name", 0.001, 3);
        let worst = ServiceEstimates {
            targets: samples::targets(),
            ..samples::service("shop", 1.0, 75_900)
        };
        check(
            &samples::facts(),
            vec![few, worst, samples::perfect("search", 100_000)],
            "\
web shop   Does a second database pay?
scenarios/web-shop.toml   seed 42   100,000 trials of 1 y

TARGETS                                       measured  95 % interval
  ok    shop: availability    >= 99.95 %     99.9730 %  99.9717 .. 99.9743 %  5.1 % of years miss
  MISS  shop: downtime.p95    <= 8 h          9 h 14 m  9 h 3 m .. 9 h 25 m   over by 1 h 14 m
  ?     shop: downtime.p95    <= 9 h 10 min   9 h 14 m  9 h 3 m .. 9 h 25 m   ~62,000 more trials
  ok    search: availability  >= 99.99 %     no outage  at least 99.99631 %

SERVICES              availability             95 % interval                 downtime/y  outages/y
  a-service-with-a..  99.9999730 %  6.6 nines  99.9999717 .. 99.9999744 % *      8.52 s  0.0000518
  shop                   99.9730 %  3.6 nines  99.9717 .. 99.9744 %            2 h 22 m       1.31
  search                 no outage             at least 99.99631 %            none seen
  * unreliable: rests on 3 trials with an outage and wants 10, so it may be too narrow

WHERE THE DOWNTIME OF shop COMES FROM  share                  per year, 95 % interval
  db   exhausted: under repair          41 %  ##############  52 m 24 s .. 1 h 4 m
  db   takeover failed, manual          27 %  #########       34 m 30 s .. 42 m 10 s
  web  failure not yet detected         19 %  ######          24 m 17 s .. 29 m 41 s
  db   promoting a standby               9 %  ###             11 m 30 s .. 14 m 3 s
  web  redirecting clients               2 %  #               2 m 33 s .. 3 m 7 s
  web  deciding on a takeover            1 %  #               1 m 24 s .. 1 m 43 s
  web  failback                          1 %  #               1 m 9 s .. 1 m 24 s

RESTS ON  131,000 outages in 75,900 of 100,000 trials
RESULT    1 of 4 targets missed, 1 undecided   next: failsim run .. --until decided
",
        );
    }
    #[test]
    fn few() {
        check(
            &samples::facts(),
            vec![samples::service("shop", 0.01, 3)],
            "\
web shop   Does a second database pay?
scenarios/web-shop.toml   seed 42   100,000 trials of 1 y

SERVICE shop   99.999730 % available (5.6 nines)   95 % interval 99.999717 .. 99.999744 %
                          mean  95 % interval             p50  p95  p99        max
  downtime per year   1 m 25 s  1 m 21 s .. 1 m 29 s *    0 s  0 s  0 s  56 m 48 s
  outages per year   0.0000518  0.0000492 .. 0.0000544 *    0    0    0          1
  longest outage       1 m 8 s  1 m 5 s .. 1 m 12 s *     0 s  0 s  0 s  45 m 26 s
  length of outages    1 m 5 s  1 m 2 s .. 1 m 8 s *      0 s  0 s  0 s  43 m 10 s
  never down in 1 y  99.9970 %  at least 99.99354 % *
  * unreliable: rests on 3 trials with an outage and wants 10, so it may be too narrow

WHERE THE DOWNTIME COMES FROM    share                  per year, 95 % interval
  db   exhausted: under repair    41 %  ##############  31.4 s .. 38.4 s
  db   takeover failed, manual    27 %  #########       20.7 s .. 25.3 s
  web  failure not yet detected   19 %  ######          14.6 s .. 17.8 s
  db   promoting a standby         9 %  ###             6.9 s .. 8.43 s
  web  redirecting clients         2 %  #               1.53 s .. 1.87 s
  web  deciding on a takeover      1 %  #               843 ms .. 1.03 s
  web  failback                    1 %  #               690 ms .. 843 ms

RESTS ON  5 outages in 3 of 100,000 trials
RESULT    no targets were set
",
        );
    }
}
