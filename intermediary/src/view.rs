//! The rows that a verb works on: loaded before it decides, committed after.
//!
//! A verb says which rows it [`Touches`]; the store loads them, and the rows they point to, into a
//! [`View`]. The verb reads and leaves its writes there. So verbs are pure, and a test needs no
//! store.

use crate::rows::{
    Accused, Book, CodeDigest, Credit, Customer, CustomerId, Difference, Entry, EntryNumber,
    IncidentNumber, Invitation, Mark, PostingNumber, Reference, Request, RequestKey, Wallet,
};
use std::collections::{BTreeMap, BTreeSet};
use tender_token::cash::AccountRef;
use tender_token::identity::IdentityKey;
use tender_token::signature::PublicKey;
use tender_token::token::TokenId;

/// Which rows a verb needs. Rows that these point to come along.
#[derive(Clone, Debug, Default)]
pub struct Touches {
    /// Customers.
    pub customers: BTreeSet<CustomerId>,
    /// Invitations; their customers come along.
    pub invitations: BTreeSet<CodeDigest>,
    /// Wallets; their customers come along.
    pub wallets: BTreeSet<IdentityKey>,
    /// Devices; their wallets come along.
    pub devices: BTreeSet<PublicKey>,
    /// Account references.
    pub references: BTreeSet<AccountRef>,
    /// Account references; their customers come along.
    pub credited: BTreeSet<AccountRef>,
    /// Requests; their entries come along.
    pub requests: BTreeSet<RequestKey>,
    /// Entries; what finishing them changes comes along.
    pub entries: BTreeSet<EntryNumber>,
    /// Credited tokens.
    pub credits: BTreeSet<TokenId>,
    /// Whether all references that still have to be compared come along.
    pub unreconciled: bool,
}

/// Loaded rows of one table, and which of them were written since.
#[derive(Clone, Debug)]
pub struct Rows<K, V> {
    loaded: BTreeMap<K, Option<V>>,
    written: BTreeSet<K>,
}

impl<K, V> Default for Rows<K, V> {
    fn default() -> Self {
        Self { loaded: BTreeMap::new(), written: BTreeSet::new() }
    }
}

impl<K: Ord + Copy, V> Rows<K, V> {
    /// Takes up what the store holds under a key.
    pub fn load(&mut self, key: K, row: Option<V>) {
        self.loaded.insert(key, row);
    }

    /// The row under a key that was touched or written.
    pub fn get(&self, key: &K) -> Option<&V> {
        self.loaded.get(key).expect("a verb touches the rows it reads").as_ref()
    }

    /// Writes a row.
    pub fn put(&mut self, key: K, row: V) {
        self.loaded.insert(key, Some(row));
        self.written.insert(key);
    }

    /// Removes a row.
    pub fn remove(&mut self, key: K) {
        self.loaded.insert(key, None);
        self.written.insert(key);
    }

    /// All rows that are there.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.loaded.iter().filter_map(|(key, row)| row.as_ref().map(|row| (key, row)))
    }

    /// What was written: `None` stands for a removed row.
    pub fn written(&self) -> impl Iterator<Item = (&K, Option<&V>)> {
        self.written.iter().map(|key| (key, self.loaded.get(key).and_then(Option::as_ref)))
    }
}

/// The loaded rows of all tables.
#[derive(Clone, Debug, Default)]
pub struct View {
    /// Counters and vault; always loaded.
    pub book: Book,
    /// Customers and their accounts.
    pub customers: Rows<CustomerId, Customer>,
    /// One-time codes.
    pub invitations: Rows<CodeDigest, Invitation>,
    /// Enrolled wallets.
    pub wallets: Rows<IdentityKey, Wallet>,
    /// Which wallet a device signs for.
    pub devices: Rows<PublicKey, IdentityKey>,
    /// Account references.
    pub references: Rows<AccountRef, Reference>,
    /// Which entry a request began.
    pub requests: Rows<RequestKey, Request>,
    /// The journal.
    pub entries: Rows<EntryNumber, Entry>,
    /// Which entries are open.
    pub open: Rows<EntryNumber, Mark>,
    /// Tokens that were credited.
    pub credits: Rows<TokenId, Credit>,
    /// Claims that were credited, by the posting that paid them.
    pub claims: Rows<PostingNumber, Credit>,
    /// References that still have to be compared with the statement.
    pub unreconciled: Rows<AccountRef, Mark>,
    /// Where books and statement disagree.
    pub differences: Rows<Difference, Mark>,
    /// Proven double spends of our wallets.
    pub accused: Rows<IncidentNumber, Accused>,
}
