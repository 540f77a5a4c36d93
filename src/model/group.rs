//! Groups: ordered members, of which some serve and the others stand by.

use std::collections::BTreeSet;

use super::data::Replication;
use super::failover::{
    Detector, Failback, OnFailure, SplitBrain, StandbyFaults, Switchover, Takeover,
};
use super::{
    Dependent, Effect, GroupId, Level, ReplicationMode, Service, Structure, System, UnitId,
    WithoutRedundancy,
};
use crate::base::{IdVec, Probability};
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
    /// How failures of members are noticed. If `None`, at once; but what leaves a group down that has no standbys
    /// and is itself a member is noticed by the group around.
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

impl Default for Group {
    /// Of a pair, one serves and the other is a hot standby. Who its members are has to be said.
    fn default() -> Group {
        Group {
            name: String::new(),
            members: Vec::new(),
            active: 1,
            required: 1,
            dormancy: 1.0,
            load: Vec::new(),
            degraded_capacity: Probability::HALF,
            overload: None,
            scaling: None,
            quorum: 0,
            shares_requests: false,
            detector: None,
            standby_faults: StandbyFaults::default(),
            spurious: None,
            takeover: Takeover::default(),
            split_brain: None,
            rejoin: None,
            failback: Failback::default(),
            switchover: None,
            replication: None,
        }
    }
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

    /// Whether what it does itself can leave it degraded: a takeover, a failback, writes that stall.
    fn degrades_by_itself(&self) -> bool {
        let takeover = &self.takeover;
        let stages = [
            Some(&takeover.deciding),
            takeover.fencing.as_ref(),
            Some(&takeover.promoting),
            Some(&takeover.redirecting),
        ];
        let stages = stages.into_iter().flatten().map(|stage| stage.during);
        let split = self.split_brain.iter();
        let split = split.flat_map(|split| [split.during, split.reconcile_during]);
        let switchover = self.switchover.iter().map(|switchover| switchover.during);
        let stalls = self
            .replication
            .as_ref()
            .is_some_and(|plan| match plan.mode {
                ReplicationMode::Synchronous { .. } => true,
                ReplicationMode::Asynchronous => false,
            });
        let mut levels = stages
            .chain(split)
            .chain(switchover)
            .chain([self.failback.during]);
        levels.any(|level| level == Level::Degraded) || takeover.warm_up.mean() > 0.0 || stalls
    }
}

impl System {
    /// The groups whose members services and needs count one by one, while nothing asks how the group does as a
    /// whole: no service, no need, no group that it is a member of, and no work that waits until it can spare members.
    pub fn counted_singly(&self) -> IdVec<GroupId, bool> {
        let mut counted = IdVec::filled(false, self.groups.len());
        let services = self.services.iter().map(|service| &service.up);
        let structures: Vec<&Structure> = services
            .chain(self.needs.iter().map(|need| &need.on))
            .collect();
        let mut whole = counted.clone();
        for structure in structures {
            structure.mark_groups(&mut counted, &mut whole);
        }
        for group in self.groups.iter() {
            for member in &group.members {
                if let Member::Group(inner) = *member {
                    whole[inner] = true;
                }
            }
        }
        let mut waiting = self.changes.iter();
        let waits = waiting.any(|change| change.without_redundancy != WithoutRedundancy::GoAhead);
        for id in self.groups.ids() {
            counted[id] &= !(whole[id] || waits && self.is_waited_for(id));
        }
        counted
    }

    /// Whether work on units of a group waits until it can spare them.
    fn is_waited_for(&self, id: GroupId) -> bool {
        let members = &self.groups[id].members;
        self.changes.iter().any(|change| {
            let mut units = change.units.iter();
            change.without_redundancy != WithoutRedundancy::GoAhead
                && units.any(|unit| members.contains(&Member::Unit(*unit)))
        })
    }

    /// Whether anything can make a service degraded while it is up.
    pub fn can_degrade(&self, service: &Service) -> bool {
        let mut groups = self.groups_in(&service.up);
        let mut next = 0;
        while let Some(&id) = groups.get(next) {
            for member in &self.groups[id].members {
                if let Member::Group(inner) = *member
                    && !groups.contains(&inner)
                {
                    groups.push(inner);
                }
            }
            next += 1;
        }
        self.has_soft_part(&service.up)
            || groups.iter().any(|&id| {
                let group = &self.groups[id];
                let units = self.units_within(group);
                group.degrades_by_itself() || units.iter().any(|&unit| self.can_degrade_unit(unit))
            })
    }

