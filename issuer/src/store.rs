//! The store: the only file that knows the database.
//!
//! Two functions serve the verbs: [`Store::load`] reads what a view asks for, [`Store::commit`]
//! makes a view's changes durable, all or nothing. A commit that failed is never tried again: the
//! process stops and the next one reads what is really there.

mod copy;
mod fault;
mod folder;

pub use fault::Fault;
pub use folder::{Directory, Folder};

use crate::rows::{Epoch, Manifests, Table, Untraced};
use crate::verbs::{log, series};
use crate::view::{Rows, View, Visit};
use redb::{
    Database, Durability, ReadTransaction, ReadableDatabase, StorageBackend, TableDefinition,
    WriteTransaction,
};
use tender_proto::trust::Trust;
use tender_token::date::Day;
use tender_token::deny_list::DenyList;
use tender_token::encode::{Decode, Encode};

/// Version of the tables. Another version is refused, never guessed at.
const SCHEMA: u32 = 5;
/// The store's file in its folder.
pub const NAME: &str = "store.redb";
/// The file before it is complete.
pub const UNFINISHED: &str = "store.unfinished";
/// Pages of the file that are held in memory at most, in bytes.
const CACHE_BYTES: usize = 256 << 20;
const META: TableDefinition<'static, &'static str, &'static [u8]> = TableDefinition::new("meta");

/// The issuer's durable memory.
#[derive(Debug)]
pub struct Store {
    database: Database,
}

impl Store {
    /// Creates the store with what it begins with. The file appears under its name only when it is
    /// complete and synced, so a crash leaves either no store or a whole one. Errors: [`Fault`].
    pub fn create(folder: &impl Folder, trust: &Trust, today: Day) -> Result<Self, Fault> {
        let store = Self::with(folder.create(UNFINISHED)?)?;
        let transaction = store.begin_write()?;
        {
            let mut meta = transaction.open_table(META)?;
            meta.insert("schema", &SCHEMA.to_be_bytes()[..])?;
        }
        let mut first = first_rows(trust, today);
        first.visit(&mut Creating(&transaction))?;
        first.visit(&mut Writing(&transaction))?;
        transaction.commit()?;
        drop(store);
        Self::establish(folder)?;
        Self::open(folder)
    }

    /// Opens a store that exists. Errors: [`Fault::Held`], [`Fault::Version`], or what the database
    /// says.
    pub fn open(folder: &impl Folder) -> Result<Self, Fault> {
        Self::open_as(folder, NAME)
    }

    /// Opens a copy that is not yet the store. Errors: as for [`Self::open`].
    pub fn open_unfinished(folder: &impl Folder) -> Result<Self, Fault> {
        Self::open_as(folder, UNFINISHED)
    }

    /// Opens a copy under the name that [`Self::copy`] gave it. Errors: as for [`Self::open`].
    pub fn open_copy(folder: &impl Folder, name: &str) -> Result<Self, Fault> {
        Self::open_as(folder, name)
    }

    /// Makes a copy that was found good, and is closed, the store. Errors: [`Fault`].
    pub fn establish(folder: &impl Folder) -> Result<(), Fault> {
        folder.rename(UNFINISHED, NAME)?;
        Ok(folder.sync()?)
    }

    fn open_as(folder: &impl Folder, name: &str) -> Result<Self, Fault> {
        let file = folder.open(name)?;
        // The database would take an empty file for a new one.
        if file.len()? == 0 {
            return Err(Fault::Empty);
        }
        let store = Self::with(file)?;
        let version: [u8; 4] = store.meta("schema")?;
        match u32::from_be_bytes(version) {
            SCHEMA => Ok(store),
            other => Err(Fault::Version(other)),
        }
    }

    fn with(file: impl StorageBackend) -> Result<Self, Fault> {
        let mut builder = Database::builder();
        builder.set_cache_size(CACHE_BYTES);
        Ok(Self { database: builder.create_with_backend(file)? })
    }

    /// The manifest in force with its policy and the root's signature. Errors: [`Fault`].
    pub fn trust(&self) -> Result<Trust, Fault> {
        let mut newest = None;
        self.scan::<Manifests>(|_, trust| newest = Some(trust))?;
        newest.ok_or(Fault::Damaged(Manifests::NAME))
    }

    fn meta<T: Decode>(&self, name: &'static str) -> Result<T, Fault> {
        let table = self.database.begin_read()?.open_table(META)?;
        let value = table.get(name)?.ok_or(Fault::Damaged("meta"))?;
        T::from_bytes(value.value()).map_err(|_| Fault::Damaged("meta"))
    }

