//! The overview: what the operator reads of the books, from one table at a time.

use crate::rows::{
    Account, AccountKey, Accounts, Circulation, Count, Denominations, Due, DueKey, Frozen,
    Incident, Intermediaries, Intermediary, LeadingClaim, Leaves, Member, Proof, Staff, Table,
    Total,
};
use crate::store::{Fault, Store};
use crate::verbs::statement;
use crate::view::View;
use std::collections::{BTreeMap, BTreeSet};
use tender_proto::statement::Posting;
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

/// Bytes of leaves in one reply at most, if there is more than one.
pub const PAGE_BYTES: usize = 1 << 20;

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

/// About how many bytes [`postings`] will have. Errors: [`Fault`].
pub fn postings_length(store: &Store, account: AccountKey, after: u64) -> Result<usize, Fault> {
    let mut view = View::default();
    view.accounts.want(account);
    store.load(&mut view)?;
    Ok(statement::postings_length(&view, account, after))
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

/// About how many bytes [`incidents`] will have. Errors: [`Fault`].
pub fn incidents_length(store: &Store, after: u64) -> Result<usize, Fault> {
    let last = total(store, Total::Incidents)?;
    Ok(told(after, last).count().saturating_mul(statement::INCIDENT_BYTES))
}

/// What one answer tells of incidents up to the last: each stands for the one after it.
fn told(after: u64, last: u64) -> core::ops::Range<u64> {
    after..last.min(after.saturating_add(statement::INCIDENTS_MAX))
}

/// The incidents after a number, oldest first, at most as many as a statement has.
/// Errors: [`Fault`].
pub fn incidents(store: &Store, after: u64) -> Result<Vec<(u64, Incident)>, Fault> {
    let last = total(store, Total::Incidents)?;
    let mut view = View::default();
    let numbers = || told(after, last).map(|before| Count(before).plus(1));
    numbers().for_each(|number| view.incidents.want(number));
    store.load(&mut view)?;
    let row = |number: Count| Some((number.0, view.incidents.get(&number)?.clone()));
    Ok(numbers().filter_map(row).collect())
}

/// Length of a leaf, about.
const LEAF_BYTES: u64 = 128;

/// About how many bytes of [`leaves`] there are from a number on. Errors: [`Fault`].
pub fn leaves_length(store: &Store, from: u64, bytes_max: usize) -> Result<usize, Fault> {
    let count = total(store, Total::Leaves)?.saturating_sub(from);
    let bytes = usize::try_from(count.saturating_mul(LEAF_BYTES)).unwrap_or(usize::MAX);
    Ok(bytes.min(bytes_max))
}

/// A running number. Errors: [`Fault`].
fn total(store: &Store, total: Total) -> Result<u64, Fault> {
    let mut view = View::default();
    view.totals.want(total);
    store.load(&mut view)?;
    Ok(view.totals.get(&total).copied().unwrap_or_default().0)
}

/// The log's leaves from a number on, so many bytes of them, but at least one. Errors: [`Fault`].
pub fn leaves(store: &Store, from: u64, bytes_max: usize) -> Result<Vec<Vec<u8>>, Fault> {
    let size = total(store, Total::Leaves)?;
    let mut view = View::default();
    let (mut page, mut bytes) = (Vec::new(), 0_usize);
    for number in from..size {
        let key = Count(number);
        view.leaves.want(key);
        store.load(&mut view)?;
        let leaf = view.leaves.get(&key).ok_or(Fault::Missing(Leaves::NAME))?;
        bytes = bytes.saturating_add(leaf.0.len());
        if bytes > bytes_max && !page.is_empty() {
            break;
        }
        page.push(leaf.0.clone());
    }
    Ok(page)
}

/// Claims in one answer; whoever wants more asks again behind the last one.
const CLAIMS_MAX: usize = 1024;

/// A claim that waits to be paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Where it stands in the order of payment.
    pub place: DueKey,
    /// How much it is for.
    pub value: Amount,
    /// The intermediary to be credited.
    pub intermediary: RegistrarId,
}

impl Waiting {
    /// Whether its token was opened.
    #[must_use]
    pub fn is_opened(&self) -> bool {
        self.place.group.proof == Proof::Opened
    }
}

/// The claims that wait behind a place, in the order in which they are paid, at most so many.
/// Errors: [`Fault`].
pub fn claims(store: &Store, after: Option<&DueKey>) -> Result<Vec<Waiting>, Fault> {
    let places = store.after::<Due>(after, CLAIMS_MAX)?;
    let mut view = View::default();
    for (place, _) in &places {
        view.claims.want(place.token);
    }
    store.load(&mut view)?;
    let claim = |(place, _): (DueKey, _)| {
        let LeadingClaim { value, intermediary, .. } = *view.claims.get(&place.token)?;
        Some(Waiting { place, value, intermediary })
    };
    Ok(places.into_iter().filter_map(claim).collect())
}
