//! Capacity against demand: timelines to the nanosecond, and closed forms.

use failsim::behaviour::{Behaviour, Mechanism};
use failsim::engine::{ServiceOutcome, Simulator, Unserved};
use failsim::exact;
use failsim::model::{Culprit, GroupId, System};

use crate::support::{HOUR, check_exact, check_moments, estimates, scenario, share, steady, tally};

const SECOND: u64 = 1_000_000_000;

/// What happens to the first service in the first trial.
fn outcome(text: &str, changes: &[&str]) -> ServiceOutcome {
    let system = scenario(text, changes).system;
    let behaviour = Behaviour::of(&system);
    let simulator = Simulator::new(&behaviour, system.mission, 1);
    simulator.runner().run(0).services[0].clone()
}

/// Nanoseconds of the mean load that were not served, and of time below the demand, in seconds.
fn unserved(text: &str, changes: &[&str]) -> (f64, f64) {
    let Unserved { load, below } = outcome(text, changes).unserved.unwrap();
    (load as f64 / SECOND as f64, below as f64 / SECOND as f64)
}

/// Two servers of 60 share a load of 100. `web.1` fails after 100 s, is noticed 10 s later, and is
/// back after another 20 s.
const SHARED: &str = r#"
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

/// Until it is noticed, the dead server takes half of the load with it; then the other one serves 60.
#[test]
fn what_dead_members_swallow_and_what_others_cannot_bear_is_not_served() {
    assert_eq!(unserved(SHARED, &[]), (10.0 * 0.5 + 20.0 * 0.4, 30.0));
    // A server of 40 cannot even bear its half.
    let small = unserved(SHARED, &["groups.web.capacity=40"]);
    let healthy = 170.0 * 0.2;
    assert_eq!(small, (healthy + 10.0 * 0.6 + 20.0 * 0.6, 200.0));
    // What can be borne is served.
    let enough = unserved(SHARED, &["groups.web.capacity=100"]);
    assert_eq!(enough, (10.0 * 0.5, 10.0));
    // Who asks for nothing is served well.
    let at_night = unserved(
        SHARED,
        &["service.demand={ values = [0, 200, 0, 0], every = \"50 s\" }"],
    );
    assert_eq!(at_night, (50.0 * 80.0 / 50.0, 50.0));
}

/// Two units that are needed both, and a third beside them. Each of the two is fit for 50 h, then dead for 2 h
/// before anybody notices, then under repair for 10 h; the third one is fit for 50 h and under repair for 10 h.
/// While one of the two is dead unnoticed, half of the requests go there, whatever groups are around the two.
#[test]
fn a_group_takes_along_what_a_group_within_swallows() {
    let served = |groups: &str, up: &str| {
        let text = format!(
            "[kinds.k]\nfail = {{ mean = \"50 h\" }}\nrepair = {{ mean = \"10 h\" }}\n\
             [groups.g]\nkind = \"k\"\nunits = 2\nstandby = \"active\"\nrequired = 2\ndetect = {{ mean = \"2 h\" }}\n\
             [groups.x]\nkind = \"k\"\nunits = 1\n{groups}[service]\nup = \"{up}\"\n"
        );
        let answer = exact::solve(&scenario(&text, &[]).system, &exact::Effort::FULL, None);
        answer.unwrap().services.as_slice()[0]
            .long_run
            .served
            .unwrap()
    };
    let [fit, seen] = [50.0 / 62.0, 60.0 / 62.0].map(|of_one: f64| of_one * of_one);
    let if_dealt = |unseen: f64| 5.0 / 6.0 * (1.0 - unseen / 2.0) + fit / 6.0;
    let truth = if_dealt(1.0 - seen);
    let w = "[groups.w]\nmembers = [\"g\"]\n";
    let p = "[groups.w]\nmembers = [\"g\"]\n[groups.p]\nmembers = [\"w\"]\n";
    // One that could take over, but is dead. The pair sees for itself that `g` is down, by a detector as good as that
    // of `g`, and then sends it nothing until both are fit. What each of the two is (fit, dead unnoticed, under
    // repair), and whether the pair has seen it, makes 11 states, which give this figure.
    let pair = "[components.d]\nfail = { mean = \"1 h\" }\nrepair = \"never\"\n\
                [groups.w]\nmembers = [\"g\", \"d\"]\nactive = 1\nstandby = \"hot\"\ndetect = { mean = \"2 h\" }\n";
    let of_pair = 0.930_643_755_952_925;
    // One that sees it at once loses nothing.
    let quick = "[components.d]\nfail = { mean = \"1 h\" }\nrepair = \"never\"\n\
                 [groups.w]\nmembers = [\"g\", \"d\"]\nactive = 1\nstandby = \"hot\"\n";
    let told = [
        ("", "any(g, x)", truth),
        (w, "any(w, x)", truth),
        (w, "at_least(1, each(w), x)", truth),
        (p, "any(p, x)", truth),
        (pair, "any(w, x)", of_pair),
        (quick, "any(w, x)", if_dealt(0.0)),
    ];
    for (groups, up, truth) in told {
        let found = served(groups, up);
        assert!(
            (found / truth - 1.0).abs() < 1e-9,
            "{up} {groups}: {found} against {truth}"
        );
    }
}

