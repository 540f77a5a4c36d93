//! Floor 3: what a system is, as inert data.
//!
//! A [`System`] lists its units, the groups that they serve in, the crews and spares that restore
//! them, and the services that depend on all of it. It knows no file, no randomness and no clock.
//! [`check::check`] says whether the data describes a system that can exist; every floor above
//! relies on that.
//!
//! Every part of the structure of a service is a [`Group`]: a component that belongs to no group of
//! the scenario is a group of its own, without a failover.

pub mod cause;
pub mod change;
pub mod check;
pub mod component;
pub mod cost;
pub mod data;
pub mod demand;
pub mod failover;
pub mod group;
pub mod machine;
mod need;
mod part;
pub mod people;
pub mod service;
pub mod supply;
mod tail;

use std::collections::BTreeMap;

use crate::base::{Currency, Id, IdVec, Span, id::id_type};

pub use cause::{Breakage, Cause, CauseMember, Lasting};
pub use change::{BadVersion, Canary, Change, ChangeStart, Window, WithoutRedundancy};
pub use component::{
    Demand, Effect, Ending, Exit, FailureProcess, Kind, MachineState, Mode, Notice, Renewal,
    RenewalScope, Repair, RepairStage, RepairStart, Test,
};
pub use cost::{CostItem, CreditStep, Credits, DownTimeClass, ServiceCost, UnitCost};
pub use data::{Gate, Replication, ReplicationMode};
pub use demand::DemandProfile;
pub use failover::{
    AfterExhaustion, CandidateFailure, Detector, Failback, FailbackTiming, LoneFailure, OnFailure,
    Probes, Recovered, SplitBrain, Stage, StandbyFaults, Switchover, Takeover,
};
pub use group::{Breakdown, Group, Member, Overload, Scaling};
pub(crate) use machine::Straying;
pub use need::{Dependent, Need, TakeoverStep};
pub use part::Part;
pub use people::{Pace, People};
pub use service::{Comparison, Metric, Service, Statistic, Structure, Target};
pub use supply::{Crew, CrewOrder, Hours, Preemption, SparePool};

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
    /// Something that takes several units down at once.
    pub CauseId;
    /// Planned work.
    pub ChangeId;
    /// People who take over by hand.
    pub PeopleId;
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
    /// The load that it can bear, in the unit of the demand; `None`: any.
    pub capacity: Option<f64>,
}

impl Unit {
    /// A unit that can bear any load.
    pub fn new(name: &str, kind: KindId) -> Unit {
        Unit {
            name: name.to_owned(),
            kind,
            capacity: None,
        }
    }
}

/// A system, complete: everything that a simulation needs to know and nothing about how it is run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct System {
    /// Name of the scenario.
    pub name: String,
    /// The mission: the simulated time of one trial.
    pub mission: Span,
    /// How it begins.
    pub start: MissionStart,
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
    /// What strikes several units at once.
    pub causes: IdVec<CauseId, Cause>,
    /// What depends on something else.
    pub needs: Vec<Need>,
    /// Planned work.
    pub changes: IdVec<ChangeId, Change>,
    /// People who take over by hand. A takeover that names none has people of its own.
    pub people: IdVec<PeopleId, People>,
    /// The services, at least one.
    pub services: IdVec<ServiceId, Service>,
    /// The currency of all costs; `None` if nothing costs anything.
    pub currency: Option<Currency>,
}

/// How a mission begins.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum MissionStart {
    /// Everything is new, and nothing is wrong.
    #[default]
    New,
    /// The mission is a stretch of the long run: nobody knows how old what is, or what is wrong.
    Settled {
        /// How long a simulation lives before the mission begins.
        warm_up: WarmUp,
    },
}

/// How long a simulation lives before a mission begins that is a stretch of the long run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum WarmUp {
    /// As long as the times of the system call for.
    Automatic,
    /// As long as pilot trials took to settle, which is more than the times call for.
    Found(Span),
    /// As long as somebody wants.
    Given(Span),
}

impl WarmUp {
    /// How long that is, if it does not follow from the times of the system.
    pub fn span(self) -> Option<Span> {
        match self {
            WarmUp::Automatic => None,
            WarmUp::Found(span) | WarmUp::Given(span) => Some(span),
        }
    }
}

