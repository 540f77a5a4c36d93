//! Rare trials: a main path, and branches from its episodes.

use rayon::prelude::*;

use super::branch::{Brancher, Mixture, Start, first_failure, hazards_until};
use super::diagnosis::{Class, classes};
use super::estimate::measure;
use super::path::{Clockwork, Path};
use super::steer::Steering;
use super::tally::{RareTally, TrialSums, service_ids};
use crate::base::{Id, Span};
use crate::behaviour::Behaviour;
use crate::math::rng::{Streams, uniform_open};
use crate::model::{Metric, Statistic, System};
use crate::scenario::Precision;
use crate::stats::{self, Decision, Interval, NoInterval, Progress, Rule, Signal, WhyStopped};
use crate::trials::{ConvergencePoint, Goal, Settings};

/// Most branches from an episode, for each service.
const BRANCHES_MAX: f64 = 2.0;
/// A mission in which so little is likely to happen begins with its first failure.
const FORCED_BELOW: f64 = 0.7;
/// Cumulative hazard beyond which a repair counts as extreme: one in a thousand.
const EXTREME: f64 = 6.9;
const MAIN_STREAM: u64 = 0x6d61_696e;
const BRANCH_STREAM: u64 = 0x6272_616e_6368;

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
    /// There are durations that branches make longer.
    pub(super) has_tails: bool,
    /// They were split, without weights.
    pub is_split: bool,
}

/// Runs rare trials until the rule, or the signal, says stop, and then a quarter as many with another
/// setting, for the tests.
pub fn run(
    system: &System,
    behaviour: &Behaviour,
    seed: u64,
    settings: &Settings,
    signal: &mut dyn FnMut(&Progress) -> Option<Signal>,
) -> RareTrials {
    run_with(system, behaviour, seed, settings, Mixture::USUAL, signal)
}

