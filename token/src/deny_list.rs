//! The deny list: tokens and slots that a payee does not accept (`[P4]` 7). It stops no payment at
//! the issuer (`[C2]`).

use crate::encode::{Decode, Encode, Reader, Writer};
use crate::error::{Error, Result};
use crate::slot::SlotId;
use crate::token::TokenId;
use std::collections::BTreeSet;

/// Ids of tokens and slots in ascending order; both are hashes, so that they share one list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DenyList(BTreeSet<[u8; 32]>);

impl DenyList {
    /// Denies a token.
    pub fn deny_token(&mut self, token: TokenId) {
        self.0.insert(token.0);
    }

    /// Denies every token that is in a slot or passed through it (`[D2]`).
    pub fn deny_slot(&mut self, slot: SlotId) {
        self.0.insert(slot.0);
    }

    /// All ids, as [`Acceptance`](crate::payment::Acceptance) wants them.
    #[must_use]
    pub fn ids(&self) -> &BTreeSet<[u8; 32]> {
        &self.0
    }
}

/// `u32 n` and the ids in ascending order.
impl Encode for DenyList {
    fn encode(&self, writer: &mut Writer) {
        writer.u32(u32::try_from(self.0.len()).expect("a list of 128 GiB is never made"));
        for id in &self.0 {
            writer.put(id);
        }
    }
}

impl Decode for DenyList {
    /// Errors: `E_ENCODING`, also unless the ids ascend.
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        let mut ids = BTreeSet::new();
        for _ in 0..reader.u32()? {
            let id = reader.array()?;
            if ids.last().is_some_and(|last| *last >= id) {
                return Err(Error::Encoding);
            }
            ids.insert(id);
        }
        Ok(Self(ids))
    }
}
