//! Services: structures, capacities, overload and scaling.

use super::super::capacity::CapacityPlan;
use super::super::clock::{Event, Timing};
use super::super::plan::*;
use super::{Compiler, after};
use crate::base::Id;
use crate::math::law::{Law, Never};
use crate::model::{Breakdown, DemandProfile, GroupId, Level, Member, ServiceId, Structure};

impl Compiler<'_> {
    /// Structures become nodes that count their children.
    pub(super) fn services(&mut self) {
        // Roots first, so that services can be parts of one another.
        for (service, plan) in self.system.services.iter_ids() {
            let (k, children) = match &plan.up {
                Structure::AtLeast { k, of } => (*k as u32, self.part_count(of)),
                Structure::Group(_)
                | Structure::Service(_)
                | Structure::Each(_)
                | Structure::Soft(_) => (1, 1),
            };
            self.roots.push(self.out.nodes.push(NodePlan {
                k,
                children,
                parents: Vec::new(),
                floor: Level::Down,
                service: Some(service),
                need: None,
            }));
        }
        for (service, plan) in self.system.services.iter_ids() {
            let root = self.roots[service.index()];
            match &plan.up {
                Structure::AtLeast { of, .. } => of.iter().for_each(|part| self.part(part, root)),
                part @ (Structure::Group(_)
                | Structure::Service(_)
                | Structure::Each(_)
                | Structure::Soft(_)) => self.part(part, root),
            }
        }
        for (service, plan) in self.system.services.iter_ids() {
            let mut groups = Vec::new();
            self.groups_of(service, &mut groups);
            groups.sort_unstable();
            groups.dedup();
            for &group in &groups {
                self.out.groups[group].services.push(service);
            }
            let capacity = match plan.demand {
                Some(_) => self.capacity(&plan.up),
                None => None,
            };
            let ageing = self.ageing.iter().filter(|(of, _)| *of == service);
            let ageing = ageing.map(|(_, unit)| *unit).collect();
            let stalling = groups.iter().copied();
            let stalling = stalling.filter(|&group| self.can_stall(group)).collect();
            self.out.services.push(ServicePlan {
                root: self.roots[service.index()],
                groups,
                route: None,
                leads_clients: false,
                watching: Vec::new(),
                has_flow: false,
                capacity,
                peak: plan.demand.as_ref().map_or(0.0, DemandProfile::peak),
                asked: plan.demand.clone().map(|demand| (demand, plan.down_below)),
                stalling,
                ageing,
                shortage: None,
            });
        }
    }

    /// Whether writes of a group, or of one that is a member in it, can wait for a standby.
    fn can_stall(&self, group: GroupId) -> bool {
        let replication = self.out.groups[group].replication.as_ref();
        let members = &self.system.groups[group].members;
        replication.is_some_and(|plan| plan.acknowledged_by > 0)
            || members
                .iter()
                .any(|member| matches!(*member, Member::Group(inner) if self.can_stall(inner)))
    }

    /// The limit of the load of a structure while that is up; `None`: there is no limit.
    fn capacity(&mut self, part: &Structure) -> Option<CapacityPlan> {
        match part {
            Structure::Group(group) => self
                .count_capacity(*group)
                .then_some(CapacityPlan::Group(*group)),
            Structure::Each(group) => self
                .count_capacity(*group)
                .then_some(CapacityPlan::Each(*group)),
            Structure::Service(service) => {
                let system = self.system;
                self.capacity(&system.services[*service].up)
            }
            Structure::Soft(_) => None,
            Structure::AtLeast { k, of } if *k == self.part_count(of) as usize => {
                let parts: Vec<CapacityPlan> =
                    of.iter().filter_map(|part| self.inner(part)).collect();
                (!parts.is_empty()).then_some(CapacityPlan::Least(parts))
            }
            Structure::AtLeast { of, .. } => {
                let parts: Vec<Option<CapacityPlan>> =
                    of.iter().map(|part| self.inner(part)).collect();
                // One of them that can bear anything is enough.
                parts
                    .into_iter()
                    .collect::<Option<_>>()
                    .map(CapacityPlan::Sum)
            }
        }
    }

    /// The limit of the load of an inner part of a structure: nothing while the part is down.
    fn inner(&mut self, part: &Structure) -> Option<CapacityPlan> {
        let plan = self.capacity(part)?;
        Some(match part {
            Structure::Service(_) | Structure::AtLeast { .. } => {
                CapacityPlan::Behind(self.dealt(part), Box::new(plan))
            }
            Structure::Group(_) | Structure::Each(_) | Structure::Soft(_) => plan,
        })
    }

    /// Services that count as down while they serve too little, where something depends on them.
    pub(super) fn shortages(&mut self) {
        let system = self.system;
        for (id, service) in system.services.iter_ids() {
            let root = self.roots[id.index()];
            let is_part = !self.out.nodes[root].parents.is_empty();
            let below = service.down_below.get();
            if service.demand.is_none()
                || below == 0.0
                || !is_part && self.out.services[id].ageing.is_empty()
            {
                continue;
            }
            let name = format!("service {}", service.name);
            let slot = self.slot();
            let mut clock = |event, what: &str| {
                let timing = Timing::Law(Law::from(Never));
                self.clock(event, timing, slot, &format!("{name} {what}"))
            };
            let plan = ShortagePlan {
                below,
                begins: clock(Event::ServedTooLittle(id), "serves too little"),
                ends: clock(Event::ServedEnough(id), "serves enough"),
            };
            self.out.services[id].shortage = Some(plan);
            self.out.has_shortages = true;
        }
    }

    /// Groups that may get more members, or collapse, by the demand of the service that they serve in.
    pub(super) fn overloads(&mut self) {
        let system = self.system;
        for (id, group) in system.groups.iter_ids() {
            let asks = |service: &&ServiceId| system.services[**service].demand.is_some();
            let mut services = self.out.groups[id].services.iter();
            let Some(&service) = services.find(asks) else {
                continue;
            };
            let name = format!("group {}", group.name);
            let never = || Timing::Law(Law::from(Never));
            if let Some(scaling) = &group.scaling {
                let (load, time) = (self.slot(), self.slot());
                let branch = self.branch(&format!("{name} scaling succeeds"));
                let mut clock = |event, timing, slot, what: &str| {
                    self.clock(event, timing, slot, &format!("{name} {what}"))
                };
                let plan = ScalingPlan {
                    service,
                    above: scaling.above,
                    quota: scaling.quota,
                    succeeds: scaling.succeeds.get(),
                    branch,
                    is_booked: system.scaling_cost_of_an_hour(id) > 0.0,
                    rises: clock(Event::ScaleWanted(id), never(), load, "scaling wanted"),
                    falls: clock(Event::ScaleOver(id), never(), load, "scaling over"),
                    delay: clock(Event::Scaled(id), after(&scaling.delay), time, "scaling"),
                };
                self.out.groups[id].scaling = Some(plan);
            }
            let Some(overload) = &group.overload else {
                continue;
            };
            let (load, time) = (self.slot(), self.slot());
            let mut clock = |event, timing, slot, what: &str| {
                self.clock(event, timing, slot, &format!("{name} {what}"))
            };
            let collapse = match &overload.breakdown {
                Breakdown::Crashes { .. } => None,
                Breakdown::Collapse {
                    after: law,
                    recovers_below,
                } => Some(CollapsePlan {
                    recovers_below: *recovers_below,
                    after: clock(Event::Collapsed(id), after(law), time, "collapses"),
                    restart: clock(
                        Event::Restarted(id),
                        after(&overload.restart),
                        time,
                        "restarts",
                    ),
                }),
            };
            let plan = OverloadPlan {
                service,
                above: overload.above,
                rises: clock(Event::LoadRose(id), never(), load, "overloaded"),
                falls: clock(Event::LoadFell(id), never(), load, "relieved"),
                collapse,
            };
            self.out.groups[id].overload = Some(plan);
        }
    }

    /// Whether all members of a group have a capacity; then it counts what each of them gives.
    fn count_capacity(&mut self, group: GroupId) -> bool {
        let members = &self.system.groups[group].members;
        let has_capacity = members.iter().all(|member| match *member {
            Member::Unit(unit) => self.system.units[unit].capacity.is_some(),
            Member::Group(inner) => self.count_capacity(inner),
        });
        let plan = &mut self.out.groups[group];
        plan.has_capacity |= has_capacity;
        plan.counts_members |= has_capacity;
        has_capacity
    }

    pub(super) fn part(&mut self, part: &Structure, parent: NodeId) {
        let inner = |k: usize, children: u32, floor| NodePlan {
            k: k as u32,
            children,
            parents: vec![parent],
            floor,
            service: None,
            need: None,
        };
        match part {
            Structure::Group(group) => self.out.groups[*group].nodes.push(parent),
            Structure::Each(group) => {
                let plan = &mut self.out.groups[*group];
                plan.counted_by.push(parent);
                plan.counts_members = true;
            }
            Structure::Service(service) => {
                let root = self.roots[service.index()];
                self.out.nodes[root].parents.push(parent);
            }
            Structure::Soft(part) => {
                let node = self.out.nodes.push(inner(1, 1, Level::Degraded));
                self.part(part, node);
            }
            Structure::AtLeast { k, of } => {
                let children = self.part_count(of);
                let node = self.out.nodes.push(inner(*k, children, Level::Down));
                of.iter().for_each(|part| self.part(part, node));
            }
        }
    }

    /// As how many children parts count.
    pub(super) fn part_count(&self, parts: &[Structure]) -> u32 {
        let count: usize = parts.iter().map(|part| self.system.part_count(part)).sum();
        u32::try_from(count).expect("there are fewer units than that")
    }

    fn groups_of(&self, service: ServiceId, groups: &mut Vec<GroupId>) {
        self.groups_in(&self.system.services[service].up, groups);
    }

    pub(super) fn groups_in(&self, part: &Structure, groups: &mut Vec<GroupId>) {
        match part {
            Structure::Group(group) | Structure::Each(group) => groups.push(*group),
            Structure::Service(service) => self.groups_of(*service, groups),
            Structure::Soft(part) => self.groups_in(part, groups),
            Structure::AtLeast { of, .. } => {
                of.iter().for_each(|part| self.groups_in(part, groups))
            }
        }
    }
}
