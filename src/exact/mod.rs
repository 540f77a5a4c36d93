//! Floor 5: the exact answer, where a system allows one.
//!
//! A system whose times are all made of exponential phases is a Markov chain. [`explore()`] enumerates
//! its states by interpreting the same rules that a simulation runs, and `math::markov` solves it.
//! Groups that share nothing are solved apart and put together by the structure of each service
//! (`combine`), so that a service of many small groups has an exact answer too.
//!
//! Laws without phases can be replaced by phases with the same moments. The answer is then an
//! approximation, and says so: it is worked out at two levels of detail, and the difference is given.

mod clocks;
mod combine;
mod compose;
mod downtime;
mod explore;
mod follow;
mod gauge;
mod happenings;
mod importances;
mod measures;
mod roots;

pub use clocks::{ClockLaw, ClockLaws, Obstacle, name_of as clock_name};
pub use downtime::{DownTime, DownTimeAnswer};
pub use explore::{Explored, Limits, Lumped, explore, explore_counting};
pub use follow::Count;
pub use gauge::{Size, size};
pub use happenings::{Counted, counts};
pub use importances::{Importance, Weight, importances};
pub use measures::{LongRun, MissionAnswer, RootAnswer, ServiceAnswer};

use combine::Parts;
use measures::Joint;

use crate::base::IdVec;
use crate::behaviour::{Behaviour, Matters};
use crate::math::law::Detail;
use crate::math::markov::{Chain, goes_on, long_run};
use crate::model::{ServiceId, System};

/// How much work an exact solution may take. It is counted, not timed, so that the answer does not
/// depend on the machine.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Effort {
    /// Limits of the enumeration of states.
    pub limits: Limits,
    /// Up to this many states, independent parts are taken together, which also gives what only
    /// their common history knows.
    pub joint_states_max: usize,
    /// Multiplications for one distribution over time.
    pub multiplications_max: f64,
    /// Whether downtime is put down to mechanisms, which takes more states.
    pub mechanisms: bool,
    /// Whether states that differ in nothing that matters count as one; they are told apart to judge that.
    pub merges: bool,
}

impl Effort {
    /// What its states have to tell.
    fn matters(&self, causes: bool, counts: bool) -> Matters {
        Matters {
            causes,
            counts,
            all: !self.merges,
        }
    }

    /// Well below a second.
    pub const QUICK: Effort = Effort {
        limits: Limits {
            states_max: 1_000,
            firings_max: 20_000,
            bytes_max: 64 << 20,
        },
        joint_states_max: 100,
        multiplications_max: 5e7,
        mechanisms: true,
        merges: true,
    };
    /// Some minutes and 4 GiB at most.
    pub const FULL: Effort = Effort {
        limits: Limits {
            states_max: 2_000_000,
            firings_max: 60_000_000,
            bytes_max: 4 << 30,
        },
        joint_states_max: 400,
        multiplications_max: 5e10,
        mechanisms: true,
        merges: true,
    };
}

/// Why there is no exact answer.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum NoExact {
    /// Some times are not made of exponential phases.
    #[error("{}", not_markov(.0))]
    NotMarkov(
        /// Which, and why.
        Vec<Obstacle>,
    ),
    /// The system has more states than may be enumerated.
    #[error("the system has more than {} states", crate::base::human::count(*.limit as u64))]
    TooManyStates {
        /// How many have been found.
        limit: usize,
    },
    /// The states and the rates between them take more memory than they may.
    #[error(
        "{} states have been found, and their rates would take more than {} MiB to solve",
        crate::base::human::count(*.states as u64), (*.bytes >> 20)
    )]
    TooMuchMemory {
        /// How many have been found.
        states: usize,
        /// How much memory they may take.
        bytes: usize,
    },
    /// Whether a service counts as down depends on how much is asked of it, which changes.
    #[error("whether service `{}` counts as down changes with its demand", .service)]
    JudgedByDemand {
        /// Its name.
        service: String,
    },
    /// Whether a service counts as down depends on how many of its clients have come back.
    #[error("whether service `{}` counts as down changes as its clients come back", .service)]
    JudgedByClients {
        /// Its name.
        service: String,
    },
    /// The long run does not settle: too little leads from some states to others.
    #[error("the probabilities of the states do not settle to enough digits")]
    Unsettled,
    /// The mission is to begin in the long run, and there is none.
    #[error("the mission is to begin in the long run, but there are states that it never leaves")]
    NoLongRun,
    /// Events follow each other for ever without time going on.
    #[error("events follow each other without any time between them")]
    Endless,
}

