//! What rare trials say about the truth, in the same figures as plain trials.

use super::diagnosis::{Diagnosis, agree, diagnose};
use super::run::RareTrials;
use super::tally::RareServiceTally;
use crate::base::units::SECONDS_PER_YEAR;
use crate::model::{Comparison, Culprit, Metric, Service, Statistic, System};
use crate::stats::{
    self, Interval, Level, Method, NoInterval, RealMoments, TailMoments, Verdict, mean_hall,
    real_ratio, real_ratio_of,
};
use crate::trials::{
    Contribution, EXCEEDANCE_POINTS, Estimates, Limit, MONTH, PART_COUNT, Quantity,
    ServiceEstimates, TargetResult, Way, YEAR, sorted_contributions,
};

type Value = Result<Interval, NoInterval>;

/// Where a mission, a year or a month has more episodes with an outage, the first of them tells little, and
/// plain trials are better: nothing is said of how missions or years differ.
const OFTEN: f64 = 0.5;
/// A share of missions or years rests on this many equal trials at least.
const TRIALS_WANTED: u64 = 30;
/// The quantiles that are told.
const ORDERS: [(&str, f64); 3] = [("p50", 0.5), ("p95", 0.95), ("p99", 0.99)];

/// What rare trials of a system say, at a level. A service for which a diagnostic fails has no
/// figures but the reason in the remarks.
pub fn estimates(system: &System, trials: &RareTrials, level: Level) -> Estimates {
    let mut remarks = Vec::new();
    let services = system
        .services
        .iter_ids()
        .map(|(id, service)| {
            let diagnosis = diagnose(trials, id);
            let of = if system.services.len() > 1 {
                format!("{}: ", service.name)
            } else {
                String::new()
            };
            remarks.extend(diagnosis.lines().into_iter().map(|line| of.clone() + &line));
            Reader {
                system,
                tally: &trials.tally.services[id],
                second: trials.second.as_ref().map(|second| &second.services[id]),
                level,
                diagnosis: &diagnosis,
                knows_outages_only: trials.is_split,
            }
            .service(service)
        })
        .collect();
    if !system.cost_items().is_empty() {
        remarks.push("what it costs is told by plain trials only: --method plain".to_owned());
    }
    Estimates {
        level,
        trial_count: trials.tally.trial_count,
        event_count: trials.tally.event_count,
        mission_s: system.mission.as_secs(),
        why_stopped: trials.why_stopped,
        services,
        way: if trials.is_split {
            Way::Splitting { remarks }
        } else {
            Way::Rare { why: None, remarks }
        },
        cost: None,
    }
}

/// A metric of one service, in its own unit, without regard to diagnostics.
pub(super) fn measure(
    system: &System,
    tally: &RareServiceTally,
    metric: Metric,
    level: Level,
) -> Value {
    Reader {
        system,
        tally,
        second: None,
        level,
        diagnosis: &Diagnosis::default(),
        knows_outages_only: false,
    }
    .measured(metric, level)
}

struct Reader<'a> {
    system: &'a System,
    tally: &'a RareServiceTally,
    /// The same with another setting of the method.
    second: Option<&'a RareServiceTally>,
    level: Level,
    diagnosis: &'a Diagnosis,
    /// What happened in missions without an outage was not kept.
    knows_outages_only: bool,
}

