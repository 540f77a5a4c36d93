//! No dead keys: what a scenario says must be able to change something, or be refused, or be warned about
//! where it stands.
//!
//! Every value of every scenario is changed, one at a time. What the changed scenario does is then held
//! against what it did: the same trials, with the same random numbers, as they are and at paces at which
//! everything happens often; if they agree, what is told about it (targets, costs, settings of the run), and
//! the exact answer. It must count, not only be read. `FAILSIM_DEAD=200` takes so many random systems, and
//! `FAILSIM_NEW=1` also puts in keys that are not there, which takes many minutes and finds more than is
//! listed here.

mod examples;
mod words;

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use failsim::base::{IdVec, Probability, Span};
use failsim::behaviour::Behaviour;
use failsim::engine::{Outcome, Simulator};
use failsim::exact::{self, Effort, Limits};
use failsim::math::Law;
use failsim::math::law::Exponential;
use failsim::model::{
    ChangeStart, Detector, Ending, FailbackTiming, Group, MissionStart, Service, ServiceId, Stage,
    System, UnitCost, WarmUp,
};
use failsim::report::explain::explain;
use failsim::scenario::{
    self, Code, FileText, Files, NoFiles, Problem, Scenario, Severity, Source, Syntax,
};
use failsim::stats::Level;
use failsim::trials::{self, Estimates, Goal, Settings};
use serde_json::{Map, Value as Json, json};

use crate::swarm::generate::{self, Range};

/// Events that the trials of one scenario may have at one pace.
const EVENTS: u64 = 4_000;
const TRIALS: u64 = 48;
/// Random systems that are always looked at.
const RANDOM: u64 = 24;
/// The exact answers that are worth the time here.
const EFFORT: Effort = Effort {
    limits: Limits {
        states_max: 300,
        firings_max: 4_000,
        bytes_max: 16 << 20,
    },
    joint_states_max: 100,
    multiplications_max: 2e6,
    mechanisms: false,
    merges: true,
};

/// How often things happen in the trials of a scenario.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Pace {
    /// As told.
    Told,
    /// Every unit fails some ten times in a mission, and whatever may go wrong often does.
    Often,
    /// Faults overlap.
    AtOnce,
}

const PACES: [Pace; 3] = [Pace::Told, Pace::Often, Pace::AtOnce];

/// How much faster the failures of each kind, the events of each cause and the false alarms of each group
/// come, by their names: made for a scenario, and used for all its changes.
#[derive(Default)]
struct Factors {
    mission: Option<Span>,
    by_name: BTreeMap<String, f64>,
}

/// All clocks that bring trouble, with their names.
fn each_trouble(system: &mut System, mut visit: impl FnMut(String, &mut Law)) {
    for kind in system.kinds.iter_mut() {
        for (index, process) in kind.failures.iter_mut().enumerate() {
            visit(format!("kind {} {index}", kind.name), &mut process.law);
        }
    }
    for cause in system.causes.iter_mut() {
        if let Some(every) = &mut cause.every {
            visit(format!("cause {}", cause.family), every);
        }
    }
    for group in system.groups.iter_mut() {
        if let Some(spurious) = &mut group.spurious {
            visit(format!("alarms {}", group.name), spurious);
        }
    }
    for change in system.changes.iter_mut() {
        if let ChangeStart::After(law) = &mut change.starts {
            visit(format!("change {}", change.name), law);
        }
    }
}

/// All chances that something goes wrong.
fn each_chance(system: &mut System, mut visit: impl FnMut(&mut Probability)) {
    for kind in system.kinds.iter_mut() {
        if let Some(demand) = &mut kind.on_demand {
            visit(&mut demand.probability);
        }
        if let Some(test) = &mut kind.test {
            visit(&mut test.finds);
        }
    }
    for group in system.groups.iter_mut() {
        let takeover = &mut group.takeover;
        let stages: [Option<&mut Stage>; 4] = [
            Some(&mut takeover.deciding),
            takeover.fencing.as_mut(),
            Some(&mut takeover.promoting),
            Some(&mut takeover.redirecting),
        ];
        for stage in stages.into_iter().flatten() {
            visit(&mut stage.succeeds);
        }
        if let Some(scaling) = &mut group.scaling {
            visit(&mut scaling.succeeds);
        }
    }
    for change in system.changes.iter_mut() {
        if let Some(bad) = &mut change.bad {
            visit(&mut bad.probability);
        }
    }
}

impl Factors {
    fn of(system: &System, pace: Pace) -> Factors {
        if pace == Pace::Told {
            return Factors::default().short_enough(system, pace);
        }
        let longest = system
            .kinds
            .iter()
            .flat_map(|kind| &kind.modes)
            .filter_map(|mode| match &mode.ending {
                Ending::Repair(repair) => Some(repair.time.mean()),
                Ending::Itself(law) => Some(law.mean()),
                Ending::Never => None,
            })
            .filter(|mean| mean.is_finite() && *mean > 0.0)
            .fold(60.0, f64::max);
        let mission = system.mission.as_secs();
        let wanted = match pace {
            Pace::Told | Pace::Often => mission / 10.0,
            Pace::AtOnce => 2.0 * longest,
        };
        let mut by_name = BTreeMap::new();
        each_trouble(&mut system.clone(), |name, law| {
            let mean = law.mean();
            if mean.is_finite() && mean > wanted {
                by_name.insert(name, wanted / mean);
            }
        });
        let mission = (pace == Pace::AtOnce).then(|| mission.min(100.0 * wanted));
        Factors {
            mission: mission.map(|secs| Span::from_secs(secs).unwrap()),
            by_name,
        }
        .short_enough(system, pace)
    }

