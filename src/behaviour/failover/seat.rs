//! Groups with standbys, as their seats see it: the stages of a takeover, and what follows when they
//! fail.

use super::super::clock::{ClockId, Coming, Interpreter, Note};
use super::super::plan::{Behaviour, MemberId, ProcessId, SeatId, StageKind, StagePlan, Who};
use super::super::state::{FaultPhase, Handover, Role, SeatPhase, State};
use super::stage_of;
use crate::base::Id;
use crate::model::{CandidateFailure, GroupId, Level, OnFailure};

/// Marks an attempt of a stage, to tell it from one that begins meanwhile.
const THIS_ATTEMPT: u8 = u8::MAX;

impl Behaviour {
    pub(super) fn stage(&self, group: GroupId, stage: StageKind) -> &StagePlan {
        &self.stages[self.groups[group].stages + stage as usize]
    }

    /// The failure of a seat's member is known, or believed: a takeover begins.
    pub(super) fn start_failover<I: Interpreter>(
        &self,
        state: &mut State,
        seat: SeatId,
        run: &mut I,
    ) {
        let group = self.seats[seat].group;
        let at = state.seat(seat);
        at.candidate = None;
        at.fenced = false;
        if state.group(group).ready == 0 {
            return self.wait(state, group, seat, run);
        }
        if let Some(clock) = self.groups[group].hold_down {
            if state.group(group).held {
                run.tell(Note::HeldDown(seat));
                return self.enter_manual(state, seat, run);
            }
            state.group(group).held = true;
            run.start(clock, 1.0);
        }
        self.enter_stage(state, seat, StageKind::Deciding, run);
    }

    /// The hold-down time has passed.
    pub(in crate::behaviour) fn hold_down_ended(&self, state: &mut State, group: GroupId) {
        state.group(group).held = false;
    }

    /// A healthy member is taken for a failed one.
    pub(in crate::behaviour) fn false_alarm<I: Interpreter>(
        &self,
        state: &mut State,
        seat: SeatId,
        run: &mut I,
    ) {
        let group = self.seats[seat].group;
        state.seat(seat).alarm_runs = false;
        // Within the hold-down time automation does nothing, and people see that all is well.
        if !state.group(group).held {
            run.tell(Note::FalseAlarm(seat, state.seat(seat).member));
            state.seat(seat).spurious = true;
            self.start_failover(state, seat, run);
        }
        self.settle_seats(state, group, run);
    }

    pub(super) fn enter_stage<I: Interpreter>(
        &self,
        state: &mut State,
        seat: SeatId,
        stage: StageKind,
        run: &mut I,
    ) {
        let group = self.seats[seat].group;
        let plan = self.stage(group, stage);
        let at = state.seat(seat);
        at.phase = stage.phase();
        at.attempts = 0;
        run.tell(Note::StageStart(seat, at.phase, at.candidate));
        let gives = self.stage_gives(state, seat, plan.during);
        self.give(state, group, seat, gives, run);
        if plan.is_instant {
            self.stage_succeeded(state, seat, stage, run);
        } else {
            self.start_stage_clock(state, seat, stage, run);
        }
    }

    fn start_stage_clock<I: Interpreter>(
        &self,
        state: &State,
        seat: SeatId,
        stage: StageKind,
        run: &mut I,
    ) {
        let plan = &self.seats[seat];
        let need = self.groups[plan.group].step_needs[stage as usize];
        run.start(
            plan.stages[stage as usize].expect("a stage that takes time has a clock"),
            self.step_speed(state, need),
        );
    }

    /// What a seat gives in a stage: what its old member gives, as long as that one serves on.
    fn stage_gives(&self, state: &State, seat: SeatId, during: Level) -> Level {
        let at = state.seats[seat.index()];
        if self.role_at(state, at.member, seat) == Some(Role::Serving) {
            self.member_level(state, at.member).max(during)
        } else {
            during
        }
    }

