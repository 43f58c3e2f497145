//! The wallet's own slots, and the search for the one that a token was withdrawn onto.

use crate::error::Result;
use crate::manifest::Manifest;
use crate::opening::SlotOpening;
use crate::series::SeriesId;
use crate::slot::{Commitments, Slot, SlotId};
use crate::token::message;
use crate::withdraw::{Output, Session};
use std::collections::BTreeSet;

/// A slot that the wallet knows again, without the secrets that could answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnSlot {
    /// Shows the issuer whose it is: what a claim needs (`[R2]`).
    pub opening: SlotOpening,
    /// Its series.
    pub series: SeriesId,
    /// Its commitments.
    pub commitments: Commitments,
    /// The slot with its certificate. `None` if the issuer returned none that holds: receipt,
    /// REVEAL and answer prove it (`[PR9]`).
    pub certified: Option<Slot>,
}

impl OwnSlot {
    /// `slot_id`.
    #[must_use]
    pub fn id(&self) -> SlotId {
        self.commitments.slot_id(self.series)
    }
}

/// All slots of a wallet in the order in which it takes them for withdrawals (`[W3]`).
#[derive(Clone, Debug)]
pub struct OwnSlots {
    slots: Vec<OwnSlot>,
    taken: BTreeSet<usize>,
    next: usize,
}

impl OwnSlots {
    /// The slots of the wallet's provision sessions, which are in the order of their OPENs.
    #[must_use]
    pub fn new(sessions: impl IntoIterator<Item = Vec<OwnSlot>>) -> Self {
        let slots = sessions.into_iter().flatten().collect();
        Self { slots, taken: BTreeSet::new(), next: 0 }
    }

    /// All of them, in order.
    #[must_use]
    pub fn all(&self) -> &[OwnSlot] {
        &self.slots
    }

    /// Those onto which no token was found: they may have been offered, and hold what others paid.
    pub fn untaken(&self) -> impl Iterator<Item = &OwnSlot> {
        let numbered = self.slots.iter().enumerate();
        numbered.filter(|(number, _)| !self.taken.contains(number)).map(|(_, slot)| slot)
    }

    /// The slot that output `t` of a withdrawal was blinded for. The search starts behind the last
    /// hit, where it nearly always ends at once. It goes all around, because a slot that was free
    /// again after an offer or an unknown request (`[PR10]`, `[W8]`) was taken out of turn; and it
    /// passes over slots that have their token, as no slot gets two (`[W3]`).
    /// Errors: `E_DENOMINATION`.
    pub(super) fn find(
        &mut self,
        session: &Session,
        t: u16,
        output: &Output,
        manifest: &Manifest,
    ) -> Result<Option<&OwnSlot>> {
        let denomination = output.denomination;
        let key = manifest.value_key(denomination)?;
        let fits = |slot: &OwnSlot| {
            let seed = session.blinding_seed(t, denomination, slot.id());
            slot.series == key.denomination.series
                && key.key.blinded(&message(denomination, slot.id()), &seed) == output.blinded
        };
        let around = (self.next..self.slots.len()).chain(0..self.next);
        let free = around.filter(|number| !self.taken.contains(number));
        let mut slots = free.filter_map(|number| Some((number, self.slots.get(number)?)));
        let hit = slots.find(|(_, slot)| fits(slot)).map(|(number, _)| number);
        let Some(number) = hit else { return Ok(None) };
        self.taken.insert(number);
        self.next = number.saturating_add(1);
        Ok(self.slots.get(number))
    }
}
