//! Deposit: tokens become account money, item by item.

use crate::pending::Standing;
use crate::refusal::Refusal;
use crate::{Malformed, wire};
use tender_token::amount::Amount;
use tender_token::bounds::PAYMENT_ITEMS_MAX;
use tender_token::cash::AccountRef;
use tender_token::encode::{Decode, Encode, Reader, Writer};
use tender_token::error::Result as TokenResult;

/// A wallet's deposit: the account reference that its items name, and the items.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deposit {
    /// A fresh random reference; the intermediary remembers whose account it stands for.
    pub account: AccountRef,
    /// Encoded CASH items with instruction CREDIT for this reference, 1 to 64.
    pub items: Vec<Vec<u8>>,
}

impl Encode for Deposit {
    fn encode(&self, writer: &mut Writer) {
        writer.put(&self.account);
        writer.u16(u16::try_from(self.items.len()).expect("at most 64 items"));
        for item in &self.items {
            writer.sized(item);
        }
    }
}

impl Decode for Deposit {
    fn decode(reader: &mut Reader<'_>) -> TokenResult<Self> {
        let account = reader.get()?;
        let count = reader.count(1..=PAYMENT_ITEMS_MAX)?;
        let items = (0..count).map(|_| reader.sized().map(<[u8]>::to_vec));
        Ok(Self { account, items: items.collect::<TokenResult<_>>()? })
    }
}

/// What became of one item: its value, or the refusal.
pub type Outcome = Result<Amount, Refusal>;

/// The outcomes as protobuf, in the order of the items.
#[must_use]
pub fn to_wire(outcomes: Vec<Outcome>) -> wire::DepositReply {
    use wire::item_outcome::Outcome as Wire;
    let outcomes = outcomes.into_iter().map(|outcome| {
        let outcome = match outcome {
            Ok(value) => Wire::Paid(value.minor_units()),
            Err(refusal) => Wire::Refused(refusal.into()),
        };
        wire::ItemOutcome { outcome: Some(outcome) }
    });
    wire::DepositReply { outcomes: outcomes.collect(), pending: None }
}

/// The outcomes from protobuf. Errors: [`Malformed`].
pub fn from_wire(reply: wire::DepositReply) -> Result<Vec<Outcome>, Malformed> {
    use wire::item_outcome::Outcome as Wire;
    let read = |item: wire::ItemOutcome| match item.outcome.ok_or(Malformed::Missing("outcome"))? {
        Wire::Paid(value) => Ok(Ok(Amount::from_minor_units(value))),
        Wire::Refused(refusal) => Refusal::try_from(refusal).map(Err),
    };
    reply.outcomes.into_iter().map(read).collect()
}

/// What a wallet is told, as protobuf.
#[must_use]
pub fn standing_to_wire(standing: Standing<Vec<Outcome>>) -> wire::DepositReply {
    match standing {
        Standing::Decided(outcomes) => to_wire(outcomes),
        Standing::Pending => {
            wire::DepositReply { outcomes: Vec::new(), pending: Some(wire::Pending {}) }
        }
    }
}

/// What a wallet is told, from protobuf. Errors: [`Malformed`].
pub fn standing_from_wire(reply: wire::DepositReply) -> Result<Standing<Vec<Outcome>>, Malformed> {
    if reply.pending.is_some() {
        return Ok(Standing::Pending);
    }
    from_wire(reply).map(Standing::Decided)
}
