//! Currencies: exactly those of the first manifest's policy have decimals, which no manifest has.

use crate::rows::Currencies;
use crate::store::{Fault, Store, founding};
use std::collections::BTreeSet;

/// Compares them. Says whether they agree. Errors: [`Fault`].
pub fn check(store: &Store, violations: &mut Vec<String>) -> Result<bool, Fault> {
    let policy = founding(store)?.policy;
    let founded: BTreeSet<_> = policy.limits.iter().map(|limits| limits.currency).collect();
    let mut found = BTreeSet::new();
    store.scan::<Currencies>(|currency, _| {
        found.insert(currency);
    })?;
    let differ = founded.symmetric_difference(&found);
    let before = violations.len();
    violations.extend(differ.map(|currency| {
        if found.contains(currency) {
            format!("conservation: {currency} has decimals, and nobody founded it")
        } else {
            format!("conservation: nothing says how many decimals {currency} has")
        }
    }));
    Ok(violations.len() == before)
}
