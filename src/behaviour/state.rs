//! The discrete state of a system: everything that the rules read and change.
//!
//! It holds no time and no random number. Two states that are equal behave alike from then on, as
//! far as the clocks that run are equally far.

use super::clock::ClockId;
use super::instant::Instant;
use super::plan::{
    Behaviour, FaultModeId, MachineStateId, MemberId, NeedId, Origin, PoolId, ProcessId, SeatId,
};
use crate::base::{Id, IdVec};
use crate::model::{
    ChangeId, CrewId, Culprit, GroupId, Level, Member, PeopleId, Root, ServiceId, SpareId, UnitId,
};

/// The discrete state of a system.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct State {
    pub(super) units: Vec<UnitState>,
    pub(super) processes: Vec<ProcessState>,
    pub(super) members: Vec<MemberState>,
    pub(super) groups: Vec<GroupState>,
    pub(super) seats: Vec<SeatState>,
    pub(super) nodes: Vec<NodeState>,
    pub(super) services: Vec<ServiceState>,
    /// The state of each explicit state machine.
    pub(super) machines: Vec<MachineStateId>,
    pub(super) pools: Vec<PoolState>,
    pub(super) spares: Vec<SpareState>,
    /// What the events that last have struck.
    pub(super) struck: Vec<bool>,
    /// The needs that are not met.
    pub(super) lacking: Vec<bool>,
    /// Of each need that is lacking: the group that took it away, until that is back.
    pub(super) taken: Vec<Option<GroupId>>,
    /// What services can do, as it was when they were looked at last.
    pub(super) able: Vec<AbleState>,
    /// The services on which something depends and that serve too little of what is asked to count as
    /// up, though their structure is.
    pub(super) short: Vec<bool>,
    /// Needs that may have changed since the event began, in order; empty between events.
    pub(super) due: Vec<NeedId>,
    pub(super) changes: Vec<ChangeState>,
    pub(super) people: Vec<PeopleState>,
    /// Changes that wait to take their next batch, in order.
    pub(super) ready: Vec<ChangeId>,
    /// Groups that are down, in the order in which they went down.
    pub(super) down: Vec<GroupId>,
    /// Groups whose services must be settled before the event is over; empty between events.
    pub(super) touched: Vec<GroupId>,
    /// What happens at once to several units, until all of it has; never between events.
    pub(super) instant: Option<Box<Instant>>,
}

/// A unit: how many of its faults do what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct UnitState {
    /// Faults that keep it from serving.
    pub down: u8,
    /// Those of them that have been noticed.
    pub known: u8,
    /// Those of them that leave it alive where nobody sees it.
    pub isolated: u8,
    /// Faults that reduce it.
    pub degraded: u8,
}

/// Where a fault is on its way to being mended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FaultPhase {
    /// There is no fault.
    Fine,
    /// It ends by itself.
    Passing,
    /// Under repair.
    Repair,
    /// Ready for repair but for a part.
    SpareWait,
    /// Ready for repair but for people.
    CrewWait,
    /// The people have left an unfinished repair for a more urgent one.
    Interrupted,
    /// The administrative delay passes.
    Delay,
    /// Nothing is being done about it.
    Unattended,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct ProcessState {
    pub phase: FaultPhase,
    pub noticed: bool,
    /// The clock of the notice runs; it may outlast the fault where a failover is to be completed.
    pub notice_runs: bool,
    /// The mode of the fault, or of the last one.
    pub mode: FaultModeId,
    /// The step of its repair that is under way or waits.
    pub step: u8,
}

/// What a member does in its group, as the group believes: a standby may be dead unnoticed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) enum Role {
    /// It has a seat.
    #[default]
    Serving,
    /// Ready to take a seat.
    Standby,
    /// Taking a seat.
    Candidate,
    /// Healthy, but kept from serving while another one takes its seat.
    Fenced,
    /// Restored, and not yet ready.
    Rejoining,
    /// Not to be used.
    Out,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct MemberState {
    pub role: Role,
    /// The seat of a serving member or a candidate.
    pub seat: SeatId,
    /// Whether it has failed unnoticed in a group that shares requests.
    pub swallows: bool,
    /// Of a member group: its loss has been noticed.
    pub known: bool,
    /// Of a member group: the detector is about to notice its loss.
    pub notice_runs: bool,
    /// It has failed while it was taking a seat, and that takeover goes on.
    pub failed_candidate: bool,
    /// It stands by, but has missed what was written last.
    pub stale: bool,
    /// It gets more than it can bear, and is about to crash.
    pub strained: bool,
}

