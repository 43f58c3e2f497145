//! Exchanging without a name.

use super::{begin_all, unanswered};
use crate::error::{Result, Verb};
use crate::intermediary::Intermediary;
use crate::verbs::deposit::Scope;
use crate::verbs::exchange::Exchanged;
use crate::wallet::Wallet;
use rand_core::CryptoRng;
use tender_token::amount::Amount;
use tender_token::date::Timestamp;
use tender_token::error::Error as Rule;

/// What became of some exchanges.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exchanges {
    /// What was exchanged now.
    pub value: Amount,
    /// In how many fresh tokens.
    pub tokens: usize,
    /// What is refused for now and stays bound, and why.
    pub waiting: Vec<(Amount, Rule)>,
    /// What is free again after a refusal, to be deposited.
    pub returned: Amount,
}

/// Exchanges tokens for fresh ones, and finishes what was left open.
/// Errors: those of [`Wallet::begin_exchange`]; [`crate::Error::Unanswered`], and the exchange
/// stays open.
pub fn exchange(
    wallet: &mut Wallet,
    other: &mut impl Intermediary,
    scope: Scope,
    now: Timestamp,
    rng: &mut impl CryptoRng,
) -> Result<Exchanges> {
    begin_all(|| wallet.begin_exchange(scope, now, rng))?;
    resume(wallet, other, now)
}

/// Sends the exchanges that are open.
pub(super) fn resume(
    wallet: &mut Wallet,
    other: &mut impl Intermediary,
    now: Timestamp,
) -> Result<Exchanges> {
    let verb = Verb::Exchange;
    let mut report = Exchanges::default();
    let plus =
        |sum: Amount, more| sum.checked_add(more).ok_or_else(|| verb.refused()(Rule::Amount));
    for (sid, request) in wallet.open_exchanges(now)? {
        let reply = other.exchange(request).map_err(unanswered(verb))?;
        let Some((amount, outcome)) = wallet.finish_exchange(sid, reply, now)? else { continue };
        match outcome {
            Exchanged::Tokens(tokens) => {
                report.value = plus(report.value, amount)?;
                report.tokens = report.tokens.saturating_add(tokens);
            }
            Exchanged::Waiting(rule) => report.waiting.push((amount, rule)),
            Exchanged::Returned => report.returned = plus(report.returned, amount)?,
        }
    }
    Ok(report)
}
