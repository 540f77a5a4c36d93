//! What must be up, in words: `lb and (db or at_least(2, a, b, c))`.
//!
//! `and` binds more tightly than `or`. Positions are bytes of the expression.

use std::ops::Range;

/// An expression over names.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Expression {
    /// A group, component or service.
    Name(String, Range<usize>),
    /// The serving members of a group, each for itself: a part of `AtLeast` only.
    Each(String, Range<usize>),
    /// At least `k` of the parts.
    AtLeast(usize, Vec<Expression>),
}

/// What keeps a text from being an expression.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Error {
    pub(crate) message: String,
    pub(crate) help: Option<&'static str>,
    pub(crate) span: Range<usize>,
}

/// How deep parentheses may be nested.
const DEPTH_MAX: usize = 50;

/// Reads an expression.
pub(crate) fn parse(text: &str) -> Result<Expression, Error> {
    let tokens = tokens(text)?;
    let mut parser = Parser {
        tokens: &tokens,
        at: 0,
        end: text.len(),
    };
    let expression = parser.either(0)?;
    match parser.peek() {
        None => Ok(expression),
        Some(token) if token.text == ")" => Err(parser.error("this `)` closes nothing", None)),
        Some(_) => Err(parser.error(
            "expected `and` or `or`",
            Some("Join names with `and` or `or`; names have no blanks."),
        )),
    }
}

struct Token<'a> {
    text: &'a str,
    span: Range<usize>,
}

fn tokens(text: &str) -> Result<Vec<Token<'_>>, Error> {
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let length = if c.is_whitespace() {
            at += c.len_utf8();
            continue;
        } else if matches!(c, '(' | ')' | ',') {
            1
        } else if is_name(c) {
            text[at..].find(|c| !is_name(c)).unwrap_or(text.len() - at)
        } else {
            let help = match c {
                '&' => Some("Write `and`."),
                '|' => Some("Write `or`."),
                '!' => Some("There is no `not`: a repair must never take a service down."),
                _ => None,
            };
            let message = format!("`{c}` has no place here");
            return Err(Error {
                message,
                help,
                span: at..at + c.len_utf8(),
            });
        };
        tokens.push(Token {
            text: &text[at..at + length],
            span: at..at + length,
        });
        at += length;
    }
    Ok(tokens)
}

struct Parser<'t> {
    tokens: &'t [Token<'t>],
    at: usize,
    end: usize,
}

impl<'t> Parser<'t> {
    fn peek(&self) -> Option<&'t Token<'t>> {
        self.tokens.get(self.at)
    }

    fn accept(&mut self, text: &str) -> bool {
        let accepted = self.peek().is_some_and(|token| token.text == text);
        self.at += usize::from(accepted);
        accepted
    }

    fn error(&self, message: &str, help: Option<&'static str>) -> Error {
        let span = self
            .peek()
            .map_or(self.end..self.end, |token| token.span.clone());
        Error {
            message: message.to_owned(),
            help,
            span,
        }
    }

    fn expect(&mut self, text: &str) -> Result<(), Error> {
        if self.accept(text) {
            Ok(())
        } else {
            let help = match text {
                ")" => Some("Each opening bracket needs a closing one."),
                _ => None,
            };
            Err(self.error(&format!("expected `{text}`"), help))
        }
    }

    fn either(&mut self, depth: usize) -> Result<Expression, Error> {
        let mut parts = vec![self.both(depth)?];
        while self.accept("or") {
            parts.push(self.both(depth)?);
        }
        Ok(joined(1, parts))
    }

    fn both(&mut self, depth: usize) -> Result<Expression, Error> {
        let mut parts = vec![self.part(depth)?];
        while self.accept("and") {
            parts.push(self.part(depth)?);
        }
        Ok(joined(parts.len(), parts))
    }

    fn part(&mut self, depth: usize) -> Result<Expression, Error> {
        if depth > DEPTH_MAX {
            return Err(self.error("parentheses are nested too deeply", None));
        }
        let Some(token) = self.peek() else {
            return Err(self.error("expected a name, but the text ends here", None));
        };
        if self.accept("(") {
            let inside = self.either(depth + 1)?;
            self.expect(")")?;
            return Ok(inside);
        }
        if matches!(token.text, ")" | "," | "and" | "or") {
            return Err(self.error(&format!("expected a name, not `{}`", token.text), None));
        }
        let called = self
            .tokens
            .get(self.at + 1)
            .is_some_and(|next| next.text == "(");
        match token.text {
            "not" => Err(self.error(
                "there is no `not`",
                Some("A repair must never take a service down, so say what must be up."),
            )),
            "all" | "any" | "at_least" if called => self.call(token, depth),
            "each" if called => Err(self.error(
                "`each` counts members for `at_least`",
                Some("Write at_least(48, each(left), each(right))."),
            )),
            _ if called => Err(self.error(
                &format!("`{}` is not a function", token.text),
                Some("The functions are `all`, `any`, `at_least` and `each`."),
            )),
            name => {
                self.at += 1;
                Ok(Expression::Name(name.to_owned(), token.span.clone()))
            }
        }
    }

