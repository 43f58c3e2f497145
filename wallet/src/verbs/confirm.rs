//! Confirm: the payee's receipt shows that it holds the payment. A token with a receipt is never
//! claimed back (`[R4]`).

use crate::error::{Result, Verb};
use crate::records::{PaymentRecord, What};
use crate::store::Payments;
use crate::wallet::Wallet;
use tender_token::date::Timestamp;
use tender_token::encode::Decode;
use tender_token::error::Error as Rule;
use tender_token::offer::OfferHash;
use tender_token::signature::Signature;

impl Wallet {
    /// Finds the payment that a receipt is for, and keeps the receipt.
    /// Errors: `E_ENCODING`; `E_AUTH` if it is for none of this wallet's payments.
    pub fn confirm(&mut self, receipt: &[u8], now: Timestamp) -> Result<OfferHash> {
        let refused = Verb::Confirm.refused();
        let receipt = Signature::from_bytes(receipt).map_err(&refused)?;
        for (hash, row) in self.store.all::<Payments>()? {
            if row.payment.is_none() {
                continue;
            }
            let (payee, payment) = self.paid_offer(&row)?;
            if payment.verify_receipt(&payee, &receipt).is_err() {
                continue;
            }
            if row.receipt.is_none() {
                let mut draft = self.draft(now)?;
                draft.note(What::Confirmed, row.amount, row.tokens.len());
                let receipt = Some(receipt);
                draft.batch.put::<Payments>(&hash, &PaymentRecord { receipt, ..row });
                self.commit(draft)?;
            }
            return Ok(hash);
        }
        Err(refused(Rule::Auth))
    }
}
