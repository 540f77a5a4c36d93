//! Overload: a group whose members get more than they can bear may collapse, and stays down until
//! the load has fallen well below what they can bear; or its members crash one by one, each of which
//! leaves more to the others.
//!
//! The rules do not know how much is asked when. They say at which load something happens, and the
//! interpreter says when that load is reached; so a demand has no events of its own, and a group that
//! can bear the largest load has none at all.

use super::clock::{AtLoad, Interpreter, Note};
use super::plan::{Behaviour, CollapsePlan, FaultModeId, MemberId, Who};
use super::shape::Any;
use super::state::{LoadPhase, Role, State};
use crate::base::Id;
use crate::model::{GroupId, Level, UnitId};

impl Behaviour {
    /// Watches for the load at which the state of a group changes, given what it can bear now.
    pub(super) fn watch_load<I: Interpreter>(
        &self,
        state: &mut State,
        group: GroupId,
        run: &mut I,
    ) {
        let Some(plan) = &self.groups[group].overload else {
            return;
        };
        let extra = self.extra_capacity(state, group);
        if plan.collapse.is_none() {
            self.settle_strain(state, group, run);
        }
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
                if let Some(collapse) = plan.collapse {
                    let limit = collapse.recovers_below * capacity;
                    run.start_at_load(plan.falls, plan.service, AtLoad::NotAbove(limit));
                }
            }
            LoadPhase::Restarting => {}
        }
    }

    /// More is asked of a group than its members can bear.
    pub(super) fn load_rose<I: Interpreter>(&self, state: &mut State, group: GroupId, run: &mut I) {
        state.group(group).load = LoadPhase::Strained;
        self.watch_load(state, group, run);
        if let Some(collapse) = self.collapse_of(group) {
            run.start(collapse.after, 1.0);
        }
    }

    fn collapse_of(&self, group: GroupId) -> Option<CollapsePlan> {
        self.groups[group].overload.as_ref()?.collapse
    }

    /// The load has fallen to what the members can bear, or to what a collapsed group can recover at.
    pub(super) fn load_fell<I: Interpreter>(&self, state: &mut State, group: GroupId, run: &mut I) {
        match (state.group(group).load, self.collapse_of(group)) {
            (LoadPhase::Collapsed, Some(collapse)) => {
                state.group(group).load = LoadPhase::Restarting;
                run.start(collapse.restart, 1.0);
            }
            (_, collapse) => {
                if let Some(collapse) = collapse {
                    run.stop(collapse.after);
                }
                state.group(group).load = LoadPhase::Borne;
                self.watch_load(state, group, run);
            }
        }
    }

    /// Each member that serves while the load is too much for them is about to crash.
    fn settle_strain<I: Interpreter>(&self, state: &mut State, group: GroupId, run: &mut I) {
        let is_strained = state.groups[group.index()].load == LoadPhase::Strained;
        for member in self.groups[group].members.ids::<MemberId>() {
            let Who::Unit(unit) = self.members[member].who else {
                continue;
            };
            let Some(crash) = self.units[unit].crash else {
                continue;
            };
            let at = state.members[member.index()];
            let wanted = is_strained && at.role == Role::Serving && self.is_fit(state, member);
            if wanted != at.strained {
                state.member(member).strained = wanted;
                if wanted {
                    run.start(crash.clock, 1.0);
                } else {
                    run.stop(crash.clock);
                }
            }
        }
    }

    /// A unit crashes under its load, and leaves it to the others.
    pub(super) fn crashed<I: Interpreter>(&self, state: &mut State, unit: UnitId, run: &mut I) {
        let plan = &self.units[unit];
        let crash = plan.crash.expect("a unit that crashes has a plan for it");
        state.member(plan.member).strained = false;
        let mode = FaultModeId(self.processes[crash.process].modes.first);
        self.begin_fault::<Any, I>(state, crash.process, mode, run);
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
