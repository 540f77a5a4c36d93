//! People: who repairs what next, who is interrupted for it, and when they work.
//!
//! A crew is one pool of people, or one for each group. A repair has one step or several, each with
//! a pool of its own. A fault waits in the queue of the pool that its present step needs.

use super::clock::{Interpreter, Note};
use super::plan::{Behaviour, EndingPlan, PoolId, ProcessId, RepairPlan, RepairStep};
use super::shape::{Any, Plain, Shape};
use super::state::{FaultPhase, State};
use crate::base::Id;
use crate::model::{CrewOrder, GroupId, Preemption, UnitId};

impl Behaviour {
    /// The repair of the fault that a process has.
    pub(super) fn repair_of(&self, state: &State, process: ProcessId) -> &RepairPlan {
        match &self.fault_modes[state.processes[process.index()].mode].ending {
            EndingPlan::Repair(repair) => repair,
            EndingPlan::Itself(_) | EndingPlan::Imposed | EndingPlan::Never => {
                unreachable!("only a repair delays, waits or works")
            }
        }
    }

    /// The step of its repair at which the fault of a process is.
    #[inline]
    fn step_of<S: Shape>(&self, state: &State, process: ProcessId) -> &RepairStep {
        if S::PLAIN
            && let Some(plain) = &self.processes[process].plain
        {
            return &plain.step;
        }
        let repair = self.repair_of(state, process);
        match state.processes[process.index()].step {
            0 => &repair.first,
            step => &self.repair_steps[repair.further.first as usize + usize::from(step) - 1],
        }
    }

    /// A step of a repair begins, or waits for people.
    #[inline]
    pub(super) fn take_crew<S: Shape, I: Interpreter>(
        &self,
        state: &mut State,
        process: ProcessId,
        run: &mut I,
    ) {
        let step = self.step_of::<S>(state, process);
        let Some(id) = step.crew else {
            return self.work::<S, I>(state, process, run);
        };
        let pool = state.pool(id);
        if pool.free > 0 && (S::PLAIN || !self.pools[id].picks_up) {
            pool.free -= 1;
            return self.work::<S, I>(state, process, run);
        }
        if !S::PLAIN
            && let Some(victim) = self.less_urgent(state, id, step.priority)
        {
            self.interrupt(state, id, victim, run);
            return self.work::<S, I>(state, process, run);
        }
        state.pool(id).queue.push(process);
        state.process(process).phase = FaultPhase::CrewWait;
        run.tell(Note::CrewWait(
            self.processes[process].unit,
            state.process(process).mode,
        ));
        if !S::PLAIN {
            self.settle_pick_ups(state, id, run);
        }
    }

    /// How urgent the present step of the repair of a process is.
    pub(super) fn repair_priority(&self, state: &State, process: ProcessId) -> i32 {
        self.step_of::<Any>(state, process).priority
    }

    #[inline]
    fn work<S: Shape, I: Interpreter>(&self, state: &mut State, process: ProcessId, run: &mut I) {
        let step = self.step_of::<S>(state, process);
        let fault = state.process(process);
        let before = std::mem::replace(&mut fault.phase, FaultPhase::Repair);
        run.tell(Note::RepairStart(self.processes[process].unit, fault.mode));
        if S::PLAIN {
            return run.start(step.time, 1.0);
        }
        let mut speed = f64::from(u8::from(!self.stands_still(state, process)));
        if let Some(id) = step.crew
            && self.pools[id].keeps_track()
        {
            let pool = state.pool(id);
            pool.working.push(process);
            if !pool.on_duty {
                speed = 0.0;
            }
            if before == FaultPhase::Interrupted && self.pools[id].preemption == Preemption::Resume
            {
                return run.set_speed(step.time, speed);
            }
        }
        run.start(step.time, speed);
    }

    /// The repair under way that is the least urgent, and was begun last among those, if it is less
    /// urgent than a priority.
    fn less_urgent(&self, state: &State, pool: PoolId, priority: i32) -> Option<ProcessId> {
        if self.pools[pool].preemption == Preemption::Never {
            return None;
        }
        let of = |process: &ProcessId| self.step_of::<Any>(state, *process).priority;
        let working = &state.pools[pool.index()].working;
        let least = working.iter().rev().copied().min_by_key(of)?;
        (of(&least) < priority).then_some(least)
    }

