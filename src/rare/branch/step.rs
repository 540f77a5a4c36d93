//! What happens next in a branch: the failures that lead to an outage come before what is under way ends.
//!
//! In the window until the next scheduled event, `F` is the probability that an open clock fires times the value
//! of what that leads to, and `R` the probability that none does times the value of what the event leaves. An
//! estimate would have no variance if one fired with probability `F / (F + R)`, each as likely as its part of `F`, and
//! the values were exact (L'Ecuyer and Tuffin 2011).

use super::Brancher;
use super::hazards::{first_failure, first_gap, hazards_until, search, time_of};
use crate::base::Id;
use crate::math::rng::uniform_open;
use crate::model::ServiceId;
use crate::rare::agenda::Entry;
use crate::rare::steer::Steering;

/// How much hazard of open steps a window may have where other hazards change with age.
const LOOK_AHEAD: f64 = 1.0;
/// The least probability that a branch gives to a failure before the next event, unless it is truly less.
const FAILURE_MIN: f64 = 0.02;
/// An event restores redundancy if it leaves no larger part of the value.
const RESTORES: f64 = 0.5;
/// More hazard than this in a window is spent before long anyhow.
const EARLY_HAZARD_MAX: f64 = 0.5;
/// The largest power of the time left.
const EARLINESS_MAX: usize = 6;
/// Share of early failures that are drawn early.
const EARLY_SHARE: f64 = 0.8;
/// Share of biased failures that are chosen by what they lead to.
const STEERED_SHARE: f64 = 0.97;

/// What happens next in a branch.
pub(super) enum Step {
    Fires(usize, u64),
    Scheduled,
    /// Nothing yet: look again from this time on.
    Later(u64),
    MissionOver,
}

/// The time until the next scheduled event, and what may happen in it.
struct Window {
    /// Its length.
    span: f64,
    /// Hazard of all open clocks, and that times what each leads to.
    total: f64,
    steered: f64,
    /// Probability that one of them fires, truly and in the branch.
    fires: f64,
    beta: f64,
    /// What is under way at its end restores redundancy, so that an early failure leaves more time for the others
    /// that are needed.
    restores: bool,
}

/// An open clock that fires in a window.
struct Failure {
    /// Its place among those that run.
    at: usize,
    /// After how long.
    after: f64,
    /// The power of the time left by which it is drawn early.
    power: u32,
}

