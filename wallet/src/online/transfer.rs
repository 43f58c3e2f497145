//! Transferring between accounts, and reading one's own.

use super::ask;
use crate::error::{Error, Result, Verb};
use crate::intermediary::Intermediary;
use crate::payee::Payee;
use crate::wallet::Wallet;
use rand_core::CryptoRng;
use tender_proto::lines::{LINES_MAX, Line};
use tender_token::amount::Amount;
use tender_token::date::Timestamp;
use tender_token::error::Error as Rule;

/// More lines than anybody reads.
const LINES_READ_MAX: usize = 1 << 20;

/// What became of transfers that were left open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Transferred {
    /// What has left the account.
    pub value: Amount,
    /// What was refused, and why: it is in the account.
    pub refused: Vec<(Amount, Rule)>,
}

/// Makes a fresh reference of the account known, to hand on to whoever will transfer to it.
/// Errors: the refusal; [`Error::Unanswered`].
pub fn reference(
    wallet: &Wallet,
    other: &mut impl Intermediary,
    now: Timestamp,
    rng: &mut impl CryptoRng,
) -> Result<Payee> {
    let verb = Verb::Reference;
    let (payee, call) = wallet.reference(now, rng)?;
    let reply = ask(wallet, other, verb, |other| other.reference(call.clone()))?;
    reply.map_err(|refusal| Error::Refused { verb, rule: refusal.error })?;
    Ok(payee)
}

/// Transfers account money. Transfers left open are finished first; if one of them is the same, it
/// is the one that was asked for, and no other begins.
/// Errors: the refusal; [`Error::Unanswered`], and the order stays open.
pub fn transfer(
    wallet: &mut Wallet,
    other: &mut impl Intermediary,
    (payee, amount): (Payee, Amount),
    now: Timestamp,
    rng: &mut impl CryptoRng,
) -> Result<()> {
    let mut resumed = None;
    for (id, order) in wallet.open_transfers()? {
        let Payee { intermediary, account } = payee;
        let named = order.order;
        let same = (named.payee, named.payee_account, named.amount);
        let reply = ask(wallet, other, Verb::Transfer, |other| other.transfer(order.clone()))?;
        match wallet.finish_transfer(id, reply, now) {
            outcome if same == (intermediary, account, amount) => resumed = Some(outcome),
            Ok(_) | Err(Error::Refused { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    if let Some(outcome) = resumed {
        return outcome.map(|_| ());
    }
    let begun = wallet.begin_transfer(payee, amount, now, rng)?;
    let open = wallet.open_transfers()?.into_iter().find(|(id, _)| *id == begun);
    let (id, order) = open.ok_or_else(|| Verb::Transfer.misunderstood())?;
    let reply = ask(wallet, other, Verb::Transfer, |other| other.transfer(order.clone()))?;
    wallet.finish_transfer(id, reply, now).map(|_| ())
}

/// Sends the transfers that are open.
pub(super) fn resume(
    wallet: &mut Wallet,
    other: &mut impl Intermediary,
    now: Timestamp,
) -> Result<Transferred> {
    let verb = Verb::Transfer;
    let mut report = Transferred::default();
    for (id, order) in wallet.open_transfers()? {
        let amount = order.order.amount;
        let reply = ask(wallet, other, verb, |other| other.transfer(order.clone()))?;
        match wallet.finish_transfer(id, reply, now) {
            Ok(_) => {
                let value = report.value.checked_add(amount);
                report.value = value.ok_or_else(|| verb.refused()(Rule::Amount))?;
            }
            Err(Error::Refused { rule, .. }) => report.refused.push((amount, rule)),
            Err(error) => return Err(error),
        }
    }
    Ok(report)
}

/// The account's lines after so many, in their order.
/// Errors: the refusal; [`Error::Unanswered`], also for lines that do not follow each other.
pub fn statement(
    wallet: &Wallet,
    other: &mut impl Intermediary,
    mut after: u64,
    now: Timestamp,
) -> Result<Vec<Line>> {
    let verb = Verb::Statement;
    let mut lines: Vec<Line> = Vec::new();
    loop {
        let call = wallet.statement_call(after, now);
        let reply = ask(wallet, other, verb, |other| other.statement(call.clone()))?;
        let more = reply.map_err(|refusal| Error::Refused { verb, rule: refusal.error })?;
        for line in &more {
            after = after.saturating_add(1);
            if line.number != after || lines.len() >= LINES_READ_MAX {
                return Err(verb.misunderstood());
            }
            lines.push(*line);
        }
        if u64::try_from(more.len()).unwrap_or(u64::MAX) < LINES_MAX {
            return Ok(lines);
        }
    }
}
