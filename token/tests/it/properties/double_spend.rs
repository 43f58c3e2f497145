//! Whoever forks a token is traced, and nobody else is ever accused.

use super::{canonical, chain, chain_along, config, damage, flip, key_terms, route};
use crate::mint::{MINT, OwnSlot, SLOTS, TOKENS, WALLETS};
use proptest::prelude::*;
use proptest::sample::Index;
use tender_token::chain::Chain;
use tender_token::date::Timestamp;
use tender_token::double_spend::{
    Conflict, DoubleSpendProof, Evidence, Offence, conflicts, counts,
};
use tender_token::encode::{Decode, Encode};
use tender_token::endorse::Terms;
use tender_token::error::Error;

fn evidence(chains: &[&Chain]) -> Vec<Evidence> {
    chains.iter().flat_map(|chain| Evidence::of(chain)).collect()
}

fn proof(conflict: &Conflict, owner: usize) -> DoubleSpendProof {
    conflict.prove(*WALLETS[owner].identity.point(), WALLETS[owner].record.clone())
}

/// A chain along a route and one that leaves it at a position, to a key or to a slot.
fn forked(
    route: &[usize],
    position: usize,
    nonce: [u8; 32],
    terms: Terms,
    to_slot: bool,
) -> (Chain, Chain) {
    let long = chain_along(route, 0, nonce);
    let prefix = chain_along(&route[..=position], 0, nonce);
    let cheat = &SLOTS[route[position]];
    // A slot that is on no route of these: the fork never closes a loop.
    let unused = (0..SLOTS.len()).find(|slot| !route.contains(slot)).expect("routes are short");
    let other: &OwnSlot = &SLOTS[unused];
    let fork = if to_slot {
        cheat.pass(&prefix, Terms::to_slot(other.id(), terms.nonce), Some(other))
    } else {
        cheat.pass(&prefix, terms, None)
    };
    (long, fork)
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn every_fork_at_every_position_of_every_length_is_traced_to_its_owner(
        route in route(2, 6),
        position in any::<Index>(),
        nonce in any::<[u8; 32]>(),
        terms in key_terms(),
        to_slot in any::<bool>(),
    ) {
        let position = position.index(route.len() - 1);
        let (long, fork) = forked(&route, position, nonce, terms, to_slot);
        let owner = SLOTS[route[position]].owner;
        for (chain, known) in [(&fork, &long), (&long, &fork)] {
            let found = conflicts(chain, &evidence(&[known]));
            prop_assert_eq!(found.len(), 1);
            prop_assert_eq!(found[0].offence, Offence::DoubleSpend);
            prop_assert_eq!(usize::from(found[0].first.place.position), position);
            prop_assert_eq!(found[0].culprit(), Ok(WALLETS[owner].identity.key()));
            prop_assert_eq!(proof(&found[0], owner).verify(&MINT.manifest), Ok(()));
        }
    }

    #[test]
    fn honest_wallets_never_accuse_each_other(
        shuffled in route(12, 12),
        nonces in any::<[[u8; 32]; 3]>(),
        ends in prop::array::uniform3(key_terms()),
    ) {
        // Three tokens, each along four slots of its own and then to a key: each slot answers once.
        let chains: Vec<_> = shuffled
            .chunks(4)
            .zip(nonces)
            .zip(ends)
            .map(|((route, nonce), end)| {
                SLOTS[route[3]].pass(&chain_along(route, 0, nonce), end, None)
            })
            .collect();
        let known = evidence(&chains.iter().collect::<Vec<_>>());
        for chain in &chains {
            prop_assert!(conflicts(chain, &known).is_empty());
        }
        for route in shuffled.chunks(4) {
            let prefix = chain_along(&route[..2], 0, nonces[0]);
            prop_assert!(route[0] != shuffled[0] || conflicts(&prefix, &known).is_empty());
        }
    }

    #[test]
    fn no_wallet_but_the_owner_is_proved_guilty(
        route in route(2, 4),
        nonce in any::<[u8; 32]>(),
        terms in key_terms(),
        accused in 0_usize..4,
    ) {
        let (long, fork) = forked(&route, 0, nonce, terms, false);
        let conflict = conflicts(&fork, &evidence(&[&long])).remove(0);
        let owner = SLOTS[route[0]].owner;
        let expected = if accused == owner { Ok(()) } else { Err(Error::Guilt) };
        prop_assert_eq!(proof(&conflict, accused).verify(&MINT.manifest), expected);
    }

    #[test]
    fn three_forks_are_traced_in_every_pair(
        route in route(2, 4),
        terms in prop::array::uniform3(key_terms()),
    ) {
        let prefix = chain_along(&route, 0, [0; 32]);
        let cheat = &SLOTS[route[route.len() - 1]];
        let forks = terms.map(|terms| cheat.pass(&prefix, terms, None));
        let found = conflicts(&forks[2], &evidence(&[&forks[0], &forks[1]]));
        prop_assert_eq!(found.len(), 2);
        for conflict in found.iter().chain(&conflicts(&forks[1], &evidence(&[&forks[0]]))) {
            prop_assert_eq!(conflict.culprit(), Ok(cheat.wallet().identity.key()));
        }
    }

    #[test]
    fn one_slot_for_two_tokens_is_reuse_and_names_the_owner(
        slot in 0..SLOTS.len(),
        terms in prop::array::uniform2(key_terms()),
    ) {
        let [first, second] = [0, 1].map(|denomination| {
            SLOTS[slot].pass(
                &Chain::new(TOKENS[slot][denomination].clone()),
                terms[denomination],
                None,
            )
        });
        let found = conflicts(&second, &evidence(&[&first]));
        prop_assert_eq!(found.len(), 1);
        prop_assert_eq!(found[0].offence, Offence::SlotReuse);
        prop_assert_eq!(found[0].culprit(), Ok(SLOTS[slot].wallet().identity.key()));
        let mut proof = proof(&found[0], SLOTS[slot].owner);
        prop_assert_eq!(proof.verify(&MINT.manifest), Ok(()));
        proof.offence = Offence::DoubleSpend;
        prop_assert_eq!(proof.verify(&MINT.manifest), Err(Error::Guilt));
    }

    #[test]
    fn the_same_endorsement_is_no_contradiction(chain in chain(), seen in any::<Index>()) {
        let known = evidence(&[&chain, &chain]);
        prop_assert!(conflicts(&chain, &known).is_empty());
        if !known.is_empty() {
            prop_assert_eq!(seen.get(&known).against(seen.get(&known)), None);
        }
    }

    #[test]
    fn proofs_and_evidence_are_canonical(
        route in route(2, 3),
        terms in key_terms(),
        damage in damage(),
    ) {
        let (long, fork) = forked(&route, 0, [0; 32], terms, false);
        let conflict = conflicts(&fork, &evidence(&[&long])).remove(0);
        let proof = proof(&conflict, SLOTS[route[0]].owner);
        canonical(&proof, &damage, |bytes| DoubleSpendProof::from_bytes(bytes, &MINT.manifest))?;
        canonical(&conflict.second, &damage, Evidence::from_bytes)?;
    }

    #[test]
    fn a_flipped_bit_anywhere_in_a_proof_is_refused(
        route in route(2, 3),
        terms in key_terms(),
        bit in any::<Index>(),
    ) {
        let (long, fork) = forked(&route, 0, [0; 32], terms, false);
        let conflict = conflicts(&fork, &evidence(&[&long])).remove(0);
        let proof = proof(&conflict, SLOTS[route[0]].owner);
        let flipped = DoubleSpendProof::from_bytes(&flip(&proof.to_bytes(), bit), &MINT.manifest);
        prop_assert!(flipped.as_ref().map_or(true, |other| other.hash() != proof.hash()));
        prop_assert!(flipped.and_then(|proof| proof.verify(&MINT.manifest)).is_err());
    }

    #[test]
    fn after_the_first_proof_only_what_was_seen_before_it_counts(
        seen in any::<[Option<u8>; 2]>(),
        first in any::<u8>(),
    ) {
        let time = |seconds: u8| Timestamp(u64::from(seconds));
        let times = seen.map(|seen| seen.map(time));
        prop_assert!(counts(times, None), "the first proof needs no dates");
        let before = matches!(seen, [Some(one), Some(other)] if one.max(other) < first);
        prop_assert_eq!(counts(times, Some(time(first))), before);
    }
}
