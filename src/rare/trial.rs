//! A rare trial: the lives of all parts of a system, and what their branches do together.

use std::rc::Rc;

use super::life::{Kept, Life};
use super::meanwhile::Meanwhile;
use super::mission::{Line, together};
use super::path::Path;
use super::simulator::RareSimulator;
use super::tally::{RareTally, TrialSums, service_ids};
use crate::base::Id;
use crate::engine::{Outcome, ServiceOutcome};
use crate::math::rng::Stream;
use crate::model::CostItem;
use crate::trials::{Periods, Scratch};

const FOLLOW_STREAM: u64 = 0x66_6f6c_6c6f_7773;

/// Runs trials, in buffers that are kept.
pub(super) struct Runner<'a> {
    pub(super) simulator: &'a RareSimulator,
    /// Of each module.
    pub(super) lives: Vec<Life<'a>>,
    /// What the main paths of the parts of a trial are together, if there are several: a plain trial.
    pub(super) whole: Outcome,
    pub(super) scratch: Scratch,
    pub(super) months: Periods,
    pub(super) sums: Vec<TrialSums>,
}

/// A trial that is run.
pub(super) struct Trial<'t> {
    pub(super) number: u64,
    pub(super) branch_count: u64,
    /// Decides which branches are followed.
    pub(super) coin: Stream,
    pub(super) tally: &'t mut RareTally,
}

impl<'t> Trial<'t> {
    pub(super) fn new(
        simulator: &RareSimulator,
        number: u64,
        tally: &'t mut RareTally,
    ) -> Trial<'t> {
        Trial {
            number,
            branch_count: 0,
            coin: simulator.streams.stream(number, FOLLOW_STREAM),
            tally,
        }
    }
}

/// The main paths of a trial, or what becomes of them after a branch that is followed: its part goes on
/// from where it ended, the others live as they did.
pub(super) struct World<'a> {
    /// What its branches count for.
    pub(super) line: Line,
    /// The parts that have been followed, and from where.
    pub(super) followed: Vec<(u32, Rc<Path<'a>>)>,
}

impl World<'_> {
    pub(super) fn main(mission: u64) -> World<'static> {
        World {
            line: Line::main(1.0, mission),
            followed: Vec::new(),
        }
    }
}

impl<'a> Runner<'a> {
    /// A trial: a main path of each part, and branches from its quiet states. Returns what the main paths
    /// are likely to lead to, if that is still to be found out.
    pub(super) fn add_trial(&mut self, number: u64, tally: &mut RareTally) -> f64 {
        let simulator = self.simulator;
        for (sums, judge) in self.sums.iter_mut().zip(simulator.judges.iter()) {
            sums.clear(judge);
        }
        let mut trial = Trial::new(simulator, number, tally);
        for life in &mut self.lives {
            life.worth = 0.0;
        }
        self.live(&World::main(simulator.mission), &mut trial);
        if tally.cut.is_some() {
            return 0.0;
        }
        tally.trial_count += 1;
        for service in service_ids(tally) {
            tally.services[service].add(&mut self.sums[service.index()]);
        }
        self.add_plain(tally, number);
        self.lives.iter().map(|life| life.worth).sum()
    }

    /// Adds what has happened on the main paths themselves, and what all of it costs.
    fn add_plain(&mut self, tally: &mut RareTally, trial: u64) {
        let simulator = self.simulator;
        let only = self.lives.first().filter(|_| !simulator.is_taken_apart);
        let chronicle = only.and_then(|life| life.chronicle.as_ref());
        let outcome = chronicle.map_or(&self.whole, |chronicle| chronicle.outcome());
        let layout = &simulator.layout;
        tally.plain.add(layout, trial, outcome, &mut self.scratch);
        let (mut total, mut total_often) = (0.0, 0.0);
        for (item, moments) in &mut tally.costs {
            let cost = match item.service() {
                None => layout.prices.of_units(*item, outcome),
                Some(service) => self.sums[service.index()].cost(&simulator.judges[service], *item),
            };
            moments.record(cost);
            total += cost;
            total_often += match item {
                CostItem::Credits(service) => {
                    layout
                        .prices
                        .credits_of(*service, outcome, &mut self.months)
                }
                _ => cost,
            };
        }
        tally.total_cost.record(total);
        tally.total_cost_often.record(total_often);
    }

