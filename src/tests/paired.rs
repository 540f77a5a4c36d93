//! What a change brings, trial by trial: against exact differences, and how often its interval holds them.

use failsim::base::units::SECONDS_PER_YEAR;
use failsim::behaviour::Behaviour;
use failsim::engine::Simulator;
use failsim::exact;
use failsim::scenario::Scenario;
use failsim::stats::{Interval, Level, Method};
use failsim::trials::{self, Change, Estimates, Goal, Settings, Values};

use super::support::scenario;

/// A pair whose takeovers fail now and then, all exponential, with prices.
const PAIR: &str = r#"
[params]
works = "95 %"
promoting = "60 s"
[kinds.server]
fail = { mean = "1000 h" }
repair = { mean = "10 h" }
cost = { active = "1 EUR/h", standby = "1 EUR/h", repair = "100 EUR" }
[groups.pair]
kind = "server"
units = 2
active = 1
standby = "hot"
[groups.pair.takeover]
promoting = { mean = "$promoting", succeeds = "$works" }
manual = { mean = "2 h" }
[service]
up = "pair"
[service.cost]
downtime = "1_000 EUR/h"
"#;

fn lived(scenario: &Scenario, seed: u64, trials: u64) -> (Estimates, Option<Values>) {
    let system = &scenario.system;
    let behaviour = Behaviour::of(system);
    let simulator = Simulator::new(&behaviour, system.mission, seed);
    let settings = Settings {
        goal: Goal::Trials(trials),
        first_trial: 0,
        record_count: 0,
        keeps_values: true,
        level: Level::USUAL,
    };
    let run = trials::run(system, &simulator, &settings, &mut |_| None);
    let estimates = Estimates::of(system, &run, Level::USUAL);
    (estimates, run.tally.values)
}

fn change(base: &Scenario, other: &Scenario, seed: u64, trials: [u64; 2]) -> Change {
    let (base, its) = lived(base, seed, trials[0]);
    let (other, others) = lived(other, seed, trials[1]);
    trials::change((&base, its.as_ref()), (&other, others.as_ref()))
}

fn down(change: &Change) -> Interval {
    change.down[0].unwrap()
}

/// Downtime in seconds per year over the mission, from the chain.
fn exact_down(scenario: &Scenario) -> f64 {
    let answer = exact::solve(&scenario.system, &exact::Effort::FULL, None).unwrap();
    let mission = answer.services.as_slice()[0].mission.as_ref().unwrap();
    mission.unavailability * SECONDS_PER_YEAR
}

/// The exact difference is within four standard errors, and the interval is a fraction of what two
/// independent samples would leave.
#[test]
fn a_paired_difference_is_the_exact_one_and_sharper_than_two_samples() {
    let base = scenario(PAIR, &[]);
    for (what, changes, sharper) in [
        ("a slower promotion", ["promoting=90s"], 10.0),
        ("better takeovers", ["works=99%"], 1.1),
    ] {
        let other = scenario(PAIR, &changes);
        let truth = exact_down(&other) - exact_down(&base);
        let change = change(&base, &other, 42, [20_000, 20_000]);
        let found = down(&change);
        let z = 1.96 * (found.estimate - truth) / found.half_width();
        println!("{what}: {found:?} against {truth}, z = {z:.2}");
        assert!(z.abs() < 4.0, "{what}: {found:?} against {truth}");
        assert_eq!(change.pairs, Some(20_000));
        let apart = trials::change(
            (&lived(&base, 1, 20_000).0, None),
            (&lived(&other, 2, 20_000).0, None),
        );
        assert_eq!(
            (apart.pairs, down(&apart).method),
            (None, Method::Independent)
        );
        assert!(
            down(&apart).half_width() > sharper * found.half_width(),
            "{what}: {:?} against {found:?}",
            down(&apart)
        );
    }
}

/// Each of 1,000 small runs with its own seed: four standard errors around 95 %.
#[test]
fn the_interval_of_a_paired_difference_keeps_its_level() {
    let (base, other) = (scenario(PAIR, &[]), scenario(PAIR, &["works=99%"]));
    let truth = exact_down(&other) - exact_down(&base);
    let held = (0..1_000)
        .filter(|&seed| down(&change(&base, &other, seed, [200, 200])).contains(truth))
        .count();
    println!("{held} of 1,000 intervals hold the difference");
    assert!((922..=978).contains(&held), "{held}");
}

/// Costs are the downtime's price and nothing else where units and repairs are the same.
#[test]
fn what_a_change_costs_follows_from_what_it_does() {
    let (base, other) = (scenario(PAIR, &[]), scenario(PAIR, &["promoting=90s"]));
    let change = change(&base, &other, 42, [2_000, 2_000]);
    let (down, cost) = (down(&change), change.cost.unwrap());
    for (seconds, euros) in [
        (down.estimate, cost.estimate),
        (down.low, cost.low),
        (down.high, cost.high),
    ] {
        let expected = seconds / 3600.0 * 1_000.0;
        assert!(
            (euros / expected - 1.0).abs() < 1e-3,
            "{euros} for {seconds} s"
        );
    }
}

#[test]
fn nothing_changed_is_no_difference_and_no_certainty() {
    let base = scenario(PAIR, &[]);
    let change = change(&base, &base, 42, [1_000, 1_000]);
    let down = down(&change);
    assert_eq!(down.estimate, 0.0);
    assert!(down.low < 0.0 && down.high > 0.0, "{down:?}");
    // A bound of 3.7 per 1,000 on the trials that could differ, by a whole year at most.
    let most = 0.0037 * SECONDS_PER_YEAR;
    assert!((down.high / most - 1.0).abs() < 0.01, "{down:?}");
}

#[test]
fn trials_are_paired_as_far_as_both_have_them_and_live_equally_long() {
    let base = scenario(PAIR, &[]);
    let slower = scenario(PAIR, &["promoting=90s"]);
    let uneven = change(&base, &slower, 42, [1_000, 3_000]);
    assert_eq!(uneven.pairs, Some(1_000));
    assert_eq!(
        down(&uneven),
        down(&change(&base, &slower, 42, [1_000, 1_000]))
    );
    let longer = scenario(PAIR, &["run.horizon=2y"]);
    assert_eq!(change(&base, &longer, 42, [100, 100]).pairs, None);
}
