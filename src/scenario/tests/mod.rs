//! Whole scenarios: good ones become the model that they describe, bad ones say why.

mod broken;

use std::collections::BTreeMap;

use super::*;
use crate::math::Law;
use crate::math::law::{Exponential, LogNormal, QuantilePoint, Uniform, Weibull};
use crate::model::{
    DemandProfile, Detector, Ending, FailbackTiming, Level, Metric, Statistic, Structure,
};

/// Files in memory, by name.
struct Folder(BTreeMap<&'static str, &'static str>);

impl Files for Folder {
    fn read(&self, path: &str, _from: &str) -> Result<FileText, String> {
        match self.0.get(path) {
            Some(text) => Ok(FileText {
                name: path.to_owned(),
                text: (*text).to_owned(),
            }),
            None => Err("no such file".to_owned()),
        }
    }
}

fn source(text: &str) -> Source {
    Source::toml("test.toml", text)
}

fn load_with(text: &str, changes: &[&str]) -> Result<Scenario, Problems> {
    let changes: Vec<Override> = changes
        .iter()
        .map(|change| Override::parse(change).expect("a change"))
        .collect();
    load(&source(text), &changes, &NoFiles)
}

fn good(text: &str, changes: &[&str]) -> Scenario {
    load_with(text, changes).unwrap_or_else(|problems| panic!("{}", problems.render(false)))
}

fn read_back(scenario: &Scenario) -> Scenario {
    let text = serde_json::to_string_pretty(&scenario.resolved).expect("it is JSON");
    let source = Source {
        name: "back.json".to_owned(),
        text,
        syntax: Syntax::Json,
    };
    load(&source, &[], &NoFiles).unwrap_or_else(|problems| panic!("{}", problems.render(false)))
}

const SHOP: &str = r#"
format = 1
name = "three-tier web shop"

[run]
horizon = "1 y"
trials  = 100_000
seed    = 42

[targets]
availability    = ">= 99.95 %"
"downtime.p95"  = "<= 8 h"

[params]
web       = 4
heartbeat = "1 s"

[kinds.server]
fail   = { mean = "8000 h" }
repair = { lognormal = { median = "4 h", p95 = "12 h" } }

[kinds.database]
like   = "server"
fail   = { weibull = { shape = 1.4, mean = "6000 h" } }

[groups.lb]
kind     = "server"
units    = 2
required = 1
standby  = "hot"
detect   = { interval = "1 s", misses = 3 }
takeover = { uniform = ["1 s", "3 s"] }

[groups.web]
kind     = "server"
units    = "$web"
required = 3
standby  = "active"
detect   = { interval = "5 s", misses = 2 }

[groups.db]
kind     = "database"
units    = 2
required = 1
standby  = "hot"
detect   = { interval = "$heartbeat", misses = 3 }
takeover = { lognormal = { median = "20 s", p95 = "60 s" }, succeeds = "98 %", manual = "1 h" }
failback = { mode = "manual", takes = "5 min" }

[service]
up = "lb and web and db"
"#;

fn quantiles(median: f64, p95: f64) -> Law {
    LogNormal::with_quantiles(QuantilePoint::median(median), QuantilePoint::p95(p95))
        .expect("a law")
        .into()
}

#[test]
fn the_shop_is_what_it_says() {
    let shop = good(SHOP, &[]);
    let system = &shop.system;
    assert_eq!(shop.name, "three-tier web shop");
    assert_eq!((shop.run.trials, shop.run.seed), (Some(100_000), Some(42)));
    assert_eq!(system.mission.as_years(), 1.0);
    assert_eq!(system.units.len(), 8);
    assert_eq!(system.units.as_slice()[7].name, "db.2");
    let [server, database] = system.kinds.as_slice() else {
        panic!("two kinds")
    };
    assert_eq!(server.modes[0].name, "failure");
    assert_eq!(
        server.failures[0].law,
        Exponential::with_mean(8000.0 * 3600.0)
            .expect("a law")
            .into()
    );
    let Ending::Repair(repair) = &database.modes[0].ending else {
        panic!("a repair")
    };
    assert_eq!(repair.time, quantiles(4.0 * 3600.0, 12.0 * 3600.0));
    let weibull = Weibull::with_shape_and_mean(1.4, 6000.0 * 3600.0).expect("a law");
    assert_eq!(database.failures[0].law, weibull.into());
    let [lb, web, db] = system.groups.as_slice() else {
        panic!("three groups")
    };
    assert_eq!(
        (lb.active, lb.required, lb.dormancy, lb.shares_requests),
        (1, 1, 1.0, false)
    );
    assert_eq!(
        lb.takeover.promoting.takes,
        Uniform::with_low_and_high(1.0, 3.0).expect("a law").into()
    );
    assert_eq!(
        (
            web.active,
            web.required,
            web.members.len(),
            web.shares_requests
        ),
        (4, 3, 4, true)
    );
    assert_eq!((db.active, db.required), (1, 1));
    let Some(Detector::Probes(probes)) = &db.detector else {
        panic!("probes")
    };
    assert_eq!(
        (probes.interval.as_secs(), probes.misses, probes.agree),
        (1.0, 3, 1)
    );
    assert_eq!(db.takeover.promoting.succeeds.get(), 0.98);
    assert!(matches!(db.failback.timing, FailbackTiming::Manual(_)));
    assert_eq!(db.failback.during, Level::Down);
    let service = &system.services.as_slice()[0];
    assert!(matches!(&service.up, Structure::AtLeast { k: 3, of } if of.len() == 3));
    assert_eq!(service.targets[0].limit, 0.9995);
    assert_eq!(
        service.targets[1].metric,
        Metric::Downtime(Statistic::Quantile(0.95))
    );
    assert_eq!(service.targets[1].limit, 8.0 * 3600.0);
    assert_eq!(service.targets[1].text, "downtime.p95 <= 8 h");
}

