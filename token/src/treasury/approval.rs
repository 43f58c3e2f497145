//! Approvals: officers sign an instruction, and enough of them make it one to act on.

use super::Instruction;
use crate::bounds::INSTRUCTION_LIFETIME_S;
use crate::ceremony;
use crate::date::Timestamp;
use crate::encode::{Decode, Encode, Reader, Writer};
use crate::error::{Error, Result};
use crate::manifest::ManifestHash;
use crate::policy::Policy;
use crate::revocation;
use crate::rollback;
use crate::signature::{PublicKey, SecretKey, Signature};
use std::collections::BTreeSet;

/// An officer's secret key: wiped on drop, not clonable, not printable.
#[derive(Debug)]
pub struct Officer(SecretKey);

impl Officer {
    /// The officer of a 32-byte seed (RFC 8032, 5.1.5).
    #[must_use]
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(SecretKey::from_seed(seed))
    }

    /// The public key, as the policy lists it.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        self.0.public()
    }

    /// Approves a manifest before the root signs it. The same officer gives the same bytes again.
    #[must_use]
    pub fn approve_manifest(&self, manifest: &ManifestHash) -> Approval {
        let signature = self.0.sign_digest(&ceremony::digest(manifest));
        Approval { officer: self.public(), signature }
    }

    /// Approves a revocation before the root signs it. The same officer gives the same bytes again.
    #[must_use]
    pub fn approve_revocation(&self, proposal: &revocation::Proposal) -> Approval {
        Approval { officer: self.public(), signature: self.0.sign_digest(&proposal.digest()) }
    }

    /// Approves that an issuer goes on from an older copy. The same officer gives the same bytes
    /// again.
    #[must_use]
    pub fn approve_rollback(&self, proposal: &rollback::Proposal) -> Approval {
        Approval { officer: self.public(), signature: self.0.sign_digest(&proposal.digest()) }
    }

    /// Approves an instruction. The same officer gives the same bytes again.
    #[must_use]
    pub fn approve(&self, instruction: &Instruction) -> Approval {
        Approval { officer: self.public(), signature: self.0.sign_digest(&instruction.digest()) }
    }
}

/// One officer's signature under an instruction, a manifest, a revocation or a rollback: 96 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Approval {
    /// Who approves.
    pub officer: PublicKey,
    /// Over [`Instruction::digest`], [`ceremony::digest`], [`revocation::Proposal::digest`] or
    /// [`rollback::Proposal::digest`].
    pub signature: Signature,
}

impl Encode for Approval {
    fn encode(&self, writer: &mut Writer) {
        writer.put(&self.officer);
        writer.put(&self.signature);
    }
}

impl Decode for Approval {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        Ok(Self { officer: reader.get()?, signature: reader.get()? })
    }
}

/// An instruction with its approvals, not yet verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submission {
    /// What shall be done.
    pub instruction: Instruction,
    /// Who approves; at most 255.
    pub approvals: Vec<Approval>,
}

impl Submission {
    /// Checks that the instruction is for this issuer, whose policy has the currency, that the
    /// amount is above zero, that the instruction is neither past its expiry nor valid for longer
    /// than the bound, and that every approval is by another officer of the policy, at least
    /// `officers_k` in all. A policy that asks for no approval approves nothing.
    /// Errors, in this order: `E_PLAN`, `E_AMOUNT`, `E_REQUEST_EXPIRED`, `E_AUTH`.
    pub fn verify(self, issuer: &PublicKey, policy: &Policy, now: Timestamp) -> Result<Approved> {
        let Instruction { currency, amount, expiry, .. } = self.instruction;
        policy
            .limits(currency)
            .filter(|_| self.instruction.issuer == *issuer)
            .ok_or(Error::Plan)?;
        if amount.is_zero() {
            return Err(Error::Amount);
        }
        let latest = now.0.saturating_add(INSTRUCTION_LIFETIME_S);
        if expiry < now || expiry.0 > latest {
            return Err(Error::RequestExpired);
        }
        self.verify_approvals(issuer, policy)?;
        Ok(Approved(self))
    }

    /// Whether the officers of a policy approved this for this issuer, whatever else it says and
    /// whenever it is read: what a later reader of the log checks. Errors: `E_AUTH`.
    pub fn verify_approvals(&self, issuer: &PublicKey, policy: &Policy) -> Result<()> {
        if self.instruction.issuer != *issuer {
            return Err(Error::Auth);
        }
        check_approvals(&self.instruction.digest(), &self.approvals, policy)
    }
}

/// Whether every approval of a digest is by another officer of the policy, at least `officers_k` in
/// all. A policy that asks for no approval approves nothing. Errors: `E_AUTH`.
pub(crate) fn check_approvals(
    digest: &[u8; 64],
    approvals: &[Approval],
    policy: &Policy,
) -> Result<()> {
    let mut approved = BTreeSet::new();
    for Approval { officer, signature } in approvals {
        if !policy.officers.contains(officer) || !approved.insert(*officer) {
            return Err(Error::Auth);
        }
        officer.verify_digest(digest, signature)?;
    }
    let enough = approved.len() >= usize::from(policy.officers_k) && policy.officers_k > 0;
    if enough { Ok(()) } else { Err(Error::Auth) }
}

impl Encode for Submission {
    fn encode(&self, writer: &mut Writer) {
        writer.put(&self.instruction);
        let count = u8::try_from(self.approvals.len());
        writer.u8(count.expect("a policy lists at most 255 officers"));
        for approval in &self.approvals {
            writer.put(approval);
        }
    }
}

impl Decode for Submission {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        let instruction = reader.get()?;
        let count = reader.u8()?;
        let approvals: Result<_> = (0..count).map(|_| reader.get()).collect();
        Ok(Self { instruction, approvals: approvals? })
    }
}

/// A supply instruction that enough officers have approved. Only [`Submission::verify`] makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approved(Submission);

impl Approved {
    /// What shall be done.
    #[must_use]
    pub fn instruction(&self) -> &Instruction {
        &self.0.instruction
    }

    /// The instruction with the approvals that were verified.
    #[must_use]
    pub fn submission(&self) -> &Submission {
        &self.0
    }
}
