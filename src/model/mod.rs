//! Floor 3: what a system is, as inert data.
//!
//! A [`System`] lists its units, the groups that they serve in, the crews and spares that restore
//! them, and the services that depend on all of it. It knows no file, no randomness and no clock.
//! [`check::check`] says whether the data describes a system that can exist; every floor above
//! relies on that.
//!
//! Every part of the structure of a service is a [`Group`]: a component that belongs to no group of
//! the scenario is a group of its own, without a failover.

pub mod check;
pub mod component;
pub mod failover;
pub mod group;
pub mod service;
pub mod supply;

use crate::base::{IdVec, Span, id::id_type};

pub use component::{
    Demand, Effect, Ending, FailureProcess, Kind, Mode, Notice, Renewal, RenewalScope, Repair,
    RepairStart, Test,
};
pub use failover::{
    AfterExhaustion, CandidateFailure, Detector, Failback, FailbackTiming, LoneFailure, OnFailure,
    Probes, Recovered, SplitBrain, Stage, StandbyFaults, Takeover,
};
pub use group::{Group, Member};
pub use service::{Comparison, Metric, Service, Statistic, Structure, Target};
pub use supply::{Crew, CrewOrder, SparePool};

id_type! {
    /// A kind of unit: what [`Unit`]s have in common.
    pub KindId;
    /// One physical or logical thing that fails and is restored.
    pub UnitId;
    /// A set of members that serve for each other.
    pub GroupId;
    /// A pool of people who repair.
    pub CrewId;
    /// A stock of spare parts.
    pub SpareId;
    /// What the users see.
    pub ServiceId;
}

/// How much of its job a unit, group or service does. Ordered: down is the least.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Level {
    /// It does not serve.
    Down = 0,
    /// It serves, with less than it should.
    Degraded = 1,
    /// It serves.
    #[default]
    Up = 2,
}

/// One thing that fails and is restored.
#[derive(Clone, Debug, PartialEq)]
pub struct Unit {
    /// Its name, unique among units: `db.2` for the second unit of `db`.
    pub name: String,
    /// What it is.
    pub kind: KindId,
}

/// A system, complete: everything that a simulation needs to know and nothing about how it is run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct System {
    /// Name of the scenario.
    pub name: String,
    /// The mission: the simulated time of one trial.
    pub mission: Span,
    /// Kinds of unit.
    pub kinds: IdVec<KindId, Kind>,
    /// The units, in the order of the file.
    pub units: IdVec<UnitId, Unit>,
    /// The groups; each unit is a member of exactly one.
    pub groups: IdVec<GroupId, Group>,
    /// Crews of limited size. A repair that names none has people of its own.
    pub crews: IdVec<CrewId, Crew>,
    /// Stocks of spares. A repair that names none needs none.
    pub spares: IdVec<SpareId, SparePool>,
    /// The services, at least one.
    pub services: IdVec<ServiceId, Service>,
}
