//! The scenario format, as one table: every key, what it takes and what it means.
//!
//! The reader refuses keys that are not in this table, suggestions are drawn from it, overlays and
//! changes from the command line are applied along it, and the schema for editors is made of it:
//! they cannot drift apart. What the values become is said in `lower.rs` and `law.rs`.

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
    /// A number from 0 to 1 or a percentage.
    Probability,
    /// True or false.
    Boolean,
    /// A duration with its unit.
    Duration,
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
        let shown = if required.is_empty() {
            self.all_keys().take(3).map(|key| key.name).collect()
        } else {
            required
        };
        let shown: Vec<String> = shown.iter().map(|name| format!("{name} = ...")).collect();
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
    Anything, Boolean, Condition, Count, Duration, Either, Integer, Law, LawOrNever, List, Money,
    MoneyRate, Name, Named, Number, Probability, Rate, Table, Text, Values, Word,
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

/// A part of `repair = [ ... ]`.
pub(crate) static REPAIR_STAGE: TableDef = table(
    "stage of a repair",
    "A part of a repair that has people of its own.",
    &[
        required("takes", Law, "Hands-on work."),
        key(
            "crew",
            Name,
            "The crew that does it. Default: `crew` of the mode.",
        ),
        key(
            "priority",
            Integer,
            "Larger is earlier. Default: `priority` of the mode.",
        ),
    ],
);

/// The keys of a failure and its repair, shared by kinds and modes.
static FAULT: TableDef = table(
    "fault",
    "How a fault comes, shows and is mended.",
    &[
        key("fail", LawOrNever, "Operating time to failure."),
        key(
            "repair",
            Either(&[LawOrNever, List(&Table(&REPAIR_STAGE))]),
            "Hands-on work until it is mended, `never`, or a list of stages.",
        ),
        key(
            "lasts",
            Law,
            "Time until it ends by itself: a transient disruption. Instead of `repair`.",
        ),
        key(
            "administrative_delay",
            Law,
            "Time until somebody has decided to repair. Default: none.",
        ),
        key(
            "crew",
            Name,
            "The crew that repairs. Default: people of its own for every repair.",
        ),
        key(
            "priority",
            Integer,
            "Larger is earlier, for a crew that works by priority. Default: 0.",
        ),
        key(
            "spare",
            Name,
            "The stock that a repair takes a part from. Default: none is needed.",
        ),
        key(
            "repair_starts",
            Word(&["failure", "detection", "takeover"]),
            "When a repair may begin: at the failure, when it is noticed, or when the failover has ended. Default: detection.",
        ),
        key(
            "after_repair",
            Either(&[Word(&["new", "old"]), Table(&KIJIMA)]),
            "How old the unit is after a repair, or after a disruption: as good as new, as bad as old, or in between. Default: new.",
        ),
        key(
            "renews",
            Word(&["process", "unit"]),
            "What a repair renews: the process that failed, or all processes of the unit. Default: process.",
        ),
        key(
            "notice",
            Either(&[Word(&["detector", "at once", "test"]), Table(&NOTICE)]),
            "Who notices the fault. Default: detector, which is the one of the unit's group.",
        ),
        key(
            "effect",
            Either(&[Word(&["down", "isolated"]), Table(&EFFECT)]),
            "What the fault does to the unit. Default: down.",
        ),
        key(
            "age",
            Duration,
            "Age at the start of the mission. Default: 0 s.",
        ),
    ],
);

/// `[kinds.NAME]`.
pub(crate) static KIND: TableDef = TableDef {
    name: "kind",
    doc: "What a unit is.",
    keys: KIND_KEYS,
    also: &[&FAULT],
    quantiles: false,
};

static KIND_KEYS: &[Key] = &[
    key(
        "like",
        Name,
        "The kind whose keys this one takes over and changes.",
    ),
    key(
        "ages_while",
        Name,
        "A service: the unit does not age, and cannot fail, while it is down. Default: it ages whenever it works.",
    ),
    key(
        "states",
        Named(&STATE),
        "Its life, state by state, for what no other key can say; the first state is the one at the start.",
    ),
    key(
        "on_demand",
        Table(&ON_DEMAND),
        "Whether a standby is found dead when it is called.",
    ),
    key(
        "test",
        Table(&TEST),
        "Periodic tests, which find hidden faults.",
    ),
    key(
        "capacity",
        Number(0.0),
        "Load that a unit can bear, in the unit of the service's `demand`. Default: any.",
    ),
    key(
        "modes",
        Named(&MODE),
        "Ways to fail. Default: one, named `failure`.",
    ),
    key(
        "cost",
        Either(&[MoneyRate, Table(&UNIT_COST)]),
        "What a unit costs: by the hour in every role, or a table. Default: nothing.",
    ),
];

/// `cost = { ... }` of a kind.
pub(crate) static UNIT_COST: TableDef = table(
    "cost of a unit",
    "What a unit costs. Each unit counts in the role that it has while all is well.",
    &[
        key(
            "active",
            MoneyRate,
            "While it is meant to serve. Default: nothing.",
        ),
        key(
            "standby",
            MoneyRate,
            "While it is meant to stand by. Default: `active`.",
        ),
        key(
            "cold",
            MoneyRate,
            "While it is meant to stand by cold. Default: `standby`.",
        ),
        key(
            "repair",
            Money,
            "Each repair that is brought to an end. Default: nothing.",
        ),
    ],
);

/// `[kinds.NAME.states.NAME]`.
pub(crate) static STATE: TableDef = table(
    "state",
    "A state of a unit whose life is told state by state.",
    &[
        key("gives", DURING, "What the unit gives in it. Default: up."),
        key(
            "exits",
            List(&Table(&EXIT)),
            "The ways out of it: their times begin together, and the first to end decides. Default: it is never left.",
        ),
    ],
);

