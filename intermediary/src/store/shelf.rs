//! A typed table, and the transactions that read and write it. Rows are canonical bytes.

use super::Fault;
use redb::{
    Database, Durability, ReadTransaction, ReadableDatabase, ReadableTable, TableDefinition,
    WriteTransaction,
};
use std::marker::PhantomData;
use tender_token::encode::{Decode, Encode};

/// A table from `K` to `V`.
pub struct Shelf<K, V> {
    name: &'static str,
    rows: PhantomData<fn(K) -> V>,
}

impl<K: Encode + Decode, V: Encode + Decode> Shelf<K, V> {
    /// The table with this name.
    pub const fn new(name: &'static str) -> Self {
        Self { name, rows: PhantomData }
    }

    fn definition(&self) -> TableDefinition<'static, &'static [u8], &'static [u8]> {
        TableDefinition::new(self.name)
    }

    fn get(&self, table: &impl ReadableTable<&'static [u8], &'static [u8]>, key: &K) -> Row<V> {
        let row = table.get(key.to_bytes().as_slice())?;
        row.map(|row| self.decode(row.value())).transpose()
    }

    fn all(&self, table: &impl ReadableTable<&'static [u8], &'static [u8]>) -> All<K, V> {
        let mut rows = Vec::new();
        for row in table.iter()? {
            let (key, value) = row?;
            rows.push((self.decode(key.value())?, self.decode(value.value())?));
        }
        Ok(rows)
    }

    fn decode<T: Decode>(&self, bytes: &[u8]) -> Result<T, Fault> {
        T::from_bytes(bytes).map_err(|_| Fault::Corrupt(self.name))
    }
}

/// A row, if it is there.
pub type Row<V> = Result<Option<V>, Fault>;
/// All rows in the order of their keys.
pub type All<K, V> = Result<Vec<(K, V)>, Fault>;

/// What both kinds of transaction can do.
pub trait Read {
    /// The row under a key. Errors: [`Fault`].
    fn get<K: Encode + Decode, V: Encode + Decode>(&self, shelf: &Shelf<K, V>, key: &K) -> Row<V>;
    /// All rows in the order of their keys. Errors: [`Fault`].
    fn all<K: Encode + Decode, V: Encode + Decode>(&self, shelf: &Shelf<K, V>) -> All<K, V>;
}

/// A consistent picture of the books.
pub struct Reading(ReadTransaction);

impl Reading {
    /// Begins reading. Errors: [`Fault`].
    pub fn begin(database: &Database) -> Result<Self, Fault> {
        Ok(Self(database.begin_read()?))
    }
}

impl Read for Reading {
    fn get<K: Encode + Decode, V: Encode + Decode>(&self, shelf: &Shelf<K, V>, key: &K) -> Row<V> {
        shelf.get(&self.0.open_table(shelf.definition())?, key)
    }

    fn all<K: Encode + Decode, V: Encode + Decode>(&self, shelf: &Shelf<K, V>) -> All<K, V> {
        shelf.all(&self.0.open_table(shelf.definition())?)
    }
}

/// The one transaction that writes; dropped without a commit it leaves nothing.
pub struct Writing(WriteTransaction);

impl Writing {
    /// Begins writing, with the strongest durability. Errors: [`Fault`].
    pub fn begin(database: &Database) -> Result<Self, Fault> {
        let mut transaction = database.begin_write()?;
        transaction.set_durability(Durability::Immediate)?;
        transaction.set_two_phase_commit(true);
        transaction.set_quick_repair(true);
        Ok(Self(transaction))
    }

    /// Makes an empty table. Errors: [`Fault`].
    pub fn create<K: Encode + Decode, V: Encode + Decode>(
        &self,
        shelf: &Shelf<K, V>,
    ) -> Result<(), Fault> {
        self.0.open_table(shelf.definition())?;
        Ok(())
    }

    /// Writes a row. Errors: [`Fault`].
    pub fn put<K: Encode + Decode, V: Encode + Decode>(
        &self,
        shelf: &Shelf<K, V>,
        key: &K,
        row: &V,
    ) -> Result<(), Fault> {
        let mut table = self.0.open_table(shelf.definition())?;
        table.insert(key.to_bytes().as_slice(), row.to_bytes().as_slice())?;
        Ok(())
    }

    /// Removes a row. Errors: [`Fault`].
    pub fn remove<K: Encode + Decode, V: Encode + Decode>(
        &self,
        shelf: &Shelf<K, V>,
        key: &K,
    ) -> Result<(), Fault> {
        let mut table = self.0.open_table(shelf.definition())?;
        table.remove(key.to_bytes().as_slice())?;
        Ok(())
    }

    /// Makes everything written durable. Errors: [`Fault`].
    pub fn commit(self) -> Result<(), Fault> {
        Ok(self.0.commit()?)
    }
}

impl Read for Writing {
    fn get<K: Encode + Decode, V: Encode + Decode>(&self, shelf: &Shelf<K, V>, key: &K) -> Row<V> {
        shelf.get(&self.0.open_table(shelf.definition())?, key)
    }

    fn all<K: Encode + Decode, V: Encode + Decode>(&self, shelf: &Shelf<K, V>) -> All<K, V> {
        shelf.all(&self.0.open_table(shelf.definition())?)
    }
}
