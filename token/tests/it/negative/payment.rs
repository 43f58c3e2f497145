//! N10 to N15, N24, N25, N28: payments that do not fit their offer, the day, or each other.

use super::{
    accept, acceptance, key_offer, offer_of, paid_to_key, paid_to_slot, payee, refusal, slot_offer,
    terms,
};
use crate::mint::{
    DATES, MAX_HOPS, MINT, NOW, OwnSlot, SLOTS, TODAY, VALUES, fresh, passed_along, rng, to_key,
};
use std::collections::BTreeSet;
use tender_token::amount::Amount;
use tender_token::chain::Chain;
use tender_token::date::{Day, Timestamp};
use tender_token::encode::{Encode, Reader};
use tender_token::endorse::{Answer, Terms};
use tender_token::error::Error;
use tender_token::group::Scalar;
use tender_token::manifest::{Manifest, Strictness};
use tender_token::offer::{Mode, Offer, Terms as OfferTerms};
use tender_token::payment::{Acceptance, History, Payment, Verdict};
use tender_token::token::Token;

#[test]
fn n10_one_payment_serves_one_offer_at_one_terminal_once() {
    let first = key_offer();
    let second = Offer::sign(OfferTerms { random: [6; 32], ..first.terms().clone() }, &payee());
    let chains = vec![paid_to_key(&first, 0)];
    let payment = Payment { offer: first.hash(), chains: chains.clone() }.to_bytes();
    assert_eq!(accept(&second, &payment).err(), Some(Error::Offer), "at another terminal");
    assert_eq!(refusal(&second, chains), Some(Error::Nonce), "under another offer's name");

    let (denied, history) = (BTreeSet::new(), History::new());
    let again = Acceptance { paid: Some(&payment), ..acceptance(&first, &denied, &history) };
    let repeated = again.verify(&payment, &mut rng());
    assert!(matches!(repeated, Ok(Verdict::Repeated(_))), "twice at one: the same receipt");
    let other = vec![paid_to_key(&first, 1)];
    let other = Payment { offer: first.hash(), chains: other }.to_bytes();
    assert_eq!(again.verify(&other, &mut rng()).err(), Some(Error::Offer));
}

#[test]
fn n11_two_payers_cannot_fill_one_slot() {
    let offer = slot_offer(VALUES[0], &[9]);
    let [first, second] = [0, 1].map(|payer| {
        let chains = vec![paid_to_slot(&offer, 0, &fresh(payer, 0), payer, 9)];
        Payment { offer: offer.hash(), chains }.to_bytes()
    });
    assert!(accept(&offer, &first).is_ok() && accept(&offer, &second).is_ok());
    let (denied, history) = (BTreeSet::new(), History::new());
    let paid = Acceptance { paid: Some(&first), ..acceptance(&offer, &denied, &history) };
    assert_eq!(paid.verify(&second, &mut rng()).err(), Some(Error::Offer));
}

#[test]
fn n11_a_push_and_an_endorsement_do_not_meet_on_one_slot() {
    let offer = slot_offer(2 * VALUES[0], &[9, 10]);
    let endorsed = paid_to_slot(&offer, 0, &fresh(0, 0), 0, 9);
    let meet = vec![endorsed.clone(), fresh(9, 0)];
    assert_eq!(refusal(&offer, meet), Some(Error::DupSlot));
    assert_eq!(refusal(&offer, vec![endorsed.clone(), fresh(11, 0)]), Some(Error::Target));
    assert_eq!(refusal(&offer, vec![endorsed, fresh(10, 0)]), None);
}

#[test]
fn n12_a_slot_or_a_token_appears_once_in_a_payment() {
    let offer = key_offer();
    let loops = passed_along(&[0, 1, 2, 1]);
    let loops = to_key(1, &loops, &payee(), offer.hash().nonce(0));
    assert_eq!(refusal(&offer, vec![loops]), Some(Error::DupSlot), "within one chain");

    let offer = offer_of(2 * VALUES[0], Mode::Key);
    let chain = |from: usize, item: u16| {
        to_key(2, &passed_along(&[from, 2]), &payee(), offer.hash().nonce(item))
    };
    let chains = vec![chain(0, 0), chain(1, 1)];
    assert_eq!(refusal(&offer, chains), Some(Error::DupSlot), "in two chains");
    let pay = |item| to_key(0, &fresh(0, 0), &payee(), offer.hash().nonce(item));
    assert_eq!(refusal(&offer, vec![pay(0), pay(1)]), Some(Error::DupToken));
}

