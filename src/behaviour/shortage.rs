//! Shortages: a service with `down_below` counts as down while it serves a smaller share of its demand.
//!
//! Interpreters judge the service itself, as they know the load at each time. The rules here are for what
//! depends on it: what needs it, units that age only while it serves, and services that contain it. For them
//! a shortage lasts from one event to another, which come when the load crosses the limit.

use super::clock::{AtLoad, Interpreter};
use super::plan::{Behaviour, NodeId, ShortagePlan};
use super::state::{Blame, State};
use crate::base::Id;
use crate::model::{GroupId, Level, ServiceId};

/// How much more than the limit a load must be: capacities and shares are rounded, and a service that
/// serves exactly its share is up.
const ROUNDING: f64 = 1.0 + 1e-12;

impl Behaviour {
    /// Whether the structure of a service is down, or it serves too little.
    pub(super) fn is_down(&self, state: &State, service: ServiceId) -> bool {
        state.services[service.index()].level == Level::Down || state.short[service.index()]
    }

    /// The level of a node, as those see it whose part it is.
    pub(super) fn level_shown(&self, state: &State, node: NodeId) -> Level {
        match self.nodes[node].service {
            Some(service) if state.short[service.index()] => Level::Down,
            Some(_) | None => state.nodes[node.index()].level,
        }
    }

    /// Watches for the load at which a service begins or ceases to serve too little, given what it can
    /// serve now.
    pub(super) fn watch_shortage<I: Interpreter>(
        &self,
        state: &mut State,
        service: ServiceId,
        run: &mut I,
    ) {
        let Some(ShortagePlan {
            below,
            begins,
            ends,
        }) = self.services[service].shortage
        else {
            return;
        };
        if state.services[service.index()].level == Level::Down {
            run.stop(begins);
            run.stop(ends);
            return self.set_short(state, service, false);
        }
        let flow = self.flow(state, service);
        let limit = if flow.reach < below {
            0.0
        } else {
            flow.capacity / below * ROUNDING
        };
        if state.short[service.index()] {
            run.start_at_load(ends, service, AtLoad::NotAbove(limit));
        } else {
            run.start_at_load(begins, service, AtLoad::Above(limit));
        }
    }

    /// A service begins to serve too little.
    pub(super) fn served_too_little<I: Interpreter>(
        &self,
        state: &mut State,
        service: ServiceId,
        run: &mut I,
    ) {
        self.set_short(state, service, true);
        self.watch_shortage(state, service, run);
    }

    /// A service serves enough again.
    pub(super) fn served_enough<I: Interpreter>(
        &self,
        state: &mut State,
        service: ServiceId,
        run: &mut I,
    ) {
        self.set_short(state, service, false);
        self.watch_shortage(state, service, run);
    }

    fn set_short(&self, state: &mut State, service: ServiceId, is_short: bool) {
        let root = self.services[service].root;
        let before = self.level_shown(state, root);
        state.short[service.index()] = is_short;
        let after = self.level_shown(state, root);
        if before != after {
            for &parent in &self.nodes[root].parents {
                self.child_changed(state, parent, before, after);
            }
            for &group in &self.services[service].groups {
                state.mark(group);
            }
        }
    }

    /// Who is to blame where what is down for want of some groups is so because a service of them serves
    /// too little.
    pub(super) fn blame_for_shortage(&self, state: &State, groups: &[GroupId]) -> Option<Blame> {
        let is_within = |service: &ServiceId| {
            let own = &self.services[*service].groups;
            state.short[service.index()] && own.iter().all(|group| groups.contains(group))
        };
        let service = self.services.ids().find(is_within)?;
        let mut largest = 0.0;
        let mut loser = None;
        self.lost_requests(state, service, &mut |group, mechanism, share| {
            if share > largest {
                (largest, loser) = (share, Some((group, mechanism)));
            }
        });
        let flow = self.flow(state, service);
        flow.lacking.or_else(|| {
            let (group, mechanism) = loser?;
            let of_group = Blame::of_group(group, mechanism);
            Some(Blame {
                root: flow.root.unwrap_or(of_group.root),
                ..of_group
            })
        })
    }
}
