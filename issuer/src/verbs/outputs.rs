//! Outputs: the tokens that a withdrawal or an exchange wants signed.

use crate::office::{Case, Office};
use crate::rows::{Account, BlindedKey};
use crate::signer::Signed;
use crate::verbs::ledger::{self, Draft};
use crate::verbs::log;
use crate::view::View;
use rayon::prelude::*;
use std::collections::BTreeSet;
use tender_proto::refusal::Refusal;
use tender_token::encode::Encode;
use tender_token::error::{Error, Result};
use tender_token::provision::SessionId;
use tender_token::withdraw::{Output, Plan, Reply};

/// Tokens that are owed for a durable decision: the reply is a function of the keys and these.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owed {
    /// The session.
    pub sid: SessionId,
    /// Hash of the plan.
    pub plan_hash: [u8; 32],
    /// What is to be signed, in order.
    pub outputs: Vec<Output>,
}

impl Owed {
    /// What an accepted withdrawal is owed.
    #[must_use]
    pub fn of(plan: Plan) -> Self {
        Self { sid: plan.sid, plan_hash: plan.hash(), outputs: plan.outputs }
    }

    /// Signs every output, side by side: canonical bytes of the reply.
    /// Errors: the signer's; asking again may help.
    pub fn keep(&self, office: &Office) -> Signed<Vec<u8>> {
        let sign = |output: &Output| office.mint(output.denomination, &output.blinded);
        let signatures = self.outputs.par_iter().map(sign).collect::<Signed<_>>()?;
        Ok(Reply { sid: self.sid, plan_hash: self.plan_hash, signatures }.to_bytes())
    }
}

/// The rows that signing needs.
pub fn touches(outputs: &[Output], view: &mut View, case: &Case<'_>) {
    for output in outputs {
        let Output { denomination, .. } = output;
        view.blinded.want(BlindedKey::of(output));
        view.denominations.want(*denomination);
        view.frozen.want(*denomination);
        if let Ok(series) = case.office.manifest.series_of(*denomination) {
            let circulation = Account::Circulation(*denomination);
            ledger::touches(view, series.series.currency, [circulation]);
        }
    }
}

/// Whether each output has a blinded message of its own. One that another session has, or that is
/// here twice, would be paid for again and give the same token: nothing is debited for it.
/// Errors: `E_SID_CONFLICT`, with the session that has it.
pub fn check_fresh(
    sid: SessionId,
    outputs: &[Output],
    view: &View,
) -> core::result::Result<(), Refusal> {
    let mut own = BTreeSet::new();
    for key in outputs.iter().map(BlindedKey::of) {
        let had = view.blinded.get(&key).copied();
        if let Some(had) = had.or_else(|| (!own.insert(key)).then_some(sid)) {
            return Err(Refusal { error: Error::SidConflict, evidence: vec![had.to_bytes()] });
        }
    }
    Ok(())
}

/// Whether tokens are still signed under every output's key.
/// Errors: `E_PLAN` for one that is revoked (`[X1]`), `E_KEY_SUSPECT` for one that is frozen.
pub fn check_signable(outputs: &[Output], view: &View, case: &Case<'_>) -> Result<()> {
    for Output { denomination, .. } in outputs {
        if case.office.is_revoked(*denomination) {
            return Err(Error::Plan);
        }
        if view.frozen.get(denomination).is_some() {
            return Err(Error::KeySuspect);
        }
    }
    Ok(())
}

/// Whether a reply that was promised can still be made: the keys of a series that is over may have
/// been destroyed, and its tokens are worth nothing. Errors: [`Refusal::spent`].
pub fn check_kept(owed: &Owed, office: &Office) -> core::result::Result<(), Refusal> {
    let kept = |output: &Output| office.signer.mints(output.denomination);
    if owed.outputs.iter().all(kept) { Ok(()) } else { Err(Refusal::spent(owed.sid)) }
}

/// Puts the tokens into circulation, before they are signed, and into the entry that pays for them.
pub fn promise(
    sid: SessionId,
    outputs: &[Output],
    view: &mut View,
    case: &Case<'_>,
    mut draft: Draft,
) -> Draft {
    for output in outputs {
        let Output { denomination, .. } = output;
        view.blinded.insert(BlindedKey::of(output), sid);
        let mut circulation = view.denominations.get(denomination).copied().unwrap_or_default();
        circulation.signed = circulation.signed.plus(1);
        view.denominations.insert(*denomination, circulation);
        log::count_signed(view, case.caller, *denomination);
        let key = case.office.manifest.value_key(*denomination);
        let key = key.expect("a verified plan names known denominations");
        draft = draft.signed(*denomination, key.denomination.value);
    }
    draft
}