    /// With a mission of which one trial is soon over.
    fn short_enough(mut self, system: &System, pace: Pace) -> Factors {
        let mut system = system.clone();
        self.apply(&mut system, pace);
        let behaviour = Behaviour::of(&system);
        let busy = Simulator::new(&behaviour, system.mission, 42).busy(0, EVENTS);
        if busy.event_count >= EVENTS {
            let secs = system.mission.as_secs() * busy.share;
            self.mission = Some(Span::from_secs(secs.max(1.0)).unwrap());
        }
        self
    }

    fn apply(&self, system: &mut System, pace: Pace) {
        if let Some(mission) = self.mission {
            system.mission = mission;
        }
        for group in system.groups.iter_mut() {
            if let Some(clients) = &mut group.takeover.clients
                && clients.mean() > 0.0
            {
                // Its curve takes seconds to work out, for some laws.
                *clients = Exponential::with_mean(clients.mean()).unwrap().into();
            }
        }
        if pace == Pace::Told {
            return;
        }
        each_trouble(system, |name, law| {
            if let Some(factor) = self.by_name.get(&name)
                && law.mean().is_finite()
            {
                *law = law.scaled(*factor);
            }
        });
        each_chance(system, |chance| {
            let p = chance.get();
            if p > 0.0 && p < 1.0 {
                *chance = Probability::new(0.3 + 0.4 * p).unwrap();
            }
        });
    }
}

/// What a scenario does at one pace.
struct Deeds {
    factors: Factors,
    outcomes: Vec<Outcome>,
    /// What the outcomes are judged by.
    services: IdVec<ServiceId, Service>,
    costs: Vec<UnitCost>,
    told: String,
}

/// The outcome of a trial without what nobody sees.
fn seen(outcome: &Outcome) -> Outcome {
    Outcome {
        event_count: 0,
        ..outcome.clone()
    }
}

/// What trials of it add up to, in all figures that are reported.
fn told(system: &System, simulator: &Simulator<'_>, trials: usize) -> String {
    let settings = Settings {
        goal: Goal::Trials(trials.max(1) as u64),
        first_trial: 0,
        record_count: 0,
        keeps_values: false,
        level: Level::USUAL,
    };
    let run = trials::run(system, simulator, &settings, &mut |_| None);
    format!("{:?}", Estimates::of(system, &run, Level::USUAL))
}

impl Deeds {
    /// What it does in so many times the usual trials.
    fn of(system: &System, pace: Pace, effort: u64) -> Deeds {
        let factors = Factors::of(system, pace);
        let mut system = system.clone();
        factors.apply(&mut system, pace);
        let behaviour = Behaviour::of(&system);
        let simulator = Simulator::new(&behaviour, system.mission, 42);
        let mut runner = simulator.runner();
        let (mut outcomes, mut events) = (Vec::new(), 0);
        for trial in 0..effort * TRIALS {
            let outcome = runner.run(trial);
            events += outcome.event_count;
            outcomes.push(seen(outcome));
            if events > effort * EVENTS {
                break;
            }
        }
        Deeds {
            told: told(&system, &simulator, outcomes.len().min(12)),
            costs: system.kinds.iter().map(|kind| kind.cost).collect(),
            services: system.services.clone(),
            factors,
            outcomes,
        }
    }

    /// Whether a system does the same.
    fn are_of(&self, system: &System, pace: Pace) -> bool {
        let mut system = system.clone();
        self.factors.apply(&mut system, pace);
        let behaviour = Behaviour::of(&system);
        let simulator = Simulator::new(&behaviour, system.mission, 42);
        if simulator.busy(0, 10 * EVENTS).event_count == 10 * EVENTS {
            return false;
        }
        let mut runner = simulator.runner();
        let same = self
            .outcomes
            .iter()
            .zip(0..)
            .all(|(outcome, trial)| seen(runner.run(trial)) == *outcome);
        let is_told = self.services != system.services
            || !self
                .costs
                .iter()
                .eq(system.kinds.iter().map(|kind| &kind.cost));
        same && (!is_told || told(&system, &simulator, self.outcomes.len().min(12)) == self.told)
    }
}

/// A scenario whose values are changed, and what it does.
struct Context {
    name: String,
    json: Json,
    scenario: Scenario,
    deeds: Vec<Deeds>,
    /// What it does in many more trials, for what is not seen in few.
    longer: OnceCell<Vec<Deeds>>,
    exact: Option<String>,
}

