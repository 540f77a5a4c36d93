//! What the trials say about the truth: every figure with its interval.

use super::certain::is_certain;
use super::cost::{CostTally, PARTS_PER_UNIT};
use super::drift::Drift;
use super::figures::{Figure, ORDERS, Quantity, quantities};
use super::run::Trials;
use super::tally::{PART_COUNT, ServiceTally, Tally};
use crate::base::{Currency, Probability, units::SECONDS_PER_YEAR};
use crate::behaviour::Mechanism;
use crate::model::{
    Comparison, CostItem, Culprit, DemandProfile, Metric, Root, Service, Statistic, System, Target,
};
use crate::stats::{
    self, Histogram, Interval, Level, Moments, NoInterval, Verdict, WhyStopped, mean_hall,
    proportion_clopper_pearson,
};

/// More points of an exceedance curve than this cannot be told apart on a page.
pub(crate) const EXCEEDANCE_POINTS: usize = 300;

/// Everything that a run says.
#[derive(Clone, Debug)]
pub struct Estimates {
    /// Level of the intervals.
    pub level: Level,
    /// Number of trials.
    pub trial_count: u64,
    /// Number of events in them.
    pub event_count: u64,
    /// Length of the mission in seconds.
    pub mission_s: f64,
    /// Why there are no more trials.
    pub why_stopped: WhyStopped,
    /// The services, in the order of the system.
    pub services: Vec<ServiceEstimates>,
    /// How the trials were made.
    pub way: Way,
    /// What a year costs, if anything costs money.
    pub cost: Option<CostEstimates>,
    /// What drifts in missions that should have begun in the long run.
    pub drift: Option<Drift>,
    /// Why figures are not to be believed, beside what the tests of the method say; see [`Estimates::doubt`].
    pub doubts: Vec<String>,
}

/// How trials were made.
#[derive(Clone, Debug, PartialEq)]
pub enum Way {
    /// Plain simulation: each trial counts as one.
    Plain {
        /// Why, if that was a choice.
        why: Option<String>,
    },
    /// Weighted branches that seek outages.
    Rare {
        /// Why, if that was a choice.
        why: Option<String>,
        /// What the tests of the method found: why a figure is not established, or what supports it.
        remarks: Vec<String>,
    },
    /// Missions that come near an outage are copied and continued.
    Splitting {
        /// What supports the figures, or why they are not established.
        remarks: Vec<String>,
    },
}

impl Way {
    /// Its name in files.
    pub fn name(&self) -> &'static str {
        match self {
            Way::Plain { .. } => "plain",
            Way::Rare { .. } => "rare",
            Way::Splitting { .. } => "splitting",
        }
    }

    /// Why it was chosen, if that was a choice.
    pub fn why(&self) -> Option<&str> {
        match self {
            Way::Plain { why } | Way::Rare { why, .. } => why.as_deref(),
            Way::Splitting { .. } => None,
        }
    }

    /// What the tests of the method found.
    pub fn remarks(&self) -> &[String] {
        match self {
            Way::Plain { .. } => &[],
            Way::Rare { remarks, .. } | Way::Splitting { remarks } => remarks,
        }
    }

    /// The same way, with a reason.
    #[must_use]
    pub fn because(self, reason: String) -> Way {
        let why = Some(reason);
        match self {
            Way::Plain { .. } => Way::Plain { why },
            Way::Rare { remarks, .. } => Way::Rare { why, remarks },
            Way::Splitting { remarks } => Way::Splitting { remarks },
        }
    }
}

/// What a year of the whole system costs.
#[derive(Clone, Debug)]
pub struct CostEstimates {
    /// What it is paid in.
    pub currency: Currency,
    /// All together: `mean`, `p50`, `p95`, `p99` and `max`.
    pub total: Vec<(&'static str, Result<Interval, NoInterval>)>,
    /// What it is spent on, in order.
    pub items: Vec<CostShare>,
}

/// What is spent on one thing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CostShare {
    /// The thing.
    pub item: CostItem,
    /// Money per year.
    pub per_year: Result<Interval, NoInterval>,
    /// Of all costs, 0 to 1.
    pub share: f64,
}

