//! Rare trials: a main path, and branches from its episodes.

use std::rc::Rc;

use rayon::prelude::*;

use super::agenda::Entry;
use super::branch::{Branch, Brancher, Foreseen, Initiator, Mixture, Start};
use super::clockwork::Clockwork;
use super::diagnosis::{Class, classes};
use super::estimate::measure;
use super::meanwhile::{Meanwhile, Stay};
use super::mission::{Judge, Line, together};
use super::path::Path;
use super::steer::Steering;
use super::tally::{RareTally, TrialSums, service_ids};
use super::watch::{Logged, Losing, Record};
use crate::base::{Id, IdVec, Span};
use crate::behaviour::Behaviour;
use crate::engine::Chronicle;
use crate::math::rng::{Stream, Streams, uniform_open};
use crate::model::{CostItem, Metric, Part, ServiceId, Statistic, System};
use crate::scenario::Precision;
use crate::stats::{
    self, Decision, Interval, NoInterval, Progress, RealMoments, Rule, Signal, WhyStopped,
};
use crate::trials::{ConvergencePoint, Goal, Layout, Periods, Scratch, Settings};

/// Into so many parts a mission is cut at least where hazards change with age.
const PARTS: u64 = 32;
/// Branches have at most so many times the events of main paths.
const BRANCH_WORK_MAX: f64 = 8.0;
/// Most branches of a trial, on average: with more, the fewest trials would be more than are asked for.
const BRANCHES_MAX: f64 = 200.0;
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
            Decision::Run(trials) => trials,
        };
        let from = tally.trial_count;
        let target = from + wanted;
        while tally.trial_count < target && tally.event_count < events_max && asked.is_none() {
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
    let second = (why_stopped != WhyStopped::Interrupted).then(|| {
        let cautious = RareSimulator::new(system, system.mission, seed, Mixture::CAUTIOUS);
        cautious.run(SECOND_TRIALS, SECOND_TRIALS + tally.trial_count.div_ceil(4))
    });
    RareTrials {
        tally,
        second,
        why_stopped,
        convergence,
        classes: simulator.classes(),
        is_split: false,
    }
}

/// Blocks between two looks at the signal, and about as many events.
const BLOCKS_AT_ONCE: f64 = 64.0;
const EVENTS_AT_ONCE: f64 = 2e6;
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

/// The parts that are lived apart. Where data or money are told it is all of the system, as main paths of its
/// parts are no plain trials of the whole.
fn parts(system: &System) -> Vec<Part> {
    let has_data = |service| !system.data_groups(service).is_empty();
    let parts = system.parts_in_series();
    let is_one = parts.len() == 1 && parts[0].is_whole(system);
    if is_one || !system.cost_items().is_empty() || system.services.ids().any(has_data) {
        vec![system.as_one_part()]
    } else {
        parts
    }
}

/// Runs rare trials of one system.
#[derive(Debug)]
pub struct RareSimulator {
    /// Parts of the system that are independent of each other and stand in series.
    places: Vec<Place>,
    /// What they are like, in the order of the first place of each.
    modules: Vec<Module>,
    judges: IdVec<ServiceId, Judge>,
    mission: u64,
    layout: Layout,
    streams: Streams,
    mixture: Mixture,
    /// Of each service: how probable it is that a branch is followed, for a unit of what it does to the
    /// probability of an outage, and whatever it does.
    follows: Vec<(f64, f64)>,
    /// Branches for a unit of hazard.
    density: f64,
    /// Shares by hazard, emphases and densities have been found.
    is_balanced: bool,
    /// Blocks of trials that are run at a time.
    blocks_at_once: u64,
}

/// A part of the system.
#[derive(Debug)]
pub(super) struct Place {
    number: u32,
    /// Which module it is.
    module: usize,
    /// Its services in the whole.
    services: Vec<ServiceId>,
    /// What its culprits are in the whole, if they have other numbers there.
    part: Option<Part>,
}

/// What parts are like: compiled once for all that are alike.
#[derive(Debug)]
pub(super) struct Module {
    system: System,
    work: Clockwork,
    /// Of each service.
    steering: Vec<Steering>,
    /// Of each service: what a unit of hazard leads to, on average over a mission.
    values: Vec<f64>,
    /// Of each service: how many times more branches than the average of all modules a unit of hazard has.
    emphases: Vec<f64>,
    /// Share of branches that begin by hazard, whenever the main path is quiet; the others begin where
    /// the main path ceases to be. For clocks without memory the former is best, as the hazard varies
    /// less than the number of episodes; where lives are regular, that number varies less.
    by_hazard: f64,
    /// Where its rare clocks, and its branches of rules, are among those of all modules.
    first_rare: usize,
    first_branch: usize,
}

