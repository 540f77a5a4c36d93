//! Running trials in parallel until a rule says that there are enough.

use std::ops::Range;
use std::sync::{Mutex, MutexGuard};

use rayon::prelude::*;

use super::certain::is_certain;
use super::drift::Stretches;
use super::estimate::{measure, undecided_count};
use super::tally::{Layout, Scratch, Tally};
use crate::engine::{Cut, Runner, Simulator};
use crate::model::{Metric, Statistic, System};
use crate::scenario::Precision;
use crate::stats::{
    self, Decision, Interval, Level, NoInterval, Progress, Rule, Signal, WhyStopped,
};

/// When a run is to stop, unless a signal stops it before.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Goal {
    /// After so many trials.
    Trials(u64),
    /// When every service is known so precisely, at the latest after `trials_max` trials.
    Precision {
        /// How precisely.
        precision: Precision,
        /// The largest number of trials.
        trials_max: u64,
    },
    /// Only at a signal.
    Signal,
}

/// How a run is to be done.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// When to stop.
    pub goal: Goal,
    /// The number of the first trial.
    pub first_trial: u64,
    /// Trials with smaller numbers leave a record each, and one of each outage.
    pub record_count: u64,
    /// Whether what each trial has brought is kept, to be set against the trials of another system.
    pub keeps_values: bool,
    /// Level of the intervals that precision and convergence look at.
    pub level: Level,
}

/// What a run gave.
#[derive(Clone, Debug)]
pub struct Trials {
    /// The sums.
    pub tally: Tally,
    /// Why it ended.
    pub why_stopped: WhyStopped,
    /// The first service's mean downtime as the trials went on.
    pub convergence: Vec<ConvergencePoint>,
    /// Why the trial after the last one that counts has not come to its end, if one has not.
    pub cut: Option<Cut>,
}

/// What was known after some of the trials.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ConvergencePoint {
    /// Number of trials.
    pub trials: u64,
    /// Mean downtime of the first service in seconds per year.
    pub down: Interval,
}

/// Events that a block should have: enough to make dealing it out cheap, and few enough that a run
/// can be ended soon.
const EVENTS_PER_BLOCK: u64 = 200_000;
const TRIALS_PER_BLOCK_MAX: u64 = 2_000;
/// Trials of a system in which nothing is random: enough to see that they are alike.
const CERTAIN_TRIALS: u64 = 100;

/// Runs trials until the rule, or the signal, says stop.
///
/// `signal` is asked between blocks. A trial that does not come to its end ends the run. The trials that count are always those from the first one on
/// without a gap, so a run that was ended early is the beginning of a longer one.
pub fn run(
    system: &System,
    simulator: &Simulator<'_>,
    settings: &Settings,
    signal: &mut dyn FnMut(&Progress) -> Option<Signal>,
) -> Trials {
    let mut layout = Layout::new(system, settings.record_count);
    layout.keeps_values = settings.keeps_values;
    layout.stretches = simulator
        .settling()
        .map(|settling| Stretches::of(settling, simulator.mission()));
    let mut tally = Tally::new(&layout);
    let mut convergence = Vec::new();
    // The size of a block depends on the system alone.
    let mut runner = simulator.runner();
    let events = runner.run(settings.first_trial).event_count;
    let block = (EVENTS_PER_BLOCK / events.max(1)).clamp(1, TRIALS_PER_BLOCK_MAX);
    // Where nothing is random, more trials say nothing more.
    let rule = match settings.goal {
        Goal::Precision { trials_max, .. } if is_certain(system) => {
            Rule::Trials(CERTAIN_TRIALS.min(trials_max))
        }
        _ => rule_of(settings),
    };
    let mut asked = None;
    let mut cut = None;
    // Runners remember what they have met: a block takes over where another one has ended.
    let runners = Mutex::new(vec![runner]);
    loop {
        let mut progress = progress(system, &tally, settings);
        progress.signal = asked;
        let mut ended = |tally, why_stopped| Trials {
            tally,
            why_stopped,
            convergence: std::mem::take(&mut convergence),
            cut,
        };
        let wanted = match rule.next_batch(&progress) {
            Decision::Stop(why_stopped) => return ended(tally, why_stopped),
            // What cuts a trial is no end that anybody has asked for.
            Decision::Run(_) if cut.is_some() => return ended(tally, WhyStopped::Interrupted),
            Decision::Run(trials) => trials,
        };
        // Look at round numbers of trials too, for the picture of convergence.
        let target =
            tally.trial_count + wanted.min(next_look(tally.trial_count) - tally.trial_count);
        while tally.trial_count < target && asked.is_none() && cut.is_none() {
            let from = tally.trial_count;
            let until = target.min(from + block * 4 * rayon::current_num_threads() as u64);
            let starts: Vec<u64> = (from..until).step_by(block as usize).collect();
            let parts: Vec<(Tally, Option<Cut>)> = starts
                .into_par_iter()
                .map(|start| {
                    let idle = locked(&runners).pop();
                    let mut runner = idle.unwrap_or_else(|| simulator.runner());
                    let first = settings.first_trial;
                    let trials = first + start..first + until.min(start + block);
                    let part = run_block(&mut runner, &layout, trials);
                    locked(&runners).push(runner);
                    part
                })
                .collect();
            for (part, why) in parts {
                tally.merge(part);
                cut = why;
                if cut.is_some() {
                    break;
                }
            }
            asked = signal(&progress_of_means(system, &tally, settings.level));
        }
        if let Ok(down) = first_mean(system, &tally, settings.level) {
            convergence.push(ConvergencePoint {
                trials: tally.trial_count,
                down,
            });
        }
    }
}