/// A part of `exits = [ ... ]`.
pub(crate) static EXIT: TableDef = table(
    "exit",
    "A way out of a state.",
    &[
        required("after", Law, "Time from the entry of the state."),
        required(
            "to",
            Either(&[Name, Values(&Probability)]),
            "The state that follows, or states with their probabilities.",
        ),
    ],
);

/// `[kinds.NAME.modes.NAME]`.
pub(crate) static MODE: TableDef = TableDef {
    name: "mode",
    doc: "A way to fail. Keys that are not given are those of the kind.",
    keys: &[key(
        "share",
        Probability,
        "The part of the kind's failures that are of this mode. One mode may leave it out: the rest.",
    )],
    also: &[&FAULT],
    quantiles: false,
};

/// `after_repair = { ... }`.
pub(crate) static KIJIMA: TableDef = table(
    "after_repair",
    "An imperfect repair (Kijima 1989).",
    &[
        key(
            "kijima1",
            Probability,
            "Factor of what the unit has aged since the last repair that is left.",
        ),
        key(
            "kijima2",
            Probability,
            "Factor of the whole age that is left.",
        ),
    ],
);

/// `notice = { ... }`.
pub(crate) static NOTICE: TableDef = table(
    "notice",
    "When a fault is noticed.",
    &[
        key("after", Law, "Time until somebody notices."),
        key(
            "checks",
            Table(&CHECKS),
            "Checks at an interval, each of which may find the fault.",
        ),
    ],
);

/// `checks = { ... }`.
pub(crate) static CHECKS: TableDef = table(
    "checks",
    "Checks at an interval.",
    &[
        required("interval", Duration, "Time from one check to the next."),
        key(
            "probability",
            Probability,
            "Probability that a check finds it. Default: 100 %.",
        ),
        key(
            "offset",
            Duration,
            "Further time until the finding is known. Default: 0 s.",
        ),
    ],
);

/// `effect = { ... }`.
pub(crate) static EFFECT: TableDef = table(
    "effect",
    "What a fault does to its unit.",
    &[required(
        "degraded",
        Probability,
        "Part of the capacity that is left.",
    )],
);

/// `on_demand = { ... }`.
pub(crate) static ON_DEMAND: TableDef = table(
    "on_demand",
    "Failure on demand.",
    &[
        required(
            "probability",
            Probability,
            "Probability that the unit is found dead when it is called.",
        ),
        key(
            "mode",
            Name,
            "The mode that it is then in. Default: the only one.",
        ),
    ],
);

/// `test = { ... }`.
pub(crate) static TEST: TableDef = table(
    "test",
    "Periodic tests of a unit.",
    &[
        required("every", Law, "Time from one test to the next."),
        key(
            "first",
            Duration,
            "Time of the first test. Default: one interval after the start.",
        ),
        key(
            "finds",
            Probability,
            "Probability that a test finds a hidden fault. Default: 100 %.",
        ),
    ],
);

/// `[components.NAME]`.
pub(crate) static COMPONENT: TableDef = TableDef {
    name: "component",
    doc: "One unit or several identical ones: `kind`, or the keys of a kind.",
    keys: &[
        key("kind", Name, "What it is. Instead of the keys of a kind."),
        key(
            "count",
            Count(1),
            "Number of identical units, named NAME.1, NAME.2 and so on. Default: 1.",
        ),
        key(
            "required",
            Count(1),
            "Number of units that must be up. Default: all.",
        ),
        key("needs", Text, NEEDS_DOC),
        key("degraded_without", Values(&Probability), DEGRADED_DOC),
        // The keys of a kind.
        key(
            "like",
            Name,
            "The kind whose keys this one takes over and changes.",
        ),
        key(
            "ages_while",
            Name,
            "A service: the unit does not age, and cannot fail, while it is down. Default: it ages whenever it works.",
        ),
        key(
            "states",
            Named(&STATE),
            "Its life, state by state, for what no other key can say; the first state is the one at the start.",
        ),
        key(
            "on_demand",
            Table(&ON_DEMAND),
            "Whether a standby is found dead when it is called.",
        ),
        key(
            "test",
            Table(&TEST),
            "Periodic tests, which find hidden faults.",
        ),
        key(
            "capacity",
            Number(0.0),
            "Load that a unit can bear, in the unit of the service's `demand`. Default: any.",
        ),
        key(
            "modes",
            Named(&MODE),
            "Ways to fail. Default: one, named `failure`.",
        ),
        key(
            "cost",
            Either(&[MoneyRate, Table(&UNIT_COST)]),
            "What a unit costs: by the hour in every role, or a table. Default: nothing.",
        ),
    ],
    also: &[&FAULT],
    quantiles: false,
};

const NEEDS_DOC: &str = "What its units cannot work without: names of groups, components and services, joined as in `up`.";
const DEGRADED_DOC: &str =
    "What its units work less without: names, each with the part of the capacity that is left.";

