//! Data: what is lost in takeovers and while two sides write, and when writes stall.

use failsim::behaviour::{Behaviour, Mechanism};
use failsim::engine::{Outcome, Simulator};
use failsim::exact::{self, Effort};
use failsim::model::CostItem;
use failsim::stats::Verdict;

use crate::support::{HOUR, check_mean, check_moments, estimates, scenario, steady, tally};

/// A pair whose times are all fixed: a failure is noticed after 10 s, and promoting takes 5 s.
const PAIR: &str = "[run]\nhorizon = \"2000 s\"\n\
    [kinds.first]\nfail = { constant = \"1000 s\" }\nrepair = \"5000 s\"\n\
    [kinds.second]\nfail = \"never\"\nrepair = \"100 s\"\n\
    [components.a]\nkind = \"first\"\n[components.b]\nkind = \"second\"\n\
    [groups.db]\nmembers = [\"a\", \"b\"]\nactive = 1\nrequired = 1\nstandby = \"hot\"\n\
    detect = { constant = \"10 s\" }\ntakeover = { promoting = \"5 s\", manual = \"300 s\" }\n\
    replication = { mode = \"asynchronous\", lag = { constant = \"3 s\" } }\n[service]\nup = \"db\"\n";

fn outcome(text: &str, changes: &[&str]) -> Outcome {
    let scenario = scenario(text, changes);
    let behaviour = Behaviour::of(&scenario.system);
    let simulator = Simulator::new(&behaviour, scenario.system.mission, 1);
    simulator.runner().run(0).clone()
}

/// When something was lost, and how much, in seconds.
fn losses(outcome: &Outcome) -> Vec<(f64, f64)> {
    let secs = |nanos: u64| nanos as f64 / 1e9;
    outcome
        .losses
        .iter()
        .map(|loss| (loss.at.as_secs(), secs(loss.lost)))
        .collect()
}

#[test]
fn what_has_not_reached_a_standby_is_lost() {
    let plain = outcome(PAIR, &[]);
    assert_eq!(losses(&plain), [(1015.0, 3.0)]);
    // A candidate that lags too far behind is left to people, who accept what it lacks.
    let limit = "groups.db.replication.maximum_lag=2 s";
    let refused = outcome(PAIR, &[limit]);
    assert_eq!(losses(&refused), [(1310.0, 3.0)]);
    assert_eq!(refused.services[0].segments[1].mechanism, Mechanism::Manual);
    // If they do not, the seat waits for the old member, which has everything.
    let waits = outcome(
        PAIR,
        &[
            limit,
            "groups.db.takeover.manual=never",
            "kinds.first.repair=200 s",
        ],
    );
    assert_eq!(losses(&waits), []);
    assert_eq!(waits.services[0].down_time(), 210_000_000_000);
    let sync = "groups.db.replication={ mode = \"synchronous\" }";
    assert_eq!(losses(&outcome(PAIR, &[sync])), [(1015.0, 0.0)]);
}

/// The second one fails at 600 s, the first one at 1000 s, and the second is back first, at 1400 s: it
/// lacks 400 s. With a limit it must not serve, and the first one has everything at 6010 s.
#[test]
fn a_standby_that_was_away_lacks_what_was_written_meanwhile() {
    let late = [
        "run.horizon=7000 s",
        "kinds.second.fail={ constant = \"600 s\" }",
        "kinds.second.repair=790 s",
    ];
    let taken = outcome(PAIR, &late);
    assert_eq!(losses(&taken)[0], (1405.0, 403.0));
    let gated = [
        &late[..],
        &[
            "groups.db.replication.maximum_lag=1 h",
            "groups.db.takeover.manual=never",
        ],
    ]
    .concat();
    let waits = outcome(PAIR, &gated);
    assert_eq!(losses(&waits), []);
    assert_eq!(
        waits.services[0].segments.last().unwrap().end.as_secs(),
        6010.0
    );
}

/// Two sides write for 60 s until that is noticed; half of it is lost.
#[test]
fn what_two_sides_write_apart_is_lost_in_part() {
    let split = outcome(
        PAIR,
        &[
            "kinds.first.effect=isolated",
            "groups.db.split_brain={ lasts = \"60 s\", reconcile = \"30 s\" }",
            "groups.db.replication.split_loss=50 %",
        ],
    );
    assert_eq!(losses(&split), [(1075.0, 30.0)]);
}

