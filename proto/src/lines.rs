//! Lines: the statement of a holder's account, movement by movement.

use crate::movement::Movement;
use crate::refusal::Refusal;
use crate::{Malformed, wire};
use tender_token::amount::Amount;
use tender_token::cash::AccountRef;
use tender_token::date::Day;
use tender_token::encode::{Decode as _, Encode as _};

/// Lines that one reply holds at most.
pub const LINES_MAX: u64 = 64;

/// One movement of the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// Counts the account's lines from 1.
    pub number: u64,
    /// When.
    pub day: Day,
    /// Why.
    pub movement: Movement,
    /// How much.
    pub amount: Amount,
    /// What is in the account afterwards, with what is set aside.
    pub balance: Amount,
    /// The account reference; `None` for what went outside.
    pub account: Option<AccountRef>,
}

/// Lines in their order, or the refusal.
pub type Reply = Result<Vec<Line>, Refusal>;

/// The reply as protobuf.
#[must_use]
pub fn to_wire(reply: Reply) -> wire::LinesReply {
    use wire::lines_reply::Outcome;
    let outcome = match reply {
        Ok(lines) => {
            Outcome::Lines(wire::Lines { lines: lines.into_iter().map(Into::into).collect() })
        }
        Err(refusal) => Outcome::Refused(refusal.into()),
    };
    wire::LinesReply { outcome: Some(outcome) }
}

/// The reply from protobuf. Errors: [`Malformed`].
pub fn from_wire(reply: wire::LinesReply) -> Result<Reply, Malformed> {
    use wire::lines_reply::Outcome;
    match reply.outcome.ok_or(Malformed::Missing("outcome"))? {
        Outcome::Lines(wire::Lines { lines }) => {
            lines.into_iter().map(Line::try_from).collect::<Result<_, _>>().map(Ok)
        }
        Outcome::Refused(refusal) => Refusal::try_from(refusal).map(Err),
    }
}

impl From<Line> for wire::Line {
    fn from(line: Line) -> Self {
        Self {
            number: line.number,
            day: line.day.0,
            kind: line.movement.number(),
            amount: line.amount.minor_units(),
            balance: line.balance.minor_units(),
            account: line.account.map(|account| account.to_bytes()).unwrap_or_default(),
        }
    }
}

impl TryFrom<wire::Line> for Line {
    type Error = Malformed;

    fn try_from(line: wire::Line) -> Result<Self, Malformed> {
        let read = || AccountRef::from_bytes(&line.account).map_err(Malformed::field("account"));
        let account = if line.account.is_empty() { None } else { Some(read()?) };
        Ok(Self {
            number: line.number,
            day: Day(line.day),
            movement: Movement::of(line.kind)?,
            amount: Amount::from_minor_units(line.amount),
            balance: Amount::from_minor_units(line.balance),
            account,
        })
    }
}
