//! The issuer's checks of a WITHDRAW request `[W4]`, without the funds.

use super::case::{Case, rng};
use super::cash::{as_result, decide};
use tender_token::error::{Error, Result};
use tender_token::identity::IdentityKey;
use tender_token::withdraw::{Authority, Request};

pub fn withdraw(case: &Case<'_>) -> Result<()> {
    let request = Request::from_bytes(&case.input, &case.manifest)?;
    case.is_canonical(&request);
    if let Some(known) = known(case, &request) {
        return if known.signed == request.signed { Ok(()) } else { Err(Error::SidConflict) };
    }
    // Without a U, no wallet is registered.
    let registered = case.context.find("U").map(|known| known.read::<IdentityKey>().0);
    let is_registered = registered == Some(request.signed.plan.identity.bytes());
    let device = is_registered.then(|| case.context.get("device_pk").read());
    let authority = Authority {
        manifest: &case.manifest,
        accepted: &case.accepted(),
        device: device.as_ref(),
        intermediary: &case.context.get("intermediary_pk").read(),
        now: case.now(),
    };
    let verified = authority.verify(request, &mut rng())?;
    as_result(&verified.decide(|item| decide(item, case.now().day(), case)))
}

/// The request that is stored under the same wallet and session, if there is one.
fn known(case: &Case<'_>, request: &Request) -> Option<Request> {
    let plan = &request.signed.plan;
    for entry in case.listed("known") {
        let stored = entry.get("request").parse(|bytes| Request::from_bytes(bytes, &case.manifest));
        let stored_plan = &stored.signed.plan;
        if (stored_plan.identity, stored_plan.sid) == (plan.identity, plan.sid) {
            return Some(stored);
        }
    }
    None
}
