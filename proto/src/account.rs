//! Account: what the intermediary owes the holder.

use crate::refusal::Refusal;
use crate::{Malformed, wire};
use tender_token::amount::Amount;

/// An account's balance and what is set aside of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Account {
    /// Free to use.
    pub balance: Amount,
    /// Set aside for withdrawals that are not settled yet.
    pub held: Amount,
}

/// The answer.
pub type Reply = Result<Account, Refusal>;

/// The reply as protobuf.
#[must_use]
pub fn to_wire(reply: Reply) -> wire::AccountReply {
    use wire::account_reply::Outcome;
    let outcome = match reply {
        Ok(Account { balance, held }) => Outcome::Account(wire::Account {
            balance: balance.minor_units(),
            held: held.minor_units(),
        }),
        Err(refusal) => Outcome::Refused(refusal.into()),
    };
    wire::AccountReply { outcome: Some(outcome) }
}

/// The reply from protobuf. Errors: [`Malformed`].
pub fn from_wire(reply: wire::AccountReply) -> Result<Reply, Malformed> {
    use wire::account_reply::Outcome;
    match reply.outcome.ok_or(Malformed::Missing("outcome"))? {
        Outcome::Account(wire::Account { balance, held }) => Ok(Ok(Account {
            balance: Amount::from_minor_units(balance),
            held: Amount::from_minor_units(held),
        })),
        Outcome::Refused(refusal) => Refusal::try_from(refusal).map(Err),
    }
}
