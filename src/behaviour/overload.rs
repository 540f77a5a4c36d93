//! Overload: a group whose members get more than they can bear may collapse, and stays down until
//! the load has fallen well below what they can bear.
//!
//! The rules do not know how much is asked when. They say at which load something happens, and the
//! interpreter says when that load is reached; so a demand has no events of its own, and a group that
//! can bear the largest load has none at all.

use super::clock::{AtLoad, Interpreter, Note};
use super::plan::Behaviour;
use super::state::{LoadPhase, State};
use crate::base::Id;
use crate::model::{GroupId, Level};

impl Behaviour {
    /// Watches for the load at which the state of a group changes, given what it can bear now.
    pub(super) fn watch_load<I: Interpreter>(&self, state: &State, group: GroupId, run: &mut I) {
        let Some(plan) = &self.groups[group].overload else {
            return;
        };
        let extra = self.extra_capacity(state, group);
        // Who serves nobody is not overloaded.
        let Some(capacity) = self.bearable(state, group, extra) else {
            run.stop(plan.rises);
            return run.stop(plan.falls);
        };
        let limit = plan.above * capacity;
        match state.groups[group.index()].load {
            LoadPhase::Borne => run.start_at_load(plan.rises, plan.service, AtLoad::Above(limit)),
            LoadPhase::Strained => {
                run.start_at_load(plan.falls, plan.service, AtLoad::NotAbove(limit));
            }
            LoadPhase::Collapsed => {
                let limit = plan.recovers_below * capacity;
                run.start_at_load(plan.falls, plan.service, AtLoad::NotAbove(limit));
            }
            LoadPhase::Restarting => {}
        }
    }

    /// More is asked of a group than its members can bear.
    pub(super) fn load_rose<I: Interpreter>(&self, state: &mut State, group: GroupId, run: &mut I) {
        state.group(group).load = LoadPhase::Strained;
        self.watch_load(state, group, run);
        if let Some(plan) = &self.groups[group].overload {
            run.start(plan.collapses, 1.0);
        }
    }

    /// The load has fallen to what the members can bear, or to what a collapsed group can recover at.
    pub(super) fn load_fell<I: Interpreter>(&self, state: &mut State, group: GroupId, run: &mut I) {
        let Some(plan) = &self.groups[group].overload else {
            return;
        };
        if state.group(group).load == LoadPhase::Collapsed {
            state.group(group).load = LoadPhase::Restarting;
            run.start(plan.restarts, 1.0);
        } else {
            run.stop(plan.collapses);
            state.group(group).load = LoadPhase::Borne;
            self.watch_load(state, group, run);
        }
    }

    /// The overload has lasted for too long.
    pub(super) fn collapsed<I: Interpreter>(&self, state: &mut State, group: GroupId, run: &mut I) {
        state.group(group).load = LoadPhase::Collapsed;
        run.tell(Note::Collapse(group));
        if state.group(group).level != Level::Down {
            self.group_level_changed(state, group, Level::Down, run);
        }
        self.touch(state, group);
        self.watch_load(state, group, run);
    }

    /// A collapsed group serves again.
    pub(super) fn restarted<I: Interpreter>(&self, state: &mut State, group: GroupId, run: &mut I) {
        state.group(group).load = LoadPhase::Borne;
        run.tell(Note::Recovery(group));
        let level = self.members_level(state, group);
        if level != Level::Down {
            self.group_level_changed(state, group, level, run);
        }
        self.touch(state, group);
        self.watch_load(state, group, run);
    }
}

impl LoadPhase {
    /// Whether the group serves nobody for it.
    pub(super) fn is_down(self) -> bool {
        match self {
            LoadPhase::Borne | LoadPhase::Strained => false,
            LoadPhase::Collapsed | LoadPhase::Restarting => true,
        }
    }
}
