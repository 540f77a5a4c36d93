//! The structure of a service, told in other ways: by parts of their own, by needs, by members that count each
//! for itself, by a demand; and units and groups told part by part.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::judge::Twin;
use super::tree;

/// What must be up.
#[derive(Clone, Debug)]
enum Up {
    Name(String),
    Each(String),
    AtLeast(usize, Vec<Up>),
}

fn words(text: &str) -> Vec<String> {
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    let (mut words, mut rest) = (Vec::new(), text.trim_start());
    while let Some(first) = rest.chars().next() {
        let end = match is_name(first) {
            true => rest.find(|c| !is_name(c)).unwrap_or(rest.len()),
            false => first.len_utf8(),
        };
        words.push(rest[..end].to_owned());
        rest = rest[end..].trim_start();
    }
    words.reverse();
    words
}

/// Reads parts that are joined by a word; `words` are the rest, from the last to the first.
fn joined(words: &mut Vec<String>, by: &str) -> Up {
    let next = |words: &mut Vec<String>| match by {
        "or" => joined(words, "and"),
        _ => one(words),
    };
    let mut parts = vec![next(words)];
    while words.last().is_some_and(|word| word == by) {
        words.pop();
        parts.push(next(words));
    }
    match (parts.len(), by) {
        (1, _) => parts.remove(0),
        (_, "or") => Up::AtLeast(1, parts),
        (count, _) => Up::AtLeast(count, parts),
    }
}

fn one(words: &mut Vec<String>) -> Up {
    let word = words.pop().unwrap();
    let is_call = words.last().is_some_and(|next| next == "(");
    if word == "(" {
        let inner = joined(words, "or");
        words.pop();
        return inner;
    }
    if !is_call {
        return Up::Name(word);
    }
    words.pop();
    if word == "each" {
        let name = words.pop().unwrap();
        words.pop();
        return Up::Each(name);
    }
    let mut k = None;
    if word == "at_least" {
        k = words.pop().unwrap().parse().ok();
        words.pop();
    }
    let mut parts = vec![joined(words, "or")];
    while words.pop().is_some_and(|word| word == ",") {
        parts.push(joined(words, "or"));
    }
    let k = k.unwrap_or(if word == "any" { 1 } else { parts.len() });
    Up::AtLeast(k, parts)
}

fn up_of(service: &Value) -> Option<Up> {
    Some(joined(&mut words(service.get("up")?.as_str()?), "or"))
}

impl Up {
    fn has_each(&self) -> bool {
        match self {
            Up::Name(_) => false,
            Up::Each(_) => true,
            Up::AtLeast(_, parts) => parts.iter().any(Up::has_each),
        }
    }

    fn text(&self) -> String {
        match self {
            Up::Name(name) => name.clone(),
            Up::Each(name) => format!("each({name})"),
            Up::AtLeast(k, parts) => {
                let parts: Vec<String> = parts.iter().map(Up::text).collect();
                format!("at_least({k}, {})", parts.join(", "))
            }
        }
    }

    /// The name of a service that is up when this is, which may be a new one.
    fn as_service(&self, name: &str, services: &mut tree::Table) -> String {
        match self {
            Up::Name(name) => name.clone(),
            Up::Each(name) => format!("each({name})"),
            Up::AtLeast(k, parts) => {
                let parts: Vec<String> = parts
                    .iter()
                    .enumerate()
                    .map(|(at, part)| part.as_service(&format!("{name}-{at}"), services))
                    .collect();
                let up = format!("at_least({k}, {})", parts.join(", "));
                services.insert(name.to_owned(), json!({ "up": up }));
                name.to_owned()
            }
        }
    }
}

/// The pairs of the services of a tree with themselves.
fn pairs_of(tree: &Value) -> Vec<(String, String)> {
    let services = tree::services(tree);
    services
        .into_iter()
        .map(|name| (name.clone(), name))
        .collect()
}

fn says(tree: &Value, keys: &[&str]) -> bool {
    tree::has(tree, &|key, _| keys.contains(&key))
}

/// Anything that can be degraded, or less than what it should be.
fn can_be_degraded(tree: &Value) -> bool {
    tree::has(tree, &|key, value| {
        key == "degraded" || key == "degraded_without" || value == "degraded"
    })
}

/// `a and b` as `at_least(2, a, b)`.
pub(super) fn by_number(tree: &Value) -> Vec<Twin> {
    let mut told = tree::with_named_services(tree);
    let services = tree::table_mut(&mut told, &["services"]).unwrap();
    for service in services.values_mut() {
        let Some(up) = up_of(service) else {
            return Vec::new();
        };
        service["up"] = up.text().into();
    }
    vec![Twin::new("by at_least", told)]
}

