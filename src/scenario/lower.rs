//! From the tree of a file to the model: what each key becomes, and its default.
//!
//! Everything is read, so that all problems are found; where one was found, a stand-in takes the
//! place of the part, and the whole is thrown away at the end.

use std::collections::BTreeMap;

use super::cost::read_service_cost;
use super::data::read_replication;
use super::demand::{read_capacity, read_demand, read_exponent, read_overload, read_scaling};
use super::expression::{self, Expression};
use super::failover::{
    Stated, no_failback, no_takeover, read_detector, read_failback, read_split_brain, read_takeover,
};
use super::file;
use super::need::{self, StatedNeed};
use super::planned::read_switchover;
use super::problem::{Code, Place, did_you_mean, listed};
use super::reader::{Field, Reader, Table};
use super::target;
use super::tree::Node;
use super::{RunOptions, path_key};
use crate::base::text::clean;
use crate::base::units::SECONDS_PER_YEAR;
use crate::base::{Id, IdVec, Probability, Span};
use crate::math::Law;
use crate::math::law::Constant;
use crate::model::{
    Crew, CrewId, CrewOrder, Group, GroupId, Hours, KindId, Member, MissionStart, PeopleId,
    Preemption, Service, ServiceId, SpareId, SparePool, StandbyFaults, Structure, System, Unit,
    UnitId, WarmUp,
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

fn read_run(table: &Table<'_>) -> RunOptions {
    let mut run = RunOptions::default();
    let Some(table) = table.get("run").and_then(|run| run.table(&file::RUN)) else {
        return run;
    };
    table.at_most_one(&["trials", "until"], "Keep one of them.");
    if let Some(horizon) = table
        .get("horizon")
        .and_then(|horizon| horizon.positive_seconds())
    {
        run.horizon = Span::from_secs(horizon).unwrap_or(run.horizon);
    }
    run.start = read_start(&table);
    let whole = |field: Field<'_>, least| {
        field
            .whole(least, i64::MAX)
            .and_then(|value| u64::try_from(value).ok())
    };
    run.trials = table.get("trials").and_then(|trials| whole(trials, 1));
    run.until = table
        .get("until")
        .and_then(|until| target::precision(&until));
    run.time_limit = table
        .get("time_limit")
        .and_then(|limit| limit.positive_seconds())
        .and_then(|seconds| Span::from_secs(seconds).ok());
    run.seed = table.get("seed").and_then(|seed| whole(seed, 0));
    if let Some(field) = table.get("confidence")
        && let Some(confidence) = field.probability()
    {
        if (0.5..1.0).contains(&confidence.get()) {
            run.confidence = confidence;
        } else {
            let message =
                format!("`confidence` must be at least 50 % and less than 100 %, not {confidence}");
            field.error(
                Code::OutOfRange,
                message,
                Some("Usual levels are 90 %, 95 % and 99 %.".to_owned()),
            );
        }
    }
    run
}

/// How the mission begins.
fn read_start(table: &Table<'_>) -> MissionStart {
    let starts = [("new", false), ("settled", true)];
    let is_settled = table.get("start").and_then(|start| start.word(&starts));
    let warm_up = table.get("warm_up").and_then(|field| {
        let seconds = field.positive_seconds()?;
        Span::from_secs(seconds).ok()
    });
    if is_settled == Some(true) {
        return MissionStart::Settled {
            warm_up: warm_up.map_or(WarmUp::Automatic, WarmUp::Given),
        };
    }
    if let Some(field) = table.get("warm_up") {
        let message = "`warm_up` has no meaning where the mission begins with everything new";
        let help = "Add start = \"settled\", or delete `warm_up`.".to_owned();
        field.key_error(Code::ConflictingKeys, message.to_owned(), Some(help));
    }
    MissionStart::New
}

