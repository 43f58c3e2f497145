//! What goes to accounts outside and comes from them: to be paid or collected by the bank's other
//! systems, each once.

use super::{CustomerId, UnixUser, read_option, write_option};
use tender_store::plain::Count;
use tender_store::record;
use tender_token::amount::Amount;
use tender_token::cash::AccountRef;
use tender_token::date::Day;
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
    /// It came from another intermediary under this reference, is nobody's here and cannot go back
    /// by itself.
    Nobodys(AccountRef),
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
            Self::Nobodys(_) => "nobody's",
        }
    }

    /// The reference under which it came, if only that says whose it may be.
    #[must_use]
    pub fn account(self) -> Option<AccountRef> {
        match self {
            Self::Nobodys(account) => Some(account),
            Self::Waterfall | Self::Closing | Self::ReverseWaterfall | Self::Returned => None,
        }
    }

    /// Whether it comes from the account outside rather than goes there.
    #[must_use]
    pub fn is_inward(self) -> bool {
        match self {
            Self::ReverseWaterfall => true,
            Self::Waterfall | Self::Closing | Self::Returned | Self::Nobodys(_) => false,
        }
    }
}

impl Encode for Cause {
    fn encode(&self, writer: &mut Writer) {
        match self {
            Self::Waterfall => writer.u8(1),
            Self::Closing => writer.u8(2),
            Self::ReverseWaterfall => writer.u8(3),
            Self::Returned => writer.u8(4),
            Self::Nobodys(account) => {
                writer.u8(5);
                writer.put(account);
            }
        }
    }
}

impl Decode for Cause {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        match reader.u8()? {
            1 => Ok(Self::Waterfall),
            2 => Ok(Self::Closing),
            3 => Ok(Self::ReverseWaterfall),
            4 => Ok(Self::Returned),
            5 => reader.get().map(Self::Nobodys),
            _ => Err(Error::Encoding),
        }
    }
}

record! {
    /// That the bank's other systems have paid or collected an amount, and who said so.
    #[derive(Copy)]
    Paid {
        /// The day on which it was said.
        day: Day,
        /// Whose command it was.
        user: UnixUser,
    }
}

/// An amount that left an account for the one that the person's record names, or came from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outside {
    /// Whose, also nobody's.
    pub customer: CustomerId,
    /// How much.
    pub amount: Amount,
    /// Why.
    pub cause: Cause,
    /// Which of the accounts outside in the person's record it goes to or comes from, counted from
    /// 1: the one that was linked then. Another one that is linked later changes nothing of it.
    pub address: Count,
    /// That it was paid or collected, if it was.
    pub paid: Option<Paid>,
}

impl Outside {
    /// An amount that nobody has paid or collected yet.
    #[must_use]
    pub fn open(customer: CustomerId, amount: Amount, cause: Cause, address: Count) -> Self {
        Self { customer, amount, cause, address, paid: None }
    }
}

impl Encode for Outside {
    fn encode(&self, writer: &mut Writer) {
        writer.put(&self.customer);
        writer.put(&self.amount);
        writer.put(&self.cause);
        writer.put(&self.address);
        write_option(writer, self.paid.as_ref());
    }
}

impl Decode for Outside {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        Ok(Self {
            customer: reader.get()?,
            amount: reader.get()?,
            cause: reader.get()?,
            address: reader.get()?,
            paid: read_option(reader)?,
        })
    }
}
