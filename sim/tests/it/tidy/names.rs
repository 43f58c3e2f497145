//! Names that say nothing: code without a home is a missing noun.

use super::Finding;
use super::source::{Source, line_at, places_of_word};

/// In the singular; the plural is as bad.
const EMPTY_NAMES: &[&str] = &[
    "util", "common", "helper", "misc", "type", "shared", "core", "base", "manager", "handler",
    "prelude",
];

/// Finds empty names of files, folders and modules.
pub fn names(source: &Source) -> Vec<Finding> {
    let mut found = Vec::new();
    for part in source.path.split('/') {
        let stem = part.split('.').next().unwrap_or(part);
        if is_empty_name(stem) {
            found.push(Finding { line: 1, advice: advice(stem) });
        }
    }
    if source.is_rust() {
        for place in places_of_word(&source.code, "mod") {
            let rest = source.code[place + "mod".len()..].trim_start();
            let end = rest.find(|letter: char| !letter.is_alphanumeric() && letter != '_');
            let name = &rest[..end.unwrap_or(rest.len())];
            if is_empty_name(name) {
                let line = line_at(&source.code, place);
                found.push(Finding { line, advice: advice(name) });
            }
        }
    }
    found
}

fn is_empty_name(name: &str) -> bool {
    EMPTY_NAMES.contains(&name)
        || name.strip_suffix('s').is_some_and(|one| EMPTY_NAMES.contains(&one))
}

fn advice(name: &str) -> String {
    format!("`{name}` says nothing; name the noun that the code is about")
}
