//! Approvals: officers sign an instruction, and enough of them make it one to act on.

use super::Instruction;
use crate::bounds::INSTRUCTION_LIFETIME_S;
use crate::date::Timestamp;
use crate::encode::{Decode, Encode, Reader, Writer};
use crate::error::{Error, Result};
use crate::policy::Policy;
use crate::signature::{PublicKey, SecretKey, Signature};
use sha2::{Digest, Sha512};
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

    /// Approves something. The same officer gives the same bytes again.
    #[must_use]
    pub fn approve(&self, what: &impl Approvable) -> Approval {
        Approval { officer: self.public(), signature: self.0.sign_digest(&what.digest()) }
    }
}

/// What officers approve: an instruction, a manifest, a revocation, a rollback.
pub trait Approvable: Encode {
    /// Tells the kinds apart, so that an approval of one is none of another.
    const PREFIX: &'static [u8];

    /// What officers sign: SHA-512 over the prefix and the canonical bytes.
    #[must_use]
    fn digest(&self) -> [u8; 64] {
        let mut hash = Sha512::new();
        hash.update(Self::PREFIX);
        hash.update(self.to_bytes());
        hash.finalize().into()
    }
}

/// One officer's signature under an instruction, a manifest, a revocation or a rollback: 96 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Approval {
    /// Who approves.
    pub officer: PublicKey,
    /// Over [`Approvable::digest`].
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
        check_approvals(&self.instruction, &self.approvals, policy)
    }
}

/// Whether every approval is by another officer of the policy, at least `officers_k` in all. A
/// policy that asks for no approval approves nothing. Errors: `E_AUTH`.
pub(crate) fn check_approvals(
    what: &impl Approvable,
    approvals: &[Approval],
    policy: &Policy,
) -> Result<()> {
    let (digest, mut approved) = (what.digest(), BTreeSet::new());
    for Approval { officer, signature } in approvals {
        if !policy.officers.contains(officer) || !approved.insert(*officer) {
            return Err(Error::Auth);
        }
        officer.verify_digest(&digest, signature)?;
    }
    let enough = approved.len() >= usize::from(policy.officers_k) && policy.officers_k > 0;
    if enough { Ok(()) } else { Err(Error::Auth) }
}

impl Encode for Submission {
    fn encode(&self, writer: &mut Writer) {
        writer.put(&self.instruction);
        put_approvals(writer, &self.approvals);
    }
}

impl Decode for Submission {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        Ok(Self { instruction: reader.get()?, approvals: get_approvals(reader)? })
    }
}

/// Appends `u8 n` and the approvals.
pub(crate) fn put_approvals(writer: &mut Writer, approvals: &[Approval]) {
    let count = u8::try_from(approvals.len());
    writer.u8(count.expect("a policy lists at most 255 officers"));
    for approval in approvals {
        writer.put(approval);
    }
}

/// Reads `u8 n` and the approvals. Errors: `E_ENCODING`.
pub(crate) fn get_approvals(reader: &mut Reader<'_>) -> Result<Vec<Approval>> {
    let count = reader.u8()?;
    (0..count).map(|_| reader.get()).collect()
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
