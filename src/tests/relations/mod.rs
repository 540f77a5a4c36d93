//! Relations that need no known answer: a system that is told in another way is the same system.
//!
//! Each relation makes other tellings of a scenario: with other names, in another order, slower by ten. They
//! are tried on every scenario of the library, on every known case and on random systems, and each telling
//! is set beside the first one by the strongest means that there is: the same model, the same exact answer,
//! the same trials, or trials that differ by no more than chance.
//!
//! `FAILSIM_RELATIONS` is the number of random systems; with `only:7` it is that one alone, with `file:NAME`
//! one of the files. A random system that fails is printed by `only`.

mod judge;
mod methods;
mod retell;
mod structure;
mod times;
mod tree;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use failsim::behaviour::Behaviour;
use failsim::engine::Simulator;
use failsim::scenario::{self, FileText, Files, Scenario, Source};
use serde_json::Value;

use crate::swarm::generate::{Range, scenario_text};
use judge::{Found, Known, Twin};

/// A way to tell a scenario again: none where it does not apply.
struct Relation {
    name: &'static str,
    tell: fn(&Value) -> Vec<Twin>,
}

/// A scenario to be told again.
struct Original {
    name: String,
    tree: Value,
}

/// What has been found of a relation.
#[derive(Default)]
struct Count {
    not_applicable: u64,
    /// Tellings, and how they have been judged.
    tellings: u64,
    models: u64,
    exact: u64,
    same_trials: u64,
    chance: u64,
    half_exact: u64,
    repeated: u64,
}

/// The files that a scenario names, beside it.
struct Beside(PathBuf);

impl Files for Beside {
    fn read(&self, path: &str, _from: &str) -> Result<FileText, String> {
        let text = std::fs::read_to_string(self.0.join(path)).map_err(|error| error.to_string())?;
        let name = path.to_owned();
        Ok(FileText { name, text })
    }
}

/// Events of a trial above which the mission is made shorter: relations hold for all missions.
const EVENTS_MAX: f64 = 300.0;

/// A scenario with everything put in, and a mission that is not too long.
fn original(name: &str, scenario: Scenario) -> Original {
    let mut tree = scenario.resolved;
    let behaviour = Behaviour::of(&scenario.system);
    let simulator = Simulator::new(&behaviour, scenario.system.mission, 1);
    let events = simulator.runner().run(0).event_count as f64;
    let root = tree.as_object_mut().unwrap();
    if events > EVENTS_MAX {
        let seconds = (scenario.system.mission.as_secs() * EVENTS_MAX / events).ceil();
        let run = root
            .entry("run")
            .or_insert(Value::Object(Default::default()));
        run["horizon"] = format!("{seconds} s").into();
    }
    Original {
        name: name.to_owned(),
        tree,
    }
}

/// All scenarios of a folder.
fn files_of(folder: &str) -> Vec<(String, PathBuf)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let paths = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut files: Vec<(String, PathBuf)> = paths
        .filter_map(|path| {
            let name = path.file_name()?.to_str()?.to_owned();
            let stem = name.strip_suffix(".toml")?;
            (stem != "expected" && !stem.ends_with(".expected")).then(|| (stem.to_owned(), path))
        })
        .collect();
    files.sort();
    files
}

fn from_file(name: &str, path: &Path) -> Original {
    let source = Source::toml(
        path.display().to_string(),
        std::fs::read_to_string(path).unwrap(),
    );
    let folder = Beside(path.parent().unwrap().to_owned());
    let scenario = scenario::load(&source, &[], &folder)
        .unwrap_or_else(|problems| panic!("{name}: {}", problems.render(false)));
    original(name, scenario)
}

/// A random system: three of four so that there may be an exact answer.
fn random(number: u64) -> Original {
    let range = match number % 4 {
        3 => Range::All,
        _ => Range::Exact,
    };
    let text = scenario_text(number, range);
    if std::env::var("FAILSIM_RELATIONS").is_ok_and(|wanted| wanted.starts_with("only:")) {
        println!("{text}");
    }
    original(
        &format!("random {number}"),
        crate::support::scenario(&text, &[]),
    )
}

