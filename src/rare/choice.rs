//! Whether plain trials would see enough outages, or rare ones have to be sought.
//!
//! A few plain trials tell. What counts is how many outages and events they have, never how long
//! they took, so that the choice is the same on every machine and with every number of threads.

use crate::base::human;
use crate::engine::Simulator;
use crate::math::special::normal_quantile;
use crate::model::{Metric, System};
use crate::scenario::Precision;
use crate::trials::{Goal, Settings, is_certain};

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
/// Rare trials end after so many events, and after so many where plain ones are the better way: all numbers of
/// trials are meant for those, and one of rare ones, with its branches, is worth hundreds of them.
const RARE_EVENTS_MAX: u64 = 1_000_000_000;
const NEEDLESS_EVENTS_MAX: u64 = 10_000_000;
/// Where a plain trial has more events than this, the pilots of rare ones would be more than that.
const EVENTS_EACH_MAX: u64 = 200_000;

/// What is better.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// Rare trials, rather than plain ones.
    pub is_rare: bool,
    /// Why, in words.
    pub why: String,
    /// After so many events rare trials end, if they are run.
    pub events_max: u64,
}

impl Choice {
    fn plain(why: impl Into<String>) -> Choice {
        Choice {
            is_rare: false,
            why: why.into(),
            events_max: NEEDLESS_EVENTS_MAX,
        }
    }

    fn rare(why: String) -> Choice {
        Choice {
            is_rare: true,
            why,
            events_max: RARE_EVENTS_MAX,
        }
    }
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
        return Choice::plain("a target for costs or data, which plain trials tell");
    }
    if follows_demand(system) {
        return Choice::plain("a demand is told");
    }
    if is_certain(system) {
        return Choice::plain("nothing is random");
    }
    let pilot = Pilot::of(system, simulator, settings);
    if pilot.calls_for_rare(settings) {
        Choice::rare(pilot.seen())
    } else {
        Choice::plain(pilot.seen())
    }
}

/// What becomes of rare trials that are asked for: they are run, unless a single one is too much, but not for long
/// where plain trials are the better way.
pub fn choose_rare(system: &System, simulator: &Simulator<'_>, settings: &Settings) -> Choice {
    let pilot = Pilot::of(system, simulator, settings);
    let seen = pilot.seen();
    if pilot.is_cut {
        return Choice::plain("rare ones were asked for, but a single trial is too long");
    }
    if pilot.calls_for_rare(settings) {
        return Choice::rare(seen);
    }
    let each = pilot.events / pilot.trials;
    if each > EVENTS_EACH_MAX {
        let each = human::count(each);
        return Choice::plain(format!(
            "rare ones were asked for, but outages need not be sought ({seen}), and with {each} events a trial \
             that would take long"
        ));
    }
    Choice {
        events_max: NEEDLESS_EVENTS_MAX,
        ..Choice::rare(format!(
            "asked for, though plain ones are the better way, as outages need not be sought: {seen}"
        ))
    }
}

/// What a few plain trials saw.
#[derive(Clone, Copy)]
struct Pilot {
    trials: u64,
    events: u64,
    /// Trials with an outage, of the service that had the fewest.
    fewest: u64,
    /// One of them did not come to its end.
    is_cut: bool,
}

impl Pilot {
    fn of(system: &System, simulator: &Simulator<'_>, settings: &Settings) -> Pilot {
        let mut runner = simulator.runner();
        let mut hits = vec![0_u64; system.services.len()];
        let (mut trials, mut events, mut is_cut) = (0, 0, false);
        while trials < PILOT_TRIALS && events < PILOT_EVENTS {
            let outcome = runner.run(settings.first_trial + trials);
            trials += 1;
            events += outcome.event_count;
            if outcome.cut.is_some() {
                is_cut = true;
                break;
            }
            for (hits, service) in hits.iter_mut().zip(&outcome.services) {
                *hits += u64::from(!service.segments.is_empty());
            }
            if hits.iter().all(|&hits| hits >= SETTLED) {
                break;
            }
        }
        Pilot {
            trials,
            events,
            fewest: hits.iter().copied().min().unwrap_or(SETTLED),
            is_cut,
        }
    }

    /// Whether plain trials would have to be too many.
    fn calls_for_rare(self, settings: &Settings) -> bool {
        // Rare trials have more events still; plain ones are cut as soon, and say why.
        if self.is_cut {
            return false;
        }
        // In every second trial is often enough, however few there were because they are long.
        if self.fewest >= SETTLED || 2 * self.fewest >= self.trials {
            return false;
        }
        let most = match settings.goal {
            Goal::Trials(trials)
            | Goal::Precision {
                trials_max: trials, ..
            } => trials.max(TRIALS_FEW) as f64,
            Goal::Signal => f64::INFINITY,
        };
        let needed = outages_wanted(settings) * self.trials as f64 / self.fewest as f64;
        let events_each = self.events as f64 / self.trials as f64;
        needed > most || needed * events_each > EVENTS_MAX
    }

    fn seen(self) -> String {
        let trials = self.trials;
        match self.fewest {
            SETTLED.. => format!("outages in {} of the first {trials} trials", self.fewest),
            0 => format!("no outage in {trials} plain trials"),
            1 => format!("an outage in 1 of {trials} plain trials"),
            fewest => format!("outages in {fewest} of {trials} plain trials"),
        }
    }
}
