//! What can go wrong with the file.

use std::io::ErrorKind;
use tender_token::slot::SlotId;

/// Why the store could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no wallet in this folder.
    #[error("there is no wallet in this folder")]
    Missing,
    /// There is already a wallet in this folder.
    #[error("there is already a wallet in this folder")]
    Exists,
    /// Another process holds the file.
    #[error("another program has this wallet open")]
    InUse,
    /// The file's layout is of a version that this program does not know.
    #[error("the wallet's file has layout version {found}, which this program does not know")]
    Schema {
        /// The version found.
        found: u32,
    },
    /// A row cannot be read, or one that every wallet has is absent.
    #[error("its table `{table}` does not hold what this program writes")]
    Corrupt {
        /// Where.
        table: &'static str,
    },
    /// A slot already stands for another answer (`[E1]`).
    #[error("a slot has already given its one answer")]
    Answered(SlotId),
    /// The file system refuses.
    #[error("{0}")]
    File(#[from] std::io::Error),
    /// The database engine refuses.
    #[error("{}", engines_words(.0))]
    Engine(#[source] redb::Error),
}

impl StoreError {
    /// Whether the file does not hold what was written to it: doing the same again cannot help.
    #[must_use]
    pub fn is_damage(&self) -> bool {
        match self {
            Self::Corrupt { .. } => true,
            Self::File(error) => {
                matches!(error.kind(), ErrorKind::InvalidData | ErrorKind::UnexpectedEof)
            }
            Self::Engine(error) => matches!(
                error,
                redb::Error::Corrupted(_)
                    | redb::Error::UpgradeRequired(_)
                    | redb::Error::TableTypeMismatch { .. }
                    | redb::Error::TableIsMultimap(_)
            ),
            Self::Missing
            | Self::Exists
            | Self::InUse
            | Self::Schema { .. }
            | Self::Answered(_) => false,
        }
    }

    /// Takes over any error of the engine.
    pub(super) fn engine(error: impl Into<redb::Error>) -> Self {
        match error.into() {
            redb::Error::DatabaseAlreadyOpen => Self::InUse,
            redb::Error::Io(error) => Self::File(error),
            error => Self::Engine(error),
        }
    }
}

/// What the engine says, without the word that says once more that there is damage.
fn engines_words(error: &redb::Error) -> String {
    match error {
        redb::Error::Corrupted(what) => what.clone(),
        error => error.to_string(),
    }
}
