//! Person: who read what of whom, and what is not known any more.

use crate::rows::{Attributes, Customer, CustomerId, Read, ReadNumber};
use crate::view::View;

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
