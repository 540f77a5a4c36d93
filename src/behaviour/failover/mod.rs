//! Failover: what becomes of a seat when its member fails, returns, or is thought to have failed.
//!
//! A seat goes through the phases
//!
//! ```text
//! serving -> undetected -> deciding -> fencing -> promoting -> redirecting -> serving
//!                              |           (a stage that fails: retry, next candidate, or)
//!                              v
//!                 waiting   manual -> serving                       serving -> failback -> serving
//! ```
//!
//! and a member through the roles serving, out, rejoining, standby and candidate. A group without
//! standbys has no such life: its members serve whenever they are fit.
//!
//! What a member does to its group is here, whatever the group; `fixed` goes on for groups without
//! standbys; `member`, `seat`, `split` and `failback` for the others; `inner` for groups that are members
//! themselves.

mod failback;
mod fixed;
mod inner;
mod member;
mod seat;
mod split;

use super::clock::Interpreter;
use super::plan::{Behaviour, MemberId, SeatId, StageKind, Who};
use super::shape::Any;
use super::state::{Handover, Role, SeatPhase, State, Sync};
use crate::base::Id;
use crate::model::{GroupId, Level};

impl super::plan::GroupPlan {
    /// What a seat gives while it is handed over in health, if it is.
    fn handover_during(&self, phase: SeatPhase) -> Option<Level> {
        Some(match phase.handover()? {
            Handover::Failback => self.failback_during,
            Handover::Switchover => self.switchover_during,
        })
    }
}

impl StageKind {
    fn phase(self) -> SeatPhase {
        match self {
            StageKind::Deciding => SeatPhase::Deciding,
            StageKind::Fencing => SeatPhase::Fencing,
            StageKind::Promoting => SeatPhase::Promoting,
            StageKind::Redirecting => SeatPhase::Redirecting,
        }
    }
}

/// The stage of a takeover that a phase is, if it is one.
pub(super) fn stage_of(phase: SeatPhase) -> Option<StageKind> {
    match phase {
        SeatPhase::Deciding => Some(StageKind::Deciding),
        SeatPhase::Fencing => Some(StageKind::Fencing),
        SeatPhase::Promoting => Some(StageKind::Promoting),
        SeatPhase::Redirecting => Some(StageKind::Redirecting),
        SeatPhase::Serving
        | SeatPhase::Undetected
        | SeatPhase::Manual
        | SeatPhase::Waiting
        | SeatPhase::Failback
        | SeatPhase::Switchover
        | SeatPhase::Split
        | SeatPhase::Reconciling => None,
    }
}

impl Behaviour {
    /// A member cannot serve any more.
    #[inline(always)]
    pub(super) fn member_down<I: Interpreter>(
        &self,
        state: &mut State,
        member: MemberId,
        run: &mut I,
    ) {
        let group = self.members[member].group;
        if self.groups[group].is_static {
            self.static_member_down::<Any, I>(state, group, member, run);
        } else {
            self.seated_member_down(state, group, member, run);
        }
    }

    /// A member could serve again.
    #[inline(always)]
    pub(super) fn member_up<I: Interpreter>(
        &self,
        state: &mut State,
        member: MemberId,
        run: &mut I,
    ) {
        let group = self.members[member].group;
        match &mut state.instant {
            Some(now) if !self.groups[group].is_static => now.gain(group, member),
            _ => self.admit(state, member, run),
        }
    }

    /// A group takes a member back.
    #[inline(always)]
    pub(super) fn admit<I: Interpreter>(&self, state: &mut State, member: MemberId, run: &mut I) {
        let group = self.members[member].group;
        if self.groups[group].is_static {
            self.static_member_up::<Any, I>(state, group, member, run);
        } else {
            self.seated_member_up(state, group, member, run);
        }
    }

    /// The failure of a member has become known.
    #[inline(always)]
    pub(super) fn member_noticed<I: Interpreter>(
        &self,
        state: &mut State,
        member: MemberId,
        run: &mut I,
    ) {
        let group = self.members[member].group;
        if self.groups[group].shares_requests {
            self.stop_swallowing(state, group, member, run);
        }
        if !self.groups[group].is_static {
            self.seated_member_noticed(state, group, member, run);
        }
    }