/// Everything that a run says about a service.
#[derive(Clone, Debug)]
pub struct ServiceEstimates {
    /// Its name.
    pub name: String,
    /// All figures, in the order in which they are printed.
    pub quantities: Vec<Quantity>,
    /// Where the downtime comes from, largest first.
    pub contributions: Vec<Contribution>,
    /// The same by group.
    pub culprits: Vec<Contribution>,
    /// The same by what began the outages, whatever kept the service down then.
    pub roots: Vec<RootShare>,
    /// The share of trials with more downtime a year than so many seconds, from the least to the greatest
    /// that occurs.
    pub exceedance: Vec<(f64, Interval)>,
    /// Where requests are lost while the service is up, largest first, in time of full load.
    pub lost_by: Vec<Contribution>,
    /// Availability in equal parts of the mission: start and end in seconds, and the ratio.
    pub over_time: Vec<(f64, f64, Result<Interval, NoInterval>)>,
    /// What is served in each part of the period of its demand; empty if the same is asked all the time.
    pub by_part: Vec<ServedPart>,
    /// The targets.
    pub targets: Vec<TargetResult>,
}

/// What is served in a part of the period of a demand, such as an hour of the day.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ServedPart {
    /// When it begins, in seconds from the start of the period.
    pub start_s: f64,
    /// When it ends.
    pub end_s: f64,
    /// The load that is asked in it.
    pub load: f64,
    /// The share of that which is served; 1 where nothing is asked.
    pub served: Result<Interval, NoInterval>,
}

/// A share of the downtime.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Contribution {
    /// The group that kept the service down.
    pub culprit: Culprit,
    /// What went on there; `None` for all mechanisms together.
    pub mechanism: Option<Mechanism>,
    /// Seconds per year.
    pub down: Result<Interval, NoInterval>,
    /// Of the service's whole downtime, 0 to 1.
    pub share: f64,
}

/// What one root has begun.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RootShare {
    /// What began it.
    pub root: Root,
    /// Outages per year.
    pub outages: Result<Interval, NoInterval>,
    /// Of the service's outages, 0 to 1.
    pub outages_share: f64,
    /// Downtime in seconds per year.
    pub down: Result<Interval, NoInterval>,
    /// Of the service's whole downtime, 0 to 1.
    pub share: f64,
}

/// How a target stands.
#[derive(Clone, Debug, PartialEq)]
pub struct TargetResult {
    /// The target.
    pub target: Target,
    /// The measured value, in the unit of the target.
    pub value: Result<Interval, NoInterval>,
    /// Whether it is met, by a one-sided test at the level of the run.
    pub verdict: Verdict,
    /// Probability that a single year breaks it, where that makes sense.
    pub year_breach: Option<Result<Interval, NoInterval>>,
    /// Probability that a single month breaks it, where that makes sense.
    pub month_breach: Option<Result<Interval, NoInterval>>,
    /// Probability that a single takeover breaks it, of a target for data lost in takeovers.
    pub takeover_breach: Option<Result<Interval, NoInterval>>,
    /// About how many more trials would decide it, if it is undecided.
    pub trials_to_decide: Option<u64>,
}

impl Estimates {
    /// What `trials` of `system` say, at a level.
    pub fn of(system: &System, trials: &Trials, level: Level) -> Estimates {
        let tally = &trials.tally;
        let tail_weight = system.tail_weight();
        let is_certain = is_certain(system);
        Estimates {
            level,
            trial_count: tally.trial_count,
            event_count: tally.event_count,
            mission_s: system.mission.as_secs(),
            why_stopped: trials.why_stopped,
            services: system
                .services
                .iter()
                .zip(&tally.services)
                .map(|(service, tally)| {
                    Reader {
                        system,
                        tally,
                        cost: trials.tally.cost.as_ref(),
                        level,
                        tail_weight,
                        is_certain,
                    }
                    .service(service)
                })
                .collect(),
            way: Way::Plain { why: None },
            drift: Drift::surest(system, tally),
            doubts: Vec::new(),
            cost: tally.cost.as_ref().and_then(|cost| {
                let reader = CostReader {
                    system,
                    cost,
                    level,
                    tail_weight,
                    is_certain,
                };
                Some(reader.estimates(system.currency?))
            }),
        }
    }
}

