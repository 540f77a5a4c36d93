//! How often what happens: failures, failovers, false alarms and their like.
//!
//! They are told of while clocks fire, so a state counts as much per second as its clocks fire and lead to
//! it. What independent parts do adds up, so each is enumerated for itself, unless what they do depends on what is
//! asked of a service.

use std::collections::BTreeMap;

use super::explore::{Lumped, explore_counting};
use super::{Effort, NoExact, name_all, prepare, start_of_missions};
use crate::base::Id;
use crate::behaviour::Happening;
use crate::math::law::Detail;
use crate::math::markov::{long_run, transient};
use crate::model::{Culprit, GroupId, System};

/// How often something happens.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Counted {
    /// What.
    pub happening: Happening,
    /// To which group, or by which cause or work.
    pub culprit: Culprit,
    /// In a mission, on average; `None` if that would take too many steps.
    pub in_mission: Option<f64>,
    /// Per second in the long run.
    pub per_s: f64,
}

/// How often what happens in a system that has passed [`crate::model::check::check`], in the order of what
/// and of whom; what never happens is left out.
///
/// # Errors
///
/// As for [`super::solve`].
pub fn counts(
    system: &System,
    effort: &Effort,
    detail: Option<Detail>,
) -> Result<Vec<Counted>, NoExact> {
    let mut all: BTreeMap<(Happening, usize), Counted> = BTreeMap::new();
    let mut known: Vec<(System, Vec<Counted>)> = Vec::new();
    // How much is asked of which group is known where all that serves it is together.
    let is_asked = system.services.iter().any(|of| of.demand.is_some());
    let parts = if is_asked {
        vec![(system.groups.ids().collect(), system.clone())]
    } else {
        let sets = system.independent_parts().into_iter();
        let part = |groups: Vec<GroupId>| {
            let part = system.part(&groups);
            (groups, part)
        };
        sets.map(part).collect()
    };
    for (groups, part) in parts {
        let nameless = part.nameless();
        let found = match known.iter().find(|(other, _)| *other == nameless) {
            Some((_, found)) => found.clone(),
            None => {
                let found = of_part(&part, effort, detail)?;
                known.push((nameless, found.clone()));
                found
            }
        };
        for counted in found {
            let culprit = match counted.culprit {
                Culprit::Group(group) => Culprit::Group(groups[group.index()]),
                other => same_name(system, &part, other),
            };
            let counted = Counted { culprit, ..counted };
            all.insert((counted.happening, culprit.index()), counted);
        }
    }
    Ok(all.into_values().collect())
}

/// The shared cause or work of the same name in the whole.
fn same_name(system: &System, part: &System, culprit: Culprit) -> Culprit {
    let name = part.culprit_name(culprit);
    let causes = system.causes.iter_ids();
    let changes = system.changes.iter_ids();
    match culprit {
        Culprit::Cause(_) => causes
            .filter(|(_, cause)| cause.name == name)
            .map(|(id, _)| Culprit::Cause(id))
            .next(),
        Culprit::Change(_) => changes
            .filter(|(_, change)| change.name == name)
            .map(|(id, _)| Culprit::Change(id))
            .next(),
        Culprit::Group(_) => None,
    }
    .unwrap_or(culprit)
}

fn of_part(
    part: &System,
    effort: &Effort,
    detail: Option<Detail>,
) -> Result<Vec<Counted>, NoExact> {
    let (behaviour, laws) = prepare(part, detail);
    let pairs: std::cell::RefCell<Vec<(Happening, Culprit)>> = Default::default();
    let count = |note| {
        let pair = behaviour.happening(note)?;
        let mut pairs = pairs.borrow_mut();
        let known = pairs.iter().position(|other| *other == pair);
        let at = known.unwrap_or_else(|| {
            pairs.push(pair);
            pairs.len() - 1
        });
        Some((at as u32, 1.0))
    };
    let (matters, limits) = (effort.matters(false, true), effort.limits);
    let explored = explore_counting(part, &behaviour, &laws, matters, limits, |_| (), &count)
        .map_err(|error| name_all(error, &laws))?;
    let labels = explored.counts_by_state();
    let Lumped {
        chain,
        labels,
        marks,
        initial,
    } = explored.with_labels(labels).lumped();
    let settled = long_run(&chain, &initial, &marks).ok_or(NoExact::Unsettled)?;
    let initial = start_of_missions(part, &chain, initial, &marks)?;
    let mission_s = part.mission.as_secs();
    let course = transient(
        &chain,
        &initial,
        mission_s,
        &marks,
        effort.multiplications_max,
    );
    let sum = |weights: &[f64], what: usize| -> f64 {
        let states = weights.iter().zip(&labels);
        states
            .flat_map(|(weight, counts)| {
                let of_this = counts.iter().filter(move |(at, _)| *at as usize == what);
                of_this.map(move |&(_, bits)| weight * f64::from_bits(bits))
            })
            .fold(0.0, |sum, part| sum + part)
    };
    let pairs = pairs.take();
    let counted = pairs
        .iter()
        .enumerate()
        .map(|(what, &(happening, culprit))| Counted {
            happening,
            culprit,
            in_mission: course.as_ref().map(|course| sum(&course.occupancy, what)),
            per_s: sum(&settled.probabilities, what),
        });
    let happens = |counted: &Counted| counted.in_mission.unwrap_or(counted.per_s) > 0.0;
    Ok(counted.filter(happens).collect())
}
