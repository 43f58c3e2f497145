//! Openings of what was blinded `[R1]`.

use super::case::Case;
use super::file::Entry;
use tender_token::encode::Decode;
use tender_token::error::{Error, Result};
use tender_token::opening::{SlotOpening, ValueOpening};
use tender_token::slot::Commitments;
use tender_token::withdraw::Output;

pub fn value(case: &Case<'_>) -> Result<()> {
    let opening = ValueOpening::from_bytes(&case.input)?;
    case.is_canonical(&opening);
    check_wallet(case)?;
    let outputs: Vec<_> = case
        .context
        .get("stored")
        .members()
        .iter()
        .map(|output| Output {
            denomination: output.get("denomination_id").read(),
            blinded: output.get("B").bytes(),
        })
        .collect();
    opening.verify(&case.context.get("sid").read(), &outputs, &case.manifest).map(drop)
}

pub fn slot(case: &Case<'_>) -> Result<()> {
    let opening = SlotOpening::from_bytes(&case.input)?;
    case.is_canonical(&opening);
    check_wallet(case)?;
    let sid = case.context.get("sid").read();
    let kept = case.context.get("stored_B").members();
    let kept: Vec<_> = kept.iter().map(Entry::bytes).collect();
    let series = case.context.get("slot_key_id").read();
    let commitments =
        Commitments { c0: case.context.get("C0").read(), c1: case.context.get("C1").read() };
    opening.verify(&sid, &kept, series, &commitments, &case.manifest).map(drop)
}

fn check_wallet(case: &Case<'_>) -> Result<()> {
    let matches = case.context.find("wallet_matches").is_none_or(|entry| entry.is_true());
    if matches { Ok(()) } else { Err(Error::Wallet) }
}
