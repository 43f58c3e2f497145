//! An order that is given once more: the same one is so already, another one in its place is not.

use crate::command_line::{apply, founded, run, told};
use crate::operator::Server;
use serde_json::{Value, json};
use std::path::Path;
use tender_token::encode::{Decode, Encode};
use tender_token::treasury::Instruction;

/// Every order that is the same one when it is given again, with what its object says of what and
/// whom it is about. The wallets' and the claims' are in `action.rs` and `claim/desk.rs`, which
/// have wallets and claims, and a ceremony's in `series.rs`.
const ORDERS: &[(&str, &[(&str, &str)])] = &[
    (
        "intermediary admit --application application.toml --out admission.toml --quota 50",
        &[("name", "Nordhaven"), ("out", "admission.toml")],
    ),
    ("intermediary quota --name Nordhaven --amount 5", &[("name", "Nordhaven")]),
    ("intermediary suspend --name Nordhaven", &[("name", "Nordhaven"), ("standing", "suspended")]),
    ("intermediary resume --name Nordhaven", &[("name", "Nordhaven"), ("standing", "admitted")]),
    (
        "staff appoint --name Anton --role auditor --out access.toml",
        &[("name", "Anton"), ("role", "auditor"), ("out", "access.toml")],
    ),
    ("staff dismiss --name Anton", &[("name", "Anton"), ("standing", "dismissed")]),
    (
        "treasury submit --instruction issue --approval issue.101 --approval issue.102",
        &[("order", "issue"), ("currency", "FLN")],
    ),
];

/// The same of what the root signs, with the server stopped.
const SIGNED: &[(&str, &[(&str, &str)])] = &[(
    "series revoke --proposal end --approval end.101 --approval end.102 \
     --root-passphrase-file root-passphrase",
    &[("subject", "everything")],
)];

/// Another order where one of those stands already, and by which code it is refused.
const OTHERS: &[(&str, &str)] = &[
    ("intermediary admit --application application.toml --out other.toml --quota 50", "TAKEN"),
    ("intermediary admit --application application.toml --out admission.toml", "TAKEN"),
    ("staff appoint --name Olga --role operator --out olga.toml", "TAKEN"),
    ("staff appoint --name Olga --role auditor --out other.toml", "TAKEN"),
    ("staff dismiss --name Nobody", "UNKNOWN_STAFF"),
    (
        "treasury submit --instruction changed --approval changed.101 --approval changed.102",
        "E_SID_CONFLICT",
    ),
];

fn given(folder: &Path, line: &str) -> (i32, Value) {
    run(folder, &line.split(' ').collect::<Vec<_>>())
}

fn done(folder: &Path, line: &str) -> Value {
    let (code, said) = given(folder, line);
    assert_eq!(code, 0, "{line}: {said}");
    said
}

fn approved(folder: &Path, verb: &str, flag: &str, file: &str) {
    for seed in ["101", "102"] {
        let key = format!("--key officer-{seed}.key --out {file}.{seed}");
        done(folder, &format!("{verb} approve --{flag} {file} {key}"));
    }
}

/// The first time it is done; the second time it is so already: no error, the same object about the
/// same thing, no action in the record, and a sentence for people.
fn twice(folder: &Path, orders: &[(&str, &[(&str, &str)])]) {
    for (line, about) in orders {
        let first = done(folder, line);
        assert_eq!(first.get("already"), None, "{line}: {first}");
        let record = done(folder, "action list");
        let again = done(folder, line);
        for said in [&first, &again] {
            for (field, value) in *about {
                assert_eq!(&said[*field], &json!(value), "{line}: {said}");
            }
        }
        assert_eq!((&again["already"], again.get("action")), (&json!(true), None), "{again}");
        assert_eq!(done(folder, "action list"), record, "{line}");
        let (code, sentence) = told(folder, &line.split(' ').collect::<Vec<_>>());
        let is_told = sentence.ends_with("; nothing was changed.\n");
        assert!(code == 0 && is_told && sentence.len() > 40, "{line}: {sentence}");
    }
}

/// Two newcomers got three answers to the same question: suspending twice was an error, dismissing
/// twice told of nobody, and submitting twice looked like a conflict. Whoever repeats an order
/// because the answer was lost gets one answer, from every command.
#[test]
fn an_order_that_is_repeated_is_so_already_and_another_in_its_place_is_refused_by_name() {
    let home = founded();
    let folder = home.path();
    apply(folder, "Nordhaven", 1);
    done(folder, "treasury issue --amount 20 --out issue");
    approved(folder, "treasury", "instruction", "issue");
    twice(folder, ORDERS);
    done(folder, "staff appoint --name Olga --role auditor --out olga.toml");
    change(folder);
    let server = Server::start(folder);
    for (line, about) in ORDERS.iter().filter(|(line, _)| line.starts_with("treasury")) {
        let said = done(folder, line);
        assert_eq!((&said["already"], &said[about[0].0]), (&json!(true), &json!(about[0].1)));
    }
    let record = done(folder, "action list");
    for (line, code) in OTHERS {
        let (exit, said) = given(folder, line);
        assert_eq!((exit, &said["error"]["code"]), (1, &json!(code)), "{line}: {said}");
    }
    assert_eq!(done(folder, "action list"), record);
    server.stop();
    done(folder, "revocation new --everything --out end");
    approved(folder, "revocation", "proposal", "end");
    twice(folder, SIGNED);
    assert_eq!(done(folder, "audit")["issued"], json!(2000));
}

/// An instruction of the same id as the one that was carried out, for more.
fn change(folder: &Path) {
    let text = std::fs::read_to_string(folder.join("issue")).expect("the folder is ours");
    let bytes = hex::decode(text.trim()).expect("it is hex");
    let mut instruction = Instruction::from_bytes(&bytes).expect("it is one");
    instruction.amount = instruction.amount.checked_add(instruction.amount).expect("it is small");
    let changed = hex::encode(instruction.to_bytes());
    std::fs::write(folder.join("changed"), changed).expect("the folder is ours");
    approved(folder, "treasury", "instruction", "changed");
}
