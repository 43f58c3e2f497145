//! Running numbers: each counts what there is, from 1 on and without a gap.

use crate::rows::{
    Actions, Count, Entries, Incidents, Presentations, Revocations, Table, Total, Totals,
};
use crate::store::{Fault, Store};
use std::collections::BTreeMap;

/// Compares the running numbers with the rows. Leaves are counted where the log is read. Says
/// whether they agree. Errors: [`Fault`].
pub fn check(store: &Store, violations: &mut Vec<String>) -> Result<bool, Fault> {
    let before = violations.len();
    let mut totals = BTreeMap::new();
    store.scan::<Totals>(|total, count| {
        totals.insert(total, count.0);
    })?;
    for (total, count) in [
        (Total::Incidents, counted::<Incidents>(store)?),
        (Total::Presentations, counted::<Presentations>(store)?),
        (Total::Entries, counted::<Entries>(store)?),
        (Total::Actions, counted::<Actions>(store)?),
        (Total::Revocations, counted::<Revocations>(store)?),
    ] {
        if count != Some(totals.get(&total).copied().unwrap_or_default()) {
            violations.push(format!("append-only: {total:?} are not those that were numbered"));
        }
    }
    Ok(violations.len() == before)
}

/// How many rows there are. `None` if a number is missing.
fn counted<T: Table<Key = Count>>(store: &Store) -> Result<Option<u64>, Fault> {
    let (mut count, mut gap) = (0_u64, false);
    store.scan::<T>(|number, _| {
        count = count.saturating_add(1);
        gap |= number.0 != count;
    })?;
    Ok((!gap).then_some(count))
}
