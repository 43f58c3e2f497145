//! The verifiable challenge: one per key, session and commitment.

use super::{canonical, config, damage, flip, scalar};
use crate::mint::MINT;
use proptest::prelude::*;
use proptest::sample::Index;
use tender_token::encode::{Decode, Encode};
use tender_token::error::Error;
use tender_token::group::Point;
use tender_token::vrf::{Proof, SecretKey};

fn prove(sid: &[u8; 32], h: &[u8; 32]) -> Proof {
    MINT.vrf.prove(sid, h).expect("probability 2^-252")
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn an_honest_proof_verifies_and_is_always_the_same(
        sid in any::<[u8; 32]>(),
        h in any::<[u8; 32]>(),
    ) {
        let proof = prove(&sid, &h);
        prop_assert_eq!(MINT.vrf.public().verify(&sid, &h, &proof), Ok(()));
        prop_assert_eq!(proof, prove(&sid, &h));
    }

    #[test]
    fn proofs_are_canonical(sid in any::<[u8; 32]>(), damage in damage()) {
        canonical(&prove(&sid, &[0; 32]), &damage, Proof::from_bytes)?;
    }

    #[test]
    fn there_is_no_proof_for_a_second_challenge(
        sid in any::<[u8; 32]>(),
        other in scalar(),
        (ev, sv) in (scalar(), scalar()),
        keep in 0_u8..4,
    ) {
        // Another Gamma, with the honest ev and sv or any others.
        let bytes = prove(&sid, &[1; 32]).to_bytes();
        let gamma = Point::base(&other).expect("not zero").bytes();
        let ev = if keep & 1 == 0 { &bytes[32..64] } else { &ev.bytes() };
        let sv = if keep & 2 == 0 { &bytes[64..] } else { &sv.bytes() };
        let forged = Proof::from_bytes(&[&gamma[..], ev, sv].concat()).expect("well formed");
        prop_assert_eq!(MINT.vrf.public().verify(&sid, &[1; 32], &forged), Err(Error::Vrf));
    }

    #[test]
    fn a_flipped_bit_in_a_proof_is_refused(sid in any::<[u8; 32]>(), bit in any::<Index>()) {
        let flipped = flip(&prove(&sid, &[1; 32]).to_bytes(), bit);
        let verify = |proof: Proof| MINT.vrf.public().verify(&sid, &[1; 32], &proof);
        let refused = Proof::from_bytes(&flipped).and_then(verify);
        prop_assert!(matches!(refused, Err(Error::Vrf | Error::Encoding)));
    }

    #[test]
    fn a_proof_is_for_its_key_session_and_commitment(
        sid in any::<[u8; 32]>(),
        h in any::<[u8; 32]>(),
        bit in any::<Index>(),
        seed in any::<u64>(),
    ) {
        let proof = prove(&sid, &h);
        let other: [u8; 32] = flip(&sid, bit).try_into().expect("32 bytes");
        prop_assert_eq!(MINT.vrf.public().verify(&other, &h, &proof), Err(Error::Vrf));
        let other: [u8; 32] = flip(&h, bit).try_into().expect("32 bytes");
        prop_assert_eq!(MINT.vrf.public().verify(&sid, &other, &proof), Err(Error::Vrf));
        let mut wide = [1; 64];
        wide[..8].copy_from_slice(&seed.to_le_bytes());
        let other = SecretKey::from_random(&wide).expect("not zero");
        prop_assert_eq!(other.public().verify(&sid, &h, &proof), Err(Error::Vrf));
    }

    #[test]
    fn a_challenge_keeps_a_candidate_of_each_slot(
        sid in any::<[u8; 32]>(),
        t in any::<u16>(),
        depth in 3_u32..=16,
    ) {
        let challenge = prove(&sid, &[2; 32]).challenge();
        let candidates = 1 << depth;
        let kept = challenge.kept(t, candidates);
        prop_assert!(kept < candidates);
        prop_assert_eq!(kept % 8, challenge.kept(t, 8), "one hash, reduced");
    }
}
