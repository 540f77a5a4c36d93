//! How a mission is prepared that begins in the long run.
//!
//! Two things are unknown at such a beginning: how old what is, and what is wrong. Lives begin at an age
//! of the *equilibrium* of their law, which is exact for what lives for itself; all the rest is found by
//! living for a while before the mission begins. How long is decided by one rule, from the times of the
//! system alone:
//!
//! * A time *fades* when no more than a thousandth of its mean is still to come: after 6.9 means of an
//!   exponential law, after 31 of a lognormal one with sigma 1. The warm-up is twice the longest fade
//!   of all that passes: repairs, takeovers, lead times, events, work; and of what a crew needs to mend
//!   all its units one after the other.
//! * Where the equilibrium is not that of a law alone, the warm-up is also twice the longest fade of
//!   the lives concerned, which are 3 mean lives of a Weibull law with shape 3: where lives run at a pace
//!   of what serves (cold standbys, shared loads), repairs leave something of the age or renew more than
//!   what has failed, faults are hidden until a takeover meets them, seats stay with members that are not
//!   like their first ones, machines have several exits, or a repair is not short beside a life.
//!
//! What is remembered for longer than any time lasts, such as which of two members has served, no rule knows:
//! pilot trials do (`trials::find_warm_up`), and each run looks whether it had settled.
//!
//! Batch means of one long run would answer the same question. They need batches much longer than the
//! memory of the system, tell nothing about how missions differ, and cover badly where outages are few
//! (Law 2015, section 9.5); missions that begin settled are independent, and everything that is told of
//! missions is told of these too.

use super::clock::{ClockId, Event, Timing};
use super::plan::{
    Behaviour, EndingPlan, ExitId, FailbackPlan, FaultModeId, MachineStateId, MemberId, NoticePlan,
    ProcessId, RepairPlan, RepairStep, Who,
};
use crate::base::units::{NANOS_PER_SECOND, SECONDS_PER_YEAR};
use crate::base::{Id, Span};
use crate::math::Law;
use crate::model::{
    ChangeStart, MissionStart, Notice, Renewal, RenewalScope, StandbyFaults, System, UnitId, check,
};

/// How a mission that begins in the long run is prepared.
#[derive(Clone, Debug)]
pub struct Settling {
    /// How long a simulation lives before the mission begins, in nanoseconds.
    pub warm_up: u64,
    /// How long the times of the system call for.
    pub called_for: u64,
    /// What goes by the calendar, be it hours, windows or demands, repeats after so many nanoseconds; 1
    /// if nothing does.
    pub period: u64,
    /// How clocks begin that run from the start, if not afresh.
    pub beginnings: Vec<(ClockId, Beginning)>,
}

/// How a clock begins in the long run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Beginning {
    /// At an age of the equilibrium of its law.
    Aged {
        /// The probability that what it tells of has just happened: the share of time that its unit is
        /// down for it. What is down has no age.
        now: f64,
    },
    /// On a schedule that is the same for all: at `first`, and then again and again.
    Scheduled {
        /// In nanoseconds.
        every: u64,
        /// In nanoseconds.
        first: u64,
    },
}

/// What is left of a time when it has faded.
const FADED: f64 = 1e-3;
/// The warm-up is so many times the longest fade.
const FADES: f64 = 2.0;
/// A life with a mean below so many times the warm-up is not long beside repairs.
const LONG_LIFE: f64 = 5.0;

impl Behaviour {
    /// How a mission of the system is prepared, if it begins in the long run.
    pub(super) fn find_settling(&self, system: &System) -> Option<Settling> {
        let MissionStart::Settled { warm_up: wanted } = system.start else {
            return None;
        };
        let mut fades = Fades::default();
        let stages = FADES * self.longest_stage(&mut fades);
        let lives = FADES * self.longest_coupled_life(system, stages, &mut fades);
        let most = (check::MISSION_YEARS_MAX * SECONDS_PER_YEAR - system.mission.as_secs())
            * NANOS_PER_SECOND;
        let called_for = self.whole_periods(stages.max(lives).min(most.max(0.0)));
        let warm_up = wanted.span().map_or(called_for, |wanted| {
            self.whole_periods(wanted.as_nanos() as f64)
        });
        Some(Settling {
            warm_up,
            called_for,
            period: self.period(),
            beginnings: self.beginnings(system),
        })
    }

