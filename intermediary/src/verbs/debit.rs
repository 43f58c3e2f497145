//! Debit: what may leave an account, by its state, the limits of its tier and the money in it.

use crate::limit::Exceeded;
use crate::rows::{Customer, CustomerId, Limits, State, Usage};
use crate::view::View;
use tender_token::amount::Amount;
use tender_token::date::Day;
use tender_token::error::Error;

/// Account and use of the day after an amount was set aside. `within` says whether the limits allow
/// it after what was used on that day. Nothing is written.
/// Errors: `E_WALLET` for an account that is frozen or closed, `E_LIMIT`, `E_FUNDS`.
pub(super) fn set_aside(
    view: &View,
    id: CustomerId,
    day: Day,
    amount: Amount,
    within: impl FnOnce(&Limits, &Usage) -> Result<(), Exceeded>,
) -> Result<(Customer, Usage), Error> {
    let account = view.customers.get(&id).expect("every wallet has its customer").clone();
    if account.state != State::Active {
        return Err(Error::Wallet);
    }
    let tier = view.tiers.get(&account.tier).expect("every customer's tier is kept");
    let today = view.usage.get(&id).copied().unwrap_or(Usage::NONE).on(day);
    within(&tier.limits, &today).map_err(|_| Error::Limit)?;
    let debited = today.debited.checked_add(amount).ok_or(Error::Limit)?;
    let account = account.hold(amount).ok_or(Error::Funds)?;
    Ok((account, Usage { debited, ..today }))
}

/// What did not take place takes nothing from the limit of its day.
pub(super) fn give_back(view: &mut View, customer: CustomerId, day: Day, amount: Amount) {
    let usage = view.usage.get(&customer).copied();
    if let Some(usage) = usage.filter(|usage| usage.day == day) {
        let debited = usage.debited.checked_sub(amount).unwrap_or_default();
        view.usage.insert(customer, Usage { debited, ..usage });
    }
}
