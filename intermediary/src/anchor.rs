//! The anchor: how far the books had come, kept in a file beside them.
//!
//! Books that were put back from an old copy add up, and yet have forgotten what was answered
//! since: a hold that became tokens would be free again, and a deposit that was credited and spent
//! would be credited anew. The anchor holds the number of commits as it was a moment ago. It is
//! raised when the books are opened, after every order that a command carries out itself, every
//! second while they are served, and when the server ends. No command uses books that have seen
//! fewer.

use crate::store::{self, Fault, Store};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use tender_store::files::write_private;

/// The anchor's file, beside the books.
pub const NAME: &str = "anchor";

/// Why the books are not used.
#[derive(Debug, thiserror::Error)]
pub enum Astray {
    /// The books could not be read, or the anchor not be written.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// There is a home, and its books are gone.
    #[error(
        "the books of the intermediary are missing: there is no {}; put back what was moved away, \
         or restore it from the backup: --home {} restore --from FOLDER",
        .0.join(store::NAME).display(),
        .0.display()
    )]
    Missing(PathBuf),
    /// The anchor's file holds no anchor.
    #[error("the file `anchor` of the home is damaged; restore it together with the books")]
    Damaged,
    /// The books have forgotten what they knew before.
    #[error(
        "the books are older than they were: they have seen {found} commits, and had {known}; \
         what was answered since would be answered again; move them away, keep them, and restore a \
         newer copy"
    )]
    Behind {
        /// Commits that they have seen.
        found: u64,
        /// Commits that they had seen.
        known: u64,
    },
}

/// Checks books against the anchor in a folder. Without an anchor nothing is remembered.
/// Errors: [`Astray`].
pub fn check(folder: &Path, books: &Store) -> Result<(), Astray> {
    let (found, known) = (books.commits()?, read(folder)?.unwrap_or_default());
    if found < known { Err(Astray::Behind { found, known }) } else { Ok(()) }
}

/// Moves the anchor to where the books are. It never goes back. Errors: [`Astray`].
pub fn raise(folder: &Path, books: &Store) -> Result<(), Astray> {
    let commits = books.commits()?;
    if read(folder)?.is_some_and(|known| known >= commits) {
        return Ok(());
    }
    let text = format!("{commits}\n");
    Ok(write_private(&folder.join(NAME), text.as_bytes()).map_err(Fault::File)?)
}

/// The same after something that is durable already, and stays so whatever becomes of the anchor:
/// whoever has the books next raises it.
pub fn follow(folder: &Path, books: &Store) {
    if let Err(astray) = raise(folder, books) {
        tracing::error!(%astray, "the anchor could not be raised; it is tried again");
    }
}

fn read(folder: &Path) -> Result<Option<u64>, Astray> {
    match std::fs::read_to_string(folder.join(NAME)) {
        Ok(text) => text.trim_end().parse().map(Some).map_err(|_| Astray::Damaged),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Fault::File(error).into()),
    }
}
