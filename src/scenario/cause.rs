//! Reading shared causes: how many there are of each, what they are within, and what they strike.
//!
//! Members are dealt out: of three zones that hit `web`, the first gets `web.1`, the second `web.2`,
//! the third `web.3`, the first `web.4`. Causes within others are dealt out in the same way.

use std::collections::BTreeMap;

use super::file;
use super::kind::{read_effect, read_notice};
use super::lower::{Lowerer, Named};
use super::problem::{Code, did_you_mean, listed};
use super::reader::{Field, Table};
use crate::base::Probability;
use crate::math::Law;
use crate::math::law::Never;
use crate::model::{
    Breakage, Cause, CauseId, CauseMember, Effect, KindId, Lasting, Member, Notice, UnitId,
};

impl Lowerer {
    /// All causes of a file, after all units.
    pub(super) fn read_causes(&mut self, table: &Table<'_>) {
        let tables = table.named("causes", &file::CAUSE);
        // Causes can be within each other, so all names come before all members.
        let mut families: BTreeMap<&str, Vec<CauseId>> = BTreeMap::new();
        for (name, table) in &tables {
            if self.parts.contains_key(*name) {
                let message = format!("`{name}` is a shared cause and a group or component");
                let help = "Lists of members name both, so rename one of them.".to_owned();
                table.error(Code::DuplicateName, message, Some(help));
            }
            let count = table.get("count").map_or(Some(1), |field| field.count(1));
            let count = count.unwrap_or(1);
            let ids = (1..=count)
                .map(|number| {
                    let instance = if count > 1 {
                        format!("{name}.{number}")
                    } else {
                        (*name).to_owned()
                    };
                    self.system.causes.push(Cause::new(&instance, name))
                })
                .collect();
            families.insert(name, ids);
        }
        for (name, table) in &tables {
            let ids = &families[name];
            self.read_cause(table, ids);
            if let Some(field) = table.get("within") {
                self.place_within(&field, ids, &families);
            }
            if let Some(hits) = table.get("hits") {
                self.read_hits(&hits, ids, &families);
            } else if table.get("beta").is_some() {
                table.missing("hits", "Name the units whose failures are partly common.");
            }
            if let Some(beta) = table.get("beta") {
                self.split_failures(&beta, ids);
            }
        }
    }

    /// What the causes of a table do, apart from what they strike.
    fn read_cause(&mut self, table: &Table<'_>, ids: &[CauseId]) {
        table.at_most_one(
            &["every", "beta"],
            "`beta` says how often the cause strikes: delete one of them.",
        );
        let has_beta = table.get("beta").is_some();
        let every = match table.get("every") {
            Some(every) => every.law_or_never(),
            None => {
                if !has_beta {
                    table.missing(
                        "every",
                        "Add `every`, such as { mean = \"2 y\" }; what has no events of its own and only holds others is \"never\".",
                    );
                }
                None
            }
        };
        let every = every.filter(|law| *law != Law::from(Never));
        let has_events = has_beta
            || table
                .get("every")
                .is_some_and(|every| !(every.is_text() && every.text() == Some("never")));
        let lasts = table.get("lasts").map(|lasts| lasts.law());
        let effect = table
            .get("effect")
            .map_or(Some(Effect::Down), |field| read_effect(&field));
        let notice = table
            .get("notice")
            .map_or(Some(Notice::Detector), |field| read_notice(&field));
        let repairs = [("go on", false), ("pause", true)];
        let pauses_repairs = table.word_or("repairs", &repairs, false);
        let breaks = match table.get("breaks") {
            None => (has_beta && lasts.is_none()).then_some(Breakage::OnlyMode),
            Some(field) if field.is_text() => {
                field.text().map(|mode| Breakage::Mode(mode.to_owned()))
            }
            Some(field) => field
                .boolean()
                .unwrap_or_default()
                .then_some(Breakage::OnlyMode),
        };
        if lasts.is_none() {
            for key in ["effect", "notice", "repairs"] {
                if let Some(field) = table.get(key) {
                    let message = format!("`{key}` has no meaning, as the event is over at once");
                    let help = "Add `lasts`, or delete it.".to_owned();
                    field.key_error(Code::ConflictingKeys, message, Some(help));
                }
            }
        }
        if has_events && lasts.is_none() && breaks.is_none() {
            table.missing(
                "lasts",
                "Say how long an event lasts, or that it breaks the units, which then need a repair each: breaks = true.",
            );
        }
        if !has_events {
            for key in ["lasts", "breaks", "probability"] {
                if let Some(field) = table.get(key) {
                    let message = format!("`{key}` has no meaning, as there are no events");
                    let help = "Delete it, or say how often it strikes with `every`.".to_owned();
                    field.key_error(Code::ConflictingKeys, message, Some(help));
                }
            }
        }
        let probability = table.get("probability").map(|field| field.probability());
        for &id in ids {
            let cause = &mut self.system.causes[id];
            cause.every.clone_from(&every);
            cause.lasts = lasts.clone().flatten().map(|law| Lasting {
                law,
                effect: effect.unwrap_or_default(),
                notice: notice.clone().unwrap_or_default(),
                pauses_repairs: pauses_repairs.unwrap_or_default(),
            });
            cause.breaks.clone_from(&breaks);
            if let Some(Some(probability)) = probability {
                cause.probability = probability;
            }
        }
    }

