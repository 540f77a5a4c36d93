//! Faults: how a unit fails, how its fault is noticed, waits for people and parts, and is mended.

use super::clock::{Interpreter, Note};
use super::plan::{
    Behaviour, EffectPlan, EndingPlan, FaultModeId, MemberId, NoticePlan, ProcessId, ProcessPlan,
    RepairPlan, Who,
};
use super::shape::{Any, Shape};
use super::state::{FaultPhase, Role, SeatPhase, State, UnitState};
use crate::base::Id;
use crate::model::{Recovered, RenewalScope, RepairStart, SpareId, StandbyFaults, UnitId};

impl Behaviour {
    /// A failure process strikes.
    #[inline(always)]
    pub(super) fn fail<S: Shape, I: Interpreter>(
        &self,
        state: &mut State,
        process: ProcessId,
        run: &mut I,
    ) {
        let plan = &self.processes[process];
        let outcome = match &plan.choice {
            Some(choice) if !S::PLAIN => run.pick(choice.branch, &choice.weights),
            Some(_) | None => 0,
        };
        self.begin_fault::<S, I>(
            state,
            process,
            FaultModeId(plan.modes.first + outcome as u32),
            run,
        );
    }

    /// A unit gets a fault.
    #[inline]
    pub(super) fn begin_fault<S: Shape, I: Interpreter>(
        &self,
        state: &mut State,
        process: ProcessId,
        mode: FaultModeId,
        run: &mut I,
    ) {
        let stood_by = !S::PLAIN && self.stands_by(state, process);
        self.strike::<S, I>(state, process, mode, run);
        self.show::<S, I>(state, process, stood_by, run);
    }

    /// A unit gets a fault, of which nobody knows.
    #[inline]
    pub(super) fn strike<S: Shape, I: Interpreter>(
        &self,
        state: &mut State,
        process: ProcessId,
        mode: FaultModeId,
        run: &mut I,
    ) {
        let &ProcessPlan {
            unit,
            member,
            group,
            is_alone,
            ..
        } = &self.processes[process];
        let plan = &self.fault_modes[mode];
        run.tell(Note::Failure(unit, mode));

        // A notice that outlasted the last fault of this process counts for this one, if the same
        // clock would give it.
        let fault = state.process(process);
        let last_mode = std::mem::replace(&mut fault.mode, mode);
        fault.phase = FaultPhase::Unattended;
        fault.noticed = false;
        if !S::PLAIN && fault.notice_runs && last_mode != mode {
            fault.notice_runs = false;
            self.stop_notice(last_mode, run);
        }

        match &plan.ending {
            // It is about to be noticed.
            _ if S::PLAIN => {}
            &EndingPlan::Itself(clock) => {
                state.process(process).phase = FaultPhase::Passing;
                run.start(clock, 1.0);
            }
            EndingPlan::Repair(repair) if repair.starts == RepairStart::Failure => {
                self.begin_repair(state, process, repair, run);
            }
            EndingPlan::Imposed => state.process(process).phase = FaultPhase::Passing,
            EndingPlan::Repair(_) | EndingPlan::Never => {}
        }

        if S::PLAIN {
            state.unit(unit).down = 1;
            return self.static_member_down::<S, I>(state, group, member, run);
        }
        match plan.effect {
            EffectPlan::Degraded => {
                state.unit(unit).degraded += 1;
                if state.unit(unit).degraded == 1 && state.unit(unit).down == 0 {
                    self.member_level_changed(state, member, run);
                }
                self.capacity_changed(state, group, run);
            }
            EffectPlan::Down | EffectPlan::Isolated => {
                let counts = state.unit(unit);
                counts.down += 1;
                counts.isolated += u8::from(plan.effect == EffectPlan::Isolated);
                if counts.down == 1 {
                    if !is_alone {
                        self.set_unit_speed(state, unit, 0.0, Some(process), run);
                    }
                    self.member_down(state, member, run);
                }
            }
        }
    }

