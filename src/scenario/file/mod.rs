//! The scenario format, as one table: every key, what it takes and what it means.
//!
//! The reader refuses keys that are not in this table, suggestions are drawn from it, overlays and
//! changes from the command line are applied along it, and the schema for editors is made of it:
//! they cannot drift apart. What the values become is said in `lower.rs` and `law.rs`.

mod group;
mod law;
mod outside;
mod service;
mod unit;

pub(crate) use group::*;
pub(crate) use law::*;
pub(crate) use outside::*;
pub(crate) use service::*;
pub(crate) use unit::*;

/// A table of the format.
#[derive(Debug)]
pub(crate) struct TableDef {
    /// What it is called in messages: `group`, `detector`.
    pub(crate) name: &'static str,
    /// What it is for.
    pub(crate) doc: &'static str,
    /// Its keys, without those of `also`.
    pub(crate) keys: &'static [Key],
    /// Tables whose keys it has as well.
    pub(crate) also: &'static [&'static TableDef],
    /// Whether it takes quantiles as keys too: `p95 = "12 h"`.
    pub(crate) quantiles: bool,
}

/// A key of a table.
#[derive(Debug)]
pub(crate) struct Key {
    pub(crate) name: &'static str,
    pub(crate) takes: Takes,
    pub(crate) doc: &'static str,
    /// Whether it has no default.
    pub(crate) required: bool,
}

/// What a key takes.
#[derive(Debug)]
pub(crate) enum Takes {
    /// Free text.
    Text,
    /// The name of something.
    Name,
    /// A whole number, at least as large as this.
    Count(u64),
    /// A whole number of any sign.
    Integer,
    /// A number without a unit, at least as large as this.
    Number(f64),
    /// A number or a percentage, zero or more.
    Ratio,
    /// A number from 0 to 1 or a percentage.
    Probability,
    /// True or false.
    Boolean,
    /// A duration with its unit.
    Duration,
    /// A duration with its unit, or a time of day or week.
    Clock,
    /// A rate such as `2 /y`.
    Rate,
    /// An amount of money such as `300 EUR`.
    Money,
    /// Money per time such as `0.50 EUR/h`.
    MoneyRate,
    /// A law of durations.
    Law,
    /// A law of durations, or `never`.
    LawOrNever,
    /// One of these words.
    Word(&'static [&'static str]),
    /// A comparison with a quantity, such as `>= 99.95 %`.
    Condition,
    /// Anything.
    Anything,
    /// A list.
    List(&'static Takes),
    /// A table.
    Table(&'static TableDef),
    /// A table of tables that the user names.
    Named(&'static TableDef),
    /// A table of values that the user names.
    Values(&'static Takes),
    /// One of these.
    Either(&'static [Takes]),
}

impl Takes {
    /// A value, as it is written, where a short one tells how.
    pub(crate) fn example(&self) -> Option<&'static str> {
        Some(match self {
            Takes::Count(_) | Takes::Integer => "2",
            Takes::Ratio | Takes::Probability => "\"50 %\"",
            Takes::Duration | Takes::Clock => "\"4 h\"",
            Takes::Rate => "\"2 /y\"",
            Takes::Law | Takes::LawOrNever => "{ mean = \"4 h\" }",
            Takes::Condition => "\">= 99.95 %\"",
            Takes::Either(choices) => return choices.iter().find_map(Takes::example),
            Takes::Text
            | Takes::Name
            | Takes::Number(_)
            | Takes::Boolean
            | Takes::Money
            | Takes::MoneyRate
            | Takes::Word(_)
            | Takes::Anything
            | Takes::List(_)
            | Takes::Table(_)
            | Takes::Named(_)
            | Takes::Values(_) => return None,
        })
    }
}

const fn key(name: &'static str, takes: Takes, doc: &'static str) -> Key {
    Key {
        name,
        takes,
        doc,
        required: false,
    }
}

const fn required(name: &'static str, takes: Takes, doc: &'static str) -> Key {
    Key {
        name,
        takes,
        doc,
        required: true,
    }
}

const fn table(name: &'static str, doc: &'static str, keys: &'static [Key]) -> TableDef {
    TableDef {
        name,
        doc,
        keys,
        also: &[],
        quantiles: false,
    }
}

const fn family(name: &'static str, doc: &'static str, keys: &'static [Key]) -> TableDef {
    TableDef {
        name,
        doc,
        keys,
        also: &[],
        quantiles: true,
    }
}

/// The key that every table takes.
pub(crate) static SOURCE: Key = key(
    "source",
    Takes::Text,
    "Where the numbers of this table come from.",
);

impl TableDef {
    /// All its keys, those of `also` included, without [`SOURCE`].
    pub(crate) fn all_keys(&self) -> impl Iterator<Item = &'static Key> + use<> {
        self.keys
            .iter()
            .chain(self.also.iter().flat_map(|table| table.keys))
    }

    /// How it is written, for those who have written something else.
    pub(crate) fn in_outline(&self) -> String {
        let required: Vec<&str> = self
            .all_keys()
            .filter(|key| key.required)
            .map(|key| key.name)
            .collect();
        if required.is_empty() {
            // Which of them belong together is in the description, where there is more than one way.
            let keys: Vec<String> = self
                .all_keys()
                .map(|key| format!("`{}`", key.name))
                .collect();
            return format!("Write a table of {}. {}", keys.join(", "), self.doc);
        }
        let shown: Vec<String> = required
            .iter()
            .map(|name| format!("{name} = ..."))
            .collect();
        format!("Write {{ {} }}. {}", shown.join(", "), self.doc)
    }

    /// The key of a name.
    pub(crate) fn key(&self, name: &str) -> Option<&'static Key> {
        if name == SOURCE.name {
            return Some(&SOURCE);
        }
        self.all_keys().find(|key| key.name == name)
    }

    /// Whether it takes the key.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.key(name).is_some()
            || self.quantiles && is_quantile(name)
            || self.name == TARGETS.name && self.has_statistic(name)
    }

    /// Whether the name is a metric with a statistic, such as `downtime.p95`.
    fn has_statistic(&self, name: &str) -> bool {
        name.split_once('.').is_some_and(|(metric, statistic)| {
            self.key(metric).is_some() && (statistic == "mean" || is_quantile(statistic))
        })
    }

    /// Whether this is the table of all families of laws.
    pub(crate) fn is_law(&self) -> bool {
        self.name == LAW.name
    }
}

