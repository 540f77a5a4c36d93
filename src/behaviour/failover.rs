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

use super::clock::{Interpreter, Note};
use super::plan::{Behaviour, FailbackPlan, MemberId, ProcessId, SeatId, StageKind, Who};
use super::shape::{Any, Shape};
use super::state::{Candidacy, FaultPhase, Role, SeatPhase, State, Sync};
use crate::base::Id;
use crate::model::{
    AfterExhaustion, CandidateFailure, GroupId, Level, LoneFailure, OnFailure, Recovered, UnitId,
};

impl super::plan::GroupPlan {
    /// What a seat gives while it is handed over in health, if it is.
    fn handover_during(&self, phase: SeatPhase) -> Option<Level> {
        match phase {
            SeatPhase::Failback => Some(self.failback_during),
            SeatPhase::Switchover => Some(self.switchover_during),
            SeatPhase::Serving
            | SeatPhase::Undetected
            | SeatPhase::Deciding
            | SeatPhase::Fencing
            | SeatPhase::Promoting
            | SeatPhase::Redirecting
            | SeatPhase::Manual
            | SeatPhase::Waiting
            | SeatPhase::Split
            | SeatPhase::Reconciling => None,
        }
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
fn stage_of(phase: SeatPhase) -> Option<StageKind> {
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

// ---- what members do ----

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
        // when the first failure is noticed. That of a group is what has just been noticed.
        let seat = state.member(member).seat;
        let is_awaited = role == Role::Standby
            && matches!(self.members[member].who, Who::Unit(_))
            && !self.is_fit(state, member)
            && self.is_being_noticed(state, member);
        if state.seat(seat).member == member
            && state.seat(seat).phase == SeatPhase::Undetected
            && !is_awaited
        {
            self.start_failover(state, seat, run);
        }
        self.settle_seats(state, group, run);
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
        let changes = (before == Role::Serving) != (role == Role::Serving);
        if changes && self.groups[self.members[member].group].dormancy != 1.0 {
            self.set_member_speed(state, member, run);
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

// ---- groups without standbys ----

impl Behaviour {
    #[inline(always)]
    pub(super) fn static_member_down<S: Shape, I: Interpreter>(
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
    pub(super) fn static_member_up<S: Shape, I: Interpreter>(
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
    fn seat_static_member<S: Shape, I: Interpreter>(
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
        run.tell(Note::Serving(seat, member));
        self.give(state, group, seat, level, run);
        if !S::PLAIN && self.groups[group].shares_requests {
            state.mark(group);
        }
    }

    fn stop_swallowing<I: Interpreter>(
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

// ---- groups with standbys: members ----

impl Behaviour {
    fn seated_member_down<I: Interpreter>(
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
            Role::Candidate => self.candidate_down(state, group, at.seat, member, run),
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
        self.settle_seats(state, group, run);
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

    fn candidate_down<I: Interpreter>(
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
                if state.member(old).role == Role::Serving {
                    self.serve(state, group, seat, old, run);
                } else {
                    self.start_failover(state, seat, run);
                }
            }
            SeatPhase::Split | SeatPhase::Reconciling => {
                self.set_role(state, member, Role::Out, run);
                self.stop_phase(state, seat, run);
                let old = state.seat(seat).member;
                let old_is_usable = match state.member(old).role {
                    Role::Serving => true,
                    // Back from behind a partition, and kept out until the sides are reconciled.
                    Role::Out => self.is_fit(state, old),
                    Role::Standby | Role::Candidate | Role::Fenced | Role::Rejoining => false,
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
                if let Who::Unit(unit) = self.members[member].who {
                    self.notice_all(state, unit, run);
                }
            }
        }
    }

    /// Whoever directs the takeover sees what is wrong with its candidate.
    fn notice_all<I: Interpreter>(&self, state: &mut State, unit: UnitId, run: &mut I) {
        for process in self.units[unit].processes.ids::<ProcessId>() {
            if state.processes[process.index()].phase != FaultPhase::Fine {
                self.notice::<Any, I>(state, process, run);
            }
        }
    }

    fn seated_member_up<I: Interpreter>(
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
        self.settle_seats(state, group, run);
    }

    /// Whether the present or the last failure of a member is about to be noticed.
    fn is_being_noticed(&self, state: &State, member: MemberId) -> bool {
        match self.members[member].who {
            Who::Unit(unit) => self.units[unit]
                .processes
                .ids::<ProcessId>()
                .any(|process| state.processes[process.index()].notice_runs),
            Who::Group(_) => true,
        }
    }

    /// A fit member without a role comes back: through resynchronisation, unless nobody serves whom
    /// it could follow.
    fn return_member<I: Interpreter>(
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
    fn stand_by<I: Interpreter>(
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
    fn waiting_seat(&self, state: &State, group: GroupId, member: MemberId) -> Option<SeatId> {
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

    fn fill_waiting<I: Interpreter>(
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

    fn make_candidate<I: Interpreter>(
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
    fn dismiss_candidate<I: Interpreter>(
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
    fn find_dead<I: Interpreter>(&self, state: &mut State, member: MemberId, run: &mut I) {
        self.set_role(state, member, Role::Out, run);
        run.tell(Note::FoundDead(member));
        if let Who::Unit(unit) = self.members[member].who {
            self.notice_all(state, unit, run);
        }
    }

    /// Whether a failover away from this member is under way, so that a repair may have to wait.
    pub(super) fn awaits_takeover(&self, state: &State, member: MemberId) -> bool {
        let plan = &self.members[member];
        if self.groups[plan.group].is_static {
            return false;
        }
        let at = state.members[member.index()];
        let seat = state.seats[at.seat.index()];
        (seat.member == member || at.failed_candidate)
            && !matches!(seat.phase, SeatPhase::Serving | SeatPhase::Waiting)
    }

    /// Begins the repairs of candidates that have failed in a takeover of this seat, which has ended.
    fn release_failed_candidates<I: Interpreter>(
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
            if at.seat == seat
                && std::mem::replace(&mut at.failed_candidate, false)
                && let Who::Unit(unit) = self.members[member].who
            {
                self.begin_deferred_repairs(state, unit, run);
            }
        }
    }
}

// ---- groups with standbys: seats ----

impl Behaviour {
    fn stage(&self, group: GroupId, stage: StageKind) -> &super::plan::StagePlan {
        &self.stages[self.groups[group].stages + stage as usize]
    }

    /// The failure of a seat's member is known, or believed: a takeover begins.
    fn start_failover<I: Interpreter>(&self, state: &mut State, seat: SeatId, run: &mut I) {
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
    pub(super) fn hold_down_ended(&self, state: &mut State, group: GroupId) {
        state.group(group).held = false;
    }

    /// A healthy member is taken for a failed one.
    pub(super) fn false_alarm<I: Interpreter>(&self, state: &mut State, seat: SeatId, run: &mut I) {
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

    fn enter_stage<I: Interpreter>(
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
        let gives = self.stage_gives(state, group, seat, plan.during);
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
    fn stage_gives(&self, state: &State, _group: GroupId, seat: SeatId, during: Level) -> Level {
        let at = state.seats[seat.index()];
        if state.members[at.member.index()].role == Role::Serving
            && state.members[at.member.index()].seat == seat
        {
            self.member_level(state, at.member).max(during)
        } else {
            during
        }
    }

    /// An attempt of the present stage has ended.
    pub(super) fn stage_ended<I: Interpreter>(&self, state: &mut State, seat: SeatId, run: &mut I) {
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
            if state.member(old).role == Role::Serving {
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
        if let Who::Unit(unit) = self.members[candidate].who
            && let Some(demand) = self.units[unit].demand
            && state.processes[demand.process.index()].phase == FaultPhase::Fine
            && run.choose(demand.branch, demand.probability)
        {
            run.tell(Note::FoundDead(candidate));
            let mode = super::plan::FaultModeId(self.processes[demand.process].modes.first);
            self.begin_fault::<Any, I>(state, demand.process, mode, run);
            // The fault may have put an end to this attempt, or to the quorum.
            let at = state.seat(seat);
            if at.phase != SeatPhase::Promoting || at.candidate != Some(candidate) {
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
    fn seat_the_fit<I: Interpreter>(
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
    fn restart<I: Interpreter>(
        &self,
        state: &mut State,
        group: GroupId,
        seat: SeatId,
        run: &mut I,
    ) {
        if state.group(group).ready == 0 {
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

    fn enter_manual<I: Interpreter>(&self, state: &mut State, seat: SeatId, run: &mut I) {
        let group = self.seats[seat].group;
        self.dismiss_candidate(state, group, seat, run);
        state.seat(seat).phase = SeatPhase::Manual;
        run.tell(Note::StageStart(seat, SeatPhase::Manual, None));
        let gives = self.stage_gives(state, group, seat, Level::Down);
        self.give(state, group, seat, gives, run);
        self.call_people(state, seat, run);
    }

    /// People have brought a seat back.
    pub(super) fn manual_ended<I: Interpreter>(
        &self,
        state: &mut State,
        seat: SeatId,
        run: &mut I,
    ) {
        let group = self.seats[seat].group;
        self.dismiss_people(state, seat, run);
        let old = state.seat(seat).member;
        if matches!(state.member(old).role, Role::Serving | Role::Fenced) {
            // The alarm was false, and people see that.
            self.serve(state, group, seat, old, run);
        } else {
            self.seat_the_fit(state, group, seat, run);
            self.warm_up(state, group, seat, run);
        }
        self.settle_seats(state, group, run);
    }

    /// No standby is left: the seat waits for the first member that is restored.
    fn wait<I: Interpreter>(&self, state: &mut State, group: GroupId, seat: SeatId, run: &mut I) {
        let old = state.seat(seat).member;
        self.dismiss_candidate(state, group, seat, run);
        if state.member(old).role == Role::Serving {
            // There is nobody to take over from a healthy member: it serves on.
            return self.serve(state, group, seat, old, run);
        }
        let at = state.seat(seat);
        at.phase = SeatPhase::Waiting;
        at.spurious = false;
        at.fenced = false;
        run.tell(Note::Exhausted(seat));
        self.give(state, group, seat, Level::Down, run);
        if let Who::Unit(unit) = self.members[old].who {
            self.begin_deferred_repairs(state, unit, run);
        }
        self.release_failed_candidates(state, group, seat, run);
        if state.member(old).role == Role::Fenced {
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
    fn serve<I: Interpreter>(
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
        let resumes =
            matches!(at.phase, SeatPhase::Failback | SeatPhase::Switchover) && old == member;
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
        run.tell(Note::Serving(seat, member));
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
            let role = state.member(old).role;
            match role {
                Role::Fenced => self.return_member(state, group, old, run),
                Role::Out if self.is_fit(state, old) => self.return_member(state, group, old, run),
                Role::Out => {
                    if let Who::Unit(unit) = self.members[old].who {
                        self.begin_deferred_repairs(state, unit, run);
                    }
                }
                // Handed over in health, or already seated or standing by elsewhere.
                Role::Serving if state.member(old).seat == seat => {
                    self.stand_by(state, group, old, run)
                }
                Role::Serving | Role::Standby | Role::Candidate | Role::Rejoining => {}
            }
        }
    }

    /// The clients of a seat have to find out that another member serves.
    fn lead_clients<I: Interpreter>(
        &self,
        state: &mut State,
        seat: SeatId,
        clock: super::ClockId,
        run: &mut I,
    ) {
        if run.lead_clients(seat) {
            state.seat(seat).client_away = true;
            run.start(clock, 1.0);
            state.mark(self.seats[seat].group);
        }
    }

    /// The client that is followed has found the member that serves.
    pub(super) fn client_back(&self, state: &mut State, seat: SeatId) {
        state.seat(seat).client_away = false;
        state.mark(self.seats[seat].group);
    }

    /// What nobody saw of a standby shows when it serves.
    fn show_hidden_faults<I: Interpreter>(&self, state: &mut State, member: MemberId, run: &mut I) {
        let Who::Unit(unit) = self.members[member].who else {
            return;
        };
        if state.units[unit.index()].degraded == 0 {
            return;
        }
        for process in self.units[unit].processes.ids::<ProcessId>() {
            if state.processes[process.index()].phase != FaultPhase::Fine {
                self.show::<Any, I>(state, process, false, run);
            }
        }
    }

    /// Stops the clock of what goes on at a seat.
    fn stop_phase<I: Interpreter>(&self, state: &mut State, seat: SeatId, run: &mut I) {
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

// ---- split brain ----

impl Behaviour {
    /// Whether the member that is being replaced serves on where nobody has stopped it.
    fn old_is_alive(&self, state: &State, seat: SeatId) -> bool {
        let old = state.seats[seat.index()].member;
        state.members[old.index()].role == Role::Serving
            || match self.members[old].who {
                Who::Unit(unit) => {
                    let unit = state.units[unit.index()];
                    // Alive behind a partition, and not also broken.
                    unit.isolated > 0 && unit.isolated == unit.down
                }
                Who::Group(_) => false,
            }
    }

    fn start_split<I: Interpreter>(
        &self,
        state: &mut State,
        group: GroupId,
        seat: SeatId,
        run: &mut I,
    ) {
        let plan = &self.seats[seat];
        state.seat(seat).phase = SeatPhase::Split;
        run.tell(Note::SplitStart(seat));
        run.reset(plan.divergence);
        self.give(state, group, seat, self.groups[group].split_during, run);
        run.start(
            plan.split.expect("a group that can split says how long"),
            1.0,
        );
    }

    /// Two serving sides have been noticed.
    pub(super) fn split_ended<I: Interpreter>(&self, state: &mut State, seat: SeatId, run: &mut I) {
        let group = self.seats[seat].group;
        self.start_reconciling(state, group, seat, run);
        self.settle_seats(state, group, run);
    }

    fn end_split<I: Interpreter>(&self, state: &mut State, seat: SeatId, run: &mut I) {
        self.stop_phase(state, seat, run);
        self.start_reconciling(state, self.seats[seat].group, seat, run);
    }

    fn start_reconciling<I: Interpreter>(
        &self,
        state: &mut State,
        group: GroupId,
        seat: SeatId,
        run: &mut I,
    ) {
        let plan = &self.seats[seat];
        if state.seat(seat).phase == SeatPhase::Split {
            self.lose_divergence(group, seat, run);
        }
        state.seat(seat).phase = SeatPhase::Reconciling;
        run.tell(Note::ReconcileStart(seat));
        let during = self.groups[group].reconcile_during;
        self.give(state, group, seat, during, run);
        let clock = plan
            .reconcile
            .expect("a group that can split says how long reconciling takes");
        let factor = self.groups[group].reconcile_factor;
        if factor > 0.0 {
            run.start_longer(clock, plan.divergence, factor);
        } else {
            run.start(clock, 1.0);
        }
    }

    /// Two sides have become one: the new one serves, the old one rejoins.
    pub(super) fn reconciled<I: Interpreter>(&self, state: &mut State, seat: SeatId, run: &mut I) {
        let group = self.seats[seat].group;
        let old = state.seat(seat).member;
        let candidate = state.seat(seat).candidate;
        match candidate {
            // The old member may have been chosen to go on, and have failed since.
            Some(candidate) if self.is_fit(state, candidate) => {
                if old != candidate && state.member(old).role == Role::Serving {
                    self.set_role(state, old, Role::Fenced, run);
                }
                self.serve(state, group, seat, candidate, run);
            }
            Some(_) | None => {
                self.dismiss_candidate(state, group, seat, run);
                self.seat_the_fit(state, group, seat, run);
            }
        }
        self.settle_seats(state, group, run);
    }
}

// ---- failback, false alarms and lone failures: what follows from the state of a group ----

impl Behaviour {
    /// Starts and stops what depends on several seats and members at once.
    pub(super) fn settle_seats<I: Interpreter>(
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
        self.touch(state, group);
    }

    /// Without a quorum nobody serves; with one again, the seats that nobody has are filled.
    fn settle_quorum<I: Interpreter>(&self, state: &mut State, group: GroupId, run: &mut I) {
        let plan = &self.groups[group];
        let members = plan.members.ids::<MemberId>();
        let fit = members.filter(|&member| self.is_fit(state, member)).count();
        for seat in plan.seats.ids::<SeatId>() {
            let waits = state.seat(seat).phase == SeatPhase::Waiting;
            if fit < plan.quorum && !waits {
                self.step_down(state, group, seat, run);
            } else if fit >= plan.quorum && waits && state.group(group).ready > 0 {
                self.restart(state, group, seat, run);
            }
        }
        if fit < plan.quorum {
            // The service is gone, and people see whom it lacks.
            for member in plan.members.ids::<MemberId>() {
                if let Who::Unit(unit) = self.members[member].who
                    && !self.is_fit(state, member)
                {
                    for process in self.units[unit].processes.ids::<ProcessId>() {
                        if self.is_hidden(state, process) {
                            self.notice::<Any, I>(state, process, run);
                        }
                    }
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
        if matches!(state.member(old).role, Role::Serving | Role::Fenced) {
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
    fn warm_up<I: Interpreter>(
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
    pub(super) fn warmed_up<I: Interpreter>(&self, state: &mut State, seat: SeatId, run: &mut I) {
        state.seat(seat).warming = false;
        let level = self.serving_level(state, seat);
        self.give(state, self.seats[seat].group, seat, level, run);
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
            if let Who::Unit(unit) = self.members[at.member].who {
                self.notice_all(state, unit, run);
            }
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
    pub(super) fn failback_due<I: Interpreter>(
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
    pub(super) fn start_switchover<I: Interpreter>(
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
    pub(super) fn failback_ended<I: Interpreter>(
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
            if let Who::Unit(unit) = self.members[candidate].who {
                self.notice_all(state, unit, run);
            }
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
