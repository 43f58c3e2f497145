//! N24: errors that a batch must not swallow.

use super::{acceptance, key_offer, offer_of, paid_to_key, payee, refusal};
use crate::mint::{SLOTS, VALUES, fresh, to_key};
use core::convert::Infallible;
use rand_core::{TryCryptoRng, TryRng};
use std::collections::BTreeSet;
use tender_token::chain::Chain;
use tender_token::encode::Encode;
use tender_token::endorse::{Answer, Terms};
use tender_token::error::Error;
use tender_token::group::Scalar;
use tender_token::offer::Mode;
use tender_token::payment::{History, Payment};

/// A source of randomness that is broken.
struct Zeros;

impl TryRng for Zeros {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(0)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(0)
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        bytes.fill(0);
        Ok(())
    }
}

impl TryCryptoRng for Zeros {}

/// With weights of zero every batch held, so that a payee whose randomness was broken accepted
/// answers that nobody had given.
#[test]
fn n24_weights_of_zero_let_nothing_pass() {
    let offer = key_offer();
    let (denied, history) = (BTreeSet::new(), History::new());
    let accept = |chain: Chain| {
        let payment = Payment { offer: offer.hash(), chains: vec![chain] }.to_bytes();
        acceptance(&offer, &denied, &history).verify(&payment, &mut Zeros).err()
    };
    let terms = Terms::to_key(payee().public(), offer.hash().nonce(0));
    let place = fresh(0, 0).next_place().expect("on a slot");
    let (endorsement, _) = SLOTS[0].answer(&place, terms);
    let guess = Scalar::from_weight([7; 16]);
    let forged = fresh(0, 0).endorsed(endorsement, Answer { z: guess, w: guess }, None);
    assert_eq!(accept(forged.expect("well formed")), Some(Error::Response));
    assert_eq!(accept(paid_to_key(&offer, 0)), Some(Error::Response), "nor the right answer");
}

#[test]
fn n24_errors_that_cancel_within_one_chain_do_not_pass() {
    let offer = offer_of(VALUES[0], Mode::Key);
    let one = Scalar::from_weight(1_u128.to_le_bytes());
    let to_slot = Terms::to_slot(SLOTS[1].id(), [0; 32]);
    let chain = |first: &dyn Fn(&Answer) -> Answer, last: &dyn Fn(&Answer) -> Answer| {
        let place = fresh(0, 0).next_place().expect("on a slot");
        let (endorsement, answer) = SLOTS[0].answer(&place, to_slot);
        let body = SLOTS[1].slot.body.clone();
        let chain = fresh(0, 0).endorsed(endorsement, first(&answer), Some(body));
        let chain = chain.expect("well formed");
        let ended = to_key(1, &chain, &payee(), offer.hash().nonce(0));
        let link = &ended.links()[1];
        chain.endorsed(link.endorsement, last(&link.answer), None).expect("well formed")
    };
    let same = |answer: &Answer| *answer;
    assert_eq!(refusal(&offer, vec![chain(&same, &same)]), None);
    let more = |answer: &Answer| Answer { w: answer.w.plus(&one), ..*answer };
    let less = |answer: &Answer| Answer { w: answer.w.minus(&one), ..*answer };
    assert_eq!(refusal(&offer, vec![chain(&more, &less)]), Some(Error::Response));
}
