//! Our own mirror of the vault: what we believe moved, what the issuer's statement says moved.

use super::{Flow, Ledger};
use tender_store::record;
use tender_token::amount::Amount;
use tender_token::cash::AccountRef;
use tender_token::encode::{Decode, Encode, Reader, Writer};
use tender_token::error::Result;
use tender_token::token::TokenId;

/// The counters of the books, and the vault.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Book {
    /// Customers so far.
    pub customers: u64,
    /// Journal entries so far.
    pub entries: u64,
    /// Journal entries finished so far: the time by which statements are compared.
    pub finished: u64,
    /// Amounts that went outside so far.
    pub outside: u64,
    /// Reads of personal data so far.
    pub reads: u64,
    /// Actions of the staff so far.
    pub actions: u64,
    /// Versions of the tiers so far.
    pub tier_files: u32,
    /// Purchases so far.
    pub purchases: u64,
    /// The vault.
    pub vault: Vault,
    /// The reserves at the central bank.
    pub reserves: Reserves,
    /// Our accounts in double entry.
    pub ledger: Ledger,
}

impl Book {
    /// Journal entries that are open.
    #[must_use]
    pub fn open(&self) -> u64 {
        self.entries.saturating_sub(self.finished)
    }
}

impl Encode for Book {
    fn encode(&self, writer: &mut Writer) {
        writer.u64(self.customers);
        writer.u64(self.entries);
        writer.u64(self.finished);
        writer.u64(self.outside);
        writer.u64(self.reads);
        writer.u64(self.actions);
        writer.u32(self.tier_files);
        writer.u64(self.purchases);
        writer.put(&self.vault);
        writer.put(&self.reserves);
        writer.put(&self.ledger);
    }
}

impl Decode for Book {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        Ok(Self {
            customers: reader.u64()?,
            entries: reader.u64()?,
            finished: reader.u64()?,
            outside: reader.u64()?,
            reads: reader.u64()?,
            actions: reader.u64()?,
            tier_files: reader.u32()?,
            purchases: reader.u64()?,
            vault: reader.get()?,
            reserves: reader.get()?,
            ledger: reader.get()?,
        })
    }
}

/// The vault as we believe it to be and as the issuer last stated it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Vault {
    /// Currency bought, and released from the guarantee, according to the statement.
    pub distributed: Amount,
    /// Currency returned for reserves, and set aside as a guarantee, according to the statement.
    pub returned: Amount,
    /// What our settled work moved.
    pub moved: Flow,
    /// The balance after the last posting.
    pub stated: Amount,
    /// Number of the last posting.
    pub posting: u64,
    /// Number of the last incident.
    pub incident: u64,
}

impl Vault {
    /// The balance as we believe it to be; below zero only while a statement is missing.
    #[must_use]
    pub fn mirror(&self) -> i128 {
        let [distributed, inward, outward, returned] =
            [self.distributed, self.moved.inward, self.moved.outward, self.returned]
                .map(|amount| i128::from(amount.minor_units()));
        distributed.saturating_add(inward).saturating_sub(outward).saturating_sub(returned)
    }
}

impl Encode for Vault {
    fn encode(&self, writer: &mut Writer) {
        writer.put(&self.distributed);
        writer.put(&self.returned);
        writer.put(&self.moved);
        writer.put(&self.stated);
        writer.u64(self.posting);
        writer.u64(self.incident);
    }
}

impl Decode for Vault {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        Ok(Self {
            distributed: reader.get()?,
            returned: reader.get()?,
            moved: reader.get()?,
            stated: reader.get()?,
            posting: reader.u64()?,
            incident: reader.u64()?,
        })
    }
}

/// The reserves as the issuer last stated them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reserves {
    /// The balance after the last posting.
    pub stated: Amount,
    /// Number of the last posting.
    pub posting: u64,
}

impl Encode for Reserves {
    fn encode(&self, writer: &mut Writer) {
        writer.put(&self.stated);
        writer.u64(self.posting);
    }
}

impl Decode for Reserves {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        Ok(Self { stated: reader.get()?, posting: reader.u64()? })
    }
}

/// Counts the vault's postings from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PostingNumber(pub u64);

impl Encode for PostingNumber {
    fn encode(&self, writer: &mut Writer) {
        writer.u64(self.0);
    }
}

impl Decode for PostingNumber {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        reader.u64().map(Self)
    }
}

record! {
    /// A token that was credited under a reference: under that it never is again. Who was given a
    /// double spend may be paid for the same token under another one.
    #[derive(Copy, PartialOrd, Ord)]
    Credit {
        /// The token.
        token: TokenId,
        /// Under which reference.
        account: AccountRef,
    }
}
