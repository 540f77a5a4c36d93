//! One branch: an episode lived again, bent towards an outage, with its exact weight.
//!
//! An episode begins when the quiet state is left and ends when it is reached again. A branch starts
//! where an episode of the main path did, decides anew what failed (the *initiator*), and goes on
//! until all is well or the mission is over. On its way it may favour failures that lead to an
//! outage, long repairs, and takeovers that go wrong; at the outage it stops doing so. Its weight is
//! the likelihood ratio of what it decided, and because the branch follows the true law with
//! probability [`Mixture::true_share`] whatever happens, no weight is above 2 over that: an estimate can
//! be imprecise but its variance is never more than that factor above that of plain trials. Weights
//! never outlive an episode, so the length of the mission does not matter.
//!
//! * `initiator` draws anew what begins the episode, and when.
//! * `step` draws what happens next, window by window, by how near it leads to an outage, which `steer` tells.
//! * `script` draws which way a rule takes; durations that start are drawn in `path`, longer ones by `stretch`.
//! * [`Brancher::run`] mixes all that with the true law (a defensive mixture, Hesterberg 1995), and follows that law
//!   alone after the outage.

mod hazards;
mod initiator;
mod script;
mod step;

use self::hazards::{hazards_now, search};
pub(super) use self::initiator::{Foreseen, Initiator};
use self::step::Step;
use super::agenda::Entry;
use super::clockwork::Clockwork;
use super::path::Path;
use super::steer::{Steering, Values};
use super::stretch::EXTREME;
use super::tally::Uses;
use crate::base::Id;
use crate::behaviour::{Interpreter, State};
use crate::math::rng::{Stream, exp1, uniform_open};
use crate::model::ServiceId;

/// How far a branch may go from the true law.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mixture {
    /// Share of branches that follow the true law.
    pub true_share: f64,
    /// Largest probability that a branch gives to another failure before the next event.
    pub failure_max: f64,
    /// Share of initiators that are drawn by their hazards; of the others, half are drawn by what they
    /// may lead to, and half evenly.
    pub true_initiators: f64,
    /// Share of durations that are stretched where they matter.
    pub stretched: f64,
}

impl Mixture {
    /// What is used unless something is to be checked.
    pub const USUAL: Mixture = Mixture {
        true_share: 0.1,
        failure_max: 0.95,
        true_initiators: 0.5,
        stretched: 0.85,
    };
    /// Another setting, for a second opinion.
    pub const CAUTIOUS: Mixture = Mixture {
        true_share: 0.5,
        failure_max: 0.8,
        true_initiators: 0.5,
        stretched: 0.5,
    };

    /// Share of initiators that are drawn by what they may lead to; as many are drawn evenly.
    pub(super) fn by_value(&self) -> f64 {
        0.5 * (1.0 - self.true_initiators)
    }
}

/// How an episode begins.
#[derive(Clone, Copy, Debug)]
pub(super) enum Start {
    /// This open clock fires, drawn with this weight.
    Open(Initiator),
    /// The next scheduled event takes place.
    Scheduled,
    /// The path is not quiet as it is.
    Begun,
}

/// What one branch brought.
#[derive(Clone, Copy, Debug)]
pub(super) struct Branch {
    /// Weight; at most 2 / true share.
    pub(super) weight: f64,
    /// The service went down.
    pub(super) is_hit: bool,
    /// It followed the true law.
    pub(super) is_true: bool,
    /// A duration that was stretched before the outage was extreme.
    pub(super) is_extreme: bool,
    /// How likely one was to be, in the story of an outage.
    pub(super) tail: f64,
}

/// Runs branches, in buffers that it keeps.
#[derive(Debug)]
pub(super) struct Brancher<'a> {
    work: &'a Clockwork,
    steering: &'a [Steering],
    mixture: Mixture,
    pub(super) path: Path<'a>,
    values: Values,
    look_values: Values,
    /// Of the open clocks that run: what they will have eaten up, and that times what it leads to.
    hazards: Vec<f64>,
    chances: Vec<f64>,
    looked: State,
    /// How each rare clock was tried.
    pub(super) uses: Vec<Uses>,
    /// How often each outcome of each branch of the rules was taken there: first, any other.
    pub(super) branch_uses: Vec<[u64; 2]>,
}

