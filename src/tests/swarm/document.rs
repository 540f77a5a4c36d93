//! Scenarios as trees, with what the schema says each table of them is.

use std::collections::BTreeSet;
use std::fmt::Write;

use serde_json::{Map, Value as Json};

/// The tables that the schema knows.
pub(super) struct Schema {
    tables: Map<String, Json>,
}

/// A table of a document.
pub(super) struct Place<'a> {
    /// Where it is: a JSON pointer.
    pub(super) at: String,
    /// What it is, by the name that the schema has for it.
    pub(super) table: &'a str,
}

impl Schema {
    pub(super) fn new() -> Schema {
        let mut schema = failsim::scenario::schema();
        let Json::Object(tables) = schema["$defs"].take() else {
            unreachable!("a schema has definitions");
        };
        Schema { tables }
    }

    /// All tables of a document, outer ones first.
    pub(super) fn places<'a>(&'a self, document: &Json) -> Vec<Place<'a>> {
        let mut places = Vec::new();
        let (name, _) = self.tables.get_key_value("scenario").unwrap();
        self.visit_table(document, name, String::new(), &mut places);
        places
    }

    /// All keys that a document has, each by table and key.
    pub(super) fn keys(&self, document: &Json) -> BTreeSet<String> {
        let places = self.places(document).into_iter();
        let keys = places.flat_map(|place| {
            let table = document.pointer(&place.at).unwrap().as_object().unwrap();
            let keys = table.keys().map(|key| canonical(place.table, key));
            keys.collect::<Vec<String>>()
        });
        keys.collect()
    }

    /// All keys of the format.
    pub(super) fn all_keys(&self) -> BTreeSet<String> {
        let tables = self.tables.iter();
        let keys = tables.flat_map(|(table, definition)| {
            let keys = definition["properties"].as_object().unwrap().keys();
            let keys = keys.map(|key| canonical(table, key));
            let pattern = definition.get("patternProperties");
            let pattern = pattern.filter(|_| table != "targets");
            keys.chain(pattern.map(|_| canonical(table, "p95")))
                .collect::<Vec<String>>()
        });
        keys.collect()
    }

    fn visit_table<'a>(
        &'a self,
        value: &Json,
        table: &'a str,
        at: String,
        places: &mut Vec<Place<'a>>,
    ) {
        for (key, value) in value.as_object().unwrap() {
            if key == "$schema" {
                continue;
            }
            let definition = self.key(table, key);
            let definition = definition.unwrap_or_else(|| panic!("no key `{key}` in {table}"));
            self.visit(value, definition, format!("{at}/{key}"), places);
        }
        places.push(Place { at, table });
    }

    /// What a key of a table takes; one of a pattern, such as `p95`, too.
    fn key(&self, table: &str, key: &str) -> Option<&Json> {
        let table = &self.tables[table];
        let is_of_pattern = key.contains('.') || key[1..].starts_with(|c: char| c.is_ascii_digit());
        let pattern = || table["patternProperties"].as_object()?.values().next();
        let named = table["properties"].get(key);
        named.or_else(|| is_of_pattern.then(pattern).flatten())
    }

    fn visit<'a>(
        &'a self,
        value: &Json,
        definition: &'a Json,
        at: String,
        places: &mut Vec<Place<'a>>,
    ) {
        if let Some(choices) = definition["anyOf"].as_array() {
            let choice = choices.iter().find(|choice| self.accepts(choice, value));
            if let Some(choice) = choice {
                self.visit(value, choice, at, places);
            }
        } else if let Some(table) = table_of(definition) {
            self.visit_table(value, table, at, places);
        } else if let Some(items) = value.as_array() {
            for (index, item) in items.iter().enumerate() {
                self.visit(item, &definition["items"], format!("{at}/{index}"), places);
            }
        } else if let Some(entries) = value.as_object() {
            for (name, entry) in entries {
                let entries = &definition["additionalProperties"];
                self.visit(entry, entries, format!("{at}/{name}"), places);
            }
        }
    }

    /// Whether a value is of the shape that is defined.
    fn accepts(&self, definition: &Json, value: &Json) -> bool {
        if let Some(choices) = definition["anyOf"].as_array() {
            return choices.iter().any(|choice| self.accepts(choice, value));
        }
        if let Some(table) = table_of(definition) {
            let keys = value.as_object().map(Map::keys);
            return keys.is_some_and(|mut keys| keys.all(|key| self.key(table, key).is_some()));
        }
        match definition["type"].as_str() {
            Some("array") => value.is_array(),
            Some("object") => value.is_object(),
            _ => !value.is_array() && !value.is_object(),
        }
    }
}

/// The table that a definition refers to.
fn table_of(definition: &Json) -> Option<&str> {
    definition["$ref"].as_str()?.strip_prefix("#/$defs/")
}

/// Keys of a law.
pub(super) const LAW_KEYS: [&str; 23] = [
    "mean",
    "rate",
    "exponential",
    "constant",
    "weibull",
    "lognormal",
    "gamma",
    "erlang",
    "hyperexponential",
    "phase_type",
    "normal",
    "uniform",
    "triangular",
    "pert",
    "loglogistic",
    "pareto",
    "mixture",
    "shift",
    "truncate",
    "bathtub",
    "values",
    "csv",
    "checks",
];

