//! Double spends (section 10): two answers of one slot reveal who gave them, and prove it.

use crate::chain::Chain;
use crate::encode::{Decode, Encode, Reader, Writer};
use crate::endorse::{Answer, Digest, Endorsement, Place, State};
use crate::error::{Error, Result};
use crate::group::{Point, Scalar};
use crate::identity::{IdentityKey, Record};
use crate::manifest::Manifest;
use crate::slot::{Commitments, Slot};
use crate::token::TokenId;
use crate::transcript::{Label, h32};

/// One verified endorsement as the table of answers keeps it ([D1]).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// The token it was given for.
    pub token: TokenId,
    /// Who answered, and where.
    pub place: Place,
    /// What the endorsement says.
    pub endorsement: Endorsement,
    /// The answer.
    pub answer: Answer,
}

impl Evidence {
    /// Every endorsement of a chain.
    pub fn of(chain: &Chain) -> impl Iterator<Item = Self> {
        let token = chain.token_id();
        chain.links().iter().map(move |link| Self {
            token,
            place: link.place,
            endorsement: link.endorsement,
            answer: link.answer,
        })
    }

    /// `D`: what was answered.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.place.digest(&self.endorsement)
    }

    /// How this endorsement and another contradict each other, if they do. The same digest is the
    /// same endorsement, and different slots have nothing to do with each other.
    #[must_use]
    pub fn against(&self, other: &Self) -> Option<Offence> {
        if self.place.slot != other.place.slot || self.digest() == other.digest() {
            return None;
        }
        let same = self.token == other.token && self.place == other.place;
        Some(if same { Offence::DoubleSpend } else { Offence::SlotReuse })
    }
}

impl Encode for Evidence {
    fn encode(&self, writer: &mut Writer) {
        writer.put(&self.token);
        writer.put(&self.place.slot);
        writer.u8(self.place.position);
        writer.put(&self.place.state);
        writer.put(&self.endorsement);
        writer.put(&self.answer);
    }
}

impl Decode for Evidence {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        let token = reader.get()?;
        let (slot, position, state) = (reader.get()?, reader.u8()?, reader.get()?);
        let place = Place { slot, position, state };
        Ok(Self { token, place, endorsement: reader.get()?, answer: reader.get()? })
    }
}

/// What two answers of one slot show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offence {
    /// One token passed on twice from the same place: a double spend.
    DoubleSpend,
    /// One slot answered for two tokens or places: reveals the identity, proves no double spend
    /// ([D4]).
    SlotReuse,
}

/// Two contradicting endorsements of one slot, and the slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The slot that answered twice.
    pub slot: Slot,
    /// What it shows.
    pub offence: Offence,
    /// The endorsement that was known.
    pub first: Evidence,
    /// The endorsement that came later.
    pub second: Evidence,
}

/// All contradictions between a verified chain and what is known about its slots, double spends
/// first.
#[must_use]
pub fn conflicts(chain: &Chain, known: &[Evidence]) -> Vec<Conflict> {
    let series = chain.token().series();
    let mut found = Vec::new();
    for (second, body) in Evidence::of(chain).zip(chain.slots()) {
        for first in known {
            if let Some(offence) = first.against(&second) {
                let slot = Slot { series, body: body.clone() };
                let (first, second) = (first.clone(), second.clone());
                found.push(Conflict { slot, offence, first, second });
            }
        }
    }
    found.sort_by_key(|conflict| conflict.offence != Offence::DoubleSpend);
    found
}

impl Conflict {
    /// The identity that both answers reveal ([D2]).
    /// Errors: `E_GUILT` unless the extracted secrets open the slot's commitments.
    pub fn culprit(&self) -> Result<IdentityKey> {
        let answers = [&self.first, &self.second];
        let [first, second] = answers.map(|evidence| (evidence.digest(), evidence.answer));
        extract(&self.slot.body.commitments, first, second)
    }

    /// The proof against the registered owner of the identity ([D3]).
    #[must_use]
    pub fn prove(&self, identity: Point, record: Record) -> DoubleSpendProof {
        DoubleSpendProof {
            offence: self.offence,
            slot: self.slot.clone(),
            first: (&self.first).into(),
            second: (&self.second).into(),
            identity,
            record,
        }
    }
}

/// Solves the two answers for the slot's secrets and opens its commitments with them ([D2]).
fn extract(
    slot: &Commitments,
    first: (Digest, Answer),
    second: (Digest, Answer),
) -> Result<IdentityKey> {
    let ((digest, answer), (other_digest, other)) = (first, second);
    let c = digest.challenge();
    let inverse = c.minus(&other_digest.challenge()).inverse().ok_or(Error::Guilt)?;
    let slope = |a: &Scalar, b: &Scalar| a.minus(b).times(&inverse);
    let (k, rho) = (slope(&answer.z, &other.z), slope(&answer.w, &other.w));
    let (u, delta) = (answer.z.minus(&c.times(&k)), answer.w.minus(&c.times(&rho)));
    let identity = Point::base(&u).map_err(|_| Error::Guilt)?;
    let opens =
        Point::commitment(&u, &delta) == Ok(slot.c0) && Point::commitment(&k, &rho) == Ok(slot.c1);
    if opens { Ok(IdentityKey(identity.bytes())) } else { Err(Error::Guilt) }
}

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
    /// Errors: `E_ENCODING`, here also for an endorsement of no kind ([D3]).
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        Ok(Self {
            state: reader.get()?,
            position: reader.u8()?,
            endorsement: reader.get().map_err(|_| Error::Encoding)?,
            answer: reader.get()?,
        })
    }
}

/// A proof that the owner of an identity answered twice for one slot; anyone can check it ([D3]).
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
        let offence = match reader.u8()? {
            1 => Offence::DoubleSpend,
            2 => Offence::SlotReuse,
            _ => return Err(Error::Encoding),
        };
        let slot = Slot::decode(&mut reader, manifest)?;
        let (first, second) = (reader.get()?, reader.get()?);
        let (identity, record) = (reader.get()?, reader.get()?);
        reader.finish()?;
        Ok(Self { offence, slot, first, second, identity, record })
    }

    /// The hash that is logged.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        h32(Label::Guilt, &[&self.to_bytes()])
    }

    /// Verifies the proof with public knowledge only, in the order of [D3].
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