    /// Loads every row that the view asks for, all from one state of the store. Errors: [`Fault`].
    pub fn load(&self, view: &mut View) -> Result<(), Fault> {
        view.visit(&mut Loading(&self.database.begin_read()?))
    }

    /// Makes every change of the view durable, all or nothing. Errors: [`Fault`]; the caller stops.
    pub fn commit(&self, mut view: View) -> Result<(), Fault> {
        if !view.is_changed() {
            return Ok(());
        }
        let transaction = self.begin_write()?;
        view.visit(&mut Writing(&transaction))?;
        Ok(transaction.commit()?)
    }

    /// Hands every row of a table to `each`, in the order of the keys. Errors: [`Fault`].
    pub fn scan<T: Table>(&self, mut each: impl FnMut(T::Key, T::Value)) -> Result<(), Fault> {
        let table = self.database.begin_read()?.open_table(definition::<T>())?;
        for entry in table.range::<&[u8]>(..)? {
            let (key, value) = entry?;
            each(decode::<T, _>(key.value())?, decode::<T, _>(value.value())?);
        }
        Ok(())
    }

    /// The slots that nobody accepts offline: those that answered twice and belong to nobody
    /// (`[D2]`). Errors: [`Fault`].
    pub fn denied(&self) -> Result<DenyList, Fault> {
        let mut denied = DenyList::default();
        self.scan::<Untraced>(|slot, _| denied.deny_slot(slot))?;
        Ok(denied)
    }

    /// Checks every page's checksum. For copies that nobody uses yet: on a damaged one the database
    /// may write what it takes for a repair. Errors: [`Fault`] if it cannot even be read.
    pub fn is_intact(&mut self) -> Result<bool, Fault> {
        Ok(self.database.check_integrity()?)
    }

    fn begin_write(&self) -> Result<WriteTransaction, Fault> {
        let mut transaction = self.database.begin_write()?;
        transaction.set_durability(Durability::Immediate)?;
        transaction.set_two_phase_commit(true);
        transaction.set_quick_repair(true);
        Ok(transaction)
    }
}

/// What a store begins with: the first manifest and its leaf.
fn first_rows(trust: &Trust, today: Day) -> View {
    let mut view = View::default();
    log::touches_size(&mut view);
    series::touches(Epoch(1), &mut view);
    view.visit(&mut Absent).expect("what is not there is found without a fault");
    series::publish(&mut view, Epoch(1), trust.clone(), today);
    view
}

fn definition<T: Table>() -> TableDefinition<'static, &'static [u8], &'static [u8]> {
    TableDefinition::new(T::NAME)
}

fn decode<T: Table, V: Decode>(bytes: &[u8]) -> Result<V, Fault> {
    V::from_bytes(bytes).map_err(|_| Fault::Damaged(T::NAME))
}

struct Creating<'a>(&'a WriteTransaction);

impl Visit for Creating<'_> {
    type Error = Fault;

    fn visit<T: Table>(&mut self, _: &mut Rows<T>) -> Result<(), Fault> {
        self.0.open_table(definition::<T>())?;
        Ok(())
    }
}

/// Finds nothing, as before the first row.
struct Absent;

impl Visit for Absent {
    type Error = core::convert::Infallible;

    fn visit<T: Table>(&mut self, rows: &mut Rows<T>) -> Result<(), Self::Error> {
        rows.take_wanted().into_iter().for_each(|key| rows.load(key, None));
        Ok(())
    }
}

struct Loading<'a>(&'a ReadTransaction);

impl Visit for Loading<'_> {
    type Error = Fault;

    fn visit<T: Table>(&mut self, rows: &mut Rows<T>) -> Result<(), Fault> {
        let wanted = rows.take_wanted();
        if wanted.is_empty() {
            return Ok(());
        }
        let table = self.0.open_table(definition::<T>())?;
        for key in wanted {
            let row = table.get(key.to_bytes().as_slice())?;
            let row = row.map(|row| decode::<T, T::Value>(row.value())).transpose()?;
            rows.load(key, row);
        }
        Ok(())
    }
}

struct Writing<'a>(&'a WriteTransaction);

impl Visit for Writing<'_> {
    type Error = Fault;

    fn visit<T: Table>(&mut self, rows: &mut Rows<T>) -> Result<(), Fault> {
        let mut changes = rows.changes().peekable();
        if changes.peek().is_none() {
            return Ok(());
        }
        let mut table = self.0.open_table(definition::<T>())?;
        for (key, row) in changes {
            match row {
                Some(row) => {
                    table.insert(key.to_bytes().as_slice(), row.to_bytes().as_slice())?;
                }
                None => {
                    table.remove(key.to_bytes().as_slice())?;
                }
            }
        }
        Ok(())
    }
}
