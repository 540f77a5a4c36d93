//! People: takeovers by hand wait for somebody who is free, and go more slowly at night.

use super::clock::{Interpreter, Note};
use super::plan::{Behaviour, SeatId};
use super::state::{SeatPhase, State};
use crate::base::Id;
use crate::model::{PeopleId, TakeoverStep};

impl Behaviour {
    /// Begins a takeover by hand, or waits for somebody who is free.
    pub(super) fn call_people<I: Interpreter>(&self, state: &mut State, seat: SeatId, run: &mut I) {
        if let Some(people) = self.groups[self.seats[seat].group].manual_by {
            let at = state.people_of(people);
            if at.free == 0 {
                at.queue.push(seat);
                return run.tell(Note::PeopleWait(seat));
            }
            at.free -= 1;
        }
        self.begin_by_hand(state, seat, run);
    }

    fn begin_by_hand<I: Interpreter>(&self, state: &State, seat: SeatId, run: &mut I) {
        let clock = self.seats[seat].manual;
        let speed = self.speed_by_hand(state, seat);
        run.start(
            clock.expect("a takeover that can fail has a manual one"),
            speed,
        );
    }

    /// How fast people take over at a seat: not at all without what they need, and more slowly at
    /// night.
    pub(super) fn speed_by_hand(&self, state: &State, seat: SeatId) -> f64 {
        let group = &self.groups[self.seats[seat].group];
        let speed = self.step_speed(state, group.step_needs[TakeoverStep::Manual as usize]);
        let Some(people) = group.manual_by else {
            return speed;
        };
        let slow = state.people[people.index()].slow;
        let paces = self.people[people].paces.iter().enumerate();
        paces
            .filter(|(index, _)| slow & (1 << index) != 0)
            .fold(speed, |speed, (_, pace)| speed * pace.speed)
    }

    /// Whether a takeover by hand waits for somebody who is free.
    pub(super) fn waits_for_people(&self, state: &State, seat: SeatId) -> bool {
        match self.groups[self.seats[seat].group].manual_by {
            Some(people) => state.people[people.index()].queue.contains(&seat),
            None => false,
        }
    }

    /// A takeover by hand is over, or not needed any more: the next one begins.
    pub(super) fn dismiss_people<I: Interpreter>(
        &self,
        state: &mut State,
        seat: SeatId,
        run: &mut I,
    ) {
        let Some(people) = self.groups[self.seats[seat].group].manual_by else {
            return;
        };
        let at = state.people_of(people);
        if let Some(place) = at.queue.iter().position(|&waiting| waiting == seat) {
            at.queue.remove(place);
        } else if at.queue.is_empty() {
            at.free += 1;
        } else {
            let next = at.queue.remove(0);
            run.tell(Note::PeopleCome(next));
            self.begin_by_hand(state, next, run);
            self.touch(state, self.seats[next].group);
        }
    }

    /// People become slower.
    pub(super) fn pace_fell<I: Interpreter>(
        &self,
        state: &mut State,
        people: PeopleId,
        pace: u32,
        run: &mut I,
    ) {
        run.start(self.people[people].paces[pace as usize].ends, 1.0);
        state.people_of(people).slow |= 1 << pace;
        self.change_pace(state, people, run);
    }

    /// People are as fast as before.
    pub(super) fn pace_rose<I: Interpreter>(
        &self,
        state: &mut State,
        people: PeopleId,
        pace: u32,
        run: &mut I,
    ) {
        run.start(self.people[people].paces[pace as usize].begins, 1.0);
        state.people_of(people).slow &= !(1 << pace);
        self.change_pace(state, people, run);
    }

    fn change_pace<I: Interpreter>(&self, state: &mut State, people: PeopleId, run: &mut I) {
        for &(seat, clock) in &self.people[people].seats {
            if state.seat(seat).phase == SeatPhase::Manual && !self.waits_for_people(state, seat) {
                let speed = self.speed_by_hand(state, seat);
                run.set_speed(clock, speed);
            }
        }
    }
}