impl Module {
    fn new(system: System, mission: Span, service_count: usize) -> Module {
        let behaviour = Behaviour::of(&system);
        let work = Clockwork::new(&behaviour, mission);
        let services = system.services.ids().take(service_count);
        let steering: Vec<Steering> = services
            .map(|service| Steering::new(&system, &behaviour, &work.rares, service))
            .collect();
        Module {
            system,
            work,
            values: vec![0.0; steering.len()],
            emphases: vec![1.0; steering.len()],
            by_hazard: 1.0,
            steering,
            first_rare: 0,
            first_branch: 0,
        }
    }
}

impl RareSimulator {
    /// A simulator of missions of a system.
    pub fn new(system: &System, mission: Span, seed: u64, mixture: Mixture) -> RareSimulator {
        let mut simulator = RareSimulator {
            places: Vec::new(),
            modules: Vec::new(),
            judges: judges(system, mission.as_nanos()),
            mission: mission.as_nanos(),
            layout: Layout::new(system, 0),
            streams: Streams::new(seed),
            mixture,
            follows: vec![(0.0, 0.0); system.services.len()],
            density: 0.0,
            is_balanced: false,
            blocks_at_once: 1,
        };
        simulator.take_apart(system, mission);
        simulator.balance();
        simulator.is_balanced = true;
        simulator
    }

    fn take_apart(&mut self, system: &System, mission: Span) {
        let (mut first_rare, mut first_branch) = (0, 0);
        let mut known: Vec<(System, usize)> = Vec::new();
        for mut part in parts(system) {
            let services = std::mem::take(&mut part.services);
            let nameless = part.system.nameless();
            let alike =
                |(other, count): &(System, usize)| *count == services.len() && *other == nameless;
            let module = known.iter().position(alike).unwrap_or_else(|| {
                let own = part.system.clone();
                let mut module = Module::new(own, mission, services.len());
                module.first_rare = first_rare;
                module.first_branch = first_branch;
                first_rare += module.work.rares.len();
                first_branch += module.work.behaviour.branches.len();
                self.modules.push(module);
                known.push((nameless, services.len()));
                known.len() - 1
            });
            self.places.push(Place {
                number: self.places.len() as u32,
                module,
                services,
                part: (!part.is_whole(system)).then_some(part),
            });
        }
    }

    /// Length of the mission in nanoseconds.
    pub fn mission(&self) -> u64 {
        self.mission
    }

    /// The rare clocks of all modules, those that are alike together.
    fn classes(&self) -> Vec<Class> {
        let of_modules = self.modules.iter().map(|module| {
            let behaviour = &module.work.behaviour;
            let events = module.work.rares.iter().map(|rare| {
                let event = &behaviour.clocks[rare.clock].event;
                rare.is_strike.then_some(event)
            });
            classes(&module.system, behaviour, module.first_rare, events)
        });
        of_modules.flatten().collect()
    }

    /// Finds out what a unit of hazard leads to on average, and how many branches are best: more would
    /// rest on too few main paths, fewer would waste them.
    fn balance(&mut self) {
        // The first look makes no branches, so that the second one is short.
        self.emphasise();
        let mut runner = self.runner();
        let mut tally = self.tally();
        let mut worth = RealMoments::default();
        for trial in 0..PILOT_COUNT {
            worth.record(runner.add_trial(PILOT_TRIALS + trial, &mut tally));
        }
        // How trials differ in what their main paths lead to, and how branches differ in what they bring,
        // each against its cost.
        let branches = tally.services.iter().map(|service| service.weights.count());
        let branches = branches.sum::<u64>().max(1) as f64;
        let effective = tally.services.iter().map(|service| {
            let down = &service.branch_down;
            down.effective_count().max(1.0) / down.count().max(1) as f64
        });
        let within = 1.0 / effective.fold(1.0, f64::min);
        let error = worth.standard_error() / worth.mean().max(f64::MIN_POSITIVE);
        let between = PILOT_COUNT as f64 * error.powi(2);
        let each = tally.branch_event_count as f64 / branches;
        let looks: u64 = runner.lives.iter().map(|life| life.seen.look_count).sum();
        let main = tally.event_count - tally.branch_event_count + looks;
        let main = main as f64 / PILOT_COUNT as f64;
        let ratio = main / each.max(1.0);
        let most = (BRANCH_WORK_MAX * ratio).min(BRANCHES_MAX);
        let wanted = (within * ratio / between.max(1e-9))
            .sqrt()
            .min(most)
            .max(1.0);
        let more = wanted * PILOT_COUNT as f64 / branches;
        self.density *= more;
        let mains = (tally.event_count - tally.branch_event_count) as f64;
        let of_trial = (mains + tally.branch_event_count as f64 * more) / PILOT_COUNT as f64;
        let blocks = EVENTS_AT_ONCE / (of_trial * BLOCK as f64).max(1.0);
        self.blocks_at_once = blocks.clamp(1.0, BLOCKS_AT_ONCE) as u64;
        for (follows, service) in self.follows.iter_mut().zip(tally.services.iter()) {
            let any = service.bad_episodes.mean();
            let hits = service.hit_count as f64 / PILOT_COUNT as f64 * more;
            let half = 0.5 * (FOLLOWED + any.min(1.0 - FOLLOWED));
            *follows = (half / any.max(f64::MIN_POSITIVE), half / hits.max(1.0));
        }
    }

