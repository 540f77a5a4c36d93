//! Requests that get lost on the way: clients that come back after a takeover by a curve, and members
//! that have failed unnoticed. Timelines, and the integral of the curve.

use failsim::behaviour::{Behaviour, Mechanism};
use failsim::engine::{ServiceOutcome, Simulator};
use failsim::exact::{self, Effort};

use failsim::model::{Culprit, System};

use crate::support::{HOUR, check_moments, estimates, scenario, tally};

const SECOND: f64 = 1e9;

/// The active one of a pair fails after 100 s, and the other one takes over at once.
const ONCE: &str = r#"
[run]
horizon = "300 s"
[components.a]
fail = { constant = "100 s" }
repair = "never"
[components.b]
fail = "never"
repair = "never"
[groups.db]
members = ["a", "b"]
required = 1
standby = "hot"
capacity = 100
takeover = { clients = { uniform = ["0 s", "60 s"] } }
[service]
up = "db"
"#;

/// What happens to the first service in the first trial.
fn outcome(text: &str, changes: &[&str]) -> ServiceOutcome {
    let system = scenario(text, changes).system;
    let behaviour = Behaviour::of(&system);
    let simulator = Simulator::new(&behaviour, system.mission, 1);
    simulator.runner().run(0).services[0].clone()
}

/// Seconds of the load that were lost while the service was up.
fn lost(text: &str, changes: &[&str]) -> f64 {
    outcome(text, changes).lost as f64 / SECOND
}

#[track_caller]
fn check(found: f64, truth: f64) {
    assert!((found - truth).abs() < 1e-6, "{found} against {truth}");
}

#[test]
fn clients_that_are_not_back_are_not_served() {
    check(lost(ONCE, &[]), 30.0);
    check(lost(ONCE, &["service.demand=50"]), 30.0);
    let stragglers = "groups.db.takeover.clients={ mixture = [\
        { weight = \"95 %\", law = { uniform = [\"0 s\", \"60 s\"] } },\
        { weight = \"5 %\", law = { constant = \"2 min\" } }] }";
    check(lost(ONCE, &[stragglers]), 0.95 * 30.0 + 0.05 * 120.0);
    // The mission ends before all are back: 5 % are away from 60 s to 80 s after the takeover.
    let short = [stragglers, "run.horizon=\"180 s\""];
    check(lost(ONCE, &short), 0.95 * 30.0 + 0.05 * 80.0);
    // Those who are back get what can be borne: 50 of 100 until half of them are back, and 50 then.
    let overloaded = ["service.demand=100", "groups.db.capacity=50"];
    let healthy = 240.0 * 0.5;
    check(lost(ONCE, &overloaded), healthy + 30.0 * 0.75 + 30.0 * 0.5);
    // Nobody asks for anything from 100 s on.
    let demand = "service.demand={ values = [90, 0, 0], every = \"100 s\" }";
    assert_eq!(lost(ONCE, &[demand]), 0.0);
}

/// A second takeover sends all of them on their way again; a member that resumes its seat sends nobody.
#[test]
fn every_takeover_sends_all_of_them_on_their_way() {
    let back = [
        "components.a.repair=\"20 s\"",
        "components.b.fail={ constant = \"130 s\" }",
    ];
    // 30 s of the first way, then all of the second.
    check(lost(ONCE, &back), 30.0 * 0.75 + 30.0);
    // The other one is dead, so the same one comes back.
    let alone = [
        "components.a.repair=\"20 s\"",
        "components.b.fail={ constant = \"50 s\" }",
    ];
    check(lost(ONCE, &alone), 0.0);
}

/// Judged by half of what is asked, the service is down until half of the clients are back, and it is
/// the way of the clients that is to blame.
#[test]
fn a_service_may_be_down_until_enough_of_them_are_back() {
    let judged = ["service.demand=50", "service.down_below=\"50 %\""];
    let outcome = outcome(ONCE, &judged);
    let [segment] = outcome.segments[..] else {
        panic!("{:?}", outcome.segments);
    };
    assert_eq!(segment.mechanism, Mechanism::Redirecting);
    assert_eq!(segment.start.0 as f64, 100.0 * SECOND);
    // To one of 64 steps.
    check(segment.duration() as f64 / SECOND, 30.0);
    assert_eq!(outcome.unserved.unwrap().load as f64, 30.0 * SECOND);
    let system = scenario(ONCE, &judged).system;
    let why = exact::solve(&system, &Effort::QUICK, None).unwrap_err();
    assert_eq!(
        why.to_string(),
        "whether service `service` counts as down changes as its clients come back"
    );
}

