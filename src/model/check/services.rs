//! The structure of services, what is asked of them, and what they cost.

use super::{Checker, TICK_SECS, path_key};
use crate::base::Span;
use crate::base::units::SECONDS_PER_YEAR;
use crate::model::{CreditStep, Group, GroupId, Member, Metric, Service, Structure, Target};

impl Checker<'_> {
    pub(super) fn check_services(&mut self) {
        if self.system.services.is_empty() {
            self.add(
                "service",
                "there is no service".to_owned(),
                "Add [service] with `up`.",
            );
        }
        for service in self.system.services.iter() {
            let path = path_key(&path_key("services", &service.name), "up");
            self.check_structure(&path, &service.up, false);
            self.check_cost(service);
            self.check_demand(service);
            for target in &service.targets {
                if !target.limit.is_finite() {
                    let path = path_key(&path_key("services", &service.name), "targets");
                    self.add(
                        &path,
                        format!("the limit of `{}` is not a finite number", target.text),
                        "",
                    );
                }
            }
        }
    }

    /// Targets for money where nothing costs any; groups can be walked through here.
    pub(super) fn check_targets_for_money(&mut self) {
        let system = self.system;
        if !system.cost_items().is_empty() {
            return;
        }
        for service in system.services.iter() {
            let is_of_money = |target: &&Target| matches!(target.metric, Metric::Cost(_));
            for target in service.targets.iter().filter(is_of_money) {
                let path = path_key(&path_key("services", &service.name), "targets");
                self.add(
                    &path,
                    format!("nothing costs anything, so `{}` says nothing", target.text),
                    "Add `cost` to kinds or services.",
                );
            }
        }
    }

    /// Targets for data of which nothing is known; services can be walked through here.
    pub(super) fn check_targets_for_data(&mut self) {
        let system = self.system;
        for (id, service) in system.services.iter_ids() {
            let of_data = |target: &&Target| {
                matches!(target.metric, Metric::DataLoss(_) | Metric::DataLost(_))
            };
            if let Some(target) = service.targets.iter().find(of_data)
                && system.data_groups(id).is_empty()
            {
                let path = path_key(&path_key("services", &service.name), "targets");
                self.add(
                    &path,
                    format!(
                        "nothing is said about the data of `{}`, so `{}` says nothing",
                        service.name, target.text
                    ),
                    "Add `replication` to a group.",
                );
            }
        }
    }

    fn check_cost(&mut self, service: &Service) {
        let path = path_key(&path_key("services", &service.name), "cost");
        let classes = &service.cost.down_time;
        let rises = classes.is_sorted_by(|a, b| a.until < b.until);
        let ends = classes
            .last()
            .is_none_or(|last| last.until == Span::FOREVER);
        if !rises || !ends {
            self.add(
                &path_key(&path, "downtime"),
                "the classes of downtime do not follow each other".to_owned(),
                "Give each class but the last an `until`, later than that of the one before.",
            );
        }
        if let Some(credits) = &service.cost.credits {
            let path = path_key(&path, "credits");
            if credits.steps.is_empty() {
                self.add(
                    &path,
                    "a table of credits without steps".to_owned(),
                    "Add a step.",
                );
            }
            let month = SECONDS_PER_YEAR / 12.0;
            if self.system.mission.as_secs() < month {
                self.add(
                    &path,
                    "credits are counted by the month, and the mission is shorter".to_owned(),
                    "Write a horizon of whole months, such as \"1 y\".",
                );
            }
            let above = |step: &&CreditStep| {
                let lower = |other: &&CreditStep| other.below < step.below;
                let mut lower = credits.steps.iter().filter(lower);
                lower.any(|other| other.share < step.share)
            };
            if let Some(step) = credits.steps.iter().find(above) {
                self.add(
                    &path,
                    format!(
                        "a month below {} gives back more than one that is worse",
                        step.below
                    ),
                    "Let the credit grow as the availability falls.",
                );
            }
        }
    }

    fn check_demand(&mut self, service: &Service) {
        let path = path_key("services", &service.name);
        let Some(demand) = &service.demand else {
            if service
                .targets
                .iter()
                .any(|target| target.metric == Metric::TimeBelowDemand)
            {
                self.add(
                    &path_key(&path, "targets"),
                    format!("nothing is asked of service `{}`", service.name),
                    "Add `demand` to it, or delete the target `time_below_demand`.",
                );
            }
            return;
        };
        let path = path_key(&path, "demand");
        let peak = demand.peak();
        let bad_load = |load: f64| !(load.is_finite() && load >= 0.0);
        if demand.steps.iter().any(|step| bad_load(step.1)) || peak <= 0.0 {
            self.add(
                &path,
                "a load is zero or more, and the largest is above zero".to_owned(),
                "",
            );
        }
        let ends = demand.steps.iter().skip(1).map(|step| step.0);
        let mut ordered = demand
            .steps
            .first()
            .is_some_and(|step| step.0 == Span::ZERO);
        let mut last = Span::ZERO;
        for end in ends.chain([demand.period]) {
            ordered &= end.as_secs() - last.as_secs() >= TICK_SECS;
            last = end;
        }
        if !ordered {
            self.add(
                &path,
                "a load lasts for less than a nanosecond".to_owned(),
                "Write a longer `every`.",
            );
        }
        let mut groups = Vec::new();
        self.groups_summed(&service.up, &mut groups, false, 0);
        groups.sort_unstable();
        if let Some(twice) = groups.windows(2).find(|pair| pair[0] == pair[1])
            && let Some(group) = self.system.groups.get(twice[0])
        {
            self.add(
                &path,
                format!(
                    "group `{}` would bear the load of service `{}` twice, as two parts that stand for each other contain it",
                    group.name, service.name
                ),
                "Name it in one of them, or beside them.",
            );
        }
    }

    /// The groups in parts that stand for each other, as often as their capacity would count.
    fn groups_summed(
        &self,
        structure: &Structure,
        found: &mut Vec<GroupId>,
        is_summed: bool,
        depth: usize,
    ) {
        let has_capacity = |group: &Group| {
            group.members.iter().any(|member| match *member {
                Member::Unit(unit) => {
                    let unit = self.system.units.get(unit);
                    unit.is_some_and(|unit| unit.capacity.is_some())
                }
                Member::Group(_) => true,
            })
        };
        match structure {
            Structure::Group(id) | Structure::Each(id) => {
                let group = self.system.groups.get(*id);
                if is_summed && group.is_some_and(has_capacity) {
                    found.push(*id);
                }
            }
            // Services in a circle are refused elsewhere.
            Structure::Service(_) if depth > self.system.services.len() => {}
            Structure::Service(id) => {
                if let Some(service) = self.system.services.get(*id) {
                    self.groups_summed(&service.up, found, is_summed, depth + 1);
                }
            }
            Structure::Soft(_) => {}
            Structure::AtLeast { k, of } => {
                let count: usize = of.iter().map(|part| self.system.part_count(part)).sum();
                let is_sum = *k < count;
                let mut all = Vec::new();
                for part in of {
                    let mut own = Vec::new();
                    self.groups_summed(part, &mut own, is_summed || is_sum, depth);
                    // Parts that are needed together may share what they need.
                    if !is_sum {
                        own.retain(|group| !all.contains(group));
                    }
                    all.extend(own);
                }
                found.extend(all);
            }
        }
    }

    /// `is_counted`: it is a part of which a number must be up.
    pub(super) fn check_structure(&mut self, path: &str, structure: &Structure, is_counted: bool) {
        match structure {
            Structure::Group(id) | Structure::Each(id) if self.system.groups.get(*id).is_none() => {
                self.add(path, "a group of the service does not exist".to_owned(), "");
            }
            Structure::Service(id) if self.system.services.get(*id).is_none() => {
                self.add(
                    path,
                    "a service that it needs does not exist".to_owned(),
                    "",
                );
            }
            Structure::Each(_) if !is_counted => {
                let message = "members are counted, but nothing says how many are enough";
                self.add(path, message.to_owned(), "Write at_least(2, each(GROUP)).");
            }
            Structure::Group(_) | Structure::Service(_) | Structure::Each(_) => {}
            Structure::Soft(part) => self.check_structure(path, part, false),
            Structure::AtLeast { k, of } => {
                let parts: usize = of.iter().map(|part| self.system.part_count(part)).sum();
                if *k == 0 || *k > parts {
                    let when = if *k == 0 { "always" } else { "never" };
                    let message = format!("at least {k} of {parts} parts is {when} up");
                    self.add(
                        path,
                        message,
                        "Write a number from 1 to the number of parts.",
                    );
                }
                for part in of {
                    self.check_structure(path, part, true);
                }
            }
        }
    }
}
