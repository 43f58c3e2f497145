//! Refusals that are final: whoever set money aside for a request takes it back when it is refused,
//! so no earlier attempt that is still on its way may be carried out after that.

use crate::rows::{ContentDigest, Refused, RefusedKey};
use crate::view::View;
use tender_proto::refusal::Refusal;
use tender_token::date::Timestamp;
use tender_token::error::Error;

/// The row that [`once`] needs.
pub fn touches(key: RefusedKey, view: &mut View) {
    view.refused.want(key);
}

/// Decides what was not carried out before, and keeps the refusal if it is one that time could
/// change: the same request again is refused as before, whatever has happened since. What is
/// expired can be carried out no more, and needs none.
/// Errors: those of the decision; `E_SID_CONFLICT` for other content than what was refused.
pub fn once(
    key: RefusedKey,
    content: impl Fn() -> Vec<u8>,
    view: &mut View,
    now: Timestamp,
    decide: impl FnOnce(&mut View) -> Result<(), Refusal>,
) -> Result<(), Refusal> {
    if let Some(known) = view.refused.get(&key) {
        let same = known.content == ContentDigest::of(&content());
        return Err(if same { known.refusal.clone() } else { Error::SidConflict.into() });
    }
    decide(view).inspect_err(|refusal| {
        if is_of_the_bytes(refusal.error) || key.until < now {
            return;
        }
        let content = ContentDigest::of(&content());
        view.refused.insert(key, Refused { content, refusal: refusal.clone() });
    })
}

/// Whether a refusal follows from the request's bytes and from what never changes, so that it is
/// the same for ever without being kept: who only wants to fill the store gets no row for it.
fn is_of_the_bytes(error: Error) -> bool {
    matches!(error, Error::Auth | Error::Amount)
}
