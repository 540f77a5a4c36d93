//! Whether plain trials would see enough outages, or rare ones have to be sought.
//!
//! A few plain trials tell. What counts is how many outages and events they have, never how long
//! they took, so that the choice is the same on every machine and with every number of threads.

use crate::engine::Simulator;
use crate::math::special::normal_quantile;
use crate::model::{Metric, System};
use crate::scenario::Precision;
use crate::trials::{Goal, Settings};

/// Trials with an outage that make a service known well enough by plain trials, if no precision is asked
/// for.
const ENOUGH: f64 = 400.0;
/// Outages that settle the matter during the pilot.
const SETTLED: u64 = 30;
/// The pilot is over after so many trials or events, whichever is first.
const PILOT_TRIALS: u64 = 2_000;
const PILOT_EVENTS: u64 = 2_000_000;
/// Who asks for fewer trials than this does not mean that outages should be sought.
const TRIALS_FEW: u64 = 200_000;
/// Plain trials that would take more events than this are too many.
const EVENTS_MAX: f64 = 1e8;

/// What is better.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// Rare trials, rather than plain ones.
    pub is_rare: bool,
    /// Why, in words.
    pub why: String,
}

/// So many trials with an outage come to the precision that is asked for, if their downtimes spread like
/// exponential variates.
fn outages_wanted(settings: &Settings) -> f64 {
    match settings.goal {
        Goal::Precision {
            precision: Precision::RelativeError { limit, .. },
            ..
        } => {
            let z = normal_quantile(1.0 - settings.level.tail());
            (2.0 * (z / limit).powi(2)).max(ENOUGH)
        }
        Goal::Precision { .. } | Goal::Trials(_) | Goal::Signal => ENOUGH,
    }
}

/// Whether it matters at which time of day something happens, as something is asked of a service. Rare
/// trials do not follow that.
pub fn follows_demand(system: &System) -> bool {
    system
        .services
        .iter()
        .any(|service| service.demand.is_some())
}

/// Chooses between plain and rare trials by a pilot.
pub fn choose(system: &System, simulator: &Simulator<'_>, settings: &Settings) -> Choice {
    let mut targets = system.services.iter().flat_map(|service| &service.targets);
    let is_plain = |metric| {
        matches!(
            metric,
            Metric::Cost(_) | Metric::DataLoss(_) | Metric::DataLost(_)
        )
    };
    if targets.any(|target| is_plain(target.metric)) {
        return Choice {
            is_rare: false,
            why: "a target for costs or data, which plain trials tell".to_owned(),
        };
    }
    if follows_demand(system) {
        return Choice {
            is_rare: false,
            why: "a demand is told".to_owned(),
        };
    }
    let mut runner = simulator.runner();
    let mut hits = vec![0_u64; system.services.len()];
    let (mut trials, mut events) = (0, 0);
    while trials < PILOT_TRIALS && events < PILOT_EVENTS {
        let outcome = runner.run(settings.first_trial + trials);
        trials += 1;
        events += outcome.event_count;
        for (hits, service) in hits.iter_mut().zip(&outcome.services) {
            *hits += u64::from(!service.segments.is_empty());
        }
        if hits.iter().all(|&hits| hits >= SETTLED) {
            break;
        }
    }
    let fewest = hits.iter().copied().min().unwrap_or(SETTLED);
    if fewest >= SETTLED {
        return Choice {
            is_rare: false,
            why: format!("outages in {fewest} of the first {trials} trials"),
        };
    }
    let share = fewest as f64 / trials as f64;
    let most = match settings.goal {
        Goal::Trials(trials)
        | Goal::Precision {
            trials_max: trials, ..
        } => trials.max(TRIALS_FEW) as f64,
        Goal::Signal => f64::INFINITY,
    };
    let needed = outages_wanted(settings) / share;
    let events_each = events as f64 / trials as f64;
    let is_rare = needed > most || needed * events_each > EVENTS_MAX;
    let seen = match fewest {
        0 => format!("no outage in {trials} plain trials"),
        1 => format!("an outage in 1 of {trials} plain trials"),
        _ => format!("outages in {fewest} of {trials} plain trials"),
    };
    Choice { is_rare, why: seen }
}
