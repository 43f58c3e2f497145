//! The journal of exchanging.

use super::{CashRecord, read_error, read_outputs, read_sized, write_outputs};
use crate::outputs::Assigned;
use tender_token::amount::Amount;
use tender_token::date::Timestamp;
use tender_token::encode::{Decode, Encode, Reader, Writer};
use tender_token::error::{Error, Result};

/// How far an exchange came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExchangeState {
    /// It may have been sent.
    Open,
    /// The fresh tokens are here.
    Done,
    /// It was refused until nobody could accept it any more: its tokens are back, on keys.
    Returned(Error),
    /// Some signatures do not verify. The request and this reply prove it (`[W7]`).
    Disputed(Vec<u8>),
}

/// An exchange (`[W9]`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExchangeRecord {
    /// Canonical bytes of the plan: with the items, these bytes belong to its session id for ever.
    pub plan: Vec<u8>,
    /// Last second in which it may be accepted.
    pub expires: Timestamp,
    /// What the tokens are worth together.
    pub amount: Amount,
    /// The tokens that pay for it, in the order of the items.
    pub items: Vec<CashRecord>,
    /// Denomination and slot of every output.
    pub outputs: Vec<Assigned>,
    /// How far it came.
    pub state: ExchangeState,
}

impl Encode for ExchangeRecord {
    fn encode(&self, writer: &mut Writer) {
        writer.sized(&self.plan);
        writer.put(&self.expires);
        writer.put(&self.amount);
        writer.list(&self.items);
        write_outputs(writer, &self.outputs);
        match &self.state {
            ExchangeState::Open => writer.u8(1),
            ExchangeState::Done => writer.u8(2),
            ExchangeState::Returned(error) => {
                writer.u8(3);
                writer.u8(error.number());
            }
            ExchangeState::Disputed(reply) => {
                writer.u8(4);
                writer.sized(reply);
            }
        }
    }
}

impl Decode for ExchangeRecord {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        Ok(Self {
            plan: read_sized(reader)?,
            expires: reader.get()?,
            amount: reader.get()?,
            items: reader.list(0..=u16::MAX)?,
            outputs: read_outputs(reader)?,
            state: match reader.u8()? {
                1 => ExchangeState::Open,
                2 => ExchangeState::Done,
                3 => ExchangeState::Returned(read_error(reader)?),
                4 => ExchangeState::Disputed(read_sized(reader)?),
                _ => return Err(Error::Encoding),
            },
        })
    }
}