impl Estimates {
    /// Takes back what is said of a service, for a reason: nothing that can be believed contradicts what is known.
    /// It has no figures then, and no target is judged.
    pub fn doubt(&mut self, service: &str, reason: String) {
        self.doubts.push(reason);
        let found = self.services.iter_mut().find(|other| other.name == service);
        let Some(service) = found else { return };
        let nothing = || Err(NoInterval::Contradicted);
        for quantity in &mut service.quantities {
            quantity.value = nothing();
        }
        let parts = service.contributions.iter_mut();
        for part in parts
            .chain(&mut service.culprits)
            .chain(&mut service.lost_by)
        {
            part.down = nothing();
        }
        for root in &mut service.roots {
            root.down = nothing();
            root.outages = nothing();
        }
        service.exceedance.clear();
        for (_, _, up) in &mut service.over_time {
            *up = nothing();
        }
        for target in &mut service.targets {
            target.value = nothing();
            target.verdict = Verdict::Undecided;
            target.year_breach = None;
            target.month_breach = None;
            target.takeover_breach = None;
            target.trials_to_decide = None;
        }
    }

    /// Why figures are not established, if they are not: a sentence for each reason.
    pub fn not_established(&self) -> Vec<String> {
        let mut reasons = self.doubts.clone();
        let failed = self.services.iter().filter(|service| {
            let down = service.quantity("downtime", "mean");
            down.is_some_and(|down| down.value == Err(NoInterval::NotEstablished))
        });
        let failed: Vec<&str> = failed.map(|service| service.name.as_str()).collect();
        if !failed.is_empty() {
            reasons.push(format!(
                "a check of the rare-event method failed for {}: see RESTS ON",
                failed.join(", ")
            ));
        }
        reasons
    }
}

impl ServiceEstimates {
    /// A figure by metric and statistic.
    pub fn quantity(&self, metric: &str, statistic: &str) -> Option<&Quantity> {
        self.quantities
            .iter()
            .find(|quantity| quantity.metric == metric && quantity.statistic == statistic)
    }

    /// The same, if it is known.
    pub fn value(&self, metric: &str, statistic: &str) -> Option<&Interval> {
        self.quantity(metric, statistic)?.value.as_ref().ok()
    }
}

/// A metric of one service, in its own unit.
pub(crate) fn measure(
    system: &System,
    tally: &ServiceTally,
    cost: Option<&CostTally>,
    metric: Metric,
    level: Level,
) -> Value {
    Reader {
        system,
        tally,
        cost,
        level,
        tail_weight: system.tail_weight(),
        is_certain: false,
    }
    .measured(metric, level)
}

/// How a target of one service stands.
pub(crate) fn target_result(
    system: &System,
    service: &Service,
    tally: &ServiceTally,
    index: usize,
    level: Level,
) -> TargetResult {
    Reader {
        system,
        tally,
        cost: None,
        level,
        tail_weight: system.tail_weight(),
        is_certain: false,
    }
    .target(service, index)
}

/// What the trials have cost a year, as a statistic of one trial.
pub(crate) fn cost_statistic(
    system: &System,
    cost: &CostTally,
    statistic: Statistic,
    level: Level,
) -> Result<Interval, NoInterval> {
    CostReader {
        system,
        cost,
        level,
        tail_weight: system.tail_weight(),
        is_certain: false,
    }
    .statistic(statistic)
}

