//! Purchases: what was ordered for the vault, for the issuer's operators to distribute.

use super::{PostingNumber, read_option, write_option};
use tender_token::amount::Amount;
use tender_token::date::Timestamp;
use tender_token::encode::{Decode, Encode, Reader, Writer};
use tender_token::error::Result;

/// Counts the purchases from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PurchaseNumber(pub u64);

impl Encode for PurchaseNumber {
    fn encode(&self, writer: &mut Writer) {
        writer.u64(self.0);
    }
}

impl Decode for PurchaseNumber {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        reader.u64().map(Self)
    }
}

/// An order for currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Purchase {
    /// When it was ordered.
    pub time: Timestamp,
    /// How much.
    pub amount: Amount,
    /// The posting by which the vault was low no more; the order is open until then.
    pub met: Option<PostingNumber>,
}

impl Encode for Purchase {
    fn encode(&self, writer: &mut Writer) {
        writer.put(&self.time);
        writer.put(&self.amount);
        write_option(writer, self.met.as_ref());
    }
}

impl Decode for Purchase {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        Ok(Self { time: reader.get()?, amount: reader.get()?, met: read_option(reader)? })
    }
}
