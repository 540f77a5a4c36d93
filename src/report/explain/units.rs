//! What units are, how they fail, and how they are repaired.

use super::phrases::{capital, every, law_and_mean};
use super::{Page, about};
use crate::base::text::clean;
use crate::base::units::SECONDS_PER_YEAR;
use crate::base::{IdVec, human};
use crate::math::Law;
use crate::model::{
    Detector, Effect, Ending, Group, GroupId, Kind, KindId, Level, MachineState, Member, Mode,
    Notice, Renewal, RenewalScope, Repair, RepairStart, StandbyFaults,
};
use crate::report::words::{counted, listed};

impl Page<'_> {
    pub(super) fn units(&mut self) {
        self.heading("UNITS");
        for (id, kind) in self.system.kinds.iter_ids() {
            let units: Vec<_> = self
                .system
                .units
                .iter()
                .filter(|unit| unit.kind == id)
                .collect();
            if units.is_empty() {
                continue;
            }
            let names: Vec<String> = units.iter().map(|unit| clean(&unit.name)).collect();
            let names = match names.as_slice() {
                [first, .., last] if names.len() > 4 => format!("{first} to {last}"),
                _ => listed(&names),
            };
            self.say(
                2,
                &format!(
                    "{}: {} ({names}).",
                    clean(&kind.name),
                    counted(units.len() as u64, "unit")
                ),
            );
            for process in &kind.failures {
                self.process(kind, process);
            }
            self.rate(id, kind);
            for mode in &kind.modes {
                self.mode(id, mode);
            }
            if let Some(service) = kind.ages_while {
                let service = clean(&self.system.services[service].name);
                self.say(
                    4,
                    &format!("It does not age, and cannot fail, while {service} is down."),
                );
            }
            for state in &kind.states {
                self.machine_state(kind, state);
            }
            if let Some(demand) = &kind.on_demand {
                self.say(
                    4,
                    &format!(
                        "A standby is found dead with {} when it is called ({}).",
                        demand.probability,
                        clean(&kind.modes[demand.mode].name)
                    ),
                );
            }
            if let Some(test) = &kind.test {
                self.say(
                    4,
                    &format!(
                        "Tested every {}; a test finds a hidden fault with {}.",
                        every(&test.every),
                        test.finds
                    ),
                );
            }
        }
    }

    fn machine_state(&mut self, kind: &Kind, state: &MachineState) {
        let gives = match state.gives {
            Level::Up => "serves",
            Level::Degraded => "serves degraded",
            Level::Down => "gives nothing",
        };
        let exits: Vec<String> = state
            .exits
            .iter()
            .map(|exit| {
                let to: Vec<String> = exit
                    .to
                    .iter()
                    .map(|&(to, probability)| {
                        let name = clean(&kind.states[to].name);
                        if exit.to.len() == 1 {
                            name
                        } else {
                            format!("{probability} {name}")
                        }
                    })
                    .collect();
                format!("after {} to {}", law_and_mean(&exit.after), listed(&to))
            })
            .collect();
        let exits = if exits.is_empty() {
            "it is never left".to_owned()
        } else {
            exits.join("; ")
        };
        self.say(
            4,
            &format!("State {}: {gives}; {exits}.", clean(&state.name)),
        );
    }

    fn process(&mut self, kind: &Kind, process: &crate::model::FailureProcess) {
        let outcomes: Vec<String> = process
            .outcomes
            .iter()
            .map(|&(mode, probability)| {
                let name = clean(&kind.modes[mode].name);
                if process.outcomes.len() == 1 {
                    name
                } else {
                    format!("{probability} {name}")
                }
            })
            .collect();
        let what = if kind.modes.len() == 1 {
            String::new()
        } else {
            format!(" ({})", listed(&outcomes))
        };
        // What has no memory is as good as new at any time.
        let ages = !matches!(process.law, Law::Exponential(_) | Law::Never(_));
        let ends = process
            .outcomes
            .iter()
            .any(|&(mode, _)| kind.modes[mode].ending != Ending::Never);
        let renewal = if ages && ends {
            renewal_words(process.renewal)
        } else {
            String::new()
        };
        let age = match process.age.as_secs() {
            age if age == 0.0 || !ages => String::new(),
            age => format!(" At the start it is {} old.", human::duration(age)),
        };
        self.say(
            4,
            &format!(
                "Time to failure{what}: {}.{renewal}{age}",
                law_and_mean(&process.law)
            ),
        );
    }

    /// How often units of a kind fail, if all goes well otherwise.
    fn rate(&mut self, id: KindId, kind: &Kind) {
        let mean_rate: f64 = kind
            .failures
            .iter()
            .map(|process| 1.0 / process.law.mean())
            .sum();
        let mut speed = 0.0;
        for (group_id, group) in self.system.groups.iter_ids() {
            let of_group = self.speed(group_id);
            for (position, member) in group.members.iter().enumerate() {
                if let Member::Unit(unit) = member
                    && self.system.units[*unit].kind == id
                {
                    speed += of_group * speed_at(group, position);
                }
            }
        }
        let per_year = mean_rate * speed * SECONDS_PER_YEAR;
        if per_year > 0.0 && per_year.is_finite() {
            self.say(
                4,
                &format!(
                    "All of them together: about {} a year.",
                    about(per_year, "failure")
                ),
            );
        }
    }

    /// The groups that units of a kind are in, and those around them.
    fn groups_around(&self, kind: KindId) -> Vec<GroupId> {
        let system = self.system;
        let mut is_around = IdVec::filled(false, system.groups.len());
        loop {
            let mut is_new = false;
            for (id, group) in system.groups.iter_ids() {
                let holds = |member: &Member| match *member {
                    Member::Unit(unit) => system.units[unit].kind == kind,
                    Member::Group(inner) => is_around[inner],
                };
                if !is_around[id] && group.members.iter().any(holds) {
                    is_around[id] = true;
                    is_new = true;
                }
            }
            if !is_new {
                break;
            }
        }
        let groups = system.groups.ids();
        groups.filter(|id| is_around[*id]).collect()
    }

    /// Whether time passes until a fault is known that is left to the detectors of groups.
    fn is_noticed_late(&self, around: &[GroupId]) -> bool {
        around.iter().any(|&id| {
            let group = &self.system.groups[id];
            let latency = group.detector.as_ref().map(Detector::latency);
            let is_late = latency.is_some_and(|law| law.is_ok_and(|law| law.mean() > 0.0));
            is_late || group.has_standbys() && group.standby_faults == StandbyFaults::Latent
        })
    }

    /// How fast what is in a group ages for it, as the group and those around it serve or stand by.
    fn speed(&self, id: GroupId) -> f64 {
        let mut groups = self.system.groups.iter_ids();
        let around = groups.find_map(|(around, group)| {
            let mut members = group.members.iter();
            let position = members.position(|member| *member == Member::Group(id))?;
            Some(speed_at(group, position) * self.speed(around))
        });
        around.unwrap_or(1.0)
    }

    fn mode(&mut self, id: KindId, mode: &Mode) {
        let kind = &self.system.kinds[id];
        let around = self.groups_around(id);
        let is_watched = self.is_noticed_late(&around);
        let name = if kind.modes.len() == 1 {
            "A failure".to_owned()
        } else {
            capital(&clean(&mode.name))
        };
        let effect = match mode.effect {
            Effect::Down => "takes the unit down".to_owned(),
            Effect::Isolated => format!("cuts the unit off{}", self.goes_on(around.iter())),
            Effect::Degraded(left) => {
                let units = self.system.units.iter_ids();
                let own = units.filter(|(_, unit)| unit.kind == id);
                let left = self.left(left, own.map(|(id, _)| id));
                format!("leaves the unit {left}")
            }
        };
        let notice = match &mode.notice {
            Notice::Detector if !is_watched => "It is noticed at once.".to_owned(),
            Notice::Detector => "The detector of its group notices.".to_owned(),
            Notice::AtOnce => "It is noticed at once.".to_owned(),
            Notice::After(law) => format!("It is noticed later: {}.", law_and_mean(law)),
            Notice::Test => "Only a test, or a takeover that fails for it, finds it.".to_owned(),
        };
        let ending = match &mode.ending {
            Ending::Itself(law) => format!("It ends by itself: {}.", law_and_mean(law)),
            Ending::Never => "It is never mended.".to_owned(),
            Ending::Repair(repair) => {
                let is_late = match mode.notice {
                    Notice::Detector => is_watched,
                    Notice::AtOnce => false,
                    Notice::After(_) | Notice::Test => true,
                };
                let waits = repair.starts == RepairStart::Takeover
                    && (around.iter()).any(|&id| self.system.groups[id].has_standbys());
                self.repair(repair, is_late || waits)
            }
        };
        self.say(4, &format!("{name} {effect}. {notice} {ending}"));
    }

    /// A repair, and from when on it may be under way, if that can be later than the failure.
    fn repair(&self, repair: &Repair, is_later: bool) -> String {
        let starts = match repair.starts {
            _ if !is_later => "",
            RepairStart::Failure => ", from the failure on",
            RepairStart::Detection => ", once it is noticed",
            RepairStart::Takeover => ", once the takeover has ended",
        };
        let mut text = format!("Repair{starts}: ");
        if let Some(delay) = &repair.administrative_delay {
            text += &format!("first a decision ({}), then ", law_and_mean(delay));
        }
        text += &law_and_mean(&repair.time);
        let crew = repair
            .crew
            .map(|crew| format!("crew {}", clean(&self.system.crews[crew].name)));
        for stage in &repair.further {
            text += &format!(", then {}", law_and_mean(&stage.time));
            if let Some(crew) = stage.crew {
                let who = if stage.stays {
                    " in the same visit"
                } else {
                    ""
                };
                text += &format!("{who} by crew {}", clean(&self.system.crews[crew].name));
            }
        }
        let spare = repair
            .spare
            .map(|spare| format!("a part from {}", clean(&self.system.spares[spare].name)));
        let needs: Vec<String> = crew.into_iter().chain(spare).collect();
        if !needs.is_empty() {
            text += &format!("; it needs {}", listed(&needs));
        }
        if repair.scope == RenewalScope::Unit {
            text += "; it renews the whole unit";
        }
        text + "."
    }
}

/// How old a unit is after a repair.
fn renewal_words(renewal: Renewal) -> String {
    let factor = |factor| human::significant(factor, 3);
    let text = match renewal {
        Renewal::New => "as good as new".to_owned(),
        Renewal::KijimaFirst(1.0) => "as bad as old".to_owned(),
        Renewal::KijimaFirst(of) => format!("partly renewed (Kijima I, factor {})", factor(of)),
        Renewal::KijimaSecond(of) => format!("partly renewed (Kijima II, factor {})", factor(of)),
    };
    format!(" After repair {text}.")
}

/// How fast a member of a group ages in normal operation.
fn speed_at(group: &Group, position: usize) -> f64 {
    if position < group.active {
        1.0
    } else {
        group.dormancy
    }
}
