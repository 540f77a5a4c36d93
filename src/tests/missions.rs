//! What rare outages do to whole missions and years: how probable it is that one of them is down for too
//! long, and how they are distributed; against exact values and against plain trials.

use failsim::behaviour::Behaviour;
use failsim::engine::Simulator;
use failsim::rare::{self, Mixture, RareServiceTally, RareSimulator};
use failsim::scenario::Scenario;
use failsim::stats::{Interval, Level, Moments, NoInterval, RealMoments};
use failsim::trials::{self, Estimates, Goal, ServiceEstimates, Settings};

use crate::support::{check_mean, scenario, tally};

const HOUR: f64 = 3.6e12;

/// The probability that a chain is down for longer than `limit` hours of `mission`, by randomisation:
/// given how many steps fall into the mission and how many of the stays between them are down, the
/// downtime is the sum of so many of the spacings of uniform points (de Souza e Silva and Gail 1986).
///
/// Of state `i`, `rates[i][j]` is the rate to `j`; the last state is down.
fn exceeds<const N: usize>(
    rates: &[[f64; N]; N],
    start: [f64; N],
    mission: f64,
    limit: f64,
) -> f64 {
    let out = |i: usize| rates[i].iter().sum::<f64>();
    let rate = 1.02 * (0..N).map(out).fold(0.0, f64::max);
    let steps = rate * mission;
    let most = (steps + 12.0 * steps.sqrt() + 40.0) as usize;
    // By state and number of stays that were down.
    let mut chances = vec![vec![0.0; most + 3]; N];
    for (i, &start) in start.iter().enumerate() {
        chances[i][usize::from(i + 1 == N)] = start;
    }
    let share = limit / mission;
    let mut answer = 0.0;
    for n in 0..=most {
        let log = n as f64 * steps.ln() - steps - libm::lgamma((n + 1) as f64);
        let poisson = libm::exp(log);
        // Of n uniform points fewer than k lie within the limit.
        let mut points = libm::pow(1.0 - share, n as f64);
        let mut fewer = 0.0;
        for k in 1..=n + 1 {
            fewer += points;
            points *= (n + 1 - k) as f64 / k as f64 * share / (1.0 - share);
            let count: f64 = chances.iter().map(|chances| chances[k]).sum();
            answer += poisson * count * fewer;
        }
        let mut next = vec![vec![0.0; most + 3]; N];
        for i in 0..N {
            for j in 0..N {
                let step = if i == j {
                    1.0 - out(i) / rate
                } else {
                    rates[i][j] / rate
                };
                let more = usize::from(j + 1 == N);
                for k in 0..=n + 1 {
                    next[j][k + more] += step * chances[i][k];
                }
            }
        }
        chances = next;
    }
    answer
}

/// A pair of which one is enough, each with a crew of its own, as a chain: how many have failed.
fn pair_chain(mttf: f64) -> [[f64; 3]; 3] {
    let (fail, repair) = (1.0 / mttf, 1.0 / 24.0);
    [
        [0.0, 2.0 * fail, 0.0],
        [repair, 0.0, fail],
        [0.0, 2.0 * repair, 0.0],
    ]
}

fn pair(horizon: &str, mttf: f64, targets: &str) -> Scenario {
    scenario(&pair_text(horizon, mttf, targets), &[])
}

fn pair_text(horizon: &str, mttf: f64, targets: &str) -> String {
    format!(
        "[run]\nhorizon = \"{horizon}\"\n[targets]\n{targets}\n[kinds.server]\nfail = {{ mean = \"{mttf} h\" }}\nrepair = {{ mean = \"24 h\" }}\n[groups.servers]\nkind = \"server\"\nunits = 2\nrequired = 1\nstandby = \"active\"\n[service]\nup = \"servers\"\n"
    )
}

