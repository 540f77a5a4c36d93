//! Components and groups: which units there are, who is a member of what, and how many serve.

use std::collections::BTreeMap;

use super::data::read_replication;
use super::demand::{read_capacity, read_exponent, read_overload, read_scaling};
use super::failover::{Stated, read_detector, read_failback, read_split_brain, read_takeover};
use super::file;
use super::lower::{Lowerer, Named, lookup};
use super::need::{self, StatedNeed};
use super::planned::read_switchover;
use super::problem::Code;
use super::reader::Table;
use crate::base::Id;
use crate::model::{Group, GroupId, KindId, Member, StandbyFaults, Unit, UnitId};

impl Lowerer {
    /// Components and groups.
    pub(super) fn read_structure<'a>(&mut self, table: &Table<'a>) -> Vec<StatedNeed<'a>> {
        let components = table.named("components", &file::COMPONENT);
        let groups = table.named("groups", &file::GROUP);
        for (name, component) in &components {
            self.read_component_units(name, component);
        }
        // Groups can be members of each other, so all names come before all members.
        for (index, (name, group)) in groups.iter().enumerate() {
            let id = GroupId(u32::try_from(index).unwrap_or(u32::MAX));
            if self
                .parts
                .insert((*name).to_owned(), Named::Group(id))
                .is_some()
            {
                let message = format!("`{name}` is a component and a group");
                let help =
                    "Expressions and lists of members name both, so rename one of them.".to_owned();
                group.error(Code::DuplicateName, message, Some(help));
            }
        }
        let mut needs = Vec::new();
        for (name, group) in &groups {
            needs.extend(need::stated(name, group));
            let group = self.read_group(name, group, &mut needs);
            self.system.groups.push(group);
        }
        for (name, component) in &components {
            needs.extend(need::stated(name, component));
            self.add_component_group(name, component);
        }
        self.refuse_equal_units(table);
        needs
    }

    fn read_component_units(&mut self, name: &str, table: &Table<'_>) {
        let count = table
            .get("count")
            .map_or(Some(1), |count| count.count(1))
            .unwrap_or(1);
        let kind = match table.get("kind") {
            Some(field) => {
                if let Some(own) = table.fields().find(|field| file::KIND.has(field.key)) {
                    let message = format!(
                        "`{}` belongs to a kind, but `{name}` is of one already",
                        own.key
                    );
                    let help =
                        "Move it to the kind, or leave out `kind` and give all keys of one here."
                            .to_owned();
                    own.key_error(Code::ConflictingKeys, message, Some(help));
                }
                lookup("kind", &field, &self.kinds, &mut self.used_kinds)
            }
            None => Some(self.add_kind(name, table)),
        };
        let units = self.add_units(name, count, count > 1, kind.unwrap_or(KindId(0)));
        self.parts.insert(name.to_owned(), Named::Component(units));
    }

    fn add_units(&mut self, name: &str, count: usize, numbered: bool, kind: KindId) -> Vec<UnitId> {
        let name_of = |number: usize| {
            if numbered {
                format!("{name}.{number}")
            } else {
                name.to_owned()
            }
        };
        (1..=count)
            .map(|number| {
                self.system.units.push(Unit {
                    capacity: self.capacities.get(kind).copied().flatten(),
                    ..Unit::new(&name_of(number), kind)
                })
            })
            .collect()
    }

    /// A component that is no member of a group stands for itself.
    fn add_component_group(&mut self, name: &str, table: &Table<'_>) {
        let Some(Named::Component(units)) = self.parts.get(name).cloned() else {
            return;
        };
        if let Some(group) = self.member_of.get(name) {
            if let Some(field) = table.get("required") {
                let message = format!(
                    "`required` has no meaning here, as `{name}` is a member of group `{group}`"
                );
                field.key_error(
                    Code::ConflictingKeys,
                    message,
                    Some("Delete it.".to_owned()),
                );
            }
            return;
        }
        let active = units.len();
        let required = table
            .get("required")
            .map_or(Some(active), |required| required.count(1));
        let group = Group {
            name: name.to_owned(),
            members: units.into_iter().map(Member::Unit).collect(),
            active,
            required: required.unwrap_or(active),
            shares_requests: active > 1,
            ..Group::default()
        };
        let id = self.system.groups.push(group);
        self.parts.insert(name.to_owned(), Named::Group(id));
    }

    fn refuse_equal_units(&self, table: &Table<'_>) {
        let mut seen: BTreeMap<&str, ()> = BTreeMap::new();
        for unit in self.system.units.iter() {
            if seen.insert(&unit.name, ()).is_some() {
                let message = format!("two units are named `{}`", unit.name);
                let help = "Units of a group are named after it and numbered; rename the component or the group.";
                table.error(Code::DuplicateName, message, Some(help.to_owned()));
            }
        }
    }

    fn read_group<'a>(
        &mut self,
        name: &str,
        table: &Table<'a>,
        needs: &mut Vec<StatedNeed<'a>>,
    ) -> Group {
        let mut stated = Stated::default();
        let mut takeover = table
            .get("takeover")
            .map(|field| read_takeover(&field, &mut stated))
            .unwrap_or_default();
        takeover.manual_by = stated.people.and_then(|field| self.people_named(&field));
        for (step, field) in stated.needs {
            needs.push(StatedNeed::of_step(name, step, field));
        }
        let members = self.read_members(name, table);
        if let Some(field) = table.get("capacity")
            && let Some(capacity) = read_capacity(&field)
        {
            for member in &members {
                match *member {
                    Member::Unit(unit) => self.system.units[unit].capacity = Some(capacity),
                    Member::Group(_) => {
                        let message = format!(
                            "`capacity` is what each unit can bear, but group `{name}` has groups as members"
                        );
                        let help = "Write it for the groups of units within, or for the kinds.";
                        field.error(Code::ConflictingKeys, message, Some(help.to_owned()));
                        break;
                    }
                }
            }
        }
        let (active, required, dormancy) = read_seats(table, members.len());
        let load = match table.get("load") {
            Some(field) if field.is_table() => {
                let exponent = read_exponent(&field);
                let id = GroupId::from_index(self.system.groups.len());
                self.exponents
                    .extend(exponent.map(|exponent| (id, exponent)));
                Vec::new()
            }
            Some(field) => field.list_of(|item| item.number()).unwrap_or_default(),
            None => Vec::new(),
        };
        let shares_requests = table
            .get("shares_requests")
            .map_or(Some(active > 1), |field| field.boolean());
        let standby_faults = table.word_or(
            "standby_faults",
            &[
                ("detected", StandbyFaults::Detected),
                ("at once", StandbyFaults::AtOnce),
                ("latent", StandbyFaults::Latent),
            ],
            StandbyFaults::default(),
        );
        let default = Group::default();
        Group {
            name: name.to_owned(),
            members,
            active,
            required,
            dormancy,
            load,
            scaling: table.get("scaling").and_then(|field| read_scaling(&field)),
            overload: table
                .get("overload")
                .and_then(|field| read_overload(&field)),
            degraded_capacity: table
                .probability_or("degraded_capacity", default.degraded_capacity)
                .unwrap_or(default.degraded_capacity),
            quorum: table
                .get("quorum")
                .and_then(|quorum| quorum.count(1))
                .unwrap_or(default.quorum),
            shares_requests: shares_requests.unwrap_or_default(),
            detector: table.get("detect").and_then(|field| read_detector(&field)),
            standby_faults: standby_faults.unwrap_or_default(),
            spurious: table.get("false_alarms").and_then(|field| field.law()),
            takeover,
            split_brain: table
                .get("split_brain")
                .and_then(|field| read_split_brain(&field)),
            rejoin: table.get("rejoin").and_then(|field| field.law()),
            failback: table
                .get("failback")
                .and_then(|field| read_failback(&field))
                .unwrap_or_default(),
            switchover: table
                .get("switchover")
                .and_then(|field| read_switchover(&field)),
            replication: table
                .get("replication")
                .and_then(|field| read_replication(&field, table)),
        }
    }

    fn read_members(&mut self, name: &str, table: &Table<'_>) -> Vec<Member> {
        table.at_most_one(
            &["units", "members"],
            "A group has `units` of a `kind`, or `members`.",
        );
        table.at_most_one(
            &["kind", "members"],
            "A group has `units` of a `kind`, or `members`.",
        );
        let Some(field) = table.get("members") else {
            let kind = table
                .require("kind")
                .and_then(|field| lookup("kind", &field, &self.kinds, &mut self.used_kinds));
            let count = table
                .require("units")
                .and_then(|units| units.count(1))
                .unwrap_or(1);
            let units = self.add_units(name, count, true, kind.unwrap_or(KindId(0)));
            return units.into_iter().map(Member::Unit).collect();
        };
        let mut members = Vec::new();
        for item in field.list().unwrap_or_default() {
            let Some(member) = item.text() else { continue };
            match self.parts.get(member) {
                Some(Named::Group(id)) => members.push(Member::Group(*id)),
                Some(Named::Component(units)) => {
                    members.extend(units.iter().copied().map(Member::Unit));
                    self.member_of.insert(member.to_owned(), name.to_owned());
                }
                None if self.names_one_unit(member) => {
                    let message = format!("`{member}` is one of several units");
                    let help = "Members are whole components and groups: give the unit a component of its \
                                own, of the same kind.";
                    item.error(Code::UnknownName, message, Some(help.to_owned()));
                }
                None => item.unknown_name(
                    "component or group",
                    member,
                    self.parts.keys().map(String::as_str),
                ),
            }
        }
        members
    }

    /// Whether a name is that of a unit of a known component or group: `web.2`.
    fn names_one_unit(&self, name: &str) -> bool {
        let parts = name.rsplit_once('.');
        parts.is_some_and(|(part, number)| {
            number.parse::<usize>().is_ok() && self.parts.contains_key(part)
        })
    }
}

