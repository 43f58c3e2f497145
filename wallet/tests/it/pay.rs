//! Paying without a connection.

use crate::bank::{now, rng};
use crate::people::{World, hand, minor, rule, world};
use std::collections::BTreeSet;
use tender_token::encode::Encode;
use tender_token::endorse::Digest;
use tender_token::error::Error as Rule;
use tender_token::offer::Offer;
use tender_token::payment::Payment;
use tender_wallet::error::Error;
use tender_wallet::online;
use tender_wallet::store::{Answers, Batch, Slots, Store};
use tender_wallet::verbs::deposit::Scope;
use tender_wallet::verbs::offer::Onto;

#[test]
fn money_goes_from_hand_to_hand_by_slot_and_ends_on_a_key_and_every_item_is_cashed() {
    let World { mut bank, mut alice, mut bob, mut carol } = world();
    let plan = alice.wallet().plan(minor(750), now()).unwrap();
    let offer = bob.offer(750, plan.tokens.len());
    let received = bob.receive(&alice.pay(&offer));
    assert_eq!((received.amount, received.tokens), (minor(750), 3));
    alice.wallet().confirm(&received.receipt.to_bytes(), now()).unwrap();

    let plan = bob.wallet().plan(minor(700), now()).unwrap();
    let offer = carol.offer(700, plan.tokens.len());
    carol.receive(&bob.pay(&offer));

    let offer = alice.offer_key(500);
    alice.receive(&carol.pay(&offer));
    assert_eq!([alice.held(), bob.held(), carol.held()], [1450, 50, 200]);

    for person in [&mut alice, &mut bob, &mut carol] {
        let scope = Scope::All;
        let done = online::deposit(person.wallet(), &mut bank, scope, now(), &mut rng()).unwrap();
        assert_eq!((done.lost.len(), done.waiting.len()), (0, 0));
    }
    assert_eq!([alice.held(), bob.held(), carol.held()], [0, 0, 0]);
    let accounts = [&mut alice, &mut bob, &mut carol]
        .map(|person| bank.balance_of(person.wallet().identity()));
    assert_eq!(accounts, [10_000 - 1700 + 1450, 10_050, 10_200]);
    assert!(bank.proofs.is_empty());
}

#[test]
fn paying_the_same_offer_again_gives_identical_bytes() {
    let World { mut alice, mut bob, .. } = world();
    let offer = bob.offer(300, 2);
    let first = alice.pay(&offer);
    assert_eq!(alice.pay(&offer), first);
    alice.restart();
    let much_later = now().checked_add(1_000_000).unwrap();
    assert_eq!(alice.wallet().pay(&offer, much_later).unwrap(), first);
    assert_eq!(alice.held(), 1400);
}

#[test]
fn different_offers_never_share_a_token() {
    let World { bank, mut alice, mut bob, mut carol } = world();
    let payments = [
        alice.pay(&bob.offer(500, 1)),
        alice.pay(&carol.offer(500, 1)),
        alice.pay(&bob.offer_key(200)),
        alice.pay(&carol.offer_key(200)),
    ];
    let mut seen = BTreeSet::new();
    for payment in &payments {
        for chain in Payment::from_bytes(payment, bank.manifest()).unwrap().chains {
            assert!(seen.insert(chain.token_id()));
        }
    }
    let offer = bob.offer(500, 1);
    assert_eq!(rule(alice.wallet().pay(&offer, now())), Rule::Funds);
}

#[test]
fn a_slot_that_stands_for_something_else_never_answers() {
    let World { mut alice, mut bob, .. } = world();
    alice.close();
    let mut store = Store::open(&alice.path()).unwrap();
    let slots = store.all::<Slots>().unwrap();
    let mut batch = Batch::default();
    let holding = |row: &tender_wallet::records::SlotRecord| {
        matches!(row.state, tender_wallet::records::SlotState::Holding(_))
    };
    for (slot, _) in slots.iter().filter(|(_, row)| holding(row)) {
        batch.answer(*slot, Digest([7; 64]));
    }
    store.commit(&batch).unwrap();
    drop(store);
    alice.restart();

    let offer = bob.offer(500, 1);
    assert_eq!(rule(alice.wallet().pay(&offer, now())), Rule::AlreadyAnswered);
    alice.close();
    let store = Store::open(&alice.path()).unwrap();
    assert!(store.all::<Answers>().unwrap().iter().all(|(_, digest)| *digest == Digest([7; 64])));
    drop(store);
    alice.restart();
    let balance = alice.wallet().balance().unwrap();
    assert_eq!(balance.refused, [(minor(500), Rule::AlreadyAnswered)]);
    assert_eq!(balance.value, minor(1200), "the other token of 5.00 is still to be tried");
}

#[test]
fn an_expired_offer_is_not_paid() {
    let World { mut alice, mut bob, .. } = world();
    let offer = bob.offer(100, 1);
    let last = now().checked_add(3600).unwrap();
    let after = now().checked_add(3601).unwrap();
    assert_eq!(rule(alice.wallet().pay(&offer, after)), Rule::OfferExpired);
    assert_eq!(alice.held(), 1700);
    let offer = bob.offer(100, 1);
    // The clock does not run backwards by asking; only what is committed moves it.
    assert!(alice.wallet().pay(&offer, last).is_ok());
}

