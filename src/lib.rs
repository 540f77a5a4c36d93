//! How much downtime will an architecture give, where does it come from, and what would change it?
//!
//! A scenario file says what a system is, and [`study::run()`] what becomes of it:
//!
//! ```
//! use failsim::scenario::{NoFiles, Source, load};
//! use failsim::trials::Goal;
//! use failsim::{Settings, study};
//!
//! let file = "scenarios/failover-pair.toml";
//! let source = Source::toml(file, std::fs::read_to_string(file)?);
//! let scenario = load(&source, &[], &NoFiles)?;
//! let settings = Settings { goal: Goal::Trials(500), ..Settings::of(&scenario.run) };
//! let study = study::run(&scenario.system, &settings)?;
//!
//! for service in &study.estimates.services {
//!     match service.value("downtime", "mean") {
//!         Some(down) => println!("{}: {:.0} s a year", service.name, down.estimate),
//!         None => println!("{}: {:?}", service.name, study.estimates.not_established()),
//!     }
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A system can be built in code as well, here a hot pair; what is not said has a default:
//!
//! ```
//! use failsim::law::{Constant, Exponential};
//! use failsim::model::{Detector, Group, Kind, Member, Repair, Service, Structure, Takeover, Unit};
//! use failsim::{Settings, Span, System, study};
//!
//! let hours = |mean: f64| Exponential::with_mean(3600.0 * mean);
//! let mut system = System { mission: Span::from_hours(8766.0)?, ..System::default() };
//! let server = Kind::failing("server", hours(500.0)?.into(), Repair::taking(hours(4.0)?.into()));
//! let server = system.kinds.push(server);
//! let units = ["db.1", "db.2"].map(|name| system.units.push(Unit::new(name, server)));
//! let pair = system.groups.push(Group {
//!     name: "db".to_owned(),
//!     members: units.map(Member::Unit).to_vec(),
//!     detector: Some(Detector::Latency(Constant::new(30.0)?.into())),
//!     takeover: Takeover::taking(Constant::new(10.0)?.into()),
//!     ..Group::default()
//! });
//! system.services.push(Service::new("shop", Structure::Group(pair)));
//!
//! let study = study::run(&system, &Settings::default())?;
//! let down = study.estimates.services[0].value("downtime", "mean").expect("it was down");
//! assert!(down.low < down.estimate && down.estimate < down.high);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`study::solve()`] gives the exact answer where there is one, [`Study::change_from`] compares two designs,
//! [`report`] makes tables, pictures and text of a study, and [`engine::Simulator`] shows single trials.
//!
//! The library has one shape: data in, data out. A scenario file becomes a model, a model is
//! compiled into a behaviour, a behaviour and a seed become outcomes, outcomes become estimates, and
//! estimates become a report. Each arrow is a plain function. Nothing here prints, reads a clock or
//! opens a file; the command line in the binary does.
//!
//! The code is a house of floors. A module uses lower floors only, and a test holds it to that:
//!
//! ```text
//! 10 cli (in the binary)    reads files, prints, shows progress, chooses the exit code
//! 9  report                 estimates -> tables, JSON, text, plots, the story of a trial
//! 8  study                  chooses a method, warms up, runs, estimates, checks against the exact answer
//! 7  rare                   weighted branches that seek outages too rare to wait for
//! 6  trials                 many trials in parallel, with intervals
//! 5  engine     exact       two interpreters of the behaviour: clocks that draw their times; all states
//! 4  scenario   behaviour   file -> model; the compiled model, its clocks and transition rules
//! 3  model                  what a system is: units, groups, failover, crews, services
//! 2  stats                  exact sums, intervals, verdicts, stopping rules
//! 1  math                   laws of durations, random streams, special functions
//! 0  base                   quantities, ids, words for people
//! ```
//!
//! The heart is [`behaviour`]: what a failover does is written there once, as rules that take a
//! discrete state and the clock that has fired, and say which clocks start and stop and which random
//! branches there are. The rules know neither time nor chance. [`engine`] interprets them by drawing
//! times; [`exact`] interprets them by following every branch and enumerating every state; [`rare`] interprets
//! them by following what leads to an outage. Whoever
//! wants to do something else with the same rules writes another
//! [`Interpreter`](behaviour::Interpreter) and has every mechanism at once.
//!
//! Two promises shape the rest. *Same seed, same bytes*: simulated time is a whole number of
//! nanoseconds, every clock and branch draws from a stream of its own named by seed, trial and part,
//! sums are exact integers, and ties have an order, so no result depends on threads or machine.
//! *Every figure with its interval*: [`trials::Estimates`] has no number that does not say how sure
//! it is and on how many outages it rests.
//!
//! To find your way: a sentence of the scenario format is a key in `scenario/file`, a type in
//! [`model`], a table entry in `behaviour/compile` and a rule in `behaviour/fault.rs` or
//! `behaviour/failover`.

pub mod base;
pub mod behaviour;
pub mod engine;
pub mod exact;
pub mod math;
pub mod model;
pub mod rare;
pub mod report;
pub mod scenario;
pub mod stats;
pub mod study;
pub mod trials;

pub use base::{Probability, Span};
pub use math::{Law, law};
pub use model::System;
pub use scenario::Scenario;
pub use stats::Interval;
pub use study::{Method, Settings, Study};
