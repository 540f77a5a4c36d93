//! From estimates to plots. The title of each plot is its answer, in a sentence; the words below it
//! say what is shown; and the data of each plot are a table beside it.

use std::collections::BTreeMap;

use super::plots::{
    AvailabilityOverTime, AvailabilityPoint, Cause, Contributions, Convergence, ConvergencePoint,
    Estimate, Exceedance, ExceedancePoint, ExceedanceQuantile, ExceedanceTarget, Heading,
    PartOfPeriod, Picture, Quantity, ServedByPart, Target,
};
use super::tables::{self, Table};
use super::words::{self, Unit, by_mechanism, counted, is_none_seen};
use super::{Files, Report};
use crate::base::human;
use crate::base::text::{clean, slug};
use crate::base::units::{SECONDS_PER_DAY, SECONDS_PER_YEAR};
use crate::behaviour::Mechanism;
use crate::model::{Comparison, CostItem, Culprit, Metric, Statistic};
use crate::stats::Interval;
use crate::trials::{ServedPart, ServiceEstimates, TargetResult};

/// A plot with its data.
#[derive(Clone, Debug, PartialEq)]
pub struct Plot {
    /// The name of its files, without folder and ending.
    pub stem: String,
    /// The answer that it gives.
    pub title: String,
    /// The picture.
    pub picture: Picture,
    /// What is drawn.
    pub data: Table,
}

impl Plot {
    /// The plot as files in the folder `plots`.
    pub fn files(&self) -> Files {
        let name = |ending: &str| format!("plots/{}.{ending}", self.stem);
        vec![
            (name("svg"), self.picture.svg.clone().into_bytes()),
            (name("png"), self.picture.png.clone()),
            (name("csv"), self.data.csv()),
        ]
    }
}

/// The plots of a run.
pub fn pictures(report: &Report<'_>) -> Vec<Plot> {
    let mut plots = vec![convergence(report)];
    let several = report.study.estimates.services.len() > 1;
    for (index, service) in report.study.estimates.services.iter().enumerate() {
        let suffix = if several {
            format!("-{}", slug(&service.name))
        } else {
            String::new()
        };
        // Who is never down may still serve too little.
        plots.extend(served_by_part(report, index, &suffix));
        // Where nothing was seen there is nothing to look at: the first plot says so.
        if service.value("downtime", "mean").is_some_and(is_none_seen) {
            continue;
        }
        plots.push(exceedance(report, service, &suffix));
        plots.push(contributions(report, service, &suffix));
        plots.push(availability(report, service, &suffix));
    }
    plots.extend(costs(report));
    plots
}

pub(super) fn estimate(interval: &Interval) -> Estimate {
    Estimate {
        value: interval.estimate,
        low: interval.low,
        high: interval.high,
    }
}

/// Where a plot comes from.
pub(super) fn footnote(facts: &super::RunFacts, trials: Option<u64>) -> String {
    let trials = trials.map_or(String::new(), |trials| {
        format!(", {}", counted(trials, "trial"))
    });
    format!(
        "{}, seed {}{trials}, failsim {}",
        clean(&facts.scenario_name),
        facts.seed,
        facts.version
    )
}

fn heading(report: &Report<'_>, title: String, subtitle: String) -> Heading {
    Heading {
        title,
        subtitle,
        footnote: footnote(report.facts, Some(report.study.estimates.trial_count)),
    }
}

/// `service shop: `, where there are several.
fn of_service(report: &Report<'_>, service: &ServiceEstimates) -> String {
    if report.study.estimates.services.len() > 1 {
        format!("{}: ", clean(&service.name))
    } else {
        String::new()
    }
}

// ---- 1: convergence ----

fn convergence(report: &Report<'_>) -> Plot {
    let points: Vec<ConvergencePoint> = report
        .study
        .convergence()
        .iter()
        .map(|point| ConvergencePoint {
            trials: point.trials,
            estimate: estimate(&point.down),
        })
        .collect();
    let service = report.study.estimates.services.first();
    let down = service.and_then(|service| service.value("downtime", "mean"));
    let trials = counted(report.study.estimates.trial_count, "trial");
    let title = match down {
        None => "There is no estimate of the downtime".to_owned(),
        Some(down) if is_none_seen(down) => format!("No outage in {trials}: there is a bound only"),
        Some(down) if !down.is_reliable() => format!(
            "Too few outages to trust: {} of {trials} have one",
            human::count(down.support.events)
        ),
        Some(down) => format!(
            "Mean downtime is {} a year, known to {} after {trials}",
            human::duration(down.estimate),
            plus_minus(down)
        ),
    };
    let target = service.and_then(|service| {
        let wanted =
            |result: &&TargetResult| result.target.metric == Metric::Downtime(Statistic::Mean);
        let result = service.targets.iter().find(wanted)?;
        Some(Target {
            label: format!("target {}", limit_text(result)),
            value: result.target.limit,
        })
    });
    let of = service.map_or(String::new(), |service| of_service(report, service));
    let plot = Convergence {
        heading: heading(
            report,
            title.clone(),
            format!(
                "{of}running estimate of the mean downtime, with {} interval",
                report.study.estimates.level
            ),
        ),
        name: "mean downtime a year".to_owned(),
        quantity: Quantity::Duration,
        points,
        target,
    };
    Plot {
        stem: "convergence".to_owned(),
        title,
        picture: plot.draw(),
        data: tables::convergence(report),
    }
}