    /// Finds out what each module does without branches, and how many branches each shall have.
    fn emphasise(&mut self) {
        let mut runner = self.runner();
        let mut tally = self.tally();
        let mut counts = vec![0.0; self.modules.len()];
        let mut found: Vec<(f64, Seen)> = Vec::new();
        for place in &self.places {
            counts[place.module] += 1.0;
            if place.module < found.len() {
                continue;
            }
            let mut worths = Vec::new();
            for trial in 0..PILOT_COUNT {
                let life = &mut runner.lives[place.module];
                let mut trial = Trial::new(self, PILOT_TRIALS + trial, &mut tally);
                life.live(place, &World::main(self.mission), &mut trial);
                worths.push((life.seen.worth, life.seen.worth_of_exits));
            }
            let seen = std::mem::take(&mut runner.lives[place.module].seen);
            let by_hazard = if self.modules[place.module].work.is_memoryless {
                1.0
            } else {
                best_share(&worths, seen.worth_squares)
            };
            found.push((by_hazard, seen));
        }
        drop(runner);
        let modules = self.modules.iter_mut().zip(&found);
        for (module, (by_hazard, seen)) in modules {
            module.by_hazard = *by_hazard;
            let hazard = seen.hazard.max(f64::MIN_POSITIVE);
            let steered = seen.steered.iter();
            module.values = steered.map(|steered| steered / hazard).collect();
        }
        let mut starts_most = f64::MIN_POSITIVE;
        for service in 0..self.judges.len() {
            let service = ServiceId::from_index(service);
            // Where each module comes first, and which of its services this one is.
            let mut places: Vec<Option<usize>> = vec![None; self.modules.len()];
            for place in &self.places {
                if places[place.module].is_none() {
                    let mut services = place.services.iter();
                    places[place.module] = services.position(|&other| other == service);
                }
            }
            let (mut hazard, mut value, mut scheduled, mut kinds) = (0.0, 0.0, 0.0, 0.0);
            for (module, at) in places.iter().enumerate() {
                if let Some(at) = *at {
                    let seen = &found[module].1;
                    hazard += counts[module] * seen.hazard;
                    value += counts[module] * seen.steered[at];
                    let services = self.modules[module].steering.len() as f64;
                    scheduled += counts[module] * seen.scheduled / services;
                    kinds += f64::from(u8::from(seen.hazard > 0.0));
                }
            }
            starts_most = starts_most.max(hazard + scheduled);
            for (module, at) in places.iter().enumerate() {
                let seen = &found[module].1;
                if let Some(at) = *at
                    && seen.hazard > 0.0
                {
                    let by_hazard = counts[module] * seen.hazard / hazard;
                    let by_value = if value > 0.0 {
                        counts[module] * seen.steered[at] / value
                    } else {
                        by_hazard
                    };
                    let share = EMPHASIS_BY_VALUE * by_value
                        + EMPHASIS_BY_HAZARD * by_hazard
                        + (1.0 - EMPHASIS_BY_VALUE - EMPHASIS_BY_HAZARD) / kinds;
                    self.modules[module].emphases[at] = share / by_hazard;
                }
            }
        }
        self.density = PILOT_BRANCHES / starts_most;
    }

    fn tally(&self) -> RareTally {
        let of_modules = |count: fn(&Module) -> usize| self.modules.iter().map(count).sum();
        RareTally::new(
            &self.judges,
            &self.layout,
            of_modules(|module| module.work.rares.len()),
            of_modules(|module| module.work.behaviour.branches.len()),
        )
    }

