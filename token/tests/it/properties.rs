//! Rules that hold for all inputs, each tried on a thousand.
//!
//! Signing with RSA takes milliseconds, so slots and tokens come from the [`mint`](crate::mint),
//! where each is signed once. What varies is everything around them: routes, terms, bytes.

mod amount;
mod cash;
mod chain;
mod change;
mod compromise;
mod double_spend;
mod encode;
mod endorse;
mod group;
mod identity;
mod manifest;
mod offer;
mod opening;
mod payment;
mod privacy;
mod provision;
mod restore;
mod rsa;
mod signature;
mod transcript;
pub mod treasury;
mod tree;
mod vrf;
mod withdraw;

use crate::mint::{MINT, SLOTS, TODAY, TOKENS, VALUES};
use proptest::prelude::{Just, ProptestConfig, Strategy, TestCaseError, any};
use proptest::sample::Index;
use proptest::{prop_assert, prop_assert_eq};
use tender_token::chain::Chain;
use tender_token::date::Day;
use tender_token::encode::Encode;
use tender_token::endorse::{Kind, Terms};
use tender_token::error::{Error, Result};
use tender_token::group::Scalar;

/// A thousand cases. A failure prints its least input; nothing is written beside the sources.
pub fn config() -> ProptestConfig {
    ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() }
}

/// What is needed to damage bytes in the three ways of [`canonical`].
pub type Damage = (Index, Index, u8);

/// Any damage.
pub fn damage() -> impl Strategy<Value = Damage> {
    any::<Damage>()
}

/// Bytes that decode encode to themselves (`[F1]`); truncated or longer they are `E_ENCODING`; with
/// one bit flipped they are refused or mean something else, which encodes to the flipped bytes.
pub fn canonical<T: Encode + PartialEq>(
    value: &T,
    damage: &Damage,
    decode: impl Fn(&[u8]) -> Result<T>,
) -> core::result::Result<(), TestCaseError> {
    let bytes = value.to_bytes();
    let decoded = decode(&bytes);
    prop_assert!(decoded.as_ref() == Ok(value), "decode(encode(x)) = x");
    prop_assert_eq!(decoded.map(|decoded| decoded.to_bytes()), Ok(bytes.clone()));
    let (cut, bit, more) = damage;
    let truncated = decode(&bytes[..cut.index(bytes.len())]).err();
    prop_assert_eq!(truncated, Some(Error::Encoding), "truncated");
    let longer = decode(&[&bytes[..], &[*more]].concat()).err();
    prop_assert_eq!(longer, Some(Error::Encoding), "trailing byte");
    let flipped = flip(&bytes, *bit);
    if let Ok(other) = decode(&flipped) {
        prop_assert!(other != *value, "two encodings of one meaning");
        prop_assert_eq!(other.to_bytes(), flipped);
    }
    Ok(())
}

/// Bytes with one bit flipped.
pub fn flip(bytes: &[u8], bit: Index) -> Vec<u8> {
    let bit = bit.index(bytes.len() * 8);
    let mut flipped = bytes.to_vec();
    flipped[bit / 8] ^= 1 << (bit % 8);
    flipped
}

/// Any scalar but zero.
pub fn scalar() -> impl Strategy<Value = Scalar> {
    let scalars = [any::<[u8; 32]>(), any::<[u8; 32]>()];
    let wide = scalars.prop_map(|halves| halves.concat().try_into().expect("64 bytes"));
    wide.prop_map(|wide: [u8; 64]| Scalar::from_wide(&wide))
        .prop_filter("zero", |scalar| !scalar.is_zero())
}

/// Different slots, at least `least` and at most `most`.
pub fn route(least: usize, most: usize) -> impl Strategy<Value = Vec<usize>> {
    let slots = Just((0..SLOTS.len()).collect::<Vec<_>>()).prop_shuffle();
    (slots, least..=most).prop_map(|(mut slots, length)| {
        slots.truncate(length);
        slots
    })
}

/// A day on which a KEY endorsement is acceptable today; zero stands for the last one.
pub fn acceptable_day() -> impl Strategy<Value = Day> {
    proptest::prop_oneof![Just(Day(0)), (TODAY.0 + 2..=TODAY.0 + 40).prop_map(Day)]
}

/// Terms to any key.
pub fn key_terms() -> impl Strategy<Value = Terms> {
    let parts = (any::<[u8; 32]>(), any::<[u8; 32]>(), any::<u32>());
    parts.prop_map(|(target, nonce, day)| Terms { kind: Kind::Key, target, day: Day(day), nonce })
}

/// A token of any denomination of the first series that has gone along a route, one nonce per hop.
pub fn chain_along(route: &[usize], denomination: usize, nonce: [u8; 32]) -> Chain {
    let chain = Chain::new(TOKENS[route[0]][denomination].clone());
    route.windows(2).fold(chain, |chain, pair| {
        let next = &SLOTS[pair[1]];
        SLOTS[pair[0]].pass(&chain, Terms::to_slot(next.id(), nonce), Some(next))
    })
}

/// Any chain of the mint: one to five slots, and perhaps a key at the end.
pub fn chain() -> impl Strategy<Value = Chain> {
    let end = proptest::option::of(key_terms());
    let parts = (route(1, 5), 0..VALUES.len() - 1, any::<[u8; 32]>(), end);
    parts.prop_map(|(route, denomination, nonce, end)| {
        let chain = chain_along(&route, denomination, nonce);
        let last = &SLOTS[route[route.len() - 1]];
        end.map_or(chain.clone(), |terms| last.pass(&chain, terms, None))
    })
}

/// Reads a chain with the mint's manifest.
pub fn read_chain(bytes: &[u8]) -> Result<Chain> {
    Chain::from_bytes(bytes, &MINT.manifest)
}
