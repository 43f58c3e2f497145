//! Asking again for what was refused as a double spend: where guarantees pay for these, the issuer
//! may pay later what it could not pay at first (`[S6]`).

use crate::error::Result;
use crate::records::{CashRecord, DepositRecord, TokenState};
use crate::store::{Deposits, Tokens};
use crate::wallet::Wallet;
use tender_token::date::Timestamp;
use tender_token::error::Error as Rule;

impl Wallet {
    /// Opens every deposit again of which something was refused as a double spend, if the policy
    /// lets guarantees pay. The same items are sent once more, and paid at most once.
    /// Errors: `E_MANIFEST` before the first manifest; the store cannot be used.
    pub fn ask_again(&mut self, now: Timestamp) -> Result<()> {
        if !self.trusted()?.guarantees() {
            return Ok(());
        }
        let rows = self.store.all::<Deposits>()?;
        let mut draft = self.draft(now)?;
        for (account, row) in rows.into_iter().filter(|(_, row)| row.settled) {
            let mut is_open = false;
            for CashRecord { token: id, .. } in &row.items {
                let mut token = self.token(*id)?;
                if token.state == TokenState::Refused(Rule::Double) {
                    token.state = TokenState::Depositing(account);
                    draft.batch.put::<Tokens>(id, &token);
                    is_open = true;
                }
            }
            if is_open {
                draft.batch.put::<Deposits>(&account, &DepositRecord { settled: false, ..row });
            }
        }
        self.commit(draft)?;
        Ok(())
    }
}
