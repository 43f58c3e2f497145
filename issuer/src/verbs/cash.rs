//! Cashing (section 9), as deposits and withdrawals need it: evidence first, then the decision.

use crate::office::Case;
use crate::rows::{Bytes, CashedToken};
use crate::verbs::incident::Accusation;
use crate::verbs::log;
use crate::view::View;
use tender_proto::refusal::Refusal;
use tender_token::cash::{CashItem, Outcome, VerifiedItem};
use tender_token::double_spend::{Conflict, Evidence, Offence, conflicts};
use tender_token::encode::Encode;
use tender_token::error::Error;

/// The rows an item needs.
pub fn touches(item: &CashItem, view: &mut View) {
    let chain = item.chain();
    view.cashed.want(chain.token_id());
    view.denominations.want(chain.token().denomination());
    chain.slot_ids().for_each(|slot| view.answers.want(slot));
}

/// Keeps every endorsement of a verified item, whatever becomes of it (`[D1]`), and decides the
/// item by what was known before (`[C2]`, `[C3]`). Contradictions go to `accusations`.
///
/// The same item again is paid already only for the intermediary that was paid; to any other it is
/// a token that somebody else cashed.
pub fn decide(
    item: &VerifiedItem,
    view: &mut View,
    case: &Case<'_>,
    accusations: &mut Vec<Accusation>,
) -> Outcome {
    let known = keep_evidence(item, view);
    let chain = item.item().chain();
    accusations.extend(conflicts(chain, &known).into_iter().map(Accusation::new));
    let cashed = view.cashed.get(&chain.token_id());
    let state = cashed.map(CashedToken::cashed);
    match (item.decide(case.now.day(), state.as_ref(), &known), cashed) {
        (Outcome::AlreadyPaid, Some(row)) if row.intermediary != case.caller => {
            Outcome::Refused(Error::Cashed, Vec::new())
        }
        (outcome, _) => outcome,
    }
}

/// Adds the item's endorsements to the table of answers. Returns what was known about its slots.
fn keep_evidence(item: &VerifiedItem, view: &mut View) -> Vec<Evidence> {
    let mut known = Vec::new();
    for evidence in item.evidence() {
        let slot = evidence.place.slot;
        let mut list = view.answers.get(&slot).cloned().unwrap_or_default();
        known.extend_from_slice(list.entries());
        if list.keep(&evidence) {
            view.answers.insert(slot, list);
        }
    }
    known
}

/// Takes a token out of circulation for ever. Where its value goes is the caller's business.
pub fn pay(item: &VerifiedItem, view: &mut View, case: &Case<'_>) {
    let chain = item.item().chain();
    let denomination = chain.token().denomination();
    let mut circulation = view.denominations.get(&denomination).copied().unwrap_or_default();
    circulation.cashed = circulation.cashed.plus(1);
    assert!(
        circulation.cashed <= circulation.signed,
        "conservation: a denomination was cashed more often than it was signed"
    );
    view.denominations.insert(denomination, circulation);
    let row = CashedToken {
        intermediary: case.caller,
        denomination,
        final_state: chain.final_state(),
        instruction: item.instruction(),
        item: Bytes(item.item().to_bytes()),
    };
    assert!(view.cashed.get(&chain.token_id()).is_none(), "single-spend: a token is cashed once");
    view.cashed.insert(chain.token_id(), row);
    log::count_cashed(view, case.caller, denomination);
}

/// A refusal with the two endorsements of the first double spend, if there is one (`[C2]`).
#[must_use]
pub fn refusal(error: Error, conflicts: &[Conflict]) -> Refusal {
    let double = conflicts.iter().find(|conflict| conflict.offence == Offence::DoubleSpend);
    let evidence = double.into_iter().flat_map(|conflict| [&conflict.first, &conflict.second]);
    Refusal { error, evidence: evidence.map(Encode::to_bytes).collect() }
}
