//! What groups can bear, and what happens beyond that.

use super::{Checker, is_instant, path_key};
use crate::base::Probability;
use crate::model::{
    Breakdown, Dependent, Effect, Group, GroupId, Member, ServiceId, Structure, Unit,
};

impl Checker<'_> {
    /// Which groups may collapse, once it is known that all groups and services exist.
    pub(super) fn check_overloads(&mut self) {
        if self.violations.is_empty() {
            for (id, group) in self.system.groups.iter_ids() {
                self.check_overload(id, group);
            }
        }
    }

    fn check_overload(&mut self, id: GroupId, group: &Group) {
        let name = &group.name;
        let mut services = self.system.services.iter();
        if group.takeover.clients.is_some()
            && !services.any(|service| self.sends_to(&service.up, id))
        {
            self.add(
                &path_key(&path_key(&path_key("groups", name), "takeover"), "clients"),
                format!("no service sends its requests to group `{name}`"),
                "Delete it, or let a service need the group, or something in a service.",
            );
        }
        if let Some(overload) = &group.overload {
            let path = path_key(&path_key("groups", name), "overload");
            self.check_load(id, group, &path);
            let above = overload.above;
            if !(above.is_finite() && above > 0.0) {
                self.add(
                    &path_key(&path, "above"),
                    "the share at which it is overloaded is no load".to_owned(),
                    "Write a number above zero.",
                );
            }
            match overload.breakdown {
                Breakdown::Collapse {
                    recovers_below: below,
                    ..
                } => {
                    if !(below >= 0.0 && below <= above) {
                        self.add(
                            &path_key(&path, "recovers_below"),
                            format!(
                                "it collapses above {above} and recovers below {below} of what it can bear"
                            ),
                            "Let it recover at a load at which it does not collapse.",
                        );
                    }
                }
                Breakdown::Crashes { ref after } => {
                    let is_unit = |member: &Member| matches!(member, Member::Unit(_));
                    if !group.members.iter().all(is_unit) {
                        self.add(
                            &path_key(&path, "crash"),
                            format!("group `{name}` has groups as members, which do not crash"),
                            "Write it for the groups of units within.",
                        );
                    }
                    if is_instant(after) && is_instant(&overload.restart) {
                        self.add(
                            &path_key(&path, "restart"),
                            "members crash at once and are back at once, for ever".to_owned(),
                            "Say how long a restart takes, such as { mean = \"5 min\" }.",
                        );
                    }
                }
            }
        }
        if let Some(scaling) = &group.scaling {
            let path = path_key(&path_key("groups", name), "scaling");
            self.check_load(id, group, &path);
            let is_load = |load: f64| load.is_finite() && load > 0.0;
            if !(is_load(scaling.above) && is_load(scaling.quota)) {
                self.add(
                    &path,
                    "the share at which members are ordered, and what they can bear, is no load"
                        .to_owned(),
                    "Write numbers above zero.",
                );
            }
        }
    }

    /// A group whose load matters bears all of the load of one service.
    fn check_load(&mut self, id: GroupId, group: &Group, path: &str) {
        let name = &group.name;
        if self.system.rated_capacity_of(id).is_none() {
            self.add(
                path,
                format!("group `{name}` can bear any load, so none is too much for it"),
                "Give it a `capacity`, or delete this.",
            );
        }
        let mut asking = self.system.services.iter().filter(|service| {
            service.demand.is_some() && self.bears_all(&service.up, id).is_some()
        });
        let message = match (asking.next(), asking.next()) {
            (Some(service), None) if self.bears_all(&service.up, id) == Some(true) => return,
            (Some(service), None) => format!(
                "group `{name}` bears only a part of the load of service `{}`, as others stand for it",
                service.name
            ),
            (None, _) => {
                let mut services = self.system.services.iter();
                match services.find(|of| of.demand.is_some() && self.sends_to(&of.up, id)) {
                    Some(service) => format!(
                        "the load of service `{}` comes to group `{name}` only through a group that it is a member of, \
                         or through what needs it, where it is not counted",
                        service.name
                    ),
                    None => format!("nothing is asked of a service that needs group `{name}`"),
                }
            }
            (Some(_), Some(_)) => format!("several services ask group `{name}`"),
        };
        self.add(
            path,
            message,
            "Such a group must bear all of the load of one service with a `demand`, which names it in its `up`.",
        );
    }

    /// Whether requests to a structure may come to a group: as a part of it, as a member of a group in it,
    /// or as what the units of such a group need.
    fn sends_to(&self, structure: &Structure, group: GroupId) -> bool {
        match structure {
            Structure::Group(id) | Structure::Each(id) => {
                *id == group || self.passes_on(*id, group)
            }
            Structure::Service(id) => self.sends_to(&self.system.services[*id].up, group),
            Structure::Soft(_) => false,
            Structure::AtLeast { of, .. } => of.iter().any(|part| self.sends_to(part, group)),
        }
    }

    fn passes_on(&self, from: GroupId, to: GroupId) -> bool {
        let members = &self.system.groups[from].members;
        let needs = self
            .system
            .needs
            .iter()
            .filter(|need| match &need.dependent {
                Dependent::Units {
                    units,
                    effect: Effect::Down,
                } => units
                    .iter()
                    .any(|unit| members.contains(&Member::Unit(*unit))),
                Dependent::Units { .. } | Dependent::Step(..) => false,
            });
        let inner = members.iter().filter_map(|member| match *member {
            Member::Group(inner) => Some(inner),
            Member::Unit(_) => None,
        });
        needs.into_iter().any(|need| self.sends_to(&need.on, to))
            || inner
                .into_iter()
                .any(|inner| inner == to || self.passes_on(inner, to))
    }

    /// Whether all requests to a structure pass through a group; `None` if none does.
    fn bears_all(&self, structure: &Structure, group: GroupId) -> Option<bool> {
        match structure {
            Structure::Group(id) | Structure::Each(id) => (*id == group).then_some(true),
            Structure::Service(id) => self.bears_all(&self.system.services.get(*id)?.up, group),
            Structure::Soft(_) => None,
            Structure::AtLeast { k, of } => {
                let mut parts = of.iter().filter_map(|part| self.bears_all(part, group));
                let count: usize = of.iter().map(|part| self.system.part_count(part)).sum();
                parts.next().map(|all| all && *k == count)
            }
        }
    }

    /// A service on which something depends and that counts as down by what its clients get: how many of
    /// them are back at a time is known to those who watch the service, and not to what depends on it.
    pub(super) fn check_shortages(&mut self) {
        let system = self.system;
        for (id, service) in system.services.iter_ids() {
            let leads = |(group, plan): (GroupId, &Group)| {
                plan.takeover.clients.is_some() && self.sends_to(&service.up, group)
            };
            if service.demand.is_none()
                || service.down_below == Probability::ZERO
                || !self.is_depended_on(id)
                || !system.groups.iter_ids().any(leads)
            {
                continue;
            }
            let path = path_key(&path_key("services", &service.name), "down_below");
            self.add(
                &path,
                format!(
                    "something depends on `{}`, whose clients come back one by one",
                    service.name
                ),
                "Delete `down_below` or `clients`, or let it depend on the groups of the service.",
            );
        }
    }

    /// Whether a service is needed, is part of another one, or lets units age.
    fn is_depended_on(&self, id: ServiceId) -> bool {
        let system = self.system;
        let ages = |unit: &Unit| system.kinds[unit.kind].ages_while == Some(id);
        system.units.iter().any(ages)
            || system.needs.iter().any(|need| contains(&need.on, id))
            || system.services.iter().any(|of| contains(&of.up, id))
    }

    /// Members that can bear a load stand beside such that can bear any.
    pub(super) fn check_capacities(&mut self, group: &Group, path: &str) {
        let has = |member: &Member| match *member {
            Member::Unit(unit) => self.system.units.get(unit)?.capacity.map(|_| ()),
            Member::Group(_) => None,
        };
        let units = group
            .members
            .iter()
            .filter(|member| matches!(member, Member::Unit(_)));
        let (with, without): (Vec<_>, Vec<_>) = units.partition(|member| has(member).is_some());
        if let (Some(_), Some(Member::Unit(unit))) = (with.first(), without.first()) {
            let message = format!(
                "group `{}` has members with a capacity, but `{}` has none",
                group.name, self.system.units[*unit].name
            );
            self.add(
                &path_key(path, "capacity"),
                message,
                "Write `capacity` for the whole group, or for all of its kinds.",
            );
        }
    }
}

/// Whether a structure names a service itself.
fn contains(structure: &Structure, id: ServiceId) -> bool {
    match structure {
        Structure::Service(service) => *service == id,
        Structure::Group(_) | Structure::Each(_) => false,
        Structure::Soft(part) => contains(part, id),
        Structure::AtLeast { of, .. } => of.iter().any(|part| contains(part, id)),
    }
}
