//! RFC 8032, 7.1, and the cases in which implementations of Ed25519 differ.
//!
//! Our signatures are over 64 bytes. That is the message of the RFC's last vector; the published
//! collections of edge cases have other messages, so their twelve classes are made here, with the
//! algebra in the open. The RFC's other vectors and Wycheproof's, which the crate can check only
//! from inside, are in the unit tests of `signature`.

use curve25519_dalek::constants::{ED25519_BASEPOINT_POINT, EIGHT_TORSION};
use curve25519_dalek::edwards::{CompressedEdwardsY, EdwardsPoint};
use curve25519_dalek::scalar::Scalar;
use sha2::{Digest, Sha512};
use tender_token::error::Error;
use tender_token::signature::{PublicKey, SecretKey, Signature};

fn bytes<const N: usize>(text: &str) -> [u8; N] {
    hex::decode(text).expect("in hex").try_into().expect("the length of the standard")
}

#[test]
fn the_vector_with_a_message_of_64_bytes_is_signed_as_published() {
    let seed = bytes("833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42");
    let public = bytes("ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf");
    let message = Sha512::digest(b"abc").into();
    let published = Signature(bytes(concat!(
        "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b589",
        "09351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704",
    )));
    let key = SecretKey::from_seed(&seed);
    assert_eq!(key.public(), PublicKey(public));
    assert_eq!(key.sign_digest(&message), published);
    assert_eq!(key.public().verify_digest(&message, &published), Ok(()));
}

const MESSAGE: [u8; 64] = [0x5a; 64];

/// The challenge of a signature as the verifier computes it, from the bytes it is given.
fn challenge(r: &[u8; 32], key: &[u8; 32]) -> Scalar {
    let hash = Sha512::new().chain_update(r).chain_update(key).chain_update(MESSAGE);
    Scalar::from_bytes_mod_order_wide(&hash.finalize().into())
}

fn verify(key: [u8; 32], r: [u8; 32], s: [u8; 32]) -> Result<(), Error> {
    let signature = Signature([r, s].concat().try_into().expect("64 bytes"));
    PublicKey(key).verify_digest(&MESSAGE, &signature)
}

/// A signature with the secret scalar `a` and nonce `n`, where key and R may have a part of small
/// order: it satisfies the equation with the cofactor, whatever these parts are.
fn signed(key_torsion: EdwardsPoint, r_torsion: EdwardsPoint, n: u8) -> [[u8; 32]; 3] {
    let (a, n) = (Scalar::from(12_345_u64), Scalar::from(n) + Scalar::from(1_000_u64));
    let key = (ED25519_BASEPOINT_POINT * a + key_torsion).compress().to_bytes();
    let r = (ED25519_BASEPOINT_POINT * n + r_torsion).compress().to_bytes();
    [key, r, (n + challenge(&r, &key) * a).to_bytes()]
}

#[test]
fn keys_and_nonces_of_small_order_are_refused() {
    for key in EIGHT_TORSION {
        for r in EIGHT_TORSION {
            let [key, r] = [key, r].map(|point| point.compress().to_bytes());
            // S = 0 satisfies the equation without any secret wherever R = -cA.
            assert_eq!(verify(key, r, [0; 32]), Err(Error::Auth));
        }
    }
    // A key of full order and an R of small order, with S = ca.
    let a = Scalar::from(12_345_u64);
    let key = (ED25519_BASEPOINT_POINT * a).compress().to_bytes();
    for r in EIGHT_TORSION {
        let r = r.compress().to_bytes();
        assert_eq!(verify(key, r, (challenge(&r, &key) * a).to_bytes()), Err(Error::Auth));
    }
}

#[test]
fn a_key_of_small_order_is_refused_with_a_good_nonce_too() {
    let n = Scalar::from(99_u64);
    let r = (ED25519_BASEPOINT_POINT * n).compress().to_bytes();
    for key in EIGHT_TORSION.map(|point| point.compress().to_bytes()) {
        assert_eq!(PublicKey(key).check(), Err(Error::Auth));
        assert_eq!(verify(key, r, n.to_bytes()), Err(Error::Auth));
    }
}

#[test]
fn the_equation_has_no_cofactor() {
    let none = EIGHT_TORSION[0];
    for torsion in EIGHT_TORSION.into_iter().skip(1) {
        // The error in R is the torsion itself, which only the cofactor would remove.
        let [key, r, s] = signed(none, torsion, 0);
        assert_eq!(verify(key, r, s), Err(Error::Auth));
        // With a mixed key it is c times the torsion: nothing exactly if the order divides c.
        for n in 0..32 {
            let [key, r, s] = signed(torsion, none, n);
            let vanishes = torsion * challenge(&r, &key) == none;
            assert_eq!(verify(key, r, s).is_ok(), vanishes);
        }
    }
    let [key, r, s] = signed(none, none, 0);
    assert_eq!(verify(key, r, s), Ok(()));
}

#[test]
fn the_order_added_to_s_is_refused() {
    let [key, r, s] = signed(EIGHT_TORSION[0], EIGHT_TORSION[0], 7);
    assert_eq!(verify(key, r, s), Ok(()));
    let above = crate::negative::plus_order(&s).try_into().expect("32 bytes");
    assert_eq!(verify(key, r, above), Err(Error::Auth));
    let mut high = s;
    high[31] |= 0xe0;
    assert_eq!(verify(key, r, high), Err(Error::Auth), "bits far above the order");
}

#[test]
fn keys_and_nonces_above_the_field_are_refused() {
    // y = p + 0 .. p + 18 fits into 255 bits. Those that are points at all have small order or
    // another sign; none may stand for the key or the nonce of a signature.
    let [key, r, s] = signed(EIGHT_TORSION[0], EIGHT_TORSION[0], 7);
    for low in 0xed..=0xff_u8 {
        for top in [0x7f, 0xff] {
            let mut above = [0xff; 32];
            (above[0], above[31]) = (low, top);
            assert_eq!(verify(key, above, s), Err(Error::Auth));
            assert_eq!(verify(above, r, s), Err(Error::Auth));
            let point = CompressedEdwardsY(above).decompress();
            assert!(point.is_none_or(|point| point.compress().to_bytes() != above));
        }
    }
}
