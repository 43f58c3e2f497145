//! The payer's checks of an offer `[P1]` and the payee's of a payment `[P4]`.

use super::{Case, rng};
use crate::file::Entry;
use std::collections::BTreeSet;
use tender_token::date::Timestamp;
use tender_token::endorse::Place;
use tender_token::error::Result;
use tender_token::offer::Offer;
use tender_token::payment::{Acceptance, History, KnownAnswer, Payment, Verdict};
use tender_token::slot::SlotId;

pub fn offer(case: &Case<'_>) -> Result<()> {
    let offer = Offer::from_bytes(&case.input, case.manifest)?;
    case.is_canonical(&offer);
    let accepted: Vec<_> = case.context.get("manifest_hashes").list();
    let own: Vec<SlotId> = case.context.get("own_slot_ids").list();
    let now = Timestamp(case.context.get("now").number());
    offer.verify(case.manifest, &accepted, now, |slot| own.contains(slot)).map(drop)
}

pub fn payment(case: &Case<'_>) -> Result<()> {
    if let Ok(payment) = Payment::from_bytes(&case.input, case.manifest) {
        case.is_canonical(&payment);
    }
    let offer = Offer::from_bytes(&case.context.get("offer").bytes(), case.manifest)
        .expect("as the file is written");
    let paid = case.context.find("paid").map(|paid| paid.bytes());
    let acceptance = Acceptance {
        manifest: case.manifest,
        offer: &offer,
        paid: paid.as_deref(),
        now: Timestamp(case.context.get("now").number()),
        denied: &BTreeSet::from_iter(case.context.get("deny").list()),
        history: &history(&case.context.get("history")),
    };
    let verdict = acceptance.verify(&case.input, &mut rng())?;
    assert_eq!(matches!(verdict, Verdict::Repeated(_)), paid.is_some(), "the same receipt again");
    Ok(())
}

fn history(entry: &Entry<'_>) -> History {
    let mut history = History::new();
    for answer in entry.members() {
        let known = known_answer(&answer);
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
