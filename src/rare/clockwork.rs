//! The clocks of a system as paths see them: which are left open, which are drawn, and which of those
//! can be made longer.

use super::stretch::Stretch;
use crate::base::{Id, Span};
use crate::behaviour::{Behaviour, ClockId, Event, EventRole, State, Timing};
use crate::engine::Settled;
use crate::math::Law;
use crate::model::{GroupId, Renewal, Window};

/// What all paths of one system share.
#[derive(Debug)]
pub(super) struct Clockwork {
    pub(super) behaviour: Behaviour,
    /// When the mission is over, in the time of paths, which begins with what is lived before it.
    pub(super) mission: u64,
    /// When it begins.
    pub(super) warm_up: u64,
    /// How paths begin, if missions begin in the long run.
    pub(super) settled: Option<Settled>,
    pub(super) initial: State,
    pub(super) clocks: Vec<ClockPlan>,
    /// Whether a clock that is not rare ever changes its speed.
    pub(super) changes_speed: bool,
    pub(super) rares: Vec<RarePlan>,
    /// All rare clocks have hazards that never change.
    pub(super) is_memoryless: bool,
    /// There are open clocks that are steps on the way to a restoration.
    pub(super) has_open_steps: bool,
    pub(super) ageing: Vec<AgeingPlan>,
    /// With how much they are ahead of the time of paths.
    pub(super) windows: Vec<(Window, u64)>,
    pub(super) stretches: Vec<Stretch>,
}

#[derive(Debug)]
pub(super) struct ClockPlan {
    pub(super) draw: Draw,
    pub(super) rank: u8,
    pub(super) changes_speed: bool,
    /// Index of the stretched versions of its law, if a branch may make it longer.
    pub(super) stretch: Option<u32>,
    /// The group that waits for it, if it is one.
    pub(super) group: Option<GroupId>,
    /// Its rule may take a branch whose outcome is not certain.
    pub(super) may_branch: bool,
    /// Mean length in nanoseconds, if redundancy is missing meanwhile.
    pub(super) exposure: f64,
}

#[derive(Debug)]
pub(super) enum Draw {
    Law(Law),
    /// Index into the table of rare clocks.
    Rare(u32),
    /// Index into the table of ageing things whose failures are not left open.
    Ageing(u32),
    /// Index into the table of windows.
    Window(u32),
}

/// A clock whose firing is left open in branches: something that may strike, or a duration that has
/// no memory, so that nothing is lost by not drawing it when it starts.
#[derive(Debug)]
pub(super) struct RarePlan {
    pub(super) clock: ClockId,
    pub(super) law: Law,
    /// It strikes; otherwise it is a step on the way to a restoration.
    pub(super) is_strike: bool,
    /// Hazard per nanosecond if it never changes.
    pub(super) rate: Option<f64>,
    /// The largest age, where there is one.
    pub(super) oldest: f64,
    /// What repairs leave of the age; `None` if every start is at age 0.
    pub(super) renewal: Option<Renewal>,
    pub(super) initial: f64,
}

#[derive(Debug)]
pub(super) struct AgeingPlan {
    pub(super) law: Law,
    pub(super) renewal: Renewal,
    pub(super) initial: f64,
}

impl RarePlan {
    /// Cumulative hazard from one age to a later one.
    #[inline]
    pub(super) fn hazard_between(&self, from: f64, to: f64) -> f64 {
        match self.rate {
            Some(rate) => rate * (to - from),
            None => (self.law.cumulative_hazard(to) - self.law.cumulative_hazard(from)).max(0.0),
        }
    }

    /// Hazard at an age, per nanosecond of age.
    pub(super) fn hazard_at(&self, age: f64) -> f64 {
        match self.rate {
            Some(rate) => rate,
            None => self.law.hazard(age),
        }
    }

    /// How long after `age` the hazard has grown by `more`.
    #[inline]
    pub(super) fn until(&self, age: f64, more: f64) -> f64 {
        match self.rate {
            Some(rate) => more / rate,
            None => {
                let spent = self.law.cumulative_hazard(age);
                (self.law.inverse_cumulative_hazard(spent + more) - age).max(0.0)
            }
        }
    }
}

/// Whether redundancy is missing while a clock runs, so that a longer run makes an outage likelier.
fn leaves_exposed(behaviour: &Behaviour, event: Event) -> bool {
    match behaviour.role(event) {
        EventRole::Restore(_) | EventRole::Return(_) | EventRole::Step(_) => true,
        EventRole::Strike | EventRole::Other => false,
    }
}

/// The group that lacks a member while a clock runs.
fn waiting_group(behaviour: &Behaviour, event: Event) -> Option<GroupId> {
    match behaviour.role(event) {
        EventRole::Restore(process) => Some(behaviour.unit_of(process).1),
        EventRole::Return(group) => Some(group),
        EventRole::Step(group) => group,
        EventRole::Strike | EventRole::Other => None,
    }
}

/// A duration is stretched if it is at least this share of the longest mean: shorter ones add
/// nothing to the exposure and would only spread the weights.
const STRETCHED_SHARE: f64 = 0.02;

