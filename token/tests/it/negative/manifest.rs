//! N22 and N34: manifests and policies of which nothing may be used.

use super::sum;
use crate::mint::{DEPTH, MINT};
use tender_token::bounds::{DEPTH_MAX, DEPTH_MIN, HOPS_MAX};
use tender_token::date::Day;
use tender_token::encode::{Decode, Encode};
use tender_token::error::Error;
use tender_token::manifest::{Manifest, ManifestHash, ManifestRecord, Strictness};
use tender_token::rsa::PublicKey;
use tender_token::series::SeriesId;
use tender_token::signature;

/// The mint's record after a change.
fn changed(change: impl FnOnce(&mut ManifestRecord)) -> ManifestRecord {
    let mut record = MINT.manifest.record().clone();
    change(&mut record);
    record
}

fn refusal(record: ManifestRecord) -> Option<Error> {
    Manifest::check(record, Strictness::Test).err()
}

fn refusal_after(change: impl FnOnce(&mut ManifestRecord)) -> Option<Error> {
    refusal(changed(change))
}

#[test]
fn a10_n22_moduli_that_are_even_short_or_have_a_small_factor_are_refused() {
    let modulus = MINT.slot_keys[0].public().modulus();
    let mut even = modulus.to_vec();
    even[255] ^= 1;
    let mut short = modulus.to_vec();
    short[0] &= 0x7f;
    for modulus in [even, short, modulus[1..].to_vec(), [modulus, &[1]].concat(), Vec::new()] {
        assert_eq!(PublicKey::new(&modulus).err(), Some(Error::Manifest));
    }
    assert_eq!(PublicKey::new(&[0xff; 256]).err(), Some(Error::Manifest), "divisible by 3");
    for factor in [3, 251, 65_521] {
        let multiple = multiple_of(factor);
        assert_eq!(PublicKey::new(&multiple).err(), Some(Error::Manifest), "{factor}");
        let refused = refusal_after(|record| record.series[0].modulus = multiple);
        assert_eq!(refused, Some(Error::Manifest));
    }
    assert!(PublicKey::new(modulus).is_ok());
}

/// An odd number of 2048 bits that this prime divides.
fn multiple_of(factor: u16) -> Vec<u8> {
    let mut digits = vec![0; 256];
    // Written as factor * (2^2048 / factor rounded down): long division gives the quotient.
    let mut rest = 1_u32;
    for digit in &mut digits {
        let dividend = rest * 256;
        *digit = u8::try_from(dividend / u32::from(factor)).expect("below 256");
        rest = dividend % u32::from(factor);
    }
    let mut multiple = times(&digits, factor);
    if multiple[255] & 1 == 0 {
        let mut step = vec![0; 254];
        step.extend(factor.to_be_bytes());
        let negative: Vec<u8> = step.iter().map(|byte| !byte).collect();
        // Subtracting the factor is adding its complement and one, without the last carry.
        let mut one = vec![0; 256];
        one[255] = 1;
        let complement = sum(&negative, &one).expect("not zero");
        multiple = wrapping_sum(&multiple, &complement);
    }
    multiple
}

fn times(digits: &[u8], factor: u16) -> Vec<u8> {
    let mut carry = 0_u32;
    let mut product: Vec<u8> = Vec::new();
    for digit in digits.iter().rev() {
        let value = u32::from(*digit) * u32::from(factor) + carry;
        product.push(u8::try_from(value % 256).expect("below 256"));
        carry = value / 256;
    }
    assert_eq!(carry, 0);
    product.reverse();
    product
}

fn wrapping_sum(left: &[u8], right: &[u8]) -> Vec<u8> {
    let widen = |bytes: &[u8]| [&[0], bytes].concat();
    sum(&widen(left), &widen(right)).expect("one byte more is enough")[1..].to_vec()
}

#[test]
fn n22_one_key_has_one_purpose() {
    let slot_key = MINT.slot_keys[0].public().modulus().to_vec();
    let value_key = MINT.value_keys[0].public().modulus().to_vec();
    let twice = |record: &mut ManifestRecord| record.series[1].modulus = slot_key.clone();
    assert_eq!(refusal_after(twice), Some(Error::Manifest), "two slot keys");
    let twice = |record: &mut ManifestRecord| record.denominations[1].modulus = value_key.clone();
    assert_eq!(refusal_after(twice), Some(Error::Manifest), "two value keys");
    let twice = |record: &mut ManifestRecord| record.denominations[1].modulus = slot_key.clone();
    assert_eq!(refusal_after(twice), Some(Error::Manifest), "a slot key that is a value key");
}

