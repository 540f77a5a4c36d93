//! Missions that begin in the long run, against exact steady states and renewal theory.

use failsim::behaviour::Behaviour;
use failsim::engine::Simulator;
use failsim::exact::{self, Effort, NoExact};
use failsim::model::{MissionStart, System, WarmUp};
use failsim::rare::{Mixture, RareSimulator};
use failsim::stats::Level;
use failsim::trials::{self, Drift, Estimates, Goal, Settings};

use super::support::{HOUR, check_mean, check_moments, estimates, scenario, tally};

/// The text of a scenario with such a mission.
fn settled(horizon: &str, rest: &str) -> String {
    format!("[run]\nhorizon = \"{horizon}\"\nstart = \"settled\"\n{rest}")
}

/// Downtime and outages of the first service in settled trials against the exact long run.
fn check_against_exact(what: &str, text: &str, trials: u64) {
    let system = scenario(text, &[]).system;
    let answer = exact::solve(&system, &Effort::FULL, None).unwrap();
    let service = &answer.services.as_slice()[0];
    let mission = service.mission.as_ref().unwrap();
    let long_run = service.long_run;
    let close = |one: f64, other: f64| (one - other).abs() <= 1e-9 * other.abs();
    assert!(close(mission.unavailability, long_run.unavailability));
    assert!(close(
        mission.unavailability_at_end,
        long_run.unavailability
    ));
    // An outage that goes on at the beginning counts too.
    let begun = long_run.outages_per_s.unwrap() * answer.mission_s + long_run.unavailability;
    assert!(close(mission.outages.unwrap(), begun));
    let tally = tally(&system, trials);
    let truth = mission.unavailability * answer.mission_s / 3600.0;
    check_moments(
        &format!("{what}, downtime"),
        &tally.services[0].down,
        HOUR,
        truth,
    );
    let outages = mission.outages.unwrap();
    check_moments(
        &format!("{what}, outages"),
        &tally.services[0].outages,
        1.0,
        outages,
    );
    let any = mission.any_outage.unwrap();
    let found = tally.services[0].outages.nonzero() as f64 / trials as f64;
    let error = (any * (1.0 - any) / trials as f64).sqrt();
    let z = (found - any) / error;
    println!("{what}, any outage: {found:.5} against {any:.5}, z = {z:+.2}");
    assert!(z.abs() < 4.0);
}

#[test]
fn a_pair_with_one_crew() {
    let text = settled(
        "500 h",
        "[crews.people]\nsize = 1\n[kinds.unit]\nfail = { mean = \"100 h\" }\nrepair = { mean = \"10 h\" }\n\
         crew = \"people\"\n[groups.g]\nkind = \"unit\"\nunits = 2\nrequired = 1\nstandby = \"active\"\n\
         [service]\nup = \"g\"\n",
    );
    check_against_exact("pair", &text, 200_000);
}

#[test]
fn two_of_three_with_lives_of_three_stages() {
    let text = settled(
        "60 h",
        "[kinds.unit]\nfail = { erlang = { stages = 3, mean = \"100 h\" } }\nrepair = { mean = \"2 h\" }\n\
         [groups.g]\nkind = \"unit\"\nunits = 3\nrequired = 2\nstandby = \"active\"\n[service]\nup = \"g\"\n",
    );
    check_against_exact("2 of 3", &text, 4_000_000);
}

/// The standby does not age while it waits, so that how old both are depends on who serves.
#[test]
fn a_cold_standby_with_lives_of_four_stages() {
    for failback in ["", "failback = \"at once\"\n"] {
        let text = settled(
            "100 h",
            &format!(
                "[kinds.unit]\nfail = {{ erlang = {{ stages = 4, mean = \"100 h\" }} }}\nrepair = {{ mean = \"20 h\" }}\n\
                 [groups.g]\nkind = \"unit\"\nunits = 2\nactive = 1\nrequired = 1\nstandby = \"cold\"\n{failback}\
                 [groups.g.takeover]\npromoting = {{ mean = \"1 h\" }}\n[service]\nup = \"g\"\n"
            ),
        );
        check_against_exact(&format!("cold standby, {failback:?}"), &text, 1_000_000);
    }
}

/// Lives run the faster the fewer share the load.
#[test]
fn a_shared_load_with_lives_of_three_stages() {
    let text = settled(
        "60 h",
        "[kinds.unit]\nfail = { erlang = { stages = 3, mean = \"100 h\" } }\nrepair = { mean = \"10 h\" }\n\
         [groups.g]\nkind = \"unit\"\nunits = 2\nrequired = 1\nstandby = \"active\"\nload = { exponent = 1.5 }\n\
         [service]\nup = \"g\"\n",
    );
    check_against_exact("shared load", &text, 1_000_000);
}

