//! What a solved chain says about the services.

use std::collections::BTreeMap;

use super::downtime::{Alone, DownTimeAnswer};
use super::explore::{Lumped, explore};
use super::roots::{self, Rooted};
use super::{Effort, Exact, NoExact, Obstacle, name_all, prepare, start_of_missions};
use crate::base::{IdVec, Probability};
use crate::behaviour::{Behaviour, Blame, Mechanism, State};
use crate::math::law::Detail;
use crate::math::markov::{Chain, Stationary, Transient, long_run, mean_time_to, transient};
use crate::model::{Culprit, Families, Level, Root, Service, ServiceId, System};

/// The exact figures of a service. Where one is missing, the reason is in `notes`.
#[derive(Clone, Debug, PartialEq)]
pub struct ServiceAnswer {
    /// Its name.
    pub name: String,
    /// In the long run.
    pub long_run: LongRun,
    /// Over the mission, from its start.
    pub mission: Option<MissionAnswer>,
    /// Mean time to the first outage in seconds; infinite if there may never be one.
    pub time_to_first_outage_s: Option<f64>,
    /// Why a figure is missing, in full sentences.
    pub notes: Vec<String>,
}

/// What a service does in the long run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LongRun {
    /// Share of time that it is down.
    pub unavailability: f64,
    /// Share of time that it is degraded.
    pub degraded: f64,
    /// Share of the requests that is served; `None` where the parts have been solved apart.
    pub served: Option<f64>,
    /// Outages per second; `None` if the parts of the system change in ways that only their common
    /// history could count.
    pub outages_per_s: Option<f64>,
}

impl LongRun {
    /// Mean length of an outage in seconds.
    pub fn mean_down_time_s(&self) -> Option<f64> {
        self.outages_per_s
            .filter(|&rate| rate > 0.0)
            .map(|rate| self.unavailability / rate)
    }

    /// Mean time from the end of an outage to the next one, in seconds.
    pub fn mean_up_time_s(&self) -> Option<f64> {
        self.outages_per_s
            .filter(|&rate| rate > 0.0)
            .map(|rate| (1.0 - self.unavailability) / rate)
    }
}

/// What a service does over a mission.
#[derive(Clone, Debug, PartialEq)]
pub struct MissionAnswer {
    /// Mean share of the mission that it is down.
    pub unavailability: f64,
    /// Mean share of the mission that it is degraded.
    pub degraded: f64,
    /// Mean share of the requests that is served; `None` where the parts have been solved apart, and
    /// where the demand changes, so that it matters at which time of day the mission is in which state.
    pub served: Option<f64>,
    /// Probability that it is down at the end.
    pub unavailability_at_end: f64,
    /// Mean number of outages.
    pub outages: Option<f64>,
    /// Probability of at least one outage.
    pub any_outage: Option<f64>,
    /// Mean downtime in seconds by culprit and mechanism, largest first; `None` if the parts of the
    /// system have been solved apart.
    pub contributions: Option<Vec<(Culprit, Mechanism, f64)>>,
    /// Downtime and outages by what began them, the most downtime first; `None` where `contributions` is.
    pub roots: Option<Vec<RootAnswer>>,
    /// How the downtime is distributed, if that has been asked for.
    pub down_time: Option<DownTimeAnswer>,
}

/// What one root has begun in a mission.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RootAnswer {
    /// What began it.
    pub root: Root,
    /// Mean downtime in seconds.
    pub down_s: f64,
    /// Mean number of outages.
    pub outages: f64,
}

/// Why a service is down in a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Why {
    culprit: Culprit,
    mechanism: Mechanism,
    /// What would have begun an outage that began in this state; where the state tells, what has.
    root: Root,
}

impl Why {
    fn of(blame: Blame) -> Why {
        Why {
            culprit: blame.culprit,
            mechanism: blame.mechanism,
            root: blame.root,
        }
    }
}

