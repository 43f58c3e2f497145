//! What goes to accounts outside: to be paid by the bank's other systems, each once.

use super::CustomerId;
use tender_store::record;
use tender_token::amount::Amount;
use tender_token::encode::{Decode, Encode, Reader, Writer};
use tender_token::error::{Error, Result};

/// Counts what goes outside from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct OutsideNumber(pub u64);

impl Encode for OutsideNumber {
    fn encode(&self, writer: &mut Writer) {
        writer.u64(self.0);
    }
}

impl Decode for OutsideNumber {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        reader.u64().map(Self)
    }
}

/// Why something goes outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// It was more than the account may hold.
    Waterfall,
    /// The account was closed, or is.
    Closing,
}

impl Cause {
    /// The word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Waterfall => "waterfall",
            Self::Closing => "closing",
        }
    }
}

impl Encode for Cause {
    fn encode(&self, writer: &mut Writer) {
        writer.u8(match self {
            Self::Waterfall => 1,
            Self::Closing => 2,
        });
    }
}

impl Decode for Cause {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        match reader.u8()? {
            1 => Ok(Self::Waterfall),
            2 => Ok(Self::Closing),
            _ => Err(Error::Encoding),
        }
    }
}

record! {
    /// An amount that left an account for the one that the person's record names.
    #[derive(Copy)]
    Outside {
        /// Whose.
        customer: CustomerId,
        /// How much.
        amount: Amount,
        /// Why.
        cause: Cause,
    }
}
