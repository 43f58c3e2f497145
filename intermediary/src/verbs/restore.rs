//! Restore (`[R5]`, `[W8]`): a wallet of ours asks what the issuer stored of it, or of the one that
//! it follows. We hand its call on as it signed it, since the issuer verifies it.

use super::device;
use crate::rows::CustomerId;
use crate::view::View;
use tender_proto::restore::Request;
use tender_token::error::Error;
use tender_token::signature::PublicKey;

/// The rows that [`admit`] needs.
pub fn touches(present: PublicKey, asked: &Request, view: &mut View) {
    device::touches_asking(present, asked.identity, view);
}

/// The customer whose device is present, if it may ask about the wallet whose device signed.
/// Errors: `E_WALLET`.
pub fn admit(
    view: &View,
    present: &PublicKey,
    signer: &PublicKey,
    asked: &Request,
) -> Result<CustomerId, Error> {
    let wallet = view.wallets.known(&asked.identity);
    let signed = wallet.is_some_and(|wallet| wallet.registration.record.device == *signer);
    let admitted = signed && device::may_ask(view, present, &asked.identity);
    device::holder(view, present).filter(|_| admitted).ok_or(Error::Wallet)
}
