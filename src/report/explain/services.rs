//! What users see, and what it costs.

use super::Page;
use super::phrases::rough;
use crate::base::text::clean;
use crate::base::units::SECONDS_PER_YEAR;
use crate::base::{Money, MoneyRate, Probability, Span, human};
use crate::model::{DemandProfile, Metric, Service, Structure};
use crate::report::words::{counted, listed, money};

impl Page<'_> {
    pub(super) fn services(&mut self) {
        self.heading("SERVICES");
        for service in self.system.services.iter() {
            let up = self.structure(&service.up, false);
            let mut text = format!("{} is up while {up}.", clean(&service.name));
            if let Some(demand) = &service.demand {
                text += &self.demand(service, demand);
            }
            match service.targets.as_slice() {
                [] => text += " It has no targets.",
                targets => {
                    let texts: Vec<String> =
                        targets.iter().map(|target| clean(&target.text)).collect();
                    text += &format!(" It must keep {}.", listed(&texts));
                    for target in targets {
                        if let Metric::Availability = target.metric {
                            let allowed = (1.0 - target.limit) * SECONDS_PER_YEAR;
                            text += &format!(" That allows {} down a year.", rough(allowed));
                        }
                    }
                }
            }
            self.say(2, &text);
        }
    }

    fn demand(&self, service: &Service, demand: &DemandProfile) -> String {
        let load = |load: f64| human::significant(load, 6);
        let mut text = if demand.is_constant() {
            format!(" A load of {} is asked of it.", load(demand.peak()))
        } else {
            format!(
                " A load of {} is asked of it on average, and {} at most, in {} steps that repeat every {}.",
                load(demand.mean()),
                load(demand.peak()),
                demand.steps.len(),
                human::duration(demand.period.as_secs())
            )
        };
        text += &match self.system.rated_capacity(&service.up) {
            Some(capacity) => format!(" It can bear {} while all is well.", load(capacity)),
            None => " Nothing bounds what it can bear.".to_owned(),
        };
        if service.down_below > Probability::ZERO {
            text += &format!(
                " While it serves less than {} of that it counts as down.",
                service.down_below
            );
        }
        text
    }

    pub(super) fn costs(&mut self) {
        let system = self.system;
        let (Some(currency), false) = (system.currency, system.cost_items().is_empty()) else {
            return;
        };
        self.heading("COSTS");
        let rate = |rate: MoneyRate| format!("{} an hour", money(rate.of_an_hour(), currency));
        let an_hour = system.unit_cost_of_an_hour();
        if an_hour > 0.0 {
            let year = money(an_hour * SECONDS_PER_YEAR / 3600.0, currency);
            self.say(
                2,
                &format!(
                    "All units: {year} a year, each in the role that it has while all is well."
                ),
            );
        }
        for (id, group) in system.groups.iter_ids() {
            let an_hour = system.scaling_cost_of_an_hour(id);
            if an_hour > 0.0 {
                let count = counted(u64::from(system.scaled_unit_count(id)), "more unit");
                self.say(
                    2,
                    &format!(
                        "{count} in {}: {} an hour while scaling keeps them.",
                        clean(&group.name),
                        money(an_hour, currency)
                    ),
                );
            }
        }
        for kind in system.kinds.iter() {
            let cost = &kind.cost;
            let mut parts = Vec::new();
            if cost.active > MoneyRate::ZERO {
                parts.push(format!("{} serving", rate(cost.active)));
            }
            if cost.standby != cost.active {
                parts.push(format!("{} standing by", rate(cost.standby)));
            }
            if cost.cold != cost.standby {
                parts.push(format!("{} standing by cold", rate(cost.cold)));
            }
            if cost.repair > Money::ZERO {
                parts.push(format!(
                    "{} for each repair",
                    money(cost.repair.get(), currency)
                ));
            }
            if !parts.is_empty() {
                self.say(4, &format!("{}: {}.", clean(&kind.name), listed(&parts)));
            }
        }
        for service in system.services.iter() {
            let cost = &service.cost;
            let mut given_back = String::new();
            let mut parts = Vec::new();
            if cost.outage > Money::ZERO {
                parts.push(format!(
                    "{} for each outage",
                    money(cost.outage.get(), currency)
                ));
            }
            for class in &cost.down_time {
                let until = if class.until == Span::FOREVER {
                    String::new()
                } else {
                    format!(
                        " until an outage is {} old",
                        human::duration(class.until.as_secs())
                    )
                };
                parts.push(format!("{} of downtime{until}", rate(class.costs)));
            }
            if cost.degraded > MoneyRate::ZERO {
                parts.push(format!("{} of degraded time", rate(cost.degraded)));
            }
            if cost.data_lost > MoneyRate::ZERO {
                parts.push(format!("{} of lost writes", rate(cost.data_lost)));
            }
            if let Some(credits) = &cost.credits {
                let month = money(credits.fee.of_secs(SECONDS_PER_YEAR / 12.0), currency);
                let steps: Vec<String> = credits
                    .steps
                    .iter()
                    .map(|step| format!("{} below {}", step.share, step.below))
                    .collect();
                given_back = format!(
                    " Of {month} a month, customers get back {} of availability.",
                    listed(&steps)
                );
            }
            if service.cost.is_any() {
                let name = clean(&service.name);
                let parts = if parts.is_empty() {
                    "its outages cost service credits".to_owned()
                } else {
                    listed(&parts)
                };
                self.say(2, &format!("{name}: {parts}.{given_back}"));
            }
        }
    }

    pub(super) fn structure(&self, structure: &Structure, inner: bool) -> String {
        match structure {
            Structure::Group(group) => {
                let name = clean(&self.system.groups[*group].name);
                if inner { name } else { format!("{name} is up") }
            }
            Structure::Service(service) => {
                let name = clean(&self.system.services[*service].name);
                if inner { name } else { format!("{name} is up") }
            }
            Structure::Each(group) => {
                format!("the members of {}", clean(&self.system.groups[*group].name))
            }
            Structure::Soft(part) => format!("({} or not)", self.structure(part, true)),
            Structure::AtLeast { k, of } => {
                let count: usize = of.iter().map(|part| self.system.part_count(part)).sum();
                if count == 1 {
                    return self.structure(&of[0], inner);
                }
                let parts: Vec<String> = of.iter().map(|part| self.structure(part, true)).collect();
                let text = match *k {
                    k if count > of.len() => format!("at least {k} of {}", listed(&parts)),
                    k if k == of.len() => parts.join(" and "),
                    1 => parts.join(" or "),
                    k => format!("at least {k} of {}", listed(&parts)),
                };
                match (inner, *k == 1) {
                    (true, _) => format!("({text})"),
                    (false, true) => format!("{text} is up"),
                    (false, false) => format!("{text} are up"),
                }
            }
        }
    }
}