#[test]
fn what_was_run_can_be_run_again() {
    let shop = good(SHOP, &["web=5"]);
    let back = read_back(&shop);
    assert_eq!(back.system, shop.system);
    assert_eq!(back.run, shop.run);
    assert_eq!(back.resolved, shop.resolved);
}

#[test]
fn shares_above_one_may_be_percentages() {
    let overload = |above: &str, below: &str| {
        let text = format!(
            "format = 1\n[components.a]\ncount = 2\ncapacity = 10\nfail = {{ mean = \"1 y\" }}\nrepair = \"1 h\"\n\
             [groups.web]\nmembers = [\"a\"]\nstandby = \"active\"\nrequired = 1\n\
             overload = {{ above = {above}, recovers_below = {below} }}\n[service]\nup = \"web\"\ndemand = 10\n"
        );
        good(&text, &[])
            .system
            .groups
            .iter()
            .next()
            .unwrap()
            .overload
            .clone()
    };
    assert!(overload("1.2", "0.5").is_some());
    assert_eq!(overload("\"120 %\"", "\"50 %\""), overload("1.2", "0.5"));
}

#[test]
fn windows_open_by_the_clock() {
    let opens = |at: &str| {
        let text = format!(
            "format = 1\n[components.web]\nfail = {{ mean = \"1 y\" }}\nrepair = \"1 h\"\n[changes.patch]\non = [\"web\"]\n\
             calendar = {{ every = \"14 d\", at = \"{at}\", lasts = \"2 h\" }}\ntakes = \"5 min\"\n[service]\nup = \"web\"\n"
        );
        good(&text, &[])
            .system
            .changes
            .iter()
            .next()
            .unwrap()
            .starts
            .clone()
    };
    assert_eq!(opens("18:30"), opens("18 h 30 min"));
    assert_eq!(opens("Sun 2:00"), opens("6 d 2 h"));
}

