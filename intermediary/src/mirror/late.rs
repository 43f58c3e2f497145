//! What the statement says came in, and no reply did.
//!
//! A deposit that was refused may be paid after all: an attempt at it that was still on its way is
//! made good out of a guarantee, and nobody waits for its answer any more. So each reference is
//! credited with the higher of what replies and what postings say came in under it. Both only ever
//! tell of what the issuer paid, so that is never more than it paid, whichever comes first.

use super::Ours;
use super::incoming::{self, Counted};
use crate::rows::{Arrival, ArrivalKey, CustomerId, Reference};
use crate::view::View;
use tender_proto::movement::Movement;
use tender_token::amount::Amount;
use tender_token::cash::AccountRef;

/// What postings brought and no reply did; nothing for nobody.
fn late(reference: &Reference) -> Amount {
    if reference.customer == CustomerId::NOBODY {
        return Amount::ZERO;
    }
    reference.posted.inward.checked_sub(reference.moved.inward).unwrap_or_default()
}

/// The rows that crediting needs.
pub fn touches(account: AccountRef, view: &mut View) {
    if let Some(reference) = view.references.known(&account).copied()
        && !late(&reference).is_zero()
    {
        crate::mailbox::touches(reference.customer, view);
    }
}

/// Credits what came in late under a reference without open entries.
pub(super) fn credit(view: &mut View, account: AccountRef, reference: &Reference, ours: Ours) {
    let (customer, amount) = (reference.customer, late(reference));
    if amount.is_zero() {
        return;
    }
    let none = Amount::ZERO;
    let count = || {
        let moved = reference.moved.plus(amount, none)?;
        let ahead = reference.ahead.checked_add(amount)?;
        let vault = view.book().vault.moved.plus(amount, none)?;
        Some(Counted { reference: Reference { moved, ahead, ..*reference }, vault })
    };
    let counted = count();
    let arrival = Arrival { customer, account, amount };
    let slip = ours.slip(Movement::Deposit, account);
    let key = ArrivalKey { posting: reference.posting, is_late: true };
    // If it cannot be counted it stays a difference.
    let _counted = incoming::credit(view, key, arrival, counted, slip);
}

/// What of an amount that a reply tells of the postings had credited before it; nothing of nothing,
/// whose reference need not be known.
#[must_use]
pub fn known_of(view: &View, account: AccountRef, amount: Amount) -> Amount {
    if amount.is_zero() {
        return Amount::ZERO;
    }
    view.references.get(&account).map_or(Amount::ZERO, |row| row.ahead.min(amount))
}

/// Takes what a reply told of from what is credited ahead of the replies.
pub fn told(view: &mut View, account: AccountRef, known: Amount) {
    if known.is_zero() {
        return;
    }
    if let Some(reference) = view.references.get(&account).copied() {
        let ahead = reference.ahead.checked_sub(known).unwrap_or_default();
        view.references.insert(account, Reference { ahead, ..reference });
    }
}
