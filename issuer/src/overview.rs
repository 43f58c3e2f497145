//! The overview: what the operator reads of the books, from one table at a time.

use crate::rows::{
    Account, AccountKey, Accounts, Incident, Incidents, Intermediaries, Intermediary,
};
use crate::store::{Fault, Store};
use crate::verbs::statement;
use crate::view::View;
use std::collections::BTreeMap;
use tender_proto::statement::Posting;
use tender_token::amount::{Amount, Currency};
use tender_token::identity::RegistrarId;

/// Every account of a currency, and everyone who was admitted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overview {
    /// What each account holds; an account that never moved is missing.
    pub balances: BTreeMap<Account, Amount>,
    /// The intermediaries.
    pub intermediaries: BTreeMap<RegistrarId, Intermediary>,
}

impl Overview {
    /// Reads accounts and intermediaries. Errors: [`Fault`].
    pub fn read(store: &Store, currency: Currency) -> Result<Self, Fault> {
        let (mut balances, mut intermediaries) = (BTreeMap::new(), BTreeMap::new());
        store.scan::<Accounts>(|key, row| {
            if key.currency == currency {
                balances.insert(key.account, row.amount);
            }
        })?;
        store.scan::<Intermediaries>(|id, row| {
            intermediaries.insert(id, row);
        })?;
        Ok(Self { balances, intermediaries })
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

/// The postings of an account after a number, oldest first, at most as many as a statement has.
/// Errors: [`Fault`].
pub fn postings(store: &Store, account: AccountKey, after: u64) -> Result<Vec<Posting>, Fault> {
    let mut view = View::default();
    view.accounts.want(account);
    store.load(&mut view)?;
    statement::touches_postings(&mut view, account, after);
    store.load(&mut view)?;
    Ok(statement::postings(&view, account, after))
}

/// The incidents after a number, oldest first, at most as many as a statement has.
/// Errors: [`Fault`].
pub fn incidents(store: &Store, after: u64) -> Result<Vec<(u64, Incident)>, Fault> {
    let most = usize::try_from(statement::INCIDENTS_MAX).expect("a small number fits");
    let mut found = Vec::new();
    store.scan::<Incidents>(|number, incident| {
        if number.0 > after && found.len() < most {
            found.push((number.0, incident));
        }
    })?;
    Ok(found)
}
