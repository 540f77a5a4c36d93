//! Rare trials: a main path, and branches from its episodes.

use rayon::prelude::*;

use super::agenda::Entry;
use super::branch::{Branch, Brancher, Foreseen, Initiator, Mixture, Start};
use super::clockwork::Clockwork;
use super::diagnosis::{Class, classes};
use super::estimate::measure;
use super::mission::{Judge, Line};
use super::path::Path;
use super::steer::Steering;
use super::tally::{RareServiceTally, RareTally, TrialSums, service_ids};
use crate::base::{Id, IdVec, Span};
use crate::behaviour::Behaviour;
use crate::math::rng::{Stream, Streams, uniform_open};
use crate::model::{Metric, ServiceId, Statistic, System};
use crate::scenario::Precision;
use crate::stats::{
    self, Decision, Interval, NoInterval, Progress, RealMoments, Rule, Signal, WhyStopped,
};
use crate::trials::{ConvergencePoint, Goal, Settings};

/// Into so many parts a mission is cut at least where hazards change with age.
const PARTS: u64 = 32;
/// Branches have at most so many times the events of main paths.
const BRANCH_WORK_MAX: f64 = 8.0;
/// Most branches of a trial, on average: with more, the fewest trials would be more than are asked for.
const BRANCHES_MAX: f64 = 200.0;
/// Cumulative hazard beyond which a repair counts as extreme: one in a thousand.
const EXTREME: f64 = 6.9;
const MAIN_STREAM: u64 = 0x6d61_696e;
const BRANCH_STREAM: u64 = 0x6272_616e_6368;
const FOLLOW_STREAM: u64 = 0x66_6f6c_6c6f_7773;
/// So many branches of a trial are followed on average, where outages are rare; more where a second one
/// is less so.
const FOLLOWED: f64 = 0.1;

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

/// What the missions of each service are judged by.
pub(super) fn judges(system: &System, mission: u64) -> IdVec<ServiceId, Judge> {
    let services = system.services.iter();
    services
        .map(|service| Judge::new(service, mission))
        .collect()
}

