//! Tables as the database has them: canonical keys, and canonical rows with their seals, or the
//! sealed places of rows that lie in the annex.

use crate::annex::{Annex, Appended, Place};
use crate::seal::{seal, unseal};
use crate::{Fault, Rows, Table, Visit};
use redb::{ReadTransaction, ReadableTable, TableDefinition, WriteTransaction};
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

/// The row of what is stored under a key. Errors: [`Fault::Damaged`], or the annex's.
pub fn read_row<T: Table>(key: &[u8], stored: &[u8], annex: &Annex) -> Result<T::Value, Fault> {
    if T::ANNEXED {
        let value = annex.read::<T>(key, &read_place::<T>(key, stored)?)?;
        return decode::<T, _>(key, &value);
    }
    decode::<T, _>(key, unseal(T::NAME, key, stored)?)
}

/// Where the annexed row of a key lies. Errors: [`Fault::Damaged`].
pub fn read_place<T: Table>(key: &[u8], stored: &[u8]) -> Result<Place, Fault> {
    decode::<T, _>(key, unseal(T::NAME, key, stored)?)
}

/// What bytes of a key say. Errors: [`Fault::Damaged`].
pub fn decode<T: Table, V: Decode>(key: &[u8], bytes: &[u8]) -> Result<V, Fault> {
    V::from_bytes(bytes).map_err(|_| Fault::Damaged { table: T::NAME, key: key.to_vec() })
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
pub struct Loading<'a>(pub &'a ReadTransaction, pub &'a Annex);

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
            let row = row.map(|row| read_row::<T>(&bytes, row.value(), self.1)).transpose()?;
            rows.load(key, row);
        }
        Ok(())
    }
}

/// Looks whether the annex has what the last row of each table points at, which is the newest one
/// where keys are running numbers: an annex of another store has not.
pub struct Newest<'a>(pub &'a ReadTransaction, pub &'a Annex);

impl Visit for Newest<'_> {
    type Error = Fault;

    fn visit<T: Table>(&mut self, _: &mut Rows<T>) -> Result<(), Fault> {
        if !T::ANNEXED {
            return Ok(());
        }
        let table = self.0.open_table(definition::<T>())?;
        let Some((key, stored)) = table.last()? else { return Ok(()) };
        let (key, place) = (key.value(), read_place::<T>(key.value(), stored.value())?);
        self.1.read::<T>(key, &place).map(drop).map_err(|fault| match fault {
            Fault::Damaged { table, key } => Fault::Foreign { table, key },
            other => other,
        })
    }
}

/// Writes what was changed; what the annex gets is gathered for it.
pub struct Writing<'a> {
    pub transaction: &'a WriteTransaction,
    pub appended: Appended,
}

impl Visit for Writing<'_> {
    type Error = Fault;

    fn visit<T: Table>(&mut self, rows: &mut Rows<T>) -> Result<(), Fault> {
        let mut changes = rows.changes().peekable();
        if changes.peek().is_none() {
            return Ok(());
        }
        let mut table = self.transaction.open_table(definition::<T>())?;
        for (key, row) in changes {
            let key = key.to_bytes();
            let Some(row) = row else {
                table.remove(key.as_slice())?;
                continue;
            };
            let mut stored = row.to_bytes();
            if T::ANNEXED {
                stored = self.appended.push::<T>(&key, &stored).to_bytes();
            }
            let before = table.insert(key.as_slice(), seal(T::NAME, &key, stored).as_slice())?;
            // A running number that is used twice was counted wrongly, and a key that was not asked
            // for may have a row: nothing may hide the first.
            if T::ANNEXED && before.is_some() {
                return Err(Fault::Damaged { table: T::NAME, key });
            }
        }
        Ok(())
    }
}