impl Reader<'_> {
    fn mission_ns(&self) -> f64 {
        self.system.mission.as_nanos() as f64
    }

    /// From something per mission to the same per year.
    fn per_year(&self) -> f64 {
        SECONDS_PER_YEAR / self.system.mission.as_secs()
    }

    /// The value, unless a diagnostic has failed.
    fn established(&self, value: Value) -> Value {
        if self.diagnosis.is_passed() {
            value
        } else {
            Err(NoInterval::NotEstablished)
        }
    }

    fn service(&self, service: &Service) -> ServiceEstimates {
        ServiceEstimates {
            name: service.name.clone(),
            quantities: self.quantities(),
            contributions: self.contributions(),
            lost_by: self.lost_by(),
            culprits: self.culprits(),
            exceedance: self.exceedance(),
            over_time: self.over_time(),
            by_part: Vec::new(),
            targets: (0..service.targets.len())
                .map(|index| self.target(service, index))
                .collect(),
        }
    }

    /// The figures of plain trials, in their order.
    fn quantities(&self) -> Vec<Quantity> {
        let level = self.level;
        let mut quantities = Vec::new();
        let mut add = |metric, statistic, unit, value: Value| {
            quantities.push(Quantity {
                metric,
                statistic,
                unit,
                value: self.established(value),
            });
        };
        for (metric, measure) in [
            ("availability", Metric::Availability),
            ("served_requests", Metric::ServedRequests),
        ] {
            add(metric, "mean", "ratio", self.measured(measure, level));
        }
        type OfStatistic = fn(Statistic) -> Metric;
        let distributions: [(&str, &str, OfStatistic); 4] = [
            ("downtime", "s_per_year", Metric::Downtime),
            ("outages", "per_year", Metric::Outages),
            ("longest_outage", "s", Metric::LongestOutage),
            ("outage_duration", "s", Metric::OutageDuration),
        ];
        for (metric, unit, of) in distributions {
            let mean = self.measured(of(Statistic::Mean), level);
            add(metric, "mean", unit, mean);
            for (statistic, order) in ORDERS {
                let value = self.measured(of(Statistic::Quantile(order)), level);
                add(metric, statistic, unit, value);
            }
            // The largest of a sample describes it, and branches are no sample of missions.
            add(metric, "max", unit, Err(NoInterval::NotByRareTrials));
        }
        let degraded = if self.knows_outages_only {
            Err(NoInterval::NotByRareTrials)
        } else {
            self.mean(&self.tally.degraded, self.per_year() * 1e-9, level)
        };
        add("degraded_time", "mean", "s_per_year", degraded);
        add("up_time", "mean", "s", self.up_time(level));
        let first = self.time_to_first(level);
        add("time_to_first_outage", "mean", "s", first);
        let tally = self.tally;
        let median = tally.first_tail.quantile_of_each(&tally.any, 0.5, level);
        let median = median.map(|median| median.scaled(1e-9));
        let statistic = "p50_of_those_with_one";
        add("time_to_first_outage", statistic, "s", median);
        add("never_down", "share", "ratio", self.never_down(level));
        quantities
    }

    fn mean(&self, moments: &RealMoments, factor: f64, level: Level) -> Value {
        // A weighted trial has no bound of its own.
        Ok(mean_hall(moments.summary_within(f64::INFINITY), level)?.scaled(factor))
    }

    fn measured(&self, metric: Metric, level: Level) -> Value {
        let tally = self.tally;
        match metric {
            Metric::Availability => Ok(self
                .mean(&tally.down, 1.0 / self.mission_ns(), level)?
                .one_minus()),
            Metric::ServedRequests if self.knows_outages_only => Err(NoInterval::NotByRareTrials),
            Metric::ServedRequests => Ok(self
                .mean(&tally.unserved, 1.0 / self.mission_ns(), level)?
                .one_minus()),
            Metric::NeverDown => self.never_down(level),
            Metric::Downtime(Statistic::Mean) => {
                self.mean(&tally.down, self.per_year() * 1e-9, level)
            }
            Metric::Outages(Statistic::Mean) => self.mean(&tally.outages, self.per_year(), level),
            Metric::OutageDuration(Statistic::Mean) => {
                let mean = real_ratio(
                    &tally.down,
                    &tally.outages,
                    &tally.down_times_outages,
                    level,
                );
                Ok(mean?.scaled(1e-9))
            }
            Metric::Downtime(Statistic::Quantile(order)) => {
                self.quantile(&tally.down_tail, order, self.per_year() * 1e-9, level)
            }
            Metric::Outages(Statistic::Quantile(order)) => {
                self.quantile(&tally.outages_tail, order, self.per_year(), level)
            }
            Metric::LongestOutage(Statistic::Quantile(order)) => {
                self.quantile(&tally.longest_tail, order, 1e-9, level)
            }
            Metric::LongestOutage(Statistic::Mean) if self.is_often() => {
                Err(NoInterval::TooFrequent)
            }
            Metric::LongestOutage(Statistic::Mean) => self.mean(&tally.longest, 1e-9, level),
            Metric::OutageDuration(Statistic::Quantile(order)) => {
                let tail = &tally.duration_tail;
                let quantile = tail.quantile_of_each(&tally.outages, order, level)?;
                Ok(quantile.scaled(1e-9))
            }
            Metric::Cost(_)
            | Metric::TimeBelowDemand
            | Metric::DataLoss(_)
            | Metric::DataLost(_) => Err(NoInterval::NotByRareTrials),
        }
    }

    fn never_down(&self, level: Level) -> Value {
        Ok(self.mean(&self.tally.any, 1.0, level)?.one_minus())
    }

    /// Mean time to the first outage: time watched until then over the chance of one.
    fn time_to_first(&self, level: Level) -> Value {
        let tally = self.tally;
        let after = tally.after_first.mean() / self.mission_ns();
        let any = self.mean(&tally.any, 1.0, level)?;
        if any.low <= 0.0 {
            return Err(NoInterval::NoneToAverage);
        }
        let watched = self.mission_ns() * 1e-9 * (1.0 - after);
        Ok(Interval {
            estimate: watched / any.estimate,
            low: watched / any.high,
            high: watched / any.low,
            ..any
        })
    }

    /// Mean uptime between outages: what is left of the mission over their number.
    fn up_time(&self, level: Level) -> Value {
        let (down, mission) = (&self.tally.down, self.mission_ns());
        let of_rest = |[down, squares, products]: [f64; 3], outages: &RealMoments| {
            let trials = outages.count() as f64;
            [
                trials * mission - down,
                mission * (trials * mission - 2.0 * down) + squares,
                mission * outages.sum() - products,
            ]
        };
        let products = &self.tally.down_times_outages;
        let up = real_ratio_of(down, &self.tally.outages, products, of_rest, level)?;
        Ok(up.scaled(1e-9))
    }

    /// Outages are so frequent that the first of a mission tells little of it.
    fn is_often(&self) -> bool {
        self.tally.bad_episodes.mean() > OFTEN
    }

    /// A quantile over missions.
    fn quantile(&self, tail: &TailMoments, order: f64, factor: f64, level: Level) -> Value {
        if self.is_often() {
            return Err(NoInterval::TooFrequent);
        }
        let quantile = tail.quantile(self.tally.any.count(), order, level)?;
        Ok(quantile.scaled(factor))
    }

    fn exceedance(&self) -> Vec<(f64, Interval)> {
        if self.is_often() || !self.diagnosis.is_passed() {
            return Vec::new();
        }
        let (tail, trials) = (&self.tally.down_tail, self.tally.any.count());
        let points = tail.exceedance(trials, self.level, EXCEEDANCE_POINTS);
        let per_year = self.per_year() * 1e-9;
        points
            .into_iter()
            .map(|point| (point.length as f64 * per_year, point.share))
            .collect()
    }

    fn over_time(&self) -> Vec<(f64, f64, Value)> {
        let mission = self.mission_ns();
        let part = self.system.mission.as_nanos().div_ceil(PART_COUNT as u64) as f64;
        let parts = self.tally.parts.iter().enumerate();
        let parts = parts.map(|(index, moments)| {
            let start = part * index as f64;
            let end = (start + part).min(mission);
            let mut moments = moments.clone();
            moments.record_zeros(self.tally.down.count() - moments.count());
            let down = self.mean(&moments, 1.0 / (end - start), self.level);
            let up = self.established(down.map(Interval::one_minus));
            (start * 1e-9, end * 1e-9, up)
        });
        parts.filter(|(start, end, _)| end > start).collect()
    }

    /// Probability that a year, or a month, breaks a target, if that makes sense and a mission has one.
    fn breach(&self, service: &Service, index: usize, nth: usize) -> Option<Value> {
        let limit = Limit::of(&service.targets[index])?;
        let mission = self.system.mission.as_nanos();
        let periods = (mission / [YEAR, MONTH][nth]) as f64;
        if periods < 1.0 {
            return None;
        }
        if matches!(limit, Limit::DataLoss(_) | Limit::DataLostPerYear(_)) {
            return Some(Err(NoInterval::NotByRareTrials));
        }
        Some(self.established(self.share_of_periods(index, nth, periods)))
    }

    fn share_of_periods(&self, index: usize, nth: usize, periods: f64) -> Value {
        let tally = self.tally;
        if tally.bad_episodes.mean() > OFTEN * periods {
            return Err(NoInterval::TooFrequent);
        }
        let breaking = &tally.breaches[index][nth];
        if breaking.nonzero() == 0 {
            // It takes an outage at least.
            let touched = self.mean(&tally.outages, 1.0 / periods, self.level)?;
            return Ok(Interval {
                estimate: 0.0,
                low: 0.0,
                high: touched.high.min(1.0),
                method: Method::NoneSeen,
                ..touched
            });
        }
        if let Some(second) = self.second
            && !agree(breaking, &second.breaches[index][nth])
        {
            return Err(NoInterval::NotEstablished);
        }
        let mut share = mean_hall(breaking.summary_within(periods), self.level)?;
        share.support.events = breaking.effective_count() as u64;
        share.support.events_wanted = TRIALS_WANTED;
        Ok(share.scaled(1.0 / periods))
    }

    fn contributions(&self) -> Vec<Contribution> {
        let all = self
            .tally
            .contributions
            .iter()
            .map(|(&(culprit, mechanism), moments)| {
                self.contribution(culprit, Some(mechanism), moments, &self.tally.down)
            });
        sorted_contributions(all.collect())
    }

    fn lost_by(&self) -> Vec<Contribution> {
        let all = self
            .tally
            .lost_by
            .iter()
            .map(|(&(culprit, mechanism), moments)| {
                self.contribution(culprit, Some(mechanism), moments, &self.tally.lost)
            });
        sorted_contributions(all.collect())
    }

    fn culprits(&self) -> Vec<Contribution> {
        let all =
            self.tally.culprits.iter().map(|(&culprit, moments)| {
                self.contribution(culprit, None, moments, &self.tally.down)
            });
        sorted_contributions(all.collect())
    }

    fn contribution(
        &self,
        culprit: Culprit,
        mechanism: Option<crate::behaviour::Mechanism>,
        moments: &RealMoments,
        whole: &RealMoments,
    ) -> Contribution {
        let mut moments = moments.clone();
        moments.record_zeros(whole.count() - moments.count());
        let share = moments.sum() / whole.sum();
        Contribution {
            culprit,
            mechanism,
            down: self.established(self.mean(&moments, self.per_year() * 1e-9, self.level)),
            share,
        }
    }

    fn target(&self, service: &Service, index: usize) -> TargetResult {
        let target = &service.targets[index];
        let value = self.established(self.measured(target.metric, self.level));
        let limit = match target.comparison {
            Comparison::AtLeast => stats::Target::AtLeast(target.limit),
            Comparison::AtMost => stats::Target::AtMost(target.limit),
        };
        // A verdict is a one-sided test, so its interval has half the error on either side.
        let tested = self
            .level
            .with_both_ends()
            .ok()
            .and_then(|level| self.established(self.measured(target.metric, level)).ok());
        let verdict = limit.judge(tested.as_ref());
        TargetResult {
            target: target.clone(),
            value,
            verdict: if tested.is_some() {
                verdict
            } else {
                Verdict::Undecided
            },
            year_breach: self.breach(service, index, 0),
            month_breach: self.breach(service, index, 1),
            takeover_breach: None,
            trials_to_decide: None,
        }
    }
}
