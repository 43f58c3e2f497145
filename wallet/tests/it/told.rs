//! What a person reads: what happened, where the money is, what to do.

use crate::bank::rng;
use crate::cli::{json, run, tell};
use crate::enrol::{credentials, invite};
use crate::loopback::serve;
use crate::people::{World, hand, invitation, world};
use tender_token::date::Timestamp;
use tender_token::error::Error as Rule;
use tender_wallet::Wallet;

#[test]
fn an_account_that_could_not_be_asked_is_said_and_not_left_out() {
    let World { mut alice, .. } = world();
    alice.close();
    let (code, out, _) = tell(&alice.home(), &["balance", "--online"]);
    assert_eq!(code, 0);
    assert!(out.ends_with("\nThe account could not be asked.\n"), "{out}");
    let (code, out, _) = run(&alice.home(), &["balance", "--online"]);
    assert_eq!((code, &json(&out)["account"]), (0, &serde_json::Value::Null));
    let (_, out, _) = tell(&alice.home(), &["balance"]);
    assert!(!out.contains("account"), "nobody asked: {out}");
}

#[test]
fn reconciling_says_whether_the_limits_began_anew() {
    let World { mut bank, mut alice, mut bob, .. } = world();
    hand(&mut alice, &mut bob, 700, 2);
    bob.close();
    bank.refuse_deposit = Some(Rule::Manifest);
    let folder = tempfile::TempDir::new().unwrap();
    let (authority, own) = credentials("Harbour Bank");
    let (address, _stop) = serve(bank, &own);
    let there = invite(folder.path(), address, &authority);
    assert_eq!(tell(&bob.home(), &["enrol", "--invitation", &there]).0, 0);

    let (code, out, _) = tell(&bob.home(), &["reconcile"]);
    assert_eq!(code, 0);
    assert!(out.contains("7.00 FLN wait, so the limits did not begin anew."), "{out}");
    assert!(!out.contains("The limits began anew."), "{out}");
    let (code, out, _) = tell(&bob.home(), &["reconcile"]);
    assert_eq!(code, 0);
    assert!(out.ends_with("\nThe limits began anew.\n"), "{out}");
}

#[test]
fn a_stranger_on_the_line_sends_the_holder_for_a_new_invitation() {
    let World { bank, mut alice, .. } = world();
    alice.close();
    let folder = tempfile::TempDir::new().unwrap();
    let (_, own) = credentials("Harbour Bank");
    let (stranger, _) = credentials("Stranger");
    let (address, _stop) = serve(bank, &own);
    let misled = invite(folder.path(), address, &stranger);
    for arguments in [&["enrol", "--invitation", &misled][..], &["reconcile"]] {
        let (code, _, told) = tell(&alice.home(), arguments);
        assert_eq!(code, 3);
        assert!(told.contains("is not the intermediary."), "{told}");
        assert!(told.ends_with("Ask the intermediary for a new invitation.\n"), "{told}");
    }
    let nowhere = folder.path().join("nowhere.toml").display().to_string();
    let mut invitation = invitation();
    invitation.address = "no address".to_owned();
    std::fs::write(&nowhere, toml::to_string(&invitation).unwrap()).unwrap();
    let (code, _, told) = tell(&alice.home(), &["enrol", "--invitation", &nowhere]);
    assert_eq!(code, 2);
    assert!(told.ends_with("Ask the intermediary for a new invitation.\n"), "{told}");
}

#[test]
fn history_tells_dates_to_people_and_seconds_to_programs() {
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("store.redb");
    let mut wallet = Wallet::create(&path, invitation(), Timestamp(0), &mut rng()).unwrap();
    wallet.finish_enrol(Ok(()), Timestamp(1_772_357_400)).unwrap();
    drop(wallet);
    let (_, out, _) = tell(folder.path(), &["history"]);
    assert_eq!(out, "2026-03-01 09:30:00 UTC  Enrolled with the intermediary.\n");
    let (_, out, _) = run(folder.path(), &["history"]);
    assert_eq!(json(&out)["events"][0]["time"], 1_772_357_400);
}

#[test]
fn errors_name_the_program_and_misuse_is_one_line_for_programs() {
    let World { mut alice, .. } = world();
    alice.close();
    let (_, _, told) = tell(&alice.home(), &["plan", "--amount", "7.25"]);
    assert!(told.starts_with("tender-wallet: No tokens in this wallet make exactly"), "{told}");
    let (_, out, told) = run(&alice.home(), &["plan", "--amount", "seven"]);
    assert!(told.starts_with("tender-wallet: `seven` is no amount"), "{told}");
    let message = json(&out)["error"]["message"].clone();
    assert!(message.as_str().unwrap().starts_with("`seven`"), "{message}");
    let (code, out, _) = run(&alice.home(), &["dance"]);
    let message = json(&out)["error"]["message"].clone();
    assert_eq!((code, message.as_str()), (2, Some("error: unrecognized subcommand 'dance'")));
}

#[test]
fn g3_a_secret_that_is_given_for_an_invitation_is_not_shown() {
    let folder = tempfile::TempDir::new().unwrap();
    let secret = folder.path().join("secret");
    std::fs::write(&secret, "7af72dd1 horse\n").unwrap();
    let home = folder.path().join("wallet");
    let (code, _, told) = tell(&home, &["enrol", "--invitation", &secret.display().to_string()]);
    assert_eq!(code, 2, "{told}");
    assert!(told.contains("line 1, column ") && !told.contains("horse"), "{told}");
    assert!(!told.contains("7af72dd1"), "{told}");
}

#[test]
fn slots_that_came_in_before_a_refusal_are_told() {
    let World { mut bank, mut alice, .. } = world();
    alice.close();
    bank.openings_left = 1;
    let folder = tempfile::TempDir::new().unwrap();
    let (authority, own) = credentials("Harbour Bank");
    let (address, _stop) = serve(bank, &own);
    let there = invite(folder.path(), address, &authority);
    assert_eq!(tell(&alice.home(), &["enrol", "--invitation", &there]).0, 0);
    let (code, out, _) = tell(&alice.home(), &["provision", "--slots", "65"]);
    assert_eq!(code, 0);
    assert!(out.starts_with("64 slots came in; 72 are free. 1 more did not:"), "{out}");
    assert!(out.contains("Try again tomorrow."), "{out}");
    let (code, _, told) = tell(&alice.home(), &["provision", "--slots", "1"]);
    assert_eq!(code, 1, "{told}");
}