    fn runner(&self) -> Runner<'_> {
        Runner {
            simulator: self,
            lives: self
                .modules
                .iter()
                .map(|module| Life::new(self, module))
                .collect(),
            scratch: Scratch::default(),
            months: Periods::default(),
            sums: self.judges.iter().map(|_| TrialSums::default()).collect(),
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
                for life in &runner.lives {
                    life.add_uses(&mut tally);
                }
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

/// Shares of branches by what the modules lead to and by their hazards; the others go to all modules
/// evenly, so that a rare one is never overlooked.
const EMPHASIS_BY_VALUE: f64 = 0.5;
const EMPHASIS_BY_HAZARD: f64 = 0.25;

/// Runs trials, in buffers that are kept.
struct Runner<'a> {
    simulator: &'a RareSimulator,
    /// Of each module.
    lives: Vec<Life<'a>>,
    scratch: Scratch,
    months: Periods,
    sums: Vec<TrialSums>,
}

/// The life of a part: its main path, and branches from that.
struct Life<'a> {
    simulator: &'a RareSimulator,
    module: &'a Module,
    main: Path<'a>,
    /// All that happens on the main path, where that is a plain trial of the whole system.
    chronicle: Option<Box<Chronicle<'a>>>,
    brancher: Brancher<'a>,
    /// Of each service: how much of the next branch is due.
    due: Vec<f64>,
    seen: Seen,
    /// Branches that must be seen together with what other parts do.
    kept: Vec<Kept<'a>>,
    /// What the main paths of this trial are likely to lead to.
    worth: f64,
    /// What is written down of main paths.
    logged: Logged,
}

/// A trial that is run.
struct Trial<'t> {
    number: u64,
    branch_count: u64,
    /// Decides which branches are followed.
    coin: Stream,
    tally: &'t mut RareTally,
}

impl<'t> Trial<'t> {
    fn new(simulator: &RareSimulator, number: u64, tally: &'t mut RareTally) -> Trial<'t> {
        Trial {
            number,
            branch_count: 0,
            coin: simulator.streams.stream(number, FOLLOW_STREAM),
            tally,
        }
    }
}

/// The main paths of a trial, or what becomes of them after a branch that is followed: its part goes on
/// from where it ended, the others live as they did.
struct World<'a> {
    /// What its branches count for.
    line: Line,
    /// The parts that have been followed, and from where.
    followed: Vec<(u32, Rc<Path<'a>>)>,
}

impl World<'_> {
    fn main(mission: u64) -> World<'static> {
        World {
            line: Line::main(1.0, mission),
            followed: Vec::new(),
        }
    }
}

/// What a branch brought.
struct Kept<'a> {
    part: u32,
    service: ServiceId,
    weight: f64,
    record: Record,
    /// Since when its main path had been up; 0 if it never had been down.
    up_since: u64,
    stays: Vec<Stay>,
    losing: Vec<Losing>,
    /// If it may be followed: with which chance, and from where.
    follow: Option<(f64, Path<'a>)>,
}

/// What branches of a part begin from.
#[derive(Clone, Copy)]
struct Quiet<'p, 'a> {
    place: &'p Place,
    world: &'p World<'a>,
    service: ServiceId,
    /// The end of the quiet time; without one, it is over now.
    end: Option<u64>,
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
    /// Episodes of any service that began with an event whose time was known.
    scheduled: f64,
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

impl<'a> Runner<'a> {
    /// A trial: a main path of each part, and branches from its quiet states. Returns what the main paths
    /// are likely to lead to, if that is still to be found out.
    fn add_trial(&mut self, number: u64, tally: &mut RareTally) -> f64 {
        let simulator = self.simulator;
        for (sums, judge) in self.sums.iter_mut().zip(simulator.judges.iter()) {
            sums.clear(judge);
        }
        let mut trial = Trial::new(simulator, number, tally);
        for life in &mut self.lives {
            life.worth = 0.0;
        }
        self.live(&World::main(simulator.mission), &mut trial);
        tally.trial_count += 1;
        for service in service_ids(tally) {
            tally.services[service].add(&mut self.sums[service.index()]);
        }
        self.add_plain(tally, number);
        self.lives.iter().map(|life| life.worth).sum()
    }

