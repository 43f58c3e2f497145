//! Wallets: the codes that invite them, and what each may take out of its account.

use super::{CustomerId, EntryNumber, read_flag, read_option, write_flag, write_option};
use sha2::{Digest, Sha256};
use tender_store::plain::Count;
use tender_store::record;
use tender_token::amount::Amount;
use tender_token::encode::{Decode, Encode, Reader, Writer};
use tender_token::error::Result;
use tender_token::identity::Registration;

/// The digest under which a one-time code is kept: the code itself only the holder has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CodeDigest([u8; 32]);

impl CodeDigest {
    /// The digest of a code.
    #[must_use]
    pub fn of(code: &str) -> Self {
        Self(Sha256::digest(code.as_bytes()).into())
    }
}

impl Encode for CodeDigest {
    fn encode(&self, writer: &mut Writer) {
        writer.put(&self.0);
    }
}

impl Decode for CodeDigest {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        reader.array().map(Self)
    }
}

/// A one-time code: whom it invites, and the enrolment that uses it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// Whom it invites.
    pub customer: CustomerId,
    /// The enrolment that uses it; given back if the issuer refuses.
    pub used_by: Option<EntryNumber>,
    /// What the wallet may take out of the account, if not all that the tier allows.
    pub grant: Option<Amount>,
}

impl Invitation {
    /// An invitation that nobody has used.
    #[must_use]
    pub fn fresh(customer: CustomerId, grant: Option<Amount>) -> Self {
        Self { customer, used_by: None, grant }
    }
}

impl Encode for Invitation {
    fn encode(&self, writer: &mut Writer) {
        writer.put(&self.customer);
        write_option(writer, self.used_by.as_ref());
        write_option(writer, self.grant.as_ref());
    }
}

impl Decode for Invitation {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        Ok(Self {
            customer: reader.get()?,
            used_by: read_option(reader)?,
            grant: read_option(reader)?,
        })
    }
}

record! {
    /// What a wallet may take out of its account altogether, in tokens and transfers. Another
    /// amount takes its place, and what was taken counts against that one. The tier's limits hold
    /// beside it.
    #[derive(Copy)]
    Grant {
        /// What was granted.
        amount: Amount,
        /// What it took since it first was.
        used: Amount,
    }
}

impl Grant {
    /// What may still be taken.
    #[must_use]
    pub fn left(&self) -> Amount {
        self.amount.checked_sub(self.used).unwrap_or_default()
    }
}

/// An enrolled wallet: whose it is, and what the issuer registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wallet {
    /// The holder.
    pub customer: CustomerId,
    /// Identity and record as the issuer accepted them.
    pub registration: Registration,
    /// Whether its device is lost: nothing is heard from it.
    pub blocked: bool,
    /// What it may take out of the account, if not all that the tier allows.
    pub grant: Option<Grant>,
    /// How often it was decided whether it may take all: what was taken before does not count.
    pub grants: Count,
}

impl Wallet {
    /// A wallet that the issuer has registered just now.
    #[must_use]
    pub fn enrolled(customer: CustomerId, registration: Registration) -> Self {
        Self { customer, registration, blocked: false, grant: None, grants: Count(0) }
    }

    /// The same wallet, which may take so much out of the account, or all that the tier allows.
    #[must_use]
    pub fn granted(self, amount: Option<Amount>) -> Self {
        if let (Some(Grant { used, .. }), Some(amount)) = (self.grant, amount) {
            return Self { grant: Some(Grant { amount, used }), ..self };
        }
        let grant = amount.map(|amount| Grant { amount, used: Amount::ZERO });
        Self { grant, grants: self.grants.plus(1), ..self }
    }

    /// The same wallet after it took an amount, or `None` beyond its grant.
    #[must_use]
    pub fn take(self, amount: Amount) -> Option<Self> {
        let Some(grant) = self.grant else { return Some(self) };
        let used = grant.used.checked_add(amount)?;
        (used <= grant.amount).then_some(Self { grant: Some(Grant { used, ..grant }), ..self })
    }

    /// The same wallet after it gets back what it took when so many grants had been decided. What
    /// was granted since has no part in it.
    #[must_use]
    pub fn give_back(self, amount: Amount, grants: Count) -> Self {
        if self.grants != grants {
            return self;
        }
        let given = |grant: Grant| Grant {
            used: grant.used.checked_sub(amount).unwrap_or_default(),
            ..grant
        };
        Self { grant: self.grant.map(given), ..self }
    }
}

impl Encode for Wallet {
    fn encode(&self, writer: &mut Writer) {
        writer.put(&self.customer);
        writer.put(&self.registration);
        write_flag(writer, self.blocked);
        write_option(writer, self.grant.as_ref());
        writer.put(&self.grants);
    }
}

impl Decode for Wallet {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        Ok(Self {
            customer: reader.get()?,
            registration: reader.get()?,
            blocked: read_flag(reader)?,
            grant: read_option(reader)?,
            grants: reader.get()?,
        })
    }
}
