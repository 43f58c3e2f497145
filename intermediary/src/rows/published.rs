//! The manifest that is held, as it was published.

use tender_proto::trust::Trust;
use tender_token::encode::{Decode, Encode, Reader, Writer};
use tender_token::error::Result;

/// Manifest, signature and policy. Verified again whenever they are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published(pub Trust);

impl Encode for Published {
    fn encode(&self, writer: &mut Writer) {
        writer.sized(&self.0.manifest);
        writer.put(&self.0.signature);
        writer.put(&self.0.policy);
    }
}

impl Decode for Published {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        let manifest = reader.sized()?.to_vec();
        Ok(Self(Trust { manifest, signature: reader.get()?, policy: reader.get()? }))
    }
}
