//! Data: how the writes of a serving member reach the standbys, and what is lost when one of them
//! takes over.
//!
//! Data lost is measured in time: the length of the stretch of writes that nobody has any more.

use super::{Dependent, GroupId, Member, OnFailure, ServiceId, System, UnitId};
use crate::base::{Probability, Span};
use crate::math::Law;

/// How the writes of a serving member reach the standbys.
#[derive(Clone, Debug, PartialEq)]
pub struct Replication {
    /// How writes are acknowledged.
    pub mode: ReplicationMode,
    /// How far the standbys lag behind where writes do not wait for them.
    pub lag: Option<Law>,
    /// What is done about a candidate that lags too far behind, if there is a limit.
    pub gate: Option<Gate>,
    /// Part of what two sides have written apart that is lost when they are reconciled.
    pub split_loss: Probability,
}

/// When a write counts.
#[derive(Clone, Debug, PartialEq)]
pub enum ReplicationMode {
    /// At once: what has not reached a standby is lost with the serving member.
    Asynchronous,
    /// When so many standbys have it; without them, writes stall.
    Synchronous {
        /// Standbys that must have a write, at least 1.
        acknowledged_by: usize,
        /// Time after which writes go on without them; `None`: they wait for as long as it takes.
        patience: Option<Law>,
    },
}

/// A limit to how far a candidate may lag behind.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gate {
    /// A candidate that lags further behind is not promoted automatically, and neither is one that
    /// was not there when the last member stopped serving.
    pub lag_max: Span,
    /// What follows: people decide, or the next candidate is looked at.
    pub beyond: OnFailure,
}

impl Replication {
    /// Probability that a candidate lags further behind than is allowed.
    pub fn refusal(&self) -> Probability {
        match (&self.gate, &self.lag) {
            (Some(gate), Some(lag)) => {
                let within = lag.cdf(gate.lag_max.as_secs());
                Probability::new(within.clamp(0.0, 1.0))
                    .map_or(Probability::ZERO, Probability::complement)
            }
            (None, _) | (_, None) => Probability::ZERO,
        }
    }

    /// Standbys that must have a write before it counts.
    pub fn acknowledged_by(&self) -> usize {
        match self.mode {
            ReplicationMode::Asynchronous => 0,
            ReplicationMode::Synchronous {
                acknowledged_by, ..
            } => acknowledged_by,
        }
    }
}

impl System {
    /// The groups of a service of which it is known how writes reach the standbys: what they lose is
    /// lost to the service. They are in its structure, members of groups in it, or what units of such groups
    /// need.
    pub fn data_groups(&self, service: ServiceId) -> Vec<GroupId> {
        let mut groups = self.groups_behind(service, true);
        groups.retain(|&group| self.groups[group].replication.is_some());
        groups.sort_unstable();
        groups.dedup();
        groups
    }

    /// The groups in the structure of a service, the members of groups in it, and with `needs` also what units of
    /// such groups need.
    pub(crate) fn groups_behind(&self, service: ServiceId, needs: bool) -> Vec<GroupId> {
        let mut groups = self.groups_in(&self.services[service].up);
        let mut next = 0;
        while let Some(&group) = groups.get(next) {
            next += 1;
            for member in &self.groups[group].members {
                let further = match *member {
                    Member::Group(inner) => vec![inner],
                    Member::Unit(unit) if needs => self.needed_by(unit),
                    Member::Unit(_) => Vec::new(),
                };
                for other in further {
                    if !groups.contains(&other) {
                        groups.push(other);
                    }
                }
            }
        }
        groups
    }

    /// The groups in what a unit needs.
    fn needed_by(&self, unit: UnitId) -> Vec<GroupId> {
        let needs = self.needs.iter().filter(|need| match &need.dependent {
            Dependent::Units { units, .. } => units.contains(&unit),
            Dependent::Step(..) => false,
        });
        needs.flat_map(|need| self.groups_in(&need.on)).collect()
    }
}
