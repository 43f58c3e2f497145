//! The proof of a double spend, which anyone can check (`[D3]`).

use super::{Evidence, Offence, extract};
use crate::encode::{Decode, Encode, Reader, Writer};
use crate::endorse::{Answer, Endorsement, Place, State};
use crate::error::{Error, Result};
use crate::group::Point;
use crate::identity::{IdentityKey, Record};
use crate::manifest::Manifest;
use crate::slot::Slot;
use crate::transcript::{Label, h32};

/// One of the two endorsements inside a proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Statement {
    /// The token's state before.
    pub state: State,
    /// How many endorsements came before.
    pub position: u8,
    /// What the endorsement says.
    pub endorsement: Endorsement,
    /// The answer.
    pub answer: Answer,
}

impl From<&Evidence> for Statement {
    fn from(evidence: &Evidence) -> Self {
        let Place { position, state, .. } = evidence.place;
        Self { state, position, endorsement: evidence.endorsement, answer: evidence.answer }
    }
}

impl Encode for Statement {
    fn encode(&self, writer: &mut Writer) {
        writer.put(&self.state);
        writer.u8(self.position);
        writer.put(&self.endorsement);
        writer.put(&self.answer);
    }
}

impl Decode for Statement {
    /// Errors: `E_ENCODING`, here also for an endorsement of no kind (`[D3]`).
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        Ok(Self {
            state: reader.get()?,
            position: reader.u8()?,
            endorsement: reader.get().map_err(|_| Error::Encoding)?,
            answer: reader.get()?,
        })
    }
}

/// A proof that the owner of an identity answered twice for one slot; anyone can check it (`[D3]`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DoubleSpendProof {
    /// What it proves.
    pub offence: Offence,
    /// The slot that answered twice.
    pub slot: Slot,
    /// One answer.
    pub first: Statement,
    /// The other.
    pub second: Statement,
    /// `U`.
    pub identity: Point,
    /// Who registered it.
    pub record: Record,
}

impl DoubleSpendProof {
    /// Reads a proof that is all of `bytes`.
    /// Errors: `E_CERT` for an unknown slot key, `E_ENCODING`.
    pub fn from_bytes(bytes: &[u8], manifest: &Manifest) -> Result<Self> {
        let mut reader = Reader::new(bytes);
        let proof = Self::decode(&mut reader, manifest)?;
        reader.finish()?;
        Ok(proof)
    }

    /// Reads a proof. Errors: those of [`Self::from_bytes`].
    pub(super) fn decode(reader: &mut Reader<'_>, manifest: &Manifest) -> Result<Self> {
        let offence = match reader.u8()? {
            1 => Offence::DoubleSpend,
            2 => Offence::SlotReuse,
            _ => return Err(Error::Encoding),
        };
        let slot = Slot::decode(reader, manifest)?;
        let (first, second) = (reader.get()?, reader.get()?);
        let (identity, record) = (reader.get()?, reader.get()?);
        Ok(Self { offence, slot, first, second, identity, record })
    }

    /// The hash that is logged.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        h32(Label::Guilt, &[&self.to_bytes()])
    }

    /// Verifies the proof with public knowledge only, in the order of `[D3]`.
    /// Errors: `E_GUILT`, `E_CERT`, `E_RESPONSE`, `E_POP`, `E_AUTH`.
    pub fn verify(&self, manifest: &Manifest) -> Result<()> {
        let same_place =
            self.first.state == self.second.state && self.first.position == self.second.position;
        if same_place != (self.offence == Offence::DoubleSpend) {
            return Err(Error::Guilt);
        }
        self.slot.verify(manifest)?;
        let slot = &self.slot.body.commitments;
        let digest = |statement: &Statement| {
            let Statement { position, state, ref endorsement, .. } = *statement;
            Place { slot: self.slot.id(), position, state }.digest(endorsement)
        };
        let (first, second) = (digest(&self.first), digest(&self.second));
        if first == second {
            return Err(Error::Guilt);
        }
        self.first.answer.verify(&first, slot)?;
        self.second.answer.verify(&second, slot)?;
        let culprit = extract(slot, (first, self.first.answer), (second, self.second.answer))?;
        if culprit != IdentityKey(self.identity.bytes()) {
            return Err(Error::Guilt);
        }
        self.record.verify(&self.identity)
    }
}

impl Encode for DoubleSpendProof {
    fn encode(&self, writer: &mut Writer) {
        writer.u8(match self.offence {
            Offence::DoubleSpend => 1,
            Offence::SlotReuse => 2,
        });
        writer.put(&self.slot);
        writer.put(&self.first);
        writer.put(&self.second);
        writer.put(&self.identity);
        writer.put(&self.record);
    }
}
