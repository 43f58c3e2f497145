//! Cashing (section 9), as deposits and withdrawals need it: evidence first, then the decision.

use crate::office::Case;
use crate::rows::{
    Account, AnswerList, Bytes, Circulation, Count, Found, FrozenKey, Position, Presentation, Total,
};
use crate::verbs::incident::Accusation;
use crate::verbs::ledger::{self, Draft};
use crate::verbs::log;
use crate::view::View;
use std::collections::BTreeMap;
use tender_proto::refusal::Refusal;
use tender_token::cash::{CashItem, Cashed, Outcome, VerifiedItem};
use tender_token::double_spend::{Conflict, Evidence, Offence, conflicts};
use tender_token::encode::Encode;
use tender_token::endorse::Place;
use tender_token::error::Error;
use tender_token::manifest::Manifest;
use tender_token::series::DenominationId;

/// The items among these bytes; what cannot be read is refused before it needs a row.
pub fn readable(items: &[Vec<u8>], manifest: &Manifest) -> impl Iterator<Item = CashItem> {
    items.iter().filter_map(|item| CashItem::from_bytes(item, manifest).ok())
}

/// The rows an item needs.
pub fn touches(item: &CashItem, view: &mut View, case: &Case<'_>) {
    let chain = item.chain();
    view.cashed.want(chain.token_id());
    let denomination = chain.token().denomination();
    view.denominations.want(denomination);
    view.frozen.want(denomination);
    if let Ok(series) = case.office.manifest.series_of(denomination) {
        ledger::touches(view, series.series.currency, [Account::Circulation(denomination)]);
    }
    view.totals.want(Total::Presentations);
    chain.slot_ids().for_each(|slot| view.answers.want(slot));
}

/// The presentations that those rows name. An honest token has none yet.
pub fn touches_presentations(item: &CashItem, view: &mut View) {
    let chain = item.chain();
    let paid = view.cashed.get(&chain.token_id()).copied();
    let answers = chain.slot_ids().filter_map(|slot| view.answers.get(&slot));
    let known = answers.flat_map(AnswerList::entries).map(|found| found.presentation);
    let numbers: Vec<_> = known.chain(paid).collect();
    for number in numbers {
        view.presentations.want(number);
    }
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
    let known = known_evidence(item, view, case);
    keep_evidence(item, &known, view, case);
    let chain = item.item().chain();
    accusations.extend(conflicts(chain, &known).into_iter().map(Accusation::new));
    let paid = view.cashed.get(&chain.token_id()).map(|number| presentation(*number, view));
    let cashed = paid.map(|paid| cashed(&read(paid, case)));
    match (item.decide(case.now.day(), cashed.as_ref(), &known), paid) {
        (Outcome::AlreadyPaid, Some(paid)) if paid.intermediary != case.caller => {
            Outcome::Refused(Error::Cashed, Vec::new())
        }
        (outcome, _) => outcome,
    }
}

fn presentation(number: Count, view: &View) -> &Presentation {
    let row = view.presentations.get(&number);
    row.expect("durable: what a row points at is committed with it")
}

/// An item that was verified when it was presented. Its series is the one of the item at hand,
/// which was read under the same manifest.
fn read(presentation: &Presentation, case: &Case<'_>) -> CashItem {
    let item = presentation.read(&case.office.manifest);
    item.expect("durable: a presentation is an item of a series that is not closed")
}

/// What the protocol compares an item with.
fn cashed(item: &CashItem) -> Cashed {
    let instruction = item.stated_instruction();
    let instruction = instruction.expect("durable: what was paid had an instruction");
    Cashed { final_state: item.chain().final_state(), instruction }
}