/// Renewal theory: whatever the laws, the unavailability is MTTR / (MTTF + MTTR), and as many outages begin in
/// a stretch of the long run as its length over MTTF + MTTR (Cox 1962).
#[test]
fn units_are_met_at_any_age() {
    for (fail, repair, horizon, trials) in [
        (
            "{ weibull = { shape = 3, mean = \"1000 h\" } }",
            "{ mean = \"4 h\" }",
            300.0,
            800_000,
        ),
        (
            "{ weibull = { shape = 3, mean = \"1000 h\" } }",
            "{ lognormal = { mean = \"50 h\", sigma = 1 } }",
            300.0,
            800_000,
        ),
        (
            "{ lognormal = { mean = \"1000 h\", cv = 0.5 } }",
            "{ lognormal = { mean = \"8 h\", cv = 1.3 } }",
            300.0,
            800_000,
        ),
        (
            "{ weibull = { shape = 0.6, mean = \"1000 h\" } }",
            "\"5 h\"",
            300.0,
            800_000,
        ),
        (
            "{ uniform = [\"500 h\", \"1500 h\"] }",
            "{ mean = \"5 h\" }",
            300.0,
            800_000,
        ),
    ] {
        let text = settled(
            &format!("{horizon} h"),
            &format!(
                "[components.unit]\nfail = {fail}\nrepair = {repair}\n[service]\nup = \"unit\"\n"
            ),
        );
        let system = scenario(&text, &[]).system;
        let mean = |text: &str| {
            let digits = text.split("mean = \"").nth(1).or(text.split('"').nth(1));
            let digits = digits.unwrap().split(' ').next().unwrap();
            digits.parse::<f64>().unwrap()
        };
        let (mttf, mttr) = (1000.0, mean(repair));
        let tally = tally(&system, trials);
        let share = mttr / (mttf + mttr);
        let service = &tally.services[0];
        let what = format!("{fail} / {repair}");
        check_moments(&what, &service.down, HOUR, share * horizon);
        // What is down at the beginning counts too.
        let outages = horizon / (mttf + mttr) + share;
        check_moments(&format!("{what}, outages"), &service.outages, 1.0, outages);
    }
}

/// Missions of a third of a mean life that begin with everything new hardly see a failure of what wears out.
#[test]
fn a_new_start_tells_nothing_of_the_long_run() {
    let text = "[run]\nhorizon = \"300 h\"\n[components.unit]\nfail = { weibull = { shape = 3, mean = \"1000 h\" } }\n\
                repair = { mean = \"4 h\" }\n[service]\nup = \"unit\"\n";
    let truth = 4.0 / 1004.0 * 300.0;
    let mean = |changes: &[&str]| {
        let system = scenario(text, changes).system;
        tally(&system, 400_000).services[0].down.mean() / HOUR
    };
    let (new, settled) = (
        mean(&[]) / truth - 1.0,
        mean(&["run.start=settled"]) / truth - 1.0,
    );
    println!(
        "new: {:+.1} %, settled: {:+.1} %",
        100.0 * new,
        100.0 * settled
    );
    assert!(new < -0.9 && settled.abs() < 0.02);
}

/// The mission begins at the beginning of a week, whatever is lived before: a crew that works from noon to
/// midnight has not begun.
#[test]
fn the_week_of_a_mission_begins_with_it() {
    let text = settled(
        "12 h",
        "[crews.people]\nsize = 1\nhours = { every = \"1 d\", from = \"12 h\", until = \"24 h\" }\n\
         [components.unit]\nfail = { mean = \"90 h\" }\nrepair = \"1 h\"\ncrew = \"people\"\n[service]\nup = \"unit\"\n",
    );
    let system = scenario(&text, &[]).system;
    let tally = tally(&system, 2_000_000);
    // Who is down at midnight, as an hour before and after, waits until noon, as does who fails meanwhile.
    let (rate, rest) = (1.0 / 90.0_f64, 1.0 / 91.0);
    let mut down = 0.0;
    let steps = 12_000;
    for step in 0..steps {
        let hour = 12.0 * (step as f64 + 0.5) / f64::from(steps);
        down += (1.0 - (1.0 - rest) * (-rate * hour).exp()) * 12.0 / f64::from(steps);
    }
    check_moments("morning", &tally.services[0].down, HOUR, down);
}

#[test]
fn what_has_no_long_run_is_refused() {
    let refused = |text: &str| -> String {
        let system: System = scenario(text, &[]).system;
        match exact::solve(&system, &Effort::QUICK, None) {
            Err(NoExact::NoLongRun) => NoExact::NoLongRun.to_string(),
            other => panic!("{other:?}"),
        }
    };
    // A machine that may end in a circle without the first state.
    let text = settled(
        "1 y",
        "[kinds.a.states.good]\nexits = [{ to = \"bad\", after = { mean = \"100 h\" } }]\n\
         [kinds.a.states.bad]\ngives = \"down\"\nexits = [{ to = \"worse\", after = { mean = \"1 h\" } }]\n\
         [kinds.a.states.worse]\ngives = \"down\"\nexits = [{ to = \"bad\", after = { mean = \"1 h\" } }]\n\
         [components.unit]\nkind = \"a\"\n[service]\nup = \"unit\"\n",
    );
    assert!(refused(&text).contains("never leaves"));
}