/// How a group bears its load, if it may break down under it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) enum LoadPhase {
    /// Its members can bear it.
    #[default]
    Borne,
    /// It is too much for them, and they stand it for some time.
    Strained,
    /// They have collapsed.
    Collapsed,
    /// They have collapsed, and are about to serve again.
    Restarting,
}

/// Whether a group has more members than usual, if it may.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) enum ScalePhase {
    /// The usual ones can bear the load.
    #[default]
    Enough,
    /// More are on their way.
    Ordered,
    /// More serve.
    Scaled,
    /// More were ordered, and do not come.
    Refused,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct GroupState {
    pub level: Level,
    /// Seats that give full service.
    pub full: u32,
    /// Seats that give any service.
    pub some: u32,
    /// Members that are believed to stand by.
    pub ready: u32,
    /// Failed members that still get their share of requests.
    pub swallowing: u32,
    /// How it bears its load.
    pub load: LoadPhase,
    /// Whether it has more members than usual.
    pub scale: ScalePhase,
    /// A further failover must wait for people.
    pub held: bool,
    /// It is in the list of those touched.
    pub touched: bool,
    /// The event that has touched it has taken it down.
    pub fell: bool,
    /// How writes reach the standbys.
    pub sync: Sync,
}

/// How the writes of a group reach its standbys, where they are to wait for them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) enum Sync {
    /// Enough standbys have them.
    #[default]
    InStep,
    /// They wait for a standby.
    Stalled,
    /// They have gone on without.
    Alone,
}

/// What has been found out about how far the candidate of a seat lags behind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) enum Candidacy {
    /// Nothing.
    #[default]
    Open,
    /// Not too far.
    Allowed,
    /// Too far.
    Refused,
}

/// What goes on at a seat.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum SeatPhase {
    /// A member serves.
    #[default]
    Serving,
    /// Its member has failed and nobody knows.
    Undetected,
    /// A takeover is being decided.
    Deciding,
    /// The old member is being fenced.
    Fencing,
    /// The candidate is being activated.
    Promoting,
    /// Clients are being led to the candidate.
    Redirecting,
    /// People bring the seat back.
    Manual,
    /// No standby is left.
    Waiting,
    /// The preferred member takes its place back.
    Failback,
    /// The member hands over before planned work.
    Switchover,
    /// Two members serve.
    Split,
    /// Two sides are being reconciled.
    Reconciling,
}

/// A planned change of the serving member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Handover {
    Failback,
    Switchover,
}

