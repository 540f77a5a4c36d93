//! Each mechanism with fixed times, so that its timeline is known to the nanosecond.
//!
//! Every trial that is looked at here is run twice, once under the eyes of an observer that adds up
//! the levels of the services on its own: the downtime must be what it saw, each nanosecond of it
//! must have one cause, and uptime, degraded time and downtime must fill the mission.

use failsim::base::Instant;
use failsim::behaviour::{Behaviour, Mechanism, Note, State};
use failsim::engine::{Observer, Outcome, Simulator};
use failsim::model::{Level, ServiceId, System};

use super::support::scenario;

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

// ---- units ----

#[test]
fn a_crash_takes_the_unit_down_and_a_repair_makes_it_new() {
    check_alone(
        &["components.a.repair=200 s"],
        "100..300 a exhausted_repair, 400..600 a exhausted_repair, 700..900 a exhausted_repair",
    );
}

#[test]
fn an_outage_that_is_open_at_the_end_counts_up_to_there() {
    check_alone(
        &["components.a.repair=never", "run.horizon=150.000000001 s"],
        "100..150.000000001 a exhausted_unattended",
    );
}

#[test]
fn a_reduced_unit_is_degraded_and_never_down() {
    check_alone(
        &[
            "components.a.repair=200 s",
            "components.a.effect={ degraded = \"50 %\" }",
        ],
        "degraded 600",
    );
}

#[test]
fn modes_have_clocks_of_their_own_which_stand_still_while_the_unit_is_down() {
    // `slow` is 100 s old when the crash comes, and goes on from there at 150 s. A unit that is
    // degraded operates, so `crash` ages on through it.
    check_alone(
        &[
            "run.horizon=350 s",
            "components.a={ modes = { crash = { fail = { constant = \"100 s\" }, repair = \"50 s\" }, slow = { fail = { constant = \"130 s\" }, lasts = \"20 s\", effect = { degraded = \"50 %\" } } } }",
        ],
        "100..150 a exhausted_repair, 250..300 a exhausted_repair, degraded 20",
    );
}

#[test]
fn a_gray_failure_is_noticed_by_its_users_not_by_the_detector() {
    check(
        &[
            NEVER_REPAIRED,
            DETECT,
            "groups.pair.takeover=20 s",
            "components.a.notice={ after = \"50 s\" }",
        ],
        "100..150 pair undetected, 150..170 pair promoting",
    );
}

#[test]
fn a_hidden_failure_is_found_by_a_test() {
    let hidden = [
        "run.horizon=500 s",
        "components.a.repair=200 s",
        "components.a.notice=test",
    ];
    check_alone(
        &[&hidden[..], &["components.a.test={ every = \"70 s\" }"]].concat(),
        "100..140 a exhausted_unattended, 140..340 a exhausted_repair, \
         440..490 a exhausted_unattended, 490..500 a exhausted_repair",
    );
    check_alone(
        &[
            &hidden[..],
            &["components.a.test={ every = \"70 s\", first = \"10 s\" }"],
        ]
        .concat(),
        "100..150 a exhausted_unattended, 150..350 a exhausted_repair, 450..500 a exhausted_unattended",
    );
    check_alone(
        &[
            &hidden[..],
            &["components.a.test={ every = \"70 s\", finds = \"0.0000001 %\" }"],
        ]
        .concat(),
        "100..500 a exhausted_unattended",
    );
}

#[test]
fn a_disruption_shorter_than_the_detection_causes_no_failover() {
    let disruption = [
        DETECT,
        "groups.pair.takeover.promoting=20 s",
        "run.horizon=205 s",
    ];
    check(
        &[&disruption[..], &["components.a.lasts=8 s"]].concat(),
        "100..108 pair undetected",
    );
    // It ends at the moment of its detection: what restores goes before what is noticed.
    check(
        &[&disruption[..], &["components.a.lasts=10 s"]].concat(),
        "100..110 pair undetected",
    );
    check(
        &[
            &disruption[..],
            &[
                "components.a.lasts=10.000000001 s",
                "groups.pair.takeover.recovered=complete",
            ],
        ]
        .concat(),
        "100..110 pair undetected, 110..130 pair promoting",
    );
}

#[test]
fn a_standby_ages_at_its_dormancy() {
    // At 100 s `b` has aged 100 s, 50 s or nothing of its 150 s.
    for (standby, failure) in [("hot", 150), ("{ dormancy = 0.5 }", 200), ("cold", 250)] {
        check(
            &[
                "run.horizon=400 s",
                TWO,
                NEVER_REPAIRED,
                "components.b.fail={ constant = \"150 s\" }",
                &format!("groups.pair.standby={standby}"),
            ],
            &format!("{failure}..400 pair exhausted_unattended"),
        );
    }
}