    /// An attempt of the present stage has ended.
    pub(in crate::behaviour) fn stage_ended<I: Interpreter>(
        &self,
        state: &mut State,
        seat: SeatId,
        run: &mut I,
    ) {
        let group = self.seats[seat].group;
        let stage = stage_of(state.seat(seat).phase).expect("a stage clock runs in a stage");
        let plan = *self.stage(group, stage);
        if plan.succeeds >= 1.0
            || run.choose(self.seats[seat].succeeds[stage as usize], plan.succeeds)
        {
            self.stage_succeeded(state, seat, stage, run);
        } else {
            run.tell(Note::StageFailure(seat, state.seat(seat).phase));
            if state.seat(seat).attempts < plan.retries {
                state.seat(seat).attempts += 1;
                self.start_stage_clock(state, seat, stage, run);
            } else {
                match plan.then {
                    OnFailure::Manual => self.enter_manual(state, seat, run),
                    OnFailure::Proceed => self.stage_passed(state, seat, stage, run),
                    OnFailure::NextCandidate => self.try_next(state, group, seat, run),
                }
            }
        }
        self.settle_seats(state, group, run);
    }

    fn stage_succeeded<I: Interpreter>(
        &self,
        state: &mut State,
        seat: SeatId,
        stage: StageKind,
        run: &mut I,
    ) {
        if stage == StageKind::Fencing {
            let group = self.seats[seat].group;
            state.seat(seat).fenced = true;
            let old = state.seat(seat).member;
            if self.role_at(state, old, seat) == Some(Role::Serving) {
                self.stop_following(state, group, old, run);
                // What has nothing to catch up on may take over again at once.
                let role = if self.members[old].rejoin.is_some() {
                    Role::Fenced
                } else {
                    Role::Standby
                };
                state.group(group).ready += u32::from(role == Role::Standby);
                self.set_role(state, old, role, run);
            }
        }
        self.stage_passed(state, seat, stage, run);
    }

    /// A stage is over, for better or worse: what comes next.
    fn stage_passed<I: Interpreter>(
        &self,
        state: &mut State,
        seat: SeatId,
        stage: StageKind,
        run: &mut I,
    ) {
        let group = self.seats[seat].group;
        match stage {
            StageKind::Deciding => match self.candidate(state, group, None, false) {
                None => self.wait(state, group, seat, run),
                Some(first) => {
                    let Some(candidate) = self.allowed(state, group, seat, first, run) else {
                        return self.enter_manual(state, seat, run);
                    };
                    self.make_candidate(state, group, seat, candidate, run);
                    let next = if self.groups[group].has_fencing && !state.seat(seat).fenced {
                        StageKind::Fencing
                    } else {
                        StageKind::Promoting
                    };
                    self.enter_stage(state, seat, next, run);
                }
            },
            StageKind::Fencing => self.enter_stage(state, seat, StageKind::Promoting, run),
            StageKind::Promoting => self.promoted(state, group, seat, run),
            StageKind::Redirecting => self.complete(state, group, seat, run),
        }
    }

    /// The candidate has been activated, if it was not dead.
    fn promoted<I: Interpreter>(
        &self,
        state: &mut State,
        group: GroupId,
        seat: SeatId,
        run: &mut I,
    ) {
        let candidate = state
            .seat(seat)
            .candidate
            .expect("promoting has a candidate");
        let mut dead = Vec::new();
        self.call(state, candidate, &mut dead, run);
        if !dead.is_empty() {
            run.tell(Note::FoundDead(candidate));
            let attempts = std::mem::replace(&mut state.seat(seat).attempts, THIS_ATTEMPT);
            self.fail_on_demand(state, &dead, run);
            // The faults may have put an end to this attempt, or to the quorum. Another one may have begun with
            // the same candidate: a group that has replaced its dead unit at once.
            let at = state.seat(seat);
            let is_new = at.attempts != THIS_ATTEMPT;
            if !is_new {
                at.attempts = attempts;
            }
            if is_new || at.phase != SeatPhase::Promoting || at.candidate != Some(candidate) {
                return;
            }
        }
        if !self.is_fit(state, candidate)
            && self.groups[group].candidate_failure != CandidateFailure::Continue
        {
            // It has been dead for some time, and now that is known.
            run.tell(Note::FoundDead(candidate));
            return self.candidate_down(state, group, seat, candidate, run);
        }
        // The dead write nothing that could contradict the old member.
        let could_split = !state.seat(seat).fenced && self.is_fit(state, candidate);
        if could_split && self.old_is_alive(state, seat) {
            self.start_split(state, group, seat, run);
        } else {
            self.enter_stage(state, seat, StageKind::Redirecting, run);
        }
    }