impl Brancher<'_> {
    /// Draws what happens next, and weighs it.
    pub(super) fn step(&mut self, service: ServiceId) -> Step {
        let (run, mission) = (&self.path.run, self.work.mission);
        let now = run.now;
        let scheduled = run.agenda.first().filter(|entry| entry.time() < mission);
        let (end, is_cut) = self.window(scheduled.map_or(mission, |entry| entry.time()));
        let total = hazards_until(self.work, run, end, &mut self.hazards);
        let at_end = match scheduled {
            _ if is_cut => Step::Later(end),
            Some(_) => Step::Scheduled,
            None => Step::MissionOver,
        };
        if total <= 0.0 {
            // What happens then is steered by what is now, not by what was looked at last.
            let (behaviour, values) = (&self.work.behaviour, &mut self.values);
            let steering = &self.steering[service.index()];
            steering.evaluate(&self.path, behaviour, &self.hazards, 1.0, values);
            return at_end;
        }
        let window = self.foresee_window(service, (end - now) as f64, total, &at_end, scheduled);
        let run = &mut self.path.run;
        let truly = run.bias.truly;
        let probability = if truly { window.fires } else { window.beta };
        if uniform_open(&mut run.rng) >= probability {
            run.bias.log_weight += -total - libm::log1p(-window.beta);
            return at_end;
        }
        let steering = &self.steering[service.index()];
        let failure = if truly {
            self.true_failure(steering, &window)
        } else {
            self.biased_failure(steering, &window)
        };
        let after = (failure.after as u64).min(end - now);
        let ratio = self.log_ratio(&window, &failure, after);
        let run = &mut self.path.run;
        run.bias.log_weight += ratio;
        Step::Fires(run.running[failure.at] as usize, now + after)
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

    /// Finds out what a window may lead to, of which the hazards are known.
    fn foresee_window(
        &mut self,
        service: ServiceId,
        span: f64,
        total: f64,
        at_end: &Step,
        scheduled: Option<Entry>,
    ) -> Window {
        let behaviour = &self.work.behaviour;
        let steering = &self.steering[service.index()];
        steering.evaluate(&self.path, behaviour, &self.hazards, span, &mut self.values);
        let (values, chances) = (&self.values, &mut self.chances);
        let steered = steering.weigh_open(&self.path, behaviour, &self.hazards, values, chances);
        let left = match (at_end, scheduled) {
            (Step::Scheduled, Some(entry)) => {
                let event = behaviour.clocks[entry.clock()].event;
                steering.after_event(&self.path, behaviour, event, &self.values)
            }
            (Step::Later(_), _) => self.values.now,
            (Step::Scheduled | Step::Fires(..) | Step::MissionOver, _) => 0.0,
        };
        let fires = -libm::expm1(-total);
        let forward = fires / total * steered;
        let back = (1.0 - fires) * left;
        let wanted = if forward > 0.0 {
            forward / (forward + back)
        } else {
            fires
        };
        let most = self.mixture.failure_max.max(fires);
        Window {
            span,
            total,
            steered,
            fires,
            beta: wanted.clamp(fires.min(FAILURE_MIN), most),
            restores: total < EARLY_HAZARD_MAX && back < RESTORES * (1.0 - fires) * self.values.now,
        }
    }

    /// The first open clock to fire, by the true law.
    fn true_failure(&mut self, steering: &Steering, window: &Window) -> Failure {
        let (at, after) = first_failure(self.work, &mut self.path.run, &self.hazards);
        let power = self.earliness(steering, window, at);
        Failure { at, after, power }
    }

    /// An open clock by what it leads to, perhaps early.
    fn biased_failure(&mut self, steering: &Steering, window: &Window) -> Failure {
        let &Window { total, steered, .. } = window;
        let rng = &mut self.path.run.rng;
        let at = if steered > 0.0 && uniform_open(rng) < STEERED_SHARE {
            search(&self.chances, uniform_open(rng) * steered)
        } else {
            search(&self.hazards, uniform_open(rng) * total)
        };
        let power = self.earliness(steering, window, at);
        let rng = &mut self.path.run.rng;
        let spent = if power > 0 && uniform_open(rng) < EARLY_SHARE {
            // The least of several is early by that power.
            (0..=power).fold(1.0, |least: f64, _| least.min(uniform_open(rng)))
        } else {
            first_gap(total, rng) / total
        };
        let after = time_of(self.work, &self.path.run, at, spent * self.hazards[at]);
        Failure { at, after, power }
    }

    /// The power of the time left in a window by which an open clock is drawn early.
    fn earliness(&self, steering: &Steering, window: &Window, at: usize) -> u32 {
        let index = self.path.run.running[at] as usize;
        if window.restores && self.work.rares[index].is_strike {
            let missing = steering.missing_after(index, &self.path.state, &self.values);
            missing.min(EARLINESS_MAX) as u32
        } else {
            0
        }
    }

    /// Logarithm of true over used density of an open clock that fires after so long.
    fn log_ratio(&self, window: &Window, failure: &Failure, after: u64) -> f64 {
        let &Window {
            total,
            steered,
            fires,
            beta,
            ..
        } = window;
        let hazard = self.hazards[failure.at];
        let share = hazard / total;
        let steer = if steered > 0.0 {
            STEERED_SHARE * self.chances[failure.at] / steered + (1.0 - STEERED_SHARE) * share
        } else {
            share
        };
        let (spent, own) = self.spent(window, failure.at, after);
        if failure.power > 0 {
            let left = (0..failure.power).fold(1.0, |product, _| product * (1.0 - own));
            let density = EARLY_SHARE * f64::from(failure.power + 1) * left
                + (1.0 - EARLY_SHARE) * total * libm::exp(-total * own) / fires;
            libm::log(hazard / (beta * steer * density)) - spent
        } else {
            libm::log(share * fires / (beta * steer)) + (total * own - spent)
        }
    }

    /// The hazard that a part of a window eats up, and the share of its own that one open clock does.
    fn spent(&self, window: &Window, at: usize, after: u64) -> (f64, f64) {
        if self.work.is_memoryless {
            let part = after as f64 / window.span;
            return (window.total * part, part);
        }
        let run = &self.path.run;
        let (mut spent, mut own) = (0.0, 0.0);
        for (place, &index) in run.running.iter().enumerate() {
            if self.hazards[place] > 0.0 {
                let (rare, plan) = (&run.rares[index as usize], &self.work.rares[index as usize]);
                let age = rare.age_at(run.now);
                let hazard = plan.hazard_between(age, age + rare.speed * after as f64);
                spent += hazard;
                if place == at {
                    own = (hazard / self.hazards[place]).min(1.0);
                }
            }
        }
        (spent, own)
    }
}
