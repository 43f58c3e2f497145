//! N10, N22 and the payer's side of N12: offers that a payer must not answer.

use super::{key_offer, offer_of, payee, slot_offer, terms};
use crate::mint::{MINT, NOW, OwnSlot, SLOTS, VALUES, sign};
use tender_token::encode::{Decode, Encode};
use tender_token::error::Error;
use tender_token::manifest::ManifestHash;
use tender_token::offer::{Mode, Offer, Terms};
use tender_token::signature::{PublicKey, Signature};
use tender_token::slot::{Slot, SlotBody, SlotId};

fn refusal(offer: Offer, own: &[SlotId]) -> Option<Error> {
    let accepted = [MINT.manifest.hash(), ManifestHash([1; 32])];
    offer.verify(&MINT.manifest, &accepted, NOW, |slot| own.contains(slot)).err()
}

#[test]
fn n22_an_offer_of_another_view_is_refused() {
    let view = |manifest| {
        let terms = Terms { manifest, ..terms(VALUES[0], Mode::Key) };
        refusal(Offer::sign(terms, &payee()), &[])
    };
    assert_eq!(view(ManifestHash([2; 32])), Some(Error::SplitView));
    assert_eq!(view(ManifestHash([1; 32])), None, "the previous manifest");
    assert_eq!(view(MINT.manifest.hash()), None);
}

#[test]
fn n12_an_offer_with_a_slot_twice_or_of_the_payer_is_refused() {
    assert_eq!(refusal(slot_offer(VALUES[0], &[3, 3]), &[]), Some(Error::DupSlot));
    let own = [SLOTS[3].id()];
    assert_eq!(refusal(slot_offer(VALUES[0], &[2, 3]), &own), Some(Error::DupSlot));
    assert_eq!(refusal(slot_offer(VALUES[0], &[2, 4]), &own), None);
}

#[test]
fn n08_an_offered_slot_needs_a_certificate_of_its_own_series() {
    let slot = &SLOTS[0].slot;
    let message = slot.body.commitments.message(MINT.series[0]);
    let forged = |certificate| {
        let body = SlotBody { certificate, ..slot.body.clone() };
        offer_of(VALUES[0], Mode::Slot(vec![Slot { body, ..slot.clone() }]))
    };
    let under_value_key = sign(&MINT.value_keys[0], &message);
    assert_eq!(refusal(forged(under_value_key), &[]), Some(Error::Cert));
    let foreign = OwnSlot::certified(0, SLOTS[0].leaf, 1).slot;
    let renamed = Slot { series: MINT.series[0], ..foreign };
    let renamed = offer_of(VALUES[0], Mode::Slot(vec![renamed]));
    assert_eq!(refusal(renamed, &[]), Some(Error::Cert));
    let unknown = Slot { series: tender_token::series::SeriesId([0; 32]), ..slot.clone() };
    let unknown = offer_of(VALUES[0], Mode::Slot(vec![unknown])).to_bytes();
    assert_eq!(Offer::from_bytes(&unknown, &MINT.manifest).err(), Some(Error::Cert));
}

#[test]
fn n20_a_payee_key_of_small_order_signs_no_offer() {
    let mut bytes = key_offer().to_bytes();
    let small = PublicKey::from_bytes(&[0; 32]).expect("any 32 bytes");
    bytes[33..65].copy_from_slice(&small.0);
    let end = bytes.len() - 64;
    let trivial = Signature([0; 64]);
    bytes[end..].copy_from_slice(&trivial.0);
    let read = Offer::from_bytes(&bytes, &MINT.manifest).expect("well formed");
    assert_eq!(refusal(read, &[]), Some(Error::Auth));
}

#[test]
fn n10_an_offer_is_open_up_to_its_last_second() {
    let offer = key_offer();
    let at = |seconds: u64| {
        let now = NOW.checked_add(seconds).expect("in range");
        let accepted = [MINT.manifest.hash()];
        offer.clone().verify(&MINT.manifest, &accepted, now, |_| false).err()
    };
    assert_eq!((at(60), at(61)), (None, Some(Error::OfferExpired)));
}
