//! What is allowed but rarely meant, and defaults that change the answer.
//!
//! Advice is worth reading only while there is little of it: each piece here concerns a mistake that
//! gives a wrong number without any other sign.

use std::collections::BTreeSet;

use super::lower::Unused;
use super::problem::{Code, Place, Problem, Severity, listed};
use super::tree::{Node, Value};
use super::{RunOptions, locate, path_key};
use crate::base::human;
use crate::base::text::clean;
use crate::base::{Id, IdVec, MoneyRate, Probability, Span};
use crate::math::Law;
use crate::model::{
    Breakdown, Change, CrewId, CrewOrder, Detector, Effect, Ending, FailbackTiming, FailureProcess,
    Group, GroupId, Kind, Member, Metric, Notice, OnFailure, Repair, Stage, Structure, System,
    UnitId, WithoutRedundancy,
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
    adviser.unasked();
    adviser.undegraded();
    adviser.undivided();
    adviser.uncalled_people();
    adviser.idle_notices();
    adviser.priorities();
    adviser.kept_capacities();
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

impl<'a> Adviser<'a> {
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
        self.memory(kind);
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
            if let (Notice::Test, Ending::Repair(_), None) =
                (&mode.notice, &mode.ending, &kind.test)
            {
                self.doubt(
                    &path_key(&mode_path, "notice"),
                    format!(
                        "only a test can notice `{}` of a unit that serves, but kind `{}` has no test: what the unit \
                         serves stays down",
                        mode.name, kind.name
                    ),
                    "Add `test` to the kind, or let the group's detector notice it; `standby_faults = \"latent\"` hides \
                     faults of standbys alone.",
                );
            }
        }
    }

    /// Where a kind is told: its own table, and those of its modes, by index.
    fn tables_of(&self, kind: &Kind) -> Vec<(String, &'a Node, Option<usize>)> {
        let root = self.root;
        let section = |section: &str| {
            let table = root.get(section)?.get(&kind.name)?;
            Some((path_key(section, &kind.name), table))
        };
        let Some((path, table)) = section("kinds").or_else(|| section("components")) else {
            return Vec::new();
        };
        let mut found = vec![(path.clone(), table, None)];
        for (index, mode) in kind.modes.iter().enumerate() {
            if let Some(table) = table.get("modes").and_then(|modes| modes.get(&mode.name)) {
                let path = path_key(&path_key(&path, "modes"), &mode.name);
                found.push((path, table, Some(index)));
            }
        }
        found
    }

    /// Priorities of faults of which no crew finds one more urgent than another.
    fn priorities(&mut self) {
        let system = self.system;
        let urgencies = |repair: &Repair| {
            let further = repair
                .further
                .iter()
                .map(|stage| (stage.crew, stage.priority));
            let all = [(repair.crew, repair.priority)].into_iter().chain(further);
            all.filter_map(|(crew, priority)| Some((crew?, priority)))
                .collect::<Vec<_>>()
        };
        let mut of_crew: IdVec<CrewId, BTreeSet<i32>> =
            IdVec::filled(BTreeSet::new(), system.crews.len());
        for kind in system.kinds.iter() {
            for mode in &kind.modes {
                if let Ending::Repair(repair) = &mode.ending {
                    for (crew, priority) in urgencies(repair) {
                        of_crew[crew].insert(priority);
                    }
                }
            }
        }
        let tells_apart = |crew: CrewId| {
            system.crews[crew].order == CrewOrder::Priority && of_crew[crew].len() > 1
        };
        for kind in system.kinds.iter() {
            for (path, table, mode) in self.tables_of(kind) {
                let repairs =
                    kind.modes
                        .iter()
                        .enumerate()
                        .filter_map(|(index, own)| match &own.ending {
                            Ending::Repair(repair) if mode.is_none_or(|mode| mode == index) => {
                                Some(repair)
                            }
                            Ending::Repair(_) | Ending::Itself(_) | Ending::Never => None,
                        });
                let counts = repairs
                    .flat_map(urgencies)
                    .any(|(crew, _)| tells_apart(crew));
                if table.get("priority").is_some() && !counts {
                    self.doubt(
                        &path_key(&path, "priority"),
                        format!(
                            "no crew that mends `{}` goes by different priorities, so `priority` has no effect",
                            kind.name
                        ),
                        "Name a crew with order = \"priority\", and give other faults another priority.",
                    );
                }
            }
        }
    }

    /// Capacities that degraded members keep in a group whose members are degraded by nothing but faults, which
    /// say for themselves how much they leave.
    fn kept_capacities(&mut self) {
        let system = self.system;
        for group in system.groups.iter() {
            let can_keep = group.has_standbys() || self.machine_in(group).is_some();
            if !can_keep && let Some(path) = self.told(&group.name, "degraded_capacity") {
                self.doubt(
                    &path,
                    format!(
                        "only faults degrade members of `{}`, and these say what they leave, so `degraded_capacity` has \
                         no effect",
                        group.name
                    ),
                    "Say it of the faults: effect = { degraded = \"50 %\" }.",
                );
            }
        }
    }

    /// Ages of what fails without memory, and so as often at any age.
    fn memory(&mut self, kind: &Kind) {
        for (path, table, mode) in self.tables_of(kind) {
            for key in ["after_repair", "age", "renews"] {
                let Some(node) = table.get(key) else { continue };
                let is_default = [("after_repair", "new"), ("renews", "process")]
                    .iter()
                    .any(|(of, word)| *of == key && node.value == Value::Text((*word).to_owned()));
                let has_memory =
                    |process: &FailureProcess| !matches!(process.law, Law::Exponential(_));
                let concerned = |process: &&FailureProcess| {
                    let outcomes = || process.outcomes.iter().map(|(of, _)| *of);
                    mode.is_none_or(|mode| outcomes().any(|of| of == mode))
                };
                let counts = match key {
                    // It renews what has not failed.
                    "renews" => {
                        let only = kind.failures.len() == 1
                            && kind.on_demand.is_none()
                            && self
                                .system
                                .causes
                                .iter()
                                .all(|cause| cause.breaks.is_none());
                        !only && kind.failures.iter().any(has_memory)
                    }
                    _ => kind.failures.iter().filter(concerned).any(has_memory),
                };
                let reason = if kind.failures.iter().any(has_memory) && key == "renews" {
                    "fail for one reason only"
                } else {
                    "fail as often at any age"
                };
                if !is_default && !counts && !kind.failures.is_empty() {
                    self.doubt(
                        &path_key(&path, key),
                        format!(
                            "units of kind `{}` {reason}, so `{key}` has no effect",
                            kind.name
                        ),
                        "Delete it, or say how they wear: a law with memory is `weibull`.",
                    );
                }
            }
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
        if let FailbackTiming::Manual(after) = &group.failback.timing
            && after.support().1 == 0.0
        {
            self.doubt(
                &path_key(&key("failback"), "mode"),
                "people take no time for the failback, so it is done at once, as if without them"
                    .to_owned(),
                "Say how long they take: after = { mean = \"1 h\" }.",
            );
        }
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
            return self.by_hand(group, &key("takeover"));
        }
        let told = self
            .root
            .get("groups")
            .and_then(|groups| groups.get(&group.name));
        let waits = |node: &Node| node.value != Value::Text("active".to_owned());
        if told
            .and_then(|table| table.get("standby"))
            .is_some_and(waits)
        {
            self.doubt(
                &key("standby"),
                format!(
                    "all members of group `{}` serve, so `standby` has no effect",
                    group.name
                ),
                "Lower `active`, add members, or write standby = \"active\".",
            );
        }
        let takeover = &group.takeover;
        let configured = takeover.fencing.is_some()
            || [
                &takeover.deciding,
                &takeover.promoting,
                &takeover.redirecting,
            ]
            .into_iter()
            .any(|stage| *stage != Stage::default());
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

    /// Takeovers by hand of a group that leaves none to people.
    fn by_hand(&mut self, group: &Group, path: &str) {
        if leaves_to_people(group) {
            return;
        }
        let groups = self.root.get("groups");
        let told = groups.and_then(|groups| groups.get(&group.name)?.get("takeover"));
        for key in ["manual", "manual_by", "manual_needs"] {
            if told.is_some_and(|table| table.get(key).is_some()) {
                self.doubt(
                    &path_key(path, key),
                    format!(
                        "no stage of a takeover of group `{}` can fail, so none is left to people, and `{key}` has no \
                         effect",
                        group.name
                    ),
                    "Say of a stage how often it `succeeds`, or delete it.",
                );
            }
        }
    }

    /// People to whom no takeover is ever left.
    fn uncalled_people(&mut self) {
        let system = self.system;
        for (id, people) in system.people.iter_ids() {
            let groups = system.groups.iter();
            let mut own = groups
                .filter(|group| group.takeover.manual_by == Some(id))
                .peekable();
            // Who is named nowhere is told to be unused.
            if own.peek().is_some() && !own.any(leaves_to_people) {
                self.doubt(
                    &path_key("people", &people.name),
                    format!("no takeover is ever left to `{}`", people.name),
                    "Say of a stage how often it `succeeds`, or delete them.",
                );
            }
        }
    }

    /// Who notices a fault that nothing is done about: it only degrades, and ends by itself.
    fn idle_notices(&mut self) {
        let system = self.system;
        let help = "Delete it, or say that the fault takes the unit down, or needs a repair.";
        for kind in system.kinds.iter() {
            let is_idle = |index: usize| {
                let mode = &kind.modes[index];
                matches!(mode.effect, Effect::Degraded(_))
                    && matches!(mode.ending, Ending::Itself(_))
            };
            for (path, table, mode) in self.tables_of(kind) {
                let mut modes =
                    (0..kind.modes.len()).filter(|index| mode.is_none_or(|of| of == *index));
                if table.get("notice").is_some() && modes.all(is_idle) && !kind.modes.is_empty() {
                    self.doubt(
                        &path_key(&path, "notice"),
                        format!(
                            "nobody does anything about a fault of `{}` that degrades it and ends by itself, so `notice` \
                             has no effect",
                            kind.name
                        ),
                        help,
                    );
                }
            }
        }
        let mut families = BTreeSet::new();
        for cause in system.causes.iter() {
            let lasts = cause.lasts.as_ref();
            let is_idle =
                lasts.is_some_and(|lasting| matches!(lasting.effect, Effect::Degraded(_)));
            let causes = self.root.get("causes");
            let told = causes.and_then(|causes| causes.get(&cause.family)?.get("notice"));
            if is_idle && told.is_some() && families.insert(&cause.family) {
                self.doubt(
                    &path_key(&path_key("causes", &cause.family), "notice"),
                    format!(
                        "nobody does anything about what `{}` degrades as long as it lasts, so `notice` has no effect",
                        cause.family
                    ),
                    help,
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

    /// The path of a key that is told of a group, or of a component that stands for itself.
    fn told(&self, group: &str, key: &str) -> Option<String> {
        let section = |section: &str| {
            let table = self.root.get(section)?.get(group)?;
            table.get(key)?;
            Some(path_key(&path_key(section, group), key))
        };
        section("groups").or_else(|| section("components"))
    }

    /// Numbers of members that must serve where services count the members one by one.
    fn unasked(&mut self) {
        let system = self.system;
        let counted = system.counted_singly();
        for (id, group) in system.groups.iter_ids() {
            // Without `active` it says how many serve, and so how many stand by.
            let makes_seats = group.has_standbys() && self.told(&group.name, "active").is_none();
            if counted[id]
                && !makes_seats
                && let Some(path) = self.told(&group.name, "required")
            {
                self.doubt(
                    &path,
                    format!(
                        "the members of `{}` are counted one by one, by `each`, so `required` takes nothing down",
                        group.name
                    ),
                    "Delete it, or name the group itself in `up`.",
                );
            }
        }
    }

    /// Degraded time that costs something where there is none.
    fn undegraded(&mut self) {
        let system = self.system;
        for service in system.services.iter() {
            if service.cost.degraded == MoneyRate::ZERO || system.can_degrade(service) {
                continue;
            }
            let path = match self.root.get("service") {
                Some(_) => "service".to_owned(),
                None => path_key("services", &service.name),
            };
            self.doubt(
                &path_key(&path_key(&path, "cost"), "degraded"),
                format!(
                    "nothing makes service `{}` degraded, so that costs nothing",
                    service.name
                ),
                "Say what makes it degraded, such as the effect of a fault, or delete it.",
            );
        }
    }

    /// What is told of two sides that serve at the same time, where that never happens.
    fn undivided(&mut self) {
        let system = self.system;
        for group in system.groups.iter() {
            if group.split_brain.is_none() || system.two_sides(group).is_some() {
                continue;
            }
            let takeover = &group.takeover;
            let reason = if !group.has_standbys() {
                "it has no standbys"
            } else if !takeover.deciding.can_pass() || !takeover.promoting.can_pass() {
                "no takeover succeeds"
            } else if takeover.fencing.is_some() {
                "a standby is promoted only when the old member is fenced"
            } else {
                "nothing isolates a member that is alive, or raises a false alarm"
            };
            for key in ["split_brain", "replication.split_loss"] {
                let path = format!("{}.{key}", path_key("groups", &group.name));
                let is_told = key == "split_brain"
                    || (group.replication.as_ref())
                        .is_some_and(|plan| plan.split_loss > Probability::ZERO);
                if is_told {
                    self.doubt(
                        &path,
                        format!(
                            "two members of group `{}` never serve at the same time, as {reason}",
                            group.name
                        ),
                        "Delete it.",
                    );
                }
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

    /// Whether work that takes no time passes a unit by: nobody takes over from it, it does not rejoin, and
    /// nothing else looks at it.
    fn is_passed_by(&self, unit: UnitId) -> bool {
        let system = self.system;
        let mut member = Member::Unit(unit);
        loop {
            let mut groups = system.groups.iter_ids();
            let Some((id, group)) = groups.find(|(_, group)| group.members.contains(&member))
            else {
                return true;
            };
            let mut needed = system.needs.iter();
            if group.has_standbys()
                || group.rejoin.is_some()
                || group.overload.is_some()
                || needed.any(|need| {
                    let mut marked = IdVec::filled(false, system.groups.len());
                    mark(system, &need.on, &mut marked);
                    marked[id]
                })
            {
                return false;
            }
            member = Member::Group(id);
        }
    }

    /// What is told of work that is over as soon as it begins, or of the order of work that is one batch.
    fn work(&mut self, change: &Change) {
        let path = path_key("changes", &change.name);
        let is_told = |key: &str| {
            let changes = self.root.get("changes");
            let table = changes.and_then(|changes| changes.get(&change.name));
            table.is_some_and(|table| table.get(key).is_some())
        };
        let is_instant = change.takes.support().1 == 0.0;
        let has_no_order = change.canary.is_none()
            && change.bad.is_none()
            && change.without_redundancy == WithoutRedundancy::GoAhead;
        let is_idle = is_instant && change.units.iter().all(|unit| self.is_passed_by(*unit));
        let idle = [
            ("effect", is_idle),
            ("order", is_idle && has_no_order),
            ("batch", is_idle && has_no_order),
        ];
        for (key, _) in idle.iter().filter(|(key, idle)| *idle && is_told(key)) {
            self.doubt(
                &path_key(&path, key),
                format!(
                    "the work of `{}` takes no time, so `{key}` has no effect",
                    change.name
                ),
                "Say how long it takes, or delete it.",
            );
        }
        let count = change.units.len();
        let is_rolling = || {
            let node = self.root.get("changes")?.get(&change.name)?.get("order")?;
            Some(node.value == Value::Text("rolling".to_owned()))
        };
        if !is_idle
            && change.canary.is_none()
            && count > 1
            && change.batch >= count
            && is_rolling() == Some(true)
        {
            self.doubt(
                &path_key(&path, "batch"),
                format!(
                    "one batch is all {count} units of `{}`, so `order` has no effect: they are changed at once",
                    change.name
                ),
                "Make the batch smaller, or write order = \"all at once\".",
            );
        }
    }

    /// Work that waits for ever for a group that can spare its members.
    fn change(&mut self, change: &Change) {
        self.work(change);
        if change.without_redundancy == WithoutRedundancy::GoAhead {
            return;
        }
        let canary = change.canary.as_ref().map_or(0, |canary| canary.units);
        let (canary, rest) = change.units.split_at(canary.min(change.units.len()));
        let batches = [canary].into_iter().chain(rest.chunks(change.batch.max(1)));
        for batch in batches {
            for (id, group) in self.system.groups.iter_ids() {
                let taken = self.taken(group, batch);
                let spare = group.members.len().saturating_sub(group.required);
                // What is taken as a whole may be spared by the group around.
                let mut groups = self.system.groups.iter();
                let is_member = groups.any(|other| other.members.contains(&Member::Group(id)));
                if taken > spare && !is_member {
                    return self.doubt(
                        &path_key("changes", &change.name),
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

    /// How many members of a group a batch takes: units, and groups that cannot spare those that it takes.
    fn taken(&self, group: &Group, batch: &[UnitId]) -> usize {
        let is_taken = |member: &&Member| match **member {
            Member::Unit(unit) => batch.contains(&unit),
            Member::Group(inner) => {
                let inner = &self.system.groups[inner];
                self.taken(inner, batch) > inner.members.len().saturating_sub(inner.required)
            }
        };
        group.members.iter().filter(is_taken).count()
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

/// Whether takeovers of a group can be left to people.
fn leaves_to_people(group: &Group) -> bool {
    let takeover = &group.takeover;
    let stages = [
        Some(&takeover.deciding),
        takeover.fencing.as_ref(),
        Some(&takeover.promoting),
        Some(&takeover.redirecting),
    ];
    let can_fail =
        |stage: &Stage| stage.succeeds < Probability::ONE && stage.then != OnFailure::Proceed;
    let refuses = (group.replication.as_ref()).is_some_and(|plan| plan.gate.is_some());
    group.has_standbys()
        && (stages.into_iter().flatten().any(can_fail)
            || takeover.hold_down > Span::ZERO
            || refuses)
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
