//! Actions: what the staff changed for customers. An action names a customer by number, a wallet by
//! its identity, a tier by its name and money outside by its number, and has nothing that is known
//! of the person.

use super::{CustomerId, OutsideNumber, TierName, UnixUser, read_option, write_option};
use tender_store::plain::Name;
use tender_token::amount::Amount;
use tender_token::date::Timestamp;
use tender_token::encode::{Decode, Encode, Reader, Writer};
use tender_token::error::{Error, Result};
use tender_token::identity::IdentityKey;

/// Counts the actions from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ActionNumber(pub u64);

impl Encode for ActionNumber {
    fn encode(&self, writer: &mut Writer) {
        writer.u64(self.0);
    }
}

impl Decode for ActionNumber {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        reader.u64().map(Self)
    }
}

/// What was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Another tier.
    Tier {
        /// The one before.
        from: TierName,
        /// The one from then on.
        to: TierName,
    },
    /// Nothing leaves the account.
    Freeze,
    /// The account can be used again.
    Unfreeze,
    /// The account was closed for good.
    Close,
    /// Nothing is heard from a wallet's device.
    Block(IdentityKey),
    /// It is heard again.
    Unblock(IdentityKey),
    /// A wallet may take so much out of the account altogether, or all that the tier allows.
    Grant(IdentityKey, Option<Amount>),
    /// Another wallet was invited, which may take so much.
    Invite(Option<Amount>),
    /// So much is held ready at the account outside.
    Cover(Amount),
    /// What was known of the person was erased, but for what law wanted kept.
    Erase,
    /// Something outside was marked as paid or collected.
    Paid(OutsideNumber),
    /// The mark was taken back.
    Unpaid(OutsideNumber),
}

impl Deed {
    /// The word for it, which is that of the command.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Tier { .. } => "tier",
            Self::Freeze => "freeze",
            Self::Unfreeze => "unfreeze",
            Self::Close => "close",
            Self::Block(_) => "block",
            Self::Unblock(_) => "unblock",
            Self::Grant(..) => "grant",
            Self::Invite(_) => "invite",
            Self::Cover(_) => "cover",
            Self::Erase => "erase",
            Self::Paid(_) => "paid",
            Self::Unpaid(_) => "unpaid",
        }
    }
}

impl Encode for Deed {
    fn encode(&self, writer: &mut Writer) {
        match self {
            Self::Tier { from, to } => {
                writer.u8(1);
                writer.put(from);
                writer.put(to);
            }
            Self::Freeze => writer.u8(2),
            Self::Unfreeze => writer.u8(3),
            Self::Close => writer.u8(4),
            Self::Block(wallet) => {
                writer.u8(5);
                writer.put(wallet);
            }
            Self::Unblock(wallet) => {
                writer.u8(6);
                writer.put(wallet);
            }
            Self::Grant(wallet, amount) => {
                writer.u8(7);
                writer.put(wallet);
                write_option(writer, amount.as_ref());
            }
            Self::Invite(amount) => {
                writer.u8(8);
                write_option(writer, amount.as_ref());
            }
            Self::Cover(amount) => {
                writer.u8(9);
                writer.put(amount);
            }
            Self::Erase => writer.u8(10),
            Self::Paid(number) => {
                writer.u8(11);
                writer.put(number);
            }
            Self::Unpaid(number) => {
                writer.u8(12);
                writer.put(number);
            }
        }
    }
}

impl Decode for Deed {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        match reader.u8()? {
            1 => Ok(Self::Tier { from: reader.get()?, to: reader.get()? }),
            2 => Ok(Self::Freeze),
            3 => Ok(Self::Unfreeze),
            4 => Ok(Self::Close),
            5 => reader.get().map(Self::Block),
            6 => reader.get().map(Self::Unblock),
            7 => Ok(Self::Grant(reader.get()?, read_option(reader)?)),
            8 => read_option(reader).map(Self::Invite),
            9 => reader.get().map(Self::Cover),
            10 => Ok(Self::Erase),
            11 => reader.get().map(Self::Paid),
            12 => reader.get().map(Self::Unpaid),
            _ => Err(Error::Encoding),
        }
    }
}

/// Something that the staff did, written in the commit that did it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// When.
    pub at: Timestamp,
    /// Whose command it was.
    pub user: UnixUser,
    /// Which member of the staff, as they say.
    pub by: Name,
    /// To whose account.
    pub customer: CustomerId,
    /// What.
    pub deed: Deed,
}

impl Encode for Action {
    fn encode(&self, writer: &mut Writer) {
        writer.put(&self.at);
        writer.put(&self.user);
        writer.put(&self.by);
        writer.put(&self.customer);
        writer.put(&self.deed);
    }
}

impl Decode for Action {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        Ok(Self {
            at: reader.get()?,
            user: reader.get()?,
            by: reader.get()?,
            customer: reader.get()?,
            deed: reader.get()?,
        })
    }
}
