//! Wallets and their sessions.

use super::{Count, Daily};
use tender_store::record;
use tender_token::date::Timestamp;
use tender_token::encode::{Decode, Encode, Reader, Writer};
use tender_token::error::{Error, Result};
use tender_token::identity::{IdentityKey, Record, Registration};
use tender_token::provision::{Open, SessionId};
use tender_token::series::SeriesId;

/// Whether a wallet may provision and withdraw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It may.
    Open,
    /// It answered twice for a slot, as was found at this time (`[D2]`).
    Closed(Timestamp),
    /// An operator froze it at this time, and may unfreeze it.
    Frozen(Timestamp),
}

impl Encode for Standing {
    fn encode(&self, writer: &mut Writer) {
        match self {
            Self::Open => writer.u8(1),
            Self::Closed(time) => {
                writer.u8(2);
                writer.put(time);
            }
            Self::Frozen(time) => {
                writer.u8(3);
                writer.put(time);
            }
        }
    }
}

impl Decode for Standing {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        match reader.u8()? {
            1 => Ok(Self::Open),
            2 => reader.get().map(Self::Closed),
            3 => reader.get().map(Self::Frozen),
            _ => Err(Error::Encoding),
        }
    }
}

record! {
    /// A registered wallet.
    Wallet {
        /// Identity and record, as they were registered.
        registration: Registration,
        /// Whether it may provision and withdraw.
        standing: Standing,
    }
}

impl Wallet {
    /// The record that the registration keeps.
    #[must_use]
    pub fn record(&self) -> &Record {
        &self.registration.record
    }
}

record! {
    /// Names a session: ids belong to one identity (`[I4]`).
    #[derive(Copy, PartialOrd, Ord)]
    SessionKey {
        /// `U`.
        identity: IdentityKey,
        /// `sid`.
        sid: SessionId,
    }
}

record! {
    /// A provision session.
    Session {
        /// OPEN.
        open: Open,
        /// REVEALs that did not match the commitment (`[PR8]`).
        tries: Daily,
        /// The REVEAL that resolved the session.
        resolution: Resolution,
    }
}

/// The REVEAL that resolved a session, if one did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolution {
    /// There is none yet.
    Awaited,
    /// Canonical bytes of REVEAL.
    Revealed(Vec<u8>),
}

impl Encode for Resolution {
    fn encode(&self, writer: &mut Writer) {
        match self {
            Self::Awaited => writer.u8(1),
            Self::Revealed(bytes) => {
                writer.u8(2);
                writer.sized(bytes);
            }
        }
    }
}

impl Decode for Resolution {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        match reader.u8()? {
            1 => Ok(Self::Awaited),
            2 => reader.sized().map(|bytes| Self::Revealed(bytes.to_vec())),
            _ => Err(Error::Encoding),
        }
    }
}

record! {
    /// Names an acceptance: which one of a wallet's.
    #[derive(Copy, PartialOrd, Ord)]
    AcceptanceKey {
        /// `U`.
        identity: IdentityKey,
        /// Counts the wallet's sessions from 1.
        number: Count,
    }
}

record! {
    /// A session that was accepted.
    #[derive(Copy)]
    Acceptance {
        /// Of what.
        kind: SessionKind,
        /// `sid`.
        sid: SessionId,
    }
}

/// What a session is for; ids belong to one kind and identity (`[I4]`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SessionKind {
    /// Slots.
    Provision,
    /// Tokens.
    Withdrawal,
}

impl Encode for SessionKind {
    fn encode(&self, writer: &mut Writer) {
        match self {
            Self::Provision => writer.u8(1),
            Self::Withdrawal => writer.u8(2),
        }
    }
}

impl Decode for SessionKind {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        match reader.u8()? {
            1 => Ok(Self::Provision),
            2 => Ok(Self::Withdrawal),
            _ => Err(Error::Encoding),
        }
    }
}

record! {
    /// Names a wallet's quota of slots.
    #[derive(Copy, PartialOrd, Ord)]
    QuotaKey {
        /// `U`.
        identity: IdentityKey,
        /// The series of the slots.
        series: SeriesId,
    }
}
