//! Floor 8: the front door. One call simulates a system and says what is known of it.
//!
//! [`run()`] finds the warm-up, chooses a method, runs trials until they are precise enough, estimates every figure
//! with its interval, and sets what it found beside the exact answer where there is one. It neither prints nor
//! reads a clock: [`run_watched`] asks a [`Monitor`] for the time and shows it how far the trials are.
//!
//! ```
//! use failsim::scenario::{NoFiles, Source, load};
//! use failsim::stats::Verdict;
//! use failsim::study::{self, Settings};
//!
//! let source = Source::toml(
//!     "pair.toml",
//!     r#"
//!     format = 1
//!     [kinds.server]
//!     fail = { mean = "500 h" }
//!     repair = { mean = "4 h" }
//!     [groups.pair]
//!     kind = "server"
//!     units = 2
//!     standby = "hot"
//!     detect = "30 s"
//!     takeover = "30 s"
//!     [service]
//!     up = "pair"
//!     [targets]
//!     availability = ">= 99.9 %"
//!     [run]
//!     trials = 2000
//!     "#,
//! );
//! let scenario = load(&source, &[], &NoFiles)?;
//! let study = study::run(&scenario.system, &Settings::of(&scenario.run))?;
//! assert!(study.estimates.not_established().is_empty());
//!
//! let service = &study.estimates.services[0];
//! let down = service.value("downtime", "mean").expect("there were outages");
//! assert!(down.low < down.estimate && down.estimate < down.high);
//! assert_eq!(service.targets[0].target.text, "availability >= 99.9 %");
//! assert_eq!(service.targets[0].verdict, Verdict::Met);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! * `settings` is what can be asked for; `run` does it.
//! * `solve` gives the exact answer; `check` sets trials beside it.
//! * `cut` says what makes a trial so long that it does not come to its end.

mod check;
mod cut;
mod run;
mod settings;
mod solve;

use crate::base::Span;
use crate::exact::Exact;
use crate::model::System;
use crate::model::check::Violation;
use crate::rare::RareTrials;
use crate::stats::Progress;
use crate::trials::{self, ConvergencePoint, Estimates, HappeningTally, Tally, Trials};

pub(crate) use check::Sample;
pub use check::{ExactAnswer, ExactBeyond, ExactOutages, Simulated, checks};
pub use cut::CutShort;
pub use run::{run, run_watched};
pub use settings::{Method, PRECISION, SEED, Settings};
pub use solve::{Approximation, Solution, solve};

/// What trials of a system were made, and what they say.
#[derive(Clone, Debug)]
pub struct Study {
    /// The system, with the warm-up that was found for it.
    pub system: System,
    /// The sums of the trials.
    pub sums: Sums,
    /// Every figure with its interval; by which method, and why; what is not established.
    pub estimates: Estimates,
    /// The exact answers beside them, where there are any.
    pub checks: Vec<ExactAnswer>,
    /// How often what happens, if that was asked for.
    pub counts: Option<HappeningTally>,
}

/// Sums of trials, by method.
#[derive(Clone, Debug)]
pub enum Sums {
    /// Of plain trials.
    Plain(Box<Trials>),
    /// Of trials that sought outages, by weights or by splitting.
    Rare(Box<RareTrials>),
}

impl Study {
    /// The sums of plain trials, which alone list single trials and keep the values of each.
    pub fn plain(&self) -> Option<&Tally> {
        match &self.sums {
            Sums::Plain(trials) => Some(&trials.tally),
            Sums::Rare(_) => None,
        }
    }

    /// The first service's mean downtime as the trials went on.
    pub fn convergence(&self) -> &[ConvergencePoint] {
        match &self.sums {
            Sums::Plain(trials) => &trials.convergence,
            Sums::Rare(trials) => &trials.convergence,
        }
    }

    /// What the trials say, to be set beside an exact answer.
    pub fn simulated(&self) -> Simulated {
        match &self.sums {
            Sums::Plain(trials) => Simulated::of(&trials.tally),
            Sums::Rare(trials) => Simulated::of_rare(trials),
        }
    }

    /// How the trials agree with an exact answer.
    pub fn against(&self, exact: &Exact) -> Vec<ExactAnswer> {
        checks(exact, &self.simulated())
    }

    /// What this system brings instead of another one; sharper where both studies have
    /// [kept](Settings::keeps_values) the values of their trials.
    ///
    /// ```
    /// use failsim::scenario::{NoFiles, Override, Source, load};
    /// use failsim::study::{self, Settings};
    /// use failsim::trials::Goal;
    ///
    /// let text = r#"
    ///     format = 1
    ///     [components.unit]
    ///     fail = { mean = "500 h" }
    ///     repair = { mean = "4 h" }
    ///     [service]
    ///     up = "unit"
    /// "#;
    /// let goal = Goal::Trials(500);
    /// let settings = Settings { goal, keeps_values: true, ..Settings::default() };
    /// let study = |changes: &[Override]| -> Result<_, Box<dyn std::error::Error>> {
    ///     let scenario = load(&Source::toml("unit.toml", text), changes, &NoFiles)?;
    ///     Ok(study::run(&scenario.system, &settings)?)
    /// };
    /// let base = study(&[])?;
    /// let faster = study(&[Override::parse("components.unit.repair.mean=\"2 h\"")?])?;
    /// let change = faster.change_from(&base);
    /// assert_eq!(change.pairs, Some(500));
    /// assert!(change.down[0].expect("both are known").high < 0.0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn change_from(&self, base: &Study) -> trials::Change {
        let [base, own] = [base, self].map(|study| (&study.estimates, study.values()));
        trials::change(base, own)
    }

    fn values(&self) -> Option<&trials::Values> {
        self.plain()?.values.as_ref()
    }
}

/// Watches a study, and lends it a clock.
pub trait Monitor {
    /// Is shown how far the trials are, and says whether somebody asks them to end.
    fn look(&mut self, progress: &Progress) -> bool;

    /// Real time since the study began.
    fn elapsed(&self) -> Span;
}

/// Why there is no study.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum StudyError {
    /// The system cannot exist; see [`crate::model::check`].
    #[error("{}", listed(.0))]
    Impossible(Vec<Violation>),
    /// No trials were asked for.
    #[error("trials 0: nothing would be known; give at least 1")]
    NoTrials,
    /// The method does not apply to the system.
    #[error("method {}: {why}", .method.name())]
    Method {
        /// The method that was asked for.
        method: Method,
        /// Why it does not apply, and what does.
        why: &'static str,
    },
    /// The time is limited, and nobody tells it.
    #[error("the time is limited, but nobody tells it; take `run_watched`, or set no `time_limit`")]
    NoClock,
    /// A trial did not come to its end.
    #[error(transparent)]
    CutShort(#[from] CutShort),
}

fn listed(violations: &[Violation]) -> String {
    let lines = violations
        .iter()
        .map(|of| format!("{}: {}", of.path, of.message));
    lines.collect::<Vec<String>>().join("\n")
}
