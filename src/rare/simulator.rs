//! The simulator of rare trials: what the parts of a system are like, and how many branches they get.

use rayon::prelude::*;

use super::branch::Mixture;
use super::clockwork::Clockwork;
use super::diagnosis::{Class, classes};
use super::life::{Life, Seen};
use super::mission::Judge;
use super::run::judges;
use super::steer::Steering;
use super::tally::{RareTally, TrialSums};
use super::trial::{Runner, Trial, World};
use crate::base::{Id, IdVec, Span};
use crate::behaviour::{Behaviour, Blame};
use crate::engine::{DataLoss, Outcome};
use crate::math::rng::Streams;
use crate::model::{CostItem, GroupId, Part, Root, ServiceId, System};
use crate::stats::RealMoments;
use crate::trials::{Layout, Periods, Scratch};

/// Branches have at most so many times the events of main paths.
const BRANCH_WORK_MAX: f64 = 8.0;
/// Most branches of a trial, on average: with more, the fewest trials would be more than are asked for.
const BRANCHES_MAX: f64 = 200.0;
/// So many branches of a trial are followed on average, where outages are rare; more where a second one
/// is less so.
const FOLLOWED: f64 = 0.1;
/// Blocks between two looks at the signal, and about as many events.
const BLOCKS_AT_ONCE: f64 = 64.0;
const EVENTS_AT_ONCE: f64 = 2e6;
/// Trials of one block.
pub(super) const BLOCK: u64 = 16;
/// Trials from this number on are those of pilots: how many there are, and about how many branches they
/// have.
const PILOT_TRIALS: u64 = 1 << 62;
const PILOT_COUNT: u64 = 16;
const PILOT_BRANCHES: f64 = 400.0;

/// Shares of branches by what the modules lead to and by their hazards; the others go to all modules
/// evenly, so that a rare one is never overlooked.
const EMPHASIS_BY_VALUE: f64 = 0.5;
const EMPHASIS_BY_HAZARD: f64 = 0.25;

/// The parts that are lived apart: those that services need, and others that cost money for themselves.
fn parts(system: &System) -> Vec<Part> {
    let mut parts = system.parts_in_series();
    if let [part] = &parts[..]
        && part.is_whole(system)
    {
        return vec![system.as_one_part()];
    }
    parts.retain(|part| {
        let mut items = part.system.cost_items().into_iter();
        !part.services.is_empty() || items.any(|item| item != CostItem::Units)
    });
    parts
}

/// Runs rare trials of one system.
#[derive(Debug)]
pub struct RareSimulator {
    /// Parts of the system that are independent of each other and stand in series.
    pub(super) places: Vec<Place>,
    /// They are not one that is all of it.
    pub(super) is_taken_apart: bool,
    /// What they are like, in the order of the first place of each.
    modules: Vec<Module>,
    pub(super) judges: IdVec<ServiceId, Judge>,
    pub(super) mission: u64,
    pub(super) layout: Layout,
    pub(super) streams: Streams,
    pub(super) mixture: Mixture,
    /// Of each service: how probable it is that a branch is followed, for a unit of what it does to the
    /// probability of an outage, and whatever it does.
    pub(super) follows: Vec<(f64, f64)>,
    /// Branches for a unit of hazard.
    pub(super) density: f64,
    /// Shares by hazard, emphases and densities have been found.
    pub(super) is_balanced: bool,
    /// Blocks of trials that are run at a time.
    pub(super) blocks_at_once: u64,
}

/// A part of the system.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) number: u32,
    /// Which module it is.
    pub(super) module: usize,
    /// Its services in the whole.
    pub(super) services: Vec<ServiceId>,
    /// What else is what in the whole.
    part: Part,
}

impl Place {
    /// Makes of a group of the part that of the whole.
    pub(super) fn group(&self, group: &mut GroupId) {
        *group = self.part.groups[group.index()];
    }

    /// The same of a cause of downtime.
    pub(super) fn blame(&self, blame: &mut Blame) {
        self.group(&mut blame.group);
        blame.culprit = self.part.culprit(blame.culprit);
        self.root(&mut blame.root);
    }

