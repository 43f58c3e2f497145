//! The mirror of the vault: every movement is counted once from our work and once from the issuer's
//! postings, under the reference that both name; when the dust settles the two must be equal.

pub mod incoming;
pub mod late;

pub use incoming::Ours;

use crate::ledger;
use crate::rows::{
    Book, CustomerId, Difference, EntryNumber, Flow, LedgerAccount, Origin, Posted, PostingNumber,
    Reference, Reserves, Vault,
};
use crate::verbs::Implausible;
use crate::view::View;
use tender_proto::statement::{Cause, Posting};
use tender_token::amount::Amount;
use tender_token::cash::AccountRef;

/// Whether a reference is fresh or this customer's already.
#[must_use]
pub fn may_use(view: &View, account: AccountRef, customer: CustomerId) -> bool {
    view.references.get(&account).is_none_or(|reference| reference.customer == customer)
}

/// Counts one more open entry under a reference that the customer may use.
pub fn claim(view: &mut View, account: AccountRef, customer: CustomerId) {
    let known = view.references.get(&account).copied();
    let mut reference = known.unwrap_or_else(|| Reference::of(customer));
    reference.open = reference.open.saturating_add(1);
    view.references.insert(account, reference);
}

/// Counts what a customer's entry moved that is being finished, under each of its references: what
/// came into the vault is the customer's, and what went out was set aside. Nobody's entry sends
/// back what had come for nobody, also under the reference of somebody who was erased.
/// Errors: [`Implausible`] beyond the range of amounts; nothing is written then.
pub fn settle(
    view: &mut View,
    (number, customer): (EntryNumber, CustomerId),
    flows: &[(AccountRef, Flow)],
) -> Result<(), Implausible> {
    let Book { finished, mut vault, .. } = view.book();
    let mut settled = Vec::with_capacity(flows.len());
    for (account, Flow { inward, outward }) in flows {
        let mut reference = *view.references.get(account).ok_or(Implausible)?;
        reference.moved = reference.moved.plus(*inward, *outward).ok_or(Implausible)?;
        reference.open = reference.open.checked_sub(1).ok_or(Implausible)?;
        reference.settled_at = finished.saturating_add(1);
        vault.moved = vault.moved.plus(*inward, *outward).ok_or(Implausible)?;
        settled.push((*account, reference, *inward, *outward));
    }
    view.change_book(|book| book.vault = vault);
    for (account, reference, inward, outward) in settled {
        let origin = Origin::Entry(number);
        let from = match customer {
            CustomerId::NOBODY => LedgerAccount::Returns,
            CustomerId(_) => LedgerAccount::Holds,
        };
        ledger::enter(view, LedgerAccount::Vault, LedgerAccount::Customers, inward, origin);
        ledger::enter(view, from, LedgerAccount::Vault, outward, origin);
        view.references.insert(account, reference);
        view.unreconciled.mark(account);
    }
    Ok(())
}

/// Counts a posting of the issuer, and names what cannot be. Postings are taken once, in order.
pub fn post(view: &mut View, posting: &Posting, ours: Ours) {
    let vault = view.book().vault;
    if posting.number <= vault.posting {
        return;
    }
    if posting.number != vault.posting.saturating_add(1) {
        view.differences.mark(Difference::Gap(vault.posting.saturating_add(1)));
    }
    let expected = match posting.cause.raises_vault() {
        Some(true) => vault.stated.checked_add(posting.amount),
        Some(false) => vault.stated.checked_sub(posting.amount),
        None => None,
    };
    if expected != Some(posting.balance) {
        view.differences.mark(Difference::Balance(posting.number));
    }
    view.change_book(|book| {
        book.vault.posting = posting.number;
        book.vault.stated = posting.balance;
    });
    view.postings.append(PostingNumber(posting.number), Posted::from(posting));
    let none = Amount::ZERO;
    match posting.cause {
        Cause::Withdrawal(account) | Cause::TransferOut(account) => {
            post_under(view, account, none, posting);
        }
        Cause::Deposit(account) | Cause::Redress(account) => {
            post_under(view, account, posting.amount, posting);
        }
        Cause::Claim(account) => incoming::credit_claim(view, account, posting, ours),
        Cause::TransferIn(account, from) => {
            incoming::take_transfer(view, account, from, posting, ours);
        }
        Cause::Distribution | Cause::Release => trade(view, posting, posting.amount, none),
        Cause::Redemption | Cause::Pledge => trade(view, posting, none, posting.amount),
        // What concerns no vault was named above.
        Cause::Issuance
        | Cause::Destruction
        | Cause::ReservesIn
        | Cause::ReservesOut
        | Cause::Forged
        | Cause::GuaranteePaid => {}
    }
}