impl SeatPhase {
    /// The handover that it is, if it is one.
    pub(super) fn handover(self) -> Option<Handover> {
        match self {
            SeatPhase::Failback => Some(Handover::Failback),
            SeatPhase::Switchover => Some(Handover::Switchover),
            SeatPhase::Serving
            | SeatPhase::Undetected
            | SeatPhase::Deciding
            | SeatPhase::Fencing
            | SeatPhase::Promoting
            | SeatPhase::Redirecting
            | SeatPhase::Manual
            | SeatPhase::Waiting
            | SeatPhase::Split
            | SeatPhase::Reconciling => None,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct SeatState {
    pub phase: SeatPhase,
    /// What it gives.
    pub gives: Level,
    /// Failed attempts of the present stage.
    pub attempts: u8,
    /// The takeover is against a healthy member.
    pub spurious: bool,
    /// The old member serves no more, for sure.
    pub fenced: bool,
    pub alarm_runs: bool,
    pub failback_runs: bool,
    /// Its member serves degraded after a takeover.
    pub warming: bool,
    /// The client that is followed has not come to its member yet; false where all are followed.
    pub client_away: bool,
    /// Whether a candidate has been judged by its lag.
    pub candidacy: Candidacy,
    /// The member that serves here, or has done so last.
    pub member: MemberId,
    /// The member that is to serve here.
    pub candidate: Option<MemberId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct NodeState {
    pub level: Level,
    /// Children that are up.
    pub full: u32,
    /// Children that are up or degraded.
    pub some: u32,
}

/// What a service does, and who is to blame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServiceState {
    /// Whether it is up.
    pub level: Level,
    /// While it is down: why.
    pub cause: Option<Blame>,
    /// While it is degraded: whether writes stall for want of a standby.
    pub stalled: bool,
}

impl ServiceState {
    /// All is well.
    pub const UP: ServiceState = ServiceState {
        level: Level::Up,
        cause: None,
        stalled: false,
    };
}

/// What a service could do for those who ask it when it was looked at last; nothing is kept while that is all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct AbleState {
    /// The share of requests that get through and the load that can be borne, by their bits.
    numbers: [u64; 2],
    /// What reduced it last.
    pub root: Option<Root>,
}

impl AbleState {
    pub(super) fn of(reach: f64, capacity: f64, root: Option<Root>) -> AbleState {
        match root {
            Some(_) => AbleState {
                numbers: [reach.to_bits(), capacity.to_bits()],
                root,
            },
            None => AbleState::default(),
        }
    }

    pub(super) fn numbers(&self) -> (f64, f64) {
        let [reach, capacity] = self.numbers.map(f64::from_bits);
        (reach, capacity)
    }
}

/// Why a service is down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Blame {
    /// The group that took it down.
    pub group: GroupId,
    /// What the downtime is put down to: that group, or what keeps it from serving.
    pub culprit: Culprit,
    /// What goes on there.
    pub mechanism: Mechanism,
    /// What took the service down, as long as it is down.
    pub root: Root,
}

impl Blame {
    /// What a group has taken down by itself.
    pub fn of_group(group: GroupId, mechanism: Mechanism) -> Blame {
        let culprit = Culprit::Group(group);
        Blame {
            group,
            culprit,
            mechanism,
            root: Root {
                culprit,
                through: group,
            },
        }
    }
}

/// People who take over by hand.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct PeopleState {
    pub free: u32,
    /// Takeovers that wait, in order of their coming.
    pub queue: Vec<SeatId>,
    /// The paces in force, a bit each.
    pub slow: u32,
}

