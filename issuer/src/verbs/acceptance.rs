//! Acceptance: in which order a wallet's sessions were accepted, which restoring needs (`[R5]`).

use crate::rows::{Acceptance, AcceptanceKey, SessionKey, SessionKind};
use crate::view::View;
use tender_token::identity::IdentityKey;

/// The row that says how many there are.
pub fn touches(identity: IdentityKey, view: &mut View) {
    view.acceptance_counts.want(identity);
}

/// Puts a new session behind all others of its wallet.
pub fn record(kind: SessionKind, session: SessionKey, view: &mut View) {
    let SessionKey { identity, sid } = session;
    let number = view.acceptance_counts.get(&identity).copied().unwrap_or_default().plus(1);
    view.acceptances.append(AcceptanceKey { identity, number }, Acceptance { kind, sid });
    view.acceptance_counts.insert(identity, number);
}