    /// A part that is counted: `each(GROUP)` where that has a meaning, or an expression.
    fn counted(&mut self, counts_each: bool, depth: usize) -> Result<Expression, Error> {
        let text = |ahead: usize| self.tokens.get(self.at + ahead).map(|token| token.text);
        if !counts_each || text(0) != Some("each") || text(1) != Some("(") {
            return self.either(depth + 1);
        }
        self.at += 2;
        let part = match self.peek() {
            Some(token) if !matches!(token.text, "(" | ")" | ",") => {
                Expression::Each(token.text.to_owned(), token.span.clone())
            }
            Some(_) | None => return Err(self.error("expected the name of a group", None)),
        };
        self.at += 1;
        self.expect(")")?;
        Ok(part)
    }

    fn call(&mut self, function: &Token<'_>, depth: usize) -> Result<Expression, Error> {
        self.at += 2;
        let mut wanted = None;
        if function.text == "at_least" {
            let count = self
                .peek()
                .and_then(|token| Some((token.text.parse::<usize>().ok()?, token)));
            let Some((k, token)) = count else {
                return Err(self.error(
                    "expected a whole number",
                    Some("Write at_least(2, a, b, c)."),
                ));
            };
            self.at += 1;
            wanted = Some((k, token.span.clone()));
            self.expect(",")?;
        }
        let counts_each = wanted.is_some();
        let mut parts = vec![self.counted(counts_each, depth)?];
        while self.accept(",") {
            parts.push(self.counted(counts_each, depth)?);
        }
        self.expect(")")?;
        // How many members a group has is not known here.
        let is_open = parts
            .iter()
            .any(|part| matches!(part, Expression::Each(..)));
        let k = match (wanted, function.text) {
            (Some((k, _)), _) if is_open => return Ok(Expression::AtLeast(k, parts)),
            (Some((k, span)), _) if k == 0 || k > parts.len() => {
                let count = parts.len();
                let message = format!(
                    "at_least({k}, ...) of {count} parts is {}",
                    if k == 0 { "always up" } else { "never up" }
                );
                return Err(Error {
                    message,
                    help: Some("Write a number from 1 to the number of parts."),
                    span,
                });
            }
            (Some((k, _)), _) => k,
            (None, "all") => parts.len(),
            (None, _) => 1,
        };
        Ok(joined(k, parts))
    }
}

/// One part stands for itself.
fn joined(k: usize, mut parts: Vec<Expression>) -> Expression {
    match parts.pop() {
        Some(only) if parts.is_empty() => only,
        Some(last) => {
            parts.push(last);
            Expression::AtLeast(k, parts)
        }
        None => Expression::AtLeast(k, parts),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(expression: &Expression) -> String {
        match expression {
            Expression::Name(name, _) => name.clone(),
            Expression::Each(name, _) => format!("each {name}"),
            Expression::AtLeast(k, parts) => {
                let parts: Vec<String> = parts.iter().map(words).collect();
                format!("{k}({})", parts.join(" "))
            }
        }
    }

    #[test]
    fn and_binds_more_tightly_than_or() {
        for (text, expected) in [
            ("a", "a"),
            ("a and b or c", "1(2(a b) c)"),
            ("a and (b or c)", "2(a 1(b c))"),
            ("at_least(2, a, b, c) and any(p, q)", "2(2(a b c) 1(p q))"),
            ("all(a, b) or all(c)", "1(2(a b) c)"),
            ("all and any", "2(all any)"),
            ("at_least(5, each(a), b, each(c))", "5(each a b each c)"),
            ("at_least(2, each(a))", "2(each a)"),
        ] {
            assert_eq!(
                parse(text).map(|e| words(&e)),
                Ok(expected.to_owned()),
                "{text}"
            );
        }
    }

    #[test]
    fn an_error_points_at_its_place() {
        for (text, message, span) in [
            ("", "expected a name, but the text ends here", 0..0),
            ("a and", "expected a name, but the text ends here", 5..5),
            ("a b", "expected `and` or `or`", 2..3),
            ("a & b", "`&` has no place here", 2..3),
            ("(a or b", "expected `)`", 7..7),
            ("a)", "this `)` closes nothing", 1..2),
            (
                "at_least(3, a, b)",
                "at_least(3, ...) of 2 parts is never up",
                9..10,
            ),
            (
                "at_least(0, a, b)",
                "at_least(0, ...) of 2 parts is always up",
                9..10,
            ),
            ("most(a, b)", "`most` is not a function", 0..4),
            ("not a", "there is no `not`", 0..3),
            ("each(a)", "`each` counts members for `at_least`", 0..4),
            ("all(each(a))", "`each` counts members for `at_least`", 4..8),
            (
                "at_least(2, each())",
                "expected the name of a group",
                17..18,
            ),
        ] {
            let error = parse(text).expect_err(text);
            assert_eq!(
                (error.message.as_str(), error.span),
                (message, span),
                "{text}"
            );
        }
    }
}
