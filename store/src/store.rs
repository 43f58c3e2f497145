//! The store: every row in one file, and long ones beside it, in its annex.
//!
//! Two functions serve the verbs: [`Store::load`] reads what a view asks for, [`Store::commit`]
//! makes a view's changes durable, all or nothing. A commit that failed is never tried again: the
//! process stops and the next one reads what is really there.

use crate::annex::{Annex, Appended};
use crate::counted::Syncs;
use crate::fence::Fence;
use crate::guard::{Guarded, guarded};
use crate::plain::Count;
use crate::seal::{seal, unseal};
use crate::tables::{Loading, META, META_NAME, Writing, definition, read_key, read_row};
use crate::{Fault, Keyed, Room, Table, View};
use redb::{Database, Durability, ReadableDatabase, ReadableTable, WriteTransaction};
use std::marker::PhantomData;
use std::ops::Bound;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use tender_token::date::Timestamp;
use tender_token::encode::{Decode, Encode};

/// The key of the number of commits so far.
pub(crate) const COMMITS: &str = "commits";
/// The key of the annex's end: how many of its bytes are values.
pub(crate) const ANNEXED: &str = "annexed";
/// The key of the newest time that anything was decided at.
pub(crate) const TIME: &str = "time";
/// Rows that are read in one transaction of a scan.
pub const SCAN_ROWS: usize = 1024;

/// The durable rows of a tier's view.
#[derive(Debug)]
pub struct Store<V> {
    pub(crate) database: Guarded,
    pub(crate) annex: Annex,
    /// Whether a file has failed, after which nothing is read or written any more.
    pub(crate) failed: AtomicBool,
    pub(crate) fence: Option<Fence>,
    pub(crate) room: Room,
    pub(crate) syncs: Syncs,
    /// The newest time in the database, in unix seconds.
    pub(crate) time: AtomicU64,
    pub(crate) view: PhantomData<fn() -> V>,
}

impl<V: View> Store<V> {
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

    /// How often one of the two files was synced since the store was opened.
    #[must_use]
    pub fn syncs(&self) -> u64 {
        self.syncs.count()
    }

    /// Does something with both files, unless one of them has failed before: what a sync that
    /// failed should have written may be lost, although it can be read. The database remembers that
    /// of its own file. Errors: [`Fault`].
    fn heeding<T>(&self, work: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
        if self.failed.load(Ordering::SeqCst) {
            return Err(Fault::Failed);
        }
        let done = guarded(work);
        if matches!(done, Err(Fault::File(_))) {
            self.failed.store(true, Ordering::SeqCst);
        }
        done
    }

    /// How many commits the store has seen. Errors: [`Fault`].
    pub fn commits(&self) -> Result<u64, Fault> {
        Ok(read_meta::<Count>(COMMITS, &meta(&self.database, COMMITS)?)?.0)
    }

    /// The newest time that anything was decided at by [`Self::commit_at`], which is durable; 0 if
    /// nothing was.
    #[must_use]
    pub fn newest_time(&self) -> Timestamp {
        Timestamp(self.time.load(Ordering::Acquire))
    }

    /// Loads every row that the view asks for, all from one state of the store. Errors: [`Fault`].
    pub fn load(&self, view: &mut V) -> Result<(), Fault> {
        self.heeding(|| view.visit(&mut Loading(&self.database.begin_read()?, &self.annex)))
    }

    /// Makes every change of the view durable, all or nothing. Errors: [`Fault`]; the caller stops.
    pub fn commit(&self, view: V) -> Result<(), Fault> {
        self.commit_at(view, Timestamp(0))
    }

    /// The same with the time that it was decided at, for a tier whose time never runs behind its
    /// books: [`Self::newest_time`] is at least that from then on. Errors: as for [`Self::commit`].
    pub fn commit_at(&self, view: V, now: Timestamp) -> Result<(), Fault> {
        if view.is_changed() { self.commit_all(view, now) } else { Ok(()) }
    }

    /// Makes a time durable, if no later one is. Errors: as for [`Self::commit`].
    pub fn keep_time(&self, now: Timestamp) -> Result<(), Fault> {
        if now > self.newest_time() { self.commit_all(V::default(), now) } else { Ok(()) }
    }

