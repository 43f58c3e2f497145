//! Revocations (`[X1]`): the root ends a denomination, a series or everything, at once.
//!
//! Whoever has the root's key cannot do so alone: the issuer's own root signs an
//! [`ApprovedRevocation`] only, which officers of the policy in force make of a [`Proposal`].

mod proposal;

pub use proposal::{ApprovedRevocation, Proposal};

use crate::date::Day;
use crate::encode::{Decode, Encode, Reader, Writer};
use crate::error::{Error, Result};
use crate::series::{DenominationId, SeriesId};
use crate::signature::{PublicKey, SecretKey, Signature};
use crate::transcript::Label;

const NO_ID: [u8; 32] = [0; 32];

/// What is revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// One denomination: its value key is compromised (`[X2]`).
    Denomination(DenominationId),
    /// A series with all its denominations: its slot key is compromised (`[X3]`).
    Series(SeriesId),
    /// Everything, by an id of zeros.
    Everything,
}

impl Encode for Subject {
    fn encode(&self, writer: &mut Writer) {
        let (what, id) = match self {
            Self::Denomination(id) => (1, id.0),
            Self::Series(id) => (2, id.0),
            Self::Everything => (3, NO_ID),
        };
        writer.u8(what);
        writer.put(&id);
    }
}

impl Decode for Subject {
    /// Errors: `E_ENCODING`, also if everything is revoked under an id.
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        let (what, id) = (reader.u8()?, reader.array()?);
        match (what, id) {
            (1, id) => Ok(Self::Denomination(DenominationId(id))),
            (2, id) => Ok(Self::Series(SeriesId(id))),
            (3, NO_ID) => Ok(Self::Everything),
            _ => Err(Error::Encoding),
        }
    }
}

/// What the root signs, and the log keeps: 41 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revocation {
    /// The manifest it belongs to, by its running number.
    pub epoch: u32,
    /// What is revoked.
    pub subject: Subject,
    /// The day of the revocation.
    pub day: Day,
}

impl Revocation {
    /// Signs the revocation with the root's key.
    #[must_use]
    pub fn sign(self, root: &SecretKey) -> SignedRevocation {
        let signature = root.sign(Label::Revocation, &[&self.to_bytes()]);
        SignedRevocation { revocation: self, signature }
    }
}

impl Encode for Revocation {
    fn encode(&self, writer: &mut Writer) {
        writer.u32(self.epoch);
        writer.put(&self.subject);
        writer.put(&self.day);
    }
}

impl Decode for Revocation {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        Ok(Self { epoch: reader.u32()?, subject: reader.get()?, day: reader.get()? })
    }
}

/// A revocation with the root's signature over `X("revocation", ...)`: 105 bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedRevocation {
    revocation: Revocation,
    signature: Signature,
}

impl SignedRevocation {
    /// What it says, whoever signed it.
    #[must_use]
    pub fn stated(&self) -> &Revocation {
        &self.revocation
    }

    /// Verifies the root's signature. Errors: `E_AUTH`.
    pub fn verify(&self, root: &PublicKey) -> Result<VerifiedRevocation> {
        root.verify(Label::Revocation, &[&self.revocation.to_bytes()], &self.signature)?;
        Ok(VerifiedRevocation(self.revocation))
    }
}

impl Encode for SignedRevocation {
    fn encode(&self, writer: &mut Writer) {
        writer.put(&self.revocation);
        writer.put(&self.signature);
    }
}

impl Decode for SignedRevocation {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        Ok(Self { revocation: reader.get()?, signature: reader.get()? })
    }
}

/// Evidence that the root has revoked something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VerifiedRevocation(Revocation);

impl VerifiedRevocation {
    /// What was verified.
    #[must_use]
    pub fn revocation(&self) -> &Revocation {
        &self.0
    }

    /// Whether a series with its slots may no longer be accepted.
    #[must_use]
    pub fn ends_series(&self, series: SeriesId) -> bool {
        match self.0.subject {
            Subject::Denomination(_) => false,
            Subject::Series(revoked) => revoked == series,
            Subject::Everything => true,
        }
    }

    /// Whether a denomination of this series may no longer be accepted.
    #[must_use]
    pub fn ends_denomination(&self, denomination: DenominationId, series: SeriesId) -> bool {
        self.0.subject == Subject::Denomination(denomination) || self.ends_series(series)
    }
}
