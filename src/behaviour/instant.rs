//! An instant: what one event does to several units happens to all of them before anybody acts on any of it.
//!
//! A shared cause, planned work or the lack of what is needed takes several units away at once, and may give
//! several back. While an instant is open, units fail or are restored, and groups tell the groups around them
//! through any number of levels; but nobody notices anything, calls a candidate or takes a seat. Then groups
//! act, from the innermost outwards, so that each knows all of what has become of its members. A member that is
//! a group is lost and comes back like one that is a unit.

use super::clock::Interpreter;
use super::plan::{Behaviour, EndingPlan, FaultModeId, MemberId, ProcessId};
use super::shape::Any;
use super::state::{FaultPhase, Role, State};
use crate::base::Id;
use crate::model::GroupId;

/// What has happened and has not been acted upon.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Instant {
    /// Faults that are to show, as they are listed.
    struck: Vec<ProcessId>,
    /// Member groups that are down, which may show.
    lost: Vec<MemberId>,
    /// Members that have failed while they were taking a seat.
    candidates: Vec<MemberId>,
    /// Members that are back.
    gained: Vec<MemberId>,
    /// Groups that have to act.
    unsettled: Vec<GroupId>,
}

impl Instant {
    /// A group has to act when all is known.
    pub(super) fn unsettle(&mut self, group: GroupId) {
        if !self.unsettled.contains(&group) {
            self.unsettled.push(group);
        }
    }

    /// A member has failed while it was taking a seat.
    pub(super) fn lose_candidate(&mut self, member: MemberId) {
        self.candidates.push(member);
    }

    /// A member group has gone down, or something has come to light of why it is.
    pub(super) fn lose_group(&mut self, member: MemberId) {
        if !self.lost.contains(&member) {
            self.lost.push(member);
        }
    }

    /// A member of a group is back.
    pub(super) fn gain(&mut self, group: GroupId, member: MemberId) {
        self.gained.push(member);
        self.unsettle(group);
    }

    /// A member is not back after all. Tells whether it was thought to be.
    pub(super) fn give_up(&mut self, member: MemberId) -> bool {
        !take_if(&mut self.gained, |&gained| gained == member).is_empty()
    }
}

/// Takes the entries out of a list for which something holds.
fn take_if<T: Copy>(list: &mut Vec<T>, is_wanted: impl Fn(&T) -> bool) -> Vec<T> {
    let taken = list.iter().copied().filter(&is_wanted).collect();
    list.retain(|entry| !is_wanted(entry));
    taken
}

impl State {
    /// The instant that is open.
    fn now(&mut self) -> &mut Instant {
        self.instant.as_mut().expect("an instant is open")
    }
}

impl Behaviour {
    /// Begins faults of several units, of those that can have them.
    pub(super) fn impose<I: Interpreter>(
        &self,
        state: &mut State,
        faults: &[ProcessId],
        run: &mut I,
    ) {
        self.at_once(state, run, |state, run| {
            self.each_by_charge(state, faults, |state, process| {
                if self.can_strike(state, process) {
                    self.strike_first_mode(state, process, run);
                }
            });
            state.now().struck.extend(faults);
        });
    }

    /// Begins faults of those that fail when they are called, whatever is wrong with them already.
    pub(super) fn fail_on_demand<I: Interpreter>(
        &self,
        state: &mut State,
        faults: &[ProcessId],
        run: &mut I,
    ) {
        self.at_once(state, run, |state, run| {
            for &process in faults {
                self.strike_first_mode(state, process, run);
            }
            state.now().struck.extend(faults);
        });
    }

    fn strike_first_mode<I: Interpreter>(
        &self,
        state: &mut State,
        process: ProcessId,
        run: &mut I,
    ) {
        let mode = FaultModeId(self.processes[process].modes.first);
        self.strike::<Any, I>(state, process, mode, run);
    }

    /// Ends faults of several units that end together.
    pub(super) fn lift<I: Interpreter>(
        &self,
        state: &mut State,
        faults: &[ProcessId],
        run: &mut I,
    ) {
        self.at_once(state, run, |state, run| self.end_faults(state, faults, run));
    }

    /// Ends faults in an instant that is open.
    pub(super) fn end_faults<I: Interpreter>(
        &self,
        state: &mut State,
        faults: &[ProcessId],
        run: &mut I,
    ) {
        self.each_by_charge(state, faults, |state, process| {
            if state.processes[process.index()].phase != FaultPhase::Fine {
                self.restored::<Any, I>(state, process, run);
            }
        });
    }

    /// Lets things happen at once, and then those act whom they concern.
    pub(super) fn at_once<I: Interpreter>(
        &self,
        state: &mut State,
        run: &mut I,
        happen: impl FnOnce(&mut State, &mut I),
    ) {
        // Whoever is called by those who act fails in an instant of its own.
        let around = state.instant.replace(Box::default());
        happen(state, run);
        let struck = std::mem::take(&mut state.now().struck);
        let in_reserve =
            |process: &ProcessId| self.is_in_reserve(state, self.processes[*process].member);
        let (standbys, others): (Vec<_>, Vec<_>) = struck.into_iter().partition(in_reserve);
        self.settle_instant(state, &standbys, run);
        let closed = std::mem::replace(&mut state.instant, around);
        let lost = closed.map_or_else(Vec::new, |closed| closed.lost);
        self.show_all(state, &others, lost, run);
    }

    /// Calls `act` with processes of several units, those of units in charge first: what a group gave ends before
    /// what stood by for it, in whatever order they are listed. Others may be given to it twice.
    fn each_by_charge(
        &self,
        state: &mut State,
        faults: &[ProcessId],
        mut act: impl FnMut(&mut State, ProcessId),
    ) {
        for in_charge in [true, false] {
            for &process in faults {
                if !in_charge || self.is_in_charge(state, process) {
                    act(state, process);
                }
            }
        }
    }

