//! What the open clocks of a path do by their hazards: how much of them a time eats up, and which fires first.

use crate::math::rng::{Stream, exp1, uniform_open};
use crate::rare::clockwork::Clockwork;
use crate::rare::path::Run;

/// More than any window is asked for.
const HAZARD_MAX: f64 = 700.0;
/// With so much hazard in a window something fires for sure.
const SURE: f64 = 40.0;

/// Hazards of the open clocks that run, per nanosecond, now: their sum.
pub(super) fn hazards_now(work: &Clockwork, run: &Run<'_>, hazards: &mut Vec<f64>) -> f64 {
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

/// An exponential variate with mean 1, given that it is below `most`.
pub(super) fn first_gap(most: f64, rng: &mut Stream) -> f64 {
    if most > SURE {
        exp1(rng)
    } else {
        -libm::log1p(uniform_open(rng) * libm::expm1(-most))
    }
}

/// How long an open clock, given by its place, takes to eat up so much hazard.
pub(super) fn time_of(work: &Clockwork, run: &Run<'_>, at: usize, hazard: f64) -> f64 {
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
pub(super) fn search(weights: &[f64], mut at: f64) -> usize {
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
