//! Published signatures over texts of any length, which only this crate can make and verify: from
//! outside, all that is signed is a hash of 64 bytes.

use super::{PublicKey, SecretKey, Signature};
use crate::encode::Decode;
use crate::error::{Error, Result};
use wycheproof_ng_core::TestResult;
use wycheproof_ng_eddsa::{TestName, TestSet};

fn bytes<const N: usize>(text: &str) -> [u8; N] {
    hex::decode(text).expect("in hex").try_into().expect("the length of the standard")
}

/// RFC 8032, 7.1, TEST 1, 2 and 3: seed, public key, message, the two halves of the signature.
/// The last vector of that section is among the integration tests.
const RFC_8032: [[&str; 5]; 3] = [
    [
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155",
        "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ],
    [
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da",
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ],
    [
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac",
        "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ],
];

#[test]
fn texts_are_signed_and_verified_as_the_standard_publishes() {
    for [seed, public, text, r, s] in RFC_8032 {
        let key = SecretKey::from_seed(&bytes(seed));
        assert_eq!(key.public(), PublicKey(bytes(public)));
        let text = hex::decode(text).expect("in hex");
        let published = Signature(bytes(&[r, s].concat()));
        assert_eq!(key.sign_text(&text), published);
        assert_eq!(key.public().verify_text(&text, &published), Ok(()));
    }
}

/// Wycheproof calls no Ed25519 signature merely acceptable, so strict verification agrees with it
/// everywhere; what only strict verification refuses is made by the integration tests.
#[test]
fn wycheproof_is_right_about_every_signature() {
    let set = TestSet::load(TestName::Ed25519).expect("as the file is written");
    let mut counts = [0, 0, 0];
    for group in &set.test_groups {
        let key = PublicKey::from_bytes(&group.key.pk).expect("32 bytes");
        for test in &group.tests {
            let decoded = Signature::from_bytes(&test.sig);
            let outcome: Result<()> =
                decoded.and_then(|signature| key.verify_text(&test.msg, &signature));
            let (expected, kind) = match (&test.result, test.sig.len()) {
                (TestResult::Valid, _) => (Ok(()), 0),
                (TestResult::Invalid, 64) => (Err(Error::Auth), 1),
                (TestResult::Invalid, _) => (Err(Error::Encoding), 2),
                (TestResult::Acceptable, _) => panic!("decide about {}", test.tc_id),
            };
            assert_eq!(outcome, expected, "{}: {}", test.tc_id, test.comment);
            counts[kind] += 1;
        }
    }
    assert_eq!(counts, [88, 51, 12], "valid, invalid, of another length");
}
