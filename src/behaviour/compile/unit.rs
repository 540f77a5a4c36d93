//! Units: their failure processes, repairs, people and tests.

use super::super::clock::Event;
use super::super::plan::*;
use super::{
    Compiler, after, effect_plan, is_zero, latency, left_by, lifetime, notices_itself, opening,
};
use crate::base::{Id, Money, Span};
use crate::math::law::{Constant, Law};
use crate::model::{
    CrewId, Effect, Ending, GroupId, Hours, Kind, Level, MachineState, Mode, Notice, Repair,
    StandbyFaults, Straying, Test, UnitId,
};

impl Compiler<'_> {
    pub(super) fn unit(&mut self, unit: UnitId) {
        let plan = &self.system.units[unit];
        let kind = &self.system.kinds[plan.kind];
        let name = format!("unit {}", plan.name);
        let member = self.member_of_unit[unit.index()];
        let group = self.out.members[member].group;
        let imposed_count: usize = self.imposed[unit.index()]
            .iter()
            .map(|imposed| match imposed.origin {
                Origin::Unit => 0,
                Origin::Cause(cause) => self.system.causes[cause].process_count(),
                Origin::Need(_)
                | Origin::Work(_)
                | Origin::Version(_)
                | Origin::Overload
                | Origin::State => 1,
            })
            .sum();
        let crash_count = usize::from(self.crashes(unit).is_some());
        let own_count = kind.failures.len() + usize::from(kind.on_demand.is_some());
        let is_alone =
            own_count + crash_count + imposed_count + usize::from(!kind.states.is_empty()) == 1;
        let first = self.out.processes.len() as u32;
        for (index, failure) in kind.failures.iter().enumerate() {
            let process = ProcessId::from_index(self.out.processes.len());
            let slot = self.slot();
            let twin = kind.failures[..index]
                .iter()
                .filter(|other| other.outcomes[0].0 == failure.outcomes[0].0)
                .count();
            let process_name = format!(
                "{name} process {} {twin}",
                kind.modes[failure.outcomes[0].0].name
            );
            let timing = lifetime(&failure.law, failure.renewal, failure.age);
            let clock = self.clock(
                Event::Failed(process),
                timing,
                slot,
                &format!("{process_name} failure"),
            );
            let modes = self.fault_modes(
                kind,
                process,
                unit,
                &process_name,
                slot,
                failure.outcomes.iter().map(|o| o.0),
            );
            let weights: Vec<f64> = failure
                .outcomes
                .iter()
                .map(|outcome| outcome.1.get())
                .collect();
            let choice = (weights.len() > 1).then(|| {
                let branch = self.branch(&format!("{process_name} mode"));
                Box::new(ModeChoice { branch, weights })
            });
            self.out.processes.push(ProcessPlan {
                unit,
                member,
                group,
                is_alone,
                failure: Some(clock),
                modes,
                choice,
                plain: None,
            });
        }
        let demand = kind.on_demand.map(|demand| {
            let process = ProcessId::from_index(self.out.processes.len());
            let slot = self.slot();
            let process_name = format!("{name} on demand");
            let modes = self.fault_modes(
                kind,
                process,
                unit,
                &process_name,
                slot,
                std::iter::once(demand.mode),
            );
            self.out.processes.push(ProcessPlan {
                unit,
                member,
                group,
                is_alone,
                failure: None,
                modes,
                choice: None,
                plain: None,
            });
            let branch = self.branch(&process_name);
            DemandPlan {
                branch,
                probability: demand.probability.get(),
                process,
            }
        });
        self.impose(unit, is_alone, &name);
        let crash = self.crash(unit, is_alone, &name);
        let test = kind.test.as_ref().map(|test| self.test(unit, test, &name));
        if !kind.states.is_empty() {
            self.machine(unit, kind, is_alone, &name);
        }
        let processes = Run {
            first,
            end: self.out.processes.len() as u32,
        };
        self.out.units.push(UnitPlan {
            member,
            seen_as: self.seen_as(unit),
            processes,
            demand,
            test,
            changes_speed: false,
            ages_while: kind.ages_while,
            capacity: plan.capacity.unwrap_or(f64::INFINITY),
            crash,
            pausing: Vec::new(),
        });
        if let Some(service) = kind.ages_while {
            self.ageing.push((service, unit));
        }
    }

    fn machine(&mut self, unit: UnitId, kind: &Kind, is_alone: bool, name: &str) {
        let machine = self.out.machines.len() as u32;
        let first = self.out.machine_states.len() as u32;
        let recovering = recovering(&kind.states);
        for (state, recovers) in kind.states.iter().zip(recovering) {
            let from = self.out.exits.len() as u32;
            for (exit, number) in state.exits.iter().zip(1..) {
                let id = ExitId::from_index(self.out.exits.len());
                let name = format!("{name} state {} exit {number}", state.name);
                let slot = self.slot();
                let clock = self.clock(Event::Left(id), after(&exit.after), slot, &name);
                let branch = (exit.to.len() > 1).then(|| self.branch(&format!("{name} leads")));
                self.out.exits.push(ExitPlan {
                    machine,
                    clock,
                    to: exit
                        .to
                        .iter()
                        .map(|(to, _)| MachineStateId(first + *to as u32))
                        .collect(),
                    weights: exit.to.iter().map(|(_, weight)| weight.get()).collect(),
                    branch,
                });
            }
            self.out.machine_states.push(MachineStatePlan {
                gives: state.gives,
                exits: Run {
                    first: from,
                    end: self.out.exits.len() as u32,
                },
                recovers,
            });
        }
        let straying = Straying::of(&kind.states, self.system.mission.as_secs());
        // A state in which it gives nothing is noticed as a fault is.
        let notice = &Notice::Detector;
        let process = self.lasting(unit, is_alone, Origin::State, Effect::Down, notice, name);
        self.out.machines.push(MachinePlan {
            unit,
            process,
            states: Run {
                first,
                end: self.out.machine_states.len() as u32,
            },
            home: MachineStateId(first + straying.home as u32),
        });
    }

    fn test(&mut self, unit: UnitId, test: &Test, name: &str) -> TestPlan {
        let slot = self.slot();
        let first = match test.first {
            None => after(&test.every),
            Some(span) => after(&Law::from(
                Constant::new(span.as_secs()).expect("a span is a duration"),
            )),
        };
        TestPlan {
            first: self.clock(Event::Tested(unit), first, slot, &format!("{name} test")),
            next: self.clock(
                Event::Tested(unit),
                after(&test.every),
                slot,
                &format!("{name} tests"),
            ),
            branch: self.branch(&format!("{name} test finds")),
            finds: test.finds.get(),
        }
    }

    pub(super) fn fault_modes(
        &mut self,
        kind: &Kind,
        process: ProcessId,
        unit: UnitId,
        name: &str,
        slot: u32,
        modes: impl Iterator<Item = usize>,
    ) -> Run {
        let first = self.out.fault_modes.len() as u32;
        let mut notice_slot = None;
        for mode in modes {
            let plan = self.fault_mode(kind, process, unit, name, slot, &mut notice_slot, mode);
            self.out.fault_modes.push(plan);
        }
        Run {
            first,
            end: self.out.fault_modes.len() as u32,
        }
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "the mode of a process of a unit, with the slots it runs in"
    )]
    fn fault_mode(
        &mut self,
        kind: &Kind,
        process: ProcessId,
        unit: UnitId,
        name: &str,
        slot: u32,
        notice_slot: &mut Option<u32>,
        index: usize,
    ) -> FaultModePlan {
        let mode: &Mode = &kind.modes[index];
        let name = format!("{name} {}", mode.name);
        let effect = effect_plan(mode.effect);
        let notice = self.notice_plan(&mode.notice, unit, process, &name, notice_slot);
        let ending = match &mode.ending {
            Ending::Never => EndingPlan::Never,
            Ending::Itself(law) => EndingPlan::Itself(self.clock(
                Event::Restored(process),
                after(law),
                slot,
                &format!("{name} lasts"),
            )),
            Ending::Repair(repair) => {
                EndingPlan::Repair(self.repair(repair, process, unit, &name, slot))
            }
        };
        FaultModePlan {
            mode: Some(index),
            origin: Origin::Unit,
            effect,
            left: left_by(mode.effect),
            notice,
            ending,
        }
    }

    fn repair(
        &mut self,
        repair: &Repair,
        process: ProcessId,
        unit: UnitId,
        name: &str,
        slot: u32,
    ) -> RepairPlan {
        let delay = repair
            .administrative_delay
            .as_ref()
            .filter(|law| !is_zero(law))
            .map(|law| {
                self.clock(
                    Event::DelayPassed(process),
                    after(law),
                    slot,
                    &format!("{name} delay"),
                )
            });
        let group = self.out.members[self.member_of_unit[unit.index()]].group;
        let mut step =
            |time: &Law, crew: Option<CrewId>, priority: i32, stays: bool, name: &str| {
                let crew = crew.map(|crew| self.pool(crew, group));
                let time = self.clock(Event::Restored(process), after(time), slot, name);
                if let Some(crew) = crew
                    && self.out.pools[crew].keeps_track()
                {
                    self.out.clocks[time].changes_speed = true;
                }
                RepairStep {
                    crew,
                    priority,
                    time,
                    stays,
                }
            };
        let first = step(
            &repair.time,
            repair.crew,
            repair.priority,
            false,
            &format!("{name} repair"),
        );
        let further: Vec<RepairStep> = repair
            .further
            .iter()
            .zip(2..)
            .map(|(stage, number)| {
                let name = format!("{name} repair {number}");
                step(&stage.time, stage.crew, stage.priority, stage.stays, &name)
            })
            .collect();
        let from = self.out.repair_steps.len() as u32;
        self.out.repair_steps.extend(further);
        let kind = self.system.units[unit].kind;
        RepairPlan {
            starts: repair.starts,
            delay,
            spare: repair.spare,
            first,
            further: Run {
                first: from,
                end: self.out.repair_steps.len() as u32,
            },
            scope: repair.scope,
            booked: (self.system.kinds[kind].cost.repair > Money::ZERO).then_some(kind),
        }
    }

    /// The people of a crew that repair in a group.
    fn pool(&mut self, crew: CrewId, group: GroupId) -> PoolId {
        let plan = &self.system.crews[crew];
        // Who turns to a fault as soon as it comes takes no time to do so.
        let pick_up = plan.pick_up.as_ref().filter(|law| !is_zero(law));
        let of = plan.per_group.then_some(group);
        let mut name = format!("crew {}", plan.name);
        if of.is_some() {
            name += &format!(" of group {}", self.system.groups[group].name);
        }
        let id = match self.pools.get(&(crew, of)) {
            Some(&id) => id,
            None => {
                let id = PoolId::from_index(self.out.pools.len());
                let branch = self.branch(&format!("{name} next"));
                let shift = plan.hours.map(|hours| self.shift(id, hours, &name));
                self.out.pools.push(PoolPlan {
                    crew,
                    size: plan.size as u32,
                    order: plan.order,
                    preemption: plan.preemption,
                    branch,
                    picks_up: pick_up.is_some(),
                    may_pick_up_at_once: pick_up
                        .is_some_and(|law| law.atoms().iter().any(|atom| atom.at == 0.0)),
                    pick_ups: Vec::new(),
                    shift,
                });
                self.pools.insert((crew, of), id);
                id
            }
        };
        if let Some(law) = pick_up
            && self.out.pools[id]
                .pick_ups
                .iter()
                .all(|(other, _)| *other != group)
        {
            let slot = self.slot();
            let name = format!("{name} turns to group {}", self.system.groups[group].name);
            let clock = self.clock(Event::PickedUp(id, group), after(law), slot, &name);
            self.out.pools[id].pick_ups.push((group, clock));
        }
        id
    }

    fn shift(&mut self, pool: PoolId, hours: Hours, name: &str) -> ShiftPlan {
        let slot = self.slot();
        let mut change = |at: Span, name: String| {
            let timing = opening(hours.every, at);
            self.clock(Event::ShiftChanged(pool), timing, slot, &name)
        };
        ShiftPlan {
            begins: change(hours.from, format!("{name} begins work")),
            ends: change(hours.until, format!("{name} ends work")),
            on_at_start: hours.from == Span::ZERO || hours.until < hours.from,
        }
    }

    /// The outermost member that is nothing but this unit. A group with a detector of its own is more.
    fn seen_as(&self, unit: UnitId) -> MemberId {
        let mut member = self.member_of_unit[unit.index()];
        loop {
            let id = self.out.members[member].group;
            let group = &self.system.groups[id];
            let is_alone = group.members.len() == 1 && !notices_itself(group);
            match self.member_of_group[id.index()] {
                Some(around) if is_alone => member = around,
                Some(_) | None => return member,
            }
        }
    }

    /// The member group with whose loss the faults of a unit are noticed that a detector is to notice; `None`
    /// if the group in which it is seen notices them itself, or nobody takes any time for it.
    fn watched_group(&self, unit: UnitId) -> Option<MemberId> {
        let mut member = self.seen_as(unit);
        loop {
            let id = self.out.members[member].group;
            if notices_itself(&self.system.groups[id]) {
                return None;
            }
            let around = self.member_of_group[id.index()]?;
            let watching = &self.system.groups[self.out.members[around].group];
            let is_believed_in =
                watching.has_standbys() && watching.standby_faults == StandbyFaults::Latent;
            if self.out.members[around].notice.is_some() || is_believed_in {
                return Some(around);
            }
            member = around;
        }
    }

    pub(super) fn notice_plan(
        &mut self,
        notice: &Notice,
        unit: UnitId,
        process: ProcessId,
        name: &str,
        slot: &mut Option<u32>,
    ) -> NoticePlan {
        if let (Notice::Detector, Some(member)) = (notice, self.watched_group(unit)) {
            return NoticePlan::WithGroup(member);
        }
        let group = &self.system.groups[self.out.members[self.seen_as(unit)].group];
        let mut clock_of = |law: &Law| {
            let slot = *slot.get_or_insert_with(|| self.slot());
            self.clock(
                Event::Noticed(process),
                after(law),
                slot,
                &format!("{name} notice"),
            )
        };
        match notice {
            Notice::Detector => NoticePlan::Detector(latency(group).as_ref().map(clock_of)),
            Notice::After(law) if !is_zero(law) => NoticePlan::After(clock_of(law)),
            Notice::AtOnce | Notice::After(_) => NoticePlan::AtOnce,
            Notice::Test => NoticePlan::Test,
        }
    }
}

/// Of each state: whether it gives something, or leads to one that does.
fn recovering(states: &[MachineState]) -> Vec<bool> {
    let mut recovers: Vec<bool> = states
        .iter()
        .map(|state| state.gives > Level::Down)
        .collect();
    for _ in states {
        for (at, state) in states.iter().enumerate() {
            let mut ways = state.exits.iter().flat_map(|exit| &exit.to);
            let leads = ways.any(|(to, weight)| weight.get() > 0.0 && recovers[*to]);
            recovers[at] |= leads;
        }
    }
    recovers
}
