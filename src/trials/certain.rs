//! Whether anything is random at all.

use crate::behaviour::{Behaviour, Timing};
use crate::math::Law;
use crate::model::System;

/// Whether all missions of a system are alike: each clock has one possible duration, and no rule draws lots.
pub(crate) fn is_certain(system: &System) -> bool {
    let behaviour = Behaviour::of(system);
    let clocks = behaviour.clocks.iter();
    let mut draws = clocks.map(|clock| {
        let is_random = match &clock.timing {
            Timing::Law(law) | Timing::Ageing { law, .. } => !has_one_value(law),
            Timing::Window(_) => false,
        };
        is_random || behaviour.may_branch(clock.event)
    });
    behaviour.settling.is_none() && behaviour.lags.is_empty() && !draws.any(|draws| draws)
}

/// Whether a duration is always the same, or never ends.
fn has_one_value(law: &Law) -> bool {
    matches!(law, Law::Constant(_) | Law::Never(_))
}
