//! Typed reading of a tree: every problem is noted with its place, and reading goes on.
//!
//! A [`Table`] refuses keys that the format does not have, a [`Field`] turns a value into a
//! quantity, a word or a name. Both return nothing where they have noted a problem, so a caller
//! never reports the same thing twice.

use std::cell::{Cell, RefCell};

use super::file::{TableDef, Takes, quantile_order};
use super::path_key;
use super::problem::{Code, Place, Problem, Severity, SourceText, did_you_mean, listed};
use super::quantity::{self, Error};
use super::tree::{Entry, Node, REFUSED, Value};
use crate::base::text::{clean, is_name};
use crate::base::{Currency, Money, MoneyRate, Probability, Span, human};

/// The largest count that any key takes: more units than anybody has.
const COUNT_MAX: i64 = 1_000_000;

/// Collects the problems of one reading.
#[derive(Debug)]
pub(crate) struct Reader {
    texts: Vec<SourceText>,
    problems: RefCell<Vec<Problem>>,
    /// The currency of the first amount of money.
    currency: Cell<Option<Currency>>,
}

impl Reader {
    /// A reader of what stands in these texts.
    pub(crate) fn new(texts: Vec<SourceText>) -> Reader {
        Reader {
            texts,
            problems: RefCell::default(),
            currency: Cell::default(),
        }
    }

    pub(crate) fn report(&self, problem: Problem) {
        let problem = Problem {
            message: clean(&problem.message),
            help: problem.help.map(|help| clean(&help)),
            ..problem
        };
        self.problems.borrow_mut().push(problem);
    }

    /// The currency of all amounts of money, if there are any.
    pub(crate) fn currency(&self) -> Option<Currency> {
        self.currency.get()
    }

    /// The texts, and the problems that were found.
    pub(crate) fn into_parts(self) -> (Vec<SourceText>, Vec<Problem>) {
        (self.texts, self.problems.into_inner())
    }
}

/// A table of the file, with the keys that it may have.
#[derive(Clone, Debug)]
pub(crate) struct Table<'a> {
    reader: &'a Reader,
    def: &'static TableDef,
    node: &'a Node,
    /// The key or header that introduces the table.
    place: &'a Place,
    pub(crate) path: String,
}

/// A value of a table.
#[derive(Clone, Debug)]
pub(crate) struct Field<'a> {
    pub(crate) reader: &'a Reader,
    pub(crate) node: &'a Node,
    /// The key, for messages.
    pub(crate) key: &'a str,
    pub(crate) key_place: &'a Place,
    pub(crate) path: String,
    /// What the format says about the key.
    pub(crate) takes: Option<&'static Takes>,
}

impl<'a> Table<'a> {
    /// The table of a whole file.
    pub(crate) fn root(reader: &'a Reader, node: &'a Node, def: &'static TableDef) -> Table<'a> {
        let table = Table {
            reader,
            def,
            node,
            place: &node.place,
            path: String::new(),
        };
        table.refuse_unknown_keys();
        table
    }

    fn refuse_unknown_keys(&self) {
        for entry in self.entries() {
            if self.def.has(&entry.key) {
                continue;
            }
            let help = did_you_mean(&entry.key, self.def.all_keys().map(|key| key.name))
                .map(|key| format!("Did you mean `{key}`?"))
                .unwrap_or_else(|| self.keys_in_words());
            let table = if self.path.is_empty() {
                String::new()
            } else {
                format!(" in {}", self.title())
            };
            self.reader.report(Problem {
                severity: Severity::Error,
                code: Code::UnknownKey,
                place: Some(entry.key_place.clone()),
                used_at: None,
                path: path_key(&self.path, &entry.key),
                message: format!("unknown key `{}`{table}", entry.key),
                help: Some(help),
            });
        }
    }

    fn keys_in_words(&self) -> String {
        let keys: Vec<&str> = self
            .def
            .all_keys()
            .map(|key| key.name)
            .filter(|key| *key != "$schema")
            .collect();
        format!("Keys here are {}.", listed(keys, "and"))
    }

    /// What the table is in messages: `group db`.
    fn title(&self) -> String {
        if self.def.name == self.path {
            format!("[{}]", self.path)
        } else {
            format!("{} `{}`", self.def.name, self.path)
        }
    }

    fn entries(&self) -> &'a [Entry] {
        self.node.entries().unwrap_or_default()
    }

