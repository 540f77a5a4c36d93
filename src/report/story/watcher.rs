//! The witness of a trial: writes down what happens, in words.

use super::{Entry, UnitStory};
use crate::base::text::clean;
use crate::base::units::NANOS_PER_SECOND;
use crate::base::{Id, Instant, human};
use crate::behaviour::{Behaviour, FaultModeId, MemberId, Note, Origin, SeatId, SeatPhase, State};
use crate::engine::{DataLoss, Observer};
use crate::model::{
    CauseId, ChangeId, Effect, Ending, GroupId, Level, Member, Mode, ServiceId, System, UnitId,
};

/// Writes down what happens as it happens.
pub(super) struct Watcher<'a> {
    system: &'a System,
    behaviour: &'a Behaviour,
    pub(super) entries: Vec<Entry>,
    sequence: usize,
    pub(super) units: Vec<UnitStory>,
    pub(super) levels: Vec<Vec<(Instant, usize, Level)>>,
    /// Of each need, the group for whose want it was not met last.
    lacking: Vec<String>,
}

impl<'a> Watcher<'a> {
    pub(super) fn new(system: &'a System, behaviour: &'a Behaviour) -> Watcher<'a> {
        let unit = |unit: &crate::model::Unit| UnitStory {
            name: clean(&unit.name),
            conditions: Vec::new(),
        };
        Watcher {
            system,
            behaviour,
            entries: Vec::new(),
            sequence: 0,
            units: system.units.iter().map(unit).collect(),
            levels: vec![Vec::new(); system.services.len()],
            lacking: system.needs.iter().map(|need| clean(&need.text)).collect(),
        }
    }

    fn unit(&self, unit: UnitId) -> String {
        clean(&self.system.units[unit].name)
    }

    fn group(&self, group: GroupId) -> String {
        clean(&self.system.groups[group].name)
    }

    fn member(&self, member: MemberId) -> String {
        match self.behaviour.member(member).1 {
            Member::Unit(unit) => self.unit(unit),
            Member::Group(group) => self.group(group),
        }
    }

    /// The group of a seat; the place as well, if there are several.
    fn seat(&self, seat: SeatId) -> String {
        let (group, position) = self.behaviour.seat(seat);
        let name = self.group(group);
        if self.system.groups[group].active > 1 {
            format!("{name}, place {}", position + 1)
        } else {
            name
        }
    }

    /// The mode of a unit and its name, as far as that says more than the unit; nothing for what is
    /// no fault of the unit.
    fn mode(&self, unit: UnitId, mode: FaultModeId) -> Option<(&'a Mode, String)> {
        let kind = &self.system.kinds[self.system.units[unit].kind];
        let mode = &kind.modes[self.behaviour.mode_index(mode)?];
        let name = if kind.modes.len() > 1 {
            format!(" ({})", clean(&mode.name))
        } else {
            String::new()
        };
        Some((mode, name))
    }

    fn cause(&self, cause: CauseId) -> String {
        clean(&self.system.causes[cause].name)
    }

    fn change(&self, change: ChangeId) -> String {
        clean(&self.system.changes[change].name)
    }

    /// What strikes a unit from outside.
    fn outside(&self, origin: Origin) -> String {
        match origin {
            Origin::Unit | Origin::State => "a disruption".to_owned(),
            Origin::Overload => "a crash under its load".to_owned(),
            Origin::Cause(cause) => self.cause(cause),
            Origin::Work(change) => format!("the work of {}", self.change(change)),
            Origin::Version(change) => format!("the bad version of {}", self.change(change)),
            Origin::Need(need) => format!("the lack of {}", self.lacking[need.index()]),
        }
    }

    /// Who takes over by hand at a seat, and how fast, if that is worth saying.
    fn people(&self, at: Instant, seat: SeatId) -> (String, String) {
        let (group, _) = self.behaviour.seat(seat);
        let Some(people) = self.system.groups[group].takeover.manual_by else {
            return ("people".to_owned(), String::new());
        };
        let people = &self.system.people[people];
        let speed = match people.speed(at) {
            1.0 => String::new(),
            slow => format!(", at {} of their speed", human::percent(slow)),
        };
        (clean(&people.name), speed)
    }

    fn text(&self, at: Instant, note: Note) -> String {
        match note {
            Note::Failure(unit, mode) => {
                let origin = self.behaviour.origin(mode);
                let Some((mode, name)) = self.mode(unit, mode) else {
                    if origin == Origin::State {
                        return format!("{} fails", self.unit(unit));
                    }
                    return format!("{} is struck by {}", self.unit(unit), self.outside(origin));
                };
                let what = match (mode.effect, &mode.ending) {
                    (Effect::Degraded(left), _) => {
                        format!("is down to {} of its capacity", human::percent(left))
                    }
                    (Effect::Down, Ending::Itself(_)) => "is disrupted".to_owned(),
                    (Effect::Down, _) => "fails".to_owned(),
                    (Effect::Isolated, _) => {
                        "is cut off, and alive where nobody sees it".to_owned()
                    }
                };
                let by = match origin {
                    Origin::Unit => String::new(),
                    Origin::Cause(_)
                    | Origin::Need(_)
                    | Origin::Work(_)
                    | Origin::Version(_)
                    | Origin::Overload
                    | Origin::State => {
                        format!(", because of {}", self.outside(origin))
                    }
                };
                format!("{} {what}{name}{by}", self.unit(unit))
            }
            Note::Notice(unit, mode) => {
                format!(
                    "the failure of {} is noticed{}",
                    self.unit(unit),
                    self.mode(unit, mode)
                        .map_or(String::new(), |(_, name)| name)
                )
            }
            Note::SpareWait(unit, _) => {
                format!("the repair of {} waits for a spare", self.unit(unit))
            }
            Note::CrewWait(unit, _) => {
                format!("the repair of {} waits for a crew", self.unit(unit))
            }
            Note::RepairStart(unit, _) => format!("the repair of {} begins", self.unit(unit)),
            Note::Restoration(unit, mode) => {
                let origin = self.behaviour.origin(mode);
                let Some((mode, name)) = self.mode(unit, mode) else {
                    if origin == Origin::State {
                        return format!("{} is fit again", self.unit(unit));
                    }
                    return format!("{} is free of {}", self.unit(unit), self.outside(origin));
                };
                match mode.ending {
                    Ending::Itself(_) => format!("{} recovers by itself{name}", self.unit(unit)),
                    Ending::Repair(_) | Ending::Never => {
                        format!("{} is repaired{name}", self.unit(unit))
                    }
                }
            }
            Note::FoundDead(member) => {
                format!("{} is found dead when it is called", self.member(member))
            }
            Note::FalseAlarm(_, member) => format!(
                "false alarm: {} serves, but is taken for failed",
                self.member(member)
            ),
            Note::StageStart(seat, phase, candidate) => {
                let who =
                    candidate.map_or("the standby".to_owned(), |candidate| self.member(candidate));
                let what = match phase {
                    SeatPhase::Deciding => "deciding on a takeover".to_owned(),
                    SeatPhase::Fencing => "fencing the old member".to_owned(),
                    SeatPhase::Promoting => format!("promoting {who}"),
                    SeatPhase::Redirecting => format!("redirecting clients to {who}"),
                    SeatPhase::Manual => {
                        let (people, speed) = self.people(at, seat);
                        format!("{people} take over by hand{speed}")
                    }
                    other @ (SeatPhase::Serving
                    | SeatPhase::Undetected
                    | SeatPhase::Waiting
                    | SeatPhase::Failback
                    | SeatPhase::Switchover
                    | SeatPhase::Split
                    | SeatPhase::Reconciling) => phase_words(other).to_owned(),
                };
                format!("{}: {what}", self.seat(seat))
            }
            Note::StageFailure(seat, phase) => {
                format!("{}: {} FAILS", self.seat(seat), phase_words(phase))
            }
            Note::HeldDown(seat) => {
                format!(
                    "{}: so soon after the last failover this one waits for people",
                    self.seat(seat)
                )
            }
            Note::PeopleWait(seat) => {
                let (people, _) = self.people(at, seat);
                format!("{}: {people} are busy elsewhere", self.seat(seat))
            }
            Note::PeopleCome(seat) => {
                let (people, speed) = self.people(at, seat);
                format!("{}: {people} have come{speed}", self.seat(seat))
            }
            Note::Exhausted(seat) => format!("{}: no standby is left", self.seat(seat)),
            Note::Serving(seat, member, _) => {
                let (group, _) = self.behaviour.seat(seat);
                format!("{} serves in {}", self.member(member), self.group(group))
            }
            Note::Rejoining(member) => format!("{} begins to rejoin", self.member(member)),
            Note::StandingBy(member) => format!("{} stands by", self.member(member)),
            Note::FailbackStart(seat, member) => format!(
                "{}: failback to {} begins",
                self.seat(seat),
                self.member(member)
            ),
            Note::SplitStart(seat) => {
                format!("{}: split brain, two members serve", self.seat(seat))
            }
            Note::ReconcileStart(seat) => {
                format!("{}: the two sides are being reconciled", self.seat(seat))
            }
            Note::ScaleOrder(group) => format!("{} orders more members", self.group(group)),
            Note::ScaleUp(group) => {
                format!("the members that {} has ordered serve", self.group(group))
            }
            Note::ScaleFailure(group) => {
                format!(
                    "the members that {} has ordered do not come",
                    self.group(group)
                )
            }
            Note::Collapse(group) => {
                format!("{} collapses under its load", self.group(group))
            }
            Note::Recovery(group) => {
                format!("{} has recovered from its load", self.group(group))
            }
            Note::LagsBehind(seat, member) => format!(
                "{}: {} lags too far behind to be promoted automatically",
                self.seat(seat),
                self.member(member)
            ),
            Note::WritesStall(group) => {
                format!(
                    "{}: writes stall, as too few standbys follow",
                    self.group(group)
                )
            }
            Note::Unreplicated(group) => {
                format!("{}: writes go on without a standby", self.group(group))
            }
            Note::Lack(_, group) => format!("{} is lacking", self.group(group)),
            Note::InStep(group) => {
                format!("{}: the standbys have all writes again", self.group(group))
            }
            Note::StateEntered(unit, state) => {
                let unit = &self.system.units[unit];
                let state = &self.system.kinds[unit.kind].states[state].name;
                format!("{} is now {}", clean(&unit.name), clean(state))
            }
            Note::CauseStart(cause) => format!("{} strikes", self.cause(cause)),
            Note::CauseEnd(cause) => format!("{} is over", self.cause(cause)),
            Note::ChangeStart(change) => format!("{} begins", self.change(change)),
            Note::SwitchoverStart(seat, member) => format!(
                "{}: planned switchover to {} begins",
                self.seat(seat),
                self.member(member)
            ),
            Note::WorkStart(change) => format!("{}: work begins", self.change(change)),
            Note::ChangeBad(change) => {
                format!(
                    "{} is found to be bad and is taken back",
                    self.change(change)
                )
            }
            Note::ChangeEnd(change) => format!("{} is over", self.change(change)),
        }
    }
}

