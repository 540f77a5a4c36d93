//! From files to one tree: overlays, changes from the command line, params, `like`, data files.
//!
//! What comes out is the scenario as it is run: nothing in it refers to anything outside of it.
//! Every value still knows where it was written.

use std::collections::{BTreeMap, BTreeSet};

use super::Files;
use super::change::Override;
use super::file::{KIND, LAW, SCENARIO, TableDef, Takes};
use super::problem::{Code, Place, Problem, Severity, SourceText, did_you_mean, listed};
use super::quantity;
use super::tree::{self, Entry, Node, REFUSED, Syntax, Value};
use super::{Source, path_key};
use crate::base::text::clean;

/// Keys of which a table can have one only: the first of them is dropped where an overlay brings the
/// second, and the other way round.
const RIVALS: &[(&str, &str)] = &[
    ("repair", "lasts"),
    ("fail", "share"),
    ("kind", "members"),
    ("units", "members"),
    ("trials", "until"),
    ("service", "services"),
    ("every", "beta"),
    ("every", "calendar"),
];

/// Keys with free text, in which a `$` is a `$`.
const FREE_TEXT: &[&str] = &["name", "question", "source", "extends", "$schema"];

/// A scenario in one tree.
pub(crate) struct Resolved {
    pub(crate) root: Node,
    pub(crate) texts: Vec<SourceText>,
    pub(crate) problems: Vec<Problem>,
    /// Kinds that others are like.
    pub(crate) bases: BTreeSet<String>,
    /// Params that nothing refers to.
    pub(crate) unused_params: Vec<(String, Place)>,
    /// Whether the tree is whole, so that reading it makes sense.
    pub(crate) whole: bool,
}

/// Reads a scenario and everything that it refers to.
pub(crate) fn resolve(source: &Source, overrides: &[Override], files: &dyn Files) -> Resolved {
    let mut resolver = Resolver {
        files,
        texts: Vec::new(),
        problems: Vec::new(),
        file_count: 0,
        bases: BTreeSet::new(),
    };
    let mut root = resolver.read(&source.name, &source.text, source.syntax, &mut Vec::new());
    let whole = resolver
        .problems
        .iter()
        .all(|problem| problem.code == Code::NotFinite);
    let mut unused_params = Vec::new();
    if whole {
        resolver.file_count = resolver.texts.len();
        for change in overrides {
            resolver.apply(&mut root, change);
        }
        unused_params = resolver.substitute_params(&mut root);
        for table in ["kinds", "components"] {
            resolver.inherit_all(&mut root, table);
        }
        resolver.read_data(&mut root, false);
    }
    let Resolver {
        texts,
        problems,
        bases,
        ..
    } = resolver;
    Resolved {
        root,
        texts,
        problems,
        bases,
        unused_params,
        whole,
    }
}

struct Resolver<'a> {
    files: &'a dyn Files,
    texts: Vec<SourceText>,
    problems: Vec<Problem>,
    /// The number of texts that are files; changes from the command line come after them.
    file_count: usize,
    bases: BTreeSet<String>,
}

