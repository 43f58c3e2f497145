//! What is kept of a token that is being cashed.

use super::read_sized;
use tender_token::encode::{Decode, Encode, Reader, Writer};
use tender_token::error::Result;
use tender_token::token::TokenId;

/// A token that is being cashed, and what its own endorsement to a key is made from (`[C1]`).
#[derive(Clone, PartialEq, Eq)]
pub struct CashRecord {
    /// The token.
    pub token: TokenId,
    /// Seed of the fresh key, or of the key it was received on.
    pub seed: [u8; 32],
    /// Nonce of the endorsement, for tokens on a slot.
    pub nonce: [u8; 32],
    /// The CASH item, once the slot has answered.
    pub item: Option<Vec<u8>>,
}

impl core::fmt::Debug for CashRecord {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "CashRecord({:?}, secrets redacted)", self.token)
    }
}

impl Encode for CashRecord {
    fn encode(&self, writer: &mut Writer) {
        writer.put(&self.token);
        writer.put(&self.seed);
        writer.put(&self.nonce);
        writer.sized(self.item.as_deref().unwrap_or_default());
    }
}

impl Decode for CashRecord {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        Ok(Self {
            token: reader.get()?,
            seed: reader.get()?,
            nonce: reader.get()?,
            item: Some(read_sized(reader)?).filter(|item| !item.is_empty()),
        })
    }
}
