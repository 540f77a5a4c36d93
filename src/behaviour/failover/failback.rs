//! What follows from the state of a group: failback, quorum, planned switchover, warming up, lone
//! failures and false alarms.

use super::super::clock::{Interpreter, Note};
use super::super::plan::{Behaviour, FailbackPlan, MemberId, SeatId};
use super::super::state::{Role, SeatPhase, State};
use crate::model::{GroupId, LoneFailure};

impl Behaviour {
    /// The same when all is known that happens in this instant.
    #[inline(always)]
    pub(super) fn settle_seats_soon<I: Interpreter>(
        &self,
        state: &mut State,
        group: GroupId,
        run: &mut I,
    ) {
        match &mut state.instant {
            Some(now) => now.unsettle(group),
            None => self.settle_seats(state, group, run),
        }
    }

    /// Starts and stops what depends on several seats and members at once.
    pub(in crate::behaviour) fn settle_seats<I: Interpreter>(
        &self,
        state: &mut State,
        group: GroupId,
        run: &mut I,
    ) {
        let plan = &self.groups[group];
        if plan.is_static {
            return;
        }
        if plan.quorum > 0 {
            self.settle_quorum(state, group, run);
        }
        if plan.replication.is_some() {
            self.settle_stall(state, group, run);
        }
        for seat in plan.seats.ids::<SeatId>() {
            self.settle_warm_up(state, seat, run);
            self.settle_lone(state, group, seat, run);
            self.settle_failback(state, group, seat, run);
            self.settle_alarm(state, group, seat, run);
        }
        self.look_around(state, group, run);
        // What a seat can bear may change with its phase, though what it gives does not.
        self.capacity_changed(state, group, run);
        self.touch(state, group);
    }

    /// Whether a group has its quorum: so many fit members that any of them may serve.
    pub(super) fn has_quorum(&self, state: &State, group: GroupId) -> bool {
        let plan = &self.groups[group];
        let members = plan.members.ids::<MemberId>();
        let fit = members.filter(|&member| self.is_fit(state, member));
        plan.quorum == 0 || fit.count() >= plan.quorum
    }

    /// Without a quorum nobody serves; with one again, the seats that nobody has are filled.
    fn settle_quorum<I: Interpreter>(&self, state: &mut State, group: GroupId, run: &mut I) {
        let plan = &self.groups[group];
        for seat in plan.seats.ids::<SeatId>() {
            let waits = state.seat(seat).phase == SeatPhase::Waiting;
            let has_quorum = self.has_quorum(state, group);
            if !has_quorum && !waits {
                self.step_down(state, group, seat, run);
            } else if has_quorum && waits && state.group(group).ready > 0 {
                self.restart(state, group, seat, run);
            }
        }
        if !self.has_quorum(state, group) {
            // The service is gone, and people see whom it lacks.
            for member in plan.members.ids::<MemberId>() {
                if !self.is_fit(state, member) {
                    self.notice_hidden(state, member, run);
                }
            }
        }
    }

    /// The member of a seat stops serving, for it cannot know whether the others have replaced it.
    fn step_down<I: Interpreter>(
        &self,
        state: &mut State,
        group: GroupId,
        seat: SeatId,
        run: &mut I,
    ) {
        self.stop_phase(state, seat, run);
        self.dismiss_candidate(state, group, seat, run);
        let old = state.seat(seat).member;
        let role = self.role_at(state, old, seat);
        if matches!(role, Some(Role::Serving | Role::Fenced)) {
            self.stop_following(state, group, old, run);
            self.set_role(state, old, Role::Standby, run);
            state.group(group).ready += 1;
        }
        self.wait(state, group, seat, run);
    }

    /// A member that no longer serves does not warm up any more.
    fn settle_warm_up<I: Interpreter>(&self, state: &mut State, seat: SeatId, run: &mut I) {
        if state.seat(seat).warming && state.seat(seat).phase != SeatPhase::Serving {
            state.seat(seat).warming = false;
            run.stop(self.seats[seat].warm_up.expect("what warms up takes time"));
        }
    }

    /// A member that has just taken over serves degraded at first.
    pub(super) fn warm_up<I: Interpreter>(
        &self,
        state: &mut State,
        group: GroupId,
        seat: SeatId,
        run: &mut I,
    ) {
        if let Some(clock) = self.seats[seat].warm_up
            && state.seat(seat).phase == SeatPhase::Serving
        {
            state.seat(seat).warming = true;
            run.start(clock, 1.0);
            let level = self.serving_level(state, seat);
            self.give(state, group, seat, level, run);
        }
    }

    /// A member serves in full.
    pub(in crate::behaviour) fn warmed_up<I: Interpreter>(
        &self,
        state: &mut State,
        seat: SeatId,
        run: &mut I,
    ) {
        state.seat(seat).warming = false;
        let level = self.serving_level(state, seat);
        self.give(state, self.seats[seat].group, seat, level, run);
        self.capacity_changed(state, self.seats[seat].group, run);
    }

    /// Where a lone failure waits for a repair at once, it does so as soon as it is alone.
    fn settle_lone<I: Interpreter>(
        &self,
        state: &mut State,
        group: GroupId,
        seat: SeatId,
        run: &mut I,
    ) {
        if self.groups[group].lone_failure != LoneFailure::Wait || state.group(group).ready > 0 {
            return;
        }
        let at = *state.seat(seat);
        let without_candidate = matches!(
            at.phase,
            SeatPhase::Undetected | SeatPhase::Deciding | SeatPhase::Manual
        ) && at.candidate.is_none();
        if without_candidate && !at.spurious {
            self.stop_phase(state, seat, run);
            self.wait(state, group, seat, run);
            // The service is gone, and everybody sees why.
            self.notice_all(state, at.member, run);
        }
    }