/// Limits for the downtime of a year, of which each year is judged by itself.
fn limits([first, second, third]: [&str; 3]) -> String {
    format!(
        "downtime = \"<= {first}\"\n\"downtime.p95\" = \"<= {second}\"\n\"downtime.p99\" = \"<= {third}\""
    )
}

fn service(scenario: &Scenario, trials: u64, seed: u64) -> RareServiceTally {
    let system = &scenario.system;
    let simulator = RareSimulator::new(system, system.mission, seed, Mixture::USUAL);
    let tally = simulator.run(0, trials);
    tally.services.as_slice()[0].clone()
}

fn check(what: &str, moments: &RealMoments, truth: f64, precision: f64) {
    check_mean(
        what,
        moments.mean(),
        moments.standard_error(),
        truth,
        precision,
    );
}

/// Outages of a pair are rare, and a long one is one outage: 1.5e-6 and less.
#[test]
fn a_long_rare_outage_is_as_probable_as_it_is() {
    let chain = pair_chain(20_000.0);
    let targets = &limits(["1 h", "12 h", "50 h"]);
    let rare = service(&pair("8766 h", 20_000.0, targets), 3_000, 42);
    for (nth, limit) in [1.0, 12.0, 50.0].into_iter().enumerate() {
        let truth = exceeds(&chain, [1.0, 0.0, 0.0], 8_766.0, limit);
        println!("{limit} h: {truth:e}");
        check(&format!("{limit} h"), &rare.breaches[nth][0], truth, 0.06);
    }
}

/// Here every tenth mission has an outage, and of those with 30 h of downtime every eighth has more than
/// one; without what follows on the first outage a seventh would be missing.
#[test]
fn a_second_outage_of_a_mission_counts() {
    let chain = pair_chain(2_000.0);
    let targets = &limits(["12 h", "30 h", "60 h"]);
    let rare = service(&pair("8766 h", 2_000.0, targets), 12_000, 42);
    for (nth, limit) in [12.0, 30.0, 60.0].into_iter().enumerate() {
        let truth = exceeds(&chain, [1.0, 0.0, 0.0], 8_766.0, limit);
        let first = rare.breaches[nth][0].mean();
        println!("{limit} h: {truth:e} {first:e}");
        check(&format!("{limit} h"), &rare.breaches[nth][0], truth, 0.05);
    }
}

/// Every outage lasts an hour, once in a million hours. An hour and a half takes two of them: the second
/// must have begun half an hour before the end, which is a matter of an Erlang variate. And so for three.
#[test]
fn what_takes_several_rare_outages_is_found() {
    let text = |targets: &str| {
        format!(
            "[run]\nhorizon = \"8766 h\"\n[targets]\n{targets}\n[kinds.server]\nfail = {{ mean = \"1e6 h\" }}\nrepair = \"1 h\"\n[components.server]\nlike = \"server\"\n[service]\nup = \"server\"\n"
        )
    };
    let targets = limits(["30 min", "1.5 h", "2.5 h"]);
    let rare = service(&scenario(&text(&targets), &[]), 12_000, 42);
    for (nth, hours) in [0.5, 1.5, 2.5].into_iter().enumerate() {
        // Time in service until so many failures, the last half an hour before the end.
        let served = (8_766.0 - hours) * 1e-6;
        let fewer: f64 = (0..=nth)
            .map(|k| libm::pow(served, k as f64) / [1.0, 1.0, 2.0][k])
            .sum();
        let truth = if nth == 2 {
            // Cancels too much otherwise.
            served * served * served / 6.0 * (1.0 - 0.75 * served)
        } else {
            1.0 - libm::exp(-served) * fewer
        };
        let what = format!("{hours} h");
        check(&what, &rare.breaches[nth][0], truth, [0.01, 0.05, 0.2][nth]);
        // The same read from the distribution: the quantile is the length that so many exceed.
        let trials = rare.any.count();
        for (factor, length) in [(0.7, nth + 1), (1.5, nth)] {
            let order = 1.0 - factor * truth;
            let quantile = rare
                .down_tail
                .quantile(trials, order, Level::USUAL)
                .unwrap();
            assert!(
                (quantile.estimate / HOUR - length as f64).abs() < 0.02,
                "{hours} h, {order}: {quantile:?}"
            );
        }
    }
}

