//! The issuer's postings of our vault, as they were taken up.

use tender_proto::statement::{Cause, Posting};
use tender_store::record;
use tender_token::amount::Amount;

record! {
    /// A posting under its number.
    #[derive(Copy)]
    Posted {
        /// Why.
        cause: Cause,
        /// How much.
        amount: Amount,
        /// The vault afterwards.
        balance: Amount,
    }
}

impl From<&Posting> for Posted {
    fn from(posting: &Posting) -> Self {
        Self { cause: posting.cause, amount: posting.amount, balance: posting.balance }
    }
}
