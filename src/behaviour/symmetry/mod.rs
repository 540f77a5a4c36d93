//! Units that may change places without any difference, so that states that differ only in which of
//! them has failed need not be told apart.
//!
//! Members of a group without standbys are such units if they are of one kind: a seat belongs to its
//! member, and the order of members decides nothing.
//!
//! Where standbys wait, the order of members decides who takes over. That makes no difference as long as
//! those that stand by are alike whenever one of them is called, which only the states themselves can
//! tell ([`State::order_matters`](super::State::order_matters)); then members and seats may change places, each among themselves.
//!
//! * `moving` lets them change places.
//! * `past` forgets what has no bearing on what comes.

mod moving;
mod past;

pub use moving::Bond;

use std::collections::BTreeMap;

use super::clock::{ClockId, Event};
use super::plan::{
    Behaviour, EndingPlan, FailbackPlan, LotId, MemberId, NeedId, ProcessId, Run, SeatId,
    StageKind, StagePlan, Who,
};
use crate::model::{
    AfterExhaustion, CandidateFailure, CauseId, ChangeId, CrewId, GroupId, KindId, LoneFailure,
    OnFailure, PeopleId, Recovered, RepairStart, ServiceId, SpareId, System, UnitId,
};

/// What a clock belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ClockOwner {
    /// A service.
    Service(ServiceId),
    /// A unit: its failures, faults and tests.
    Unit(UnitId),
    /// The membership of a unit or group in a group.
    Member(MemberId),
    /// A group or one of its seats.
    Group(GroupId),
    /// People who repair.
    Crew(CrewId),
    /// A stock of spares.
    Spare(SpareId),
    /// A shared cause.
    Cause(CauseId),
    /// Planned work.
    Change(ChangeId),
    /// People who take over by hand.
    People(PeopleId),
}

/// What may change places with others, and all that moves with it.
#[derive(Clone, Debug)]
pub struct Replica {
    what: What,
    /// Its clocks, at the same places as those of the others.
    pub clocks: Vec<ClockId>,
}

#[derive(Clone, Debug)]
enum What {
    Unit(UnitReplica),
    /// A seat, whoever serves there.
    Seat(SeatId),
}

#[derive(Clone, Debug)]
struct UnitReplica {
    unit: UnitId,
    processes: Run,
    member: MemberId,
    /// The seat that belongs to it, in a group without standbys.
    seat: Option<SeatId>,
    /// Its place among the units whose lives are told state by state, if it is one of them.
    machine: Option<usize>,
    /// What shared causes strike of it alone.
    lots: Vec<LotId>,
}

/// What may change places, among themselves.
#[derive(Clone, Debug)]
pub struct Alike {
    /// What may do so.
    pub replicas: Vec<Replica>,
    /// The group, if it has standbys: its units come before its seats.
    pub seated: Option<GroupId>,
}

/// What is asked of the states of a system beyond what its services do: it must not be forgotten.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Matters {
    /// Why a service is down, and what began that.
    pub causes: bool,
    /// How often what happens: whether a member takes over depends on who served last.
    pub counts: bool,
    /// All of a state, whether it makes a difference or not.
    pub all: bool,
}

/// Where each process waits or is worked on: equal numbers for equal places, 0 for nowhere.
pub type Places = Vec<u32>;

/// What units have in common that may change places.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Likeness {
    kind: KindId,
    /// The bits of what they can bear.
    capacity: u64,
    /// Shared causes that strike them: which, with which others, and the bits of the probability.
    struck: Vec<(CauseId, Option<LotId>, u64)>,
    /// What they need.
    needs: Vec<NeedId>,
    /// Planned work on them, with the place in its order, if there is one.
    changes: Vec<(ChangeId, usize)>,
}

impl Behaviour {
    /// What a clock belongs to.
    pub fn owner(&self, clock: ClockId) -> ClockOwner {
        match self.clocks[clock].event {
            Event::Failed(process)
            | Event::Restored(process)
            | Event::Noticed(process)
            | Event::DelayPassed(process) => ClockOwner::Unit(self.processes[process].unit),
            Event::Left(exit) => {
                ClockOwner::Unit(self.machines[self.exits[exit].machine as usize].unit)
            }
            Event::Tested(unit) | Event::Crashed(unit) => ClockOwner::Unit(unit),
            Event::Rejoined(member) | Event::MemberNoticed(member) => ClockOwner::Member(member),
            Event::StageEnded(seat)
            | Event::ManualEnded(seat)
            | Event::SplitEnded(seat)
            | Event::Reconciled(seat)
            | Event::FailbackDue(seat)
            | Event::FailbackEnded(seat)
            | Event::WarmedUp(seat)
            | Event::ClientBack(seat)
            | Event::FalseAlarm(seat) => ClockOwner::Group(self.seats[seat].group),
            Event::HoldDownEnded(group)
            | Event::PatienceEnded(group)
            | Event::LoadRose(group)
            | Event::LoadFell(group)
            | Event::ScaleWanted(group)
            | Event::ScaleOver(group)
            | Event::Scaled(group)
            | Event::Collapsed(group)
            | Event::Restarted(group) => ClockOwner::Group(group),
            Event::ServedTooLittle(service) | Event::ServedEnough(service) => {
                ClockOwner::Service(service)
            }
            Event::ShiftChanged(pool) | Event::PickedUp(pool, _) => {
                ClockOwner::Crew(self.pools[pool].crew)
            }
            Event::SpareArrived(spare) => ClockOwner::Spare(spare),
            Event::CauseStruck(cause) | Event::CauseEnded(cause) => ClockOwner::Cause(cause),
            Event::ChangeDue(change)
            | Event::WorkEnded(change)
            | Event::WatchEnded(change)
            | Event::BadNoticed(change)
            | Event::RolledBack(change)
            | Event::WindowClosed(change)
            | Event::FreezeBegan(change, _)
            | Event::FreezeEnded(change, _) => ClockOwner::Change(change),
            Event::PaceRose(people, _) | Event::PaceFell(people, _) => ClockOwner::People(people),
        }
    }

