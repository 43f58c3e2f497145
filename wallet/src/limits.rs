//! The policy's limits on what happens offline (`[S6]`). Zero forbids.

use crate::error::{Bound, Error, Result, Verb, days_between};
use crate::records::{Standing, TokenState, WithdrawalState};
use crate::store::{Tokens, Withdrawals};
use crate::wallet::Wallet;
use tender_token::amount::Amount;
use tender_token::date::Timestamp;
use tender_token::error::Error as Rule;
use tender_token::policy::Limits;

/// Greatest amount that leaves no doubt: sums beyond it count as beyond every limit.
const BEYOND: Amount = Amount::from_minor_units(u64::MAX);

impl Wallet {
    /// Whether a payment of this amount may be made. Errors: `E_LIMIT`.
    pub(crate) fn check_pay(&self, amount: Amount, now: Timestamp) -> Result<()> {
        let (limits, standing) = (self.own_limits(Verb::Pay)?, self.standing()?);
        check_payment(limits, amount, Verb::Pay)?;
        if standing.payments >= limits.payments {
            return Err(over(Verb::Pay, Bound::Payments(limits.payments)));
        }
        check_days(limits, &standing, now, Verb::Pay)
    }

    /// Whether a payment of this amount may be asked for or taken. Errors: `E_LIMIT`.
    pub(crate) fn check_receive(&self, amount: Amount, now: Timestamp, verb: Verb) -> Result<()> {
        let (limits, standing) = (self.own_limits(verb)?, self.standing()?);
        check_payment(limits, amount, verb)?;
        self.check_holding(limits, amount, verb)?;
        let received = standing.received.checked_add(amount).unwrap_or(BEYOND);
        if received > limits.received {
            return Err(over(verb, Bound::Received(limits.received)));
        }
        check_days(limits, &standing, now, verb)
    }

    /// Whether so much may be withdrawn. Errors: `E_LIMIT`.
    pub(crate) fn check_withdraw(&self, amount: Amount) -> Result<()> {
        let limits = self.own_limits(Verb::Withdraw)?;
        self.check_holding(limits, amount, Verb::Withdraw)
    }

    fn check_holding(&self, limits: &Limits, amount: Amount, verb: Verb) -> Result<()> {
        let held = self.value_held()?.checked_add(self.value_coming()?);
        let held = held.and_then(|held| held.checked_add(amount)).unwrap_or(BEYOND);
        if held > limits.holding {
            return Err(over(verb, Bound::Holding(limits.holding)));
        }
        Ok(())
    }

    /// What the free tokens are worth together.
    pub(crate) fn value_held(&self) -> Result<Amount> {
        let tokens = self.store.all::<Tokens>()?;
        let held = tokens.iter().filter(|(_, token)| token.state == TokenState::Held);
        Ok(Amount::checked_sum(held.map(|(_, token)| token.value)).unwrap_or(BEYOND))
    }

    /// What is on its way from the account.
    pub(crate) fn value_coming(&self) -> Result<Amount> {
        let withdrawals = self.store.all::<Withdrawals>()?;
        let open = withdrawals.iter().filter(|(_, row)| row.state == WithdrawalState::Open);
        Ok(Amount::checked_sum(open.map(|(_, row)| row.amount)).unwrap_or(BEYOND))
    }

    fn own_limits(&self, verb: Verb) -> Result<&Limits> {
        let limits = self.trusted()?.limits(self.currency()?);
        limits.ok_or(Error::Refused { verb, rule: Rule::Limit })
    }
}

fn check_payment(limits: &Limits, amount: Amount, verb: Verb) -> Result<()> {
    if amount > limits.payment {
        return Err(over(verb, Bound::Payment(limits.payment)));
    }
    Ok(())
}

fn check_days(limits: &Limits, standing: &Standing, now: Timestamp, verb: Verb) -> Result<()> {
    let today = standing.clock.max(now).day();
    let days = days_between(standing.reconciled, today);
    if limits.reconcile_days == 0 || days > u32::from(limits.reconcile_days) {
        return Err(over(verb, Bound::ReconcileDays(limits.reconcile_days)));
    }
    Ok(())
}

fn over(verb: Verb, bound: Bound) -> Error {
    Error::Limit { verb, bound }
}