    /// Calls a unit, or the units that hold the seats of a group, and lists the processes of those that fail
    /// on demand. What is down already does not fail again.
    fn call<I: Interpreter>(
        &self,
        state: &State,
        member: MemberId,
        dead: &mut Vec<ProcessId>,
        run: &mut I,
    ) {
        match self.members[member].who {
            Who::Unit(unit) => {
                if let Some(demand) = self.units[unit].demand
                    && state.processes[demand.process.index()].phase == FaultPhase::Fine
                    && self.is_fit(state, member)
                    && run.choose(demand.branch, demand.probability)
                {
                    dead.push(demand.process);
                }
            }
            Who::Group(group) => {
                for seat in self.groups[group].seats.ids::<SeatId>() {
                    self.call(state, state.seats[seat.index()].member, dead, run);
                }
            }
        }
    }

    /// The last stage is over: somebody serves.
    fn complete<I: Interpreter>(
        &self,
        state: &mut State,
        group: GroupId,
        seat: SeatId,
        run: &mut I,
    ) {
        let candidate = state
            .seat(seat)
            .candidate
            .expect("redirecting has a candidate");
        if self.groups[group].candidate_failure == CandidateFailure::Continue {
            // Whoever is fit at the end serves, the preferred member first.
            self.dismiss_candidate(state, group, seat, run);
            self.seat_the_fit(state, group, seat, run);
        } else {
            state.seat(seat).candidate = None;
            self.serve(state, group, seat, candidate, run);
        }
        self.warm_up(state, group, seat, run);
    }

    /// Fills a seat with the first fit member, as people would, or waits for one.
    pub(super) fn seat_the_fit<I: Interpreter>(
        &self,
        state: &mut State,
        group: GroupId,
        seat: SeatId,
        run: &mut I,
    ) {
        let fit = self.candidate(state, group, None, true);
        match fit {
            Some(member) => {
                state.group(group).ready -= 1;
                self.serve(state, group, seat, member, run);
            }
            None => self.wait(state, group, seat, run),
        }
        // Whoever would have been called before is dead.
        while let Some(dead) = self.candidate(state, group, None, false)
            && fit.is_none_or(|fit| dead < fit)
            && !self.is_fit(state, dead)
        {
            state.group(group).ready -= 1;
            self.find_dead(state, dead, run);
        }
    }

    /// The next candidate after the present one is promoted; people take over if there is none.
    fn try_next<I: Interpreter>(
        &self,
        state: &mut State,
        group: GroupId,
        seat: SeatId,
        run: &mut I,
    ) {
        let tried = state.seat(seat).candidate;
        self.dismiss_candidate(state, group, seat, run);
        let next = tried.and_then(|tried| self.candidate(state, group, Some(tried), false));
        match next.and_then(|next| self.allowed(state, group, seat, next, run)) {
            None => self.enter_manual(state, seat, run),
            Some(next) => {
                self.make_candidate(state, group, seat, next, run);
                self.enter_stage(state, seat, StageKind::Promoting, run);
            }
        }
    }

