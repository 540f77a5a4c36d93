//! The life of a part of a system in rare trials: a main path, and branches from its episodes.

use super::agenda::Entry;
use super::branch::{Branch, Brancher, Foreseen, Initiator, Start};
use super::meanwhile::Stay;
use super::path::Path;
use super::simulator::{Module, Place, RareSimulator};
use super::tally::RareTally;
use super::trial::{Trial, World};
use super::watch::{Logged, Losing, Record};
use crate::base::{Id, stop};
use crate::engine::{Chronicle, Cut};
use crate::math::rng::{Stream, uniform_open};
use crate::model::ServiceId;

/// Into so many parts a mission is cut at least where hazards change with age.
const PARTS: u64 = 32;
const MAIN_STREAM: u64 = 0x6d61_696e;
const BRANCH_STREAM: u64 = 0x6272_616e_6368;

/// The life of a part: its main path, and branches from that.
pub(super) struct Life<'a> {
    simulator: &'a RareSimulator,
    module: &'a Module,
    pub(super) main: Path<'a>,
    /// All that happens on the main path, which is a plain trial of the part.
    pub(super) chronicle: Option<Box<Chronicle<'a>>>,
    brancher: Brancher<'a>,
    /// Of each service: how much of the next branch is due.
    due: Vec<f64>,
    pub(super) seen: Seen,
    /// Branches that must be seen together with what other parts do.
    pub(super) kept: Vec<Kept<'a>>,
    /// What the main paths of this trial are likely to lead to.
    pub(super) worth: f64,
    /// What is written down of main paths.
    logged: Logged,
}

/// What a branch brought.
pub(super) struct Kept<'a> {
    pub(super) part: u32,
    pub(super) service: ServiceId,
    pub(super) weight: f64,
    pub(super) record: Record,
    /// Since when its main path had been up; 0 if it never had been down.
    pub(super) up_since: u64,
    pub(super) stays: Vec<Stay>,
    pub(super) losing: Vec<Losing>,
    /// If it may be followed: with which chance, and from where.
    pub(super) follow: Option<(f64, Path<'a>)>,
}

/// What branches of a part begin from.
#[derive(Clone, Copy)]
pub(super) struct Quiet<'p, 'a> {
    place: &'p Place,
    world: &'p World<'a>,
    service: ServiceId,
    /// The end of the quiet time; without one, it is over now.
    end: Option<u64>,
}

/// A branch that is due.
pub(super) struct Due {
    at: u64,
    start: Start,
    /// Mean of its weight, given the stay from which it begins.
    expected_weight: f64,
}

/// What was seen on main paths.
#[derive(Default)]
pub(super) struct Seen {
    /// Hazard of leaving quiet states.
    pub(super) hazard: f64,
    /// The same times what it leads to, of each service.
    pub(super) steered: Vec<f64>,
    /// Episodes of any service that began with an event whose time was known.
    pub(super) scheduled: f64,
    pub(super) look_count: u64,
    /// Of this trial and all services: hazard times what it leads to, and the sum of what each exit did.
    pub(super) worth: f64,
    pub(super) worth_of_exits: f64,
    /// Of all trials: hazard times the square of what it leads to, which is how much the sum over exits
    /// varies by chance.
    pub(super) worth_squares: f64,
}

impl Seen {
    fn begin_trial(&mut self) {
        self.worth = 0.0;
        self.worth_of_exits = 0.0;
    }
}

impl<'a> Life<'a> {
    pub(super) fn new(simulator: &'a RareSimulator, module: &'a Module) -> Life<'a> {
        let mut life = Life {
            simulator,
            module,
            main: module.work.path(),
            chronicle: Some(Box::new(Chronicle::new(
                &module.work.behaviour,
                simulator.mission,
            ))),
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
        if simulator.is_taken_apart {
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
    pub(super) fn live(&mut self, place: &Place, world: &World<'a>, trial: &mut Trial<'_>) {
        let followed = world
            .followed
            .iter()
            .find(|(part, _)| *part == place.number);
        let purpose = MAIN_STREAM ^ (u64::from(place.number) << 32);
        let mut rng = self.simulator.streams.stream(trial.number, purpose);
        for due in &mut self.due {
            *due = uniform_open(&mut rng);
        }
        // Whether an episode goes on.
        let mut is_within = false;
        match followed {
            None => {
                self.main.run.chronicle = self.chronicle.take();
                self.main.begin_main(rng);
                if !self.main.is_over() {
                    self.begin_at_start(place, world, trial);
                    is_within = true;
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
        while trial.tally.cut.is_none()
            && let Some(entry) = self.main.next().filter(|entry| entry.time() < until)
        {
            is_within &= !self.main.is_over();
            if self.main.is_quiet() && !is_within {
                if self.is_over(place, world) {
                    break;
                }
                self.stay_quiet(place, world, trial, entry.time());
                is_within = self.leave_quiet(place, world, trial, entry);
                trial.tally.episode_count += u64::from(world.line.service.is_none());
            }
            self.main.take(entry);
        }
        trial.tally.cut = trial.tally.cut.or(self.main.run.cut);
        if trial.tally.cut.is_none() && self.main.is_quiet() && !self.is_over(place, world) {
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

    /// Branches that begin with the event that ends the quiet of the main path. Returns whether an episode
    /// begins with it.
    fn leave_quiet(
        &mut self,
        place: &Place,
        world: &World<'a>,
        trial: &mut Trial<'_>,
        entry: Entry,
    ) -> bool {
        let module = self.module;
        let rare = module.work.rare_of(entry.clock());
        match rare {
            Some(_) if module.by_hazard == 1.0 => return true,
            None if self.brancher.leads_nowhere(&self.main, entry.clock()) => return false,
            Some(_) | None => {}
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
                while trial.tally.cut.is_none() && self.is_due(index) {
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
            while trial.tally.cut.is_none() && self.is_due(index) {
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
        true
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
        while trial.tally.cut.is_none() && self.is_due(service.index()) {
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
        let cut = self.brancher.path.run.cut;
        let cut = cut.or(stop::is_asked().then_some(Cut::Asked));
        trial.tally.cut = trial.tally.cut.or(cut);
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
        let causes = record.causes.iter_mut().map(|(blame, _)| blame);
        let of_stays = stays.iter_mut().filter_map(|stay| stay.cause.as_mut());
        causes.chain(of_stays).for_each(|blame| place.blame(blame));
        let outages = record.outages.iter_mut();
        outages.for_each(|outage| place.root(&mut outage.root));
        let losses = record.losses.iter_mut().map(|loss| &mut loss.group);
        let lost_by = losing.iter_mut().chain(&mut record.lost_by);
        let groups = lost_by.map(|((group, _), _)| group);
        groups.chain(losses).for_each(|group| place.group(group));
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

    pub(super) fn add_uses(&self, tally: &mut RareTally) {
        let Module {
            first_rare,
            first_branch,
            ..
        } = *self.module;
        let uses = tally.uses[first_rare..].iter_mut();
        for (uses, more) in uses.zip(&self.brancher.uses) {
            uses.add(*more);
        }
        let uses = tally.branch_uses[first_branch..].iter_mut();
        for (uses, more) in uses.zip(&self.brancher.branch_uses) {
            uses[0] += more[0];
            uses[1] += more[1];
        }
    }
}
