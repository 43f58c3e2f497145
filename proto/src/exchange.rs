//! Exchange without a name: tokens for fresh tokens, one round trip of blind signing.

use crate::refusal::Refusal;
use crate::{Malformed, wire};

/// Canonical bytes of the issuer's reply, or the refusal.
pub type Reply = Result<Vec<u8>, Refusal>;

/// The reply as protobuf.
#[must_use]
pub fn to_wire(reply: Reply) -> wire::ExchangeReply {
    use wire::exchange_reply::Outcome;
    let outcome = match reply {
        Ok(reply) => Outcome::Reply(reply),
        Err(refusal) => Outcome::Refused(refusal.into()),
    };
    wire::ExchangeReply { outcome: Some(outcome) }
}

/// The reply from protobuf. Errors: [`Malformed`].
pub fn from_wire(reply: wire::ExchangeReply) -> Result<Reply, Malformed> {
    use wire::exchange_reply::Outcome;
    match reply.outcome.ok_or(Malformed::Missing("outcome"))? {
        Outcome::Reply(reply) => Ok(Ok(reply)),
        Outcome::Refused(refusal) => Refusal::try_from(refusal).map(Err),
    }
}