/// What a service does in a state.
#[derive(Clone, Copy, Debug)]
struct At {
    level: Level,
    /// Why it is down, if it is.
    cause: Option<Why>,
    /// Share of what is asked that it serves, averaged over the course of its demand; NaN where that
    /// depends on how many of its clients are still on their way.
    served: f64,
}

impl At {
    /// What tells states apart.
    fn key(&self) -> (Level, Option<Why>, u64) {
        (self.level, self.cause, self.served.to_bits())
    }
}

/// What a service does in a state, judged by what it serves of its demand if it is to be.
///
/// Of clients on their way to another member one is followed, whose chance to be back is the share of
/// those who are back. That is enough as long as every one of them is served who is back.
fn at(behaviour: &Behaviour, state: &State, (id, service): (ServiceId, &Service)) -> At {
    let (flow, is_led) = (behaviour.flow(state, id), behaviour.leads_clients(id));
    let of_state = state;
    let state = state.service(id);
    let mut at = At {
        level: state.level,
        cause: state.cause.map(Why::of),
        served: flow.reach,
    };
    if at.level == Level::Down {
        at.served = 0.0;
        return at;
    }
    let Some(demand) = &service.demand else {
        return at;
    };
    if is_led && flow.capacity < demand.peak() {
        at.served = f64::NAN;
        return at;
    }
    let mean = demand.mean();
    let parts = demand.shares();
    at.served = parts
        .map(|(share, load)| share * flow.served(load) / mean)
        .fold(0.0, |sum, part| sum + part);
    if at.served < service.down_below.get() {
        at.level = Level::Down;
        let largest = behaviour.largest_loss(of_state, id, demand.peak());
        at.cause = largest.map(Why::of);
    }
    at
}

/// Whether a service is down in a state, for its structure or for what it serves of its demand.
pub(super) fn is_down(behaviour: &Behaviour, state: &State, of: (ServiceId, &Service)) -> bool {
    at(behaviour, state, of).level == Level::Down
}

/// A system as one chain, with what each service does in each state.
#[derive(Clone, Debug)]
pub(super) struct Joint {
    chain: Chain,
    labels: Vec<Vec<At>>,
    marks: Vec<u32>,
    /// Of each state: the probability that a system begins in it, and that a mission does.
    first: Vec<f64>,
    initial: Vec<f64>,
    explored: usize,
    /// Whether the states tell who is to blame.
    causes_matter: bool,
    settled: Stationary,
    fitted: Vec<Obstacle>,
}

impl Joint {
    pub(super) fn of(
        system: &System,
        effort: &Effort,
        detail: Option<Detail>,
    ) -> Result<Joint, NoExact> {
        let (behaviour, laws) = prepare(system, detail);
        for (id, service) in system.services.iter_ids() {
            if service.down_below > Probability::ZERO && behaviour.leads_clients(id) {
                return Err(NoExact::JudgedByClients {
                    service: service.name.clone(),
                });
            }
            if let Some(demand) = &service.demand
                && service.down_below > Probability::ZERO
                && !demand.is_constant()
            {
                return Err(NoExact::JudgedByDemand {
                    service: service.name.clone(),
                });
            }
        }
        let look = |causes_matter: bool| {
            let (matters, limits) = (effort.matters(causes_matter, false), effort.limits);
            explore(system, &behaviour, &laws, matters, limits, |state| {
                let services = system.services.iter_ids();
                services
                    .map(|of| {
                        let mut at = at(&behaviour, state, of);
                        at.cause = at.cause.filter(|_| causes_matter);
                        at
                    })
                    .collect::<Vec<At>>()
            })
        };
        // Who is to blame needs the order in which groups went down: far more states, where there are many.
        let mut causes_matter = effort.mechanisms;
        let explored = match look(causes_matter) {
            Err(NoExact::TooManyStates { .. } | NoExact::TooMuchMemory { .. }) if causes_matter => {
                causes_matter = false;
                look(false)
            }
            found => found,
        }
        .map_err(|error| name_all(error, &laws))?;
        let explored_count = explored.labels.len();
        let Lumped {
            chain,
            labels,
            marks,
            initial,
        } = explored.lumped_by(|label| {
            let services = label.iter();
            services.map(At::key).collect::<Vec<_>>()
        });
        let settled = long_run(&chain, &initial, &marks).ok_or(NoExact::Unsettled)?;
        let first = initial.clone();
        let initial = start_of_missions(system, &chain, initial, &marks)?;
        Ok(Joint {
            first,
            chain,
            labels,
            marks,
            initial,
            explored: explored_count,
            causes_matter,
            settled,
            fitted: laws.fitted,
        })
    }

