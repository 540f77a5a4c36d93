//! Floor 1: chance as mathematics: laws of durations, random streams, Markov chains, special
//! functions.
//!
//! Everything here is computed from whole-number mixing, plain arithmetic, square roots and the
//! `libm` crate, never from the platform's logarithms and exponentials, so that a seed gives the
//! same bytes on every machine. Nothing here knows what a failover is.

mod exp;
pub mod law;
pub mod markov;
pub(crate) mod numeric;
pub mod rng;
pub(crate) mod special;

pub(crate) use exp::exp;
pub use law::{InvalidLaw, Law};
pub use rng::{Stream, Streams, TrialStreams};
