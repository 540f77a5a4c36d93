//! The compiled model: flat tables, indexed by id, with every decision taken that does not depend
//! on the state.

use super::capacity::CapacityPlan;
use super::clock::{BranchId, ClockId, ClockSpec, LagId, LagSpec, StopwatchId};
use super::route::Route;
use super::settling::Settling;
use super::state::EventTable;
use crate::base::{IdVec, Probability, id::id_type};
use crate::model::{
    AfterExhaustion, CandidateFailure, CauseId, ChangeId, CrewId, CrewOrder, DemandProfile,
    GroupId, KindId, Level, LoneFailure, OnFailure, PeopleId, Preemption, Recovered, RenewalScope,
    RepairStart, ServiceId, SpareId, StandbyFaults, UnitId, WithoutRedundancy,
};

id_type! {
    /// A failure process of one unit; it has at most one fault at a time.
    pub ProcessId;
    /// A mode of one failure process: its delays, repairs and notices have clocks of their own.
    pub FaultModeId;
    /// A member of one group.
    pub MemberId;
    /// A place of service in a group.
    pub SeatId;
    /// A state of an explicit state machine.
    pub(super) MachineStateId;
    /// A way out of a state of an explicit state machine.
    pub ExitId;
    /// People of a crew: all of them, or those of one group.
    pub PoolId;
    /// A node of the structure of a service.
    pub(super) NodeId;
    /// What a shared cause strikes as a whole or not at all.
    pub(super) LotId;
    /// Something that depends on something else.
    pub NeedId;
}

/// A contiguous run of ids.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Run {
    /// The first.
    pub first: u32,
    /// One past the last.
    pub end: u32,
}

impl Run {
    /// The ids of the run, in order.
    #[inline]
    pub(super) fn ids<I: crate::base::Id>(
        self,
    ) -> impl DoubleEndedIterator<Item = I> + ExactSizeIterator {
        (self.first as usize..self.end as usize).map(I::from_index)
    }

    /// Their positions.
    #[inline]
    pub(super) fn range(self) -> std::ops::Range<usize> {
        self.first as usize..self.end as usize
    }

    /// Whether one of them has this id.
    pub(super) fn contains<I: crate::base::Id>(self, id: I) -> bool {
        self.range().contains(&id.index())
    }

    /// How many there are.
    #[inline]
    pub(super) fn len(self) -> usize {
        (self.end - self.first) as usize
    }
}

/// A system, compiled: its fixed set of clocks and branches, and the tables that the rules read.
#[derive(Clone, Debug)]
pub struct Behaviour {
    /// Every clock, with its law and what it means.
    pub clocks: IdVec<ClockId, ClockSpec>,
    /// What each clock means, apart from its law: firing one reads this small table only.
    pub(super) events: EventTable,
    /// Number of slots: clocks that share one never run at the same time.
    pub slot_count: usize,
    /// Key of the random draws of each branch.
    pub branches: IdVec<BranchId, u64>,
    /// Number of stopwatches.
    pub stopwatch_count: usize,
    /// How far standbys lag behind, for each group of which that is said.
    pub lags: IdVec<LagId, LagSpec>,
    /// Number of kinds whose repairs are booked: all of them if the repairs of one cost money.
    pub booked_kinds: usize,
    /// How a mission is prepared that begins in the long run; `None`: everything is new.
    pub settling: Option<Settling>,
    pub(super) units: IdVec<UnitId, UnitPlan>,
    pub(super) processes: IdVec<ProcessId, ProcessPlan>,
    pub(super) fault_modes: IdVec<FaultModeId, FaultModePlan>,
    pub(super) members: IdVec<MemberId, MemberPlan>,
    pub(super) groups: IdVec<GroupId, GroupPlan>,
    pub(super) seats: IdVec<SeatId, SeatPlan>,
    pub(super) nodes: IdVec<NodeId, NodePlan>,
    pub(super) services: IdVec<ServiceId, ServicePlan>,
    /// Whether any service has a [`ShortagePlan`].
    pub(super) has_shortages: bool,
    pub(super) machines: Vec<MachinePlan>,
    pub(super) machine_states: IdVec<MachineStateId, MachineStatePlan>,
    pub(super) exits: IdVec<ExitId, ExitPlan>,
    pub(super) pools: IdVec<PoolId, PoolPlan>,
    /// The later stages of repairs.
    pub(super) repair_steps: Vec<RepairStep>,
    pub(super) spares: IdVec<SpareId, SparePlan>,
    pub(super) causes: IdVec<CauseId, CausePlan>,
    pub(super) lots: IdVec<LotId, LotPlan>,
    pub(super) needs: IdVec<NeedId, NeedPlan>,
    pub(super) changes: IdVec<ChangeId, ChangePlan>,
    pub(super) people: IdVec<PeopleId, PeoplePlan>,
    /// Stages of takeovers, four for each group with standbys.
    pub(super) stages: Vec<StagePlan>,
}