/// `[groups.NAME]`.
pub(crate) static GROUP: TableDef = table(
    "group",
    "Members that serve for each other: `units` of a `kind`, or `members`.",
    &[
        key("kind", Name, "What its units are."),
        key(
            "units",
            Count(1),
            "Number of units, named NAME.1, NAME.2 and so on.",
        ),
        key(
            "members",
            List(&Name),
            "Components and groups, preferred ones first. Instead of `kind` and `units`.",
        ),
        key(
            "active",
            Count(1),
            "Number of members that serve in normal operation. Default: all if standby is `active`, otherwise `required`, otherwise 1.",
        ),
        key(
            "required",
            Count(1),
            "Number of members that must serve for the group to be up. Default: `active`.",
        ),
        key(
            "standby",
            Either(&[Word(&["hot", "warm", "cold", "active"]), Table(&DORMANCY)]),
            "How the other members wait, or `active` if all serve.",
        ),
        key(
            "capacity",
            Number(0.0),
            "Load that each of its units can bear, in the unit of the service's `demand`. Default: that of the kind.",
        ),
        key(
            "degraded_capacity",
            Probability,
            "Share of the capacity of a member that counts where it serves degraded for no fault that says how much is left: in a stage, while it warms up. Default: 50 %.",
        ),
        key(
            "scaling",
            Table(&SCALING),
            "How it gets more members when those that are there get too much. Default: it does not.",
        ),
        key(
            "overload",
            Table(&OVERLOAD),
            "When it collapses under its load, or its members crash. Default: its members serve what they can bear, and nobody else.",
        ),
        key(
            "load",
            Either(&[List(&Number(0.0)), Table(&LOAD)]),
            "How fast each serving member ages while 1, 2, ... of them serve: [4, 1] is a pair whose survivor ages four times as fast; or by its load. Default: 1.",
        ),
        key(
            "quorum",
            Count(1),
            "Number of fit members without which nobody serves; once there are as many again, one is elected, from `deciding` on. Default: none.",
        ),
        key(
            "shares_requests",
            Boolean,
            "Whether a failed member takes its share of requests with it until it is noticed. Default: if several serve.",
        ),
        key(
            "detect",
            Either(&[Law, Table(&PROBES)]),
            "How failures are noticed. Default: at once.",
        ),
        key(
            "standby_faults",
            Word(&["detected", "at once", "latent"]),
            "Who notices faults of standbys. Default: detected.",
        ),
        key(
            "false_alarms",
            Law,
            "Time between spurious failovers, beyond those that follow from `loss`.",
        ),
        key(
            "rejoin",
            Law,
            "Time that a restored member needs to resynchronise. Default: none.",
        ),
        key(
            "takeover",
            Either(&[Duration, Table(&TAKEOVER)]),
            "How a standby takes over.",
        ),
        key(
            "split_brain",
            Table(&SPLIT_BRAIN),
            "What two serving sides cost.",
        ),
        key("needs", Text, NEEDS_DOC),
        key("degraded_without", Values(&Probability), DEGRADED_DOC),
        key(
            "switchover",
            Either(&[Duration, Table(&SWITCHOVER)]),
            "How a serving member hands over before planned work. Default: it does not, and is replaced as if it had failed.",
        ),
        key(
            "replication",
            Table(&REPLICATION),
            "How writes reach the standbys, and what is lost with a member. Default: nothing is said about data.",
        ),
        key(
            "failback",
            Either(&[Word(&["never", "at once"]), Table(&FAILBACK)]),
            "How the preferred member takes its place back. Default: never.",
        ),
    ],
);

/// `load = { ... }`.
pub(crate) static LOAD: TableDef = table(
    "load",
    "Members that share a load and age by it.",
    &[required(
        "exponent",
        Number(0.0),
        "Each ages at the power of its load, compared with normal operation: 1 is in proportion. Without a demand the load of each is 1 over the number that serve; with one it is its share of the demand, but at most its capacity, averaged over the course of the demand.",
    )],
);

/// `scaling = { ... }`.
pub(crate) static SCALING: TableDef = table(
    "scaling",
    "A group that orders more members when it gets too much, and gives them back when the usual ones can bear the load.",
    &[
        key(
            "above",
            Number(0.0),
            "Members are ordered above this share of what those that serve can bear: 0.8 leaves a fifth to spare. Default: 1.",
        ),
        required("delay", Law, "How long they take to serve."),
        key(
            "succeeds",
            Probability,
            "Probability that they come; if not, none are ordered until the load has been borne again. Default: 100 %.",
        ),
        required(
            "quota",
            Number(0.0),
            "The load that they can bear together, in the unit of the demand. They cost what so many units like the first of the group cost while they serve, for as long as they are there.",
        ),
    ],
);

/// `overload = { ... }`.
pub(crate) static OVERLOAD: TableDef = table(
    "overload",
    "What a group does that gets more load than it can bear: all of it collapses until the load has fallen to `recovers_below`, or its members `crash` one by one and leave their load to the others.",
    &[
        key(
            "above",
            Number(0.0),
            "It is overloaded above this share of what its serving members can bear: 1.2 is 20 % more. Default: 1.",
        ),
        key(
            "after",
            Law,
            "How long it stands that before it collapses. Default: not at all.",
        ),
        key(
            "recovers_below",
            Number(0.0),
            "Share of what its serving members can bear to which the load must fall after a collapse before it can serve again.",
        ),
        key(
            "crash",
            Law,
            "How long each of its members stands that before it crashes by itself. Default: they collapse together.",
        ),
        key(
            "restart",
            Law,
            "How long the group takes to serve again once the load has fallen, or a member that has crashed. Default: no time.",
        ),
    ],
);

/// `standby = { ... }`.
pub(crate) static DORMANCY: TableDef = table(
    "standby",
    "How standbys age.",
    &[required(
        "dormancy",
        Number(0.0),
        "Failure rate of a standby compared with a serving member.",
    )],
);

/// `detect = { ... }`.
pub(crate) static PROBES: TableDef = table(
    "detector",
    "A detector that probes: latency and false alarms follow from its settings.",
    &[
        required("interval", Duration, "Time from one probe to the next."),
        key(
            "timeout",
            Duration,
            "Time that a probe waits for its answer. Default: 0 s.",
        ),
        key(
            "misses",
            Count(1),
            "Number of probes lost in a row that count as a failure. Default: 1.",
        ),
        key(
            "loss",
            Probability,
            "Probability that the probe of a healthy member is lost. Default: 0 %.",
        ),
        key("observers", Count(1), "Number of observers. Default: 1."),
        key(
            "agree",
            Count(1),
            "Number of observers that must agree. Needed if there are several.",
        ),
    ],
);

