//! What is wrong with a scenario, said so that its author can mend it.
//!
//! A [`Problem`] has a place in a file, a cause and usually a remedy. Problems are collected, not
//! thrown: one reading of a scenario finds as many as it can. Every rendering (for people, for
//! editors, for pipelines) is made from the same list.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Level, Origin, Renderer, Snippet};
use serde_json::{Value as Json, json};

use crate::base::text::clean;

/// Declares the codes once: the enum, its short names and what they mean.
macro_rules! codes {
    ($($name:ident $id:literal $meaning:literal;)*) => {
        /// The kind of a problem. Its short name never changes, so that tools can rely on it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Code {
            $(#[doc = $meaning] $name,)*
        }

        impl Code {
            /// All codes.
            pub const ALL: &'static [Code] = &[$(Code::$name,)*];

            /// The short name, such as `unknown-key`.
            pub fn id(self) -> &'static str {
                match self {
                    $(Code::$name => $id,)*
                }
            }

            /// What the code means, as a full sentence.
            pub fn meaning(self) -> &'static str {
                match self {
                    $(Code::$name => $meaning,)*
                }
            }
        }
    };
}

codes! {
    Syntax "syntax" "The file is not valid TOML or JSON.";
    Format "format" "The key `format` is missing or names a version that cannot be read.";
    UnreadableFile "unreadable-file" "A file that the scenario names cannot be read.";
    UnknownKey "unknown-key" "A table has a key that means nothing there.";
    MissingKey "missing-key" "A key that has no default is missing.";
    ConflictingKeys "conflicting-keys" "Keys that exclude each other are both present.";
    WrongType "wrong-type" "A value is of the wrong type.";
    MissingUnit "missing-unit" "A quantity has no unit.";
    UnknownUnit "unknown-unit" "A quantity has a unit that does not exist or does not fit.";
    NotFinite "not-finite" "A number is infinite, not a number, or too small or large to be stored.";
    OutOfRange "out-of-range" "A number lies outside of what makes sense.";
    UnknownWord "unknown-word" "A word is none of those that the key knows.";
    UnknownName "unknown-name" "A name refers to nothing.";
    UnknownParam "unknown-param" "A value refers to a param that does not exist.";
    InvalidName "invalid-name" "A name has characters that a name cannot have.";
    DuplicateName "duplicate-name" "Two things have the same name.";
    Cycle "cycle" "Definitions go round in a circle.";
    InvalidLaw "invalid-law" "A law of durations cannot be built from its parameters.";
    InvalidExpression "invalid-expression" "What must be up is not said in a way that can be read.";
    InvalidTarget "invalid-target" "A target or a stopping rule cannot be read.";
    InvalidOverride "invalid-override" "A change from the command line does not fit the file.";
    ImpossibleSystem "impossible-system" "The file can be read, but such a system cannot exist.";
    Unused "unused" "Something is defined and never used.";
    Assumption "assumption" "A default changes the answer, so it is said aloud.";
    Doubtful "doubtful" "Something is allowed but rarely meant.";
}

/// How bad a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// Probably a mistake; the scenario can still be run.
    Warning,
    /// The scenario cannot be run.
    Error,
}

impl Severity {
    fn word(self) -> &'static str {
        match self {
            Severity::Note => "note",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

/// A stretch of one of the texts that a scenario was read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Index of the text among [`Problems::texts`].
    pub text: usize,
    /// Bytes of it.
    pub span: Range<usize>,
}

/// A text that a scenario was read from: a file, or a change from the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceText {
    /// What it is called, usually a path.
    pub name: String,
    /// What it says.
    pub text: String,
}

impl SourceText {
    /// Line and column of a byte, both counted from 1; the column counts characters.
    fn line_and_column(&self, byte: usize) -> (usize, usize) {
        let before: String = self
            .text
            .char_indices()
            .take_while(|(at, _)| *at < byte)
            .map(|(_, c)| c)
            .collect();
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        (line, column)
    }
}

/// One thing that is wrong, or worth knowing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// How bad it is.
    pub severity: Severity,
    /// What kind of problem it is.
    pub code: Code,
    /// Where.
    pub place: Option<Place>,
    /// Where the value is used, if it was defined elsewhere (a param).
    pub used_at: Option<Place>,
    /// Dotted path of the key concerned; empty for the whole file.
    pub path: String,
    /// What is wrong: starts in lower case and has no full stop.
    pub message: String,
    /// What to do about it, as a full sentence.
    pub help: Option<String>,
}

