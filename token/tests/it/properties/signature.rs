//! Ed25519 signatures over labelled hashes.

use super::{canonical, config, damage, flip};
use crate::negative::plus_order;
use proptest::prelude::*;
use proptest::sample::Index;
use tender_token::encode::Decode;
use tender_token::error::Error;
use tender_token::signature::{PublicKey, SecretKey, Signature};
use tender_token::transcript::{Label, x};

fn signature(bytes: &[u8]) -> Signature {
    Signature::from_bytes(bytes).expect("64 bytes")
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_signature_verifies_over_the_labelled_hash(
        seed in any::<[u8; 32]>(),
        data in any::<Vec<u8>>(),
    ) {
        let key = SecretKey::from_seed(&seed);
        let signed = key.sign(Label::Cash, &[&data]);
        prop_assert_eq!(key.public().verify(Label::Cash, &[&data], &signed), Ok(()));
        prop_assert_eq!(key.public().verify_digest(&x(Label::Cash, &[&data]), &signed), Ok(()));
        prop_assert_eq!(key.sign(Label::Cash, &[&data]), signed, "signing takes no randomness");
    }

    #[test]
    fn a_signature_is_for_its_label_and_data(
        seed in any::<[u8; 32]>(),
        data in any::<[u8; 20]>(),
        bit in any::<Index>(),
    ) {
        let key = SecretKey::from_seed(&seed);
        let signed = key.sign(Label::Cash, &[&data]);
        prop_assert_eq!(key.public().verify(Label::Claim, &[&data], &signed), Err(Error::Auth));
        let other = flip(&data, bit);
        prop_assert_eq!(key.public().verify(Label::Cash, &[&other], &signed), Err(Error::Auth));
    }

    #[test]
    fn a_flipped_bit_in_a_signature_is_refused(seed in any::<[u8; 32]>(), bit in any::<Index>()) {
        let key = SecretKey::from_seed(&seed);
        let wrong = signature(&flip(&key.sign(Label::Cash, &[]).0, bit));
        prop_assert_eq!(key.public().verify(Label::Cash, &[], &wrong), Err(Error::Auth));
    }

    #[test]
    fn a_flipped_bit_in_a_key_is_refused(seed in any::<[u8; 32]>(), bit in any::<Index>()) {
        let key = SecretKey::from_seed(&seed);
        let signed = key.sign(Label::Cash, &[]);
        let wrong = PublicKey::from_bytes(&flip(&key.public().0, bit)).expect("32 bytes");
        prop_assert_eq!(wrong.verify(Label::Cash, &[], &signed), Err(Error::Auth));
    }

    #[test]
    fn the_order_added_to_s_is_refused(seed in any::<[u8; 32]>()) {
        let key = SecretKey::from_seed(&seed);
        let mut bytes = key.sign(Label::Cash, &[]).0;
        let above = plus_order(&bytes[32..]);
        bytes[32..].copy_from_slice(&above);
        let verified = key.public().verify(Label::Cash, &[], &signature(&bytes));
        prop_assert_eq!(verified, Err(Error::Auth));
    }

    #[test]
    fn any_bytes_are_read_and_no_forgery_verifies(
        key in any::<[u8; 32]>(),
        r in any::<[u8; 32]>(),
        s in any::<[u8; 32]>(),
        damage in damage(),
    ) {
        let forged = signature(&[r, s].concat());
        canonical(&forged, &damage, Signature::from_bytes)?;
        canonical(&PublicKey(key), &damage, PublicKey::from_bytes)?;
        prop_assert_eq!(PublicKey(key).verify(Label::Cash, &[], &forged), Err(Error::Auth));
    }
}
