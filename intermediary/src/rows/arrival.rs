//! What comes in unasked, by a posting of the issuer.

use super::{CustomerId, PostingNumber, read_flag, write_flag};
use tender_store::record;
use tender_token::amount::Amount;
use tender_token::cash::AccountRef;
use tender_token::encode::{Decode, Encode, Reader, Writer};
use tender_token::error::Result;

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

/// What brought something: a posting, or the comparison that found what postings under a reference
/// brought and no reply did. The last of those postings may have brought something else by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ArrivalKey {
    /// The posting, or the last of those.
    pub posting: PostingNumber,
    /// Whether it was found by the comparison.
    pub is_late: bool,
}

impl Encode for ArrivalKey {
    fn encode(&self, writer: &mut Writer) {
        writer.put(&self.posting);
        write_flag(writer, self.is_late);
    }
}

impl Decode for ArrivalKey {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        Ok(Self { posting: reader.get()?, is_late: read_flag(reader)? })
    }
}
