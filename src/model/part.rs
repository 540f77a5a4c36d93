//! A system taken apart: groups that share nothing live independent lives.

use super::{
    Cause, CauseMember, Change, Dependent, Group, GroupId, Member, Need, Service, ServiceCost,
    Structure, System, UnitId,
};
use crate::base::{Id, IdVec, Probability, text};

impl System {
    /// The groups in independent sets, each in order: groups of different sets share no member, crew,
    /// stock of spares, cause or change, so that nothing that happens in one has an influence on the other.
    pub fn independent_parts(&self) -> Vec<Vec<GroupId>> {
        // Taken apart in full, so that whoever adds to the system is led here.
        let System {
            name: _,
            mission: _,
            kinds,
            units,
            groups,
            crews,
            spares,
            causes,
            needs,
            changes,
            people,
            services,
            currency: _,
        } = self;
        let mut people_at = vec![None; people.len()];
        let mut sets = Sets::new(groups.len());
        let mut crew_at = vec![None; crews.len()];
        let mut spare_at = vec![None; spares.len()];
        let mut group_of = vec![0; units.len()];
        for (id, group) in groups.iter_ids() {
            if let Some(people) = group.takeover.manual_by {
                let first = *people_at[people.index()].get_or_insert(id.index());
                sets.join(id.index(), first);
            }
            for member in &group.members {
                match *member {
                    Member::Group(inner) => sets.join(id.index(), inner.index()),
                    Member::Unit(unit) => {
                        group_of[unit.index()] = id.index();
                        if let Some(service) = kinds[units[unit].kind].ages_while {
                            for group in self.groups_in(&services[service].up) {
                                sets.join(id.index(), group.index());
                            }
                        }
                        for mode in &kinds[units[unit].kind].modes {
                            let super::Ending::Repair(repair) = &mode.ending else {
                                continue;
                            };
                            let further = repair.further.iter().filter_map(|stage| stage.crew);
                            for crew in repair.crew.into_iter().chain(further) {
                                if !crews[crew].per_group {
                                    let first = *crew_at[crew.index()].get_or_insert(id.index());
                                    sets.join(id.index(), first);
                                }
                            }
                            if let Some(spare) = repair.spare {
                                let first = *spare_at[spare.index()].get_or_insert(id.index());
                                sets.join(id.index(), first);
                            }
                        }
                    }
                }
            }
        }
        for cause in causes.ids() {
            let struck = self.units_in_cause(cause);
            for unit in &struck {
                sets.join(group_of[struck[0].index()], group_of[unit.index()]);
            }
        }
        for change in changes.iter() {
            for unit in &change.units {
                sets.join(group_of[change.units[0].index()], group_of[unit.index()]);
            }
        }
        for need in needs {
            let dependents: Vec<usize> = match &need.dependent {
                Dependent::Units { units, .. } => {
                    units.iter().map(|unit| group_of[unit.index()]).collect()
                }
                Dependent::Step(group, _) => vec![group.index()],
            };
            for group in self.groups_in(&need.on) {
                for &dependent in &dependents {
                    sets.join(group.index(), dependent);
                }
            }
        }
        sets.lists()
            .map(|list| list.into_iter().map(GroupId::from_index).collect())
            .collect()
    }

