//! The verbs: pure decisions over typed rows.
//!
//! A verb that crosses the network has a `begin` and a `finish`, one transaction each; the journal
//! entry between them holds everything that sending, sending again and `finish` need.

pub mod account;
pub mod deposit;
pub mod enrol;
pub mod provision;
pub mod statement;
pub mod trust;
pub mod withdraw;

use crate::rows::{Entry, EntryNumber, Mark, Request, RequestKey};
use crate::view::View;

/// What `begin` came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Begun<R> {
    /// The answer is known, and will be the same for ever.
    Answered(R),
    /// The work is in the journal; the issuer's answer will finish it.
    Open(EntryNumber),
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

/// Writes a new journal entry under the name of its request.
fn record(
    view: &mut View,
    key: RequestKey,
    request: impl Fn(EntryNumber) -> Request,
    entry: Entry,
) -> EntryNumber {
    view.book.entries = view.book.entries.saturating_add(1);
    let number = EntryNumber(view.book.entries);
    view.requests.put(key, request(number));
    view.entries.put(number, entry);
    view.open.put(number, Mark);
    number
}

/// Writes a finished entry over the open one.
fn close(view: &mut View, number: EntryNumber, entry: Entry) {
    view.book.finished = view.book.finished.saturating_add(1);
    view.entries.put(number, entry);
    view.open.remove(number);
}
