//! Outages too rare to wait for, against exact values, against plain trials, and against planted
//! faults.

use failsim::behaviour::Behaviour;
use failsim::engine::Simulator;
use failsim::exact::{self, Effort};
use failsim::model::CostItem;
use failsim::rare::{self, Mixture, RareServiceTally, RareSimulator, RareTally};
use failsim::scenario::Scenario;
use failsim::stats::{Level, RealMoments, WhyStopped};
use failsim::trials::{Goal, ServiceTally, Settings};

use crate::support::{check_mean, scenario, scenario_file, tally};

/// What `trials` rare trials of a scenario add up to.
fn rare(scenario: &Scenario, trials: u64) -> RareTally {
    let system = &scenario.system;
    RareSimulator::new(system, system.mission, 42, Mixture::USUAL).run(0, trials)
}

/// `n` servers of which `k` are needed.
fn pool(horizon: &str, n: usize, k: usize, fail: &str, repair: &str, crews: usize) -> Scenario {
    scenario(
        &format!(
            "[run]\nhorizon = \"{horizon}\"\n[crews.people]\nsize = {crews}\n[kinds.server]\nfail = {fail}\nrepair = {repair}\ncrew = \"people\"\n[groups.servers]\nkind = \"server\"\nunits = {n}\nrequired = {k}\nstandby = \"active\"\n[service]\nup = \"servers\"\n"
        ),
        &[],
    )
}

/// Asserts that a weighted mean is exact within four standard errors, the weights' mean too.
fn check(what: &str, service: &RareServiceTally, moments: &RealMoments, unit: f64, truth: f64) {
    let error = moments.standard_error();
    check_mean(what, moments.mean() / unit, error / unit, truth, 0.03);
    let weights = &service.weights;
    let deviation = (weights.mean() - 1.0) / weights.standard_error();
    assert!(
        deviation.abs() < 4.0,
        "{what}: mean weight {}",
        weights.mean()
    );
}

const HOUR: f64 = 3.6e12;

/// Uniformisation of the birth-death chain, to more digits than are needed.
#[test]
fn rare_outages_of_a_pool_with_two_crews_are_exact() {
    for (mttf, chance, hours) in [
        ("20000 h", 2.02838e-7, 2.47641e-6),
        ("100000 h", 6.66779e-11, 8.02003e-10),
    ] {
        let fail = format!("{{ mean = \"{mttf}\" }}");
        let pool = pool("8760 h", 20, 16, &fail, "{ mean = \"24 h\" }", 2);
        let tally = rare(&pool, 6_000);
        let service = &tally.services.as_slice()[0];
        check(mttf, service, &service.any, 1.0, chance);
        check(mttf, service, &service.down, HOUR, hours);
    }
}

/// Renewal equations solved by quadrature: ageing servers with heavy-tailed repairs.
#[test]
fn rare_outages_of_ageing_servers_are_exact() {
    let repair = "{ lognormal = { mean = \"8 h\", sigma = 1 } }";
    for (shape, n, k, horizon, hours) in [
        (1.5, 3, 2, "8760 h", 1.3605e-3),
        (1.5, 5, 3, "8760 h", 1.1507e-6),
        (3.0, 3, 2, "8760 h", 1.3136e-4),
        (3.0, 5, 3, "8760 h", 4.8882e-8),
        (3.0, 5, 3, "87600 h", 5.0253e-5),
    ] {
        let fail = format!("{{ weibull = {{ shape = {shape}, mean = \"20000 h\" }} }}");
        let trials = if horizon == "8760 h" { 8_000 } else { 1_000 };
        let tally = rare(&pool(horizon, n, k, &fail, repair, n), trials);
        let service = &tally.services.as_slice()[0];
        let what = format!("shape {shape}, {k} of {n}, {horizon}");
        check(&what, service, &service.down, HOUR, hours);
    }
}

