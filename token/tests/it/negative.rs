//! The mandatory negative tests of section 16: each shows that a wrong thing gives exactly the
//! error it must give, and carries the number it has there.

mod batch;
mod cash;
mod change;
mod cheating;
mod double_spend;
mod endorsement;
mod identity;
mod manifest;
mod modulus;
mod offer;
mod opening;
mod payment;
mod provision;
mod restore;
mod signature;
mod withdraw;

use crate::mint::{MINT, NOW, SLOTS, VALUES, fresh, rng, to_key};
use std::collections::BTreeSet;
use tender_token::amount::{Amount, Currency};
use tender_token::chain::Chain;
use tender_token::encode::Encode;
use tender_token::endorse::Terms;
use tender_token::error::{Error, Result};
use tender_token::offer::{Mode, Offer, Terms as OfferTerms};
use tender_token::payment::{Acceptance, History, Payment, Verdict};
use tender_token::signature::SecretKey;

/// The payee of every offer here.
pub fn payee() -> SecretKey {
    SecretKey::from_seed(&[77; 32])
}

/// The payee's offer in the currency of the first series, open until a minute from now.
pub fn offer_of(amount: u64, mode: Mode) -> Offer {
    Offer::sign(terms(amount, mode), &payee())
}

pub fn terms(amount: u64, mode: Mode) -> OfferTerms {
    OfferTerms {
        manifest: MINT.manifest.hash(),
        random: [5; 32],
        amount: Amount::from_minor_units(amount),
        currency: Currency::new("FLN").expect("three capital letters"),
        contract_hash: [0; 32],
        expires: NOW.checked_add(60).expect("a small number of seconds"),
        mode,
    }
}

/// An offer of the slots with these numbers.
pub fn slot_offer(amount: u64, slots: &[usize]) -> Offer {
    offer_of(amount, Mode::Slot(slots.iter().map(|slot| SLOTS[*slot].slot.clone()).collect()))
}

/// What a payee with an empty memory knows.
pub fn acceptance<'a>(
    offer: &'a Offer,
    denied: &'a BTreeSet<[u8; 32]>,
    history: &'a History,
) -> Acceptance<'a> {
    Acceptance { manifest: &MINT.manifest, offer, paid: None, now: NOW, denied, history }
}

/// The verdict of a payee with an empty memory.
pub fn accept(offer: &Offer, bytes: &[u8]) -> Result<Verdict> {
    acceptance(offer, &BTreeSet::new(), &History::new()).verify(bytes, &mut rng())
}

/// Why a payee with an empty memory refuses these chains, if it does.
pub fn refusal(offer: &Offer, chains: Vec<Chain>) -> Option<Error> {
    accept(offer, &Payment { offer: offer.hash(), chains }.to_bytes()).err()
}

/// Pays an offer in mode KEY with a fresh token of the slot with this number.
pub fn paid_to_key(offer: &Offer, slot: usize) -> Chain {
    to_key(slot, &fresh(slot, 0), &payee(), offer.hash().nonce(0))
}

/// Passes a chain from a slot on to another as an item of an offer.
pub fn paid_to_slot(offer: &Offer, item: u16, chain: &Chain, from: usize, to: usize) -> Chain {
    let terms = Terms::to_slot(SLOTS[to].id(), offer.hash().nonce(item));
    SLOTS[from].pass(chain, terms, Some(&SLOTS[to]))
}

/// An offer of one token in mode KEY.
pub fn key_offer() -> Offer {
    offer_of(VALUES[0], Mode::Key)
}

/// Adds two numbers of the same length, the first byte being the greatest; `None` if it overflows.
pub fn sum(left: &[u8], right: &[u8]) -> Option<Vec<u8>> {
    let mut carry = 0_u16;
    let mut digits: Vec<u8> = left
        .iter()
        .zip(right)
        .rev()
        .map(|(left, right)| {
            let [high, low] = (u16::from(*left) + u16::from(*right) + carry).to_be_bytes();
            carry = u16::from(high);
            low
        })
        .collect();
    digits.reverse();
    (carry == 0).then_some(digits)
}

/// A number of 256 bytes.
pub fn number(value: u8) -> Vec<u8> {
    let mut bytes = vec![0; 256];
    bytes[255] = value;
    bytes
}

/// The order of the group, which stands for zero without being canonical.
pub const ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

/// A scalar's bytes after adding the order of the group: the same number, not canonical.
pub fn plus_order(scalar: &[u8]) -> Vec<u8> {
    let reversed = |bytes: &[u8]| bytes.iter().rev().copied().collect::<Vec<_>>();
    let sum = sum(&reversed(scalar), &reversed(&ORDER)).expect("both are below 2^253");
    reversed(&sum)
}
