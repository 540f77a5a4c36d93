//! Clocks and branches: what an interpreter must run for the rules.

use super::plan::{ExitId, FaultModeId, MemberId, NeedId, PoolId, ProcessId, SeatId};
use crate::base::{Span, id::id_type};
use crate::math::Law;
use crate::model::{
    CauseId, ChangeId, GroupId, KindId, PeopleId, Renewal, ServiceId, SpareId, UnitId, Window,
};

id_type! {
    /// One clock of the compiled model.
    pub ClockId;
    /// One random branch of the compiled model.
    pub BranchId;
    /// Measures how long something has gone on.
    pub StopwatchId;
    /// How far the standbys of a group lag behind.
    pub LagId;
}

/// How far the standbys of a group lag behind.
#[derive(Clone, Debug)]
pub struct LagSpec {
    /// The law in nanoseconds: as it is, given that it is within the limit, and given that it is
    /// beyond it.
    pub laws: [Law; 3],
    /// Key of its random draws.
    pub stream: u64,
}

/// Which part of a law of the lag counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LagRange {
    /// All of it.
    Any = 0,
    /// What is within the limit.
    Within = 1,
    /// What is beyond it.
    Beyond = 2,
}

/// How much is lost when a member takes over from another one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Loss {
    /// Nothing.
    Nothing,
    /// What a standby lags behind.
    Lag(LagId, LagRange),
    /// What was written from when the member left until writing stopped, and its lag before.
    Behind {
        /// Reset when the member stopped following.
        left: StopwatchId,
        /// Reset when the last member stopped serving.
        stopped: StopwatchId,
        /// Its lag when it stopped following.
        lag: Option<LagId>,
    },
    /// Part of what a stopwatch shows.
    Part {
        /// Reset when two sides began to write apart.
        since: StopwatchId,
        /// The part.
        share: f64,
    },
}

/// One clock: what it means, how long it runs, and where its random draws come from.
#[derive(Clone, Debug)]
pub struct ClockSpec {
    /// What it means that this clock fires.
    pub event: Event,
    /// How long it runs, in nanoseconds, or when it fires.
    pub timing: Timing,
    /// Clocks with the same slot never run at the same time.
    pub slot: u32,
    /// Key of its random draws, the same in every variant of a scenario that has this clock.
    pub stream: u64,
    /// Whether it is ever paused or runs at another speed than 1.
    pub changes_speed: bool,
}

/// How long a clock runs.
#[derive(Clone, Debug, PartialEq)]
pub enum Timing {
    /// A fresh draw from the law, in nanoseconds, at each start.
    Law(Law),
    /// A law of lifetimes, in nanoseconds, of something that may have an age: each start continues
    /// from the age that the last repair has left.
    Ageing {
        /// Law of the lifetime of a new one.
        law: Law,
        /// What a repair leaves of the age.
        renewal: Renewal,
        /// Age at the start of the mission.
        initial: Span,
    },
    /// The next opening of a window; at once while it is open.
    Window(Window),
}

