//! Fence: whoever serves a store that was taken over by another process notices, and stops.
//!
//! The file's lock keeps two processes from having one store. A lock can be lost: on a disk that is
//! reached over a network, or because the folder's file was exchanged while its process stood
//! still. So each process that takes a store over raises the epoch beside it, and a commit takes
//! place only if the epoch is still the one that its process has raised.

use crate::Fault;
use crate::files::write_private;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// The epoch's file, beside the store.
const EPOCH: &str = "epoch";

/// The epoch of one process.
#[derive(Debug)]
pub struct Fence {
    path: PathBuf,
    epoch: u64,
}

impl Fence {
    /// Takes the store in a folder over, from everybody before.
    /// Errors: [`Fault::File`], [`Fault::Epoch`].
    pub fn raise(folder: &Path) -> Result<Self, Fault> {
        let path = folder.join(EPOCH);
        let before = read(&path)?.unwrap_or_default();
        let epoch = before.checked_add(1).ok_or(Fault::Epoch)?;
        write_private(&path, format!("{epoch}\n").as_bytes())?;
        Ok(Self { path, epoch })
    }

    /// Whether nobody has taken the store over since. Errors: [`Fault::Fenced`], or a file's.
    pub fn check(&self) -> Result<(), Fault> {
        let now = read(&self.path)?;
        if now == Some(self.epoch) { Ok(()) } else { Err(Fault::Fenced { epoch: self.epoch }) }
    }
}

/// The epoch that is written there, if one is. Errors: [`Fault::File`], [`Fault::Epoch`].
fn read(path: &Path) -> Result<Option<u64>, Fault> {
    match std::fs::read_to_string(path) {
        Ok(text) => text.trim_end().parse().map(Some).map_err(|_| Fault::Epoch),
        Err(error) if error.kind() == ErrorKind::InvalidData => Err(Fault::Epoch),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}
