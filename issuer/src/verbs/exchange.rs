//! Exchange without a name (`[W9]`): tokens are cashed and fresh ones signed, for whoever holds
//! them.
//!
//! No wallet, no account and no vault is touched, so nothing says who asked.

use crate::office::Case;
use crate::rows::Bytes;
use crate::verbs::incident::Accusation;
use crate::verbs::ledger::Draft;
use crate::verbs::outputs::Owed;
use crate::verbs::{cash, outputs};
use crate::view::View;
use rand_core::CryptoRng;
use tender_proto::refusal::Refusal;
use tender_token::encode::Encode;
use tender_token::error::{Error, Result};
use tender_token::exchange::{Authority, Request, VerifiedRequest};

/// An exchange and what its checks found.
#[derive(Debug)]
pub struct Checked {
    request: Request,
    verdict: Result<VerifiedRequest>,
}

/// The rows an exchange needs: only its session's, if its checks failed.
pub fn touches(checked: &Checked, view: &mut View, case: &Case<'_>) {
    let Checked { request, verdict } = checked;
    view.exchanges.want(request.plan.sid);
    let Ok(verified) = verdict else { return };
    outputs::touches(&request.plan.outputs, view, case);
    verified.items().for_each(|item| cash::touches(item, view, case));
}

/// The presentations that those rows name.
pub fn touches_presentations(checked: &Checked, view: &mut View) {
    let items = checked.verdict.iter().flat_map(VerifiedRequest::items);
    items.for_each(|item| cash::touches_presentations(item, view));
}

/// The checks of `[W9]` from the manifest to the limit, and what holds of each item. Their verdict
/// counts only for a session that is not known yet, which is for [`decide`] to see.
pub fn verify(request: Request, case: &Case<'_>, rng: &mut impl CryptoRng) -> Checked {
    let authority = Authority {
        manifest: &case.office.manifest,
        accepted: &case.office.accepted(),
        policy: &case.office.trust.policy,
        now: case.now,
    };
    let verdict = authority.verify(request.clone(), rng);
    Checked { request, verdict }
}

/// Cashes and promises the signatures, all or nothing (`[W5]`); a known session is answered as
/// before, for as long as the keys are kept. Evidence from the items stays even if the exchange is
/// refused. Returns what is owed.
/// Errors: `E_SID_CONFLICT`; [`Refusal::spent`] for a known session whose keys are gone; those of
/// the checks, those of the items, `E_DUP_TOKEN`, `E_KEY_SUSPECT` for a key that is frozen or
/// revoked, `E_PLAN` for an output that is.
pub fn decide(
    checked: Checked,
    view: &mut View,
    case: &Case<'_>,
    accusations: &mut Vec<Accusation>,
) -> core::result::Result<Owed, Refusal> {
    let Checked { request, verdict } = checked;
    let bytes = request.to_bytes();
    let plan_hash = request.plan.hash();
    let owed = Owed { sid: request.plan.sid, plan_hash, outputs: request.plan.outputs };
    if let Some(Bytes(known)) = view.exchanges.get(&owed.sid) {
        if *known != bytes {
            return Err(Error::SidConflict.into());
        }
        outputs::check_kept(&owed, case.office)?;
        return Ok(owed);
    }
    let verified = verdict?;
    cash::fund(verified.decide(|item| cash::decide(item, view, case, accusations)))?;
    cash::check_signed(verified.items(), view, case)?;
    outputs::check_signable(&owed.outputs, view, case)?;
    outputs::check_fresh(owed.sid, &owed.outputs, view)?;
    let first = owed.outputs.first().ok_or(Error::Encoding)?.denomination;
    let currency = case.office.manifest.series_of(first)?.series.currency;
    let mut draft = Draft::new(currency, case.now);
    for item in verified.items() {
        draft = cash::pay(item, view, case, draft);
    }
    outputs::promise(owed.sid, &owed.outputs, view, case, draft).post(view);
    view.exchanges.append(owed.sid, Bytes(bytes));
    Ok(owed)
}
