//! Rows without a store.

use tender_intermediary::rows::Book;
use tender_intermediary::view::View;
use tender_store::View as _;
use tender_store::plain::Sole;

/// Rows of new books.
pub fn bare() -> View {
    let mut view = View::default();
    view.books.load(Sole, Some(Book::default()));
    view
}

/// Asks for what a verb needs. What was not put into the rows is not there.
pub fn ask(view: &mut View, touches: impl Fn(&mut View)) {
    touches(view);
    while view.is_asking() {
        view.find_nothing();
        touches(view);
    }
}