/// What a stage of a takeover has beside its law.
pub(crate) static STAGE: TableDef = table(
    "stage",
    "A stage of a takeover: the law of its duration, and what can go wrong.",
    &[
        key(
            "succeeds",
            Probability,
            "Probability that an attempt succeeds. Default: 100 %.",
        ),
        key(
            "retries",
            Count(0),
            "Further attempts after a failed one. Default: 0.",
        ),
        key(
            "then",
            Word(&["manual", "next candidate", "proceed"]),
            "What follows when all attempts have failed: people take over, the next candidate is promoted, or the takeover goes on regardless. Default: manual.",
        ),
        key(
            "during",
            DURING,
            "What the seat gives meanwhile. Default: down.",
        ),
        key(
            "needs",
            Text,
            "What the stage needs: it stands still while that is down. Names, joined as in `up`.",
        ),
    ],
);

const DURING: Takes = Word(&["down", "degraded", "up"]);

/// A stage as the value of a key: a law, or a table of a law and more.
pub(crate) static STAGE_WITH_LAW: TableDef = TableDef {
    name: "stage",
    doc: "A stage of a takeover: one family of law, and what can go wrong.",
    keys: STAGE_KEYS,
    also: &[&STAGE, &LAW],
    quantiles: false,
};
static STAGE_KEYS: &[Key] = &[];

const STAGE_TAKES: Takes = Either(&[Duration, Table(&STAGE_WITH_LAW)]);

/// `[groups.NAME.takeover]`.
pub(crate) static TAKEOVER: TableDef = TableDef {
    name: "takeover",
    doc: "How a standby takes over. A law in it, or in its place, is that of `promoting`.",
    keys: &[
        key(
            "deciding",
            STAGE_TAKES,
            "Agreeing that there is a failure, and electing a candidate. Default: no time.",
        ),
        key(
            "fencing",
            STAGE_TAKES,
            "Making sure that the old member serves no more. Default: nothing makes sure.",
        ),
        key(
            "promoting",
            STAGE_TAKES,
            "Making the candidate ready to serve. Default: no time.",
        ),
        key(
            "redirecting",
            STAGE_TAKES,
            "Leading the clients to it. Default: no time.",
        ),
        key(
            "manual",
            LawOrNever,
            "Time that people need to bring a seat back by hand, or `never`.",
        ),
        key(
            "manual_by",
            Name,
            "The people who take over by hand. Default: people of their own for every takeover.",
        ),
        key(
            "manual_needs",
            Text,
            "What people need to take over by hand: they wait while that is down.",
        ),
        key(
            "warm_up",
            Law,
            "How long a member that has taken over serves degraded, as its caches are cold. Default: no time.",
        ),
        key(
            "clients",
            Law,
            "How long a client takes to come back once another member serves, as DNS and connection pools have it: a mixture of those who honour a TTL and of stragglers. The service is up meanwhile, and those who are not back count as not served. Default: no time.",
        ),
        key(
            "candidate_failure",
            Word(&["restart", "continue"]),
            "What follows when the candidate fails. Default: restart.",
        ),
        key(
            "recovered",
            Word(&["cancel", "cancel undetected", "complete"]),
            "What follows when the failed member is back first. Default: cancel.",
        ),
        key(
            "lone_failure",
            Word(&["detect", "wait"]),
            "What follows when a member fails while no standby is ready. Default: detect.",
        ),
        key(
            "after_exhaustion",
            Word(&["activate", "at once", "resume", "preferred"]),
            "How the first restored member comes to serve. `resume`: the one that served last at once, another one through `promoting`. `preferred`: the preferred one at once, and a stand-in that has failed not again. Default: activate, from `promoting` on.",
        ),
        key(
            "hold_down",
            Duration,
            "At most one automatic failover in this time. Default: 0 s.",
        ),
    ],
    also: &[&STAGE, &LAW],
    quantiles: false,
};

/// `[groups.NAME.split_brain]`.
pub(crate) static SPLIT_BRAIN: TableDef = table(
    "split_brain",
    "What two sides that serve at the same time cost.",
    &[
        required("lasts", Law, "Time until it is noticed and ended."),
        key(
            "during",
            DURING,
            "What the group gives meanwhile. Default: up.",
        ),
        key(
            "reconcile",
            Law,
            "Outage for reconciliation that follows. Default: no time.",
        ),
        key(
            "reconcile_factor",
            Number(0.0),
            "Further outage per time that the sides have diverged. Default: 0.",
        ),
        key(
            "reconcile_during",
            DURING,
            "What the group gives while the sides are reconciled. Default: down.",
        ),
    ],
);

/// `[groups.NAME.replication]`.
pub(crate) static REPLICATION: TableDef = table(
    "replication",
    "How writes reach the standbys. Data lost is measured in time of writes.",
    &[
        required(
            "mode",
            Word(&["asynchronous", "semi-synchronous", "synchronous"]),
            "Writes count at once; when a standby has them, unless that takes too long; or only when a standby has them.",
        ),
        key(
            "lag",
            Law,
            "How far a standby is behind when it takes over, where writes do not wait for it.",
        ),
        key(
            "maximum_lag",
            Duration,
            "A candidate that lags further behind, or that was away while others wrote, is not promoted automatically. Default: no limit.",
        ),
        key(
            "beyond",
            Word(&["manual", "next candidate"]),
            "What follows then: people decide, and accept the loss, or the next candidate is looked at first. Default: manual.",
        ),
        key(
            "acknowledged_by",
            Count(1),
            "Standbys that must have a write before it counts, unless asynchronous. Without so many, writes stall and the group is degraded. Default: 1.",
        ),
        key(
            "patience",
            Law,
            "Time that writes wait for a standby before they go on without, if semi-synchronous.",
        ),
        key(
            "split_loss",
            Probability,
            "Part of what two sides have written apart that is lost when they are reconciled. Default: 0 %.",
        ),
    ],
);

