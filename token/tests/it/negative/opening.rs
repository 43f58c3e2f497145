//! N21: openings that open something else. Windows and wallets are for the claim to check.

use crate::mint::{MINT, SLOTS, WALLETS, sign};
use tender_token::encode::{Decode, Encode};
use tender_token::error::Error;
use tender_token::opening::{SlotOpening, ValueOpening};
use tender_token::provision::{self, Plan, Receipt, SessionId};
use tender_token::slot::SlotId;
use tender_token::withdraw::{Output, Session};

const SID: SessionId = SessionId([1; 32]);

/// A withdrawal onto slots 0 and 1 and the opening of its first output.
fn withdrawal() -> (Vec<Output>, ValueOpening) {
    let session = Session::new(&WALLETS[0].master, SID);
    let output = |(t, slot): (u16, usize)| {
        session.output(t, MINT.denominations[0], &SLOTS[slot].slot, &MINT.manifest)
    };
    let outputs = [(0, 0), (1, 1)].map(|output_of| output(output_of).expect("sound"));
    let opening = ValueOpening::new(&session, 0, MINT.denominations[0], SLOTS[0].id());
    (outputs.to_vec(), opening)
}

#[test]
fn n21_a_value_opening_with_wrong_seed_slot_output_or_session_is_refused() {
    let (outputs, right) = withdrawal();
    let verify = |opening: &ValueOpening, sid: SessionId| {
        opening.verify(&sid, &outputs, &MINT.manifest).err()
    };
    let wrong = Some(Error::Opening);
    assert_eq!(verify(&right, SID), None);
    assert_eq!(verify(&ValueOpening { blinding_seed: [0; 32], ..right.clone() }, SID), wrong);
    assert_eq!(verify(&ValueOpening { slot: SLOTS[1].id(), ..right.clone() }, SID), wrong);
    assert_eq!(verify(&ValueOpening { output: 1, ..right.clone() }, SID), wrong);
    assert_eq!(verify(&ValueOpening { output: 2, ..right.clone() }, SID), wrong);
    assert_eq!(verify(&right, SessionId([2; 32])), wrong);
    let elsewhere = ValueOpening { sid: SessionId([2; 32]), ..right };
    assert_eq!(verify(&elsewhere, SID), wrong);
}

#[test]
fn n21_another_wallet_cannot_open_the_session_of_this_one() {
    let (outputs, _) = withdrawal();
    let other = Session::new(&WALLETS[1].master, SID);
    let opening = ValueOpening::new(&other, 0, MINT.denominations[0], SLOTS[0].id());
    assert_eq!(opening.verify(&SID, &outputs, &MINT.manifest), Err(Error::Opening));
}

#[test]
fn n21_a_slot_opening_with_wrong_seed_slot_index_or_session_is_refused() {
    let wallet = &WALLETS[0];
    let (manifest, identity, series) =
        (MINT.manifest.hash(), *wallet.identity.point(), MINT.series);
    let plan = Plan { manifest, identity, series: series[0], count: 2 };
    let session = provision::Session::new(&wallet.master, SID, plan);
    let receipt = Receipt::issue(&session.open([0; 32], &wallet.device), &MINT.vrf, &MINT.issuer);
    let receipt = receipt.expect("sound");
    let opened = session.opened(&receipt.proof.challenge(), &MINT.manifest).expect("sound");
    let kept: Vec<_> = opened.into_iter().map(|opened| opened.kept).collect();
    let secret = |t| session.secret(t, &receipt, &MINT.manifest).expect("known");
    let [slot, other] =
        [0, 1].map(|t| secret(t).commitments(wallet.identity.point()).expect("sound"));
    let right = SlotOpening::new(&session, 0, &secret(0));
    let verify = |opening: &SlotOpening, sid: SessionId, slot| {
        opening.verify(&sid, &kept, series[0], slot, &MINT.manifest).err()
    };
    let wrong = Some(Error::Opening);
    assert_eq!(verify(&right, SID, &slot), None);
    assert_eq!(verify(&SlotOpening { blinding_seed: [0; 32], ..right.clone() }, SID, &slot), wrong);
    assert_eq!(verify(&SlotOpening { index: 1, ..right.clone() }, SID, &slot), wrong);
    assert_eq!(verify(&SlotOpening { index: 9, ..right.clone() }, SID, &slot), wrong);
    assert_eq!(verify(&right, SID, &other), wrong);
    assert_eq!(verify(&right, SessionId([2; 32]), &slot), wrong);
    let foreign = right.verify(&SID, &kept, series[1], &slot, &MINT.manifest);
    assert_eq!(foreign.err(), wrong, "another series");
}

#[test]
fn n21_truncated_and_longer_openings_are_no_encoding() {
    let bytes = withdrawal().1.to_bytes();
    assert_eq!(bytes.len(), 98);
    for length in 0..98 {
        assert_eq!(ValueOpening::from_bytes(&bytes[..length]).err(), Some(Error::Encoding));
    }
    let longer = [&bytes[..], &[0]].concat();
    assert_eq!(ValueOpening::from_bytes(&longer).err(), Some(Error::Encoding));
    assert_eq!(SlotOpening::from_bytes(&bytes).err(), Some(Error::Encoding));
    assert_eq!(SlotId::from_bytes(&bytes[34..66]), Ok(SLOTS[0].id()));
    let unrelated = sign(&MINT.value_keys[0], b"no opening at all");
    assert_eq!(ValueOpening::from_bytes(&unrelated).err(), Some(Error::Encoding));
}
