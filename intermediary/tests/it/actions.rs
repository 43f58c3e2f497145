//! The record of actions: what the staff changed for customers, who did, and when.

use crate::bank::{Bank, clerk};
use crate::command_line::{invited, joined, run};
use crate::issuer::TestIssuer;
use crate::mint::{NOW, rng};
use serde_json::Value;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use tender_intermediary::office::Office;
use tender_intermediary::rows::{Action, Actions, CustomerId, Deed, UnixUser};

const ANN: CustomerId = CustomerId(1);

fn recorded(office: &Office) -> Vec<(u64, Action)> {
    let mut actions = Vec::new();
    office.store().scan::<Actions>(|number, row| actions.push((number.0, row))).expect("books");
    actions
}

/// The change and its record are one commit, so no crash leaves one without the other; what is
/// refused is in no record and commits nothing of it.
#[test]
fn a_change_and_its_record_are_one_commit_and_survive_a_crash() {
    let mut bank = Bank::new(&TestIssuer::down(), &[("Ann", 500, "code")]);
    let office = bank.office();
    let commits = || office.store().commits().expect("books");
    let before = commits();
    office.freeze(ANN, true, &clerk(), NOW).expect("open");
    assert_eq!(commits(), before + 1);
    assert!(office.freeze(CustomerId(9), true, &clerk(), NOW).is_err(), "there is none");
    office.freeze(ANN, false, &clerk(), NOW).expect("open");
    office.close(ANN, "CH93", &clerk(), NOW, None, &mut rng()).expect("nothing is under way");
    assert!(office.freeze(ANN, true, &clerk(), NOW).is_err(), "it is closed");
    drop(office);
    bank.crash();
    let deeds: Vec<_> = recorded(&bank.office())
        .into_iter()
        .map(|(number, Action { at, user, by, customer, deed })| {
            assert_eq!((at, user, by.0.as_str(), customer), (NOW, UnixUser(1_000), "Clerk", ANN));
            (number, deed)
        })
        .collect();
    assert_eq!(deeds, [(1, Deed::Freeze), (2, Deed::Unfreeze), (3, Deed::Close)]);
    assert!(bank.audit().violations.is_empty(), "the audit counts them");
}

/// Whose command it was the system says, and no word of the record names a customer.
#[test]
fn actions_are_listed_with_who_did_them_and_nothing_of_the_person() {
    let folder = tempfile::tempdir().expect("a folder");
    let home = joined(folder.path(), &TestIssuer::down());
    invited(&home, folder.path());
    for command in ["freeze", "unfreeze", "freeze"] {
        let order = ["customer", command, "1", "--by", "Clerk"];
        assert_eq!(run(&home, &order).0, 0, "{command}");
    }
    for nobody in [&["customer", "freeze", "1"][..], &["customer", "freeze", "1", "--by", ""]] {
        assert_eq!(run(&home, nobody).0, 2, "somebody must have decided it");
    }
    let close = ["customer", "close", "1", "--account", "CH93 0076", "--by", "Chief"];
    assert_eq!(run(&home, &close).0, 0);
    let (code, list) = run(&home, &["action", "list"]);
    let own = u64::from(fs::metadata(&home).expect("there").uid());
    let rows = list["actions"].as_array().expect("a list");
    let said: Vec<_> = rows
        .iter()
        .map(|row| {
            assert_eq!((row["user"].as_u64(), row["customer"].as_u64()), (Some(own), Some(1)));
            (row["action"].as_str().unwrap_or(""), row["by"].as_str().unwrap_or(""))
        })
        .collect();
    let clerk = ["freeze", "unfreeze", "freeze"].map(|deed| (deed, "Clerk"));
    assert_eq!((code, &said[..3], said[3]), (0, &clerk[..], ("close", "Chief")), "{list}");
    for personal in ["Ann", "CH93"] {
        assert!(!list.to_string().contains(personal), "{list}");
    }
    let some = |arguments: &[&str]| {
        let (_, list) = run(&home, &[&["action", "list"], arguments].concat());
        list["actions"].as_array().map(Vec::len)
    };
    assert_eq!(some(&["--after", "3"]), Some(1));
    assert_eq!((some(&["1"]), some(&["2"])), (Some(4), Some(0)));
    assert_eq!(run(&home, &["audit"]).1["violations"], Value::Array(Vec::new()));
}
