//! What is added to a random system, key by key, so that every key of the format meets every other one.
//!
//! Nothing here knows what is allowed: what the scenario is refused with is taken back.

use failsim::model::{Dependent, GroupId, Member, Need, Structure, System};
use serde_json::{Value as Json, json};

use super::document::{LAW_KEYS, Schema, parse};
use super::generate::{Dice, Range};
use crate::swarm::try_load;

/// A key, where it may stand, and what it may say.
///
/// In a value `@20` is a time of 20 minutes or so; `@name` is a group or a component, `@unit` a unit, and
/// `@crew`, `@spare`, `@people`, `@cause`, `@service`, `@kind`, `@mode` and `@state` are one of these.
struct Row {
    /// The table by its name in the schema; `fault` is a way to fail, `standbys` a group that has some.
    table: &'static str,
    key: &'static str,
    values: &'static [&'static str],
    /// Keys that it stands instead of.
    instead: &'static [&'static str],
}

const fn row(table: &'static str, key: &'static str, values: &'static [&'static str]) -> Row {
    Row {
        table,
        key,
        values,
        instead: &[],
    }
}

const fn swap(
    table: &'static str,
    key: &'static str,
    values: &'static [&'static str],
    instead: &'static [&'static str],
) -> Row {
    Row {
        table,
        key,
        values,
        instead,
    }
}

const OF_REPAIR: &[&str] = &[
    "repair",
    "crew",
    "spare",
    "priority",
    "administrative_delay",
    "repair_starts",
    "renews",
];
const LEVELS: &[&str] = &["'down'", "'degraded'", "'up'"];
const SHARES: &[&str] = &["0", "1", "'60 %'", "0.3"];

