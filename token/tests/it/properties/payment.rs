//! Payments: the honest one is accepted, and nothing near it is.

use super::{acceptable_day, canonical, chain_along, config, damage, flip, route};
use crate::mint::{MINT, NOW, SLOTS, VALUES, rng};
use crate::negative::{accept, acceptance, offer_of, payee, slot_offer};
use proptest::prelude::*;
use proptest::sample::Index;
use std::collections::BTreeSet;
use tender_token::chain::Chain;
use tender_token::date::Timestamp;
use tender_token::encode::Encode;
use tender_token::endorse::Terms;
use tender_token::error::Error;
use tender_token::offer::{Mode, Offer};
use tender_token::payment::{Acceptance, History, KnownAnswer, Payment, Verdict};
use tender_token::signature::{SecretKey, Signature};

/// An offer and a payment of one or two tokens for it, to a key or to slots.
fn paid() -> impl Strategy<Value = (Offer, Payment)> {
    let parts = (route(8, 8), prop::array::uniform2((1_usize..=3, 0_usize..2)), 1_usize..=2);
    let more = (any::<[u8; 32]>(), any::<bool>(), acceptable_day());
    (parts, more).prop_map(|((slots, shapes, count), (nonce, to_key, day))| {
        let shapes = &shapes[..count];
        let amount = shapes.iter().map(|(_, denomination)| VALUES[*denomination]).sum();
        let offer = if to_key {
            offer_of(amount, Mode::Key)
        } else {
            slot_offer(amount, &slots[6..6 + count])
        };
        let item = |(number, (length, denomination)): (usize, &(usize, usize))| {
            let route = &slots[3 * number..3 * number + length];
            let chain = chain_along(route, *denomination, nonce);
            let nonce = offer.hash().nonce(u16::try_from(number).expect("one or two"));
            let last = &SLOTS[route[length - 1]];
            let next = &SLOTS[slots[6 + number]];
            if to_key {
                last.pass(&chain, Terms { day, ..Terms::to_key(payee().public(), nonce) }, None)
            } else {
                last.pass(&chain, Terms::to_slot(next.id(), nonce), Some(next))
            }
        };
        let chains: Vec<Chain> = shapes.iter().enumerate().map(item).collect();
        let payment = Payment { offer: offer.hash(), chains };
        (offer, payment)
    })
}

