//! The files of the repository.

use std::fs;
use std::path::Path;

use super::source::Source;

/// Every file, without what git keeps for itself and what the top `.gitignore` names.
pub fn sources() -> Vec<Source> {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("sim/ stands in the workspace");
    let ignored = fs::read_to_string(top.join(".gitignore")).expect("there is a .gitignore");
    let mut left_out: Vec<&str> = ignored.lines().map(|line| line.trim_matches('/')).collect();
    left_out.push(".git");
    let mut sources = Vec::new();
    for name in names_in(top) {
        if !left_out.contains(&name.as_str()) {
            collect(&top.join(&name), &name, &mut sources);
        }
    }
    assert!(sources.len() > 20, "the repository has more files than {}", sources.len());
    sources
}

fn collect(place: &Path, path: &str, sources: &mut Vec<Source>) {
    if place.is_dir() {
        for name in names_in(place) {
            collect(&place.join(&name), &format!("{path}/{name}"), sources);
        }
    } else if place.is_file() {
        let bytes = fs::read(place).unwrap_or_else(|error| panic!("cannot read {path}: {error}"));
        sources.push(Source::new(path, &String::from_utf8_lossy(&bytes)));
    }
}

fn names_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("the folders of the repository can be read");
    let name_of = |entry: fs::DirEntry| entry.file_name().to_string_lossy().into_owned();
    let mut names: Vec<String> =
        entries.map(|entry| name_of(entry.expect("an entry can be read"))).collect();
    names.sort();
    names
}
