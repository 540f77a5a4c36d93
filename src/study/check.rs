//! Trials beside the exact answer.

use crate::base::IdVec;
use crate::base::human::{self, below_one, short_duration};
use crate::base::units::{NANOS_PER_SECOND, SECONDS_PER_YEAR};
use crate::exact::Exact;
use crate::model::{CostItem, ServiceId};
use crate::rare::RareTrials;
use crate::stats::{Bin, Histogram, Moments, RealMoments};
use crate::trials::{PARTS_PER_UNIT, Tally};

/// The exact availability of a service over the mission.
#[derive(Clone, Debug, PartialEq)]
pub struct ExactAnswer {
    /// The name of the service.
    pub service: String,
    /// Its availability, 0 to 1.
    pub availability: f64,
    /// How far the simulated one is from it, in standard errors.
    pub distance: Option<f64>,
    /// Its outages, where they are known.
    pub outages: Option<ExactOutages>,
    /// How probable it is that the downtime of a mission exceeds what targets allow, where that is known.
    pub beyond: Vec<ExactBeyond>,
    /// What trials say of the availability.
    pub simulated_availability: f64,
}

/// The exact number of outages of a service.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ExactOutages {
    /// In a year.
    pub per_year: f64,
    /// The simulated number.
    pub simulated_per_year: f64,
    /// How far that is from it, in standard errors.
    pub distance: Option<f64>,
}

impl ExactAnswer {
    /// Whether the trials found the same. One run in 20 is outside its interval, as it should be; four standard
    /// errors are no chance.
    pub fn agrees(&self) -> bool {
        let outages = self.outages.and_then(|outages| outages.distance);
        let beyond = self.beyond.iter().filter_map(|beyond| beyond.distance);
        let mut distances = self.distance.into_iter().chain(outages).chain(beyond);
        distances.all(is_chance)
    }

    /// In which figure the trials found something else.
    pub fn difference(&self) -> String {
        let z = |distance: Option<f64>| distance.unwrap_or(0.0);
        if !self.distance.is_none_or(is_chance) {
            return format!(
                "exact {} available against simulated {} (z = {:+.1}): they DISAGREE",
                below_one(self.availability),
                human::percent(self.simulated_availability),
                z(self.distance)
            );
        }
        if let Some(outages) = self.outages
            && !outages.distance.is_none_or(is_chance)
        {
            return format!(
                "exact {} outages a year against simulated {} (z = {:+.1}): they DISAGREE",
                human::significant(outages.per_year, 4),
                human::significant(outages.simulated_per_year, 4),
                z(outages.distance)
            );
        }
        let mut beyond = self.beyond.iter();
        let found = beyond.find(|beyond| !beyond.distance.is_none_or(is_chance));
        found.map_or(String::new(), |beyond| {
            format!(
                "exact {} down for more than {} a year, simulated {} (z = {:+.1}): they DISAGREE",
                human::percent(beyond.probability),
                short_duration(beyond.limit_s_per_year),
                human::percent(beyond.share),
                z(beyond.distance)
            )
        })
    }
}

fn is_chance(distance: f64) -> bool {
    distance.abs() <= 4.0
}

/// The exact probability that a mission is down for longer than a target allows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ExactBeyond {
    /// What the target allows, in seconds per year.
    pub limit_s_per_year: f64,
    /// The exact probability.
    pub probability: f64,
    /// The share of the trials.
    pub share: f64,
    /// How far it is from the probability, in standard errors.
    pub distance: Option<f64>,
}

/// What trials of either method say of each service, to compare with the exact answer.
#[derive(Clone, Debug, Default)]
pub struct Simulated {
    pub(crate) services: IdVec<ServiceId, ServiceSample>,
    /// In parts of a unit of money; none of trials that do not tell.
    pub(crate) costs: Vec<(CostItem, Sample)>,
}

/// Means per trial: times in nanoseconds.
#[derive(Clone, Debug)]
pub(crate) struct ServiceSample {
    pub(crate) down: Sample,
    /// Of plain trials.
    down_distribution: Option<Histogram>,
    /// Splitting does not tell.
    pub(crate) degraded: Option<Sample>,
    pub(crate) unserved: Option<Sample>,
    pub(crate) outages: Sample,
}

/// A mean and its standard error.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sample {
    pub(crate) mean: f64,
    pub(crate) error: f64,
}

/// How many of some trials are above a limit: those in the bin of the limit may be or not.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Above {
    trials: f64,
    least: f64,
    most: f64,
}

