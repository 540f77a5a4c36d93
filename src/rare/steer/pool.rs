//! Groups of units as steering sees them: birth-death chains of members that fail and come back.

use super::renewal::until_renewal;
use crate::base::Id;
use crate::model::{Effect, Ending, GroupId, Level, Member, Notice, System, UnitId};
use crate::rare::stretch::{POWER_MAX, mean_power};

/// A group, as far as the steering value cares.
#[derive(Clone, Debug)]
pub(super) struct Pool {
    pub(super) members: u32,
    pub(super) active: u32,
    /// Members that must serve.
    pub(super) required: u32,
    /// Members that must be without a fault for as many to be able to serve.
    pub(super) fit_required: u32,
    /// All members serve, and nothing takes over.
    pub(super) is_static: bool,
    /// Mean time to restoration in nanoseconds, and how many are restored at a time.
    pub(super) restoration: f64,
    pub(super) crews: u32,
    /// The crew that also restores other groups, if there is one, as an index.
    pub(super) shared_crew: Option<usize>,
    /// By power up to the largest: the root of that mean power of a restoration, in nanoseconds.
    lengths: [f64; POWER_MAX],
    /// Failures of a unit per nanosecond, on average.
    pub(super) rate: f64,
    /// Mean length of a takeover.
    pub(super) takeover: f64,
    /// Probability that a takeover goes wrong.
    pub(super) risk: f64,
    /// A false alarm interrupts the service.
    pub(super) alarm_is_outage: bool,
    pub(super) units: Vec<UnitId>,
    /// By members that have failed: probability that it goes down before all are well.
    pub(super) chances: Vec<f64>,
    /// Hazards never change: value while all is well.
    pub(super) fresh: Option<f64>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct UnitInfo {
    pub(super) rate: f64,
    pub(super) restoration: f64,
    lengths: [f64; POWER_MAX],
}

impl Pool {
    /// Fills in the chances: as of a birth-death chain that ends when all is well or the group is
    /// down (the gambler's ruin).
    pub(super) fn solve(&mut self) {
        let down = self.members + 1 - self.fit_required.min(self.members);
        let mut odds = 1.0;
        let mut sums = vec![0.0, 1.0];
        for failed in 1..down {
            let back = f64::from(failed.min(self.crews)) / self.restoration;
            odds *= back / (self.rate * f64::from(self.members - failed));
            sums.push(sums[failed as usize] + odds);
        }
        let all = sums[down as usize];
        let chance = |sum: &f64| if all.is_finite() { sum / all } else { 0.0 };
        self.chances = sums.iter().map(chance).collect();
        self.chances[down as usize] = 1.0;
    }

    /// The chance with so many failed, at another rate of failures than usual.
    fn chance(&self, failed: u32, ratio: f64) -> f64 {
        let usual = self.chances[failed as usize];
        if (ratio - 1.0).abs() < 1e-9 {
            usual
        } else {
            let missing = (self.chances.len() - 1) as i32 - failed as i32;
            (usual * ratio.powi(missing)).min(1.0)
        }
    }

    /// Probability that so many fail that the group goes down, if `failed` have failed, each other
    /// one fails at a rate, and the next one is back after `left` or at the rate `back`, whichever is
    /// first.
    pub(super) fn until_down(&self, failed: u32, rate: f64, back: f64, left: f64) -> f64 {
        let hazard = rate * f64::from(self.members - failed);
        let ratio = if self.rate > 0.0 {
            rate / self.rate
        } else {
            1.0
        };
        if failed == 0 {
            return within(hazard * left) * self.chance(1, ratio);
        }
        let all = hazard + back;
        if all <= 0.0 {
            return 0.0;
        }
        let some = if left.is_finite() {
            within(all * left)
        } else {
            1.0
        };
        let fails = some * hazard / all;
        fails * self.chance(failed + 1, ratio) + (1.0 - fails) * self.chance(failed - 1, ratio)
    }

    /// How long a restoration is, for a story in which so many failures must come while it lasts.
    pub(super) fn length(&self, missing: usize) -> f64 {
        self.lengths[missing.clamp(1, POWER_MAX) - 1]
    }

