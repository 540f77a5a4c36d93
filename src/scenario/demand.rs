//! Reading what users ask of a service, and what a unit can bear.

use super::file;
use super::lower::Lowerer;
use super::problem::Code;
use super::reader::{Field, Table};
use crate::base::units::SECONDS_PER_DAY;
use crate::base::{Probability, Span};
use crate::math::Law;
use crate::model::{Breakdown, DemandProfile, GroupId, Member, Overload, Scaling, Structure};

/// A capacity: a load above zero.
pub(super) fn read_capacity(field: &Field<'_>) -> Option<f64> {
    let capacity = field.number()?;
    if capacity == 0.0 {
        let message = format!("`{}` must be above zero", field.key);
        let help = "What bears no load serves nobody; leave it out where load does not matter.";
        field.error(Code::OutOfRange, message, Some(help.to_owned()));
        return None;
    }
    Some(capacity)
}

pub(super) fn read_scaling(field: &Field<'_>) -> Option<Scaling> {
    let table = field.table(&file::SCALING)?;
    let above = table.get("above").map_or(Some(1.0), |field| field.ratio());
    let delay = table.require("delay").and_then(|field| field.law());
    let succeeds = table.probability_or("succeeds", Probability::ONE);
    let quota = table
        .require("quota")
        .and_then(|field| read_capacity(&field));
    Some(Scaling {
        above: above?,
        delay: delay?,
        succeeds: succeeds?,
        quota: quota?,
    })
}

/// `load = { exponent = ... }`.
pub(super) fn read_exponent(field: &Field<'_>) -> Option<f64> {
    let table = field.table(&file::LOAD)?;
    table.require("exponent")?.number()
}

pub(super) fn read_overload(field: &Field<'_>) -> Option<Overload> {
    let table = field.table(&file::OVERLOAD)?;
    let above = table.get("above").map_or(Some(1.0), |field| field.ratio());
    let law = |key: &str| {
        table
            .get(key)
            .map_or_else(|| Some(Law::zero()), |field| field.law())
    };
    let (after, restart) = (law("after"), law("restart"));
    let crash = table.get("crash");
    let breakdown = match &crash {
        Some(crash) => {
            for key in ["after", "recovers_below"] {
                if let Some(field) = table.get(key) {
                    let message = format!("`{key}` has no meaning where members crash one by one");
                    let help = "Delete it, or delete `crash`: then the group collapses as a whole.";
                    field.key_error(Code::ConflictingKeys, message, Some(help.to_owned()));
                }
            }
            crash.law().map(|after| Breakdown::Crashes { after })
        }
        None => {
            let below = table.require("recovers_below");
            let below = below.and_then(|field| field.ratio());
            after
                .zip(below)
                .map(|(after, recovers_below)| Breakdown::Collapse {
                    after,
                    recovers_below,
                })
        }
    };
    Some(Overload {
        above: above?,
        breakdown: breakdown?,
        restart: restart?,
    })
}

/// `demand`: a load, or how it goes over time.
pub(super) fn read_demand(field: &Field<'_>) -> Option<DemandProfile> {
    if !field.is_table() {
        return read_capacity(field).map(DemandProfile::constant);
    }
    let table = field.table(&file::DEMAND)?;
    table.at_most_one(
        &["mean", "peak"],
        "One of them says how high the course is.",
    );
    table.at_most_one(
        &["values", "csv", "daily"],
        "A course is a series, or that of a day and of a week.",
    );
    table.at_most_one(
        &["values", "csv", "weekly"],
        "A course is a series, or that of a day and of a week.",
    );
    let course = read_course(&table)?;
    let peak = course.peak();
    if !(peak > 0.0 && peak.is_finite()) {
        let message = "nobody ever asks for anything".to_owned();
        let help = "Write at least one load above zero, or leave `demand` out.".to_owned();
        field.error(Code::OutOfRange, message, Some(help));
        return None;
    }
    Some(match (table.get("mean"), table.get("peak")) {
        (Some(mean), _) => {
            let factor = read_capacity(&mean)? / course.mean();
            course.scaled(factor)
        }
        (None, Some(peak_field)) => course.scaled(read_capacity(&peak_field)? / peak),
        (None, None) => course,
    })
}

