//! Copies: the whole store as it is at one moment, row by row into fresh files.

use crate::annex::Annex;
use crate::files::{absent_is_fine, create_folder, rename_durably};
use crate::guard::guarded;
use crate::inspect::Contents;
use crate::opening::{ANNEX, NAME, UNFINISHED, UNFINISHED_ANNEX};
use crate::seal::unseal;
use crate::tables::{META, META_NAME, decode, definition, read_key, read_place, read_row};
use crate::{Directory, Fault, Folder, Rows, Store, Table, View, Visit};
use redb::{ReadTransaction, ReadableDatabase, ReadableTable, WriteTransaction};
use std::fs::{read_dir, remove_dir, remove_file, symlink_metadata};
use std::io::ErrorKind;
use std::path::Path;

impl<V: View> Store<V> {
    /// Copies the store into a folder of this path, in which it then lies under its own names. The
    /// folder appears when the copy in it is complete. What a copy that was cut short left beside
    /// it, `.unfinished`, is removed. Errors: [`Fault`], also if there is anything else by that
    /// name, which stays as it is; nothing of ours is left behind.
    pub fn copy_out(&self, out: &Path) -> Result<(), Fault> {
        let mut unfinished = out.as_os_str().to_owned();
        unfinished.push(".unfinished");
        let unfinished = Path::new(&unfinished);
        clear_unfinished(unfinished)?;
        create_folder(unfinished)?;
        let copied = self.copy(&Directory::new(unfinished));
        let copied = copied.and_then(|()| Ok(rename_durably(unfinished, out)?));
        if copied.is_err() {
            clear_unfinished(unfinished)?;
        }
        copied
    }

    /// Copies the store into a folder that must not be its own. The copy is of one state; the store
    /// may serve meanwhile, and grows by what it writes. The names appear when the copy is complete
    /// and synced, and was read again: every page, row and value of it is what was copied.
    /// Errors: [`Fault`]; a damaged row is one.
    pub fn copy(&self, folder: &impl Folder) -> Result<(), Fault> {
        let contents = guarded(|| {
            let mut contents = Contents::default();
            let read = self.database.begin_read()?;
            let copy = Self::create_unfinished(folder)?;
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
            let mut copying = Copying {
                from: &self.annex,
                to: &copy.annex,
                read: &read,
                write: &write,
                contents,
            };
            V::default().visit(&mut copying)?;
            let contents = copying.contents;
            copy.annex.sync()?;
            write.commit()?;
            Ok(contents.hash())
        })?;
        let found = Self::open_unfinished_aside(folder)?.examine()?;
        if !found.is_clean() || found.contents != contents {
            return Err(Fault::Miscopied);
        }
        Self::establish(folder)
    }
}

/// Removes what is left of a copy that was cut short, file by file, and nothing that is no copy's.
/// Errors: [`Fault::Occupied`] if there is anything else; the file system's.
fn clear_unfinished(folder: &Path) -> Result<(), Fault> {
    let found = match symlink_metadata(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        found => found?,
    };
    let occupied = || Fault::Occupied(folder.to_owned());
    if !found.is_dir() {
        return Err(occupied());
    }
    let ours = [NAME, ANNEX, UNFINISHED, UNFINISHED_ANNEX];
    for entry in read_dir(folder)? {
        let entry = entry?;
        if !entry.file_type()?.is_file() || !ours.iter().any(|name| entry.file_name() == **name) {
            return Err(occupied());
        }
    }
    for name in ours {
        absent_is_fine(remove_file(folder.join(name)))?;
    }
    Ok(absent_is_fine(remove_dir(folder))?)
}

struct Copying<'a> {
    from: &'a Annex,
    to: &'a Annex,
    read: &'a ReadTransaction,
    write: &'a WriteTransaction,
    contents: Contents,
}

impl Visit for Copying<'_> {
    type Error = Fault;

    fn visit<T: Table>(&mut self, _: &mut Rows<T>) -> Result<(), Fault> {
        self.contents.table(T::NAME);
        let mut to = self.write.open_table(definition::<T>())?;
        for entry in self.read.open_table(definition::<T>())?.iter()? {
            let (key, stored) = entry?;
            let (key, stored) = (key.value(), stored.value());
            read_key::<T>(key)?;
            self.contents.row(key, stored);
            if T::ANNEXED {
                let place = read_place::<T>(key, stored)?;
                let value = self.from.read::<T>(key, &place)?;
                decode::<T, T::Value>(key, &value)?;
                self.contents.value(&value);
                self.to.write(place.offset, &value)?;
            } else {
                read_row::<T>(key, stored, self.from)?;
            }
            to.insert(key, stored)?;
        }
        Ok(())
    }
}
