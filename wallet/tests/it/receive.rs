//! Taking a payment.

use crate::bank::{now, rng};
use crate::people::{World, hand, minor, rule, world};
use tender_token::encode::Encode;
use tender_token::error::Error as Rule;
use tender_token::payment::Payment;

#[test]
fn receiving_the_same_payment_again_gives_the_same_receipt() {
    let World { mut alice, mut bob, .. } = world();
    let payment = alice.pay(&bob.offer(700, 2));
    let first = bob.receive(&payment);
    let again = bob.receive(&payment);
    assert_eq!((first.repeated, again.repeated), (false, true));
    assert_eq!(first.receipt, again.receipt);
    bob.restart();
    let after_expiry = now().checked_add(100_000).unwrap();
    let again = bob.wallet().receive(&payment, after_expiry, &mut rng()).unwrap();
    assert_eq!(first.receipt, again.receipt);
    assert_eq!(bob.held(), 700);
}

#[test]
fn a_payment_after_the_offers_expiry_is_refused_by_the_clock_that_never_runs_backwards() {
    let World { mut alice, mut bob, .. } = world();
    let payment = alice.pay(&bob.offer(700, 2));
    let late = now().checked_add(3601).unwrap();
    assert_eq!(rule(bob.wallet().receive(&payment, late, &mut rng())), Rule::OfferExpired);
    bob.wallet()
        .offer(minor(1), tender_wallet::verbs::offer::Onto::Key, late, late, &mut rng())
        .unwrap();
    assert_eq!(rule(bob.wallet().receive(&payment, now(), &mut rng())), Rule::OfferExpired);
    assert_eq!(bob.held(), 0);
}

#[test]
fn a_payment_for_somebody_else_and_a_changed_payment_are_refused_and_nothing_is_kept() {
    let World { bank, mut alice, mut bob, mut carol } = world();
    let payment = alice.pay(&bob.offer(700, 2));
    let elsewhere = carol.wallet().receive(&payment, now(), &mut rng());
    assert_eq!(rule(elsewhere), Rule::Offer);
    let mut decoded = Payment::from_bytes(&payment, bank.manifest()).unwrap();
    decoded.chains.reverse();
    let swapped = bob.wallet().receive(&decoded.to_bytes(), now(), &mut rng());
    assert_eq!(rule(swapped), Rule::Target);
    let cut = bob.wallet().receive(&payment[..payment.len() - 1], now(), &mut rng());
    assert_eq!(rule(cut), Rule::Encoding);
    assert_eq!((bob.held(), carol.held()), (0, 0));
    bob.receive(&payment);
}

#[test]
fn another_payment_for_a_paid_offer_is_refused() {
    let World { mut alice, mut bob, .. } = world();
    let mut copy = alice.copy();
    let offer = bob.offer(500, 1);
    bob.receive(&alice.pay(&offer));
    // The copy has spent its first tokens of 5.00, so that it pays with the other one.
    copy.pay(&bob.offer_key(500));
    let other = copy.pay(&offer);
    assert_eq!(rule(bob.wallet().receive(&other, now(), &mut rng())), Rule::Offer);
    assert_eq!(bob.held(), 500);
}

#[test]
fn a_token_seen_before_with_another_answer_is_refused_and_kept_as_evidence() {
    let World { mut alice, mut bob, .. } = world();
    let mut copy = alice.copy();
    hand(&mut alice, &mut bob, 500, 1);
    let again = copy.pay(&bob.offer(500, 1));
    assert_eq!(rule(bob.wallet().receive(&again, now(), &mut rng())), Rule::Double);
    let evidence = bob.wallet().evidence().unwrap();
    assert_eq!(evidence.len(), 1);
    assert_eq!((evidence[0].1.error, &evidence[0].1.payment), (Rule::Double, &again));
    assert_eq!(bob.held(), 500);
}

#[test]
fn a_receipt_confirms_its_payment_and_no_other() {
    let World { mut alice, mut bob, mut carol, .. } = world();
    let first = hand(&mut alice, &mut bob, 500, 1);
    let second = hand(&mut alice, &mut carol, 500, 1);
    assert_eq!(alice.wallet().confirm(&second.receipt.to_bytes(), now()).unwrap(), second.offer);
    assert_eq!(alice.wallet().confirm(&first.receipt.to_bytes(), now()).unwrap(), first.offer);
    assert_eq!(alice.wallet().confirm(&first.receipt.to_bytes(), now()).unwrap(), first.offer);
    assert_eq!(rule(alice.wallet().confirm(&[0; 64], now())), Rule::Auth);
    assert_eq!(rule(alice.wallet().confirm(&[0; 63], now())), Rule::Encoding);
    let confirmed = alice.wallet().history().unwrap();
    let confirmed = confirmed.iter().filter(|event| event.what.name() == "confirmed");
    assert_eq!(confirmed.count(), 2);
}