/// What an exact answer can follow.
const EXACT: &[Row] = &[
    // Units.
    row("kind", "capacity", &["50", "0.5"]),
    row(
        "kind",
        "on_demand",
        &[
            "{ probability = '20 %' }",
            "{ probability = '20 %', mode = '@mode' }",
            "{ probability = 0 }",
            "{ probability = 1 }",
            "{ probability = '100 %', mode = '@mode' }",
        ],
    ),
    row("kind", "ages_while", &["'@service'"]),
    row("fault", "fail", &["'never'", "@600"]),
    row("fault", "lasts", &["@60"]),
    swap("fault", "lasts", &["@60"], OF_REPAIR),
    row(
        "fault",
        "effect",
        &[
            "'isolated'",
            "{ degraded = '50 %' }",
            "{ degraded = 0 }",
            "{ degraded = 1 }",
            "'down'",
        ],
    ),
    row("component", "count", &["2"]),
    row("component", "required", &["1"]),
    // Repairs.
    row("fault", "administrative_delay", &["@60", "'0 s'"]),
    row(
        "fault",
        "repair_starts",
        &["'failure'", "'detection'", "'takeover'"],
    ),
    row("fault", "renews", &["'process'", "'unit'"]),
    row("fault", "after_repair", &["'new'"]),
    row(
        "fault",
        "repair",
        &[
            "[{ takes = @60 }, { takes = @30, crew = '@crew' }]",
            "[{ takes = @60, crew = '@crew', priority = 1 }, { takes = @30, crew = '@crew', visit = 'new' }]",
            "[{ takes = @60, crew = '@crew' }, { takes = @30, visit = 'same' }]",
        ],
    ),
    row("stage-of-a-repair", "priority", &["0", "2"]),
    row("stage-of-a-repair", "visit", &["'new'", "'same'"]),
    row("stage-of-a-repair", "crew", &["'@crew'"]),
    row("fault", "crew", &["'@crew'"]),
    row("fault", "priority", &["1", "2"]),
    row("fault", "spare", &["'@spare'"]),
    row("crew", "size", &["1", "2"]),
    row(
        "crew",
        "order",
        &["'first come'", "'priority'", "'random'", "'random group'"],
    ),
    row("crew", "preempts", &["'never'", "'resume'", "'repeat'"]),
    row("crew", "per", &["'group'", "'system'"]),
    row("crew", "pick_up", &["@30", "'0 s'"]),
    row("spares", "stock", &["0", "1", "2"]),
    row("spares", "lead_time", &["@240", "'0 s'"]),
    // How faults are noticed.
    row(
        "fault",
        "notice",
        &["'at once'", "'test'", "'detector'", "{ after = @60 }"],
    ),
    row(
        "kind",
        "test",
        &[
            "{ every = @240 }",
            "{ every = @240, finds = '60 %' }",
            "{ every = @240, finds = 1 }",
        ],
    ),
    row("group", "detect", &["@30", "'0 s'"]),
    row(
        "standbys",
        "standby_faults",
        &["'detected'", "'at once'", "'latent'"],
    ),
    row("standbys", "false_alarms", &["@600"]),
    // Groups.
    row(
        "standbys",
        "standby",
        &[
            "'hot'",
            "'warm'",
            "'cold'",
            "{ dormancy = 0.3 }",
            "{ dormancy = 0 }",
            "{ dormancy = 1 }",
        ],
    ),
    row("standbys", "quorum", &["1", "2"]),
    row("group", "rejoin", &["@60", "'0 s'"]),
    row("group", "shares_requests", &["true", "false"]),
    // Takeovers.
    row(
        "standbys",
        "takeover",
        &["{ promoting = @20, manual = @90 }", "@20", "'0 s'"],
    ),
    row("takeover", "deciding", &["@20", "'0 s'"]),
    row("takeover", "fencing", &["@20", "'0 s'"]),
    row("takeover", "promoting", &["@20"]),
    row("takeover", "redirecting", &["@20", "'0 s'"]),
    row("takeover", "manual", &["@90"]),
    row("takeover", "manual_by", &["'@people'"]),
    row("takeover", "manual_needs", &["'@name'"]),
    row("takeover", "warm_up", &["@30", "'0 s'"]),
    row("takeover", "clients", &["@40", "'0 s'"]),
    row(
        "takeover",
        "candidate_failure",
        &["'restart'", "'continue'"],
    ),
    row(
        "takeover",
        "recovered",
        &["'cancel'", "'cancel undetected'", "'complete'"],
    ),
    row("takeover", "lone_failure", &["'detect'", "'wait'"]),
    row(
        "takeover",
        "after_exhaustion",
        &["'activate'", "'at once'", "'resume'", "'preferred'"],
    ),
    row("takeover", "hold_down", &["'0 s'"]),
    row("stage", "succeeds", SHARES),
    row("stage", "retries", &["0", "1", "2"]),
    row(
        "stage",
        "then",
        &["'manual'", "'next candidate'", "'proceed'"],
    ),
    row("stage", "during", LEVELS),
    row("stage", "needs", &["'@name'"]),
    row("people", "size", &["1", "2"]),
    row("standbys", "split_brain", &["{ lasts = @60 }"]),
    row("split-brain", "during", LEVELS),
    row("split-brain", "reconcile", &["@60", "'0 s'"]),
    row("split-brain", "reconcile_during", LEVELS),
    row(
        "standbys",
        "failback",
        &[
            "'at once'",
            "'never'",
            "{ mode = 'at once' }",
            "{ mode = 'stable', after = @120 }",
            "{ mode = 'manual', after = @120 }",
        ],
    ),
    row("failback", "takes", &["@20", "'0 s'"]),
    row("failback", "during", LEVELS),
    // Data.
    row(
        "standbys",
        "replication",
        &[
            "{ mode = 'asynchronous', lag = { mean = '2 min' } }",
            "{ mode = 'semi-synchronous', lag = { mean = '2 min' }, patience = @20 }",
            "{ mode = 'synchronous' }",
        ],
    ),
    row("replication", "maximum_lag", &["'2 min'", "'0 s'"]),
    row("replication", "beyond", &["'manual'", "'next candidate'"]),
    row("replication", "acknowledged_by", &["1", "2"]),
    row("replication", "split_loss", SHARES),
    // Needs.
    row(
        "group",
        "needs",
        &["'@name'", "'@name or @name'", "'@name and @name'"],
    ),
    row("component", "needs", &["'@name'", "'any(@name, @name)'"]),
    row(
        "group",
        "degraded_without",
        &["{ @name = '50 %' }", "{ @name = 0 }"],
    ),
    row(
        "component",
        "degraded_without",
        &["{ @name = '50 %' }", "{ @name = 1 }"],
    ),
    row("service", "degraded_without", &["'@name'"]),
    // Shared causes.
    row("shared-cause", "lasts", &["@60"]),
    row("shared-cause", "breaks", &["true", "'@mode'", "false"]),
    row("shared-cause", "probability", SHARES),
    row("shared-cause", "count", &["2", "1"]),
    row("shared-cause", "within", &["'@cause'"]),
    row(
        "shared-cause",
        "effect",
        &["'down'", "'isolated'", "{ degraded = '50 %' }"],
    ),
    row(
        "shared-cause",
        "notice",
        &["'at once'", "'detector'", "{ after = @30 }"],
    ),
    row("shared-cause", "repairs", &["'go on'", "'pause'"]),
    row("shared-cause", "every", &["@900", "'never'"]),
    swap("shared-cause", "beta", &["0.2", "'50 %'"], &["every"]),
    row(
        "shared-cause",
        "hits",
        &["['@name']", "['@unit']", "['@name', '@cause']"],
    ),
    // Planned work.
    row("standbys", "switchover", &["{ takes = @20 }", "'0 s'"]),
    row("switchover", "during", LEVELS),
    row(
        "change",
        "effect",
        &["'down'", "'isolated'", "{ degraded = '50 %' }", "'none'"],
    ),
    row("change", "renews", &["true", "false"]),
    row("change", "order", &["'rolling'", "'all at once'"]),
    row("change", "batch", &["1", "2"]),
    row("change", "canary", &["{ watch = @60 }"]),
    row("canary", "units", &["1"]),
    row(
        "change",
        "without_redundancy",
        &["'go ahead'", "'put off'", "'skip'"],
    ),
    row(
        "change",
        "bad",
        &["{ probability = '40 %', noticed = @60, rollback = @30 }"],
    ),
    row("bad-change", "probability", SHARES),
    row(
        "bad-change",
        "effect",
        &["'down'", "{ degraded = '30 %' }", "'isolated'"],
    ),
    row("change", "takes", &["@40", "'0 s'"]),
    // Load.
    row("service", "demand", &["40", "90", "{ mean = 60 }"]),
    row("service", "down_below", &["'90 %'", "1", "'10 %'"]),
    row("group", "capacity", &["50", "90"]),
    row("group", "degraded_capacity", &["'20 %'", "0", "1"]),
    row("group", "load", &["[2, 1]", "[0, 1]", "{ exponent = 1.5 }"]),
    row(
        "group",
        "scaling",
        &[
            "{ delay = @40, quota = 60 }",
            "{ delay = '0 s', quota = 40 }",
        ],
    ),
    row("scaling", "above", &["0.8", "1"]),
    row("scaling", "succeeds", SHARES),
    row(
        "group",
        "overload",
        &[
            "{ crash = @60, restart = @30 }",
            "{ recovers_below = 0.8, after = @20, restart = @30 }",
            "{ recovers_below = 1 }",
        ],
    ),
    row("overload", "above", &["1.2", "0.9"]),
    row("overload", "restart", &["@30", "'0 s'"]),
    // Costs and targets.
    row(
        "kind",
        "cost",
        &[
            "'2 EUR/h'",
            "{ active = '3 EUR/h', standby = '1 EUR/h' }",
            "{ repair = '7 EUR' }",
            "{ active = '3 EUR/h', cold = '0.5 EUR/h', repair = '30 EUR' }",
        ],
    ),
    row("cost-of-a-unit", "standby", &["'1 EUR/h'", "'0 EUR/h'"]),
    row("cost-of-a-unit", "cold", &["'0.5 EUR/h'"]),
    row(
        "service",
        "cost",
        &[
            "{ outage = '1_000 EUR' }",
            "{ downtime = '600 EUR/h' }",
            "{ degraded = '20 EUR/h' }",
        ],
    ),
    row("cost-of-a-service", "outage", &["'50 EUR'"]),
    row(
        "cost-of-a-service",
        "downtime",
        &[
            "'100 EUR/h'",
            "[{ until = '5 min', costs = '600 EUR/h' }, { costs = '6_000 EUR/h' }]",
        ],
    ),
    row("cost-of-a-service", "degraded", &["'20 EUR/h'"]),
    row("cost-of-a-service", "data_lost", &["'20 EUR/s'"]),
    row(
        "cost-of-a-service",
        "credits",
        &[
            "{ fee = '5_000 EUR/mo', steps = [{ below = '99.95 %', credit = '10 %' }, { below = '99 %', credit = '25 %' }] }",
        ],
    ),
    row(
        "scenario",
        "targets",
        &["{ availability = '>= 99 %' }", "{ outages = '<= 20 /y' }"],
    ),
    row(
        "service-2",
        "targets",
        &["{ availability = '>= 99 %' }", "{ outages = '<= 20 /y' }"],
    ),
    row("targets", "availability", &["'>= 90 %'"]),
    row("targets", "served_requests", &["'>= 90 %'"]),
    row("targets", "time_below_demand", &["'<= 200 h'"]),
    row(
        "targets",
        "downtime",
        &["'<= 80 h'", "{ mean = '<= 8 h', p95 = '<= 80 h' }"],
    ),
    row("targets", "outages", &["'<= 20 /y'"]),
    row("targets", "longest_outage", &["'<= 4 h'"]),
    row("targets", "outage_duration", &["{ p50 = '<= 2 h' }"]),
    row("targets", "never_down", &["'>= 10 %'"]),
    row("targets", "data_loss", &["{ p95 = '<= 2 min' }"]),
    row("targets", "data_lost", &["'<= 1 h/y'"]),
    row("targets", "rpo", &["'<= 1 min'"]),
    row("targets", "cost", &["'<= 9_000 EUR/y'"]),
    // What says how it is simulated, and by whom it was written.
    row("scenario", "name", &["'one of many'"]),
    row("scenario", "question", &["'Does it hold together?'"]),
    row("scenario", "source", &["'chance'"]),
    row("run", "horizon", &["'100 h'", "'10 h'"]),
    row("run", "start", &["'new'", "'settled'"]),
    row("run", "warm_up", &["'200 h'"]),
    row("run", "trials", &["1_000"]),
    swap("run", "until", &["'rel_err(downtime) <= 2 %'"], &["trials"]),
    row("run", "time_limit", &["'5 min'"]),
    row("run", "seed", &["7"]),
    row("run", "confidence", &["'99 %'"]),
    // Laws.
    row("law", "exponential", &["{ mean = '# min' }"]),
    row("law", "exponential", &["{ rate = '0.5 /h' }"]),
    row("law", "exponential", &["{ median = '# min' }"]),
    row("law", "rate", &["'1 /h'"]),
    row("law", "erlang", &["{ stages = 2, mean = '# min' }"]),
    row("law", "hyperexponential", &["{ mean = '# min', cv = 2 }"]),
    row(
        "law",
        "hyperexponential",
        &["{ weights = [0.3, 0.7], means = ['# min', '9 min'] }"],
    ),
    row(
        "law",
        "phase_type",
        &["{ initial = [1, 0], rates = [[0, '2 /h'], [0, 0]], exit = ['1 /h', '2 /h'] }"],
    ),
];

