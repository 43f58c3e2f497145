//! Inspect: what a message says, before anything is done with it.

use super::pay::Considered;
use super::receive::Examined;
use crate::error::{Error, Result, Verb};
use crate::handover::{Kind, Message};
use crate::store::StoreError;
use crate::wallet::Wallet;
use rand_core::CryptoRng;
use tender_token::amount::Amount;
use tender_token::date::{Day, Timestamp};
use tender_token::error::Error as Rule;
use tender_token::offer::{Offer, OfferHash};
use tender_token::payment::Verdict;

/// What a message says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inspected {
    /// Somebody asks for a payment, and can be paid.
    Offer(Asked),
    /// Somebody pays, with good tokens.
    Payment(Paid),
    /// Somebody's word that a payment came.
    Receipt,
}

/// An offer that this wallet can pay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Its name.
    pub offer: OfferHash,
    /// How much it asks for.
    pub amount: Amount,
    /// With how many tokens it would be paid, or was.
    pub tokens: usize,
    /// Whether the payee can hand them on before it has been online, or only deposit them.
    pub onward: bool,
    /// The last second in which it may be paid.
    pub expires: Timestamp,
    /// Whether it is paid already.
    pub repeated: bool,
}

/// A payment that this wallet can take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paid {
    /// The offer that it pays.
    pub offer: OfferHash,
    /// What it is worth.
    pub amount: Amount,
    /// In how many tokens.
    pub tokens: usize,
    /// How many times the most travelled of them was handed over, this time included.
    pub handovers: usize,
    /// How many times more each of them can be handed on before it has to be deposited.
    pub onward: usize,
    /// The last day on which they can be handed on.
    pub spend_until: Day,
    /// The last day on which they can be deposited.
    pub deposit_until: Day,
    /// Whether it was taken already.
    pub repeated: bool,
}

impl Wallet {
    /// Looks at a message as the verb that it is for would, and changes nothing.
    /// Errors: those of [`Self::begin_pay`] for an offer, of [`Self::receive`] for a payment.
    pub fn inspect(
        &self,
        message: &Message,
        now: Timestamp,
        rng: &mut impl CryptoRng,
    ) -> Result<Inspected> {
        match message.kind {
            Kind::Offer => self.inspect_offer(&message.body, now).map(Inspected::Offer),
            Kind::Payment => self.inspect_payment(&message.body, now, rng).map(Inspected::Payment),
            Kind::Receipt => Ok(Inspected::Receipt),
        }
    }

    fn inspect_offer(&self, offer: &[u8], now: Timestamp) -> Result<Asked> {
        let (offer, tokens, repeated) = match self.consider(offer, now)? {
            Considered::New(offer, choice) => (offer, choice.tokens.len(), false),
            Considered::Begun(_, row) => {
                let corrupt = |_| Error::from(StoreError::Corrupt { table: "payments" });
                let offer = Offer::from_bytes(&row.offer, self.trusted()?.manifest());
                (offer.map_err(corrupt)?, row.tokens.len(), true)
            }
        };
        let terms = offer.terms();
        Ok(Asked {
            offer: offer.hash(),
            amount: terms.amount,
            tokens,
            onward: !offer.slots().is_empty(),
            expires: terms.expires,
            repeated,
        })
    }

    fn inspect_payment(
        &self,
        payment: &[u8],
        now: Timestamp,
        rng: &mut impl CryptoRng,
    ) -> Result<Paid> {
        let Examined { row, decoded, verdict } = self.examine(payment, now, rng)?;
        let repeated = match verdict.map_err(Verb::Receive.refused())? {
            Verdict::Repeated(_) => true,
            Verdict::New(_) => {
                self.check_receive(row.amount, now, Verb::Receive)?;
                false
            }
        };
        let manifest = self.trusted()?.manifest();
        let series = decoded.chains.iter().map(|chain| {
            let series = &manifest.slot_key(chain.token().series())?.series;
            let hops =
                chain.holder().map(|_| usize::from(series.max_hops).saturating_sub(chain.hops()));
            Ok((hops.unwrap_or_default(), series.dates))
        });
        let series = series.collect::<core::result::Result<Vec<_>, Rule>>();
        let series = series.map_err(Verb::Receive.refused())?;
        let dates = || series.iter().map(|(_, dates)| dates);
        Ok(Paid {
            offer: decoded.offer,
            amount: row.amount,
            tokens: decoded.chains.len(),
            handovers: decoded.handovers(),
            onward: series.iter().map(|(hops, _)| *hops).min().unwrap_or_default(),
            spend_until: dates().map(|dates| dates.spend_until).min().unwrap_or(now.day()),
            deposit_until: dates().map(|dates| dates.deposit_until).min().unwrap_or(now.day()),
            repeated,
        })
    }
}
