//! Calls: what a wallet asks about what is its own, signed by its device.
//!
//! The protocol's own requests carry their signatures inside. The few calls beside them are signed
//! here, under a prefix that the protocol never hashes with.

use crate::{Malformed, wire};
use sha2::{Digest, Sha512};
use tender_token::date::Timestamp;
use tender_token::encode::{Decode, Encode};
use tender_token::error::Error;
use tender_token::signature::{PublicKey, SecretKey, Signature};

const PREFIX: &[u8] = b"tender/call/v1/";

/// How far the time of a call may lie from the clock of who answers it, in seconds.
pub const TOLERANCE_S: u64 = 300;

/// What a call is for; part of what is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// Deposit tokens.
    Deposit,
    /// Read the account.
    Account,
    /// Read what the issuer stored of the wallet's sessions.
    Restore,
    /// Claim what nobody cashed.
    Claim,
    /// Make an account reference known, so that others can pay under it.
    Reference,
    /// Read the lines of the account.
    Statement,
    /// Read what became of what was pending.
    Notices,
}

impl Verb {
    fn name(self) -> &'static [u8] {
        match self {
            Self::Deposit => b"deposit",
            Self::Account => b"account",
            Self::Restore => b"restore",
            Self::Claim => b"claim",
            Self::Reference => b"reference",
            Self::Statement => b"statement",
            Self::Notices => b"notices",
        }
    }
}

/// A signed call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The device that signed.
    pub device: PublicKey,
    /// When it signed.
    pub time: Timestamp,
    /// Canonical bytes of what is asked.
    pub body: Vec<u8>,
    signature: Signature,
}

impl Call {
    /// Signs a call with the device's key.
    #[must_use]
    pub fn sign(verb: Verb, body: Vec<u8>, time: Timestamp, device: &SecretKey) -> Self {
        let signature = device.sign_digest(&digest(verb, time, &body));
        Self { device: device.public(), time, body, signature }
    }

    /// Verifies signature and time. Errors: `E_AUTH`, `E_REQUEST_EXPIRED`.
    pub fn verify(&self, verb: Verb, now: Timestamp) -> Result<(), Error> {
        let digest = digest(verb, self.time, &self.body);
        self.device.verify_digest(&digest, &self.signature)?;
        let recent = self.time.0.abs_diff(now.0) <= TOLERANCE_S;
        if recent { Ok(()) } else { Err(Error::RequestExpired) }
    }
}

impl From<Call> for wire::Call {
    fn from(call: Call) -> Self {
        Self {
            device: call.device.to_bytes(),
            time: call.time.0,
            body: call.body,
            signature: call.signature.to_bytes(),
        }
    }
}

impl TryFrom<wire::Call> for Call {
    type Error = Malformed;

    fn try_from(call: wire::Call) -> Result<Self, Malformed> {
        let device = PublicKey::from_bytes(&call.device).map_err(Malformed::field("device"))?;
        let signature = Signature::from_bytes(&call.signature);
        let signature = signature.map_err(Malformed::field("signature"))?;
        Ok(Self { device, time: Timestamp(call.time), body: call.body, signature })
    }
}

fn digest(verb: Verb, time: Timestamp, body: &[u8]) -> [u8; 64] {
    let name = verb.name();
    let mut hash = Sha512::new();
    hash.update(PREFIX);
    hash.update([u8::try_from(name.len()).expect("verbs are short")]);
    hash.update(name);
    hash.update(time.to_bytes());
    hash.update(body);
    hash.finalize().into()
}
