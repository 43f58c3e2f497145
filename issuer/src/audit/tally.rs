//! Who signed, cashed and claimed how much, as the requests tell it.

use crate::rows::Circulation;
use std::collections::BTreeMap;
use tender_token::identity::RegistrarId;
use tender_token::series::DenominationId;

/// Tokens by intermediary and denomination.
pub type ByIntermediary = BTreeMap<(RegistrarId, DenominationId), Circulation>;

/// What was counted.
#[derive(Debug, Default)]
pub struct Tally(ByIntermediary);

impl Tally {
    /// The counts of an intermediary and a denomination.
    pub fn of(&mut self, intermediary: RegistrarId, id: DenominationId) -> &mut Circulation {
        self.0.entry((intermediary, id)).or_default()
    }

    /// Everything that was counted.
    pub fn all(&self) -> &ByIntermediary {
        &self.0
    }

    /// The same without the names.
    pub fn by_denomination(&self) -> BTreeMap<DenominationId, Circulation> {
        summed(&self.0)
    }
}

/// What all intermediaries have together.
pub fn summed(all: &ByIntermediary) -> BTreeMap<DenominationId, Circulation> {
    let mut sums: BTreeMap<DenominationId, Circulation> = BTreeMap::new();
    for ((_, id), one) in all {
        let sum = sums.entry(*id).or_default();
        sum.signed = sum.signed.plus(one.signed.0);
        sum.cashed = sum.cashed.plus(one.cashed.0);
        sum.claimed = sum.claimed.plus(one.claimed.0);
    }
    sums
}
