//! What can be asked of a study.

use super::StudyError;
use crate::base::Span;
use crate::model::System;
use crate::rare::follows_demand;
use crate::scenario::{Precision, RunOptions};
use crate::stats::Level;
use crate::trials::{self, Goal};

/// The seed of those who give none.
pub const SEED: u64 = 42;
/// The precision of those who ask for none, and the most trials that it may take.
pub const PRECISION: &str = "rel_err(downtime) <= 2 %";
const TRIALS_MAX: u64 = 1_000_000;

/// How to look for outages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Method {
    /// Plain trials.
    Plain,
    /// Weighted branches that seek outages.
    Rare,
    /// Missions that come near an outage are copied: slower, and free of weights.
    Splitting,
    /// What a few plain trials call for.
    #[default]
    Auto,
}

impl Method {
    /// All of them.
    pub const ALL: [Method; 4] = [Method::Plain, Method::Rare, Method::Splitting, Method::Auto];

    /// Its name, as users write it.
    pub fn name(self) -> &'static str {
        match self {
            Method::Plain => "plain",
            Method::Rare => "rare",
            Method::Splitting => "splitting",
            Method::Auto => "auto",
        }
    }
}

/// How a system is studied, with everything decided.
///
/// ```
/// use failsim::study::{Method, Settings};
/// use failsim::trials::Goal;
///
/// let settings = Settings { goal: Goal::Trials(10_000), method: Method::Plain, ..Settings::default() };
/// assert_eq!(settings.seed, 42);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// How to look for outages.
    pub method: Method,
    /// When there are enough trials.
    pub goal: Goal,
    /// Real time after which they end all the same; only where a [`Monitor`](super::Monitor) tells the time.
    pub time_limit: Option<Span>,
    /// Where the random numbers start.
    pub seed: u64,
    /// Level of the intervals.
    pub level: Level,
    /// Plain trials with smaller numbers leave a record each, and one of each outage.
    pub record_count: u64,
    /// Whether what each plain trial has brought is kept, to be set against the trials of another system.
    pub keeps_values: bool,
    /// Whether the trials are set beside the exact answer where that costs next to nothing. Where it contradicts
    /// them, they are not believed.
    pub checks: bool,
    /// Whether it is counted how often what happens.
    pub counts: bool,
    /// Whether a few seconds' worth of trials are enough, however precise the goal wants them.
    pub is_brief: bool,
}

impl Default for Settings {
    /// Those of a scenario that says nothing of its run.
    fn default() -> Settings {
        Settings::of(&RunOptions::default())
    }
}

impl Settings {
    /// What a scenario asks for.
    pub fn of(run: &RunOptions) -> Settings {
        let goal = match (run.trials, run.until) {
            (Some(trials), None) => Goal::Trials(trials),
            (None, None) if run.time_limit.is_some() => Goal::Signal,
            (trials, until) => Goal::Precision {
                precision: until.unwrap_or(
                    Precision::parse(PRECISION).expect("the default precision can be read"),
                ),
                trials_max: trials.unwrap_or(TRIALS_MAX),
            },
        };
        Settings {
            method: Method::Auto,
            goal,
            time_limit: run.time_limit,
            seed: run.seed.unwrap_or(SEED),
            level: run.confidence,
            record_count: 0,
            keeps_values: false,
            checks: true,
            counts: false,
            is_brief: false,
        }
    }

    /// The largest number of trials that can come.
    pub fn trials_max(&self) -> Option<u64> {
        match self.goal {
            Goal::Trials(trials)
            | Goal::Precision {
                trials_max: trials, ..
            } => Some(trials),
            Goal::Signal => None,
        }
    }

    /// Whether a system can be studied in this way.
    ///
    /// # Errors
    ///
    /// Fails where nothing is asked for, or by a method that does not apply.
    pub fn suit(&self, system: &System) -> Result<(), StudyError> {
        if self.goal == Goal::Trials(0) {
            return Err(StudyError::NoTrials);
        }
        let seeks = matches!(self.method, Method::Rare | Method::Splitting);
        let why = if seeks && follows_demand(system) {
            "trials that seek outages do not follow a demand; delete `demand`, or take plain trials"
        } else if self.method == Method::Splitting && system.start.is_settled() {
            "missions that are split begin with everything new; delete `start`, or take plain or rare trials"
        } else {
            return Ok(());
        };
        let method = self.method;
        Err(StudyError::Method { method, why })
    }

    /// How trials are run.
    pub(super) fn trials(&self) -> trials::Settings {
        trials::Settings {
            goal: self.goal,
            first_trial: 0,
            record_count: self.record_count,
            keeps_values: self.keeps_values,
            level: self.level,
        }
    }
}
