//! Counted: a file whose syncs are counted, which is what durable commits wait for.

use redb::{BackendError, StorageBackend};
use std::io::Result;
use std::ops::Bound;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

type Locked<T> = core::result::Result<T, BackendError>;

/// How often files were synced. Clones count together.
#[derive(Clone, Debug, Default)]
pub struct Syncs(Arc<AtomicU64>);

impl Syncs {
    /// How many there were.
    pub fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// A file, and where its syncs are counted.
#[derive(Debug)]
pub struct Counted<F> {
    file: F,
    syncs: Syncs,
}

impl<F> Counted<F> {
    /// The file, counted from now on.
    pub fn new(file: F, syncs: &Syncs) -> Self {
        Self { file, syncs: syncs.clone() }
    }
}

impl<F: StorageBackend> StorageBackend for Counted<F> {
    fn len(&self) -> Result<u64> {
        self.file.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> Result<()> {
        self.file.read(offset, out)
    }

    fn set_len(&self, length: u64) -> Result<()> {
        self.file.set_len(length)
    }

    fn sync_data(&self) -> Result<()> {
        self.syncs.0.fetch_add(1, Ordering::Relaxed);
        self.file.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> Result<()> {
        self.file.write(offset, data)
    }

    fn close(&self) -> Result<()> {
        self.file.close()
    }

    fn try_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Locked<bool> {
        self.file.try_lock_range(start, end)
    }

    fn try_lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Locked<bool> {
        self.file.try_lock_shared_range(start, end)
    }

    fn lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Locked<()> {
        self.file.lock_range(start, end)
    }

    fn lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Locked<()> {
        self.file.lock_shared_range(start, end)
    }

    fn unlock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Locked<()> {
        self.file.unlock_range(start, end)
    }

    fn query_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Locked<bool> {
        self.file.query_lock_range(start, end)
    }
}
