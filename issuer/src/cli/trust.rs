//! `trust`: everything public that a third party checks signatures and proofs with.

use super::desk::Desk;
use super::founded::{ROOT_PUBLIC, read_text};
use super::outcome::{Failure, Outcome};
use crate::home::Home;
use serde_json::json;
use std::path::Path;
use tender_token::encode::Encode;

/// Prints root key, manifest, signature and policy in hex.
pub fn run(home: &Home, passphrase: Option<&Path>) -> Result<Outcome, Failure> {
    let trust = Desk::open(home, passphrase)?.trust()?;
    let root = read_text(&home.key(ROOT_PUBLIC))?;
    let [manifest, signature, policy] =
        [trust.manifest, trust.signature.to_bytes(), trust.policy.to_bytes()].map(hex::encode);
    let sentence =
        format!("root {root}\nmanifest {manifest}\nsignature {signature}\npolicy {policy}");
    let object =
        json!({ "root": root, "manifest": manifest, "signature": signature, "policy": policy });
    Ok(Outcome::done(sentence, object))
}