impl Observer for Watcher<'_> {
    fn note(&mut self, at: Instant, note: Note) {
        if let Note::Lack(need, group) = note {
            // Those who suffer it are told, and what they lack.
            self.lacking[need.index()] = self.group(group);
            return;
        }
        let text = self.text(at, note);
        let seat = seat_of(note);
        if let Some((seat, _)) = seat
            && matches!(note, Note::StageStart(..) | Note::Serving(..))
        {
            // A stage that is over as soon as it begins is not worth a line.
            let of_seat = |entry: &Entry| entry.seat.is_some_and(|(other, _)| other == seat);
            let now = self
                .entries
                .iter()
                .rev()
                .take_while(|entry| entry.at == at)
                .count();
            let start = self.entries.len() - now;
            if let Some(last) = self.entries[start..].iter().rposition(of_seat)
                && self.entries[start + last].seat == Some((seat, true))
            {
                self.entries.remove(start + last);
            }
        }
        self.entries.push(Entry {
            at,
            sequence: self.sequence,
            text,
            is_service: false,
            seat,
        });
        self.sequence += 1;
    }

    fn data_lost(&mut self, loss: DataLoss) {
        let lost = human::duration(loss.lost as f64 / NANOS_PER_SECOND);
        let text = if loss.lost == 0 {
            format!(
                "{}: nothing that was written is lost",
                self.group(loss.group)
            )
        } else {
            format!(
                "{}: the last {lost} of writes are lost",
                self.group(loss.group)
            )
        };
        self.entries.push(Entry {
            at: loss.at,
            sequence: self.sequence,
            text,
            is_service: false,
            seat: None,
        });
        self.sequence += 1;
    }

    fn after_event(&mut self, at: Instant, state: &State) {
        for (index, unit) in self.units.iter_mut().enumerate() {
            let condition = state.condition(self.behaviour, UnitId::from_index(index));
            if unit
                .conditions
                .last()
                .is_none_or(|&(_, last)| last != condition)
            {
                unit.conditions.push((at, condition));
            }
        }
        for (index, levels) in self.levels.iter_mut().enumerate() {
            let level = state.service(ServiceId::from_index(index)).level;
            if levels.last().is_none_or(|&(_, _, last)| last != level) {
                levels.push((at, self.sequence, level));
                self.sequence += 1;
            }
        }
    }
}

