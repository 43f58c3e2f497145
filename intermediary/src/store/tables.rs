//! The tables: how the rows of a view are loaded and written.

use super::Fault;
use super::shelf::{Read, Shelf, Writing};
use crate::rows::{
    Accused, Book, CodeDigest, Credit, Customer, CustomerId, Difference, Entry, EntryNumber, Epoch,
    IncidentNumber, Invitation, Mark, PostingNumber, Published, Reference, Request, RequestKey,
    Wallet,
};
use crate::view::{Rows, Touches, View};
use tender_proto::trust::Notices;
use tender_token::cash::AccountRef;
use tender_token::encode::{Decode, Encode};
use tender_token::identity::IdentityKey;
use tender_token::signature::PublicKey;
use tender_token::token::TokenId;

/// The one row of a table without keys.
type Sole = [u8; 0];

pub const VERSION: Shelf<Sole, [u8; 1]> = Shelf::new("version");
pub const BOOK: Shelf<Sole, Book> = Shelf::new("book");
pub const TRUST: Shelf<Epoch, Published> = Shelf::new("trust");
pub const NOTICES: Shelf<Sole, Notices> = Shelf::new("notices");
pub const CUSTOMERS: Shelf<CustomerId, Customer> = Shelf::new("customers");
pub const ENTRIES: Shelf<EntryNumber, Entry> = Shelf::new("entries");
pub const OPEN: Shelf<EntryNumber, Mark> = Shelf::new("open");
const INVITATIONS: Shelf<CodeDigest, Invitation> = Shelf::new("invitations");
const WALLETS: Shelf<IdentityKey, Wallet> = Shelf::new("wallets");
const DEVICES: Shelf<PublicKey, IdentityKey> = Shelf::new("devices");
const REFERENCES: Shelf<AccountRef, Reference> = Shelf::new("references");
const REQUESTS: Shelf<RequestKey, Request> = Shelf::new("requests");
const CREDITS: Shelf<TokenId, Credit> = Shelf::new("credits");
const CLAIMS: Shelf<PostingNumber, Credit> = Shelf::new("claims");
const UNRECONCILED: Shelf<AccountRef, Mark> = Shelf::new("unreconciled");
const DIFFERENCES: Shelf<Difference, Mark> = Shelf::new("differences");
const ACCUSED: Shelf<IncidentNumber, Accused> = Shelf::new("accused");

/// Makes all tables. Errors: [`Fault`].
pub fn create_all(writing: &Writing) -> Result<(), Fault> {
    writing.create(&VERSION)?;
    writing.create(&BOOK)?;
    writing.create(&TRUST)?;
    writing.create(&NOTICES)?;
    writing.create(&CUSTOMERS)?;
    writing.create(&ENTRIES)?;
    writing.create(&OPEN)?;
    writing.create(&INVITATIONS)?;
    writing.create(&WALLETS)?;
    writing.create(&DEVICES)?;
    writing.create(&REFERENCES)?;
    writing.create(&REQUESTS)?;
    writing.create(&CREDITS)?;
    writing.create(&CLAIMS)?;
    writing.create(&UNRECONCILED)?;
    writing.create(&DIFFERENCES)?;
    writing.create(&ACCUSED)
}

/// Loads what is touched, and the rows that it points to. Errors: [`Fault`].
pub fn load(read: &impl Read, mut touches: Touches) -> Result<View, Fault> {
    let mut view = View { book: sole(read, &BOOK)?, ..View::default() };
    for key in touches.requests {
        let request = read.get(&REQUESTS, &key)?;
        touches.entries.extend(request.map(|request: Request| request.entry));
        view.requests.load(key, request);
    }
    for number in touches.entries {
        let entry = read.get(&ENTRIES, &number)?;
        match &entry {
            None => (),
            Some(Entry::Enrol(job)) => {
                touches.invitations.insert(job.work.code);
            }
            Some(Entry::Withdraw(job)) => {
                touches.references.extend(job.work.movements().into_keys());
            }
            Some(Entry::Deposit(job)) => {
                touches.references.insert(job.work.account);
                touches.credits.extend(job.work.sent().map(|(token, _)| token));
            }
        }
        touches.customers.extend(entry.as_ref().map(Entry::customer));
        view.entries.load(number, entry);
    }
    if touches.unreconciled {
        for (account, mark) in read.all(&UNRECONCILED)? {
            touches.references.insert(account);
            view.unreconciled.load(account, Some(mark));
        }
    }
    for account in touches.credited {
        let reference = read.get(&REFERENCES, &account)?;
        touches.customers.extend(reference.map(|reference: Reference| reference.customer));
        touches.references.insert(account);
    }
    for code in touches.invitations {
        let invitation = read.get(&INVITATIONS, &code)?;
        touches.customers.extend(invitation.map(|invitation: Invitation| invitation.customer));
        view.invitations.load(code, invitation);
    }
    for device in touches.devices {
        let identity = read.get(&DEVICES, &device)?;
        touches.wallets.extend(identity);
        view.devices.load(device, identity);
    }
    for identity in touches.wallets {
        let wallet = read.get(&WALLETS, &identity)?;
        touches.customers.extend(wallet.as_ref().map(|wallet: &Wallet| wallet.customer));
        view.wallets.load(identity, wallet);
    }
    load_each(read, &CUSTOMERS, &mut view.customers, touches.customers)?;
    load_each(read, &REFERENCES, &mut view.references, touches.references)?;
    load_each(read, &CREDITS, &mut view.credits, touches.credits)?;
    Ok(view)
}

