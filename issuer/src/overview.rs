//! The overview: what the operator reads of the books, from one table at a time.

mod pages;
mod proved;
mod recorded;

pub use pages::{
    Booked, CLAIM_BYTES, PAGE_BYTES, Registered, SomeWallets, Waiting, claims, due, leaves,
    leaves_length, postings, postings_length, wallets,
};
pub use proved::{Answered, Proved, incidents, incidents_length};
pub use recorded::{Recorded, actions, actions_length};

use crate::rows::{
    Account, Accounts, Circulation, Denominations, Frozen, Intermediaries, Intermediary, Member,
    Staff,
};
use crate::store::{Fault, Store};
use std::collections::{BTreeMap, BTreeSet};
use tender_token::amount::{Amount, Currency};
use tender_token::identity::RegistrarId;
use tender_token::series::DenominationId;

/// Every account of a currency, and everyone who was admitted or appointed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overview {
    /// What each account holds; an account that never moved is missing.
    pub balances: BTreeMap<Account, Amount>,
    /// The intermediaries.
    pub intermediaries: BTreeMap<RegistrarId, Intermediary>,
    /// Tokens signed and cashed.
    pub denominations: BTreeMap<DenominationId, Circulation>,
    /// The denominations of which more came in than was signed.
    pub frozen: BTreeSet<DenominationId>,
    /// Who runs the issuer or reads its books, by the fingerprints of their certificates.
    pub staff: BTreeMap<[u8; 32], Member>,
}

impl Overview {
    /// Reads accounts and intermediaries. Errors: [`Fault`].
    pub fn read(store: &Store, currency: Currency) -> Result<Self, Fault> {
        let mut all = Self::default();
        store.scan::<Accounts>(|key, row| {
            if key.currency == currency {
                all.balances.insert(key.account, row.amount);
            }
        })?;
        store.scan::<Intermediaries>(|id, row| {
            all.intermediaries.insert(id, row);
        })?;
        store.scan::<Denominations>(|id, row| {
            all.denominations.insert(id, row);
        })?;
        store.scan::<Frozen>(|id, _| {
            all.frozen.insert(id);
        })?;
        store.scan::<Staff>(|fingerprint, row| {
            all.staff.insert(fingerprint, row);
        })?;
        Ok(all)
    }

    /// What an account holds.
    #[must_use]
    pub fn balance(&self, account: Account) -> Amount {
        self.balances.get(&account).copied().unwrap_or_default()
    }

    /// What accounts of one kind hold together. `None` beyond the range of amounts.
    #[must_use]
    pub fn sum(&self, of: impl Fn(&Account) -> bool) -> Option<Amount> {
        let held = self.balances.iter().filter(|(account, _)| of(account));
        Amount::checked_sum(held.map(|(_, amount)| *amount))
    }

    /// The intermediary of a name.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<(RegistrarId, &Intermediary)> {
        let mut all = self.intermediaries.iter();
        all.find(|(_, row)| row.name.0 == name).map(|(id, row)| (*id, row))
    }
}