/// Each part of a structure as a service of its own.
pub(super) fn by_services(tree: &Value) -> Vec<Twin> {
    if says(tree, &["demand"]) {
        return Vec::new();
    }
    let mut told = tree::with_named_services(tree);
    let pairs = pairs_of(&told);
    let services = tree::table_mut(&mut told, &["services"]).unwrap();
    let mut parts = tree::Table::new();
    for (name, service) in services.iter_mut() {
        let Some(up @ Up::AtLeast(..)) = up_of(service) else {
            continue;
        };
        service["up"] = up.as_service(&format!("{name}-part"), &mut parts).into();
    }
    if parts.is_empty() {
        return Vec::new();
    }
    services.extend(parts);
    vec![Twin {
        pairs,
        ..Twin::new("by services for the parts", told)
    }]
}

/// A component that never fails by itself, but needs the structure.
pub(super) fn by_needs(tree: &Value) -> Vec<Twin> {
    if says(tree, &["demand"]) {
        return Vec::new();
    }
    let mut told = tree::with_named_services(tree);
    let mut gates = Vec::new();
    let services = tree::table_mut(&mut told, &["services"]).unwrap();
    for (name, service) in services.iter_mut() {
        let Some(up) = up_of(service) else { continue };
        if up.has_each() {
            continue;
        }
        let gate = format!("{name}-gate");
        service["up"] = gate.clone().into();
        gates.push((gate, up.text()));
    }
    let root = told.as_object_mut().unwrap();
    let components = root.entry("components").or_insert(json!({}));
    for (gate, needs) in gates {
        components[gate] = json!({ "fail": "never", "repair": "never", "needs": needs });
    }
    vec![Twin {
        // What is degraded is good enough for a need.
        only: &["downtime", "outages", "longest", "data", "share"],
        ..Twin::new("by needs", told)
    }]
}

/// Groups of which a number must serve, and nothing else depends on it: their names, with the number.
fn counted(tree: &Value) -> Vec<(String, u64)> {
    let changes_by_number = [
        "demand", "changes", "overload", "scaling", "capacity", "load", "quorum", "cost",
    ];
    if says(tree, &changes_by_number) {
        return Vec::new();
    }
    let groups = tree::entries(tree, "groups").filter_map(|(name, group)| {
        let is_active = group.get("standby")? == "active" && !group.contains_key("active");
        let units = group.get("units")?.as_u64()?;
        let required = group.get("required").map_or(Some(units), Value::as_u64)?;
        let named = |key: &str, value: &Value| {
            let texts = match value {
                Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
                Value::String(text) => vec![text.as_str()],
                _ => Vec::new(),
            };
            let is_by_expression = matches!(key, "needs" | "manual_needs");
            let is_named = |text: &&str| match is_by_expression {
                true => words(text).contains(name),
                false => key == "members" && text == name,
            };
            texts.iter().any(is_named) || key == "degraded_without"
        };
        (is_active && !tree::has(tree, &named)).then(|| (name.clone(), required))
    });
    groups.collect()
}

/// The number of members of a group that must serve, told by the service.
pub(super) fn by_members(tree: &Value) -> Vec<Twin> {
    let counted = counted(tree);
    let mut told = tree::with_named_services(tree);
    if counted.is_empty() {
        return Vec::new();
    }
    let services = tree::table_mut(&mut told, &["services"]).unwrap();
    for service in services.values_mut() {
        let up = service["up"].as_str().unwrap();
        let with_each = tree::expression(up, &|name| {
            let group = counted.iter().find(|(group, _)| group == name);
            group.map_or(name.to_owned(), |(group, required)| {
                format!("at_least({required}, each({group}))")
            })
        });
        if up.contains("each") {
            return Vec::new();
        }
        service["up"] = with_each.into();
    }
    for (group, _) in &counted {
        tree::table_mut(&mut told, &["groups", group])
            .unwrap()
            .insert("required".to_owned(), json!(1));
    }
    vec![Twin {
        // Who is to blame where each member counts for itself is another question.
        only: &["downtime", "degraded", "outages", "longest"],
        ..Twin::new("by members that count each for itself", told)
    }]
}

/// The number of members of a group that must serve, told by a demand.
pub(super) fn by_demand(tree: &Value) -> Vec<Twin> {
    if can_be_degraded(tree) {
        return Vec::new();
    }
    let counted = counted(tree);
    let mut told = tree::with_named_services(tree);
    let services = tree::table_mut(&mut told, &["services"]).unwrap();
    if services.len() != 1 {
        return Vec::new();
    }
    let service = services.values_mut().next().unwrap();
    let Some((group, required)) = counted.iter().find(|(group, _)| service["up"] == **group) else {
        return Vec::new();
    };
    service["demand"] = json!(required);
    service["down_below"] = json!("100 %");
    let group = tree::table_mut(&mut told, &["groups", group]).unwrap();
    group.insert("required".to_owned(), json!(1));
    group.insert("capacity".to_owned(), json!(1));
    group.insert("shares_requests".to_owned(), json!(false));
    vec![Twin {
        only: &["downtime", "outages", "longest"],
        ..Twin::new("by a demand", told)
    }]
}

