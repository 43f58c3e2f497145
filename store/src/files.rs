//! Files for their owner only, which a crash leaves as they were or complete.

use std::fs::{DirBuilder, File, OpenOptions, remove_dir_all, remove_file, rename};
use std::io::{ErrorKind, Result, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

const PRIVATE_FOLDER: u32 = 0o700;
const PRIVATE_FILE: u32 = 0o600;

/// Writes a file for its owner only. Under its name it is complete and synced, or not there, and
/// nothing is left beside it, also on a full disk. Errors: the file system's.
pub fn write_private(path: &Path, bytes: &[u8]) -> Result<()> {
    let unfinished = path.with_extension("unfinished");
    let mut file = create_private(&unfinished)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    let written = written.and_then(|()| rename_durably(&unfinished, path));
    if written.is_err() {
        // What cannot be removed either is removed by the next attempt.
        let _left = remove_file(&unfinished);
    }
    written
}

/// Creates a file for its owner only. What an interrupted attempt left in its place is removed and
/// never written into: it may be another's, or readable by others. Errors: the file system's.
pub fn create_private(path: &Path) -> Result<File> {
    absent_is_fine(remove_file(path))?;
    OpenOptions::new().read(true).write(true).create_new(true).mode(PRIVATE_FILE).open(path)
}

/// Creates a folder, and those above it, for their owner only. What an interrupted attempt left in
/// its place is removed. Errors: the file system's.
pub fn create_folder(path: &Path) -> Result<()> {
    clear_folder(path)?;
    DirBuilder::new().recursive(true).mode(PRIVATE_FOLDER).create(path)
}

/// Removes a folder with all that is in it, if it is there. Errors: the file system's.
pub fn clear_folder(path: &Path) -> Result<()> {
    absent_is_fine(remove_dir_all(path))
}

/// Gives something complete its name, so that the name survives a crash.
/// Errors: the file system's.
pub fn rename_durably(unfinished: &Path, path: &Path) -> Result<()> {
    rename(unfinished, path)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    sync_folder(folder.unwrap_or(Path::new(".")))
}

/// Makes the names in a folder durable. Errors: the file system's.
pub fn sync_folder(folder: &Path) -> Result<()> {
    File::open(folder)?.sync_all()
}

/// Whether something is gone now, also if it was before. Errors: those of removing it.
pub fn absent_is_fine(removed: Result<()>) -> Result<()> {
    match removed {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Whether a file system had no room for what was to be written, or lets its owner have no more.
#[must_use]
pub fn is_no_room(error: &std::io::Error) -> bool {
    let kind = error.kind();
    matches!(kind, ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge)
}