/// Runs rare trials of one system.
#[derive(Debug)]
pub struct RareSimulator<'a> {
    work: Clockwork<'a>,
    steering: Vec<Steering>,
    judges: IdVec<ServiceId, Judge>,
    streams: Streams,
    mixture: Mixture,
    /// Of each service: how probable it is that a branch is followed, for a unit of what it does to the
    /// probability of an outage, and whatever it does.
    follows: Vec<(f64, f64)>,
    /// Branches for a unit of hazard.
    density: f64,
    /// Of each service: what a unit of hazard leads to, on average over a mission.
    values: Vec<f64>,
    /// Share of branches that begin by hazard, whenever the main path is quiet; the others begin where
    /// the main path ceases to be. For clocks without memory the former is best, as the hazard varies
    /// less than the number of episodes; where lives are regular, that number varies less.
    by_hazard: f64,
    /// The two above and the density have been found.
    is_balanced: bool,
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
        let steering: Vec<Steering> = system
            .services
            .ids()
            .map(|service| Steering::new(system, behaviour, &work.rares, service))
            .collect();
        let mut simulator = RareSimulator {
            work,
            judges: judges(system, mission.as_nanos()),
            streams: Streams::new(seed),
            mixture,
            follows: vec![(0.0, 0.0); steering.len()],
            density: 0.0,
            values: vec![0.0; steering.len()],
            by_hazard: 1.0,
            is_balanced: false,
            steering,
        };
        simulator.balance();
        simulator.is_balanced = true;
        simulator
    }

    /// Length of the mission in nanoseconds.
    pub fn mission(&self) -> u64 {
        self.work.mission
    }

    /// Finds out what a unit of hazard leads to on average, and how many branches are best: more would
    /// rest on too few main paths, fewer would waste them.
    fn balance(&mut self) {
        // The first look makes no branches, so that the second one is short.
        for looks in 0..2 {
            let mut runner = self.runner();
            let mut tally = self.tally();
            let mut worths = Vec::new();
            for trial in 0..PILOT_COUNT {
                runner.seen.begin_trial();
                runner.add_trial(PILOT_TRIALS + trial, &mut tally);
                worths.push((runner.seen.worth, runner.seen.worth_of_exits));
            }
            let seen = &runner.seen;
            let hazard = seen.hazard.max(f64::MIN_POSITIVE);
            if looks == 0 {
                self.values = seen
                    .steered
                    .iter()
                    .map(|steered| steered / hazard)
                    .collect();
                self.density = PILOT_BRANCHES / hazard;
                if !self.work.is_memoryless {
                    self.by_hazard = best_share(&worths, seen.worth_squares);
                }
                continue;
            }
            // How trials differ in what their main paths lead to, and how branches differ in what they
            // bring, each against its cost.
            let branches = tally.services.iter().map(|service| service.weights.count());
            let branches = branches.sum::<u64>().max(1) as f64;
            let effective = tally.services.iter().map(|service| {
                let down = &service.branch_down;
                down.effective_count().max(1.0) / down.count().max(1) as f64
            });
            let within = 1.0 / effective.fold(1.0, f64::min);
            let mut worth = RealMoments::default();
            for (of_hazard, of_exits) in worths {
                worth.record(self.by_hazard * of_hazard + (1.0 - self.by_hazard) * of_exits);
            }
            let error = worth.standard_error() / worth.mean().max(f64::MIN_POSITIVE);
            let between = PILOT_COUNT as f64 * error.powi(2);
            let each = tally.branch_event_count as f64 / branches;
            let main = tally.event_count - tally.branch_event_count + seen.look_count;
            let main = main as f64 / PILOT_COUNT as f64;
            let ratio = main / each.max(1.0);
            let most = (BRANCH_WORK_MAX * ratio).min(BRANCHES_MAX);
            let wanted = (within * ratio / between.max(1e-9))
                .sqrt()
                .min(most)
                .max(1.0);
            let more = wanted * PILOT_COUNT as f64 / branches;
            self.density *= more;
            for (follows, service) in self.follows.iter_mut().zip(tally.services.iter()) {
                let any = service.bad_episodes.mean();
                let hits = service.hit_count as f64 / PILOT_COUNT as f64 * more;
                let half = 0.5 * (FOLLOWED + any.min(1.0 - FOLLOWED));
                *follows = (half / any.max(f64::MIN_POSITIVE), half / hits.max(1.0));
            }
        }
    }

    fn tally(&self) -> RareTally {
        RareTally::new(
            &self.judges,
            self.work.rares.len(),
            self.work.behaviour.branches.len(),
        )
    }

    fn runner(&self) -> Runner<'_> {
        Runner {
            simulator: self,
            main: self.work.path(),
            line: Line::main(self.density, self.work.mission),
            spare: Vec::new(),
            coin: self.streams.stream(0, FOLLOW_STREAM),
            brancher: Brancher::new(&self.work, &self.steering, self.mixture),
            sums: self.judges.iter().map(|_| TrialSums::default()).collect(),
            due: vec![0.0; self.steering.len()],
            seen: Seen {
                steered: vec![0.0; self.steering.len()],
                ..Seen::default()
            },
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
const PILOT_COUNT: u64 = 16;
const PILOT_BRANCHES: f64 = 400.0;

struct Runner<'a> {
    simulator: &'a RareSimulator<'a>,
    /// The path from which branches begin: the main path, or a branch that is followed.
    main: Path<'a>,
    /// What its branches count for.
    line: Line,
    /// Paths that are not used at present.
    spare: Vec<Path<'a>>,
    /// Decides which branches are followed.
    coin: Stream,
    brancher: Brancher<'a>,
    sums: Vec<TrialSums>,
    /// Of each service: how much of the next branch is due.
    due: Vec<f64>,
    seen: Seen,
}

/// A branch that is due.
struct Due {
    at: u64,
    start: Start,
    /// Mean of its weight, given the stay from which it begins.
    expected_weight: f64,
}

/// What was seen on main paths.
#[derive(Default)]
struct Seen {
    /// Hazard of leaving quiet states.
    hazard: f64,
    /// The same times what it leads to, of each service.
    steered: Vec<f64>,
    look_count: u64,
    /// Of this trial and all services: hazard times what it leads to, and the sum of what each exit did.
    worth: f64,
    worth_of_exits: f64,
    /// Of all trials: hazard times the square of what it leads to, which is how much the sum over exits
    /// varies by chance.
    worth_squares: f64,
}

