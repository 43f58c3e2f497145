//! Statement: what an intermediary needs to compare its books.

use crate::stage::{RESERVES, Stage, VAULT};
use crate::wallet::{ACCOUNT, CREDIT, Wallet};
use tender_proto::statement::{Cause, Request};
use tender_token::amount::Amount;

fn since(after_posting: u64, after_incident: u64, after_reserve_posting: u64) -> Request {
    Request { after_posting, after_incident, after_reserve_posting }
}

#[test]
fn a_statement_lists_what_happened_since_and_where_it_led() {
    let stage = Stage::new();
    let wallet = Wallet::enrolled(&stage);
    let session = wallet.opened(&stage, 1);
    let places = wallet.slots(&stage, &session);
    let chain = wallet.token(&stage, &places[0], 100);
    for _ in 0..2 {
        let cash = wallet.cash(&chain, &places[0], CREDIT, stage.manifest());
        let _outcome = stage.deposit(&stage.bank, &[cash.item]);
    }
    let all = stage.statement(&stage.bank, since(0, 0, 0));
    let seen: Vec<_> = all.postings.iter().map(|posting| (posting.number, posting.cause)).collect();
    let causes = [Cause::Distribution, Cause::Withdrawal(ACCOUNT), Cause::Deposit(ACCOUNT)];
    assert_eq!(seen, (1..).zip(causes).collect::<Vec<_>>());
    assert_eq!(
        all.postings[1].balance,
        VAULT.checked_sub(Amount::from_minor_units(100)).expect("the vault holds more")
    );
    assert_eq!((all.vault, all.incidents.len()), (VAULT, 1));
    assert_eq!(all.incidents[0].time, stage.now);
    assert_eq!(all.reserves.balance, RESERVES);
    let seen: Vec<_> = all.reserves.postings.iter().map(|posting| posting.cause).collect();
    assert_eq!(seen, [Cause::ReservesIn, Cause::ReservesIn, Cause::Distribution]);

    let later = stage.statement(&stage.bank, since(2, 1, 1));
    assert_eq!(later.postings, all.postings[2..]);
    assert_eq!(later.reserves.postings, all.reserves.postings[1..]);
    assert!(later.incidents.is_empty());
    let beyond = stage.statement(&stage.bank, since(u64::MAX, u64::MAX, u64::MAX));
    assert_eq!((beyond.vault, beyond.postings.len()), (VAULT, 0));
}