/// The load of 100 goes to 20 from 105 s on, so both kinds of loss end there: 5 s at 50 of 100. The mean
/// load over 200 s is 62.
#[test]
fn a_demand_may_change_between_events() {
    let course = "service.demand={ values = [100, 100, 100, 100, 100, 100, 100, 20, 20, 20, 20, 20, 20, 20], every = \"15 s\" }";
    let (load, below) = unserved(SHARED, &[course]);
    assert!((load - (5.0 * 50.0 + 5.0 * 10.0) / 62.0).abs() < 1e-9);
    assert_eq!(below, 10.0);
}

/// Of each part of the course it is told how much was not served, in time of the mean demand of 80.
#[test]
fn it_is_told_at_which_time_how_much_is_lost() {
    let course = "service.demand={ values = [100, 120, 60, 40], every = \"20 s\" }";
    let lost: Vec<f64> = outcome(SHARED, &[course])
        .unserved_by_part
        .iter()
        .map(|&lost| lost as f64 / SECOND as f64)
        .collect();
    // Half of 120 from 100 to 110 s, and 60 that are left of it until 120 s; then all can be borne.
    let mean = (2.0 * 320.0 * 20.0 + 100.0 * 20.0 + 120.0 * 20.0) / 200.0;
    assert_eq!(
        lost,
        [0.0, 20.0 * 60.0 / mean, 0.0, 0.0].map(|lost| (lost * 1e9_f64).round() / 1e9)
    );
    // Together they are all that is lost, and what the estimates say of the parts adds up to what they
    // say of the whole.
    let system = scenario(FIVE, &["service.demand={ daily = [60, 140, 60, 60] }"]).system;
    let estimates = estimates(&system, 50);
    let service = &estimates.services[0];
    let served = service.quantity("served_requests", "mean").unwrap();
    let served = served.value.as_ref().unwrap().estimate;
    let lost: f64 = service
        .by_part
        .iter()
        .map(|part| part.load * (1.0 - part.served.as_ref().unwrap().estimate))
        .sum();
    let asked: f64 = service.by_part.iter().map(|part| part.load).sum();
    assert_eq!(service.by_part.len(), 4);
    assert!(
        (lost / asked - (1.0 - served)).abs() < 1e-4,
        "{lost} of {asked}, {served}"
    );
    // Six hours of 140, and the binomial capacity.
    let peak = service.by_part[1].served.as_ref().unwrap();
    let truth = 1.0 - unserved_share(140.0);
    assert!(
        peak.low < truth && truth < peak.high,
        "{peak:?} against {truth}"
    );
    // The same is asked all the time.
    let constant = scenario(FIVE, &[]).system;
    assert!(
        crate::support::estimates(&constant, 2).services[0]
            .by_part
            .is_empty()
    );
}

