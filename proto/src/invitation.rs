//! How a wallet begins: its intermediary invites it.

use serde::{Deserialize, Serialize};

/// `invitation.toml`: what an intermediary hands to a holder. The code works once.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Invitation {
    /// The intermediary's name.
    pub intermediary: String,
    /// Its id in registrations, 32 bytes in hex.
    pub registrar: String,
    /// Where it serves, `host:port`.
    pub address: String,
    /// Its certificate authority, PEM.
    pub authority: String,
    /// The root's Ed25519 public key, 32 bytes in hex.
    pub root: String,
    /// The currency's code.
    pub currency: String,
    /// Digits after the point when amounts are shown.
    pub decimals: u8,
    /// One-time code.
    pub code: String,
}
