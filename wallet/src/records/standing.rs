//! Where the wallet stands between two reconciliations.

use tender_token::amount::Amount;
use tender_token::date::{Day, Timestamp};
use tender_token::encode::{Decode, Encode, Reader, Writer};
use tender_token::error::Result;

/// The clock that never runs backwards (`[P5]`), and what counts towards the limits (`[S6]`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The latest time the wallet has seen.
    pub clock: Timestamp,
    /// Day of the last reconciliation.
    pub reconciled: Day,
    /// Payments made since.
    pub payments: u16,
    /// Value received since.
    pub received: Amount,
    /// How many events are in the history.
    pub events: u64,
}

impl Encode for Standing {
    fn encode(&self, writer: &mut Writer) {
        writer.put(&self.clock);
        writer.put(&self.reconciled);
        writer.u16(self.payments);
        writer.put(&self.received);
        writer.u64(self.events);
    }
}

impl Decode for Standing {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        Ok(Self {
            clock: reader.get()?,
            reconciled: reader.get()?,
            payments: reader.u16()?,
            received: reader.get()?,
            events: reader.u64()?,
        })
    }
}
