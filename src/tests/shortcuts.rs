//! Runners write down what the rules did and repeat it, and the rules do not ask what they know
//! beforehand: nobody may notice.

use std::path::Path;

use failsim::base::Instant;
use failsim::behaviour::{Behaviour, Note, State};
use failsim::engine::{Observer, Outcome, Simulator};
use failsim::model::System;
use failsim::scenario::{self, FileText, Files, Source};

use super::support::scenario;

/// Files relative to the one that names them.
struct Disk;

impl Files for Disk {
    fn read(&self, path: &str, from: &str) -> Result<FileText, String> {
        let path = Path::new(from).parent().unwrap().join(path);
        let text = std::fs::read_to_string(&path).map_err(|error| error.to_string())?;
        Ok(FileText {
            name: path.display().to_string(),
            text,
        })
    }
}

/// Asks the rules at every event: a trial under observation is not repeated from memory.
struct Unmoved;

impl Observer for Unmoved {
    fn note(&mut self, _: Instant, _: Note) {}
    fn after_event(&mut self, _: Instant, _: &State) {}
}

/// The same trials, by a runner that remembers the earlier ones, by one that asks the rules, and by
/// one whose rules ask every question.
fn check(what: &str, system: &System, trials: u64) {
    let behaviour = Behaviour::of(system);
    let thorough = Behaviour::of(system).without_shortcuts();
    let simulator = Simulator::new(&behaviour, system.mission, 42);
    let (mut remembering, mut asking) = (simulator.runner(), simulator.runner());
    let simulator = Simulator::new(&thorough, system.mission, 42);
    let mut asking_everything = simulator.runner();
    let mut events = 0;
    for trial in 0..trials {
        let remembered: &Outcome = remembering.run(trial);
        let asked: &Outcome = asking.narrate(trial, &mut Unmoved);
        assert!(remembered == asked, "{what}, trial {trial}");
        let all: &Outcome = asking_everything.narrate(trial, &mut Unmoved);
        assert!(all == asked, "{what}, trial {trial}, every question asked");
        events += asked.event_count;
    }
    assert!(events > 0, "{what}: something happens");
}

#[test]
fn trials_go_the_same_way_from_memory_and_by_the_rules() {
    let mut count = 0;
    for folder in ["scenarios", "benches"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let is_scenario = path
                .extension()
                .is_some_and(|extension| extension == "toml")
                && !path.ends_with("expected.toml");
            if is_scenario {
                let source = Source::toml(
                    path.display().to_string(),
                    std::fs::read_to_string(&path).unwrap(),
                );
                let scenario = scenario::load(&source, &[], &Disk)
                    .unwrap_or_else(|problems| panic!("{}", problems.render(false)));
                check(&source.name, &scenario.system, 20);
                count += 1;
            }
        }
    }
    assert!(count > 10, "only {count} scenarios were found");
}

/// More states than a runner writes down, but few of them most of the time, and branches with two
/// and with several ways: it goes back and forth between memory and rules.
#[test]
fn a_runner_that_is_short_of_memory_asks_the_rules_now_and_then() {
    let text = r#"
        name = "short of memory"
        [run]
        horizon = "20 y"
        [crews.people]
        size = 2
        [kinds.server]
        fail = { mean = "2000 h" }
        [kinds.server.modes.crash]
        share = "80 %"
        repair = { mean = "30 h" }
        crew = "people"
        [kinds.server.modes.hang]
        share = "20 %"
        lasts = "10 min"
        [groups.servers]
        kind = "server"
        units = 24
        required = 20
        standby = "active"
        [groups.pair]
        kind = "server"
        units = 2
        active = 1
        standby = { dormancy = 0.5 }
        detect = "2 min"
        [groups.pair.takeover]
        promoting = { mean = "5 min", succeeds = "70 %", retries = 1 }
        manual = { mean = "2 h" }
        [service]
        up = "servers and pair"
    "#;
    check("short of memory", &scenario(text, &[]).system, 100);
}
