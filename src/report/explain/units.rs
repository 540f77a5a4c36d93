//! What units are, how they fail, and how they are repaired.

use super::phrases::{capital, every, law_and_mean};
use super::{Page, about};
use crate::base::human;
use crate::base::text::clean;
use crate::base::units::SECONDS_PER_YEAR;
use crate::model::{
    Effect, Ending, Kind, KindId, Level, MachineState, Member, Mode, Notice, Renewal, RenewalScope,
    Repair, RepairStart,
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
                self.mode(kind, mode);
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
        let renewal = match process.renewal {
            Renewal::New => "as good as new",
            Renewal::KijimaFirst(1.0) => "as bad as old",
            Renewal::KijimaFirst(_) | Renewal::KijimaSecond(_) => "partly renewed",
        };
        let factor = match process.renewal {
            Renewal::KijimaFirst(factor) if factor != 1.0 => {
                format!(" (Kijima I, factor {})", human::significant(factor, 3))
            }
            Renewal::KijimaSecond(factor) => {
                format!(" (Kijima II, factor {})", human::significant(factor, 3))
            }
            Renewal::New | Renewal::KijimaFirst(_) => String::new(),
        };
        let age = match process.age.as_secs() {
            0.0 => String::new(),
            age => format!(" At the start it is {} old.", human::duration(age)),
        };
        self.say(
            4,
            &format!(
                "Time to failure{what}: {}. After repair {renewal}{factor}.{age}",
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
        for group in self.system.groups.iter() {
            for (position, member) in group.members.iter().enumerate() {
                if let Member::Unit(unit) = member
                    && self.system.units[*unit].kind == id
                {
                    speed += if position < group.active {
                        1.0
                    } else {
                        group.dormancy
                    };
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

    fn mode(&mut self, kind: &Kind, mode: &Mode) {
        let name = if kind.modes.len() == 1 {
            "A failure".to_owned()
        } else {
            capital(&clean(&mode.name))
        };
        let effect = match mode.effect {
            Effect::Down => "takes the unit down".to_owned(),
            Effect::Isolated => "cuts the unit off; it goes on where nobody sees it".to_owned(),
            Effect::Degraded(left) => {
                format!("leaves the unit {} of its capacity", human::percent(left))
            }
        };
        let notice = match &mode.notice {
            Notice::Detector => "The detector of its group notices.".to_owned(),
            Notice::AtOnce => "It is noticed at once.".to_owned(),
            Notice::After(law) => format!("It is noticed later: {}.", law_and_mean(law)),
            Notice::Test => "Only a test, or a takeover that fails for it, finds it.".to_owned(),
        };
        let ending = match &mode.ending {
            Ending::Itself(law) => format!("It ends by itself: {}.", law_and_mean(law)),
            Ending::Never => "It is never mended.".to_owned(),
            Ending::Repair(repair) => self.repair(repair),
        };
        self.say(4, &format!("{name} {effect}. {notice} {ending}"));
    }

    fn repair(&self, repair: &Repair) -> String {
        let starts = match repair.starts {
            RepairStart::Failure => "from the failure on",
            RepairStart::Detection => "once it is noticed",
            RepairStart::Takeover => "once the takeover has ended",
        };
        let mut text = format!("Repair, {starts}: ");
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