/// Failovers away from healthy members follow each other as a Poisson process of rate 1 in 10 h, and
/// cost nothing but the way of the clients. That is restarted by the next one, so a share of
/// r times the integral of exp(-r t) S(t) is lost.
const ALARMS: &str = r#"
[run]
horizon = "20000 h"
[components.node]
count = 2
fail = "never"
repair = "never"
[groups.db]
members = ["node"]
required = 1
standby = "hot"
false_alarms = { mean = "10 h" }
[groups.db.takeover]
fencing = "0 s"
clients = { mean = "30 min" }
[service]
up = "db"
"#;

#[test]
fn what_is_lost_is_the_integral_of_the_curve() {
    let rate = 0.1_f64;
    let exponential = |mean: f64| rate / (rate + 1.0 / mean);
    let uniform = |most: f64| 1.0 - (1.0 - (-rate * most).exp()) / (rate * most);
    let honouring = "groups.db.takeover.clients={ mixture = [\
        { weight = \"90 %\", law = { uniform = [\"0 s\", \"30 min\"] } },\
        { weight = \"10 %\", law = { mean = \"3 h\" } }] }";
    let phases = "groups.db.takeover.clients={ mixture = [\
        { weight = \"90 %\", law = { mean = \"30 min\" } },\
        { weight = \"10 %\", law = { mean = \"3 h\" } }] }";
    let mixed = 0.9 * exponential(0.5) + 0.1 * exponential(3.0);
    for (what, changes, truth, is_exact) in [
        ("a memoryless way", vec![], exponential(0.5), true),
        ("two kinds of clients", vec![phases], mixed, true),
        (
            "a TTL and stragglers",
            vec![honouring],
            0.9 * uniform(0.5) + 0.1 * exponential(3.0),
            false,
        ),
    ] {
        for demand in [None, Some("service.demand=70")] {
            let changes: Vec<&str> = changes.iter().copied().chain(demand).collect();
            let system = scenario(ALARMS, &changes).system;
            let sums = tally(&system, 60);
            let unserved = &sums.services[0].unserved;
            check_moments(what, unserved, HOUR, truth * 20_000.0);
            let answer = exact::solve(&system, &Effort::QUICK, None);
            if is_exact {
                let answer = answer.unwrap();
                let served = answer.services.as_slice()[0].long_run.served.unwrap();
                assert!((1.0 - served - truth).abs() < 1e-12, "{what}: {served}");
            } else {
                let why = answer.unwrap_err().to_string();
                assert!(why.contains("way of a client of `db` ("), "{why}");
            }
        }
    }
    // In most of the time somebody is on the way: less is served than is asked, if only a little.
    let system = scenario(ALARMS, &["service.demand=70"]).system;
    let below = tally(&system, 50).services[0].below.mean() / HOUR / 20_000.0;
    // Until the last one in ten thousand of them is back, on average, or the next takeover.
    let last = 0.5 * (10_000_f64.ln() + 1.0);
    assert!(
        (below - (1.0 - (-rate * last).exp())).abs() < 0.01,
        "{below}"
    );
}

/// Several seats share the clients, and who fails in earnest is restored: the chain is its own judge.
#[test]
fn seats_share_the_clients() {
    let text = r#"
[run]
horizon = "20000 h"
[components.node]
count = 4
fail = { mean = "50 h" }
repair = { mean = "5 h" }
[groups.db]
members = ["node"]
active = 2
required = 1
standby = "hot"
[groups.db.takeover]
clients = { mean = "2 h" }
[service]
up = "db"
"#;
    let system = scenario(text, &[]).system;
    let answer = exact::solve(&system, &Effort::FULL, None).unwrap();
    let served = answer.services.as_slice()[0].long_run.served.unwrap();
    let sums = tally(&system, 60);
    let unserved = &sums.services[0].unserved;
    check_moments("two seats", unserved, HOUR, (1.0 - served) * 20_000.0);
}

