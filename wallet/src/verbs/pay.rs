//! Pay (section 8): choosing tokens, letting their slots answer once, handing over.
//!
//! Begin chooses and makes tokens, digests and the journal entry durable in one commit. Finish lets
//! the slots answer what is recorded. Both are functions of what is stored, so the same offer gives
//! the same bytes for ever, whatever happened in between.

use crate::choose::{Choice, Towards};
use crate::error::{Error, Result, Verb};
use crate::records::{PaymentRecord, TokenState, What};
use crate::store::{Payments, Slots, StoreError, Tokens};
use crate::wallet::Wallet;
use tender_token::amount::Amount;
use tender_token::date::Timestamp;
use tender_token::encode::Encode;
use tender_token::endorse::Terms;
use tender_token::error::Error as Rule;
use tender_token::offer::{Mode, Offer, OfferHash};
use tender_token::payment::Payment;
use tender_token::signature::PublicKey;
use tender_token::slot::SlotBody;

/// An offer that was looked at.
pub(super) enum Considered {
    /// It is good, and would be paid with these tokens.
    New(Offer, Choice),
    /// Its payment was begun before.
    Begun(OfferHash, PaymentRecord),
}

impl Wallet {
    /// Pays an offer: the bytes to hand over, identical on every repetition.
    /// Errors: those of [`Self::begin_pay`] and [`Self::finish_pay`].
    pub fn pay(&mut self, offer: &[u8], now: Timestamp) -> Result<Vec<u8>> {
        let hash = self.begin_pay(offer, now)?;
        self.finish_pay(hash, now)
    }

    /// Checks an offer (`[P1]`) and the limits, chooses the tokens, and records what their slots
    /// will answer. An offer that was begun before is taken up as it is.
    /// Errors: those of `[P1]`; `E_LIMIT`; [`Error::NotPayable`]; [`Error::SlotCount`];
    /// `E_ALREADY_ANSWERED` if the wallet was rolled back.
    pub fn begin_pay(&mut self, offer: &[u8], now: Timestamp) -> Result<OfferHash> {
        let refused = Verb::Pay.refused();
        let (offer, choice) = match self.consider(offer, now)? {
            Considered::Begun(hash, _) => return Ok(hash),
            Considered::New(offer, choice) => (offer, choice),
        };
        let (hash, terms) = (offer.hash(), offer.terms());
        let mut draft = self.draft(now)?;
        for (item, id) in (0_u16..).zip(&choice.tokens) {
            let mut token = self.token(*id)?;
            let (said, _) = endorsement(&offer, hash, item).ok_or_else(|| refused(Rule::Amount))?;
            self.will_answer(&mut draft, &token, said, Verb::Pay)?;
            token.state = TokenState::Paid(hash);
            draft.batch.put::<Tokens>(id, &token);
        }
        draft.standing.payments = draft.standing.payments.saturating_add(1);
        draft.note(What::Paid, terms.amount, choice.tokens.len());
        let row = PaymentRecord {
            offer: offer.to_bytes(),
            amount: terms.amount,
            tokens: choice.tokens,
            payment: None,
            receipt: None,
        };
        draft.batch.put::<Payments>(&hash, &row);
        self.commit_answers(draft, Verb::Pay)?;
        Ok(hash)
    }

    /// Checks an offer (`[P1]`) and the limits, and chooses the tokens; nothing is recorded.
    /// Errors: those of [`Self::begin_pay`].
    pub(super) fn consider(&self, offer: &[u8], now: Timestamp) -> Result<Considered> {
        self.require_enrolled()?;
        let refused = Verb::Pay.refused();
        let trusted = self.trusted()?;
        let offer = Offer::from_bytes(offer, trusted.manifest()).map_err(&refused)?;
        let hash = offer.hash();
        if let Some(row) = self.store.get::<Payments>(&hash)? {
            return Ok(Considered::Begun(hash, row));
        }
        let clock = self.standing()?.clock.max(now);
        let mine = self.store.all::<Slots>()?;
        let own = |slot: &_| mine.iter().any(|(id, _)| id == slot);
        let offer = offer.verify(trusted.manifest(), trusted.accepted(), clock, own);
        let offer = offer.map_err(&refused)?.offer().clone();
        let terms = offer.terms();
        if terms.currency != self.currency()? || terms.amount.is_zero() {
            return Err(refused(Rule::Amount));
        }
        self.check_pay(terms.amount, now)?;
        let choice = self.choose(terms.amount, towards(&offer)?, now)?;
        Ok(Considered::New(offer, choice))
    }

