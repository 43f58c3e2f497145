//! Withdrawing, and freeing what refused withdrawals left reserved.

use super::{account, ask};
use crate::error::{Error, Result, Verb};
use crate::intermediary::Intermediary;
use crate::verbs::release::Released;
use crate::wallet::Wallet;
use rand_core::CryptoRng;
use tender_proto::restore::Told;
use tender_token::amount::Amount;
use tender_token::date::Timestamp;
use tender_token::error::Error as Rule;

/// Withdraws an amount: the number of tokens. If a withdrawal of this amount was left open, it is
/// the one that was asked for, and no other begins; others that are open stay so.
/// Errors: those of [`Wallet::begin_withdraw`]; `E_FUNDS` before anything is reserved; the refusal;
/// [`Error::Unanswered`], and the request stays open, or none was begun if it is of the account.
pub fn withdraw(
    wallet: &mut Wallet,
    other: &mut impl Intermediary,
    amount: Amount,
    now: Timestamp,
    rng: &mut impl CryptoRng,
) -> Result<usize> {
    wallet.require_enrolled()?;
    let same = wallet.open_withdrawals()?.into_iter().find(|open| open.amount == amount);
    if let Some(open) = same {
        let reply =
            ask(wallet, other, Verb::Withdraw, |other| other.withdraw(open.request.clone()))?;
        return Ok(wallet.finish_withdraw(open.sid, reply, now)?.unwrap_or_default());
    }
    let account = account(wallet, other, now)?;
    if account.available() < amount {
        return Err(Error::Funds { amount, account });
    }
    let sid = wallet.begin_withdraw(amount, now, rng)?;
    let open = wallet.open_withdrawals()?.into_iter().find(|open| open.sid == sid);
    let request = open.ok_or_else(|| Verb::Withdraw.misunderstood())?.request;
    let reply = ask(wallet, other, Verb::Withdraw, |other| other.withdraw(request.clone()))?;
    let finished = wallet.finish_withdraw(sid, reply, now).map_err(|error| match error {
        Error::Refused { rule: Rule::Funds, .. } => Error::Funds { amount, account },
        error => error,
    });
    Ok(finished?.unwrap_or_default())
}

/// Frees what refused withdrawals left reserved (`[W8]`). The number of slots that are free again.
pub(super) fn release(
    wallet: &mut Wallet,
    other: &mut impl Intermediary,
    now: Timestamp,
) -> Result<usize> {
    let mut slots = 0_usize;
    for (sid, call) in wallet.release_calls(now)? {
        let reply = ask(wallet, other, Verb::Withdraw, |other| other.restore(call.clone()))?;
        // Whoever does not hear the question keeps no money back: it is asked again next time.
        let Ok(Told::Query(query)) = reply else { continue };
        if let Released::Slots(more) = wallet.finish_release(sid, query, now)? {
            slots = slots.saturating_add(more);
        }
    }
    Ok(slots)
}