/// Below 55 % of what is asked the service counts as down: first because of what is swallowed, then
/// because half of the capacity is left while the other half is mended.
#[test]
fn a_service_may_be_judged_by_what_it_serves() {
    let told = |changes: &[&str]| -> Vec<(u64, u64, Culprit, Mechanism)> {
        outcome(SHARED, changes)
            .segments
            .iter()
            .map(|s| (s.start.0 / SECOND, s.end.0 / SECOND, s.culprit, s.mechanism))
            .collect()
    };
    let web = Culprit::Group(GroupId(0));
    assert_eq!(told(&["service.down_below=\"50 %\""]), []);
    assert_eq!(
        told(&["service.down_below=\"55 %\""]),
        [(100, 110, web, Mechanism::Undetected)]
    );
    assert_eq!(
        told(&["service.down_below=\"100 %\""]),
        [
            (100, 110, web, Mechanism::Undetected),
            (110, 130, web, Mechanism::Shortfall)
        ]
    );
    // One outage, of 30 s.
    let whole = outcome(SHARED, &["service.down_below=\"100 %\""]);
    let outages: Vec<u64> = whole.outages().map(|outage| outage.duration()).collect();
    assert_eq!((outages, whole.lost), (vec![30 * SECOND], 0));
}

/// A fault that leaves a unit half of its capacity, and one that leaves a quarter of that.
#[test]
fn degraded_units_count_by_what_is_left() {
    let text = r#"
[run]
horizon = "200 s"
[components.a]
capacity = 80
[components.a.modes.slow]
fail = { constant = "100 s" }
lasts = "50 s"
effect = { degraded = "50 %" }
[components.a.modes.slower]
fail = { constant = "120 s" }
lasts = "10 s"
effect = { degraded = "25 %" }
[service]
up = "a"
demand = 80
"#;
    let lost = 50.0 * 0.5 + 10.0 * 0.5 * 0.75;
    assert_eq!(unserved(text, &[]), (lost, 50.0));
}

/// Zones that stand for each other bear together what each can bear; what all requests pass through
/// bounds them.
#[test]
fn alternatives_add_up_and_the_weakest_part_decides() {
    let text = r#"
[run]
horizon = "200 s"
[components.front]
capacity = 90
fail = "never"
repair = "never"
[components.east]
capacity = 60
fail = { constant = "100 s" }
repair = "10 s"
[components.west]
capacity = 60
fail = "never"
repair = "never"
[service]
up = "front and any(east, west)"
demand = 100
"#;
    assert_eq!(unserved(text, &[]), (190.0 * 0.1 + 10.0 * 0.4, 200.0));
    let regions = r#"
[run]
horizon = "200 s"
[components.east]
capacity = 30
count = 2
fail = { constant = "100 s" }
repair = "10 s"
[components.west]
count = 2
capacity = 30
fail = "never"
repair = "never"
[groups.both]
members = ["e", "w"]
standby = "active"
required = 1
[groups.e]
members = ["east"]
standby = "active"
required = 1
[groups.w]
members = ["west"]
standby = "active"
[service]
up = "both"
demand = 100
"#;
    assert_eq!(unserved(regions, &[]), (10.0 * 0.4, 10.0));
}

/// So many of `n` servers are up, each with this availability.
fn binomial(n: u32, up: u32, availability: f64) -> f64 {
    let ways = (0..up).fold(1.0, |ways, i| ways * f64::from(n - i) / f64::from(i + 1));
    ways * availability.powi(up as i32) * (1.0 - availability).powi((n - up) as i32)
}

