//! Double spends (section 10): two answers of one slot reveal who gave them, and prove it.

mod dated;
mod exhibit;
mod proof;

pub use dated::counts;
pub use exhibit::Exhibit;
pub use proof::{DoubleSpendProof, Statement};

use crate::chain::Chain;
use crate::encode::{Decode, Encode, Reader, Writer};
use crate::endorse::{Answer, Digest, Endorsement, Place};
use crate::error::{Error, Result};
use crate::group::{Point, Scalar};
use crate::identity::{IdentityKey, Record};
use crate::slot::{Commitments, Slot};
use crate::token::TokenId;

/// One endorsement as the table of answers keeps it (`[D1]`). Verifying it comes before keeping it:
/// [`Conflict::culprit`] and [`DoubleSpendProof::verify`] believe nothing that is said here.
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
    /// (`[D4]`).
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

/// Only the double spends among the contradictions: a slot that also answered for another token
/// accuses nobody of one (`[D4]`).
#[must_use]
pub fn double_spends(chain: &Chain, known: &[Evidence]) -> Vec<Conflict> {
    let mut found = conflicts(chain, known);
    found.retain(|conflict| conflict.offence == Offence::DoubleSpend);
    found
}

impl Conflict {
    /// The identity that both answers reveal (`[D2]`).
    /// Errors: `E_GUILT` unless the extracted secrets open the slot's commitments.
    pub fn culprit(&self) -> Result<IdentityKey> {
        let answers = [&self.first, &self.second];
        let [first, second] = answers.map(|evidence| (evidence.digest(), evidence.answer));
        extract(&self.slot.body.commitments, first, second)
    }

    /// The proof against the registered owner of the identity (`[D3]`).
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

/// Solves the two answers for the slot's secrets and opens its commitments with them (`[D2]`).
/// Whoever answered twice has published them, so nothing here is secret any more (`[D5]`).
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
