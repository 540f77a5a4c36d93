//! How often what happens in trials, to be compared with what is exact.

use std::collections::BTreeMap;

use crate::base::Instant;
use crate::behaviour::{Behaviour, Happening, Note, State};
use crate::engine::{Observer, Simulator};
use crate::model::Culprit;
use crate::stats::Moments;

/// How often what happens in a trial: by what, and by the number of whom.
#[derive(Clone, Debug, Default)]
pub struct HappeningTally {
    /// Number of trials.
    pub trial_count: u64,
    counts: BTreeMap<(Happening, usize), Moments>,
}

impl HappeningTally {
    /// The numbers of a trial, if it has happened at all.
    pub fn get(&self, happening: Happening, culprit: Culprit) -> Option<Moments> {
        let mut moments = self.counts.get(&(happening, culprit.index()))?.clone();
        moments.record_zeros(self.trial_count - moments.count());
        Some(moments)
    }
}

/// Counts what happens in the first trials: as many as fit into `events_max` events, and at most
/// `trials_max`.
pub fn count_happenings(
    simulator: &Simulator<'_>,
    behaviour: &Behaviour,
    trials_max: u64,
    events_max: u64,
) -> HappeningTally {
    let mut runner = simulator.runner();
    let mut tally = HappeningTally::default();
    let mut watch = Watch {
        behaviour,
        counts: BTreeMap::new(),
        event_count: 0,
    };
    while tally.trial_count < trials_max && watch.event_count < events_max {
        let outcome = runner.narrate(tally.trial_count, &mut watch);
        if outcome.cut.is_some() {
            break;
        }
        tally.trial_count += 1;
        for (what, count) in std::mem::take(&mut watch.counts) {
            tally.counts.entry(what).or_default().record(count);
        }
    }
    tally
}

/// Counts what happens in one trial.
struct Watch<'a> {
    behaviour: &'a Behaviour,
    counts: BTreeMap<(Happening, usize), u64>,
    event_count: u64,
}

impl Observer for Watch<'_> {
    fn note(&mut self, at: Instant, note: Note) {
        if at > Instant::START
            && let Some((happening, culprit)) = self.behaviour.happening(note)
        {
            *self.counts.entry((happening, culprit.index())).or_default() += 1;
        }
    }

    fn after_event(&mut self, _at: Instant, _state: &State) {
        self.event_count += 1;
    }
}
