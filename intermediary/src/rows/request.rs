//! Which journal entry a wallet's request began: the same request never begins a second.

use super::{CustomerId, EntryNumber};
use sha2::{Digest, Sha256};
use tender_token::encode::{Decode, Encode, Reader, Writer};
use tender_token::error::Result;
use tender_token::identity::IdentityKey;
use tender_token::provision::SessionId;

/// Digest of a wallet's request, to tell a repetition from other content under the same name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestDigest([u8; 32]);

impl RequestDigest {
    /// The digest of the request's parts; at most one part may vary in length.
    #[must_use]
    pub fn of(parts: &[&[u8]]) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            hash.update(part);
        }
        Self(hash.finalize().into())
    }
}

/// What names a request for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RequestKey {
    /// An identity is enrolled once.
    Enrol(IdentityKey),
    /// A withdrawal is named by identity and session (`[W2]`).
    Withdraw(IdentityKey, SessionId),
    /// A deposit is named by its customer and its content.
    Deposit(CustomerId, [u8; 32]),
    /// So is a claim.
    Claim(CustomerId, [u8; 32]),
    /// A transfer is named by its customer and the order's id.
    Transfer(CustomerId, [u8; 32]),
}

impl RequestKey {
    /// The name of a customer's deposit with this body.
    #[must_use]
    pub fn deposit(customer: CustomerId, body: &[u8]) -> Self {
        Self::Deposit(customer, Sha256::digest(body).into())
    }

    /// The name of a customer's claim with this body.
    #[must_use]
    pub fn claim(customer: CustomerId, body: &[u8]) -> Self {
        Self::Claim(customer, Sha256::digest(body).into())
    }
}

impl Encode for RequestKey {
    fn encode(&self, writer: &mut Writer) {
        match self {
            Self::Enrol(identity) => {
                writer.u8(1);
                writer.put(identity);
            }
            Self::Withdraw(identity, sid) => {
                writer.u8(2);
                writer.put(identity);
                writer.put(sid);
            }
            Self::Deposit(customer, name) => write_named(writer, 3, *customer, name),
            Self::Claim(customer, name) => write_named(writer, 4, *customer, name),
            Self::Transfer(customer, name) => write_named(writer, 5, *customer, name),
        }
    }
}

fn write_named(writer: &mut Writer, kind: u8, customer: CustomerId, name: &[u8; 32]) {
    writer.u8(kind);
    writer.put(&customer);
    writer.put(name);
}

impl Decode for RequestKey {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        match reader.u8()? {
            1 => Ok(Self::Enrol(reader.get()?)),
            2 => Ok(Self::Withdraw(reader.get()?, reader.get()?)),
            3 => Ok(Self::Deposit(reader.get()?, reader.get()?)),
            4 => Ok(Self::Claim(reader.get()?, reader.get()?)),
            5 => Ok(Self::Transfer(reader.get()?, reader.get()?)),
            _ => Err(tender_token::error::Error::Encoding),
        }
    }
}

/// The entry that a request began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request {
    /// The entry.
    pub entry: EntryNumber,
    /// Digest of the request that began it.
    pub digest: RequestDigest,
}

impl Encode for Request {
    fn encode(&self, writer: &mut Writer) {
        writer.put(&self.entry);
        writer.put(&self.digest.0);
    }
}

impl Decode for Request {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        Ok(Self { entry: reader.get()?, digest: RequestDigest(reader.get()?) })
    }
}
