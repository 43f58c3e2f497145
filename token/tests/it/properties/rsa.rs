//! RSA blind signatures. Properties that only verify use signatures made once; the one that signs
//! takes milliseconds a case.

use super::{config, flip};
use crate::mint::{MINT, sign};
use proptest::prelude::*;
use proptest::sample::Index;
use std::sync::LazyLock;
use tender_token::rsa::{PublicKey, encode_message};

const MESSAGES: u8 = 32;

/// Signatures of the messages `[0]` to `[31]`.
static SIGNATURES: LazyLock<Vec<Vec<u8>>> =
    LazyLock::new(|| (0..MESSAGES).map(|number| sign(&MINT.value_keys[0], &[number])).collect());

fn key() -> &'static PublicKey {
    MINT.value_keys[0].public()
}

fn signed() -> impl Strategy<Value = (u8, &'static Vec<u8>)> {
    (0..MESSAGES).prop_map(|number| (number, &SIGNATURES[usize::from(number)]))
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_signature_verifies_for_its_message_and_key_only(
        (number, sigma) in signed(),
        other in any::<u8>(),
    ) {
        prop_assert!(key().verify(&[number], sigma));
        prop_assert_eq!(key().verify(&[other], sigma), other == number);
        prop_assert!(!MINT.value_keys[1].public().verify(&[number], sigma));
    }

    #[test]
    fn a_flipped_bit_in_a_signature_is_refused((number, sigma) in signed(), bit in any::<Index>()) {
        let flipped = flip(sigma, bit);
        prop_assert!(!key().verify(&[number], &flipped));
        prop_assert!(!key().answers(&flipped, &encode_message(&[number], 256)));
    }

    #[test]
    fn a_signature_of_another_length_is_refused(
        (number, sigma) in signed(),
        cut in 0_usize..256,
        more in 1_usize..9,
    ) {
        prop_assert!(!key().verify(&[number], &sigma[..cut]));
        prop_assert!(!key().verify(&[number], &sigma[256 - cut..]));
        prop_assert!(!key().verify(&[number], &[&sigma[..], &vec![0; more]].concat()));
        prop_assert!(!key().verify(&[number], &[&vec![0; more][..], sigma].concat()));
    }

    #[test]
    fn any_256_bytes_are_no_signature(
        bytes in prop::collection::vec(any::<u8>(), 256),
        number in any::<u8>(),
    ) {
        prop_assert!(!key().verify(&[number], &bytes));
    }

    #[test]
    fn a_blinded_signature_unblinds_to_the_unique_one(
        number in 0..MESSAGES,
        seed in any::<[u8; 32]>(),
    ) {
        let message = [number];
        let blinding = key().blind(&message, &seed).expect("a sound key");
        let answer = MINT.value_keys[0].sign(blinding.blinded()).expect("in range");
        prop_assert!(key().answers(&answer, blinding.blinded()));
        let sigma = key().unblind(&answer, &blinding, &message);
        prop_assert_eq!(sigma.as_ref(), Some(&SIGNATURES[usize::from(number)]));
    }

    #[test]
    fn a_wrong_answer_does_not_unblind((number, sigma) in signed(), seed in any::<[u8; 32]>()) {
        let blinding = key().blind(&[number], &seed).expect("a sound key");
        prop_assert_eq!(key().unblind(sigma, &blinding, &[number]), None);
        prop_assert!(!key().answers(sigma, blinding.blinded()));
    }

    #[test]
    fn blinding_is_a_function_of_key_message_and_seed(
        number in any::<u8>(),
        seed in any::<[u8; 32]>(),
        bit in any::<Index>(),
    ) {
        let blinded = key().blinded(&[number], &seed);
        let again = key().blind(&[number], &seed).expect("a sound key");
        prop_assert_eq!(&blinded[..], again.blinded());
        prop_assert!(key().in_range(&blinded));
        let other: [u8; 32] = flip(&seed, bit).try_into().expect("32 bytes");
        prop_assert!(blinded != key().blinded(&[number], &other));
        prop_assert!(blinded != key().blinded(&[number.wrapping_add(1)], &seed));
        prop_assert!(blinded != MINT.value_keys[1].public().blinded(&[number], &seed));
    }

    #[test]
    fn the_range_is_above_one_and_below_the_modulus(
        bytes in prop::collection::vec(any::<u8>(), 256),
        leading in 0_usize..=256,
    ) {
        let mut bytes = bytes;
        bytes[..leading].fill(0);
        let mut one = [0; 256];
        one[255] = 1;
        let within = bytes[..] > one[..] && &bytes[..] < key().modulus();
        prop_assert_eq!(key().in_range(&bytes), within);
        prop_assert!(!key().in_range(&bytes[1..]));
    }

    #[test]
    fn an_encoded_message_has_the_form_of_pss(
        message in any::<Vec<u8>>(),
        length in prop::sample::select(vec![256_usize, 384, 512]),
    ) {
        let encoded = encode_message(&message, length);
        prop_assert_eq!(encoded.len(), length);
        prop_assert!(encoded[0] < 0x80 && encoded[length - 1] == 0xbc);
        prop_assert_eq!(encode_message(&message, length), encoded);
    }

    #[test]
    fn different_messages_are_encoded_differently(
        one in any::<[u8; 4]>(),
        other in any::<[u8; 4]>(),
    ) {
        prop_assert_eq!(encode_message(&one, 256) == encode_message(&other, 256), one == other);
    }

    #[test]
    fn coprimality_of_many_is_that_of_each(
        bytes in prop::collection::vec(any::<[u8; 32]>(), 1..5),
        spoiled in any::<bool>(),
    ) {
        let mut values: Vec<Vec<u8>> =
            bytes.iter().map(|value| [&[0; 223][..], value, &[1]].concat()).collect();
        if spoiled {
            values.push(vec![0; 256]);
        }
        let values = values.iter().map(Vec::as_slice);
        prop_assert_eq!(key().are_coprime(values), !spoiled);
    }
}

/// A number that is smaller than most still fills its place, so that the length of an answer says
/// nothing of it. One in 256 begins with a zero.
#[test]
fn a13_every_signature_has_the_length_of_its_key_however_small_its_number_is() {
    let key = &MINT.value_keys[0];
    let blinded = |number: u16| {
        let mut bytes = vec![0; key.public().length()];
        bytes.splice(bytes.len() - 2.., (number + 2).to_be_bytes());
        bytes
    };
    let mut small = (0..5000).map(|number| key.sign(&blinded(number)).expect("in range"));
    let first = small.find(|signature| {
        assert_eq!(signature.len(), key.public().length());
        signature[0] == 0
    });
    assert!(first.is_some(), "none of 5000 begins with a zero");
}
