//! How heavy the tails are of the durations that downtime is made of.

use std::collections::BTreeSet;

use super::{Ending, KindId, System};
use crate::math::Law;

impl System {
    /// The largest tail weight of the laws of how long faults, shared causes, takeovers by people and
    /// split brains last; see [`Law::tail_weight`].
    ///
    /// A sample cannot tell of the long outage that it does not hold, but the model knows its laws.
    pub fn tail_weight(&self) -> f64 {
        let mut weight: f64 = 0.0;
        let mut add = |law: &Law| weight = weight.max(law.tail_weight());
        // A fleet has many units and few kinds.
        let kinds: BTreeSet<KindId> = self.units.iter().map(|unit| unit.kind).collect();
        for kind in kinds {
            for mode in &self.kinds[kind].modes {
                match &mode.ending {
                    Ending::Itself(law) => add(law),
                    Ending::Repair(repair) => {
                        add(&repair.time);
                        repair.administrative_delay.iter().for_each(&mut add);
                    }
                    Ending::Never => {}
                }
            }
        }
        for group in self.groups.iter().filter(|group| group.has_standbys()) {
            add(&group.takeover.manual);
            if let Some(split) = &group.split_brain {
                add(&split.lasts);
                add(&split.reconcile);
            }
        }
        for cause in self.causes.iter() {
            cause.lasts.iter().for_each(|lasting| add(&lasting.law));
        }
        weight
    }
}