/// `[groups.NAME.failback]`.
pub(crate) static FAILBACK: TableDef = table(
    "failback",
    "How the preferred member takes its place back.",
    &[
        required(
            "mode",
            Word(&["never", "at once", "stable", "manual", "window"]),
            "When.",
        ),
        key(
            "after",
            Law,
            "Time without a break that it must have stood by (`stable`), or that people take (`manual`). Default for `manual`: no time.",
        ),
        key(
            "every",
            Duration,
            "Period of the maintenance windows (`window`).",
        ),
        key(
            "at",
            Duration,
            "Opening time within the period (`window`). Default: 0 s.",
        ),
        key("lasts", Duration, "How long a window is open (`window`)."),
        key("takes", Law, "Length of the switchover. Default: no time."),
        key(
            "during",
            DURING,
            "What the seat gives meanwhile. Default: down.",
        ),
    ],
);

/// `[crews.NAME]`.
pub(crate) static CREW: TableDef = table(
    "crew",
    "A pool of people who repair one fault each at a time.",
    &[
        required(
            "size",
            Count(1),
            "Number of repairs that it can do at the same time.",
        ),
        key(
            "order",
            Word(&["first come", "priority", "random", "random group"]),
            "Who is served first: the first that came, the one of highest priority, any fault that waits, or any group that has faults waiting. Default: first come.",
        ),
        key(
            "preempts",
            Word(&["never", "resume", "repeat"]),
            "Whether a fault of higher priority interrupts a repair, which later goes on where it was (`resume`) or begins anew (`repeat`). Default: never.",
        ),
        key(
            "per",
            Word(&["system", "group"]),
            "Whether there is one such crew, or one for each group. Default: system.",
        ),
        key(
            "pick_up",
            Law,
            "Time that free people need to turn to the faults of a group; the first group whose time ends is next. Default: no time.",
        ),
        key(
            "hours",
            Table(&HOURS),
            "When they work. Outside the hours a repair is paused. Default: always.",
        ),
    ],
);

/// `hours = { ... }`.
pub(crate) static HOURS: TableDef = table(
    "hours",
    "Working hours that come back, counted from the start of the mission.",
    &[
        required("every", Duration, "Their period, such as \"1 d\"."),
        required("from", Duration, "When work begins within the period."),
        required(
            "until",
            Duration,
            "When it ends; before `from` if work goes on over the end of the period.",
        ),
    ],
);

/// `[spares.NAME]`.
pub(crate) static SPARES: TableDef = table(
    "spares",
    "A stock of spare parts.",
    &[
        required(
            "stock",
            Count(0),
            "Parts on the shelf at the start, and the level to which orders bring it back.",
        ),
        required("lead_time", Law, "Time from order to arrival."),
    ],
);

/// `[causes.NAME]`.
pub(crate) static CAUSE: TableDef = table(
    "shared cause",
    "What strikes several units at once: a rack, a zone, a power feed, a network, a version.",
    &[
        key(
            "every",
            LawOrNever,
            "Time from the end of an event to the next one; `never` for what only holds others.",
        ),
        key(
            "beta",
            Probability,
            "Part of the failures of its units that is common to them all. Instead of `every`.",
        ),
        key(
            "lasts",
            Law,
            "How long an event lasts: the units that it strikes are down until it is over.",
        ),
        key(
            "breaks",
            Either(&[Boolean, Name]),
            "Whether the units that it strikes need a repair each, once it is over; or the mode that they are then in. Default: only with `beta`.",
        ),
        key(
            "hits",
            List(&Either(&[Name, List(&Name)])),
            "Units, groups, components and shared causes that it strikes. With a `count`, they are dealt out in turn; a list of lists says who strikes what.",
        ),
        key(
            "probability",
            Probability,
            "Probability that an event strikes a member, for each alone. Default: 100 %.",
        ),
        key(
            "count",
            Count(1),
            "Number of causes of this kind, named NAME.1, NAME.2 and so on. Default: 1.",
        ),
        key(
            "within",
            Name,
            "The wider cause that these are in, dealt out in turn: what strikes it strikes all that is in it.",
        ),
        key(
            "effect",
            Either(&[Word(&["down", "isolated"]), Table(&EFFECT)]),
            "What an event does to a unit as long as it lasts. Default: down.",
        ),
        key(
            "notice",
            Either(&[Word(&["detector", "at once", "test"]), Table(&NOTICE)]),
            "Who notices that a unit is struck. Default: detector, which is the one of the unit's group.",
        ),
        key(
            "repairs",
            Word(&["go on", "pause"]),
            "Whether repairs of the units that it strikes go on while an event lasts, or stand still. Default: go on.",
        ),
    ],
);

/// `[people.NAME]`.
pub(crate) static PEOPLE: TableDef = table(
    "people",
    "People who bring seats back by hand when automation has failed.",
    &[
        key(
            "size",
            Count(1),
            "Number of takeovers that they do at the same time; further ones wait. Default: as many as are needed.",
        ),
        key(
            "slower",
            List(&Table(&PACE)),
            "When they are slower: nights, weekends. Where windows overlap, the speeds multiply.",
        ),
    ],
);

/// `slower = [{ ... }]`.
pub(crate) static PACE: TableDef = TableDef {
    name: "pace",
    doc: "A window in which people are slower.",
    keys: &[required(
        "speed",
        Probability,
        "How fast they are then, compared with other times.",
    )],
    also: &[&WINDOW],
    quantiles: false,
};

