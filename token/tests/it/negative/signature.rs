//! N23, N26, N27, N29, N30: signatures, answers, labels and bytes that must not change.

use super::{key_offer, number, sum};
use crate::mint::{MINT, SLOTS, fresh, passed_along, sign, to_key};
use sha2::{Digest as _, Sha512};
use std::collections::BTreeSet;
use tender_token::encode::Encode;
use tender_token::endorse::{Digest, Terms};
use tender_token::error::Error;
use tender_token::payment::Payment;
use tender_token::signature::SecretKey;
use tender_token::transcript::{Label, h32, hs, x};

#[test]
fn n23_a_number_that_is_no_signature_is_refused() {
    let key = MINT.value_keys[0].public();
    let (message, modulus) = (b"a message", key.modulus());
    let sigma = sign(&MINT.value_keys[0], message);
    assert!(key.verify(message, &sigma));
    let mut minus_one = modulus.to_vec();
    minus_one[255] -= 1;
    for wrong in [number(0), number(1), minus_one, modulus.to_vec()] {
        assert!(!key.verify(message, &wrong));
    }
    assert!(!key.verify(message, &sigma[1..]), "shorter");
    assert!(!key.verify(message, &[&[0], &sigma[..]].concat()), "longer");
    assert!(!key.verify(message, &[]), "nothing");
    assert!(!key.verify(b"another", &sigma));
}

#[test]
fn n23_a_signature_above_the_modulus_is_refused() {
    let key = MINT.value_keys[0].public();
    let fits = (0..=u8::MAX).find_map(|counter| {
        let sigma = sign(&MINT.value_keys[0], &[counter]);
        sum(&sigma, key.modulus()).map(|above| (counter, sigma, above))
    });
    let (counter, sigma, above) = fits.expect("one of 256 signatures is small enough");
    assert!(key.verify(&[counter], &sigma) && !key.verify(&[counter], &above));
    assert!(key.answers(&sigma, &tender_token::rsa::encode_message(&[counter], 256)));
    assert!(!key.answers(&above, &tender_token::rsa::encode_message(&[counter], 256)));
}

#[test]
fn n23_the_signer_takes_numbers_between_one_and_the_modulus_only() {
    let (secret, key) = (&MINT.value_keys[0], MINT.value_keys[0].public());
    let beyond = sum(key.modulus(), &number(2)).expect("no modulus of the tests is so large");
    let short = number(2)[1..].to_vec();
    for blinded in [number(0), number(1), key.modulus().to_vec(), beyond, short, Vec::new()] {
        assert_eq!(secret.sign(&blinded), Err(Error::Encoding));
        assert!(!key.in_range(&blinded));
    }
    let signature = secret.sign(&number(2)).expect("in range");
    assert!(key.answers(&signature, &number(2)) && !key.answers(&signature, &number(3)));
}

#[test]
fn n26_a_slot_that_has_answered_gives_no_second_answer() {
    let place = fresh(0, 0).next_place().expect("on a slot");
    let pledge = |nonce| {
        let key = SecretKey::from_seed(&[1; 32]).public();
        SLOTS[0].secret().pledge(&place, Terms::to_key(key, nonce))
    };
    let identity = &SLOTS[0].wallet().identity;
    let stored = pledge([1; 32]).digest();
    assert!(pledge([1; 32]).answer(&stored, identity).is_ok(), "the same answer, again");
    let second = pledge([2; 32]).answer(&stored, identity);
    assert_eq!(second.err(), Some(Error::AlreadyAnswered));
}

#[test]
fn n27_a_crash_before_the_digest_is_stored_leaves_no_answer() {
    // The pledge is gone and nothing is stored: the slot may stand for anything else. There is no
    // way to an answer but with the digest that came back from the store.
    let place = fresh(0, 0).next_place().expect("on a slot");
    let terms = Terms::to_slot(SLOTS[1].id(), [0; 32]);
    let lost = SLOTS[0].secret().pledge(&place, terms);
    let nothing = Digest([0; 64]);
    let answer = lost.answer(&nothing, &SLOTS[0].wallet().identity);
    assert_eq!(answer.err(), Some(Error::AlreadyAnswered));
    let (first, second) = (SLOTS[0].answer(&place, terms), SLOTS[0].answer(&place, terms));
    assert_eq!(first, second, "after a crash behind the write, the same answer is made again");
}

#[test]
fn n29_no_two_labels_hash_alike_and_none_is_the_beginning_of_another_hash() {
    let mut seen = BTreeSet::new();
    for label in Label::ALL {
        let text = label.text();
        assert!(seen.insert(x(*label, &[]).to_vec()), "{text}");
        assert!(seen.insert(x(*label, &[b"data"]).to_vec()), "{text}");
        assert_eq!(h32(*label, &[]), x(*label, &[])[..32]);
        assert!(text.bytes().all(|letter| letter.is_ascii_alphanumeric() || letter == b'-'));
    }
    assert_eq!(seen.len(), 2 * Label::ALL.len());
    assert!(!hs(Label::GeneratorH, &[]).is_zero());
}

/// SHA-512 of a payment whose every byte follows from the fixed secrets of the tests.
const PAYMENT_DIGEST: &str = concat!(
    "c8fed73cfc98d70d233342a03a87856a6639f0ace333dbd185b1c023a9302610",
    "98c3691bfd17e354c689a0ddaf715628d5ef3ac7ed7cdb4f8dd2b6e861c6a778",
);

#[test]
fn n30_no_dependency_changes_a_byte() {
    let offer = key_offer();
    let chain = passed_along(&[0, 1, 2]);
    let chain = to_key(2, &chain, &super::payee(), offer.hash().nonce(0));
    let payment = Payment { offer: offer.hash(), chains: vec![chain] };
    let receipt = payment.receipt(&super::payee());
    let bytes = [offer.to_bytes(), payment.to_bytes(), receipt.to_bytes()].concat();
    assert_eq!(hex::encode(Sha512::digest(bytes)), PAYMENT_DIGEST);
}