/// The same with a mixture.
pub(super) fn run_with(
    system: &System,
    behaviour: &Behaviour,
    seed: u64,
    settings: &Settings,
    mixture: Mixture,
    signal: &mut dyn FnMut(&Progress) -> Option<Signal>,
) -> RareTrials {
    assert!(
        !super::follows_demand(system),
        "rare trials do not follow a demand"
    );
    let simulator = RareSimulator::new(system, behaviour, system.mission, seed, mixture);
    let mut tally = simulator.tally();
    let mut convergence = Vec::new();
    let rule = rule_of(settings, EVENTS_MIN);
    let mut asked = None;
    let why_stopped = loop {
        let mut progress = progress(system, &tally, settings);
        progress.signal = asked;
        let wanted = match rule.next_batch(&progress) {
            Decision::Stop(why_stopped) => break why_stopped,
            Decision::Run(trials) => trials,
        };
        let from = tally.trial_count;
        let target = from + wanted;
        while tally.trial_count < target && asked.is_none() {
            // Whole blocks, so that every block has the same trials however many there are.
            let from = tally.trial_count;
            let until = target.min((from / BLOCK + BLOCKS_AT_ONCE) * BLOCK);
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
    let second = (why_stopped != WhyStopped::Interrupted).then(|| {
        let cautious =
            RareSimulator::new(system, behaviour, system.mission, seed, Mixture::CAUTIOUS);
        cautious.run(SECOND_TRIALS, SECOND_TRIALS + tally.trial_count.div_ceil(4))
    });
    let work = &simulator.work;
    RareTrials {
        tally,
        second,
        why_stopped,
        convergence,
        classes: classes(
            system,
            behaviour,
            work.rares.iter().map(|rare| {
                rare.is_strike
                    .then_some(&behaviour.clocks[rare.clock].event)
            }),
        ),
        has_tails: work.has_stretches(),
        is_split: false,
    }
}

/// Blocks between two looks at the signal.
const BLOCKS_AT_ONCE: u64 = 64;
/// Trials from this number on have the other setting.
const SECOND_TRIALS: u64 = 1 << 61;

/// Fewest trials to a precision. Plain trials need more, to meet what is rare.
const TRIALS_MIN: u64 = 300;
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
    tally.services.iter().fold(start, |worst, service| {
        let (events, width) = match measure(system, service, metric, settings.level) {
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
        .iter()
        .next()
        .map_or(Err(NoInterval::NoTrials), |service| {
            let metric = Metric::Downtime(Statistic::Mean);
            measure(system, service, metric, settings.level)
        })
}

/// Runs rare trials of one system.
#[derive(Debug)]
pub struct RareSimulator<'a> {
    work: Clockwork<'a>,
    steering: Vec<Steering>,
    streams: Streams,
    mixture: Mixture,
    /// How often each episode is lived again, on average.
    density: f64,
}

impl<'a> RareSimulator<'a> {
    /// A simulator of missions of a system.
    pub fn new(
        system: &System,
        behaviour: &'a Behaviour,
        mission: Span,
        seed: u64,
        mixture: Mixture,
    ) -> RareSimulator<'a> {
        let work = Clockwork::new(behaviour, mission);
        let steering = system
            .services
            .ids()
            .map(|service| Steering::new(system, behaviour, &work.rares, service))
            .collect();
        let mut simulator = RareSimulator {
            work,
            steering,
            streams: Streams::new(seed),
            mixture,
            density: 1.0,
        };
        simulator.density = simulator.balanced_density();
        simulator
    }

    /// Length of the mission in nanoseconds.
    pub fn mission(&self) -> u64 {
        self.work.mission
    }

    /// How often to live each episode again so that branches have about twice the events of main paths:
    /// more would rest on too few main paths, fewer would waste them.
    fn balanced_density(&mut self) -> f64 {
        // The first look only counts episodes, so that the second one is short.
        for looks in 0..2 {
            let mut runner = self.runner();
            runner.counts_only = looks == 0;
            let mut tally = self.tally();
            (0..PILOT_COUNT).for_each(|trial| runner.add_trial(PILOT_TRIALS + trial, &mut tally));
            let episodes = tally.episode_count.max(1) as f64;
            let main = (tally.event_count - tally.branch_event_count) as f64;
            let density = if looks == 0 {
                PILOT_BRANCHES / episodes
            } else {
                let branched = tally.branch_event_count as f64 / self.density;
                2.0 * main / branched.max(1.0)
            };
            self.density = density.clamp(f64::MIN_POSITIVE, BRANCHES_MAX);
        }
        self.density
    }

    fn tally(&self) -> RareTally {
        RareTally::new(
            self.steering.len(),
            self.work.rares.len(),
            self.work.behaviour.branches.len(),
        )
    }

    fn runner(&self) -> Runner<'_> {
        Runner {
            simulator: self,
            main: self.work.path(),
            brancher: Brancher::new(&self.work, &self.steering, self.mixture),
            sums: vec![TrialSums::default(); self.steering.len()],
            hazards: Vec::new(),
            counts_only: false,
        }
    }

    /// Runs the trials with these numbers, in parallel; the sums do not depend on the threads.
    pub fn run(&self, from: u64, until: u64) -> RareTally {
        let starts: Vec<u64> = (from..until).step_by(BLOCK as usize).collect();
        let parts: Vec<RareTally> = starts
            .into_par_iter()
            .map(|start| {
                let mut runner = self.runner();
                let mut tally = self.tally();
                for trial in start..until.min(start + BLOCK) {
                    runner.add_trial(trial, &mut tally);
                }
                runner.add_uses(&mut tally);
                tally
            })
            .collect();
        let mut tally = self.tally();
        parts.iter().for_each(|part| tally.merge(part));
        tally
    }
}

/// Trials of one block.
const BLOCK: u64 = 16;
/// Trials from this number on are those of pilots: how many there are, and about how many branches they
/// have.
const PILOT_TRIALS: u64 = 1 << 62;
const PILOT_COUNT: u64 = 8;
const PILOT_BRANCHES: f64 = 400.0;

struct Runner<'a> {
    simulator: &'a RareSimulator<'a>,
    main: Path<'a>,
    brancher: Brancher<'a>,
    sums: Vec<TrialSums>,
    hazards: Vec<f64>,
    counts_only: bool,
}

