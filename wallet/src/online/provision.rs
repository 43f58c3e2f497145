//! Getting slots.

use super::ask;
use crate::error::{Result, Verb};
use crate::intermediary::Intermediary;
use crate::verbs::provision::Provisioned;
use crate::wallet::Wallet;
use rand_core::CryptoRng;
use tender_token::bounds::PLAN_SLOTS_MAX;
use tender_token::date::Timestamp;

/// Gets so many slots, in sessions of up to 64; a session left open is finished first and counts.
/// `progress` is called once per slot whose candidates are computed. The number of new slots.
/// Errors: those of the steps; [`crate::Error::Unanswered`], and the session stays open.
pub fn provision(
    wallet: &mut Wallet,
    other: &mut impl Intermediary,
    slots: usize,
    now: Timestamp,
    rng: &mut impl CryptoRng,
    progress: &(dyn Fn() + Sync),
) -> Result<usize> {
    let mut got = resume(wallet, other, now)?;
    while got < slots {
        let missing = slots.saturating_sub(got);
        let count = u16::try_from(missing).unwrap_or(PLAN_SLOTS_MAX).min(PLAN_SLOTS_MAX);
        wallet.begin_provision(count, now, rng, progress)?;
        got = got.saturating_add(resume(wallet, other, now)?);
    }
    Ok(got)
}

/// Finishes the session left open, if there is one. The number of slots it brought.
pub(super) fn resume(
    wallet: &mut Wallet,
    other: &mut impl Intermediary,
    now: Timestamp,
) -> Result<usize> {
    while let Some(request) = wallet.provision_request()? {
        let reply = ask(wallet, other, Verb::Provision, |other| other.provision(request.clone()))?;
        match wallet.finish_provision(reply, now)? {
            Provisioned::Challenge => {}
            Provisioned::Slots(slots) => return Ok(usize::from(slots)),
        }
    }
    Ok(0)
}
