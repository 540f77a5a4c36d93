//! From the tree of a file to the model: what each key becomes, and its default.
//!
//! Here is the order in which that is done, and what names stand for; `run`, `kind`, `group`, `failover`,
//! `cause`, `change`, `service` and others read the tables of these names.
//!
//! Everything is read, so that all problems are found; where one was found, a stand-in takes the
//! place of the part, and the whole is thrown away at the end.

use std::collections::BTreeMap;

use super::RunOptions;
use super::demand::read_capacity;
use super::file;
use super::problem::{Code, Place};
use super::reader::{Field, Reader, Table};
use super::run::read_run;
use super::tree::Node;
use crate::base::IdVec;
use crate::base::text::clean;
use crate::math::Law;
use crate::model::{
    Crew, CrewId, CrewOrder, GroupId, Hours, KindId, PeopleId, Preemption, ServiceId, SpareId,
    SparePool, System, UnitId,
};

/// What a tree says, apart from its problems.
pub(crate) struct Lowered {
    pub(crate) name: String,
    pub(crate) question: Option<String>,
    pub(crate) system: System,
    pub(crate) run: RunOptions,
    /// What is defined and never referred to: what it is, its name and its place.
    pub(crate) unused: Vec<Unused>,
}

/// Something that is defined and never referred to.
#[derive(Clone, Debug)]
pub(crate) struct Unused {
    pub(crate) what: &'static str,
    pub(crate) name: String,
    pub(crate) place: Place,
}

/// Reads a tree.
pub(crate) fn lower(reader: &Reader, root: &Node, default_name: &str) -> Lowered {
    let table = Table::root(reader, root, &file::SCENARIO);
    read_format(&table);
    // Editors and what has been resolved already.
    for key in ["$schema", "extends", "params"] {
        table.get(key);
    }
    let name = table
        .get("name")
        .and_then(|name| name.text())
        .unwrap_or(default_name);
    let question = table.get("question").and_then(|question| question.text());
    let run = read_run(&table);
    let mut lowerer = Lowerer::default();
    lowerer.system.name = clean(name);
    lowerer.system.mission = run.horizon;
    lowerer.system.start = run.start;
    lowerer.read_service_names(&table);
    lowerer.read_supplies(&table);
    lowerer.read_people(&table);
    lowerer.read_kinds(&table);
    let needs = lowerer.read_structure(&table);
    lowerer.read_causes(&table);
    lowerer.read_changes(&table);
    lowerer.read_services(&table);
    lowerer.age_by_load();
    lowerer.read_needs(needs);
    lowerer.system.currency = reader.currency();
    let unused = lowerer.unused(&table);
    Lowered {
        name: clean(name),
        question: question.map(clean),
        system: lowerer.system,
        run,
        unused,
    }
}

fn read_format(table: &Table<'_>) {
    let help = "Write format = 1.".to_owned();
    match table.get("format") {
        None => table.error(
            Code::Format,
            "the key `format` is missing".to_owned(),
            Some(help),
        ),
        Some(field) => match field.integer() {
            Some(1) | None => {}
            Some(other) => {
                field.error(
                    Code::Format,
                    format!("format {other} cannot be read, only format 1"),
                    Some(help),
                );
            }
        },
    }
}

/// What a name in an expression or a list of members stands for.
#[derive(Clone, Debug)]
pub(super) enum Named {
    Group(GroupId),
    /// A component, with its units.
    Component(Vec<UnitId>),
}

/// Reads the parts of a system, and remembers their names.
#[derive(Default)]
pub(super) struct Lowerer {
    pub(super) system: System,
    pub(super) kinds: BTreeMap<String, KindId>,
    /// What a unit of each kind can bear.
    pub(super) capacities: IdVec<KindId, Option<f64>>,
    pub(super) crews: BTreeMap<String, CrewId>,
    pub(super) spares: BTreeMap<String, SpareId>,
    /// Groups and components.
    pub(super) parts: BTreeMap<String, Named>,
    /// Components by the group that they are members of.
    pub(super) member_of: BTreeMap<String, String>,
    pub(super) services: BTreeMap<String, ServiceId>,
    pub(super) used_kinds: Vec<String>,
    pub(super) used_crews: Vec<String>,
    pub(super) used_spares: Vec<String>,
    pub(super) people: BTreeMap<String, PeopleId>,
    /// Groups whose members age by their load, with the exponents.
    pub(super) exponents: Vec<(GroupId, f64)>,
    pub(super) used_people: Vec<String>,
}

