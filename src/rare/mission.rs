//! What episodes mean for a whole mission, of which the outages do not just add up.
//!
//! The probability that a mission is down for longer than `d`, its longest outage, the number of bad
//! years: each is a function `f` of all outages of a mission that is nothing without one. Every mission
//! with an outage has a first one, so
//!
//! ```text
//! E f(mission) = E sum over episodes e before the first outage of the main path:  w(e) f(e, then the rest)
//! ```
//!
//! whatever the laws are. The rest of the mission after `e` is a path from the state that `e` leaves, and
//! more of what matters may happen on it, which is rare. So it is sought there in the same way, and `f` is
//! taken apart by how many episodes with outages it has seen:
//!
//! ```text
//! f(e1, e2, ..) = f(e1)  +  [f(e1, e2) - f(e1)]  +  [f(e1, e2, e3) - f(e1, e2)]  +  ..
//! ```
//!
//! The first term is summed over all branches. For the next ones, some of the branches are *followed*:
//! drawn by their weights, each is continued as a main path of its own, which has branches that count for
//! the second term until it is down itself; and so on. Nothing is assumed about how outages follow each
//! other: no independence, no Poisson process, no renewal. It costs a tenth of a mission for each
//! mission, and is only as precise as that where two outages make most of the answer.
//!
//! A year or a month is judged likewise, by the first outage that touches it.
//!
//! Whoever is down in nearly every mission has a first outage that tells little, and the terms of this
//! sum do not become small. Then the main paths are asked, each of which is a plain trial.

use super::watch::Outage;
use crate::base::units::SECONDS_PER_YEAR;
use crate::model::{Families, GroupId, ServiceCost, ServiceId, System};
use crate::stats::TrialValues;
use crate::trials::{Limit, MONTH, Periods, YEAR};

/// The lengths of the periods that may break a target.
const LENGTHS: [u64; 2] = [YEAR, MONTH];

/// What the missions of a service are judged by.
#[derive(Debug)]
pub(super) struct Judge {
    pub(super) mission: u64,
    /// Of each target, if a single period may break it.
    pub(super) limits: Vec<Option<Limit>>,
    /// Years or months matter.
    judges_periods: bool,
    /// The groups whose losses of data are those of the service.
    pub(super) data_groups: Vec<GroupId>,
    pub(super) cost: ServiceCost,
    pub(super) families: Families,
}

impl Judge {
    pub(super) fn new(system: &System, id: ServiceId, mission: u64) -> Judge {
        let service = &system.services[id];
        let limits: Vec<Option<Limit>> = service.targets.iter().map(Limit::of).collect();
        let judges = limits.iter().any(Option::is_some);
        Judge {
            mission,
            judges_periods: judges || service.cost.credits.is_some(),
            limits,
            data_groups: system.data_groups(id),
            cost: service.cost.clone(),
            families: Families::of(system),
        }
    }

    /// What is given back, for so many months that are given back wholly. What is left of the mission after
    /// its last whole month counts as these months do on average.
    pub(super) fn credits(&self, months: f64) -> f64 {
        let whole = (self.mission / MONTH * MONTH) as f64;
        self.cost.credits.as_ref().map_or(0.0, |credits| {
            let fee = credits.fee.of_secs(SECONDS_PER_YEAR / 12.0);
            months * fee * (self.mission as f64 / whole)
        })
    }

    /// Until when it matters what follows on an episode with these outages, if it does at all.
    pub(super) fn matters_until(&self, outages: &[Outage], up_since: u64) -> Option<u64> {
        if up_since == 0 {
            return Some(self.mission);
        }
        let last = outages.last().filter(|_| self.judges_periods)?.end - 1;
        let ends = LENGTHS.into_iter().filter_map(|length| {
            let number = last / length;
            let counts = number < self.mission / length && number * length >= up_since;
            counts.then_some((number + 1) * length)
        });
        ends.max()
    }
}

/// A path whose branches count, and what they count for.
#[derive(Clone, Debug)]
pub(super) struct Line {
    /// Which service it is followed for; without one it is the main path, for all of them.
    pub(super) service: Option<ServiceId>,
    /// Weight of its branches beside their own.
    pub(super) factor: f64,
    /// When it ceases to matter.
    pub(super) until: u64,
    /// Since when the main path had been up when the first of these episodes began; 0 if it never had
    /// been down.
    pub(super) up_since: u64,
    /// Outages of the episodes before.
    pub(super) before: Vec<Outage>,
    /// The end of the last outage of the first of these episodes.
    pub(super) first_end: u64,
    /// When the last of these episodes took the service down first.
    pub(super) since: u64,
}

