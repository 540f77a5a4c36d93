//! What makes a trial so long that it does not come to its end.

use std::collections::BTreeMap;
use std::fmt;

use crate::base::{Instant, Span, human, stop};
use crate::behaviour::{Behaviour, ClockId};
use crate::engine::{Cut, Simulator};
use crate::exact::clock_name;
use crate::model::System;

/// A trial that does not come to its end, and what makes it so long.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub struct CutShort {
    /// Why it has been cut.
    pub cut: Cut,
    /// About how many events it would have.
    pub event_count: f64,
    /// When the last event was that has been looked at.
    pub at: Instant,
    /// What these events mostly are, in words.
    pub mostly: String,
    /// Real time that the trials took.
    pub elapsed: Span,
}

/// Events that are looked at to see what makes a trial long.
const EVENTS_SEEN: u64 = 200_000;
/// Kinds of events that are named.
const NAMES_MAX: usize = 4;

impl CutShort {
    /// Looks at the events of a trial.
    pub(super) fn of(
        cut: Cut,
        system: &System,
        behaviour: &Behaviour,
        simulator: &Simulator<'_>,
        trial: u64,
        elapsed: Span,
    ) -> CutShort {
        // Time may stand still only after long.
        let most = match cut {
            Cut::Endless => u64::MAX,
            Cut::Asked | Cut::TooMuch => EVENTS_SEEN,
        };
        // The look at it would be cut as well.
        stop::take_back();
        let busy = simulator.busy(trial, most);
        CutShort {
            cut,
            event_count: busy.event_count as f64 / busy.share,
            at: busy.at,
            mostly: mostly(system, behaviour, &busy.last),
            elapsed,
        }
    }

    /// What the user can do about it, as a full sentence.
    pub fn help(&self) -> &'static str {
        match self.cut {
            Cut::Endless => "Give at least one of these times a length above 0 s.",
            Cut::TooMuch => "Make these times longer, or the mission shorter (`horizon` in [run]).",
            Cut::Asked => {
                "Make these times longer, make the mission shorter (`horizon` in [run]), or give it more time."
            }
        }
    }
}

impl fmt::Display for CutShort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mostly = &self.mostly;
        let events = human::significant(self.event_count, 2);
        match self.cut {
            Cut::Endless => {
                let at = human::duration(self.at.0 as f64 / 1e9);
                write!(
                    f,
                    "events follow each other at one instant without end, {at} after the start: mostly {mostly}"
                )
            }
            Cut::TooMuch => write!(
                f,
                "one trial has more outages than can be remembered, and some {events} events: mostly {mostly}"
            ),
            Cut::Asked => {
                f.write_str("not one trial came to its end")?;
                if self.elapsed > Span::ZERO {
                    write!(f, " in {}", human::duration(self.elapsed.as_secs()))?;
                }
                write!(f, ": it has some {events} events, mostly {mostly}")
            }
        }
    }
}
/// What these clocks time, the most frequent first.
fn mostly(system: &System, behaviour: &Behaviour, clocks: &[ClockId]) -> String {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for &clock in clocks {
        *counts
            .entry(clock_name(system, behaviour, clock))
            .or_default() += 1;
    }
    let mut counts: Vec<(String, usize)> = counts.into_iter().collect();
    counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let total = clocks.len().max(1) as f64;
    let named = counts.iter().take(NAMES_MAX).map(|(name, count)| {
        let share = 100.0 * *count as f64 / total;
        format!(
            "{} ({share:.0} %)",
            name.replace(", or end of a disruption,", "")
        )
    });
    named.collect::<Vec<_>>().join(", ")
}