/// How many targets the trials leave undecided.
pub(super) fn undecided_count(system: &System, tally: &Tally, level: Level) -> usize {
    let services = system.services.iter().zip(&tally.services);
    let cost = tally.cost.as_ref();
    let tail_weight = system.tail_weight();
    let is_certain = is_certain(system);
    services
        .flat_map(|(service, tally)| {
            let reader = Reader {
                system,
                tally,
                cost,
                level,
                tail_weight,
                is_certain,
            };
            (0..service.targets.len()).map(move |index| reader.target(service, index).verdict)
        })
        .filter(|&verdict| verdict == Verdict::Undecided)
        .count()
}

/// Reads figures off the sums of one service.
#[derive(Clone, Copy)]
struct Reader<'a> {
    system: &'a System,
    tally: &'a ServiceTally,
    cost: Option<&'a CostTally>,
    level: Level,
    /// Of the system; it takes integrals to find.
    tail_weight: f64,
    /// Nothing in the system is random.
    is_certain: bool,
}

type Value = Result<Interval, NoInterval>;

/// Reads figures off the sums of what the trials have cost.
#[derive(Clone, Copy)]
struct CostReader<'a> {
    system: &'a System,
    cost: &'a CostTally,
    level: Level,
    tail_weight: f64,
    is_certain: bool,
}

impl CostReader<'_> {
    /// From parts of the unit per mission to units per year.
    fn factor(&self) -> f64 {
        SECONDS_PER_YEAR / self.system.mission.as_secs() / PARTS_PER_UNIT
    }

    fn estimates(&self, currency: Currency) -> CostEstimates {
        let mut total = vec![("mean", self.statistic(Statistic::Mean))];
        for (name, order) in ORDERS {
            total.push((name, self.statistic(Statistic::Quantile(order))));
        }
        let max = largest(&self.cost.distribution, self.level);
        total.push(("max", max.map(|max| max.scaled(self.factor()))));
        let all = self.cost.total.sum() as f64;
        let items = self.cost.items.iter().map(|(item, moments)| CostShare {
            item: *item,
            per_year: self.mean(*item == CostItem::Units, moments),
            share: moments.sum() as f64 / all,
        });
        CostEstimates {
            currency,
            total,
            items: items.collect(),
        }
    }

    fn statistic(&self, statistic: Statistic) -> Value {
        match statistic {
            Statistic::Mean => {
                let is_fixed = |(item, _): &(CostItem, Moments)| *item == CostItem::Units;
                self.mean(self.cost.items.iter().all(is_fixed), &self.cost.total)
            }
            Statistic::Quantile(order) => {
                let order = Probability::new(order).map_err(|_| NoInterval::ExtremeQuantile)?;
                let quantile = stats::quantile(&self.cost.distribution, order, self.level)?;
                Ok(quantile.scaled(self.factor()))
            }
        }
    }

    /// The mean of what is spent; what is fixed beforehand is known without an error.
    fn mean(&self, is_fixed: bool, moments: &Moments) -> Value {
        let interval = mean_hall(moments, self.level)?.scaled(self.factor());
        Ok(if self.is_certain {
            interval.of_certainty()
        } else if is_fixed {
            Interval {
                low: interval.estimate,
                high: interval.estimate,
                ..interval
            }
        } else {
            interval.of_durations(self.tail_weight, 0)
        })
    }
}

/// The largest value of a sample, which describes it and estimates nothing.
fn largest(distribution: &Histogram, level: Level) -> Value {
    let order = Probability::new(0.5).map_err(|_| NoInterval::ExtremeQuantile)?;
    let any = stats::quantile(distribution, order, level)?;
    let max = distribution.max() as f64;
    Ok(Interval {
        estimate: max,
        low: max,
        high: max,
        ..any
    })
}

