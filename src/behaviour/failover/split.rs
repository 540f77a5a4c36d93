//! Split brain: two members that serve the same seat, and how that ends.

use super::super::clock::{Interpreter, Note};
use super::super::plan::{Behaviour, MemberId, SeatId, Who};
use super::super::state::{Role, SeatPhase, State};
use crate::base::Id;
use crate::model::{GroupId, Level};

impl Behaviour {
    /// Whether the member that is being replaced serves on where nobody has stopped it.
    pub(super) fn old_is_alive(&self, state: &State, seat: SeatId) -> bool {
        let old = state.seats[seat.index()].member;
        match self.role_at(state, old, seat) {
            None => false,
            Some(Role::Serving) => true,
            Some(_) => !self.is_fit(state, old) && self.is_alive(state, old),
        }
    }

    /// Whether a member works or is only cut off from the others.
    fn is_alive(&self, state: &State, member: MemberId) -> bool {
        match self.members[member].who {
            Who::Unit(unit) => {
                let unit = state.units[unit.index()];
                unit.isolated == unit.down
            }
            Who::Group(group) => {
                let seats = self.groups[group].seats.ids::<SeatId>();
                let alive = seats.filter(|seat| {
                    let seat = state.seats[seat.index()];
                    let holder = seat.member;
                    // Who is fit and does not serve, as it rejoins, is fenced or hands over, does not serve unseen.
                    let serves = state.members[holder.index()].role == Role::Serving
                        && seat.gives > Level::Down;
                    self.is_alive(state, holder) && (serves || !self.is_fit(state, holder))
                });
                let load = state.groups[group.index()].load;
                alive.count() >= self.groups[group].required as usize && !load.is_down()
            }
        }
    }

    pub(super) fn start_split<I: Interpreter>(
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
    pub(in crate::behaviour) fn split_ended<I: Interpreter>(
        &self,
        state: &mut State,
        seat: SeatId,
        run: &mut I,
    ) {
        let group = self.seats[seat].group;
        self.start_reconciling(state, group, seat, run);
        self.settle_seats(state, group, run);
    }

    pub(super) fn end_split<I: Interpreter>(&self, state: &mut State, seat: SeatId, run: &mut I) {
        self.stop_phase(state, seat, run);
        self.start_reconciling(state, self.seats[seat].group, seat, run);
    }

    pub(super) fn start_reconciling<I: Interpreter>(
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
    pub(in crate::behaviour) fn reconciled<I: Interpreter>(
        &self,
        state: &mut State,
        seat: SeatId,
        run: &mut I,
    ) {
        let group = self.seats[seat].group;
        let old = state.seat(seat).member;
        let candidate = state.seat(seat).candidate;
        match candidate {
            // The old member may have been chosen to go on, and have failed since.
            Some(candidate) if self.is_fit(state, candidate) => {
                if old != candidate && self.role_at(state, old, seat) == Some(Role::Serving) {
                    self.stop_following(state, group, old, run);
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
