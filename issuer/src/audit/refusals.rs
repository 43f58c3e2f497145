//! Refusals: what was refused was not carried out.

use crate::rows::{Asked, Refusals, RefusedKey, SessionKey, TransferKey};
use crate::store::{Fault, Store};
use crate::view::View;

/// Compares refusals with what was carried out for the same intermediary, which has taken back what
/// it had set aside. Says whether they agree. Errors: [`Fault`].
pub fn check(store: &Store, violations: &mut Vec<String>) -> Result<bool, Fault> {
    let before = violations.len();
    store.scan_some::<Refusals>(|rows| {
        let mut view = View::default();
        for (key, _) in &rows {
            touches(key, &mut view);
        }
        store.load(&mut view)?;
        violations.extend(rows.iter().filter_map(|(key, _)| carried_out(key, &view)));
        Ok(())
    })?;
    Ok(violations.len() == before)
}

fn touches(key: &RefusedKey, view: &mut View) {
    match key.asked {
        Asked::Withdrawal(session) => {
            view.withdrawals.want(session);
            view.wallets.want(session.identity);
        }
        Asked::Transfer(id) => view.transfers.want(TransferKey { intermediary: key.caller, id }),
    }
}

/// What was refused and carried out.
fn carried_out(key: &RefusedKey, view: &View) -> Option<String> {
    let what = match key.asked {
        Asked::Withdrawal(session @ SessionKey { sid, .. }) => {
            view.withdrawals.get(&session)?;
            let wallet = view.wallets.get(&session.identity)?;
            let own = wallet.record().registrar == key.caller;
            own.then(|| format!("the withdrawal {}", hex::encode(sid.0)))?
        }
        Asked::Transfer(id) => {
            view.transfers.get(&TransferKey { intermediary: key.caller, id })?;
            format!("the transfer {}", hex::encode(id))
        }
    };
    let caller = hex::encode(key.caller.0);
    Some(format!("conservation: {what} of {caller} was refused and carried out"))
}
