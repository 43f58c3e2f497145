//! Treasury: currency is created here, and leaves for an intermediary's vault.

use crate::rows::{TreasuryAccount, VaultKey};
use crate::verbs::vault;
use crate::view::View;
use tender_proto::statement::Cause;
use tender_token::amount::{Amount, Currency};
use tender_token::error::{Error, Result};

/// The rows that creating and distributing need.
pub fn touches(currency: Currency, vault: Option<VaultKey>, view: &mut View) {
    view.treasury.want(currency);
    if let Some(key) = vault {
        view.vaults.want(key);
    }
}

/// Creates currency in the treasury.
/// Errors: `E_AMOUNT` for nothing, and beyond 2^64 - 1 minor units.
pub fn issue(view: &mut View, currency: Currency, amount: Amount) -> Result<TreasuryAccount> {
    let account = view.treasury.get(&currency).copied().unwrap_or_default();
    let issued = account.issued.checked_add(amount).ok_or(Error::Amount)?;
    let balance = account.balance.checked_add(amount).ok_or(Error::Amount)?;
    if amount.is_zero() {
        return Err(Error::Amount);
    }
    let account = TreasuryAccount { issued, balance, ..account };
    view.treasury.insert(currency, account);
    Ok(account)
}

/// Moves currency from the treasury into a vault. Errors: `E_AMOUNT` for nothing; `E_FUNDS` if the
/// treasury does not cover it.
pub fn distribute(view: &mut View, key: VaultKey, amount: Amount) -> Result<TreasuryAccount> {
    if amount.is_zero() {
        return Err(Error::Amount);
    }
    let account = view.treasury.get(&key.currency).copied().unwrap_or_default();
    let balance = account.balance.checked_sub(amount).ok_or(Error::Funds)?;
    let account = TreasuryAccount { balance, ..account };
    view.treasury.insert(key.currency, account);
    vault::credit(view, key, Cause::Distribution, amount);
    Ok(account)
}
