//! Provision: we vouch for a wallet's opening and relay both steps; the session is the issuer's.

use crate::view::View;
use tender_token::error::Error;
use tender_token::identity::IdentityKey;
use tender_token::provision::SignedOpen;

/// The rows that both steps need.
pub fn touches(identity: IdentityKey, view: &mut View) {
    view.wallets.want(identity);
}

/// The identity that an opening names.
#[must_use]
pub fn identity(open: &SignedOpen) -> IdentityKey {
    IdentityKey(open.plan.identity.bytes())
}

/// Whether we vouch for this opening: a wallet of ours, signed by its device (`[PR2]`).
/// Errors: `E_WALLET`, `E_AUTH`.
pub fn vouch(view: &View, open: &SignedOpen) -> Result<(), Error> {
    let wallet = view.wallets.get(&identity(open)).ok_or(Error::Wallet)?;
    open.verify(&wallet.registration.record.device)
}

/// Whether a REVEAL comes for a wallet of ours; its signature is the issuer's to check, who knows
/// the session. Errors: `E_WALLET`, `E_ENCODING` if it is too short to name a session.
pub fn admit(view: &View, identity: &IdentityKey, reveal: &[u8]) -> Result<(), Error> {
    let session = tender_token::provision::Reveal::session_of(reveal);
    let known = view.wallets.get(identity).is_some();
    session.and(if known { Ok(()) } else { Err(Error::Wallet) })
}