fn read(bytes: &[u8]) -> Result<Payment, Error> {
    Payment::from_bytes(bytes, &MINT.manifest)
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn payments_are_canonical((_, payment) in paid(), damage in damage()) {
        canonical(&payment, &damage, read)?;
    }

    #[test]
    fn an_honest_payment_is_accepted_and_then_repeated((offer, payment) in paid()) {
        let bytes = payment.to_bytes();
        let verdict = accept(&offer, &bytes);
        prop_assert!(matches!(verdict, Ok(Verdict::New(new)) if *new.payment() == payment));
        let (denied, history) = (BTreeSet::new(), History::new());
        let again = Acceptance { paid: Some(&bytes), ..acceptance(&offer, &denied, &history) };
        prop_assert!(matches!(again.verify(&bytes, &mut rng()), Ok(Verdict::Repeated(_))));
    }

    #[test]
    fn a_flipped_bit_anywhere_in_a_payment_is_refused(
        (offer, payment) in paid(),
        bit in any::<Index>(),
    ) {
        prop_assert!(accept(&offer, &flip(&payment.to_bytes(), bit)).is_err());
    }

    #[test]
    fn a_payment_for_another_offer_is_refused(
        (offer, payment) in paid(),
        (other, _) in paid(),
        random in any::<[u8; 32]>(),
    ) {
        prop_assume!(offer.hash() != other.hash());
        prop_assert_eq!(accept(&other, &payment.to_bytes()).err(), Some(Error::Offer));
        let mut terms = offer.terms().clone();
        terms.random = random;
        let twin = Offer::sign(terms, &payee());
        let moved = Payment { offer: twin.hash(), chains: payment.chains };
        prop_assert_eq!(accept(&twin, &moved.to_bytes()).err(), Some(Error::Nonce));
    }

    #[test]
    fn an_amount_that_is_not_the_sum_is_refused((offer, payment) in paid(), wrong in any::<u64>()) {
        let mut terms = offer.terms().clone();
        let right = terms.amount;
        terms.amount = tender_token::amount::Amount::from_minor_units(wrong);
        prop_assume!(terms.amount != right);
        prop_assert_eq!(payment.value(), Ok(right));
        let other = Offer::sign(terms, &payee());
        let moved = Payment { offer: other.hash(), chains: payment.chains };
        prop_assert_eq!(accept(&other, &moved.to_bytes()).err(), Some(Error::Amount));
    }

    #[test]
    fn what_is_on_the_deny_list_is_refused_first(
        (offer, payment) in paid(),
        which in any::<Index>(),
    ) {
        let tokens = payment.chains.iter().map(|chain| chain.token_id().0);
        let slots = payment.chains.iter().flat_map(Chain::slot_ids).map(|slot| slot.0);
        let ids: Vec<[u8; 32]> = tokens.chain(slots).collect();
        let (denied, history) = (BTreeSet::from([*which.get(&ids)]), History::new());
        let verdict = acceptance(&offer, &denied, &history).verify(&payment.to_bytes(), &mut rng());
        prop_assert_eq!(verdict.err(), Some(Error::Denied));
    }

    #[test]
    fn history_speaks_against_other_answers_only(
        (offer, payment) in paid(),
        which in any::<Index>(),
        digest in any::<[u8; 32]>(),
        elsewhere in any::<bool>(),
    ) {
        let chain = which.get(&payment.chains);
        let link = which.get(chain.links());
        let mut known =
            KnownAnswer { token: chain.token_id(), place: link.place, digest: link.digest };
        let verdict = |known: KnownAnswer| {
            let history = History::from([(known.place.slot, vec![known])]);
            let denied = BTreeSet::new();
            acceptance(&offer, &denied, &history).verify(&payment.to_bytes(), &mut rng()).err()
        };
        prop_assert_eq!(verdict(known), None, "the same answer");
        known.digest.0[..32].copy_from_slice(&digest);
        if elsewhere {
            known.token.0[0] ^= 1;
        }
        let expected = if elsewhere { Error::SlotReused } else { Error::Double };
        prop_assert_eq!(verdict(known), Some(expected));
    }

    #[test]
    fn an_offer_is_open_until_it_expires((offer, payment) in paid(), seconds in 0_u64..120) {
        let now = Timestamp(NOW.0 + seconds);
        let (denied, history) = (BTreeSet::new(), History::new());
        let acceptance = Acceptance { now, ..acceptance(&offer, &denied, &history) };
        let refused = acceptance.verify(&payment.to_bytes(), &mut rng()).err();
        prop_assert_eq!(refused, (seconds > 60).then_some(Error::OfferExpired));
    }

    #[test]
    fn a_receipt_is_for_one_payment(
        (_, payment) in paid(),
        (_, other) in paid(),
        bit in any::<Index>(),
    ) {
        let receipt = payment.receipt(&payee());
        prop_assert_eq!(payment.verify_receipt(&payee().public(), &receipt), Ok(()));
        prop_assume!(payment != other);
        let payee = payee().public();
        prop_assert_eq!(other.verify_receipt(&payee, &receipt), Err(Error::Auth));
        let wrong = Signature(flip(&receipt.0, bit).try_into().expect("64 bytes"));
        prop_assert_eq!(payment.verify_receipt(&payee, &wrong), Err(Error::Auth));
        let impostor = SecretKey::from_seed(&[1; 32]).public();
        prop_assert_eq!(payment.verify_receipt(&impostor, &receipt), Err(Error::Auth));
    }
}
