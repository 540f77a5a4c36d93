//! How targets stand by the exact answer: a figure that it knows is beyond doubt, and for one that it does
//! not know, trials beside it judge as in a run.

use super::super::tables::{Cell, junit_of};
use super::super::words::{self, Unit, short_duration};
use super::{cost_of, number};
use crate::base::units::SECONDS_PER_YEAR;
use crate::base::{human, text::clean};
use crate::exact::{Exact, MissionAnswer};
use crate::model::{Comparison, Metric, ServiceId, Statistic, System, Target};
use crate::stats::Verdict;
use crate::study::{Solution, Study};
use crate::trials::TargetResult;

/// Figures that differ by less than this part of themselves are the same: nine digits are worked out.
const SAME: f64 = 1e-9;

/// How a target stands.
#[derive(Clone, Debug)]
pub struct Judged {
    /// Whose it is.
    pub service: ServiceId,
    /// The target.
    pub target: Target,
    /// The figure, in the unit of the target, if states tell it.
    pub exact: Option<f64>,
    /// The probability that a mission breaks the limit, if that alone is known, or beside it.
    pub beyond: Option<f64>,
    /// What trials say of a figure that states do not tell.
    pub simulated: Option<TargetResult>,
    /// Whether it is met.
    pub verdict: Verdict,
}

/// How all targets stand. An approximation leaves open what its error leaves open.
pub fn judge(system: &System, solution: &Solution, study: Option<&Study>) -> Vec<Judged> {
    let exact = &solution.exact;
    let error = solution
        .approximation
        .map_or(SAME, |of| of.difference.max(SAME));
    let estimates = study.map(|study| &study.estimates);
    let services = system.services.iter_ids();
    let targets = services.flat_map(|(service, of)| {
        let targets = of.targets.iter().enumerate();
        targets.map(move |(index, target)| (service, index, target))
    });
    targets
        .map(|(service, index, target)| {
            let mission = exact.services[service].mission.as_ref();
            let figure = mission.and_then(|mission| figure(system, exact, mission, target));
            let beyond = mission.and_then(|mission| beyond(exact, mission, target));
            let by_states = match (figure, beyond, target.metric) {
                // How much lies beyond the limit decides of a quantile, whatever its value is.
                (_, Some(beyond), Metric::Downtime(Statistic::Quantile(order))) => {
                    Some(verdict(Comparison::AtMost, beyond, 1.0 - order, error))
                }
                (Some(figure), _, metric) => {
                    let (figure, limit, comparison) = match (metric, target.comparison) {
                        // What is missing has more digits than what is there.
                        (
                            Metric::Availability | Metric::ServedRequests | Metric::NeverDown,
                            which,
                        ) => {
                            let comparison = match which {
                                Comparison::AtLeast => Comparison::AtMost,
                                Comparison::AtMost => Comparison::AtLeast,
                            };
                            (1.0 - figure, 1.0 - target.limit, comparison)
                        }
                        (_, which) => (figure, target.limit, which),
                    };
                    Some(verdict(comparison, figure, limit, error))
                }
                (None, _, _) => None,
            };
            let simulated = estimates
                .filter(|_| by_states.is_none())
                .and_then(|estimates| {
                    let found = estimates.services.get(service.0 as usize)?;
                    found.targets.get(index).cloned()
                });
            let by_trials = simulated.as_ref().map(|result| result.verdict);
            Judged {
                service,
                target: target.clone(),
                exact: figure,
                beyond,
                simulated,
                verdict: by_states.or(by_trials).unwrap_or(Verdict::Undecided),
            }
        })
        .collect()
}

/// A limit is within, and what cannot be told from it is on it.
fn verdict(comparison: Comparison, figure: f64, limit: f64, error: f64) -> Verdict {
    let room = error * figure.abs().max(limit.abs());
    let excess = match comparison {
        Comparison::AtMost => figure - limit,
        Comparison::AtLeast => limit - figure,
    };
    if error <= SAME {
        if excess <= room {
            Verdict::Met
        } else {
            Verdict::Missed
        }
    } else if excess > room {
        Verdict::Missed
    } else if excess <= -room {
        Verdict::Met
    } else {
        Verdict::Undecided
    }
}

