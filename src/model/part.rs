//! A system taken apart: groups that share nothing live independent lives.

use super::{
    Cause, CauseId, CauseMember, Change, ChangeId, Culprit, Dependent, Group, GroupId, KindId,
    Member, Need, Root, Service, ServiceCost, ServiceId, Structure, System, Unit, UnitId,
};
use crate::base::{Id, IdVec, Probability, text};

/// A part of a system, and where its groups, services, causes and changes are in the whole.
#[derive(Clone, Debug)]
pub struct Part {
    /// The part as a system of its own.
    pub system: System,
    /// Of each of its groups: which of the whole that is.
    pub groups: Vec<GroupId>,
    /// The same of its services; those that only tell whether units age have none and come last.
    pub services: Vec<ServiceId>,
    /// The same of its kinds of units.
    pub kinds: Vec<KindId>,
    /// The same of its shared causes.
    pub causes: Vec<CauseId>,
    /// The same of its changes.
    pub changes: Vec<ChangeId>,
}

impl Part {
    /// Whether it is all of a system, so that everything has the same number in both.
    pub fn is_whole(&self, system: &System) -> bool {
        self.groups.len() == system.groups.len()
            && self.causes.len() == system.causes.len()
            && self.changes.len() == system.changes.len()
    }

    /// What a culprit in the part is in the whole.
    pub fn culprit(&self, culprit: Culprit) -> Culprit {
        match culprit {
            Culprit::Group(group) => Culprit::Group(self.groups[group.index()]),
            Culprit::Cause(cause) => Culprit::Cause(self.causes[cause.index()]),
            Culprit::Change(change) => Culprit::Change(self.changes[change.index()]),
        }
    }

    /// What a root in the part is in the whole.
    pub fn root(&self, root: Root) -> Root {
        Root {
            culprit: self.culprit(root.culprit),
            through: self.groups[root.through.index()],
        }
    }
}

impl System {
    /// The groups in independent sets, each in order: groups of different sets share no member, crew,
    /// stock of spares, cause or change, so that nothing that happens in one has an influence on the other.
    pub fn independent_parts(&self) -> Vec<Vec<GroupId>> {
        // Taken apart in full, so that whoever adds to the system is led here.
        let System {
            name: _,
            mission: _,
            start: _,
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
        let services = groups.iter().enumerate().map(|(at, &group)| {
            let up = Structure::Group(GroupId::from_index(at));
            bare_service(&self.groups[group].name, up)
        });
        self.part_with(groups, services.collect()).system
    }

    /// All of it as its only part.
    pub fn as_one_part(&self) -> Part {
        Part {
            system: self.clone(),
            groups: self.groups.ids().collect(),
            services: self.services.ids().collect(),
            kinds: self.kinds.ids().collect(),
            causes: self.causes.ids().collect(),
            changes: self.changes.ids().collect(),
        }
    }

    /// Parts that are independent of each other and stand in series: a service is up while what it needs
    /// of each part is up, and each part has that as a service. Parts without which all services do the
    /// same have none.
    pub fn parts_in_series(&self) -> Vec<Part> {
        let mut sets = Sets::new(self.groups.len());
        for part in self.independent_parts() {
            for group in &part {
                sets.join(part[0].index(), group.index());
            }
        }
        let needed: Vec<Vec<&Structure>> = self
            .services
            .iter()
            .map(|service| {
                let mut needed = Vec::new();
                self.in_series(&service.up, &mut needed);
                needed
            })
            .collect();
        for structure in needed.iter().flatten() {
            let groups = self.groups_in(structure);
            for group in &groups {
                sets.join(groups[0].index(), group.index());
            }
        }
        let place: Vec<usize> = (0..self.groups.len()).map(|at| sets.root(at)).collect();
        let mut services: Vec<Vec<(ServiceId, Vec<&Structure>)>> =
            vec![Vec::new(); self.groups.len()];
        for (service, needed) in self.services.ids().zip(needed) {
            for structure in needed {
                let Some(group) = self.groups_in(structure).first().copied() else {
                    continue;
                };
                let of_part = &mut services[place[group.index()]];
                match of_part.last_mut() {
                    Some((last, structures)) if *last == service => structures.push(structure),
                    _ => of_part.push((service, vec![structure])),
                }
            }
        }
        sets.lists()
            .map(|list| {
                let of_part = std::mem::take(&mut services[list[0]]);
                let groups: Vec<GroupId> = list.into_iter().map(GroupId::from_index).collect();
                let own = of_part.iter().map(|(service, structures)| {
                    let inside = structures.iter().map(|structure| {
                        self.in_part(structure, &groups)
                            .expect("a part holds the groups that its services name")
                    });
                    let of: Vec<Structure> = inside.collect();
                    let up = Structure::AtLeast { k: of.len(), of };
                    bare_service(&self.services[*service].name, up)
                });
                let part = self.part_with(&groups, own.collect());
                let services = of_part.iter().map(|(service, _)| *service).collect();
                Part { services, ..part }
            })
            .collect()
    }

    /// The parts of a structure that must all be up.
    fn in_series<'s>(&'s self, structure: &'s Structure, parts: &mut Vec<&'s Structure>) {
        match structure {
            Structure::Service(service) => self.in_series(&self.services[*service].up, parts),
            Structure::AtLeast { k, of }
                if *k == of.len() && !of.iter().any(|part| matches!(part, Structure::Each(_))) =>
            {
                of.iter().for_each(|part| self.in_series(part, parts));
            }
            Structure::AtLeast { .. }
            | Structure::Group(_)
            | Structure::Each(_)
            | Structure::Soft(_) => parts.push(structure),
        }
    }

