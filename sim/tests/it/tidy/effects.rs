//! Which file owns which effect: the database, the wire, the surroundings, waiting, secret keys.
//!
//! These rules look at live code only: tests may do what they need.

use super::Finding;
use super::source::{Source, line_at, places_of_word};

/// Finds the embedded database outside of the store.
pub fn database(source: &Source) -> Vec<Finding> {
    let owned = source.name() == "store.rs" || source.is_under("store");
    let advice = "the database belongs in store.rs or store/; ask the store";
    outside(source, owned, &["redb"], advice)
}

/// Finds the wire outside of services and clients.
pub fn wire(source: &Source) -> Vec<Finding> {
    let owned = ["service.rs", "client.rs", "upstream.rs"].contains(&source.name())
        || source.is_under("service")
        || source.is_under("pipeline")
        || source.path.starts_with("proto/src/transport/")
        || ["proto/src/transport.rs", "proto/src/certificate.rs"].contains(&source.path.as_str());
    let advice = "the wire belongs in service.rs, client.rs or upstream.rs; call those";
    let words = ["tonic::transport", "tonic::async_trait", "serve_with_incoming"];
    outside(source, owned, &words, advice)
}

/// Finds clocks, the environment and the randomness of the system outside of `main.rs`.
pub fn surroundings(source: &Source) -> Vec<Finding> {
    let owned = source.name() == "main.rs"
        || source.path == "sim/src/demo.rs"
        || source.path.starts_with("sim/src/demo/");
    let advice = "clock, environment and randomness belong in main.rs; take them as arguments";
    let words = ["SystemTime", "Instant::now", "std::env", "getrandom", "SysRng"];
    outside(source, owned, &words, advice)
}

/// Finds `async` outside of the edges of a program.
pub fn asynchrony(source: &Source) -> Vec<Finding> {
    let edges = ["service.rs", "client.rs", "upstream.rs", "pipeline.rs", "journal.rs", "main.rs"];
    let owned = edges.contains(&source.name())
        || source.is_under("service")
        || source.is_under("pipeline")
        || source.is_under("journal")
        || source.path.starts_with("proto/src/transport/")
        || source.top() == "sim";
    let advice = "only the wire, the pipeline, the journal and main.rs wait; make this a function";
    outside(source, owned, &["async"], advice)
}

/// Finds secret keys of the servers outside of `signer.rs` and `signer/`.
pub fn secret_keys(source: &Source) -> Vec<Finding> {
    let owned = ["signer.rs", "main.rs"].contains(&source.name())
        || source.is_under("signer")
        || !["issuer", "intermediary"].contains(&source.top());
    let advice = "secret keys belong in signer.rs or signer/; ask the signer to sign";
    outside(source, owned, &["SecretKey", "SigningKey"], advice)
}

fn outside(source: &Source, owned: bool, words: &[&str], advice: &str) -> Vec<Finding> {
    if owned || !source.is_live() {
        return Vec::new();
    }
    let mut found: Vec<(usize, &str)> = Vec::new();
    let imports = imports(&source.live);
    for word in words {
        let places = places_of_word(&source.live, word);
        found.extend(places.into_iter().map(|place| (line_at(&source.live, place), *word)));
        let named = imports.iter().filter(|(_, path)| !places_of_word(path, word).is_empty());
        found.extend(named.map(|(line, _)| (*line, *word)));
    }
    found.sort_unstable();
    found.dedup();
    found
        .into_iter()
        .map(|(line, word)| Finding { line, advice: format!("`{word}`: {advice}") })
        .collect()
}

/// The full paths of the `use` items, so that `use std::{env, fs};` imports `std::env`.
fn imports(code: &str) -> Vec<(usize, String)> {
    let mut paths = Vec::new();
    for place in places_of_word(code, "use") {
        let rest = &code[place + "use".len()..];
        let end = rest.find(';').unwrap_or(rest.len());
        let mut tree = Vec::new();
        spread("", &rest[..end], &mut tree);
        paths.extend(tree.into_iter().map(|path| (line_at(code, place), path)));
    }
    paths
}

fn spread(front: &str, tree: &str, paths: &mut Vec<String>) {
    let mut depth = 0_isize;
    let parts = tree.split(|letter: char| {
        depth += isize::from(letter == '{') - isize::from(letter == '}');
        depth == 0 && letter == ','
    });
    for part in parts.map(str::trim) {
        if let Some((path, inside)) = part.split_once('{') {
            let inside = inside.strip_suffix('}').unwrap_or(inside);
            spread(&format!("{front}{}", path.trim()), inside, paths);
        } else {
            let path = part.split_whitespace().next().unwrap_or(part);
            paths.push(format!("{front}{path}"));
        }
    }
}