/// Members that never fail.
const SOUND: &str = r#"
[kinds.sound]
fail = "never"
repair = "never"
[groups.x]
kind = "sound"
units = 1
[groups.y]
kind = "sound"
units = 1
[groups.four]
kind = "sound"
units = 4
standby = "active"
"#;

/// The pair of [`ONCE`] beside others, in whatever structure is asked.
fn beside(more: &str, up: &str) -> String {
    ONCE.replace("capacity = 100\n", "")
        .replace("[service]\nup = \"db\"", "")
        + SOUND
        + more
        + "\n[service]\nup = \""
        + up
        + "\"\n"
}

/// Who has lost how many seconds of the load.
fn lost_by(text: &str, changes: &[&str]) -> Vec<(String, Mechanism, f64)> {
    let System { groups, .. } = scenario(text, changes).system;
    let found = outcome(text, changes);
    let sum: u64 = found.lost_by.iter().map(|lost| lost.load).sum();
    assert_eq!(sum, found.lost);
    let name = |culprit| match culprit {
        Culprit::Group(group) => groups[group].name.clone(),
        Culprit::Cause(_) | Culprit::Change(_) => unreachable!("groups lose requests here"),
    };
    let lost = found.lost_by.iter();
    lost.map(|lost| {
        (
            name(lost.culprit),
            lost.mechanism,
            lost.load as f64 / SECOND,
        )
    })
    .collect()
}

/// Requests pass what is needed together, and are dealt out among what stands for each other; a group
/// counts once, wherever it is named.
#[test]
fn clients_count_wherever_the_group_stands() {
    let both = "[groups.both]\nmembers = [\"db\", \"x\"]\nstandby = \"active\"\nrequired = 1\n";
    let regions = "[groups.regions]\nmembers = [\"db\", \"x\"]\nstandby = \"hot\"\nrequired = 1\ndetect = { constant = \"1 s\" }\n";
    let spare = "[groups.regions]\nmembers = [\"x\", \"db\"]\nstandby = \"hot\"\nrequired = 1\ndetect = { constant = \"1 s\" }\n";
    let app = "[components.app]\nneeds = \"db\"\nfail = \"never\"\nrepair = \"never\"\n";
    let deep = "[components.api]\nneeds = \"any(app, x)\"\nfail = \"never\"\nrepair = \"never\"\n";
    let some = "[components.other]\nfail = \"never\"\nrepair = \"never\"\n\
        [groups.apps]\nmembers = [\"app\", \"other\"]\nstandby = \"active\"\nrequired = 1\n";
    let join = |parts: &[&str]| parts.concat();
    for (what, more, up, truth) in [
        ("twice", String::new(), "db and x and db", 1.0),
        ("one of two", String::new(), "any(db, x)", 0.5),
        (
            "two of three",
            String::new(),
            "at_least(2, db, x, y)",
            1.0 / 3.0,
        ),
        ("nested", String::new(), "y and any(db and x, y)", 0.5),
        (
            "in a part of its own",
            String::new(),
            "any(x, any(db, y))",
            0.25,
        ),
        (
            "each member",
            String::new(),
            "at_least(2, each(four), each(db))",
            0.2,
        ),
        ("a member of a group", join(&[both]), "both", 0.5),
        (
            "a member that serves alone",
            join(&[regions]),
            "regions",
            1.0,
        ),
        ("a member that stands by", join(&[spare]), "regions", 0.0),
        ("a need", app.to_owned(), "app", 1.0),
        (
            "a need that is a part too",
            app.to_owned(),
            "app and db",
            1.0,
        ),
        ("a need of a need", join(&[app, deep]), "api", 0.5),
        ("a need of one of two", join(&[app, some]), "apps", 0.5),
    ] {
        let found = lost_by(&beside(&more, up), &[]);
        let total: f64 = found.iter().map(|(.., lost)| lost).sum();
        assert!((total - 30.0 * truth).abs() < 1e-6, "{what}: {total}");
        for (group, mechanism, _) in found {
            assert_eq!(
                (group.as_str(), mechanism),
                ("db", Mechanism::Redirecting),
                "{what}"
            );
        }
    }
}