    fn commit_all(&self, mut view: V, now: Timestamp) -> Result<(), Fault> {
        self.heeding(|| {
            let transaction = self.begin_write()?;
            count_commit(&transaction)?;
            if now > self.newest_time() {
                put_meta(&transaction, TIME, &now)?;
            }
            self.write(&transaction, &mut view)?;
            check(self.fence.as_ref())?;
            transaction.commit()?;
            // Whoever took over meanwhile may not have seen it, so nobody hears of it.
            check(self.fence.as_ref())
        })?;
        self.time.fetch_max(now.0, Ordering::Release);
        Ok(())
    }

    /// Writes what was changed. What the annex gets is durable before the transaction that points
    /// there can be; without that it is written over. Errors: [`Fault`].
    pub(crate) fn write(&self, transaction: &WriteTransaction, view: &mut V) -> Result<(), Fault> {
        let end = stored_meta::<Count>(transaction, ANNEXED)?.0;
        let mut writing = Writing { transaction, appended: Appended::behind(end) };
        view.visit(&mut writing)?;
        let appended = writing.appended;
        if appended.bytes.is_empty() {
            return Ok(());
        }
        // Behind the end there may be what another process has committed that took over.
        check(self.fence.as_ref())?;
        self.annex.write(appended.offset, &appended.bytes)?;
        self.annex.sync()?;
        put_meta(transaction, ANNEXED, &Count(appended.end()))
    }

    /// Hands every row of a table to `each`, in the order of the keys. The rows are read
    /// [`SCAN_ROWS`] at a time: whoever takes long over them keeps no old pages alive, and may see
    /// later rows as they were later. Errors: [`Fault`].
    pub fn scan<T: Table>(&self, mut each: impl FnMut(T::Key, T::Value)) -> Result<(), Fault> {
        self.scan_some::<T>(|rows| {
            for (key, row) in rows {
                each(key, row);
            }
            Ok(())
        })
    }

    /// The same, as many rows at a time as are read together: whoever needs rows of other tables
    /// for them loads those for all at once. Errors: [`Fault`], and those of `each`.
    pub fn scan_some<T: Table>(
        &self,
        mut each: impl FnMut(Vec<Keyed<T>>) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let mut last: Option<Vec<u8>> = None;
        loop {
            let rows = self.heeding(|| self.some_rows::<T>(last.as_deref(), SCAN_ROWS))?;
            let Some((key, _)) = rows.last() else { return Ok(()) };
            last = Some(key.to_bytes());
            each(rows)?;
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
            let row = read_row::<T>(key.value(), stored.value(), &self.annex)?;
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
        self.heeding(|| self.some_rows::<T>(key.as_deref(), most))
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

/// What is stored under a key of the table about the store itself.
pub(crate) fn meta(database: &Database, name: &'static str) -> Result<Vec<u8>, Fault> {
    guarded(|| {
        let table = database.begin_read()?.open_table(META)?;
        let stored = table.get(name)?.ok_or(Fault::Missing(META_NAME))?;
        Ok(stored.value().to_vec())
    })
}

/// One more commit, in the transaction that it counts.
fn count_commit(transaction: &WriteTransaction) -> Result<(), Fault> {
    let before: Count = stored_meta(transaction, COMMITS)?;
    put_meta(transaction, COMMITS, &before.plus(1))
}

/// What a transaction sees under a key of the table about the store itself.
fn stored_meta<T: Decode>(transaction: &WriteTransaction, name: &'static str) -> Result<T, Fault> {
    let stored = transaction.open_table(META)?.get(name)?.map(|stored| stored.value().to_vec());
    read_meta(name, &stored.ok_or(Fault::Missing(META_NAME))?)
}

pub(crate) fn read_meta<T: Decode>(name: &'static str, stored: &[u8]) -> Result<T, Fault> {
    let row = unseal(META_NAME, name.as_bytes(), stored)?;
    T::from_bytes(row)
        .map_err(|_| Fault::Damaged { table: META_NAME, key: name.as_bytes().to_vec() })
}

pub(crate) fn put_meta(
    transaction: &WriteTransaction,
    name: &'static str,
    value: &impl Encode,
) -> Result<(), Fault> {
    let stored = seal(META_NAME, name.as_bytes(), value.to_bytes());
    transaction.open_table(META)?.insert(name, stored.as_slice())?;
    Ok(())
}
