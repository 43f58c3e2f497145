//! The cashed list (`[C4]`): what was cashed of a series, for whoever asks, once it is published.
//!
//! It changes nothing, so it is answered from the store without waiting in line; and what is
//! published never changes, so it does not matter from which state of it.

use crate::office::Office;
use crate::rows::{Keyed, Listed, ListedKey};
use crate::store::{Fault, Store};
use crate::view::View;
use tender_proto::cashed_list::{Request, TOKEN_BYTES, TOKENS_MAX, Tokens};
use tender_proto::refusal::Refusal;
use tender_token::cashed_list::Prefix;
use tender_token::date::Day;
use tender_token::error::Error;

/// Tokens that are read at a time.
const READ_TOKENS: usize = 512;

/// A list that may be read.
#[derive(Clone, Copy, Debug)]
pub struct Published {
    request: Request,
    /// How many tokens it has, all prefixes together.
    tokens: u64,
}

/// The row that says whether the list is published.
pub fn touches(request: &Request, view: &mut View) {
    view.cashed_lists.want(request.series);
}

/// Whether the list may be read; `None` if it is only being put together. Refused: `E_CERT` if
/// there never was such a series; `E_WINDOW` until its last deposit day is over.
#[must_use]
pub fn decide(
    request: Request,
    view: &View,
    office: &Office,
    today: Day,
) -> Option<Result<Published, Refusal>> {
    if let Some(commitment) = view.cashed_lists.get(&request.series) {
        return Some(Ok(Published { request, tokens: commitment.tokens }));
    }
    match office.archive.slot_key(request.series) {
        Err(error) => Some(Err(error.into())),
        Ok(key) if today <= key.series.dates.deposit_until => Some(Err(Error::Window.into())),
        Ok(_) => None,
    }
}

impl Published {
    /// About how many bytes the tokens of one prefix are: ids are hashes, spread evenly.
    #[must_use]
    pub fn length(&self) -> usize {
        let share = self.tokens / u64::from(Prefix::COUNT);
        usize::try_from(share).unwrap_or(usize::MAX).saturating_mul(TOKEN_BYTES)
    }

    /// Reads the tokens that were asked for, [`TOKENS_MAX`] at most. Errors: [`Fault`].
    pub fn read(&self, store: &Store) -> Result<Tokens, Fault> {
        let Request { series, prefix, after } = self.request;
        // Whoever asks for what is behind another prefix gets the first of this one.
        let after = after.filter(|token| Prefix::of(*token) == prefix);
        let after = after.map(|token| ListedKey { series, token });
        let mut last = after.unwrap_or_else(|| ListedKey::before(series, prefix));
        let of_it =
            |(key, _): &Keyed<Listed>| key.series == series && Prefix::of(key.token) == prefix;
        let mut ids = Vec::new();
        loop {
            let rows = store.after::<Listed>(Some(&last), READ_TOKENS)?;
            let read = rows.len();
            let taken = rows.into_iter().take_while(of_it).map(|(key, _)| key);
            let before = ids.len();
            for key in taken {
                if ids.len() == TOKENS_MAX * TOKEN_BYTES {
                    return Ok(Tokens { ids, more: true });
                }
                ids.extend(key.token.0);
                last = key;
            }
            if ids.len() - before < read * TOKEN_BYTES || read < READ_TOKENS {
                return Ok(Tokens { ids, more: false });
            }
        }
    }
}
