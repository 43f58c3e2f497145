//! Refusals that are final.

use super::SessionKey;
use sha2::{Digest, Sha256};
use tender_proto::refusal::Refusal;
use tender_store::record;
use tender_token::date::Timestamp;
use tender_token::encode::{Decode, Encode, Reader, Writer};
use tender_token::error::{Error, Result};
use tender_token::identity::RegistrarId;

/// What was asked for, among what one intermediary asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Asked {
    /// A withdrawal.
    Withdrawal(SessionKey),
    /// A transfer of this id.
    Transfer([u8; 32]),
}

impl Encode for Asked {
    fn encode(&self, writer: &mut Writer) {
        match self {
            Self::Withdrawal(session) => {
                writer.u8(1);
                writer.put(session);
            }
            Self::Transfer(id) => {
                writer.u8(2);
                writer.bytes(id);
            }
        }
    }
}

impl Decode for Asked {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        match reader.u8()? {
            1 => reader.get().map(Self::Withdrawal),
            2 => reader.array().map(Self::Transfer),
            _ => Err(Error::Encoding),
        }
    }
}

record! {
    /// Names a refusal, those first that are forgotten first. Nobody can spoil what somebody else
    /// will ask for.
    #[derive(Copy, PartialOrd, Ord)]
    RefusedKey {
        /// Until when it can be carried out unless it is refused: the last second of a withdrawal.
        until: Timestamp,
        /// Who was refused.
        caller: RegistrarId,
        /// What.
        asked: Asked,
    }
}

/// SHA-256 of a request's content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContentDigest([u8; 32]);

impl ContentDigest {
    /// The digest of canonical bytes.
    #[must_use]
    pub fn of(content: &[u8]) -> Self {
        Self(Sha256::digest(content).into())
    }
}

impl Encode for ContentDigest {
    fn encode(&self, writer: &mut Writer) {
        writer.bytes(&self.0);
    }
}

impl Decode for ContentDigest {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        reader.array().map(Self)
    }
}

record! {
    /// A refusal, for as long as it is kept.
    Refused {
        /// Of what content.
        content: ContentDigest,
        /// What the caller hears whenever it asks.
        refusal: Refusal,
    }
}
