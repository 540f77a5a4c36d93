//! Broken scenarios: each broken line carries the problems that it must cause, in a comment
//! (`#! code: message`, several joined by ` ;; `).

use super::*;

/// Sections that a broken scenario leaves out are these.
const REST: [(&str, &str); 3] = [
    (
        "[kinds",
        "\n[kinds.server]\nfail = { mean = \"1 y\" }\nrepair = \"4 h\"\n",
    ),
    (
        "[groups",
        "\n[groups.db]\nkind = \"server\"\nunits = 2\nstandby = \"hot\"\n",
    ),
    ("[service", "\n[service]\nup = \"db\"\n"),
];

fn whole(text: &str) -> String {
    let mut text = text.trim_start().to_owned();
    for (section, rest) in REST {
        if !text.contains(section) {
            text.push_str(rest);
        }
    }
    text
}

/// The problems that the comments of a text announce, by line.
fn announced(text: &str) -> Vec<String> {
    let mut expected = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if let Some((_, problems)) = line.split_once("#! ") {
            expected.extend(
                problems
                    .split(" ;; ")
                    .map(|problem| format!("{}: {}", index + 1, problem.trim())),
            );
        }
    }
    expected
}

fn found(problems: &Problems) -> Vec<String> {
    let line = |problem: &Problem| {
        let place = problem.place.as_ref().expect("every problem has a place");
        problems.texts()[place.text].text[..place.span.start]
            .matches('\n')
            .count()
            + 1
    };
    problems
        .iter()
        .map(|problem| {
            format!(
                "{}: {}: {}",
                line(problem),
                problem.code.id(),
                problem.message
            )
        })
        .collect()
}