impl Lowerer {
    fn read_supplies(&mut self, table: &Table<'_>) {
        for (name, table) in table.named("crews", &file::CREW) {
            let size = table
                .require("size")
                .and_then(|size| size.count(1))
                .unwrap_or(1);
            let orders = [
                ("first come", CrewOrder::FirstCome),
                ("priority", CrewOrder::Priority),
                ("random", CrewOrder::Random),
                ("random group", CrewOrder::RandomGroup),
            ];
            let preemptions = [
                ("never", Preemption::Never),
                ("resume", Preemption::Resume),
                ("repeat", Preemption::Repeat),
            ];
            let default = Crew::new(name, size);
            let id = self.system.crews.push(Crew {
                order: table
                    .word_or("order", &orders, default.order)
                    .unwrap_or_default(),
                preemption: table
                    .word_or("preempts", &preemptions, default.preemption)
                    .unwrap_or_default(),
                per_group: table
                    .word_or(
                        "per",
                        &[("system", false), ("group", true)],
                        default.per_group,
                    )
                    .unwrap_or_default(),
                pick_up: table.get("pick_up").and_then(|law| law.law()),
                hours: table.get("hours").and_then(|hours| read_hours(&hours)),
                ..default
            });
            self.crews.insert(name.to_owned(), id);
        }
        for (name, table) in table.named("spares", &file::SPARES) {
            let stock = table
                .require("stock")
                .and_then(|stock| stock.count(0))
                .unwrap_or(0);
            let lead_time = table
                .require("lead_time")
                .and_then(|law| law.law())
                .unwrap_or_else(Law::zero);
            let id = self.system.spares.push(SparePool {
                name: name.to_owned(),
                stock,
                lead_time,
            });
            self.spares.insert(name.to_owned(), id);
        }
    }

    fn read_kinds(&mut self, table: &Table<'_>) {
        for (name, table) in table.named("kinds", &file::KIND) {
            let id = self.add_kind(name, &table);
            self.kinds.insert(name.to_owned(), id);
        }
    }

    pub(super) fn add_kind(&mut self, name: &str, table: &Table<'_>) -> KindId {
        let kind = self.read_kind(name, table);
        let capacity = table.get("capacity");
        self.capacities
            .push(capacity.and_then(|field| read_capacity(&field)));
        self.system.kinds.push(kind)
    }

    fn unused(&self, table: &Table<'_>) -> Vec<Unused> {
        let mut unused = Vec::new();
        for (section, what, names) in [
            ("kinds", "kind", &self.used_kinds),
            ("crews", "crew", &self.used_crews),
            ("spares", "stock of spares", &self.used_spares),
            ("people", "group of people", &self.used_people),
        ] {
            let Some(field) = table.get(section) else {
                continue;
            };
            for entry in field.node.entries().unwrap_or_default() {
                if !names.contains(&entry.key) {
                    let (name, place) = (entry.key.clone(), entry.key_place.clone());
                    unused.push(Unused { what, name, place });
                }
            }
        }
        unused
    }
}

/// Working hours.
fn read_hours(field: &Field<'_>) -> Option<Hours> {
    let table = field.table(&file::HOURS)?;
    let every = table.require("every").and_then(|every| every.span());
    let from = table.require("from").and_then(|from| from.span());
    let until = table.require("until").and_then(|until| until.span());
    Some(Hours {
        every: every?,
        from: from?,
        until: until?,
    })
}

/// The id of a name; a note if there is none.
pub(super) fn lookup<I: Copy>(
    what: &str,
    field: &Field<'_>,
    known: &BTreeMap<String, I>,
    used: &mut Vec<String>,
) -> Option<I> {
    let name = field.text()?;
    match known.get(name) {
        Some(id) => {
            used.push(name.to_owned());
            Some(*id)
        }
        None => {
            field.unknown_name(what, name, known.keys().map(String::as_str));
            None
        }
    }
}