/// What it means that a clock fires.
///
/// At equal times the order of the variants decides, then the order of scheduling: what restores
/// goes before what breaks, so that a repair that ends at the moment of a detection counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A fault has been mended or has ended by itself.
    Restored(ProcessId),
    /// An event of a shared cause has ended.
    CauseEnded(CauseId),
    /// All units run the old version again.
    RolledBack(ChangeId),
    /// The work on a batch is done.
    WorkEnded(ChangeId),
    /// A spare part has arrived.
    SpareArrived(SpareId),
    /// The working hours of people begin or end.
    ShiftChanged(PoolId),
    /// People turn to the faults of a group.
    PickedUp(PoolId, GroupId),
    /// A restored member can serve or stand by again.
    Rejoined(MemberId),
    /// The administrative delay before a repair has passed.
    DelayPassed(ProcessId),
    /// An attempt of the present stage of a takeover has ended.
    StageEnded(SeatId),
    /// People have brought a seat back.
    ManualEnded(SeatId),
    /// Two serving sides have been noticed.
    SplitEnded(SeatId),
    /// Two sides have been reconciled.
    Reconciled(SeatId),
    /// It is time for the preferred member to take its seat back.
    FailbackDue(SeatId),
    /// The switchover of a failback has ended.
    FailbackEnded(SeatId),
    /// A member that has taken a seat over serves in full.
    WarmedUp(SeatId),
    /// A client that was led to another member is back; the one that is followed where not all are.
    ClientBack(SeatId),
    /// The load of a group has fallen to what it can bear, or to what it can recover at.
    LoadFell(GroupId),
    /// A service serves enough of what is asked of it again.
    ServedEnough(ServiceId),
    /// A group that had collapsed serves again.
    Restarted(GroupId),
    /// Members that a group has ordered come, or do not.
    Scaled(GroupId),
    /// The usual members of a group can bear its load.
    ScaleOver(GroupId),
    /// No automatic failover has taken place for the hold-down time.
    HoldDownEnded(GroupId),
    /// Writes have waited for long enough for a standby.
    PatienceEnded(GroupId),
    /// People are as fast as before: which of their paces.
    PaceRose(PeopleId, u32),
    /// People become slower: which of their paces.
    PaceFell(PeopleId, u32),
    /// The canary of a change has been watched for long enough.
    WatchEnded(ChangeId),
    /// People know that a change is bad.
    BadNoticed(ChangeId),
    /// A freeze of a change is over: which of them.
    FreezeEnded(ChangeId, u32),
    /// A freeze of a change begins: which of them.
    FreezeBegan(ChangeId, u32),
    /// The window of a change closes.
    WindowClosed(ChangeId),
    /// It is time for a change.
    ChangeDue(ChangeId),
    /// A fault is noticed.
    Noticed(ProcessId),
    /// The failure of a member group is noticed.
    MemberNoticed(MemberId),
    /// A unit is tested.
    Tested(UnitId),
    /// A healthy serving member is taken for a failed one.
    FalseAlarm(SeatId),
    /// A group needs more members.
    ScaleWanted(GroupId),
    /// A group gets more load than it can bear.
    LoadRose(GroupId),
    /// A service serves too little of what is asked of it to count as up.
    ServedTooLittle(ServiceId),
    /// A group collapses under its load.
    Collapsed(GroupId),
    /// A unit crashes under its load.
    Crashed(UnitId),
    /// A shared cause strikes.
    CauseStruck(CauseId),
    /// An explicit state machine leaves its state.
    Left(ExitId),
    /// A failure process strikes.
    Failed(ProcessId),
}

impl Event {
    /// Place of the variant in the order of events at the same time.
    pub fn rank(self) -> u8 {
        match self {
            Event::Restored(_) => 0,
            Event::CauseEnded(_) => 1,
            Event::RolledBack(_) => 2,
            Event::WorkEnded(_) => 3,
            Event::SpareArrived(_) => 4,
            Event::ShiftChanged(_) => 5,
            Event::PickedUp(..) => 6,
            Event::Rejoined(_) => 7,
            Event::DelayPassed(_) => 8,
            Event::StageEnded(_) => 9,
            Event::ManualEnded(_) => 10,
            Event::SplitEnded(_) => 11,
            Event::Reconciled(_) => 12,
            Event::FailbackDue(_) => 13,
            Event::FailbackEnded(_) => 14,
            Event::WarmedUp(_) => 15,
            Event::ClientBack(_) => 16,
            Event::LoadFell(_) => 17,
            Event::ServedEnough(_) => 18,
            Event::Restarted(_) => 19,
            Event::Scaled(_) => 20,
            Event::ScaleOver(_) => 21,
            Event::HoldDownEnded(_) => 22,
            Event::PatienceEnded(_) => 23,
            Event::PaceRose(..) => 24,
            Event::PaceFell(..) => 25,
            Event::WatchEnded(_) => 26,
            Event::BadNoticed(_) => 27,
            Event::FreezeEnded(..) => 28,
            Event::FreezeBegan(..) => 29,
            Event::WindowClosed(_) => 30,
            Event::ChangeDue(_) => 31,
            Event::Noticed(_) => 32,
            Event::MemberNoticed(_) => 33,
            Event::Tested(_) => 34,
            Event::FalseAlarm(_) => 35,
            Event::ScaleWanted(_) => 36,
            Event::LoadRose(_) => 37,
            Event::ServedTooLittle(_) => 38,
            Event::Collapsed(_) => 39,
            Event::Crashed(_) => 40,
            Event::CauseStruck(_) => 41,
            Event::Left(_) => 42,
            Event::Failed(_) => 43,
        }
    }
}