/// `[changes.NAME]`.
pub(crate) static CHANGE: TableDef = table(
    "change",
    "Planned work: a deploy, an upgrade, maintenance.",
    &[
        required(
            "on",
            List(&Name),
            "The units, groups and components that are worked on, in this order.",
        ),
        key(
            "every",
            Law,
            "Time from the end of a change to the next one.",
        ),
        key(
            "calendar",
            Table(&WINDOW),
            "Windows in which a change begins. Batches that have not begun when one closes wait for the next. Instead of `every`.",
        ),
        required("takes", Law, "Time that the work on a batch takes."),
        key(
            "effect",
            Either(&[Word(&["down", "isolated", "none"]), Table(&EFFECT)]),
            "What units suffer that are worked on. Default: down.",
        ),
        key(
            "renews",
            Boolean,
            "Whether units are as good as new after the work: it mends the faults that nobody is mending yet, and what works begins a new life, as by an inspection or an overhaul. Default: false.",
        ),
        key(
            "order",
            Word(&["rolling", "all at once"]),
            "Batch by batch, or all units at the same time. Default: rolling.",
        ),
        key(
            "batch",
            Count(1),
            "Number of units that are worked on at the same time. Default: 1.",
        ),
        key(
            "canary",
            Table(&CANARY),
            "What is changed first, and watched before the rest follows.",
        ),
        key(
            "without_redundancy",
            Word(&["go ahead", "put off", "skip"]),
            "What happens where a group has no member to spare: work begins all the same, as soon as there is one, or not this time. Default: go ahead.",
        ),
        key(
            "bad",
            Table(&BAD_VERSION),
            "What is wrong with a bad change.",
        ),
        key(
            "freeze",
            List(&Table(&WINDOW)),
            "Times during which no work begins.",
        ),
    ],
);

/// `calendar = { ... }`.
pub(crate) static WINDOW: TableDef = table(
    "window",
    "A window that opens again and again.",
    &[
        required("every", Duration, "Period."),
        key(
            "at",
            Duration,
            "Opening time within the period. The clock begins with the mission: if that is on a Monday at 0:00, then \"6 d 2 h\" of \"7 d\" is each Sunday at 2:00. Default: 0 s.",
        ),
        required("lasts", Duration, "How long it is open."),
    ],
);

/// `canary = { ... }`.
pub(crate) static CANARY: TableDef = table(
    "canary",
    "What is changed first.",
    &[
        key("units", Count(1), "Number of units. Default: 1."),
        required(
            "watch",
            Law,
            "Time that they are watched before the rest follows.",
        ),
    ],
);

/// `bad = { ... }`.
pub(crate) static BAD_VERSION: TableDef = table(
    "bad change",
    "A bad version: a common fault of all units that run it.",
    &[
        required(
            "probability",
            Probability,
            "Probability that a change is bad.",
        ),
        key(
            "effect",
            Either(&[Word(&["down", "isolated"]), Table(&EFFECT)]),
            "What units suffer that run it. Default: down.",
        ),
        required(
            "noticed",
            Law,
            "Time from the first unit that runs it until people know what is to blame.",
        ),
        required(
            "rollback",
            Law,
            "Time from there until all units run the old version again.",
        ),
    ],
);

/// `switchover = { ... }`.
pub(crate) static SWITCHOVER: TableDef = table(
    "switchover",
    "How a serving member hands over before planned work.",
    &[
        required("takes", Law, "How long it takes."),
        key(
            "during",
            DURING,
            "What the seat gives meanwhile. Default: down.",
        ),
    ],
);

/// `[service]`.
pub(crate) static SERVICE: TableDef = table(
    "service",
    "What the users see.",
    &[
        required(
            "up",
            Text,
            "What must be up: names joined by `and`, `or`, `all(...)`, `any(...)` and `at_least(2, ...)`, which takes `each(GROUP)` for its serving members, each for itself.",
        ),
        key(
            "degraded_without",
            Text,
            "What it is degraded without, and not down. Default: nothing.",
        ),
        key(
            "cost",
            Table(&SERVICE_COST),
            "What its outages cost. Default: nothing.",
        ),
        key(
            "demand",
            Either(&[Number(0.0), Table(&DEMAND)]),
            "Load that users ask for, in any unit, such as requests a second; that of all capacities. Default: it does not matter.",
        ),
        key(
            "down_below",
            Probability,
            "It counts as down while it serves less than this share of what is asked. Default: 0 %, so that only `up` decides.",
        ),
    ],
);

/// `cost = { ... }` of a service.
pub(crate) static SERVICE_COST: TableDef = table(
    "cost of a service",
    "What the outages of a service cost.",
    &[
        key(
            "outage",
            Money,
            "Each outage, however short. Default: nothing.",
        ),
        key(
            "downtime",
            Either(&[MoneyRate, List(&Table(&DOWNTIME_CLASS))]),
            "Downtime: the same for each minute, or classes by how long the outage has lasted. Default: nothing.",
        ),
        key(
            "credits",
            Table(&CREDITS),
            "What customers get back after a month with too little availability.",
        ),
        key("degraded", MoneyRate, "Degraded time. Default: nothing."),
        key(
            "data_lost",
            MoneyRate,
            "Lost data, in time of writes. Default: nothing.",
        ),
    ],
);

/// A part of `downtime = [ ... ]`.
pub(crate) static DOWNTIME_CLASS: TableDef = table(
    "class of downtime",
    "What a minute costs while the outage has lasted so long.",
    &[
        key(
            "until",
            Duration,
            "Age of the outage up to which it holds. The last class has none.",
        ),
        required("costs", MoneyRate, "What downtime costs meanwhile."),
    ],
);

/// `credits = { ... }`.
pub(crate) static CREDITS: TableDef = table(
    "service credits",
    "A table of credits, by the availability of a calendar month (a twelfth of a year).",
    &[
        required(
            "fee",
            MoneyRate,
            "What customers pay, such as 5_000 EUR/mo.",
        ),
        required(
            "steps",
            List(&Table(&CREDIT_STEP)),
            "Which part of the month's fee they get back; of several steps, the largest counts.",
        ),
    ],
);

