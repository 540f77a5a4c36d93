//! The structure of a service: its parts, what one of them means for the whole, and how many failures an
//! outage needs.

#[derive(Debug)]
pub(super) struct Part {
    pub(super) kind: PartKind,
    pub(super) parent: Option<usize>,
}

#[derive(Debug)]
pub(super) enum PartKind {
    /// A group of units.
    Pool(GroupId),
    /// A unit of a group that has groups among its members.
    Unit(UnitId),
    /// Goes down when `cut` of the parts are down.
    Gate { cut: usize, of: Vec<usize> },
}

impl Steering {
    fn part(&mut self, kind: PartKind) -> usize {
        self.parts.push(Part { kind, parent: None });
        self.parts.len() - 1
    }

    fn gate(&mut self, cut: usize, of: Vec<usize>) -> usize {
        let gate = self.parts.len();
        for &part in &of {
            self.parts[part].parent = Some(gate);
        }
        self.part(PartKind::Gate { cut, of })
    }

    pub(super) fn structure(&mut self, system: &System, structure: &Structure) -> usize {
        match structure {
            Structure::Group(group) => self.group(system, *group),
            Structure::Service(service) => self.structure(system, &system.services[*service].up),
            // What is soft never takes down what needs it.
            Structure::Soft(_) => self.gate(1, Vec::new()),
            Structure::Each(_) => unreachable!("members count only where a number is enough"),
            Structure::AtLeast { k, of } => {
                let (mut count, mut parts) = (0, Vec::new());
                for part in of {
                    match part {
                        Structure::Each(group) => {
                            let members = self.members(system, *group);
                            count += members.len();
                            parts.extend(members);
                        }
                        Structure::Soft(_) => count += 1,
                        Structure::Group(_) | Structure::Service(_) | Structure::AtLeast { .. } => {
                            count += 1;
                            parts.push(self.structure(system, part));
                        }
                    }
                }
                self.gate(count - k + 1, parts)
            }
        }
    }

    fn group(&mut self, system: &System, group: GroupId) -> usize {
        let plan = &system.groups[group];
        let is_plain = |member: &Member| match *member {
            Member::Unit(unit) => self.machines[unit.index()].is_none(),
            Member::Group(_) => false,
        };
        if plan.members.iter().all(is_plain) {
            let leaf = self.part(PartKind::Pool(group));
            self.leaves_of_group[group.index()].push(leaf);
            return leaf;
        }
        let parts = self.members(system, group);
        self.gate(plan.members.len() - plan.required + 1, parts)
    }

    /// The members of a group, each as a part of its own.
    fn members(&mut self, system: &System, group: GroupId) -> Vec<usize> {
        let members = system.groups[group].members.iter();
        members
            .map(|member| match *member {
                Member::Group(inner) => self.group(system, inner),
                Member::Unit(unit) => {
                    let leaf = self.part(PartKind::Unit(unit));
                    self.leaves_of_unit[unit.index()].push(leaf);
                    leaf
                }
            })
            .collect()
    }

    /// Value of the service if the parts of a group or of a unit had another value. Each place in the
    /// structure that names it adds its share.
    pub(super) fn with_leaves(&self, leaves: &[usize], value: f64, values: &Values) -> f64 {
        let now = values.now;
        let more = |&leaf: &usize| self.climb(leaf, value, values) - now;
        (now + leaves.iter().map(more).sum::<f64>()).clamp(0.0, 1.0)
    }

    /// The same, if it is worse.
    pub(super) fn with_leaf(&self, group: GroupId, value: f64, values: &Values) -> f64 {
        let leaves = &self.leaves_of_group[group.index()];
        self.with_leaves(leaves, value, values).max(values.now)
    }

    fn climb(&self, leaf: usize, value: f64, values: &Values) -> f64 {
        let (mut part, mut value) = (leaf, value);
        while let Some(parent) = self.parts[part].parent {
            if let PartKind::Gate { cut, of } = &self.parts[parent].kind {
                value = if *cut == 1 {
                    (values.parts[parent] - values.parts[part] + value).min(1.0)
                } else {
                    gate_value(*cut, of, &values.parts, Some((part, value)))
                };
            }
            part = parent;
        }
        value
    }

    /// The fewest through any of these leaves; 1 without any.
    pub(super) fn missing_of(&self, leaves: &[usize], state: &State, values: &Values) -> usize {
        let through = leaves
            .iter()
            .map(|&leaf| self.missing_through(leaf, state, values));
        through.min().unwrap_or(1)
    }

    fn missing_through(&self, leaf: usize, state: &State, values: &Values) -> usize {
        let (mut part, mut missing) = (leaf, self.missing(leaf, state, values));
        while let Some(parent) = self.parts[part].parent {
            if let PartKind::Gate { cut, of } = &self.parts[parent].kind
                && (2..=of.len()).contains(cut)
            {
                let mut others: Vec<usize> = of
                    .iter()
                    .filter(|&&other| other != part)
                    .map(|&other| self.missing(other, state, values))
                    .collect();
                others.sort_unstable();
                missing += others[..cut - 1].iter().sum::<usize>();
            }
            part = parent;
        }
        missing
    }

    /// How many failures the nearest outage needs at least.
    pub(in crate::rare) fn distance(&self, state: &State, values: &mut Values) -> usize {
        self.count_fit(state, values);
        let missing = self.missing(self.root, state, values);
        if missing < FAR { missing } else { 1 }
    }

    pub(super) fn count_fit(&self, state: &State, values: &mut Values) {
        values.fit.clear();
        for pool in &self.pools {
            let units = pool.units.iter();
            let fit = units.filter(|&&unit| state.is_fit_unit(unit)).count();
            values.fit.push(fit as u32);
        }
    }

    pub(super) fn missing(&self, part: usize, state: &State, values: &Values) -> usize {
        match &self.parts[part].kind {
            &PartKind::Pool(group) => {
                let required = self.pools[group.index()].fit_required;
                (values.fit[group.index()] + 1).saturating_sub(required) as usize
            }
            &PartKind::Unit(unit) => match &self.machines[unit.index()] {
                Some(machine) => machine.straying.exits[machine.at(state)],
                None => usize::from(state.is_fit_unit(unit)),
            },
            PartKind::Gate { cut: 1, of } => of
                .iter()
                .map(|&part| self.missing(part, state, values))
                .min()
                .unwrap_or(FAR),
            PartKind::Gate { cut, of } => {
                let mut all: Vec<usize> = of
                    .iter()
                    .map(|&part| self.missing(part, state, values))
                    .collect();
                all.sort_unstable();
                all.get(..*cut).map_or(FAR, |nearest| nearest.iter().sum())
            }
        }
    }
}

use super::{Steering, Values};
use crate::base::Id;
use crate::behaviour::State;
use crate::model::{GroupId, Member, Structure, System, UnitId};

/// Value of a gate, with one part replaced.
pub(super) fn gate_value(
    cut: usize,
    of: &[usize],
    values: &[f64],
    other: Option<(usize, f64)>,
) -> f64 {
    let value = |&part: &usize| match other {
        Some((replaced, value)) if replaced == part => value,
        _ => values[part],
    };
    if cut == 1 {
        return of.iter().map(value).sum::<f64>().min(1.0);
    }
    if cut > of.len() {
        return 0.0;
    }
    if cut == of.len() {
        return of.iter().map(value).product();
    }
    let mut all: Vec<f64> = of.iter().map(value).collect();
    all.sort_unstable_by(|a, b| b.total_cmp(a));
    all[..cut].iter().product()
}

/// Failures that are missing for what cannot go down.
pub(super) const FAR: usize = 1_000;
