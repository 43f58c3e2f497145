//! The verbs: pure decisions over typed rows.
//!
//! A verb that crosses the network has a `begin` and a `finish`, one transaction each; the journal
//! entry between them holds everything that sending, sending again and `finish` need.

pub mod account;
pub mod action;
pub mod cashed_list;
pub mod claim;
mod credit;
pub mod customer;
mod debit;
pub mod deposit;
pub mod device;
pub mod enrol;
pub mod exchange;
pub mod lines;
pub mod notices;
pub mod outside;
pub mod person;
pub mod provision;
pub mod purchase;
pub mod reference;
pub mod restore;
pub mod statement;
pub mod tier;
pub mod transfer;
pub mod trust;
pub mod withdraw;

pub use credit::credit;

use crate::mailbox;
use crate::rows::{Credit, CustomerId, Entry, EntryNumber, OpenEntry, Request, RequestKey};
use crate::view::View;

/// What `begin` came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Begun<R> {
    /// The answer is known, and will be the same for ever.
    Answered(R),
    /// The work is in the journal; the issuer's answer will finish it.
    Open(EntryNumber),
    /// The journal takes no more work now, or none of this customer, and nothing was changed.
    Full,
}

/// Entries that may be open at the same time. What is in the journal always drains; beyond this,
/// new work is turned away before anything is set aside for it.
pub const OPEN_MAX: u64 = 1 << 16;

/// Entries of one customer that may be open when one more is begun. A person has a few at a time;
/// it takes sixty-four customers who collude to fill the journal.
pub const OPEN_OF_ONE_MAX: u64 = 1 << 10;

/// The same for one more deposit: a shop that many pay has far more of them while the issuer is
/// away, and leaves three quarters of the journal to everybody else.
pub const DEPOSITS_OF_ONE_MAX: u64 = OPEN_MAX / 4;

/// Whether the journal takes more work of a customer who may have so many entries open.
#[must_use]
pub fn has_room(view: &View, customer: CustomerId, most: u64) -> bool {
    let waiting = view.customers.get(&customer).map_or(0, |row| row.waiting);
    view.book().open() < OPEN_MAX && waiting < most
}

/// The issuer's answer is none: wrong session, wrong count, impossible amounts. Nothing is changed,
/// and the entry stays open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the issuer's answer does not fit what was asked")]
pub struct Implausible;

/// Where an entry stands; `reply` reads the answer of a finished one.
fn standing<R>(
    view: &View,
    number: EntryNumber,
    reply: impl FnOnce(&Entry) -> Option<R>,
) -> Begun<R> {
    match view.entries.get(&number).and_then(reply) {
        Some(reply) => Begun::Answered(reply),
        None => Begun::Open(number),
    }
}

/// The rows that a request's name leads to.
fn touches_request(view: &mut View, key: RequestKey) {
    view.requests.want(key);
    if let Some(Request { entry, .. }) = view.requests.known(&key).copied() {
        view.entries.want(entry);
    }
}

/// A customer with the tier and what was done today.
pub fn touches_account(view: &mut View, customer: CustomerId) {
    view.customers.want(customer);
    view.usage.want(customer);
    if let Some(tier) = view.customers.known(&customer).map(|account| account.tier.clone()) {
        view.tiers.want(tier);
    }
}

/// The rows that are written when an entry is finished: its customer's, and those of its kind.
pub fn touches_entry(view: &mut View, number: EntryNumber) {
    view.entries.want(number);
    let Some(entry) = view.entries.known(&number) else { return };
    let customer = entry.customer();
    match entry {
        Entry::Enrol(job) => {
            let (code, registration) = (job.work.code, &job.work.registration);
            let (identity, device) = (registration.key(), registration.record.device);
            view.invitations.want(code);
            view.wallets.want(identity);
            view.devices.want(device);
        }
        Entry::Withdraw(job) => {
            let (references, wallet) = (job.work.movements(), job.work.wallet);
            view.wallets.want(wallet);
            for account in references.into_keys() {
                view.references.want(account);
            }
        }
        Entry::Deposit(job) => {
            let account = job.work.account;
            let tokens: Vec<_> = job.work.sent().map(|(token, _)| token).collect();
            view.references.want(account);
            for token in tokens {
                view.credits.want(Credit { token, account });
            }
        }
        Entry::Claim(job) => {
            let account = job.work.account;
            view.references.want(account);
        }
        Entry::Transfer(job) => {
            let (account, wallet) = (job.work.transfer.payer_account, job.work.wallet);
            view.references.want(account);
            if let Some(wallet) = wallet {
                view.wallets.want(wallet);
            }
        }
    }
    mailbox::touches(customer, view);
}

/// Writes a new journal entry under the name of its request.
fn record(
    view: &mut View,
    key: RequestKey,
    request: impl Fn(EntryNumber) -> Request,
    entry: Entry,
) -> EntryNumber {
    let number = open_entry(view, entry);
    view.requests.insert(key, request(number));
    number
}

/// Writes a new journal entry.
pub(crate) fn open_entry(view: &mut View, entry: Entry) -> EntryNumber {
    view.change_book(|book| book.entries = book.entries.saturating_add(1));
    let number = EntryNumber(view.book().entries);
    view.open.mark(OpenEntry { customer: entry.customer(), number });
    change_waiting(view, entry.customer(), |waiting| waiting.saturating_add(1));
    view.entries.append(number, entry);
    number
}

/// Writes a finished entry over the open one.
fn close(view: &mut View, number: EntryNumber, entry: Entry) {
    view.change_book(|book| book.finished = book.finished.saturating_add(1));
    view.open.unmark(OpenEntry { customer: entry.customer(), number });
    change_waiting(view, entry.customer(), |waiting| waiting.saturating_sub(1));
    view.entries.insert(number, entry);
}

/// Changes how many entries of a customer are open. What goes back for nobody counts for nobody.
fn change_waiting(view: &mut View, customer: CustomerId, change: impl FnOnce(u64) -> u64) {
    if customer == CustomerId::NOBODY {
        return;
    }
    if let Some(mut row) = view.customers.get(&customer).cloned() {
        row.waiting = change(row.waiting);
        view.customers.insert(customer, row);
    }
}