impl Simulated {
    /// What plain trials say.
    pub fn of(tally: &Tally) -> Simulated {
        let sample = |moments: &Moments| Sample {
            mean: moments.mean(),
            error: moments.standard_error(),
        };
        let services = tally.services.iter().map(|service| ServiceSample {
            down: sample(&service.down),
            down_distribution: Some(service.down_distribution.clone()),
            degraded: Some(sample(&service.degraded)),
            unserved: Some(sample(&service.unserved)),
            outages: sample(&service.outages),
        });
        let costs = tally.cost.iter().flat_map(|cost| &cost.items);
        Simulated {
            services: services.collect(),
            costs: costs
                .map(|(item, moments)| (*item, sample(moments)))
                .collect(),
        }
    }

    /// What trials say that sought outages.
    pub fn of_rare(trials: &RareTrials) -> Simulated {
        let services = trials.tally.services.iter().map(|service| {
            let sample = |moments: &RealMoments| Sample {
                mean: moments.mean(),
                error: service.error_of(moments),
            };
            ServiceSample {
                down: sample(&service.down),
                down_distribution: None,
                degraded: (!trials.is_split).then(|| sample(&service.degraded)),
                unserved: (!trials.is_split).then(|| sample(&service.unserved)),
                outages: sample(&service.outages),
            }
        });
        Simulated {
            services: services.collect(),
            costs: trials
                .tally
                .costs
                .iter()
                .map(|(item, moments)| {
                    let parts = Sample {
                        mean: moments.mean() * PARTS_PER_UNIT,
                        error: moments.standard_error() * PARTS_PER_UNIT,
                    };
                    (*item, parts)
                })
                .collect(),
        }
    }
}

impl ServiceSample {
    /// How many trials are down for more than so many seconds.
    pub(crate) fn share_above(&self, limit_s: f64) -> Option<Above> {
        let distribution = self.down_distribution.as_ref()?;
        let limit = (limit_s * NANOS_PER_SECOND) as u64;
        let shares_bin = |bin: &Bin| bin.lower <= limit && limit < bin.upper;
        let most = distribution.count_above(limit);
        let near = distribution.bins().find(shares_bin);
        Some(Above {
            trials: distribution.count() as f64,
            least: (most - near.map_or(0, |bin| bin.count)) as f64,
            most: most as f64,
        })
    }
}

impl Sample {
    /// How far the mean is from an exact value, in standard errors; `None` without spread.
    pub(crate) fn distance(&self, exact: f64) -> Option<f64> {
        (self.error > 0.0).then(|| (self.mean - exact) / self.error)
    }
}

impl Above {
    /// The share of trials above, as near as it may be to a probability.
    pub(crate) fn share(self, probability: f64) -> f64 {
        probability.clamp(self.least / self.trials, self.most / self.trials)
    }

    /// How far it is from a probability, in standard errors, at least.
    pub(crate) fn distance(self, probability: f64) -> Option<f64> {
        let error = libm::sqrt(probability * (1.0 - probability) / self.trials);
        (error > 0.0).then(|| (self.share(probability) - probability) / error)
    }
}

/// The availability of each service over the mission, and how probable it is that its downtime exceeds what a
/// target allows, for the check of a run.
pub fn checks(exact: &Exact, simulated: &Simulated) -> Vec<ExactAnswer> {
    let mission_ns = exact.mission_s * NANOS_PER_SECOND;
    let years = exact.mission_s / SECONDS_PER_YEAR;
    exact
        .services
        .iter()
        .zip(simulated.services.iter())
        .filter_map(|(answer, sample)| {
            let mission = answer.mission.as_ref()?;
            let down_time = mission.down_time.as_ref();
            let beyond = down_time.map_or(&[][..], |down_time| &down_time.exceeds);
            let beyond = beyond.iter().filter_map(|(limit_s, found)| {
                let above = sample.share_above(*limit_s)?;
                Some(ExactBeyond {
                    limit_s_per_year: limit_s / years,
                    probability: found.value,
                    share: above.share(found.value),
                    distance: above.distance(found.value),
                })
            });
            let outages = mission.outages.map(|outages| ExactOutages {
                per_year: outages / years,
                simulated_per_year: sample.outages.mean / years,
                distance: sample.outages.distance(outages),
            });
            Some(ExactAnswer {
                outages,
                simulated_availability: 1.0 - sample.down.mean / mission_ns,
                service: answer.name.clone(),
                availability: 1.0 - mission.unavailability,
                distance: sample.down.distance(mission.unavailability * mission_ns),
                beyond: beyond.collect(),
            })
        })
        .collect()
}
