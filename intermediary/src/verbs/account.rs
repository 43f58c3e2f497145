//! Account: what we owe the holder whose device asks, and what is held ready outside for what that
//! does not cover. A wallet with a grant hears what is left of it, and nothing of the account.

use super::device::{self, holder};
use crate::view::View;
use tender_proto::account::{Account, Reply};
use tender_token::amount::Amount;
use tender_token::error::Error;
use tender_token::signature::PublicKey;

/// The rows that [`decide`] needs.
pub fn touches(device: PublicKey, view: &mut View) {
    device::touches(device, view);
    if let Some(customer) = holder(view, &device) {
        view.customers.want(customer);
    }
}

/// The account of the device's holder, or what is left of its grant.
/// Refusal: `E_WALLET` for an unknown device.
pub fn decide(view: &View, device: &PublicKey) -> Reply {
    let customer = holder(view, device).ok_or(Error::Wallet)?;
    if let Some(grant) = device::grant_of(view, device) {
        return Ok(Account { balance: grant.left(), held: Amount::ZERO, ready: Amount::ZERO });
    }
    let account = view.customers.get(&customer).ok_or(Error::Wallet)?;
    Ok(Account { balance: account.balance, held: account.held, ready: account.cover })
}
