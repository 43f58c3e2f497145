//! Limits on what happens offline `[S6]`, one below, at and beyond each; N34.

use crate::file::File;
use tender_token::amount::{Amount, Currency};
use tender_token::date::Day;
use tender_token::encode::Encode;
use tender_token::error::Error;
use tender_token::manifest::{Manifest, ManifestRecord, Strictness};
use tender_token::policy::limits::Usage;
use tender_token::policy::{Limits, LossRule, Policy};
use tender_token::signature::SecretKey;

const TODAY: Day = Day(20_040);

fn amount(minor_units: u64) -> Amount {
    Amount::from_minor_units(minor_units)
}

fn limits() -> Limits {
    Limits {
        currency: Currency::new("XTS").expect("three letters"),
        payment: amount(100),
        holding: amount(1000),
        received: amount(500),
        payments: 3,
        reconcile_days: 7,
        exchange: amount(0),
        guarantee_cap: amount(0),
    }
}

/// A wallet that can pay, and accept, exactly 100.
fn usage() -> Usage {
    Usage { held: amount(900), received: amount(400), payments: 2, reconciled: Day(TODAY.0 - 7) }
}

#[test]
fn n34_a_payer_stops_at_every_limit() {
    let check = |limits: &Limits, pays: u64, usage: &Usage| {
        limits.check_payer(amount(pays), usage, TODAY).err()
    };
    assert_eq!(check(&limits(), 100, &usage()), None);
    assert_eq!(check(&limits(), 101, &usage()), Some(Error::Limit));
    for (used, expected) in [
        (Usage { held: amount(1000), ..usage() }, None),
        (Usage { held: amount(1001), ..usage() }, Some(Error::Limit)),
        (Usage { received: amount(500), ..usage() }, None),
        (Usage { received: amount(501), ..usage() }, Some(Error::Limit)),
        (Usage { payments: 3, ..usage() }, Some(Error::Limit)),
        (Usage { payments: u16::MAX, ..usage() }, Some(Error::Limit)),
        (Usage { reconciled: Day(TODAY.0 - 8), ..usage() }, Some(Error::Limit)),
        (Usage { reconciled: Day(0), ..usage() }, Some(Error::Limit)),
        (Usage { reconciled: Day(TODAY.0 + 1), ..usage() }, None),
    ] {
        assert_eq!(check(&limits(), 100, &used), expected, "{used:?}");
    }
    for forbidding in [
        Limits { payment: Amount::ZERO, ..limits() },
        Limits { holding: Amount::ZERO, ..limits() },
        Limits { payments: 0, ..limits() },
        Limits { reconcile_days: 0, ..limits() },
    ] {
        let today = Usage { payments: 0, reconciled: TODAY, ..usage() };
        assert_eq!(check(&forbidding, 1, &today), Some(Error::Limit), "{forbidding:?}");
    }
}

#[test]
fn n34_a_payee_stops_at_its_own_limits() {
    let check = |limits: &Limits, gets: u64, usage: &Usage| {
        limits.check_payee(amount(gets), usage, TODAY).err()
    };
    assert_eq!(check(&limits(), 100, &usage()), None);
    let little = Usage { held: amount(0), received: amount(0), ..usage() };
    assert_eq!(check(&limits(), 101, &little), Some(Error::Limit));
    for (used, expected) in [
        (Usage { held: amount(901), ..usage() }, Some(Error::Limit)),
        (Usage { held: amount(u64::MAX), ..usage() }, Some(Error::Limit)),
        (Usage { received: amount(401), ..usage() }, Some(Error::Limit)),
        (Usage { received: amount(u64::MAX), ..usage() }, Some(Error::Limit)),
        (Usage { payments: u16::MAX, ..usage() }, None),
        (Usage { reconciled: Day(TODAY.0 - 8), ..usage() }, Some(Error::Limit)),
    ] {
        assert_eq!(check(&limits(), 100, &used), expected, "{used:?}");
    }
    for forbidding in [
        Limits { payment: Amount::ZERO, ..limits() },
        Limits { holding: Amount::ZERO, ..limits() },
        Limits { received: Amount::ZERO, ..limits() },
        Limits { reconcile_days: 0, ..limits() },
    ] {
        let fresh = Usage { reconciled: TODAY, ..little };
        assert_eq!(check(&forbidding, 1, &fresh), Some(Error::Limit), "{forbidding:?}");
    }
    assert_eq!(check(&Limits { payments: 0, ..limits() }, 1, &usage()), None);
}

#[test]
fn n34_a_policy_with_another_hash_is_not_used() {
    for file in File::all() {
        let policy = Policy {
            slot_quota: 100,
            loss_rule: LossRule::PayeeBears,
            limits: vec![limits()],
            officers_k: 0,
            officers: Vec::new(),
            witnesses_k: 0,
            witnesses: Vec::new(),
        };
        let root = SecretKey::from_seed(&[1; 32]);
        let record = file.manifest.record().clone();
        let record = ManifestRecord { policy_hash: policy.hash(), ..record };
        let (bytes, signature) = (record.to_bytes(), record.sign(&root));
        let verify = |policy: &Policy| {
            let root = root.public();
            Manifest::verify(&bytes, &signature, &root, policy, Strictness::Test).err()
        };
        assert_eq!(verify(&policy), None);
        let other = Limits { payment: amount(101), ..limits() };
        let other = Policy { limits: vec![other], ..policy };
        assert_eq!(verify(&other), Some(Error::Manifest));
    }
}