fn load(json: &Json) -> Option<Scenario> {
    let source = Source {
        name: "test.json".to_owned(),
        text: json.to_string(),
        syntax: Syntax::Json,
    };
    let mut scenario = scenario::load(&source, &[], &NoFiles).ok()?;
    if scenario.system.start
        == (MissionStart::Settled {
            warm_up: WarmUp::Automatic,
        })
    {
        // A mission is warm-up enough here.
        scenario.system.start = MissionStart::Settled {
            warm_up: WarmUp::Given(scenario.system.mission),
        };
    }
    Some(scenario)
}

fn exact_figures(system: &System) -> Option<String> {
    let answer = exact::solve(system, &EFFORT, None).ok()?;
    let services: Vec<_> = answer
        .services
        .iter()
        .map(|service| (service.long_run, service.mission.clone()))
        .collect();
    Some(format!("{services:?}"))
}

impl Context {
    fn new(name: String, json: Json) -> Context {
        let scenario = load(&json).unwrap_or_else(|| panic!("{name} is no scenario"));
        Context {
            deeds: PACES
                .iter()
                .map(|pace| Deeds::of(&scenario.system, *pace, 1))
                .collect(),
            longer: OnceCell::new(),
            exact: exact_figures(&scenario.system),
            name,
            json,
            scenario,
        }
    }

    /// Whether it is an example or a random system, in which much happens seldom.
    fn is_made(&self) -> bool {
        self.name.starts_with("example") || self.name.starts_with("random")
    }

    /// Whether another system does something else in many trials.
    fn counts_in_the_end(&self, system: &System) -> bool {
        let of = |pace: &Pace| Deeds::of(&self.scenario.system, *pace, 12);
        let longer = self.longer.get_or_init(|| PACES.iter().map(of).collect());
        let mut paces = PACES.iter().zip(longer);
        paces.any(|(pace, deeds)| !deeds.are_of(system, *pace))
    }

    /// What comes of another text of it.
    fn verdict(&self, json: &Json, path: &[String]) -> Verdict {
        let Some(other) = load(json) else {
            return Verdict::Refused;
        };
        let (a, b) = (&self.scenario, &other);
        if (&a.name, &a.question, &a.run) != (&b.name, &b.question, &b.run) {
            return Verdict::Counts;
        }
        let is_known = a.system == b.system;
        if !is_known {
            for (pace, deeds) in PACES.iter().zip(&self.deeds) {
                if !deeds.are_of(&other.system, *pace) {
                    return Verdict::Counts;
                }
            }
            if self.exact.is_some() && exact_figures(&other.system) != self.exact {
                return Verdict::Counts;
            }
        }
        let is_advised = other.warnings.iter().any(|warning| concerns(warning, path));
        if !is_known && !is_advised && self.is_made() && self.counts_in_the_end(&other.system) {
            return Verdict::Counts;
        }
        if is_advised {
            return Verdict::Advised;
        }
        if is_known {
            Verdict::Unread
        } else {
            Verdict::Dead
        }
    }
}