impl<'a> Brancher<'a> {
    pub(super) fn new(
        work: &'a Clockwork,
        steering: &'a [Steering],
        mixture: Mixture,
    ) -> Brancher<'a> {
        Brancher {
            work,
            steering,
            mixture,
            path: work.path(),
            values: Values::default(),
            look_values: Values::default(),
            hazards: Vec::with_capacity(work.rares.len()),
            chances: Vec::with_capacity(work.rares.len()),
            looked: work.behaviour.initial_state(),
            uses: vec![Uses::default(); work.rares.len()],
            branch_uses: vec![[0; 2]; work.behaviour.branches.len()],
        }
    }

    /// Lives an episode again that begins at the time `at`, in the state of `before`.
    pub(super) fn run(
        &mut self,
        before: &Path<'_>,
        at: u64,
        start: Start,
        service: ServiceId,
        rng: Stream,
    ) -> Branch {
        self.path.branch_from(before, rng);
        let run = &mut self.path.run;
        run.now = at;
        let services = self.work.behaviour.service_count();
        run.watch.begin(service, services);
        let share = self.mixture.true_share;
        let manner = uniform_open(&mut run.rng);
        let truly = manner < share;
        run.bias.begin(truly, self.mixture.stretched);
        let initiator_weight = self.leave_quiet(before, start, service);
        self.values.by_fit = false;
        let is_hit = self.run_biased(service);
        let to_outage = self.path.run.bias.log_weight;
        if is_hit && !self.is_exhausted(service) {
            // A takeover is under way and will end the outage: half of the branches seek a long one.
            self.values.by_fit = true;
            self.path.run.bias.truly = manner < share + 0.5 * (1.0 - share);
            self.run_biased(service);
        }
        let run = &mut self.path.run;
        let is_extreme = run.bias.hazard_max > EXTREME;
        let tail = run.bias.tail_max;
        let likelihood = 0.5 * (libm::exp(-to_outage) + libm::exp(-run.bias.log_weight));
        let weight = initiator_weight / (share + (1.0 - share) * likelihood);
        if is_hit {
            self.run_truly();
        }
        let run = &mut self.path.run;
        run.now = run.now.min(self.work.mission);
        run.watch.finish(run.told_now());
        Branch {
            weight,
            is_hit,
            is_true: truly,
            is_extreme,
            tail,
        }
    }

    /// What begins the episode. Returns true over used probability of that.
    fn leave_quiet(&mut self, before: &Path<'_>, start: Start, service: ServiceId) -> f64 {
        match start {
            Start::Open(Initiator { index, weight, .. }) => {
                // The values are those with which it was drawn.
                self.uses[index].begun += 1;
                self.fire_rare(index, service);
                return weight;
            }
            Start::Scheduled => {
                let entry = self.path.run.agenda.first();
                let entry = entry.expect("an event that took place was on the list");
                self.values.by_fit = false;
                hazards_now(self.work, &self.path.run, &mut self.hazards);
                let (behaviour, values) = (&self.work.behaviour, &mut self.values);
                let steering = &self.steering[service.index()];
                steering.evaluate(&self.path, behaviour, &self.hazards, 1.0, values);
                self.fire_scheduled(entry, service);
            }
            Start::Begun => {
                let state = before.state.service(service);
                self.path.run.service_changed(service, &state);
            }
        }
        1.0
    }

    /// Whether the service is down and no takeover can help.
    fn is_exhausted(&mut self, service: ServiceId) -> bool {
        let steering = &self.steering[service.index()];
        self.path.run.watch.is_down() && steering.distance(&self.path.state, &mut self.values) == 0
    }

    /// Until an outage, quiet, or the end of the mission. Returns whether there was an outage. By fit,
    /// only one counts that no takeover ends.
    fn run_biased(&mut self, service: ServiceId) -> bool {
        loop {
            let is_over = if self.values.by_fit {
                self.is_exhausted(service)
            } else {
                self.path.run.watch.is_down()
            };
            if is_over {
                return true;
            }
            if self.path.is_over() || self.path.run.cut.is_some() {
                return false;
            }
            match self.step(service) {
                Step::MissionOver => {
                    self.path.run.now = self.work.mission;
                    return false;
                }
                Step::Later(time) => self.path.run.now = time,
                Step::Fires(rare, time) => {
                    self.path.run.now = time;
                    self.uses[rare].met += 1;
                    self.fire_rare(rare, service);
                }
                Step::Scheduled => {
                    let entry = self.path.run.agenda.first();
                    let entry = entry.expect("the window ends with an event");
                    self.path.run.now = entry.time();
                    self.fire_scheduled(entry, service);
                }
            }
        }
    }

    /// Plain dynamics until quiet or the end of the mission.
    fn run_truly(&mut self) {
        self.path.run.bias.is_off = true;
        self.path.run.bias.script.clear();
        if self.work.is_memoryless {
            self.run_memoryless();
            return;
        }
        self.path.foretell();
        while !self.path.is_over() {
            match self.path.next() {
                Some(entry) => self.path.take(entry),
                None => {
                    self.path.run.now = self.work.mission;
                    return;
                }
            }
        }
    }

    /// The same where open clocks have no memory: the next of them is drawn at each step.
    fn run_memoryless(&mut self) {
        let mission = self.work.mission;
        self.path.run.watch.foretell(self.path.run.told_now());
        while !self.path.is_over() && self.path.run.cut.is_none() {
            let run = &mut self.path.run;
            let total = run.rate_sum();
            let wait = if total > 0.0 {
                exp1(&mut run.rng) / total
            } else {
                f64::INFINITY
            };
            let end = run.agenda.first().map_or(mission, |entry| entry.time());
            let mut end = end.min(mission);
            if run.is_before() {
                // What lasts into the mission is told from its beginning on.
                end = end.min(self.work.warm_up);
            }
            let left = (end - run.now) as f64;
            // How long the stay is in the mean, rather than this time.
            if !run.is_before() {
                run.watch.stay(run.told_now(), total, left, wait.min(left));
            }
            let time = run.now.saturating_add(wait as u64);
            if run.is_before() && time >= end && end == self.work.warm_up {
                run.now = end;
                continue;
            }
            match run.agenda.first() {
                Some(entry) if entry.time() <= time && entry.time() < mission => {
                    self.path.take(entry);
                }
                _ if time < mission => {
                    let at = search(&run.rates, uniform_open(&mut run.rng) * total);
                    let rare = run.running[at] as usize;
                    run.now = time;
                    self.path.fire_rare(rare);
                }
                _ => {
                    run.now = mission;
                    return;
                }
            }
        }
    }

    fn fire_rare(&mut self, rare: usize, service: ServiceId) {
        self.script(self.work.rares[rare].clock, Some(rare), service);
        self.path.fire_rare(rare);
    }

    fn fire_scheduled(&mut self, entry: Entry, service: ServiceId) {
        self.script(entry.clock(), None, service);
        self.path.take(entry);
    }
}