/// The figure of a target, if states tell it.
fn figure(system: &System, exact: &Exact, mission: &MissionAnswer, target: &Target) -> Option<f64> {
    let years = exact.mission_s / SECONDS_PER_YEAR;
    match target.metric {
        Metric::Availability => Some(1.0 - mission.unavailability),
        Metric::ServedRequests => mission.served,
        Metric::Downtime(Statistic::Mean) => Some(mission.unavailability * SECONDS_PER_YEAR),
        Metric::Downtime(Statistic::Quantile(order)) => {
            let quantiles = &mission.down_time.as_ref()?.quantiles_s;
            let found = quantiles.iter().find(|(_, of, _)| *of == order)?;
            Some(found.2.value / years)
        }
        Metric::Outages(Statistic::Mean) => Some(mission.outages? / years),
        Metric::NeverDown => Some(1.0 - mission.any_outage?),
        Metric::Cost(Statistic::Mean) => {
            let items = system.cost_items().into_iter();
            let costs: Option<Vec<f64>> = items.map(|item| cost_of(system, exact, item)).collect();
            Some(costs?.iter().sum::<f64>() / years)
        }
        Metric::Outages(Statistic::Quantile(_))
        | Metric::Cost(Statistic::Quantile(_))
        | Metric::TimeBelowDemand
        | Metric::LongestOutage(_)
        | Metric::OutageDuration(_)
        | Metric::DataLoss(_)
        | Metric::DataLost(_) => None,
    }
}

/// The probability that the downtime of a mission is more than a target allows, if that is known.
fn beyond(exact: &Exact, mission: &MissionAnswer, target: &Target) -> Option<f64> {
    let limit_s = match (target.metric, target.comparison) {
        (Metric::Availability, Comparison::AtLeast) => (1.0 - target.limit) * exact.mission_s,
        (Metric::Downtime(_), Comparison::AtMost) => {
            target.limit * exact.mission_s / SECONDS_PER_YEAR
        }
        _ => return None,
    };
    let exceeds = &mission.down_time.as_ref()?.exceeds;
    let found = exceeds.iter().find(|(of, _)| *of == limit_s)?;
    Some(found.1.value)
}

/// A figure with as many digits as are known.
pub(super) fn digits(unit: Unit, value: f64) -> String {
    match unit {
        Unit::Seconds | Unit::SecondsPerYear => time(value),
        Unit::PerYear => number(value),
        Unit::Ratio => percent(1.0 - value),
        Unit::MoneyPerYear(currency) => words::money(value, currency),
    }
}

/// A time in words, and in seconds with the digits that it has.
pub(super) fn time(secs: f64) -> String {
    let words = short_duration(secs);
    let digits = format!("{} s", human::significant(secs, 10));
    if words == digits || !secs.is_finite() {
        words
    } else {
        format!("{words} = {digits}")
    }
}

/// A share of which the `missing` part is known to ten digits, in percent.
pub(super) fn percent(missing: f64) -> String {
    let missing = missing.clamp(0.0, 1.0);
    let smaller = 100.0 * missing.min(1.0 - missing);
    if smaller == 0.0 {
        return format!("{:.0} %", 100.0 - 100.0 * missing);
    }
    // The whole has no more than fifteen digits.
    let decimals = (7 - libm::log10(smaller).floor() as i32).clamp(4, 13) as usize;
    let text = format!("{:.decimals$}", 100.0 - 100.0 * missing);
    format!("{} %", text.trim_end_matches('0').trim_end_matches('.'))
}

