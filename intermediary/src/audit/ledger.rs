//! The ledger's part of the audit: every balance recomputed from its movements, and held against
//! the accounts that it sums up.

use crate::ledger::recomputed;
use crate::rows::{LedgerAccount, MovementNumber};
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
