//! Units that may change places without any difference, so that states that differ only in which of
//! them has failed need not be told apart.
//!
//! Members of a group without standbys are such units if they are of one kind: a seat belongs to its
//! member, and the order of members decides nothing. Where standbys wait, the order of members
//! decides who takes over, so there they are told apart.

use std::collections::BTreeMap;

use super::clock::{ClockId, Event};
use super::plan::{Behaviour, FaultModeId, LotId, MemberId, NeedId, ProcessId, Run, SeatId, Who};
use super::state::{Blame, Mechanism, MemberState, ProcessState, State, UnitState};
use crate::base::Id;
use crate::model::{
    CauseId, ChangeId, CrewId, CrewOrder, Culprit, GroupId, KindId, PeopleId, SpareId, System,
    UnitId,
};

/// What a clock belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ClockOwner {
    /// A unit: its failures, faults and tests.
    Unit(UnitId),
    /// The membership of a unit or group in a group.
    Member(MemberId),
    /// A group or one of its seats.
    Group(GroupId),
    /// People who repair.
    Crew(CrewId),
    /// A stock of spares.
    Spare(SpareId),
    /// A shared cause.
    Cause(CauseId),
    /// Planned work.
    Change(ChangeId),
    /// People who take over by hand.
    People(PeopleId),
}

/// A unit that may change places with others, and all that moves with it.
#[derive(Clone, Debug)]
pub struct Replica {
    unit: UnitId,
    processes: Run,
    member: MemberId,
    seat: SeatId,
    /// What shared causes strike of it alone.
    lots: Vec<LotId>,
    /// Its clocks, at the same places as those of the others.
    pub clocks: Vec<ClockId>,
}

/// What units have in common that may change places.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Likeness {
    kind: KindId,
    /// The bits of what they can bear.
    capacity: u64,
    /// Shared causes that strike them: which, with which others, and the bits of the probability.
    struck: Vec<(CauseId, Option<LotId>, u64)>,
    /// What they need.
    needs: Vec<NeedId>,
    /// Planned work on them, with the place in its order, if there is one.
    changes: Vec<(ChangeId, usize)>,
}

impl Behaviour {
    /// What a clock belongs to.
    pub fn owner(&self, clock: ClockId) -> ClockOwner {
        match self.clocks[clock].event {
            Event::Failed(process)
            | Event::Restored(process)
            | Event::Noticed(process)
            | Event::DelayPassed(process) => ClockOwner::Unit(self.processes[process].unit),
            Event::Left(exit) => {
                ClockOwner::Unit(self.machines[self.exits[exit].machine as usize].unit)
            }
            Event::Tested(unit) => ClockOwner::Unit(unit),
            Event::Rejoined(member) | Event::MemberNoticed(member) => ClockOwner::Member(member),
            Event::StageEnded(seat)
            | Event::ManualEnded(seat)
            | Event::SplitEnded(seat)
            | Event::Reconciled(seat)
            | Event::FailbackDue(seat)
            | Event::FailbackEnded(seat)
            | Event::WarmedUp(seat)
            | Event::FalseAlarm(seat) => ClockOwner::Group(self.seats[seat].group),
            Event::HoldDownEnded(group)
            | Event::PatienceEnded(group)
            | Event::LoadRose(group)
            | Event::LoadFell(group)
            | Event::ScaleWanted(group)
            | Event::ScaleOver(group)
            | Event::Scaled(group)
            | Event::Collapsed(group)
            | Event::Restarted(group) => ClockOwner::Group(group),
            Event::ShiftChanged(pool) | Event::PickedUp(pool, _) => {
                ClockOwner::Crew(self.pools[pool].crew)
            }
            Event::SpareArrived(spare) => ClockOwner::Spare(spare),
            Event::CauseStruck(cause) | Event::CauseEnded(cause) => ClockOwner::Cause(cause),
            Event::ChangeDue(change)
            | Event::WorkEnded(change)
            | Event::WatchEnded(change)
            | Event::BadNoticed(change)
            | Event::RolledBack(change)
            | Event::WindowClosed(change)
            | Event::FreezeBegan(change, _)
            | Event::FreezeEnded(change, _) => ClockOwner::Change(change),
            Event::PaceRose(people, _) | Event::PaceFell(people, _) => ClockOwner::People(people),
        }
    }

    /// The clocks of the orders of a stock.
    pub fn orders(&self, spare: SpareId) -> impl ExactSizeIterator<Item = ClockId> + use<> {
        self.spares[spare].orders.ids()
    }

    /// The units that may change places: each list holds units of one kind in one group.
    pub fn interchangeable(&self, system: &System) -> Vec<Vec<Replica>> {
        let mut classes = Vec::new();
        for (group, plan) in self.groups.iter_ids() {
            if !plan.is_static || plan.members.len() < 2 {
                continue;
            }
            let units: Option<Vec<UnitId>> = plan
                .members
                .ids::<MemberId>()
                .map(|member| match self.members[member].who {
                    Who::Unit(unit) => Some(unit),
                    Who::Group(_) => None,
                })
                .collect();
            let Some(units) = units else { continue };
            let mut alike: BTreeMap<Likeness, Vec<Replica>> = BTreeMap::new();
            for unit in units {
                let (likeness, lots) = self.likeness(system, unit);
                let replica = self.replica(group, unit, lots);
                alike.entry(likeness).or_default().push(replica);
            }
            classes.extend(alike.into_values().filter(|class| class.len() > 1));
        }
        classes
    }

