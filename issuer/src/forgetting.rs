//! Forgetting: a refusal is kept for as long as what was refused could still be carried out, and
//! not longer, so that whoever asks for what will be refused fills no disk with it for ever.
//!
//! A withdrawal is checked against its `expires` before it is decided (`[W4]` 6), by the time of
//! the batch, and ledger time never runs back: not in a server, whose writer decides one batch
//! after the other, and not over a restart, because the commit that forgets keeps the time that it
//! was made at. So once a refusal is forgotten, every copy of its request is expired, and refused
//! for that. A transfer has no end, and neither has its refusal: what bounds those is [`keeping`].
//!
//! [`keeping`]: crate::keeping

use crate::pipeline::BATCH_MAX;
use crate::rows::{Refusals, RefusedKey};
use crate::store::{Fault, Store};
use crate::view::View;
use tender_token::date::Timestamp;

/// Refusals that are forgotten in one commit at most: as many as one batch can add.
pub const FORGOTTEN_MAX: usize = BATCH_MAX;

/// Forgets the refusals whose requests were expired at this time, the oldest first and at most
/// [`FORGOTTEN_MAX`], if there are at least so many. Says which. The caller is the only writer
/// of the store, and `now` is the time of the batch that it decided last. Errors: [`Fault`]; the
/// store must not be written again then.
pub fn forget(store: &Store, now: Timestamp, least: usize) -> Result<Vec<RefusedKey>, Fault> {
    let oldest = store.after::<Refusals>(None, FORGOTTEN_MAX)?;
    let keys: Vec<_> =
        oldest.into_iter().map(|(key, _)| key).take_while(|key| key.until < now).collect();
    if keys.len() < least.max(1) {
        return Ok(Vec::new());
    }
    let mut view = View::default();
    for key in &keys {
        view.refused.want(*key);
    }
    store.load(&mut view)?;
    for key in &keys {
        view.refused.remove(key);
    }
    store.commit_at(view, now)?;
    Ok(keys)
}