/// What goes on with a change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) enum ChangePhase {
    /// It is not due.
    #[default]
    Idle,
    /// The next batch waits for something.
    Ready,
    /// A batch is in work.
    Working,
    /// The canary is watched.
    Watching,
    /// All units run the new version, which is bad, and nobody knows.
    Done,
    /// The old version comes back.
    RollingBack,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct ChangeState {
    pub phase: ChangePhase,
    /// Units that run the new version: so many of the first.
    pub done: u32,
    /// The new version is bad.
    pub bad: bool,
    /// Its window is open.
    pub open: bool,
    /// Freezes that are in force.
    pub freezes: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct PoolState {
    pub free: u32,
    /// Faults that wait, in order of their coming.
    pub queue: Vec<ProcessId>,
    /// Repairs under way in order of their beginning, if they may be interrupted or paused.
    pub working: Vec<ProcessId>,
    /// Of the groups that they serve: whether their faults are about to be turned to.
    pub turning: Vec<bool>,
    /// It is within their working hours.
    pub on_duty: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct SpareState {
    pub shelf: u32,
    pub queue: Vec<ProcessId>,
    /// Order clocks that do not run.
    pub idle: Vec<ClockId>,
}

/// What keeps a group from serving, at a moment. Each nanosecond of downtime belongs to exactly one
/// mechanism of one group.
///
/// The order is the order of closeness to being restored: where several seats are empty, the one
/// whose filling would bring the group up decides, and seats are filled in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Mechanism {
    /// Clients are being led to the new member.
    Redirecting,
    /// A planned switchover back to the preferred member.
    Failback,
    /// The new member is being activated.
    Promoting,
    /// A failover away from a healthy member.
    Spurious,
    /// The old member is being fenced.
    Fencing,
    /// The takeover is being decided.
    Deciding,
    /// The failure has not been noticed.
    Undetected,
    /// Two members served, or are being reconciled.
    SplitBrain,
    /// Automation has failed and people take over.
    Manual,
    /// Automation has failed, and nobody is free to take over.
    ManualWait,
    /// Exhausted: a restored member is not ready yet.
    Rejoining,
    /// Planned work, or the switchover before it.
    Planned,
    /// Exhausted: a disruption lasts.
    Disruption,
    /// Exhausted: what has struck several units at once lasts, or is being mended.
    SharedCause,
    /// Units run a bad version.
    Change,
    /// It has collapsed under its load.
    Overload,
    /// What serves is too little for what is asked.
    Shortfall,
    /// What is needed is down; that is to blame, so this stands for no downtime itself.
    Need,
    /// Exhausted: under repair.
    Repair,
    /// Exhausted: a repair goes on when those who do it are on duty again.
    OffDuty,
    /// Exhausted: waiting for a spare part.
    SpareWait,
    /// Exhausted: waiting for a crew.
    CrewWait,
    /// Exhausted: administrative delay.
    AdministrativeDelay,
    /// Exhausted: nobody knows of the fault, or its repair waits for a takeover.
    Unattended,
    /// Exhausted: nobody repairs it.
    NotRepaired,
}

impl Mechanism {
    /// All mechanisms, in order.
    pub const ALL: [Mechanism; 25] = [
        Mechanism::Redirecting,
        Mechanism::Failback,
        Mechanism::Promoting,
        Mechanism::Spurious,
        Mechanism::Fencing,
        Mechanism::Deciding,
        Mechanism::Undetected,
        Mechanism::SplitBrain,
        Mechanism::Manual,
        Mechanism::ManualWait,
        Mechanism::Rejoining,
        Mechanism::Planned,
        Mechanism::Disruption,
        Mechanism::SharedCause,
        Mechanism::Change,
        Mechanism::Overload,
        Mechanism::Shortfall,
        Mechanism::Need,
        Mechanism::Repair,
        Mechanism::OffDuty,
        Mechanism::SpareWait,
        Mechanism::CrewWait,
        Mechanism::AdministrativeDelay,
        Mechanism::Unattended,
        Mechanism::NotRepaired,
    ];

    /// Its name in files: `snake_case`.
    pub fn name(self) -> &'static str {
        match self {
            Mechanism::Redirecting => "redirecting",
            Mechanism::Failback => "failback",
            Mechanism::Promoting => "promoting",
            Mechanism::Spurious => "spurious_failover",
            Mechanism::Fencing => "fencing",
            Mechanism::Deciding => "deciding",
            Mechanism::Undetected => "undetected",
            Mechanism::SplitBrain => "split_brain",
            Mechanism::Manual => "manual_takeover",
            Mechanism::ManualWait => "manual_wait",
            Mechanism::Rejoining => "exhausted_rejoining",
            Mechanism::Disruption => "exhausted_disruption",
            Mechanism::SharedCause => "shared_cause",
            Mechanism::Planned => "planned",
            Mechanism::Change => "change",
            Mechanism::Overload => "overload",
            Mechanism::Shortfall => "shortfall",
            Mechanism::Need => "need",
            Mechanism::Repair => "exhausted_repair",
            Mechanism::OffDuty => "exhausted_off_duty",
            Mechanism::SpareWait => "exhausted_spare_wait",
            Mechanism::CrewWait => "exhausted_crew_wait",
            Mechanism::AdministrativeDelay => "exhausted_administrative_delay",
            Mechanism::Unattended => "exhausted_unattended",
            Mechanism::NotRepaired => "exhausted_not_repaired",
        }
    }

    /// What it is, for people.
    pub fn describe(self) -> &'static str {
        match self {
            Mechanism::Redirecting => "redirecting clients",
            Mechanism::Failback => "failback",
            Mechanism::Promoting => "promoting a standby",
            Mechanism::Spurious => "spurious failover",
            Mechanism::Fencing => "fencing",
            Mechanism::Deciding => "deciding on a takeover",
            Mechanism::Undetected => "failure not yet detected",
            Mechanism::SplitBrain => "split brain",
            Mechanism::Manual => "takeover failed, manual",
            Mechanism::ManualWait => "takeover failed, nobody free",
            Mechanism::Rejoining => "exhausted: restored, rejoining",
            Mechanism::Disruption => "exhausted: disruption lasts",
            Mechanism::SharedCause => "shared cause",
            Mechanism::Planned => "planned work",
            Mechanism::Change => "bad change",
            Mechanism::Overload => "overload: collapsed",
            Mechanism::Shortfall => "less capacity than demand",
            Mechanism::Need => "what it needs is down",
            Mechanism::Repair => "exhausted: under repair",
            Mechanism::OffDuty => "exhausted: repair off duty",
            Mechanism::SpareWait => "exhausted: waiting for a spare",
            Mechanism::CrewWait => "exhausted: waiting for a crew",
            Mechanism::AdministrativeDelay => "exhausted: administrative delay",
            Mechanism::Unattended => "exhausted: fault unnoticed",
            Mechanism::NotRepaired => "exhausted: nobody repairs it",
        }
    }
}

