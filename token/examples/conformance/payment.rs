//! The payer's checks of an offer `[P1]` and the payee's of a payment `[P4]`.

use super::case::{Case, rng};
use super::file::Entry;
use tender_token::endorse::Place;
use tender_token::error::Result;
use tender_token::offer::Offer;
use tender_token::payment::{Acceptance, History, KnownAnswer, Payment, Verdict};
use tender_token::slot::SlotId;

pub fn offer(case: &Case<'_>) -> Result<()> {
    let offer = Offer::from_bytes(&case.input, &case.manifest)?;
    case.is_canonical(&offer);
    let own: Vec<SlotId> = case.listed("own_slot_ids").iter().map(Entry::read).collect();
    let is_own = |slot: &SlotId| own.contains(slot);
    offer.verify(&case.manifest, &case.accepted(), case.now(), is_own).map(drop)
}

pub fn payment(case: &Case<'_>) -> Result<()> {
    if let Ok(payment) = Payment::from_bytes(&case.input, &case.manifest) {
        case.is_canonical(&payment);
    }
    let offer = case.context.get("offer").parse(|bytes| Offer::from_bytes(bytes, &case.manifest));
    let paid = case.context.find("paid").map(|paid| paid.bytes());
    let acceptance = Acceptance {
        manifest: &case.manifest,
        offer: &offer,
        paid: paid.as_deref(),
        now: case.now(),
        denied: &case.listed("deny").iter().map(Entry::read).collect(),
        history: &history(&case.listed("history")),
    };
    let verdict = acceptance.verify(&case.input, &mut rng())?;
    assert!(matches!(verdict, Verdict::Repeated(_)) == paid.is_some(), "the same receipt again");
    Ok(())
}

fn history(answers: &[Entry<'_>]) -> History {
    let mut history = History::new();
    for answer in answers {
        let known = known_answer(answer);
        history.entry(known.place.slot).or_default().push(known);
    }
    history
}

/// An answer that was seen before.
pub fn known_answer(entry: &Entry<'_>) -> KnownAnswer {
    let slot = entry.get("slot_id").read();
    let (position, state) = (entry.get("j").number(), entry.get("state").read());
    let place = Place { slot, position, state };
    KnownAnswer { token: entry.get("token_id").read(), place, digest: entry.get("D").read() }
}
