//! One deposit's trace through the logs of three processes, which name no person and no token.

use crate::town::{SMALL_DAY, Town};
use std::collections::BTreeSet;
use tender_issuer::rows::CashedTokens;
use tender_issuer::store::{Directory, Store};

/// A customer's name that stands in no log by chance.
const CANARY: &str = "Zerlinda-Quux";

/// The ids in the lines with these words.
fn ids(log: &str, words: &[&str]) -> BTreeSet<String> {
    let lines = log.lines().filter(|line| words.iter().all(|word| line.contains(word)));
    let ids = lines.filter_map(|line| line.split("id=\"").nth(1)?.split('"').next());
    ids.map(str::to_owned).collect()
}

/// A token's id as a log could show it: in hex, and as a list of numbers.
fn shown(bytes: &[u8]) -> [String; 2] {
    let start = bytes.get(..16).expect("an id has 32 bytes");
    let list: Vec<_> = start.iter().map(ToString::to_string).collect();
    [hex::encode(start), list.join(", ")]
}

/// The wallet makes one id for its deposit and logs it; under the same id the intermediary logs
/// what it was asked and whom it asked, and the issuer what it was asked. Neither the customer's
/// name nor a token's id is in any of the three logs.
#[test]
fn ra04_a_deposit_is_one_trace_through_three_logs_that_name_nobody() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let town = Town::play(folder.path(), &SMALL_DAY.replace("Alice", CANARY));
    let issuer = town.serve("issuer", "issuer", "issuer.log");
    let intermediary = town.serve("intermediary", "intermediary-0", "intermediary.log");
    town.done(("wallet", "wallet-0"), &["provision", "--slots", "4"], "provision.log");
    town.done(("wallet", "wallet-0"), &["withdraw", "--amount", "7.00"], "withdraw.log");
    town.done(("wallet", "wallet-0"), &["deposit", "--all"], "deposit.log");
    town.done(("wallet", "wallet-0"), &["reconcile"], "reconcile.log");
    drop((intermediary, issuer));

    let names = ["provision", "withdraw", "deposit", "reconcile", "intermediary", "issuer"];
    let logs = names.map(|name| town.log(&format!("{name}.log")));
    let [_, _, wallet, _, intermediary, issuer] = &logs;
    let asked = ids(wallet, &["the next tier is asked"]);
    let served = ids(intermediary, &["answered", "/tender.v1.Intermediary/Deposit"]);
    let handed_on =
        ids(intermediary, &["the next tier is asked", "/tender.v1.Intermediary/Deposit"]);
    let cashed = ids(issuer, &["answered", "/tender.v1.Issuer/Deposit"]);
    assert_eq!(served.len(), 1, "one deposit was asked for: {served:?}");
    assert!(served.is_subset(&asked), "{served:?} {asked:?}");
    assert_eq!((&handed_on, &cashed), (&served, &served), "one trace, and no other");

    let mut canaries = vec![CANARY.to_owned()];
    let store = Store::open(&Directory::new(&town.path("issuer"))).expect("the servers are gone");
    let scan = store.scan::<CashedTokens>(|token, _| canaries.extend(shown(&token.0)));
    scan.expect("the store answers");
    assert!(canaries.len() > 6, "tokens were cashed");
    for (name, log) in names.iter().zip(&logs) {
        assert!(!log.is_empty(), "{name}");
        for canary in &canaries {
            assert!(!log.contains(canary), "{canary} is in the log of {name}");
        }
    }
}