/// Whether anything but its own table names a thing.
fn is_named(tree: &Value, name: &str, keys: &[&str]) -> bool {
    tree::has(tree, &|key, value| {
        let is_it = |text: &str| match text.strip_prefix(name) {
            Some(rest) => rest.is_empty() || rest.starts_with('.'),
            None => false,
        };
        keys.contains(&key)
            && match value {
                Value::String(text) => is_it(text),
                Value::Array(_) => {
                    let text = value.to_string();
                    text.split(['"', '[', ']', ',']).any(is_it)
                }
                Value::Object(table) => table.keys().any(|key| is_it(key)),
                _ => false,
            }
    })
}

/// The units of a group one by one, and then in another order.
pub(super) fn members_one_by_one(tree: &Value) -> Vec<Twin> {
    let groups: Vec<(String, u64)> = tree::entries(tree, "groups")
        .filter_map(|(name, group)| Some((name.clone(), group.get("units")?.as_u64()?)))
        .filter(|&(_, units)| units > 1 && units <= 6)
        .collect();
    if groups.is_empty() {
        return Vec::new();
    }
    let tell = |is_reversed: bool| {
        let mut told = tree::with_references(tree, &|name| match name.rsplit_once('.') {
            Some((stem, number)) if groups.iter().any(|(group, _)| group == stem) => {
                format!("{stem}-{number}")
            }
            _ => name.to_owned(),
        });
        for (name, units) in &groups {
            let mut members: Vec<String> = (1..=*units).map(|at| format!("{name}-{at}")).collect();
            let group = tree::table_mut(&mut told, &["groups", name]).unwrap();
            let kind = group.remove("kind").unwrap();
            group.remove("units");
            if is_reversed && !is_named(tree, name, &["hits", "on"]) {
                members.reverse();
            }
            group.insert("members".to_owned(), json!(members));
            let root = told.as_object_mut().unwrap();
            let components = root.entry("components").or_insert(json!({}));
            for member in &members {
                components[member] = json!({ "kind": kind });
            }
        }
        told
    };
    vec![
        Twin::new("members one by one", tell(false)),
        Twin::new("like members in another order", tell(true)),
    ]
}

/// What a group says of its own units and not of member groups: how the people of a crew tell groups apart, units
/// that crash one by one under a load, and what fails together.
const OF_UNITS: [&str; 4] = ["per", "pick_up", "crash", "beta"];

/// Members of groups as groups of their own: the first ones, the last ones, all of them, and all twice over.
pub(super) fn groups_of_one(tree: &Value) -> Vec<Twin> {
    let by_group = |_: &str, value: &Value| *value == json!("random group");
    if says(tree, &OF_UNITS) || tree::has(tree, &by_group) {
        return Vec::new();
    }
    let listed = members_one_by_one(tree).into_iter().next();
    let listed = listed.map_or_else(|| tree.clone(), |twin| twin.tree);
    let is_unit = |name: &str| {
        let component = listed.get("components").and_then(|all| all.get(name));
        component.is_some_and(|component| component.get("count").is_none_or(|count| *count == 1))
    };
    let wrap = |what: &str, times: usize, is_wrapped: &dyn Fn(usize, usize) -> bool| {
        let mut told = listed.clone();
        let mut names = BTreeMap::new();
        for (outer, group) in tree::entries(&listed, "groups") {
            let Some(members) = group.get("members").and_then(Value::as_array) else {
                continue;
            };
            let mut wrapped = members.clone();
            // That of a unit is told by the group that it is in.
            let capacity = group.get("capacity");
            let mut units = members.iter().filter_map(Value::as_str);
            if capacity.is_some() && !units.all(is_unit) {
                continue;
            }
            for (at, member) in wrapped.iter_mut().enumerate() {
                let name = member.as_str().unwrap().to_owned();
                let is_wrapped = is_wrapped(at, members.len()) || capacity.is_some();
                if !is_unit(&name) || !is_wrapped {
                    continue;
                }
                for level in 1..=times {
                    let around = format!("{name}-alone-{level}");
                    told["groups"][&around] = json!({ "members": [member.clone()] });
                    let of_unit = [
                        ("capacity", capacity.filter(|_| level == 1)),
                        ("degraded_capacity", group.get("degraded_capacity")),
                    ];
                    for (key, value) in of_unit {
                        if let Some(value) = value {
                            told["groups"][&around][key] = value.clone();
                        }
                    }
                    // Its downtime is that of the group that its unit is in.
                    names.insert(around.clone(), outer.clone());
                    *member = around.into();
                }
            }
            told["groups"][outer]["members"] = wrapped.into();
            let outer = told["groups"][outer].as_object_mut().unwrap();
            outer.remove("capacity");
        }
        (!names.is_empty()).then(|| Twin {
            names,
            ..Twin::new(what, told)
        })
    };
    let twins = [
        wrap("first members in groups of one", 1, &|at, _| at == 0),
        wrap("last members in groups of one", 1, &|at, count| {
            at + 1 == count
        }),
        wrap("all members in groups of one", 1, &|_, _| true),
        wrap("all members in groups of groups of one", 2, &|_, _| true),
    ];
    twins.into_iter().flatten().collect()
}