/// All that was known about the item's slots.
fn known_evidence(item: &VerifiedItem, view: &View, case: &Case<'_>) -> Vec<Evidence> {
    let answers = item.item().chain().slot_ids().filter_map(|slot| view.answers.get(&slot));
    let known = answers.flat_map(AnswerList::entries).map(|found| {
        let item = read(presentation(found.presentation, view), case);
        let evidence = Evidence::of(item.chain()).nth(usize::from(found.position.0));
        evidence.expect("durable: an answer points at an endorsement")
    });
    known.collect()
}

/// Appends the item if it shows an endorsement that is not known, and lets its slots point there.
fn keep_evidence(item: &VerifiedItem, known: &[Evidence], view: &mut View, case: &Case<'_>) {
    let mut number = None;
    for evidence in item.evidence() {
        let Place { slot, position, .. } = evidence.place;
        let mut answers = view.answers.get(&slot).cloned().unwrap_or_default();
        let is_known = known.iter().any(|entry| entry.digest() == evidence.digest());
        if is_known || answers.is_full() {
            continue;
        }
        let presentation = *number.get_or_insert_with(|| append(item, view, case));
        answers.push(Found { presentation, position: Position(position) });
        view.answers.insert(slot, answers);
    }
}

fn append(item: &VerifiedItem, view: &mut View, case: &Case<'_>) -> Count {
    let number = view.totals.get(&Total::Presentations).copied().unwrap_or_default().plus(1);
    let row = Presentation { intermediary: case.caller, item: Bytes(item.item().to_bytes()) };
    view.presentations.append(number, row);
    view.totals.insert(Total::Presentations, number);
    number
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
        let Circulation { signed, cashed } =
            view.denominations.get(&denomination).copied().unwrap_or_default();
        if frozen.is_some() || cashed.plus(count) > signed {
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
    let mut circulation = view.denominations.get(&denomination).copied().unwrap_or_default();
    circulation.cashed = circulation.cashed.plus(1);
    // Every caller has asked `check_signed` before.
    assert!(
        circulation.cashed <= circulation.signed,
        "conservation: a denomination was cashed more often than it was signed"
    );
    view.denominations.insert(denomination, circulation);
    assert!(view.cashed.get(&chain.token_id()).is_none(), "single-spend: a token is cashed once");
    let number = presented(item, view, case).unwrap_or_else(|| append(item, view, case));
    view.cashed.insert(chain.token_id(), number);
    log::count_cashed(view, case.caller, denomination);
    draft.cashed(denomination, chain.value())
}

/// The presentation of this very item by this caller: its endorsements were all known if it was not
/// appended just now.
fn presented(item: &VerifiedItem, view: &View, case: &Case<'_>) -> Option<Count> {
    let bytes = item.item().to_bytes();
    let answers = item.item().chain().slot_ids().filter_map(|slot| view.answers.get(&slot));
    let numbers = answers.flat_map(AnswerList::entries).map(|found| found.presentation);
    let same = |number: &Count| {
        let row = presentation(*number, view);
        row.intermediary == case.caller && row.item.0 == bytes
    };
    let numbers: Vec<_> = numbers.collect();
    numbers.into_iter().rev().find(same)
}

/// Whether the items of a request pay for it, all of them together. An item that was paid before
/// paid for something else: the request itself would have been found under its session.
/// Errors: those of the items, `E_CASHED`.
pub fn fund(outcome: Outcome) -> Result<(), Refusal> {
    match outcome {
        Outcome::Pay => Ok(()),
        Outcome::AlreadyPaid => Err(Error::Cashed.into()),
        Outcome::Refused(error, conflicts) => Err(refusal(error, &conflicts)),
    }
}

/// A refusal with the two endorsements of the first double spend, if there is one (`[C2]`).
#[must_use]
pub fn refusal(error: Error, conflicts: &[Conflict]) -> Refusal {
    let double = conflicts.iter().find(|conflict| conflict.offence == Offence::DoubleSpend);
    let evidence = double.into_iter().flat_map(|conflict| [&conflict.first, &conflict.second]);
    Refusal { error, evidence: evidence.map(Encode::to_bytes).collect() }
}