    /// The system that consists of these groups alone, which must be one or more of its independent
    /// parts. Each group has a service of its own, at the same place.
    pub fn part(&self, groups: &[GroupId]) -> System {
        let System {
            name,
            mission,
            kinds,
            units,
            groups: all_groups,
            crews,
            spares,
            causes,
            needs,
            changes,
            people,
            services,
            currency,
        } = self;
        let mut new_unit = vec![None; units.len()];
        let mut part = System {
            name: name.clone(),
            mission: *mission,
            kinds: kinds.clone(),
            units: IdVec::new(),
            groups: IdVec::new(),
            crews: crews.clone(),
            spares: spares.clone(),
            causes: IdVec::new(),
            needs: Vec::new(),
            changes: IdVec::new(),
            people: people.clone(),
            services: IdVec::new(),
            currency: *currency,
        };
        for &id in groups {
            let group = &all_groups[id];
            let members = group
                .members
                .iter()
                .map(|member| match *member {
                    Member::Unit(unit) => {
                        let new = part.units.push(units[unit].clone());
                        new_unit[unit.index()] = Some(new);
                        Member::Unit(new)
                    }
                    Member::Group(inner) => Member::Group(GroupId::from_index(
                        groups
                            .binary_search(&inner)
                            .expect("a part holds the groups that its groups hold"),
                    )),
                })
                .collect();
            let new = part.groups.push(Group {
                members,
                ..group.clone()
            });
            part.services.push(Service {
                name: text::clean(&group.name),
                up: Structure::Group(new),
                demand: None,
                down_below: Probability::ZERO,
                targets: Vec::new(),
                cost: ServiceCost::default(),
            });
        }
        for kind in kinds.ids() {
            // A service without which units do not age is a service of the part too, after those of
            // the groups.
            let up = kinds[kind].ages_while.and_then(|service| {
                let up = self.in_part(&services[service].up, groups)?;
                Some((text::clean(&services[service].name), up))
            });
            part.kinds[kind].ages_while = up.map(|(name, up)| {
                part.services.push(Service {
                    name,
                    up,
                    demand: None,
                    down_below: Probability::ZERO,
                    targets: Vec::new(),
                    cost: ServiceCost::default(),
                })
            });
        }
        for (id, cause) in causes.iter_ids() {
            let members = cause
                .members
                .iter()
                .filter_map(|member| match *member {
                    CauseMember::Unit(unit) => new_unit[unit.index()].map(CauseMember::Unit),
                    CauseMember::Cause(_) => Some(*member),
                })
                .collect();
            // What strikes nobody here has no events here.
            let struck = self.units_in_cause(id);
            let strikes = struck.iter().any(|unit| new_unit[unit.index()].is_some());
            part.causes.push(Cause {
                members,
                every: cause.every.clone().filter(|_| strikes),
                ..cause.clone()
            });
        }
        for change in changes.iter() {
            let units: Option<Vec<UnitId>> = change
                .units
                .iter()
                .map(|unit| new_unit[unit.index()])
                .collect();
            // A part holds all units of a change or none of them.
            if let Some(units) = units {
                part.changes.push(Change {
                    units,
                    ..change.clone()
                });
            }
        }
        for need in needs {
            let new_group =
                |group: &GroupId| groups.binary_search(group).ok().map(GroupId::from_index);
            let dependent = match &need.dependent {
                Dependent::Units { units, effect } => Dependent::Units {
                    units: units
                        .iter()
                        .filter_map(|unit| new_unit[unit.index()])
                        .collect(),
                    effect: *effect,
                },
                Dependent::Step(group, step) => match new_group(group) {
                    Some(group) => Dependent::Step(group, *step),
                    None => continue,
                },
            };
            if let Some(on) = self.in_part(&need.on, groups) {
                part.needs.push(Need {
                    on,
                    dependent,
                    ..need.clone()
                });
            }
        }
        part
    }

    /// The same without the names of units, groups and services: equal for parts that are alike.
    pub fn nameless(&self) -> System {
        let mut system = self.clone();
        system.name.clear();
        system.units.iter_mut().for_each(|unit| unit.name.clear());
        system
            .groups
            .iter_mut()
            .for_each(|group| group.name.clear());
        let services = system.services.iter_mut();
        services.for_each(|service| service.name.clear());
        system
    }

    /// As how many parts a part of a structure counts.
    pub fn part_count(&self, structure: &Structure) -> usize {
        match structure {
            Structure::Each(group) => self.groups.get(*group).map_or(0, |group| group.active),
            Structure::Group(_)
            | Structure::Service(_)
            | Structure::Soft(_)
            | Structure::AtLeast { .. } => 1,
        }
    }

    /// The groups of a structure, directly or through services.
    pub(super) fn groups_in(&self, structure: &Structure) -> Vec<GroupId> {
        match structure {
            Structure::Group(group) | Structure::Each(group) => vec![*group],
            Structure::Service(service) => self.groups_in(&self.services[*service].up),
            Structure::Soft(part) => self.groups_in(part),
            Structure::AtLeast { of, .. } => {
                of.iter().flat_map(|part| self.groups_in(part)).collect()
            }
        }
    }

    /// A structure over the groups of a part; `None` if it names others.
    fn in_part(&self, structure: &Structure, groups: &[GroupId]) -> Option<Structure> {
        let inside = |group: &GroupId| groups.binary_search(group).ok().map(GroupId::from_index);
        Some(match structure {
            Structure::Group(group) => Structure::Group(inside(group)?),
            Structure::Each(group) => Structure::Each(inside(group)?),
            Structure::Service(service) => self.in_part(&self.services[*service].up, groups)?,
            Structure::Soft(part) => Structure::Soft(Box::new(self.in_part(part, groups)?)),
            Structure::AtLeast { k, of } => Structure::AtLeast {
                k: *k,
                of: of
                    .iter()
                    .map(|part| self.in_part(part, groups))
                    .collect::<Option<_>>()?,
            },
        })
    }
}

/// Sets of numbers that grow together (union by the least).
struct Sets {
    parents: Vec<usize>,
}

impl Sets {
    fn new(len: usize) -> Sets {
        Sets {
            parents: (0..len).collect(),
        }
    }

    fn root(&mut self, mut at: usize) -> usize {
        while self.parents[at] != at {
            self.parents[at] = self.parents[self.parents[at]];
            at = self.parents[at];
        }
        at
    }

    fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.root(one), self.root(other));
        self.parents[one.max(other)] = one.min(other);
    }

    fn lists(mut self) -> impl Iterator<Item = Vec<usize>> {
        let mut lists = vec![Vec::new(); self.parents.len()];
        for at in 0..self.parents.len() {
            let root = self.root(at);
            lists[root].push(at);
        }
        lists.into_iter().filter(|list| !list.is_empty())
    }
}