/// Rare missions in the long run against the exact steady states of chains and against the binomial law of
/// independent units, whatever theirs are.
#[test]
fn rare_outages_of_the_long_run_are_exact() {
    let pool = |n: usize, k: usize, crews: usize, fail: &str, repair: &str| {
        settled(
            "8760 h",
            &format!(
                "[crews.people]\nsize = {crews}\n[kinds.server]\nfail = {fail}\nrepair = {repair}\ncrew = \"people\"\n\
                 [groups.servers]\nkind = \"server\"\nunits = {n}\nrequired = {k}\nstandby = \"active\"\n\
                 [service]\nup = \"servers\"\n"
            ),
        )
    };
    let ageing = "{ weibull = { shape = 3, mean = \"20000 h\" } }";
    let spread = "{ lognormal = { mean = \"8 h\", sigma = 1 } }";
    let series = |count: usize| {
        let groups: String = (0..count)
            .map(|at| {
                format!(
                    "[groups.g{at}]\nkind = \"unit\"\nunits = 3\nrequired = 2\nstandby = \"active\"\n"
                )
            })
            .collect();
        let names: Vec<String> = (0..count).map(|at| format!("g{at}")).collect();
        settled(
            "8760 h",
            &format!(
                "[kinds.unit]\nfail = {ageing}\nrepair = {spread}\n{groups}[service]\nup = \"{}\"\n",
                names.join(" and ")
            ),
        )
    };
    let cases = [
        (
            "M2",
            pool(20, 16, 2, "{ mean = \"20000 h\" }", "{ mean = \"24 h\" }"),
            2.85048e-10,
            6_000,
        ),
        (
            "Weibull 3, 2 of 3",
            pool(3, 2, 3, ageing, spread),
            4.7949e-7,
            20_000,
        ),
        (
            "Weibull 3, 3 of 5",
            pool(5, 3, 5, ageing, spread),
            6.3885e-10,
            20_000,
        ),
        ("four in series", series(4), 4.0 * 4.7949e-7, 10_000),
    ];
    for (what, text, unavailability, trials) in cases {
        let system = scenario(&text, &[]).system;
        let simulator = RareSimulator::new(&system, system.mission, 42, Mixture::USUAL);
        let tally = simulator.run(0, trials);
        let service = &tally.services.as_slice()[0];
        let truth = unavailability * 8760.0;
        let (mean, error) = (service.down.mean(), service.down.standard_error());
        check_mean(what, mean / HOUR, error / HOUR, truth, 0.02);
        let weights = &service.weights;
        let z = (weights.mean() - 1.0) / weights.standard_error();
        assert!(z.abs() < 4.0, "{what}: mean weight {}", weights.mean());
        // Where the chain is known, so is how probable an outage is in such a year.
        let exact = exact::solve(&system, &Effort::QUICK, None).ok();
        let any = exact.and_then(|exact| {
            let mission = exact.services.as_slice()[0].mission.clone()?;
            mission.any_outage
        });
        if let Some(any) = any {
            let (mean, error) = (service.any.mean(), service.any.standard_error());
            check_mean(&format!("{what}, any outage"), mean, error, any, 0.02);
        }
    }
}

/// It remembers for days which of two unlike members serves, as most failures are over before anybody has
/// noticed them, though nothing in it lasts for half a day: the automatic warm-up is two and a half days.
const REMEMBERS: &str = r#"[components.a]
fail = { mean = "300 min" }
repair = { mean = "2 min" }
repair_starts = "failure"
[components.b]
fail = { mean = "300 min" }
repair = { mean = "20 min" }
repair_starts = "failure"
[groups.g]
members = ["b", "a"]
active = 1
required = 1
detect = { mean = "500 min" }
standby = "cold"
[service]
up = "g"
"#;

fn warm_up(system: &System) -> WarmUp {
    match system.start {
        MissionStart::Settled { warm_up } => warm_up,
        MissionStart::New => panic!("it is settled"),
    }
}

fn drift(system: &System, trials: u64, seed: u64) -> Option<Drift> {
    let behaviour = Behaviour::of(system);
    let simulator = Simulator::new(&behaviour, system.mission, seed);
    let settings = Settings {
        goal: Goal::Trials(trials),
        first_trial: 0,
        record_count: 0,
        keeps_values: false,
        level: Level::USUAL,
    };
    let trials = trials::run(system, &simulator, &settings, &mut |_| None);
    Estimates::of(system, &trials, Level::USUAL).drift
}

