//! Where the server writes copies of its store. Whoever asks for one is elsewhere and names any
//! place; the server writes with its owner's rights, so it takes the issuer's own word for where.

use std::fs::{canonicalize, create_dir};
use std::io::{Error, ErrorKind};
use std::path::{Path, PathBuf};
use tonic::Status;

/// The places that copies may be written to.
#[derive(Clone, Debug)]
pub struct Copies {
    /// The folder that copies are in, or below. It is made when it is missing.
    pub backups: PathBuf,
    /// The one other place: where commands beside the home let themselves be given a copy.
    pub aside: PathBuf,
}

impl Copies {
    /// A place where nothing is, by its name below the folder or by its whole path, in a folder
    /// that is there. Links and `..` count for where they lead. Errors: the status that says so.
    pub(super) fn place(&self, out: &str) -> Result<PathBuf, Status> {
        let above = self.made().map_err(|error| unusable(&self.backups, &error))?;
        let place = above.join(out);
        let (Some(folder), Some(name)) = (place.parent(), place.file_name()) else {
            return Err(Status::out_of_range(format!("{out} is no name of a folder")));
        };
        let missing = || Status::not_found(format!("there is no folder {}", folder.display()));
        let real = canonicalize(folder).map_err(|error| match error.kind() {
            ErrorKind::NotFound | ErrorKind::NotADirectory => missing(),
            _ => unusable(folder, &error),
        })?;
        if !real.is_dir() {
            return Err(missing());
        }
        let place = real.join(name);
        if !real.starts_with(&above) && !self.is_aside(&place) {
            return Err(Status::out_of_range(format!(
                "{out} is not in {}, the only folder that this server copies into",
                self.backups.display()
            )));
        }
        if place.symlink_metadata().is_ok() {
            return Err(Status::already_exists("something is there already"));
        }
        Ok(place)
    }

    /// The folder without links and dots. Errors: the file system's.
    fn made(&self) -> Result<PathBuf, Error> {
        match create_dir(&self.backups) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
            Ok(()) | Err(_) => {}
        }
        canonicalize(&self.backups)
    }

    fn is_aside(&self, place: &Path) -> bool {
        let (above, name) = (self.aside.parent(), self.aside.file_name());
        let aside =
            above.zip(name).and_then(|(above, name)| Some(canonicalize(above).ok()?.join(name)));
        aside.is_some_and(|aside| aside == place)
    }
}

/// A folder that the server cannot use.
fn unusable(folder: &Path, error: &Error) -> Status {
    let folder = folder.display();
    tracing::error!(%error, %folder, "no copy can be written there");
    Status::unavailable(format!("no copy can be written into {folder}: {error}"))
}
