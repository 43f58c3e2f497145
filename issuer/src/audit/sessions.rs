//! Sessions in the order of their acceptance: each is there once, and nothing else is.

use crate::rows::{
    AcceptanceCounts, AcceptanceKey, Acceptances, SessionKey, SessionKind, Sessions, Withdrawals,
};
use crate::store::{Fault, Store};
use std::collections::{BTreeMap, BTreeSet};

/// Compares the order with the sessions. Says whether it holds. Errors: [`Fault`].
pub fn check(store: &Store, violations: &mut Vec<String>) -> Result<bool, Fault> {
    let before = violations.len();
    let mut accepted = BTreeSet::new();
    let mut counts = BTreeMap::new();
    store.scan::<Acceptances>(|AcceptanceKey { identity, number }, row| {
        let count = counts.entry(identity).or_insert(0);
        *count += 1;
        let fresh = accepted.insert((row.kind, SessionKey { identity, sid: row.sid }));
        if number.0 != *count || !fresh {
            violations
                .push(format!("append-only: session {number:?} of {identity:?} is misplaced"));
        }
    })?;
    store.scan::<AcceptanceCounts>(|identity, count| {
        if counts.remove(&identity) != Some(count.0) {
            violations.push(format!("append-only: {identity:?} has another count of sessions"));
        }
    })?;
    for identity in counts.keys() {
        violations.push(format!("append-only: {identity:?} has sessions and no count of them"));
    }
    let mut missing: usize = 0;
    store.scan::<Sessions>(|key, _| {
        missing += usize::from(!accepted.remove(&(SessionKind::Provision, key)));
    })?;
    store.scan::<Withdrawals>(|key, _| {
        missing += usize::from(!accepted.remove(&(SessionKind::Withdrawal, key)));
    })?;
    if missing + accepted.len() > 0 {
        violations.push(format!(
            "append-only: {missing} sessions have no place in the order of acceptance, and {} \
             places have no session",
            accepted.len()
        ));
    }
    Ok(violations.len() == before)
}
