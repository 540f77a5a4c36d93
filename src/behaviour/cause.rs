//! Shared causes: events that strike several units at once.
//!
//! What an event does to a unit is a fault of that unit like any other, in a process of its own that
//! has no clock: the event begins it, and where it lasts, the end of the event ends it. So a unit
//! that several causes have struck is back when all of them have ended, and detection, takeover and
//! repair know nothing of causes.

use super::clock::{Interpreter, Note};
use super::plan::{Behaviour, EndingPlan, FaultModeId, LotId, MemberId, Origin, ProcessId, Who};
use super::shape::Any;
use super::state::{FaultPhase, Mechanism, Role, State};
use crate::base::Id;
use crate::model::{CauseId, GroupId, UnitId};

impl Behaviour {
    /// An event of a shared cause begins.
    pub(super) fn cause_struck<I: Interpreter>(
        &self,
        state: &mut State,
        cause: CauseId,
        run: &mut I,
    ) {
        let plan = &self.causes[cause];
        run.tell(Note::CauseStart(cause));
        for lot in plan.lots.ids::<LotId>() {
            let lot_plan = &self.lots[lot];
            state.struck[lot.index()] = lot_plan
                .branch
                .is_none_or(|branch| run.choose(branch, lot_plan.probability));
        }
        if let Some(ends) = plan.ends {
            run.start(ends, 1.0);
            self.impose_struck(state, &plan.lasting, run);
            self.settle_paused(state, cause, run);
        } else {
            self.impose_struck(state, &plan.breaking, run);
            self.end_event(state, cause, run);
        }
    }

    /// An event of a shared cause is over.
    pub(super) fn cause_ended<I: Interpreter>(
        &self,
        state: &mut State,
        cause: CauseId,
        run: &mut I,
    ) {
        let plan = &self.causes[cause];
        run.tell(Note::CauseEnd(cause));
        // What it leaves behind begins before it ends, so that nobody serves in between.
        self.impose_struck(state, &plan.breaking, run);
        let fault = |state: &State, at: usize| {
            let (lot, process) = plan.lasting[at];
            state.struck[lot.index()].then_some(process)
        };
        self.lift(state, plan.lasting.len(), fault, run);
        self.settle_paused(state, cause, run);
        self.end_event(state, cause, run);
    }

    /// Lets repairs stand still, or go on, of units that an event has struck.
    fn settle_paused<I: Interpreter>(&self, state: &State, cause: CauseId, run: &mut I) {
        for &(lot, process) in &self.causes[cause].lasting {
            let unit = self.processes[process].unit;
            if state.struck[lot.index()] && self.units[unit].pausing.contains(&process) {
                self.settle_repairs(state, unit, run);
            }
        }
    }

    fn end_event<I: Interpreter>(&self, state: &mut State, cause: CauseId, run: &mut I) {
        let plan = &self.causes[cause];
        for lot in plan.lots.ids::<LotId>() {
            state.struck[lot.index()] = false;
        }
        run.start(plan.strikes.expect("an event comes from a clock"), 1.0);
    }

    /// Begins the faults of what an event has struck.
    fn impose_struck<I: Interpreter>(
        &self,
        state: &mut State,
        faults: &[(LotId, ProcessId)],
        run: &mut I,
    ) {
        let fault = |state: &State, at: usize| {
            let (lot, process) = faults[at];
            state.struck[lot.index()].then_some(process)
        };
        self.impose(state, faults.len(), fault, run);
    }

    /// Begins faults of several units: all of them before anybody notices any, so that nobody takes
    /// over who has been struck as well. `fault` gives the process of each, if it is struck.
    pub(super) fn impose<I: Interpreter>(
        &self,
        state: &mut State,
        count: usize,
        fault: impl Fn(&State, usize) -> Option<ProcessId>,
        run: &mut I,
    ) {
        self.each_by_charge(state, count, &fault, |state, process| {
            if self.can_strike(state, process) {
                let mode = FaultModeId(self.processes[process].modes.first);
                self.strike::<Any, I>(state, process, mode, run);
            }
        });
        // Standbys first, so that what notices at once does not believe in a dead one.
        for standbys in [true, false] {
            for at in 0..count {
                if let Some(process) = fault(state, at) {
                    self.show_struck(state, process, standbys, run);
                }
            }
        }
    }