impl Seen {
    fn begin_trial(&mut self) {
        self.worth = 0.0;
        self.worth_of_exits = 0.0;
    }
}

/// The share by hazard with which the worth of trials varies least, of pairs by hazard and by exits.
/// What one has more than the other is a martingale, of which the variance is known.
fn best_share(worths: &[(f64, f64)], squares: f64) -> f64 {
    let count = worths.len() as f64;
    let mean = worths.iter().map(|(hazard, _)| hazard).sum::<f64>() / count;
    let covariance: f64 = worths
        .iter()
        .map(|(hazard, exits)| (hazard - mean) * (exits - hazard))
        .sum();
    if squares > 0.0 {
        (1.0 + covariance / squares).clamp(0.0, 1.0)
    } else {
        1.0
    }
}

impl Runner<'_> {
    /// A trial: a main path, and branches from its quiet states.
    ///
    /// An episode begins when an open clock fires in a quiet state. Whether and when one does on the main
    /// path is left aside: what counts is its hazard, so branches begin evenly over the hazard, wherever
    /// the first does, and the chance of how many episodes there are adds no noise.
    fn add_trial(&mut self, trial: u64, tally: &mut RareTally) {
        let simulator = self.simulator;
        for (sums, judge) in self.sums.iter_mut().zip(simulator.judges.iter()) {
            sums.clear(judge);
        }
        let mut rng = simulator.streams.stream(trial, MAIN_STREAM);
        self.coin = simulator.streams.stream(trial, FOLLOW_STREAM);
        for due in &mut self.due {
            *due = uniform_open(&mut rng);
        }
        self.main.begin(false, rng);
        self.main.foretell();
        self.live(tally, trial, &mut 0);
        tally.trial_count += 1;
        for service in service_ids(tally) {
            tally.services[service].add(&mut self.sums[service.index()]);
        }
    }

    /// Lives a path, with branches from its quiet states, as long as it matters.
    fn live(&mut self, tally: &mut RareTally, trial: u64, number: &mut u64) {
        let until = self.line.until;
        while let Some(entry) = self.main.next().filter(|entry| entry.time() < until) {
            if self.main.is_quiet() {
                if self.is_over() {
                    break;
                }
                self.stay_quiet(tally, trial, number, entry.time());
                self.leave_quiet(tally, trial, number, entry);
                tally.episode_count += u64::from(self.line.service.is_none());
            }
            self.main.take(entry);
        }
        if self.main.is_quiet() && !self.is_over() {
            self.stay_quiet(tally, trial, number, until);
        }
        tally.event_count += self.main.run.event_count;
    }

    /// Whether a path that is followed has been down itself: what comes after that counts for a branch
    /// of that time.
    fn is_over(&self) -> bool {
        let service = self.line.service;
        service.is_some_and(|service| self.main.run.watch.up_since(service) > 0)
    }

    /// The services for which branches begin.
    fn services(&self) -> impl Iterator<Item = ServiceId> + use<> {
        let all = 0..self.simulator.judges.len();
        let chosen = self
            .line
            .service
            .map_or(all, |service| service.index()..service.index() + 1);
        chosen.map(ServiceId::from_index)
    }

    /// Branches that begin while the main path is quiet until a time.
    fn stay_quiet(&mut self, tally: &mut RareTally, trial: u64, number: &mut u64, until: u64) {
        let simulator = self.simulator;
        let work = &simulator.work;
        while self.main.run.now < until {
            let mut end = until;
            if !work.is_memoryless {
                end = end.min(self.main.run.now + work.mission.div_ceil(PARTS));
            }
            if simulator.is_balanced && work.is_memoryless {
                // The hazard is known without looking what it leads to, which hardly changes.
                let hazard = (end - self.main.run.now) as f64 * self.main.run.rate_sum();
                for service in self.services() {
                    self.due[service.index()] += simulator.density * hazard;
                    self.begin_due(tally, trial, number, Some(end), service, None);
                }
                self.main.run.now = end;
                continue;
            }
            self.seen.look_count += 1;
            for service in self.services() {
                let foreseen = self.brancher.foresee(&self.main, Some(end), service);
                if service.index() == 0 {
                    self.seen.hazard += foreseen.hazard;
                }
                self.seen.steered[service.index()] += foreseen.steered;
                self.seen.worth += foreseen.steered;
                if foreseen.hazard > 0.0 {
                    self.seen.worth_squares += foreseen.steered.powi(2) / foreseen.hazard;
                    let amount = simulator.by_hazard * foreseen.hazard;
                    self.begin_branches(tally, trial, number, Some(end), service, foreseen, amount);
                }
            }
            self.main.run.now = end;
        }
    }

    /// Branches that begin with the event that ends the quiet of the main path.
    fn leave_quiet(&mut self, tally: &mut RareTally, trial: u64, number: &mut u64, entry: Entry) {
        let simulator = self.simulator;
        let rare = simulator.work.rare_of(entry.clock());
        if rare.is_some() && simulator.by_hazard == 1.0 {
            return;
        }
        for service in self.services() {
            let index = service.index();
            let Some(rare) = rare else {
                self.due[index] += simulator.density;
                while self.is_due(index) {
                    let rng = self.branch_stream(trial, number);
                    let due = Due {
                        at: entry.time(),
                        start: Start::Scheduled,
                        expected_weight: 1.0,
                    };
                    self.branch(tally, trial, number, service, due, rng);
                }
                continue;
            };
            let foreseen = self.brancher.foresee(&self.main, None, service);
            if foreseen.hazard > 0.0 && foreseen.hazard.is_finite() {
                self.seen.worth_of_exits += foreseen.steered / foreseen.hazard;
                let amount = 1.0 - simulator.by_hazard;
                self.begin_branches(tally, trial, number, None, service, foreseen, amount);
                continue;
            }
            // Time is a whole number, so the hazard at it may be none, or that of an oldest age.
            self.due[index] += simulator.density * (1.0 - simulator.by_hazard);
            while self.is_due(index) {
                self.brancher.foresee(&self.main, None, service);
                let rng = self.branch_stream(trial, number);
                let at = entry.time();
                let initiator = Initiator {
                    index: rare,
                    at,
                    weight: 1.0,
                };
                let due = Due {
                    at,
                    start: Start::Open(initiator),
                    expected_weight: 1.0,
                };
                self.branch(tally, trial, number, service, due, rng);
            }
        }
    }

    /// Branches that begin with open clocks that have been foreseen, for so much hazard.
    #[expect(
        clippy::too_many_arguments,
        reason = "one step of a loop, in two places"
    )]
    fn begin_branches(
        &mut self,
        tally: &mut RareTally,
        trial: u64,
        number: &mut u64,
        end: Option<u64>,
        service: ServiceId,
        foreseen: Foreseen,
        amount: f64,
    ) {
        let simulator = self.simulator;
        let value = simulator.values[service.index()];
        let share = simulator.mixture.by_value();
        let Foreseen { hazard, steered } = foreseen;
        // More of them where they lead to more than usual.
        let worth = if value > 0.0 { steered / value } else { hazard };
        let drawn = ((1.0 - share) * hazard + share * worth) / hazard;
        self.due[service.index()] += simulator.density * amount * drawn;
        self.begin_due(tally, trial, number, end, service, Some((foreseen, drawn)));
    }

    /// The branches that are due, the first by what has been foreseen and how many times more than usual
    /// are drawn for that; without it, as many as usual.
    fn begin_due(
        &mut self,
        tally: &mut RareTally,
        trial: u64,
        number: &mut u64,
        end: Option<u64>,
        service: ServiceId,
        fresh: Option<(Foreseen, f64)>,
    ) {
        let mut next = fresh.map(|(foreseen, _)| foreseen);
        while self.is_due(service.index()) {
            // A branch leaves values of its own behind.
            let foreseen = match next.take() {
                Some(foreseen) => foreseen,
                None => self.brancher.foresee(&self.main, end, service),
            };
            let (value, drawn) = match fresh {
                Some((_, drawn)) => (self.simulator.values[service.index()], drawn),
                None => (foreseen.steered / foreseen.hazard, 1.0),
            };
            let mut rng = self.branch_stream(trial, number);
            let quiet = &self.main;
            let initiator = self
                .brancher
                .initiator(quiet, end, foreseen, value, &mut rng);
            let due = Due {
                at: initiator.at,
                start: Start::Open(initiator),
                expected_weight: 1.0 / drawn,
            };
            self.branch(tally, trial, number, service, due, rng);
        }
    }

    fn is_due(&mut self, service: usize) -> bool {
        let is_due = self.due[service] >= 1.0;
        if is_due {
            self.due[service] -= 1.0;
        }
        is_due
    }

    /// The draws of the next branch of a trial.
    fn branch_stream(&self, trial: u64, number: &mut u64) -> Stream {
        *number += 1;
        let key = BRANCH_STREAM.wrapping_add(*number << 8);
        self.simulator.streams.stream(trial, key)
    }

    /// Lives an episode again.
    fn branch(
        &mut self,
        tally: &mut RareTally,
        trial: u64,
        number: &mut u64,
        service: ServiceId,
        due: Due,
        rng: Stream,
    ) {
        let simulator = self.simulator;
        let branch = self
            .brancher
            .run(&self.main, due.at, due.start, service, rng);
        let run = &self.brancher.path.run;
        let record = &run.watch.record;
        let weight = branch.weight * self.line.factor;
        let (sums, judge) = (&mut self.sums[service.index()], &simulator.judges[service]);
        if self.line.service.is_some() {
            sums.follow(judge, &self.line, record, weight);
            tally.event_count += run.event_count;
            self.follow(tally, trial, number, service, branch.weight);
            return;
        }
        let up_since = self.main.run.watch.up_since(service);
        sums.add(judge, weight, record, up_since);
        tally.event_count += run.event_count;
        tally.branch_event_count += run.event_count;
        self.count_branch(&mut tally.services[service], due, branch);
        self.follow(tally, trial, number, service, branch.weight);
    }

    /// Adds what the tests of the method look at.
    fn count_branch(&self, tally: &mut RareServiceTally, due: Due, branch: Branch) {
        let record = &self.brancher.path.run.watch.record;
        tally.weights.record(branch.weight / due.expected_weight);
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

    /// Perhaps goes on with the branch that has just ended, to the end of the mission.
    fn follow(
        &mut self,
        tally: &mut RareTally,
        trial: u64,
        number: &mut u64,
        service: ServiceId,
        weight: f64,
    ) {
        let simulator = self.simulator;
        let run = &self.brancher.path.run;
        let outages = &run.watch.record.outages;
        let Some(last) = outages.last() else {
            return;
        };
        let up_since = self.main.run.watch.up_since(service);
        let (until, up_since, first_end) = if self.line.service.is_some() {
            (self.line.until, self.line.up_since, self.line.first_end)
        } else {
            let judge = &simulator.judges[service];
            let until = judge.matters_until(outages, up_since);
            (until.unwrap_or(0), up_since, last.end)
        };
        if run.now >= until {
            return;
        }
        let (by_weight, evenly) = simulator.follows[service.index()];
        let chance = (by_weight * weight / simulator.density + evenly).min(1.0);
        if uniform_open(&mut self.coin) >= chance {
            return;
        }
        let mut before = self.line.before.clone();
        before.extend_from_slice(outages);
        let line = Line {
            service: Some(service),
            factor: weight * self.line.factor / (chance * simulator.density),
            until,
            up_since,
            before,
            first_end,
        };
        let rng = self.branch_stream(trial, number);
        let spare = self.spare.pop();
        let mut path = spare.unwrap_or_else(|| simulator.work.path());
        path.copy_from(&self.brancher.path);
        path.foretell_anew(rng);
        path.run.watch.begin(service, simulator.judges.len());
        let path = std::mem::replace(&mut self.main, path);
        let line = std::mem::replace(&mut self.line, line);
        let due = std::mem::replace(&mut self.due[service.index()], uniform_open(&mut self.coin));
        tally.followed_count += 1;
        self.live(tally, trial, number);
        self.due[service.index()] = due;
        self.line = line;
        self.spare.push(std::mem::replace(&mut self.main, path));
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
