//! Capacity: how much of what is asked of a service its members can serve at the moment.
//!
//! A service is a structure of groups, and requests pass through all parts that it needs: the part
//! that can bear least decides. Parts that stand for each other bear together what each can bear.
//! Before that, failed members that nobody has noticed yet take their share of the requests with them.
//! How much is asked, and when, is not known here.

use super::clock::Interpreter;
use super::plan::{Behaviour, MemberId, ProcessId, SeatId, Who};
use super::state::{FaultPhase, Mechanism, SeatPhase, State};
use crate::base::Id;
use crate::model::{Culprit, GroupId, Level, ServiceId, UnitId};

/// What a service can do for those who ask it, as long as it is not down.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Flow {
    /// Fraction of the requests that find a member that is not dead.
    pub reach: f64,
    /// The load that these members can bear, in the unit of the demand; infinite if any.
    pub capacity: f64,
    /// What is to blame if that is too little; found only where the service is judged by it.
    pub lacking: Option<(Culprit, Mechanism)>,
}

impl Flow {
    /// Everything that is asked.
    pub const FULL: Flow = Flow {
        reach: 1.0,
        capacity: f64::INFINITY,
        lacking: None,
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
    /// Requests pass through all of them.
    Least(Vec<CapacityPlan>),
    /// Requests are dealt out among them.
    Sum(Vec<CapacityPlan>),
}

impl Behaviour {
    /// What a service can do for those who ask it, as long as it is not down.
    pub fn flow(&self, state: &State, service: ServiceId) -> Flow {
        let plan = &self.services[service];
        // Each group lets those pass who do not run into a member that has failed unnoticed.
        let reach = plan.sharing.iter().fold(1.0, |served, &sharing| {
            let at = state.groups[sharing.index()];
            let asked = at.some + at.swallowing;
            if at.swallowing == 0 {
                served
            } else {
                served * f64::from(at.some) / f64::from(asked)
            }
        });
        // So do those who have found the member that serves.
        let reach = plan.leading.iter().fold(reach, |served, &leading| {
            let seats = self.groups[leading].seats;
            let away = seats
                .ids::<SeatId>()
                .filter(|seat| state.seats[seat.index()].client_away);
            served * (1.0 - away.count() as f64 / seats.len() as f64)
        });
        let capacity = match &plan.capacity {
            Some(plan) => self.capacity(state, plan),
            None => f64::INFINITY,
        };
        Flow {
            reach,
            capacity,
            lacking: plan
                .is_judged
                .then(|| self.lacking(state, service))
                .flatten(),
        }
    }

    /// The groups of a service whose clients take time to come to another member.
    pub fn leading(&self, service: ServiceId) -> &[GroupId] {
        &self.services[service].leading
    }

    fn capacity(&self, state: &State, plan: &CapacityPlan) -> f64 {
        let parts = |of: &Vec<CapacityPlan>| -> Vec<f64> {
            of.iter().map(|part| self.capacity(state, part)).collect()
        };
        match plan {
            CapacityPlan::Group(group) => self.group_capacity(state, *group),
            CapacityPlan::Least(of) => parts(of).into_iter().fold(f64::INFINITY, f64::min),
            CapacityPlan::Sum(of) => parts(of).iter().sum(),
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
            .map(|fault| self.fault_modes[fault.mode].left);
        // What has no fault is a machine in a state in which it gives less.
        faults
            .reduce(|left, further| left * further)
            .unwrap_or(reduced)
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
        self.capacity_changed(state, group, run);
    }

    /// What is to blame where a service serves less than is asked: whoever takes requests with it, or
    /// what the group that can bear least lacks.
    fn lacking(&self, state: &State, service: ServiceId) -> Option<(Culprit, Mechanism)> {
        let plan = &self.services[service];
        let swallows = |group: &&GroupId| state.groups[group.index()].swallowing > 0;
        if let Some(&group) = plan.sharing.iter().find(swallows) {
            return Some((Culprit::Group(group), Mechanism::Undetected));
        }
        let group = self.least(state, plan.capacity.as_ref()?)?;
        Some((self.blame(state, group).culprit, Mechanism::Shortfall))
    }

    /// The group that bounds the load: where several stand for each other, the one that lacks most.
    fn least(&self, state: &State, plan: &CapacityPlan) -> Option<GroupId> {
        match plan {
            CapacityPlan::Group(group) => Some(*group),
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
