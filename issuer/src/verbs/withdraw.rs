//! Withdraw (`[W4]`, `[W5]`): the caller's vault, and cashed tokens if there are any, pay for fresh
//! ones.

use crate::office::Case;
use crate::rows::{Account, Asked, Bytes, RefusedKey, SessionKey, SessionKind};
use crate::verbs::acceptance;
use crate::verbs::incident::Accusation;
use crate::verbs::ledger::{self, Draft};
use crate::verbs::outputs::Owed;
use crate::verbs::refusal::Not;
use crate::verbs::{cash, outputs, refusal};
use crate::view::View;
use rand_core::CryptoRng;
use tender_proto::refusal::Refusal;
use tender_proto::statement::Cause;
use tender_token::amount::Currency;
use tender_token::encode::Encode;
use tender_token::error::{Error, Result};
use tender_token::identity::IdentityKey;
use tender_token::manifest::Manifest;
use tender_token::withdraw::{self as protocol, Authority, VerifiedRequest};

/// A withdrawal as it was read.
#[derive(Clone, Debug)]
pub struct Request {
    key: SessionKey,
    currency: Currency,
    asked: protocol::Request,
}

impl Request {
    /// Reads a withdrawal. Errors: `E_ENCODING`, `E_DENOMINATION`.
    pub fn read(bytes: &[u8], manifest: &Manifest) -> Result<Self> {
        let asked = protocol::Request::from_bytes(bytes, manifest)?;
        let plan = &asked.signed.plan;
        let key = SessionKey { identity: IdentityKey(plan.identity.bytes()), sid: plan.sid };
        let first = plan.outputs.first().ok_or(Error::Encoding)?;
        let currency = manifest.series_of(first.denomination)?.series.currency;
        Ok(Self { key, currency, asked })
    }

    /// What belongs to the session for ever: everything up to the device's signature (`[W2]`).
    fn content(&self) -> Vec<u8> {
        self.asked.signed.to_bytes()
    }

    fn refused_key(&self, case: &Case<'_>) -> RefusedKey {
        let until = self.asked.signed.plan.expires;
        RefusedKey { until, caller: case.caller, asked: Asked::Withdrawal(self.key) }
    }
}

/// A withdrawal and what its checks found.
#[derive(Debug)]
pub struct Checked {
    request: Request,
    verdict: Result<VerifiedRequest>,
}

/// The rows that the checks need.
pub fn touches_checks(request: &Request, view: &mut View) {
    view.wallets.want(request.key.identity);
}

/// The rows a withdrawal needs: only its session's, if its checks failed.
pub fn touches(checked: &Checked, view: &mut View, case: &Case<'_>) {
    let Checked { request, verdict } = checked;
    view.wallets.want(request.key.identity);
    view.withdrawals.want(request.key);
    refusal::touches(request.refused_key(case), view);
    let Ok(verified) = verdict else { return };
    acceptance::touches(request.key.identity, view);
    ledger::touches(view, request.currency, [Account::Vault(case.caller)]);
    outputs::touches(&request.asked.signed.plan.outputs, view, case);
    verified.items().for_each(|item| cash::touches(item, view, case));
}

/// The presentations that those rows name.
pub fn touches_presentations(checked: &Checked, view: &mut View) {
    let items = checked.verdict.iter().flat_map(VerifiedRequest::items);
    items.for_each(|item| cash::touches_presentations(item, view));
}

/// The checks of `[W4]` from the manifest to the sums, and what holds of each item. Their verdict
/// counts only for a session that is not known yet, which is for [`decide`] to see.
pub fn verify(request: Request, view: &View, case: &Case<'_>, rng: &mut impl CryptoRng) -> Checked {
    let verdict = check(&request, view, case, rng);
    Checked { request, verdict }
}

fn check(
    request: &Request,
    view: &View,
    case: &Case<'_>,
    rng: &mut impl CryptoRng,
) -> Result<VerifiedRequest> {
    let wallet = case.open_wallet(view, &request.key.identity).ok();
    let authority = Authority {
        manifest: &case.office.manifest,
        accepted: &case.office.accepted(),
        device: wallet.map(|wallet| &wallet.record().device),
        intermediary: &case.caller_key(),
        now: case.now,
    };
    let verified = authority.verify(request.asked.clone(), rng)?;
    case.check_registrar(wallet.ok_or(Error::Wallet)?)?;
    Ok(verified)
}

/// Debits, cashes and promises the signatures, all or nothing (`[W5]`); a known session is answered
/// as before, for as long as the keys are kept, and one that was refused stays refused. Evidence
/// from the items stays even if the withdrawal is refused. Returns what is owed.
/// Errors: `E_SID_CONFLICT`; [`Refusal::spent`] for a known session whose keys are gone; those of
/// the checks, those of the items, `E_DUP_TOKEN`, `E_KEY_SUSPECT` for a key that is frozen or
/// revoked, `E_PLAN` for an output that is, `E_FUNDS`; [`Not::Undecided`] instead of one of these
/// that there is no room to keep.
pub fn decide(
    checked: Checked,
    view: &mut View,
    case: &Case<'_>,
    accusations: &mut Vec<Accusation>,
) -> core::result::Result<Owed, Not> {
    let Checked { request, verdict } = checked;
    if let Some(Bytes(known)) = view.withdrawals.get(&request.key) {
        let same = known.starts_with(&request.content());
        if !same {
            return Err(Error::SidConflict.into());
        }
        case.check_registrar(view.wallets.get(&request.key.identity).ok_or(Error::Wallet)?)?;
        let owed = Owed::of(request.asked.signed.plan);
        outputs::check_kept(&owed, case.office)?;
        return Ok(owed);
    }
    let carry_out = |view: &mut _| carry_out(&request, &verdict?, view, case, accusations);
    refusal::once(request.refused_key(case), || request.content(), view, case.now, carry_out)?;
    Ok(Owed::of(request.asked.signed.plan))
}

fn carry_out(
    request: &Request,
    verified: &VerifiedRequest,
    view: &mut View,
    case: &Case<'_>,
    accusations: &mut Vec<Accusation>,
) -> core::result::Result<(), Refusal> {
    case.open_wallet(view, &request.key.identity)?;
    cash::fund(verified.decide(|item| cash::decide(item, view, case, accusations)))?;
    cash::check_signed(verified.items(), view, case)?;
    let plan = &request.asked.signed.plan;
    outputs::check_signable(&plan.outputs, view, case)?;
    outputs::check_fresh(plan.sid, &plan.outputs, view)?;
    ledger::check_funds(view, request.currency, Account::Vault(case.caller), plan.debit)?;
    settle(request, verified, view, case);
    Ok(())
}

/// The effects of an accepted withdrawal.
fn settle(request: &Request, verified: &VerifiedRequest, view: &mut View, case: &Case<'_>) {
    let plan = &request.asked.signed.plan;
    let (vault, currency) = (Account::Vault(case.caller), request.currency);
    let (out, back) = (Cause::Withdrawal(plan.debit_account), Cause::Deposit(plan.credit_account));
    let mut draft = Draft::new(currency, case.now);
    for item in verified.items() {
        draft = cash::pay(item, view, case, draft);
    }
    let draft = draft.debit(vault, plan.debit, out);
    let draft = outputs::promise(plan.sid, &plan.outputs, view, case, draft);
    draft.credit(vault, plan.credit, back).post(view);
    view.withdrawals.append(request.key, Bytes(request.asked.to_bytes()));
    acceptance::record(SessionKind::Withdrawal, request.key, view);
}
