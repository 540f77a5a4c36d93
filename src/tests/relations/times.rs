//! Times: all of them longer, none at all, and next to none.

use serde_json::{Value, json};

use super::judge::Twin;
use super::tree::{self, Table};

/// Units of time.
const UNITS: [&str; 10] = ["ns", "us", "ms", "s", "min", "h", "d", "w", "mo", "y"];
/// Keys with free text.
const FREE: [&str; 5] = ["name", "question", "source", "up", "needs"];

/// A text in which a time is ten times as long, or a rate a tenth; itself if it is neither, and nothing if
/// it is a time of day or a part of something that keeps calendar months.
fn slower(text: &str) -> String {
    let number = |text: &str| text.replace('_', "").parse::<f64>().ok();
    // Rates of events or of money.
    if let Some((amount, unit)) = text.split_once('/')
        && UNITS.contains(&unit.trim())
    {
        let (value, currency) = match amount.trim().split_once(' ') {
            Some((value, currency)) => (value, currency),
            None => (amount.trim(), ""),
        };
        if let Some(value) = number(value) {
            return format!("{} {currency}/{}", value / 10.0, unit.trim());
        }
    }
    // `1 h 30 min`, `12h`.
    let mut out = Vec::new();
    let spaced = text.replace(|c: char| c.is_whitespace(), " ");
    let mut rest = spaced.trim();
    while !rest.is_empty() {
        let end = rest
            .char_indices()
            .find(|&(at, c)| {
                let exponent = c == 'e'
                    && rest[at + 1..].starts_with(|c: char| c.is_ascii_digit() || c == '-');
                !(c.is_ascii_digit() || matches!(c, '.' | '_' | '-' | '+') || exponent)
            })
            .map_or(rest.len(), |(at, _)| at);
        let (Some(value), after) = (number(&rest[..end]), rest[end..].trim_start()) else {
            return text.to_owned();
        };
        let unit_end = after
            .find(|c: char| !c.is_alphabetic())
            .unwrap_or(after.len());
        if !UNITS.contains(&&after[..unit_end]) {
            return text.to_owned();
        }
        out.push(format!("{} {}", value * 10.0, &after[..unit_end]));
        rest = after[unit_end..].trim_start();
    }
    if out.is_empty() {
        text.to_owned()
    } else {
        out.join(" ")
    }
}

fn slowed(key: &str, value: &Value) -> Value {
    match value {
        Value::String(text) if !FREE.contains(&key) => Value::String(slower(text)),
        Value::Object(table) => {
            let slowed = table
                .iter()
                .map(|(key, value)| (key.clone(), slowed(key, value)));
            Value::Object(slowed.collect())
        }
        Value::Array(items) => items.iter().map(|item| slowed(key, item)).collect(),
        _ => value.clone(),
    }
}

/// Everything ten times as slow, and a mission ten times as long. What goes by the calendar cannot be slowed.
pub(super) fn ten_times_as_slow(tree: &Value) -> Vec<Twin> {
    let by_calendar = |key: &str, value: &Value| {
        matches!(key, "daily" | "weekly" | "credits")
            || matches!(value, Value::String(text) if key == "at" && text.contains(':'))
    };
    if tree::has(tree, &by_calendar) {
        return Vec::new();
    }
    let mut tree = tree.clone();
    let root = tree.as_object_mut().unwrap();
    root.remove("targets");
    let run = root
        .entry("run")
        .or_insert(json!({}))
        .as_object_mut()
        .unwrap();
    run.retain(|key, _| matches!(key.as_str(), "horizon" | "start" | "warm_up"));
    run.entry("horizon").or_insert("1 y".into());
    if let Some(services) = tree::table_mut(&mut tree, &["services"]) {
        for service in services.values_mut().filter_map(Value::as_object_mut) {
            service.remove("targets");
        }
    }
    vec![Twin {
        stretch: 10.0,
        ..Twin::new("ten times as slow", slowed("", &tree))
    }]
}

/// Where a key may stand.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Kind,
    Mode,
    Group,
    /// A group that is no member of another one.
    OuterGroup,
    Takeover,
    Stage,
    SplitBrain,
    Replication,
    Failback,
    Probes,
    Crew,
    Cause,
    Change,
    Service,
    Run,
    Test,
    Checks,
}

