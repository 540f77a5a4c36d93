//! Floor 4: scenario files, from text to a [`System`] that can be simulated.
//!
//! The way of a file: `tree` and `json` read the syntax into one tree with positions; `resolve`
//! applies overlays, changes from the command line, params and `like`; `reader`, `law`, `target` and
//! `lower` read the tree into the model; `model::check` judges the model, and `advice` says what is
//! allowed but rarely meant. All problems that can be found are found in one run, each with its
//! place. The format itself is one table, in `file`, from which the schema for editors is made.
//!
//! `grid` loads the variants of one scenario.
//!
//! Nothing here opens a file: [`Files`] does, and the command line implements it.

mod advice;
mod cause;
mod change;
mod cost;
mod data;
mod demand;
mod expression;
mod failover;
mod file;
mod grid;
mod group;
mod json;
mod kind;
mod law;
mod lower;
mod need;
mod people;
mod planned;
mod problem;
mod quantity;
mod reader;
mod resolve;
mod run;
mod schema;
mod service;
mod target;
mod tree;

use std::collections::BTreeSet;

use crate::base::Span;
use crate::model::check::{self, Violation, path_key};
use crate::model::{MissionStart, System};
use crate::stats::Level;

pub use change::{InvalidOverride, Override, Variation, VariedValue};
pub use grid::{Grid, GridPoint, POINTS_MAX, grid};
pub use problem::{Code, Place, Problem, Problems, Severity, SourceText};
pub use schema::schema;
pub use target::{InvalidPrecision, Precision};
pub use tree::Syntax;

use lower::Lowered;
use reader::Reader;
use resolve::Resolved;
use tree::Node;

/// The text of a scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// What it is called, usually its path.
    pub name: String,
    /// What it says.
    pub text: String,
    /// The language that it is written in.
    pub syntax: Syntax,
}

impl Source {
    /// A scenario in TOML.
    pub fn toml(name: impl Into<String>, text: impl Into<String>) -> Source {
        Source {
            name: name.into(),
            text: text.into(),
            syntax: Syntax::Toml,
        }
    }
}

/// A file that a scenario names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileText {
    /// What it is called; the same for the same file, however it was reached.
    pub name: String,
    /// What it says.
    pub text: String,
}

/// Where the files come from that a scenario names.
pub trait Files {
    /// Reads the file at `path`, which is relative to the file named `from`.
    ///
    /// # Errors
    ///
    /// Fails where the file cannot be read, with the reason.
    fn read(&self, path: &str, from: &str) -> Result<FileText, String>;
}

/// No files: a scenario that names one cannot be loaded.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoFiles;

impl Files for NoFiles {
    fn read(&self, _path: &str, _from: &str) -> Result<FileText, String> {
        Err("other files cannot be read here".to_owned())
    }
}

/// How a system is to be simulated, as far as the scenario says.
#[derive(Clone, Debug, PartialEq)]
pub struct RunOptions {
    /// The mission: the simulated time of one trial. One year unless said otherwise.
    pub horizon: Span,
    /// How it begins. New unless said otherwise.
    pub start: MissionStart,
    /// Number of trials.
    pub trials: Option<u64>,
    /// Precision at which to stop.
    pub until: Option<Precision>,
    /// Real time after which to stop.
    pub time_limit: Option<Span>,
    /// Where the random numbers start.
    pub seed: Option<u64>,
    /// Level of the intervals. 95 % unless said otherwise.
    pub confidence: Level,
}

/// A scenario that can be simulated.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Its title.
    pub name: String,
    /// The question that it is to answer.
    pub question: Option<String>,
    /// What is simulated.
    pub system: System,
    /// How.
    pub run: RunOptions,
    /// The file as it is run: params put in, overlays and changes applied, data read. It is a
    /// scenario itself, in JSON, and gives the same system.
    pub resolved: serde_json::Value,
    /// What is allowed but rarely meant, and defaults that should be known.
    pub warnings: Problems,
}

