//! What a set of trials adds up to: whole numbers only, so that any split of the trials merges to
//! the same totals.

use std::collections::BTreeMap;

use super::cost::{CostTally, Prices};
use super::drift::{DriftTally, Stretches};
use super::paired::Values;
use super::period::{Limit, MONTH, Periods, YEAR, split};
use crate::base::Id;
use crate::behaviour::Mechanism;
use crate::engine::{DataLoss, Outcome, ServiceOutcome};
use crate::model::{Culprit, Families, GroupId, Root, Service, ServiceId, System};
use crate::stats::{Histogram, Moments, RatioMoments};

/// Number of parts of the mission for which availability is estimated apart.
pub(crate) const PART_COUNT: usize = 60;

/// What all tallies of one run have in common.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    /// Length of the mission in nanoseconds.
    pub mission: u64,
    /// Limits to be counted against, of each service.
    limits: Vec<Vec<Option<Limit>>>,
    /// Trials up to this one leave a record each.
    pub record_count: u64,
    /// Whether what each trial has brought is kept.
    pub keeps_values: bool,
    /// What costs what.
    pub(crate) prices: Prices,
    /// The groups whose losses of data are those of each service.
    data_groups: Vec<Vec<GroupId>>,
    /// What counts as one in sums.
    families: Families,
    /// What is set against what in missions that should be settled.
    pub(super) stretches: Option<Stretches>,
}

impl Layout {
    /// The layout for a system whose first `record_count` trials leave records.
    pub(crate) fn new(system: &System, record_count: u64) -> Layout {
        Layout {
            mission: system.mission.as_nanos(),
            limits: system
                .services
                .iter()
                .map(|service| service.targets.iter().map(Limit::of).collect())
                .collect(),
            record_count,
            keeps_values: false,
            prices: Prices::of(system),
            data_groups: system
                .services
                .ids()
                .map(|service| system.data_groups(service))
                .collect(),
            families: Families::of(system),
            stretches: None,
        }
    }

    /// Whole years in a mission.
    pub(super) fn year_count(&self) -> u64 {
        self.mission / YEAR
    }

    /// Whole months in a mission.
    pub(super) fn month_count(&self) -> u64 {
        self.mission / MONTH
    }
}

/// Sums over a set of trials.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tally {
    /// Number of trials.
    pub trial_count: u64,
    /// Number of events in them.
    pub event_count: u64,
    /// Sums of each service.
    pub services: Vec<ServiceTally>,
    /// What happened in the trials that leave a record, in order.
    pub trials: Vec<TrialRecord>,
    /// Their outages, in order.
    pub outages: Vec<OutageRecord>,
    /// What the trials have cost, if anything costs money.
    pub cost: Option<CostTally>,
    /// What each trial has brought, if that is kept.
    pub values: Option<Values>,
}

