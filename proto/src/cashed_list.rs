//! The cashed list (`[C4]`): which tokens of a series were cashed, prefix by prefix.

use crate::refusal::Refusal;
use crate::{Malformed, wire};
use tender_token::cashed_list::Prefix;
use tender_token::encode::{Decode, Encode};
use tender_token::series::SeriesId;
use tender_token::token::TokenId;

/// Tokens that one reply has at most; whoever wants more asks again after the last of them.
pub const TOKENS_MAX: usize = 16_384;
/// Length of a token's id in bytes.
pub const TOKEN_BYTES: usize = 32;

/// Which part of which list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Request {
    /// The series.
    pub series: SeriesId,
    /// The first bits of the tokens' ids.
    pub prefix: Prefix,
    /// Tokens after this one only.
    pub after: Option<TokenId>,
}

/// Some of the tokens, as they are published: whoever reads them looks whether they ascend and have
/// the prefix.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tokens {
    /// Their ids, one after the other.
    pub ids: Vec<u8>,
    /// Whether there are more after the last of them.
    pub more: bool,
}

/// The tokens. Refused with `E_WINDOW` until the last deposit day is over, and with `E_CERT` if
/// there is no such series.
pub type Reply = Result<Tokens, Refusal>;

impl From<Request> for wire::CashedListRequest {
    fn from(request: Request) -> Self {
        let Request { series, prefix, after } = request;
        Self {
            series: series.to_bytes(),
            prefix: u32::from(prefix.number()),
            after: after.map(|token| token.to_bytes()).unwrap_or_default(),
        }
    }
}

impl TryFrom<wire::CashedListRequest> for Request {
    type Error = Malformed;

    fn try_from(request: wire::CashedListRequest) -> Result<Self, Malformed> {
        let wire::CashedListRequest { series, prefix, after } = request;
        let prefix = u16::try_from(prefix).ok().and_then(Prefix::new);
        let after = (!after.is_empty()).then(|| TokenId::from_bytes(&after));
        Ok(Self {
            series: SeriesId::from_bytes(&series).map_err(Malformed::field("series"))?,
            prefix: prefix.ok_or(Malformed::Field("prefix"))?,
            after: after.transpose().map_err(Malformed::field("after"))?,
        })
    }
}

/// The reply as protobuf.
#[must_use]
pub fn to_wire(reply: Reply) -> wire::CashedListReply {
    use wire::cashed_list_reply::Outcome;
    let outcome = match reply {
        Ok(Tokens { ids, more }) => Outcome::Tokens(wire::CashedTokens { ids, more }),
        Err(refusal) => Outcome::Refused(refusal.into()),
    };
    wire::CashedListReply { outcome: Some(outcome) }
}

/// The reply from protobuf. Errors: [`Malformed`], also if there are to be more tokens and it has
/// none.
pub fn from_wire(reply: wire::CashedListReply) -> Result<Reply, Malformed> {
    use wire::cashed_list_reply::Outcome;
    match reply.outcome.ok_or(Malformed::Missing("outcome"))? {
        Outcome::Tokens(wire::CashedTokens { ids, more }) if more && ids.is_empty() => {
            Err(Malformed::Field("more"))
        }
        Outcome::Tokens(wire::CashedTokens { ids, more }) => Ok(Ok(Tokens { ids, more })),
        Outcome::Refused(refusal) => Refusal::try_from(refusal).map(Err),
    }
}
