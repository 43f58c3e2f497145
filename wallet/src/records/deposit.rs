//! The journal of depositing.

use super::{read_flag, read_sized};
use tender_token::encode::{Decode, Encode, Reader, Writer};
use tender_token::error::Result;
use tender_token::token::TokenId;

/// One token of a deposit and what its own endorsement to a key is made from (`[C1]`).
#[derive(Clone, PartialEq, Eq)]
pub struct DepositItem {
    /// The token.
    pub token: TokenId,
    /// Seed of the fresh key, or of the key it was received on.
    pub seed: [u8; 32],
    /// Nonce of the endorsement, for tokens on a slot.
    pub nonce: [u8; 32],
    /// The CASH item, once the slot has answered.
    pub item: Option<Vec<u8>>,
}

impl core::fmt::Debug for DepositItem {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "DepositItem({:?}, secrets redacted)", self.token)
    }
}

/// A deposit under one account reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DepositRecord {
    /// Its tokens, in the order of the items.
    pub items: Vec<DepositItem>,
    /// Whether every item has its final answer.
    pub settled: bool,
}

impl Encode for DepositItem {
    fn encode(&self, writer: &mut Writer) {
        writer.put(&self.token);
        writer.put(&self.seed);
        writer.put(&self.nonce);
        writer.sized(self.item.as_deref().unwrap_or_default());
    }
}

impl Decode for DepositItem {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        Ok(Self {
            token: reader.get()?,
            seed: reader.get()?,
            nonce: reader.get()?,
            item: Some(read_sized(reader)?).filter(|item| !item.is_empty()),
        })
    }
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