impl MissionStart {
    /// Whether it is a stretch of the long run.
    pub fn is_settled(self) -> bool {
        matches!(self, MissionStart::Settled { .. })
    }
}

/// What downtime is put down to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Culprit {
    /// A group: its members, or what is done about them.
    Group(GroupId),
    /// A shared cause.
    Cause(CauseId),
    /// Planned work, or the version that it has brought.
    Change(ChangeId),
}

impl Culprit {
    /// A number of its own, for tables.
    pub fn index(self) -> usize {
        match self {
            Culprit::Group(group) => 3 * group.index(),
            Culprit::Cause(cause) => 3 * cause.index() + 1,
            Culprit::Change(change) => 3 * change.index() + 2,
        }
    }

    /// The culprit with a number.
    pub fn from_index(index: usize) -> Culprit {
        match index % 3 {
            0 => Culprit::Group(GroupId::from_index(index / 3)),
            1 => Culprit::Cause(CauseId::from_index(index / 3)),
            _ => Culprit::Change(ChangeId::from_index(index / 3)),
        }
    }
}

/// What began a downtime, however it went on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Root {
    /// The group whose member failed, the shared cause that struck, or the change that took units away.
    pub culprit: Culprit,
    /// The group of the service through which it came: another one where that has the culprit's group as a
    /// member, or needs it.
    pub through: GroupId,
}

/// Shared causes that have been told as one count as one in sums: as the first of them.
#[derive(Clone, Debug, Default)]
pub struct Families(Vec<CauseId>);

impl Families {
    /// Those of a system.
    pub fn of(system: &System) -> Families {
        let mut firsts = BTreeMap::new();
        let first = |(id, cause): (CauseId, &Cause)| -> CauseId {
            *firsts.entry(cause.family.clone()).or_insert(id)
        };
        Families(system.causes.iter_ids().map(first).collect())
    }

    /// What a culprit counts as.
    #[inline]
    pub fn culprit(&self, culprit: Culprit) -> Culprit {
        match culprit {
            Culprit::Cause(cause) => Culprit::Cause(self.0[cause.index()]),
            Culprit::Group(_) | Culprit::Change(_) => culprit,
        }
    }

    /// What a root counts as.
    #[inline]
    pub fn root(&self, root: Root) -> Root {
        let culprit = self.culprit(root.culprit);
        Root { culprit, ..root }
    }
}

impl System {
    /// The name of what counts as a culprit in sums: with their number where that is several causes.
    pub fn sum_name(&self, culprit: Culprit) -> String {
        let name = self.culprit_name(culprit);
        let Culprit::Cause(cause) = culprit else {
            return name.to_owned();
        };
        let family = &self.causes[cause].family;
        let all = self.causes.iter();
        match all.filter(|other| other.family == *family).count() {
            1 => name.to_owned(),
            count => format!("{family} ({count})"),
        }
    }

    /// A root in words: through which group it came is told where that is another one.
    pub fn root_name(&self, root: Root) -> String {
        let name = self.sum_name(root.culprit);
        match root.culprit {
            Culprit::Group(group) if group != root.through => {
                format!("{name} through {}", self.groups[root.through].name)
            }
            Culprit::Group(_) | Culprit::Cause(_) | Culprit::Change(_) => name,
        }
    }

    /// The name of a culprit.
    pub fn culprit_name(&self, culprit: Culprit) -> &str {
        match culprit {
            Culprit::Group(group) => &self.groups[group].name,
            Culprit::Cause(cause) => &self.causes[cause].name,
            Culprit::Change(change) => &self.changes[change].name,
        }
    }

    /// All units in a cause, those of the narrower causes in it included.
    pub fn units_in_cause(&self, cause: CauseId) -> Vec<UnitId> {
        let mut units = Vec::new();
        for member in &self.causes[cause].members {
            match *member {
                CauseMember::Unit(unit) => units.push(unit),
                CauseMember::Cause(inner) => units.extend(self.units_in_cause(inner)),
            }
        }
        units
    }
}
