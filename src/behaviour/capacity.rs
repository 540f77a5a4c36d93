//! Capacity: how much of what is asked of a service its members can serve at the moment.
//!
//! A service is a structure of groups, and requests pass through all parts that it needs: the part
//! that can bear least decides. Parts that stand for each other bear together what each can bear. What
//! gets lost before is found in `route`. How much is asked, and when, is not known here.

use super::clock::{Event, Interpreter};
use super::plan::{Behaviour, EffectPlan, MemberId, ProcessId, SeatId, Who};
use super::route::Part;
use super::state::{AbleState, Blame, FaultPhase, Mechanism, SeatPhase, State};
use crate::base::Id;
use crate::model::{GroupId, Level, Root, ServiceId, UnitId};

/// What a service can do for those who ask it, as long as it is not down.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Flow {
    /// Fraction of the requests that get lost in no group on their way.
    pub reach: f64,
    /// The load that these members can bear, in the unit of the demand; infinite if any.
    pub capacity: f64,
    /// What is to blame for that, if it is less than the largest demand.
    pub lacking: Option<Blame>,
    /// The root of the latest loss of reach or capacity; `None` while the service can serve its largest demand.
    pub root: Option<Root>,
}

impl Flow {
    /// Everything that is asked.
    pub const FULL: Flow = Flow {
        reach: 1.0,
        capacity: f64::INFINITY,
        lacking: None,
        root: None,
    };

    /// How much of a load is served.
    #[inline]
    pub fn served(&self, load: f64) -> f64 {
        (self.reach * load).min(self.capacity)
    }
}

/// What bounds the load that a service can bear.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum CapacityPlan {
    /// A group with capacities.
    Group(GroupId),
    /// The members of such a group, each for itself.
    Each(GroupId),
    /// Requests pass through all of them.
    Least(Vec<CapacityPlan>),
    /// Requests are dealt out among them.
    Sum(Vec<CapacityPlan>),
    /// Nothing comes through while a part of the structure is down.
    Behind(Part, Box<CapacityPlan>),
}

impl Behaviour {
    /// What a service can do for those who ask it, as long as it is not down.
    pub fn flow(&self, state: &State, service: ServiceId) -> Flow {
        let plan = &self.services[service];
        let capacity = match &plan.capacity {
            Some(plan) => self.capacity(state, plan),
            None => f64::INFINITY,
        };
        let lacking = plan.capacity.as_ref().filter(|_| capacity < plan.peak);
        let root = state.able[service.index()].root;
        Flow {
            root,
            reach: self.reach(state, service),
            capacity,
            lacking: lacking
                .and_then(|plan| self.least(state, plan))
                .map(|group| {
                    let blame = self.blame(state, group);
                    let of_state = Root {
                        culprit: blame.culprit,
                        through: group,
                    };
                    Blame {
                        mechanism: Mechanism::Shortfall,
                        root: root.unwrap_or(of_state),
                        ..blame
                    }
                }),
        }
    }

    /// The flow of a service after an event that has touched a group. Keeps the root of the latest loss of capacity:
    /// a downtime that begins later, because the demand rises, is put down to it.
    pub(super) fn flow_after(
        &self,
        state: &mut State,
        service: ServiceId,
        group: GroupId,
        event: Option<Event>,
    ) -> Flow {
        let peak = self.services[service].peak;
        let mut flow = self.flow(state, service);
        let capacity = flow.capacity.min(peak);
        let able = &state.able[service.index()];
        let (reach_before, capacity_before) = match able.root {
            Some(_) => able.numbers(),
            None => (1.0, peak),
        };
        let is_less = flow.reach < reach_before || capacity < capacity_before;
        if flow.reach >= 1.0 && capacity >= peak {
            flow.root = None;
        } else if is_less || flow.root.is_none() {
            let through = flow.lacking.map_or(group, |blame| blame.group);
            flow.root = Some(self.root(state, event, through));
        }
        state.able[service.index()] = AbleState::of(flow.reach, capacity, flow.root);
        if let (Some(blame), Some(root)) = (&mut flow.lacking, flow.root) {
            blame.root = root;
        }
        flow
    }

    /// The cause of the largest part of a load that a service loses in a state; `None` if nothing is lost. One
    /// client of each seat is followed, who is back or not.
    pub fn largest_loss(&self, state: &State, service: ServiceId, load: f64) -> Option<Blame> {
        let flow = self.flow(state, service);
        let mut losses = Vec::new();
        self.lost_requests(state, service, &mut |group, mechanism, share| {
            let of_group = Blame::of_group(group, mechanism);
            let root = flow.root.unwrap_or(of_group.root);
            losses.push((share * load, Blame { root, ..of_group }));
        });
        let short = (flow.reach * load - flow.capacity).max(0.0);
        let lacking = flow.lacking.iter();
        losses.extend(lacking.map(|&blame| (short, blame)));
        let largest = losses.into_iter().rev().max_by(|a, b| a.0.total_cmp(&b.0));
        largest.map(|(_, cause)| cause)
    }

    fn capacity(&self, state: &State, plan: &CapacityPlan) -> f64 {
        match plan {
            CapacityPlan::Group(group) => self.group_capacity(state, *group),
            CapacityPlan::Least(of) => {
                let parts = of.iter().map(|part| self.capacity(state, part));
                parts.fold(f64::INFINITY, f64::min)
            }
            CapacityPlan::Sum(of) => of.iter().map(|part| self.capacity(state, part)).sum(),
            CapacityPlan::Each(group) if state.groups[group.index()].load.is_down() => 0.0,
            CapacityPlan::Each(group) => {
                self.seats_capacity(state, *group) + self.extra_capacity(state, *group)
            }
            CapacityPlan::Behind(part, _) if self.parts_up(state, part) == 0 => 0.0,
            CapacityPlan::Behind(_, plan) => self.capacity(state, plan),
        }
    }

