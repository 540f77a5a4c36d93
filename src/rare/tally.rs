//! What trials of episodes add up to.

use std::collections::BTreeMap;

use super::mission::{Judge, Line, MissionSums};
use super::watch::Record;
use crate::base::{Id, IdVec};
use crate::behaviour::Mechanism;
use crate::engine::Cut;
use crate::model::{CostItem, Culprit, Root, ServiceId};
use crate::stats::{ExactSum, Level, RealMoments, TailMoments, TrialValues, never_in};
use crate::trials::{Layout, PART_COUNT, Tally, split};

/// Sums over rare trials. All are exact, so that any split of the trials merges to the same ones.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RareTally {
    /// Number of trials.
    pub trial_count: u64,
    /// Why one more has not come to its end, if one has not: what it has done is not to be told.
    pub cut: Option<Cut>,
    /// Events on main paths and in branches.
    pub event_count: u64,
    /// Of them, in branches.
    pub branch_event_count: u64,
    /// Episodes on main paths.
    pub episode_count: u64,
    /// Branches that were followed to the end of the mission.
    pub followed_count: u64,
    /// The services.
    pub services: IdVec<ServiceId, RareServiceTally>,
    /// What main paths say by themselves, each of which is a plain trial.
    pub plain: Tally,
    /// What money is spent on, with what each trial has spent on it, in units of the currency.
    pub costs: Vec<(CostItem, RealMoments)>,
    /// All of it.
    pub total_cost: RealMoments,
    /// The same with what is given back for the months of the main path alone.
    pub total_cost_often: RealMoments,
    /// How each rare clock was tried.
    pub uses: Vec<Uses>,
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
    /// Takeovers of a trial of which it is known how writes reach the standbys.
    pub takeovers: RealMoments,
    /// Data lost in them, in nanoseconds of writes.
    pub data_lost: RealMoments,
    /// Products of both.
    pub lost_times_takeovers: ExactSum,
    /// Data lost in each takeover.
    pub loss_tail: TailMoments,
    /// Of each target for that: takeovers of a trial that break it, and products with the takeovers.
    pub broken: Vec<(RealMoments, ExactSum)>,
    /// Episodes of a trial that had an outage.
    pub bad_episodes: RealMoments,
    /// Whether a trial had an outage.
    pub any: RealMoments,
    /// From the first outage of a trial to the end of the mission, in nanoseconds.
    pub after_first: RealMoments,
    /// Downtime of a trial, as a distribution.
    pub down_tail: TailMoments,
    /// Outages of a trial, as a distribution.
    pub outages_tail: TailMoments,
    /// Longest outage of a trial in nanoseconds; 0 without one.
    pub longest: RealMoments,
    /// The same, as a distribution.
    pub longest_tail: TailMoments,
    /// Lengths of all outages.
    pub duration_tail: TailMoments,
    /// When the first outage of a trial begins.
    pub first_tail: TailMoments,
    /// Years and months of a trial that break each target.
    pub breaches: Vec<[RealMoments; 2]>,
    /// Downtime in equal parts of the mission; trials without any are not recorded.
    pub parts: Vec<RealMoments>,
    /// Degraded time of a trial in nanoseconds.
    pub degraded: RealMoments,
    /// Of that: while writes stalled for want of a standby.
    pub stalled: RealMoments,
    /// Downtime and full load lost while up, of a trial in nanoseconds.
    pub unserved: RealMoments,
    /// Downtime of a trial by culprit and mechanism; trials without any are not recorded.
    pub contributions: BTreeMap<(Culprit, Mechanism), RealMoments>,
    /// The same by culprit.
    pub culprits: BTreeMap<Culprit, RealMoments>,
    /// Downtime and outages of a trial by what began them; trials without any are not recorded.
    pub roots: BTreeMap<Root, RareRootMoments>,
    /// Full load lost while up, of a trial.
    pub lost: RealMoments,
    /// The same by culprit and mechanism; trials without any are not recorded.
    pub lost_by: BTreeMap<(Culprit, Mechanism), RealMoments>,
    /// Weights of all branches: their mean is 1.
    pub weights: RealMoments,
    /// Weighted downtime of a branch.
    pub branch_down: RealMoments,
    /// The part of it that should come from branches with an extreme repair, as far as the laws and the
    /// structure tell.
    pub foreseen_extreme: ExactSum,
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
    pub(super) fn new(
        judges: &IdVec<ServiceId, Judge>,
        layout: &Layout,
        rares: usize,
        branches: usize,
    ) -> RareTally {
        let services = judges.iter().map(|judge| RareServiceTally {
            breaches: vec![Default::default(); judge.limits.len()],
            broken: vec![Default::default(); judge.limits.len()],
            parts: vec![RealMoments::default(); PART_COUNT],
            ..RareServiceTally::default()
        });
        RareTally {
            services: services.collect(),
            plain: Tally::new(layout),
            costs: layout
                .prices
                .items()
                .map(|item| (item, RealMoments::default()))
                .collect(),
            uses: vec![Uses::default(); rares],
            branch_uses: vec![[0; 2]; branches],
            ..RareTally::default()
        }
    }

    /// Adds the trials of another tally.
    pub fn merge(&mut self, other: &RareTally) {
        self.trial_count += other.trial_count;
        self.cut = self.cut.or(other.cut);
        self.event_count += other.event_count;
        self.branch_event_count += other.branch_event_count;
        self.episode_count += other.episode_count;
        self.followed_count += other.followed_count;
        for (service, other) in self.services.iter_mut().zip(other.services.iter()) {
            service.merge(other);
        }
        self.plain.merge(other.plain.clone());
        for ((_, mine), (_, other)) in self.costs.iter_mut().zip(&other.costs) {
            mine.merge(other);
        }
        self.total_cost.merge(&other.total_cost);
        self.total_cost_often.merge(&other.total_cost_often);
        for (uses, other) in self.uses.iter_mut().zip(&other.uses) {
            uses.add(*other);
        }
        for (uses, other) in self.branch_uses.iter_mut().zip(&other.branch_uses) {
            uses[0] += other[0];
            uses[1] += other[1];
        }
    }
}

