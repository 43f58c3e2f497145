//! Customers and their accounts.

use super::{Attributes, TierName, read_flag, write_flag};
use tender_store::plain::Count;
use tender_token::amount::Amount;
use tender_token::date::Day;
use tender_token::encode::{Decode, Encode, Reader, Writer};
use tender_token::error::{Error, Result};

/// Counts the customers from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CustomerId(pub u64);

impl CustomerId {
    /// No customer: under this is what came in for nobody here, until it has gone back.
    pub const NOBODY: Self = Self(0);
}

impl Encode for CustomerId {
    fn encode(&self, writer: &mut Writer) {
        writer.u64(self.0);
    }
}

impl Decode for CustomerId {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        reader.u64().map(Self)
    }
}

/// A customer and the account, in minor units of the one currency.
///
/// What was put in equals what is there:
/// `opened + credited + pulled = balance + held + debited + paid_out`.
/// Who it is stands in the person's record only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Customer {
    /// What the customer may do at most.
    pub tier: TierName,
    /// What was verified about the person.
    pub verified: Attributes,
    /// Which of the accounts outside in the person's record is linked, counted from 1; 0 for none.
    pub address: Count,
    /// Whether the account can be used.
    pub state: State,
    /// Free to use.
    pub balance: Amount,
    /// Set aside for withdrawals that are not settled yet.
    pub held: Amount,
    /// What the account was opened with.
    pub opened: Amount,
    /// All deposits and returned change.
    pub credited: Amount,
    /// All settled withdrawals.
    pub debited: Amount,
    /// All that went to accounts outside.
    pub paid_out: Amount,
    /// All that came from the account outside, to pay what the account did not cover.
    pub pulled: Amount,
    /// What the bank's other systems hold ready at the account outside, to be pulled.
    pub cover: Amount,
    /// Whether a wallet is enrolled.
    pub enrolled: bool,
    /// Entries of the journal that the issuer has not answered.
    pub waiting: u64,
}

impl Customer {
    /// A new customer in a tier whose account is opened with an amount.
    #[must_use]
    pub fn open(tier: TierName, opened: Amount) -> Self {
        Self {
            tier,
            verified: Attributes::default(),
            address: Count(0),
            state: State::Active,
            balance: opened,
            held: Amount::ZERO,
            opened,
            credited: Amount::ZERO,
            debited: Amount::ZERO,
            paid_out: Amount::ZERO,
            pulled: Amount::ZERO,
            cover: Amount::ZERO,
            enrolled: false,
            waiting: 0,
        }
    }

    /// Whether an account outside is linked.
    #[must_use]
    pub fn is_linked(&self) -> bool {
        self.address != Count(0)
    }

    /// Pays an amount out to an account outside, or `None` if the balance does not cover it.
    #[must_use]
    pub fn pay_out(mut self, amount: Amount) -> Option<Self> {
        self.balance = self.balance.checked_sub(amount)?;
        self.paid_out = self.paid_out.checked_add(amount)?;
        Some(self)
    }

    /// Brings an amount in from the account outside, or `None` if it is not held ready there.
    #[must_use]
    pub fn pull(mut self, amount: Amount) -> Option<Self> {
        self.cover = self.cover.checked_sub(amount)?;
        self.balance = self.balance.checked_add(amount)?;
        self.pulled = self.pulled.checked_add(amount)?;
        Some(self)
    }

    /// Sets an amount aside, or `None` if the balance does not cover it.
    #[must_use]
    pub fn hold(mut self, amount: Amount) -> Option<Self> {
        self.balance = self.balance.checked_sub(amount)?;
        self.held = self.held.checked_add(amount)?;
        Some(self)
    }

    /// Gives an amount that was set aside back, or `None` if it was not.
    #[must_use]
    pub fn release(mut self, amount: Amount) -> Option<Self> {
        self.held = self.held.checked_sub(amount)?;
        self.balance = self.balance.checked_add(amount)?;
        Some(self)
    }

    /// Pays out an amount that was set aside, or `None` if it was not.
    #[must_use]
    pub fn settle(mut self, amount: Amount) -> Option<Self> {
        self.held = self.held.checked_sub(amount)?;
        self.debited = self.debited.checked_add(amount)?;
        Some(self)
    }

    /// Pays an amount in, or `None` beyond the range of amounts.
    #[must_use]
    pub fn credit(mut self, amount: Amount) -> Option<Self> {
        self.balance = self.balance.checked_add(amount)?;
        self.credited = self.credited.checked_add(amount)?;
        Some(self)
    }

    /// What the intermediary owes, or `None` beyond the range of amounts.
    #[must_use]
    pub fn owed(&self) -> Option<Amount> {
        self.balance.checked_add(self.held)
    }

    /// Whether every minor unit in the account has a recorded origin.
    #[must_use]
    pub fn is_explained(&self) -> bool {
        let origins = self.opened.checked_add(self.credited);
        let origins = origins.and_then(|origins| origins.checked_add(self.pulled));
        let gone = self.debited.checked_add(self.paid_out);
        let whereabouts = self.owed().and_then(|owed| owed.checked_add(gone?));
        origins.is_some() && origins == whereabouts
    }
}

impl Encode for Customer {
    fn encode(&self, writer: &mut Writer) {
        writer.put(&self.tier);
        writer.put(&self.verified);
        writer.put(&self.address);
        writer.put(&self.state);
        let gone = [self.debited, self.paid_out, self.pulled, self.cover];
        for amount in [self.balance, self.held, self.opened, self.credited].into_iter().chain(gone)
        {
            writer.put(&amount);
        }
        write_flag(writer, self.enrolled);
        writer.u64(self.waiting);
    }
}

impl Decode for Customer {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        Ok(Self {
            tier: reader.get()?,
            verified: reader.get()?,
            address: reader.get()?,
            state: reader.get()?,
            balance: reader.get()?,
            held: reader.get()?,
            opened: reader.get()?,
            credited: reader.get()?,
            debited: reader.get()?,
            paid_out: reader.get()?,
            pulled: reader.get()?,
            cover: reader.get()?,
            enrolled: read_flag(reader)?,
            waiting: reader.u64()?,
        })
    }
}

/// Whether an account can be used. Whatever it is, what comes back as tokens is credited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It can.
    Active,
    /// Nothing leaves it, until it is unfrozen.
    Frozen,
    /// It was closed on this day; what comes in goes to the account that was named then.
    Closed(Day),
}

impl State {
    /// The word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Frozen => "frozen",
            Self::Closed(_) => "closed",
        }
    }
}

impl Encode for State {
    fn encode(&self, writer: &mut Writer) {
        match self {
            Self::Active => writer.u8(1),
            Self::Frozen => writer.u8(2),
            Self::Closed(day) => {
                writer.u8(3);
                writer.put(day);
            }
        }
    }
}

impl Decode for State {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        match reader.u8()? {
            1 => Ok(Self::Active),
            2 => Ok(Self::Frozen),
            3 => reader.get().map(Self::Closed),
            _ => Err(Error::Encoding),
        }
    }
}
