//! Keys of kinds and components: what fails, how it is noticed and mended, what it costs.

use super::*;

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
        key(
            "visit",
            Word(&["same", "new"]),
            "Whether the crew of the stage before stays for this one (`same`), or turns to whoever waits and comes again (`new`). Default: `same` where the crew is the same.",
        ),
    ],
);

/// The keys of a failure and its repair, shared by kinds and modes.
pub(super) static FAULT: TableDef = table(
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
            "Who notices the fault, and so the loss of each group that it leaves down. Default: detector, which is the one of the unit's group, or of the group that watches that one.",
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

pub(super) static KIND_KEYS: &[Key] = &[
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
        "Whether a standby is found dead when a takeover calls it. A failback or planned switchover tests it beforehand.",
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
            "Probability that the unit is found dead when a takeover calls it.",
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
            "Whether a standby is found dead when a takeover calls it. A failback or planned switchover tests it beforehand.",
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

pub(super) const NEEDS_DOC: &str = "What its units cannot work without: names of groups, components and services, joined as in `up`.";
pub(super) const DEGRADED_DOC: &str =
    "What its units work less without: names, each with the part of the capacity that is left.";
