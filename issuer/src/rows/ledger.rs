//! The ledger: accounts, the entries that move amounts between them, and the postings of each.

use super::{Bytes, Count};
use tender_proto::statement::Posting;
use tender_store::record;
use tender_token::amount::{Amount, Currency};
use tender_token::date::Timestamp;
use tender_token::encode::{Decode, Encode, Reader, Writer};
use tender_token::error::{Error, Result};
use tender_token::identity::RegistrarId;
use tender_token::series::DenominationId;
use tender_token::treasury::InstructionId;

/// One of the two sides of every entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Raises what is counted against, lowers what is owed.
    Debit,
    /// The other.
    Credit,
}

/// An account of the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Account {
    /// All currency that was ever created; the one that the others are counted against.
    Issued,
    /// Created, and not yet distributed.
    Treasury,
    /// An intermediary's undistributed currency.
    Vault(RegistrarId),
    /// Signed and not yet cashed, per denomination.
    Circulation(DenominationId),
    /// What an intermediary has set aside for losses it vouches for.
    Guarantee(RegistrarId),
    /// All currency that was ever retired. Nothing leaves this account.
    Destroyed,
    /// All reserves that came in from outside.
    Settlement,
    /// What an intermediary has at the central bank.
    Reserves(RegistrarId),
    /// Reserves that distributed currency was paid with.
    Backing,
    /// What forged tokens took from the issuer, who backs it out of its own.
    Forged,
}

impl Account {
    /// On which side its balance grows.
    #[must_use]
    pub fn side(self) -> Side {
        match self {
            Self::Issued | Self::Settlement | Self::Forged => Side::Debit,
            Self::Treasury
            | Self::Vault(_)
            | Self::Circulation(_)
            | Self::Guarantee(_)
            | Self::Destroyed
            | Self::Reserves(_)
            | Self::Backing => Side::Credit,
        }
    }

    /// Whose it is; `None` for the issuer's own.
    #[must_use]
    pub fn holder(self) -> Option<RegistrarId> {
        match self {
            Self::Vault(id) | Self::Guarantee(id) | Self::Reserves(id) => Some(id),
            Self::Issued
            | Self::Treasury
            | Self::Circulation(_)
            | Self::Destroyed
            | Self::Settlement
            | Self::Backing
            | Self::Forged => None,
        }
    }

    /// Whether the account has numbered postings. Circulation has none: every token moves it, and
    /// tokens are counted elsewhere.
    #[must_use]
    pub fn is_stated(self) -> bool {
        !matches!(self, Self::Circulation(_))
    }

    fn parts(self) -> (u8, Option<[u8; 32]>) {
        match self {
            Self::Issued => (1, None),
            Self::Treasury => (2, None),
            Self::Vault(id) => (3, Some(id.0)),
            Self::Circulation(id) => (4, Some(id.0)),
            Self::Guarantee(id) => (5, Some(id.0)),
            Self::Destroyed => (6, None),
            Self::Settlement => (7, None),
            Self::Reserves(id) => (8, Some(id.0)),
            Self::Backing => (9, None),
            Self::Forged => (10, None),
        }
    }
}

impl Encode for Account {
    fn encode(&self, writer: &mut Writer) {
        let (kind, id) = self.parts();
        writer.u8(kind);
        if let Some(id) = id {
            writer.bytes(&id);
        }
    }
}

impl Decode for Account {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        match reader.u8()? {
            1 => Ok(Self::Issued),
            2 => Ok(Self::Treasury),
            3 => reader.get().map(Self::Vault),
            4 => reader.get().map(Self::Circulation),
            5 => reader.get().map(Self::Guarantee),
            6 => Ok(Self::Destroyed),
            7 => Ok(Self::Settlement),
            8 => reader.get().map(Self::Reserves),
            9 => Ok(Self::Backing),
            10 => Ok(Self::Forged),
            _ => Err(Error::Encoding),
        }
    }
}

record! {
    /// Names an account of one currency.
    #[derive(Copy, PartialOrd, Ord)]
    AccountKey {
        /// Of what.
        currency: Currency,
        /// Which.
        account: Account,
    }
}

record! {
    /// An account's balance, on its own side.
    #[derive(Copy, Default)]
    Balance {
        /// In minor units.
        amount: Amount,
        /// How many postings it has; none if it is not stated.
        postings: Count,
    }
}

record! {
    /// Names a posting.
    #[derive(Copy, PartialOrd, Ord)]
    PostingKey {
        /// The account.
        account: AccountKey,
        /// Counts from 1.
        number: Count,
    }
}

/// A posting as statements carry it, and the entry that it belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PostingRow {
    /// The posting.
    pub posting: Posting,
    /// The entry's number.
    pub entry: Count,
}

impl Encode for PostingRow {
    fn encode(&self, writer: &mut Writer) {
        let Posting { number, cause, amount, balance } = &self.posting;
        writer.u64(*number);
        writer.put(cause);
        writer.put(amount);
        writer.put(balance);
        writer.put(&self.entry);
    }
}

impl Decode for PostingRow {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        let number = reader.u64()?;
        let cause = reader.get()?;
        let posting = Posting { number, cause, amount: reader.get()?, balance: reader.get()? };
        Ok(Self { posting, entry: reader.get()? })
    }
}

/// One line of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leg {
    /// Which account.
    pub account: Account,
    /// On which side.
    pub side: Side,
    /// How much, above zero.
    pub amount: Amount,
}

/// An entry: amounts that moved in one step, as much on the one side as on the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// When.
    pub time: Timestamp,
    /// The instruction that was carried out, if it was one.
    pub instruction: Option<InstructionId>,
    /// Of what.
    pub currency: Currency,
    /// The lines.
    pub legs: Vec<Leg>,
}

impl Encode for Leg {
    fn encode(&self, writer: &mut Writer) {
        writer.put(&self.account);
        writer.u8(match self.side {
            Side::Debit => 1,
            Side::Credit => 2,
        });
        writer.put(&self.amount);
    }
}

impl Decode for Leg {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        let account = reader.get()?;
        let side = match reader.u8()? {
            1 => Side::Debit,
            2 => Side::Credit,
            _ => return Err(Error::Encoding),
        };
        Ok(Self { account, side, amount: reader.get()? })
    }
}

impl Encode for Entry {
    fn encode(&self, writer: &mut Writer) {
        writer.put(&self.time);
        writer.u8(u8::from(self.instruction.is_some()));
        if let Some(instruction) = &self.instruction {
            writer.put(instruction);
        }
        writer.put(&self.currency);
        writer.list(&self.legs);
    }
}

impl Decode for Entry {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        let time = reader.get()?;
        let instruction = match reader.u8()? {
            0 => None,
            1 => Some(reader.get()?),
            _ => return Err(Error::Encoding),
        };
        Ok(Self { time, instruction, currency: reader.get()?, legs: reader.list(0..=u16::MAX)? })
    }
}

record! {
    /// A supply instruction that was carried out.
    CarriedOut {
        /// When.
        time: Timestamp,
        /// The entry that it made.
        entry: Count,
        /// Hash of the policy whose officers approved.
        policy: [u8; 32],
        /// Canonical bytes of instruction and approvals.
        submission: Bytes,
    }
}