    /// The fade of the longest of all that passes, in nanoseconds.
    fn longest_stage(&self, fades: &mut Fades) -> f64 {
        let clocks = self.clocks.iter().filter_map(|clock| {
            let law = match &clock.timing {
                Timing::Law(law) => law,
                Timing::Ageing { .. } => return None,
                Timing::Window(window) => return Some(window.every.as_nanos() as f64),
            };
            match clock.event {
                Event::Left(exit) => {
                    let machine = &self.machines[self.exits[exit].machine as usize];
                    let home = &self.machine_states[machine.home];
                    (!home.exits.contains(exit)).then(|| self.soonest_exit(exit, fades))
                }
                event if is_recurrence(event) => None,
                _ => Some(fades.of(law)),
            }
        });
        // The work of a crew is done one after the other at worst.
        let mut of_pools = vec![0.0; self.pools.len()];
        for process in self.processes.iter() {
            for mode in process.modes.ids::<FaultModeId>() {
                if let EndingPlan::Repair(repair) = &self.fault_modes[mode].ending {
                    for step in self.steps(repair) {
                        if let Some(pool) = step.crew {
                            let mean = self.mean(step.time) / f64::from(self.pools[pool].size);
                            of_pools[pool.index()] += mean / process.modes.len() as f64;
                        }
                    }
                }
            }
        }
        let finite = clocks.chain(of_pools).filter(|fade| fade.is_finite());
        finite.fold(0.0, f64::max)
    }

    fn steps<'a>(&'a self, repair: &'a RepairPlan) -> impl Iterator<Item = &'a RepairStep> {
        let further = repair.further.first as usize..repair.further.end as usize;
        std::iter::once(&repair.first).chain(&self.repair_steps[further])
    }

    fn mean(&self, clock: ClockId) -> f64 {
        match &self.clocks[clock].timing {
            Timing::Law(law) | Timing::Ageing { law, .. } => law.mean(),
            Timing::Window(window) => window.every.as_nanos() as f64,
        }
    }

    /// The least fade of all exits of the state of one of them.
    fn soonest_exit(&self, exit: ExitId, fades: &mut Fades) -> f64 {
        let mut states = self.machine_states.iter();
        let state = states.find(|state| state.exits.contains(exit));
        let exits = state
            .into_iter()
            .flat_map(|state| state.exits.ids::<ExitId>());
        exits
            .map(|exit| match &self.clocks[self.exits[exit].clock].timing {
                Timing::Law(law) => fades.of(law),
                Timing::Ageing { .. } | Timing::Window(_) => f64::INFINITY,
            })
            .fold(f64::INFINITY, f64::min)
    }

    /// The fade of the longest life that does not begin in equilibrium by its law alone, in nanoseconds.
    fn longest_coupled_life(&self, system: &System, stages: f64, fades: &mut Fades) -> f64 {
        let mut longest = 0.0_f64;
        let shares_fate = !system.causes.is_empty() || !system.changes.is_empty();
        for (id, unit) in self.units.iter_ids() {
            let kind = &system.kinds[system.units[id].kind];
            let group = &self.groups[self.members[unit.seen_as].group];
            let renewed_every = system
                .changes
                .iter()
                .filter(|change| change.renews && change.units.contains(&id))
                .map(|change| match &change.starts {
                    ChangeStart::After(law) => law.mean() * NANOS_PER_SECOND,
                    ChangeStart::Window(window) => window.every.as_nanos() as f64,
                })
                .fold(f64::INFINITY, f64::min);
            let hides = kind.test.is_none()
                && kind.modes.iter().any(|mode| mode.notice == Notice::Test)
                || self.is_believed_in(unit.member);
            let stays = self.has_unlike_members(system, unit.seen_as) || {
                !group.is_static && group.failback == FailbackPlan::Never && shares_fate
            };
            let mut of_unit = f64::INFINITY;
            let mut coupled = 0.0_f64;
            for process in unit.processes.ids::<ProcessId>() {
                let plan = &self.processes[process];
                let Some(clock) = plan.failure else {
                    continue;
                };
                let (law, renewal) = match &self.clocks[clock].timing {
                    Timing::Law(law) => (law, Renewal::New),
                    Timing::Ageing { law, renewal, .. } => (law, *renewal),
                    Timing::Window(_) => continue,
                };
                let renews_all = unit.processes.ids::<ProcessId>().any(|other| {
                    let modes = self.processes[other].modes;
                    other != process
                        && modes.ids::<FaultModeId>().any(|mode| {
                            matches!(&self.fault_modes[mode].ending, EndingPlan::Repair(repair)
                                if repair.scope == RenewalScope::Unit)
                        })
                });
                let fade = fades.of(law);
                of_unit = of_unit.min(fade);
                let has_memory = !law.is_memoryless();
                let is_coupled = unit.changes_speed
                    || renewal != Renewal::New
                    || renews_all
                    || renewed_every.is_finite()
                    || law.mean() < LONG_LIFE * stages;
                if has_memory && is_coupled && fade.is_finite() {
                    coupled = coupled.max(fade);
                }
            }
            if of_unit.is_finite() && (hides || stays) {
                longest = longest.max(of_unit);
            }
            // What is renewed by work is as good as new soon.
            longest = longest.max(coupled.min(3.0 * renewed_every));
        }
        for machine in &self.machines {
            let home = &self.machine_states[machine.home];
            let clocks = home.exits.ids::<ExitId>().map(|exit| &self.exits[exit]);
            let laws: Vec<&Law> = clocks
                .filter_map(|exit| match &self.clocks[exit.clock].timing {
                    Timing::Law(law) => Some(law),
                    Timing::Ageing { .. } | Timing::Window(_) => None,
                })
                .collect();
            let soonest = laws
                .iter()
                .map(|law| fades.of(law))
                .fold(f64::INFINITY, f64::min);
            let is_first = machine.home.index() == machine.states.first as usize;
            let has_memory = laws.iter().any(|law| !law.is_memoryless());
            let is_lone = home.exits.len() == 1;
            if !is_first || has_memory && !is_lone {
                longest = longest.max(if soonest.is_finite() { soonest } else { 0.0 });
            }
        }
        longest
    }

