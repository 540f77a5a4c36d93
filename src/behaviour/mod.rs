//! Floor 4: the compiled model and its transition rules, a generalised semi-Markov process
//! (Glynn 1989).
//!
//! A [`System`] is compiled into a [`Behaviour`]: a fixed set of clocks, and
//! rules. A rule takes the [`State`] and the clock that has fired; it changes the state and tells an
//! [`Interpreter`] which clocks start, stop or change speed and which random branches there are.
//! The rules are written here once, and know nothing of how clocks are run, of time, or of
//! randomness; whoever implements [`Interpreter`] decides that.
//!
//! * `compile` takes every decision that does not depend on the state.
//! * `crew` says whom people repair next, and when they work.
//! * `fault` is the life of a fault: failure, notice, waiting, repair.
//! * `failover` is the life of a seat: detection, takeover, failback, split brain.
//! * `cause` is what strikes several units at once.
//! * `change` is planned work, and what becomes of a bad version.
//! * `data` is what is lost in a takeover, and when writes stall.
//! * `people` is who takes over by hand.
//! * `need` is what suffers or waits while something else is down.
//! * `instant` lets what one event does to several units happen to all of them before anybody acts.
//! * `machine` is the life of a unit that is told state by state.
//! * `scaling` is how a group gets more members when it needs them.
//! * `overload` is how a group collapses under too large a load, and recovers.
//! * `route` says where requests go, and who loses them on the way.
//! * `capacity` says how much of what is asked of a service can be served.
//! * `shortage` says when a service that serves too little is down for those who depend on it.
//! * `shape` says of which faults so much is known beforehand that their rules become short.
//! * `settling` prepares missions that begin in the long run.
//! * `service` carries levels up the structure and finds the cause of each downtime.
//! * `store` keeps many states in little room.
//! * `symmetry` says which units and seats may change places, for those who enumerate states.

mod capacity;
mod cause;
mod change;
mod clock;
mod compile;
mod crew;
mod data;
mod failover;
mod fault;
mod happening;
mod inspect;
mod instant;
mod machine;
mod need;
mod overload;
mod people;
mod plan;
mod root;
mod route;
mod scaling;
mod service;
mod settling;
mod shape;
mod shortage;
mod state;
mod store;
mod symmetry;

pub use capacity::Flow;
pub use clock::{
    AtLoad, BranchId, ClockId, ClockSpec, Coming, Event, Interpreter, LagId, LagRange, LagSpec,
    Loss, Note, StopwatchId, Timing,
};
pub use happening::Happening;
pub(crate) use inspect::EventRole;
pub use plan::{Behaviour, ExitId, FaultModeId, MemberId, NeedId, Origin, ProcessId, SeatId};
pub use settling::{Beginning, Settling};
use shape::{Any, Plain};
pub use state::{Blame, Condition, FaultPhase, Mechanism, SeatPhase, ServiceState, State};
pub use store::StateStore;
pub use symmetry::{Alike, Bond, ClockOwner, Matters, Places, Replica};

use crate::base::Probability;
use crate::model::{DemandProfile, GroupId, Member, ServiceId, System};

impl Behaviour {
    /// Compiles a system that has passed [`crate::model::check::check`].
    pub fn of(system: &System) -> Behaviour {
        compile::compile(system)
    }

    /// The state at the start of a mission.
    pub fn initial_state(&self) -> State {
        State::initial(self)
    }

    /// Number of services.
    pub fn service_count(&self) -> usize {
        self.services.len()
    }

    /// Whether a failed member of a group can take its share of requests with it until it is noticed.
    pub fn loses_shares(&self, group: GroupId) -> bool {
        self.groups[group].shares_requests
    }

    /// Whether a member of a group may fail without that being noticed at once.
    pub fn notices_late(&self, group: GroupId) -> bool {
        self.groups[group].notices_late
    }

    /// Whether a takeover in a group is more than one moment: a stage takes time, may fail, or may have to wait.
    pub fn takes_stages(&self, group: GroupId) -> bool {
        let plan = &self.groups[group];
        !plan.is_static
            && self.stages[plan.stages..]
                .iter()
                .take(4)
                .any(|stage| !stage.is_instant)
    }

    /// Number of groups, if some of them may get members that cost money; else 0.
    pub fn scaled_group_count(&self) -> usize {
        let scaling = self
            .groups
            .iter()
            .filter_map(|group| group.scaling.as_ref());
        let is_any = scaling.into_iter().any(|scaling| scaling.is_booked);
        if is_any { self.groups.len() } else { 0 }
    }

    /// What is asked of a service, if that is told, and the share of it below which the service counts
    /// as down.
    pub fn asked(&self, service: ServiceId) -> Option<&(DemandProfile, Probability)> {
        self.services[service].asked.as_ref()
    }

    /// The mode of a unit that a note tells of, by index into the modes of its kind; `None` for what
    /// is no fault of its own, but is done to it from outside.
    pub fn mode_index(&self, mode: FaultModeId) -> Option<usize> {
        self.fault_modes[mode].mode
    }

    /// Where a fault that a note tells of comes from.
    pub fn origin(&self, mode: FaultModeId) -> Origin {
        self.fault_modes[mode].origin
    }

    /// The group and the member that a note tells of.
    pub fn member(&self, member: MemberId) -> (GroupId, Member) {
        let plan = self.members[member];
        let who = match plan.who {
            plan::Who::Unit(unit) => Member::Unit(unit),
            plan::Who::Group(group) => Member::Group(group),
        };
        (plan.group, who)
    }

    /// Number of members of a group that serve in normal operation.
    pub fn seat_count(&self, group: GroupId) -> usize {
        self.groups[group].seats.len()
    }

