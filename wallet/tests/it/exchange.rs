//! Received tokens become fresh ones, once, whatever got lost on the way.

use crate::bank::{Bank, now, rng, wide};
use crate::people::{Person, World, hand, minor, rule, world};
use tender_token::amount::Amount;
use tender_token::date::Timestamp;
use tender_token::error::Error as Rule;
use tender_token::policy::Limits;
use tender_wallet::error::Error;
use tender_wallet::online::{self, Bring, Exchanges};
use tender_wallet::verbs::deposit::Scope;

fn exchange(person: &mut Person, bank: &mut Bank) -> tender_wallet::Result<Exchanges> {
    online::exchange(person.wallet(), bank, Scope::Received, now(), &mut rng())
}

/// After the last second in which an exchange of now may be accepted.
fn later() -> Timestamp {
    now().checked_add(3601).expect("in range")
}

#[test]
fn lc08_received_tokens_become_fresh_ones_that_can_be_passed_on() {
    let World { mut bank, mut alice, mut bob, mut carol } = world();
    hand(&mut alice, &mut bob, 700, 2);
    let before = bank.balance_of(bob.wallet().identity());
    let done = exchange(&mut bob, &mut bank).unwrap();
    assert_eq!((done.value, done.waiting.len()), (minor(700), 0));
    bob.restart();
    let balance = bob.wallet().balance().unwrap();
    assert_eq!((balance.value, balance.pending), (minor(700), minor(0)));
    assert!(balance.tokens.iter().all(|token| token.hops == 0 && !token.received));
    assert_eq!(bank.balance_of(bob.wallet().identity()), before, "the account has no part in it");
    hand(&mut bob, &mut carol, 700, balance.tokens.len());
    let done = online::deposit(carol.wallet(), &mut bank, Scope::All, now(), &mut rng()).unwrap();
    assert_eq!(done.credited, minor(700));
    assert!(bank.proofs.is_empty());
}

#[test]
fn lc08_an_exchange_names_neither_wallet_nor_device() {
    let World { mut bank, mut alice, mut bob, .. } = world();
    hand(&mut alice, &mut bob, 700, 2);
    exchange(&mut bob, &mut bank).unwrap();
    let identity = bob.wallet().identity().0;
    let contains = |bytes: &[u8], name: &[u8]| bytes.windows(name.len()).any(|part| part == name);
    assert_eq!(bank.seen_exchanges.len(), 1);
    assert!(!contains(&bank.seen_exchanges[0], &identity));
    assert!(!contains(&bank.seen_exchanges[0], &bank.device_of(bob.wallet().identity()).0));
}

#[test]
fn an_exchange_whose_answer_was_lost_is_sent_again_in_the_same_bytes() {
    let World { mut bank, mut alice, mut bob, .. } = world();
    hand(&mut alice, &mut bob, 700, 2);
    bank.lost_answers = 1;
    let lost = exchange(&mut bob, &mut bank);
    assert!(matches!(lost, Err(Error::Unanswered { .. })));
    bob.restart();
    let balance = bob.wallet().balance().unwrap();
    assert_eq!((balance.value, balance.pending), (minor(0), minor(700)));
    assert_eq!(exchange(&mut bob, &mut bank).unwrap().value, minor(700));
    assert_eq!(bank.seen_exchanges[0], bank.seen_exchanges[1]);
    assert_eq!(bob.held(), 700);
    assert_eq!(exchange(&mut bob, &mut bank).unwrap(), Exchanges::default());
}

#[test]
fn a_crash_between_binding_and_answering_changes_nothing() {
    let World { mut bank, mut alice, mut bob, .. } = world();
    hand(&mut alice, &mut bob, 700, 2);
    bob.wallet().begin_exchange(Scope::Received, now(), &mut rng()).unwrap().unwrap();
    bob.restart();
    assert_eq!(exchange(&mut bob, &mut bank).unwrap().value, minor(700));
    bob.restart();
    assert_eq!(bob.held(), 700);
}

/// Somebody could still hand in an earlier sending of a refused exchange, so its tokens stay bound
/// until that is over; then they are deposited one by one, and only the bad one is lost.
#[test]
fn tokens_of_a_refused_exchange_are_bound_until_nobody_can_accept_it_and_can_be_deposited_then() {
    let World { mut bank, mut alice, mut bob, mut carol } = world();
    let mut copy = alice.copy();
    hand(&mut alice, &mut bob, 850, 4);
    hand(&mut copy, &mut carol, 50, 1);
    online::deposit(carol.wallet(), &mut bank, Scope::All, now(), &mut rng()).unwrap();
    let done = exchange(&mut bob, &mut bank).unwrap();
    assert_eq!(done.waiting, [(minor(850), Rule::Double)]);
    assert_eq!(bob.held(), 0);
    let done = online::deposit(bob.wallet(), &mut bank, Scope::All, now(), &mut rng()).unwrap();
    assert_eq!(done.credited, minor(0), "nothing is cashed twice");
    bob.restart();
    bank.time = later();
    let done =
        online::reconcile(bob.wallet(), &mut bank, Bring::Deposit, later(), &mut rng()).unwrap();
    assert_eq!(done.exchanged.returned, minor(850));
    assert_eq!(done.deposited.credited, minor(800));
    assert_eq!(done.deposited.lost, [(minor(50), Rule::Double)]);
    assert!(done.anew);
    bob.restart();
    assert_eq!((bob.held(), bob.wallet().balance().unwrap().slots_free), (0, 4));
}

/// A bank that says early that a request is too late gets nothing for it.
#[test]
fn a_request_is_not_too_late_before_the_wallets_own_clock_says_so() {
    let World { mut bank, mut alice, mut bob, .. } = world();
    hand(&mut alice, &mut bob, 700, 2);
    bank.refuse_exchange = Some(Rule::RequestExpired);
    let done = exchange(&mut bob, &mut bank).unwrap();
    assert_eq!(done.waiting, [(minor(700), Rule::RequestExpired)]);
    assert_eq!(exchange(&mut bob, &mut bank).unwrap().value, minor(700));
}

#[test]
fn n33_no_more_is_exchanged_than_the_policy_and_the_free_slots_allow() {
    let World { mut bank, mut alice, mut bob, .. } = world();
    hand(&mut alice, &mut bob, 700, 2);
    let limits = |exchange| Limits { exchange: Amount::from_minor_units(exchange), ..wide() };
    bank.publish(limits(0));
    online::refresh(bob.wallet(), &mut bank, now()).unwrap();
    assert_eq!(rule(exchange(&mut bob, &mut bank)), Rule::Limit);
    bank.publish(limits(699));
    online::refresh(bob.wallet(), &mut bank, now()).unwrap();
    assert_eq!(exchange(&mut bob, &mut bank).unwrap().value, minor(700), "in two requests");
    assert_eq!(bank.seen_exchanges.len(), 2);
}
