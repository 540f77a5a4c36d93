//! How units fail, and how they are mended.

use super::{Checker, is_instant, path_key};
use crate::base::{Probability, Span, human};
use crate::model::{Effect, Ending, Group, Kind, Member, Notice, Renewal};
use std::collections::BTreeSet;

impl Checker<'_> {
    pub(super) fn check_kind(&mut self, kind: &Kind) {
        let path = path_key("kinds", &kind.name);
        self.check_states(kind);
        if kind.modes.is_empty() && kind.states.is_empty() {
            self.add(
                &path,
                format!("kind `{}` has no failure mode", kind.name),
                "Add one.",
            );
        }
        let mut names = BTreeSet::new();
        for mode in &kind.modes {
            let mode_path = path_key(&path_key(&path, "modes"), &mode.name);
            if !names.insert(&mode.name) {
                self.add(
                    &mode_path,
                    format!("two modes are named `{}`", mode.name),
                    "Rename one.",
                );
            }
            if let Effect::Degraded(capacity) = mode.effect
                && !(0.0..=1.0).contains(&capacity)
            {
                let message = format!(
                    "a degraded unit keeps a part of its capacity between 0 and 1, not {capacity}"
                );
                self.add(&path_key(&mode_path, "effect"), message, "");
            }
            if let (Notice::Test, Ending::Repair(_), None) =
                (&mode.notice, &mode.ending, &kind.test)
                && kind.on_demand.is_none()
                && !self.has_takeover(kind)
            {
                self.add(
                    &path_key(&mode_path, "notice"),
                    format!(
                        "only a test can notice `{}`, but kind `{}` has no test",
                        mode.name, kind.name
                    ),
                    "Add `test` to the kind, such as { every = \"90 d\" }.",
                );
            }
        }
        for process in &kind.failures {
            let mode = process
                .outcomes
                .first()
                .and_then(|(mode, _)| kind.modes.get(*mode));
            let mode_path = match (process.outcomes.as_slice(), mode) {
                ([_], Some(mode)) => path_key(&path_key(&path, "modes"), &mode.name),
                _ => path.clone(),
            };
            if is_instant(&process.law) {
                self.add(
                    &path_key(&mode_path, "fail"),
                    "the time to failure is zero, so failures would follow each other without end"
                        .to_owned(),
                    "Write a longer time, such as { mean = \"8000 h\" }.",
                );
            }
            let sum: f64 = process
                .outcomes
                .iter()
                .map(|(_, probability)| probability.get())
                .sum();
            if (sum - 1.0).abs() > 1e-9
                || process
                    .outcomes
                    .iter()
                    .any(|(mode, _)| *mode >= kind.modes.len())
            {
                let message = format!(
                    "the shares of the modes add up to {}, not to 100 %",
                    human::percent(sum)
                );
                self.add(&path_key(&path, "modes"), message, "Change the shares.");
            }
            if let Renewal::KijimaFirst(factor) | Renewal::KijimaSecond(factor) = process.renewal
                && !(0.0..=1.0).contains(&factor)
            {
                let message =
                    format!("the factor of an imperfect repair is between 0 and 1, not {factor}");
                self.add(&path_key(&mode_path, "after_repair"), message, "");
            }
            if process.age == Span::FOREVER {
                self.add(
                    &path_key(&mode_path, "age"),
                    "the age at the start is infinite".to_owned(),
                    "",
                );
            }
        }
        if let Some(demand) = &kind.on_demand {
            let path = path_key(&path, "on_demand");
            if demand.probability == Probability::ONE {
                self.add(
                    &path_key(&path, "probability"),
                    format!(
                        "units of kind `{}` would never work when they are called",
                        kind.name
                    ),
                    "Write a probability below 100 %.",
                );
            }
            if demand.mode >= kind.modes.len() {
                self.add(
                    &path_key(&path, "mode"),
                    "there is no such mode".to_owned(),
                    "",
                );
            }
        }
        if let Some(test) = &kind.test
            && is_instant(&test.every)
        {
            self.add(
                &path_key(&path_key(&path, "test"), "every"),
                "tests follow each other without any time between them".to_owned(),
                "Write a longer time, such as \"30 d\".",
            );
        }
    }

    fn check_states(&mut self, kind: &Kind) {
        let path = path_key(&path_key("kinds", &kind.name), "states");
        for state in &kind.states {
            let path = path_key(&path, &state.name);
            for exit in &state.exits {
                if is_instant(&exit.after) {
                    self.add(
                        &path_key(&path, "exits"),
                        "a state is left without any time in it".to_owned(),
                        "Write a longer time.",
                    );
                }
                let sum: f64 = exit
                    .to
                    .iter()
                    .map(|(_, probability)| probability.get())
                    .sum();
                if (sum - 1.0).abs() > 1e-9
                    || exit.to.iter().any(|(to, _)| *to >= kind.states.len())
                {
                    self.add(
                        &path_key(&path, "exits"),
                        format!(
                            "the probabilities of what follows add up to {}, not to 100 %",
                            human::percent(sum)
                        ),
                        "Change them.",
                    );
                }
            }
        }
    }

    /// Whether a unit of the kind is in a group where a takeover can find its hidden faults, itself or in a group
    /// without standbys that is called there.
    fn has_takeover(&self, kind: &Kind) -> bool {
        let mut groups = self.system.groups.iter();
        groups.any(|group| group.has_standbys() && self.is_called_in(kind, group, 0))
    }

    /// Groups may still be members of each other in a circle.
    fn is_called_in(&self, kind: &Kind, group: &Group, depth: usize) -> bool {
        let system = self.system;
        depth <= system.groups.len()
            && group.members.iter().any(|member| match member {
                Member::Unit(unit) => system
                    .units
                    .get(*unit)
                    .and_then(|unit| system.kinds.get(unit.kind))
                    .is_some_and(|other| std::ptr::eq(other, kind)),
                Member::Group(inner) => system.groups.get(*inner).is_some_and(|inner| {
                    !inner.has_standbys() && self.is_called_in(kind, inner, depth + 1)
                }),
            })
    }

    pub(super) fn check_units(&mut self) {
        for unit in self.system.units.iter() {
            if unit
                .capacity
                .is_some_and(|capacity| !(capacity.is_finite() && capacity > 0.0))
            {
                self.add(
                    "groups",
                    format!("the capacity of unit `{}` is no load", unit.name),
                    "Write a number above zero.",
                );
            }
            if self.system.kinds.get(unit.kind).is_none() {
                self.add("kinds", format!("unit `{}` is of no kind", unit.name), "");
            }
        }
    }
}
