//! Endorsements and answers.

use super::{canonical, config, damage, flip, key_terms};
use crate::mint::{SLOT_COUNT, SLOTS};
use proptest::prelude::*;
use proptest::sample::Index;
use tender_token::date::Day;
use tender_token::encode::{Decode, Encode};
use tender_token::endorse::{Answer, Digest, Endorsement, Kind, Place, State};
use tender_token::error::Error;
use tender_token::slot::SlotId;

fn endorsement() -> impl Strategy<Value = Endorsement> {
    let kind = prop_oneof![Just(Kind::Slot), Just(Kind::Key)];
    let parts = (kind, any::<[u8; 32]>(), any::<u32>(), any::<[u8; 32]>(), any::<[u8; 16]>());
    parts.prop_map(|(kind, target, day, nonce, salt)| Endorsement {
        kind,
        target,
        day: Day(day),
        nonce,
        salt,
    })
}

fn place(slot: usize) -> impl Strategy<Value = Place> {
    let slot = SLOTS[slot].id();
    any::<(u8, [u8; 32])>().prop_map(move |(position, state)| Place {
        slot,
        position,
        state: State(state),
    })
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn endorsements_answers_and_digests_are_canonical(
        endorsement in endorsement(),
        z in super::scalar(),
        w in super::scalar(),
        digest in any::<([u8; 32], [u8; 32])>(),
        damage in damage(),
    ) {
        canonical(&endorsement, &damage, Endorsement::from_bytes)?;
        prop_assert_eq!(endorsement.to_bytes().len(), 85);
        canonical(&Answer { z, w }, &damage, Answer::from_bytes)?;
        let digest = Digest([digest.0, digest.1].concat().try_into().expect("64 bytes"));
        canonical(&digest, &damage, Digest::from_bytes)?;
    }

    #[test]
    fn any_kind_but_two_is_refused(endorsement in endorsement(), kind in any::<u8>()) {
        let mut bytes = endorsement.to_bytes();
        bytes[0] = kind;
        let refused = Endorsement::from_bytes(&bytes).err();
        prop_assert_eq!(refused, (!(1..=2).contains(&kind)).then_some(Error::Kind));
    }

    #[test]
    fn every_byte_of_place_and_endorsement_is_answered(
        place in place(0),
        endorsement in endorsement(),
        bit in any::<Index>(),
    ) {
        let digest = place.digest(&endorsement);
        let changed = |place: Place, endorsement: &Endorsement| place.digest(endorsement) != digest;
        let flipped =
            |bytes: &[u8; 32]| -> [u8; 32] { flip(bytes, bit).try_into().expect("32 bytes") };
        let slot = Place { slot: SlotId(flipped(&place.slot.0)), ..place };
        let state = Place { state: State(flipped(&place.state.0)), ..place };
        let position = Place { position: place.position ^ (1 << bit.index(8)), ..place };
        for other in [slot, state, position] {
            prop_assert!(changed(other, &endorsement));
        }
        if let Ok(other) = Endorsement::from_bytes(&flip(&endorsement.to_bytes(), bit)) {
            prop_assert!(changed(place, &other));
        }
    }

    #[test]
    fn an_honest_answer_verifies_for_its_digest_and_slot_only(
        slot in 0..SLOT_COUNT,
        other in 0..SLOT_COUNT,
        place in place(0),
        terms in key_terms(),
        another in key_terms(),
    ) {
        let place = Place { slot: SLOTS[slot].id(), ..place };
        let (endorsement, answer) = SLOTS[slot].answer(&place, terms);
        let digest = place.digest(&endorsement);
        let verify = |digest: &Digest, slot: usize| {
            answer.verify(digest, &SLOTS[slot].slot.body.commitments)
        };
        prop_assert_eq!(verify(&digest, slot), Ok(()));
        prop_assert_eq!(verify(&digest, other).is_ok(), slot == other);
        let (another, _) = SLOTS[slot].answer(&place, another);
        prop_assert_eq!(verify(&place.digest(&another), slot).is_ok(), another == endorsement);
    }

    #[test]
    fn a_flipped_bit_in_an_answer_is_refused(
        place in place(3),
        terms in key_terms(),
        bit in any::<Index>(),
    ) {
        let (endorsement, answer) = SLOTS[3].answer(&place, terms);
        let digest = place.digest(&endorsement);
        let verify = |answer: Answer| answer.verify(&digest, &SLOTS[3].slot.body.commitments);
        let refused = Answer::from_bytes(&flip(&answer.to_bytes(), bit)).and_then(verify);
        prop_assert!(matches!(refused, Err(Error::Encoding | Error::Response)));
    }

    #[test]
    fn a_pledge_answers_against_the_stored_digest_only(
        place in place(4),
        terms in key_terms(),
        stored in any::<[u8; 32]>(),
        bit in any::<Index>(),
    ) {
        let identity = &SLOTS[4].wallet().identity;
        let pledge = || SLOTS[4].secret().pledge(&place, terms);
        let digest = pledge().digest();
        prop_assert!(pledge().answer(&digest, identity).is_ok());
        let unrelated = Digest([stored, stored].concat().try_into().expect("64 bytes"));
        let near = Digest(flip(&digest.0, bit).try_into().expect("64 bytes"));
        for other in [unrelated, near] {
            prop_assert_eq!(pledge().answer(&other, identity).err(), Some(Error::AlreadyAnswered));
        }
    }

    #[test]
    fn states_follow_the_digests(digest in any::<[u8; 32]>(), bit in any::<Index>()) {
        let wide = |half: &[u8]| Digest([half, half].concat().try_into().expect("64 bytes"));
        let next = wide(&digest).next_state();
        prop_assert_eq!(next, wide(&digest).next_state());
        prop_assert!(next != wide(&flip(&digest, bit)).next_state());
    }
}
