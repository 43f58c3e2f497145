//! Words that must not be written, and words that must.

use super::Finding;
use super::source::{Source, line_at, places_of_word};

/// What a crate does not know, it does not name: folder, words, what it is about.
const UNKNOWN_WORDS: &[(&str, &[&str], &str)] = &[
    ("issuer/src/", &["customer"], "the issuer never learns who holds the money"),
    ("intermediary/src/", &["blinding", "master"], "the secrets of a wallet stay in the wallet"),
    ("wallet/src/", &["customer"], "a wallet does not know who else uses the bank"),
];

/// What the pure crate does not call.
const PURE: &str = "token/src/";
const IMPURE_NAMES: &[&str] = &["tokio", "tonic", "redb", "std::fs", "std::net", "SystemTime"];

/// Finds words that a crate must not know, also in comments, in any capitals and inside others;
/// and the names of everything impure in the pure crate, also in comments.
pub fn vocabulary(source: &Source) -> Vec<Finding> {
    let text = source.text.to_lowercase();
    let mut found = Vec::new();
    for (folder, words, reason) in UNKNOWN_WORDS {
        for word in words.iter().filter(|_| source.path.starts_with(folder)) {
            found.extend(text.match_indices(word).map(|(place, _)| Finding {
                line: line_at(&text, place),
                advice: format!("`{word}` is unknown in {folder}; {reason}"),
            }));
        }
    }
    for name in IMPURE_NAMES.iter().filter(|_| source.path.starts_with(PURE)) {
        found.extend(places_of_word(&source.text, name).into_iter().map(|place| Finding {
            line: line_at(&source.text, place),
            advice: format!("`{name}` is unknown in {PURE}; the money is pure functions"),
        }));
    }
    found
}

const SHORTCUTS: &[(&str, &str)] = &[
    ("todo!", "finish it"),
    ("unimplemented!", "finish it"),
    ("dbg!", "remove it"),
    ("#[ignore", "make the test run or remove it"),
    ("thread::sleep", "wait for what happens, not for time"),
];

/// Finds code that is unfinished or waits for time to pass. That live code does not unwrap is the
/// linter's business.
pub fn shortcuts(source: &Source) -> Vec<Finding> {
    let mut found = Vec::new();
    for (word, advice) in SHORTCUTS.iter().filter(|_| source.is_rust()) {
        found.extend(places_of_word(&source.code, word).into_iter().map(|place| Finding {
            line: line_at(&source.code, place),
            advice: format!("`{word}`: {advice}"),
        }));
    }
    found
}

/// Finds the paths of the machine on which the project is written. They are put together here, so
/// that this file does not contain them.
pub fn machine(source: &Source) -> Vec<Finding> {
    let paths = [concat!("..", "/shared"), concat!("/", "work/")];
    let places = paths.iter().flat_map(|path| source.text.match_indices(path));
    places
        .map(|(place, path)| Finding {
            line: line_at(&source.text, place),
            advice: format!("`{path}` is on one machine only; say it in the repository's words"),
        })
        .collect()
}

/// Finds source files that do not say at their beginning what they are for.
pub fn module_docs(source: &Source) -> Vec<Finding> {
    if !source.is_rust() || !source.is_under("src") || source.text.starts_with("//!") {
        return Vec::new();
    }
    let advice = "begin the file with `//!` and what it is for".to_owned();
    vec![Finding { line: 1, advice }]
}

const INVARIANTS: [&str; 8] = [
    "conservation",
    "single-spend",
    "one-answer",
    "durable",
    "append-only",
    "limits-hold",
    "no-framing",
    "settled",
];

/// Finds invariants that ARCHITECTURE.md does not name.
pub fn invariants(source: &Source) -> Vec<Finding> {
    if source.path != "ARCHITECTURE.md" {
        return Vec::new();
    }
    let unnamed = INVARIANTS.iter().filter(|name| !source.text.contains(**name));
    unnamed
        .map(|name| Finding { line: 1, advice: format!("name and explain the invariant `{name}`") })
        .collect()
}
