//! Names from a file, made safe for other files, pictures and terminals.

/// Whether `name` can name a part of a model: letters, digits, `-`, `_` and `.`, at most 64
/// characters, and no leading `-` or `.`, so that it is harmless in a spreadsheet, a path, a
/// picture and a terminal.
pub fn is_name(name: &str) -> bool {
    name.chars().count() <= 64
        && name
            .chars()
            .next()
            .is_some_and(|first| first.is_alphanumeric() || first == '_')
        && name
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'))
}

/// Free text (a title, a question, a source) with control characters, line breaks included,
/// replaced by blanks, so that it cannot steer a terminal or break a table.
pub fn clean(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

/// `text` as a cell of a table that a spreadsheet may open: a leading `=`, `+`, `-` or `@` would be
/// run as a formula there, so it is preceded by an apostrophe. Numbers are not touched by this.
pub fn cell(text: &str) -> String {
    let text = clean(text);
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text
    }
}

/// `text` as part of a file's name: lower case, with everything but letters and digits as `-`.
pub fn slug(text: &str) -> String {
    let mut slug = String::new();
    for c in text.chars().flat_map(char::to_lowercase) {
        if c.is_ascii_alphanumeric() {
            slug.push(c);
        } else if !slug.ends_with('-') && !slug.is_empty() {
            slug.push('-');
        }
    }
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() {
        "scenario".to_owned()
    } else {
        slug.chars().take(60).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_carry_commands() {
        assert!(is_name("web-1.east"));
        for bad in ["", "=1+1", "-x", "a b", "a\u{1b}[31m", "../etc", "<svg>"] {
            assert!(!is_name(bad), "{bad}");
        }
    }

    #[test]
    fn a_formula_becomes_text() {
        assert_eq!(cell("=HYPERLINK(1)"), "'=HYPERLINK(1)");
        assert_eq!(clean("a\u{1b}[2Jb\nc"), "a [2Jb c");
    }

    #[test]
    fn a_slug_is_a_file_name() {
        assert_eq!(slug("Three-tier web shop!"), "three-tier-web-shop");
        assert_eq!(slug("../.."), "scenario");
    }
}
