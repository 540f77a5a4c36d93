//! What the measures of a case mean, apart from how they are found.
//!
//! A measure is a quantity (`of`) and what is asked about it (`is`). A quantity is a *level*, which
//! has a value in every state, or a *count* of things that happen. Both interpreters take it from
//! here, so that they answer the same question.

use failsim::base::Id;
use failsim::behaviour::{Behaviour, Coming, Condition, Mechanism, Note, SeatPhase, State};
use failsim::model::{CrewId, Level as Service, Member, ServiceId, System, UnitId};
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
    /// The unit whose importance is asked for, or the count that is divided by.
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
    /// The change of the probability that the service is down, when a unit goes down.
    Birnbaum,
    /// The probability that the service is down given that a unit is, over the plain one.
    AchievementWorth,
}

/// A quantity that has a value in every state.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Level {
    /// 1 while the service is down; with names of mechanisms, only while it is down for one of them.
    Down(ServiceId, Vec<String>),
    /// 1 while the service is up, and a part of it while it is degraded.
    Served(ServiceId, f64),
    /// 1 while a unit whose life is told state by state is in one of these states.
    InState(UnitId, Vec<String>),
    /// 1 while the service is degraded.
    Degraded(ServiceId),
    /// The number of units that have failed.
    Failed(Vec<UnitId>),
    /// The number of units that have failed and nobody knows.
    Unnoticed(Vec<UnitId>),
    /// The number of units that have a fault of this mode.
    InMode(String),
    /// The number of units that serve.
    Serving(Vec<UnitId>),
    /// 1 while a member holds a seat of its group, and no failback is under way.
    Seated(Member),
    /// 1 while a member holds a seat of its group, be it about to hand it back.
    Holds(Member),
    /// What is missing of a demand for serving units.
    Missing(Vec<UnitId>, f64),
    /// The number of people of a crew at work.
    Busy(CrewId),
    /// The product of two levels.
    Both(Box<Level>, Box<Level>),
}

impl Level {
    /// Reads a level: `down`, `down of SERVICE`, `down by MECHANISM MECHANISM`, `served 0.5`, `degraded`,
    /// `in-state UNIT STATES`,
    /// `in-mode MODE`, `failed UNITS`, `unnoticed UNITS`, `serving UNITS`, `seated MEMBER`, `holds MEMBER`, `missing DEMAND UNITS`, `busy CREW`. UNITS
    /// is the beginning of their names.
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
        Some(match first {
            "down" | "outages" => {
                let (service, rest) = match rest.as_slice() {
                    ["of", name, rest @ ..] => (service(system, name), rest),
                    rest => (ServiceId::from_index(0), rest),
                };
                let mechanisms = match rest {
                    ["by", mechanisms @ ..] => {
                        mechanisms.iter().map(|&name| name.to_owned()).collect()
                    }
                    [] => Vec::new(),
                    _ => panic!("`{text}` is not understood"),
                };
                Level::Down(service, mechanisms)
            }
            "served" => Level::Served(ServiceId::from_index(0), rest[0].parse().unwrap()),
            "in-state" => Level::InState(
                units(rest.first())[0],
                rest[1..].iter().map(|&name| name.to_owned()).collect(),
            ),
            "degraded" => Level::Degraded(ServiceId::from_index(0)),
            "in-mode" => Level::InMode(rest[0].to_owned()),
            "failed" => Level::Failed(units(rest.first())),
            "unnoticed" => Level::Unnoticed(units(rest.first())),
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
            "missing" => Level::Missing(units(rest.get(1)), rest[0].parse().unwrap()),
            "busy" => {
                let (id, _) = system
                    .crews
                    .iter_ids()
                    .find(|(_, crew)| crew.name == rest[0])
                    .unwrap();
                Level::Busy(id)
            }
            _ => return None,
        })
    }

    /// Whether its value depends on what downtime is put down to.
    pub(crate) fn asks_for_causes(&self) -> bool {
        match self {
            Level::Down(_, mechanisms) => !mechanisms.is_empty(),
            Level::Seated(_) => true,
            Level::Both(one, other) => one.asks_for_causes() || other.asks_for_causes(),
            Level::Served(..)
            | Level::InState(..)
            | Level::Degraded(_)
            | Level::Failed(_)
            | Level::Unnoticed(_)
            | Level::InMode(_)
            | Level::Serving(_)
            | Level::Holds(_)
            | Level::Missing(..)
            | Level::Busy(..) => false,
        }
    }

    /// Its value in a state.
    pub(crate) fn value(&self, system: &System, behaviour: &Behaviour, state: &State) -> f64 {
        let number = |units: &[UnitId], holds: &dyn Fn(Condition) -> bool| {
            let of = |&&unit: &&UnitId| holds(state.condition(behaviour, unit));
            units.iter().filter(of).count() as f64
        };
        match self {
            Level::Down(service, mechanisms) => {
                let at = state.service(*service);
                let counts = at.level == Service::Down
                    && (mechanisms.is_empty()
                        || at.cause.is_some_and(|blame| {
                            mechanisms.iter().any(|name| {
                                name == blame.mechanism.name()
                                    || *name == system.groups[blame.group].name
                            })
                        }));
                f64::from(u8::from(counts))
            }
            Level::Served(service, degraded) => match state.service(*service).level {
                Service::Down => 0.0,
                Service::Degraded => *degraded,
                Service::Up => 1.0,
            },
            Level::InState(unit, names) => {
                let kind = &system.kinds[system.units[*unit].kind];
                let at = state.machine_state(behaviour, *unit);
                let is_in = at.is_some_and(|at| names.contains(&kind.states[at].name));
                f64::from(u8::from(is_in))
            }
            Level::Degraded(service) => {
                f64::from(u8::from(state.service(*service).level == Service::Degraded))
            }
            Level::Failed(units) => number(units, &Condition::is_failure),
            Level::Unnoticed(units) => {
                number(units, &|condition| condition == Condition::FailedUnnoticed)
            }
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
            Level::Serving(units) => number(units, &|condition| {
                matches!(condition, Condition::Serving | Condition::Degraded)
            }),
            Level::Missing(units, demand) => {
                let serving = number(units, &|condition| condition == Condition::Serving);
                (demand - serving).max(0.0)
            }
            Level::Seated(member) => {
                let service = state.service(ServiceId::from_index(0));
                let hands_over = service
                    .cause
                    .is_some_and(|blame| blame.mechanism == Mechanism::Failback);
                f64::from(u8::from(
                    state.holds_seat(behaviour, *member) && !hands_over,
                ))
            }
            Level::Holds(member) => f64::from(u8::from(state.holds_seat(behaviour, *member))),
            Level::Busy(crew) => f64::from(state.crew_busy(behaviour, *crew)),
            Level::Both(a, b) => {
                a.value(system, behaviour, state) * b.value(system, behaviour, state)
            }
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
    /// Failures, each at a price.
    Cost(Vec<(f64, Count)>),
}

impl Count {
    /// Reads a count: `outages` (with the words of `down`), `begins LEVEL`, `failures NAME`, `repairs NAME`,
    /// `found-dead`, `false-alarms`, `splits`, `failbacks`, `stages STAGE`, `promotions`, `servings NAME`,
    /// `failovers NAME`, `changes`,
    /// `cost PRICE NAME PRICE NAME` for failures. NAME is the beginning of the name of a unit, or the
    /// name of a mode.
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