/// Sums over the trials of one service. Times are in nanoseconds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ServiceTally {
    /// Downtime of a trial.
    pub down: Moments,
    /// The same, as a distribution.
    pub down_distribution: Histogram,
    /// Degraded time of a trial.
    pub degraded: Moments,
    /// Whether it is known how the writes of one of its groups reach the standbys.
    pub has_data: bool,
    /// Of the degraded time: while writes stalled for want of a standby.
    pub stalled: Moments,
    /// Data lost in a trial, in time of writes.
    pub data_lost: Moments,
    /// The same, as a distribution.
    pub data_lost_distribution: Histogram,
    /// Data lost in a trial over its takeovers.
    pub lost_per_takeover: RatioMoments,
    /// Data lost in a takeover, over all takeovers of all trials.
    pub loss_distribution: Histogram,
    /// Takeovers that break each target for them.
    pub broken: Vec<u64>,
    /// Full load lost in a trial while the service was up.
    pub lost: Moments,
    /// The same by culprit and mechanism; trials without any are not recorded.
    pub lost_by: BTreeMap<(Culprit, Mechanism), Moments>,
    /// Downtime and lost load of a trial; where a demand is told, load that was asked and not served.
    pub unserved: Moments,
    /// Time of a trial in which less was served than was asked, where a demand is told.
    pub below: Moments,
    /// Load that was not served in each part of the demand's period, if what is asked changes.
    pub unserved_by_part: Vec<Moments>,
    /// Outages of a trial.
    pub outages: Moments,
    /// The same, as a distribution.
    pub outages_distribution: Histogram,
    /// Longest outage of a trial; 0 without one.
    pub longest: Moments,
    /// The same, as a distribution.
    pub longest_distribution: Histogram,
    /// Length of an outage, over all outages of all trials.
    pub duration_distribution: Histogram,
    /// Downtime of a trial over its outages: mean down time.
    pub down_per_outage: RatioMoments,
    /// Uptime of a trial over its outages: mean up time.
    pub up_per_outage: RatioMoments,
    /// Time to the first outage, or the mission, over whether there was one.
    pub first_outage: RatioMoments,
    /// Time to the first outage, in the trials that have one.
    pub first_distribution: Histogram,
    /// Downtime in each part of the mission.
    pub parts: Vec<Moments>,
    /// Years and months of a trial that break each target.
    pub breaches: Vec<[Moments; 2]>,
    /// Downtime of a trial by culprit and mechanism; trials without any are not recorded.
    pub contributions: BTreeMap<(Culprit, Mechanism), Moments>,
    /// Downtime of a trial by group; trials without any are not recorded.
    pub culprits: BTreeMap<Culprit, Moments>,
    /// Downtime and outages of a trial by what began them; trials without any are not recorded.
    pub roots: BTreeMap<Root, RootMoments>,
    /// Early and late stretches of missions that should be settled.
    pub drifts: Vec<DriftTally>,
}

/// What one root has begun.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RootMoments {
    /// Downtime of a trial in nanoseconds.
    pub down: Moments,
    /// Outages of a trial.
    pub outages: Moments,
}

/// What happened to one service in one trial.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrialRecord {
    /// Number of the trial.
    pub trial: u64,
    /// The service.
    pub service: ServiceId,
    /// Nanoseconds of downtime.
    pub down: u64,
    /// Nanoseconds of degraded time.
    pub degraded: u64,
    /// Outages.
    pub outages: u64,
    /// Nanoseconds of the longest one.
    pub longest: u64,
    /// Nanoseconds to the first one.
    pub first: Option<u64>,
}

/// One outage of one trial.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutageRecord {
    /// Number of the trial.
    pub trial: u64,
    /// The service.
    pub service: ServiceId,
    /// When it began, in nanoseconds from the start.
    pub start: u64,
    /// Its length in nanoseconds.
    pub duration: u64,
    /// Of it: until the failure was noticed.
    pub detect: u64,
    /// Of it: stages of a takeover, failback and split brain included.
    pub takeover: u64,
    /// Of it: exhausted, until somebody was restored.
    pub exhausted: u64,
    /// What began it.
    pub root: Root,
    /// What the first of its time is put down to.
    pub culprit: Culprit,
    /// The mechanism with the largest share.
    pub mechanism: Mechanism,
}

/// Buffers for adding trials to a tally, of one thread.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    /// Downtime by culprit and mechanism, by index; zero but during one trial.
    by_cause: Vec<u64>,
    touched: Vec<usize>,
    by_part: Vec<u64>,
    /// Downtime and outages by what began them.
    by_root: Vec<(Root, u64, u64)>,
    /// Losses of data of one service in one trial.
    losses: Vec<DataLoss>,
    years: Periods,
    months: Periods,
}

impl Tally {
    /// An empty tally.
    pub(crate) fn new(layout: &Layout) -> Tally {
        Tally {
            services: layout
                .limits
                .iter()
                .zip(&layout.data_groups)
                .map(|(limits, groups)| ServiceTally {
                    has_data: !groups.is_empty(),
                    parts: vec![Moments::default(); PART_COUNT],
                    breaches: vec![Default::default(); limits.len()],
                    broken: vec![0; limits.len()],
                    drifts: layout
                        .stretches
                        .as_ref()
                        .map_or(Vec::new(), Stretches::tallies),
                    ..ServiceTally::default()
                })
                .collect(),
            cost: CostTally::new(&layout.prices),
            values: layout.keeps_values.then(Values::default),
            ..Tally::default()
        }
    }

