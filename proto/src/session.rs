//! Session: a device proves over one connection that it is there.
//!
//! The server names a random challenge; the device signs it together with what is unique to the
//! connection (RFC 9266, `tls-exporter`) and so proves itself to whoever ends that connection, and
//! to nobody else: heard elsewhere, or passed on by somebody in between, the signature is worth
//! nothing. A challenge is answered once. A session ends with its connection, which a server ends
//! after some minutes.

use crate::refusal::Refusal;
use crate::{Malformed, wire};
use sha2::{Digest, Sha512};
use std::sync::Mutex;
use tender_token::encode::{Decode, Encode};
use tender_token::error::Error;
use tender_token::signature::{PublicKey, SecretKey, Signature};

const PREFIX: &[u8] = b"tender/session/v1/";

/// What a server asks a device to sign: 32 random bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Challenge(pub [u8; 32]);

/// What both ends of one TLS connection know, and nobody else: 32 bytes of its exporter.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Binding(pub [u8; 32]);

impl core::fmt::Debug for Binding {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Binding(…)")
    }
}

/// A device's word that it is at the other end of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Presence {
    /// The device that signed.
    pub device: PublicKey,
    signature: Signature,
}

impl Presence {
    /// Answers a challenge over this connection.
    #[must_use]
    pub fn sign(challenge: Challenge, binding: Binding, device: &SecretKey) -> Self {
        let signature = device.sign_digest(&digest(challenge, binding));
        Self { device: device.public(), signature }
    }

    /// Verifies that the device answers this challenge over this connection. Errors: `E_AUTH`.
    pub fn verify(&self, challenge: Challenge, binding: Binding) -> Result<(), Error> {
        self.device.verify_digest(&digest(challenge, binding), &self.signature)
    }
}

fn digest(challenge: Challenge, binding: Binding) -> [u8; 64] {
    let hash = Sha512::new().chain_update(PREFIX).chain_update(challenge.0);
    hash.chain_update(binding.0).finalize().into()
}

/// Where a connection stands, at its server: at most one device is present at a time.
#[derive(Debug)]
pub struct Session {
    binding: Binding,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    challenge: Option<Challenge>,
    present: Option<PublicKey>,
}

impl Session {
    /// Nobody has been asked yet.
    #[must_use]
    pub fn new(binding: Binding) -> Self {
        Self { binding, state: Mutex::default() }
    }

    /// Asks who is there. Whatever was asked before is void.
    pub fn ask(&self, challenge: Challenge) {
        self.state().challenge = Some(challenge);
    }

    /// Takes an answer; the challenge is void after it, whatever it was. The device is present from
    /// now on, and whoever was present before is not.
    /// Errors: `E_AUTH`, also if nothing was asked.
    pub fn answer(&self, presence: &Presence) -> Result<(), Error> {
        let asked = self.state().challenge.take();
        presence.verify(asked.ok_or(Error::Auth)?, self.binding)?;
        self.state().present = Some(presence.device);
        Ok(())
    }

    /// The device that is present.
    #[must_use]
    pub fn present(&self) -> Option<PublicKey> {
        self.state().present
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().expect("no holder of this lock panics")
    }
}

/// That the device is present, or the refusal.
pub type Reply = Result<(), Refusal>;

impl From<Challenge> for wire::ChallengeReply {
    fn from(challenge: Challenge) -> Self {
        Self { challenge: challenge.0.to_vec() }
    }
}

impl TryFrom<wire::ChallengeReply> for Challenge {
    type Error = Malformed;

    fn try_from(reply: wire::ChallengeReply) -> Result<Self, Malformed> {
        let bytes = <[u8; 32]>::try_from(reply.challenge);
        bytes.map(Self).map_err(|_| Malformed::field("challenge")(Error::Encoding))
    }
}

impl From<Presence> for wire::AuthenticateRequest {
    fn from(presence: Presence) -> Self {
        Self { device: presence.device.to_bytes(), signature: presence.signature.to_bytes() }
    }
}

impl TryFrom<wire::AuthenticateRequest> for Presence {
    type Error = Malformed;

    fn try_from(request: wire::AuthenticateRequest) -> Result<Self, Malformed> {
        let device = PublicKey::from_bytes(&request.device).map_err(Malformed::field("device"))?;
        let signature = Signature::from_bytes(&request.signature);
        let signature = signature.map_err(Malformed::field("signature"))?;
        Ok(Self { device, signature })
    }
}

/// The reply as protobuf.
#[must_use]
pub fn to_wire(reply: Reply) -> wire::AuthenticateReply {
    use wire::authenticate_reply::Outcome;
    let outcome = match reply {
        Ok(()) => Outcome::Present(wire::Present {}),
        Err(refusal) => Outcome::Refused(refusal.into()),
    };
    wire::AuthenticateReply { outcome: Some(outcome) }
}

/// The reply from protobuf. Errors: [`Malformed`].
pub fn from_wire(reply: wire::AuthenticateReply) -> Result<Reply, Malformed> {
    use wire::authenticate_reply::Outcome;
    match reply.outcome.ok_or(Malformed::Missing("outcome"))? {
        Outcome::Present(wire::Present {}) => Ok(Ok(())),
        Outcome::Refused(refusal) => Refusal::try_from(refusal).map(Err),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: Binding = Binding([1; 32]);

    fn asked(challenge: u8) -> (Session, Challenge) {
        let (session, challenge) = (Session::new(HERE), Challenge([challenge; 32]));
        session.ask(challenge);
        (session, challenge)
    }

    #[test]
    fn a_device_is_present_after_it_answered_here() {
        let device = SecretKey::from_seed(&[7; 32]);
        let (session, challenge) = asked(2);
        assert_eq!(session.present(), None);
        session.answer(&Presence::sign(challenge, HERE, &device)).expect("its own answer");
        assert_eq!(session.present(), Some(device.public()));
    }

    #[test]
    fn an_answer_counts_once_and_only_on_its_own_connection() {
        let device = SecretKey::from_seed(&[7; 32]);
        let (session, challenge) = asked(2);
        let heard = Presence::sign(challenge, HERE, &device);
        session.answer(&heard).expect("its own answer");
        assert_eq!(session.answer(&heard), Err(Error::Auth), "the challenge is answered");
        let elsewhere = Session::new(Binding([9; 32]));
        elsewhere.ask(challenge);
        assert_eq!(elsewhere.answer(&heard), Err(Error::Auth), "another connection");
        let (fresh, _) = asked(3);
        assert_eq!(fresh.answer(&heard), Err(Error::Auth), "another challenge");
        assert_eq!((elsewhere.present(), fresh.present()), (None, None));
    }

    #[test]
    fn a_wrong_answer_voids_the_challenge() {
        let [device, other] = [7, 8].map(|seed| SecretKey::from_seed(&[seed; 32]));
        let (session, challenge) = asked(2);
        let mut forged = Presence::sign(challenge, HERE, &other);
        forged.device = device.public();
        assert_eq!(session.answer(&forged), Err(Error::Auth));
        let right = Presence::sign(challenge, HERE, &device);
        assert_eq!(session.answer(&right), Err(Error::Auth), "nothing is asked any more");
    }
}
