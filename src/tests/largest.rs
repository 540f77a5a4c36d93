//! Each mechanism once as the largest share of the downtime of a service, under its own name.

use failsim::behaviour::Mechanism;

use crate::support::{scenario, tally};

/// A pair that fails seldom, is repaired soon, and takes over at once: next to nothing takes it down.
const PAIR: &str = r#"
[run]
horizon = "20000 h"
[kinds.node]
fail = { mean = "500 h" }
repair = { mean = "2 h" }
[groups.db]
kind = "node"
units = 2
active = 1
standby = "hot"
[service]
up = "db"
"#;

/// A unit that stands alone.
const ALONE: &str = r#"
[run]
horizon = "20000 h"
[kinds.node]
fail = { mean = "500 h" }
repair = { mean = "10 min" }
[groups.db]
kind = "node"
units = 1
standby = "active"
[service]
up = "db"
"#;

/// A unit that comes back by itself.
const DISRUPTED: &str = r#"
[run]
horizon = "20000 h"
[components.db]
fail = { mean = "500 h" }
lasts = { mean = "1 h" }
[service]
up = "db"
"#;

/// Three servers of 50, of which two bear what is asked.
const SERVERS: &str = r#"
[run]
horizon = "20000 h"
[kinds.node]
fail = { mean = "100 h" }
repair = { mean = "10 h" }
[groups.db]
kind = "node"
units = 3
required = 1
standby = "active"
capacity = 50
[service]
up = "db"
demand = 90
"#;

struct Case {
    mechanism: Mechanism,
    culprit: &'static str,
    base: &'static str,
    /// Tables that are added.
    more: &'static str,
    changes: &'static [&'static str],
}

