//! Floor 7: outages too rare to wait for, sought by weighted branches.
//!
//! Plain trials of a very reliable system hold no outage. Here a plain path runs in the background;
//! while it is quiet, in a state in which nothing is wrong, *episodes* that might begin there are
//! lived by branches that are bent towards an outage and weighed for it (importance sampling,
//! with weights that end with the episode). What a branch brings, times its weight, has the expected
//! value of what the episode brings, so means over a mission are sums over its episodes, whatever
//! the laws of the clocks and whatever the rules do. No state is assumed to be one of renewal, and
//! there is nothing to tune.
//!
//! * `clockwork` is what all paths of a system share: its clocks, as rare events see them.
//! * `path` interprets the rules on a path that can be copied and continued in many ways; `agenda` holds what it is
//!   going to do at a known time, `watch` what happens to services meanwhile.
//! * `steer` says how near an outage is, along the structure of the service.
//! * `branch` bends and weighs one branch; `stretch` makes durations longer.
//! * `simulator` takes a system apart and finds how many branches are best; `life` is the main path of a part with the
//!   branches from it; `trial` puts the parts together; `run` makes trials until they are enough; `tally` holds their
//!   exact sums.
//! * `mission` tells what outages do to a whole mission, where they do not just add up.
//! * `meanwhile` is what parts of a system do that live for themselves.
//! * `diagnosis` tests whether the result can be believed; `estimate` says what it is.
//! * `split` reaches outages in another way, without weights, to check against.
//! * `choice` decides between plain and rare trials.
//!
//! Where the ideas come from: failure biasing (Shahabuddin 1994), the zero-variance approximation
//! (L'Ecuyer and Tuffin 2011), episodes instead of regeneration cycles (Nicola, Shahabuddin and
//! Nakayama 2001), defensive mixtures (Hesterberg 1995).
mod agenda;
mod branch;
mod choice;
mod clockwork;
mod diagnosis;
mod estimate;
mod life;
mod meanwhile;
mod mission;
mod path;
mod run;
mod simulator;
mod split;
mod steer;
mod stretch;
mod tally;
mod trial;
mod watch;

pub use branch::Mixture;
pub use choice::{Choice, choose, choose_rare, follows_demand};
pub use diagnosis::{Diagnosis, TestResult, diagnose};
pub use estimate::estimates;
pub use run::{RareTrials, run};
pub use simulator::RareSimulator;
pub use split::split;
pub use tally::{RareRootMoments, RareServiceTally, RareTally, Uses};