/// Every mechanism of the example scenarios means the same to rare trials as to plain ones: mean
/// downtime and outages of all services, |z| < 4.5, which one seed in 3,000 fails by chance.
#[test]
fn rare_and_plain_trials_agree_on_every_scenario() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.file_stem().is_some_and(|stem| stem != "expected"))
        .collect();
    files.sort();
    let mut compared = 0;
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let scenario = crate::support::scenario_file(&text, &[]);
        let plain = tally(&scenario.system, 500);
        // What is down hundreds of times a mission is never quiet, and has nothing that is rare.
        let is_busy = |service: &ServiceTally| service.outages.mean() > 200.0;
        if plain.services.iter().all(is_busy) {
            continue;
        }
        let rare = rare(&scenario, 100);
        for (service, (plain, rare)) in plain.services.iter().zip(rare.services.iter()).enumerate()
        {
            // Few plain trials may have missed an outage of hours that is most of the downtime, and do not
            // show it in their spread. Rare trials know how much plain ones vary.
            let squares = rare.down_squares.mean() / plain.down.count() as f64;
            let mut measures = vec![
                ("down", squares.sqrt(), &plain.down, &rare.down),
                ("outages", 0.0, &plain.outages, &rare.outages),
                ("degraded", 0.0, &plain.degraded, &rare.degraded),
                ("stalled", 0.0, &plain.stalled, &rare.stalled),
            ];
            // Whole missions differ by their first outage as long as a second one is not the rule.
            if rare.bad_episodes.mean() < 0.5 {
                measures.push(("longest", squares.sqrt(), &plain.longest, &rare.longest));
            }
            for (what, unseen, plain, rare) in measures {
                if plain.nonzero() < 20 || rare.nonzero() < 20 {
                    continue;
                }
                let error = plain
                    .standard_error()
                    .max(unseen)
                    .hypot(rare.standard_error());
                let z = (rare.mean() - plain.mean()) / error;
                let name = file.file_stem().unwrap().display();
                println!(
                    "{name} {service} {what}: rare {:.4e}, plain {:.4e}, z = {z:+.2}, relative {:.3} {:.3}",
                    rare.mean(),
                    plain.mean(),
                    rare.standard_error() / rare.mean(),
                    plain.standard_error() / plain.mean(),
                );
                assert!(z.abs() < 4.5, "{name} {service} {what}");
                compared += 1;
            }
        }
    }
    assert!(compared > 30, "{compared} comparisons");
}

#[test]
fn threads_and_shards_do_not_change_a_bit() {
    let fail = "{ weibull = { shape = 2, mean = \"5000 h\" } }";
    let pool = pool(
        "20000 h",
        6,
        3,
        fail,
        "{ lognormal = { mean = \"8 h\", sigma = 1 } }",
        2,
    );
    let run = |threads: usize, shards: &[(u64, u64)]| {
        let threads = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        threads.install(|| {
            let simulator =
                RareSimulator::new(&pool.system, pool.system.mission, 7, Mixture::USUAL);
            let mut all: Option<RareTally> = None;
            for &(from, until) in shards {
                let part = simulator.run(from, until);
                match &mut all {
                    None => all = Some(part),
                    Some(all) => all.merge(&part),
                }
            }
            all.unwrap()
        })
    };
    let one = run(1, &[(0, 100)]);
    assert!(one.services.as_slice()[0].hit_count > 100);
    assert_eq!(one, run(2, &[(0, 100)]));
    assert_eq!(one, run(7, &[(0, 33), (33, 50), (50, 100)]));
    assert_eq!(one, run(2, &[(50, 100), (0, 50)]));
}