    /// Adds a trial.
    pub(crate) fn add(
        &mut self,
        layout: &Layout,
        trial: u64,
        outcome: &Outcome,
        scratch: &mut Scratch,
    ) {
        self.trial_count += 1;
        self.event_count += outcome.event_count;
        let cost = self.cost.as_mut().map(|cost| {
            cost.add(
                &layout.prices,
                &layout.data_groups,
                outcome,
                &mut scratch.months,
            )
        });
        if let Some(values) = &mut self.values {
            values.add(outcome, cost);
        }
        for (index, service) in outcome.services.iter().enumerate() {
            scratch.losses.clear();
            let groups = &layout.data_groups[index];
            let losses = outcome.losses.iter();
            scratch
                .losses
                .extend(losses.filter(|loss| groups.contains(&loss.group)));
            let sums = self.services[index].add(layout, index, service, scratch);
            if trial < layout.record_count {
                let service = ServiceId::from_index(index);
                self.trials.push(TrialRecord {
                    trial,
                    service,
                    ..sums
                });
                self.outages
                    .extend(records(trial, service, &outcome.services[index]));
            }
        }
    }

    /// Adds the trials of another tally, which follow on those of this one.
    pub fn merge(&mut self, other: Tally) {
        self.trial_count += other.trial_count;
        self.event_count += other.event_count;
        if let (Some(cost), Some(other)) = (&mut self.cost, &other.cost) {
            cost.merge(other);
        }
        if let (Some(values), Some(other)) = (&mut self.values, other.values) {
            values.append(other);
        }
        for (service, other) in self.services.iter_mut().zip(&other.services) {
            service.merge(other);
        }
        self.trials.extend(other.trials);
        self.outages.extend(other.outages);
    }
}

fn records(
    trial: u64,
    service: ServiceId,
    outcome: &ServiceOutcome,
) -> impl Iterator<Item = OutageRecord> {
    outcome.outages().map(move |outage| {
        let (mut detect, mut takeover, mut exhausted) = (0, 0, 0);
        // The first of equals, so that the order of mechanisms decides.
        let mut by_mechanism = [0_u64; Mechanism::ALL.len()];
        let mut largest = outage.segments[0].mechanism;
        for segment in outage.segments {
            let mechanism = segment.mechanism;
            by_mechanism[mechanism as usize] += segment.duration();
            let ahead = by_mechanism[mechanism as usize].cmp(&by_mechanism[largest as usize]);
            if ahead.then(largest.cmp(&mechanism)).is_gt() {
                largest = mechanism;
            }
            *match mechanism {
                Mechanism::Undetected => &mut detect,
                mechanism if mechanism < Mechanism::Rejoining => &mut takeover,
                _ => &mut exhausted,
            } += segment.duration();
        }
        OutageRecord {
            trial,
            service,
            start: outage.start.0,
            duration: outage.duration(),
            detect,
            takeover,
            exhausted,
            root: outage.root(),
            culprit: outage.segments[0].culprit,
            mechanism: largest,
        }
    })
}

impl ServiceTally {
    fn add(
        &mut self,
        layout: &Layout,
        index: usize,
        outcome: &ServiceOutcome,
        scratch: &mut Scratch,
    ) -> TrialRecord {
        let mission = layout.mission;
        let down = outcome.down_time();
        assert!(
            down <= mission,
            "a service is down for at most the whole mission"
        );
        self.down.record(down);
        self.down_distribution.record(down);
        self.degraded.record(outcome.degraded);
        self.lost.record(outcome.lost);
        self.add_lost(&layout.families, outcome);
        match outcome.unserved {
            None => self.unserved.record((down + outcome.lost).min(mission)),
            Some(unserved) => {
                self.unserved.record(unserved.load.min(mission));
                self.below.record(unserved.below);
                let parts = &outcome.unserved_by_part;
                self.unserved_by_part
                    .resize_with(parts.len(), Moments::default);
                for (moments, &lost) in self.unserved_by_part.iter_mut().zip(parts) {
                    moments.record(lost);
                }
            }
        }
        let mut sums = TrialRecord {
            trial: 0,
            service: ServiceId(0),
            down,
            degraded: outcome.degraded,
            outages: 0,
            longest: 0,
            first: None,
        };
        if let Some(stretches) = &layout.stretches {
            stretches.add(&mut self.drifts, outcome);
        }
        self.stalled.record(outcome.stalled);
        self.add_losses(layout, index, &scratch.losses);
        if down > 0 || !scratch.losses.is_empty() {
            self.add_outages(layout, index, outcome, scratch, &mut sums);
        } else {
            for breach in &mut self.breaches {
                breach.iter_mut().for_each(|period| period.record(0));
            }
        }
        self.outages.record(sums.outages);
        self.outages_distribution.record(sums.outages);
        self.longest.record(sums.longest);
        self.longest_distribution.record(sums.longest);
        self.down_per_outage.record(down, sums.outages);
        self.up_per_outage.record(mission - down, sums.outages);
        self.first_outage.record(
            sums.first.unwrap_or(mission),
            u64::from(sums.first.is_some()),
        );
        if let Some(first) = sums.first {
            self.first_distribution.record(first);
        }
        sums
    }

