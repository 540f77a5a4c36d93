//! Floor 0: what every other floor speaks in: quantities, typed ids, and words for people.
//!
//! A quantity is a type, an index is a type, and a name that came from a file is clean before it
//! reaches another file, a picture or a terminal. Nothing here knows what a failover is.

pub mod human;
pub mod id;
pub(crate) mod intern;
pub mod stop;
pub mod text;
pub mod units;

pub use id::{Id, IdVec};
pub use units::{Currency, Instant, InvalidQuantity, Money, MoneyRate, Probability, Span};
