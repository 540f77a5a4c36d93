//! From seats to services: levels go up the structure, and each downtime gets its cause.

use super::clock::{Event, Interpreter};
use super::plan::{
    Behaviour, EndingPlan, MemberId, NeedId, NodeId, Origin, ProcessId, SeatId, Who,
};
use super::state::{Blame, FaultPhase, Mechanism, Role, SeatPhase, State};
use crate::base::Id;
use crate::model::{Culprit, GroupId, Level, ServiceId, UnitId};

impl Behaviour {
    /// A seat gives another level of service.
    #[inline(always)]
    pub(super) fn give<I: Interpreter>(
        &self,
        state: &mut State,
        group: GroupId,
        seat: SeatId,
        level: Level,
        run: &mut I,
    ) {
        let before = std::mem::replace(&mut state.seat(seat).gives, level);
        if before == level {
            return;
        }
        let required = self.groups[group].required;
        let at = state.group(group);
        at.full = at.full + u32::from(level == Level::Up) - u32::from(before == Level::Up);
        at.some = at.some + u32::from(level > Level::Down) - u32::from(before > Level::Down);
        let new = level_of(at.full, at.some, required);
        if new != at.level {
            self.group_level_changed(state, group, new, run);
        }
        if self.groups[group].counts_members {
            self.serving_changed(state, group, run);
            if !self.groups[group].counted_by.is_empty() {
                self.count_changed(state, group, before, level);
            }
        }
    }

    /// Another number of members serve of a group whose members count each for itself.
    #[inline(never)]
    fn count_changed(&self, state: &mut State, group: GroupId, old: Level, new: Level) {
        for &node in &self.groups[group].counted_by {
            self.child_changed(state, node, old, new);
        }
        state.mark(group);
    }

    /// Whether a group may be why a service is down: it is down, or it lacks one of the members that
    /// count each for itself.
    #[inline(always)]
    fn is_lacking(&self, state: &State, group: GroupId) -> bool {
        let at = &state.groups[group.index()];
        at.level == Level::Down || self.lacks_members(at.some, group)
    }

    #[inline(always)]
    fn lacks_members(&self, serving: u32, group: GroupId) -> bool {
        let plan = &self.groups[group];
        !plan.counted_by.is_empty() && (serving as usize) < plan.seats.len()
    }

    /// Another number of members serve, so each of them bears another load.
    pub(super) fn settle_load<I: Interpreter>(
        &self,
        state: &mut State,
        group: GroupId,
        run: &mut I,
    ) {
        for member in self.groups[group].members.ids::<MemberId>() {
            if state.members[member.index()].role == Role::Serving {
                self.set_member_speed(state, member, run);
            }
        }
    }

    /// Something about a group has changed that may be why it is down: its services are settled when
    /// the event is over.
    #[inline(always)]
    pub(super) fn touch(&self, state: &mut State, group: GroupId) {
        if self.is_lacking(state, group) {
            self.touch_down(state, group);
        }
    }

    fn touch_down(&self, state: &mut State, group: GroupId) {
        state.mark(group);
        if let Some(member) = self.groups[group].member_of {
            self.touch(state, self.members[member].group);
        }
    }

    /// What the members of a group make of it.
    pub(super) fn members_level(&self, state: &State, group: GroupId) -> Level {
        let at = state.groups[group.index()];
        level_of(at.full, at.some, self.groups[group].required)
    }

    #[inline(never)]
    pub(super) fn group_level_changed<I: Interpreter>(
        &self,
        state: &mut State,
        group: GroupId,
        new: Level,
        run: &mut I,
    ) {
        let plan = &self.groups[group];
        if state.group(group).load.is_down() && new > Level::Down {
            // What has collapsed serves nobody, whoever is fit.
            return self.touch(state, group);
        }
        let old = std::mem::replace(&mut state.group(group).level, new);
        state.group(group).fell = new == Level::Down;
        if new == Level::Down {
            state.down.push(group);
        } else if old == Level::Down {
            state.down.retain(|&down| down != group);
            for taker in state
                .taken
                .iter_mut()
                .filter(|taker| **taker == Some(group))
            {
                *taker = None;
            }
        }
        for &node in &plan.nodes {
            self.child_changed(state, node, old, new);
        }
        state.mark(group);
        if let Some(member) = plan.member_of {
            self.member_group_changed(state, member, old, new, run);
        }
    }

