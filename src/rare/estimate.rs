//! What rare trials say about the truth, in the same figures as plain trials.

use super::diagnosis::{Diagnosis, agree, diagnose};
use super::run::RareTrials;
use super::tally::{RareServiceTally, RareTally};
use crate::base::{Currency, Id, units::SECONDS_PER_YEAR};
use crate::model::{Comparison, CostItem, Culprit, Metric, Service, ServiceId, Statistic, System};
use crate::stats::{
    self, Interval, Level, Method, NoInterval, RealMoments, TailMoments, Verdict, mean_hall,
    real_ratio, real_ratio_of,
};
use crate::trials::{
    self, Contribution, CostEstimates, CostShare, EXCEEDANCE_POINTS, Estimates, Figure, Limit,
    MONTH, ORDERS, PART_COUNT, PARTS_PER_UNIT, Quantity, RootShare, ServiceEstimates, ServiceTally,
    TargetResult, Way, YEAR, cost_statistic, quantities, sorted_contributions, sorted_roots,
};

type Value = Result<Interval, NoInterval>;

/// Where a mission, a year or a month has more episodes with an outage, the first of them tells little: how
/// missions or years differ is told by the main paths, which are plain trials.
const OFTEN: f64 = 0.5;
/// A share of missions or years rests on this many equal trials at least.
const TRIALS_WANTED: u64 = 30;

/// What rare trials of a system say, at a level. A service for which a diagnostic fails has no
/// figures but the reason in the remarks.
pub fn estimates(system: &System, trials: &RareTrials, level: Level) -> Estimates {
    let mut remarks = Vec::new();
    let ids = system.services.ids();
    let mission_ns = system.mission.as_nanos() as f64;
    let diagnoses: Vec<Diagnosis> = ids
        .map(|id| diagnose(trials, id).within(&trials.tally.services[id].down, mission_ns))
        .collect();
    let services = system
        .services
        .iter_ids()
        .map(|(id, service)| {
            let diagnosis = &diagnoses[id.index()];
            let of = if system.services.len() > 1 {
                format!("{}: ", service.name)
            } else {
                String::new()
            };
            remarks.extend(diagnosis.lines().into_iter().map(|line| of.clone() + &line));
            Reader {
                second: trials.second.as_ref().map(|second| &second.services[id]),
                diagnosis,
                knows_outages_only: trials.is_split,
                ..Reader::of(system, &trials.tally, id, level)
            }
            .service(service)
        })
        .collect();
    let is_established = diagnoses.iter().all(Diagnosis::is_passed);
    if trials.is_split && !system.cost_items().is_empty() {
        remarks.push("what it costs is not told by splitting: --method rare".to_owned());
    }
    Estimates {
        level,
        trial_count: trials.tally.trial_count,
        event_count: trials.tally.event_count,
        mission_s: system.mission.as_secs(),
        why_stopped: trials.why_stopped,
        services,
        drift: None,
        doubts: Vec::new(),
        way: if trials.is_split {
            Way::Splitting { remarks }
        } else {
            Way::Rare { why: None, remarks }
        },
        cost: system
            .currency
            .filter(|_| !trials.is_split && !trials.tally.costs.is_empty())
            .map(|currency| costs(system, &trials.tally, currency, level, is_established)),
    }
}