impl RareServiceTally {
    /// What branches that met an outage may hide, relative to a mean over them, at a level.
    ///
    /// Where they are all alike there is no spread to tell how sure they are; but what none of them has shown,
    /// such as an outage that the end of the mission cuts, may have a probability all the same.
    pub(crate) fn hidden(&self, level: Level) -> f64 {
        if self.hit_count == 0 {
            return 0.0;
        }
        never_in(self.hit_count, level.tail())
    }

    /// Standard error of a mean over the trials, with what the branches may hide.
    pub(crate) fn error_of(&self, moments: &RealMoments) -> f64 {
        let hidden = 0.5 * self.hidden(Level::USUAL) * moments.mean().abs();
        moments.standard_error().max(hidden)
    }

    fn merge(&mut self, other: &RareServiceTally) {
        self.down.merge(&other.down);
        self.down_squares.merge(&other.down_squares);
        self.outages.merge(&other.outages);
        self.down_times_outages.merge(&other.down_times_outages);
        self.bad_episodes.merge(&other.bad_episodes);
        self.any.merge(&other.any);
        self.after_first.merge(&other.after_first);
        for (mine, other) in [
            (&mut self.down_tail, &other.down_tail),
            (&mut self.outages_tail, &other.outages_tail),
            (&mut self.longest_tail, &other.longest_tail),
            (&mut self.duration_tail, &other.duration_tail),
            (&mut self.first_tail, &other.first_tail),
            (&mut self.loss_tail, &other.loss_tail),
        ] {
            mine.merge(other);
        }
        self.longest.merge(&other.longest);
        self.takeovers.merge(&other.takeovers);
        self.data_lost.merge(&other.data_lost);
        self.lost_times_takeovers.merge(&other.lost_times_takeovers);
        for ((mine, products), (other, others)) in self.broken.iter_mut().zip(&other.broken) {
            mine.merge(other);
            products.merge(others);
        }
        for (mine, other) in self.breaches.iter_mut().zip(&other.breaches) {
            for (mine, other) in mine.iter_mut().zip(other) {
                mine.merge(other);
            }
        }
        for (mine, other) in self.parts.iter_mut().zip(&other.parts) {
            mine.merge(other);
        }
        self.degraded.merge(&other.degraded);
        self.stalled.merge(&other.stalled);
        self.unserved.merge(&other.unserved);
        for (cause, moments) in &other.contributions {
            self.contributions.entry(*cause).or_default().merge(moments);
        }
        for (culprit, moments) in &other.culprits {
            self.culprits.entry(*culprit).or_default().merge(moments);
        }
        for (root, other) in &other.roots {
            let mine = self.roots.entry(*root).or_default();
            mine.down.merge(&other.down);
            mine.outages.merge(&other.outages);
        }
        self.lost.merge(&other.lost);
        for (cause, moments) in &other.lost_by {
            self.lost_by.entry(*cause).or_default().merge(moments);
        }
        self.weights.merge(&other.weights);
        self.branch_down.merge(&other.branch_down);
        self.foreseen_extreme.merge(&other.foreseen_extreme);
        self.extreme_down.merge(&other.extreme_down);
        self.extreme_count += other.extreme_count;
        self.hit_count += other.hit_count;
        self.true_hit_count += other.true_hit_count;
        self.true_count += other.true_count;
    }

