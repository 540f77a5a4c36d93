//! What may be asked of a state by those who steer trials towards outages.

use super::clock::Event;
use super::plan::{Behaviour, ExitId, FaultModeId, ProcessId, SeatId};
use super::state::{FaultPhase, Role, SeatPhase, State};
use crate::base::Id;
use crate::model::{CrewOrder, Effect, GroupId, Kind, UnitId};

/// What an event is to those who steer trials towards outages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EventRole {
    /// Something fails, or is thought to have failed.
    Strike,
    /// A fault ends.
    Restore(ProcessId),
    /// A member of a group is ready again.
    Return(GroupId),
    /// A step on the way to a restoration; of a member of the group, if it is known whose.
    Step(Option<GroupId>),
    /// What does not bring anything back.
    Other,
}

impl State {
    /// Seats of a group that give any service.
    pub(crate) fn serving(&self, group: GroupId) -> u32 {
        self.groups[group.index()].some
    }

    /// Whether a unit has no fault that keeps it from serving.
    pub(crate) fn is_fit_unit(&self, unit: UnitId) -> bool {
        self.units[unit.index()].down == 0
    }

    /// Whether a unit has a seat and serves in it.
    pub(crate) fn is_serving(&self, behaviour: &Behaviour, unit: UnitId) -> bool {
        self.members[behaviour.units[unit].member.index()].role == Role::Serving
    }

    /// Whether a unit has exactly one fault that keeps it from serving.
    pub(crate) fn has_one_down_fault(&self, unit: UnitId) -> bool {
        self.units[unit.index()].down == 1
    }

    /// The state of a machine, of those of all machines.
    pub(crate) fn machine(&self, machine: usize) -> usize {
        self.machines[machine].index()
    }

    /// Whether two members of a group serve, or are being reconciled, or people are at work on a seat.
    pub(crate) fn is_in_trouble(&self, behaviour: &Behaviour, group: GroupId) -> bool {
        behaviour.groups[group].seats.ids::<SeatId>().any(|seat| {
            matches!(
                self.seats[seat.index()].phase,
                SeatPhase::Manual | SeatPhase::Split | SeatPhase::Reconciling
            )
        })
    }

    /// Whether nothing is wrong and nothing is under way: no fault, every seat served, every member
    /// serving or standing by, every machine at home.
    pub(crate) fn is_quiet(&self, behaviour: &Behaviour) -> bool {
        self.struck.iter().all(|struck| !struck)
            && self
                .machines
                .iter()
                .zip(&behaviour.machines)
                .all(|(at, machine)| *at == machine.home)
            && self
                .units
                .iter()
                .all(|unit| unit.down == 0 && unit.degraded == 0)
            && self
                .processes
                .iter()
                .all(|process| process.phase == FaultPhase::Fine && !process.notice_runs)
            && self
                .seats
                .iter()
                .all(|seat| seat.phase == SeatPhase::Serving && !seat.warming && !seat.client_away)
            && self
                .members
                .iter()
                .all(|member| matches!(member.role, Role::Serving | Role::Standby))
    }
}

impl Behaviour {
    /// What an event is to those who steer.
    pub(crate) fn role(&self, event: Event) -> EventRole {
        match event {
            Event::Failed(_)
            | Event::FalseAlarm(_)
            | Event::CauseStruck(_)
            | Event::LoadRose(_)
            | Event::Collapsed(_)
            | Event::Crashed(_) => EventRole::Strike,
            Event::LoadFell(group) | Event::Restarted(group) | Event::Scaled(group) => {
                EventRole::Step(Some(group))
            }
            Event::ScaleWanted(_)
            | Event::ScaleOver(_)
            | Event::ServedTooLittle(_)
            | Event::ServedEnough(_) => EventRole::Other,
            Event::Left(exit) => {
                let machine = &self.machines[self.exits[exit].machine as usize];
                if self.machine_states[machine.home].exits.contains(exit) {
                    EventRole::Strike
                } else {
                    EventRole::Step(Some(self.group_of(machine.unit)))
                }
            }
            Event::Restored(process) => EventRole::Restore(process),
            Event::Rejoined(member) => EventRole::Return(self.members[member].group),
            Event::DelayPassed(process) | Event::Noticed(process) => {
                EventRole::Step(Some(self.processes[process].group))
            }
            Event::MemberNoticed(member) => EventRole::Step(Some(self.members[member].group)),
            Event::PickedUp(_, group) => EventRole::Step(Some(group)),
            Event::SpareArrived(_)
            | Event::CauseEnded(_)
            | Event::RolledBack(_)
            | Event::WorkEnded(_)
            | Event::BadNoticed(_) => EventRole::Step(None),
            Event::ShiftChanged(_)
            | Event::PaceRose(..)
            | Event::PaceFell(..)
            | Event::WatchEnded(_)
            | Event::FreezeEnded(..)
            | Event::FreezeBegan(..)
            | Event::WindowClosed(_)
            | Event::ChangeDue(_)
            | Event::StageEnded(_)
            | Event::ManualEnded(_)
            | Event::SplitEnded(_)
            | Event::Reconciled(_)
            | Event::FailbackDue(_)
            | Event::FailbackEnded(_)
            | Event::WarmedUp(_)
            | Event::ClientBack(_)
            | Event::HoldDownEnded(_)
            | Event::PatienceEnded(_)
            | Event::Tested(_) => EventRole::Other,
        }
    }

