//! How far a run is, and whether it is to end.

use std::io::IsTerminal;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use failsim::base::human;
use failsim::stats::{Progress, Signal};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::Failure;
use super::args::Args;

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Lets the user end a run: the first signal ends it in good order, the second at once.
pub(crate) fn watch_for_interrupts() -> Result<(), Failure> {
    ctrlc::set_handler(|| {
        if INTERRUPTED.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
    })
    .map_err(|error| Failure::World(format!("cannot watch for interrupts: {error}")))
}

/// Whether the user has asked to end.
pub(crate) fn is_interrupted() -> bool {
    INTERRUPTED.load(Ordering::Relaxed)
}

/// Shows progress on standard error and says when time is up.
pub(crate) struct Monitor {
    bar: Option<ProgressBar>,
    started: Instant,
    deadline: Option<Duration>,
    told: Duration,
    tells: bool,
    trials_max: Option<u64>,
    /// What is being run, where that is one thing of several.
    what: String,
}

/// Time between lines of progress where standard error is no terminal.
const BETWEEN_LINES: Duration = Duration::from_secs(10);

impl Monitor {
    /// A monitor of a run of at most `trials_max` trials and `limit` of real time.
    pub(crate) fn new(args: &Args, trials_max: Option<u64>, limit: Option<Duration>) -> Monitor {
        let shows = !args.quiet && !args.no_progress;
        let is_terminal = std::io::stderr().is_terminal();
        let bar = (shows && is_terminal).then(|| {
            let bar = match trials_max {
                Some(trials) => ProgressBar::with_draw_target(
                    Some(trials),
                    ProgressDrawTarget::stderr_with_hz(5),
                ),
                None => ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(5)),
            };
            let template = if trials_max.is_some() {
                "{bar:32} {percent:>3} %  {human_pos} trials  {msg}  {eta} left"
            } else {
                "{spinner} {human_pos} trials  {msg}  {elapsed}"
            };
            bar.set_style(
                ProgressStyle::with_template(template)
                    .unwrap_or_else(|_| ProgressStyle::default_bar()),
            );
            bar
        });
        Monitor {
            bar,
            started: Instant::now(),
            deadline: limit,
            told: Duration::ZERO,
            tells: shows && !is_terminal,
            trials_max,
            what: String::new(),
        }
    }

    /// The same monitor for one thing of several, which is told first.
    pub(crate) fn of(mut self, what: &str) -> Monitor {
        self.what = format!("{what}: ");
        self
    }

    /// Real time since the start.
    pub(crate) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// Shows how far the trials are, and says whether they are to end.
    pub(crate) fn look(&mut self, progress: &Progress) -> Option<Signal> {
        let precision = if progress.relative_half_width.is_finite() {
            format!(
                "mean downtime +- {}",
                human::percent((progress.relative_half_width * 1000.0).round() / 1000.0)
            )
        } else {
            "no downtime yet".to_owned()
        };
        if let Some(bar) = &self.bar {
            bar.set_position(progress.trials);
            bar.set_message(format!("{}{precision}", self.what));
        } else if self.tells && self.elapsed() - self.told >= BETWEEN_LINES {
            self.told = self.elapsed();
            let of = self.trials_max.map_or(String::new(), |trials| {
                format!(" of at most {}", human::count(trials))
            });
            anstream::eprintln!(
                "{}{}{of} trials after {}, {precision}",
                self.what,
                human::count(progress.trials),
                human::duration(self.told.as_secs_f64())
            );
        }
        if is_interrupted() {
            Some(Signal::Interrupted)
        } else if self
            .deadline
            .is_some_and(|deadline| self.elapsed() >= deadline)
        {
            Some(Signal::TimeBudgetSpent)
        } else {
            None
        }
    }
}

impl Drop for Monitor {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
