//! Shared causes: what takes several units down at once.
//!
//! A rack, a zone, a power feed, a network, a software version, a certificate: each has events of
//! its own, and each event strikes its members, each with a probability. Causes nest, as a host in a
//! rack in a zone, and cross, as a power feed through all racks. A unit that several of them have
//! struck is back when all of them have ended.

use super::component::{Effect, Kind, Notice};
use super::{CauseId, UnitId};
use crate::base::Probability;
use crate::math::Law;

/// Something that strikes several units at once.
#[derive(Clone, Debug, PartialEq)]
pub struct Cause {
    /// Its name, unique among causes: `zone.2` for the second of several zones.
    pub name: String,
    /// What it is one of, such as `zone`.
    pub family: String,
    /// Time from the end of an event to the next one; `None` for what has no events and only groups
    /// its members for wider causes.
    pub every: Option<Law>,
    /// How long an event lasts, and what it does meanwhile; `None` if it is over at once.
    pub lasts: Option<Lasting>,
    /// Whether an event breaks the units that it strikes, so that each needs a repair of its own:
    /// at once, or where it lasts, when it has ended. What is down already is not broken again.
    pub breaks: Option<Breakage>,
    /// What its events strike.
    pub members: Vec<CauseMember>,
    /// Probability that an event strikes a member, for each member alone.
    pub probability: Probability,
}

impl Cause {
    /// A cause of a family that has no events and strikes nothing yet.
    pub fn new(name: &str, family: &str) -> Cause {
        Cause {
            name: name.to_owned(),
            family: family.to_owned(),
            every: None,
            lasts: None,
            breaks: None,
            members: Vec::new(),
            probability: Probability::ONE,
        }
    }
}

/// What an event does as long as it lasts.
#[derive(Clone, Debug, PartialEq)]
pub struct Lasting {
    /// How long it lasts.
    pub law: Law,
    /// What it does to the units that it has struck.
    pub effect: Effect,
    /// Who notices that a unit is struck.
    pub notice: Notice,
    /// Whether repairs of the units that it has struck stand still meanwhile.
    pub pauses_repairs: bool,
}

/// The fault that an event leaves behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Breakage {
    /// The only mode in which a unit of its kind fails.
    OnlyMode,
    /// The mode of this name.
    Mode(String),
}

/// What a cause can strike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CauseMember {
    /// A unit.
    Unit(UnitId),
    /// A narrower cause, with all that is in it: it is struck as a whole or not at all.
    Cause(CauseId),
}

impl Cause {
    /// In how many ways it can keep a unit from serving: while an event lasts, and by what it breaks.
    pub fn process_count(&self) -> usize {
        usize::from(self.lasts.is_some()) + usize::from(self.breaks.is_some())
    }
}

impl Breakage {
    /// The mode of a kind, by index; `None` if the kind has no such mode, or several where it should have
    /// only one.
    pub fn mode_of(&self, kind: &Kind) -> Option<usize> {
        match self {
            Breakage::OnlyMode if kind.modes.len() == 1 => Some(0),
            Breakage::OnlyMode => {
                let mut outcomes = kind.failures.iter().flat_map(|process| &process.outcomes);
                let (first, _) = outcomes.next()?;
                outcomes.all(|(mode, _)| mode == first).then_some(*first)
            }
            Breakage::Mode(name) => kind.modes.iter().position(|mode| mode.name == *name),
        }
    }
}