/// Whether a warning stands where the key is.
fn concerns(warning: &Problem, path: &[String]) -> bool {
    if warning.severity != Severity::Warning {
        return false;
    }
    if warning.code == Code::Unused {
        return path
            .get(1)
            .is_some_and(|name| warning.message.contains(&format!("`{name}`")));
    }
    // A component is a kind and a group too.
    let key = path[1..].join(".");
    let place = warning.path.split_once('.').map_or("", |(_, rest)| rest);
    let ends = |text: &str| text.rsplit('.').next().map(str::to_owned);
    let starts = |text: &str| text.split('.').next().map(str::to_owned);
    !place.is_empty()
        // Of the only mode, keys stand at the kind.
        && (starts(&key) == starts(place) && ends(&key) == ends(place)
            || key == place
            || key.starts_with(&format!("{place}."))
            || place.starts_with(&format!("{key}.")))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Verdict {
    Refused,
    Advised,
    Counts,
    /// The model is another one, but does the same.
    Dead,
    /// The model is the same.
    Unread,
    Panics,
}

/// The definitions that a part of the schema stands for.
fn choices<'a>(schema: &'a Json, part: &'a Json) -> Vec<&'a Json> {
    if let Some(reference) = part["$ref"].as_str() {
        let pointer = reference.trim_start_matches('#');
        return choices(schema, schema.pointer(pointer).unwrap());
    }
    match part["anyOf"].as_array() {
        Some(parts) => parts
            .iter()
            .flat_map(|part| choices(schema, part))
            .collect(),
        None => vec![part],
    }
}

/// What the schema says of a key of a table, or of an item of a list.
fn below<'a>(schema: &'a Json, parts: &[&'a Json], key: &str) -> Vec<&'a Json> {
    let mut found = Vec::new();
    for part in parts {
        if let Some(property) = part["properties"].get(key) {
            found.extend(choices(schema, property));
        } else if part["additionalProperties"].is_object() {
            found.extend(choices(schema, &part["additionalProperties"]));
        } else if part["items"].is_object() {
            found.extend(choices(schema, &part["items"]));
        }
    }
    found
}

/// A text with its first number times a factor.
fn times(text: &str, factor: f64) -> Option<String> {
    let start = text.find(|c: char| c.is_ascii_digit())?;
    let length = text[start..]
        .find(|c: char| !c.is_ascii_digit() && c != '.' && c != '_')
        .unwrap_or(text.len() - start);
    let number: f64 = text[start..start + length].replace('_', "").parse().ok()?;
    let number = if number == 0.0 { 7.0 } else { number * factor };
    Some(format!(
        "{}{number}{}",
        &text[..start],
        &text[start + length..]
    ))
}

/// Values for what the schema says, none of which is the default of many keys.
fn samples(schema: &Json, parts: &[&Json], names: &[String], depth: usize) -> Vec<Json> {
    let mut found = Vec::new();
    for part in parts {
        if let Some(words) = part["enum"].as_array() {
            found.extend(words.iter().cloned());
        }
        if let Some(word) = part.get("const") {
            found.push(word.clone());
        }
        match part["type"].as_str() {
            Some("boolean") => found.extend([json!(true), json!(false)]),
            Some("integer") => found.extend([json!(1), json!(2)]),
            Some("number") => found.extend([json!(0.37), json!(3.7)]),
            Some("array") => {
                let items: Vec<&Json> = choices(schema, &part["items"]);
                let mut one = samples(schema, &items, names, depth + 1);
                one.truncate(4);
                found.extend(one.into_iter().map(|item| json!([item])));
            }
            Some("string") => match part["pattern"].as_str() {
                None => found.extend(names.iter().map(|name| json!(name))),
                Some(pattern) => {
                    let texts: &[&str] = &[
                        "37 %", "7 min", "3 h", "2:30", "3 /d", "50 EUR", "50 EUR/h", ">= 37 %",
                        "<= 7 min",
                    ];
                    let fits = |text: &&&str| match **text {
                        "37 %" => pattern.contains('%') && !pattern.contains("rel_err"),
                        "7 min" | "3 h" => pattern.ends_with(r")+$") && !pattern.contains('/'),
                        "2:30" => pattern.contains(':'),
                        "3 /d" => pattern.contains("per") && !pattern.contains("A-Z"),
                        "50 EUR" => {
                            pattern.contains("A-Z")
                                && !pattern.contains("per")
                                && !pattern.contains(':')
                        }
                        "50 EUR/h" => pattern.contains("A-Z") && pattern.contains("per"),
                        _ => pattern.contains("rel_err"),
                    };
                    found.extend(texts.iter().filter(fits).map(|text| json!(text)));
                }
            },
            Some("object") if depth < 3 => {
                if part["properties"].get("lognormal").is_some() {
                    // A law.
                    found.extend([json!({ "mean": "11 min" }), json!({ "mean": "5 h" })]);
                    if part["properties"].get("succeeds").is_none() {
                        continue;
                    }
                }
                let Some(properties) = part["properties"].as_object() else {
                    continue;
                };
                // What it must have, and one key more at a time.
                let mut base = Map::new();
                for key in part["required"].as_array().into_iter().flatten() {
                    let key = key.as_str().unwrap();
                    let own = below(schema, &[part], key);
                    let values = samples(schema, &own, names, depth + 1);
                    if let Some(value) = values.into_iter().next() {
                        base.insert(key.to_owned(), value);
                    }
                }
                if !base.is_empty() {
                    found.push(Json::Object(base.clone()));
                }
                for key in properties.keys() {
                    if base.contains_key(key) || key == "source" {
                        continue;
                    }
                    let own = below(schema, &[part], key);
                    let values = samples(schema, &own, names, depth + 2);
                    for value in values.into_iter().take(2) {
                        let mut table = base.clone();
                        table.insert(key.clone(), value);
                        found.push(Json::Object(table));
                    }
                }
            }
            _ => {}
        }
    }
    let mut known = BTreeSet::new();
    found.retain(|value| known.insert(value.to_string()));
    found
}

/// Other values for one that stands somewhere.
fn others(schema: &Json, value: &Json, parts: &[&Json], names: &[String]) -> Vec<Json> {
    let mut found = match value {
        Json::Bool(value) => vec![json!(!value)],
        Json::Number(number) if number.is_u64() => {
            let number = number.as_u64().unwrap();
            let mut found = vec![json!(number + 1), json!(number * 2)];
            if number > 1 {
                found.push(json!(number - 1));
            }
            found
        }
        Json::Number(number) => {
            let number = number.as_f64().unwrap();
            [0.5, 1.9, -1.0]
                .map(|factor| json!(number * factor))
                .to_vec()
        }
        Json::String(text) => [2.0, 0.5, 20.0]
            .iter()
            .filter_map(|factor| times(text, *factor))
            .map(|text| json!(text))
            .collect(),
        _ => Vec::new(),
    };
    if let Json::String(text) = value {
        if text == "0 s" {
            found.extend([json!("7 min"), json!("7 h")]);
        }
        found.push(json!(format!("{text} too")));
        found.extend(samples(schema, parts, names, 0));
    }
    found.retain(|other| other != value);
    found
}

/// The leaves of a tree, by their paths.
fn leaves(value: &Json, path: &mut Vec<String>, found: &mut Vec<Vec<String>>) {
    match value {
        Json::Object(table) => {
            for (key, value) in table {
                path.push(key.clone());
                leaves(value, path, found);
                path.pop();
            }
        }
        Json::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                path.push(index.to_string());
                leaves(value, path, found);
                path.pop();
            }
        }
        _ => found.push(path.clone()),
    }
}

