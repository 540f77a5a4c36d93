//! What a system must satisfy so that it can exist and a simulation of it comes to an end.
//!
//! Every floor above relies on these rules instead of testing them again. Rules that only say what
//! is rarely meant are advice, and live where scenarios are read.

use std::collections::BTreeSet;

use super::{
    Breakage, Breakdown, Cause, CauseId, CauseMember, Change, ChangeStart, CreditStep, Crew,
    CrewOrder, Dependent, Detector, Effect, Ending, FailbackTiming, Group, GroupId, Kind, Lasting,
    Member, Metric, Notice, OnFailure, Preemption, Probes, Renewal, Replication, Service,
    ServiceId, Stage, Structure, System, Target, UnitId, Window,
};
use crate::base::{Id, Probability, Span, human, units::SECONDS_PER_YEAR};
use crate::math::Law;

/// The longest mission in years: a 64-bit count of nanoseconds holds twice as much.
pub const MISSION_YEARS_MAX: f64 = 290.0;

/// The shortest time that counts as one: less is the same instant.
const TICK_SECS: f64 = 1e-9;

/// A rule that a system breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Dotted path of the key concerned, such as `groups.db.required`.
    pub path: String,
    /// What is wrong: starts in lower case and has no full stop.
    pub message: String,
    /// What to do about it, as a full sentence.
    pub help: Option<String>,
}

/// `path` with one more part, in quotes if it has dots.
pub fn path_key(path: &str, key: &str) -> String {
    let quoted = if key.contains(|c: char| !c.is_alphanumeric() && c != '-' && c != '_') {
        format!("\"{key}\"")
    } else {
        key.to_owned()
    };
    if path.is_empty() {
        quoted
    } else {
        format!("{path}.{quoted}")
    }
}

/// All rules that the system breaks.
pub fn check(system: &System) -> Vec<Violation> {
    let mut checker = Checker {
        system,
        violations: Vec::new(),
        causes_are_trees: true,
    };
    checker.check_mission();
    for kind in system.kinds.iter() {
        checker.check_kind(kind);
    }
    checker.check_supplies();
    checker.check_causes();
    checker.check_people();
    for change in system.changes.iter() {
        checker.check_change(change);
    }
    checker.check_units();
    for group in system.groups.iter() {
        checker.check_group(group);
    }
    checker.check_membership();
    checker.check_services();
    checker.check_needs();
    checker.check_cycles();
    checker.check_names();
    checker.check_overloads();
    if checker.violations.is_empty() {
        checker.check_targets_for_data();
    }
    checker.violations
}

struct Checker<'a> {
    system: &'a System,
    violations: Vec<Violation>,
    /// Whether no shared cause is within itself, so that they can be walked through.
    causes_are_trees: bool,
}

fn is_zero(law: &Law) -> bool {
    law.support().1 == 0.0
}

/// Whether the law brings events about without any time between them.
fn is_instant(law: &Law) -> bool {
    law.mean() < TICK_SECS
}

