//! What is done to units from outside: the processes that stand for it.

use super::super::clock::Event;
use super::super::plan::*;
use super::{Compiler, Imposed, after, effect_plan, left_by};
use crate::base::Id;
use crate::math::law::Law;
use crate::model::{Breakage, Breakdown, Dependent, Effect, Notice, UnitId};

impl<'a> Compiler<'a> {
    /// What can be done to which units.
    pub(super) fn find_imposed(&mut self) {
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
    pub(super) fn crashes(&self, unit: UnitId) -> Option<(&'a Law, &'a Law)> {
        let group = self.out.members[self.member_of_unit[unit.index()]].group;
        let overload = self.system.groups[group].overload.as_ref()?;
        match &overload.breakdown {
            Breakdown::Collapse { .. } => None,
            Breakdown::Crashes { after } => Some((after, &overload.restart)),
        }
    }

    /// The process that stands for the crashes of a unit under its load.
    pub(super) fn crash(&mut self, unit: UnitId, is_alone: bool, name: &str) -> Option<CrashPlan> {
        let (time, restart) = self.crashes(unit)?;
        let process = ProcessId::from_index(self.out.processes.len());
        let name = format!("{name} crash");
        let notice = self.notice_plan(&Notice::Detector, unit, process, &name, &mut None);
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
    pub(super) fn impose(&mut self, unit: UnitId, is_alone: bool, name: &str) {
        let system = self.system;
        for index in 0..self.imposed[unit.index()].len() {
            let mut at = self.imposed[unit.index()][index];
            match at.origin {
                Origin::Unit | Origin::Overload | Origin::State => {}
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
                    let mut name = format!("{name} needs {}", need.text);
                    // A unit may need the same as its group does, or need it twice, hard and soft.
                    let before = self.imposed[unit.index()][..index].iter();
                    let is_same = |origin| matches!(origin, Origin::Need(other) if system.needs[other.index()].text == need.text);
                    let told = before.filter(|at| is_same(at.origin)).count();
                    if told > 0 {
                        name += &format!(", told {} times", told + 1);
                    }
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
    pub(super) fn lasting(
        &mut self,
        unit: UnitId,
        is_alone: bool,
        origin: Origin,
        effect: Effect,
        notice: &Notice,
        name: &str,
    ) -> ProcessId {
        let id = ProcessId::from_index(self.out.processes.len());
        let notice = self.notice_plan(notice, unit, id, name, &mut None);
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
        let mode = breakage.mode_of(kind);
        let mode = mode.expect("the modes that causes name have been checked");
        let id = ProcessId::from_index(self.out.processes.len());
        let slot = self.slot();
        let modes = self.fault_modes(kind, id, unit, name, slot, std::iter::once(mode));
        self.out.fault_modes[FaultModeId(modes.first)].origin = origin;
        self.outside_process(unit, is_alone, modes)
    }
}