impl Reader<'_> {
    fn mission_ns(&self) -> f64 {
        self.system.mission.as_nanos() as f64
    }

    /// From something per mission to the same per year.
    fn per_year(&self) -> f64 {
        SECONDS_PER_YEAR / self.system.mission.as_secs()
    }

    fn service(&self, service: &Service) -> ServiceEstimates {
        ServiceEstimates {
            name: service.name.clone(),
            quantities: self.quantities(),
            contributions: self.contributions(),
            culprits: self.culprits(),
            roots: self.roots(),
            exceedance: self.exceedance(),
            lost_by: self.lost_by(),
            over_time: self.over_time(),
            by_part: service
                .demand
                .as_ref()
                .map_or(Vec::new(), |demand| self.by_part(demand)),
            targets: (0..service.targets.len())
                .map(|index| self.target(service, index))
                .collect(),
        }
    }

    fn quantities(&self) -> Vec<Quantity> {
        let tally = self.tally;
        quantities(tally.below.count() > 0, tally.has_data, |figure| {
            self.figure(figure)
        })
    }

    /// A value, which is known where nothing is random.
    fn known(&self, value: Value) -> Value {
        let tally = self.tally;
        let is_alike = |moments: &Moments| moments.summary_within(0.0).variance <= 0.0;
        let is_known = self.is_certain && is_alike(&tally.down) && is_alike(&tally.outages);
        match value {
            Ok(value) if is_known => Ok(value.of_certainty()),
            Err(NoInterval::NoneToAverage) if is_known => Err(NoInterval::CannotHappen),
            value => value,
        }
    }

    fn figure(&self, figure: Figure) -> Value {
        self.known(self.seen(figure))
    }

    /// The same as the trials show it.
    fn seen(&self, figure: Figure) -> Value {
        let (tally, level) = (self.tally, self.level);
        let (year, second) = (self.per_year() * 1e-9, 1e-9);
        match figure {
            Figure::Of(metric) => self.measured(metric, level),
            Figure::Largest(metric) => {
                let (distribution, factor) =
                    self.distribution(metric).ok_or(NoInterval::NoTrials)?;
                Ok(largest(distribution, level)?.scaled(factor))
            }
            Figure::DegradedTime => self.mean_time(&tally.degraded, year, level),
            Figure::StalledTime => self.mean_time(&tally.stalled, year, level),
            Figure::UpTime => Ok(stats::ratio(&tally.up_per_outage, level)?.scaled(second)),
            Figure::FirstOutage => Ok(stats::ratio(&tally.first_outage, level)?.scaled(second)),
            Figure::FirstOutageMedian => {
                self.quantile(&tally.first_distribution, 0.5, second, level)
            }
        }
    }

    /// The distribution of a metric that has one, and what its values are in the unit of the metric.
    fn distribution(&self, metric: Metric) -> Option<(&Histogram, f64)> {
        let tally = self.tally;
        let (year, second) = (self.per_year() * 1e-9, 1e-9);
        match metric {
            Metric::Downtime(_) => Some((&tally.down_distribution, year)),
            Metric::Outages(_) => Some((&tally.outages_distribution, self.per_year())),
            Metric::LongestOutage(_) => Some((&tally.longest_distribution, second)),
            Metric::OutageDuration(_) => Some((&tally.duration_distribution, second)),
            Metric::DataLoss(_) => Some((&tally.loss_distribution, second)),
            Metric::DataLost(_) => Some((&tally.data_lost_distribution, year)),
            Metric::Availability
            | Metric::ServedRequests
            | Metric::TimeBelowDemand
            | Metric::NeverDown
            | Metric::Cost(_) => None,
        }
    }

    fn loss_per_takeover(&self, level: Level) -> Value {
        let interval = stats::ratio(&self.tally.lost_per_takeover, level)?;
        Ok(interval.scaled(1e-9).of_durations(self.tail_weight, 0))
    }

    fn mean(&self, moments: &Moments, factor: f64, level: Level) -> Value {
        // Most means are of times within the mission; the bound only matters where none was seen.
        Ok(mean_hall(moments.summary_within(self.mission_ns()), level)?.scaled(factor))
    }

    /// The mean number of outages. Where all trials had as many, one that differs is taken to have at most one more
    /// than twice as many: there is no limit to a number, but one that nobody could believe tells nothing.
    fn outages(&self, level: Level) -> Value {
        self.outages_of(&self.tally.outages, level)
    }

    fn outages_of(&self, outages: &Moments, level: Level) -> Value {
        let most = 2.0 * outages.mean() + 1.0;
        let is_alike = outages.summary_within(most).variance <= 0.0;
        let most = if is_alike { most } else { f64::INFINITY };
        Ok(mean_hall(outages.summary_within(most), level)?.scaled(self.per_year()))
    }

    /// A mean of something that is made of the durations of faults, of which nobody has counted more
    /// than one a trial.
    fn mean_time(&self, moments: &Moments, factor: f64, level: Level) -> Value {
        let interval = self.mean(moments, factor, level)?;
        Ok(interval.of_durations(self.tail_weight, 0))
    }

    /// The mean downtime, which is made of the outages.
    fn downtime(&self, factor: f64, level: Level) -> Value {
        let interval = self.mean(&self.tally.down, factor, level)?;
        Ok(interval.of_durations(self.tail_weight, self.outage_count()))
    }

    fn outage_count(&self) -> u64 {
        u64::try_from(self.tally.outages.sum()).unwrap_or(u64::MAX)
    }

    fn availability(&self, level: Level) -> Value {
        Ok(self.downtime(1.0 / self.mission_ns(), level)?.one_minus())
    }

    fn served(&self, level: Level) -> Value {
        Ok(self
            .mean_time(&self.tally.unserved, 1.0 / self.mission_ns(), level)?
            .one_minus())
    }

    fn down_per_outage(&self, level: Level) -> Value {
        let interval = stats::ratio(&self.tally.down_per_outage, level)?;
        let durations = self.outage_count();
        Ok(interval
            .scaled(1e-9)
            .of_durations(self.tail_weight, durations))
    }

    fn never_down(&self, level: Level) -> Value {
        let outages = &self.tally.outages;
        proportion_clopper_pearson(outages.count() - outages.nonzero(), outages.count(), level)
    }

    fn quantile(&self, distribution: &Histogram, order: f64, factor: f64, level: Level) -> Value {
        let order = Probability::new(order).map_err(|_| NoInterval::ExtremeQuantile)?;
        if distribution.count() == 0 && self.tally.down.count() > 0 {
            return Err(NoInterval::NoneToAverage);
        }
        Ok(stats::quantile(distribution, order, level)?.scaled(factor))
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
            RootShare {
                root,
                outages: self.known(self.outages_of(&of_outages, self.level)),
                outages_share: of_outages.sum() as f64 / outages.sum() as f64,
                down: self.known(self.mean_time(&of_down, self.per_year() * 1e-9, self.level)),
                share: of_down.sum() as f64 / down.sum() as f64,
            }
        });
        sorted_roots(all.collect())
    }

    fn contribution(
        &self,
        culprit: Culprit,
        mechanism: Option<Mechanism>,
        moments: &Moments,
        whole: &Moments,
    ) -> Contribution {
        let mut moments = moments.clone();
        moments.record_zeros(whole.count() - moments.count());
        let share = moments.sum() as f64 / whole.sum() as f64;
        Contribution {
            culprit,
            mechanism,
            down: self.known(self.mean_time(&moments, self.per_year() * 1e-9, self.level)),
            share,
        }
    }

    /// In steps that can be told apart.
    fn exceedance(&self) -> Vec<(f64, Interval)> {
        let sample = &self.tally.down_distribution;
        let trials = sample.count();
        let bins: Vec<_> = sample.bins().filter(|bin| bin.upper > 0).collect();
        let step = bins.len().div_ceil(EXCEEDANCE_POINTS).max(1);
        let mut above = trials - sample.zeros();
        let mut points = Vec::new();
        let mut point = |nanos: u64, above: u64| {
            let found = proportion_clopper_pearson(above, trials, self.level).ok();
            let length = nanos as f64 * self.per_year() * 1e-9;
            points.extend(found.filter(|_| above > 0).map(|share| (length, share)));
        };
        for (index, bin) in bins.iter().enumerate() {
            let is_end = index == 0 || index + 1 == bins.len();
            if is_end || index % step == 0 {
                // A nanosecond less is exceeded by all that is in the bin.
                point(bin.lower.saturating_sub(1).max(1), above);
            }
            above -= bin.count;
            if index + 1 == bins.len() && bin.upper > bin.lower {
                point(bin.upper - 1, bin.count.min(1));
            }
        }
        points
    }

    fn over_time(&self) -> Vec<(f64, f64, Value)> {
        let part = self.system.mission.as_nanos().div_ceil(PART_COUNT as u64) as f64;
        let mission = self.mission_ns();
        let mut parts = Vec::new();
        for (index, moments) in self.tally.parts.iter().enumerate() {
            let start = part * index as f64;
            let end = (start + part).min(mission);
            if end <= start {
                break;
            }
            let mut moments = moments.clone();
            moments.record_zeros(self.tally.down.count() - moments.count());
            let down = self.known(mean_hall(moments.summary_within(end - start), self.level));
            parts.push((
                start * 1e-9,
                end * 1e-9,
                down.map(|down| down.scaled(1.0 / (end - start)).one_minus()),
            ));
        }
        parts
    }

    fn by_part(&self, demand: &DemandProfile) -> Vec<ServedPart> {
        let parts = &self.tally.unserved_by_part;
        let mission = self.system.mission.as_secs();
        let (period, width) = (demand.period.as_secs(), demand.part_width_s());
        let loads = demand.part_loads();
        // A mission may end within a period.
        let (whole, rest) = ((mission / period).floor(), mission % period);
        let times = |start: f64| whole * width + (rest - start).clamp(0.0, width);
        let starts = || (0..loads.len()).map(|part| part as f64 * width);
        let asked = starts()
            .zip(&loads)
            .map(|(start, load)| load * times(start));
        let mean = asked.sum::<f64>() / mission;
        let of_part = |((start, &load), moments): ((f64, &f64), &Moments)| {
            let asked_ns = (load * times(start) / mean * 1e9).max(1.0);
            let lost = mean_hall(moments.summary_within(asked_ns), self.level);
            let served = self.known(lost.map(|lost| lost.scaled(1.0 / asked_ns).one_minus()));
            ServedPart {
                start_s: start,
                end_s: start + width,
                load,
                served,
            }
        };
        starts().zip(&loads).zip(parts).map(of_part).collect()
    }

    fn measured(&self, metric: Metric, level: Level) -> Value {
        self.known(self.shown(metric, level))
    }

    /// The same as the trials show it.
    fn shown(&self, metric: Metric, level: Level) -> Value {
        let tally = self.tally;
        let year = self.per_year() * 1e-9;
        match metric {
            Metric::Availability => self.availability(level),
            Metric::ServedRequests => self.served(level),
            Metric::TimeBelowDemand => self.mean_time(&tally.below, year, level),
            Metric::NeverDown => self.never_down(level),
            Metric::Downtime(Statistic::Mean) => self.downtime(year, level),
            Metric::Outages(Statistic::Mean) => self.outages(level),
            Metric::LongestOutage(Statistic::Mean) => self.mean_time(&tally.longest, 1e-9, level),
            Metric::OutageDuration(Statistic::Mean) => self.down_per_outage(level),
            Metric::DataLoss(Statistic::Mean) => self.loss_per_takeover(level),
            Metric::DataLost(Statistic::Mean) => self.mean_time(&tally.data_lost, year, level),
            Metric::Downtime(Statistic::Quantile(order))
            | Metric::Outages(Statistic::Quantile(order))
            | Metric::LongestOutage(Statistic::Quantile(order))
            | Metric::OutageDuration(Statistic::Quantile(order))
            | Metric::DataLoss(Statistic::Quantile(order))
            | Metric::DataLost(Statistic::Quantile(order)) => {
                let (distribution, factor) =
                    self.distribution(metric).ok_or(NoInterval::NoTrials)?;
                self.quantile(distribution, order, factor, level)
            }
            Metric::Cost(statistic) => {
                let cost = self.cost.ok_or(NoInterval::NoTrials)?;
                let reader = CostReader {
                    system: self.system,
                    cost,
                    level,
                    tail_weight: self.tail_weight,
                    is_certain: self.is_certain,
                };
                reader.statistic(statistic)
            }
        }
    }

    fn target(&self, service: &Service, index: usize) -> TargetResult {
        let target = &service.targets[index];
        let value = self.measured(target.metric, self.level);
        let limit = match target.comparison {
            Comparison::AtLeast => stats::Target::AtLeast(target.limit),
            Comparison::AtMost => stats::Target::AtMost(target.limit),
        };
        // A verdict is a one-sided test, so its interval has half the error on either side.
        let tested = self
            .level
            .with_both_ends()
            .map_err(|_| NoInterval::TooFewEvents);
        let tested = tested
            .and_then(|level| self.measured(target.metric, level))
            .ok();
        let verdict = match (value, target.comparison) {
            // What cannot happen takes no time and loses nothing.
            (Err(NoInterval::CannotHappen), Comparison::AtMost) => Verdict::Met,
            _ => limit.judge(tested.as_ref()),
        };
        let trials_to_decide = match (verdict, &tested) {
            (Verdict::Undecided, Some(tested)) => {
                more_trials(self.tally.down.count(), tested, target.limit)
            }
            _ => None,
        };
        let breach = |period: usize, length_s: f64| {
            let periods = (self.system.mission.as_secs() / length_s).floor();
            let counts = ServiceTally::counts_breaches(service, index) && periods >= 1.0;
            counts.then(|| self.breach(&self.tally.breaches[index][period], periods))
        };
        TargetResult {
            target: target.clone(),
            year_breach: breach(0, SECONDS_PER_YEAR),
            month_breach: breach(1, SECONDS_PER_YEAR / 12.0),
            takeover_breach: matches!(target.metric, Metric::DataLoss(_)).then(|| {
                let takeovers = self.tally.loss_distribution.count();
                let broken = self.tally.broken[index];
                proportion_clopper_pearson(broken, takeovers, self.level)
            }),
            value,
            verdict,
            trials_to_decide,
        }
    }

    /// Probability that a period breaks a target: a proportion if a mission has one period, the mean
    /// share otherwise, as the periods of one mission are not independent.
    fn breach(&self, breaking: &Moments, periods: f64) -> Value {
        if periods == 1.0 {
            return proportion_clopper_pearson(breaking.nonzero(), breaking.count(), self.level);
        }
        Ok(mean_hall(breaking.summary_within(periods), self.level)?.scaled(1.0 / periods))
    }
}

/// Contributions, the largest first.
pub(crate) fn sorted_contributions(mut contributions: Vec<Contribution>) -> Vec<Contribution> {
    contributions.sort_by(|a, b| b.share.total_cmp(&a.share));
    contributions
}

/// Roots, those of most downtime first.
pub(crate) fn sorted_roots(mut roots: Vec<RootShare>) -> Vec<RootShare> {
    roots.sort_by(|a, b| b.share.total_cmp(&a.share));
    roots
}

/// About how many more trials would move the near end of an interval past a limit, if the estimate
/// stayed where it is.
fn more_trials(trials: u64, interval: &Interval, limit: f64) -> Option<u64> {
    let distance = (interval.estimate - limit).abs();
    let half_width = if limit > interval.estimate {
        interval.high - interval.estimate
    } else {
        interval.estimate - interval.low
    };
    let factor = half_width / distance;
    let more = trials as f64 * (factor * factor - 1.0);
    (more.is_finite() && more > 0.0 && more < 1e15).then_some(more.ceil() as u64)
}
