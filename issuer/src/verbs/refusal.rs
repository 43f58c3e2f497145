//! Refusals that are final: whoever set money aside for a request takes it back when it is refused,
//! so no earlier attempt that is still on its way may be carried out after that.

use crate::keeping::Full;
use crate::rows::{ContentDigest, Refused, RefusedKey};
use crate::view::View;
use tender_proto::refusal::Refusal;
use tender_token::date::Timestamp;
use tender_token::error::Error;

/// Why something is not carried out.
#[derive(Debug)]
pub enum Not {
    /// It is refused.
    Refused(Refusal),
    /// It would be, and no more refusals of the caller are kept: nothing is decided.
    Undecided(Full),
}

impl From<Refusal> for Not {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Error> for Not {
    fn from(error: Error) -> Self {
        Self::Refused(error.into())
    }
}

impl From<Full> for Not {
    fn from(full: Full) -> Self {
        Self::Undecided(full)
    }
}

/// What the caller hears, if anything was decided. Errors: [`Full`].
pub fn said<T>(outcome: Result<T, Not>) -> Result<Result<T, Refusal>, Full> {
    match outcome {
        Ok(done) => Ok(Ok(done)),
        Err(Not::Refused(refusal)) => Ok(Err(refusal)),
        Err(Not::Undecided(full)) => Err(full),
    }
}

/// The row that [`once`] needs.
pub fn touches(key: RefusedKey, view: &mut View) {
    view.refused.want(key);
}

/// Decides what was not carried out before, and keeps the refusal if it is one that time could
/// change: the same request again is refused as before, whatever has happened since. What is
/// expired can be carried out no more, and needs none.
/// Errors: those of the decision; `E_SID_CONFLICT` for other content than what was refused;
/// [`Full`] for a refusal that there is no room for, as the caller must not hear it then.
pub fn once(
    key: RefusedKey,
    content: impl Fn() -> Vec<u8>,
    view: &mut View,
    now: Timestamp,
    decide: impl FnOnce(&mut View) -> Result<(), Refusal>,
) -> Result<(), Not> {
    if let Some(known) = view.refused.get(&key) {
        let same = known.content == ContentDigest::of(&content());
        let refusal = if same { known.refusal.clone() } else { Error::SidConflict.into() };
        return Err(refusal.into());
    }
    let Err(refusal) = decide(view) else { return Ok(()) };
    if !is_of_the_bytes(refusal.error) && key.until >= now {
        view.kept.add(key.caller)?;
        let content = ContentDigest::of(&content());
        view.refused.insert(key, Refused { content, refusal: refusal.clone() });
    }
    Err(refusal.into())
}

/// Whether a refusal follows from the request's bytes and from what never changes, so that it is
/// the same for ever without being kept: who only wants to fill the store gets no row for it.
fn is_of_the_bytes(error: Error) -> bool {
    matches!(error, Error::Auth | Error::Amount)
}