/// A dead member of three takes its share of what comes to its zone, until it is noticed after 10 s.
#[test]
fn what_dead_members_swallow_is_lost_in_their_zone_alone() {
    let text = r#"
[run]
horizon = "200 s"
[components.a]
fail = { constant = "100 s" }
repair = "20 s"
[components.b]
fail = "never"
repair = "never"
[components.c]
count = 2
fail = "never"
repair = "never"
[groups.east]
members = ["a", "b"]
standby = "active"
required = 1
detect = { constant = "10 s" }
[groups.west]
members = ["c"]
standby = "active"
[service]
up = "any(east, west)"
"#;
    let undetected = |lost| vec![("east".to_owned(), Mechanism::Undetected, lost)];
    assert_eq!(lost_by(text, &[]), undetected(10.0 / 4.0));
    // The zone is down without it, and still gets its share until that is noticed.
    assert_eq!(
        lost_by(text, &["groups.east.required=2"]),
        undetected(10.0 / 2.0)
    );
    let region = r#"
[groups.region]
members = ["east", "west"]
standby = "active"
required = 1
"#;
    let of_group = text.replace("any(east, west)", "region") + region;
    assert_eq!(lost_by(&of_group, &[]), undetected(10.0 / 4.0));
}

/// Whoever serves again decides from then on what is lost, though the failback takes no time and the
/// level of its group stays the same. What was lost behind the one before went on being lost.
#[test]
fn a_failback_at_once_leaves_the_losses_of_the_stand_in_behind() {
    let text = r#"
[run]
horizon = "300 s"
[components.a]
fail = { constant = "100 s" }
repair = "100 s"
[components.alone]
fail = { constant = "100 s" }
repair = "100 s"
[components.b]
fail = { constant = "150 s" }
repair = "never"
[components.c]
fail = "never"
repair = "never"
[groups.far]
members = ["b", "c"]
standby = "active"
required = 1
detect = { constant = "1 h" }
[components.proxy]
needs = "far"
fail = "never"
repair = "never"
[groups.near]
members = ["a"]
[groups.regions]
members = ["near", "far"]
standby = "hot"
required = 1
failback = "at once"
[service]
up = "regions"
"#;
    // From 100 s to 200 s the others serve, of whom one is dead from 150 s on.
    for members in ["near far", "alone far", "near proxy", "alone proxy"] {
        let members: Vec<&str> = members.split(' ').collect();
        let change = format!("groups.regions.members={members:?}");
        check(lost(text, &[&change]), 50.0 / 2.0);
    }
}

/// Beside what is lost on the way, what the others cannot bear is put down to what they lack.
#[test]
fn each_cause_loses_its_own_part() {
    let text = r#"
[run]
horizon = "200 s"
[components.a]
fail = { constant = "100 s" }
repair = "20 s"
[components.b]
fail = "never"
repair = "never"
[groups.web]
members = ["a", "b"]
capacity = 60
required = 1
standby = "active"
detect = { constant = "10 s" }
[service]
up = "web"
demand = 100
"#;
    let web = |mechanism, lost| ("web".to_owned(), mechanism, lost);
    assert_eq!(
        lost_by(text, &[]),
        [
            web(Mechanism::Undetected, 10.0 * 0.5),
            web(Mechanism::Shortfall, 20.0 * 0.4)
        ]
    );
    assert_eq!(
        lost_by(text, &["groups.web.capacity=40"]),
        [
            web(Mechanism::Shortfall, 170.0 * 0.2 + 10.0 * 0.1 + 20.0 * 0.6),
            web(Mechanism::Undetected, 10.0 * 0.5)
        ]
    );
}