/// The targets for people, and the result of all of them.
pub(super) fn lines(system: &System, judged: &[Judged]) -> Vec<String> {
    if judged.is_empty() {
        return Vec::new();
    }
    let several = system.services.len() > 1;
    let cells: Vec<[String; 4]> = judged
        .iter()
        .map(|judged| {
            let text = clean(&judged.target.text);
            let (name, limit) = match text.find(['<', '>']) {
                Some(at) => (text[..at].trim(), text[at..].trim()),
                None => (text.as_str(), ""),
            };
            let name = if several {
                let service = clean(&system.services[judged.service].name);
                format!("{service}: {name}")
            } else {
                name.to_owned()
            };
            let (_, _, unit) = words::metric(&judged.target);
            [
                format!("  {}  {name}", mark(judged.verdict)),
                limit.to_owned(),
                judged
                    .exact
                    .map_or("-".to_owned(), |value| digits(unit, value)),
                remark(judged, unit),
            ]
        })
        .collect();
    let head = ["TARGETS", "", "exact", ""].map(str::to_owned);
    let width = |at: usize| {
        let texts = cells.iter().chain([&head]);
        let widths = texts.map(|row| row[at].chars().count());
        widths.max().unwrap_or(0)
    };
    let widths = [width(0), width(1), width(2)];
    let rows = [&head].into_iter().chain(&cells);
    rows.map(|[name, limit, value, remark]| {
        let line = format!(
            "{name:<0$}  {limit:<1$}  {value:>2$}  {remark}",
            widths[0], widths[1], widths[2]
        );
        line.trim_end().to_owned()
    })
    .collect()
}

/// The line that sums them up.
pub(super) fn result(judged: &[Judged]) -> String {
    let count = |verdict| judged.iter().filter(|of| of.verdict == verdict).count();
    let total = judged.len();
    let text = match (count(Verdict::Missed), count(Verdict::Undecided)) {
        (0, 0) if total == 1 => "the target is met".to_owned(),
        (0, 0) => format!("all {total} targets are met"),
        (missed, 0) => format!("{missed} of {total} targets missed"),
        (0, undecided) => format!("{undecided} of {total} targets undecided, none missed"),
        (missed, undecided) => {
            format!("{missed} of {total} targets missed, {undecided} undecided")
        }
    };
    format!("RESULT    {text}")
}

fn mark(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Met => "ok  ",
        Verdict::Missed => "MISS",
        Verdict::Undecided => "?   ",
    }
}

fn remark(judged: &Judged, unit: Unit) -> String {
    match (judged.exact, judged.beyond, &judged.simulated) {
        (_, Some(beyond), _) => {
            format!("{} of missions miss", human::percent(beyond))
        }
        (Some(_), None, _) => String::new(),
        (None, None, Some(result)) => {
            let said = match &result.value {
                Ok(interval) => format!("{} ({})", unit.estimate(interval), unit.range(interval)),
                Err(why) => why.to_string(),
            };
            format!("states do not tell it; simulated {said}")
        }
        (None, None, None) => "states do not tell it: see failsim run".to_owned(),
    }
}

/// The targets as test cases of JUnit.
pub fn junit(scenario: &str, system: &System, judged: &[Judged]) -> String {
    let cases: Vec<_> = judged
        .iter()
        .map(|judged| {
            let (_, _, unit) = words::metric(&judged.target);
            let found = match judged.exact {
                Some(value) => format!("{} (exact)", digits(unit, value)),
                None => remark(judged, unit),
            };
            let service = system.services[judged.service].name.as_str();
            (service, judged.target.text.as_str(), judged.verdict, found)
        })
        .collect();
    junit_of(scenario, &cases, &[])
}

/// The cells of a row of the table: target, comparison, limit, verdict.
pub(super) fn cells(judged: &Judged) -> [Cell; 4] {
    [
        judged.target.text.as_str().into(),
        words::comparison(judged.target.comparison).into(),
        judged.target.limit.into(),
        judged.verdict.to_string().into(),
    ]
}
