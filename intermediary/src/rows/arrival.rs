//! What comes in unasked, by a posting of the issuer.

use super::CustomerId;
use tender_store::record;
use tender_token::amount::Amount;
use tender_token::cash::AccountRef;

record! {
    /// What a posting of the issuer brought, unasked.
    #[derive(Copy)]
    Arrival {
        /// Whom.
        customer: CustomerId,
        /// Under which reference.
        account: AccountRef,
        /// How much.
        amount: Amount,
    }
}
