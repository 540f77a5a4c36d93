//! Shared causes: events that strike several units at once.
//!
//! What an event does to a unit is a fault of that unit like any other, in a process of its own that
//! has no clock: the event begins it, and where it lasts, the end of the event ends it. So a unit
//! that several causes have struck is back when all of them have ended, and detection, takeover and
//! repair know nothing of causes.

use super::clock::{Interpreter, Note};
use super::plan::{Behaviour, LotId, MemberId, Origin, ProcessId, Who};
use super::state::{Mechanism, State};
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
            self.impose(state, &self.struck(state, &plan.lasting), run);
            self.settle_paused(state, cause, run);
        } else {
            self.impose(state, &self.struck(state, &plan.breaking), run);
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
        self.impose(state, &self.struck(state, &plan.breaking), run);
        self.lift(state, &self.struck(state, &plan.lasting), run);
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

    /// The processes of those units that the present event of the cause has struck.
    fn struck(&self, state: &State, faults: &[(LotId, ProcessId)]) -> Vec<ProcessId> {
        let is_struck = |lot: LotId| state.struck[lot.index()];
        let struck = faults.iter().filter(|(lot, _)| is_struck(*lot));
        struck.map(|&(_, process)| process).collect()
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
