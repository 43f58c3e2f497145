//! The one place that touches the database: typed tables, and batches that commit as a whole.
//!
//! A verb reads rows, decides, and leaves its writes in a [`Batch`]. One commit makes all of them
//! durable or none. What may be written only once, a slot's answer, is checked and inserted inside
//! that same commit (`[E1]`).

mod create;
mod error;
mod tables;

pub use error::StoreError;
pub use tables::*;

use redb::{Database, Durability, ReadableDatabase, ReadableTable, TableDefinition, TableError};
use std::path::Path;
use tender_token::encode::{Decode, Encode};
use tender_token::endorse::Digest;
use tender_token::slot::SlotId;

/// Version of the layout that this program reads and writes.
pub const SCHEMA: u32 = 5;

const META: &str = "meta";
const SCHEMA_KEY: &[u8] = b"schema";

/// A wallet's database: one file, one process at a time.
#[derive(Debug)]
pub struct Store {
    database: Database,
}

/// Rows with their keys.
pub type Rows<T> = Vec<(<T as Table>::Key, <T as Table>::Row)>;

/// Writes that become durable together.
#[derive(Debug, Default)]
pub struct Batch {
    rows: Vec<(&'static str, Vec<u8>, Vec<u8>)>,
    answers: Vec<(SlotId, Digest)>,
}

impl Batch {
    /// Writes a row, over whatever is there.
    pub fn put<T: Table>(&mut self, key: &T::Key, row: &T::Row) {
        self.rows.push((T::NAME, key.to_bytes(), row.to_bytes()));
    }

    /// Records what a slot answers. The whole batch fails if the slot stands for anything else.
    pub fn answer(&mut self, slot: SlotId, digest: Digest) {
        self.answers.push((slot, digest));
    }
}

impl Store {
    /// Makes a new store that already holds `first`: it appears complete or not at all.
    /// Errors: [`StoreError::Exists`], or that the folder cannot be written.
    pub fn create(path: &Path, first: &Batch) -> Result<Self, StoreError> {
        create::create(path, first)?;
        Self::open(path)
    }

    /// Opens an existing store. Errors: [`StoreError::Missing`], [`StoreError::InUse`],
    /// [`StoreError::Schema`] for a layout of another version, or that the file cannot be read.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        if !path.try_exists()? {
            return Err(StoreError::Missing);
        }
        let store = Self { database: Database::open(path).map_err(StoreError::engine)? };
        let found = store.read(META, SCHEMA_KEY)?.ok_or(StoreError::Corrupt { table: META })?;
        let found =
            u32::from_be_bytes(found.try_into().map_err(|_| StoreError::Corrupt { table: META })?);
        if found == SCHEMA { Ok(store) } else { Err(StoreError::Schema { found }) }
    }

    /// The row of a key. Errors: the file cannot be read, or holds no such row format.
    pub fn get<T: Table>(&self, key: &T::Key) -> Result<Option<T::Row>, StoreError> {
        let bytes = self.read(T::NAME, &key.to_bytes())?;
        bytes.map(|bytes| decode::<T::Row>(T::NAME, &bytes)).transpose()
    }

    /// All rows in the order of their keys' bytes. Errors: as for [`Self::get`].
    pub fn all<T: Table>(&self) -> Result<Rows<T>, StoreError> {
        let read = self.database.begin_read().map_err(StoreError::engine)?;
        let table = match read.open_table(definition(T::NAME)) {
            Ok(table) => table,
            Err(TableError::TableDoesNotExist(_)) => return Ok(Vec::new()),
            Err(error) => return Err(StoreError::engine(error)),
        };
        let mut rows = Vec::new();
        for entry in table.iter().map_err(StoreError::engine)? {
            let (key, row) = entry.map_err(StoreError::engine)?;
            rows.push((decode(T::NAME, key.value())?, decode(T::NAME, row.value())?));
        }
        Ok(rows)
    }

    /// Makes a batch durable: when this returns, it survives any crash.
    /// Errors: [`StoreError::Answered`] if a slot already stands for something else, and then
    /// nothing of the batch is written; or that the file cannot be written.
    pub fn commit(&mut self, batch: &Batch) -> Result<(), StoreError> {
        write(&self.database, batch, false)
    }

    fn read(&self, table: &'static str, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let read = self.database.begin_read().map_err(StoreError::engine)?;
        let table = match read.open_table(definition(table)) {
            Ok(table) => table,
            Err(TableError::TableDoesNotExist(_)) => return Ok(None),
            Err(error) => return Err(StoreError::engine(error)),
        };
        let row = table.get(key).map_err(StoreError::engine)?;
        Ok(row.map(|row| row.value().to_vec()))
    }
}

/// Writes a batch in one durable transaction; `fresh` also writes the schema's version.
fn write(database: &Database, batch: &Batch, fresh: bool) -> Result<(), StoreError> {
    let mut transaction = database.begin_write().map_err(StoreError::engine)?;
    transaction.set_durability(Durability::Immediate).map_err(StoreError::engine)?;
    transaction.set_two_phase_commit(true);
    transaction.set_quick_repair(true);
    if fresh {
        let mut table = transaction.open_table(definition(META)).map_err(StoreError::engine)?;
        let version = SCHEMA.to_be_bytes();
        table.insert(SCHEMA_KEY, version.as_slice()).map_err(StoreError::engine)?;
    }
    for (slot, digest) in &batch.answers {
        let name = definition(Answers::NAME);
        let mut table = transaction.open_table(name).map_err(StoreError::engine)?;
        let (key, row) = (slot.to_bytes(), digest.to_bytes());
        let old = table.insert(key.as_slice(), row.as_slice()).map_err(StoreError::engine)?;
        if old.is_some_and(|old| old.value() != row) {
            return Err(StoreError::Answered(*slot));
        }
    }
    for (name, key, row) in &batch.rows {
        let mut table = transaction.open_table(definition(name)).map_err(StoreError::engine)?;
        table.insert(key.as_slice(), row.as_slice()).map_err(StoreError::engine)?;
    }
    transaction.commit().map_err(StoreError::engine)
}

fn definition(name: &str) -> TableDefinition<'_, &'static [u8], &'static [u8]> {
    TableDefinition::new(name)
}

fn decode<T: Decode>(table: &'static str, bytes: &[u8]) -> Result<T, StoreError> {
    T::from_bytes(bytes).map_err(|_| StoreError::Corrupt { table })
}
