//! Our books in double entry: every movement debits one account and credits another by one amount.

use super::{CustomerId, EntryNumber, OutsideNumber, PostingNumber};
use tender_token::amount::Amount;
use tender_token::encode::{Decode, Encode, Reader, Writer};
use tender_token::error::{Error, Result};

/// An account of our books.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LedgerAccount {
    /// What customers may use: a liability.
    Customers,
    /// What is set aside for withdrawals and transfers: a liability.
    Holds,
    /// Our vault at the issuer, as we believe it to be: an asset.
    Vault,
    /// Everything else: how accounts were opened, and what the vault was bought with.
    Outside,
    /// What came for nobody here, until it has gone back: a liability.
    Returns,
}

impl LedgerAccount {
    /// Every account.
    pub const ALL: [Self; 5] =
        [Self::Customers, Self::Holds, Self::Vault, Self::Outside, Self::Returns];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Customers => "customers",
            Self::Holds => "holds",
            Self::Vault => "vault",
            Self::Outside => "outside",
            Self::Returns => "returns",
        }
    }
}

impl Encode for LedgerAccount {
    fn encode(&self, writer: &mut Writer) {
        writer.u8(match self {
            Self::Customers => 1,
            Self::Holds => 2,
            Self::Vault => 3,
            Self::Outside => 4,
            Self::Returns => 5,
        });
    }
}

impl Decode for LedgerAccount {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        match reader.u8()? {
            1 => Ok(Self::Customers),
            2 => Ok(Self::Holds),
            3 => Ok(Self::Vault),
            4 => Ok(Self::Outside),
            5 => Ok(Self::Returns),
            _ => Err(Error::Encoding),
        }
    }
}

/// Why money moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// An account was opened with it.
    Opened(CustomerId),
    /// An entry of the journal.
    Entry(EntryNumber),
    /// A posting of the issuer.
    Posting(PostingNumber),
    /// It went to a customer's account outside, or came from there.
    Outside(OutsideNumber),
}

impl Encode for Origin {
    fn encode(&self, writer: &mut Writer) {
        match self {
            Self::Opened(customer) => {
                writer.u8(1);
                writer.put(customer);
            }
            Self::Entry(number) => {
                writer.u8(2);
                writer.put(number);
            }
            Self::Posting(number) => {
                writer.u8(3);
                writer.put(number);
            }
            Self::Outside(number) => {
                writer.u8(4);
                writer.put(number);
            }
        }
    }
}

impl Decode for Origin {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        match reader.u8()? {
            1 => reader.get().map(Self::Opened),
            2 => reader.get().map(Self::Entry),
            3 => reader.get().map(Self::Posting),
            4 => reader.get().map(Self::Outside),
            _ => Err(Error::Encoding),
        }
    }
}

/// Counts the movements from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MovementNumber(pub u64);

impl Encode for MovementNumber {
    fn encode(&self, writer: &mut Writer) {
        writer.u64(self.0);
    }
}

impl Decode for MovementNumber {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        reader.u64().map(Self)
    }
}

/// One amount from one account to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Movement {
    /// The account that is debited.
    pub debit: LedgerAccount,
    /// The account that is credited.
    pub credit: LedgerAccount,
    /// By how much.
    pub amount: Amount,
    /// Why.
    pub origin: Origin,
}

impl Encode for Movement {
    fn encode(&self, writer: &mut Writer) {
        writer.put(&self.debit);
        writer.put(&self.credit);
        writer.put(&self.amount);
        writer.put(&self.origin);
    }
}

impl Decode for Movement {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        Ok(Self {
            debit: reader.get()?,
            credit: reader.get()?,
            amount: reader.get()?,
            origin: reader.get()?,
        })
    }
}

/// Sums over all movements. They outlast every amount that sixty-four bits hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    /// How many movements there are.
    pub movements: u64,
    sums: [Sums; LedgerAccount::ALL.len()],
}

/// What one account was debited and credited with altogether.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Sums {
    debits: u128,
    credits: u128,
}

impl Ledger {
    /// The ledger with one more movement.
    #[must_use]
    pub fn plus(mut self, movement: &Movement) -> Self {
        let amount = u128::from(movement.amount.minor_units());
        self.movements = self.movements.saturating_add(1);
        for (account, sums) in LedgerAccount::ALL.into_iter().zip(&mut self.sums) {
            if account == movement.debit {
                sums.debits = sums.debits.saturating_add(amount);
            }
            if account == movement.credit {
                sums.credits = sums.credits.saturating_add(amount);
            }
        }
        self
    }

    /// What an account was debited with above what it was credited with: for the vault what is
    /// there, and for what we owe the negative of it.
    #[must_use]
    pub fn balance(&self, account: LedgerAccount) -> i128 {
        let mut all = LedgerAccount::ALL.into_iter().zip(&self.sums);
        let (_, sums) = all.find(|(one, _)| *one == account).expect("every account has its sums");
        let signed = |sum| i128::try_from(sum).unwrap_or(i128::MAX);
        signed(sums.debits).saturating_sub(signed(sums.credits))
    }
}

impl Encode for Ledger {
    fn encode(&self, writer: &mut Writer) {
        writer.u64(self.movements);
        for Sums { debits, credits } in self.sums {
            writer.put(&debits.to_be_bytes());
            writer.put(&credits.to_be_bytes());
        }
    }
}

impl Decode for Ledger {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        let movements = reader.u64()?;
        let mut sums = [Sums::default(); LedgerAccount::ALL.len()];
        for sums in &mut sums {
            let [debits, credits] = [reader.array()?, reader.array()?].map(u128::from_be_bytes);
            *sums = Sums { debits, credits };
        }
        Ok(Self { movements, sums })
    }
}
