//! Files that wallets hand to each other.

use super::output::Failure;
use super::shown;
use crate::handover::{Kind, MESSAGE_MAX, Message};
use anyhow::{Context as _, anyhow};
use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::path::Path;

/// Reads a file that the holder names, and no more of it than a byte beyond the longest message.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let most = u64::try_from(MESSAGE_MAX).unwrap_or(u64::MAX).saturating_add(1);
    let read = File::open(path).and_then(|file| file.take(most).read_to_end(&mut bytes));
    read.with_context(|| format!("{} cannot be read", shown(path))).map_err(Failure::usage)?;
    Ok(bytes)
}

/// Reads a message of this kind.
pub(super) fn read_message(path: &Path, kind: Kind) -> Result<Vec<u8>, Failure> {
    let message = any_message(path)?;
    if message.kind == kind {
        return Ok(message.body);
    }
    let (is, wanted) = (message.kind.name(), kind.name());
    Err(Failure::usage(anyhow!(
        "{} holds a message of another kind, \"{is}\", where this needs a message of the kind \
         \"{wanted}\". Nothing was done.",
        shown(path)
    )))
}

/// Reads a message of whatever kind.
pub(super) fn any_message(path: &Path) -> Result<Message, Failure> {
    let read = Message::from_bytes(&read(path)?);
    read.with_context(|| format!("{} cannot be used", shown(path))).map_err(Failure::usage)
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

/// Writes a message as a file.
pub(super) fn write_message(path: &Path, kind: Kind, body: Vec<u8>) -> Result<(), Failure> {
    write(path, &Message { kind, body }.to_bytes())
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
