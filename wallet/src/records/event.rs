//! The history: what happened, in order.

use tender_token::amount::Amount;
use tender_token::date::Timestamp;
use tender_token::encode::{Decode, Encode, Reader, Writer};
use tender_token::error::{Error, Result};

/// Counts the events from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EventNumber(pub u64);

impl Encode for EventNumber {
    fn encode(&self, writer: &mut Writer) {
        writer.u64(self.0);
    }
}

impl Decode for EventNumber {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        reader.u64().map(Self)
    }
}

macro_rules! happenings {
    ($($variant:ident = $number:literal, $name:literal, $text:literal;)*) => {
        /// What happened. Numbers are never reused.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum What { $(#[doc = $text] $variant,)* }

        impl What {
            /// One word for programs.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// A few words for people.
            #[must_use]
            pub fn text(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }
        }

        impl Encode for What {
            fn encode(&self, writer: &mut Writer) {
                writer.u8(match self { $(Self::$variant => $number,)* });
            }
        }

        impl Decode for What {
            fn decode(reader: &mut Reader<'_>) -> Result<Self> {
                match reader.u8()? {
                    $($number => Ok(Self::$variant),)*
                    _ => Err(Error::Encoding),
                }
            }
        }
    };
}

happenings! {
    Enrolled = 1, "enrolled", "Enrolled with the intermediary.";
    Provisioned = 2, "provisioned", "Slots were certified.";
    Withdrawn = 3, "withdrawn", "Account money became tokens.";
    Paid = 4, "paid", "A payment was made.";
    Confirmed = 5, "confirmed", "The payee confirmed a payment.";
    Received = 6, "received", "A payment was received.";
    Deposited = 7, "deposited", "Tokens became account money.";
    Lost = 8, "lost", "A token was refused for good.";
    Reconciled = 9, "reconciled", "Everything open was finished and the limits began anew.";
    Exchanged = 11, "exchanged", "Tokens were exchanged for fresh ones.";
    Returned = 12, "returned", "An exchange was refused, and its tokens are free again.";
    Restored = 13, "restored", "Tokens of a lost wallet were found again, to be claimed.";
    Transferred = 14, "transferred", "Account money went to another account.";
    Claimed = 15, "claimed", "Tokens were claimed, to be paid when their last claim day is over.";
    ClaimPaid = 16, "claim_paid", "A claim was paid.";
    ClaimRefused = 17, "claim_refused", "A claim was refused.";
    Late = 18, "late", "Tokens came too late to be cashed, and can be claimed.";
    Contradicted = 10, "contradicted", "A payment was refused because its payer paid twice.";
}

/// Something that happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// When, by the wallet's clock.
    pub time: Timestamp,
    /// What.
    pub what: What,
    /// How much it was about.
    pub amount: Amount,
    /// How many tokens or slots it was about.
    pub count: u16,
}

impl Encode for Event {
    fn encode(&self, writer: &mut Writer) {
        writer.put(&self.time);
        writer.put(&self.what);
        writer.put(&self.amount);
        writer.u16(self.count);
    }
}

impl Decode for Event {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        Ok(Self {
            time: reader.get()?,
            what: reader.get()?,
            amount: reader.get()?,
            count: reader.u16()?,
        })
    }
}