#[test]
fn missions_that_have_not_settled_say_so() {
    let of = |horizon, rest: &str| {
        scenario(&settled(horizon, &format!("{rest}{REMEMBERS}")), &[]).system
    };
    let short = of("5 d", "warm_up = \"3 d\"\n");
    let long = of("5 d", "warm_up = \"60 d\"\n");
    for seed in 0..3 {
        let found = drift(&short, 20_000, seed).expect("a drift");
        println!("{found:?}");
        assert!(found.is_downtime && found.excess > 0.03 && found.distance > 4.0);
        assert_eq!(drift(&long, 20_000, seed), None);
    }
    // Few single days cannot tell, but pilots of eight warm-ups can.
    let day = of("1 d", "warm_up = \"3 d\"\n");
    assert_eq!(drift(&day, 1_000, 0), None);
    let found = trials::drift_of_pilot(&day, 0).expect("a drift");
    println!("{found:?}");
    assert!(found.is_downtime && found.excess > 0.1 && found.stretch_s > 2.0 * 86_400.0);
}

/// Whatever the threads, pilots come to the same warm-up, and with it the figures are right.
#[test]
fn pilots_find_a_warm_up_that_settles() {
    let mut system = scenario(&settled("5 d", REMEMBERS), &[]).system;
    let pools = [1, 3].map(|threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        pool.build().unwrap()
    });
    let found = pools.map(|pool| {
        let mut system = system.clone();
        pool.install(|| trials::find_warm_up(&mut system, 42));
        warm_up(&system)
    });
    assert_eq!(found[0], found[1]);
    let WarmUp::Found(found) = found[0] else {
        panic!("{found:?}");
    };
    println!("{} d", found.as_secs() / 86_400.0);
    assert!(found.as_secs() > 15.0 * 86_400.0 && found.as_secs() < 100.0 * 86_400.0);
    let truth = exact::solve(&system, &Effort::QUICK, None).unwrap();
    let truth = truth.services.as_slice()[0].long_run.unavailability * 120.0;
    let z = |system: &System| {
        let down = &tally(system, 20_000).services[0].down;
        (down.mean() / HOUR - truth) / (down.standard_error() / HOUR)
    };
    let automatic = z(&system);
    trials::find_warm_up(&mut system, 42);
    let found = z(&system);
    println!("automatic: z = {automatic:+.1}, found: z = {found:+.1}");
    assert!(automatic > 10.0 && found.abs() < 4.0);
}

/// What has settled is left as it is, and what is chance is not taken for a drift more often than is said.
#[test]
fn settled_missions_do_not_drift() {
    let pair = "[crews.people]\nsize = 1\n[kinds.unit]\nfail = { mean = \"100 h\" }\nrepair = { mean = \"10 h\" }\n\
                crew = \"people\"\n[groups.g]\nkind = \"unit\"\nunits = 2\nrequired = 1\nstandby = \"active\"\n\
                [service]\nup = \"g\"\n";
    let cold = "[kinds.unit]\nfail = { erlang = { stages = 4, mean = \"100 h\" } }\nrepair = { mean = \"20 h\" }\n\
                [groups.g]\nkind = \"unit\"\nunits = 2\nactive = 1\nrequired = 1\nstandby = \"cold\"\n\
                [service]\nup = \"g\"\n";
    // Twelve hours of each day are busy and seven are worked, from Monday to Friday: only whole weeks are alike.
    let weeks = "[crews.people]\nsize = 1\nhours = { every = \"7 d\", from = \"9 h\", until = \"112 h\" }\n\
                 [components.unit]\nfail = { mean = \"90 h\" }\nrepair = \"5 h\"\ncrew = \"people\"\n\
                 [service]\nup = \"unit\"\n";
    for (what, horizon, text) in [
        ("pair", "500 h", pair),
        ("cold", "500 h", cold),
        ("weeks", "40 d", weeks),
    ] {
        let mut system = scenario(&settled(horizon, text), &[]).system;
        trials::find_warm_up(&mut system, 42);
        assert_eq!(warm_up(&system), WarmUp::Automatic, "{what}");
        assert_eq!(estimates(&system, 100_000).drift, None, "{what}");
    }
    let unit = "[components.unit]\nfail = { weibull = { shape = 2, mean = \"1000 h\" } }\n\
                repair = { lognormal = { mean = \"8 h\", cv = 1.3 } }\n[service]\nup = \"unit\"\n";
    let system = scenario(&settled("500 h", unit), &[]).system;
    let runs = 1_000;
    let alarms = (0..runs)
        .filter(|&seed| drift(&system, 150, seed).is_some())
        .count();
    println!("{alarms} of {runs} runs");
    // More than 5 where 1 is expected come once in 1,700.
    assert!(alarms <= 5);
}
