//! The exact answer for programs: as JSON and as a table.

use serde_json::{Value, json};

use super::super::manifest::start_name;
use super::super::tables::{Cell, Table};
use super::super::words;
use super::Judged;
use crate::base::units::SECONDS_PER_YEAR;
use crate::exact::{DownTimeAnswer, Weight};
use crate::model::System;
use crate::study::Solution;

/// The exact answer for programs.
pub fn json(system: &System, solution: &Solution, targets: &[Judged]) -> String {
    let exact = &solution.exact;
    let finite = |value: f64| value.is_finite().then_some(value);
    let services: Vec<Value> = exact
        .services
        .iter()
        .map(|answer| {
            let mission = answer.mission.as_ref();
            let contributions = mission.and_then(|mission| mission.contributions.as_ref());
            json!({
                "service": answer.name,
                "mission": mission.map(|mission| json!({
                    "unavailability": mission.unavailability,
                    "degraded_ratio": mission.degraded,
                    "served_requests_ratio": mission.served,
                    "unavailability_at_end": mission.unavailability_at_end,
                    "outages": mission.outages,
                    "any_outage_probability": mission.any_outage,
                    "downtime": mission.down_time.as_ref().map(down_time_json),
                    "contributions": contributions.map(|contributions| contributions
                        .iter()
                        .map(|&(culprit, mechanism, time)| json!({
                            "culprit": system.sum_name(culprit),
                            "mechanism": mechanism.name(),
                            "downtime_s": time,
                        }))
                        .collect::<Vec<Value>>()),
                    "root_causes": mission.roots.as_ref().map(|roots| roots
                        .iter()
                        .map(|of| json!({
                            "root_cause": system.sum_name(of.root.culprit),
                            "through": system.groups[of.root.through].name,
                            "outages": of.outages,
                            "downtime_s": of.down_s,
                        }))
                        .collect::<Vec<Value>>()),
                })),
                "long_run": {
                    "unavailability": answer.long_run.unavailability,
                    "degraded_ratio": answer.long_run.degraded,
                    "served_requests_ratio": answer.long_run.served,
                    "outages_per_year": answer.long_run.outages_per_s.map(|rate| rate * SECONDS_PER_YEAR),
                    "mean_down_time_s": answer.long_run.mean_down_time_s(),
                    "mean_up_time_s": answer.long_run.mean_up_time_s(),
                },
                "time_to_first_outage_s": answer.time_to_first_outage_s.and_then(finite),
                "notes": answer.notes,
            })
        })
        .collect();
    let document = json!({
        "scenario": system.name,
        "mission_s": exact.mission_s,
        "mission_start": start_name(system),
        "states": exact.part_states,
        "transitions": exact.transition_count,
        "long_run_imbalance": exact.imbalance,
        "is_exact": exact.fitted.is_empty(),
        "approximated": exact.fitted.iter().map(|obstacle| json!({
            "what": obstacle.what,
            "law": obstacle.why,
        })).collect::<Vec<Value>>(),
        "relative_difference_of_details": solution.approximation.map(|of| of.difference),
        "services": services,
        "counts": solution.counts().iter().map(|counted| json!({
            "culprit": system.culprit_name(counted.culprit),
            "metric": counted.happening.name(),
            "per_year": counted.in_mission.map(|times| times / exact.mission_s * SECONDS_PER_YEAR),
            "per_year_long_run": counted.per_s * SECONDS_PER_YEAR,
        })).collect::<Vec<Value>>(),
        "importances": solution.importances().iter().map(|importance| json!({
            "service": system.services[importance.service].name,
            "group": system.groups[importance.group].name,
            "long_run": importance.long_run.map(weight_json),
            "at_end": importance.at_end.map(weight_json),
        })).collect::<Vec<Value>>(),
        "notes": solution.missing(),
        "targets": targets.iter().map(|judged| json!({
            "target": judged.target.text,
            "service": system.services[judged.service].name,
            "limit": judged.target.limit,
            "unit": words::metric(&judged.target).2.name(),
            "value": judged.exact,
            "mission_breach_probability": judged.beyond,
            "verdict": judged.verdict.to_string(),
        })).collect::<Vec<Value>>(),
    });
    format!("{document:#}\n")
}

