//! Wallets, and what is kept for each: nothing is anybody's who is not registered.

use crate::rows::{
    Count, Openings, QuotaKey, Resolution, Session, SessionKey, Sessions, SlotQuotas, Unresolved,
    Wallet, Wallets,
};
use crate::store::{Fault, Store};
use crate::verbs::provision::stored_reveal;
use crate::view::View;
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use tender_token::bounds::REVEAL_TRIES_PER_DAY;
use tender_token::identity::{IdentityKey, RegistrarId};
use tender_token::manifest::Manifest;
use tender_token::provision::{SessionId, Want};
use tender_token::signature::PublicKey;

/// What the sessions say that is kept beside them.
#[derive(Debug, Default)]
struct Registered {
    quotas: BTreeMap<QuotaKey, Count>,
    unresolved: BTreeMap<IdentityKey, SessionId>,
    sessions: BTreeMap<IdentityKey, u64>,
    wrong: Vec<String>,
}

/// Looks at every wallet and every provision session again, and at what is counted of them. Says
/// what does not agree. Errors: [`Fault`].
pub fn check(
    store: &Store,
    manifest: &Manifest,
    admitted: &BTreeSet<RegistrarId>,
    violations: &mut Vec<String>,
) -> Result<bool, Fault> {
    let mut registered = Registered::default();
    store.scan_some::<Wallets>(|rows| {
        let wrong = rows.into_par_iter().filter_map(|(identity, row)| {
            let registrar = row.record().registrar;
            let registration = row.registration;
            let named = registration.key() == identity && admitted.contains(&registrar);
            let holds = named && registration.verify().is_ok();
            (!holds).then(|| format!("the registration of {identity:?} does not hold"))
        });
        registered.wrong.extend(wrong.collect::<Vec<_>>());
        Ok(())
    })?;
    store.scan_some::<Sessions>(|rows| registered.read_sessions(store, manifest, &rows))?;
    let unresolved = &mut registered.unresolved;
    let wrong = &mut registered.wrong;
    store.scan::<Unresolved>(|identity, sid| {
        if unresolved.remove(&identity) != Some(sid) {
            wrong.push(format!("{identity:?} has no session {sid:?} that waits"));
        }
    })?;
    for (identity, sid) in unresolved {
        wrong.push(format!("the session {sid:?} of {identity:?} waits, which is not kept"));
    }
    store.scan::<SlotQuotas>(|key, count| {
        if registered.quotas.remove(&key) != Some(count) {
            let QuotaKey { identity, series } = key;
            wrong.push(format!(
                "{identity:?} has another quota of slots of {series:?} than its sessions say"
            ));
        }
    })?;
    for QuotaKey { identity, series } in registered.quotas.keys() {
        wrong.push(format!("{identity:?} has no quota of slots of {series:?} for its sessions"));
    }
    store.scan::<Openings>(|identity, openings| {
        let sessions = registered.sessions.remove(&identity).unwrap_or_default();
        if openings.count.0 == 0 || openings.count.0 > sessions {
            wrong.push(format!("{identity:?} opened other sessions in a day than there are"));
        }
    })?;
    for identity in registered.sessions.keys() {
        wrong.push(format!("of {identity:?} it is not kept how many sessions a day had"));
    }
    violations.extend(registered.wrong.iter().map(|wrong| format!("no-framing: {wrong}")));
    Ok(registered.wrong.is_empty())
}

impl Registered {
    fn read_sessions(
        &mut self,
        store: &Store,
        manifest: &Manifest,
        rows: &[(SessionKey, Session)],
    ) -> Result<(), Fault> {
        let mut view = View::default();
        for (key, _) in rows {
            view.wallets.want(key.identity);
        }
        store.load(&mut view)?;
        let read = rows.par_iter().map(|(key, session)| {
            let wallet = view.wallets.get(&key.identity);
            (wallet.is_some(), wallet.and_then(|wallet| wants(*key, session, wallet, manifest)))
        });
        let read: Vec<_> = read.collect();
        for ((key, session), (is_registered, wanted)) in rows.iter().zip(read) {
            let SessionKey { identity, sid } = *key;
            if !is_registered {
                self.wrong.push(format!("{identity:?} has sessions and is not registered"));
                continue;
            }
            let Some(wanted) = wanted else {
                self.wrong.push(format!("the session {sid:?} of {identity:?} is not signed"));
                continue;
            };
            let plan = &session.open.request.plan;
            let quota = self.quotas.entry(QuotaKey { identity, series: plan.series }).or_default();
            match wanted {
                Came::Abandoned => {}
                Came::Signed => *quota = quota.plus(u64::from(plan.count)),
                Came::Waits => {
                    *quota = quota.plus(u64::from(plan.count));
                    if self.unresolved.insert(identity, sid).is_some() {
                        self.wrong.push(format!("{identity:?} has two sessions that wait"));
                    }
                }
            }
            let sessions = self.sessions.entry(identity).or_default();
            *sessions = sessions.saturating_add(1);
        }
        Ok(())
    }
}

/// What a session came to.
enum Came {
    Signed,
    Abandoned,
    Waits,
}

/// What a session came to. `None` unless it is this wallet's, signed by
/// its device and its registrar.
fn wants(key: SessionKey, session: &Session, wallet: &Wallet, manifest: &Manifest) -> Option<Came> {
    let request = &session.open.request;
    let named = (IdentityKey(request.plan.identity.bytes()), request.sid);
    let (device, registrar) = (&wallet.record().device, PublicKey(wallet.record().registrar.0));
    let signed =
        named == (key.identity, key.sid) && session.open.verify(device, &registrar).is_ok();
    if !signed || session.tries.count.0 > u64::from(REVEAL_TRIES_PER_DAY) {
        return None;
    }
    let Resolution::Revealed(bytes) = &session.resolution else { return Some(Came::Waits) };
    let reveal = stored_reveal(request, bytes, manifest).ok()?;
    reveal.verify(device).ok()?;
    (reveal.sid == key.sid).then_some(match reveal.want {
        Want::Sign => Came::Signed,
        Want::Abandon => Came::Abandoned,
    })
}