    /// The system that consists of these groups alone and has these services.
    fn part_with(&self, groups: &[GroupId], own_services: IdVec<ServiceId, Service>) -> Part {
        let System {
            name,
            mission,
            start,
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
        let mut new_kind: Vec<Option<KindId>> = vec![None; kinds.len()];
        let mut old_kinds = Vec::new();
        let mut part = System {
            name: name.clone(),
            mission: *mission,
            start: *start,
            kinds: IdVec::new(),
            units: IdVec::new(),
            groups: IdVec::new(),
            crews: crews.clone(),
            spares: spares.clone(),
            causes: IdVec::new(),
            needs: Vec::new(),
            changes: IdVec::new(),
            people: people.clone(),
            services: own_services,
            currency: *currency,
        };
        for &id in groups {
            let group = &all_groups[id];
            let members = group
                .members
                .iter()
                .map(|member| match *member {
                    Member::Unit(unit) => {
                        let kind = units[unit].kind;
                        let kind = *new_kind[kind.index()].get_or_insert_with(|| {
                            old_kinds.push(kind);
                            part.kinds.push(kinds[kind].clone())
                        });
                        let new = part.units.push(Unit {
                            kind,
                            ..units[unit].clone()
                        });
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
            part.groups.push(Group {
                members,
                ..group.clone()
            });
        }
        for kind in part.kinds.ids() {
            // A service without which units do not age is a service of the part too, after its own.
            let up = part.kinds[kind].ages_while.and_then(|service| {
                let up = self.in_part(&services[service].up, groups)?;
                Some(bare_service(&services[service].name, up))
            });
            part.kinds[kind].ages_while = up.map(|service| part.services.push(service));
        }
        let (old_causes, new_causes) = self.causes_in(&new_unit);
        for &id in &old_causes {
            let cause = &causes[id];
            let members = cause.members.iter().filter_map(|member| match *member {
                CauseMember::Unit(unit) => new_unit[unit.index()].map(CauseMember::Unit),
                CauseMember::Cause(inner) => new_causes[inner.index()].map(CauseMember::Cause),
            });
            part.causes.push(Cause {
                members: members.collect(),
                ..cause.clone()
            });
        }
        let mut old_changes = Vec::new();
        for (id, change) in changes.iter_ids() {
            let units: Option<Vec<UnitId>> = change
                .units
                .iter()
                .map(|unit| new_unit[unit.index()])
                .collect();
            // A part holds all units of a change or none of them.
            if let Some(units) = units {
                old_changes.push(id);
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
        Part {
            system: part,
            groups: groups.to_vec(),
            services: Vec::new(),
            kinds: old_kinds,
            causes: old_causes,
            changes: old_changes,
        }
    }

    /// The causes that can strike something in a part, given what its units are there, and what each of
    /// all causes is there.
    fn causes_in(&self, new_unit: &[Option<UnitId>]) -> (Vec<CauseId>, Vec<Option<CauseId>>) {
        let mut inside = Vec::new();
        let mut new = vec![None; self.causes.len()];
        for cause in self.causes.ids() {
            let mut struck = self.units_in_cause(cause).into_iter();
            if struck.any(|unit| new_unit[unit.index()].is_some()) {
                new[cause.index()] = Some(CauseId::from_index(inside.len()));
                inside.push(cause);
            }
        }
        (inside, new)
    }

    /// The same without the names of units, kinds, groups, causes and services: equal for parts that are
    /// alike.
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
        system.kinds.iter_mut().for_each(|kind| kind.name.clear());
        system.causes.iter_mut().for_each(|cause| {
            cause.name.clear();
            cause.family.clear();
        });
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

/// A service of a part, of which nothing is asked or promised.
fn bare_service(name: &str, up: Structure) -> Service {
    Service {
        name: text::clean(name),
        up,
        demand: None,
        down_below: Probability::ZERO,
        targets: Vec::new(),
        cost: ServiceCost::default(),
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
