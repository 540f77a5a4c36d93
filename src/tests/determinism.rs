//! Same seed, same bytes: whatever the threads, the split and the order, and where a part of the
//! system is not touched by a change, its fate is not either.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use failsim::base::Instant;
use failsim::behaviour::{Behaviour, Note, State};
use failsim::engine::{Observer, Outcome, Simulator};
use failsim::model::System;
use failsim::stats::Level;
use failsim::trials::{self, Goal, Settings, Tally};

use super::support::scenario;

/// A little of everything: laws that age, branches, crews, a fleet and a failover.
const SYSTEM: &str = r#"
[run]
horizon = "2 y"
[targets]
availability = ">= 99.9 %"
[crews.people]
size = 1
[kinds.server]
fail = { weibull = { shape = 1.5, mean = "900 h" } }
repair = { lognormal = { median = "4 h", p95 = "12 h" } }
crew = "people"
[kinds.server.modes.crash]
share = "80 %"
[kinds.server.modes.hang]
notice = { after = { mean = "20 min" } }
[groups.web]
kind = "server"
units = 4
required = 3
standby = "active"
detect = { interval = "5 s", misses = 2 }
[groups.db]
kind = "server"
units = 2
standby = "cold"
detect = { interval = "1 s", misses = 3, loss = "1 %" }
rejoin = "30 min"
failback = { mode = "stable", after = "1 d", takes = "20 s" }
[groups.db.takeover]
fencing = "5 s"
promoting = { gamma = { mean = "20 s", cv = 0.5 }, succeeds = "90 %" }
manual = { mean = "1 h" }
[service]
up = "web and db"
"#;

/// All files in a folder and below, with their content.
fn files(folder: &Path, into: &mut BTreeMap<String, Vec<u8>>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, into);
        } else {
            into.insert(path.display().to_string(), fs::read(&path).unwrap());
        }
    }
}

#[test]
fn all_result_files_are_the_same_for_any_number_of_threads() {
    let mut all = Vec::new();
    for threads in ["1", "2", "7"] {
        let folder = tempfile::tempdir().unwrap();
        fs::write(
            folder.path().join("small.toml"),
            format!("format = 1\n{SYSTEM}"),
        )
        .unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_failsim"))
            .args([
                "run",
                "small.toml",
                "--trials",
                "700",
                "--trials-csv",
                "all",
            ])
            .env("FAILSIM_THREADS", threads)
            .current_dir(folder.path())
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(matches!(output.status.code(), Some(0 | 1 | 3)), "{told}");
        let mut found = BTreeMap::new();
        files(&folder.path().join("results"), &mut found);
        let found: BTreeMap<String, Vec<u8>> = found
            .into_iter()
            .map(|(name, bytes)| {
                let name = Path::new(&name).strip_prefix(folder.path()).unwrap();
                (name.display().to_string(), bytes)
            })
            .collect();
        for ending in [".csv", ".json", ".xml", ".svg", ".png"] {
            assert!(
                found.keys().any(|name| name.ends_with(ending)),
                "no {ending} in {:?}",
                found.keys()
            );
        }
        assert!(!told.contains("panicked"), "{told}");
        all.push((threads, found));
    }
    let (_, first) = &all[0];
    println!(
        "{} files, {} bytes",
        first.len(),
        first.values().map(Vec::len).sum::<usize>()
    );
    for (threads, found) in &all[1..] {
        assert_eq!(
            first.keys().collect::<Vec<_>>(),
            found.keys().collect::<Vec<_>>()
        );
        for (name, bytes) in first {
            assert!(
                *bytes == found[name],
                "{name} differs with {threads} threads"
            );
        }
    }
}

fn tally_of(system: &System, simulator: &Simulator<'_>, first: u64, count: u64) -> Tally {
    let settings = Settings {
        goal: Goal::Trials(count),
        first_trial: first,
        record_count: 20,
        keeps_values: false,
        level: Level::USUAL,
    };
    trials::run(system, simulator, &settings, &mut |_| None).tally
}

#[test]
fn any_split_of_the_trials_adds_up_to_the_same() {
    let scenario = scenario(SYSTEM, &[]);
    let behaviour = Behaviour::of(&scenario.system);
    let simulator = Simulator::new(&behaviour, scenario.system.mission, 3);
    // Everything that a tally holds.
    let of = |first, count| tally_of(&scenario.system, &simulator, first, count);
    let whole = format!("{:?}", of(0, 500));
    for split in [
        vec![250, 250],
        vec![1, 499],
        vec![7, 13, 80, 400],
        vec![499, 1],
    ] {
        let mut from = 0;
        let mut parts = split.iter().map(|&count| {
            from += count;
            of(from - count, count)
        });
        let mut sum = parts.next().unwrap();
        parts.for_each(|part| sum.merge(part));
        assert_eq!(whole, format!("{sum:?}"), "split into {split:?}");
    }
}

/// Which units fail when, and nothing else.
#[derive(Default)]
struct Failures(BTreeMap<usize, Vec<u64>>);

impl Observer for Failures {
    fn note(&mut self, at: Instant, note: Note) {
        if let Note::Failure(unit, _) = note {
            self.0.entry(unit.0 as usize).or_default().push(at.0);
        }
    }
    fn after_event(&mut self, _: Instant, _: &State) {}
}

