//! What strikes units from outside, and what is done to them.

use super::circles::cycles;
use super::{Checker, is_instant, path_key};
use crate::base::Id;
use crate::model::{
    Breakage, Cause, CauseId, CauseMember, Change, ChangeStart, Effect, Lasting, UnitId,
};

impl Checker<'_> {
    pub(super) fn check_change(&mut self, change: &Change) {
        let path = path_key("changes", &change.name);
        let key = |key: &str| path_key(&path, key);
        match &change.starts {
            ChangeStart::After(law) if is_instant(law) => self.add(
                &key("every"),
                "changes follow each other without any time between them".to_owned(),
                "Write a longer time, such as { mean = \"14 d\" }.",
            ),
            ChangeStart::After(_) => {}
            ChangeStart::Window(window) => self.check_window(&key("calendar"), window),
        }
        for freeze in &change.freezes {
            self.check_window(&key("freeze"), freeze);
            if freeze.lasts >= freeze.every {
                self.add(
                    &key("freeze"),
                    "the freeze never ends, so no work ever begins".to_owned(),
                    "Shorten `lasts`.",
                );
            }
        }
        if change.units.is_empty() {
            let message = format!("change `{}` works on nothing", change.name);
            self.add(&key("on"), message, "Name units, groups or components.");
        }
        let mut units = change.units.clone();
        units.sort_unstable();
        if let Some(pair) = units.windows(2).find(|pair| pair[0] == pair[1])
            && let Some(unit) = self.system.units.get(pair[0])
        {
            let message = format!("change `{}` works on `{}` twice", change.name, unit.name);
            self.add(&key("on"), message, "Name it once.");
        }
        let lives_by_states = |unit: &&UnitId| {
            let unit = self.system.units.get(**unit);
            let kind = unit.and_then(|unit| self.system.kinds.get(unit.kind));
            kind.is_some_and(|kind| !kind.states.is_empty())
        };
        if change.renews
            && let Some(unit) = change.units.iter().find(lives_by_states)
        {
            let message = format!(
                "change `{}` renews `{}`, whose life is told state by state",
                change.name, self.system.units[*unit].name
            );
            let help = "Put the work among its states, as one way out of each.";
            self.add(&key("renews"), message, help);
        }
        if let Some(canary) = &change.canary
            && canary.units >= change.units.len()
        {
            let message = format!(
                "the canary has {} units, and the whole change {}",
                canary.units,
                change.units.len()
            );
            self.add(&key("canary"), message, "Leave something for the rest.");
        }
    }

    pub(super) fn check_causes(&mut self) {
        let system = self.system;
        let circles = cycles(system.causes.len(), |cause| {
            let members = &system.causes[CauseId::from_index(cause)].members;
            members
                .iter()
                .filter_map(|member| match member {
                    CauseMember::Cause(inner) => Some(inner.index()),
                    CauseMember::Unit(_) => None,
                })
                .collect()
        });
        for circle in &circles {
            let names: Vec<&str> = circle
                .iter()
                .map(|cause| system.causes[CauseId::from_index(*cause)].name.as_str())
                .collect();
            let path = path_key(
                "causes",
                &system.causes[CauseId::from_index(circle[0])].family,
            );
            let message = format!(
                "shared causes are within each other in a circle: {}",
                names.join(" -> ")
            );
            self.add(&path, message, "Take one of them out of the other.");
        }
        self.causes_are_trees = circles.is_empty();
        if !circles.is_empty() {
            return;
        }
        for (id, cause) in system.causes.iter_ids() {
            self.check_cause(id, cause);
        }
    }

    fn check_cause(&mut self, id: CauseId, cause: &Cause) {
        let system = self.system;
        let path = path_key("causes", &cause.family);
        let name = &cause.name;
        let Some(every) = &cause.every else {
            return;
        };
        if is_instant(every) {
            self.add(
                &path_key(&path, "every"),
                "events follow each other without any time between them".to_owned(),
                "Write a longer time, such as { mean = \"2 y\" }.",
            );
        }
        if let Some(Lasting {
            effect: Effect::Degraded(left),
            ..
        }) = cause.lasts
            && !(0.0..=1.0).contains(&left)
        {
            let message =
                format!("a degraded unit keeps a part of its capacity between 0 and 1, not {left}");
            self.add(&path_key(&path, "effect"), message, "");
        }
        let mut units = system.units_in_cause(id);
        if units.is_empty() {
            self.add(
                &path,
                format!("`{name}` strikes nothing"),
                "Name what it strikes with `hits`, or write every = \"never\".",
            );
        }
        units.sort_unstable();
        for pair in units.windows(2) {
            if pair[0] == pair[1]
                && let Some(unit) = system.units.get(pair[0])
            {
                self.add(
                    &path_key(&path, "hits"),
                    format!("`{name}` strikes `{}` in two ways", unit.name),
                    "Name it once, here or in what is within this cause.",
                );
            }
        }
        let mode = match &cause.breaks {
            None => return,
            Some(Breakage::OnlyMode) => return self.check_only_mode(cause, &units),
            Some(Breakage::Mode(mode)) => mode,
        };
        for unit in units {
            let kind = system
                .units
                .get(unit)
                .and_then(|unit| system.kinds.get(unit.kind));
            if let Some(kind) = kind
                && !kind.modes.iter().any(|other| other.name == *mode)
            {
                let modes: Vec<&str> = kind.modes.iter().map(|mode| mode.name.as_str()).collect();
                self.add(
                    &path_key(&path, "breaks"),
                    format!(
                        "`{name}` strikes units of kind `{}`, which has no mode `{mode}`",
                        kind.name
                    ),
                    &format!("Its modes are {}.", modes.join(", ")),
                );
                return;
            }
        }
    }

    /// A cause that does not say in which mode it breaks units needs kinds that fail in one mode only: the
    /// order of modes says nothing.
    fn check_only_mode(&mut self, cause: &Cause, units: &[UnitId]) {
        let system = self.system;
        let mut kinds = units.iter().filter_map(|&unit| {
            let unit = system.units.get(unit)?;
            system.kinds.get(unit.kind)
        });
        let Some(kind) = kinds.find(|kind| Breakage::OnlyMode.mode_of(kind).is_none()) else {
            return;
        };
        let modes: Vec<String> = kind
            .modes
            .iter()
            .map(|mode| format!("\"{}\"", mode.name))
            .collect();
        self.add(
            &path_key(&path_key("causes", &cause.name), "breaks"),
            format!(
                "`{}` breaks units of kind `{}`, which can fail in {} modes, and does not say in which",
                cause.name,
                kind.name,
                modes.len()
            ),
            &format!("Write breaks = {}.", modes.join(" or ")),
        );
    }
}
