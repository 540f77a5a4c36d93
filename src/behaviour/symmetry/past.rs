//! What of a state has no bearing on what comes: it is forgotten, so that states that differ in nothing
//! else count as one.

use super::super::clock::ClockId;
use super::super::plan::{Behaviour, FaultModeId, MemberId, ProcessId, SeatId};
use super::super::state::{AbleState, Blame, FaultPhase, Mechanism, Role, SeatPhase, State};
use super::Matters;
use crate::base::Id;
use crate::model::{CrewOrder, GroupId, SpareId};

impl State {
    /// Forgets what has no bearing on what comes: which fault a sound process had last, and in which
    /// order groups went down if nobody asks for the cause of downtime.
    pub fn forget_the_past(&mut self, behaviour: &Behaviour, matters: Matters) {
        for (process, plan) in self.processes.iter_mut().zip(behaviour.processes.iter()) {
            if process.phase == FaultPhase::Fine && !process.notice_runs {
                process.mode = FaultModeId(plan.modes.first);
                process.step = 0;
            }
        }
        self.sort_queues(behaviour);
        if !matters.causes {
            self.down.sort_unstable();
            self.taken.fill(None);
            self.able.fill(AbleState::default());
            // That there is a cause tells that it was down before the next event.
            let some = Blame::of_group(GroupId::from_index(0), Mechanism::Repair);
            for service in &mut self.services {
                service.cause = service.cause.map(|_| some);
            }
        }
    }

    /// Brings those that wait for people, and what people work on, into an order of their own as far
    /// as the order of their coming does not decide who is next.
    pub fn sort_queues(&mut self, behaviour: &Behaviour) {
        for (id, plan) in behaviour.pools.iter_ids() {
            let pool = &mut self.pools[id.index()];
            let mut queue = std::mem::take(&mut pool.queue);
            let mut working = std::mem::take(&mut pool.working);
            let group = |process: &ProcessId| behaviour.processes[*process].group;
            let urgency =
                |process: &ProcessId| std::cmp::Reverse(behaviour.repair_priority(self, *process));
            match plan.order {
                CrewOrder::RandomGroup => queue.sort_by_key(group),
                CrewOrder::Priority => queue.sort_by_key(urgency),
                CrewOrder::Random => queue.sort_unstable(),
                // A race that takes time does not ask which group was first.
                CrewOrder::FirstCome if plan.picks_up && !plan.may_pick_up_at_once => {
                    queue.sort_by_key(group);
                }
                CrewOrder::FirstCome => {}
            }
            if plan.work_has_order() {
                working.sort_by_key(urgency);
            } else {
                working.sort_unstable();
            }
            let pool = &mut self.pools[id.index()];
            pool.queue = queue;
            pool.working = working;
        }
    }

    /// Says which order clocks of a stock do not run; orders are alike, so they may change places.
    pub fn set_idle_orders(&mut self, spare: SpareId, idle: Vec<ClockId>) {
        self.spares[spare.index()].idle = idle;
    }

    /// Forgets which seat a member had that has none, and who served last at a seat that waits, where that
    /// makes no difference.
    pub fn forget_places(&mut self, behaviour: &Behaviour, group: GroupId, matters: Matters) {
        let plan = &behaviour.groups[group];
        if behaviour.forgets_who_served(group, matters) {
            for seat in plan.seats.ids::<SeatId>() {
                if self.seat(seat).phase == SeatPhase::Waiting {
                    self.seat(seat).member = behaviour.seats[seat].preferred;
                }
            }
        }
        for member in plan.members.ids::<MemberId>() {
            let at = *self.member(member);
            let has_none = match at.role {
                Role::Serving | Role::Candidate => false,
                Role::Standby | Role::Fenced | Role::Rejoining | Role::Out => {
                    !at.failed_candidate && !self.is_named(behaviour, at.seat, member, matters)
                }
            };
            let another = || {
                let mut seats = plan.seats.ids::<SeatId>();
                seats.find(|seat| self.seats[seat.index()].member != member)
            };
            if has_none && let Some(seat) = another() {
                self.member(member).seat = seat;
            }
        }
    }

    /// Whether a seat depends on a member: it serves there, is to do so, or did so last and that matters.
    pub(super) fn is_named(
        &self,
        behaviour: &Behaviour,
        seat: SeatId,
        member: MemberId,
        matters: Matters,
    ) -> bool {
        let at = &self.seats[seat.index()];
        let is_forgotten = at.phase == SeatPhase::Waiting
            && behaviour.forgets_who_served(behaviour.seats[seat].group, matters);
        at.member == member && !is_forgotten || at.candidate == Some(member)
    }
}
