//! Records of series, denominations, manifests and policies.

use super::{canonical, config, damage, flip};
use crate::mint::{MINT, OwnSlot};
use proptest::prelude::*;
use proptest::sample::Index;
use tender_token::amount::{Amount, Currency};
use tender_token::date::Day;
use tender_token::encode::{Decode, Encode};
use tender_token::error::Error;
use tender_token::manifest::{Manifest, ManifestHash, ManifestRecord, Strictness};
use tender_token::policy::{Limits, LossRule, Policy};
use tender_token::series::{Dates, Denomination, Series, SeriesId};
use tender_token::signature::PublicKey;
use tender_token::slot::Slot;

fn modulus() -> impl Strategy<Value = Vec<u8>> {
    let length = prop_oneof![Just(256_usize), Just(384)];
    (length, any::<[u8; 32]>()).prop_map(|(length, part)| part.repeat(length / 32))
}

fn currency() -> impl Strategy<Value = Currency> {
    any::<[u8; 3]>().prop_map(|bytes| Currency::from_bytes(&bytes).expect("any three bytes"))
}

fn series() -> impl Strategy<Value = Series> {
    let days = prop::array::uniform5(any::<u32>().prop_map(Day));
    let parts = (any::<u32>(), currency(), days, any::<(u8, u8)>(), modulus());
    parts.prop_map(|(number, currency, days, (depth, max_hops), modulus)| {
        let [issue_from, issue_until, spend_until, deposit_until, claim_until] = days;
        let dates = Dates { issue_from, issue_until, spend_until, deposit_until, claim_until };
        Series { number, currency, dates, depth, max_hops, modulus }
    })
}

fn denomination() -> impl Strategy<Value = Denomination> {
    let parts = (any::<[u8; 32]>(), any::<u64>(), modulus());
    parts.prop_map(|(series, value, modulus)| Denomination {
        series: SeriesId(series),
        value: Amount::from_minor_units(value),
        modulus,
    })
}

fn record() -> impl Strategy<Value = ManifestRecord> {
    let lists =
        (prop::collection::vec(series(), 0..3), prop::collection::vec(denomination(), 0..3));
    (any::<(u32, u8)>(), any::<[[u8; 32]; 4]>(), lists).prop_map(
        |((epoch, min_lead), [previous, issuer, vrf, policy_hash], (series, denominations))| {
            let (previous, issuer) = (ManifestHash(previous), PublicKey(issuer));
            ManifestRecord {
                epoch,
                previous,
                issuer,
                vrf,
                min_lead,
                policy_hash,
                series,
                denominations,
            }
        },
    )
}

fn limits() -> impl Strategy<Value = Limits> {
    let amounts = prop::array::uniform5(any::<u64>().prop_map(Amount::from_minor_units));
    (currency(), amounts, any::<(u16, u16)>()).prop_map(|(currency, amounts, (payments, days))| {
        let [payment, holding, received, exchange, guarantee_cap] = amounts;
        let reconcile_days = days;
        Limits {
            currency,
            payment,
            holding,
            received,
            payments,
            reconcile_days,
            exchange,
            guarantee_cap,
        }
    })
}