    /// A child of a node has another level.
    pub(super) fn child_changed(&self, state: &mut State, node: NodeId, old: Level, new: Level) {
        let plan = &self.nodes[node];
        let at = &mut state.nodes[node.index()];
        at.full = at.full + u32::from(new == Level::Up) - u32::from(old == Level::Up);
        at.some = at.some + u32::from(new > Level::Down) - u32::from(old > Level::Down);
        let level = level_of(at.full, at.some, plan.k).max(plan.floor);
        let before = std::mem::replace(&mut at.level, level);
        if before != level {
            if let Some(need) = plan.need {
                state.due.push(need);
            }
            // Whoever depends on a service that serves too little sees it down anyway.
            let is_short = plan
                .service
                .is_some_and(|service| state.short[service.index()]);
            for &parent in plan.parents.iter().filter(|_| !is_short) {
                self.child_changed(state, parent, before, level);
            }
            if let Some(service) = plan.service {
                state.services[service.index()].level = level;
            }
        }
    }

    /// Finds out, after an event, what the services of the groups that it has touched do now and who
    /// is to blame.
    ///
    /// Downtime belongs to the group whose change took the service down; when that group is back and
    /// the service is not, to the one among those still down that went down first.
    #[inline(never)]
    pub(super) fn settle_services<I: Interpreter>(
        &self,
        state: &mut State,
        event: Option<Event>,
        run: &mut I,
    ) {
        loop {
            if self.has_shortages {
                self.watch_shortages(state, run);
            }
            for at in 0..state.touched.len() {
                let group = state.touched[at];
                for &service in &self.groups[group].services {
                    self.settle_service(state, service, group, event, run);
                }
            }
            for at in 0..state.touched.len() {
                let group = &mut state.groups[state.touched[at].index()];
                (group.touched, group.fell) = (false, false);
            }
            state.touched.clear();
            if !self.settle_needs(state, run) {
                return;
            }
        }
    }

    #[inline(never)]
    fn watch_shortages<I: Interpreter>(&self, state: &mut State, run: &mut I) {
        let mut at = 0;
        while let Some(&group) = state.touched.get(at) {
            for &service in &self.groups[group].services {
                self.watch_shortage(state, service, run);
            }
            at += 1;
        }
    }

    fn settle_service<I: Interpreter>(
        &self,
        state: &mut State,
        service: ServiceId,
        group: GroupId,
        event: Option<Event>,
        run: &mut I,
    ) {
        let before = state.services[service.index()];
        // Also where the service is as it was before: what has been started meanwhile may have seen it down.
        for &unit in &self.services[service].ageing {
            let speed = self.unit_speed(state, unit);
            self.set_unit_speed(state, unit, speed, None, run);
        }
        let find_cause = || {
            let is_lacking = |group: &GroupId| self.is_lacking(state, *group);
            let culprit = match before.cause {
                Some(before) => Some(before.group).filter(is_lacking),
                // What has just gone down took the service with it.
                None => self.just_fallen(state, service).or_else(|| {
                    let is_of_service = self.services[service].groups.contains(&group);
                    Some(group).filter(|group| is_of_service && is_lacking(group))
                }),
            };
            let culprit = culprit.or_else(|| self.next_culprit(state, service));
            let Some(culprit) = culprit else {
                let groups = &self.services[service].groups;
                let shortage = self.blame_for_shortage(state, groups);
                return shortage.unwrap_or_else(|| self.blame(state, group));
            };
            self.blame(state, culprit)
        };
        let cause = (before.level == Level::Down).then(|| {
            let blame = find_cause();
            let root = match (before.cause, event) {
                (Some(before), _) => before.root,
                // What has reduced the service that serves too little now.
                (None, Some(Event::ServedTooLittle(_))) => blame.root,
                (None, _) => self.root(state, event, blame.group),
            };
            Blame { root, ..blame }
        });
        state.services[service.index()].cause = cause;
        if !self.services[service].stalling.is_empty() {
            let stalling = &self.services[service].stalling;
            state.services[service.index()].stalled =
                self.is_stalled(state, stalling, before.level);
        }
        run.service_changed(service, &state.services[service.index()]);
        if self.services[service].has_flow {
            let flow = self.flow_after(state, service, group, event);
            run.served_changed(service, flow, state);
            for &group in &self.services[service].watching {
                self.watch_scale(state, group, run);
                self.watch_load(state, group, run);
            }
        }
    }

