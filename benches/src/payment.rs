//! What moves between wallets: payments over several hands, and a double spend.

use crate::holder::Holder;
use crate::mint::{Mint, NOW, VALUE, currency};
use crate::{random, rng};
use std::collections::BTreeSet;
use tender_token::amount::Amount;
use tender_token::chain::Chain;
use tender_token::date::Timestamp;
use tender_token::double_spend::{Conflict, Evidence, double_spends};
use tender_token::encode::Encode;
use tender_token::endorse::Terms;
use tender_token::offer::{Mode, Offer, Terms as OfferTerms};
use tender_token::payment::{Acceptance, History, Payment, Verdict};
use tender_token::signature::SecretKey;

/// A payment as it reaches the payee, with the payee's own offer.
pub struct Handover {
    offer: Offer,
    /// The payment's bytes.
    pub bytes: Vec<u8>,
    /// The chains inside, in order.
    pub chains: Vec<Chain>,
}

impl Handover {
    /// Offers onto a key, and pays it with so many tokens that went through so many slots behind
    /// the one they were withdrawn onto.
    #[must_use]
    pub fn new(mint: &Mint, holder: &Holder, tokens: u16, hops: usize) -> Self {
        let amount = Amount::checked_sum((0..tokens).map(|_| VALUE));
        let terms = OfferTerms {
            manifest: mint.manifest.hash(),
            random: random(),
            amount: amount.expect("a few tokens"),
            currency: currency(),
            contract_hash: [0; 32],
            expires: Timestamp(NOW.0.saturating_add(300)),
            mode: Mode::Key,
        };
        let offer = Offer::sign(terms, &SecretKey::from_seed(&random()));
        let pay = |item| {
            let (chain, last) = mint.held(holder, hops);
            let terms = Terms::to_key(offer.payee(), offer.hash().nonce(item));
            holder.endorse(chain, last.secret, terms, None)
        };
        let chains: Vec<_> = (0..tokens).map(pay).collect();
        let payment = Payment { offer: offer.hash(), chains };
        Self { offer, bytes: payment.to_bytes(), chains: payment.chains }
    }

    /// Everything the payee checks, from the bytes to the verdict.
    #[must_use]
    pub fn accept(&self, mint: &Mint) -> Verdict {
        let acceptance = Acceptance {
            manifest: &mint.manifest,
            offer: &self.offer,
            paid: None,
            now: NOW,
            denied: &BTreeSet::new(),
            history: &History::new(),
        };
        acceptance.verify(&self.bytes, &mut rng()).expect("an honest payment")
    }
}

/// One token that a holder passed on to two keys.
#[must_use]
pub fn double_spend(mint: &Mint, holder: &Holder) -> Conflict {
    let (chain, last) = mint.held(holder, 0);
    let key = || Terms::to_key(SecretKey::from_seed(&random()).public(), random());
    let first = holder.endorse(chain.clone(), last.secret, key(), None);
    let second = holder.endorse(chain, last.copy, key(), None);
    let known: Vec<_> = Evidence::of(&first).collect();
    double_spends(&second, &known).pop().expect("the same place answered twice")
}
