//! Going through the journal with an intermediary that answers.
//!
//! Sending, retrying and recovering from a crash are the same thing: whatever the journal holds
//! open is sent, in the same bytes, until it has its answer. Nothing here keeps state.

mod claim;
mod deposit;
mod exchange;
mod provision;
mod reconcile;
mod restore;
mod transfer;
mod withdraw;

pub use claim::{Claimed, claim};
pub use deposit::deposit;
pub use exchange::{Exchanges, exchange};
pub use provision::provision;
pub use reconcile::{Bring, Reconciled, reconcile};
pub use restore::{Restored, restore};
pub use transfer::{Transferred, reference, statement, transfer};
pub use withdraw::withdraw;

use crate::error::{Error, Result, Verb};
use crate::intermediary::{Answered, Intermediary, Unanswered};
use crate::wallet::Wallet;
use tender_proto::account::Account;
use tender_token::date::Timestamp;
use tender_token::error::Error as Rule;

/// Learns the manifest and registers the wallet. `true` if it was not enrolled before.
/// Errors: `E_MANIFEST`; the refusal; [`Error::Unanswered`].
pub fn enrol(wallet: &mut Wallet, other: &mut impl Intermediary, now: Timestamp) -> Result<bool> {
    refresh(wallet, other, now)?;
    let Some(request) = wallet.enrol_request()? else { return Ok(false) };
    let reply = other.enrol(request).map_err(unanswered(Verb::Enrol))?;
    wallet.finish_enrol(reply, now)?;
    Ok(true)
}

/// Follows the manifests to the newest, and learns what was revoked and denied. `true` if there was
/// a new manifest. Errors: `E_MANIFEST`; [`Error::Unanswered`].
pub fn refresh(wallet: &mut Wallet, other: &mut impl Intermediary, now: Timestamp) -> Result<bool> {
    let mut any_new = false;
    loop {
        let reply = other.trust(wallet.epoch()).map_err(unanswered(Verb::Trust))?;
        let full = reply.is_full();
        let new = wallet.follow(reply, now)?;
        any_new |= new;
        if !(full && new) {
            return Ok(any_new);
        }
    }
}

/// Reads the account. Errors: the refusal; [`Error::Unanswered`].
pub fn account(wallet: &Wallet, other: &mut impl Intermediary, now: Timestamp) -> Result<Account> {
    let verb = Verb::Account;
    let reply = ask(wallet, other, verb, |other| other.account(wallet.account_call(now)))?;
    reply.map_err(|refusal| Error::Refused { verb, rule: refusal.error })
}

/// Begins until there is nothing more to bind.
fn begin_all<T>(mut begin: impl FnMut() -> Result<Option<T>>) -> Result<()> {
    loop {
        match begin() {
            Ok(None) => return Ok(()),
            // A token whose slot stands for something else is marked as gone; the others go on.
            Ok(Some(_)) | Err(Error::Refused { rule: Rule::AlreadyAnswered, .. }) => {}
            Err(error) => return Err(error),
        }
    }
}

/// Asks what only the wallet's own device may ask. Once more, if the connection turns out to be a
/// new one, over which the device has not proved its presence yet.
fn ask<I: Intermediary, T>(
    wallet: &Wallet,
    other: &mut I,
    verb: Verb,
    question: impl Fn(&mut I) -> Answered<T>,
) -> Result<T> {
    present(wallet, other, verb)?;
    let answered = match question(other) {
        Err(Unanswered::Absent) => {
            present(wallet, other, verb)?;
            question(other)
        }
        answered => answered,
    };
    answered.map_err(unanswered(verb))
}

fn present(wallet: &Wallet, other: &mut impl Intermediary, verb: Verb) -> Result<()> {
    let reply = other.present(&wallet.keys.device).map_err(unanswered(verb))?;
    reply.map_err(|refusal| Error::Refused { verb, rule: refusal.error })
}

fn unanswered(verb: Verb) -> impl Fn(Unanswered) -> Error {
    move |cause| Error::Unanswered { verb, cause }
}
