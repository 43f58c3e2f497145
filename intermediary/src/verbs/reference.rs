//! Reference: a payee makes a fresh account reference known, so that what comes in under it is
//! credited to the payee.

use super::device::{self, holder};
use crate::mirror;
use crate::rows::{Reference, State};
use crate::view::View;
use tender_proto::reference::Reply;
use tender_token::cash::AccountRef;
use tender_token::error::Error;
use tender_token::signature::PublicKey;

/// The rows that [`decide`] needs.
pub fn touches(device: PublicKey, account: AccountRef, view: &mut View) {
    device::touches(device, view);
    view.references.want(account);
    if let Some(customer) = holder(view, &device) {
        view.customers.want(customer);
    }
}

/// Binds the reference to the device's holder; again for the same holder it changes nothing.
/// Refusals: `E_WALLET` for an unknown device or a closed account, `E_AUTH` for a reference of
/// somebody else.
pub fn decide(view: &mut View, device: &PublicKey, account: AccountRef) -> Reply {
    let customer = holder(view, device).ok_or(Error::Wallet)?;
    let known = view.customers.get(&customer).ok_or(Error::Wallet)?;
    if let State::Closed(_) = known.state {
        return Err(Error::Wallet.into());
    }
    if !mirror::may_use(view, account, customer) {
        return Err(Error::Auth.into());
    }
    if view.references.get(&account).is_none() {
        view.references.insert(account, Reference::of(customer));
    }
    Ok(())
}