pub(super) fn zero() -> Law {
    Constant::new(0.0).expect("zero is a duration").into()
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
    capacities: IdVec<KindId, Option<f64>>,
    pub(super) crews: BTreeMap<String, CrewId>,
    pub(super) spares: BTreeMap<String, SpareId>,
    /// Groups and components.
    pub(super) parts: BTreeMap<String, Named>,
    /// Components by the group that they are members of.
    member_of: BTreeMap<String, String>,
    pub(super) services: BTreeMap<String, ServiceId>,
    used_kinds: Vec<String>,
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
            let order = table
                .word_or("order", &orders, CrewOrder::FirstCome)
                .unwrap_or_default();
            let id = self.system.crews.push(Crew {
                name: name.to_owned(),
                size,
                order,
                preemption: table
                    .word_or("preempts", &preemptions, Preemption::Never)
                    .unwrap_or_default(),
                per_group: table
                    .word_or("per", &[("system", false), ("group", true)], false)
                    .unwrap_or_default(),
                pick_up: table.get("pick_up").and_then(|law| law.law()),
                hours: table.get("hours").and_then(|hours| read_hours(&hours)),
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
                .unwrap_or_else(zero);
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

    fn add_kind(&mut self, name: &str, table: &Table<'_>) -> KindId {
        let kind = self.read_kind(name, table);
        let capacity = table.get("capacity");
        self.capacities
            .push(capacity.and_then(|field| read_capacity(&field)));
        self.system.kinds.push(kind)
    }

    /// Components and groups.
    fn read_structure<'a>(&mut self, table: &Table<'a>) -> Vec<StatedNeed<'a>> {
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
                    name: name_of(number),
                    kind,
                    capacity: self.capacities.get(kind).copied().flatten(),
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
            dormancy: 1.0,
            load: Vec::new(),
            overload: None,
            scaling: None,
            degraded_capacity: Probability::HALF,
            quorum: 0,
            shares_requests: active > 1,
            detector: None,
            standby_faults: StandbyFaults::default(),
            spurious: None,
            takeover: no_takeover(),
            split_brain: None,
            rejoin: None,
            failback: no_failback(),
            switchover: None,
            replication: None,
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
            .map_or_else(no_takeover, |field| read_takeover(&field, &mut stated));
        takeover.manual_by = stated.people.and_then(|field| self.people_named(&field));
        for (step, field) in stated.needs {
            needs.push(StatedNeed::of_step(name, step, field));
        }
        let members = self.read_members(name, table);
        if let Some(field) = table.get("capacity")
            && let Some(capacity) = read_capacity(&field)
        {
            for member in &members {
                if let Member::Unit(unit) = member {
                    self.system.units[*unit].capacity = Some(capacity);
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
            StandbyFaults::Detected,
        );
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
                .probability_or("degraded_capacity", Probability::HALF)
                .unwrap_or(Probability::HALF),
            quorum: table
                .get("quorum")
                .and_then(|quorum| quorum.count(1))
                .unwrap_or(0),
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
                .unwrap_or_else(no_failback),
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

    /// The names of all services, which kinds and services can refer to before they are read.
    fn read_service_names(&mut self, table: &Table<'_>) {
        let mut names: Vec<String> = Vec::new();
        if table.get("service").is_some_and(|field| field.is_table()) {
            names.push("service".to_owned());
        }
        if let Some(field) = table.get("services") {
            let entries = field.node.entries().unwrap_or_default();
            names.extend(entries.iter().map(|entry| entry.key.clone()));
        }
        for (index, name) in names.into_iter().enumerate() {
            self.services.insert(name, ServiceId::from_index(index));
        }
    }

    fn read_services(&mut self, table: &Table<'_>) {
        table.at_most_one(
            &["service", "services"],
            "With several services, all of them are in [services].",
        );
        let mut services: Vec<(&str, Table<'_>)> = Vec::new();
        if let Some(table) = table
            .get("service")
            .and_then(|field| field.table(&file::SERVICE))
        {
            services.push(("service", table));
        }
        services.extend(table.named("services", &file::SERVICE_WITH_TARGETS));
        if services.is_empty() && table.get("service").is_none() {
            let help = "Add [service] with `up`: what must be up, such as \"web and db\".";
            table.missing("service", help);
        }
        for (name, service) in &services {
            if self.parts.contains_key(*name) {
                let message = format!("`{name}` is a service and a group or component");
                let help = "Expressions name both, so rename one of them.".to_owned();
                service.error(Code::DuplicateName, message, Some(help));
            }
        }
        let single = services.len() == 1;
        for (name, service) in &services {
            let up = service.require("up").and_then(|up| self.read_up(&up));
            let mut targets = Vec::new();
            if service.def().has("targets")
                && let Some(own) = service
                    .get("targets")
                    .and_then(|field| field.table(&file::TARGETS))
            {
                targets.extend(target::targets(&own));
            }
            if single
                && let Some(own) = table
                    .get("targets")
                    .and_then(|field| field.table(&file::TARGETS))
            {
                targets.extend(target::targets(&own));
            }
            let demand = service.get("demand").and_then(|field| read_demand(&field));
            let down_below = service.get("down_below");
            if let Some(field) = &down_below
                && service.get("demand").is_none()
            {
                let message = "`down_below` has no meaning without a demand".to_owned();
                let help = "Add `demand`: how much is asked of the service.".to_owned();
                field.key_error(Code::ConflictingKeys, message, Some(help));
            }
            let without = service
                .get("degraded_without")
                .and_then(|field| self.read_up(&field));
            let up = up.unwrap_or(Structure::AtLeast {
                k: 1,
                of: Vec::new(),
            });
            let up = match without {
                None => up,
                Some(part) => Structure::AtLeast {
                    k: 2,
                    of: vec![up, Structure::Soft(Box::new(part))],
                },
            };
            self.system.services.push(Service {
                name: (*name).to_owned(),
                up,
                demand,
                down_below: down_below
                    .and_then(|field| field.probability())
                    .unwrap_or(Probability::ZERO),
                targets,
                cost: service
                    .get("cost")
                    .and_then(|cost| read_service_cost(&cost))
                    .unwrap_or_default(),
            });
        }
        if services.len() > 1
            && let Some(field) = table.get("targets")
        {
            let names: Vec<String> = services
                .iter()
                .map(|(name, _)| path_key(&path_key("services", name), "targets"))
                .collect();
            let message = format!(
                "there are {} services, so [targets] does not say whose they are",
                services.len()
            );
            field.key_error(
                Code::ConflictingKeys,
                message,
                Some(format!("Move them to {}.", listed(names, "or"))),
            );
        }
    }

    pub(super) fn read_up(&self, field: &Field<'_>) -> Option<Structure> {
        let text = field.text()?;
        match expression::parse(text) {
            Ok(expression) => self.structure(field, &expression),
            Err(error) => {
                let place = field.place_within(error.span);
                field.error_at(
                    &place,
                    Code::InvalidExpression,
                    error.message,
                    error.help.map(str::to_owned),
                );
                None
            }
        }
    }

    /// The group or service of a name.
    pub(super) fn structure_named(&self, name: &str) -> Option<Structure> {
        match self.services.get(name) {
            Some(id) => Some(Structure::Service(*id)),
            None => self.group_named(name).map(Structure::Group),
        }
    }

    /// The group of a name; a component that stands for itself is one too.
    pub(super) fn group_named(&self, name: &str) -> Option<GroupId> {
        match self.parts.get(name) {
            Some(Named::Group(id)) => Some(*id),
            Some(Named::Component(_)) | None => None,
        }
    }

    fn structure(&self, field: &Field<'_>, expression: &Expression) -> Option<Structure> {
        match expression {
            Expression::AtLeast(k, parts) => {
                // All parts are looked at, so that all unknown names are found.
                let parts: Vec<Option<Structure>> = parts
                    .iter()
                    .map(|part| self.structure(field, part))
                    .collect();
                Some(Structure::AtLeast {
                    k: *k,
                    of: parts.into_iter().collect::<Option<_>>()?,
                })
            }
            Expression::Each(name, span) => {
                if let Some(group) = self.group_named(name) {
                    return Some(Structure::Each(group));
                }
                let groups = || {
                    let is_group = |(_, named): &(&String, &Named)| match named {
                        Named::Group(_) => true,
                        Named::Component(_) => false,
                    };
                    let groups = self.parts.iter().filter(is_group);
                    groups.map(|(name, _)| name.as_str())
                };
                let help = match did_you_mean(name, groups()) {
                    Some(meant) => format!("Did you mean `{meant}`?"),
                    None => format!("There is {}.", listed(groups(), "and")),
                };
                let place = field.place_within(span.clone());
                let message = format!("there is no group `{name}`");
                field.error_at(&place, Code::UnknownName, message, Some(help));
                None
            }
            Expression::Name(name, span) => {
                if let Some(id) = self.services.get(name) {
                    return Some(Structure::Service(*id));
                }
                let (message, help) = match self.parts.get(name) {
                    Some(Named::Group(id)) => return Some(Structure::Group(*id)),
                    Some(Named::Component(_)) => {
                        let group = self.member_of.get(name).map_or("", String::as_str);
                        (
                            format!(
                                "`{name}` is a member of group `{group}`, so it is not counted by itself"
                            ),
                            format!("Write `{group}`."),
                        )
                    }
                    None => {
                        let known = || {
                            self.parts
                                .keys()
                                .chain(self.services.keys())
                                .map(String::as_str)
                        };
                        let help = match did_you_mean(name, known()) {
                            Some(meant) => format!("Did you mean `{meant}`?"),
                            None => format!("There is {}.", listed(known(), "and")),
                        };
                        (
                            format!("there is no group, component or service `{name}`"),
                            help,
                        )
                    }
                };
                let place = field.place_within(span.clone());
                field.error_at(&place, Code::UnknownName, message, Some(help));
                None
            }
        }
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
        (None, Some(Some(_))) => required.unwrap_or(1),
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
    let dormancy = dormancy.flatten().unwrap_or(1.0);
    (seats, required.unwrap_or(seats), dormancy)
}

impl Default for RunOptions {
    fn default() -> RunOptions {
        RunOptions {
            horizon: Span::from_secs(SECONDS_PER_YEAR).expect("a year is a duration"),
            start: MissionStart::New,
            trials: None,
            until: None,
            time_limit: None,
            seed: None,
            confidence: Probability::new(0.95).expect("95 % is a probability"),
        }
    }
}