/// The exact answer as a table of a row for each figure of a mission, with the names of a run's
/// `summary.csv`, and one for each target; the scope is the service, or to whom something happens.
pub fn table(system: &System, solution: &Solution, targets: &[Judged]) -> Table {
    let exact = &solution.exact;
    let mut table = Table::new([
        "scenario",
        "scope",
        "metric",
        "unit",
        "statistic",
        "value",
        "target",
        "op",
        "limit",
        "verdict",
    ]);
    let years = exact.mission_s / SECONDS_PER_YEAR;
    let mut row = |scope: &str, metric: &str, unit: &str, statistic: &str, value: Option<f64>| {
        if let Some(value) = value {
            table.push(vec![
                system.name.as_str().into(),
                scope.into(),
                metric.into(),
                unit.into(),
                statistic.into(),
                value.into(),
                Cell::Missing,
                Cell::Missing,
                Cell::Missing,
                Cell::Missing,
            ]);
        }
    };
    for answer in exact.services.iter() {
        let name = answer.name.as_str();
        if let Some(mission) = &answer.mission {
            let down = mission.unavailability;
            row(name, "availability", "ratio", "mean", Some(1.0 - down));
            row(name, "served_requests", "ratio", "mean", mission.served);
            let per_year = Some(down * SECONDS_PER_YEAR);
            row(name, "downtime", "s_per_year", "mean", per_year);
            if let Some(down_time) = &mission.down_time {
                let deviation = down_time.deviation_s.map(|deviation| deviation / years);
                row(
                    name,
                    "downtime",
                    "s_per_year",
                    "standard_deviation",
                    deviation,
                );
                for (statistic, _, found) in &down_time.quantiles_s {
                    let value = Some(found.value / years);
                    row(name, "downtime", "s_per_year", statistic, value);
                }
                for (limit, found) in &down_time.exceeds {
                    let statistic = format!("share_above_{}_s_per_year", limit / years);
                    row(name, "downtime", "ratio", &statistic, Some(found.value));
                }
            }
            let outages = mission.outages.map(|outages| outages / years);
            row(name, "outages", "per_year", "mean", outages);
            let degraded = Some(mission.degraded * SECONDS_PER_YEAR);
            row(name, "degraded_time", "s_per_year", "mean", degraded);
            let never = mission.any_outage.map(|any| 1.0 - any);
            row(name, "never_down", "ratio", "share", never);
        }
        let first = answer.time_to_first_outage_s;
        row(
            name,
            "time_to_first_outage",
            "s",
            "mean",
            first.filter(|first| first.is_finite()),
        );
    }
    for counted in solution.counts() {
        let name = system.culprit_name(counted.culprit);
        let per_year = counted.in_mission.map(|times| times / years);
        row(name, counted.happening.name(), "per_year", "mean", per_year);
    }
    for importance in solution.importances() {
        let scope = format!(
            "{} for {}",
            system.groups[importance.group].name, system.services[importance.service].name
        );
        for (statistic, weight) in [
            ("long_run", importance.long_run),
            ("at_end", importance.at_end),
        ] {
            let birnbaum = weight.map(|weight| weight.birnbaum);
            row(&scope, "birnbaum_importance", "ratio", statistic, birnbaum);
            let worth = weight.map(|weight| weight.achievement_worth);
            row(&scope, "achievement_worth", "ratio", statistic, worth);
        }
    }
    for judged in targets {
        let (metric, statistic, unit) = words::metric(&judged.target);
        let mut row: Vec<Cell> = vec![
            system.name.as_str().into(),
            system.services[judged.service].name.as_str().into(),
            metric.into(),
            unit.name().into(),
            statistic.into(),
            judged.exact.into(),
        ];
        row.extend(super::targets::cells(judged));
        table.push(row);
    }
    table
}

fn weight_json(weight: Weight) -> Value {
    json!({
        "birnbaum_importance": weight.birnbaum,
        "achievement_worth": weight.achievement_worth,
    })
}

fn down_time_json(down_time: &DownTimeAnswer) -> Value {
    let quantiles = down_time.quantiles_s.iter();
    let exceeds = down_time.exceeds.iter();
    json!({
        "standard_deviation_s": down_time.deviation_s,
        "quantiles": quantiles.map(|(name, _, found)| json!({
            "statistic": name,
            "value_s": found.value,
            "relative_difference_of_probability": found.difference,
        })).collect::<Vec<Value>>(),
        "exceeds": exceeds.map(|(limit, found)| json!({
            "limit_s": limit,
            "probability": found.value,
            "relative_difference": found.difference,
        })).collect::<Vec<Value>>(),
    })
}
