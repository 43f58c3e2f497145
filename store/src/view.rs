//! The view: the rows that a batch needs, loaded once, decided upon, committed once.
//!
//! A verb says which rows it needs ([`Rows::want`]), the store loads them, the verb reads and
//! writes the view, and the store commits what changed. So verbs are pure, and reading a row that
//! nobody asked for is a bug that shows at once.

use crate::plain::Mark;
use crate::{Replaceable, Table};
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

    /// The row, if it was asked for and is there. For asking on: whoever asks for the rows that a
    /// row points to does so again when that row is there.
    #[must_use]
    pub fn known(&self, key: &T::Key) -> Option<&T::Value> {
        self.held.get(key).and_then(Option::as_ref)
    }

    /// Whether something was asked for that the store has not been asked for yet.
    #[must_use]
    pub fn is_asking(&self) -> bool {
        !self.wanted.is_empty()
    }

    /// Every row that is there, among those that were asked for.
    pub fn all(&self) -> impl Iterator<Item = (&T::Key, &T::Value)> {
        self.held.iter().filter_map(|(key, row)| Some((key, row.as_ref()?)))
    }

    /// Adds a row that is never replaced: under a fresh running number, which nobody can have used,
    /// or under a key that was asked for and has none.
    pub fn append(&mut self, key: T::Key, value: T::Value) {
        assert!(self.known(&key).is_none(), "a row is added where none is");
        self.put(key, Some(value));
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

    /// Whether a verb has written anything.
    #[must_use]
    pub fn is_changed(&self) -> bool {
        !self.before.is_empty()
    }

    fn put(&mut self, key: T::Key, value: Option<T::Value>) {
        let before = self.held.insert(key.clone(), value).flatten();
        self.before.entry(key).or_insert(before);
    }
}

impl<T: Replaceable> Rows<T> {
    /// Puts a row in the place of the one that was asked for.
    pub fn insert(&mut self, key: T::Key, value: T::Value) {
        assert!(self.held.contains_key(&key), "a verb replaces only rows that it asked for");
        self.put(key, Some(value));
    }

    /// Ends a row that was asked for.
    pub fn remove(&mut self, key: &T::Key) {
        assert!(self.held.contains_key(key), "a verb removes only rows that it asked for");
        self.put(key.clone(), None);
    }
}

/// Being there is all that a mark says, so it is written without being read.
impl<T: Replaceable<Value = Mark>> Rows<T> {
    /// Puts a mark, whether there is one or not.
    pub fn mark(&mut self, key: T::Key) {
        self.put(key, Some(Mark));
    }

    /// Takes a mark away, whether there is one or not.
    pub fn unmark(&mut self, key: T::Key) {
        self.put(key, None);
    }
}

impl<T: Table> Clone for Rows<T> {
    fn clone(&self) -> Self {
        let Self { wanted, held, before } = self;
        Self { wanted: wanted.clone(), held: held.clone(), before: before.clone() }
    }
}

/// Something that is done with the rows of every table.
pub trait Visit {
    /// Why it could not be done.
    type Error;

    /// Does it with the rows of one table. Errors: [`Self::Error`].
    fn visit<T: Table>(&mut self, rows: &mut Rows<T>) -> Result<(), Self::Error>;
}

/// Rows of every table of a tier.
pub trait View: Default {
    /// Version of the tables and of the bytes of their rows. A store of another version is refused,
    /// never guessed at.
    const VERSION: u32;

    /// Visits the rows of every table, always in the same order. Errors: the visitor's.
    fn visit<V: Visit>(&mut self, visitor: &mut V) -> Result<(), V::Error>;

    /// Whether any verb has written anything.
    fn is_changed(&self) -> bool;

    /// Whether something was asked for that the store has not been asked for yet.
    fn is_asking(&self) -> bool;

    /// Answers that nothing is there to everything that was asked for, as before the first row.
    fn find_nothing(&mut self) {
        self.visit(&mut Nothing).expect("what is not there is found without a fault");
    }
}

struct Nothing;

impl Visit for Nothing {
    type Error = core::convert::Infallible;

    fn visit<T: Table>(&mut self, rows: &mut Rows<T>) -> Result<(), Self::Error> {
        rows.take_wanted().into_iter().for_each(|key| rows.load(key, None));
        Ok(())
    }
}

/// Declares a tier's view: its name, the version of its tables, a field for each table, and what a
/// batch remembers beside the rows, if anything.
#[macro_export]
macro_rules! view {
    (
        $(#[$meta:meta])* $name:ident, $version:literal {
            $($field:ident: $table:ty,)*
        } $(beside { $($(#[$doc:meta])* $more:ident: $type:ty,)* })?
    ) => {
        $(#[$meta])*
        #[derive(Debug, Default)]
        #[allow(missing_docs)] // The tables are documented where they are declared.
        pub struct $name {
            $(pub $field: $crate::Rows<$table>,)*
            $($($(#[$doc])* pub $more: $type,)*)?
        }

        impl $crate::View for $name {
            const VERSION: u32 = $version;

            fn visit<V: $crate::Visit>(
                &mut self,
                visitor: &mut V,
            ) -> core::result::Result<(), V::Error> {
                $(visitor.visit(&mut self.$field)?;)*
                Ok(())
            }

            fn is_changed(&self) -> bool {
                [$(self.$field.is_changed(),)*].contains(&true)
            }

            fn is_asking(&self) -> bool {
                [$(self.$field.is_asking(),)*].contains(&true)
            }
        }
    };
}
