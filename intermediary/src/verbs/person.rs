//! Person: who read what of whom, and what is not known any more.

use crate::rows::{
    Attributes, Customer, CustomerId, Entry, EntryNumber, OutsideNumber, Read, ReadNumber, State,
};
use crate::view::View;
use tender_store::plain::Sole;
use tender_token::date::Day;

/// Writes down reads, before anything is shown.
pub fn log(view: &mut View, reads: Vec<Read>) {
    for read in reads {
        view.change_book(|book| book.reads = book.reads.saturating_add(1));
        let number = ReadNumber(view.book().reads);
        view.reads.append(number, read);
    }
}

/// The rows that [`forget`] and [`forget_kept`] need.
pub fn touches(id: CustomerId, view: &mut View) {
    view.customers.want(id);
    view.persons.want(id);
    view.kept.want(id);
}

/// The rows that [`is_gone`] needs.
pub fn touches_gone(id: CustomerId, view: &mut View) {
    view.customers.want(id);
    let state = view.customers.known(&id).map(|customer| customer.state);
    if let Some(State::Closed(_)) = state {
        touches(id, view);
    }
}

/// Whether an account is closed and its customer erased: what came in now would go nowhere.
#[must_use]
pub fn is_gone(view: &View, id: CustomerId) -> bool {
    let state = view.customers.get(&id).map(|customer| customer.state);
    matches!(state, Some(State::Closed(_)))
        && view.persons.get(&id).is_none()
        && view.kept.get(&id).is_none()
}

/// Removes a record whose key was destroyed.
pub fn forget(view: &mut View, id: CustomerId) {
    view.persons.remove(&id);
    if let Some(customer) = view.customers.get(&id).cloned() {
        let verified = Attributes::default();
        view.customers.insert(id, Customer { verified, ..customer });
    }
}

/// Removes what law wanted kept, whose key was destroyed.
pub fn forget_kept(view: &mut View, id: CustomerId) {
    view.kept.remove(&id);
}

/// What of a customer may still need an address, as it was looked up before anything is decided.
/// What was recorded since then is looked at when it is decided.
#[derive(Clone, Debug, Default)]
pub struct Owing {
    /// How many amounts had gone outside.
    pub outside: u64,
    /// Those of the customer.
    pub own: Vec<OutsideNumber>,
    /// How many entries there were.
    pub entries: u64,
    /// Those that were open, and the customer's claims that led and were not paid.
    pub under_way: Vec<EntryNumber>,
}

impl Owing {
    /// The rows that [`Self::holds`] needs.
    pub fn touches(&self, view: &mut View) {
        let known = view.books.known(&Sole).map(|book| (book.outside, book.entries));
        let (outside, entries) = known.unwrap_or_default();
        self.amounts(outside).for_each(|number| view.outside.want(number));
        self.work(entries).for_each(|number| view.entries.want(number));
    }

    /// Whether something of the customer is neither paid nor collected, or under way or due and may
    /// go outside when it comes in.
    #[must_use]
    pub fn holds(&self, view: &View, id: CustomerId, today: Day) -> bool {
        let is_unpaid = |number| {
            let row = view.outside.get(&number);
            row.is_some_and(|row| row.customer == id && row.paid.is_none())
        };
        let is_under_way = |number| {
            let entry = view.entries.get(&number);
            let waits = |entry: &Entry| entry.is_open() || entry.is_due(today);
            entry.is_some_and(|entry| entry.customer() == id && waits(entry))
        };
        let book = view.book();
        self.amounts(book.outside).any(is_unpaid) || self.work(book.entries).any(is_under_way)
    }

    fn amounts(&self, outside: u64) -> impl Iterator<Item = OutsideNumber> {
        let newer = (self.outside.saturating_add(1)..=outside).map(OutsideNumber);
        self.own.iter().copied().chain(newer)
    }

    fn work(&self, entries: u64) -> impl Iterator<Item = EntryNumber> {
        let newer = (self.entries.saturating_add(1)..=entries).map(EntryNumber);
        self.under_way.iter().copied().chain(newer)
    }
}