    /// What units must have in common to change places, and what shared causes strike of this one
    /// alone.
    fn likeness(&self, system: &System, unit: UnitId) -> (Likeness, Vec<LotId>) {
        let (mut struck, mut own) = (Vec::new(), Vec::new());
        let unit_of = |process: ProcessId| self.processes[process].unit;
        for (cause, plan) in self.causes.iter_ids() {
            for lot in plan.lots.ids::<LotId>() {
                let units = || {
                    let hits = plan.lasting.iter().chain(&plan.breaking);
                    hits.filter(|(of, _)| *of == lot)
                        .map(|&(_, process)| unit_of(process))
                };
                if units().any(|other| other == unit) {
                    let alone = units().all(|other| other == unit);
                    let bits = self.lots[lot].probability.to_bits();
                    struck.push((cause, (!alone).then_some(lot), bits));
                    if alone {
                        own.push(lot);
                    }
                }
            }
        }
        let needs = self
            .needs
            .iter_ids()
            .filter(|(_, need)| {
                need.processes
                    .iter()
                    .any(|&process| unit_of(process) == unit)
            })
            .map(|(id, _)| id)
            .collect();
        let changes = self
            .changes
            .iter_ids()
            .filter_map(|(id, plan)| {
                let place = plan.units.iter().position(|other| *other == unit)?;
                let all_at_once = plan.batch >= plan.units.len() && plan.canary == 0;
                Some((id, if all_at_once { 0 } else { place }))
            })
            .collect();
        let kind = system.units[unit].kind;
        (
            Likeness {
                kind,
                capacity: self.units[unit].capacity.to_bits(),
                struck,
                needs,
                changes,
            },
            own,
        )
    }

    fn replica(&self, group: GroupId, unit: UnitId, lots: Vec<LotId>) -> Replica {
        let plan = &self.units[unit];
        let member = plan.member;
        let seats = self.groups[group].seats;
        let seat = seats
            .ids::<SeatId>()
            .find(|&seat| self.seats[seat].preferred == member)
            .expect("each member of a group without standbys has a seat");
        let clocks = self
            .clocks
            .ids()
            .filter(|&clock| match self.owner(clock) {
                ClockOwner::Unit(owner) => owner == unit,
                ClockOwner::Member(owner) => owner == member,
                ClockOwner::Group(_)
                | ClockOwner::Crew(_)
                | ClockOwner::Spare(_)
                | ClockOwner::Cause(_)
                | ClockOwner::Change(_)
                | ClockOwner::People(_) => false,
            })
            .collect();
        Replica {
            unit,
            processes: plan.processes,
            member,
            seat,
            lots,
            clocks,
        }
    }
}

impl State {
    /// All that a state knows of a replica, in numbers: equal for two of them that may change places
    /// without changing the state.
    pub fn features(&self, replica: &Replica, behaviour: &Behaviour, features: &mut Vec<u32>) {
        // Taken apart in full, so that whoever adds to the state is led here.
        let State {
            units,
            processes,
            members,
            groups: _,
            seats,
            nodes: _,
            services: _,
            machines,
            pools,
            spares,
            down: _,
            touched: _,
            struck,
            lacking: _,
            due: _,
            changes: _,
            people: _,
            ready: _,
        } = self;
        let UnitState {
            down,
            known,
            isolated,
            degraded,
        } = units[replica.unit.index()];
        features.push(u32::from_le_bytes([down, known, isolated, degraded]));
        for (machine, at) in behaviour.machines.iter().zip(machines) {
            if machine.unit == replica.unit {
                features.push(at.0 - machine.states.first);
            }
        }
        for process in replica.processes.ids::<ProcessId>() {
            let ProcessState {
                phase,
                noticed,
                notice_runs,
                mode,
                step,
            } = processes[process.index()];
            let mode = mode.0 - behaviour.processes[process].modes.first;
            features.push(mode << 16 | u32::from(step) << 8 | u32::from(phase as u8));
            features.push(u32::from(noticed) << 1 | u32::from(notice_runs));
            let place = |queue: &[ProcessId], order_matters: bool| {
                let place = queue.iter().position(|&waiting| waiting == process);
                place.map_or(0, |place| if order_matters { place as u32 + 1 } else { 1 })
            };
            for (pool, plan) in pools.iter().zip(behaviour.pools.iter()) {
                features.push(place(&pool.queue, plan.queue_has_order()));
                features.push(place(&pool.working, plan.work_has_order()));
            }
            for spare in spares {
                features.push(place(&spare.queue, true));
            }
        }
        let MemberState {
            role,
            seat: _,
            swallows,
            known,
            failed_candidate: _,
            stale: _,
        } = members[replica.member.index()];
        features.push(u32::from(role as u8) << 2 | u32::from(swallows) << 1 | u32::from(known));
        features.extend(
            replica
                .lots
                .iter()
                .map(|lot| u32::from(struck[lot.index()])),
        );
        // Of a seat without standbys only this changes, and nobody is a candidate for it.
        features.push(u32::from(seats[replica.seat.index()].gives as u8));
    }