/// `+- 5 %`, of the wider side.
fn plus_minus(interval: &Interval) -> String {
    format!(
        "\u{b1}{} %",
        human::significant(100.0 * interval.relative_half_width(), 2)
    )
}

/// The limit of a target as the scenario states it.
fn limit_text(result: &TargetResult) -> String {
    let text = clean(&result.target.text);
    text.find(['<', '>'])
        .map_or(text.clone(), |at| text[at..].trim().to_owned())
}

// ---- 2: exceedance ----

fn exceedance(report: &Report<'_>, service: &ServiceEstimates, suffix: &str) -> Plot {
    let level = report.study.estimates.level;
    let points: Vec<ExceedancePoint> = service
        .exceedance
        .iter()
        .map(|(down_time_s, share)| ExceedancePoint {
            down_time_s: *down_time_s,
            share: estimate(share),
        })
        .collect();
    let quantiles: Vec<ExceedanceQuantile> = [("p50", 0.5), ("p95", 0.05), ("p99", 0.01)]
        .into_iter()
        .filter_map(|(label, share)| {
            let interval = service
                .value("downtime", label)
                .filter(|interval| interval.estimate > 0.0)?;
            Some(ExceedanceQuantile {
                label: label.to_owned(),
                share,
                down_time_s: estimate(interval),
            })
        })
        .collect();
    let targets = service
        .targets
        .iter()
        .filter_map(|result| {
            let Metric::Downtime(statistic) = result.target.metric else {
                return None;
            };
            let (_, statistic_name, _) = words::metric(&result.target);
            let share = match statistic {
                Statistic::Quantile(order) if result.target.comparison == Comparison::AtMost => {
                    Some(1.0 - order)
                }
                Statistic::Quantile(_) | Statistic::Mean => None,
            };
            let label = format!("{statistic_name} {}", limit_text(result));
            Some(ExceedanceTarget {
                label,
                down_time_s: result.target.limit,
                share,
            })
        })
        .collect();
    let one_year = (report.study.estimates.mission_s / SECONDS_PER_YEAR - 1.0).abs() < 1e-9;
    let (one, many) = if one_year {
        ("year", "years")
    } else {
        ("trial", "trials")
    };
    let never = service.value("never_down", "share");
    let without = never.map(|never| human::significant(100.0 * never.estimate, 2));
    let title = match (
        service.value("downtime", "p95"),
        service.value("downtime", "max"),
    ) {
        _ if points.is_empty() => format!(
            "No {one} of {} has an outage",
            human::count(report.study.estimates.trial_count)
        ),
        (Some(p95), _) if p95.estimate > 0.0 => {
            format!(
                "One {one} in 20 loses more than {}",
                lost(p95.estimate, one_year)
            )
        }
        (_, Some(max)) => format!(
            "{} % of {many} lose nothing; the worst one loses {}",
            without.clone().unwrap_or_default(),
            lost(max.estimate, one_year)
        ),
        (_, None) if never.is_some_and(|never| never.estimate < 1.0) => format!(
            "One {one} in {} has an outage",
            human::significant(1.0 / never.map_or(1.0, |never| 1.0 - never.estimate), 2)
        ),
        _ => "How much downtime there is".to_owned(),
    };
    let mut data = Table::new([
        "downtime_s_per_year",
        "share_with_more_ratio",
        "ci_low",
        "ci_high",
    ]);
    for point in &points {
        let Estimate { value, low, high } = point.share;
        data.push(vec![
            point.down_time_s.into(),
            value.into(),
            low.into(),
            high.into(),
        ]);
    }
    let of = of_service(report, service);
    let subtitle = match without {
        Some(without) => format!(
            "{of}share of {many} with more downtime, {level} interval; {without} % have none"
        ),
        None => format!("{of}share of {many} with more downtime, {level} interval"),
    };
    let plot = Exceedance {
        heading: heading(report, title.clone(), subtitle),
        name: "downtime a year".to_owned(),
        counted: many.to_owned(),
        points,
        without_downtime: never.map(estimate),
        quantiles,
        targets,
    };
    Plot {
        stem: format!("exceedance{suffix}"),
        title,
        picture: plot.draw(),
        data,
    }
}

