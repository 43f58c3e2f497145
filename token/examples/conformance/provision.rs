//! Registration `[ID1]`, OPEN receipt `[PR5]`, REVEAL `[PR8]` and certificates of slots.

use super::case::Case;
use tender_token::encode::Decode;
use tender_token::error::{Error, Result};
use tender_token::identity::{IdentityKey, Registration};
use tender_token::provision::{Commitment, Receipt};
use tender_token::slot::Slot;

pub fn registration(case: &Case<'_>) -> Result<()> {
    let registration = Registration::from_bytes(&case.input)?;
    case.is_canonical(&registration);
    registration.record.verify_pop(&registration.identity)?;
    let mut known = case.listed("known_U").into_iter().map(|known| known.read::<IdentityKey>());
    if known.any(|known| known == registration.key()) {
        return Err(Error::DuplicateU);
    }
    registration.verify().map(drop)
}

pub fn receipt(case: &Case<'_>) -> Result<()> {
    let receipt = Receipt::from_bytes(&case.input)?;
    case.is_canonical(&receipt);
    let [sid, plan_hash, h] = ["sid", "plan_hash", "h"].map(|name| case.context.get(name));
    let (issuer, vrf) = (case.manifest.issuer(), case.manifest.vrf());
    receipt.verify(&sid.read(), &plan_hash.read(), &h.read(), issuer, vrf)
}

pub fn reveal(case: &Case<'_>) -> Result<()> {
    let commitment = Commitment {
        sid: case.context.get("sid").read(),
        plan_hash: case.context.get("plan_hash").read(),
        identity: case.context.get("U").read(),
        series: case.context.get("slot_key_id").read(),
        count: case.context.get("n").number(),
        h: case.context.get("h").read(),
    };
    let challenge = case.context.get("Gamma").read();
    let device = case.context.get("device_pk").read();
    let series = case.context.get("slot_key_id");
    let key = series.parse(|_| case.manifest.slot_key(commitment.series));
    let (reveal, verified) = commitment.verify(&case.input, &challenge, &device, key)?;
    case.is_canonical(&reveal);
    assert!(verified.kept().len() == reveal.opened.len(), "one message to sign per slot");
    Ok(())
}

pub fn slot(case: &Case<'_>) -> Result<()> {
    let slot = Slot::from_bytes(&case.input, &case.manifest)?;
    case.is_canonical(&slot);
    slot.verify(&case.manifest)
}
