//! Autoscaling: a group that gets more than its members can bear orders more of them, which come after
//! a delay, or do not come at all.
//!
//! What has been ordered comes as a whole, up to the quota, fails no more, and is given back as soon as
//! the members themselves can bear the load again.

use super::clock::{AtLoad, Interpreter, Note};
use super::plan::Behaviour;
use super::state::{ScalePhase, State};
use crate::base::Id;
use crate::model::GroupId;

impl Behaviour {
    /// Watches for the load at which members are ordered, or given back, given what those that are
    /// there can bear now.
    pub(super) fn watch_scale<I: Interpreter>(&self, state: &State, group: GroupId, run: &mut I) {
        let Some(plan) = &self.groups[group].scaling else {
            return;
        };
        let Some(capacity) = self.bearable(state, group, 0.0) else {
            run.stop(plan.rises);
            return run.stop(plan.falls);
        };
        let limit = plan.above * capacity;
        match state.groups[group.index()].scale {
            ScalePhase::Enough => {
                run.start_at_load(plan.rises, plan.service, AtLoad::Above(limit));
            }
            ScalePhase::Ordered | ScalePhase::Scaled | ScalePhase::Refused => {
                run.start_at_load(plan.falls, plan.service, AtLoad::NotAbove(limit));
            }
        }
    }

    /// More members are wanted.
    pub(super) fn scale_wanted<I: Interpreter>(
        &self,
        state: &mut State,
        group: GroupId,
        run: &mut I,
    ) {
        state.group(group).scale = ScalePhase::Ordered;
        run.tell(Note::ScaleOrder(group));
        if let Some(plan) = &self.groups[group].scaling {
            run.start(plan.delay, 1.0);
        }
        self.watch_scale(state, group, run);
    }

    /// The members that are there can bear the load by themselves.
    pub(super) fn scale_over<I: Interpreter>(
        &self,
        state: &mut State,
        group: GroupId,
        run: &mut I,
    ) {
        let before = std::mem::take(&mut state.group(group).scale);
        if let Some(plan) = &self.groups[group].scaling {
            match before {
                ScalePhase::Ordered => run.stop(plan.delay),
                ScalePhase::Scaled if plan.is_booked => run.scaled(group, false),
                ScalePhase::Enough | ScalePhase::Scaled | ScalePhase::Refused => {}
            }
        }
        self.capacity_changed(state, group, run);
    }

    /// The members that have been ordered come, or do not.
    pub(super) fn scaled<I: Interpreter>(&self, state: &mut State, group: GroupId, run: &mut I) {
        let Some(plan) = &self.groups[group].scaling else {
            return;
        };
        let comes = plan.succeeds >= 1.0 || run.choose(plan.branch, plan.succeeds);
        state.group(group).scale = if comes {
            ScalePhase::Scaled
        } else {
            ScalePhase::Refused
        };
        if comes && plan.is_booked {
            run.scaled(group, true);
        }
        run.tell(if comes {
            Note::ScaleUp(group)
        } else {
            Note::ScaleFailure(group)
        });
        self.capacity_changed(state, group, run);
    }

    /// The load that the members beyond the usual ones can bear.
    pub(super) fn extra_capacity(&self, state: &State, group: GroupId) -> f64 {
        match (
            &self.groups[group].scaling,
            state.groups[group.index()].scale,
        ) {
            (Some(plan), ScalePhase::Scaled) => plan.quota,
            (Some(_), ScalePhase::Enough | ScalePhase::Ordered | ScalePhase::Refused)
            | (None, _) => 0.0,
        }
    }
}
