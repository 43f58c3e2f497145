//! N8, N9: chains with a part that belongs elsewhere.

use super::{accept, key_offer, offer_of, paid_to_key, payee, plus_order, refusal, slot_offer};
use crate::mint::{MINT, OwnSlot, SLOTS, TODAY, VALUES, fresh, passed_along, sign, to_key};
use tender_token::chain::Chain;
use tender_token::date::Day;
use tender_token::encode::Encode;
use tender_token::endorse::{Endorsement, Kind, Place, State, Terms};
use tender_token::error::Error;
use tender_token::offer::Mode;
use tender_token::payment::Payment;
use tender_token::slot::SlotBody;
use tender_token::token::{Token, message};

/// The refusal of a fresh token that is passed on to the payee's key.
fn refusal_of(token: Token) -> Option<Error> {
    let offer = key_offer();
    let terms = Terms::to_key(payee().public(), offer.hash().nonce(0));
    refusal(&offer, vec![SLOTS[0].pass(&Chain::new(token), terms, None)])
}

#[test]
fn n08_a_slot_of_another_series_has_no_place_in_a_chain() {
    let foreign = OwnSlot::certified(1, [1; 32], 1);
    let offer = key_offer();
    // The target names the foreign slot as a chain of the first series would.
    let target = foreign.slot.body.commitments.slot_id(MINT.series[0]);
    let chain = SLOTS[0].pass(&fresh(0, 0), Terms::to_slot(target, [0; 32]), Some(&foreign));
    let terms = Terms::to_key(payee().public(), offer.hash().nonce(0));
    assert_eq!(refusal(&offer, vec![foreign.pass(&chain, terms, None)]), Some(Error::Cert));
}

#[test]
fn n08_a_value_key_certifies_no_slot() {
    let body = &SLOTS[0].slot.body;
    let certificate = sign(&MINT.value_keys[0], &body.commitments.message(MINT.series[0]));
    let body = SlotBody { certificate, ..body.clone() };
    let sigma = sign(&MINT.value_keys[0], &message(MINT.denominations[0], SLOTS[0].id()));
    assert_eq!(refusal_of(MINT.unchecked_token(0, &body, &sigma)), Some(Error::Cert));
}

#[test]
fn n08_a_slot_key_and_another_denomination_give_no_value() {
    let body = &SLOTS[0].slot.body;
    let message = |number: usize| message(MINT.denominations[number], SLOTS[0].id());
    for (key, number, expected) in [
        (&MINT.slot_keys[0], 0, Some(Error::Value)),
        (&MINT.value_keys[1], 0, Some(Error::Value)),
        (&MINT.value_keys[1], 1, Some(Error::Value)),
        (&MINT.value_keys[0], 0, None),
    ] {
        let token = MINT.unchecked_token(0, body, &sign(key, &message(number)));
        assert_eq!(refusal_of(token), expected);
    }
    let forged = sign(&MINT.slot_keys[0], &message(0));
    let token = Token::new(MINT.denominations[0], body.clone(), forged, &MINT.manifest);
    assert_eq!(token.err(), Some(Error::Value));
}

#[test]
fn n09_an_answer_for_another_position_state_prefix_or_slot_is_none() {
    let offer = key_offer();
    let terms = Terms::to_key(payee().public(), offer.hash().nonce(0));
    let chain = passed_along(&[0, 1]);
    let place = chain.next_place().expect("on a slot");
    let other_prefix = passed_along(&[2, 1]).next_place().expect("on a slot");
    for wrong in [
        Place { position: place.position + 1, ..place },
        Place { state: State([0; 32]), ..place },
        Place { slot: SLOTS[0].id(), ..place },
        other_prefix,
    ] {
        let (endorsement, answer) = SLOTS[1].answer(&wrong, terms);
        let chain = chain.clone().endorsed(endorsement, answer, None).expect("well formed");
        assert_eq!(refusal(&offer, vec![chain]), Some(Error::Response));
    }
    let (endorsement, answer) = SLOTS[2].answer(&place, terms);
    let chain = chain.endorsed(endorsement, answer, None).expect("well formed");
    assert_eq!(refusal(&offer, vec![chain]), Some(Error::Response), "another slot answered");
}

#[test]
fn n09_an_endorsement_changed_after_the_answer_gives_the_error_of_the_change() {
    let offer = key_offer();
    let terms = Terms::to_key(payee().public(), offer.hash().nonce(0));
    let chain = fresh(0, 0);
    let (right, answer) = SLOTS[0].answer(&chain.next_place().expect("on a slot"), terms);
    let changed = |endorsement: Endorsement| {
        let chain = chain.clone().endorsed(endorsement, answer, None).expect("well formed");
        refusal(&offer, vec![chain])
    };
    let next_week = TODAY.checked_add(7).expect("a small number");
    assert_eq!(changed(right), None);
    assert_eq!(changed(Endorsement { target: [1; 32], ..right }), Some(Error::Target));
    assert_eq!(changed(Endorsement { nonce: [1; 32], ..right }), Some(Error::Nonce));
    assert_eq!(changed(Endorsement { day: TODAY, ..right }), Some(Error::Deadline));
    assert_eq!(changed(Endorsement { day: next_week, ..right }), Some(Error::Response));
    assert_eq!(changed(Endorsement { salt: [1; 16], ..right }), Some(Error::Response));
}