    fn has_soft_part(&self, structure: &Structure) -> bool {
        match structure {
            Structure::Group(_) | Structure::Each(_) => false,
            Structure::Service(service) => self.has_soft_part(&self.services[*service].up),
            Structure::Soft(_) => true,
            Structure::AtLeast { of, .. } => of.iter().any(|part| self.has_soft_part(part)),
        }
    }

    fn can_degrade_unit(&self, unit: UnitId) -> bool {
        let degrades = |effect: &Effect| matches!(effect, Effect::Degraded(_));
        let kind = &self.kinds[self.units[unit].kind];
        let by_itself = kind.modes.iter().any(|mode| degrades(&mode.effect))
            || (kind.states.iter()).any(|state| state.gives == Level::Degraded);
        let by_cause = || {
            self.causes.iter_ids().any(|(id, cause)| {
                let lasts = cause.lasts.as_ref();
                lasts.is_some_and(|lasting| degrades(&lasting.effect))
                    && self.units_in_cause(id).contains(&unit)
            })
        };
        let by_work = || {
            self.changes.iter().any(|change| {
                let bad = change.bad.as_ref().map(|bad| &bad.effect);
                change.effect.iter().chain(bad).any(degrades) && change.units.contains(&unit)
            })
        };
        let by_need = || {
            self.needs.iter().any(|need| match &need.dependent {
                Dependent::Units { units, effect } => degrades(effect) && units.contains(&unit),
                Dependent::Step(..) => false,
            })
        };
        by_itself || by_cause() || by_work() || by_need()
    }

    /// The units of a group and of the groups in it. Groups may still be found to contain themselves.
    pub(super) fn units_within(&self, group: &Group) -> BTreeSet<UnitId> {
        let mut units = BTreeSet::new();
        let mut inner: Vec<GroupId> = Vec::new();
        let mut at = Some(group);
        let mut next = 0;
        while let Some(group) = at {
            for member in &group.members {
                match *member {
                    Member::Unit(unit) => {
                        units.insert(unit);
                    }
                    Member::Group(id) if !inner.contains(&id) => inner.push(id),
                    Member::Group(_) => {}
                }
            }
            at = inner.get(next).and_then(|&id| self.groups.get(id));
            next += 1;
        }
        units
    }

    /// Why two members of a group could serve at the same time: a takeover promotes a standby though the old
    /// member serves on and has not been fenced. No causes must be within themselves.
    pub fn two_sides(&self, group: &Group) -> Option<String> {
        let takeover = &group.takeover;
        let is_promoted = takeover.deciding.can_pass() && takeover.promoting.can_pass();
        if !group.has_standbys() || !is_promoted {
            return None;
        }
        let fencing = match &takeover.fencing {
            None => "nothing fences the old one",
            // People see who serves.
            Some(stage) if stage.then == OnFailure::Manual => return None,
            Some(stage) if stage.succeeds < Probability::ONE => "fencing can fail",
            Some(_) => return None,
        };
        let units = self.units_within(group);
        let isolated = units.iter().find_map(|&unit| {
            let kind = self.kinds.get(self.units.get(unit)?.kind)?;
            let mut modes = kind.modes.iter();
            modes.find(|mode| mode.effect == Effect::Isolated)
        });
        if let Some(mode) = isolated {
            return Some(format!(
                "the mode `{}` isolates a member that is alive, and {fencing}",
                mode.name
            ));
        }
        let cut_off = self.changes.iter().find(|change| {
            let isolates = change.effect == Some(Effect::Isolated)
                || change
                    .bad
                    .as_ref()
                    .is_some_and(|bad| bad.effect == Effect::Isolated);
            isolates && change.units.iter().any(|unit| units.contains(unit))
        });
        if let Some(change) = cut_off {
            return Some(format!(
                "`{}` isolates members that are alive, and {fencing}",
                change.name
            ));
        }
        let isolating = self.causes.iter_ids().find(|(id, cause)| {
            matches!(&cause.lasts, Some(lasting) if lasting.effect == Effect::Isolated)
                && self
                    .units_in_cause(*id)
                    .iter()
                    .any(|unit| units.contains(unit))
        });
        if let Some((_, cause)) = isolating {
            return Some(format!(
                "`{}` isolates members that are alive, and {fencing}",
                cause.name
            ));
        }
        let lossy = matches!(&group.detector, Some(Detector::Probes(probes)) if probes.loss > Probability::ZERO);
        if group.spurious.is_some() || lossy {
            return Some(format!(
                "false alarms replace a healthy member, and {fencing}"
            ));
        }
        None
    }
}
