//! Enrol: a wallet's identity, with the proof that it is its own.

use crate::refusal::Refusal;
use crate::{Malformed, wire};
use tender_token::encode::{Decode, Encode};
use tender_token::identity::Registration;

/// Registers an identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Identity and record.
    pub registration: Registration,
    /// The one-time code of the invitation; empty between the tiers.
    pub invitation: String,
}

/// The answer.
pub type Reply = Result<(), Refusal>;

impl From<Request> for wire::EnrolRequest {
    fn from(request: Request) -> Self {
        Self { registration: request.registration.to_bytes(), invitation: request.invitation }
    }
}

impl TryFrom<wire::EnrolRequest> for Request {
    type Error = Malformed;

    fn try_from(request: wire::EnrolRequest) -> Result<Self, Malformed> {
        let registration = Registration::from_bytes(&request.registration);
        let registration = registration.map_err(Malformed::field("registration"))?;
        Ok(Self { registration, invitation: request.invitation })
    }
}

/// The reply as protobuf.
#[must_use]
pub fn to_wire(reply: Reply) -> wire::EnrolReply {
    use wire::enrol_reply::Outcome;
    let outcome = match reply {
        Ok(()) => Outcome::Enrolled(wire::Enrolled {}),
        Err(refusal) => Outcome::Refused(refusal.into()),
    };
    wire::EnrolReply { outcome: Some(outcome) }
}

/// The reply from protobuf. Errors: [`Malformed`].
pub fn from_wire(reply: wire::EnrolReply) -> Result<Reply, Malformed> {
    use wire::enrol_reply::Outcome;
    match reply.outcome.ok_or(Malformed::Missing("outcome"))? {
        Outcome::Enrolled(wire::Enrolled {}) => Ok(Ok(())),
        Outcome::Refused(refusal) => Refusal::try_from(refusal).map(Err),
    }
}