    fn seated_member_noticed<I: Interpreter>(
        &self,
        state: &mut State,
        group: GroupId,
        member: MemberId,
        run: &mut I,
    ) {
        let role = state.member(member).role;
        match role {
            Role::Standby if !self.is_fit(state, member) => {
                state.group(group).ready -= 1;
                self.set_role(state, member, Role::Out, run);
            }
            // It was dead when it was called, and that is seen before the end of the stage.
            Role::Candidate if !self.is_fit(state, member) => {
                let seat = state.member(member).seat;
                self.candidate_down(state, group, seat, member, run);
            }
            Role::Serving
            | Role::Standby
            | Role::Candidate
            | Role::Fenced
            | Role::Rejoining
            | Role::Out => {}
        }
        // It may have come back meanwhile, and even have failed once more: then the failover begins
        // when the first failure is noticed.
        let is_awaited = role == Role::Standby
            && !self.is_fit(state, member)
            && self.is_being_noticed(state, member);
        // The seat that it had when it failed is not the one that it may have taken since.
        for seat in self.groups[group].seats.ids::<SeatId>() {
            let at = state.seat(seat);
            if at.member == member && at.phase == SeatPhase::Undetected && !is_awaited {
                self.start_failover(state, seat, run);
            }
        }
        self.settle_seats_soon(state, group, run);
    }

    /// A fit member serves more or less than before.
    pub(super) fn member_level_changed<I: Interpreter>(
        &self,
        state: &mut State,
        member: MemberId,
        run: &mut I,
    ) {
        let group = self.members[member].group;
        if state.member(member).role == Role::Serving {
            let seat = state.member(member).seat;
            if matches!(state.seat(seat).phase, SeatPhase::Serving) {
                let level = self.serving_level(state, seat);
                self.give(state, group, seat, level, run);
            }
        }
    }

    /// A rejoining member is ready.
    pub(super) fn rejoined<I: Interpreter>(
        &self,
        state: &mut State,
        member: MemberId,
        run: &mut I,
    ) {
        let group = self.members[member].group;
        if self.groups[group].is_static {
            self.seat_static_member::<Any, I>(state, group, member, run);
        } else {
            self.stand_by(state, group, member, run);
            self.settle_seats(state, group, run);
        }
    }

    /// What a member gives when it serves.
    #[inline(always)]
    pub(super) fn member_level(&self, state: &State, member: MemberId) -> Level {
        match self.members[member].who {
            Who::Unit(unit) => {
                let unit = state.units[unit.index()];
                if unit.down > 0 {
                    Level::Down
                } else if unit.degraded > 0 {
                    Level::Degraded
                } else {
                    Level::Up
                }
            }
            Who::Group(group) => state.groups[group.index()].level,
        }
    }

    /// What a seat gives whose member serves: less until the member has warmed up, and while writes
    /// stall.
    pub(super) fn serving_level(&self, state: &State, seat: SeatId) -> Level {
        let at = &state.seats[seat.index()];
        let level = self.member_level(state, at.member);
        let group = self.seats[seat].group;
        if at.warming || state.groups[group.index()].sync == Sync::Stalled {
            level.min(Level::Degraded)
        } else {
            level
        }
    }

    pub(super) fn is_fit(&self, state: &State, member: MemberId) -> bool {
        self.member_level(state, member) > Level::Down
    }

    /// The role that a member has at a seat, if it has not taken another seat since.
    fn role_at(&self, state: &State, member: MemberId, seat: SeatId) -> Option<Role> {
        let at = state.members[member.index()];
        (at.seat == seat).then_some(at.role)
    }

    /// Gives a member another role, and its failure clocks the speed that goes with it.
    fn set_role<I: Interpreter>(
        &self,
        state: &mut State,
        member: MemberId,
        role: Role,
        run: &mut I,
    ) {
        let at = state.member(member);
        let before = std::mem::replace(&mut at.role, role);
        at.failed_candidate &= role == Role::Out;
        if (before == Role::Serving) != (role == Role::Serving) {
            let group = self.members[member].group;
            if self.groups[group].dormancy != 1.0 {
                self.set_member_speed(state, member, run);
            }
            // Behind another member, more or less of the requests are lost.
            if self.groups[group].deals_requests {
                state.mark(group);
            }
        }
    }

    /// Whether a member has stopped serving for a failback that interrupts the service.
    pub(super) fn is_handing_over(&self, state: &State, member: MemberId) -> bool {
        let group = &self.groups[self.members[member].group];
        let seat = state.seats[state.members[member.index()].seat.index()];
        seat.member == member && group.handover_during(seat.phase) == Some(Level::Down)
    }

    pub(super) fn set_member_speed<I: Interpreter>(
        &self,
        state: &mut State,
        member: MemberId,
        run: &mut I,
    ) {
        match self.members[member].who {
            Who::Unit(unit) => {
                let speed = self.unit_speed(state, unit);
                self.set_unit_speed(state, unit, speed, None, run);
            }
            Who::Group(group) => {
                for inner in self.groups[group].members.ids() {
                    self.set_member_speed(state, inner, run);
                }
            }
        }
    }
}
