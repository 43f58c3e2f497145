//! Limits: what a customer of a tier may do, given what was done today. Pure arithmetic.

use crate::rows::{Limits, Usage};
use tender_token::amount::Amount;

/// A limit of the tier would be exceeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exceeded {
    /// A token, or a transfer, is worth more than one payment may be.
    Payment {
        /// What one payment may be.
        allowed: Amount,
    },
    /// More would leave the account today than may.
    Day {
        /// What is left of today.
        allowed: Amount,
    },
    /// More would be drawn as tokens today than may.
    Offline {
        /// What is left of today.
        allowed: Amount,
    },
    /// One withdrawal is larger than it may be.
    Withdrawal {
        /// What one withdrawal may be.
        allowed: Amount,
    },
    /// More slots would be certified today than may.
    Slots {
        /// What is left of today.
        allowed: u64,
    },
}

/// Whether a withdrawal may be, whose most valuable token is `largest`. `today` is what was used on
/// its day. Errors: the first limit that it exceeds, the smallest of its kind first.
pub fn withdrawal(
    limits: &Limits,
    today: &Usage,
    amount: Amount,
    largest: Amount,
) -> Result<(), Exceeded> {
    let left = |limit: Amount| limit.checked_sub(today.debited).unwrap_or_default();
    if largest > limits.payment {
        return Err(Exceeded::Payment { allowed: limits.payment });
    }
    if amount > limits.withdrawal {
        return Err(Exceeded::Withdrawal { allowed: limits.withdrawal });
    }
    let (offline, day) = (left(limits.offline), left(limits.day));
    if amount > offline {
        return Err(Exceeded::Offline { allowed: offline });
    }
    if amount > day {
        return Err(Exceeded::Day { allowed: day });
    }
    Ok(())
}

/// Whether a transfer may be, after what was used on its day.
/// Errors: the first limit that it exceeds.
pub fn transfer(limits: &Limits, today: &Usage, amount: Amount) -> Result<(), Exceeded> {
    if amount > limits.payment {
        return Err(Exceeded::Payment { allowed: limits.payment });
    }
    let allowed = limits.day.checked_sub(today.debited).unwrap_or_default();
    if amount > allowed { Err(Exceeded::Day { allowed }) } else { Ok(()) }
}

/// Whether so many slots may be certified, after those of today. Errors: [`Exceeded::Slots`].
pub fn slots(limits: &Limits, today: &Usage, count: u64) -> Result<(), Exceeded> {
    let allowed = limits.slots.saturating_sub(today.slots.0);
    if count > allowed { Err(Exceeded::Slots { allowed }) } else { Ok(()) }
}

/// What an account that is owed this much holds beyond what it may.
#[must_use]
pub fn excess(limits: &Limits, owed: Amount) -> Amount {
    owed.checked_sub(limits.holding).unwrap_or_default()
}
