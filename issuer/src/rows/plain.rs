//! Rows and parts of rows that mean the same in every table.

use super::record::record;
use tender_token::date::Day;
use tender_token::encode::{Decode, Encode, Reader, Writer};
use tender_token::error::{Error, Result};

/// A number of things.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Count(pub u64);

impl Count {
    /// So many more. Sixty-four bits outlast every counter here.
    #[must_use]
    pub fn plus(self, more: u64) -> Self {
        Self(self.0.checked_add(more).expect("a counter never reaches 2^64"))
    }
}

impl Encode for Count {
    fn encode(&self, writer: &mut Writer) {
        writer.u64(self.0);
    }
}

impl Decode for Count {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        reader.u64().map(Self)
    }
}

/// Running number of a manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Epoch(pub u32);

impl Encode for Epoch {
    fn encode(&self, writer: &mut Writer) {
        writer.u32(self.0);
    }
}

impl Decode for Epoch {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        reader.u32().map(Self)
    }
}

/// Bytes that are canonical elsewhere, with their length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bytes(pub Vec<u8>);

impl Encode for Bytes {
    fn encode(&self, writer: &mut Writer) {
        writer.sized(&self.0);
    }
}

impl Decode for Bytes {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        reader.sized().map(|bytes| Self(bytes.to_vec()))
    }
}

/// A name, in UTF-8.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name(pub String);

impl Encode for Name {
    fn encode(&self, writer: &mut Writer) {
        writer.sized(self.0.as_bytes());
    }
}

impl Decode for Name {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        let text = core::str::from_utf8(reader.sized()?);
        text.map(|text| Self(text.to_owned())).map_err(|_| Error::Encoding)
    }
}

record! {
    /// So many on the latest day that had any.
    #[derive(Copy)]
    Daily {
        /// The day.
        day: Day,
        /// How many.
        count: Count,
    }
}

impl Daily {
    /// None yet.
    pub const NEVER: Self = Self { day: Day(0), count: Count(0) };

    /// How many there were on this day.
    #[must_use]
    pub fn on(&self, day: Day) -> u64 {
        if self.day == day { self.count.0 } else { 0 }
    }

    /// One more on this day.
    #[must_use]
    pub fn once_more(&self, day: Day) -> Self {
        Self { day, count: Count(self.on(day)).plus(1) }
    }
}

/// What a running number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Total {
    /// Incidents.
    Incidents,
    /// Leaves of the log.
    Leaves,
    /// Presentations.
    Presentations,
    /// Entries of the ledger.
    Entries,
    /// What operators changed.
    Actions,
    /// Revocations.
    Revocations,
}

impl Encode for Total {
    fn encode(&self, writer: &mut Writer) {
        match self {
            Self::Incidents => writer.u8(1),
            Self::Leaves => writer.u8(2),
            Self::Presentations => writer.u8(3),
            Self::Revocations => writer.u8(6),
            Self::Entries => writer.u8(8),
            Self::Actions => writer.u8(9),
        }
    }
}

impl Decode for Total {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        match reader.u8()? {
            1 => Ok(Self::Incidents),
            2 => Ok(Self::Leaves),
            3 => Ok(Self::Presentations),
            6 => Ok(Self::Revocations),
            8 => Ok(Self::Entries),
            9 => Ok(Self::Actions),
            _ => Err(Error::Encoding),
        }
    }
}
