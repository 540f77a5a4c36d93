//! What a system must satisfy so that it can exist and a simulation of it comes to an end.
//!
//! Every floor above relies on these rules instead of testing them again. Rules that only say what
//! is rarely meant are advice, and live where scenarios are read.
//!
//! * `units`: how units fail, and how they are mended.
//! * `supplies`: who works, when, and with what.
//! * `surroundings`: what strikes units from outside, and what is done to them.
//! * `groups`: who serves in a group, how the dead are noticed, and who takes over.
//! * `loads`: what groups can bear, and what happens beyond that.
//! * `services`: the structure of services, what is asked of them, and what they cost.
//! * `settled`: what a mission needs that begins in the long run.
//! * `circles`: what would depend on itself.

mod circles;
mod groups;
mod loads;
mod services;
mod settled;
mod supplies;
mod surroundings;
mod units;

use super::System;
use crate::base::{Span, human};
use crate::math::Law;
use std::collections::BTreeSet;

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
        checker.check_start();
        checker.check_targets_for_money();
        checker.check_targets_for_data();
        checker.check_shortages();
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

#[cfg(test)]
mod tests {
    use super::circles::cycles;
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
