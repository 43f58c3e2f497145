//! Trust: the signed manifest and its policy.

use crate::{Malformed, wire};
use tender_token::encode::{Decode, Encode};
use tender_token::error::Error;
use tender_token::manifest::{Manifest, Strictness};
use tender_token::policy::Policy;
use tender_token::signature::{PublicKey, Signature};

/// A manifest with its policy and the root's signature, not yet verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trust {
    /// Canonical bytes of the manifest.
    pub manifest: Vec<u8>,
    /// The root's signature.
    pub signature: Signature,
    /// The policy that the manifest names.
    pub policy: Policy,
}

impl Trust {
    /// Verifies everything under the root's key, as production does.
    /// Errors: `E_ENCODING`, `E_MANIFEST`.
    pub fn verify(&self, root: &PublicKey) -> Result<Manifest, Error> {
        let strictness = Strictness::Production;
        Manifest::verify(&self.manifest, &self.signature, root, &self.policy, strictness)
    }
}

impl From<Trust> for wire::TrustReply {
    fn from(trust: Trust) -> Self {
        Self {
            manifest: trust.manifest,
            signature: trust.signature.to_bytes(),
            policy: trust.policy.to_bytes(),
        }
    }
}

impl TryFrom<wire::TrustReply> for Trust {
    type Error = Malformed;

    fn try_from(reply: wire::TrustReply) -> Result<Self, Malformed> {
        let signature = Signature::from_bytes(&reply.signature);
        let policy = Policy::from_bytes(&reply.policy);
        Ok(Self {
            manifest: reply.manifest,
            signature: signature.map_err(Malformed::field("signature"))?,
            policy: policy.map_err(Malformed::field("policy"))?,
        })
    }
}