/// The course in its own unit, before `mean` and `peak` are applied.
fn read_course(table: &Table<'_>) -> Option<DemandProfile> {
    let loads = |key: &str| {
        let field = table.get(key)?;
        let loads = field.list_of(|item| item.number());
        if loads.as_ref().is_some_and(Vec::is_empty) {
            let message = format!("`{key}` is empty");
            let help = "Write one number for each part of the time.".to_owned();
            field.error(Code::OutOfRange, message, Some(help));
            return Some(None);
        }
        Some(loads)
    };
    let every = table.get("every");
    if let Some(csv) = table.get("csv") {
        // Data that could be read have become `values` already: what is left here has a problem.
        let csv = csv.table(&file::SERIES)?;
        for key in ["file", "column"] {
            if let Some(field) = csv.require(key) {
                field.text();
            }
        }
        return None;
    }
    if let Some(values) = loads("values") {
        let every = table
            .require("every")
            .and_then(|every| every.positive_seconds());
        let values = values?;
        let period = Span::from_secs(every? * values.len() as f64).ok()?;
        return Some(DemandProfile::equal_steps(period, &values));
    }
    if let Some(every) = every {
        let message = "`every` has no meaning without a series".to_owned();
        let help = "Delete it, or add `values` or `csv`.".to_owned();
        every.key_error(Code::ConflictingKeys, message, Some(help));
    }
    let (daily, weekly) = (loads("daily"), loads("weekly"));
    let days = |count: f64| Span::from_secs(count * SECONDS_PER_DAY).ok();
    match (daily, weekly) {
        (None, None) => {
            let load = table.get("mean").or_else(|| table.get("peak"));
            if load.is_none() {
                table.missing(
                    "mean",
                    "Say how much is asked: mean = 3000, with the course of a day as `daily` if it changes.",
                );
                return None;
            }
            Some(DemandProfile::constant(1.0))
        }
        (Some(daily), None) => Some(DemandProfile::equal_steps(days(1.0)?, &daily?)),
        (None, Some(weekly)) => Some(DemandProfile::equal_steps(days(7.0)?, &weekly?)),
        (Some(daily), Some(weekly)) => {
            if table.get("mean").is_none() && table.get("peak").is_none() {
                table.missing(
                    "mean",
                    "`daily` and `weekly` together are factors, so say what the mean or the peak is.",
                );
            }
            let (daily, weekly) = (daily?, weekly?);
            if weekly.len() != 7
                && let Some(field) = table.get("weekly")
            {
                let message = format!(
                    "`weekly` has {} numbers beside `daily`, not 7",
                    weekly.len()
                );
                let help = "Write one factor for each day of the week.".to_owned();
                field.error(Code::OutOfRange, message, Some(help));
            }
            let loads: Vec<f64> = weekly
                .iter()
                .flat_map(|day| daily.iter().map(move |hour| day * hour))
                .collect();
            Some(DemandProfile::equal_steps(days(7.0)?, &loads))
        }
    }
}

impl Lowerer {
    /// Says how fast those members age that age by their load, once all demands are known.
    pub(super) fn age_by_load(&mut self) {
        for (id, exponent) in std::mem::take(&mut self.exponents) {
            let services = self.system.services.iter();
            let demand = services
                .filter(|service| contains(&service.up, id))
                .find_map(|service| service.demand.clone());
            // Each bears the same share, so the least decides what a share can be. Without a demand
            // there is nothing to compare it with.
            let members = self.system.groups[id].members.iter();
            let capacities = members.map(|&member| self.capacity_of(member, 0));
            let least = capacities.flatten().fold(f64::INFINITY, f64::min);
            let (demand, capacity) = match demand {
                Some(demand) => (demand, least),
                None => (DemandProfile::constant(1.0), f64::INFINITY),
            };
            let pace = |serving: usize| -> f64 {
                let shares = demand.shares();
                shares
                    .map(|(share, load)| {
                        share * libm::pow((load / serving as f64).min(capacity), exponent)
                    })
                    .sum()
            };
            let group = &mut self.system.groups[id];
            let normal = pace(group.active);
            group.load = (1..=group.active)
                .map(|serving| pace(serving) / normal)
                .collect();
        }
    }

    /// The load that a member can bear; `None` if any. Groups may still be members of each other in a circle.
    fn capacity_of(&self, member: Member, depth: usize) -> Option<f64> {
        match member {
            Member::Unit(unit) => self.system.units[unit].capacity,
            Member::Group(_) if depth > self.system.groups.len() => None,
            Member::Group(inner) => {
                let group = &self.system.groups[inner];
                let serving = group.members.iter().take(group.active);
                serving
                    .map(|&member| self.capacity_of(member, depth + 1))
                    .sum()
            }
        }
    }
}

/// Whether a structure names a group itself.
fn contains(structure: &Structure, group: GroupId) -> bool {
    match structure {
        Structure::Group(id) | Structure::Each(id) => *id == group,
        Structure::Service(_) => false,
        Structure::Soft(part) => contains(part, group),
        Structure::AtLeast { of, .. } => of.iter().any(|part| contains(part, group)),
    }
}