impl NoExact {
    /// What the user can do about it, as a full sentence.
    pub fn help(&self) -> &'static str {
        match self {
            NoExact::NotMarkov(_) => {
                "Give these times exponential, Erlang, hyperexponential or phase-type laws, or ask \
                 for an approximation with `--fit`."
            }
            NoExact::TooManyStates { .. } | NoExact::TooMuchMemory { .. } | NoExact::Unsettled => {
                "Simulate it, or leave out parts that hardly matter."
            }
            NoExact::JudgedByDemand { .. } => {
                "Give it a constant demand, or delete `down_below`; the share of the requests served is \
                 exact in the long run without it."
            }
            NoExact::JudgedByClients { .. } => {
                "Delete `down_below` or `clients`; the share of the requests served is exact without the \
                 former."
            }
            NoExact::NoLongRun => "Write start = \"new\" in [run].",
            NoExact::Endless => "Give at least one of the events in the circle a duration.",
        }
    }
}

fn not_markov(obstacles: &[Obstacle]) -> String {
    let shown: Vec<String> = obstacles
        .iter()
        .take(3)
        .map(|obstacle| format!("{} ({})", obstacle.what, obstacle.why))
        .collect();
    let more = obstacles.len() - shown.len();
    let more = if more > 0 {
        format!("; and {more} more")
    } else {
        String::new()
    };
    format!(
        "not all times are made of exponential phases: {}{more}",
        shown.join("; ")
    )
}

/// The exact answer.
#[derive(Clone, Debug)]
pub struct Exact {
    /// For each service.
    pub services: IdVec<ServiceId, ServiceAnswer>,
    /// Length of the mission in seconds.
    pub mission_s: f64,
    /// Number of states that have been enumerated, over all parts that differ.
    pub explored: usize,
    /// Number of states of each independent part, with those taken together that nothing tells apart.
    pub part_states: Vec<usize>,
    /// Rates between them, in all.
    pub transition_count: usize,
    /// Where the chain is too large for elimination: the largest part of the flow through a state by
    /// which, in the long run, what comes differs from what goes.
    pub imbalance: Option<f64>,
    /// What has been replaced by phases with the same moments; empty for an exact answer.
    pub fitted: Vec<Obstacle>,
}

impl Exact {
    /// Number of states, over all parts.
    pub fn state_count(&self) -> usize {
        self.part_states.iter().sum()
    }
}

/// Solves a system that has passed [`crate::model::check::check`], with phases in place of other
/// laws if a detail is given.
///
/// # Errors
///
/// Fails if some time that matters is not made of phases, and if the effort does not suffice.
pub fn solve(system: &System, effort: &Effort, detail: Option<Detail>) -> Result<Exact, NoExact> {
    LaidOpen::of(system, effort, detail)?.answer(system.mission.as_secs())
}

/// A system whose states are known, for missions of any length.
pub struct LaidOpen<'s> {
    system: &'s System,
    effort: Effort,
    chains: Chains,
}

enum Chains {
    Joint(Joint),
    Apart(Parts),
}

