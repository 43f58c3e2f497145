//! Intermediaries, and what circulates.

use super::{Count, Name};
use sha2::{Digest, Sha256};
use tender_store::record;
use tender_token::amount::Amount;
use tender_token::date::Timestamp;
use tender_token::encode::{Decode, Encode, Reader, Writer};
use tender_token::error::{Error, Result};
use tender_token::identity::RegistrarId;
use tender_token::withdraw::Output;

record! {
    /// An intermediary that was admitted.
    Intermediary {
        /// Its name, unique among intermediaries.
        name: Name,
        /// SHA-256 of the certificate it calls with.
        fingerprint: [u8; 32],
        /// The most that its vault may hold after a distribution, in minor units.
        quota: Amount,
        /// Whether it may call.
        standing: Membership,
    }
}

/// Whether an intermediary may call. What its holders have is accepted from others in any case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Membership {
    /// It may.
    Admitted,
    /// It may not, since this time.
    Suspended(Timestamp),
}

impl Encode for Membership {
    fn encode(&self, writer: &mut Writer) {
        match self {
            Self::Admitted => writer.u8(1),
            Self::Suspended(time) => {
                writer.u8(2);
                writer.put(time);
            }
        }
    }
}

impl Decode for Membership {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        match reader.u8()? {
            1 => Ok(Self::Admitted),
            2 => reader.get().map(Self::Suspended),
            _ => Err(Error::Encoding),
        }
    }
}

record! {
    /// Names a transfer: ids belong to one payer.
    #[derive(Copy, PartialOrd, Ord)]
    TransferKey {
        /// The payer.
        intermediary: RegistrarId,
        /// Its id.
        id: [u8; 32],
    }
}

record! {
    /// How much of a denomination is out.
    #[derive(Copy, Default)]
    Circulation {
        /// Tokens signed.
        signed: Count,
        /// Tokens cashed.
        cashed: Count,
        /// Tokens that nobody cashed, and that were paid to a claim.
        claimed: Count,
    }
}

impl Circulation {
    /// Tokens that were paid out, to items and to claims.
    #[must_use]
    pub fn paid(&self) -> Count {
        self.cashed.plus(self.claimed.0)
    }

    /// Tokens that are out (`[I2]`).
    #[must_use]
    pub fn outstanding(&self) -> u64 {
        self.signed.0.saturating_sub(self.paid().0)
    }

    /// Tokens that were paid out and never signed: the forged ones among them are as many at least.
    #[must_use]
    pub fn forged(&self) -> u64 {
        self.paid().0.saturating_sub(self.signed.0)
    }
}

/// Names a blinded message that was signed, or is owed a signature, under one denomination.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BlindedKey([u8; 16]);

impl BlindedKey {
    /// The name: the first half of a SHA-256. Whoever makes two messages with one name is refused
    /// the second one, and nobody else is.
    #[must_use]
    pub fn of(output: &Output) -> Self {
        let mut hash = Sha256::new();
        hash.update(output.denomination.0);
        hash.update(&output.blinded);
        let hash: [u8; 32] = hash.finalize().into();
        let (name, _) = hash.split_first_chunk().expect("it has 32 bytes");
        Self(*name)
    }
}

impl Encode for BlindedKey {
    fn encode(&self, writer: &mut Writer) {
        writer.bytes(&self.0);
    }
}

impl Decode for BlindedKey {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        reader.array().map(Self)
    }
}

record! {
    /// A value key under which more was presented than was signed.
    #[derive(Copy)]
    FrozenKey {
        /// When the first excess token came.
        since: Timestamp,
        /// How many tokens were refused since then, that one included. Claims are not refused.
        refused: Count,
    }
}
