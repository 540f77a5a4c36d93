//! Data: what is lost when a standby takes over, and when writes stall for want of one.
//!
//! The rules say of which kind a loss is; how much it is, the interpreter knows, who has the times.

use super::clock::{Interpreter, LagRange, Loss, Note};
use super::plan::{Behaviour, MemberId, ReplicationPlan, SeatId, Who};
use super::state::{Candidacy, Role, SeatPhase, State, Sync};
use crate::base::Id;
use crate::model::{GroupId, Level};

impl Behaviour {
    fn replication(&self, group: GroupId) -> Option<&ReplicationPlan> {
        self.groups[group].replication.as_ref()
    }

    /// A member fails, or is kept from serving: from now on it follows nobody, and if it has served,
    /// nobody writes any more.
    pub(super) fn stop_following<I: Interpreter>(
        &self,
        state: &State,
        group: GroupId,
        member: MemberId,
        run: &mut I,
    ) {
        if self.replication(group).is_none() {
            return;
        }
        let at = state.members[member.index()];
        let follows = match at.role {
            Role::Serving | Role::Candidate => true,
            Role::Standby => !at.stale,
            Role::Fenced | Role::Rejoining | Role::Out => false,
        };
        if follows {
            run.reset(self.members[member].left);
        }
        let seat = at.seat;
        if at.role == Role::Serving && state.seats[seat.index()].member == member {
            run.reset(self.seats[seat].stopped);
        }
    }

    /// A member is ready to take over. It is stale if there was nobody whom it could have caught up
    /// with, unless it was the last to serve.
    pub(super) fn judge_staleness(&self, state: &mut State, group: GroupId, member: MemberId) {
        if self.replication(group).is_none() {
            return;
        }
        let plan = &self.groups[group];
        let somebody_serves = plan
            .members
            .ids::<MemberId>()
            .any(|other| state.members[other.index()].role == Role::Serving);
        let was_last = plan
            .seats
            .ids::<SeatId>()
            .any(|seat| state.seats[seat.index()].member == member);
        state.member(member).stale = !somebody_serves && !was_last;
    }

    /// Whether what a candidate lacks depends on the law of the lag: where writes do not wait.
    fn lags(&self, state: &State, group: GroupId) -> bool {
        self.replication(group).is_some_and(|plan| {
            plan.acknowledged_by == 0 || state.groups[group.index()].sync == Sync::Alone
        })
    }

    /// Whether a candidate lags too far behind to be promoted automatically.
    pub(super) fn is_refused<I: Interpreter>(
        &self,
        state: &mut State,
        group: GroupId,
        seat: SeatId,
        candidate: MemberId,
        run: &mut I,
    ) -> bool {
        let Some(gate) = self.replication(group).and_then(|plan| plan.gate) else {
            return false;
        };
        let is_refused = state.member(candidate).stale
            || self.lags(state, group)
                && gate.refusal > 0.0
                && (gate.refusal >= 1.0 || run.choose(gate.branch, gate.refusal));
        state.seat(seat).candidacy = if is_refused {
            Candidacy::Refused
        } else {
            Candidacy::Allowed
        };
        if is_refused {
            run.tell(Note::LagsBehind(seat, candidate));
        }
        is_refused
    }

    /// Whether a member that could take a waiting seat has to be left to people.
    pub(super) fn is_too_stale(&self, state: &State, group: GroupId, member: MemberId) -> bool {
        let has_gate = self
            .replication(group)
            .is_some_and(|plan| plan.gate.is_some());
        has_gate && state.members[member.index()].stale
    }

    /// A member takes the seat of another one, which it has or has not caught up with.
    pub(super) fn take_data_over<I: Interpreter>(
        &self,
        state: &mut State,
        group: GroupId,
        seat: SeatId,
        old: MemberId,
        member: MemberId,
        run: &mut I,
    ) {
        let Some(plan) = self.replication(group) else {
            return;
        };
        let at = *state.seat(seat);
        // After a split, what the two sides have written apart has been seen to.
        let is_planned = at.phase == SeatPhase::Reconciling
            || (at.phase.handover().is_some() && state.member(old).role == Role::Serving);
        if old != member && !is_planned {
            let loss = if state.member(member).stale {
                Loss::Behind {
                    left: self.members[member].left,
                    stopped: self.seats[seat].stopped,
                    lag: plan.lag.filter(|_| plan.acknowledged_by == 0),
                }
            } else if let (true, Some(lag)) = (self.lags(state, group), plan.lag) {
                Loss::Lag(
                    lag,
                    match at.candidacy {
                        Candidacy::Open => LagRange::Any,
                        Candidacy::Allowed => LagRange::Within,
                        Candidacy::Refused => LagRange::Beyond,
                    },
                )
            } else {
                Loss::Nothing
            };
            run.data_lost(group, loss);
        }
        state.seat(seat).candidacy = Candidacy::Open;
        // Whoever stands by follows the new member.
        for other in self.groups[group].members.ids::<MemberId>() {
            state.member(other).stale = false;
        }
        state.group(group).sync = Sync::InStep;
    }

