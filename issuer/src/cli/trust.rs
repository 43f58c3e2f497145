//! `trust`: everything public that a third party checks signatures and proofs with.

use super::desk::Desk;
use super::outcome::{Failure, Outcome};
use serde_json::json;
use tender_token::encode::Encode;

/// For people what the root's key, the manifest and the policy are compared by, after verifying
/// them; for programs their bytes besides. Errors: a fault, also if the root did not sign this.
pub fn run(desk: &Desk) -> Result<Outcome, Failure> {
    let (trust, root) = (desk.trust()?, &desk.root);
    let verified = trust.verify(&desk.root_key()?).map_err(|error| {
        Failure::fault(format!("what is published does not fit the root's key: {error}"))
    })?;
    let record = verified.record();
    let [hash, issuer, policy_hash] =
        [verified.hash().0, record.issuer.0, record.policy_hash].map(hex::encode);
    let series: Vec<_> = record.series.iter().map(|series| series.number.to_string()).collect();
    let sentence = format!(
        "root key      {root}\n\
         manifest      number {}, of the series {}\n\
         its hash      {hash}\n\
         issuer's key  {issuer}\n\
         policy hash   {policy_hash}\n\
         The root's key signed this manifest, which names the issuer's key and the policy.\n\
         Compare the root's key, digit by digit, with the one that the central bank publishes on \
         another way,\nand the hash with that of others who hold the same number: it is one for \
         everybody.\n\
         With --json: the bytes of manifest, signature and policy, for programs that verify them.",
        record.epoch,
        series.join(", ")
    );
    let [manifest, signature, policy] =
        [trust.manifest, trust.signature.to_bytes(), trust.policy.to_bytes()].map(hex::encode);
    let object = json!({
        "root": root,
        "epoch": record.epoch,
        "manifest_hash": hash,
        "issuer": issuer,
        "policy_hash": policy_hash,
        "series": record.series.iter().map(|series| series.number).collect::<Vec<_>>(),
        "manifest": manifest,
        "signature": signature,
        "policy": policy,
    });
    Ok(Outcome::done(sentence, object))
}