    /// What began the outages of a service in a mission.
    fn roots(
        &self,
        system: &System,
        states: &[At],
        course: &Transient,
        follow: impl Fn(&Chain, &[f64], &[u32]) -> Option<Transient>,
    ) -> Option<Vec<RootAnswer>> {
        let families = Families::of(system);
        let fresh: Vec<Option<Root>> = states
            .iter()
            .map(|at| at.cause.map(|why| families.root(why.root)))
            .collect();
        if Rooted::is_plain(&self.chain, &fresh) {
            return Some(roots::sums(&self.chain, &self.initial, &fresh, course));
        }
        let mut rooted = Rooted::of(&self.chain, &self.first, &self.marks, &fresh);
        let first = std::mem::take(&mut rooted.initial);
        rooted.initial = start_of_missions(system, &rooted.chain, first, &rooted.marks).ok()?;
        let course = follow(&rooted.chain, &rooted.initial, &rooted.marks)?;
        Some(rooted.answers(&course))
    }

    /// The chain that a service alone lives, up or down.
    pub(super) fn alone(&self, service: ServiceId) -> Alone {
        let is_down = |label: &Vec<At>| label[service.0 as usize].level == Level::Down;
        let labels: Vec<u32> = self
            .labels
            .iter()
            .map(|label| u32::from(is_down(label)))
            .collect();
        Alone::of(&self.chain, &labels, &self.initial)
    }

