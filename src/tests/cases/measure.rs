//! What the measures of a case mean, apart from how they are found.
//!
//! A measure is a quantity (`of`) and what is asked about it (`is`). A quantity is a *level*, which
//! has a value in every state, or a *count* of things that happen. Both interpreters take it from
//! here, so that they answer the same question.

use failsim::base::{Id, Probability, Span};
use failsim::behaviour::{
    Behaviour, Blame, Coming, Condition, FaultPhase, Mechanism, Note, SeatPhase, State,
};
use failsim::model::{
    CrewId, DemandProfile, Level as Service, Member, Root, ServiceId, SpareId, System, UnitId,
};
use serde::Deserialize;

/// One known figure.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Measure {
    /// What the source calls it.
    pub(crate) name: String,
    pub(crate) is: Is,
    /// The quantity: see [`Level::parse`] and [`Count::parse`].
    #[serde(default = "down")]
    pub(crate) of: String,
    /// The time, or the length of the mission.
    pub(crate) at: Option<f64>,
    /// The limit that is exceeded.
    pub(crate) over: Option<f64>,
    /// The order of a quantile.
    pub(crate) p: Option<f64>,
    /// The units of which the importance of any one is asked for, the count that is divided by, or what sees a level.
    pub(crate) per: Option<String>,
    /// The value is that of one minus the measure: an availability, a reliability.
    #[serde(default)]
    pub(crate) complement: bool,
    /// The true value, in the unit of time of the case.
    pub(crate) value: f64,
    /// How precise the figure is where that is less than 1e-9 of it.
    pub(crate) digits: Option<i32>,
}

fn down() -> String {
    "down".to_owned()
}

/// What is asked about a quantity.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Is {
    /// The long-run mean of a level, or the long-run rate of a count.
    Steady,
    /// The value of a level at a time.
    Point,
    /// The mean of a level over a mission.
    Average,
    /// The integral of a level over a mission, or the count by its end.
    Total,
    /// The probability that the integral of a level over a mission exceeds a limit.
    Exceeds,
    /// The quantile of the integral of a level over a mission.
    Quantile,
    /// The variance of the integral of a level over a mission.
    Variance,
    /// What that variance grows by in the long run, per time.
    VarianceRate,
    /// The probability that the service has been down by a time.
    FirstBy,
    /// The mean time until the service is down for the first time.
    First,
    /// The count until then.
    UntilFirst,
    /// The probability that the first outage is the fault of a group.
    FirstCause,
    /// The rate at which those that have not been down go down, at a time.
    Hazard,
    /// The mean length of an outage in the long run.
    Duration,
    /// The share of outages in the long run that last longer than a limit.
    Longer,
    /// The long-run ratio of two counts.
    Ratio,
    /// The mean of a level as what is counted finds it: just before it happens, in the long run.
    Seen,
    /// The change of the probability that the service is down, when a unit goes down.
    Birnbaum,
    /// The probability that the service is down given that a unit is, over the plain one.
    AchievementWorth,
}

/// A system in a state.
#[derive(Clone, Copy)]
pub(crate) struct Moment<'a> {
    pub(crate) system: &'a System,
    pub(crate) behaviour: &'a Behaviour,
    pub(crate) state: &'a State,
    /// The time of the mission in nanoseconds, where it is known: it tells how much is asked.
    pub(crate) at: Option<u64>,
    /// Of each service, where that is known: what began the outage that goes on. The state tells only what
    /// would have begun it now, if the service is down because it serves too little.
    pub(crate) roots: &'a [Option<Root>],
}