/// Five servers of 30 that fail once in 100 h and take 10 h to repair.
const FIVE: &str = r#"
[run]
horizon = "100000 h"
[kinds.server]
fail = { mean = "100 h" }
repair = { mean = "10 h" }
capacity = 30
[groups.web]
kind = "server"
units = 5
required = 1
standby = "active"
[service]
up = "web"
demand = 100
"#;

/// The share of a load that is not served, in the long run.
fn unserved_share(load: f64) -> f64 {
    let left = |up: u32| (load - 30.0 * f64::from(up)).max(0.0) / load;
    (0..=5)
        .map(|up| binomial(5, up, 10.0 / 11.0) * left(up))
        .sum()
}

#[test]
fn a_constant_demand_meets_a_binomial_capacity() {
    let system = scenario(FIVE, &[]).system;
    let truth = unserved_share(100.0);
    let sums = tally(&system, 200);
    let service = &sums.services[0];
    check_moments("unserved", &service.unserved, HOUR, truth * 100_000.0);
    let short: f64 = (0..=3).map(|up| binomial(5, up, 10.0 / 11.0)).sum();
    check_moments("below demand", &service.below, HOUR, short * 100_000.0);
    let answer = exact::solve(&system, &exact::Effort::QUICK, None).unwrap();
    let served = answer.services.as_slice()[0].long_run.served.unwrap();
    assert!((1.0 - served - truth).abs() < 1e-12, "{served}");
    // Judged by all of its demand, it is down while three or fewer are up, and so says the chain.
    let judged = scenario(FIVE, &["service.down_below=\"100 %\""]).system;
    check_exact("judged by its demand", &judged, short);
    let sums = tally(&judged, 200);
    check_moments("judged", &sums.services[0].down, HOUR, short * 100_000.0);
    let all_down = binomial(5, 0, 10.0 / 11.0);
    let shortfall = share(&sums, Culprit::Group(GroupId(0)), Mechanism::Shortfall);
    assert!((shortfall - (1.0 - all_down / short)).abs() < 1e-3);
}

/// Six hours of each day ask for 140, the others for 60; nothing that happens depends on it, so the
/// hours and the servers are independent.
#[test]
fn a_course_of_a_day_is_met_by_the_same_servers_at_all_hours() {
    let course = "service.demand={ daily = [60, 140, 60, 60] }";
    let system = scenario(FIVE, &[course]).system;
    let mean = 80.0;
    let truth = (0.25 * 140.0 * unserved_share(140.0) + 0.75 * 60.0 * unserved_share(60.0)) / mean;
    let sums = tally(&system, 200);
    let service = &sums.services[0];
    check_moments("by day", &service.unserved, HOUR, truth * 100_000.0);
    let answer = exact::solve(&system, &exact::Effort::QUICK, None).unwrap();
    let served = answer.services.as_slice()[0].long_run.served.unwrap();
    assert!((1.0 - served - truth).abs() < 1e-12, "{served}");
    assert!(
        answer.services.as_slice()[0]
            .mission
            .as_ref()
            .unwrap()
            .served
            .is_none()
    );
    // Judged by its demand, it depends on the hour whether it is down.
    let judged = scenario(FIVE, &[course, "service.down_below=\"100 %\""]).system;
    let up_to = |most: u32| -> f64 { (0..=most).map(|up| binomial(5, up, 10.0 / 11.0)).sum() };
    let down = 0.25 * up_to(4) + 0.75 * up_to(1);
    let sums = tally(&judged, 200);
    check_moments(
        "judged by day",
        &sums.services[0].down,
        HOUR,
        down * 100_000.0,
    );
    let why = exact::solve(&judged, &exact::Effort::QUICK, None).unwrap_err();
    assert_eq!(
        why.to_string(),
        "whether service `service` counts as down changes with its demand"
    );
}

