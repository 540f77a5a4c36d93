//! Groups as members of groups: how their loss shows to the group around.
//!
//! A member group is lost while it is down. Its loss shows by the faults that have led to it, as far as they
//! show: to the detector of the group around, or because they are known. A fault that only its own time, a
//! test or a takeover brings to light hides the loss until then, as it hides the failure of a unit. A group
//! of one is seen as its unit is, fault by fault.

use super::super::clock::Interpreter;
use super::super::plan::{Behaviour, MemberId, NoticePlan, ProcessId, SeatId, Who};
use super::super::shape::Any;
use super::super::state::{FaultPhase, Role, SeatPhase, State};
use crate::base::Id;
use crate::model::{GroupId, Level, StandbyFaults};

/// How the failure of a member shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Sight {
    /// Not at all.
    Hidden,
    /// To the detector of the group around.
    Shows,
    /// It is known.
    Known,
}

impl Behaviour {
    /// A group that is itself a member of a group has gone down, come up, or is degraded.
    pub(in crate::behaviour) fn member_group_changed<I: Interpreter>(
        &self,
        state: &mut State,
        member: MemberId,
        old: Level,
        new: Level,
        run: &mut I,
    ) {
        if new == Level::Down {
            let was_gained = state
                .instant
                .as_mut()
                .is_some_and(|now| now.give_up(member));
            if !was_gained {
                self.member_down(state, member, run);
                self.look_at(state, member, run);
            }
        } else if old == Level::Down {
            match &mut state.instant {
                Some(now) => now.gain(self.members[member].group, member),
                None => self.member_back(state, member, run),
            }
        } else {
            self.member_level_changed(state, member, run);
        }
    }

    /// A member is back: its group acts on it.
    pub(in crate::behaviour) fn member_back<I: Interpreter>(
        &self,
        state: &mut State,
        member: MemberId,
        run: &mut I,
    ) {
        if matches!(self.members[member].who, Who::Unit(_)) {
            return self.admit(state, member, run);
        }
        state.member(member).known = false;
        self.forget_loss(state, member, run);
        self.admit(state, member, run);
        // What is still wrong with it can be seen, and waits for no takeover.
        self.notice_within(state, member, run);
        self.begin_deferred_repairs(state, member, run);
    }

    /// Looks at the losses of a group, and of the groups around it, once more: something has come to light, or
    /// is over.
    #[inline]
    pub(in crate::behaviour) fn look_around<I: Interpreter>(
        &self,
        state: &mut State,
        group: GroupId,
        run: &mut I,
    ) {
        let mut around = self.groups[group].member_of;
        while let Some(member) = around {
            self.look_at(state, member, run);
            around = self.groups[self.members[member].group].member_of;
        }
    }

    /// Has the loss of a member group noticed as it shows, when all is known that happens in this instant.
    pub(in crate::behaviour) fn look_at<I: Interpreter>(
        &self,
        state: &mut State,
        member: MemberId,
        run: &mut I,
    ) {
        if self.is_unseen(state, member) {
            match &mut state.instant {
                Some(now) => now.lose_group(member),
                None => self.show_lost(state, member, run),
            }
        }
    }

    /// The loss of a member group is noticed, or will be, or is hidden. The group may be back by now.
    pub(in crate::behaviour) fn show_lost<I: Interpreter>(
        &self,
        state: &mut State,
        member: MemberId,
        run: &mut I,
    ) {
        if !self.is_unseen(state, member) {
            return;
        }
        match self.sight(state, member, false) {
            Sight::Hidden => self.forget_loss(state, member, run),
            Sight::Known => self.loss_known(state, member, run),
            Sight::Shows => {
                let stands_by = state.member(member).role == Role::Standby;
                let clock = self.members[member].notice;
                match (
                    self.groups[self.members[member].group].standby_faults,
                    clock,
                ) {
                    (StandbyFaults::Latent, _) if stands_by => {}
                    (StandbyFaults::Detected | StandbyFaults::Latent, Some(clock)) => {
                        self.start_loss_notice(state, member, clock, run);
                    }
                    (StandbyFaults::AtOnce, Some(clock)) if !stands_by => {
                        self.start_loss_notice(state, member, clock, run);
                    }
                    (_, Some(_) | None) => self.loss_known(state, member, run),
                }
            }
        }
    }

