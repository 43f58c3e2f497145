//! Account references: whom each stands for, and what moved under it.

use super::{CustomerId, PostingNumber};
use tender_token::amount::Amount;
use tender_token::encode::{Decode, Encode, Reader, Writer};
use tender_token::error::Result;

/// Sums of what went into the vault and out of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flow {
    /// Cashed tokens, returned change, claims and transfers that came.
    pub inward: Amount,
    /// Withdrawals, and transfers that went.
    pub outward: Amount,
}

impl Flow {
    /// The flow with more of both, or `None` beyond the range of amounts.
    #[must_use]
    pub fn plus(self, inward: Amount, outward: Amount) -> Option<Self> {
        let inward = self.inward.checked_add(inward)?;
        let outward = self.outward.checked_add(outward)?;
        Some(Self { inward, outward })
    }
}

impl Encode for Flow {
    fn encode(&self, writer: &mut Writer) {
        writer.put(&self.inward);
        writer.put(&self.outward);
    }
}

impl Decode for Flow {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        Ok(Self { inward: reader.get()?, outward: reader.get()? })
    }
}

/// An account reference: whom it stands for, and what moved under it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reference {
    /// Whom it stands for, also nobody; the issuer never learns it.
    pub customer: CustomerId,
    /// Open journal entries that name it.
    pub open: u64,
    /// [`super::Book::finished`] when the last of them was finished.
    pub settled_at: u64,
    /// What our finished entries moved.
    pub moved: Flow,
    /// What the issuer's postings say.
    pub posted: Flow,
    /// The last of these postings; 0 before the first.
    pub posting: PostingNumber,
    /// What was credited by the postings alone: so much less is credited by the replies to come.
    pub ahead: Amount,
}

impl Reference {
    /// A fresh reference of a customer.
    #[must_use]
    pub fn of(customer: CustomerId) -> Self {
        Self {
            customer,
            open: 0,
            settled_at: 0,
            moved: Flow::default(),
            posted: Flow::default(),
            posting: PostingNumber(0),
            ahead: Amount::ZERO,
        }
    }
}

impl Encode for Reference {
    fn encode(&self, writer: &mut Writer) {
        writer.put(&self.customer);
        writer.u64(self.open);
        writer.u64(self.settled_at);
        writer.put(&self.moved);
        writer.put(&self.posted);
        writer.put(&self.posting);
        writer.put(&self.ahead);
    }
}

impl Decode for Reference {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        Ok(Self {
            customer: reader.get()?,
            open: reader.u64()?,
            settled_at: reader.u64()?,
            moved: reader.get()?,
            posted: reader.get()?,
            posting: reader.get()?,
            ahead: reader.get()?,
        })
    }
}
