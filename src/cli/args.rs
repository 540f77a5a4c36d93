//! What can be asked for on the command line.

use std::num::NonZero;
use std::path::PathBuf;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};
use failsim::study::Method;

/// How much downtime will this design give, where does it come from, and what would change it?
#[derive(Debug, Parser)]
#[command(
    name = "failsim",
    version,
    about,
    propagate_version = true,
    max_term_width = 100
)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,

    /// Say less: no progress, no notes.
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,

    /// When to use colours.
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: Color,

    /// Show no progress.
    #[arg(long, global = true)]
    pub(crate) no_progress: bool,

    /// Number of threads; all cores unless said otherwise. Results do not depend on it.
    #[arg(long, global = true, value_name = "N", env = "FAILSIM_THREADS")]
    pub(crate) threads: Option<NonZero<usize>>,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl Color {
    pub(crate) fn write_global(self) {
        match self {
            Color::Auto => anstream::ColorChoice::Auto,
            Color::Always => anstream::ColorChoice::Always,
            Color::Never => anstream::ColorChoice::Never,
        }
        .write_global();
    }
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Simulate a scenario and report downtime, where it comes from, and whether targets are met.
    Run(RunArgs),
    /// Run a scenario for several values of some of its keys and compare each point with the first one.
    /// Every point lives through the same fate, so differences are due to the values. The exit code is
    /// 1 if any point misses a target.
    Sweep(SweepArgs),
    /// Run several scenarios and compare each with the first one: how much less or more downtime and
    /// cost, with an interval. All live through the same fate as far as they have the same parts. The
    /// exit code is 1 if any of them misses a target.
    Compare(CompareArgs),
    /// Solve a scenario exactly, where its times are made of exponential phases, and judge its targets by
    /// that. The exit code is that of `run`. `--time-limit` holds for the solution and the trials beside it.
    Exact(ExactArgs),
    /// Say what is wrong with scenario files, and what is odd.
    Check(CheckArgs),
    /// Tell the model in words, or what happened in one trial.
    Explain(ExplainArgs),
    /// Write a scenario to start from.
    Init(InitArgs),
    /// Print the JSON Schema of scenario files, for editors.
    Schema,
    /// Print a completion script for a shell.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Print the manual page.
    Man,
}

/// A scenario and changes to it.
#[derive(Debug, ClapArgs)]
pub(crate) struct ScenarioArgs {
    /// Scenario file, TOML or JSON; `-` for standard input.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// Change a param or any dotted path of the scenario, such as `web=5` or
    /// `groups.db.takeover.manual="1 h"`. May be given several times.
    #[arg(long = "set", value_name = "PATH=VALUE")]
    pub(crate) changes: Vec<String>,
}

/// How much to simulate.
#[derive(Debug, ClapArgs)]
pub(crate) struct AmountArgs {
    /// Number of trials.
    #[arg(short = 'n', long, value_name = "N")]
    pub(crate) trials: Option<u64>,

    /// Stop when precise enough: `rel_err(downtime) <= 2 %`, `abs_err(availability) <= 0.001 %` or
    /// `decided`.
    #[arg(long, value_name = "PRECISION", conflicts_with = "trials")]
    pub(crate) until: Option<String>,

    /// Stop after this much real time, such as `5min`, which the points of a sweep share. The number
    /// of trials then depends on the machine.
    #[arg(long, value_name = "TIME")]
    pub(crate) time_limit: Option<String>,

    /// Seed of the random numbers.
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,

    /// How to look for outages: `plain` trials, `rare` ones that seek outages and are weighted for
    /// it, `splitting` to check those, or `auto`: rare ones where a few plain trials see hardly any
    /// outage.
    #[arg(long, value_name = "METHOD", default_value = "auto", value_parser = method())]
    pub(crate) method: Method,
}

/// Reads a method by its name.
fn method() -> impl TypedValueParser<Value = Method> {
    let value = |method: Method| {
        PossibleValue::new(method.name()).help(match method {
            Method::Plain => "Plain trials",
            Method::Rare => "Weighted branches that seek outages",
            Method::Splitting => {
                "Missions that come near an outage are copied: slower, and free of weights"
            }
            Method::Auto => "What a few plain trials call for",
        })
    };
    let named = |name: String| Method::ALL.into_iter().find(|method| method.name() == name);
    PossibleValuesParser::new(Method::ALL.map(value))
        .map(move |name| named(name).expect("only these names are accepted"))
}

/// Simulate a scenario.
#[derive(Debug, ClapArgs)]
pub(crate) struct RunArgs {
    #[command(flatten)]
    pub(crate) scenario: ScenarioArgs,

    #[command(flatten)]
    pub(crate) amount: AmountArgs,

    /// Folder for the results; `results/<name>-<identity>` unless said otherwise.
    #[arg(short, long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,

    /// Write no files.
    #[arg(long, conflicts_with = "out")]
    pub(crate) no_files: bool,

    /// Print the summary as JSON instead of text.
    #[arg(long)]
    pub(crate) json: bool,

    /// How many trials to list one by one in trials.csv and outages.csv: `off`, `sample` (the first
    /// 1,000) or `all`.
    #[arg(long, value_name = "WHICH", default_value = "sample")]
    pub(crate) trials_csv: TrialsCsv,
}

/// How many trials leave a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TrialsCsv {
    /// None.
    Off,
    /// The first 1,000.
    Sample,
    /// All: memory grows with the number of trials.
    All,
}

