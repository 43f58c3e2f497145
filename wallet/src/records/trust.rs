//! What the wallet trusts, with the signature it trusts it for.

use super::{read_option, read_sized, write_option};
use tender_proto::trust::Trust;
use tender_token::encode::{Decode, Encode, Reader, Writer};
use tender_token::error::Result;
use tender_token::manifest::ManifestHash;

/// The newest manifest, and the name of the one before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustRecord {
    /// Manifest, signature and policy.
    pub trust: Trust,
    /// The manifest held before this one.
    pub previous: Option<ManifestHash>,
}

impl Encode for TrustRecord {
    fn encode(&self, writer: &mut Writer) {
        writer.sized(&self.trust.manifest);
        writer.put(&self.trust.signature);
        writer.put(&self.trust.policy);
        write_option(writer, self.previous.as_ref());
    }
}

impl Decode for TrustRecord {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        let trust = Trust {
            manifest: read_sized(reader)?,
            signature: reader.get()?,
            policy: reader.get()?,
        };
        Ok(Self { trust, previous: read_option(reader)? })
    }
}
