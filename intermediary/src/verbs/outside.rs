//! Outside: what the bank's other systems have paid and collected of what goes there and comes from
//! there. It changes nobody's balance: the amount left the account, or came in, when it was
//! recorded.

use super::customer::Refused;
use crate::rows::{Outside, OutsideNumber, Paid};
use crate::view::View;

/// Marks an amount as paid or collected. Errors: [`Refused`], if it is already: whoever pays by
/// this list pays nothing twice. Nothing is written then.
pub fn pay(view: &mut View, number: OutsideNumber, paid: Paid) -> Result<Outside, Refused> {
    let row = known(view, number)?;
    match row.paid {
        Some(Paid { day, .. }) => Err(Refused::Paid { number: number.0, day }),
        None => Ok(write(view, number, Outside { paid: Some(paid), ..row })),
    }
}

/// Takes a mark back, such as that of a payment that was returned. Errors: [`Refused`], if it has
/// none; nothing is written then.
pub fn reopen(view: &mut View, number: OutsideNumber) -> Result<Outside, Refused> {
    let row = known(view, number)?;
    match row.paid {
        Some(_) => Ok(write(view, number, Outside { paid: None, ..row })),
        None => Err(Refused::Unpaid(number.0)),
    }
}

fn known(view: &View, number: OutsideNumber) -> Result<Outside, Refused> {
    view.outside.get(&number).copied().ok_or(Refused::NoOutside(number.0))
}

fn write(view: &mut View, number: OutsideNumber, row: Outside) -> Outside {
    view.outside.insert(number, row);
    row
}