    /// The first candidate from this one on that does not lag too far behind, if others may be looked
    /// at where one does.
    fn allowed<I: Interpreter>(
        &self,
        state: &mut State,
        group: GroupId,
        seat: SeatId,
        first: MemberId,
        run: &mut I,
    ) -> Option<MemberId> {
        let mut candidate = first;
        while self.is_refused(state, group, seat, candidate, run) {
            let replication = self.groups[group].replication.as_ref();
            let gate = replication.and_then(|plan| plan.gate);
            if !gate.is_some_and(|gate| gate.tries_next) {
                return None;
            }
            candidate = self.candidate(state, group, Some(candidate), false)?;
        }
        Some(candidate)
    }

    /// A takeover begins anew, with whoever is left.
    pub(super) fn restart<I: Interpreter>(
        &self,
        state: &mut State,
        group: GroupId,
        seat: SeatId,
        run: &mut I,
    ) {
        if state.group(group).ready == 0 || !self.has_quorum(state, group) {
            self.wait(state, group, seat, run);
        } else {
            self.enter_stage(state, seat, StageKind::Deciding, run);
        }
    }

    /// The first member in order that stands by, after the one tried last; one that has missed what was
    /// written last comes after all others.
    fn candidate(
        &self,
        state: &State,
        group: GroupId,
        after: Option<MemberId>,
        fit: bool,
    ) -> Option<MemberId> {
        let first = |stale: bool| {
            self.groups[group]
                .members
                .ids::<MemberId>()
                .find(|&member| {
                    let at = state.members[member.index()];
                    at.role == Role::Standby
                        && at.stale == stale
                        && after.is_none_or(|tried| member > tried)
                        && (!fit || self.is_fit(state, member))
                })
        };
        first(false).or_else(|| {
            let any_stale = self.groups[group].replication.is_some();
            any_stale.then(|| first(true)).flatten()
        })
    }

    pub(super) fn enter_manual<I: Interpreter>(
        &self,
        state: &mut State,
        seat: SeatId,
        run: &mut I,
    ) {
        let group = self.seats[seat].group;
        self.dismiss_candidate(state, group, seat, run);
        state.seat(seat).phase = SeatPhase::Manual;
        run.tell(Note::StageStart(seat, SeatPhase::Manual, None));
        let gives = self.stage_gives(state, seat, Level::Down);
        self.give(state, group, seat, gives, run);
        self.call_people(state, seat, run);
    }

    /// People have brought a seat back.
    pub(in crate::behaviour) fn manual_ended<I: Interpreter>(
        &self,
        state: &mut State,
        seat: SeatId,
        run: &mut I,
    ) {
        let group = self.seats[seat].group;
        self.dismiss_people(state, seat, run);
        let old = state.seat(seat).member;
        let role = self.role_at(state, old, seat);
        if matches!(role, Some(Role::Serving | Role::Fenced)) {
            // The alarm was false, and people see that.
            self.serve(state, group, seat, old, run);
        } else {
            self.seat_the_fit(state, group, seat, run);
            self.warm_up(state, group, seat, run);
        }
        self.settle_seats(state, group, run);
    }

    /// No standby is left: the seat waits for the first member that is restored.
    pub(super) fn wait<I: Interpreter>(
        &self,
        state: &mut State,
        group: GroupId,
        seat: SeatId,
        run: &mut I,
    ) {
        let old = state.seat(seat).member;
        self.dismiss_candidate(state, group, seat, run);
        if self.role_at(state, old, seat) == Some(Role::Serving) {
            // There is nobody to take over from a healthy member: it serves on.
            return self.serve(state, group, seat, old, run);
        }
        let at = state.seat(seat);
        at.phase = SeatPhase::Waiting;
        at.spurious = false;
        at.fenced = false;
        run.tell(Note::Exhausted(seat));
        self.give(state, group, seat, Level::Down, run);
        self.begin_deferred_repairs(state, old, run);
        self.release_failed_candidates(state, group, seat, run);
        if self.role_at(state, old, seat) == Some(Role::Fenced) {
            // It was kept from serving for somebody who is dead now.
            return self.stand_by(state, group, old, run);
        }
        // A standby that was overlooked, because it came back while the takeover went on.
        if self.groups[group].quorum == 0
            && let Some(member) = self.candidate(state, group, None, true)
            && self.waiting_seat(state, group, member) == Some(seat)
        {
            self.fill_waiting(state, group, seat, member, run);
        }
    }

