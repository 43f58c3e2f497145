//! Proposals: what officers approve before the root revokes it.

use super::Subject;
use crate::encode::{Decode, Encode, Reader, Writer};
use crate::error::{Error, Result};
use crate::policy::Policy;
use crate::signature::PublicKey;
use crate::treasury::{Approval, check_approvals};
use sha2::{Digest, Sha512};

const PREFIX: &[u8] = b"tender/revocation/v1/";
const VERSION: u8 = 1;

/// What shall be revoked, and at which issuer: 66 bytes.
///
/// It has no date and no epoch, so that officers can approve it ahead and keep the approvals where
/// an emergency finds them: a revocation takes effect once and for good, so there is nothing to
/// play again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// `issuer_pk` of the issuer's manifests.
    pub issuer: PublicKey,
    /// What shall be revoked.
    pub subject: Subject,
}

impl Proposal {
    /// What officers sign: SHA-512 over the prefix `tender/revocation/v1/` and the canonical bytes.
    #[must_use]
    pub fn digest(&self) -> [u8; 64] {
        let mut hash = Sha512::new();
        hash.update(PREFIX);
        hash.update(self.to_bytes());
        hash.finalize().into()
    }

    /// Checks that the proposal is for this issuer, and that enough officers of the policy in force
    /// have approved it. Errors: `E_AUTH`.
    pub fn verify(
        self,
        issuer: &PublicKey,
        policy: &Policy,
        approvals: &[Approval],
    ) -> Result<ApprovedRevocation> {
        if self.issuer != *issuer {
            return Err(Error::Auth);
        }
        check_approvals(&self.digest(), approvals, policy)?;
        Ok(ApprovedRevocation(self.subject))
    }
}

impl Encode for Proposal {
    fn encode(&self, writer: &mut Writer) {
        writer.u8(VERSION);
        writer.put(&self.issuer);
        writer.put(&self.subject);
    }
}

impl Decode for Proposal {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        if reader.u8()? != VERSION {
            return Err(Error::Encoding);
        }
        Ok(Self { issuer: reader.get()?, subject: reader.get()? })
    }
}

/// What enough officers have agreed to revoke: what the root may sign. Only [`Proposal::verify`]
/// makes one.
#[derive(Clone, Copy, Debug)]
pub struct ApprovedRevocation(Subject);

impl ApprovedRevocation {
    /// What shall be revoked.
    #[must_use]
    pub fn subject(&self) -> Subject {
        self.0
    }
}