impl Moment<'_> {
    /// Why a service is down, if it is: its structure is, or it serves too little of what is asked.
    pub(crate) fn outage(&self, service: ServiceId) -> Option<Blame> {
        let (at, judged) = (self.state.service(service), &self.system.services[service]);
        if at.level == Service::Down {
            return Some(at.cause.expect("downtime has a cause"));
        }
        let demand = judged.demand.as_ref();
        let demand = demand.filter(|_| judged.down_below > Probability::ZERO)?;
        let load = match self.at {
            Some(at) => load_at(demand, at),
            None if demand.is_constant() => demand.peak(),
            None => panic!("it depends on the hour whether `{}` is down", judged.name),
        };
        let served = self.behaviour.flow(self.state, service).served(load);
        let is_short = served < judged.down_below.get() * load;
        is_short.then(|| {
            let largest = self.behaviour.largest_loss(self.state, service, load);
            largest.expect("what is not served has been lost somewhere")
        })
    }

    /// What began the outage of a service that goes on.
    fn root(&self, service: ServiceId, blame: Blame) -> Root {
        let known = self.roots.get(service.index()).copied().flatten();
        known.unwrap_or(blame.root)
    }

    /// What a service serves, and what is asked of it, as shares of what is asked of it on average.
    fn served(&self, service: ServiceId) -> (f64, f64) {
        assert!(
            !self.behaviour.leads_clients(service),
            "the state does not tell where clients are"
        );
        let is_down = self.state.service(service).level == Service::Down;
        let flow = self.behaviour.flow(self.state, service);
        let served = |load: f64| if is_down { 0.0 } else { flow.served(load) };
        let Some(demand) = &self.system.services[service].demand else {
            return (served(1.0), 1.0);
        };
        let mean = demand.mean();
        match self.at {
            Some(at) => {
                let load = load_at(demand, at);
                (served(load) / mean, load / mean)
            }
            None => {
                let parts = demand.shares();
                let all: f64 = parts.map(|(share, load)| share * served(load)).sum();
                (all / mean, 1.0)
            }
        }
    }
}

/// What is asked at a time of the mission, which begins with the period.
fn load_at(demand: &DemandProfile, at: u64) -> f64 {
    let within = at % demand.period.as_nanos().max(1);
    let begun = |step: &&(Span, f64)| step.0.as_nanos() <= within;
    let last = demand.steps.iter().take_while(begun).last();
    last.expect("the first step is at 0").1
}

/// Which outages of a service are meant.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Outages {
    All,
    /// While they are put down to one of these mechanisms or groups.
    By(Vec<String>),
    /// Those that this began.
    From(String),
}

/// A quantity that has a value in every state.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Level {
    /// 1 while the service is down.
    Down(ServiceId, Outages),
    /// 1 while the service is neither down nor degraded.
    Up(ServiceId),
    /// 1 while the service is degraded.
    Degraded(ServiceId),
    /// The share of what is asked of the service that it serves.
    Served(ServiceId),
    /// The share that it does not serve.
    Unserved(ServiceId),
    /// The load that the units of the service that serve can bear.
    Capacity(ServiceId),
    /// 1 while a unit whose life is told state by state is in one of these states.
    InState(UnitId, Vec<String>),
    /// The number of units that have failed.
    Failed(Vec<UnitId>),
    /// The share of units that have failed: the chance that one of them has, if they are alike.
    FailedShare(Vec<UnitId>),
    /// The number of units that have failed and nobody knows.
    Unnoticed(Vec<UnitId>),
    /// The number of units with a fault that is in one of these phases.
    Mending(&'static [FaultPhase], Vec<UnitId>),
    /// The number of units that have a fault of this mode.
    InMode(String),
    /// The number of units that serve.
    Serving(Vec<UnitId>),
    /// 1 while a member holds a seat of its group, and no failback is under way.
    Seated(Member),
    /// 1 while a member holds a seat of its group, be it about to hand it back.
    Holds(Member),
    /// The number of people of a crew at work.
    Busy(CrewId),
    /// The number of parts on a shelf.
    Shelf(SpareId),
    /// The product of two levels.
    Both(Box<Level>, Box<Level>),
}