    /// The value of a key, if it is there.
    pub(crate) fn get(&self, key: &str) -> Option<Field<'a>> {
        debug_assert!(
            self.def.has(key),
            "`{key}` is not in the format of {}",
            self.def.name
        );
        #[cfg(test)]
        tests::note_read(self.def, key);
        self.node.entry(key).map(|entry| self.field(entry))
    }

    fn field(&self, entry: &'a Entry) -> Field<'a> {
        Field {
            reader: self.reader,
            node: &entry.node,
            key: &entry.key,
            key_place: &entry.key_place,
            path: path_key(&self.path, &entry.key),
            takes: self.def.key(&entry.key).map(|key| &key.takes),
        }
    }

    /// The value of a key that has no default.
    pub(crate) fn require(&self, key: &str) -> Option<Field<'a>> {
        let field = self.get(key);
        if field.is_none() {
            let help =
                self.def
                    .key(key)
                    .map_or_else(String::new, |found| match found.takes.example() {
                        Some(example) => {
                            format!("Add it, such as {key} = {example}. {}", found.doc)
                        }
                        None => format!("Add it. {}", found.doc),
                    });
            self.missing(key, &help);
        }
        field
    }

    /// What the table is in the format.
    pub(crate) fn def(&self) -> &'static TableDef {
        self.def
    }

    /// Notes that a key is missing.
    pub(crate) fn missing(&self, key: &str, help: &str) {
        let message = if self.path.is_empty() {
            format!("the key `{key}` is missing")
        } else {
            format!("`{key}` is missing in {}", self.title())
        };
        self.problem(
            Code::MissingKey,
            &path_key(&self.path, key),
            message,
            Some(help.to_owned()),
        );
    }

    /// Notes a problem of the table as a whole.
    pub(crate) fn error(&self, code: Code, message: String, help: Option<String>) {
        self.problem(code, &self.path, message, help);
    }

    fn problem(&self, code: Code, path: &str, message: String, help: Option<String>) {
        self.reader.report(Problem {
            severity: Severity::Error,
            code,
            place: Some(self.place.clone()),
            used_at: self.node.used_at.clone(),
            path: path.to_owned(),
            message,
            help,
        });
    }

    /// Notes that keys exclude each other, if more than one of them is there.
    pub(crate) fn at_most_one(&self, keys: &[&str], help: &str) {
        let present: Vec<&Entry> = self
            .entries()
            .iter()
            .filter(|entry| keys.contains(&entry.key.as_str()))
            .collect();
        if let [_, .., last] = present.as_slice() {
            let message = format!(
                "{} exclude each other",
                listed(present.iter().map(|entry| &entry.key), "and")
            );
            self.field(last)
                .key_error(Code::ConflictingKeys, message, Some(help.to_owned()));
        }
    }

    /// All values with their keys, `source` left out.
    pub(crate) fn fields(&self) -> impl Iterator<Item = Field<'a>> {
        self.entries()
            .iter()
            .filter(|entry| entry.key != "source")
            .map(|entry| self.field(entry))
    }

    /// The tables of a section whose names the user chooses, with their names.
    pub(crate) fn named(&self, key: &str, def: &'static TableDef) -> Vec<(&'a str, Table<'a>)> {
        let Some(field) = self.get(key) else {
            return Vec::new();
        };
        let Some(entries) = field.node.entries() else {
            field.wrong_type("a table of tables");
            return Vec::new();
        };
        let mut tables = Vec::new();
        for entry in entries {
            let item = Field {
                reader: self.reader,
                node: &entry.node,
                key: &entry.key,
                key_place: &entry.key_place,
                path: path_key(&field.path, &entry.key),
                takes: None,
            };
            if !is_name(&entry.key) {
                item.key_error(
                    Code::InvalidName,
                    format!("`{}` cannot be the name of a {}", entry.key, def.name),
                    Some(
                        "Use letters, digits, `-`, `_` and `.`, at most 64, beginning with a letter or digit."
                            .to_owned(),
                    ),
                );
            }
            if let Some(table) = item.table(def) {
                tables.push((entry.key.as_str(), table));
            }
        }
        tables
    }

    /// The orders and values of the quantiles among the keys, `median` included.
    pub(crate) fn quantiles(&self) -> Vec<(f64, Field<'a>)> {
        self.fields()
            .filter(|field| self.def.has(field.key))
            .filter_map(|field| self.get(field.key))
            .filter_map(|field| match field.key {
                "median" => Some((0.5, field)),
                key => quantile_order(key).map(|order| (order, field)),
            })
            .collect()
    }

    /// A duration, or a default.
    pub(crate) fn span_or(&self, key: &str, default: Span) -> Option<Span> {
        self.get(key).map_or(Some(default), |field| field.span())
    }

    /// A probability, or a default.
    pub(crate) fn probability_or(&self, key: &str, default: Probability) -> Option<Probability> {
        self.get(key)
            .map_or(Some(default), |field| field.probability())
    }

    /// A word, or the default value.
    pub(crate) fn word_or<T: Copy>(&self, key: &str, words: &[(&str, T)], default: T) -> Option<T> {
        self.get(key)
            .map_or(Some(default), |field| field.word(words))
    }
}

