//! Explicit state machines: units whose life is told state by state.
//!
//! What a machine gives in its state counts like a fault that is seen at once, so that groups and
//! services need not know the difference.

use super::clock::{Interpreter, Note};
use super::plan::{Behaviour, ExitId, MachineStateId};
use super::state::State;
use crate::base::Id;
use crate::model::{Level, UnitId};

impl Behaviour {
    /// Starts the clocks of all machines.
    pub(super) fn begin_machines<I: Interpreter>(&self, state: &mut State, run: &mut I) {
        for index in 0..self.machines.len() {
            let plan = self.machines[index];
            let first = state.machines[index];
            let gives = self.machine_states[first].gives;
            self.change_level(state, plan.unit, Level::Up, gives, run);
            self.start_exits(first, run);
        }
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
        self.change_level(state, unit, before, now, run);
    }

    fn change_level<I: Interpreter>(
        &self,
        state: &mut State,
        unit: UnitId,
        before: Level,
        now: Level,
        run: &mut I,
    ) {
        if before == now {
            return;
        }
        let member = self.units[unit].member;
        let counts = state.unit(unit);
        let change =
            |count: u8, level: Level| count + u8::from(now == level) - u8::from(before == level);
        counts.down = change(counts.down, Level::Down);
        counts.known = change(counts.known, Level::Down);
        counts.degraded = change(counts.degraded, Level::Degraded);
        let is_first = counts.down == 1;
        let is_fit = counts.down == 0;
        match (before, now) {
            (_, Level::Down) if is_first => {
                self.member_down(state, member, run);
                self.member_noticed(state, member, run);
            }
            (Level::Down, _) if is_fit => self.member_up(state, member, run),
            (Level::Up | Level::Degraded, Level::Up | Level::Degraded) if is_fit => {
                self.member_level_changed(state, member, run);
            }
            (Level::Up | Level::Degraded | Level::Down, _) => {
                self.touch(state, self.members[member].group);
            }
        }
    }
}
