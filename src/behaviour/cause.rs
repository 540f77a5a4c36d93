//! Shared causes: events that strike several units at once.
//!
//! What an event does to a unit is a fault of that unit like any other, in a process of its own that
//! has no clock: the event begins it, and where it lasts, the end of the event ends it. So a unit
//! that several causes have struck is back when all of them have ended, and detection, takeover and
//! repair know nothing of causes.

use super::clock::{Interpreter, Note};
use super::plan::{
    Behaviour, EndingPlan, FaultModeId, LotId, LotPlan, MemberId, Origin, ProcessId, Who,
};
use super::state::{FaultPhase, Mechanism, Role, State};
use crate::base::Id;
use crate::model::{CauseId, GroupId};

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
            self.begin_all(state, cause, |lot| &lot.lasting, run);
        } else {
            self.begin_all(state, cause, |lot| &lot.breaking, run);
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
        run.tell(Note::CauseEnd(cause));
        // What it leaves behind begins before it ends, so that nobody serves in between.
        self.begin_all(state, cause, |lot| &lot.breaking, run);
        for lot in self.causes[cause].lots.ids::<LotId>() {
            if state.struck[lot.index()] {
                for &process in &self.lots[lot].lasting {
                    self.restored(state, process, run);
                }
            }
        }
        self.end_event(state, cause, run);
    }

    fn end_event<I: Interpreter>(&self, state: &mut State, cause: CauseId, run: &mut I) {
        let plan = &self.causes[cause];
        for lot in plan.lots.ids::<LotId>() {
            state.struck[lot.index()] = false;
        }
        run.start(plan.strikes.expect("an event comes from a clock"), 1.0);
    }

    /// Begins faults of all units that an event has struck: all of them before anybody notices any,
    /// so that nobody takes over who has been struck as well.
    fn begin_all<I: Interpreter>(
        &self,
        state: &mut State,
        cause: CauseId,
        of: impl Fn(&LotPlan) -> &Vec<ProcessId>,
        run: &mut I,
    ) {
        let lots = self.causes[cause].lots;
        for lot in lots.ids::<LotId>() {
            if state.struck[lot.index()] {
                for &process in of(&self.lots[lot]) {
                    if self.can_strike(state, process) {
                        let mode = FaultModeId(self.processes[process].modes.first);
                        self.strike(state, process, mode, run);
                    }
                }
            }
        }
        // Standbys first, so that what notices at once does not believe in a dead one.
        for standbys in [true, false] {
            for lot in lots.ids::<LotId>() {
                if state.struck[lot.index()] {
                    for &process in of(&self.lots[lot]) {
                        self.show_struck(state, process, standbys, run);
                    }
                }
            }
        }
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
            return self.notice(state, process, run);
        }
        self.show(state, process, stood_by, run);
    }

    /// The cause that keeps members of a group from serving: the one of the first member.
    pub(super) fn cause_in(&self, state: &State, group: GroupId) -> Option<CauseId> {
        self.groups[group]
            .members
            .ids::<MemberId>()
            .filter(|&member| self.member_mechanism(state, member) == Some(Mechanism::SharedCause))
            .find_map(|member| match self.members[member].who {
                Who::Unit(unit) => self.units[unit]
                    .processes
                    .ids::<ProcessId>()
                    .filter(|&process| state.is_down_fault(self, process))
                    .find_map(|process| {
                        let mode = state.processes[process.index()].mode;
                        match self.fault_modes[mode].origin {
                            Origin::Cause(cause) => Some(cause),
                            Origin::Unit => None,
                        }
                    }),
                Who::Group(inner) => self.cause_in(state, inner),
            })
    }
}