    /// Whether the rule of an event may take a branch whose outcome is not certain.
    pub(crate) fn may_branch(&self, event: Event) -> bool {
        // Whatever else has outcomes may come about by any event: a takeover, work for a crew.
        let by_itself = if let Event::Failed(process) = event {
            self.processes[process].choice.is_some()
        } else if let Event::Left(exit) = event {
            self.exits[exit].branch.is_some()
        } else {
            false
        };
        by_itself || self.branches_anywhere()
    }

    fn branches_anywhere(&self) -> bool {
        let by_crew = self.pools.iter().any(|pool| match pool.order {
            CrewOrder::FirstCome | CrewOrder::Priority => false,
            CrewOrder::Random | CrewOrder::RandomGroup => true,
        });
        let by_unit = self.units.iter().any(|unit| {
            unit.demand.is_some() || unit.test.as_ref().is_some_and(|test| test.finds < 1.0)
        });
        let by_stage = self.stages.iter().any(|stage| stage.succeeds < 1.0);
        let by_cause = self.lots.iter().any(|lot| lot.branch.is_some());
        let by_change = self.changes.iter().any(|change| change.bad.is_some());
        by_crew || by_unit || by_stage || by_cause || by_change
    }

    /// The unit that a failure process belongs to, and its group.
    pub(crate) fn unit_of(&self, process: ProcessId) -> (UnitId, GroupId) {
        let plan = &self.processes[process];
        (plan.unit, plan.group)
    }

    /// The position of a failure process among those of its unit.
    pub(crate) fn process_rank(&self, process: ProcessId) -> usize {
        let unit = self.processes[process].unit;
        (process.0 - self.units[unit].processes.first) as usize
    }

    /// The probability that a failure of a process keeps its unit from serving.
    pub(crate) fn down_share(&self, process: ProcessId, kind: &Kind) -> f64 {
        let plan = &self.processes[process];
        let takes_down = |mode: FaultModeId| {
            self.fault_modes[mode]
                .mode
                .is_none_or(|mode| !matches!(kind.modes[mode].effect, Effect::Degraded(_)))
        };
        let modes = plan.modes.ids::<FaultModeId>();
        let Some(choice) = &plan.choice else {
            return modes.map(|mode| f64::from(takes_down(mode))).sum();
        };
        modes
            .zip(&choice.weights)
            .filter(|(mode, _)| takes_down(*mode))
            .map(|(_, weight)| weight)
            .sum()
    }

    /// The number of a unit's machine, if it is one, and its first state among those of all machines.
    pub(crate) fn machine_of_unit(&self, unit: UnitId) -> Option<(usize, usize)> {
        let machine = self.machines.iter().position(|plan| plan.unit == unit)?;
        Some((machine, self.machines[machine].states.first as usize))
    }

    /// The unit that an exit belongs to.
    pub(crate) fn machine_of(&self, exit: ExitId) -> UnitId {
        self.machines[self.exits[exit].machine as usize].unit
    }

    /// Where an exit leads: states by their number in the machine, with probabilities.
    pub(crate) fn exit(&self, exit: ExitId) -> impl Iterator<Item = (usize, f64)> + '_ {
        let plan = &self.exits[exit];
        let first = self.machines[plan.machine as usize].states.first as usize;
        let weights = plan.weights.iter().copied().chain(std::iter::repeat(1.0));
        plan.to
            .iter()
            .map(move |to| to.index() - first)
            .zip(weights)
    }

    /// The group of a unit.
    pub(crate) fn group_of(&self, unit: UnitId) -> GroupId {
        self.members[self.units[unit].member].group
    }

    /// The group of a seat.
    pub(crate) fn group_of_seat(&self, seat: SeatId) -> GroupId {
        self.seats[seat].group
    }
}