#[test]
fn a_repair_leaves_what_it_leaves_of_the_age() {
    let repaired = |after: &str, horizon: &str, failures: &[f64]| {
        let expected: Vec<String> = failures
            .iter()
            .map(|at| format!("{at}..{} a exhausted_repair", at + 20.0))
            .collect();
        check_alone(
            &[
                "components.a.repair=20 s",
                &format!("components.a.after_repair={after}"),
                &format!("run.horizon={horizon}"),
            ],
            &expected.join(", "),
        );
    };
    // A life is 100 s, less the age that it begins with.
    repaired("new", "400 s", &[100.0, 220.0, 340.0]);
    // Kijima I: the age before a life is half of all that has been lived: 0, 50, 75, 87.5.
    repaired("{ kijima1 = 0.5 }", "270 s", &[100.0, 170.0, 215.0, 247.5]);
    // Kijima II: half of the whole age before the repair, 100 each time: 0, 50, 50, 50.
    repaired("{ kijima2 = 0.5 }", "350 s", &[100.0, 170.0, 240.0, 310.0]);
    // As bad as old: a life that is over is over.
    repaired("old", "160 s", &[100.0, 120.0, 140.0]);
}

#[test]
fn a_unit_may_be_old_at_the_start() {
    check_alone(
        &[
            "components.a.repair=20 s",
            "components.a.age=30 s",
            "run.horizon=220 s",
        ],
        "70..90 a exhausted_repair, 190..210 a exhausted_repair",
    );
}

#[test]
fn a_repair_renews_one_process_or_the_whole_unit() {
    let modes = |renews: &str| {
        let mode = |life| {
            format!(
                "{{ fail = {{ constant = \"{life}\" }}, repair = \"20 s\", renews = \"{renews}\" }}"
            )
        };
        [
            "run.horizon=270 s".to_owned(),
            format!(
                "components.a={{ modes = {{ p = {}, q = {} }} }}",
                mode("100 s"),
                mode("150 s")
            ),
        ]
    };
    // `q` goes on from 100 s, and fails at 170 s; `p` stands still for it at 50 s of age.
    let process = modes("process");
    check_alone(
        &process.each_ref().map(String::as_str),
        "100..120 a exhausted_repair, 170..190 a exhausted_repair, 240..260 a exhausted_repair",
    );
    // `q` never comes to 150 s of age.
    let unit = modes("unit");
    check_alone(
        &unit.each_ref().map(String::as_str),
        "100..120 a exhausted_repair, 220..240 a exhausted_repair",
    );
}

// ---- repairs ----

#[test]
fn a_repair_begins_at_the_failure_at_its_notice_or_after_the_takeover() {
    let noticed = [
        "run.horizon=200 s",
        "components.a.repair=50 s",
        "components.a.notice={ after = \"20 s\" }",
    ];
    check_alone(
        &[&noticed[..], &["components.a.repair_starts=failure"]].concat(),
        "100..150 a exhausted_repair",
    );
    check_alone(
        &[&noticed[..], &["components.a.repair_starts=detection"]].concat(),
        "100..120 a exhausted_unattended, 120..170 a exhausted_repair",
    );
    check_alone(
        &[
            &noticed[..],
            &[
                "components.a.repair_starts=detection",
                "components.a.administrative_delay=15 s",
            ],
        ]
        .concat(),
        "100..120 a exhausted_unattended, 120..135 a exhausted_administrative_delay, 135..185 a exhausted_repair",
    );
    // `b` takes over at 120 s and fails at 130 s; then everything waits for `a`.
    let both = [
        TWO,
        "run.horizon=195 s",
        "components.a.repair=50 s",
        "components.b.fail={ constant = \"130 s\" }",
        "groups.pair.takeover=20 s",
    ];
    for (starts, back) in [("failure", 150), ("detection", 150), ("takeover", 170)] {
        check(
            &[
                &both[..],
                &[&format!("components.a.repair_starts={starts}")],
            ]
            .concat(),
            &format!(
                "100..120 pair promoting, 130..{back} pair exhausted_repair, {back}..{} pair promoting",
                back + 20
            ),
        );
    }
}

/// Three units that fail at 100, 110 and 120 s, each a service of its own.
const THREE: &str = r#"
[run]
horizon = "250 s"
[crews.people]
size = 1
[spares.parts]
stock = 1
lead_time = "300 s"
[components.a]
fail = { constant = "100 s" }
repair = "50 s"
[components.b]
fail = { constant = "110 s" }
repair = "50 s"
[components.c]
fail = { constant = "120 s" }
repair = "50 s"
[services.of-a]
up = "a"
[services.of-b]
up = "b"
[services.of-c]
up = "c"
"#;

#[test]
fn crews_serve_the_first_come_or_the_most_urgent_first() {
    let crew = [
        "components.a.crew=people",
        "components.b.crew=people",
        "components.c.crew=people",
    ];
    check_all(
        THREE,
        &crew,
        &[
            "100..150 a exhausted_repair",
            "110..150 b exhausted_crew_wait, 150..200 b exhausted_repair",
            "120..200 c exhausted_crew_wait, 200..250 c exhausted_repair",
        ],
    );
    check_all(
        THREE,
        &[
            &crew[..],
            &["crews.people.order=priority", "components.c.priority=5"],
        ]
        .concat(),
        &[
            "100..150 a exhausted_repair",
            "110..200 b exhausted_crew_wait, 200..250 b exhausted_repair",
            "120..150 c exhausted_crew_wait, 150..200 c exhausted_repair",
        ],
    );
    // Among equals the first come; a repair that has begun is not interrupted.
    check_all(
        THREE,
        &[
            &crew[..],
            &[
                "crews.people.order=priority",
                "components.b.priority=5",
                "components.c.priority=5",
            ],
        ]
        .concat(),
        &[
            "100..150 a exhausted_repair",
            "110..150 b exhausted_crew_wait, 150..200 b exhausted_repair",
            "120..200 c exhausted_crew_wait, 200..250 c exhausted_repair",
        ],
    );
    check_all(
        THREE,
        &[&crew[..], &["crews.people.size=2"]].concat(),
        &[
            "100..150 a exhausted_repair",
            "110..160 b exhausted_repair",
            "120..150 c exhausted_crew_wait, 150..200 c exhausted_repair",
        ],
    );
}