    /// Adds a trial.
    pub(super) fn add(&mut self, sums: &mut TrialSums) {
        self.down.record(sums.down);
        self.down_squares.record(sums.down_squares);
        self.outages.record(sums.outages);
        self.down_times_outages.add(sums.down * sums.outages);
        self.bad_episodes.record(sums.bad_episodes);
        self.any.record(sums.any);
        self.after_first.record(sums.after_first);
        let mission = &mut sums.mission;
        self.down_tail.record(&mut mission.down, sums.any);
        self.outages_tail.record(&mut mission.outages, sums.any);
        self.longest.record(mission.longest_mean);
        self.longest_tail.record(&mut mission.longest, sums.any);
        self.duration_tail.record(&mut sums.durations, sums.outages);
        self.first_tail.record(&mut sums.firsts, sums.any);
        for (moments, breaking) in self.breaches.iter_mut().zip(&mission.breaking) {
            for (moments, &breaking) in moments.iter_mut().zip(breaking) {
                moments.record(breaking);
            }
        }
        for (moments, &down) in self.parts.iter_mut().zip(&sums.parts) {
            // Trials without downtime in a part are added at the end, all at once.
            if down > 0.0 {
                moments.record(down);
            }
        }
        self.takeovers.record(sums.takeovers);
        self.data_lost.record(sums.data_lost);
        let products = sums.data_lost * sums.takeovers;
        self.lost_times_takeovers.add(products);
        self.loss_tail.record(&mut sums.losses, sums.takeovers);
        for ((moments, products), &broken) in self.broken.iter_mut().zip(&sums.broken) {
            moments.record(broken);
            products.add(broken * sums.takeovers);
        }
        self.degraded.record(sums.degraded);
        self.stalled.record(sums.stalled);
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
        for (&root, &(down, outages)) in &sums.roots {
            let of_root = self.roots.entry(root).or_default();
            of_root.down.record(down);
            of_root.outages.record(outages);
        }
        self.lost.record(sums.lost_by.values().sum());
        for (&cause, &lost) in &sums.lost_by {
            self.lost_by.entry(cause).or_default().record(lost);
        }
    }
}

/// What one root has begun.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RareRootMoments {
    /// Downtime of a trial in nanoseconds.
    pub down: RealMoments,
    /// Outages of a trial.
    pub outages: RealMoments,
}

/// How often a rare clock was tried.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Uses {
    /// Branches that could begin with it.
    pub open: u64,
    /// Branches that did.
    pub begun: u64,
    /// How often it fired later, in a branch on its way to an outage.
    pub met: u64,
}

impl Uses {
    /// Adds those of others.
    pub fn add(&mut self, other: Uses) {
        self.open += other.open;
        self.begun += other.begun;
        self.met += other.met;
    }

    /// Those that count: a clock that never runs while all is well, such as that of a unit that works in an
    /// emergency alone, begins no episode and must be met within them.
    pub fn tried(self) -> u64 {
        if self.open + self.begun > 0 {
            self.begun
        } else {
            self.met
        }
    }
}

/// Weighted sums over the branches of one trial, for one service.
#[derive(Debug, Default)]
pub(super) struct TrialSums {
    down: f64,
    down_squares: f64,
    outages: f64,
    bad_episodes: f64,
    any: f64,
    after_first: f64,
    degraded: f64,
    stalled: f64,
    unserved: f64,
    takeovers: f64,
    data_lost: f64,
    losses: TrialValues,
    /// Of each target: takeovers that break it.
    broken: Vec<f64>,
    /// What downtime has cost.
    down_cost: f64,
    durations: TrialValues,
    firsts: TrialValues,
    parts: Vec<f64>,
    mission: MissionSums,
    causes: BTreeMap<(Culprit, Mechanism), f64>,
    lost_by: BTreeMap<(Culprit, Mechanism), f64>,
    /// Downtime and outages by what began them.
    roots: BTreeMap<Root, (f64, f64)>,
}

