//! What rare trials say about the truth, in the same figures as plain trials.

use super::diagnosis::{Diagnosis, diagnose};
use super::run::RareTrials;
use super::tally::RareServiceTally;
use crate::base::units::SECONDS_PER_YEAR;
use crate::model::{Comparison, Culprit, Metric, Service, Statistic, System, Target};
use crate::stats::{
    self, Interval, Level, NoInterval, RealMoments, Verdict, mean_hall, real_ratio,
};
use crate::trials::{
    Contribution, Estimates, Quantity, ServiceEstimates, TargetResult, Way, sorted_contributions,
};

type Value = Result<Interval, NoInterval>;

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
        level,
        diagnosis: &Diagnosis::default(),
        knows_outages_only: false,
    }
    .measured(metric, level)
}

struct Reader<'a> {
    system: &'a System,
    tally: &'a RareServiceTally,
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
        let all = [
            ("availability", "ratio", Metric::Availability),
            ("served_requests", "ratio", Metric::ServedRequests),
            ("downtime", "s_per_year", Metric::Downtime(Statistic::Mean)),
            ("outages", "per_year", Metric::Outages(Statistic::Mean)),
            (
                "outage_duration",
                "s",
                Metric::OutageDuration(Statistic::Mean),
            ),
        ];
        for (metric, unit, measure) in all {
            add(metric, "mean", unit, self.measured(measure, level));
            if metric == "downtime" || metric == "outages" {
                for (statistic, order) in [("p50", 0.5), ("p95", 0.95), ("p99", 0.99)] {
                    add(metric, statistic, unit, self.zero_quantile(order, level));
                }
            }
        }
        add(
            "degraded_time",
            "mean",
            "s_per_year",
            if self.knows_outages_only {
                Err(NoInterval::NotByRareTrials)
            } else {
                self.mean(&self.tally.degraded, self.per_year() * 1e-9, level)
            },
        );
        add(
            "time_to_first_outage",
            "mean",
            "s",
            self.time_to_first(level),
        );
        add("never_down", "share", "ratio", self.never_down(level));
        ServiceEstimates {
            name: service.name.clone(),
            quantities,
            contributions: self.contributions(),
            culprits: self.culprits(),
            over_time: Vec::new(),
            by_part: Vec::new(),
            targets: service
                .targets
                .iter()
                .map(|target| self.target(target))
                .collect(),
        }
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
            Metric::Downtime(Statistic::Quantile(order))
            | Metric::Outages(Statistic::Quantile(order))
            | Metric::LongestOutage(Statistic::Quantile(order)) => self.zero_quantile(order, level),
            Metric::Cost(_)
            | Metric::TimeBelowDemand
            | Metric::DataLoss(_)
            | Metric::DataLost(_)
            | Metric::LongestOutage(Statistic::Mean)
            | Metric::OutageDuration(Statistic::Quantile(_)) => Err(NoInterval::NotByRareTrials),
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

    /// A quantile of what is zero in missions without an outage, if nearly all missions are.
    fn zero_quantile(&self, order: f64, level: Level) -> Value {
        let any = self.mean(&self.tally.any, 1.0, level)?;
        if any.high < 1.0 - order {
            Ok(Interval {
                estimate: 0.0,
                low: 0.0,
                high: 0.0,
                ..any
            })
        } else {
            Err(NoInterval::NotByRareTrials)
        }
    }

    fn contributions(&self) -> Vec<Contribution> {
        let all = self
            .tally
            .contributions
            .iter()
            .map(|(&(culprit, mechanism), moments)| {
                self.contribution(culprit, Some(mechanism), moments)
            });
        sorted_contributions(all.collect())
    }

    fn culprits(&self) -> Vec<Contribution> {
        let all = self
            .tally
            .culprits
            .iter()
            .map(|(&culprit, moments)| self.contribution(culprit, None, moments));
        sorted_contributions(all.collect())
    }

    fn contribution(
        &self,
        culprit: Culprit,
        mechanism: Option<crate::behaviour::Mechanism>,
        moments: &RealMoments,
    ) -> Contribution {
        let mut moments = moments.clone();
        moments.record_zeros(self.tally.down.count() - moments.count());
        let share = moments.sum() / self.tally.down.sum();
        Contribution {
            culprit,
            mechanism,
            down: self.established(self.mean(&moments, self.per_year() * 1e-9, self.level)),
            share,
        }
    }

    fn target(&self, target: &Target) -> TargetResult {
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
            year_breach: None,
            month_breach: None,
            takeover_breach: None,
            trials_to_decide: None,
        }
    }
}