#[test]
fn each_repair_orders_a_part_and_the_first_that_waits_gets_the_first_that_arrives() {
    let parts = [
        "run.horizon=470 s",
        "components.a.spare=parts",
        "components.b.spare=parts",
        "components.c.spare=parts",
    ];
    // Orders at 100, 110, 120 and 250 s arrive 300 s later.
    check_all(
        THREE,
        &parts,
        &[
            "100..150 a exhausted_repair, 250..420 a exhausted_spare_wait, 420..470 a exhausted_repair",
            "110..400 b exhausted_spare_wait, 400..450 b exhausted_repair",
            "120..410 c exhausted_spare_wait, 410..460 c exhausted_repair",
        ],
    );
    check_all(
        THREE,
        &[&parts[..], &["spares.parts.stock=0"]].concat(),
        &[
            "100..400 a exhausted_spare_wait, 400..450 a exhausted_repair",
            "110..410 b exhausted_spare_wait, 410..460 b exhausted_repair",
            "120..420 c exhausted_spare_wait, 420..470 c exhausted_repair",
        ],
    );
    // A part is reserved before people are waited for.
    check_all(
        THREE,
        &[
            &parts[..],
            &[
                "run.horizon=240 s",
                "spares.parts.stock=2",
                "components.a.crew=people",
                "components.b.crew=people",
                "components.c.crew=people",
            ],
        ]
        .concat(),
        &[
            "100..150 a exhausted_repair",
            "110..150 b exhausted_crew_wait, 150..200 b exhausted_repair",
            "120..240 c exhausted_spare_wait",
        ],
    );
}

// ---- takeovers ----

#[test]
fn the_stages_follow_each_other() {
    check(
        &[
            NEVER_REPAIRED,
            DETECT,
            "groups.pair.takeover={ deciding = \"3 s\", fencing = \"5 s\", promoting = \"20 s\", redirecting = \"2 s\" }",
        ],
        "100..110 pair undetected, 110..113 pair deciding, 113..118 pair fencing, \
         118..138 pair promoting, 138..140 pair redirecting",
    );
    check(
        &[
            NEVER_REPAIRED,
            "groups.pair.takeover.deciding={ constant = \"3 s\", during = \"up\" }",
            "groups.pair.takeover.promoting={ constant = \"20 s\", during = \"degraded\" }",
            "groups.pair.takeover.redirecting=2 s",
        ],
        "123..125 pair redirecting, degraded 20",
    );
}

#[test]
fn what_follows_a_stage_that_fails() {
    let with = |promoting: &str| {
        [
            NEVER_REPAIRED.to_owned(),
            format!(
                "groups.pair.takeover.promoting={{ constant = \"20 s\", succeeds = \"0 %\", {promoting} }}"
            ),
            "groups.pair.takeover.manual=60 s".to_owned(),
            "groups.pair.takeover.redirecting=2 s".to_owned(),
        ]
    };
    for (promoting, expected) in [
        ("", "100..120 pair promoting, 120..180 pair manual_takeover"),
        (
            "retries = 2",
            "100..160 pair promoting, 160..220 pair manual_takeover",
        ),
        (
            "then = \"next candidate\"",
            "100..140 pair promoting, 140..200 pair manual_takeover",
        ),
        (
            "then = \"next candidate\", retries = 1",
            "100..180 pair promoting, 180..240 pair manual_takeover",
        ),
        (
            "then = \"proceed\"",
            "100..120 pair promoting, 120..122 pair redirecting",
        ),
    ] {
        check(&with(promoting).each_ref().map(String::as_str), expected);
    }
    // Nobody has been elected, so there is no next candidate.
    check(
        &[
            NEVER_REPAIRED,
            "groups.pair.takeover={ deciding = { constant = \"3 s\", succeeds = \"0 %\", then = \"next candidate\" }, manual = \"60 s\" }",
        ],
        "100..103 pair deciding, 103..163 pair manual_takeover",
    );
}

#[test]
fn a_standby_may_be_found_dead_when_it_is_called() {
    check(
        &[
            NEVER_REPAIRED,
            DETECT,
            "components.b.on_demand={ probability = \"99.9999999999 %\" }",
            "groups.pair.takeover={ deciding = \"3 s\", promoting = \"20 s\" }",
        ],
        "100..110 pair undetected, 110..113 pair deciding, 113..133 pair promoting, \
         133..136 pair deciding, 136..156 pair promoting",
    );
}