#[test]
fn an_amount_that_no_tokens_make_names_the_nearest() {
    let World { mut alice, mut bob, .. } = world();
    let offer = bob.offer(1725, 3);
    let error = alice.wallet().pay(&offer, now()).expect_err("not payable");
    assert_eq!(error.rule(), Some(Rule::Funds));
    let Error::NotPayable { below, above, .. } = error else { panic!("not payable") };
    assert_eq!((below, above), (Some(minor(1700)), None));

    let error = alice.wallet().plan(minor(725), now()).expect_err("not payable");
    assert_eq!(error.rule(), Some(Rule::Amount));
    let told = error.tell(alice.wallet().money().unwrap());
    assert!(told.contains("nearest are 7.00 FLN and 7.50 FLN"), "{told}");
}

#[test]
fn an_offer_with_another_number_of_slots_names_the_right_one() {
    let World { mut alice, mut bob, .. } = world();
    let offer = bob.offer(200, 5);
    let error = alice.wallet().pay(&offer, now()).expect_err("five tokens never make 2.00");
    assert!(matches!(error, Error::SlotCount { offered: 5, needed: 1 }), "{error}");
    let offer = bob.offer(200, 2);
    assert_eq!(bob.receive(&alice.pay(&offer)).tokens, 2, "two tokens of 1.00 make 2.00 as well");
}

#[test]
fn tokens_from_the_account_are_spent_before_received_ones() {
    let World { mut alice, mut bob, mut carol, .. } = world();
    hand(&mut alice, &mut bob, 500, 1);
    hand(&mut bob, &mut alice, 500, 1);
    let offer = carol.offer(500, 1);
    carol.receive(&alice.pay(&offer));
    let balance = alice.wallet().balance().unwrap();
    let large: Vec<_> = balance.tokens.iter().filter(|piece| piece.value == minor(500)).collect();
    assert_eq!((large.len(), large[0].received), (1, true));
}

#[test]
fn a_token_that_used_up_its_hops_can_only_be_cashed() {
    let World { mut bank, mut alice, mut bob, mut carol } = world();
    hand(&mut alice, &mut bob, 500, 1);
    hand(&mut bob, &mut carol, 500, 1);
    hand(&mut carol, &mut bob, 500, 1);
    let plan = bob.wallet().plan(minor(500), now());
    assert_eq!(rule(plan), Rule::Funds);
    let done = online::deposit(bob.wallet(), &mut bank, Scope::Received, now(), &mut rng());
    assert_eq!(done.unwrap().credited, minor(500));
}

#[test]
fn ones_own_offer_and_a_changed_offer_are_not_paid() {
    let World { mut alice, mut bob, .. } = world();
    let offer = alice.offer(100, 1);
    assert_eq!(rule(alice.wallet().pay(&offer, now())), Rule::DupSlot);
    let mut offer = bob.offer(100, 1);
    let last = offer.len() - 1;
    offer[last] ^= 1;
    assert_eq!(rule(alice.wallet().pay(&offer, now())), Rule::Auth);
    offer.push(0);
    assert_eq!(rule(alice.wallet().pay(&offer, now())), Rule::Encoding);
    assert_eq!(alice.held(), 1700);
}

#[test]
fn an_offer_under_another_manifest_is_not_paid() {
    let World { mut bank, mut alice, mut bob, .. } = world();
    bank.publish(crate::bank::wide());
    bank.publish(crate::bank::wide());
    let offer = bob.offer(100, 1);
    let parsed = Offer::from_bytes(&offer, bank.manifest()).unwrap();
    assert_ne!(parsed.terms().manifest, bank.manifest().hash());
    assert!(online::refresh(alice.wallet(), &mut bank, now()).unwrap(), "both, in their order");
    let stale = alice.wallet().pay(&offer, now());
    assert_eq!(rule(stale), Rule::SplitView, "neither the manifest in force nor the one before");
    let expires = now().checked_add(60).unwrap();
    let zero = alice.wallet().offer(minor(0), Onto::Key, expires, now(), &mut rng());
    assert_eq!(rule(zero), Rule::Amount);
}

/// A payment that came too late for its payee was once in nobody's balance.
#[test]
fn what_was_handed_over_shows_as_unconfirmed_until_its_receipt_is_here() {
    let World { mut alice, mut bob, .. } = world();
    let unconfirmed = |alice: &mut crate::people::Person| {
        alice.wallet().balance().expect("a readable store").unconfirmed
    };
    let offer = bob.offer(300, 2);
    let payment = alice.pay(&offer);
    assert_eq!(unconfirmed(&mut alice), minor(300));
    let receipt = bob.receive(&payment).receipt;
    alice.wallet().confirm(&receipt.to_bytes(), now()).expect("Bob's word");
    assert_eq!(unconfirmed(&mut alice), minor(0));
}