/// The healthy member is taken for a failed one at 130 s, both serve from 135 s to 195 s, and are one at
/// 225 s. What the old one has then is what it lacks of: the new one fails at 300 s, and the old one,
/// ready at 325 s, lacks 75 s and what was on its way.
#[test]
fn a_side_that_has_given_way_lacks_what_was_written_since() {
    let split = outcome(
        PAIR,
        &[
            "run.horizon=340 s",
            "kinds.first.fail={ constant = \"9000 s\" }",
            "kinds.second.fail={ constant = \"300 s\" }",
            "kinds.second.repair=5000 s",
            "groups.db.false_alarms={ constant = \"130 s\" }",
            "groups.db.split_brain={ lasts = \"60 s\", reconcile = \"30 s\" }",
            "groups.db.rejoin=100 s",
        ],
    );
    assert_eq!(losses(&split).last(), Some(&(330.0, 78.0)));
}

/// Writes wait for a standby while there is none, which is degraded time of its own kind.
#[test]
fn writes_stall_without_a_standby() {
    let stalled = |changes: &[&str]| {
        let sync = [&["run.horizon=1500 s", "kinds.first.repair=200 s"], changes].concat();
        let service = outcome(PAIR, &sync).services[0].clone();
        (
            service.degraded as f64 * 1e-9,
            service.stalled as f64 * 1e-9,
        )
    };
    // From the takeover at 1015 s until the old member is mended at 1210 s.
    assert_eq!(
        stalled(&["groups.db.replication={ mode = \"synchronous\" }"]),
        (195.0, 195.0)
    );
    let patient =
        "groups.db.replication={ mode = \"semi-synchronous\", lag = \"1 s\", patience = \"20 s\" }";
    assert_eq!(stalled(&[patient]), (20.0, 20.0));
    assert_eq!(stalled(&[]), (0.0, 0.0));
}

/// Pairs that fail once in 100 h and take over at once.
fn pairs(replication: &str) -> String {
    format!(
        "[run]\nhorizon = \"200000 h\"\n[kinds.node]\nfail = {{ mean = \"100 h\" }}\nrepair = {{ mean = \"10 h\" }}\n\
         [groups.db]\nkind = \"node\"\nunits = 2\nrequired = 1\nstandby = \"hot\"\n\
         takeover = {{ constant = \"0 s\", manual = \"1 s\" }}\nreplication = {replication}\n[service]\nup = \"db\"\n"
    )
}

/// One of two is up for the share 2 a (1 - a) of the time; with patience, a chain of four states says
/// how long writes stall. The exact solver knows both.
#[test]
fn stalls_last_as_long_as_their_chain_says() {
    let (fail, mend, lose) = (0.01, 0.1, 0.5);
    let chain = steady(&[
        vec![0.0, 2.0 * fail, 0.0, 0.0],
        vec![mend, 0.0, lose, fail],
        vec![mend, 0.0, 0.0, fail],
        vec![0.0, 2.0 * mend, 0.0, 0.0],
    ]);
    let up: f64 = 100.0 / 110.0;
    for (replication, truth) in [
        ("{ mode = \"synchronous\" }", 2.0 * up * (1.0 - up)),
        (
            "{ mode = \"semi-synchronous\", lag = \"1 s\", patience = { mean = \"2 h\" } }",
            chain[1],
        ),
    ] {
        let system = scenario(&pairs(replication), &[]).system;
        let effort = Effort {
            multiplications_max: 0.0,
            ..Effort::FULL
        };
        let exact = exact::solve(&system, &effort, None).unwrap();
        let found = exact.services.as_slice()[0].long_run.degraded;
        assert!(
            (found / truth - 1.0).abs() < 1e-8,
            "{found} against {truth}"
        );
        let tally = tally(&system, 40);
        let service = &tally.services[0];
        check_moments(replication, &service.stalled, HOUR, truth * 200_000.0);
        assert_eq!(service.stalled.sum(), service.degraded.sum());
    }
}