fn lost(secs: f64, one_year: bool) -> String {
    let text = human::duration(secs);
    if one_year {
        text
    } else {
        format!("{text} a year")
    }
}

// ---- 3: contributions ----

fn contributions(report: &Report<'_>, service: &ServiceEstimates, suffix: &str) -> Plot {
    let mut mechanisms: Vec<Mechanism> = service
        .contributions
        .iter()
        .filter_map(|part| part.mechanism)
        .collect();
    mechanisms.sort_unstable();
    mechanisms.dedup();
    let mut by_culprit: BTreeMap<Culprit, Vec<f64>> = BTreeMap::new();
    for part in &service.contributions {
        let (Some(mechanism), Ok(down)) = (part.mechanism, &part.down) else {
            continue;
        };
        if let Ok(place) = mechanisms.binary_search(&mechanism) {
            by_culprit
                .entry(part.culprit)
                .or_insert_with(|| vec![0.0; mechanisms.len()])[place] += down.estimate;
        }
    }
    let causes = by_culprit
        .into_iter()
        .map(|(culprit, parts)| {
            let whole = service
                .culprits
                .iter()
                .find(|other| other.culprit == culprit);
            let interval = whole.and_then(|whole| whole.down.as_ref().ok());
            Cause {
                name: clean(&report.study.system.sum_name(culprit)),
                per_year: parts,
                low_per_year: interval.map_or(f64::NAN, |interval| interval.low),
                high_per_year: interval.map_or(f64::NAN, |interval| interval.high),
            }
        })
        .collect();
    let title = contributions_title(report, service);
    let mut data = tables::contributions(report);
    data.rows
        .retain(|row| row[0] == service.name.as_str().into());
    let of = of_service(report, service);
    let plot = Contributions {
        heading: heading(
            report,
            title.clone(),
            format!(
                "{of}mean downtime a year by cause and mechanism, {} interval of the sum",
                report.study.estimates.level
            ),
        ),
        name: "mean downtime a year".to_owned(),
        quantity: Quantity::Duration,
        mechanisms: mechanisms
            .iter()
            .map(|mechanism| mechanism.describe().to_owned())
            .collect(),
        causes,
    };
    Plot {
        stem: format!("contributions{suffix}"),
        title,
        picture: plot.draw(),
        data,
    }
}

/// With more parts than this, none of which causes this much, the mechanism tells more than the part.
const MANY: usize = 8;
const SMALL_SHARE: f64 = 0.2;

/// `db causes 68 % of the downtime: mostly exhausted, under repair`.
fn contributions_title(report: &Report<'_>, service: &ServiceEstimates) -> String {
    let Some(culprit) = service
        .culprits
        .first()
        .filter(|culprit| culprit.share > 0.0)
    else {
        return format!(
            "No downtime in {}",
            counted(report.study.estimates.trial_count, "trial")
        );
    };
    let name = clean(&report.study.system.sum_name(culprit.culprit));
    let of_culprit = |part: &&crate::trials::Contribution| part.culprit == culprit.culprit;
    let largest = service.contributions.iter().find(of_culprit);
    let why = largest.and_then(|part| Some((part.mechanism?, part.share / culprit.share)));
    let percent = (100.0 * culprit.share).round();
    if service.culprits.len() > MANY && culprit.share < SMALL_SHARE {
        let (mechanism, _) = by_mechanism(&service.contributions)[0];
        return format!(
            "None of {} parts causes more than {} of the downtime: first of all {}",
            human::count(service.culprits.len() as u64),
            human::percent((100.0 * culprit.share).ceil() / 100.0),
            words::plainly(mechanism)
        );
    }
    let whole = if service.culprits.len() == 1 {
        format!("{name} causes all of the downtime")
    } else if percent >= 100.0 {
        format!("{name} causes nearly all of the downtime")
    } else {
        format!("{name} causes {percent} % of the downtime")
    };
    match why {
        Some((mechanism, part)) if part >= 0.5 => {
            format!("{whole}: mostly {}", words::plainly(mechanism))
        }
        Some((mechanism, _)) => format!("{whole}: first of all {}", words::plainly(mechanism)),
        None => whole,
    }
}

