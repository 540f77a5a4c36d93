//! Each mechanism with fixed times, so that its timeline is known to the nanosecond.
//!
//! Every trial that is looked at here is run twice, once under the eyes of an observer that adds up
//! the levels of the services on its own: the downtime must be what it saw, each nanosecond of it
//! must have one cause, and uptime, degraded time and downtime must fill the mission.

mod anything;
mod failback;
mod false_alarms;
mod repairs;
mod structures;
mod takeovers;
mod units;

use failsim::base::Instant;
use failsim::behaviour::{Behaviour, Mechanism, Note, State};
use failsim::engine::{Observer, Outcome, Simulator};
use failsim::model::{Level, ServiceId, System};

use crate::support::scenario;

/// Adds up, event by event, how long each service is at each level.
struct Watch {
    services: Vec<ServiceId>,
    /// The levels since `at`.
    levels: Vec<Level>,
    at: u64,
    /// Nanoseconds down, degraded and up.
    times: Vec<[u64; 3]>,
}

impl Watch {
    fn of(system: &System) -> Watch {
        let services: Vec<ServiceId> = system.services.ids().collect();
        Watch {
            levels: vec![Level::Up; services.len()],
            times: vec![[0; 3]; services.len()],
            services,
            at: 0,
        }
    }

    fn pass(&mut self, now: u64) {
        assert!(self.at <= now, "time runs forward");
        for (times, level) in self.times.iter_mut().zip(&self.levels) {
            times[*level as usize] += now - self.at;
        }
        self.at = now;
    }
}

impl Observer for Watch {
    fn note(&mut self, _: Instant, _: Note) {}

    fn after_event(&mut self, at: Instant, state: &State) {
        self.pass(at.0);
        for (level, service) in self.levels.iter_mut().zip(&self.services) {
            let now = state.service(*service);
            assert_eq!(now.level == Level::Down, now.cause.is_some());
            *level = now.level;
        }
    }
}

/// One trial, with everything checked that must hold in every trial.
fn trial(system: &System, simulator: &Simulator<'_>, trial: u64) -> Outcome {
    let mut watch = Watch::of(system);
    let outcome = simulator.runner().narrate(trial, &mut watch).clone();
    assert_eq!(
        &outcome,
        simulator.runner().run(trial),
        "a trial goes the same way whether it is watched or not"
    );
    let mission = simulator.mission();
    watch.pass(mission);
    for (service, times) in outcome.services.iter().zip(&watch.times) {
        let mut end = 0;
        for segment in &service.segments {
            assert!(segment.start.0 >= end && segment.end > segment.start);
            end = segment.end.0;
        }
        assert!(end <= mission);
        let [down, degraded, up] = *times;
        assert_eq!(service.down_time(), down, "each nanosecond has one cause");
        assert_eq!(service.degraded, degraded);
        assert_eq!(up + degraded + down, mission);
        let outages: u64 = service.outages().map(|outage| outage.duration()).sum();
        assert_eq!(outages, down);
    }
    outcome
}

/// Nanoseconds as seconds, with all their digits.
fn seconds(nanos: u64) -> String {
    let text = format!("{}.{:09}", nanos / 1_000_000_000, nanos % 1_000_000_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The timeline of the first trial, a line for each service: `100..110 pair undetected, ...`, and
/// what was degraded or lost.
fn timelines(text: &str, changes: &[&str]) -> Vec<String> {
    let scenario = scenario(text, changes);
    let system = &scenario.system;
    let behaviour = Behaviour::of(system);
    let simulator = Simulator::new(&behaviour, system.mission, 1);
    let outcome = trial(system, &simulator, 0);
    let line = |service: &failsim::engine::ServiceOutcome| {
        let mut parts: Vec<String> = service
            .segments
            .iter()
            .map(|segment| {
                format!(
                    "{}..{} {} {}",
                    seconds(segment.start.0),
                    seconds(segment.end.0),
                    system.culprit_name(segment.culprit),
                    segment.mechanism.name()
                )
            })
            .collect();
        for (what, nanos) in [("degraded", service.degraded), ("lost", service.lost)] {
            if nanos > 0 {
                parts.push(format!("{what} {}", seconds(nanos)));
            }
        }
        parts.join(", ")
    };
    outcome.services.iter().map(line).collect()
}

fn check_all(text: &str, changes: &[&str], expected: &[&str]) {
    assert_eq!(timelines(text, changes), expected, "with {changes:#?}");
}

/// `a` serves, with `b` and then `c` behind it; `a` fails after 100 s of operation. Nothing takes
/// time unless a test says so.
const TRIO: &str = r#"
[run]
horizon = "1000 s"
[components.a]
fail = { constant = "100 s" }
[components.b]
fail = { constant = "9000 s" }
repair = "never"
[components.c]
fail = { constant = "9000 s" }
repair = "never"
[groups.pair]
members = ["a", "b", "c"]
active = 1
standby = "hot"
[service]
up = "pair"
"#;

const NEVER_REPAIRED: &str = "components.a.repair=never";
const TWO: &str = "groups.pair.members=[\"a\", \"b\"]";
const DETECT: &str = "groups.pair.detect=10 s";

fn check(changes: &[&str], expected: &str) {
    check_all(TRIO, changes, &[expected]);
}

/// The same without a failover: `a` alone.
fn check_alone(changes: &[&str], expected: &str) {
    let alone = [
        &["service.up=a", "groups.pair.members=[\"b\", \"c\"]"],
        changes,
    ]
    .concat();
    check_all(TRIO, &alone, &[expected]);
}
