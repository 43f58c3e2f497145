//! Annex: a plain file beside the database, in which long values lie back to back.
//!
//! What is looked up at every request must fit into memory, and long values that are read once in a
//! lifetime must not lie between it. So of a table that is annexed the database has, under the key,
//! only where the value lies, and its seal; the value itself is appended here.
//!
//! The database is the authority. It says where the annex ends; what lies behind that was left by
//! a commit that did not take place, and the next one writes over it. A value is synced before the
//! commit that points at it, and never changes after it.

use crate::seal::{SEAL_BYTES, digest};
use crate::{Fault, Table};
use redb::StorageBackend;
use sha2::{Digest, Sha256};
use std::io::ErrorKind;
use tender_token::encode::{Decode, Encode, Reader, Writer};
use tender_token::error::Result;

/// Where a value lies in the annex, and by which seal it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its first byte.
    pub offset: u64,
    /// How many bytes it has.
    pub length: u32,
    /// The seal that it would have as a row.
    pub seal: [u8; SEAL_BYTES],
}

impl Place {
    /// The byte behind it. No place of a store is so far out that there is none.
    pub fn end(&self) -> u64 {
        self.offset.saturating_add(self.length.into())
    }
}

impl Encode for Place {
    fn encode(&self, writer: &mut Writer) {
        writer.u64(self.offset);
        writer.u32(self.length);
        writer.put(&self.seal);
    }
}

impl Decode for Place {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        Ok(Self { offset: reader.u64()?, length: reader.u32()?, seal: reader.get()? })
    }
}

/// The file.
#[derive(Debug)]
pub struct Annex(Box<dyn StorageBackend>);

impl Annex {
    /// This file.
    pub fn new(file: impl StorageBackend) -> Self {
        Self(Box::new(file))
    }

    /// How long the file is, with what a crash left at its end. Errors: [`Fault::File`].
    pub fn length(&self) -> core::result::Result<u64, Fault> {
        Ok(self.0.len()?)
    }

    /// A value. Errors: [`Fault::Damaged`], unless it is what was written there under this key; or
    /// the file's.
    pub fn read<T: Table>(
        &self,
        key: &[u8],
        place: &Place,
    ) -> core::result::Result<Vec<u8>, Fault> {
        let damaged = || Fault::Damaged { table: T::NAME, key: key.to_vec() };
        let length = usize::try_from(place.length).map_err(|_| damaged())?;
        let mut value = vec![0; length];
        self.0.read(place.offset, &mut value).map_err(|error| match error.kind() {
            ErrorKind::UnexpectedEof => damaged(),
            _ => Fault::File(error),
        })?;
        if digest(T::NAME, key, &value) == place.seal { Ok(value) } else { Err(damaged()) }
    }

    /// Writes bytes, and makes the file longer if it has to be. Errors: [`Fault::File`].
    pub fn write(&self, offset: u64, bytes: &[u8]) -> core::result::Result<(), Fault> {
        let length = u64::try_from(bytes.len()).expect("a length fits");
        let end = offset.checked_add(length).ok_or(Fault::File(ErrorKind::FileTooLarge.into()))?;
        if self.0.len()? < end {
            self.0.set_len(end)?;
        }
        Ok(self.0.write(offset, bytes)?)
    }

    /// Makes everything that was written durable. Errors: [`Fault::File`].
    pub fn sync(&self) -> core::result::Result<(), Fault> {
        Ok(self.0.sync_data()?)
    }
}

/// Values that one commit appends.
#[derive(Debug)]
pub struct Appended {
    /// Where the annex ended before them.
    pub offset: u64,
    /// The values, back to back.
    pub bytes: Vec<u8>,
}

impl Appended {
    /// Nothing yet, behind what is there.
    pub fn behind(offset: u64) -> Self {
        Self { offset, bytes: Vec::new() }
    }

    /// Where the annex ends with them.
    pub fn end(&self) -> u64 {
        let length = u64::try_from(self.bytes.len()).expect("a length fits");
        self.offset.checked_add(length).expect("no disk has 2^64 bytes")
    }

    /// One more value of a table, with its key.
    pub fn push<T: Table>(&mut self, key: &[u8], value: &[u8]) -> Place {
        let length = u32::try_from(value.len()).expect("no row has 2^32 bytes");
        let place = Place { offset: self.end(), length, seal: digest(T::NAME, key, value) };
        self.bytes.extend_from_slice(value);
        place
    }
}

/// Whether places lie back to back from the first byte on, whatever the order in which they are
/// shown: then every byte begins as many values as end there, but for the first and the last.
#[derive(Debug, Default)]
pub struct Tiles(u128);

impl Tiles {
    /// One more place.
    pub fn add(&mut self, place: &Place) {
        self.0 = self.0.wrapping_add(mark(place.offset)).wrapping_sub(mark(place.end()));
    }

    /// Whether they are everything from the first byte to this one, each byte once.
    pub fn are_all(&self, end: u64) -> bool {
        self.0 == mark(0).wrapping_sub(mark(end))
    }
}

/// A number of a byte, such that sums of some are hardly sums of others.
fn mark(offset: u64) -> u128 {
    let hash: [u8; 32] = Sha256::digest(offset.to_be_bytes()).into();
    u128::from_be_bytes(*hash.first_chunk().expect("16 of 32 bytes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tiles(places: &[(u64, u32)], end: u64) -> bool {
        let mut tiles = Tiles::default();
        for &(offset, length) in places {
            tiles.add(&Place { offset, length, seal: [0; SEAL_BYTES] });
        }
        tiles.are_all(end)
    }

    #[test]
    fn tiles_are_all_only_without_gaps_overlaps_and_repetitions() {
        assert!(tiles(&[], 0));
        assert!(tiles(&[(0, 5), (5, 7), (12, 1)], 13));
        assert!(tiles(&[(12, 1), (0, 5), (5, 7)], 13), "in any order");
        for wrong in [
            &[(0, 5), (5, 7)][..],
            &[(0, 5), (12, 1)],
            &[(5, 7), (12, 1)],
            &[(0, 5), (5, 7), (12, 1), (5, 7)],
            &[(0, 5), (4, 8), (12, 1)],
            &[(0, 5), (5, 8), (12, 1)],
            &[(0, 13), (0, 13)],
            &[],
        ] {
            assert!(!tiles(wrong, 13), "{wrong:?}");
        }
        assert!(!tiles(&[(1, 12)], 13));
        assert!(!tiles(&[(0, 14)], 13));
    }
}
