//! Who serves in a group, how the dead are noticed, and who takes over.

use super::{Checker, TICK_SECS, is_instant, is_zero, path_key};
use crate::base::{Id, Probability, Span};
use crate::model::{
    Detector, FailbackTiming, Group, Member, OnFailure, Probes, Replication, Stage,
};

impl Checker<'_> {
    pub(super) fn check_group(&mut self, group: &Group) {
        let path = path_key("groups", &group.name);
        let (name, count) = (&group.name, group.members.len());
        let key = |key: &str| path_key(&path, key);
        if count == 0 {
            self.add(
                &key("members"),
                format!("group `{name}` has no members"),
                "Name at least one.",
            );
            return;
        }
        if group.active == 0 || group.required == 0 {
            let which = if group.active == 0 {
                "active"
            } else {
                "required"
            };
            self.add(
                &key(which),
                format!("group `{name}` would need nobody"),
                "Write at least 1.",
            );
        }
        if group.required > count {
            let missing = group.required - count;
            self.add(
                &key("required"),
                format!(
                    "group `{name}` needs {} members up but has only {count}",
                    group.required
                ),
                &format!("Lower `required` to at most {count}, or add {missing} more."),
            );
        } else if group.active > count {
            self.add(
                &key("active"),
                format!(
                    "group `{name}` has {} seats but only {count} members",
                    group.active
                ),
                &format!("Lower `active` to at most {count}."),
            );
        } else if group.required > group.active {
            self.add(
                &key("required"),
                format!(
                    "group `{name}` needs {} serving members but only {} serve",
                    group.required, group.active
                ),
                &format!(
                    "Raise `active` to {}, or lower `required` to {}.",
                    group.required, group.active
                ),
            );
        }
        if !(group.dormancy.is_finite() && group.dormancy >= 0.0) {
            self.add(
                &key("standby"),
                format!("the dormancy is {}", group.dormancy),
                "Write zero or more.",
            );
        }
        if group
            .load
            .iter()
            .any(|speed| !(speed.is_finite() && *speed >= 0.0))
        {
            self.add(
                &key("load"),
                "a speed of ageing is zero or more".to_owned(),
                "",
            );
        }
        if group.load.len() > group.active {
            self.add(
                &key("load"),
                format!(
                    "`load` tells of {} serving members, but only {} ever serve in group `{name}`",
                    group.load.len(),
                    group.active
                ),
                "Write one number for each number of serving members, beginning with one.",
            );
        }
        if group.quorum > 0 && !group.has_standbys() {
            self.add(
                &key("quorum"),
                format!("all members of group `{name}` serve, so nobody is elected"),
                "Write how many must serve as `required`.",
            );
        } else if group.quorum > count {
            self.add(
                &key("quorum"),
                format!(
                    "group `{name}` needs {} fit members but has only {count}",
                    group.quorum
                ),
                &format!("Lower `quorum` to at most {count}."),
            );
        }
        if let Some(Detector::Probes(probes)) = &group.detector {
            self.check_probes(&key("detect"), probes);
        }
        self.check_capacities(group, &path);
        self.check_failover(group, &path);
    }

    fn check_probes(&mut self, path: &str, probes: &Probes) {
        let key = |key: &str| path_key(path, key);
        if probes.interval.as_secs() < TICK_SECS || probes.interval == Span::FOREVER {
            self.add(
                &key("interval"),
                "probes need a time between them".to_owned(),
                "Write an interval such as \"1 s\".",
            );
        }
        if probes.timeout == Span::FOREVER {
            self.add(
                &key("timeout"),
                "a probe that waits for ever never fails".to_owned(),
                "",
            );
        }
        if probes.misses == 0 {
            self.add(&key("misses"), "`misses` must be at least 1".to_owned(), "");
        }
        if probes.agree == 0 {
            self.add(&key("agree"), "`agree` must be at least 1".to_owned(), "");
        }
        if probes.agree > probes.observers {
            self.add(
                &key("agree"),
                format!(
                    "{} observers must agree, but there are only {}",
                    probes.agree, probes.observers
                ),
                &format!("Lower `agree` to at most {}.", probes.observers),
            );
        }
        if probes.loss == Probability::ONE {
            self.add(
                &key("loss"),
                "every probe is lost, so healthy members would always seem to have failed"
                    .to_owned(),
                "Write the part of probes that are lost on the way, such as \"0.1 %\".",
            );
        }
    }

    fn check_failover(&mut self, group: &Group, path: &str) {
        let key = |key: &str| path_key(path, key);
        let name = &group.name;
        if let Some(law) = &group.spurious {
            if !group.has_standbys() {
                self.add(
                    &key("false_alarms"),
                    format!(
                        "group `{name}` has no standbys, so a false alarm cannot cause a failover"
                    ),
                    "Delete `false_alarms`, or lower `active`.",
                );
            }
            if is_instant(law) {
                self.add(
                    &key("false_alarms"),
                    "false alarms follow each other without any time between them".to_owned(),
                    "Write the mean time between them, such as { mean = \"1 y\" }.",
                );
            }
        }
        let takeover = &group.takeover;
        let stages: [(&str, Option<&Stage>); 4] = [
            ("deciding", Some(&takeover.deciding)),
            ("fencing", takeover.fencing.as_ref()),
            ("promoting", Some(&takeover.promoting)),
            ("redirecting", Some(&takeover.redirecting)),
        ];
        let can_fail = stages.iter().find(|(_, stage)| {
            stage.is_some_and(|stage| {
                stage.succeeds < Probability::ONE && stage.then != OnFailure::Proceed
            })
        });
        let needs_people = match can_fail {
            Some((stage, _)) => Some(format!("`{stage}` can fail")),
            None if takeover.hold_down > Span::ZERO => {
                Some("`hold_down` leaves failovers to people".to_owned())
            }
            None => None,
        };
        if let Some(reason) = needs_people
            && is_zero(&takeover.manual)
        {
            self.add(
                &path_key(&key("takeover"), "manual"),
                format!("{reason} in group `{name}`, but people would take over in no time"),
                "Say how long people need: manual = \"1 h\".",
            );
        }
        if let Some(clients) = &takeover.clients {
            let path = path_key(&key("takeover"), "clients");
            if !clients.mean().is_finite() {
                self.add(
                    &path,
                    "on average the clients never come back".to_owned(),
                    "Write a law with a mean, such as { mean = \"1 min\" }.",
                );
            }
            if !group.has_standbys() {
                self.add(
                    &path,
                    format!("group `{name}` has no standbys, so its clients stay where they are"),
                    "Delete `clients`, or lower `active`.",
                );
            }
        }
        if let Some(reason) = self.two_sides(group)
            && group.split_brain.is_none()
        {
            self.add(
                &key("split_brain"),
                format!("two members of group `{name}` can serve at the same time: {reason}"),
                "Add `split_brain`, such as { lasts = { mean = \"5 min\" } }, or a fencing stage that cannot fail.",
            );
        }
        if let Some(split) = &group.split_brain
            && !(split.reconcile_factor.is_finite() && split.reconcile_factor >= 0.0)
        {
            self.add(
                &path_key(&key("split_brain"), "reconcile_factor"),
                "the factor must be zero or positive".to_owned(),
                "",
            );
        }
        if let FailbackTiming::Window(window) = &group.failback.timing {
            self.check_window(&key("failback"), window);
        }
        if let Some(replication) = &group.replication {
            self.check_replication(group, replication, &key("replication"));
        }
        if group.switchover.is_some() && !group.has_standbys() {
            self.add(
                &key("switchover"),
                format!(
                    "group `{name}` has no standbys, so nobody can take over before planned work"
                ),
                "Delete `switchover`, or lower `active`.",
            );
        }
    }

    fn check_replication(&mut self, group: &Group, plan: &Replication, path: &str) {
        let name = &group.name;
        let standbys = group.members.len() - group.active.min(group.members.len());
        if standbys == 0 {
            self.add(
                path,
                format!("group `{name}` has no standbys, so nothing is replicated"),
                "Delete `replication`, or lower `active`.",
            );
        } else if plan.acknowledged_by() > standbys {
            self.add(
                &path_key(path, "acknowledged_by"),
                format!(
                    "writes wait for {} standbys, and group `{name}` has {standbys}",
                    plan.acknowledged_by()
                ),
                "Lower it to the number of standbys.",
            );
        }
        // Where two could serve, what is missing is the split brain itself.
        if plan.split_loss > Probability::ZERO
            && group.split_brain.is_none()
            && self.causes_are_trees
            && self.two_sides(group).is_none()
        {
            self.add(
                &path_key(path, "split_loss"),
                format!("two members of group `{name}` never write at the same time"),
                "Delete it, or add `split_brain`.",
            );
        }
    }

    /// Why two members of a group could serve at the same time. Where causes hold each other in a circle, what
    /// they strike cannot be told.
    fn two_sides(&self, group: &Group) -> Option<String> {
        let is_known = self.causes_are_trees;
        is_known.then(|| self.system.two_sides(group)).flatten()
    }

    pub(super) fn check_membership(&mut self) {
        let system = self.system;
        let mut unit_groups: Vec<Option<&str>> = vec![None; system.units.len()];
        let mut group_groups: Vec<Option<&str>> = vec![None; system.groups.len()];
        for group in system.groups.iter() {
            let path = path_key(&path_key("groups", &group.name), "members");
            for member in &group.members {
                let (place, name) = match member {
                    Member::Unit(unit) => (
                        unit_groups.get_mut(unit.index()),
                        system.units.get(*unit).map(|unit| &unit.name),
                    ),
                    Member::Group(inner) => (
                        group_groups.get_mut(inner.index()),
                        system.groups.get(*inner).map(|inner| &inner.name),
                    ),
                };
                let (Some(place), Some(name)) = (place, name) else {
                    self.add(
                        &path,
                        format!("a member of group `{}` does not exist", group.name),
                        "",
                    );
                    continue;
                };
                match *place {
                    Some(first) if first == group.name => {
                        let message = format!("`{name}` is a member of group `{first}` twice");
                        self.add(&path, message, "Name it once.");
                    }
                    Some(first) => {
                        let message = format!(
                            "`{name}` is a member of two groups, `{first}` and `{}`",
                            group.name
                        );
                        self.add(&path, message, "A member can fail over in one group only; make it a part of a service instead.");
                    }
                    None => *place = Some(&group.name),
                }
            }
        }
        for (unit, group) in system.units.iter().zip(&unit_groups) {
            if group.is_none() {
                self.add(
                    "groups",
                    format!("unit `{}` is a member of no group", unit.name),
                    "",
                );
            }
        }
    }
}
