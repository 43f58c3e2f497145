//! What commands print for programs is what the manual says.

use crate::administration::{HOME, listed, run};
use crate::command_line::{init, joined};
use crate::desk::{Served, lose};
use crate::issuer::TestIssuer;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;

/// What the operator gives beside the staff's orders, while a server runs.
const SERVED: &[&str] = &[
    "customer add --name Ann --balance 10 --out ann.toml",
    "account",
    "account 1",
    "reconcile",
    "statement",
    "purchases",
    "purchases --out order",
    "metrics",
    "audit",
    "backup --out copy",
];

/// The rows of the manual's table: what it says of a command, and the fields.
fn rows() -> Vec<(&'static str, BTreeSet<&'static str>)> {
    let manual = include_str!("../../../docs/operations.md");
    let (_, section) = manual.split_once("\n### JSON of an intermediary\n").expect("the section");
    let section = section.split("\n#").next().expect("a text has a beginning");
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    let cells = rows.map(|row| row.split('|').skip(1).collect::<Vec<_>>());
    cells.map(|cells| (cells[0], cells[1].split('`').skip(1).step_by(2).collect())).collect()
}

/// The fields that the manual says a command prints, which is given as the line begins.
fn written(line: &str) -> BTreeSet<&'static str> {
    let words: Vec<_> = line.split(' ').collect();
    let named = [words.get(..2).unwrap_or_default().join(" "), words[0].to_owned()];
    let rows = rows();
    let row = named.iter().find_map(|name| {
        let quoted = format!("`{name}`");
        rows.iter().find(|(commands, _)| commands.contains(&quoted))
    });
    row.unwrap_or_else(|| panic!("the manual has no row of {line}")).1.clone()
}

/// Every field of an answer. What the labels of a metric are called is the metric's own.
fn printed<'a>(said: &'a Value, fields: &mut BTreeSet<&'a str>) {
    match said {
        Value::Object(object) => {
            for (field, value) in object {
                fields.insert(field);
                if field != "labels" {
                    printed(value, fields);
                }
            }
        }
        Value::Array(rows) => rows.iter().for_each(|row| printed(row, fields)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// No field is printed that the manual does not name.
pub fn check(line: &str, said: &Value) {
    let mut fields = BTreeSet::new();
    printed(said, &mut fields);
    let written = written(line);
    let unknown: Vec<_> = fields.difference(&written).collect();
    assert!(unknown.is_empty() && !fields.is_empty(), "{line}: {unknown:?}");
}

/// The staff's commands are looked at where all of them are given, in `administration`.
#[test]
fn no_command_prints_a_field_that_the_manual_does_not_name() {
    let folder = tempfile::tempdir().expect("a folder");
    let (folder, issuer) = (folder.path(), TestIssuer::up());
    issuer.distribute(70_000);
    let given = |line: &str| {
        let (code, said, told) = run(folder, &line.split(' ').collect::<Vec<_>>());
        assert_eq!(code, 0, "{line}: {told}");
        check(line, &said);
    };
    let home = joined(folder, &issuer);
    let other = folder.join("other");
    fs::create_dir(&other).expect("new");
    let (code, said, told) = run(&other, &init("Other", "127.0.0.1:0"));
    assert_eq!((code, said["out"].as_str().is_some()), (0, true), "{told}");
    check("init", &said);
    given("join --admission admission.toml");
    let config = home.join("intermediary.toml");
    let text = fs::read_to_string(&config).expect("there");
    let marks = "vault_low = \"1000.00\"\nvault_fill = \"5000.00\"\n";
    fs::write(&config, format!("{marks}{text}")).expect("ours");
    let server = Served::new(&home);
    for line in SERVED {
        given(line);
    }
    server.stop();
    lose(&folder.join(HOME));
    given("restore --from copy");
}

#[test]
fn every_command_has_its_row_in_the_manual() {
    let staff = ["customer", "tier", "action"].into_iter().flat_map(listed);
    let others = ["init", "join", "serve", "restore"].map(str::to_owned);
    let of_all = staff.chain(others).chain(SERVED.iter().map(|line| (*line).to_owned()));
    for line in of_all {
        assert!(!written(&line).is_empty(), "{line}");
    }
}