    /// Adds what has happened on the main path itself, and what all of it costs, if it is written down.
    fn add_plain(&mut self, tally: &mut RareTally, trial: u64) {
        let simulator = self.simulator;
        let chronicles = self.lives.iter().map(|life| &life.chronicle);
        let Some(chronicle) = chronicles.flatten().next() else {
            return;
        };
        let outcome = chronicle.outcome();
        let layout = &simulator.layout;
        tally.plain.add(layout, trial, outcome, &mut self.scratch);
        let (mut total, mut total_often) = (0.0, 0.0);
        for (item, moments) in &mut tally.costs {
            let cost = match item.service() {
                None => layout.prices.of_units(*item, outcome),
                Some(service) => self.sums[service.index()].cost(&simulator.judges[service], *item),
            };
            moments.record(cost);
            total += cost;
            total_often += match item {
                CostItem::Credits(service) => {
                    layout
                        .prices
                        .credits_of(*service, outcome, &mut self.months)
                }
                _ => cost,
            };
        }
        tally.total_cost.record(total);
        tally.total_cost_often.record(total_often);
    }

    /// Lives the main paths of a world, with their branches.
    fn live(&mut self, world: &World<'a>, trial: &mut Trial<'_>) {
        let simulator = self.simulator;
        let mut others = Vec::from_iter(simulator.judges.iter().map(|_| Meanwhile::default()));
        for place in &simulator.places {
            let counts = |service| place.services.contains(&service);
            if !world.line.service.is_none_or(counts) {
                continue;
            }
            let life = &mut self.lives[place.module];
            life.live(place, world, trial);
            for &(service, stay) in &life.main.run.watch.log.stays {
                if let Some(service) = place.services.get(service.index()) {
                    others[service.index()].add(place.number, stay);
                }
            }
        }
        others.iter_mut().for_each(Meanwhile::settle);
        let kept: Vec<Kept<'a>> = self
            .lives
            .iter_mut()
            .flat_map(|life| life.kept.drain(..))
            .collect();
        for kept in kept {
            self.count(world, trial, kept, &others);
        }
    }

    /// Counts a branch together with what other parts do, and perhaps follows it.
    fn count(
        &mut self,
        world: &World<'a>,
        trial: &mut Trial<'_>,
        mut kept: Kept<'a>,
        others: &[Meanwhile],
    ) {
        let simulator = self.simulator;
        let (part, service, weight) = (kept.part, kept.service, kept.weight);
        let (others, judge) = (&others[service.index()], &simulator.judges[service]);
        let sums = &mut self.sums[service.index()];
        others.take_from(&mut kept.record, part, &kept.stays, &kept.losing);
        let line = &world.line;
        let first = kept.record.outages.first().map(|outage| outage.start);
        let up_since = first.map_or(0, |first| others.up_since(part, first));
        let up_since = up_since.max(kept.up_since);
        if line.service.is_none() {
            sums.add(judge, weight, &kept.record, up_since);
        }
        let Some(first) = first else {
            return;
        };
        let outages = &kept.record.outages;
        let (until, up_since, first_end) = if line.service.is_none() {
            let until = judge.matters_until(outages, up_since);
            let end = outages.last().map_or(first, |last| last.end);
            (until.unwrap_or(0), up_since, end)
        } else {
            // What comes after a main path has been down itself counts for a branch of that time.
            if kept.up_since > line.since || others.goes_down(part, line.since, first) {
                return;
            }
            sums.follow(judge, line, &kept.record, weight);
            (line.until, line.up_since, line.first_end)
        };
        let Some((chance, path)) = kept.follow.filter(|(_, path)| path.run.told_now() < until)
        else {
            return;
        };
        let mut followed = world.followed.clone();
        followed.retain(|(other, _)| *other != part);
        followed.push((part, Rc::new(path)));
        let world = World {
            line: Line {
                service: Some(service),
                factor: weight / chance,
                until,
                up_since,
                before: together(&line.before, outages),
                first_end,
                since: first,
            },
            followed,
        };
        trial.tally.followed_count += 1;
        self.live(&world, trial);
    }
}

impl<'a> Life<'a> {
    fn new(simulator: &'a RareSimulator, module: &'a Module) -> Life<'a> {
        let mut life = Life {
            simulator,
            module,
            main: module.work.path(),
            chronicle: None,
            brancher: Brancher::new(&module.work, &module.steering, simulator.mixture),
            due: vec![0.0; module.steering.len()],
            seen: Seen {
                steered: vec![0.0; module.steering.len()],
                ..Seen::default()
            },
            kept: Vec::new(),
            worth: 0.0,
            logged: Logged::None,
        };
        if let [Place { part: None, .. }] = simulator.places[..] {
            let chronicle = Chronicle::new(&module.work.behaviour, simulator.mission);
            life.chronicle = Some(Box::new(chronicle));
        }
        if simulator.places.len() > 1 {
            life.logged = Logged::All;
            life.main.run.watch.log.of = Logged::All;
            life.brancher.path.run.watch.log.of = Logged::Recorded;
        }
        life
    }

