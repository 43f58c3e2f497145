//! A store appears complete or not at all: written beside its place, synced, then renamed.

use super::{Batch, StoreError, write};
use redb::Builder;
use std::fs::{self, File, OpenOptions};
use std::io::ErrorKind;
use std::path::Path;

/// Makes the file at `path` with `first` in it, readable by its owner only.
/// Errors: [`StoreError::Exists`], or that the folder cannot be written.
pub(super) fn create(path: &Path, first: &Batch) -> Result<(), StoreError> {
    if path.try_exists()? {
        return Err(StoreError::Exists);
    }
    let unfinished = path.with_extension("unfinished");
    match fs::remove_file(&unfinished) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.into()),
        Ok(()) | Err(_) => {}
    }
    let database = Builder::new().create_file(private(&unfinished)?).map_err(StoreError::engine)?;
    write(&database, first, true)?;
    drop(database);
    File::open(&unfinished)?.sync_all()?;
    fs::rename(&unfinished, path)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
    Ok(())
}

/// A new file that only its owner can read.
fn private(path: &Path) -> Result<File, StoreError> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    Ok(options.open(path)?)
}
