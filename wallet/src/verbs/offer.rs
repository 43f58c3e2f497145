//! Offer (section 8): asking for a payment, with a fresh key each time (`[P3]`).

use crate::error::{Error, Result, Verb};
use crate::records::{OfferRecord, SlotRecord, SlotState};
use crate::store::{Offers, Slots};
use crate::verbs::enrol::random;
use crate::wallet::Wallet;
use rand_core::CryptoRng;
use tender_token::amount::Amount;
use tender_token::bounds::OFFER_SLOTS_MAX;
use tender_token::date::Timestamp;
use tender_token::encode::Encode;
use tender_token::error::Error as Rule;
use tender_token::offer::{Mode, Offer, Terms};
use tender_token::series::SeriesId;
use tender_token::signature::SecretKey;
use tender_token::slot::{Slot, SlotId};

/// Where the tokens shall go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Onto {
    /// The offer's key: they can only be deposited.
    Key,
    /// So many slots, of this series or of whichever has most: they can be passed on.
    Slots(usize, Option<SeriesId>),
}

impl Wallet {
    /// Makes an offer and binds its slots. `expires` is the last second in which it may be paid.
    /// Errors: `E_LIMIT`; `E_AMOUNT` for nothing; `E_OFFER_EXPIRED`; [`Error::SlotsMissing`].
    pub fn offer(
        &mut self,
        amount: Amount,
        onto: Onto,
        expires: Timestamp,
        now: Timestamp,
        rng: &mut impl CryptoRng,
    ) -> Result<Offer> {
        self.require_enrolled()?;
        let refused = Verb::Offer.refused();
        if amount.is_zero() {
            return Err(Error::Zero { verb: Verb::Offer });
        }
        self.check_receive(amount, now, Verb::Offer)?;
        let mut draft = self.draft(now)?;
        if expires < draft.now() {
            return Err(refused(Rule::OfferExpired));
        }
        let manifest = self.trusted()?.manifest();
        let chosen = match onto {
            Onto::Key => Vec::new(),
            Onto::Slots(count, series) => self.offerable(count, series, draft.now())?,
        };
        let slots = chosen.iter().map(|(_, row)| Slot::from_bytes(&row.slot, manifest));
        let slots = slots.collect::<core::result::Result<Vec<_>, _>>().map_err(&refused)?;
        let seed = random(rng);
        let terms = Terms {
            manifest: manifest.hash(),
            random: random(rng),
            amount,
            currency: self.currency()?,
            contract_hash: [0; 32],
            expires,
            mode: match onto {
                Onto::Key => Mode::Key,
                Onto::Slots(..) => Mode::Slot(slots),
            },
        };
        let offer = Offer::sign(terms, &SecretKey::from_seed(&seed));
        let ids = chosen.iter().map(|(id, _)| *id).collect();
        for (id, mut row) in chosen {
            row.state = SlotState::Offered(offer.hash());
            draft.batch.put::<Slots>(&id, &row);
        }
        let bytes = offer.to_bytes();
        let row = OfferRecord { offer: bytes, seed, amount, expires, slots: ids, paid: None };
        draft.batch.put::<Offers>(&offer.hash(), &row);
        self.commit(draft)?;
        Ok(offer)
    }

    /// Slots for an offer: those of expired unpaid offers first, then free ones (`[PR10]`).
    fn offerable(
        &self,
        count: usize,
        wanted: Option<SeriesId>,
        now: Timestamp,
    ) -> Result<Vec<(SlotId, SlotRecord)>> {
        let verb = Verb::Offer;
        if count == 0 || count > usize::from(OFFER_SLOTS_MAX) {
            return Err(verb.refused()(Rule::Amount));
        }
        let (trusted, currency) = (self.trusted()?, self.currency()?);
        let mut best: Vec<(SlotId, SlotRecord)> = Vec::new();
        for (id, key) in trusted.manifest().slot_keys() {
            let open = key.series.currency == currency && key.series.dates.may_spend(now.day());
            let open = open && !trusted.is_series_revoked(id);
            if !open || wanted.is_some_and(|wanted| wanted != id) {
                continue;
            }
            let mut slots = self.expired_offers_slots(id, now)?;
            slots.extend(self.free_slots(id)?);
            if slots.len() > best.len() {
                best = slots;
            }
        }
        if best.len() < count {
            return Err(Error::SlotsMissing { verb, needed: count, free: best.len() });
        }
        best.truncate(count);
        Ok(best)
    }

    /// Slots whose offer expired unfilled. They may serve another offer, and nothing else.
    fn expired_offers_slots(
        &self,
        series: SeriesId,
        now: Timestamp,
    ) -> Result<Vec<(SlotId, SlotRecord)>> {
        let mut slots = Vec::new();
        for (id, row) in self.store.all::<Slots>()? {
            let SlotState::Offered(hash) = row.state else { continue };
            let offer = self.store.get::<Offers>(&hash)?;
            let unfilled = offer.is_some_and(|offer| offer.paid.is_none() && offer.expires < now);
            if unfilled && row.series == series {
                slots.push((id, row));
            }
        }
        Ok(slots)
    }
}
