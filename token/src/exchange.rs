//! Exchange without a name (`[W9]`): whoever holds tokens gets fresh ones for them, onto own slots.
//!
//! It is a withdrawal without wallet, intermediary and accounts. Outputs are blinded with
//! [`withdraw::Session`](crate::withdraw::Session), as for a withdrawal, and the items are cashed
//! for the hash of the plan. The holder has checked every slot's certificate, keeps the request's
//! bytes before the first sending and sends only them again (`[W2]`, `[W3]`).

mod issuer;

pub use issuer::{Authority, VerifiedRequest};

use crate::date::Timestamp;
use crate::encode::{Encode, Reader, Writer};
use crate::error::Result;
use crate::manifest::{Manifest, ManifestHash};
use crate::provision::SessionId;
use crate::transcript::{Label, h32};
use crate::withdraw::{Output, Reply, order, read_outputs};

const VERSION: u8 = 2;

/// `xplan`: the tokens an exchange wants signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The manifest the holder has.
    pub manifest: ManifestHash,
    /// The session: 32 fresh random bytes, unique among all exchanges.
    pub sid: SessionId,
    /// Last second in which the issuer accepts it, at most a day ahead.
    pub expires: Timestamp,
    /// The tokens to be signed, 1 to 64.
    pub outputs: Vec<Output>,
}

impl Plan {
    /// `xplan_hash`, for which the items are cashed.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        h32(Label::ExchangePlan, &[&self.to_bytes()])
    }

    /// Reads the issuer's reply. Errors: `E_ENCODING`, `E_DENOMINATION`; `E_RECEIPT` if it answers
    /// another session or plan.
    pub fn read_reply(&self, bytes: &[u8], manifest: &Manifest) -> Result<Reply> {
        Reply::decode(bytes, self.sid, self.hash(), &self.outputs, manifest)
    }

    /// Reads a plan that is all of `bytes`. Errors: `E_ENCODING`, `E_DENOMINATION`.
    pub fn from_bytes(bytes: &[u8], manifest: &Manifest) -> Result<Self> {
        let mut reader = Reader::new(bytes);
        let plan = Self::decode(&mut reader, manifest)?;
        reader.finish()?;
        Ok(plan)
    }

    fn decode(reader: &mut Reader<'_>, manifest: &Manifest) -> Result<Self> {
        reader.version(VERSION)?;
        Ok(Self {
            manifest: reader.get()?,
            sid: reader.get()?,
            expires: reader.get()?,
            outputs: read_outputs(reader, manifest)?,
        })
    }
}

impl Encode for Plan {
    fn encode(&self, writer: &mut Writer) {
        writer.u8(VERSION);
        writer.put(&self.manifest);
        writer.put(&self.sid);
        writer.put(&self.expires);
        writer.list(&self.outputs);
    }
}

/// The plan and the tokens that pay for it. These bytes belong to the session id for ever (`[W2]`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The plan.
    pub plan: Plan,
    /// Encoded CASH items with instruction FUND for this plan, 1 to 64.
    pub items: Vec<Vec<u8>>,
}

impl Request {
    /// Reads a request that is all of `bytes`. Errors: `E_ENCODING`, also without an item;
    /// `E_DENOMINATION`.
    pub fn from_bytes(bytes: &[u8], manifest: &Manifest) -> Result<Self> {
        let mut reader = Reader::new(bytes);
        let plan = Plan::decode(&mut reader, manifest)?;
        let items = order::read_items(&mut reader, 1)?;
        reader.finish()?;
        Ok(Self { plan, items })
    }
}

impl Encode for Request {
    fn encode(&self, writer: &mut Writer) {
        writer.put(&self.plan);
        order::write_items(writer, &self.items);
    }
}
