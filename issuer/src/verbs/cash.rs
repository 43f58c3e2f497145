//! Cashing (section 9), as deposits and withdrawals need it: evidence first, then the decision.

use crate::office::Case;
use crate::rows::{Account, Bytes, Circulation, Count, FrozenKey, ListedKey, Presented, Shown};
use crate::verbs::due;
use crate::verbs::evidence;
use crate::verbs::incident::Accusation;
use crate::verbs::ledger::{self, Draft};
use crate::verbs::log;
use crate::view::View;
use std::collections::BTreeMap;
use tender_proto::refusal::Refusal;
use tender_token::cash::{Cashed, Outcome, VerifiedItem};
use tender_token::encode::Encode;
use tender_token::error::Error;
use tender_token::series::DenominationId;

/// The rows an item needs.
pub fn touches(item: &VerifiedItem, view: &mut View, case: &Case<'_>) {
    let chain = item.item().chain();
    view.cashed.want(chain.token_id());
    view.claims.want(chain.token_id());
    let denomination = chain.token().denomination();
    view.denominations.want(denomination);
    view.frozen.want(denomination);
    if let Ok(series) = case.office.manifest.series_of(denomination) {
        ledger::touches(view, series.series.currency, [Account::Circulation(denomination)]);
    }
    evidence::touches(chain, view);
}

/// The presentations that those rows name. An honest token has none yet.
pub fn touches_presentations(item: &VerifiedItem, view: &mut View) {
    let chain = item.item().chain();
    if let Some(paid) = view.cashed.get(&chain.token_id()).copied() {
        view.presentations.want(paid);
    }
    evidence::touches_presentations(chain, view);
    due::touches_claim(chain.token_id(), view);
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
    let chain = item.item().chain();
    let known = evidence::keep(chain, &shown(item), view, case, accusations);
    let paid = view.cashed.get(&chain.token_id());
    let paid = paid.map(|number| evidence::presentation(*number, view));
    let cashed = paid.map(|paid| cashed(evidence::read(paid, case)));
    match (item.decide(case.now.day(), cashed.as_ref(), &known), paid) {
        (Outcome::AlreadyPaid, Some(paid)) if paid.intermediary != case.caller => {
            Outcome::Refused(Error::Cashed, Vec::new())
        }
        (outcome, _) => outcome,
    }
}

/// What is presented, as it came.
pub(super) fn shown(item: &VerifiedItem) -> Shown {
    Shown::Item(Bytes(item.item().to_bytes()))
}

/// What the protocol compares an item with.
fn cashed(presented: &Presented) -> Cashed {
    match presented {
        Presented::Item(item) => {
            let instruction = item.stated_instruction();
            let instruction = instruction.expect("durable: what was paid had an instruction");
            Cashed::Item { final_state: item.chain().final_state(), instruction }
        }
        Presented::Claim(_) => Cashed::Claim,
    }
}

/// Whether so many tokens can have been signed as would then be cashed. The first one in excess
/// shows that somebody else has the value key: from then on the key is frozen, and its tokens are
/// refused and counted. They are paid by openings only (`[X2]`). A refusal changes nothing else.
/// Errors: `E_KEY_SUSPECT`.
pub fn check_signed<'a>(
    items: impl Iterator<Item = &'a VerifiedItem>,
    view: &mut View,
    case: &Case<'_>,
) -> Result<(), Error> {
    let mut presented: BTreeMap<DenominationId, u64> = BTreeMap::new();
    for item in items {
        *presented.entry(item.item().chain().token().denomination()).or_default() += 1;
    }
    let mut outcome = Ok(());
    for (denomination, count) in presented {
        if case.office.is_compromised(denomination) {
            outcome = Err(Error::KeySuspect);
            continue;
        }
        let frozen = view.frozen.get(&denomination).copied();
        let circulation = view.denominations.get(&denomination).copied().unwrap_or_default();
        if frozen.is_some() || circulation.paid().plus(count) > circulation.signed {
            let FrozenKey { since, refused } =
                frozen.unwrap_or(FrozenKey { since: case.now, refused: Count(0) });
            let row = FrozenKey { since, refused: refused.plus(count) };
            view.frozen.insert(denomination, row);
            outcome = Err(Error::KeySuspect);
        }
    }
    outcome
}

/// Takes a token out of circulation for ever. Where its value goes is for the caller to say in the
/// same entry.
pub fn pay(item: &VerifiedItem, view: &mut View, case: &Case<'_>, draft: Draft) -> Draft {
    let chain = item.item().chain();
    let denomination = chain.token().denomination();
    let mut circulation: Circulation =
        view.denominations.get(&denomination).copied().unwrap_or_default();
    circulation.cashed = circulation.cashed.plus(1);
    // Every caller has asked `check_signed` before.
    assert!(
        circulation.paid() <= circulation.signed,
        "conservation: a denomination was cashed more often than it was signed"
    );
    view.denominations.insert(denomination, circulation);
    assert!(view.cashed.get(&chain.token_id()).is_none(), "single-spend: a token is cashed once");
    let number = evidence::number(Some(chain), &shown(item), view, case);
    view.cashed.insert(chain.token_id(), number);
    view.listed.mark(ListedKey { series: chain.token().series(), token: chain.token_id() });
    due::end(chain.token_id(), view);
    log::count_cashed(view, case.caller, denomination);
    draft.cashed(denomination, chain.value())
}

/// Whether the items of a request pay for it, all of them together. An item that was paid before
/// paid for something else: the request itself would have been found under its session.
/// Errors: those of the items, `E_CASHED`.
pub fn fund(outcome: Outcome) -> Result<(), Refusal> {
    match outcome {
        Outcome::Pay => Ok(()),
        Outcome::AlreadyPaid => Err(Error::Cashed.into()),
        Outcome::Refused(error, conflicts) => Err(evidence::refusal(error, &conflicts)),
    }
}
