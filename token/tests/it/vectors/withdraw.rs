//! The issuer's checks of a WITHDRAW request `[W4]`, without the funds.

use super::cash::{as_result, decide};
use super::{Case, rng};
use tender_token::date::Timestamp;
use tender_token::error::{Error, Result};
use tender_token::identity::IdentityKey;
use tender_token::withdraw::{Authority, Request};

pub fn withdraw(case: &Case<'_>) -> Result<()> {
    let request = Request::from_bytes(&case.input, case.manifest)?;
    case.is_canonical(&request);
    if let Some(known) = known(case, &request) {
        return if known.signed == request.signed { Ok(()) } else { Err(Error::SidConflict) };
    }
    let accepted: Vec<_> = case.context.get("manifest_hashes").list();
    let registered: IdentityKey = case.context.get("U").read();
    let device = case.context.get("device_pk").read();
    let now = Timestamp(case.context.get("now").number());
    let authority = Authority {
        manifest: case.manifest,
        accepted: &accepted,
        device: (registered.0 == request.signed.plan.identity.bytes()).then_some(&device),
        intermediary: &case.context.get("intermediary_pk").read(),
        now,
    };
    let verified = authority.verify(request, &mut rng())?;
    as_result(&verified.decide(|item| decide(item, now.day(), &case.context)))
}

/// The request that is stored under the same wallet and session, if there is one.
fn known(case: &Case<'_>, request: &Request) -> Option<Request> {
    let plan = &request.signed.plan;
    for entry in case.context.get("known").members() {
        let stored = Request::from_bytes(&entry.get("request").bytes(), case.manifest)
            .expect("as the file is written");
        let stored_plan = &stored.signed.plan;
        if (stored_plan.identity, stored_plan.sid) == (plan.identity, plan.sid) {
            return Some(stored);
        }
    }
    None
}