    /// The group of a service that the present event has taken down, the first of several.
    fn just_fallen(&self, state: &State, service: ServiceId) -> Option<GroupId> {
        let has_fallen = |group: &&GroupId| {
            state.groups[group.index()].fell && self.services[service].groups.contains(group)
        };
        state.touched.iter().find(has_fallen).copied()
    }

    fn next_culprit(&self, state: &State, service: ServiceId) -> Option<GroupId> {
        state
            .down
            .iter()
            .copied()
            .find(|down| self.services[service].groups.contains(down))
            .or_else(|| {
                let groups = self.services[service].groups.iter().copied();
                groups
                    .into_iter()
                    .find(|&group| self.lacks_members(state.groups[group.index()].some, group))
            })
    }

    /// Who is to blame for the downtime of a group. Its root stands for one of which nothing else is known.
    pub(super) fn blame(&self, state: &State, group: GroupId) -> Blame {
        let mechanism = self.mechanism(state, group);
        let culprit = match mechanism {
            Mechanism::SharedCause => self.cause_in(state, group).map(Culprit::Cause),
            Mechanism::Planned | Mechanism::Change => {
                self.change_in(state, group, mechanism).map(Culprit::Change)
            }
            Mechanism::Need => {
                let needed = self
                    .need_in(state, group)
                    .and_then(|need| self.lacking_group(state, need));
                if let Some(needed) = needed {
                    return Blame {
                        group,
                        ..self.blame(state, needed)
                    };
                }
                let need = self.need_in(state, group);
                let groups = need.map_or(&[][..], |need| &self.needs[need].groups);
                if let Some(blame) = self.blame_for_shortage(state, groups) {
                    return Blame { group, ..blame };
                }
                None
            }
            Mechanism::Redirecting
            | Mechanism::Failback
            | Mechanism::Promoting
            | Mechanism::Spurious
            | Mechanism::Fencing
            | Mechanism::Deciding
            | Mechanism::Undetected
            | Mechanism::SplitBrain
            | Mechanism::Manual
            | Mechanism::ManualWait
            | Mechanism::Rejoining
            | Mechanism::Disruption
            | Mechanism::Repair
            | Mechanism::SpareWait
            | Mechanism::CrewWait
            | Mechanism::AdministrativeDelay
            | Mechanism::Overload
            | Mechanism::Shortfall
            | Mechanism::OffDuty
            | Mechanism::NotRepaired
            | Mechanism::Unattended => None,
        };
        let of_group = Blame::of_group(group, mechanism);
        Blame {
            culprit: culprit.unwrap_or(of_group.culprit),
            ..of_group
        }
    }

