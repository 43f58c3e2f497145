//! Withdraw: one round trip of blind signing.

use crate::pending::Standing;
use crate::refusal::Refusal;
use crate::{Malformed, wire};

/// Canonical bytes of the issuer's reply, or the refusal.
pub type Reply = Result<Vec<u8>, Refusal>;

/// The reply as protobuf.
#[must_use]
pub fn to_wire(reply: Reply) -> wire::WithdrawReply {
    use wire::withdraw_reply::Outcome;
    let outcome = match reply {
        Ok(reply) => Outcome::Reply(reply),
        Err(refusal) => Outcome::Refused(refusal.into()),
    };
    wire::WithdrawReply { outcome: Some(outcome) }
}

/// The reply from protobuf. Errors: [`Malformed`].
pub fn from_wire(reply: wire::WithdrawReply) -> Result<Reply, Malformed> {
    use wire::withdraw_reply::Outcome;
    match reply.outcome.ok_or(Malformed::Missing("outcome"))? {
        Outcome::Reply(reply) => Ok(Ok(reply)),
        Outcome::Refused(refusal) => Refusal::try_from(refusal).map(Err),
        // Only intermediaries say so, and only to wallets.
        Outcome::Pending(wire::Pending {}) => Err(Malformed::Field("outcome")),
    }
}

/// What a wallet is told, as protobuf.
#[must_use]
pub fn standing_to_wire(standing: Standing<Reply>) -> wire::WithdrawReply {
    use wire::withdraw_reply::Outcome;
    match standing {
        Standing::Decided(reply) => to_wire(reply),
        Standing::Pending => {
            wire::WithdrawReply { outcome: Some(Outcome::Pending(wire::Pending {})) }
        }
    }
}

/// What a wallet is told, from protobuf. Errors: [`Malformed`].
pub fn standing_from_wire(reply: wire::WithdrawReply) -> Result<Standing<Reply>, Malformed> {
    use wire::withdraw_reply::Outcome;
    match reply.outcome {
        Some(Outcome::Pending(wire::Pending {})) => Ok(Standing::Pending),
        outcome => from_wire(wire::WithdrawReply { outcome }).map(Standing::Decided),
    }
}
