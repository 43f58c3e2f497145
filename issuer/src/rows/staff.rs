//! Staff: whose certificates run the issuer or read its books.

use super::Name;
use tender_proto::operator::Duty;
use tender_store::record;
use tender_token::date::Timestamp;
use tender_token::encode::{Decode, Encode, Reader, Writer};
use tender_token::error::{Error, Result};

record! {
    /// Whose certificate it is. The row stays when its holder is dismissed, so that a certificate
    /// that ended is never good for anything again.
    Member {
        /// The holder's name, unique among those who may call.
        name: Name,
        /// What the certificate is good for.
        duty: Held,
        /// Since when it is good for nothing any more, if that is so.
        dismissed: Dismissed,
    }
}

/// A duty, as rows write it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held(pub Duty);

impl Encode for Held {
    fn encode(&self, writer: &mut Writer) {
        writer.u8(match self.0 {
            Duty::Operator => 1,
            Duty::Auditor => 2,
            Duty::Supervisor => 3,
        });
    }
}

impl Decode for Held {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        match reader.u8()? {
            1 => Ok(Self(Duty::Operator)),
            2 => Ok(Self(Duty::Auditor)),
            3 => Ok(Self(Duty::Supervisor)),
            _ => Err(Error::Encoding),
        }
    }
}

/// When somebody was dismissed, if ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dismissed(pub Option<Timestamp>);

impl Encode for Dismissed {
    fn encode(&self, writer: &mut Writer) {
        writer.u8(u8::from(self.0.is_some()));
        if let Some(time) = self.0 {
            writer.put(&time);
        }
    }
}

impl Decode for Dismissed {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        match reader.u8()? {
            0 => Ok(Self(None)),
            1 => reader.get().map(|time| Self(Some(time))),
            _ => Err(Error::Encoding),
        }
    }
}

impl Member {
    /// Whether the certificate is good for its duty.
    #[must_use]
    pub fn may_call(&self) -> bool {
        self.dismissed.0.is_none()
    }
}
