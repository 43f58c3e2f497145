//! Rows and parts of rows that mean the same in every table of every tier.

use crate::record;
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

/// The key of the one row of its table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sole;

impl Encode for Sole {
    fn encode(&self, _: &mut Writer) {}
}

impl Decode for Sole {
    fn decode(_: &mut Reader<'_>) -> Result<Self> {
        Ok(Self)
    }
}

/// A row whose key says everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark;

impl Encode for Mark {
    fn encode(&self, _: &mut Writer) {}
}

impl Decode for Mark {
    fn decode(_: &mut Reader<'_>) -> Result<Self> {
        Ok(Self)
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