fn outcome_of(text: &str, changes: &[&str], trial: u64) -> (Outcome, Failures) {
    let scenario = scenario(text, changes);
    let behaviour = Behaviour::of(&scenario.system);
    let simulator = Simulator::new(&behaviour, scenario.system.mission, 3);
    let mut failures = Failures::default();
    let outcome = simulator.runner().narrate(trial, &mut failures).clone();
    (outcome, failures)
}

#[test]
fn a_trial_can_be_repeated_alone() {
    let scenario = scenario(SYSTEM, &[]);
    let behaviour = Behaviour::of(&scenario.system);
    let simulator = Simulator::new(&behaviour, scenario.system.mission, 3);
    let mut runner = simulator.runner();
    let all: Vec<Outcome> = (0..30).map(|trial| runner.run(trial).clone()).collect();
    for trial in [29, 3, 0, 17] {
        let (alone, _) = outcome_of(SYSTEM, &[], trial);
        assert_eq!(all[trial as usize], alone);
        assert_eq!(&alone, runner.run(trial), "in a runner that has run others");
    }
    assert!(all.windows(2).all(|pair| pair[0] != pair[1]));
}

#[test]
fn another_seed_is_another_world() {
    let scenario = scenario(SYSTEM, &[]);
    let behaviour = Behaviour::of(&scenario.system);
    let of = |seed| {
        let simulator = Simulator::new(&behaviour, scenario.system.mission, seed);
        simulator.runner().run(0).clone()
    };
    assert_ne!(of(1), of(2));
}

/// The parts of a system that a change does not touch live through the same fate: every clock and
/// every branch has a stream of its own, named after its part.
#[test]
fn a_change_of_one_part_leaves_the_draws_of_the_others_alone() {
    // Units 0 to 3 are `web`, 4 and 5 are `db`. People enough, so that nobody waits for anybody, and
    // no false alarms, which change who serves.
    let enough = ["kinds.server.crew=spare-people", "groups.db.detect=2 s"];
    let with = |change| [enough[0], enough[1], change];
    let text = SYSTEM.replace(
        "[kinds.server]",
        "[crews.spare-people]\nsize = 100\n[kinds.server]",
    );
    for trial in 0..20 {
        let (base, before) = outcome_of(&text, &enough, trial);
        assert!(before.0.values().map(Vec::len).sum::<usize>() > 20);
        for change in [
            "groups.db.takeover.promoting={ constant = \"1 h\" }",
            "groups.db.takeover.manual={ mean = \"9 h\" }",
            "groups.db.failback=never",
            "groups.db.units=3",
            "groups.db.rejoin={ mean = \"5 h\" }",
        ] {
            let (outcome, after) = outcome_of(&text, &with(change), trial);
            for web in 0..4 {
                assert_eq!(before.0.get(&web), after.0.get(&web), "{change}");
            }
            // The first failure of the server that serves from the start.
            assert_eq!(
                before.0.get(&4).map(|all| all[0]),
                after.0.get(&4).map(|all| all[0]),
                "{change}"
            );
            if change.contains("1 h") {
                assert_ne!(base, outcome, "the change is one");
            }
        }
        // More members at the end leave the first ones alone.
        let (_, after) = outcome_of(&text, &with("groups.web.units=6"), trial);
        for web in 0..4 {
            assert_eq!(
                before.0.get(&web),
                after.0.get(&web),
                "two more web servers"
            );
        }
    }
}

/// What the first trials of a small run are, as one number. It changes when the draws, their order
/// or the rules change, which the notes of a release must tell, as nobody's results can be repeated
/// across it.
#[test]
fn the_same_trials_as_ever() {
    let mut digest = 0xcbf2_9ce4_8422_2325_u64;
    let mut add = |value: u64| {
        for byte in value.to_le_bytes() {
            digest = (digest ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    };
    for trial in 0..100 {
        let (outcome, _) = outcome_of(SYSTEM, &[], trial);
        add(outcome.event_count);
        for service in &outcome.services {
            add(service.degraded);
            add(service.lost);
            for segment in &service.segments {
                add(segment.start.0);
                add(segment.end.0);
                // By name, as their numbers follow the kinds of culprits and mechanisms that there are.
                let cause = format!("{:?} {}", segment.culprit, segment.mechanism.name());
                cause.bytes().for_each(|byte| add(u64::from(byte)));
            }
        }
    }
    assert_eq!(format!("{digest:016x}"), "e29cb62eead6b2bd");
}

/// What a trial has measured does not come up in the next one: the old member of a split brain gives way
/// and lags behind from then on. (The engine refuses to look at what has not been measured.)
#[test]
fn a_trial_knows_nothing_of_the_one_before() {
    let text = r#"
[run]
horizon = "120 h"
[kinds.node]
fail = { mean = "20 h" }
repair = { mean = "90 min" }
[groups.db]
kind = "node"
units = 2
active = 1
standby = "hot"
rejoin = { mean = "80 min" }
false_alarms = { mean = "7 h" }
replication = { mode = "synchronous", split_loss = "50 %" }
[groups.db.takeover]
candidate_failure = "continue"
lone_failure = "wait"
after_exhaustion = "preferred"
[groups.db.split_brain]
lasts = "1 h"
during = "degraded"
[service]
up = "db"
"#;
    let system = scenario(text, &[]).system;
    let behaviour = Behaviour::of(&system);
    let simulator = Simulator::new(&behaviour, system.mission, 1);
    let mut used = simulator.runner();
    for trial in 0..200 {
        let seen = used.run(trial).clone();
        assert_eq!(&seen, simulator.runner().run(trial), "trial {trial}");
    }
}
