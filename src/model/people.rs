//! People who take over by hand.

use super::change::Window;
use crate::base::Instant;

/// People who bring seats back by hand when automation has failed.
#[derive(Clone, Debug, PartialEq)]
pub struct People {
    /// Their name.
    pub name: String,
    /// Number of takeovers that they can do at the same time; further ones wait, first come, first
    /// served. `None`: as many as are needed.
    pub size: Option<usize>,
    /// When they are slower. Where windows overlap, the paces multiply.
    pub slower: Vec<Pace>,
}

impl People {
    /// How fast they are at a moment, compared with the times at which nothing slows them: above 0, and
    /// 1 at most.
    pub fn speed(&self, now: Instant) -> f64 {
        let slow = self.slower.iter().filter(|pace| pace.window.is_open(now));
        slow.map(|pace| pace.speed).product()
    }
}

/// A window in which people work more slowly: nights, weekends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pace {
    /// When.
    pub window: Window,
    /// How fast they are then, compared with other times: above 0, and 1 at most.
    pub speed: f64,
}
