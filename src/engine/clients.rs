//! How clients come back once another member serves.
//!
//! Nobody draws when a single one of many clients is back: the share of them that is on its way is
//! known from the time since the takeover. It is followed in steps, each of which has the mean of the
//! curve over its length, so that what is lost over all of it is the mean of the law.

use std::ops::ControlFlow;
use std::sync::Arc;

use crate::base::Id;
use crate::behaviour::{Behaviour, Event, SeatId, Timing};
use crate::math::Law;
use crate::model::ServiceId;

/// By how much of all that is lost a single step may be off while it lasts.
const TOLERANCE: f64 = 2e-4;
/// The share of the clients that is back before the last step, of a law without end.
const ALMOST_ALL: f64 = 0.9999;

/// The way of the clients of a seat to another member.
#[derive(Clone, Debug)]
pub(super) struct Lead {
    pub service: ServiceId,
    seat: SeatId,
    curve: Arc<[Step]>,
}

/// A step of the way of clients.
#[derive(Clone, Copy, Debug)]
struct Step {
    /// Its end in nanoseconds since the takeover.
    end: u64,
    /// The share of the clients that is on its way until then.
    away: f64,
    /// What the steps before have lost: nanoseconds of all clients.
    lost_before: f64,
}

impl Lead {
    /// The ways of the clients of each seat, for each service that the group is a part of.
    pub(super) fn of(behaviour: &Behaviour) -> Vec<(SeatId, Lead)> {
        let services = || (0..behaviour.service_count()).map(ServiceId::from_index);
        let mut leads = Vec::new();
        for clock in behaviour.clocks.iter() {
            if let (Event::ClientBack(seat), Timing::Law(law)) = (clock.event, &clock.timing) {
                let curve: Arc<[Step]> = curve(law).into();
                for service in services().filter(|&id| behaviour.leads_to(id, seat)) {
                    let curve = curve.clone();
                    let lead = Lead {
                        service,
                        seat,
                        curve,
                    };
                    leads.push((seat, lead));
                }
            }
        }
        leads
    }
}

impl Step {
    /// What is lost up to a time in it.
    fn lost_at(&self, time: u64, start: u64) -> f64 {
        self.lost_before + self.away * (time - start) as f64
    }
}

/// What is lost on a curve up to a time: nanoseconds of all clients.
fn lost_at(curve: &[Step], time: u64) -> f64 {
    let at = curve.partition_point(|step| step.end <= time);
    let start = at.checked_sub(1).map_or(0, |before| curve[before].end);
    match (curve.get(at), curve.last()) {
        (Some(step), _) => step.lost_at(time, start),
        (None, Some(last)) => {
            let before = curve.len().checked_sub(2).map_or(0, |at| curve[at].end);
            last.lost_at(last.end, before)
        }
        (None, None) => 0.0,
    }
}

/// The share of those who are on their way, if the time that each takes has this law.
fn curve(law: &Law) -> Vec<Step> {
    // What is lost from a time on.
    let rest = |at: u64| law.still_to_come(at as f64);
    let (first, last) = law.support();
    let end = if last.is_finite() {
        last
    } else {
        law.quantile(ALMOST_ALL)
    };
    let mut cuts = [0.0, first, end].map(|cut| cut.round() as u64).to_vec();
    cuts.dedup();
    let mut curve = Vec::new();
    for ends in cuts.windows(2) {
        add_steps(law, &rest, ends[0], ends[1], &mut curve);
    }
    if last.is_infinite() {
        // One more step for all that never ends.
        let (from, left) = (cuts[cuts.len() - 1], rest(cuts[cuts.len() - 1]));
        let length = law.mean_residual(from as f64);
        curve.push((
            from.saturating_add(length.round() as u64),
            (left / length).clamp(0.0, 1.0),
        ));
    }
    let (mut start, mut lost_before) = (0, 0.0);
    let steps = curve.into_iter().map(|(end, away)| {
        let step = Step {
            end,
            away,
            lost_before,
        };
        lost_before = step.lost_at(end, start);
        start = end;
        step
    });
    steps.collect()
}

/// Adds steps between two times, halving them until each is close to the curve.
fn add_steps(
    law: &Law,
    rest: &impl Fn(u64) -> f64,
    from: u64,
    to: u64,
    curve: &mut Vec<(u64, f64)>,
) {
    let lost = rest(from) - rest(to);
    let length = to - from;
    let excess = law.survival(from as f64) * length as f64 - lost;
    if excess > TOLERANCE * law.mean() && length > 1 {
        let middle = from + length / 2;
        add_steps(law, rest, from, middle, curve);
        add_steps(law, rest, middle, to, curve);
    } else {
        // Rounding must not leave more clients than there are.
        curve.push((to, (lost / length as f64).clamp(0.0, 1.0)));
    }
}

