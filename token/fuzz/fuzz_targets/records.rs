//! Every structure that reads without a manifest: what decodes encodes to the same bytes.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tender_token::amount::{Amount, Currency};
use tender_token::cash::Instruction;
use tender_token::cashed_list::{Page, Prefix};
use tender_token::date::{Day, Timestamp};
use tender_token::deny_list::DenyList;
use tender_token::double_spend::{Evidence, Statement};
use tender_token::encode::{Decode, Encode};
use tender_token::endorse::{Answer, Digest, Endorsement};
use tender_token::group::{Point, Scalar};
use tender_token::identity::{Pop, Record, Registration};
use tender_token::log::checkpoint::SignedCheckpoint;
use tender_token::log::leaf::Leaf;
use tender_token::log::tree::NodeId;
use tender_token::manifest::{Manifest, ManifestRecord, Strictness};
use tender_token::opening::{SlotOpening, ValueOpening};
use tender_token::policy::{Limits, Policy};
use tender_token::provision::{Open, Plan, Receipt, SignedOpen};
use tender_token::revocation::{Revocation, SignedRevocation, Subject};
use tender_token::rsa;
use tender_token::series::{Dates, Denomination, Series};
use tender_token::signature::{PublicKey, Signature};
use tender_token::slot::SlotId;
use tender_token::treasury::{self, Submission};
use tender_token::vrf::{self, Challenge, Proof};

fn canonical<T: Decode + Encode>(bytes: &[u8]) {
    if let Ok(value) = T::from_bytes(bytes) {
        assert_eq!(value.to_bytes(), bytes, "encode(decode(x)) = x");
    }
}

/// A checkpoint is text, and as canonical as everything else.
fn checkpoint(bytes: &[u8]) {
    if let Ok(checkpoint) = SignedCheckpoint::from_bytes(bytes) {
        assert_eq!(checkpoint.to_bytes(), bytes, "encode(decode(x)) = x");
    }
}

/// A page of the cashed list has a prefix, which comes from its name.
fn cashed_list(bytes: &[u8]) {
    let Some(([high, low], bytes)) = bytes.split_first_chunk() else { return };
    let Some(prefix) = Prefix::new(u16::from_be_bytes([*high, *low])) else { return };
    if let Ok(page) = Page::from_bytes(prefix, bytes) {
        assert_eq!(page.to_bytes(), bytes, "encode(decode(x)) = x");
    }
}

/// A public key of challenges is a point, in all of 32 bytes.
fn challenge_key(bytes: &[u8]) {
    let Ok(bytes) = bytes.try_into() else { return };
    if let Ok(key) = vrf::PublicKey::from_bytes(bytes) {
        assert_eq!(key.bytes(), *bytes, "encode(decode(x)) = x");
    }
    if let Ok(key) = vrf::SecretKey::from_bytes(bytes) {
        assert_eq!(*key.to_bytes(), *bytes, "encode(decode(x)) = x");
    }
}

/// A secret key in a file is DER, which others write too: only its meaning is one.
fn key_file(bytes: &[u8]) {
    let Ok(key) = rsa::SecretKey::from_der(bytes) else { return };
    let written = key.to_der().expect("what was read can be written");
    let again = rsa::SecretKey::from_der(&written).expect("what was written can be read");
    assert_eq!(again.public().modulus(), key.public().modulus());
}

/// An amount as people write it: what is written back is read as the same amount.
fn decimal(bytes: &[u8]) {
    let Some((decimals, text)) = bytes.split_first() else { return };
    let Ok(text) = core::str::from_utf8(text) else { return };
    let decimals = decimals % 20;
    if let Some(amount) = Amount::parse_decimal(text, decimals) {
        let written = amount.to_decimal(decimals);
        assert_eq!(Amount::parse_decimal(&written, decimals), Some(amount));
    }
}

const DECODERS: &[fn(&[u8])] = &[
    canonical::<Amount>,
    canonical::<Currency>,
    canonical::<Instruction>,
    canonical::<Day>,
    canonical::<Timestamp>,
    canonical::<Evidence>,
    canonical::<Statement>,
    canonical::<Answer>,
    canonical::<Digest>,
    canonical::<Endorsement>,
    canonical::<Point>,
    canonical::<Scalar>,
    canonical::<Pop>,
    canonical::<Record>,
    canonical::<Registration>,
    canonical::<ManifestRecord>,
    canonical::<SlotOpening>,
    canonical::<ValueOpening>,
    canonical::<Limits>,
    canonical::<Policy>,
    canonical::<Open>,
    canonical::<Plan>,
    canonical::<Receipt>,
    canonical::<SignedOpen>,
    canonical::<Dates>,
    canonical::<Denomination>,
    canonical::<Series>,
    canonical::<PublicKey>,
    canonical::<Signature>,
    canonical::<Challenge>,
    canonical::<Proof>,
    canonical::<DenyList>,
    canonical::<Revocation>,
    canonical::<SignedRevocation>,
    canonical::<tender_token::revocation::Proposal>,
    canonical::<Leaf>,
    canonical::<NodeId>,
    canonical::<Subject>,
    canonical::<treasury::Instruction>,
    canonical::<Submission>,
    canonical::<SlotId>, // stands for every 32-byte name
    challenge_key,
    key_file,
    decimal,
    checkpoint,
    cashed_list,
];

fuzz_target!(|bytes: &[u8]| {
    // The first byte chooses the structure, so that a corpus grows for each of them.
    let Some((choice, bytes)) = bytes.split_first() else { return };
    DECODERS[usize::from(*choice) % DECODERS.len()](bytes);
    if let Ok(registration) = Registration::from_bytes(bytes) {
        let _ = registration.verify();
    }
    if let Ok(record) = ManifestRecord::from_bytes(bytes) {
        let _ = Manifest::check(record, Strictness::Test);
    }
});