/// `demand = { ... }`.
pub(crate) static DEMAND: TableDef = table(
    "demand",
    "How much is asked over time: a load, and its course over a day and a week, or a series.",
    &[
        key("mean", Number(0.0), "The mean load."),
        key("peak", Number(0.0), "The largest load. Instead of `mean`."),
        key(
            "daily",
            List(&Number(0.0)),
            "Its course over a day, from the start of the mission, in equal steps: 24 numbers are hours. Loads, or factors beside `mean` or `peak`.",
        ),
        key(
            "weekly",
            List(&Number(0.0)),
            "Its course over a week in equal steps: 7 numbers are days, by which those of `daily` are multiplied.",
        ),
        key(
            "values",
            List(&Number(0.0)),
            "A series of loads, or of factors beside `mean` or `peak`, which repeats.",
        ),
        key(
            "every",
            Duration,
            "Time from one value of a series to the next.",
        ),
        key(
            "csv",
            Table(&SERIES),
            "A series from a column of a CSV file. Instead of `values`.",
        ),
    ],
);

/// A part of `steps = [ ... ]`.
pub(crate) static CREDIT_STEP: TableDef = table(
    "step of service credits",
    "Both keys.",
    &[
        required(
            "below",
            Probability,
            "It counts in a month with less availability than this.",
        ),
        required(
            "credit",
            Probability,
            "Part of the month's fee that is given back.",
        ),
    ],
);

/// `csv = { ... }` of a demand.
pub(crate) static SERIES: TableDef = table(
    "series",
    "Where the observed loads are.",
    &[
        required("file", Text, "Path of the file, relative to the scenario."),
        required("column", Text, "Name of the column."),
    ],
);

/// `[services.NAME]`.
pub(crate) static SERVICE_WITH_TARGETS: TableDef = TableDef {
    name: "service",
    doc: "What the users see.",
    keys: &[key(
        "targets",
        Table(&TARGETS),
        "What is promised about it.",
    )],
    also: &[&SERVICE],
    quantiles: false,
};

/// Every family of laws, as a key of the table that a law is.
pub(crate) static LAW: TableDef = table(
    "law",
    "A law of durations: one key, which is its family.",
    &[
        key("mean", Duration, "Exponential, by its mean."),
        key("rate", Rate, "Exponential, by its rate."),
        key("exponential", Table(&EXPONENTIAL), "Without memory."),
        key("constant", Duration, "Always the same."),
        key(
            "weibull",
            Table(&WEIBULL),
            "A hazard that rises (shape above 1) or falls with age.",
        ),
        key(
            "lognormal",
            Table(&LOGNORMAL),
            "The logarithm is normal: most repair times.",
        ),
        key(
            "gamma",
            Table(&GAMMA),
            "A continuous number of exponential stages.",
        ),
        key(
            "erlang",
            Table(&ERLANG),
            "Several equal exponential stages, one after the other.",
        ),
        key(
            "hyperexponential",
            Table(&HYPEREXPONENTIAL),
            "One of several exponential laws: more variable than one.",
        ),
        key(
            "phase_type",
            Table(&PHASE_TYPE),
            "The time a Markov chain takes to leave its phases.",
        ),
        key(
            "normal",
            Table(&NORMAL),
            "A normal law, given that it is not negative.",
        ),
        key(
            "uniform",
            Either(&[List(&Duration), Table(&UNIFORM)]),
            "Anything between two bounds.",
        ),
        key(
            "triangular",
            Table(&MIN_MODE_MAX),
            "Minimum, most likely value and maximum, joined by straight lines.",
        ),
        key(
            "pert",
            Table(&MIN_MODE_MAX),
            "Minimum, most likely value and maximum, joined by a smooth curve.",
        ),
        key(
            "loglogistic",
            Table(&LOGLOGISTIC),
            "Like lognormal, with a heavier tail.",
        ),
        key("pareto", Table(&PARETO), "A minimum and a power tail."),
        key(
            "mixture",
            List(&Table(&MIXTURE_PART)),
            "One of several laws, chosen by chance.",
        ),
        key("shift", Table(&SHIFT), "Another law after a fixed delay."),
        key(
            "truncate",
            Table(&TRUNCATE),
            "Another law, given that it falls between two bounds.",
        ),
        key(
            "bathtub",
            List(&Table(&BATHTUB_PIECE)),
            "A constant hazard on each of several intervals of age.",
        ),
        key(
            "values",
            List(&Duration),
            "One of the observed durations, each as likely as the other.",
        ),
        key(
            "csv",
            Table(&CSV),
            "Observed durations from a column of a CSV file.",
        ),
        key(
            "checks",
            Table(&CHECKS),
            "The time until a periodic check finds what happened at a random moment.",
        ),
    ],
);

