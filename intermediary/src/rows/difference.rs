//! Where books and statement disagree, by name.

use tender_token::cash::AccountRef;
use tender_token::encode::{Decode, Encode, Reader, Writer};
use tender_token::error::{Error, Result};

/// Where our books and the issuer's statement disagree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Difference {
    /// Postings of other amounts than we settled under this reference.
    Movement(AccountRef),
    /// Postings under a reference that we never used.
    UnknownReference(AccountRef),
    /// The posting of this number is missing.
    Gap(u64),
    /// The posting of this number states a balance that does not follow from the one before.
    Balance(u64),
    /// The stated balance after the posting of this number is not the last posting's.
    Vault(u64),
    /// The incident of this number carries no valid proof.
    Proof(u64),
    /// The reserves do not follow from their posting of this number, or one before is missing.
    Reserves(u64),
}

impl Difference {
    /// One sentence for a person.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Movement(account) => {
                let account = hex::encode(account.0);
                format!("the issuer posted other amounts under reference {account} than we settled")
            }
            Self::UnknownReference(account) => {
                let account = hex::encode(account.0);
                format!("the issuer posted under reference {account}, which we never used")
            }
            Self::Gap(number) => format!("posting {number} is missing"),
            Self::Balance(number) => {
                format!("the balance of posting {number} does not follow from the one before")
            }
            Self::Vault(number) => {
                format!("the stated vault is not the balance of the last posting, {number}")
            }
            Self::Proof(number) => format!("incident {number} carries no valid proof"),
            Self::Reserves(number) => {
                format!("the reserves do not follow from their posting {number}")
            }
        }
    }
}

impl Encode for Difference {
    fn encode(&self, writer: &mut Writer) {
        match self {
            Self::Movement(account) => {
                writer.u8(1);
                writer.put(account);
            }
            Self::UnknownReference(account) => {
                writer.u8(2);
                writer.put(account);
            }
            Self::Gap(number) => write_numbered(writer, 3, *number),
            Self::Balance(number) => write_numbered(writer, 4, *number),
            Self::Vault(number) => write_numbered(writer, 5, *number),
            Self::Proof(number) => write_numbered(writer, 6, *number),
            Self::Reserves(number) => write_numbered(writer, 7, *number),
        }
    }
}

fn write_numbered(writer: &mut Writer, kind: u8, number: u64) {
    writer.u8(kind);
    writer.u64(number);
}

impl Decode for Difference {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        match reader.u8()? {
            1 => reader.get().map(Self::Movement),
            2 => reader.get().map(Self::UnknownReference),
            3 => reader.u64().map(Self::Gap),
            4 => reader.u64().map(Self::Balance),
            5 => reader.u64().map(Self::Vault),
            6 => reader.u64().map(Self::Proof),
            7 => reader.u64().map(Self::Reserves),
            _ => Err(Error::Encoding),
        }
    }
}
