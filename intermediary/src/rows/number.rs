//! Running numbers.

use tender_token::encode::{Decode, Encode, Reader, Writer};
use tender_token::error::Result;

/// Running number of a manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Epoch(pub u32);

impl Encode for Epoch {
    fn encode(&self, writer: &mut Writer) {
        writer.u32(self.0);
    }
}

impl Decode for Epoch {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        reader.u32().map(Self)
    }
}
