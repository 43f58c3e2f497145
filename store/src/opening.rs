//! Opening: how a store's two files appear together, and are found together again.
//!
//! The database is what makes a store: where it has its name the annex has it too, because it got
//! it first. What belongs into the annex the database says, so the two are compared when they are
//! opened.

use crate::annex::Annex;
use crate::aside::Aside;
use crate::cache::Cache;
use crate::counted::{Counted, Syncs};
use crate::guard::{Guarded, guarded};
use crate::plain::Count;
use crate::store::{ANNEXED, COMMITS, TIME, meta, put_meta, read_meta};
use crate::tables::{Creating, Newest};
use crate::{Fault, Folder, Room, Store, View};
use redb::{Database, ReadableDatabase, StorageBackend};
use std::io::{ErrorKind, Result as IoResult};
use std::marker::PhantomData;
use std::sync::atomic::{AtomicBool, AtomicU64};
use tender_token::date::Timestamp;
use tender_token::encode::{Decode, Encode, Reader, Writer};

/// The key of the version.
const VERSION: &str = "schema";
/// The database's file in its folder.
pub const NAME: &str = "store.redb";
/// The annex beside it.
pub const ANNEX: &str = "store.annex";
/// The database's file before the store is complete.
pub const UNFINISHED: &str = "store.unfinished";
/// The annex before the store is complete.
pub const UNFINISHED_ANNEX: &str = "annex.unfinished";

/// What the two files of a store are called.
#[derive(Clone, Copy)]
struct Names {
    database: &'static str,
    annex: &'static str,
}

const COMPLETE: Names = Names { database: NAME, annex: ANNEX };
const INCOMPLETE: Names = Names { database: UNFINISHED, annex: UNFINISHED_ANNEX };

impl<V: View> Store<V> {
    /// Creates the store with what it begins with. The files appear under their names only when
    /// they are complete and synced, so a crash leaves either no store or a whole one.
    /// Errors: [`Fault`].
    pub fn create(folder: &impl Folder, mut first: V) -> Result<Self, Fault> {
        let store = Self::create_unfinished(folder)?;
        let transaction = store.begin_write()?;
        put_meta(&transaction, VERSION, &Version(V::VERSION))?;
        put_meta(&transaction, COMMITS, &Count(0))?;
        put_meta(&transaction, TIME, &Timestamp(0))?;
        put_meta(&transaction, ANNEXED, &Count(0))?;
        first.visit(&mut Creating(&transaction))?;
        store.write(&transaction, &mut first)?;
        store.annex.sync()?;
        transaction.commit()?;
        drop(store);
        Self::establish(folder)?;
        Self::open(folder)
    }

    /// Two empty files without their names.
    pub(crate) fn create_unfinished(folder: &impl Folder) -> Result<Self, Fault> {
        let syncs = Syncs::default();
        let annex = Annex::new(Counted::new(folder.create(INCOMPLETE.annex)?, &syncs));
        let file = Counted::new(folder.create(INCOMPLETE.database)?, &syncs);
        Ok(Self::over(connect(file, Cache::DEFAULT)?, annex, syncs))
    }

    /// Gives the files of a store that is complete, good and closed their names, the annex first.
    /// Errors: [`Fault::File`].
    pub fn establish(folder: &impl Folder) -> Result<(), Fault> {
        folder.rename(INCOMPLETE.annex, COMPLETE.annex)?;
        folder.sync()?;
        folder.rename(INCOMPLETE.database, COMPLETE.database)?;
        Ok(folder.sync()?)
    }

    /// Opens a store that exists, with the cache that stores have by default. Errors:
    /// [`Fault::Held`], [`Fault::Version`], what is wrong with its annex ([`Fault::Unannexed`],
    /// [`Fault::Short`], [`Fault::Foreign`]), or what the database says.
    pub fn open(folder: &impl Folder) -> Result<Self, Fault> {
        Self::open_with(folder, Cache::DEFAULT)
    }

    /// The same with a cache that somebody decided on. Errors: as for [`Self::open`].
    pub fn open_with(folder: &impl Folder, cache: Cache) -> Result<Self, Fault> {
        Self::open_as(folder, COMPLETE, cache, Ok)?.with_newest()
    }