/// What an exact answer cannot follow.
const BEYOND: &[Row] = &[
    row("kind", "age", &["'3 h'", "'0 s'"]),
    row(
        "fault",
        "after_repair",
        &["'old'", "{ kijima1 = 0.5 }", "{ kijima2 = 0 }"],
    ),
    row("after-repair", "kijima1", &["0", "1"]),
    swap("after-repair", "kijima2", &["0.3", "'100 %'"], &["kijima1"]),
    row("fault", "repair", &["'never'", "'0 s'"]),
    row("fault", "lasts", &["'0 s'", "'10 min'"]),
    row(
        "fault",
        "notice",
        &[
            "{ checks = { interval = '10 min' } }",
            "{ checks = { interval = '10 min', probability = '50 %', offset = '1 min' } }",
        ],
    ),
    row("checks", "probability", &["'30 %'", "1"]),
    row("checks", "offset", &["'0 s'", "'1 min'"]),
    row(
        "kind",
        "test",
        &[
            "{ every = '4 h', first = '1 h' }",
            "{ every = '1 h', first = '0 s' }",
        ],
    ),
    row("test", "first", &["'2 h'"]),
    row(
        "group",
        "detect",
        &[
            "{ interval = '1 min' }",
            "{ interval = '1 min', misses = 2, timeout = '10 s' }",
            "{ interval = '1 min', loss = '2 %', misses = 2, observers = 3, agree = 2 }",
        ],
    ),
    row("detector", "timeout", &["'0 s'", "'20 s'"]),
    row("detector", "misses", &["1", "3"]),
    row("detector", "loss", &["0", "'1 %'"]),
    row("detector", "observers", &["2"]),
    row("detector", "agree", &["1"]),
    row(
        "crew",
        "hours",
        &["{ every = '10 h', from = '2 h', until = '7 h' }"],
    ),
    row("takeover", "manual", &["'never'", "'1 h'"]),
    row("takeover", "hold_down", &["'3 h'"]),
    row(
        "people",
        "slower",
        &[
            "[{ every = '12 h', at = '1 h', lasts = '5 h', speed = '50 %' }]",
            "[{ every = '12 h', lasts = '5 h', speed = 1 }]",
        ],
    ),
    row("split-brain", "reconcile_factor", &["0.5", "0"]),
    row(
        "standbys",
        "failback",
        &["{ mode = 'window', every = '12 h', lasts = '1 h' }"],
    ),
    row("failback", "at", &["'3 h'", "'2:00'"]),
    row("failback", "every", &["'10 h'"]),
    row("failback", "lasts", &["'2 h'"]),
    swap(
        "change",
        "calendar",
        &[
            "{ every = '20 h', lasts = '4 h' }",
            "{ every = '20 h', at = '5 h', lasts = '30 min' }",
        ],
        &["every"],
    ),
    row("window", "at", &["'0 s'", "'3 h'"]),
    row(
        "change",
        "freeze",
        &["[{ every = '40 h', at = '8 h', lasts = '10 h' }]"],
    ),
    row(
        "service",
        "demand",
        &[
            "{ peak = 70, daily = [4, 9, 10] }",
            "{ mean = 40, daily = [1, 0, 2], weekly = [1, 1, 1, 1, 1, 0.5, 0] }",
            "{ values = [30, 60, 0], every = '5 h' }",
            "{ csv = { file = 'loads.csv', column = 'rps' }, every = '5 h' }",
        ],
    ),
    row("demand", "mean", &["50"]),
    row("demand", "peak", &["50"]),
    row("demand", "weekly", &["[1, 1, 1, 1, 1, 0.5, 0]"]),
    swap("scenario", "extends", &["'below.toml'"], &[]),
    row("law", "constant", &["'# min'", "'0 s'"]),
    row(
        "law",
        "weibull",
        &[
            "{ shape = 2, scale = '# min' }",
            "{ mean = '# min', cv = 0.5 }",
            "{ shape = 0.7, scale = '# min', location = '1 min' }",
            "{ median = '10 min', p90 = '200 min' }",
            "{ shape = 2, mean = '# min' }",
        ],
    ),
    row(
        "law",
        "lognormal",
        &[
            "{ median = '# min', sigma = 1 }",
            "{ mean = '# min', cv = 1 }",
            "{ median = '10 min', p95 = '90 min' }",
        ],
    ),
    row(
        "law",
        "gamma",
        &[
            "{ shape = 2, scale = '# min' }",
            "{ mean = '# min', cv = 0.5 }",
            "{ median = '10 min', p95 = '90 min' }",
        ],
    ),
    row(
        "law",
        "normal",
        &[
            "{ mean = '# min', sd = '5 min' }",
            "{ mean = '# min', cv = 0.2 }",
        ],
    ),
    row(
        "law",
        "uniform",
        &[
            "['0 s', '# min']",
            "{ mean = '# min', cv = 0.2 }",
            "{ median = '60 min', p90 = '90 min' }",
        ],
    ),
    row(
        "law",
        "triangular",
        &["{ min = '0 s', mode = '9 min', max = '300 min' }"],
    ),
    row(
        "law",
        "pert",
        &["{ min = '0 s', mode = '9 min', max = '300 min' }"],
    ),
    row(
        "law",
        "loglogistic",
        &[
            "{ median = '# min', shape = 3 }",
            "{ mean = '# min', cv = 0.5 }",
            "{ median = '20 min', p95 = '60 min' }",
        ],
    ),
    row(
        "law",
        "pareto",
        &[
            "{ scale = '# min', shape = 3 }",
            "{ mean = '# min', cv = 0.5 }",
            "{ median = '10 min', p95 = '30 min' }",
        ],
    ),
    row(
        "law",
        "mixture",
        &[
            "[{ weight = 0.9, law = '# min' }, { weight = 0.1, law = { mean = '60 min' } }]",
            "[{ weight = 0, law = '0 s' }, { weight = 1, law = { mean = '# min' } }]",
        ],
    ),
    row(
        "law",
        "shift",
        &["{ by = '5 min', law = { mean = '# min' } }"],
    ),
    row(
        "law",
        "truncate",
        &[
            "{ max = '900 min', law = { mean = '# min' } }",
            "{ min = '5 min', max = '900 min', law = { mean = '# min' } }",
        ],
    ),
    row(
        "law",
        "bathtub",
        &["[{ until = '60 min', rate = '0.5 /h' }, { rate = '1 /h' }]"],
    ),
    row("law", "values", &["['# min', '90 min']", "['# min']"]),
    row(
        "law",
        "csv",
        &[
            "{ file = 'repairs.csv', column = 'hours', unit = 'h' }",
            "{ file = 'repairs.csv', column = 'hours', unit = 'h', all_observed = true }",
        ],
    ),
    row("csv", "all_observed", &["true", "false"]),
    row("law", "checks", &["{ interval = '# min' }"]),
];