    /// Lets replicas change places: the one at `order[i]` goes to the place of the i-th.
    pub fn permute(&mut self, replicas: &[Replica], order: &[usize], behaviour: &Behaviour) {
        let before = self.clone();
        for (to, &from) in replicas.iter().zip(order) {
            let from = &replicas[from];
            self.units[to.unit.index()] = before.units[from.unit.index()];
            let pairs = to
                .processes
                .ids::<ProcessId>()
                .zip(from.processes.ids::<ProcessId>());
            for (new, old) in pairs {
                let mut state = before.processes[old.index()];
                let offset = state.mode.0 - behaviour.processes[old].modes.first;
                state.mode = FaultModeId(behaviour.processes[new].modes.first + offset);
                self.processes[new.index()] = state;
                let queues = self
                    .pools
                    .iter_mut()
                    .flat_map(|pool| [&mut pool.queue, &mut pool.working]);
                let queues = queues.chain(self.spares.iter_mut().map(|pool| &mut pool.queue));
                let queues_before = before
                    .pools
                    .iter()
                    .flat_map(|pool| [&pool.queue, &pool.working]);
                let queues_before =
                    queues_before.chain(before.spares.iter().map(|pool| &pool.queue));
                for (queue, queue_before) in queues.zip(queues_before) {
                    if let Some(place) = queue_before.iter().position(|&waiting| waiting == old) {
                        queue[place] = new;
                    }
                }
            }
            let machine_of = |unit: UnitId| {
                let mut machines = behaviour.machines.iter();
                machines.position(|machine| machine.unit == unit)
            };
            if let (Some(new), Some(old)) = (machine_of(to.unit), machine_of(from.unit)) {
                let offset = before.machines[old].0 - behaviour.machines[old].states.first;
                let first = behaviour.machines[new].states.first;
                self.machines[new] = super::plan::MachineStateId(first + offset);
            }
            for (new, old) in to.lots.iter().zip(&from.lots) {
                self.struck[new.index()] = before.struck[old.index()];
            }
            let mut member = before.members[from.member.index()];
            member.seat = to.seat;
            self.members[to.member.index()] = member;
            let mut seat = before.seats[from.seat.index()];
            seat.member = to.member;
            self.seats[to.seat.index()] = seat;
        }
    }

    /// Forgets what has no bearing on what comes: which fault a sound process had last, and in which
    /// order groups went down if nobody asks for the cause of downtime.
    pub fn forget_the_past(&mut self, behaviour: &Behaviour, causes_matter: bool) {
        for (process, plan) in self.processes.iter_mut().zip(behaviour.processes.iter()) {
            if process.phase == super::state::FaultPhase::Fine && !process.notice_runs {
                process.mode = FaultModeId(plan.modes.first);
                process.step = 0;
            }
        }
        self.sort_queues(behaviour);
        if !causes_matter {
            self.down.sort_unstable();
            // That there is a cause tells that it was down before the next event.
            let some = Blame {
                group: GroupId::from_index(0),
                culprit: Culprit::Group(GroupId::from_index(0)),
                mechanism: Mechanism::Repair,
            };
            for service in &mut self.services {
                service.cause = service.cause.map(|_| some);
            }
        }
    }

    /// Brings those that wait for people, and what people work on, into an order of their own as far
    /// as the order of their coming does not decide who is next.
    pub fn sort_queues(&mut self, behaviour: &Behaviour) {
        for (id, plan) in behaviour.pools.iter_ids() {
            let pool = &mut self.pools[id.index()];
            let mut queue = std::mem::take(&mut pool.queue);
            let mut working = std::mem::take(&mut pool.working);
            let group = |process: &ProcessId| behaviour.processes[*process].group;
            let urgency =
                |process: &ProcessId| std::cmp::Reverse(behaviour.repair_priority(self, *process));
            match plan.order {
                CrewOrder::RandomGroup => queue.sort_by_key(group),
                CrewOrder::FirstCome | CrewOrder::Priority | CrewOrder::Random if plan.picks_up => {
                    queue.sort_by_key(group);
                }
                CrewOrder::Priority => queue.sort_by_key(urgency),
                CrewOrder::Random => queue.sort_unstable(),
                CrewOrder::FirstCome => {}
            }
            if plan.work_has_order() {
                working.sort_by_key(urgency);
            } else {
                working.sort_unstable();
            }
            let pool = &mut self.pools[id.index()];
            pool.queue = queue;
            pool.working = working;
        }
    }

    /// Says which order clocks of a stock do not run; orders are alike, so they may change places.
    pub fn set_idle_orders(&mut self, spare: SpareId, idle: Vec<ClockId>) {
        self.spares[spare.index()].idle = idle;
    }
}
