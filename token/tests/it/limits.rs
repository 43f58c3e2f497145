//! Limits on what happens offline `[S6]`, one below, at and beyond each; N34.

use crate::conformance::file::File;
use tender_token::amount::{Amount, Currency};
use tender_token::date::Day;
use tender_token::encode::Encode;
use tender_token::error::Error;
use tender_token::manifest::{Manifest, ManifestRecord, Strictness};
use tender_token::policy::limits::{Bound, Usage};
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
    assert_eq!(check(&limits(), 101, &usage()), Some(Bound::Payment(amount(100))));
    let (holding, received) = (Bound::Holding(amount(1000)), Bound::Received(amount(500)));
    let (payments, days) = (Bound::Payments(3), Bound::ReconcileDays(7));
    for (used, expected) in [
        (Usage { held: amount(1000), ..usage() }, None),
        (Usage { held: amount(1001), ..usage() }, Some(holding)),
        (Usage { received: amount(500), ..usage() }, None),
        (Usage { received: amount(501), ..usage() }, Some(received)),
        (Usage { payments: 3, ..usage() }, Some(payments)),
        (Usage { payments: u16::MAX, ..usage() }, Some(payments)),
        (Usage { reconciled: Day(TODAY.0 - 8), ..usage() }, Some(days)),
        (Usage { reconciled: Day(0), ..usage() }, Some(days)),
        (Usage { reconciled: Day(TODAY.0 + 1), ..usage() }, None),
    ] {
        assert_eq!(check(&limits(), 100, &used), expected, "{used:?}");
    }
    for (forbidding, bound) in [
        (Limits { payment: Amount::ZERO, ..limits() }, Bound::Payment(Amount::ZERO)),
        (Limits { holding: Amount::ZERO, ..limits() }, Bound::Holding(Amount::ZERO)),
        (Limits { payments: 0, ..limits() }, Bound::Payments(0)),
        (Limits { reconcile_days: 0, ..limits() }, Bound::ReconcileDays(0)),
    ] {
        let today = Usage { payments: 0, reconciled: TODAY, ..usage() };
        assert_eq!(check(&forbidding, 1, &today), Some(bound), "{forbidding:?}");
    }
}

#[test]
fn n34_a_payee_stops_at_its_own_limits() {
    let check = |limits: &Limits, gets: u64, usage: &Usage| {
        limits.check_payee(amount(gets), usage, TODAY).err()
    };
    assert_eq!(check(&limits(), 100, &usage()), None);
    let little = Usage { held: amount(0), received: amount(0), ..usage() };
    assert_eq!(check(&limits(), 101, &little), Some(Bound::Payment(amount(100))));
    let (holding, received) = (Bound::Holding(amount(1000)), Bound::Received(amount(500)));
    for (used, expected) in [
        (Usage { held: amount(901), ..usage() }, Some(holding)),
        (Usage { held: amount(u64::MAX), ..usage() }, Some(holding)),
        (Usage { received: amount(401), ..usage() }, Some(received)),
        (Usage { received: amount(u64::MAX), ..usage() }, Some(received)),
        (Usage { payments: u16::MAX, ..usage() }, None),
        (Usage { reconciled: Day(TODAY.0 - 8), ..usage() }, Some(Bound::ReconcileDays(7))),
    ] {
        assert_eq!(check(&limits(), 100, &used), expected, "{used:?}");
    }
    for (forbidding, bound) in [
        (Limits { payment: Amount::ZERO, ..limits() }, Bound::Payment(Amount::ZERO)),
        (Limits { holding: Amount::ZERO, ..limits() }, Bound::Holding(Amount::ZERO)),
        (Limits { received: Amount::ZERO, ..limits() }, Bound::Received(Amount::ZERO)),
        (Limits { reconcile_days: 0, ..limits() }, Bound::ReconcileDays(0)),
    ] {
        let fresh = Usage { reconciled: TODAY, ..little };
        assert_eq!(check(&forbidding, 1, &fresh), Some(bound), "{forbidding:?}");
    }
    assert_eq!(check(&Limits { payments: 0, ..limits() }, 1, &usage()), None);
}

#[test]
fn n34_what_is_withdrawn_counts_towards_the_holding_limit_alone() {
    let check = |more: u64, used: &Usage| limits().check_holding(amount(more), used).err();
    let stale = Usage { payments: u16::MAX, reconciled: Day(0), ..usage() };
    assert_eq!(check(100, &stale), None);
    assert_eq!(check(101, &stale), Some(Bound::Holding(amount(1000))));
    assert_eq!(check(u64::MAX, &stale), Some(Bound::Holding(amount(1000))));
    assert_eq!(Error::from(Bound::Holding(amount(1000))), Error::Limit);
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
