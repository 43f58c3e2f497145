//! Tokens become account money.

use crate::bank::{now, rng, wide};
use crate::people::{World, hand, minor, rule, world};
use tender_proto::refusal::Refusal;
use tender_token::amount::Amount;
use tender_token::endorse::Digest;
use tender_token::error::Error as Rule;
use tender_token::policy::Limits;
use tender_wallet::online::{self, Bring};
use tender_wallet::records::Holder;
use tender_wallet::store::{Batch, Store, Tokens};
use tender_wallet::verbs::deposit::Scope;

#[test]
fn only_received_tokens_are_deposited_unless_all_are_asked_for() {
    let World { mut bank, mut alice, mut bob, .. } = world();
    hand(&mut alice, &mut bob, 500, 1);
    hand(&mut bob, &mut alice, 500, 0);
    let done = online::deposit(alice.wallet(), &mut bank, Scope::Received, now(), &mut rng());
    assert_eq!(done.unwrap().credited, minor(500));
    assert_eq!(alice.held(), 1200);
    let done = online::deposit(alice.wallet(), &mut bank, Scope::All, now(), &mut rng());
    assert_eq!(done.unwrap().credited, minor(1200));
    let done = online::deposit(alice.wallet(), &mut bank, Scope::All, now(), &mut rng());
    assert_eq!(done.unwrap().tokens, 0);
}

#[test]
fn a_refusal_that_does_not_speak_about_the_token_loses_nothing() {
    let World { mut bank, mut alice, .. } = world();
    let account = alice.wallet().begin_deposit(Scope::All, now(), &mut rng()).unwrap().unwrap();
    let closed = || Err(Refusal::from(Rule::Wallet));
    let outcomes = (0..8).map(|_| closed()).collect();
    let done = alice.wallet().finish_deposit(account, outcomes, now()).unwrap();
    assert_eq!((done.lost.len(), done.waiting.len()), (0, 8));
    let short = alice.wallet().finish_deposit(account, vec![closed()], now());
    assert!(short.is_err(), "one answer for eight items is none");
    let done = online::deposit(alice.wallet(), &mut bank, Scope::All, now(), &mut rng());
    assert_eq!(done.unwrap().credited, minor(1700));
}

#[test]
fn the_limits_begin_anew_only_after_everything_is_settled() {
    let World { mut bank, mut alice, mut bob, .. } = world();
    hand(&mut alice, &mut bob, 700, 2);
    let done =
        online::reconcile(bob.wallet(), &mut bank, Bring::Deposit, now(), &mut rng()).unwrap();
    assert_eq!(done.deposited.credited, minor(700));
    assert!(!done.new_manifest);
    assert_eq!(bob.held(), 0);
    bank.publish(crate::bank::wide());
    let done =
        online::reconcile(bob.wallet(), &mut bank, Bring::Deposit, now(), &mut rng()).unwrap();
    assert!(done.new_manifest);
}

#[test]
fn a_token_whose_slot_stands_for_something_else_does_not_keep_the_others_from_the_account() {
    let World { mut bank, mut alice, .. } = world();
    alice.close();
    let mut store = Store::open(&alice.path()).unwrap();
    let tokens = store.all::<Tokens>().unwrap();
    let large = tokens.iter().find(|(_, token)| token.value == minor(500)).unwrap();
    let Holder::Slot(slot) = large.1.holder else { panic!("withdrawn onto a slot") };
    let mut batch = Batch::default();
    batch.answer(slot, Digest([7; 64]));
    store.commit(&batch).unwrap();
    drop(store);
    alice.restart();
    let done = online::deposit(alice.wallet(), &mut bank, Scope::All, now(), &mut rng()).unwrap();
    assert_eq!(done.credited, minor(1200));
    let refused = alice.wallet().balance().unwrap().refused;
    assert_eq!(refused, [(minor(500), Rule::AlreadyAnswered)]);
}

/// What was refused as a double spend, and is asked again under this policy.
fn asked_again(limits: Limits) -> (u64, Vec<(Amount, Rule)>) {
    let World { mut bank, mut alice, .. } = world();
    bank.publish(limits);
    online::reconcile(alice.wallet(), &mut bank, Bring::Deposit, now(), &mut rng())
        .expect("reached");
    let before = bank.balance_of(alice.wallet().identity());
    bank.refuse_deposit = Some(Rule::Double);
    let done =
        online::deposit(alice.wallet(), &mut bank, Scope::All, now(), &mut rng()).expect("reached");
    assert_eq!((done.credited, done.lost.len()), (minor(0), 8));
    for _ in 0..2 {
        alice.wallet().ask_again(now()).expect("stored");
        online::deposit(alice.wallet(), &mut bank, Scope::All, now(), &mut rng()).expect("reached");
    }
    let credited = bank.balance_of(alice.wallet().identity()) - before;
    (credited, alice.wallet().balance().expect("readable").refused)
}

#[test]
fn d1_what_was_refused_as_a_double_spend_is_asked_again_where_guarantees_pay() {
    let guaranteed = Limits { guarantee_cap: minor(5_000), ..wide() };
    assert_eq!(asked_again(guaranteed), (1_700, vec![]), "paid once");
    let (credited, refused) = asked_again(wide());
    assert_eq!((credited, refused.len()), (0, 8), "where payees bear the loss it stays refused");
}

/// A frozen customer's tokens were bound to a deposit that nobody took, and could not be paid with
/// any more, while the error said that they are still in the wallet.
#[test]
fn who_is_not_heard_binds_no_token_to_a_deposit() {
    let World { mut bank, mut alice, .. } = world();
    bank.deaf = true;
    let refused = online::deposit(alice.wallet(), &mut bank, Scope::All, now(), &mut rng());
    assert_eq!(rule(refused), Rule::Wallet);
    alice.restart();
    assert_eq!(alice.held(), 1700);
}
