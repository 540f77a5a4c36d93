//! What was run, so that it can be run again to the byte: `run.json`, and the same figures as the
//! tables in one JSON file.

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::{Report, RunFacts, tables};
use crate::base::human;
use crate::stats::WhyStopped;

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

/// The content of `run.json`.
pub(super) fn run(report: &Report<'_>) -> Value {
    let Report {
        facts, estimates, ..
    } = report;
    let options: Map<String, Value> = facts
        .options
        .iter()
        .map(|(name, value)| (name.clone(), Value::from(value.as_str())))
        .collect();
    json!({
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
        "trials": estimates.trial_count,
        "events": estimates.event_count,
        "mission_s": estimates.mission_s,
        "mission": human::duration(estimates.mission_s),
        "complete": estimates.why_stopped != WhyStopped::Interrupted,
        "why_stopped": estimates.why_stopped.to_string(),
        "ci_level": estimates.level.get(),
        "interval_methods": tables::interval_methods(estimates),
    })
}

/// The content of `summary.json`: the tables of figures, with the same columns as in CSV.
pub(super) fn summary(report: &Report<'_>) -> Value {
    json!({
        "format": FORMAT,
        "scenario": report.facts.scenario_name,
        "seed": report.facts.seed,
        "trials": report.estimates.trial_count,
        "why_stopped": report.estimates.why_stopped.to_string(),
        "summary": tables::summary(report).json(),
        "targets": tables::targets(report).json(),
        "contributions": tables::contributions(report).json(),
        "culprits": tables::culprits(report).json(),
    })
}
