//! What the failure of a unit means for a service.

use super::explore::{Lumped, explore};
use super::measures::is_down;
use super::{Effort, Exact, Limits, NoExact, name_all, prepare, start_of_missions};
use crate::base::Id;
use crate::math::law::Detail;
use crate::math::markov::{long_run, transient};
use crate::model::{GroupId, ServiceId, System};

/// Beyond so many states of the whole system together it takes too long.
const STATES_MAX: usize = 20_000;

/// What it means for a service that a unit of a group, whichever of them, has failed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Importance {
    /// The service.
    pub service: ServiceId,
    /// The group of the unit.
    pub group: GroupId,
    /// In the long run; `None` if the units of the group never or always have failed, or the service is
    /// never down.
    pub long_run: Option<Weight>,
    /// At the end of the mission.
    pub at_end: Option<Weight>,
}

/// The weight of a unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Weight {
    /// Probability that the service is down while the unit has failed, less that while it has not (Birnbaum
    /// 1969).
    pub birnbaum: f64,
    /// Probability that the service is down while the unit has failed, over that at any time: the risk
    /// achievement worth.
    pub achievement_worth: f64,
}

impl Weight {
    /// From the probabilities that the unit has failed, that the service is down, and of both.
    fn of(failed: f64, down: f64, both: f64) -> Option<Weight> {
        (failed > 0.0 && failed < 1.0 && down > 0.0).then(|| Weight {
            birnbaum: both / failed - (down - both) / (1.0 - failed),
            achievement_worth: both / failed / down,
        })
    }
}

/// The importance of the units of each group for each service, of a system that has passed
/// [`crate::model::check::check`] and has this exact answer.
///
/// # Errors
///
/// As for [`super::solve`], but the system is always taken as a whole, and may have 20,000 states.
pub fn importances(
    system: &System,
    answer: &Exact,
    effort: &Effort,
    detail: Option<Detail>,
) -> Result<Vec<Importance>, NoExact> {
    let limits = Limits {
        states_max: effort.limits.states_max.min(STATES_MAX),
        ..effort.limits
    };
    // Parts that live apart have all combinations of their states: no need to enumerate too many of them.
    let together: f64 = answer.part_states.iter().map(|&of| of as f64).product();
    if together > limits.states_max as f64 {
        return Err(NoExact::TooManyStates {
            limit: limits.states_max,
        });
    }
    let (behaviour, laws) = prepare(system, detail);
    let mut units = vec![Vec::new(); system.groups.len()];
    for unit in system.units.ids() {
        units[behaviour.group_of(unit).index()].push(unit);
    }
    // Which services are down, and how many units of each group have failed.
    let matters = effort.matters(false, false);
    let explored = explore(system, &behaviour, &laws, matters, limits, |state| {
        let services = system.services.iter_ids();
        let down: Vec<bool> = services.map(|of| is_down(&behaviour, state, of)).collect();
        let failed = units.iter().map(|units| {
            let of = units.iter();
            of.filter(|&&unit| state.condition(&behaviour, unit).is_failure())
                .count() as u32
        });
        (down, failed.collect::<Vec<u32>>())
    })
    .map_err(|error| name_all(error, &laws))?;
    let Lumped {
        chain,
        labels,
        marks,
        initial,
    } = explored.lumped();
    let initial = start_of_missions(system, &chain, initial, &marks)?;
    let settled = long_run(&chain, &initial, &marks).ok_or(NoExact::Unsettled)?;
    let mission_s = system.mission.as_secs();
    let course = transient(
        &chain,
        &initial,
        mission_s,
        &marks,
        effort.multiplications_max,
    );
    let mut importances = Vec::new();
    for service in system.services.ids() {
        for group in system.groups.ids() {
            let count = units[group.index()].len() as f64;
            if count == 0.0 {
                continue;
            }
            let weight = |weights: &[f64]| {
                let (mut failed, mut down, mut both) = (0.0, 0.0, 0.0);
                for (weight, (is_down, of_group)) in weights.iter().zip(&labels) {
                    let part = weight * f64::from(of_group[group.index()]) / count;
                    failed += part;
                    if is_down[service.index()] {
                        down += weight;
                        both += part;
                    }
                }
                Weight::of(failed, down, both)
            };
            importances.push(Importance {
                service,
                group,
                long_run: weight(&settled.probabilities),
                at_end: course.as_ref().and_then(|course| weight(&course.at_end)),
            });
        }
    }
    Ok(importances)
}
