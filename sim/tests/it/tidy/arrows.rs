//! Which crate may know which.

use toml::{Table, Value};

use super::Finding;
use super::source::Source;

/// token <- { store, proto } <- { issuer, intermediary, wallet } <- { sim, benches }, and no other
/// arrow.
const ARROWS: &[(&str, &[&str])] = &[
    ("token", &[]),
    ("token-fuzz", &["token"]),
    ("store", &["token"]),
    ("proto", &["token"]),
    ("issuer", &["token", "store", "proto"]),
    ("intermediary", &["token", "store", "proto"]),
    ("wallet", &["token", "store", "proto"]),
    ("sim", &["token", "proto", "issuer", "intermediary", "wallet"]),
    ("benches", &["token", "proto", "issuer", "intermediary", "wallet"]),
];

const PREFIX: &str = "tender-";
const SECTIONS: [&str; 3] = ["dependencies", "dev-dependencies", "build-dependencies"];

/// Finds dependencies against the arrows in a `Cargo.toml`, also those of tests and build scripts.
pub fn arrows(source: &Source) -> Vec<Finding> {
    if source.name() != "Cargo.toml" {
        return Vec::new();
    }
    let manifest: Table = match source.text.parse() {
        Ok(manifest) => manifest,
        Err(error) => {
            return vec![Finding { line: 1, advice: format!("write valid TOML: {error}") }];
        }
    };
    let package = manifest.get("package").and_then(|package| package.get("name"));
    let Some(package) = package.and_then(Value::as_str) else { return Vec::new() };
    let name = package.strip_prefix(PREFIX).unwrap_or(package);
    let Some((_, allowed)) = ARROWS.iter().find(|(from, _)| *from == name) else {
        let advice = format!("the crate `{name}` has no row in ARROWS; write what it may know");
        return vec![Finding { line: line_of(&source.text, package), advice }];
    };
    let known = own_crates(&manifest).into_iter();
    known
        .filter(|dependency| !allowed.contains(&dependency.as_str()))
        .map(|dependency| Finding {
            line: line_of(&source.text, &format!("{PREFIX}{dependency}")),
            advice: format!("`{name}` must not know `{dependency}`; remove the dependency"),
        })
        .collect()
}

/// The crates of this workspace that a manifest depends on, without their prefix.
fn own_crates(manifest: &Table) -> Vec<String> {
    let mut tables = vec![manifest];
    if let Some(targets) = manifest.get("target").and_then(Value::as_table) {
        tables.extend(targets.values().filter_map(Value::as_table));
    }
    let sections = tables.iter().flat_map(|table| SECTIONS.map(|section| table.get(section)));
    let mut crates = Vec::new();
    for (key, value) in sections.flatten().filter_map(Value::as_table).flatten() {
        let package = value.get("package").and_then(Value::as_str).unwrap_or(key);
        crates.extend(package.strip_prefix(PREFIX).map(str::to_owned));
    }
    crates
}

fn line_of(text: &str, word: &str) -> usize {
    text.lines().position(|line| line.contains(word)).map_or(1, |place| place + 1)
}
