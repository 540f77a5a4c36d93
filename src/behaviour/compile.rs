//! From a system to its behaviour: names become ids, policies become tables, laws become clocks.

use std::collections::{BTreeMap, HashSet};

use super::capacity::CapacityPlan;
use super::clock::{BranchId, ClockId, ClockSpec, Event, LagSpec, StopwatchId, Timing};
use super::plan::*;
use super::state::SeatPhase;
use crate::base::{Id, IdVec, Money, Probability, Span, units::NANOS_PER_SECOND};
use crate::math::law::{Constant, Exponential, Law, Never, Truncated};
use crate::model::{
    Breakage, Breakdown, CauseId, CauseMember, ChangeStart, CrewId, Dependent, Detector, Effect,
    Ending, FailbackTiming, Group, GroupId, Hours, Kind, Level, Member, Mode, Notice, OnFailure,
    Renewal, Repair, Replication, ReplicationMode, ServiceId, Stage, Structure, System,
    TakeoverStep, Test, UnitId, Window,
};

pub(super) fn compile(system: &System) -> Behaviour {
    let mut compiler = Compiler::new(system);
    compiler.members();
    compiler.find_imposed();
    for unit in system.units.ids() {
        compiler.unit(unit);
    }
    compiler.spares();
    for group in system.groups.ids() {
        compiler.group(group);
    }
    compiler.services();
    compiler.overloads();
    compiler.causes();
    compiler.needs();
    compiler.changes();
    compiler.people();
    compiler.mark_changing_speeds();
    let mut behaviour = compiler.out;
    for process in behaviour.processes.ids() {
        behaviour.processes[process].plain = behaviour.plain_repair(process);
    }
    behaviour.events = behaviour.clocks.iter().map(|clock| clock.event).collect();
    behaviour
}

struct Compiler<'a> {
    system: &'a System,
    out: Behaviour,
    /// Membership of each unit and group, by index.
    member_of_unit: Vec<MemberId>,
    member_of_group: Vec<Option<MemberId>>,
    /// What can be done to each unit from outside, by index, with the processes that stand for it.
    imposed: Vec<Vec<Imposed>>,
    /// The root nodes of the services.
    roots: Vec<NodeId>,
    /// The people of each crew, by group where each has its own.
    pools: BTreeMap<(CrewId, Option<GroupId>), PoolId>,
    /// Units that do not age while a service is down.
    ageing: Vec<(ServiceId, UnitId)>,
    /// The random streams that are taken.
    streams: HashSet<u64>,
}

/// What is done to a unit from outside.
#[derive(Clone, Copy)]
struct Imposed {
    origin: Origin,
    /// What it suffers as long as that lasts.
    lasting: Option<ProcessId>,
    /// What is left behind.
    breaking: Option<ProcessId>,
}