impl Level {
    /// Reads a level: `down`, `down by MECHANISM MECHANISM`, `down from ROOT`, `up`, `degraded`, `served`,
    /// `unserved`, `capacity`, each of them also with `of SERVICE` after the first word; `in-state UNIT STATES`,
    /// `in-mode MODE`, `failed UNITS`, `failed-share UNITS`, `unnoticed UNITS`, `waits-for-crew UNITS`,
    /// `waits-for-spare UNITS`, `under-repair UNITS`, `serving UNITS`, `seated MEMBER`, `holds MEMBER`,
    /// `busy CREW`, `shelf SPARE`. ROOT is named as in reports. UNITS is the beginning of the names of units: of
    /// all that are alike, as the exact solution does not tell these apart.
    pub(crate) fn parse(text: &str, system: &System) -> Option<Level> {
        let mut words = text.split(' ');
        let first = words.next()?;
        let rest: Vec<&str> = words.collect();
        let units = |prefix: Option<&&str>| {
            let prefix = prefix.copied().unwrap_or_default();
            let found: Vec<UnitId> = system
                .units
                .iter_ids()
                .filter(|(_, unit)| unit.name.starts_with(prefix))
                .map(|(id, _)| id)
                .collect();
            assert!(!found.is_empty(), "no units are named `{prefix}`");
            found
        };
        let (of_service, others) = match rest.as_slice() {
            ["of", name, others @ ..] => (service(system, name), others),
            others => (ServiceId::from_index(0), others),
        };
        let mending = |phases| Level::Mending(phases, units(rest.first()));
        Some(match first {
            "down" | "outages" => {
                let outages = match others {
                    [] => Outages::All,
                    ["by", names @ ..] => {
                        Outages::By(names.iter().map(|&name| name.to_owned()).collect())
                    }
                    ["from", name @ ..] => Outages::From(name.join(" ")),
                    _ => panic!("`{text}` is not understood"),
                };
                Level::Down(of_service, outages)
            }
            "up" => Level::Up(of_service),
            "degraded" => Level::Degraded(of_service),
            "served" => Level::Served(of_service),
            "unserved" => Level::Unserved(of_service),
            "capacity" => Level::Capacity(of_service),
            "in-state" => Level::InState(
                units(rest.first())[0],
                rest[1..].iter().map(|&name| name.to_owned()).collect(),
            ),
            "in-mode" => Level::InMode(rest[0].to_owned()),
            "failed" => Level::Failed(units(rest.first())),
            "failed-share" => Level::FailedShare(units(rest.first())),
            "unnoticed" => Level::Unnoticed(units(rest.first())),
            "waits-for-crew" => mending(&[FaultPhase::CrewWait, FaultPhase::Interrupted]),
            "waits-for-spare" => mending(&[FaultPhase::SpareWait]),
            "under-repair" => mending(&[FaultPhase::Repair]),
            "serving" => Level::Serving(units(rest.first())),
            "seated" | "holds" => {
                let group = system
                    .groups
                    .iter_ids()
                    .find(|(_, group)| group.name == rest[0]);
                let member = group.map_or_else(
                    || Member::Unit(units(rest.first())[0]),
                    |(id, _)| Member::Group(id),
                );
                match first {
                    "holds" => Level::Holds(member),
                    _ => Level::Seated(member),
                }
            }
            "busy" => {
                let mut crews = system.crews.iter_ids();
                Level::Busy(crews.find(|(_, crew)| crew.name == rest[0])?.0)
            }
            "shelf" => {
                let mut spares = system.spares.iter_ids();
                Level::Shelf(spares.find(|(_, spare)| spare.name == rest[0])?.0)
            }
            _ => return None,
        })
    }

    /// The service that it is about, if it is about one.
    pub(crate) fn service(&self) -> Option<ServiceId> {
        match self {
            Level::Down(service, _)
            | Level::Up(service)
            | Level::Degraded(service)
            | Level::Served(service)
            | Level::Unserved(service)
            | Level::Capacity(service) => Some(*service),
            Level::InState(..)
            | Level::Failed(_)
            | Level::FailedShare(_)
            | Level::Unnoticed(_)
            | Level::Mending(..)
            | Level::InMode(_)
            | Level::Serving(_)
            | Level::Seated(_)
            | Level::Holds(_)
            | Level::Busy(_)
            | Level::Shelf(_)
            | Level::Both(..) => None,
        }
    }

    /// Whether its value depends on what began an outage.
    pub(crate) fn asks_for_roots(&self) -> bool {
        matches!(self, Level::Down(_, Outages::From(_)))
    }

    /// Whether its value depends on what downtime is put down to.
    pub(crate) fn asks_for_causes(&self) -> bool {
        match self {
            Level::Down(_, outages) => *outages != Outages::All,
            Level::Seated(_) => true,
            Level::Both(one, other) => one.asks_for_causes() || other.asks_for_causes(),
            Level::Up(_)
            | Level::Degraded(_)
            | Level::Served(_)
            | Level::Unserved(_)
            | Level::Capacity(_)
            | Level::InState(..)
            | Level::Failed(_)
            | Level::FailedShare(_)
            | Level::Unnoticed(_)
            | Level::Mending(..)
            | Level::InMode(_)
            | Level::Serving(_)
            | Level::Holds(_)
            | Level::Busy(_)
            | Level::Shelf(_) => false,
        }
    }