#[test]
fn who_sees_the_fault_of_a_standby() {
    let dead = |failed_at: &str, seen: &str| {
        [
            NEVER_REPAIRED.to_owned(),
            DETECT.to_owned(),
            format!("components.b.fail={{ constant = \"{failed_at}\" }}"),
            format!("groups.pair.standby_faults={seen}"),
            "groups.pair.takeover={ deciding = \"3 s\", promoting = \"20 s\" }".to_owned(),
        ]
    };
    let c_is_called = "100..110 pair undetected, 110..113 pair deciding, 113..133 pair promoting";
    let b_is_called_in_vain = "100..110 pair undetected, 110..113 pair deciding, \
         113..133 pair promoting, 133..136 pair deciding, 136..156 pair promoting";
    for (failed_at, seen, expected) in [
        ("50 s", "detected", c_is_called),
        ("50 s", "at once", c_is_called),
        ("50 s", "latent", b_is_called_in_vain),
        ("112 s", "at once", c_is_called),
        // Called at 113 s, and its fault is noticed at 115 s.
        (
            "105 s",
            "detected",
            "100..110 pair undetected, 110..113 pair deciding, 113..115 pair promoting, \
             115..118 pair deciding, 118..138 pair promoting",
        ),
    ] {
        check(
            &dead(failed_at, seen).each_ref().map(String::as_str),
            expected,
        );
    }
}

#[test]
fn a_candidate_that_fails_is_replaced_or_the_takeover_goes_on() {
    let failing = [
        NEVER_REPAIRED,
        "components.b.fail={ constant = \"115 s\" }",
        "groups.pair.takeover.deciding=3 s",
        "groups.pair.takeover.promoting=20 s",
    ];
    check(
        &failing,
        "100..103 pair deciding, 103..115 pair promoting, 115..118 pair deciding, 118..138 pair promoting",
    );
    check(
        &[
            &failing[..],
            &["groups.pair.takeover.candidate_failure=continue"],
        ]
        .concat(),
        "100..103 pair deciding, 103..123 pair promoting",
    );
    // Nobody is left.
    check(
        &[&failing[..], &[TWO, "run.horizon=200 s"]].concat(),
        "100..103 pair deciding, 103..115 pair promoting, 115..200 pair exhausted_unattended",
    );
}

#[test]
fn a_member_that_is_back_first_resumes_or_not() {
    for (lasts, recovered, expected) in [
        (
            "25 s",
            "cancel",
            "100..110 pair undetected, 110..125 pair promoting",
        ),
        (
            "25 s",
            "cancel undetected",
            "100..110 pair undetected, 110..140 pair promoting",
        ),
        (
            "25 s",
            "complete",
            "100..110 pair undetected, 110..140 pair promoting",
        ),
        ("5 s", "cancel", "100..105 pair undetected"),
        ("5 s", "cancel undetected", "100..105 pair undetected"),
        (
            "5 s",
            "complete",
            "100..110 pair undetected, 110..140 pair promoting",
        ),
    ] {
        check(
            &[
                "run.horizon=180 s",
                DETECT,
                &format!("components.a.lasts={lasts}"),
                "groups.pair.takeover.promoting=30 s",
                &format!("groups.pair.takeover.recovered={recovered}"),
            ],
            expected,
        );
    }
}

#[test]
fn the_failure_of_a_lone_survivor_and_the_way_back_from_exhaustion() {
    // `b` is known to be under repair from 60 to 160 s.
    let lone = [
        TWO,
        "run.horizon=200 s",
        NEVER_REPAIRED,
        "components.b.fail={ constant = \"50 s\" }",
        "components.b.repair=100 s",
        DETECT,
        "groups.pair.takeover.promoting=20 s",
    ];
    for (failure, after, expected) in [
        (
            "detect",
            "activate",
            "100..110 pair undetected, 110..160 pair exhausted_repair, 160..180 pair promoting",
        ),
        (
            "detect",
            "at once",
            "100..110 pair undetected, 110..160 pair exhausted_repair",
        ),
        (
            "wait",
            "activate",
            "100..160 pair exhausted_repair, 160..180 pair promoting",
        ),
        ("wait", "at once", "100..160 pair exhausted_repair"),
    ] {
        check(
            &[
                &lone[..],
                &[
                    &format!("groups.pair.takeover.lone_failure={failure}"),
                    &format!("groups.pair.takeover.after_exhaustion={after}"),
                ],
            ]
            .concat(),
            expected,
        );
    }
}

#[test]
fn candidates_are_called_in_order() {
    // `b` serves from 105 s to 200 s; then `a`, repaired and first in order, serves until 250 s.
    check(
        &[
            "run.horizon=300 s",
            "components.a.repair=50 s",
            "components.b.fail={ constant = \"200 s\" }",
            "groups.pair.takeover=5 s",
        ],
        "100..105 pair promoting, 200..205 pair promoting, 250..255 pair promoting",
    );
}

#[test]
fn within_the_hold_down_time_people_take_over() {
    for (hold_down, expected) in [
        (
            "500 s",
            "100..120 pair promoting, 200..260 pair manual_takeover",
        ),
        ("80 s", "100..120 pair promoting, 200..220 pair promoting"),
    ] {
        check(
            &[
                "run.horizon=400 s",
                NEVER_REPAIRED,
                "components.b.fail={ constant = \"200 s\" }",
                "groups.pair.takeover.promoting=20 s",
                "groups.pair.takeover.manual=60 s",
                &format!("groups.pair.takeover.hold_down={hold_down}"),
            ],
            expected,
        );
    }
}