    /// What keeps a group from serving: what goes on at the seat whose filling would bring it up,
    /// seats being filled in the order of [`Mechanism`].
    pub(super) fn mechanism(&self, state: &State, group: GroupId) -> Mechanism {
        let plan = &self.groups[group];
        let at = state.groups[group.index()];
        if at.load.is_down() && self.missing_members(state, group) == 0 {
            return Mechanism::Overload;
        }
        if let (false, 1) = (plan.is_static, plan.seats.len()) {
            let seat = state.seats[plan.seats.first as usize];
            if let Some(mechanism) = seat_mechanism(seat.phase, seat.spurious) {
                return self.seat_waits(state, SeatId(plan.seats.first), mechanism);
            }
        }
        let missing = self.missing_members(state, group).max(1);
        let mut counts = [0_u32; Mechanism::ALL.len()];
        let mut waiting = 0;
        if plan.is_static {
            waiting = plan.members.len() as u32 - at.some;
        } else {
            for seat in plan.seats.ids::<SeatId>() {
                let at = state.seats[seat.index()];
                if at.gives > Level::Down {
                    continue;
                }
                match seat_mechanism(at.phase, at.spurious) {
                    Some(mechanism) => {
                        counts[self.seat_waits(state, seat, mechanism) as usize] += 1;
                    }
                    None => waiting += 1,
                }
            }
        }
        if waiting > 0 {
            let mut idle = [0_u32; Mechanism::ALL.len()];
            for member in plan.members.ids::<MemberId>() {
                if let Some(mechanism) = self.member_mechanism(state, member) {
                    idle[mechanism as usize] += 1;
                }
            }
            for (count, available) in counts.iter_mut().zip(idle) {
                let taken = available.min(waiting);
                *count += taken;
                waiting -= taken;
            }
        }
        let mut filled = 0;
        for (mechanism, count) in Mechanism::ALL.into_iter().zip(counts) {
            filled += count;
            if filled >= missing {
                return mechanism;
            }
        }
        Mechanism::Unattended
    }

    /// How many more members must serve for those to be content who ask for the group, or for some of its members.
    fn missing_members(&self, state: &State, group: GroupId) -> u32 {
        let plan = &self.groups[group];
        let lacking = |node: &NodeId| {
            let serving = state.nodes[node.index()].some;
            Some(self.nodes[*node].k.saturating_sub(serving)).filter(|lacking| *lacking > 0)
        };
        let counted = plan.counted_by.iter().filter_map(lacking).min();
        let counts_whole =
            plan.counted_by.is_empty() || !plan.nodes.is_empty() || plan.member_of.is_some();
        let serving = state.groups[group.index()].some;
        let of_whole = plan.required.saturating_sub(serving);
        counted
            .unwrap_or(0)
            .max(if counts_whole { of_whole } else { 0 })
    }

    /// What goes on at a seat, or what that waits for.
    fn seat_waits(&self, state: &State, seat: SeatId, mechanism: Mechanism) -> Mechanism {
        if self.waits_for_people(state, seat) {
            Mechanism::ManualWait
        } else if self.awaited(state, seat).is_some() {
            Mechanism::Need
        } else {
            mechanism
        }
    }

    /// What keeps a member from being used, if anything does.
    pub(super) fn member_mechanism(&self, state: &State, member: MemberId) -> Option<Mechanism> {
        let role = state.members[member.index()].role;
        match self.members[member].who {
            Who::Unit(unit) if state.units[unit.index()].down > 0 => self.units[unit]
                .processes
                .ids::<ProcessId>()
                .filter(|&process| state.is_down_fault(self, process))
                .map(|process| self.fault_mechanism(state, process))
                .max(),
            Who::Group(group) if state.groups[group.index()].level == Level::Down => {
                Some(self.mechanism(state, group))
            }
            Who::Unit(_) | Who::Group(_) => {
                (role == Role::Rejoining).then_some(Mechanism::Rejoining)
            }
        }
    }

