//! Leaves: canonical bytes of every effect.

use crate::properties::treasury::submission;
use crate::properties::{canonical, config, damage};
use proptest::prelude::{Strategy, any};
use proptest::{prop_assert_eq, prop_oneof, proptest};
use tender_token::amount::{Amount, Currency};
use tender_token::cashed_list::Commitment;
use tender_token::date::Day;
use tender_token::encode::{Decode, Encode};
use tender_token::error::Error;
use tender_token::identity::RegistrarId;
use tender_token::log::leaf::{Effect, Leaf, Tokens, Transfer};
use tender_token::log::{LogHash, TreeHead};
use tender_token::policy::{LossRule, Policy};
use tender_token::revocation::{Revocation, Subject};
use tender_token::rollback::{Proposal, Reached, Rollback};
use tender_token::series::{DenominationId, SeriesId};
use tender_token::signature::{PublicKey, SecretKey, Signature};
use tender_token::slot::SlotId;
use tender_token::treasury::Submission;

fn tokens() -> impl Strategy<Value = Tokens> {
    let parts = (any::<[u8; 32]>(), any::<[u8; 32]>(), 1..=u64::MAX);
    parts.prop_map(|(intermediary, denomination, count)| Tokens {
        intermediary: RegistrarId(intermediary),
        denomination: DenominationId(denomination),
        count,
    })
}

fn manifest(manifest: Vec<u8>, slot_quota: u32) -> Effect {
    let policy = Policy {
        slot_quota,
        loss_rule: LossRule::PayeeBears,
        limits: Vec::new(),
        officers_k: 0,
        officers: Vec::new(),
        witnesses_k: 0,
        witnesses: Vec::new(),
    };
    Effect::Manifest { manifest, signature: Signature([7; 64]), policy }
}

fn revocation(series: [u8; 32]) -> Effect {
    let subject = Subject::Series(SeriesId(series));
    let revocation = Revocation { epoch: 1, subject, day: Day(3) };
    Effect::Revocation(revocation.sign(&SecretKey::from_seed(&[1; 32])))
}

fn rollback((hashes, numbers, other): ([[u8; 32]; 3], [u64; 4], Submission)) -> Effect {
    let [issuer, kept, known] = hashes;
    let reached =
        |root, size, commits| Reached { head: TreeHead { size, root: LogHash(root) }, commits };
    let proposal = Proposal {
        issuer: PublicKey(issuer),
        kept: reached(kept, numbers[0], numbers[1]),
        known: reached(known, numbers[2], numbers[3]),
    };
    Effect::Rollback(Rollback { proposal, approvals: other.approvals })
}

fn effect() -> impl Strategy<Value = Effect> {
    prop_oneof![
        (proptest::collection::vec(any::<u8>(), 0..300), any::<u32>())
            .prop_map(|(bytes, quota)| manifest(bytes, quota)),
        any::<[u8; 32]>().prop_map(revocation),
        tokens().prop_map(Effect::Signed),
        tokens().prop_map(Effect::Cashed),
        tokens().prop_map(Effect::Claimed),
        any::<[u8; 32]>().prop_map(Effect::Incident),
        any::<[u8; 32]>().prop_map(|slot| Effect::Untraced(SlotId(slot))),
        (tokens(), any::<u64>()).prop_map(|(tokens, amount)| Effect::Transfer(Transfer {
            payer: tokens.intermediary,
            payee: RegistrarId(tokens.denomination.0),
            currency: Currency::new("FLN").expect("three capital letters"),
            amount: Amount::from_minor_units(amount),
        })),
        (tokens(), any::<u64>()).prop_map(|(tokens, amount)| Effect::Redress(Transfer {
            payer: tokens.intermediary,
            payee: RegistrarId(tokens.denomination.0),
            currency: Currency::new("FLN").expect("three capital letters"),
            amount: Amount::from_minor_units(amount),
        })),
        submission().prop_map(Effect::Supply),
        (any::<[[u8; 32]; 3]>(), any::<[u64; 4]>(), submission()).prop_map(rollback),
        (any::<[u8; 32]>(), any::<[u8; 32]>(), any::<u64>()).prop_map(|(series, half, tokens)| {
            let hash = [half, half].concat().try_into().expect("two halves of 64 bytes");
            Effect::CashedList(SeriesId(series), Commitment { tokens, hash })
        }),
    ]
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_leaf_has_one_encoding(day in any::<u32>(), effect in effect(), damage in damage()) {
        canonical(&Leaf { day: Day(day), effect }, &damage, Leaf::from_bytes)?;
    }

    #[test]
    fn the_tree_hashes_a_leaf_s_bytes(day in any::<u32>(), effect in effect()) {
        let leaf = Leaf { day: Day(day), effect };
        prop_assert_eq!(leaf.hash(), LogHash::leaf(&leaf.to_bytes()));
    }
}

#[test]
fn a_leaf_of_tokens_is_78_bytes_and_counts_at_least_one() {
    let tokens = Tokens {
        intermediary: RegistrarId([1; 32]),
        denomination: DenominationId([2; 32]),
        count: 1,
    };
    let leaf = Leaf { day: Day(9), effect: Effect::Signed(tokens) };
    let mut bytes = [&[1, 0, 0, 0, 9, 3][..], &[1; 32], &[2; 32], &1_u64.to_be_bytes()].concat();
    assert_eq!(leaf.to_bytes(), bytes);
    *bytes.last_mut().expect("78 bytes") = 0;
    assert_eq!(Leaf::from_bytes(&bytes), Err(Error::Encoding));
}
