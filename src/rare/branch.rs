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

use super::clockwork::Clockwork;
use super::path::{Path, Run, index_by};
use super::steer::{Steering, Values};
use super::stretch::EXTREME;
use crate::base::Id;
use crate::behaviour::{
    AtLoad, Behaviour, BranchId, ClockId, Interpreter, ServiceState, State, StopwatchId,
};
use crate::math::rng::{Stream, exp1, index_below, uniform_open};
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

/// What leaves the quiet state, when, and true over used probability of that.
#[derive(Clone, Copy, Debug)]
pub(super) struct Initiator {
    pub(super) index: usize,
    pub(super) at: u64,
    pub(super) weight: f64,
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
    /// How often each rare clock has begun a branch.
    pub(super) uses: Vec<u64>,
    /// How often each outcome of each branch of the rules was taken there: first, any other.
    pub(super) branch_uses: Vec<[u64; 2]>,
}

/// What the open clocks of a quiet path will have eaten up, and that times what it leads to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Foreseen {
    pub(super) hazard: f64,
    pub(super) steered: f64,
}

/// What happens next in a branch.
enum Step {
    Fires(usize, u64),
    Scheduled,
    /// Nothing yet: look again from this time on.
    Later(u64),
    MissionOver,
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
            uses: vec![0; work.rares.len()],
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
        self.path.run.now = at;
        self.path
            .run
            .watch
            .begin(service, self.work.behaviour.service_count());
        let bias = &mut self.path.run.bias;
        bias.is_off = false;
        bias.log_weight = 0.0;
        bias.stretched = self.mixture.stretched;
        bias.hazard_max = 0.0;
        bias.tail_max = 0.0;
        bias.script.clear();
        let share = self.mixture.true_share;
        let manner = uniform_open(&mut self.path.run.rng);
        let truly = manner < share;
        self.path.run.bias.truly = truly;
        let mut initiator_weight = 1.0;
        match start {
            Start::Open(Initiator { index, weight, .. }) => {
                // The values are those with which it was drawn.
                initiator_weight = weight;
                self.uses[index] += 1;
                self.fire_rare(index, service);
            }
            Start::Scheduled => {
                let entry = self.path.run.agenda.first();
                let entry = entry.expect("an event that took place was on the list");
                self.values.by_fit = false;
                self.evaluate_now(service);
                self.script(entry.clock(), None, service);
                self.path.take(entry);
            }
            Start::Begun => {
                let state = before.state.service(service);
                self.path.run.service_changed(service, state);
            }
        }
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

    /// Values of the present state by the present hazards.
    fn evaluate_now(&mut self, service: ServiceId) {
        hazards_now(self.work, &self.path.run, &mut self.hazards);
        self.steering[service.index()].evaluate(
            &self.path,
            &self.work.behaviour,
            &self.hazards,
            1.0,
            &mut self.values,
        );
    }

    /// What each open clock would lead to, times its hazard: the sum.
    fn weigh_chances(&mut self, service: ServiceId) -> f64 {
        let steering = &self.steering[service.index()];
        chances_of(
            steering,
            &self.path,
            self.work,
            &self.hazards,
            &self.values,
            &mut self.chances,
        )
    }

    /// Looks at what may fire on a quiet path until a time, or, without one, now: the hazard, and that
    /// times the value of what it leads to.
    pub(super) fn foresee(
        &mut self,
        quiet: &Path<'_>,
        end: Option<u64>,
        service: ServiceId,
    ) -> Foreseen {
        let (hazard, span) = match end {
            Some(end) => (
                hazards_until(self.work, &quiet.run, end, &mut self.hazards),
                (end - quiet.run.now) as f64,
            ),
            None => (hazards_now(self.work, &quiet.run, &mut self.hazards), 1.0),
        };
        let steering = &self.steering[service.index()];
        self.values.by_fit = false;
        steering.evaluate(
            quiet,
            &self.work.behaviour,
            &self.hazards,
            span,
            &mut self.values,
        );
        let steered = chances_of(
            steering,
            quiet,
            self.work,
            &self.hazards,
            &self.values,
            &mut self.chances,
        );
        Foreseen { hazard, steered }
    }

