//! Openings and the claims that carry them.

use crate::file::{Entry, File};
use tender_token::chain::Chain;
use tender_token::encode::Encode;
use tender_token::opening::{SlotOpening, ValueOpening};
use tender_token::provision::SessionId;
use tender_token::signature::SecretKey;
use tender_token::transcript::Label;
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
        entry.get("claim_form_1").is(claim(1, &opening.to_bytes(), &wallet.device));
        assert_eq!(rank(&entry.get("claim_form_1_rank")), [0, 0]);
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
    let claimed = entry.get("claim_form_2").bytes();
    let signature = 64;
    let end = claimed.len() - signature - opening.to_bytes().len();
    let chain =
        Chain::from_bytes(&claimed[1..end], &file.manifest).expect("as the file is written");
    entry.get("slot_opening_slot_id").is(chain.holder().expect("a slot holds it").0);
    let body = [chain.to_bytes(), opening.to_bytes()].concat();
    entry.get("claim_form_2").is(claim(2, &body, device));
    assert_eq!(rank(&entry.get("claim_form_2_rank")), [chain.links().len(), 1]);
}

/// The entry of the session with this id.
fn of_session<'a, 'b>(entries: &'b [Entry<'a>], sid: SessionId) -> &'b Entry<'a> {
    let found = entries.iter().find(|entry| entry.get("sid").read::<SessionId>() == sid);
    found.expect("the session is in the story")
}

/// [R2]: form, body, device signature.
fn claim(form: u8, body: &[u8], device: &SecretKey) -> Vec<u8> {
    let signature = device.sign(Label::Claim, &[&[form], body]);
    [&[form], body, &signature.0].concat()
}

/// [R3]: the length of the chain, and whether there is more than the opening to show.
fn rank(entry: &Entry<'_>) -> Vec<usize> {
    entry.members().iter().map(Entry::number).collect()
}
