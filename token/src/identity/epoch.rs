//! New wallet epochs (`[ID3]`): how often a wallet may begin anew before somebody looks at it.

use crate::bounds::EPOCHS_PER_YEAR;
use crate::date::Day;

const DAYS_PER_YEAR: u32 = 365;

/// What it takes to register the identity of a new epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// The checks of `[ID1]` alone.
    Free,
    /// Also a person who looks at the case: it may be a failed cheat (`[PR7]`).
    ManualCheck,
}

/// What a registrar knows of a wallet that wants to begin another epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EpochHistory<'a> {
    /// The days on which the wallet began new epochs; its first one is not new.
    pub begun: &'a [Day],
    /// Whether a provision session of an old `U` is unresolved.
    pub unresolved: bool,
}

impl EpochHistory<'_> {
    /// What another epoch takes today. A year is 365 days that end today; a day ahead of today
    /// counts, so that a clock set back admits nobody.
    #[must_use]
    pub fn admission(&self, today: Day) -> Admission {
        let recent = |day: &&Day| today.0.saturating_sub(day.0) < DAYS_PER_YEAR;
        let many = self.begun.iter().filter(recent).count() >= EPOCHS_PER_YEAR;
        if self.unresolved || many { Admission::ManualCheck } else { Admission::Free }
    }
}