/// Does something with every table of a kind.
fn each_table(tree: &mut Value, place: Place, look: &mut dyn FnMut(&mut Table)) {
    let is_member = |tree: &Value, group: &str| {
        tree::entries(tree, "groups").any(|(_, other)| {
            let members = other.get("members").and_then(Value::as_array);
            members.into_iter().flatten().any(|member| member == group)
        })
    };
    let outer: Vec<String> = tree::entries(tree, "groups")
        .map(|(name, _)| name.clone())
        .filter(|name| !is_member(tree, name))
        .collect();
    let in_group = |path: &[&str], tree: &mut Value, look: &mut dyn FnMut(&mut Table)| {
        let Some(groups) = tree::table_mut(tree, &["groups"]) else {
            return;
        };
        for group in groups.values_mut() {
            if let Some(table) = tree::table_mut(group, path) {
                look(table);
            }
        }
    };
    let in_section = |section: &str, tree: &mut Value, look: &mut dyn FnMut(&mut Table)| {
        let entries = tree::table_mut(tree, &[section])
            .into_iter()
            .flat_map(|all| all.values_mut());
        entries.filter_map(Value::as_object_mut).for_each(look);
    };
    match place {
        Place::Kind | Place::Mode => {
            for section in ["kinds", "components"] {
                in_section(section, tree, &mut |kind| {
                    if kind.contains_key("kind") || kind.contains_key("states") {
                        return;
                    }
                    match kind.get_mut("modes").and_then(Value::as_object_mut) {
                        Some(modes) if place == Place::Mode => {
                            modes
                                .values_mut()
                                .filter_map(Value::as_object_mut)
                                .for_each(&mut *look);
                        }
                        Some(_) | None => look(kind),
                    }
                });
            }
        }
        Place::Group => in_group(&[], tree, look),
        Place::OuterGroup => {
            for name in outer {
                if let Some(group) = tree::table_mut(tree, &["groups", &name]) {
                    look(group);
                }
            }
        }
        Place::Takeover => in_group(&["takeover"], tree, look),
        Place::Stage => {
            for stage in ["deciding", "fencing", "promoting", "redirecting"] {
                in_group(&["takeover", stage], tree, look);
            }
        }
        Place::SplitBrain => in_group(&["split_brain"], tree, look),
        Place::Replication => in_group(&["replication"], tree, look),
        Place::Failback => in_group(&["failback"], tree, look),
        Place::Probes => in_group(&["detect"], tree, &mut |detect| {
            if detect.contains_key("interval") {
                look(detect);
            }
        }),
        Place::Crew => in_section("crews", tree, look),
        Place::Cause => in_section("causes", tree, look),
        Place::Change => in_section("changes", tree, look),
        Place::Service => {
            in_section("services", tree, look);
            if let Some(service) = tree::table_mut(tree, &["service"]) {
                look(service);
            }
        }
        Place::Run => {
            if let Some(run) = tree::table_mut(tree, &["run"]) {
                look(run);
            }
        }
        Place::Test => {
            for section in ["kinds", "components"] {
                in_section(section, tree, &mut |kind| {
                    if let Some(test) = kind.get_mut("test").and_then(Value::as_object_mut) {
                        look(test);
                    }
                });
            }
        }
        Place::Checks => each_checks(tree, look),
    }
}

fn each_checks(value: &mut Value, look: &mut dyn FnMut(&mut Table)) {
    let inner = match value {
        Value::Object(table) => table,
        Value::Array(items) => return items.iter_mut().for_each(|item| each_checks(item, look)),
        _ => return,
    };
    for (key, value) in inner.iter_mut() {
        match value {
            Value::Object(checks) if key == "checks" => look(checks),
            _ => each_checks(value, look),
        }
    }
}

/// The tree with a key at every place where it is not told and may be; nothing if it may be nowhere.
fn with_key(tree: &Value, place: Place, key: &str, value: &Value) -> Option<Value> {
    let mut all = tree.clone();
    let mut count = 0;
    each_table(&mut all, place, &mut |table| {
        if !table.contains_key(key) {
            table.insert(key.to_owned(), value.clone());
            count += 1;
        }
    });
    if count == 0 {
        return None;
    }
    if tree::load(&all).is_ok() {
        return Some(all);
    }
    // One by one, as some of them have no use for it.
    let mut told = tree.clone();
    let mut taken = 0;
    for wanted in 0..count {
        let mut next = told.clone();
        let mut at = 0;
        each_table(&mut next, place, &mut |table| {
            if table.contains_key(key) {
                return;
            }
            // What has been taken has the key by now.
            if at == wanted - taken {
                table.insert(key.to_owned(), value.clone());
            }
            at += 1;
        });
        if tree::load(&next).is_ok() {
            told = next;
            taken += 1;
        }
    }
    (taken > 0).then_some(told)
}

