//! The store: the only file that knows the database.
//!
//! Two functions serve the verbs: [`Store::load`] reads what a view asks for, [`Store::commit`]
//! makes a view's changes durable, all or nothing. A commit that failed is never tried again: the
//! process stops and the next one reads what is really there.

mod aside;
mod copy;
mod fault;
mod fence;
mod folder;
mod guard;
mod inspect;
mod room;
mod seal;
mod tables;

pub use fault::Fault;
pub use folder::{Directory, Folder};
pub use inspect::{Damage, Damaged, Inspection, LISTED_MAX};
pub use room::{Measured, Room};

use crate::rows::{Count, Epoch, Keyed, Manifests, Table, Untraced};
use crate::verbs::{log, series};
use crate::view::View;
use aside::Aside;
use fence::Fence;
use guard::{Guarded, guarded};
use redb::{
    Database, Durability, ReadableDatabase, ReadableTable, StorageBackend, WriteTransaction,
};
use seal::{seal, unseal};
use std::ops::Bound;
use std::path::Path;
use tables::{Absent, Creating, Loading, META, META_NAME, Writing, definition, read_key, read_row};
use tender_proto::trust::Trust;
use tender_token::date::Day;
use tender_token::deny_list::DenyList;
use tender_token::encode::{Decode, Encode};

/// Version of the tables. Another version is refused, never guessed at.
const SCHEMA: u32 = 5;
/// Stores before this version had no seals.
const SEALED_SINCE: u32 = 5;
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

/// The issuer's durable memory.
#[derive(Debug)]
pub struct Store {
    database: Guarded,
    fence: Option<Fence>,
    room: Room,
}

impl Store {
    /// Creates the store with what it begins with. The file appears under its name only when it is
    /// complete and synced, so a crash leaves either no store or a whole one. Errors: [`Fault`].
    pub fn create(folder: &impl Folder, trust: &Trust, today: Day) -> Result<Self, Fault> {
        let store = Self::with(folder.create(UNFINISHED)?)?;
        let transaction = store.begin_write()?;
        put_meta(&transaction, VERSION, &Epoch(SCHEMA))?;
        put_meta(&transaction, COMMITS, &Count(0))?;
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

    fn check_fence(&self) -> Result<(), Fault> {
        self.fence.as_ref().map_or(Ok(()), Fence::check)
    }

    /// Makes a copy that was found good, and is closed, the store. Errors: [`Fault`].
    pub fn establish(folder: &impl Folder) -> Result<(), Fault> {
        folder.rename(UNFINISHED, NAME)?;
        Ok(folder.sync()?)
    }

    fn open_over(file: impl StorageBackend) -> Result<Self, Fault> {
        // The database would take an empty file for a new one.
        if file.len()? == 0 {
            return Err(Fault::Empty);
        }
        let store = Self::with(file)?;
        store.check_version()?;
        Ok(store)
    }

    fn with(file: impl StorageBackend) -> Result<Self, Fault> {
        guarded(|| {
            let mut builder = Database::builder();
            builder.set_cache_size(CACHE_BYTES);
            let database = Guarded::new(builder.create_with_backend(file)?);
            Ok(Self { database, fence: None, room: Room::default() })
        })
    }

    /// Errors: [`Fault::Version`], unless this program reads the version.
    fn check_version(&self) -> Result<(), Fault> {
        let stored = self.meta(VERSION)?;
        // Before there were seals, this row was four bytes.
        let unsealed = stored.as_slice().try_into().map(u32::from_be_bytes);
        let version = match unsealed {
            Ok(version) if version < SEALED_SINCE => version,
            Ok(_) | Err(_) => read_meta::<Epoch>(VERSION, &stored)?.0,
        };
        if version == SCHEMA { Ok(()) } else { Err(Fault::Version(version)) }
    }

    /// The manifest in force with its policy and the root's signature. Errors: [`Fault`].
    pub fn trust(&self) -> Result<Trust, Fault> {
        let mut newest = None;
        self.scan::<Manifests>(|_, trust| newest = Some(trust))?;
        newest.ok_or(Fault::Missing(Manifests::NAME))
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
    pub fn load(&self, view: &mut View) -> Result<(), Fault> {
        guarded(|| view.visit(&mut Loading(&self.database.begin_read()?)))
    }

    /// Makes every change of the view durable, all or nothing. Errors: [`Fault`]; the caller stops.
    pub fn commit(&self, mut view: View) -> Result<(), Fault> {
        if !view.is_changed() {
            return Ok(());
        }
        guarded(|| {
            let transaction = self.begin_write()?;
            count_commit(&transaction)?;
            view.visit(&mut Writing(&transaction))?;
            self.check_fence()?;
            transaction.commit()?;
            // Whoever took over meanwhile may not have seen it, so nobody hears of it.
            self.check_fence()
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

    /// The slots that nobody accepts offline: those that answered twice and belong to nobody
    /// (`[D2]`). Errors: [`Fault`].
    pub fn denied(&self) -> Result<DenyList, Fault> {
        let mut denied = DenyList::default();
        self.scan::<Untraced>(|slot, _| denied.deny_slot(slot))?;
        Ok(denied)
    }

    fn begin_write(&self) -> Result<WriteTransaction, Fault> {
        let mut transaction = self.database.begin_write()?;
        transaction.set_durability(Durability::Immediate)?;
        transaction.set_two_phase_commit(true);
        transaction.set_quick_repair(true);
        Ok(transaction)
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        // Closing writes into the file, which is another's then.
        if self.check_fence().is_err() {
            self.database.abandon();
        }
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
