//! What operators changed, replayed: it must lead to the configuration that is stored.

use crate::rows::{
    Actions, CashedTokens, Change, Count, Instructions, Intermediaries, Intermediary, Member,
    Staff, Standing, Wallets,
};
use crate::store::{Fault, Store};
use std::collections::{BTreeMap, BTreeSet};
use tender_token::identity::{IdentityKey, RegistrarId};
use tender_token::token::TokenId;
use tender_token::treasury::InstructionId;

/// The configuration as the actions tell it.
#[derive(Default)]
struct Told {
    actions: u64,
    intermediaries: BTreeMap<RegistrarId, Intermediary>,
    staff: BTreeMap<[u8; 32], Member>,
    standings: BTreeMap<IdentityKey, Standing>,
    supply: BTreeMap<InstructionId, Count>,
    claims: BTreeSet<TokenId>,
    /// Actions that do not follow from those before.
    wrong: Vec<u64>,
}

impl Told {
    fn replay(&mut self, number: Count, change: Change) {
        self.actions += 1;
        let follows = match change {
            Change::Intermediary { id, old, new } => self.intermediaries.insert(id, new) == old,
            Change::Staff { fingerprint, old, new } => self.staff.insert(fingerprint, new) == old,
            Change::Wallet { identity, old, new } => {
                let before = self.standings.insert(identity, new).unwrap_or(Standing::Open);
                before == old
            }
            Change::Supply { instruction, entry } => {
                self.supply.insert(instruction, entry).is_none()
            }
            Change::Claim { token, .. } => self.claims.insert(token),
            // The log must tell the same, which is compared there.
            // They are equal where nothing told how far the books had come.
            Change::Rollback { kept, known } => kept.commits <= known.commits,
        };
        if !follows || number.0 != self.actions {
            self.wrong.push(number.0);
        }
    }
}

/// Replays every action and compares. Says whether all agrees. Errors: [`Fault`].
pub fn check(store: &Store, violations: &mut Vec<String>) -> Result<bool, Fault> {
    let before = violations.len();
    let mut told = Told::default();
    store.scan::<Actions>(|number, action| told.replay(number, action.change))?;
    for number in &told.wrong {
        violations.push(format!("append-only: action {number} does not follow from those before"));
    }
    let mut intermediaries = BTreeMap::new();
    store.scan::<Intermediaries>(|id, row| {
        intermediaries.insert(id, row);
    })?;
    if told.intermediaries != intermediaries {
        violations.push("append-only: the actions tell of other intermediaries".to_owned());
    }
    let mut staff = BTreeMap::new();
    store.scan::<Staff>(|fingerprint, row| {
        staff.insert(fingerprint, row);
    })?;
    if told.staff != staff {
        violations.push("append-only: the actions tell of other staff".to_owned());
    }
    let mut supply = BTreeMap::new();
    store.scan::<Instructions>(|id, row| {
        supply.insert(id, row.entry);
    })?;
    if told.supply != supply {
        violations.push("append-only: the actions tell of other instructions".to_owned());
    }
    let mut paid = BTreeSet::new();
    store.scan::<CashedTokens>(|token, _| {
        if told.claims.contains(&token) {
            paid.insert(token);
        }
    })?;
    if told.claims != paid {
        violations.push("append-only: the actions tell of claims that are not paid".to_owned());
    }
    store.scan::<Wallets>(|identity, row| {
        let told = told.standings.remove(&identity).unwrap_or(Standing::Open);
        // What closes a wallet is an incident and no action.
        let agrees = told == row.standing || matches!(row.standing, Standing::Closed(_));
        if !agrees {
            violations.push(format!("append-only: no action left {identity:?} as it stands"));
        }
    })?;
    for identity in told.standings.keys() {
        violations
            .push(format!("append-only: an action is of {identity:?}, which is not registered"));
    }
    Ok(violations.len() == before)
}