impl TrialSums {
    pub(super) fn clear(&mut self, judge: &Judge) {
        self.down = 0.0;
        self.down_squares = 0.0;
        self.outages = 0.0;
        self.bad_episodes = 0.0;
        self.any = 0.0;
        self.after_first = 0.0;
        self.degraded = 0.0;
        self.stalled = 0.0;
        self.unserved = 0.0;
        self.takeovers = 0.0;
        self.data_lost = 0.0;
        self.losses.clear();
        self.broken.clear();
        self.broken.resize(judge.limits.len(), 0.0);
        self.down_cost = 0.0;
        self.durations.clear();
        self.firsts.clear();
        self.parts.clear();
        self.parts.resize(PART_COUNT, 0.0);
        self.mission.clear(judge.limits.len());
        self.causes.clear();
        self.lost_by.clear();
        self.roots.clear();
    }

    /// Adds a branch of the main path, which has been up since a time; until it has been down itself, the
    /// first outage of a branch stands for the first of the mission.
    pub(super) fn add(&mut self, judge: &Judge, weight: f64, record: &Record, up_since: u64) {
        self.down += weight * record.down();
        let sampled = record.outages.iter().map(|outage| outage.duration());
        let sampled = sampled.sum::<u64>() as f64;
        self.down_squares += weight * sampled * sampled;
        self.outages += weight * record.outages.len() as f64;
        self.degraded += weight * record.degraded;
        self.stalled += weight * record.stalled;
        self.unserved += weight * (record.down() + record.lost());
        for &((group, mechanism), lost) in &record.lost_by {
            let cause = (Culprit::Group(group), mechanism);
            *self.lost_by.entry(cause).or_default() += weight * lost;
        }
        for &(blame, down) in &record.causes {
            let cause = (judge.families.culprit(blame.culprit), blame.mechanism);
            *self.causes.entry(cause).or_default() += weight * down;
            let root = judge.families.root(blame.root);
            self.roots.entry(root).or_default().0 += weight * down;
        }
        let losses = record.losses.iter();
        for loss in losses.filter(|loss| judge.data_groups.contains(&loss.group)) {
            self.takeovers += weight;
            self.data_lost += weight * loss.lost as f64;
            self.losses.raise(0, loss.lost, weight);
            for (broken, limit) in self.broken.iter_mut().zip(&judge.limits) {
                if limit.is_some_and(|limit| limit.is_broken_by_loss(loss.lost)) {
                    *broken += weight;
                }
            }
        }
        let Some(first) = record.outages.first() else {
            return;
        };
        self.bad_episodes += weight;
        if up_since == 0 {
            self.any += weight;
            self.after_first += weight * (judge.mission - first.start) as f64;
            self.firsts.add(first.start, weight);
        }
        let part = judge.mission.div_ceil(PART_COUNT as u64);
        for outage in &record.outages {
            let root = judge.families.root(outage.root);
            self.roots.entry(root).or_default().1 += weight;
            self.durations.add(outage.duration(), weight);
            let secs = outage.duration() as f64 * 1e-9;
            self.down_cost += weight * judge.cost.of_down_time(secs);
            split(outage.start, outage.end, part, PART_COUNT, |at, down| {
                self.parts[at] += weight * down as f64;
            });
        }
        let line = Line {
            up_since,
            ..Line::main(1.0, judge.mission)
        };
        self.mission.add(judge, &line, &record.outages, weight);
    }

    /// What the trial has spent on something that the service costs.
    pub(super) fn cost(&self, judge: &Judge, item: CostItem) -> f64 {
        let cost = &judge.cost;
        match item {
            CostItem::Units | CostItem::Scaling | CostItem::Repairs => 0.0,
            CostItem::Outages(_) => self.outages * cost.outage.get(),
            CostItem::DownTime(_) => self.down_cost,
            CostItem::Credits(_) => judge.credits(self.mission.credited),
            CostItem::Degraded(_) => cost.degraded.of_secs(self.degraded * 1e-9),
            CostItem::DataLost(_) => cost.data_lost.of_secs(self.data_lost * 1e-9),
        }
    }

    /// Adds a branch of a path that is followed, which has had outages before.
    pub(super) fn follow(&mut self, judge: &Judge, line: &Line, record: &Record, weight: f64) {
        self.mission.add(judge, line, &record.outages, weight);
    }
}

/// The services of a tally, with their ids.
pub(super) fn service_ids(tally: &RareTally) -> impl Iterator<Item = ServiceId> + use<> {
    (0..tally.services.len()).map(ServiceId::from_index)
}
