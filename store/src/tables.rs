//! Tables as the database has them: canonical keys, and canonical rows with their seals.

use crate::seal::{seal, unseal};
use crate::{Fault, Rows, Table, Visit};
use redb::{ReadTransaction, TableDefinition, WriteTransaction};
use tender_token::encode::{Decode, Encode};

/// What the store says of itself.
pub const META: TableDefinition<'static, &'static str, &'static [u8]> =
    TableDefinition::new(META_NAME);
pub const META_NAME: &str = "meta";

pub fn definition<T: Table>() -> TableDefinition<'static, &'static [u8], &'static [u8]> {
    TableDefinition::new(T::NAME)
}

/// The key of a row. Errors: [`Fault::Damaged`].
pub fn read_key<T: Table>(key: &[u8]) -> Result<T::Key, Fault> {
    T::Key::from_bytes(key).map_err(|_| Fault::Damaged { table: T::NAME, key: key.to_vec() })
}

/// The row of what is stored under a key. Errors: [`Fault::Damaged`].
pub fn read_row<T: Table>(key: &[u8], stored: &[u8]) -> Result<T::Value, Fault> {
    T::Value::from_bytes(unseal(T::NAME, key, stored)?)
        .map_err(|_| Fault::Damaged { table: T::NAME, key: key.to_vec() })
}

/// Makes every table.
pub struct Creating<'a>(pub &'a WriteTransaction);

impl Visit for Creating<'_> {
    type Error = Fault;

    fn visit<T: Table>(&mut self, _: &mut Rows<T>) -> Result<(), Fault> {
        self.0.open_table(definition::<T>())?;
        Ok(())
    }
}

/// Reads what is asked for.
pub struct Loading<'a>(pub &'a ReadTransaction);

impl Visit for Loading<'_> {
    type Error = Fault;

    fn visit<T: Table>(&mut self, rows: &mut Rows<T>) -> Result<(), Fault> {
        let wanted = rows.take_wanted();
        if wanted.is_empty() {
            return Ok(());
        }
        let table = self.0.open_table(definition::<T>())?;
        for key in wanted {
            let bytes = key.to_bytes();
            let row = table.get(bytes.as_slice())?;
            let row = row.map(|row| read_row::<T>(&bytes, row.value())).transpose()?;
            rows.load(key, row);
        }
        Ok(())
    }
}

/// Writes what was changed.
pub struct Writing<'a>(pub &'a WriteTransaction);

impl Visit for Writing<'_> {
    type Error = Fault;

    fn visit<T: Table>(&mut self, rows: &mut Rows<T>) -> Result<(), Fault> {
        let mut changes = rows.changes().peekable();
        if changes.peek().is_none() {
            return Ok(());
        }
        let mut table = self.0.open_table(definition::<T>())?;
        for (key, row) in changes {
            let key = key.to_bytes();
            match row {
                Some(row) => {
                    let stored = seal(T::NAME, &key, row.to_bytes());
                    table.insert(key.as_slice(), stored.as_slice())?;
                }
                None => {
                    table.remove(key.as_slice())?;
                }
            }
        }
        Ok(())
    }
}
