//! Units and seats that change places, and how two of them are told apart.

use super::super::plan::{Behaviour, MachineStateId, MemberId, ProcessId, SeatId};
use super::super::state::{
    MemberState, ProcessState, Role, SeatPhase, SeatState, State, UnitState,
};
use super::{Matters, Places, Replica, UnitReplica, What};
use crate::base::Id;
use crate::model::{GroupId, Recovered};

/// What a state knows of a replica that leaves its place.
enum Taken {
    Unit {
        unit: UnitState,
        /// Their modes counted from the first one of each.
        processes: Vec<ProcessState>,
        /// Counted from the first of its states.
        machine: u32,
        struck: Vec<bool>,
        member: MemberState,
        /// Its seat, if that moves with it.
        seat: Option<SeatState>,
    },
    Seat(SeatState),
}

/// How a member of a group with standbys is bound to seats.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bond {
    /// No seat depends on it.
    Free,
    /// It serves in this seat, and nothing else goes on there.
    Serves(
        /// Its place among the seats of the group.
        usize,
    ),
    /// What goes on at seats depends on it, or it depends on that.
    Bound(
        /// What goes on there, in numbers.
        Vec<u32>,
    ),
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

    /// All that a state knows of a replica, in numbers, but for how it is bound to seats where that may
    /// change: equal for two of them that may change places without changing the state.
    pub fn features(
        &self,
        replica: &Replica,
        behaviour: &Behaviour,
        places: &Places,
        features: &mut Vec<u32>,
    ) {
        match &replica.what {
            What::Unit(replica) => self.unit_features(replica, behaviour, places, features),
            What::Seat(seat) => {
                let plan = &behaviour.groups[behaviour.seats[*seat].group];
                let place = |member: MemberId| member.0 - plan.members.first;
                let at = &self.seats[seat.index()];
                features.extend(told(at));
                features.push(place(at.member));
                features.push(at.candidate.map_or(0, |candidate| place(candidate) + 1));
            }
        }
    }

    fn unit_features(
        &self,
        replica: &UnitReplica,
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
            instant: _,
            struck,
            lacking: _,
            taken: _,
            able: _,
            short: _,
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
            // Units have notices of their own.
            notice_runs: _,
            failed_candidate,
            stale: _,
            strained,
        } = members[replica.member.index()];
        let role = u32::from(role as u8) << 4;
        let [strained, swallows, known, failed] =
            [strained, swallows, known, failed_candidate].map(u32::from);
        features.push(role | failed << 3 | strained << 2 | swallows << 1 | known);
        features.extend(
            replica
                .lots
                .iter()
                .map(|lot| u32::from(struck[lot.index()])),
        );
        // Of a seat without standbys only this changes, and nobody is a candidate for it.
        features.extend(
            replica
                .seat
                .map(|seat| u32::from(seats[seat.index()].gives as u8)),
        );
    }

    /// How a member of a group with standbys is bound to seats; `None` for whatever else may change
    /// places.
    pub fn bond(&self, replica: &Replica, behaviour: &Behaviour, matters: Matters) -> Option<Bond> {
        let What::Unit(UnitReplica {
            member, seat: None, ..
        }) = replica.what
        else {
            return None;
        };
        let own = self.members[member.index()];
        let seats = behaviour.groups[behaviour.members[member].group].seats;
        let has_seat = matches!(own.role, Role::Serving | Role::Candidate) || own.failed_candidate;
        let mut bonds: Vec<(SeatId, u32)> = seats
            .ids()
            .filter_map(|seat| {
                let named = self.is_named(behaviour, seat, member, matters);
                let has = has_seat && own.seat == seat;
                (named || has).then_some((seat, u32::from(named) << 1 | u32::from(has)))
            })
            .collect();
        if bonds.is_empty() {
            return Some(Bond::Free);
        }
        if let [(seat, _)] = bonds[..] {
            let at = &self.seats[seat.index()];
            let serves = own.role == Role::Serving
                && own.seat == seat
                && at.member == member
                && at.candidate.is_none()
                && at.phase == SeatPhase::Serving;
            if serves {
                return Some(Bond::Serves((seat.0 - seats.first) as usize));
            }
        }
        let what = |seat: SeatId| told(&self.seats[seat.index()]);
        bonds.sort_unstable_by_key(|&(seat, how)| (how, what(seat)));
        let words = bonds.into_iter().flat_map(|(seat, how)| {
            let [phase, flags] = what(seat);
            [how, phase, flags]
        });
        Some(Bond::Bound(words.collect()))
    }

    /// What goes on at a seat, apart from who is there, in numbers; nothing for a unit.
    pub fn occupation(&self, replica: &Replica) -> impl Iterator<Item = u32> {
        let seat = match replica.what {
            What::Unit(_) => None,
            What::Seat(seat) => Some(told(&self.seats[seat.index()])),
        };
        seat.into_iter().flatten()
    }

    /// Whether a replica stands by, and may be called.
    pub fn stands_by(&self, replica: &Replica) -> bool {
        match &replica.what {
            What::Unit(unit) => self.members[unit.member.index()].role == Role::Standby,
            What::Seat(_) => false,
        }
    }

    /// Whether it makes a difference which of the members of a group with standbys comes first, though
    /// those that stand by are alike, or which of its seats: a seat would take the one back that it had if
    /// that fails once more, several seats wait that do not forget whom they had, several members have
    /// to be repaired after the same takeover, or whoever stands by is called next or is not, by whether it
    /// comes after the candidate of now, or of a stage that will take no time.
    pub fn order_matters(&self, behaviour: &Behaviour, group: GroupId, matters: Matters) -> bool {
        let plan = &behaviour.groups[group];
        let (members, seats) = (
            &self.members[plan.members.range()],
            &self.seats[plan.seats.range()],
        );
        let may_fail =
            plan.dormancy > 0.0 || behaviour.units.iter().any(|unit| unit.demand.is_some());
        let is_owed = |seat: &&SeatState| {
            let is_forgotten =
                seat.phase == SeatPhase::Waiting && behaviour.forgets_who_served(group, matters);
            !is_forgotten && self.members[seat.member.index()].role == Role::Standby
        };
        // Whether the one that served last takes over, or another one, is no failover or one.
        let returns = plan.recovered == Recovered::Cancel && may_fail || matters.counts;
        let waits = |seat: &&SeatState| seat.phase == SeatPhase::Waiting;
        returns && seats.iter().any(|seat| is_owed(&seat))
            || !behaviour.forgets_who_served(group, matters)
                && seats.iter().filter(waits).count() > 1
            || members.iter().filter(|at| at.failed_candidate).count() > 1
            || behaviour.looks_further(group)
                && seats.iter().any(|seat| seat.phase != SeatPhase::Serving)
                && members.iter().any(|at| at.role == Role::Standby)
    }

    /// Whether another state knows the same of a replica, as far as these places go; it is not known of
    /// what is bound to seats.
    pub fn has_equal(
        &self,
        replica: &Replica,
        places: &Places,
        other: &State,
        other_places: &Places,
    ) -> bool {
        let What::Unit(UnitReplica {
            unit,
            processes,
            member,
            seat: Some(seat),
            machine,
            lots,
        }) = &replica.what
        else {
            return false;
        };
        let (unit, member, seat) = (unit.index(), member.index(), seat.index());
        let processes = processes.range();
        self.units[unit] == other.units[unit]
            && self.processes[processes.clone()] == other.processes[processes.clone()]
            && places[processes.clone()] == other_places[processes]
            && self.members[member] == other.members[member]
            && self.seats[seat].gives == other.seats[seat].gives
            && machine.is_none_or(|machine| self.machines[machine] == other.machines[machine])
            && lots
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
            self.put(&replicas[to], taken, behaviour);
        }
        self.rename(replicas, moves, behaviour);
    }

    /// Lets whatever names a replica follow it to its new place.
    fn rename(&mut self, replicas: &[Replica], moves: &[(usize, usize)], behaviour: &Behaviour) {
        let mut members: Vec<(MemberId, MemberId)> = Vec::new();
        let mut places: Vec<(SeatId, SeatId)> = Vec::new();
        let mut runs: Vec<(u32, std::ops::Range<usize>)> = Vec::new();
        for &(to, from) in moves {
            match (&replicas[to].what, &replicas[from].what) {
                (What::Unit(to), What::Unit(from)) => {
                    runs.push((to.processes.first, from.processes.range()));
                    if to.seat.is_none() {
                        members.push((from.member, to.member));
                    }
                }
                (What::Seat(to), What::Seat(from)) => places.push((*from, *to)),
                (What::Unit(_), What::Seat(_)) | (What::Seat(_), What::Unit(_)) => {
                    unreachable!("only what is alike changes places")
                }
            }
        }
        if let Some(&(member, _)) = members.first() {
            let seats = behaviour.groups[behaviour.members[member].group].seats;
            let renamed = |old: MemberId| {
                let moved = members.iter().find(|(from, _)| *from == old);
                moved.map_or(old, |&(_, to)| to)
            };
            for seat in &mut self.seats[seats.range()] {
                seat.member = renamed(seat.member);
                seat.candidate = seat.candidate.map(renamed);
            }
        }
        if let Some(&(seat, _)) = places.first() {
            let members = behaviour.groups[behaviour.seats[seat].group].members;
            for member in &mut self.members[members.range()] {
                if let Some(&(_, to)) = places.iter().find(|(from, _)| *from == member.seat) {
                    member.seat = to;
                }
            }
        }
        let queues = self
            .pools
            .iter_mut()
            .flat_map(|pool| [&mut pool.queue, &mut pool.working]);
        let queues = queues.chain(self.spares.iter_mut().map(|pool| &mut pool.queue));
        for process in queues.flatten() {
            if let Some((to, from)) = runs.iter().find(|(_, run)| run.contains(&process.index())) {
                *process = ProcessId(to + process.0 - from.start as u32);
            }
        }
    }

    /// What is known of a replica, apart from where it is.
    fn take(&self, replica: &Replica, behaviour: &Behaviour) -> Taken {
        let replica = match &replica.what {
            What::Unit(unit) => unit,
            What::Seat(seat) => return Taken::Seat(self.seats[seat.index()]),
        };
        let processes = replica.processes.ids::<ProcessId>().map(|process| {
            let mut state = self.processes[process.index()];
            state.mode.0 -= behaviour.processes[process].modes.first;
            state
        });
        let of_machine =
            |machine: usize| self.machines[machine].0 - behaviour.machines[machine].states.first;
        Taken::Unit {
            unit: self.units[replica.unit.index()],
            processes: processes.collect(),
            machine: replica.machine.map_or(0, of_machine),
            struck: replica
                .lots
                .iter()
                .map(|lot| self.struck[lot.index()])
                .collect(),
            member: self.members[replica.member.index()],
            seat: replica.seat.map(|seat| self.seats[seat.index()]),
        }
    }

    /// Puts what is known of a replica in the place of another one.
    fn put(&mut self, replica: &Replica, taken: Taken, behaviour: &Behaviour) {
        match (&replica.what, taken) {
            (
                What::Unit(to),
                Taken::Unit {
                    unit,
                    processes,
                    machine,
                    struck,
                    member,
                    seat,
                },
            ) => {
                self.units[to.unit.index()] = unit;
                for (process, mut state) in to.processes.ids::<ProcessId>().zip(processes) {
                    state.mode.0 += behaviour.processes[process].modes.first;
                    self.processes[process.index()] = state;
                }
                if let Some(at) = to.machine {
                    let first = behaviour.machines[at].states.first;
                    self.machines[at] = MachineStateId(first + machine);
                }
                for (lot, is_struck) in to.lots.iter().zip(struck) {
                    self.struck[lot.index()] = is_struck;
                }
                self.members[to.member.index()] = member;
                if let (Some(own), Some(seat)) = (to.seat, seat) {
                    self.members[to.member.index()].seat = own;
                    self.seats[own.index()] = SeatState {
                        member: to.member,
                        ..seat
                    };
                }
            }
            (What::Seat(to), Taken::Seat(seat)) => self.seats[to.index()] = seat,
            (What::Unit(_), Taken::Seat(_)) | (What::Seat(_), Taken::Unit { .. }) => {
                unreachable!("only what is alike changes places")
            }
        }
    }
}

/// What goes on at a seat, apart from who is there.
fn told(seat: &SeatState) -> [u32; 2] {
    let SeatState {
        phase,
        gives,
        attempts,
        spurious,
        fenced,
        alarm_runs,
        failback_runs,
        warming,
        client_away,
        candidacy,
        member: _,
        candidate: _,
    } = *seat;
    let flags = [
        spurious,
        fenced,
        alarm_runs,
        failback_runs,
        warming,
        client_away,
    ];
    let flags = flags
        .into_iter()
        .fold(candidacy as u32, |bits, flag| bits << 1 | u32::from(flag));
    let phase = u32::from(phase as u8) << 8 | u32::from(gives as u8);
    [phase << 8 | u32::from(attempts), flags]
}
