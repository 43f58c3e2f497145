//! Series: a manifest that officers approved and the root signed takes effect, and so does a
//! revocation. Both are in the log from the same commit on.

use crate::rows::{Count, Epoch, Total};
use crate::verbs::log;
use crate::view::View;
use tender_proto::trust::Trust;
use tender_token::date::Day;
use tender_token::log::leaf::{Effect, Leaf};
use tender_token::revocation::SignedRevocation;

/// The rows that publishing needs, beside those of the log.
pub fn touches(epoch: Epoch, view: &mut View) {
    view.manifests.want(epoch);
    view.totals.want(Total::Revocations);
}

/// Puts a manifest into force. It follows the one before; that is checked where it is approved.
pub fn publish(view: &mut View, epoch: Epoch, trust: Trust, day: Day) {
    assert!(view.manifests.get(&epoch).is_none(), "append-only: an epoch has one manifest");
    view.manifests.insert(epoch, trust.clone());
    let Trust { manifest, signature, policy } = trust;
    log::append(view, Leaf { day, effect: Effect::Manifest { manifest, signature, policy } });
}

/// Puts a revocation into force (`[X1]`).
pub fn revoke(view: &mut View, revocation: SignedRevocation, day: Day) {
    let number = view.totals.get(&Total::Revocations).copied().unwrap_or(Count(0)).plus(1);
    view.totals.insert(Total::Revocations, number);
    log::append(view, Leaf { day, effect: Effect::Revocation(revocation.clone()) });
    view.revocations.append(number, revocation);
}
