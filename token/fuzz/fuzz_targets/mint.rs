//! What the targets share: the manifest of the known answers, with two series.

use std::sync::LazyLock;
use tender_token::encode::Decode;
use tender_token::manifest::{Manifest, ManifestRecord, Strictness};

const VECTORS: &str = include_str!("../../tests/vectors/public.json");

/// The manifest of the known answers.
pub static MANIFEST: LazyLock<Manifest> = LazyLock::new(|| {
    let record = ManifestRecord::from_bytes(&hex("\n  \"manifest\": \"")).expect("a manifest");
    Manifest::check(record, Strictness::Test).expect("a sound manifest")
});

/// The bytes behind the first place where the file has this key.
pub fn hex(key: &str) -> Vec<u8> {
    let (_, rest) = VECTORS.split_once(key).expect("the file has the key");
    let (text, _) = rest.split_once('"').expect("the text ends");
    let digits: Vec<_> = text.chars().map(|digit| digit.to_digit(16).expect("hex")).collect();
    let byte = |pair: &[u32]| u8::try_from(pair[0] * 16 + pair[1]).expect("two digits");
    digits.chunks(2).map(byte).collect()
}

/// Honest bytes with a few changes, each three bytes: a place, and what to flip there.
pub fn changed(mut honest: Vec<u8>, changes: &[u8]) -> Vec<u8> {
    for change in changes.chunks_exact(3) {
        let place = usize::from(u16::from_be_bytes([change[0], change[1]])) % honest.len();
        honest[place] ^= change[2];
    }
    honest
}