/// Counts what was bought from the issuer and what went back to it.
fn trade(view: &mut View, posting: &Posting, bought: Amount, back: Amount) {
    let Vault { distributed, returned: before, .. } = view.book().vault;
    match (distributed.checked_add(bought), before.checked_add(back)) {
        (Some(distributed), Some(returned)) => {
            view.change_book(|book| book.vault = Vault { distributed, returned, ..book.vault });
            let origin = Origin::Posting(PostingNumber(posting.number));
            ledger::enter(view, LedgerAccount::Vault, LedgerAccount::Outside, bought, origin);
            ledger::enter(view, LedgerAccount::Outside, LedgerAccount::Vault, back, origin);
        }
        _ => view.differences.mark(Difference::Balance(posting.number)),
    }
}

/// Counts a posting of the reserves, and names what cannot be. Postings are taken once, in order.
pub fn post_reserves(view: &mut View, posting: &Posting) {
    let reserves = view.book().reserves;
    if posting.number <= reserves.posting {
        return;
    }
    let expected = match posting.cause.raises_reserves() {
        Some(true) => reserves.stated.checked_add(posting.amount),
        Some(false) => reserves.stated.checked_sub(posting.amount),
        None => None,
    };
    let follows = posting.number == reserves.posting.saturating_add(1);
    if !follows || expected != Some(posting.balance) {
        view.differences.mark(Difference::Reserves(posting.number));
    }
    view.change_book(|book| {
        book.reserves = Reserves { stated: posting.balance, posting: posting.number };
    });
}

/// Counts a posting under its reference; `inward` is zero for a withdrawal. Nothing moves nothing,
/// whatever reference it names.
fn post_under(view: &mut View, account: AccountRef, inward: Amount, posting: &Posting) {
    if posting.amount.is_zero() {
        return;
    }
    let Some(mut reference) = view.references.get(&account).copied() else {
        view.differences.mark(Difference::UnknownReference(account));
        return;
    };
    let outward = posting.amount.checked_sub(inward).unwrap_or_default();
    match reference.posted.plus(inward, outward) {
        Some(posted) => reference.posted = posted,
        None => view.differences.mark(Difference::Movement(account)),
    }
    reference.posting = PostingNumber(posting.number);
    view.references.insert(account, reference);
    view.unreconciled.mark(account);
}

/// Compares what may be compared: references without open entries whose last entry was finished
/// before the statement was asked for (`horizon`), so that the statement must know of it. What came
/// in beyond what replies said is credited.
pub fn compare(view: &mut View, waiting: &[AccountRef], horizon: u64, ours: Ours) {
    for account in waiting.iter().copied() {
        let Some(reference) = view.references.get(&account).copied() else { continue };
        if reference.open > 0 || reference.settled_at > horizon {
            continue;
        }
        late::credit(view, account, &reference, ours);
        let equal = view.references.get(&account).is_some_and(|row| row.moved == row.posted);
        if equal {
            view.unreconciled.unmark(account);
            view.differences.unmark(Difference::Movement(account));
        } else {
            view.differences.mark(Difference::Movement(account));
        }
    }
}
