//! Rows without a store.

use tender_intermediary::rows::{Book, TierName};
use tender_intermediary::tier::{self, Tiers};
use tender_intermediary::view::View;
use tender_store::View as _;
use tender_store::plain::Sole;

/// The tiers that a new home begins with.
pub fn tiers() -> Tiers {
    Tiers::parse(tier::DEFAULT, 2).expect("the file is ours")
}

/// The tier of most customers.
pub fn basic() -> TierName {
    tiers().first
}

/// Rows of new books, with the tiers that a new home begins with.
pub fn bare() -> View {
    let mut view = View::default();
    view.books.load(Sole, Some(Book::default()));
    for (name, tier) in tiers().tiers {
        view.tiers.load(name, Some(tier));
    }
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