    /// Whether a unit, and each group around it that is itself a member of a group, holds a seat: it serves
    /// there, or was the last to do so.
    fn is_in_charge(&self, state: &State, process: ProcessId) -> bool {
        let mut member = Some(self.processes[process].member);
        while let Some(at) = member {
            if !self.has_seat(state, at) {
                return false;
            }
            member = self.groups[self.members[at].group].member_of;
        }
        true
    }

    fn has_seat(&self, state: &State, member: MemberId) -> bool {
        let seat = state.members[member.index()].seat;
        state.seats[seat.index()].member == member
    }

    /// Whether a unit can get a fault: what is down already, but for an event that is just ending,
    /// is not broken again.
    fn can_strike(&self, state: &State, process: ProcessId) -> bool {
        if state.processes[process.index()].phase != FaultPhase::Fine {
            return false;
        }
        let plan = &self.processes[process];
        let own = &self.fault_modes[FaultModeId(plan.modes.first)];
        let is_other = |other: &ProcessId| {
            let mode = state.processes[other.index()].mode;
            self.fault_modes[mode].origin != own.origin
        };
        matches!(own.ending, EndingPlan::Imposed)
            || !self.units[plan.unit]
                .processes
                .ids::<ProcessId>()
                .filter(is_other)
                .any(|other| state.is_down_fault(self, other))
    }

    /// Whether a member stands by, or a group does that it is in.
    fn is_in_reserve(&self, state: &State, member: MemberId) -> bool {
        let around = self.groups[self.members[member].group].member_of;
        state.members[member.index()].role == Role::Standby
            || around.is_some_and(|around| self.is_in_reserve(state, around))
    }

    /// Has groups act on what has become of their members. What stood by shows first, so that nobody who acts
    /// believes in a dead standby that is noticed at once.
    fn settle_instant<I: Interpreter>(
        &self,
        state: &mut State,
        mut standbys: &[ProcessId],
        run: &mut I,
    ) {
        loop {
            let lost = &state.instant.as_ref().expect("an instant is open").lost;
            let in_reserve = |member: &MemberId| self.is_in_reserve(state, *member);
            let (shown, kept): (Vec<_>, Vec<_>) = lost.iter().copied().partition(in_reserve);
            state.now().lost = kept;
            self.show_all(state, standbys, shown, run);
            standbys = &[];
            let unsettled = state.now().unsettled.iter().copied();
            let Some(innermost) = unsettled.rev().max_by_key(|&group| self.depth(group)) else {
                return;
            };
            self.settle_group(state, innermost, run);
        }
    }

    /// How many groups a group is in.
    fn depth(&self, group: GroupId) -> usize {
        let around = self.groups[group].member_of;
        around.map_or(0, |member| 1 + self.depth(self.members[member].group))
    }

    /// A group acts on what has become of its members: it replaces failed candidates, and takes those back who
    /// return. Of these, whoever has a seat comes before those who could take it.
    fn settle_group<I: Interpreter>(&self, state: &mut State, group: GroupId, run: &mut I) {
        let is_own = |member: &MemberId| self.members[*member].group == group;
        let mut candidates = take_if(&mut state.now().candidates, is_own);
        candidates.sort_by_key(|candidate| state.members[candidate.index()].seat);
        for candidate in candidates {
            let at = *state.member(candidate);
            if at.role == Role::Candidate && !self.is_fit(state, candidate) {
                self.candidate_down(state, group, at.seat, candidate, run);
            }
        }
        let mut gained = take_if(&mut state.now().gained, is_own);
        gained.sort_by_key(|&member| (!self.has_seat(state, member), member));
        for member in gained {
            if self.is_fit(state, member) {
                self.member_back(state, member, run);
            }
        }
        state.now().unsettled.retain(|&other| other != group);
        self.settle_seats(state, group, run);
    }

    /// Has faults noticed that have just begun, each after the loss of the groups that the unit is in; then
    /// the loss of groups that have gone down for want of others.
    fn show_all<I: Interpreter>(
        &self,
        state: &mut State,
        struck: &[ProcessId],
        mut lost: Vec<MemberId>,
        run: &mut I,
    ) {
        for &process in struck {
            self.show_around(state, self.processes[process].group, &mut lost, run);
            self.show_struck(state, process, run);
        }
        for member in lost {
            self.show_lost(state, member, run);
        }
    }

    /// Has the loss of a group noticed by those around it, if it is one of those lost, the outermost first.
    fn show_around<I: Interpreter>(
        &self,
        state: &mut State,
        group: GroupId,
        lost: &mut Vec<MemberId>,
        run: &mut I,
    ) {
        if lost.is_empty() {
            return;
        }
        if let Some(member) = self.groups[group].member_of {
            self.show_around(state, self.members[member].group, lost, run);
            for member in take_if(lost, |&lost| lost == member) {
                self.show_lost(state, member, run);
            }
        }
    }

    /// Has a fault noticed that an event has just begun. Of a unit that is known to be down already,
    /// everybody knows.
    fn show_struck<I: Interpreter>(&self, state: &mut State, process: ProcessId, run: &mut I) {
        let plan = &self.processes[process];
        let fault = state.processes[process.index()];
        let stood_by = self.stands_by(state, process);
        let is_new = fault.phase != FaultPhase::Fine && !fault.noticed && !fault.notice_runs;
        if !is_new {
            return;
        }
        if state.units[plan.unit.index()].known > 0 {
            return self.notice::<Any, I>(state, process, run);
        }
        self.show::<Any, I>(state, process, stood_by, run);
    }
}
