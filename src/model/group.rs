//! Groups: ordered members, of which some serve and the others stand by.

use super::data::Replication;
use super::failover::{Detector, Failback, SplitBrain, StandbyFaults, Switchover, Takeover};
use super::{GroupId, UnitId};
use crate::base::Probability;
use crate::math::Law;

/// A member of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Member {
    /// A unit.
    Unit(UnitId),
    /// Another group, which serves while it is up.
    Group(GroupId),
}

/// Members that serve for each other.
///
/// k-out-of-n, quorum, N + k, active-active and active-standby are all of this form: of the members,
/// the first `active` ones serve in normal operation, and the group is up while at least `required`
/// serve. Each of the `active` places of service is a *seat*; a failover fills an empty seat.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// Its name, unique among groups.
    pub name: String,
    /// The members, preferred ones first.
    pub members: Vec<Member>,
    /// Number of seats: members that serve in normal operation.
    pub active: usize,
    /// Number of serving members that the group needs to be up.
    pub required: usize,
    /// Speed of a standby's failure clock compared with a serving member's: 1 for hot, 0 for cold.
    pub dormancy: f64,
    /// How fast each serving member ages while one, two, ... of them serve; beyond the last entry as
    /// in the last. Empty: always at speed 1.
    pub load: Vec<f64>,
    /// Share of the capacity of a member that counts where it serves degraded for no fault of its own
    /// that says how much is left: in a stage, while it warms up.
    pub degraded_capacity: Probability,
    /// What becomes of it when its members get more than they can bear; `None`: they serve what they can.
    pub overload: Option<Overload>,
    /// How it gets more members when it needs them; `None`: it does not.
    pub scaling: Option<Scaling>,
    /// Number of fit members without which nobody serves; 0 if anybody can serve alone.
    pub quorum: usize,
    /// Whether a failed serving member takes its share of requests with it until it is noticed, even
    /// where the group stays up.
    pub shares_requests: bool,
    /// How failures of members are noticed; at once if `None`.
    pub detector: Option<Detector>,
    /// Who notices faults of standbys.
    pub standby_faults: StandbyFaults,
    /// Time between false alarms while a standby is ready, if there are any beyond the detector's.
    pub spurious: Option<Law>,
    /// How a standby takes over.
    pub takeover: Takeover,
    /// What two serving sides cost; `None` where that cannot happen.
    pub split_brain: Option<SplitBrain>,
    /// Time that a restored member needs before it can serve or stand by again.
    pub rejoin: Option<Law>,
    /// How the preferred member takes its place back.
    pub failback: Failback,
    /// How a serving member hands over before planned work; `None`: it does not, and is replaced as if
    /// it had failed.
    pub switchover: Option<Switchover>,
    /// How writes reach the standbys; `None`: nothing is said about data.
    pub replication: Option<Replication>,
}

/// A group that breaks down under too large a load.
#[derive(Clone, Debug, PartialEq)]
pub struct Overload {
    /// It is overloaded while it gets more than this share of what its members can bear.
    pub above: f64,
    /// How it breaks down.
    pub breakdown: Breakdown,
    /// How long what has broken down takes to serve again.
    pub restart: Law,
}

/// How a group breaks down under too large a load.
#[derive(Clone, Debug, PartialEq)]
pub enum Breakdown {
    /// All of it at once.
    Collapse {
        /// How long it stands the load.
        after: Law,
        /// Before it restarts, the load must fall to this share of what its members can bear.
        recovers_below: f64,
    },
    /// Member by member, each of which leaves its load to the others.
    Crashes {
        /// How long each of them stands the load.
        after: Law,
    },
}

/// A group that orders more members when those that are there get too much.
#[derive(Clone, Debug, PartialEq)]
pub struct Scaling {
    /// Members are ordered while it gets more than this share of what those that are there can bear.
    pub above: f64,
    /// How long they take to serve.
    pub delay: Law,
    /// Whether they come. What does not come is ordered again only after the load has been borne.
    pub succeeds: Probability,
    /// The load that they can bear together.
    pub quota: f64,
}

impl Group {
    /// Whether there are more members than seats, so that somebody can take over.
    pub fn has_standbys(&self) -> bool {
        self.members.len() > self.active
    }
}
