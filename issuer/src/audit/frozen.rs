//! Frozen keys: exactly those under which more was presented than was signed.

use super::evidence::Kept;
use crate::rows::{Circulation, Denominations, Frozen, Revocations};
use crate::store::{Fault, Store};
use std::collections::{BTreeMap, BTreeSet};
use tender_token::revocation::Subject;
use tender_token::series::DenominationId;

/// Compares frozen keys with what was presented. Says whether they agree.
///
/// A key that no longer signs because of claims alone is not frozen before one of them is to be
/// paid, and a revoked one need not be. So what must be frozen is counted by items only.
/// Errors: [`Fault`].
pub fn check(store: &Store, kept: &Kept, violations: &mut Vec<String>) -> Result<bool, Fault> {
    let before = violations.len();
    let mut circulation: BTreeMap<DenominationId, Circulation> = BTreeMap::new();
    store.scan::<Denominations>(|id, row| {
        circulation.insert(id, row);
    })?;
    let mut frozen = BTreeSet::new();
    store.scan::<Frozen>(|id, _| {
        let row = circulation.get(&id).copied().unwrap_or_default();
        let presented = row.paid().0.saturating_add(kept.unpaid(id));
        if presented <= row.signed.0 {
            violations.push(format!(
                "conservation: {id:?} is frozen, and of {} tokens that were signed {presented} \
                 were presented",
                row.signed.0
            ));
        }
        frozen.insert(id);
    })?;
    let mut everything = false;
    store.scan::<Revocations>(|_, revocation| match revocation.stated().subject {
        Subject::Denomination(id) => {
            frozen.insert(id);
        }
        Subject::Series(_) => {}
        Subject::Everything => everything = true,
    })?;
    for (id, row) in circulation.into_iter().filter(|(id, _)| !everything && !frozen.contains(id)) {
        let presented = row.paid().0.saturating_add(kept.refused(id));
        if presented > row.signed.0 {
            violations.push(format!(
                "conservation: {id:?} is not frozen, and of {} tokens that were signed \
                 {presented} were presented",
                row.signed.0
            ));
        }
    }
    Ok(violations.len() == before)
}
