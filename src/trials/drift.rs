//! Whether missions that begin in the long run had settled when they began.
//!
//! In the long run a service is as often down in one stretch of a mission as in any other of the same
//! length, as long as both hold whole periods of what goes by the calendar. So the first half of each
//! mission is set against its second half, and its first eighth against its last one: halves tell of what
//! takes long to settle, eighths of what is over soon. Differences are paired within trials, which are
//! independent, and as likely one way as the other where nothing drifts: so Student's t keeps its false
//! alarms below its level, however skewed downtime is. (Of the first eighth against all that follows it does
//! not: with 80 exponential outages 28 of 1,000 samples passed what 1 should.)
//!
//! Missions that are short beside the memory of the system cannot tell. So the same is asked of *pilot*
//! missions, which last for eight warm-ups: [`find_warm_up`] makes these longer until nothing drifts.

use super::run::{Goal, Settings, run};
use super::tally::Tally;
use crate::base::units::{NANOS_PER_SECOND, SECONDS_PER_YEAR};
use crate::base::{Id, Span};
use crate::behaviour::{Behaviour, Settling};
use crate::engine::{ServiceOutcome, Simulator};
use crate::model::{MissionStart, ServiceId, System, WarmUp, check};
use crate::stats::{DifferenceMoments, Level, mean_student};

/// How often settled missions are said to drift: once in so many runs.
pub const FALSE_ALARMS_ONE_IN: u32 = 1_000;
/// Trials that differ in two stretches, below which nothing is said.
const FEWEST: u64 = 30;
/// The first and the last of so many equal parts are set against each other.
const PARTS: [u64; 2] = [2, 8];

/// The stretches of a mission that are set against each other.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Stretches(Vec<Stretch>);

/// A stretch at the beginning and one of the same length at the end. Times are in nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Stretch {
    length: u64,
    /// When the one at the end begins.
    last: u64,
}

impl Stretches {
    /// Those of a mission that begins in the long run; none where it is too short for its periods.
    pub(crate) fn of(settling: &Settling, mission: u64) -> Stretches {
        let whole_periods = |time: u64| time - time % settling.period;
        let stretch = |parts| {
            let length = whole_periods(mission / parts);
            let last = whole_periods(mission - length);
            (length > 0).then_some(Stretch { length, last })
        };
        Stretches(PARTS.into_iter().filter_map(stretch).collect())
    }

    /// Sums of nothing.
    pub(super) fn tallies(&self) -> Vec<DriftTally> {
        vec![DriftTally::default(); self.0.len()]
    }

    /// Adds a trial of a service.
    pub(super) fn add(&self, tallies: &mut [DriftTally], outcome: &ServiceOutcome) {
        for (stretch, tally) in self.0.iter().zip(tallies) {
            stretch.add(tally, outcome);
        }
    }
}

/// Sums over the trials of a service, of its downtime in nanoseconds and of its outages.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DriftTally {
    down: Pairs,
    outages: Pairs,
}

/// Pairs of what happens in a stretch at the beginning of a mission and in one at its end.
#[derive(Clone, Debug, Default, PartialEq)]
struct Pairs {
    differences: DifferenceMoments,
    first: u128,
    last: u128,
}

impl Pairs {
    fn record(&mut self, [first, last]: [u64; 2]) {
        self.differences.record(first, last);
        self.first += u128::from(first);
        self.last += u128::from(last);
    }

    fn merge(&mut self, other: &Pairs) {
        self.differences.merge(&other.differences);
        self.first += other.first;
        self.last += other.last;
    }
}

impl DriftTally {
    pub(super) fn merge(&mut self, other: &DriftTally) {
        self.down.merge(&other.down);
        self.outages.merge(&other.outages);
    }
}

impl Stretch {
    fn add(&self, tally: &mut DriftTally, outcome: &ServiceOutcome) {
        let stretches = [0..self.length, self.last..self.last + self.length];
        let mut down = [0; 2];
        for segment in &outcome.segments {
            for (down, stretch) in down.iter_mut().zip(&stretches) {
                let start = segment.start.0.max(stretch.start);
                *down += segment.end.0.min(stretch.end).saturating_sub(start);
            }
        }
        let mut outages = [0; 2];
        // One that goes on when the mission begins has begun before.
        for outage in outcome.outages().filter(|outage| outage.start.0 > 0) {
            for (outages, stretch) in outages.iter_mut().zip(&stretches) {
                *outages += u64::from(stretch.contains(&outage.start.0));
            }
        }
        tally.down.record(down);
        tally.outages.record(outages);
    }
}

/// What was not the same in two stretches of missions that should be alike.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Drift {
    /// Whose.
    pub service: ServiceId,
    /// Whether it is downtime, or the number of outages.
    pub is_downtime: bool,
    /// How long the stretches are at the beginning and at the end of a mission, in seconds.
    pub stretch_s: f64,
    /// How much more there is of it in the first one, relative to the last one.
    pub excess: f64,
    /// The mean difference in standard errors.
    pub distance: f64,
}