/// What a key is taken for where it is not told.
fn neutral() -> Vec<(Place, &'static str, Value)> {
    use Place::*;
    let no_time = || json!("0 s");
    vec![
        (Kind, "age", no_time()),
        (Kind, "administrative_delay", no_time()),
        (Mode, "administrative_delay", no_time()),
        (Kind, "priority", json!(0)),
        (Kind, "repair_starts", json!("detection")),
        (Mode, "repair_starts", json!("detection")),
        (Kind, "after_repair", json!("new")),
        (Mode, "after_repair", json!("new")),
        (Kind, "renews", json!("process")),
        (Kind, "notice", json!("detector")),
        (Mode, "notice", json!("detector")),
        (Kind, "effect", json!("down")),
        (Mode, "effect", json!("down")),
        (Kind, "on_demand", json!({ "probability": "0 %" })),
        (Test, "finds", json!("100 %")),
        (Group, "rejoin", no_time()),
        (OuterGroup, "detect", no_time()),
        (Group, "standby_faults", json!("detected")),
        (Group, "failback", json!("never")),
        (Group, "false_alarms", json!("never")),
        (Group, "degraded_capacity", json!("50 %")),
        (Group, "load", json!([1])),
        (Group, "takeover", no_time()),
        (Takeover, "deciding", no_time()),
        (Takeover, "promoting", no_time()),
        (Takeover, "redirecting", no_time()),
        (Takeover, "warm_up", no_time()),
        (Takeover, "clients", no_time()),
        (Takeover, "candidate_failure", json!("restart")),
        (Takeover, "recovered", json!("cancel")),
        (Takeover, "lone_failure", json!("detect")),
        (Takeover, "after_exhaustion", json!("activate")),
        (Takeover, "hold_down", no_time()),
        (Stage, "succeeds", json!("100 %")),
        (Stage, "retries", json!(0)),
        (Stage, "then", json!("manual")),
        (Stage, "during", json!("down")),
        (SplitBrain, "during", json!("up")),
        (SplitBrain, "reconcile", no_time()),
        (SplitBrain, "reconcile_factor", json!(0)),
        (SplitBrain, "reconcile_during", json!("down")),
        (Replication, "beyond", json!("manual")),
        (Replication, "acknowledged_by", json!(1)),
        (Replication, "split_loss", json!("0 %")),
        (Failback, "after", no_time()),
        (Failback, "takes", no_time()),
        (Failback, "during", json!("down")),
        (Failback, "at", no_time()),
        (Probes, "timeout", no_time()),
        (Probes, "misses", json!(1)),
        (Probes, "loss", json!("0 %")),
        (Probes, "observers", json!(1)),
        (Crew, "order", json!("first come")),
        (Crew, "preempts", json!("never")),
        (Crew, "per", json!("system")),
        (Crew, "pick_up", no_time()),
        (Cause, "probability", json!("100 %")),
        (Cause, "effect", json!("down")),
        (Cause, "notice", json!("detector")),
        (Cause, "repairs", json!("go on")),
        (Change, "effect", json!("down")),
        (Change, "renews", json!(false)),
        (Change, "order", json!("rolling")),
        (Change, "batch", json!(1)),
        (Change, "without_redundancy", json!("go ahead")),
        (Service, "down_below", json!("0 %")),
        (Run, "start", json!("new")),
        (Run, "confidence", json!("95 %")),
        (Checks, "probability", json!("100 %")),
        (Checks, "offset", no_time()),
    ]
}

/// All keys that are not told, with what they are taken for then.
pub(super) fn defaults_told(tree: &Value) -> Vec<Twin> {
    let told = |what: &str, keys: Vec<(Place, &'static str, Value)>| {
        let (mut all, mut count) = (tree.clone(), 0);
        for (place, key, value) in keys {
            if let Some(with) = with_key(&all, place, key, &value) {
                (all, count) = (with, count + 1);
            }
        }
        (count > 0).then(|| Twin::new(format!("{count} {what}"), all))
    };
    // These make clocks that go off at once.
    let (at_once, others): (Vec<_>, Vec<_>) = neutral()
        .into_iter()
        .partition(|(_, key, _)| *key == "clients");
    let others = told("keys", others).into_iter();
    others
        .chain(told("clocks that go off at once", at_once))
        .collect()
}

