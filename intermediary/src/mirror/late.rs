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
use std::collections::BTreeMap;
use tender_proto::movement::Movement;
use tender_token::amount::Amount;
use tender_token::cash::AccountRef;
use tender_token::token::TokenId;

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

/// Takes from what replies paid for tokens what the postings had credited before them. Gives what
/// remains credited ahead.
#[must_use]
pub fn take_ahead(
    view: &View,
    account: AccountRef,
    paid: &mut BTreeMap<TokenId, Amount>,
) -> Amount {
    let mut ahead = view.references.get(&account).map_or(Amount::ZERO, |row| row.ahead);
    for amount in paid.values_mut() {
        let known = ahead.min(*amount);
        *amount = amount.checked_sub(known).unwrap_or_default();
        ahead = ahead.checked_sub(known).unwrap_or_default();
    }
    ahead
}

/// Writes what remains credited ahead.
pub fn keep_ahead(view: &mut View, account: AccountRef, ahead: Amount) {
    if let Some(reference) = view.references.get(&account).copied() {
        view.references.insert(account, Reference { ahead, ..reference });
    }
}