    /// A fault shows to those who look: it is noticed, or will be.
    #[inline]
    pub(super) fn show<S: Shape, I: Interpreter>(
        &self,
        state: &mut State,
        process: ProcessId,
        stood_by: bool,
        run: &mut I,
    ) {
        if S::PLAIN {
            return self.notice::<S, I>(state, process, run);
        }
        match self.fault_modes[state.process(process).mode].notice {
            NoticePlan::AtOnce => self.notice::<S, I>(state, process, run),
            NoticePlan::Detector(clock) => {
                match if stood_by {
                    self.groups[self.members[self.seen_as(process)].group].standby_faults
                } else {
                    StandbyFaults::Detected
                } {
                    StandbyFaults::Detected => match clock {
                        Some(clock) => self.start_notice(state, process, clock, run),
                        None => self.notice::<S, I>(state, process, run),
                    },
                    StandbyFaults::AtOnce => self.notice::<S, I>(state, process, run),
                    StandbyFaults::Latent => {}
                }
            }
            NoticePlan::After(clock) => self.start_notice(state, process, clock, run),
            NoticePlan::WithGroup(member) if self.is_unseen(state, member) => {
                self.look_at(state, member, run);
            }
            NoticePlan::WithGroup(_) => self.notice::<S, I>(state, process, run),
            NoticePlan::Test => {}
        }
    }

    /// The faults of a unit show to those who look at it now.
    pub(super) fn show_faults<I: Interpreter>(&self, state: &mut State, unit: UnitId, run: &mut I) {
        for process in self.units[unit].processes.ids::<ProcessId>() {
            if state.processes[process.index()].phase != FaultPhase::Fine {
                self.show::<Any, I>(state, process, false, run);
            }
        }
    }

    /// The member as which the unit of a process is seen.
    pub(super) fn seen_as(&self, process: ProcessId) -> MemberId {
        self.units[self.processes[process].unit].seen_as
    }

    /// Whether the unit of a process stands by, alone or as a group of one.
    pub(super) fn stands_by(&self, state: &State, process: ProcessId) -> bool {
        state.members[self.seen_as(process).index()].role == Role::Standby
    }

    /// Whether nobody is about to notice the fault of a process, unless a test or a takeover does.
    pub(super) fn is_hidden(&self, state: &State, process: ProcessId) -> bool {
        let is_latent = |member: MemberId| {
            state.members[member.index()].role == Role::Standby
                && self.groups[self.members[member].group].standby_faults == StandbyFaults::Latent
        };
        let fault = state.processes[process.index()];
        let shows = match self.fault_modes[fault.mode].notice {
            NoticePlan::AtOnce | NoticePlan::After(_) => true,
            NoticePlan::Detector(_) => !is_latent(self.seen_as(process)),
            NoticePlan::WithGroup(member) => !is_latent(member),
            NoticePlan::Test => false,
        };
        fault.phase != FaultPhase::Fine && !fault.noticed && !shows
    }

    fn start_notice<I: Interpreter>(
        &self,
        state: &mut State,
        process: ProcessId,
        clock: super::ClockId,
        run: &mut I,
    ) {
        let fault = state.process(process);
        // What a candidate or a test has already found need not be noticed again.
        if !fault.noticed && !fault.notice_runs && fault.phase != FaultPhase::Fine {
            fault.notice_runs = true;
            run.start(clock, 1.0);
        }
    }

    fn stop_notice<I: Interpreter>(&self, mode: FaultModeId, run: &mut I) {
        match self.fault_modes[mode].notice {
            NoticePlan::Detector(Some(clock)) | NoticePlan::After(clock) => run.stop(clock),
            NoticePlan::AtOnce
            | NoticePlan::Detector(None)
            | NoticePlan::WithGroup(_)
            | NoticePlan::Test => {}
        }
    }

    /// The clock of a notice has fired.
    pub(super) fn notice_fired<I: Interpreter>(
        &self,
        state: &mut State,
        process: ProcessId,
        run: &mut I,
    ) {
        let fault = state.process(process);
        fault.notice_runs = false;
        if fault.noticed {
            // The fault itself was noticed while its member stood by: it is the failover of an earlier
            // one that begins.
            self.past_noticed(state, self.processes[process].member, run);
        } else {
            self.notice::<Any, I>(state, process, run);
        }
    }