/// Everything that is wrong with a scenario, or worth knowing about it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problems {
    texts: Vec<SourceText>,
    list: Vec<Problem>,
}

/// A message without what tells apart several that are written as one: the numbers of members (`rack.1` and
/// `rack.2`), and the names of those that are like another (`components.pump-1.repair`).
fn without_owners(message: &str) -> String {
    let quoted = message.split('`').enumerate().map(|(index, part)| {
        if index % 2 == 0 {
            return part;
        }
        let tables = ["components.", "groups.", "kinds."];
        if let Some(path) = tables.iter().find_map(|table| part.strip_prefix(table)) {
            return path.split_once('.').map_or(part, |(_, key)| key);
        }
        let name = part.trim_end_matches(|c: char| c.is_ascii_digit());
        if name.ends_with('.') { name } else { part }
    });
    quoted.collect::<Vec<_>>().join("`")
}

impl Problems {
    /// No problems, with the texts that places refer to.
    pub(crate) fn new(texts: Vec<SourceText>, mut list: Vec<Problem>) -> Problems {
        // In the order of the files; what has no place goes last. The sort is stable.
        list.sort_by_key(|problem| match &problem.place {
            Some(place) => (place.text, place.span.start),
            None => (usize::MAX, 0),
        });
        // What several kinds take over from one is wrong once, and what holds for each of several that
        // are written as one is said of the first.
        let mut kept: Vec<(Problem, BTreeSet<String>)> = Vec::new();
        let mut known = BTreeMap::new();
        for problem in list {
            let place = problem
                .place
                .as_ref()
                .map(|place| (place.text, place.span.start));
            // A key is unknown where it stands, whatever takes it over.
            let said = match problem.code {
                Code::UnknownKey => String::new(),
                _ => without_owners(&problem.message),
            };
            let alike = (place, problem.code, said);
            let index = *known.entry(alike).or_insert(kept.len());
            let message = problem.message.clone();
            if index == kept.len() {
                kept.push((problem, BTreeSet::new()));
            }
            kept[index].1.insert(message);
        }
        let said_once = |(mut problem, messages): (Problem, BTreeSet<String>)| {
            if messages.len() > 1 {
                problem.message += &format!(" (and {} more like this)", messages.len() - 1);
            }
            problem
        };
        Problems {
            texts,
            list: kept.into_iter().map(said_once).collect(),
        }
    }

    /// These problems and then those of another file.
    pub fn extend(&mut self, other: Problems) {
        let offset = self.texts.len();
        self.texts.extend(other.texts);
        self.list.extend(other.list.into_iter().map(|mut problem| {
            if let Some(place) = &mut problem.place {
                place.text += offset;
            }
            problem
        }));
    }