/// What to write first where a key has no table to stand in.
const FIRST: &[(&str, &str, &str)] = &[
    ("crew", "fault", "crew"),
    ("hours", "crew", "hours"),
    ("spares", "fault", "spare"),
    ("people", "takeover", "manual_by"),
    ("pace", "people", "slower"),
    ("takeover", "standbys", "takeover"),
    ("stage", "takeover", "promoting"),
    ("split-brain", "standbys", "split_brain"),
    ("failback", "standbys", "failback"),
    ("replication", "standbys", "replication"),
    ("switchover", "standbys", "switchover"),
    ("stage-of-a-repair", "fault", "repair"),
    ("after-repair", "fault", "after_repair"),
    ("checks", "fault", "notice"),
    ("test", "kind", "test"),
    ("detector", "group", "detect"),
    ("scaling", "group", "scaling"),
    ("overload", "group", "overload"),
    ("canary", "change", "canary"),
    ("window", "change", "calendar"),
    ("bad-change", "change", "bad"),
    ("demand", "service", "demand"),
    ("cost-of-a-unit", "kind", "cost"),
    ("cost-of-a-service", "service", "cost"),
    ("targets", "scenario", "targets"),
    ("class-of-downtime", "cost-of-a-service", "downtime"),
];

/// So many rows are written in turn, so that each comes sooner or later.
const IN_TURN: usize = 3;