/// The tables of a tree, by their paths.
fn tables(value: &Json, path: &mut Vec<String>, found: &mut Vec<Vec<String>>) {
    if let Json::Object(table) = value {
        found.push(path.clone());
        for (key, value) in table {
            path.push(key.clone());
            tables(value, path, found);
            path.pop();
        }
    }
}

fn at<'a>(json: &'a mut Json, path: &[String]) -> &'a mut Json {
    path.iter().fold(json, |json, step| match json {
        Json::Array(items) => &mut items[step.parse::<usize>().unwrap()],
        other => &mut other[step.as_str()],
    })
}

fn schema_at<'a>(schema: &'a Json, path: &[String]) -> Vec<&'a Json> {
    path.iter().fold(choices(schema, schema), |parts, step| {
        below(schema, &parts, step)
    })
}

/// The names in a scenario that others can refer to.
fn names(json: &Json) -> Vec<String> {
    let mut names = BTreeSet::new();
    for section in [
        "kinds",
        "components",
        "groups",
        "crews",
        "people",
        "spares",
        "services",
        "causes",
    ] {
        for (name, table) in json[section].as_object().into_iter().flatten() {
            names.insert(name.clone());
            for inner in ["modes", "states"] {
                names.extend(
                    table[inner]
                        .as_object()
                        .into_iter()
                        .flat_map(Map::keys)
                        .cloned(),
                );
            }
        }
    }
    let mut names: Vec<String> = names.into_iter().collect();
    names.truncate(12);
    names
}

/// A key of the format without what only tells which law it is, and where a component says it, as a kind does.
fn general(key: &str) -> String {
    let laws = [
        "bathtub",
        "constant",
        "csv",
        "erlang",
        "exponential",
        "gamma",
        "hyperexponential",
        "loglogistic",
        "lognormal",
        "mean",
        "mixture",
        "normal",
        "pareto",
        "pert",
        "phase_type",
        "rate",
        "shift",
        "triangular",
        "truncate",
        "uniform",
        "values",
        "weibull",
    ];
    let mut parts = Vec::new();
    for part in key.split('.') {
        let names_others = matches!(parts.last(), Some(&"to" | &"degraded_without"));
        if laws.contains(&part) || names_others {
            break;
        }
        parts.push(if part == "components" { "kinds" } else { part });
    }
    parts.join(".")
}

/// The path of a key in the format: names that the user chose are left out.
fn in_format(path: &[String]) -> String {
    let named = [
        "kinds",
        "components",
        "groups",
        "crews",
        "people",
        "spares",
        "services",
        "causes",
        "changes",
        "modes",
        "states",
    ];
    let mut parts = Vec::new();
    let mut skips = false;
    for step in path {
        if skips || step.chars().all(|c| c.is_ascii_digit()) {
            skips = false;
            continue;
        }
        skips = named.contains(&step.as_str());
        parts.push(step.as_str());
    }
    parts.join(".")
}

/// A key at its place, a value for it, and what came of that.
struct Tried {
    context: String,
    path: Vec<String>,
    value: Json,
    is_new: bool,
    verdict: Verdict,
}

/// Changes all values of a context, and puts in what is not there.
fn try_all(context: &Context, schema: &Json, puts_in: bool) -> Vec<Tried> {
    let names = names(&context.json);
    let mut tried = Vec::new();
    let mut try_one = |path: &[String], value: Json, is_new: bool| -> bool {
        let mut json = context.json.clone();
        let (key, table) = path.split_last().unwrap();
        match at(&mut json, table) {
            Json::Array(items) => items[key.parse::<usize>().unwrap()] = value.clone(),
            other => other[key.as_str()] = value.clone(),
        }
        let caught = catch_unwind(AssertUnwindSafe(|| context.verdict(&json, path)));
        let verdict = caught.unwrap_or_else(|_| {
            println!("PANIC {} {path:?} {json}", context.name);
            Verdict::Panics
        });
        tried.push(Tried {
            context: context.name.clone(),
            path: path.to_vec(),
            value,
            is_new,
            verdict,
        });
        verdict == Verdict::Counts
    };
    let mut found = Vec::new();
    leaves(&context.json, &mut Vec::new(), &mut found);
    // Many alike tell no more than a few.
    let mut seen_of: BTreeMap<String, usize> = BTreeMap::new();
    for path in found {
        let count = seen_of.entry(in_format(&path)).or_default();
        *count += 1;
        if *count > 12 {
            continue;
        }
        let parts = schema_at(schema, &path);
        let has_words = parts.iter().any(|part| part["enum"].is_array());
        let value = at(&mut context.json.clone(), &path).clone();
        for other in others(schema, &value, &parts, &names) {
            // Each word is tried, and of other values as many as it takes.
            if try_one(&path, other, false) && !has_words {
                break;
            }
        }
    }
    if !puts_in {
        return tried;
    }
    let mut found = Vec::new();
    tables(&context.json, &mut Vec::new(), &mut found);
    for path in found {
        let table = at(&mut context.json.clone(), &path).clone();
        for part in schema_at(schema, &path) {
            if part["properties"].get("lognormal").is_some() {
                // Another law beside the one that is there.
                continue;
            }
            for key in part["properties"]
                .as_object()
                .into_iter()
                .flat_map(Map::keys)
            {
                if table.get(key).is_some() || key == "$schema" || key == "source" {
                    continue;
                }
                let mut path = path.clone();
                path.push(key.clone());
                let count = seen_of
                    .entry(format!("new {}", in_format(&path)))
                    .or_default();
                *count += 1;
                if *count > 3 {
                    continue;
                }
                let own = below(schema, &[part], key);
                for value in samples(schema, &own, &names, 0) {
                    if try_one(&path, value, true) {
                        break;
                    }
                }
            }
        }
    }
    tried
}