#[test]
fn a_rejoining_member_protects_nobody() {
    // `a` is repaired at 150 s and ready at 230 s. It returns from its second repair with nobody
    // left whom it could follow, and serves at once.
    check(
        &[
            TWO,
            "run.horizon=320 s",
            "components.a.repair=50 s",
            "components.b.fail={ constant = \"200 s\" }",
            "groups.pair.rejoin=80 s",
        ],
        "200..230 pair exhausted_rejoining, 250..300 pair exhausted_repair",
    );
}

// ---- false alarms and split brain ----

#[test]
fn a_false_alarm_fails_over_from_a_healthy_member() {
    let alarm = [
        "run.horizon=160 s",
        "components.a.fail={ constant = \"9000 s\" }",
        NEVER_REPAIRED,
        "groups.pair.false_alarms={ constant = \"50 s\" }",
        "groups.pair.takeover.fencing=5 s",
        "groups.pair.takeover.promoting=20 s",
    ];
    // The healthy member serves until it is fenced.
    check(
        &alarm,
        "55..75 pair spurious_failover, 130..150 pair spurious_failover",
    );
    check(
        &[
            &alarm[..],
            &[
                "groups.pair.takeover.promoting={ constant = \"20 s\", succeeds = \"0 %\" }",
                "groups.pair.takeover.manual=60 s",
            ],
        ]
        .concat(),
        "55..135 pair spurious_failover",
    );
    // Within the hold-down time automation does nothing.
    check(
        &[
            &alarm[..],
            &[
                "groups.pair.takeover.hold_down=100 s",
                "groups.pair.takeover.manual=60 s",
            ],
        ]
        .concat(),
        "55..75 pair spurious_failover",
    );
    // The healthy member fails while it still serves: the alarm has become true.
    check(
        &[&alarm[..], &["components.a.fail={ constant = \"52 s\" }"]].concat(),
        "52..55 pair fencing, 55..75 pair promoting, 130..150 pair spurious_failover",
    );
}

