//! What goes to accounts outside and comes from them: to be paid or collected by the bank's other
//! systems, each once.

use super::CustomerId;
use tender_store::record;
use tender_token::amount::Amount;
use tender_token::encode::{Decode, Encode, Reader, Writer};
use tender_token::error::{Error, Result};

/// Counts what goes outside or comes from there from 1.
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

/// Why something goes outside, or comes from there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// It was more than the account may hold.
    Waterfall,
    /// The account was closed, or is.
    Closing,
    /// It came in, to pay what the account did not cover.
    ReverseWaterfall,
    /// It had come in, and what it was to pay did not take place.
    Returned,
}

impl Cause {
    /// The word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Waterfall => "waterfall",
            Self::Closing => "closing",
            Self::ReverseWaterfall => "reverse waterfall",
            Self::Returned => "returned",
        }
    }

    /// Whether it comes from the account outside rather than goes there.
    #[must_use]
    pub fn is_inward(self) -> bool {
        match self {
            Self::ReverseWaterfall => true,
            Self::Waterfall | Self::Closing | Self::Returned => false,
        }
    }
}

impl Encode for Cause {
    fn encode(&self, writer: &mut Writer) {
        writer.u8(match self {
            Self::Waterfall => 1,
            Self::Closing => 2,
            Self::ReverseWaterfall => 3,
            Self::Returned => 4,
        });
    }
}

impl Decode for Cause {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        match reader.u8()? {
            1 => Ok(Self::Waterfall),
            2 => Ok(Self::Closing),
            3 => Ok(Self::ReverseWaterfall),
            4 => Ok(Self::Returned),
            _ => Err(Error::Encoding),
        }
    }
}

record! {
    /// An amount that left an account for the one that the person's record names, or came from it.
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
