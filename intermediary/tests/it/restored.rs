//! Books that were put back from an older copy: what they miss has a name, and nothing is credited
//! twice.

use crate::bank::Bank;
use crate::holder::Drawn;
use crate::issuer::TestIssuer;
use crate::mint::{minor, random};
use crate::transfer::{Branch, towns};
use serde_json::Value;
use std::path::{Path, PathBuf};
use tender_intermediary::desk::{Asked, Ending, Order, Shown};
use tender_token::cash::AccountRef;
use tender_token::provision::SessionId;

/// The differences that reconciling names.
fn reconcile(bank: &Bank) -> Vec<Value> {
    let shown = Shown { name: "bank".to_owned(), currency: "FLN".to_owned(), decimals: 2 };
    let order = Order { asked: Asked::Reconcile, shown };
    let answer = bank.order(&order);
    assert_eq!(answer.ending, Ending::Invariant);
    answer.object["differences"].as_array().expect("a list").clone()
}

/// Copies the books of a bank that rests.
fn copy_out(bank: &Bank) -> PathBuf {
    let copy = bank.folder().join("copy");
    bank.teller().store().copy_out(&copy).expect("copied");
    copy
}

/// Puts a copy in the place of the books.
fn put_back(bank: &Bank, copy: &Path) {
    for name in ["store.redb", "store.annex"] {
        std::fs::copy(copy.join(name), bank.folder().join(name)).expect("put back");
    }
}

#[test]
fn c2_older_books_name_what_they_miss_and_credit_nothing_twice() {
    let issuer = TestIssuer::up();
    issuer.distribute(10_000);
    let Drawn { mut bank, holder, place, request, reply } = Drawn::at(&issuer);
    bank.crash();
    bank.catch_up();
    let copy = copy_out(&bank);

    bank.start();
    let client = bank.client();
    let account = AccountRef(random());
    let token = holder.token(&request, &place.slot, &reply);
    let item = holder.cash(token, &place, account);
    let paid = client.deposit(holder.deposit(account, vec![item.clone()])).expect("reached");
    assert_eq!((paid, client.balance(&holder.device)), (vec![Ok(minor(500))], (2_000, 0)));
    bank.crash();
    put_back(&bank, &copy);

    bank.catch_up();
    let audit = bank.audit();
    let missed = format!("reference {}, which we never used", hex::encode(account.0));
    assert!(audit.differences.iter().any(|named| named.contains(&missed)), "{audit:?}");
    assert!(!audit.invariants.settled && audit.customers[0].balance == 1_500);
    let [named] = &reconcile(&bank)[..] else { panic!("there is one") };
    assert_eq!(named["postings"][0]["cause"].as_str(), Some("deposit"), "{named}");
    assert_eq!(named["postings"][0]["amount"].as_u64(), Some(500), "{named}");
    assert_eq!(named["entries"].as_array().map(Vec::len), Some(0), "{named}");
    assert!(named["what_to_do"].as_str().is_some_and(|text| text.contains("newest copy")));

    bank.start();
    let client = bank.client();
    for _ in 0..2 {
        let paid = client.deposit(holder.deposit(account, vec![item.clone()])).expect("reached");
        assert_eq!(paid, [Ok(minor(500))], "the issuer answers as before");
        assert_eq!(client.balance(&holder.device), (2_000, 0), "credited once");
    }
    bank.crash();
    assert!(!bank.audit().invariants.settled, "what differed is never made equal silently");
}

/// Deposits, withdrawals and transfers in both directions between the copy and its return. What
/// came in under a reference that the copy has is credited again by the statement; of the rest each
/// posting is named, and each wallet that asks again has its account moved once.
#[test]
fn c2_after_an_old_copy_all_that_it_misses_is_named_and_no_account_moves_twice() {
    let (_issuer, mut here, mut there) = towns();
    let place = here.alice.provision(&here.client, 2);
    let [first, second] =
        [0, 1].map(|n| here.alice.request(SessionId(random()), &place[n].slot, 500));
    let reply = here.client.withdraw(&first).expect("reached").expect("granted");
    let known = here.reference();
    here.rest();
    let copy = copy_out(&here.bank);
    here.resume();

    let account = AccountRef(random());
    let token = here.alice.token(&first, &place[0].slot, &reply);
    let item = here.alice.cash(token, &place[0], account);
    let deposit = here.alice.deposit(account, vec![item]);
    let order = here.order(there.bank.registrar(), there.reference(), 200).sign(&here.alice.device);
    let coming = there.order(here.bank.registrar(), known, 300).sign(&there.alice.device);
    let ask = |here: &Branch| {
        let paid = here.client.deposit(deposit.clone()).expect("reached");
        assert_eq!(paid, [Ok(minor(500))]);
        assert_eq!(here.client.transfer(&order).expect("reached"), Ok(()));
        here.client.withdraw(&second).expect("reached").expect("granted")
    };
    let signatures = ask(&here);
    assert_eq!(there.client.transfer(&coming).expect("reached"), Ok(()));
    here.rest();
    here.resume();
    assert_eq!(here.balances(), [(1_300, 0), (300, 0)]);
    here.bank.crash();
    put_back(&here.bank, &copy);

    here.rest();
    let missed = [account, second.plan.debit_account, order.order.payer_account];
    let named = reconcile(&here.bank);
    assert_eq!(named.len(), missed.len(), "{named:?}");
    for account in missed {
        let account = format!("reference {}, which we never used", hex::encode(account.0));
        let of =
            |one: &&Value| one["difference"].as_str().is_some_and(|text| text.contains(&account));
        let one = named.iter().find(of).expect("named");
        assert_eq!(one["postings"].as_array().map(Vec::len), Some(1), "{one}");
        let advice = one["what_to_do"].as_str().expect("a sentence");
        assert!(advice.contains("reconcile"), "{advice}");
    }
    here.resume();
    assert_eq!(here.balances(), [(1_500, 0), (300, 0)], "what is known is credited again");

    for _ in 0..2 {
        assert_eq!(ask(&here), signatures, "the issuer answers as before");
        assert_eq!(here.balances(), [(1_300, 0), (300, 0)], "moved once");
    }
    there.rest();
    there.resume();
    assert_eq!(there.balances(), [(1_700, 0), (200, 0)], "and once at the other bank");
    here.rest();
    let audit = here.bank.audit();
    assert!(audit.invariants.conservation && audit.invariants.limits_hold, "{audit:?}");
    assert_eq!(audit.vault_mirror, i128::from(audit.vault_stated));
    assert!(!audit.invariants.settled, "what differed is never made equal silently");
}
