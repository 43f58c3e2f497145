//! What the holder of an account hears: the lines of the statement, and notices.

use super::{CustomerId, read_option, write_option};
use tender_proto::movement::Movement;
use tender_store::plain::Count;
use tender_store::record;
use tender_token::amount::Amount;
use tender_token::cash::AccountRef;
use tender_token::date::{Day, Timestamp};
use tender_token::encode::{Decode, Encode, Reader, Writer};
use tender_token::error::{Error, Result};
use tender_token::identity::IdentityKey;

/// How much was written to a customer, and how much of it was heard.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mailbox {
    /// Lines so far.
    pub lines: Count,
    /// Notices so far.
    pub notices: Count,
    /// Notices that every wallet of the account has acknowledged; their rows are removed.
    pub acknowledged: Count,
    /// The wallets of the account.
    pub addressees: Vec<Addressee>,
}

record! {
    /// How many notices a wallet has acknowledged, or came before it.
    #[derive(Copy)]
    Addressee {
        /// Which.
        wallet: IdentityKey,
        /// How many.
        heard: Count,
    }
}

impl Mailbox {
    /// The same after a wallet acknowledged so many notices.
    #[must_use]
    pub fn heard(mut self, wallet: IdentityKey, count: Count) -> Self {
        match self.addressees.iter_mut().find(|one| one.wallet == wallet) {
            Some(one) => one.heard = one.heard.max(count),
            None => self.addressees.push(Addressee { wallet, heard: count }),
        }
        self
    }
}

impl Encode for Mailbox {
    fn encode(&self, writer: &mut Writer) {
        for count in [self.lines, self.notices, self.acknowledged] {
            writer.put(&count);
        }
        writer.list(&self.addressees);
    }
}

impl Decode for Mailbox {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        let (lines, notices, acknowledged) = (reader.get()?, reader.get()?, reader.get()?);
        Ok(Self { lines, notices, acknowledged, addressees: reader.list(0..=u16::MAX)? })
    }
}

record! {
    /// Names a line or a notice.
    #[derive(Copy, PartialOrd, Ord)]
    Letter {
        /// Whose.
        customer: CustomerId,
        /// Counts from 1.
        number: Count,
    }
}

/// One movement of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// When.
    pub day: Day,
    /// Why.
    pub movement: Movement,
    /// How much.
    pub amount: Amount,
    /// What is in the account afterwards, with what is set aside.
    pub balance: Amount,
    /// The account reference; `None` for what went outside.
    pub account: Option<AccountRef>,
}

impl Encode for Line {
    fn encode(&self, writer: &mut Writer) {
        writer.put(&self.day);
        writer.put(&self.movement);
        writer.put(&self.amount);
        writer.put(&self.balance);
        write_option(writer, self.account.as_ref());
    }
}

impl Decode for Line {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        Ok(Self {
            day: reader.get()?,
            movement: reader.get()?,
            amount: reader.get()?,
            balance: reader.get()?,
            account: read_option(reader)?,
        })
    }
}

/// What became of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Notice {
    /// When.
    pub time: Timestamp,
    /// What it was about.
    pub movement: Movement,
    /// How much moved; zero if it was refused.
    pub amount: Amount,
    /// The account reference; of a wallet that was enrolled, its identity.
    pub account: AccountRef,
    /// Why it was refused.
    pub refused: Option<Error>,
}

impl Encode for Notice {
    fn encode(&self, writer: &mut Writer) {
        writer.put(&self.time);
        writer.put(&self.movement);
        writer.put(&self.amount);
        writer.put(&self.account);
        writer.u8(self.refused.map_or(0, Error::number));
    }
}

impl Decode for Notice {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        Ok(Self {
            time: reader.get()?,
            movement: reader.get()?,
            amount: reader.get()?,
            account: reader.get()?,
            refused: match reader.u8()? {
                0 => None,
                number => {
                    let error = Error::ALL.iter().find(|error| error.number() == number);
                    Some(*error.ok_or(Error::Encoding)?)
                }
            },
        })
    }
}
