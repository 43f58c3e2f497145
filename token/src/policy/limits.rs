//! The limits on what a wallet does offline, between two reconciliations (`[S6]`).
//!
//! A check says which bound it found exceeded, so that a person can be told what would help.

use super::Limits;
use crate::amount::Amount;
use crate::date::Day;
use crate::error::Error;

/// What a wallet holds of a currency, and what it did since its last reconciliation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    /// The value held.
    pub held: Amount,
    /// The value received offline.
    pub received: Amount,
    /// The number of payments made offline.
    pub payments: u16,
    /// The day of the last reconciliation.
    pub reconciled: Day,
}

/// A limit of the policy that is exceeded, with what it allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// Value of one payment.
    Payment(Amount),
    /// Value held.
    Holding(Amount),
    /// Value received since the last reconciliation.
    Received(Amount),
    /// Number of payments made since the last reconciliation.
    Payments(u16),
    /// Days since the last reconciliation.
    ReconcileDays(u16),
}

impl From<Bound> for Error {
    fn from(_: Bound) -> Self {
        Self::Limit
    }
}

impl Limits {
    /// Whether a wallet may pay this amount offline; `usage` is what it was before.
    /// Errors: the first bound of the payment, the value held and received, the number of payments
    /// and the days that is exceeded: `E_LIMIT`.
    pub fn check_payer(&self, amount: Amount, usage: &Usage, today: Day) -> Result<(), Bound> {
        self.check_payment(amount)?;
        self.check_holding(Amount::ZERO, usage)?;
        self.check_received(Amount::ZERO, usage)?;
        within(usage.payments < self.payments, Bound::Payments(self.payments))?;
        self.check_days(usage, today)
    }

    /// Whether a wallet may accept this amount offline; `usage` is what it was before.
    /// Errors: the first bound of the payment, the value held and received with it, and the days
    /// that is exceeded: `E_LIMIT`.
    pub fn check_payee(&self, amount: Amount, usage: &Usage, today: Day) -> Result<(), Bound> {
        self.check_payment(amount)?;
        self.check_holding(amount, usage)?;
        self.check_received(amount, usage)?;
        self.check_days(usage, today)
    }

    /// Whether a wallet may hold so much more, from wherever it comes.
    /// Errors: [`Bound::Holding`]: `E_LIMIT`.
    pub fn check_holding(&self, more: Amount, usage: &Usage) -> Result<(), Bound> {
        within(fits(usage.held, more, self.holding), Bound::Holding(self.holding))
    }

    fn check_received(&self, more: Amount, usage: &Usage) -> Result<(), Bound> {
        within(fits(usage.received, more, self.received), Bound::Received(self.received))
    }

    fn check_payment(&self, amount: Amount) -> Result<(), Bound> {
        within(amount <= self.payment, Bound::Payment(self.payment))
    }

    /// Zero days forbid, also on the day of the reconciliation itself.
    fn check_days(&self, usage: &Usage, today: Day) -> Result<(), Bound> {
        let days = today.0.saturating_sub(usage.reconciled.0);
        let recent = self.reconcile_days > 0 && days <= u32::from(self.reconcile_days);
        within(recent, Bound::ReconcileDays(self.reconcile_days))
    }
}

fn within(holds: bool, bound: Bound) -> Result<(), Bound> {
    if holds { Ok(()) } else { Err(bound) }
}

/// Whether a sum is within a limit; one beyond all numbers never is.
fn fits(before: Amount, more: Amount, limit: Amount) -> bool {
    before.checked_add(more).is_some_and(|after| after <= limit)
}