#[test]
fn a_change_reaches_params_and_paths() {
    assert_eq!(
        good(SHOP, &["web=6"]).system.groups.as_slice()[1]
            .members
            .len(),
        6
    );
    let changed = good(
        SHOP,
        &[
            "heartbeat=5s",
            "groups.db.takeover.manual=2 h",
            "groups.lb.rejoin=\"5 min\"",
            "kinds.database.repair.lognormal.p95=8 h",
            "targets.\"downtime.p95\"=<= 9 h",
        ],
    );
    let db = &changed.system.groups.as_slice()[2];
    assert!(
        matches!(&db.detector, Some(Detector::Probes(probes)) if probes.interval.as_secs() == 5.0)
    );
    assert_eq!(db.takeover.manual.mean(), 7200.0);
    let repair = |kind: usize| match &changed.system.kinds.as_slice()[kind].modes[0].ending {
        Ending::Repair(repair) => repair.time.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(repair(1), quantiles(4.0 * 3600.0, 8.0 * 3600.0));
    assert_eq!(
        repair(0),
        quantiles(4.0 * 3600.0, 12.0 * 3600.0),
        "the kind it is like is as before"
    );
    assert_eq!(
        changed.system.services.as_slice()[0].targets[1].limit,
        9.0 * 3600.0
    );
}

fn render(text: &str, changes: &[&str]) -> String {
    match load_with(text, changes) {
        Ok(scenario) => scenario.warnings.render(false),
        Err(problems) => problems.render(false),
    }
}

#[test]
fn a_problem_is_shown_where_it_is() {
    let text = "format = 1\n[service]\nup = \"dbb\"\n[groups.db]\nkind = \"server\"\nunits = 1\n\
                [kinds.server]\nfail = { mean = \"1 y\" }\nrepair = 4\n";
    let expected = r#"error[unknown-name]: there is no group, component or service `dbb`
 --> test.toml:3:7
  |
3 | up = "dbb"
  |       ^^^
  |
  = help: Did you mean `db`?

error[missing-unit]: `repair` needs a unit
 --> test.toml:9:10
  |
9 | repair = 4
  |          ^
  |
  = help: Write "4 s" or another unit.

"#;
    assert_eq!(render(text, &[]), expected);
}

/// A table of which no key is required is not told as if all of them were.
#[test]
fn the_keys_of_a_law_are_told_as_a_choice() {
    let text = "format = 1\n[components.a]\nfail = { exponential = \"1 y\" }\nrepair = \"1 h\"\n[service]\nup = \"a\"\n";
    let problems = load_with(text, &[]).expect_err("it is wrong").render(false);
    let help = "help: Write a table of `mean`, `rate`, `median`. One of its keys.";
    assert!(problems.contains(help), "{problems}");
}

/// A remedy that is written as it stands is right.
#[test]
fn a_remedy_can_be_written_as_it_stands() {
    let text = "format = 1\n[components.a]\nfail = { mean = \"1 y\" }\nrepair = \"1 h\"\nneeds = [\"b\", \"c\"]\n\
                [components.b]\nlike = \"a\"\nneeds = \"c\"\n[components.c]\nfail = { mean = \"1 y\" }\nrepair = \"1 h\"\n\
                [targets]\n\"downtime.p95\" = \"< 8\"\navailability = \"99.9\"\nrpo = \"30\"\n[service]\nup = \"a\"\n";
    let source = Source::toml("shop.toml", text);
    let problems = load(&source, &[], &NoFiles)
        .expect_err("it is wrong")
        .render(false);
    for help in ["\"b and c\"", "\"<= 8 h\"", "\">= 99.9 %\"", "\"<= 30 s\""] {
        assert!(
            problems.contains(&format!("Write {help}.")),
            "{help}: {problems}"
        );
    }
}

#[test]
fn a_wrong_change_is_shown_in_the_change() {
    for (change, expected) in [
        ("wbe=5", "there is no param `wbe`"),
        ("groups.dc.units=3", "there is no `groups.dc`"),
        ("groups.db.unit=3", "there is no key `groups.db.unit`"),
        (
            "web=4 h",
            "`units` must be a whole number without quotes, not a text",
        ),
        (
            "groups.web.units.x=4",
            "`groups.web.units` is the param `web`",
        ),
        (
            "groups.lb.units.x=4",
            "`groups.lb.units` is a whole number, so it has no `x`",
        ),
        (
            "groups.lb.takeover.uniform.2=1 s",
            "`groups.lb.takeover.uniform` has no item `2`",
        ),
        ("groups.lb.takeover={ uniform = [", "error[syntax]"),
    ] {
        let problems = load_with(SHOP, &[change]).expect_err(change);
        assert!(
            problems.plain().contains(expected),
            "{}",
            problems.render(false)
        );
        assert!(
            problems.plain().starts_with("--set:1:"),
            "{}",
            problems.render(false)
        );
    }
}

#[test]
fn the_same_in_json_is_the_same() {
    let shop = good(SHOP, &[]);
    let mut json = shop.resolved.clone();
    json["params"] = serde_json::json!({ "web": 4 });
    json["groups"]["web"]["units"] = serde_json::json!("$web");
    let source = Source {
        name: "shop.json".to_owned(),
        text: json.to_string(),
        syntax: Syntax::Json,
    };
    let scenario = load(&source, &[], &NoFiles)
        .unwrap_or_else(|problems| panic!("{}", problems.render(false)));
    assert_eq!(scenario.system, shop.system);
}

#[test]
fn broken_json_is_shown_where_it_is() {
    for (text, expected) in [
        (
            "{ \"format\": 1,\n }",
            "b.json:2:2: error[syntax]: expected another key, because of the comma before",
        ),
        (
            "{ \"format\": 1, \"format\": 1 }",
            "b.json:1:16: error[syntax]: duplicate key `format`",
        ),
        (
            "{ \"format\": 01 }",
            "b.json:1:13: error[syntax]: `01` is not a number",
        ),
        (
            "{ \"name\": \"x }",
            "b.json:1:11: error[syntax]: this string has no end",
        ),
        ("[1]", "b.json:1:1: error[syntax]: expected `{`"),
        (
            "{} {}",
            "b.json:1:4: error[syntax]: expected the end of the file",
        ),
        (
            "{ \"format\": \"1\" }",
            "b.json:1:13: error[wrong-type]: `format` must be a whole number without quotes, not a text",
        ),
    ] {
        let source = Source {
            name: "b.json".to_owned(),
            text: text.to_owned(),
            syntax: Syntax::Json,
        };
        let problems = load(&source, &[], &NoFiles).expect_err(text);
        assert!(problems.plain().contains(expected), "{}", problems.plain());
    }
    let deep = "[".repeat(100_000);
    let source = Source {
        name: "b.json".to_owned(),
        text: deep,
        syntax: Syntax::Json,
    };
    assert!(load(&source, &[], &NoFiles).is_err());
}

#[test]
fn an_overlay_changes_what_it_names() {
    let overlay = r#"
        format = 1
        extends = "shop.toml"
        [groups.db]
        units = 3
        takeover = { lognormal = { median = "5 s", p95 = "9 s" }, retries = 2 }
        [kinds.server]
        fail = { weibull = { shape = 2, mean = "1 y" } }
    "#;
    let folder = Folder(BTreeMap::from([("shop.toml", SHOP)]));
    let scenario = load(&source(overlay), &[], &folder)
        .unwrap_or_else(|problems| panic!("{}", problems.render(false)));
    let db = &scenario.system.groups.as_slice()[2];
    assert_eq!(db.members.len(), 3);
    assert_eq!(db.takeover.promoting.takes, quantiles(5.0, 9.0));
    assert_eq!(
        (
            db.takeover.promoting.retries,
            db.takeover.promoting.succeeds.get()
        ),
        (2, 0.98)
    );
    assert_eq!(read_back(&scenario).system, scenario.system);
}

#[test]
fn a_problem_in_the_base_is_shown_there() {
    let folder = Folder(BTreeMap::from([
        ("base.toml", "[groups.db]\nunits = 0\n"),
        ("loop.toml", "extends = \"pool.toml\""),
        ("pool.toml", "extends = \"loop.toml\""),
    ]));
    let problems =
        load(&source("format = 1\nextends = \"base.toml\""), &[], &folder).expect_err("no units");
    assert!(
        problems
            .plain()
            .contains("base.toml:2:9: error[out-of-range]: `units` must be at least 1, not 0"),
        "{problems}"
    );
    let problems =
        load(&source("format = 1\nextends = \"loop.toml\""), &[], &folder).expect_err("a circle");
    assert!(
        problems
            .plain()
            .contains("files extend each other in a circle: loop.toml -> pool.toml -> loop.toml"),
        "{problems}"
    );
}

/// Every table and key of the format.
const EVERYTHING: &str = r#"
format = 1
name = "everything"
question = "Is it read?"
[run]
horizon = "2 y"
until = "rel_err(downtime) <= 2 %"
time_limit = "5 min"
seed = 1
confidence = "99 %"
[params]
law = { mean = "1 y", source = "a guess" }
[crews.techs]
size = 2
order = "priority"
preempts = "resume"
per = "group"
hours = { every = "1 d", from = "8 h", until = "18 h" }
[crews.dispatch]
size = 1
pick_up = { mean = "5 min" }
[spares.disks]
stock = 3
lead_time = { shift = { by = "1 d", law = { truncate = { min = "0 s", max = "9 d", law = { mean = "3 d" } } } } }
[spares.fans]
stock = 0
lead_time = { normal = { mean = "3 d", cv = 0.1 } }
[spares.cables]
stock = 1
lead_time = { pert = { min = "1 d", mode = "2 d", max = "9 d" } }
[spares.cards]
stock = 1
lead_time = { checks = { interval = "7 d" } }
[kinds.server]
fail = "$law"
repair = { gamma = { shape = 2, scale = "1 h" } }
administrative_delay = { loglogistic = { median = "5 min", shape = 3 } }
crew = "techs"
priority = 2
spare = "disks"
repair_starts = "takeover"
after_repair = { kijima1 = 0.5 }
renews = "unit"
ages_while = "shop"
notice = { checks = { interval = "1 min", probability = "20 %", offset = "1 s" } }
effect = { degraded = "50 %" }
age = "2 y"
capacity = 100
on_demand = { probability = "1 %", mode = "crash" }
test = { every = "30 d", first = "10 d", finds = "95 %" }
[kinds.server.modes.crash]
share = "30 %"
[kinds.server.modes.gray]
effect = "down"
notice = "test"
[kinds.server.modes.reboot]
fail = { rate = "5 /y" }
lasts = { uniform = ["1 min", "3 min"] }
notice = { after = "1 s" }
[kinds.staged]
fail = { mean = "1 y" }
repair = [{ takes = { mean = "1 h" }, crew = "techs", priority = 1 }, { takes = "2 h" }]
[kinds.plain]
cost = { active = "0.5 EUR/h", standby = "0.3 EUR/h", cold = "10 EUR/mo", repair = "300 EUR" }
fail = { weibull = { shape = 2, scale = "1 y", location = "1 d" } }
lasts = { triangular = { min = "1 s", mode = "2 s", max = "3 s" } }
[kinds.machine.states.fine]
exits = [{ after = { mean = "1 y" }, to = { slow = "20 %", broken = 0.8 } }]
[kinds.machine.states.slow]
gives = "degraded"
exits = [{ after = "1 h", to = "fine" }, { after = { mean = "1 d" }, to = "broken" }]
[kinds.machine.states.broken]
gives = "down"
exits = [{ after = "3 h", to = "fine" }]
[components.engine]
kind = "machine"
[components.lamp.states.on]
exits = [{ after = { mean = "1 y" }, to = "off" }]
[components.lamp.states.off]
gives = "down"
[components.link]
count = 2
capacity = 60.5
required = 1
fail = { bathtub = [{ until = "30 d", rate = "5 /y" }, { rate = "3 /y" }] }
repair = { mixture = [{ weight = "30 %", law = { constant = "1 h" } }, { weight = 0.7, law = { exponential = { rate = "1 /h" } } }] }
after_repair = { kijima2 = 0.5 }
[components.a]
kind = "plain"
[components.b]
fail = { phase_type = { initial = [1, 0], rates = [[0, "1 /y"], [0, 0]], exit = [0, "2 /y"] } }
repair = [
    { takes = { hyperexponential = { weights = [0.5, 0.5], means = ["1 h", "2 h"] } }, crew = "dispatch", priority = 1 },
    { takes = "5 min" },
]
[groups.db]
kind = "server"
units = 3
active = 1
required = 1
standby = { dormancy = 0.3 }
shares_requests = false
load = [1.5]
capacity = 80
degraded_capacity = "60 %"
quorum = 2
detect = { interval = "1 s", timeout = "500 ms", misses = 3, loss = "0.1 %", observers = 3, agree = 2 }
standby_faults = "latent"
false_alarms = { pareto = { scale = "1 y", shape = 3 } }
rejoin = { erlang = { stages = 3, mean = "1 min" } }
[groups.db.takeover]
deciding = { normal = { mean = "3 s", sd = "1 s" }, needs = "control" }
manual_needs = "control and a_service"
manual_by = "operator"
fencing = { pert = { min = "1 s", mode = "2 s", max = "5 s" }, succeeds = "99 %", retries = 1, then = "next candidate", during = "down" }
promoting = { lognormal = { median = "5 s", p95 = "20 s" } }
redirecting = { checks = { interval = "30 s" } }
manual = { values = ["1 h", "2 h"] }
candidate_failure = "continue"
recovered = "cancel undetected"
lone_failure = "wait"
after_exhaustion = "at once"
hold_down = "1 h"
warm_up = "10 min"
clients = { mean = "1 min" }
[groups.db.split_brain]
lasts = { lognormal = { mean = "5 min", sigma = 1 } }
during = "degraded"
reconcile = { weibull = { mean = "1 h", cv = 0.5 } }
reconcile_factor = 0.5
reconcile_during = "degraded"
[groups.db.replication]
mode = "semi-synchronous"
lag = { mean = "1 s" }
maximum_lag = "30 s"
beyond = "next candidate"
acknowledged_by = 1
patience = "10 s"
split_loss = "50 %"
[groups.db.failback]
mode = "window"
every = "7 d"
at = "50 h"
lasts = "2 h"
takes = { uniform = { mean = "2 s", cv = 0.2 } }
during = "degraded"
[groups.crowd]
kind = "server"
units = 2
standby = "active"
scaling = { above = 0.9, delay = "3 min", succeeds = "80 %", quota = 60 }
overload = { above = 1.2, after = "1 min", recovers_below = 0.8, restart = { mean = "5 min" } }
[groups.pair]
members = ["a", "b"]
load = { exponent = 1.5 }
switchover = { takes = "5 s", during = "degraded" }
needs = "control"
degraded_without = { link = 0.5 }
standby = "cold"
takeover = "5 s"
failback = { mode = "stable", after = "1 h" }
[people.operator]
size = 1
slower = [{ every = "1 d", at = "22 h", lasts = "9 h", speed = "50 %" }]
[changes.deploy]
on = ["db", "a"]
every = { mean = "14 d" }
takes = "5 min"
effect = { degraded = "50 %" }
order = "rolling"
batch = 2
canary = { units = 1, watch = "1 h" }
without_redundancy = "put off"
bad = { probability = "3 %", effect = { degraded = 0.1 }, noticed = "10 min", rollback = "5 min" }
freeze = [{ every = "365 d", at = "350 d", lasts = "14 d" }]
[changes.patch]
on = ["db.1"]
calendar = { every = "30 d", at = "2 h", lasts = "2 h" }
takes = "20 min"
[causes.region]
every = "never"
[causes.zone]
count = 2
within = "region"
every = { mean = "2 y" }
lasts = "1 h"
breaks = "crash"
hits = [["db.1", "db.2"], ["db.3"]]
probability = "90 %"
effect = "isolated"
notice = { after = "1 s" }
[causes.batch]
beta = "5 %"
hits = ["c"]
[components.control]
fail = { mean = "1 y" }
repair = "1 h"
needs = "c"
degraded_without = { link = "40 %" }
[components.c]
ages_while = "a_service"
count = 2
fail = { mean = "1 y" }
repair = "1 h"
[services.shop]
up = "db and link"
demand = { mean = 50, daily = [1, 2, 3.5], weekly = [1, 1, 1, 1, 1, 0.5, 0] }
[services.shop.cost]
outage = "1_000 EUR"
degraded = "20 EUR/h"
data_lost = "2 EUR/s"
downtime = [{ until = "5 min", costs = "10 EUR/min" }, { costs = "6000 EUR per h" }]
credits = { fee = "5_000 EUR/mo", steps = [{ below = "99.9 %", credit = "10 %" }] }
[services.shop.targets]
cost.p95 = "<= 90_000 EUR/y"
data_loss.p95 = "<= 10 s"
data_lost = "<= 1 h/y"
rpo = "<= 1 min"
availability = ">= 99 %"
served_requests = ">= 99 %"
time_below_demand = "<= 20 h"
never_down = ">= 1 %"
downtime.p95 = "<= 80 h"
outages = "<= 20 /y"
longest_outage = "<= 4 d"
outage_duration.p50 = "<= 2 h"
[services.a_service]
up = "control"
degraded_without = "c"
demand = { peak = 40, values = [1, 2, 3], every = "1 h" }
down_below = "90 %"
[services.crowded]
up = "crowd"
demand = 90
[services.all]
up = "any(shop, pair) and c and engine and lamp"
demand = 10
"#;

const CSV_SCENARIO: &str = r#"
format = 1
[kinds.server]
fail = { mean = "1 y" }
repair = { csv = { file = "repairs.csv", column = "hours", unit = "h" } }
[groups.web]
kind = "server"
units = 1
[targets]
availability = ">= 99 %"
[service]
up = "web"
demand = { csv = { file = "loads.csv", column = "rps" }, every = "1 h" }
"#;

/// Every parametrisation of every family.
const LAWS: &[&str] = &[
    "5 min",
    "\"1 h 30 min\"",
    "{ mean = \"1 h\" }",
    "{ rate = \"2 /d\", source = \"the vendor\" }",
    "{ constant = \"3 s\" }",
    "{ exponential = { mean = \"1 h\" } }",
    "{ exponential = { rate = \"2 per d\" } }",
    "{ exponential = { median = \"1 h\" } }",
    "{ weibull = { shape = 2, scale = \"1 h\", location = \"1 min\" } }",
    "{ weibull = { shape = 2, mean = \"1 h\" } }",
    "{ weibull = { mean = \"1 h\", cv = 0.5 } }",
    "{ weibull = { p10 = \"10 min\", p90 = \"2 h\" } }",
    "{ weibull = { median = \"10 min\", \"p99.9\" = \"2 h\" } }",
    "{ lognormal = { median = \"1 h\", p95 = \"3 h\" } }",
    "{ lognormal = { median = \"1 h\", sigma = 1 } }",
    "{ lognormal = { mean = \"1 h\", sigma = 1 } }",
    "{ lognormal = { mean = \"1 h\", cv = 1 } }",
    "{ gamma = { shape = 2, scale = \"1 h\" } }",
    "{ gamma = { shape = 2, mean = \"1 h\" } }",
    "{ gamma = { mean = \"1 h\", cv = 0.5 } }",
    "{ gamma = { median = \"1 h\", p95 = \"3 h\" } }",
    "{ erlang = { stages = 3, mean = \"1 h\" } }",
    "{ hyperexponential = { mean = \"1 h\", cv = 2 } }",
    "{ hyperexponential = { weights = [\"30 %\", 0.7], means = [\"1 h\", \"2 h\"] } }",
    "{ phase_type = { initial = [1, 0], rates = [[0, \"2 /h\"], [0, 0]], exit = [0, \"2 /h\"] } }",
    "{ normal = { mean = \"1 h\", sd = \"10 min\" } }",
    "{ normal = { mean = \"1 h\", cv = 0.2 } }",
    "{ uniform = [\"1 h\", \"2 h\"] }",
    "{ uniform = { mean = \"1 h\", cv = 0.2 } }",
    "{ uniform = { median = \"1 h\", p90 = \"1.5 h\" } }",
    "{ triangular = { min = \"1 h\", mode = \"2 h\", max = \"3 h\" } }",
    "{ pert = { min = \"1 h\", mode = \"2 h\", max = \"3 h\" } }",
    "{ loglogistic = { median = \"1 h\", shape = 3 } }",
    "{ loglogistic = { mean = \"1 h\", cv = 0.5 } }",
    "{ loglogistic = { median = \"1 h\", p95 = \"3 h\" } }",
    "{ pareto = { scale = \"1 h\", shape = 3 } }",
    "{ pareto = { mean = \"1 h\", cv = 0.5 } }",
    "{ pareto = { median = \"1 h\", p95 = \"3 h\" } }",
    "{ mixture = [{ weight = 0.9, law = \"1 h\" }, { weight = 0.1, law = { mean = \"1 d\" } }] }",
    "{ shift = { by = \"1 h\", law = { mean = \"1 h\" } } }",
    "{ truncate = { max = \"9 h\", law = { mean = \"1 h\" } } }",
    "{ bathtub = [{ until = \"1 h\", rate = \"5 /h\" }, { rate = \"3 /h\" }] }",
    "{ values = [\"1 h\", \"2 h\"] }",
    "{ checks = { interval = \"1 h\", probability = \"50 %\", offset = \"1 s\" } }",
    "never",
];

#[test]
fn every_key_of_the_format_is_read() {
    let everything = good(EVERYTHING, &[]);
    let back = read_back(&everything);
    assert_eq!(back.system, everything.system);
    assert_eq!(back.run, everything.run);
    for law in LAWS {
        good(SHOP, &[&format!("kinds.server.repair={law}")]);
    }
    // What is left of the format: data that have a problem, and a file for one service.
    assert!(load_with(CSV_SCENARIO, &[]).is_err());
    good(SHOP, &["groups.db.failback={ mode = \"manual\" }"]);
    let read = reader::tests::keys_read();
    for table in file::TABLES {
        let has_law = table.also.iter().any(|also| also.is_law());
        for key in table.all_keys() {
            let of_law = has_law && file::LAW.has(key.name);
            // Overlays are applied before anything is read.
            if !of_law && !read.contains(&(table.name, key.name.to_owned())) {
                panic!(
                    "`{}` of {} is in the format, but nobody reads it",
                    key.name, table.name
                );
            }
        }
    }
}

#[test]
fn data_are_read_from_a_file() {
    let folder_with =
        |csv, loads| Folder(BTreeMap::from([("repairs.csv", csv), ("loads.csv", loads)]));
    let folder = |csv| folder_with(csv, "rps\n100\n25\n");
    let good = "id,hours\na,1\nb,2.5\n";
    let scenario = load(&source(CSV_SCENARIO), &[], &folder(good)).expect("it is valid");
    let demand = scenario.system.services.as_slice()[0].demand.clone();
    let hour = |hours| crate::base::Span::from_hours(hours).expect("a span");
    let series = DemandProfile {
        period: hour(2.0),
        steps: vec![(hour(0.0), 100.0), (hour(1.0), 25.0)],
    };
    assert_eq!(demand, Some(series));
    let problems = load(
        &source(CSV_SCENARIO),
        &[],
        &folder_with(good, "rps\n100\n-5 rps\n"),
    )
    .expect_err("no load");
    let expected = "line 3 of `loads.csv`: `-5 rps";
    assert!(problems.plain().contains(expected), "{problems}");
    let Ending::Repair(repair) = &scenario.system.kinds.as_slice()[0].modes[0].ending else {
        panic!("a repair")
    };
    assert_eq!(repair.time.mean(), 1.75 * 3600.0);
    assert_eq!(read_back(&scenario).system, scenario.system);
    for (csv, expected) in [
        (
            "id,hour\na,1\n",
            "`repairs.csv` has no column `hours` - Did you mean `hour`?",
        ),
        (
            "id,hours\na,x\n",
            "line 2 of `repairs.csv`: `x h` is not a quantity",
        ),
        ("id,hours\na\n", "cannot read `repairs.csv`"),
    ] {
        let problems = load(&source(CSV_SCENARIO), &[], &folder(csv)).expect_err(csv);
        assert!(problems.plain().contains(expected), "{problems}");
    }
}

/// Times of what had not happened when the observation ended are no times to what happens.
#[test]
fn censored_data_are_not_taken_for_failures() {
    let told = |csv: &'static str, key: &str| {
        let text = CSV_SCENARIO.replace("unit = \"h\"", &format!("unit = \"h\"{key}"));
        let folder = BTreeMap::from([("repairs.csv", csv), ("loads.csv", "rps\n100\n25\n")]);
        match load(&source(&text), &[], &Folder(folder)) {
            Ok(_) => String::new(),
            Err(problems) => problems.plain(),
        }
    };
    let all = ", all_observed = true";
    for csv in [
        "hours,event\n1,1\n2,0\n3,0\n",
        "hours,censored\n1,0\n2,1\n3,1\n",
        "hours,observed\n1,true\n2,false\n3,false\n",
    ] {
        assert!(told(csv, "").contains("2 of 3 rows of `repairs.csv` are censored by column"));
        assert_eq!(told(csv, all), "");
    }
    // Nothing is censored, or nothing could be.
    assert_eq!(told("hours,censored\n1,0\n2,0\n", ""), "");
    assert!(told("hours\n1\n2\n", all).contains("no column of `repairs.csv` could mark"));
}