/// The order of a quantile key: 0.95 of `p95`, 0.999 of `p99.9`.
pub(crate) fn quantile_order(name: &str) -> Option<f64> {
    let digits = name.strip_prefix('p')?;
    let plain = digits.chars().all(|c| c.is_ascii_digit() || c == '.');
    let order: f64 = format!("{digits}e-2").parse().ok().filter(|_| plain)?;
    (order > 0.0 && order < 1.0).then_some(order)
}

fn is_quantile(name: &str) -> bool {
    quantile_order(name).is_some()
}

use Takes::{
    Anything, Boolean, Clock, Condition, Count, Duration, Either, Integer, Law, LawOrNever, List,
    Money, MoneyRate, Name, Named, Number, Probability, Rate, Ratio, Table, Text, Values, Word,
};

/// The whole file.
pub(crate) static SCENARIO: TableDef = table(
    "scenario",
    "A scenario: a system, what is promised about it, and how it is to be simulated.",
    &[
        required("format", Count(1), "Version of this format: 1."),
        key(
            "name",
            Text,
            "Title of the scenario. Default: the name of the file.",
        ),
        key(
            "question",
            Text,
            "The question that the scenario is to answer.",
        ),
        key(
            "extends",
            Text,
            "A file that this one is laid over; its path is relative to this file.",
        ),
        key("run", Table(&RUN), "How the system is simulated."),
        key(
            "targets",
            Table(&TARGETS),
            "What is promised about the only service.",
        ),
        key(
            "params",
            Values(&Anything),
            "Values by name: `\"$web\"` stands for the param `web`.",
        ),
        key("kinds", Named(&KIND), "What units are."),
        key(
            "components",
            Named(&COMPONENT),
            "Units that stand in a service by themselves or are members of groups.",
        ),
        key(
            "groups",
            Named(&GROUP),
            "Members that serve for each other.",
        ),
        key("crews", Named(&CREW), "Pools of people who repair."),
        key("people", Named(&PEOPLE), "People who take over by hand."),
        key("spares", Named(&SPARES), "Stocks of spare parts."),
        key(
            "causes",
            Named(&CAUSE),
            "What strikes several units at once: racks, zones, power feeds, networks, versions.",
        ),
        key(
            "changes",
            Named(&CHANGE),
            "Planned work: deploys, upgrades, maintenance.",
        ),
        key(
            "service",
            Table(&SERVICE),
            "What the users see, if that is one service.",
        ),
        key(
            "services",
            Named(&SERVICE_WITH_TARGETS),
            "What the users see, if that is several services.",
        ),
        key(
            "$schema",
            Text,
            "Address of a schema for editors; not read.",
        ),
    ],
);

