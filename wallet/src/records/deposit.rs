//! The journal of depositing.

use super::{CashRecord, read_flag};
use tender_token::encode::{Decode, Encode, Reader, Writer};
use tender_token::error::Result;

/// A deposit under one account reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DepositRecord {
    /// Its tokens, in the order of the items.
    pub items: Vec<CashRecord>,
    /// Whether every item has its final answer.
    pub settled: bool,
}

impl Encode for DepositRecord {
    fn encode(&self, writer: &mut Writer) {
        writer.list(&self.items);
        writer.u8(u8::from(self.settled));
    }
}

impl Decode for DepositRecord {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        Ok(Self { items: reader.list(0..=u16::MAX)?, settled: read_flag(reader)? })
    }
}
