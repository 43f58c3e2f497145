//! Restoring what a lost wallet had.

use super::{ask, refresh, unanswered};
use crate::error::{Error, Result, Verb};
use crate::intermediary::Intermediary;
use crate::records::Epoch;
use crate::verbs::restore::Found;
use crate::wallet::Wallet;
use rand_core::CryptoRng;
use tender_proto::provision::Request;
use tender_proto::restore::{Stored, Told};
use tender_token::amount::Amount;
use tender_token::date::Timestamp;
use tender_token::encode::Encode;
use tender_token::error::Error as Rule;

/// More sessions than any wallet has.
const SESSIONS_MAX: usize = 1 << 16;

/// What was found of all earlier identities.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Restored {
    /// Tokens that were withdrawn, spent or not.
    pub tokens: usize,
    /// What they are worth together.
    pub value: Amount,
    /// Open provision sessions that were given up.
    pub given_up: usize,
    /// Outputs that went onto slots of others.
    pub pushed: usize,
    /// Sessions that could not be read, or are not this wallet's.
    pub unread: usize,
}

/// Enrols a wallet that follows a lost one, and finds what that had.
/// Errors: those of enrolling; the refusal; [`Error::Unanswered`], and it goes on where it was.
pub fn restore(
    wallet: &mut Wallet,
    other: &mut impl Intermediary,
    now: Timestamp,
    rng: &mut impl CryptoRng,
) -> Result<Restored> {
    enrol_next(wallet, other, now, rng)?;
    let mut report = Restored::default();
    for epoch in wallet.earlier()? {
        let stored = fetch(wallet, other, epoch, now)?;
        let found = wallet.find(epoch, stored, now)?;
        give_up(wallet, other, epoch, &found)?;
        wallet.finish_restore(epoch, &found, now)?;
        let value = report.value.checked_add(found.value);
        report.value = value.ok_or_else(|| Verb::Restore.refused()(Rule::Amount))?;
        report.tokens = report.tokens.saturating_add(found.tokens);
        report.given_up = report.given_up.saturating_add(found.given_up.len());
        report.pushed = report.pushed.saturating_add(found.pushed);
        report.unread = report.unread.saturating_add(found.unread);
    }
    Ok(report)
}

/// Enrols as the first identity of the seed that nobody has yet.
fn enrol_next(
    wallet: &mut Wallet,
    other: &mut impl Intermediary,
    now: Timestamp,
    rng: &mut impl CryptoRng,
) -> Result<()> {
    refresh(wallet, other, now)?;
    while let Some(request) = wallet.enrol_request()? {
        let reply = other.enrol(request).map_err(unanswered(Verb::Enrol))?;
        match wallet.finish_enrol(reply, now) {
            Err(Error::Refused { rule: Rule::DuplicateU, .. })
                if wallet.next_identity(now, rng)? => {}
            outcome => return outcome,
        }
    }
    Ok(())
}

/// Everything that is stored of an earlier identity; nothing if nobody registered it.
fn fetch(
    wallet: &Wallet,
    other: &mut impl Intermediary,
    epoch: Epoch,
    now: Timestamp,
) -> Result<Vec<Stored>> {
    let verb = Verb::Restore;
    let (mut stored, mut after) = (Vec::new(), 0);
    loop {
        let call = wallet.restore_call(epoch, after, now)?;
        let page = match ask(wallet, other, verb, |other| other.restore(call.clone()))? {
            Ok(Told::Page(page)) => page,
            Ok(Told::Query(_)) => return Err(verb.misunderstood()),
            Err(refusal) if refusal.error == Rule::Wallet => return Ok(stored),
            Err(refusal) => return Err(Error::Refused { verb, rule: refusal.error }),
        };
        stored.extend(page.sessions);
        match page.more {
            None => return Ok(stored),
            Some(more) if more > after && stored.len() < SESSIONS_MAX => after = more,
            Some(_) => return Err(verb.misunderstood()),
        }
    }
}

/// Gives up the provision sessions that are open. Their answers are the same every time.
fn give_up(
    wallet: &Wallet,
    other: &mut impl Intermediary,
    epoch: Epoch,
    found: &Found,
) -> Result<()> {
    let identity = wallet.earlier_identity(epoch)?;
    for reveal in &found.given_up {
        let request = Request::Reveal { identity, reveal: reveal.to_bytes() };
        let reply = ask(wallet, other, Verb::Restore, |other| other.provision(request.clone()))?;
        reply.map_err(|refusal| Error::Refused { verb: Verb::Restore, rule: refusal.error })?;
    }
    Ok(())
}