impl TrialsCsv {
    pub(crate) fn record_count(self) -> u64 {
        match self {
            TrialsCsv::Off => 0,
            TrialsCsv::Sample => 1_000,
            TrialsCsv::All => u64::MAX,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            TrialsCsv::Off => "off",
            TrialsCsv::Sample => "sample",
            TrialsCsv::All => "all",
        }
    }
}

/// Run a scenario for several values.
#[derive(Debug, ClapArgs)]
pub(crate) struct SweepArgs {
    #[command(flatten)]
    pub(crate) scenario: ScenarioArgs,

    /// What to vary, a param or any dotted path: `web=3..6`, `web=3..9..2`, `heartbeat=0.5s,1s,5s`
    /// or `groups.db.standby=hot,cold`. Several make a grid.
    #[arg(long = "vary", value_name = "PATH=VALUES", required = true)]
    pub(crate) variations: Vec<String>,

    #[command(flatten)]
    pub(crate) amount: AmountArgs,

    /// Folder for the results; `results/<name>-sweep-<identity>` unless said otherwise.
    #[arg(short, long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,

    /// Write no files.
    #[arg(long, conflicts_with = "out")]
    pub(crate) no_files: bool,
}

/// Compare scenarios.
#[derive(Debug, ClapArgs)]
pub(crate) struct CompareArgs {
    /// Scenario files, TOML or JSON, two at least: each is compared with the first one. Where two differ
    /// in a few keys, let the second begin with `extends = "first.toml"`.
    #[arg(value_name = "FILE", num_args = 2.., required = true)]
    pub(crate) files: Vec<PathBuf>,

    /// Change a param or any dotted path of all scenarios. May be given several times.
    #[arg(long = "set", value_name = "PATH=VALUE")]
    pub(crate) changes: Vec<String>,

    #[command(flatten)]
    pub(crate) amount: AmountArgs,

    /// Folder for the results; `results/<name>-compare-<identity>` unless said otherwise.
    #[arg(short, long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,

    /// Write no files.
    #[arg(long, conflicts_with = "out")]
    pub(crate) no_files: bool,
}

/// Solve a scenario exactly.
#[derive(Debug, ClapArgs)]
pub(crate) struct ExactArgs {
    #[command(flatten)]
    pub(crate) scenario: ScenarioArgs,

    #[command(flatten)]
    pub(crate) amount: AmountArgs,

    /// Put phases with the same moments in place of other laws, at most ORDER in a row: an
    /// approximation, worked out at two levels of detail.
    #[arg(long, value_name = "ORDER", num_args = 0..=1, default_missing_value = "4")]
    pub(crate) fit: Option<NonZero<u32>>,

    /// Simulate nothing beside it.
    #[arg(long)]
    pub(crate) no_trials: bool,

    /// Print JSON instead of text; nothing is simulated.
    #[arg(long, conflicts_with = "csv")]
    pub(crate) json: bool,

    /// Print the figures of the mission as CSV, with the names of a run's `summary.csv`; nothing is simulated.
    #[arg(long)]
    pub(crate) csv: bool,

    /// Write the targets as test cases of JUnit into this file, as `junit.xml` of a run has them.
    #[arg(long, value_name = "FILE")]
    pub(crate) junit: Option<PathBuf>,
}

/// Say what is wrong with scenario files.
#[derive(Debug, ClapArgs)]
pub(crate) struct CheckArgs {
    /// Scenario files.
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,

    /// Changes, as for `run`.
    #[arg(long = "set", value_name = "PATH=VALUE")]
    pub(crate) changes: Vec<String>,

    /// How to say it.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: CheckFormat,

    /// Fail on warnings too.
    #[arg(long)]
    pub(crate) deny_warnings: bool,

    /// Print the scenario as it would be run: overlays, changes and params applied.
    #[arg(long)]
    pub(crate) resolved: bool,
}

/// How problems are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum CheckFormat {
    /// For people.
    Text,
    /// One JSON document.
    Json,
    /// SARIF 2.1.0, for code scanners.
    Sarif,
    /// Annotations of GitHub Actions.
    Github,
}

/// Tell the model, or a trial.
#[derive(Debug, ClapArgs)]
pub(crate) struct ExplainArgs {
    #[command(flatten)]
    pub(crate) scenario: ScenarioArgs,

    /// Tell what happened in this trial.
    #[arg(long, value_name = "K")]
    pub(crate) trial: Option<u64>,

    /// Of the trial, tell this outage and what led to it, counted from 1; the longest unless said
    /// otherwise.
    #[arg(long, value_name = "N", requires = "trial")]
    pub(crate) outage: Option<usize>,

    /// Tell the whole trial.
    #[arg(long, requires = "trial", conflicts_with = "outage")]
    pub(crate) all: bool,

    /// The service that the story is about; the first one unless said otherwise.
    #[arg(long, value_name = "NAME", requires = "trial")]
    pub(crate) service: Option<String>,

    /// Seed of the random numbers, as in the run.
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,

    /// Draw the trial's timeline into this folder, as SVG and PNG.
    #[arg(short, long, value_name = "DIR", requires = "trial")]
    pub(crate) out: Option<PathBuf>,
}

/// Write a scenario to start from.
#[derive(Debug, ClapArgs)]
pub(crate) struct InitArgs {
    /// Which one; see `--list`.
    #[arg(value_name = "TEMPLATE", default_value = "three-tier-shop")]
    pub(crate) template: String,

    /// List the templates with the questions that they answer.
    #[arg(long)]
    pub(crate) list: bool,

    /// Where to write it; standard output unless said otherwise. Nothing is overwritten.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}
