//! What the wallet has seen of other people's slots.

use super::{read_error, read_sized};
use tender_token::encode::{Decode, Encode, Reader, Writer};
use tender_token::endorse::Place;
use tender_token::error::{Error, Result};
use tender_token::payment::KnownAnswer;

/// Answers of one slot, in received chains.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SeenAnswers(pub Vec<KnownAnswer>);

impl Encode for SeenAnswers {
    fn encode(&self, writer: &mut Writer) {
        writer.u16(u16::try_from(self.0.len()).expect("a slot answers a few times at most"));
        for known in &self.0 {
            writer.put(&known.token);
            writer.put(&known.place.slot);
            writer.u8(known.place.position);
            writer.put(&known.place.state);
            writer.put(&known.digest);
        }
    }
}

impl Decode for SeenAnswers {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        let known = |reader: &mut Reader<'_>| {
            let token = reader.get()?;
            let (slot, position, state) = (reader.get()?, reader.u8()?, reader.get()?);
            let place = Place { slot, position, state };
            Ok(KnownAnswer { token, place, digest: reader.get()? })
        };
        let count = reader.u16()?;
        (0..count).map(|_| known(reader)).collect::<Result<_>>().map(Self)
    }
}

/// A payment that was refused because it contradicts what was seen (`[P4]` 13).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// Why it was refused.
    pub error: Error,
    /// The payment's bytes.
    pub payment: Vec<u8>,
}

impl Encode for Evidence {
    fn encode(&self, writer: &mut Writer) {
        writer.u8(self.error.number());
        writer.sized(&self.payment);
    }
}

impl Decode for Evidence {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        Ok(Self { error: read_error(reader)?, payment: read_sized(reader)? })
    }
}