/// The events of a trial are the same with a demand and without.
#[test]
fn a_demand_costs_no_events() {
    let count = |system: &System| {
        let behaviour = Behaviour::of(system);
        let simulator = Simulator::new(&behaviour, system.mission, 1);
        simulator.runner().run(0).event_count
    };
    let with = scenario(
        FIVE,
        &["service.demand={ daily = [1, 2, 3, 4, 5, 6], peak = 150 }"],
    );
    let without = scenario(&FIVE.replace("demand = 100", ""), &[]);
    assert_eq!(count(&with.system), count(&without.system));
}

/// What takes the first service down, by seconds.
fn downtimes(text: &str, changes: &[&str]) -> Vec<(u64, u64, Mechanism)> {
    outcome(text, changes)
        .segments
        .iter()
        .map(|s| (s.start.0 / SECOND, s.end.0 / SECOND, s.mechanism))
        .collect()
}

/// The survivor of a pair is overloaded from 110 s on, when the failure is noticed, to 130 s.
#[test]
fn a_group_collapses_under_what_it_cannot_bear() {
    let overload = |rest: &str| format!("groups.web.overload={{ {rest} }}");
    let told = |rest: &str| downtimes(SHARED, &[&overload(rest)]);
    let collapse = |from, to| vec![(from, to, Mechanism::Overload)];
    // Both together can bear 120.
    assert_eq!(told("recovers_below = 0.9"), collapse(110, 130));
    assert_eq!(
        told("recovers_below = 0.9, after = \"15 s\""),
        collapse(125, 130)
    );
    assert_eq!(told("recovers_below = 0.9, after = \"20 s\""), []);
    assert_eq!(told("recovers_below = 0.9, above = 1.7"), []);
    let restart = "recovers_below = 0.9, restart = \"1 min\"";
    assert_eq!(told(restart), collapse(110, 190));
    // 100 is more than 80 % of what both can bear, so they stay down although they could serve it.
    assert_eq!(told("recovers_below = 0.8"), collapse(110, 200));
    // Only when less is asked they come back.
    let eased = "service.demand={ values = [100, 100, 100, 90], every = \"50 s\" }";
    let changes = [eased, &overload("recovers_below = 0.8")];
    assert_eq!(downtimes(SHARED, &changes), collapse(110, 150));
    // A peak is too much for one of them, and over before the other one is back.
    let peak = "service.demand={ values = [10, 60, 10], every = \"75 s\", peak = 100 }";
    let short = "groups.web.overload={ recovers_below = 0.5 }";
    let early = [peak, short, "components.a.fail={ constant = \"60 s\" }"];
    assert_eq!(downtimes(SHARED, &early), collapse(75, 150));
    // Nobody is left, and whoever comes back first has to bear it all.
    let both = [
        "components.b.fail={ constant = \"105 s\" }",
        "components.b.repair=\"50 s\"",
        &overload("recovers_below = 0.9"),
    ];
    assert_eq!(
        downtimes(SHARED, &both),
        [
            (105, 110, Mechanism::Unattended),
            (110, 130, Mechanism::Repair),
            (130, 165, Mechanism::Overload)
        ]
    );
}

/// Three servers of 50 bear 90 while two of them are up. With one they collapse, and 90 is only below
/// 65 % of what they can bear when all three are back: a chain of five states.
const HYSTERESIS: &str = r#"
[run]
horizon = "100000 h"
[kinds.server]
fail = { mean = "100 h" }
repair = { mean = "10 h" }
[groups.web]
kind = "server"
units = 3
required = 1
standby = "active"
capacity = 50
overload = { recovers_below = 0.65 }
[service]
up = "web"
demand = 90
"#;

