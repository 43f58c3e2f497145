//! N16 to N19: who answers twice is found, and nobody else is.

use super::{acceptance, key_offer, payee};
use crate::mint::{MINT, OwnSlot, SLOTS, WALLETS, fresh, passed_along, rng, to_key};
use std::collections::BTreeSet;
use tender_token::bounds::HOPS_MAX;
use tender_token::chain::Chain;
use tender_token::double_spend::{Evidence, Offence, conflicts};
use tender_token::encode::Encode;
use tender_token::endorse::Terms;
use tender_token::error::Error;
use tender_token::payment::{History, KnownAnswer, Payment};
use tender_token::signature::SecretKey;
use tender_token::token::TokenId;
use tender_token::transcript::{Label, h32};

fn key(seed: u8) -> SecretKey {
    SecretKey::from_seed(&[seed; 32])
}

fn evidence(chains: &[&Chain]) -> Vec<Evidence> {
    chains.iter().flat_map(|chain| Evidence::of(chain)).collect()
}

/// Every conflict is a double spend, is traced to this wallet, and its proof holds.
fn assert_traced(chain: &Chain, known: &[Evidence], owner: usize, count: usize) {
    let found = conflicts(chain, known);
    assert_eq!(found.len(), count);
    for conflict in found {
        assert_eq!(conflict.offence, Offence::DoubleSpend);
        assert_eq!(conflict.culprit(), Ok(WALLETS[owner].identity.key()));
        let proof = conflict.prove(*WALLETS[owner].identity.point(), WALLETS[owner].record.clone());
        assert_eq!(proof.verify(&MINT.manifest), Ok(()));
    }
}

#[test]
fn n16_a_double_spend_at_the_first_second_or_last_position_is_traced_to_its_owner() {
    let route = [0, 1, 2, 3];
    let ended = to_key(3, &passed_along(&route), &key(1), [0; 32]);
    for position in 0..4 {
        let prefix = passed_along(&route[..=position]);
        let fork = to_key(position, &prefix, &key(2), [1; 32]);
        assert_traced(&fork, &evidence(&[&ended]), SLOTS[position].owner, 1);
    }
}

#[test]
fn n16_every_fork_at_every_position_of_every_length_is_traced_to_its_owner() {
    // As far as any series may let a token travel, and then to a key.
    let slots: Vec<_> = (0..=HOPS_MAX)
        .map(|number| {
            let leaf = h32(Label::TreeNode, &[b"a slot of the longest chain", &[number]]);
            OwnSlot::certified(usize::from(number) % WALLETS.len(), leaf, 0)
        })
        .collect();
    let mut prefixes = vec![Chain::new(MINT.token(0, &slots[0]))];
    for pair in slots.windows(2) {
        let terms = Terms::to_slot(pair[1].id(), [0; 32]);
        prefixes.push(pair[0].pass(&prefixes[prefixes.len() - 1], terms, Some(&pair[1])));
    }
    let ended = |seed: u8| {
        let terms = Terms::to_key(key(seed).public(), [seed; 32]);
        let chains = slots.iter().zip(&prefixes);
        chains.map(|(slot, chain)| slot.pass(chain, terms, None)).collect::<Vec<_>>()
    };
    let (chains, forks) = (ended(1), ended(2));
    for (length, chain) in chains.iter().enumerate() {
        for (position, fork) in forks[..=length].iter().enumerate() {
            assert_traced(chain, &evidence(&[fork]), slots[position].owner, 1);
            assert_traced(fork, &evidence(&[chain]), slots[position].owner, 1);
            let conflict = &conflicts(fork, &evidence(&[chain]))[0];
            assert_eq!(usize::from(conflict.first.place.position), position);
        }
    }
}

#[test]
fn n16_three_forks_and_a_late_fork_are_traced_to_their_owner() {
    let prefix = passed_along(&[0, 1]);
    let [first, second, third] = [1, 2, 3].map(|seed| to_key(1, &prefix, &key(seed), [seed; 32]));
    assert_traced(&third, &evidence(&[&first, &second]), 1, 2);
    // The second branch has gone on before it is seen, and its later holders are not accused.
    let late = passed_along(&[0, 1, 2, 3]);
    assert_traced(&to_key(3, &late, &key(4), [4; 32]), &evidence(&[&first]), 1, 1);
}

#[test]
fn n16_a_fork_against_a_claimed_chain_is_traced_to_its_owner() {
    // A claim of form 2 shows a chain that ends with a slot.
    let claimed = passed_along(&[0, 1, 2]);
    let fork = to_key(1, &passed_along(&[0, 1]), &key(1), [0; 32]);
    assert_traced(&claimed, &evidence(&[&fork]), 1, 1);
    assert_traced(&fork, &evidence(&[&claimed]), 1, 1);
}