/// The integral of a survival function up to `end`, by Simpson's rule.
fn integral(survival: impl Fn(f64) -> f64, end: f64) -> f64 {
    let parts = 20_000;
    let step = end / f64::from(parts);
    let at = |index: i32| survival(f64::from(index) * step);
    let inner: f64 = (1..parts)
        .map(|index| at(index) * if index % 2 == 1 { 4.0 } else { 2.0 })
        .sum();
    (at(0) + inner + at(parts)) * step / 3.0
}

/// What is lost in a takeover follows the law of the lag (here Weibull with shape 0.7 and scale 20 s),
/// cut at the limit where people wait for the old member instead. Standbys cannot fail, so that only
/// takeovers lose anything. Beside it: the part that breaks an objective of 60 s, and the price.
#[test]
fn losses_follow_the_law_of_the_lag() {
    let survival = |x: f64| (-(x / 20.0).powf(0.7)).exp();
    let limit = 50.0;
    let within = (integral(survival, limit) - limit * survival(limit)) / (1.0 - survival(limit));
    let beyond_price = "2 EUR/s";
    for (gate, mean, broken) in [
        ("", integral(survival, 4000.0), survival(60.0)),
        (", maximum_lag = \"50 s\"", within, 0.0),
    ] {
        let replication = format!(
            "{{ mode = \"asynchronous\", lag = {{ weibull = {{ shape = 0.7, scale = \"20 s\" }} }}{gate} }}"
        );
        let text = pairs(&replication)
            .replace("standby = \"hot\"", "standby = \"cold\"")
            .replace("repair = { mean = \"10 h\" }", "repair = \"1 s\"")
            .replace("manual = \"1 s\"", "manual = \"never\"")
            + &format!(
                "cost = {{ data_lost = \"{beyond_price}\" }}\ntargets = {{ rpo = \"<= 1 min\" }}\n"
            );
        let text = text.replace("[service]", "[services.service]");
        let system = scenario(&text, &[]).system;
        let tally = tally(&system, 300);
        let service = &tally.services[0];
        let (lost, takeovers) = service.lost_per_takeover.sums();
        // Takeovers are independent, and the variance of the loss is at most that of the law.
        let spread = 2.0 * integral(|x| x * survival(x), 6000.0) - mean * mean;
        let error = (spread / takeovers as f64).sqrt();
        check_mean(
            &format!("mean loss {gate}"),
            lost as f64 * 1e-9 / takeovers as f64,
            error,
            mean,
            0.005,
        );
        let share = service.broken[0] as f64 / takeovers as f64;
        let error = (broken * (1.0 - broken) / takeovers as f64).sqrt();
        if broken > 0.0 {
            check_mean("broken objectives", share, error, broken, 0.005);
        } else {
            assert_eq!(service.broken[0], 0);
        }
        let cost = tally.cost.as_ref().unwrap();
        let item = CostItem::DataLost(failsim::model::ServiceId(0));
        let spent = cost.items.iter().find(|(other, _)| *other == item).unwrap();
        let per_trial = spent.1.mean() / failsim::trials::PARTS_PER_UNIT;
        assert!((per_trial / (2.0 * service.data_lost.mean() * 1e-9) - 1.0).abs() < 1e-6);
        let estimates = estimates(&system, 20);
        let target = &estimates.services[0].targets[0];
        let is_met = if gate.is_empty() {
            Verdict::Missed
        } else {
            Verdict::Met
        };
        assert_eq!(target.verdict, is_met);
        assert!(target.takeover_breach.is_some());
    }
}

/// Writes stall no longer than a standby is missing, also where the service is degraded for something else; it went
/// on to count as stalled until something else happened.
#[test]
fn writes_stall_until_a_standby_is_back() {
    let text = "[run]
horizon = \"240 s\"
[components.cache]
fail = { constant = \"10 s\" }
repair = \"never\"
[components.a]
fail = \"never\"
repair = \"never\"
[components.b]
fail = { constant = \"100 s\" }
repair = \"50 s\"
[groups.db]
members = [\"a\", \"b\"]
active = 1
standby = \"hot\"
degraded_without = { cache = \"50 %\" }
replication = { mode = \"synchronous\" }
[service]
up = \"db\"
";
    let tally = crate::support::tally(&crate::support::scenario(text, &[]).system, 1);
    let service = &tally.services[0];
    assert_eq!(service.degraded.sum(), 230_000_000_000);
    assert_eq!(service.stalled.sum(), 50_000_000_000);
}