struct Beside;

impl Files for Beside {
    fn read(&self, path: &str, _from: &str) -> Result<FileText, String> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
        let text = fs::read_to_string(folder.join(path)).map_err(|error| error.to_string())?;
        Ok(FileText {
            name: path.to_owned(),
            text,
        })
    }
}

/// All shipped scenarios, all known cases, and random systems, as they are run.
fn contexts() -> Vec<(String, Json)> {
    let mut found = Vec::new();
    let add = |name: String, text: String| {
        let source = Source::toml(name.clone(), text);
        let scenario = scenario::load(&source, &[], &Beside)
            .unwrap_or_else(|problems| panic!("{}", problems.plain()));
        Some((name, scenario.resolved))
    };
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for folder in ["scenarios", "src/tests/cases"] {
        let mut paths: Vec<_> = fs::read_dir(root.join(folder))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        paths.sort();
        for path in paths {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            if name.ends_with(".toml") && !name.ends_with("expected.toml") {
                found.extend(add(name, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    let examples = examples::EXAMPLES.iter();
    found.extend(examples.filter_map(|(name, text)| add((*name).to_owned(), (*text).to_owned())));
    let count = std::env::var("FAILSIM_DEAD").map_or(RANDOM, |count| count.parse().unwrap());
    for number in 0..count {
        let range = if number % 2 == 0 {
            Range::Exact
        } else {
            Range::All
        };
        let text = generate::scenario_text(number, range);
        found.extend(add(
            format!("random {number}"),
            format!("format = 1\n{text}"),
        ));
    }
    found
}

/// What is dead in a shipped scenario or a known case, and why that is as it should be: the file (or the
/// beginning of its name), the end of the key, the reason.
const LISTED: &[(&str, &str, &str)] = &[
    ("", "source", "a text for readers"),
    (
        "random",
        "services.up",
        "another service that asks for the same groups",
    ),
    ("random", "causes.hits", "the same in a list of its own"),
    (
        "random",
        "effect.degraded",
        "no load is asked, so how much is left does not count",
    ),
    (
        "ccf-binomial",
        "causes.hits",
        "`shock` is within it in any case",
    ),
    (
        "failover-pair",
        "causes.hits",
        "the same in a list of its own",
    ),
    ("lanl-fleet", "causes.hits", "the same in a list of its own"),
    ("railway", "groups.kind", "the two kinds are alike"),
    ("deploy-common", "changes.order", "one batch is all of them"),
    ("region-dr", "components.kind", "the two kinds are alike"),
    (
        "optimal-",
        "modes.after_repair",
        "repairs take no time: they are only counted",
    ),
    (
        "optimal-",
        "modes.fail.constant",
        "repairs take no time: they are only counted",
    ),
    (
        "optimal-",
        "modes.fail.weibull.scale",
        "repairs take no time: they are only counted",
    ),
    (
        "optimal-",
        "modes.fail.weibull.shape",
        "repairs take no time: they are only counted",
    ),
    (
        "optimal-",
        "modes.renews",
        "repairs take no time: they are only counted",
    ),
    (
        "inspection-",
        "components.test.every",
        "its first test is at the end of the mission",
    ),
    ("embedded-2", "states.exits.to", "a state that is too rare"),
    ("embedded-2", "states.gives", "a state that is too rare"),
    ("repair-office", "crews.size", "there is one unit"),
    (
        "github",
        "failback.mode",
        "what has come back stands by without a break",
    ),
    (
        "fixed-failover",
        "failback.mode",
        "people take the time that is told anyway",
    ),
    (
        "geo-dr",
        "failback.mode",
        "people take the time that is told anyway",
    ),
    (
        "region-dr",
        "failback.mode",
        "people take the time that is told anyway",
    ),
    (
        "azure",
        "maximum_lag",
        "a region that was away is refused whatever the limit",
    ),
    (
        "three-az",
        "groups.required",
        "the members go down three at a time",
    ),
    ("github", "groups.standby", "a site never fails by itself"),
    ("github", "groups.units", "a third site is never called"),
    ("geo-dr", "lone_failure", "failures are noticed at once"),
    (
        "latent-standby",
        "lone_failure",
        "failures are noticed at once",
    ),
    (
        "dc-power",
        "on_demand.mode",
        "both modes are alike where the generator is the last to be called",
    ),
    (
        "crew-priority",
        "kinds.priority",
        "only the order of priorities counts",
    ),
    (
        "lanl-fleet",
        "repair_starts",
        "failures are noticed at once",
    ),
    ("raid", "repair_starts", "failures are noticed at once"),
];

/// Work that is handed out: what is found for each of the contexts.
fn for_each_context<T: Send>(
    contexts: &[(String, Json)],
    look: impl Fn(&Context) -> Vec<T> + Sync,
) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let found = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some((name, json)) = contexts.get(index) else {
                        break;
                    };
                    let own = look(&Context::new(name.clone(), json.clone()));
                    found.lock().unwrap().push((index, own));
                }
            });
        }
    });
    let mut found = found.into_inner().unwrap();
    found.sort_by_key(|(index, _)| *index);
    found.into_iter().flat_map(|(_, own)| own).collect()
}

