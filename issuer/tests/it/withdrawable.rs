//! What can be withdrawn from when, and what operators are told and offered about it.

use crate::command_line::{founded, run, told};
use crate::stage::OFFICERS;
use serde_json::{Value, json};
use std::path::Path;
use tender_token::date::calendar::{iso, read};

/// Runs a command that is carried out.
fn done(folder: &Path, line: &str) -> Value {
    let (code, said) = run(folder, &line.split(' ').collect::<Vec<_>>());
    assert_eq!(code, 0, "{line}: {said}");
    said
}

/// Lets two officers approve a proposal, and puts it into force.
fn put_into_force(folder: &Path, [approve, order]: [&str; 2], proposal: &str) {
    let mut line = format!("{order} --proposal {proposal} --root-passphrase-file root-passphrase");
    for seed in &OFFICERS[..2] {
        let out = format!("{proposal}-{seed}");
        let files = format!("--proposal {proposal} --key officer-{seed}.key --out {out}");
        done(folder, &format!("{approve} {files}"));
        line = format!("{line} --approval {out}");
    }
    done(folder, &line);
}

fn revoke(folder: &Path, series: u32) {
    let proposal = format!("end-{series}");
    done(folder, &format!("revocation new --series {series} --out {proposal}"));
    put_into_force(folder, ["revocation approve", "series revoke"], &proposal);
}

/// Whoever had revoked every series was offered one that began after them, and the list named a
/// day a week ahead.
#[test]
fn lc01_a_revoked_series_is_nothing_to_withdraw_from_for_the_list_and_the_next_ceremony() {
    let home = founded();
    let folder = home.path();
    let first = done(folder, "series list")["series"][0].take();
    let today = first["issue_from"].as_str().expect("it is text").to_owned();
    let day = |text: &Value| read(text.as_str().expect("it is text")).expect("it is a day");
    let after = day(&first["issue_until"]).checked_add(1).map(iso).expect("it is in range");
    let second = done(folder, "ceremony new --config issuer.toml --out second");
    assert_eq!((&second["begins"], &second["warning"]), (&json!(after), &Value::Null));
    put_into_force(folder, ["ceremony approve", "series rotate"], "second");

    revoke(folder, 1);
    let warning = format!("No series can be withdrawn from today, {today}: rotate now.");
    assert_eq!(done(folder, "series list")["warnings"][0], json!(warning), "the second is early");
    let new = "ceremony new --config issuer.toml";
    let early = done(folder, &format!("{new} --begins-in 3650 --out late"));
    let until =
        format!("Nothing can be withdrawn from {today} on, until series 2 begins on {after}.");
    assert_eq!(early["warning"], json!(until));

    revoke(folder, 2);
    assert_eq!(done(folder, "series list")["warnings"][0], json!(warning));
    let late = done(folder, &format!("{new} --begins-in 5 --out later --replace"));
    let until = format!(
        "Nothing can be withdrawn from {today} on, until this series begins on {}.",
        late["begins"].as_str().expect("it is text")
    );
    assert_eq!(late["warning"], json!(until));
    let third = done(folder, &format!("{new} --out third --replace"));
    assert_eq!((&third["begins"], &third["warning"]), (&json!(today), &Value::Null));
    put_into_force(folder, ["ceremony approve", "series rotate"], "third");
    let (_, said) = told(folder, &["series", "list"]);
    assert!(!said.contains("No series can be withdrawn"), "{said}");
}