#[test]
fn a_collapse_outlasts_what_has_caused_it() {
    let (fails, mends) = (1.0 / 100.0, 1.0 / 10.0);
    // Three or two up, and serving; two, one or none up, and collapsed.
    let mut rates = vec![vec![0.0; 5]; 5];
    rates[0][1] = 3.0 * fails;
    rates[1][0] = mends;
    rates[1][3] = 2.0 * fails;
    rates[2][0] = mends;
    rates[2][3] = 2.0 * fails;
    rates[3][2] = 2.0 * mends;
    rates[3][4] = fails;
    rates[4][3] = 3.0 * mends;
    let p = steady(&rates);
    let down = p[2] + p[3] + p[4];
    let system = scenario(HYSTERESIS, &[]).system;
    check_exact("a collapse with hysteresis", &system, down);
    let sums = tally(&system, 150);
    check_moments("collapsed", &sums.services[0].down, HOUR, down * 100_000.0);
    // It is the largest share, and has a name.
    let overload = share(&sums, Culprit::Group(GroupId(0)), Mechanism::Overload);
    assert!((overload - (1.0 - p[4] / down)).abs() < 1e-3, "{overload}");
    assert!(overload > 0.95);
    // Without it, hardly a tenth of that: the service is down while nobody is up.
    let sheds = scenario(
        &HYSTERESIS.replace("overload = { recovers_below = 0.65 }", ""),
        &[],
    );
    check_exact("shedding", &sheds.system, binomial(3, 0, 10.0 / 11.0));
}

/// The survivor gets it all at 110 s, when the failure is noticed.
#[test]
fn a_survivor_crashes_under_the_load_of_the_others() {
    let overload = |rest: &str| format!("groups.web.overload={{ {rest} }}");
    let told = |rest: &str| downtimes(SHARED, &[&overload(rest)]);
    let down = |from, to| (from, to, Mechanism::Overload);
    // Its crash is not noticed before both are back, so each gets its share.
    let late = "crash = \"15 s\", restart = \"10 s\"";
    assert_eq!(told(late), [down(125, 130)]);
    // The other one is back in time, or the load is no overload.
    assert_eq!(told("crash = \"20 s\", restart = \"10 s\""), []);
    assert_eq!(told("above = 1.7, crash = \"15 s\""), []);
    // Whoever comes back finds himself alone and crashes again, although both could bear it together:
    // at 115, 135, 150 and 170 s, each back after 30 s.
    let storm = "crash = \"5 s\", restart = \"30 s\"";
    assert_eq!(
        told(storm),
        [
            down(115, 130),
            down(135, 145),
            down(150, 165),
            down(170, 180),
            down(185, 200)
        ]
    );
    // Until less is asked, and then they bear it all.
    let eased = "service.demand={ values = [100, 100, 100, 50], every = \"40 s\", peak = 100 }";
    assert_eq!(
        downtimes(SHARED, &[eased, &overload(storm)]),
        [down(115, 130)]
    );
}

/// Four servers of 30 bear 80 while three of them are up. With two or one, each crashes in 2 h on
/// average, and takes `restart` hours to come back.
fn crashing(restart: f64) -> String {
    format!(
        r#"
[run]
horizon = "100000 h"
[kinds.server]
fail = {{ mean = "100 h" }}
repair = {{ mean = "10 h" }}
[groups.web]
kind = "server"
units = 4
required = 1
standby = "active"
capacity = 30
overload = {{ crash = {{ mean = "2 h" }}, restart = {{ mean = "{restart} h" }} }}
[service]
up = "web"
demand = 80
"#
    )
}

