//! Exports: a whole log verifies with the root's key alone, and whatever is changed is named.

mod rules;

use super::Log;
use crate::mint::MINT;
use tender_token::amount::{Amount, Currency};
use tender_token::date::{Day, Timestamp};
use tender_token::encode::Encode;
use tender_token::identity::RegistrarId;
use tender_token::log::checkpoint::Checkpoint;
use tender_token::log::export::{Doubt, Flaw, export, origin, verify};
use tender_token::log::leaf::{Effect, Leaf, Tokens};
use tender_token::log::{LogHash, TreeHead};
use tender_token::manifest::{ManifestRecord, Strictness};
use tender_token::revocation::{Revocation, Subject};
use tender_token::rollback::{Proposal, Reached, Rollback};
use tender_token::series::DenominationId;
use tender_token::signature::SecretKey;
use tender_token::treasury::{Instruction, InstructionId, Officer, Order, Submission};

fn manifest(record: &ManifestRecord, root: &SecretKey) -> Effect {
    let (signature, policy) = (record.sign(root), MINT.policy.clone());
    Effect::Manifest { manifest: record.to_bytes(), signature, policy }
}

fn first() -> Effect {
    manifest(MINT.manifest.record(), &MINT.root)
}

/// The next manifest after the mint's, after a change.
fn second(change: impl FnOnce(&mut ManifestRecord)) -> ManifestRecord {
    let record = MINT.manifest.record();
    let mut next = ManifestRecord { epoch: 2, previous: record.hash(), ..record.clone() };
    change(&mut next);
    next
}

fn tokens(denomination: DenominationId, count: u64) -> Tokens {
    Tokens { intermediary: RegistrarId([5; 32]), denomination, count }
}

fn revocation(root: &SecretKey) -> Effect {
    let subject = Subject::Series(MINT.series[1]);
    Effect::Revocation(Revocation { epoch: 1, subject, day: Day(3) }.sign(root))
}

fn supply(officer: u8) -> Effect {
    let instruction = Instruction {
        id: InstructionId([8; 32]),
        issuer: MINT.issuer.public(),
        order: Order::Issue,
        currency: Currency::new("FLN").expect("three capital letters"),
        amount: Amount::from_minor_units(700),
        expiry: Timestamp(9 * 86_400),
    };
    let approvals = vec![Officer::from_seed(&[officer; 32]).approve(&instruction)];
    Effect::Supply(Submission { instruction, approvals })
}

/// The issuer goes on behind these effects, as an officer approved.
fn rollback(before: Vec<Effect>, officer: u8) -> Effect {
    let leaves = contents(before);
    let size = u64::try_from(leaves.len()).expect("it is small");
    let head = Log::of(leaves).head(size);
    let known = TreeHead { size: size + 5, root: LogHash([9; 32]) };
    let proposal = Proposal {
        issuer: MINT.issuer.public(),
        kept: Reached { head, commits: 30 },
        known: Reached { head: known, commits: 41 },
    };
    let approvals = vec![Officer::from_seed(&[officer; 32]).approve(&proposal)];
    Effect::Rollback(Rollback { proposal, approvals })
}

/// A log in which everything is as it has to be.
fn sound() -> Vec<Effect> {
    let [one, two, _] = MINT.denominations;
    vec![
        first(),
        supply(1),
        Effect::Signed(tokens(one, 3)),
        Effect::Cashed(tokens(one, 2)),
        manifest(&second(|_| {}), &MINT.root),
        revocation(&MINT.root),
        Effect::Signed(tokens(two, 1)),
        Effect::Cashed(tokens(one, 1)),
    ]
}

fn contents(effects: Vec<Effect>) -> Vec<Vec<u8>> {
    effects.into_iter().map(|effect| Leaf { day: Day(3), effect }.to_bytes()).collect()
}

/// The export of leaves under the checkpoint of leaves, which may be others.
fn exported(leaves: &[Vec<u8>], signed: &[Vec<u8>], key: &SecretKey) -> Vec<u8> {
    let size = u64::try_from(signed.len()).expect("it is small");
    let head = Log::of(signed.iter().cloned()).head(size);
    let checkpoint = Checkpoint { origin: origin(&MINT.root.public()), head };
    export(leaves, &checkpoint.sign(key))
}

fn doubt(bytes: &[u8]) -> Option<Doubt> {
    verify(bytes, &MINT.root.public(), Strictness::Test).err()
}

/// What is said of a log with these effects, which the issuer signed.
fn told(effects: Vec<Effect>) -> Option<Doubt> {
    let leaves = contents(effects);
    doubt(&exported(&leaves, &leaves, &MINT.issuer))
}