/// Scenarios of many units, or of laws that take long to prepare, are left to those who ask for more.
const LARGE: [&str; 7] = [
    "lanl-fleet-spares",
    "gpu-training-spares",
    "route53-failover",
    "fleet-200-3crews",
    "cluster-64",
    "cardiac-assist",
    "dependency-power-storm",
];

/// All that is told again: so many random systems among it.
fn originals(usual: u64) -> Vec<Original> {
    let wanted = std::env::var("FAILSIM_RELATIONS").ok();
    let wanted = wanted.as_deref().unwrap_or("");
    let mut files = files_of("scenarios");
    files.extend(files_of("src/tests/cases"));
    if let Some(numbers) = wanted.strip_prefix("only:") {
        return numbers
            .split(',')
            .map(|number| random(number.parse().unwrap()))
            .collect();
    }
    let name = wanted.strip_prefix("file:");
    let is_usual = wanted.is_empty();
    files.retain(|(file, _)| name.is_none_or(|name| name == file));
    files.retain(|(file, _)| !is_usual || !LARGE.contains(&file.as_str()));
    let count = match (name, wanted.parse()) {
        (Some(_), _) => 0,
        (None, Ok(count)) => count,
        (None, Err(_)) => usual,
    };
    let told = files.iter().map(|(name, path)| from_file(name, path));
    told.chain((0..count).map(random)).collect()
}

/// Does something with each of a list, on several threads, in no order.
fn for_each<T: Sync>(all: &[T], look: impl Fn(&T) + Sync) {
    let next = AtomicU64::new(0);
    let threads = std::thread::available_parallelism()
        .map_or(1, usize::from)
        .min(8);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(one) = all.get(next.fetch_add(1, Ordering::Relaxed) as usize) {
                    look(one);
                }
            });
        }
    });
}

/// What a panic says.
fn without_panic<T>(look: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(look)).unwrap_or_else(|panic| {
        let message = panic.downcast_ref::<String>().cloned();
        let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
        Err(format!("panic: {}", message.or(text).unwrap_or_default()))
    })
}

impl Count {
    fn add(&mut self, found: &Found) {
        self.tellings += 1;
        self.models += u64::from(found.model);
        self.exact += u64::from(found.exact);
        self.same_trials += u64::from(found.same_trials);
        self.chance += u64::from(found.chance);
        self.half_exact += u64::from(found.half_exact);
        self.repeated += u64::from(found.repeated);
    }
}

/// Tells all originals again by some relations.
fn check(relations: &[Relation], usual: u64) {
    check_all(relations, &originals(usual));
}

fn check_all(relations: &[Relation], originals: &[Original]) {
    let counts: Mutex<BTreeMap<&str, Count>> = Mutex::default();
    let failures: Mutex<Vec<String>> = Mutex::default();
    for_each(originals, |original| {
        let base = match without_panic(|| tree::load(&original.tree)) {
            Ok(scenario) => Known::new(scenario.system),
            Err(message) => {
                let message = format!("{} is refused as it is resolved: {message}", original.name);
                return failures.lock().unwrap().push(message);
            }
        };
        for relation in relations {
            let twins = (relation.tell)(&original.tree);
            if twins.is_empty() {
                counts
                    .lock()
                    .unwrap()
                    .entry(relation.name)
                    .or_default()
                    .not_applicable += 1;
            }
            for twin in twins {
                let found = without_panic(|| judge::compare(&base, &twin));
                let mut counts = counts.lock().unwrap();
                let count = counts.entry(relation.name).or_default();
                match found {
                    Ok(found) => count.add(&found),
                    Err(message) => {
                        count.tellings += 1;
                        failures.lock().unwrap().push(format!(
                            "{}: {}: {}: {message}",
                            relation.name, original.name, twin.what
                        ));
                    }
                }
            }
        }
    });
    println!("{} systems", originals.len());
    for (name, count) in counts.into_inner().unwrap() {
        println!(
            "{name}: {} tellings: {} the same model, {} exactly ({} only one of both), {} the same trials, {} by chance ({} looked at again); {} systems not applicable",
            count.tellings,
            count.models,
            count.exact,
            count.half_exact,
            count.same_trials,
            count.chance,
            count.repeated,
            count.not_applicable,
        );
    }
    let mut failures = failures.into_inner().unwrap();
    failures.sort();
    assert!(
        failures.is_empty(),
        "{} tellings differ:\n{}",
        failures.len(),
        failures.join("\n")
    );
}