/// A document that grows.
struct Growing<'a> {
    dice: &'a mut Dice,
    schema: &'a Schema,
    document: Json,
}

/// Adds keys to a scenario, few or many of those that its range allows. Some rows of the tables are first, in turn.
pub(super) fn with_features(dice: &mut Dice, schema: &Schema, text: &str, turn: usize) -> Json {
    let mut growing = Growing {
        document: parse(text),
        dice,
        schema,
    };
    growing.document["format"] = json!(1);
    let rows: Vec<&Row> = match growing.dice.range {
        Range::Exact => EXACT.iter().collect(),
        Range::All => EXACT.iter().chain(BEYOND).collect(),
    };
    // An exact answer counts states, which grow with every key.
    let count = match growing.dice.range {
        Range::Exact => growing.dice.below(7),
        Range::All => 8 << growing.dice.below(4),
    };
    for nth in 0..count {
        let before = growing.document.clone();
        let is_added = match growing.dice.below(14) {
            _ if nth < IN_TURN => growing.add(rows[(turn * IN_TURN + nth) % rows.len()], 0),
            0 => growing.add_structure(),
            _ => {
                let row = rows[growing.dice.below(rows.len())];
                growing.add(row, 0)
            }
        };
        let told = try_load(&growing.document);
        if !is_added || !told.is_ok_and(|told| !waits_for_itself(&told.system)) {
            growing.document = before;
        }
    }
    growing.document
}