    /// Draws which open clock of a quiet path leaves that state, and when, of what was just foreseen
    /// until `end`, or which does now. `value` is the mean worth of a unit of hazard.
    ///
    /// A part is drawn by hazard, so that no weight is above its inverse; half of the rest by what it
    /// may lead to; the other half evenly, so that a rare initiator is never overlooked.
    pub(super) fn initiator(
        &mut self,
        quiet: &Path<'_>,
        end: Option<u64>,
        foreseen: Foreseen,
        value: f64,
        rng: &mut Stream,
    ) -> Initiator {
        let Foreseen { hazard, steered } = foreseen;
        let run = &quiet.run;
        let valued = self.mixture.by_value();
        let mut share = self.mixture.true_initiators;
        if value <= 0.0 {
            // Nothing is known to be worth more than anything else.
            share += valued;
        }
        let by_hazard = share * hazard;
        let by_value = if value > 0.0 {
            valued * steered / value
        } else {
            0.0
        };
        let evenly = valued * hazard;
        let which = uniform_open(rng) * (by_hazard + by_value + evenly);
        let active = self.hazards.iter().filter(|&&hazard| hazard > 0.0).count();
        let chosen = if which < by_hazard {
            search(&self.hazards, uniform_open(rng) * hazard)
        } else if which < by_hazard + by_value {
            search(&self.chances, uniform_open(rng) * steered)
        } else {
            let nth = index_below(active, rng);
            let mut active = (0..self.hazards.len()).filter(|&at| self.hazards[at] > 0.0);
            active.nth(nth).expect("so many are active")
        };
        let own = self.hazards[chosen];
        let mut chance = share * own + evenly / active as f64;
        if value > 0.0 {
            chance += valued * self.chances[chosen] / value;
        }
        let at = end.map_or(run.now, |end| {
            let after = time_of(self.work, run, chosen, own * uniform_open(rng)) as u64;
            (run.now + after).min(end - 1)
        });
        Initiator {
            index: run.running[chosen] as usize,
            at,
            weight: own / chance,
        }
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
            if self.path.is_quiet() {
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
                    self.fire_rare(rare, service);
                }
                Step::Scheduled => {
                    let entry = self.path.run.agenda.first();
                    let entry = entry.expect("the window ends with an event");
                    self.path.run.now = entry.time();
                    self.script(entry.clock(), None, service);
                    self.path.take(entry);
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
        while !self.path.is_quiet() {
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
        while !self.path.is_quiet() {
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

    /// What happens next, and its weight.
    fn step(&mut self, service: ServiceId) -> Step {
        let run = &self.path.run;
        let now = run.now;
        let scheduled = run
            .agenda
            .first()
            .filter(|entry| entry.time() < self.work.mission);
        let (end, is_cut) = self.window(scheduled.map_or(self.work.mission, |entry| entry.time()));
        let span = (end - now) as f64;
        let total = hazards_until(self.work, run, end, &mut self.hazards);
        let at_end = if is_cut {
            Step::Later(end)
        } else if scheduled.is_some() {
            Step::Scheduled
        } else {
            Step::MissionOver
        };
        if total <= 0.0 {
            return at_end;
        }
        let fires = -libm::expm1(-total);
        let steering = &self.steering[service.index()];
        steering.evaluate(
            &self.path,
            &self.work.behaviour,
            &self.hazards,
            span,
            &mut self.values,
        );
        let steered = self.weigh_chances(service);
        let forward = fires / total * steered;
        let after = match (&at_end, scheduled) {
            (Step::Scheduled, Some(entry)) => steering.after_event(
                &self.path,
                &self.work.behaviour,
                self.work.behaviour.clocks[entry.clock()].event,
                &self.values,
            ),
            (Step::Later(_), _) => self.values.now,
            (Step::Scheduled | Step::Fires(..) | Step::MissionOver, _) => 0.0,
        };
        let back = (1.0 - fires) * after;
        let wanted = if forward > 0.0 {
            forward / (forward + back)
        } else {
            fires
        };
        let most = self.mixture.failure_max.max(fires);
        let beta = wanted.clamp(fires.min(0.02), most);

        let run = &mut self.path.run;
        let truly = run.bias.truly;
        if uniform_open(&mut run.rng) >= if truly { fires } else { beta } {
            run.bias.log_weight += -total - libm::log1p(-beta);
            return at_end;
        }
        // Where what is under way at the end of the window restores redundancy, an early failure
        // leaves more time for the others that are needed.
        let restores = total < 0.5 && back < RESTORES * (1.0 - fires) * self.values.now;
        let mut power = 0;
        let (at, after) = if truly {
            let (at, after) = first_failure(self.work, run, &self.hazards);
            if restores {
                power = self.earliness(steering, at);
            }
            (at, after)
        } else {
            let at = if steered > 0.0 && uniform_open(&mut run.rng) < STEERED_SHARE {
                search(&self.chances, uniform_open(&mut run.rng) * steered)
            } else {
                search(&self.hazards, uniform_open(&mut run.rng) * total)
            };
            if restores {
                power = self.earliness(steering, at);
            }
            let run = &mut self.path.run;
            let spent = if power > 0 && uniform_open(&mut run.rng) < EARLY_SHARE {
                // The least of several is early by that power.
                (0..=power).fold(1.0, |least: f64, _| least.min(uniform_open(&mut run.rng)))
            } else {
                first_gap(total, &mut run.rng) / total
            };
            let hazard = spent * self.hazards[at];
            (at, time_of(self.work, run, at, hazard))
        };
        let after = (after as u64).min(end - now);
        // The density of this rare clock at this part of its hazard, truly and as chosen.
        let share = self.hazards[at] / total;
        let steer = if steered > 0.0 {
            STEERED_SHARE * self.chances[at] / steered + (1.0 - STEERED_SHARE) * share
        } else {
            share
        };
        let run = &mut self.path.run;
        let (spent, own) = if self.work.is_memoryless {
            let part = after as f64 / span;
            (total * part, part)
        } else {
            let (mut spent, mut own) = (0.0, 0.0);
            for (place, &index) in run.running.iter().enumerate() {
                if self.hazards[place] > 0.0 {
                    let (state, plan) =
                        (&run.rares[index as usize], &self.work.rares[index as usize]);
                    let age = state.age_at(now);
                    let hazard = plan.hazard_between(age, age + state.speed * after as f64);
                    spent += hazard;
                    if place == at {
                        own = (hazard / self.hazards[place]).min(1.0);
                    }
                }
            }
            (spent, own)
        };
        run.bias.log_weight += if power > 0 {
            let left = (0..power).fold(1.0, |product, _| product * (1.0 - own));
            let density = EARLY_SHARE * f64::from(power + 1) * left
                + (1.0 - EARLY_SHARE) * total * libm::exp(-total * own) / fires;
            libm::log(self.hazards[at] / (beta * steer * density)) - spent
        } else {
            libm::log(share * fires / (beta * steer)) + (total * own - spent)
        };
        Step::Fires(run.running[at] as usize, now + after)
    }

    /// How far to look ahead at most, up to `end`, and whether that is less far.
    fn window(&self, end: u64) -> (u64, bool) {
        if self.work.is_memoryless {
            return (end, false);
        }
        let run = &self.path.run;
        let (mut last, mut steps) = (end, 0.0);
        for &index in &run.running {
            let (rare, plan) = (&run.rares[index as usize], &self.work.rares[index as usize]);
            if rare.speed > 0.0 {
                if plan.oldest.is_finite() {
                    // Near the greatest age the hazard has no bound: go there in steps.
                    let left = (plan.oldest - rare.age_at(run.now)) / rare.speed;
                    last = last.min(run.now + ((0.5 * left) as u64).max(1));
                }
                if !plan.is_strike {
                    steps += rare.speed * plan.hazard_at(0.0);
                }
            }
        }
        if steps > 0.0 {
            // The mix of hazards changes little before the next step is likely.
            last = last.min(run.now + ((LOOK_AHEAD / steps) as u64).max(1));
        }
        (last, last < end)
    }

    /// The power of the time left in the window by which an open clock is drawn early.
    fn earliness(&self, steering: &Steering, at: usize) -> u32 {
        let index = self.path.run.running[at] as usize;
        if self.work.rares[index].is_strike {
            let missing = steering.missing_after(index, &self.path.state, &self.values);
            missing.min(EARLINESS_MAX) as u32
        } else {
            0
        }
    }

    /// Prepares for the rule of a clock: how far an outage is, and which branches it shall take.
    ///
    /// A branch is looked at before it is taken: the rule runs on a copy of the state for each of
    /// its outcomes, and an outcome gets the probability that its value deserves.
    fn script(&mut self, clock: ClockId, rare: Option<usize>, service: ServiceId) {
        let steering = &self.steering[service.index()];
        if self.work.has_stretches() {
            steering.stretching(
                rare,
                &self.path.state,
                &self.values,
                &mut self.path.run.bias,
            );
        }
        self.path.run.bias.script.clear();
        self.path.run.bias.script_at = 0;
        if !self.work.may_branch(clock) {
            return;
        }
        let behaviour = &self.work.behaviour;
        loop {
            let open = self.probe(behaviour, clock, service).open;
            let Some((branch, weights)) = open else {
                return;
            };
            let struck = rare.filter(|&rare| steering.struck_group(rare).is_some());
            let power = struck.map_or(0, |rare| {
                steering.missing_after(rare, &self.path.state, &self.values)
            });
            let mut chances = Vec::with_capacity(weights.len());
            let mut exposures = Vec::with_capacity(weights.len());
            for (outcome, weight) in weights.iter().enumerate() {
                self.path.run.bias.script.push(outcome);
                let probe = self.probe(behaviour, clock, service);
                let (is_down, exposure) = (probe.is_down, probe.exposure);
                self.path.run.bias.script.pop();
                let value = if is_down && !self.values.by_fit {
                    1.0
                } else {
                    self.look_values.clone_rates(&self.values);
                    steering.look(&self.looked, behaviour, &mut self.look_values)
                };
                chances.push(weight * value);
                exposures.push(exposure);
            }
            if power > 0
                && exposures
                    .iter()
                    .all(|&exposure| exposure > 0.0 && exposure.is_finite())
            {
                // What takes longer to mend leaves more time for the failures that are missing, until
                // something else is back.
                let others = struck
                    .and_then(|rare| steering.struck_group(rare))
                    .map_or(0.0, |group| self.values.back(group));
                for (chance, exposure) in chances.iter_mut().zip(&exposures) {
                    for step in 0..power {
                        let mean = step as f64 / exposures[0];
                        *chance /= 1.0 + exposures[0] * (others + 1.0 / exposure + mean);
                    }
                }
            }
            let sum: f64 = chances.iter().sum();
            let possible = weights.iter().filter(|&&weight| weight > 0.0).count() as f64;
            for (chance, &weight) in chances.iter_mut().zip(&weights) {
                let steer = if sum > 0.0 { *chance / sum } else { weight };
                let even = if weight > 0.0 { 1.0 / possible } else { 0.0 };
                *chance = 0.8 * steer + 0.1 * weight + 0.1 * even;
            }
            let run = &mut self.path.run;
            let taken = index_by(
                if run.bias.truly { &weights } else { &chances },
                &mut run.rng,
            );
            run.bias.log_weight += libm::log(weights[taken] / chances[taken]);
            run.bias.script.push(taken);
            self.branch_uses[branch.index()][usize::from(taken > 0)] += 1;
        }
    }

    /// Runs a rule on a copy of the state, along the script, as far as the first open branch.
    fn probe(&mut self, behaviour: &Behaviour, clock: ClockId, service: ServiceId) -> Probe<'_> {
        self.looked.copy_from(&self.path.state);
        let mut probe = Probe {
            script: &self.path.run.bias.script,
            at: 0,
            open: None,
            service,
            is_down: false,
            work: self.work,
            exposure: 0.0,
        };
        behaviour.fire(&mut self.looked, clock, &mut probe);
        probe
    }
}

/// More than any window is asked for.
const HAZARD_MAX: f64 = 700.0;
/// With so much hazard in a window something fires for sure.
const SURE: f64 = 40.0;
/// How much hazard of open steps a window may have where other hazards change with age.
const LOOK_AHEAD: f64 = 1.0;
/// An event restores redundancy if it leaves no larger part of the value.
const RESTORES: f64 = 0.5;
/// The largest power of the time left.
const EARLINESS_MAX: usize = 6;
/// Share of early failures that are drawn early.
const EARLY_SHARE: f64 = 0.8;
/// Share of biased failures that are chosen by what they lead to.
const STEERED_SHARE: f64 = 0.97;

/// Hazards of the open clocks that run, per nanosecond, now: their sum.
fn hazards_now(work: &Clockwork, run: &Run<'_>, hazards: &mut Vec<f64>) -> f64 {
    hazards.clear();
    let mut total = 0.0;
    for &index in &run.running {
        let rare = &run.rares[index as usize];
        let hazard = if rare.speed > 0.0 {
            rare.speed * work.rares[index as usize].hazard_at(rare.age_at(run.now))
        } else {
            0.0
        };
        hazards.push(hazard);
        total += hazard;
    }
    total
}

/// Hazards of the open clocks that run, from now until a time, unbounded ones cut.
pub(super) fn hazards_until(
    work: &Clockwork,
    run: &Run<'_>,
    end: u64,
    hazards: &mut Vec<f64>,
) -> f64 {
    let span = (end - run.now) as f64;
    hazards.clear();
    if work.is_memoryless {
        hazards.extend(run.rates.iter().map(|rate| rate * span));
        return run.rate_sum() * span;
    }
    let mut total = 0.0;
    for &index in &run.running {
        let (rare, plan) = (&run.rares[index as usize], &work.rares[index as usize]);
        let hazard = if rare.speed > 0.0 {
            match plan.rate {
                Some(rate) => rate * (rare.speed * span),
                None => {
                    let age = rare.age_at(run.now);
                    plan.hazard_between(age, age + rare.speed * span)
                        .min(HAZARD_MAX)
                }
            }
        } else {
            0.0
        };
        hazards.push(hazard);
        total += hazard;
    }
    total
}

/// What each open clock of a path would lead to, times its hazard, and the sum.
fn chances_of(
    steering: &Steering,
    path: &Path<'_>,
    work: &Clockwork,
    hazards: &[f64],
    values: &Values,
    chances: &mut Vec<f64>,
) -> f64 {
    let mut sum = 0.0;
    chances.clear();
    for (&index, &hazard) in path.run.running.iter().zip(hazards) {
        let chance = if hazard > 0.0 {
            hazard * steering.after_open(index as usize, path, &work.behaviour, values)
        } else {
            0.0
        };
        chances.push(chance);
        sum += chance;
    }
    sum
}

/// An exponential variate with mean 1, given that it is below `most`.
fn first_gap(most: f64, rng: &mut Stream) -> f64 {
    if most > SURE {
        exp1(rng)
    } else {
        -libm::log1p(uniform_open(rng) * libm::expm1(-most))
    }
}

/// How long an open clock, given by its place, takes to eat up so much hazard.
fn time_of(work: &Clockwork, run: &Run<'_>, at: usize, hazard: f64) -> f64 {
    let index = run.running[at] as usize;
    let rare = &run.rares[index];
    work.rares[index].until(rare.age_at(run.now), hazard) / rare.speed
}

/// Which open clock fires first, as a place among those that run, and how long that takes, by the true
/// law, given that one does while these hazards are eaten up.
///
/// The clocks are Poisson processes of which the first point counts: their points are many or few, as a
/// Poisson variable, each belongs to a clock by its hazard, and lies evenly in it.
pub(super) fn first_failure(work: &Clockwork, run: &mut Run<'_>, hazards: &[f64]) -> (usize, f64) {
    let total: f64 = hazards.iter().sum();
    if work.is_memoryless {
        // All grow alike.
        let at = search(hazards, uniform_open(&mut run.rng) * total);
        let spent = first_gap(total, &mut run.rng) / total;
        return (at, time_of(work, run, at, spent * hazards[at]));
    }
    let mut first: Option<(usize, f64)> = None;
    // The gaps between points, the first of which is below the total, tell how many there are.
    let mut gaps = first_gap(total, &mut run.rng);
    while gaps < total {
        let at = search(hazards, uniform_open(&mut run.rng) * total);
        let spent = uniform_open(&mut run.rng) * hazards[at];
        let time = time_of(work, run, at, spent);
        if first.is_none_or(|(_, earliest)| time < earliest) {
            first = Some((at, time));
        }
        gaps += exp1(&mut run.rng);
    }
    first.expect("one of the clocks fires")
}

/// The index at which the running sum of weights passes a value; never one without weight.
fn search(weights: &[f64], mut at: f64) -> usize {
    let mut last = 0;
    for (index, &weight) in weights.iter().enumerate() {
        if weight > 0.0 {
            if at < weight {
                return index;
            }
            at -= weight;
            last = index;
        }
    }
    last
}

/// An interpreter that only wants to know which branches a rule has, and where they lead.
#[derive(Debug)]
struct Probe<'s> {
    script: &'s [usize],
    at: usize,
    /// The first branch that the script does not decide, and the weights of its outcomes.
    open: Option<(BranchId, Vec<f64>)>,
    service: ServiceId,
    is_down: bool,
    work: &'s Clockwork,
    /// Mean length of what it starts during which redundancy is missing.
    exposure: f64,
}

impl Probe<'_> {
    fn take(&mut self, branch: BranchId, weights: impl FnOnce() -> Vec<f64>) -> usize {
        let taken = self.script.get(self.at).copied();
        self.at += 1;
        taken.unwrap_or_else(|| {
            let weights = weights();
            // What follows is decided later: suppose the likeliest.
            let likeliest = (0..weights.len())
                .rev()
                .max_by(|&a, &b| weights[a].total_cmp(&weights[b]))
                .unwrap_or(0);
            self.open.get_or_insert((branch, weights));
            likeliest
        })
    }
}

impl Interpreter for Probe<'_> {
    fn start(&mut self, clock: ClockId, _: f64) {
        self.exposure += self.work.exposure(clock);
    }
    fn stop(&mut self, _: ClockId) {}
    fn set_speed(&mut self, _: ClockId, _: f64) {}
    fn renew(&mut self, _: ClockId, _: f64) {}
    fn start_longer(&mut self, _: ClockId, _: StopwatchId, _: f64) {}
    fn start_at_load(&mut self, _: ClockId, _: ServiceId, _: AtLoad) {}
    fn reset(&mut self, _: StopwatchId) {}
    fn choose(&mut self, branch: BranchId, probability: f64) -> bool {
        self.take(branch, || vec![probability, 1.0 - probability]) == 0
    }
    fn pick(&mut self, branch: BranchId, weights: &[f64]) -> usize {
        self.take(branch, || weights.to_vec())
    }
    fn service_changed(&mut self, service: ServiceId, state: ServiceState) {
        if service == self.service {
            self.is_down = state.level == crate::model::Level::Down;
        }
    }
}
