//! The books on disk: what they begin with, and what is asked of whole tables.

pub use tender_store::{Directory, Fault, Folder, NAME};

use crate::rows::{
    Book, Customer, CustomerId, Customers, EntryNumber, Epoch, Letter, Line, Lines, Manifests,
    Open, OpenEntry, Revoked, Unreconciled, Wallet, Wallets,
};
use crate::view::View;
use tender_proto::trust::{Notices, Trust};
use tender_store::plain::{Count, Sole};
use tender_store::{Rows, Table, View as _, Visit};
use tender_token::cash::AccountRef;
use tender_token::identity::IdentityKey;

/// Lines that are read at a time.
const LINES_AT_ONCE: usize = 1024;

/// The open books.
pub type Store = tender_store::Store<View>;

/// Makes empty books. A crash leaves none or complete ones. Errors: [`Fault`].
pub fn create(folder: &impl Folder) -> Result<Store, Fault> {
    let mut first = View::default();
    first.books.want(Sole);
    first.revoked.want(Sole);
    first.find_nothing();
    first.books.insert(Sole, Book::default());
    first.revoked.insert(Sole, Notices::default());
    Store::create(folder, first)
}

/// All customers. Errors: [`Fault`].
pub fn customers(store: &Store) -> Result<Vec<(CustomerId, Customer)>, Fault> {
    let mut customers = Vec::new();
    store.scan::<Customers>(|id, customer| customers.push((id, customer)))?;
    Ok(customers)
}

/// The wallets of a customer, by their identities. Errors: [`Fault`].
pub fn wallets(store: &Store, customer: CustomerId) -> Result<Vec<(IdentityKey, Wallet)>, Fault> {
    let mut wallets = Vec::new();
    store.scan::<Wallets>(|identity, wallet| {
        if wallet.customer == customer {
            wallets.push((identity, wallet));
        }
    })?;
    Ok(wallets)
}

/// The customers who have open entries. Errors: [`Fault`].
pub fn waiting_customers(store: &Store) -> Result<Vec<CustomerId>, Fault> {
    let mut customers = Vec::new();
    store.scan::<Open>(|OpenEntry { customer, .. }, _| customers.push(customer))?;
    customers.dedup();
    Ok(customers)
}

/// The open entries. Errors: [`Fault`].
pub fn open_entries(store: &Store) -> Result<Vec<EntryNumber>, Fault> {
    let mut open = Vec::new();
    store.scan::<Open>(|OpenEntry { number, .. }, _| open.push(number))?;
    Ok(open)
}

/// The first open entry of the same customer behind this one. Errors: [`Fault`].
pub fn next_open(store: &Store, after: OpenEntry) -> Result<Option<EntryNumber>, Fault> {
    let next = store.after::<Open>(Some(&after), 1)?;
    let next = next.first().map(|(next, _)| *next);
    Ok(next.filter(|next| next.customer == after.customer).map(|next| next.number))
}

/// The lines of an account, in their order. Errors: [`Fault`].
pub fn lines(store: &Store, customer: CustomerId) -> Result<Vec<(u64, Line)>, Fault> {
    let mut lines = Vec::new();
    loop {
        let after = Letter { customer, number: Count(lines.last().map_or(0, |(last, _)| *last)) };
        let page = store.after::<Lines>(Some(&after), LINES_AT_ONCE)?;
        let whole = page.len() < LINES_AT_ONCE;
        let own = page.into_iter().take_while(|(letter, _)| letter.customer == customer);
        let before = lines.len();
        lines.extend(own.map(|(letter, line)| (letter.number.0, line)));
        if whole || lines.len() < before.saturating_add(LINES_AT_ONCE) {
            return Ok(lines);
        }
    }
}

/// The references that still have to be compared with the statement. Errors: [`Fault`].
pub fn unreconciled(store: &Store) -> Result<Vec<AccountRef>, Fault> {
    let mut references = Vec::new();
    store.scan::<Unreconciled>(|account, _| references.push(account))?;
    Ok(references)
}

/// The manifests that are held, the oldest first, and what was published beside them.
/// Errors: [`Fault`].
pub fn published(store: &Store) -> Result<(Vec<(Epoch, Trust)>, Notices), Fault> {
    let mut manifests = Vec::new();
    store.scan::<Manifests>(|epoch, trust| manifests.push((epoch, trust)))?;
    let mut view = View::default();
    view.revoked.want(Sole);
    store.load(&mut view)?;
    let notices = view.revoked.get(&Sole).cloned();
    Ok((manifests, notices.ok_or(Fault::Missing(Revoked::NAME))?))
}

/// Every row, for the audit. Errors: [`Fault`].
pub fn everything(store: &Store) -> Result<View, Fault> {
    let mut view = View::default();
    view.visit(&mut Scanning(store))?;
    Ok(view)
}

struct Scanning<'a>(&'a Store);

impl Visit for Scanning<'_> {
    type Error = Fault;

    fn visit<T: Table>(&mut self, rows: &mut Rows<T>) -> Result<(), Fault> {
        self.0.scan::<T>(|key, row| rows.load(key, Some(row)))
    }
}