#[test]
fn no_damage_makes_the_reader_panic() {
    for text in [SHOP, EVERYTHING] {
        for (at, c) in text.char_indices().step_by(3) {
            let without = format!("{}{}", &text[..at], &text[at + c.len_utf8()..]);
            let replaced = format!("{}\u{1b}é{}", &text[..at], &text[at + c.len_utf8()..]);
            for damaged in [&text[..at], &without, &replaced] {
                if let Err(problems) = load_with(damaged, &[]) {
                    assert!(!problems.is_empty());
                    assert!(!problems.render(false).contains('\u{1b}'));
                    assert!(!problems.plain().contains('\u{1b}'));
                }
            }
        }
    }
}

#[test]
fn advice_is_given_and_rare() {
    assert_eq!(
        good(SHOP, &[])
            .warnings
            .iter()
            .map(|problem| problem.code)
            .collect::<Vec<Code>>(),
        // People who fail back take no time to do so.
        [Code::Assumption, Code::Doubtful]
    );
    for (changes, expected) in [
        (
            vec!["groups.db.detect={ interval = \"1 s\", timeout = \"3 s\" }"],
            "param `heartbeat` is never used",
        ),
        (
            vec!["groups.db.detect={ interval = \"1 s\", timeout = \"3 s\" }"],
            "a probe waits 3 s for its answer",
        ),
        (vec!["service.up=lb and web"], "no service depends on `db`"),
        (
            vec!["kinds.server.repair=2 y"],
            "the mean of `repair` is 2 y, longer than the whole mission",
        ),
        (
            vec![
                "kinds.server.notice=test",
                "groups.web.standby=hot",
                "groups.web.active=3",
            ],
            "only a test can notice `failure` of a unit that serves, but kind `server` has no test",
        ),
        (
            vec!["targets.availability=>= 100 %"],
            "no simulation can show",
        ),
        (
            vec!["groups.web.takeover=5 s"],
            "group `web` has no standbys, so `takeover` never happens",
        ),
        (
            vec!["kinds.server.repair={ pareto = { scale = \"1 h\", shape = 1 } }"],
            "the mean of `repair` is infinite",
        ),
        (
            vec!["service.demand=50"],
            "nothing bounds the load that service `service` can bear",
        ),
        (
            vec!["groups.web.capacity=10"],
            "units have a capacity, but nothing is asked of any service",
        ),
        (
            vec!["groups.web.capacity=10", "service.demand=50"],
            "50 is asked at most, but only 40 can be served while all is well",
        ),
        (
            vec![
                "components={ ctl = { fail = \"never\", repair = \"never\", capacity = 50 } }",
                "groups.web.needs=ctl",
                "groups.web.capacity=10",
                "service.demand=35",
            ],
            "the capacity of `ctl` bounds nothing: what is asked of service `service` comes to it only through what needs it",
        ),
        (
            vec![
                "groups.web.capacity=10",
                "service.demand=35",
                "groups.web.overload={ recovers_below = 0.8 }",
            ],
            "after a collapse group `web` never serves again: at least 35 is asked, and it recovers at 32",
        ),
        (
            vec![
                "changes={ patch = { on = [\"web\"], every = \"7 d\", takes = \"5 min\", batch = 2, without_redundancy = \"put off\" } }",
            ],
            "work is never done: it takes 2 of the members of group `web` at a time, which can spare 1",
        ),
    ] {
        let warnings = good(SHOP, &changes).warnings;
        assert!(
            warnings.plain().contains(expected),
            "{}",
            warnings.render(false)
        );
    }
}

