//! Tiers of customers as the books know them: what each may do, and since when.

use super::{read_flag, write_flag};
use tender_store::plain::{Count, Name};
use tender_store::record;
use tender_token::amount::Amount;
use tender_token::date::Day;
use tender_token::encode::{Decode, Encode, Reader, Writer};
use tender_token::error::{Error, Result};
use tender_token::identity::IdentityKey;
use tender_token::provision::SessionId;

/// The name of a tier, as `tiers.toml` has it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TierName(pub String);

impl Encode for TierName {
    fn encode(&self, writer: &mut Writer) {
        writer.sized(self.0.as_bytes());
    }
}

impl Decode for TierName {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        let text = core::str::from_utf8(reader.sized()?);
        text.map(|text| Self(text.to_owned())).map_err(|_| Error::Encoding)
    }
}

/// What customers of a tier may do at most; amounts in minor units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// One payment: no token is worth more.
    pub payment: Amount,
    /// Everything that leaves the account on one day.
    pub day: Amount,
    /// What the account may hold.
    pub holding: Amount,
    /// What is drawn as tokens on one day.
    pub offline: Amount,
    /// One withdrawal.
    pub withdrawal: Amount,
    /// Slots that are certified on one day.
    pub slots: u64,
}

impl Encode for Limits {
    fn encode(&self, writer: &mut Writer) {
        for amount in [self.payment, self.day, self.holding, self.offline, self.withdrawal] {
            writer.put(&amount);
        }
        writer.u64(self.slots);
    }
}

impl Decode for Limits {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        Ok(Self {
            payment: reader.get()?,
            day: reader.get()?,
            holding: reader.get()?,
            offline: reader.get()?,
            withdrawal: reader.get()?,
            slots: reader.u64()?,
        })
    }
}

/// What may be verified about a person, each a bit. What it is stands in the person's record only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Attributes(u8);

impl Attributes {
    /// Every attribute with its name, in the order of their bits.
    pub const NAMES: [&'static str; 6] =
        ["name", "phone", "email", "address", "document", "register"];

    /// The attribute of a name, if there is one.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let place = Self::NAMES.iter().position(|known| *known == name)?;
        1_u8.checked_shl(u32::try_from(place).ok()?).map(Self)
    }

    /// These and those.
    #[must_use]
    pub fn with(self, more: Self) -> Self {
        Self(self.0 | more.0)
    }

    /// Whether all of those are among these.
    #[must_use]
    pub fn contain(self, others: Self) -> bool {
        self.0 & others.0 == others.0
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Their names in a sentence; `anything` if none is named.
    #[must_use]
    pub fn list(self) -> String {
        if self.is_empty() {
            return "anything".to_owned();
        }
        self.names().collect::<Vec<_>>().join(", ")
    }

    /// Their names.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        let known = Self::NAMES.into_iter();
        known.filter(move |name| Self::named(name).is_some_and(|one| self.contain(one)))
    }
}

impl Encode for Attributes {
    fn encode(&self, writer: &mut Writer) {
        writer.u8(self.0);
    }
}

impl Decode for Attributes {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        let bits = reader.u8()?;
        if bits >> Self::NAMES.len() == 0 { Ok(Self(bits)) } else { Err(Error::Encoding) }
    }
}

/// A tier in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tier {
    /// What its customers may do at most.
    pub limits: Limits,
    /// What must be verified about them, besides that something is.
    pub requires: Attributes,
    /// Whether what is beyond the holding limit goes to the linked account outside.
    pub waterfall: bool,
    /// How many customers are in it.
    pub customers: u64,
    /// Whether `tiers.toml` still has it; an ended tier has no customers.
    pub ended: bool,
}

impl Tier {
    /// Whether a person of whom this was verified may be in it.
    #[must_use]
    pub fn admits(&self, verified: Attributes) -> bool {
        !self.ended && !verified.is_empty() && verified.contain(self.requires)
    }
}

impl Encode for Tier {
    fn encode(&self, writer: &mut Writer) {
        writer.put(&self.limits);
        writer.put(&self.requires);
        write_flag(writer, self.waterfall);
        writer.u64(self.customers);
        write_flag(writer, self.ended);
    }
}

impl Decode for Tier {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        Ok(Self {
            limits: reader.get()?,
            requires: reader.get()?,
            waterfall: read_flag(reader)?,
            customers: reader.u64()?,
            ended: read_flag(reader)?,
        })
    }
}

record! {
    /// A version of `tiers.toml`, word for word.
    TierFile {
        /// The day from which it held.
        since: Day,
        /// The file.
        text: Name,
    }
}

record! {
    /// What a customer did on the latest day that had any of it.
    #[derive(Copy)]
    Usage {
        /// The day.
        day: Day,
        /// What left the account.
        debited: Amount,
        /// Slots that we vouched for.
        slots: Count,
    }
}

impl Usage {
    /// Nothing yet.
    pub const NONE: Self = Self { day: Day(0), debited: Amount::ZERO, slots: Count(0) };

    /// What was used on this day, or on the latest one if that is later: who asked before midnight
    /// and is answered after it, or whose clock steps back, gets no day twice.
    #[must_use]
    pub fn on(self, day: Day) -> Self {
        if self.day >= day { self } else { Self { day, ..Self::NONE } }
    }
}

record! {
    /// A session of slots, by its wallet and its id.
    #[derive(Copy, PartialOrd, Ord)]
    Opening {
        /// The wallet.
        identity: IdentityKey,
        /// The session.
        sid: SessionId,
    }
}

record! {
    /// What we vouched for.
    #[derive(Copy)]
    Vouched {
        /// The day against whose limit it counts.
        day: Day,
        /// So many slots.
        slots: Count,
    }
}