    /// The group of a seat, and the position of the seat in it.
    pub fn seat(&self, seat: SeatId) -> (GroupId, usize) {
        let group = self.seats[seat].group;
        (group, (seat.0 - self.groups[group].seats.first) as usize)
    }

    /// Starts the clocks that run from the start of a mission.
    pub fn begin<I: Interpreter>(&self, state: &mut State, run: &mut I) {
        use crate::base::Id;
        for (index, unit) in self.units.iter().enumerate() {
            let speed = self.unit_speed(state, crate::model::UnitId::from_index(index));
            for process in unit.processes.ids::<ProcessId>() {
                if let Some(clock) = self.processes[process].failure {
                    run.start(clock, speed);
                }
            }
            if let Some(test) = unit.test {
                run.start(test.first, 1.0);
            }
        }
        for cause in self.causes.iter() {
            if let Some(clock) = cause.strikes {
                run.start(clock, 1.0);
            }
        }
        self.begin_machines(state, run);
        for pool in self.pools.iter() {
            if let Some(shift) = pool.shift {
                let next = if shift.on_at_start {
                    shift.ends
                } else {
                    shift.begins
                };
                run.start(next, 1.0);
            }
        }
        for people in self.people.iter() {
            for pace in &people.paces {
                run.start(pace.begins, 1.0);
            }
        }
        for change in self.changes.iter() {
            run.start(change.starts, 1.0);
            for freeze in &change.freezes {
                run.start(freeze.begins, 1.0);
            }
        }
        for group in self.groups.ids() {
            self.watch_load(state, group, run);
            self.watch_scale(state, group, run);
            self.settle_seats(state, group, run);
        }
        for service in self.services.ids() {
            self.watch_shortage(state, service, run);
        }
        self.settle_services(state, None, run);
    }

    /// The rule of a clock: what happens when it fires.
    #[inline]
    pub fn fire<I: Interpreter>(&self, state: &mut State, clock: ClockId, run: &mut I) {
        let event = self.events[clock];
        match event {
            Event::Left(exit) => self.left(state, exit, run),
            Event::Failed(process) if self.processes[process].plain.is_some() => {
                self.fail::<Plain, I>(state, process, run);
            }
            Event::Restored(process) if self.processes[process].plain.is_some() => {
                self.restored::<Plain, I>(state, process, run);
            }
            Event::Failed(process) => self.fail::<Any, I>(state, process, run),
            Event::Restored(process) => self.restored::<Any, I>(state, process, run),
            Event::Noticed(process) => self.notice_fired(state, process, run),
            Event::DelayPassed(process) => self.delay_passed(state, process, run),
            Event::SpareArrived(spare) => self.spare_arrived(state, spare, clock, run),
            Event::ShiftChanged(pool) => self.shift_changed(state, pool, run),
            Event::PickedUp(pool, group) => self.picked_up(state, pool, group, run),
            Event::Rejoined(member) => self.rejoined(state, member, run),
            Event::MemberNoticed(member) => self.loss_noticed(state, member, run),
            Event::StageEnded(seat) => self.stage_ended(state, seat, run),
            Event::ManualEnded(seat) => self.manual_ended(state, seat, run),
            Event::SplitEnded(seat) => self.split_ended(state, seat, run),
            Event::Reconciled(seat) => self.reconciled(state, seat, run),
            Event::FailbackDue(seat) => self.failback_due(state, seat, run),
            Event::FailbackEnded(seat) => self.failback_ended(state, seat, run),
            Event::WarmedUp(seat) => self.warmed_up(state, seat, run),
            Event::ClientBack(seat) => self.client_back(state, seat),
            Event::HoldDownEnded(group) => self.hold_down_ended(state, group),
            Event::LoadFell(group) => self.load_fell(state, group, run),
            Event::Restarted(group) => self.restarted(state, group, run),
            Event::ScaleWanted(group) => self.scale_wanted(state, group, run),
            Event::ScaleOver(group) => self.scale_over(state, group, run),
            Event::Scaled(group) => self.scaled(state, group, run),
            Event::ServedTooLittle(service) => self.served_too_little(state, service, run),
            Event::ServedEnough(service) => self.served_enough(state, service, run),
            Event::LoadRose(group) => self.load_rose(state, group, run),
            Event::Collapsed(group) => self.collapsed(state, group, run),
            Event::Crashed(unit) => self.crashed(state, unit, run),
            Event::PatienceEnded(group) => self.patience_ended(state, group, run),
            Event::FalseAlarm(seat) => self.false_alarm(state, seat, run),
            Event::Tested(unit) => self.tested(state, unit, run),
            Event::PaceRose(people, pace) => self.pace_rose(state, people, pace, run),
            Event::PaceFell(people, pace) => self.pace_fell(state, people, pace, run),
            Event::ChangeDue(change) => self.change_due(state, change, run),
            Event::WorkEnded(change) => self.work_ended(state, change, run),
            Event::WatchEnded(change) => self.watch_ended(state, change, run),
            Event::BadNoticed(change) => self.bad_noticed(state, change, run),
            Event::RolledBack(change) => self.rolled_back(state, change, run),
            Event::WindowClosed(change) => self.window_closed(state, change, run),
            Event::FreezeBegan(change, freeze) => self.freeze_began(state, change, freeze, run),
            Event::FreezeEnded(change, freeze) => self.freeze_ended(state, change, freeze, run),
            Event::CauseEnded(cause) => self.cause_ended(state, cause, run),
            Event::CauseStruck(cause) => self.cause_struck(state, cause, run),
        }
        if !state.touched.is_empty() {
            self.settle_services(state, Some(event), run);
        }
        if !state.ready.is_empty() {
            self.settle_changes(state, run);
            self.settle_services(state, None, run);
        }
    }
}