// ---- 4: availability over time ----

fn availability(report: &Report<'_>, service: &ServiceEstimates, suffix: &str) -> Plot {
    let known: Vec<(f64, f64, &Interval)> = service
        .over_time
        .iter()
        .filter_map(|(start, end, value)| Some((*start, *end, value.as_ref().ok()?)))
        .collect();
    let points = known
        .iter()
        .map(|(start, end, interval)| AvailabilityPoint {
            time_s: 0.5 * (start + end),
            availability: estimate(interval),
        })
        .collect();
    let title = over_time_title(service, &known);
    let target = service
        .targets
        .iter()
        .find(|result| result.target.metric == Metric::Availability);
    let target = target.map(|result| Target {
        label: format!("target {}", limit_text(result)),
        value: result.target.limit,
    });
    let mut data = tables::availability(report);
    data.rows
        .retain(|row| row[0] == service.name.as_str().into());
    let of = of_service(report, service);
    let plot = AvailabilityOverTime {
        heading: heading(
            report,
            title.clone(),
            format!(
                "{of}mean availability in each {} of the mission, {} interval",
                known
                    .first()
                    .map_or("part".to_owned(), |(start, end, _)| human::duration(
                        end - start
                    )),
                report.study.estimates.level
            ),
        ),
        points,
        target,
    };
    Plot {
        stem: format!("availability-over-time{suffix}"),
        title,
        picture: plot.draw(),
        data,
    }
}

fn over_time_title(service: &ServiceEstimates, parts: &[(f64, f64, &Interval)]) -> String {
    let whole = service.value("availability", "mean");
    let (Some(whole), Some((_, _, first)), Some((_, end, last))) =
        (whole, parts.first(), parts.last())
    else {
        return "There is no estimate of the availability".to_owned();
    };
    if is_none_seen(whole) {
        return "No outage at any time of the mission".to_owned();
    }
    let mission = human::duration(*end);
    let overall = Unit::Ratio.estimate(whole);
    let text = |interval: &Interval| human::percent(round_nines(interval.estimate));
    if first.low > last.high {
        format!(
            "Availability falls from {} to {} within {mission}",
            text(first),
            text(last)
        )
    } else if first.high < last.low {
        format!(
            "Availability rises from {} to {} within {mission}",
            text(first),
            text(last)
        )
    } else if first.low > whole.high {
        format!(
            "Availability starts at {} and settles: {overall} on average",
            text(first)
        )
    } else {
        format!("Availability is {overall} all the time, as far as can be told")
    }
}

// ---- 5: what is served at which time of the day ----

fn served_by_part(report: &Report<'_>, index: usize, suffix: &str) -> Option<Plot> {
    let service = &report.study.estimates.services[index];
    let known: Vec<(&ServedPart, &Interval)> = service
        .by_part
        .iter()
        .map(|part| Some((part, part.served.as_ref().ok()?)))
        .collect::<Option<_>>()?;
    let (last, _) = *known.last()?;
    let period_s = last.end_s;
    if known.iter().all(|(_, served)| is_none_seen(served)) {
        return None;
    }
    let target = service
        .targets
        .iter()
        .find(|result| result.target.metric == Metric::ServedRequests)
        .map(|result| Target {
            label: format!("target {}", limit_text(result)),
            value: result.target.limit,
        });
    let title = served_title(&known, period_s);
    let mut data = tables::served_by_part(report);
    data.rows
        .retain(|row| row[0] == service.name.as_str().into());
    let of = of_service(report, service);
    let plot = ServedByPart {
        heading: heading(
            report,
            title.clone(),
            format!(
                "{of}mean share of the requests that is served in each {} of the {}, {} interval",
                in_words(last.end_s - last.start_s),
                in_words(period_s),
                report.study.estimates.level
            ),
        ),
        period_s,
        parts: known
            .iter()
            .map(|(part, interval)| PartOfPeriod {
                load: part.load,
                served: estimate(interval),
            })
            .collect(),
        target,
    };
    Some(Plot {
        stem: format!("served-by-time{suffix}"),
        title,
        picture: plot.draw(),
        data,
    })
}

