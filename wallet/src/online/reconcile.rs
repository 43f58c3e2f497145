//! Reconciling.

use super::withdraw::release;
use super::{
    Exchanges, Transferred, ask, deposit::deposit, enrol, exchange, provision, refresh, transfer,
};
use crate::error::{Error, Result, Verb};
use crate::intermediary::Intermediary;
use crate::verbs::deposit::{Deposited, Scope};
use crate::wallet::Wallet;
use rand_core::CryptoRng;
use tender_token::amount::Amount;
use tender_token::date::Timestamp;
use tender_token::error::Error as Rule;

/// What becomes of tokens that somebody paid with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bring {
    /// They become account money.
    Deposit,
    /// They become fresh tokens, and nobody learns whose (`[E3]`).
    Exchange,
}

/// What a reconciliation changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reconciled {
    /// Slots that came in from a session left open.
    pub slots: usize,
    /// Slots of refused withdrawals that are free again.
    pub released: usize,
    /// What came in from withdrawals left open.
    pub withdrawn: Amount,
    /// What became of transfers that were left open.
    pub transferred: Transferred,
    /// What became of the exchanges.
    pub exchanged: Exchanges,
    /// What became of the deposits.
    pub deposited: Deposited,
    /// Whether the manifest is a new one.
    pub new_manifest: bool,
    /// Withdrawals that were refused.
    pub refused: Vec<(Amount, Rule)>,
    /// Whether everything is finished, and the limits began anew.
    pub anew: bool,
}

/// Finishes everything open, learns the newest manifest, brings in what was received in the way
/// that is asked for; the limits begin anew only if all of it worked.
/// Errors: [`Error::Unanswered`] and those of the steps.
pub fn reconcile(
    wallet: &mut Wallet,
    other: &mut impl Intermediary,
    bring: Bring,
    now: Timestamp,
    rng: &mut impl CryptoRng,
) -> Result<Reconciled> {
    let mut report = Reconciled::default();
    if wallet.trusted.is_none() || !wallet.is_enrolled() {
        enrol(wallet, other, now)?;
    }
    for payment in wallet.begun_payments()? {
        wallet.finish_pay(payment, now)?;
    }
    report.slots = provision::resume(wallet, other, now)?;
    report.released = release(wallet, other, now)?;
    for open in wallet.open_withdrawals()? {
        let reply =
            ask(wallet, other, Verb::Withdraw, |other| other.withdraw(open.request.clone()))?;
        match wallet.finish_withdraw(open.sid, reply, now) {
            Ok(_) => {
                let withdrawn = report.withdrawn.checked_add(open.amount);
                report.withdrawn = withdrawn.ok_or_else(|| Verb::Withdraw.misunderstood())?;
            }
            Err(Error::Refused { rule, .. }) => report.refused.push((open.amount, rule)),
            Err(error) => return Err(error),
        }
    }
    report.transferred = transfer::resume(wallet, other, now)?;
    report.new_manifest = refresh(wallet, other, now)?;
    match bring {
        Bring::Deposit => {
            // What comes back of an exchange can be deposited at once.
            report.exchanged = exchange::resume(wallet, other, now)?;
            report.deposited = deposit(wallet, other, Scope::Received, now, rng)?;
        }
        Bring::Exchange => {
            report.exchanged = exchange::exchange(wallet, other, Scope::Received, now, rng)?;
        }
    }
    report.anew = report.deposited.waiting.is_empty() && report.exchanged.waiting.is_empty();
    if report.anew {
        wallet.finish_reconcile(now)?;
    }
    Ok(report)
}
