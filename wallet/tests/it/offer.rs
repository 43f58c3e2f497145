//! Asking for a payment.

use crate::bank::{now, rng};
use crate::people::{World, hand, minor, rule, world};
use tender_token::error::Error as Rule;
use tender_wallet::error::Error;
use tender_wallet::verbs::offer::Onto;

#[test]
fn a_slot_is_in_one_offer_only_until_that_expires_unpaid() {
    let World { mut bob, .. } = world();
    bob.offer(100, 5);
    let expires = now().checked_add(3600).unwrap();
    let onto = Onto::Slots(4, None);
    let second = bob.wallet().offer(minor(100), onto, expires, now(), &mut rng());
    assert!(matches!(second, Err(Error::SlotsMissing { needed: 4, free: 3, .. })));
    let later = now().checked_add(3601).unwrap();
    let second = bob.wallet().offer(minor(100), onto, later, later, &mut rng()).unwrap();
    assert_eq!(second.slots().len(), 4);
}

#[test]
fn a_paid_offers_slots_serve_no_other_offer() {
    let World { mut alice, mut bob, .. } = world();
    hand(&mut alice, &mut bob, 700, 2);
    let later = now().checked_add(3601).unwrap();
    let onto = Onto::Slots(7, None);
    let more = bob.wallet().offer(minor(100), onto, later, later, &mut rng());
    assert!(matches!(more, Err(Error::SlotsMissing { needed: 7, free: 6, .. })));
}

#[test]
fn offers_for_no_slots_or_already_expired_are_not_made() {
    let World { mut bob, .. } = world();
    let none = bob.wallet().offer(minor(1), Onto::Slots(0, None), now(), now(), &mut rng());
    assert_eq!(rule(none), Rule::Amount);
    let many = bob.wallet().offer(minor(1), Onto::Slots(65, None), now(), now(), &mut rng());
    assert_eq!(rule(many), Rule::Amount);
    let past = tender_token::date::Timestamp(now().0 - 1);
    let expired = bob.wallet().offer(minor(1), Onto::Key, past, now(), &mut rng());
    assert_eq!(rule(expired), Rule::OfferExpired);
}