    /// The problems, in the order of the files.
    pub fn iter(&self) -> std::slice::Iter<'_, Problem> {
        self.list.iter()
    }

    /// The texts that places refer to.
    pub fn texts(&self) -> &[SourceText] {
        &self.texts
    }

    /// Whether there is nothing to say.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The number of problems of a severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.list
            .iter()
            .filter(|problem| problem.severity == severity)
            .count()
    }

    /// Whether the scenario cannot be run.
    pub fn has_errors(&self) -> bool {
        self.count(Severity::Error) > 0
    }

    /// The problems of at least a severity.
    pub fn at_least(&self, severity: Severity) -> Problems {
        let list = self
            .list
            .iter()
            .filter(|problem| problem.severity >= severity)
            .cloned()
            .collect();
        Problems {
            texts: self.texts.clone(),
            list,
        }
    }

    /// For people: each problem with the line that it is in and a caret under the culprit.
    pub fn render(&self, color: bool) -> String {
        let renderer = if color {
            Renderer::styled()
        } else {
            Renderer::plain()
        };
        let mut out = String::new();
        for problem in &self.list {
            out.push_str(&renderer.render(&[self.report(problem)]));
            out.push_str("\n\n");
        }
        out
    }

    fn report<'a>(&'a self, problem: &'a Problem) -> annotate_snippets::Group<'a> {
        let level = match problem.severity {
            Severity::Note => Level::NOTE,
            Severity::Warning => Level::WARNING,
            Severity::Error => Level::ERROR,
        };
        let title = level.primary_title(&problem.message).id(problem.code.id());
        let mut group = match &problem.place {
            Some(place) => title.element(self.snippet(place, AnnotationKind::Primary, None)),
            None => match self.texts.first() {
                Some(text) => title.element(Origin::path(&text.name)),
                None => annotate_snippets::Group::with_title(title),
            },
        };
        if let Some(place) = &problem.used_at {
            group = group.element(self.snippet(place, AnnotationKind::Context, Some("used here")));
        }
        match &problem.help {
            Some(help) => group.element(Level::HELP.message(help)),
            None => group,
        }
    }

    fn snippet<'a>(
        &'a self,
        place: &Place,
        kind: AnnotationKind,
        label: Option<&'static str>,
    ) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
        let source = &self.texts[place.text];
        Snippet::source(&source.text)
            .path(&source.name)
            .annotation(kind.span(place.span.clone()).label(label))
    }

    /// For logs: one line per problem.
    pub fn plain(&self) -> String {
        let mut out = String::new();
        for problem in &self.list {
            let position = self.position(problem);
            let severity = problem.severity.word();
            let (code, message) = (problem.code.id(), &problem.message);
            out.push_str(&format!("{position}: {severity}[{code}]: {message}"));
            if let Some(help) = &problem.help {
                out.push_str(&format!(" - {help}"));
            }
            out.push('\n');
        }
        out
    }

    fn position(&self, problem: &Problem) -> String {
        match &problem.place {
            Some(place) => {
                let source = &self.texts[place.text];
                let (line, column) = source.line_and_column(place.span.start);
                format!("{}:{line}:{column}", clean(&source.name))
            }
            None => self
                .texts
                .first()
                .map_or_else(|| "scenario".to_owned(), |text| clean(&text.name)),
        }
    }

    /// For tools: an array of objects, one per problem.
    pub fn to_json(&self) -> Json {
        self.list
            .iter()
            .map(|problem| self.problem_json(problem))
            .collect()
    }

    fn problem_json(&self, problem: &Problem) -> Json {
        let mut object = json!({
            "severity": problem.severity.word(),
            "code": problem.code.id(),
            "message": problem.message,
            "help": problem.help,
            "path": problem.path,
        });
        if let Some(place) = &problem.place {
            let source = &self.texts[place.text];
            let (line, column) = source.line_and_column(place.span.start);
            let (end_line, end_column) = source.line_and_column(place.span.end);
            object["file"] = json!(source.name);
            object["line"] = json!(line);
            object["column"] = json!(column);
            object["end_line"] = json!(end_line);
            object["end_column"] = json!(end_column);
        }
        object
    }

    /// For code scanners: a log in SARIF 2.1.0.
    pub fn to_sarif(&self) -> Json {
        let rules: Vec<Json> = Code::ALL
            .iter()
            .map(|code| json!({ "id": code.id(), "shortDescription": { "text": code.meaning() } }))
            .collect();
        let results: Vec<Json> = self
            .list
            .iter()
            .map(|problem| self.sarif_result(problem))
            .collect();
        json!({
            "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
            "version": "2.1.0",
            "runs": [{
                "tool": { "driver": {
                    "name": "failsim",
                    "version": env!("CARGO_PKG_VERSION"),
                    "rules": rules,
                } },
                "columnKind": "unicodeCodePoints",
                "results": results,
            }],
        })
    }

    fn sarif_result(&self, problem: &Problem) -> Json {
        let text = match &problem.help {
            Some(help) => format!("{}. {help}", problem.message),
            None => problem.message.clone(),
        };
        let mut result = json!({
            "ruleId": problem.code.id(),
            "level": problem.severity.word(),
            "message": { "text": text },
        });
        if let Some(place) = &problem.place {
            let source = &self.texts[place.text];
            let (line, column) = source.line_and_column(place.span.start);
            let (end_line, end_column) = source.line_and_column(place.span.end);
            result["locations"] = json!([{ "physicalLocation": {
                "artifactLocation": { "uri": source.name },
                "region": {
                    "startLine": line,
                    "startColumn": column,
                    "endLine": end_line,
                    "endColumn": end_column,
                },
            } }]);
        }
        result
    }

    /// For GitHub: workflow commands, which it shows as annotations of the changed lines.
    pub fn to_github(&self) -> String {
        let data = |text: &str| {
            text.replace('%', "%25")
                .replace('\r', "%0D")
                .replace('\n', "%0A")
        };
        let property = |text: &str| data(text).replace(':', "%3A").replace(',', "%2C");
        let mut out = String::new();
        for problem in &self.list {
            let command = match problem.severity {
                Severity::Note => "notice",
                Severity::Warning => "warning",
                Severity::Error => "error",
            };
            let mut properties = format!("title={}", property(problem.code.id()));
            if let Some(place) = &problem.place {
                let source = &self.texts[place.text];
                let (line, column) = source.line_and_column(place.span.start);
                let file = property(&source.name);
                properties = format!("file={file},line={line},col={column},{properties}");
            }
            let help = problem
                .help
                .as_ref()
                .map(|help| format!(". {help}"))
                .unwrap_or_default();
            let text = data(&format!("{}{help}", problem.message));
            out.push_str(&format!("::{command} {properties}::{text}\n"));
        }
        out
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.plain().trim_end())
    }
}