impl<'a> Field<'a> {
    /// Notes a problem at the value.
    pub(crate) fn error(&self, code: Code, message: String, help: Option<String>) {
        self.error_at(&self.node.place, code, message, help);
    }

    /// Notes a problem at the key.
    pub(crate) fn key_error(&self, code: Code, message: String, help: Option<String>) {
        self.error_at(self.key_place, code, message, help);
    }

    /// Notes a problem somewhere in the value.
    pub(crate) fn error_at(
        &self,
        place: &Place,
        code: Code,
        message: String,
        help: Option<String>,
    ) {
        self.reader.report(Problem {
            severity: Severity::Error,
            code,
            place: Some(place.clone()),
            used_at: self.node.used_at.clone(),
            path: self.path.clone(),
            message,
            help,
        });
    }

    pub(crate) fn wrong_type(&self, expected: &str) {
        self.wrong_type_so(expected, None);
    }

    fn wrong_type_so(&self, expected: &str, help: Option<String>) {
        // What was refused has been reported where that was done.
        if self.node.value != REFUSED {
            let message = format!(
                "`{}` must be {expected}, not {}",
                self.key,
                self.node.type_name()
            );
            self.error(Code::WrongType, message, help);
        }
    }

    fn out_of_range(&self, message: String, help: &str) {
        self.error(Code::OutOfRange, message, Some(help.to_owned()));
    }

