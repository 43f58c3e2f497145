//! The policy's limits on what happens offline (`[S6]`): what counts as used of them.

use crate::error::{Error, Result, Verb};
use crate::records::{ExchangeState, TokenState, WithdrawalState};
use crate::store::{Exchanges, Tokens, Withdrawals};
use crate::wallet::Wallet;
use tender_token::amount::Amount;
use tender_token::date::{Day, Timestamp};
use tender_token::error::Error as Rule;
use tender_token::policy::Limits;
use tender_token::policy::limits::{Bound, Usage};

/// Greatest amount that leaves no doubt: sums beyond it count as this.
const BEYOND: Amount = Amount::from_minor_units(u64::MAX);

impl Wallet {
    /// Whether a payment of this amount may be made. Errors: `E_LIMIT`.
    pub(crate) fn check_pay(&self, amount: Amount, now: Timestamp) -> Result<()> {
        let (limits, usage) = (self.own_limits(Verb::Pay)?, self.usage()?);
        limits.check_payer(amount, &usage, self.today(now)?).map_err(over(Verb::Pay))
    }

    /// Whether a payment of this amount may be asked for or taken. Errors: `E_LIMIT`.
    pub(crate) fn check_receive(&self, amount: Amount, now: Timestamp, verb: Verb) -> Result<()> {
        let (limits, usage) = (self.own_limits(verb)?, self.usage()?);
        limits.check_payee(amount, &usage, self.today(now)?).map_err(over(verb))
    }

    /// Whether so much may be withdrawn. Errors: `E_LIMIT`.
    pub(crate) fn check_withdraw(&self, amount: Amount) -> Result<()> {
        let limits = self.own_limits(Verb::Withdraw)?;
        limits.check_holding(amount, &self.usage()?).map_err(over(Verb::Withdraw))
    }

    /// What is used of the limits. What is on its way is as good as held.
    fn usage(&self) -> Result<Usage> {
        let standing = self.standing()?;
        let held = self.value_held()?.checked_add(self.value_coming()?);
        Ok(Usage {
            held: held.unwrap_or(BEYOND),
            received: standing.received,
            payments: standing.payments,
            reconciled: standing.reconciled,
        })
    }

    /// The day by the clock that never runs backwards (`[P5]`).
    fn today(&self, now: Timestamp) -> Result<Day> {
        Ok(self.standing()?.clock.max(now).day())
    }

    /// What the free tokens are worth together.
    pub(crate) fn value_held(&self) -> Result<Amount> {
        let (tokens, claimed) = (self.store.all::<Tokens>()?, self.claimed()?);
        let held = tokens
            .iter()
            .filter(|(id, token)| token.state == TokenState::Held && !claimed.contains(id));
        Ok(Amount::checked_sum(held.map(|(_, token)| token.value)).unwrap_or(BEYOND))
    }

    /// What is on its way: from the account, and as fresh tokens for others.
    pub(crate) fn value_coming(&self) -> Result<Amount> {
        let withdrawals = self.store.all::<Withdrawals>()?;
        let withdrawn = withdrawals.iter().filter(|(_, row)| row.state == WithdrawalState::Open);
        let exchanges = self.store.all::<Exchanges>()?;
        let exchanged = exchanges.iter().filter(|(_, row)| row.state == ExchangeState::Open);
        let amounts = withdrawn.map(|(_, row)| row.amount);
        let amounts = amounts.chain(exchanged.map(|(_, row)| row.amount));
        Ok(Amount::checked_sum(amounts).unwrap_or(BEYOND))
    }

    fn own_limits(&self, verb: Verb) -> Result<&Limits> {
        let limits = self.trusted()?.limits(self.currency()?);
        limits.ok_or(Error::Refused { verb, rule: Rule::Limit })
    }
}

fn over(verb: Verb) -> impl Fn(Bound) -> Error {
    move |bound| Error::Limit { verb, bound }
}
