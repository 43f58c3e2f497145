//! Evidence, and what it proves.

use super::Bytes;
use super::record::record;
use tender_token::date::Timestamp;
use tender_token::double_spend::{Evidence, Offence};
use tender_token::encode::{Decode, Encode, Reader, Writer};
use tender_token::error::Result;
use tender_token::identity::IdentityKey;
use tender_token::slot::SlotId;

/// What is known about one slot's answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EvidenceList(Vec<Evidence>);

impl EvidenceList {
    /// Two answers prove everything that can be proved about a slot. Whoever has shown this many
    /// for one slot is long convicted, and must not be able to grow a row without end.
    const LENGTH_MAX: usize = 256;

    /// The endorsements, oldest first.
    #[must_use]
    pub fn entries(&self) -> &[Evidence] {
        &self.0
    }

    /// Adds an endorsement unless it is there already. Returns whether the list changed.
    pub fn keep(&mut self, evidence: &Evidence) -> bool {
        let known = self.0.iter().any(|entry| entry.digest() == evidence.digest());
        let new = !known && self.0.len() < Self::LENGTH_MAX;
        if new {
            self.0.push(evidence.clone());
        }
        new
    }
}

impl Encode for EvidenceList {
    fn encode(&self, writer: &mut Writer) {
        writer.list(&self.0);
    }
}

impl Decode for EvidenceList {
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