    /// The same of a root of outages.
    pub(super) fn root(&self, root: &mut Root) {
        *root = self.part.root(*root);
    }

    /// Adds to what has happened in the whole what has happened in the part, but for its services.
    pub(super) fn add_to(&self, whole: &mut Outcome, own: &Outcome) {
        add_each(&mut whole.repairs, &own.repairs, &self.part.kinds);
        add_each(&mut whole.scaled, &own.scaled, &self.part.groups);
        whole.losses.extend(own.losses.iter().map(|loss| DataLoss {
            group: self.part.groups[loss.group.index()],
            ..*loss
        }));
        whole.event_count += own.event_count;
    }
}

/// Adds figures of a part to those of the whole, of which there may be fewer as yet.
fn add_each<I: Id>(whole: &mut Vec<u64>, own: &[u64], ids: &[I]) {
    for (own, id) in own.iter().zip(ids) {
        if whole.len() <= id.index() {
            whole.resize(id.index() + 1, 0);
        }
        whole[id.index()] += own;
    }
}

/// What parts are like: compiled once for all that are alike.
#[derive(Debug)]
pub(super) struct Module {
    system: System,
    pub(super) work: Clockwork,
    /// Of each service.
    pub(super) steering: Vec<Steering>,
    /// Of each service: what a unit of hazard leads to, on average over a mission.
    pub(super) values: Vec<f64>,
    /// Of each service: how many times more branches than the average of all modules a unit of hazard has.
    pub(super) emphases: Vec<f64>,
    /// Share of branches that begin by hazard, whenever the main path is quiet; the others begin where
    /// the main path ceases to be. For clocks without memory the former is best, as the hazard varies
    /// less than the number of episodes; where lives are regular, that number varies less.
    pub(super) by_hazard: f64,
    /// Where its rare clocks, and its branches of rules, are among those of all modules.
    pub(super) first_rare: usize,
    pub(super) first_branch: usize,
}

impl Module {
    pub(super) fn new(system: System, mission: Span, service_count: usize) -> Module {
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
            is_taken_apart: true,
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
        let parts = parts(system);
        self.is_taken_apart = !matches!(&parts[..], [part] if part.is_whole(system));
        for mut part in parts {
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
                part,
            });
        }
    }

    /// Length of the mission in nanoseconds.
    pub fn mission(&self) -> u64 {
        self.mission
    }

    /// The rare clocks of all modules, those that are alike together. None of a part without services ever begins
    /// a branch.
    pub(super) fn classes(&self) -> Vec<Class> {
        let modules = self.modules.iter();
        let with_services = modules.filter(|module| !module.steering.is_empty());
        let of_modules = with_services.map(|module| {
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

    pub(super) fn tally(&self) -> RareTally {
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
            whole: Outcome::default(),
            scratch: Scratch::default(),
            months: Periods::default(),
            sums: self.judges.iter().map(|_| TrialSums::default()).collect(),
        }
    }

    /// Runs the trials with these numbers, in parallel, up to a block that does not come to its end; the
    /// sums do not depend on the threads.
    pub fn run(&self, from: u64, until: u64) -> RareTally {
        let starts: Vec<u64> = (from..until).step_by(BLOCK as usize).collect();
        let parts: Vec<RareTally> = starts
            .into_par_iter()
            .map(|start| {
                let mut runner = self.runner();
                let mut tally = self.tally();
                for trial in start..until.min(start + BLOCK) {
                    runner.add_trial(trial, &mut tally);
                    if tally.cut.is_some() {
                        break;
                    }
                }
                for life in &runner.lives {
                    life.add_uses(&mut tally);
                }
                tally
            })
            .collect();
        let mut tally = self.tally();
        for part in &parts {
            // Of a block that does not come to its end, and of those that follow, nothing counts.
            if part.cut.is_some() {
                tally.cut = part.cut;
                break;
            }
            tally.merge(part);
        }
        tally
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
