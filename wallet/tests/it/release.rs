//! What a refusal left reserved is free again, and never too early.

use crate::bank::{Bank, now, rng};
use crate::people::{Person, World, minor, rule, world};
use tender_token::date::Timestamp;
use tender_token::error::Error as Rule;
use tender_wallet::intermediary::Intermediary as _;
use tender_wallet::online::{self, Bring, Reconciled};

/// After the last second in which a request of now may be accepted.
fn later() -> Timestamp {
    now().checked_add(24 * 3600).expect("in range")
}

fn reconcile(person: &mut Person, bank: &mut Bank, at: Timestamp) -> Reconciled {
    bank.time = at;
    online::reconcile(person.wallet(), bank, Bring::Deposit, at, &mut rng()).expect("reconciled")
}

#[test]
fn slots_of_a_refused_withdrawal_are_free_again_once_nobody_can_accept_it_any_more() {
    let World { mut bank, mut alice, .. } = world();
    bank.refuse_withdrawal = Some(Rule::Limit);
    let refused = online::withdraw(alice.wallet(), &mut bank, minor(350), now(), &mut rng());
    assert_eq!(rule(refused), Rule::Limit);
    assert_eq!(reconcile(&mut alice, &mut bank, now()).released, 0, "it might still be accepted");
    assert_eq!(alice.wallet().balance().unwrap().slots_free, 5);
    alice.restart();
    assert_eq!(reconcile(&mut alice, &mut bank, later()).released, 3);
    alice.restart();
    assert_eq!(alice.wallet().balance().unwrap().slots_free, 8);
    assert_eq!(reconcile(&mut alice, &mut bank, later()).released, 0, "once");
    assert_eq!(alice.wallet().balance().unwrap().slots_free, 8);
    bank.time = now();
    online::withdraw(alice.wallet(), &mut bank, minor(350), now(), &mut rng()).unwrap();
    assert_eq!(alice.held(), 1700 + 350);
}

/// An issuer whose clock is behind could still accept the request after it said no.
#[test]
fn an_answer_from_before_the_requests_last_second_frees_nothing() {
    let World { mut bank, mut alice, .. } = world();
    bank.refuse_withdrawal = Some(Rule::Limit);
    online::withdraw(alice.wallet(), &mut bank, minor(350), now(), &mut rng()).unwrap_err();
    let (sid, _) = alice.wallet().release_calls(later()).unwrap().remove(0);
    let early = tender_token::restore::Query { answered: now(), known: false };
    let told = alice.wallet().finish_release(sid, early, later()).unwrap();
    assert_eq!(told, tender_wallet::verbs::release::Released::NotYet);
    assert_eq!(alice.wallet().balance().unwrap().slots_free, 5);
}

/// A bank that calls an accepted withdrawal refused keeps neither the money nor the slots.
#[test]
fn a_withdrawal_that_was_called_refused_and_was_accepted_brings_its_tokens() {
    let World { mut bank, mut alice, .. } = world();
    let sid = alice.wallet().begin_withdraw(minor(350), now(), &mut rng()).unwrap();
    let request = alice.wallet().open_withdrawals().unwrap().remove(0).request;
    bank.withdraw(request).unwrap().unwrap();
    let lie = alice.wallet().finish_withdraw(sid, Err(Rule::Funds.into()), now());
    assert_eq!(rule(lie), Rule::Funds);
    assert_eq!(alice.held(), 1700);
    let done = reconcile(&mut alice, &mut bank, later());
    assert_eq!((done.released, done.withdrawn), (0, minor(350)));
    assert_eq!(alice.held(), 1700 + 350);
}