/// `[run]`.
pub(crate) static RUN: TableDef = table(
    "run",
    "How the system is simulated.",
    &[
        key(
            "horizon",
            Duration,
            "The mission: simulated time of one trial. Default: 1 y.",
        ),
        key(
            "start",
            Word(&["new", "settled"]),
            "How the mission begins: `new`, with everything new and nothing wrong, or `settled`, as a stretch of the long run. Default: new.",
        ),
        key(
            "warm_up",
            Duration,
            "With start = \"settled\": how long a simulation lives before the mission begins. Default: as long as the times of the scenario call for, or longer if pilot trials then still drift.",
        ),
        key("trials", Count(1), "Number of trials."),
        key(
            "until",
            Condition,
            "Precision at which to stop: `rel_err(downtime) <= 2 %` or `decided`.",
        ),
        key("time_limit", Duration, "Real time after which to stop."),
        key(
            "seed",
            Count(0),
            "Where the random numbers start. Default: a fixed one.",
        ),
        key(
            "confidence",
            Probability,
            "Level of the intervals. Default: 95 %.",
        ),
    ],
);

/// `[targets]`. Statistics such as `"downtime.p95"` are keys too; see `target.rs`.
pub(crate) static TARGETS: TableDef = table(
    "targets",
    "What is promised. A metric that has a distribution takes a statistic: `\"downtime.p95\"`.",
    &[
        key(
            "availability",
            Condition,
            "Share of the mission that the service is not down.",
        ),
        key(
            "served_requests",
            Condition,
            "Share of the requests that are served.",
        ),
        key(
            "time_below_demand",
            Condition,
            "Time per year of mission in which less is served than is asked.",
        ),
        key("downtime", Condition, "Downtime per year of mission."),
        key("outages", Condition, "Outages per year of mission."),
        key(
            "longest_outage",
            Condition,
            "Longest outage of the mission.",
        ),
        key(
            "outage_duration",
            Condition,
            "Length of an outage: its recovery time.",
        ),
        key(
            "never_down",
            Condition,
            "Probability of a mission without outage.",
        ),
        key(
            "data_loss",
            Condition,
            "Data lost in a takeover, in time of writes: what is lost in each of them, be it nothing.",
        ),
        key(
            "data_lost",
            Condition,
            "Data lost in a year of mission, in time of writes.",
        ),
        key(
            "rpo",
            Condition,
            "Recovery point objective: data lost in 99 of 100 takeovers, which is `data_loss.p99`.",
        ),
        key(
            "cost",
            Condition,
            "What the whole system costs in a year of mission: units, repairs, and the outages of all services.",
        ),
    ],
);

/// Every table of the format, for tests and for the schema.
pub(crate) static TABLES: &[&TableDef] = &[
    &SCENARIO,
    &RUN,
    &TARGETS,
    &KIND,
    &STATE,
    &EXIT,
    &MODE,
    &KIJIMA,
    &NOTICE,
    &CHECKS,
    &EFFECT,
    &ON_DEMAND,
    &TEST,
    &COMPONENT,
    &GROUP,
    &LOAD,
    &SCALING,
    &OVERLOAD,
    &DORMANCY,
    &PROBES,
    &REPAIR_STAGE,
    &STAGE_WITH_LAW,
    &TAKEOVER,
    &SPLIT_BRAIN,
    &REPLICATION,
    &FAILBACK,
    &CREW,
    &HOURS,
    &SPARES,
    &CAUSE,
    &PEOPLE,
    &PACE,
    &CHANGE,
    &WINDOW,
    &CANARY,
    &BAD_VERSION,
    &SWITCHOVER,
    &SERVICE,
    &SERVICE_WITH_TARGETS,
    &UNIT_COST,
    &SERVICE_COST,
    &DOWNTIME_CLASS,
    &CREDITS,
    &CREDIT_STEP,
    &DEMAND,
    &SERIES,
    &LAW,
    &EXPONENTIAL,
    &WEIBULL,
    &LOGNORMAL,
    &GAMMA,
    &ERLANG,
    &HYPEREXPONENTIAL,
    &PHASE_TYPE,
    &NORMAL,
    &UNIFORM,
    &MIN_MODE_MAX,
    &LOGLOGISTIC,
    &PARETO,
    &MIXTURE_PART,
    &SHIFT,
    &TRUNCATE,
    &BATHTUB_PIECE,
    &CSV,
];
