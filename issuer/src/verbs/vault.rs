//! Vaults: every change of a balance leaves a numbered posting.

use crate::rows::{PostingKey, PostingRow, Vault, VaultKey};
use crate::view::View;
use tender_proto::statement::{Cause, Posting};
use tender_token::amount::Amount;
use tender_token::error::{Error, Result};

/// Whether a vault covers an amount. Errors: `E_FUNDS`.
pub fn check_funds(view: &View, key: &VaultKey, amount: Amount) -> Result<()> {
    let vault = view.vaults.get(key).copied().unwrap_or_default();
    if vault.balance >= amount { Ok(()) } else { Err(Error::Funds) }
}

/// Takes an amount that [`check_funds`] found there. Nothing leaves no posting.
pub fn debit(view: &mut View, key: VaultKey, cause: Cause, amount: Amount) {
    let vault = view.vaults.get(&key).copied().unwrap_or_default();
    let balance = vault.balance.checked_sub(amount).expect("the vault covers what is debited");
    post(view, key, vault, cause, amount, balance);
}

/// Adds an amount. Nothing leaves no posting.
pub fn credit(view: &mut View, key: VaultKey, cause: Cause, amount: Amount) {
    let vault = view.vaults.get(&key).copied().unwrap_or_default();
    let balance = vault.balance.checked_add(amount);
    let balance = balance.expect("conservation: all vaults together hold less than was issued");
    post(view, key, vault, cause, amount, balance);
}

fn post(
    view: &mut View,
    key: VaultKey,
    vault: Vault,
    cause: Cause,
    amount: Amount,
    balance: Amount,
) {
    if amount.is_zero() {
        return;
    }
    let number = vault.postings.plus(1);
    let posting = Posting { number: number.0, cause, amount, balance };
    view.postings.append(PostingKey { vault: key, number }, PostingRow(posting));
    view.vaults.insert(key, Vault { balance, postings: number });
}