    pub(crate) fn text(&self) -> Option<&'a str> {
        match &self.node.value {
            Value::Text(text) => Some(text),
            Value::List(items) => {
                // Names that are all needed are written as one text.
                let texts: Option<Vec<&str>> = items
                    .iter()
                    .map(|item| match &item.value {
                        Value::Text(text) => Some(text.as_str()),
                        _ => None,
                    })
                    .collect();
                let help = texts
                    .filter(|texts| !texts.is_empty())
                    .map(|texts| format!("Write \"{}\".", texts.join(" and ")));
                self.wrong_type_so("a text in quotes", help);
                None
            }
            _ => {
                self.wrong_type("a text in quotes");
                None
            }
        }
    }

    /// One of some words.
    pub(crate) fn word<T: Copy>(&self, words: &[(&str, T)]) -> Option<T> {
        self.check_words(words);
        let names = || words.iter().map(|(word, _)| *word);
        let Value::Text(text) = &self.node.value else {
            self.wrong_type(&listed(names(), "or"));
            return None;
        };
        let found = words
            .iter()
            .find(|(word, _)| word == text)
            .map(|(_, value)| *value);
        if found.is_none() {
            // People write underscores where these words have blanks.
            let help = did_you_mean(&text.replace(['_', '-'], " "), names())
                .map(|word| format!("Did you mean \"{word}\"?"))
                .unwrap_or_else(|| format!("Write {}.", listed(names(), "or")));
            let message = format!("`{}` cannot be `{text}`", self.key);
            self.error(Code::UnknownWord, message, Some(help));
        }
        found
    }

    /// The words that are read are those of the format.
    fn check_words<T>(&self, words: &[(&str, T)]) {
        let in_format = |takes: &Takes| match takes {
            Takes::Word(known) => known
                .iter()
                .copied()
                .eq(words.iter().map(|(word, _)| *word)),
            _ => false,
        };
        debug_assert!(
            match self.takes {
                Some(Takes::Either(choices)) => choices.iter().any(in_format),
                Some(takes) => in_format(takes),
                None => true,
            },
            "the words of `{}` are not those of the format",
            self.key
        );
    }

    pub(crate) fn boolean(&self) -> Option<bool> {
        match self.node.value {
            Value::Boolean(value) => Some(value),
            _ => {
                self.wrong_type("true or false, without quotes");
                None
            }
        }
    }

    pub(crate) fn integer(&self) -> Option<i64> {
        match &self.node.value {
            Value::Integer(value) => Some(*value),
            Value::Text(_) => {
                self.wrong_type("a whole number without quotes");
                None
            }
            _ => {
                self.wrong_type("a whole number");
                None
            }
        }
    }

    /// A whole number from `least` to a million.
    pub(crate) fn count(&self, least: i64) -> Option<usize> {
        self.whole(least, COUNT_MAX)
            .and_then(|value| usize::try_from(value).ok())
    }

    /// A whole number of any sign, such as a priority.
    pub(crate) fn small_integer(&self) -> Option<i32> {
        let value = self.whole(i64::from(i32::MIN), i64::from(i32::MAX))?;
        i32::try_from(value).ok()
    }

    /// A whole number within bounds.
    pub(crate) fn whole(&self, least: i64, most: i64) -> Option<i64> {
        let value = self.integer()?;
        if (least..=most).contains(&value) {
            return Some(value);
        }
        let (message, help) = if value < least {
            (
                format!("`{}` must be at least {least}, not {value}", self.key),
                format!("Write {least} or more."),
            )
        } else {
            (
                format!("`{}` must be at most {most}, not {value}", self.key),
                format!("Write at most {most}."),
            )
        };
        self.out_of_range(message, &help);
        None
    }

    /// A number without a unit, zero or positive.
    pub(crate) fn number(&self) -> Option<f64> {
        let value = match &self.node.value {
            Value::Integer(value) => *value as f64,
            Value::Number(value) => *value,
            _ => {
                self.wrong_type("a number without unit or quotes");
                return None;
            }
        };
        if value < 0.0 {
            self.out_of_range(
                format!("`{}` must not be negative, but is {value}", self.key),
                "Write zero or more.",
            );
            return None;
        }
        Some(value)
    }

    /// A number such as 1.2, or a percentage such as `120 %`; zero or more.
    pub(crate) fn ratio(&self) -> Option<f64> {
        let Value::Text(text) = &self.node.value else {
            return self.number();
        };
        match quantity::ratio(text) {
            Ok(ratio) => Some(ratio),
            Err(error) => {
                self.quantity_error(&error, text, "120 %");
                None
            }
        }
    }

    pub(crate) fn probability(&self) -> Option<Probability> {
        let value = match &self.node.value {
            Value::Integer(value) => *value as f64,
            Value::Number(value) => *value,
            Value::Text(text) => match quantity::ratio(text) {
                Ok(value) => value,
                Err(error) => {
                    self.quantity_error(&error, text, "2 %");
                    return None;
                }
            },
            _ => {
                self.wrong_type("a probability such as \"2 %\" or 0.02");
                return None;
            }
        };
        if let Ok(probability) = Probability::new(value) {
            return Some(probability);
        }
        let as_written = match &self.node.value {
            Value::Text(text) => text.clone(),
            _ => value.to_string(),
        };
        let help = if value > 1.0 && value <= 100.0 && !as_written.contains('%') {
            format!("For a percentage, write \"{as_written} %\".")
        } else {
            "Write a number from 0 to 1, or from \"0 %\" to \"100 %\".".to_owned()
        };
        let message = format!(
            "`{}` is a probability, so it cannot be {as_written}",
            self.key
        );
        self.error(Code::OutOfRange, message, Some(help));
        None
    }

    /// A duration in seconds.
    pub(crate) fn seconds(&self) -> Option<f64> {
        match &self.node.value {
            Value::Text(text) => match quantity::seconds(text) {
                Ok(seconds) => Some(seconds),
                Err(error) => {
                    self.quantity_error(&error, text, "3 s");
                    None
                }
            },
            Value::Integer(_) | Value::Number(_) => {
                self.no_unit("s");
                None
            }
            // Without quotes, `p99.9` is a table in a table.
            Value::Table(_) if quantile_order(self.key).is_some() => {
                let message = format!("`{}` must be a duration, not a table", self.key);
                let help = "Write quantiles with a point in quotes: \"p99.9\" = \"3 s\".";
                self.error(Code::WrongType, message, Some(help.to_owned()));
                None
            }
            _ => {
                self.wrong_type("a duration such as \"3 s\"");
                None
            }
        }
    }

    fn no_unit(&self, unit: &str) {
        let number = match &self.node.value {
            Value::Integer(value) => value.to_string(),
            Value::Number(value) => value.to_string(),
            _ => "3".to_owned(),
        };
        let message = format!("`{}` needs a unit", self.key);
        self.error(
            Code::MissingUnit,
            message,
            Some(format!("Write \"{number} {unit}\" or another unit.")),
        );
    }

    pub(crate) fn span(&self) -> Option<Span> {
        self.seconds()
            .and_then(|seconds| Span::from_secs(seconds).ok())
    }

    /// A duration in seconds that is not zero.
    pub(crate) fn positive_seconds(&self) -> Option<f64> {
        let seconds = self.seconds()?;
        if seconds == 0.0 {
            self.out_of_range(
                format!("`{}` must not be zero", self.key),
                "Write a longer time.",
            );
            return None;
        }
        Some(seconds)
    }

    /// Events per second.
    pub(crate) fn rate(&self) -> Option<f64> {
        match &self.node.value {
            Value::Text(text) => match quantity::per_second(text) {
                Ok(rate) => Some(rate),
                Err(error) => {
                    self.quantity_error(&error, text, "2 /y");
                    None
                }
            },
            Value::Integer(_) | Value::Number(_) => {
                self.no_unit("/y");
                None
            }
            _ => {
                self.wrong_type("a rate such as \"2 /y\"");
                None
            }
        }
    }

    /// An amount of money, in the currency of all others.
    pub(crate) fn money(&self) -> Option<Money> {
        self.amount("300 EUR", quantity::money)
    }

    /// Money per time, in the currency of all others.
    pub(crate) fn money_rate(&self) -> Option<MoneyRate> {
        self.amount("5 EUR/h", quantity::money_rate)
    }

    fn amount<T>(
        &self,
        example: &str,
        read: impl Fn(&str) -> Result<(T, Currency), Error>,
    ) -> Option<T> {
        match &self.node.value {
            Value::Text(text) => match read(text) {
                Ok((amount, currency)) => self.is_of_one_currency(currency).then_some(amount),
                Err(error) => {
                    self.quantity_error(&error, text, example);
                    None
                }
            },
            Value::Integer(_) | Value::Number(_) => {
                self.no_unit(example.trim_start_matches(|c: char| !c.is_alphabetic()));
                None
            }
            _ => {
                self.wrong_type(&format!("an amount such as \"{example}\""));
                None
            }
        }
    }

    /// Notes the currency of an amount, which must be that of all others.
    pub(crate) fn is_of_one_currency(&self, currency: Currency) -> bool {
        let first = self.reader.currency.get().unwrap_or(currency);
        self.reader.currency.set(Some(first));
        if first != currency {
            let message = format!(
                "`{}` is in {currency}, but other amounts are in {first}",
                self.key
            );
            let help = format!("Convert it to {first}: nothing here knows exchange rates.");
            self.error(Code::ConflictingKeys, message, Some(help));
        }
        first == currency
    }

    fn quantity_error(&self, error: &Error, text: &str, example: &str) {
        let (code, message) = match error {
            Error::NoUnit => (Code::MissingUnit, format!("`{}` needs a unit", self.key)),
            Error::UnknownUnit(unit, _) => (
                Code::UnknownUnit,
                format!("`{unit}` is not a unit that `{}` can have", self.key),
            ),
            Error::NotFinite | Error::TooSmall | Error::TooLarge => (
                Code::NotFinite,
                format!("`{}`: {}", self.key, error.message(text)),
            ),
            Error::BelowNanosecond | Error::TooOften => (
                Code::OutOfRange,
                format!("`{}`: {}", self.key, error.message(text)),
            ),
            Error::NotANumber => (
                Code::WrongType,
                format!(
                    "`{}` must be a quantity such as \"{example}\", not \"{text}\"",
                    self.key
                ),
            ),
            Error::Negative => (
                Code::OutOfRange,
                format!("`{}` must not be negative, but is {text}", self.key),
            ),
        };
        let unit = example
            .trim_start_matches(|c: char| c.is_ascii_digit())
            .trim();
        let help = match error {
            Error::NoUnit => {
                // What was written of a unit is a part of this one.
                let number = text.split('/').next().unwrap_or(text).trim();
                Some(format!("Write \"{number} {unit}\" or another unit."))
            }
            Error::UnknownUnit(wrong, Some(meant)) => Some(format!(
                "Write \"{}\".",
                text.replacen(wrong.as_str(), meant, 1)
            )),
            Error::UnknownUnit(wrong, None) if wrong == "m" && unit == "s" => {
                Some("Write `min` for minutes or `mo` for months.".to_owned())
            }
            Error::UnknownUnit(..) if unit == "%" => {
                Some("Write a percentage or a number from 0 to 1.".to_owned())
            }
            Error::UnknownUnit(..) if unit == "/y" => {
                Some("Rates are per time: /s, /min, /h, /d, /w, /mo or /y.".to_owned())
            }
            Error::UnknownUnit(..) if unit.starts_with("EUR") => Some(format!(
                "Write a currency by its code of three letters, such as \"{example}\"."
            )),
            Error::TooLarge if unit.starts_with("EUR") => {
                Some("Write at most 1e9, or 1e9 an hour; choose a larger currency.".to_owned())
            }
            Error::NotANumber => None,
            Error::UnknownUnit(..)
            | Error::NotFinite
            | Error::TooSmall
            | Error::BelowNanosecond
            | Error::TooOften
            | Error::TooLarge
            | Error::Negative => Some(error.help().to_owned()),
        };
        self.error(code, message, help);
    }

    /// The value as a table.
    pub(crate) fn table(&self, def: &'static TableDef) -> Option<Table<'a>> {
        if self.node.entries().is_none() {
            self.wrong_type_so("a table", Some(def.in_outline()));
            return None;
        }
        let table = Table {
            reader: self.reader,
            def,
            node: self.node,
            place: self.key_place,
            path: self.path.clone(),
        };
        table.refuse_unknown_keys();
        Some(table)
    }

    /// The place of some bytes of the value, which is a text; the whole text if it has escapes.
    pub(crate) fn place_within(&self, span: std::ops::Range<usize>) -> Place {
        let whole = &self.node.place;
        let raw = self.reader.texts[whole.text]
            .text
            .get(whole.span.clone())
            .unwrap_or("");
        let content = match &self.node.value {
            Value::Text(text) => raw.find(text.as_str()),
            _ => None,
        };
        match content {
            Some(offset) => {
                let start = whole.span.start + offset;
                Place {
                    text: whole.text,
                    span: start + span.start..start + span.end,
                }
            }
            None => whole.clone(),
        }
    }

    pub(crate) fn is_text(&self) -> bool {
        matches!(self.node.value, Value::Text(_))
    }

    pub(crate) fn is_table(&self) -> bool {
        self.node.entries().is_some()
    }

    pub(crate) fn is_list(&self) -> bool {
        matches!(self.node.value, Value::List(_))
    }

    /// The values of a table whose keys the user chooses.
    pub(crate) fn values(&self) -> Option<Vec<Field<'a>>> {
        let Some(entries) = self.node.entries() else {
            self.wrong_type("a table");
            return None;
        };
        let value = |entry: &'a Entry| Field {
            reader: self.reader,
            node: &entry.node,
            key: &entry.key,
            key_place: &entry.key_place,
            path: path_key(&self.path, &entry.key),
            takes: None,
        };
        Some(
            entries
                .iter()
                .filter(|entry| entry.key != "source")
                .map(value)
                .collect(),
        )
    }

    /// The items of a list.
    pub(crate) fn list(&self) -> Option<Vec<Field<'a>>> {
        let Value::List(items) = &self.node.value else {
            let help = "Put it in brackets: [ ... ].".to_owned();
            self.wrong_type_so("a list", Some(help));
            return None;
        };
        let item = |(position, node): (usize, &'a Node)| Field {
            reader: self.reader,
            node,
            key: self.key,
            key_place: &node.place,
            path: format!("{}.{position}", self.path),
            takes: None,
        };
        Some(items.iter().enumerate().map(item).collect())
    }

    /// The items of a list, each read by `read`; nothing if one of them is wrong.
    pub(crate) fn list_of<T>(&self, read: impl Fn(&Field<'a>) -> Option<T>) -> Option<Vec<T>> {
        // All of them are read, so that all problems are found.
        let items: Vec<Option<T>> = self.list()?.iter().map(read).collect();
        items.into_iter().collect()
    }

    /// The value as a duration in words, for messages; the text as it was written where possible.
    pub(crate) fn in_words(&self, seconds: f64) -> String {
        match &self.node.value {
            Value::Text(text) => text.clone(),
            _ => human::duration(seconds),
        }
    }

    /// Notes that a name refers to nothing.
    pub(crate) fn unknown_name<'k>(
        &self,
        what: &str,
        name: &str,
        known: impl IntoIterator<Item = &'k str>,
    ) {
        let known: Vec<&str> = known.into_iter().collect();
        let help = match did_you_mean(name, known.iter().copied()) {
            Some(meant) => Some(format!("Did you mean `{meant}`?")),
            None if known.is_empty() => {
                Some(format!("The file has no {what}: say what `{name}` is."))
            }
            None => Some(format!("There is {}.", listed(known, "and"))),
        };
        self.error(
            Code::UnknownName,
            format!("there is no {what} `{name}`"),
            help,
        );
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::cell::RefCell;
    use std::collections::BTreeSet;

    use super::TableDef;

    thread_local! {
        static READ: RefCell<BTreeSet<(&'static str, String)>> = const { RefCell::new(BTreeSet::new()) };
    }

    /// Notes that a key was looked for, so that a test can tell which ones never are.
    pub(super) fn note_read(def: &'static TableDef, key: &str) {
        READ.with_borrow_mut(|read| read.insert((def.name, key.to_owned())));
    }

    /// The keys that were looked for in this thread, with the names of their tables.
    pub(crate) fn keys_read() -> BTreeSet<(&'static str, String)> {
        READ.with_borrow(Clone::clone)
    }
}