impl Checker<'_> {
    fn add(&mut self, path: &str, message: String, help: &str) {
        let help = (!help.is_empty()).then(|| help.to_owned());
        self.violations.push(Violation {
            path: path.to_owned(),
            message,
            help,
        });
    }

    fn check_mission(&mut self) {
        let mission = self.system.mission;
        if mission.as_secs() < TICK_SECS {
            self.add(
                "run.horizon",
                "the mission has no length".to_owned(),
                "Write a horizon such as \"1 y\".",
            );
        } else if mission.as_years() > MISSION_YEARS_MAX {
            let length = if mission == Span::FOREVER {
                "infinite".to_owned()
            } else {
                human::duration(mission.as_secs())
            };
            self.add(
                "run.horizon",
                format!("the mission can last {MISSION_YEARS_MAX} y at most, but is {length}"),
                "For the long run, write a horizon of a few times the slowest repair, and many trials.",
            );
        }
    }

    fn check_kind(&mut self, kind: &Kind) {
        let path = path_key("kinds", &kind.name);
        self.check_states(kind);
        if kind.modes.is_empty() && kind.states.is_empty() {
            self.add(
                &path,
                format!("kind `{}` has no failure mode", kind.name),
                "Add one.",
            );
        }
        let mut names = BTreeSet::new();
        for mode in &kind.modes {
            let mode_path = path_key(&path_key(&path, "modes"), &mode.name);
            if !names.insert(&mode.name) {
                self.add(
                    &mode_path,
                    format!("two modes are named `{}`", mode.name),
                    "Rename one.",
                );
            }
            if let Effect::Degraded(capacity) = mode.effect
                && !(0.0..=1.0).contains(&capacity)
            {
                let message = format!(
                    "a degraded unit keeps a part of its capacity between 0 and 1, not {capacity}"
                );
                self.add(&path_key(&mode_path, "effect"), message, "");
            }
            if let (Notice::Test, Ending::Repair(_), None) =
                (&mode.notice, &mode.ending, &kind.test)
                && kind.on_demand.is_none()
                && !self.has_takeover(kind)
            {
                self.add(
                    &path_key(&mode_path, "notice"),
                    format!(
                        "only a test can notice `{}`, but kind `{}` has no test",
                        mode.name, kind.name
                    ),
                    "Add `test` to the kind, such as { every = \"90 d\" }.",
                );
            }
        }
        for process in &kind.failures {
            let mode = process
                .outcomes
                .first()
                .and_then(|(mode, _)| kind.modes.get(*mode));
            let mode_path = match (process.outcomes.as_slice(), mode) {
                ([_], Some(mode)) => path_key(&path_key(&path, "modes"), &mode.name),
                _ => path.clone(),
            };
            if is_instant(&process.law) {
                self.add(
                    &path_key(&mode_path, "fail"),
                    "the time to failure is zero, so failures would follow each other without end"
                        .to_owned(),
                    "Write a longer time, such as { mean = \"8000 h\" }.",
                );
            }
            let sum: f64 = process
                .outcomes
                .iter()
                .map(|(_, probability)| probability.get())
                .sum();
            if (sum - 1.0).abs() > 1e-9
                || process
                    .outcomes
                    .iter()
                    .any(|(mode, _)| *mode >= kind.modes.len())
            {
                let message = format!(
                    "the shares of the modes add up to {}, not to 100 %",
                    human::percent(sum)
                );
                self.add(&path_key(&path, "modes"), message, "Change the shares.");
            }
            if let Renewal::KijimaFirst(factor) | Renewal::KijimaSecond(factor) = process.renewal
                && !(0.0..=1.0).contains(&factor)
            {
                let message =
                    format!("the factor of an imperfect repair is between 0 and 1, not {factor}");
                self.add(&path_key(&mode_path, "after_repair"), message, "");
            }
            if process.age == Span::FOREVER {
                self.add(
                    &path_key(&mode_path, "age"),
                    "the age at the start is infinite".to_owned(),
                    "",
                );
            }
        }
        if let Some(demand) = &kind.on_demand {
            let path = path_key(&path, "on_demand");
            if demand.probability == Probability::ONE {
                self.add(
                    &path_key(&path, "probability"),
                    format!(
                        "units of kind `{}` would never work when they are called",
                        kind.name
                    ),
                    "Write a probability below 100 %.",
                );
            }
            if demand.mode >= kind.modes.len() {
                self.add(
                    &path_key(&path, "mode"),
                    "there is no such mode".to_owned(),
                    "",
                );
            }
        }
        if let Some(test) = &kind.test
            && is_instant(&test.every)
        {
            self.add(
                &path_key(&path_key(&path, "test"), "every"),
                "tests follow each other without any time between them".to_owned(),
                "Write a longer time, such as \"30 d\".",
            );
        }
    }

    fn check_states(&mut self, kind: &Kind) {
        let path = path_key(&path_key("kinds", &kind.name), "states");
        for state in &kind.states {
            let path = path_key(&path, &state.name);
            for exit in &state.exits {
                if is_instant(&exit.after) {
                    self.add(
                        &path_key(&path, "exits"),
                        "a state is left without any time in it".to_owned(),
                        "Write a longer time.",
                    );
                }
                let sum: f64 = exit
                    .to
                    .iter()
                    .map(|(_, probability)| probability.get())
                    .sum();
                if (sum - 1.0).abs() > 1e-9
                    || exit.to.iter().any(|(to, _)| *to >= kind.states.len())
                {
                    self.add(
                        &path_key(&path, "exits"),
                        format!(
                            "the probabilities of what follows add up to {}, not to 100 %",
                            human::percent(sum)
                        ),
                        "Change them.",
                    );
                }
            }
        }
    }

    /// Whether a unit of the kind is in a group where a takeover can find its hidden faults.
    fn has_takeover(&self, kind: &Kind) -> bool {
        self.system.groups.iter().any(|group| {
            group.has_standbys()
                && group.members.iter().any(|member| match member {
                    Member::Unit(unit) => self
                        .system
                        .units
                        .get(*unit)
                        .and_then(|unit| self.system.kinds.get(unit.kind))
                        .is_some_and(|other| std::ptr::eq(other, kind)),
                    Member::Group(_) => false,
                })
        })
    }

    fn check_supplies(&mut self) {
        for crew in self.system.crews.iter() {
            if crew.size == 0 {
                let path = path_key(&path_key("crews", &crew.name), "size");
                self.add(
                    &path,
                    format!("crew `{}` has nobody in it", crew.name),
                    "Write a size of at least 1.",
                );
            }
            self.check_crew(crew);
        }
    }

    fn check_change(&mut self, change: &Change) {
        let path = path_key("changes", &change.name);
        let key = |key: &str| path_key(&path, key);
        match &change.starts {
            ChangeStart::After(law) if is_instant(law) => self.add(
                &key("every"),
                "changes follow each other without any time between them".to_owned(),
                "Write a longer time, such as { mean = \"14 d\" }.",
            ),
            ChangeStart::After(_) => {}
            ChangeStart::Window(window) => self.check_window(&key("calendar"), window),
        }
        for freeze in &change.freezes {
            self.check_window(&key("freeze"), freeze);
            if freeze.lasts >= freeze.every {
                self.add(
                    &key("freeze"),
                    "the freeze never ends, so no work ever begins".to_owned(),
                    "Shorten `lasts`.",
                );
            }
        }
        if change.units.is_empty() {
            let message = format!("change `{}` works on nothing", change.name);
            self.add(&key("on"), message, "Name units, groups or components.");
        }
        let mut units = change.units.clone();
        units.sort_unstable();
        if let Some(pair) = units.windows(2).find(|pair| pair[0] == pair[1])
            && let Some(unit) = self.system.units.get(pair[0])
        {
            let message = format!("change `{}` works on `{}` twice", change.name, unit.name);
            self.add(&key("on"), message, "Name it once.");
        }
        let lives_by_states = |unit: &&UnitId| {
            let unit = self.system.units.get(**unit);
            let kind = unit.and_then(|unit| self.system.kinds.get(unit.kind));
            kind.is_some_and(|kind| !kind.states.is_empty())
        };
        if change.renews
            && let Some(unit) = change.units.iter().find(lives_by_states)
        {
            let message = format!(
                "change `{}` renews `{}`, whose life is told state by state",
                change.name, self.system.units[*unit].name
            );
            let help = "Put the work among its states, as one way out of each.";
            self.add(&key("renews"), message, help);
        }
        if let Some(canary) = &change.canary
            && canary.units >= change.units.len()
        {
            let message = format!(
                "the canary has {} units, and the whole change {}",
                canary.units,
                change.units.len()
            );
            self.add(&key("canary"), message, "Leave something for the rest.");
        }
    }

    fn check_people(&mut self) {
        for people in self.system.people.iter() {
            let path = path_key("people", &people.name);
            if people.size == Some(0) {
                let message = format!("there is nobody in `{}`", people.name);
                self.add(&path_key(&path, "size"), message, "Write at least 1.");
            }
            let path = path_key(&path, "slower");
            for pace in &people.slower {
                self.check_window(&path, &pace.window);
                if !(pace.speed > 0.0 && pace.speed <= 1.0) {
                    let message =
                        format!("a slower pace is above 0 and at most 1, not {}", pace.speed);
                    self.add(&path, message, "Write a speed such as \"50 %\".");
                }
            }
            if people.slower.len() > 32 {
                let message = format!("`{}` has {} paces", people.name, people.slower.len());
                self.add(&path, message, "Write at most 32.");
            }
        }
    }

    fn check_window(&mut self, path: &str, window: &Window) {
        let key = |part: &str| path_key(path, part);
        if window.every.as_secs() < TICK_SECS || window.every == Span::FOREVER {
            self.add(
                &key("every"),
                "windows need a time between them".to_owned(),
                "Write a period such as \"7 d\".",
            );
        } else if window.at >= window.every {
            self.add(
                &key("at"),
                "the window opens after the end of its period".to_owned(),
                "Lower `at` below `every`.",
            );
        }
        if window.lasts.as_secs() < TICK_SECS {
            self.add(
                &key("lasts"),
                "the window is never open".to_owned(),
                "Write a time such as \"2 h\".",
            );
        } else if window.lasts > window.every {
            self.add(
                &key("lasts"),
                "the window is longer than its period".to_owned(),
                "Lower `lasts` to `every` at most.",
            );
        }
    }

    fn check_causes(&mut self) {
        let system = self.system;
        let circles = cycles(system.causes.len(), |cause| {
            let members = &system.causes[CauseId::from_index(cause)].members;
            members
                .iter()
                .filter_map(|member| match member {
                    CauseMember::Cause(inner) => Some(inner.index()),
                    CauseMember::Unit(_) => None,
                })
                .collect()
        });
        for circle in &circles {
            let names: Vec<&str> = circle
                .iter()
                .map(|cause| system.causes[CauseId::from_index(*cause)].name.as_str())
                .collect();
            let path = path_key(
                "causes",
                &system.causes[CauseId::from_index(circle[0])].family,
            );
            let message = format!(
                "shared causes are within each other in a circle: {}",
                names.join(" -> ")
            );
            self.add(&path, message, "Take one of them out of the other.");
        }
        self.causes_are_trees = circles.is_empty();
        if !circles.is_empty() {
            return;
        }
        for (id, cause) in system.causes.iter_ids() {
            self.check_cause(id, cause);
        }
    }

    fn check_cause(&mut self, id: CauseId, cause: &Cause) {
        let system = self.system;
        let path = path_key("causes", &cause.family);
        let name = &cause.name;
        let Some(every) = &cause.every else {
            return;
        };
        if is_instant(every) {
            self.add(
                &path_key(&path, "every"),
                "events follow each other without any time between them".to_owned(),
                "Write a longer time, such as { mean = \"2 y\" }.",
            );
        }
        if let Some(Lasting {
            effect: Effect::Degraded(left),
            ..
        }) = cause.lasts
            && !(0.0..=1.0).contains(&left)
        {
            let message =
                format!("a degraded unit keeps a part of its capacity between 0 and 1, not {left}");
            self.add(&path_key(&path, "effect"), message, "");
        }
        let mut units = system.units_in_cause(id);
        if units.is_empty() {
            self.add(
                &path,
                format!("`{name}` strikes nothing"),
                "Name what it strikes with `hits`, or write every = \"never\".",
            );
        }
        units.sort_unstable();
        for pair in units.windows(2) {
            if pair[0] == pair[1]
                && let Some(unit) = system.units.get(pair[0])
            {
                self.add(
                    &path_key(&path, "hits"),
                    format!("`{name}` strikes `{}` in two ways", unit.name),
                    "Name it once, here or in what is within this cause.",
                );
            }
        }
        let Some(Breakage::Mode(mode)) = &cause.breaks else {
            return;
        };
        for unit in units {
            let kind = system
                .units
                .get(unit)
                .and_then(|unit| system.kinds.get(unit.kind));
            if let Some(kind) = kind
                && !kind.modes.iter().any(|other| other.name == *mode)
            {
                let modes: Vec<&str> = kind.modes.iter().map(|mode| mode.name.as_str()).collect();
                self.add(
                    &path_key(&path, "breaks"),
                    format!(
                        "`{name}` strikes units of kind `{}`, which has no mode `{mode}`",
                        kind.name
                    ),
                    &format!("Its modes are {}.", modes.join(", ")),
                );
                return;
            }
        }
    }

    fn check_crew(&mut self, crew: &Crew) {
        let path = path_key("crews", &crew.name);
        if crew.preemption != Preemption::Never {
            let key = path_key(&path, "preempts");
            if crew.order != CrewOrder::Priority {
                self.add(
                    &key,
                    format!(
                        "crew `{}` does not go by priority, so no fault is more urgent than another",
                        crew.name
                    ),
                    "Add order = \"priority\", or delete `preempts`.",
                );
            }
            if crew.pick_up.is_some() {
                let message = format!(
                    "crew `{}` turns to faults by chance, so no fault can interrupt a repair",
                    crew.name
                );
                self.add(&key, message, "Delete `preempts` or `pick_up`.");
            }
        }
        if crew.pick_up.is_some() && crew.order != CrewOrder::FirstCome {
            let message = format!(
                "the groups that wait for crew `{}` are picked up by chance, so `order` has no meaning",
                crew.name
            );
            self.add(
                &path_key(&path, "order"),
                message,
                "Delete `order` or `pick_up`.",
            );
        }
        if let Some(hours) = crew.hours {
            let path = path_key(&path, "hours");
            if hours.every.as_secs() < TICK_SECS || hours.every == Span::FOREVER {
                self.add(
                    &path_key(&path, "every"),
                    "working hours need a period".to_owned(),
                    "Write one such as \"1 d\".",
                );
            } else if hours.from >= hours.every || hours.until > hours.every {
                self.add(
                    &path,
                    "the working hours go beyond their period".to_owned(),
                    "Write `from` and `until` within `every`.",
                );
            } else if hours.from == hours.until {
                self.add(
                    &path,
                    format!("crew `{}` never works", crew.name),
                    "Write `until` later than `from`.",
                );
            }
        }
    }

    fn check_units(&mut self) {
        for unit in self.system.units.iter() {
            if unit
                .capacity
                .is_some_and(|capacity| !(capacity.is_finite() && capacity > 0.0))
            {
                self.add(
                    "groups",
                    format!("the capacity of unit `{}` is no load", unit.name),
                    "Write a number above zero.",
                );
            }
            if self.system.kinds.get(unit.kind).is_none() {
                self.add("kinds", format!("unit `{}` is of no kind", unit.name), "");
            }
        }
    }

    fn check_group(&mut self, group: &Group) {
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

    /// Which groups may collapse, once it is known that all groups and services exist.
    fn check_overloads(&mut self) {
        if self.violations.is_empty() {
            for (id, group) in self.system.groups.iter_ids() {
                self.check_overload(id, group);
            }
        }
    }

    fn check_overload(&mut self, id: GroupId, group: &Group) {
        let name = &group.name;
        let mut services = self.system.services.iter();
        if group.takeover.clients.is_some()
            && !services.any(|service| self.sends_to(&service.up, id))
        {
            self.add(
                &path_key(&path_key(&path_key("groups", name), "takeover"), "clients"),
                format!("no service sends its requests to group `{name}`"),
                "Delete it, or let a service need the group, or something in a service.",
            );
        }
        if let Some(overload) = &group.overload {
            let path = path_key(&path_key("groups", name), "overload");
            self.check_load(id, group, &path);
            let above = overload.above;
            if !(above.is_finite() && above > 0.0) {
                self.add(
                    &path_key(&path, "above"),
                    "the share at which it is overloaded is no load".to_owned(),
                    "Write a number above zero.",
                );
            }
            match overload.breakdown {
                Breakdown::Collapse {
                    recovers_below: below,
                    ..
                } => {
                    if !(below >= 0.0 && below <= above) {
                        self.add(
                            &path_key(&path, "recovers_below"),
                            format!(
                                "it collapses above {above} and recovers below {below} of what it can bear"
                            ),
                            "Let it recover at a load at which it does not collapse.",
                        );
                    }
                }
                Breakdown::Crashes { ref after } => {
                    let is_unit = |member: &Member| matches!(member, Member::Unit(_));
                    if !group.members.iter().all(is_unit) {
                        self.add(
                            &path_key(&path, "crash"),
                            format!("group `{name}` has groups as members, which do not crash"),
                            "Write it for the groups of units within.",
                        );
                    }
                    if is_instant(after) && is_instant(&overload.restart) {
                        self.add(
                            &path_key(&path, "restart"),
                            "members crash at once and are back at once, for ever".to_owned(),
                            "Say how long a restart takes, such as { mean = \"5 min\" }.",
                        );
                    }
                }
            }
        }
        if let Some(scaling) = &group.scaling {
            let path = path_key(&path_key("groups", name), "scaling");
            self.check_load(id, group, &path);
            let is_load = |load: f64| load.is_finite() && load > 0.0;
            if !(is_load(scaling.above) && is_load(scaling.quota)) {
                self.add(
                    &path,
                    "the share at which members are ordered, and what they can bear, is no load"
                        .to_owned(),
                    "Write numbers above zero.",
                );
            }
        }
    }

    /// A group whose load matters bears all of the load of one service.
    fn check_load(&mut self, id: GroupId, group: &Group, path: &str) {
        let name = &group.name;
        if self.system.rated_capacity_of(id).is_none() {
            self.add(
                path,
                format!("group `{name}` can bear any load, so none is too much for it"),
                "Give it a `capacity`, or delete this.",
            );
        }
        let mut asking = self.system.services.iter().filter(|service| {
            service.demand.is_some() && self.bears_all(&service.up, id).is_some()
        });
        let message = match (asking.next(), asking.next()) {
            (Some(service), None) if self.bears_all(&service.up, id) == Some(true) => return,
            (Some(service), None) => format!(
                "group `{name}` bears only a part of the load of service `{}`, as others stand for it",
                service.name
            ),
            (None, _) => format!("nothing is asked of a service that needs group `{name}`"),
            (Some(_), Some(_)) => format!("several services ask group `{name}`"),
        };
        self.add(
            path,
            message,
            "Such a group must bear all of the load of one service with a `demand`.",
        );
    }

    /// Whether requests to a structure may come to a group: as a part of it, as a member of a group in it,
    /// or as what the units of such a group need.
    fn sends_to(&self, structure: &Structure, group: GroupId) -> bool {
        match structure {
            Structure::Group(id) | Structure::Each(id) => {
                *id == group || self.passes_on(*id, group)
            }
            Structure::Service(id) => self.sends_to(&self.system.services[*id].up, group),
            Structure::Soft(_) => false,
            Structure::AtLeast { of, .. } => of.iter().any(|part| self.sends_to(part, group)),
        }
    }

    fn passes_on(&self, from: GroupId, to: GroupId) -> bool {
        let members = &self.system.groups[from].members;
        let needs = self
            .system
            .needs
            .iter()
            .filter(|need| match &need.dependent {
                Dependent::Units {
                    units,
                    effect: Effect::Down,
                } => units
                    .iter()
                    .any(|unit| members.contains(&Member::Unit(*unit))),
                Dependent::Units { .. } | Dependent::Step(..) => false,
            });
        let inner = members.iter().filter_map(|member| match *member {
            Member::Group(inner) => Some(inner),
            Member::Unit(_) => None,
        });
        needs.into_iter().any(|need| self.sends_to(&need.on, to))
            || inner
                .into_iter()
                .any(|inner| inner == to || self.passes_on(inner, to))
    }

    /// Whether all requests to a structure pass through a group; `None` if none does.
    fn bears_all(&self, structure: &Structure, group: GroupId) -> Option<bool> {
        match structure {
            Structure::Group(id) | Structure::Each(id) => (*id == group).then_some(true),
            Structure::Service(id) => self.bears_all(&self.system.services.get(*id)?.up, group),
            Structure::Soft(_) => None,
            Structure::AtLeast { k, of } => {
                let mut parts = of.iter().filter_map(|part| self.bears_all(part, group));
                let count: usize = of.iter().map(|part| self.system.part_count(part)).sum();
                parts.next().map(|all| all && *k == count)
            }
        }
    }

    /// Members that can bear a load stand beside such that can bear any.
    fn check_capacities(&mut self, group: &Group, path: &str) {
        let has = |member: &Member| match *member {
            Member::Unit(unit) => self.system.units.get(unit)?.capacity.map(|_| ()),
            Member::Group(_) => None,
        };
        let units = group
            .members
            .iter()
            .filter(|member| matches!(member, Member::Unit(_)));
        let (with, without): (Vec<_>, Vec<_>) = units.partition(|member| has(member).is_some());
        if let (Some(_), Some(Member::Unit(unit))) = (with.first(), without.first()) {
            let message = format!(
                "group `{}` has members with a capacity, but `{}` has none",
                group.name, self.system.units[*unit].name
            );
            self.add(
                &path_key(path, "capacity"),
                message,
                "Write `capacity` for the whole group, or for all of its kinds.",
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
        if plan.split_loss > Probability::ZERO && group.split_brain.is_none() {
            self.add(
                &path_key(path, "split_loss"),
                format!("two members of group `{name}` never write at the same time"),
                "Delete it, or add `split_brain`.",
            );
        }
    }

    /// Why two members of a group could serve at the same time.
    fn two_sides(&self, group: &Group) -> Option<String> {
        if !group.has_standbys() {
            return None;
        }
        let takeover = &group.takeover;
        let fencing = match &takeover.fencing {
            None => "nothing fences the old one",
            Some(stage) if stage.succeeds < Probability::ONE => "fencing can fail",
            Some(_) => return None,
        };
        let isolated = group.members.iter().find_map(|member| match member {
            Member::Unit(unit) => {
                let kind = self.system.kinds.get(self.system.units.get(*unit)?.kind)?;
                kind.modes
                    .iter()
                    .find(|mode| mode.effect == Effect::Isolated)
            }
            Member::Group(_) => None,
        });
        if let Some(mode) = isolated {
            return Some(format!(
                "the mode `{}` isolates a member that is alive, and {fencing}",
                mode.name
            ));
        }
        let units: BTreeSet<UnitId> = group
            .members
            .iter()
            .filter_map(|member| match member {
                Member::Unit(unit) => Some(*unit),
                Member::Group(_) => None,
            })
            .collect();
        let cut_off = self.system.changes.iter().find(|change| {
            let isolates = change.effect == Some(Effect::Isolated)
                || change
                    .bad
                    .as_ref()
                    .is_some_and(|bad| bad.effect == Effect::Isolated);
            isolates && change.units.iter().any(|unit| units.contains(unit))
        });
        if let Some(change) = cut_off {
            return Some(format!(
                "`{}` isolates members that are alive, and {fencing}",
                change.name
            ));
        }
        let isolating = self.system.causes.iter_ids().find(|(id, cause)| {
            self.causes_are_trees
                && matches!(&cause.lasts, Some(lasting) if lasting.effect == Effect::Isolated)
                && self
                    .system
                    .units_in_cause(*id)
                    .iter()
                    .any(|unit| units.contains(unit))
        });
        if let Some((_, cause)) = isolating {
            return Some(format!(
                "`{}` isolates members that are alive, and {fencing}",
                cause.name
            ));
        }
        let lossy = matches!(&group.detector, Some(Detector::Probes(probes)) if probes.loss > Probability::ZERO);
        if group.spurious.is_some() || lossy {
            return Some(format!(
                "false alarms replace a healthy member, and {fencing}"
            ));
        }
        None
    }

    fn check_membership(&mut self) {
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

    fn check_services(&mut self) {
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
                if matches!(target.metric, Metric::Cost(_)) && self.system.cost_items().is_empty() {
                    let path = path_key(&path_key("services", &service.name), "targets");
                    self.add(
                        &path,
                        format!("nothing costs anything, so `{}` says nothing", target.text),
                        "Add `cost` to kinds or services.",
                    );
                }
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

    /// Targets for data of which nothing is known; services can be walked through here.
    fn check_targets_for_data(&mut self) {
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
    fn check_structure(&mut self, path: &str, structure: &Structure, is_counted: bool) {
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

    /// Groups that are members of themselves, and services that need themselves.
    fn check_cycles(&mut self) {
        let system = self.system;
        let groups = cycles(system.groups.len(), |group| {
            let members = &system.groups[GroupId::from_index(group)].members;
            members
                .iter()
                .filter_map(|member| match member {
                    Member::Group(inner) => Some(inner.index()),
                    Member::Unit(_) => None,
                })
                .collect()
        });
        for cycle in groups {
            let names: Vec<&str> = cycle
                .iter()
                .map(|group| system.groups[GroupId::from_index(*group)].name.as_str())
                .collect();
            let path = path_key(&path_key("groups", names[0]), "members");
            let message = format!(
                "groups are members of each other in a circle: {}",
                names.join(" -> ")
            );
            self.add(
                &path,
                message,
                "Take one of them out of the other's `members`.",
            );
        }
        let services = cycles(system.services.len(), |service| {
            let mut needs = Vec::new();
            services_in(
                &system.services[ServiceId::from_index(service)].up,
                &mut needs,
            );
            needs
        });
        for cycle in services {
            let names: Vec<&str> = cycle
                .iter()
                .map(|service| {
                    system.services[ServiceId::from_index(*service)]
                        .name
                        .as_str()
                })
                .collect();
            let path = path_key(&path_key("services", names[0]), "up");
            let message = format!(
                "services need each other in a circle: {}",
                names.join(" -> ")
            );
            self.add(&path, message, "Let one of them name groups instead.");
        }
        // Circles of groups alone, or of services alone, have been named.
        let found = self
            .violations
            .iter()
            .any(|violation| violation.message.contains(" in a circle: "));
        if !found {
            self.check_circles_of_needs();
        }
    }

    fn check_needs(&mut self) {
        let system = self.system;
        for need in &system.needs {
            let path = path_key("groups", &need.of);
            self.check_structure(&path_key(&path, "needs"), &need.on, false);
            match &need.dependent {
                Dependent::Step(group, _) => {
                    if let Some(group) = system.groups.get(*group)
                        && !group.has_standbys()
                    {
                        let message = format!(
                            "group `{}` has no standbys, so no takeover of it can need `{}`",
                            group.name, need.text
                        );
                        let help = "Delete `needs`, or lower `active`.";
                        self.add(&path_key(&path, "takeover"), message, help);
                    }
                }
                Dependent::Units {
                    effect: Effect::Degraded(left),
                    ..
                } if !(0.0..=1.0).contains(left) => {
                    let message = format!(
                        "without `{}`, a part from 0 to 1 is left, not {left}",
                        need.text
                    );
                    self.add(&path_key(&path, "degraded_without"), message, "");
                }
                Dependent::Units { .. } => {}
            }
        }
    }

    /// What needs itself: groups that need, groups that have members, services that have parts.
    fn check_circles_of_needs(&mut self) {
        let system = self.system;
        let group_count = system.groups.len();
        let parts = |structure: &Structure| {
            let mut found = Vec::new();
            groups_in(structure, &mut found);
            let mut services = Vec::new();
            services_in(structure, &mut services);
            found.extend(services.into_iter().map(|service| group_count + service));
            found
        };
        // Which group each unit is a member of.
        let mut home = vec![0; system.units.len()];
        for (id, group) in system.groups.iter_ids() {
            for member in &group.members {
                if let Member::Unit(unit) = member
                    && let Some(home) = home.get_mut(unit.index())
                {
                    *home = id.index();
                }
            }
        }
        let mut next: Vec<Vec<usize>> = Vec::new();
        for group in system.groups.iter() {
            let members = group.members.iter().filter_map(|member| match member {
                Member::Group(inner) => Some(inner.index()),
                Member::Unit(_) => None,
            });
            next.push(members.collect());
        }
        for service in system.services.iter() {
            next.push(parts(&service.up));
        }
        for need in &system.needs {
            if let Dependent::Units { units, .. } = &need.dependent {
                for unit in units {
                    if let Some(&group) = home.get(unit.index()) {
                        next[group].extend(parts(&need.on));
                    }
                }
            }
        }
        for list in &mut next {
            list.sort_unstable();
            list.dedup();
        }
        for circle in cycles(next.len(), |node| next[node].clone()) {
            let names: Vec<&str> = circle
                .iter()
                .map(|&node| match node.checked_sub(group_count) {
                    None => system.groups[GroupId::from_index(node)].name.as_str(),
                    Some(service) => system.services[ServiceId::from_index(service)]
                        .name
                        .as_str(),
                })
                .collect();
            let first = circle
                .iter()
                .position(|&node| node < group_count)
                .unwrap_or(0);
            let path = path_key(&path_key("groups", names[first]), "needs");
            let message = format!(
                "what is needed goes round in a circle: {}",
                names.join(" -> ")
            );
            self.add(&path, message, "Let one of them do without.");
        }
    }

    fn check_names(&mut self) {
        let system = self.system;
        let sections: [(&str, Vec<&str>); 3] = [
            (
                "groups",
                system
                    .groups
                    .iter()
                    .map(|group| group.name.as_str())
                    .collect(),
            ),
            (
                "services",
                system
                    .services
                    .iter()
                    .map(|service| service.name.as_str())
                    .collect(),
            ),
            (
                "units",
                system.units.iter().map(|unit| unit.name.as_str()).collect(),
            ),
        ];
        for (section, names) in sections {
            let mut seen = BTreeSet::new();
            for name in names {
                if !seen.insert(name) {
                    let message = format!("two {section} are named `{name}`");
                    self.add(&path_key(section, name), message, "Rename one of them.");
                }
            }
        }
    }
}

fn groups_in(structure: &Structure, found: &mut Vec<usize>) {
    match structure {
        Structure::Group(id) | Structure::Each(id) => found.push(id.index()),
        Structure::Service(_) => {}
        Structure::Soft(part) => groups_in(part, found),
        Structure::AtLeast { of, .. } => of.iter().for_each(|part| groups_in(part, found)),
    }
}

fn services_in(structure: &Structure, found: &mut Vec<usize>) {
    match structure {
        Structure::Group(_) | Structure::Each(_) => {}
        Structure::Service(id) => found.push(id.index()),
        Structure::Soft(part) => services_in(part, found),
        Structure::AtLeast { of, .. } => of.iter().for_each(|part| services_in(part, found)),
    }
}

/// The circles of a graph, each once, closed: the first node is also the last.
fn cycles(count: usize, next: impl Fn(usize) -> Vec<usize>) -> Vec<Vec<usize>> {
    let mut found = Vec::new();
    // 0: not seen; 1: on the path from where the search began; 2: done.
    let mut state = vec![0u8; count];
    for start in 0..count {
        if state[start] != 0 {
            continue;
        }
        let mut path: Vec<(usize, Vec<usize>)> = vec![(start, next(start))];
        state[start] = 1;
        while let Some((node, rest)) = path.last_mut() {
            let node = *node;
            match rest.pop() {
                None => {
                    state[node] = 2;
                    path.pop();
                }
                Some(other) if other >= count || state[other] == 2 => {}
                Some(other) if state[other] == 1 => {
                    let from = path.iter().position(|(on, _)| *on == other).unwrap_or(0);
                    let mut cycle: Vec<usize> = path[from..].iter().map(|(on, _)| *on).collect();
                    cycle.push(other);
                    found.push(cycle);
                }
                Some(other) => {
                    state[other] = 1;
                    path.push((other, next(other)));
                }
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_circle_is_found_once_and_closed() {
        let edges = [vec![1], vec![2], vec![0, 3], vec![3]];
        assert_eq!(
            cycles(4, |node| edges[node].clone()),
            [vec![3, 3], vec![0, 1, 2, 0]]
        );
        let tree = [vec![1, 2], vec![3], vec![3], vec![]];
        assert!(cycles(4, |node| tree[node].clone()).is_empty());
    }

    #[test]
    fn paths_quote_what_has_dots() {
        assert_eq!(path_key("groups", "db"), "groups.db");
        assert_eq!(path_key("groups", "db.eu"), "groups.\"db.eu\"");
        assert_eq!(path_key("", "run"), "run");
    }

    #[test]
    fn an_empty_system_breaks_rules() {
        let paths: Vec<String> = check(&System::default())
            .into_iter()
            .map(|violation| violation.path)
            .collect();
        assert_eq!(paths, ["run.horizon", "service"]);
    }
}
