//! What is allowed but rarely meant, and defaults that change the answer.
//!
//! Advice is worth reading only while there is little of it: each piece here concerns a mistake that
//! gives a wrong number without any other sign.

use super::lower::Unused;
use super::problem::{Code, Place, Problem, Severity, listed};
use super::tree::{Node, Value};
use super::{RunOptions, locate, path_key};
use crate::base::human;
use crate::base::text::clean;
use crate::base::{Id, IdVec, Probability};
use crate::math::Law;
use crate::model::{
    Breakdown, Change, Detector, Ending, FailbackTiming, Group, GroupId, Kind, Member, Metric,
    Notice, Stage, Structure, System, WithoutRedundancy,
};

/// A standard deviation this many times the mean is rarely meant.
const CV_ODD: f64 = 20.0;

/// All advice about a system that can be simulated.
pub(crate) fn advise(
    system: &System,
    run: &RunOptions,
    root: &Node,
    unused: &[Unused],
    unused_params: &[(String, Place)],
) -> Vec<Problem> {
    let mut adviser = Adviser {
        system,
        run,
        root,
        advice: Vec::new(),
    };
    for Unused { what, name, place } in unused {
        adviser.unused(place, format!("the {what} `{name}` is never used"));
    }
    for (name, place) in unused_params {
        adviser.unused(place, format!("the param `{name}` is never used"));
    }
    for kind in system.kinds.iter() {
        adviser.kind(kind);
    }
    for group in system.groups.iter() {
        adviser.group(group);
    }
    adviser.idle_groups();
    adviser.uncalled();
    adviser.unrepaired();
    adviser.unshared();
    adviser.demands();
    adviser.needed_capacities();
    adviser.collapses();
    for change in system.changes.iter() {
        adviser.change(change);
    }
    adviser.targets();
    adviser.supplies();
    adviser.advice
}

struct Adviser<'a> {
    system: &'a System,
    run: &'a RunOptions,
    root: &'a Node,
    advice: Vec<Problem>,
}