    /// Lives through a mission once.
    ///
    /// An episode begins when an open clock fires in a quiet state. Whether and when one does on the main
    /// path is left aside: what counts is its hazard, so branches begin evenly over the hazard, wherever
    /// the first does, and the chance of how many episodes there are adds no noise.
    fn live(&mut self, place: &Place, world: &World<'a>, trial: &mut Trial<'_>) {
        let followed = world
            .followed
            .iter()
            .find(|(part, _)| *part == place.number);
        let purpose = MAIN_STREAM ^ (u64::from(place.number) << 32);
        let mut rng = self.simulator.streams.stream(trial.number, purpose);
        for due in &mut self.due {
            *due = uniform_open(&mut rng);
        }
        match followed {
            None => {
                self.main.run.chronicle = self.chronicle.take();
                self.main.begin_main(rng);
                if !self.main.is_quiet() {
                    self.begin_at_start(place, world, trial);
                }
            }
            Some((_, path)) => {
                for due in &mut self.due {
                    *due = uniform_open(&mut trial.coin);
                }
                self.main.copy_from(path);
                let watch = &mut self.main.run.watch;
                watch.log.of = self.logged;
                let services = self.module.work.behaviour.service_count();
                watch.begin(ServiceId::from_index(0), services);
            }
        }
        self.seen.begin_trial();
        let until = world.line.until.saturating_add(self.module.work.warm_up);
        while let Some(entry) = self.main.next().filter(|entry| entry.time() < until) {
            if self.main.is_quiet() {
                if self.is_over(place, world) {
                    break;
                }
                self.stay_quiet(place, world, trial, entry.time());
                self.leave_quiet(place, world, trial, entry);
                trial.tally.episode_count += u64::from(world.line.service.is_none());
            }
            self.main.take(entry);
        }
        if self.main.is_quiet() && !self.is_over(place, world) {
            self.stay_quiet(place, world, trial, until);
        }
        let until = world.line.until;
        let run = &mut self.main.run;
        run.watch.finish(until);
        // What is followed from here is no plain trial.
        if let Some(mut chronicle) = run.chronicle.take() {
            chronicle.end(until, run.event_count);
            self.chronicle = Some(chronicle);
        }
        trial.tally.event_count += self.main.run.event_count;
        let by_hazard = self.module.by_hazard;
        self.worth += by_hazard * self.seen.worth + (1.0 - by_hazard) * self.seen.worth_of_exits;
    }

    /// Whether a path that is followed has been down itself: what comes after that counts for a branch
    /// of that time.
    fn is_over(&self, place: &Place, world: &World<'a>) -> bool {
        let watch = &self.main.run.watch;
        let is_over = |service| watch.up_since(service) > world.line.since;
        world.line.service.is_some() && self.services(place, world).any(is_over)
    }

    /// The services of the part for which branches begin.
    fn services(
        &self,
        place: &Place,
        world: &World<'a>,
    ) -> impl Iterator<Item = ServiceId> + use<> {
        let of_line = world.line.service;
        let place_of = |service| place.services.iter().position(|&other| other == service);
        let chosen = match of_line.map(place_of) {
            None => 0..self.module.steering.len(),
            Some(None) => 0..0,
            Some(Some(at)) => at..at + 1,
        };
        chosen.map(ServiceId::from_index)
    }

    /// Branches that begin while the main path is quiet until a time.
    fn stay_quiet(&mut self, place: &Place, world: &World<'a>, trial: &mut Trial<'_>, until: u64) {
        let simulator = self.simulator;
        let module = self.module;
        let work = &module.work;
        while self.main.run.now < until {
            let mut end = until;
            if !work.is_memoryless {
                end = end.min(self.main.run.now + work.mission.div_ceil(PARTS));
            }
            if simulator.is_balanced && work.is_memoryless {
                // The hazard is known without looking what it leads to, which hardly changes.
                let hazard = (end - self.main.run.now) as f64 * self.main.run.rate_sum();
                for service in self.services(place, world) {
                    self.due[service.index()] += self.density(service) * hazard;
                    let quiet = Quiet {
                        place,
                        world,
                        service,
                        end: Some(end),
                    };
                    self.begin_due(quiet, trial, None);
                }
                self.main.run.now = end;
                continue;
            }
            self.seen.look_count += 1;
            for service in self.services(place, world) {
                let foreseen = self.brancher.foresee(&self.main, Some(end), service);
                if service.index() == 0 {
                    self.seen.hazard += foreseen.hazard;
                }
                self.seen.steered[service.index()] += foreseen.steered;
                self.seen.worth += foreseen.steered;
                if foreseen.hazard > 0.0 {
                    self.seen.worth_squares += foreseen.steered.powi(2) / foreseen.hazard;
                    let amount = module.by_hazard * foreseen.hazard;
                    let quiet = Quiet {
                        place,
                        world,
                        service,
                        end: Some(end),
                    };
                    self.begin_branches(quiet, trial, foreseen, amount);
                }
            }
            self.main.run.now = end;
        }
    }

