//! Account: what the intermediary owes the holder.

use crate::refusal::Refusal;
use crate::{Malformed, wire};
use tender_token::amount::Amount;

/// What there is in an account, and beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Account {
    /// Free to use.
    pub balance: Amount,
    /// Set aside for withdrawals that are not settled yet.
    pub held: Amount,
    /// Held ready at an account outside, for what the balance does not cover.
    pub ready: Amount,
}

impl Account {
    /// What may leave it, as far as there is money; `u64::MAX` beyond the range of amounts.
    #[must_use]
    pub fn available(&self) -> Amount {
        let all = self.balance.checked_add(self.ready);
        all.unwrap_or(Amount::from_minor_units(u64::MAX))
    }
}

/// The answer.
pub type Reply = Result<Account, Refusal>;

/// The reply as protobuf.
#[must_use]
pub fn to_wire(reply: Reply) -> wire::AccountReply {
    use wire::account_reply::Outcome;
    let outcome = match reply {
        Ok(Account { balance, held, ready }) => Outcome::Account(wire::Account {
            balance: balance.minor_units(),
            held: held.minor_units(),
            ready: ready.minor_units(),
        }),
        Err(refusal) => Outcome::Refused(refusal.into()),
    };
    wire::AccountReply { outcome: Some(outcome) }
}

/// The reply from protobuf. Errors: [`Malformed`].
pub fn from_wire(reply: wire::AccountReply) -> Result<Reply, Malformed> {
    use wire::account_reply::Outcome;
    match reply.outcome.ok_or(Malformed::Missing("outcome"))? {
        Outcome::Account(wire::Account { balance, held, ready }) => Ok(Ok(Account {
            balance: Amount::from_minor_units(balance),
            held: Amount::from_minor_units(held),
            ready: Amount::from_minor_units(ready),
        })),
        Outcome::Refused(refusal) => Refusal::try_from(refusal).map(Err),
    }
}
