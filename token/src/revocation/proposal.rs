//! Proposals: what officers approve before the root revokes it.

use super::Subject;
use crate::encode::{Decode, Encode, Reader, Writer};
use crate::error::{Error, Result};
use crate::policy::Policy;
use crate::signature::PublicKey;
use crate::treasury::{Approvable, Approval, check_approvals};

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

impl Approvable for Proposal {
    const PREFIX: &'static [u8] = b"tender/revocation/v1/";
}

impl Proposal {
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
        check_approvals(&self, approvals, policy)?;
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
        reader.version(VERSION)?;
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
