//! What repairs need: people and parts.

use crate::math::Law;

/// A pool of people who repair one fault each at a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crew {
    /// Its name.
    pub name: String,
    /// Number of repairs that it can do at the same time.
    pub size: usize,
    /// Who is served first.
    pub order: CrewOrder,
}

/// The order in which waiting faults are repaired.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CrewOrder {
    /// First come, first served.
    #[default]
    FirstCome,
    /// The highest priority, and among equals first come, first served. A repair that has begun is
    /// not interrupted.
    Priority,
}

/// A stock of spare parts. A part is taken when work begins and reordered at once; each order
/// arrives after a lead time of its own.
#[derive(Clone, Debug, PartialEq)]
pub struct SparePool {
    /// Its name.
    pub name: String,
    /// Parts on the shelf at the start, and the level to which orders bring it back.
    pub stock: usize,
    /// Time from order to arrival.
    pub lead_time: Law,
}
