//! What the books hold of a person: sealed records, and who read them.

use super::{CustomerId, read_option, write_option};
use tender_store::plain::{Bytes, Name};
use tender_store::record;
use tender_token::date::{Day, Timestamp};
use tender_token::encode::{Decode, Encode, Reader, Writer};
use tender_token::error::{Error, Result};

record! {
    /// What law wants kept of a customer whose account is closed.
    Kept {
        /// The last day on which it is kept.
        until: Day,
        /// The record, sealed under the second key.
        sealed: Bytes,
    }
}

/// Counts the reads of personal data from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ReadNumber(pub u64);

impl Encode for ReadNumber {
    fn encode(&self, writer: &mut Writer) {
        writer.u64(self.0);
    }
}

impl Decode for ReadNumber {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        reader.u64().map(Self)
    }
}

/// Why personal data is read: a closed list, so that the log itself says nothing of a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The person asks what is known.
    Subject,
    /// To serve the customer.
    Service,
    /// To verify what the person says, or the tier.
    Verification,
    /// To pay what goes outside.
    Payout,
    /// A supervisor or auditor asks.
    Supervision,
    /// A court or an authority orders it.
    Order,
}

impl Purpose {
    /// Every purpose, in the order of their numbers from 1.
    pub const ALL: [Self; 6] = [
        Self::Subject,
        Self::Service,
        Self::Verification,
        Self::Payout,
        Self::Supervision,
        Self::Order,
    ];

    /// The word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Subject => "subject",
            Self::Service => "service",
            Self::Verification => "verification",
            Self::Payout => "payout",
            Self::Supervision => "supervision",
            Self::Order => "order",
        }
    }

    /// Whether what law wants kept of a person is read for it once the rest was erased.
    #[must_use]
    pub fn reads_what_law_keeps(self) -> bool {
        match self {
            Self::Subject | Self::Payout | Self::Supervision | Self::Order => true,
            Self::Service | Self::Verification => false,
        }
    }
}

impl Encode for Purpose {
    fn encode(&self, writer: &mut Writer) {
        let place = Self::ALL.iter().position(|known| known == self);
        let number = place.and_then(|place| u8::try_from(place.saturating_add(1)).ok());
        writer.u8(number.expect("every purpose is among all"));
    }
}

impl Decode for Purpose {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        let place = usize::from(reader.u8()?).checked_sub(1).ok_or(Error::Encoding)?;
        Self::ALL.get(place).copied().ok_or(Error::Encoding)
    }
}

/// A Unix user, by number, as the system says and not as whoever asks says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnixUser(pub u32);

impl Encode for UnixUser {
    fn encode(&self, writer: &mut Writer) {
        writer.u32(self.0);
    }
}

impl Decode for UnixUser {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        reader.u32().map(Self)
    }
}

/// One read of personal data, written before anything is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    /// When.
    pub at: Timestamp,
    /// Whose command it was.
    pub user: UnixUser,
    /// Which member of the staff, as they say.
    pub by: Name,
    /// What for.
    pub purpose: Purpose,
    /// Whose; nobody's if a search found nobody.
    pub customer: Option<CustomerId>,
}

impl Encode for Read {
    fn encode(&self, writer: &mut Writer) {
        writer.put(&self.at);
        writer.put(&self.user);
        writer.put(&self.by);
        writer.put(&self.purpose);
        write_option(writer, self.customer.as_ref());
    }
}

impl Decode for Read {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        Ok(Self {
            at: reader.get()?,
            user: reader.get()?,
            by: reader.get()?,
            purpose: reader.get()?,
            customer: read_option(reader)?,
        })
    }
}