/// What a unit is doing, for a timeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Condition {
    /// It serves.
    Serving,
    /// It serves with less than it should.
    Degraded,
    /// It stands by.
    Standby,
    /// It is taking over.
    TakingOver,
    /// It is kept from serving.
    Fenced,
    /// It is being brought up to date.
    Rejoining,
    /// It has failed and nobody knows.
    FailedUnnoticed,
    /// It has failed and waits for a decision, a crew or a part.
    WaitingForRepair,
    /// It is being repaired.
    UnderRepair,
    /// It has failed and nobody repairs it.
    NotRepaired,
    /// It suffers a disruption that ends by itself.
    Disrupted,
    /// It is worked on as planned.
    PlannedWork,
}

impl Condition {
    /// Whether it has failed, and is neither kept from serving nor worked on as planned.
    pub fn is_failure(self) -> bool {
        match self {
            Condition::FailedUnnoticed
            | Condition::WaitingForRepair
            | Condition::UnderRepair
            | Condition::NotRepaired
            | Condition::Disrupted => true,
            Condition::Serving
            | Condition::Degraded
            | Condition::Standby
            | Condition::TakingOver
            | Condition::Fenced
            | Condition::Rejoining
            | Condition::PlannedWork => false,
        }
    }
}

impl State {
    /// Becomes a copy of another state of the same system, in the buffers that it has.
    pub(crate) fn copy_from(&mut self, other: &State) {
        let State {
            units,
            processes,
            machines,
            members,
            groups,
            seats,
            nodes,
            services,
            pools,
            spares,
            struck,
            lacking,
            taken,
            able,
            short,
            due,
            down,
            touched,
            changes,
            people,
            ready,
            instant,
        } = other;
        self.units.clone_from(units);
        self.processes.clone_from(processes);
        self.machines.clone_from(machines);
        self.members.clone_from(members);
        self.groups.clone_from(groups);
        self.seats.clone_from(seats);
        self.nodes.clone_from(nodes);
        self.services.clone_from(services);
        self.pools.clone_from(pools);
        self.spares.clone_from(spares);
        self.struck.clone_from(struck);
        self.lacking.clone_from(lacking);
        self.taken.clone_from(taken);
        self.able.clone_from(able);
        self.short.clone_from(short);
        self.due.clone_from(due);
        self.down.clone_from(down);
        self.touched.clone_from(touched);
        self.changes.clone_from(changes);
        self.people.clone_from(people);
        self.ready.clone_from(ready);
        self.instant.clone_from(instant);
    }

    /// What a unit is doing.
    pub fn condition(&self, behaviour: &Behaviour, unit: UnitId) -> Condition {
        let plan = &behaviour.units[unit];
        let state = self.units[unit.index()];
        if state.down > 0 {
            let planned = |origin| matches!(origin, Origin::Work(_));
            if behaviour.origins(self, unit).any(planned) {
                return Condition::PlannedWork;
            }
            let worst = plan
                .processes
                .ids::<ProcessId>()
                .filter(|&process| self.is_down_fault(behaviour, process))
                .map(|process| behaviour.fault_mechanism(self, process))
                .max();
            return match worst {
                Some(Mechanism::NotRepaired) => Condition::NotRepaired,
                Some(Mechanism::Unattended) if state.known < state.down => {
                    Condition::FailedUnnoticed
                }
                Some(Mechanism::Repair) => Condition::UnderRepair,
                Some(
                    Mechanism::Disruption
                    | Mechanism::SharedCause
                    | Mechanism::Need
                    | Mechanism::Change
                    | Mechanism::Overload,
                ) => Condition::Disrupted,
                Some(_) | None => Condition::WaitingForRepair,
            };
        }
        match self.members[plan.seen_as.index()].role {
            Role::Serving if state.degraded > 0 => Condition::Degraded,
            Role::Serving => Condition::Serving,
            Role::Standby => Condition::Standby,
            Role::Candidate => Condition::TakingOver,
            Role::Fenced => Condition::Fenced,
            Role::Rejoining | Role::Out => Condition::Rejoining,
        }
    }

