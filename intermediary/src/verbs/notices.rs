//! Notices: what became of what was pending, and what came in. Each is given in its order, again
//! and again, until the holder acknowledges it by asking for those after it.
//! A wallet with a grant gets none and acknowledges none, for they are the account's: what it asked
//! for itself, it asks again.

use super::device::{self, holder};
use crate::mailbox;
use crate::rows::{CustomerId, Letter, Mailbox};
use crate::view::View;
use tender_proto::notices::{NOTICES_MAX, Notice, Reply};
use tender_store::plain::Count;
use tender_token::error::Error;
use tender_token::signature::PublicKey;

/// The rows that [`decide`] needs.
pub fn touches(device: PublicKey, after: u64, view: &mut View) {
    device::touches(device, view);
    let Some(customer) = holder(view, &device) else { return };
    view.mailboxes.want(customer);
    let Some(mailbox) = view.mailboxes.known(&customer).copied() else { return };
    for letter in heard(mailbox, customer, after).chain(page(mailbox, customer, after)) {
        view.notices.want(letter);
    }
}

/// Forgets the notices up to a point, some at a time, and gives those after it.
/// Refusal: `E_WALLET` for an unknown device.
pub fn decide(view: &mut View, device: &PublicKey, after: u64) -> Reply {
    let customer = holder(view, device).ok_or(Error::Wallet)?;
    if device::grant_of(view, device).is_some() {
        return Ok(Vec::new());
    }
    let mailbox = mailbox::of(view, customer);
    let mut acknowledged = mailbox.acknowledged;
    for letter in heard(mailbox, customer, after) {
        view.notices.remove(&letter);
        acknowledged = letter.number;
    }
    if acknowledged != mailbox.acknowledged {
        view.mailboxes.insert(customer, Mailbox { acknowledged, ..mailbox });
    }
    let read = |letter: Letter| {
        let crate::rows::Notice { time, movement, amount, account, refused } =
            *view.notices.get(&letter)?;
        Some(Notice { number: letter.number.0, time, movement, amount, account, refused })
    };
    Ok(page(mailbox, customer, after).filter_map(read).collect())
}

/// The names of the notices that are forgotten now.
fn heard(mailbox: Mailbox, customer: CustomerId, after: u64) -> impl Iterator<Item = Letter> {
    let first = mailbox.acknowledged.0;
    let last = after.min(mailbox.notices.0).min(first.saturating_add(NOTICES_MAX));
    letters(customer, first, last)
}

/// The names of the notices that one reply holds.
fn page(mailbox: Mailbox, customer: CustomerId, after: u64) -> impl Iterator<Item = Letter> {
    let first = after.max(mailbox.acknowledged.0);
    letters(customer, first, mailbox.notices.0.min(first.saturating_add(NOTICES_MAX)))
}

fn letters(customer: CustomerId, after: u64, last: u64) -> impl Iterator<Item = Letter> {
    (after.saturating_add(1)..=last).map(move |number| Letter { customer, number: Count(number) })
}
