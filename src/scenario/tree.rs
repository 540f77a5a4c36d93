//! A scenario file as a tree of values that know where they stand.
//!
//! TOML and JSON become the same tree, so that everything above is written once. The tree knows
//! the origin of each value (a file, the command line, a param), and nothing of what it means.

use serde_json::{Map, Number, Value as Json};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::json;
use super::problem::{Code, Place, Problem, Severity};
use crate::base::text::clean;

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Node {
    /// Where it stands.
    pub(crate) place: Place,
    /// Where it is referred to, if it is the value of a param.
    pub(crate) used_at: Option<Place>,
    /// What it is.
    pub(crate) value: Value,
}

/// A value without a place.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Text(String),
    Integer(i64),
    Number(f64),
    Boolean(bool),
    List(Vec<Node>),
    Table(Vec<Entry>),
    /// Something that no key takes: a date, or `null`.
    Other(&'static str),
}

/// What stands where a value was refused, so that it is not complained about twice.
pub(crate) const REFUSED: Value = Value::Other("refused");

/// A key and its value. The entries of a table are in the order of the file.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) key_place: Place,
    pub(crate) node: Node,
}

impl Node {
    pub(crate) fn new(place: Place, value: Value) -> Node {
        Node {
            place,
            used_at: None,
            value,
        }
    }

    /// The entries, if it is a table.
    pub(crate) fn entries(&self) -> Option<&[Entry]> {
        match &self.value {
            Value::Table(entries) => Some(entries),
            _ => None,
        }
    }

    pub(crate) fn entries_mut(&mut self) -> Option<&mut Vec<Entry>> {
        match &mut self.value {
            Value::Table(entries) => Some(entries),
            _ => None,
        }
    }

    /// The entry of a key, if it is a table that has it.
    pub(crate) fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries()?.iter().find(|entry| entry.key == key)
    }

    /// The value of a key, if it is a table that has it.
    pub(crate) fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.node)
    }

    pub(crate) fn get_mut(&mut self, key: &str) -> Option<&mut Node> {
        self.entries_mut()?
            .iter_mut()
            .find(|entry| entry.key == key)
            .map(|entry| &mut entry.node)
    }

    /// Takes a key out of a table.
    pub(crate) fn remove(&mut self, key: &str) -> Option<Entry> {
        let entries = self.entries_mut()?;
        let position = entries.iter().position(|entry| entry.key == key)?;
        Some(entries.remove(position))
    }

    /// What it is, in words: `a text`, `a table`.
    pub(crate) fn type_name(&self) -> &'static str {
        match &self.value {
            Value::Text(_) => "a text",
            Value::Integer(_) => "a whole number",
            Value::Number(_) => "a number with a decimal point",
            Value::Boolean(_) => "true or false",
            Value::List(_) => "a list",
            Value::Table(_) => "a table",
            Value::Other(name) => name,
        }
    }

    /// The same value without places.
    pub(crate) fn to_json(&self) -> Json {
        match &self.value {
            Value::Text(text) => Json::String(text.clone()),
            Value::Integer(value) => Json::from(*value),
            Value::Number(value) => Number::from_f64(*value).map_or(Json::Null, Json::Number),
            Value::Boolean(value) => Json::Bool(*value),
            Value::List(items) => items.iter().map(Node::to_json).collect(),
            Value::Table(entries) => {
                let pairs = entries
                    .iter()
                    .map(|entry| (entry.key.clone(), entry.node.to_json()));
                Json::Object(pairs.collect::<Map<String, Json>>())
            }
            Value::Other(_) => Json::Null,
        }
    }
}

/// The language that a scenario is written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Syntax {
    /// TOML 1.0.
    #[default]
    Toml,
    /// JSON of the same shape.
    Json,
}

impl Syntax {
    /// The language of a file with this name: JSON if it ends in `.json`, TOML otherwise.
    pub fn of_name(name: &str) -> Syntax {
        let json =
            name.len() > 5 && name.as_bytes()[name.len() - 5..].eq_ignore_ascii_case(b".json");
        if json { Syntax::Json } else { Syntax::Toml }
    }
}

/// Reads a text into a tree. `index` is the number of the text in its places.
///
/// What could be read is returned even where there are problems.
pub(crate) fn parse(text: &str, syntax: Syntax, index: usize, problems: &mut Vec<Problem>) -> Node {
    let mut builder = Builder {
        index,
        text,
        problems,
    };
    match syntax {
        Syntax::Toml => {
            let (table, errors) = DeTable::parse_recoverable(text);
            for error in errors {
                let span = error.span().unwrap_or(0..0);
                builder.syntax_error(&in_our_words(error.message(), text, &span), span);
            }
            let place = builder.place(0..0);
            Node::new(place, builder.table(table.get_ref()))
        }
        Syntax::Json => json::parse(&mut builder),
    }
}