/// Clients who are on their way to the members that serve.
#[derive(Clone, Debug, Default)]
pub(super) struct Away {
    /// With the time of the takeover, in the order of these.
    leads: Vec<(Lead, u64)>,
    /// The shares of the clients of seats that are on their way in the present stretch.
    shares: Vec<(SeatId, f64)>,
}

impl Away {
    pub(super) fn is_empty(&self) -> bool {
        self.leads.is_empty()
    }

    pub(super) fn clear(&mut self) {
        self.leads.clear();
    }

    /// The clients of a seat set out, wherever they have been.
    pub(super) fn set_out(&mut self, lead: &Lead, now: u64) {
        self.leads.retain(|(other, _)| other.seat != lead.seat);
        self.leads.push((lead.clone(), now));
    }

    /// When all of them are back, or `now` if that is before.
    pub(super) fn back_by(&self, now: u64) -> u64 {
        let ends = self.leads.iter().filter_map(|(lead, since)| {
            let last = lead.curve.last()?;
            Some(since.saturating_add(last.end))
        });
        ends.max().unwrap_or(0).min(now)
    }

    /// Forgets those who have arrived.
    pub(super) fn settle(&mut self, now: u64) {
        let is_away = |(lead, since): &(Lead, u64)| {
            lead.curve
                .last()
                .is_some_and(|last| now < since.saturating_add(last.end))
        };
        self.leads.retain(is_away);
    }

    /// Tells of each stretch in which the same shares of the clients of each seat are away, until it is
    /// told to stop.
    pub(super) fn each_stretch(
        &mut self,
        from: u64,
        to: u64,
        mut tell: impl FnMut(u64, u64, &Shares<'_>) -> ControlFlow<()>,
    ) {
        let mut now = from;
        while now < to {
            let mut until = to;
            self.shares.clear();
            for (lead, since) in &self.leads {
                let at = lead.curve.partition_point(|step| step.end <= now - since);
                if let Some(step) = lead.curve.get(at) {
                    self.shares.push((lead.seat, step.away));
                    until = until.min(since.saturating_add(step.end));
                }
            }
            if tell(now, until, &Shares(&self.shares)).is_break() {
                return;
            }
            now = until;
        }
    }

    /// The same for who adds up only what is in proportion to each of the shares: where the clients of
    /// one seat are away, the mean over their way is enough.
    pub(super) fn each_mean(
        &mut self,
        from: u64,
        to: u64,
        mut tell: impl FnMut(u64, u64, &Shares<'_>),
    ) {
        let [(lead, since)] = self.leads.as_slice() else {
            return self.each_stretch(from, to, |from, to, away| {
                tell(from, to, away);
                ControlFlow::Continue(())
            });
        };
        let last = lead.curve.last().map_or(0, |last| last.end);
        let back = since.saturating_add(last).clamp(from, to);
        if from < back {
            let lost = lost_at(&lead.curve, back - since) - lost_at(&lead.curve, from - since);
            let share = lost / (back - from) as f64;
            tell(from, back, &Shares(&[(lead.seat, share)]));
        }
        if back < to {
            tell(back, to, &Shares(&[]));
        }
    }
}

/// The shares of the clients of seats that are on their way.
pub(super) struct Shares<'s>(&'s [(SeatId, f64)]);

impl Shares<'_> {
    /// That of one seat.
    pub(super) fn of(&self, seat: SeatId) -> f64 {
        let mut shares = self.0.iter();
        let found = shares.find(|(other, _)| *other == seat);
        found.map_or(0.0, |(_, share)| *share)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::law::{Exponential, Mixture, Pareto, Uniform};

    #[test]
    fn a_curve_loses_the_mean_of_its_law() {
        let minute = 60e9;
        let uniform = Law::from(Uniform::with_low_and_high(0.0, minute).unwrap());
        let late = Law::from(Exponential::with_mean(60.0 * minute).unwrap());
        let laws = vec![uniform.clone(), late.clone()];
        let mixed = Law::from(Mixture::new(vec![0.95, 0.05], laws).unwrap());
        let heavy = Law::from(Pareto::with_shape_and_minimum(1.5, minute).unwrap());
        for law in [uniform, late, mixed, heavy] {
            let curve = curve(&law);
            let mut total = 0.0;
            let (mut start, mut before) = (0, 1.0);
            for &Step { end, away, .. } in &curve {
                assert!(
                    start < end && away <= before + 1e-9,
                    "{law:?}: {away} after {before}"
                );
                let (low, high) = (law.survival(end as f64), law.survival(start as f64));
                let is_last = end == curve[curve.len() - 1].end;
                assert!(
                    is_last || (low - 1e-9..=high + 1e-9).contains(&away),
                    "{law:?}"
                );
                total += away * (end - start) as f64;
                assert!((lost_at(&curve, end) / total - 1.0).abs() < 1e-9, "{law:?}");
                (start, before) = (end, away);
            }
            let ratio = total / law.mean();
            assert!((ratio - 1.0).abs() < 1e-6, "{law:?}: {ratio}");
        }
    }
}
