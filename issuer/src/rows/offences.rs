//! Where evidence is found, and what it proves.

use super::{Bytes, Count};
use tender_store::record;
use tender_token::date::Timestamp;
use tender_token::double_spend::Offence;
use tender_token::encode::{Decode, Encode, Reader, Writer};
use tender_token::error::Result;
use tender_token::identity::IdentityKey;
use tender_token::slot::SlotId;

record! {
    /// Where an answer of a slot is kept: in which presentation, behind how many endorsements.
    #[derive(Copy)]
    Found {
        /// The presentation's number.
        presentation: Count,
        /// The place of the endorsement in its chain, from 0.
        position: Position,
    }
}

/// How many endorsements come before one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position(pub u8);

impl Encode for Position {
    fn encode(&self, writer: &mut Writer) {
        writer.u8(self.0);
    }
}

impl Decode for Position {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        reader.u8().map(Self)
    }
}

/// Where the answers of one slot are kept, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AnswerList(Vec<Found>);

impl AnswerList {
    /// Two answers prove everything that can be proved about a slot. Whoever has shown this many
    /// for one slot is long convicted, and every later item of that slot is compared with all of
    /// them by the one writer: a longer row would let a cheat keep everybody waiting.
    const LENGTH_MAX: usize = 16;

    /// Where they are.
    #[must_use]
    pub fn entries(&self) -> &[Found] {
        &self.0
    }

    /// Whether another answer would be one too many.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.0.len() >= Self::LENGTH_MAX
    }

    /// Adds an answer.
    pub fn push(&mut self, found: Found) {
        assert!(!self.is_full(), "a full list of answers is not added to");
        self.0.push(found);
    }
}

impl Encode for AnswerList {
    fn encode(&self, writer: &mut Writer) {
        writer.list(&self.0);
    }
}

impl Decode for AnswerList {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        reader.list(0..=u16::MAX).map(Self)
    }
}

record! {
    /// A proved offence.
    Incident {
        /// Whose.
        identity: IdentityKey,
        /// When it was found.
        time: Timestamp,
        /// Canonical bytes of the proof.
        proof: Bytes,
    }
}

record! {
    /// A loss that a guarantee made good.
    #[derive(Copy)]
    Redress {
        /// The item that was refused as a double spend, and was paid all the same.
        presentation: Count,
        /// The double spend that it was lost to.
        incident: Count,
    }
}

/// Everything that guarantees made good for one token, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RedressList(Vec<Redress>);

impl RedressList {
    /// A row must not grow without end.
    const LENGTH_MAX: usize = 256;

    /// What was made good.
    #[must_use]
    pub fn entries(&self) -> &[Redress] {
        &self.0
    }

    /// With one more. `None` if that is too many.
    #[must_use]
    pub fn and(&self, redress: Redress) -> Option<Self> {
        let mut entries = self.0.clone();
        entries.push(redress);
        (entries.len() <= Self::LENGTH_MAX).then_some(Self(entries))
    }
}

impl Encode for RedressList {
    fn encode(&self, writer: &mut Writer) {
        writer.list(&self.0);
    }
}

impl Decode for RedressList {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        reader.list(0..=u16::MAX).map(Self)
    }
}

record! {
    /// Names an offence: what a slot's two answers show.
    #[derive(Copy, PartialOrd, Ord)]
    ConvictionKey {
        /// The slot that answered twice.
        slot: SlotId,
        /// 1 for a double spend, 2 for a reused slot, as in the proof (`[D3]`).
        offence: [u8; 1],
    }
}

impl ConvictionKey {
    /// The name of an offence of a slot.
    #[must_use]
    pub fn new(slot: SlotId, offence: Offence) -> Self {
        let offence = match offence {
            Offence::DoubleSpend => [1],
            Offence::SlotReuse => [2],
        };
        Self { slot, offence }
    }
}