#[test]
fn each_broken_line_is_explained() {
    let mut wrong = String::new();
    for text in BROKEN {
        let text = whole(text);
        let (expected, found) = match load_with(&text, &[]) {
            Ok(_) => (announced(&text), vec!["nothing".to_owned()]),
            Err(problems) => (announced(&text), found(&problems)),
        };
        if expected != found {
            wrong.push_str(&format!(
                "{text}\n expected {expected:#?}\n found {found:#?}\n-----\n"
            ));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn every_problem_has_a_remedy_or_says_it_itself() {
    for text in BROKEN {
        let Err(problems) = load_with(&whole(text), &[]) else {
            continue;
        };
        for problem in problems.iter() {
            let first = problem.message.chars().next().expect("a message");
            assert!(
                !first.is_uppercase() && !problem.message.ends_with('.'),
                "{}",
                problem.message
            );
            if let Some(help) = &problem.help {
                assert!(help.ends_with(['.', '?']), "{help}");
            }
        }
    }
}

const BROKEN: &[&str] = &[
    // What has no long run to begin in.
    r#"
format = 1
[run]
start = "old" #! unknown-word: `start` cannot be `old`
"#,
    r#"
format = 1
[run]
warm_up = "1 y" #! conflicting-keys: `warm_up` has no meaning where the mission begins with everything new
"#,
    r#"
format = 1
[run]
start = "settled"
warm_up = "290 y" #! impossible-system: warm-up and mission can last 290 y together, but are 291 y
"#,
    r#"
format = 1
[run]
start = "settled"
[kinds.server]
fail = { weibull = { shape = 2, mean = "1 y" } }
age = "4 y" #! impossible-system: units of kind `server` have an age at the start, but in the long run nothing is left of it
repair = "1 h"
"#,
    r#"
format = 1
[run]
start = "settled"
[kinds.server]
fail = { weibull = { shape = 2, mean = "1 y" } }
repair = "1 h"
after_repair = { kijima1 = 0.5 } #! impossible-system: units of kind `server` grow older with each repair, so there is no long run
"#,
    r#"
format = 1
[run]
start = "settled"
[kinds.server]
fail = { pareto = { shape = 0.9, scale = "1 h" } } #! impossible-system: this takes infinitely long on average, so there is no long run
repair = "1 h"
"#,
    r#"
format = 1
[run]
start = "settled"
[kinds.server]
fail = { mean = "1 y" }
repair = "never" #! impossible-system: `failure` is never mended, so in the long run all units of kind `server` are broken
"#,
    r#"
format = 1
[run]
start = "settled"
[kinds.server.states.on]
exits = [{ after = { mean = "1 y" }, to = "off" }]
[kinds.server.states.off] #! impossible-system: state `off` is never left, so there is no long run
gives = "down"
"#,
    // People, elections and machines.
    r#"
format = 1
[kinds.server]
fail = { mean = "1 y" }
repair = [{ takes = "1 h", crew = "peple" }] #! unknown-name: there is no crew `peple`
[groups.db]
kind = "server"
units = 2
standby = "active"
[components.engine.states.on]
exits = [{ after = { mean = "1 y" }, to = "of" }] #! unknown-name: there is no state `of`
[components.engine.states.off]
gives = "down"
[service]
up = "db and engine"
"#,
    r#"
format = 1
[crews.people]
size = 1
preempts = "resume" #! impossible-system: crew `people` does not go by priority, so no fault is more urgent than another
[kinds.server]
fail = { mean = "1 y" }
repair = "1 h"
crew = "people"
[groups.db]
kind = "server"
units = 2
standby = "active"
load = [4, 2, 1] #! impossible-system: `load` tells of 3 serving members, but only 2 ever serve in group `db`
quorum = 2 #! impossible-system: all members of group `db` serve, so nobody is elected
[service]
up = "db"
"#,
    // The file as such.
    r#"
name = "x" #! format: the key `format` is missing
"#,
    r#"
format = 2 #! format: format 2 cannot be read, only format 1
"#,
    r#"
format = 1
[run]
seed = = 1 #! syntax: extra `=` ;; syntax: unexpected key or value, expected newline, `#`
trials = 10 20 #! syntax: string values must be quoted, expected literal string
"#,
    r#"
format = 1
[run]
seed = 1
seed = 2 #! syntax: duplicate key `seed`
"#,
    r#"
format = 1
[run]
trails = 5 #! unknown-key: unknown key `trails` in [run]
horizon = 5 #! missing-unit: `horizon` needs a unit
confidence = 120 #! out-of-range: `confidence` is a probability, so it cannot be 120
"#,
    r#"
format = 1
[run]
trials = 10
until = "rel_err(downtme) <= 2 %" #! conflicting-keys: `trials` and `until` exclude each other ;; invalid-target: there is no metric `downtme`
"#,
    r#"
format = 1
[run]
horizon = "300 y" #! impossible-system: the mission can last 290 y at most, but is 300 y
"#,
    r#"
format = 1
[run]
horizon = "infinite" #! not-finite: `horizon`: `infinite` is not a finite number
"#,
    // Quantities.
    r#"
format = 1
[groups.db]
kind = "server"
units = "two" #! wrong-type: `units` must be a whole number without quotes, not a text
standby = "hot"
detect = 3 #! missing-unit: `detect` needs a unit
rejoin = "3 hours" #! unknown-unit: `hours` is not a unit that `rejoin` can have
false_alarms = { mean = "-1 y" } #! out-of-range: `mean` must not be negative, but is -1 y
"#,
    r#"
format = 1
[kinds.server]
fail = { mean = nan } #! not-finite: `nan` is not a finite number
repair = { mean = "inf h" } #! not-finite: `mean`: `inf h` is not a finite number
age = "1e-400 y" #! not-finite: `age`: `1e-400 y` is too small a number to be told from zero
on_demand = { probability = 1e-400 } #! not-finite: `1e-400` is too small a number to be told from zero
"#,
    r#"
format = 1
[kinds.server]
fail = { rate = "2 y" } #! unknown-unit: `y` is not a unit that `rate` can have
repair = { constant = "5 m" } #! unknown-unit: `m` is not a unit that `constant` can have
on_demand = { probability = "120 %" } #! out-of-range: `probability` is a probability, so it cannot be 120 %
"#,
    // Laws.
    r#"
format = 1
[kinds.server]
fail = "8000 h" #! invalid-law: `fail` needs a law, because "8000 h" alone would be the same every time
repair = { mean = "4 h", lognormal = { median = "4 h", p95 = "12 h" } } #! invalid-law: a law has one family, but this one has `mean` and `lognormal`
"#,
    r#"
format = 1
[kinds.server]
fail = { weibull = { shape = 0, mean = "1 y" } } #! out-of-range: `shape` must not be zero
repair = { lognormal = { median = "12 h", p95 = "4 h" } } #! invalid-law: `median` must be less than `p95`, but 12 h is not less than 4 h
administrative_delay = { gamma = { shape = 2 } } #! invalid-law: a gamma law cannot be built from `shape`
"#,
    r#"
format = 1
[kinds.server]
fail = { wiebull = { shape = 2, mean = "1 y" } } #! unknown-key: unknown key `wiebull` in law `kinds.server.fail`
repair = { mixture = [{ weight = "30 %", law = "1 h" }, { weight = "60 %", law = "2 h" }] } #! invalid-law: the weights of `mixture` add up to 90 %, not to 100 %
administrative_delay = { uniform = ["3 h", "1 h"] } #! invalid-law: the first bound of `uniform` must be less than the second
"#,
    r#"
format = 1
[kinds.server]
fail = { bathtub = [{ until = "1 y", rate = "5 /y" }, { until = "1 mo", rate = "1 /y" }, { rate = "3 /y" }] } #! invalid-law: ages of a bathtub must increase from piece to piece
repair = { hyperexponential = { mean = "1 h", cv = 0.5 } } #! invalid-law: `hyperexponential`: no hyperexponential law has a coefficient of variation of 0.5: it must be at least 1
"#,
    r#"
format = 1
[kinds.server]
fail = { constant = "0 s" } #! impossible-system: the time to failure is zero, so failures would follow each other without end
repair = "4 h"
"#,
    // Kinds.
    r#"
format = 1
[kinds.server]
like = "machine" #! cycle: kinds are like each other in a circle: machine -> server -> machine
[kinds.machine]
like = "server"
"#,
    r#"
format = 1
[kinds.server]
like = "sever" #! unknown-name: there is no kind `sever`
fail = { mean = "1 y" }
"#,
    r#"
format = 1
[kinds.server] #! out-of-range: the shares of the modes add up to 90 %, not to 100 %
fail = { mean = "1 y" }
repair = "4 h"
modes.crash = { share = "50 %" }
modes.gray = { share = "40 %", notice = "users" } #! unknown-word: `notice` cannot be `users`
"#,
    r#"
format = 1
[kinds.server]
repair = "4 h"
[kinds.server.modes.crash] #! missing-key: `fail` is missing in mode `kinds.server.modes.crash`
effect = "down"
"#,
    r#"
format = 1
[kinds.server]
fail = { mean = "1 y" }
lasts = "5 min"
crew = "techs" #! conflicting-keys: `crew` has no meaning here, as the fault ends by itself
on_demand = { probability = "1 %", mode = "stuck" } #! unknown-name: there is no mode `stuck`
"#,
    r#"
format = 1
[kinds.server]
fail = { mean = "1 y" }
repair = "4 h"
notice = "test" #! impossible-system: only a test can notice `failure`, but kind `server` has no test
[groups.db]
kind = "server"
units = 1
"#,
    r#"
format = 1
[kinds.server]
fail = { mean = "1 y" }
repair = "4 h"
crew = "tech" #! unknown-name: there is no crew `tech`
after_repair = { kijima1 = 1.5 } #! out-of-range: `kijima1` is a probability, so it cannot be 1.5
[crews.techs]
size = 0 #! out-of-range: `size` must be at least 1, not 0
"#,
    // Groups.
    r#"
format = 1
[groups.db]
kind = "server"
units = 3
standby = "active"
reqired = 4 #! unknown-key: unknown key `reqired` in group `groups.db`
"#,
    r#"
format = 1
[groups.db]
kind = "server"
units = 3
standby = "active"
required = 4 #! impossible-system: group `db` needs 4 members up but has only 3
"#,
    r#"
format = 1
[groups.db]
kind = "server"
units = 3
active = 1
required = 2 #! impossible-system: group `db` needs 2 serving members but only 1 serve
"#,
    r#"
format = 1
[groups.db] #! missing-key: the group has 2 members, of which 1 must serve, but nothing says whether the others serve too or stand by
kind = "server"
units = 2
required = 1
"#,
    r#"
format = 1
[groups.db]
kind = "sever" #! unknown-name: there is no kind `sever`
units = 2
standby = "wram" #! unknown-word: `standby` cannot be `wram`
failback = { mode = "stable", every = "7 d" } #! missing-key: `after` is missing in failback `groups.db.failback` ;; conflicting-keys: `every` has no meaning with mode `stable`
"#,
    r#"
format = 1
[groups.db]
members = ["a", "b"]
active = 1
[groups.a]
members = ["b"] #! impossible-system: `b` is a member of two groups, `db` and `a`
[groups.b]
members = ["a"] #! impossible-system: `a` is a member of two groups, `db` and `b` ;; impossible-system: groups are members of each other in a circle: b -> a -> b
[targets]
cost = "<= 5 EUR/y"
[service]
up = "db"
"#,
    r#"
format = 1
[groups.db]
members = ["web"] #! unknown-name: there is no component or group `web`
"#,
    r#"
format = 1
[components.web]
kind = "server"
count = 3
[groups.db]
members = ["web.1"] #! unknown-name: `web.1` is one of several units
[changes.patch]
on = "web" #! wrong-type: `on` must be a list, not a text
calendar = "Sunday" #! wrong-type: `calendar` must be a table, not a text
takes = "5 min"
[service]
up = "db"
"#,
    r#"
format = 1
[components.web]
kind = "server"
[groups.db]
members = ["web"]
[groups.app]
members = ["db"]
capacity = 5 #! conflicting-keys: `capacity` is what each unit can bear, but group `app` has groups as members
"#,
    r#"
format = 1
[components.web]
kind = "server"
[groups.db]
members = ["web"]
[groups.app]
members = ["web"] #! impossible-system: `web` is a member of two groups, `db` and `app`
"#,
    r#"
format = 1
[groups.db]
kind = "server"
units = 2
standby = "hot"
false_alarms = { mean = "1 y" }
takeover = { uniform = ["1 s", "3 s"], succeeds = "98 %" } #! missing-key: `manual` is missing in takeover `groups.db.takeover`
"#,
    r#"
format = 1
[groups.db] #! impossible-system: two members of group `db` can serve at the same time: false alarms replace a healthy member, and nothing fences the old one
kind = "server"
units = 2
standby = "hot"
detect = { interval = "1 s", loss = "0.1 %" }
"#,
    r#"
format = 1
[groups.db]
kind = "server"
units = 2
standby = "active"
false_alarms = { mean = "1 y" } #! impossible-system: group `db` has no standbys, so a false alarm cannot cause a failover
detect = { interval = "1 s", observers = 2, agree = 3 } #! impossible-system: 3 observers must agree, but there are only 2
"#,
    r#"
format = 1
[groups.db]
kind = "server"
units = 2
standby = "hot"
detect = { interval = "0 s" } #! out-of-range: `interval` must not be zero
[groups.db.takeover]
manual = "1 h"
promoting = { mean = "5 s", retries = 2 } #! conflicting-keys: `retries` has no meaning, as the stage cannot fail
deciding = { mean = "5 s", succeeds = "50 %", retries = 251 } #! out-of-range: `retries` must be at most 250, not 251
hold_down = true #! wrong-type: `hold_down` must be a duration such as "3 s", not true or false
"#,
    r#"
format = 1
[kinds.server]
fail = { mean = "1 y" }
repair = "4 h"
on_demand = { probability = 1 } #! impossible-system: units of kind `server` would never work when they are called
test = { every = "0 s" } #! impossible-system: tests follow each other without any time between them
"#,
    r#"
format = 1
[kinds.server]
fail = { mean = "1 y" }
repair = "4 h"
effect = "isolated"
[groups.db]
kind = "server"
units = 2
standby = "hot"
split_brain = { during = "up" } #! missing-key: `lasts` is missing in split_brain `groups.db.split_brain`
takeover = { hold_down = "1 h", fencing = "1 s" } #! missing-key: `manual` is missing in takeover `groups.db.takeover`
"#,
    r#"
format = 1
[kinds.server]
fail = { mean = "1 y" }
repair = "4 h"
effect = "isolated"
[groups.db] #! impossible-system: two members of group `db` can serve at the same time: the mode `failure` isolates a member that is alive, and fencing can fail
kind = "server"
units = 2
standby = "hot"
takeover = { fencing = { constant = "1 s", succeeds = "90 %", then = "proceed" }, redirecting = { constant = "1 s", succeeds = "90 %" }, manual = "0 s" } #! impossible-system: `redirecting` can fail in group `db`, but people would take over in no time
"#,
    r#"
format = 1
[groups.db]
kind = "server"
units = 2
standby = "hot"
failback = { mode = "window", every = "7 d", at = "8 d", lasts = "0 s" } #! impossible-system: the window opens after the end of its period ;; impossible-system: the window is never open
[groups.app]
kind = "server"
units = 2
standby = "hot"
[groups.app.takeover]
promoting = { mean = "5 s" }
uniform = ["1 s", "2 s"] #! conflicting-keys: `uniform` beside `promoting` does not say which stage it belongs to
"#,
    // Names and services.
    r#"
format = 1
[components.db]
kind = "server"
[groups.db] #! duplicate-name: `db` is a component and a group
kind = "server"
units = 1
"#,
    r#"
format = 1
[groups."=db"] #! invalid-name: `=db` cannot be the name of a group
kind = "server"
units = 1
[service]
up = "db" #! unknown-name: there is no group, component or service `db`
"#,
    r#"
format = 1
[service]
up = "db and (web or dv" #! invalid-expression: expected `)`
"#,
    r#"
format = 1
[service]
up = "db and dv" #! unknown-name: there is no group, component or service `dv`
"#,
    r#"
format = 1
[service]
up = "at_least(3, db, db)" #! invalid-expression: at_least(3, ...) of 2 parts is never up
"#,
    r#"
format = 1
[services.a]
up = "b and db" #! impossible-system: services need each other in a circle: a -> b -> a
[services.b]
up = "db or a"
"#,
    r#"
format = 1
[targets] #! conflicting-keys: there are 2 services, so [targets] does not say whose they are
availability = ">= 99 %"
[services.a]
up = "db"
[services.b]
up = "db"
"#,
    r#"
format = 1
[targets]
availability = "99.9 %" #! invalid-target: the target `availability` must be a comparison, not "99.9 %"
downtime = ">= 8 h" #! invalid-target: `downtime` is good when it is low, so ">= 8 h" promises nothing
"longest_outage.p99" = "<= 4" #! missing-unit: the target `longest_outage.p99`: `4` has no unit
never_down = ">= 120 %" #! out-of-range: `never_down` is a share, so its limit cannot be 120 %
uptime = ">= 1 h" #! unknown-key: unknown key `uptime` in [targets]
"#,
    // Shared causes.
    r#"
format = 1
[causes.zone] #! missing-key: `lasts` is missing in shared cause `causes.zone`
count = 2
every = { mean = "2 y" }
hits = ["db", "web"] #! unknown-name: there is no unit, group, component or shared cause `web`
[causes.rack] #! missing-key: `every` is missing in shared cause `causes.rack`
within = "zoen" #! unknown-name: there is no shared cause `zoen`
hits = ["db.1"]
[causes.power]
every = "never"
lasts = "1 h" #! conflicting-keys: `lasts` has no meaning, as there are no events
[causes.db] #! duplicate-name: `db` is a shared cause and a group or component
every = { mean = "1 y" }
breaks = true
notice = "at once" #! conflicting-keys: `notice` has no meaning, as the event is over at once
hits = [["db.1"], ["db.2"]] #! out-of-range: `hits` has 2 lists, but there are 1 of this cause
"#,
    r#"
format = 1
[causes.a]
every = { mean = "1 y" }
beta = "5 %" #! conflicting-keys: `every` and `beta` exclude each other ;; out-of-range: `beta` splits the failures of one kind, so the cause must hit all units of one kind and no others
lasts = "1 h"
hits = ["db.1"]
[causes.b]
beta = "100 %" #! out-of-range: a common part of 100 % leaves nothing to split
hits = ["db"]
"#,
    r#"
format = 1
[causes.rack] #! impossible-system: shared causes are within each other in a circle: rack -> zone -> rack
every = { mean = "1 y" }
lasts = "1 h"
within = "zone"
[causes.zone]
every = { mean = "1 y" }
lasts = "1 h"
within = "rack"
"#,
    r#"
format = 1
[causes.rack]
every = { mean = "1 y" }
breaks = "crash" #! impossible-system: `rack` strikes units of kind `server`, which has no mode `crash`
hits = ["db", "db.1"] #! impossible-system: `rack` strikes `db.1` in two ways
[causes.empty] #! impossible-system: `empty` strikes nothing
every = "0 s" #! impossible-system: events follow each other without any time between them
lasts = "1 h"
[causes.net]
every = { mean = "1 y" }
lasts = "10 s"
effect = "isolated"
hits = ["db"]
[groups.db] #! impossible-system: two members of group `db` can serve at the same time: `net` isolates members that are alive, and nothing fences the old one
kind = "server"
units = 2
standby = "hot"
"#,
    // Needs.
    r#"
format = 1
[services.auth]
up = "users"
[services.site]
up = "db"
[components.users]
fail = { mean = "1 y" }
repair = "1 h"
needs = "db and dsn" #! unknown-name: there is no group, component or service `dsn`
degraded_without = { cache = "50 %" } #! unknown-name: there is no group, component or service `cache`
[groups.db]
kind = "server"
units = 2
standby = "active"
[groups.db.takeover]
promoting = { mean = "1 min", needs = "auth or (" } #! invalid-expression: expected a name, but the text ends here
"#,
    r#"
format = 1
[services.auth]
up = "users"
[services.site]
up = "db"
[components.users]
fail = { mean = "1 y" }
repair = "1 h"
needs = "db"
[groups.db]
kind = "server"
units = 2
standby = "hot"
needs = "auth" #! impossible-system: what is needed goes round in a circle: db -> auth -> users -> db
"#,
    // What holds for each of several is said once.
    r#"
format = 1
[causes.rack]
every = { mean = "1 y" }
count = 2
breaks = "hang" #! impossible-system: `rack.1` strikes units of kind `server`, which has no mode `hang` (and 1 more like this)
hits = ["db"]
"#,
    r#"
format = 1
[kinds.pump]
fail = { mean = "1 y" }
fial = "2 y" #! unknown-key: unknown key `fial` in kind `kinds.pump` (and 2 more like this)
repair = { erlang = { stages = 2, mode = "2 h" } } #! unknown-key: unknown key `mode` in erlang law `kinds.pump.repair.erlang` (and 2 more like this)
[components.a]
like = "pump"
[components.b]
like = "pump"
[groups.db]
kind = "pump"
units = 2
standby = "hot"
[service]
up = "a and b and db"
"#,
    // Changes.
    r#"
format = 1
[changes.deploy] #! missing-key: `every` is missing in change `changes.deploy` ;; missing-key: `takes` is missing in change `changes.deploy`
on = ["db.1", "web"] #! unknown-name: there is no unit, group or component `web`
order = "all at once"
batch = 2 #! conflicting-keys: `batch` has no meaning, as all units are changed at once
[changes.patch]
on = ["db"]
every = { mean = "14 d" }
calendar = { every = "7 d", lasts = "1 h" } #! conflicting-keys: `every` and `calendar` exclude each other
takes = "5 min"
[changes.db] #! duplicate-name: `db` is a change and something else
on = ["db"]
every = { mean = "14 d" }
takes = "5 min"
"#,
    r#"
format = 1
[changes.deploy]
on = ["db", "db.1"] #! impossible-system: change `deploy` works on `db.1` twice
every = "0 s" #! impossible-system: changes follow each other without any time between them
takes = "5 min"
freeze = [{ every = "1 d", lasts = "1 d" }] #! impossible-system: the freeze never ends, so no work ever begins
[changes.audit]
on = ["db"]
calendar = { every = "36 h", at = "2:00", lasts = "1 h" } #! out-of-range: a time of day needs a period of whole days
takes = "5 min"
[changes.review]
on = ["db"]
calendar = { every = "1 d", at = "Sun 2:00", lasts = "1 h" } #! out-of-range: a day of the week needs a period of whole weeks
takes = "5 min"
[changes.patch]
on = ["db"]
calendar = { every = "1 h", at = "2 h", lasts = "0 s" } #! impossible-system: the window opens after the end of its period ;; impossible-system: the window is never open
takes = "5 min"
[changes.patch.canary] #! impossible-system: the canary has 2 units, and the whole change 2
units = 2
watch = "1 h"
[groups.db]
kind = "server"
units = 2
standby = "active"
switchover = "5 s" #! impossible-system: group `db` has no standbys, so nobody can take over before planned work
"#,
    // Data.
    r#"
format = 1
[groups.db]
kind = "server"
units = 2
standby = "hot"
takeover = "5 s"
[groups.db.replication] #! missing-key: `lag` is missing in replication `groups.db.replication`
mode = "asynchronous"
maximum_lag = "30 s" #! missing-key: `maximum_lag` leaves takeovers to people, and nothing says how long they need
patience = "10 s" #! conflicting-keys: `patience` has no meaning with mode `asynchronous`
[groups.other]
kind = "server"
units = 2
standby = "hot"
[groups.other.replication]
mode = "synchronous"
beyond = "manual" #! conflicting-keys: `beyond` has no meaning with mode `synchronous` ;; conflicting-keys: `beyond` has no meaning without `maximum_lag`
"#,
    r#"
format = 1
[groups.db]
kind = "server"
units = 2
standby = "hot"
[groups.db.replication]
mode = "synchronous"
acknowledged_by = 2 #! impossible-system: writes wait for 2 standbys, and group `db` has 1
split_loss = "10 %" #! impossible-system: two members of group `db` never write at the same time
[groups.web]
kind = "server"
units = 2
standby = "active"
replication = { mode = "synchronous" } #! impossible-system: group `web` has no standbys, so nothing is replicated
[service]
up = "db and web"
"#,
    r#"
format = 1
[targets] #! impossible-system: nothing is said about the data of `service`, so `rpo <= 5 s` says nothing
rpo = "<= 5 s"
"#,
    // Costs.
    r#"
format = 1
[kinds.server]
fail = { mean = "1 y" }
repair = "4 h"
cost = "0.5 EUR" #! unknown-unit: `EUR` is not a unit that `cost` can have
[kinds.other]
like = "server"
cost = { active = 5, repair = "300" } #! missing-unit: `active` needs a unit ;; missing-unit: `repair` needs a unit
[kinds.dear]
like = "server"
cost = { active = "0.5 USD/h", repair = "-3 USD" } #! out-of-range: `repair` must not be negative, but is -3 USD
[kinds.dearer]
like = "server"
cost = "2e9 USD/h" #! not-finite: `cost`: `2e9 USD/h` is too large a number to be stored
[service]
up = "db"
cost = { outage = "5 dollars", downtime = "100 EUR/h" } #! unknown-unit: `dollars` is not a unit that `outage` can have ;; conflicting-keys: `downtime` is in EUR, but other amounts are in USD
"#,
    r#"
format = 1
[service]
up = "db"
[service.cost]
downtime = [{ until = "1 h", costs = "1 EUR/h" }, { until = "30 min", costs = "2 EUR/h" }] #! impossible-system: the classes of downtime do not follow each other
credits = { fee = "1 EUR/mo", steps = [{ below = "99 %", credit = "10 %" }, { below = "99.9 %", credit = "20 %" }] } #! impossible-system: a month below 99.9 % gives back more than one that is worse
"#,
    r#"
format = 1
[targets] #! impossible-system: nothing costs anything, so `cost <= 5 EUR/y` says nothing
cost = "<= 5 EUR/y"
[service]
up = "db"
"#,
    r#"
format = 1
[targets]
cost = "<= 5" #! missing-unit: the target `cost`: `5` has no unit
[service]
up = "db"
cost = { outage = "1 EUR" }
"#,
    // Demand.
    r#"
format = 1
[kinds.server]
fail = { mean = "1 y" }
repair = "4 h"
capacity = 0 #! out-of-range: `capacity` must be above zero
[services.shop]
up = "db"
demand = { mean = 10, peak = 20, daily = [1, 2] } #! conflicting-keys: `mean` and `peak` exclude each other
[services.night]
up = "db"
demand = { daily = [0, 0] } #! out-of-range: nobody ever asks for anything
[services.series]
up = "db"
demand = { values = [1, 2] } #! missing-key: `every` is missing in demand `services.series.demand`
[services.week]
up = "db"
demand = { daily = [1, 2], weekly = [1, 2] } #! missing-key: `mean` is missing in demand `services.week.demand` ;; out-of-range: `weekly` has 2 numbers beside `daily`, not 7
[services.other]
up = "db"
demand = { mean = 3, every = "1 h" } #! conflicting-keys: `every` has no meaning without a series
[services.judged]
up = "db"
down_below = "90 %" #! conflicting-keys: `down_below` has no meaning without a demand
[services.nothing]
up = "db"
demand = { weekly = [] } #! out-of-range: `weekly` is empty
[services.nobody]
up = "db"
demand = {} #! missing-key: `mean` is missing in demand `services.nobody.demand`
"#,
    r#"
format = 1
[components.a]
fail = { mean = "1 y" }
repair = "4 h"
capacity = 3
[components.b]
fail = { mean = "1 y" }
repair = "4 h"
[groups.db] #! impossible-system: group `db` has members with a capacity, but `b` has none
members = ["a", "b"]
standby = "active"
[components.web]
fail = { mean = "1 y" }
repair = "4 h"
capacity = 3
[services.twice]
up = "any(web, web and db)"
demand = 5 #! impossible-system: group `web` would bear the load of service `twice` twice, as two parts that stand for each other contain it
[services.targeted]
up = "web"
[services.targeted.targets] #! impossible-system: nothing is asked of service `targeted`
time_below_demand = "<= 1 h"
"#,
    r#"
format = 1
[groups.fragile]
kind = "server"
units = 2
standby = "active"
overload = { recovers_below = 1.5 } #! impossible-system: group `fragile` can bear any load, so none is too much for it ;; impossible-system: nothing is asked of a service that needs group `fragile` ;; impossible-system: it collapses above 1 and recovers below 1.5 of what it can bear
[groups.scaled]
kind = "server"
units = 2
standby = "active"
capacity = 10
scaling = { delay = "1 min", quota = 5 } #! impossible-system: nothing is asked of a service that needs group `scaled`
[groups.storm]
kind = "server"
units = 2
standby = "active"
capacity = 10
overload = { crash = "0 s" } #! impossible-system: nothing is asked of a service that needs group `storm` ;; impossible-system: members crash at once and are back at once, for ever
[groups.east]
kind = "server"
units = 2
standby = "active"
capacity = 10
overload = { recovers_below = 0.5 } #! impossible-system: group `east` bears only a part of the load of service `service`, as others stand for it
[groups.west]
kind = "server"
units = 2
standby = "active"
capacity = 10
[service]
up = "any(east, west)"
demand = 5
"#,
    r#"
format = 1
[groups.both]
kind = "server"
units = 2
standby = "active"
overload = { crash = "1 min", recovers_below = 0.5, restart = "1 min" } #! conflicting-keys: `recovers_below` has no meaning where members crash one by one
scaling = { delay = "1 min", quota = 0 } #! out-of-range: `quota` must be above zero
[service]
up = "both"
"#,
    r#"
format = 1
[groups.alone]
kind = "server"
units = 2
standby = "active"
takeover = { clients = "1 min" } #! impossible-system: group `alone` has no standbys, so its clients stay where they are
[groups.pair]
kind = "server"
units = 2
standby = "hot"
takeover = { clients = { pareto = { scale = "1 min", shape = 1 } } } #! impossible-system: on average the clients never come back
[service]
up = "pair"
"#,
    r#"
format = 1
[groups.inner]
kind = "server"
units = 2
standby = "hot"
takeover = { clients = "1 min" } #! impossible-system: no service sends its requests to group `inner`
[groups.outer]
kind = "server"
units = 1
degraded_without = { inner = "50 %" }
[service]
up = "outer"
"#,
    r#"
format = 1
[kinds.led]
fail = { mean = "1 y" }
repair = "4 h"
capacity = 1
[groups.pair]
kind = "led"
units = 2
standby = "hot"
takeover = { clients = "1 min" }
[components.app]
fail = "never"
repair = "never"
needs = "shop"
[services.shop]
up = "pair"
demand = 1
down_below = "90 %" #! impossible-system: something depends on `shop`, whose clients come back one by one
[services.all]
up = "app"
"#,
    // Modes and times.
    r#"
format = 1
[components.a]
fail = { mean = "300 h" }
modes = { disk = { share = "30 %", repair = { mean = "40 h" } }, crash = { repair = { mean = "1 h" } } }
[causes.zone]
every = { mean = "300 h" }
hits = ["a"]
breaks = true #! impossible-system: `zone` breaks units of kind `a`, which can fail in 2 modes, and does not say in which
[service]
up = "a"
"#,
    r#"
format = 1
[components.a]
fail = { mean = "1000 h" }
repair = { mean = "1e-14 h" } #! out-of-range: `mean`: `1e-14 h` is less than a nanosecond, the step in which time goes on here
[service]
up = "a"
"#,
    // Stages of a repair.
    r#"
format = 1
[crews.a]
size = 1
[crews.b]
size = 1
[components.x]
fail = { mean = "1 y" }
repair = [{ takes = "1 h", crew = "a", visit = "new" }] #! conflicting-keys: no stage comes before the first one
[components.y]
fail = { mean = "1 y" }
repair = [{ takes = "1 h", crew = "a" }, { takes = "1 h", crew = "b", visit = "same" }] #! conflicting-keys: the stage before is not done by the same crew
[components.z]
fail = { mean = "1 y" }
repair = [{ takes = "1 h", crew = "a" }, { takes = "1 h", crew = "b", visit = "new" }] #! conflicting-keys: the crew is another one than in the stage before, so each comes for itself anyway
[service]
up = "all(x, y, z)"
"#,
    // Params.
    r#"
format = 1
[params]
heartbeat = "1 s"
other = "$heartbeat" #! unknown-param: a param cannot refer to another one: `$heartbeat`
[groups.db]
kind = "server"
units = 2
standby = "hot"
detect = "$hartbeat" #! unknown-param: there is no param `hartbeat`
"#,
    r#"
format = 1
[params]
web = "4 h" #! wrong-type: `units` must be a whole number without quotes, not a text
[groups.db]
kind = "server"
units = "$web"
standby = "hot"
"#,
    r#"
format = 1
extends = "base.toml" #! unreadable-file: cannot read `base.toml`: other files cannot be read here
"#,
];
