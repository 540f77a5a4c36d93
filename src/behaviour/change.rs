//! Change: planned work, batch by batch, and what becomes of a bad one.
//!
//! A change goes through the phases
//!
//! ```text
//! idle -> ready -> working -> ready -> working -> ... -> idle
//!           (a canary: -> watching -> ready)   (a bad one, once noticed: -> rolling back -> idle)
//! ```
//!
//! While it is ready it waits for what may keep it from taking its next batch: a freeze, a group
//! without a member to spare, a serving member that hands over first. Whether it still has to is
//! looked at after each event. What units suffer is a fault of theirs like any other, which begins
//! and ends with the work, or with the version that they run.

use super::clock::{Interpreter, Note};
use super::plan::{Behaviour, ChangePlan, MemberId, Origin, SeatId, Who};
use super::state::{ChangePhase, Mechanism, Role, SeatPhase, State};
use crate::base::Id;
use crate::model::{ChangeId, GroupId, Level, UnitId, WithoutRedundancy};

impl Behaviour {
    /// It is time for a change.
    pub(super) fn change_due<I: Interpreter>(
        &self,
        state: &mut State,
        change: ChangeId,
        run: &mut I,
    ) {
        let plan = &self.changes[change];
        if let Some(clock) = plan.closes {
            state.change(change).open = true;
            run.start(clock, 1.0);
        }
        // What a closed window has cut short goes on.
        if state.change(change).done == 0 {
            let skips = plan.without_redundancy == WithoutRedundancy::Skip;
            if skips && !self.has_redundancy(state, plan, self.next_batch(state, change)) {
                return self.rest(state, change, run);
            }
            state.change(change).bad = plan
                .bad
                .is_some_and(|bad| run.choose(bad.branch, bad.probability));
            run.tell(Note::ChangeStart(change));
        }
        self.make_ready(state, change);
    }

    fn make_ready(&self, state: &mut State, change: ChangeId) {
        state.change(change).phase = ChangePhase::Ready;
        state.ready.push(change);
    }

    /// A change waits for its next beginning.
    fn rest<I: Interpreter>(&self, state: &mut State, change: ChangeId, run: &mut I) {
        state.change(change).phase = ChangePhase::Idle;
        run.start(self.changes[change].starts, 1.0);
    }

    /// The window of a change closes.
    pub(super) fn window_closed<I: Interpreter>(
        &self,
        state: &mut State,
        change: ChangeId,
        run: &mut I,
    ) {
        let at = state.change(change);
        at.open = false;
        if at.phase == ChangePhase::Ready {
            state.ready.retain(|&other| other != change);
            self.rest(state, change, run);
        }
    }

    /// A freeze of a change begins.
    pub(super) fn freeze_began<I: Interpreter>(
        &self,
        state: &mut State,
        change: ChangeId,
        freeze: u32,
        run: &mut I,
    ) {
        state.change(change).freezes += 1;
        run.start(self.changes[change].freezes[freeze as usize].ends, 1.0);
    }

    /// A freeze of a change is over.
    pub(super) fn freeze_ended<I: Interpreter>(
        &self,
        state: &mut State,
        change: ChangeId,
        freeze: u32,
        run: &mut I,
    ) {
        state.change(change).freezes -= 1;
        run.start(self.changes[change].freezes[freeze as usize].begins, 1.0);
    }

    /// The units of the batch that is in work or comes next, by position in the change.
    fn next_batch(&self, state: &State, change: ChangeId) -> std::ops::Range<usize> {
        let plan = &self.changes[change];
        let done = state.changes[change.index()].done as usize;
        let size = if done < plan.canary {
            plan.canary - done
        } else {
            plan.batch
        };
        done..(done + size).min(plan.units.len())
    }

    /// True if a batch leaves every group enough fit members; a group that is left too few is taken away as a whole,
    /// and the group that contains it is asked instead.
    fn has_redundancy(
        &self,
        state: &State,
        plan: &ChangePlan,
        batch: std::ops::Range<usize>,
    ) -> bool {
        let units = &plan.units[batch];
        units.iter().all(|&unit| {
            let mut group = self.members[self.units[unit].member].group;
            // A group that cannot spare them is taken itself, and the group around may be able to spare it.
            while !self.can_do_without(state, group, units) {
                match self.groups[group].member_of {
                    Some(around) => group = self.members[around].group,
                    None => return false,
                }
            }
            true
        })
    }

    /// True if a group keeps its `required` fit members beside those that a batch takes.
    fn can_do_without(&self, state: &State, group: GroupId, batch: &[UnitId]) -> bool {
        let members = || self.groups[group].members.ids::<MemberId>();
        let taken = members().filter(|&member| self.takes(state, batch, member));
        let fit = members().filter(|&member| self.can_spare(state, member));
        fit.count() >= self.groups[group].required as usize + taken.count()
    }

