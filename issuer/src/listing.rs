//! Listing: when the deposit days of a series are over, the log gets the commitment to all that was
//! cashed of it, and from then on its list can be read (`[C4]`).
//!
//! A list may have millions of tokens, so the writer hashes it in steps, each of which is short,
//! and holds one hash and nothing else. Nothing of the series is cashed any more: the last day was
//! over by the time of a batch, and ledger time never runs back. So the steps need not be durable.
//! Who stops between two of them begins anew, and the leaf comes in the same commit as the row that
//! says that the list is whole.

use crate::office::Office;
use crate::rows::{CashedLists, Listed, ListedKey};
use crate::store::{Fault, Store};
use crate::verbs::log;
use crate::view::View;
use tender_token::cashed_list::{Committing, Prefix};
use tender_token::date::{Day, Timestamp};
use tender_token::log::leaf::{Effect, Leaf};
use tender_token::series::SeriesId;

/// Tokens that are hashed in one step.
pub const STEP_TOKENS: usize = 4096;

/// What of the lists is still to be done.
#[derive(Debug)]
pub struct Listing {
    /// Series without a list and their last deposit days, the last to end first.
    open: Vec<(Day, SeriesId)>,
    /// The list in the making, which is that of the last of them.
    begun: Option<Committing>,
}

impl Listing {
    /// What a store has no list of. Errors: [`Fault`].
    pub fn read(store: &Store, office: &Office) -> Result<Self, Fault> {
        let mut open: Vec<_> = office
            .archive
            .slot_keys()
            .map(|(id, key)| (key.series.dates.deposit_until, id))
            .collect();
        store.scan::<CashedLists>(|series, _| open.retain(|(_, id)| *id != series))?;
        open.sort_unstable_by(|one, other| other.cmp(one));
        Ok(Self { open, begun: None })
    }

    /// Does the next step, if a list is due, and says whether there was one. The caller is the only
    /// writer of the store, and `now` is not before the time of anything that it decided. Errors:
    /// [`Fault`]; the store must not be written again then.
    pub fn step(&mut self, store: &Store, now: Timestamp) -> Result<bool, Fault> {
        let due = self.open.last().filter(|(until, _)| *until < now.day());
        let Some((_, series)) = due.copied() else { return Ok(false) };
        let mut begun = self.begun.take().unwrap_or_else(|| Committing::new(series));
        let first = Prefix::new(0).expect("the first of 4096");
        let last = begun.last().map(|token| ListedKey { series, token });
        let last = last.unwrap_or_else(|| ListedKey::before(series, first));
        let rows = store.after::<Listed>(Some(&last), STEP_TOKENS)?;
        let is_full = rows.len() == STEP_TOKENS;
        let mut of_others = false;
        for (key, _) in rows {
            of_others = key.series != series;
            if of_others {
                break;
            }
            begun.take(key.token);
        }
        if is_full && !of_others {
            self.begun = Some(begun);
            return Ok(true);
        }
        publish(store, series, begun, now)?;
        self.open.pop();
        Ok(true)
    }
}

/// Publishes a list that is whole.
fn publish(store: &Store, series: SeriesId, list: Committing, now: Timestamp) -> Result<(), Fault> {
    let commitment = list.finish();
    let mut view = View::default();
    view.cashed_lists.want(series);
    log::touches_size(&mut view);
    store.load(&mut view)?;
    log::touches_frontier(&mut view);
    store.load(&mut view)?;
    view.cashed_lists.append(series, commitment);
    let effect = Effect::CashedList(series, commitment);
    log::append(&mut view, Leaf { day: now.day(), effect });
    store.commit_at(view, now)?;
    tracing::info!(?series, tokens = commitment.tokens, "what was cashed of a series is published");
    Ok(())
}