    fn place_within(
        &mut self,
        field: &Field<'_>,
        ids: &[CauseId],
        families: &BTreeMap<&str, Vec<CauseId>>,
    ) {
        let Some(name) = field.text() else { return };
        match families.get(name) {
            Some(outer) => {
                for (id, outer) in ids.iter().zip(outer.iter().cycle()) {
                    let members = &mut self.system.causes[*outer].members;
                    members.push(CauseMember::Cause(*id));
                }
            }
            None => field.unknown_name("shared cause", name, families.keys().copied()),
        }
    }

    /// Names are dealt out over the causes; a list of lists says what each of them strikes.
    fn read_hits(
        &mut self,
        field: &Field<'_>,
        ids: &[CauseId],
        families: &BTreeMap<&str, Vec<CauseId>>,
    ) {
        let items = field.list().unwrap_or_default();
        let lists = items.iter().filter(|item| item.is_list()).count();
        if lists > 0 {
            if lists < items.len() || items.len() != ids.len() {
                let message = format!(
                    "`hits` has {} lists, but there are {} of this cause",
                    lists,
                    ids.len()
                );
                let help = "Write one list for each, or names that are dealt out.".to_owned();
                return field.error(Code::OutOfRange, message, Some(help));
            }
            for (item, &id) in items.iter().zip(ids) {
                for name in item.list().unwrap_or_default() {
                    let members = self.cause_members(&name, families);
                    self.system.causes[id].members.extend(members);
                }
            }
            return;
        }
        for item in &items {
            let members = self.cause_members(item, families);
            for (member, id) in members.into_iter().zip(ids.iter().cycle()) {
                self.system.causes[*id].members.push(member);
            }
        }
    }

    /// What a name stands for: a unit, all units of a group or component, or causes.
    fn cause_members(
        &self,
        field: &Field<'_>,
        families: &BTreeMap<&str, Vec<CauseId>>,
    ) -> Vec<CauseMember> {
        let Some(name) = field.text() else {
            return Vec::new();
        };
        if let Some(units) = self.units_named(name) {
            return units.into_iter().map(CauseMember::Unit).collect();
        }
        if let Some(ids) = families.get(name) {
            return ids.iter().copied().map(CauseMember::Cause).collect();
        }
        if let Some((id, _)) = self
            .system
            .causes
            .iter_ids()
            .find(|(_, cause)| cause.name == name)
        {
            return vec![CauseMember::Cause(id)];
        }
        let known = || {
            let units = self.system.units.iter().map(|unit| unit.name.as_str());
            let causes = self.system.causes.iter().map(|cause| cause.name.as_str());
            self.parts
                .keys()
                .map(String::as_str)
                .chain(units)
                .chain(causes)
        };
        let help = match did_you_mean(name, known()) {
            Some(meant) => format!("Did you mean `{meant}`?"),
            None => format!("There is {}.", listed(self.parts.keys(), "and")),
        };
        let message = format!("there is no unit, group, component or shared cause `{name}`");
        field.error(Code::UnknownName, message, Some(help));
        Vec::new()
    }

