//! Days and times. Time is always a value handed in; nothing here reads a clock.

pub mod calendar;

use crate::encode::{Decode, Encode, Reader, Writer};
use crate::error::Result;

/// A day: floor(unix seconds / 86400) (`[F3]`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(pub u32);

impl Day {
    /// The day so many days later, or `None` beyond the range.
    #[must_use]
    pub fn checked_add(self, days: u32) -> Option<Self> {
        self.0.checked_add(days).map(Self)
    }
}

impl Encode for Day {
    fn encode(&self, writer: &mut Writer) {
        writer.u32(self.0);
    }
}

impl Decode for Day {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        reader.u32().map(Self)
    }
}

/// A point in time in unix seconds (`[F3]`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub u64);

impl Timestamp {
    const SECONDS_PER_DAY: u64 = 86_400;

    /// The day this moment lies in; times beyond the last day count as the last day.
    #[must_use]
    pub fn day(self) -> Day {
        let days = self.0.checked_div(Self::SECONDS_PER_DAY).unwrap_or_default();
        Day(u32::try_from(days).unwrap_or(u32::MAX))
    }

    /// The moment so many seconds later, or `None` beyond the range.
    #[must_use]
    pub fn checked_add(self, seconds: u64) -> Option<Self> {
        self.0.checked_add(seconds).map(Self)
    }
}

impl Encode for Timestamp {
    fn encode(&self, writer: &mut Writer) {
        writer.u64(self.0);
    }
}

impl Decode for Timestamp {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        reader.u64().map(Self)
    }
}
