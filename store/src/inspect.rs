//! Inspection: every row of the store is read, and every damaged one named.

use crate::annex::{Annex, Tiles};
use crate::guard::guarded;
use crate::plain::Count;
use crate::seal::unseal;
use crate::store::{ANNEXED, read_meta};
use crate::tables::{META, META_NAME, decode, definition, read_key, read_place, read_row};
use crate::{Fault, Rows, Store, Table, View, Visit};
use redb::{ReadTransaction, ReadableDatabase, ReadableTable};
use sha2::{Digest, Sha256};

/// Damaged rows that are listed at most; all are counted.
pub const LISTED_MAX: usize = 100;

/// What was found in a store.
#[derive(Clone, Debug)]
pub struct Inspection {
    /// Rows of all tables.
    pub rows: u64,
    /// SHA-256 over all tables, keys, rows and values of the annex: equal contents have equal
    /// hashes.
    pub contents: [u8; 32],
    /// Whether every page matched its checksum, if pages were looked at.
    pub pages: Option<bool>,
    /// How much is damaged, rows and tables.
    pub count: u64,
    /// The first [`LISTED_MAX`] of it.
    pub damaged: Vec<Damaged>,
}

/// A place that is not what was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damaged {
    /// The table's name.
    pub table: &'static str,
    /// The row's key, or the last key that could be read.
    pub key: Vec<u8>,
    /// Which of the table's rows, from 1.
    pub place: u64,
    /// What is wrong.
    pub damage: Damage,
}

/// What is wrong with a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Damage {
    /// The row does not fit its seal, or is not what its table holds.
    Row,
    /// The row is not found under its key, or is not in order.
    Place,
    /// The table cannot be read beyond this row.
    Table,
    /// The row is whole, and what the annex has at its place does not fit the seal.
    Annex,
    /// The rows leave bytes of the annex out, or have them twice.
    Gap,
}

impl Damage {
    /// One word for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Row => "row",
            Self::Place => "place",
            Self::Table => "table",
            Self::Annex => "annex",
            Self::Gap => "gap",
        }
    }
}

impl core::fmt::Display for Damaged {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let Self { table, place, .. } = self;
        let key = hex::encode(&self.key);
        match self.damage {
            Damage::Row => write!(f, "row {place} of the table `{table}`, key {key}, is damaged"),
            Damage::Place => {
                write!(f, "row {place} of the table `{table}`, key {key}, is not found by its key")
            }
            Damage::Table if key.is_empty() => {
                write!(f, "the table `{table}` cannot be read")
            }
            Damage::Annex => {
                write!(f, "row {place} of the table `{table}`, key {key}, is damaged in the annex")
            }
            Damage::Gap => write!(f, "the annex has bytes of no row, or of more than one"),
            Damage::Table => {
                write!(f, "the table `{table}` cannot be read after row {place}, key {key}")
            }
        }
    }
}

impl Inspection {
    /// Whether nothing is damaged.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.count == 0 && self.pages != Some(false)
    }
}

impl<V: View> Store<V> {
    /// Reads every row of one state of the store, and says of each damaged one where it is.
    /// Errors: [`Fault`] if the store cannot be read at all.
    pub fn inspect(&self) -> Result<Inspection, Fault> {
        let read = guarded(|| Ok(self.database.begin_read()?))?;
        let mut inspecting = Inspecting {
            read: &read,
            annex: &self.annex,
            tiles: Tiles::default(),
            contents: Contents::default(),
            rows: 0,
            last: Row::default(),
            count: 0,
            damaged: Vec::new(),
        };
        inspecting.table(META_NAME, Inspecting::meta);
        V::default().visit(&mut inspecting)?;
        inspecting.annexed();
        let Inspecting { contents, rows, count, damaged, .. } = inspecting;
        Ok(Inspection { rows, contents: contents.hash(), pages: None, count, damaged })
    }

    /// The same, and then every page's checksum. For files that are put aside, and for copies that
    /// nobody uses yet: on a damaged one the database may write what it takes for a repair.
    /// Errors: [`Fault`] if the store cannot be read at all.
    pub fn examine(&mut self) -> Result<Inspection, Fault> {
        let inspection = self.inspect()?;
        // An error says that the database met damage which it cannot walk past.
        let pages = guarded(|| Ok(self.database.check_integrity()?)).unwrap_or(false);
        Ok(Inspection { pages: Some(pages), ..inspection })
    }
}

/// Takes in everything that a store holds, table by table in their order.
#[derive(Debug, Default)]
pub struct Contents(Sha256);

impl Contents {
    /// The next table.
    pub fn table(&mut self, name: &str) {
        self.0.update(name);
    }