/// The parameters of `exponential`.
pub(crate) static EXPONENTIAL: TableDef = table(
    "exponential law",
    "One of its keys.",
    &[
        key("mean", Duration, "Mean."),
        key("rate", Rate, "Events per time."),
        key("median", Duration, "Half of all durations are shorter."),
    ],
);
/// The parameters of `weibull`.
pub(crate) static WEIBULL: TableDef = family(
    "weibull law",
    "Shape and scale, shape and mean, mean and cv, or two quantiles.",
    &[
        key("shape", Number(0.0), "Power of the hazard plus 1."),
        key(
            "scale",
            Duration,
            "Age that 63 % of all do not exceed, less the location.",
        ),
        key("mean", Duration, "Mean."),
        key(
            "cv",
            Number(0.0),
            "Coefficient of variation: standard deviation over mean.",
        ),
        key("median", Duration, "Half of all durations are shorter."),
        key(
            "location",
            Duration,
            "Time before which nothing happens; with shape and scale. Default: 0 s.",
        ),
    ],
);
/// The parameters of `lognormal`.
pub(crate) static LOGNORMAL: TableDef = family(
    "lognormal law",
    "Median or mean and sigma, mean and cv, or two quantiles.",
    &[
        key("median", Duration, "Half of all durations are shorter."),
        key("mean", Duration, "Mean."),
        key(
            "cv",
            Number(0.0),
            "Coefficient of variation: standard deviation over mean.",
        ),
        key("sigma", Number(0.0), "Standard deviation of the logarithm."),
    ],
);
/// The parameters of `gamma`.
pub(crate) static GAMMA: TableDef = family(
    "gamma law",
    "Shape and scale, shape and mean, mean and cv, or two quantiles.",
    &[
        key("shape", Number(0.0), "Number of stages."),
        key("scale", Duration, "Mean of one stage."),
        key("mean", Duration, "Mean of all."),
        key(
            "cv",
            Number(0.0),
            "Coefficient of variation: standard deviation over mean.",
        ),
        key("median", Duration, "Half of all durations are shorter."),
    ],
);
/// The parameters of `erlang`.
pub(crate) static ERLANG: TableDef = table(
    "erlang law",
    "Both keys.",
    &[
        required("stages", Count(1), "Number of stages."),
        required("mean", Duration, "Mean of all."),
    ],
);
/// The parameters of `hyperexponential`.
pub(crate) static HYPEREXPONENTIAL: TableDef = table(
    "hyperexponential law",
    "Weights and means, or mean and cv.",
    &[
        key(
            "weights",
            List(&Probability),
            "Probabilities of the branches, which add up to 1.",
        ),
        key("means", List(&Duration), "Means of the branches."),
        key("mean", Duration, "Mean of all."),
        key("cv", Number(0.0), "Coefficient of variation: at least 1."),
    ],
);
/// The parameters of `phase_type`.
pub(crate) static PHASE_TYPE: TableDef = table(
    "phase_type law",
    "All three keys.",
    &[
        required(
            "initial",
            List(&Probability),
            "Probability of starting in each phase.",
        ),
        required(
            "rates",
            List(&List(&Rate)),
            "Rates from phase (row) to phase (column); the diagonal is not read.",
        ),
        required("exit", List(&Rate), "Rate of leaving from each phase."),
    ],
);
/// The parameters of `normal`.
pub(crate) static NORMAL: TableDef = table(
    "normal law",
    "Mean and sd, or mean and cv, of the law before what is negative is cut off.",
    &[
        required("mean", Duration, "Mean."),
        key("sd", Duration, "Standard deviation."),
        key(
            "cv",
            Number(0.0),
            "Coefficient of variation: standard deviation over mean.",
        ),
    ],
);
/// The parameters of `uniform`.
pub(crate) static UNIFORM: TableDef = family(
    "uniform law",
    "Mean and cv, or two quantiles.",
    &[
        key("mean", Duration, "Mean."),
        key(
            "cv",
            Number(0.0),
            "Coefficient of variation: standard deviation over mean.",
        ),
        key("median", Duration, "Half of all durations are shorter."),
    ],
);
/// The parameters of `triangular` and `pert`.
pub(crate) static MIN_MODE_MAX: TableDef = table(
    "law with a most likely value",
    "All three keys.",
    &[
        required("min", Duration, "The least."),
        required("mode", Duration, "The most likely."),
        required("max", Duration, "The greatest."),
    ],
);
/// The parameters of `loglogistic`.
pub(crate) static LOGLOGISTIC: TableDef = family(
    "loglogistic law",
    "Median and shape, mean and cv, or two quantiles.",
    &[
        key("median", Duration, "Half of all durations are shorter."),
        key("shape", Number(0.0), "The larger, the less spread."),
        key("mean", Duration, "Mean."),
        key(
            "cv",
            Number(0.0),
            "Coefficient of variation: standard deviation over mean.",
        ),
    ],
);
/// The parameters of `pareto`.
pub(crate) static PARETO: TableDef = family(
    "pareto law",
    "Scale and shape, mean and cv, or two quantiles.",
    &[
        key("scale", Duration, "The least."),
        key(
            "shape",
            Number(0.0),
            "The larger, the thinner the tail; the mean exists above 1.",
        ),
        key("mean", Duration, "Mean."),
        key(
            "cv",
            Number(0.0),
            "Coefficient of variation: standard deviation over mean.",
        ),
        key("median", Duration, "Half of all durations are shorter."),
    ],
);
/// A part of a `mixture`.
pub(crate) static MIXTURE_PART: TableDef = table(
    "part of a mixture",
    "A law and its weight.",
    &[
        required(
            "weight",
            Probability,
            "Its probability; the weights add up to 1.",
        ),
        required("law", Law, "The law."),
    ],
);
/// The parameters of `shift`.
pub(crate) static SHIFT: TableDef = table(
    "shift",
    "Both keys.",
    &[
        required("by", Duration, "The delay."),
        required("law", Law, "What follows it."),
    ],
);
/// The parameters of `truncate`.
pub(crate) static TRUNCATE: TableDef = table(
    "truncate",
    "A law and at least one bound.",
    &[
        key("min", Duration, "The least. Default: 0 s."),
        key("max", Duration, "The greatest. Default: none."),
        required("law", Law, "The law."),
    ],
);
/// A piece of a `bathtub`.
pub(crate) static BATHTUB_PIECE: TableDef = table(
    "piece of a bathtub",
    "A rate, and the age until which it holds.",
    &[
        key(
            "until",
            Duration,
            "Age at which it ends. The last piece has none.",
        ),
        required("rate", Rate, "Failures per time."),
    ],
);
/// The parameters of `csv`.
pub(crate) static CSV: TableDef = table(
    "csv",
    "Where the observed durations are.",
    &[
        required("file", Text, "Path of the file, relative to the scenario."),
        required("column", Text, "Name of the column."),
        required("unit", Text, "Unit of its numbers, such as h."),
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
