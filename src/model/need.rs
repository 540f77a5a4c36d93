//! Needs: what cannot work, or works less, while something else is down.

use super::component::Effect;
use super::service::Structure;
use super::{GroupId, UnitId};

/// Something that depends on other groups or services.
#[derive(Clone, Debug, PartialEq)]
pub struct Need {
    /// What is needed, as the scenario states it, such as `dns and auth`.
    pub text: String,
    /// What must be up; degraded is good enough.
    pub on: Structure,
    /// The group or component that says so.
    pub of: String,
    /// Who depends on it.
    pub dependent: Dependent,
}

/// Who depends on something, and how.
#[derive(Clone, Debug, PartialEq)]
pub enum Dependent {
    /// Units: while what they need is down, they suffer this.
    Units {
        /// Which units.
        units: Vec<UnitId>,
        /// Down for a hard need, degraded for a soft one.
        effect: Effect,
    },
    /// A step of the takeovers of a group: it stands still meanwhile.
    Step(GroupId, TakeoverStep),
}

/// A step of a takeover that may have to wait for what it needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TakeoverStep {
    /// Agreeing that there is a failure.
    Deciding,
    /// Making sure that the old member serves no more.
    Fencing,
    /// Making the candidate ready to serve.
    Promoting,
    /// Leading the clients to it.
    Redirecting,
    /// The takeover by people.
    Manual,
}

impl TakeoverStep {
    /// All of them, in order.
    pub const ALL: [TakeoverStep; 5] = [
        TakeoverStep::Deciding,
        TakeoverStep::Fencing,
        TakeoverStep::Promoting,
        TakeoverStep::Redirecting,
        TakeoverStep::Manual,
    ];
}
