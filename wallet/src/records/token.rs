//! Tokens, held and gone.

use super::{read_error, read_flag, read_sized};
use tender_token::amount::Amount;
use tender_token::cash::AccountRef;
use tender_token::encode::{Decode, Encode, Reader, Writer};
use tender_token::error::{Error, Result};
use tender_token::offer::OfferHash;
use tender_token::provision::SessionId;
use tender_token::series::SeriesId;
use tender_token::slot::SlotId;

/// What in this wallet a token is on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Holder {
    /// A slot, from which it can be passed on.
    Slot(SlotId),
    /// The key of this seed, with which it can only be cashed.
    Key([u8; 32]),
}

impl core::fmt::Debug for Holder {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Slot(slot) => write!(f, "Slot({slot:?})"),
            Self::Key(_) => f.write_str("Key(redacted)"),
        }
    }
}

/// What became of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenState {
    /// Here, and free to use.
    Held,
    /// Bound to the payment of this offer.
    Paid(OfferHash),
    /// Bound to this deposit.
    Depositing(AccountRef),
    /// Cashed by this deposit.
    Deposited(AccountRef),
    /// Bound to this exchange.
    Exchanging(SessionId),
    /// Exchanged for fresh tokens.
    Exchanged(SessionId),
    /// Worthless: the issuer refused it, or its slot stands for something else.
    Refused(Error),
}

/// A token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRecord {
    /// Canonical bytes of its chain as it came here.
    pub chain: Vec<u8>,
    /// What it is worth.
    pub value: Amount,
    /// Its series.
    pub series: SeriesId,
    /// How many slots it has been passed on to.
    pub hops: u8,
    /// What in this wallet it is on.
    pub holder: Holder,
    /// Whether somebody paid with it, or else the account.
    pub received: bool,
    /// What became of it.
    pub state: TokenState,
}

impl Encode for TokenRecord {
    fn encode(&self, writer: &mut Writer) {
        writer.sized(&self.chain);
        writer.put(&self.value);
        writer.put(&self.series);
        writer.u8(self.hops);
        writer.put(&self.holder);
        writer.u8(u8::from(self.received));
        writer.put(&self.state);
    }
}

impl Decode for TokenRecord {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        Ok(Self {
            chain: read_sized(reader)?,
            value: reader.get()?,
            series: reader.get()?,
            hops: reader.u8()?,
            holder: reader.get()?,
            received: read_flag(reader)?,
            state: reader.get()?,
        })
    }
}

impl Encode for Holder {
    fn encode(&self, writer: &mut Writer) {
        match self {
            Self::Slot(slot) => {
                writer.u8(1);
                writer.put(slot);
            }
            Self::Key(seed) => {
                writer.u8(2);
                writer.put(seed);
            }
        }
    }
}

impl Decode for Holder {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        match reader.u8()? {
            1 => reader.get().map(Self::Slot),
            2 => reader.get().map(Self::Key),
            _ => Err(Error::Encoding),
        }
    }
}

impl Encode for TokenState {
    fn encode(&self, writer: &mut Writer) {
        match self {
            Self::Held => writer.u8(1),
            Self::Paid(offer) => {
                writer.u8(2);
                writer.put(offer);
            }
            Self::Depositing(account) => {
                writer.u8(3);
                writer.put(account);
            }
            Self::Deposited(account) => {
                writer.u8(4);
                writer.put(account);
            }
            Self::Refused(error) => {
                writer.u8(5);
                writer.u8(error.number());
            }
            Self::Exchanging(sid) => {
                writer.u8(6);
                writer.put(sid);
            }
            Self::Exchanged(sid) => {
                writer.u8(7);
                writer.put(sid);
            }
        }
    }
}

impl Decode for TokenState {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        match reader.u8()? {
            1 => Ok(Self::Held),
            2 => reader.get().map(Self::Paid),
            3 => reader.get().map(Self::Depositing),
            4 => reader.get().map(Self::Deposited),
            5 => read_error(reader).map(Self::Refused),
            6 => reader.get().map(Self::Exchanging),
            7 => reader.get().map(Self::Exchanged),
            _ => Err(Error::Encoding),
        }
    }
}
