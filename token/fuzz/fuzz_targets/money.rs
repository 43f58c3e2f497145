//! Every structure that reads with a manifest: what decodes encodes to the same bytes, and the
//! checks of a proof, an item and a claim end in a verdict.

#![no_main]

mod mint;

use getrandom::SysRng;
use libfuzzer_sys::fuzz_target;
use mint::{MANIFEST, changed, hex};
use rand_core::UnwrapErr;
use std::sync::LazyLock;
use tender_token::cash::{CashItem, Purpose};
use tender_token::chain::Chain;
use tender_token::claim::{Claim, Grounds};
use tender_token::double_spend::DoubleSpendProof;
use tender_token::encode::Encode;
use tender_token::error::Result;
use tender_token::exchange;
use tender_token::manifest::Manifest;
use tender_token::offer::Offer;
use tender_token::provision::Reveal;
use tender_token::slot::Slot;
use tender_token::withdraw::{Reply, Request, SignedRequest};

fn canonical<T: Encode>(decode: impl Fn(&[u8], &Manifest) -> Result<T>, bytes: &[u8]) -> Option<T> {
    let value = decode(bytes, &MANIFEST).ok()?;
    assert_eq!(value.to_bytes(), bytes, "encode(decode(x)) = x");
    Some(value)
}

fn reveal(bytes: &[u8], manifest: &Manifest) -> Result<Reveal> {
    let (_, key) = manifest.slot_keys().next().expect("the manifest has a series");
    Reveal::from_bytes(bytes, 2, key.series.depth, &key.key)
}

/// The withdrawal of the known answers, whose reply is read.
static REQUEST: LazyLock<Request> = LazyLock::new(|| {
    let bytes = hex("\"request\": \"");
    Request::from_bytes(&bytes, &MANIFEST).expect("a request of the known answers")
});

fn reply(bytes: &[u8], manifest: &Manifest) -> Result<Reply> {
    Reply::from_bytes(bytes, &REQUEST.signed.plan, manifest)
}

/// The reply to an exchange with the same outputs as the withdrawal.
fn exchange_reply(bytes: &[u8], manifest: &Manifest) -> Result<Reply> {
    let plan = &REQUEST.signed.plan;
    let plan = exchange::Plan {
        manifest: plan.manifest,
        sid: plan.sid,
        expires: plan.expires,
        outputs: plan.outputs.clone(),
    };
    plan.read_reply(bytes, manifest)
}

/// Where the known answers have an honest structure for each choice that has one: what is changed
/// little gets past the first ids that no luck would find.
const HONEST: [Option<&str>; 12] = [
    Some("\"slot\": \""),
    Some("\"chain\": \""),
    Some("\"offer\": \""),
    Some("\"request\": \""),
    None,
    Some("\"reveal\": \""),
    Some("\"proof\": \""),
    Some("\"item\": \""),
    Some("\"reply\": \""),
    None,
    Some("\"claim_form_2\": \""),
    None,
];

fuzz_target!(|bytes: &[u8]| {
    let Some((choice, bytes)) = bytes.split_first() else { return };
    let choice = choice % 12;
    read(choice, bytes);
    if let Some(key) = HONEST[usize::from(choice)] {
        read(choice, &changed(hex(key), bytes));
    }
});

/// Reads one kind of structure, and verifies what can be verified.
fn read(choice: u8, bytes: &[u8]) {
    match choice {
        0 => drop(canonical(Slot::from_bytes, bytes)),
        1 => drop(canonical(Chain::from_bytes, bytes)),
        2 => drop(canonical(Offer::from_bytes, bytes)),
        3 => drop(canonical(Request::from_bytes, bytes)),
        4 => drop(canonical(SignedRequest::from_bytes, bytes)),
        5 => {
            if let Some(reveal) = canonical(reveal, bytes) {
                assert_eq!(Reveal::session_of(bytes), Ok(reveal.sid));
            }
        }
        6 => {
            if let Some(proof) = canonical(DoubleSpendProof::from_bytes, bytes) {
                let _ = proof.verify(&MANIFEST);
            }
        }
        7 => {
            if let Some(item) = canonical(CashItem::from_bytes, bytes) {
                let _ = item.verify(Purpose::Deposit, &MANIFEST, &mut UnwrapErr(SysRng));
            }
        }
        8 => drop(canonical(reply, bytes)),
        9 => drop(canonical(exchange_reply, bytes)),
        10 => {
            if let Some(claim) = canonical(Claim::from_bytes, bytes) {
                let _ = claim.verify(&Grounds::NONE, &MANIFEST, &mut UnwrapErr(SysRng));
            }
        }
        _ => drop(canonical(exchange::Request::from_bytes, bytes)),
    }
}
