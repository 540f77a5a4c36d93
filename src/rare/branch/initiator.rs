//! How a branch begins: which open clock leaves the quiet state, and when, is drawn anew.

use super::Brancher;
use super::hazards::{hazards_now, hazards_until, search, time_of};
use crate::base::Id;
use crate::math::rng::{Stream, index_below, uniform_open};
use crate::model::ServiceId;
use crate::rare::path::Path;

/// What leaves the quiet state, when, and true over used probability of that.
#[derive(Clone, Copy, Debug)]
pub(in crate::rare) struct Initiator {
    pub(in crate::rare) index: usize,
    pub(in crate::rare) at: u64,
    pub(in crate::rare) weight: f64,
}

/// What the open clocks of a quiet path will have eaten up, and that times what it leads to.
#[derive(Clone, Copy, Debug)]
pub(in crate::rare) struct Foreseen {
    pub(in crate::rare) hazard: f64,
    pub(in crate::rare) steered: f64,
}

impl Brancher<'_> {
    /// Looks at what may fire on a quiet path until a time, or, without one, now: the hazard, and that
    /// times the value of what it leads to.
    pub(in crate::rare) fn foresee(
        &mut self,
        quiet: &Path<'_>,
        end: Option<u64>,
        service: ServiceId,
    ) -> Foreseen {
        let (hazard, span) = match end {
            Some(end) => (
                hazards_until(self.work, &quiet.run, end, &mut self.hazards),
                (end - quiet.run.now) as f64,
            ),
            None => (hazards_now(self.work, &quiet.run, &mut self.hazards), 1.0),
        };
        let steering = &self.steering[service.index()];
        self.values.by_fit = false;
        steering.evaluate(
            quiet,
            &self.work.behaviour,
            &self.hazards,
            span,
            &mut self.values,
        );
        let (values, chances) = (&self.values, &mut self.chances);
        let behaviour = &self.work.behaviour;
        let steered = steering.weigh_open(quiet, behaviour, &self.hazards, values, chances);
        Foreseen { hazard, steered }
    }

    /// Draws which open clock of a quiet path leaves that state, and when, of what was just foreseen
    /// until `end`, or which does now. `value` is the mean worth of a unit of hazard.
    ///
    /// A part is drawn by hazard, so that no weight is above its inverse; half of the rest by what it
    /// may lead to; the other half evenly, so that a rare initiator is never overlooked.
    pub(in crate::rare) fn initiator(
        &mut self,
        quiet: &Path<'_>,
        end: Option<u64>,
        foreseen: Foreseen,
        value: f64,
        rng: &mut Stream,
    ) -> Initiator {
        let Foreseen { hazard, steered } = foreseen;
        let run = &quiet.run;
        let valued = self.mixture.by_value();
        let mut share = self.mixture.true_initiators;
        if value <= 0.0 {
            // Nothing is known to be worth more than anything else.
            share += valued;
        }
        let by_hazard = share * hazard;
        let by_value = if value > 0.0 {
            valued * steered / value
        } else {
            0.0
        };
        let evenly = valued * hazard;
        let which = uniform_open(rng) * (by_hazard + by_value + evenly);
        let mut active = 0;
        for (&index, &hazard) in run.running.iter().zip(&self.hazards) {
            if hazard > 0.0 {
                active += 1;
                self.uses[index as usize].open += 1;
            }
        }
        let chosen = if which < by_hazard {
            search(&self.hazards, uniform_open(rng) * hazard)
        } else if which < by_hazard + by_value {
            search(&self.chances, uniform_open(rng) * steered)
        } else {
            let nth = index_below(active, rng);
            let mut active = (0..self.hazards.len()).filter(|&at| self.hazards[at] > 0.0);
            active.nth(nth).expect("so many are active")
        };
        let own = self.hazards[chosen];
        let mut chance = share * own + evenly / active as f64;
        if value > 0.0 {
            chance += valued * self.chances[chosen] / value;
        }
        let at = end.map_or(run.now, |end| {
            let after = time_of(self.work, run, chosen, own * uniform_open(rng)) as u64;
            (run.now + after).min(end - 1)
        });
        Initiator {
            index: run.running[chosen] as usize,
            at,
            weight: own / chance,
        }
    }
}