    /// Its value at a moment.
    pub(crate) fn value(&self, moment: &Moment<'_>) -> f64 {
        let Moment {
            system,
            behaviour,
            state,
            ..
        } = *moment;
        let number = |units: &[UnitId], holds: &dyn Fn(UnitId) -> bool| {
            units.iter().filter(|&&unit| holds(unit)).count() as f64
        };
        let condition = |unit: UnitId| state.condition(behaviour, unit);
        let is = |holds: bool| f64::from(u8::from(holds));
        let level = |service: ServiceId, level: Service| {
            is(state.service(service).level == level && moment.outage(service).is_none())
        };
        match self {
            Level::Down(service, outages) => {
                is(moment.outage(*service).is_some_and(|blame| match outages {
                    Outages::All => true,
                    Outages::By(names) => {
                        let group = &system.groups[blame.group].name;
                        let counts =
                            |name: &String| name == blame.mechanism.name() || name == group;
                        names.iter().any(counts)
                    }
                    Outages::From(name) => system.root_name(moment.root(*service, blame)) == *name,
                }))
            }
            Level::Up(service) => level(*service, Service::Up),
            Level::Degraded(service) => level(*service, Service::Degraded),
            Level::Served(service) => moment.served(*service).0,
            Level::Unserved(service) => {
                let (served, asked) = moment.served(*service);
                asked - served
            }
            Level::Capacity(service) => match state.service(*service).level {
                Service::Down => 0.0,
                Service::Degraded | Service::Up => behaviour.flow(state, *service).capacity,
            },
            Level::InState(unit, names) => {
                let kind = &system.kinds[system.units[*unit].kind];
                let at = state.machine_state(behaviour, *unit);
                is(at.is_some_and(|at| names.contains(&kind.states[at].name)))
            }
            Level::Failed(units) => number(units, &|unit| condition(unit).is_failure()),
            Level::FailedShare(units) => {
                let failed = number(units, &|unit| condition(unit).is_failure());
                failed / units.len() as f64
            }
            Level::Unnoticed(units) => {
                number(units, &|unit| condition(unit) == Condition::FailedUnnoticed)
            }
            Level::Mending(phases, units) => number(units, &|unit| {
                let mut faults = state.fault_phases(behaviour, unit);
                faults.any(|phase| phases.contains(&phase))
            }),
            Level::InMode(name) => system
                .units
                .iter_ids()
                .flat_map(|(unit, at)| {
                    let kind = &system.kinds[at.kind];
                    state
                        .faults(behaviour, unit)
                        .filter_map(|mode| behaviour.mode_index(mode))
                        .map(|mode| &kind.modes[mode].name)
                })
                .filter(|mode| *mode == name)
                .count() as f64,
            Level::Serving(units) => number(units, &|unit| {
                matches!(condition(unit), Condition::Serving | Condition::Degraded)
            }),
            Level::Seated(member) => {
                let service = state.service(ServiceId::from_index(0));
                let hands_over = service
                    .cause
                    .is_some_and(|blame| blame.mechanism == Mechanism::Failback);
                is(state.holds_seat(behaviour, *member) && !hands_over)
            }
            Level::Holds(member) => is(state.holds_seat(behaviour, *member)),
            Level::Busy(crew) => f64::from(state.crew_busy(behaviour, *crew)),
            Level::Shelf(spare) => f64::from(state.spares_on_shelf(*spare)),
            Level::Both(one, other) => one.value(moment) * other.value(moment),
        }
    }
}

fn service(system: &System, name: &str) -> ServiceId {
    let found = system
        .services
        .iter_ids()
        .find(|(_, service)| service.name == name);
    found.unwrap_or_else(|| panic!("no service `{name}`")).0
}

/// Something that happens now and then.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Count {
    /// A level becomes positive: a service goes down, a member comes to hold a seat.
    Begins(Level),
    /// A unit, or a unit in a mode, fails.
    Failures(String),
    /// A unit is restored.
    Repairs(String),
    /// A standby is found dead when it is called.
    FoundDead,
    /// A healthy member is taken for a failed one.
    FalseAlarms,
    /// Two sides serve.
    Splits,
    /// A failback begins.
    Failbacks,
    /// A takeover reaches a stage.
    Stages(SeatPhase),
    /// An attempt to promote a standby ends, for better or worse, and is not cut short by the death of
    /// the standby.
    Promotions,
    /// A member begins to serve.
    Servings(String),
    /// A member takes over from another one, unplanned.
    Failovers(String),
    /// Planned work begins.
    Changes,
    /// A shared cause strikes.
    Events(String),
    /// Failures, each at a price.
    Cost(Vec<(f64, Count)>),
}

