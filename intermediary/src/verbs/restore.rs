//! Restore (`[R5]`, `[W8]`): a wallet of ours asks what the issuer stored of it. We hand its call
//! on as it signed it, since the issuer verifies it.

use super::device;
use crate::view::View;
use tender_proto::restore::Request;
use tender_token::error::Error;
use tender_token::signature::PublicKey;

/// The rows that [`admit`] needs.
pub fn touches(device: PublicKey, view: &mut View) {
    device::touches(device, view);
}

/// Whether the device asks about its own wallet. Errors: `E_WALLET`.
pub fn admit(view: &View, device: &PublicKey, asked: &Request) -> Result<(), Error> {
    let wallet = device::wallet(view, device).filter(|identity| *identity == asked.identity);
    wallet.map(|_| ()).ok_or(Error::Wallet)
}
