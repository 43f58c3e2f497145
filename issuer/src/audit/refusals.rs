//! Refusals: what was refused was not carried out.

use crate::rows::{
    Asked, Bytes, ContentDigest, Refusals, Refused, RefusedKey, SessionKey, TransferKey,
};
use crate::store::{Fault, Store};
use crate::view::View;

/// The intermediary's signature behind what the wallet signed.
const SIGNATURE_BYTES: usize = 64;

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
        violations.extend(rows.iter().filter_map(|(key, row)| carried_out(key, row, &view)));
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
fn carried_out(key: &RefusedKey, row: &Refused, view: &View) -> Option<String> {
    let what = match key.asked {
        Asked::Withdrawal(session @ SessionKey { sid, .. }) => {
            let Bytes(bytes) = view.withdrawals.get(&session)?;
            let content = bytes.get(..bytes.len().checked_sub(SIGNATURE_BYTES)?)?;
            // Two requests of one session with different ends are two, of which one was refused.
            if row.content != ContentDigest::of(content) {
                return None;
            }
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
