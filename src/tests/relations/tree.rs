//! Scenarios as trees, to be told in another way.

use std::collections::{BTreeMap, BTreeSet};

use failsim::scenario::{self, NoFiles, Scenario, Source, Syntax};
use serde_json::{Map, Value};

pub(super) type Table = Map<String, Value>;

/// Tables of tables that the user names.
pub(super) const NAMED: [&str; 9] = [
    "kinds",
    "components",
    "groups",
    "crews",
    "people",
    "spares",
    "causes",
    "changes",
    "services",
];

/// The scenario that a tree tells, or what is wrong with it.
pub(super) fn load(tree: &Value) -> Result<Scenario, String> {
    let source = Source {
        name: "test.json".to_owned(),
        text: tree.to_string(),
        syntax: Syntax::Json,
    };
    scenario::load(&source, &[], &NoFiles).map_err(|problems| problems.plain())
}

/// The entries of a table of tables; none if there is no such table.
pub(super) fn entries<'a>(
    tree: &'a Value,
    section: &str,
) -> impl Iterator<Item = (&'a String, &'a Table)> {
    let section = tree.get(section).and_then(Value::as_object);
    section
        .into_iter()
        .flatten()
        .filter_map(|(name, entry)| Some((name, entry.as_object()?)))
}

/// A table of a tree, to be changed.
pub(super) fn table_mut<'a>(tree: &'a mut Value, path: &[&str]) -> Option<&'a mut Table> {
    let mut at = tree;
    for part in path {
        at = at.get_mut(part)?;
    }
    at.as_object_mut()
}

/// The names of the services.
pub(super) fn services(tree: &Value) -> Vec<String> {
    match tree.get("services") {
        Some(_) => entries(tree, "services")
            .map(|(name, _)| name.clone())
            .collect(),
        None => vec!["service".to_owned()],
    }
}

/// The only service as one of several.
pub(super) fn with_named_services(tree: &Value) -> Value {
    let mut tree = tree.clone();
    let root = tree.as_object_mut().unwrap();
    if let Some(mut service) = root.remove("service") {
        if let Some(targets) = root.remove("targets") {
            service["targets"] = targets;
        }
        root.insert(
            "services".to_owned(),
            serde_json::json!({ "service": service }),
        );
    }
    tree
}

/// Words of the expressions in which names are joined.
const JOINS: [&str; 5] = ["and", "or", "all", "any", "at_least"];

/// An expression with other names in it.
pub(super) fn expression(text: &str, name: &dyn Fn(&str) -> String) -> String {
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    let (mut out, mut rest) = (String::new(), text);
    while let Some(first) = rest.chars().next() {
        if !is_name(first) {
            out.push(first);
            rest = &rest[first.len_utf8()..];
            continue;
        }
        let end = rest.find(|c| !is_name(c)).unwrap_or(rest.len());
        let word = &rest[..end];
        let is_number = word.bytes().all(|byte| byte.is_ascii_digit());
        let is_each = word == "each" && rest[end..].trim_start().starts_with('(');
        if JOINS.contains(&word) || is_number || is_each {
            out += word;
        } else {
            out += &name(word);
        }
        rest = &rest[end..];
    }
    out
}