/// Of ten years each is judged by itself, and each month of one, whether or not the mission has been down
/// before.
#[test]
fn a_year_of_several_is_judged_by_itself() {
    for (mttf, trials) in [(20_000.0, 600), (4_000.0, 3_000)] {
        let chain = pair_chain(mttf);
        let down = 24.0 / (24.0 + mttf);
        let settled = [
            (1.0 - down) * (1.0 - down),
            2.0 * down * (1.0 - down),
            down * down,
        ];
        let ten = pair("87660 h", mttf, &limits(["1 h", "12 h", "30 h"]));
        let one = pair("8766 h", mttf, &limits(["1 h", "12 h", "30 h"]));
        let ten = service(&ten, trials, 42);
        let one = service(&one, trials, 42);
        for (nth, limit) in [1.0, 12.0, 30.0].into_iter().enumerate() {
            let first = exceeds(&chain, [1.0, 0.0, 0.0], 8_766.0, limit);
            let later = exceeds(&chain, settled, 8_766.0, limit);
            let what = format!("years of {mttf} h, {limit} h");
            check(&what, &ten.breaches[nth][0], first + 9.0 * later, 0.1);
            // A month is allowed a twelfth of the limit for a year.
            let month = limit / 12.0;
            let first = exceeds(&chain, [1.0, 0.0, 0.0], 730.5, month);
            let later = exceeds(&chain, settled, 730.5, month);
            let what = format!("months of {mttf} h, {limit} h");
            check(&what, &one.breaches[nth][1], first + 11.0 * later, 0.1);
        }
    }
}

fn settings(trials: u64) -> Settings {
    Settings {
        goal: Goal::Trials(trials),
        first_trial: 0,
        record_count: 0,
        keeps_values: false,
        level: Level::USUAL,
    }
}

fn estimates(scenario: &Scenario, trials: u64) -> Estimates {
    let system = &scenario.system;
    let trials = rare::run(system, 1, &settings(trials), u64::MAX, &mut |_| None);
    rare::estimates(system, &trials, Level::USUAL)
}

fn value(service: &ServiceEstimates, metric: &str, statistic: &str) -> Interval {
    let quantity = service.quantity(metric, statistic).unwrap();
    match quantity.value {
        Ok(interval) => interval,
        Err(reason) => panic!("{metric} {statistic}: {reason}"),
    }
}

