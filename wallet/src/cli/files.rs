//! Files that wallets hand to each other.

use super::output::Failure;
use super::shown;
use anyhow::{Context as _, anyhow};
use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;

/// Reads a file that the holder names.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let read = fs::read(path).with_context(|| format!("{} cannot be read", shown(path)));
    read.map_err(Failure::usage)
}

/// Checks that there is nothing at a place yet: what is written there cannot be made again.
pub(super) fn vacant(path: &Path) -> Result<(), Failure> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    if folder.is_some_and(|folder| !folder.is_dir()) {
        return Err(Failure::usage(anyhow!(
            "The folder of {} is not there. Nothing was done.",
            shown(path)
        )));
    }
    if fs::symlink_metadata(path).is_err() {
        return Ok(());
    }
    Err(Failure::usage(anyhow!(
        "{} exists, and stays as it is. Nothing was done: name another file with `--out`.",
        shown(path)
    )))
}

/// Writes a file that appears complete or not at all, and never in the place of other content.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    if let Ok(found) = fs::symlink_metadata(path) {
        if found.is_file() && fs::read(path).is_ok_and(|held| held == bytes) {
            return Ok(());
        }
        return Err(Failure::usage(anyhow!(
            "{} exists with other content, and stays as it is. Nothing is lost: the same command \
             with another `--out` gives the same bytes again.",
            shown(path)
        )));
    }
    let written = replace(path, bytes).with_context(|| {
        format!("{} cannot be written; the same command gives the same bytes again", shown(path))
    });
    written.map_err(Failure::fault)
}

fn replace(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".unfinished");
    let unfinished = path.with_file_name(name);
    let mut file = File::create(&unfinished)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&unfinished, path)
}

/// Makes the wallet's folder, readable by its owner only.
pub(super) fn make_home(path: &Path) -> Result<(), Failure> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    let made = builder.create(path).with_context(|| format!("{} cannot be made", shown(path)));
    made.map_err(Failure::fault)
}
