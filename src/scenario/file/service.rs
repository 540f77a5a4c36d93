//! Keys of services: demand, cost, credits.

use super::*;

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
