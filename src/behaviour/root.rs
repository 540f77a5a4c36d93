//! Roots: what began a downtime, however it went on.
//!
//! An event that takes something away is the root of the downtimes that begin with it. Where a downtime begins
//! with another event, such as the end of what was given back for a while, the root is what is wrong with whoever
//! served last.

use super::clock::Event;
use super::plan::{Behaviour, MemberId, Origin, SeatId, Who};
use super::state::{Mechanism, State};
use crate::base::Id;
use crate::model::{Culprit, GroupId, Level, Root};

impl Behaviour {
    /// The root of a downtime that begins now, through a group, with an event of which it may be the effect.
    pub(super) fn root(&self, state: &State, event: Option<Event>, through: GroupId) -> Root {
        let culprit = event
            .and_then(|event| self.taker(event))
            .unwrap_or_else(|| self.first_cause(state, through));
        Root { culprit, through }
    }

    /// Whose event it is, if it takes something away by itself.
    fn taker(&self, event: Event) -> Option<Culprit> {
        let of_unit = |unit| Culprit::Group(self.group_of(unit));
        match event {
            Event::Failed(process) => Some(Culprit::Group(self.processes[process].group)),
            Event::Left(exit) => {
                let machine = &self.machines[self.exits[exit].machine as usize];
                Some(of_unit(machine.unit))
            }
            Event::Crashed(unit) => Some(of_unit(unit)),
            Event::Collapsed(group) => Some(Culprit::Group(group)),
            Event::CauseStruck(cause) | Event::CauseEnded(cause) => Some(Culprit::Cause(cause)),
            Event::ChangeDue(change)
            | Event::WorkEnded(change)
            | Event::WatchEnded(change)
            | Event::BadNoticed(change)
            | Event::RolledBack(change)
            | Event::WindowClosed(change)
            | Event::FreezeBegan(change, _)
            | Event::FreezeEnded(change, _) => Some(Culprit::Change(change)),
            Event::Restored(_)
            | Event::SpareArrived(_)
            | Event::ShiftChanged(_)
            | Event::PickedUp(..)
            | Event::Rejoined(_)
            | Event::DelayPassed(_)
            | Event::StageEnded(_)
            | Event::ManualEnded(_)
            | Event::SplitEnded(_)
            | Event::Reconciled(_)
            | Event::FailbackDue(_)
            | Event::FailbackEnded(_)
            | Event::WarmedUp(_)
            | Event::ClientBack(_)
            | Event::HoldDownEnded(_)
            | Event::LoadFell(_)
            | Event::LoadRose(_)
            | Event::Restarted(_)
            | Event::ScaleWanted(_)
            | Event::ScaleOver(_)
            | Event::Scaled(_)
            | Event::ServedTooLittle(_)
            | Event::ServedEnough(_)
            | Event::PatienceEnded(_)
            | Event::FalseAlarm(_)
            | Event::Tested(_)
            | Event::PaceRose(..)
            | Event::PaceFell(..)
            | Event::Noticed(_)
            | Event::MemberNoticed(_) => None,
        }
    }

    /// What is wrong with those who served last in a group, through any number of member groups and needs; the
    /// group itself if nothing is, as after a false alarm, whatever is wrong with its standbys. Of
    /// several things it is a change rather than a cause, and a cause rather than a failure, whoever suffers it:
    /// the order of like members does not matter.
    fn first_cause(&self, state: &State, group: GroupId) -> Culprit {
        let plan = &self.groups[group];
        let empty = plan.seats.ids::<SeatId>();
        let empty = empty.filter(|seat| state.seats[seat.index()].gives == Level::Down);
        let last = empty.map(|seat| state.seats[seat.index()].member);
        let last: Vec<MemberId> = last.collect();
        // A member group that goes down now has begun it, whatever else was down before.
        let has_fallen = |member: &&MemberId| match self.members[**member].who {
            Who::Unit(_) => false,
            Who::Group(inner) => state.groups[inner.index()].fell,
        };
        let is_now = last.iter().any(|member| has_fallen(&member));
        let begun = last.iter().filter(|member| !is_now || has_fallen(member));
        let wrong = begun
            .filter_map(|&member| self.wrong_with(state, member))
            .max();
        wrong.unwrap_or_else(|| {
            let mechanism = self.mechanism(state, group);
            let change = match mechanism {
                Mechanism::Planned | Mechanism::Change => self.change_in(state, group, mechanism),
                _ => None,
            };
            change.map_or(Culprit::Group(group), Culprit::Change)
        })
    }

    fn wrong_with(&self, state: &State, member: MemberId) -> Option<Culprit> {
        let group = self.members[member].group;
        match self.members[member].who {
            Who::Unit(unit) => {
                let causes = self.origins(state, unit).map(|origin| match origin {
                    Origin::Unit | Origin::State | Origin::Overload => Culprit::Group(group),
                    Origin::Cause(cause) => Culprit::Cause(cause),
                    Origin::Work(change) | Origin::Version(change) => Culprit::Change(change),
                    Origin::Need(need) => {
                        let needed = self.lacking_group(state, need);
                        let short = || self.blame_for_shortage(state, &self.needs[need].groups);
                        needed
                            .map(|needed| self.first_cause(state, needed))
                            .or_else(|| short().map(|blame| blame.root.culprit))
                            .unwrap_or(Culprit::Group(group))
                    }
                });
                causes.max()
            }
            Who::Group(inner) => {
                let is_down = state.groups[inner.index()].level == Level::Down;
                is_down.then(|| self.first_cause(state, inner))
            }
        }
    }
}