#[test]
fn ra20_a_sound_log_verifies_with_the_root_s_key_alone() {
    let leaves = contents(sound());
    let bytes = exported(&leaves, &leaves, &MINT.issuer);
    let verified = verify(&bytes, &MINT.root.public(), Strictness::Test).expect("it is sound");
    assert_eq!((verified.head.size, verified.epoch), (8, 2));
    let other = SecretKey::from_seed(&[77; 32]).public();
    let refused = verify(&bytes, &other, Strictness::Test).err();
    assert_eq!(refused, Some(Doubt::Checkpoint), "another root");
}

/// Every byte of the file: the first leaf that is not what was written is named, or the checkpoint.
#[test]
fn ra20_every_flipped_byte_of_an_export_is_found_and_its_leaf_named() {
    let leaves = contents(sound());
    let bytes = exported(&leaves, &leaves, &MINT.issuer);
    let mut ends = vec![21];
    for leaf in &leaves {
        ends.push(ends.last().copied().unwrap_or_default() + 4 + leaf.len() + 32);
    }
    for at in 0..bytes.len() {
        let mut flipped = bytes.clone();
        flipped[at] ^= 1 << (at % 8);
        let found = doubt(&flipped).unwrap_or_else(|| panic!("a flip at {at} is not found"));
        let leaf = ends.iter().filter(|end| **end <= at).count();
        match found {
            Doubt::Front => assert!(at < 13, "{at}"),
            // Another number of leaves: the first that is not there, or what follows is no note.
            Doubt::Leaf(index, Flaw::Cut) if at < 21 => assert_eq!(index, 8, "{at}"),
            Doubt::Leaf(index, _) => assert_eq!(Ok(index + 1), u64::try_from(leaf), "{at}"),
            Doubt::Checkpoint => assert!(at < 21 || at >= ends[8], "{at}"),
            Doubt::Tree => panic!("{at}: no flip signs another tree"),
        }
        assert!(!found.to_string().is_empty());
    }
    for length in 0..bytes.len() {
        assert!(doubt(&bytes[..length]).is_some(), "cut to {length} bytes");
    }
}

/// Whoever writes hashes anew along with the leaves still has no signature.
#[test]
fn ra20_leaves_that_were_exchanged_with_their_hashes_are_not_the_issuer_s() {
    let leaves = contents(sound());
    let mut other = sound();
    other[3] = Effect::Cashed(tokens(MINT.denominations[0], 1));
    let other = contents(other);
    assert_eq!(doubt(&exported(&other, &leaves, &MINT.issuer)), Some(Doubt::Tree));
    assert_eq!(doubt(&exported(&leaves[..7], &leaves, &MINT.issuer)), Some(Doubt::Tree));
    assert_eq!(doubt(&exported(&leaves, &leaves[..7], &MINT.issuer)), Some(Doubt::Tree));
    let stranger = SecretKey::from_seed(&[78; 32]);
    assert_eq!(doubt(&exported(&leaves, &leaves, &stranger)), Some(Doubt::Checkpoint));
}

/// What an issuer signs and must not do is found by whoever reads it.
#[test]
fn ra20_a_signed_log_that_breaks_a_rule_is_named_by_its_leaf() {
    let stranger = SecretKey::from_seed(&[79; 32]);
    let with = |index: usize, effect: Effect| {
        let mut effects = sound();
        effects[index] = effect;
        told(effects)
    };
    let named = |index, flaw| Some(Doubt::Leaf(index, flaw));
    let [one, ..] = MINT.denominations;
    assert_eq!(told(Vec::new()), named(0, Flaw::Founding));
    assert_eq!(with(0, revocation(&MINT.root)), named(0, Flaw::Founding));
    assert_eq!(with(1, supply(2)), named(1, Flaw::Supply));
    assert_eq!(
        with(2, Effect::Signed(tokens(DenominationId([1; 32]), 1))),
        named(2, Flaw::Denomination)
    );
    assert_eq!(with(3, Effect::Cashed(tokens(one, 4))), named(3, Flaw::Cashed));
    assert_eq!(with(5, revocation(&stranger)), named(5, Flaw::Revocation));
    let shortened = |size: usize, officer| {
        let mut effects = sound();
        let record = rollback(effects[..size].to_vec(), officer);
        effects.insert(6, record);
        told(effects)
    };
    assert_eq!(shortened(6, 1), None, "the log tells that it was shortened");
    assert_eq!(shortened(6, 2), named(6, Flaw::Rollback));
    assert_eq!(shortened(5, 1), named(6, Flaw::Rollback), "another place");
    for record in [
        second(|record| record.epoch = 1),
        second(|record| record.previous.0[0] ^= 1),
        second(|record| record.policy_hash[0] ^= 1),
    ] {
        assert_eq!(with(4, manifest(&record, &MINT.root)), named(4, Flaw::Manifest));
    }
    assert_eq!(with(4, manifest(&second(|_| {}), &stranger)), named(4, Flaw::Manifest));
    assert_eq!(with(0, manifest(&second(|_| {}), &MINT.root)), named(0, Flaw::Manifest));
}
