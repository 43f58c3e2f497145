//! Intermediaries, circulation, presented tokens.

use super::record::record;
use super::{Bytes, Count, Name};
use tender_token::amount::Amount;
use tender_token::cash::CashItem;
use tender_token::date::Timestamp;
use tender_token::encode::{Decode, Encode, Reader, Writer};
use tender_token::error::{Error, Result};
use tender_token::identity::RegistrarId;
use tender_token::manifest::Manifest;

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
    }
}

record! {
    /// A value key under which more was presented than was signed.
    #[derive(Copy)]
    FrozenKey {
        /// When the first excess token came.
        since: Timestamp,
        /// How many tokens were refused since then, that one included.
        refused: Count,
    }
}

record! {
    /// An item that was presented: everything its endorsements and its cashing rest on.
    Presentation {
        /// The intermediary that presented it.
        intermediary: RegistrarId,
        /// Canonical bytes of the item.
        item: Bytes,
    }
}

impl Presentation {
    /// The item. Errors: those of an item whose series the manifest does not name.
    pub fn read(&self, manifest: &Manifest) -> Result<CashItem> {
        CashItem::from_bytes(&self.item.0, manifest)
    }
}