/// What a year costs: on average by all trials, their branches included, and as a distribution by the main
/// paths alone, each of which is a plain trial.
fn costs(
    system: &System,
    tally: &RareTally,
    currency: Currency,
    level: Level,
    is_established: bool,
) -> CostEstimates {
    let established = |value: Value| {
        if is_established {
            value
        } else {
            Err(NoInterval::NotEstablished)
        }
    };
    let mut total = vec![("mean", established(mean_cost(system, tally, level)))];
    for (name, order) in ORDERS {
        let value = cost_quantile(system, tally, order, level);
        total.push((name, established(value)));
    }
    total.push(("max", Err(NoInterval::NotByRareTrials)));
    let per_year = SECONDS_PER_YEAR / system.mission.as_secs();
    let plain = tally.plain.cost.iter().flat_map(|cost| &cost.items);
    let items: Vec<(CostItem, f64, Value)> = tally
        .costs
        .iter()
        .zip(plain)
        .map(|((item, moments), (_, plain))| {
            let mean = if is_plain(tally, *item) {
                mean_hall(plain, level).map(|cost| cost.scaled(1.0 / PARTS_PER_UNIT))
            } else {
                mean_hall(moments.summary_within(f64::INFINITY), level)
            };
            let mean = mean.map(|mean| mean.scaled(per_year)).map(|mean| {
                if *item == CostItem::Units {
                    Interval {
                        low: mean.estimate,
                        high: mean.estimate,
                        ..mean
                    }
                } else {
                    mean
                }
            });
            let spent = mean.map_or(0.0, |mean| mean.estimate);
            (*item, spent, established(mean))
        })
        .collect();
    let all: f64 = items.iter().map(|(_, spent, _)| spent).sum();
    let items = items.into_iter().map(|(item, spent, per_year)| CostShare {
        item,
        per_year,
        share: spent / all,
    });
    CostEstimates {
        currency,
        total,
        items: items.collect(),
    }
}

/// Whether only plain trials tell what is spent on something: months of a service that is often down.
fn is_plain(tally: &RareTally, item: CostItem) -> bool {
    matches!(item, CostItem::Credits(service)
        if tally.services[service].bad_episodes.mean() > OFTEN)
}

fn mean_cost(system: &System, tally: &RareTally, level: Level) -> Value {
    let is_often = tally.costs.iter().any(|(item, _)| is_plain(tally, *item));
    let total = if is_often {
        &tally.total_cost_often
    } else {
        &tally.total_cost
    };
    let mean = mean_hall(total.summary_within(f64::INFINITY), level)?;
    Ok(mean.scaled(SECONDS_PER_YEAR / system.mission.as_secs()))
}

fn cost_quantile(system: &System, tally: &RareTally, order: f64, level: Level) -> Value {
    let plain = tally.plain.cost.as_ref().ok_or(NoInterval::NoTrials)?;
    cost_statistic(system, plain, Statistic::Quantile(order), level)
}

/// A metric of one service, in its own unit, without regard to diagnostics.
pub(super) fn measure(
    system: &System,
    tally: &RareTally,
    service: ServiceId,
    metric: Metric,
    level: Level,
) -> Value {
    Reader::of(system, tally, service, level).measured(metric, level)
}

struct Reader<'a> {
    system: &'a System,
    /// All that the trials say.
    all: &'a RareTally,
    tally: &'a RareServiceTally,
    /// What main paths say by themselves.
    plain: &'a ServiceTally,
    /// The same with another setting of the method.
    second: Option<&'a RareServiceTally>,
    level: Level,
    diagnosis: &'a Diagnosis,
    /// What happened in missions without an outage was not kept.
    knows_outages_only: bool,
}

/// Nothing has been tested.
const UNTESTED: &Diagnosis = &Diagnosis { tests: Vec::new() };

