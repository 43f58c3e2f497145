//! The limits on what a wallet does offline, between two reconciliations (`[S6]`).

use super::Limits;
use crate::amount::Amount;
use crate::date::Day;
use crate::error::{Error, Result};

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

impl Limits {
    /// Whether a wallet may pay this amount offline; `usage` is what it was before.
    /// Errors: `E_LIMIT` beyond any of the limits, also if the wallet holds or has received too
    /// much to go on.
    pub fn check_payer(&self, amount: Amount, usage: &Usage, today: Day) -> Result<()> {
        self.check_days(usage, today)?;
        let within = amount <= self.payment
            && usage.held <= self.holding
            && usage.received <= self.received
            && usage.payments < self.payments;
        if within { Ok(()) } else { Err(Error::Limit) }
    }

    /// Whether a wallet may accept this amount offline; `usage` is what it was before.
    /// Errors: `E_LIMIT` beyond the limits on one payment, on the value held or received with it,
    /// or on the days since the last reconciliation.
    pub fn check_payee(&self, amount: Amount, usage: &Usage, today: Day) -> Result<()> {
        self.check_days(usage, today)?;
        let fits = |before: Amount, limit: Amount| {
            before.checked_add(amount).is_some_and(|after| after <= limit)
        };
        let within = amount <= self.payment
            && fits(usage.held, self.holding)
            && fits(usage.received, self.received);
        if within { Ok(()) } else { Err(Error::Limit) }
    }

    /// Zero days forbid, also on the day of the reconciliation itself.
    fn check_days(&self, usage: &Usage, today: Day) -> Result<()> {
        let days = today.0.saturating_sub(usage.reconciled.0);
        let recent = self.reconcile_days > 0 && days <= u32::from(self.reconcile_days);
        if recent { Ok(()) } else { Err(Error::Limit) }
    }
}
