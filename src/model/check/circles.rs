//! What would depend on itself.

use super::{Checker, path_key};
use crate::base::Id;
use crate::model::{Dependent, Effect, GroupId, Member, ServiceId, Structure};

impl Checker<'_> {
    /// Groups that are members of themselves, and services that need themselves.
    pub(super) fn check_cycles(&mut self) {
        let system = self.system;
        let groups = cycles(system.groups.len(), |group| {
            let members = &system.groups[GroupId::from_index(group)].members;
            members
                .iter()
                .filter_map(|member| match member {
                    Member::Group(inner) => Some(inner.index()),
                    Member::Unit(_) => None,
                })
                .collect()
        });
        for cycle in groups {
            let names: Vec<&str> = cycle
                .iter()
                .map(|group| system.groups[GroupId::from_index(*group)].name.as_str())
                .collect();
            let path = path_key(&path_key("groups", names[0]), "members");
            let message = format!(
                "groups are members of each other in a circle: {}",
                names.join(" -> ")
            );
            self.add(
                &path,
                message,
                "Take one of them out of the other's `members`.",
            );
        }
        let services = cycles(system.services.len(), |service| {
            let mut needs = Vec::new();
            services_in(
                &system.services[ServiceId::from_index(service)].up,
                &mut needs,
            );
            needs
        });
        for cycle in services {
            let names: Vec<&str> = cycle
                .iter()
                .map(|service| {
                    system.services[ServiceId::from_index(*service)]
                        .name
                        .as_str()
                })
                .collect();
            let path = path_key(&path_key("services", names[0]), "up");
            let message = format!(
                "services need each other in a circle: {}",
                names.join(" -> ")
            );
            self.add(&path, message, "Let one of them name groups instead.");
        }
        // Circles of groups alone, or of services alone, have been named.
        let found = self
            .violations
            .iter()
            .any(|violation| violation.message.contains(" in a circle: "));
        if !found {
            self.check_circles_of_needs();
        }
    }

    pub(super) fn check_needs(&mut self) {
        let system = self.system;
        for need in &system.needs {
            let path = path_key("groups", &need.of);
            self.check_structure(&path_key(&path, "needs"), &need.on, false);
            match &need.dependent {
                Dependent::Step(group, _) => {
                    if let Some(group) = system.groups.get(*group)
                        && !group.has_standbys()
                    {
                        let message = format!(
                            "group `{}` has no standbys, so no takeover of it can need `{}`",
                            group.name, need.text
                        );
                        let help = "Delete `needs`, or lower `active`.";
                        self.add(&path_key(&path, "takeover"), message, help);
                    }
                }
                Dependent::Units {
                    effect: Effect::Degraded(left),
                    ..
                } if !(0.0..=1.0).contains(left) => {
                    let message = format!(
                        "without `{}`, a part from 0 to 1 is left, not {left}",
                        need.text
                    );
                    self.add(&path_key(&path, "degraded_without"), message, "");
                }
                Dependent::Units { .. } => {}
            }
        }
    }

    /// What needs itself: groups that need, groups that have members, services that have parts.
    fn check_circles_of_needs(&mut self) {
        let system = self.system;
        let group_count = system.groups.len();
        let parts = |structure: &Structure| {
            let mut found = Vec::new();
            groups_in(structure, &mut found);
            let mut services = Vec::new();
            services_in(structure, &mut services);
            found.extend(services.into_iter().map(|service| group_count + service));
            found
        };
        // Which group each unit is a member of.
        let mut home = vec![0; system.units.len()];
        for (id, group) in system.groups.iter_ids() {
            for member in &group.members {
                if let Member::Unit(unit) = member
                    && let Some(home) = home.get_mut(unit.index())
                {
                    *home = id.index();
                }
            }
        }
        let mut next: Vec<Vec<usize>> = Vec::new();
        for group in system.groups.iter() {
            let members = group.members.iter().filter_map(|member| match member {
                Member::Group(inner) => Some(inner.index()),
                Member::Unit(_) => None,
            });
            next.push(members.collect());
        }
        for service in system.services.iter() {
            next.push(parts(&service.up));
        }
        for need in &system.needs {
            match &need.dependent {
                Dependent::Units { units, .. } => {
                    for unit in units {
                        if let Some(&group) = home.get(unit.index()) {
                            next[group].extend(parts(&need.on));
                        }
                    }
                }
                // A takeover that waits for its own group could wait for ever.
                Dependent::Step(group, _) => {
                    if let Some(list) = next.get_mut(group.index()) {
                        list.extend(parts(&need.on));
                    }
                }
            }
        }
        for list in &mut next {
            list.sort_unstable();
            list.dedup();
        }
        for circle in cycles(next.len(), |node| next[node].clone()) {
            let names: Vec<&str> = circle
                .iter()
                .map(|&node| match node.checked_sub(group_count) {
                    None => system.groups[GroupId::from_index(node)].name.as_str(),
                    Some(service) => system.services[ServiceId::from_index(service)]
                        .name
                        .as_str(),
                })
                .collect();
            let first = circle
                .iter()
                .position(|&node| node < group_count)
                .unwrap_or(0);
            let path = path_key(&path_key("groups", names[first]), "needs");
            let message = format!(
                "what is needed goes round in a circle: {}",
                names.join(" -> ")
            );
            self.add(&path, message, "Let one of them do without.");
        }
    }
}

fn groups_in(structure: &Structure, found: &mut Vec<usize>) {
    match structure {
        Structure::Group(id) | Structure::Each(id) => found.push(id.index()),
        Structure::Service(_) => {}
        Structure::Soft(part) => groups_in(part, found),
        Structure::AtLeast { of, .. } => of.iter().for_each(|part| groups_in(part, found)),
    }
}

fn services_in(structure: &Structure, found: &mut Vec<usize>) {
    match structure {
        Structure::Group(_) | Structure::Each(_) => {}
        Structure::Service(id) => found.push(id.index()),
        Structure::Soft(part) => services_in(part, found),
        Structure::AtLeast { of, .. } => of.iter().for_each(|part| services_in(part, found)),
    }
}

/// The circles of a graph, each once, closed: the first node is also the last.
pub(super) fn cycles(count: usize, next: impl Fn(usize) -> Vec<usize>) -> Vec<Vec<usize>> {
    let mut found = Vec::new();
    // 0: not seen; 1: on the path from where the search began; 2: done.
    let mut state = vec![0u8; count];
    for start in 0..count {
        if state[start] != 0 {
            continue;
        }
        let mut path: Vec<(usize, Vec<usize>)> = vec![(start, next(start))];
        state[start] = 1;
        while let Some((node, rest)) = path.last_mut() {
            let node = *node;
            match rest.pop() {
                None => {
                    state[node] = 2;
                    path.pop();
                }
                Some(other) if other >= count || state[other] == 2 => {}
                Some(other) if state[other] == 1 => {
                    let from = path.iter().position(|(on, _)| *on == other).unwrap_or(0);
                    let mut cycle: Vec<usize> = path[from..].iter().map(|(on, _)| *on).collect();
                    cycle.push(other);
                    found.push(cycle);
                }
                Some(other) => {
                    state[other] = 1;
                    path.push((other, next(other)));
                }
            }
        }
    }
    found
}