/// What runs the clocks and takes the branches, and what may watch.
///
/// The rules call it; simulation, exact solution, rare-event methods and narration implement it.
pub trait Interpreter {
    /// Starts a clock afresh, at a speed: 1 as its law says, 0 standing still.
    fn start(&mut self, clock: ClockId, speed: f64);

    /// Stops a clock and forgets how far it was. A clock that does not run may be stopped.
    fn stop(&mut self, clock: ClockId);

    /// Changes the speed of a clock that has been started and has not fired; what is left of it is
    /// kept.
    fn set_speed(&mut self, clock: ClockId, speed: f64);

    /// Makes the thing behind an ageing clock new, and starts the clock afresh at a speed.
    fn renew(&mut self, clock: ClockId, speed: f64);

    /// Starts a clock, longer by `factor` times what the stopwatch shows.
    fn start_longer(&mut self, clock: ClockId, stopwatch: StopwatchId, factor: f64);

    /// Starts a clock that fires when the load that clients of a service send is such: at once, if it
    /// is already.
    fn start_at_load(&mut self, clock: ClockId, service: ServiceId, at: AtLoad);

    /// Sets a stopwatch to zero.
    fn reset(&mut self, stopwatch: StopwatchId);

    /// Takes a branch: true with the probability.
    fn choose(&mut self, branch: BranchId, probability: f64) -> bool;

    /// Takes one of several branches: an index into the weights, which add up to 1.
    fn pick(&mut self, branch: BranchId, weights: &[f64]) -> usize;

    /// The clients of a seat have to come to another member. Who knows the time follows all of them and
    /// returns false; who returns true follows one, who is back when the clock fires.
    fn lead_clients(&mut self, seat: SeatId) -> bool {
        let _ = seat;
        true
    }

    /// A repair that costs money has been brought to an end, of a unit of this kind.
    fn repaired(&mut self, kind: KindId) {
        let _ = kind;
    }

    /// Members that cost money have been added to a group, or are given back.
    fn scaled(&mut self, group: GroupId, serve: bool) {
        let _ = (group, serve);
    }

    /// A member has taken over from another one, with some loss of data.
    fn data_lost(&mut self, group: GroupId, loss: Loss) {
        let _ = (group, loss);
    }

    /// The state of a service has changed.
    fn service_changed(&mut self, service: ServiceId, state: &super::ServiceState) {
        let _ = (service, state);
    }

    /// What a service can do for those who ask it, as long as it is not down, may have changed. Who
    /// follows its requests finds in the state where they go.
    fn served_changed(&mut self, service: ServiceId, flow: super::Flow, state: &super::State) {
        let _ = (service, flow, state);
    }

    /// Something happened that a story of the trial would tell.
    #[inline]
    fn tell(&mut self, note: Note) {
        let _ = note;
    }
}

/// A load for which a clock waits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum AtLoad {
    /// More than this.
    Above(f64),
    /// At most this.
    NotAbove(f64),
}