/// When most of what is lost is lost.
fn served_title(parts: &[(&ServedPart, &Interval)], period_s: f64) -> String {
    let asked = parts.iter().filter(|(part, _)| part.load > 0.0);
    let lost = |(part, served): &(&ServedPart, &Interval)| {
        part.load * (part.end_s - part.start_s) * (1.0 - served.estimate)
    };
    let total: f64 = asked.clone().map(lost).sum();
    let Some((worst, least)) = asked
        .clone()
        .min_by(|a, b| a.1.estimate.total_cmp(&b.1.estimate))
        .filter(|_| total > 0.0)
    else {
        return "All that is asked is served, at every hour".to_owned();
    };
    // All parts that are about as bad as the worst one.
    let missing = 1.0 - least.estimate;
    let bad = asked.filter(|(_, served)| 1.0 - served.estimate > 0.5 * missing);
    let (time, share) = bad.fold((0.0, 0.0), |(time, share), part| {
        (
            time + part.0.end_s - part.0.start_s,
            share + lost(part) / total,
        )
    });
    if time > 0.9 * period_s {
        let level = human::percent(round_nines(least.estimate));
        return format!("About as much is served at every time: {level} at the worst");
    }
    let (day, clock) = (
        (worst.start_s / SECONDS_PER_DAY).floor(),
        worst.start_s.rem_euclid(SECONDS_PER_DAY) / 3600.0,
    );
    let clock = format!("{:02}:{:02}", clock.floor(), (60.0 * clock.fract()).floor());
    let when = if period_s <= SECONDS_PER_DAY {
        format!("at {clock}")
    } else {
        format!("on day {} at {clock}", day + 1.0)
    };
    format!(
        "{} % of the lost requests are lost in {} of the {}; the worst begin {when}",
        (100.0 * share).round(),
        human::duration(time),
        in_words(period_s),
    )
}

/// `hour`, `day` or `week`, or how long it is.
fn in_words(secs: f64) -> String {
    let is = |other: f64| (secs / other - 1.0).abs() < 1e-9;
    if is(3600.0) {
        "hour".to_owned()
    } else if is(SECONDS_PER_DAY) {
        "day".to_owned()
    } else if is(7.0 * SECONDS_PER_DAY) {
        "week".to_owned()
    } else {
        human::duration(secs)
    }
}

// ---- 6: what it costs ----

fn costs(report: &Report<'_>) -> Option<Plot> {
    let cost = report.study.estimates.cost.as_ref()?;
    let several = report.study.estimates.services.len() > 1;
    let causes: Vec<Cause> = cost
        .items
        .iter()
        .filter_map(|share| {
            let interval = share.per_year.as_ref().ok()?;
            let name = match share.item.service() {
                Some(service) if several => {
                    let service = clean(&report.study.system.services[service].name);
                    format!("{} of {service}", share.item.describe())
                }
                _ => share.item.describe().to_owned(),
            };
            let is_fixed = matches!(share.item, CostItem::Units | CostItem::Scaling);
            let amounts = [interval.estimate, 0.0];
            Some(Cause {
                name,
                per_year: if is_fixed {
                    amounts.to_vec()
                } else {
                    amounts.iter().rev().copied().collect()
                },
                low_per_year: interval.low,
                high_per_year: interval.high,
            })
        })
        .collect();
    let failures: f64 = causes.iter().map(|cause| cause.per_year[1]).sum();
    let whole: f64 = failures + causes.iter().map(|cause| cause.per_year[0]).sum::<f64>();
    let unit = Unit::MoneyPerYear(cost.currency);
    let title = if whole > 0.0 {
        format!(
            "A year costs {}, {} of it for failures",
            unit.text(whole),
            human::percent(round_share(failures / whole))
        )
    } else {
        "Nothing has cost anything".to_owned()
    };
    let plot = Contributions {
        heading: heading(
            report,
            title.clone(),
            format!(
                "mean cost a year in {} by what it is spent on, {} interval",
                cost.currency, report.study.estimates.level
            ),
        ),
        name: format!("mean cost a year in {}", cost.currency),
        quantity: Quantity::Number,
        mechanisms: vec![
            "whatever happens".to_owned(),
            "because of failures".to_owned(),
        ],
        causes,
    };
    Some(Plot {
        stem: "cost".to_owned(),
        title,
        picture: plot.draw(),
        data: tables::costs(report),
    })
}

/// A share with two digits.
fn round_share(share: f64) -> f64 {
    if share <= 0.0 {
        return 0.0;
    }
    let scale = libm::exp10(1.0 - libm::log10(share).floor());
    (share * scale).round() / scale
}

/// An availability with two digits of what is missing to 1.
fn round_nines(availability: f64) -> f64 {
    let missing = 1.0 - availability;
    if missing <= 0.0 {
        return availability;
    }
    let scale = libm::exp10(1.0 - libm::log10(missing).floor());
    1.0 - (missing * scale).round() / scale
}
