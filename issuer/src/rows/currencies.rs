//! What an issuer was founded with and no signed record says.

use tender_token::encode::{Decode, Encode, Reader, Writer};
use tender_token::error::{Error, Result};

/// How many digits people write after the point of an amount. Manifests, the log and the ledger
/// count minor units and have no point, so nothing but this tells a hundred from a thousand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Decimals(u8);

impl Decimals {
    /// So many digits. `None` for more than there can be.
    #[must_use]
    pub const fn new(digits: u8) -> Option<Self> {
        if digits <= 6 { Some(Self(digits)) } else { None }
    }

    /// How many.
    #[must_use]
    pub const fn digits(self) -> u8 {
        self.0
    }
}

impl Encode for Decimals {
    fn encode(&self, writer: &mut Writer) {
        writer.u8(self.0);
    }
}

impl Decode for Decimals {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        Self::new(reader.u8()?).ok_or(Error::Encoding)
    }
}
