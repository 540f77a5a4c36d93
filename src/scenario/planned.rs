//! Reading changes: what is worked on, when, in which order, and what may go wrong.

use super::failover::read_during;
use super::file;
use super::kind::read_effect;
use super::lower::Lowerer;
use super::problem::{Code, did_you_mean, listed};
use super::quantity;
use super::reader::{Field, Table};
use crate::base::Span;
use crate::math::Law;
use crate::model::{
    BadVersion, Canary, Change, ChangeStart, Effect, Switchover, UnitId, Window, WithoutRedundancy,
};

impl Lowerer {
    /// All changes of a file, after all units.
    pub(super) fn read_changes(&mut self, table: &Table<'_>) {
        for (name, table) in table.named("changes", &file::CHANGE) {
            if self.parts.contains_key(name) || self.system.causes.iter().any(|c| c.name == name) {
                let message = format!("`{name}` is a change and something else");
                let help = "Tables name both, so rename one of them.".to_owned();
                table.error(Code::DuplicateName, message, Some(help));
            }
            let read = self.read_change(name, &table);
            self.system.changes.push(read);
        }
    }

    fn read_change(&self, name: &str, table: &Table<'_>) -> Change {
        table.at_most_one(
            &["every", "calendar"],
            "A change begins at intervals or by the calendar.",
        );
        let starts = match (table.get("every"), table.get("calendar")) {
            (Some(every), _) => every.law().map(ChangeStart::After),
            (None, Some(calendar)) => read_window(&calendar).map(ChangeStart::Window),
            (None, None) => {
                table.missing(
                    "every",
                    "Add `every`, such as { mean = \"14 d\" }, or `calendar`, such as { every = \"7 d\", at = \"2 h\", lasts = \"2 h\" }.",
                );
                None
            }
        };
        let units = table
            .require("on")
            .map_or_else(Vec::new, |on| self.read_on(&on));
        let all_at_once =
            table.word_or("order", &[("rolling", false), ("all at once", true)], false);
        let all_at_once = all_at_once.unwrap_or_default();
        if all_at_once {
            for key in ["batch", "canary"] {
                if let Some(field) = table.get(key) {
                    let message =
                        format!("`{key}` has no meaning, as all units are changed at once");
                    let help = "Delete it, or write order = \"rolling\".".to_owned();
                    field.key_error(Code::ConflictingKeys, message, Some(help));
                }
            }
        }
        let batch = table.get("batch").map_or(Some(1), |batch| batch.count(1));
        let policies = [
            ("go ahead", WithoutRedundancy::GoAhead),
            ("put off", WithoutRedundancy::PutOff),
            ("skip", WithoutRedundancy::Skip),
        ];
        let without_redundancy =
            table.word_or("without_redundancy", &policies, WithoutRedundancy::GoAhead);
        let freezes = table
            .get("freeze")
            .and_then(|freeze| freeze.list_of(read_window))
            .unwrap_or_default();
        Change {
            name: name.to_owned(),
            batch: if all_at_once {
                units.len().max(1)
            } else {
                batch.unwrap_or(1)
            },
            units,
            starts: starts.unwrap_or_else(|| ChangeStart::After(Law::zero())),
            freezes,
            canary: table.get("canary").and_then(|canary| read_canary(&canary)),
            takes: table
                .require("takes")
                .and_then(|takes| takes.law())
                .unwrap_or_else(Law::zero),
            effect: match table.get("effect") {
                Some(effect) if effect.is_text() => effect
                    .word(&[
                        ("down", Some(Effect::Down)),
                        ("isolated", Some(Effect::Isolated)),
                        ("none", None),
                    ])
                    .unwrap_or_default(),
                Some(effect) => Some(read_effect(&effect).unwrap_or_default()),
                None => Some(Effect::Down),
            },
            renews: table
                .get("renews")
                .and_then(|renews| renews.boolean())
                .unwrap_or_default(),
            without_redundancy: without_redundancy.unwrap_or_default(),
            bad: table.get("bad").and_then(|bad| read_bad(&bad)),
        }
    }

    fn read_on(&self, field: &Field<'_>) -> Vec<UnitId> {
        let mut units = Vec::new();
        for item in field.list().unwrap_or_default() {
            let Some(name) = item.text() else { continue };
            match self.units_named(name) {
                Some(named) => units.extend(named),
                None => {
                    let known = || {
                        let units = self.system.units.iter().map(|unit| unit.name.as_str());
                        self.parts.keys().map(String::as_str).chain(units)
                    };
                    let help = match did_you_mean(name, known()) {
                        Some(meant) => format!("Did you mean `{meant}`?"),
                        None => format!("There is {}.", listed(self.parts.keys(), "and")),
                    };
                    let message = format!("there is no unit, group or component `{name}`");
                    item.error(Code::UnknownName, message, Some(help));
                }
            }
        }
        units
    }
}

fn read_window(field: &Field<'_>) -> Option<Window> {
    window_of(&field.table(&file::WINDOW)?)
}

/// The window in a table that may have other keys too.
pub(super) fn window_of(table: &Table<'_>) -> Option<Window> {
    let every = table.require("every").and_then(|every| every.span());
    let at = table
        .get("at")
        .map_or(Some(Span::ZERO), |at| read_at(&at, every));
    let lasts = table.require("lasts").and_then(|lasts| lasts.span());
    Some(Window {
        every: every?,
        at: at?,
        lasts: lasts?,
    })
}

/// When a window opens within its period: a duration, or a time of day or week.
fn read_at(field: &Field<'_>, every: Option<Span>) -> Option<Span> {
    let clock = field.is_text().then(|| field.text()).flatten();
    let Some((at, again)) = clock.and_then(quantity::clock) else {
        return field.span();
    };
    if every.is_some_and(|every| every.as_secs() % again != 0.0) {
        let (message, help) = if again > quantity::DAY {
            (
                "a day of the week needs a period of whole weeks",
                "Write every = \"7 d\", or `at` without the day.",
            )
        } else {
            (
                "a time of day needs a period of whole days",
                "Write every = \"1 d\", or `at` as a duration such as \"2 h\".",
            )
        };
        field.error(Code::OutOfRange, message.to_owned(), Some(help.to_owned()));
        return None;
    }
    Span::from_secs(at).ok()
}

fn read_canary(field: &Field<'_>) -> Option<Canary> {
    let table = field.table(&file::CANARY)?;
    let units = table.get("units").map_or(Some(1), |units| units.count(1));
    let watch = table.require("watch").and_then(|watch| watch.law());
    Some(Canary {
        units: units?,
        watch: watch?,
    })
}

fn read_bad(field: &Field<'_>) -> Option<BadVersion> {
    let table = field.table(&file::BAD_VERSION)?;
    let probability = table
        .require("probability")
        .and_then(|probability| probability.probability());
    let effect = table
        .get("effect")
        .map_or(Some(Effect::Down), |effect| read_effect(&effect));
    let notice = table.require("noticed").and_then(|noticed| noticed.law());
    let rollback = table
        .require("rollback")
        .and_then(|rollback| rollback.law());
    Some(BadVersion {
        probability: probability?,
        effect: effect?,
        notice: notice?,
        rollback: rollback?,
    })
}

pub(super) fn read_switchover(field: &Field<'_>) -> Option<Switchover> {
    if !field.is_table() {
        return field.law().map(Switchover::taking);
    }
    let table = field.table(&file::SWITCHOVER)?;
    let takes = table.require("takes").and_then(|takes| takes.law());
    let during = read_during(&table);
    Some(Switchover {
        takes: takes?,
        during: during?,
    })
}
