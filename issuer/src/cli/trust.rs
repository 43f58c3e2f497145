//! `trust`: everything public that a third party checks signatures and proofs with.

use super::desk::Desk;
use super::outcome::{Failure, Outcome};
use serde_json::json;
use tender_token::encode::Encode;

/// Prints root key, manifest, signature and policy in hex.
pub fn run(desk: &Desk) -> Result<Outcome, Failure> {
    let (trust, root) = (desk.trust()?, &desk.root);
    let [manifest, signature, policy] =
        [trust.manifest, trust.signature.to_bytes(), trust.policy.to_bytes()].map(hex::encode);
    let sentence =
        format!("root {root}\nmanifest {manifest}\nsignature {signature}\npolicy {policy}");
    let object =
        json!({ "root": root, "manifest": manifest, "signature": signature, "policy": policy });
    Ok(Outcome::done(sentence, object))
}