#[test]
fn what_a_scenario_says_counts() {
    let schema = scenario::schema();
    let puts_in = std::env::var("FAILSIM_NEW").is_ok();
    let tried = for_each_context(&contexts(), |context| try_all(context, &schema, puts_in));
    // A key counts in a context where any of its values does.
    let mut keys: BTreeMap<(bool, String, &str, &[String]), Vec<&Tried>> = BTreeMap::new();
    for one in &tried {
        let key = (
            one.is_new,
            in_format(&one.path),
            one.context.as_str(),
            one.path.as_slice(),
        );
        keys.entry(key).or_default().push(one);
    }
    let mut sums: BTreeMap<Verdict, usize> = BTreeMap::new();
    let mut count_somewhere: BTreeMap<String, bool> = BTreeMap::new();
    let (mut dead, mut listed, mut idle_in_random) = (Vec::new(), 0, 0);
    let mut rows = BTreeSet::new();
    for ((is_new, format, context, path), all) in &keys {
        let verdicts: BTreeSet<Verdict> = all.iter().map(|one| one.verdict).collect();
        // The first of these that any value had.
        let order = [
            Verdict::Panics,
            Verdict::Counts,
            Verdict::Dead,
            Verdict::Unread,
            Verdict::Advised,
            Verdict::Refused,
        ];
        let best = order
            .into_iter()
            .find(|verdict| verdicts.contains(verdict))
            .unwrap();
        *sums.entry(best).or_default() += 1;
        // What each other value is refused for is said where it stands.
        let counts = matches!(best, Verdict::Counts | Verdict::Refused);
        *count_somewhere.entry(general(format)).or_default() |= counts;
        if !matches!(best, Verdict::Dead | Verdict::Unread | Verdict::Panics) {
            continue;
        }
        // In a random system much is too rare to count, or hidden by what is often: such keys are only counted, as
        // each of them must count somewhere.
        let is_random = context.starts_with("random ") && best != Verdict::Panics && !is_new;
        let is_of = |file: &str| {
            let rest = context.strip_prefix(file);
            rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_digit()))
        };
        let row = LISTED
            .iter()
            .position(|(file, key, _)| is_of(file) && format.ends_with(key));
        if let Some(row) = row {
            rows.insert(row);
            listed += 1;
        } else if is_random {
            idle_in_random += 1;
        } else {
            let of_best = all.iter().filter(|one| one.verdict == best);
            let values: Vec<String> = of_best.map(|one| one.value.to_string()).collect();
            let new = if *is_new { "new " } else { "" };
            let line = format!(
                "{context}: {new}{} = {} ({best:?})",
                path.join("."),
                values.join(" | ")
            );
            dead.push(line.chars().take(220).collect::<String>());
        }
    }
    println!(
        "{} changes of {} keys at their places: {sums:?}; of the dead, {listed} are listed, and {idle_in_random} stand in \
         random systems",
        tried.len(),
        keys.len()
    );
    let is_listed = |key: &str| {
        let mut everywhere = LISTED.iter().filter(|(file, ..)| file.is_empty());
        everywhere.any(|(_, listed, _)| key.ends_with(listed))
    };
    let count_nowhere: Vec<&String> = count_somewhere
        .iter()
        .filter(|(key, counts)| !**counts && !is_listed(key))
        .map(|(key, _)| key)
        .collect();
    println!(
        "{} keys count somewhere",
        count_somewhere.len() - count_nowhere.len()
    );
    assert!(
        count_nowhere.is_empty(),
        "count nowhere: {count_nowhere:#?}"
    );
    assert!(dead.is_empty(), "{} are dead: {dead:#?}", dead.len());
    let idle: Vec<_> = (0..LISTED.len())
        .filter(|row| !rows.contains(row))
        .map(|row| LISTED[row])
        .collect();
    assert!(idle.is_empty(), "listed, but not dead: {idle:#?}");
}