#[test]
fn two_members_serve_where_nothing_fences_the_old_one() {
    let isolated = [
        "run.horizon=400 s",
        "components.a.effect=isolated",
        DETECT,
        "groups.pair.takeover.promoting=20 s",
        "groups.pair.split_brain={ lasts = \"40 s\", reconcile = \"5 s\", reconcile_factor = 0.5 }",
    ];
    let with = |more: &[&'static str]| [&isolated[..], more].concat();
    // 40 s of divergence take 5 s + 0.5 x 40 s to reconcile.
    check(
        &with(&[NEVER_REPAIRED]),
        "100..110 pair undetected, 110..130 pair promoting, 170..195 pair split_brain",
    );
    check(
        &with(&[NEVER_REPAIRED, "groups.pair.split_brain.during=degraded"]),
        "100..110 pair undetected, 110..130 pair promoting, 170..195 pair split_brain, degraded 40",
    );
    check(
        &with(&[NEVER_REPAIRED, "groups.pair.split_brain.during=down"]),
        "100..110 pair undetected, 110..130 pair promoting, 130..195 pair split_brain",
    );
    // The partition heals at 150 s, and ends the split.
    check(
        &with(&["components.a.lasts=50 s", "run.horizon=200 s"]),
        "100..110 pair undetected, 110..130 pair promoting, 150..165 pair split_brain",
    );
    check(
        &with(&[NEVER_REPAIRED, "groups.pair.takeover.fencing=5 s"]),
        "100..110 pair undetected, 110..115 pair fencing, 115..135 pair promoting",
    );
    check(
        &with(&[
            NEVER_REPAIRED,
            "groups.pair.takeover.fencing={ constant = \"5 s\", succeeds = \"0 %\", then = \"proceed\" }",
        ]),
        "100..110 pair undetected, 110..115 pair fencing, 115..135 pair promoting, 175..200 pair split_brain",
    );
    // A crash leaves nobody alive to split from.
    check(
        &with(&[NEVER_REPAIRED, "components.a.effect=down"]),
        "100..110 pair undetected, 110..130 pair promoting",
    );
}

#[test]
fn a_false_alarm_without_fencing_splits_the_group() {
    // The old member serves on through the takeover, then both serve, then they are reconciled.
    check(
        &[
            "run.horizon=240 s",
            "components.a.fail={ constant = \"9000 s\" }",
            NEVER_REPAIRED,
            "groups.pair.false_alarms={ constant = \"50 s\" }",
            "groups.pair.takeover.promoting=20 s",
            "groups.pair.split_brain={ lasts = \"40 s\", reconcile = \"25 s\" }",
        ],
        "110..135 pair split_brain",
    );
}

// ---- failback ----

#[test]
fn the_preferred_member_takes_its_place_back_when_it_is_due() {
    // `a` stands by from 150 s on, and would fail as a standby at 250 s.
    let back = |horizon: &str, failback: &str, expected: &str| {
        check(
            &[
                &format!("run.horizon={horizon}"),
                "components.a.repair=50 s",
                &format!("groups.pair.failback={failback}"),
            ],
            expected,
        );
    };
    for (failback, expected) in [
        ("never", ""),
        (
            "{ mode = \"at once\", takes = \"10 s\" }",
            "150..160 pair failback",
        ),
        (
            "{ mode = \"stable\", after = \"30 s\", takes = \"10 s\" }",
            "180..190 pair failback",
        ),
        (
            "{ mode = \"manual\", after = \"40 s\", takes = \"10 s\" }",
            "190..200 pair failback",
        ),
        (
            "{ mode = \"window\", every = \"300 s\", at = \"170 s\", lasts = \"20 s\", takes = \"10 s\" }",
            "170..180 pair failback",
        ),
        // It is open already.
        (
            "{ mode = \"window\", every = \"300 s\", at = \"140 s\", lasts = \"20 s\", takes = \"10 s\" }",
            "150..160 pair failback",
        ),
        // It was open, and opens again.
        (
            "{ mode = \"window\", every = \"100 s\", at = \"0 s\", lasts = \"20 s\", takes = \"10 s\" }",
            "200..210 pair failback",
        ),
        (
            "{ mode = \"at once\", takes = \"10 s\", during = \"degraded\" }",
            "degraded 10",
        ),
    ] {
        back("240 s", failback, expected);
    }
    // The candidate of the failback fails at 250 s: the other one serves on.
    back(
        "290 s",
        "{ mode = \"stable\", after = \"95 s\", takes = \"10 s\" }",
        "245..250 pair failback",
    );
    // A failure of the preferred member starts its clock anew: 120 s are never complete.
    back(
        "1000 s",
        "{ mode = \"stable\", after = \"120 s\", takes = \"10 s\" }",
        "",
    );
}

#[test]
fn a_failback_takes_over_from_a_member_that_dies_in_it() {
    check(
        &[
            "run.horizon=240 s",
            "components.a.repair=50 s",
            "components.b.fail={ constant = \"155 s\" }",
            "groups.pair.failback={ mode = \"at once\", takes = \"10 s\" }",
        ],
        "150..160 pair failback",
    );
}

// ---- structures ----

#[test]
fn a_group_can_be_a_member_of_a_group() {
    let sites = r#"
[run]
horizon = "240 s"
[components.a1]
fail = { constant = "100 s" }
repair = "50 s"
[components.a2]
fail = { constant = "9000 s" }
repair = "never"
[components.b1]
fail = { constant = "9000 s" }
repair = "never"
[groups.near]
members = ["a1", "a2"]
standby = "active"
required = 2
[groups.far]
members = ["b1"]
[groups.sites]
members = ["near", "far"]
active = 1
standby = "hot"
detect = "10 s"
takeover = "20 s"
[service]
up = "sites"
"#;
    check_all(
        sites,
        &[],
        &["100..110 sites undetected, 110..130 sites promoting"],
    );
    // The near site is back before the takeover has ended.
    check_all(
        sites,
        &["groups.sites.takeover=60 s"],
        &["100..110 sites undetected, 110..150 sites promoting"],
    );
    // The near site has a failover of its own, which is faster than the detector of the sites.
    check_all(
        sites,
        &[
            "groups.near={ members = [\"a1\", \"a2\"], active = 1, standby = \"hot\", takeover = \"5 s\" }",
        ],
        &["100..105 sites undetected"],
    );
}

#[test]
fn downtime_belongs_to_the_group_that_began_it_and_is_still_down() {
    let shared = r#"
[run]
horizon = "400 s"
[components.x]
fail = { constant = "100 s" }
repair = "200 s"
[components.y]
fail = { constant = "200 s" }
repair = "50 s"
[components.db]
fail = { constant = "150 s" }
repair = "250 s"
[services.both]
up = "db and x"
[services.either]
up = "db or y"
[services.db-alone]
up = "db"
[services.two-of-three]
up = "at_least(2, db, x, y)"
[services.over-it]
up = "both and y"
"#;
    check_all(
        shared,
        &[],
        &[
            "100..300 x exhausted_repair, 300..400 db exhausted_repair",
            "200..250 y exhausted_repair",
            "150..400 db exhausted_repair",
            "150..300 db exhausted_repair",
            "100..300 x exhausted_repair, 300..400 db exhausted_repair",
        ],
    );
}

#[test]
fn an_active_member_takes_its_requests_along_until_that_is_noticed() {
    let both = [
        "run.horizon=300 s",
        NEVER_REPAIRED,
        TWO,
        "groups.pair.active=2",
        "groups.pair.required=1",
        "groups.pair.standby=active",
        DETECT,
    ];
    // 10 s of one half.
    check(&both, "lost 5");
    check(
        &[&both[..], &["groups.pair.shares_requests=false"]].concat(),
        "",
    );
    // Four members, of which three must serve: nothing is lost twice while the service is down.
    check(
        &[
            "run.horizon=300 s",
            NEVER_REPAIRED,
            "groups.pair.active=3",
            "groups.pair.required=2",
            "groups.pair.standby=active",
            DETECT,
            "components.b.fail={ constant = \"106 s\" }",
        ],
        "106..300 pair exhausted_unattended, lost 2",
    );
}

// ---- anything ----

/// A small generator for scenarios, apart from the ones that are tested.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        // Splitmix64 (Steele, Lea & Flood 2014).
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % sides as u64) as usize
    }

    fn of(&mut self, all: &[&'static str]) -> &'static str {
        all[self.roll(all.len())]
    }

    /// A line with one of the values, or none.
    fn line(&mut self, key: &str, all: &[&'static str]) -> String {
        match self.roll(all.len() + 1) {
            0 => String::new(),
            at => format!("{key} = {}\n", all[at - 1]),
        }
    }
}

/// A small system in which everything goes wrong often, and in every way.
fn any_scenario(seed: u64) -> String {
    let dice = &mut Dice(seed);
    let mut text = String::from(
        "[run]\nhorizon = \"300 h\"\n[crews.people]\nsize = 1\n[spares.parts]\nstock = 1\nlead_time = { mean = \"5 h\" }\n",
    );
    if dice.roll(2) == 0 {
        text = text.replace("size = 1\n", "size = 2\norder = \"priority\"\n");
    }
    let kinds = 1 + dice.roll(2);
    for kind in 0..kinds {
        text += &format!("[kinds.k{kind}]\ntest = {{ every = \"7 h\" }}\n");
        text += &dice.line("on_demand", &["{ probability = \"20 %\", mode = \"m0\" }"]);
        for mode in 0..1 + dice.roll(3) {
            text += &format!("[kinds.k{kind}.modes.m{mode}]\n");
            text += &format!(
                "fail = {}\n",
                dice.of(&[
                    "{ mean = \"8 h\" }",
                    "{ constant = \"5 h\" }",
                    "{ weibull = { shape = 2, mean = \"10 h\" } }",
                ])
            );
            if dice.roll(3) == 0 {
                text += &format!(
                    "lasts = {}\n",
                    dice.of(&["\"30 s\"", "{ mean = \"10 min\" }", "\"1 h\""])
                );
            } else {
                text += &format!(
                    "repair = {}\n",
                    dice.of(&[
                        "\"1 h\"",
                        "{ mean = \"2 h\" }",
                        "{ lognormal = { mean = \"1 h\", cv = 1 } }"
                    ])
                );
                text += &dice.line("crew", &["\"people\""]);
                text += &dice.line("spare", &["\"parts\""]);
                text += &dice.line("priority", &["1", "2"]);
                text += &dice.line("administrative_delay", &["\"10 min\""]);
                text += &dice.line(
                    "repair_starts",
                    &["\"failure\"", "\"detection\"", "\"takeover\""],
                );
                text += &dice.line("renews", &["\"unit\""]);
            }
            text += &dice.line("effect", &["\"isolated\"", "{ degraded = \"50 %\" }"]);
            text += &dice.line(
                "notice",
                &["\"at once\"", "{ after = \"20 min\" }", "\"test\""],
            );
            text += &dice.line(
                "after_repair",
                &["\"old\"", "{ kijima1 = 0.5 }", "{ kijima2 = 0.5 }"],
            );
        }
    }
    let groups = 1 + dice.roll(3);
    for group in 0..groups {
        let units = 1 + dice.roll(4);
        let active = 1 + dice.roll(units);
        let required = 1 + dice.roll(active);
        text += &format!(
            "[groups.g{group}]\nkind = \"k{}\"\nunits = {units}\nactive = {active}\nrequired = {required}\n",
            dice.roll(kinds)
        );
        let name = format!("g{group}");
        let policy = policy(dice, &name, units > active);
        if group == 0 {
            text += &policy;
        } else {
            text += &dice.line("needs", &["\"g0\""]);
            // Takeovers elsewhere may need the first group.
            text += &policy.replace("mean = \"5 min\",", "mean = \"5 min\", needs = \"g0\",");
        }
    }
    for cause in 0..dice.roll(3) {
        let hits = match groups {
            1 => "\"g0\"".to_owned(),
            _ => format!("\"g0\", \"g{}\"", groups - 1),
        };
        text += &format!(
            "[causes.c{cause}]\nevery = {}\nlasts = {}\nhits = [{hits}]\n",
            dice.of(&["{ mean = \"20 h\" }", "\"7 h\""]),
            dice.of(&["{ mean = \"30 min\" }", "\"1 h\""]),
        );
        text += &dice.line("probability", &["\"50 %\""]);
        text += &dice.line("breaks", &["true", "\"m0\""]);
    }
    text += "[people.operator]\nsize = 1\nslower = [{ every = \"12 h\", at = \"1 h\", lasts = \"5 h\", speed = \"50 %\" }]\n";
    for change in 0..dice.roll(3) {
        let on = match groups {
            1 => "\"g0\"".to_owned(),
            _ => format!("\"g0\", \"g{}\"", groups - 1),
        };
        text += &format!(
            "[changes.w{change}]\non = [{on}]\n{}\ntakes = {}\n",
            dice.of(&[
                "every = { mean = \"10 h\" }",
                "calendar = { every = \"12 h\", at = \"5 h\", lasts = \"1 h\" }",
            ]),
            dice.of(&["\"20 min\"", "{ mean = \"30 min\" }"]),
        );
        text += &dice.line("order", &["\"all at once\""]);
        text += &dice.line("effect", &["{ degraded = \"50 %\" }"]);
        text += &dice.line("without_redundancy", &["\"put off\"", "\"skip\""]);
        text += &dice.line(
            "bad",
            &[
                "{ probability = \"50 %\", noticed = \"30 min\", rollback = \"10 min\" }",
                "{ probability = \"50 %\", effect = \"isolated\", noticed = { mean = \"1 h\" }, rollback = \"1 h\" }",
            ],
        );
        text += &dice.line(
            "freeze",
            &["[{ every = \"24 h\", at = \"2 h\", lasts = \"4 h\" }]"],
        );
    }
    let mut parts: Vec<String> = (0..groups).map(|group| format!("g{group}")).collect();
    if groups == 3 && dice.roll(2) == 0 {
        text += "[groups.outer]\nmembers = [\"g0\", \"g1\"]\nactive = 1\n";
        text += &policy(dice, "outer", true);
        parts = vec!["outer".to_owned(), "g2".to_owned()];
    }
    text += &format!("[services.all]\nup = \"{}\"\n", parts.join(" and "));
    text += &format!("[services.some]\nup = \"{}\"\n", parts.join(" or "));
    text += "[services.first]\nup = \"any(all, g0)\"\n";
    text += &format!("[services.last]\nup = \"g{}\"\n", groups - 1);
    text
}

/// How a group fails over.
fn policy(dice: &mut Dice, name: &str, has_standbys: bool) -> String {
    let mut text = String::new();
    text += &dice.line(
        "detect",
        &[
            "\"5 min\"",
            "{ interval = \"1 min\", misses = 2 }",
            "{ interval = \"1 min\", misses = 1, loss = \"0.1 %\" }",
        ],
    );
    text += &dice.line("rejoin", &["\"10 min\"", "{ mean = \"2 h\" }"]);
    if !has_standbys {
        return text + "standby = \"active\"\n";
    }
    text += &format!(
        "standby = {}\n",
        dice.of(&["\"hot\"", "\"cold\"", "{ dormancy = 0.3 }"])
    );
    text += &dice.line("standby_faults", &["\"latent\"", "\"at once\""]);
    text += &dice.line(
        "false_alarms",
        &["{ mean = \"10 h\" }", "{ constant = \"4 h\" }"],
    );
    text += &dice.line("shares_requests", &["true", "false"]);
    text += &format!(
        "[groups.{name}.takeover]\nmanual = {}\n",
        dice.of(&["\"1 h\"", "{ mean = \"30 min\" }"])
    );
    for stage in ["deciding", "fencing", "promoting", "redirecting"] {
        text += &dice.line(
            stage,
            &[
                "\"0 s\"",
                "\"1 min\"",
                "{ mean = \"10 min\", during = \"degraded\" }",
                "{ constant = \"2 min\", succeeds = \"60 %\" }",
                "{ mean = \"5 min\", succeeds = \"60 %\", retries = 2, then = \"next candidate\" }",
                "{ mean = \"20 min\", succeeds = \"60 %\", then = \"proceed\" }",
            ],
        );
    }
    text += &dice.line("manual_by", &["\"operator\""]);
    text += &dice.line("candidate_failure", &["\"continue\""]);
    text += &dice.line("recovered", &["\"cancel undetected\"", "\"complete\""]);
    text += &dice.line("lone_failure", &["\"wait\""]);
    text += &dice.line("after_exhaustion", &["\"at once\""]);
    text += &dice.line("hold_down", &["\"3 h\""]);
    text += &format!(
        "[groups.{name}.split_brain]\nlasts = {{ mean = \"20 min\" }}\nreconcile = \"10 min\"\nreconcile_factor = 0.5\n"
    );
    text += &dice.line("during", &["\"degraded\"", "\"down\""]);
    let failback = dice.line(
        "failback",
        &[
            "\"at once\"",
            "{ mode = \"stable\", after = \"1 h\", takes = \"5 min\" }",
            "{ mode = \"manual\", after = { mean = \"2 h\" }, takes = \"5 min\", during = \"degraded\" }",
            "{ mode = \"window\", every = \"24 h\", at = \"3 h\", lasts = \"1 h\", takes = { mean = \"5 min\" } }",
        ],
    );
    let switchover = dice.line(
        "switchover",
        &[
            "\"2 min\"",
            "{ takes = \"5 min\", during = \"up\" }",
            "\"0 s\"",
        ],
    );
    // Keys of the group, so before its tables.
    format!("{failback}{switchover}{text}")
}

#[test]
fn in_any_system_each_nanosecond_has_one_cause() {
    let (mut outages, mut causes) = (0, std::collections::BTreeSet::new());
    for seed in 0..400 {
        let text = any_scenario(seed);
        let scenario = scenario(&text, &[]);
        let behaviour = Behaviour::of(&scenario.system);
        let simulator = Simulator::new(&behaviour, scenario.system.mission, seed);
        for number in 0..3 {
            let outcome = trial(&scenario.system, &simulator, number);
            for service in &outcome.services {
                outages += service.outages().count();
                causes.extend(service.segments.iter().map(|segment| segment.mechanism));
            }
        }
    }
    println!("{outages} outages, {} mechanisms", causes.len());
    assert!(outages > 20_000);
    // What waits for something that it needs is put down to what that waits for in turn, and these
    // services are not judged by a demand.
    let mut all = Mechanism::ALL.to_vec();
    all.retain(|&mechanism| {
        !matches!(
            mechanism,
            Mechanism::Need | Mechanism::Overload | Mechanism::Shortfall
        )
    });
    assert_eq!(causes.into_iter().collect::<Vec<_>>(), all);
}