    /// The load that the members of a group that serve can bear.
    pub(super) fn group_capacity(&self, state: &State, group: GroupId) -> f64 {
        if state.groups[group.index()].level == Level::Down {
            return 0.0;
        }
        self.seats_capacity(state, group) + self.extra_capacity(state, group)
    }

    fn seats_capacity(&self, state: &State, group: GroupId) -> f64 {
        let seats = self.groups[group].seats.ids::<SeatId>();
        seats.map(|seat| self.seat_capacity(state, seat)).sum()
    }

    /// The demand that the members of a group that serve can bear, and so much more, whether or not it
    /// has collapsed; `None` if nobody serves. Members that have failed unnoticed keep their share of the
    /// load away from the others.
    pub(super) fn bearable(&self, state: &State, group: GroupId, extra: f64) -> Option<f64> {
        let at = state.groups[group.index()];
        let capacity = self.seats_capacity(state, group);
        if capacity == 0.0 || at.some == 0 {
            return None;
        }
        let asked = f64::from(at.some + at.swallowing);
        Some((capacity + extra) * asked / f64::from(at.some))
    }

    fn seat_capacity(&self, state: &State, seat: SeatId) -> f64 {
        let at = &state.seats[seat.index()];
        let reduced = self.groups[self.seats[seat].group].degraded_capacity;
        match at.gives {
            Level::Down => 0.0,
            _ if at.phase == SeatPhase::Serving => {
                let capacity = self.member_capacity(state, at.member, reduced);
                if at.warming {
                    capacity * reduced
                } else {
                    capacity
                }
            }
            Level::Up => self.rated_capacity(at.member),
            Level::Degraded => self.rated_capacity(at.member) * reduced,
        }
    }

    /// What a member can bear if all is well with it.
    fn rated_capacity(&self, member: MemberId) -> f64 {
        match self.members[member].who {
            Who::Unit(unit) => self.units[unit].capacity,
            Who::Group(group) => {
                let seats = self.groups[group].seats.ids::<SeatId>();
                seats
                    .map(|seat| self.rated_capacity(self.seats[seat].preferred))
                    .sum()
            }
        }
    }

    fn member_capacity(&self, state: &State, member: MemberId, reduced: f64) -> f64 {
        match self.members[member].who {
            Who::Unit(unit) => self.units[unit].capacity * self.capacity_left(state, unit, reduced),
            Who::Group(group) => self.group_capacity(state, group),
        }
    }

    /// What the faults of a unit leave of its capacity.
    fn capacity_left(&self, state: &State, unit: UnitId, reduced: f64) -> f64 {
        if state.units[unit.index()].degraded == 0 {
            return 1.0;
        }
        let faults = self.units[unit]
            .processes
            .ids::<ProcessId>()
            .map(|process| state.processes[process.index()])
            .filter(|fault| fault.phase != FaultPhase::Fine)
            .map(|fault| &self.fault_modes[fault.mode])
            .filter(|mode| mode.effect == EffectPlan::Degraded);
        // What reduces it and is no fault is the state of a machine.
        let mut others = state.units[unit.index()].degraded;
        let mut left = 1.0;
        for fault in faults {
            others -= 1;
            left *= fault.left;
        }
        left * reduced.powi(i32::from(others))
    }

    /// The seats of a group can bear another load: its services are settled when the event is over.
    #[inline]
    pub(super) fn capacity_changed<I: Interpreter>(
        &self,
        state: &mut State,
        group: GroupId,
        run: &mut I,
    ) {
        if self.groups[group].has_capacity {
            let mut group = group;
            loop {
                self.watch_scale(state, group, run);
                self.watch_load(state, group, run);
                state.mark(group);
                match self.groups[group].member_of {
                    Some(member) => group = self.members[member].group,
                    None => return,
                }
            }
        }
    }

    /// The number of members that serve has changed, or what they give.
    #[inline(never)]
    pub(super) fn serving_changed<I: Interpreter>(
        &self,
        state: &mut State,
        group: GroupId,
        run: &mut I,
    ) {
        if !self.groups[group].load.is_empty() {
            self.settle_load(state, group, run);
        }
        if self.groups[group].deals_requests {
            state.mark(group);
        }
        self.capacity_changed(state, group, run);
    }

    /// The group that bounds the load: where several stand for each other, the one that lacks most.
    fn least(&self, state: &State, plan: &CapacityPlan) -> Option<GroupId> {
        match plan {
            CapacityPlan::Group(group) | CapacityPlan::Each(group) => Some(*group),
            CapacityPlan::Behind(part, plan) if self.parts_up(state, part) == 0 => self
                .first_down(state, part)
                .or_else(|| self.least(state, plan)),
            CapacityPlan::Behind(_, plan) => self.least(state, plan),
            CapacityPlan::Least(of) => {
                let least = of.iter().min_by(|a, b| {
                    let (a, b) = (self.capacity(state, a), self.capacity(state, b));
                    a.total_cmp(&b)
                })?;
                self.least(state, least)
            }
            CapacityPlan::Sum(of) => {
                of.iter()
                    .filter_map(|part| self.least(state, part))
                    .max_by(|&a, &b| {
                        let lacks = |group: GroupId| {
                            let seats = self.groups[group].seats.ids::<SeatId>();
                            let rated: f64 = seats
                                .map(|seat| self.rated_capacity(self.seats[seat].preferred))
                                .sum();
                            rated - self.group_capacity(state, group)
                        };
                        lacks(a).total_cmp(&lacks(b)).then(b.cmp(&a))
                    })
            }
        }
    }
}