impl<'a> Reader<'a> {
    fn of(system: &'a System, all: &'a RareTally, service: ServiceId, level: Level) -> Reader<'a> {
        Reader {
            system,
            all,
            tally: &all.services[service],
            plain: &all.plain.services[service.index()],
            second: None,
            level,
            diagnosis: UNTESTED,
            knows_outages_only: false,
        }
    }

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
            roots: self.roots(),
            exceedance: self.exceedance(),
            over_time: self.over_time(),
            by_part: Vec::new(),
            targets: (0..service.targets.len())
                .map(|index| self.target(service, index))
                .collect(),
        }
    }

    fn quantities(&self) -> Vec<Quantity> {
        // A service with a demand is for plain trials.
        quantities(false, self.plain.has_data, |figure| {
            self.established(self.figure(figure))
        })
    }

    fn figure(&self, figure: Figure) -> Value {
        let (tally, level) = (self.tally, self.level);
        let year = self.per_year() * 1e-9;
        match figure {
            Figure::Of(metric) => self.measured(metric, level),
            // The largest of a sample describes it, and branches are no sample of missions.
            Figure::Largest(_) => Err(NoInterval::NotByRareTrials),
            Figure::DegradedTime => self.of_all(|| self.mean(&tally.degraded, year, level)),
            Figure::StalledTime => self.of_all(|| self.mean(&tally.stalled, year, level)),
            Figure::UpTime => self.up_time(level),
            Figure::FirstOutage => self.time_to_first(level),
            Figure::FirstOutageMedian => {
                let median = tally.first_tail.quantile_of_each(&tally.any, 0.5, level)?;
                Ok(median.scaled(1e-9))
            }
        }
    }

    /// A figure of all missions, also of those without an outage.
    fn of_all(&self, value: impl FnOnce() -> Value) -> Value {
        if self.knows_outages_only {
            Err(NoInterval::NotByRareTrials)
        } else {
            value()
        }
    }

    fn mean(&self, moments: &RealMoments, factor: f64, level: Level) -> Value {
        // A weighted trial has no bound of its own.
        let mean = mean_hall(moments.summary_within(f64::INFINITY), level)?;
        Ok(self.unseen(mean, level).scaled(factor))
    }

    /// With what the branches may hide.
    fn unseen(&self, mean: Interval, level: Level) -> Interval {
        let hidden = mean.estimate.abs() * self.tally.hidden(level);
        let (mut low, mut high) = (mean.low, mean.high);
        if mean.method == Method::AllAlike && hidden > 0.0 {
            // Its branches tell more than the number of trials.
            (low, high) = (mean.estimate, mean.estimate);
        }
        Interval {
            low: low.min(mean.estimate - hidden),
            high: high.max(mean.estimate + hidden),
            ..mean
        }
    }

    fn measured(&self, metric: Metric, level: Level) -> Value {
        let tally = self.tally;
        match metric {
            Metric::Availability => Ok(self
                .mean(&tally.down, 1.0 / self.mission_ns(), level)?
                .one_minus()),
            Metric::ServedRequests => self.of_all(|| {
                let unserved = self.mean(&tally.unserved, 1.0 / self.mission_ns(), level)?;
                Ok(unserved.one_minus())
            }),
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
                Ok(self.unseen(mean?, level).scaled(1e-9))
            }
            Metric::Downtime(Statistic::Quantile(_))
            | Metric::Outages(Statistic::Quantile(_))
            | Metric::LongestOutage(_)
                if self.is_often() =>
            {
                // Main paths are plain trials.
                self.plain(metric, level, NoInterval::TooFrequent)
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
            Metric::LongestOutage(Statistic::Mean) => self.mean(&tally.longest, 1e-9, level),
            Metric::OutageDuration(Statistic::Quantile(order)) => {
                let tail = &tally.duration_tail;
                let quantile = tail.quantile_of_each(&tally.outages, order, level)?;
                Ok(quantile.scaled(1e-9))
            }
            Metric::Cost(statistic) => self.of_all(|| match statistic {
                Statistic::Mean => mean_cost(self.system, self.all, level),
                Statistic::Quantile(order) => cost_quantile(self.system, self.all, order, level),
            }),
            Metric::DataLoss(Statistic::Mean) => self.of_all(|| {
                let (lost, takeovers) = (&tally.data_lost, &tally.takeovers);
                let mean = real_ratio(lost, takeovers, &tally.lost_times_takeovers, level)?;
                Ok(mean.scaled(1e-9))
            }),
            Metric::DataLoss(Statistic::Quantile(order)) => self.of_all(|| {
                let tail = &tally.loss_tail;
                let quantile = tail.quantile_of_each(&tally.takeovers, order, level)?;
                Ok(quantile.scaled(1e-9))
            }),
            Metric::DataLost(Statistic::Mean) => {
                self.of_all(|| self.mean(&tally.data_lost, self.per_year() * 1e-9, level))
            }
            // What is lost in a mission need not be rare; main paths are plain trials.
            Metric::DataLost(Statistic::Quantile(_)) => {
                self.plain(metric, level, NoInterval::NotByRareTrials)
            }
            Metric::TimeBelowDemand => Err(NoInterval::NotByRareTrials),
        }
    }

    fn never_down(&self, level: Level) -> Value {
        if self.is_often() {
            return self.plain(Metric::NeverDown, level, NoInterval::TooFrequent);
        }
        Ok(self.mean(&self.tally.any, 1.0, level)?.one_minus())
    }

    /// Mean time to the first outage: time watched until then over the chance of one.
    fn time_to_first(&self, level: Level) -> Value {
        let tally = self.tally;
        if self.is_often() {
            // Main paths are plain trials. What follows on the first outages of many episodes is more than the
            // mission.
            if !self.has_plain() {
                return Err(NoInterval::TooFrequent);
            }
            return Ok(stats::ratio(&self.plain.first_outage, level)?.scaled(1e-9));
        }
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

    /// There are main paths, which say something by themselves, as they are plain trials.
    fn has_plain(&self) -> bool {
        self.all.plain.trial_count > 0
    }

    /// What the main paths say by themselves, or why nothing does.
    fn plain(&self, metric: Metric, level: Level, without: NoInterval) -> Value {
        if !self.has_plain() {
            return Err(without);
        }
        trials::measure(self.system, self.plain, None, metric, level)
    }

    /// Outages are so frequent that the first of a mission tells little of it.
    fn is_often(&self) -> bool {
        self.tally.bad_episodes.mean() > OFTEN
    }

    /// A quantile over missions.
    fn quantile(&self, tail: &TailMoments, order: f64, factor: f64, level: Level) -> Value {
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
        let is_of_data = matches!(limit, Limit::DataLoss(_) | Limit::DataLostPerYear(_));
        if is_of_data || self.tally.bad_episodes.mean() > OFTEN * periods {
            // Main paths are plain trials.
            if !self.has_plain() {
                return Some(self.of_all(|| Err(NoInterval::TooFrequent)));
            }
            let result = trials::target_result(self.system, service, self.plain, index, self.level);
            let breach = [result.year_breach, result.month_breach][nth];
            return breach;
        }
        Some(self.established(self.share_of_periods(index, nth, periods)))
    }

    fn share_of_periods(&self, index: usize, nth: usize, periods: f64) -> Value {
        let tally = self.tally;
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

    fn roots(&self) -> Vec<RootShare> {
        let (down, outages) = (&self.tally.down, &self.tally.outages);
        let all = self.tally.roots.iter().map(|(&root, of)| {
            let [of_down, of_outages] =
                [(&of.down, down), (&of.outages, outages)].map(|(of, all)| {
                    let mut of = of.clone();
                    of.record_zeros(all.count() - of.count());
                    of
                });
            let mean =
                |of: &RealMoments, factor: f64| self.established(self.mean(of, factor, self.level));
            RootShare {
                root,
                outages: mean(&of_outages, self.per_year()),
                outages_share: of_outages.sum() / outages.sum(),
                down: mean(&of_down, self.per_year() * 1e-9),
                share: of_down.sum() / down.sum(),
            }
        });
        sorted_roots(all.collect())
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
            takeover_breach: matches!(target.metric, Metric::DataLoss(_)).then(|| {
                let (broken, products) = &self.tally.broken[index];
                let share =
                    self.of_all(|| real_ratio(broken, &self.tally.takeovers, products, self.level));
                self.established(share)
            }),
            trials_to_decide: None,
        }
    }
}
