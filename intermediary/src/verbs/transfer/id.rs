//! How our transfers are named at the issuer, which knows all of one bank's by their ids: each kind
//! under a prefix of its own, so that no customer's choice is the name of something else.

use crate::rows::CustomerId;
use sha2::{Digest, Sha256};
use tender_token::cash::AccountRef;

/// A customer's transfer, by the id that the device chose for the order.
pub fn of_order(customer: CustomerId, order: [u8; 32]) -> [u8; 32] {
    let hash = Sha256::new().chain_update(b"tender/order/v1/");
    hash.chain_update(customer.0.to_be_bytes()).chain_update(order).finalize().into()
}

/// What goes back to another intermediary: a posting of the vault is taken once.
pub fn of_return(posting: u64, account: AccountRef) -> [u8; 32] {
    let hash = Sha256::new().chain_update(b"tender/return/v1/");
    hash.chain_update(posting.to_be_bytes()).chain_update(account.0).finalize().into()
}

/// The next attempt at what goes back, after the one of this id was refused for good.
pub fn of_next(id: [u8; 32]) -> [u8; 32] {
    Sha256::new().chain_update(b"tender/return/again/v1/").chain_update(id).finalize().into()
}