#[test]
fn failures_cascade_as_a_chain_says() {
    let (fails, mends, crashes) = (1.0 / 100.0, 1.0 / 10.0, 1.0 / 2.0);
    let is_overloaded = |up: usize| 30 * up < 80;
    let unserved = |up: usize| (80.0 - 30.0 * up as f64).max(0.0) / 80.0;
    let check = |what: &str, restart: f64, down: f64, lost: f64| {
        let system = scenario(&crashing(restart), &[]).system;
        check_exact(what, &system, down);
        let answer = exact::solve(&system, &exact::Effort::QUICK, None).unwrap();
        let served = answer.services.as_slice()[0].long_run.served.unwrap();
        assert!((1.0 - served - lost).abs() < 1e-12, "{what}: {served}");
        let sums = tally(&system, 300);
        let service = &sums.services[0];
        check_moments(what, &service.down, HOUR, down * 100_000.0);
        check_moments(what, &service.unserved, HOUR, lost * 100_000.0);
        // It is the largest share, and has a name.
        share(&sums, Culprit::Group(GroupId(0)), Mechanism::Overload)
    };
    // What crashes is back as soon as what fails: births and deaths.
    let mut weights = [1.0; 5];
    for up in (0..4).rev() {
        let leaves = fails + if is_overloaded(up + 1) { crashes } else { 0.0 };
        weights[up] = weights[up + 1] * (up + 1) as f64 * leaves / ((4 - up) as f64 * mends);
    }
    let sum: f64 = weights.iter().sum();
    let lost: f64 = (0..5).map(|up| weights[up] / sum * unserved(up)).sum();
    let overload = check("births and deaths", 10.0, weights[0] / sum, lost);
    assert!(overload > 0.95, "{overload}");
    // It is back much sooner: so many have failed, so many have crashed.
    let states: Vec<(usize, usize)> = (0..=4)
        .flat_map(|failed| (0..=4 - failed).map(move |crashed| (failed, crashed)))
        .collect();
    let find = |state| states.iter().position(|other| *other == state).unwrap();
    let mut rates = vec![vec![0.0; states.len()]; states.len()];
    for (from, &(failed, crashed)) in states.iter().enumerate() {
        let up = 4 - failed - crashed;
        if up > 0 {
            rates[from][find((failed + 1, crashed))] = up as f64 * fails;
        }
        if up > 0 && is_overloaded(up) {
            rates[from][find((failed, crashed + 1))] = up as f64 * crashes;
        }
        if failed > 0 {
            rates[from][find((failed - 1, crashed))] = failed as f64 * mends;
        }
        if crashed > 0 {
            rates[from][find((failed, crashed - 1))] = crashed as f64;
        }
    }
    let p = steady(&rates);
    let at = |up: usize| -> f64 {
        let states = states.iter().zip(&p);
        states
            .filter(|((failed, crashed), _)| failed + crashed == 4 - up)
            .map(|(_, p)| p)
            .sum()
    };
    let lost = (0..5).map(|up| at(up) * unserved(up)).sum();
    let overload = check("failed and crashed", 1.0, at(0), lost);
    let alone = p[find((4, 0))] / at(0);
    assert!((overload - (1.0 - alone)).abs() < 1e-3, "{overload}");
}

/// The life of the hottest: two of three servers must serve, and each fails twice as fast under twice
/// the load, to the power 1.5; but nobody bears more than 60 of the 120 that are asked by day, or of
/// the 60 by night.
#[test]
fn those_that_are_left_fail_faster() {
    let text = HYSTERESIS
        .replace(
            "overload = { recovers_below = 0.65 }",
            "load = { exponent = 1.5 }",
        )
        .replace("required = 1", "required = 2");
    let (fails, mends) = (1.0 / 100.0, 1.0 / 10.0);
    let down = |speeds: [f64; 3]| {
        let mut rates = vec![vec![0.0; 4]; 4];
        for up in 1..=3 {
            rates[3 - up][4 - up] = up as f64 * fails * speeds[up - 1];
            rates[4 - up][3 - up] = (4 - up) as f64 * mends;
        }
        let p = steady(&rates);
        p[2] + p[3]
    };
    // Without a demand the load of those that are left grows without bound.
    let unbounded = text.replace("demand = 90", "").replace("capacity = 50", "");
    let power = |ratio: f64| ratio.powf(1.5);
    let system = scenario(&unbounded, &[]).system;
    let truth = down([power(3.0), power(1.5), 1.0]);
    check_exact("load to the power 1.5", &system, truth);
    let sums = tally(&system, 150);
    check_moments(
        "load to the power 1.5",
        &sums.services[0].down,
        HOUR,
        truth * 100_000.0,
    );
    // A load of 120 by day is 40, 60 and 60 for each, and one of 60 by night 20, 30 and 60: nobody
    // bears more than 60.
    let changes = [
        "groups.web.capacity=60",
        "service.demand={ daily = [120, 60] }",
    ];
    let system = scenario(&text, &changes).system;
    let normal = power(40.0) + power(20.0);
    let speeds = [
        (power(60.0) + power(60.0)) / normal,
        (power(60.0) + power(30.0)) / normal,
        1.0,
    ];
    check_exact("bounded by capacity", &system, down(speeds));
}

