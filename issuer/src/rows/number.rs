//! Running numbers.

use tender_token::encode::{Decode, Encode, Reader, Writer};
use tender_token::error::{Error, Result};

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
