//! Notices: what became of work that the issuer was asked, and what came in unasked.

use crate::movement::Movement;
use crate::refusal::Refusal;
use crate::{Malformed, wire};
use tender_token::amount::Amount;
use tender_token::cash::AccountRef;
use tender_token::date::Timestamp;
use tender_token::encode::{Decode as _, Encode as _};
use tender_token::error::Error;

/// Notices that one reply holds at most.
pub const NOTICES_MAX: u64 = 64;

/// One notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Counts the holder's notices from 1.
    pub number: u64,
    /// When.
    pub time: Timestamp,
    /// What it was about.
    pub movement: Movement,
    /// How much moved; zero if it was refused.
    pub amount: Amount,
    /// The account reference; of a wallet that was enrolled, its identity.
    pub account: AccountRef,
    /// Why it was refused; `None` if it was not. Evidence comes with the reply itself, to whoever
    /// asks with the same bytes.
    pub refused: Option<Error>,
}

/// Notices in their order, or the refusal.
pub type Reply = Result<Vec<Notice>, Refusal>;

/// The reply as protobuf.
#[must_use]
pub fn to_wire(reply: Reply) -> wire::NoticesReply {
    use wire::notices_reply::Outcome;
    let outcome = match reply {
        Ok(notices) => {
            let notices = notices.into_iter().map(Into::into).collect();
            Outcome::Notices(wire::NoticeList { notices })
        }
        Err(refusal) => Outcome::Refused(refusal.into()),
    };
    wire::NoticesReply { outcome: Some(outcome) }
}

/// The reply from protobuf. Errors: [`Malformed`].
pub fn from_wire(reply: wire::NoticesReply) -> Result<Reply, Malformed> {
    use wire::notices_reply::Outcome;
    match reply.outcome.ok_or(Malformed::Missing("outcome"))? {
        Outcome::Notices(wire::NoticeList { notices }) => {
            notices.into_iter().map(Notice::try_from).collect::<Result<_, _>>().map(Ok)
        }
        Outcome::Refused(refusal) => Refusal::try_from(refusal).map(Err),
    }
}

impl From<Notice> for wire::Notice {
    fn from(notice: Notice) -> Self {
        Self {
            number: notice.number,
            time: notice.time.0,
            kind: notice.movement.number(),
            amount: notice.amount.minor_units(),
            account: notice.account.to_bytes(),
            refused: notice.refused.map(|error| Refusal::from(error).into()),
        }
    }
}

impl TryFrom<wire::Notice> for Notice {
    type Error = Malformed;

    fn try_from(notice: wire::Notice) -> Result<Self, Malformed> {
        let account = AccountRef::from_bytes(&notice.account);
        let refused = notice.refused.map(Refusal::try_from).transpose()?;
        Ok(Self {
            number: notice.number,
            time: Timestamp(notice.time),
            movement: Movement::of(notice.kind)?,
            amount: Amount::from_minor_units(notice.amount),
            account: account.map_err(Malformed::field("account"))?,
            refused: refused.map(|refusal| refusal.error),
        })
    }
}
