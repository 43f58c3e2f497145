//! Reconcile: after everything open is finished, the limits begin anew (`[S6]`).

use crate::error::Result;
use crate::records::What;
use crate::wallet::Wallet;
use tender_token::amount::Amount;
use tender_token::date::Timestamp;

impl Wallet {
    /// Notes that the wallet is reconciled. The caller has finished the journal, refreshed the
    /// manifest and brought in what was received; see [`crate::online::reconcile`].
    /// Errors: the store cannot be written.
    pub fn finish_reconcile(&mut self, now: Timestamp) -> Result<()> {
        self.require_enrolled()?;
        let mut draft = self.draft(now)?;
        draft.standing.reconciled = draft.now().day();
        draft.standing.payments = 0;
        draft.standing.received = Amount::ZERO;
        draft.note(What::Reconciled, Amount::ZERO, 0);
        Ok(self.commit(draft)?)
    }
}
