//! Names, order, and what is told twice.

use std::collections::BTreeMap;

use serde_json::Value;

use super::judge::Twin;
use super::tree;

/// As it stands in the record of a run.
pub(super) fn as_it_is(tree: &Value) -> Vec<Twin> {
    vec![Twin::new("as it is resolved", tree.clone())]
}

/// Other names, which also have another order.
pub(super) fn other_names(tree: &Value) -> Vec<Twin> {
    let names = tree::names(tree);
    let count = names.len();
    let new: BTreeMap<String, String> = names
        .into_iter()
        .enumerate()
        .map(|(at, name)| (name, format!("n{:04}", count - at)))
        .collect();
    let told = Twin::new("other names", tree::renamed(tree, &new));
    let old: BTreeMap<String, String> = new.into_iter().map(|(old, new)| (new, old)).collect();
    let pairs = told.pairs.iter();
    let pairs = pairs.map(|(name, _)| (name.clone(), tree::name_by(&old, name)));
    vec![Twin {
        pairs: pairs.collect(),
        names: old,
        ..told
    }]
}

/// All tables and keys in the opposite order.
pub(super) fn other_order(tree: &Value) -> Vec<Twin> {
    vec![Twin {
        any_cause: has_like_causes(tree),
        ..Twin::new("from the last table to the first", tree::reversed(tree))
    }]
}

/// Whether there are shared causes of which only the order tells which one is to blame for what both hold.
fn has_like_causes(tree: &Value) -> bool {
    let causes = tree.get("causes").and_then(Value::as_object);
    let mut kinds: Vec<(String, String)> = causes
        .iter()
        .flat_map(|causes| causes.values())
        .map(|cause| {
            let told = |key: &str| cause.get(key).map_or(String::new(), Value::to_string);
            (told("lasts"), told("every"))
        })
        .collect();
    let count = kinds.len();
    kinds.sort();
    kinds.dedup();
    kinds.len() < count
}

/// Each service a second time.
pub(super) fn services_twice(tree: &Value) -> Vec<Twin> {
    let mut twice = tree::with_named_services(tree);
    let services = tree::services(&twice);
    // Both would ask.
    let asks = |key: &str, _: &Value| key == "demand";
    if tree::has(tree, &asks) {
        return Vec::new();
    }
    let table = tree::table_mut(&mut twice, &["services"]).unwrap();
    for name in &services {
        let copy = table[name].clone();
        table.insert(format!("{name}-again"), copy);
    }
    let mut told = Twin::new("each service twice", twice);
    told.pairs = services
        .iter()
        .flat_map(|name| {
            [
                (name.clone(), name.clone()),
                (format!("{name}-again"), name.clone()),
            ]
        })
        .collect();
    // Outages of both cost money.
    told.but = &["cost"];
    vec![told]
}
