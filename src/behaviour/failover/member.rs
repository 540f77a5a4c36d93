//! Groups with standbys, as their members see it: how they fail, come back and stand by.

use super::super::clock::{Interpreter, Note};
use super::super::plan::{Behaviour, EffectPlan, MemberId, ProcessId, SeatId, StageKind, Who};
use super::super::state::{Candidacy, Role, SeatPhase, State};
use super::stage_of;
use crate::base::Id;
use crate::model::{AfterExhaustion, CandidateFailure, GroupId, Level, Recovered};

impl Behaviour {
    pub(super) fn seated_member_down<I: Interpreter>(
        &self,
        state: &mut State,
        group: GroupId,
        member: MemberId,
        run: &mut I,
    ) {
        self.stop_following(state, group, member, run);
        let at = *state.member(member);
        match at.role {
            Role::Serving => self.serving_member_down(state, group, at.seat, member, run),
            Role::Candidate => match &mut state.instant {
                Some(now) => now.lose_candidate(member),
                None => self.candidate_down(state, group, at.seat, member, run),
            },
            Role::Rejoining => {
                if let Some(clock) = self.members[member].rejoin {
                    run.stop(clock);
                }
                self.set_role(state, member, Role::Out, run);
            }
            Role::Fenced => self.set_role(state, member, Role::Out, run),
            // The group goes on believing in a standby until its fault is noticed.
            Role::Standby | Role::Out => {}
        }
        self.settle_seats_soon(state, group, run);
    }

    fn serving_member_down<I: Interpreter>(
        &self,
        state: &mut State,
        group: GroupId,
        seat: SeatId,
        member: MemberId,
        run: &mut I,
    ) {
        self.set_role(state, member, Role::Out, run);
        match state.seat(seat).phase {
            SeatPhase::Serving => {
                state.seat(seat).phase = SeatPhase::Undetected;
                if self.groups[group].shares_requests {
                    state.member(member).swallows = true;
                    state.group(group).swallowing += 1;
                }
                self.give(state, group, seat, Level::Down, run);
                if self.groups[group].shares_requests {
                    state.mark(group);
                }
            }
            // The healthy member of a false alarm fails: the alarm has become true.
            SeatPhase::Deciding
            | SeatPhase::Fencing
            | SeatPhase::Promoting
            | SeatPhase::Redirecting => {
                state.seat(seat).spurious = false;
                if let Some(stage) = stage_of(state.seat(seat).phase) {
                    self.give(state, group, seat, self.stage(group, stage).during, run);
                }
            }
            SeatPhase::Manual => {
                state.seat(seat).spurious = false;
                self.give(state, group, seat, Level::Down, run);
            }
            // The other side serves on, but what the two have written must be reconciled.
            SeatPhase::Split => self.end_split(state, seat, run),
            // A failback goes on: its candidate takes over from the dead as from the living.
            SeatPhase::Failback | SeatPhase::Switchover => {
                self.give(state, group, seat, Level::Down, run);
            }
            SeatPhase::Undetected | SeatPhase::Waiting | SeatPhase::Reconciling => {}
        }
    }

    pub(in crate::behaviour) fn candidate_down<I: Interpreter>(
        &self,
        state: &mut State,
        group: GroupId,
        seat: SeatId,
        member: MemberId,
        run: &mut I,
    ) {
        match state.seat(seat).phase {
            SeatPhase::Failback | SeatPhase::Switchover => {
                self.set_role(state, member, Role::Out, run);
                self.stop_phase(state, seat, run);
                state.seat(seat).candidate = None;
                let old = state.seat(seat).member;
                if self.role_at(state, old, seat) == Some(Role::Serving) {
                    self.serve(state, group, seat, old, run);
                } else {
                    self.start_failover(state, seat, run);
                }
            }
            SeatPhase::Split | SeatPhase::Reconciling => {
                self.set_role(state, member, Role::Out, run);
                self.stop_phase(state, seat, run);
                let old = state.seat(seat).member;
                let old_is_usable = match self.role_at(state, old, seat) {
                    Some(Role::Serving) => true,
                    // Back from behind a partition, and kept out until the sides are reconciled.
                    Some(Role::Out) => self.is_fit(state, old),
                    Some(Role::Standby | Role::Candidate | Role::Fenced | Role::Rejoining)
                    | None => false,
                };
                state.seat(seat).candidate = old_is_usable.then_some(old);
                if old_is_usable {
                    self.start_reconciling(state, group, seat, run);
                } else {
                    self.start_failover(state, seat, run);
                }
            }
            _ if self.groups[group].candidate_failure == CandidateFailure::Continue => {}
            _ => {
                self.set_role(state, member, Role::Out, run);
                self.stop_phase(state, seat, run);
                state.seat(seat).candidate = None;
                state.member(member).failed_candidate = true;
                self.restart(state, group, seat, run);
                self.notice_all(state, member, run);
            }
        }
    }