fn policy() -> impl Strategy<Value = Policy> {
    let keys = || prop::collection::vec(any::<[u8; 32]>().prop_map(PublicKey), 0..4);
    let rule = prop_oneof![Just(LossRule::PayeeBears), Just(LossRule::PayerIntermediaryGuarantees)];
    let numbers = any::<(u32, u8, u8)>();
    (numbers, rule, prop::collection::vec(limits(), 0..4), keys(), keys()).prop_map(
        |((slot_quota, officers_k, witnesses_k), loss_rule, limits, officers, witnesses)| Policy {
            slot_quota,
            loss_rule,
            limits,
            officers_k,
            officers,
            witnesses_k,
            witnesses,
        },
    )
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn series_are_canonical(series in series(), damage in damage()) {
        canonical(&series, &damage, Series::from_bytes)?;
    }

    #[test]
    fn denominations_are_canonical(denomination in denomination(), damage in damage()) {
        canonical(&denomination, &damage, Denomination::from_bytes)?;
    }

    #[test]
    fn manifest_records_are_canonical(record in record(), damage in damage()) {
        canonical(&record, &damage, ManifestRecord::from_bytes)?;
    }

    #[test]
    fn policies_are_canonical(policy in policy(), damage in damage()) {
        canonical(&policy, &damage, Policy::from_bytes)?;
    }

    #[test]
    fn names_are_of_the_whole_record(
        series in series(),
        denomination in denomination(),
        policy in policy(),
        bit in any::<Index>(),
    ) {
        if let Ok(other) = Series::from_bytes(&flip(&series.to_bytes(), bit)) {
            prop_assert!(other.id() != series.id());
        }
        if let Ok(other) = Denomination::from_bytes(&flip(&denomination.to_bytes(), bit)) {
            prop_assert!(other.id() != denomination.id());
        }
        if let Ok(other) = Policy::from_bytes(&flip(&policy.to_bytes(), bit)) {
            prop_assert!(other.hash() != policy.hash());
        }
    }

    #[test]
    fn only_ordered_dates_and_small_depths_and_hops_are_in_range(
        series in series(),
        depth in 0_u8..20,
        max_hops in 0_u8..40,
    ) {
        let in_range = Series { depth, max_hops, ..series.clone() }.is_in_range();
        let small = (3..=16).contains(&depth) && (1..=32).contains(&max_hops);
        prop_assert_eq!(in_range, small && series.dates.are_ordered());
    }

    #[test]
    fn a_record_of_any_depth_has_a_number_of_candidates(series in series(), depth: u8) {
        // Decoding takes any depth and the check of the manifest comes later, so nothing may stop
        // at a depth that is out of range: 2^32 candidates did.
        let read = Series::from_bytes(&Series { depth, ..series }.to_bytes());
        let candidates = read.expect("decodable").candidates();
        prop_assert!(depth >= 32 || u64::from(candidates) == 1 << depth);
    }

    #[test]
    fn a_manifest_is_signed_as_a_whole(bit in any::<Index>()) {
        let record = MINT.manifest.record();
        let signature = record.sign(&MINT.root);
        let flipped = flip(&record.to_bytes(), bit);
        let root = MINT.root.public();
        let verified =
            Manifest::verify(&flipped, &signature, &root, &MINT.policy, Strictness::Test);
        prop_assert!(matches!(verified.err(), Some(Error::Manifest | Error::Encoding)));
    }

    #[test]
    fn a_manifest_of_any_record_is_refused_or_in_range(record in record()) {
        // Moduli of repeated bytes are composite with small factors, so a series never passes.
        let empty = record.series.is_empty() && record.denominations.is_empty();
        let checked = Manifest::check(record, Strictness::Test);
        prop_assert!(checked.is_ok() <= empty);
        prop_assert!(matches!(checked.err(), None | Some(Error::Manifest)));
    }

    #[test]
    fn slots_are_canonical_and_certified_as_a_whole(
        slot in 0..crate::mint::SLOT_COUNT,
        damage in damage(),
    ) {
        let slot: &OwnSlot = &crate::mint::SLOTS[slot];
        let decode = |bytes: &[u8]| Slot::from_bytes(bytes, &MINT.manifest);
        // A flipped series is unknown, which is named E_CERT and not E_ENCODING.
        canonical(&slot.slot, &damage, decode)?;
        prop_assert_eq!(slot.slot.verify(&MINT.manifest), Ok(()));
        let flipped = decode(&flip(&slot.slot.to_bytes(), damage.1));
        let refused = flipped.and_then(|slot| slot.verify(&MINT.manifest)).err();
        prop_assert!(matches!(refused, Some(Error::Cert | Error::Encoding)));
    }
}