impl Adviser<'_> {
    fn add(&mut self, severity: Severity, code: Code, path: &str, message: String, help: &str) {
        self.advice.push(Problem {
            severity,
            code,
            place: Some(locate(self.root, path)),
            used_at: None,
            path: path.to_owned(),
            message: clean(&message),
            help: (!help.is_empty()).then(|| help.to_owned()),
        });
    }

    fn doubt(&mut self, path: &str, message: String, help: &str) {
        self.add(Severity::Warning, Code::Doubtful, path, message, help);
    }

    fn unused(&mut self, place: &Place, message: String) {
        self.advice.push(Problem {
            severity: Severity::Warning,
            code: Code::Unused,
            place: Some(place.clone()),
            used_at: None,
            path: String::new(),
            message: clean(&message),
            help: None,
        });
    }

    fn kind(&mut self, kind: &Kind) {
        let path = path_key("kinds", &kind.name);
        for mode in &kind.modes {
            let mode_path = path_key(&path_key(&path, "modes"), &mode.name);
            let (law, key) = match &mode.ending {
                Ending::Itself(law) => (law, "lasts"),
                Ending::Repair(repair) => (&repair.time, "repair"),
                Ending::Never => continue,
            };
            let path = path_key(&mode_path, key);
            let mean = law.mean();
            if mean.is_infinite() {
                self.doubt(
                    &path,
                    format!(
                        "the mean of `{key}` is infinite, so a few trials decide the mean downtime"
                    ),
                    "Cut the tail off with `truncate`, or judge quantiles only.",
                );
            } else if mean > self.run.horizon.as_secs() {
                let (mean, horizon) = (
                    human::duration(mean),
                    human::duration(self.run.horizon.as_secs()),
                );
                self.doubt(
                    &path,
                    format!(
                        "the mean of `{key}` is {mean}, longer than the whole mission of {horizon}"
                    ),
                    "Check the unit, or lengthen run.horizon.",
                );
            }
            self.odd_spread(&path, key, law);
        }
    }

    fn odd_spread(&mut self, path: &str, key: &str, law: &Law) {
        let cv = law.variance().sqrt() / law.mean();
        if cv.is_finite() && cv > CV_ODD {
            self.doubt(
                path,
                format!(
                    "the standard deviation of `{key}` is {} times its mean",
                    human::significant(cv, 2)
                ),
                "Check the two quantiles or the cv.",
            );
        }
    }

    fn group(&mut self, group: &Group) {
        let path = path_key("groups", &group.name);
        let key = |key: &str| path_key(&path, key);
        if group.dormancy > 1.0 {
            let message = format!(
                "standbys of `{}` fail faster than serving members",
                group.name
            );
            self.doubt(
                &key("standby"),
                message,
                "A dormancy of 1 is a hot standby.",
            );
        }
        let sets_speeds = [
            ("standby", group.has_standbys() && group.dormancy != 1.0),
            ("load", !group.load.is_empty()),
        ];
        for (key_name, _) in sets_speeds.iter().filter(|(_, is_set)| *is_set) {
            if let Some(name) = self.machine_in(group) {
                let message = format!(
                    "`{key_name}` sets how fast units fail, but `{name}` is described by states, which run at \
                     one speed"
                );
                let help = "Describe it by `fail` and `repair`, or change the key for this group.";
                self.doubt(&key(key_name), message, help);
            }
        }
        if let Some(Detector::Probes(probes)) = &group.detector {
            if probes.timeout > probes.interval {
                let (timeout, interval) = (
                    human::duration(probes.timeout.as_secs()),
                    human::duration(probes.interval.as_secs()),
                );
                self.doubt(
                    &path_key(&key("detect"), "timeout"),
                    format!("a probe waits {timeout} for its answer, but the next one starts after {interval}"),
                    "Lower `timeout` to `interval` at most.",
                );
            }
            if probes.loss > Probability::ZERO && !group.has_standbys() {
                self.doubt(
                    &path_key(&key("detect"), "loss"),
                    format!(
                        "group `{}` has no standbys, so a false alarm has no effect",
                        group.name
                    ),
                    "Delete `loss`, or lower `active`.",
                );
            }
        }
        if group.has_standbys() {
            return;
        }
        let takeover = &group.takeover;
        let configured = takeover.fencing.is_some()
            || [
                &takeover.deciding,
                &takeover.promoting,
                &takeover.redirecting,
            ]
            .into_iter()
            .any(|stage| *stage != Stage::instant());
        let failback = group.failback.timing != FailbackTiming::Never;
        for (key_name, idle) in [("takeover", configured), ("failback", failback)] {
            if idle {
                self.doubt(
                    &key(key_name),
                    format!(
                        "group `{}` has no standbys, so `{key_name}` never happens",
                        group.name
                    ),
                    "Lower `active`, add members, or delete it.",
                );
            }
        }
    }

    /// A unit of a group, or of a group in it, that is described by states.
    fn machine_in(&self, group: &Group) -> Option<String> {
        group.members.iter().find_map(|member| match *member {
            Member::Unit(unit) => {
                let unit = &self.system.units[unit];
                let is_machine = !self.system.kinds[unit.kind].states.is_empty();
                is_machine.then(|| unit.name.clone())
            }
            Member::Group(inner) => self.machine_in(&self.system.groups[inner]),
        })
    }

    /// Repairs of units that never have a fault.
    fn unrepaired(&mut self) {
        let system = self.system;
        for (id, kind) in system.kinds.iter_ids() {
            let is_struck = || {
                system.causes.iter_ids().any(|(cause, of)| {
                    let units = system.units_in_cause(cause);
                    of.breaks.is_some() && units.iter().any(|unit| system.units[*unit].kind == id)
                })
            };
            let is_used = system.units.iter().any(|unit| unit.kind == id);
            let never = |law: &Law| matches!(law, Law::Never(_));
            let fails = kind.failures.iter().any(|process| !never(&process.law));
            if !is_used || fails || kind.on_demand.is_some() || is_struck() {
                continue;
            }
            for mode in &kind.modes {
                if let Ending::Repair(_) = mode.ending {
                    let path = path_key(&path_key("kinds", &kind.name), "modes");
                    self.doubt(
                        &path_key(&path_key(&path, &mode.name), "repair"),
                        format!(
                            "units of kind `{}` never fail, so `repair` has no effect",
                            kind.name
                        ),
                        "Write `repair = \"never\"`, or say how they fail.",
                    );
                }
            }
        }
    }

    /// Shares of requests that nobody can lose, as every failure is noticed at once.
    fn unshared(&mut self) {
        let system = self.system;
        let later = |notice: &Notice| matches!(notice, Notice::After(_) | Notice::Test);
        let from_outside = system.causes.iter().any(|cause| {
            cause
                .lasts
                .as_ref()
                .is_some_and(|lasts| later(&lasts.notice))
        }) || system.changes.iter().any(|change| change.bad.is_some());
        let any_detector = system.groups.iter().any(|group| group.detector.is_some());
        let any_late = system
            .kinds
            .iter()
            .any(|kind| kind.modes.iter().any(|mode| later(&mode.notice)));
        if from_outside || any_detector || any_late {
            return;
        }
        for group in system.groups.iter() {
            let told = self
                .root
                .get("groups")
                .and_then(|groups| groups.get(&group.name));
            let told = told.and_then(|table| table.get("shares_requests"));
            if told.is_some_and(|node| node.value == Value::Boolean(true)) {
                self.doubt(
                    &path_key(&path_key("groups", &group.name), "shares_requests"),
                    format!(
                        "group `{}` notices every failure at once, so no share of requests is ever lost",
                        group.name
                    ),
                    "Add `detect`, or delete `shares_requests`.",
                );
            }
        }
    }

    /// Failures on demand of units that nobody ever calls.
    fn uncalled(&mut self) {
        let system = self.system;
        let mut called = vec![false; system.units.len()];
        for group in system.groups.iter().filter(|group| group.has_standbys()) {
            self.call(group, &mut called);
        }
        for (id, kind) in system.kinds.iter_ids() {
            let mut own = system.units.iter_ids().filter(|(_, unit)| unit.kind == id);
            if kind.on_demand.is_some() && !own.any(|(unit, _)| called[unit.index()]) {
                self.doubt(
                    &path_key(&path_key("kinds", &kind.name), "on_demand"),
                    format!(
                        "units of kind `{}` never take over from others, so `on_demand` has no effect",
                        kind.name
                    ),
                    "Put them into a group with standbys, or delete it.",
                );
            }
        }
    }

    fn call(&self, group: &Group, called: &mut [bool]) {
        for member in &group.members {
            match *member {
                Member::Unit(unit) => called[unit.index()] = true,
                Member::Group(inner) => self.call(&self.system.groups[inner], called),
            }
        }
    }

    /// Demands without capacities, capacities without a demand, and demands above all capacity.
    fn demands(&mut self) {
        let system = self.system;
        for service in system.services.iter() {
            let Some(demand) = &service.demand else {
                continue;
            };
            let path = path_key(&path_key("services", &service.name), "demand");
            let peak = demand.peak();
            match system.rated_capacity(&service.up) {
                None => self.doubt(
                    &path,
                    format!(
                        "nothing bounds the load that service `{}` can bear, so its demand only weighs when it is down",
                        service.name
                    ),
                    "Give kinds or groups a `capacity`.",
                ),
                Some(capacity) if capacity < peak => self.doubt(
                    &path,
                    format!(
                        "{} is asked at most, but only {} can be served while all is well",
                        human::significant(peak, 6),
                        human::significant(capacity, 6)
                    ),
                    "Check the unit, or say so by a comment.",
                ),
                Some(_) => {}
            }
        }
        let is_asked = system
            .services
            .iter()
            .any(|service| service.demand.is_some());
        if !is_asked && system.units.iter().any(|unit| unit.capacity.is_some()) {
            self.doubt(
                "service",
                "units have a capacity, but nothing is asked of any service".to_owned(),
                "Add `demand` to the service: how much is asked of it.",
            );
        }
    }

    /// Capacities of groups to which what is asked comes only through what needs them.
    fn needed_capacities(&mut self) {
        let system = self.system;
        let asked = || {
            let services = system.services.iter_ids();
            services.filter(|(_, service)| service.demand.is_some())
        };
        let bounding: Vec<GroupId> = asked()
            .flat_map(|(id, _)| system.groups_behind(id, false))
            .collect();
        for (id, service) in asked() {
            for group in system.groups_behind(id, true) {
                if bounding.contains(&group) || system.rated_capacity_of(group).is_none() {
                    continue;
                }
                let name = &system.groups[group].name;
                self.doubt(
                    &path_key(&path_key("services", &service.name), "demand"),
                    format!(
                        "the capacity of `{name}` bounds nothing: what is asked of service `{}` comes to it only through \
                         what needs it",
                        service.name
                    ),
                    &format!("Name `{name}` in the service's `up` too, joined with `and`."),
                );
            }
        }
    }

    /// Work that waits for ever for a group that can spare its members.
    fn change(&mut self, change: &Change) {
        if change.without_redundancy == WithoutRedundancy::GoAhead {
            return;
        }
        let canary = change.canary.as_ref().map_or(0, |canary| canary.units);
        let (canary, rest) = change.units.split_at(canary.min(change.units.len()));
        let batches = [canary].into_iter().chain(rest.chunks(change.batch.max(1)));
        for batch in batches {
            for group in self.system.groups.iter() {
                let taken = batch
                    .iter()
                    .filter(|unit| group.members.contains(&Member::Unit(**unit)))
                    .count();
                let spare = group.members.len().saturating_sub(group.required);
                if taken > spare {
                    let path = path_key("changes", &change.name);
                    return self.doubt(
                        &path_key(&path, "without_redundancy"),
                        format!(
                            "work is never done: it takes {taken} of the members of group `{}` at a time, which can spare {spare}",
                            group.name
                        ),
                        "Make the batch smaller, add members, or delete `without_redundancy`.",
                    );
                }
            }
        }
    }

    /// Groups that never recover from a collapse.
    fn collapses(&mut self) {
        let system = self.system;
        for (id, group) in system.groups.iter_ids() {
            let breakdown = group.overload.as_ref().map(|overload| &overload.breakdown);
            let Some(Breakdown::Collapse { recovers_below, .. }) = breakdown else {
                continue;
            };
            let asking = system.services.iter().find_map(|service| {
                let mut needed = IdVec::filled(false, system.groups.len());
                mark(system, &service.up, &mut needed);
                service.demand.as_ref().filter(|_| needed[id])
            });
            let more = group.scaling.as_ref().map_or(0.0, |scaling| scaling.quota);
            if let (Some(demand), Some(rated)) = (asking, system.rated_capacity_of(id))
                && demand.least() > recovers_below * (rated + more)
            {
                let path = path_key(&path_key("groups", &group.name), "overload");
                self.doubt(
                    &path_key(&path, "recovers_below"),
                    format!(
                        "after a collapse group `{}` never serves again: at least {} is asked, and it recovers at {}",
                        group.name,
                        human::significant(demand.least(), 6),
                        human::significant(recovers_below * (rated + more), 6)
                    ),
                    "Raise `recovers_below`, or the capacity.",
                );
            }
        }
    }

    /// Groups that no service depends on.
    fn idle_groups(&mut self) {
        let mut needed: IdVec<GroupId, bool> = IdVec::filled(false, self.system.groups.len());
        for service in self.system.services.iter() {
            mark(self.system, &service.up, &mut needed);
        }
        for need in &self.system.needs {
            mark(self.system, &need.on, &mut needed);
        }
        for (id, group) in self.system.groups.iter_ids() {
            if !needed[id] {
                let message = format!("no service depends on `{}`", group.name);
                let help = "Name it in `up`, or delete it.";
                self.add(
                    Severity::Warning,
                    Code::Unused,
                    &path_key("groups", &group.name),
                    message,
                    help,
                );
            }
        }
    }

    /// Targets that no finite number of trials can decide.
    fn targets(&mut self) {
        for service in self.system.services.iter() {
            for target in &service.targets {
                let certain = match target.metric {
                    Metric::Availability | Metric::ServedRequests | Metric::NeverDown => {
                        target.limit == 1.0
                    }
                    Metric::Downtime(_)
                    | Metric::TimeBelowDemand
                    | Metric::Outages(_)
                    | Metric::LongestOutage(_) => target.limit == 0.0,
                    Metric::OutageDuration(_)
                    | Metric::DataLoss(_)
                    | Metric::DataLost(_)
                    | Metric::Cost(_) => false,
                };
                if certain {
                    let name = target.text.split_whitespace().next().unwrap_or("");
                    let path = match self.root.get("targets") {
                        Some(_) => path_key("targets", name),
                        None => path_key(
                            &path_key(&path_key("services", &service.name), "targets"),
                            name,
                        ),
                    };
                    self.doubt(
                        &path,
                        format!(
                            "no simulation can show `{}`: it can only fail to find an outage",
                            target.text
                        ),
                        "Promise a limit that leaves some room.",
                    );
                }
            }
        }
    }

    /// Repairs that never wait.
    fn supplies(&mut self) {
        let without = |no_supply: fn(&crate::model::Repair) -> bool| -> Vec<&str> {
            let repaired_freely = |kind: &&Kind| {
                kind.modes
                    .iter()
                    .any(|mode| matches!(&mode.ending, Ending::Repair(repair) if no_supply(repair)))
            };
            self.system
                .kinds
                .iter()
                .filter(repaired_freely)
                .map(|kind| kind.name.as_str())
                .collect()
        };
        let free = without(|repair| repair.crew.is_none());
        if free.is_empty() {
            return;
        }
        let spares = if self.system.spares.is_empty() {
            ", and spares never run out"
        } else {
            ""
        };
        let message = format!(
            "every repair of {} has people of its own{spares}",
            listed(free.iter().copied(), "and")
        );
        let path = path_key("kinds", free[0]);
        let help = "If they share people, add [crews] and name one with `crew`.";
        self.add(Severity::Note, Code::Assumption, &path, message, help);
    }
}

/// Marks the groups that a structure needs. Services cannot go round in a circle here.
fn mark(system: &System, structure: &Structure, needed: &mut IdVec<GroupId, bool>) {
    match structure {
        Structure::Group(id) | Structure::Each(id) => mark_group(system, *id, needed),
        Structure::Service(id) => mark(system, &system.services[*id].up, needed),
        Structure::Soft(part) => mark(system, part, needed),
        Structure::AtLeast { of, .. } => of.iter().for_each(|part| mark(system, part, needed)),
    }
}

fn mark_group(system: &System, id: GroupId, needed: &mut IdVec<GroupId, bool>) {
    if !needed[id] {
        needed[id] = true;
        for member in &system.groups[id].members {
            if let Member::Group(inner) = member {
                mark_group(system, *inner, needed);
            }
        }
    }
}
