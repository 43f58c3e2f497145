//! Balance: what is here, what is on its way, what was lost.

use crate::error::Result;
use crate::records::{ClaimState, Holder, PaymentRecord, SlotState, TokenState};
use crate::store::{Payments, Slots, Tokens};
use crate::wallet::Wallet;
use std::collections::BTreeMap;
use tender_proto::call::{self, Call};
use tender_token::amount::Amount;
use tender_token::date::Timestamp;
use tender_token::error::Error as Rule;

/// A token that is not gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    /// What it is worth.
    pub value: Amount,
    /// How many slots it has been passed on to.
    pub hops: u8,
    /// Where it stands.
    pub state: TokenState,
    /// Whether somebody paid with it.
    pub received: bool,
    /// Whether it can be passed on, or only be cashed.
    pub spendable: bool,
}

/// What a wallet holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Balance {
    /// What the tokens here are worth together.
    pub value: Amount,
    /// Every token that is held, being deposited or refused.
    pub tokens: Vec<Piece>,
    /// Slots that are free.
    pub slots_free: usize,
    /// Value on its way from or to the account.
    pub pending: Amount,
    /// Value handed over for which no receipt is here yet.
    pub unconfirmed: Amount,
    /// What is claimed, and how each claim stands; refused claims are not among them.
    pub claimed: Vec<(Amount, ClaimState)>,
    /// Tokens that are worthless, and why.
    pub refused: Vec<(Amount, Rule)>,
}

impl Wallet {
    /// Counts everything. Errors: the store cannot be read.
    pub fn balance(&self) -> Result<Balance> {
        let slots = self.store.all::<Slots>()?;
        let mut pending = vec![self.value_coming()?];
        let (mut tokens, mut refused) = (Vec::new(), Vec::new());
        let claims = self.claims()?.into_iter().filter(|(_, row)| row.is_live());
        let claims: BTreeMap<_, _> = claims.collect();
        for (id, token) in self.store.all::<Tokens>()? {
            if claims.contains_key(&id) {
                continue;
            }
            match token.state {
                TokenState::Paid(_) | TokenState::Deposited(_) | TokenState::Exchanged(_) => {
                    continue;
                }
                TokenState::Refused(rule) => refused.push((token.value, rule)),
                TokenState::Depositing(_) => pending.push(token.value),
                // An exchange counts as a whole, as what is coming.
                TokenState::Held | TokenState::Exchanging(_) => {}
            }
            let spendable =
                token.state == TokenState::Held && matches!(token.holder, Holder::Slot(_));
            let (value, hops, received) = (token.value, token.hops, token.received);
            tokens.push(Piece { value, hops, state: token.state, received, spendable });
        }
        let made = self.store.all::<Payments>()?.into_iter().map(|(_, payment)| payment);
        let claimed =
            |payment: &PaymentRecord| payment.tokens.iter().any(|token| claims.contains_key(token));
        let unconfirmed = made.filter(|payment| payment.is_unconfirmed() && !claimed(payment));
        let unconfirmed = unconfirmed.map(|payment| payment.amount);
        let unconfirmed = Amount::checked_sum(unconfirmed);
        tokens.sort_by_key(|piece| (piece.value, piece.received, piece.hops));
        Ok(Balance {
            value: self.value_held()?,
            tokens,
            slots_free: slots.iter().filter(|(_, row)| row.state == SlotState::Free).count(),
            pending: Amount::checked_sum(pending).unwrap_or(Amount::from_minor_units(u64::MAX)),
            unconfirmed: unconfirmed.unwrap_or(Amount::from_minor_units(u64::MAX)),
            claimed: claims.into_values().map(|row| (row.value, row.state)).collect(),
            refused,
        })
    }

    /// The question for the account's balance, signed to be sent now.
    pub fn account_call(&self, now: Timestamp) -> Call {
        Call::sign(call::Verb::Account, Vec::new(), now, &self.keys.device)
    }
}
