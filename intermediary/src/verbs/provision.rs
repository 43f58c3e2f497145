//! Provision: we vouch for a wallet's opening, count its slots and relay both steps; the session is
//! the issuer's.

use super::{device, touches_account};
use crate::limit;
use crate::rows::{Opening, State, Usage, Vouched};
use crate::view::View;
use tender_store::plain::Count;
use tender_token::date::Timestamp;
use tender_token::error::Error;
use tender_token::identity::IdentityKey;
use tender_token::provision::SignedOpen;
use tender_token::signature::PublicKey;

/// The identity that an opening names.
#[must_use]
pub fn identity(open: &SignedOpen) -> IdentityKey {
    IdentityKey(open.plan.identity.bytes())
}

/// The rows that [`vouch`] needs.
pub fn touches_opening(open: &SignedOpen, view: &mut View) {
    let identity = identity(open);
    view.openings.want(Opening { identity, sid: open.sid });
    view.wallets.want(identity);
    if let Some(customer) = view.wallets.known(&identity).map(|wallet| wallet.customer) {
        touches_account(view, customer);
    }
}

/// Vouches for an opening: a wallet of ours, signed by its device (`[PR2]`), whose customer may
/// have so many slots more today. A session counts once, however often it is opened.
/// Errors: `E_WALLET` also for an account that is frozen or closed, `E_AUTH`, `E_RATE`.
pub fn vouch(view: &mut View, open: &SignedOpen, now: Timestamp) -> Result<(), Error> {
    let identity = identity(open);
    let wallet = device::heard(view, &identity)?;
    open.verify(&wallet.registration.record.device)?;
    let id = wallet.customer;
    let opening = Opening { identity, sid: open.sid };
    if view.openings.get(&opening).is_some() {
        return Ok(());
    }
    let account = view.customers.get(&id).expect("every wallet has its customer");
    if account.state != State::Active {
        return Err(Error::Wallet);
    }
    let tier = view.tiers.get(&account.tier).expect("every customer's tier is kept");
    let today = view.usage.get(&id).copied().unwrap_or(Usage::NONE).on(now.day());
    let count = u64::from(open.plan.count);
    limit::slots(&tier.limits, &today, count).map_err(|_| Error::Rate)?;
    let slots = today.slots.plus(count);
    view.usage.insert(id, Usage { slots, ..today });
    view.openings.insert(opening, Vouched { day: today.day, slots: Count(count) });
    Ok(())
}

/// Whether a REVEAL comes from a device that may ask about its wallet; its signature is the
/// issuer's to check, who knows the session. Errors: `E_WALLET`, `E_ENCODING` if it is too short to
/// name a session.
pub fn admit(
    view: &View,
    present: &PublicKey,
    identity: &IdentityKey,
    reveal: &[u8],
) -> Result<(), Error> {
    tender_token::provision::Reveal::session_of(reveal)?;
    device::may_ask(view, present, identity).then_some(()).ok_or(Error::Wallet)
}