    /// Two sides that have written apart are made one.
    pub(super) fn lose_divergence<I: Interpreter>(
        &self,
        group: GroupId,
        seat: SeatId,
        run: &mut I,
    ) {
        if let Some(plan) = self.replication(group) {
            let loss = Loss::Part {
                since: self.seats[seat].divergence,
                share: plan.split_loss,
            };
            run.data_lost(group, loss);
        }
    }

    /// Writes stall while too few standbys follow, and go on when there are enough, or when the
    /// patience is at an end.
    pub(super) fn settle_stall<I: Interpreter>(
        &self,
        state: &mut State,
        group: GroupId,
        run: &mut I,
    ) {
        let plan = &self.groups[group];
        let Some(replication) = &plan.replication else {
            return;
        };
        if replication.acknowledged_by == 0 {
            return;
        }
        let before = state.group(group).sync;
        let serves = plan
            .seats
            .ids::<SeatId>()
            .any(|seat| state.seats[seat.index()].phase == SeatPhase::Serving);
        let following = plan
            .members
            .ids::<MemberId>()
            .filter(|&member| {
                let at = state.members[member.index()];
                at.role == Role::Standby && !at.stale && self.is_fit(state, member)
            })
            .count();
        let lacks = (following as u32) < replication.acknowledged_by;
        let after = match (before, serves, lacks) {
            (Sync::InStep, true, true) if replication.is_impatient => Sync::Alone,
            (Sync::InStep, true, true) => Sync::Stalled,
            (Sync::Stalled, true, true) => Sync::Stalled,
            // Nobody writes; what has been written has been acknowledged.
            (Sync::Stalled, false, _) => Sync::InStep,
            (Sync::Stalled | Sync::Alone, true, false) => Sync::InStep,
            (Sync::Alone, true, true) | (Sync::Alone, false, _) => Sync::Alone,
            (Sync::InStep, false, _) | (Sync::InStep, true, false) => Sync::InStep,
        };
        if after == before {
            return;
        }
        state.group(group).sync = after;
        if let Some(clock) = replication.patience {
            if after == Sync::Stalled {
                run.start(clock, 1.0);
            } else if before == Sync::Stalled {
                run.stop(clock);
            }
        }
        run.tell(match after {
            Sync::InStep => Note::InStep(group),
            Sync::Stalled => Note::WritesStall(group),
            Sync::Alone => Note::Unreplicated(group),
        });
        self.settle_serving(state, group, run);
        self.mark_with_those_around(state, group);
    }

    /// Services are looked at again that depend on a group: whether its writes stall matters to them even where
    /// it is degraded anyway.
    fn mark_with_those_around(&self, state: &mut State, group: GroupId) {
        let mut next = Some(group);
        while let Some(group) = next {
            state.mark(group);
            let member = self.groups[group].member_of;
            next = member.map(|member| self.members[member].group);
        }
    }

    /// Writes have waited for long enough, and go on without a standby.
    pub(super) fn patience_ended<I: Interpreter>(
        &self,
        state: &mut State,
        group: GroupId,
        run: &mut I,
    ) {
        state.group(group).sync = Sync::Alone;
        run.tell(Note::Unreplicated(group));
        self.settle_serving(state, group, run);
        self.mark_with_those_around(state, group);
    }

    /// What the serving seats give may have changed.
    fn settle_serving<I: Interpreter>(&self, state: &mut State, group: GroupId, run: &mut I) {
        for seat in self.groups[group].seats.ids::<SeatId>() {
            if state.seat(seat).phase == SeatPhase::Serving {
                let level = self.serving_level(state, seat);
                self.give(state, group, seat, level, run);
            }
        }
    }

    /// Whether the writes of a service stall, while it is degraded.
    pub(super) fn is_stalled(&self, state: &State, stalling: &[GroupId], level: Level) -> bool {
        level == Level::Degraded && stalling.iter().any(|&group| self.stalls(state, group))
    }

    /// Whether writes of a group stall, or of a member group that serves in it.
    fn stalls(&self, state: &State, group: GroupId) -> bool {
        let serving = || {
            let seats = self.groups[group].seats.ids::<SeatId>();
            let seats = seats.map(|seat| state.seats[seat.index()]);
            let degraded = seats.filter(|seat| seat.gives == Level::Degraded);
            degraded.map(|seat| self.members[seat.member].who)
        };
        state.groups[group.index()].sync == Sync::Stalled
            || serving().any(|who| matches!(who, Who::Group(inner) if self.stalls(state, inner)))
    }
}
