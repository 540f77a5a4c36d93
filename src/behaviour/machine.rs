//! Explicit state machines: units whose life is told state by state.
//!
//! A state in which a machine gives nothing is a fault of its unit, which begins and ends with it, so that
//! detection, takeover and services need not know the difference.

use super::clock::{Interpreter, Note};
use super::plan::{Behaviour, ExitId, FaultModeId, MachineStateId, ProcessId};
use super::shape::Any;
use super::state::State;
use crate::base::Id;
use crate::model::Level;

impl Behaviour {
    /// Starts the clocks of all machines.
    pub(super) fn begin_machines<I: Interpreter>(&self, state: &mut State, run: &mut I) {
        let mut down = Vec::new();
        for (index, machine) in self.machines.iter().enumerate() {
            let first = state.machines[index];
            match self.machine_states[first].gives {
                Level::Down => down.push(machine.process),
                gives => self.change_level(state, index, Level::Up, gives, run),
            }
            self.start_exits(first, run);
        }
        self.impose(state, &down, run);
    }

    fn start_exits<I: Interpreter>(&self, at: MachineStateId, run: &mut I) {
        for exit in self.machine_states[at].exits.ids::<ExitId>() {
            run.start(self.exits[exit].clock, 1.0);
        }
    }

    /// A machine leaves its state by an exit.
    pub(super) fn left<I: Interpreter>(&self, state: &mut State, exit: ExitId, run: &mut I) {
        let plan = &self.exits[exit];
        let machine = plan.machine as usize;
        let unit = self.machines[machine].unit;
        let from = state.machines[machine];
        for other in self.machine_states[from].exits.ids::<ExitId>() {
            if other != exit {
                run.stop(self.exits[other].clock);
            }
        }
        let chosen = match plan.branch {
            None => 0,
            Some(branch) => run.pick(branch, &plan.weights),
        };
        let to = plan.to[chosen];
        state.machines[machine] = to;
        let index = to.index() - self.machines[machine].states.first as usize;
        run.tell(Note::StateEntered(unit, index));
        self.start_exits(to, run);
        let (before, now) = (
            self.machine_states[from].gives,
            self.machine_states[to].gives,
        );
        self.change_level(state, machine, before, now, run);
    }

    /// Whether the state of a unit that is down leads, by whatever way, to one in which it serves again.
    pub(super) fn recovers(&self, state: &State, process: ProcessId) -> bool {
        let machine = self
            .machines
            .iter()
            .position(|plan| plan.process == process);
        machine.is_some_and(|machine| self.machine_states[state.machines[machine]].recovers)
    }

    fn change_level<I: Interpreter>(
        &self,
        state: &mut State,
        machine: usize,
        before: Level,
        now: Level,
        run: &mut I,
    ) {
        if before == now {
            return;
        }
        let plan = &self.machines[machine];
        let unit = plan.unit;
        let is_reduced = |level: Level| u8::from(level == Level::Degraded);
        let counts = state.unit(unit);
        counts.degraded = counts.degraded + is_reduced(now) - is_reduced(before);
        if now == Level::Down {
            let mode = FaultModeId(self.processes[plan.process].modes.first);
            self.begin_fault::<Any, I>(state, plan.process, mode, run);
        } else if before == Level::Down {
            self.restored::<Any, I>(state, plan.process, run);
        } else if counts.down == 0 {
            let member = self.units[unit].member;
            self.member_level_changed(state, member, run);
            self.capacity_changed(state, self.members[member].group, run);
        }
    }
}