    /// A fault becomes known: repair may begin, and the group may react.
    #[inline(always)]
    pub(super) fn notice<S: Shape, I: Interpreter>(
        &self,
        state: &mut State,
        process: ProcessId,
        run: &mut I,
    ) {
        let &ProcessPlan {
            unit,
            member,
            group,
            ..
        } = &self.processes[process];
        let fault = state.process(process);
        if !S::PLAIN && fault.phase == FaultPhase::Fine {
            // The fault is over, but the failover that it caused is to be completed.
            return self.past_noticed(state, member, run);
        }
        // A plain one, too, may have been found by a group around that has lost its candidate by it.
        if std::mem::replace(&mut fault.noticed, true) {
            return;
        }
        let mode = fault.mode;
        let unattended = fault.phase == FaultPhase::Unattended;
        let notice_runs = fault.notice_runs;
        // A member that is back, and fails again as a standby, does not hasten the failover away from
        // it that is to be completed.
        if !S::PLAIN && notice_runs && !self.is_awaited(state, member) {
            state.process(process).notice_runs = false;
            self.stop_notice(mode, run);
        }
        run.tell(Note::Notice(unit, mode));
        let plan = &self.fault_modes[mode];
        let starts = match &plan.ending {
            _ if S::PLAIN => {
                state.process(process).step = 0;
                self.take_crew::<S, I>(state, process, run);
                None
            }
            EndingPlan::Repair(repair) if unattended => {
                // One that begins with the failure has begun, unless the fault is plain and found at once.
                if repair.starts != RepairStart::Takeover {
                    self.begin_repair(state, process, repair, run);
                }
                Some(repair.starts)
            }
            EndingPlan::Repair(_)
            | EndingPlan::Itself(_)
            | EndingPlan::Never
            | EndingPlan::Imposed => None,
        };
        // A unit that is only reduced is not replaced: there is no takeover to wait for.
        let mut waits = false;
        if S::PLAIN {
            state.unit(unit).known = 1;
            self.look_around(state, group, run);
        } else if plan.effect != EffectPlan::Degraded {
            let counts = state.unit(unit);
            counts.known += 1;
            // A failover may wait for the notice of just this fault, though others are known.
            if counts.known == 1 || self.completes_undetected(state, member) {
                self.unit_known(state, unit, run);
            }
            waits = self.awaits_takeover(state, member);
        }
        if starts == Some(RepairStart::Takeover) && !waits {
            self.begin_deferred_repair(state, process, run);
        }
        self.touch(state, group);
    }

    /// Whether a member that stands by, or a group around it, is still to be noticed for an earlier failure.
    pub(super) fn is_awaited(&self, state: &State, member: MemberId) -> bool {
        let group = &self.groups[self.members[member].group];
        if !group.notices_itself {
            let around = group.member_of;
            return around.is_some_and(|around| self.is_awaited(state, around));
        }
        state.members[member.index()].role == Role::Standby
            && self.completes_undetected(state, member)
    }

    /// Begins the repairs of a member that have waited for the end of a takeover.
    pub(super) fn begin_deferred_repairs<I: Interpreter>(
        &self,
        state: &mut State,
        member: MemberId,
        run: &mut I,
    ) {
        match self.members[member].who {
            Who::Unit(unit) if state.units[unit.index()].down > 0 => {
                for process in self.units[unit].processes.ids::<ProcessId>() {
                    self.begin_deferred_repair(state, process, run);
                }
            }
            Who::Unit(_) => {}
            Who::Group(group) => {
                for inner in self.groups[group].members.ids::<MemberId>() {
                    if !self.awaits_takeover(state, inner) {
                        self.begin_deferred_repairs(state, inner, run);
                    }
                }
            }
        }
    }

    fn begin_deferred_repair<I: Interpreter>(
        &self,
        state: &mut State,
        process: ProcessId,
        run: &mut I,
    ) {
        let fault = state.processes[process.index()];
        if let EndingPlan::Repair(repair) = self.fault_modes[fault.mode].ending
            && repair.starts == RepairStart::Takeover
            && fault.noticed
            && fault.phase == FaultPhase::Unattended
        {
            self.begin_repair(state, process, &repair, run);
        }
    }

    #[inline(always)]
    fn begin_repair<I: Interpreter>(
        &self,
        state: &mut State,
        process: ProcessId,
        repair: &RepairPlan,
        run: &mut I,
    ) {
        state.process(process).step = 0;
        if let Some(delay) = repair.delay {
            state.process(process).phase = FaultPhase::Delay;
            run.start(delay, 1.0);
        } else {
            self.take_spare(state, process, repair, run);
        }
    }

    /// The administrative delay of a repair has passed.
    pub(super) fn delay_passed<I: Interpreter>(
        &self,
        state: &mut State,
        process: ProcessId,
        run: &mut I,
    ) {
        let repair = self.repair_of(state, process);
        self.take_spare(state, process, repair, run);
        self.touch_unit(state, process);
    }

