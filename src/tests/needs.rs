//! Needs against closed forms.

use crate::support::{
    HOUR, check_exact, check_mean, check_moments, scenario, share, steady, tally,
};
use failsim::behaviour::Mechanism;
use failsim::model::{Culprit, GroupId};

/// Functional dependencies of the tests of a model checker for fault trees (Storm): the mean time to
/// the failure of everything is 2 when `b` takes `c` down, and 3 with an independent `e`.
#[test]
fn what_is_needed_takes_down_what_needs_it() {
    for (up, truth) in [("any(b, c)", 2.0), ("any(b, c, d, e)", 3.0)] {
        let part = |name: &str, needs: &str| {
            format!(
                "[components.{name}]\nfail = {{ mean = \"2 h\" }}\nrepair = \"never\"\n{needs}\n"
            )
        };
        let needs = "needs = \"b\"";
        let text = format!(
            "[run]\nhorizon = \"1000 h\"\n{}{}{}{}[service]\nup = \"{up}\"\n",
            part("b", ""),
            part("c", needs),
            part("d", needs),
            part("e", "")
        );
        let scenario = scenario(&text, &[]);
        let tally = tally(&scenario.system, 60_000);
        let (time, count) = tally.services[0].first_outage.sums();
        assert_eq!(count, 60_000);
        let standard_error = truth / (count as f64).sqrt();
        let mean = time as f64 / count as f64 / HOUR;
        check_mean(up, mean, standard_error, truth, 0.005);
    }
}

/// A web server that needs a name service, which its service does not name: the chain of the two,
/// in which the web server fails only while it works. The name service has all the blame for what it
/// causes, under its own mechanism.
#[test]
fn a_need_carries_the_blame_to_what_is_needed() {
    let scenario = scenario(
        "[run]\nhorizon = \"200000 h\"\n[components.web]\nfail = { mean = \"200 h\" }\nrepair = { mean = \"5 h\" }\nneeds = \"dns\"\n\
         [components.dns]\nfail = { mean = \"300 h\" }\nrepair = { mean = \"20 h\" }\n[service]\nup = \"web\"\n",
        &[],
    );
    let tally = tally(&scenario.system, 200);
    // States: 0 both work, 1 web down, 2 dns down, 3 both down.
    let mut rate = vec![vec![0.0; 4]; 4];
    (rate[0][1], rate[1][0]) = (1.0 / 200.0, 1.0 / 5.0);
    (rate[0][2], rate[2][0]) = (1.0 / 300.0, 1.0 / 20.0);
    (rate[1][3], rate[3][1]) = (1.0 / 300.0, 1.0 / 20.0);
    rate[3][2] = 1.0 / 5.0;
    let p = steady(&rate);
    check_exact("web needs dns", &scenario.system, 1.0 - p[0]);
    let service = &tally.services[0];
    check_moments(
        "web needs dns",
        &service.down,
        HOUR,
        (1.0 - p[0]) * 200_000.0,
    );
    let web = share(&tally, Culprit::Group(GroupId(0)), Mechanism::Repair);
    let dns = share(&tally, Culprit::Group(GroupId(1)), Mechanism::Repair);
    assert!((web + dns - 1.0).abs() < 1e-12, "{web} + {dns}");
    assert!(dns > p[2] / (1.0 - p[0]) * 0.98, "dns has {dns}");
}

/// A promotion that takes 1 h needs a control plane, up for 10 h and down for 5 h on average: it
/// waits for the control plane at the start with probability 1/3, for 5 h, and on the way for 5 h
/// each time that the control plane fails, which is once in 10 h of work.
#[test]
fn a_takeover_stands_still_while_what_it_needs_is_down() {
    let scenario = scenario(
        "[run]\nhorizon = \"100000 h\"\n[kinds.node]\nfail = { mean = \"100 h\" }\nrepair = \"1 s\"\nrepair_starts = \"takeover\"\n\
         [groups.pair]\nkind = \"node\"\nunits = 2\nrequired = 1\nstandby = \"cold\"\n\
         [groups.pair.takeover]\npromoting = { constant = \"1 h\", needs = \"control\" }\n\
         [components.control]\nfail = { mean = \"10 h\" }\nrepair = { mean = \"5 h\" }\n[service]\nup = \"pair\"\n",
        &[],
    );
    let tally = tally(&scenario.system, 150);
    let outage: f64 = 5.0 / 15.0 * 5.0 + 1.0 + 1.0 / 10.0 * 5.0;
    let service = &tally.services[0];
    check_moments(
        "promotion needs control",
        &service.down,
        HOUR,
        outage / (100.0 + outage) * 100_000.0,
    );
    let promoting = share(&tally, Culprit::Group(GroupId(0)), Mechanism::Promoting);
    let control = share(&tally, Culprit::Group(GroupId(1)), Mechanism::Repair);
    assert!((promoting + control - 1.0).abs() < 1e-12);
    assert!((promoting - 1.0 / outage).abs() < 0.01, "{promoting}");
}

/// A soft need degrades and does not take down: units by what is left of them, services as a whole.
#[test]
fn without_a_soft_need_there_is_less_and_not_nothing() {
    for (unit, service) in [
        ("degraded_without = { cache = \"50 %\" }", ""),
        ("", "degraded_without = \"cache\""),
    ] {
        let text = format!(
            "[run]\nhorizon = \"100000 h\"\n[components.web]\nfail = \"never\"\nrepair = \"never\"\n{unit}\n\
             [components.cache]\nfail = {{ mean = \"90 h\" }}\nrepair = {{ mean = \"10 h\" }}\n[service]\nup = \"web\"\n{service}\n"
        );
        let scenario = scenario(&text, &[]);
        let tally = tally(&scenario.system, 100);
        let result = &tally.services[0];
        assert_eq!(result.down.mean(), 0.0);
        check_moments("degraded without a cache", &result.degraded, HOUR, 10_000.0);
    }
}

/// A unit that needs what its group needs too is told of it twice, each time by a detector of its own; they
/// drew from one stream.
#[test]
fn a_unit_may_need_what_its_group_needs() {
    let text = |of_unit: &str| {
        format!(
            "[kinds.k]\nfail = {{ mean = \"100 h\" }}\nrepair = {{ mean = \"8 h\" }}\n\
             [components.a]\nkind = \"k\"\n{of_unit}[components.b]\nkind = \"k\"\n\
             [components.power]\nfail = {{ mean = \"1000 h\" }}\nrepair = {{ mean = \"5 h\" }}\n\
             [groups.g]\nmembers = [\"a\", \"b\"]\nactive = 1\nstandby = \"hot\"\ndetect = {{ mean = \"1 h\" }}\n\
             needs = \"power\"\n[service]\nup = \"g\"\n"
        )
    };
    let of = |of_unit: &str| {
        let system = scenario(&text(of_unit), &[]).system;
        let sums = tally(&system, 200);
        (
            sums.services[0].down.mean(),
            sums.services[0].down.standard_error(),
        )
    };
    let (once, twice) = (of(""), of("needs = \"power\"\n"));
    let z = (once.0 - twice.0) / once.1.hypot(twice.1);
    // Noticed by the first of two, it is noticed sooner.
    assert!(z > -4.0 && twice.0 > 0.5 * once.0, "{once:?}, {twice:?}");
}