impl Runner<'_> {
    fn add_trial(&mut self, trial: u64, tally: &mut RareTally) {
        let work = &self.simulator.work;
        self.sums.iter_mut().for_each(TrialSums::clear);
        let mut rng = self.simulator.streams.stream(trial, MAIN_STREAM);
        let mut density = self.simulator.density;
        // Episodes are lived again evenly, wherever the first is: a toss for each would add its noise.
        let mut due = uniform_open(&mut rng);
        self.main.begin(false, rng);
        let mut episodes = 0;
        let mut number = 0;
        // The weight of the whole trial.
        let mut forced = 1.0;
        if let Some((rare, time, weight)) = self.first_of_all() {
            forced = weight;
            density = BRANCHES_MAX;
            due += density;
            while due >= 1.0 {
                due -= 1.0;
                self.branch(
                    tally,
                    trial,
                    number,
                    time,
                    Start::Rare(rare),
                    forced / density,
                );
                number += 1;
            }
            episodes += 1;
            self.main.run.now = time;
            self.main.fire_rare(rare);
        }
        self.main.foretell();
        let mut is_quiet = self.main.is_quiet();
        while let Some(entry) = self.main.next() {
            if is_quiet {
                due += density;
                while due >= 1.0 {
                    due -= 1.0;
                    let start = match work.rare_of(entry.clock()) {
                        Some(rare) => Start::Rare(rare),
                        None => Start::Scheduled,
                    };
                    self.branch(tally, trial, number, entry.time(), start, forced / density);
                    number += 1;
                }
                episodes += 1;
            }
            self.main.take(entry);
            is_quiet = self.main.is_quiet();
        }
        tally.trial_count += 1;
        tally.episode_count += episodes;
        tally.event_count += self.main.run.event_count;
        for service in service_ids(tally) {
            tally.services[service].add(&self.sums[service.index()]);
        }
    }

    /// The first event of a mission in which hardly anything happens: which rare clock, when, and the
    /// probability that any fires.
    fn first_of_all(&mut self) -> Option<(usize, u64, f64)> {
        let work = &self.simulator.work;
        let run = &mut self.main.run;
        if run.agenda.first().is_some() {
            return None;
        }
        let total = hazards_until(work, run, work.mission, &mut self.hazards);
        if total <= 0.0 || total >= FORCED_BELOW {
            return None;
        }
        let (at, time) = first_failure(work, run, &self.hazards);
        let rare = run.running[at] as usize;
        let time = (time as u64).min(work.mission - 1);
        Some((rare, time, -libm::expm1(-total)))
    }

    /// Lives an episode again, for each service: the branch with this number of the trial.
    fn branch(
        &mut self,
        tally: &mut RareTally,
        trial: u64,
        number: u64,
        at: u64,
        start: Start,
        trial_weight: f64,
    ) {
        if self.counts_only {
            return;
        }
        let simulator = self.simulator;
        for service in service_ids(tally) {
            let is_first = !self.main.run.watch.was_down[service.index()];
            let key = (number * self.sums.len() as u64 + u64::from(service.0)) << 8;
            let rng = simulator
                .streams
                .stream(trial, BRANCH_STREAM.wrapping_add(key));
            let branch = self.brancher.run(&self.main, at, start, service, rng);
            let run = &self.brancher.path.run;
            let record = &run.watch.record;
            self.sums[service.index()].add(
                trial_weight * branch.weight,
                record,
                is_first,
                simulator.work.mission,
            );
            tally.event_count += run.event_count;
            tally.branch_event_count += run.event_count;
            let tally = &mut tally.services[service];
            tally.weights.record(branch.weight);
            let down = branch.weight * record.down();
            tally.branch_down.record(down);
            if branch.hazard_max > 0.0 {
                tally.exposed_down.add(down);
            }
            let is_extreme = branch.hazard_max > EXTREME;
            tally
                .extreme_down
                .record(if is_extreme { down } else { 0.0 });
            tally.extreme_count += u64::from(branch.is_hit && is_extreme);
            tally.hit_count += u64::from(branch.is_hit);
            tally.true_count += u64::from(branch.is_true);
            tally.true_hit_count += u64::from(branch.is_true && branch.is_hit);
        }
    }

    fn add_uses(&self, tally: &mut RareTally) {
        for (uses, more) in tally.uses.iter_mut().zip(&self.brancher.uses) {
            *uses += more;
        }
        for (uses, more) in tally.branch_uses.iter_mut().zip(&self.brancher.branch_uses) {
            uses[0] += more[0];
            uses[1] += more[1];
        }
    }
}