impl std::error::Error for Problems {}

/// The known word that `word` was probably meant to be.
pub(crate) fn did_you_mean<'a>(
    word: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let lower = word.to_lowercase();
    known
        .into_iter()
        .map(|candidate| {
            (
                strsim::jaro_winkler(&lower, &candidate.to_lowercase()),
                candidate,
            )
        })
        .filter(|(likeness, _)| *likeness > 0.8)
        // The first of equals, so that the answer does not depend on chance.
        .fold(None, |best: Option<(f64, &str)>, next| match best {
            Some(best) if best.0 >= next.0 => Some(best),
            _ => Some(next),
        })
        .map(|(_, candidate)| candidate)
}

/// `words` as a list in prose, each in quotes of code: `a`, `b` and `c`.
pub(crate) fn listed<S: AsRef<str>>(
    words: impl IntoIterator<Item = S>,
    conjunction: &str,
) -> String {
    let words: Vec<String> = words
        .into_iter()
        .map(|word| format!("`{}`", word.as_ref()))
        .collect();
    match words.split_last() {
        None => "none".to_owned(),
        Some((only, [])) => only.clone(),
        Some((last, rest)) => format!("{} {conjunction} {last}", rest.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_explained() {
        let mut ids: Vec<&str> = Code::ALL.iter().map(|code| code.id()).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), Code::ALL.len());
        for code in Code::ALL {
            assert!(
                code.id()
                    .chars()
                    .all(|c| c.is_ascii_lowercase() || c == '-'),
                "{code:?}"
            );
            assert!(code.meaning().ends_with('.'), "{code:?}");
        }
    }

    #[test]
    fn a_likely_word_is_suggested() {
        assert_eq!(
            did_you_mean("reqired", ["required", "repair"]),
            Some("required")
        );
        assert_eq!(did_you_mean("xyz", ["required", "repair"]), None);
    }

    #[test]
    fn words_are_listed_in_prose() {
        assert_eq!(listed(["a", "b", "c"], "or"), "`a`, `b` or `c`");
        assert_eq!(listed(["a"], "or"), "`a`");
    }

    #[test]
    fn every_rendering_names_the_place() {
        let problem = Problem {
            severity: Severity::Error,
            code: Code::UnknownKey,
            place: Some(Place {
                text: 0,
                span: 4..7,
            }),
            used_at: None,
            path: "foo".to_owned(),
            message: "unknown key `foo`".to_owned(),
            help: Some("Delete it, 100 %.".to_owned()),
        };
        let text = SourceText {
            name: "a:b.toml".to_owned(),
            text: "ä\n\nfoo = 1".to_owned(),
        };
        let problems = Problems::new(vec![text], vec![problem]);
        assert_eq!(
            problems.plain(),
            "a:b.toml:3:1: error[unknown-key]: unknown key `foo` - Delete it, 100 %.\n"
        );
        assert_eq!(
            problems.to_github(),
            "::error file=a%3Ab.toml,line=3,col=1,title=unknown-key::unknown key `foo`. Delete it, 100 %25.\n"
        );
        assert_eq!(problems.to_json()[0]["line"], 3);
        assert_eq!(problems.to_json()[0]["end_column"], 4);
        let region =
            &problems.to_sarif()["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
        assert_eq!(region["region"]["startLine"], 3);
        assert!(problems.render(false).contains("3 | foo = 1\n  | ^^^"));
    }
}
