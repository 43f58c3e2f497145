//! The ledger's part of the audit: every balance recomputed from its movements, and held against
//! the accounts that it sums up.

use crate::ledger::recomputed;
use crate::rows::{CustomerId, Entry, Job, LedgerAccount, MovementNumber, Outcome};
use crate::view::View;
use tender_token::amount::Amount;

/// What does not add up.
#[must_use]
pub fn examine(view: &View) -> Vec<String> {
    let (book, found) = (view.book(), recomputed(view));
    let mut wrong = Vec::new();
    let numbers = (1..=found.movements).map(MovementNumber);
    if !view.movements.all().map(|(number, _)| *number).eq(numbers) {
        wrong.push("a movement is missing: their numbers have a gap".to_owned());
    }
    if found != book.ledger {
        wrong.push(format!("the ledger's sums are not those of its {} movements", found.movements));
    }
    let sum = |amounts: &mut dyn Iterator<Item = Amount>| {
        amounts.fold(0, |sum: i128, amount| sum.saturating_add(amount.minor_units().into()))
    };
    let owed = sum(&mut view.customers.all().map(|(_, customer)| customer.balance));
    let held = sum(&mut view.customers.all().map(|(_, customer)| customer.held));
    for (account, kept) in [
        (LedgerAccount::Customers, owed.saturating_neg()),
        (LedgerAccount::Holds, held.saturating_neg()),
        (LedgerAccount::Vault, book.vault.mirror()),
        (LedgerAccount::Returns, nobodys(view).saturating_neg()),
    ] {
        let entered = found.balance(account);
        if entered != kept {
            let name = account.name();
            wrong.push(format!(
                "the ledger's account `{name}` has {entered} by its movements and {kept} by what \
                 it sums up"
            ));
        }
    }
    let total = LedgerAccount::ALL.map(|account| found.balance(account));
    if total.iter().fold(0_i128, |sum, balance| sum.saturating_add(*balance)) != 0 {
        wrong.push("debits and credits differ".to_owned());
    }
    wrong
}

/// What came for nobody here and has neither gone back nor outside.
fn nobodys(view: &View) -> i128 {
    let came = view.arrivals.all().filter(|(_, arrival)| arrival.customer == CustomerId::NOBODY);
    let came = came.map(|(_, arrival)| i128::from(arrival.amount.minor_units()));
    let went = view.entries.all().filter_map(|(_, entry)| match entry {
        Entry::Transfer(Job { customer, work, reply: Some(Outcome(Ok(_))) }) => {
            (*customer == CustomerId::NOBODY).then_some(work.transfer.amount)
        }
        Entry::Enrol(_)
        | Entry::Withdraw(_)
        | Entry::Deposit(_)
        | Entry::Claim(_)
        | Entry::Transfer(_) => None,
    });
    let went = went.map(|amount| i128::from(amount.minor_units()).saturating_neg());
    // What cannot go back was set aside to be paid outside.
    let kept = view.outside.all().filter(|(_, row)| row.customer == CustomerId::NOBODY);
    let kept = kept.map(|(_, row)| i128::from(row.amount.minor_units()).saturating_neg());
    came.chain(went).chain(kept).fold(0, i128::saturating_add)
}