#[test]
fn n13_max_hops_and_a_key_are_accepted_and_one_more_is_not() {
    let offer = key_offer();
    let route = |hops: usize| (0..=hops).collect::<Vec<_>>();
    let paid = |hops| to_key(hops, &passed_along(&route(hops)), &payee(), offer.hash().nonce(0));
    let most = usize::from(MAX_HOPS);
    assert_eq!(refusal(&offer, vec![paid(most)]), None);
    assert_eq!(refusal(&offer, vec![paid(most + 1)]), Some(Error::Hops));
    let on_slot = slot_offer(VALUES[0], &[most + 1]);
    let last = paid_to_slot(&on_slot, 0, &passed_along(&route(most)), most, most + 1);
    assert_eq!(refusal(&on_slot, vec![last]), Some(Error::Hops));
    let before = paid_to_slot(&on_slot, 0, &passed_along(&route(most - 1)), most - 1, most + 1);
    assert_eq!(refusal(&on_slot, vec![before]), None);
}

#[test]
fn n14_a_key_in_the_middle_is_no_place_to_pass_on_from() {
    let offer = key_offer();
    let ended = paid_to_key(&offer, 0);
    assert_eq!(ended.next_place(), None);
    let link = &ended.links()[0];
    let further = ended.clone().endorsed(link.endorsement, link.answer, None);
    assert_eq!(further.err(), Some(Error::Kind));
    let mut bytes = ended.to_bytes();
    bytes[608] = 2;
    bytes.extend_from_slice(&bytes.clone()[609..]);
    assert_eq!(Chain::from_bytes(&bytes, &MINT.manifest).err(), Some(Error::Kind));
}

#[test]
fn n14_a_key_in_the_middle_has_its_name_whatever_else_is_wrong() {
    let offer = key_offer();
    let mut bytes = paid_to_key(&offer, 0).to_bytes();
    let read = |bytes: &[u8]| Chain::from_bytes(bytes, &MINT.manifest).err();
    bytes[608] = 2;
    assert_eq!(read(&bytes[..610]), Some(Error::Kind), "nothing behind the kind");
    bytes[610..].fill(0xff);
    assert_eq!(read(&bytes), Some(Error::Kind), "an answer that is not canonical");
    bytes[608] = 1;
    assert_eq!(read(&bytes), Some(Error::Encoding), "the same answer at the end");
}

#[test]
fn n15_a_key_keeps_its_days_and_a_slot_has_none() {
    let offer = key_offer();
    let terms = Terms::to_key(payee().public(), offer.hash().nonce(0));
    let least = TODAY.checked_add(2).expect("min_lead");
    let late = DATES.deposit_until.checked_add(1).expect("in range");
    for (day, expected) in [
        (Day(TODAY.0 - 1), Some(Error::Deadline)),
        (Day(least.0 - 1), Some(Error::Deadline)),
        (least, None),
        (DATES.deposit_until, None),
        (late, Some(Error::Deadline)),
        (Day(u32::MAX), Some(Error::Deadline)),
    ] {
        let chain = SLOTS[0].pass(&fresh(0, 0), Terms { day, ..terms }, None);
        assert_eq!(refusal(&offer, vec![chain]), expected, "{day:?}");
    }
    let offer = slot_offer(VALUES[0], &[1]);
    let terms = Terms::to_slot(SLOTS[1].id(), offer.hash().nonce(0));
    let chain = SLOTS[0].pass(&fresh(0, 0), Terms { day: least, ..terms }, Some(&SLOTS[1]));
    assert_eq!(refusal(&offer, vec![chain]), Some(Error::Deadline), "day on SLOT");
}

#[test]
fn n15_a_clock_outside_the_dates_of_the_series_accepts_nothing() {
    let far = OfferTerms { expires: Timestamp(u64::MAX), ..terms(VALUES[0], Mode::Key) };
    let offer = Offer::sign(far, &payee());
    let payment = Payment { offer: offer.hash(), chains: vec![paid_to_key(&offer, 0)] }.to_bytes();
    let (denied, history) = (BTreeSet::new(), History::new());
    let on = |day: u32| {
        let now = Timestamp(u64::from(day) * 86_400);
        let acceptance = Acceptance { now, ..acceptance(&offer, &denied, &history) };
        acceptance.verify(&payment, &mut rng()).err()
    };
    assert_eq!(on(DATES.issue_from.0 - 1), Some(Error::Expired), "a clock set back");
    assert_eq!((on(DATES.issue_from.0), on(DATES.spend_until.0)), (None, None));
    assert_eq!(on(DATES.spend_until.0 + 1), Some(Error::Expired));
    let closed = key_offer();
    let payment = Payment { offer: closed.hash(), chains: vec![paid_to_key(&closed, 0)] };
    let now = NOW.checked_add(61).expect("in range");
    let late = Acceptance { now, ..acceptance(&closed, &denied, &history) };
    assert_eq!(late.verify(&payment.to_bytes(), &mut rng()).err(), Some(Error::OfferExpired));
}

