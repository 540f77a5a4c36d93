//! What things cost: units by the hour, repairs, outages, downtime and broken promises.
//!
//! All of it is either known beforehand or a sum over what has happened in a trial, so no rule of a
//! failover knows of it.

use super::{GroupId, Member, Scaling, ServiceId, System, UnitId};
use crate::base::{Id, IdVec, Money, MoneyRate, Probability, Span};

/// What a unit costs.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct UnitCost {
    /// While it is meant to serve.
    pub active: MoneyRate,
    /// While it is meant to stand by, ready to fail.
    pub standby: MoneyRate,
    /// While it is meant to stand by cold, so that it cannot fail.
    pub cold: MoneyRate,
    /// Each repair that is brought to an end.
    pub repair: Money,
}

/// What the outages of a service cost.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ServiceCost {
    /// Each outage, however short.
    pub outage: Money,
    /// Downtime, by how long the outage has lasted: the classes in order.
    pub down_time: Vec<DownTimeClass>,
    /// What customers get back after a bad month.
    pub credits: Option<Credits>,
    /// Degraded time.
    pub degraded: MoneyRate,
    /// Lost data, by the time of writes.
    pub data_lost: MoneyRate,
}

/// What downtime costs while an outage is so old.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DownTimeClass {
    /// Age of the outage up to which it holds; [`Span::FOREVER`] for the last class.
    pub until: Span,
    /// What it costs.
    pub costs: MoneyRate,
}

/// Service credits: a part of the fee is given back for each month with too little availability.
#[derive(Clone, Debug, PartialEq)]
pub struct Credits {
    /// What the customers pay.
    pub fee: MoneyRate,
    /// The steps, from the highest availability to the lowest.
    pub steps: Vec<CreditStep>,
}

/// A step of a table of credits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CreditStep {
    /// It counts in a month with less availability than this.
    pub below: Probability,
    /// Part of the month's fee that is given back.
    pub share: Probability,
}

/// What money is spent on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CostItem {
    /// Having the units.
    Units,
    /// Having the units that scaling adds, while they serve.
    Scaling,
    /// Mending them.
    Repairs,
    /// Outages of a service, each one.
    Outages(ServiceId),
    /// Downtime of a service.
    DownTime(ServiceId),
    /// Service credits.
    Credits(ServiceId),
    /// Degraded time of a service.
    Degraded(ServiceId),
    /// Lost data.
    DataLost(ServiceId),
}

impl CostItem {
    /// Its name in files: `snake_case`.
    pub fn name(self) -> &'static str {
        match self {
            CostItem::Units => "units",
            CostItem::Scaling => "scaling",
            CostItem::Repairs => "repairs",
            CostItem::Outages(_) => "outages",
            CostItem::DownTime(_) => "downtime",
            CostItem::Credits(_) => "credits",
            CostItem::Degraded(_) => "degraded",
            CostItem::DataLost(_) => "data_lost",
        }
    }

    /// What it is, for people.
    pub fn describe(self) -> &'static str {
        match self {
            CostItem::Units => "units",
            CostItem::Scaling => "units added by scaling",
            CostItem::Repairs => "repairs",
            CostItem::Outages(_) => "outages, each",
            CostItem::DownTime(_) => "downtime",
            CostItem::Credits(_) => "service credits",
            CostItem::Degraded(_) => "degraded time",
            CostItem::DataLost(_) => "lost data",
        }
    }

    /// The service that it is spent on, if it is one.
    pub fn service(self) -> Option<ServiceId> {
        match self {
            CostItem::Units | CostItem::Scaling | CostItem::Repairs => None,
            CostItem::Outages(service)
            | CostItem::DownTime(service)
            | CostItem::Credits(service)
            | CostItem::Degraded(service)
            | CostItem::DataLost(service) => Some(service),
        }
    }
}

impl UnitCost {
    /// The same in every role, and nothing for repairs.
    pub fn flat(rate: MoneyRate) -> UnitCost {
        UnitCost {
            active: rate,
            standby: rate,
            cold: rate,
            repair: Money::ZERO,
        }
    }
}

impl ServiceCost {
    /// What the downtime of an outage of so many seconds costs.
    pub fn of_down_time(&self, secs: f64) -> f64 {
        let mut from = 0.0;
        let mut sum = 0.0;
        for class in &self.down_time {
            let until = class.until.as_secs().min(secs);
            if until > from {
                sum += class.costs.of_secs(until - from);
                from = until;
            }
        }
        sum
    }

    /// What downtime costs if that does not depend on how long an outage lasts.
    pub fn flat_down_time(&self) -> Option<MoneyRate> {
        match self.down_time.as_slice() {
            [] => Some(MoneyRate::ZERO),
            [only] if only.until == Span::FOREVER => Some(only.costs),
            _ => None,
        }
    }

    /// Whether anything about the service costs money.
    pub fn is_any(&self) -> bool {
        self.outage > Money::ZERO
            || !self.down_time.is_empty()
            || self.credits.is_some()
            || self.degraded > MoneyRate::ZERO
            || self.data_lost > MoneyRate::ZERO
    }
}

impl Credits {
    /// The part of a month's fee that is given back for an availability.
    pub fn share(&self, availability: f64) -> f64 {
        self.steps
            .iter()
            .filter(|step| availability < step.below.get())
            .map(|step| step.share.get())
            .fold(0.0, f64::max)
    }
}

/// What a unit is meant to do while all is well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Duty {
    Active,
    Standby,
    Cold,
}