    /// Whether a member of a group with standbys has a fellow of another kind and no way back to where it
    /// served.
    fn has_unlike_members(&self, system: &System, member: MemberId) -> bool {
        let group = &self.groups[self.members[member].group];
        if group.is_static || group.failback != FailbackPlan::Never {
            return false;
        }
        let mut kinds = group.members.ids::<MemberId>().map(|member| {
            let unit = self.only_unit(member)?;
            Some(system.units[unit].kind)
        });
        let first = kinds.next().flatten();
        first.is_none() || kinds.any(|kind| kind != first)
    }

    /// The unit that a member is, if it is nothing else.
    fn only_unit(&self, member: MemberId) -> Option<UnitId> {
        match self.members[member].who {
            Who::Unit(unit) => Some(unit),
            Who::Group(group) => {
                let mut members = self.groups[group].members.ids::<MemberId>();
                let unit = self.only_unit(members.next()?)?;
                (members.next().is_none()).then_some(unit)
            }
        }
    }

    /// Whether the faults of a member may stay unseen while it, or a group around it, stands by.
    fn is_believed_in(&self, member: MemberId) -> bool {
        let group = &self.groups[self.members[member].group];
        let is_latent = !group.is_static && group.standby_faults == StandbyFaults::Latent;
        is_latent
            || group
                .member_of
                .is_some_and(|around| self.is_believed_in(around))
    }

    /// The least whole number of periods of all working hours that is not shorter.
    fn whole_periods(&self, nanos: f64) -> u64 {
        let nanos = nanos as u64;
        let mut period = 1_u64;
        for pool in self.pools.iter() {
            if let Some(shift) = pool.shift
                && let Timing::Window(window) = &self.clocks[shift.begins].timing
            {
                period = common_multiple(period, window.every.as_nanos());
            }
        }
        let whole = nanos.div_ceil(period).saturating_mul(period);
        let most = (2.0 * check::MISSION_YEARS_MAX * SECONDS_PER_YEAR * NANOS_PER_SECOND) as u64;
        if whole > most { nanos } else { whole }
    }

    /// What goes by the calendar repeats after so many nanoseconds.
    fn period(&self) -> u64 {
        let windows = self.clocks.iter().filter_map(|clock| match &clock.timing {
            Timing::Window(window) => Some(window.every),
            Timing::Law(_) | Timing::Ageing { .. } => None,
        });
        let demands = self.services.iter().filter_map(|service| {
            let (profile, _) = service.asked.as_ref()?;
            (profile.period < Span::FOREVER).then_some(profile.period)
        });
        windows
            .chain(demands)
            .fold(1, |period, every| common_multiple(period, every.as_nanos()))
    }