impl Clockwork {
    /// The clocks of a compiled system, for missions of the given length.
    pub(super) fn new(behaviour: &Behaviour, mission: Span) -> Clockwork {
        let settling = behaviour.settling.as_ref();
        let settled = settling.map(|settling| Settled::of(behaviour, settling));
        let warm_up = settled.as_ref().map_or(0, |settled| settled.warm_up);
        let mut work = Clockwork {
            behaviour: behaviour.clone(),
            mission: warm_up + mission.as_nanos(),
            warm_up,
            settled,
            initial: behaviour.initial_state(),
            clocks: Vec::new(),
            changes_speed: false,
            rares: Vec::new(),
            is_memoryless: true,
            has_open_steps: false,
            ageing: Vec::new(),
            windows: Vec::new(),
            stretches: Vec::new(),
        };
        let longest = behaviour
            .clocks
            .iter()
            .filter(|clock| leaves_exposed(behaviour, clock.event))
            .filter_map(|clock| match &clock.timing {
                Timing::Law(law) => Some(law.mean()),
                Timing::Ageing { .. } | Timing::Window(_) => None,
            })
            .filter(|mean| mean.is_finite())
            .fold(0.0, f64::max);
        let mut stretched: Vec<(&Law, Option<u32>)> = Vec::new();
        for (id, clock) in behaviour.clocks.iter_ids() {
            let role = behaviour.role(clock.event);
            let is_strike = role == EventRole::Strike;
            let is_step = matches!(
                role,
                EventRole::Restore(_) | EventRole::Return(_) | EventRole::Step(Some(_))
            );
            let draw = match &clock.timing {
                Timing::Law(law)
                    if has_hazard(law) && (is_strike || is_step && law.is_memoryless()) =>
                {
                    work.rare(id, law, is_strike, None, 0.0)
                }
                Timing::Ageing {
                    law,
                    renewal,
                    initial,
                } if is_strike && has_hazard(law) => {
                    let initial = initial.as_nanos() as f64;
                    work.rare(id, law, is_strike, Some(*renewal), initial)
                }
                Timing::Law(law) => Draw::Law(law.clone()),
                Timing::Ageing {
                    law,
                    renewal,
                    initial,
                } => {
                    work.ageing.push(AgeingPlan {
                        law: law.clone(),
                        renewal: *renewal,
                        initial: initial.as_nanos() as f64,
                    });
                    Draw::Ageing(work.ageing.len() as u32 - 1)
                }
                Timing::Window(window) => {
                    let every = window.every.as_nanos().max(1);
                    let ahead = (every - warm_up % every) % every;
                    work.windows.push((*window, ahead));
                    Draw::Window(work.windows.len() as u32 - 1)
                }
            };
            let stretch = match &clock.timing {
                Timing::Law(law)
                    if matches!(draw, Draw::Law(_))
                        && leaves_exposed(behaviour, clock.event)
                        && law.mean() >= STRETCHED_SHARE * longest =>
                {
                    match stretched.iter().find(|(other, _)| *other == law) {
                        Some((_, index)) => *index,
                        None => {
                            let index = Stretch::of(law).map(|stretch| {
                                work.stretches.push(stretch);
                                work.stretches.len() as u32 - 1
                            });
                            stretched.push((law, index));
                            index
                        }
                    }
                }
                Timing::Law(_) | Timing::Ageing { .. } | Timing::Window(_) => None,
            };
            work.changes_speed |= clock.changes_speed && !matches!(draw, Draw::Rare(_));
            work.clocks.push(ClockPlan {
                draw,
                rank: clock.event.rank(),
                changes_speed: clock.changes_speed,
                stretch,
                group: waiting_group(behaviour, clock.event),
                may_branch: behaviour.may_branch(clock.event),
                exposure: match &clock.timing {
                    Timing::Law(law) if leaves_exposed(behaviour, clock.event) => law.mean(),
                    Timing::Law(_) | Timing::Ageing { .. } | Timing::Window(_) => 0.0,
                },
            });
        }
        work
    }

    fn rare(
        &mut self,
        clock: ClockId,
        law: &Law,
        is_strike: bool,
        renewal: Option<Renewal>,
        initial: f64,
    ) -> Draw {
        let rate = law.is_memoryless().then(|| law.hazard(1.0));
        let renewal = renewal.filter(|_| rate.is_none());
        self.is_memoryless &= rate.is_some();
        self.has_open_steps |= !is_strike;
        self.rares.push(RarePlan {
            clock,
            law: law.clone(),
            is_strike,
            rate,
            oldest: law.support().1,
            renewal,
            initial,
        });
        Draw::Rare(self.rares.len() as u32 - 1)
    }

    /// Whether there are durations that branches make longer.
    pub(super) fn has_stretches(&self) -> bool {
        !self.stretches.is_empty()
    }

    /// Mean length of a duration during which redundancy is missing; 0 for other clocks.
    pub(super) fn exposure(&self, clock: ClockId) -> f64 {
        self.clocks[clock.index()].exposure
    }

    /// Whether the rule of a clock may take a branch whose outcome is not certain.
    pub(super) fn may_branch(&self, clock: ClockId) -> bool {
        self.clocks[clock.index()].may_branch
    }

    /// The rare clock that a clock is, if it is one.
    #[inline]
    pub(super) fn rare_of(&self, clock: ClockId) -> Option<usize> {
        match self.clocks[clock.index()].draw {
            Draw::Rare(index) => Some(index as usize),
            Draw::Law(_) | Draw::Ageing(_) | Draw::Window(_) => None,
        }
    }
}

/// A law that a hazard describes: no duration has a positive probability.
fn has_hazard(law: &Law) -> bool {
    law.atoms().iter().all(|atom| atom.at.is_infinite())
}
