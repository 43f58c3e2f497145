//! REVEAL (`[PR6]`, `[PR8]`): a wallet shows all candidates but the challenged ones.

use super::{Owed, identity_of, owed, session_key, stored_reveal};
use crate::office::Case;
use crate::rows::{Count, QuotaKey, Resolution, Session, SessionKey};
use crate::view::View;
use tender_token::bounds::REVEAL_TRIES_PER_DAY;
use tender_token::error::{Error, Result};
use tender_token::identity::IdentityKey;
use tender_token::provision::{Commitment, Reveal, Want};
use tender_token::series::SeriesId;

/// A REVEAL as it comes: whose, and the bytes that only the session can read.
#[derive(Clone, Debug)]
pub struct Request {
    key: SessionKey,
    bytes: Vec<u8>,
}

impl Request {
    /// A wallet's REVEAL. Errors: `E_ENCODING` if it is too short to name a session.
    pub fn read(identity: IdentityKey, bytes: Vec<u8>) -> Result<Self> {
        Ok(Self { key: session_key(identity, Reveal::session_of(&bytes)?), bytes })
    }
}

/// A REVEAL and what its checks found.
#[derive(Debug)]
pub struct Checked {
    request: Request,
    verdict: Result<Reveal>,
}

/// The rows that the checks need.
pub fn touches_checks(request: &Request, view: &mut View) {
    view.wallets.want(request.key.identity);
    view.sessions.want(request.key);
}

/// The rows a REVEAL needs. The series is the session's, so the quota's row is asked for once the
/// session is loaded ([`touches_quota`]).
pub fn touches(checked: &Checked, view: &mut View) {
    let Checked { request, .. } = checked;
    view.wallets.want(request.key.identity);
    view.sessions.want(request.key);
    view.unresolved.want(request.key.identity);
}

/// The quota's row, once the session is loaded.
pub fn touches_quota(checked: &Checked, view: &mut View) {
    let Checked { request, .. } = checked;
    let session = view.sessions.get(&request.key);
    let series = session.map(|session| session.open.request.plan.series);
    if let Some(series) = series {
        view.slot_quotas.want(quota_key(&request.key, series));
    }
}

/// The checks of `[PR8]` against the stored commitment. Only sessions that are already durable are
/// looked at, so that no challenge is evaluated before its opening is (`[PR3]`).
pub fn verify(request: Request, view: &View, case: &Case<'_>) -> Checked {
    let verdict = check(&request, view, case);
    Checked { request, verdict }
}

fn check(request: &Request, view: &View, case: &Case<'_>) -> Result<Reveal> {
    let session = view.sessions.get(&request.key).ok_or(Error::Session)?;
    let wallet = view.wallets.get(&request.key.identity).ok_or(Error::Session)?;
    case.check_registrar(wallet)?;
    let open = &session.open.request;
    if let Resolution::Revealed(stored) = &session.resolution {
        return stored_reveal(open, stored, &case.office.archive);
    }
    if tries_are_used_up(session, case) {
        return Err(Error::Rate);
    }
    let commitment = Commitment::new(&open.plan, open.sid, open.h);
    let challenge = case.office.signer.challenge(open)?;
    let key = case.office.manifest.slot_key(open.plan.series)?;
    let device = &wallet.record().device;
    commitment.verify(&request.bytes, &challenge, device, key).map(|(reveal, _)| reveal)
}

/// Resolves the session, or answers a resolved one as before (`[PR7]`, `[I5]`).
/// Errors: `E_SESSION`, `E_AUTH`, `E_ENCODING`, `E_REVEAL`; `E_EXPIRED` for a resolved session
/// whose key is kept no more; `E_RATE` after five wrong ones today.
pub fn decide(checked: Checked, view: &mut View, case: &Case<'_>) -> Result<Owed> {
    let Checked { request, verdict } = checked;
    let session = view.sessions.get(&request.key).ok_or(Error::Session)?.clone();
    let open = &session.open.request;
    if let Resolution::Revealed(stored) = &session.resolution {
        let wallet = view.wallets.get(&request.key.identity).ok_or(Error::Session)?;
        case.check_registrar(wallet)?;
        if !case.office.signer.certifies(open.plan.series) {
            return Err(Error::Expired);
        }
        let reveal = stored_reveal(open, stored, &case.office.archive)?;
        return Ok(Owed::Certificates(owed(open, reveal)));
    }
    let reveal = match verdict {
        Ok(reveal) => reveal,
        Err(error) => return Err(refuse(error, &request, session, view, case)),
    };
    if reveal.want == Want::Abandon {
        return_slots(open.plan.series, open.plan.count, &request, view);
    }
    let owed = Owed::Certificates(owed(open, reveal));
    view.unresolved.remove(&identity_of(open));
    let resolution = Resolution::Revealed(request.bytes);
    view.sessions.insert(request.key, Session { resolution, ..session });
    Ok(owed)
}

/// Counts a REVEAL that did not match the commitment: five of them a day are examined.
fn refuse(
    error: Error,
    request: &Request,
    session: Session,
    view: &mut View,
    case: &Case<'_>,
) -> Error {
    if error != Error::Reveal {
        return error;
    }
    if tries_are_used_up(&session, case) {
        return Error::Rate;
    }
    let tries = session.tries.once_more(case.now.day());
    view.sessions.insert(request.key, Session { tries, ..session });
    error
}

fn tries_are_used_up(session: &Session, case: &Case<'_>) -> bool {
    session.tries.on(case.now.day()) >= u64::from(REVEAL_TRIES_PER_DAY)
}

/// Nothing of an abandoned session is ever signed, so its slots do not count against the quota.
fn return_slots(series: SeriesId, count: u16, request: &Request, view: &mut View) {
    let key = quota_key(&request.key, series);
    let slots = view.slot_quotas.get(&key).copied().unwrap_or_default();
    let left = slots.0.checked_sub(u64::from(count));
    view.slot_quotas.insert(key, Count(left.expect("OPEN counted these slots")));
}

fn quota_key(key: &SessionKey, series: SeriesId) -> QuotaKey {
    QuotaKey { identity: key.identity, series }
}
