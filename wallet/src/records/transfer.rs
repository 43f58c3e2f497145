//! The journal of transferring.

use super::{read_error, read_sized};
use tender_token::amount::Amount;
use tender_token::encode::{Decode, Encode, Reader, Writer};
use tender_token::error::{Error, Result};

/// Names an order among the holder's for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct OrderId(pub [u8; 32]);

impl Encode for OrderId {
    fn encode(&self, writer: &mut Writer) {
        writer.put(&self.0);
    }
}

impl Decode for OrderId {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        reader.get().map(Self)
    }
}

/// How far a transfer came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransferState {
    /// It may have been sent.
    Open,
    /// The money has left the account.
    Done,
    /// It was refused.
    Refused(Error),
}

/// A transfer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransferRecord {
    /// Canonical bytes of the order that the device signed.
    pub order: Vec<u8>,
    /// How much.
    pub amount: Amount,
    /// How far it came.
    pub state: TransferState,
}

impl Encode for TransferRecord {
    fn encode(&self, writer: &mut Writer) {
        writer.sized(&self.order);
        writer.put(&self.amount);
        match self.state {
            TransferState::Open => writer.u8(1),
            TransferState::Done => writer.u8(2),
            TransferState::Refused(error) => {
                writer.u8(3);
                writer.u8(error.number());
            }
        }
    }
}

impl Decode for TransferRecord {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        Ok(Self {
            order: read_sized(reader)?,
            amount: reader.get()?,
            state: match reader.u8()? {
                1 => TransferState::Open,
                2 => TransferState::Done,
                3 => TransferState::Refused(read_error(reader)?),
                _ => return Err(Error::Encoding),
            },
        })
    }
}
