//! Why a written file is not understood, said without a line of it.
//!
//! Whoever names the wrong file may name a secret: a passphrase, or an officer's key. The parser's
//! own words show the line, which would then be on a screen, in a log or in a ticket. The name of
//! an unknown key is shown all the same: without it nobody finds a misspelt setting, and a secret
//! stands behind a key's name, or in a file that is no TOML and so has no keys.

/// Where a text is not what it must be, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {reason}")]
pub struct Unread {
    line: usize,
    column: usize,
    reason: String,
}

impl Unread {
    /// What the parser says about a text, without what it shows of it.
    #[must_use]
    pub fn new(error: &toml::de::Error, text: &str) -> Self {
        let start = error.span().map_or(0, |span| span.start);
        let before = text.get(..start).unwrap_or(text);
        let line = before.split('\n').count();
        let column =
            before.rsplit('\n').next().unwrap_or_default().chars().count().saturating_add(1);
        let reason = without_value(error.message());
        Self { line, column, reason: in_words(&reason).unwrap_or(reason) }
    }
}

/// What is there and what is wanted, in words of whoever writes the file instead of the parser's
/// types. `None` for a reason of another sort.
fn in_words(reason: &str) -> Option<String> {
    let (sort, rest) = reason.split_once(": ")?;
    let (found, wanted) = rest.rsplit_once(", expected ")?;
    match sort {
        "invalid type" => Some(format!("{} is wanted, and {} is there", noun(wanted), noun(found))),
        "invalid value" => Some(format!("{} is wanted, and this is none", noun(wanted))),
        _ => None,
    }
}

/// What is written in a file for one of the parser's types; what has no such word stays.
fn noun(kind: &str) -> &str {
    // Behind the type may stand the value, in quotes.
    let name = kind.split('`').next().unwrap_or(kind).trim_end();
    match name.trim_start_matches("a ") {
        "string" => "text in quotes",
        "map" => "a table",
        "sequence" => "a list in brackets",
        "boolean" => "true or false",
        "integer" | "floating point" => "a number",
        "u8" => "a whole number from 0 to 255",
        "u16" => "a whole number from 0 to 65535",
        "u32" => "a whole number from 0 to 4294967295",
        "u64" | "usize" => "a whole number from 0 on",
        _ if name.starts_with("struct ") => "a table",
        _ => name,
    }
}

/// The parser's reason, of which the value that has the wrong type is left out.
fn without_value(reason: &str) -> String {
    let quoted = [": string ", ": character "].into_iter().find_map(|sort| {
        let (what, rest) = reason.split_once(sort)?;
        let (_, expected) = rest.rsplit_once(", expected ")?;
        Some(format!("{what}{}, expected {expected}", sort.trim_end()))
    });
    quoted.unwrap_or_else(|| reason.lines().collect::<Vec<_>>().join("; "))
}