/// Reads a scenario, with changes from the command line.
///
/// ```
/// use failsim::scenario::{NoFiles, Override, Source, load};
///
/// let text = r#"
///     format = 1
///     [params]
///     mttf = "99 h"
///     [components.unit]
///     fail = { mean = "$mttf" }
///     repair = { mean = "1 h" }
///     [service]
///     up = "unit"
/// "#;
/// let changes = [Override::parse("mttf=9 h")?];
/// let scenario = load(&Source::toml("unit.toml", text), &changes, &NoFiles)?;
/// assert_eq!(scenario.system.units.len(), 1);
///
/// // What is wrong has a place, a cause and a remedy.
/// let wrong = text.replace("[service]", "[services]");
/// let problems = load(&Source::toml("unit.toml", &wrong), &[], &NoFiles).unwrap_err();
/// assert!(problems.render(false).contains("unit.toml"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// Fails with everything that is wrong with it.
pub fn load(
    source: &Source,
    overrides: &[Override],
    files: &dyn Files,
) -> Result<Scenario, Problems> {
    let Resolved {
        root,
        texts,
        mut problems,
        bases,
        unused_params,
        whole,
    } = resolve::resolve(source, overrides, files);
    if !whole {
        return Err(Problems::new(texts, problems));
    }
    let reader = Reader::new(texts);
    let Lowered {
        name,
        question,
        system,
        run,
        mut unused,
    } = lower::lower(&reader, &root, title_of(&source.name));
    let (texts, found) = reader.into_parts();
    problems.extend(found);
    let violations = judge(&system, &problems);
    problems.extend(violations.into_iter().map(|violation| Problem {
        severity: Severity::Error,
        code: Code::ImpossibleSystem,
        place: Some(locate(&root, &violation.path)),
        used_at: None,
        path: violation.path,
        message: violation.message,
        help: violation.help,
    }));
    if !problems.is_empty() {
        return Err(Problems::new(texts, problems));
    }
    unused.retain(|unused| unused.what != "kind" || !bases.contains(&unused.name));
    let advice = advice::advise(&system, &run, &root, &unused, &unused_params);
    let warnings = Problems::new(texts, advice);
    let mut resolved = root.to_json();
    // A title that comes from the name of the file must survive without the file.
    resolved["name"] = serde_json::Value::String(name.clone());
    Ok(Scenario {
        name,
        question,
        system,
        run,
        resolved,
        warnings,
    })
}

/// Reads a length of time with its unit, such as `5 min`.
///
/// # Errors
///
/// Fails on anything else, with the reason.
pub fn parse_span(text: &str) -> Result<Span, String> {
    let seconds = quantity::seconds(text).map_err(|error| error.message(text))?;
    Span::from_secs(seconds).map_err(|error| error.to_string())
}

/// The rules that a system breaks. Where reading found problems, stand-ins are in the system: only
/// what is said of sound parts counts then.
fn judge(system: &System, problems: &[Problem]) -> Vec<Violation> {
    let mut violations = check::check(system);
    if problems.is_empty() {
        return violations;
    }
    let part = |path: &str| path.split('.').take(2).collect::<Vec<&str>>().join(".");
    let broken: BTreeSet<String> = problems.iter().map(|problem| part(&problem.path)).collect();
    let names_hold = problems.iter().all(|problem| {
        !matches!(
            problem.code,
            Code::UnknownName | Code::DuplicateName | Code::InvalidName
        )
    });
    violations.retain(|violation| {
        let section = violation.path.split('.').next().unwrap_or("");
        let sound = !broken.contains(&part(&violation.path));
        names_hold
            && sound
            && matches!(
                section,
                "run" | "kinds" | "groups" | "crews" | "causes" | "changes" | "people"
            )
    });
    violations
}

/// The file's name without folders and ending.
fn title_of(name: &str) -> &str {
    let file = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    if stem.is_empty() { "scenario" } else { stem }
}

/// The place of a dotted path of the model: the key itself, or the nearest table that has it.
fn locate(root: &Node, path: &str) -> Place {
    let Ok(parts) = change::split_path(path) else {
        return root.place.clone();
    };
    let mut parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    // A component is a group and may be a kind; the only service has a section of its own.
    if let [section @ ("groups" | "kinds"), name, ..] = parts.as_slice()
        && root
            .get(section)
            .and_then(|section| section.get(name))
            .is_none()
    {
        parts[0] = "components";
    }
    if let ["services", _, rest @ ..] = parts.as_slice()
        && root.get("services").is_none()
    {
        // Its targets stand beside it.
        let section = (rest.first() != Some(&"targets")).then_some("service");
        parts = section.into_iter().chain(rest.iter().copied()).collect();
    }
    // Keys of a mode may stand at the kind.
    if let [section, name, "modes", mode, key] = parts.as_slice() {
        let kind = root.get(section).and_then(|section| section.get(name));
        let own = kind.and_then(|kind| kind.get("modes")?.get(mode)?.get(key));
        if own.is_none() {
            parts = vec![section, name, key];
        }
    }
    let (mut node, mut place) = (root, &root.place);
    for part in parts {
        match node.entry(part) {
            Some(entry) => {
                (node, place) = (&entry.node, &entry.key_place);
            }
            None => return place.clone(),
        }
    }
    // The key of a table, but the value of anything else.
    let place = if node.entries().is_some() {
        place
    } else {
        &node.place
    };
    place.clone()
}

#[cfg(test)]
mod tests;
