//! Whom a transfer goes to, as people hand it on.

use tender_token::cash::AccountRef;
use tender_token::encode::{Decode, Encode, Reader, Writer};
use tender_token::error::Result;
use tender_token::identity::RegistrarId;

/// A one-time reference of an account, and who keeps that account: 128 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Payee {
    /// The payee's intermediary.
    pub intermediary: RegistrarId,
    /// The reference that it knows.
    pub account: AccountRef,
}

impl Payee {
    /// Reads what [`Self::text`] wrote. `None` for anything else.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        Self::from_bytes(&hex::decode(text).ok()?).ok()
    }

    /// As it is handed on.
    #[must_use]
    pub fn text(&self) -> String {
        hex::encode(self.to_bytes())
    }
}

impl Encode for Payee {
    fn encode(&self, writer: &mut Writer) {
        writer.put(&self.intermediary);
        writer.put(&self.account);
    }
}

impl Decode for Payee {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        Ok(Self { intermediary: reader.get()?, account: reader.get()? })
    }
}
