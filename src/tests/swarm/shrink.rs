//! A failing system made smaller, key by key, as long as it fails in the same way.

use serde_json::Value as Json;

/// The smallest document found for which `fails` still holds.
pub(super) fn shrink(document: &Json, fails: &dyn Fn(&Json) -> bool) -> Json {
    let mut smallest = document.clone();
    loop {
        let mut is_smaller = false;
        let mut pointers = Vec::new();
        list(&smallest, String::new(), &mut pointers);
        // Outer ones first, as they take most with them.
        pointers.sort_by_key(|pointer| pointer.matches('/').count());
        for pointer in pointers {
            let mut candidate = smallest.clone();
            if remove(&mut candidate, &pointer) && fails(&candidate) {
                smallest = candidate;
                is_smaller = true;
            }
        }
        if !is_smaller {
            return smallest;
        }
    }
}

fn list(value: &Json, at: String, pointers: &mut Vec<String>) {
    let mut add = |key: String, inner: &Json| {
        let at = format!("{at}/{key}");
        pointers.push(at.clone());
        list(inner, at, pointers);
    };
    match value {
        Json::Object(keys) => keys.iter().for_each(|(key, inner)| add(key.clone(), inner)),
        Json::Array(items) => items
            .iter()
            .enumerate()
            .for_each(|(index, inner)| add(index.to_string(), inner)),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
    }
}

fn remove(document: &mut Json, pointer: &str) -> bool {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    match document.pointer_mut(parent) {
        Some(Json::Object(keys)) => keys.shift_remove(key).is_some(),
        Some(Json::Array(items)) => {
            let index: usize = key.parse().unwrap();
            let is_there = index < items.len();
            if is_there {
                items.remove(index);
            }
            is_there
        }
        _ => false,
    }
}
