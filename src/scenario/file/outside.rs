//! Keys of what acts on units from outside: crews, spares, shared causes, people, changes.

use super::*;

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
            "Whether the units that it strikes need a repair each, once it is over; or the mode that they are then in, which units that fail in several modes need. Default: only with `beta`.",
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
            "What happens where a group has no member to spare, nor is one that the group around can spare: work begins all the same, as soon as there is one, or not this time. Default: go ahead.",
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
            Clock,
            "When it opens within its period: a time of day (\"2:00\"), of the week (\"Sun 2:00\"), or a duration. A mission begins on a Monday at 0:00. Default: 0 s.",
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