    /// The units that a name stands for, if it is a unit, a component or a group.
    pub(super) fn units_named(&self, name: &str) -> Option<Vec<UnitId>> {
        match self.parts.get(name) {
            Some(Named::Component(units)) => Some(units.clone()),
            Some(Named::Group(group)) => {
                let mut units = Vec::new();
                self.units_of(Member::Group(*group), &mut units, 0);
                Some(units)
            }
            None => self
                .system
                .units
                .iter_ids()
                .find(|(_, unit)| unit.name == name)
                .map(|(id, _)| vec![id]),
        }
    }

    fn units_of(&self, member: Member, units: &mut Vec<UnitId>, depth: usize) {
        match member {
            Member::Unit(unit) => units.push(unit),
            // Groups that are members of each other in a circle are refused later.
            Member::Group(_) if depth > self.system.groups.len() => {}
            Member::Group(group) => {
                for inner in self.system.groups[group].members.clone() {
                    self.units_of(inner, units, depth + 1);
                }
            }
        }
    }

    /// The beta factor: this part of the failures of each unit is common to all that a cause hits.
    fn split_failures(&mut self, field: &Field<'_>, ids: &[CauseId]) {
        let Some(beta) = field.probability() else {
            return;
        };
        let refuse = |message: String, help: &str| {
            field.error(Code::OutOfRange, message, Some(help.to_owned()));
        };
        if beta == Probability::ZERO || beta == Probability::ONE {
            return refuse(
                format!("a common part of {beta} leaves nothing to split"),
                "Write a part between 0 % and 100 %, such as \"5 %\".",
            );
        }
        let mut units: Vec<UnitId> = ids
            .iter()
            .flat_map(|id| self.system.causes[*id].members.clone())
            .filter_map(|member| match member {
                CauseMember::Unit(unit) => Some(unit),
                CauseMember::Cause(_) => None,
            })
            .collect();
        units.sort_unstable();
        let Some(first) = units.first() else { return };
        let kind_id = self.system.units[*first].kind;
        let of_kind = |id: KindId| {
            self.system
                .units
                .iter_ids()
                .filter(move |(_, unit)| unit.kind == id)
                .map(|(id, _)| id)
        };
        if !of_kind(kind_id).eq(units.iter().copied()) {
            return refuse(
                "`beta` splits the failures of one kind, so the cause must hit all units of one kind and no others".to_owned(),
                "Give these units a kind of their own, or say how often the cause strikes with `every`.",
            );
        }
        let kind = &mut self.system.kinds[kind_id];
        let name = kind.name.clone();
        let [process] = kind.failures.as_mut_slice() else {
            return refuse(
                format!(
                    "`beta` splits the failures of one process, but kind `{name}` has {}",
                    kind.failures.len()
                ),
                "Say how often the cause strikes with `every`.",
            );
        };
        if !process.law.is_memoryless() {
            return refuse(
                format!("`beta` splits a failure rate, but that of kind `{name}` changes with age"),
                "Write `fail` with a mean or a rate, or say how often the cause strikes with `every`.",
            );
        }
        let common = process.law.scaled(1.0 / beta.get());
        process.law = process.law.scaled(1.0 / (1.0 - beta.get()));
        for id in ids {
            self.system.causes[*id].every = Some(common.clone());
        }
    }
}
