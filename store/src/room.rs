//! Room: how large the store is, and how much its disk has left.

use crate::{ANNEX, NAME};
use std::io::Result;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// The room as it was measured last.
#[derive(Debug, Default)]
pub struct Room {
    store_bytes: AtomicU64,
    free_bytes: AtomicU64,
    disk_bytes: AtomicU64,
    short: AtomicBool,
}

/// Bytes of the store's two files, and of the disk they are on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Measured {
    /// The store's two files.
    pub store_bytes: u64,
    /// What the disk has left for us.
    pub free_bytes: u64,
    /// The whole disk.
    pub disk_bytes: u64,
}

impl Measured {
    /// Measures the store in a folder, and its disk. Errors: the file system's.
    pub fn read(folder: &Path) -> Result<Self> {
        let disk = rustix::fs::statvfs(folder)?;
        let length = |name| std::fs::metadata(folder.join(name)).map(|file| file.len());
        Ok(Self {
            store_bytes: length(NAME)?.saturating_add(length(ANNEX)?),
            free_bytes: disk.f_bavail.saturating_mul(disk.f_frsize),
            disk_bytes: disk.f_blocks.saturating_mul(disk.f_frsize),
        })
    }

    /// Whether less than this share of the disk is left.
    #[must_use]
    pub fn is_short(&self, free_percent_min: u8) -> bool {
        let least = u128::from(self.disk_bytes) * u128::from(free_percent_min);
        u128::from(self.free_bytes) * 100 < least
    }
}

impl Room {
    /// Takes in what was measured. Says whether that changed anything about being short.
    pub fn found(&self, measured: Measured, free_percent_min: u8) -> bool {
        let Measured { store_bytes, free_bytes, disk_bytes } = measured;
        self.store_bytes.store(store_bytes, Ordering::Relaxed);
        self.free_bytes.store(free_bytes, Ordering::Relaxed);
        self.disk_bytes.store(disk_bytes, Ordering::Relaxed);
        let short = measured.is_short(free_percent_min);
        self.short.swap(short, Ordering::Relaxed) != short
    }

    /// What was measured last, zeros before the first time.
    #[must_use]
    pub fn measured(&self) -> Measured {
        Measured {
            store_bytes: self.store_bytes.load(Ordering::Relaxed),
            free_bytes: self.free_bytes.load(Ordering::Relaxed),
            disk_bytes: self.disk_bytes.load(Ordering::Relaxed),
        }
    }

    /// Whether so little was left that nothing new is decided.
    #[must_use]
    pub fn is_short(&self) -> bool {
        self.short.load(Ordering::Relaxed)
    }
}
