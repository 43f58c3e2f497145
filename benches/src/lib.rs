//! Canonical workloads: one series, its wallets, and the objects that the benches measure.
//!
//! Everything is made with the real protocol and fresh randomness; nothing is precomputed. An
//! issuer ([`mint`]) certifies slots and signs tokens for a wallet ([`holder`]), which pays with
//! them over several hands or twice ([`payment`]). What they cost is read as ratios ([`report`]).
//! A real issuer, with its disk and its wire, is measured under load ([`load`]).

pub mod holder;
pub mod load;
pub mod mint;
pub mod payment;
pub mod report;

use getrandom::SysRng;
use rand_core::{Rng, UnwrapErr};

/// The operating system's randomness.
#[must_use]
pub fn rng() -> UnwrapErr<SysRng> {
    UnwrapErr(SysRng)
}

/// Random bytes.
#[must_use]
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    rng().fill_bytes(&mut bytes);
    bytes
}