impl<'s> LaidOpen<'s> {
    /// Enumerates the states.
    ///
    /// # Errors
    ///
    /// As for [`solve`].
    pub fn of(
        system: &'s System,
        effort: &Effort,
        detail: Option<Detail>,
    ) -> Result<LaidOpen<'s>, NoExact> {
        let laid_open = |chains: Chains| LaidOpen {
            system,
            effort: *effort,
            chains,
        };
        let sets = system.independent_parts();
        // What a service can serve of its demand is found where all its parts are known together.
        let is_asked = system
            .services
            .iter()
            .any(|service| service.demand.is_some());
        let joint =
            || Joint::of(system, effort, detail).map(|joint| laid_open(Chains::Joint(joint)));
        if sets.len() == 1 || is_asked {
            return joint();
        }
        let parts = Parts::of(system, &sets, effort, detail)?;
        if parts.joint_state_count() <= effort.joint_states_max as f64
            && let Ok(joint) = joint()
        {
            return Ok(joint);
        }
        Ok(laid_open(Chains::Apart(parts)))
    }

    /// The answer for a mission of so many seconds.
    ///
    /// # Errors
    ///
    /// As for [`solve`].
    pub fn answer(&self, mission_s: f64) -> Result<Exact, NoExact> {
        match &self.chains {
            Chains::Joint(joint) => Ok(joint.answer(self.system, &self.effort, mission_s)),
            Chains::Apart(parts) => parts.answer(self.system, &self.effort, mission_s),
        }
    }

    /// The answer for the mission of the system, with the probabilities that its downtime exceeds what the
    /// targets allow, and if `all` is asked for, with how it is distributed.
    ///
    /// # Errors
    ///
    /// As for [`solve`].
    pub fn answer_with_down_time(&self, all: bool) -> Result<Exact, NoExact> {
        let mission_s = self.system.mission.as_secs();
        let mut exact = self.answer(mission_s)?;
        for (id, service) in self.system.services.iter_ids() {
            let limits = downtime::limits_s(service, mission_s);
            let answer = &mut exact.services[id];
            let Some(mission) = &mut answer.mission else {
                continue;
            };
            if limits.is_empty() && !all {
                continue;
            }
            match self.down_time(id, mission_s) {
                Ok(down_time) => {
                    let found = DownTimeAnswer::of(down_time, limits, all);
                    if found.is_incomplete {
                        answer.notes.push(
                            "Not all of how its downtime is distributed could be worked out to eight \
                             digits without too much work."
                                .to_owned(),
                        );
                    }
                    mission.down_time = Some(found);
                }
                Err(why) => answer.notes.push(why),
            }
        }
        Ok(exact)
    }

    /// How the downtime of a service in a mission of so many seconds is distributed; or why that is not
    /// known, as a full sentence.
    pub fn down_time(&self, service: ServiceId, mission_s: f64) -> Result<DownTime, String> {
        let alone = match &self.chains {
            Chains::Joint(joint) => Some(joint.alone(service)),
            Chains::Apart(parts) => parts.alone(self.system, service, downtime::STATES_MAX),
        };
        match alone {
            Some(alone) => Ok(DownTime::new(alone, mission_s, &self.effort)),
            None => Err(
                "Its parts live apart, and how its downtime is distributed would take too many of their \
                 states together."
                    .to_owned(),
            ),
        }
    }
}

/// The obstacles of all clocks of a system, before any of them is met.
fn obstacles(laws: &ClockLaws) -> Vec<Obstacle> {
    let mut obstacles: Vec<Obstacle> = laws
        .laws
        .iter()
        .filter_map(|law| match law {
            ClockLaw::Unknown(obstacle) => Some(obstacle.clone()),
            ClockLaw::Never | ClockLaw::Phases(_) => None,
        })
        .collect();
    obstacles.sort();
    obstacles.dedup();
    obstacles
}

/// Names all obstacles where the first one met was one of them: a user wants to know them all.
fn name_all(error: NoExact, laws: &ClockLaws) -> NoExact {
    match error {
        NoExact::NotMarkov(met) => {
            let mut all = obstacles(laws);
            for obstacle in met {
                if !all.contains(&obstacle) {
                    all.insert(0, obstacle);
                }
            }
            NoExact::NotMarkov(all)
        }
        other => other,
    }
}

/// Where missions begin: as enumerated, or in the long run.
fn start_of_missions(
    system: &System,
    chain: &Chain,
    initial: Vec<f64>,
    marks: &[u32],
) -> Result<Vec<f64>, NoExact> {
    if !system.start.is_settled() {
        return Ok(initial);
    }
    if !goes_on(chain, &initial) {
        return Err(NoExact::NoLongRun);
    }
    let settled = long_run(chain, &initial, marks).ok_or(NoExact::Unsettled)?;
    Ok(settled.probabilities)
}

/// The behaviour and the laws of a system.
fn prepare(system: &System, detail: Option<Detail>) -> (Behaviour, ClockLaws) {
    let behaviour = Behaviour::of(system);
    let laws = ClockLaws::of(system, &behaviour, detail);
    (behaviour, laws)
}
