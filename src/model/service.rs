//! Services: what users see, as a structure over groups, and what is promised to them.

use super::{DemandProfile, GroupId, ServiceCost, ServiceId};
use crate::base::{Currency, IdVec, Probability};

/// What users see.
#[derive(Clone, Debug, PartialEq)]
pub struct Service {
    /// Its name, unique among services.
    pub name: String,
    /// What must be up for it to be up.
    pub up: Structure,
    /// What users ask of it, if that is told.
    pub demand: Option<DemandProfile>,
    /// It counts as down while it serves less than this share of its demand.
    pub down_below: Probability,
    /// What is promised.
    pub targets: Vec<Target>,
    /// What its outages cost.
    pub cost: ServiceCost,
}

impl Service {
    /// A service of which nothing is promised, and of which users ask the same at all times.
    pub fn new(name: &str, up: Structure) -> Service {
        Service {
            name: name.to_owned(),
            up,
            demand: None,
            down_below: Probability::ZERO,
            targets: Vec::new(),
            cost: ServiceCost::default(),
        }
    }
}

/// A coherent structure: what must be up. `all` of n is at least n of them, `any` is at least 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Structure {
    /// A group.
    Group(GroupId),
    /// Another service.
    Service(ServiceId),
    /// The members of a group that serve, each a part of its own of the whole that counts it.
    Each(GroupId),
    /// A part without which the whole is degraded, but not down.
    Soft(Box<Structure>),
    /// At least `k` of the parts.
    AtLeast {
        /// How many.
        k: usize,
        /// Of what.
        of: Vec<Structure>,
    },
}

impl Structure {
    /// Marks the groups whose members it counts one by one, and those of which it asks how they do as a whole. A
    /// service that it names asks for itself.
    pub(super) fn mark_groups(
        &self,
        counted: &mut IdVec<GroupId, bool>,
        whole: &mut IdVec<GroupId, bool>,
    ) {
        match self {
            Structure::Group(group) => whole[*group] = true,
            Structure::Each(group) => counted[*group] = true,
            Structure::Service(_) => {}
            Structure::Soft(part) => part.mark_groups(counted, whole),
            Structure::AtLeast { of, .. } => {
                of.iter().for_each(|part| part.mark_groups(counted, whole));
            }
        }
    }
}

/// A promise about a service.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// The promise as the scenario states it, such as `availability >= 99.95 %`.
    pub text: String,
    /// What is measured.
    pub metric: Metric,
    /// Which side of the limit is good.
    pub comparison: Comparison,
    /// The limit, in the unit of the metric.
    pub limit: f64,
    /// The currency of the limit, if it is an amount of money.
    pub currency: Option<Currency>,
}

/// A measured property of a service.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Metric {
    /// Share of the mission that the service is up or degraded, between 0 and 1.
    Availability,
    /// Share of requests served, between 0 and 1.
    ServedRequests,
    /// Seconds per year of mission in which less is served than is asked.
    TimeBelowDemand,
    /// Downtime in seconds per year of mission.
    Downtime(Statistic),
    /// Outages per year of mission.
    Outages(Statistic),
    /// Longest outage of the mission, in seconds.
    LongestOutage(Statistic),
    /// Length of an outage, in seconds.
    OutageDuration(Statistic),
    /// Probability of a mission without outage.
    NeverDown,
    /// Data lost in a takeover, in seconds of writes.
    DataLoss(Statistic),
    /// Data lost per year of mission, in seconds of writes.
    DataLost(Statistic),
    /// What the whole system costs in a year of mission, in its currency.
    Cost(Statistic),
}

/// Which statistic of a metric.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Statistic {
    /// The mean.
    #[default]
    Mean,
    /// The quantile of this order, between 0 and 1.
    Quantile(
        /// Its order.
        f64,
    ),
}

/// Which side of a limit is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// At least the limit.
    AtLeast,
    /// At most the limit.
    AtMost,
}
