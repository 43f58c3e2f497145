//! Incidents that concern wallets enrolled with us.

use super::{CustomerId, read_option, write_option};
use tender_token::date::Timestamp;
use tender_token::encode::{Decode, Encode, Reader, Writer};
use tender_token::error::Result;
use tender_token::identity::IdentityKey;

/// Counts the issuer's incidents from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct IncidentNumber(pub u64);

impl Encode for IncidentNumber {
    fn encode(&self, writer: &mut Writer) {
        writer.u64(self.0);
    }
}

impl Decode for IncidentNumber {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        reader.u64().map(Self)
    }
}

/// A proven double spend by a wallet that named us as its registrar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accused {
    /// The holder; `None` if we never enrolled this identity.
    pub customer: Option<CustomerId>,
    /// The revealed identity.
    pub identity: IdentityKey,
    /// The hash that is logged.
    pub proof_hash: [u8; 32],
    /// Canonical bytes of the proof, verified.
    pub proof: Vec<u8>,
    /// When the issuer found it.
    pub time: Timestamp,
}

impl Encode for Accused {
    fn encode(&self, writer: &mut Writer) {
        write_option(writer, self.customer.as_ref());
        writer.put(&self.identity);
        writer.put(&self.proof_hash);
        writer.sized(&self.proof);
        writer.put(&self.time);
    }
}

impl Decode for Accused {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        Ok(Self {
            customer: read_option(reader)?,
            identity: reader.get()?,
            proof_hash: reader.get()?,
            proof: reader.sized()?.to_vec(),
            time: reader.get()?,
        })
    }
}