/// The distributions of what is rare, as they are printed: an outage of the pair ends with the first of two
/// repairs, and begins at any time.
#[test]
fn distributions_of_rare_outages_are_told() {
    let scenario = pair("8766 h", 20_000.0, "downtime = \"<= 12 h\"");
    let estimates = estimates(&scenario, 4_000);
    let service = &estimates.services[0];
    let near = |what: &str, interval: Interval, truth: f64, width: f64| {
        println!("{what}: {interval:?}, exactly {truth}");
        assert!(interval.contains(truth), "{what}: {interval:?}, {truth}");
        assert!(
            interval.relative_half_width() < width,
            "{what}: {interval:?}"
        );
    };
    let hours = 3_600.0;
    for (statistic, order) in [("p50", 0.5), ("p95", 0.95), ("p99", 0.99)] {
        let truth = -12.0 * hours * libm::log(1.0 - order);
        let length = value(service, "outage_duration", statistic);
        near(statistic, length, truth, 0.15);
        let down = value(service, "downtime", statistic);
        assert_eq!((down.low, down.high), (0.0, 0.0), "most years have none");
    }
    let middle = value(service, "time_to_first_outage", "p50_of_those_with_one");
    near("first", middle, 4_395.0 * hours, 0.05);
    // Mean time between outages: that of a cycle of the chain, less the outage.
    let cycle = 20_000.0 * 20_000.0 / 48.0;
    let up = value(service, "up_time", "mean");
    near("up time", up, (cycle + 20_000.0) * hours, 0.05);
    // Of one outage nearly always, the longest is the downtime.
    let longest = value(service, "longest_outage", "mean");
    let down = value(service, "downtime", "mean");
    assert!((longest.estimate / down.estimate - 1.0).abs() < 0.02);
    // The probability of a year above the limit, and of any downtime at all.
    let breach = service.targets[0].year_breach.unwrap().unwrap();
    let chain = pair_chain(20_000.0);
    let truth = exceeds(&chain, [1.0, 0.0, 0.0], 8_766.0, 12.0);
    near("breach", breach, truth, 0.1);
    let (points, limit) = (&service.exceedance, 12.0 * hours);
    let (_, share) = points
        .iter()
        .min_by(|(a, _), (b, _)| (a - limit).abs().total_cmp(&(b - limit).abs()))
        .unwrap();
    near("curve", *share, truth, 0.1);
    // The year has less downtime at its beginning, when nothing has failed yet.
    let parts = &service.over_time;
    assert_eq!(parts.len(), 60);
    let down = |part: usize| 1.0 - parts[part].2.as_ref().unwrap().estimate;
    assert!((down(30) / down(40) - 1.0).abs() < 0.2 && down(0) < 0.95 * down(30));
}

fn plain_estimates(scenario: &Scenario, trials: u64) -> Estimates {
    let system = &scenario.system;
    let behaviour = Behaviour::of(system);
    let simulator = Simulator::new(&behaviour, system.mission, 1);
    let settings = settings(trials);
    let trials = trials::run(system, &simulator, &settings, &mut |_| None);
    Estimates::of(system, &trials, Level::USUAL)
}

type Value = Result<Interval, NoInterval>;

/// Asserts that plain and rare trials say the same, within twice their intervals, and that only the
/// largest value of a sample is left to plain ones.
fn agree(what: &str, plain: &Value, rare: &Value) {
    let (plain, rare) = match (plain, rare) {
        (Ok(plain), Ok(rare)) => (plain, rare),
        (_, Err(_)) if what.ends_with("max") => return,
        (Err(plain), Err(rare)) if plain == rare => return,
        other => panic!("{what}: {other:?}"),
    };
    println!("{what}: {} and {}", plain.estimate, rare.estimate);
    let apart = (plain.estimate - rare.estimate).abs();
    let rounding = 1e-9 * plain.estimate.abs();
    let allowed = 2.0 * plain.half_width().hypot(rare.half_width()) + rounding;
    assert!(apart <= allowed, "{what}: {plain:?} and {rare:?}");
}

/// Rare trials tell the figures that plain trials tell, in the same order.
fn agree_on_all(plain: &Estimates, rare: &Estimates) {
    for (plain, rare) in plain.services.iter().zip(&rare.services) {
        assert_eq!(plain.quantities.len(), rare.quantities.len());
        for (plain, rare) in plain.quantities.iter().zip(&rare.quantities) {
            let what = format!("{} {}", plain.metric, plain.statistic);
            assert_eq!(what, format!("{} {}", rare.metric, rare.statistic));
            assert_eq!(plain.unit, rare.unit);
            agree(&what, &plain.value, &rare.value);
        }
        for (plain, rare) in plain.targets.iter().zip(&rare.targets) {
            let what = &plain.target.text;
            agree(what, &plain.value, &rare.value);
            for (period, plain, rare) in [
                ("year", plain.year_breach, rare.year_breach),
                ("month", plain.month_breach, rare.month_breach),
                ("takeover", plain.takeover_breach, rare.takeover_breach),
            ] {
                assert_eq!(plain.is_some(), rare.is_some(), "{what} {period}");
                if let (Some(plain), Some(rare)) = (plain, rare) {
                    agree(&format!("{what} {period}"), &plain, &rare);
                }
            }
        }
        for (index, (plain, rare)) in plain.over_time.iter().zip(&rare.over_time).enumerate() {
            assert_eq!((plain.0, plain.1), (rare.0, rare.1));
            agree(&format!("part {index}"), &plain.2, &rare.2);
        }
    }
}