impl AtLoad {
    /// What the whole load is when this share of it is such.
    pub fn of_share(self, share: f64) -> AtLoad {
        // Where nothing is sent, no load is too large.
        match self {
            AtLoad::Above(limit) if share > 0.0 => AtLoad::Above(limit / share),
            AtLoad::NotAbove(limit) if share > 0.0 => AtLoad::NotAbove(limit / share),
            AtLoad::Above(_) => AtLoad::Above(f64::INFINITY),
            AtLoad::NotAbove(_) => AtLoad::NotAbove(f64::INFINITY),
        }
    }

    /// Whether a load is such.
    pub fn holds(self, load: f64) -> bool {
        match self {
            AtLoad::Above(limit) => load > limit,
            AtLoad::NotAbove(limit) => load <= limit,
        }
    }
}

/// How a member has come to serve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coming {
    /// It is the one that served last in this seat.
    Back,
    /// It has taken over from another one, unplanned: from one that had failed or was taken for failed, even
    /// if nobody served in between.
    Failover,
    /// It has been handed its preferred place back.
    Failback,
    /// It has been handed the place before planned work on another one.
    Switchover,
}

/// What a story of one trial tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Note {
    /// A unit fails in a mode.
    Failure(UnitId, FaultModeId),
    /// A fault of a unit is noticed.
    Notice(UnitId, FaultModeId),
    /// The repair of a fault waits for a spare part.
    SpareWait(UnitId, FaultModeId),
    /// The repair of a fault waits for a crew.
    CrewWait(UnitId, FaultModeId),
    /// The repair of a fault begins.
    RepairStart(UnitId, FaultModeId),
    /// A fault has ended.
    Restoration(UnitId, FaultModeId),
    /// A standby is found dead when it is called.
    FoundDead(MemberId),
    /// A healthy member is taken for a failed one.
    FalseAlarm(SeatId, MemberId),
    /// A stage of a takeover begins; the candidate is known from promoting on.
    StageStart(SeatId, super::SeatPhase, Option<MemberId>),
    /// An attempt of a stage has failed.
    StageFailure(SeatId, super::SeatPhase),
    /// A further failover within the hold-down time waits for people.
    HeldDown(SeatId),
    /// A takeover by hand waits for somebody who is free.
    PeopleWait(SeatId),
    /// Somebody is free, and begins the takeover.
    PeopleCome(SeatId),
    /// No standby is left.
    Exhausted(SeatId),
    /// A member serves.
    Serving(SeatId, MemberId, Coming),
    /// A restored member begins to rejoin.
    Rejoining(MemberId),
    /// A member stands by.
    StandingBy(MemberId),
    /// A failback begins.
    FailbackStart(SeatId, MemberId),
    /// Two sides serve.
    SplitStart(SeatId),
    /// Two sides are being reconciled.
    ReconcileStart(SeatId),
    /// A group collapses under its load.
    Collapse(GroupId),
    /// A group that had collapsed serves again.
    Recovery(GroupId),
    /// A candidate lags too far behind to be promoted automatically.
    LagsBehind(SeatId, MemberId),
    /// Writes wait for a standby.
    WritesStall(GroupId),
    /// Writes go on without a standby.
    Unreplicated(GroupId),
    /// Enough standbys have all writes again.
    InStep(GroupId),
    /// A group orders more members.
    ScaleOrder(GroupId),
    /// The members that a group has ordered serve.
    ScaleUp(GroupId),
    /// The members that a group has ordered do not come.
    ScaleFailure(GroupId),
    /// An explicit state machine enters a state, by index.
    StateEntered(UnitId, usize),
    /// Something that is needed goes down, for want of this group.
    Lack(NeedId, GroupId),
    /// A shared cause strikes.
    CauseStart(CauseId),
    /// An event of a shared cause is over.
    CauseEnd(CauseId),
    /// A change begins.
    ChangeStart(ChangeId),
    /// A serving member hands over to another one before planned work.
    SwitchoverStart(SeatId, MemberId),
    /// The work on a batch begins.
    WorkStart(ChangeId),
    /// People know that a change is bad, and take it back.
    ChangeBad(ChangeId),
    /// A change is over, whether it has been brought to an end or taken back.
    ChangeEnd(ChangeId),
}