    /// A member takes a seat and serves.
    pub(super) fn serve<I: Interpreter>(
        &self,
        state: &mut State,
        group: GroupId,
        seat: SeatId,
        member: MemberId,
        run: &mut I,
    ) {
        let old = state.seat(seat).member;
        self.take_data_over(state, group, seat, old, member, run);
        let at = state.seat(seat);
        at.member = member;
        let handover = at.phase.handover();
        let resumes = handover.is_some() && old == member;
        let coming = match handover {
            _ if old == member => Coming::Back,
            Some(Handover::Failback) => Coming::Failback,
            Some(Handover::Switchover) => Coming::Switchover,
            None => Coming::Failover,
        };
        at.phase = SeatPhase::Serving;
        at.candidate = None;
        at.spurious = false;
        at.fenced = false;
        at.attempts = 0;
        state.member(member).seat = seat;
        self.set_role(state, member, Role::Serving, run);
        if resumes && self.groups[group].dormancy != 1.0 {
            self.set_member_speed(state, member, run);
        }
        run.tell(Note::Serving(seat, member, coming));
        let level = self.serving_level(state, seat);
        self.give(state, group, seat, level, run);
        if old != member {
            self.capacity_changed(state, group, run);
            if let Some(clock) = self.seats[seat].client {
                self.lead_clients(state, seat, clock, run);
            }
        }
        self.release_failed_candidates(state, group, seat, run);
        self.show_hidden_faults(state, member, run);
        if old != member {
            match self.role_at(state, old, seat) {
                Some(Role::Fenced) => self.return_member(state, group, old, run),
                Some(Role::Out) if self.is_fit(state, old) => {
                    self.return_member(state, group, old, run)
                }
                Some(Role::Out) => self.begin_deferred_repairs(state, old, run),
                // Handed over in health.
                Some(Role::Serving) => self.stand_by(state, group, old, run),
                Some(Role::Standby | Role::Candidate | Role::Rejoining) | None => {}
            }
        }
    }

    /// The clients of a seat have to find out that another member serves.
    fn lead_clients<I: Interpreter>(
        &self,
        state: &mut State,
        seat: SeatId,
        clock: ClockId,
        run: &mut I,
    ) {
        if run.lead_clients(seat) {
            state.seat(seat).client_away = true;
            run.start(clock, 1.0);
        }
        state.mark(self.seats[seat].group);
    }

    /// The client that is followed has found the member that serves.
    pub(in crate::behaviour) fn client_back(&self, state: &mut State, seat: SeatId) {
        state.seat(seat).client_away = false;
        state.mark(self.seats[seat].group);
    }

    /// Stops the clock of what goes on at a seat.
    pub(super) fn stop_phase<I: Interpreter>(&self, state: &mut State, seat: SeatId, run: &mut I) {
        let plan = &self.seats[seat];
        let phase = state.seats[seat.index()].phase;
        let clock = match phase {
            SeatPhase::Serving | SeatPhase::Undetected | SeatPhase::Waiting => None,
            SeatPhase::Manual => {
                self.dismiss_people(state, seat, run);
                plan.manual
            }
            SeatPhase::Failback => plan.failback,
            SeatPhase::Switchover => plan.switchover,
            SeatPhase::Split => plan.split,
            SeatPhase::Reconciling => plan.reconcile,
            SeatPhase::Deciding
            | SeatPhase::Fencing
            | SeatPhase::Promoting
            | SeatPhase::Redirecting => {
                stage_of(phase).and_then(|stage| plan.stages[stage as usize])
            }
        };
        if let Some(clock) = clock {
            run.stop(clock);
        }
    }
}
