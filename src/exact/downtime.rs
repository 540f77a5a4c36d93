//! How the downtime of a service in a mission is distributed: its variance, what it exceeds with which
//! probability, and with which probability it exceeds a limit.

use super::Effort;
use crate::base::units::SECONDS_PER_YEAR;
use crate::math::markov::{Chain, Inverted, Sojourn, lumping, transient, variance_of_time_in};
use crate::model::{Comparison, Metric, Service, Target};

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
    /// Its mean, once that has been asked for.
    mean_s: Option<f64>,
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
            mean_s: None,
        }
    }

    /// Its variance, in square seconds; `None` if that takes too much work.
    pub fn variance_s2(&self) -> Option<f64> {
        if self.certain_s().is_some() {
            return Some(0.0);
        }
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
        if let Some(certain) = self.certain_s() {
            return Some(known(f64::from(u8::from(certain > limit_s))));
        }
        if limit_s <= 0.0 {
            return self.any.map(known);
        }
        self.sojourn.exceeds(limit_s)
    }

    /// What it stays below in a share `order` of missions, in seconds; `None` as for
    /// [`DownTime::exceeds`].
    pub fn quantile_s(&mut self, order: f64) -> Option<Inverted> {
        if let Some(certain) = self.certain_s() {
            return Some(known(certain));
        }
        if self.any? <= 1.0 - order {
            return Some(known(0.0));
        }
        let mean = match self.mean_s {
            Some(mean) => mean,
            None => self.find_mean_s()?,
        };
        self.mean_s = Some(mean);
        self.sojourn.quantile(1.0 - order, mean / self.any?)
    }

    /// What it is in every mission, where all states are down or none is.
    fn certain_s(&self) -> Option<f64> {
        let is_down = &self.alone.is_down;
        if is_down.iter().all(|&is_down| is_down) {
            Some(self.mission_s)
        } else if is_down.iter().all(|&is_down| !is_down) {
            Some(0.0)
        } else {
            None
        }
    }

    /// Its mean in seconds.
    fn find_mean_s(&self) -> Option<f64> {
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
        let down = times.filter(|(_, is_down)| **is_down).map(|(time, _)| time);
        Some(down.fold(0.0, |sum, part| sum + part))
    }
}

/// How the downtime of a service in a mission is distributed, as far as that is known.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DownTimeAnswer {
    /// Standard deviation in seconds.
    pub deviation_s: Option<f64>,
    /// What it stays below in such a share of missions, in seconds, by name and share.
    pub quantiles_s: Vec<(&'static str, f64, Inverted)>,
    /// The probability that it exceeds the limit of a target, by limit in seconds.
    pub exceeds: Vec<(f64, Inverted)>,
    /// Whether some of it is missing.
    pub is_incomplete: bool,
}

impl DownTimeAnswer {
    /// What the targets of a service ask for first, then the rest if all is asked for.
    pub(super) fn of(mut down_time: DownTime, limits_s: Vec<f64>, all: bool) -> DownTimeAnswer {
        let mut answer = DownTimeAnswer::default();
        for limit in limits_s {
            match down_time.exceeds(limit) {
                Some(found) => answer.exceeds.push((limit, found)),
                None => answer.is_incomplete = true,
            }
        }
        if all {
            answer.deviation_s = down_time.variance_s2().map(libm::sqrt);
            for (name, order) in [("p50", 0.5), ("p95", 0.95), ("p99", 0.99)] {
                match down_time.quantile_s(order) {
                    Some(found) => answer.quantiles_s.push((name, order, found)),
                    None => answer.is_incomplete = true,
                }
            }
            answer.is_incomplete |= answer.deviation_s.is_none();
        }
        answer
    }
}

/// What the downtime of a mission may be by the targets of a service, in seconds.
pub(super) fn limits_s(service: &Service, mission_s: f64) -> Vec<f64> {
    let limit = |target: &Target| match (target.metric, target.comparison) {
        (Metric::Availability, Comparison::AtLeast) => Some((1.0 - target.limit) * mission_s),
        (Metric::Downtime(_), Comparison::AtMost) => {
            Some(target.limit * mission_s / SECONDS_PER_YEAR)
        }
        _ => None,
    };
    let mut limits: Vec<f64> = service.targets.iter().filter_map(limit).collect();
    limits.sort_by(f64::total_cmp);
    limits.dedup();
    limits
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
