//! What was run, so that it can be run again to the byte: `run.json`, and the same figures as the
//! tables in one JSON file.

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::sweep::SweepTable;
use super::{Report, RunFacts, tables, words};
use crate::base::human;
use crate::base::units::NANOS_PER_SECOND;
use crate::behaviour::Behaviour;
use crate::model::System;
use crate::stats::WhyStopped;
use crate::study::Study;

/// Version of the files of a run. It changes when a reader of the old ones could be misled.
pub const FORMAT: u32 = 1;

/// The generator of all random numbers and how its streams are named.
const GENERATOR: &str = "xoshiro256++, one stream for each (seed, trial, clock or branch)";

/// The SHA-256 hash of a resolved scenario, in hexadecimal digits. The order of its keys matters,
/// its layout does not.
pub fn hash(scenario: &Value) -> String {
    hexadecimal(scenario.to_string().as_bytes())
}

fn hexadecimal(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

impl RunFacts {
    /// What tells this run from every other one, in hexadecimal digits: a hash of all that can
    /// change its results. The name of its folder ends with the first eight.
    pub fn identity(&self) -> String {
        let all = json!([
            FORMAT,
            self.version,
            self.seed,
            self.options,
            self.resolved_scenario
        ]);
        hash(&all)
    }
}

/// What is said of every run, whatever was run: everything that repeats it.
fn origin(facts: &RunFacts) -> Map<String, Value> {
    let options: Map<String, Value> = facts
        .options
        .iter()
        .map(|(name, value)| (name.clone(), Value::from(value.as_str())))
        .collect();
    let origin = json!({
        "format": FORMAT,
        "tool": "failsim",
        "version": facts.version,
        "identity": facts.identity(),
        "command": facts.command,
        "scenario": {
            "name": facts.scenario_name,
            "question": facts.question,
            "path": facts.scenario_path,
            "sha256": hash(&facts.resolved_scenario),
            "resolved": facts.resolved_scenario,
        },
        "seed": facts.seed,
        "generator": GENERATOR,
        "options": options,
    });
    match origin {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

/// How missions of a system begin, in the words of the format.
pub(super) fn start_name(system: &System) -> &'static str {
    if system.start.is_settled() {
        "settled"
    } else {
        "new"
    }
}

/// Why the figures may not be what was asked for.
fn warnings(report: &Report<'_>) -> Value {
    let unsettled = words::unsettled(&report.study.system, &report.study.estimates);
    let doubts = report.study.estimates.not_established();
    Value::from_iter(unsettled.into_iter().chain(doubts))
}

/// The content of `run.json`.
pub(super) fn run(report: &Report<'_>) -> Value {
    let facts = report.facts;
    let Study {
        estimates, system, ..
    } = report.study;
    let settling = Behaviour::of(system).settling;
    let warm_up_s = settling.map(|settling| settling.warm_up as f64 / NANOS_PER_SECOND);
    let mut run = origin(facts);
    let outcome = [
        ("trials", json!(estimates.trial_count)),
        ("events", json!(estimates.event_count)),
        ("mission_s", json!(estimates.mission_s)),
        ("mission_start", start_name(system).into()),
        ("warm_up_s", json!(warm_up_s)),
        ("mission", json!(human::duration(estimates.mission_s))),
        (
            "complete",
            json!(estimates.why_stopped != WhyStopped::Interrupted),
        ),
        ("why_stopped", json!(estimates.why_stopped.to_string())),
        ("ci_level", json!(estimates.level.get())),
        ("method", estimates.way.name().into()),
        ("method_why", json!(estimates.way.why())),
        ("method_remarks", json!(estimates.way.remarks())),
        ("warnings", warnings(report)),
        (
            "interval_methods",
            tables::interval_methods(estimates).into(),
        ),
    ];
    run.extend(outcome.map(|(name, value)| (name.to_owned(), value)));
    Value::Object(run)
}

/// The content of `run.json` of a sweep. The scenario in it is that of the first point; each point
/// lists what is different there.
pub(super) fn sweep(facts: &RunFacts, sweep: &SweepTable) -> Value {
    let mut run = origin(facts);
    let axes: Vec<Value> = sweep
        .axes
        .iter()
        .map(|axis| {
            let texts: Vec<&str> = axis
                .values
                .iter()
                .map(|value| value.text.as_str())
                .collect();
            let numbers: Vec<Option<f64>> = axis.values.iter().map(|value| value.number).collect();
            json!({
                "path": axis.name,
                "values": texts,
                "numbers": numbers,
                "unit": axis.unit,
            })
        })
        .collect();
    let points: Vec<Value> = sweep
        .rows
        .iter()
        .map(|row| {
            let changes: Map<String, Value> = row.changes.iter().cloned().collect();
            json!({
                "point": row.point,
                "trials": row.trials,
                "why_stopped": row.why_stopped.to_string(),
                "unsettled": row.is_unsettled,
                "different": changes,
            })
        })
        .collect();
    let outcome = [
        ("axes", Value::from(axes)),
        ("points", json!(sweep.point_count())),
        ("points_run", json!(sweep.rows.len())),
        ("complete", json!(sweep.is_complete())),
        ("results", Value::from(points)),
    ];
    run.extend(outcome.map(|(name, value)| (name.to_owned(), value)));
    Value::Object(run)
}

/// What is different in another scenario: the dotted path of each leaf, and what is there; nothing
/// where it is missing.
pub fn differences(base: &Value, other: &Value) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    differ("", base, other, &mut found);
    found
}

fn differ(path: &str, base: &Value, other: &Value, found: &mut Vec<(String, Value)>) {
    let (Value::Object(left), Value::Object(right)) = (base, other) else {
        if base != other {
            found.push((path.to_owned(), other.clone()));
        }
        return;
    };
    let added = right.keys().filter(|key| !left.contains_key(*key));
    for key in left.keys().chain(added) {
        let path = crate::model::check::path_key(path, key);
        let side = |members: &Map<String, Value>| members.get(key).cloned().unwrap_or(Value::Null);
        differ(&path, &side(left), &side(right), found);
    }
}

/// The content of `summary.json`: the tables of figures, with the same columns as in CSV.
pub(super) fn summary(report: &Report<'_>) -> Value {
    json!({
        "format": FORMAT,
        "scenario": report.facts.scenario_name,
        "seed": report.facts.seed,
        "trials": report.study.estimates.trial_count,
        "why_stopped": report.study.estimates.why_stopped.to_string(),
        "warnings": warnings(report),
        "summary": tables::summary(report).json(),
        "targets": tables::targets(report).json(),
        "contributions": tables::contributions(report).json(),
        "culprits": tables::culprits(report).json(),
        "root_causes": tables::root_causes(report).json(),
        "lost_requests": tables::lost_requests(report).json(),
        "costs": tables::costs(report).json(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_the_leaves() {
        let base = json!({"a": {"b": 1, "c": [1, 2]}, "d": "x"});
        let other = json!({"a": {"b": 2, "c": [1, 2], "e.f": {"g": 3}}});
        assert_eq!(
            differences(&base, &other),
            [
                ("a.b".to_owned(), json!(2)),
                ("a.\"e.f\"".to_owned(), json!({"g": 3})),
                ("d".to_owned(), Value::Null),
            ]
        );
    }
}