#[test]
fn n24_errors_that_cancel_do_not_pass_a_batch() {
    let offer = offer_of(2 * VALUES[0], Mode::Key);
    let pay = |slot: usize, item, error: &dyn Fn(&Answer) -> Answer| {
        let chain = fresh(slot, 0);
        let terms = Terms::to_key(payee().public(), offer.hash().nonce(item));
        let place = chain.next_place().expect("on a slot");
        let (endorsement, answer) = SLOTS[slot].answer(&place, terms);
        chain.endorsed(endorsement, error(&answer), None).expect("well formed")
    };
    let one = Scalar::from_weight(1_u128.to_le_bytes());
    let more = |answer: &Answer| Answer { z: answer.z.plus(&one), ..*answer };
    let less = |answer: &Answer| Answer { z: answer.z.minus(&one), ..*answer };
    let same = |answer: &Answer| *answer;
    assert_eq!(refusal(&offer, vec![pay(0, 0, &same), pay(1, 1, &same)]), None);
    for _ in 0..100 {
        let chains = vec![pay(0, 0, &more), pay(1, 1, &less)];
        assert_eq!(refusal(&offer, chains), Some(Error::Response));
    }
}

#[test]
fn n25_sums_are_exact_and_of_one_currency() {
    for (amount, expected) in [
        (VALUES[0] - 1, Some(Error::Amount)),
        (VALUES[0], None),
        (VALUES[0] + 1, Some(Error::Amount)),
    ] {
        let offer = offer_of(amount, Mode::Key);
        assert_eq!(refusal(&offer, vec![paid_to_key(&offer, 0)]), expected);
    }
    let foreign = OwnSlot::certified(0, [2; 32], 1);
    let offer = key_offer();
    let nonce = offer.hash().nonce(0);
    let chain = Chain::new(MINT.token(2, &foreign));
    let chain = foreign.pass(&chain, Terms::to_key(payee().public(), nonce), None);
    assert_eq!(refusal(&offer, vec![chain]), Some(Error::Amount), "another currency");
    let two = slot_offer(VALUES[0], &[9, 10]);
    assert_eq!(refusal(&two, vec![fresh(9, 0)]), Some(Error::Amount), "one item for two slots");
}

#[test]
fn n25_values_that_overflow_are_refused() {
    let mut record = MINT.manifest.record().clone();
    record.denominations[0].value = Amount::from_minor_units(u64::MAX);
    let id = record.denominations[0].id();
    let manifest = Manifest::check(record, Strictness::Test).expect("sound");
    // Twice the greatest value, modulo 2^64.
    let offer = offer_of(u64::MAX - 1, Mode::Key);
    let chains = [0, 1].map(|item: u16| {
        let slot = &SLOTS[usize::from(item)];
        let bytes = [&id.0[..], &slot.slot.body.to_bytes(), &[0; 256]].concat();
        let token = Token::decode(&mut Reader::new(&bytes), &manifest).expect("well formed");
        let terms = Terms::to_key(payee().public(), offer.hash().nonce(item));
        slot.pass(&Chain::new(token), terms, None)
    });
    let payment = Payment { offer: offer.hash(), chains: chains.to_vec() };
    assert_eq!(payment.value(), Err(Error::Amount));
    let (denied, history) = (BTreeSet::new(), History::new());
    let payee = Acceptance { manifest: &manifest, ..acceptance(&offer, &denied, &history) };
    assert_eq!(payee.verify(&payment.to_bytes(), &mut rng()).err(), Some(Error::Amount));
}

#[test]
fn n28_every_truncated_or_longer_payment_is_no_encoding() {
    let offer = key_offer();
    let chain = to_key(1, &passed_along(&[0, 1]), &payee(), offer.hash().nonce(0));
    let bytes = Payment { offer: offer.hash(), chains: vec![chain] }.to_bytes();
    for length in 0..bytes.len() {
        assert_eq!(accept(&offer, &bytes[..length]).err(), Some(Error::Encoding), "{length}");
    }
    assert_eq!(accept(&offer, &[&bytes[..], &[0]].concat()).err(), Some(Error::Encoding));
    assert!(accept(&offer, &bytes).is_ok());
}
