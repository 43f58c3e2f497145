//! Copies: the whole store as it is at one moment, row by row into a fresh file.

use super::{Fault, Folder, META, Store, decode, definition};
use crate::rows::Table;
use crate::view::{Rows, View, Visit};
use redb::{ReadTransaction, ReadableDatabase, ReadableTable, WriteTransaction};

impl Store {
    /// Copies the store into a file of this name, which must not be the store's own. The copy is of
    /// one state; the store may serve meanwhile, and grows by what it writes. The name appears when
    /// the copy is complete and synced. Errors: [`Fault`]; a damaged row is one.
    pub fn copy(&self, folder: &impl Folder, name: &str) -> Result<(), Fault> {
        let unfinished = format!("{name}.unfinished");
        let read = self.database.begin_read()?;
        let copy = Self::with(folder.create(&unfinished)?)?;
        let write = copy.begin_write()?;
        {
            let mut to = write.open_table(META)?;
            for entry in read.open_table(META)?.iter()? {
                let (key, value) = entry?;
                to.insert(key.value(), value.value())?;
            }
        }
        View::default().visit(&mut Copying { read: &read, write: &write })?;
        write.commit()?;
        drop(copy);
        folder.rename(&unfinished, name)?;
        Ok(folder.sync()?)
    }
}

struct Copying<'a> {
    read: &'a ReadTransaction,
    write: &'a WriteTransaction,
}

impl Visit for Copying<'_> {
    type Error = Fault;

    fn visit<T: Table>(&mut self, _: &mut Rows<T>) -> Result<(), Fault> {
        let mut to = self.write.open_table(definition::<T>())?;
        for entry in self.read.open_table(definition::<T>())?.iter()? {
            let (key, value) = entry?;
            decode::<T, T::Key>(key.value())?;
            decode::<T, T::Value>(value.value())?;
            to.insert(key.value(), value.value())?;
        }
        Ok(())
    }
}