impl Resolver<'_> {
    fn error(
        &mut self,
        code: Code,
        place: &Place,
        path: &str,
        message: String,
        help: Option<String>,
    ) {
        self.problems.push(Problem {
            severity: Severity::Error,
            code,
            place: Some(place.clone()),
            used_at: None,
            path: path.to_owned(),
            message: clean(&message),
            help: help.map(|help| clean(&help)),
        });
    }

    /// Reads a file and what it extends. `chain` lists the files that are being read.
    fn read(&mut self, name: &str, text: &str, syntax: Syntax, chain: &mut Vec<String>) -> Node {
        let index = self.texts.len();
        self.texts.push(SourceText {
            name: name.to_owned(),
            text: text.to_owned(),
        });
        let mut root = tree::parse(text, syntax, index, &mut self.problems);
        let Some(extends) = root.remove("extends") else {
            return root;
        };
        let place = &extends.node.place;
        let Value::Text(path) = &extends.node.value else {
            let message = format!("`extends` must be a path, not {}", extends.node.type_name());
            self.error(Code::WrongType, place, "extends", message, None);
            return root;
        };
        chain.push(name.to_owned());
        match self.files.read(path, name) {
            Err(error) => {
                let message = format!("cannot read `{path}`: {error}");
                let help = "The path is relative to the file that names it.".to_owned();
                self.error(Code::UnreadableFile, place, "extends", message, Some(help));
            }
            Ok(base) if chain.contains(&base.name) => {
                let start = chain
                    .iter()
                    .position(|link| *link == base.name)
                    .unwrap_or(0);
                let circle: Vec<&str> = chain[start..]
                    .iter()
                    .map(String::as_str)
                    .chain([base.name.as_str()])
                    .collect();
                let message = format!(
                    "files extend each other in a circle: {}",
                    circle.join(" -> ")
                );
                self.error(Code::Cycle, place, "extends", message, None);
            }
            Ok(base) => {
                let syntax = Syntax::of_name(&base.name);
                let base = self.read(&base.name, &base.text, syntax, chain);
                root = merge_tables(base, root, &SCENARIO);
            }
        }
        chain.pop();
        root
    }

    /// Applies a change from the command line.
    fn apply(&mut self, root: &mut Node, change: &Override) {
        let index = self.texts.len();
        self.texts.push(SourceText {
            name: change.option.to_owned(),
            text: change.text.clone(),
        });
        let value = tree::parse_value(change.value(), index, change.value_at, &mut self.problems);
        let place = Place {
            text: index,
            span: 0..change.path_end,
        };
        let segments: Vec<&str> = change.path.iter().map(String::as_str).collect();
        let params: Vec<String> = root
            .get("params")
            .and_then(Node::entries)
            .map(|entries| entries.iter().map(|entry| entry.key.clone()).collect())
            .unwrap_or_default();
        let mut walk = Walk {
            path: String::new(),
            place: place.clone(),
        };
        let outcome = match segments.as_slice() {
            [param] if params.iter().any(|name| name == param) => {
                walk.set(root, &Takes::Table(&SCENARIO), &["params", param], value)
            }
            [word] if !SCENARIO.has(word) => {
                let known = params.iter().map(String::as_str);
                let help = match did_you_mean(word, known) {
                    Some(param) => format!("Did you mean `{param}`?"),
                    None if params.is_empty() => {
                        "The file has no params; give a dotted path such as groups.db.units."
                            .to_owned()
                    }
                    None => format!("The params are {}.", listed(&params, "and")),
                };
                Err((
                    Code::UnknownParam,
                    format!("there is no param `{word}`"),
                    Some(help),
                ))
            }
            _ => {
                inherit_before_change(root, &segments);
                walk.set(root, &Takes::Table(&SCENARIO), &segments, value)
            }
        };
        if let Err((code, message, help)) = outcome {
            self.error(code, &place, &segments.join("."), message, help);
        }
    }

    /// Puts the values of params where they are referred to, and takes the params out.
    fn substitute_params(&mut self, root: &mut Node) -> Vec<(String, Place)> {
        let mut params: BTreeMap<String, (Entry, bool)> = BTreeMap::new();
        if let Some(entry) = root.remove("params") {
            match entry.node.value {
                Value::Table(entries) => {
                    for mut param in entries {
                        self.refuse_references(&mut param.node);
                        params.insert(param.key.clone(), (param, false));
                    }
                }
                _ => {
                    let message =
                        format!("`params` must be a table, not {}", entry.node.type_name());
                    self.error(Code::WrongType, &entry.node.place, "params", message, None);
                }
            }
        }
        self.substitute(root, &mut params, "");
        let unused = params.into_iter().filter(|(_, (_, used))| !used);
        unused
            .map(|(name, (entry, _))| (name, entry.key_place))
            .collect()
    }

    fn refuse_references(&mut self, node: &mut Node) {
        match &mut node.value {
            Value::Text(text) if text.starts_with('$') => {
                let message = format!("a param cannot refer to another one: `{text}`");
                let help = "Write the value itself.".to_owned();
                self.error(
                    Code::UnknownParam,
                    &node.place,
                    "params",
                    message,
                    Some(help),
                );
                node.value = REFUSED;
            }
            Value::List(items) => items
                .iter_mut()
                .for_each(|item| self.refuse_references(item)),
            Value::Table(entries) => {
                entries
                    .iter_mut()
                    .for_each(|entry| self.refuse_references(&mut entry.node));
            }
            _ => {}
        }
    }

    fn substitute(
        &mut self,
        node: &mut Node,
        params: &mut BTreeMap<String, (Entry, bool)>,
        path: &str,
    ) {
        match &mut node.value {
            Value::Text(text) => {
                let Some(name) = text.strip_prefix('$') else {
                    return;
                };
                if let Some((param, used)) = params.get_mut(name) {
                    *used = true;
                    let used_at = Some(node.place.clone());
                    *node = Node {
                        used_at,
                        ..param.node.clone()
                    };
                    return;
                }
                let help = match did_you_mean(name, params.keys().map(String::as_str)) {
                    Some(param) => format!("Did you mean `${param}`?"),
                    None => format!("Add `{name}` to [params]."),
                };
                let message = format!("there is no param `{name}`");
                self.error(Code::UnknownParam, &node.place, path, message, Some(help));
                node.value = REFUSED;
            }
            Value::List(items) => {
                for (position, item) in items.iter_mut().enumerate() {
                    self.substitute(item, params, &format!("{path}.{position}"));
                }
            }
            Value::Table(entries) => {
                for entry in entries {
                    if !FREE_TEXT.contains(&entry.key.as_str()) {
                        self.substitute(&mut entry.node, params, &path_key(path, &entry.key));
                    }
                }
            }
            _ => {}
        }
    }

    /// Resolves `like` in all tables of a section.
    fn inherit_all(&mut self, root: &mut Node, section: &str) {
        let kinds = root.get("kinds").cloned();
        let Some(entries) = root.get_mut(section).and_then(Node::entries_mut) else {
            return;
        };
        for entry in entries {
            let mut chain = vec![entry.key.clone()];
            if section == "components" {
                // A component is no kind, so it cannot be in a circle.
                chain.clear();
            }
            self.inherit(
                &mut entry.node,
                kinds.as_ref(),
                &mut chain,
                &path_key(section, &entry.key),
            );
        }
    }

    fn inherit(
        &mut self,
        node: &mut Node,
        kinds: Option<&Node>,
        chain: &mut Vec<String>,
        path: &str,
    ) {
        let Some(like) = node.remove("like") else {
            return;
        };
        let path = path_key(path, "like");
        let Value::Text(name) = &like.node.value else {
            let message = format!(
                "`like` must be the name of a kind, not {}",
                like.node.type_name()
            );
            self.error(Code::WrongType, &like.node.place, &path, message, None);
            stand_in(node, &like);
            return;
        };
        if let Some(start) = chain.iter().position(|link| link == name) {
            // Said once, by the first of the circle.
            if start == 0 && chain.iter().all(|link| name <= link) {
                let circle: Vec<&str> = chain
                    .iter()
                    .map(String::as_str)
                    .chain([name.as_str()])
                    .collect();
                let message = format!(
                    "kinds are like each other in a circle: {}",
                    circle.join(" -> ")
                );
                self.error(Code::Cycle, &like.node.place, &path, message, None);
            }
            stand_in(node, &like);
            return;
        }
        let Some(base) = kinds.and_then(|kinds| kinds.get(name)) else {
            let known = kinds.and_then(Node::entries).unwrap_or_default();
            let help = did_you_mean(name, known.iter().map(|entry| entry.key.as_str()))
                .map(|kind| format!("Did you mean `{kind}`?"));
            let message = format!("there is no kind `{name}`");
            self.error(Code::UnknownName, &like.node.place, &path, message, help);
            stand_in(node, &like);
            return;
        };
        self.bases.insert(name.clone());
        chain.push(name.clone());
        let mut base = base.clone();
        self.inherit(&mut base, kinds, chain, &path_key("kinds", name));
        chain.pop();
        let over = std::mem::replace(node, Node::new(node.place.clone(), Value::Boolean(false)));
        *node = merge_tables(base, over, &KIND);
    }

    /// Replaces each `csv` by the values in its file: durations, or loads, which have no unit.
    fn read_data(&mut self, node: &mut Node, of_loads: bool) {
        match &mut node.value {
            Value::List(items) => {
                items
                    .iter_mut()
                    .for_each(|item| self.read_data(item, false));
            }
            Value::Table(entries) => {
                for entry in entries {
                    if entry.key == "csv" && entry.node.entries().is_some() {
                        if let Some(values) = self.read_csv(&entry.node, of_loads) {
                            "values".clone_into(&mut entry.key);
                            entry.node.value = Value::List(values);
                        }
                    } else {
                        self.read_data(&mut entry.node, entry.key == "demand");
                    }
                }
            }
            _ => {}
        }
    }

    /// The values of a column; `None` where a problem was found, or will be by the reader of laws.
    fn read_csv(&mut self, node: &Node, of_loads: bool) -> Option<Vec<Node>> {
        let text = |key| match node.get(key).map(|node| &node.value) {
            Some(Value::Text(text)) => Some(text.as_str()),
            _ => None,
        };
        let (file, column) = (text("file")?, text("column")?);
        let unit = if of_loads { "" } else { text("unit")? };
        let file_place = &node.get("file")?.place;
        let from = if file_place.text < self.file_count {
            file_place.text
        } else {
            0
        };
        let from = self.texts[from].name.clone();
        let data = match self.files.read(file, &from) {
            Ok(data) => data,
            Err(error) => {
                let message = format!("cannot read `{file}`: {error}");
                let help = "The path is relative to the file that names it.".to_owned();
                self.error(
                    Code::UnreadableFile,
                    file_place,
                    "csv.file",
                    message,
                    Some(help),
                );
                return None;
            }
        };
        let mut reader = csv::ReaderBuilder::new()
            .trim(csv::Trim::All)
            .from_reader(data.text.as_bytes());
        let unreadable = |error: csv::Error| format!("cannot read `{file}`: {error}");
        let headers = match reader.headers() {
            Ok(headers) => headers.clone(),
            Err(error) => {
                let message = unreadable(error);
                self.error(Code::UnreadableFile, file_place, "csv.file", message, None);
                return None;
            }
        };
        let Some(position) = headers.iter().position(|header| header == column) else {
            let help = did_you_mean(column, headers.iter())
                .map(|header| format!("Did you mean `{header}`?"))
                .unwrap_or_else(|| format!("Its columns are {}.", listed(headers.iter(), "and")));
            let message = format!("`{file}` has no column `{column}`");
            let place = node.get("column")?.place.clone();
            self.error(Code::UnknownName, &place, "csv.column", message, Some(help));
            return None;
        };
        let all_observed = matches!(
            node.get("all_observed").map(|node| &node.value),
            Some(Value::Boolean(true))
        );
        let mut marks: Vec<Marks> = if of_loads {
            Vec::new()
        } else {
            Marks::of(&headers)
        };
        if all_observed && marks.is_empty() {
            let place = &node.get("all_observed")?.place;
            let message = format!("no column of `{file}` could mark rows as censored");
            let help = Some("Delete `all_observed`.".to_owned());
            self.error(Code::UnknownKey, place, "csv.all_observed", message, help);
            return None;
        }
        let mut values = Vec::new();
        for record in reader.records() {
            let record = match record {
                Ok(record) => record,
                Err(error) => {
                    let message = unreadable(error);
                    self.error(Code::UnreadableFile, file_place, "csv.file", message, None);
                    return None;
                }
            };
            marks
                .iter_mut()
                .for_each(|mark| mark.read(record.get(mark.position).unwrap_or("")));
            let line = record.position().map_or(0, csv::Position::line);
            let cell = record.get(position).unwrap_or("");
            let quantity = format!("{cell} {unit}");
            let value = if of_loads {
                quantity::number(cell).map(Value::Number)
            } else {
                quantity::seconds(&quantity).map(|_| Value::Text(quantity.clone()))
            };
            let value = match value {
                Ok(value) => value,
                Err(error) => {
                    let place = match &error {
                        quantity::Error::UnknownUnit(..) if !of_loads => &node.get("unit")?.place,
                        _ => file_place,
                    };
                    let message = format!("line {line} of `{file}`: {}", error.message(&quantity));
                    let help = Some(error.help().to_owned());
                    self.error(Code::UnreadableFile, place, "csv.file", message, help);
                    return None;
                }
            };
            values.push(Node::new(node.place.clone(), value));
        }
        if let Some(mark) = marks.iter().find(|mark| mark.tells_of_censoring())
            && !all_observed
        {
            let message = format!(
                "{} of {} rows of `{file}` are censored by column `{}`: their observation ended before \
                 anything happened, so they cannot count like the others",
                mark.censored,
                values.len(),
                &headers[mark.position]
            );
            let help = "Fit a law that takes such rows into account (a Weibull law by maximum likelihood, say) \
                        and write its parameters; or write all_observed = true if the column means \
                        something else.";
            let help = Some(help.to_owned());
            self.error(Code::UnreadableFile, file_place, "csv.file", message, help);
            return None;
        }
        Some(values)
    }
}