/// What the reader of TOML says, where it can be said more plainly.
fn in_our_words(message: &str, text: &str, span: &std::ops::Range<usize>) -> String {
    let key = text.get(span.clone()).unwrap_or("");
    match message {
        "duplicate key" if !key.is_empty() => format!("duplicate key `{key}`"),
        _ => message.replace(", expected nothing", ""),
    }
}

/// Reads one value in the syntax of TOML, such as the right side of a change from the command line;
/// what is no such value is a text. `offset` is where it starts in the text of `index`.
pub(crate) fn parse_value(
    text: &str,
    index: usize,
    offset: usize,
    problems: &mut Vec<Problem>,
) -> Node {
    let (value, errors) = DeValue::parse_recoverable(text);
    let mut found = Vec::new();
    let mut builder = Builder {
        index,
        text,
        problems: &mut found,
    };
    let quoted = text.trim_start().starts_with(['"', '\'', '[', '{']);
    let bare = !errors.is_empty() && !quoted;
    let mut node = if bare || matches!(value.get_ref(), DeValue::Datetime(_)) {
        Node::new(
            builder.place(0..text.len()),
            Value::Text(text.trim().to_owned()),
        )
    } else {
        for error in &errors {
            builder.syntax_error(error.message(), error.span().unwrap_or(0..text.len()));
        }
        builder.node(&value)
    };
    shift(&mut node, offset);
    for mut problem in found {
        if let Some(place) = &mut problem.place {
            *place = moved(place, offset);
        }
        problems.push(problem);
    }
    node
}

fn moved(place: &Place, offset: usize) -> Place {
    Place {
        text: place.text,
        span: place.span.start + offset..place.span.end + offset,
    }
}

fn shift(node: &mut Node, offset: usize) {
    node.place = moved(&node.place, offset);
    match &mut node.value {
        Value::List(items) => items.iter_mut().for_each(|item| shift(item, offset)),
        Value::Table(entries) => {
            for entry in entries {
                entry.key_place = moved(&entry.key_place, offset);
                shift(&mut entry.node, offset);
            }
        }
        _ => {}
    }
}

/// What both readers share.
pub(crate) struct Builder<'a> {
    index: usize,
    pub(crate) text: &'a str,
    problems: &'a mut Vec<Problem>,
}

impl Builder<'_> {
    pub(crate) fn place(&self, span: std::ops::Range<usize>) -> Place {
        Place {
            text: self.index,
            span,
        }
    }

    pub(crate) fn syntax_error(&mut self, message: &str, span: std::ops::Range<usize>) {
        self.problem(Code::Syntax, message, None, span);
    }

    fn problem(
        &mut self,
        code: Code,
        message: &str,
        help: Option<&str>,
        span: std::ops::Range<usize>,
    ) {
        let end = self.text.len();
        let span = span.start.min(end)..span.end.min(end);
        self.problems.push(Problem {
            severity: Severity::Error,
            code,
            place: Some(self.place(span)),
            used_at: None,
            path: String::new(),
            message: clean(message),
            help: help.map(str::to_owned),
        });
    }

    /// A whole number as written, in a radix.
    pub(crate) fn integer(
        &mut self,
        digits: &str,
        radix: u32,
        span: std::ops::Range<usize>,
    ) -> Value {
        match i64::from_str_radix(digits, radix) {
            Ok(value) => Value::Integer(value),
            Err(_) => {
                let message = format!("`{digits}` is too large a number to be stored");
                self.problem(Code::NotFinite, &message, None, span);
                REFUSED
            }
        }
    }

    /// A number as written.
    pub(crate) fn number(&mut self, text: &str, span: std::ops::Range<usize>) -> Value {
        match super::quantity::number(text) {
            Ok(value) => Value::Number(value),
            Err(error) => {
                self.problem(
                    Code::NotFinite,
                    &error.message(text),
                    Some(error.help()),
                    span,
                );
                REFUSED
            }
        }
    }

    fn node(&mut self, value: &Spanned<DeValue<'_>>) -> Node {
        let span = value.span();
        let plain = match value.get_ref() {
            DeValue::String(text) => Value::Text(text.to_string()),
            DeValue::Integer(integer) => {
                self.integer(integer.as_str(), integer.radix(), span.clone())
            }
            DeValue::Float(float) => self.number(float.as_str(), span.clone()),
            DeValue::Boolean(value) => Value::Boolean(*value),
            DeValue::Datetime(_) => Value::Other("a date"),
            DeValue::Array(items) => {
                Value::List(items.iter().map(|item| self.node(item)).collect())
            }
            DeValue::Table(table) => self.table(table),
        };
        Node::new(self.place(span), plain)
    }

    fn table(&mut self, table: &DeTable<'_>) -> Value {
        let mut entries: Vec<Entry> = table
            .iter()
            .map(|(key, value)| Entry {
                key: key.get_ref().to_string(),
                key_place: self.place(key.span()),
                node: self.node(value),
            })
            .collect();
        // The parser sorts by name; a reader expects the order of the file.
        entries.sort_by_key(|entry| entry.key_place.span.start);
        Value::Table(entries)
    }
}
