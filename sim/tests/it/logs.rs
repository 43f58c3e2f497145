//! What the servers' logs say of a whole day: every request by its id, and no secret at all.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tender_issuer::rows::CashedTokens;
use tender_issuer::store::{Directory, Store};

const SMALL_DAY: &str = include_str!("small-day.toml");

/// Everything that our own code can say, and what the libraries below it say of connections.
const LEVELS: &str = "debug,tender_proto=trace,tender_issuer=trace,tender_intermediary=trace";

/// The files below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("the folder is kept") {
        let path = entry.expect("readable").path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

/// Bytes as a log could show them: in hex, and as a list of numbers.
fn shown(bytes: &[u8]) -> [String; 2] {
    let start: Vec<u8> = bytes.iter().take(16).copied().collect();
    let list: Vec<_> = start.iter().map(ToString::to_string).collect();
    [hex::encode(&start), list.join(", ")]
}

/// What lies in a key file: its long words, or its bytes.
fn secrets(path: &Path) -> Vec<String> {
    let bytes = std::fs::read(path).expect("readable");
    let Ok(text) = std::str::from_utf8(&bytes) else { return shown(&bytes).into() };
    let words = text.split(|letter: char| !letter.is_ascii_alphanumeric());
    words.filter(|word| word.len() >= 24).map(str::to_owned).collect()
}

/// The ids under which a method's requests are logged.
fn ids<'a>(log: &'a str, method: &str) -> BTreeSet<&'a str> {
    let lines = log.lines().filter(|line| line.contains("answered") && line.contains(method));
    lines.filter_map(|line| line.split("id=\"").nth(1)?.split('"').next()).collect()
}

/// A day is played with every log on. Keys, passphrases and tokens of that day appear in none of
/// them, in no form; and a deposit is found under one id at both servers.
#[test]
fn g3_logs_follow_a_request_and_hold_no_secret() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (day, town) = (folder.path().join("day.toml"), folder.path().join("town"));
    std::fs::write(&day, SMALL_DAY).expect("a writable folder");
    let mut command = Command::new(env!("CARGO_BIN_EXE_tender-sim"));
    command.args(["demo", "--json", "--scenario"]).arg(&day).arg("--keep").arg(&town);
    command.env("RUST_LOG", LEVELS).env("NO_COLOR", "1").stdin(Stdio::null());
    let output = command.output().expect("the program starts");
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{log}");

    let [asked, cashed] = ["/tender.v1.Intermediary/Deposit", "/tender.v1.Issuer/Deposit"]
        .map(|method| ids(&log, method));
    assert!(asked.intersection(&cashed).next().is_some(), "{asked:?} {cashed:?}");

    let key_files = files(&town).into_iter().filter(|path| {
        path.components().any(|part| part.as_os_str() == "keys") && path.extension().is_some()
    });
    let mut canaries: Vec<String> = key_files.flat_map(|path| secrets(&path)).collect();
    assert!(canaries.len() > 10, "keys are secrets");
    let store = Store::open(&Directory::new(&town.join("issuer"))).expect("the servers are gone");
    let keys = canaries.len();
    store
        .scan::<CashedTokens>(|token, _| canaries.extend(shown(&token.0)))
        .expect("the store answers");
    assert!(canaries.len() > keys, "tokens were cashed that day");
    for canary in canaries {
        assert!(!log.contains(&canary), "{canary} is in a log");
    }
}
