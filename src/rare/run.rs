//! A run of rare trials: when it ends, and what it gives.

use super::branch::Mixture;
use super::diagnosis::Class;
use super::estimate::measure;
use super::mission::Judge;
use super::simulator::{BLOCK, RareSimulator};
use super::tally::RareTally;
use crate::base::IdVec;
use crate::model::{Metric, ServiceId, Statistic, System};
use crate::scenario::Precision;
use crate::stats::{self, Decision, Interval, NoInterval, Progress, Rule, Signal, WhyStopped};
use crate::trials::{ConvergencePoint, Goal, Settings};

/// What a run of rare trials gave.
#[derive(Clone, Debug)]
pub struct RareTrials {
    /// The sums.
    pub tally: RareTally,
    /// The sums of fewer trials with another setting of the method.
    pub second: Option<RareTally>,
    /// Why it ended.
    pub why_stopped: WhyStopped,
    /// The first service's mean downtime as the trials went on.
    pub convergence: Vec<ConvergencePoint>,
    /// Rare clocks that are alike.
    pub(super) classes: Vec<Class>,
    /// They were split, without weights.
    pub is_split: bool,
}

/// Runs rare trials until the rule, or the signal, says stop, or so many events are over, and then a quarter as
/// many with another setting, for the tests.
pub fn run(
    system: &System,
    seed: u64,
    settings: &Settings,
    events_max: u64,
    signal: &mut dyn FnMut(&Progress) -> Option<Signal>,
) -> RareTrials {
    run_with(system, seed, settings, events_max, Mixture::USUAL, signal)
}

/// The same with a mixture.
pub(super) fn run_with(
    system: &System,
    seed: u64,
    settings: &Settings,
    events_max: u64,
    mixture: Mixture,
    signal: &mut dyn FnMut(&Progress) -> Option<Signal>,
) -> RareTrials {
    assert!(
        !super::follows_demand(system),
        "rare trials do not follow a demand"
    );
    let simulator = RareSimulator::new(system, system.mission, seed, mixture);
    let mut tally = simulator.tally();
    let mut convergence = Vec::new();
    let rule = rule_of(settings, EVENTS_MIN);
    let mut asked = None;
    let why_stopped = loop {
        let mut progress = progress(system, &tally, settings);
        progress.signal = asked;
        let wanted = match rule.next_batch(&progress) {
            Decision::Stop(why_stopped) => break why_stopped,
            Decision::Run(_) if tally.event_count >= events_max => break WhyStopped::WorkLimit,
            Decision::Run(_) if tally.cut.is_some() => break WhyStopped::Interrupted,
            Decision::Run(trials) => trials,
        };
        let from = tally.trial_count;
        let target = from + wanted;
        while tally.trial_count < target
            && tally.event_count < events_max
            && asked.is_none()
            && tally.cut.is_none()
        {
            // Whole blocks, so that every block has the same trials however many there are.
            let from = tally.trial_count;
            let until = target.min((from / BLOCK + simulator.blocks_at_once) * BLOCK);
            tally.merge(&simulator.run(settings.first_trial + from, settings.first_trial + until));
            let mean = first_mean(system, &tally, settings);
            asked = signal(&Progress::new(tally.trial_count, [mean.as_ref()]));
        }
        if let Ok(down) = first_mean(system, &tally, settings) {
            convergence.push(ConvergencePoint {
                trials: tally.trial_count,
                down,
            });
        }
    };
    let goes_on = why_stopped != WhyStopped::Interrupted && tally.cut.is_none();
    let second = goes_on.then(|| {
        let cautious = RareSimulator::new(system, system.mission, seed, Mixture::CAUTIOUS);
        cautious.run(SECOND_TRIALS, SECOND_TRIALS + tally.trial_count.div_ceil(4))
    });
    // Cut as time is up, it says as much as it can.
    let second = second.filter(|second| second.trial_count > 0);
    RareTrials {
        tally,
        second,
        why_stopped,
        convergence,
        classes: simulator.classes(),
        is_split: false,
    }
}

/// Trials from this number on have the other setting.
const SECOND_TRIALS: u64 = 1 << 61;

/// Fewest trials to a precision. Plain trials need more, to meet what is rare.
const TRIALS_MIN: u64 = 100;
/// Fewest equal outages' worth to a precision: enough to pass the tests also where extreme repairs are
/// a twentieth of the story.
const EVENTS_MIN: u64 = 1_000;

/// The rule of a goal, which wants so many equal outages' worth. What is measured against it is the width over the wanted width, so the goal
/// itself is 1.
pub(super) fn rule_of(settings: &Settings, events_min: u64) -> Rule {
    match settings.goal {
        Goal::Trials(trials) => Rule::Trials(trials),
        Goal::Precision { trials_max, .. } => Rule::Precision {
            goal: stats::Precision {
                level: settings.level,
                trials_min: TRIALS_MIN,
                events_min,
                ..stats::Precision::within(1.0)
            },
            trials_max,
        },
        Goal::Signal => Rule::OnSignal,
    }
}

/// How far the trials have come towards the goal: the least precise service counts.
pub(super) fn progress(system: &System, tally: &RareTally, settings: &Settings) -> Progress {
    let (metric, limit) = match settings.goal {
        Goal::Precision {
            precision: Precision::RelativeError { metric, limit },
            ..
        } => (metric, Some(limit)),
        Goal::Precision {
            precision: Precision::AbsoluteError { metric, limit },
            ..
        } => (metric, Some(-limit)),
        // Targets are decided well before the mean is known to a hundredth.
        Goal::Precision {
            precision: Precision::Decided,
            ..
        } => (Metric::Downtime(Statistic::Mean), Some(0.01)),
        Goal::Trials(_) | Goal::Signal => (Metric::Downtime(Statistic::Mean), None),
    };
    let start = Progress {
        trials: tally.trial_count,
        events: u64::MAX,
        relative_half_width: 0.0,
        signal: None,
    };
    tally
        .services
        .iter_ids()
        .fold(start, |worst, (id, service)| {
            let (events, width) = match measure(system, tally, id, metric, settings.level) {
                Err(_) => (0, f64::INFINITY),
                Ok(value) => {
                    let width = match limit {
                        Some(limit) if limit < 0.0 => value.half_width() / -limit,
                        Some(limit) => value.relative_half_width() / limit,
                        None => value.relative_half_width(),
                    };
                    let effective = if service.branch_down.count() > 0 {
                        service.branch_down.effective_count()
                    } else {
                        service.down.effective_count()
                    };
                    (effective as u64, width)
                }
            };
            Progress {
                events: worst.events.min(events),
                relative_half_width: worst.relative_half_width.max(width),
                ..worst
            }
        })
}

pub(super) fn first_mean(
    system: &System,
    tally: &RareTally,
    settings: &Settings,
) -> Result<Interval, NoInterval> {
    tally
        .services
        .ids()
        .next()
        .map_or(Err(NoInterval::NoTrials), |id| {
            let metric = Metric::Downtime(Statistic::Mean);
            measure(system, tally, id, metric, settings.level)
        })
}

/// What the missions of each service are judged by.
pub(super) fn judges(system: &System, mission: u64) -> IdVec<ServiceId, Judge> {
    let services = system.services.ids();
    services.map(|id| Judge::new(system, id, mission)).collect()
}