    /// Whether a fault of a higher priority waits, in a pool whose repairs can be interrupted.
    fn is_called_away(&self, state: &State, pool: PoolId, priority: i32) -> bool {
        let of = |process: &ProcessId| self.step_of::<Any>(state, *process).priority;
        self.pools[pool].preemption != Preemption::Never
            && state.pools[pool.index()]
                .queue
                .iter()
                .any(|waiting| of(waiting) > priority)
    }

    fn interrupt<I: Interpreter>(
        &self,
        state: &mut State,
        id: PoolId,
        process: ProcessId,
        run: &mut I,
    ) {
        let clock = self.step_of::<Any>(state, process).time;
        match self.pools[id].preemption {
            Preemption::Resume => run.set_speed(clock, 0.0),
            Preemption::Repeat | Preemption::Never => run.stop(clock),
        }
        let pool = state.pool(id);
        pool.working.retain(|&other| other != process);
        // It came before all of its priority that wait.
        pool.queue.insert(0, process);
        let fault = state.process(process);
        fault.phase = FaultPhase::Interrupted;
        run.tell(Note::CrewWait(self.processes[process].unit, fault.mode));
        self.touch(state, self.processes[process].group);
    }

    /// The work of a fault's step is done: its people go to the next fault, or are free.
    pub(super) fn release_crew<S: Shape, I: Interpreter>(
        &self,
        state: &mut State,
        process: ProcessId,
        run: &mut I,
    ) {
        let Some(id) = self.step_of::<S>(state, process).crew else {
            return;
        };
        if !S::PLAIN && self.pools[id].keeps_track() {
            state.pool(id).working.retain(|&other| other != process);
        }
        if state.pool(id).queue.is_empty() || (!S::PLAIN && self.pools[id].picks_up) {
            state.pool(id).free += 1;
            if !S::PLAIN {
                self.settle_pick_ups(state, id, run);
            }
        } else {
            let at = self.next_in_queue(state, id, run);
            let next = state.pool(id).queue.remove(at);
            if self.processes[next].plain.is_some() {
                self.work::<Plain, I>(state, next, run);
            } else {
                self.work::<Any, I>(state, next, run);
            }
            self.touch(state, self.processes[next].group);
        }
    }

    /// Who of those that wait is next.
    fn next_in_queue<I: Interpreter>(&self, state: &State, id: PoolId, run: &mut I) -> usize {
        let plan = &self.pools[id];
        let queue = &state.pools[id.index()].queue;
        // Any of so many, each as likely as the other.
        let mut any_of = |count: usize| {
            (1..count)
                .find(|tried| run.choose(plan.branch, 1.0 / (count + 1 - tried) as f64))
                .map_or(count - 1, |tried| tried - 1)
        };
        match plan.order {
            CrewOrder::FirstCome => 0,
            CrewOrder::Priority => {
                let priority = |&at: &usize| self.step_of::<Any>(state, queue[at]).priority;
                // `max_by_key` takes the last of equals, and the first come is to be first served.
                let first = (0..queue.len()).rev().max_by_key(priority);
                first.expect("somebody waits")
            }
            CrewOrder::Random => any_of(queue.len()),
            CrewOrder::RandomGroup => {
                let group = |at: usize| self.processes[queue[at]].group;
                let is_first = |&at: &usize| (0..at).all(|other| group(other) != group(at));
                let firsts = || (0..queue.len()).filter(is_first);
                let chosen = any_of(firsts().count());
                firsts().nth(chosen).expect("one of those counted")
            }
        }
    }

    /// The last step of a repair is not done yet: the next one begins, or waits for its people.
    /// Tells whether there is one.
    pub(super) fn take_next_step<I: Interpreter>(
        &self,
        state: &mut State,
        process: ProcessId,
        run: &mut I,
    ) -> bool {
        let EndingPlan::Repair(repair) =
            &self.fault_modes[state.processes[process.index()].mode].ending
        else {
            return false;
        };
        if state.processes[process.index()].phase != FaultPhase::Repair {
            return false;
        }
        if usize::from(state.processes[process.index()].step) >= repair.further.len() {
            return false;
        }
        let next =
            repair.further.first as usize + usize::from(state.processes[process.index()].step);
        let next = self.repair_steps[next];
        match next.crew {
            Some(pool) if next.stays && !self.is_called_away(state, pool, next.priority) => {
                if self.pools[pool].keeps_track() {
                    state.pool(pool).working.retain(|&other| other != process);
                }
                state.process(process).step += 1;
                self.work::<Any, I>(state, process, run);
            }
            Some(_) | None => {
                self.release_crew::<Any, I>(state, process, run);
                state.process(process).step += 1;
                self.take_crew::<Any, I>(state, process, run);
            }
        }
        self.touch(state, self.processes[process].group);
        true
    }

