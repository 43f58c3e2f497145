//! What the wallet trusts, with the signatures it trusts it for.

use tender_proto::trust::{Notices, Trust};
use tender_token::encode::{Decode, Encode, Reader, Writer};
use tender_token::error::Result;

/// The newest manifest, and what was published beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustRecord {
    /// Manifest, signature and policy.
    pub trust: Trust,
    /// What was revoked and denied.
    pub notices: Notices,
}

impl Encode for TrustRecord {
    fn encode(&self, writer: &mut Writer) {
        writer.put(&self.trust);
        writer.put(&self.notices);
    }
}

impl Decode for TrustRecord {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        Ok(Self { trust: reader.get()?, notices: reader.get()? })
    }
}