    fn beginnings(&self, system: &System) -> Vec<(ClockId, Beginning)> {
        let mut beginnings = Vec::new();
        for (id, clock) in self.clocks.iter_ids() {
            let law = match &clock.timing {
                Timing::Law(law) | Timing::Ageing { law, .. } => law,
                Timing::Window(_) => continue,
            };
            let beginning = match clock.event {
                Event::Failed(process) => Beginning::Aged {
                    now: self.share_down(process, law.mean()),
                },
                Event::CauseStruck(_) | Event::FalseAlarm(_) | Event::ChangeDue(_) => {
                    Beginning::Aged { now: 0.0 }
                }
                Event::Left(exit) if self.is_lone_exit(exit) => Beginning::Aged { now: 0.0 },
                Event::Tested(unit) => match self.schedule(system, unit, id) {
                    Some(beginning) => beginning,
                    None => continue,
                },
                _ => continue,
            };
            if !(law.is_memoryless() && matches!(beginning, Beginning::Aged { .. })) {
                beginnings.push((id, beginning));
            }
        }
        beginnings
    }

    /// Whether a machine has no other way out of its first state.
    fn is_lone_exit(&self, exit: ExitId) -> bool {
        let machine = &self.machines[self.exits[exit].machine as usize];
        let first = MachineStateId(machine.states.first);
        let exits = self.machine_states[first].exits;
        exits.contains(exit) && exits.len() == 1
    }

    /// About the share of time that a unit is down for a process.
    fn share_down(&self, process: ProcessId, life: f64) -> f64 {
        let plan = &self.processes[process];
        let modes = plan.modes.ids::<FaultModeId>().enumerate();
        let down: f64 = modes
            .map(|(at, mode)| {
                let weight = plan
                    .choice
                    .as_ref()
                    .map_or(1.0, |choice| choice.weights[at]);
                weight * self.mean_fault(mode)
            })
            .sum();
        let share = down / (down + life);
        if share.is_finite() { share } else { 0.0 }
    }

    /// About the mean length of a fault of a mode; 0 if nothing is known about it.
    fn mean_fault(&self, mode: FaultModeId) -> f64 {
        let plan = &self.fault_modes[mode];
        match &plan.ending {
            EndingPlan::Itself(clock) => self.mean(*clock),
            EndingPlan::Repair(repair) => {
                let notice = match plan.notice {
                    NoticePlan::Detector(Some(clock)) | NoticePlan::After(clock) => {
                        self.mean(clock)
                    }
                    NoticePlan::WithGroup(member) => {
                        let clock = self.members[member].notice;
                        clock.map_or(0.0, |clock| self.mean(clock))
                    }
                    NoticePlan::AtOnce | NoticePlan::Detector(None) | NoticePlan::Test => 0.0,
                };
                let delay = repair.delay.map_or(0.0, |clock| self.mean(clock));
                let work = self.steps(repair).map(|step| self.mean(step.time));
                notice + delay + work.sum::<f64>()
            }
            EndingPlan::Never | EndingPlan::Imposed => 0.0,
        }
    }

    /// When the tests of a unit begin.
    fn schedule(&self, system: &System, unit: UnitId, clock: ClockId) -> Option<Beginning> {
        let plan = self.units[unit].test.as_ref()?;
        if plan.first != clock {
            return None;
        }
        let test = system.kinds[system.units[unit].kind].test.as_ref()?;
        let Law::Constant(every) = &test.every else {
            return Some(Beginning::Aged { now: 0.0 });
        };
        let every = (every.value() * NANOS_PER_SECOND) as u64;
        Some(Beginning::Scheduled {
            every,
            first: test.first.map_or(every, Span::as_nanos),
        })
    }
}

/// The fades of the laws of a system, of which most clocks have the same few.
#[derive(Default)]
struct Fades(Vec<(Law, f64)>);

impl Fades {
    fn of(&mut self, law: &Law) -> f64 {
        let known = self.0.iter().find(|(other, _)| other == law);
        known.map(|(_, fade)| *fade).unwrap_or_else(|| {
            let fade = law.fade(FADED);
            self.0.push((law.clone(), fade));
            fade
        })
    }
}

/// Whether an event comes again and again by itself, so that the time until it needs no warm-up.
fn is_recurrence(event: Event) -> bool {
    matches!(
        event,
        Event::Failed(_) | Event::CauseStruck(_) | Event::FalseAlarm(_) | Event::ChangeDue(_)
    )
}

/// Of what takes no time, the other.
fn common_multiple(a: u64, b: u64) -> u64 {
    (a / greatest_common_divisor(a, b.max(1))).saturating_mul(b.max(1))
}

fn greatest_common_divisor(mut a: u64, mut b: u64) -> u64 {
    while b > 0 {
        (a, b) = (b, a % b);
    }
    a
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_periods() {
        assert_eq!(greatest_common_divisor(24, 36), 12);
        assert_eq!(greatest_common_divisor(1, 7), 1);
    }
}
