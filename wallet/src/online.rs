//! Going through the journal with an intermediary that answers.
//!
//! Sending, retrying and recovering from a crash are the same thing: whatever the journal holds
//! open is sent, in the same bytes, until it has its answer. Nothing here keeps state.

use crate::error::{Error, Result, Verb};
use crate::intermediary::{Answered, Intermediary, Unanswered};
use crate::verbs::deposit::{Deposited, Scope};
use crate::verbs::provision::Provisioned;
use crate::verbs::release::Released;
use crate::wallet::Wallet;
use rand_core::CryptoRng;
use tender_proto::account::Account;
use tender_proto::restore::Told;
use tender_token::amount::Amount;
use tender_token::bounds::PLAN_SLOTS_MAX;
use tender_token::date::Timestamp;
use tender_token::error::Error as Rule;

/// What a reconciliation changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reconciled {
    /// Slots that came in from a session left open.
    pub slots: usize,
    /// Slots of refused withdrawals that are free again.
    pub released: usize,
    /// What came in from withdrawals left open.
    pub withdrawn: Amount,
    /// What became of the deposits.
    pub deposited: Deposited,
    /// Whether the manifest is a new one.
    pub new_manifest: bool,
    /// Withdrawals that were refused.
    pub refused: Vec<(Amount, Rule)>,
    /// Whether everything is finished, and the limits began anew.
    pub anew: bool,
}

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

/// Gets so many slots, in sessions of up to 64; a session left open is finished first and counts.
/// `progress` is called once per slot whose candidates are computed. The number of new slots.
/// Errors: those of the steps; [`Error::Unanswered`], and the session stays open.
pub fn provision(
    wallet: &mut Wallet,
    other: &mut impl Intermediary,
    slots: usize,
    now: Timestamp,
    rng: &mut impl CryptoRng,
    progress: &(dyn Fn() + Sync),
) -> Result<usize> {
    let mut got = resume_provision(wallet, other, now)?;
    while got < slots {
        let missing = slots.saturating_sub(got);
        let count = u16::try_from(missing).unwrap_or(PLAN_SLOTS_MAX).min(PLAN_SLOTS_MAX);
        wallet.begin_provision(count, now, rng, progress)?;
        got = got.saturating_add(resume_provision(wallet, other, now)?);
    }
    Ok(got)
}

/// Finishes the session left open, if there is one. The number of slots it brought.
fn resume_provision(
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

/// Withdraws an amount: the number of tokens. Withdrawals left open are finished first; if one of
/// them is for this amount, it is the one that was asked for, and no other begins.
/// Errors: those of [`Wallet::begin_withdraw`]; `E_FUNDS` before anything is reserved; the refusal;
/// [`Error::Unanswered`], and the request stays open.
pub fn withdraw(
    wallet: &mut Wallet,
    other: &mut impl Intermediary,
    amount: Amount,
    now: Timestamp,
    rng: &mut impl CryptoRng,
) -> Result<usize> {
    let mut resumed = None;
    for open in wallet.open_withdrawals()? {
        let reply =
            ask(wallet, other, Verb::Withdraw, |other| other.withdraw(open.request.clone()))?;
        match wallet.finish_withdraw(open.sid, reply, now) {
            outcome if open.amount == amount && resumed.is_none() => resumed = Some(outcome),
            Ok(_) | Err(Error::Refused { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    if let Some(outcome) = resumed {
        return outcome.map(Option::unwrap_or_default);
    }
    let held = account(wallet, other, now)?.balance;
    if held < amount {
        return Err(Error::Funds { amount, account: held });
    }
    let sid = wallet.begin_withdraw(amount, now, rng)?;
    let open = wallet.open_withdrawals()?.into_iter().find(|open| open.sid == sid);
    let request = open.ok_or_else(|| Verb::Withdraw.misunderstood())?.request;
    let reply = ask(wallet, other, Verb::Withdraw, |other| other.withdraw(request.clone()))?;
    let finished = wallet.finish_withdraw(sid, reply, now).map_err(|error| match error {
        Error::Refused { rule: Rule::Funds, .. } => Error::Funds { amount, account: held },
        error => error,
    });
    Ok(finished?.unwrap_or_default())
}

/// Deposits tokens, and finishes what was left open.
/// Errors: [`Error::Unanswered`], and the deposit stays open.
pub fn deposit(
    wallet: &mut Wallet,
    other: &mut impl Intermediary,
    scope: Scope,
    now: Timestamp,
    rng: &mut impl CryptoRng,
) -> Result<Deposited> {
    loop {
        match wallet.begin_deposit(scope, now, rng) {
            Ok(None) => break,
            // A token whose slot stands for something else is marked as gone; the others go on.
            Ok(Some(_)) | Err(Error::Refused { rule: Rule::AlreadyAnswered, .. }) => {}
            Err(error) => return Err(error),
        }
    }
    let mut report = Deposited::default();
    send_deposits(wallet, other, now, &mut report)?;
    Ok(report)
}

fn send_deposits(
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

/// Reads the account. Errors: the refusal; [`Error::Unanswered`].
pub fn account(wallet: &Wallet, other: &mut impl Intermediary, now: Timestamp) -> Result<Account> {
    let verb = Verb::Account;
    let reply = ask(wallet, other, verb, |other| other.account(wallet.account_call(now)))?;
    reply.map_err(|refusal| Error::Refused { verb, rule: refusal.error })
}

/// Finishes everything open, learns the newest manifest, brings in what was received; the limits
/// begin anew only if all of it worked.
/// Errors: [`Error::Unanswered`] and those of the steps.
pub fn reconcile(
    wallet: &mut Wallet,
    other: &mut impl Intermediary,
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
    report.slots = resume_provision(wallet, other, now)?;
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
    report.new_manifest = refresh(wallet, other, now)?;
    report.deposited = deposit(wallet, other, Scope::Received, now, rng)?;
    report.anew = report.deposited.waiting.is_empty();
    if report.anew {
        wallet.finish_reconcile(now)?;
    }
    Ok(report)
}

/// Frees what refused withdrawals left reserved (`[W8]`). The number of slots that are free again.
fn release(wallet: &mut Wallet, other: &mut impl Intermediary, now: Timestamp) -> Result<usize> {
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