/// One in ten years has an outage, so both know all of it.
#[test]
fn rare_trials_tell_the_figures_of_plain_ones() {
    let scenario = pair("8766 h", 2_000.0, "downtime = \"<= 12 h\"");
    agree_on_all(
        &plain_estimates(&scenario, 20_000),
        &estimates(&scenario, 4_000),
    );
}

/// A pair whose takeovers take their time and lose data, with all that it costs.
const DATABASE: &str = "[run]
horizon = \"2 y\"
[targets]
\"data_loss.p95\" = \"<= 8 s\"
\"downtime.p99\" = \"<= 30 min\"
\"cost\" = \"<= 1000 EUR\"
[kinds.node]
fail = { mean = \"50000 h\" }
repair = { lognormal = { mean = \"24 h\", cv = 1 } }
cost = { active = \"0.01 EUR/h\", repair = \"300 EUR\" }
[groups.db]
kind = \"node\"
units = 2
active = 1
required = 1
standby = \"hot\"
detect = { constant = \"30 s\" }
takeover = { promoting = { mean = \"60 s\", succeeds = \"95 %\" }, manual = { mean = \"1 h\" } }
replication = { mode = \"asynchronous\", lag = { mean = \"4 s\" } }
[service]
up = \"db\"
cost = { outage = \"50 EUR\", downtime = \"1200 EUR/h\", degraded = \"1 EUR/h\", data_lost = \"10 EUR/s\", credits = { fee = \"1000 EUR/mo\", steps = [{ below = \"99.99 %\", credit = \"10 %\" }, { below = \"99 %\", credit = \"50 %\" }] } }
";

/// Data and money, by branches and by main paths.
#[test]
fn rare_trials_tell_what_is_lost_and_what_is_spent() {
    for changes in [&[][..], &["kinds.node.fail={ mean = \"8000 h\" }"]] {
        // Takeovers in every sixth mission, and in every one.
        let scenario = scenario(DATABASE, changes);
        // Once in a while a standby takes over that has been away for days, which plain trials hardly see.
        let plain = plain_estimates(&scenario, 1_000_000);
        let rare = estimates(&scenario, 8_000);
        agree_on_all(&plain, &rare);
        let (plain, rare) = (plain.cost.unwrap(), rare.cost.unwrap());
        for ((statistic, plain), (other, rare)) in plain.total.iter().zip(&rare.total) {
            assert_eq!(statistic, other);
            agree(&format!("cost {statistic}"), plain, rare);
        }
        assert_eq!(plain.items.len(), rare.items.len());
        let mut shares = 0.0;
        for (plain, rare) in plain.items.iter().zip(&rare.items) {
            assert_eq!(plain.item, rare.item);
            agree(plain.item.name(), &plain.per_year, &rare.per_year);
            shares += rare.share;
        }
        assert!((shares - 1.0).abs() < 1e-9);
    }
}

/// A fifth of all missions has an outage, many of them of different parts, each of which lives for itself;
/// plain trials tell how they add up.
#[test]
fn outages_of_several_parts_add_up() {
    let mut text = format!(
        "[run]\nhorizon = \"17532 h\"\n[targets]\n{}\n[kinds.node]\nfail = {{ mean = \"4000 h\" }}\nrepair = {{ lognormal = {{ mean = \"20 h\", sigma = 1 }} }}\n[kinds.disk]\nfail = {{ weibull = {{ shape = 2, mean = \"5000 h\" }} }}\nrepair = {{ mean = \"30 h\" }}\n",
        limits(["1 h", "20 h", "40 h"])
    );
    for (group, kind) in [("web", "node"), ("app", "node"), ("db", "disk")] {
        text += &format!(
            "[groups.{group}]\nkind = \"{kind}\"\nunits = 2\nrequired = 1\nstandby = \"active\"\n"
        );
    }
    text += "[service]\nup = \"web and app and db\"\n";
    let scenario = scenario(&text, &[]);
    let rare = service(&scenario, 10_000, 42);
    let plain = tally(&scenario.system, 100_000);
    let plain = &plain.services.as_slice()[0];
    let pair = |what: &str, plain: &Moments, rare: &RealMoments| {
        let error = plain.standard_error().hypot(rare.standard_error());
        check_mean(what, rare.mean(), error, plain.mean(), 0.05);
    };
    pair("down", &plain.down, &rare.down);
    pair("longest", &plain.longest, &rare.longest);
    for nth in 0..3 {
        for length in 0..2 {
            let (plain, rare) = (&plain.breaches[nth][length], &rare.breaches[nth][length]);
            pair(&format!("breach {nth} {length}"), plain, rare);
        }
    }
}

/// Parts that are independent of each other live for themselves where data and money are told too; one that
/// no service needs costs its repairs.
#[test]
fn parts_in_series_cost_what_they_cost_together() {
    let text = DATABASE.replace("up = \"db\"", "up = \"db and web\"")
        + "[kinds.front]\nfail = { mean = \"3000 h\" }\nrepair = { mean = \"20 h\" }\ncost = { repair = \"30 EUR\" }\n[groups.web]\nkind = \"front\"\nunits = 2\nrequired = 1\nstandby = \"active\"\n[groups.lab]\nkind = \"front\"\nunits = 1\n";
    let scenario = scenario(&text, &[]);
    let plain = plain_estimates(&scenario, 300_000);
    let rare = estimates(&scenario, 8_000);
    agree_on_all(&plain, &rare);
    let (plain, rare) = (plain.cost.unwrap(), rare.cost.unwrap());
    for ((statistic, plain), (_, rare)) in plain.total.iter().zip(&rare.total) {
        agree(&format!("cost {statistic}"), plain, rare);
    }
    for (plain, rare) in plain.items.iter().zip(&rare.items) {
        assert_eq!(plain.item, rare.item);
        agree(plain.item.name(), &plain.per_year, &rare.per_year);
    }
}

/// What is given back for rare bad months, by the law of the downtime of a month.
#[test]
fn credits_for_rare_months_are_exact() {
    let text = format!(
        "{}[service.cost.credits]\nfee = \"1000 EUR/mo\"\nsteps = [{{ below = \"99.9 %\", credit = \"10 %\" }}, {{ below = \"97 %\", credit = \"50 %\" }}]\n",
        pair_text("8766 h", 20_000.0, "downtime = \"<= 12 h\"")
    );
    let rare = estimates(&scenario(&text, &[]), 4_000);
    let chain = pair_chain(20_000.0);
    let down = 24.0 / 20_024.0;
    let settled = [
        (1.0 - down) * (1.0 - down),
        2.0 * down * (1.0 - down),
        down * down,
    ];
    let month = |start| {
        let above = |share: f64| exceeds(&chain, start, 730.5, share * 730.5);
        100.0 * above(0.001) + 400.0 * above(0.03)
    };
    let truth = month([1.0, 0.0, 0.0]) + 11.0 * month(settled);
    let cost = rare.cost.unwrap();
    let credits = cost.items[0].per_year.unwrap();
    println!("{credits:?}, exactly {truth}");
    assert!(credits.contains(truth), "{credits:?}, {truth}");
    assert!(credits.relative_half_width() < 0.06, "{credits:?}");
}
