//! Notices: what became of what was pending, what came in, and which wallets were enrolled. Each is
//! given in its order, again and again, until every wallet of the account has acknowledged it by
//! asking for those after it: whoever enrolled one with a stolen invitation keeps it from nobody.
//! A wallet that is blocked is not waited for.
//! A wallet with a grant gets none and acknowledges none, for they are the account's: what it asked
//! for itself, it asks again.

use super::device::{self, holder};
use crate::mailbox;
use crate::rows::{Addressee, CustomerId, Letter, Mailbox};
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
    let Some(mailbox) = view.mailboxes.known(&customer).cloned() else { return };
    mailbox.addressees.iter().for_each(|one| view.wallets.want(one.wallet));
    for letter in heard(&mailbox, customer, after).chain(page(&mailbox, customer, after)) {
        view.notices.want(letter);
    }
}

/// Acknowledges the notices up to a point, forgets those that nobody has still to hear, some at a
/// time, and gives those after the point.
/// Refusal: `E_WALLET` for an unknown device.
pub fn decide(view: &mut View, device: &PublicKey, after: u64) -> Reply {
    let wallet = device::wallet(view, device).ok_or(Error::Wallet)?;
    let customer = holder(view, device).ok_or(Error::Wallet)?;
    if device::grant_of(view, device).is_some() {
        return Ok(Vec::new());
    }
    let before = mailbox::of(view, customer);
    let mut mailbox = before.clone().heard(wallet, Count(after.min(before.notices.0)));
    let addressees = mailbox.addressees.iter().filter(|one| is_waited_for(view, one));
    let by_all = addressees.map(|one| one.heard.0).min().unwrap_or_default();
    for letter in heard(&before, customer, by_all.min(after)) {
        view.notices.remove(&letter);
        mailbox.acknowledged = letter.number;
    }
    if mailbox != before {
        view.mailboxes.insert(customer, mailbox.clone());
    }
    let read = |letter: Letter| {
        let crate::rows::Notice { time, movement, amount, account, refused } =
            *view.notices.get(&letter)?;
        Some(Notice { number: letter.number.0, time, movement, amount, account, refused })
    };
    Ok(page(&mailbox, customer, after).filter_map(read).collect())
}

/// Whether a wallet hears notices: one that is blocked, or has a grant, does not.
fn is_waited_for(view: &View, one: &Addressee) -> bool {
    let wallet = view.wallets.get(&one.wallet);
    wallet.is_some_and(|wallet| !wallet.blocked && wallet.grant.is_none())
}

/// The names of the notices that are forgotten now, if all have heard so many.
fn heard(mailbox: &Mailbox, customer: CustomerId, after: u64) -> impl Iterator<Item = Letter> {
    let first = mailbox.acknowledged.0;
    let last = after.min(mailbox.notices.0).min(first.saturating_add(NOTICES_MAX));
    letters(customer, first, last)
}

/// The names of the notices that one reply holds.
fn page(mailbox: &Mailbox, customer: CustomerId, after: u64) -> impl Iterator<Item = Letter> {
    let first = after.max(mailbox.acknowledged.0);
    letters(customer, first, mailbox.notices.0.min(first.saturating_add(NOTICES_MAX)))
}

fn letters(customer: CustomerId, after: u64, last: u64) -> impl Iterator<Item = Letter> {
    (after.saturating_add(1)..=last).map(move |number| Letter { customer, number: Count(number) })
}