/// A system in which all members of groups are lost at once from time to time: by a cause, and by a need.
pub(super) fn with_losses_of_all(tree: &Value) -> Option<Value> {
    let mut told = tree.clone();
    let groups: Vec<String> = tree::entries(tree, "groups")
        .map(|(name, _)| name.clone())
        .collect();
    let horizon = failsim::scenario::parse_span(tree["run"].get("horizon")?.as_str()?).ok()?;
    let part = |of: f64| json!({ "mean": format!("{} s", horizon.as_secs() / of) });
    let root = told.as_object_mut()?;
    let components = root.entry("components").or_insert(json!({}));
    components["socket-of-all"] = json!({ "fail": part(10.0), "repair": part(40.0) });
    let causes = root.entry("causes").or_insert(json!({}));
    causes["blow-to-all"] = json!({ "every": part(10.0), "lasts": part(40.0), "hits": groups });
    for group in tree::table_mut(&mut told, &["groups"])?.values_mut() {
        let group = group.as_object_mut()?;
        group.entry("needs").or_insert(json!("socket-of-all"));
    }
    tree::load(&told).is_ok().then_some(told)
}

/// A unit of its own as two parts, both of which it needs: while one of them is down, the other one does not
/// age, as the unit would not.
pub(super) fn series_parts(tree: &Value) -> Vec<Twin> {
    let names = [
        "members",
        "hits",
        "on",
        "degraded_without",
        "needs",
        "manual_needs",
    ];
    if says(tree, &["beta"]) {
        return Vec::new();
    }
    let base = tree::with_named_services(tree);
    let mut twins = Vec::new();
    for (name, component) in tree::entries(&base, "components") {
        let kind = match component.get("kind").and_then(Value::as_str) {
            Some(kind) => base["kinds"].get(kind).and_then(Value::as_object),
            None => Some(component),
        };
        let Some(kind) = kind else { continue };
        let known = [
            "fail",
            "repair",
            "lasts",
            "crew",
            "administrative_delay",
            "priority",
            "spare",
        ];
        if !kind
            .keys()
            .all(|key| known.contains(&key.as_str()) || key == "source")
            || component.keys().any(|key| {
                matches!(
                    key.as_str(),
                    "count" | "needs" | "degraded_without" | "required"
                )
            })
            || is_named(&base, name, &names)
            || says(&base, &["demand"])
        {
            continue;
        }
        let expressions = |key: &str, value: &Value| {
            matches!(key, "needs" | "manual_needs" | "degraded_without")
                && value
                    .as_str()
                    .is_some_and(|text| words(text).contains(name))
        };
        if tree::has(&base, &expressions) {
            continue;
        }
        let half = match kind.get("fail") {
            Some(Value::Object(law)) if law.len() == 1 && law.contains_key("mean") => {
                let mean = law["mean"].as_str().unwrap();
                let Ok(span) = failsim::scenario::parse_span(mean) else {
                    continue;
                };
                json!({ "mean": format!("{} s", 2.0 * span.as_secs()) })
            }
            _ => continue,
        };
        let mut part = kind.clone();
        let (first, second) = (format!("{name}-first"), format!("{name}-second"));
        let whole = format!("{name}-whole");
        part.insert("fail".to_owned(), half);
        part.insert("ages_while".to_owned(), json!(whole));
        let mut told = base.clone();
        let components = tree::table_mut(&mut told, &["components"]).unwrap();
        components.remove(name);
        components.insert(first.clone(), Value::Object(part.clone()));
        components.insert(second.clone(), Value::Object(part));
        let services = tree::table_mut(&mut told, &["services"]).unwrap();
        for service in services.values_mut() {
            let up = service["up"].as_str().unwrap();
            let with_parts = tree::expression(up, &|other| match other == name {
                true => format!("({first} and {second})"),
                false => other.to_owned(),
            });
            service["up"] = with_parts.into();
        }
        services.insert(whole, json!({ "up": format!("{first} and {second}") }));
        twins.push(Twin {
            pairs: pairs_of(&base),
            only: &["downtime", "degraded", "outages", "longest"],
            ..Twin::new(format!("`{name}` in two parts"), told)
        });
        if twins.len() == 3 {
            break;
        }
    }
    twins
}