    /// Ends faults of several units that end together: those of serving units first, as they have nothing to
    /// take over from whoever is free in the same moment. `fault` gives the process of each, if it is to end.
    pub(super) fn lift<I: Interpreter>(
        &self,
        state: &mut State,
        count: usize,
        fault: impl Fn(&State, usize) -> Option<ProcessId>,
        run: &mut I,
    ) {
        self.each_by_charge(state, count, &fault, |state, process| {
            if state.processes[process.index()].phase != FaultPhase::Fine {
                self.restored::<Any, I>(state, process, run);
            }
        });
    }

    /// Calls `act` with processes of several units, those of units in charge first; so the order in which
    /// like members are listed does not matter. Others may be given to it twice.
    fn each_by_charge(
        &self,
        state: &mut State,
        count: usize,
        fault: &impl Fn(&State, usize) -> Option<ProcessId>,
        mut act: impl FnMut(&mut State, ProcessId),
    ) {
        for in_charge in [true, false] {
            for at in 0..count {
                if let Some(process) = fault(state, at)
                    && (!in_charge || self.is_in_charge(state, process))
                {
                    act(state, process);
                }
            }
        }
    }

    /// Whether a unit, and each group around it that is itself a member of a group, holds a seat: it serves
    /// there, or was the last to do so.
    fn is_in_charge(&self, state: &State, process: ProcessId) -> bool {
        let mut member = Some(self.processes[process].member);
        while let Some(at) = member {
            let seat = state.members[at.index()].seat;
            if state.seats[seat.index()].member != at {
                return false;
            }
            member = self.groups[self.members[at].group].member_of;
        }
        true
    }

    /// Whether a unit can get a fault: what is down already, but for an event that is just ending,
    /// is not broken again.
    fn can_strike(&self, state: &State, process: ProcessId) -> bool {
        if state.processes[process.index()].phase != FaultPhase::Fine {
            return false;
        }
        let plan = &self.processes[process];
        let own = &self.fault_modes[FaultModeId(plan.modes.first)];
        let is_other = |other: &ProcessId| {
            let mode = state.processes[other.index()].mode;
            self.fault_modes[mode].origin != own.origin
        };
        matches!(own.ending, EndingPlan::Imposed)
            || !self.units[plan.unit]
                .processes
                .ids::<ProcessId>()
                .filter(is_other)
                .any(|other| state.is_down_fault(self, other))
    }

    /// Has a fault noticed that an event has just begun. Of a unit that is known to be down already,
    /// everybody knows.
    fn show_struck<I: Interpreter>(
        &self,
        state: &mut State,
        process: ProcessId,
        standbys: bool,
        run: &mut I,
    ) {
        let plan = &self.processes[process];
        let fault = state.processes[process.index()];
        let stood_by = state.members[plan.member.index()].role == Role::Standby;
        let is_new = fault.phase != FaultPhase::Fine && !fault.noticed && !fault.notice_runs;
        if stood_by != standbys || !is_new {
            return;
        }
        if state.units[plan.unit.index()].known > 0 {
            return self.notice::<Any, I>(state, process, run);
        }
        self.show::<Any, I>(state, process, stood_by, run);
    }

    /// The cause that keeps members of a group from serving: the one of the highest rank.
    pub(super) fn cause_in(&self, state: &State, group: GroupId) -> Option<CauseId> {
        self.groups[group]
            .members
            .ids::<MemberId>()
            .filter(|&member| self.member_mechanism(state, member) == Some(Mechanism::SharedCause))
            .filter_map(|member| match self.members[member].who {
                Who::Unit(unit) => self.cause_of_unit(state, unit),
                Who::Group(inner) => self.cause_in(state, inner),
            })
            .max_by_key(|&cause| self.causes[cause].rank)
    }

    /// The cause that holds a unit: of several the one of the highest rank.
    fn cause_of_unit(&self, state: &State, unit: UnitId) -> Option<CauseId> {
        let causes = self.origins(state, unit).filter_map(|origin| match origin {
            Origin::Cause(cause) => Some(cause),
            Origin::Unit
            | Origin::Need(_)
            | Origin::Work(_)
            | Origin::Version(_)
            | Origin::Overload
            | Origin::State => None,
        });
        causes.max_by_key(|&cause| self.causes[cause].rank)
    }
}
