//! What trials of episodes add up to.

use std::collections::BTreeMap;

use super::watch::Record;
use crate::base::{Id, IdVec};
use crate::behaviour::Mechanism;
use crate::model::{Culprit, ServiceId};
use crate::stats::{ExactSum, RealMoments};

/// Sums over rare trials. All are exact, so that any split of the trials merges to the same ones.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RareTally {
    /// Number of trials.
    pub trial_count: u64,
    /// Events on main paths and in branches.
    pub event_count: u64,
    /// Of them, in branches.
    pub branch_event_count: u64,
    /// Episodes on main paths.
    pub episode_count: u64,
    /// The services.
    pub services: IdVec<ServiceId, RareServiceTally>,
    /// How often each rare clock began a branch.
    pub uses: Vec<u64>,
    /// How often the first, and how often another outcome of each branch of the rules was taken
    /// there.
    pub branch_uses: Vec<[u64; 2]>,
}

/// Sums of one service; values of a trial are weighted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RareServiceTally {
    /// Downtime of a trial in nanoseconds.
    pub down: RealMoments,
    /// Squares of the downtime of each episode: the variance of a plain trial, as its episodes are nearly
    /// independent of each other.
    pub down_squares: RealMoments,
    /// Outages of a trial.
    pub outages: RealMoments,
    /// Products of both.
    pub down_times_outages: ExactSum,
    /// Whether a trial had an outage.
    pub any: RealMoments,
    /// From the first outage of a trial to the end of the mission, in nanoseconds.
    pub after_first: RealMoments,
    /// Degraded time of a trial in nanoseconds.
    pub degraded: RealMoments,
    /// Downtime and full load lost while up, of a trial in nanoseconds.
    pub unserved: RealMoments,
    /// Downtime of a trial by culprit and mechanism; trials without any are not recorded.
    pub contributions: BTreeMap<(Culprit, Mechanism), RealMoments>,
    /// The same by culprit.
    pub culprits: BTreeMap<Culprit, RealMoments>,
    /// Weights of all branches: their mean is 1.
    pub weights: RealMoments,
    /// Weighted downtime of a branch.
    pub branch_down: RealMoments,
    /// The part of it from branches with a repair that may be made longer.
    pub exposed_down: ExactSum,
    /// The part of it from branches with an extreme repair.
    pub extreme_down: RealMoments,
    /// Branches that met an outage after an extreme repair.
    pub extreme_count: u64,
    /// Branches that met an outage.
    pub hit_count: u64,
    /// Branches that met one and followed the true law.
    pub true_hit_count: u64,
    /// Branches that followed the true law.
    pub true_count: u64,
}

impl RareTally {
    pub(super) fn new(services: usize, rares: usize, branches: usize) -> RareTally {
        RareTally {
            services: IdVec::filled(RareServiceTally::default(), services),
            uses: vec![0; rares],
            branch_uses: vec![[0; 2]; branches],
            ..RareTally::default()
        }
    }

    /// Adds the trials of another tally.
    pub fn merge(&mut self, other: &RareTally) {
        self.trial_count += other.trial_count;
        self.event_count += other.event_count;
        self.branch_event_count += other.branch_event_count;
        self.episode_count += other.episode_count;
        for (service, other) in self.services.iter_mut().zip(other.services.iter()) {
            service.merge(other);
        }
        for (uses, other) in self.uses.iter_mut().zip(&other.uses) {
            *uses += other;
        }
        for (uses, other) in self.branch_uses.iter_mut().zip(&other.branch_uses) {
            uses[0] += other[0];
            uses[1] += other[1];
        }
    }
}

impl RareServiceTally {
    fn merge(&mut self, other: &RareServiceTally) {
        self.down.merge(&other.down);
        self.down_squares.merge(&other.down_squares);
        self.outages.merge(&other.outages);
        self.down_times_outages.merge(&other.down_times_outages);
        self.any.merge(&other.any);
        self.after_first.merge(&other.after_first);
        self.degraded.merge(&other.degraded);
        self.unserved.merge(&other.unserved);
        for (cause, moments) in &other.contributions {
            self.contributions.entry(*cause).or_default().merge(moments);
        }
        for (culprit, moments) in &other.culprits {
            self.culprits.entry(*culprit).or_default().merge(moments);
        }
        self.weights.merge(&other.weights);
        self.branch_down.merge(&other.branch_down);
        self.exposed_down.merge(&other.exposed_down);
        self.extreme_down.merge(&other.extreme_down);
        self.extreme_count += other.extreme_count;
        self.hit_count += other.hit_count;
        self.true_hit_count += other.true_hit_count;
        self.true_count += other.true_count;
    }

    /// Adds a trial.
    pub(super) fn add(&mut self, sums: &TrialSums) {
        self.down.record(sums.down);
        self.down_squares.record(sums.down_squares);
        self.outages.record(sums.outages);
        self.down_times_outages.add(sums.down * sums.outages);
        self.any.record(sums.any);
        self.after_first.record(sums.after_first);
        self.degraded.record(sums.degraded);
        self.unserved.record(sums.unserved);
        let mut culprits: BTreeMap<Culprit, f64> = BTreeMap::new();
        for (&(culprit, mechanism), &down) in &sums.causes {
            self.contributions
                .entry((culprit, mechanism))
                .or_default()
                .record(down);
            *culprits.entry(culprit).or_default() += down;
        }
        for (culprit, down) in culprits {
            self.culprits.entry(culprit).or_default().record(down);
        }
    }
}

/// Weighted sums over the branches of one trial, for one service.
#[derive(Clone, Debug, Default)]
pub(super) struct TrialSums {
    down: f64,
    down_squares: f64,
    outages: f64,
    any: f64,
    after_first: f64,
    degraded: f64,
    unserved: f64,
    causes: BTreeMap<(Culprit, Mechanism), f64>,
}

impl TrialSums {
    pub(super) fn clear(&mut self) {
        *self = TrialSums {
            causes: std::mem::take(&mut self.causes),
            ..TrialSums::default()
        };
        self.causes.clear();
    }

    /// Adds a branch. Until the main path has been down itself, `is_first`, the first outage of a
    /// branch stands for the first of the mission.
    pub(super) fn add(&mut self, weight: f64, record: &Record, is_first: bool, mission: u64) {
        self.down += weight * record.down();
        let sampled = record.outages.iter().sum::<u64>() as f64;
        self.down_squares += weight * sampled * sampled;
        self.outages += weight * record.outages.len() as f64;
        self.degraded += weight * record.degraded;
        self.unserved += weight * (record.down() + record.lost);
        if let Some(first) = record.first.filter(|_| is_first) {
            self.any += weight;
            self.after_first += weight * (mission - first) as f64;
        }
        for &(blame, down) in &record.causes {
            let cause = (blame.culprit, blame.mechanism);
            *self.causes.entry(cause).or_default() += weight * down;
        }
    }
}

/// The services of a tally, with their ids.
pub(super) fn service_ids(tally: &RareTally) -> impl Iterator<Item = ServiceId> + use<> {
    (0..tally.services.len()).map(ServiceId::from_index)
}