    /// Opens a copy that is not yet the store. Errors: as for [`Self::open`].
    pub fn open_unfinished(folder: &impl Folder) -> Result<Self, Fault> {
        Self::open_as(folder, INCOMPLETE, Cache::DEFAULT, Ok)?.with_newest()
    }

    /// Opens a store to look at it: nothing is written into its files, also not by what a commit or
    /// a repair would write. Nobody else can open it meanwhile. Errors: as for [`Self::open`], but
    /// an annex of the right length is only compared with the rows when it is inspected.
    pub fn open_aside(folder: &impl Folder) -> Result<Self, Fault> {
        Self::open_as(folder, COMPLETE, Cache::DEFAULT, Aside::new)
    }

    /// Refuses while another process has the store in this folder. Whoever is about to put another
    /// one in its place asks first: moving the files of a running server away makes two of it.
    /// Errors: [`Fault::Held`].
    pub fn refuse_held(folder: &impl Folder) -> Result<(), Fault> {
        match Self::open_aside(folder) {
            Err(held @ Fault::Held) => Err(held),
            // What is wrong with it otherwise is why another one is to take its place.
            Ok(_) | Err(_) => Ok(()),
        }
    }

    /// As [`Self::open_aside`], with a copy that is not yet the store.
    pub(crate) fn open_unfinished_aside(folder: &impl Folder) -> Result<Self, Fault> {
        Self::open_as(folder, INCOMPLETE, Cache::DEFAULT, Aside::new)
    }

    fn open_as<F: Folder, B: StorageBackend>(
        folder: &F,
        names: Names,
        cache: Cache,
        open: impl Fn(F::File) -> IoResult<B>,
    ) -> Result<Self, Fault> {
        let syncs = Syncs::default();
        let open = |file| open(file).map(|file| Counted::new(file, &syncs));
        let file = open(folder.open(names.database)?)?;
        // The database would take an empty file for a new one.
        if file.len()? == 0 {
            return Err(Fault::Empty);
        }
        let database = connect(file, cache)?;
        check_version::<V>(&database)?;
        let annex = folder.open(names.annex).map_err(|fault| match fault {
            Fault::File(error) if error.kind() == ErrorKind::NotFound => Fault::Unannexed,
            other => other,
        })?;
        let time: Timestamp = read_meta(TIME, &meta(&database, TIME)?)?;
        let annex = Annex::new(open(annex)?);
        let mut store = Self::over(database, annex, syncs);
        store.time = AtomicU64::new(time.0);
        let (length, end) = (store.annex.length()?, store.annexed()?);
        if length < end { Err(Fault::Short { length, end }) } else { Ok(store) }
    }

    fn over(database: Guarded, annex: Annex, syncs: Syncs) -> Self {
        let (failed, time) = (AtomicBool::new(false), AtomicU64::new(0));
        let room = Room::default();
        Self { database, annex, failed, fence: None, room, syncs, time, view: PhantomData }
    }

    /// How many bytes of the annex are values. Errors: [`Fault`].
    pub(crate) fn annexed(&self) -> Result<u64, Fault> {
        Ok(read_meta::<Count>(ANNEXED, &meta(&self.database, ANNEXED)?)?.0)
    }

    /// The store, if its annex has what the newest annexed rows point at. Errors:
    /// [`Fault::Foreign`], or the database's.
    fn with_newest(self) -> Result<Self, Fault> {
        guarded(|| {
            let mut newest = Newest(&self.database.begin_read()?, &self.annex);
            V::default().visit(&mut newest)
        })?;
        Ok(self)
    }
}

fn connect(file: impl StorageBackend, cache: Cache) -> Result<Guarded, Fault> {
    guarded(|| {
        let mut builder = Database::builder();
        builder.set_cache_size(cache.bytes());
        Ok(Guarded::new(builder.create_with_backend(file)?))
    })
}

/// Errors: [`Fault::Version`], unless this program reads the version.
fn check_version<V: View>(database: &Database) -> Result<(), Fault> {
    let stored = meta(database, VERSION)?;
    // Before there were seals, this row was four bytes.
    let unsealed = stored.as_slice().try_into().map(u32::from_be_bytes);
    let found = match unsealed {
        Ok(version) if version != V::VERSION => version,
        Ok(_) | Err(_) => read_meta::<Version>(VERSION, &stored)?.0,
    };
    if found == V::VERSION { Ok(()) } else { Err(Fault::Version { found, read: V::VERSION }) }
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
