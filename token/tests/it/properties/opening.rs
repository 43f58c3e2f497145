//! Openings: what was blinded, and nothing else, can be shown.

use super::{canonical, config, damage, flip};
use crate::mint::{MINT, SLOT_COUNT, SLOTS, WALLETS};
use proptest::prelude::*;
use proptest::sample::Index;
use tender_token::encode::{Decode, Encode};
use tender_token::error::Error;
use tender_token::opening::{SlotOpening, ValueOpening};
use tender_token::provision::SessionId;
use tender_token::slot::SlotId;
use tender_token::withdraw::Session;

proptest! {
    #![proptest_config(config())]

    #[test]
    fn openings_are_canonical(
        parts in any::<[[u8; 32]; 3]>(),
        t in any::<u16>(),
        damage in damage(),
    ) {
        let [sid, slot, blinding_seed] = parts;
        let (sid, slot) = (SessionId(sid), SlotId(slot));
        let value = ValueOpening { sid, output: t, slot, blinding_seed };
        canonical(&value, &damage, ValueOpening::from_bytes)?;
        let slot = SlotOpening { sid, index: t, blinding_seed };
        canonical(&slot, &damage, SlotOpening::from_bytes)?;
        prop_assert_eq!((value.to_bytes().len(), slot.to_bytes().len()), (98, 66));
    }

    #[test]
    fn an_output_is_opened_by_its_seed_and_by_no_flipped_bit(
        sid in any::<[u8; 32]>(),
        slot in 0..SLOT_COUNT,
        denomination in 0_usize..2,
        bit in any::<Index>(),
    ) {
        let (sid, denomination) = (SessionId(sid), MINT.denominations[denomination]);
        let slot = &SLOTS[slot].slot;
        let session = Session::new(&WALLETS[0].master, sid);
        let output = session.output(0, denomination, slot, &MINT.manifest).expect("sound");
        let opening = ValueOpening::new(&session, 0, denomination, slot.id());
        let token = tender_token::token::token_id(denomination, slot.id());
        let verify = |opening: &ValueOpening| {
            opening.verify(&sid, core::slice::from_ref(&output), &MINT.manifest)
        };
        prop_assert_eq!(verify(&opening), Ok(token));
        let flipped = ValueOpening::from_bytes(&flip(&opening.to_bytes(), bit));
        prop_assert_eq!(verify(&flipped.expect("any bytes")), Err(Error::Opening));
    }
}