impl Drift {
    /// The surest of all drifts of the services of a system; `None` if all of them may be chance. Of settled
    /// missions one run in [`FALSE_ALARMS_ONE_IN`] has one.
    pub(super) fn surest(system: &System, tally: &Tally) -> Option<Drift> {
        let settling = Behaviour::of(system).settling?;
        let stretches = Stretches::of(&settling, system.mission.as_nanos());
        let tests = tally
            .services
            .iter()
            .enumerate()
            .flat_map(|(service, sums)| {
                let drifts = sums.drifts.iter().zip(&stretches.0);
                drifts.flat_map(move |(drift, stretch)| {
                    let of = |pairs, is_downtime| (service, stretch, pairs, is_downtime);
                    [of(&drift.down, true), of(&drift.outages, false)]
                })
            });
        let count = tests.clone().count().max(1) as f64;
        let level = Level::new(1.0 - 1.0 / (f64::from(FALSE_ALARMS_ONE_IN) * count));
        let level = level.expect("a share of a thousandth");
        let drifts = tests.filter_map(|(service, stretch, pairs, is_downtime)| {
            let summary = pairs.differences.summary();
            if summary.nonzero < FEWEST {
                return None;
            }
            let interval = mean_student(summary, level).ok()?;
            let may_be_none = interval.low <= 0.0 && 0.0 <= interval.high;
            (!may_be_none).then(|| Drift {
                service: ServiceId::from_index(service),
                is_downtime,
                stretch_s: stretch.length as f64 / NANOS_PER_SECOND,
                excess: pairs.first as f64 / pairs.last as f64 - 1.0,
                distance: summary.mean / summary.standard_error(),
            })
        });
        drifts.max_by(|a, b| a.distance.abs().total_cmp(&b.distance.abs()))
    }
}

/// Pilot missions last for so many warm-ups.
const PILOT_WARM_UPS: u64 = 8;
/// A pilot has about so many events: what a slow processor does in half a second.
const PILOT_EVENTS: u64 = 2_000_000;
const PILOT_TRIALS_MAX: u64 = 20_000;
/// With fewer there is no telling what drifts.
const PILOT_TRIALS_MIN: u64 = 100;
/// A warm-up that pilots have made longer is so many times the first one after which nothing drifts: what
/// is below their notice has faded too then.
const MARGIN: u64 = 2;

/// Makes the automatic warm-up of a system so long that nothing drifts in pilot missions, if it is not. What
/// comes out depends on the system and the seed alone.
pub fn find_warm_up(system: &mut System, seed: u64) {
    let automatic = MissionStart::Settled {
        warm_up: WarmUp::Automatic,
    };
    if system.start != automatic {
        return;
    }
    let most = check::MISSION_YEARS_MAX - system.mission.as_years();
    let mut pilot = system.clone();
    while drift_of_pilot(&pilot, seed).is_some() {
        let warm_up = Behaviour::of(&pilot).settling.map_or(0, |of| of.warm_up);
        let longer = |factor| span(warm_up.saturating_mul(factor));
        if longer(2).as_years() > most {
            break;
        }
        let found = |span| MissionStart::Settled {
            warm_up: WarmUp::Found(span),
        };
        pilot.start = found(longer(2));
        let with_margin = longer(2 * MARGIN);
        if with_margin.as_years() <= most {
            system.start = found(with_margin);
        }
    }
}

/// What drifts in missions of eight warm-ups of a system that begins in the long run, as far as a few can
/// tell.
pub fn drift_of_pilot(system: &System, seed: u64) -> Option<Drift> {
    let settling = Behaviour::of(system).settling?;
    let stretch = settling
        .warm_up
        .max(1)
        .checked_next_multiple_of(settling.period)?;
    let mut pilot = system.clone();
    pilot.mission = span(stretch.saturating_mul(PILOT_WARM_UPS));
    let whole = span(settling.warm_up).as_years() + pilot.mission.as_years();
    if whole > check::MISSION_YEARS_MAX {
        return None;
    }
    let behaviour = Behaviour::of(&pilot);
    let simulator = Simulator::new(&behaviour, pilot.mission, seed);
    let mut runner = simulator.runner();
    let first = runner.run(0);
    if first.cut.is_some() {
        return None;
    }
    let trials = (PILOT_EVENTS / first.event_count.max(1)).min(PILOT_TRIALS_MAX);
    if trials < PILOT_TRIALS_MIN {
        return None;
    }
    let settings = Settings {
        goal: Goal::Trials(trials),
        first_trial: 0,
        record_count: 0,
        keeps_values: false,
        level: Level::USUAL,
    };
    let trials = run(&pilot, &simulator, &settings, &mut |_| None);
    Drift::surest(&pilot, &trials.tally)
}

/// A time of which it is enough to know that it is too long, where it is.
fn span(nanos: u64) -> Span {
    let seconds = nanos as f64 / NANOS_PER_SECOND;
    let most = 2.0 * check::MISSION_YEARS_MAX * SECONDS_PER_YEAR;
    Span::from_secs(seconds.min(most)).expect("a time")
}