/// Loads all rows of all tables. Errors: [`Fault`].
pub fn load_everything(read: &impl Read) -> Result<View, Fault> {
    let mut view = View { book: sole(read, &BOOK)?, ..View::default() };
    load_all(read, &CUSTOMERS, &mut view.customers)?;
    load_all(read, &INVITATIONS, &mut view.invitations)?;
    load_all(read, &WALLETS, &mut view.wallets)?;
    load_all(read, &DEVICES, &mut view.devices)?;
    load_all(read, &REFERENCES, &mut view.references)?;
    load_all(read, &REQUESTS, &mut view.requests)?;
    load_all(read, &ENTRIES, &mut view.entries)?;
    load_all(read, &OPEN, &mut view.open)?;
    load_all(read, &CREDITS, &mut view.credits)?;
    load_all(read, &CLAIMS, &mut view.claims)?;
    load_all(read, &UNRECONCILED, &mut view.unreconciled)?;
    load_all(read, &DIFFERENCES, &mut view.differences)?;
    load_all(read, &ACCUSED, &mut view.accused)?;
    Ok(view)
}

/// Writes what a verb has written; tells whether that was anything. Errors: [`Fault`].
pub fn write(writing: &Writing, view: &View, before: &Book) -> Result<bool, Fault> {
    let mut count = 0_usize;
    if view.book != *before {
        writing.put(&BOOK, &[], &view.book)?;
        count = 1;
    }
    let counts = [
        write_rows(writing, &CUSTOMERS, &view.customers)?,
        write_rows(writing, &INVITATIONS, &view.invitations)?,
        write_rows(writing, &WALLETS, &view.wallets)?,
        write_rows(writing, &DEVICES, &view.devices)?,
        write_rows(writing, &REFERENCES, &view.references)?,
        write_rows(writing, &REQUESTS, &view.requests)?,
        write_rows(writing, &ENTRIES, &view.entries)?,
        write_rows(writing, &OPEN, &view.open)?,
        write_rows(writing, &CREDITS, &view.credits)?,
        write_rows(writing, &CLAIMS, &view.claims)?,
        write_rows(writing, &UNRECONCILED, &view.unreconciled)?,
        write_rows(writing, &DIFFERENCES, &view.differences)?,
        write_rows(writing, &ACCUSED, &view.accused)?,
    ];
    count = counts.iter().fold(count, |sum, count| sum.saturating_add(*count));
    Ok(count > 0)
}

fn sole<V: Encode + Decode>(read: &impl Read, shelf: &Shelf<Sole, V>) -> Result<V, Fault> {
    read.get(shelf, &[])?.ok_or(Fault::Corrupt("book"))
}

fn load_each<K: Encode + Decode + Ord + Copy, V: Encode + Decode>(
    read: &impl Read,
    shelf: &Shelf<K, V>,
    rows: &mut Rows<K, V>,
    keys: impl IntoIterator<Item = K>,
) -> Result<(), Fault> {
    for key in keys {
        rows.load(key, read.get(shelf, &key)?);
    }
    Ok(())
}

fn load_all<K: Encode + Decode + Ord + Copy, V: Encode + Decode>(
    read: &impl Read,
    shelf: &Shelf<K, V>,
    rows: &mut Rows<K, V>,
) -> Result<(), Fault> {
    for (key, row) in read.all(shelf)? {
        rows.load(key, Some(row));
    }
    Ok(())
}

fn write_rows<K: Encode + Decode + Ord + Copy, V: Encode + Decode>(
    writing: &Writing,
    shelf: &Shelf<K, V>,
    rows: &Rows<K, V>,
) -> Result<usize, Fault> {
    let mut count = 0_usize;
    for (key, row) in rows.written() {
        match row {
            Some(row) => writing.put(shelf, key, row)?,
            None => writing.remove(shelf, key)?,
        }
        count = count.saturating_add(1);
    }
    Ok(count)
}