/// The rule of a goal. What is measured against it is the width over the wanted width, so the goal
/// itself is 1.
fn rule_of(settings: &Settings) -> Rule {
    match settings.goal {
        Goal::Trials(trials) => Rule::Trials(trials),
        Goal::Precision { trials_max, .. } => Rule::Precision {
            goal: stats::Precision {
                level: settings.level,
                ..stats::Precision::within(1.0)
            },
            trials_max,
        },
        Goal::Signal => Rule::OnSignal,
    }
}

/// How far the trials have come towards the goal: the least precise service counts.
fn progress(system: &System, tally: &Tally, settings: &Settings) -> Progress {
    let Goal::Precision { precision, .. } = settings.goal else {
        return progress_of_means(system, tally, settings.level);
    };
    let (metric, relative, limit) = match precision {
        Precision::RelativeError { metric, limit } => (metric, true, limit),
        Precision::AbsoluteError { metric, limit } => (metric, false, limit),
        Precision::Decided => {
            let undecided = undecided_count(system, tally, settings.level);
            let relative_half_width = if undecided == 0 { 0.0 } else { f64::INFINITY };
            return Progress {
                trials: tally.trial_count,
                events: u64::MAX,
                relative_half_width,
                signal: None,
            };
        }
    };
    let start = Progress {
        trials: tally.trial_count,
        events: u64::MAX,
        relative_half_width: 0.0,
        signal: None,
    };
    tally.services.iter().fold(start, |worst, service| {
        let cost = tally.cost.as_ref();
        let (events, width) = match measure(system, service, cost, metric, settings.level) {
            Err(_) => (0, f64::INFINITY),
            Ok(value) => {
                let width = if relative {
                    value.relative_half_width()
                } else {
                    value.half_width()
                };
                // How surely a ratio is known rests on the trials with downtime, whatever its method says.
                (value.support.events, width / limit)
            }
        };
        Progress {
            events: worst.events.min(events),
            relative_half_width: worst.relative_half_width.max(width),
            ..worst
        }
    })
}

fn progress_of_means(system: &System, tally: &Tally, level: Level) -> Progress {
    let mean = first_mean(system, tally, level);
    Progress::new(tally.trial_count, [mean.as_ref()])
}

/// The first service's mean downtime per year.
fn first_mean(system: &System, tally: &Tally, level: Level) -> Result<Interval, NoInterval> {
    tally
        .services
        .first()
        .map_or(Err(NoInterval::NoTrials), |service| {
            let down = Metric::Downtime(Statistic::Mean);
            measure(system, service, None, down, level)
        })
}

/// The next number of trials to look at: 100, and a fifth more each time.
fn next_look(trials: u64) -> u64 {
    let mut look = 100;
    while look <= trials {
        look += look / 5;
    }
    look
}

fn locked<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared
        .lock()
        .expect("nobody panics while taking or returning a runner")
}

/// Runs these trials, up to the first one that does not come to its end.
fn run_block(runner: &mut Runner<'_>, layout: &Layout, trials: Range<u64>) -> (Tally, Option<Cut>) {
    let mut tally = Tally::new(layout);
    let mut scratch = Scratch::default();
    for trial in trials {
        let outcome = runner.run(trial);
        if outcome.cut.is_some() {
            return (tally, outcome.cut);
        }
        tally.add(layout, trial, outcome, &mut scratch);
    }
    (tally, None)
}