    pub(super) fn seated_member_up<I: Interpreter>(
        &self,
        state: &mut State,
        group: GroupId,
        member: MemberId,
        run: &mut I,
    ) {
        if self.groups[group].shares_requests {
            self.stop_swallowing(state, group, member, run);
        }
        let at = *state.member(member);
        if at.role == Role::Out {
            let seat = *state.seat(at.seat);
            let resumes = seat.member == member
                && match self.groups[group].recovered {
                    Recovered::Cancel => {
                        seat.phase == SeatPhase::Undetected
                            || seat.phase == SeatPhase::Manual
                            || stage_of(seat.phase).is_some()
                    }
                    Recovered::CancelUndetected => seat.phase == SeatPhase::Undetected,
                    // Nobody completes what nobody will notice.
                    Recovered::Complete => {
                        seat.phase == SeatPhase::Undetected && !self.is_being_noticed(state, member)
                    }
                };
            let diverged = seat.member == member
                && matches!(seat.phase, SeatPhase::Split | SeatPhase::Reconciling);
            if diverged {
                // It is kept out until the two sides are one.
                if seat.phase == SeatPhase::Split {
                    self.end_split(state, at.seat, run);
                }
            } else if resumes {
                self.stop_phase(state, at.seat, run);
                self.dismiss_candidate(state, group, at.seat, run);
                self.serve(state, group, at.seat, member, run);
            } else {
                self.return_member(state, group, member, run);
            }
        }
        self.settle_seats_soon(state, group, run);
    }

    /// Whether the present or the last failure of a member is about to be noticed. What only reduces it is
    /// no failure: nothing begins when that is noticed.
    pub(super) fn is_being_noticed(&self, state: &State, member: MemberId) -> bool {
        match self.members[member].who {
            Who::Unit(unit) => self.units[unit]
                .processes
                .ids::<ProcessId>()
                .any(|process| {
                    let fault = state.processes[process.index()];
                    fault.notice_runs && self.fault_modes[fault.mode].effect != EffectPlan::Degraded
                }),
            // A group with standbys or a detector of its own notices its members for itself.
            Who::Group(group) => {
                let plan = &self.groups[group];
                state.members[member.index()].notice_runs
                    || !plan.notices_itself
                        && plan
                            .members
                            .ids::<MemberId>()
                            .any(|inner| self.is_being_noticed(state, inner))
            }
        }
    }

    /// A fit member without a role comes back: through resynchronisation, unless nobody serves whom
    /// it could follow.
    pub(super) fn return_member<I: Interpreter>(
        &self,
        state: &mut State,
        group: GroupId,
        member: MemberId,
        run: &mut I,
    ) {
        let waiting = self.waiting_seat(state, group, member);
        match self.members[member].rejoin {
            Some(clock) if waiting.is_none() => {
                self.set_role(state, member, Role::Rejoining, run);
                run.tell(Note::Rejoining(member));
                run.start(clock, 1.0);
            }
            _ => self.stand_by(state, group, member, run),
        }
    }

    /// A member stands by, or takes a seat that has waited for one.
    pub(super) fn stand_by<I: Interpreter>(
        &self,
        state: &mut State,
        group: GroupId,
        member: MemberId,
        run: &mut I,
    ) {
        self.set_role(state, member, Role::Standby, run);
        self.judge_staleness(state, group, member);
        state.group(group).ready += 1;
        run.tell(Note::StandingBy(member));
        if self.groups[group].quorum == 0
            && let Some(seat) = self.waiting_seat(state, group, member)
        {
            self.fill_waiting(state, group, seat, member, run);
        }
    }