/// A column that may say of each row whether what it tells of had happened when the observation ended.
struct Marks {
    position: usize,
    /// Whether 1 says that it had happened, where the header tells.
    one_is_observed: Option<bool>,
    observed: usize,
    censored: usize,
    /// A value that says neither.
    is_other: bool,
}

/// Headers of columns in which 1 says that something had happened, or that it had not.
const OBSERVED_HEADERS: [&str; 14] = [
    "event",
    "events",
    "observed",
    "failed",
    "failure",
    "fail",
    "dead",
    "died",
    "death",
    "uncensored",
    "is_event",
    "is_failure",
    "complete",
    "completed",
];
const CENSORED_HEADERS: [&str; 8] = [
    "censored",
    "censor",
    "cens",
    "censoring",
    "is_censored",
    "right_censored",
    "suspended",
    "suspension",
];
/// Headers of columns in which one of two numbers says so, and the larger one that it had happened.
const STATUS_HEADERS: [&str; 3] = ["status", "indicator", "delta"];

impl Marks {
    /// The columns that may be such.
    fn of(headers: &csv::StringRecord) -> Vec<Marks> {
        let marks = headers.iter().enumerate().filter_map(|(position, header)| {
            let header = header.to_ascii_lowercase().replace([' ', '-'], "_");
            let one_is_observed = if OBSERVED_HEADERS.contains(&header.as_str()) {
                Some(true)
            } else if CENSORED_HEADERS.contains(&header.as_str()) {
                Some(false)
            } else if STATUS_HEADERS.contains(&header.as_str()) {
                None
            } else {
                return None;
            };
            Some(Marks {
                position,
                one_is_observed,
                observed: 0,
                censored: 0,
                is_other: false,
            })
        });
        marks.collect()
    }