/// A sentence of `explain` about a group, and what takes away what it tells of.
type Claim = (&'static str, fn(&mut Group));

/// What is told must be able to change something.
const CLAIMS: &[Claim] = &[
    ("the failed member's share of requests is lost", |group| {
        group.shares_requests = false;
    }),
    ("a failure is noticed after", |group| group.detector = None),
    ("A repaired member must rejoin first", |group| {
        group.rejoin = None
    }),
    ("The members share a load", |group| group.load = Vec::new()),
    ("fit members nobody serves", |group| group.quorum = 0),
    ("serves degraded until it has warmed up", |group| {
        group.takeover.warm_up = group.takeover.warm_up.scaled(3.0);
    }),
    ("At most one automatic takeover in", |group| {
        group.takeover.hold_down = Span::ZERO;
    }),
    ("two may serve (split brain)", |group| {
        if let Some(split) = &mut group.split_brain {
            split.lasts = split.lasts.scaled(1e-3);
        }
    }),
    ("Before planned work a serving member hands over", |group| {
        group.switchover = None;
    }),
    ("Failback: as soon as", |group| {
        group.failback.timing = FailbackTiming::Never
    }),
    ("Failback: when", |group| {
        group.failback.timing = FailbackTiming::Never
    }),
    ("Failback: by hand", |group| {
        group.failback.timing = FailbackTiming::Never
    }),
    ("Failback: in", |group| {
        group.failback.timing = FailbackTiming::Never
    }),
    ("a takeover for nothing", |group| group.spurious = None),
];

/// Where what is told is not, nothing may come of it.
const CLAIMS_BY_SILENCE: &[Claim] = &[
    ("the failed member's share of requests is lost", |group| {
        group.shares_requests = false;
    }),
    ("noticed after", |group| {
        if let Some(Detector::Latency(_)) = &group.detector {
            group.detector = None;
        }
    }),
];

/// What `explain` says of a group, on one line.
fn paragraph(text: &str, name: &str) -> String {
    let section = text.split("\n\n").find(|part| part.starts_with("GROUPS"));
    let mut own = String::new();
    let mut is_own = false;
    for line in section.unwrap_or("").lines() {
        if !line.starts_with("   ") {
            is_own = line.trim_start().starts_with(&format!("{name}:"));
        }
        if is_own {
            own += line.trim();
            own.push(' ');
        }
    }
    own
}

impl Context {
    /// Whether another system does something else.
    fn differs(&self, system: &System) -> bool {
        let mut paces = PACES.iter().zip(&self.deeds);
        paces.any(|(pace, deeds)| !deeds.are_of(system, *pace))
            || self.exact.is_some() && exact_figures(system) != self.exact
    }
}

#[test]
fn what_explain_says_of_groups_counts() {
    let (mut told_count, mut silent_count) = (0, 0);
    let found = for_each_context(&contexts(), |context| {
        let system = &context.scenario.system;
        let text = explain(system);
        let mut found = Vec::new();
        for (id, group) in system.groups.iter_ids() {
            let own = paragraph(&text, &group.name);
            assert!(
                !own.is_empty(),
                "{}: nothing of {}",
                context.name,
                group.name
            );
            // The loss of one member is an outage then, which is more than its share.
            let needs_all = group.required == group.active;
            let without = |take_away: fn(&mut Group)| {
                let mut system = system.clone();
                take_away(&mut system.groups[id]);
                system
            };
            for (sentence, take_away) in CLAIMS {
                if own.contains(sentence) {
                    let counts = context.differs(&without(*take_away));
                    let may_idle = context.name.starts_with("random")
                        && (needs_all || *sentence != CLAIMS[0].0);
                    let name = format!("{}: {}", context.name, group.name);
                    found.push((name, *sentence, true, counts || may_idle, counts));
                }
            }
            for (sentence, take_away) in CLAIMS_BY_SILENCE {
                let other = without(*take_away);
                if !own.contains(sentence) && other != *system {
                    let counts = context.differs(&other);
                    let name = format!("{}: {}", context.name, group.name);
                    found.push((name, *sentence, false, counts, counts));
                }
            }
        }
        found
    });
    let mut wrong = Vec::new();
    let mut counts_somewhere: BTreeMap<&str, bool> = BTreeMap::new();
    for (name, sentence, told, is_right, counts) in found {
        if told {
            told_count += 1;
            *counts_somewhere.entry(sentence).or_default() |= counts;
        } else {
            silent_count += 1;
        }
        // In a random system much of what is told happens too rarely.
        if told != is_right {
            let what = if told { "told" } else { "not told" };
            wrong.push(format!("{name}: {what}: {sentence}"));
        }
    }
    println!("{told_count} sentences, {silent_count} silences");
    for (sentence, counts) in &counts_somewhere {
        assert!(*counts, "it never counts: {sentence}");
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
