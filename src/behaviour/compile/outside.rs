//! Shared causes, needs, changes and the people who take over by hand.

use super::super::clock::Event;
use super::super::plan::*;
use super::{Compiler, Imposed, after, constant, opening, step_of, units_in};
use crate::base::Id;
use crate::math::law::Law;
use crate::model::{
    Cause, CauseId, CauseMember, ChangeStart, Dependent, GroupId, Level, ServiceId, System, UnitId,
};

impl Compiler<'_> {
    /// Shared causes, with what each strikes as a whole.
    pub(super) fn causes(&mut self) {
        let system = self.system;
        let ranks = ranks_of_causes(system);
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
                rank: ranks[id.index()],
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
    pub(super) fn needs(&mut self) {
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
    pub(super) fn changes(&mut self) {
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
    pub(super) fn people(&mut self) {
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
}

/// The ranks of shared causes: what lasts longer is higher, and of equals what is rarer. So who is to blame where
/// several hold a unit depends on what they are, not on their order in a file, unless they are alike.
fn ranks_of_causes(system: &System) -> Vec<u32> {
    let lasts = |cause: &Cause| cause.lasts.as_ref().map_or(0.0, |of| of.law.mean());
    let every = |cause: &Cause| cause.every.as_ref().map_or(0.0, Law::mean);
    let causes: Vec<&Cause> = system.causes.iter().collect();
    let mut ascending: Vec<usize> = (0..causes.len()).collect();
    ascending.sort_by(|&a, &b| {
        let by_length = lasts(causes[a]).total_cmp(&lasts(causes[b]));
        let by_rareness = every(causes[a]).total_cmp(&every(causes[b]));
        by_length.then(by_rareness).then(b.cmp(&a))
    });
    let mut ranks = vec![0; causes.len()];
    for (rank, cause) in ascending.into_iter().enumerate() {
        ranks[cause] = rank as u32;
    }
    ranks
}
