//! What a trial costs: sums over what has happened in it, in whole ten-thousandths of the currency,
//! so that they do not depend on their order.

use super::period::{MONTH, Periods};
use crate::base::{Id, IdVec, units::SECONDS_PER_YEAR};
use crate::engine::{Outcome, ServiceOutcome};
use crate::model::{CostItem, Credits, GroupId, KindId, ServiceCost, ServiceId, System};
use crate::stats::{Histogram, Moments};

/// Parts of the currency's unit that sums are kept in.
pub const PARTS_PER_UNIT: f64 = 1e4;

/// What costs what.
#[derive(Clone, Debug)]
pub(crate) struct Prices {
    /// What money is spent on, in order.
    items: Vec<CostItem>,
    /// All units over the mission.
    units: f64,
    /// An hour of the members that scaling adds to each group.
    scaling: IdVec<GroupId, f64>,
    /// A repair of each kind.
    repairs: IdVec<KindId, f64>,
    services: IdVec<ServiceId, ServiceCost>,
    /// Length of the mission in nanoseconds.
    mission: u64,
}

/// Sums of what a set of trials has cost, in [`PARTS_PER_UNIT`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CostTally {
    /// What money is spent on, with what each trial has spent on it.
    pub items: Vec<(CostItem, Moments)>,
    /// All of it.
    pub total: Moments,
    /// The same, as a distribution.
    pub distribution: Histogram,
}

impl Prices {
    /// The prices of a system.
    pub(super) fn of(system: &System) -> Prices {
        Prices {
            items: system.cost_items(),
            units: system.unit_cost_of_an_hour() * system.mission.as_secs() / 3600.0,
            scaling: system
                .groups
                .ids()
                .map(|group| system.scaling_cost_of_an_hour(group))
                .collect(),
            repairs: system
                .kinds
                .iter()
                .map(|kind| kind.cost.repair.get())
                .collect(),
            services: system
                .services
                .iter()
                .map(|service| service.cost.clone())
                .collect(),
            mission: system.mission.as_nanos(),
        }
    }

    /// What money is spent on, in order.
    pub(crate) fn items(&self) -> impl Iterator<Item = CostItem> + '_ {
        self.items.iter().copied()
    }

    /// What a trial has spent on the units and their repairs.
    pub(crate) fn of_units(&self, item: CostItem, outcome: &Outcome) -> f64 {
        match item {
            CostItem::Units => self.units,
            CostItem::Scaling => outcome
                .scaled
                .iter()
                .zip(self.scaling.iter())
                .map(|(&time, an_hour)| time as f64 * 1e-9 / 3600.0 * an_hour)
                .sum(),
            CostItem::Repairs => {
                let repairs = outcome.repairs.iter().zip(self.repairs.iter());
                repairs.map(|(&count, price)| count as f64 * price).sum()
            }
            CostItem::Outages(_)
            | CostItem::DownTime(_)
            | CostItem::Credits(_)
            | CostItem::Degraded(_)
            | CostItem::DataLost(_) => 0.0,
        }
    }

    fn price(
        &self,
        item: CostItem,
        data_groups: &[Vec<GroupId>],
        outcome: &Outcome,
        months: &mut Periods,
    ) -> f64 {
        let of = |service: ServiceId| (&self.services[service], &outcome.services[service.index()]);
        match item {
            CostItem::Units | CostItem::Scaling | CostItem::Repairs => self.of_units(item, outcome),
            CostItem::Outages(service) => {
                let (cost, outcome) = of(service);
                outcome.outages().count() as f64 * cost.outage.get()
            }
            CostItem::DownTime(service) => {
                let (cost, outcome) = of(service);
                outcome
                    .outages()
                    .map(|outage| cost.of_down_time(outage.duration() as f64 * 1e-9))
                    .sum()
            }
            CostItem::Degraded(service) => {
                let (cost, outcome) = of(service);
                cost.degraded.of_secs(outcome.degraded as f64 * 1e-9)
            }
            CostItem::DataLost(service) => {
                let groups = &data_groups[service.index()];
                let losses = outcome.losses.iter();
                let lost: u64 = losses
                    .filter(|loss| groups.contains(&loss.group))
                    .map(|loss| loss.lost)
                    .sum();
                self.services[service].data_lost.of_secs(lost as f64 * 1e-9)
            }
            CostItem::Credits(service) => self.credits_of(service, outcome, months),
        }
    }

    /// What is given back for a service, in buffers for its months.
    pub(crate) fn credits_of(
        &self,
        service: ServiceId,
        outcome: &Outcome,
        months: &mut Periods,
    ) -> f64 {
        let outcome = &outcome.services[service.index()];
        self.services[service]
            .credits
            .as_ref()
            .map_or(0.0, |credits| self.credits(credits, outcome, months))
    }

    /// What is given back, month by month. What is left of the mission after its last whole month
    /// counts as these months do on average.
    fn credits(&self, credits: &Credits, outcome: &ServiceOutcome, months: &mut Periods) -> f64 {
        let count = self.mission / MONTH;
        months.reset(MONTH, 0..count);
        for outage in outcome.outages() {
            months.add(outage.start.0, outage.end.0);
        }
        let shares: f64 = months
            .down_times()
            .map(|down| credits.share(1.0 - down as f64 / MONTH as f64))
            .sum();
        let fee = credits.fee.of_secs(SECONDS_PER_YEAR / 12.0);
        shares * fee * (self.mission as f64 / (count * MONTH) as f64)
    }
}

impl CostTally {
    /// An empty tally; nothing in a system without costs.
    pub(super) fn new(prices: &Prices) -> Option<CostTally> {
        let items = prices.items.iter().map(|&item| (item, Moments::new()));
        let tally = CostTally {
            items: items.collect(),
            ..CostTally::default()
        };
        (!tally.items.is_empty()).then_some(tally)
    }

    /// Adds a trial, and gives what it has cost.
    pub(super) fn add(
        &mut self,
        prices: &Prices,
        data_groups: &[Vec<GroupId>],
        outcome: &Outcome,
        months: &mut Periods,
    ) -> u64 {
        let mut total: u64 = 0;
        for (item, moments) in &mut self.items {
            // The cast saturates, and so does the sum: what costs that much costs too much.
            let cost =
                (prices.price(*item, data_groups, outcome, months) * PARTS_PER_UNIT).round() as u64;
            moments.record(cost);
            total = total.saturating_add(cost);
        }
        self.total.record(total);
        self.distribution.record(total);
        total
    }

    /// Adds the trials of another tally.
    pub(super) fn merge(&mut self, other: &CostTally) {
        for ((_, mine), (_, other)) in self.items.iter_mut().zip(&other.items) {
            mine.merge(other);
        }
        self.total.merge(&other.total);
        self.distribution.merge(&other.distribution);
    }
}
