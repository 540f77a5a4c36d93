//! Small systems in which those keys count that count in no other scenario: what they tell of happens often.

/// Their names and texts.
pub(super) const EXAMPLES: &[(&str, &str)] = &[
    (
        "example: takeovers that fail, and people",
        r#"
format = 1
[run]
horizon = "400 h"
[people.operator]
size = 1
slower = [{ every = "24 h", at = "6 h", lasts = "10 h", speed = "50 %" }]
[people.many]
[kinds.node]
fail = { mean = "20 h" }
repair = { mean = "2 h" }
[components.dns]
fail = { mean = "20 h" }
repair = { mean = "5 h" }
[groups.a]
kind = "node"
units = 3
active = 1
standby = "hot"
takeover = { promoting = { mean = "10 min", succeeds = "50 %", retries = 1, then = "manual" }, manual = { mean = "5 h" }, manual_by = "operator" }
[groups.b]
kind = "node"
units = 3
active = 1
standby = "hot"
takeover = { redirecting = { mean = "10 min", succeeds = "50 %", retries = 1, then = "manual", needs = "dns" }, manual = { mean = "5 h" }, manual_by = "operator" }
[services.first]
up = "a"
[services.second]
up = "b"
"#,
    ),
    (
        "example: kinds of faults",
        r#"
format = 1
[run]
horizon = "400 h"
[crews.few]
size = 1
order = "priority"
[crews.many]
size = 9
[spares.parts]
stock = 1
lead_time = { mean = "20 h" }
[spares.plenty]
stock = 90
lead_time = { mean = "1 h" }
[kinds.disk]
ages_while = "entry"
on_demand = { probability = "30 %", mode = "worn" }
[kinds.disk.modes.worn]
fail = { weibull = { shape = 3, mean = "20 h" } }
repair = { mean = "4 h" }
after_repair = { kijima2 = 0.5 }
crew = "few"
spare = "parts"
priority = 2
[kinds.disk.modes.stuck]
fail = { mean = "15 h" }
repair = [{ takes = { mean = "2 h" }, crew = "few" }, { takes = { mean = "1 h" } }]
priority = 1
[kinds.plain]
fail = { weibull = { shape = 3, mean = "20 h" } }
repair = { mean = "4 h" }
after_repair = "old"
crew = "few"
spare = "parts"
[groups.disks]
kind = "disk"
units = 3
active = 1
standby = "cold"
takeover = { promoting = { mean = "10 min" } }
[groups.front]
kind = "plain"
units = 1
standby = "active"
[services.storage]
up = "disks"
[services.entry]
up = "front"
"#,
    ),
    (
        "example: units state by state",
        r#"
format = 1
[run]
horizon = "200 h"
[kinds.valve.states.fit]
exits = [{ after = { mean = "20 h" }, to = { worn = 0.7, wreck = 0.3 } }]
[kinds.valve.states.worn]
gives = "degraded"
exits = [{ after = { mean = "5 h" }, to = { fit = 0.5, wreck = 0.5 } }]
[kinds.valve.states.wreck]
gives = "down"
exits = [{ after = { mean = "10 h" }, to = "fit" }]
[groups.valves]
kind = "valve"
units = 2
standby = "active"
required = 1
capacity = 10
degraded_capacity = "40 %"
[service]
up = "valves"
demand = 15
"#,
    ),
    (
        "example: a load",
        r#"
format = 1
[run]
horizon = "400 h"
[kinds.server]
[kinds.server.modes.dead]
fail = { mean = "30 h" }
repair = { mean = "10 h" }
[kinds.server.modes.slow]
fail = { mean = "20 h" }
repair = { mean = "5 h" }
effect = { degraded = "50 %" }
[groups.web]
kind = "server"
units = 3
required = 1
standby = "active"
capacity = 50
degraded_capacity = "40 %"
scaling = { delay = { mean = "2 h" }, quota = 60, above = 0.9 }
[groups.db]
kind = "server"
units = 3
required = 1
standby = "active"
capacity = 50
degraded_capacity = "40 %"
overload = { recovers_below = 0.8, above = 1.1, after = { mean = "1 h" }, restart = { mean = "1 h" } }
[service]
up = "web and db"
demand = 120
down_below = "60 %"
"#,
    ),
    (
        "example: probes, needs and data",
        r#"
format = 1
[run]
horizon = "400 h"
[kinds.node]
fail = { mean = "20 h" }
repair = { mean = "2 h" }
[components.power]
fail = { mean = "30 h" }
repair = { mean = "3 h" }
[components.cache]
fail = { mean = "10 h" }
repair = { mean = "3 h" }
[groups.db]
kind = "node"
units = 2
active = 1
standby = "hot"
detect = { interval = "10 min", misses = 2, loss = "20 %", observers = 3, agree = 2 }
takeover = { fencing = { mean = "5 min" }, promoting = { mean = "30 min" } }
replication = { mode = "asynchronous", lag = { mean = "5 min" } }
needs = "power"
degraded_without = { cache = "50 %" }
capacity = 10
[service]
up = "db"
demand = 8
"#,
    ),
    (
        "example: changes and causes",
        r#"
format = 1
[run]
horizon = "400 h"
[kinds.node]
fail = { weibull = { shape = 3, mean = "50 h" } }
repair = { mean = "5 h" }
after_repair = { kijima2 = 0.5 }
[groups.web]
kind = "node"
units = 4
required = 3
standby = "active"
capacity = 10
[causes.rack]
every = { mean = "30 h" }
lasts = { mean = "5 h" }
effect = { degraded = "50 %" }
hits = ["web.1"]
within = "zone"
[causes.zone]
every = { mean = "60 h" }
lasts = { mean = "3 h" }
hits = ["web.3"]
[causes.region]
every = { mean = "90 h" }
lasts = { mean = "3 h" }
hits = ["web.4"]
[changes.upgrade]
on = ["web"]
every = { mean = "90 h" }
takes = { mean = "4 h" }
order = "rolling"
[changes.patch]
on = ["web"]
batch = 2
calendar = { every = "24 h", at = "2 h", lasts = "6 h" }
takes = { mean = "2 h" }
effect = { degraded = "20 %" }
[changes.deploy]
on = ["web"]
every = { mean = "30 h" }
takes = { mean = "1 h" }
canary = { units = 2, watch = "2 h" }
bad = { probability = "50 %", effect = "down", noticed = { mean = "3 h" }, rollback = { mean = "1 h" } }
[service]
up = "web"
demand = 30
"#,
    ),
];
