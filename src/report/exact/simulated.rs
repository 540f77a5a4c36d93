//! What trials say, as far as it can be set beside an exact answer.

use crate::base::IdVec;
use crate::base::units::NANOS_PER_SECOND;
use crate::model::{CostItem, ServiceId};
use crate::rare::RareTrials;
use crate::stats::{Bin, Histogram, Moments, RealMoments};
use crate::trials::{PARTS_PER_UNIT, Tally};

/// What trials of either method say of each service, to compare with the exact answer.
#[derive(Clone, Debug, Default)]
pub struct Simulated {
    pub(super) services: IdVec<ServiceId, ServiceSample>,
    /// In parts of a unit of money; none of trials that do not tell.
    pub(super) costs: Vec<(CostItem, Sample)>,
}

/// Means per trial: times in nanoseconds.
#[derive(Clone, Debug)]
pub(super) struct ServiceSample {
    pub(super) down: Sample,
    /// Of plain trials.
    down_distribution: Option<Histogram>,
    /// Splitting does not tell.
    pub(super) degraded: Option<Sample>,
    pub(super) unserved: Option<Sample>,
    pub(super) outages: Sample,
}

/// A mean and its standard error.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sample {
    pub(super) mean: f64,
    pub(super) error: f64,
}

/// How many of some trials are above a limit: those in the bin of the limit may be or not.
#[derive(Clone, Copy, Debug)]
pub(super) struct Above {
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
    pub(super) fn share_above(&self, limit_s: f64) -> Option<Above> {
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
    pub(super) fn distance(&self, exact: f64) -> Option<f64> {
        (self.error > 0.0).then(|| (self.mean - exact) / self.error)
    }
}

impl Above {
    /// The share of trials above, as near as it may be to a probability.
    pub(super) fn share(self, probability: f64) -> f64 {
        probability.clamp(self.least / self.trials, self.most / self.trials)
    }

    /// How far it is from a probability, in standard errors, at least.
    pub(super) fn distance(self, probability: f64) -> Option<f64> {
        let error = libm::sqrt(probability * (1.0 - probability) / self.trials);
        (error > 0.0).then(|| (self.share(probability) - probability) / error)
    }
}