#[test]
fn n09_a_kind_changed_after_the_answer_is_refused_by_its_name() {
    let offer = slot_offer(VALUES[0], &[1]);
    let chain = fresh(0, 0);
    let terms = Terms::to_slot(SLOTS[1].id(), offer.hash().nonce(0));
    let (right, answer) = SLOTS[0].answer(&chain.next_place().expect("on a slot"), terms);
    let key = Endorsement { kind: Kind::Key, ..right };
    let chain = chain.endorsed(key, answer, None).expect("well formed");
    assert_eq!(refusal(&offer, vec![chain]), Some(Error::Kind));
    let bytes = payment_bytes();
    for kind in [0, 3, 255] {
        let mut bytes = bytes.clone();
        bytes[KIND] = kind;
        assert_eq!(accept(&key_offer(), &bytes).err(), Some(Error::Kind));
    }
    // A SLOT endorsement needs a slot behind it, and there are no bytes left for one.
    let mut bytes = bytes;
    bytes[KIND] = 1;
    assert_eq!(accept(&key_offer(), &bytes).err(), Some(Error::Encoding));
}

/// Where the one chain of a payment begins: behind offer hash, count and length.
const CHAIN: usize = 32 + 2 + 4;
const C0: usize = CHAIN + 32;
const KIND: usize = CHAIN + 608 + 1;
const Z: usize = KIND + 85;

fn payment_bytes() -> Vec<u8> {
    let offer = key_offer();
    Payment { offer: offer.hash(), chains: vec![paid_to_key(&offer, 0)] }.to_bytes()
}

#[test]
fn n09_answers_and_commitments_that_are_not_canonical_are_no_encoding() {
    let bytes = payment_bytes();
    let replaced = |at: usize, part: &[u8]| {
        let mut bytes = bytes.clone();
        bytes[at..at + part.len()].copy_from_slice(part);
        accept(&key_offer(), &bytes).err()
    };
    for at in [Z, Z + 32] {
        assert_eq!(replaced(at, &plus_order(&bytes[at..at + 32])), Some(Error::Encoding), "+ l");
        assert_eq!(replaced(at, &super::ORDER), Some(Error::Encoding), "l");
        assert_eq!(replaced(at, &[0; 32]), Some(Error::Response), "zero is a scalar");
    }
    for at in [C0, C0 + 32] {
        assert_eq!(replaced(at, &[0; 32]), Some(Error::Encoding), "identity");
        assert_eq!(replaced(at, &[0xff; 32]), Some(Error::Encoding), "above the field");
        let mut negative = bytes[at..at + 32].to_vec();
        negative[0] |= 1;
        assert_eq!(replaced(at, &negative), Some(Error::Encoding), "negative");
    }
    assert!(accept(&key_offer(), &bytes).is_ok());
}

#[test]
fn n09_commitments_of_a_later_slot_are_canonical_too() {
    let offer = key_offer();
    let chain = to_key(1, &passed_along(&[0, 1]), &payee(), offer.hash().nonce(0));
    let bytes = Payment { offer: offer.hash(), chains: vec![chain] }.to_bytes();
    let later = Z + 64;
    assert_eq!(bytes[later..later + 32], SLOTS[1].slot.body.commitments.c0.bytes());
    for at in [later, later + 32] {
        for wrong in [[0; 32], [0xff; 32]] {
            let mut bytes = bytes.clone();
            bytes[at..at + 32].copy_from_slice(&wrong);
            assert_eq!(accept(&offer, &bytes).err(), Some(Error::Encoding));
        }
    }
    assert!(accept(&offer, &bytes).is_ok());
}

#[test]
fn n09_a_day_or_target_inside_a_chain_is_checked_too() {
    let offer = offer_of(VALUES[0], Mode::Key);
    let terms = Terms::to_slot(SLOTS[1].id(), [0; 32]);
    for (terms, expected) in [
        (Terms { day: Day(20_030), ..terms }, Error::Deadline),
        (Terms { target: SLOTS[2].id().0, ..terms }, Error::Target),
    ] {
        let chain = SLOTS[0].pass(&fresh(0, 0), terms, Some(&SLOTS[1]));
        let chain = to_key(1, &chain, &payee(), offer.hash().nonce(0));
        assert_eq!(refusal(&offer, vec![chain]), Some(expected));
    }
}
