//! How the downtime of a service in a mission is distributed: its variance, what it exceeds with which
//! probability, and with which probability it exceeds a limit.

use super::Effort;
use crate::math::markov::{Chain, Inverted, Sojourn, lumping, transient, variance_of_time_in};

/// Independent parts are taken together up to so many states.
pub(super) const STATES_MAX: usize = 3_000;

/// The chain of a service alone: states that differ in more than whether it is up or down, now or later,
/// are taken together.
#[derive(Clone, Debug)]
pub(super) struct Alone {
    chain: Chain,
    is_down: Vec<bool>,
    initial: Vec<f64>,
}

impl Alone {
    /// From a larger chain, by label: 1 where it is down.
    pub(super) fn of(chain: &Chain, labels: &[u32], initial: &[f64]) -> Alone {
        let (classes, count) = lumping(chain, labels);
        let mut alone = Alone {
            chain: chain.lumped(&classes, count),
            is_down: vec![false; count],
            initial: vec![0.0; count],
        };
        for (state, &class) in classes.iter().enumerate() {
            alone.is_down[class as usize] = labels[state] == 1;
            alone.initial[class as usize] += initial[state];
        }
        alone
    }
}

/// The downtime of a service in a mission. What is asked of it all together takes no more work than the
/// effort allows.
#[derive(Clone, Debug)]
pub struct DownTime {
    alone: Alone,
    sojourn: Sojourn,
    mission_s: f64,
    multiplications_max: f64,
    any: Option<f64>,
}

impl DownTime {
    pub(super) fn new(alone: Alone, mission_s: f64, effort: &Effort) -> DownTime {
        let sojourn = Sojourn::new(
            &alone.chain,
            &alone.initial,
            |state| alone.is_down[state],
            mission_s,
            effort.multiplications_max,
        );
        DownTime {
            sojourn,
            mission_s,
            multiplications_max: effort.multiplications_max,
            any: any_outage(&alone, mission_s, effort.multiplications_max),
            alone,
        }
    }

    /// Its variance, in square seconds; `None` if that takes too much work.
    pub fn variance_s2(&self) -> Option<f64> {
        variance_of_time_in(
            &self.alone.chain,
            &self.alone.initial,
            |state| self.alone.is_down[state],
            self.mission_s,
            self.multiplications_max,
        )
    }

    /// The probability that it exceeds so many seconds; `None` if that takes too much work, or if there are
    /// not eight digits of it.
    pub fn exceeds(&mut self, limit_s: f64) -> Option<Inverted> {
        if limit_s <= 0.0 {
            return self.any.map(known);
        }
        self.sojourn.exceeds(limit_s)
    }

    /// What it stays below in a share `order` of missions, in seconds; `None` as for
    /// [`DownTime::exceeds`].
    pub fn quantile_s(&mut self, order: f64) -> Option<Inverted> {
        if self.any? <= 1.0 - order {
            return Some(known(0.0));
        }
        let marks: Vec<u32> = self
            .alone
            .is_down
            .iter()
            .map(|&down| u32::from(down))
            .collect();
        let course = transient(
            &self.alone.chain,
            &self.alone.initial,
            self.mission_s,
            &marks,
            self.multiplications_max,
        )?;
        let times = course.occupancy.iter().zip(&self.alone.is_down);
        let mean: f64 = times
            .filter(|(_, is_down)| **is_down)
            .map(|(time, _)| time)
            .sum();
        self.sojourn.quantile(1.0 - order, mean / self.any?)
    }
}

/// A figure that takes no inversion.
fn known(value: f64) -> Inverted {
    Inverted {
        value,
        difference: 0.0,
    }
}

/// Probability of any downtime.
fn any_outage(alone: &Alone, mission_s: f64, multiplications_max: f64) -> Option<f64> {
    let ending = alone.chain.ending(|state| alone.is_down[state]);
    let mut start = alone.initial.clone();
    let mut ended = 0.0;
    for (start, _) in start
        .iter_mut()
        .zip(&alone.is_down)
        .filter(|(_, is_down)| **is_down)
    {
        ended += std::mem::take(start);
    }
    start.push(ended);
    let last = alone.chain.len();
    let marks: Vec<u32> = (0..=last).map(|state| u32::from(state == last)).collect();
    let course = transient(&ending, &start, mission_s, &marks, multiplications_max)?;
    Some(course.at_end[last])
}
