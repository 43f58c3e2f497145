//! OPEN (`[PR2]`, `[PR3]`): a wallet commits to its candidates.

use super::{Owed, check_same, identity_of, session_key};
use crate::office::Case;
use crate::rows::{Count, Daily, QuotaKey, Resolution, Session, SessionKind};
use crate::verbs::acceptance;
use crate::view::View;
use tender_token::error::{Error, Result};
use tender_token::provision::Open;

/// An opening and what its checks found.
#[derive(Debug)]
pub struct Checked {
    open: Box<Open>,
    verdict: Result<()>,
}

/// The rows that the checks need.
pub fn touches_checks(open: &Open, view: &mut View) {
    view.wallets.want(identity_of(&open.request));
}

/// The rows an opening needs.
pub fn touches(checked: &Checked, view: &mut View) {
    let Checked { open, .. } = checked;
    let identity = identity_of(&open.request);
    view.wallets.want(identity);
    view.sessions.want(session_key(identity, open.request.sid));
    view.unresolved.want(identity);
    view.openings.want(identity);
    acceptance::touches(identity, view);
    view.slot_quotas.want(quota_key(open));
}

/// The checks of `[PR3]` from the manifest to the signatures. Their verdict counts only for a
/// session that is not known yet, which is for [`decide`] to see.
pub fn verify(open: Box<Open>, view: &View, case: &Case<'_>) -> Checked {
    let verdict = check(&open, view, case);
    Checked { open, verdict }
}

fn check(open: &Open, view: &View, case: &Case<'_>) -> Result<()> {
    if !case.office.accepted().contains(&open.request.plan.manifest) {
        return Err(Error::Manifest);
    }
    let wallet = case.open_wallet(view, &identity_of(&open.request))?;
    case.check_registrar(wallet)?;
    open.verify(&wallet.record().device, &case.caller_key())
}

/// Inserts the session as unresolved, in the order of `[PR3]`. Only when that is durable may the
/// challenge be evaluated.
/// Errors: `E_SID_CONFLICT`, `E_MANIFEST`, `E_WALLET`, `E_AUTH`, `E_SESSION_OPEN`, `E_PLAN`,
/// `E_QUOTA`, `E_RATE`.
pub fn decide(checked: Checked, view: &mut View, case: &Case<'_>) -> Result<Owed> {
    let Checked { open, verdict } = checked;
    let identity = identity_of(&open.request);
    let key = session_key(identity, open.request.sid);
    if let Some(known) = view.sessions.get(&key) {
        check_same(&known.open.request, &open.request)?;
        case.check_registrar(view.wallets.get(&identity).ok_or(Error::Wallet)?)?;
        return Ok(Owed::Receipt(Box::new(known.open.request.clone())));
    }
    verdict?;
    case.open_wallet(view, &identity)?;
    if view.unresolved.get(&identity).is_some() {
        return Err(Error::SessionOpen);
    }
    check_plan(&open, case)?;
    let slots = slots_after(&open, view, case)?;
    let openings = openings_after(&open, view, case)?;

    view.slot_quotas.insert(quota_key(&open), slots);
    view.openings.insert(identity, openings);
    view.unresolved.insert(identity, open.request.sid);
    let owed = Owed::Receipt(Box::new(open.request.clone()));
    let session = Session { open: *open, tries: Daily::NEVER, resolution: Resolution::Awaited };
    view.sessions.insert(key, session);
    acceptance::record(SessionKind::Provision, key, view);
    Ok(owed)
}

/// `[S5]`: slots are provisioned while their series may be spent. Errors: `E_PLAN`.
fn check_plan(open: &Open, case: &Case<'_>) -> Result<()> {
    let series = case.office.manifest.slot_key(open.request.plan.series);
    let series = &series.map_err(|_| Error::Plan)?.series;
    let revoked = case.office.is_series_revoked(open.request.plan.series);
    if series.dates.may_spend(case.now.day()) && !revoked { Ok(()) } else { Err(Error::Plan) }
}

/// The slots that the wallet then has. Errors: `E_QUOTA`.
fn slots_after(open: &Open, view: &View, case: &Case<'_>) -> Result<Count> {
    let slots = view.slot_quotas.get(&quota_key(open)).copied().unwrap_or_default();
    let slots = slots.plus(u64::from(open.request.plan.count));
    let quota = u64::from(case.office.trust.policy.slot_quota);
    if slots.0 <= quota { Ok(slots) } else { Err(Error::Quota) }
}

/// The sessions that the wallet has then opened today. Errors: `E_RATE`.
fn openings_after(open: &Open, view: &View, case: &Case<'_>) -> Result<Daily> {
    let openings = view.openings.get(&identity_of(&open.request)).copied();
    let openings = openings.unwrap_or(Daily::NEVER).once_more(case.now.day());
    let limit = u64::from(case.office.sessions_per_day);
    if openings.count.0 <= limit { Ok(openings) } else { Err(Error::Rate) }
}

fn quota_key(open: &Open) -> QuotaKey {
    QuotaKey { identity: identity_of(&open.request), series: open.request.plan.series }
}
