//! Chains: what they say about themselves, and that every bit of them is signed.

use super::{canonical, chain, chain_along, config, damage, flip, read_chain, route};
use crate::mint::{MINT, SLOTS, TOKENS, rng};
use proptest::prelude::*;
use proptest::sample::Index;
use std::collections::BTreeSet;
use tender_token::chain::Chain;
use tender_token::encode::{Encode, Reader};
use tender_token::error::Error;
use tender_token::token::Token;

/// All checks of a chain that need no offer.
fn check(chain: &Chain) -> Result<(), Error> {
    chain.check_slots_distinct(&mut BTreeSet::new())?;
    chain.check_targets()?;
    chain.check_signatures(&MINT.manifest)?;
    Chain::check_answers([chain], &mut rng())
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn chains_are_canonical(chain in chain(), damage in damage()) {
        canonical(&chain, &damage, read_chain)?;
    }

    #[test]
    fn tokens_are_canonical(
        slot in 0..TOKENS.len(),
        denomination in 0_usize..2,
        damage in damage(),
    ) {
        canonical(&TOKENS[slot][denomination], &damage, |bytes| {
            let mut reader = Reader::new(bytes);
            let token = Token::decode(&mut reader, &MINT.manifest)?;
            reader.finish()?;
            Ok(token)
        })?;
    }

    #[test]
    fn an_honest_chain_holds(chain in chain()) {
        prop_assert_eq!(check(&chain), Ok(()));
    }

    #[test]
    fn a_flipped_bit_anywhere_in_a_chain_is_refused(chain in chain(), bit in any::<Index>()) {
        let refused = read_chain(&flip(&chain.to_bytes(), bit)).and_then(|chain| check(&chain));
        prop_assert!(refused.is_err());
    }

    #[test]
    fn a_chain_knows_its_route(
        route in route(1, 6),
        denomination in 0_usize..2,
        nonce in any::<[u8; 32]>(),
    ) {
        let chain = chain_along(&route, denomination, nonce);
        let slots: Vec<_> = route.iter().map(|slot| SLOTS[*slot].id()).collect();
        prop_assert_eq!(chain.slot_ids().collect::<Vec<_>>(), slots.clone());
        prop_assert_eq!(chain.holder(), slots.last().copied());
        prop_assert_eq!((chain.hops(), chain.links().len()), (route.len() - 1, route.len() - 1));
        prop_assert_eq!(chain.token_id(), TOKENS[route[0]][denomination].id());
        let place = chain.next_place().expect("a slot holds it");
        prop_assert_eq!(usize::from(place.position), route.len() - 1);
        prop_assert_eq!((Some(place.slot), place.state), (chain.holder(), chain.final_state()));
        let key = MINT.manifest.slot_key(MINT.series[0]).expect("known");
        let within = route.len() - 1 <= usize::from(crate::mint::MAX_HOPS);
        prop_assert_eq!(chain.check_hops(key), if within { Ok(()) } else { Err(Error::Hops) });
    }

    #[test]
    fn states_say_everything_that_happened(one in chain(), other in chain()) {
        let links =
            |chain: &Chain| chain.links().iter().map(|link| link.digest).collect::<Vec<_>>();
        let same = one.token_id() == other.token_id() && links(&one) == links(&other);
        prop_assert_eq!(one.final_state() == other.final_state(), same);
    }

    #[test]
    fn a_batch_of_chains_holds_exactly_if_each_chain_does(
        chains in prop::collection::vec(chain(), 1..4),
        spoiled in prop::option::of(any::<Index>()),
    ) {
        let mut chains = chains;
        if let Some(index) = spoiled {
            let which = index.index(chains.len());
            // A bit of the last answer's w, which stands before a slot or at the end.
            let mut bytes = chains[which].to_bytes();
            let ends_with_key = chains[which].holder().is_none();
            let fresh = chains[which].links().is_empty();
            let back = if ends_with_key { 30 } else { 320 + 30 };
            if !fresh {
                let place = bytes.len() - back;
                bytes[place] ^= 1;
            }
            chains[which] = read_chain(&bytes).expect("still a scalar");
        }
        let single = chains.iter().all(|chain| {
            chain
                .links()
                .iter()
                .zip(chain.slots())
                .all(|(link, slot)| link.answer.verify(&link.digest, &slot.commitments).is_ok())
        });
        prop_assert_eq!(Chain::check_answers(&chains, &mut rng()).is_ok(), single);
    }

    #[test]
    fn what_ends_with_a_key_goes_nowhere_and_what_ends_with_a_slot_goes_on(
        chain in chain(),
        donor in chain(),
    ) {
        let ends_with_slot = chain.holder().is_some();
        prop_assert_eq!(chain.next_place().is_some(), ends_with_slot);
        // Any endorsement to a key will do: whether it may stand here is asked, not whether it
        // holds.
        for link in donor.links().iter().filter(|link| link.slot.is_none()) {
            let further = chain.clone().endorsed(link.endorsement, link.answer, None);
            let expected = if ends_with_slot { None } else { Some(Error::Kind) };
            prop_assert_eq!(further.err(), expected);
        }
    }
}
