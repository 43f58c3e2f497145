//! Action: what the staff does for a customer, in the commit that does it.

use crate::rows::{Action, ActionNumber};
use crate::view::View;

/// What became of an order that was not refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ordered {
    /// It is so from now on.
    Done,
    /// It was so before, and nothing was written.
    Already,
}

/// Writes down what was done. Nothing is ever taken out of this record.
pub fn record(view: &mut View, action: Action) {
    view.change_book(|book| book.actions = book.actions.saturating_add(1));
    let number = ActionNumber(view.book().actions);
    view.actions.append(number, action);
}
