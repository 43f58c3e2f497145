//! Reference: a payee makes a fresh account reference known to its intermediary, and hands it to
//! the payer.

use crate::refusal::Refusal;
use crate::{Malformed, wire};

/// That whatever comes in under it is the holder's, or the refusal.
pub type Reply = Result<(), Refusal>;

/// The reply as protobuf.
#[must_use]
pub fn to_wire(reply: Reply) -> wire::ReferenceReply {
    use wire::reference_reply::Outcome;
    let outcome = match reply {
        Ok(()) => Outcome::Known(wire::Known {}),
        Err(refusal) => Outcome::Refused(refusal.into()),
    };
    wire::ReferenceReply { outcome: Some(outcome) }
}

/// The reply from protobuf. Errors: [`Malformed`].
pub fn from_wire(reply: wire::ReferenceReply) -> Result<Reply, Malformed> {
    use wire::reference_reply::Outcome;
    match reply.outcome.ok_or(Malformed::Missing("outcome"))? {
        Outcome::Known(wire::Known {}) => Ok(Ok(())),
        Outcome::Refused(refusal) => Refusal::try_from(refusal).map(Err),
    }
}