    /// What it does over a mission, and in the long run.
    pub(super) fn answer(&self, system: &System, effort: &Effort, mission_s: f64) -> Exact {
        let Joint {
            chain,
            labels,
            marks,
            initial,
            causes_matter,
            ..
        } = self;
        let causes_matter = *causes_matter;
        let families = Families::of(system);
        let distribution = &self.settled.probabilities;
        let follow = |chain: &Chain, start: &[f64], marks: &[u32]| {
            transient(chain, start, mission_s, marks, effort.multiplications_max)
        };
        let course = follow(chain, initial, marks);
        let ended = marks.iter().max().map_or(0, |last| last + 1);
        let marks_ending: Vec<u32> = marks.iter().copied().chain([ended]).collect();
        let services: IdVec<ServiceId, ServiceAnswer> = system
        .services
        .iter_ids()
        .map(|(id, service)| {
            let states: Vec<At> = labels.iter().map(|label| label[id.0 as usize]).collect();
            let served_in = |weights: &[f64]| -> Option<f64> {
                let weights = weights.iter().zip(&states);
                let served: f64 = weights.map(|(weight, at)| weight * at.served).fold(0.0, |sum, part| sum + part);
                (!served.is_nan()).then_some(served)
            };
            let changes = service
                .demand
                .as_ref()
                .is_some_and(|demand| !demand.is_constant());
            let is_down = |state: usize| states[state].level == Level::Down;
            // Rates at which each state leads from up to down.
            let breaks: Vec<f64> = (0..chain.len())
                .map(|from| {
                    if is_down(from) {
                        return 0.0;
                    }
                    let row = chain.row(from);
                    row.filter(|&(to, _)| is_down(to))
                        .map(|(_, rate)| rate)
                        .fold(0.0, |sum, part| sum + part)
                })
                .collect();
            let share = |weights: &[f64], level: Level| -> f64 {
                let weights = weights.iter().zip(&states);
                weights
                    .filter(|(_, at)| at.level == level)
                    .map(|(weight, _)| weight)
                    .fold(0.0, |sum, part| sum + part)
            };
            let dot = |weights: &[f64]| -> f64 {
                weights
                    .iter()
                    .zip(&breaks)
                    .map(|(weight, rate)| weight * rate)
                    .fold(0.0, |sum, part| sum + part)
            };
            let mut notes = Vec::new();
            if effort.mechanisms && !causes_matter {
                notes.push("Mechanisms would take too many states.".to_owned());
            }
            let mission = course.as_ref().map(|course| {
                let ending = chain.ending(is_down);
                let mut start = initial.clone();
                start.push(share(initial, Level::Down));
                (0..chain.len())
                    .filter(|&state| is_down(state))
                    .for_each(|state| start[state] = 0.0);
                let at_end = follow(&ending, &start, &marks_ending).map(|course| course.at_end);
                let mut by_cause: BTreeMap<(Culprit, Mechanism), f64> = BTreeMap::new();
                for (time, at) in course.occupancy.iter().zip(&states) {
                    if let Some(why) = at.cause {
                        let culprit = families.culprit(why.culprit);
                        *by_cause.entry((culprit, why.mechanism)).or_default() += time;
                    }
                }
                let mut contributions: Vec<(Culprit, Mechanism, f64)> = by_cause
                    .into_iter()
                    .filter(|&(_, time)| time > 0.0)
                    .map(|((culprit, mechanism), time)| (culprit, mechanism, time))
                    .collect();
                contributions.sort_by(|a, b| b.2.total_cmp(&a.2));
                MissionAnswer {
                    unavailability: share(&course.occupancy, Level::Down) / mission_s,
                    degraded: share(&course.occupancy, Level::Degraded) / mission_s,
                    served: served_in(&course.occupancy)
                        .filter(|_| !changes)
                        .map(|served| served / mission_s),
                    unavailability_at_end: share(&course.at_end, Level::Down),
                    outages: Some(dot(&course.occupancy) + share(initial, Level::Down)),
                    any_outage: at_end.map(|at_end| at_end[chain.len()]),
                    contributions: causes_matter.then_some(contributions),
                    roots: causes_matter
                        .then(|| self.roots(system, &states, course, follow))
                        .flatten(),
                    down_time: None,
                }
            });
            match &course {
                None => notes.push(too_long(chain.len())),
                Some(course) if course.difference > 0.0 => notes.push(format!(
                    "The mission has been found by inversion of a transform; along another path it \
                     differs by {:.0e} of each figure at most.",
                    course.difference
                )),
                Some(_) => {}
            }
            if states.iter().any(|at| at.served.is_nan()) {
                notes.push(
                    "How much is served depends on how many clients are back when too little can be \
                     borne, so the served share is not given."
                        .to_owned(),
                );
            }
            ServiceAnswer {
                name: service.name.clone(),
                long_run: LongRun {
                    unavailability: share(distribution, Level::Down),
                    degraded: share(distribution, Level::Degraded),
                    served: served_in(distribution),
                    outages_per_s: Some(dot(distribution)),
                },
                mission,
                time_to_first_outage_s: mean_time_to(chain, initial, is_down),
                notes,
            }
        })
        .collect();
        Exact {
            services,
            mission_s,
            explored: self.explored,
            part_states: vec![chain.len()],
            transition_count: chain.transition_count(),
            imbalance: self.settled.imbalance,
            fitted: self.fitted.clone(),
        }
    }
}

/// What is said where a mission would take too many steps.
pub(super) fn too_long(states: usize) -> String {
    format!(
        "The mission takes too many of the fastest steps for a chain of {} states, so only the long \
         run is given.",
        crate::base::human::count(states as u64)
    )
}