const fn case(mechanism: Mechanism, base: &'static str, changes: &'static [&'static str]) -> Case {
    Case {
        mechanism,
        culprit: "db",
        base,
        more: "",
        changes,
    }
}

const CASES: &[Case] = &[
    case(
        Mechanism::Redirecting,
        PAIR,
        &["groups.db.takeover={ redirecting = \"10 min\" }"],
    ),
    case(
        Mechanism::Failback,
        PAIR,
        &["groups.db.failback={ mode = \"at once\", takes = \"20 min\" }"],
    ),
    case(
        Mechanism::Promoting,
        PAIR,
        &["groups.db.takeover=\"10 min\""],
    ),
    case(
        Mechanism::Spurious,
        PAIR,
        &[
            "groups.db.false_alarms={ mean = \"50 h\" }",
            "groups.db.takeover={ fencing = \"0 s\", promoting = \"5 min\" }",
        ],
    ),
    case(
        Mechanism::Fencing,
        PAIR,
        &["groups.db.takeover={ fencing = \"10 min\" }"],
    ),
    case(
        Mechanism::Deciding,
        PAIR,
        &["groups.db.takeover={ deciding = \"10 min\" }"],
    ),
    case(
        Mechanism::Undetected,
        PAIR,
        &["groups.db.detect={ constant = \"10 min\" }"],
    ),
    case(
        Mechanism::SplitBrain,
        PAIR,
        &[
            "kinds.node.effect=\"isolated\"",
            "groups.db.split_brain={ lasts = \"10 min\", reconcile = \"1 h\" }",
        ],
    ),
    case(
        Mechanism::Manual,
        PAIR,
        &[
            "groups.db.takeover={ promoting = { constant = \"1 min\", succeeds = \"20 %\" }, manual = \"1 h\" }",
        ],
    ),
    Case {
        // The operator is mostly elsewhere.
        more: r#"
[people.operator]
size = 1
[kinds.other]
fail = { mean = "20 h" }
repair = { mean = "2 h" }
[groups.other]
kind = "other"
units = 2
active = 1
standby = "hot"
[groups.other.takeover]
promoting = { constant = "1 min", succeeds = "1 %" }
recovered = "complete"
manual = "9 h"
manual_by = "operator"
"#,
        ..case(
            Mechanism::ManualWait,
            PAIR,
            &[
                "groups.db.takeover={ promoting = { constant = \"1 min\", succeeds = \"1 %\" }, manual = \"10 min\", manual_by = \"operator\" }",
            ],
        )
    },
    case(
        Mechanism::Rejoining,
        ALONE,
        &["groups.db.rejoin={ constant = \"5 h\" }"],
    ),
    Case {
        culprit: "patch",
        more: "[changes.patch]\non = [\"db\"]\nevery = { mean = \"200 h\" }\ntakes = \"1 h\"\norder = \"all at once\"\n",
        ..case(Mechanism::Planned, PAIR, &[])
    },
    Case {
        culprit: "deploy",
        more: "[changes.deploy]\non = [\"db\"]\nevery = { mean = \"200 h\" }\ntakes = \"1 s\"\nbad = { probability = \"50 %\", noticed = \"1 h\", rollback = \"10 min\" }\n",
        ..case(Mechanism::Change, PAIR, &[])
    },
    Case {
        culprit: "rack",
        more: "[causes.rack]\nevery = { mean = \"300 h\" }\nlasts = \"3 h\"\nhits = [\"db\"]\n",
        ..case(Mechanism::SharedCause, PAIR, &[])
    },
    case(
        Mechanism::Overload,
        SERVERS,
        &["groups.db.overload={ recovers_below = 0.65 }"],
    ),
    case(
        Mechanism::Overload,
        SERVERS,
        &["groups.db.overload={ crash = { mean = \"10 min\" }, restart = { mean = \"1 h\" } }"],
    ),
    case(
        Mechanism::Shortfall,
        SERVERS,
        &["service.down_below=\"100 %\""],
    ),
    case(Mechanism::Disruption, DISRUPTED, &[]),
    case(Mechanism::Repair, ALONE, &["kinds.node.repair=\"5 h\""]),
    Case {
        more: "[spares.parts]\nstock = 0\nlead_time = \"20 h\"\n",
        ..case(Mechanism::SpareWait, ALONE, &["kinds.node.spare=\"parts\""])
    },
    Case {
        // The only crew is mostly elsewhere.
        more: r#"
[crews.crew]
size = 1
[components.other]
count = 5
fail = { mean = "10 h" }
repair = { mean = "3 h" }
crew = "crew"
"#,
        ..case(Mechanism::CrewWait, ALONE, &["kinds.node.crew=\"crew\""])
    },
    Case {
        // Two hours a day.
        more: "[crews.crew]\nsize = 1\nhours = { every = \"24 h\", from = \"8 h\", until = \"10 h\" }\n",
        ..case(Mechanism::OffDuty, ALONE, &["kinds.node.crew=\"crew\""])
    },
    case(
        Mechanism::NotRepaired,
        ALONE,
        &["kinds.node.repair=\"never\""],
    ),
    case(
        Mechanism::AdministrativeDelay,
        ALONE,
        &["kinds.node.administrative_delay=\"5 h\""],
    ),
    case(
        Mechanism::Unattended,
        ALONE,
        &["kinds.node.notice={ after = \"5 h\" }"],
    ),
    Case {
        // What is needed is to blame.
        culprit: "disk",
        more: "[components.disk]\nfail = { mean = \"200 h\" }\nrepair = { mean = \"4 h\" }\n",
        ..case(Mechanism::Repair, PAIR, &["groups.db.needs=\"disk\""])
    },
];

#[test]
fn each_mechanism_is_somewhere_the_largest_share_of_the_downtime() {
    let mut wrong = Vec::new();
    for case in CASES {
        let text = format!("{}{}", case.base, case.more);
        let system = scenario(&text, case.changes).system;
        let sums = tally(&system, 10);
        let service = &sums.services[0];
        let down = service.down.sum();
        let parts: u128 = service.contributions.values().map(|part| part.sum()).sum();
        assert_eq!(parts, down, "the parts are the whole");
        let largest = service
            .contributions
            .iter()
            .max_by_key(|(_, part)| part.sum());
        let ((culprit, mechanism), part) = largest.unwrap();
        let culprit = system.culprit_name(*culprit);
        let line = format!(
            "{:<32} {culprit:<8} {:5.1} % of {:.3e} h",
            mechanism.name(),
            100.0 * part.sum() as f64 / down as f64,
            down as f64 / 3.6e12
        );
        println!("{line}");
        if *mechanism != case.mechanism || culprit != case.culprit {
            wrong.push(format!("{}: {line}", case.mechanism.name()));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    // A need has no downtime of its own: what is needed has.
    let missing: Vec<Mechanism> = Mechanism::ALL
        .into_iter()
        .filter(|mechanism| *mechanism != Mechanism::Need)
        .filter(|mechanism| CASES.iter().all(|case| case.mechanism != *mechanism))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}