/// The survivor orders another 40 at 110 s.
#[test]
fn a_group_gets_more_members_when_it_needs_them() {
    let scaling = |rest: &str| format!("groups.web.scaling={{ quota = 40, {rest} }}");
    let swallowed = 10.0 * 0.5;
    for (rest, load, below) in [
        ("delay = \"5 s\"", swallowed + 5.0 * 0.4, 15.0),
        ("delay = \"30 s\"", swallowed + 20.0 * 0.4, 30.0),
        (
            "delay = \"5 s\", succeeds = \"0 %\"",
            swallowed + 20.0 * 0.4,
            30.0,
        ),
        // They are there from 2 s on, for 80 % of what two can bear is too little.
        ("delay = \"2 s\", above = 0.8", swallowed, 10.0),
    ] {
        assert_eq!(unserved(SHARED, &[&scaling(rest)]), (load, below), "{rest}");
    }
    let small = "groups.web.scaling={ quota = 30, delay = \"5 s\" }";
    let quota = unserved(SHARED, &[small]);
    assert_eq!(quota, (swallowed + 5.0 * 0.4 + 15.0 * 0.1, 30.0));
    // They come in time to prevent a collapse, or too late.
    let overload = |after: u32| {
        format!("groups.web.overload={{ recovers_below = 0.9, after = \"{after} s\" }}")
    };
    let told = |after: u32| downtimes(SHARED, &[&scaling("delay = \"5 s\""), &overload(after)]);
    assert_eq!(told(6), []);
    assert_eq!(told(4), [(114, 130, Mechanism::Overload)]);
}

/// One of two servers of 50 is left with a load of 80. Those that it orders come after 2 h, 8 times in
/// 10: a chain of seven states.
#[test]
fn scaling_may_come_late_or_not_at_all() {
    let text = r#"
[run]
horizon = "100000 h"
[kinds.server]
fail = { mean = "100 h" }
repair = { mean = "10 h" }
[groups.web]
kind = "server"
units = 2
required = 1
standby = "active"
capacity = 50
scaling = { delay = { mean = "2 h" }, succeeds = "80 %", quota = 40 }
[service]
up = "web"
demand = 80
"#;
    let (fails, mends, comes) = (1.0 / 100.0, 1.0 / 10.0, 1.0 / 2.0);
    // Both up; one up and more ordered, there, or refused; none up, and the same.
    let mut rates = vec![vec![0.0; 7]; 7];
    rates[0][1] = 2.0 * fails;
    for one in 1..=3 {
        rates[one][0] = mends;
        rates[one][one + 3] = fails;
        rates[one + 3][one] = 2.0 * mends;
    }
    for ordered in [1, 4] {
        rates[ordered][ordered + 1] = 0.8 * comes;
        rates[ordered][ordered + 2] = 0.2 * comes;
    }
    let p = steady(&rates);
    let truth = (p[1] + p[3]) * 30.0 / 80.0 + p[4] + p[5] + p[6];
    let system = scenario(text, &[]).system;
    let answer = exact::solve(&system, &exact::Effort::QUICK, None).unwrap();
    let served = answer.services.as_slice()[0].long_run.served.unwrap();
    assert!((1.0 - served - truth).abs() < 1e-12, "{served}");
    let sums = tally(&system, 150);
    let unserved = &sums.services[0].unserved;
    check_moments("scaling", unserved, HOUR, truth * 100_000.0);
}