    /// The clocks of the orders of a stock.
    pub fn orders(&self, spare: SpareId) -> impl ExactSizeIterator<Item = ClockId> + use<> {
        self.spares[spare].orders.ids()
    }

    /// What may change places: each list holds units of one kind in one group, or the seats of a group.
    pub fn interchangeable(&self, system: &System) -> Vec<Alike> {
        let mut classes = Vec::new();
        for (group, plan) in self.groups.iter_ids() {
            if plan.members.len() < 2 {
                continue;
            }
            let units: Option<Vec<UnitId>> = plan
                .members
                .ids::<MemberId>()
                .map(|member| match self.members[member].who {
                    Who::Unit(unit) => Some(unit),
                    Who::Group(_) => None,
                })
                .collect();
            let Some(units) = units else { continue };
            let mut alike: BTreeMap<Likeness, Vec<(UnitId, Replica)>> = BTreeMap::new();
            for unit in units {
                let (likeness, lots) = self.likeness(system, unit);
                let replica = self.replica(group, unit, lots);
                alike.entry(likeness).or_default().push((unit, replica));
            }
            if plan.is_static {
                let apart = alike
                    .into_values()
                    .flat_map(|class| self.with_the_same_before(class));
                let several = apart.filter(|class| class.len() > 1);
                classes.extend(several.map(|replicas| Alike {
                    replicas,
                    seated: None,
                }));
            } else if let Some((likeness, replicas)) = alike.pop_first()
                && alike.is_empty()
                && likeness.is_left_alone()
                && self.seats_are_alike(group)
            {
                let seats = plan.seats.ids().map(|seat| self.seat_replica(seat));
                let seated = Some(group);
                let replicas = replicas.into_iter().map(|(_, replica)| replica).collect();
                classes.push(Alike { replicas, seated });
                classes.push(Alike {
                    replicas: seats.collect(),
                    seated,
                });
            }
        }
        classes
    }

    /// Parts a class of units where others come between them when something happens to all at once: the order
    /// in which they are struck is that in which they wait for a crew or a spare.
    fn with_the_same_before(&self, class: Vec<(UnitId, Replica)>) -> Vec<Vec<Replica>> {
        let mut others_before: BTreeMap<UnitId, Vec<u32>> =
            class.iter().map(|(unit, _)| (*unit, Vec::new())).collect();
        let mut walk = |units: &mut dyn Iterator<Item = UnitId>| {
            let mut others = 0;
            for unit in units {
                match others_before.get_mut(&unit) {
                    Some(before) => before.push(others),
                    None => others += 1,
                }
            }
        };
        let unit_of = |process: ProcessId| self.processes[process].unit;
        for plan in self.causes.iter() {
            let hits = plan.lasting.iter().chain(&plan.breaking);
            walk(&mut hits.map(|&(_, process)| unit_of(process)));
        }
        for plan in self.needs.iter() {
            walk(&mut plan.processes.iter().map(|&process| unit_of(process)));
        }
        for plan in self.changes.iter() {
            walk(&mut plan.units.iter().copied());
        }
        let mut parts: BTreeMap<Vec<u32>, Vec<Replica>> = BTreeMap::new();
        for (unit, replica) in class {
            let before = others_before.remove(&unit).expect("a unit is listed once");
            parts.entry(before).or_default().push(replica);
        }
        parts.into_values().collect()
    }

    /// Whether a group with standbys has no rule that asks which of its alike members or seats is which,
    /// or in which order something happens to several of them at the same moment.
    fn seats_are_alike(&self, group: GroupId) -> bool {
        let plan = &self.groups[group];
        let is_plain = |seat: SeatId| {
            let seat = &self.seats[seat];
            seat.client.is_none() && seat.split.is_none()
        };
        let returns_to_any = match plan.after_exhaustion {
            AfterExhaustion::AtOnce | AfterExhaustion::Activate => true,
            AfterExhaustion::Resume | AfterExhaustion::Preferred => false,
        };
        plan.failback == FailbackPlan::Never
            && plan.quorum == 0
            && plan.replication.is_none()
            && plan.manual_by.is_none()
            && !plan.has_switchover
            && returns_to_any
            && (plan.lone_failure == LoneFailure::Detect || plan.seats.len() == 1)
            && plan.seats.ids().all(is_plain)
    }

