//! Slots and where they are in their one life (`[PR10]`).

use super::read_sized;
use tender_token::encode::{Decode, Encode, Reader, Writer};
use tender_token::error::{Error, Result};
use tender_token::offer::OfferHash;
use tender_token::provision::SessionId;
use tender_token::series::SeriesId;
use tender_token::token::TokenId;

/// One slot, one role, one life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SlotState {
    /// Certified and unused.
    Free,
    /// Part of an offer. If that expires unpaid, it may serve another offer, but nothing else.
    Offered(OfferHash),
    /// Part of a withdrawal.
    Reserved(SessionId),
    /// Holds a token.
    Holding(TokenId),
    /// Has given its one answer.
    Answered,
    /// Never to be used.
    Dead,
}

/// A certified slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlotRecord {
    /// Running number of its provision session: slots are used in this order (`[W3]`).
    pub session_number: u32,
    /// Its provision session.
    pub sid: SessionId,
    /// Its place in the session.
    pub t: u16,
    /// Its series.
    pub series: SeriesId,
    /// Canonical bytes of the slot.
    pub slot: Vec<u8>,
    /// Where it is in its life.
    pub state: SlotState,
}

impl Encode for SlotRecord {
    fn encode(&self, writer: &mut Writer) {
        writer.u32(self.session_number);
        writer.put(&self.sid);
        writer.u16(self.t);
        writer.put(&self.series);
        writer.sized(&self.slot);
        writer.put(&self.state);
    }
}

impl Decode for SlotRecord {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        Ok(Self {
            session_number: reader.u32()?,
            sid: reader.get()?,
            t: reader.u16()?,
            series: reader.get()?,
            slot: read_sized(reader)?,
            state: reader.get()?,
        })
    }
}

impl Encode for SlotState {
    fn encode(&self, writer: &mut Writer) {
        match self {
            Self::Free => writer.u8(1),
            Self::Offered(offer) => {
                writer.u8(2);
                writer.put(offer);
            }
            Self::Reserved(sid) => {
                writer.u8(3);
                writer.put(sid);
            }
            Self::Holding(token) => {
                writer.u8(4);
                writer.put(token);
            }
            Self::Answered => writer.u8(5),
            Self::Dead => writer.u8(6),
        }
    }
}

impl Decode for SlotState {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        match reader.u8()? {
            1 => Ok(Self::Free),
            2 => reader.get().map(Self::Offered),
            3 => reader.get().map(Self::Reserved),
            4 => reader.get().map(Self::Holding),
            5 => Ok(Self::Answered),
            6 => Ok(Self::Dead),
            _ => Err(Error::Encoding),
        }
    }
}
