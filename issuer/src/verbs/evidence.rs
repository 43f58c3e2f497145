//! Evidence (`[D1]`): every endorsement that was ever presented, by the slot that answered. Items
//! and claims leave it alike, whatever becomes of them.

use crate::office::Case;
use crate::rows::{
    AnswerList, ConvictionKey, Count, Found, Position, Presentation, Presented, Shown, Total,
};
use crate::verbs::incident::Accusation;
use crate::view::View;
use std::collections::BTreeSet;
use tender_proto::refusal::Refusal;
use tender_token::chain::Chain;
use tender_token::double_spend::{Conflict, Evidence, Offence, conflicts};
use tender_token::encode::Encode;
use tender_token::endorse::Place;
use tender_token::error::Error;

/// The rows that a chain's endorsements need.
pub fn touches(chain: &Chain, view: &mut View) {
    view.totals.want(Total::Presentations);
    chain.slot_ids().for_each(|slot| view.answers.want(slot));
}

/// The presentations that those rows name. An honest token has none yet.
pub fn touches_presentations(chain: &Chain, view: &mut View) {
    for number in presentations(chain, view) {
        view.presentations.want(number);
    }
}

/// Keeps every endorsement of a verified chain, whatever becomes of it, and returns what was known
/// before. Contradictions go to `accusations`.
pub fn keep(
    chain: &Chain,
    shown: &Shown,
    view: &mut View,
    case: &Case<'_>,
    accusations: &mut Vec<Accusation>,
) -> Vec<Evidence> {
    let known = known(chain, view, case);
    let mut number = None;
    for evidence in Evidence::of(chain) {
        let Place { slot, position, .. } = evidence.place;
        let mut answers = view.answers.get(&slot).cloned().unwrap_or_default();
        let is_known = known.iter().any(|entry| entry.digest() == evidence.digest());
        if is_known || answers.is_full() {
            continue;
        }
        let presentation = *number.get_or_insert_with(|| append(shown, view, case));
        answers.push(Found { presentation, position: Position(position) });
        view.answers.insert(slot, answers);
    }
    let mut accused = BTreeSet::new();
    for conflict in conflicts(chain, &known) {
        // Any two answers prove as much as all of them, and solving for the owner is costly.
        if accused.insert(ConvictionKey::new(conflict.slot.id(), conflict.offence)) {
            accusations.push(Accusation::new(conflict));
        }
    }
    known
}

/// The number of what this caller shows: of its presentation if a chain's endorsements point there
/// already, and of a new one if not.
pub fn number(chain: Option<&Chain>, shown: &Shown, view: &mut View, case: &Case<'_>) -> Count {
    let known = chain.map(|chain| presentations(chain, view)).unwrap_or_default();
    let same = |number: &Count| {
        let row = presentation(*number, view);
        row.intermediary == case.caller && row.shown == *shown
    };
    let found = known.into_iter().rev().find(same);
    found.unwrap_or_else(|| append(shown, view, case))
}

/// A presentation that a row names.
pub fn presentation(number: Count, view: &View) -> &Presentation {
    let row = view.presentations.get(&number);
    row.expect("durable: what a row points at is committed with it")
}

/// What was verified when it was presented, also of a series that is over. However many ask for it
/// in a batch, it is read once.
pub fn read<'v>(presentation: &'v Presentation, case: &Case<'_>) -> &'v Presented {
    let presented = presentation.read(&case.office.archive);
    presented.expect("durable: a presentation is of a series that was published")
}

/// A refusal with the two endorsements of the first double spend, if there is one (`[C2]`).
#[must_use]
pub fn refusal(error: Error, conflicts: &[Conflict]) -> Refusal {
    let double = conflicts.iter().find(|conflict| conflict.offence == Offence::DoubleSpend);
    let evidence = double.into_iter().flat_map(|conflict| [&conflict.first, &conflict.second]);
    Refusal { error, evidence: evidence.map(Encode::to_bytes).collect() }
}

/// All that is known about a chain's slots.
fn known(chain: &Chain, view: &View, case: &Case<'_>) -> Vec<Evidence> {
    let known = found(chain, view).map(|found| {
        let presented = read(presentation(found.presentation, view), case);
        let mut evidence = presented.chain().into_iter().flat_map(Evidence::of);
        let evidence = evidence.nth(usize::from(found.position.0));
        evidence.expect("durable: an answer points at an endorsement")
    });
    known.collect()
}

fn found<'a>(chain: &'a Chain, view: &'a View) -> impl Iterator<Item = &'a Found> {
    let answers = chain.slot_ids().filter_map(|slot| view.answers.get(&slot));
    answers.flat_map(AnswerList::entries)
}

fn presentations(chain: &Chain, view: &View) -> Vec<Count> {
    found(chain, view).map(|found| found.presentation).collect()
}

fn append(shown: &Shown, view: &mut View, case: &Case<'_>) -> Count {
    let number = view.totals.get(&Total::Presentations).copied().unwrap_or_default().plus(1);
    let row = Presentation::new(case.caller, shown.clone());
    view.presentations.append(number, row);
    view.totals.insert(Total::Presentations, number);
    number
}