/// A unit.
#[derive(Clone, Debug)]
pub(super) struct UnitPlan {
    pub member: MemberId,
    /// The outermost member that is nothing but this unit: the unit itself, or the outermost of the groups
    /// of one around it. As that it is watched, stands by and is replaced.
    pub seen_as: MemberId,
    pub processes: Run,
    /// Failure on demand.
    pub demand: Option<DemandPlan>,
    /// The clock of periodic tests, and the branch "the test finds the fault".
    pub test: Option<TestPlan>,
    /// Whether the failure clocks ever run at another speed than 1 while the unit is fit.
    pub changes_speed: bool,
    /// The service without which it does not age.
    pub ages_while: Option<ServiceId>,
    /// The load that it can bear; infinite if any.
    pub capacity: f64,
    /// How it crashes under too large a load, if it does.
    pub crash: Option<CrashPlan>,
    /// What is done to it from outside and lets its repairs stand still meanwhile.
    pub pausing: Vec<ProcessId>,
}

/// How a unit crashes under too large a load.
#[derive(Clone, Copy, Debug)]
pub(super) struct CrashPlan {
    pub process: ProcessId,
    /// Runs while the unit gets more than it can bear.
    pub clock: ClockId,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct DemandPlan {
    pub branch: BranchId,
    pub probability: f64,
    pub process: ProcessId,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct TestPlan {
    pub first: ClockId,
    pub next: ClockId,
    pub branch: BranchId,
    pub finds: f64,
}

/// A failure process of a unit, or the source of its failures on demand, which has no clock.
#[derive(Clone, Debug)]
pub(super) struct ProcessPlan {
    pub unit: UnitId,
    pub member: MemberId,
    pub group: GroupId,
    /// Its unit has no other process.
    pub is_alone: bool,
    /// Runs while the unit operates.
    pub failure: Option<ClockId>,
    /// The modes that may follow.
    pub modes: Run,
    /// Which of them does, if there are several.
    pub choice: Option<Box<ModeChoice>>,
    /// How a fault is mended, if it is of the plainest kind.
    pub plain: Option<PlainRepair>,
}

/// Which of several modes follows.
#[derive(Clone, Debug)]
pub(super) struct ModeChoice {
    pub branch: BranchId,
    /// The probability of each.
    pub weights: Vec<f64>,
}

/// The repair of a plain fault, told where its process is.
#[derive(Clone, Copy, Debug)]
pub(super) struct PlainRepair {
    pub step: RepairStep,
    pub booked: Option<KindId>,
}

/// A mode of a failure process.
#[derive(Clone, Debug)]
pub(super) struct FaultModePlan {
    /// Index of the mode in its kind; `None` for what is done to the unit from outside.
    pub mode: Option<usize>,
    pub origin: Origin,
    pub effect: EffectPlan,
    /// What a reduced unit has left of its capacity.
    pub left: f64,
    pub notice: NoticePlan,
    pub ending: EndingPlan,
}

/// Where a fault comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The unit itself.
    Unit,
    /// A shared cause.
    Cause(CauseId),
    /// The lack of something that it needs.
    Need(NeedId),
    /// Planned work on it.
    Work(ChangeId),
    /// The bad version that a change has brought.
    Version(ChangeId),
    /// More load than it can bear.
    Overload,
    /// A state, of a unit whose life is told state by state.
    State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EffectPlan {
    Down,
    Isolated,
    Degraded,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoticePlan {
    AtOnce,
    /// By the detector of the group in which the unit is seen, which may not look at standbys; at once if it
    /// has no clock.
    Detector(Option<ClockId>),
    After(ClockId),
    /// When the group around the unit, which is this member of another one, is down: with the loss of that
    /// group. Otherwise at once.
    WithGroup(MemberId),
    Test,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum EndingPlan {
    Itself(ClockId),
    Repair(RepairPlan),
    Never,
    /// With what has imposed it.
    Imposed,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct RepairPlan {
    pub starts: RepairStart,
    pub delay: Option<ClockId>,
    pub spare: Option<SpareId>,
    pub first: RepairStep,
    /// What follows the first step, in [`Behaviour::repair_steps`].
    pub further: Run,
    pub scope: RenewalScope,
    /// What it is booked under, if it costs money.
    pub booked: Option<KindId>,
}

/// Work that one crew does.
#[derive(Clone, Copy, Debug)]
pub(super) struct RepairStep {
    pub crew: Option<PoolId>,
    pub priority: i32,
    pub time: ClockId,
    /// Those who have done the step before stay for it.
    pub stays: bool,
}

/// A member of a group.
#[derive(Clone, Copy, Debug)]
pub(super) struct MemberPlan {
    pub group: GroupId,
    pub who: Who,
    pub rejoin: Option<ClockId>,
    /// Detection of a member group's loss; units have clocks of their own for each mode.
    pub notice: Option<ClockId>,
    /// Reset when it stops following the serving member.
    pub left: StopwatchId,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Who {
    Unit(UnitId),
    Group(GroupId),
}

/// A group.
#[derive(Clone, Debug)]
pub(super) struct GroupPlan {
    pub members: Run,
    pub seats: Run,
    pub required: u32,
    /// No standbys: a seat belongs to its member, and nothing takes over.
    pub is_static: bool,
    /// It has standbys or a detector of its own, so that it notices the faults of its members itself.
    pub notices_itself: bool,
    pub dormancy: f64,
    /// Speeds of serving members by their number; empty if that is 1.
    pub load: Vec<f64>,
    /// Whether a service is judged by the load that this group can bear.
    pub has_capacity: bool,
    /// Whether it matters what each member gives, beyond the level of the group.
    pub counts_members: bool,
    /// Whether and when it gets more members.
    pub scaling: Option<ScalingPlan>,
    /// Whether and when it collapses under its load.
    pub overload: Option<OverloadPlan>,
    /// What counts of a member that serves degraded, where no fault says how much is left.
    pub degraded_capacity: f64,
    /// Fit members without which nobody serves.
    pub quorum: usize,
    /// Whether a member may fail without that being noticed at once.
    pub notices_late: bool,
    /// Whether unnoticed failures take requests with them.
    pub shares_requests: bool,
    /// Whether it matters for the requests of a service which members serve.
    pub deals_requests: bool,
    pub standby_faults: StandbyFaults,
    /// The membership of this group in another one.
    pub member_of: Option<MemberId>,
    /// The nodes of structures that stand for this group.
    pub nodes: Vec<NodeId>,
    /// The nodes that count its serving members, each for itself.
    pub counted_by: Vec<NodeId>,
    /// The services that this group can keep from serving: those whose structure contains it,
    /// directly or not, or contains what needs it.
    pub services: Vec<ServiceId>,
    /// First of the four stages in [`Behaviour::stages`].
    pub stages: usize,
    pub has_fencing: bool,
    pub candidate_failure: CandidateFailure,
    pub recovered: Recovered,
    pub lone_failure: LoneFailure,
    pub after_exhaustion: AfterExhaustion,
    /// Runs while a further failover must wait for people.
    pub hold_down: Option<ClockId>,
    /// What the seats give while two sides serve.
    pub split_during: Level,
    pub reconcile_factor: f64,
    /// What the seats give while two sides are reconciled.
    pub reconcile_during: Level,
    pub failback: FailbackPlan,
    pub failback_during: Level,
    /// Who takes over by hand.
    pub manual_by: Option<PeopleId>,
    /// Whether a serving member hands over before planned work.
    pub has_switchover: bool,
    pub switchover_during: Level,
    /// What the four stages and the takeover by people need.
    pub step_needs: [Option<NeedId>; 5],
    /// How writes reach the standbys.
    pub replication: Option<ReplicationPlan>,
}

/// How writes reach the standbys of a group.
#[derive(Clone, Copy, Debug)]
pub(super) struct ReplicationPlan {
    pub lag: Option<LagId>,
    pub gate: Option<GatePlan>,
    /// Standbys that writes wait for; 0 if they wait for none.
    pub acknowledged_by: u32,
    /// Runs while writes wait for a standby.
    pub patience: Option<ClockId>,
    /// Writes do not wait at all where no standby is there.
    pub is_impatient: bool,
    /// Part of a divergence that is lost.
    pub split_loss: f64,
}

/// How far a candidate may lag behind.
#[derive(Clone, Copy, Debug)]
pub(super) struct GatePlan {
    /// The branch "it lags too far behind".
    pub branch: BranchId,
    pub refusal: f64,
    /// The next candidate is looked at, and not people called at once.
    pub tries_next: bool,
}

/// A group that orders more members.
#[derive(Clone, Copy, Debug)]
pub(super) struct ScalingPlan {
    /// Whose demand is its load.
    pub service: ServiceId,
    pub above: f64,
    /// The load that those can bear that come.
    pub quota: f64,
    pub succeeds: f64,
    pub branch: BranchId,
    /// Whether these members cost money.
    pub is_booked: bool,
    /// Waits until members are wanted.
    pub rises: ClockId,
    /// Waits until they are not wanted any more; never beside `rises`.
    pub falls: ClockId,
    /// Runs while they are on their way.
    pub delay: ClockId,
}

/// A group that breaks down under too large a load.
#[derive(Clone, Copy, Debug)]
pub(super) struct OverloadPlan {
    /// Whose demand is its load.
    pub service: ServiceId,
    pub above: f64,
    /// Waits for an overload.
    pub rises: ClockId,
    /// Waits for its end, or for what a collapsed group recovers at; never beside `rises`.
    pub falls: ClockId,
    /// How it collapses; `None`: its members crash one by one.
    pub collapse: Option<CollapsePlan>,
}

/// A group that collapses as a whole.
#[derive(Clone, Copy, Debug)]
pub(super) struct CollapsePlan {
    pub recovers_below: f64,
    /// Runs while the members are overloaded.
    pub after: ClockId,
    /// Runs when the load has fallen after a collapse; never beside `after`.
    pub restart: ClockId,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FailbackPlan {
    Never,
    AtOnce,
    /// After the clock of the seat has fired.
    Due,
}

/// The stages of a takeover, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StageKind {
    Deciding = 0,
    Fencing = 1,
    Promoting = 2,
    Redirecting = 3,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct StagePlan {
    /// Over as soon as it begins, and always a success.
    pub is_instant: bool,
    pub succeeds: f64,
    pub retries: u8,
    pub then: OnFailure,
    pub during: Level,
}

/// A place of service, with the clocks of what may go on there. Only one of them runs at a time,
/// but for `false_alarm` and `failback_due`, which run while a member serves.
#[derive(Clone, Copy, Debug)]
pub(super) struct SeatPlan {
    pub group: GroupId,
    /// The member that serves here in normal operation.
    pub preferred: MemberId,
    /// Clocks of the four stages.
    pub stages: [Option<ClockId>; 4],
    /// Branches of their successes.
    pub succeeds: [BranchId; 4],
    pub manual: Option<ClockId>,
    pub warm_up: Option<ClockId>,
    /// Runs until a client is back, where only one is followed.
    pub client: Option<ClockId>,
    pub failback: Option<ClockId>,
    pub switchover: Option<ClockId>,
    pub failback_due: Option<ClockId>,
    pub false_alarm: Option<ClockId>,
    pub split: Option<ClockId>,
    pub reconcile: Option<ClockId>,
    pub divergence: StopwatchId,
    /// Reset when its member stops serving.
    pub stopped: StopwatchId,
}

/// A node of a structure: at least `k` of its children.
#[derive(Clone, Debug)]
pub(super) struct NodePlan {
    pub k: u32,
    /// How many children it has.
    pub children: u32,
    pub parents: Vec<NodeId>,
    /// The least level that it has.
    pub floor: Level,
    /// The service whose root this is.
    pub service: Option<ServiceId>,
    /// The need that watches it.
    pub need: Option<NeedId>,
}

#[derive(Clone, Debug)]
pub(super) struct ServicePlan {
    /// The node of its whole structure.
    pub root: NodeId,
    /// The groups in its structure, directly or through other services.
    pub groups: Vec<GroupId>,
    /// Where its requests go, if some of them may get lost on the way.
    pub route: Option<Route>,
    /// Whether clients may be on their way to another member.
    pub leads_clients: bool,
    /// Groups to be asked at which load something happens to them whenever clients set out.
    pub watching: Vec<GroupId>,
    /// What bounds the load that it can bear, if something does and a load is asked of it.
    pub capacity: Option<CapacityPlan>,
    /// Whether it is told when another part of its requests can be served.
    pub has_flow: bool,
    /// The largest load that is asked of it; 0 if none is told.
    pub peak: f64,
    /// What is asked of it, if that is told, and the share below which it counts as down.
    pub asked: Option<(DemandProfile, Probability)>,
    /// The clocks of its shortages, if it has a `down_below` and something depends on it.
    pub shortage: Option<ShortagePlan>,
    /// Groups whose writes may stall.
    pub stalling: Vec<GroupId>,
    /// Units that do not age while it is down.
    pub ageing: Vec<UnitId>,
}

/// The clocks of the shortages of a service: times in which it serves a smaller share of its demand than its
/// `down_below`.
#[derive(Clone, Copy, Debug)]
pub(super) struct ShortagePlan {
    /// That share.
    pub below: f64,
    /// Waits for a load of which too little can be served.
    pub begins: ClockId,
    /// Waits for one of which enough can be; never beside `begins`.
    pub ends: ClockId,
}

/// A unit whose life is told state by state.
#[derive(Clone, Copy, Debug)]
pub(super) struct MachinePlan {
    pub unit: UnitId,
    /// Stands for the states in which it gives nothing.
    pub process: ProcessId,
    pub states: Run,
    /// Where nothing is wrong with it.
    pub home: MachineStateId,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct MachineStatePlan {
    pub gives: Level,
    pub exits: Run,
    /// Whether it ever leads to a state that gives something.
    pub recovers: bool,
}

#[derive(Clone, Debug)]
pub(super) struct ExitPlan {
    /// Index into [`Behaviour::machines`].
    pub machine: u32,
    pub clock: ClockId,
    pub to: Vec<MachineStateId>,
    /// Their probabilities, and the branch that picks one, if there are several.
    pub weights: Vec<f64>,
    pub branch: Option<BranchId>,
}

/// People who repair.
#[derive(Clone, Debug)]
pub(super) struct PoolPlan {
    pub crew: CrewId,
    pub size: u32,
    pub order: CrewOrder,
    pub preemption: Preemption,
    /// Who is next, where chance decides.
    pub branch: BranchId,
    /// Whether they turn to faults only after a time.
    pub picks_up: bool,
    /// Whether that may take no time, so that they turn first to the group whose fault came first.
    pub may_pick_up_at_once: bool,
    /// The clocks of that, for each group that they serve.
    pub pick_ups: Vec<(GroupId, ClockId)>,
    pub shift: Option<ShiftPlan>,
}

/// Working hours.
#[derive(Clone, Copy, Debug)]
pub(super) struct ShiftPlan {
    pub begins: ClockId,
    pub ends: ClockId,
    /// Whether a mission begins within them.
    pub on_at_start: bool,
}

impl PoolPlan {
    /// Whether the order of those that wait may decide who is next.
    pub(super) fn queue_has_order(&self) -> bool {
        self.picks_up || self.order != CrewOrder::Random
    }

    /// Whether the order in which repairs were begun may decide which one is interrupted.
    pub(super) fn work_has_order(&self) -> bool {
        self.preemption != Preemption::Never
    }

    /// Whether the repairs under way must be known: they may be interrupted or paused.
    pub(super) fn keeps_track(&self) -> bool {
        self.preemption != Preemption::Never || self.shift.is_some()
    }
}

#[derive(Clone, Copy, Debug)]
pub(super) struct SparePlan {
    pub stock: u32,
    /// Clocks of the orders that may be under way at the same time.
    pub orders: Run,
}

/// A shared cause.
#[derive(Clone, Debug)]
pub(super) struct CausePlan {
    /// Runs while no event of it lasts.
    pub strikes: Option<ClockId>,
    /// Runs while an event lasts; `None` if events are over at once.
    pub ends: Option<ClockId>,
    /// What the units suffer while an event lasts, each with the lot that it is in.
    pub lasting: Vec<(LotId, ProcessId)>,
    /// The faults that an event leaves behind.
    pub breaking: Vec<(LotId, ProcessId)>,
    pub lots: Run,
    /// Of several that hold a unit, downtime is put down to the one of the highest rank.
    pub rank: u32,
}

/// What a shared cause strikes as a whole or not at all.
#[derive(Clone, Copy, Debug)]
pub(super) struct LotPlan {
    pub probability: f64,
    /// Whether it is struck; `None` if it always is.
    pub branch: Option<BranchId>,
}

/// Something that depends on something else.
#[derive(Clone, Debug)]
pub(super) struct NeedPlan {
    /// What must be up.
    pub node: NodeId,
    /// The groups in it, directly or through services.
    pub groups: Vec<GroupId>,
    /// What the units suffer meanwhile.
    pub processes: Vec<ProcessId>,
    /// What stands still meanwhile.
    pub steps: Vec<StepPlan>,
}

/// A step of the takeovers of a seat that waits for what it needs.
#[derive(Clone, Copy, Debug)]
pub(super) struct StepPlan {
    pub seat: SeatId,
    pub phase: super::state::SeatPhase,
    pub clock: ClockId,
}

/// Planned work.
#[derive(Clone, Debug)]
pub(super) struct ChangePlan {
    pub units: Vec<UnitId>,
    /// What each unit suffers while it is worked on; empty if they go on.
    pub work: Vec<ProcessId>,
    /// Whether the work leaves units as good as new.
    pub renews: bool,
    /// What each unit suffers while it runs a bad version; empty if none is ever bad.
    pub running_bad: Vec<ProcessId>,
    /// Units of a batch.
    pub batch: usize,
    /// Units that are changed first; 0: there is no canary.
    pub canary: usize,
    pub without_redundancy: WithoutRedundancy,
    /// Runs while it is idle.
    pub starts: ClockId,
    /// Runs from the opening of a window to its closing.
    pub closes: Option<ClockId>,
    /// Runs while a batch is in work.
    pub works: ClockId,
    /// Runs while a canary is watched.
    pub watches: Option<ClockId>,
    pub bad: Option<BadPlan>,
    pub freezes: Vec<FreezePlan>,
}

impl ChangePlan {
    /// What the units of a batch suffer while it is worked on.
    pub(super) fn work_on(&self, batch: std::ops::Range<usize>) -> &[ProcessId] {
        if self.work.is_empty() {
            &[]
        } else {
            &self.work[batch]
        }
    }
}

/// A version that may be bad.
#[derive(Clone, Copy, Debug)]
pub(super) struct BadPlan {
    pub branch: BranchId,
    pub probability: f64,
    pub notice: ClockId,
    pub rollback: ClockId,
}

/// A time during which no work begins.
#[derive(Clone, Copy, Debug)]
pub(super) struct FreezePlan {
    pub begins: ClockId,
    pub ends: ClockId,
}

/// People who take over by hand.
#[derive(Clone, Debug)]
pub(super) struct PeoplePlan {
    pub size: u32,
    pub paces: Vec<PacePlan>,
    /// The seats that they take care of, with the clocks of that.
    pub seats: Vec<(SeatId, ClockId)>,
}

/// A window in which people are slower.
#[derive(Clone, Copy, Debug)]
pub(super) struct PacePlan {
    pub begins: ClockId,
    pub ends: ClockId,
    pub speed: f64,
}
