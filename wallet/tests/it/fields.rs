//! What commands print for programs is what the manual says.

use crate::cli::{json, run};
use crate::enrol::{credentials, invite};
use crate::handover::scan;
use crate::loopback::serve;
use crate::people::{World, world};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;

/// Commands of two holders in an order that runs. What is in capitals stands for a file or a text.
const LINES: &[(&str, &str)] = &[
    ("alice", "enrol --invitation INVITATION"),
    ("bob", "enrol --invitation INVITATION"),
    ("alice", "words"),
    ("alice", "provision --slots 4"),
    ("alice", "withdraw --amount 1.00"),
    ("alice", "balance --online"),
    ("alice", "plan --amount 7.00"),
    ("bob", "offer --amount 7.00 --slots 2 --out OFFER"),
    ("bob", "show --message OFFER"),
    ("alice", "scan --out SCANNED"),
    ("alice", "inspect --message OFFER"),
    ("alice", "pay --offer OFFER --out PAYMENT"),
    ("bob", "inspect --message PAYMENT"),
    ("bob", "receive --payment PAYMENT --out RECEIPT"),
    ("alice", "confirm --receipt RECEIPT"),
    ("bob", "balance"),
    ("bob", "exchange"),
    ("bob", "deposit --all"),
    ("bob", "reference"),
    ("alice", "transfer --to REFERENCE --amount 2.00"),
    ("bob", "statement"),
    ("bob", "reconcile"),
    ("alice", "claim"),
    ("alice", "history"),
    ("anew", "restore --invitation INVITATION --words-file WORDS"),
];

/// The fields that the manual says a command prints.
fn written(command: &str) -> BTreeSet<&'static str> {
    let manual = include_str!("../../../docs/operations.md");
    let (_, section) = manual.split_once("\n### JSON of a wallet\n").expect("the section");
    let section = section.split("\n#").next().expect("a text has a beginning");
    let rows = section.lines().map(|row| row.split('|').skip(1).collect::<Vec<_>>());
    let quoted = format!("`{command}`");
    let row = rows.into_iter().find(|row| row.first().is_some_and(|name| name.contains(&quoted)));
    let row = row.unwrap_or_else(|| panic!("the manual has no row of {command}"));
    let cell = row.get(1).expect("a row has cells");
    cell.split('`').skip(1).step_by(2).collect()
}

/// Every field of an answer.
fn printed<'a>(said: &'a Value, fields: &mut BTreeSet<&'a str>) {
    match said {
        Value::Object(object) => {
            for (field, value) in object {
                fields.insert(field);
                printed(value, fields);
            }
        }
        Value::Array(rows) => rows.iter().for_each(|row| printed(row, fields)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// No field is printed that the manual does not name, and a file that was written is `out`.
#[test]
fn no_command_prints_a_field_that_the_manual_does_not_name() {
    let World { bank, mut alice, mut bob, .. } = world();
    let words = alice.words();
    alice.close();
    bob.close();
    let folder = tempfile::TempDir::new().unwrap();
    let (authority, own) = credentials("Harbour Bank");
    let (address, _stop) = serve(bank, &own);
    let there = invite(folder.path(), address, &authority);
    let file = |name: &str| folder.path().join(name).display().to_string();
    std::fs::write(file("WORDS"), words).unwrap();
    let (mut reference, mut pictures) = (String::new(), String::new());
    for (holder, line) in LINES {
        let command = line.split(' ').next().unwrap();
        let given = line.split(' ').map(|word| match word {
            "INVITATION" => there.clone(),
            "OFFER" | "SCANNED" | "PAYMENT" | "RECEIPT" | "WORDS" => file(word),
            "REFERENCE" => reference.clone(),
            word => word.to_owned(),
        });
        let given: Vec<_> = given.collect();
        let home = match *holder {
            "alice" => alice.home(),
            "bob" => bob.home(),
            name => folder.path().join(name),
        };
        let words: Vec<_> = given.iter().map(String::as_str).collect();
        let (code, out) = if command == "scan" {
            scan(&pictures, Path::new(&file("SCANNED")))
        } else {
            let (code, out, _) = run(&home, &words);
            (code, out)
        };
        assert_eq!(code, 0, "{line}: {out}");
        let said = json(&out);
        if let Some(shown) = said["pictures"].as_array() {
            let shown: Vec<_> = shown.iter().filter_map(Value::as_str).collect();
            pictures = shown.join("\n");
        }
        if command == "reference" {
            reference = said["reference"].as_str().unwrap().to_owned();
        }
        let wrote = given.iter().skip_while(|word| *word != "--out").nth(1).map(String::as_str);
        assert_eq!(said["out"].as_str(), wrote, "{line}");
        let mut fields = BTreeSet::new();
        printed(&said, &mut fields);
        let unknown: Vec<_> = fields.difference(&written(command)).copied().collect();
        assert!(unknown.is_empty() && !fields.is_empty(), "{line}: {unknown:?}");
    }
}

#[test]
fn no_command_is_left_out() {
    let program = env!("CARGO_BIN_EXE_tender-wallet");
    let help = std::process::Command::new(program).arg("--help").output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let commands = help.split("Commands:\n").nth(1).unwrap();
    let lines = commands.lines().take_while(|line| !line.is_empty());
    let names = lines.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let names: Vec<_> = names.filter_map(|line| line.split_whitespace().next()).collect();
    let given: BTreeSet<_> = LINES.iter().filter_map(|(_, line)| line.split(' ').next()).collect();
    let missing: Vec<_> =
        names.iter().filter(|name| **name != "help" && !given.contains(*name)).collect();
    assert!(names.len() > 10 && missing.is_empty(), "{missing:?} of {names:?}");
}
