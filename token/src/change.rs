//! Change (`[P6]`): the payee pays back what the tokens were worth too much.
//!
//! The first offer states the gross amount: what the payer hands over. The payer then makes an
//! offer of its own, whose contract is the first one, over what lies between that and the price;
//! and the payee pays it like any other.

use crate::amount::Amount;
use crate::date::Timestamp;
use crate::error::{Error, Result};
use crate::manifest::ManifestHash;
use crate::offer::{Mode, Offer, OfferHash, Terms, VerifiedOffer};
use crate::payment::VerifiedPayment;

/// What is to be given back of a payment, as payer and payee agreed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change<'a> {
    first: &'a Offer,
    amount: Amount,
}

impl<'a> Change<'a> {
    /// The change of an offer whose amount is gross, for a price.
    /// Errors: `E_AMOUNT` unless the price is below the gross amount.
    pub fn new(first: &'a Offer, price: Amount) -> Result<Self> {
        let amount = first.terms().amount.checked_sub(price).ok_or(Error::Amount)?;
        if amount.is_zero() { Err(Error::Amount) } else { Ok(Self { first, amount }) }
    }

    /// What is given back.
    #[must_use]
    pub fn amount(&self) -> Amount {
        self.amount
    }

    /// The terms of the payer's offer. `manifest` is the one that the payer holds, `random` makes
    /// the offer unique, and `mode` says where the payer wants the tokens.
    #[must_use]
    pub fn terms(
        &self,
        manifest: ManifestHash,
        random: [u8; 32],
        expires: Timestamp,
        mode: Mode,
    ) -> Terms {
        let (amount, currency) = (self.amount, self.first.terms().currency);
        let contract_hash = self.first.hash().0;
        Terms { manifest, random, amount, currency, contract_hash, expires, mode }
    }

    /// The payee's check before it pays the change: that it was paid the gross amount, and that
    /// this is the one offer for what it owes. `given` is the offer that it paid change to before,
    /// if it did; that one may be asked for again, with the same bytes.
    /// Errors: `E_OFFER` if the payment is of another offer, if the offer names another contract,
    /// or if change was given to another offer; `E_AMOUNT` for another currency or amount.
    pub fn check(
        &self,
        paid: &VerifiedPayment,
        offer: &VerifiedOffer,
        given: Option<&OfferHash>,
    ) -> Result<()> {
        let offer = offer.offer();
        let repeated = given.is_none_or(|given| *given == offer.hash());
        if paid.payment().offer != self.first.hash() || !self.is_named_by(offer) || !repeated {
            return Err(Error::Offer);
        }
        let (terms, first) = (offer.terms(), self.first.terms());
        let fits = terms.currency == first.currency && terms.amount == self.amount;
        if fits { Ok(()) } else { Err(Error::Amount) }
    }

    /// Whether an offer says that it is for this change.
    #[must_use]
    pub fn is_named_by(&self, offer: &Offer) -> bool {
        offer.terms().contract_hash == self.first.hash().0
    }
}