/// What never happens, is never short, or never fails.
pub(super) fn nothing_added(tree: &Value) -> Vec<Twin> {
    let mut twins = Vec::new();
    let mut add = |what: &str, change: &dyn Fn(&mut Value)| {
        let mut told = tree.clone();
        change(&mut told);
        if told != *tree && tree::load(&told).is_ok() {
            twins.push(Twin::new(what, told));
        }
    };
    let insert = |tree: &mut Value, section: &str, name: &str, value: Value| {
        let root = tree.as_object_mut().unwrap();
        let section = root.entry(section).or_insert(json!({}));
        section
            .as_object_mut()
            .unwrap()
            .insert(name.to_owned(), value);
    };
    let things: Vec<String> = ["components", "groups"]
        .into_iter()
        .flat_map(|section| tree::entries(tree, section).map(|(name, _)| name.clone()))
        .collect();
    for lasts in [json!({ "mean": "1 h" }), json!("0 s")] {
        add("a cause that never comes", &|told| {
            let cause = json!({ "every": "never", "lasts": lasts, "hits": things });
            insert(told, "causes", "no-cause", cause);
        });
    }
    add("a crew that is large enough for all", &|told| {
        each_table(told, Place::Kind, &mut |kind| {
            let is_mended = kind.get("repair").is_some_and(|repair| repair != "never");
            if is_mended && !kind.contains_key("crew") {
                kind.insert("crew".to_owned(), json!("large-crew"));
            }
        });
        insert(told, "crews", "large-crew", json!({ "size": 100_000 }));
    });
    add("a shelf that is always full", &|told| {
        each_table(told, Place::Kind, &mut |kind| {
            let is_mended = kind.get("repair").is_some_and(|repair| repair != "never");
            if is_mended && !kind.contains_key("spare") {
                kind.insert("spare".to_owned(), json!("full-shelf"));
            }
        });
        insert(
            told,
            "spares",
            "full-shelf",
            json!({ "stock": 500, "lead_time": "0 s" }),
        );
    });
    add("as many people as are needed", &|told| {
        each_table(told, Place::Takeover, &mut |takeover| {
            if takeover.contains_key("manual") && !takeover.contains_key("manual_by") {
                takeover.insert("manual_by".to_owned(), json!("many-people"));
            }
        });
        insert(told, "people", "many-people", json!({}));
    });
    add("a need of what never fails", &|told| {
        for section in ["groups", "components"] {
            let table = tree::table_mut(told, &[section]);
            for entry in table.into_iter().flat_map(|table| table.values_mut()) {
                let entry = entry.as_object_mut().unwrap();
                if !entry.contains_key("needs") {
                    entry.insert("needs".to_owned(), json!("rock"));
                }
            }
        }
        insert(
            told,
            "components",
            "rock",
            json!({ "fail": "never", "repair": "never" }),
        );
    });
    twins
}

/// A nanosecond, by two laws, instead of no time.
pub(super) fn next_to_no_time(tree: &Value) -> Vec<Twin> {
    use Place::*;
    let keys = [
        (Kind, "administrative_delay"),
        (Group, "rejoin"),
        (OuterGroup, "detect"),
        (Takeover, "deciding"),
        (Takeover, "promoting"),
        (Takeover, "redirecting"),
        (Takeover, "warm_up"),
        (Takeover, "clients"),
        (SplitBrain, "reconcile"),
        (Failback, "takes"),
        (Crew, "pick_up"),
    ];
    let mut twins = Vec::new();
    for (place, key) in keys {
        for value in [json!({ "mean": "1 ns" }), json!("1 ns")] {
            if let Some(with) = with_key(tree, place, key, &value) {
                twins.push(Twin {
                    tolerance: 1e-6,
                    slack: 1e-9,
                    // An outage of a nanosecond is one.
                    only: &["downtime", "degraded", "unserved", "stalled", "data"],
                    ..Twin::new(format!("{key} = {value}"), with)
                });
            }
        }
    }
    twins
}
