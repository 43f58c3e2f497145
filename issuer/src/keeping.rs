//! Keeping: of each intermediary's refusals so many are kept and no more, so that one that asks for
//! what will be refused fills no disk with it. The end of what was refused does not bound that: a
//! transfer has none, and that of a withdrawal is the intermediary's own word.
//!
//! Beyond the cap nothing is refused that would have to be kept: it is left undecided, as by a
//! fault, and what is set aside for it stays so until it is carried out, or expires, or there is
//! room again. Everything else that the intermediary asks for is answered as ever.

use crate::rows::Refusals;
use crate::store::{Fault, Store};
use std::collections::BTreeMap;
use tender_token::identity::RegistrarId;

/// Refusals that are kept of one intermediary, unless the configuration says otherwise.
pub const KEPT_MAX: u64 = 1_000_000;

/// No more refusals of the caller are kept, so it is not refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full;

/// How many refusals are kept of each intermediary. It follows the store, whose only writer has it.
#[derive(Clone, Debug, Default)]
pub struct Kept {
    most: u64,
    counts: BTreeMap<RegistrarId, u64>,
}

impl Kept {
    /// None yet, of which there may be so many of one intermediary.
    #[must_use]
    pub const fn none(most: u64) -> Self {
        Self { most, counts: BTreeMap::new() }
    }

    /// Counts what the store keeps, of which there may be so many of one intermediary.
    /// Errors: [`Fault`].
    pub fn read(store: &Store, most: u64) -> Result<Self, Fault> {
        let mut kept = Self::none(most);
        store.scan::<Refusals>(|key, _| {
            let count = kept.counts.entry(key.caller).or_default();
            *count = count.saturating_add(1);
        })?;
        Ok(kept)
    }

    /// One more of a caller is kept. Errors: [`Full`]; it must not be.
    pub fn add(&mut self, caller: RegistrarId) -> Result<(), Full> {
        let count = self.counts.entry(caller).or_default();
        if *count >= self.most {
            return Err(Full);
        }
        *count = count.saturating_add(1);
        Ok(())
    }

    /// One of a caller is forgotten.
    pub fn remove(&mut self, caller: RegistrarId) {
        if let Some(count) = self.counts.get_mut(&caller) {
            *count = count.saturating_sub(1);
        }
    }

    /// How many are kept of the intermediary of which there are most.
    #[must_use]
    pub fn greatest(&self) -> u64 {
        self.counts.values().copied().max().unwrap_or_default()
    }

    /// The intermediaries of which no more are kept.
    pub fn full(&self) -> impl Iterator<Item = RegistrarId> {
        self.counts.iter().filter(|(_, count)| **count >= self.most).map(|(caller, _)| *caller)
    }

    /// Tells of intermediaries that are full and were not before.
    pub fn tell_full(&self, before: &Self) {
        let was = |caller| before.full().any(|one| one == caller);
        for caller in self.full().filter(|caller| !was(*caller)) {
            let (caller, kept) = (hex::encode(caller.0), self.most);
            tracing::error!(
                caller,
                kept,
                "REFUSALS: no more of this intermediary are kept; what would be refused is left \
                 undecided"
            );
        }
    }
}