    /// Branches that begin with the event that ends the quiet of the main path.
    fn leave_quiet(
        &mut self,
        place: &Place,
        world: &World<'a>,
        trial: &mut Trial<'_>,
        entry: Entry,
    ) {
        let module = self.module;
        let rare = module.work.rare_of(entry.clock());
        if rare.is_some() && module.by_hazard == 1.0 {
            return;
        }
        for service in self.services(place, world) {
            let index = service.index();
            let quiet = Quiet {
                place,
                world,
                service,
                end: None,
            };
            let Some(rare) = rare else {
                self.seen.scheduled += 1.0;
                self.due[index] += self.density(service);
                while self.is_due(index) {
                    let rng = self.branch_stream(trial);
                    let due = Due {
                        at: entry.time(),
                        start: Start::Scheduled,
                        expected_weight: 1.0,
                    };
                    self.branch(quiet, trial, due, rng);
                }
                continue;
            };
            let foreseen = self.brancher.foresee(&self.main, None, service);
            if foreseen.hazard > 0.0 && foreseen.hazard.is_finite() {
                self.seen.worth_of_exits += foreseen.steered / foreseen.hazard;
                let amount = 1.0 - module.by_hazard;
                self.begin_branches(quiet, trial, foreseen, amount);
                continue;
            }
            // Time is a whole number, so the hazard at it may be none, or that of an oldest age.
            self.due[index] += self.density(service) * (1.0 - module.by_hazard);
            while self.is_due(index) {
                self.brancher.foresee(&self.main, None, service);
                let rng = self.branch_stream(trial);
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
                self.branch(quiet, trial, due, rng);
            }
        }
    }

    /// Branches that begin with the mission, as that does not begin quietly.
    fn begin_at_start(&mut self, place: &Place, world: &World<'a>, trial: &mut Trial<'_>) {
        for service in self.services(place, world) {
            self.seen.scheduled += 1.0;
            self.due[service.index()] += self.density(service);
            while self.is_due(service.index()) {
                let rng = self.branch_stream(trial);
                let due = Due {
                    at: 0,
                    start: Start::Begun,
                    expected_weight: 1.0,
                };
                let quiet = Quiet {
                    place,
                    world,
                    service,
                    end: None,
                };
                self.branch(quiet, trial, due, rng);
            }
        }
    }

    /// Branches of a service for a unit of hazard.
    fn density(&self, service: ServiceId) -> f64 {
        self.simulator.density * self.module.emphases[service.index()]
    }

    /// Branches that begin with open clocks that have been foreseen, for so much hazard.
    fn begin_branches(
        &mut self,
        quiet: Quiet<'_, 'a>,
        trial: &mut Trial<'_>,
        foreseen: Foreseen,
        amount: f64,
    ) {
        let service = quiet.service;
        let value = self.module.values[service.index()];
        let share = self.simulator.mixture.by_value();
        let Foreseen { hazard, steered } = foreseen;
        // More of them where they lead to more than usual.
        let worth = if value > 0.0 { steered / value } else { hazard };
        let drawn = ((1.0 - share) * hazard + share * worth) / hazard;
        self.due[service.index()] += self.density(service) * amount * drawn;
        self.begin_due(quiet, trial, Some((foreseen, drawn)));
    }