    fn start_loss_notice<I: Interpreter>(
        &self,
        state: &mut State,
        member: MemberId,
        clock: super::super::ClockId,
        run: &mut I,
    ) {
        // The notice of the last loss may still be on its way, and counts for this one.
        if !std::mem::replace(&mut state.member(member).notice_runs, true) {
            run.start(clock, 1.0);
        }
    }

    /// No detector is about to notice the loss of a member group any more, unless a failover waits for that.
    fn forget_loss<I: Interpreter>(&self, state: &mut State, member: MemberId, run: &mut I) {
        if !self.completes_undetected(state, member) {
            self.stop_loss_notice(state, member, run);
        }
    }

    fn stop_loss_notice<I: Interpreter>(&self, state: &mut State, member: MemberId, run: &mut I) {
        if let Some(clock) = self.members[member].notice
            && std::mem::replace(&mut state.member(member).notice_runs, false)
        {
            run.stop(clock);
        }
    }

    /// The detector notices the loss of a member group.
    pub(in crate::behaviour) fn loss_noticed<I: Interpreter>(
        &self,
        state: &mut State,
        member: MemberId,
        run: &mut I,
    ) {
        state.member(member).notice_runs = false;
        self.loss_known(state, member, run);
    }

    /// The loss of a member group is known; the group may be back, and its failover still to be completed.
    fn loss_known<I: Interpreter>(&self, state: &mut State, member: MemberId, run: &mut I) {
        // As with a unit, what a standby loses does not hasten the failover that is to be completed.
        if !self.is_awaited(state, member) {
            self.stop_loss_notice(state, member, run);
        }
        state.member(member).known = !self.is_fit(state, member);
        self.member_noticed(state, member, run);
        self.notice_within(state, member, run);
    }

    /// The failure of a unit is known, and with it the loss of each group that is nothing but this unit; what
    /// else was lost with it may show now.
    pub(in crate::behaviour) fn unit_known<I: Interpreter>(
        &self,
        state: &mut State,
        unit: crate::model::UnitId,
        run: &mut I,
    ) {
        let plan = &self.units[unit];
        self.member_noticed(state, plan.member, run);
        let mut member = plan.member;
        while member != plan.seen_as
            && let Some(around) = self.groups[self.members[member].group].member_of
        {
            self.loss_known(state, around, run);
            member = around;
        }
        self.look_around(state, self.members[member].group, run);
    }

    /// A failure that is over is noticed: the failover away from what was lost with it is to be completed.
    pub(in crate::behaviour) fn past_noticed<I: Interpreter>(
        &self,
        state: &mut State,
        member: MemberId,
        run: &mut I,
    ) {
        self.member_noticed(state, member, run);
        let group = &self.groups[self.members[member].group];
        if !group.notices_itself
            && let Some(around) = group.member_of
        {
            self.past_noticed(state, around, run);
        }
    }

    /// Whether a member group is down and its loss has not been noticed.
    pub(in crate::behaviour) fn is_unseen(&self, state: &State, member: MemberId) -> bool {
        !self.is_fit(state, member) && !state.members[member.index()].known
    }

    /// How it shows that a member does not serve; `watched`: a detector within the group around watches it.
    fn sight(&self, state: &State, member: MemberId, watched: bool) -> Sight {
        let group = match self.members[member].who {
            Who::Unit(unit) => {
                let processes = self.units[unit].processes.ids::<ProcessId>();
                let sights =
                    processes.filter_map(|process| self.fault_sight(state, process, watched));
                // What is fit and does not serve rejoins, and nobody takes it for serving.
                return sights.max().unwrap_or(Sight::Shows);
            }
            Who::Group(group) => group,
        };
        let plan = &self.groups[group];
        let (mut lost, mut shown, mut known) = (0, 0, 0);
        for seat in plan.seats.ids::<SeatId>() {
            let at = state.seats[seat.index()];
            if at.gives > Level::Down {
                continue;
            }
            let sight = match at.phase {
                _ if plan.is_static => self.sight(state, at.member, watched || plan.notices_itself),
                SeatPhase::Undetected => self.sight(state, at.member, true).min(Sight::Shows),
                _ => Sight::Shows,
            };
            lost += 1;
            shown += usize::from(sight >= Sight::Shows);
            known += usize::from(sight >= Sight::Known);
        }
        // It would serve if one of so many did.
        let enough = plan.seats.len() + 1 - plan.required as usize;
        if known >= enough {
            Sight::Known
        } else if shown >= enough || lost < enough {
            // What is down for its load is seen to be.
            Sight::Shows
        } else {
            Sight::Hidden
        }
    }