impl System {
    /// What an hour of all units costs, each in the role that it has while all is well: the first
    /// `active` members of a group serve, the others stand by.
    pub fn unit_cost_of_an_hour(&self) -> f64 {
        let mut duties: IdVec<UnitId, Duty> = IdVec::filled(Duty::Active, self.units.len());
        let is_member = |id: GroupId| {
            let members = self.groups.iter().flat_map(|group| &group.members);
            members
                .into_iter()
                .any(|member| *member == Member::Group(id))
        };
        for id in self.groups.ids().filter(|&id| !is_member(id)) {
            self.give_duties(id, Duty::Active, &mut duties);
        }
        self.units
            .iter_ids()
            .map(|(id, unit)| {
                let cost = &self.kinds[unit.kind].cost;
                match duties[id] {
                    Duty::Active => cost.active.of_an_hour(),
                    Duty::Standby => cost.standby.of_an_hour(),
                    Duty::Cold => cost.cold.of_an_hour(),
                }
            })
            .sum()
    }

    fn give_duties(&self, id: GroupId, duty: Duty, duties: &mut IdVec<UnitId, Duty>) {
        let group = &self.groups[id];
        let waiting = if group.dormancy > 0.0 {
            Duty::Standby
        } else {
            Duty::Cold
        };
        for (position, member) in group.members.iter().enumerate() {
            let own = if position < group.active {
                duty
            } else {
                duty.max(waiting)
            };
            match *member {
                Member::Unit(unit) => duties[unit] = own,
                Member::Group(inner) => self.give_duties(inner, own, duties),
            }
        }
    }

    /// As how many units the members come that scaling adds to a group: units like its first one, so
    /// many as bear the quota; 0 without scaling.
    pub fn scaled_unit_count(&self, group: GroupId) -> u32 {
        let scaling = self.groups[group].scaling.as_ref();
        let capacity = self
            .first_unit(group)
            .and_then(|unit| self.units[unit].capacity);
        // A quota of three units is three of them, however it is rounded.
        let count = |(scaling, capacity): (&Scaling, f64)| scaling.quota / capacity - 1e-9;
        scaling
            .zip(capacity)
            .map_or(0, |of| count(of).ceil() as u32)
    }

    /// What an hour of the members costs that scaling adds to a group, which serve as its active ones.
    pub fn scaling_cost_of_an_hour(&self, group: GroupId) -> f64 {
        let cost = self.first_unit(group).map_or(0.0, |unit| {
            self.kinds[self.units[unit].kind].cost.active.of_an_hour()
        });
        f64::from(self.scaled_unit_count(group)) * cost
    }

    fn first_unit(&self, group: GroupId) -> Option<UnitId> {
        match *self.groups[group].members.first()? {
            Member::Unit(unit) => Some(unit),
            Member::Group(inner) => self.first_unit(inner),
        }
    }

    /// What money is spent on, in order; nothing in a system without costs.
    pub fn cost_items(&self) -> Vec<CostItem> {
        let mut items = Vec::new();
        if self.unit_cost_of_an_hour() > 0.0 {
            items.push(CostItem::Units);
        }
        let scales = |group| self.scaling_cost_of_an_hour(group) > 0.0;
        if self.groups.ids().any(scales) {
            items.push(CostItem::Scaling);
        }
        let used = |index: usize| {
            let mut units = self.units.iter();
            units.any(|unit| unit.kind.index() == index)
        };
        let kinds = self.kinds.iter().enumerate();
        if kinds
            .filter(|(_, kind)| kind.cost.repair > Money::ZERO)
            .any(|(index, _)| used(index))
        {
            items.push(CostItem::Repairs);
        }
        for (id, service) in self.services.iter_ids() {
            let cost = &service.cost;
            for (item, is_spent) in [
                (CostItem::Outages(id), cost.outage > Money::ZERO),
                (CostItem::DownTime(id), !cost.down_time.is_empty()),
                (CostItem::Credits(id), cost.credits.is_some()),
                (CostItem::Degraded(id), cost.degraded > MoneyRate::ZERO),
                (CostItem::DataLost(id), cost.data_lost > MoneyRate::ZERO),
            ] {
                if is_spent {
                    items.push(item);
                }
            }
        }
        items
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(per_hour: f64) -> MoneyRate {
        MoneyRate::per_hour(Money::new(per_hour).expect("an amount"))
    }

    #[test]
    fn each_minute_costs_what_its_class_says() {
        let minutes = |minutes: f64| Span::from_secs(60.0 * minutes).expect("a time");
        let cost = ServiceCost {
            down_time: vec![
                DownTimeClass {
                    until: minutes(5.0),
                    costs: rate(0.0),
                },
                DownTimeClass {
                    until: minutes(30.0),
                    costs: rate(60.0),
                },
                DownTimeClass {
                    until: Span::FOREVER,
                    costs: rate(600.0),
                },
            ],
            ..ServiceCost::default()
        };
        for (length, costs) in [
            (0.0, 0.0),
            (5.0, 0.0),
            (6.0, 1.0),
            (30.0, 25.0),
            (40.0, 125.0),
        ] {
            assert!(
                (cost.of_down_time(60.0 * length) - costs).abs() < 1e-9,
                "{length}"
            );
        }
        assert_eq!(cost.flat_down_time(), None);
    }

    #[test]
    fn the_lowest_step_counts() {
        let share = |value| Probability::new(value).expect("a share");
        let credits = Credits {
            fee: rate(1.0),
            steps: [(0.9999, 0.1), (0.99, 0.25), (0.95, 1.0)]
                .map(|(below, given)| CreditStep {
                    below: share(below),
                    share: share(given),
                })
                .to_vec(),
        };
        for (availability, given) in [
            (1.0, 0.0),
            (0.9999, 0.0),
            (0.9998, 0.1),
            (0.98, 0.25),
            (0.5, 1.0),
        ] {
            assert_eq!(credits.share(availability), given, "{availability}");
        }
    }
}