/// Whether a takeover needs what needs its group. Who is to blame for that goes round in a circle, which is a
/// known fault: such systems are left out until it is mended.
fn waits_for_itself(system: &System) -> bool {
    let waits = |need: &Need| match need.dependent {
        Dependent::Step(group, _) => needs_group(system, &need.on, group, &mut Vec::new()),
        Dependent::Units { .. } => false,
    };
    system.needs.iter().any(waits)
}

/// Whether something needs a group, however many steps away.
fn needs_group(system: &System, of: &Structure, wanted: GroupId, seen: &mut Vec<GroupId>) -> bool {
    let group = match of {
        Structure::Group(group) | Structure::Each(group) => *group,
        Structure::Service(service) => {
            return needs_group(system, &system.services[*service].up, wanted, seen);
        }
        Structure::Soft(part) => return needs_group(system, part, wanted, seen),
        Structure::AtLeast { of, .. } => {
            return of
                .iter()
                .any(|part| needs_group(system, part, wanted, seen));
        }
    };
    if group == wanted || seen.contains(&group) {
        return group == wanted;
    }
    seen.push(group);
    let members = &system.groups[group].members;
    let of_members = members.iter().any(|member| match member {
        Member::Group(inner) => needs_group(system, &Structure::Group(*inner), wanted, seen),
        Member::Unit(_) => false,
    });
    of_members
        || system.needs.iter().any(|need| {
            let is_of_group = match &need.dependent {
                Dependent::Units { units, .. } => units
                    .iter()
                    .any(|&unit| members.contains(&Member::Unit(unit))),
                Dependent::Step(of, _) => *of == group,
            };
            is_of_group && needs_group(system, &need.on, wanted, seen)
        })
}

/// A time with a mean in minutes, for a law that is told by it.
fn minutes_of(pointer: &str) -> usize {
    match pointer.rsplit('/').next().unwrap() {
        "fail" | "every" | "false_alarms" => 600,
        "repair" | "takes" | "after" => 120,
        _ => 30,
    }
}