    /// The branches that are due, the first by what has been foreseen and how many times more than usual
    /// are drawn for that; without it, as many as usual.
    fn begin_due(
        &mut self,
        quiet: Quiet<'_, 'a>,
        trial: &mut Trial<'_>,
        fresh: Option<(Foreseen, f64)>,
    ) {
        let Quiet { service, end, .. } = quiet;
        let mut next = fresh.map(|(foreseen, _)| foreseen);
        while self.is_due(service.index()) {
            // A branch leaves values of its own behind.
            let foreseen = match next.take() {
                Some(foreseen) => foreseen,
                None => self.brancher.foresee(&self.main, end, service),
            };
            let (value, drawn) = match fresh {
                Some((_, drawn)) => (self.module.values[service.index()], drawn),
                None => (foreseen.steered / foreseen.hazard, 1.0),
            };
            let mut rng = self.branch_stream(trial);
            let initiator = self
                .brancher
                .initiator(&self.main, end, foreseen, value, &mut rng);
            let due = Due {
                at: initiator.at,
                start: Start::Open(initiator),
                expected_weight: 1.0 / drawn,
            };
            self.branch(quiet, trial, due, rng);
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
    fn branch_stream(&self, trial: &mut Trial<'_>) -> Stream {
        trial.branch_count += 1;
        let key = BRANCH_STREAM.wrapping_add(trial.branch_count << 8);
        self.simulator.streams.stream(trial.number, key)
    }

    /// Lives an episode again.
    fn branch(&mut self, quiet: Quiet<'_, 'a>, trial: &mut Trial<'_>, due: Due, rng: Stream) {
        let Quiet {
            place,
            world,
            service,
            ..
        } = quiet;
        let whole = place.services[service.index()];
        let branch = self
            .brancher
            .run(&self.main, due.at, due.start, service, rng);
        trial.tally.event_count += self.brancher.path.run.event_count;
        let line = &world.line;
        if line.service.is_none() {
            self.count_branch(quiet, trial, due, branch);
        }
        let weight = branch.weight * line.factor / self.density(service);
        let run = &mut self.brancher.path.run;
        let record = &mut run.watch.record;
        let first = record.outages.first().map(|outage| outage.start);
        // What was down before belongs to the episode that is followed, or did not happen.
        let is_counted = line.service.is_none() || first.is_some_and(|first| first > line.since);
        if record.is_empty() || !is_counted {
            return;
        }
        let mut stays: Vec<Stay> = run.watch.log.stays.iter().map(|(_, stay)| *stay).collect();
        let mut losing = run.watch.log.losing.clone();
        if let Some(part) = &place.part {
            for (blame, _) in &mut record.causes {
                blame.culprit = part.culprit(blame.culprit);
            }
            for blame in stays.iter_mut().filter_map(|stay| stay.cause.as_mut()) {
                blame.culprit = part.culprit(blame.culprit);
            }
            for ((group, _), _) in losing.iter_mut().chain(&mut record.lost_by) {
                *group = part.groups[group.index()];
            }
        }
        let record = record.clone();
        let follow = first.and_then(|_| self.follow(trial, whole, service, branch.weight));
        self.kept.push(Kept {
            part: place.number,
            service: whole,
            weight,
            record,
            up_since: self.main.run.watch.up_since(service),
            stays,
            losing,
            follow,
        });
    }

    /// Decides whether the branch that has just ended may be followed: with which chance, and from where.
    fn follow(
        &self,
        trial: &mut Trial<'_>,
        whole: ServiceId,
        service: ServiceId,
        weight: f64,
    ) -> Option<(f64, Path<'a>)> {
        let (by_weight, evenly) = self.simulator.follows[whole.index()];
        let chance = (by_weight * weight / self.density(service) + evenly).min(1.0);
        if uniform_open(&mut trial.coin) >= chance {
            return None;
        }
        let rng = self.branch_stream(trial);
        let mut path = self.module.work.path();
        path.copy_from(&self.brancher.path);
        path.foretell_anew(rng);
        Some((chance, path))
    }

    /// Adds what the tests of the method look at.
    fn count_branch(&self, quiet: Quiet<'_, 'a>, trial: &mut Trial<'_>, due: Due, branch: Branch) {
        let run = &self.brancher.path.run;
        trial.tally.branch_event_count += run.event_count;
        let tally = &mut trial.tally.services[quiet.place.services[quiet.service.index()]];
        tally.weights.record(branch.weight / due.expected_weight);
        let emphasis = self.module.emphases[quiet.service.index()];
        let down = branch.weight * run.watch.record.down() / emphasis;
        tally.branch_down.record(down);
        tally.foreseen_extreme.add(down * branch.tail);
        let is_extreme = branch.is_extreme;
        tally
            .extreme_down
            .record(if is_extreme { down } else { 0.0 });
        tally.extreme_count += u64::from(branch.is_hit && is_extreme);
        tally.hit_count += u64::from(branch.is_hit);
        tally.true_count += u64::from(branch.is_true);
        tally.true_hit_count += u64::from(branch.is_true && branch.is_hit);
    }

    fn add_uses(&self, tally: &mut RareTally) {
        let Module {
            first_rare,
            first_branch,
            ..
        } = *self.module;
        let uses = tally.uses[first_rare..].iter_mut();
        for (uses, more) in uses.zip(&self.brancher.uses) {
            *uses += more;
        }
        let uses = tally.branch_uses[first_branch..].iter_mut();
        for (uses, more) in uses.zip(&self.brancher.branch_uses) {
            uses[0] += more[0];
            uses[1] += more[1];
        }
    }
}
