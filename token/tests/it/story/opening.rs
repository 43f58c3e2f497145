//! Openings and the claims that carry them.

use crate::conformance::file::{Entry, File};
use tender_token::claim::Claim;
use tender_token::encode::Encode;
use tender_token::opening::{SlotOpening, ValueOpening};
use tender_token::provision::SessionId;
use tender_token::signature::SecretKey;
use tender_token::withdraw::{Output, Session};

#[test]
fn value_opening() {
    for file in File::all() {
        let entry = file.root().get("openings");
        let read: ValueOpening = entry.get("value_opening").read();
        let withdrawals = file.withdrawals();
        let withdrawal = of_session(&withdrawals, read.sid);
        let wallet = file.wallet(&withdrawal.get("wallet"));
        let session = Session::new(&wallet.master, read.sid);
        let stored = withdrawal.get("outputs").members();
        let output = &stored[usize::from(read.output)];
        let (denomination, slot) =
            (output.get("denomination_id").read(), output.get("slot_id").read());
        let opening = ValueOpening::new(&session, read.output, denomination, slot);
        entry.get("value_opening").is(opening.to_bytes());

        let stored: Vec<_> = stored
            .iter()
            .map(|output| Output {
                denomination: output.get("denomination_id").read(),
                blinded: output.get("B").bytes(),
            })
            .collect();
        let token =
            opening.verify(&read.sid, &stored, &file.manifest).expect("as the file is written");
        entry.get("value_opening_token_id").is(token.0);
        let claim = Claim::withdrawer(opening, &wallet.device);
        check_claim(&file, &claim, &entry, "claim_form_1");
    }
}

#[test]
fn slot_opening() {
    for file in File::all() {
        let entry = file.root().get("openings");
        let read: SlotOpening = entry.get("slot_opening").read();
        let provisions = file.root().get("provisions").members();
        let provision = of_session(&provisions, read.sid);
        let slots = provision.get("slots").members();
        let own = file.own_slot(slots[usize::from(read.index)].get("slot_id").read());
        let plan = provision.get("plan").read();
        let session = tender_token::provision::Session::new(&own.wallet.master, read.sid, plan);
        let opening = SlotOpening::new(&session, read.index, &own.secret);
        entry.get("slot_opening").is(opening.to_bytes());

        let kept: Vec<_> = slots.iter().map(|slot| slot.get("B").bytes()).collect();
        let (series, commitments) = (own.slot.series, own.slot.body.commitments);
        let slot = opening.verify(&read.sid, &kept, series, &commitments, &file.manifest);
        entry.get("slot_opening_slot_id").is(slot.expect("as the file is written").0);
        check_claim_of_a_chain(&file, &entry, &opening, &own.wallet.device);
    }
}

/// Form 2: a chain, and the opening of the slot that holds it.
fn check_claim_of_a_chain(
    file: &File,
    entry: &Entry<'_>,
    opening: &SlotOpening,
    device: &SecretKey,
) {
    let claimed = Claim::from_bytes(&entry.get("claim_form_2").bytes(), &file.manifest)
        .expect("as the file is written");
    let chain = claimed.form().chain().expect("form 2 shows a chain").clone();
    entry.get("slot_opening_slot_id").is(chain.holder().expect("a slot holds it").0);
    let claim = Claim::holder(chain, opening.clone(), device).expect("a slot holds it");
    check_claim(file, &claim, entry, "claim_form_2");
}

/// The bytes of a claim `[R2]` and its rank `[R3]`.
fn check_claim(file: &File, claim: &Claim, entry: &Entry<'_>, name: &str) {
    let bytes = claim.to_bytes();
    entry.get(name).is(&bytes);
    assert_eq!(Claim::from_bytes(&bytes, &file.manifest).as_ref(), Ok(claim));
    let written = entry.get(&format!("{name}_rank")).members();
    let rank = claim.rank().expect("only form 4 has none");
    let rank = [rank.endorsements, u8::from(rank.shows_token)];
    assert_eq!(written.iter().map(Entry::number).collect::<Vec<u8>>(), rank);
}

/// The entry of the session with this id.
fn of_session<'a, 'b>(entries: &'b [Entry<'a>], sid: SessionId) -> &'b Entry<'a> {
    let found = entries.iter().find(|entry| entry.get("sid").read::<SessionId>() == sid);
    found.expect("the session is in the story")
}
