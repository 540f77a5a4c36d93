//! Two systems that live through the same fate: what a change brings, trial by trial.
//!
//! Trials with the same number draw the same times for the parts that two systems have in common, so
//! most of what chance does to one of them it does to the other too, and is not in their difference.

use super::cost::PARTS_PER_UNIT;
use super::estimate::{CostEstimates, Estimates};
use crate::base::units::{NANOS_PER_SECOND, SECONDS_PER_YEAR};
use crate::engine::Outcome;
use crate::stats::{DifferenceMoments, Interval, Summary, independent_difference, mean_hall};

/// What each trial has brought, in the order of the trials.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Values {
    /// Downtime of each service in nanoseconds, trial by trial.
    down: Vec<u64>,
    /// What each trial has cost, in [`PARTS_PER_UNIT`]; empty if nothing costs money.
    cost: Vec<u64>,
}

impl Values {
    /// Adds a trial.
    pub(super) fn add(&mut self, outcome: &Outcome, cost: Option<u64>) {
        let services = outcome.services.iter();
        self.down
            .extend(services.map(|service| service.down_time()));
        self.cost.extend(cost);
    }

    /// Adds the trials of others, which follow on these.
    pub(super) fn append(&mut self, other: Values) {
        self.down.extend(other.down);
        self.cost.extend(other.cost);
    }

    /// The downtime of one of so many services in each trial.
    fn down_of(&self, service: usize, services: usize) -> impl Iterator<Item = u64> + '_ {
        self.down.iter().skip(service).step_by(services).copied()
    }
}

/// What another system brings instead of the one that it is set against: more of it is above zero.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Change {
    /// Downtime in seconds per year, of each of its services; nothing where it is not known.
    pub down: Vec<Option<Interval>>,
    /// Money per year.
    pub cost: Option<Interval>,
    /// The number of trials that were set against each other, or nothing where two intervals were.
    pub pairs: Option<u64>,
}

/// What `other` changes against `base`. A service is set against the one of the same name; where both
/// systems have only one, against that.
///
/// Trials are set against those with the same number where both systems have kept them and their
/// missions are of the same length, and as many as both have. Otherwise the interval of the difference
/// follows from those of the two figures.
pub fn change(base: (&Estimates, Option<&Values>), other: (&Estimates, Option<&Values>)) -> Change {
    let ((estimates, values), (others, other_values)) = (base, other);
    let is_alike = estimates.mission_s == others.mission_s;
    let pair = values.zip(other_values).filter(|_| is_alike);
    let is_only = estimates.services.len() == 1 && others.services.len() == 1;
    let down = others.services.iter().enumerate().map(|(at, service)| {
        let mut candidates = estimates.services.iter();
        let base_at = candidates.position(|base| is_only || base.name == service.name)?;
        match pair {
            Some((values, other_values)) => down_of_pairs(
                estimates,
                values.down_of(base_at, estimates.services.len()),
                other_values.down_of(at, others.services.len()),
            ),
            None => {
                let base = estimates.services[base_at].value("downtime", "mean")?;
                let mean = service.value("downtime", "mean")?;
                Some(independent_difference(mean, base))
            }
        }
    });
    Change {
        down: down.collect(),
        cost: cost_change(estimates, others, pair),
        pairs: pair.map(|_| estimates.trial_count.min(others.trial_count)),
    }
}

fn down_of_pairs(
    estimates: &Estimates,
    base: impl Iterator<Item = u64>,
    other: impl Iterator<Item = u64>,
) -> Option<Interval> {
    let mission = estimates.mission_s * NANOS_PER_SECOND;
    let sample = Summary {
        least: -mission,
        most: mission,
        ..differences(base, other).summary()
    };
    let per_year = SECONDS_PER_YEAR / mission;
    let interval = mean_hall(sample, estimates.level).ok()?;
    Some(interval.scaled(per_year))
}

fn cost_change(
    base: &Estimates,
    other: &Estimates,
    pair: Option<(&Values, &Values)>,
) -> Option<Interval> {
    let (base_cost, other_cost) = (base.cost.as_ref()?, other.cost.as_ref()?);
    if base_cost.currency != other_cost.currency {
        return None;
    }
    if let Some((values, others)) = pair {
        let moments = differences(values.cost.iter().copied(), others.cost.iter().copied());
        let sample = moments.summary();
        // Nothing limits what a trial can cost, so pairs that are all alike say less than either figure.
        if sample.variance > 0.0 {
            let years = base.mission_s / SECONDS_PER_YEAR;
            let interval = mean_hall(sample, base.level).ok()?;
            return Some(interval.scaled(1.0 / (PARTS_PER_UNIT * years)));
        }
    }
    let base = mean_cost(base_cost)?;
    Some(independent_difference(&mean_cost(other_cost)?, &base))
}

/// Other values less those of the base, as far as both go.
fn differences(
    base: impl Iterator<Item = u64>,
    other: impl Iterator<Item = u64>,
) -> DifferenceMoments {
    let mut moments = DifferenceMoments::new();
    for (base, other) in base.zip(other) {
        moments.record(other, base);
    }
    moments
}

/// What a year costs on average, if that is known.
pub(crate) fn mean_cost(cost: &CostEstimates) -> Option<Interval> {
    let (_, mean) = cost.total.iter().find(|(name, _)| *name == "mean")?;
    mean.as_ref().ok().copied()
}
