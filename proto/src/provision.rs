//! Provision: OPEN and REVEAL, receipt and certificates.

use crate::refusal::Refusal;
use crate::{Malformed, wire};
use tender_token::encode::{Decode, Encode};
use tender_token::identity::IdentityKey;
use tender_token::provision::{Open, Receipt, SignedOpen};

/// One of the two steps. `O` is [`SignedOpen`] from the wallet, [`Open`] between the tiers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request<O> {
    /// Commits to the candidates.
    Open(O),
    /// Reveals all candidates but the challenged ones.
    Reveal {
        /// `U`: sessions are kept per identity.
        identity: IdentityKey,
        /// Canonical bytes of REVEAL; reading them takes the session.
        reveal: Vec<u8>,
    },
}

/// The answer to either step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Granted {
    /// To OPEN.
    Receipt(Receipt),
    /// To REVEAL: `s_t` per slot; none if the session was abandoned.
    Certificates(Vec<Vec<u8>>),
}

/// The answer.
pub type Reply = Result<Granted, Refusal>;

impl<O: Encode> From<Request<O>> for wire::ProvisionRequest {
    fn from(request: Request<O>) -> Self {
        use wire::provision_request::Step;
        let step = match request {
            Request::Open(open) => Step::Open(open.to_bytes()),
            Request::Reveal { identity, reveal } => {
                Step::Reveal(wire::Reveal { identity: identity.to_bytes(), reveal })
            }
        };
        Self { step: Some(step) }
    }
}

impl TryFrom<wire::ProvisionRequest> for Request<SignedOpen> {
    type Error = Malformed;

    fn try_from(request: wire::ProvisionRequest) -> Result<Self, Malformed> {
        read(request)
    }
}

impl TryFrom<wire::ProvisionRequest> for Request<Open> {
    type Error = Malformed;

    fn try_from(request: wire::ProvisionRequest) -> Result<Self, Malformed> {
        read(request)
    }
}

fn read<O: Decode>(request: wire::ProvisionRequest) -> Result<Request<O>, Malformed> {
    use wire::provision_request::Step;
    match request.step.ok_or(Malformed::Missing("step"))? {
        Step::Open(open) => {
            O::from_bytes(&open).map(Request::Open).map_err(Malformed::field("open"))
        }
        Step::Reveal(wire::Reveal { identity, reveal }) => {
            let identity = IdentityKey::from_bytes(&identity);
            let identity = identity.map_err(Malformed::field("identity"))?;
            Ok(Request::Reveal { identity, reveal })
        }
    }
}

/// The reply as protobuf.
#[must_use]
pub fn to_wire(reply: Reply) -> wire::ProvisionReply {
    use wire::provision_reply::Outcome;
    let outcome = match reply {
        Ok(Granted::Receipt(receipt)) => Outcome::Receipt(receipt.to_bytes()),
        Ok(Granted::Certificates(signatures)) => {
            Outcome::Certificates(wire::Certificates { signatures })
        }
        Err(refusal) => Outcome::Refused(refusal.into()),
    };
    wire::ProvisionReply { outcome: Some(outcome) }
}

/// The reply from protobuf. Errors: [`Malformed`].
pub fn from_wire(reply: wire::ProvisionReply) -> Result<Reply, Malformed> {
    use wire::provision_reply::Outcome;
    match reply.outcome.ok_or(Malformed::Missing("outcome"))? {
        Outcome::Receipt(receipt) => {
            let receipt = Receipt::from_bytes(&receipt).map_err(Malformed::field("receipt"))?;
            Ok(Ok(Granted::Receipt(receipt)))
        }
        Outcome::Certificates(wire::Certificates { signatures }) => {
            Ok(Ok(Granted::Certificates(signatures)))
        }
        Outcome::Refused(refusal) => Refusal::try_from(refusal).map(Err),
    }
}