/// A pair with detection, takeovers that fail and people who help, and two servers in two zones that
/// fail as a whole, all with one crew: small enough for the exact chain.
const PAIR_AND_ZONES: &str = "[run]
horizon = \"1 y\"
[crews.people]
size = 1
[kinds.node]
fail = { mean = \"20000 h\" }
repair = { mean = \"4 h\" }
crew = \"people\"
[groups.db]
kind = \"node\"
units = 2
active = 1
standby = \"hot\"
detect = { mean = \"10 s\" }
takeover = { promoting = { mean = \"20 s\", succeeds = \"99.9 %\" }, manual = { mean = \"1 h\" } }
[groups.web]
kind = \"node\"
units = 2
required = 1
standby = \"active\"
[causes.zone]
count = 2
every = { mean = \"200000 h\" }
lasts = { mean = \"6 h\" }
hits = [\"web\"]
[services.front]
up = \"web\"
[services.all]
up = \"web and db\"
";

/// Detection, failed takeovers, shared causes and a crew against every state of the chain: |z| < 4.
#[test]
fn rare_mechanisms_are_exact() {
    let scenario = scenario(PAIR_AND_ZONES, &[]);
    let system = &scenario.system;
    // In the long run: the chain is stiff, and a year is long enough to forget how it began.
    let effort = Effort {
        multiplications_max: 0.0,
        ..Effort::FULL
    };
    let exact = exact::solve(system, &effort, None).unwrap();
    let trials = rare::run(system, 1, &settings(20_000), u64::MAX, &mut |_| None);
    for (id, answer) in exact.services.iter_ids() {
        let truth = answer.long_run.unavailability * exact.mission_s * 1e9;
        let service = &trials.tally.services[id];
        let (mean, error) = (service.down.mean(), service.down.standard_error());
        check_mean(&answer.name, mean, error, truth, 0.05);
        let diagnosis = rare::diagnose(&trials, id);
        assert!(diagnosis.is_passed(), "{}: {diagnosis:?}", answer.name);
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

/// A pair of which one fails every three days.
const OFTEN_DOWN: &str = "[run]
horizon = \"1 y\"
[kinds.node]
fail = { mean = \"3 d\" }
repair = { mean = \"4 h\" }
[groups.db]
kind = \"node\"
units = 2
active = 1
standby = \"hot\"
detect = { mean = \"10 s\" }
takeover = { mean = \"20 s\" }
[service]
up = \"db\"
";

/// Rare trials that are asked for where they are of no use end after a while, say why, and are right: |z| < 4.
#[test]
fn rare_trials_of_what_is_not_rare_end() {
    let pair = scenario(OFTEN_DOWN, &[]);
    let system = &pair.system;
    let behaviour = Behaviour::of(system);
    let simulator = Simulator::new(&behaviour, system.mission, 1);
    let settings = settings(1_000_000);
    let choice = rare::choose_rare(system, &simulator, &settings);
    assert!(choice.is_rare);
    let why = "plain ones are the better way, as outages need not be sought: outages in 30 of the first 30 trials";
    assert!(choice.why.ends_with(why), "{}", choice.why);
    let most = choice.events_max / 2;
    let trials = rare::run(system, 1, &settings, most, &mut |_| None);
    assert_eq!(trials.why_stopped, WhyStopped::WorkLimit);
    let events = trials.tally.event_count;
    assert!((most..most + most / 2).contains(&events), "{events} events");
    let exact = exact::solve(system, &Effort::FULL, None).unwrap();
    let exact_service = &exact.services.as_slice()[0];
    let truth = exact_service.mission.as_ref().unwrap().unavailability * exact.mission_s * 1e9;
    let service = &trials.tally.services.as_slice()[0];
    check("often down", service, &service.down, 1.0, truth);
    // A year without an outage has never been seen; its probability is no negative number.
    let estimates = rare::estimates(system, &trials, Level::USUAL);
    let never = estimates.services[0].quantity("never_down", "share");
    let never = never.unwrap().value.as_ref().unwrap();
    assert_eq!((never.estimate, never.low), (0.0, 0.0));
}

/// A system of which a single trial has hundreds of thousands of events is left to plain trials; one that is
/// never down is not.
#[test]
fn rare_trials_that_are_too_long_are_not_begun() {
    let hasty = scenario(
        OFTEN_DOWN,
        &[
            "kinds.node.fail={ mean = \"4 min\" }",
            "kinds.node.repair=1 s",
        ],
    );
    let steady = scenario(OFTEN_DOWN, &["kinds.node.fail={ mean = \"1e6 y\" }"]);
    for (scenario, is_rare, why) in [
        (hasty, false, "events a trial that would take long"),
        (steady, true, "no outage in 2000 plain trials"),
    ] {
        let behaviour = Behaviour::of(&scenario.system);
        let simulator = Simulator::new(&behaviour, scenario.system.mission, 1);
        let choice = rare::choose_rare(&scenario.system, &simulator, &settings(1_000));
        assert_eq!(choice.is_rare, is_rare, "{}", choice.why);
        assert!(choice.why.ends_with(why), "{}", choice.why);
    }
}

/// Splitting has no weights, so it judges the branches: |z| < 4.
#[test]
fn splitting_finds_what_branches_find() {
    let repair = "{ lognormal = { mean = \"24 h\", sigma = 0.5 } }";
    let pool = pool("8760 h", 5, 3, "{ mean = \"5000 h\" }", repair, 2);
    let behaviour = Behaviour::of(&pool.system);
    let branches = rare(&pool, 4_000);
    let branches = &branches.services.as_slice()[0];
    let split = rare::split(&pool.system, &behaviour, 1, &settings(40_000), &mut |_| {
        None
    });
    let diagnosis = rare::diagnose(&split, split.tally.services.ids().next().unwrap());
    assert!(diagnosis.is_passed(), "{diagnosis:?}");
    let split = &split.tally.services.as_slice()[0];
    for (what, branches, split) in [
        ("down", &branches.down, &split.down),
        ("any", &branches.any, &split.any),
    ] {
        let error = split.standard_error().hypot(branches.standard_error());
        check_mean(what, split.mean(), error, branches.mean(), 0.15);
    }
}

/// A machine that is still being set up is down from the start of the mission on, which splitting did not see.
#[test]
fn splitting_sees_what_is_down_from_the_start() {
    let text = "[run]\nhorizon = \"20 h\"\n\
        [components.b]\nfail = { mean = \"100 h\" }\nrepair = { mean = \"5 h\" }\n\
        [components.a.states.bare]\ngives = \"down\"\nexits = [{ after = { mean = \"1 h\" }, to = \"ready\" }]\n\
        [components.a.states.ready]\nexits = [{ after = { mean = \"100 h\" }, to = \"bare\" }]\n\
        [services.one]\nup = \"b\"\n[services.both]\nup = \"a and b\"\n";
    let system = &scenario(text, &[]).system;
    let exact = exact::solve(system, &Effort::FULL, None).unwrap();
    let behaviour = Behaviour::of(system);
    let split = rare::split(system, &behaviour, 1, &settings(20_000), &mut |_| None);
    for (answer, service) in exact.services.iter().zip(split.tally.services.iter()) {
        let mission = answer.mission.as_ref().unwrap();
        let truth = mission.unavailability * exact.mission_s * 1e9;
        let down = &service.down;
        let (mean, error) = (down.mean(), down.standard_error());
        check_mean(&answer.name, mean, error, truth, 0.05);
        if answer.name == "both" {
            assert!((service.any.mean() - 1.0).abs() < 1e-12);
        }
    }
}

/// A test at the very start of a mission is due before anything has been looked at, which branches did not expect.
#[test]
fn branches_begin_with_what_is_due_at_the_start() {
    let text = "[run]\nhorizon = \"100 h\"\n[kinds.k]\nfail = { mean = \"100 h\" }\nrepair = { mean = \"1 h\" }\n\
        test = { every = \"1 h\", first = \"0 s\" }\n\
        [groups.g]\nkind = \"k\"\nunits = 2\nrequired = 1\nstandby = \"active\"\n[service]\nup = \"g\"\n";
    let scenario = scenario(text, &[]);
    let plain = tally(&scenario.system, 40_000).services[0].down.clone();
    let rare = rare(&scenario, 500);
    let down = &rare.services.as_slice()[0].down;
    let error = down.standard_error().hypot(plain.standard_error());
    check_mean("tested at the start", down.mean(), error, plain.mean(), 0.1);
}

/// Most outages of the entrance are takeovers of three seconds, and most of its downtime is one failure
/// during the repair of another, once in a thousand years: branches seek both. Eight million plain
/// trials gave 9.567 s a year, within 0.011 s.
#[test]
fn long_outages_among_many_short_ones_are_sought() {
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("scenarios/lb-pair-vrrp-haproxy-web.toml");
    let scenario = crate::support::scenario_file(&std::fs::read_to_string(file).unwrap(), &[]);
    let tally = rare(&scenario, 1_000);
    let service = &tally.services.as_slice()[0];
    let error = service.down.standard_error().hypot(0.011e9);
    check_mean("entrance", service.down.mean(), error, 9.567e9, 0.05);
    check("entrance", service, &service.outages, 1.0, 1.000_15);
}

/// A case of `src/tests/cases`.
fn case(name: &str, changes: &[&str]) -> Scenario {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tests/cases");
    let text = std::fs::read_to_string(folder.join(format!("{name}.toml"))).unwrap();
    crate::support::scenario_file(&text, changes)
}

/// Of a system told as states nothing says what its transitions lead to; the weights of initiators were
/// a third too large then.
#[test]
fn where_nothing_is_known_weights_are_right() {
    let array = case("raid6-hot-spare", &["run.horizon=8760 h"]);
    let tally = rare(&array, 500);
    let weights = &tally.services.as_slice()[0].weights;
    let deviation = (weights.mean() - 1.0) / weights.standard_error().max(1e-9);
    assert!(deviation.abs() < 4.0, "{}, {deviation:+.1}", weights.mean());
}

/// Pumps that have several places in the structure and share a crew, against the chain.
#[test]
fn rare_outages_of_neighbours_with_one_crew_are_exact() {
    let pipeline = case(
        "pipeline-consecutive-2of8-exp",
        &[
            "run.horizon=87600 h",
            "kinds.pump.fail={ mean = \"20000 h\" }",
        ],
    );
    let effort = Effort {
        multiplications_max: 0.0,
        ..Effort::FULL
    };
    let exact = exact::solve(&pipeline.system, &effort, None).unwrap();
    let truth = exact.services.as_slice()[0].long_run.unavailability * exact.mission_s * 1e9;
    let tally = rare(&pipeline, 400);
    let service = &tally.services.as_slice()[0];
    check("pipeline", service, &service.down, 1.0, truth);
}

/// A generator runs in an emergency alone, so no episode begins with its failure.
#[test]
fn what_runs_in_an_emergency_alone_is_met_within_episodes() {
    let path =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/dc-power-tier.toml");
    let text = std::fs::read_to_string(path).unwrap();
    let power = crate::support::scenario_file(&text, &["ride=1s"]);
    let trials = rare::run(&power.system, 42, &settings(300), u64::MAX, &mut |_| None);
    let uses = &trials.tally.uses;
    let emergency = uses.iter().filter(|uses| uses.open == 0).count();
    assert!(emergency > 0, "{uses:?}");
    let id = power.system.services.ids().next().unwrap();
    let diagnosis = rare::diagnose(&trials, id);
    assert!(
        diagnosis.test("coverage").unwrap().is_passed,
        "{diagnosis:?}"
    );
}

/// Outages that are all alike have no spread, but the end of the mission cuts one in some ten million of them.
#[test]
fn branches_that_are_all_alike_are_not_sure() {
    let server = scenario(
        "[run]
horizon = \"1 y\"
[kinds.server]
fail = { mean = \"100 y\" }
repair = { mean = \"1 s\" }
[components.server]
like = \"server\"
[service]
up = \"server\"
",
        &[],
    );
    let system = &server.system;
    let exact = exact::solve(system, &Effort::FULL, None).unwrap();
    let mission = exact.services.as_slice()[0].mission.as_ref().unwrap();
    let truth = mission.unavailability * 31_557_600.0;
    let trials = rare::run(system, 42, &settings(1_000), u64::MAX, &mut |_| None);
    let estimates = rare::estimates(system, &trials, Level::USUAL);
    let down = estimates.services[0].quantity("downtime", "mean").unwrap();
    let down = down.value.as_ref().unwrap();
    assert!(down.relative_half_width() < 1e-3, "{down:?}");
    assert!(
        (down.low..=down.high).contains(&truth),
        "{down:?} against {truth}"
    );
}

/// A crew is at what has no part in the outage, and what waits for it is mended next and takes long: without
/// seeking such stories a few branches held most of the downtime.
#[test]
fn outages_after_waiting_for_the_only_crew_are_sought() {
    let mut text = "[run]
horizon = \"1 y\"
[crews.people]
size = 1
order = \"priority\"
[kinds.pump]
fail = { mean = \"1000 h\" }
repair = { hyperexponential = { weights = [0.9, 0.1], means = [\"2 h\", \"20 h\"] } }
crew = \"people\"
"
    .to_owned();
    for pump in 1..=10 {
        let priority = 11 - pump;
        text += &format!("[components.pump-{pump}]\nlike = \"pump\"\npriority = {priority}\n");
    }
    let cuts: Vec<String> = (1..=7)
        .map(|at| {
            format!(
                "(pump-{at} or pump-{} or pump-{} or pump-{})",
                at + 1,
                at + 2,
                at + 3
            )
        })
        .collect();
    text += &format!("[service]\nup = \"{}\"\n", cuts.join(" and "));
    let pipeline = scenario(&text, &[]);
    let tally = rare(&pipeline, 300);
    let service = &tally.services.as_slice()[0];
    // The chain of 6,211 states that `failsim exact` solves.
    let truth = 2.560_885_458e-6 * pipeline.system.mission.as_nanos() as f64;
    check("pipeline", service, &service.down, 1.0, truth);
    let effective = service.branch_down.effective_count() / service.hit_count as f64;
    assert!(effective > 0.08, "{effective}");
}

/// Parts that stand in series and are often down at the same time: a pair that is degraded while one
/// serves, ageing disks with a crew, and fronts whose failures are noticed late.
const IN_SERIES: &str = "[run]
horizon = \"1000 h\"
[crews.people]
size = 1
[kinds.node.modes.dead]
fail = { mean = \"200 h\" }
repair = { mean = \"40 h\" }
[kinds.node.modes.slow]
fail = { mean = \"100 h\" }
effect = { degraded = \"50 %\" }
repair = { mean = \"10 h\" }
[kinds.disk]
fail = { weibull = { shape = 2, mean = \"150 h\" } }
repair = { lognormal = { mean = \"20 h\", sigma = 1 } }
crew = \"people\"
[kinds.front]
fail = { mean = \"100 h\" }
repair = { mean = \"10 h\" }
[groups.nodes]
kind = \"node\"
units = 2
required = 1
standby = \"active\"
[groups.spare-nodes]
kind = \"node\"
units = 2
required = 2
standby = \"active\"
[groups.disks]
kind = \"disk\"
units = 3
required = 2
standby = \"active\"
[groups.fronts]
kind = \"front\"
units = 3
required = 2
standby = \"active\"
detect = { mean = \"5 h\" }
[services.all]
up = \"nodes and disks and fronts\"
[services.some]
up = \"disks and (nodes or spare-nodes)\"
";

/// Parts live for themselves, and what they do to a service together is what plain trials of the whole
/// find: all that is measured, |z| < 4.
#[test]
fn parts_in_series_are_down_together_as_often_as_they_are() {
    let scenario = scenario(IN_SERIES, &[]);
    let plain = tally(&scenario.system, 20_000);
    let rare = rare(&scenario, 4_000);
    for (service, (plain, rare)) in plain.services.iter().zip(rare.services.iter()).enumerate() {
        for (what, plain, rare) in [
            ("down", &plain.down, &rare.down),
            ("degraded", &plain.degraded, &rare.degraded),
            ("unserved", &plain.unserved, &rare.unserved),
            ("outages", &plain.outages, &rare.outages),
        ] {
            let error = rare.standard_error().hypot(plain.standard_error());
            check_mean(what, rare.mean(), error, plain.mean(), 0.1);
        }
        // Every group is a part of its own there, so whose downtime it is is told in the same way.
        let causes = rare.contributions.iter().filter(|_| service == 0);
        for (cause, moments) in causes {
            let mut moments = moments.clone();
            moments.record_zeros(rare.down.count() - moments.count());
            let plain_moments = &plain.contributions[cause];
            let share = plain_moments.count() as f64 / plain.down.count() as f64;
            let error = moments.standard_error();
            let error = error.hypot(plain_moments.standard_error());
            let truth = share * plain_moments.mean();
            check_mean(&format!("{cause:?}"), moments.mean(), error, truth, 0.1);
        }
        let weights = &rare.weights;
        let z = (weights.mean() - 1.0) / weights.standard_error();
        assert!(z.abs() < 4.0, "mean weight {}", weights.mean());
    }
}

/// Parts whose writes stall, that lose data and that lose requests, often several at the same time.
const DATA_IN_SERIES: &str = "[run]
horizon = \"1000 h\"
[kinds.node]
fail = { mean = \"200 h\" }
repair = { mean = \"30 h\" }
[kinds.front.modes.dead]
fail = { mean = \"60 h\" }
repair = { mean = \"10 h\" }
[kinds.front.modes.slow]
fail = { mean = \"200 h\" }
effect = { degraded = \"50 %\" }
repair = { mean = \"20 h\" }
[groups.orders]
kind = \"node\"
units = 2
active = 1
required = 1
standby = \"hot\"
detect = { constant = \"1 h\" }
takeover = \"2 h\"
replication = { mode = \"synchronous\" }
[groups.users]
kind = \"node\"
units = 3
active = 1
required = 1
standby = \"hot\"
takeover = \"1 h\"
replication = { mode = \"synchronous\", acknowledged_by = 2 }
[groups.events]
kind = \"node\"
units = 2
active = 1
required = 1
standby = \"hot\"
detect = { constant = \"1 h\" }
takeover = \"1 h\"
replication = { mode = \"asynchronous\", lag = { mean = \"4 s\" } }
[groups.fronts]
kind = \"front\"
units = 4
required = 2
standby = \"active\"
detect = { mean = \"5 h\" }
[services.all]
up = \"orders and users and events and fronts\"
[services.some]
up = \"orders and fronts\"
";

/// The main paths of parts are together plain trials of the whole, and branches find the same, where parts
/// stall, lose data and lose requests at the same time: |z| < 4.
#[test]
fn data_of_parts_in_series_is_that_of_the_whole() {
    let scenario = scenario(DATA_IN_SERIES, &[]);
    let plain = tally(&scenario.system, 40_000);
    let rare = rare(&scenario, 6_000);
    let services = rare.services.iter().zip(&rare.plain.services);
    for (plain, (branches, mains)) in plain.services.iter().zip(services) {
        for (what, truth, main, branch) in [
            ("down", &plain.down, &mains.down, Some(&branches.down)),
            (
                "degraded",
                &plain.degraded,
                &mains.degraded,
                Some(&branches.degraded),
            ),
            (
                "stalled",
                &plain.stalled,
                &mains.stalled,
                Some(&branches.stalled),
            ),
            (
                "data lost",
                &plain.data_lost,
                &mains.data_lost,
                Some(&branches.data_lost),
            ),
            ("lost", &plain.lost, &mains.lost, Some(&branches.lost)),
            (
                "outages",
                &plain.outages,
                &mains.outages,
                Some(&branches.outages),
            ),
            ("longest", &plain.longest, &mains.longest, None),
        ] {
            assert!(truth.mean() > 0.0, "{what}");
            let error = main.standard_error().hypot(truth.standard_error());
            let paths = format!("{what} of main paths");
            check_mean(&paths, main.mean(), error, truth.mean(), 0.1);
            if let Some(branch) = branch {
                let error = branch.standard_error().hypot(truth.standard_error());
                check_mean(what, branch.mean(), error, truth.mean(), 0.1);
            }
        }
        for (cause, truth) in &plain.lost_by {
            let main = &mains.lost_by[cause];
            let (share, truth_share) = (
                main.count() as f64 / mains.lost.count() as f64,
                truth.count() as f64 / plain.lost.count() as f64,
            );
            let error = main.standard_error().hypot(truth.standard_error());
            let (mean, truth) = (share * main.mean(), truth_share * truth.mean());
            check_mean(&format!("{cause:?}"), mean, error, truth, 0.1);
        }
    }
}

/// A service of five hundred pairs is as easy as one of them, with what it costs.
#[test]
fn many_pairs_in_series_are_exact() {
    let mut text = "[run]\nhorizon = \"8760 h\"\n[kinds.node]\nfail = { mean = \"100000 h\" }\nrepair = { mean = \"10 h\" }\ncost = { repair = \"30 EUR\" }\n".to_owned();
    let names: Vec<String> = (0..500).map(|pair| format!("pair-{pair}")).collect();
    for name in &names {
        text += &format!(
            "[groups.{name}]\nkind = \"node\"\nunits = 2\nrequired = 1\nstandby = \"active\"\n"
        );
    }
    text += &format!(
        "[service]\nup = \"all({})\"\ncost = {{ outage = \"1000 EUR\" }}\n",
        names.join(", ")
    );
    let scenario = scenario(&text, &[]);
    let exact = exact::solve(&scenario.system, &Effort::FULL, None).unwrap();
    let truth = &exact.services.as_slice()[0];
    let tally = rare(&scenario, 100);
    let service = &tally.services.as_slice()[0];
    let (down, any) = (&service.down, &service.any);
    let mission = exact.mission_s * 1e9;
    let of_mission = truth.mission.as_ref().unwrap();
    check("down", service, down, mission, of_mission.unavailability);
    check("any", service, any, 1.0, of_mission.any_outage.unwrap());
    // Repairs that have ended, of a unit that is up at first.
    let (fail, repair) = (1e-5, 0.1);
    let both: f64 = fail + repair;
    let missing = (1.0 - libm::exp(-both * 8760.0)) / both;
    let repairs = 1000.0 * fail * repair / both * (8760.0 - missing);
    let [(CostItem::Repairs, spent), (CostItem::Outages(_), lost)] = &tally.costs[..] else {
        panic!("{:?}", tally.costs);
    };
    let truth = 30.0 * repairs;
    check_mean("repairs", spent.mean(), spent.standard_error(), truth, 0.03);
    let truth = 1000.0 * of_mission.outages.unwrap();
    check("outages", service, lost, 1.0, truth);
}

/// Faults that nobody mends end with the next inspection, so a second one must come before it. Inspections, which
/// stop nothing, are many more than failures, and had nearly all the branches.
#[test]
fn outages_between_inspections_are_exact() {
    let text = include_str!("cases/railway-cabinets-inspection.toml");
    let cabinets = scenario_file(text, &["run.horizon=1 h"]);
    let exact = exact::solve(&cabinets.system, &Effort::FULL, None).unwrap();
    let truth = exact.services.as_slice()[0].mission.as_ref().unwrap();
    let tally = rare(&cabinets, 3_000);
    let service = &tally.services.as_slice()[0];
    let any = truth.any_outage.unwrap();
    check("any", service, &service.any, 1.0, any);
    assert!(service.hit_count * 2 > service.weights.count());
}

/// Writes to a pair stall for four hours after each failure, also after one that began with an outage; what
/// followed on an outage was not counted as degraded.
#[test]
fn time_degraded_after_an_outage_counts() {
    let pair = scenario(
        "[run]\nhorizon = \"1 y\"\n[kinds.node]\nfail = { mean = \"5000 h\" }\nrepair = { mean = \"4 h\" }\n[groups.db]\nkind = \"node\"\nunits = 2\nactive = 1\nrequired = 1\nstandby = \"hot\"\ndetect = { constant = \"10 s\" }\ntakeover = \"5 s\"\nreplication = { mode = \"synchronous\" }\n[service]\nup = \"db\"\n",
        &[],
    );
    let tally = rare(&pair, 3_000);
    let service = &tally.services.as_slice()[0];
    // Nearly all of the year one of two fails or is mended; both at once, and the takeovers, are next to nothing.
    let truth = 2.0 * 8_766.0 / 5_004.0 * 4.0 * HOUR;
    let error = service.degraded.standard_error().hypot(2e-3 * truth);
    check_mean("degraded", service.degraded.mean(), error, truth, 0.03);
    check_mean("stalled", service.stalled.mean(), error, truth, 0.03);
}

/// A pair with a spare that takes over, with something that takes no time.
fn pair(changes: &[&str]) -> Scenario {
    scenario(
        "[run]
horizon = \"1 y\"
[kinds.s]
fail = { mean = \"20000 h\" }
repair = { mean = \"4 h\" }
[groups.g]
kind = \"s\"
units = 2
active = 1
standby = \"hot\"
[service]
up = \"g\"
",
        changes,
    )
}

/// Down times in hours a year: those of the chain with nothing else, `exact` to ten digits. Without an end in
/// branches, such a step kept a unit away for the rest of the mission.
#[test]
fn steps_that_take_no_time_end_in_branches() {
    let ageing = "kinds.s.fail={ weibull = { shape = 1.5, mean = \"20000 h\" } }";
    let whole = 3.995664271e-8;
    for (what, changes, truth) in [
        ("rejoin", vec!["groups.g.rejoin=\"0 s\""], whole),
        (
            "stage",
            vec!["kinds.s.repair=[{ takes = \"0 s\" }, { takes = { mean = \"4 h\" } }]"],
            whole,
        ),
        (
            "disruption",
            vec![
                "kinds.s.modes={ crash = { share = 0.5, repair = { mean = \"4 h\" } }, blip = { lasts = \"0 s\" } }",
            ],
            9.991157726e-9,
        ),
        // As with a rejoining of a nanosecond.
        ("ageing", vec![ageing, "groups.g.rejoin=\"0 s\""], 1.3000e-8),
    ] {
        let pair = pair(&changes);
        let tally = rare(&pair, 4_000);
        let service = &tally.services.as_slice()[0];
        let mission = pair.system.mission.as_nanos() as f64;
        check(what, service, &service.down, mission, truth);
    }
}

/// Two of three that are tested every 720 h, and mended at once by that: the mean of 3 p^2 - 2 p^3 with
/// p = 1 - exp(-7e-7 t), t being the time since the last test.
#[test]
fn what_a_test_mends_at_once_is_mended_in_branches() {
    let tested = scenario(
        "[run]
horizon = \"8640 h\"
[kinds.s]
fail = { rate = \"7e-7 /h\" }
repair = { constant = \"0 s\" }
notice = \"test\"
test = { every = \"720 h\" }
[components.psh]
kind = \"s\"
count = 3
required = 2
[service]
up = \"psh\"
",
        &[],
    );
    let tally = rare(&tested, 4_000);
    let service = &tally.services.as_slice()[0];
    let steps = 100_000;
    let at = |step: u32| {
        let p = -libm::expm1(-7e-7 * 720.0 * (f64::from(step) + 0.5) / f64::from(steps));
        3.0 * p * p - 2.0 * p * p * p
    };
    let truth = (0..steps).map(at).sum::<f64>() / f64::from(steps);
    check("tested", service, &service.down, 8640.0 * HOUR, truth);
    assert_eq!(service.contributions.len(), 1, "no time is under repair");
}

/// Batches of a deployment follow each other at once: an outage that begins in the instant in which the last one ends
/// is the same.
#[test]
fn batches_that_follow_at_once_are_one_outage() {
    let text = "[run]
horizon = \"60 d\"
[kinds.k]
fail = { mean = \"100000 h\" }
repair = { mean = \"24 h\" }
[groups.g]
kind = \"k\"
units = 3
standby = \"active\"
required = 2
[changes.deploy]
on = [\"g\"]
every = { mean = \"2000 h\" }
takes = { mean = \"1 h\" }
[service]
up = \"g\"
";
    let batches = scenario(text, &[]);
    let system = &batches.system;
    let exact = exact::solve(system, &Effort::FULL, None).unwrap();
    let truth = exact.services.as_slice()[0].mission.as_ref().unwrap();
    let truth = truth.outages.unwrap();
    let tally = rare(&batches, 60_000);
    let service = &tally.services.as_slice()[0];
    let outages = &service.outages;
    let (mean, error) = (outages.mean(), outages.standard_error());
    check_mean("outages of rare trials", mean, error, truth, 0.06);
    let behaviour = Behaviour::of(system);
    let split = rare::split(system, &behaviour, 1, &settings(100_000), &mut |_| None);
    let outages = &split.tally.services.as_slice()[0].outages;
    check_mean(
        "outages of splitting",
        outages.mean(),
        outages.standard_error(),
        truth,
        0.2,
    );
}

/// Planned work on one part begins in the instant in which that on another part, or on the same, ends.
#[test]
fn planned_work_that_follows_at_once_is_one_outage() {
    for second in ["db", "web"] {
        let planned = scenario(
            &format!(
                "[run]
horizon = \"364 d\"
[components.db]
fail = {{ mean = \"1000 d\" }}
repair = {{ mean = \"4 h\" }}
[components.web]
fail = {{ mean = \"1000 d\" }}
repair = {{ mean = \"4 h\" }}
[changes.first]
on = [\"db\"]
calendar = {{ every = \"28 d\", at = \"Sun 2:00\", lasts = \"2 h\" }}
takes = \"2 h\"
[changes.second]
on = [\"{second}\"]
calendar = {{ every = \"28 d\", at = \"Sun 4:00\", lasts = \"2 h\" }}
takes = \"15 min\"
[service]
up = \"db and web\"
"
            ),
            &[],
        );
        let plain = tally(&planned.system, 10_000);
        let plain = plain.services[0].outages.clone();
        let tally = rare(&planned, 2_000);
        let outages = &tally.services.as_slice()[0].outages;
        let error = outages.standard_error().hypot(plain.standard_error());
        check_mean(second, outages.mean(), error, plain.mean(), 0.01);
    }
}

/// A unit that lives ten hours fails first after ten hours, also where rare trials are asked for although it fails
/// a hundred times a mission. They told of a negative time.
#[test]
fn what_fails_often_fails_first_when_it_does() {
    let often = scenario(
        "[run]\nhorizon = \"1000 h\"\n[components.a]\nfail = { mean = \"10 h\" }\nrepair = { mean = \"1 h\" }\n\
         [service]\nup = \"a\"\n",
        &[],
    );
    let settings = Settings {
        goal: Goal::Trials(200),
        first_trial: 0,
        record_count: 0,
        keeps_values: false,
        level: Level::USUAL,
    };
    let trials = rare::run(&often.system, 42, &settings, u64::MAX, &mut |_| None);
    let said = rare::estimates(&often.system, &trials, Level::USUAL);
    let first = said.services[0].quantity("time_to_first_outage", "mean");
    let hours = first.unwrap().value.unwrap().estimate / 3600.0;
    assert!((hours / 10.0 - 1.0).abs() < 0.3, "{hours} h");
}
