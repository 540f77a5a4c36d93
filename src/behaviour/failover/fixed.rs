//! Groups without standbys: a seat belongs to its member, which serves whenever it is fit.

use super::super::clock::{Coming, Interpreter, Note};
use super::super::plan::{Behaviour, MemberId};
use super::super::shape::Shape;
use super::super::state::{Role, State};
use crate::model::{GroupId, Level};

impl Behaviour {
    #[inline(always)]
    pub(in crate::behaviour) fn static_member_down<S: Shape, I: Interpreter>(
        &self,
        state: &mut State,
        group: GroupId,
        member: MemberId,
        run: &mut I,
    ) {
        let at = *state.member(member);
        match at.role {
            Role::Serving => {
                if !S::PLAIN && self.groups[group].shares_requests {
                    state.member(member).swallows = true;
                    state.group(group).swallowing += 1;
                }
                state.member(member).role = Role::Out;
                self.give(state, group, at.seat, Level::Down, run);
                if !S::PLAIN && self.groups[group].shares_requests {
                    state.mark(group);
                }
                if !S::PLAIN {
                    self.touch(state, group);
                }
            }
            Role::Rejoining => {
                if let Some(clock) = self.members[member].rejoin {
                    run.stop(clock);
                }
                state.member(member).role = Role::Out;
            }
            Role::Standby | Role::Candidate | Role::Fenced | Role::Out => {}
        }
    }

    #[inline(always)]
    pub(in crate::behaviour) fn static_member_up<S: Shape, I: Interpreter>(
        &self,
        state: &mut State,
        group: GroupId,
        member: MemberId,
        run: &mut I,
    ) {
        if !S::PLAIN && self.groups[group].shares_requests {
            self.stop_swallowing(state, group, member, run);
        }
        match self.members[member].rejoin {
            Some(clock) if !S::PLAIN => {
                state.member(member).role = Role::Rejoining;
                run.tell(Note::Rejoining(member));
                run.start(clock, 1.0);
                self.touch(state, group);
            }
            Some(_) | None => self.seat_static_member::<S, I>(state, group, member, run),
        }
    }

    #[inline(always)]
    pub(super) fn seat_static_member<S: Shape, I: Interpreter>(
        &self,
        state: &mut State,
        group: GroupId,
        member: MemberId,
        run: &mut I,
    ) {
        state.member(member).role = Role::Serving;
        let seat = state.member(member).seat;
        let level = if S::PLAIN {
            Level::Up
        } else {
            self.member_level(state, member)
        };
        run.tell(Note::Serving(seat, member, Coming::Back));
        self.give(state, group, seat, level, run);
        if !S::PLAIN && self.groups[group].shares_requests {
            state.mark(group);
        }
        // Where others are still missing, what they wait for is to blame from now on.
        self.touch(state, group);
    }

    pub(super) fn stop_swallowing<I: Interpreter>(
        &self,
        state: &mut State,
        group: GroupId,
        member: MemberId,
        run: &mut I,
    ) {
        if std::mem::replace(&mut state.member(member).swallows, false) {
            state.group(group).swallowing -= 1;
            state.mark(group);
            self.watch_scale(state, group, run);
            self.watch_load(state, group, run);
        }
    }
}