/// The seat of a note, and whether a stage begins.
fn seat_of(note: Note) -> Option<(SeatId, bool)> {
    match note {
        Note::StageStart(seat, ..) => Some((seat, true)),
        Note::FalseAlarm(seat, _)
        | Note::StageFailure(seat, _)
        | Note::HeldDown(seat)
        | Note::PeopleWait(seat)
        | Note::PeopleCome(seat)
        | Note::Exhausted(seat)
        | Note::Serving(seat, ..)
        | Note::FailbackStart(seat, _)
        | Note::SwitchoverStart(seat, _)
        | Note::SplitStart(seat)
        | Note::LagsBehind(seat, _)
        | Note::ReconcileStart(seat) => Some((seat, false)),
        Note::Failure(..)
        | Note::Notice(..)
        | Note::SpareWait(..)
        | Note::CrewWait(..)
        | Note::RepairStart(..)
        | Note::Restoration(..)
        | Note::FoundDead(_)
        | Note::Rejoining(_)
        | Note::StandingBy(_)
        | Note::ScaleOrder(_)
        | Note::ScaleUp(_)
        | Note::ScaleFailure(_)
        | Note::Collapse(_)
        | Note::Recovery(_)
        | Note::WritesStall(_)
        | Note::Unreplicated(_)
        | Note::InStep(_)
        | Note::Lack(..)
        | Note::StateEntered(..)
        | Note::CauseStart(_)
        | Note::CauseEnd(_)
        | Note::ChangeStart(_)
        | Note::WorkStart(_)
        | Note::ChangeBad(_)
        | Note::ChangeEnd(_) => None,
    }
}

fn phase_words(phase: SeatPhase) -> &'static str {
    match phase {
        SeatPhase::Serving => "serving",
        SeatPhase::Undetected => "waiting to be noticed",
        SeatPhase::Deciding => "deciding",
        SeatPhase::Fencing => "fencing",
        SeatPhase::Promoting => "promoting",
        SeatPhase::Redirecting => "redirecting",
        SeatPhase::Manual => "taking over by hand",
        SeatPhase::Waiting => "waiting for a member",
        SeatPhase::Failback => "failback",
        SeatPhase::Switchover => "planned switchover",
        SeatPhase::Split => "split brain",
        SeatPhase::Reconciling => "reconciling",
    }
}
