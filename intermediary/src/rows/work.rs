//! What journal entries ask of the issuer: everything that sending again and finishing need.

use super::{CodeDigest, Flow};
use std::collections::BTreeMap;
use tender_proto::refusal::Refusal;
use tender_store::plain::Count;
use tender_token::amount::Amount;
use tender_token::cash::AccountRef;
use tender_token::date::Day;
use tender_token::encode::{Decode, Encode, Reader, Writer};
use tender_token::error::{Error, Result};
use tender_token::identity::{IdentityKey, Registration};
use tender_token::provision::SessionId;
use tender_token::token::TokenId;

/// A wallet to be registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enrolment {
    /// The code it used.
    pub code: CodeDigest,
    /// Identity and record.
    pub registration: Registration,
}

/// A withdrawal to be signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Withdrawal {
    /// The wallet that withdraws.
    pub wallet: IdentityKey,
    /// How many grants of it had been decided then.
    pub grants: Count,
    /// The session; the reply must name it.
    pub sid: SessionId,
    /// Hash of the plan; the reply must name it.
    pub plan_hash: [u8; 32],
    /// The day whose limits it counts against.
    pub day: Day,
    /// What is set aside in the account.
    pub debit: Amount,
    /// What of it came from the account outside.
    pub pulled: Amount,
    /// The reference that the vault's debit names.
    pub debit_account: AccountRef,
    /// What comes back to the account.
    pub credit: Amount,
    /// The reference that the vault's credit names.
    pub credit_account: AccountRef,
    /// What of the credit postings had brought before the reply told of it.
    pub ahead: Amount,
    /// The request's bytes with our signature: every sending sends these.
    pub request: Vec<u8>,
}

impl Withdrawal {
    /// What it moves in the vault, under which reference.
    #[must_use]
    pub fn movements(&self) -> BTreeMap<AccountRef, Flow> {
        let mut movements = BTreeMap::<_, Flow>::new();
        if !self.debit.is_zero() {
            movements.entry(self.debit_account).or_default().outward = self.debit;
        }
        if !self.credit.is_zero() {
            movements.entry(self.credit_account).or_default().inward = self.change();
        }
        movements
    }

    /// What the reply brings back to the account.
    #[must_use]
    pub fn change(&self) -> Amount {
        self.credit.checked_sub(self.ahead).unwrap_or_default()
    }

    /// Whether the issuer carried it out: it signed the tokens, or says that it did and can sign
    /// them no more. In both cases our vault paid, and so does the account.
    #[must_use]
    pub fn is_paid<T>(&self, answer: &core::result::Result<T, Refusal>) -> bool {
        answer.as_ref().map_or_else(|refusal| refusal.is_spent(self.sid), |_| true)
    }
}

/// Tokens to be cashed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deposition {
    /// The reference that the items name.
    pub account: AccountRef,
    /// The items in the wallet's order.
    pub items: Vec<DepositItem>,
}

impl Deposition {
    /// The items that go to the issuer: token and bytes.
    pub fn sent(&self) -> impl Iterator<Item = (TokenId, &[u8])> {
        self.items.iter().filter_map(|item| match item {
            DepositItem::Sent { token, bytes, .. } => Some((*token, bytes.as_slice())),
            DepositItem::Refused(_) => None,
        })
    }
}

/// One item of a deposit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DepositItem {
    /// Goes to the issuer.
    Sent {
        /// The token it cashes.
        token: TokenId,
        /// What it is worth.
        value: Amount,
        /// The item's bytes.
        bytes: Vec<u8>,
    },
    /// Is refused here and goes nowhere.
    Refused(Error),
}

impl Encode for Enrolment {
    fn encode(&self, writer: &mut Writer) {
        writer.put(&self.code);
        writer.put(&self.registration);
    }
}

impl Decode for Enrolment {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        Ok(Self { code: reader.get()?, registration: reader.get()? })
    }
}

impl Encode for Withdrawal {
    fn encode(&self, writer: &mut Writer) {
        writer.put(&self.wallet);
        writer.put(&self.grants);
        writer.put(&self.sid);
        writer.put(&self.plan_hash);
        writer.put(&self.day);
        writer.put(&self.debit);
        writer.put(&self.pulled);
        writer.put(&self.debit_account);
        writer.put(&self.credit);
        writer.put(&self.credit_account);
        writer.put(&self.ahead);
        writer.sized(&self.request);
    }
}

impl Decode for Withdrawal {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        Ok(Self {
            wallet: reader.get()?,
            grants: reader.get()?,
            sid: reader.get()?,
            plan_hash: reader.get()?,
            day: reader.get()?,
            debit: reader.get()?,
            pulled: reader.get()?,
            debit_account: reader.get()?,
            credit: reader.get()?,
            credit_account: reader.get()?,
            ahead: reader.get()?,
            request: reader.sized()?.to_vec(),
        })
    }
}

impl Encode for Deposition {
    fn encode(&self, writer: &mut Writer) {
        writer.put(&self.account);
        writer.list(&self.items);
    }
}

impl Decode for Deposition {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        Ok(Self { account: reader.get()?, items: reader.list(0..=u16::MAX)? })
    }
}

impl Encode for DepositItem {
    fn encode(&self, writer: &mut Writer) {
        match self {
            Self::Sent { token, value, bytes } => {
                writer.u8(0);
                writer.put(token);
                writer.put(value);
                writer.sized(bytes);
            }
            Self::Refused(error) => writer.u8(error.number()),
        }
    }
}

impl Decode for DepositItem {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        let number = reader.u8()?;
        if number == 0 {
            let (token, value) = (reader.get()?, reader.get()?);
            return Ok(Self::Sent { token, value, bytes: reader.sized()?.to_vec() });
        }
        let error = Error::ALL.iter().find(|error| error.number() == number);
        error.copied().map(Self::Refused).ok_or(Error::Encoding)
    }
}
