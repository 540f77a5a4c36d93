//! Change: deploys and maintenance, planned work that takes capacity away and may go wrong.

use super::UnitId;
use super::component::Effect;
use crate::base::{Instant, Probability, Span};
use crate::math::Law;

/// Work on units that is planned: a deploy, an upgrade, maintenance.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// Its name, unique among changes.
    pub name: String,
    /// The units, in the order in which they are worked on.
    pub units: Vec<UnitId>,
    /// When it begins.
    pub starts: ChangeStart,
    /// Times during which no work begins.
    pub freezes: Vec<Window>,
    /// Number of units that are worked on at the same time.
    pub batch: usize,
    /// What is changed first, and watched before the rest follows.
    pub canary: Option<Canary>,
    /// Time that the work on a batch takes.
    pub takes: Law,
    /// What units suffer that are worked on; `None`: they go on as if nothing were.
    pub effect: Option<Effect>,
    /// Whether work leaves units as good as new: faults that nobody mends yet are mended, and what
    /// works begins a new life.
    pub renews: bool,
    /// Whether work begins on a group that has no member to spare.
    pub without_redundancy: WithoutRedundancy,
    /// What is wrong with a bad change; `None`: nothing ever is.
    pub bad: Option<BadVersion>,
}

/// When a change begins.
#[derive(Clone, Debug, PartialEq)]
pub enum ChangeStart {
    /// This long after the end of the last one.
    After(Law),
    /// By the calendar. Work that has not begun when the window closes waits for the next one.
    Window(Window),
}

/// A window that opens again and again.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Window {
    /// Period.
    pub every: Span,
    /// Opening time within the period.
    pub at: Span,
    /// How long it is open.
    pub lasts: Span,
}

impl Window {
    /// Whether it is open at a moment.
    pub fn is_open(self, now: Instant) -> bool {
        self.until_open(now) == 0
    }

    /// Nanoseconds from a moment until the window is open: none while it is.
    pub fn until_open(self, now: Instant) -> u64 {
        let [every, at, lasts] = [self.every, self.at, self.lasts].map(Span::as_nanos);
        if now.0 < at {
            return at - now.0;
        }
        let since_opening = (now.0 - at) % every;
        if since_opening < lasts {
            0
        } else {
            every - since_opening
        }
    }
}

/// What is changed first.
#[derive(Clone, Debug, PartialEq)]
pub struct Canary {
    /// Number of units.
    pub units: usize,
    /// Time that they are watched before the rest follows.
    pub watch: Law,
}

/// What happens where work is due on a group that has no member to spare.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WithoutRedundancy {
    /// Work begins all the same.
    #[default]
    GoAhead,
    /// It begins as soon as there is a member to spare.
    PutOff,
    /// A change that is due then does not take place; further batches are put off.
    Skip,
}

/// A bad version: a common fault of every unit that runs it.
#[derive(Clone, Debug, PartialEq)]
pub struct BadVersion {
    /// Probability that a change is bad.
    pub probability: Probability,
    /// What units suffer that run it.
    pub effect: Effect,
    /// Time from the first unit that runs it until people know that the change is to blame.
    pub notice: Law,
    /// Time from there until all units run the old version again.
    pub rollback: Law,
}
