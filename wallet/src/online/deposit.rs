//! Depositing.

use super::{ask, begin_all, present};
use crate::error::{Result, Verb};
use crate::intermediary::Intermediary;
use crate::verbs::deposit::{Deposited, Scope};
use crate::wallet::Wallet;
use rand_core::CryptoRng;
use tender_token::date::Timestamp;
use tender_token::error::Error as Rule;

/// Deposits tokens, and finishes what was left open.
/// Errors: [`crate::Error::Unanswered`], and the deposit stays open.
pub fn deposit(
    wallet: &mut Wallet,
    other: &mut impl Intermediary,
    scope: Scope,
    now: Timestamp,
    rng: &mut impl CryptoRng,
) -> Result<Deposited> {
    // Who is not heard now binds no token to a deposit that nobody takes.
    present(wallet, other, Verb::Deposit)?;
    begin_all(|| wallet.begin_deposit(scope, now, rng))?;
    let mut report = Deposited::default();
    resume(wallet, other, now, &mut report)?;
    Ok(report)
}

/// Sends the deposits that are open.
pub(super) fn resume(
    wallet: &mut Wallet,
    other: &mut impl Intermediary,
    now: Timestamp,
    report: &mut Deposited,
) -> Result<()> {
    for (account, call) in wallet.open_deposits(now)? {
        let outcomes = ask(wallet, other, Verb::Deposit, |other| other.deposit(call.clone()))?;
        let done = wallet.finish_deposit(account, outcomes, now)?;
        let credited = report.credited.checked_add(done.credited);
        report.credited = credited.ok_or_else(|| Verb::Deposit.refused()(Rule::Amount))?;
        report.tokens = report.tokens.saturating_add(done.tokens);
        report.lost.extend(done.lost);
        report.waiting.extend(done.waiting);
    }
    Ok(())
}
