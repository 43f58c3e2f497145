//! Offers made and payments made.

use super::{read_option, read_sized, write_option};
use tender_token::amount::Amount;
use tender_token::date::Timestamp;
use tender_token::encode::{Decode, Encode, Reader, Writer};
use tender_token::error::Result;
use tender_token::signature::Signature;
use tender_token::slot::SlotId;
use tender_token::token::TokenId;

/// What an offer was paid with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paid {
    /// The accepted bytes.
    pub payment: Vec<u8>,
    /// The word given for them.
    pub receipt: Signature,
}

/// An offer this wallet made.
#[derive(Clone, PartialEq, Eq)]
pub struct OfferRecord {
    /// Canonical bytes.
    pub offer: Vec<u8>,
    /// Seed of the key that signed it, that signs the receipt and, in mode KEY, that cashes.
    pub seed: [u8; 32],
    /// What it asks for.
    pub amount: Amount,
    /// Last second in which it may be paid.
    pub expires: Timestamp,
    /// The slots it offers; none in mode KEY.
    pub slots: Vec<SlotId>,
    /// What it was paid with.
    pub paid: Option<Paid>,
}

impl core::fmt::Debug for OfferRecord {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "OfferRecord({:?}, secrets redacted)", self.amount)
    }
}

/// A payment this wallet made. Everything it says follows from the offer and the tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentRecord {
    /// Canonical bytes of the offer.
    pub offer: Vec<u8>,
    /// What it pays.
    pub amount: Amount,
    /// The tokens, in the order of the items.
    pub tokens: Vec<TokenId>,
    /// The bytes to hand over, once the slots have answered.
    pub payment: Option<Vec<u8>>,
    /// The payee's word, once it is here.
    pub receipt: Option<Signature>,
}

impl PaymentRecord {
    /// Whether it may have been handed over and no receipt is here yet.
    #[must_use]
    pub fn is_unconfirmed(&self) -> bool {
        self.payment.is_some() && self.receipt.is_none()
    }
}

impl Encode for Paid {
    fn encode(&self, writer: &mut Writer) {
        writer.sized(&self.payment);
        writer.put(&self.receipt);
    }
}

impl Decode for Paid {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        Ok(Self { payment: read_sized(reader)?, receipt: reader.get()? })
    }
}

impl Encode for OfferRecord {
    fn encode(&self, writer: &mut Writer) {
        writer.sized(&self.offer);
        writer.put(&self.seed);
        writer.put(&self.amount);
        writer.put(&self.expires);
        writer.list(&self.slots);
        write_option(writer, self.paid.as_ref());
    }
}

impl Decode for OfferRecord {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        Ok(Self {
            offer: read_sized(reader)?,
            seed: reader.get()?,
            amount: reader.get()?,
            expires: reader.get()?,
            slots: reader.list(0..=u16::MAX)?,
            paid: read_option(reader)?,
        })
    }
}

impl Encode for PaymentRecord {
    fn encode(&self, writer: &mut Writer) {
        writer.sized(&self.offer);
        writer.put(&self.amount);
        writer.list(&self.tokens);
        writer.sized(self.payment.as_deref().unwrap_or_default());
        write_option(writer, self.receipt.as_ref());
    }
}

impl Decode for PaymentRecord {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        Ok(Self {
            offer: read_sized(reader)?,
            amount: reader.get()?,
            tokens: reader.list(0..=u16::MAX)?,
            payment: Some(read_sized(reader)?).filter(|payment| !payment.is_empty()),
            receipt: read_option(reader)?,
        })
    }
}