impl Count {
    /// Reads a count: `outages` (with the words of `down`), `begins LEVEL`, `failures NAME`, `repairs NAME`,
    /// `found-dead`, `false-alarms`, `splits`, `failbacks`, `stages STAGE`, `promotions`, `servings NAME`,
    /// `failovers NAME`, `changes`, `events CAUSE`,
    /// `cost PRICE NAME PRICE NAME` for failures. NAME is the beginning of the name of a unit, or the
    /// name of a mode; CAUSE is the beginning of the name of a shared cause.
    pub(crate) fn parse(text: &str, system: &System) -> Option<Count> {
        let mut words = text.split(' ');
        let first = words.next()?;
        let name = words.next().unwrap_or_default().to_owned();
        Some(match first {
            "outages" => Count::Begins(Level::parse(text, system)?),
            "begins" => Count::Begins(Level::parse(text.split_once(' ')?.1, system)?),
            "failures" => Count::Failures(name),
            "repairs" => Count::Repairs(name),
            "found-dead" => Count::FoundDead,
            "false-alarms" => Count::FalseAlarms,
            "splits" => Count::Splits,
            "failbacks" => Count::Failbacks,
            "stages" => Count::Stages(match name.as_str() {
                "deciding" => SeatPhase::Deciding,
                "promoting" => SeatPhase::Promoting,
                "redirecting" => SeatPhase::Redirecting,
                _ => panic!("no stage `{name}`"),
            }),
            "promotions" => Count::Promotions,
            "servings" => Count::Servings(name),
            "failovers" => Count::Failovers(name),
            "changes" => Count::Changes,
            "events" => Count::Events(name),
            "cost" => {
                let words: Vec<&str> = text.split(' ').skip(1).collect();
                let priced = words.chunks_exact(2).map(|pair| {
                    (
                        pair[0].parse().unwrap(),
                        Count::Failures(pair[1].to_owned()),
                    )
                });
                Count::Cost(priced.collect())
            }
            _ => return None,
        })
    }

    /// Of a level that becomes positive: 2 where it is, 1 where an outage goes on that something else began, and
    /// 0 elsewhere. It begins where 2 follows on 0.
    pub(crate) fn stage(&self, moment: &Moment<'_>) -> u64 {
        match self {
            Count::Begins(level) if level.value(moment) > 0.0 => 2,
            Count::Begins(Level::Down(service, Outages::From(_))) => {
                u64::from(moment.outage(*service).is_some())
            }
            _ => 0,
        }
    }

    /// How much it counts what a note tells of for; outages are counted by what services do.
    pub(crate) fn weight(&self, system: &System, behaviour: &Behaviour, note: Note) -> f64 {
        let named = |name: &str, unit: UnitId| system.units[unit].name.starts_with(name);
        let counts = match (self, note) {
            (Count::Cost(priced), _) => {
                let price =
                    |(price, count): &(f64, Count)| price * count.weight(system, behaviour, note);
                return priced.iter().map(price).sum();
            }
            (Count::Failures(name), Note::Failure(unit, mode))
            | (Count::Repairs(name), Note::Restoration(unit, mode)) => {
                let kind = &system.kinds[system.units[unit].kind];
                let mode = behaviour.mode_index(mode);
                named(name, unit) || mode.is_some_and(|mode| kind.modes[mode].name == *name)
            }
            (Count::FoundDead, Note::FoundDead(_))
            | (Count::FalseAlarms, Note::FalseAlarm(..))
            | (Count::Splits, Note::SplitStart(_))
            | (Count::Failbacks, Note::FailbackStart(..))
            | (Count::Changes, Note::ChangeStart(_)) => true,
            (Count::Stages(phase), Note::StageStart(_, at, _)) => *phase == at,
            (Count::Promotions, Note::StageFailure(_, SeatPhase::Promoting))
            | (Count::Promotions, Note::StageStart(_, SeatPhase::Redirecting, _)) => true,
            (Count::Events(name), Note::CauseStart(cause)) => {
                system.causes[cause].name.starts_with(name)
            }
            (Count::Servings(name), Note::Serving(_, member, _))
            | (Count::Failovers(name), Note::Serving(_, member, Coming::Failover)) => {
                match behaviour.member(member).1 {
                    Member::Unit(unit) => named(name, unit),
                    Member::Group(group) => system.groups[group].name == *name,
                }
            }
            _ => false,
        };
        f64::from(u8::from(counts))
    }
}
