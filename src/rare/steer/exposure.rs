//! Which durations are worth making longer.

use super::pool::Pool;
use super::{Open, Steering, Values};
use crate::base::Id;
use crate::behaviour::State;
use crate::rare::path::{Bias, Stretching};

impl Steering {
    /// How the durations are to be stretched that each group waits for, after a rare clock has fired.
    ///
    /// A repair matters as much as the value of the service rests on its group.
    pub(in crate::rare) fn stretching(
        &self,
        rare: Option<usize>,
        state: &State,
        values: &Values,
        bias: &mut Bias,
    ) {
        let struck = rare.map(|rare| self.opens[rare]);
        bias.stretching.clear();
        for (index, pool) in self.pools.iter().enumerate() {
            let is_struck = match struck {
                Some(Open::Unit(_, group, _) | Open::Alike(group, _)) => group.index() == index,
                Some(Open::Cause(_)) => true,
                Some(
                    Open::Alarm(_)
                    | Open::Exit(..)
                    | Open::Restore(..)
                    | Open::Return(_)
                    | Open::Step,
                )
                | None => false,
            };
            let leaves = &self.leaves_of_group[index];
            if leaves.is_empty() {
                // Part of a larger group: as for the whole service.
                bias.stretching.push(Stretching {
                    power: self.power(
                        self.missing(self.root, state, values)
                            .saturating_sub(1)
                            .max(1),
                        false,
                        pool,
                    ),
                    relevance: 0.5,
                });
                continue;
            }
            if !is_struck && values.fit[index] == pool.members {
                bias.stretching.push(Stretching::default());
                continue;
            }
            // What the crew that all wait for begins now, it begins after the return.
            let layer = match values.returning {
                Some(_) if rare.is_none() => &values.later,
                _ => &values.present,
            };
            let after = if is_struck {
                values.serving_fails[index]
            } else {
                layer.now
            };
            let without = self.with_leaves(leaves, 0.0, layer);
            let missing = self.missing_of(leaves, state, values);
            let is_alone = is_struck && values.fit[index] == pool.members;
            let relevance = if after > 0.0 {
                (1.0 - without / after).max(0.0)
            } else {
                0.5
            };
            bias.stretching.push(Stretching {
                power: self.power(
                    missing.saturating_sub(usize::from(is_struck)),
                    is_alone,
                    pool,
                ),
                relevance,
            });
        }
        bias.stretching_else = Stretching {
            power: OWN_POWER * self.missing(self.root, state, values).min(2) as f64,
            relevance: 0.5,
        };
    }

    /// By which power of its length a repair is likelier to be part of the story of an outage that needs so
    /// many more failures.
    ///
    /// Where others wait for the same crew, it is their number, and one more for the outage, which lasts as
    /// long as well. Where others are mended meanwhile, a long one does less: what is best was measured.
    fn power(&self, missing: usize, is_alone: bool, pool: &Pool) -> f64 {
        if pool.shared_crew.is_some() && pool.crews == 1 {
            missing as f64 + 1.0
        } else if missing == 1 && is_alone {
            2.0 * OWN_POWER
        } else {
            OWN_POWER * missing as f64
        }
    }
}

/// Power of the length of a repair for each failure that is missing, where others are mended meanwhile.
const OWN_POWER: f64 = 0.8;