    /// How a fault shows that keeps its unit from serving, or that a failover is still to be completed for.
    fn fault_sight(&self, state: &State, process: ProcessId, watched: bool) -> Option<Sight> {
        let fault = state.processes[process.index()];
        let is_awaited = fault.phase == FaultPhase::Fine && fault.notice_runs;
        if !is_awaited && !state.is_down_fault(self, process) {
            return None;
        }
        Some(match self.fault_modes[fault.mode].notice {
            NoticePlan::Detector(_) if watched => Sight::Shows,
            _ if fault.noticed => Sight::Known,
            NoticePlan::AtOnce if watched => Sight::Shows,
            NoticePlan::WithGroup(_) => Sight::Shows,
            NoticePlan::AtOnce
            | NoticePlan::Detector(_)
            | NoticePlan::After(_)
            | NoticePlan::Test => Sight::Hidden,
        })
    }

    /// Has the faults noticed in a member group that are noticed with its loss.
    fn notice_within<I: Interpreter>(&self, state: &mut State, member: MemberId, run: &mut I) {
        let Who::Group(group) = self.members[member].who else {
            return;
        };
        for inner in self.groups[group].members.ids::<MemberId>() {
            let Who::Unit(unit) = self.members[inner].who else {
                self.notice_within(state, inner, run);
                continue;
            };
            for process in self.units[unit].processes.ids::<ProcessId>() {
                let fault = state.processes[process.index()];
                if fault.phase != FaultPhase::Fine
                    && !fault.noticed
                    && let NoticePlan::WithGroup(watched) = self.fault_modes[fault.mode].notice
                    && !self.is_unseen(state, watched)
                {
                    self.notice::<Any, I>(state, process, run);
                }
            }
        }
    }

    /// Whoever directs a takeover sees what is wrong with a member: the faults of a unit, and of all units of a
    /// group without standbys. One with standbys is seen to be down, and goes on with its own takeovers.
    pub(super) fn notice_all<I: Interpreter>(
        &self,
        state: &mut State,
        member: MemberId,
        run: &mut I,
    ) {
        match self.members[member].who {
            Who::Unit(unit) => {
                for process in self.units[unit].processes.ids::<ProcessId>() {
                    if state.processes[process.index()].phase != FaultPhase::Fine {
                        self.notice::<Any, I>(state, process, run);
                    }
                }
            }
            Who::Group(group) => {
                if self.groups[group].is_static {
                    for inner in self.groups[group].members.ids::<MemberId>() {
                        self.notice_all(state, inner, run);
                    }
                } else {
                    self.notice_hidden(state, member, run);
                }
                if self.is_unseen(state, member) {
                    self.loss_known(state, member, run);
                }
            }
        }
    }

    /// Has the faults noticed of a member that is down which nobody is about to notice.
    pub(super) fn notice_hidden<I: Interpreter>(
        &self,
        state: &mut State,
        member: MemberId,
        run: &mut I,
    ) {
        match self.members[member].who {
            Who::Unit(unit) => {
                for process in self.units[unit].processes.ids::<ProcessId>() {
                    if self.is_hidden(state, process) {
                        self.notice::<Any, I>(state, process, run);
                    }
                }
            }
            Who::Group(group) => {
                let plan = &self.groups[group];
                for seat in plan.seats.ids::<SeatId>() {
                    let at = *state.seat(seat);
                    if plan.is_static || at.phase == SeatPhase::Undetected {
                        self.notice_hidden(state, at.member, run);
                    }
                }
            }
        }
    }

    /// What nobody saw of a standby shows when it serves.
    pub(super) fn show_hidden_faults<I: Interpreter>(
        &self,
        state: &mut State,
        member: MemberId,
        run: &mut I,
    ) {
        match self.members[member].who {
            Who::Unit(unit) if state.units[unit.index()].degraded > 0 => {
                self.show_faults(state, unit, run);
            }
            Who::Unit(_) => {}
            Who::Group(group) if self.groups[group].is_static => {
                for inner in self.groups[group].members.ids::<MemberId>() {
                    self.show_hidden_faults(state, inner, run);
                }
            }
            Who::Group(_) => {}
        }
    }
}
