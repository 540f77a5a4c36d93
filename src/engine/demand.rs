//! How much is asked of a service at which time of the mission.
//!
//! A demand changes by the hour, but no event has to tell of it: what was asked while a service was
//! in some state is known when it leaves that state. So a demand costs nothing where it changes
//! nothing, and its steps are looked at only where less than all of it can be served.

use crate::base::Probability;
use crate::behaviour::AtLoad;
use crate::model::DemandProfile;

/// What is asked of a service, in nanoseconds of the mission, and how it is judged by that.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    /// Starts of the steps within a period, and the load from then on.
    steps: Vec<(u64, f64)>,
    period: u64,
    /// How far the period is ahead of the time of the engine.
    ahead: u64,
    /// The largest load.
    pub peak: f64,
    /// The mean load over the mission.
    pub mean: f64,
    /// The service is down while it serves less than this share.
    pub down_below: f64,
    /// Equal parts of the period for which it is told how much was not served; none if the same is
    /// asked all the time.
    pub part_count: usize,
}

impl Asked {
    /// A demand over a mission that begins at a time, with the period; and the share of it below which the
    /// service counts as down.
    pub(super) fn of(
        demand: &DemandProfile,
        down_below: Probability,
        start: u64,
        mission: u64,
    ) -> Asked {
        let period = demand.period.as_nanos().max(1);
        // One that does not change has a period as long as all time, which must not be shifted out of it.
        let ahead = if demand.is_constant() {
            0
        } else {
            (period - start % period) % period
        };
        let mut asked = Asked {
            steps: demand
                .steps
                .iter()
                .map(|(from, load)| (from.as_nanos(), *load))
                .collect(),
            period,
            ahead,
            peak: demand.peak(),
            mean: 0.0,
            down_below: down_below.get(),
            part_count: demand.part_count(),
        };
        let total = if demand.is_constant() {
            asked.peak * mission as f64
        } else {
            asked.total(start, start + mission)
        };
        asked.mean = total / mission as f64;
        asked
    }

    /// The part of the period that a step is in.
    pub(super) fn part_of(&self, step: usize) -> usize {
        step * self.part_count / self.steps.len()
    }

    /// Everything that is asked in a stretch of time: load times nanoseconds.
    fn total(&self, from: u64, to: u64) -> f64 {
        let mut total = 0.0;
        self.each_step(from, to, |from, to, load, _| {
            total += load * (to - from) as f64
        });
        total
    }

    /// Nanoseconds until the load is such; none if it is already, and for ever if it never is.
    pub(super) fn until(&self, now: u64, at: AtLoad) -> u64 {
        // In the time of the period.
        let now = now + self.ahead;
        let within = now % self.period;
        let begin = now - within;
        let first = self.steps.partition_point(|step| step.0 <= within) - 1;
        for index in 0..=self.steps.len() {
            let step = (first + index) % self.steps.len();
            if at.holds(self.steps[step].1) {
                if index == 0 {
                    return 0;
                }
                let start = begin + self.steps[step].0;
                return if first + index >= self.steps.len() {
                    start.saturating_add(self.period) - now
                } else {
                    start - now
                };
            }
        }
        u64::MAX
    }

    /// Tells of each stretch of constant load from one time to another, with its step.
    #[inline]
    pub(super) fn each_step(&self, from: u64, to: u64, mut tell: impl FnMut(u64, u64, f64, usize)) {
        let ahead = self.ahead;
        let within = (from + ahead) % self.period;
        // In the time of the period.
        let mut begin = from + ahead - within;
        let mut at = self.steps.partition_point(|step| step.0 <= within) - 1;
        let mut now = from;
        while now < to {
            let end = match self.steps.get(at + 1) {
                Some(step) => begin + step.0,
                None => begin.saturating_add(self.period),
            };
            let until = (end - ahead).min(to);
            tell(now, until, self.steps[at].1, at);
            now = until;
            at += 1;
            if at == self.steps.len() {
                at = 0;
                begin = end;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Span;

    #[test]
    fn steps_follow_each_other_over_the_end_of_a_period() {
        let span = |secs: f64| Span::from_secs(secs).expect("a span");
        let demand = DemandProfile {
            period: span(10e-9),
            steps: vec![(Span::ZERO, 1.0), (span(4e-9), 3.0)],
        };
        let asked = Asked::of(&demand, Probability::ZERO, 0, 25);
        let mut seen = Vec::new();
        asked.each_step(7, 25, |from, to, load, _| seen.push((from, to, load)));
        assert_eq!(
            seen,
            [
                (7, 10, 3.0),
                (10, 14, 1.0),
                (14, 20, 3.0),
                (20, 24, 1.0),
                (24, 25, 3.0)
            ]
        );
        assert_eq!(asked.mean, (2.0 * 4.0 + 2.0 * 18.0 + 4.0 + 3.0) / 25.0);
        assert_eq!(asked.total(3, 3), 0.0);
        let until = |now, limit| {
            let (above, below) = (AtLoad::Above(limit), AtLoad::NotAbove(limit));
            (asked.until(now, above), asked.until(now, below))
        };
        assert_eq!(until(11, 2.0), (3, 0));
        assert_eq!(until(17, 2.0), (0, 3));
        assert_eq!(until(17, 3.0), (u64::MAX, 0));
        assert_eq!(until(17, 0.5), (0, u64::MAX));
    }

    #[test]
    fn steps_begin_with_the_mission() {
        let span = |secs: f64| Span::from_secs(secs).expect("a span");
        let demand = DemandProfile {
            period: span(10e-9),
            steps: vec![(Span::ZERO, 1.0), (span(4e-9), 3.0)],
        };
        let asked = Asked::of(&demand, Probability::ZERO, 27, 10);
        let mut seen = Vec::new();
        asked.each_step(25, 37, |from, to, load, _| seen.push((from, to, load)));
        assert_eq!(seen, [(25, 27, 3.0), (27, 31, 1.0), (31, 37, 3.0)]);
        assert_eq!(asked.mean, 2.2);
        assert_eq!(asked.until(28, AtLoad::Above(2.0)), 3);
        // The period of what does not change is all time.
        let constant = Asked::of(&DemandProfile::constant(2.0), Probability::ZERO, 27, 10);
        let mut seen = Vec::new();
        constant.each_step(25, 37, |from, to, load, _| seen.push((from, to, load)));
        assert_eq!(seen, [(25, 37, 2.0)]);
        assert_eq!(constant.mean, 2.0);
    }
}
