//! What repairs need: people and parts.

use crate::base::Span;
use crate::math::Law;

/// A pool of people who repair one fault each at a time.
#[derive(Clone, Debug, PartialEq)]
pub struct Crew {
    /// Its name.
    pub name: String,
    /// Number of repairs that it can do at the same time.
    pub size: usize,
    /// Who is served first.
    pub order: CrewOrder,
    /// Whether a fault of higher priority interrupts a repair.
    pub preemption: Preemption,
    /// Whether each group has such people of its own.
    pub per_group: bool,
    /// Time that free people need to turn to the faults of a group. Where faults of several groups
    /// wait, these times run side by side, and the first to end decides whose turn it is.
    pub pick_up: Option<Law>,
    /// When they work, if not always. A repair is paused at the end of the hours.
    pub hours: Option<Hours>,
}

impl Crew {
    /// A crew that works at all times, first come, first served.
    pub fn new(name: &str, size: usize) -> Crew {
        Crew {
            name: name.to_owned(),
            size,
            order: CrewOrder::default(),
            preemption: Preemption::default(),
            per_group: false,
            pick_up: None,
            hours: None,
        }
    }
}

/// Whether a repair is interrupted for one of higher priority.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Preemption {
    /// It is not.
    #[default]
    Never,
    /// It is, and goes on later where it was.
    Resume,
    /// It is, and begins anew later.
    Repeat,
}

/// Working hours that come back with a period.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hours {
    /// The period.
    pub every: Span,
    /// When work begins within the period.
    pub from: Span,
    /// When it ends within the period; before `from` if work goes on over the end of the period.
    pub until: Span,
}

/// The order in which waiting faults are repaired.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CrewOrder {
    /// First come, first served.
    #[default]
    FirstCome,
    /// The highest priority, and among equals first come, first served. A repair that has begun is
    /// not interrupted, unless the crew's [`Preemption`] says so.
    Priority,
    /// Any of those that wait, each as likely as the other.
    Random,
    /// Any of the groups that have faults waiting, each as likely as the other; within a group first
    /// come, first served.
    RandomGroup,
}

/// A stock of spare parts. Each repair that needs a part orders one at that moment, whether it finds
/// one on the shelf or has to wait (base stock, or (S - 1, S)); each order arrives after a lead time
/// of its own and goes to the first that waits. With a stock of 0 every repair waits the lead time.
#[derive(Clone, Debug, PartialEq)]
pub struct SparePool {
    /// Its name.
    pub name: String,
    /// Parts on the shelf at the start, and the level to which orders bring it back.
    pub stock: usize,
    /// Time from order to arrival.
    pub lead_time: Law,
}
