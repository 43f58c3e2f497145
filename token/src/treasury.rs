//! Treasury: supply instructions, and the officers who approve them.
//!
//! The supply of a currency changes by instruction only. One officer of the policy writes an
//! [`Instruction`], officers sign it ([`Officer::approve`]), and what enough distinct officers
//! have signed becomes [`Approved`]: the only thing that the issuer's ledger acts on. An
//! instruction is for one use: its id is kept for ever.
//!
//! Protocol: section "treasury".

mod approval;

pub use approval::{Approvable, Approval, Approved, Officer, Submission};
pub(crate) use approval::{check_approvals, get_approvals, put_approvals};

use crate::amount::{Amount, Currency};
use crate::date::Timestamp;
use crate::encode::{Decode, Encode, Reader, Writer, identifier};
use crate::error::{Error, Result};
use crate::identity::RegistrarId;
use crate::signature::PublicKey;

const VERSION: u8 = 2;

identifier! {
    /// Names an instruction: 32 random bytes, unique for ever.
    InstructionId
}

/// What an instruction moves, and whose it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Order {
    /// Currency is created in the treasury.
    Issue,
    /// Currency leaves the treasury for an intermediary's vault, which pays with reserves.
    Distribute(RegistrarId),
    /// Currency returns from a vault to the treasury, for reserves.
    Redeem(RegistrarId),
    /// Currency of the treasury is retired.
    Destroy,
    /// Reserves came in from outside, such as from the settlement system.
    CreditReserves(RegistrarId),
    /// Reserves go out.
    DebitReserves(RegistrarId),
    /// Currency of a vault is set aside as the intermediary's guarantee.
    Pledge(RegistrarId),
    /// Currency of a guarantee returns to the vault.
    Release(RegistrarId),
}

impl Order {
    /// The intermediary that the order is for. `None` if it concerns the treasury alone.
    #[must_use]
    pub fn intermediary(self) -> Option<RegistrarId> {
        match self {
            Self::Issue | Self::Destroy => None,
            Self::Distribute(id)
            | Self::Redeem(id)
            | Self::CreditReserves(id)
            | Self::DebitReserves(id)
            | Self::Pledge(id)
            | Self::Release(id) => Some(id),
        }
    }

    /// The order's word, such as `distribute`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Issue => "issue",
            Self::Distribute(_) => "distribute",
            Self::Redeem(_) => "redeem",
            Self::Destroy => "destroy",
            Self::CreditReserves(_) => "credit-reserves",
            Self::DebitReserves(_) => "debit-reserves",
            Self::Pledge(_) => "pledge",
            Self::Release(_) => "release",
        }
    }

    fn number(self) -> u8 {
        match self {
            Self::Issue => 1,
            Self::Distribute(_) => 2,
            Self::Redeem(_) => 3,
            Self::Destroy => 4,
            Self::CreditReserves(_) => 5,
            Self::DebitReserves(_) => 6,
            Self::Pledge(_) => 7,
            Self::Release(_) => 8,
        }
    }
}

impl Encode for Order {
    fn encode(&self, writer: &mut Writer) {
        writer.u8(self.number());
        if let Some(intermediary) = self.intermediary() {
            writer.put(&intermediary);
        }
    }
}

impl Decode for Order {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        match reader.u8()? {
            1 => Ok(Self::Issue),
            2 => reader.get().map(Self::Distribute),
            3 => reader.get().map(Self::Redeem),
            4 => Ok(Self::Destroy),
            5 => reader.get().map(Self::CreditReserves),
            6 => reader.get().map(Self::DebitReserves),
            7 => reader.get().map(Self::Pledge),
            8 => reader.get().map(Self::Release),
            _ => Err(Error::Encoding),
        }
    }
}

/// A supply instruction: 85 bytes, or 117 with an intermediary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instruction {
    /// Whose currency: `issuer_pk` of that issuer's manifests. Officers may use one key for several
    /// issuers; what they approve for one says nothing to another.
    pub issuer: PublicKey,
    /// Its name.
    pub id: InstructionId,
    /// What it moves.
    pub order: Order,
    /// Of what currency.
    pub currency: Currency,
    /// How much, above zero.
    pub amount: Amount,
    /// The last moment at which it may be carried out.
    pub expiry: Timestamp,
}

impl Approvable for Instruction {
    const PREFIX: &'static [u8] = b"tender/treasury/v2/";
}

impl Encode for Instruction {
    fn encode(&self, writer: &mut Writer) {
        writer.u8(VERSION);
        writer.put(&self.issuer);
        writer.put(&self.id);
        writer.put(&self.order);
        writer.put(&self.currency);
        writer.put(&self.amount);
        writer.put(&self.expiry);
    }
}

impl Decode for Instruction {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        reader.version(VERSION)?;
        Ok(Self {
            issuer: reader.get()?,
            id: reader.get()?,
            order: reader.get()?,
            currency: reader.get()?,
            amount: reader.get()?,
            expiry: reader.get()?,
        })
    }
}
