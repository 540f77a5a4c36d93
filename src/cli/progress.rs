//! How far a run is, and whether it is to end.

use std::io::IsTerminal;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::RecvTimeoutError;
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

use failsim::base::{Span, human, stop};
use failsim::stats::Progress;
use failsim::study;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::Failure;
use super::args::Args;

static INTERRUPTED: AtomicBool = AtomicBool::new(false);
/// When what goes on is to be over.
static DEADLINE: Mutex<Option<Instant>> = Mutex::new(None);

/// So long after it has been asked to end, or should be over, what goes on is cut: usually it has come
/// to a good end by itself.
const GRACE: Duration = Duration::from_millis(700);
/// Time between two looks at whether it is so late.
const BETWEEN_LOOKS: Duration = Duration::from_millis(50);

fn deadline() -> MutexGuard<'static, Option<Instant>> {
    DEADLINE
        .lock()
        .expect("nobody panics while setting a deadline")
}

/// Lets the user end a run: the first signal ends it in good order, the second at once. From now on what
/// outlives a signal, or a [`TimeLimit`], by long is cut.
pub(crate) fn watch_for_interrupts() -> Result<(), Failure> {
    ctrlc::set_handler(|| {
        if INTERRUPTED.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
    })
    .map_err(|error| Failure::World(format!("cannot watch for interrupts: {error}")))?;
    std::thread::Builder::new()
        .name("watch".to_owned())
        .spawn(cut_what_is_late)
        .map_err(|error| Failure::World(format!("cannot watch the time: {error}")))?;
    Ok(())
}

fn cut_what_is_late() {
    loop {
        std::thread::sleep(BETWEEN_LOOKS);
        if is_interrupted() {
            std::thread::sleep(GRACE);
            stop::ask();
            return;
        }
        if deadline().is_some_and(|at| at + GRACE <= Instant::now()) {
            stop::ask();
        }
    }
}

/// As long as it lives, what goes on has so much time, and is cut when it takes longer.
pub(crate) struct TimeLimit;

impl TimeLimit {
    pub(crate) fn new(limit: Option<Duration>) -> TimeLimit {
        *deadline() = limit.and_then(|limit| Instant::now().checked_add(limit));
        TimeLimit
    }
}

impl Drop for TimeLimit {
    fn drop(&mut self) {
        *deadline() = None;
        if !is_interrupted() {
            stop::take_back();
        }
    }
}

/// Whether the user has asked to end.
pub(crate) fn is_interrupted() -> bool {
    INTERRUPTED.load(Ordering::Relaxed)
}

/// Shows progress on standard error, and cuts what goes on long after time is up.
pub(crate) struct Monitor {
    bar: Option<ProgressBar>,
    started: Instant,
    told: Duration,
    tells: bool,
    trials_max: Option<u64>,
    /// What is being run, where that is one thing of several.
    what: String,
    _limit: TimeLimit,
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
            told: Duration::ZERO,
            tells: shows && !is_terminal,
            trials_max,
            what: String::new(),
            _limit: TimeLimit::new(limit),
        }
    }

    /// The same monitor for one thing of several, which is told first.
    pub(crate) fn of(mut self, what: &str) -> Monitor {
        self.what = format!("{what}: ");
        self
    }

    /// Real time since the start.
    pub(crate) fn real_time(&self) -> Duration {
        self.started.elapsed()
    }
}

impl study::Monitor for Monitor {
    fn look(&mut self, progress: &Progress) -> bool {
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
        } else if self.tells && self.real_time() - self.told >= BETWEEN_LINES {
            self.told = self.real_time();
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
        is_interrupted()
    }

    fn elapsed(&self) -> Span {
        Span::from_secs(self.real_time().as_secs_f64()).expect("a time")
    }
}

/// Time before something that says nothing by itself is shown to be going on.
const BEFORE_SHOWING: Duration = Duration::from_secs(1);

/// How something ended that was waited for.
pub(crate) enum Waited<T> {
    Done(T),
    Interrupted,
    TimeIsUp,
}

/// Does something that cannot be told to end in a thread of its own, and waits for it no longer than there
/// is time, or until a signal. What is not done then ends with the process. After a second, where standard
/// error is a terminal, `tell` says how far it is.
pub(crate) fn wait_for<T: Send + 'static>(
    args: &Args,
    limit: Option<Duration>,
    tell: impl Fn() -> String,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<Waited<T>, Failure> {
    let (send, receive) = std::sync::mpsc::channel();
    let started = Instant::now();
    let thread = std::thread::Builder::new()
        .name("solve".to_owned())
        .stack_size(STACK_BYTES)
        .spawn(move || {
            // Nobody may be waiting any more.
            let _ = send.send(work());
        })
        .map_err(|error| Failure::World(format!("cannot start to solve: {error}")))?;
    let shows = !args.quiet && !args.no_progress && std::io::stderr().is_terminal();
    let mut bar = None;
    let waited = loop {
        match receive.recv_timeout(BETWEEN_LOOKS) {
            Ok(done) => break Waited::Done(done),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => match thread.join() {
                Err(panic) => std::panic::resume_unwind(panic),
                Ok(()) => unreachable!("a thread that ends well has sent what it has done"),
            },
        }
        if is_interrupted() {
            break Waited::Interrupted;
        }
        if limit.is_some_and(|limit| started.elapsed() >= limit) {
            break Waited::TimeIsUp;
        }
        if shows && started.elapsed() >= BEFORE_SHOWING {
            let bar = bar.get_or_insert_with(spinner);
            bar.set_message(tell());
            bar.tick();
        }
    };
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
    Ok(waited)
}

/// As much as the first thread of a process usually has.
const STACK_BYTES: usize = 8 << 20;

fn spinner() -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(5));
    bar.set_style(
        ProgressStyle::with_template("{spinner} {msg}  {elapsed}")
            .unwrap_or_else(|_| ProgressStyle::default_spinner()),
    );
    bar
}

impl Drop for Monitor {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
