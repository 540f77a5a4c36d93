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
    pub(super) fn with_leaves<'l>(
        &self,
        leaves: impl IntoIterator<Item = &'l usize>,
        value: f64,
        layer: &Layer,
    ) -> f64 {
        let now = layer.now;
        let more = |&leaf: &usize| self.climb(leaf, value, layer) - now;
        (now + leaves.into_iter().map(more).sum::<f64>()).clamp(0.0, 1.0)
    }

    /// The same, if it is worse.
    pub(super) fn with_leaf(&self, group: GroupId, value: f64, layer: &Layer) -> f64 {
        let leaves = &self.leaves_of_group[group.index()];
        self.with_leaves(leaves, value, layer).max(layer.now)
    }

    fn climb(&self, leaf: usize, value: f64, layer: &Layer) -> f64 {
        let (mut part, mut value) = (leaf, value);
        while let Some(parent) = self.parts[part].parent {
            if let PartKind::Gate { cut, of } = &self.parts[parent].kind {
                value = if *cut == 1 {
                    (layer.parts[parent] - layer.parts[part] + value).min(1.0)
                } else {
                    let replaced = layer.tops[parent].replaced(layer.parts[part], value);
                    replaced
                        .unwrap_or_else(|| gate_value(*cut, of, &layer.parts, Some((part, value))))
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
                let others = of.iter().filter(|&&other| other != part);
                let others = others.map(|&other| self.missing(other, state, values));
                missing += fewest(*cut - 1, of.len() - 1, others);
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
            PartKind::Gate { cut, of } if *cut > of.len() => FAR,
            PartKind::Gate { cut, of } => {
                let all = of.iter().map(|&part| self.missing(part, state, values));
                fewest(*cut, of.len(), all)
            }
        }
    }
}

use super::{Layer, Steering, Values};
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

/// The sum of the least so many of a number of counts.
fn fewest(so_many: usize, of: usize, counts: impl Iterator<Item = usize>) -> usize {
    if so_many == of {
        return counts.sum();
    }
    let mut counts: Vec<usize> = counts.collect();
    if let Some(last) = so_many.checked_sub(1) {
        counts.select_nth_unstable(last);
    }
    counts[..so_many].iter().sum()
}

/// What is known of a gate that some of its parts take down, to value it fast with one of them replaced.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Top {
    /// Product of the likeliest parts that are enough.
    product: f64,
    /// The least of them, and the likeliest of the others.
    least: f64,
    next: f64,
}

impl Top {
    /// Of a gate with these parts; of no use if one part, or none, takes it down.
    pub(super) fn of(cut: usize, of: &[usize], values: &[f64], scratch: &mut Vec<f64>) -> Top {
        if cut < 2 || cut > of.len() {
            return Top::default();
        }
        scratch.clear();
        scratch.extend(of.iter().map(|&part| values[part]));
        let mut next = 0.0;
        if cut < scratch.len() {
            let (_, largest, _) = scratch.select_nth_unstable_by(cut, |a, b| b.total_cmp(a));
            next = *largest;
        }
        let likeliest = &scratch[..cut];
        Top {
            product: likeliest.iter().product(),
            least: likeliest.iter().copied().fold(f64::INFINITY, f64::min),
            next,
        }
    }

    /// Value of the gate with a part of one value replaced by one of another; none where a product is too small
    /// to divide.
    fn replaced(self, old: f64, new: f64) -> Option<f64> {
        if self.product < f64::MIN_POSITIVE {
            return None;
        }
        Some(if old >= self.least {
            self.product / old * new.max(self.next)
        } else if new > self.least {
            self.product / self.least * new
        } else {
            self.product
        })
    }
}

/// Failures that are missing for what cannot go down.
pub(super) const FAR: usize = 1_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::Streams;
    use crate::math::rng::uniform_open;

    #[test]
    fn a_gate_with_a_part_replaced_has_the_value_that_sorting_gives() {
        let mut rng = Streams::new(1).stream(0, 0);
        let parts: Vec<usize> = (0..7).collect();
        for round in 0..200 {
            // Some are alike.
            let values: Vec<f64> = parts
                .iter()
                .map(|_| (uniform_open(&mut rng) * 10.0).ceil() / 10.0)
                .collect();
            for cut in 2..=parts.len() {
                let top = Top::of(cut, &parts, &values, &mut Vec::new());
                for part in 0..parts.len() {
                    let new = if round % 5 == 0 {
                        0.0
                    } else {
                        uniform_open(&mut rng)
                    };
                    let truth = gate_value(cut, &parts, &values, Some((part, new)));
                    let value = top.replaced(values[part], new).unwrap();
                    assert!(
                        (value - truth).abs() <= 1e-12,
                        "{values:?} {cut} {part} {new}"
                    );
                }
            }
        }
    }

    #[test]
    fn the_fewest_are_summed() {
        let counts = [5, 1, 4, 2, 3];
        for (so_many, sum) in [(0, 0), (1, 1), (2, 3), (3, 6), (5, 15)] {
            assert_eq!(fewest(so_many, 5, counts.into_iter()), sum);
        }
    }
}
