//! Where the store's file lies: a folder of a file system, or of a test's disk that forgets.

use crate::Fault;
use crate::files::{create_private, sync_folder};
use redb::StorageBackend;
use redb::backends::FileBackend;
use std::fs::OpenOptions;
use std::io::Result;
use std::path::{Path, PathBuf};

/// The steps in which a file appears and is found again. None of them but [`Self::sync`] promises
/// that it survives a crash.
pub trait Folder {
    /// An open file.
    type File: StorageBackend;

    /// Creates an empty file for its owner only, in the place of what is there.
    /// Errors: the file system's.
    fn create(&self, name: &str) -> core::result::Result<Self::File, Fault>;

    /// Opens a file that is there. Errors: the file system's.
    fn open(&self, name: &str) -> core::result::Result<Self::File, Fault>;

    /// Gives a file another name, in the place of what had it. Errors: the file system's.
    fn rename(&self, from: &str, to: &str) -> Result<()>;

    /// Makes the names of the files durable. Errors: the file system's.
    fn sync(&self) -> Result<()>;
}

/// A folder of the file system.
#[derive(Clone, Debug)]
pub struct Directory(PathBuf);

impl Directory {
    /// The folder at this path.
    #[must_use]
    pub fn new(path: &Path) -> Self {
        Self(path.to_owned())
    }
}

impl Folder for Directory {
    type File = FileBackend;

    fn create(&self, name: &str) -> core::result::Result<FileBackend, Fault> {
        Ok(FileBackend::new(create_private(&self.0.join(name))?)?)
    }

    fn open(&self, name: &str) -> core::result::Result<FileBackend, Fault> {
        let file = OpenOptions::new().read(true).write(true).open(self.0.join(name))?;
        Ok(FileBackend::new(file)?)
    }

    fn rename(&self, from: &str, to: &str) -> Result<()> {
        std::fs::rename(self.0.join(from), self.0.join(to))
    }

    fn sync(&self) -> Result<()> {
        sync_folder(&self.0)
    }
}
