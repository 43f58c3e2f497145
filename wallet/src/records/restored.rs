//! What is known again after a loss.

use super::{read_option, read_sized, write_option};
use tender_token::amount::Amount;
use tender_token::encode::{Decode, Encode, Reader, Writer};
use tender_token::error::Result;
use tender_token::opening::{SlotOpening, ValueOpening};
use tender_token::provision::SessionId;
use tender_token::series::DenominationId;

/// One of the wallet's earlier identities (`[ID3]`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Epoch(pub u32);

impl Encode for Epoch {
    fn encode(&self, writer: &mut Writer) {
        writer.u32(self.0);
    }
}

impl Decode for Epoch {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        reader.u32().map(Self)
    }
}

/// An output of a withdrawal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct OutputKey {
    /// The withdrawal.
    pub sid: SessionId,
    /// Which output.
    pub output: u16,
}

impl Encode for OutputKey {
    fn encode(&self, writer: &mut Writer) {
        writer.put(&self.sid);
        writer.u16(self.output);
    }
}

impl Decode for OutputKey {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        Ok(Self { sid: reader.get()?, output: reader.u16()? })
    }
}

/// A token that was withdrawn and lost. Nobody knows whether it was spent; if nobody cashes it, it
/// can be claimed (`[R2]`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RestoredRecord {
    /// Whose it was.
    pub epoch: u32,
    /// What was signed.
    pub denomination: DenominationId,
    /// What it is worth.
    pub value: Amount,
    /// Shows what was blinded.
    pub opening: ValueOpening,
    /// Shows whose slot it is on.
    pub slot: Option<SlotOpening>,
    /// Canonical bytes of the token, if its signature came.
    pub token: Option<Vec<u8>>,
}

impl Encode for RestoredRecord {
    fn encode(&self, writer: &mut Writer) {
        writer.u32(self.epoch);
        writer.put(&self.denomination);
        writer.put(&self.value);
        writer.put(&self.opening);
        write_option(writer, self.slot.as_ref());
        writer.sized(self.token.as_deref().unwrap_or_default());
    }
}

impl Decode for RestoredRecord {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        Ok(Self {
            epoch: reader.u32()?,
            denomination: reader.get()?,
            value: reader.get()?,
            opening: reader.get()?,
            slot: read_option(reader)?,
            token: Some(read_sized(reader)?).filter(|token| !token.is_empty()),
        })
    }
}
