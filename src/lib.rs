//! How much downtime will an architecture give, where does it come from, and what would change it?
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
