//! JSON as a tree of values that know where they stand.
//!
//! `serde_json` keeps no positions of values, so this is a reader of its own: RFC 8259, with
//! duplicate keys refused. It stops at the first error of syntax.

use std::ops::Range;

use super::tree::{Builder, Entry, Node, Value};

/// How deep values may be nested.
const DEPTH_MAX: usize = 80;

/// Reads the text of `builder`.
pub(crate) fn parse(builder: &mut Builder<'_>) -> Node {
    let text = builder.text;
    let mut reader = Reader {
        text,
        at: 0,
        builder,
    };
    if text.starts_with('\u{feff}') {
        reader.at = '\u{feff}'.len_utf8();
    }
    let result = reader.value(0).and_then(|node| {
        reader.skip_blanks();
        if reader.at < text.len() {
            return Err(reader.error_here("expected the end of the file"));
        }
        match node.value {
            Value::Table(_) => Ok(node),
            _ => Err(Error {
                message: "expected `{`".to_owned(),
                span: node.place.span,
            }),
        }
    });
    result.unwrap_or_else(|error| {
        builder.syntax_error(&error.message, error.span);
        Node::new(builder.place(0..0), Value::Table(Vec::new()))
    })
}

struct Error {
    message: String,
    span: Range<usize>,
}

struct Reader<'r, 'a> {
    text: &'a str,
    at: usize,
    builder: &'r mut Builder<'a>,
}

impl Reader<'_, '_> {
    fn error_here(&self, message: &str) -> Error {
        let length = self.text[self.at..]
            .chars()
            .next()
            .map_or(0, char::len_utf8);
        Error {
            message: message.to_owned(),
            span: self.at..self.at + length,
        }
    }

    fn skip_blanks(&mut self) {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r']).len();
    }

    fn peek(&mut self) -> Option<u8> {
        self.skip_blanks();
        self.text.as_bytes().get(self.at).copied()
    }

    fn expect(&mut self, token: u8, message: &str) -> Result<(), Error> {
        if self.peek() == Some(token) {
            self.at += 1;
            Ok(())
        } else {
            Err(self.error_here(message))
        }
    }

    fn value(&mut self, depth: usize) -> Result<Node, Error> {
        if depth > DEPTH_MAX {
            return Err(self.error_here("values are nested too deeply"));
        }
        let first = self.peek();
        let start = self.at;
        let value = match first {
            Some(b'{') => self.table(depth)?,
            Some(b'[') => self.list(depth)?,
            Some(b'"') => Value::Text(self.string()?),
            Some(b'-' | b'0'..=b'9') => self.number()?,
            _ => self.word()?,
        };
        Ok(Node::new(self.builder.place(start..self.at), value))
    }

    fn table(&mut self, depth: usize) -> Result<Value, Error> {
        self.at += 1;
        let mut entries: Vec<Entry> = Vec::new();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Value::Table(entries));
        }
        loop {
            if self.peek() != Some(b'"') {
                let message = match self.peek() {
                    Some(b'}') if !entries.is_empty() => {
                        "expected another key, because of the comma before"
                    }
                    _ => "expected a key in double quotes",
                };
                return Err(self.error_here(message));
            }
            let start = self.at;
            let key = self.string()?;
            let span = start..self.at;
            if entries.iter().any(|entry| entry.key == key) {
                self.builder
                    .syntax_error(&format!("duplicate key `{key}`"), span.clone());
            }
            self.expect(b':', "expected `:`")?;
            let node = self.value(depth + 1)?;
            entries.push(Entry {
                key,
                key_place: self.builder.place(span),
                node,
            });
            if self.peek() == Some(b'}') {
                self.at += 1;
                return Ok(Value::Table(entries));
            }
            self.expect(b',', "expected `,` or `}`")?;
        }
    }

    fn list(&mut self, depth: usize) -> Result<Value, Error> {
        self.at += 1;
        let mut items = Vec::new();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Value::List(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            if self.peek() == Some(b']') {
                self.at += 1;
                return Ok(Value::List(items));
            }
            self.expect(b',', "expected `,` or `]`")?;
        }
    }

    /// A string: its end is found here, its escapes are undone by `serde_json`.
    fn string(&mut self) -> Result<String, Error> {
        let start = self.at;
        let mut escaped = false;
        for (offset, c) in self.text[start + 1..].char_indices() {
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '"' => {
                    self.at = start + 1 + offset + 1;
                    let span = start..self.at;
                    return serde_json::from_str(&self.text[span.clone()]).map_err(|_| Error {
                        message: "invalid string".to_owned(),
                        span,
                    });
                }
                _ => {}
            }
        }
        Err(Error {
            message: "this string has no end".to_owned(),
            span: start..self.text.len(),
        })
    }

    fn number(&mut self) -> Result<Value, Error> {
        let start = self.at;
        let rest = &self.text[start..];
        let is_part = |c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.' | 'e' | 'E');
        let length = rest.find(|c: char| !is_part(c)).unwrap_or(rest.len());
        self.at += length;
        let (digits, span) = (&rest[..length], start..self.at);
        // `serde_json` knows what a number looks like, but not that it may lose digits.
        let valid = serde_json::from_str::<serde_json::Number>(digits).is_ok();
        let whole = !digits.contains(['.', 'e', 'E']);
        let exponent = digits.contains(['e', 'E']);
        if !valid && !exponent {
            return Err(Error {
                message: format!("`{digits}` is not a number"),
                span,
            });
        }
        Ok(if whole {
            self.builder.integer(digits, 10, span)
        } else {
            self.builder.number(digits, span)
        })
    }

    fn word(&mut self) -> Result<Value, Error> {
        let rest = &self.text[self.at..];
        for (word, value) in [
            ("true", Value::Boolean(true)),
            ("false", Value::Boolean(false)),
            ("null", Value::Other("nothing (null)")),
        ] {
            if rest.starts_with(word) {
                self.at += word.len();
                return Ok(value);
            }
        }
        Err(self.error_here("expected a value"))
    }
}