/// Random systems that each relation is tried on, beside all files.
const USUAL: u64 = 40;

#[test]
fn names_and_the_order_of_tables_are_no_input() {
    let relations = [
        Relation {
            name: "resolved",
            tell: retell::as_it_is,
        },
        Relation {
            name: "names",
            tell: retell::other_names,
        },
        Relation {
            name: "order of tables",
            tell: retell::other_order,
        },
        Relation {
            name: "told twice",
            tell: retell::services_twice,
        },
    ];
    check(&relations, USUAL);
}

#[test]
fn what_is_not_told_is_told_by_its_neutral_value() {
    let relations = [
        Relation {
            name: "defaults told",
            tell: times::defaults_told,
        },
        Relation {
            name: "nothing added",
            tell: times::nothing_added,
        },
    ];
    check(&relations, USUAL);
}

#[test]
fn slower_by_ten_is_the_same() {
    let relations = [Relation {
        name: "ten times as slow",
        tell: times::ten_times_as_slow,
    }];
    check(&relations, USUAL);
}

#[test]
fn a_nanosecond_is_next_to_no_time() {
    let relations = [Relation {
        name: "1 ns for 0 s",
        tell: times::next_to_no_time,
    }];
    check(&relations, 0);
}

#[test]
fn a_structure_may_be_told_in_many_ways() {
    let relations = [
        Relation {
            name: "structure by at_least",
            tell: structure::by_number,
        },
        Relation {
            name: "structure by services",
            tell: structure::by_services,
        },
        Relation {
            name: "structure by needs",
            tell: structure::by_needs,
        },
        Relation {
            name: "structure by members",
            tell: structure::by_members,
        },
        Relation {
            name: "structure by demand",
            tell: structure::by_demand,
        },
    ];
    check(&relations, USUAL);
}

#[test]
fn units_may_be_told_part_by_part() {
    let relations = [
        Relation {
            name: "like members",
            tell: structure::members_one_by_one,
        },
        Relation {
            name: "series parts",
            tell: structure::series_parts,
        },
    ];
    check(&relations, USUAL);
}

/// In each system twice: as it is, and with losses of all members of groups at once.
#[test]
fn a_group_of_one_is_its_unit() {
    let relations = [Relation {
        name: "groups of one",
        tell: structure::groups_of_one,
    }];
    let mut originals = originals(USUAL);
    let with_losses: Vec<Original> = originals
        .iter()
        .filter_map(|original| {
            let name = format!("{} with losses of all", original.name);
            let tree = structure::with_losses_of_all(&original.tree)?;
            Some(Original { name, tree })
        })
        .collect();
    originals.extend(with_losses);
    check_all(&relations, &originals);
}

/// The methods agree in every pair and in every figure, and with the exact answer as the check of a run has it.
#[test]
fn all_methods_tell_the_same() {
    let originals = originals(USUAL);
    let compared: Mutex<Vec<methods::Compared>> = Mutex::default();
    let failures: Mutex<Vec<String>> = Mutex::default();
    for_each(&originals, |original| {
        let agreed = without_panic(|| {
            let mut system = tree::load(&original.tree)?.system;
            failsim::trials::find_warm_up(&mut system, 1);
            methods::agree(&system)
        });
        match agreed {
            Ok(found) => compared.lock().unwrap().extend(found),
            Err(message) => {
                let message = format!("{}: {message}", original.name);
                failures.lock().unwrap().push(message);
            }
        }
    });
    let compared = compared.into_inner().unwrap();
    let sum = |of: fn(&methods::Compared) -> u64| compared.iter().map(of).sum::<u64>();
    println!(
        "methods: {} of {} systems; {} figures by plain and rare trials, {} by plain ones and splitting, {} by rare ones and splitting; {} checked exactly; {} systems looked at again",
        compared.len(),
        originals.len(),
        sum(|of| of.plain_and_rare),
        sum(|of| of.plain_and_splitting),
        sum(|of| of.rare_and_splitting),
        sum(|of| of.checked_exactly),
        sum(|of| of.repeated),
    );
    let mut failures = failures.into_inner().unwrap();
    failures.sort();
    assert!(
        failures.is_empty(),
        "methods differ:\n{}",
        failures.join("\n")
    );
}