    /// Whether it makes no difference to a seat that waits who served there last: whoever takes it does so
    /// at once, or does not give way to that one, whose repair does not wait either. Whether it is the
    /// same one again tells whether that was a failover.
    fn forgets_who_served(&self, group: GroupId, matters: Matters) -> bool {
        if matters.counts {
            return false;
        }
        let plan = &self.groups[group];
        let is_instant = |stage: StageKind| self.stages[plan.stages + stage as usize].is_instant;
        let at_once = plan.after_exhaustion == AfterExhaustion::AtOnce
            || is_instant(StageKind::Promoting) && is_instant(StageKind::Redirecting);
        let waits = self.fault_modes.iter().any(|mode| {
            matches!(mode.ending, EndingPlan::Repair(repair) if repair.starts == RepairStart::Takeover)
        });
        at_once || plan.recovered != Recovered::Cancel && !waits
    }

    /// Whether a takeover may go on to another candidate, who is looked for by the place of the first.
    fn looks_further(&self, group: GroupId) -> bool {
        let plan = &self.groups[group];
        let looks_for_next =
            |stage: &StagePlan| stage.succeeds < 1.0 && stage.then == OnFailure::NextCandidate;
        plan.candidate_failure == CandidateFailure::Continue
            || self.stages[plan.stages..][..4].iter().any(looks_for_next)
    }

    /// What units must have in common to change places, and what shared causes strike of this one
    /// alone.
    fn likeness(&self, system: &System, unit: UnitId) -> (Likeness, Vec<LotId>) {
        let (mut struck, mut own) = (Vec::new(), Vec::new());
        let unit_of = |process: ProcessId| self.processes[process].unit;
        for (cause, plan) in self.causes.iter_ids() {
            for lot in plan.lots.ids::<LotId>() {
                let units = || {
                    let hits = plan.lasting.iter().chain(&plan.breaking);
                    hits.filter(|(of, _)| *of == lot)
                        .map(|&(_, process)| unit_of(process))
                };
                if units().any(|other| other == unit) {
                    let alone = units().all(|other| other == unit);
                    let bits = self.lots[lot].probability.to_bits();
                    struck.push((cause, (!alone).then_some(lot), bits));
                    if alone {
                        own.push(lot);
                    }
                }
            }
        }
        let needs = self
            .needs
            .iter_ids()
            .filter(|(_, need)| {
                need.processes
                    .iter()
                    .any(|&process| unit_of(process) == unit)
            })
            .map(|(id, _)| id)
            .collect();
        let changes = self
            .changes
            .iter_ids()
            .filter_map(|(id, plan)| {
                let place = plan.units.iter().position(|other| *other == unit)?;
                let all_at_once = plan.batch >= plan.units.len() && plan.canary == 0;
                Some((id, if all_at_once { 0 } else { place }))
            })
            .collect();
        let kind = system.units[unit].kind;
        (
            Likeness {
                kind,
                capacity: self.units[unit].capacity.to_bits(),
                struck,
                needs,
                changes,
            },
            own,
        )
    }

    fn replica(&self, group: GroupId, unit: UnitId, lots: Vec<LotId>) -> Replica {
        let plan = &self.units[unit];
        let member = plan.member;
        let own_seat = || {
            let mut seats = self.groups[group].seats.ids::<SeatId>();
            seats
                .find(|&seat| self.seats[seat].preferred == member)
                .expect("each member of a group without standbys has a seat")
        };
        let clocks = self
            .clocks
            .ids()
            .filter(|&clock| match self.owner(clock) {
                ClockOwner::Unit(owner) => owner == unit,
                ClockOwner::Member(owner) => owner == member,
                ClockOwner::Group(_)
                | ClockOwner::Service(_)
                | ClockOwner::Crew(_)
                | ClockOwner::Spare(_)
                | ClockOwner::Cause(_)
                | ClockOwner::Change(_)
                | ClockOwner::People(_) => false,
            })
            .collect();
        let what = What::Unit(UnitReplica {
            unit,
            processes: plan.processes,
            member,
            seat: self.groups[group].is_static.then(own_seat),
            machine: self
                .machines
                .iter()
                .position(|machine| machine.unit == unit),
            lots,
        });
        Replica { what, clocks }
    }

    fn seat_replica(&self, seat: SeatId) -> Replica {
        let clocks = self.clocks.ids().filter(|&clock| {
            matches!(self.clocks[clock].event,
                Event::StageEnded(of)
                | Event::ManualEnded(of)
                | Event::WarmedUp(of)
                | Event::FalseAlarm(of) if of == seat)
        });
        Replica {
            what: What::Seat(seat),
            clocks: clocks.collect(),
        }
    }
}

impl Likeness {
    /// Whether nothing is done to such units from outside.
    fn is_left_alone(&self) -> bool {
        self.struck.is_empty() && self.needs.is_empty() && self.changes.is_empty()
    }
}
