//! Demand: how much users ask of a service, over time.

use super::{GroupId, Member, Structure, System};
use crate::base::Span;

/// The hours of a week.
const PART_COUNT_MAX: usize = 168;

/// What users ask of a service: a load that is constant in steps and repeats, from the start of the
/// mission on.
#[derive(Clone, Debug, PartialEq)]
pub struct DemandProfile {
    /// Time after which it repeats.
    pub period: Span,
    /// The load from each of these times on, in order; the first is 0 and the last before the period
    /// is over. It is in the unit of the capacity of units.
    pub steps: Vec<(Span, f64)>,
}

impl DemandProfile {
    /// The same load all the time.
    pub fn constant(load: f64) -> DemandProfile {
        DemandProfile {
            period: Span::FOREVER,
            steps: vec![(Span::ZERO, load)],
        }
    }

    /// Loads that follow each other, each for an equal part of the period.
    pub fn equal_steps(period: Span, loads: &[f64]) -> DemandProfile {
        let width = period.as_secs() / loads.len() as f64;
        let at = |index: usize| Span::from_secs(width * index as f64).unwrap_or(Span::ZERO);
        DemandProfile {
            period,
            steps: loads
                .iter()
                .enumerate()
                .map(|(index, load)| (at(index), *load))
                .collect(),
        }
    }

    /// Number of equal parts of the period for which it is worth telling apart how much is served; 0 if
    /// the same is asked all the time. The steps are as many, unless they are too many to look at.
    pub fn part_count(&self) -> usize {
        if self.is_constant() {
            0
        } else {
            self.steps.len().min(PART_COUNT_MAX)
        }
    }

    /// Length of each of these parts in seconds.
    pub fn part_width_s(&self) -> f64 {
        self.period.as_secs() / self.part_count().max(1) as f64
    }

    /// The mean load in each of these parts.
    pub fn part_loads(&self) -> Vec<f64> {
        let mut loads = vec![0.0; self.part_count()];
        let mut shares = vec![0.0; loads.len()];
        for (step, (share, load)) in self.shares().enumerate() {
            let part = step * loads.len() / self.steps.len();
            if let (Some(sum), Some(width)) = (loads.get_mut(part), shares.get_mut(part)) {
                *sum += share * load;
                *width += share;
            }
        }
        loads
            .iter()
            .zip(shares)
            .map(|(load, share)| load / share)
            .collect()
    }

    /// The steps as shares of the period, with the load of each.
    pub fn shares(&self) -> impl Iterator<Item = (f64, f64)> + '_ {
        let ends = self.steps.iter().skip(1).map(|step| step.0.as_secs());
        let period = self.period.as_secs();
        let ends = ends.chain([period]);
        self.steps.iter().zip(ends).map(move |((from, load), end)| {
            let share = if period.is_finite() {
                (end - from.as_secs()) / period
            } else {
                1.0
            };
            (share, *load)
        })
    }

    /// The largest load.
    pub fn peak(&self) -> f64 {
        self.steps.iter().map(|step| step.1).fold(0.0, f64::max)
    }

    /// The smallest load.
    pub fn least(&self) -> f64 {
        self.steps
            .iter()
            .map(|step| step.1)
            .fold(f64::INFINITY, f64::min)
    }

    /// The mean load over a period.
    pub fn mean(&self) -> f64 {
        self.shares().map(|(share, load)| share * load).sum()
    }

    /// Whether it is the same all the time.
    pub fn is_constant(&self) -> bool {
        let first = self.steps.first().map_or(0.0, |step| step.1);
        self.steps.iter().all(|step| step.1 == first)
    }

    /// The same course, so that its loads are multiplied by a factor.
    #[must_use]
    pub fn scaled(mut self, factor: f64) -> DemandProfile {
        self.steps.iter_mut().for_each(|step| step.1 *= factor);
        self
    }
}

impl System {
    /// The load that a structure can bear while all is well; `None` if any.
    ///
    /// Requests pass through all parts that are needed together, so the weakest of them decides; parts
    /// that stand for each other bear together what each can bear.
    pub fn rated_capacity(&self, structure: &Structure) -> Option<f64> {
        match structure {
            Structure::Group(group) | Structure::Each(group) => self.rated_capacity_of(*group),
            Structure::Service(service) => self.rated_capacity(&self.services[*service].up),
            Structure::Soft(_) => None,
            Structure::AtLeast { k, of }
                if *k == of.iter().map(|part| self.part_count(part)).sum::<usize>() =>
            {
                of.iter()
                    .filter_map(|part| self.rated_capacity(part))
                    .min_by(f64::total_cmp)
            }
            Structure::AtLeast { of, .. } => of.iter().map(|part| self.rated_capacity(part)).sum(),
        }
    }

    /// The load that the members of a group can bear that serve in normal operation; `None` if any.
    pub fn rated_capacity_of(&self, group: GroupId) -> Option<f64> {
        let group = &self.groups[group];
        let serving = &group.members[..group.active];
        serving
            .iter()
            .map(|member| match *member {
                Member::Unit(unit) => self.units[unit].capacity,
                Member::Group(inner) => self.rated_capacity_of(inner),
            })
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mean_weighs_steps_by_their_length() {
        let hour = Span::from_hours(1.0).expect("an hour is a span");
        let uneven = DemandProfile {
            period: Span::from_hours(4.0).expect("4 h are a span"),
            steps: vec![(Span::ZERO, 2.0), (hour, 6.0)],
        };
        assert_eq!((uneven.mean(), uneven.peak()), (5.0, 6.0));
        assert_eq!(uneven.scaled(2.0).mean(), 10.0);
        assert_eq!(DemandProfile::constant(7.0).mean(), 7.0);
        let even = DemandProfile::equal_steps(hour, &[1.0, 2.0, 3.0]);
        assert!((even.mean() - 2.0).abs() < 1e-12);
    }
}