    /// Free people turn to the groups that have faults waiting, each in its time.
    fn settle_pick_ups<I: Interpreter>(&self, state: &mut State, id: PoolId, run: &mut I) {
        let pick_ups = &self.pools[id].pick_ups;
        let pool = &mut state.pools[id.index()];
        for (turning, &(group, clock)) in pool.turning.iter_mut().zip(pick_ups) {
            let waits = |process: &ProcessId| self.processes[*process].group == group;
            if *turning && !(pool.free > 0 && pool.queue.iter().any(waits)) {
                *turning = false;
                run.stop(clock);
            }
        }
        if pool.free == 0 {
            return;
        }
        // In the order in which the faults came, as clocks that end together fire in the order in
        // which they were started.
        for process in &pool.queue {
            let group = self.processes[*process].group;
            let of = pick_ups.iter().position(|(other, _)| *other == group);
            let of = of.expect("a crew that turns to groups knows those that it serves");
            if !std::mem::replace(&mut pool.turning[of], true) {
                run.start(pick_ups[of].1, 1.0);
            }
        }
    }

    /// People have turned to the faults of a group: to the first that came.
    pub(super) fn picked_up<I: Interpreter>(
        &self,
        state: &mut State,
        id: PoolId,
        group: GroupId,
        run: &mut I,
    ) {
        let plan = &self.pools[id];
        let pool = &mut state.pools[id.index()];
        let turned = plan.pick_ups.iter().position(|(other, _)| *other == group);
        pool.turning[turned.expect("a group that is turned to")] = false;
        let first = pool
            .queue
            .iter()
            .position(|&process| self.processes[process].group == group)
            .expect("nobody turns to a group without faults");
        let process = pool.queue.remove(first);
        pool.free -= 1;
        self.work::<Any, I>(state, process, run);
        self.settle_pick_ups(state, id, run);
        self.touch(state, group);
    }

    /// The working hours of people begin or end: what they do is paused, or goes on.
    pub(super) fn shift_changed<I: Interpreter>(&self, state: &mut State, id: PoolId, run: &mut I) {
        let pool = state.pool(id);
        pool.on_duty = !pool.on_duty;
        let shift = self.pools[id].shift.expect("people with hours");
        let (next, speed) = if pool.on_duty {
            (shift.ends, 1.0)
        } else {
            (shift.begins, 0.0)
        };
        run.start(next, 1.0);
        for at in 0..state.pools[id.index()].working.len() {
            let process = state.pools[id.index()].working[at];
            if !self.stands_still(state, process) {
                run.set_speed(self.step_of::<Any>(state, process).time, speed);
            }
            self.touch(state, self.processes[process].group);
        }
    }

    /// Whether the crew that repairs the fault of a process is outside its working hours.
    pub(super) fn is_off_duty(&self, state: &State, process: ProcessId) -> bool {
        let crew = self.step_of::<Any>(state, process).crew;
        crew.is_some_and(|crew| !state.pools[crew.index()].on_duty)
    }

    /// Whether the repair of a process is paused by what has struck its unit.
    #[inline]
    fn stands_still(&self, state: &State, process: ProcessId) -> bool {
        let pausing = &self.units[self.processes[process].unit].pausing;
        pausing
            .iter()
            .any(|other| state.processes[other.index()].phase != FaultPhase::Fine)
    }

    /// Whether repairs of a unit stand still may have changed.
    pub(super) fn settle_repairs<I: Interpreter>(&self, state: &State, unit: UnitId, run: &mut I) {
        for process in self.units[unit].processes.ids::<ProcessId>() {
            if state.processes[process.index()].phase != FaultPhase::Repair {
                continue;
            }
            let step = self.step_of::<Any>(state, process);
            let is_on_duty = |id: PoolId| state.pools[id.index()].on_duty;
            let goes_on = !self.stands_still(state, process) && step.crew.is_none_or(is_on_duty);
            run.set_speed(step.time, f64::from(u8::from(goes_on)));
        }
    }
}
