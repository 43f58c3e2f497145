//! The store: what it begins with, and what is asked of whole tables.

pub use tender_store::{
    ANNEX, Cache, Damage, Damaged, Directory, Fault, Folder, Inspection, LISTED_MAX, Measured,
    NAME, Room, SCAN_ROWS, UNFINISHED, UNFINISHED_ANNEX,
};

use crate::rows::{Currencies, Decimals, Epoch, Manifests, Table, Untraced};
use crate::verbs::{log, series};
use crate::view::View;
use std::collections::BTreeMap;
use tender_proto::trust::Trust;
use tender_store::View as _;
use tender_token::amount::Currency;
use tender_token::date::Day;
use tender_token::deny_list::DenyList;

/// The issuer's durable memory.
pub type Store = tender_store::Store<View>;

/// Creates the store with the first manifest and its leaf, and the decimals of its currency, which
/// no manifest has. Errors: [`Fault`].
pub fn create(
    folder: &impl Folder,
    trust: &Trust,
    decimals: Decimals,
    today: Day,
) -> Result<Store, Fault> {
    let currencies = || trust.policy.limits.iter().map(|limits| limits.currency);
    let mut first = View::default();
    currencies().for_each(|currency| first.currencies.want(currency));
    log::touches_size(&mut first);
    series::touches(Epoch(1), &mut first);
    first.find_nothing();
    series::publish(&mut first, Epoch(1), trust.clone(), today);
    currencies().for_each(|currency| first.currencies.insert(currency, decimals));
    Store::create(folder, first)
}

/// The manifest in force with its policy and the root's signature. Errors: [`Fault`].
pub fn trust(store: &Store) -> Result<Trust, Fault> {
    let mut newest = None;
    store.scan::<Manifests>(|_, trust| newest = Some(trust))?;
    newest.ok_or(Fault::Missing(Manifests::NAME))
}

/// The manifest that the issuer was founded with. Errors: [`Fault`].
pub fn founding(store: &Store) -> Result<Trust, Fault> {
    let mut first = None;
    store.scan::<Manifests>(|_, trust| first = first.take().or(Some(trust)))?;
    first.ok_or(Fault::Missing(Manifests::NAME))
}

/// The currencies that the issuer was founded with, and their decimals. Errors: [`Fault`].
pub fn currencies(store: &Store) -> Result<BTreeMap<Currency, Decimals>, Fault> {
    let mut all = BTreeMap::new();
    store.scan::<Currencies>(|currency, decimals| {
        all.insert(currency, decimals);
    })?;
    Ok(all)
}

/// The decimals of a currency that the issuer was founded with. Errors: [`Fault`].
pub fn decimals(store: &Store, currency: Currency) -> Result<Decimals, Fault> {
    currencies(store)?.remove(&currency).ok_or(Fault::Missing(Currencies::NAME))
}

/// The slots that nobody accepts offline: those that answered twice and belong to nobody (`[D2]`).
/// Errors: [`Fault`].
pub fn denied(store: &Store) -> Result<DenyList, Fault> {
    let mut denied = DenyList::default();
    store.scan::<Untraced>(|slot, _| denied.deny_slot(slot))?;
    Ok(denied)
}