impl Growing<'_> {
    /// Writes a key somewhere, with what it needs before.
    fn add(&mut self, row: &Row, depth: usize) -> bool {
        if row.table == "law" {
            return self.add_law(row);
        }
        let mut places = self.places(row.table);
        if places.is_empty() && depth < 4 {
            self.write_first(row.table, depth);
            places = self.places(row.table);
        }
        if places.is_empty() {
            return false;
        }
        let place = places.swap_remove(self.dice.below(places.len()));
        let snippet = self.dice.of(row.values);
        let Some(value) = self.value(snippet, &place) else {
            return false;
        };
        if row.key == "cost" && row.table == "targets" {
            // Something must cost something.
            let cost = EXACT.iter().find(|row| row.key == "cost");
            self.add(cost.unwrap(), depth + 1);
        }
        if row.key == "credits" {
            // They are counted by the month.
            self.document["run"]["horizon"] = json!("31 d");
        }
        let table = self.document.pointer_mut(&place).unwrap();
        let table = table.as_object_mut().unwrap();
        for key in row.instead {
            table.remove(*key);
        }
        table.insert(row.key.to_owned(), value);
        true
    }

    /// Makes a table of a kind somewhere, if there is none.
    fn write_first(&mut self, table: &str, depth: usize) {
        match table {
            "standbys" => {
                for place in self.places("group") {
                    let group = self.document.pointer_mut(&place).unwrap();
                    if group.get("units").is_some() {
                        group["units"] = json!(2);
                        group["active"] = json!(1);
                        group["required"] = json!(1);
                        group["standby"] = json!("hot");
                        break;
                    }
                }
            }
            "shared-cause" => {
                let hits = self.value("['@name']", "");
                let every = self.value("@900", "");
                let lasts = self.value("@60", "");
                self.document["causes"]["storm"] =
                    json!({ "every": every, "lasts": lasts, "hits": hits });
            }
            "change" => {
                let on = self.value("['@name']", "");
                let every = self.value("@900", "");
                let takes = self.value("@40", "");
                self.document["changes"]["patch"] =
                    json!({ "on": on, "every": every, "takes": takes });
            }
            _ => {
                let first = FIRST.iter().find(|(made, ..)| *made == table);
                let Some((_, table, key)) = first else {
                    return;
                };
                // The one of its values that makes a table may not be drawn at once.
                let beyond = match self.dice.range {
                    Range::Exact => &[],
                    Range::All => BEYOND,
                };
                let rows = EXACT.iter().chain(beyond);
                let rows: Vec<&Row> = rows
                    .filter(|row| row.table == *table && row.key == *key)
                    .collect();
                if !rows.is_empty() {
                    let row = rows[self.dice.below(rows.len())];
                    self.add(row, depth + 1);
                }
            }
        }
    }

    /// Puts a family of laws in the place of another one.
    fn add_law(&mut self, row: &Row) -> bool {
        let has_law = |place: &&super::document::Place| {
            let keys = self.document.pointer(&place.at).unwrap();
            let keys = keys.as_object().unwrap();
            let is_law = ["law", "stage"].contains(&place.table);
            is_law && keys.keys().any(|key| LAW_KEYS.contains(&key.as_str()))
        };
        let places = self.schema.places(&self.document);
        let places: Vec<String> = places
            .iter()
            .filter(has_law)
            .map(|place| place.at.clone())
            .collect();
        if places.is_empty() {
            return false;
        }
        let place = &places[self.dice.below(places.len())];
        let minutes = minutes_of(place).to_string();
        let snippet = self.dice.of(row.values).replace('#', &minutes);
        let Some(value) = self.value(&snippet, place) else {
            return false;
        };
        let law = self.document.pointer_mut(place).unwrap();
        let law = law.as_object_mut().unwrap();
        law.retain(|key, _| !LAW_KEYS.contains(&key.as_str()));
        law.insert(row.key.to_owned(), value);
        true
    }

    /// Where tables of a kind are.
    fn places(&self, table: &str) -> Vec<String> {
        let is_wanted = |place: &super::document::Place<'_>| {
            let keys = self.document.pointer(&place.at).unwrap();
            match table {
                "fault" => {
                    ["kind", "mode", "component"].contains(&place.table)
                        && keys.get("kind").is_none()
                        && keys.get("states").is_none()
                }
                "kind" => {
                    ["kind", "component"].contains(&place.table) && keys.get("kind").is_none()
                }
                "standbys" => {
                    place.table == "group" && keys.get("standby").is_some_and(|how| how != "active")
                }
                "service" => ["service", "service-2"].contains(&place.table),
                other => other == place.table,
            }
        };
        let places = self.schema.places(&self.document).into_iter();
        places.filter(is_wanted).map(|place| place.at).collect()
    }

    /// A value for a table; nothing if it names what there is not.
    fn value(&mut self, snippet: &str, place: &str) -> Option<Json> {
        let mut text = String::new();
        let mut rest = snippet;
        while let Some(at) = rest.find('@') {
            text += &rest[..at];
            let word = &rest[at + 1..];
            let end = word.find(|c: char| !c.is_ascii_alphanumeric());
            let (word, after) = word.split_at(end.unwrap_or(word.len()));
            text += &self.put_in(word, place)?;
            rest = after;
        }
        text += rest;
        Some(parse(&format!("value = {}", text.replace('\'', "\"")))["value"].take())
    }

    /// What stands for a word after `@`.
    fn put_in(&mut self, word: &str, place: &str) -> Option<String> {
        if let Ok(minutes) = word.parse() {
            return Some(self.dice.law(minutes));
        }
        let names = match word {
            "crew" => self.named("crews", "team", json!({ "size": 1 })),
            "spare" => {
                let lead_time = self.value("@240", "");
                self.named(
                    "spares",
                    "disks",
                    json!({ "stock": 1, "lead_time": lead_time }),
                )
            }
            "people" => self.named("people", "staff", json!({ "size": 1 })),
            "cause" => self.names("causes"),
            "kind" => self.names("kinds"),
            "service" => self.names("services"),
            "name" => {
                let mut names = self.names("groups");
                names.extend(self.names("components"));
                names
            }
            "unit" => {
                let units = self.document["groups"].as_object();
                let units = units.into_iter().flatten();
                let units = units.filter(|(_, group)| group.get("units").is_some());
                let mut units: Vec<String> = units.map(|(name, _)| format!("{name}.1")).collect();
                units.extend(self.names("components"));
                units
            }
            "mode" => {
                let of = place.split("/modes").next().unwrap();
                let kind = self.document.pointer(of).filter(|_| of.starts_with("/k"));
                let kind = kind.or_else(|| self.document["kinds"].as_object()?.values().next());
                let modes = kind.and_then(|kind| kind["modes"].as_object());
                let modes = modes.into_iter().flatten();
                modes.map(|(name, _)| name.clone()).collect()
            }
            other => unreachable!("nothing is called @{other}"),
        };
        (!names.is_empty()).then(|| names[self.dice.below(names.len())].clone())
    }

    fn names(&self, section: &str) -> Vec<String> {
        let section = self.document[section].as_object().into_iter().flatten();
        section.map(|(name, _)| name.clone()).collect()
    }

    /// The names in a section, which has a new entry where it has none.
    fn named(&mut self, section: &str, name: &str, entry: Json) -> Vec<String> {
        if self.names(section).is_empty() {
            self.document[section][name] = entry;
        }
        self.names(section)
    }

    /// Adds what takes more than one key.
    fn add_structure(&mut self) -> bool {
        let name = ["x0", "x1", "x2"]
            .into_iter()
            .find(|name| {
                ["kinds", "components", "groups"]
                    .iter()
                    .all(|of| self.document[*of].get(name).is_none())
            })
            .unwrap_or("x3");
        let kinds = self.names("kinds");
        let kind = match kinds.len() {
            0 => return false,
            count => kinds[self.dice.below(count)].clone(),
        };
        match self.dice.below(7) {
            // A kind that takes over the keys of another one.
            0 => {
                self.document["kinds"][name] = json!({ "like": kind });
                for place in [self.places("group"), self.places("component")].concat() {
                    let user = self.document.pointer_mut(&place).unwrap();
                    if user.get("kind").is_some_and(|of| *of == kind) {
                        user["kind"] = json!(name);
                        break;
                    }
                }
                true
            }
            // A component with keys of its own, which is needed too.
            1 => {
                let (fail, repair) = (self.dice.law(600), self.dice.law(60));
                let component = format!("{{ fail = {fail}, repair = {repair} }}");
                self.document["components"][name] = self.value(&component, "").unwrap();
                self.also_needed(name)
            }
            // A machine among the members of a group.
            2 => {
                let (wears, mended) = (self.dice.law(300), self.dice.law(90));
                let share = self.dice.of(&["0", "0.4", "1"]).to_owned();
                let rest = 1.0 - share.parse::<f64>().unwrap();
                // The first state by name is the one at the start.
                let dead = self.dice.of(&["dead", "ruined"]).to_owned();
                let states = format!(
                    "{{ good = {{ gives = 'up', exits = [{{ after = {wears}, to = {{ poor = {share}, {dead} = {rest} }} }}] }}, \
                     poor = {{ gives = 'degraded', exits = [{{ after = {wears}, to = '{dead}' }}, {{ after = {mended}, to = 'good' }}] }}, \
                     {dead} = {{ gives = 'down', exits = [{{ after = {mended}, to = 'good' }}] }} }}"
                );
                let states = self.value(&states, "").unwrap();
                self.document["components"][name] = json!({ "states": states });
                self.also_needed(name)
            }
            // A pair of what there is.
            3 => {
                let active = 1 + self.dice.below(2);
                let standby = if active == 2 { "active" } else { "hot" };
                let inner = format!("{name}a");
                self.document["components"][&inner] = json!({ "kind": kind });
                self.document["components"][format!("{name}b")] = json!({ "kind": kind });
                self.document["groups"][name] = json!({
                    "members": [inner, format!("{name}b")],
                    "active": active,
                    "required": 1,
                    "standby": standby,
                });
                self.also_needed(name)
            }
            // A shared cause, or planned work.
            4 => {
                self.write_first("shared-cause", 0);
                true
            }
            5 => {
                self.write_first("change", 0);
                true
            }
            // A number that is a knob.
            _ => {
                let places = self.places("crew").into_iter();
                let places = places.chain(self.places("spares"));
                let Some(place) = places.last() else {
                    return false;
                };
                let table = self.document.pointer_mut(&place).unwrap();
                let key = if table.get("stock").is_some() {
                    "stock"
                } else {
                    "size"
                };
                let value = std::mem::replace(&mut table[key], json!("$knob"));
                self.document["params"] = json!({ "knob": value });
                true
            }
        }
    }

    /// A service, or a group, needs it from now on.
    fn also_needed(&mut self, name: &str) -> bool {
        let groups = self.places("group");
        if self.dice.once_in(2) && !groups.is_empty() {
            let place = &groups[self.dice.below(groups.len())];
            let group = self.document.pointer_mut(place).unwrap();
            if let Some(members) = group.get_mut("members") {
                members.as_array_mut().unwrap().push(json!(name));
                return true;
            }
        }
        let services = self.places("service");
        let place = &services[self.dice.below(services.len())];
        let word = self.dice.of(&["and", "or"]);
        let service = self.document.pointer_mut(place).unwrap();
        let up = service["up"].as_str().unwrap();
        service["up"] = json!(format!("({up}) {word} {name}"));
        true
    }
}
