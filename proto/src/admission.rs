//! How an intermediary joins: it applies with its public key, the issuer admits it.

use crate::certificate::Credential;
use serde::{Deserialize, Serialize};

/// `application.toml`: what an intermediary hands to the issuer.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Application {
    /// The intermediary's name.
    pub name: String,
    /// Its Ed25519 public key, 32 bytes in hex.
    pub public_key: String,
}

/// `admission.toml`: what the issuer hands back. It contains a secret key: keep it private.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Admission {
    /// Where the issuer serves, `host:port`.
    pub issuer_address: String,
    /// The root's Ed25519 public key, 32 bytes in hex: what everything else is verified under.
    pub root: String,
    /// The currency's code.
    pub currency: String,
    /// Digits after the point when amounts are shown.
    pub decimals: u8,
    /// The issuer tier's certificate authority, PEM.
    pub authority: String,
    /// The intermediary's certificate towards the issuer.
    pub credential: Credential,
}