    /// True if a batch takes a member away: a unit of the batch, or a group that the batch leaves too few units.
    fn takes(&self, state: &State, batch: &[UnitId], member: MemberId) -> bool {
        match self.members[member].who {
            Who::Unit(unit) => batch.contains(&unit),
            Who::Group(group) => {
                let mut members = self.groups[group].members.ids::<MemberId>();
                members.any(|inner| self.takes(state, batch, inner))
                    && !self.can_do_without(state, group, batch)
            }
        }
    }

    /// Whether a member serves or could at once.
    fn can_spare(&self, state: &State, member: MemberId) -> bool {
        let role = state.members[member.index()].role;
        matches!(role, Role::Serving | Role::Standby)
            && self.member_level(state, member) > Level::Down
    }

    /// Has the changes that are ready take their next batches, as far as nothing keeps them.
    pub(super) fn settle_changes<I: Interpreter>(&self, state: &mut State, run: &mut I) {
        let mut at = 0;
        while at < state.ready.len() {
            let change = state.ready[at];
            if self.is_kept(state, change, run) {
                at += 1;
            } else {
                // While its units go down they are still due for work: no failback to them begins.
                self.begin_work(state, change, run);
                state.ready.remove(at);
            }
        }
    }

    /// Whether something keeps a change from its next batch; serving members are asked to hand over.
    fn is_kept<I: Interpreter>(&self, state: &mut State, change: ChangeId, run: &mut I) -> bool {
        let plan = &self.changes[change];
        if state.changes[change.index()].freezes > 0 {
            return true;
        }
        let batch = self.next_batch(state, change);
        if plan.without_redundancy != WithoutRedundancy::GoAhead
            && !self.has_redundancy(state, plan, batch.clone())
        {
            return true;
        }
        let mut kept = false;
        if plan.work.is_empty() {
            return false;
        }
        for &unit in &plan.units[batch.clone()] {
            kept |= self.hands_over(state, unit, &plan.units[batch.clone()], run);
        }
        kept
    }

    /// Whether a unit is about to hand over its seat, or to take one: work on it must wait.
    fn hands_over<I: Interpreter>(
        &self,
        state: &mut State,
        unit: UnitId,
        batch: &[UnitId],
        run: &mut I,
    ) -> bool {
        let Some(member) = self.replaced_for(state, unit, batch) else {
            return false;
        };
        let group = self.members[member].group;
        let plan = &self.groups[group];
        if !plan.has_switchover {
            return false;
        }
        let at = *state.member(member);
        match at.role {
            Role::Candidate => true,
            Role::Serving if state.seat(at.seat).phase != SeatPhase::Serving => true,
            Role::Serving => {
                let candidate = plan.members.ids::<MemberId>().find(|&other| {
                    !self.takes(state, batch, other)
                        && state.members[other.index()].role == Role::Standby
                        && self.member_level(state, other) > Level::Down
                });
                let Some(candidate) = candidate else {
                    return false;
                };
                self.start_switchover(state, group, at.seat, candidate, run);
                self.settle_seats(state, group, run);
                state.member(member).role == Role::Serving
            }
            Role::Standby | Role::Fenced | Role::Rejoining | Role::Out => false,
        }
    }

    /// The member that another one has to take over from while a batch takes a unit: the unit, or a group without
    /// standbys that cannot do without it; `None` if the unit is in no group with standbys or can be done without.
    fn replaced_for(&self, state: &State, unit: UnitId, batch: &[UnitId]) -> Option<MemberId> {
        let mut member = self.units[unit].member;
        while self.groups[self.members[member].group].is_static {
            member = self.groups[self.members[member].group].member_of?;
            if !self.takes(state, batch, member) {
                return None;
            }
        }
        Some(member)
    }

    fn begin_work<I: Interpreter>(&self, state: &mut State, change: ChangeId, run: &mut I) {
        let plan = &self.changes[change];
        let batch = self.next_batch(state, change);
        state.change(change).phase = ChangePhase::Working;
        run.tell(Note::WorkStart(change));
        let work = plan.work_on(batch);
        self.impose(state, work, run);
        run.start(plan.works, 1.0);
    }

    /// The work on a batch is done: its units run the new version.
    pub(super) fn work_ended<I: Interpreter>(
        &self,
        state: &mut State,
        change: ChangeId,
        run: &mut I,
    ) {
        let plan = &self.changes[change];
        let batch = self.next_batch(state, change);
        if let (true, Some(bad)) = (state.change(change).bad, plan.bad) {
            let faults = &plan.running_bad[batch.clone()];
            self.impose(state, faults, run);
            if batch.start == 0 {
                run.start(bad.notice, 1.0);
            }
        }
        self.at_once(state, run, |state, run| {
            let renewed = plan.units[batch.clone()].iter().filter(|_| plan.renews);
            for &unit in renewed {
                self.renew_unit(state, unit, run);
            }
            self.end_faults(state, plan.work_on(batch.clone()), run);
        });
        let at = state.change(change);
        at.done = batch.end as u32;
        if batch.end == plan.units.len() {
            if at.bad {
                at.phase = ChangePhase::Done;
            } else {
                self.finish(state, change, run);
            }
        } else if let Some(watches) = plan.watches
            && batch.end == plan.canary
        {
            at.phase = ChangePhase::Watching;
            run.start(watches, 1.0);
        } else {
            self.go_on(state, change, run);
        }
    }