    /// Lets the slots of a begun payment answer what is recorded, and keeps the bytes.
    /// Errors: `E_OFFER` if no such payment was begun; `E_ALREADY_ANSWERED` if a record is another.
    pub fn finish_pay(&mut self, hash: OfferHash, now: Timestamp) -> Result<Vec<u8>> {
        let refused = Verb::Pay.refused();
        let row = self.store.get::<Payments>(&hash)?.ok_or_else(|| refused(Rule::Offer))?;
        if let Some(payment) = row.payment {
            return Ok(payment);
        }
        let manifest = self.trusted()?.manifest();
        let offer = Offer::from_bytes(&row.offer, manifest).map_err(&refused)?;
        let mut chains = Vec::with_capacity(row.tokens.len());
        for (item, id) in (0_u16..).zip(&row.tokens) {
            let (said, target) =
                endorsement(&offer, hash, item).ok_or_else(|| refused(Rule::Amount))?;
            chains.push(self.answer(&self.token(*id)?, said, target, Verb::Pay)?);
        }
        let payment = Payment { offer: hash, chains }.to_bytes();
        let mut draft = self.draft(now)?;
        let kept = Some(payment.clone());
        draft.batch.put::<Payments>(&hash, &PaymentRecord { payment: kept, ..row });
        self.commit(draft)?;
        Ok(payment)
    }

    /// Payments whose bytes are not made yet: a crash came between begin and finish.
    /// Errors: the store cannot be read.
    pub fn begun_payments(&self) -> Result<Vec<OfferHash>> {
        let rows = self.store.all::<Payments>()?.into_iter();
        Ok(rows.filter(|(_, row)| row.payment.is_none()).map(|(hash, _)| hash).collect())
    }

    /// What a payment is worth, and in how many tokens.
    /// Errors: `E_OFFER` if no such payment was begun.
    pub fn payment(&self, hash: OfferHash) -> Result<(Amount, usize)> {
        let row = self.store.get::<Payments>(&hash)?;
        let row = row.ok_or_else(|| Verb::Pay.refused()(Rule::Offer))?;
        Ok((row.amount, row.tokens.len()))
    }

    /// A payment's offer and bytes, for the receipt. Errors: the store cannot be read.
    pub(crate) fn paid_offer(&self, row: &PaymentRecord) -> Result<(PublicKey, Payment)> {
        let corrupt = |_| Error::from(StoreError::Corrupt { table: "payments" });
        let manifest = self.trusted()?.manifest();
        let offer = Offer::from_bytes(&row.offer, manifest).map_err(corrupt)?;
        let bytes = row.payment.as_deref().unwrap_or_default();
        let payment = Payment::from_bytes(bytes, manifest).map_err(corrupt)?;
        Ok((offer.payee(), payment))
    }
}

/// Where an offer wants the tokens. Errors: [`Error::MixedSeries`].
fn towards(offer: &Offer) -> Result<Towards> {
    let slots = offer.slots();
    let Some(first) = slots.first() else { return Ok(Towards::Key) };
    if slots.iter().any(|slot| slot.series != first.series) {
        return Err(Error::MixedSeries);
    }
    Ok(Towards::Slots(first.series, slots.len()))
}

/// What item `item` of a payment is endorsed with, and the slot it goes to.
fn endorsement(offer: &Offer, hash: OfferHash, item: u16) -> Option<(Terms, Option<SlotBody>)> {
    let nonce = hash.nonce(item);
    match &offer.terms().mode {
        Mode::Key => Some((Terms::to_key(offer.payee(), nonce), None)),
        Mode::Slot(slots) => {
            let slot = slots.get(usize::from(item))?;
            Some((Terms::to_slot(slot.id(), nonce), Some(slot.body.clone())))
        }
    }
}
