//! Journal entries: work that crosses the network, and its outcome once it is finished.

use super::{
    Claimed, CustomerId, Deposition, Enrolment, Outcome, Outcomes, Sending, Signatures, Standing,
    Withdrawal, read_option, write_option,
};
use tender_proto::claim::Granted;
use tender_store::plain::Mark;
use tender_token::amount::Amount;
use tender_token::date::Day;
use tender_token::encode::{Decode, Encode, Reader, Writer};
use tender_token::error::{Error, Result};

/// Counts the journal's entries from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryNumber(pub u64);

impl Encode for EntryNumber {
    fn encode(&self, writer: &mut Writer) {
        writer.u64(self.0);
    }
}

impl Decode for EntryNumber {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        reader.u64().map(Self)
    }
}

/// An open entry. Each customer's are together, in the order in which they were begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct OpenEntry {
    /// For whom.
    pub customer: CustomerId,
    /// Which one.
    pub number: EntryNumber,
}

impl Encode for OpenEntry {
    fn encode(&self, writer: &mut Writer) {
        writer.put(&self.customer);
        writer.put(&self.number);
    }
}

impl Decode for OpenEntry {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        Ok(Self { customer: reader.get()?, number: reader.get()? })
    }
}

/// One piece of work, and its outcome once it is finished.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job<W, R> {
    /// For whom.
    pub customer: CustomerId,
    /// What is asked of the issuer.
    pub work: W,
    /// What the issuer said; the entry is open until then.
    pub reply: Option<R>,
}

impl<W, R> Job<W, R> {
    /// Work that nobody has answered yet.
    #[must_use]
    pub fn open(customer: CustomerId, work: W) -> Self {
        Self { customer, work, reply: None }
    }
}

impl Job<Withdrawal, Outcome<Signatures>> {
    /// Whether the issuer carried the withdrawal out; `None` while its answer is out.
    #[must_use]
    pub fn is_paid(&self) -> Option<bool> {
        self.reply.as_ref().map(|Outcome(answer)| self.work.is_paid(answer))
    }
}

impl<W: Encode, R: Encode> Encode for Job<W, R> {
    fn encode(&self, writer: &mut Writer) {
        writer.put(&self.customer);
        writer.put(&self.work);
        write_option(writer, self.reply.as_ref());
    }
}

impl<W: Decode, R: Decode> Decode for Job<W, R> {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        let (customer, work) = (reader.get()?, reader.get()?);
        Ok(Self { customer, work, reply: read_option(reader)? })
    }
}

/// An entry of the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// Registers a wallet.
    Enrol(Job<Enrolment, Outcome<Mark>>),
    /// Withdraws tokens.
    Withdraw(Job<Withdrawal, Outcome<Signatures>>),
    /// Deposits tokens.
    Deposit(Job<Deposition, Outcomes>),
    /// Claims a token.
    Claim(Job<Claimed, Outcome<Standing>>),
    /// Transfers account money.
    Transfer(Job<Sending, Outcome<Mark>>),
}

/// So many days after its last one a claim that led may still be paid: the issuer pays it the day
/// after, and its statement may be read late.
const DUE_DAYS: u32 = 30;

impl Entry {
    /// Until which day a claim leads, if this one led when it was answered.
    #[must_use]
    pub fn leads_until(&self) -> Option<Day> {
        let Self::Claim(Job { reply: Some(Outcome(Ok(Standing(standing)))), .. }) = self else {
            return None;
        };
        match standing {
            Granted::Leads(until) => Some(*until),
            Granted::Paid(_) => None,
        }
    }

    /// Whether money may still come in for a claim that led when it was answered.
    #[must_use]
    pub fn is_due(&self, today: Day) -> bool {
        let last = self.leads_until().map(|until| until.checked_add(DUE_DAYS).unwrap_or(until));
        last.is_some_and(|last| today <= last)
    }

    /// For whom.
    #[must_use]
    pub fn customer(&self) -> CustomerId {
        match self {
            Self::Enrol(job) => job.customer,
            Self::Withdraw(job) => job.customer,
            Self::Deposit(job) => job.customer,
            Self::Claim(job) => job.customer,
            Self::Transfer(job) => job.customer,
        }
    }

    /// Whether the issuer's answer is still out.
    #[must_use]
    pub fn is_open(&self) -> bool {
        match self {
            Self::Enrol(job) => job.reply.is_none(),
            Self::Withdraw(job) => job.reply.is_none(),
            Self::Deposit(job) => job.reply.is_none(),
            Self::Claim(job) => job.reply.is_none(),
            Self::Transfer(job) => job.reply.is_none(),
        }
    }

    /// What is set aside for it.
    #[must_use]
    pub fn held(&self) -> Amount {
        match self {
            Self::Withdraw(job) if job.reply.is_none() => job.work.debit,
            Self::Transfer(job) if job.reply.is_none() => job.work.transfer.amount,
            Self::Enrol(_)
            | Self::Withdraw(_)
            | Self::Deposit(_)
            | Self::Claim(_)
            | Self::Transfer(_) => Amount::ZERO,
        }
    }
}

impl Encode for Entry {
    fn encode(&self, writer: &mut Writer) {
        match self {
            Self::Enrol(job) => {
                writer.u8(1);
                writer.put(job);
            }
            Self::Withdraw(job) => {
                writer.u8(2);
                writer.put(job);
            }
            Self::Deposit(job) => {
                writer.u8(3);
                writer.put(job);
            }
            Self::Claim(job) => {
                writer.u8(4);
                writer.put(job);
            }
            Self::Transfer(job) => {
                writer.u8(5);
                writer.put(job);
            }
        }
    }
}

impl Decode for Entry {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        match reader.u8()? {
            1 => reader.get().map(Self::Enrol),
            2 => reader.get().map(Self::Withdraw),
            3 => reader.get().map(Self::Deposit),
            4 => reader.get().map(Self::Claim),
            5 => reader.get().map(Self::Transfer),
            _ => Err(Error::Encoding),
        }
    }
}
