//! Action: what the staff does for a customer, in the commit that does it.

use crate::rows::{Action, ActionNumber};
use crate::view::View;

/// Writes down what was done. Nothing is ever taken out of this record.
pub fn record(view: &mut View, action: Action) {
    view.change_book(|book| book.actions = book.actions.saturating_add(1));
    let number = ActionNumber(view.book().actions);
    view.actions.append(number, action);
}