    /// Reserves a part and orders another one, or waits for one; then for people.
    #[inline(always)]
    fn take_spare<I: Interpreter>(
        &self,
        state: &mut State,
        process: ProcessId,
        repair: &RepairPlan,
        run: &mut I,
    ) {
        if let Some(spare) = repair.spare {
            self.order_spare(state, spare, run);
            let pool = &mut state.spares[spare.index()];
            if pool.shelf == 0 {
                pool.queue.push(process);
                state.process(process).phase = FaultPhase::SpareWait;
                run.tell(Note::SpareWait(
                    self.processes[process].unit,
                    state.process(process).mode,
                ));
                return;
            }
            pool.shelf -= 1;
        }
        self.take_crew::<Any, I>(state, process, run);
    }

    fn order_spare<I: Interpreter>(&self, state: &mut State, spare: SpareId, run: &mut I) {
        let order = state.spares[spare.index()]
            .idle
            .pop()
            .expect("no more orders than parts in stock and faults that wait");
        run.start(order, 1.0);
    }

    /// A part has arrived: for the first that waits, or for the shelf.
    pub(super) fn spare_arrived<I: Interpreter>(
        &self,
        state: &mut State,
        spare: SpareId,
        order: super::ClockId,
        run: &mut I,
    ) {
        let pool = &mut state.spares[spare.index()];
        pool.idle.push(order);
        if pool.queue.is_empty() {
            pool.shelf += 1;
        } else {
            let process = pool.queue.remove(0);
            self.take_crew::<Any, I>(state, process, run);
            self.touch_unit(state, process);
        }
    }

    /// A fault has been mended, or has ended by itself.
    #[inline]
    pub(super) fn restored<S: Shape, I: Interpreter>(
        &self,
        state: &mut State,
        process: ProcessId,
        run: &mut I,
    ) {
        let &ProcessPlan {
            unit,
            member,
            group,
            is_alone,
            failure,
            plain,
            ..
        } = &self.processes[process];
        if !S::PLAIN && self.take_next_step(state, process, run) {
            return;
        }
        let fault = state.process(process);
        let mode = fault.mode;
        let was_mended = fault.phase == FaultPhase::Repair;
        let was_noticed = std::mem::replace(&mut fault.noticed, false);
        fault.phase = FaultPhase::Fine;
        let notice_runs = fault.notice_runs;
        run.tell(Note::Restoration(unit, mode));
        if !S::PLAIN && notice_runs && !self.completes_undetected(state, member) {
            state.process(process).notice_runs = false;
            self.stop_notice(mode, run);
        }

        if S::PLAIN
            && let Some(repair) = plain
        {
            *state.unit(unit) = UnitState::default();
            if let Some(clock) = failure {
                run.start(clock, 1.0);
            }
            self.release_crew::<S, I>(state, process, run);
            if let Some(kind) = repair.booked {
                run.repaired(kind);
            }
            return self.static_member_up::<S, I>(state, group, member, run);
        }

        let plan = &self.fault_modes[mode];
        let counts = state.unit(unit);
        match plan.effect {
            EffectPlan::Degraded => counts.degraded -= 1,
            EffectPlan::Down | EffectPlan::Isolated => {
                counts.down -= 1;
                counts.known -= u8::from(was_noticed);
                counts.isolated -= u8::from(plan.effect == EffectPlan::Isolated);
            }
        }

        let speed = self.unit_speed(state, unit);
        if let Some(clock) = failure {
            run.start(clock, speed);
        }
        if let EndingPlan::Repair(repair) = &plan.ending {
            if was_mended {
                self.release_crew::<Any, I>(state, process, run);
            }
            if let Some(kind) = repair.booked {
                run.repaired(kind);
            }
            if repair.scope == RenewalScope::Unit && !is_alone {
                for other in self.units[unit].processes.ids::<ProcessId>() {
                    // How old the mended process is has just been decided by what its repair leaves.
                    if let Some(clock) = self.processes[other].failure
                        && other != process
                        && state.processes[other.index()].phase == FaultPhase::Fine
                    {
                        run.renew(clock, speed);
                    }
                }
            }
        }

        match plan.effect {
            EffectPlan::Degraded => {
                if state.unit(unit).degraded == 0 && state.unit(unit).down == 0 {
                    self.member_level_changed(state, member, run);
                }
                self.capacity_changed(state, group, run);
            }
            EffectPlan::Down | EffectPlan::Isolated => {
                if state.unit(unit).down == 0 {
                    if !is_alone {
                        self.set_unit_speed(state, unit, speed, Some(process), run);
                    }
                    self.member_up(state, member, run);
                } else {
                    if was_noticed
                        && state.unit(unit).known == 0
                        && state.members[self.seen_as(process).index()].role == Role::Out
                    {
                        // It was expected back, and that it does not come shows what nobody had seen.
                        self.show_faults(state, unit, run);
                    }
                    self.look_around(state, group, run);
                    self.touch(state, group);
                }
            }
        }
    }