    /// Its next row.
    pub fn row(&mut self, key: &[u8], stored: &[u8]) {
        for part in [key, stored] {
            self.0.update(u64::try_from(part.len()).expect("a length fits").to_be_bytes());
            self.0.update(part);
        }
    }

    /// The value that the row points at.
    pub fn value(&mut self, value: &[u8]) {
        self.row(b"", value);
    }

    /// The hash of it all.
    pub fn hash(self) -> [u8; 32] {
        self.0.finalize().into()
    }
}

struct Inspecting<'a> {
    read: &'a ReadTransaction,
    annex: &'a Annex,
    /// The places of all annexed rows.
    tiles: Tiles,
    contents: Contents,
    rows: u64,
    /// The row of the table that was read last.
    last: Row,
    count: u64,
    damaged: Vec<Damaged>,
}

#[derive(Default)]
struct Row {
    key: Vec<u8>,
    place: u64,
}

impl Visit for Inspecting<'_> {
    type Error = Fault;

    fn visit<T: Table>(&mut self, _: &mut Rows<T>) -> Result<(), Fault> {
        self.table(T::NAME, Self::rows_of::<T>);
        Ok(())
    }
}

impl Inspecting<'_> {
    /// Reads a table, as far as it can be read.
    fn table(&mut self, table: &'static str, read: fn(&mut Self) -> Result<(), Fault>) {
        self.last = Row::default();
        self.contents.table(table);
        if guarded(|| read(self)).is_err() {
            self.found(table, Damage::Table);
        }
    }

    fn meta(&mut self) -> Result<(), Fault> {
        let table = self.read.open_table(META)?;
        for entry in table.iter()? {
            let (key, stored) = entry?;
            self.next(META_NAME, key.value().as_bytes(), stored.value());
            if unseal(META_NAME, key.value().as_bytes(), stored.value()).is_err() {
                self.found(META_NAME, Damage::Row);
            }
        }
        Ok(())
    }

    fn rows_of<T: Table>(&mut self) -> Result<(), Fault> {
        let table = self.read.open_table(definition::<T>())?;
        for entry in table.iter()? {
            let (key, stored) = entry?;
            let (key, stored) = (key.value(), stored.value());
            self.next(T::NAME, key, stored);
            if let Some(damage) = self.row::<T>(key, stored) {
                self.found(T::NAME, damage);
            }
            // Whoever looks for a key takes another way than whoever reads them all.
            if table.get(key)?.is_none_or(|found| found.value() != stored) {
                self.found(T::NAME, Damage::Place);
            }
        }
        Ok(())
    }

    /// What is wrong with a row by itself.
    fn row<T: Table>(&mut self, key: &[u8], stored: &[u8]) -> Option<Damage> {
        if read_key::<T>(key).is_err() {
            return Some(Damage::Row);
        }
        if !T::ANNEXED {
            return read_row::<T>(key, stored, self.annex).err().map(|_| Damage::Row);
        }
        let Ok(place) = read_place::<T>(key, stored) else { return Some(Damage::Row) };
        self.tiles.add(&place);
        let Ok(value) = self.annex.read::<T>(key, &place) else { return Some(Damage::Annex) };
        self.contents.value(&value);
        decode::<T, T::Value>(key, &value).err().map(|_| Damage::Row)
    }

    /// Whether the values fill the annex up to its end. With damaged rows that cannot be said, and
    /// those are named themselves.
    fn annexed(&mut self) {
        let end = guarded(|| {
            let stored = self.read.open_table(META)?.get(ANNEXED)?;
            let stored = stored.ok_or(Fault::Missing(META_NAME))?.value().to_vec();
            Ok(read_meta::<Count>(ANNEXED, &stored)?.0)
        });
        if self.count == 0 && !end.is_ok_and(|end| self.tiles.are_all(end)) {
            self.last = Row { key: ANNEXED.as_bytes().to_vec(), place: 0 };
            self.found(META_NAME, Damage::Gap);
        }
    }

    /// Takes the next row of a table in.
    fn next(&mut self, table: &'static str, key: &[u8], stored: &[u8]) {
        let place = self.last.place.saturating_add(1);
        let follows = place == 1 || *key > *self.last.key;
        self.last = Row { key: key.to_vec(), place };
        self.rows = self.rows.saturating_add(1);
        self.contents.row(key, stored);
        if !follows {
            self.found(table, Damage::Place);
        }
    }

    fn found(&mut self, table: &'static str, damage: Damage) {
        self.count = self.count.saturating_add(1);
        if self.damaged.len() < LISTED_MAX {
            let Row { key, place } = &self.last;
            self.damaged.push(Damaged { table, key: key.clone(), place: *place, damage });
        }
    }
}