    /// The need that keeps a group from serving: the one that its takeovers wait for, or the one of
    /// the first member.
    fn need_in(&self, state: &State, group: GroupId) -> Option<NeedId> {
        let plan = &self.groups[group];
        let awaited = plan
            .seats
            .ids::<SeatId>()
            .find_map(|seat| self.awaited(state, seat));
        awaited.or_else(|| {
            plan.members
                .ids::<MemberId>()
                .filter(|&member| self.member_mechanism(state, member) == Some(Mechanism::Need))
                .find_map(|member| match self.members[member].who {
                    Who::Unit(unit) => self.origins(state, unit).find_map(|origin| match origin {
                        Origin::Need(need) => Some(need),
                        Origin::Unit
                        | Origin::Cause(_)
                        | Origin::Work(_)
                        | Origin::Version(_)
                        | Origin::Overload
                        | Origin::State => None,
                    }),
                    Who::Group(inner) => self.need_in(state, inner),
                })
        })
    }

    /// Where the faults come from that keep a unit from serving.
    pub(super) fn origins(&self, state: &State, unit: UnitId) -> impl Iterator<Item = Origin> {
        self.units[unit]
            .processes
            .ids::<ProcessId>()
            .filter(|&process| state.is_down_fault(self, process))
            .map(|process| self.fault_modes[state.processes[process.index()].mode].origin)
    }

    pub(super) fn fault_mechanism(&self, state: &State, process: ProcessId) -> Mechanism {
        let fault = state.processes[process.index()];
        match self.fault_modes[fault.mode].origin {
            Origin::Unit => {}
            Origin::Cause(_) => return Mechanism::SharedCause,
            Origin::Need(_) => return Mechanism::Need,
            Origin::Work(_) => return Mechanism::Planned,
            Origin::Version(_) => return Mechanism::Change,
            Origin::Overload => return Mechanism::Overload,
            Origin::State if self.recovers(state, process) => return Mechanism::Repair,
            Origin::State => return Mechanism::NotRepaired,
        }
        match fault.phase {
            FaultPhase::Fine | FaultPhase::Passing => Mechanism::Disruption,
            FaultPhase::Repair if self.is_off_duty(state, process) => Mechanism::OffDuty,
            FaultPhase::Repair => Mechanism::Repair,
            FaultPhase::SpareWait => Mechanism::SpareWait,
            FaultPhase::CrewWait | FaultPhase::Interrupted => Mechanism::CrewWait,
            FaultPhase::Delay => Mechanism::AdministrativeDelay,
            FaultPhase::Unattended => match self.fault_modes[fault.mode].ending {
                EndingPlan::Never => Mechanism::NotRepaired,
                EndingPlan::Itself(_) | EndingPlan::Repair(_) | EndingPlan::Imposed => {
                    Mechanism::Unattended
                }
            },
        }
    }
}

fn level_of(full: u32, some: u32, required: u32) -> Level {
    if full >= required {
        Level::Up
    } else if some >= required {
        Level::Degraded
    } else {
        Level::Down
    }
}

/// What goes on at an empty seat; `None` if it waits for a member.
fn seat_mechanism(phase: SeatPhase, spurious: bool) -> Option<Mechanism> {
    match phase {
        SeatPhase::Undetected => Some(Mechanism::Undetected),
        SeatPhase::Deciding
        | SeatPhase::Fencing
        | SeatPhase::Promoting
        | SeatPhase::Redirecting
        | SeatPhase::Manual
            if spurious =>
        {
            Some(Mechanism::Spurious)
        }
        SeatPhase::Deciding => Some(Mechanism::Deciding),
        SeatPhase::Fencing => Some(Mechanism::Fencing),
        SeatPhase::Promoting => Some(Mechanism::Promoting),
        SeatPhase::Redirecting => Some(Mechanism::Redirecting),
        SeatPhase::Manual => Some(Mechanism::Manual),
        SeatPhase::Failback => Some(Mechanism::Failback),
        SeatPhase::Switchover => Some(Mechanism::Planned),
        SeatPhase::Split | SeatPhase::Reconciling => Some(Mechanism::SplitBrain),
        SeatPhase::Serving | SeatPhase::Waiting => None,
    }
}