/// The name of a key, the same in all tables in which it says the same.
fn canonical(table: &str, key: &str) -> String {
    if key[1..].starts_with(|c: char| c.is_ascii_digit()) {
        return format!("{table}.p95");
    }
    let of_component = ["kind", "count", "required", "needs", "degraded_without"];
    let of_stage = ["succeeds", "retries", "then", "during", "needs"];
    let table = match table {
        _ if key == "source" => "scenario",
        "component" if !of_component.contains(&key) => "kind",
        "mode" if key != "share" => "kind",
        "service-2" => "service",
        "stage" | "takeover" if LAW_KEYS.contains(&key) => "law",
        "takeover" if of_stage.contains(&key) => "stage",
        other => other,
    };
    format!("{table}.{key}")
}

/// What a key is about.
pub(super) fn subject(key: &str) -> &'static str {
    let (table, key) = key.split_once('.').unwrap();
    match (table, key) {
        ("scenario" | "run" | "targets", _) => "run",
        ("kind", "test") | ("test" | "notice" | "checks" | "detector", _) => "detection",
        ("kind", "notice") | ("group", "detect" | "standby_faults" | "false_alarms") => "detection",
        ("kind", "states") | ("state" | "exit", _) => "states",
        ("kind" | "group" | "change", "capacity" | "degraded_capacity") => "load",
        ("group", "load" | "overload" | "scaling" | "shares_requests") => "load",
        ("load" | "overload" | "scaling", _) => "load",
        ("kind", "crew" | "priority") | ("crew" | "hours", _) => "crews",
        ("kind", "repair" | "administrative_delay" | "repair_starts" | "after_repair") => "repair",
        ("kind", "renews") | ("stage-of-a-repair" | "after-repair", _) => "repair",
        ("kind", "spare") | ("spares", _) => "spares",
        ("kind" | "service", "cost") => "costs",
        ("cost-of-a-unit" | "cost-of-a-service" | "class-of-downtime", _) => "costs",
        ("service-credits" | "step-of-service-credits", _) => "costs",
        ("kind" | "mode" | "on-demand" | "effect", _) => "units",
        ("component" | "group", "needs" | "degraded_without") | ("stage", "needs") => "needs",
        ("takeover", "manual_needs") | ("service", "degraded_without") => "needs",
        ("takeover", "manual_by") | ("people" | "pace", _) => "people",
        ("takeover" | "stage", _) => "takeover",
        ("group", "takeover" | "quorum" | "rejoin") => "takeover",
        ("group", "split_brain") | ("split-brain", _) => "split brain",
        ("group", "failback") | ("failback", _) => "failback",
        ("group", "replication") | ("replication", _) => "data",
        ("group", "switchover") | ("switchover" | "change" | "window" | "canary", _) => "changes",
        ("component" | "group" | "standby", _) => "groups",
        ("shared-cause", _) => "causes",
        ("bad-change", _) => "changes",
        ("service" | "demand" | "series", _) => "service",
        _ => "laws",
    }
}

/// The document as a file: a table for each part of the system.
pub(super) fn to_toml(document: &Json) -> String {
    let mut text = String::new();
    let (mut tables, mut top) = (String::new(), document.as_object().unwrap().clone());
    for (section, value) in std::mem::take(&mut top) {
        let Json::Object(entries) = value else {
            writeln!(text, "{section} = {}", inline(&value)).unwrap();
            continue;
        };
        // What has a name is a table of its own.
        let is_of_named = !entries.is_empty()
            && !["params", "run", "service", "targets"].contains(&section.as_str())
            && entries.values().all(Json::is_object);
        if is_of_named {
            for (name, entry) in entries {
                writeln!(tables, "[{section}.{}]", bare(&name)).unwrap();
                write_keys(&mut tables, entry.as_object().unwrap());
            }
        } else {
            writeln!(tables, "[{section}]").unwrap();
            write_keys(&mut tables, &entries);
        }
    }
    text + &tables
}

fn write_keys(text: &mut String, keys: &Map<String, Json>) {
    for (key, value) in keys {
        writeln!(text, "{} = {}", bare(key), inline(value)).unwrap();
    }
}

fn bare(key: &str) -> String {
    let is_bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if key.chars().all(is_bare) {
        key.to_owned()
    } else {
        format!("\"{key}\"")
    }
}

fn inline(value: &Json) -> String {
    match value {
        Json::Object(keys) => {
            let keys = keys.iter();
            let keys = keys.map(|(key, value)| format!("{} = {}", bare(key), inline(value)));
            format!("{{ {} }}", keys.collect::<Vec<String>>().join(", "))
        }
        Json::Array(items) => {
            let items: Vec<String> = items.iter().map(inline).collect();
            format!("[{}]", items.join(", "))
        }
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => value.to_string(),
    }
}

/// The document that a text describes.
pub(super) fn parse(text: &str) -> Json {
    toml::from_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}
