//! The home folder: where the configuration, the keys and the store lie, and who may read them.

use std::fs::{DirBuilder, File, OpenOptions, read, rename};
use std::io::{Result, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

const PRIVATE_FOLDER: u32 = 0o700;
const PRIVATE_FILE: u32 = 0o600;

/// An issuer's home folder.
#[derive(Clone, Debug)]
pub struct Home {
    folder: PathBuf,
}

impl Home {
    /// The home at this place, whether it exists or not.
    #[must_use]
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Creates the folders, for their owner only. Errors: the file system's.
    pub fn create(&self) -> Result<()> {
        let mut builder = DirBuilder::new();
        builder.recursive(true).mode(PRIVATE_FOLDER);
        builder.create(&self.folder)?;
        builder.create(self.folder.join("keys"))
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The store's file. It exists exactly if the issuer is founded.
    #[must_use]
    pub fn store(&self) -> PathBuf {
        self.folder.join("store.redb")
    }

    /// The configuration that the issuer was founded with.
    #[must_use]
    pub fn config(&self) -> PathBuf {
        self.folder.join("issuer.toml")
    }

    /// A key's file.
    #[must_use]
    pub fn key(&self, name: &str) -> PathBuf {
        self.folder.join("keys").join(name)
    }

    /// Reads a key's file; the bytes are wiped when dropped. Errors: the file system's.
    pub fn read_key(&self, name: &str) -> Result<Zeroizing<Vec<u8>>> {
        read(self.key(name)).map(Zeroizing::new)
    }
}

/// Writes a file for its owner only. Under its name it is complete and synced, or not there.
/// Errors: the file system's.
pub fn write_private(path: &Path, bytes: &[u8]) -> Result<()> {
    let unfinished = path.with_extension("unfinished");
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(PRIVATE_FILE);
    let mut file = options.open(&unfinished)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    rename(&unfinished, path)?;
    match path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}