    fn read(&mut self, cell: &str) {
        let is_one = match cell.to_ascii_lowercase().as_str() {
            "1" | "1.0" | "true" | "t" | "yes" | "y" => Some(true),
            "0" | "0.0" | "false" | "f" | "no" | "n" => Some(false),
            "censored" | "suspended" => Some(self.one_is_observed == Some(false)),
            "failed" | "failure" | "event" | "observed" => {
                Some(self.one_is_observed != Some(false))
            }
            _ => None,
        };
        match is_one {
            Some(is_one) if is_one == self.one_is_observed.unwrap_or(true) => self.observed += 1,
            Some(_) => self.censored += 1,
            None => self.is_other = true,
        }
    }

    fn tells_of_censoring(&self) -> bool {
        let tells = self.one_is_observed.is_some() || self.observed > 0;
        tells && self.censored > 0 && !self.is_other
    }
}

/// Gives a kind that could not take over what it should the keys that it needs, so that nobody
/// complains about them.
fn stand_in(node: &mut Node, like: &Entry) {
    let missing = |key: &str| node.get(key).is_none();
    let repair = missing("repair") && missing("lasts");
    let fail = missing("fail") && missing("modes");
    for (key, wanted) in [("repair", repair), ("fail", fail)] {
        if let (true, Some(entries)) = (wanted, node.entries_mut()) {
            let never = Node::new(like.node.place.clone(), Value::Text("never".to_owned()));
            entries.push(Entry {
                key: key.to_owned(),
                key_place: like.key_place.clone(),
                node: never,
            });
        }
    }
}

