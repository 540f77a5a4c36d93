//! Units that may change places without any difference, so that states that differ only in which of
//! them has failed need not be told apart.
//!
//! Members of a group without standbys are such units if they are of one kind: a seat belongs to its
//! member, and the order of members decides nothing. Where standbys wait, the order of members
//! decides who takes over, so there they are told apart.

use std::collections::BTreeMap;

use super::clock::{ClockId, Event};
use super::plan::{
    Behaviour, FaultModeId, LotId, MachineStateId, MemberId, NeedId, ProcessId, Run, SeatId, Who,
};
use super::state::{Blame, Mechanism, MemberState, ProcessState, SeatState, State, UnitState};
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
    /// Its place among the units whose lives are told state by state, if it is one of them.
    machine: Option<usize>,
    /// What shared causes strike of it alone.
    lots: Vec<LotId>,
    /// Its clocks, at the same places as those of the others.
    pub clocks: Vec<ClockId>,
}

/// Where each process waits or is worked on: equal numbers for equal places, 0 for nowhere.
pub type Places = Vec<u32>;

/// What a state knows of a replica that leaves its place.
struct Taken {
    unit: UnitState,
    /// Their modes counted from the first one of each.
    processes: Vec<ProcessState>,
    /// Counted from the first of its states.
    machine: u32,
    struck: Vec<bool>,
    member: MemberState,
    seat: SeatState,
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
            Event::Tested(unit) | Event::Crashed(unit) => ClockOwner::Unit(unit),
            Event::Rejoined(member) | Event::MemberNoticed(member) => ClockOwner::Member(member),
            Event::StageEnded(seat)
            | Event::ManualEnded(seat)
            | Event::SplitEnded(seat)
            | Event::Reconciled(seat)
            | Event::FailbackDue(seat)
            | Event::FailbackEnded(seat)
            | Event::WarmedUp(seat)
            | Event::ClientBack(seat)
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
            machine: self
                .machines
                .iter()
                .position(|machine| machine.unit == unit),
            lots,
            clocks,
        }
    }
}

impl State {
    /// Notes where processes wait.
    pub fn places(&self, behaviour: &Behaviour, places: &mut Places) {
        places.clear();
        places.resize(self.processes.len(), 0);
        let mut list = 0;
        let mut note = |queue: &[ProcessId], order_matters: bool| {
            list += 1 << 16;
            for (place, process) in queue.iter().enumerate() {
                let noted = &mut places[process.index()];
                assert!(*noted == 0, "a fault waits in one place");
                *noted = list + if order_matters { place as u32 } else { 0 };
            }
        };
        for (pool, plan) in self.pools.iter().zip(behaviour.pools.iter()) {
            note(&pool.queue, plan.queue_has_order());
            note(&pool.working, plan.work_has_order());
        }
        for spare in &self.spares {
            note(&spare.queue, true);
        }
    }

    /// All that a state knows of a replica, in numbers: equal for two of them that may change places
    /// without changing the state.
    pub fn features(
        &self,
        replica: &Replica,
        behaviour: &Behaviour,
        places: &Places,
        features: &mut Vec<u32>,
    ) {
        // Taken apart in full, so that whoever adds to the state is led here, and to `has_equal` and
        // `permute`.
        let State {
            units,
            processes,
            members,
            groups: _,
            seats,
            nodes: _,
            services: _,
            machines,
            pools: _,
            spares: _,
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
        if let Some(machine) = replica.machine {
            features.push(machines[machine].0 - behaviour.machines[machine].states.first);
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
            features.push(places[process.index()]);
        }
        let MemberState {
            role,
            seat: _,
            swallows,
            known,
            failed_candidate: _,
            stale: _,
            strained,
        } = members[replica.member.index()];
        let role = u32::from(role as u8) << 3;
        let [strained, swallows, known] = [strained, swallows, known].map(u32::from);
        features.push(role | strained << 2 | swallows << 1 | known);
        features.extend(
            replica
                .lots
                .iter()
                .map(|lot| u32::from(struck[lot.index()])),
        );
        // Of a seat without standbys only this changes, and nobody is a candidate for it.
        features.push(u32::from(seats[replica.seat.index()].gives as u8));
    }

    /// Whether another state knows the same of a replica, as far as these places go.
    pub fn has_equal(
        &self,
        replica: &Replica,
        places: &Places,
        other: &State,
        other_places: &Places,
    ) -> bool {
        let (unit, member, seat) = (
            replica.unit.index(),
            replica.member.index(),
            replica.seat.index(),
        );
        let processes = replica.processes.range();
        self.units[unit] == other.units[unit]
            && self.processes[processes.clone()] == other.processes[processes.clone()]
            && places[processes.clone()] == other_places[processes]
            && self.members[member] == other.members[member]
            && self.seats[seat].gives == other.seats[seat].gives
            && replica
                .machine
                .is_none_or(|machine| self.machines[machine] == other.machines[machine])
            && replica
                .lots
                .iter()
                .all(|lot| self.struck[lot.index()] == other.struck[lot.index()])
    }

    /// Lets replicas change places: each move is where one goes, and from where.
    pub fn permute(
        &mut self,
        replicas: &[Replica],
        moves: &[(usize, usize)],
        behaviour: &Behaviour,
    ) {
        let taken: Vec<Taken> = moves
            .iter()
            .map(|&(_, from)| self.take(&replicas[from], behaviour))
            .collect();
        for (&(to, _), taken) in moves.iter().zip(taken) {
            let to = &replicas[to];
            self.units[to.unit.index()] = taken.unit;
            for (process, mut state) in to.processes.ids::<ProcessId>().zip(taken.processes) {
                state.mode.0 += behaviour.processes[process].modes.first;
                self.processes[process.index()] = state;
            }
            if let Some(machine) = to.machine {
                let first = behaviour.machines[machine].states.first;
                self.machines[machine] = MachineStateId(first + taken.machine);
            }
            for (lot, is_struck) in to.lots.iter().zip(taken.struck) {
                self.struck[lot.index()] = is_struck;
            }
            self.members[to.member.index()] = MemberState {
                seat: to.seat,
                ..taken.member
            };
            self.seats[to.seat.index()] = SeatState {
                member: to.member,
                ..taken.seat
            };
        }
        let queues = self
            .pools
            .iter_mut()
            .flat_map(|pool| [&mut pool.queue, &mut pool.working]);
        let queues = queues.chain(self.spares.iter_mut().map(|pool| &mut pool.queue));
        for process in queues.flatten() {
            let is_of = |&&(_, from): &&(usize, usize)| {
                replicas[from].processes.range().contains(&process.index())
            };
            if let Some(&(to, from)) = moves.iter().find(is_of) {
                let offset = process.0 - replicas[from].processes.first;
                *process = ProcessId(replicas[to].processes.first + offset);
            }
        }
    }

    /// What is known of a replica, apart from where it is.
    fn take(&self, replica: &Replica, behaviour: &Behaviour) -> Taken {
        let processes = replica.processes.ids::<ProcessId>().map(|process| {
            let mut state = self.processes[process.index()];
            state.mode.0 -= behaviour.processes[process].modes.first;
            state
        });
        let of_machine =
            |machine: usize| self.machines[machine].0 - behaviour.machines[machine].states.first;
        Taken {
            unit: self.units[replica.unit.index()],
            processes: processes.collect(),
            machine: replica.machine.map_or(0, of_machine),
            struck: replica
                .lots
                .iter()
                .map(|lot| self.struck[lot.index()])
                .collect(),
            member: self.members[replica.member.index()],
            seat: self.seats[replica.seat.index()],
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