    /// The canary has been watched for long enough.
    pub(super) fn watch_ended<I: Interpreter>(
        &self,
        state: &mut State,
        change: ChangeId,
        run: &mut I,
    ) {
        self.go_on(state, change, run);
    }

    /// The next batch, or the next window.
    fn go_on<I: Interpreter>(&self, state: &mut State, change: ChangeId, run: &mut I) {
        if self.changes[change].closes.is_some() && !state.change(change).open {
            self.rest(state, change, run);
        } else {
            self.make_ready(state, change);
        }
    }

    fn finish<I: Interpreter>(&self, state: &mut State, change: ChangeId, run: &mut I) {
        let at = state.change(change);
        at.done = 0;
        at.bad = false;
        run.tell(Note::ChangeEnd(change));
        self.rest(state, change, run);
    }

    /// People know that a change is bad: no further unit gets it, and the old version comes back.
    pub(super) fn bad_noticed<I: Interpreter>(
        &self,
        state: &mut State,
        change: ChangeId,
        run: &mut I,
    ) {
        let plan = &self.changes[change];
        run.tell(Note::ChangeBad(change));
        match state.change(change).phase {
            ChangePhase::Idle => run.stop(plan.starts),
            ChangePhase::Ready => state.ready.retain(|&other| other != change),
            ChangePhase::Working => {
                run.stop(plan.works);
                let work = plan.work_on(self.next_batch(state, change));
                self.lift(state, work, run);
            }
            ChangePhase::Watching => {
                run.stop(plan.watches.expect("what is watched has a clock for it"));
            }
            ChangePhase::Done | ChangePhase::RollingBack => {}
        }
        state.change(change).phase = ChangePhase::RollingBack;
        run.start(plan.bad.expect("a bad change can be bad").rollback, 1.0);
    }

    /// All units run the old version again.
    pub(super) fn rolled_back<I: Interpreter>(
        &self,
        state: &mut State,
        change: ChangeId,
        run: &mut I,
    ) {
        let plan = &self.changes[change];
        let done = state.change(change).done as usize;
        let bad = &plan.running_bad[..done];
        self.lift(state, bad, run);
        self.finish(state, change, run);
    }

    /// Whether a member is to be worked on next, so that it need not take its seat back before.
    pub(super) fn is_due_for_work(&self, state: &State, member: MemberId) -> bool {
        state.ready.iter().any(|&change| {
            !self.changes[change].work.is_empty() && self.is_next(state, change, member)
        })
    }

    /// True if the next batch of a change takes a member away.
    fn is_next(&self, state: &State, change: ChangeId, member: MemberId) -> bool {
        let batch = &self.changes[change].units[self.next_batch(state, change)];
        self.takes(state, batch, member)
    }

    /// The change that keeps a group from serving: by a switchover before its work, by its work, or
    /// by a bad version.
    pub(super) fn change_in(
        &self,
        state: &State,
        group: GroupId,
        mechanism: Mechanism,
    ) -> Option<ChangeId> {
        let plan = &self.groups[group];
        let switching = plan.seats.ids::<SeatId>().find_map(|seat| {
            let seat = state.seats[seat.index()];
            let of_member = |change: &&ChangeId| self.is_next(state, **change, seat.member);
            (mechanism == Mechanism::Planned && seat.phase == SeatPhase::Switchover)
                .then(|| state.ready.iter().find(of_member).copied())?
        });
        switching.or_else(|| {
            plan.members
                .ids::<MemberId>()
                .filter(|&member| self.member_mechanism(state, member) == Some(mechanism))
                .find_map(|member| match self.members[member].who {
                    Who::Unit(unit) => self.origins(state, unit).find_map(|origin| match origin {
                        Origin::Work(change) if mechanism == Mechanism::Planned => Some(change),
                        Origin::Version(change) if mechanism == Mechanism::Change => Some(change),
                        Origin::Unit
                        | Origin::Cause(_)
                        | Origin::Need(_)
                        | Origin::Work(_)
                        | Origin::Version(_)
                        | Origin::Overload
                        | Origin::State => None,
                    }),
                    Who::Group(inner) => self.change_in(state, inner, mechanism),
                })
        })
    }
}