/// What the user is told: code, message and help.
type Refusal = (Code, String, Option<String>);

/// A walk along a dotted path, to the value that is to be changed.
struct Walk {
    path: String,
    place: Place,
}

impl Walk {
    fn set(
        &mut self,
        node: &mut Node,
        takes: &Takes,
        rest: &[&str],
        value: Node,
    ) -> Result<(), Refusal> {
        let Some((segment, rest)) = rest.split_first() else {
            *node = value;
            return Ok(());
        };
        let here = std::mem::take(&mut self.path);
        self.path = path_key(&here, segment);
        match &mut node.value {
            Value::Text(text) if text.starts_with('$') => Err((
                Code::InvalidOverride,
                format!("`{here}` is the param `{}`", &text[1..]),
                Some(format!("Change the param: --set {}=...", &text[1..])),
            )),
            Value::List(items) => {
                let count = items.len();
                let item = segment
                    .parse()
                    .ok()
                    .and_then(|index: usize| items.get_mut(index));
                match item {
                    Some(item) => self.set(item, inner_of_list(takes), rest, value),
                    None => Err((
                        Code::InvalidOverride,
                        format!("`{here}` has no item `{segment}`"),
                        Some(format!("It has {count} items, counted from 0.")),
                    )),
                }
            }
            Value::Table(_) => self.set_in_table(node, takes, &here, segment, rest, value),
            _ => Err((
                Code::InvalidOverride,
                format!("`{here}` is {}, so it has no `{segment}`", node.type_name()),
                None,
            )),
        }
    }

