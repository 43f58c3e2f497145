//! The rows of all tables that a batch of verbs works on.
//!
//! A verb says which rows it needs, and again when these are there, until it needs no more; then it
//! decides and leaves its writes in the view. So verbs are pure, and a test needs no store.

use crate::rows::{
    AccusedWallets, Actions, Arrivals, Book, Books, Credits, Customers, Devices, Differences,
    Entries, Invitations, Keeps, Lines, Mailboxes, Manifests, Movements, Open, Openings, Outsides,
    Persons, Postings, Purchases, Reads, References, Requests, Revoked, SentTransfers, TierFiles,
    Tiers, Unread, Unreconciled, Usages, Wallets,
};
use tender_store::plain::Sole;

tender_store::view! {
    /// Rows of every table.
    #[derive(Clone)]
    View, 9 {
        books: Books,
        manifests: Manifests,
        revoked: Revoked,
        customers: Customers,
        tiers: Tiers,
        tier_files: TierFiles,
        usage: Usages,
        openings: Openings,
        outside: Outsides,
        persons: Persons,
        kept: Keeps,
        reads: Reads,
        actions: Actions,
        invitations: Invitations,
        wallets: Wallets,
        devices: Devices,
        references: References,
        requests: Requests,
        entries: Entries,
        open: Open,
        movements: Movements,
        postings: Postings,
        purchases: Purchases,
        credits: Credits,
        arrivals: Arrivals,
        sent: SentTransfers,
        mailboxes: Mailboxes,
        lines: Lines,
        notices: Unread,
        unreconciled: Unreconciled,
        differences: Differences,
        accused: AccusedWallets,
    }
}

impl View {
    /// Counters, vault and reserves, which every verb asks for.
    #[must_use]
    pub fn book(&self) -> Book {
        *self.books.get(&Sole).expect("books have counters from their creation on")
    }

    /// Changes counters, vault and reserves.
    pub fn change_book(&mut self, change: impl FnOnce(&mut Book)) {
        let mut book = self.book();
        change(&mut book);
        self.books.insert(Sole, book);
    }
}