    /// The seat that a member is to take if seats wait: its own before others.
    pub(super) fn waiting_seat(
        &self,
        state: &State,
        group: GroupId,
        member: MemberId,
    ) -> Option<SeatId> {
        let seats = self.groups[group].seats;
        let may_take = |&seat: &SeatId| {
            let at = &state.seats[seat.index()];
            // A stand-in that has failed leaves its seat to the preferred member.
            let comes_back = self.groups[group].after_exhaustion == AfterExhaustion::Preferred
                && at.member == member
                && self.seats[seat].preferred != member;
            at.phase == SeatPhase::Waiting && !comes_back
        };
        seats
            .ids()
            .filter(may_take)
            .find(|&seat| self.seats[seat].preferred == member)
            .or_else(|| seats.ids().find(may_take))
    }

    pub(super) fn fill_waiting<I: Interpreter>(
        &self,
        state: &mut State,
        group: GroupId,
        seat: SeatId,
        member: MemberId,
        run: &mut I,
    ) {
        if self.is_too_stale(state, group, member) {
            state.seat(seat).candidacy = Candidacy::Refused;
            run.tell(Note::LagsBehind(seat, member));
            return self.enter_manual(state, seat, run);
        }
        let at_once = match self.groups[group].after_exhaustion {
            AfterExhaustion::AtOnce => true,
            AfterExhaustion::Activate => false,
            AfterExhaustion::Resume => state.seat(seat).member == member,
            AfterExhaustion::Preferred => self.seats[seat].preferred == member,
        };
        if at_once {
            state.group(group).ready -= 1;
            self.serve(state, group, seat, member, run);
        } else {
            self.make_candidate(state, group, seat, member, run);
            // Nobody else can be serving: whatever there was, is down.
            state.seat(seat).fenced = true;
            self.enter_stage(state, seat, StageKind::Promoting, run);
        }
    }

    pub(super) fn make_candidate<I: Interpreter>(
        &self,
        state: &mut State,
        group: GroupId,
        seat: SeatId,
        member: MemberId,
        run: &mut I,
    ) {
        if state.member(member).role == Role::Standby {
            state.group(group).ready -= 1;
        }
        self.set_role(state, member, Role::Candidate, run);
        state.member(member).seat = seat;
        state.seat(seat).candidate = Some(member);
    }

    /// The candidate of a seat stands by again, or is out if it has failed meanwhile.
    pub(super) fn dismiss_candidate<I: Interpreter>(
        &self,
        state: &mut State,
        group: GroupId,
        seat: SeatId,
        run: &mut I,
    ) {
        if let Some(candidate) = state.seat(seat).candidate.take() {
            if self.is_fit(state, candidate) {
                self.set_role(state, candidate, Role::Standby, run);
                state.group(group).ready += 1;
            } else {
                self.find_dead(state, candidate, run);
            }
        }
    }

    /// A member that was counted on turns out to be dead, and now that is known.
    pub(super) fn find_dead<I: Interpreter>(
        &self,
        state: &mut State,
        member: MemberId,
        run: &mut I,
    ) {
        self.set_role(state, member, Role::Out, run);
        run.tell(Note::FoundDead(member));
        self.notice_all(state, member, run);
    }

    /// Whether a failover away from this member is under way, so that a repair may have to wait.
    pub(in crate::behaviour) fn awaits_takeover(&self, state: &State, member: MemberId) -> bool {
        let group = self.members[member].group;
        let at = state.members[member.index()];
        let seat = state.seats[at.seat.index()];
        if !self.groups[group].is_static
            && (seat.member == member || at.failed_candidate)
            && !matches!(seat.phase, SeatPhase::Serving | SeatPhase::Waiting)
        {
            return true;
        }
        // Or one away from the group that the member is in, which is down with it.
        let around = self.groups[group].member_of;
        around.is_some_and(|around| {
            !self.is_fit(state, around) && self.awaits_takeover(state, around)
        })
    }

    /// Begins the repairs of candidates that have failed in a takeover of this seat, which has ended.
    pub(super) fn release_failed_candidates<I: Interpreter>(
        &self,
        state: &mut State,
        group: GroupId,
        seat: SeatId,
        run: &mut I,
    ) {
        if self.groups[group].candidate_failure == CandidateFailure::Continue {
            return;
        }
        for member in self.groups[group].members.ids::<MemberId>() {
            let at = state.member(member);
            if at.seat == seat && std::mem::replace(&mut at.failed_candidate, false) {
                self.begin_deferred_repairs(state, member, run);
            }
        }
    }
}
