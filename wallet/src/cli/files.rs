//! Files that wallets hand to each other.

use super::output::Failure;
use super::shown;
use anyhow::Context as _;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;

/// Reads a file that the holder names.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let read = fs::read(path).with_context(|| format!("{} cannot be read", shown(path)));
    read.map_err(Failure::usage)
}

/// Writes a file that appears complete or not at all.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
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
