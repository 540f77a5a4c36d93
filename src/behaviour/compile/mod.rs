//! From a system to its behaviour: names become ids, policies become tables, laws become clocks.

mod group;
mod imposed;
mod outside;
mod route;
mod service;
mod unit;

use std::collections::{BTreeMap, HashSet};

use super::clock::{BranchId, ClockId, ClockSpec, Event, StopwatchId, Timing};
use super::plan::*;
use super::state::SeatPhase;
use crate::base::{Id, IdVec, Money, Span, units::NANOS_PER_SECOND};
use crate::math::law::{Constant, Law};
use crate::model::{
    CauseMember, CrewId, Effect, Group, GroupId, Member, Renewal, ServiceId, Stage, System,
    TakeoverStep, UnitId, Window,
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
    compiler.routes();
    compiler.shortages();
    compiler.changes();
    compiler.people();
    compiler.mark_changing_speeds();
    let mut behaviour = compiler.out;
    for process in behaviour.processes.ids() {
        behaviour.processes[process].plain = behaviour.plain_repair(process);
    }
    behaviour.settling = behaviour.find_settling(system);
    behaviour.events = behaviour.clocks.iter().map(|clock| clock.event).collect();
    behaviour
}

struct Compiler<'a> {
    system: &'a System,
    out: Behaviour,
    /// Membership of each unit and group, by index.
    member_of_unit: Vec<MemberId>,
    member_of_group: Vec<Option<MemberId>>,
    /// The groups whose members are counted one by one.
    counted_singly: IdVec<GroupId, bool>,
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
                settling: None,
                units: IdVec::new(),
                processes: IdVec::new(),
                fault_modes: IdVec::new(),
                members: IdVec::new(),
                groups: IdVec::new(),
                seats: IdVec::new(),
                nodes: IdVec::new(),
                services: IdVec::new(),
                has_shortages: false,
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
            counted_singly: system.counted_singly(),
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
                let rejoin = plan.rejoin.as_ref().filter(|law| !is_zero(law));
                let rejoin = rejoin.map(|law| {
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

/// True if a group has standbys or a detector, so that faults of its members are noticed in it. Faults in other
/// groups are noticed by the group that contains them.
fn notices_itself(group: &Group) -> bool {
    group.has_standbys() || group.detector.is_some()
}

/// The law of a group's detection, unless that is immediate.
fn latency(group: &Group) -> Option<Law> {
    let detector = group.detector.as_ref()?;
    let law = detector.latency().expect("the detector has been checked");
    (!is_zero(&law)).then_some(law)
}

/// A stage, which is an event of its own if it takes time, may fail or wait, or calls a whole group.
fn stage_plan(stage: &Stage, need: Option<NeedId>, calls_group: bool) -> StagePlan {
    StagePlan {
        is_instant: is_zero(&stage.takes)
            && stage.succeeds.get() == 1.0
            && need.is_none()
            && !calls_group,
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