    /// The rate of returns with one more failed.
    pub(super) fn one_more(&self, failed: u32, back: f64) -> f64 {
        if failed < self.crews {
            back + 1.0 / self.restoration
        } else {
            back
        }
    }
}

/// Probability that something with this cumulative hazard happens; to five digits where it is small, which is
/// much faster and as good for steering.
fn within(hazard: f64) -> f64 {
    if hazard < 0.05 {
        hazard * (1.0 - 0.5 * hazard * (1.0 - hazard / 3.0))
    } else {
        -libm::expm1(-hazard)
    }
}

/// Rate of failures that take a unit down, and mean time to its restoration, in nanoseconds.
pub(super) fn unit_info(system: &System, unit: UnitId) -> UnitInfo {
    let kind = &system.kinds[system.units[unit].kind];
    let (mut rate, mut restoration) = (0.0, 0.0);
    let mut powers = [0.0; POWER_MAX];
    for process in &kind.failures {
        for (mode, probability) in &process.outcomes {
            let mode = &kind.modes[*mode];
            if matches!(mode.effect, Effect::Degraded(_)) {
                continue;
            }
            let share = probability.get() / process.law.mean();
            let (law, delay) = match &mode.ending {
                Ending::Itself(law) => (Some(law), None),
                Ending::Repair(repair) => {
                    (Some(&repair.time), repair.administrative_delay.as_ref())
                }
                Ending::Never => (None, None),
            };
            let mut time = law.map_or_else(|| until_renewal(system, unit), |law| law.mean())
                + delay.map_or(0.0, |law| law.mean());
            // Longer than from a failure to the next, it is as good as for ever.
            let most = process.law.mean();
            for (at, power) in powers.iter_mut().enumerate() {
                let exponent = (at + 1) as f64;
                *power += share
                    * match law {
                        Some(law) => mean_power(law, exponent, most),
                        None => libm::pow(most, exponent),
                    };
            }
            time += match &mode.notice {
                Notice::Detector | Notice::AtOnce => 0.0,
                Notice::After(law) => law.mean(),
                Notice::Test => kind
                    .test
                    .as_ref()
                    .map_or(0.0, |test| 0.5 * test.every.mean()),
            };
            if share > 0.0 {
                rate += share;
                restoration += share * time.min(system.mission.as_secs());
            }
        }
    }
    UnitInfo {
        rate: rate / NANOS,
        restoration: if rate > 0.0 {
            restoration / rate * NANOS
        } else {
            NANOS
        },
        lengths: std::array::from_fn(|at| {
            if rate > 0.0 {
                libm::pow(powers[at] / rate, 1.0 / (at + 1) as f64) * NANOS
            } else {
                NANOS
            }
        }),
    }
}

pub(super) fn pool(system: &System, units: &[UnitInfo], group: GroupId) -> Pool {
    let plan = &system.groups[group];
    let own: Vec<UnitId> = plan
        .members
        .iter()
        .filter_map(|member| match *member {
            Member::Unit(unit) => Some(unit),
            Member::Group(_) => None,
        })
        .collect();
    let count = own.len().max(1) as f64;
    let mean = |value: fn(&UnitInfo) -> f64| {
        own.iter()
            .map(|unit| value(&units[unit.index()]))
            .sum::<f64>()
            / count
    };
    let detection = plan
        .detector
        .as_ref()
        .and_then(|detector| detector.latency().ok())
        .map_or(0.0, |law| law.mean());
    let takeover = &plan.takeover;
    let stages = [
        Some(&takeover.deciding),
        takeover.fencing.as_ref(),
        Some(&takeover.promoting),
        Some(&takeover.redirecting),
    ];
    let (mut length, mut works, mut interrupts) = (detection, 1.0, false);
    for stage in stages.into_iter().flatten() {
        length += stage.takes.mean();
        works *= 1.0 - libm::pow(1.0 - stage.succeeds.get(), f64::from(stage.retries + 1));
        interrupts |= stage.during == Level::Down && stage.takes.mean() > 0.0;
    }
    for unit in &own {
        let kind = &system.kinds[system.units[*unit].kind];
        if let Some(demand) = kind.on_demand {
            works *= 1.0 - demand.probability.get();
            break;
        }
    }
    let repairs = own
        .iter()
        .flat_map(|unit| &system.kinds[system.units[*unit].kind].modes)
        .filter_map(|mode| match &mode.ending {
            Ending::Repair(repair) => repair.crew,
            Ending::Itself(_) | Ending::Never => None,
        });
    let narrowest = repairs.min_by_key(|&crew| system.crews[crew].size);
    let crews = narrowest.map_or(u32::MAX, |crew| system.crews[crew].size as u32);
    Pool {
        members: plan.members.len() as u32,
        active: plan.active as u32,
        required: plan.required as u32,
        fit_required: plan.required.max(plan.quorum) as u32,
        is_static: !plan.has_standbys(),
        restoration: mean(|unit| unit.restoration)
            + detection * NANOS
            + plan.rejoin.as_ref().map_or(0.0, |law| law.mean()) * NANOS,
        lengths: std::array::from_fn(|at| {
            let units = own.iter().map(|unit| units[unit.index()].lengths[at]);
            units.sum::<f64>() / count
        }),
        crews,
        shared_crew: narrowest.map(Id::index),
        rate: mean(|unit| unit.rate),
        takeover: length * NANOS,
        risk: 1.0 - works,
        alarm_is_outage: interrupts && plan.active == plan.required,
        units: own,
        chances: Vec::new(),
        fresh: None,
    }
}

const NANOS: f64 = 1e9;
