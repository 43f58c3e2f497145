//! A wallet and what it does by itself: its identity, its candidates, its answers.

use crate::random;
use tender_token::chain::Chain;
use tender_token::endorse::Terms;
use tender_token::identity::{Identity, Master};
use tender_token::signature::SecretKey;
use tender_token::slot::{Slot, SlotSecret};

/// One wallet.
pub struct Holder {
    /// Everything else derives from it.
    pub master: Master,
    /// Its identity.
    pub identity: Identity,
    /// Signs its requests.
    pub device: SecretKey,
}

impl Holder {
    /// A wallet with fresh secrets.
    #[must_use]
    pub fn new() -> Self {
        let master = Master::new(random());
        let identity = master.identity(0).expect("zero has probability 2^-252");
        Self { master, identity, device: SecretKey::from_seed(&random()) }
    }

    /// Answers for the slot that holds a chain.
    #[must_use]
    pub fn endorse(
        &self,
        chain: Chain,
        secret: SlotSecret,
        terms: Terms,
        next: Option<Slot>,
    ) -> Chain {
        let place = chain.next_place().expect("the chain ends with a slot");
        let pledge = secret.pledge(&place, terms);
        let digest = pledge.digest();
        let (endorsement, answer) = pledge.answer(&digest, &self.identity).expect("its digest");
        let chain = chain.endorsed(endorsement, answer, next.map(|slot| slot.body));
        chain.expect("kind and slot fit")
    }
}

impl Default for Holder {
    fn default() -> Self {
        Self::new()
    }
}