    /// Lives the main paths of a world, with their branches.
    pub(super) fn live(&mut self, world: &World<'a>, trial: &mut Trial<'_>) {
        let simulator = self.simulator;
        let is_whole = world.line.service.is_none() && simulator.is_taken_apart;
        if is_whole {
            self.begin_whole();
        }
        let mut others = Vec::from_iter(simulator.judges.iter().map(|_| Meanwhile::default()));
        for place in &simulator.places {
            let counts = |service| place.services.contains(&service);
            if !world.line.service.is_none_or(counts) {
                continue;
            }
            let life = &mut self.lives[place.module];
            life.live(place, world, trial);
            let log = &life.main.run.watch.log;
            for &(service, stay) in &log.stays {
                if let Some(service) = place.services.get(service.index()) {
                    others[service.index()].add(place, stay, &log.losing);
                }
            }
            if let Some(chronicle) = life.chronicle.as_ref().filter(|_| is_whole) {
                place.add_to(&mut self.whole, chronicle.outcome());
            }
        }
        others.iter_mut().for_each(Meanwhile::settle);
        if is_whole {
            for (service, others) in self.whole.services.iter_mut().zip(&others) {
                others.outcome(service);
            }
        }
        let kept: Vec<Kept<'a>> = self
            .lives
            .iter_mut()
            .flat_map(|life| life.kept.drain(..))
            .collect();
        for kept in kept {
            if trial.tally.cut.is_some() {
                return;
            }
            self.count(world, trial, kept, &others);
        }
    }

    /// Nothing has happened yet to the whole.
    fn begin_whole(&mut self) {
        let services = self.simulator.judges.len();
        self.whole.services.clear();
        let begun = || ServiceOutcome::default();
        self.whole.services.resize_with(services, begun);
        self.whole.repairs.fill(0);
        self.whole.scaled.fill(0);
        self.whole.losses.clear();
        self.whole.event_count = 0;
    }

    /// Counts a branch together with what other parts do, and perhaps follows it.
    fn count(
        &mut self,
        world: &World<'a>,
        trial: &mut Trial<'_>,
        mut kept: Kept<'a>,
        others: &[Meanwhile],
    ) {
        let simulator = self.simulator;
        let (part, service, weight) = (kept.part, kept.service, kept.weight);
        let (others, judge) = (&others[service.index()], &simulator.judges[service]);
        let sums = &mut self.sums[service.index()];
        others.take_from(&mut kept.record, part, &kept.stays, &kept.losing);
        let line = &world.line;
        let first = kept.record.outages.first().map(|outage| outage.start);
        let up_since = first.map_or(0, |first| others.up_since(part, first));
        let up_since = up_since.max(kept.up_since);
        if line.service.is_none() {
            sums.add(judge, weight, &kept.record, up_since);
        }
        let Some(first) = first else {
            return;
        };
        let outages = &kept.record.outages;
        let (until, up_since, first_end) = if line.service.is_none() {
            let until = judge.matters_until(outages, up_since);
            let end = outages.last().map_or(first, |last| last.end);
            (until.unwrap_or(0), up_since, end)
        } else {
            // What comes after a main path has been down itself counts for a branch of that time.
            if kept.up_since > line.since || others.goes_down(part, line.since, first) {
                return;
            }
            sums.follow(judge, line, &kept.record, weight);
            (line.until, line.up_since, line.first_end)
        };
        let Some((chance, path)) = kept.follow.filter(|(_, path)| path.run.told_now() < until)
        else {
            return;
        };
        let mut followed = world.followed.clone();
        followed.retain(|(other, _)| *other != part);
        followed.push((part, Rc::new(path)));
        let world = World {
            line: Line {
                service: Some(service),
                factor: weight / chance,
                until,
                up_since,
                before: together(&line.before, outages),
                first_end,
                since: first,
            },
            followed,
        };
        trial.tally.followed_count += 1;
        self.live(&world, trial);
    }
}
