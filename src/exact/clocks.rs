//! Clocks as phases: what an exact solution can follow, and what stands in its way.

use std::collections::BTreeMap;

use crate::base::text::clean;
use crate::base::{IdVec, Span};
use crate::behaviour::{Behaviour, ClockId, ClockOwner, Event, Timing};
use crate::math::Law;
use crate::math::law::{Detail, PhaseType};
use crate::model::{Member, Renewal, System};

/// A clock that is not made of exponential phases, so that its age would have to be remembered.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Obstacle {
    /// What it times: `repair of db.1`.
    pub what: String,
    /// Why it is in the way: `lognormal, median 4 h, 95 % below 12 h`.
    pub why: String,
}

/// A clock, as an exact solution sees it.
#[derive(Clone, Debug, PartialEq)]
pub enum ClockLaw {
    /// It never fires.
    Never,
    /// Exponential phases.
    Phases(PhaseType),
    /// Something else.
    Unknown(Obstacle),
}

/// All clocks of a behaviour, in seconds.
#[derive(Clone, Debug, PartialEq)]
pub struct ClockLaws {
    /// By clock.
    pub laws: IdVec<ClockId, ClockLaw>,
    /// Where the clocks that have an age at the start of the mission begin.
    pub aged: BTreeMap<ClockId, Vec<f64>>,
    /// What has been replaced by phases that resemble it.
    pub fitted: Vec<Obstacle>,
    names: IdVec<ClockId, String>,
}

impl ClockLaws {
    /// The clocks as they are, or with phases in place of other laws where a detail is given.
    pub fn of(system: &System, behaviour: &Behaviour, detail: Option<Detail>) -> ClockLaws {
        let mut laws = ClockLaws {
            laws: IdVec::new(),
            aged: BTreeMap::new(),
            fitted: Vec::new(),
            names: IdVec::new(),
        };
        for (clock, spec) in behaviour.clocks.iter_ids() {
            let name = name_of(system, behaviour, clock);
            let law = match &spec.timing {
                Timing::Law(law) => laws.law(&name, law, detail),
                Timing::Ageing {
                    law,
                    renewal,
                    initial,
                } => {
                    let found = laws.law(&name, law, detail);
                    laws.ageing(clock, &name, found, *renewal, *initial)
                }
                Timing::Window { .. } => ClockLaw::Unknown(Obstacle {
                    what: name.clone(),
                    why: "it waits for a window of the calendar".to_owned(),
                }),
            };
            laws.laws.push(law);
            laws.names.push(name);
        }
        laws.fitted.sort();
        laws.fitted.dedup();
        laws
    }

    fn law(&mut self, name: &str, law: &Law, detail: Option<Detail>) -> ClockLaw {
        // Clocks count nanoseconds.
        let law = law.scaled(1e-9);
        if matches!(law, Law::Never(_)) {
            return ClockLaw::Never;
        }
        if let Some(phases) = law.phase_type() {
            return ClockLaw::Phases(phases);
        }
        let obstacle = Obstacle {
            what: name.to_owned(),
            why: law.describe(),
        };
        match detail.and_then(|detail| law.phase_type_fit(detail)) {
            Some(phases) => {
                self.fitted.push(obstacle);
                ClockLaw::Phases(phases)
            }
            None => ClockLaw::Unknown(obstacle),
        }
    }

    /// The phase is the age, so a unit may be old at the start and new after each repair, but a
    /// repair that leaves part of the age is beyond phases.
    fn ageing(
        &mut self,
        clock: ClockId,
        name: &str,
        law: ClockLaw,
        renewal: Renewal,
        initial: Span,
    ) -> ClockLaw {
        let is_new = match renewal {
            Renewal::New => true,
            Renewal::KijimaFirst(_) => false,
            Renewal::KijimaSecond(factor) => factor == 0.0,
        };
        match law {
            ClockLaw::Phases(phases) if is_new => {
                if initial > Span::ZERO {
                    self.aged.insert(clock, phases.given_age(initial.as_secs()));
                }
                ClockLaw::Phases(phases)
            }
            ClockLaw::Phases(_) => ClockLaw::Unknown(Obstacle {
                what: name.to_owned(),
                why: "a repair leaves it older than new".to_owned(),
            }),
            other @ (ClockLaw::Never | ClockLaw::Unknown(_)) => other,
        }
    }

