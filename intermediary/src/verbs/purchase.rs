//! Purchase: when the vault runs low, currency is ordered, once until the order is met. Only the
//! issuer's officers move the supply: the order is for its operators, who write the instruction.

use crate::rows::{PostingNumber, Purchase, PurchaseNumber};
use crate::view::View;
use tender_token::amount::Amount;
use tender_token::date::Timestamp;

/// How much currency the vault shall have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stock {
    /// Below this it is low.
    pub low: Amount,
    /// What is ordered fills it to this, which is more.
    pub fill: Amount,
}

/// The rows that [`decide`] needs.
pub fn touches(view: &mut View) {
    let last = view.books.known(&tender_store::plain::Sole).map_or(0, |book| book.purchases);
    if last > 0 {
        view.purchases.want(PurchaseNumber(last));
    }
}

/// Whether [`decide`] would write anything.
#[must_use]
pub fn is_due(view: &View, stock: Stock) -> bool {
    open(view).is_some() != is_low(view, stock)
}

/// Orders what is missing if the vault is low and nothing is ordered yet, and closes the order that
/// was met. Only the last one can be open.
pub fn decide(view: &mut View, stock: Stock, now: Timestamp) {
    match (open(view), is_low(view, stock)) {
        (Some((number, purchase)), false) => {
            let met = Some(PostingNumber(view.book().vault.posting));
            view.purchases.insert(number, Purchase { met, ..purchase });
        }
        (None, true) => {
            let wanted = i128::from(stock.fill.minor_units());
            let missing = wanted.saturating_sub(view.book().vault.mirror());
            let amount = u64::try_from(missing).map_or(stock.fill, Amount::from_minor_units);
            view.change_book(|book| book.purchases = book.purchases.saturating_add(1));
            let number = PurchaseNumber(view.book().purchases);
            view.purchases.append(number, Purchase { time: now, amount, met: None });
        }
        (Some(_), true) | (None, false) => (),
    }
}

/// What is ordered and not met yet.
#[must_use]
pub fn ordered(view: &View) -> Option<Amount> {
    open(view).map(|(_, purchase)| purchase.amount)
}

fn is_low(view: &View, stock: Stock) -> bool {
    view.book().vault.mirror() < i128::from(stock.low.minor_units())
}

/// The order that is not met yet.
fn open(view: &View) -> Option<(PurchaseNumber, Purchase)> {
    let number = PurchaseNumber(view.book().purchases);
    let last = view.purchases.known(&number).copied();
    last.filter(|purchase| purchase.met.is_none()).map(|purchase| (number, purchase))
}