#[test]
fn n22_a_depth_below_six_is_for_tests_only_and_none_below_three() {
    let record = MINT.manifest.record().clone();
    assert_eq!(Manifest::check(record, Strictness::Production).err(), Some(Error::Manifest));
    let with_depth = |depth| {
        // Denominations name their series by a hash of its record, so they go.
        changed(|record| {
            record.denominations.clear();
            record.series.iter_mut().for_each(|series| series.depth = depth);
        })
    };
    for (depth, strictness, expected) in [
        (5, Strictness::Production, Some(Error::Manifest)),
        (6, Strictness::Production, None),
        (DEPTH_MAX, Strictness::Production, None),
        (DEPTH_MAX + 1, Strictness::Production, Some(Error::Manifest)),
        (DEPTH_MIN, Strictness::Test, None),
        (DEPTH_MIN - 1, Strictness::Test, Some(Error::Manifest)),
    ] {
        assert_eq!(Manifest::check(with_depth(depth), strictness).err(), expected, "{depth}");
    }
    assert_eq!(with_depth(DEPTH).series, MINT.manifest.record().series);
}

#[test]
fn n22_dates_out_of_order_and_hops_out_of_range_are_refused() {
    let dates = MINT.manifest.record().series[0].dates;
    let refused = |change: &dyn Fn(&mut tender_token::series::Series)| {
        refusal_after(|record| {
            record.denominations.clear();
            change(&mut record.series[0]);
        })
    };
    let wrong = Some(Error::Manifest);
    let day = |day: Day, more: u32| Day(day.0 + more);
    assert_eq!(refused(&|s| s.dates.issue_from = day(dates.issue_until, 1)), wrong);
    assert_eq!(refused(&|s| s.dates.issue_until = day(dates.spend_until, 1)), wrong);
    assert_eq!(refused(&|s| s.dates.spend_until = dates.deposit_until), wrong);
    assert_eq!(refused(&|s| s.dates.deposit_until = dates.claim_until), wrong);
    assert_eq!(refused(&|s| s.dates.issue_until = dates.spend_until), None);
    assert_eq!(refused(&|s| s.max_hops = 0), wrong);
    assert_eq!(refused(&|s| s.max_hops = HOPS_MAX), None);
    assert_eq!(refused(&|s| s.max_hops = HOPS_MAX + 1), wrong);
}

#[test]
fn n22_values_and_keys_that_cannot_be_used_are_refused() {
    let wrong = Some(Error::Manifest);
    let zero = tender_token::amount::Amount::ZERO;
    assert_eq!(refusal_after(|record| record.denominations[0].value = zero), wrong);
    let nowhere = SeriesId([0; 32]);
    assert_eq!(refusal_after(|record| record.denominations[0].series = nowhere), wrong);
    let small = signature::PublicKey([0; 32]);
    assert_eq!(refusal_after(|record| record.issuer = small), wrong);
    assert_eq!(refusal_after(|record| record.vrf = [0; 32]), wrong, "identity");
    assert_eq!(refusal_after(|record| record.vrf = [0xff; 32]), wrong, "no point");
    assert_eq!(refusal_after(|_| {}), None);
}

#[test]
fn n22_a_manifest_without_the_roots_word_or_out_of_turn_is_refused() {
    let verify = |bytes: &[u8], signature| {
        let (root, policy) = (MINT.root.public(), &MINT.policy);
        Manifest::verify(bytes, signature, &root, policy, Strictness::Test)
    };
    let record = MINT.manifest.record();
    let bytes = record.to_bytes();
    let signature = record.sign(&MINT.root);
    let held = verify(&bytes, &signature).expect("the root has signed it");
    let forged = record.sign(&MINT.issuer);
    assert_eq!(verify(&bytes, &forged).err(), Some(Error::Manifest));
    let next = |epoch, previous| {
        let record = ManifestRecord { epoch, previous, ..record.clone() };
        Manifest::check(record, Strictness::Test).expect("sound")
    };
    assert!(next(2, held.hash()).follows(&held));
    assert!(!next(1, held.hash()).follows(&held), "the same epoch");
    assert!(!next(2, ManifestHash([1; 32])).follows(&held), "another history: a split view");
    for cut in [0, 1, bytes.len() / 2, bytes.len() - 1] {
        assert_eq!(verify(&bytes[..cut], &signature).err(), Some(Error::Encoding));
    }
    assert_eq!(ManifestRecord::from_bytes(&[&bytes[..], &[0]].concat()), Err(Error::Encoding));
}

#[test]
fn n34_a_policy_with_another_hash_is_refused() {
    let record = MINT.manifest.record();
    let (bytes, signature) = (record.to_bytes(), record.sign(&MINT.root));
    let mut other = crate::mint::policy();
    other.slot_quota += 1;
    for (policy, expected) in [(&MINT.policy, None), (&other, Some(Error::Manifest))] {
        let root = MINT.root.public();
        let verified = Manifest::verify(&bytes, &signature, &root, policy, Strictness::Test);
        assert_eq!(verified.err(), expected);
    }
}
