//! The ledger: whatever moves money in our books debits one account and credits another by the same
//! amount, in the commit of what moved it. The audit recomputes every balance from the movements.

use crate::rows::{Ledger, LedgerAccount, Movement, MovementNumber, Origin};
use crate::view::View;
use tender_token::amount::Amount;

/// Enters a movement. Nothing moves nothing.
pub fn enter(
    view: &mut View,
    debit: LedgerAccount,
    credit: LedgerAccount,
    amount: Amount,
    origin: Origin,
) {
    if amount.is_zero() {
        return;
    }
    let movement = Movement { debit, credit, amount, origin };
    view.change_book(|book| book.ledger = book.ledger.plus(&movement));
    let number = MovementNumber(view.book().ledger.movements);
    view.movements.append(number, movement);
}

/// The ledger as its movements say it, in the order of their numbers.
#[must_use]
pub fn recomputed(view: &View) -> Ledger {
    view.movements.all().fold(Ledger::default(), |ledger, (_, movement)| ledger.plus(movement))
}