    fn add_lost(&mut self, families: &Families, outcome: &ServiceOutcome) {
        let mut attributed = 0;
        let mut sums: BTreeMap<(Culprit, Mechanism), u64> = BTreeMap::new();
        for lost in outcome.lost_by.iter().filter(|lost| lost.load > 0) {
            attributed += lost.load;
            let cause = (families.culprit(lost.culprit), lost.mechanism);
            *sums.entry(cause).or_default() += lost.load;
        }
        for (cause, load) in sums {
            self.lost_by.entry(cause).or_default().record(load);
        }
        assert_eq!(
            attributed, outcome.lost,
            "each nanosecond of load that is lost belongs to one mechanism"
        );
    }

    fn add_losses(&mut self, layout: &Layout, index: usize, losses: &[DataLoss]) {
        let lost = losses.iter().map(|loss| loss.lost).sum();
        self.data_lost.record(lost);
        self.data_lost_distribution.record(lost);
        self.lost_per_takeover.record(lost, losses.len() as u64);
        for loss in losses {
            self.loss_distribution.record(loss.lost);
            for (broken, limit) in self.broken.iter_mut().zip(&layout.limits[index]) {
                if let Some(Limit::DataLoss(limit)) = *limit {
                    *broken += u64::from(loss.lost > limit);
                }
            }
        }
    }

    fn add_outages(
        &mut self,
        layout: &Layout,
        index: usize,
        outcome: &ServiceOutcome,
        scratch: &mut Scratch,
        sums: &mut TrialRecord,
    ) {
        let counts_periods = layout.limits[index].iter().any(Option::is_some);
        if counts_periods {
            scratch.years.reset(YEAR, 0..layout.year_count());
            scratch.months.reset(MONTH, 0..layout.month_count());
        }
        for outage in outcome.outages() {
            let duration = outage.duration();
            sums.first.get_or_insert(outage.start.0);
            sums.outages += 1;
            sums.longest = sums.longest.max(duration);
            self.duration_distribution.record(duration);
            let root = layout.families.root(outage.root());
            match scratch
                .by_root
                .iter_mut()
                .find(|(other, ..)| *other == root)
            {
                Some((_, down, outages)) => (*down, *outages) = (*down + duration, *outages + 1),
                None => scratch.by_root.push((root, duration, 1)),
            }
            if counts_periods {
                scratch.years.add(outage.start.0, outage.end.0);
                scratch.months.add(outage.start.0, outage.end.0);
            }
        }
        if counts_periods {
            for loss in &scratch.losses {
                scratch.years.add_loss(loss.at.0, loss.lost);
                scratch.months.add_loss(loss.at.0, loss.lost);
            }
        }
        let begun: u64 = scratch.by_root.iter().map(|(_, down, _)| down).sum();
        assert_eq!(
            begun, sums.down,
            "each nanosecond of downtime has begun with something"
        );
        for (root, down, outages) in scratch.by_root.drain(..) {
            let of_root = self.roots.entry(root).or_default();
            of_root.down.record(down);
            of_root.outages.record(outages);
        }
        for (breach, limit) in self.breaches.iter_mut().zip(&layout.limits[index]) {
            if let Some(limit) = *limit {
                breach[0].record(scratch.years.breaking(limit));
                breach[1].record(scratch.months.breaking(limit));
            }
        }

        let part = layout.mission.div_ceil(PART_COUNT as u64);
        scratch.by_part.clear();
        scratch.by_part.resize(PART_COUNT, 0);
        for segment in &outcome.segments {
            split(
                segment.start.0,
                segment.end.0,
                part,
                PART_COUNT,
                |at, down| scratch.by_part[at] += down,
            );
            let culprit = layout.families.culprit(segment.culprit);
            let cause = culprit.index() * Mechanism::ALL.len() + segment.mechanism as usize;
            if scratch.by_cause.len() <= cause {
                scratch.by_cause.resize(cause + 1, 0);
            }
            if scratch.by_cause[cause] == 0 {
                scratch.touched.push(cause);
            }
            scratch.by_cause[cause] += segment.duration();
        }
        for (moments, &down) in self.parts.iter_mut().zip(&scratch.by_part) {
            // Trials without downtime in a part are added at the end, all at once.
            if down > 0 {
                moments.record(down);
            }
        }
        scratch.touched.sort_unstable();
        let mut attributed = 0;
        let mut of_culprit: Option<(Culprit, u64)> = None;
        for cause in scratch.touched.drain(..) {
            let culprit = Culprit::from_index(cause / Mechanism::ALL.len());
            let mechanism = Mechanism::ALL[cause % Mechanism::ALL.len()];
            let down = std::mem::take(&mut scratch.by_cause[cause]);
            attributed += down;
            self.contributions
                .entry((culprit, mechanism))
                .or_default()
                .record(down);
            of_culprit = match of_culprit {
                Some((same, sum)) if same == culprit => Some((culprit, sum + down)),
                other => {
                    if let Some((before, sum)) = other {
                        self.culprits.entry(before).or_default().record(sum);
                    }
                    Some((culprit, down))
                }
            };
        }
        if let Some((culprit, sum)) = of_culprit {
            self.culprits.entry(culprit).or_default().record(sum);
        }
        assert_eq!(
            attributed, sums.down,
            "each nanosecond of downtime belongs to one mechanism"
        );
    }