    fn settle_failback<I: Interpreter>(
        &self,
        state: &mut State,
        group: GroupId,
        seat: SeatId,
        run: &mut I,
    ) {
        let policy = self.groups[group].failback;
        if policy == FailbackPlan::Never {
            return;
        }
        let preferred = self.seats[seat].preferred;
        let at = *state.seat(seat);
        let wanted = at.phase == SeatPhase::Serving
            && at.member != preferred
            && state.member(preferred).role == Role::Standby
            && !self.is_due_for_work(state, preferred);
        match (policy, wanted) {
            (FailbackPlan::AtOnce, true) => self.start_failback(state, group, seat, run),
            (FailbackPlan::Due, true) if !at.failback_runs => {
                state.seat(seat).failback_runs = true;
                run.start(
                    self.seats[seat]
                        .failback_due
                        .expect("a failback that is due some time has a clock"),
                    1.0,
                );
            }
            (FailbackPlan::Due, false) if at.failback_runs => {
                state.seat(seat).failback_runs = false;
                run.stop(
                    self.seats[seat]
                        .failback_due
                        .expect("a failback that is due some time has a clock"),
                );
            }
            (FailbackPlan::Never | FailbackPlan::AtOnce | FailbackPlan::Due, _) => {}
        }
    }

    /// It is time for a failback.
    pub(in crate::behaviour) fn failback_due<I: Interpreter>(
        &self,
        state: &mut State,
        seat: SeatId,
        run: &mut I,
    ) {
        let group = self.seats[seat].group;
        state.seat(seat).failback_runs = false;
        self.start_failback(state, group, seat, run);
        self.settle_seats(state, group, run);
    }

    fn start_failback<I: Interpreter>(
        &self,
        state: &mut State,
        group: GroupId,
        seat: SeatId,
        run: &mut I,
    ) {
        let preferred = self.seats[seat].preferred;
        run.tell(Note::FailbackStart(seat, preferred));
        self.hand_over(state, group, seat, preferred, SeatPhase::Failback, run);
    }

    /// The serving member of a seat hands over to a standby, as planned work is due.
    pub(in crate::behaviour) fn start_switchover<I: Interpreter>(
        &self,
        state: &mut State,
        group: GroupId,
        seat: SeatId,
        candidate: MemberId,
        run: &mut I,
    ) {
        run.tell(Note::SwitchoverStart(seat, candidate));
        self.hand_over(state, group, seat, candidate, SeatPhase::Switchover, run);
    }

    /// A healthy member hands its seat over: a failback or a switchover.
    fn hand_over<I: Interpreter>(
        &self,
        state: &mut State,
        group: GroupId,
        seat: SeatId,
        candidate: MemberId,
        phase: SeatPhase,
        run: &mut I,
    ) {
        self.make_candidate(state, group, seat, candidate, run);
        state.seat(seat).phase = phase;
        let old = state.seat(seat).member;
        if self.is_handing_over(state, old) && self.groups[group].dormancy != 1.0 {
            self.set_member_speed(state, old, run);
        }
        let clock = if phase == SeatPhase::Failback {
            self.seats[seat].failback
        } else {
            self.seats[seat].switchover
        };
        match (clock, self.groups[group].handover_during(phase)) {
            (Some(clock), Some(during)) => {
                self.give(state, group, seat, during, run);
                run.start(clock, 1.0);
            }
            (None, _) | (_, None) => self.finish_failback(state, group, seat, run),
        }
    }

    /// The switchover of a failback has ended.
    pub(in crate::behaviour) fn failback_ended<I: Interpreter>(
        &self,
        state: &mut State,
        seat: SeatId,
        run: &mut I,
    ) {
        let group = self.seats[seat].group;
        self.finish_failback(state, group, seat, run);
        self.settle_seats(state, group, run);
    }

    fn finish_failback<I: Interpreter>(
        &self,
        state: &mut State,
        group: GroupId,
        seat: SeatId,
        run: &mut I,
    ) {
        let candidate = state
            .seat(seat)
            .candidate
            .expect("a failback has a candidate");
        if self.is_fit(state, candidate) {
            self.serve(state, group, seat, candidate, run);
            self.warm_up(state, group, seat, run);
        } else {
            // Dead for some time, and found out only now.
            run.tell(Note::FoundDead(candidate));
            self.candidate_down(state, group, seat, candidate, run);
            self.notice_all(state, candidate, run);
        }
    }

    fn settle_alarm<I: Interpreter>(
        &self,
        state: &mut State,
        group: GroupId,
        seat: SeatId,
        run: &mut I,
    ) {
        if let Some(clock) = self.seats[seat].false_alarm {
            let wanted =
                state.group(group).ready > 0 && state.seat(seat).phase == SeatPhase::Serving;
            if wanted != state.seat(seat).alarm_runs {
                state.seat(seat).alarm_runs = wanted;
                if wanted {
                    run.start(clock, 1.0);
                } else {
                    run.stop(clock);
                }
            }
        }
    }
}