/// A tree in which everything that refers to something by its name does so by another one. Tables keep
/// their names.
pub(super) fn with_references(tree: &Value, name: &dyn Fn(&str) -> String) -> Value {
    fn walk(key: &str, value: &Value, name: &dyn Fn(&str) -> String) -> Value {
        match (key, value) {
            (
                "kind" | "members" | "crew" | "spare" | "manual_by" | "within" | "hits" | "on"
                | "breaks" | "ages_while" | "to" | "like",
                Value::String(text),
            ) => Value::String(name(text)),
            ("up" | "needs" | "manual_needs" | "degraded_without", Value::String(text)) => {
                Value::String(expression(text, name))
            }
            // The mode of a fault on demand, and not that of a failback.
            ("on_demand", Value::Object(table)) => {
                let renamed = table
                    .iter()
                    .map(|(key, value)| match (key.as_str(), value) {
                        ("mode", Value::String(mode)) => (key.clone(), Value::String(name(mode))),
                        _ => (key.clone(), value.clone()),
                    });
                Value::Object(renamed.collect())
            }
            ("to" | "degraded_without", Value::Object(table)) => {
                let renamed = table.iter().map(|(key, value)| (name(key), value.clone()));
                Value::Object(renamed.collect())
            }
            (_, Value::Object(table)) => {
                let walked = table
                    .iter()
                    .map(|(inner, value)| (inner.clone(), walk(inner, value, name)));
                Value::Object(walked.collect())
            }
            (_, Value::Array(items)) => items.iter().map(|item| walk(key, item, name)).collect(),
            _ => value.clone(),
        }
    }
    let root = tree.as_object().unwrap();
    let walked = root.iter().map(|(section, value)| {
        // A table that the user names may have the name of a key.
        let walked = match value.as_object() {
            Some(table) if NAMED.contains(&section.as_str()) => {
                let entries = table
                    .iter()
                    .map(|(entry, value)| (entry.clone(), walk("", value, name)));
                Value::Object(entries.collect())
            }
            _ => walk("", value, name),
        };
        (section.clone(), walked)
    });
    Value::Object(walked.collect())
}

/// All names that the user has chosen: of tables, modes and states.
pub(super) fn names(tree: &Value) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for section in NAMED {
        for (name, entry) in entries(tree, section) {
            names.insert(name.clone());
            for inner in ["modes", "states"] {
                let inner = entry.get(inner).and_then(Value::as_object);
                names.extend(inner.into_iter().flatten().map(|(name, _)| name.clone()));
            }
        }
    }
    names
}

/// The name that stands for another one. `db.2` is the second unit of `db`.
pub(super) fn name_by(new: &BTreeMap<String, String>, old: &str) -> String {
    if let Some(new) = new.get(old) {
        return new.clone();
    }
    match old.rsplit_once('.') {
        Some((stem, number)) if new.contains_key(stem) => format!("{}.{number}", new[stem]),
        _ => old.to_owned(),
    }
}

/// A tree in which things have other names.
pub(super) fn renamed(tree: &Value, new: &BTreeMap<String, String>) -> Value {
    let name = |old: &str| name_by(new, old);
    let keys = |table: &Table| -> Table {
        let renamed = table.iter().map(|(key, value)| (name(key), value.clone()));
        renamed.collect()
    };
    let mut tree = with_references(tree, &name);
    for section in NAMED {
        let Some(table) = table_mut(&mut tree, &[section]) else {
            continue;
        };
        for entry in table.values_mut().filter_map(Value::as_object_mut) {
            for inner in ["modes", "states"] {
                if let Some(Value::Object(inner)) = entry.get_mut(inner) {
                    *inner = keys(inner);
                }
            }
        }
        *table = keys(table);
    }
    tree
}

/// A tree with the tables in the opposite order. The order of states matters: the first is the one at the
/// start.
pub(super) fn reversed(value: &Value) -> Value {
    match value {
        Value::Object(table) => {
            let mut entries: Vec<(String, Value)> = table
                .iter()
                .map(|(key, value)| {
                    let inner = match (key.as_str(), value) {
                        ("states", Value::Object(states)) => {
                            let states = states
                                .iter()
                                .map(|(name, state)| (name.clone(), reversed(state)));
                            Value::Object(states.collect())
                        }
                        _ => reversed(value),
                    };
                    (key.clone(), inner)
                })
                .collect();
            entries.reverse();
            Value::Object(entries.into_iter().collect())
        }
        Value::Array(items) => items.iter().map(reversed).collect(),
        _ => value.clone(),
    }
}

/// Whether a text stands anywhere in a tree as the value of one of these keys, or of any if there are none.
pub(super) fn has(value: &Value, is_it: &dyn Fn(&str, &Value) -> bool) -> bool {
    match value {
        Value::Object(table) => table
            .iter()
            .any(|(key, value)| is_it(key, value) || has(value, is_it)),
        Value::Array(items) => items.iter().any(|item| has(item, is_it)),
        _ => false,
    }
}