    /// The modes of the faults that a unit has.
    pub fn faults<'a>(
        &'a self,
        behaviour: &'a Behaviour,
        unit: UnitId,
    ) -> impl Iterator<Item = FaultModeId> + 'a {
        behaviour.units[unit]
            .processes
            .ids::<ProcessId>()
            .map(|process| self.processes[process.index()])
            .filter(|fault| fault.phase != FaultPhase::Fine)
            .map(|fault| fault.mode)
    }

    /// Where each fault that a unit has is on its way to being mended.
    pub fn fault_phases<'a>(
        &'a self,
        behaviour: &'a Behaviour,
        unit: UnitId,
    ) -> impl Iterator<Item = FaultPhase> + 'a {
        behaviour.units[unit]
            .processes
            .ids::<ProcessId>()
            .map(|process| self.processes[process.index()].phase)
            .filter(|&phase| phase != FaultPhase::Fine)
    }

    /// Whether a member holds a seat of its group: it serves there, or was the last to do so.
    pub fn holds_seat(&self, behaviour: &Behaviour, member: Member) -> bool {
        let id = match member {
            Member::Unit(unit) => Some(behaviour.units[unit].member),
            Member::Group(group) => behaviour.groups[group].member_of,
        };
        id.is_some_and(|id| self.seats[self.members[id.index()].seat.index()].member == id)
    }

    /// The state of a unit whose life is told state by state, by index.
    pub fn machine_state(&self, behaviour: &Behaviour, unit: UnitId) -> Option<usize> {
        let of = |plan: &super::plan::MachinePlan| plan.unit == unit;
        let machine = behaviour.machines.iter().position(of)?;
        Some(self.machines[machine].index() - behaviour.machines[machine].states.first as usize)
    }

    /// What a service does.
    pub fn service(&self, service: ServiceId) -> ServiceState {
        self.services[service.index()]
    }

    /// What a group does.
    pub fn group_level(&self, group: GroupId) -> Level {
        self.groups[group.index()].level
    }

    /// How many seats of a group give full service, and how many give any.
    pub fn seats_serving(&self, group: GroupId) -> (u32, u32) {
        let at = self.groups[group.index()];
        (at.full, at.some)
    }

    /// People of a crew that are at work.
    pub fn crew_busy(&self, behaviour: &Behaviour, crew: CrewId) -> u32 {
        behaviour
            .pools
            .iter()
            .zip(&self.pools)
            .filter(|(plan, _)| plan.crew == crew)
            .map(|(plan, pool)| plan.size - pool.free)
            .sum()
    }

    /// Parts on a shelf.
    pub fn spares_on_shelf(&self, spare: SpareId) -> u32 {
        self.spares[spare.index()].shelf
    }

    /// Has the services of a group settled when the event is over.
    #[inline]
    pub(super) fn mark(&mut self, group: GroupId) {
        if !std::mem::replace(&mut self.group(group).touched, true) {
            self.touched.push(group);
        }
    }

    /// Whether a process has a fault that keeps its unit from serving.
    pub(super) fn is_down_fault(&self, behaviour: &Behaviour, process: ProcessId) -> bool {
        let state = self.processes[process.index()];
        state.phase != FaultPhase::Fine
            && behaviour.fault_modes[state.mode].effect != super::plan::EffectPlan::Degraded
    }

    /// The state at the start of a mission: everything is new and in its place.
    pub(super) fn initial(behaviour: &Behaviour) -> State {
        let members: Vec<MemberState> = behaviour
            .groups
            .iter()
            .flat_map(|group| {
                group
                    .members
                    .ids::<MemberId>()
                    .enumerate()
                    .map(move |(position, _)| {
                        let has_seat = position < group.seats.len();
                        MemberState {
                            role: if has_seat {
                                Role::Serving
                            } else {
                                Role::Standby
                            },
                            seat: SeatId(
                                group.seats.first + if has_seat { position as u32 } else { 0 },
                            ),
                            swallows: false,
                            known: false,
                            notice_runs: false,
                            failed_candidate: false,
                            stale: false,
                            strained: false,
                        }
                    })
            })
            .collect();
        State {
            units: vec![UnitState::default(); behaviour.units.len()],
            processes: behaviour
                .processes
                .iter()
                .map(|process| ProcessState {
                    phase: FaultPhase::Fine,
                    noticed: false,
                    notice_runs: false,
                    mode: FaultModeId(process.modes.first),
                    step: 0,
                })
                .collect(),
            members,
            groups: behaviour
                .groups
                .iter()
                .map(|group| {
                    let seats = group.seats.len() as u32;
                    GroupState {
                        level: Level::Up,
                        full: seats,
                        some: seats,
                        ready: group.members.len() as u32 - seats,
                        swallowing: 0,
                        load: LoadPhase::Borne,
                        scale: ScalePhase::Enough,
                        held: false,
                        touched: false,
                        fell: false,
                        sync: Sync::InStep,
                    }
                })
                .collect(),
            seats: behaviour
                .seats
                .iter()
                .map(|seat| SeatState {
                    phase: SeatPhase::Serving,
                    gives: Level::Up,
                    attempts: 0,
                    spurious: false,
                    fenced: false,
                    alarm_runs: false,
                    failback_runs: false,
                    warming: false,
                    client_away: false,
                    candidacy: Candidacy::Open,
                    member: seat.preferred,
                    candidate: None,
                })
                .collect(),
            nodes: behaviour
                .nodes
                .iter()
                .map(|node| NodeState {
                    level: Level::Up,
                    full: node.children,
                    some: node.children,
                })
                .collect(),
            services: vec![
                ServiceState {
                    level: Level::Up,
                    cause: None,
                    stalled: false,
                };
                behaviour.services.len()
            ],
            machines: behaviour
                .machines
                .iter()
                .map(|machine| MachineStateId(machine.states.first))
                .collect(),
            pools: behaviour
                .pools
                .iter()
                .map(|pool| PoolState {
                    free: pool.size,
                    queue: Vec::new(),
                    working: Vec::new(),
                    turning: vec![false; pool.pick_ups.len()],
                    on_duty: pool.shift.is_none_or(|shift| shift.on_at_start),
                })
                .collect(),
            spares: behaviour
                .spares
                .iter()
                .map(|spare| SpareState {
                    shelf: spare.stock,
                    queue: Vec::new(),
                    // The last is taken first: list them so that the first order comes first.
                    idle: spare.orders.ids().rev().collect(),
                })
                .collect(),
            struck: vec![false; behaviour.lots.len()],
            lacking: vec![false; behaviour.needs.len()],
            taken: vec![None; behaviour.needs.len()],
            able: vec![AbleState::default(); behaviour.services.len()],
            short: vec![false; behaviour.services.len()],
            due: Vec::new(),
            changes: vec![ChangeState::default(); behaviour.changes.len()],
            people: behaviour
                .people
                .iter()
                .map(|people| PeopleState {
                    free: people.size,
                    queue: Vec::new(),
                    slow: 0,
                })
                .collect(),
            ready: Vec::new(),
            down: Vec::new(),
            touched: Vec::new(),
            instant: None,
        }
    }
}

/// Tables by id, for the rules.
macro_rules! state_tables {
    ($($method:ident, $table:ident, $id:ty, $state:ty;)*) => {
        impl State {$(
            #[inline]
            pub(super) fn $method(&mut self, id: $id) -> &mut $state {
                &mut self.$table[id.index()]
            }
        )*}
    };
}
state_tables! {
    unit, units, UnitId, UnitState;
    process, processes, ProcessId, ProcessState;
    member, members, MemberId, MemberState;
    group, groups, GroupId, GroupState;
    seat, seats, SeatId, SeatState;
    pool, pools, PoolId, PoolState;
    change, changes, ChangeId, ChangeState;
    people_of, people, PeopleId, PeopleState;
}

/// The events of clocks, apart from their laws, so that firing one reads one small table.
pub(super) type EventTable = IdVec<ClockId, super::clock::Event>;
