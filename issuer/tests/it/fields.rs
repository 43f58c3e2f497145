//! What commands print for programs is what the manual says.

use crate::command_line::{apply, founded, run};
use serde_json::Value;
use std::collections::BTreeSet;

/// Commands in an order that runs, as the words and what is given with them.
const LINES: &[(&str, &str)] = &[
    ("officer new", "--out officer.key"),
    ("treasury issue", "--amount 20 --out issue"),
    ("treasury approve", "--instruction issue --key officer-101.key --out issue.101"),
    ("treasury approve", "--instruction issue --key officer-102.key --out issue.102"),
    ("treasury submit", "--instruction issue --approval issue.101 --approval issue.102"),
    ("treasury submit", "--instruction issue --approval issue.101 --approval issue.102"),
    ("intermediary admit", "--application application.toml --out admission.toml"),
    ("intermediary rotate", "--name Nordhaven --out second.toml"),
    ("intermediary quota", "--name Nordhaven --amount 50"),
    ("intermediary suspend", "--name Nordhaven"),
    ("intermediary resume", "--name Nordhaven"),
    ("intermediary list", ""),
    ("treasury credit-reserves", "--intermediary Nordhaven --amount 20 --out credit"),
    ("treasury approve", "--instruction credit --key officer-101.key --out credit.101"),
    ("treasury approve", "--instruction credit --key officer-102.key --out credit.102"),
    ("treasury submit", "--instruction credit --approval credit.101 --approval credit.102"),
    ("treasury distribute", "--intermediary Nordhaven --amount 5 --out distribute"),
    ("treasury statement", ""),
    ("staff appoint", "--name Anton --role auditor --out access.toml"),
    ("staff list", ""),
    ("staff dismiss", "--name Anton"),
    ("certificate list", ""),
    ("certificate renew", ""),
    ("wallet list", "--intermediary Nordhaven"),
    ("action list", ""),
    ("incident list", ""),
    ("claim list", ""),
    ("log export", "--out leaves"),
    ("supply", ""),
    ("trust", ""),
    ("backup", "--out copy"),
    ("audit", ""),
    ("series list", ""),
    ("ceremony new", "--config issuer.toml --out next"),
    ("ceremony approve", "--proposal next --key officer-101.key --out next.101"),
    ("ceremony approve", "--proposal next --key officer-102.key --out next.102"),
    (
        "series rotate",
        "--proposal next --approval next.101 --approval next.102 \
         --root-passphrase-file root-passphrase",
    ),
    ("revocation new", "--everything --out end"),
    ("revocation approve", "--proposal end --key officer-101.key --out end.101"),
    ("revocation approve", "--proposal end --key officer-102.key --out end.102"),
    (
        "series revoke",
        "--proposal end --approval end.101 --approval end.102 \
         --root-passphrase-file root-passphrase",
    ),
];

/// The fields that the manual says a command prints.
pub fn written(command: &str) -> BTreeSet<String> {
    let manual = include_str!("../../../docs/operations.md");
    let (_, section) = manual.split_once("\n### JSON of the issuer\n").expect("the section");
    let section = section.split("\n#").next().expect("a text has a beginning");
    let quoted = format!("`{command}`");
    let row = section.lines().find(|line| {
        line.starts_with("| `") && line.split('|').nth(1).is_some_and(|cell| cell.contains(&quoted))
    });
    let row = row.unwrap_or_else(|| panic!("the manual has no row of {command}"));
    let cell = row.split('|').nth(2).expect("a row has cells");
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// Every field of an answer.
pub fn printed(said: &Value, fields: &mut BTreeSet<String>) {
    match said {
        Value::Object(object) => {
            for (field, value) in object {
                fields.insert(field.clone());
                printed(value, fields);
            }
        }
        Value::Array(rows) => rows.iter().for_each(|row| printed(row, fields)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// No field is printed that the manual does not name, and what every answer of a command has is
/// what it prints.
#[test]
fn no_command_prints_a_field_that_the_manual_does_not_name() {
    let home = founded();
    let folder = home.path();
    apply(folder, "Nordhaven", 1);
    for (command, given) in LINES {
        let words = command.split(' ').chain(given.split_whitespace());
        let (code, said) = run(folder, &words.collect::<Vec<_>>());
        assert_eq!(code, 0, "{command} {given}: {said}");
        let mut fields = BTreeSet::new();
        printed(&said, &mut fields);
        let unknown: Vec<_> = fields.difference(&written(command)).cloned().collect();
        assert!(unknown.is_empty() && !fields.is_empty(), "{command}: {unknown:?}");
    }
}
