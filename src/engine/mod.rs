//! Floor 5: simulation, the interpreter that draws clock times and runs one trial.
//!
//! A [`Simulator`] holds what all trials share; a [`Runner`] owns the buffers of one thread and runs
//! trials in them, one after the other, allocating only for what it has not met before. Every clock
//! and branch draws from a stream of its own, found by seed, trial and name, so a trial can be
//! repeated alone. What the rules do in a state is written down in a `memo` and repeated when the
//! state comes again.
//!
//! ```
//! use failsim::behaviour::Behaviour;
//! use failsim::engine::Simulator;
//! use failsim::scenario::{NoFiles, Source, load};
//!
//! let text = r#"
//!     format = 1
//!     [components.unit]
//!     fail = { mean = "500 h" }
//!     repair = { mean = "4 h" }
//!     [service]
//!     up = "unit"
//! "#;
//! let system = load(&Source::toml("unit.toml", text), &[], &NoFiles)?.system;
//! let behaviour = Behaviour::of(&system);
//! let simulator = Simulator::new(&behaviour, system.mission, 42);
//! let outcome = simulator.runner().run(0).clone();
//! let outages: Vec<_> = outcome.services[0].outages().collect();
//! assert!(!outages.is_empty() && outages.iter().all(|outage| outage.start < outage.end));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod clients;
mod demand;
mod guard;
mod memo;
mod outcome;
mod queue;
mod runner;
mod settled;

pub(crate) use guard::{EVENTS_BETWEEN_LOOKS, Guard};
pub(crate) use outcome::Chronicle;
pub use outcome::{Cut, DataLoss, Lost, Outage, Outcome, Segment, ServiceOutcome, Unserved};
pub use runner::{Busy, Observer, Runner, Simulator};
pub(crate) use settled::Settled;
