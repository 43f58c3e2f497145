//! What can go wrong with the file.

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
    /// A row cannot be read.
    #[error("the wallet's table `{table}` holds something this program did not write")]
    Corrupt {
        /// Where.
        table: &'static str,
    },
    /// A slot already stands for another answer ([E1]).
    #[error("a slot has already given its one answer")]
    Answered(SlotId),
    /// The file system refuses.
    #[error("the wallet's file cannot be used: {0}")]
    File(#[from] std::io::Error),
    /// The database engine refuses.
    #[error("the wallet's file cannot be used: {0}")]
    Engine(#[source] redb::Error),
}

impl StoreError {
    /// Takes over any error of the engine.
    pub(super) fn engine(error: impl Into<redb::Error>) -> Self {
        match error.into() {
            redb::Error::DatabaseAlreadyOpen => Self::InUse,
            redb::Error::Io(error) => Self::File(error),
            error => Self::Engine(error),
        }
    }
}
