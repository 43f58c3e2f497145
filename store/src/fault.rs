//! Why the store could not answer.

use crate::files::is_no_room;
use crate::opening::{ANNEX, NAME};
use std::io::ErrorKind;
use std::path::PathBuf;

/// Why the store could not answer. Nothing was changed by a call that failed before its commit;
/// after a failed commit only opening the store again shows whether it took place.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// Another process holds the store.
    #[error("another process holds the store; stop it first")]
    Held,
    /// The database failed.
    #[error("the store failed: {error}{advice}", error = .0, advice = advice_of(.0))]
    Database(Box<redb::Error>),
    /// A file could not be created, read, written, renamed or synced.
    #[error("the store's file failed: {error}{advice}", error = .0, advice = advice(.0))]
    File(#[from] std::io::Error),
    /// A file has failed before.
    #[error(
        "the store's file failed before, so nothing more is read or written; start again, which \
         reads what is really there"
    )]
    Failed,
    /// A row is not what was written, by its seal, or not what its table holds.
    #[error(
        "the row {} of the table `{table}` is damaged; keep the store as it is, run audit, and \
         restore the store from a copy",
        hex::encode(.key)
    )]
    Damaged {
        /// The table's name.
        table: &'static str,
        /// The row's key.
        key: Vec<u8>,
    },
    /// A row that every store has is not there.
    #[error(
        "a row of the table `{0}` is missing; keep the store as it is, run audit, and restore the \
         store from a copy"
    )]
    Missing(&'static str),
    /// The database gave up at what it read.
    #[error(
        "the database halted at damage in the store's file; keep the store as it is, run audit, \
         and restore the store from a copy"
    )]
    Halted,
    /// Another process has taken the store over.
    #[error(
        "another process has taken the store over since epoch {epoch}, which was ours; this one \
         stops, and what it did not answer it did not do: ask the other one"
    )]
    Fenced {
        /// The epoch that this process had raised.
        epoch: u64,
    },
    /// The file `epoch` is not what a process of ours writes.
    #[error(
        "the file `epoch` beside the store is damaged, and says of nobody who has the store; make \
         sure that no other process does, remove that file, and ask again"
    )]
    Epoch,
    /// A copy is not what was copied.
    #[error("the copy is not what was copied, and has no name; copy again, onto another disk")]
    Miscopied,
    /// Where a copy would be begun is something else than the rest of another copy.
    #[error(
        "{} is where the copy would be begun, and there is something else; nothing was changed: \
         look at it and move it away, or copy to another place",
        .0.display()
    )]
    Occupied(PathBuf),
    /// The file is there and empty: no store was ever complete under this name.
    #[error("the store's file is empty; restore the store from a copy")]
    Empty,
    /// The annex is not there.
    #[error(
        "`{ANNEX}` is missing beside `{NAME}`, and the store is nothing without it; put back the \
         one that was there, or restore the store from a copy"
    )]
    Unannexed,
    /// The annex ends before the values that the database points at.
    #[error(
        "`{ANNEX}` has {length} bytes, and `{NAME}` points at {end}: it was cut off, or is an old \
         one; keep both files as they are, and put back the newest one or restore the store from a \
         copy"
    )]
    Short {
        /// Bytes of the file.
        length: u64,
        /// Bytes that it should at least have.
        end: u64,
    },
    /// The annex does not have what the newest row points at.
    #[error(
        "`{ANNEX}` does not hold what the newest row {} of the table `{table}` in `{NAME}` points \
         at: it is another store's, or damaged; keep both files as they are, run audit, and put \
         back the right one or restore the store from a copy",
        hex::encode(.key)
    )]
    Foreign {
        /// The table's name.
        table: &'static str,
        /// The row's key.
        key: Vec<u8>,
    },
    /// The store was written by another version.
    #[error(
        "the store has version {found}, and this program reads version {read} only; nothing was \
         changed, open it with the release that wrote it"
    )]
    Version {
        /// The version that wrote it.
        found: u32,
        /// The one version that is read.
        read: u32,
    },
}

/// Where the money is and what to do, where the disk had no room and says no more than that.
fn advice(error: &std::io::Error) -> &'static str {
    if !is_no_room(error) {
        return "";
    }
    "; there is no room on its disk. Nothing that was answered is lost, and what the books do not \
     show was not done: make room there, then start again or give the command again"
}

fn advice_of(error: &redb::Error) -> &'static str {
    if let redb::Error::Io(error) = error { advice(error) } else { "" }
}

impl Fault {
    /// Whether the bytes that are there are no store's, so that reading them again will not help.
    #[must_use]
    pub fn is_damage(&self) -> bool {
        let is_ours = |error: &std::io::Error| {
            matches!(error.kind(), ErrorKind::InvalidData | ErrorKind::UnexpectedEof)
        };
        match self {
            Self::Database(error) => match &**error {
                redb::Error::Io(error) => is_ours(error),
                error => matches!(
                    error,
                    redb::Error::Corrupted(_)
                        | redb::Error::UpgradeRequired(_)
                        | redb::Error::TableDoesNotExist(_)
                        | redb::Error::TableIsMultimap(_)
                        | redb::Error::TableTypeMismatch { .. }
                        | redb::Error::TypeDefinitionChanged { .. }
                ),
            },
            Self::File(error) => is_ours(error),
            Self::Damaged { .. }
            | Self::Missing(_)
            | Self::Halted
            | Self::Empty
            | Self::Unannexed
            | Self::Short { .. }
            | Self::Foreign { .. } => true,
            Self::Held
            | Self::Failed
            | Self::Fenced { .. }
            | Self::Epoch
            | Self::Miscopied
            | Self::Occupied(_)
            | Self::Version { .. } => false,
        }
    }
}

impl From<redb::Error> for Fault {
    fn from(error: redb::Error) -> Self {
        match error {
            redb::Error::DatabaseAlreadyOpen => Self::Held,
            other => Self::Database(Box::new(other)),
        }
    }
}

macro_rules! database_errors {
    ($($error:ident),*) => {
        $(impl From<redb::$error> for Fault {
            fn from(error: redb::$error) -> Self {
                redb::Error::from(error).into()
            }
        })*
    };
}

database_errors!(
    DatabaseError,
    TransactionError,
    TableError,
    StorageError,
    CommitError,
    SetDurabilityError
);
