//! Account: what we owe the holder whose device asks.

use super::deposit::customer_of;
use crate::view::{Touches, View};
use tender_proto::account::{Account, Reply};
use tender_token::error::Error;
use tender_token::signature::PublicKey;

/// The rows that [`decide`] needs.
#[must_use]
pub fn touches(device: PublicKey) -> Touches {
    let mut touches = Touches::default();
    touches.devices.insert(device);
    touches
}

/// The account of the device's holder. Refusal: `E_WALLET` for an unknown device.
pub fn decide(view: &View, device: &PublicKey) -> Reply {
    let customer = customer_of(view, device).ok_or(Error::Wallet)?;
    let account = view.customers.get(&customer).ok_or(Error::Wallet)?;
    Ok(Account { balance: account.balance, held: account.held })
}
