//! What is told of a trial that does not come to its end, and what makes it so long.

use std::collections::BTreeMap;
use std::time::Duration;

use failsim::base::{human, stop};
use failsim::behaviour::{Behaviour, ClockId};
use failsim::engine::{Busy, Cut, Simulator};
use failsim::exact::clock_name;
use failsim::model::System;

use super::progress::is_interrupted;
use super::run::Amount;
use super::{End, Failure, load};

/// How far the trials have come, where one of them was cut.
pub(crate) struct CutShort {
    pub(crate) cut: Option<Cut>,
    /// Trials that have come to their end.
    pub(crate) trial_count: u64,
    /// The number of one that has not, if it is plain.
    pub(crate) next_trial: u64,
}

/// Events that are looked at to see what makes a trial long.
const EVENTS_SEEN: u64 = 200_000;
/// Kinds of events that are named.
const NAMES_MAX: usize = 4;

/// Says why nothing can be told, where no trial comes to its end or one of them never will.
pub(crate) fn refuse(
    short: &CutShort,
    system: &System,
    amount: &Amount,
    elapsed: Duration,
) -> Result<(), Failure> {
    let is_asked = match short.cut {
        None => return Ok(()),
        Some(Cut::Asked) if short.trial_count > 0 => return Ok(()),
        Some(Cut::Asked) => true,
        Some(Cut::Endless | Cut::TooMuch) => false,
    };
    // Time may stand still only after long.
    let most = match short.cut {
        Some(Cut::Endless) => u64::MAX,
        _ => EVENTS_SEEN,
    };
    // The look at it would be cut as well.
    stop::take_back();
    let behaviour = Behaviour::of(system);
    let simulator = Simulator::new(&behaviour, system.mission, amount.seed);
    let busy = simulator.busy(short.next_trial, most);
    complain(short.cut, system, &behaviour, &busy, Some(elapsed));
    Err(if !is_asked {
        Failure::Mistake
    } else if is_interrupted() {
        Failure::Unfinished(End::Interrupted)
    } else {
        Failure::Unfinished(End::Undecided)
    })
}

/// Says why a trial does not come to its end, and what helps.
pub(crate) fn complain(
    cut: Option<Cut>,
    system: &System,
    behaviour: &Behaviour,
    busy: &Busy,
    elapsed: Option<Duration>,
) {
    let mostly = mostly(system, behaviour, &busy.last);
    let events = human::significant(busy.event_count as f64 / busy.share, 2);
    let (what, help) = match cut {
        Some(Cut::Endless) => (
            format!(
                "events follow each other at one instant without end, {} after the start: mostly {mostly}",
                human::duration(busy.at.0 as f64 / 1e9)
            ),
            "Give at least one of these times a length above 0 s.",
        ),
        Some(Cut::TooMuch) => (
            format!(
                "one trial has more outages than can be remembered, and some {events} events: mostly {mostly}"
            ),
            "Make these times longer, or the mission shorter (`horizon` in [run]).",
        ),
        Some(Cut::Asked) | None => (
            format!(
                "not one trial came to its end{}: it has some {events} events, mostly {mostly}",
                elapsed.map_or(String::new(), |elapsed| format!(
                    " in {}",
                    human::duration(elapsed.as_secs_f64())
                ))
            ),
            "Make these times longer, make the mission shorter (`horizon` in [run]), or give it more time.",
        ),
    };
    load::complain(&what);
    anstream::eprintln!("hint: {help}");
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
