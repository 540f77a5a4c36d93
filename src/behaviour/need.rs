//! Needs: what is down, degraded or waits because something that it needs is down.
//!
//! A need watches the node of the structure that it needs. Changes of that node are applied when the
//! rule of an event is over, so that what was down for no time at all has no effect; units suffer
//! them as faults like those of shared causes, and the clocks of steps that must wait stand still.

use super::clock::{Interpreter, Note};
use super::failover::stage_of;
use super::plan::{Behaviour, NeedId, ProcessId, SeatId};
use super::state::{SeatPhase, State};
use crate::base::Id;
use crate::model::{GroupId, Level, TakeoverStep};

impl Behaviour {
    /// Applies the needs that have changed, if any have: all of them at once, whatever is lost before what is
    /// given back.
    pub(super) fn settle_needs<I: Interpreter>(&self, state: &mut State, run: &mut I) -> bool {
        if state.due.is_empty() {
            return false;
        }
        let mut changed = std::mem::take(&mut state.due);
        changed.retain(|&need| self.has_changed(state, need));
        let (lost, regained): (Vec<_>, Vec<_>) = changed
            .into_iter()
            .partition(|need| state.lacking[need.index()]);
        for &need in &lost {
            self.tell_lack(state, need, run);
        }
        if !lost.is_empty() {
            self.impose(state, &self.suffering(&lost), run);
        }
        if !regained.is_empty() {
            self.lift(state, &self.suffering(&regained), run);
        }
        for need in lost.into_iter().chain(regained) {
            self.settle_steps(state, need, run);
        }
        true
    }

    /// Whether something is needed that has gone, or is back, which is kept in mind from now on.
    fn has_changed(&self, state: &mut State, need: NeedId) -> bool {
        let plan = &self.needs[need];
        let lacks = state.nodes[plan.node.index()].level == Level::Down;
        if std::mem::replace(&mut state.lacking[need.index()], lacks) == lacks {
            return false;
        }
        state.taken[need.index()] = lacks
            .then(|| state.down.iter().rev().copied())
            .and_then(|mut last| last.find(|down| plan.groups.contains(down)));
        true
    }

    fn tell_lack<I: Interpreter>(&self, state: &State, need: NeedId, run: &mut I) {
        let down = self.lacking_group(state, need);
        let groups = &self.needs[need].groups;
        let short = || {
            self.blame_for_shortage(state, groups)
                .map(|blame| blame.group)
        };
        if let Some(group) = down.or_else(short) {
            run.tell(Note::Lack(need, group));
        }
    }

    /// What units suffer from several needs.
    fn suffering(&self, needs: &[NeedId]) -> Vec<ProcessId> {
        let processes = needs.iter().flat_map(|&need| &self.needs[need].processes);
        processes.copied().collect()
    }

    /// Steps of takeovers stand still for want of what they need, or go on.
    fn settle_steps<I: Interpreter>(&self, state: &mut State, need: NeedId, run: &mut I) {
        for step in &self.needs[need].steps {
            if state.seats[step.seat.index()].phase == step.phase
                && !self.waits_for_people(state, step.seat)
            {
                let speed = if step.phase == SeatPhase::Manual {
                    self.speed_by_hand(state, step.seat)
                } else {
                    self.step_speed(state, Some(need))
                };
                run.set_speed(step.clock, speed);
                self.touch(state, self.seats[step.seat].group);
            }
        }
    }

    /// The speed at which a step that needs something begins.
    #[inline]
    pub(super) fn step_speed(&self, state: &State, need: Option<NeedId>) -> f64 {
        match need {
            Some(need) if state.lacking[need.index()] => 0.0,
            Some(_) | None => 1.0,
        }
    }

    /// The need for which the takeover of a seat stands still, if it does.
    pub(super) fn awaited(&self, state: &State, seat: SeatId) -> Option<NeedId> {
        let group = &self.groups[self.seats[seat].group];
        let phase = state.seats[seat.index()].phase;
        let step = match stage_of(phase) {
            Some(stage) => stage as usize,
            None if phase == SeatPhase::Manual => TakeoverStep::Manual as usize,
            None => return None,
        };
        group.step_needs[step].filter(|need| state.lacking[need.index()])
    }

    /// The group that is to blame for the lack of what is needed, as with the downtime of a service: the one that
    /// took it away, and when that is back, the first of those in it that went down.
    pub(super) fn lacking_group(&self, state: &State, need: NeedId) -> Option<GroupId> {
        let groups = &self.needs[need].groups;
        let mut down = state.down.iter().copied();
        state.taken[need.index()].or_else(|| down.find(|down| groups.contains(down)))
    }
}