#[test]
fn n17_a_prefix_and_the_same_digest_accuse_nobody() {
    let whole = to_key(2, &passed_along(&[0, 1, 2]), &key(1), [0; 32]);
    let prefix = passed_along(&[0, 1, 2]);
    assert!(conflicts(&whole, &evidence(&[&prefix])).is_empty());
    assert!(conflicts(&prefix, &evidence(&[&whole])).is_empty());
    assert!(conflicts(&whole, &evidence(&[&whole, &whole])).is_empty());

    let offer = key_offer();
    let paid = to_key(2, &prefix, &payee(), offer.hash().nonce(0));
    let history = history_of(&paid);
    assert_eq!(accepted(&paid, &history), None, "the payee has seen the very same answers");
}

#[test]
fn n18_one_slot_for_two_tokens_is_reuse_and_never_a_double_spend() {
    // One slot answers for two tokens of different denominations.
    let [first, second] =
        [0, 1].map(|denomination| to_key(5, &fresh(5, denomination), &key(1), [0; 32]));
    let found = conflicts(&second, &evidence(&[&first]));
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].offence, Offence::SlotReuse);
    let owner = &WALLETS[SLOTS[5].owner];
    assert_eq!(found[0].culprit(), Ok(owner.identity.key()), "the wallet is closed");
    let mut proof = found[0].prove(*owner.identity.point(), owner.record.clone());
    assert_eq!(proof.verify(&MINT.manifest), Ok(()));
    proof.offence = Offence::DoubleSpend;
    assert_eq!(proof.verify(&MINT.manifest), Err(Error::Guilt));

    let paid = to_key(5, &fresh(5, 0), &payee(), key_offer().hash().nonce(0));
    assert_eq!(accepted(&paid, &history_of(&second)), Some(Error::SlotReused));
    assert_eq!(accepted(&paid, &history_of(&first)), Some(Error::Double), "the same token");
}

#[test]
fn n16_a_payee_with_another_answer_of_the_same_state_refuses() {
    let prefix = passed_along(&[0, 1]);
    let elsewhere = SLOTS[1].pass(&prefix, Terms::to_slot(SLOTS[2].id(), [9; 32]), Some(&SLOTS[2]));
    let paid = to_key(1, &prefix, &payee(), key_offer().hash().nonce(0));
    assert_eq!(accepted(&paid, &history_of(&elsewhere)), Some(Error::Double));
    let history = history_of(&to_key(0, &fresh(0, 0), &key(1), [0; 32]));
    assert_eq!(accepted(&paid, &history), Some(Error::Double), "an earlier position");
}

fn history_of(chain: &Chain) -> History {
    let mut history = History::new();
    let token: TokenId = chain.token_id();
    for link in chain.links() {
        let known = KnownAnswer { token, place: link.place, digest: link.digest };
        history.entry(link.place.slot).or_default().push(known);
    }
    history
}

fn accepted(chain: &Chain, history: &History) -> Option<Error> {
    let offer = key_offer();
    let payment = Payment { offer: offer.hash(), chains: vec![chain.clone()] }.to_bytes();
    acceptance(&offer, &BTreeSet::new(), history).verify(&payment, &mut rng()).err()
}

#[test]
fn n16_a_proof_against_another_wallet_or_with_equal_answers_is_none() {
    let prefix = passed_along(&[0, 1]);
    let [first, second] = [1, 2].map(|seed| to_key(1, &prefix, &key(seed), [seed; 32]));
    let conflict = conflicts(&second, &evidence(&[&first])).remove(0);
    let (guilty, other) = (&WALLETS[1], &WALLETS[2]);
    let right = conflict.prove(*guilty.identity.point(), guilty.record.clone());
    let framed = conflict.prove(*other.identity.point(), other.record.clone());
    assert_eq!(framed.verify(&MINT.manifest), Err(Error::Guilt));
    let foreign = conflict.prove(*guilty.identity.point(), other.record.clone());
    assert_eq!(foreign.verify(&MINT.manifest), Err(Error::Pop));
    let mut equal = right.clone();
    equal.second = equal.first;
    assert_eq!(equal.verify(&MINT.manifest), Err(Error::Guilt));
    let mut unanswered = right.clone();
    unanswered.second.endorsement.nonce = [0; 32];
    assert_eq!(unanswered.verify(&MINT.manifest), Err(Error::Response));
    let mut uncertified = right;
    uncertified.slot = SLOTS[2].slot.clone();
    uncertified.slot.body.certificate[100] ^= 1;
    assert_eq!(uncertified.verify(&MINT.manifest), Err(Error::Cert));
}
