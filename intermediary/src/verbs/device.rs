//! Device: whose signature it is.

use crate::rows::CustomerId;
use crate::view::View;
use tender_token::identity::IdentityKey;
use tender_token::signature::PublicKey;

/// The rows that tell it.
pub fn touches(device: PublicKey, view: &mut View) {
    view.devices.want(device);
    if let Some(identity) = view.devices.known(&device).copied() {
        view.wallets.want(identity);
    }
}

/// The wallet that a device signs for, as far as the rows are there.
#[must_use]
pub fn wallet(view: &View, device: &PublicKey) -> Option<IdentityKey> {
    view.devices.known(device).copied()
}

/// The customer whose device this is, as far as the rows are there.
#[must_use]
pub fn holder(view: &View, device: &PublicKey) -> Option<CustomerId> {
    let identity = view.devices.known(device)?;
    view.wallets.known(identity).map(|wallet| wallet.customer)
}
