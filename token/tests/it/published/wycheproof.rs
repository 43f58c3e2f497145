//! Wycheproof's signatures of RSASSA-PSS.
//!
//! `[F6]` has room for one encoding only: SHA-384, MGF1 with SHA-384, no salt. No file is about it,
//! but the collections of odd parameters have one such signature each, and the file about SHA-384
//! with a salt has one without, which is invalid there. Everything else that is valid to Wycheproof
//! has another hash, mask or salt and must be refused, or a message would have several signatures.

use tender_token::error::Error;
use tender_token::rsa::PublicKey;
use wycheproof_ng_core::{HashFunction, TestResult};
use wycheproof_ng_rsa_signature::rsa_pss_verify::{Test, TestGroup, TestName, TestSet};

/// What a file's signatures came to.
#[derive(Debug, Default, PartialEq, Eq)]
struct Count {
    accepted: usize,
    valid_but_refused: usize,
    invalid_and_refused: usize,
}

/// Whether a signature is made as `[F6]` wants it.
fn is_ours(group: &TestGroup, test: &Test) -> bool {
    let sha384 = HashFunction::Sha2_384;
    let without_salt = match test.result {
        TestResult::Valid => group.salt_size == 0,
        // What is wrong with it is that its salt is missing.
        TestResult::Invalid | TestResult::Acceptable => test.comment == "s_len changed to 0",
    };
    group.hash == sha384 && group.mgf_hash == Some(sha384) && without_salt
}

fn count(name: TestName) -> Count {
    let set = TestSet::load(name).expect("as the file is written");
    let mut count = Count::default();
    for group in &set.test_groups {
        let modulus: Vec<u8> = group.key.n.iter().copied().skip_while(|byte| *byte == 0).collect();
        let key = PublicKey::new(&modulus);
        if ![2048, 3072].contains(&group.key_size) {
            assert_eq!(key.err(), Some(Error::Manifest), "{} bits", group.key_size);
            continue;
        }
        let key = key.expect("a modulus of a length that is permitted");
        for test in &group.tests {
            let (id, valid) = (test.tc_id, test.result == TestResult::Valid);
            let accepted = key.verify(&test.msg, &test.sig);
            assert_eq!(accepted, is_ours(group, test), "{name:?} {id}: {}", test.comment);
            match (accepted, valid) {
                (true, _) => count.accepted += 1,
                (false, true) => count.valid_but_refused += 1,
                (false, false) => count.invalid_and_refused += 1,
            }
        }
    }
    count
}

#[track_caller]
fn check(name: TestName, accepted: usize, valid_but_refused: usize, invalid_and_refused: usize) {
    assert_eq!(count(name), Count { accepted, valid_but_refused, invalid_and_refused }, "{name:?}");
}

#[test]
fn a5_of_all_parameters_only_ours_are_accepted() {
    check(TestName::RsaPssmisc, 1, 149, 0);
    check(TestName::RsaPssmiscWithParams, 1, 149, 0);
    check(TestName::RsaPss2048Sha384Mgf1SaltLen48, 1, 95, 45);
}

#[test]
fn another_hash_is_refused_with_and_without_a_salt() {
    check(TestName::RsaPss2048Sha256Mgf1SaltLen0, 0, 61, 42);
    check(TestName::RsaPss2048Sha1Mgf1SaltLen20, 0, 42, 46);
    check(TestName::RsaPss2048Sha256Mgf1Sha1_20, 0, 63, 45);
    check(TestName::RsaPss3072Sha256Mgf1SaltLen32, 0, 63, 45);
}

#[test]
fn keys_of_4096_bits_are_refused_for_their_length() {
    check(TestName::RsaPss4096Sha384Mgf1SaltLen48, 0, 0, 0);
}
