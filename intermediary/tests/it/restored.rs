//! Books that were put back from an older copy: what they miss has a name, and nothing is credited
//! twice.

use crate::bank::Bank;
use crate::holder::Drawn;
use crate::issuer::TestIssuer;
use crate::mint::{minor, random};
use tender_intermediary::desk::{Asked, Ending, Order, Shown};
use tender_token::cash::AccountRef;

/// The one difference that reconciling names.
fn reconcile(bank: &Bank) -> serde_json::Value {
    let shown = Shown { name: "bank".to_owned(), currency: "FLN".to_owned(), decimals: 2 };
    let order = Order { asked: Asked::Reconcile, shown };
    let answer = bank.order(&order);
    assert_eq!(answer.ending, Ending::Invariant);
    let differences = answer.object["differences"].as_array().expect("a list").clone();
    assert_eq!(differences.len(), 1, "{differences:?}");
    differences[0].clone()
}

#[test]
fn c2_older_books_name_what_they_miss_and_credit_nothing_twice() {
    let issuer = TestIssuer::up();
    issuer.distribute(10_000);
    let Drawn { mut bank, holder, place, request, reply } = Drawn::at(&issuer);
    bank.crash();
    bank.catch_up();
    let copy = bank.folder().join("copy");
    bank.teller().store().copy_out(&copy).expect("copied");

    bank.start();
    let client = bank.client();
    let account = AccountRef(random());
    let token = holder.token(&request, &place.slot, &reply);
    let item = holder.cash(token, &place, account);
    let paid = client.deposit(holder.deposit(account, vec![item.clone()])).expect("reached");
    assert_eq!((paid, client.balance(&holder.device)), (vec![Ok(minor(500))], (2_000, 0)));
    bank.crash();
    for name in ["store.redb", "store.annex"] {
        std::fs::copy(copy.join(name), bank.folder().join(name)).expect("put back");
    }

    bank.catch_up();
    let audit = bank.audit();
    let missed = format!("reference {}, which we never used", hex::encode(account.0));
    assert!(audit.differences.iter().any(|named| named.contains(&missed)), "{audit:?}");
    assert!(!audit.invariants.settled && audit.customers[0].balance == 1_500);
    let named = reconcile(&bank);
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