    fn set_in_table(
        &mut self,
        node: &mut Node,
        takes: &Takes,
        here: &str,
        segment: &str,
        rest: &[&str],
        value: Node,
    ) -> Result<(), Refusal> {
        let names = || -> Vec<String> {
            node.entries()
                .unwrap_or_default()
                .iter()
                .map(|entry| entry.key.clone())
                .collect()
        };
        let inner = match table_of(takes, node) {
            Shape::Keys(def) if def.has(segment) => {
                def.key(segment).map_or(&Takes::Duration, |key| &key.takes)
            }
            Shape::Keys(def) => {
                let help = did_you_mean(segment, def.all_keys().map(|key| key.name))
                    .map(|key| format!("Did you mean `{}`?", path_key(here, key)));
                let message = format!("there is no key `{}`", path_key(here, segment));
                return Err((Code::UnknownKey, message, help));
            }
            Shape::Names(inner) if node.get(segment).is_some() => {
                return self.set_entry(node, &inner, segment, rest, value);
            }
            Shape::Names(_) => {
                let names = names();
                let help = did_you_mean(segment, names.iter().map(String::as_str))
                    .map(|name| format!("Did you mean `{}`?", path_key(here, name)))
                    .unwrap_or_else(|| format!("`{here}` has {}.", listed(&names, "and")));
                let message = format!("there is no `{}`", path_key(here, segment));
                return Err((Code::UnknownName, message, Some(help)));
            }
            Shape::Free => &Takes::Anything,
        };
        self.set_entry(node, inner, segment, rest, value)
    }

    fn set_entry(
        &mut self,
        node: &mut Node,
        takes: &Takes,
        segment: &str,
        rest: &[&str],
        value: Node,
    ) -> Result<(), Refusal> {
        for (left, right) in RIVALS {
            for (key, rival) in [(left, right), (right, left)] {
                if *key == segment && node.get(segment).is_none() {
                    node.remove(rival);
                }
            }
        }
        if node.get(segment).is_none() {
            let fresh = Node::new(self.place.clone(), Value::Table(Vec::new()));
            let entry = Entry {
                key: segment.to_owned(),
                key_place: self.place.clone(),
                node: fresh,
            };
            node.entries_mut()
                .expect("only tables have entries")
                .push(entry);
        }
        let entry = node
            .get_mut(segment)
            .expect("it was added if it was missing");
        self.set(entry, takes, rest, value)
    }
}

