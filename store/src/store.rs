//! The store: every row in one file.
//!
//! Two functions serve the verbs: [`Store::load`] reads what a view asks for, [`Store::commit`]
//! makes a view's changes durable, all or nothing. A commit that failed is never tried again: the
//! process stops and the next one reads what is really there.

use crate::aside::Aside;
use crate::fence::Fence;
use crate::guard::{Guarded, guarded};
use crate::plain::Count;
use crate::seal::{seal, unseal};
use crate::tables::{Creating, Loading, META, META_NAME, Writing, definition, read_key, read_row};
use crate::{Fault, Folder, Keyed, Room, Table, View};
use redb::{
    Database, Durability, ReadableDatabase, ReadableTable, StorageBackend, WriteTransaction,
};
use std::marker::PhantomData;
use std::ops::Bound;
use std::path::Path;
use tender_token::encode::{Decode, Encode, Reader, Writer};

/// The key of the version.
const VERSION: &str = "schema";
/// The key of the number of commits so far.
const COMMITS: &str = "commits";
/// The store's file in its folder.
pub const NAME: &str = "store.redb";
/// The file before it is complete.
pub const UNFINISHED: &str = "store.unfinished";
/// Rows that are read in one transaction of a scan.
pub const SCAN_ROWS: usize = 1024;
/// Pages of the file that are held in memory at most, in bytes.
const CACHE_BYTES: usize = 256 << 20;

/// The durable rows of a tier's view.
#[derive(Debug)]
pub struct Store<V> {
    pub(crate) database: Guarded,
    fence: Option<Fence>,
    room: Room,
    view: PhantomData<fn() -> V>,
}

impl<V: View> Store<V> {
    /// Creates the store with what it begins with. The file appears under its name only when it is
    /// complete and synced, so a crash leaves either no store or a whole one. Errors: [`Fault`].
    pub fn create(folder: &impl Folder, mut first: V) -> Result<Self, Fault> {
        let store = Self::with(folder.create(UNFINISHED)?)?;
        let transaction = store.begin_write()?;
        put_meta(&transaction, VERSION, &Version(V::VERSION))?;
        put_meta(&transaction, COMMITS, &Count(0))?;
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
        Self::open_over(folder.open(NAME)?)
    }

    /// Opens a copy that is not yet the store. Errors: as for [`Self::open`].
    pub fn open_unfinished(folder: &impl Folder) -> Result<Self, Fault> {
        Self::open_over(folder.open(UNFINISHED)?)
    }

    /// Opens a copy under the name that [`Self::copy`] gave it. Errors: as for [`Self::open`].
    pub fn open_copy(folder: &impl Folder, name: &str) -> Result<Self, Fault> {
        Self::open_over(folder.open(name)?)
    }

    /// Opens a store to look at it: nothing is written into its file, also not by what a commit or
    /// a repair would write. Nobody else can open it meanwhile. Errors: as for [`Self::open`].
    pub fn open_aside(folder: &impl Folder) -> Result<Self, Fault> {
        Self::open_over(Aside::new(folder.open(NAME)?)?)
    }

    /// Takes the store in this folder over from every process that had it before: their commits
    /// fail from now on, and so do ours once another one takes it over. Errors: [`Fault::File`].
    pub fn fenced(mut self, folder: &Path) -> Result<Self, Fault> {
        self.fence = Some(Fence::raise(folder)?);
        Ok(self)
    }

    /// How large the store is, and how much its disk has left.
    #[must_use]
    pub fn room(&self) -> &Room {
        &self.room
    }

    /// Makes a copy that was found good, and is closed, the store. Errors: [`Fault`].
    pub fn establish(folder: &impl Folder) -> Result<(), Fault> {
        folder.rename(UNFINISHED, NAME)?;
        Ok(folder.sync()?)
    }

    pub(crate) fn open_over(file: impl StorageBackend) -> Result<Self, Fault> {
        // The database would take an empty file for a new one.
        if file.len()? == 0 {
            return Err(Fault::Empty);
        }
        let store = Self::with(file)?;
        store.check_version()?;
        Ok(store)
    }

    pub(crate) fn with(file: impl StorageBackend) -> Result<Self, Fault> {
        guarded(|| {
            let mut builder = Database::builder();
            builder.set_cache_size(CACHE_BYTES);
            let database = Guarded::new(builder.create_with_backend(file)?);
            Ok(Self { database, fence: None, room: Room::default(), view: PhantomData })
        })
    }

    /// Errors: [`Fault::Version`], unless this program reads the version.
    fn check_version(&self) -> Result<(), Fault> {
        let stored = self.meta(VERSION)?;
        // Before there were seals, this row was four bytes.
        let unsealed = stored.as_slice().try_into().map(u32::from_be_bytes);
        let found = match unsealed {
            Ok(version) if version != V::VERSION => version,
            Ok(_) | Err(_) => read_meta::<Version>(VERSION, &stored)?.0,
        };
        if found == V::VERSION { Ok(()) } else { Err(Fault::Version { found, read: V::VERSION }) }
    }

    /// How many commits the store has seen. Errors: [`Fault`].
    pub fn commits(&self) -> Result<u64, Fault> {
        Ok(read_meta::<Count>(COMMITS, &self.meta(COMMITS)?)?.0)
    }

