//! Outside: what the bank's other systems have paid and collected of what goes there and comes from
//! there. It changes nobody's balance: the amount left the account, or came in, when it was
//! recorded.

use super::action::Ordered;
use super::customer::Refused;
use crate::ledger;
use crate::rows::{Cause, CustomerId, LedgerAccount, Origin, Outside, OutsideNumber, Paid};
use crate::view::View;
use tender_store::plain::Count;
use tender_token::amount::Amount;
use tender_token::cash::AccountRef;

/// Writes down an amount that leaves these books or comes into them.
pub(super) fn open(view: &mut View, row: Outside) -> OutsideNumber {
    view.change_book(|book| book.outside = book.outside.saturating_add(1));
    let number = OutsideNumber(view.book().outside);
    view.outside.append(number, row);
    number
}

/// Sets aside what came for nobody here and cannot go back by itself, to be paid outside once the
/// staff knows whose it is.
pub(crate) fn keep(view: &mut View, account: AccountRef, amount: Amount) {
    let row = Outside::open(CustomerId::NOBODY, amount, Cause::Nobodys(account), Count(0));
    let number = open(view, row);
    let (from, to) = (LedgerAccount::Returns, LedgerAccount::Outside);
    ledger::enter(view, from, to, amount, Origin::Outside(number));
}

/// Marks an amount as paid or collected. Errors: [`Refused`], if it is already: whoever pays by
/// this list pays nothing twice. Nothing is written then.
pub fn pay(
    view: &mut View,
    number: OutsideNumber,
    paid: Paid,
) -> Result<(Outside, Ordered), Refused> {
    let row = known(view, number)?;
    match row.paid {
        Some(Paid { day, .. }) => Err(Refused::Paid { number: number.0, day }),
        None => Ok((write(view, number, Outside { paid: Some(paid), ..row }), Ordered::Done)),
    }
}

/// Takes a mark back, such as that of a payment that was returned. Errors: [`Refused`]; nothing is
/// written then.
pub fn reopen(view: &mut View, number: OutsideNumber) -> Result<(Outside, Ordered), Refused> {
    let row = known(view, number)?;
    match row.paid {
        Some(_) => Ok((write(view, number, Outside { paid: None, ..row }), Ordered::Done)),
        None => Ok((row, Ordered::Already)),
    }
}

fn known(view: &View, number: OutsideNumber) -> Result<Outside, Refused> {
    view.outside.get(&number).copied().ok_or(Refused::NoOutside(number.0))
}

fn write(view: &mut View, number: OutsideNumber, row: Outside) -> Outside {
    view.outside.insert(number, row);
    row
}