    pub(super) fn growing(&self, clock: ClockId) -> Obstacle {
        Obstacle {
            what: self.names[clock].clone(),
            why: "it takes longer the longer the two sides have diverged".to_owned(),
        }
    }

    pub(super) fn changing(&self, clock: ClockId) -> Obstacle {
        Obstacle {
            what: self.names[clock].clone(),
            why: "it depends on a demand that changes".to_owned(),
        }
    }

    pub(super) fn led(&self, clock: ClockId) -> Obstacle {
        Obstacle {
            what: self.names[clock].clone(),
            why: "it depends on how many clients are back".to_owned(),
        }
    }
}

/// What a clock times, in words. Alike units share a name.
pub fn name_of(system: &System, behaviour: &Behaviour, clock: ClockId) -> String {
    let event = match behaviour.clocks[clock].event {
        Event::Failed(_) => "time to failure",
        Event::Restored(_) => "repair, or end of a disruption,",
        Event::Noticed(_) | Event::MemberNoticed(_) => "time to notice a failure",
        Event::DelayPassed(_) => "administrative delay",
        Event::Tested(_) => "time between tests",
        Event::SpareArrived(_) => "lead time",
        Event::Rejoined(_) => "rejoining",
        Event::StageEnded(_) => "a stage of the takeover",
        Event::ManualEnded(_) => "manual takeover",
        Event::SplitEnded(_) => "duration of a split brain",
        Event::Reconciled(_) => "reconciliation",
        Event::FailbackDue(_) => "waiting time before a failback",
        Event::FailbackEnded(_) => "failback",
        Event::FalseAlarm(_) => "time between false alarms",
        Event::ScaleWanted(_) => "time to scaling",
        Event::ScaleOver(_) => "end of scaling",
        Event::Scaled(_) => "scaling",
        Event::ServedTooLittle(_) => "time until too little is served",
        Event::ServedEnough(_) => "time until enough is served",
        Event::LoadRose(_) => "time to an overload",
        Event::LoadFell(_) => "time to relief",
        Event::Collapsed(_) => "time to a collapse",
        Event::Crashed(_) => "time to a crash under load",
        Event::Restarted(_) => "restart",
        Event::HoldDownEnded(_) => "hold-down time",
        Event::Left(_) => "time in a state",
        Event::WarmedUp(_) => "warm-up",
        Event::ClientBack(_) => "way of a client",
        Event::PatienceEnded(_) => "patience of writes",
        Event::ShiftChanged(_) => "working hours",
        Event::PickedUp(..) => "time to turn to a fault",
        Event::CauseStruck(_) => "time between events",
        Event::CauseEnded(_) => "duration of an event",
        Event::ChangeDue(_) => "time between changes",
        Event::WorkEnded(_) => "work on a batch",
        Event::WatchEnded(_) => "watching the canary",
        Event::BadNoticed(_) => "time to notice a bad version",
        Event::RolledBack(_) => "rollback",
        Event::WindowClosed(_) => "window",
        Event::FreezeBegan(..) => "time between freezes",
        Event::FreezeEnded(..) => "freeze",
        Event::PaceFell(..) => "time between slow hours",
        Event::PaceRose(..) => "slow hours",
    };
    let owner = match behaviour.owner(clock) {
        ClockOwner::Unit(unit) => &system.kinds[system.units[unit].kind].name,
        ClockOwner::Member(member) => match behaviour.member(member).1 {
            Member::Unit(unit) => &system.kinds[system.units[unit].kind].name,
            Member::Group(group) => &system.groups[group].name,
        },
        ClockOwner::Service(service) => &system.services[service].name,
        ClockOwner::Group(group) => &system.groups[group].name,
        ClockOwner::Crew(crew) => &system.crews[crew].name,
        ClockOwner::Spare(spare) => &system.spares[spare].name,
        ClockOwner::Cause(cause) => &system.causes[cause].name,
        ClockOwner::Change(change) => &system.changes[change].name,
        ClockOwner::People(people) => &system.people[people].name,
    };
    format!("{event} of `{}`", clean(owner))
}
