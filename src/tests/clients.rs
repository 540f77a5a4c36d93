//! Clients that come back after a takeover by a curve: timelines, and the integral of the curve.

use failsim::behaviour::{Behaviour, Mechanism};
use failsim::engine::{ServiceOutcome, Simulator};
use failsim::exact::{self, Effort};

use crate::support::{HOUR, check_moments, scenario, tally};

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
                assert!(why.contains("way of a client of `db` is"), "{why}");
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
