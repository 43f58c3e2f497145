//! Withdrawing (section 6): account money, or cashed tokens, become fresh tokens in one round trip.

mod issuer;
pub(crate) mod order;
mod output;
mod wallet;

pub use issuer::{Authority, VerifiedRequest};
pub use output::{Output, Reply};
pub use wallet::Session;

pub(crate) use output::read_outputs;

use crate::amount::Amount;
use crate::cash::AccountRef;
use crate::date::Timestamp;
use crate::encode::{Encode, Reader, Writer};
use crate::error::Result;
use crate::group::Point;
use crate::manifest::{Manifest, ManifestHash};
use crate::provision::SessionId;
use crate::series::read_version;
use crate::signature::{PublicKey, SecretKey, Signature};
use crate::transcript::{Label, h32};

/// `wplan`: what a withdrawal debits, credits and wants signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The manifest the wallet holds.
    pub manifest: ManifestHash,
    /// `U`.
    pub identity: Point,
    /// The session: 32 fresh random bytes that belong to these bytes for ever.
    pub sid: SessionId,
    /// Last second in which the issuer accepts it, at most a day ahead.
    pub expires: Timestamp,
    /// What the account pays.
    pub debit: Amount,
    /// The account that pays, as the intermediary named it.
    pub debit_account: AccountRef,
    /// What is left of the funding tokens.
    pub credit: Amount,
    /// The account that gets it.
    pub credit_account: AccountRef,
    /// The tokens to be signed, 1 to 64.
    pub outputs: Vec<Output>,
}

impl Plan {
    /// `wplan_hash`.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        h32(Label::WithdrawPlan, &[&self.to_bytes()])
    }

    fn decode(reader: &mut Reader<'_>, manifest: &Manifest) -> Result<Self> {
        read_version(reader)?;
        Ok(Self {
            manifest: reader.get()?,
            identity: reader.get()?,
            sid: reader.get()?,
            expires: reader.get()?,
            debit: reader.get()?,
            debit_account: reader.get()?,
            credit: reader.get()?,
            credit_account: reader.get()?,
            outputs: read_outputs(reader, manifest)?,
        })
    }
}

impl Encode for Plan {
    fn encode(&self, writer: &mut Writer) {
        writer.u8(1);
        writer.put(&self.manifest);
        writer.put(&self.identity);
        writer.put(&self.sid);
        writer.put(&self.expires);
        writer.put(&self.debit);
        writer.put(&self.debit_account);
        writer.put(&self.credit);
        writer.put(&self.credit_account);
        writer.list(&self.outputs);
    }
}

/// The wallet's part of a request: plan, funding items, device signature. These bytes belong to the
/// session id for ever (`[W2]`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedRequest {
    /// The plan.
    pub plan: Plan,
    /// Encoded CASH items with instruction FUND, at most 64.
    pub items: Vec<Vec<u8>>,
    device_signature: Signature,
}

impl SignedRequest {
    /// Signs a request with the device's key.
    #[must_use]
    pub fn sign(plan: Plan, items: Vec<Vec<u8>>, device: &SecretKey) -> Self {
        let device_signature = device.sign(Label::Withdraw, &[&request_body(&plan, &items)]);
        Self { plan, items, device_signature }
    }

    /// Verifies the device's signature. Errors: `E_AUTH`.
    pub fn verify(&self, device: &PublicKey) -> Result<()> {
        let body = request_body(&self.plan, &self.items);
        device.verify(Label::Withdraw, &[&body], &self.device_signature)
    }

    /// Adds the intermediary's signature.
    #[must_use]
    pub fn authorise(self, intermediary: &SecretKey) -> Request {
        let authorisation = intermediary.sign(Label::Authorise, &[&self.to_bytes()]);
        Request { signed: self, authorisation }
    }

    /// Reads the wallet's part that is all of `bytes`. Errors: `E_ENCODING`, `E_DENOMINATION`.
    pub fn from_bytes(bytes: &[u8], manifest: &Manifest) -> Result<Self> {
        let mut reader = Reader::new(bytes);
        let request = Self::decode(&mut reader, manifest)?;
        reader.finish()?;
        Ok(request)
    }

    fn decode(reader: &mut Reader<'_>, manifest: &Manifest) -> Result<Self> {
        let plan = Plan::decode(reader, manifest)?;
        let items = order::read_items(reader, 0)?;
        Ok(Self { plan, items, device_signature: reader.get()? })
    }
}

impl Encode for SignedRequest {
    fn encode(&self, writer: &mut Writer) {
        writer.bytes(&request_body(&self.plan, &self.items));
        writer.put(&self.device_signature);
    }
}

/// A request as the issuer takes it: the wallet's part and the intermediary's signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The wallet's part.
    pub signed: SignedRequest,
    authorisation: Signature,
}

impl Request {
    /// Verifies both signatures. Errors: `E_AUTH`.
    pub fn check_signatures(&self, device: &PublicKey, intermediary: &PublicKey) -> Result<()> {
        self.signed.verify(device)?;
        let signed = self.signed.to_bytes();
        intermediary.verify(Label::Authorise, &[&signed], &self.authorisation)
    }

    /// Reads a request that is all of `bytes`. Errors: `E_ENCODING`, `E_DENOMINATION`.
    pub fn from_bytes(bytes: &[u8], manifest: &Manifest) -> Result<Self> {
        let mut reader = Reader::new(bytes);
        let signed = SignedRequest::decode(&mut reader, manifest)?;
        let authorisation = reader.get()?;
        reader.finish()?;
        Ok(Self { signed, authorisation })
    }
}

impl Encode for Request {
    fn encode(&self, writer: &mut Writer) {
        writer.put(&self.signed);
        writer.put(&self.authorisation);
    }
}

fn request_body(plan: &Plan, items: &[Vec<u8>]) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.put(plan);
    order::write_items(&mut writer, items);
    writer.finish()
}