/// Seats, members that must serve, and the dormancy of the others.
fn read_seats(table: &Table<'_>, members: usize) -> (usize, usize, f64) {
    let given = |key| table.get(key).and_then(|field| field.count(1));
    let (active, required) = (given("active"), given("required"));
    let standby = table.get("standby");
    // A word that cannot be read has been reported: no further questions.
    let dormancy = match &standby {
        None => None,
        Some(field) if field.is_table() => field
            .table(&file::DORMANCY)
            .and_then(|table| table.require("dormancy")?.ratio())
            .map(Some)
            .or(Some(Some(1.0))),
        Some(field) => Some(
            field
                .word(&[
                    ("hot", Some(1.0)),
                    ("warm", Some(0.5)),
                    ("cold", Some(0.0)),
                    ("active", None),
                ])
                .unwrap_or(Some(1.0)),
        ),
    };
    let seats = match (active, dormancy) {
        (Some(active), Some(None)) if active < members => {
            let message = format!(
                "standby = \"active\" means that all {members} members serve, but `active` is {active}"
            );
            let help =
                "Delete `active`, or say how the others wait: \"hot\", \"warm\" or \"cold\"."
                    .to_owned();
            if let Some(field) = table.get("active") {
                field.error(Code::ConflictingKeys, message, Some(help));
            }
            active
        }
        (Some(active), _) => active,
        (None, Some(None)) => members,
        // The classical pair: one serves, the others wait.
        (None, Some(Some(_))) => required.unwrap_or(Group::default().active),
        (None, None) => {
            if members > 1
                && required.is_none_or(|required| required < members)
                && table.get("active").is_none()
            {
                let of = required.map_or_else(String::new, |required| {
                    format!(", of which {required} must serve")
                });
                let message = format!(
                    "the group has {members} members{of}, but nothing says whether the others serve too or stand by"
                );
                let help = "Add standby = \"active\" if all serve, or standby = \"hot\" (or \"warm\", \"cold\").".to_owned();
                table.error(Code::MissingKey, message, Some(help));
            }
            members
        }
    };
    let dormancy = dormancy.flatten().unwrap_or(Group::default().dormancy);
    (seats, required.unwrap_or(seats), dormancy)
}
