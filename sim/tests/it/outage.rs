//! A wallet, its bank and the real issuer, of which each is killed with work under way: what was
//! asked for takes place once, and everything is settled.

use crate::town::{SMALL_DAY, Town};
use serde_json::Value;
use std::time::{Duration, Instant};

const ISSUER: (&str, &str) = ("issuer", "issuer");
const BANK: (&str, &str) = ("intermediary", "intermediary-0");
const ALICE: (&str, &str) = ("wallet", "wallet-0");
/// No answer: the request is kept, and is to be asked again.
const FAULT: Option<i32> = Some(3);
/// How long anything may take to settle.
const WITHIN: Duration = Duration::from_mins(1);

fn units(told: &Value, name: &str) -> u64 {
    told[name].as_u64().unwrap_or_else(|| panic!("{name}: {told}"))
}

/// Reconciles until the wallet has nothing under way; gives what came in of withdrawals.
fn settle(town: &Town) -> u64 {
    let (began, mut withdrawn) = (Instant::now(), 0);
    loop {
        let (code, done) = town.run(ALICE, &["reconcile"], "alice.log");
        withdrawn += done.get("withdrawn").and_then(Value::as_u64).unwrap_or_default();
        let pending = units(&town.done(ALICE, &["balance"], "alice.log"), "pending");
        if (code, pending) == (Some(0), 0) {
            return withdrawn;
        }
        assert!(began.elapsed() < WITHIN, "{pending} are still under way: {done}");
    }
}

#[test]
fn ra25_whoever_of_wallet_bank_and_issuer_is_killed_everything_takes_place_once() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let town = Town::play(folder.path(), SMALL_DAY);
    let wallet = |arguments: &[&str]| town.run(ALICE, arguments, "alice.log");
    let issuer = town.serve(ISSUER.0, ISSUER.1, "issuer.log");
    let bank = town.serve(BANK.0, BANK.1, "bank.log");
    town.done(ALICE, &["provision", "--slots", "16"], "alice.log");
    let before = town.done(ALICE, &["balance", "--online"], "alice.log");
    let (held, account) = (units(&before, "value"), units(&before, "account"));

    // The issuer is killed, a withdrawal is asked for, and the bank is killed with it under way.
    issuer.kill();
    assert_eq!(wallet(&["withdraw", "--amount", "7.00"]).0, FAULT, "it is kept");
    bank.kill();
    assert_eq!(wallet(&["withdraw", "--amount", "7.00"]).0, FAULT, "nobody is there");
    let bank = town.serve(BANK.0, BANK.1, "bank.log");
    assert_eq!(wallet(&["withdraw", "--amount", "7.00"]).0, FAULT, "the same is still kept");
    let issuer = town.serve(ISSUER.0, ISSUER.1, "issuer.log");
    assert_eq!(settle(&town), 700, "however often it was asked for");
    let now = town.done(ALICE, &["balance", "--online"], "alice.log");
    assert_eq!((units(&now, "value"), units(&now, "account")), (held + 700, account - 700));

    // The same for a deposit, and now the bank comes back last.
    issuer.kill();
    assert_eq!(wallet(&["deposit", "--all"]).0, FAULT, "it is kept");
    bank.kill();
    let issuer = town.serve(ISSUER.0, ISSUER.1, "issuer.log");
    assert_eq!(wallet(&["deposit", "--all"]).0, FAULT, "nobody is there");
    let bank = town.serve(BANK.0, BANK.1, "bank.log");
    settle(&town);
    let now = town.done(ALICE, &["balance", "--online"], "alice.log");
    assert_eq!((units(&now, "value"), units(&now, "account")), (0, account + held));

    drop((bank, issuer));
    let audit = town.done(BANK, &["audit"], "staff.log");
    assert_eq!((&audit["violations"], units(&audit, "journal_open")), (&Value::Array(vec![]), 0));
    assert_eq!(audit["vault_mirror"], audit["vault_stated"]);
    assert_eq!(audit["invariants"]["settled"], true, "{audit}");
    let audit = town.done(ISSUER, &["audit"], "staff.log");
    assert_eq!(audit["violations"], Value::Array(vec![]));
    assert_eq!(audit["invariants"]["conservation"], true);
}
