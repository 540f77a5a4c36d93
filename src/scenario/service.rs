//! Services: what must be up for users to be served, and what they ask.

use super::cost::read_service_cost;
use super::demand::read_demand;
use super::expression::{self, Expression};
use super::file;
use super::lower::{Lowerer, Named};
use super::path_key;
use super::problem::{Code, did_you_mean, listed};
use super::reader::{Field, Table};
use super::target;
use crate::base::Id;
use crate::model::{GroupId, Service, ServiceId, Structure};

impl Lowerer {
    /// The names of all services, which kinds and services can refer to before they are read.
    pub(super) fn read_service_names(&mut self, table: &Table<'_>) {
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

    pub(super) fn read_services(&mut self, table: &Table<'_>) {
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
            let default = Service::new(name, up);
            self.system.services.push(Service {
                demand,
                down_below: down_below
                    .and_then(|field| field.probability())
                    .unwrap_or(default.down_below),
                targets,
                cost: service
                    .get("cost")
                    .and_then(|cost| read_service_cost(&cost))
                    .unwrap_or_default(),
                ..default
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
}