/// What is written but can change nothing is told.
#[test]
fn keys_without_effect_are_told() {
    let cold = r#"
format = 1
[components.a.states.up]
exits = [{ after = { mean = "9 h" }, to = "off" }]
[components.a.states.off]
gives = "down"
exits = [{ after = { mean = "1 h" }, to = "up" }]
[components.b]
fail = { mean = "9 h" }
repair = "1 h"
[groups.pair]
members = ["a", "b"]
standby = "cold"
[service]
up = "pair"
"#;
    let alone = r#"
format = 1
[components.alone]
fail = "never"
repair = "1 h"
on_demand = { probability = "5 %" }
[service]
up = "alone"
"#;
    let speed = "`standby` sets how fast units fail, but `a` is described by states";
    let demand = "units of kind `alone` never take over from others, so `on_demand` has no effect";
    let idle = alone.replace("on_demand = { probability = \"5 %\" }", "");
    let never = "units of kind `alone` never fail, so `repair` has no effect";
    let at_once = r#"
format = 1
[kinds.k]
fail = { mean = "9 h" }
repair = "1 h"
[groups.pair]
kind = "k"
units = 2
standby = "hot"
shares_requests = true
[service]
up = "pair"
"#;
    let share = "group `pair` notices every failure at once, so no share of requests is ever lost";
    for (text, expected) in [
        (cold, speed),
        (alone, demand),
        (&idle, never),
        (at_once, share),
    ] {
        let warnings = good(text, &[]).warnings.plain();
        assert!(warnings.contains(expected), "{warnings}");
    }
    let hot = good(&cold.replace("cold", "hot"), &[]).warnings.plain();
    assert!(!hot.contains("described by states"), "{hot}");
}

