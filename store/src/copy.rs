//! Copies: the whole store as it is at one moment, row by row into a fresh file.

use crate::aside::Aside;
use crate::guard::guarded;
use crate::inspect::Contents;
use crate::seal::unseal;
use crate::tables::{META, META_NAME, definition, read_key, read_row};
use crate::{Fault, Folder, Rows, Store, Table, View, Visit};
use redb::{ReadTransaction, ReadableDatabase, ReadableTable, WriteTransaction};

impl<V: View> Store<V> {
    /// Copies the store into a file of this name, which must not be the store's own. The copy is of
    /// one state; the store may serve meanwhile, and grows by what it writes. The name appears when
    /// the copy is complete and synced, and was read again: every page and row of it is what was
    /// copied. Errors: [`Fault`]; a damaged row is one.
    pub fn copy(&self, folder: &impl Folder, name: &str) -> Result<(), Fault> {
        let unfinished = format!("{name}.unfinished");
        let contents = guarded(|| {
            let mut contents = Contents::default();
            let read = self.database.begin_read()?;
            let copy = Self::with(folder.create(&unfinished)?)?;
            let write = copy.begin_write()?;
            {
                contents.table(META_NAME);
                let mut to = write.open_table(META)?;
                for entry in read.open_table(META)?.iter()? {
                    let (key, stored) = entry?;
                    unseal(META_NAME, key.value().as_bytes(), stored.value())?;
                    contents.row(key.value().as_bytes(), stored.value());
                    to.insert(key.value(), stored.value())?;
                }
            }
            let mut copying = Copying { read: &read, write: &write, contents: &mut contents };
            V::default().visit(&mut copying)?;
            write.commit()?;
            Ok(contents.hash())
        })?;
        let found = Self::open_over(Aside::new(folder.open(&unfinished)?)?)?.examine()?;
        if !found.is_clean() || found.contents != contents {
            return Err(Fault::Miscopied);
        }
        folder.rename(&unfinished, name)?;
        Ok(folder.sync()?)
    }
}

struct Copying<'a> {
    read: &'a ReadTransaction,
    write: &'a WriteTransaction,
    contents: &'a mut Contents,
}

impl Visit for Copying<'_> {
    type Error = Fault;

    fn visit<T: Table>(&mut self, _: &mut Rows<T>) -> Result<(), Fault> {
        self.contents.table(T::NAME);
        let mut to = self.write.open_table(definition::<T>())?;
        for entry in self.read.open_table(definition::<T>())?.iter()? {
            let (key, stored) = entry?;
            read_key::<T>(key.value())?;
            read_row::<T>(key.value(), stored.value())?;
            self.contents.row(key.value(), stored.value());
            to.insert(key.value(), stored.value())?;
        }
        Ok(())
    }
}
