//! The books on disk: one redb file, one durable transaction per decision.

mod shelf;
mod tables;

use crate::rows::{Book, Customer, CustomerId, Entry, EntryNumber, Epoch, Published};
use crate::view::{Touches, View};
use redb::Database;
use shelf::{Read, Reading, Writing};
use std::path::Path;
use tables::{BOOK, NOTICES, TRUST, VERSION};
use tender_proto::trust::Notices;

/// The version of the tables and their rows.
const SCHEMA: u8 = 4;

/// The books could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// Another process works on them.
    #[error("another process has the books open: stop it first")]
    Busy,
    /// They were written by a version of the program that this one does not know.
    #[error("the books have schema version {0}, which this program does not know")]
    Version(u8),
    /// A row does not decode.
    #[error("a row of the table `{0}` does not decode: the books are damaged")]
    Corrupt(&'static str),
    /// The database failed.
    #[error("the books cannot be read or written: {0}")]
    Database(#[source] Box<redb::Error>),
}

impl<E: Into<redb::Error>> From<E> for Fault {
    fn from(error: E) -> Self {
        match error.into() {
            redb::Error::DatabaseAlreadyOpen => Self::Busy,
            error => Self::Database(Box::new(error)),
        }
    }
}

/// The open books.
pub struct Store {
    database: Database,
}

impl Store {
    /// Makes empty books in a new file, for its owner only, and opens them. A crash leaves no file
    /// under this name or complete books. Errors: [`Fault`].
    pub fn create(path: &Path) -> Result<Self, Fault> {
        let draft = path.with_extension("new");
        let file = crate::home::create_private(&draft).map_err(redb::Error::Io)?;
        let database = Database::builder().create_file(file)?;
        let writing = Writing::begin(&database)?;
        tables::create_all(&writing)?;
        writing.put(&VERSION, &[], &[SCHEMA])?;
        writing.put(&BOOK, &[], &Book::default())?;
        writing.commit()?;
        drop(database);
        crate::home::rename_durably(&draft, path).map_err(redb::Error::Io)?;
        Self::open(path)
    }

    /// Opens existing books. Errors: [`Fault::Busy`], [`Fault::Version`] and others.
    pub fn open(path: &Path) -> Result<Self, Fault> {
        let database = Database::open(path)?;
        let reading = Reading::begin(&database)?;
        let [version] = reading.get(&VERSION, &[])?.ok_or(Fault::Corrupt("version"))?;
        if version != SCHEMA {
            return Err(Fault::Version(version));
        }
        Ok(Self { database })
    }

    /// Loads what a verb touches, lets it decide, and commits its writes durably in one
    /// transaction. Nothing is written if it gives an error. Errors: [`Fault`] outside, the verb's
    /// inside.
    pub fn decide<T, E>(
        &self,
        touches: Touches,
        verb: impl FnOnce(&mut View) -> Result<T, E>,
    ) -> Result<Result<T, E>, Fault> {
        let writing = Writing::begin(&self.database)?;
        let mut view = tables::load(&writing, touches)?;
        let before = view.book;
        match verb(&mut view) {
            Err(error) => Ok(Err(error)),
            Ok(decided) => {
                if tables::write(&writing, &view, &before)? {
                    writing.commit()?;
                }
                Ok(Ok(decided))
            }
        }
    }

    /// Loads what a verb reads. Errors: [`Fault`].
    pub fn view(&self, touches: Touches) -> Result<View, Fault> {
        tables::load(&Reading::begin(&self.database)?, touches)
    }

    /// Everything, for the audit. Errors: [`Fault`].
    pub fn everything(&self) -> Result<View, Fault> {
        tables::load_everything(&Reading::begin(&self.database)?)
    }

    /// All customers. Errors: [`Fault`].
    pub fn customers(&self) -> Result<Vec<(CustomerId, Customer)>, Fault> {
        Reading::begin(&self.database)?.all(&tables::CUSTOMERS)
    }

    /// One row of the journal. Errors: [`Fault`].
    pub fn entry(&self, number: EntryNumber) -> Result<Option<Entry>, Fault> {
        Reading::begin(&self.database)?.get(&tables::ENTRIES, &number)
    }

    /// The open entries, oldest first. Errors: [`Fault`].
    pub fn open_entries(&self) -> Result<Vec<EntryNumber>, Fault> {
        let open = Reading::begin(&self.database)?.all(&tables::OPEN)?;
        Ok(open.into_iter().map(|(number, _)| number).collect())
    }

    /// The manifests that are held, the oldest first, and what was published beside them.
    /// Errors: [`Fault`].
    pub fn published(&self) -> Result<(Vec<(Epoch, Published)>, Notices), Fault> {
        let reading = Reading::begin(&self.database)?;
        Ok((reading.all(&TRUST)?, reading.get(&NOTICES, &[])?.unwrap_or_default()))
    }

    /// Keeps verified manifests and notices. Errors: [`Fault`].
    pub fn keep_published(
        &self,
        manifests: &[(Epoch, Published)],
        notices: &Notices,
    ) -> Result<(), Fault> {
        let writing = Writing::begin(&self.database)?;
        for (epoch, published) in manifests {
            writing.put(&TRUST, epoch, published)?;
        }
        writing.put(&NOTICES, &[], notices)?;
        writing.commit()
    }
}