/// Keys that change nothing where they stand, each with the change that gives them a meaning.
#[test]
fn keys_count_where_they_stand_or_it_is_told() {
    let shop = r#"
format = 1
[kinds.k]
fail = { mean = "900 h" }
repair = "1 h"
[groups.pair]
kind = "k"
units = 2
standby = "hot"
[groups.farm]
kind = "k"
units = 4
standby = "active"
[service]
up = "pair and farm"
"#;
    let isolated = r#"kinds.k.effect="isolated""#;
    let split = r#"groups.pair.split_brain={ lasts = "1 h" }"#;
    let work = |more: &str| {
        format!(
            "changes={{ work = {{ on = [\"farm\"], every = \"7 d\", takes = \"0 s\", renews = true, {more} }} }}"
        )
    };
    let (effect, order, batch) = (
        work("effect = \"none\""),
        work("order = \"all at once\""),
        work("batch = 2"),
    );
    let rejoin = r#"groups.farm.rejoin="1 h""#;
    let whole = work("order = \"rolling\", batch = 4").replace("0 s", "1 h");
    let cases: &[(&[&str], &str, &str)] = &[
        (
            &[
                "service.up=pair and at_least(3, each(farm))",
                "groups.farm.required=2",
            ],
            "counted one by one, by `each`, so `required` takes nothing down",
            "service.up=pair and farm",
        ),
        (
            &["service.cost={ degraded = \"9 EUR/h\" }"],
            "nothing makes service `service` degraded",
            "groups.pair.takeover={ warm_up = \"1 min\" }",
        ),
        (
            &[
                isolated,
                split,
                "groups.pair.takeover={ deciding = { constant = \"1 s\", succeeds = \"0 %\" }, manual = \"1 h\" }",
            ],
            "never serve at the same time, as no takeover succeeds",
            "groups.pair.takeover.deciding.succeeds=10 %",
        ),
        (
            &[
                isolated,
                split,
                "groups.pair.takeover={ fencing = { constant = \"1 s\", succeeds = \"50 %\" }, manual = \"1 h\" }",
            ],
            "a standby is promoted only when the old member is fenced",
            "groups.pair.takeover.fencing.then=proceed",
        ),
        (
            &[split],
            "nothing isolates a member that is alive",
            isolated,
        ),
        (
            &[&effect],
            "takes no time, so `effect` has no effect",
            rejoin,
        ),
        (&[&order], "takes no time, so `order` has no effect", rejoin),
        (&[&batch], "takes no time, so `batch` has no effect", rejoin),
        (
            &[&whole],
            "one batch is all 4 units of `work`",
            "changes.work.batch=3",
        ),
        (
            &["groups.pair.failback={ mode = \"manual\" }"],
            "people take no time for the failback",
            "groups.pair.failback.after=1 h",
        ),
        (
            &["kinds.k.after_repair=old"],
            "fail as often at any age, so `after_repair` has no effect",
            "kinds.k.fail={ weibull = { shape = 3, mean = \"900 h\" } }",
        ),
        (
            &["kinds.k.age=90 h"],
            "fail as often at any age, so `age` has no effect",
            "kinds.k.fail={ weibull = { shape = 3, mean = \"900 h\" } }",
        ),
        (
            &["groups.pair.takeover={ promoting = \"1 s\", manual = \"1 h\" }"],
            "none is left to people, and `manual` has no effect",
            "groups.pair.takeover.hold_down=1 h",
        ),
        (
            &["groups.farm.standby=warm", "groups.farm.active=4"],
            "all members of group `farm` serve, so `standby` has no effect",
            "groups.farm.active=3",
        ),
    ];
    let crew = r#"crews={ few = { size = 1 } }"#;
    let urgent = [crew, "kinds.k.crew=few", "kinds.k.priority=2"];
    let told = good(shop, &urgent).warnings.plain();
    assert!(told.contains("so `priority` has no effect"), "{told}");
    let mild = r#"causes={ heat = { every = { mean = "90 d" }, lasts = "1 h", hits = ["farm"], effect = { degraded = "50 %" }, notice = "at once" } }"#;
    let told = good(shop, &[mild]).warnings.plain();
    assert!(told.contains("so `notice` has no effect"), "{told}");
    let told = good(shop, &[mild, "causes.heat.effect=down"])
        .warnings
        .plain();
    assert!(!told.contains("so `notice` has no effect"), "{told}");
    for (changes, advice, meaning) in cases {
        let told = good(shop, changes).warnings.plain();
        assert!(told.contains(advice), "{changes:?}: {told}");
        let mut changes = changes.to_vec();
        changes.push(meaning);
        let told = good(shop, &changes).warnings.plain();
        assert!(!told.contains(advice), "{changes:?}: {told}");
    }
}