    fn merge(&mut self, other: &ServiceTally) {
        self.down.merge(&other.down);
        self.down_distribution.merge(&other.down_distribution);
        self.degraded.merge(&other.degraded);
        self.stalled.merge(&other.stalled);
        self.data_lost.merge(&other.data_lost);
        self.data_lost_distribution
            .merge(&other.data_lost_distribution);
        self.lost_per_takeover.merge(&other.lost_per_takeover);
        self.loss_distribution.merge(&other.loss_distribution);
        for (mine, other) in self.broken.iter_mut().zip(&other.broken) {
            *mine += other;
        }
        self.lost.merge(&other.lost);
        for (cause, moments) in &other.lost_by {
            self.lost_by.entry(*cause).or_default().merge(moments);
        }
        self.unserved.merge(&other.unserved);
        let parts = other.unserved_by_part.len();
        if parts > self.unserved_by_part.len() {
            self.unserved_by_part.resize_with(parts, Moments::default);
        }
        for (mine, other) in self
            .unserved_by_part
            .iter_mut()
            .zip(&other.unserved_by_part)
        {
            mine.merge(other);
        }
        self.below.merge(&other.below);
        self.outages.merge(&other.outages);
        self.outages_distribution.merge(&other.outages_distribution);
        self.longest.merge(&other.longest);
        self.longest_distribution.merge(&other.longest_distribution);
        self.duration_distribution
            .merge(&other.duration_distribution);
        self.down_per_outage.merge(&other.down_per_outage);
        self.up_per_outage.merge(&other.up_per_outage);
        self.first_outage.merge(&other.first_outage);
        self.first_distribution.merge(&other.first_distribution);
        self.parts
            .iter_mut()
            .zip(&other.parts)
            .for_each(|(mine, other)| mine.merge(other));
        for (mine, other) in self.breaches.iter_mut().zip(&other.breaches) {
            mine.iter_mut()
                .zip(other)
                .for_each(|(mine, other)| mine.merge(other));
        }
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
        for (mine, other) in self.drifts.iter_mut().zip(&other.drifts) {
            mine.merge(other);
        }
    }

    /// Whether a target is one that a single year or month can break.
    pub(super) fn counts_breaches(service: &Service, target: usize) -> bool {
        let target = &service.targets[target];
        Limit::of(target).is_some()
    }
}
