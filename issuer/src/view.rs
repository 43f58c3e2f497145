//! The view: the rows that a batch needs, loaded once, decided upon, committed once.
//!
//! A verb says which rows it needs ([`Rows::want`]), the store loads them, the verb reads and
//! writes the view, and the store commits what changed. So verbs are pure, and reading a row that
//! nobody asked for is a bug that shows at once.

use crate::rows::{
    AcceptanceCounts, Acceptances, Accounts, Actions, Answers, Blinded, CashedTokens, Claimants,
    Claims, Convictions, Denominations, Due, Entries, Exchanges, Frozen, IncidentCosts, Incidents,
    Instructions, Intermediaries, Leaves, LogNodes, Manifests, Opened, Openings, Postings,
    Presentations, Redresses, Revocations, Sessions, SlotQuotas, Staff, Table, Totals, Transfers,
    Unresolved, Untraced, Wallets, Withdrawals,
};
use crate::verbs::log::Tally;
use std::collections::{BTreeMap, BTreeSet};

/// Rows of one table.
#[derive(Debug)]
pub struct Rows<T: Table> {
    wanted: BTreeSet<T::Key>,
    held: BTreeMap<T::Key, Option<T::Value>>,
    /// What stood where something was written.
    before: BTreeMap<T::Key, Option<T::Value>>,
}

impl<T: Table> Default for Rows<T> {
    fn default() -> Self {
        Self { wanted: BTreeSet::new(), held: BTreeMap::new(), before: BTreeMap::new() }
    }
}

impl<T: Table> Rows<T> {
    /// Asks for a row, whether it exists or not.
    pub fn want(&mut self, key: T::Key) {
        if !self.held.contains_key(&key) {
            self.wanted.insert(key);
        }
    }

    /// The row, or `None` if there is none.
    #[must_use]
    pub fn get(&self, key: &T::Key) -> Option<&T::Value> {
        self.held.get(key).expect("a verb reads only rows that it asked for").as_ref()
    }

    /// Whether a row was asked for, whether it exists or not.
    #[must_use]
    pub fn is_asked(&self, key: &T::Key) -> bool {
        self.held.contains_key(key)
    }

    /// Every row that is there, among those that were asked for.
    pub fn all(&self) -> impl Iterator<Item = (&T::Key, &T::Value)> {
        self.held.iter().filter_map(|(key, row)| Some((key, row.as_ref()?)))
    }

    /// Puts a row in the place of the one that was asked for.
    pub fn insert(&mut self, key: T::Key, value: T::Value) {
        assert!(self.held.contains_key(&key), "a verb replaces only rows that it asked for");
        self.put(key, Some(value));
    }

    /// Adds a row under a fresh running number, which nobody can have used.
    pub fn append(&mut self, key: T::Key, value: T::Value) {
        assert!(!self.held.contains_key(&key), "a running number is used once");
        self.put(key, Some(value));
    }

    /// Ends a row that was asked for.
    pub fn remove(&mut self, key: &T::Key) {
        assert!(self.held.contains_key(key), "a verb removes only rows that it asked for");
        self.put(key.clone(), None);
    }

    /// What the store has to load, which is then no longer asked for.
    pub fn take_wanted(&mut self) -> BTreeSet<T::Key> {
        core::mem::take(&mut self.wanted)
    }

    /// Takes a row from the store; what a verb has already written stays.
    pub fn load(&mut self, key: T::Key, value: Option<T::Value>) {
        self.held.entry(key).or_insert(value);
    }

    /// What verbs have written: the row, or `None` where one was removed.
    pub fn changes(&self) -> impl Iterator<Item = (&T::Key, Option<&T::Value>)> {
        self.before.keys().map(|key| (key, self.held.get(key).and_then(Option::as_ref)))
    }

    /// What verbs have written, with the row that was loaded before it.
    pub fn replaced(
        &self,
    ) -> impl Iterator<Item = (&T::Key, Option<&T::Value>, Option<&T::Value>)> {
        let after = |key| self.held.get(key).and_then(Option::as_ref);
        self.before.iter().map(move |(key, before)| (key, before.as_ref(), after(key)))
    }

    fn put(&mut self, key: T::Key, value: Option<T::Value>) {
        let before = self.held.insert(key.clone(), value).flatten();
        self.before.entry(key).or_insert(before);
    }
}

/// Something that is done with the rows of every table.
pub trait Visit {
    /// Why it could not be done.
    type Error;

    /// Does it with the rows of one table. Errors: [`Self::Error`].
    fn visit<T: Table>(&mut self, rows: &mut Rows<T>) -> Result<(), Self::Error>;
}

macro_rules! view {
    ($($field:ident: $table:ident,)*) => {
        /// Rows of every table.
        #[derive(Debug, Default)]
        #[allow(missing_docs)] // The tables are documented where they are declared.
        pub struct View {
            $(pub $field: Rows<$table>,)*
            /// What was signed, cashed and claimed and has no leaf in the log yet.
            pub tally: Tally,
        }

        impl View {
            /// Visits the rows of every table. Errors: the visitor's.
            pub fn visit<V: Visit>(&mut self, visitor: &mut V) -> Result<(), V::Error> {
                $(visitor.visit(&mut self.$field)?;)*
                Ok(())
            }

            /// Whether any verb has written anything.
            #[must_use]
            pub fn is_changed(&self) -> bool {
                [$(!self.$field.before.is_empty(),)*].contains(&true)
            }
        }
    };
}

view! {
    manifests: Manifests,
    revocations: Revocations,
    intermediaries: Intermediaries,
    staff: Staff,
    actions: Actions,
    accounts: Accounts,
    entries: Entries,
    postings: Postings,
    instructions: Instructions,
    denominations: Denominations,
    frozen: Frozen,
    wallets: Wallets,
    sessions: Sessions,
    unresolved: Unresolved,
    openings: Openings,
    slot_quotas: SlotQuotas,
    withdrawals: Withdrawals,
    acceptances: Acceptances,
    acceptance_counts: AcceptanceCounts,
    exchanges: Exchanges,
    transfers: Transfers,
    blinded: Blinded,
    cashed: CashedTokens,
    claims: Claims,
    due: Due,
    opened: Opened,
    claimants: Claimants,
    answers: Answers,
    presentations: Presentations,
    incidents: Incidents,
    convictions: Convictions,
    redresses: Redresses,
    incident_costs: IncidentCosts,
    untraced: Untraced,
    totals: Totals,
    leaves: Leaves,
    log_nodes: LogNodes,
}
