//! Which keys of the format random systems have, and which have met in one of them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::document::{Schema, subject};
use super::generate::scenario_of;
use super::{numbers, range_of};

/// Keys that no system of the swarm has.
const LEFT_OUT: [&str; 2] = [
    // Names the schema to editors.
    "scenario.$schema",
    // Every system has it.
    "scenario.format",
];

/// Pairs of keys that no system of the swarm has, and why.
const APART: [(&str, &str, &str); 4] = [
    (
        "scenario.service",
        "service.targets",
        "the only service has its targets in `[targets]`, and is refused others",
    ),
    (
        "scenario.targets",
        "service.targets",
        "targets are told in one of the two places",
    ),
    (
        "kind.ages_while",
        "scenario.service",
        "a service is named there where services have names",
    ),
    (
        "kind.ages_while",
        "scenario.targets",
        "with named services each has targets of its own",
    ),
];

/// Keys that have met, by subject.
#[derive(Default)]
pub(super) struct Coverage {
    keys: BTreeMap<String, u64>,
    pairs: BTreeSet<(String, String)>,
}

impl Coverage {
    /// Adds a system.
    pub(super) fn add(&mut self, schema: &Schema, document: &Json) {
        let keys: Vec<String> = schema.keys(document).into_iter().collect();
        for (at, key) in keys.iter().enumerate() {
            *self.keys.entry(key.clone()).or_default() += 1;
            for other in &keys[at + 1..] {
                let is_left_out = |key: &String| LEFT_OUT.contains(&key.as_str());
                if is_left_out(key) || is_left_out(other) {
                    continue;
                }
                if subject(key) != subject(other) {
                    self.pairs.insert((key.clone(), other.clone()));
                }
            }
        }
    }

    pub(super) fn merge(&mut self, other: Coverage) {
        for (key, count) in other.keys {
            *self.keys.entry(key).or_default() += count;
        }
        self.pairs.extend(other.pairs);
    }
}

#[test]
fn every_key_is_drawn_and_meets_every_other() {
    let schema = Schema::new();
    let numbers = numbers();
    let mut coverage = Coverage::default();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        let parts = numbers.chunks(numbers.len().div_ceil(threads)).map(|part| {
            let schema = &schema;
            scope.spawn(move || {
                let mut coverage = Coverage::default();
                for &number in part {
                    let document = scenario_of(number, range_of(number), schema);
                    coverage.add(schema, &document);
                }
                coverage
            })
        });
        for part in parts.collect::<Vec<_>>() {
            coverage.merge(part.join().unwrap());
        }
    });
    let all: Vec<String> = schema
        .all_keys()
        .into_iter()
        .filter(|key| !LEFT_OUT.contains(&key.as_str()))
        .collect();
    let missing: Vec<&String> = all
        .iter()
        .filter(|key| !coverage.keys.contains_key(*key))
        .collect();
    let rare: Vec<(&String, &u64)> = coverage
        .keys
        .iter()
        .filter(|(_, count)| **count < 4)
        .collect();
    println!(
        "{} systems; {} of {} keys; missing: {missing:?}; seldom: {rare:?}",
        numbers.len(),
        all.len() - missing.len(),
        all.len()
    );
    let mut pairs = 0;
    let mut lacking: BTreeMap<&String, Vec<&String>> = BTreeMap::new();
    for (at, key) in all.iter().enumerate() {
        for other in &all[at + 1..] {
            let is_apart = APART
                .iter()
                .any(|(one, another, _)| key == one && other == another);
            if subject(key) != subject(other) && !is_apart {
                pairs += 1;
                if !coverage.pairs.contains(&(key.clone(), other.clone())) {
                    lacking.entry(key).or_default().push(other);
                    lacking.entry(other).or_default().push(key);
                }
            }
        }
    }
    println!(
        "{} of {pairs} pairs of keys of different subjects",
        coverage.pairs.len()
    );
    for (key, other, why) in APART {
        assert!(!coverage.pairs.contains(&(key.to_owned(), other.to_owned())));
        println!("  {key} never meets {other}: {why}");
    }
    let mut lacking: Vec<_> = lacking.into_iter().collect();
    lacking.sort_by_key(|(_, others)| std::cmp::Reverse(others.len()));
    for (key, others) in lacking.iter().take(20) {
        let some = &others[..others.len().min(6)];
        println!("  {key} has not met {} others: {some:?}", others.len());
    }
    // Two in five systems have many keys: so many meet all but the rarest.
    let (keys_wanted, pairs_wanted) = match numbers.len() {
        3_000.. => (1.0, 0.985),
        1_000.. => (0.99, 0.95),
        200.. => (0.98, 0.8),
        _ => return,
    };
    let of = |found: usize, all: usize| found as f64 / all as f64;
    assert!(of(all.len() - missing.len(), all.len()) >= keys_wanted);
    assert!(of(coverage.pairs.len(), pairs) >= pairs_wanted);
}
