//! Floor 9: what people and programs get to see of a run.
//!
//! Everything here is a function from data to text or bytes: no file, no terminal, no clock. The
//! same run gives the same bytes, so whatever depends on the machine, such as the time that a run
//! took, goes to the console and never into a file.
//!
//! ```
//! use failsim::report::{self, Report, RunFacts};
//! use failsim::scenario::{NoFiles, Source, load};
//! use failsim::study::{self, Settings};
//! use failsim::trials::Goal;
//!
//! # let text = r#"
//! #     format = 1
//! #     [components.unit]
//! #     fail = { mean = "500 h" }
//! #     repair = { mean = "4 h" }
//! #     [service]
//! #     up = "unit"
//! # "#;
//! let scenario = load(&Source::toml("unit.toml", text), &[], &NoFiles)?;
//! let settings = Settings { goal: Goal::Trials(500), ..Settings::of(&scenario.run) };
//! let study = study::run(&scenario.system, &settings)?;
//! let facts = RunFacts {
//!     scenario_name: scenario.name,
//!     seed: settings.seed,
//!     resolved_scenario: scenario.resolved,
//!     ..RunFacts::default()
//! };
//! let report = Report { facts: &facts, study: &study };
//! assert!(report::summary::summary(&report, false).contains("WHERE THE DOWNTIME COMES FROM"));
//! let files = report::data_files(&report);
//! assert!(files.iter().any(|(name, _)| name == "summary.csv"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! * [`summary`](mod@summary) is the screen at the end of a run.
//! * [`tables`] are the CSV and JSON files; [`files`] gives all files of a run by name.
//! * `pictures` draws [`plots`] from estimates, each under its answer.
//! * [`sweep`] compares the points of a sweep.
//! * [`exact`](mod@exact) is the exact answer beside the simulated one.
//! * [`explain`] tells the model in words; [`story`] tells one trial.

pub mod exact;
pub mod explain;
mod manifest;
pub mod pictures;
pub mod plots;
#[cfg(test)]
mod samples;
pub mod story;
pub mod summary;
pub mod sweep;
pub mod tables;
mod words;

use serde_json::Value;

use crate::base::units::SECONDS_PER_YEAR;
use crate::study::Study;
use crate::trials::{Estimates, ServiceEstimates};

pub use manifest::{FORMAT, differences, hash};

/// What only the command line knows of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunFacts {
    /// The name of the scenario.
    pub scenario_name: String,
    /// The question that it is to answer, if it states one.
    pub question: Option<String>,
    /// Where it was read from.
    pub scenario_path: String,
    /// The arguments that repeat the run, without those that change no result, such as threads.
    pub command: Vec<String>,
    /// The seed.
    pub seed: u64,
    /// The version of this program.
    pub version: String,
    /// Every option that can change a result, with its effective value, defaults included.
    pub options: Vec<(String, String)>,
    /// The scenario as it was run: overlays, changes and params applied.
    pub resolved_scenario: Value,
    /// How long the run took, for the console.
    pub elapsed_s: Option<f64>,
    /// On how many threads, for the console.
    pub threads: Option<usize>,
    /// Where the files are, for the console.
    pub results: Option<String>,
}

/// All that a report is made from.
#[derive(Clone, Copy, Debug)]
pub struct Report<'a> {
    /// What the command line knows.
    pub facts: &'a RunFacts,
    /// What was simulated, and what it says.
    pub study: &'a Study,
}

/// Files by name, within one folder. A name may hold `/`.
pub type Files = Vec<(String, Vec<u8>)>;

/// All files of a run.
pub fn files(report: &Report<'_>) -> Files {
    let mut files = data_files(report);
    for plot in pictures::pictures(report) {
        files.extend(plot.files());
    }
    files
}

/// The files of a run that hold data: all but the pictures.
pub fn data_files(report: &Report<'_>) -> Files {
    let table = |name: &str, table: tables::Table| (format!("{name}.csv"), table.csv());
    let costs = report.study.estimates.cost.as_ref();
    let costs = costs.map(|_| table("costs", tables::costs(report)));
    let loses = report.study.estimates.services.iter();
    let loses = loses.into_iter().any(|service| !service.lost_by.is_empty());
    let lost = loses.then(|| table("lost_requests", tables::lost_requests(report)));
    let mut files = vec![
        ("run.json".to_owned(), json_bytes(&manifest::run(report))),
        table("summary", tables::summary(report)),
        (
            "summary.json".to_owned(),
            json_bytes(&manifest::summary(report)),
        ),
        table("targets", tables::targets(report)),
        table("contributions", tables::contributions(report)),
        table("culprits", tables::culprits(report)),
        table("root_causes", tables::root_causes(report)),
        table("availability", tables::availability(report)),
        table("convergence", tables::convergence(report)),
        table("trials", tables::trials(report)),
        table("outages", tables::outages(report)),
        ("junit.xml".to_owned(), tables::junit(report).into_bytes()),
    ];
    files.extend(lost);
    files.extend(costs);
    files
}

/// The figures of a run as one JSON document, for programs.
pub fn summary_json(report: &Report<'_>) -> String {
    format!("{:#}\n", manifest::summary(report))
}

fn json_bytes(value: &Value) -> Vec<u8> {
    let mut text = format!("{value:#}");
    text.push('\n');
    text.into_bytes()
}

/// The number of outages of a service in all trials.
fn outage_count(estimates: &Estimates, service: &ServiceEstimates) -> u64 {
    let years = estimates.mission_s / SECONDS_PER_YEAR;
    let mean = service.value("outages", "mean");
    mean.map_or(0, |mean| {
        (mean.estimate * years * estimates.trial_count as f64).round() as u64
    })
}