    /// Work leaves a unit as good as new: what nobody mends yet is mended, and what works begins a new
    /// life.
    pub(super) fn renew_unit<I: Interpreter>(&self, state: &mut State, unit: UnitId, run: &mut I) {
        for process in self.units[unit].processes.ids::<ProcessId>() {
            let fault = state.processes[process.index()];
            match fault.phase {
                FaultPhase::Unattended => self.restored::<Any, I>(state, process, run),
                FaultPhase::Fine => {
                    if let Some(clock) = self.processes[process].failure {
                        run.renew(clock, self.unit_speed(state, unit));
                    }
                }
                FaultPhase::Passing
                | FaultPhase::Repair
                | FaultPhase::SpareWait
                | FaultPhase::CrewWait
                | FaultPhase::Interrupted
                | FaultPhase::Delay => {}
            }
        }
    }

    /// Whether a failover away from this member, or from a group around it, goes on although the member is
    /// back, so that its failure will still be noticed.
    pub(super) fn completes_undetected(&self, state: &State, member: MemberId) -> bool {
        let group = &self.groups[self.members[member].group];
        if !group.notices_itself {
            let around = group.member_of;
            return around.is_some_and(|around| self.completes_undetected(state, around));
        }
        !group.is_static
            && group.recovered == Recovered::Complete
            && state.seats[group.seats.range()]
                .iter()
                .any(|seat| seat.member == member && seat.phase == SeatPhase::Undetected)
    }

    /// A unit is tested: hidden faults may be found.
    pub(super) fn tested<I: Interpreter>(&self, state: &mut State, unit: UnitId, run: &mut I) {
        let plan = &self.units[unit];
        let test = plan.test.expect("a unit that is tested has a test");
        run.start(test.next, 1.0);
        for process in plan.processes.ids::<ProcessId>() {
            let fault = state.processes[process.index()];
            if fault.phase != FaultPhase::Fine
                && !fault.noticed
                && (test.finds >= 1.0 || run.choose(test.branch, test.finds))
            {
                self.notice::<Any, I>(state, process, run);
            }
        }
    }

    /// Speed of the failure clocks of a unit: 0 while it is down, its dormancy while it stands by.
    #[inline(always)]
    pub(super) fn unit_speed(&self, state: &State, unit: UnitId) -> f64 {
        if state.units[unit.index()].down > 0 {
            return 0.0;
        }
        let plan = &self.units[unit];
        if !plan.changes_speed {
            return 1.0;
        }
        if let Some(service) = plan.ages_while
            && self.is_down(state, service)
        {
            return 0.0;
        }
        let mut speed = 1.0;
        let mut member = Some(plan.member);
        while let Some(at) = member {
            let group = &self.groups[self.members[at].group];
            if state.members[at.index()].role != Role::Serving || self.is_handing_over(state, at) {
                speed *= group.dormancy;
            } else if !group.load.is_empty() {
                let serving = state.groups[self.members[at].group.index()].some as usize;
                speed *= group.load[serving.clamp(1, group.load.len()) - 1];
            }
            member = group.member_of;
        }
        speed
    }

    /// Sets the speed of the failure clocks of a unit, but for the process `except`, whose clock
    /// has fired or has just been started.
    pub(super) fn set_unit_speed<I: Interpreter>(
        &self,
        state: &State,
        unit: UnitId,
        speed: f64,
        except: Option<ProcessId>,
        run: &mut I,
    ) {
        for process in self.units[unit].processes.ids::<ProcessId>() {
            if Some(process) != except
                && let Some(clock) = self.processes[process].failure
                && state.processes[process.index()].phase == FaultPhase::Fine
            {
                run.set_speed(clock, speed);
            }
        }
    }

    /// Something about a unit has changed that may be why its group is down.
    fn touch_unit(&self, state: &mut State, process: ProcessId) {
        self.touch(state, self.processes[process].group);
    }
}