/// Outages of two paths as those of a service that is down while one of them is.
pub(super) fn together(one: &[Outage], other: &[Outage]) -> Vec<Outage> {
    let mut all = [one, other].concat();
    all.sort_unstable_by_key(|outage| outage.start);
    let mut joined: Vec<Outage> = Vec::with_capacity(all.len());
    for outage in all {
        match joined.last_mut() {
            Some(last) if outage.start <= last.end => last.end = last.end.max(outage.end),
            Some(_) | None => joined.push(outage),
        }
    }
    joined
}

impl Line {
    /// The main path, from which branches begin with this density.
    pub(super) fn main(density: f64, mission: u64) -> Line {
        Line {
            service: None,
            factor: 1.0 / density,
            until: mission,
            up_since: 0,
            before: Vec::new(),
            first_end: 0,
            since: 0,
        }
    }
}

/// Weighted sums over one trial of what concerns whole missions.
#[derive(Debug, Default)]
pub(super) struct MissionSums {
    /// Distributions over missions: downtime, outages, the longest of them.
    pub(super) down: TrialValues,
    pub(super) outages: TrialValues,
    pub(super) longest: TrialValues,
    /// Mean of the longest one.
    pub(super) longest_mean: f64,
    /// Of each target: years and months that break it.
    pub(super) breaking: Vec<[f64; 2]>,
    /// Months of which the fee is given back, in parts that add up.
    pub(super) credited: f64,
    before: Periods,
    after: Periods,
}

impl MissionSums {
    pub(super) fn clear(&mut self, targets: usize) {
        self.down.clear();
        self.outages.clear();
        self.longest.clear();
        self.longest_mean = 0.0;
        self.breaking.clear();
        self.breaking.resize(targets, [0.0; 2]);
        self.credited = 0.0;
    }

    /// Adds what these outages change, which follow on those before.
    pub(super) fn add(&mut self, judge: &Judge, line: &Line, outages: &[Outage], weight: f64) {
        let Some((first, last)) = outages.first().zip(outages.last()) else {
            return;
        };
        if line.up_since == 0 {
            let down = |outages: &[Outage]| outages.iter().map(|o| o.duration()).sum::<u64>();
            let longest = |outages: &[Outage]| outages.iter().map(|o| o.duration()).max();
            let all = together(&line.before, outages);
            self.down.raise(down(&line.before), down(&all), weight);
            let (before, after) = (line.before.len() as u64, all.len() as u64);
            self.outages.raise(before, after.max(before), weight);
            let before = longest(&line.before).unwrap_or(0);
            let after = longest(&all).unwrap_or(0);
            self.longest.raise(before, after, weight);
            self.longest_mean += weight * (after - before) as f64;
        }
        if !judge.judges_periods {
            return;
        }
        for (nth, length) in LENGTHS.into_iter().enumerate() {
            let end = if line.before.is_empty() {
                last.end
            } else {
                line.first_end
            };
            let from = (first.start / length).max(line.up_since.div_ceil(length));
            let until = ((end - 1) / length + 1).min(judge.mission / length);
            if from >= until {
                continue;
            }
            self.before.reset(length, from..until);
            self.after.reset(length, from..until);
            for outage in &line.before {
                self.before.add(outage.start, outage.end);
                self.after.add(outage.start, outage.end);
            }
            for outage in outages {
                self.after.add(outage.start, outage.end);
            }
            if length == MONTH
                && let Some(credits) = &judge.cost.credits
            {
                let shares = |periods: &Periods| -> f64 {
                    let months = periods.down_times();
                    months
                        .map(|down| credits.share(1.0 - down as f64 / MONTH as f64))
                        .sum()
                };
                // Less availability never gives less back.
                let more = shares(&self.after) - shares(&self.before);
                self.credited += weight * more.max(0.0);
            }
            for (sums, limit) in self.breaking.iter_mut().zip(&judge.limits) {
                if let Some(limit) = *limit {
                    let more = self.after.breaking(limit) - self.before.breaking(limit);
                    sums[nth] += weight * more as f64;
                }
            }
        }
    }
}
