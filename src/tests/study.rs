//! The front door: what a study of a system needs, refuses, and ends at.

use failsim::base::Span;
use failsim::law::{Constant, Exponential};
use failsim::model::{Detector, Group, Kind, Member, Repair, Service, Structure, System};
use failsim::model::{MissionStart, Takeover, Unit, WarmUp};
use failsim::stats::{Progress, WhyStopped};
use failsim::study::{self, Method, Monitor, Settings, StudyError};
use failsim::trials::Goal;

use super::support::scenario;

/// A hot pair, as users of the library build it.
fn pair() -> System {
    let hours = |mean: f64| Exponential::with_mean(3600.0 * mean).unwrap();
    let seconds = |time: f64| Constant::new(time).unwrap();
    let mut system = System {
        name: "pair".to_owned(),
        mission: Span::from_hours(8766.0).unwrap(),
        ..System::default()
    };
    let repair = Repair::taking(hours(4.0).into());
    let server = system
        .kinds
        .push(Kind::failing("server", hours(500.0).into(), repair));
    let units = ["db.1", "db.2"].map(|name| system.units.push(Unit::new(name, server)));
    let db = system.groups.push(Group {
        name: "db".to_owned(),
        members: units.map(Member::Unit).to_vec(),
        detector: Some(Detector::Latency(seconds(30.0).into())),
        takeover: Takeover::taking(seconds(10.0).into()),
        ..Group::default()
    });
    let service = Service::new("service", Structure::Group(db));
    system.services.push(service);
    system
}

#[test]
fn a_pair_in_code_is_the_same_as_in_a_file() {
    let scenario = scenario(
        "name = \"pair\"
[kinds.server]
fail = { mean = \"500 h\" }
repair = { mean = \"4 h\" }
[groups.db]
kind = \"server\"
units = 2
standby = \"hot\"
detect = \"30 s\"
takeover = \"10 s\"
[service]
up = \"db\"
",
        &[],
    );
    assert_eq!(pair(), scenario.system);
    assert_eq!(Settings::default(), Settings::of(&scenario.run));
}

#[test]
fn what_cannot_be_studied_is_refused_with_the_reason() {
    let settings = Settings {
        goal: Goal::Trials(100),
        ..Settings::default()
    };
    let refusal = |system: &System, settings: Settings| {
        study::run(system, &settings).expect_err("it cannot be studied")
    };
    let nobody = System {
        groups: Default::default(),
        ..pair()
    };
    match refusal(&nobody, settings) {
        StudyError::Impossible(violations) => assert!(!violations.is_empty()),
        other => panic!("{other}"),
    }
    let none = Settings {
        goal: Goal::Trials(0),
        ..settings
    };
    assert_eq!(refusal(&pair(), none), StudyError::NoTrials);
    let settled = System {
        start: MissionStart::Settled {
            warm_up: WarmUp::Automatic,
        },
        ..pair()
    };
    let method = Method::Splitting;
    let told = refusal(&settled, Settings { method, ..settings }).to_string();
    assert!(told.starts_with("method splitting: "), "{told}");
    // Nobody tells the time.
    let goal = Goal::Signal;
    let error = refusal(&pair(), Settings { goal, ..settings });
    assert_eq!(error, StudyError::NoClock);
    let time_limit = Some(Span::from_hours(1.0).unwrap());
    let limited = Settings {
        time_limit,
        ..settings
    };
    assert_eq!(refusal(&pair(), limited), StudyError::NoClock);
}

/// A clock on which each look at it takes a second, and somebody who asks to end after some looks.
struct Clock {
    looks: f64,
    patience: f64,
}

impl Monitor for Clock {
    fn look(&mut self, _progress: &Progress) -> bool {
        self.looks += 1.0;
        self.looks >= self.patience
    }

    fn elapsed(&self) -> Span {
        Span::from_secs(self.looks).unwrap()
    }
}

#[test]
fn a_study_ends_when_time_is_up_or_somebody_asks_for_it() {
    let settings = Settings {
        method: Method::Plain,
        goal: Goal::Signal,
        time_limit: Some(Span::from_secs(3.0).unwrap()),
        ..Settings::default()
    };
    for (patience, looks, why) in [
        (f64::INFINITY, 3.0, WhyStopped::TimeBudgetSpent),
        (2.0, 2.0, WhyStopped::Interrupted),
    ] {
        let mut clock = Clock {
            looks: 0.0,
            patience,
        };
        let study = study::run_watched(&pair(), &settings, &mut clock).unwrap();
        assert_eq!((clock.looks, study.estimates.why_stopped), (looks, why));
    }
}

#[test]
fn trials_are_set_beside_the_exact_answer_if_that_is_asked_for() {
    let text = "[components.unit]
fail = { mean = \"99 h\" }
repair = { mean = \"1 h\" }
[service]
up = \"unit\"
";
    let system = scenario(text, &[]).system;
    let settings = Settings {
        goal: Goal::Trials(200),
        ..Settings::default()
    };
    let study = study::run(&system, &settings).unwrap();
    let [check] = study.checks.as_slice() else {
        panic!("{:?}", study.checks);
    };
    assert!(check.agrees() && (check.availability - 0.99).abs() < 1e-3);
    let checks = false;
    let unchecked = study::run(&system, &Settings { checks, ..settings }).unwrap();
    assert!(unchecked.checks.is_empty());
    let value = |study: &study::Study| {
        *study.estimates.services[0]
            .value("downtime", "mean")
            .unwrap()
    };
    assert_eq!(value(&study), value(&unchecked));
}
