//! Device: whose signature it is, and whether it is heard. A wallet's device that is lost is
//! blocked: nothing is heard from it from the next request on; what is open is still finished.

use super::action::Ordered;
use super::customer::Refused;
use crate::rows::{CustomerId, Grant, Wallet};
use crate::view::View;
use tender_token::amount::Amount;
use tender_token::error::Error;
use tender_token::identity::IdentityKey;
use tender_token::signature::PublicKey;

/// The rows that tell it.
pub fn touches(device: PublicKey, view: &mut View) {
    view.devices.want(device);
    if let Some(identity) = view.devices.known(&device).copied() {
        view.wallets.want(identity);
    }
}

/// The wallet that a device signs for, unless it is blocked, as far as the rows are there.
#[must_use]
pub fn wallet(view: &View, device: &PublicKey) -> Option<IdentityKey> {
    let identity = view.devices.known(device)?;
    view.wallets.known(identity).filter(|wallet| !wallet.blocked).map(|_| *identity)
}

/// The customer whose device this is, unless it is blocked, as far as the rows are there.
#[must_use]
pub fn holder(view: &View, device: &PublicKey) -> Option<CustomerId> {
    view.wallets.known(&wallet(view, device)?).map(|wallet| wallet.customer)
}

/// What is granted to the wallet that a device signs for, unless it may take what the tier allows.
/// A wallet with a grant, such as a child's, is told nothing of what the account's others do.
#[must_use]
pub fn grant_of(view: &View, device: &PublicKey) -> Option<Grant> {
    view.wallets.known(&wallet(view, device)?)?.grant
}

/// The rows that tell whether a device may ask about an identity.
pub fn touches_asking(present: PublicKey, identity: IdentityKey, view: &mut View) {
    touches(present, view);
    view.wallets.want(identity);
}

/// Whether the device that is present may ask about an identity: its own wallet's, or that of
/// another wallet of the same customer, also one that is blocked. Only the wallet that follows a
/// lost one can ask about it (`[ID3]`).
#[must_use]
pub fn may_ask(view: &View, present: &PublicKey, identity: &IdentityKey) -> bool {
    let asked = view.wallets.known(identity).map(|wallet| wallet.customer);
    asked.is_some() && asked == holder(view, present)
}

/// The wallet of an identity. Errors: `E_WALLET` for one that is unknown, or whose device is
/// blocked.
pub fn heard<'a>(view: &'a View, identity: &IdentityKey) -> Result<&'a Wallet, Error> {
    view.wallets.get(identity).filter(|wallet| !wallet.blocked).ok_or(Error::Wallet)
}

/// Blocks a wallet's device, or lets it be heard again. Errors: [`Refused`], if the wallet is not
/// this customer's; nothing is written then.
pub fn block(
    view: &mut View,
    customer: CustomerId,
    identity: IdentityKey,
    blocked: bool,
) -> Result<Ordered, Refused> {
    let wallet = own(view, customer, identity)?;
    if wallet.blocked == blocked {
        return Ok(Ordered::Already);
    }
    view.wallets.insert(identity, Wallet { blocked, ..wallet });
    Ok(Ordered::Done)
}

/// Grants a wallet what it may take out of the account altogether, or all that the tier allows.
/// What it took of another grant counts against this one, so that an order that is repeated, or
/// comes late, gives nothing twice.
/// Errors: [`Refused`], if the wallet is not this customer's; nothing is written then.
pub fn grant(
    view: &mut View,
    customer: CustomerId,
    identity: IdentityKey,
    amount: Option<Amount>,
) -> Result<Ordered, Refused> {
    let wallet = own(view, customer, identity)?;
    if wallet.grant.map(|grant| grant.amount) == amount {
        return Ok(Ordered::Already);
    }
    view.wallets.insert(identity, wallet.granted(amount));
    Ok(Ordered::Done)
}

fn own(view: &View, customer: CustomerId, identity: IdentityKey) -> Result<Wallet, Refused> {
    let wallet = view.wallets.get(&identity).filter(|wallet| wallet.customer == customer);
    wallet.cloned().ok_or(Refused::NoWallet(customer.0))
}
