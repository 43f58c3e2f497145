//! The record of actions: what the staff changed for customers, who did, and when.

use crate::bank::{Bank, clerk};
use crate::command_line::{invited, joined, run};
use crate::desk::Served;
use crate::issuer::TestIssuer;
use crate::mint::{NOW, rng};
use serde_json::Value;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use tender_intermediary::office::{Office, Staff};
use tender_intermediary::rows::{Action, Actions, CustomerId, Deed, OutsideNumber, UnixUser};

const ANN: CustomerId = CustomerId(1);

/// The record as it is in the books.
pub fn recorded(office: &Office) -> Vec<(u64, Action)> {
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
    let before = commits();
    let payout = OutsideNumber(1);
    assert!(office.erase(ANN, &clerk(), NOW).is_err(), "it is not paid");
    assert_eq!(commits(), before, "what is refused is no commit");
    office.pay(payout, &clerk(), NOW).expect("open");
    let other = Staff { name: "Other".to_owned(), ..clerk() };
    assert!(office.pay(payout, &other, NOW).is_err(), "once");
    office.reopen(payout, &clerk(), NOW).expect("paid");
    office.pay(payout, &clerk(), NOW).expect("open again");
    office.erase(ANN, &clerk(), NOW).expect("closed and paid");
    assert_eq!(commits(), before + 4);
    drop(office);
    bank.crash();
    let deeds: Vec<_> = recorded(&bank.office())
        .into_iter()
        .map(|(number, Action { at, user, by, customer, deed })| {
            assert_eq!((at, user, by.0.as_str(), customer), (NOW, UnixUser(1_000), "Clerk", ANN));
            (number, deed)
        })
        .collect();
    let [paid, unpaid] = [Deed::Paid(payout), Deed::Unpaid(payout)];
    let all = [Deed::Freeze, Deed::Unfreeze, Deed::Close, paid.clone(), unpaid, paid, Deed::Erase];
    assert_eq!(deeds, (1..).zip(all).collect::<Vec<_>>());
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

/// What a row of the list says that a clerk did for the first customer: the word, an amount, the
/// number of a payment outside, and a wallet.
fn told(row: &Value) -> (&str, Option<u64>, Option<u64>, Option<&str>) {
    assert_eq!((row["by"].as_str(), row["customer"].as_u64()), (Some("Clerk"), Some(1)), "{row}");
    let word = row["action"].as_str().expect("a word");
    (word, row["amount"].as_u64(), row["outside"].as_u64(), row["wallet"].as_str())
}

/// Each change is in the record once, with what it is about; an order that is repeated changes
/// nothing, and is no action.
#[test]
fn what_is_granted_invited_covered_paid_and_erased_is_recorded_once_and_names_nobody() {
    let folder = tempfile::tempdir().expect("a folder");
    let issuer = TestIssuer::up();
    let home = joined(folder.path(), &issuer);
    let (holder, code) = invited(&home, folder.path());
    let server = Served::new(&home);
    let enrolled = server.client(&home).enrol(&holder.registration, &code);
    assert_eq!(enrolled.expect("reached"), Ok(()));
    let child = folder.path().join("child.toml");
    let child = child.to_str().expect("UTF-8");
    let wallet = hex::encode(holder.identity.key().0);
    let order = |arguments: &[&str]| {
        let by = [&["customer"], arguments, &["--by", "Clerk"]].concat();
        run(&home, &by).0
    };
    for (ends, arguments) in [
        (0, &["verify", "1", "--attribute", "account", "--value", "CH93 0076"][..]),
        (0, &["invite", "1", "--grant", "50.00", "--out", child]),
        (0, &["invite", "1", "--grant", "50.00", "--out", child]),
        (0, &["grant", "1", "--wallet", &wallet, "--amount", "20.00"]),
        (0, &["grant", "1", "--wallet", &wallet, "--unlimited"]),
        (0, &["grant", "1", "--wallet", &wallet, "--unlimited"]),
        (0, &["cover", "1", "--amount", "250.00"]),
        (0, &["cover", "1", "--amount", "250.00"]),
        (0, &["freeze", "1"]),
        (0, &["freeze", "1"]),
        (0, &["close", "1", "--account", "CH93 0076"]),
        (0, &["paid", "1"]),
        (0, &["paid", "1"]),
        (0, &["unpaid", "1"]),
        (0, &["paid", "1"]),
        (0, &["erase", "1"]),
        (0, &["erase", "1"]),
        (1, &["cover", "1", "--amount", "1.00"]),
    ] {
        assert_eq!(order(arguments), ends, "{arguments:?}");
    }
    for nobody in [&["customer", "erase", "1"][..], &["customer", "paid", "1"]] {
        assert_eq!(run(&home, nobody).0, 2, "somebody must have decided it");
    }
    let (code, list) = run(&home, &["action", "list"]);
    let said: Vec<_> = list["actions"].as_array().expect("a list").iter().map(told).collect();
    let wallet = Some(wallet.as_str());
    let wanted = [
        ("invite", Some(5_000), None, None),
        ("grant", Some(2_000), None, wallet),
        ("grant", None, None, wallet),
        ("cover", Some(25_000), None, None),
        ("freeze", None, None, None),
        ("close", None, None, None),
        ("paid", None, Some(1), None),
        ("unpaid", None, Some(1), None),
        ("paid", None, Some(1), None),
        ("erase", None, None, None),
    ];
    assert_eq!((code, &said[..]), (0, &wanted[..]), "{list}");
    for personal in ["Ann", "CH93"] {
        assert!(!list.to_string().contains(personal), "{list}");
    }
    assert_eq!(run(&home, &["audit"]).1["violations"], Value::Array(Vec::new()));
    server.stop();
}
