//! What comes into the vault unasked: paid claims. Nothing of ours is open for it, so the posting
//! alone credits the account, once.

use crate::ledger;
use crate::rows::{
    Arrival, CustomerId, Difference, Flow, LedgerAccount, Origin, PostingNumber, Reference,
};
use crate::verbs::touches_account;
use crate::view::View;
use tender_proto::statement::{Cause, Posting};
use tender_token::amount::Amount;
use tender_token::cash::AccountRef;

/// The rows that a posting leads to.
pub fn touches(posting: &Posting, view: &mut View) {
    let Cause::Claim(account) = posting.cause else { return };
    view.references.want(account);
    if let Some(reference) = view.references.known(&account).copied() {
        touches_account(view, reference.customer);
    }
}

/// Credits a paid claim to whom its reference stands for. It is paid when its last day is over, and
/// the posting is the first that we hear of it.
pub(super) fn credit_claim(view: &mut View, account: AccountRef, posting: &Posting) {
    if posting.amount.is_zero() {
        return;
    }
    match view.references.get(&account).map(|reference| reference.customer) {
        Some(customer) => credit(view, customer, account, posting),
        None => view.differences.mark(Difference::UnknownReference(account)),
    }
}

/// Credits a posting.
fn credit(view: &mut View, customer: CustomerId, account: AccountRef, posting: &Posting) {
    let amount = posting.amount;
    let counted = count(view, customer, account, amount);
    let Some(counted) = counted.filter(|_| crate::verbs::credit(view, customer, amount).is_some())
    else {
        view.differences.mark(Difference::Movement(account));
        return;
    };
    keep(view, customer, counted, Arrived { account, posting });
}

/// What arrived, and under which reference.
struct Arrived<'a> {
    account: AccountRef,
    posting: &'a Posting,
}

/// What came in under a reference so far, counted on both sides, ours and the issuer's; and what
/// our work moved in the vault. `None` beyond the range of amounts.
fn count(
    view: &View,
    customer: CustomerId,
    account: AccountRef,
    amount: Amount,
) -> Option<(Reference, Flow)> {
    let known = view.references.get(&account).copied();
    let mut reference = known.unwrap_or_else(|| Reference::of(customer));
    reference.moved = reference.moved.plus(amount, Amount::ZERO)?;
    reference.posted = reference.posted.plus(amount, Amount::ZERO)?;
    Some((reference, view.book().vault.moved.plus(amount, Amount::ZERO)?))
}

/// Keeps what was counted, and what it was for.
fn keep(
    view: &mut View,
    customer: CustomerId,
    (reference, moved): (Reference, Flow),
    Arrived { account, posting }: Arrived<'_>,
) {
    view.change_book(|book| book.vault.moved = moved);
    view.references.insert(account, reference);
    view.unreconciled.mark(account);
    let (number, amount) = (PostingNumber(posting.number), posting.amount);
    view.arrivals.append(number, Arrival { customer, account, amount });
    let (from, to) = (LedgerAccount::Vault, LedgerAccount::Customers);
    ledger::enter(view, from, to, amount, Origin::Posting(number));
}