/// One of the pair bears 120 and the other one 60. After its takeover 100 are asked again by and by: 60
/// after 36 s, to one of 64 steps of the curve.
#[test]
fn a_group_collapses_when_more_clients_are_back_than_it_can_bear() {
    let text = ONCE.replace("capacity = 100\n", "");
    let base = [
        "components.a.capacity=120",
        "components.b.capacity=60",
        "service.demand=100",
    ];
    let told = |more: &[&str]| outcome(&text, &[&base[..], more].concat());
    let collapse = "groups.db.overload={ recovers_below = 1, restart = \"1 s\" }";
    let down = told(&[collapse]);
    assert_eq!(down.segments.len(), 1);
    assert_eq!(down.segments[0].mechanism, Mechanism::Overload);
    let start = down.segments[0].start.0 as f64 / SECOND;
    assert!((start - 136.0).abs() < 60.0 / 64.0, "{start}");
    // Who stands it for 10 s is down 10 s later.
    let patient = "groups.db.overload={ recovers_below = 1, restart = \"1 s\", after = \"10 s\" }";
    let later = told(&[patient]).segments[0].start.0 as f64 / SECOND;
    check(later, start + 10.0);
    // Members that are ordered then come after 20 s more, and bear the rest.
    let scaling = "groups.db.scaling={ delay = \"20 s\", quota = 100 }";
    let scaled = told(&[scaling]);
    let on_the_way = 30.0;
    // From 36 s to 56 s after the takeover, (t - 36)/60 of all is too much.
    let short = 20.0 * 20.0 / 2.0 / 60.0;
    let lost = scaled.lost as f64 / SECOND;
    assert!((lost - on_the_way - short).abs() < 0.02 * short, "{lost}");
}

/// Another takeover sends the clients away again, and a collapsed group may recover meanwhile: the load
/// falls to nothing at 200 s and is 60 again at 236 s.
#[test]
fn a_collapsed_group_may_recover_while_its_clients_are_away() {
    let text = r#"
[run]
horizon = "300 s"
[components.a]
fail = "never"
repair = "never"
[components.front]
capacity = 60
fail = "never"
repair = "never"
[components.b]
fail = "never"
repair = "never"
[components.c]
fail = { constant = "200 s" }
repair = "never"
[groups.web]
members = ["front"]
overload = { recovers_below = 1, restart = "5 s" }
[groups.db]
members = ["c", "b"]
required = 1
standby = "hot"
takeover = { clients = { uniform = ["0 s", "60 s"] } }
[service]
up = "web and db"
demand = 100
"#;
    let told = outcome(text, &[]);
    let spans: Vec<(f64, f64)> = told
        .segments
        .iter()
        .map(|segment| {
            (
                segment.start.0 as f64 / SECOND,
                segment.end.0 as f64 / SECOND,
            )
        })
        .collect();
    let [(first, until), (again, end)] = spans[..] else {
        panic!("{spans:?}");
    };
    assert_eq!((first, until, end), (0.0, 205.0, 300.0));
    assert!((again - 236.0).abs() < 60.0 / 64.0, "{again}");
}

/// The chain follows one client, and the simulation all of them: in whatever structure the groups stand.
#[test]
fn nested_losses_agree_with_the_chain() {
    let text = r#"
[run]
horizon = "20000 h"
[kinds.node]
fail = { mean = "50 h" }
repair = { mean = "5 h" }
[components.node]
kind = "node"
[components.app]
count = 2
fail = { mean = "80 h" }
repair = { mean = "3 h" }
needs = "db"
[groups.db]
kind = "node"
units = 2
required = 1
standby = "hot"
takeover = { clients = { mean = "2 h" } }
[groups.apps]
members = ["app"]
standby = "active"
required = 1
detect = { mean = "1 h" }
[groups.cell]
kind = "node"
units = 2
standby = "hot"
required = 1
takeover = { clients = { mean = "4 h" } }
[groups.cells]
members = ["cell", "node"]
standby = "active"
required = 1
detect = { mean = "1 h" }
[service]
up = "any(apps, cells)"
demand = 1
"#;
    let system = scenario(text, &[]).system;
    let answer = exact::solve(&system, &Effort::FULL, None).unwrap();
    let served = answer.services.as_slice()[0].long_run.served.unwrap();
    let sums = tally(&system, 120);
    let unserved = &sums.services[0].unserved;
    check_moments("nested", unserved, HOUR, (1.0 - served) * 20_000.0);
    let by: u128 = sums.services[0]
        .lost_by
        .values()
        .map(|part| part.sum())
        .sum();
    assert_eq!(by, sums.services[0].lost.sum());
    assert_eq!(sums.services[0].lost_by.len(), 4);
    let estimates = estimates(&system, 20);
    let shares: f64 = estimates.services[0]
        .lost_by
        .iter()
        .map(|part| part.share)
        .sum();
    assert!((shares - 1.0).abs() < 1e-9, "{shares}");
}