impl<'a> Compiler<'a> {
    fn new(system: &'a System) -> Compiler<'a> {
        Compiler {
            system,
            out: Behaviour {
                clocks: IdVec::new(),
                events: IdVec::new(),
                slot_count: 0,
                branches: IdVec::new(),
                stopwatch_count: 0,
                lags: IdVec::new(),
                booked_kinds: if system
                    .kinds
                    .iter()
                    .any(|kind| kind.cost.repair > Money::ZERO)
                {
                    system.kinds.len()
                } else {
                    0
                },
                units: IdVec::new(),
                processes: IdVec::new(),
                fault_modes: IdVec::new(),
                members: IdVec::new(),
                groups: IdVec::new(),
                seats: IdVec::new(),
                nodes: IdVec::new(),
                services: IdVec::new(),
                machines: Vec::new(),
                machine_states: IdVec::new(),
                exits: IdVec::new(),
                pools: IdVec::new(),
                repair_steps: Vec::new(),
                spares: IdVec::new(),
                causes: IdVec::new(),
                lots: IdVec::new(),
                needs: IdVec::new(),
                changes: IdVec::new(),
                people: IdVec::new(),
                stages: Vec::new(),
            },
            member_of_unit: vec![MemberId(0); system.units.len()],
            member_of_group: vec![None; system.groups.len()],
            imposed: system.units.iter().map(|_| Vec::new()).collect(),
            roots: Vec::new(),
            pools: BTreeMap::new(),
            ageing: Vec::new(),
            streams: HashSet::new(),
        }
    }

    fn slot(&mut self) -> u32 {
        self.out.slot_count += 1;
        u32::try_from(self.out.slot_count - 1).expect("a model has fewer than 2^32 clocks")
    }

    fn clock(&mut self, event: Event, timing: Timing, slot: u32, name: &str) -> ClockId {
        let stream = self.stream(name);
        self.out.clocks.push(ClockSpec {
            event,
            timing,
            slot,
            stream,
            changes_speed: false,
        })
    }

    fn branch(&mut self, name: &str) -> BranchId {
        let stream = self.stream(name);
        self.out.branches.push(stream)
    }

    /// The stream of this name. Who shared one would draw the same numbers, and be related.
    fn stream(&mut self, name: &str) -> u64 {
        let key = key_of(name);
        let is_new = self.streams.insert(key);
        debug_assert!(is_new, "two things draw from the stream of `{name}`");
        key
    }

    /// Stocks of spares, with a clock for each order that may be under way: of what was on the shelf
    /// at the start, and for each fault that may wait.
    fn spares(&mut self) {
        for (id, pool) in self.system.spares.iter_ids() {
            let needs = |mode: FaultModeId| match self.out.fault_modes[mode].ending {
                EndingPlan::Repair(repair) => repair.spare == Some(id),
                EndingPlan::Itself(_) | EndingPlan::Never | EndingPlan::Imposed => false,
            };
            let processes = self.out.processes.iter();
            let needing = processes.filter(|process| process.modes.ids().any(needs));
            let orders = pool.stock + needing.count();
            let first = self.out.clocks.len() as u32;
            for order in 0..orders {
                let slot = self.slot();
                let name = format!("spares {} order {order}", pool.name);
                self.clock(Event::SpareArrived(id), after(&pool.lead_time), slot, &name);
            }
            let orders = Run {
                first,
                end: self.out.clocks.len() as u32,
            };
            self.out.spares.push(SparePlan {
                stock: pool.stock as u32,
                orders,
            });
        }
    }

    /// Who is a member of what.
    fn members(&mut self) {
        for (group, plan) in self.system.groups.iter_ids() {
            for member in &plan.members {
                let name = self.member_name(*member);
                let who = match *member {
                    Member::Unit(unit) => Who::Unit(unit),
                    Member::Group(inner) => Who::Group(inner),
                };
                let id = MemberId::from_index(self.out.members.len());
                let rejoin = plan.rejoin.as_ref().map(|law| {
                    let slot = self.slot();
                    self.clock(
                        Event::Rejoined(id),
                        after(law),
                        slot,
                        &format!("{name} rejoin"),
                    )
                });
                let notice = match who {
                    Who::Unit(_) => None,
                    Who::Group(_) => latency(plan).map(|law| {
                        let slot = self.slot();
                        self.clock(
                            Event::MemberNoticed(id),
                            after(&law),
                            slot,
                            &format!("{name} noticed"),
                        )
                    }),
                };
                let left = if plan.replication.is_some() {
                    self.stopwatch()
                } else {
                    StopwatchId(0)
                };
                self.out.members.push(MemberPlan {
                    group,
                    who,
                    rejoin,
                    notice,
                    left,
                });
                match who {
                    Who::Unit(unit) => self.member_of_unit[unit.index()] = id,
                    Who::Group(inner) => self.member_of_group[inner.index()] = Some(id),
                }
            }
        }
    }

    fn member_name(&self, member: Member) -> String {
        match member {
            Member::Unit(unit) => format!("unit {}", self.system.units[unit].name),
            Member::Group(group) => format!("group {}", self.system.groups[group].name),
        }
    }

    fn unit(&mut self, unit: UnitId) {
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
                Origin::Need(_) | Origin::Work(_) | Origin::Version(_) | Origin::Overload => 1,
            })
            .sum();
        let crash_count = usize::from(self.crashes(unit).is_some());
        let own_count = kind.failures.len() + usize::from(kind.on_demand.is_some());
        let is_alone = own_count + crash_count + imposed_count == 1;
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
            self.machine(unit, kind, &name);
        }
        let processes = Run {
            first,
            end: self.out.processes.len() as u32,
        };
        self.out.units.push(UnitPlan {
            member,
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

    fn machine(&mut self, unit: UnitId, kind: &Kind, name: &str) {
        let machine = self.out.machines.len() as u32;
        let first = self.out.machine_states.len() as u32;
        for state in &kind.states {
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
            });
        }
        self.out.machines.push(MachinePlan {
            unit,
            states: Run {
                first,
                end: self.out.machine_states.len() as u32,
            },
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

    fn fault_modes(
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
        let system = self.system;
        let group = &system.groups[self.out.members[self.member_of_unit[unit.index()]].group];
        let effect = effect_plan(mode.effect);
        let notice = self.notice_plan(&mode.notice, group, process, &name, notice_slot);
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
        let mut step = |time: &Law, crew: Option<CrewId>, priority: i32, name: &str| {
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
            }
        };
        let first = step(
            &repair.time,
            repair.crew,
            repair.priority,
            &format!("{name} repair"),
        );
        let further: Vec<RepairStep> = repair
            .further
            .iter()
            .zip(2..)
            .map(|(stage, number)| {
                let name = format!("{name} repair {number}");
                step(&stage.time, stage.crew, stage.priority, &name)
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
                    picks_up: plan.pick_up.is_some(),
                    pick_ups: Vec::new(),
                    shift,
                });
                self.pools.insert((crew, of), id);
                id
            }
        };
        if let Some(law) = &plan.pick_up
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

    fn notice_plan(
        &mut self,
        notice: &Notice,
        group: &Group,
        process: ProcessId,
        name: &str,
        slot: &mut Option<u32>,
    ) -> NoticePlan {
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

    /// What can be done to which units.
    fn find_imposed(&mut self) {
        let imposed = |origin| Imposed {
            origin,
            lasting: None,
            breaking: None,
        };
        for cause in self.system.causes.ids() {
            if self.system.causes[cause].every.is_none() {
                continue;
            }
            for unit in self.system.units_in_cause(cause) {
                self.imposed[unit.index()].push(imposed(Origin::Cause(cause)));
            }
        }
        for (index, need) in self.system.needs.iter().enumerate() {
            if let Dependent::Units { units, .. } = &need.dependent {
                for unit in units {
                    let origin = Origin::Need(NeedId::from_index(index));
                    self.imposed[unit.index()].push(imposed(origin));
                }
            }
        }
        for (change, plan) in self.system.changes.iter_ids() {
            for unit in &plan.units {
                self.imposed[unit.index()].push(imposed(Origin::Work(change)));
                if plan.bad.is_some() {
                    self.imposed[unit.index()].push(imposed(Origin::Version(change)));
                }
            }
        }
    }

    /// How the members of a group crash under its load, and how they restart, if they do.
    fn crashes(&self, unit: UnitId) -> Option<(&'a Law, &'a Law)> {
        let group = self.out.members[self.member_of_unit[unit.index()]].group;
        let overload = self.system.groups[group].overload.as_ref()?;
        match &overload.breakdown {
            Breakdown::Collapse { .. } => None,
            Breakdown::Crashes { after } => Some((after, &overload.restart)),
        }
    }

    /// The process that stands for the crashes of a unit under its load.
    fn crash(&mut self, unit: UnitId, is_alone: bool, name: &str) -> Option<CrashPlan> {
        let (time, restart) = self.crashes(unit)?;
        let process = ProcessId::from_index(self.out.processes.len());
        let group = self.out.members[self.member_of_unit[unit.index()]].group;
        let group = &self.system.groups[group];
        let name = format!("{name} crash");
        let notice = self.notice_plan(&Notice::Detector, group, process, &name, &mut None);
        let slot = self.slot();
        let ends = Event::Restored(process);
        let ends = self.clock(ends, after(restart), slot, &format!("{name} restart"));
        let mode = self.out.fault_modes.push(FaultModePlan {
            mode: None,
            origin: Origin::Overload,
            effect: EffectPlan::Down,
            left: 0.0,
            notice,
            ending: EndingPlan::Itself(ends),
        });
        let modes = Run {
            first: mode.0,
            end: mode.0 + 1,
        };
        let clock = self.clock(Event::Crashed(unit), after(time), slot, &name);
        let process = self.outside_process(unit, is_alone, modes);
        Some(CrashPlan { process, clock })
    }

    /// Processes for what is done to a unit from outside.
    fn impose(&mut self, unit: UnitId, is_alone: bool, name: &str) {
        let system = self.system;
        for index in 0..self.imposed[unit.index()].len() {
            let mut at = self.imposed[unit.index()][index];
            match at.origin {
                Origin::Unit | Origin::Overload => {}
                Origin::Cause(id) => {
                    let cause = &system.causes[id];
                    let name = format!("{name} cause {}", cause.name);
                    if let Some(lasting) = &cause.lasts {
                        at.lasting = Some(self.lasting(
                            unit,
                            is_alone,
                            at.origin,
                            lasting.effect,
                            &lasting.notice,
                            &name,
                        ));
                    }
                    if let Some(breakage) = &cause.breaks {
                        at.breaking =
                            Some(self.breaking(unit, is_alone, at.origin, breakage, &name));
                    }
                }
                Origin::Need(id) => {
                    let need = &system.needs[id.index()];
                    let Dependent::Units { effect, .. } = &need.dependent else {
                        unreachable!("only units suffer a need");
                    };
                    let name = format!("{name} needs {}", need.text);
                    let notice = Notice::Detector;
                    at.lasting =
                        Some(self.lasting(unit, is_alone, at.origin, *effect, &notice, &name));
                }
                Origin::Work(id) => {
                    let change = &system.changes[id];
                    let name = format!("{name} change {}", change.name);
                    // Who works on it knows that it is down.
                    let notice = Notice::AtOnce;
                    at.lasting = change.effect.map(|effect| {
                        self.lasting(unit, is_alone, at.origin, effect, &notice, &name)
                    });
                }
                Origin::Version(id) => {
                    let change = &system.changes[id];
                    let name = format!("{name} version of {}", change.name);
                    let bad = change.bad.as_ref().expect("only bad versions are imposed");
                    let notice = Notice::Detector;
                    let effect = bad.effect;
                    at.lasting =
                        Some(self.lasting(unit, is_alone, at.origin, effect, &notice, &name));
                }
            }
            self.imposed[unit.index()][index] = at;
        }
    }

    fn outside_process(&mut self, unit: UnitId, is_alone: bool, modes: Run) -> ProcessId {
        let member = self.member_of_unit[unit.index()];
        self.out.processes.push(ProcessPlan {
            unit,
            member,
            group: self.out.members[member].group,
            is_alone,
            failure: None,
            modes,
            choice: None,
            plain: None,
        })
    }

    /// A fault that lasts as long as something outside of the unit does.
    fn lasting(
        &mut self,
        unit: UnitId,
        is_alone: bool,
        origin: Origin,
        effect: Effect,
        notice: &Notice,
        name: &str,
    ) -> ProcessId {
        let id = ProcessId::from_index(self.out.processes.len());
        let group = self.out.members[self.member_of_unit[unit.index()]].group;
        let group = &self.system.groups[group];
        let notice = self.notice_plan(notice, group, id, name, &mut None);
        let mode = self.out.fault_modes.push(FaultModePlan {
            mode: None,
            origin,
            effect: effect_plan(effect),
            left: left_by(effect),
            notice,
            ending: EndingPlan::Imposed,
        });
        let modes = Run {
            first: mode.0,
            end: mode.0 + 1,
        };
        self.outside_process(unit, is_alone, modes)
    }

    /// A fault that something outside of the unit leaves behind.
    fn breaking(
        &mut self,
        unit: UnitId,
        is_alone: bool,
        origin: Origin,
        breakage: &Breakage,
        name: &str,
    ) -> ProcessId {
        let kind = &self.system.kinds[self.system.units[unit].kind];
        let mode = match breakage {
            Breakage::FirstMode => 0,
            Breakage::Mode(name) => kind
                .modes
                .iter()
                .position(|mode| mode.name == *name)
                .expect("the modes that causes name have been checked"),
        };
        let id = ProcessId::from_index(self.out.processes.len());
        let slot = self.slot();
        let modes = self.fault_modes(kind, id, unit, name, slot, std::iter::once(mode));
        self.out.fault_modes[FaultModeId(modes.first)].origin = origin;
        self.outside_process(unit, is_alone, modes)
    }

    /// Shared causes, with what each strikes as a whole.
    fn causes(&mut self) {
        let system = self.system;
        for (id, cause) in system.causes.iter_ids() {
            let name = format!("cause {}", cause.name);
            let first = self.out.lots.len() as u32;
            let mut strikes = None;
            let mut ends = None;
            if let Some(every) = &cause.every {
                let slot = self.slot();
                strikes = Some(self.clock(
                    Event::CauseStruck(id),
                    after(every),
                    slot,
                    &format!("{name} strikes"),
                ));
                ends = cause.lasts.as_ref().map(|lasting| {
                    self.clock(
                        Event::CauseEnded(id),
                        after(&lasting.law),
                        slot,
                        &format!("{name} lasts"),
                    )
                });
                for member in &cause.members {
                    self.lot(id, *member, &name);
                }
            }
            let lots = Run {
                first,
                end: self.out.lots.len() as u32,
            };
            let of_members = |pick: fn(&Imposed) -> Option<ProcessId>| {
                let mut faults = Vec::new();
                for (lot, member) in lots.ids::<LotId>().zip(&cause.members) {
                    for unit in units_in(system, *member) {
                        let imposed = &self.imposed[unit.index()];
                        let mut own = imposed.iter().filter(|at| at.origin == Origin::Cause(id));
                        if let Some(process) = own.find_map(pick) {
                            faults.push((lot, process));
                        }
                    }
                }
                faults
            };
            let lasting = of_members(|imposed| imposed.lasting);
            let breaking = of_members(|imposed| imposed.breaking);
            let pauses = cause.lasts.as_ref().map(|lasting| lasting.pauses_repairs);
            if pauses == Some(true) {
                for &(_, process) in &lasting {
                    let unit = self.out.processes[process].unit;
                    self.out.units[unit].pausing.push(process);
                    self.mark_paused(unit);
                }
            }
            self.out.causes.push(CausePlan {
                strikes,
                ends,
                lasting,
                breaking,
                lots,
            });
        }
    }

    /// The repairs of a unit may stand still.
    fn mark_paused(&mut self, unit: UnitId) {
        for process in self.out.units[unit].processes.ids::<ProcessId>() {
            for mode in self.out.processes[process].modes.ids::<FaultModeId>() {
                if let EndingPlan::Repair(repair) = self.out.fault_modes[mode].ending {
                    let further = repair.further.first as usize..repair.further.end as usize;
                    let steps = self.out.repair_steps[further].iter().chain([&repair.first]);
                    for step in steps {
                        self.out.clocks[step.time].changes_speed = true;
                    }
                }
            }
        }
    }

    fn lot(&mut self, id: CauseId, member: CauseMember, name: &str) {
        let system = self.system;
        let what = match member {
            CauseMember::Unit(unit) => &system.units[unit].name,
            CauseMember::Cause(inner) => &system.causes[inner].name,
        };
        let probability = system.causes[id].probability.get();
        let branch = (probability < 1.0).then(|| self.branch(&format!("{name} strikes {what}")));
        self.out.lots.push(LotPlan {
            probability,
            branch,
        });
    }

    /// What depends on something else, and the node of what it needs.
    fn needs(&mut self) {
        let system = self.system;
        for (index, need) in system.needs.iter().enumerate() {
            let id = NeedId::from_index(index);
            let node = self.out.nodes.push(NodePlan {
                k: 1,
                children: 1,
                parents: Vec::new(),
                floor: Level::Down,
                service: None,
                need: Some(id),
            });
            self.part(&need.on, node);
            let mut groups = Vec::new();
            self.groups_in(&need.on, &mut groups);
            let mut plan = NeedPlan {
                node,
                groups,
                processes: Vec::new(),
                steps: Vec::new(),
            };
            match &need.dependent {
                Dependent::Units { units, .. } => {
                    for unit in units {
                        let imposed = &self.imposed[unit.index()];
                        let mut own = imposed.iter().filter(|at| at.origin == Origin::Need(id));
                        plan.processes.extend(own.find_map(|at| at.lasting));
                    }
                }
                Dependent::Step(group, step) => {
                    for seat in self.out.groups[*group].seats.ids::<SeatId>() {
                        let (phase, clock) = step_of(&self.out.seats[seat], *step);
                        if let Some(clock) = clock {
                            self.out.clocks[clock].changes_speed = true;
                            plan.steps.push(StepPlan { seat, phase, clock });
                        }
                    }
                }
            }
            self.out.needs.push(plan);
        }
        self.spread_blame();
    }

    /// Planned work, with its clocks.
    fn changes(&mut self) {
        let system = self.system;
        for (id, change) in system.changes.iter_ids() {
            let name = format!("change {}", change.name);
            let slot = self.slot();
            let starts = match &change.starts {
                ChangeStart::After(law) => after(law),
                ChangeStart::Window(window) => opening(window.every, window.at),
            };
            let starts = self.clock(
                Event::ChangeDue(id),
                starts,
                slot,
                &format!("{name} starts"),
            );
            let closes = match &change.starts {
                ChangeStart::After(_) => None,
                ChangeStart::Window(window) => {
                    let slot = self.slot();
                    let open = constant(window.lasts);
                    let name = format!("{name} window");
                    Some(self.clock(Event::WindowClosed(id), after(&open), slot, &name))
                }
            };
            let slot = self.slot();
            let takes = after(&change.takes);
            let works = self.clock(Event::WorkEnded(id), takes, slot, &format!("{name} works"));
            let watches = change.canary.as_ref().map(|canary| {
                let watch = after(&canary.watch);
                self.clock(
                    Event::WatchEnded(id),
                    watch,
                    slot,
                    &format!("{name} watches"),
                )
            });
            let bad = change.bad.as_ref().map(|bad| BadPlan {
                branch: self.branch(&format!("{name} is bad")),
                probability: bad.probability.get(),
                rollback: self.clock(
                    Event::RolledBack(id),
                    after(&bad.rollback),
                    slot,
                    &format!("{name} rollback"),
                ),
                notice: {
                    let slot = self.slot();
                    let notice = after(&bad.notice);
                    self.clock(
                        Event::BadNoticed(id),
                        notice,
                        slot,
                        &format!("{name} noticed"),
                    )
                },
            });
            let mut freezes = Vec::new();
            for (index, freeze) in change.freezes.iter().enumerate() {
                let slot = self.slot();
                let name = format!("{name} freeze {index}");
                let index = u32::try_from(index).expect("nobody writes so many freezes");
                freezes.push(FreezePlan {
                    begins: self.clock(
                        Event::FreezeBegan(id, index),
                        opening(freeze.every, freeze.at),
                        slot,
                        &name,
                    ),
                    ends: self.clock(
                        Event::FreezeEnded(id, index),
                        after(&constant(freeze.lasts)),
                        slot,
                        &format!("{name} lasts"),
                    ),
                });
            }
            let of_units = |origin: Origin| -> Vec<ProcessId> {
                let own = |unit: &UnitId| {
                    let mut imposed = self.imposed[unit.index()].iter();
                    imposed.find(|at| at.origin == origin)?.lasting
                };
                change.units.iter().filter_map(own).collect()
            };
            let (work, running_bad) = (of_units(Origin::Work(id)), of_units(Origin::Version(id)));
            self.out.changes.push(ChangePlan {
                units: change.units.clone(),
                work,
                renews: change.renews,
                running_bad,
                batch: change.batch,
                canary: change.canary.as_ref().map_or(0, |canary| canary.units),
                without_redundancy: change.without_redundancy,
                starts,
                closes,
                works,
                watches,
                bad,
                freezes,
            });
        }
    }

    /// People who take over by hand, with the windows in which they are slower.
    fn people(&mut self) {
        for (id, people) in self.system.people.iter_ids() {
            let name = format!("people {}", people.name);
            let mut paces = Vec::new();
            for (index, pace) in people.slower.iter().enumerate() {
                let slot = self.slot();
                let name = format!("{name} pace {index}");
                let index = u32::try_from(index).expect("few windows have been checked");
                paces.push(PacePlan {
                    begins: self.clock(
                        Event::PaceFell(id, index),
                        opening(pace.window.every, pace.window.at),
                        slot,
                        &name,
                    ),
                    ends: self.clock(
                        Event::PaceRose(id, index),
                        after(&constant(pace.window.lasts)),
                        slot,
                        &format!("{name} lasts"),
                    ),
                    speed: pace.speed,
                });
            }
            let mut seats = Vec::new();
            for (seat, plan) in self.out.seats.iter_ids() {
                if self.out.groups[plan.group].manual_by == Some(id)
                    && let Some(clock) = plan.manual
                {
                    seats.push((seat, clock));
                    self.out.clocks[clock].changes_speed |= !paces.is_empty();
                }
            }
            self.out.people.push(PeoplePlan {
                size: people.size.map_or(u32::MAX, |size| size as u32),
                paces,
                seats,
            });
        }
    }

    /// A group also keeps those services from serving that contain what needs it.
    fn spread_blame(&mut self) {
        loop {
            let mut changed = false;
            for (index, need) in self.system.needs.iter().enumerate() {
                let dependents: Vec<GroupId> = match &need.dependent {
                    Dependent::Units { units, .. } => units
                        .iter()
                        .map(|unit| self.out.members[self.member_of_unit[unit.index()]].group)
                        .collect(),
                    Dependent::Step(group, _) => vec![*group],
                };
                let mut services: Vec<ServiceId> = dependents
                    .into_iter()
                    .flat_map(|group| self.out.groups[group].services.iter().copied())
                    .collect();
                services.sort_unstable();
                services.dedup();
                for &group in &self.out.needs[NeedId::from_index(index)].groups {
                    let known = &mut self.out.groups[group].services;
                    for service in &services {
                        if !known.contains(service) {
                            known.push(*service);
                            changed = true;
                        }
                    }
                }
            }
            if !changed {
                return;
            }
        }
    }

    fn group(&mut self, id: GroupId) {
        let system = self.system;
        let group = &system.groups[id];
        let name = format!("group {}", group.name);
        let member_count = group.members.len() as u32;
        let first_member = self
            .out
            .members
            .iter_ids()
            .find(|(_, member)| member.group == id)
            .map_or(0, |(member, _)| member.0);
        let is_static = !group.has_standbys();
        let stages = self.out.stages.len();
        let takeover = &group.takeover;
        let instant = Stage::instant();
        let fencing = takeover.fencing.as_ref();
        let in_order = [
            &takeover.deciding,
            fencing.unwrap_or(&instant),
            &takeover.promoting,
            &takeover.redirecting,
        ];
        let mut step_needs = [None; 5];
        for (index, need) in system.needs.iter().enumerate() {
            if let Dependent::Step(group, step) = need.dependent
                && group == id
            {
                step_needs[step as usize] = Some(NeedId::from_index(index));
            }
        }
        if !is_static {
            for (stage, need) in in_order.iter().zip(step_needs) {
                self.out.stages.push(stage_plan(stage, need));
            }
        }
        let first_seat = self.out.seats.len() as u32;
        for position in 0..group.active as u32 {
            let preferred = MemberId(first_member + position);
            let seat_name = format!("{name} seat {position}");
            let seat = self.seat(id, preferred, &in_order, &step_needs, &seat_name);
            self.out.seats.push(seat);
        }
        let hold_down = (!is_static && takeover.hold_down > Span::ZERO).then(|| {
            let slot = self.slot();
            let law = Law::from(
                Constant::new(takeover.hold_down.as_secs()).expect("a span is a duration"),
            );
            self.clock(
                Event::HoldDownEnded(id),
                after(&law),
                slot,
                &format!("{name} hold-down"),
            )
        });
        let replication = group.replication.as_ref().filter(|_| !is_static);
        let replication = replication.map(|plan| self.replication(id, plan, &name));
        self.out.groups.push(GroupPlan {
            members: Run {
                first: first_member,
                end: first_member + member_count,
            },
            seats: Run {
                first: first_seat,
                end: self.out.seats.len() as u32,
            },
            required: group.required as u32,
            is_static,
            dormancy: group.dormancy,
            load: group.load.clone(),
            has_capacity: false,
            counts_members: !group.load.is_empty(),
            overload: None,
            scaling: None,
            degraded_capacity: group.degraded_capacity.get(),
            quorum: group.quorum,
            shares_requests: group.shares_requests && self.fails_unnoticed(group),
            standby_faults: group.standby_faults,
            member_of: self.member_of_group[id.index()],
            nodes: Vec::new(),
            counted_by: Vec::new(),
            services: Vec::new(),
            stages,
            has_fencing: fencing.is_some(),
            candidate_failure: takeover.candidate_failure,
            recovered: takeover.recovered,
            lone_failure: takeover.lone_failure,
            after_exhaustion: takeover.after_exhaustion,
            hold_down,
            split_during: group
                .split_brain
                .as_ref()
                .map_or(Level::Up, |split| split.during),
            reconcile_factor: group
                .split_brain
                .as_ref()
                .map_or(0.0, |split| split.reconcile_factor),
            reconcile_during: group
                .split_brain
                .as_ref()
                .map_or(Level::Down, |split| split.reconcile_during),
            failback: match group.failback.timing {
                _ if is_static => FailbackPlan::Never,
                FailbackTiming::Never => FailbackPlan::Never,
                FailbackTiming::AtOnce => FailbackPlan::AtOnce,
                FailbackTiming::Stable(_)
                | FailbackTiming::Manual(_)
                | FailbackTiming::Window(_) => FailbackPlan::Due,
            },
            failback_during: group.failback.during,
            manual_by: takeover.manual_by,
            has_switchover: group.switchover.is_some(),
            switchover_during: group
                .switchover
                .as_ref()
                .map_or(Level::Down, |switchover| switchover.during),
            step_needs,
            replication,
        });
    }

    fn replication(&mut self, id: GroupId, plan: &Replication, name: &str) -> ReplicationPlan {
        let lag = plan.lag.as_ref().map(|law| {
            let limit = plan
                .gate
                .map_or(f64::INFINITY, |gate| gate.lag_max.as_secs());
            let cut = |low: f64, high: f64| {
                let cut = Truncated::with_low_and_high(law.clone(), low, high);
                // What never falls between the bounds is never asked for.
                cut.map_or_else(|_| law.clone(), Law::from)
                    .scaled(NANOS_PER_SECOND)
            };
            let within = if limit > 0.0 {
                cut(0.0, limit)
            } else {
                law.scaled(NANOS_PER_SECOND)
            };
            let beyond = if limit.is_finite() {
                cut(limit, f64::INFINITY)
            } else {
                law.scaled(NANOS_PER_SECOND)
            };
            self.out.lags.push(LagSpec {
                laws: [law.scaled(NANOS_PER_SECOND), within, beyond],
                stream: key_of(&format!("{name} lag")),
            })
        });
        let gate = plan.gate.map(|gate| GatePlan {
            branch: self.branch(&format!("{name} lags behind")),
            refusal: plan.refusal().get(),
            tries_next: gate.beyond == OnFailure::NextCandidate,
        });
        let patience = match &plan.mode {
            ReplicationMode::Asynchronous => None,
            ReplicationMode::Synchronous { patience, .. } => patience.as_ref(),
        };
        let is_impatient = patience.is_some_and(is_zero);
        let patience = patience.filter(|law| !is_zero(law)).map(|law| {
            let slot = self.slot();
            let name = format!("{name} patience");
            self.clock(Event::PatienceEnded(id), after(law), slot, &name)
        });
        ReplicationPlan {
            lag,
            gate,
            acknowledged_by: plan.acknowledged_by() as u32,
            patience,
            is_impatient,
            split_loss: plan.split_loss.get(),
        }
    }

    fn stopwatch(&mut self) -> StopwatchId {
        self.out.stopwatch_count += 1;
        StopwatchId::from_index(self.out.stopwatch_count - 1)
    }

    /// Whether a member may fail without that being noticed at once.
    fn fails_unnoticed(&self, group: &Group) -> bool {
        group.members.iter().any(|member| match *member {
            Member::Group(_) => latency(group).is_some(),
            Member::Unit(unit) => {
                self.out.units[unit]
                    .processes
                    .ids::<ProcessId>()
                    .any(|process| {
                        let mut modes = self.out.processes[process].modes.ids::<FaultModeId>();
                        modes.any(|mode| {
                            !matches!(
                                self.out.fault_modes[mode].notice,
                                NoticePlan::AtOnce | NoticePlan::Detector(None)
                            )
                        })
                    })
            }
        })
    }

    fn seat(
        &mut self,
        group: GroupId,
        preferred: MemberId,
        stages: &[&Stage; 4],
        needs: &[Option<NeedId>; 5],
        name: &str,
    ) -> SeatPlan {
        let system = self.system;
        let policy = &system.groups[group];
        let seat = SeatId::from_index(self.out.seats.len());
        let mut plan = SeatPlan {
            group,
            preferred,
            stages: [None; 4],
            succeeds: [BranchId(0); 4],
            manual: None,
            warm_up: None,
            client: None,
            failback: None,
            switchover: None,
            failback_due: None,
            false_alarm: None,
            split: None,
            reconcile: None,
            divergence: StopwatchId(0),
            stopped: StopwatchId(0),
        };
        if !policy.has_standbys() {
            return plan;
        }
        if policy.replication.is_some() {
            plan.stopped = self.stopwatch();
        }
        let slot = self.slot();
        for (index, (stage, kind)) in stages
            .iter()
            .zip(["deciding", "fencing", "promoting", "redirecting"])
            .enumerate()
        {
            plan.succeeds[index] = self.branch(&format!("{name} {kind} succeeds"));
            if !stage_plan(stage, needs[index]).is_instant {
                plan.stages[index] = Some(self.clock(
                    Event::StageEnded(seat),
                    after(&stage.takes),
                    slot,
                    &format!("{name} {kind}"),
                ));
            }
        }
        plan.manual = Some(self.clock(
            Event::ManualEnded(seat),
            after(&policy.takeover.manual),
            slot,
            &format!("{name} manual"),
        ));
        if !is_zero(&policy.takeover.warm_up) {
            let slot = self.slot();
            plan.warm_up = Some(self.clock(
                Event::WarmedUp(seat),
                after(&policy.takeover.warm_up),
                slot,
                &format!("{name} warm-up"),
            ));
        }
        if let Some(clients) = &policy.takeover.clients {
            let slot = self.slot();
            plan.client = Some(self.clock(
                Event::ClientBack(seat),
                after(clients),
                slot,
                &format!("{name} client"),
            ));
        }
        if !is_zero(&policy.failback.takes) {
            plan.failback = Some(self.clock(
                Event::FailbackEnded(seat),
                after(&policy.failback.takes),
                slot,
                &format!("{name} failback"),
            ));
        }
        if let Some(switchover) = &policy.switchover
            && !is_zero(&switchover.takes)
        {
            plan.switchover = Some(self.clock(
                Event::FailbackEnded(seat),
                after(&switchover.takes),
                slot,
                &format!("{name} switchover"),
            ));
        }
        let due = match &policy.failback.timing {
            FailbackTiming::Never | FailbackTiming::AtOnce => None,
            FailbackTiming::Stable(law) | FailbackTiming::Manual(law) => Some(after(law)),
            FailbackTiming::Window(window) => Some(Timing::Window(*window)),
        };
        plan.failback_due = due.map(|timing| {
            let slot = self.slot();
            self.clock(
                Event::FailbackDue(seat),
                timing,
                slot,
                &format!("{name} failback due"),
            )
        });
        let alarms = policy.spurious.clone().or_else(|| {
            let mean = policy
                .detector
                .as_ref()
                .map_or(f64::INFINITY, Detector::mean_time_between_false_alarms);
            mean.is_finite().then(|| {
                Law::from(
                    Exponential::with_mean(mean).expect("a mean time between alarms is positive"),
                )
            })
        });
        plan.false_alarm = alarms.map(|law| {
            let slot = self.slot();
            self.clock(
                Event::FalseAlarm(seat),
                after(&law),
                slot,
                &format!("{name} false alarm"),
            )
        });
        if let Some(split) = &policy.split_brain {
            plan.split = Some(self.clock(
                Event::SplitEnded(seat),
                after(&split.lasts),
                slot,
                &format!("{name} split"),
            ));
            plan.reconcile = Some(self.clock(
                Event::Reconciled(seat),
                after(&split.reconcile),
                slot,
                &format!("{name} reconcile"),
            ));
            plan.divergence = self.stopwatch();
        }
        plan
    }

    /// Structures become nodes that count their children.
    fn services(&mut self) {
        // Roots first, so that services can be parts of one another.
        for (service, plan) in self.system.services.iter_ids() {
            let (k, children) = match &plan.up {
                Structure::AtLeast { k, of } => (*k as u32, self.part_count(of)),
                Structure::Group(_)
                | Structure::Service(_)
                | Structure::Each(_)
                | Structure::Soft(_) => (1, 1),
            };
            self.roots.push(self.out.nodes.push(NodePlan {
                k,
                children,
                parents: Vec::new(),
                floor: Level::Down,
                service: Some(service),
                need: None,
            }));
        }
        for (service, plan) in self.system.services.iter_ids() {
            let root = self.roots[service.index()];
            match &plan.up {
                Structure::AtLeast { of, .. } => of.iter().for_each(|part| self.part(part, root)),
                part @ (Structure::Group(_)
                | Structure::Service(_)
                | Structure::Each(_)
                | Structure::Soft(_)) => self.part(part, root),
            }
        }
        for (service, plan) in self.system.services.iter_ids() {
            let mut groups = Vec::new();
            self.groups_of(service, &mut groups);
            groups.sort_unstable();
            groups.dedup();
            for &group in &groups {
                self.out.groups[group].services.push(service);
            }
            let capacity = match plan.demand {
                Some(_) => self.capacity(&plan.up),
                None => None,
            };
            let sharing: Vec<GroupId> = groups
                .iter()
                .copied()
                .filter(|&group| self.out.groups[group].shares_requests)
                .collect();
            let leading: Vec<GroupId> = groups
                .iter()
                .copied()
                .filter(|&group| self.system.groups[group].takeover.clients.is_some())
                .collect();
            let ageing = self.ageing.iter().filter(|(of, _)| *of == service);
            let ageing = ageing.map(|(_, unit)| *unit).collect();
            let stalling = groups
                .iter()
                .copied()
                .filter(|&group| {
                    let replication = self.out.groups[group].replication.as_ref();
                    replication.is_some_and(|plan| plan.acknowledged_by > 0)
                })
                .collect();
            self.out.services.push(ServicePlan {
                groups,
                has_flow: !(sharing.is_empty() && leading.is_empty()) || plan.demand.is_some(),
                sharing,
                leading,
                capacity,
                is_judged: plan.down_below > Probability::ZERO,
                asked: plan.demand.clone().map(|demand| (demand, plan.down_below)),
                stalling,
                ageing,
            });
        }
    }

    /// What bounds the load that a structure can bear, if something does.
    fn capacity(&mut self, part: &Structure) -> Option<CapacityPlan> {
        match part {
            Structure::Group(group) | Structure::Each(group) => self
                .count_capacity(*group)
                .then_some(CapacityPlan::Group(*group)),
            Structure::Service(service) => {
                let system = self.system;
                self.capacity(&system.services[*service].up)
            }
            Structure::Soft(_) => None,
            Structure::AtLeast { k, of } if *k == self.part_count(of) as usize => {
                let parts: Vec<CapacityPlan> =
                    of.iter().filter_map(|part| self.capacity(part)).collect();
                (!parts.is_empty()).then_some(CapacityPlan::Least(parts))
            }
            Structure::AtLeast { of, .. } => {
                let parts: Vec<Option<CapacityPlan>> =
                    of.iter().map(|part| self.capacity(part)).collect();
                // One of them that can bear anything is enough.
                parts
                    .into_iter()
                    .collect::<Option<_>>()
                    .map(CapacityPlan::Sum)
            }
        }
    }

    /// Groups that may get more members, or collapse, by the demand of the service that they serve in.
    fn overloads(&mut self) {
        let system = self.system;
        for (id, group) in system.groups.iter_ids() {
            let asks = |service: &&ServiceId| system.services[**service].demand.is_some();
            let mut services = self.out.groups[id].services.iter();
            let Some(&service) = services.find(asks) else {
                continue;
            };
            let name = format!("group {}", group.name);
            let never = || Timing::Law(Law::from(Never));
            if let Some(scaling) = &group.scaling {
                let (load, time) = (self.slot(), self.slot());
                let branch = self.branch(&format!("{name} scaling succeeds"));
                let mut clock = |event, timing, slot, what: &str| {
                    self.clock(event, timing, slot, &format!("{name} {what}"))
                };
                let plan = ScalingPlan {
                    service,
                    above: scaling.above,
                    quota: scaling.quota,
                    succeeds: scaling.succeeds.get(),
                    branch,
                    rises: clock(Event::ScaleWanted(id), never(), load, "scaling wanted"),
                    falls: clock(Event::ScaleOver(id), never(), load, "scaling over"),
                    delay: clock(Event::Scaled(id), after(&scaling.delay), time, "scaling"),
                };
                self.out.groups[id].scaling = Some(plan);
            }
            let Some(overload) = &group.overload else {
                continue;
            };
            let (load, time) = (self.slot(), self.slot());
            let mut clock = |event, timing, slot, what: &str| {
                self.clock(event, timing, slot, &format!("{name} {what}"))
            };
            let collapse = match &overload.breakdown {
                Breakdown::Crashes { .. } => None,
                Breakdown::Collapse {
                    after: law,
                    recovers_below,
                } => Some(CollapsePlan {
                    recovers_below: *recovers_below,
                    after: clock(Event::Collapsed(id), after(law), time, "collapses"),
                    restart: clock(
                        Event::Restarted(id),
                        after(&overload.restart),
                        time,
                        "restarts",
                    ),
                }),
            };
            let plan = OverloadPlan {
                service,
                above: overload.above,
                rises: clock(Event::LoadRose(id), never(), load, "overloaded"),
                falls: clock(Event::LoadFell(id), never(), load, "relieved"),
                collapse,
            };
            self.out.groups[id].overload = Some(plan);
        }
    }

    /// Whether all members of a group have a capacity; then it counts what each of them gives.
    fn count_capacity(&mut self, group: GroupId) -> bool {
        let members = &self.system.groups[group].members;
        let has_capacity = members.iter().all(|member| match *member {
            Member::Unit(unit) => self.system.units[unit].capacity.is_some(),
            Member::Group(inner) => self.count_capacity(inner),
        });
        let plan = &mut self.out.groups[group];
        plan.has_capacity |= has_capacity;
        plan.counts_members |= has_capacity;
        has_capacity
    }

    fn part(&mut self, part: &Structure, parent: NodeId) {
        let inner = |k: usize, children: u32, floor| NodePlan {
            k: k as u32,
            children,
            parents: vec![parent],
            floor,
            service: None,
            need: None,
        };
        match part {
            Structure::Group(group) => self.out.groups[*group].nodes.push(parent),
            Structure::Each(group) => {
                let plan = &mut self.out.groups[*group];
                plan.counted_by.push(parent);
                plan.counts_members = true;
            }
            Structure::Service(service) => {
                let root = self.roots[service.index()];
                self.out.nodes[root].parents.push(parent);
            }
            Structure::Soft(part) => {
                let node = self.out.nodes.push(inner(1, 1, Level::Degraded));
                self.part(part, node);
            }
            Structure::AtLeast { k, of } => {
                let children = self.part_count(of);
                let node = self.out.nodes.push(inner(*k, children, Level::Down));
                of.iter().for_each(|part| self.part(part, node));
            }
        }
    }

    /// As how many children parts count.
    fn part_count(&self, parts: &[Structure]) -> u32 {
        let count: usize = parts.iter().map(|part| self.system.part_count(part)).sum();
        u32::try_from(count).expect("there are fewer units than that")
    }

    fn groups_of(&self, service: ServiceId, groups: &mut Vec<GroupId>) {
        self.groups_in(&self.system.services[service].up, groups);
    }

    fn groups_in(&self, part: &Structure, groups: &mut Vec<GroupId>) {
        match part {
            Structure::Group(group) | Structure::Each(group) => groups.push(*group),
            Structure::Service(service) => self.groups_of(*service, groups),
            Structure::Soft(part) => self.groups_in(part, groups),
            Structure::AtLeast { of, .. } => {
                of.iter().for_each(|part| self.groups_in(part, groups))
            }
        }
    }

    /// A failure clock changes its speed if its unit has several processes, of which one may stand
    /// still for the fault of another, or may stand by at another speed.
    fn mark_changing_speeds(&mut self) {
        for unit in self.system.units.ids() {
            let mut stands_by = false;
            let mut member = Some(self.member_of_unit[unit.index()]);
            while let Some(at) = member {
                let group = &self.out.groups[self.out.members[at].group];
                stands_by |= !group.is_static && group.dormancy != 1.0 || !group.load.is_empty();
                member = group.member_of;
            }
            let plan = &mut self.out.units[unit];
            stands_by |= plan.ages_while.is_some();
            plan.changes_speed = stands_by;
            if stands_by || plan.processes.len() > 1 {
                for process in plan.processes.ids::<ProcessId>() {
                    if let Some(clock) = self.out.processes[process].failure {
                        self.out.clocks[clock].changes_speed = true;
                    }
                }
            }
        }
    }
}

fn constant(span: Span) -> Law {
    Law::from(Constant::new(span.as_secs()).expect("a span is a duration"))
}

fn units_in(system: &System, member: CauseMember) -> Vec<UnitId> {
    match member {
        CauseMember::Unit(unit) => vec![unit],
        CauseMember::Cause(inner) => system.units_in_cause(inner),
    }
}

/// The phase of a seat in a step of its takeover, and the clock of that.
fn step_of(seat: &SeatPlan, step: TakeoverStep) -> (SeatPhase, Option<ClockId>) {
    match step {
        TakeoverStep::Deciding => (SeatPhase::Deciding, seat.stages[0]),
        TakeoverStep::Fencing => (SeatPhase::Fencing, seat.stages[1]),
        TakeoverStep::Promoting => (SeatPhase::Promoting, seat.stages[2]),
        TakeoverStep::Redirecting => (SeatPhase::Redirecting, seat.stages[3]),
        TakeoverStep::Manual => (SeatPhase::Manual, seat.manual),
    }
}

fn effect_plan(effect: Effect) -> EffectPlan {
    match effect {
        Effect::Down => EffectPlan::Down,
        Effect::Isolated => EffectPlan::Isolated,
        Effect::Degraded(_) => EffectPlan::Degraded,
    }
}

/// What an effect leaves of the capacity of a unit that serves on.
fn left_by(effect: Effect) -> f64 {
    match effect {
        Effect::Down | Effect::Isolated => 0.0,
        Effect::Degraded(left) => left,
    }
}

/// The law of a group's detection, unless that is immediate.
fn latency(group: &Group) -> Option<Law> {
    let detector = group.detector.as_ref()?;
    let law = detector.latency().expect("the detector has been checked");
    (!is_zero(&law)).then_some(law)
}

fn stage_plan(stage: &Stage, need: Option<NeedId>) -> StagePlan {
    StagePlan {
        is_instant: is_zero(&stage.takes) && stage.succeeds.get() == 1.0 && need.is_none(),
        succeeds: stage.succeeds.get(),
        retries: u8::try_from(stage.retries).unwrap_or(u8::MAX),
        then: stage.then,
        during: stage.during,
    }
}

fn is_zero(law: &Law) -> bool {
    matches!(law, Law::Constant(constant) if constant.value() == 0.0)
}

fn after(law: &Law) -> Timing {
    Timing::Law(law.scaled(NANOS_PER_SECOND))
}

/// The openings of a window that closes at once: what has just used one waits for the next.
fn opening(every: Span, at: Span) -> Timing {
    Timing::Window(Window {
        every,
        at,
        lasts: Span::ZERO,
    })
}

fn lifetime(law: &Law, renewal: Renewal, age: Span) -> Timing {
    // What has no memory has no age, and what is always made new never gets one.
    if law.is_memoryless() || (renewal == Renewal::New && age == Span::ZERO) {
        after(law)
    } else {
        Timing::Ageing {
            law: law.scaled(NANOS_PER_SECOND),
            renewal,
            initial: age,
        }
    }
}

/// The key of the random stream of what has this name: FNV-1a (Fowler, Noll and Vo 1991), which the
/// stream's own mixer spreads. It depends on the name alone, so that a part lives through the same
/// fate in every variant of a scenario that has it.
fn key_of(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}
