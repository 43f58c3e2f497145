//! Which presentations something refers to, a bit for each.

use crate::rows::Count;
use std::collections::BTreeMap;

/// Numbers that were marked. Only words that have a mark take room, so a row with a number that
/// nobody would reach costs no more than any other.
#[derive(Debug, Default)]
pub struct Marks(BTreeMap<u64, u64>);

impl Marks {
    /// Marks a number.
    pub fn mark(&mut self, Count(number): Count) {
        *self.0.entry(number >> 6).or_default() |= 1 << (number & 63);
    }

    /// How many were marked.
    pub fn count(&self) -> u64 {
        self.0.values().map(|word| u64::from(word.count_ones())).sum()
    }

    /// Whether a number was marked.
    pub fn has(&self, Count(number): Count) -> bool {
        let word = self.0.get(&(number >> 6)).copied().unwrap_or_default();
        word >> (number & 63) & 1 == 1
    }
}
