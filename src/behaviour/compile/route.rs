//! The ways of the requests to the services.

use super::super::plan::*;
use super::super::route::{GroupRoute, Part, Route};
use super::Compiler;
use crate::base::Id;
use crate::model::{Dependent, Effect, GroupId, Member, ServiceId, Structure, UnitId};

impl Compiler<'_> {
    /// Finds on which way requests may get lost, once all groups and needs are known.
    pub(super) fn routes(&mut self) {
        let mut needs_of: Vec<Vec<usize>> = vec![Vec::new(); self.system.units.len()];
        for (index, need) in self.system.needs.iter().enumerate() {
            if let Dependent::Units {
                units,
                effect: Effect::Down,
            } = &need.dependent
            {
                units
                    .iter()
                    .for_each(|unit| needs_of[unit.index()].push(index));
            }
        }
        let system = self.system;
        for (id, service) in system.services.iter_ids() {
            let route = self.route(&service.up, &needs_of);
            if let Some(route) = &route {
                self.watch_route(id, route);
            }
            let leads = |group: GroupId| route.as_ref().is_some_and(|route| route.leads_to(group));
            let leads_clients = system.groups.ids().any(leads);
            let watches = system.groups.ids().filter(|&group| {
                let plan = &self.out.groups[group];
                let scales = plan.scaling.as_ref().is_some_and(|plan| plan.service == id);
                scales
                    || plan
                        .overload
                        .as_ref()
                        .is_some_and(|plan| plan.service == id)
            });
            let watching = if leads_clients {
                watches.collect()
            } else {
                Vec::new()
            };
            let plan = &mut self.out.services[id];
            plan.has_flow = route.is_some() || plan.asked.is_some();
            plan.leads_clients = leads_clients;
            plan.watching = watching;
            plan.route = route;
        }
    }

    fn route(&self, structure: &Structure, needs_of: &[Vec<usize>]) -> Option<Route> {
        match structure {
            Structure::Group(group) | Structure::Each(group) => self.group_route(*group, needs_of),
            Structure::Service(service) => self.route(&self.system.services[*service].up, needs_of),
            Structure::Soft(_) => None,
            Structure::AtLeast { k, of } if *k == self.part_count(of) as usize => {
                Route::all(of.iter().filter_map(|part| self.route(part, needs_of)))
            }
            Structure::AtLeast { of, .. } => {
                let parts: Vec<(Part, Option<Route>)> = of
                    .iter()
                    .map(|part| (self.dealt(part), self.route(part, needs_of)))
                    .collect();
                let loses = parts.iter().any(|(_, route)| route.is_some());
                loses.then_some(Route::Dealt(parts))
            }
        }
    }

    pub(super) fn dealt(&self, structure: &Structure) -> Part {
        match structure {
            Structure::Group(group) => Part::Group(*group),
            Structure::Each(group) => Part::Each(*group),
            Structure::Service(service) => Part::Service(self.roots[service.index()]),
            Structure::Soft(_) => Part::Soft,
            Structure::AtLeast { k, of } => {
                Part::AtLeast(*k, of.iter().map(|part| self.dealt(part)).collect())
            }
        }
    }

    fn group_route(&self, id: GroupId, needs_of: &[Vec<usize>]) -> Option<Route> {
        let plan = &self.out.groups[id];
        let group = &self.system.groups[id];
        let members = plan.members.ids::<MemberId>();
        let mut beyond: Vec<(MemberId, Route)> = members
            .zip(&group.members)
            .filter_map(|(member, who)| {
                let route = match *who {
                    Member::Unit(unit) => self.needs_route(unit, needs_of),
                    Member::Group(inner) => self.group_route(inner, needs_of),
                };
                route.map(|route| (member, route))
            })
            .collect();
        // What all of them need lies beyond the group, whoever serves.
        let mut common = None;
        if beyond.len() == group.members.len()
            && beyond.iter().all(|(_, route)| *route == beyond[0].1)
        {
            common = beyond.drain(..).next().map(|(_, route)| route);
        }
        let route = GroupRoute {
            group: id,
            leads: group.takeover.clients.is_some(),
            swallows: plan.shares_requests,
            beyond,
        };
        let loses = route.leads || route.swallows || !route.beyond.is_empty();
        Route::all(
            loses
                .then_some(Route::Group(route))
                .into_iter()
                .chain(common),
        )
    }

    /// What requests to a unit pass that it needs.
    fn needs_route(&self, unit: UnitId, needs_of: &[Vec<usize>]) -> Option<Route> {
        let needs = needs_of[unit.index()].iter();
        Route::all(needs.filter_map(|&need| self.route(&self.system.needs[need].on, needs_of)))
    }

    /// A service is to be asked again whenever something changes on the ways of its requests.
    fn watch_route(&mut self, service: ServiceId, route: &Route) {
        match route {
            Route::Group(GroupRoute { group, beyond, .. }) => {
                let plan = &mut self.out.groups[*group];
                if !plan.services.contains(&service) {
                    plan.services.push(service);
                }
                if !beyond.is_empty() {
                    plan.counts_members = true;
                    plan.deals_requests = true;
                }
                beyond
                    .iter()
                    .for_each(|(_, route)| self.watch_route(service, route));
            }
            Route::All(parts) => parts
                .iter()
                .for_each(|part| self.watch_route(service, part)),
            Route::Dealt(parts) => parts
                .iter()
                .filter_map(|(_, route)| route.as_ref())
                .for_each(|route| self.watch_route(service, route)),
        }
    }
}
