//! Planned work that leaves units as good as new: an inspection is what ends a fault that nobody mends.

use super::{Steering, Values};
use crate::base::Id;
use crate::behaviour::Event;
use crate::model::{ChangeStart, GroupId, Member, System, UnitId};

/// What a change renews.
#[derive(Debug)]
pub(super) struct Renewal {
    /// The groups of which it renews all units.
    pub(super) groups: Vec<GroupId>,
    /// All at the same time.
    pub(super) is_at_once: bool,
    /// Mean length of the work in nanoseconds.
    pub(super) takes: f64,
}

/// Of each change: what it renews, if it does.
pub(super) fn renewals(system: &System) -> Vec<Option<Renewal>> {
    let changes = system.changes.iter();
    changes
        .map(|change| {
            let is_renewed = |member: &Member| match member {
                Member::Unit(unit) => change.units.contains(unit),
                Member::Group(_) => false,
            };
            let groups = system.groups.iter_ids();
            let renewed = groups.filter(|(_, group)| group.members.iter().all(is_renewed));
            change.renews.then(|| Renewal {
                groups: renewed.map(|(id, _)| id).collect(),
                is_at_once: change.canary.is_none() && change.batch >= change.units.len(),
                takes: change.takes.mean() * 1e9,
            })
        })
        .collect()
}

/// Mean time in seconds until a unit that has failed is renewed by a change, or the mission is over.
pub(super) fn until_renewal(system: &System, unit: UnitId) -> f64 {
    let changes = system.changes.iter();
    let renewing = changes.filter(|change| change.renews && change.units.contains(&unit));
    let halves = renewing.map(|change| {
        0.5 * match &change.starts {
            ChangeStart::After(law) => law.mean(),
            ChangeStart::Window(window) => window.every.as_secs(),
        }
    });
    halves.fold(system.mission.as_secs(), f64::min)
}

impl Steering {
    /// What an event renews, or begins to renew.
    pub(super) fn renewal(&self, event: Event) -> Option<&Renewal> {
        let (Event::ChangeDue(change) | Event::WorkEnded(change)) = event else {
            return None;
        };
        self.renewals[change.index()].as_ref()
    }

    /// Value of the service after a renewal: that of what is wrong elsewhere.
    pub(super) fn renewed(&self, renewal: &Renewal, values: &Values) -> f64 {
        let groups = renewal.groups.iter();
        let leaves = groups.flat_map(|group| &self.leaves_of_group[group.index()]);
        self.with_leaves(leaves, 0.0, &values.present)
    }
}