    /// What is stored under a key of the table about the store itself.
    fn meta(&self, name: &'static str) -> Result<Vec<u8>, Fault> {
        guarded(|| {
            let table = self.database.begin_read()?.open_table(META)?;
            let stored = table.get(name)?.ok_or(Fault::Missing(META_NAME))?;
            Ok(stored.value().to_vec())
        })
    }

    /// Loads every row that the view asks for, all from one state of the store. Errors: [`Fault`].
    pub fn load(&self, view: &mut V) -> Result<(), Fault> {
        guarded(|| view.visit(&mut Loading(&self.database.begin_read()?)))
    }

    /// Makes every change of the view durable, all or nothing. Errors: [`Fault`]; the caller stops.
    pub fn commit(&self, mut view: V) -> Result<(), Fault> {
        if !view.is_changed() {
            return Ok(());
        }
        guarded(|| {
            let transaction = self.begin_write()?;
            count_commit(&transaction)?;
            view.visit(&mut Writing(&transaction))?;
            check(self.fence.as_ref())?;
            transaction.commit()?;
            // Whoever took over meanwhile may not have seen it, so nobody hears of it.
            check(self.fence.as_ref())
        })
    }

    /// Hands every row of a table to `each`, in the order of the keys. The rows are read
    /// [`SCAN_ROWS`] at a time: whoever takes long over them keeps no old pages alive, and may see
    /// later rows as they were later. Errors: [`Fault`].
    pub fn scan<T: Table>(&self, mut each: impl FnMut(T::Key, T::Value)) -> Result<(), Fault> {
        let mut last: Option<Vec<u8>> = None;
        loop {
            let rows = guarded(|| self.some_rows::<T>(last.as_deref(), SCAN_ROWS))?;
            let Some((key, _)) = rows.last() else { return Ok(()) };
            last = Some(key.to_bytes());
            for (key, row) in rows {
                each(key, row);
            }
        }
    }

    /// The next rows of a table behind a key.
    fn some_rows<T: Table>(
        &self,
        last: Option<&[u8]>,
        most: usize,
    ) -> Result<Vec<Keyed<T>>, Fault> {
        let table = self.database.begin_read()?.open_table(definition::<T>())?;
        let from = last.map_or(Bound::Unbounded, Bound::Excluded);
        let some = table.range::<&[u8]>((from, Bound::Unbounded))?.take(most);
        some.map(|entry| {
            let (key, stored) = entry?;
            let row = read_row::<T>(key.value(), stored.value())?;
            Ok((read_key::<T>(key.value())?, row))
        })
        .collect()
    }

    /// The rows behind a key, or from the first on, in the order of the keys and at most so many.
    /// Errors: [`Fault`].
    pub fn after<T: Table>(
        &self,
        key: Option<&T::Key>,
        most: usize,
    ) -> Result<Vec<Keyed<T>>, Fault> {
        let key = key.map(Encode::to_bytes);
        guarded(|| self.some_rows::<T>(key.as_deref(), most))
    }

    pub(crate) fn begin_write(&self) -> Result<WriteTransaction, Fault> {
        let mut transaction = self.database.begin_write()?;
        transaction.set_durability(Durability::Immediate)?;
        transaction.set_two_phase_commit(true);
        transaction.set_quick_repair(true);
        Ok(transaction)
    }
}

impl<V> Drop for Store<V> {
    fn drop(&mut self) {
        // Closing writes into the file, which is another's then.
        if check(self.fence.as_ref()).is_err() {
            self.database.abandon();
        }
    }
}

/// Errors: [`Fault::Fenced`], if the fence was raised by another process since.
fn check(fence: Option<&Fence>) -> Result<(), Fault> {
    fence.map_or(Ok(()), Fence::check)
}

/// A version, as a row of the store about itself.
struct Version(u32);

impl Encode for Version {
    fn encode(&self, writer: &mut Writer) {
        writer.u32(self.0);
    }
}

impl Decode for Version {
    fn decode(reader: &mut Reader<'_>) -> tender_token::error::Result<Self> {
        reader.u32().map(Self)
    }
}

/// One more commit, in the transaction that it counts.
fn count_commit(transaction: &WriteTransaction) -> Result<(), Fault> {
    let stored = transaction.open_table(META)?.get(COMMITS)?.map(|stored| stored.value().to_vec());
    let before: Count = read_meta(COMMITS, &stored.ok_or(Fault::Missing(META_NAME))?)?;
    put_meta(transaction, COMMITS, &before.plus(1))
}

fn read_meta<T: Decode>(name: &'static str, stored: &[u8]) -> Result<T, Fault> {
    let row = unseal(META_NAME, name.as_bytes(), stored)?;
    T::from_bytes(row)
        .map_err(|_| Fault::Damaged { table: META_NAME, key: name.as_bytes().to_vec() })
}

fn put_meta(
    transaction: &WriteTransaction,
    name: &'static str,
    value: &impl Encode,
) -> Result<(), Fault> {
    let stored = seal(META_NAME, name.as_bytes(), value.to_bytes());
    transaction.open_table(META)?.insert(name, stored.as_slice())?;
    Ok(())
}
