//! Every structure that reads without a manifest: what decodes encodes to the same bytes.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tender_token::amount::{Amount, Currency};
use tender_token::cash::Instruction;
use tender_token::cashed_list::{Page, Prefix};
use tender_token::date::{Day, Timestamp};
use tender_token::deny_list::DenyList;
use tender_token::double_spend::Evidence;
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
use tender_token::revocation::{Revocation, SignedRevocation};
use tender_token::series::{Dates, Denomination, Series};
use tender_token::signature::{PublicKey, Signature};
use tender_token::vrf::{Challenge, Proof};

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

const DECODERS: &[fn(&[u8])] = &[
    canonical::<Amount>,
    canonical::<Currency>,
    canonical::<Instruction>,
    canonical::<Day>,
    canonical::<Timestamp>,
    canonical::<Evidence>,
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
    canonical::<Leaf>,
    canonical::<NodeId>,
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
