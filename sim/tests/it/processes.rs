//! Whole processes: the demonstration as a person starts it, and as a person kills it.

use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Output, Stdio};

const SMALL_DAY: &str = include_str!("small-day.toml");
const ANY_TO_ANY: &str = include_str!("any-to-any.toml");

fn sim() -> Command {
    Command::new(env!("CARGO_BIN_EXE_tender-sim"))
}

/// Plays a scenario with `--json` from a folder of its own.
fn play(scenario: &str, folder: &Path) -> Output {
    let file = folder.join("day.toml");
    std::fs::write(&file, scenario).expect("a writable folder");
    let mut command = sim();
    command.args(["demo", "--json", "--scenario"]).arg(&file).current_dir(folder);
    command.stdin(Stdio::null()).output().expect("the program starts")
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).expect("one JSON object")
}

#[test]
fn a_day_with_a_cheat_ends_with_the_cheat_named_and_every_invariant() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let output = play(SMALL_DAY, folder.path());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let facts = json(&output);
    for (name, expected) in [
        ("payments", 4_u64),
        ("offline_payments", 4),
        ("hops_max", 2),
        ("double_spends_attempted", 1),
        ("double_spends_traced", 1),
        ("honest_accused", 0),
        ("payers_revealed", 1),
        ("issued", 100_000),
    ] {
        assert_eq!(facts[name], expected, "{name}");
    }
    for name in ["conservation", "single_spend", "settled", "no_framing"] {
        assert_eq!(facts[name], true, "{name}");
    }
    assert_eq!(facts["incidents"][0]["name"], "Mallory");
    assert_eq!(facts["incidents"][0]["verified"], true);
}

/// `settled`: every account holds exactly what the nine payments leave there.
#[test]
fn io01_every_bank_pays_out_what_customers_of_every_bank_paid() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let output = play(ANY_TO_ANY, folder.path());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let facts = json(&output);
    assert_eq!(facts["payments"], 9);
    for name in ["conservation", "single_spend", "settled", "no_framing"] {
        assert_eq!(facts[name], true, "{name}");
    }
}

/// Whether a file below a folder holds these bytes.
fn holds(folder: &Path, bytes: &[u8]) -> bool {
    std::fs::read_dir(folder).expect("readable").any(|entry| {
        let path = entry.expect("readable").path();
        if path.is_dir() {
            return holds(&path, bytes);
        }
        let content = std::fs::read(path).expect("readable");
        content.windows(bytes.len()).any(|window| window == bytes)
    })
}

#[test]
fn wt02_nothing_that_the_issuer_keeps_names_a_person() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (day, town) = (folder.path().join("day.toml"), folder.path().join("town"));
    let scenario = SMALL_DAY.replace("\"Bank\"", "\"Harbour Bank\"");
    std::fs::write(&day, &scenario).expect("a writable folder");
    let mut command = sim();
    command.args(["demo", "--json", "--scenario"]).arg(&day).arg("--keep").arg(&town);
    let output = command.stdin(Stdio::null()).output().expect("the program starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let issuer = town.join("issuer");
    assert!(holds(&issuer, b"Harbour Bank"), "the search finds what is there");
    for person in ["Alice", "Mallory"] {
        assert!(scenario.contains(person), "{person} is in the scenario");
        assert!(!holds(&issuer, person.as_bytes()), "{person}");
    }
}

#[test]
fn a_scenario_that_cannot_work_is_refused_with_its_line_before_anything_starts() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (from, to, line, hint) in [
        ("first = \"Shop\"", "first = \"Shpo\"", "line 54", "Shop"),
        ("amount = \"4.00\"", "amount = \"-4.00\"", "line 50", "negative"),
        ("withdraw = \"20.00\"", "withdraw = \"20.00 EUR\"", "line 27", "TST"),
    ] {
        assert!(SMALL_DAY.contains(from), "{from} is in the scenario");
        let output = play(&SMALL_DAY.replacen(from, to, 1), folder.path());
        assert_eq!(output.status.code(), Some(2), "{to}");
        let error = &json(&output)["error"];
        assert_eq!(error["code"], "USAGE", "{to}");
        let message = error["message"].as_str().expect("a sentence");
        assert!(message.contains(line) && message.contains(hint), "{to}: {message}");
    }
    let left: Vec<_> = std::fs::read_dir(folder.path()).expect("readable").collect();
    assert_eq!(left.len(), 1, "only the scenario itself is there");
}

#[test]
fn a_killed_demonstration_takes_its_servers_with_it_and_leaves_sound_stores() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (day, town) = (folder.path().join("day.toml"), folder.path().join("town"));
    std::fs::write(&day, SMALL_DAY).expect("a writable folder");
    let mut command = sim();
    command.args(["demo", "--scenario"]).arg(&day).arg("--keep").arg(&town);
    let mut child = command.stdout(Stdio::piped()).spawn().expect("the program starts");
    let stdout = BufReader::new(child.stdout.take().expect("piped"));
    let ready = stdout.lines().map_while(Result::ok).any(|line| line.contains("ready"));
    assert!(ready, "the servers run by now");
    child.kill().expect("it was running");
    child.wait().expect("it is ours");
    // A server that still ran would hold its store: the audit succeeds once they are gone.
    let audit = |role: &str, home: &str| {
        let mut command = sim();
        command.args(["role", role, "--json", "--home"]).arg(town.join(home)).arg("audit");
        command.output().expect("the program starts").status.code()
    };
    for (role, home) in [("issuer", "issuer"), ("intermediary", "intermediary-0")] {
        let sound = (0..1000).any(|_| audit(role, home) == Some(0));
        assert!(sound, "the {role} is gone and its store is sound");
    }
    assert!(play(SMALL_DAY, folder.path()).status.success(), "a second start is a fresh one");
}
