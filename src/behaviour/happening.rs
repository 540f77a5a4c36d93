//! What happens now and then and is counted: the same names for whoever counts it.

use super::clock::{Coming, Note};
use super::plan::Behaviour;
use super::state::SeatPhase;
use crate::model::{Culprit, GroupId};

/// Something that happens now and then to a group, or that a shared cause or planned work does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Happening {
    /// A unit of a group fails.
    Failure,
    /// A healthy member is taken for a failed one.
    FalseAlarm,
    /// A seat gets another member than the one that served there last, unplanned: a standby takes over, or
    /// where none is left, the first that is restored is another one. A member that comes back to its own seat
    /// has taken over from nobody.
    Failover,
    /// An attempt of a stage of a takeover has failed.
    FailedStage,
    /// A standby is found dead when it is called.
    FoundDead,
    /// People take over where automation has failed.
    ManualTakeover,
    /// Two sides serve.
    SplitBrain,
    /// A member has handed over to another one before planned work.
    Switchover,
    /// The preferred member has its place back.
    Failback,
    /// A group collapses under its load.
    Collapse,
    /// Planned work begins.
    Change,
    /// A shared cause strikes.
    Event,
}

impl Happening {
    /// Its name in files, in `snake_case` and plural.
    pub fn name(self) -> &'static str {
        match self {
            Happening::Failure => "failures",
            Happening::FalseAlarm => "false_alarms",
            Happening::Failover => "failovers",
            Happening::FailedStage => "failed_stages",
            Happening::FoundDead => "found_dead",
            Happening::ManualTakeover => "manual_takeovers",
            Happening::SplitBrain => "split_brains",
            Happening::Switchover => "switchovers",
            Happening::Failback => "failbacks",
            Happening::Collapse => "collapses",
            Happening::Change => "changes",
            Happening::Event => "events",
        }
    }

    /// The same in words.
    pub fn describe(self) -> String {
        self.name().replace('_', " ")
    }
}

impl Behaviour {
    /// What a note tells of, and to whom it happens or who does it, if it is counted.
    pub fn happening(&self, note: Note) -> Option<(Happening, Culprit)> {
        let of = |group: GroupId| Culprit::Group(group);
        Some(match note {
            Note::Failure(unit, _) => (Happening::Failure, of(self.group_of(unit))),
            Note::FalseAlarm(seat, _) => (Happening::FalseAlarm, of(self.seats[seat].group)),
            Note::Serving(seat, _, coming) => {
                let happening = match coming {
                    Coming::Back => return None,
                    Coming::Failover => Happening::Failover,
                    Coming::Failback => Happening::Failback,
                    Coming::Switchover => Happening::Switchover,
                };
                (happening, of(self.seats[seat].group))
            }
            Note::StageFailure(seat, _) => (Happening::FailedStage, of(self.seats[seat].group)),
            Note::FoundDead(member) => (Happening::FoundDead, of(self.members[member].group)),
            Note::StageStart(seat, SeatPhase::Manual, _) => {
                (Happening::ManualTakeover, of(self.seats[seat].group))
            }
            Note::SplitStart(seat) => (Happening::SplitBrain, of(self.seats[seat].group)),
            Note::Collapse(group) => (Happening::Collapse, of(group)),
            Note::ChangeStart(change) => (Happening::Change, Culprit::Change(change)),
            Note::CauseStart(cause) => (Happening::Event, Culprit::Cause(cause)),
            _ => return None,
        })
    }
}