enum Shape {
    /// A table with known keys.
    Keys(&'static TableDef),
    /// A table with names that the user chooses.
    Names(Takes),
    /// A table with anything in it.
    Free,
}

/// What kind of table a value is, by what its key takes.
fn table_of(takes: &Takes, node: &Node) -> Shape {
    match takes {
        Takes::Table(def) => Shape::Keys(def),
        Takes::Named(def) => Shape::Names(Takes::Table(def)),
        Takes::Values(_) => Shape::Names(Takes::Anything),
        Takes::Law | Takes::LawOrNever => Shape::Keys(&LAW),
        Takes::Either(choices) => {
            let fits = |choice: &&Takes| match table_of(choice, node) {
                Shape::Keys(def) => node
                    .entries()
                    .unwrap_or_default()
                    .iter()
                    .all(|entry| def.has(&entry.key)),
                Shape::Names(_) => true,
                Shape::Free => false,
            };
            choices
                .iter()
                .find(fits)
                .map_or(Shape::Free, |choice| table_of(choice, node))
        }
        _ => Shape::Free,
    }
}

fn inner_of_list(takes: &Takes) -> &Takes {
    match takes {
        Takes::List(inner) => inner,
        Takes::Either(choices) => choices
            .iter()
            .find_map(|choice| match choice {
                Takes::List(inner) => Some(*inner),
                _ => None,
            })
            .unwrap_or(&Takes::Anything),
        _ => &Takes::Anything,
    }
}

/// A change inside of something that a kind takes over from another kind changes a copy of it.
fn inherit_before_change(root: &mut Node, segments: &[&str]) {
    let [section @ ("kinds" | "components"), name, key, _, ..] = segments else {
        return;
    };
    let like = |node: &Node| match node.get("like").map(|node| &node.value) {
        Some(Value::Text(name)) => Some(name.clone()),
        _ => None,
    };
    let Some(mut node) = root.get(section).and_then(|section| section.get(name)) else {
        return;
    };
    let mut inherited = None;
    // As many steps as there are kinds are enough, even where they go round in a circle.
    for _ in 0..root
        .get("kinds")
        .and_then(Node::entries)
        .map_or(0, <[Entry]>::len)
    {
        if let Some(entry) = node.entry(key) {
            inherited = Some(entry.clone());
            break;
        }
        let base = like(node).and_then(|name| root.get("kinds")?.get(&name));
        match base {
            Some(base) => node = base,
            None => break,
        }
    }
    let target = root
        .get_mut(section)
        .and_then(|section| section.get_mut(name));
    if let (Some(entry), Some(target)) = (inherited, target)
        && target.get(key).is_none()
        && let Some(entries) = target.entries_mut()
    {
        entries.push(entry);
    }
}

/// Lays a table over another one. Laws are replaced, tables of keys are merged.
fn merge_tables(base: Node, over: Node, def: &'static TableDef) -> Node {
    merge(base, over, &Takes::Table(def))
}

fn merge(base: Node, over: Node, takes: &Takes) -> Node {
    let shape = table_of(takes, &over);
    let mergeable = match (&table_of(takes, &base), &shape) {
        (Shape::Keys(old), Shape::Keys(new)) => std::ptr::eq(*old, *new) && !new.is_law(),
        (Shape::Names(_), Shape::Names(_)) => true,
        _ => false,
    };
    let (mut merged, entries) = match (base.value, over.value) {
        (Value::Table(merged), Value::Table(entries)) if mergeable => (merged, entries),
        (_, value) => return Node { value, ..over },
    };
    let has = |key: &str| entries.iter().any(|entry| entry.key == key);
    for (left, right) in RIVALS {
        for (key, rival) in [(left, right), (right, left)] {
            if has(key) && !has(rival) {
                merged.retain(|entry| entry.key != *rival);
            }
        }
    }
    // A stage has one law: a new one replaces the old one whatever its family.
    let is_family = |entry: &Entry| LAW.keys.iter().any(|family| family.name == entry.key);
    if matches!(&shape, Shape::Keys(def) if def.also.iter().any(|also| also.is_law()))
        && entries.iter().any(is_family)
    {
        merged.retain(|entry| !is_family(entry));
    }
    for entry in entries {
        match merged.iter_mut().find(|old| old.key == entry.key) {
            None => merged.push(entry),
            Some(old) => {
                let inner = match &shape {
                    Shape::Keys(def) => def
                        .key(&entry.key)
                        .map_or(&Takes::Anything, |key| &key.takes),
                    Shape::Names(inner) => inner,
                    Shape::Free => &Takes::Anything,
                };
                let Entry {
                    key,
                    key_place,
                    node,
                } = entry;
                let base = std::mem::replace(
                    &mut old.node,
                    Node::new(key_place.clone(), Value::Boolean(false)),
                );
                *old = Entry {
                    key,
                    key_place,
                    node: merge(base, node, inner),
                };
            }
        }
    }
    Node::new(over.place, Value::Table(merged))
}
